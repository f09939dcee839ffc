"""Charter versions [章程], R30; domain §3.3, §3.4: drafted, adopted by the assembly, filed within 30 days, approved, replaced by the next.

The days run from the supervising unit's consent, or where there is none from the assembly's resolution (art. 18). Two thirds of those
present must be in favour, with two thirds present: the meeting's ballot says whether they were.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.meeting import GoverningMeeting, decision, governing_meetings
from services.registry.governance.rules import RULES, Rules
from services.registry.values import AUTHORITY, begin_of, end_of
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Line, Read, Record, Refused, Text

Stage = Literal["DRAFT", "ADOPTED", "SUBMITTED", "APPROVED", "SUPERSEDED", "ABANDONED"]
OPEN: tuple[Stage, ...] = ("DRAFT", "ADOPTED", "SUBMITTED")
PartyClause = Literal["PARTY_LEADERSHIP", "PARTY_ORGANISATION"]


class Charter(Record):
    """Charter version [章程版本]"""

    stage: Stage
    association: str
    district: District
    number: int
    claim: str | None
    text: str
    party_clauses: tuple[PartyClause, ...]
    supervised: bool
    rules_version: str
    adopted_on: date | None = None
    meeting: str | None = None
    consent_on: date | None = None
    submit_by: date | None = None
    submitted_on: date | None = None
    late: bool = False
    approved_on: date | None = None
    reason: str | None = None


class CharterDrafted(Event, to="DRAFT"):
    """A new version was drafted. `claim` keeps two versions from being under way at once."""

    association: str
    district: District
    number: int
    claim: str
    text: str
    party_clauses: tuple[PartyClause, ...]
    supervised: bool
    rules_version: str


class CharterRevised(Event):
    association: str
    number: int
    text: str
    party_clauses: tuple[PartyClause, ...]


class CharterVersionAdopted(Event, to="ADOPTED", effective="adopted_on"):
    """The general assembly has adopted it [通过章程]; `adopted_ok`: two thirds of two thirds."""

    association: str
    number: int
    meeting: str
    adopted_on: date
    adopted_ok: bool
    present: int
    entitled: int
    in_favour: int
    submit_by: date | None


class CharterVersionConsented(Event):
    """The supervising unit agrees; from here the days to file run."""

    association: str
    number: int
    consent_on: date
    submit_by: date


class CharterSubmissionDueSoon(Event):
    association: str
    number: int
    submit_by: date
    days_left: int


class CharterSubmissionOverdue(Event):
    association: str
    number: int
    submit_by: date
    late: bool = True


class CharterSubmitted(Event, to="SUBMITTED", effective="submitted_on"):
    """Filed for approval [报送核准]; `late`: after its last day."""

    association: str
    district: District
    number: int
    submitted_on: date
    late: bool


class CharterVersionReturned(Event, to="DRAFT"):
    """The authority sends it back: what must change must be decided anew."""

    association: str
    number: int
    reason: str
    adopted_on: None = None
    consent_on: None = None
    submit_by: None = None
    meeting: None = None


class CharterVersionApproved(Event, to="APPROVED", effective="approved_on"):
    """The authority has approved it [章程核准]; it is the charter now."""

    association: str
    number: int
    approved_on: date
    party_clauses: tuple[PartyClause, ...]
    late: bool
    claim: None = None


class CharterSuperseded(Event, to="SUPERSEDED"):
    association: str
    number: int
    by_number: int


class CharterAbandoned(Event, to="ABANDONED"):
    association: str
    number: int
    reason: str
    claim: None = None


charters = Kind[Charter, Stage](
    Charter, "registry.governance.charter", path="charters", key=("association", "number"), unique=("claim",), index=("association",),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"),
)  # fmt: skip


class NewCharterApproved(Heard, type="registry.governance.charter_version_approved.v1"):
    association: str
    number: int


async def versions(read: Read, call: Call, record: object, body: object) -> list[Charter]:
    """Given: all versions of the association that acts."""
    return await read.find(charters, association=call.organisation)


async def meeting_named(read: Read, call: Call, record: object, body: object) -> GoverningMeeting | None:
    """Given: the meeting the form refers to."""
    return await read.get(governing_meetings, str(getattr(body, "meeting", "")))


Meeting = Annotated[GoverningMeeting | None, Given(meeting_named)]


@charters.opens(by="ASSOCIATION")
def draft(call: Call, text: Line, association: Annotated[Association | None, Given(acting)], known: Annotated[list[Charter], Given(versions)],
          rules: Rules, party_clauses: tuple[PartyClause, ...] = ()) -> CharterDrafted:  # fmt: skip
    """Draft the next version [起草章程]; `text` by its reference in the document store."""
    of = able(association)
    if any(c.stage in OPEN for c in known):
        raise Refused("version_under_way", "another version is under way", "已有章程版本正在办理")
    number = max((c.number for c in known), default=0) + 1
    return CharterDrafted(association=of.uscc, district=of.district, number=number, claim=of.uscc, text=text,
                          party_clauses=tuple(sorted(set(party_clauses))), supervised=of.supervising_unit is not None, rules_version=rules.version)  # fmt: skip


@charters.command(by="ASSOCIATION", when="DRAFT")
def revise(charter: Charter, call: Call, text: Line, party_clauses: tuple[PartyClause, ...] = ()) -> CharterRevised:
    """Change the draft [修改草案]."""
    clauses = tuple(sorted(set(party_clauses)))
    return CharterRevised(association=charter.association, number=charter.number, text=text, party_clauses=clauses)


@charters.command(by="ASSOCIATION", when="DRAFT")
def adopt(charter: Charter, call: Call, meeting: Line, held: Meeting, rules: Rules) -> CharterVersionAdopted:
    """The assembly has adopted it [大会通过]; its ballot is in the minutes of that meeting."""
    ballot = decision(held, charter.association, "CHARTER")
    if held is None or held.held_on is None:
        raise Refused("meeting_not_held", "there is no such meeting", "没有该次会议记录", pointer="/meeting")
    until = None if charter.supervised else held.held_on + timedelta(days=rules.charter_days)
    return CharterVersionAdopted(association=charter.association, number=charter.number, meeting=meeting, adopted_on=held.held_on, adopted_ok=ballot.valid,
                          present=held.present, entitled=held.entitled, in_favour=ballot.in_favour, submit_by=until)  # fmt: skip


@charters.command(by=("SUPERVISING_UNIT", "FIC"), when="ADOPTED")
def consent(charter: Charter, call: Call, rules: Rules) -> CharterVersionConsented:
    """Agree to the charter [业务主管单位审查同意]."""
    if charter.consent_on or not charter.supervised:
        raise Refused("no_consent_wanted", "no consent is wanted, or it was given", "无需或已出具审查意见")
    until = call.today + timedelta(days=rules.charter_days)
    return CharterVersionConsented(association=charter.association, number=charter.number, consent_on=call.today, submit_by=until)


@charters.command(by="ASSOCIATION", when="ADOPTED")
def submit(charter: Charter, call: Call) -> CharterSubmitted:
    """File it for approval [报请核准]; late is still filed."""
    if charter.submit_by is None:
        raise Refused("consent_missing", "the supervising unit has not agreed yet", "业务主管单位尚未审查同意")
    return CharterSubmitted(association=charter.association, district=charter.district, number=charter.number, submitted_on=call.today,
                            late=call.today > charter.submit_by)  # fmt: skip


@charters.command(by=AUTHORITY, when="SUBMITTED")
def return_(charter: Charter, call: Call, reason: Text) -> CharterVersionReturned:
    """Send it back [退回修改]."""
    return CharterVersionReturned(association=charter.association, number=charter.number, reason=reason)


@charters.command(by=AUTHORITY, when="SUBMITTED")
def approve(charter: Charter, call: Call) -> CharterVersionApproved:
    """Approve it [核准章程]."""
    return CharterVersionApproved(association=charter.association, number=charter.number, approved_on=call.today, party_clauses=charter.party_clauses,
                           late=charter.late)  # fmt: skip


@charters.command(by="ASSOCIATION", when=("DRAFT", "ADOPTED"))
def abandon(charter: Charter, call: Call, reason: Text) -> CharterAbandoned:
    """Give the version up [撤回]."""
    return CharterAbandoned(association=charter.association, number=charter.number, reason=reason)


# ── deadlines, and what replaces it ───────────────────────────────────────────────────────────────
def reminders(charter: Charter) -> list[datetime]:
    last, since = charter.submit_by, charter.consent_on or charter.adopted_on
    if last is None or since is None:
        return []
    before = RULES.get("GOVERNANCE", charter.rules_version).charter_reminder_days
    return [begin_of(last - timedelta(days=d)) for d in before if last - timedelta(days=d) > since]


@charters.clock(when="ADOPTED", at=reminders)
def remind(charter: Charter, call: Call) -> CharterSubmissionDueSoon | None:
    """Some days are left to file it."""
    if charter.submit_by is None or call.today > charter.submit_by:
        return None
    return CharterSubmissionDueSoon(association=charter.association, number=charter.number, submit_by=charter.submit_by,
                                    days_left=(charter.submit_by - call.today).days)  # fmt: skip


@charters.clock(when="ADOPTED", at=lambda c: end_of(c.submit_by) if c.submit_by and not c.late else None)
def expire(charter: Charter, call: Call) -> CharterSubmissionOverdue | None:
    """The last day to file has passed."""
    if charter.submit_by is None:
        return None
    return CharterSubmissionOverdue(association=charter.association, number=charter.number, submit_by=charter.submit_by)


@charters.on(NewCharterApproved, when="APPROVED", where=lambda e: {"association": e.association})
def supersede(charter: Charter, call: Call, event: NewCharterApproved) -> CharterSuperseded | None:
    """A later version was approved."""
    if event.number <= charter.number:
        return None
    return CharterSuperseded(association=charter.association, number=charter.number, by_number=event.number)


@charters.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def end(charter: Charter, call: Call, event: AssociationEnded) -> CharterAbandoned:
    """The association has ended."""
    return CharterAbandoned(association=charter.association, number=charter.number, reason="association ended")
