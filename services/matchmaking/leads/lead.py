"""Investment lead [招商线索], R55: who reported first, what the department decides, and the clocks it is held to. Domain §6.1.

From the talks on, `landing.py` carries the same record to production; `credit.py` says who earned it.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.leads.facts import (
    LANDING,
    LIVE,
    InvestmentLeadAccepted,
    InvestmentLeadCreated,
    InvestmentLeadRejected,
    InvestmentLeadScreened,
    Lead,
    LeadAnswered,
    LeadClaimExpired,
    LeadClaimYielded,
    LeadDropped,
    LeadFeedbackOverdue,
    LeadFollowUpOverdue,
    LeadFoundDistinct,
    LeadIntroducerLost,
    LeadLinked,
    LeadReclassified,
    LeadReopened,
    LeadResponseOverdue,
    LeadScreeningOverdue,
    Stage,
)
from services.matchmaking.leads.forms import Confidentiality, EndReason, Investor, PersonRef, Project, Study
from services.matchmaking.leads.rules import LeadRules, project_key, rules_of, suspects_among
from services.matchmaking.months import morning
from shared.record import Call, Given, Heard, Kind, Line, Read, Refused, Text

Rules = Annotated[LeadRules, Given(rules_of)]


class LeadDisputeUpheld(Heard, type="matchmaking.leads.lead_dispute_upheld.v1"):
    lead: str
    first: str
    outcome: str
    reason: str


leads = Kind[Lead, Stage](
    Lead,
    "matchmaking.leads.lead",
    path="leads",
    unique=("claim",),
    index=("new_city", "introducer", "project_key", "confidentiality"),
    own={"ASSOCIATION": "parties", "ENTERPRISE": "parties", "NEW_CITY": "new_city"},
    readers=("SO_ADMIN",),
)


async def reports_of(read: Read, call: Call, lead: Lead | None, body: Any) -> list[Lead]:
    """Every other lead with the same project key."""
    key = lead.project_key if lead else project_key(body.investor, body.project)
    return [other for other in await read.find(leads, project_key=key) if lead is None or other.id != lead.id]


async def live_leads(read: Read, call: Call, lead: Lead, body: Any) -> list[Lead]:
    return await read.find(leads, stage=[*LIVE, "IN_PRODUCTION"])


async def first_reports(read: Read, call: Call, lead: Lead, body: Any) -> list[Lead]:
    """Who holds the project now: by its key, and the lead this one was linked to."""
    linked = await read.get(leads, lead.duplicate_of) if lead.duplicate_of else None
    return [other for other in (*await read.find(leads, claim=lead.project_key), *([linked] if linked else ())) if other.claim]


async def lead_named(read: Read, call: Call, lead: Lead, body: Any) -> Lead | None:
    return await read.get(leads, body.duplicate_of)


Reports = Annotated[list[Lead], Given(reports_of)]


@leads.opens(by=("ASSOCIATION", "ENTERPRISE"))
def submit(
    call: Call,
    investor: Investor,
    project: Project,
    rules: Rules,
    reports: Reports,
    agency: Line | None = None,
    confidentiality: Confidentiality = "INTERNAL",
    contact_ref: PersonRef | None = None,
) -> InvestmentLeadCreated:
    """Report a lead [线索登记]; INVEST_DEPT answers within one working day."""
    rules.admit(call.organisation, investor, project)
    if any(r.introducer == call.organisation and r.stage != "DROPPED" for r in reports):
        raise Refused("already_yours", "you have reported this project already", "贵单位已报送该项目")
    if any(r.claim and r.stage in (*LANDING, "IN_PRODUCTION") for r in reports):
        raise Refused(
            "already_negotiated", "this project is in negotiation or signed in the area", "该项目已在新区洽谈或签约，不得重复报送"
        )
    parties = tuple(dict.fromkeys(p for p in (call.organisation, investor.uscc) if p))
    return InvestmentLeadCreated(
        introducer=call.organisation, parties=parties, agency=agency, investor=investor, project=project, confidentiality=confidentiality,
        contact_ref=contact_ref, rules=rules.version, project_key=project_key(investor, project), submitted_at=call.now,
        response_due=rules.response_due(call.now), screening_due=rules.screening_due(call.now, project),
    )  # fmt: skip


@leads.command(by="INVEST_DEPT", when="LEAD")
def answer(lead: Lead, call: Call) -> LeadAnswered:
    """Answer the referrer [响应]: the lead has been received."""
    if lead.answered_at:
        raise Refused("already_answered", "this lead has been answered", "该线索已响应")
    return LeadAnswered(association=lead.introducer, answered_at=call.now)


@leads.command(by="INVEST_DEPT", when="LEAD")
def screen(lead: Lead, call: Call, study: Study, others: Annotated[list[Lead], Given(live_leads)], rules: Rules) -> InvestmentLeadScreened:
    """Study the lead [研判]; leads that look like the same project are shown with it."""
    return InvestmentLeadScreened(
        association=lead.introducer, study=study, suspects=suspects_among(lead, others, rules), answered_at=lead.answered_at or call.now,
        feedback_due=rules.feedback_due(call.now), trail=(*lead.trail, "SCREENED"),
    )  # fmt: skip


@leads.command(by="INVEST_DEPT", when="SCREENED")
def accept(
    lead: Lead, call: Call, rules: Rules, reports: Reports, distinct: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
) -> InvestmentLeadAccepted | LeadLinked:
    """Accept it [采纳]: the earliest accepted report holds the project for six months [首报首谈]; a later one is linked to it."""
    if lead.accepted_at:
        raise Refused("already_accepted", "this lead has been accepted", "该线索已采纳")
    if holder := next((r for r in reports if r.claim), None):
        return LeadLinked(association=lead.introducer, duplicate_of=holder.id, linked_at=call.now)
    if any(r.stage in ("LEAD", "SCREENED") and (r.submitted_at, r.id) < (lead.submitted_at, lead.id) for r in reports):
        raise Refused(
            "earlier_report_waits", "an earlier report of this project waits: decide that one first", "该项目有更早的报送待研判，请先处理"
        )
    if unseen := [s.lead for s in lead.suspects if s.lead not in distinct]:
        raise Refused(
            "suspects_open", "say of each like lead that it is another project, or link this one", "请逐条确认疑似重复线索", leads=unseen
        )
    return InvestmentLeadAccepted(
        association=lead.introducer, accepted_at=call.now, claim=lead.project_key, held_until=rules.held_until(call.today),
        credits=() if lead.introducer_lost else rules.credits_of(lead.introducer),
    )  # fmt: skip


@leads.command(by="INVEST_DEPT", when=("LEAD", "SCREENED"))
def link(lead: Lead, call: Call, duplicate_of: Line, first: Annotated[Lead | None, Given(lead_named)]) -> LeadLinked:
    """Link it to the lead it repeats [关联重复线索]; it is kept, not deleted."""
    if first is None or first.id == lead.id or first.stage == "DROPPED":
        raise Refused("no_such_first_lead", "there is no live lead to link to", "没有可关联的有效线索")
    if lead.accepted_at:
        raise Refused("already_accepted", "this lead has been accepted: drop it instead", "该线索已采纳，请改用终止")
    return LeadLinked(association=lead.introducer, duplicate_of=first.id, linked_at=call.now)


@leads.command(by="INVEST_DEPT", when=("LEAD", "SCREENED"))
def reject(lead: Lead, call: Call, cause: EndReason, reason: Text) -> InvestmentLeadRejected:
    """Do not take it up [不予采纳], with the reason for the referrer."""
    if lead.accepted_at:
        raise Refused("already_accepted", "this lead has been accepted: drop it instead", "该线索已采纳，请改用终止")
    return InvestmentLeadRejected(association=lead.introducer, cause=cause, reason=reason)


@leads.command(by="INVEST_DEPT", when=LIVE)
def reclassify(lead: Lead, call: Call, confidentiality: Confidentiality, reason: Text) -> LeadReclassified:
    """Change who may know of it [密级调整]."""
    return LeadReclassified(confidentiality=confidentiality, reason=reason)


@leads.command(by="INVEST_DEPT", when=LIVE)
def drop(lead: Lead, call: Call, cause: EndReason, reason: Text) -> LeadDropped:
    """End the lead [终止], with its reason; the project is free for others."""
    return LeadDropped(association=lead.introducer, cause=cause, reason=reason)


@leads.command(by="INVEST_DEPT", when="DROPPED")
def reopen(
    lead: Lead, call: Call, reason: Text, rules: Rules, holders: Annotated[list[Lead], Given(first_reports)], back_to: Stage | None = None
) -> LeadReopened:
    """Take it up again [重启] where it stood or earlier; an accepted lead takes its first report back, or stays closed if another has it."""
    if any(h.id != lead.id for h in holders):
        raise Refused("claim_taken", "another report holds this project now", "该项目现由其他首报线索持有")
    stage = back_to or lead.trail[-1]
    if stage not in lead.trail:
        raise Refused("never_there", f"the lead has never been {stage}", "该线索未到达过此阶段")
    claimed = lead.accepted_at is not None and stage != "LEAD"
    return reopened(lead, call, rules, stage, reason, claimed=claimed, followed_up=call.now)


def reopened(
    lead: Lead, call: Call, rules: LeadRules, stage: Stage, reason: str, *, claimed: bool, followed_up: datetime | None
) -> LeadReopened:
    """What a lead is again at a stage it has been at; its clocks begin anew."""
    trail, talks = lead.trail[: lead.trail.index(stage) + 1], stage == "NEGOTIATING"
    return LeadReopened(
        stage=stage, association=lead.introducer, reason=reason, trail=trail, evidence=tuple(p for p in lead.evidence if p.stage in trail),
        new_city=lead.new_city if "NEGOTIATING" in trail else None, credit_confirmed=lead.credit_confirmed if "SIGNED" in trail else (),
        accepted_at=lead.accepted_at if claimed else None, claim=lead.project_key if claimed else None,
        held_until=rules.held_until(call.today) if claimed else None, answered_at=lead.answered_at,
        response_due=rules.response_due(call.now), screening_due=rules.screening_due(call.now, lead.project),
        feedback_due=rules.feedback_due(call.now) if stage == "SCREENED" else lead.feedback_due, followed_up=followed_up,
        follow_up_due=rules.follow_up_due(call.now) if talks else None, silent_at=rules.silent_at(call.now) if talks else None,
    )  # fmt: skip


@leads.clock(when="LEAD", at=lambda lead: None if lead.answered_at else lead.response_due)
def press_for_answer(lead: Lead, call: Call) -> LeadResponseOverdue:
    """One working day without an answer."""
    return LeadResponseOverdue(association=lead.introducer, due=lead.response_due)


@leads.clock(when="LEAD", at=lambda lead: lead.screening_due)
def press_for_study(lead: Lead, call: Call) -> LeadScreeningOverdue:
    """Three working days without a study; a week of them for a large project."""
    return LeadScreeningOverdue(association=lead.introducer, due=lead.screening_due)


@leads.clock(when="SCREENED", at=lambda lead: None if lead.accepted_at else lead.feedback_due)
def press_for_feedback(lead: Lead, call: Call) -> LeadFeedbackOverdue | None:
    """A week of working days after the study the referrer still has no answer."""
    return LeadFeedbackOverdue(association=lead.introducer, due=lead.feedback_due) if lead.feedback_due else None


@leads.clock(when="NEGOTIATING", at=lambda lead: [t for t in (lead.follow_up_due, lead.silent_at) if t])
def press_for_follow_up(lead: Lead, call: Call) -> LeadFollowUpOverdue | None:
    """A fortnight of working days without contact, and again after four weeks [level 2]."""
    if lead.follow_up_due is None or lead.silent_at is None:
        return None
    level = 2 if call.now >= lead.silent_at else 1
    return LeadFollowUpOverdue(association=lead.introducer, new_city=lead.new_city, due=lead.follow_up_due, level=level)


def hold_ends(lead: Lead) -> datetime | None:
    """The hold ends after its six months; talks that are followed up keep the project longer [IN2]."""
    if lead.claim is None or lead.held_until is None:
        return None
    over = morning(lead.held_until + timedelta(days=1))
    return max(over, lead.silent_at + timedelta(seconds=1)) if lead.silent_at else over


@leads.clock(when=("SCREENED", "NEGOTIATING"), at=hold_ends)
def expire_claim(lead: Lead, call: Call) -> LeadClaimExpired:
    """The protection of the first report is over: others may report this project."""
    return LeadClaimExpired(association=lead.introducer)


@leads.on(LeadDisputeUpheld, when="DROPPED", where=lambda e: {"id": e.lead})
def restore_disputed(lead: Lead, call: Call, event: LeadDisputeUpheld, rules: Rules) -> list[LeadFoundDistinct | LeadReopened]:
    """Its referrer was right: it stands where it stood before it was linked, and waits to be accepted."""
    if lead.duplicate_of != event.first or event.outcome == "SHARED":
        return []
    again = reopened(lead, call, rules, lead.trail[-1], event.reason, claimed=False, followed_up=None)
    if event.outcome == "FIRST":
        return [again]
    return [LeadFoundDistinct(association=lead.introducer, project_key=f"{lead.project_key}|{lead.id}"), again]


@leads.on(LeadDisputeUpheld, when=("LEAD", "SCREENED", "NEGOTIATING"), where=lambda e: {"id": e.first})
def yield_first_report(lead: Lead, call: Call, event: LeadDisputeUpheld) -> list[LeadClaimYielded | LeadLinked]:
    """Another knew the investor first: this one is linked to that, and kept."""
    if event.outcome != "FIRST":
        return []
    return [
        LeadClaimYielded(association=lead.introducer, new_city=lead.new_city),
        LeadLinked(association=lead.introducer, duplicate_of=event.lead, linked_at=call.now),
    ]


@leads.on(AssociationEnded, when=LIVE, where=lambda e: {"introducer": e.uscc})
def lose_ended_introducer(lead: Lead, call: Call, event: AssociationEnded) -> LeadIntroducerLost:
    """Its introducer has ended; unfrozen credit is open again."""
    kept = lead.credits if "SIGNED" in lead.trail else tuple(c for c in lead.credits if c.association != lead.introducer)
    return LeadIntroducerLost(association=lead.introducer, credits=kept)
