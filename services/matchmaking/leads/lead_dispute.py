"""Dispute of a linked lead [首报争议], R55; peers §7.7: a referrer holds that its project is another one, or that it knew the investor first.

Filed within fifteen working days of the linking (P). Who holds the first report is heard before it can lose it, and nobody is told of a
dispute about two different projects. What is decided is done by the leads themselves: the one lives again, the other yields.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.leads.facts import SIGNED_ON, Lead
from services.matchmaking.leads.lead import leads
from services.matchmaking.leads.rules import LeadRules, rules_of
from services.matchmaking.matching.statement import no_contact
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, not_found

Stage = Literal["FILED", "UPHELD", "DISMISSED", "WITHDRAWN"]
Ground = Literal["DISTINCT_PROJECT", "EARLIER_CONTACT"]
Outcome = Literal["DISTINCT", "FIRST", "SHARED"]
Cause = Literal["ON_REQUEST", "INTRODUCER_GONE"]
OUTCOMES: dict[Ground, tuple[Outcome, ...]] = {"DISTINCT_PROJECT": ("DISTINCT",), "EARLIER_CONTACT": ("FIRST", "SHARED")}
Documents = Annotated[tuple[Line, ...], Field(min_length=1, max_length=10, description="by their references in the document store")]
Rules = Annotated[LeadRules, Given(rules_of)]


class LeadDispute(Record):
    """Dispute of a linked lead [首报争议]"""

    stage: Stage
    lead: str
    first: str
    introducer: str
    holder: str | None
    parties: tuple[str, ...]
    claim: str | None  # one open dispute of a lead at a time
    ground: Ground
    statement: str
    evidence: tuple[str, ...]
    rules: str
    filed_at: datetime
    answer_by: datetime | None
    decide_by: datetime
    position: str | None = None
    position_evidence: tuple[str, ...] = ()
    late: bool = False
    outcome: Outcome | None = None
    reason: str | None = None


class LeadDisputeFiled(Event, to="FILED"):
    """`holder` has the first report, and is asked only where that is in dispute."""

    lead: str
    first: str
    introducer: str
    holder: str | None
    parties: tuple[str, ...]
    claim: str
    ground: Ground
    statement: str
    evidence: tuple[str, ...]
    rules: str
    filed_at: datetime
    answer_by: datetime | None
    decide_by: datetime


class LeadDisputeAnswered(Event):
    """Who holds the first report has said its part."""

    lead: str
    introducer: str
    holder: str | None
    position: str
    position_evidence: tuple[str, ...]


class LeadDisputeOverdue(Event):
    """Nobody has decided in the days allowed."""

    lead: str
    introducer: str
    decide_by: datetime
    late: Literal[True] = True


class LeadDisputeUpheld(Event, to="UPHELD"):
    """DISTINCT: another project, with a report of its own; FIRST: the first report goes over; SHARED: one project, and credit for both."""

    lead: str
    first: str
    introducer: str
    holder: str | None
    outcome: Outcome
    reason: str
    claim: None = None


class LeadDisputeDismissed(Event, to="DISMISSED"):
    """The lead stays linked."""

    lead: str
    introducer: str
    holder: str | None
    reason: str
    claim: None = None


class LeadDisputeWithdrawn(Event, to="WITHDRAWN"):
    lead: str
    introducer: str
    holder: str | None
    cause: Cause
    claim: None = None


disputes = Kind[LeadDispute, Stage](
    LeadDispute, "matchmaking.leads.lead_dispute", path="lead-disputes", unique=("claim",), index=("lead", "first", "introducer", "parties"),
    own={"ASSOCIATION": "parties", "ENTERPRISE": "parties"}, readers=("INVEST_DEPT", "SO_ADMIN"),
)  # fmt: skip


def between(dispute: LeadDispute) -> dict[str, Any]:
    return {"lead": dispute.lead, "introducer": dispute.introducer, "holder": dispute.holder}


async def lead_named(read: Read, call: Call, record: None, body: Any) -> Lead | None:
    """Given: the lead in question, if the referrer that acts has reported it."""
    found = await read.get(leads, body.lead)
    return found if found and found.introducer == call.organisation else None


async def first_of(read: Read, call: Call, record: LeadDispute | None, body: Any) -> Lead | None:
    """Given: the lead it was linked to."""
    if record is not None:
        return await read.get(leads, record.first)
    linked = await lead_named(read, call, None, body)
    return await read.get(leads, linked.duplicate_of) if linked and linked.duplicate_of else None


async def decided_between(read: Read, call: Call, record: None, body: Any) -> list[LeadDispute]:
    """Given: what was decided before about the lead, whichever of the two had disputed."""
    asked = [*await read.find(disputes, lead=body.lead), *await read.find(disputes, first=body.lead)]
    return [d for d in asked if d.stage in ("UPHELD", "DISMISSED")]


@disputes.opens(by=("ASSOCIATION", "ENTERPRISE"))
def file(
    call: Call, lead: Line, ground: Ground, statement: Annotated[Text, Field(min_length=10)], evidence: Documents,
    linked: Annotated[Lead | None, Given(lead_named)], first: Annotated[Lead | None, Given(first_of)],
    decided: Annotated[list[LeadDispute], Given(decided_between)], rules: Rules,
) -> LeadDisputeFiled:  # fmt: skip
    """Dispute that one's lead repeats an earlier one [提出首报争议]."""
    if linked is None:
        raise not_found(leads)
    if first is None or linked.stage != "DROPPED" or linked.linked_at is None:
        raise Refused("not_linked", "this lead is not linked to another", "该线索未被关联为重复线索")
    if any({d.lead, d.first} == {linked.id, first.id} for d in decided):
        raise Refused("already_decided", "that was decided between these two leads", "该两条线索之间的争议已作出决定")
    if call.now > rules.dispute_until(linked.linked_at):
        raise Refused(
            "too_late",
            f"within {rules.dispute_working_days} working days of the linking",
            f"须在关联后 {rules.dispute_working_days} 个工作日内提出",
        )
    no_contact(statement, "/statement")
    holder = first.introducer if ground == "EARLIER_CONTACT" else None
    return LeadDisputeFiled(
        lead=lead, first=first.id, introducer=call.organisation, holder=holder, parties=(call.organisation, *([holder] if holder else ())), claim=lead,
        ground=ground, statement=statement, evidence=evidence, rules=rules.version, filed_at=call.now,
        answer_by=rules.dispute_answer_by(call.now) if holder else None, decide_by=rules.dispute_decide_by(call.now),
    )  # fmt: skip


