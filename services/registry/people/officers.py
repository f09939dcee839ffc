"""Officers of an association [负责人], R30; domain §3.4, §4.4: president, vice-presidents, secretary-general, supervisors, elected for a term.

One record for the officers of one term, since "one president" and "one legal representative" are rules about all of them together. A person
is a reference. The day of birth, and whether somebody serves the state or retired lately, are asked for, judged, and forgotten: what is
kept and told are flags. The platform bars nobody; the flags go to the authority, the indicators and the dossier.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.charter import Meeting
from services.registry.governance.meeting import GoverningMeeting, decision
from services.registry.jurisdiction import HandedOver, follows
from services.registry.people.rules import RULES, PeopleRules, Rules
from services.registry.values import AUTHORITY, PersonRef, begin_of, end_of, years_after
from shared.district import District
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value

Stage = Literal["ELECTED", "FILED", "REPLACED", "ENDED"]
SERVING: tuple[Stage, ...] = ("ELECTED", "FILED")
Post = Literal["PRESIDENT", "VICE_PRESIDENT", "SECRETARY_GENERAL", "CHIEF_SUPERVISOR", "SUPERVISOR"]
Flag = Literal["OVER_AGE", "TOO_MANY_TERMS", "SECOND_POST", "SECOND_LEGAL_REPRESENTATIVE", "SERVING_OFFICIAL", "RETIRED_TOO_LATELY"]
SUPERVISORS: frozenset[str] = frozenset({"CHIEF_SUPERVISOR", "SUPERVISOR"})
ONE_EACH: tuple[Post, ...] = ("PRESIDENT", "SECRETARY_GENERAL", "CHIEF_SUPERVISOR")
OLDEST = 120  # years; nobody is older


class Candidate(Value):
    """One who was elected. `born_on`, `serving_official` and `retired_cadre_on` are judged and not kept."""

    person: PersonRef
    post: Post
    legal_representative: bool = False
    fulltime: bool = False
    born_on: date
    serving_official: bool = False
    retired_cadre_on: date | None = None


class Slate(Value):
    """Those elected at a meeting, for a term."""

    meeting: Line
    term_to: date
    officers: Annotated[tuple[Candidate, ...], Field(min_length=1, max_length=60)]


class Officer(Value):
    """An officer as kept and told: a reference, a post, consecutive terms in it (this one included), and what stands against it."""

    person: PersonRef
    post: Post
    legal_representative: bool
    fulltime: bool
    terms: int
    flags: tuple[Flag, ...]
    since: date


class OfficeBearers(Record):
    """Officers of a term [本届负责人]"""

    stage: Stage
    association: str
    district: District
    claim: str | None
    term_from: date
    term_to: date
    meeting: str
    officers: tuple[Officer, ...]
    persons: tuple[str, ...]
    file_by: date
    late: bool = False
    filed_on: date | None = None
    rules_version: str


class OfficeBearersElected(Event, to="ELECTED", effective="term_from"):
    """The officers of a new term [选举产生负责人]. `lr_*` speak of the legal representative: elected as the charter wants, within the age,
    its consecutive terms, and whether it represents another association too; `supervisors` is their number."""

    association: str
    district: District
    claim: str
    term_from: date
    term_to: date
    meeting: str
    officers: tuple[Officer, ...]
    persons: tuple[str, ...]
    file_by: date
    rules_version: str
    lr_elected: bool
    lr_age_ok: bool
    lr_terms: int
    lr_other_association: bool
    supervisors: int


class OfficeBearerLeft(Event):
    """One has left the post within the term."""

    association: str
    person: str
    post: Post
    officers: tuple[Officer, ...]
    persons: tuple[str, ...]


class OfficeBearerAdded(Event):
    """One was elected to a post within the term [增补负责人]; the days to file run anew."""

    association: str
    person: str
    post: Post
    officers: tuple[Officer, ...]
    persons: tuple[str, ...]
    stage: Literal["ELECTED"] = "ELECTED"
    file_by: date
    late: Literal[False] = False


class OfficerFilingDueSoon(Event):
    association: str
    file_by: date
    days_left: int


class OfficerFilingOverdue(Event):
    association: str
    file_by: date
    late: Literal[True] = True


class OfficeBearersFiled(Event, to="FILED", effective="filed_on"):
    """The authority has the officers on file [负责人备案]."""

    association: str
    filed_on: date
    late: bool


class OfficeBearersReplaced(Event, to="REPLACED"):
    """A new term has begun with others."""

    association: str
    claim: None = None


class OfficeBearersEnded(Event, to="ENDED"):
    """The association has ended."""

    association: str
    claim: None = None


office_bearers = Kind[OfficeBearers, Stage](
    OfficeBearers, "registry.people.office_bearers", path="office-bearers", key=("association", "term_from"), unique=("claim",), index=("association", "persons"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip


async def mandates(read: Read, call: Call, record: object, body: object) -> list[OfficeBearers]:
    """Given: the terms, running or past, of the acting association, and the running ones of others in which one of these persons serves."""
    asked = body.officers if isinstance(body, Slate) else (body.officer,) if isinstance(body, Addition) else ()
    own = await read.find(office_bearers, association=call.organisation)
    others = await read.find(office_bearers, persons=[c.person for c in asked], stage=SERVING)
    return [*own, *(o for o in others if o.association != call.organisation)]


class Addition(Value):
    """One elected to a post within the term."""

    meeting: Line
    officer: Candidate


Known = Annotated[list[OfficeBearers], Given(mandates)]


# ── what stands against somebody ──────────────────────────────────────────────────────────────────
def age_on(day: date, born_on: date) -> int:
    """Whole years of age on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def consecutive(person: str, post: str, own: Sequence[OfficeBearers]) -> int:
    """In how many terms before this one, without a gap, the person held the post."""
    count = 0
    for term in sorted(own, key=lambda t: t.term_from, reverse=True):
        if not any(o.person == person and o.post == post for o in term.officers):
            break
        count += 1
    return count


