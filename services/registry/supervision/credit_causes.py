"""What puts an association on a credit list by itself: an order not obeyed, a penalty; a chapter of `credit_listing.py`, domain §3.6.

A warning or small fine is a cause for the abnormal activity list, and with another one within three years for the other; a large fine or
a suspension for the other at once. The authority still decides. A penalty that is annulled takes its cause back.
"""

from datetime import date
from typing import Annotated

from services.registry.supervision.credit_listing import (
    OPEN,
    CreditListing,
    Removed,
    Rules,
    claim,
    credit_listings,
    off,
    proposed,
    with_cause,
)
from services.registry.supervision.credit_rules import (
    Cause,
    CreditList,
    CreditListingProposed,
    CreditRules,
    ListingCauseAdded,
    ListingDismissed,
    Reason,
)
from services.registry.supervision.penalty import Penalty, penalties
from services.registry.supervision.rules import PenaltyKind
from services.registry.values import years_after
from shared.record import Call, Given, Heard, Read


class RectificationOverdue(Heard, type="registry.supervision.rectification_overdue.v1"):
    association: str


class PenaltyImposed(Heard, type="registry.supervision.penalty_imposed.v1"):
    association: str
    kind: PenaltyKind
    amount: int
    imposed_on: date


class PenaltyAnnulled(Heard, type="registry.supervision.penalty_annulled.v1"):
    association: str


async def open_listings(read: Read, call: Call, record: object, body: RectificationOverdue | PenaltyImposed) -> list[CreditListing]:
    """Given: the association's open listings, of either list."""
    return await read.find(credit_listings, association=body.association, stage=OPEN)


async def penalties_so_far(read: Read, call: Call, record: object, body: PenaltyImposed) -> list[Penalty]:
    """Given: the penalties in force against the association."""
    return await read.find(penalties, association=body.association, stage="IMPOSED")


Listings = Annotated[list[CreditListing], Given(open_listings)]
Penalties = Annotated[list[Penalty], Given(penalties_so_far)]


def is_small(kind: str, amount: int, rules: CreditRules) -> bool:
    return kind == "WARNING" or (kind == "FINE" and amount < rules.serious.large_fine_fen)


def reasons_of(event: PenaltyImposed, so_far: list[Penalty], rules: CreditRules) -> dict[CreditList, Reason]:
    """For which lists a penalty is a cause; `so_far` may hold it already."""
    if event.kind == "SUSPENSION":
        return {"SERIOUS": "SUSPENSION_PENALTY"}
    if event.kind == "FINE" and event.amount >= rules.serious.large_fine_fen:
        return {"SERIOUS": "LARGE_FINE"}
    if not is_small(event.kind, event.amount, rules):
        return {}  # a confiscation is no cause of its own; a revocation is told by the register
    recent = {
        p.id for p in so_far
        if is_small(p.kind, p.amount, rules) and p.imposed_on and years_after(p.imposed_on, rules.serious.repeated_within_years) >= event.imposed_on
    } | {event.about}  # fmt: skip
    causes: dict[CreditList, Reason] = {"ABNORMAL": "SMALL_PENALTY"}
    return causes | ({"SERIOUS": "REPEATED_SMALL_PENALTIES"} if len(recent) >= rules.serious.repeated_penalties else {})


def cause_of(reason: Reason, list_: CreditList, evidence: str, rules: CreditRules, call: Call) -> Cause:
    ruled = {str(r): rule.rectifiable for r, rule in rules.abnormal.reasons.items()} if list_ == "ABNORMAL" else {}
    return Cause(reason=reason, since=call.today, evidence=evidence or reason, rectifiable=ruled.get(reason, False))


# ── an order not obeyed ───────────────────────────────────────────────────────────────────────────
@credit_listings.on(RectificationOverdue, when=OPEN, where=lambda e: {"claim": claim(e.association, "ABNORMAL")})
def add_missed_rectification(listing: CreditListing, call: Call, event: RectificationOverdue, rules: Rules) -> ListingCauseAdded | None:
    """Another order was not obeyed in time."""
    return added(listing, "RECTIFICATION_NOT_DONE", event.about, rules, call)


@credit_listings.opens_on(RectificationOverdue)
def propose_for_missed_rectification(
    call: Call, event: RectificationOverdue, rules: Rules, there: Listings
) -> CreditListingProposed | None:
    """What was ordered was not mended in time."""
    if any(x.list == "ABNORMAL" for x in there):
        return None
    return proposed(event.association, "ABNORMAL", cause_of("RECTIFICATION_NOT_DONE", "ABNORMAL", event.about, rules, call), rules, call)


# ── a penalty ─────────────────────────────────────────────────────────────────────────────────────
@credit_listings.on(PenaltyImposed, when=OPEN, where=lambda e: {"association": e.association})
def add_penalty(listing: CreditListing, call: Call, event: PenaltyImposed, rules: Rules, so_far: Penalties) -> ListingCauseAdded | None:
    """A penalty was imposed on one who is on the list."""
    reason = reasons_of(event, so_far, rules).get(listing.list)
    return added(listing, reason, event.about, rules, call) if reason else None


@credit_listings.opens_on(PenaltyImposed)
def propose_for_penalty(call: Call, event: PenaltyImposed, rules: Rules, so_far: Penalties, there: Listings) -> list[CreditListingProposed]:
    """A penalty is a cause for one list, or for both."""
    on = {x.list for x in there}
    causes = {list_: reason for list_, reason in reasons_of(event, so_far, rules).items() if list_ not in on}
    return [proposed(event.association, x, cause_of(reason, x, event.about, rules, call), rules, call) for x, reason in causes.items()]


@credit_listings.on(PenaltyAnnulled, when=OPEN, where=lambda e: {"association": e.association})
def take_back_cause(listing: CreditListing, call: Call, event: PenaltyAnnulled) -> Removed | ListingDismissed | None:
    """The penalty it rests on was annulled; with other causes the listing stands, and the authority looks at it."""
    if {c.evidence for c in listing.causes} != {event.about}:
        return None
    if listing.stage == "PROPOSED":
        return ListingDismissed(association=listing.association, list=listing.list, finding="penalty annulled")
    return off(listing, "OBJECTION_UPHELD", call.today)


def added(listing: CreditListing, reason: Reason, evidence: str, rules: CreditRules, call: Call) -> ListingCauseAdded | None:
    """A further cause, once for each order or penalty."""
    known = (evidence or reason) in {c.evidence for c in listing.causes}
    return None if known else with_cause(listing, cause_of(reason, listing.list, evidence, rules, call), rules)
