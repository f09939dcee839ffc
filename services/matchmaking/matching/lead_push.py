"""Search for associations that suit an accepted lead [线索推送]: "a new lead fits you". matching.md §2; domain §6.

Only a lead that is `PUBLIC` is searched for, and what it became meanwhile is read again before anything is told. The search waits while the
index of the profiles cannot answer, and nobody waits for it.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from services.matchmaking.engine.reasons import Caution, Reason, caution, reasons
from services.matchmaking.engine.retrieval import Provenance, Wish
from services.matchmaking.engine.scoring import Party, Statement
from services.matchmaking.leads.facts import Lead
from services.matchmaking.leads.lead import leads
from services.matchmaking.matching.pairing import POOL, as_they_are_now, listing_of
from services.matchmaking.matching.rules import MatchingRules, rules_of
from services.matchmaking.profiles.profile import POSITIONS, scale_of
from shared.record import Call, Event, Given, Heard, Kind, Read, Record, Value

Stage = Literal["SEARCHING", "SUGGESTED", "NOBODY", "CALLED_OFF"]
Rules = Annotated[MatchingRules, Given(rules_of)]


class Suggested(Value):
    """An association that suits the lead: points of 100 and why."""

    association: str
    score: int
    reasons: tuple[Reason, ...]
    caution: Caution | None


class LeadPush(Record):
    """Search for associations that suit a lead [线索推送]"""

    stage: Stage
    lead: str
    rules: str
    search_at: datetime
    found: tuple[str, ...] = ()


class LeadPushBegun(Event, to="SEARCHING"):
    """A public lead was accepted."""

    lead: str
    rules: str
    search_at: datetime


class LeadPushed(Event, to="SUGGESTED"):
    """These associations are told of it."""

    lead: str
    title: str
    introducer: str
    found: tuple[str, ...]
    suggestions: tuple[Suggested, ...]
    answer_by: datetime
    weights: str
    terms: str
    found_by: Provenance


class LeadPushFoundNobody(Event, to="NOBODY"):
    lead: str


class LeadPushCalledOff(Event, to="CALLED_OFF"):
    """The lead is not public any more, or over."""

    lead: str


class LeadAccepted(Heard, type="matchmaking.leads.investment_lead_accepted.v1"):
    pass


class LeadReclassified(Heard, type="matchmaking.leads.lead_reclassified.v1"):
    confidentiality: str


pushes = Kind[LeadPush, Stage](
    LeadPush, "matchmaking.matching.lead_push", path="lead-pushes", key=("lead",), readers=("INVEST_DEPT", "SO_ADMIN")
)


def party_of_lead(lead: Lead) -> Party:
    """A lead seeks an association that knows its trade and its place; what it needs is what it builds."""
    project = lead.project
    words = (project.title, *([project.chain] if project.chain else ()))
    return Party(
        id=lead.id, kind="LEAD", name=project.title, place=next(iter(project.site_preferences), "XX"), gbt4754=(project.gbt4754,),
        needs=(Statement(lead.id, words),), offers=(Statement(lead.id, words),), position=POSITIONS.get(project.chain_segment or ""),
        intent=project.link_type, updated_on=lead.submitted_at.date(),
    )  # fmt: skip


def may_be_told(lead: Lead | None) -> bool:
    """Whether associations other than its own may know of it."""
    return lead is not None and lead.confidentiality == "PUBLIC" and lead.accepted_at is not None and lead.stage != "DROPPED"


async def lead_told_of(read: Read, call: Call, record: None, event: Heard) -> Lead | None:
    return await read.get(leads, event.about)


class Fit(Value):
    """The lead as it is now, the associations that suit it, and by what they were found."""

    lead: Lead | None
    best: tuple[Suggested, ...] = ()
    weights: str = ""
    terms: str = ""
    found_by: Provenance | None = None


async def fit_of(read: Read, call: Call, push: LeadPush, body: Any) -> Fit:
    """Those above the threshold for a proposal, without who brought the lead; at most as many as are proposed at once."""
    lead = await read.get(leads, push.lead)
    if lead is None or not may_be_told(lead):
        return Fit(lead=lead)
    seeker, scale = party_of_lead(lead), scale_of(call.today)
    listing = await listing_of(read, read.rows, seeker, "ASSOCIATIONS", call, Wish(POOL))
    suits = [
        (p, a) for p, a in await as_they_are_now(read.rows, seeker, listing.ranking.best, call)
        if a.mutual >= scale.weights.threshold["ASSOCIATIONS"] and p.id not in lead.parties
    ]  # fmt: skip
    told = tuple(
        Suggested(
            association=p.id,
            score=round(100 * a.mutual),
            reasons=reasons(seeker, p, a, scale),
            caution=caution(seeker, p, a, scale, call.today),
        )
        for p, a in suits[: scale.weights.proposals]
    )
    return Fit(lead=lead, best=told, weights=scale.weights.version, terms=scale.table.version, found_by=listing.found_by)


def begun(call: Call, lead: str, now: Lead | None, rules: MatchingRules) -> list[LeadPushBegun]:
    return [LeadPushBegun(lead=lead, rules=rules.version, search_at=call.now)] if may_be_told(now) else []


@pushes.opens_on(LeadAccepted)
def begin(call: Call, event: LeadAccepted, now: Annotated[Lead | None, Given(lead_told_of)], rules: Rules) -> list[LeadPushBegun]:
    """A lead was accepted; if it is public, associations are looked for."""
    return begun(call, event.about, now, rules)


@pushes.opens_on(LeadReclassified)
def begin_when_public(
    call: Call, event: LeadReclassified, now: Annotated[Lead | None, Given(lead_told_of)], rules: Rules
) -> list[LeadPushBegun]:
    """An accepted lead became public."""
    return begun(call, event.about, now, rules)


@pushes.clock(when="SEARCHING", at=lambda push: push.search_at)
def search(
    push: LeadPush, call: Call, fit: Annotated[Fit, Given(fit_of)], rules: Rules
) -> LeadPushed | LeadPushFoundNobody | LeadPushCalledOff:
    """Look for them, as the lead and they are now."""
    if fit.lead is None or not may_be_told(fit.lead):
        return LeadPushCalledOff(lead=push.lead)
    if not fit.best or fit.found_by is None:
        return LeadPushFoundNobody(lead=push.lead)
    return LeadPushed(
        lead=push.lead, title=fit.lead.project.title, introducer=fit.lead.introducer, found=tuple(s.association for s in fit.best),
        suggestions=fit.best, answer_by=rules.respond_by(call.now), weights=fit.weights, terms=fit.terms, found_by=fit.found_by,
    )  # fmt: skip