def judged(c: Candidate, day: date, terms: int, known: Sequence[OfficeBearers], association: str, rules: PeopleRules) -> Officer:
    """The officer with every flag the rules raise."""
    elsewhere = [o for t in known if t.association != association and t.stage in SERVING for o in t.officers if o.person == c.person]
    raised: dict[Flag, bool] = {
        "OVER_AGE": age_on(day, c.born_on) > rules.age_max,
        "TOO_MANY_TERMS": terms > rules.terms_max,
        "SECOND_POST": bool(elsewhere),
        "SECOND_LEGAL_REPRESENTATIVE": c.legal_representative and any(o.legal_representative for o in elsewhere),
        "SERVING_OFFICIAL": c.serving_official,
        "RETIRED_TOO_LATELY": c.retired_cadre_on is not None and years_after(c.retired_cadre_on, rules.cooling_years) > day,
    }
    return Officer(person=c.person, post=c.post, legal_representative=c.legal_representative, fulltime=c.fulltime, terms=terms,
                   flags=tuple(f for f, is_so in raised.items() if is_so), since=day)  # fmt: skip


def checked(officers: Sequence[Candidate], day: date) -> None:
    """Raises: Malformed for a slate that cannot be: a post or a person twice, more than one legal representative, an impossible age."""
    posts, persons = Counter(o.post for o in officers), Counter(o.person for o in officers)
    if any(posts[p] > 1 for p in ONE_EACH):
        raise Malformed(
            "post_twice", "one president, one secretary-general, one chief supervisor", "会长、秘书长、监事长各限一人", pointer="/officers"
        )
    if any(n > 1 for n in persons.values()):
        raise Malformed("person_twice", "a person holds one post", "同一人员不得担任两个职务", pointer="/officers")
    if sum(o.legal_representative for o in officers) > 1:
        raise Malformed("two_legal_representatives", "one legal representative", "法定代表人限一人", pointer="/officers")
    for nth, o in enumerate(officers):
        if o.legal_representative and o.post in SUPERVISORS:
            raise Malformed(
                "supervisor_represents", "a supervisor does not represent", "监事不得担任法定代表人", pointer=f"/officers/{nth}"
            )
        if not 18 <= age_on(day, o.born_on) <= OLDEST:
            raise Malformed("age_impossible", "of age, and of an age people reach", "出生日期不正确", pointer=f"/officers/{nth}/born_on")


def elected_at(held: GoverningMeeting | None, association: str) -> date:
    """The day of a meeting that has elected in due form: an assembly (ELECTION), or council or assembly (OFFICERS). Raises: Refused."""
    matter = "OFFICERS" if held and any(b.matter == "OFFICERS" for b in held.ballots) else "ELECTION"
    decision(held, association, matter)
    if held is None or held.held_on is None:
        raise Refused("meeting_not_held", "there is no such meeting", "没有该次会议记录", pointer="/meeting")
    return held.held_on


