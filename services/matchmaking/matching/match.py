"""Match [对接], R52: two parties proposed to each other; contact only when both have agreed; brought to an end or lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.engine.reasons import Caution, Reason, caution, reasons
from services.matchmaking.engine.retrieval import Provenance
from services.matchmaking.engine.scoring import Assessment, Party, Scale, assess, excluded
from services.matchmaking.engine.weights import Feature, PartyKind, Wanted
from services.matchmaking.matching.contact_card import ContactCard, cards
from services.matchmaking.matching.pairing import WANTED, WHY_NOT, Choice, Pairing, choice_of, pairing_of
from services.matchmaking.matching.rules import MatchingRules, rules_of
from services.matchmaking.matching.statement import no_contact
from shared.record import Call, Event, Given, Heard, Kind, Line, NotAllowed, NotFound, Read, Record, Refused, Text
from shared.workdays import working_days_after

Stage = Literal["PROPOSED", "ACCEPTED", "DECLINED", "CONNECTED", "FULFILLED", "LAPSED"]
WAITING: tuple[Stage, ...] = ("PROPOSED", "ACCEPTED")
OPEN: tuple[Stage, ...] = (*WAITING, "CONNECTED")
Cause = Literal["NO_ANSWER", "NO_OUTCOME", "PARTY_GONE", "JUNK"]
Ground = Literal["ADVERTISING", "PRICE_FISHING", "FRAUD", "NOT_SERIOUS"]
DeclineReason = Literal["NOT_OUR_FIELD", "NO_CAPACITY", "ALREADY_IN_CONTACT", "TERMS", "OTHER"]
Outcome = Literal["JOINED", "CONTRACT", "SERVICE_DELIVERED", "FRIENDSHIP", "JOINT_PROJECT", "OTHER"]
Rules = Annotated[MatchingRules, Given(rules_of)]


class Match(Record):
    """Match [对接]"""

    stage: Stage
    seeker: str
    seeker_kind: PartyKind
    seeker_name: str
    candidate: str
    candidate_kind: PartyKind
    candidate_name: str
    parties: tuple[str, str]
    association: str | None
    pair: str | None  # both parties, while the match is open; distinct in the database
    need: str | None
    offer: str | None
    score: int
    mutual: float
    seeker_score: float
    candidate_score: float
    reasons: tuple[Reason, ...]
    caution: Caution | None
    weights: str
    terms: str
    rules: str
    respond_by: datetime
    remind_at: datetime
    accepted_by: tuple[str, ...] = ()
    outcome_by: datetime | None = None
    outcome: Outcome | None = None
    rating: int | None = None
    found_by: Provenance | None = None
    proposed_by: str | None = None
    proposed_on: date | None = None
    place: int | None = None  # in the list it was proposed from
    features: tuple[dict[Feature, float], ...] = ()  # as the seeker saw the candidate, and the candidate the seeker
    by: str | None = None  # who answered last
    report_until: datetime | None = None
    shown_by: tuple[str, ...] = ()  # whose contact card the other may read, while both show theirs
    reported_by: str | None = None
    ground: Ground | None = None
    decide_by: datetime | None = None
    struck: str | None = None  # against whom a report was upheld
    struck_on: date | None = None
    decided: bool = False


class MatchProposed(Event, to="PROPOSED"):
    """`score` is the mutual score in points of 100; `mutual` the same before rounding, 0…1; `found_by` where the platform chose the candidate."""

    seeker: str
    seeker_kind: PartyKind
    seeker_name: str
    candidate: str
    candidate_kind: PartyKind
    candidate_name: str
    parties: tuple[str, str]
    association: str | None
    pair: str
    need: str | None
    offer: str | None
    score: int
    mutual: float
    seeker_score: float
    candidate_score: float
    reasons: tuple[Reason, ...]
    caution: Caution | None
    weights: str
    terms: str
    rules: str
    respond_by: datetime
    remind_at: datetime
    accepted_by: tuple[str, ...]
    found_by: Provenance | None = None
    proposed_by: str | None = None
    proposed_on: date | None = None
    place: int | None = None
    features: tuple[dict[Feature, float], ...] = ()
    report_until: datetime | None = None


class Between(Event):
    """Whom an event of a match concerns."""

    seeker: str
    candidate: str
    association: str | None
    need: str | None


class MatchAccepted(Between, to="ACCEPTED"):
    by: str
    accepted_by: tuple[str, ...]


class MatchConnected(Between, to="CONNECTED"):
    outcome_by: datetime
    remind_at: datetime


class MatchDeclined(Between, to="DECLINED"):
    by: str
    reason: DeclineReason
    note: str | None
    pair: None = None


class MatchFulfilled(Between, to="FULFILLED"):
    by: str
    outcome: Outcome
    rating: int
    pair: None = None


class MatchLapsed(Between, to="LAPSED"):
    cause: Cause
    pair: None = None


class MatchAnswerDue(Between):
    waiting_for: tuple[str, ...]
    respond_by: datetime


class MatchOutcomeDue(Between):
    outcome_by: datetime


class ContactShown(Between):
    """A side lets the other read its contact card."""

    by: str
    other: str
    shown_by: tuple[str, ...]


class ContactHidden(Between):
    """A side took that back: neither card can be read any more."""

    by: str
    other: str
    shown_by: tuple[str, ...]


class ContactRead(Between):
    """A side has read the other's card; what stands in it is in no event."""

    by: str
    other: str


