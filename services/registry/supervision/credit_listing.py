"""Credit lists [活动异常名录、严重违法失信名单], R27; domain §3.6: proposed, listed, removed, with the terms of each list.

One listing for one association and list at a time; further causes are added to it and start its terms anew. A missed annual
report proposes by itself; two years on the abnormal list propose the other; the authority decides, and the association may object.
"""

from datetime import date
from typing import Annotated, Literal

from services.registry.supervision.credit_rules import (
    AbnormalListingAdded,
    AbnormalListingRemoved,
    AbnormalReason,
    Cause,
    CreditList,
    CreditListingProposed,
    CreditRules,
    ListingCauseAdded,
    ListingDecisionOverdue,
    ListingDismissed,
    ListingObjected,
    ObjectionOverdue,
    ObjectionRejected,
    Reason,
    RemovalGround,
    SeriousListingDue,
    SeriousReason,
    SeriousViolationListed,
    SeriousViolationRemoved,
    rules_in_force,
)  # fmt: skip
from services.registry.values import end_of, months_after, years_after
from shared.record import Call, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Role, Text, Value
from shared.uscc import AssociationUscc
from shared.workdays import working_days_after

Stage = Literal["PROPOSED", "LISTED", "REMOVED", "DISMISSED"]
OPEN: tuple[Stage, ...] = ("PROPOSED", "LISTED")
AUTHORITIES: tuple[Role, ...] = ("SO_ADMIN", "REG_AUTHORITY")
Rules = Annotated[CreditRules, Given(rules_in_force)]
Removed = AbnormalListingRemoved | SeriousViolationRemoved


class CreditListing(Record):
    """Listing for abnormal activity or serious violation [信用名单]"""

    stage: Stage
    association: str
    list: CreditList
    reason: Reason
    causes: tuple[Cause, ...]
    claim: str | None
    proposed_on: date
    decide_by: date
    rules_version: str
    listed_on: date | None = None
    release_on: date | None = None  # with the end of this term: off the abnormal list; may ask to leave the other
    serious_on: date | None = None
    escalated: bool = False
    objection: str | None = None
    answer_by: date | None = None
    requested_on: date | None = None
    verified_on: date | None = None
    remove_by: date | None = None
    removed_on: date | None = None
    removal_ground: RemovalGround | None = None


credit_listings = Kind[CreditListing, Stage](
    CreditListing, "registry.supervision.credit_listing", path="credit-listings", unique=("claim",), index=("association", "list", "reason"),
    own={"ASSOCIATION": "association"}, readers=("SUPERVISING_UNIT", "INDUSTRY_DEPT", "NEW_CITY", "FIC"),
)  # fmt: skip


# ── what the rules are given, and hear ────────────────────────────────────────────────────────────
class AbnormalProposal(Value):
    """Proposal for the abnormal activity list. UNREACHABLE needs two registered letters unanswered, 20 to 60 days apart."""

    association: AssociationUscc
    reason: AbnormalReason
    evidence: Line
    letters_sent_on: tuple[date, ...] = ()


class SeriousProposal(Value):
    association: AssociationUscc
    reason: SeriousReason
    evidence: Line


class AnnualReportOverdue(Heard, type="registry.supervision.annual_report_overdue.v1"):
    association: str
    year: int


class SeriousListingTime(Heard, type="registry.supervision.serious_listing_due.v1"):
    association: str
    ground: SeriousReason = "TWO_YEARS_ABNORMAL"


class RegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


async def abnormal_now(read: Read, call: Call, record: object, body: AnnualReportOverdue) -> list[CreditListing]:
    """Given: the association's open listing for abnormal activity."""
    return await read.find(credit_listings, claim=claim(body.association, "ABNORMAL"))


async def serious_now(read: Read, call: Call, record: object, body: SeriousListingTime) -> list[CreditListing]:
    """Given: the association's open listing for serious violation."""
    return await read.find(credit_listings, claim=claim(body.association, "SERIOUS"))


async def serious_of_revoked(read: Read, call: Call, record: object, body: RegistrationRevoked) -> list[CreditListing]:
    """Given: the open listing for serious violation of an association that was revoked."""
    return await read.find(credit_listings, claim=claim(body.uscc, "SERIOUS"))


def claim(association: str, list_: CreditList) -> str:
    """One open listing for each association and list."""
    return f"{association}~{list_}"


def proposed(association: str, list_: CreditList, cause: Cause, rules: CreditRules, call: Call) -> CreditListingProposed:
    return CreditListingProposed(
        association=association, list=list_, reason=cause.reason, causes=(cause,), claim=claim(association, list_), proposed_on=call.today,
        decide_by=working_days_after(call.today, rules.entry_working_days), rules_version=rules.version,
    )  # fmt: skip