# ── election, change, filing ──────────────────────────────────────────────────────────────────────
@office_bearers.opens(by="ASSOCIATION")
def elect(call: Call, form: Slate, held: Meeting, known: Known, association: Annotated[Association | None, Given(acting)],
          rules: Rules) -> OfficeBearersElected:  # fmt: skip
    """Put down who was elected [登记选举结果]; the officers of the term before must be released first."""
    of = able(association)
    day = elected_at(held, of.uscc)
    own = [t for t in known if t.association == of.uscc]
    if any(t.stage in SERVING for t in own):
        raise Refused("term_running", "the officers of the term before must be released first", "请先办理上届负责人卸任")
    if any(t.term_from >= day for t in own):
        raise Refused("meeting_of_other_term", "a term has begun since that meeting", "该次会议之后已有任期", pointer="/meeting")
    if form.term_to <= day:
        raise Malformed("dates_out_of_order", "a term ends after it begins", "任期截止日期不正确", pointer="/term_to")
    checked(form.officers, day)
    if not any(o.legal_representative for o in form.officers):
        raise Malformed("no_legal_representative", "say who is the legal representative", "请指明法定代表人", pointer="/officers")
    officers = tuple(judged(c, day, consecutive(c.person, c.post, own) + 1, known, of.uscc, rules) for c in form.officers)
    lr = next(o for o in officers if o.legal_representative)
    return OfficeBearersElected(
        association=of.uscc, district=of.district, claim=of.uscc, term_from=day, term_to=form.term_to, meeting=form.meeting, officers=officers,
        persons=tuple(o.person for o in officers), file_by=day + timedelta(days=rules.filing_days), rules_version=rules.version,
        lr_elected=True, lr_age_ok="OVER_AGE" not in lr.flags, lr_terms=lr.terms, lr_other_association="SECOND_LEGAL_REPRESENTATIVE" in lr.flags,
        supervisors=sum(o.post in SUPERVISORS for o in officers),
    )  # fmt: skip


@office_bearers.command(by="ASSOCIATION", when=SERVING)
def remove(term: OfficeBearers, call: Call, person: PersonRef) -> OfficeBearerLeft:
    """One has left the post [负责人离任]."""
    left = next((o for o in term.officers if o.person == person), None)
    if left is None:
        raise Refused("not_an_officer", "this person holds no post in this term", "该人员不是本届负责人", pointer="/person")
    rest = tuple(o for o in term.officers if o.person != person)
    return OfficeBearerLeft(
        association=term.association, person=person, post=left.post, officers=rest, persons=tuple(o.person for o in rest)
    )


@office_bearers.command(by="ASSOCIATION", when=SERVING)
def add(term: OfficeBearers, call: Call, form: Addition, held: Meeting, known: Known, rules: Rules) -> OfficeBearerAdded:
    """One was elected within the term [增补负责人]."""
    day = elected_at(held, term.association)
    if day < term.term_from:
        raise Refused("meeting_of_other_term", "that meeting was before this term", "该次会议不属于本届任期", pointer="/meeting")
    c = form.officer
    if any(o.person == c.person for o in term.officers):
        raise Malformed("person_twice", "a person holds one post", "同一人员不得担任两个职务", pointer="/officer")
    if c.post in ONE_EACH and any(o.post == c.post for o in term.officers):
        raise Malformed("post_twice", "this post is held already", "该职务已有人担任", pointer="/officer/post")
    if c.legal_representative and any(o.legal_representative for o in term.officers):
        raise Malformed("two_legal_representatives", "one legal representative", "法定代表人限一人", pointer="/officer")
    checked((c,), day)
    before = [t for t in known if t.association == term.association and t.term_from < term.term_from]
    officers = (*term.officers, judged(c, day, consecutive(c.person, c.post, before) + 1, known, term.association, rules))
    return OfficeBearerAdded(association=term.association, person=c.person, post=c.post, officers=officers, persons=tuple(o.person for o in officers),
                             file_by=day + timedelta(days=rules.filing_days))  # fmt: skip


@office_bearers.command(by=AUTHORITY, when="ELECTED")
def file(term: OfficeBearers, call: Call) -> OfficeBearersFiled:
    """Take the officers on file [负责人备案]."""
    return OfficeBearersFiled(association=term.association, filed_on=call.today, late=call.today > term.file_by)


@office_bearers.command(by="ASSOCIATION", when=SERVING)
def release(term: OfficeBearers, call: Call, reason: Text) -> OfficeBearersReplaced:
    """The term is over, others follow [换届卸任]."""
    return OfficeBearersReplaced(association=term.association)


def reminders(term: OfficeBearers) -> list[datetime]:
    days = (term.file_by - timedelta(days=d) for d in RULES.get("PEOPLE", term.rules_version).filing_reminder_days)
    return [begin_of(d) for d in days]


@office_bearers.clock(when="ELECTED", at=reminders)
def remind(term: OfficeBearers, call: Call) -> OfficerFilingDueSoon | None:
    """Ten and three days before the last day to file."""
    left = (term.file_by - call.today).days
    return OfficerFilingDueSoon(association=term.association, file_by=term.file_by, days_left=left) if left >= 0 else None


@office_bearers.clock(when="ELECTED", at=lambda t: None if t.late else end_of(t.file_by))
def expire(term: OfficeBearers, call: Call) -> OfficerFilingOverdue:
    """The days to file have passed."""
    return OfficerFilingOverdue(association=term.association, file_by=term.file_by)


@office_bearers.on(AssociationEnded, when=SERVING, where=lambda e: {"association": e.uscc})
def end(term: OfficeBearers, call: Call, event: AssociationEnded) -> OfficeBearersEnded:
    """The association has ended."""
    return OfficeBearersEnded(association=term.association)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class OfficeBearersHandedOver(HandedOver):
    """Officers of a term: gone with its association to another new city."""


follows(office_bearers, OfficeBearersHandedOver)