class MatchReported(Between):
    """A side says that the other does not mean it."""

    reported_by: str
    ground: Ground
    decide_by: datetime


class JunkReportOverdue(Between):
    decide_by: None = None


class JunkReportUpheld(Between):
    """It was junk: the one who reported has the proposal back, the other a strike."""

    reported_by: str
    ground: Ground
    struck: str
    struck_on: date
    decided: bool = True
    decide_by: None = None


class JunkReportDismissed(Between):
    reported_by: str
    reason: str
    decided: bool = True
    decide_by: None = None


class ReportUpheld(Heard, type="matchmaking.matching.junk_report_upheld.v1"):
    """Heard by the match itself."""


class EnterpriseRetired(Heard, type="matchmaking.matching.enterprise_retired.v1"):
    uscc: str


matches = Kind[Match, Stage](
    Match,
    "matchmaking.matching.match",
    path="matches",
    unique=("pair",),
    index=("seeker", "candidate", "parties", "need", "proposed_by", "struck"),
    own={"ASSOCIATION": "parties", "ENTERPRISE": "parties"},
    readers=("SO_ADMIN",),
)


async def open_matches(read: Read, call: Call, record: None, body: Any) -> list[Match]:
    """Open matches of the seeker, with anybody."""
    return [m for m in await read.find(matches, parties=body.seeker) if m.pair]


@dataclass(frozen=True)
class Standing:
    """Matches the proposer has proposed, and those in which a report against it was upheld."""

    mine: tuple[Match, ...] = ()
    strikes: tuple[Match, ...] = ()

    def left(self, call: Call, rules: MatchingRules) -> int:
        """How many more it may propose today; the zone's office is not counted. What turned out to be the other side's junk is given back.

        Raises: Refused while it has to pause after several upheld reports."""
        if call.role == "SO_ADMIN":
            return rules.quota
        recent = [m.struck_on for m in self.strikes if m.struck_on and m.struck_on > call.today - timedelta(days=rules.strike_days)]
        if len(recent) >= rules.strikes and (until := max(recent) + timedelta(days=rules.pause_days)) > call.today:
            raise Refused("paused_for_junk", f"{len(recent)} reports were upheld; you may propose again from {until}",
                          f"因 {len(recent)} 次不实对接被核实，{until} 起方可再次提出", until=until.isoformat())  # fmt: skip
        since = call.today - timedelta(days=rules.quota_days)
        used = sum(1 for m in self.mine if m.proposed_on and m.proposed_on > since and not (m.struck and m.struck != call.organisation))
        return rules.quota - used