@disputes.command(by=("ASSOCIATION", "ENTERPRISE"), when="FILED")
def state_position(dispute: LeadDispute, call: Call, position: Annotated[Text, Field(min_length=10)],
                   position_evidence: Annotated[tuple[Line, ...], Field(max_length=10)] = ()) -> LeadDisputeAnswered:  # fmt: skip
    """Say one's part as the holder of the first report [首报人陈述]; once."""
    if call.organisation != dispute.holder:
        raise Refused("not_the_holder", "only who holds the first report is heard", "仅首报人可以陈述")
    if dispute.position:
        raise Refused("already_answered", "you have said your part", "已提交陈述")
    no_contact(position, "/position")
    return LeadDisputeAnswered(**between(dispute), position=position,
                               position_evidence=position_evidence)  # fmt: skip


@disputes.command(by="INVEST_DEPT", when="FILED")
def uphold(
    dispute: LeadDispute, call: Call, outcome: Outcome, reason: Text, first: Annotated[Lead | None, Given(first_of)]
) -> LeadDisputeUpheld:
    """Find for the referrer [争议成立]. A signed project keeps its first report; there the credit can be shared."""
    if outcome not in OUTCOMES[dispute.ground]:
        raise Malformed(
            "outcome_not_asked_for",
            f"this ground leads to {' or '.join(OUTCOMES[dispute.ground])}",
            "该结论与争议理由不符",
            pointer="/outcome",
        )
    if dispute.holder and not dispute.position and dispute.answer_by and call.now <= dispute.answer_by:
        raise Refused("holder_not_heard", "who holds the first report still has time to answer", "首报人陈述期限未满")
    if outcome == "FIRST" and first is not None and first.stage in SIGNED_ON:
        raise Refused("first_is_signed", "the project is signed: share the credit instead", "项目已签约，只能分配贡献份额")
    return LeadDisputeUpheld(**between(dispute), first=dispute.first, outcome=outcome, reason=reason)


@disputes.command(by="INVEST_DEPT", when="FILED")
def dismiss(dispute: LeadDispute, call: Call, reason: Text) -> LeadDisputeDismissed:
    """The lead stays linked [争议不成立]."""
    return LeadDisputeDismissed(**between(dispute), reason=reason)


@disputes.command(by=("ASSOCIATION", "ENTERPRISE"), when="FILED")
def withdraw(dispute: LeadDispute, call: Call) -> LeadDisputeWithdrawn:
    """Give the dispute up [撤回]."""
    if call.organisation != dispute.introducer:
        raise Refused("not_yours", "only who filed it withdraws it", "仅提出人可以撤回")
    return LeadDisputeWithdrawn(**between(dispute), cause="ON_REQUEST")


@disputes.clock(when="FILED", at=lambda dispute: None if dispute.late else dispute.decide_by)
def press_for_decision(dispute: LeadDispute, call: Call) -> LeadDisputeOverdue | None:
    """The days to decide have passed."""
    return None if dispute.late else LeadDisputeOverdue(lead=dispute.lead, introducer=dispute.introducer, decide_by=dispute.decide_by)


@disputes.on(AssociationEnded, when="FILED", where=lambda e: {"introducer": e.uscc})
def end_with_introducer(dispute: LeadDispute, call: Call, event: AssociationEnded) -> LeadDisputeWithdrawn:
    """Who had filed it has ended."""
    return LeadDisputeWithdrawn(**between(dispute), cause="INTRODUCER_GONE")