def release(list_: CreditList, causes: tuple[Cause, ...], since: date, rules: CreditRules) -> date | None:
    """When the term ends: six months after the last cause where nothing is left to be done; two years on the serious list."""
    if list_ == "SERIOUS":
        return years_after(since, rules.serious.term_years)
    return None if any(c.rectifiable for c in causes) else months_after(since, rules.abnormal.term_months)


def off(listing: CreditListing, ground: RemovalGround, on: date) -> Removed:
    if listing.list == "ABNORMAL":
        return AbnormalListingRemoved(association=listing.association, removal_ground=ground, removed_on=on)
    return SeriousViolationRemoved(association=listing.association, removal_ground=ground, removed_on=on)


# ── proposals ─────────────────────────────────────────────────────────────────────────────────────
@credit_listings.opens(by=AUTHORITIES)
def propose(call: Call, form: AbnormalProposal, rules: Rules) -> CreditListingProposed:
    """Propose an association for the abnormal activity list [拟列入活动异常名录]."""
    if form.reason == "UNREACHABLE":
        needed = rules.abnormal.letters
        if not needed.proves(form.letters_sent_on):
            raise Malformed(
                "letters_needed",
                f"{needed.count} registered letters, {needed.apart_min_days} to {needed.apart_max_days} days apart, must have stayed unanswered",
                f"须有间隔 {needed.apart_min_days} 日至 {needed.apart_max_days} 日的 {needed.count} 次专用信函均无法送达",
                pointer="/letters_sent_on",
            )
    ruled = rules.abnormal.reasons[form.reason]
    cause = Cause(reason=form.reason, since=call.today, evidence=form.evidence, rectifiable=ruled.rectifiable)
    return proposed(form.association, "ABNORMAL", cause, rules, call)


@credit_listings.opens(by=AUTHORITIES)
def propose_serious(call: Call, form: SeriousProposal, rules: Rules) -> CreditListingProposed:
    """Propose an association for the list of serious violations [拟列入严重违法失信名单]."""
    cause = Cause(reason=form.reason, since=call.today, evidence=form.evidence, rectifiable=False)
    return proposed(form.association, "SERIOUS", cause, rules, call)


@credit_listings.on(AnnualReportOverdue, when=OPEN, where=lambda e: {"claim": claim(e.association, "ABNORMAL")})
def add_missed_report(listing: CreditListing, call: Call, event: AnnualReportOverdue, rules: Rules) -> ListingCauseAdded | None:
    """Another annual report was missed."""
    cause = missed(event, rules, call)
    return None if cause.evidence in {c.evidence for c in listing.causes} else with_cause(listing, cause, rules)


@credit_listings.opens_on(AnnualReportOverdue)
def propose_for_missed_report(call: Call, event: AnnualReportOverdue, rules: Rules,
                              there: Annotated[list[CreditListing], Given(abnormal_now)]) -> CreditListingProposed | None:  # fmt: skip
    """The annual report was not filed in time."""
    return None if there else proposed(event.association, "ABNORMAL", missed(event, rules, call), rules, call)


@credit_listings.opens_on(SeriousListingTime)
def propose_after_two_years(call: Call, event: SeriousListingTime, rules: Rules,
                            there: Annotated[list[CreditListing], Given(serious_now)]) -> CreditListingProposed | None:  # fmt: skip
    """Two years on the abnormal activity list, or small penalties repeated on it."""
    cause = Cause(reason=event.ground, since=call.today, evidence=event.about or "listing", rectifiable=False)
    return None if there else proposed(event.association, "SERIOUS", cause, rules, call)


@credit_listings.opens_on(RegistrationRevoked)
def propose_for_revocation(call: Call, event: RegistrationRevoked, rules: Rules,
                           there: Annotated[list[CreditListing], Given(serious_of_revoked)]) -> CreditListingProposed | None:  # fmt: skip
    """The registration was revoked."""
    cause = Cause(reason="CERTIFICATE_REVOKED", since=call.today, evidence="decision of revocation", rectifiable=False)
    return None if there else proposed(event.uscc, "SERIOUS", cause, rules, call)


def missed(event: AnnualReportOverdue, rules: CreditRules, call: Call) -> Cause:
    rectifiable = rules.abnormal.reasons["ANNUAL_REPORT_NOT_FILED"].rectifiable
    return Cause(reason="ANNUAL_REPORT_NOT_FILED", since=call.today, evidence=f"annual report {event.year}", rectifiable=rectifiable)