async def standing_of(read: Read, call: Call, record: None, body: Any) -> Standing:
    """What the proposer has used of its quota, and the reports upheld against it."""
    mine = await read.find(matches, proposed_by=call.organisation)
    return Standing(mine=tuple(mine), strikes=tuple(await read.find(matches, struck=call.organisation)))


def within_quota(standing: Standing, call: Call, rules: MatchingRules) -> int:
    """How many more may be proposed. Raises: Refused when none."""
    left = standing.left(call, rules)
    if left <= 0:
        raise Refused(
            "quota_used", f"{rules.quota} proposals in {rules.quota_days} days are used", f"{rules.quota_days} 天内提出对接次数已用完"
        )
    return left


Open = Annotated[list[Match], Given(open_matches)]
Stands = Annotated[Standing, Given(standing_of)]


@matches.opens(by=("ASSOCIATION", "ENTERPRISE", "SO_ADMIN"))
def propose(
    call: Call,
    seeker: Line,
    candidate: Line,
    pairing: Annotated[Pairing, Given(pairing_of)],
    open_: Open,
    standing: Stands,
    rules: Rules,
    need: Line | None = None,
    offer: Line | None = None,
) -> MatchProposed:
    """Propose two parties to each other [提出对接]; who proposes for itself has agreed, and the score is always computed here."""
    for_itself(call, seeker)
    within_quota(standing, call, rules)
    a, b = pairing.seeker, pairing.candidate
    if a is None or b is None:
        raise NotFound("party_unknown", "one of the two is not known here", "一方未登记")
    if why := excluded(a, b, pairing.scale.weights) or excluded(b, a, pairing.scale.weights):
        raise Refused(f"excluded_{why}", *WHY_NOT[why])
    if any(m.pair == pair_of(a.id, b.id) for m in open_):
        raise Refused("already_proposed", "a match of these two is open", "双方已有未结束的对接")
    if need and (pairing.need is None or pairing.need.owner not in (seeker, candidate) or pairing.need.stage not in ("OPEN", "MATCHED")):
        raise Refused("need_not_open", "there is no such open need of either party", "没有该项有效需求")
    if offer and (pairing.offer is None or pairing.offer.owner not in (seeker, candidate) or pairing.offer.stage != "OPEN"):
        raise Refused("offer_not_open", "there is no such open offer of either party", "没有该项有效供给")
    found = assess(a, b, pairing.scale, call.today)
    if found.mutual < pairing.scale.weights.threshold[WANTED[b.kind]]:
        raise Refused("below_threshold", "the two suit each other too little", "双方匹配度低于推荐阈值", score=round(100 * found.mutual))
    return proposed(call, a, b, found, pairing.scale, rules, need=need, offer=offer)


@matches.opens(by=("ASSOCIATION", "ENTERPRISE", "SO_ADMIN"))
def propose_best(
    call: Call,
    seeker: Line,
    wanted: Wanted,
    chosen: Annotated[Choice, Given(choice_of)],
    open_: Open,
    standing: Stands,
    rules: Rules,
    most: Annotated[int, Field(ge=1, le=5)] = 5,
) -> list[MatchProposed]:
    """Propose the best of the recommendations [按推荐批量提出对接]: those above the threshold with whom no match is open, at most five."""
    for_itself(call, seeker)
    if chosen.seeker is None:
        raise NotFound("party_unknown", "the seeker is not known here", "申请方未登记")
    if not chosen.seeker.active or chosen.seeker.serious:
        raise Refused("excluded_not_active", *WHY_NOT["not_active"])
    busy, scale = {m.pair for m in open_}, chosen.scale
    best = [(p, a) for p, a in chosen.best if a.mutual >= scale.weights.threshold[wanted] and pair_of(seeker, p.id) not in busy]
    if not best:
        raise Refused("nobody_suits", "nobody new suits well enough", "暂无达到阈值的新对象")
    limit = min(most, scale.weights.proposals, within_quota(standing, call, rules))
    places = {p.id: n for n, (p, _) in enumerate(chosen.best, 1)}
    return [
        proposed(call, chosen.seeker, party, found, scale, rules, found_by=chosen.found_by, place=places[party.id])
        for party, found in best[:limit]
    ]


