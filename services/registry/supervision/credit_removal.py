"""The way off a credit list [移出名单], the last chapter of `credit_listing.py`; domain §3.6.

Off the abnormal list: the duty is done and verified, then within five working days; where nothing can be made good, six months
after the last cause. Two years on it propose the other list. Off that one: two years without new cause, on application.
"""

from services.registry.supervision.credit_listing import AUTHORITIES, OPEN, CreditListing, Removed, Rules, credit_listings, off
from services.registry.supervision.credit_rules import (
    AbnormalListingRemoved,
    ListingDismissed,
    RemovalDenied,
    RemovalRequested,
    RemovalVerified,
    SeriousListingDue,
)
from services.registry.values import end_of
from shared.record import Call, Heard, Refused, Text
from shared.workdays import working_days_after


class Deregistered(Heard, type="registry.associations.association_deregistered.v1"):
    uscc: str


@credit_listings.command(by="ASSOCIATION", when="LISTED")
def request_removal(listing: CreditListing, call: Call, evidence: Text) -> RemovalRequested:
    """Ask to be taken off [申请移出]: the duty is done; on the list of serious violations, two years without new cause are over."""
    if listing.requested_on or listing.verified_on:
        raise Refused("already_requested", "your request is being worked on", "移出申请正在办理")
    if listing.list == "SERIOUS" and listing.release_on and call.today < listing.release_on:
        raise Refused(
            "term_not_over",
            f"not before {listing.release_on}",
            f"{listing.release_on} 前不得申请移出",
            release_on=listing.release_on.isoformat(),
        )
    if listing.list == "ABNORMAL" and not any(c.rectifiable for c in listing.causes):
        raise Refused("nothing_to_rectify", "nothing can be made good; the term decides", "无可整改事项，期满移出")
    return RemovalRequested(association=listing.association, list=listing.list, requested_on=call.today)


@credit_listings.command(by=AUTHORITIES, when="LISTED")
def verify_removal(listing: CreditListing, call: Call, done: bool, finding: Text, rules: Rules) -> RemovalVerified | RemovalDenied:
    """Verify that the duty is done [核实]; then it is off within five working days."""
    if listing.requested_on is None:
        raise Refused("not_requested", "nobody has asked for it", "尚未申请移出")
    if not done:
        return RemovalDenied(association=listing.association, list=listing.list, finding=finding)
    until = working_days_after(call.today, rules.removal_working_days)
    return RemovalVerified(association=listing.association, list=listing.list, verified_on=call.today, remove_by=until)


@credit_listings.command(by=AUTHORITIES, when="LISTED")
def remove(listing: CreditListing, call: Call) -> Removed:
    """Take it off the list [移出名单], once verified."""
    if listing.verified_on is None:
        raise Refused("not_verified", "it must be verified first", "须先核实")
    return off(listing, "DUTY_DONE", call.today)


@credit_listings.clock(when="LISTED", at=lambda listing: end_of(listing.remove_by) if listing.remove_by else None)
def remove_verified(listing: CreditListing, call: Call) -> Removed:
    """Five working days after the verification it is off, whoever forgot."""
    return off(listing, "DUTY_DONE", call.today)


@credit_listings.clock(when="LISTED", at=lambda x: end_of(x.release_on) if x.list == "ABNORMAL" and x.release_on else None)
def release_after_term(listing: CreditListing, call: Call) -> AbnormalListingRemoved:
    """Six months without another cause, and nothing that could be made good."""
    return AbnormalListingRemoved(association=listing.association, removal_ground="TERM_ENDED", removed_on=call.today)


@credit_listings.clock(
    when="LISTED", at=lambda x: end_of(x.serious_on) if x.list == "ABNORMAL" and x.serious_on and not x.escalated else None
)
def escalate(listing: CreditListing, call: Call) -> SeriousListingDue:
    """Two years on the abnormal activity list."""
    return SeriousListingDue(association=listing.association, since=listing.listed_on or listing.proposed_on)


@credit_listings.on(Deregistered, when=OPEN, where=lambda e: {"association": e.uscc})
def close(listing: CreditListing, call: Call, event: Deregistered) -> Removed | ListingDismissed:
    """The association has been struck off."""
    if listing.stage == "PROPOSED":
        return ListingDismissed(association=listing.association, list=listing.list, finding="association deregistered")
    return off(listing, "ASSOCIATION_ENDED", call.today)
