"""Suggestion of a lead to an association [线索推荐]: it offers to accompany it, or passes; each sees its own and nobody else's."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.engine.reasons import Caution, Reason
from services.matchmaking.matching.lead_push import LeadReclassified, Suggested
from services.matchmaking.matching.statement import no_contact
from shared.record import Call, Event, Heard, Kind, Record, Text

Stage = Literal["SUGGESTED", "TAKEN_UP", "PASSED", "LAPSED", "WITHDRAWN"]
PassReason = Literal["NOT_OUR_FIELD", "NO_CAPACITY", "ALREADY_IN_CONTACT", "OTHER"]


class LeadSuggestion(Record):
    """Suggestion of a lead [线索推荐]"""

    stage: Stage
    lead: str
    association: str
    title: str
    score: int
    reasons: tuple[Reason, ...]
    caution: Caution | None
    answer_by: datetime
    offer: str | None = None


class LeadSuggested(Event, to="SUGGESTED"):
    """A lead suits it."""

    lead: str
    association: str
    title: str
    score: int
    reasons: tuple[Reason, ...]
    caution: Caution | None
    answer_by: datetime


class LeadSuggestionTakenUp(Event, to="TAKEN_UP"):
    """It offers to accompany the lead."""

    lead: str
    association: str
    title: str
    offer: str


class LeadSuggestionPassed(Event, to="PASSED"):
    lead: str
    association: str
    reason: PassReason


class LeadSuggestionLapsed(Event, to="LAPSED"):
    lead: str
    association: str


class LeadSuggestionWithdrawn(Event, to="WITHDRAWN"):
    """The lead is over, or not public any more; what it was called is taken back with it."""

    lead: str
    association: str
    title: str = ""


class LeadPushed(Heard, type="matchmaking.matching.lead_pushed.v1"):
    lead: str
    title: str
    suggestions: tuple[Suggested, ...]
    answer_by: datetime


class LeadOver(
    Heard,
    type="matchmaking.leads.lead_dropped.v1",
    upcasts={"matchmaking.leads.investment_lead_rejected.v1": dict, "matchmaking.leads.lead_linked.v1": dict},
):
    """Dropped, rejected or linked to another: for a suggestion the same."""


suggestions = Kind[LeadSuggestion, Stage](
    LeadSuggestion, "matchmaking.matching.lead_suggestion", path="lead-suggestions", key=("lead", "association"), index=("lead", "association"),
    own={"ASSOCIATION": "association"}, readers=("INVEST_DEPT", "SO_ADMIN"),
)  # fmt: skip


@suggestions.opens_on(LeadPushed)
def suggest(call: Call, event: LeadPushed) -> list[LeadSuggested]:
    """Tell each of those that suit it."""
    return [
        LeadSuggested(lead=event.lead, association=s.association, title=event.title, score=s.score, reasons=s.reasons, caution=s.caution,
                      answer_by=event.answer_by)
        for s in event.suggestions
    ]  # fmt: skip


@suggestions.command(by="ASSOCIATION", when="SUGGESTED")
def take_up(suggestion: LeadSuggestion, call: Call, offer: Annotated[Text, Field(min_length=5)]) -> LeadSuggestionTakenUp:
    """Offer to accompany it [主动对接], and say with what; the investment department decides with whom it goes on."""
    no_contact(offer, "/offer")
    return LeadSuggestionTakenUp(lead=suggestion.lead, association=suggestion.association, title=suggestion.title, offer=offer)


@suggestions.command(by="ASSOCIATION", when="SUGGESTED")
def pass_over(suggestion: LeadSuggestion, call: Call, reason: PassReason) -> LeadSuggestionPassed:
    """Pass [暂不对接]."""
    return LeadSuggestionPassed(lead=suggestion.lead, association=suggestion.association, reason=reason)


@suggestions.clock(when="SUGGESTED", at=lambda suggestion: suggestion.answer_by)
def lapse(suggestion: LeadSuggestion, call: Call) -> LeadSuggestionLapsed:
    """Two weeks without an answer."""
    return LeadSuggestionLapsed(lead=suggestion.lead, association=suggestion.association)


def withdrawn(suggestion: LeadSuggestion) -> LeadSuggestionWithdrawn:
    return LeadSuggestionWithdrawn(lead=suggestion.lead, association=suggestion.association)


@suggestions.on(LeadOver, when=("SUGGESTED", "TAKEN_UP"), where=lambda e: {"lead": e.about})
def withdraw_with_lead(suggestion: LeadSuggestion, call: Call, event: LeadOver) -> LeadSuggestionWithdrawn:
    """The lead is over."""
    return withdrawn(suggestion)


@suggestions.on(LeadReclassified, when=("SUGGESTED", "PASSED", "LAPSED"), where=lambda e: {"lead": e.about})
def withdraw_when_closed(suggestion: LeadSuggestion, call: Call, event: LeadReclassified) -> LeadSuggestionWithdrawn | None:
    """The lead is not public any more; who has taken it up goes on with it."""
    return withdrawn(suggestion) if event.confidentiality != "PUBLIC" else None


@suggestions.on(AssociationEnded, when="SUGGESTED", where=lambda e: {"association": e.uscc})
def withdraw_for_ended(suggestion: LeadSuggestion, call: Call, event: AssociationEnded) -> LeadSuggestionWithdrawn:
    """The association has ended."""
    return withdrawn(suggestion)