def for_itself(call: Call, seeker: str) -> None:
    if call.role != "SO_ADMIN" and seeker != call.organisation:
        raise NotAllowed("not_yours", "you may propose only for your own organisation", "只能为本单位提出对接")


def pair_of(a: str, b: str) -> str:
    return "~".join(sorted((a, b)))


def proposed(
    call: Call,
    a: Party,
    b: Party,
    found: Assessment,
    scale: Scale,
    rules: MatchingRules,
    *,
    need: str | None = None,
    offer: str | None = None,
    found_by: Provenance | None = None,
    place: int | None = None,
) -> MatchProposed:
    due = rules.respond_by(call.now)
    return MatchProposed(
        seeker=a.id, seeker_kind=a.kind, seeker_name=a.name, candidate=b.id, candidate_kind=b.kind, candidate_name=b.name,
        parties=(a.id, b.id), association=next((p.id for p in (a, b) if p.kind == "ASSOCIATION"), None), pair=pair_of(a.id, b.id),
        need=need, offer=offer, score=round(100 * found.mutual), mutual=found.mutual, seeker_score=found.seeker_score,
        candidate_score=found.candidate_score, reasons=reasons(a, b, found, scale), caution=caution(a, b, found, scale, call.today),
        weights=scale.weights.version, terms=scale.table.version, rules=rules.version, respond_by=due,
        remind_at=due - timedelta(days=rules.respond_remind_days), accepted_by=(a.id,) if a.id == call.organisation else (),
        found_by=found_by, proposed_by=None if call.role == "SO_ADMIN" else call.organisation, proposed_on=call.today,
        report_until=call.now + timedelta(days=rules.report_days), place=place,
        features=tuple({p.feature: round(p.value, 6) for p in found.products if p.side == side} for side in ("SEEKER", "CANDIDATE")),
    )  # fmt: skip


def between(match: Match) -> dict[str, Any]:
    return {"seeker": match.seeker, "candidate": match.candidate, "association": match.association, "need": match.need}


def agreed(match: Match, by: str, call: Call, rules: MatchingRules) -> list[MatchAccepted | MatchConnected]:
    """One side's consent; with the other's, the two are brought together."""
    if by in match.accepted_by:
        raise Refused("already_accepted", "this side has agreed", "该方已同意")
    accepted = (*match.accepted_by, by)
    told: list[MatchAccepted | MatchConnected] = [MatchAccepted(**between(match), by=by, accepted_by=accepted)]
    if set(accepted) == set(match.parties):
        due = rules.outcome_by(call.now)
        told.append(MatchConnected(**between(match), outcome_by=due, remind_at=due - timedelta(days=rules.outcome_remind_days)))
    return told


@matches.command(by=("ASSOCIATION", "ENTERPRISE"), when=WAITING)
def accept(match: Match, call: Call, rules: Rules) -> Sequence[MatchAccepted | MatchConnected]:
    """Agree [同意对接]; contact is made when both have."""
    return agreed(match, call.organisation, call, rules)


@matches.command(by=("ASSOCIATION", "ENTERPRISE"), when=WAITING)
def decline(match: Match, call: Call, reason: DeclineReason, note: Text | None = None) -> MatchDeclined:
    """Decline [谢绝]."""
    no_contact(note or "", "/note")
    return MatchDeclined(**between(match), by=call.organisation, reason=reason, note=note)