def with_cause(listing: CreditListing, cause: Cause, rules: CreditRules) -> ListingCauseAdded:
    causes = (*listing.causes, cause)
    until = release(listing.list, causes, cause.since, rules) if listing.stage == "LISTED" else None
    return ListingCauseAdded(association=listing.association, list=listing.list, causes=causes, release_on=until)


@credit_listings.command(by=AUTHORITIES, when=OPEN)
def add_cause(
    listing: CreditListing, call: Call, reason: Reason, evidence: Line, rules: Rules
) -> list[ListingCauseAdded | SeriousListingDue]:
    """Add a cause [增加列入情形]; two small penalties within three years call for the list of serious violations."""
    known: set[str] = set(rules.abnormal.reasons) if listing.list == "ABNORMAL" else set(rules.serious.reasons)
    if reason not in known:
        raise Malformed("reason_of_other_list", "this is no reason for this list", "该情形不属于本名单", pointer="/reason")
    mendable: set[str] = {r for r, rule in rules.abnormal.reasons.items() if rule.rectifiable and listing.list == "ABNORMAL"}
    added = with_cause(listing, Cause(reason=reason, since=call.today, evidence=evidence, rectifiable=reason in mendable), rules)
    recent = [
        c for c in added.causes if c.reason == "SMALL_PENALTY" and years_after(c.since, rules.serious.repeated_within_years) >= call.today
    ]
    if len(recent) >= rules.serious.repeated_penalties and not listing.escalated:
        return [added, SeriousListingDue(association=listing.association, since=recent[0].since, ground="REPEATED_SMALL_PENALTIES")]
    return [added]


# ── decision and objection ────────────────────────────────────────────────────────────────────────
@credit_listings.command(by=AUTHORITIES, when="PROPOSED")
def confirm(listing: CreditListing, call: Call, rules: Rules) -> AbnormalListingAdded | SeriousViolationListed:
    """Put it on the list [列入名单]; an objection is answered first."""
    if listing.objection is not None:
        raise Refused("objection_open", "the objection must be answered first", "须先处理异议")
    until = release(listing.list, listing.causes, call.today, rules)
    if listing.list == "ABNORMAL":
        serious = years_after(call.today, rules.abnormal.serious_after_years)
        return AbnormalListingAdded(
            association=listing.association, reason=listing.reason, listed_on=call.today, release_on=until, serious_on=serious
        )
    return SeriousViolationListed(
        association=listing.association, reason=listing.reason, listed_on=call.today, release_on=until or call.today
    )


@credit_listings.command(by=AUTHORITIES, when="PROPOSED")
def dismiss(listing: CreditListing, call: Call, finding: Text) -> ListingDismissed:
    """Do not list [不予列入]."""
    return ListingDismissed(association=listing.association, list=listing.list, finding=finding)


@credit_listings.clock(when="PROPOSED", at=lambda listing: end_of(listing.decide_by))
def press_for_decision(listing: CreditListing, call: Call) -> ListingDecisionOverdue:
    """Five working days have passed: information enters within them."""
    return ListingDecisionOverdue(association=listing.association, list=listing.list, decide_by=listing.decide_by)


@credit_listings.command(by="ASSOCIATION", when=OPEN)
def object_(listing: CreditListing, call: Call, statement: Text, rules: Rules) -> ListingObjected:
    """Object to the listing [提出异议]."""
    if listing.objection is not None:
        raise Refused("objection_open", "your objection is being verified", "异议正在核实")
    until = working_days_after(call.today, rules.objection_working_days)
    return ListingObjected(association=listing.association, list=listing.list, objection=statement, answer_by=until)


@credit_listings.command(by=AUTHORITIES, when=OPEN)
def answer_objection(listing: CreditListing, call: Call, upheld: bool, finding: Text) -> Removed | ListingDismissed | ObjectionRejected:
    """Verify the objection and correct what was wrong [核实异议]."""
    if listing.objection is None:
        raise Refused("no_objection", "there is no objection to answer", "没有待处理的异议")
    if not upheld:
        return ObjectionRejected(association=listing.association, list=listing.list, finding=finding)
    if listing.stage == "PROPOSED":
        return ListingDismissed(association=listing.association, list=listing.list, finding=finding)
    return off(listing, "OBJECTION_UPHELD", call.today)


@credit_listings.clock(
    when=OPEN, at=lambda listing: end_of(listing.answer_by) if listing.answer_by and listing.objection is not None else None
)
def press_for_answer(listing: CreditListing, call: Call) -> ObjectionOverdue | None:
    """The objection should have been answered."""
    return ObjectionOverdue(association=listing.association, list=listing.list, answer_by=listing.answer_by) if listing.answer_by else None
