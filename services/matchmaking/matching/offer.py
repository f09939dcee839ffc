"""Service offer [服务供给], R52: stated, looked at, open until it expires or is withdrawn; one offer serves many."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.matching.rules import MatchingRules, rules_of
from services.matchmaking.matching.statement import (
    OwnerKind,
    StatementForm,
    StatementMade,
    StatementRecord,
    facts,
    no_contact,
    passes,
    without_contacts,
)
from services.matchmaking.months import morning
from shared.record import Call, Event, Given, Kind, Text

Stage = Literal["REVIEW", "RETURNED", "OPEN", "EXPIRED", "WITHDRAWN"]
Rules = Annotated[MatchingRules, Given(rules_of)]


class Offer(StatementRecord):
    """Service offer [供给]"""

    stage: Stage
    reason: str | None = None
    review_by: datetime | None = None


class ServiceOfferSubmitted(StatementMade, to="REVIEW"):
    review_by: datetime | None = None


class ServiceOfferPublished(StatementMade, to="OPEN"):
    review_by: None = None


class ServiceOfferReturned(Event, to="RETURNED"):
    owner: str
    reason: str
    review_by: None = None


class OfferReviewOverdue(Event):
    """No officer has looked at it in time."""

    owner: str
    title: str
    review_by: None = None


class OfferExpiring(Event):
    owner: str


class OfferExpired(Event, to="EXPIRED"):
    owner: str


class OfferRenewed(StatementMade, to="OPEN"): ...


class OfferWithdrawn(Event, to="WITHDRAWN"):
    owner: str
    reason: str


offers = Kind[Offer, Stage](
    Offer,
    "matchmaking.matching.offer",
    path="offers",
    index=("owner", "subject", "district"),
    own={"ENTERPRISE": "owner", "ASSOCIATION": "owner"},
    readers=("SO_ADMIN", "INVEST_DEPT"),
)


def stated(
    form: StatementForm, call: Call, rules: MatchingRules, owner: str, kind: OwnerKind
) -> ServiceOfferPublished | ServiceOfferSubmitted:
    without_contacts(form)
    made = facts(form, owner, kind, rules, rules.offer_expires(form.subject, call.today))
    if passes(form, rules, call):
        return ServiceOfferPublished.model_validate(made)
    return ServiceOfferSubmitted.model_validate(made | {"review_by": rules.review_by(call.now)})


@offers.opens(by=("ENTERPRISE", "ASSOCIATION"))
def publish(call: Call, form: StatementForm, rules: Rules) -> ServiceOfferPublished | ServiceOfferSubmitted:
    """State an offer [发布供给]; what says too little waits for an officer's look."""
    return stated(form, call, rules, call.organisation, "ENTERPRISE" if call.role == "ENTERPRISE" else "ASSOCIATION")


@offers.command(by=("ENTERPRISE", "ASSOCIATION"), when=("REVIEW", "RETURNED"))
def revise(offer: Offer, call: Call, form: StatementForm, rules: Rules) -> ServiceOfferPublished | ServiceOfferSubmitted:
    """State it better [修改]."""
    return stated(form, call, rules, offer.owner, offer.owner_kind)


@offers.command(by="SO_ADMIN", when="REVIEW")
def approve(offer: Offer, call: Call, rules: Rules) -> ServiceOfferPublished:
    """Publish it after a look [审核发布]."""
    expires = rules.offer_expires(offer.subject, call.today)
    return ServiceOfferPublished.model_validate(facts(offer, offer.owner, offer.owner_kind, rules, expires))


@offers.command(by="SO_ADMIN", when="REVIEW")
def send_back(offer: Offer, call: Call, reason: Text) -> ServiceOfferReturned:
    """Send it back to be said better [退回]."""
    return ServiceOfferReturned(owner=offer.owner, reason=reason)


@offers.clock(when="REVIEW", at=lambda offer: offer.review_by)
def press_for_review(offer: Offer, call: Call) -> OfferReviewOverdue:
    """Nobody has looked at it in time."""
    return OfferReviewOverdue(owner=offer.owner, title=offer.title)


@offers.command(by=("ENTERPRISE", "ASSOCIATION"), when=("OPEN", "EXPIRED"))
def renew(offer: Offer, call: Call, rules: Rules) -> OfferRenewed:
    """It still stands [续期]."""
    expires = rules.offer_expires(offer.subject, call.today)
    return OfferRenewed.model_validate(facts(offer, offer.owner, offer.owner_kind, rules, expires))


@offers.command(by=("ENTERPRISE", "ASSOCIATION"), when=("REVIEW", "RETURNED", "OPEN", "EXPIRED"))
def withdraw(offer: Offer, call: Call, reason: Text) -> OfferWithdrawn:
    """Take it back [撤回]."""
    no_contact(reason, "/reason")
    return OfferWithdrawn(owner=offer.owner, reason=reason)


@offers.clock(when="OPEN", at=lambda offer: morning(offer.remind_on))
def announce_end(offer: Offer, call: Call) -> OfferExpiring:
    """A week before it expires."""
    return OfferExpiring(owner=offer.owner)


@offers.clock(when="OPEN", at=lambda offer: morning(offer.expires_on + timedelta(days=1)))
def expire(offer: Offer, call: Call) -> OfferExpired:
    """Its time is over; it may be renewed."""
    return OfferExpired(owner=offer.owner)


@offers.on(AssociationEnded, when=("REVIEW", "RETURNED", "OPEN", "EXPIRED"), where=lambda e: {"owner": e.uscc})
def withdraw_for_ended(offer: Offer, call: Call, event: AssociationEnded) -> OfferWithdrawn:
    """Its owner has ended."""
    return OfferWithdrawn(owner=offer.owner, reason="the owner is no longer registered")