@matches.command(by="SO_ADMIN", when=WAITING)
def record_answer(
    match: Match, call: Call, accepts: bool, document: Line, rules: Rules
) -> Sequence[MatchAccepted | MatchConnected | MatchDeclined]:
    """Record the answer of a chamber elsewhere, which has no account here [代录外地商会答复]."""
    if match.candidate_kind != "CHAMBER" and match.seeker_kind != "CHAMBER":
        raise Refused("answers_itself", "both parties answer for themselves", "双方均可自行答复")
    chamber = match.candidate if match.candidate_kind == "CHAMBER" else match.seeker
    if accepts:
        return agreed(match, chamber, call, rules)
    return [MatchDeclined(**between(match), by=chamber, reason="OTHER", note=document)]


@matches.command(by=("ASSOCIATION", "ENTERPRISE"), when="CONNECTED")
def fulfil(match: Match, call: Call, outcome: Outcome, rating: Annotated[int, Field(ge=1, le=5)]) -> MatchFulfilled:
    """Report what came of it [办结], and how content one is, 1 to 5."""
    return MatchFulfilled(**between(match), by=call.organisation, outcome=outcome, rating=rating)


# ── contact cards: with the consent of both, and as long as it stands ─────────────────────────────
def other_of(match: Match, one: str) -> str:
    return match.parties[1] if match.parties[0] == one else match.parties[0]


@matches.command(by=("ASSOCIATION", "ENTERPRISE"), when=("CONNECTED", "FULFILLED"))
def show_contact(match: Match, call: Call) -> ContactShown:
    """Let the other side read one's contact card [同意交换联系方式]; it can once both have agreed."""
    if call.organisation in match.shown_by:
        raise Refused("already_shown", "you have agreed to this", "您已同意交换联系方式")
    shown = (*match.shown_by, call.organisation)
    return ContactShown(**between(match), by=call.organisation, other=other_of(match, call.organisation), shown_by=shown)


@matches.command(by=("ASSOCIATION", "ENTERPRISE"), when=("CONNECTED", "FULFILLED", "LAPSED"))
def hide_contact(match: Match, call: Call) -> ContactHidden:
    """Take that back [撤回同意]; from now on neither card can be read."""
    if call.organisation not in match.shown_by:
        raise Refused("not_shown", "you have not agreed to this", "您未同意交换联系方式")
    shown = tuple(p for p in match.shown_by if p != call.organisation)
    return ContactHidden(**between(match), by=call.organisation, other=other_of(match, call.organisation), shown_by=shown)


async def card_of_other(read: Read, call: Call, match: Match, body: Any) -> ContactCard | None:
    return await read.get(cards, other_of(match, call.organisation))


@matches.command(by=("ASSOCIATION", "ENTERPRISE"), when=("CONNECTED", "FULFILLED"))
def read_contact(match: Match, call: Call, card: Annotated[ContactCard | None, Given(card_of_other)]) -> ContactRead:
    """Note that one reads the other's card [查看对方名片], which is how it is shown; not without the consent of both as it stands now."""
    if set(match.shown_by) != set(match.parties):
        raise Refused(
            "not_agreed",
            "both sides must agree to show their cards",
            "须双方均同意交换联系方式",
            agreed=call.organisation in match.shown_by,
        )
    if card is None or card.stage != "KEPT":
        raise NotFound("no_card", "the other side has left no card", "对方未登记联系名片")
    return ContactRead(**between(match), by=call.organisation, other=other_of(match, call.organisation))


# ── junk: reported by one side, decided by the office ─────────────────────────────────────────────
@matches.command(by=("ASSOCIATION", "ENTERPRISE"), when=(*OPEN, "DECLINED", "LAPSED"))
def report(match: Match, call: Call, ground: Ground, rules: Rules) -> MatchReported:
    """Report the other side for not meaning it [举报不实对接]: advertising, price-fishing, fraud, not serious."""
    if match.reported_by:
        raise Refused("already_reported", "this match was reported", "该对接已被举报")
    if match.report_until and call.now > match.report_until:
        raise Refused("report_too_late", f"a report is made within {rules.report_days} days", f"应在 {rules.report_days} 天内举报")
    decide_by = working_days_after(call.now, rules.report_working_days)
    return MatchReported(**between(match), reported_by=call.organisation, ground=ground, decide_by=decide_by)


@matches.command(by="SO_ADMIN", when=(*OPEN, "DECLINED", "LAPSED"))
def uphold_report(match: Match, call: Call) -> JunkReportUpheld:
    """It is junk [举报属实]: the one who reported has the proposal back, the other a strike; the match ends if it has not."""
    by, ground = waiting_report(match)
    return JunkReportUpheld(**between(match), reported_by=by, ground=ground, struck=other_of(match, by), struck_on=call.today)


@matches.command(by="SO_ADMIN", when=(*OPEN, "DECLINED", "LAPSED"))
def dismiss_report(match: Match, call: Call, reason: Text) -> JunkReportDismissed:
    """It is none [举报不属实]."""
    by, _ = waiting_report(match)
    no_contact(reason, "/reason")
    return JunkReportDismissed(**between(match), reported_by=by, reason=reason)


def waiting_report(match: Match) -> tuple[str, Ground]:
    """Raises: Refused when none waits for a decision."""
    if match.reported_by is None or match.ground is None or match.decided:
        raise Refused("no_report", "no report waits for a decision", "没有待处理的举报")
    return match.reported_by, match.ground


@matches.clock(when=(*OPEN, "DECLINED", "LAPSED"), at=lambda match: match.decide_by)
def press_for_decision(match: Match, call: Call) -> JunkReportOverdue:
    """The office has not decided in time."""
    return JunkReportOverdue(**between(match))


def unanswered(match: Match) -> tuple[str, ...]:
    return tuple(p for p in match.parties if p not in match.accepted_by)


@matches.clock(when=WAITING, at=lambda match: match.remind_at)
def remind_of_answer(match: Match, call: Call) -> MatchAnswerDue:
    """Three days before the proposal lapses."""
    return MatchAnswerDue(**between(match), waiting_for=unanswered(match), respond_by=match.respond_by)


@matches.clock(when=WAITING, at=lambda match: match.respond_by)
def lapse(match: Match, call: Call) -> MatchLapsed:
    """Two weeks without both answers."""
    return MatchLapsed(**between(match), cause="NO_ANSWER")


@matches.clock(when="CONNECTED", at=lambda match: match.remind_at)
def remind_of_outcome(match: Match, call: Call) -> MatchOutcomeDue | None:
    """Two weeks before the end of the term nobody has said what came of it."""
    return MatchOutcomeDue(**between(match), outcome_by=match.outcome_by) if match.outcome_by else None


@matches.clock(when="CONNECTED", at=lambda match: match.outcome_by)
def lapse_without_outcome(match: Match, call: Call) -> MatchLapsed:
    """Ninety days, and nothing came of it."""
    return MatchLapsed(**between(match), cause="NO_OUTCOME")


@matches.on(AssociationEnded, when=OPEN, where=lambda e: {"parties": e.uscc})
def lapse_for_ended(match: Match, call: Call, event: AssociationEnded) -> MatchLapsed:
    """A party has ended."""
    return MatchLapsed(**between(match), cause="PARTY_GONE")


@matches.on(EnterpriseRetired, when=OPEN, where=lambda e: {"parties": e.uscc})
def lapse_for_retired(match: Match, call: Call, event: EnterpriseRetired) -> MatchLapsed:
    """An enterprise has left the matching."""
    return MatchLapsed(**between(match), cause="PARTY_GONE")


@matches.on(ReportUpheld, when=OPEN, where=lambda e: {"id": e.about})
def lapse_as_junk(match: Match, call: Call, event: ReportUpheld) -> MatchLapsed:
    """It was junk."""
    return MatchLapsed(**between(match), cause="JUNK")
