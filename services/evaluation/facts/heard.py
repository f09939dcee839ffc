"""What evaluation hears of the other services, field by field, and which facts it makes of it (domain §1.9, §4.4).

A fact whose events nobody publishes yet is not in `TOLD`; an indicator that needs it is scored by the panel until it is.
"""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from shared.record import SHANGHAI, Heard

NEUTRAL_WHEN_UNKNOWN = "OTHER"  # a missing reason counts as OTHER, which is not neutral
EXIT_REASONS = ("DISSATISFIED", "NO_BENEFIT", "FEE_BURDEN", "UNPAID_LAPSED", "EXPELLED", "RELOCATED", "BUSINESS_CEASED", "MERGED", "OTHER")


# ── registry ──────────────────────────────────────────────────────────────────────────────────────
class AssociationRegistered(Heard, type="registry.associations.association_registered.v1"):
    uscc: str
    name: str
    level: str
    district: str
    registered_on: date
    registered_fund: int = 0
    annual_mode: str = "CHECK"


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    name: str | None = None
    registered_fund: int | None = None
    applied_on: date
    late: bool = False  # applied for later than the days allowed after the consent


class AssociationSuspended(Heard, type="registry.associations.association_suspended.v1"):
    uscc: str


class AssociationResumed(Heard, type="registry.associations.association_resumed.v1"):
    uscc: str


class AssociationEnded(
    Heard,
    type="registry.associations.association_deregistered.v1",
    upcasts={"registry.associations.association_registration_revoked.v1": dict},
):
    """Deregistered, or the registration revoked: for evaluation the same, there is nobody left to judge."""

    uscc: str


class MemberJoined(Heard, type="registry.members.member_joined.v1"):
    association: str
    joined_on: date


class MemberExited(Heard, type="registry.members.member_exited.v1"):
    association: str
    left_on: date
    exit_reason: str | None = None


class AnnualReportOpened(Heard, type="registry.supervision.annual_report_opened.v1"):
    association: str
    year: int
    due: date


class AnnualReportSubmitted(Heard, type="registry.supervision.annual_report_submitted.v1"):
    association: str
    year: int
    due: date
    submitted_on: date


class AnnualReportOverdue(Heard, type="registry.supervision.annual_report_overdue.v1"):
    association: str
    year: int
    due: date


class AnnualCheckConcluded(Heard, type="registry.supervision.annual_check_concluded.v1"):
    association: str
    year: int
    conclusion: str


class AbnormalListingAdded(Heard, type="registry.supervision.abnormal_listing_added.v1"):
    association: str
    listed_on: date


class AbnormalListingRemoved(Heard, type="registry.supervision.abnormal_listing_removed.v1"):
    association: str
    removed_on: date


class SeriousViolationListed(Heard, type="registry.supervision.serious_violation_listed.v1"):
    association: str
    listed_on: date


class SeriousViolationRemoved(Heard, type="registry.supervision.serious_violation_removed.v1"):
    association: str
    removed_on: date


# ── registry: duties ──────────────────────────────────────────────────────────────────────────────
class PartyInstructorAssigned(Heard, type="registry.supervision.party_instructor_assigned.v1"):
    association: str
    since: date


class PartyOrganisationEstablished(Heard, type="registry.supervision.party_organisation_established.v1"):
    association: str
    since: date


class PartyCoverageEnded(Heard, type="registry.supervision.party_coverage_ended.v1"):
    association: str


class PartyCounts(BaseModel):
    """Of one year."""

    year: int
    key_staff_count: int
    key_staff_members_count: int
    activities: int


class PartyStatusReported(Heard, type="registry.supervision.party_status_reported.v1"):
    association: str
    counts: PartyCounts


class AccountingSystemAdopted(Heard, type="registry.finance.accounting_system_adopted.v1"):
    association: str
    standard: str
    separate_books: bool
    accountant_kind: str
    adopted_on: date


class StatementFigures(BaseModel):
    income: int


class FinancialStatementFiled(Heard, type="registry.finance.financial_statement_filed.v1"):
    association: str
    period: str  # a year, or a month as 2026-03
    figures: StatementFigures
    net_assets: int
    on_time: bool
    again: bool = False


class AuditReportFiled(Heard, type="registry.finance.audit_report_filed.v1"):
    association: str
    occasion: str
    period: str
    audited_on: date


class BookkeepingAgencyEngaged(Heard, type="registry.finance.bookkeeping_agency_engaged.v1"):
    association: str
    begins_on: date


class BookkeepingContractExpired(Heard, type="registry.finance.bookkeeping_contract_expired.v1"):
    association: str
    ends_on: date


class BookkeepingContractTerminated(Heard, type="registry.finance.bookkeeping_contract_terminated.v1"):
    association: str
    terminated_on: date


class DisclosurePublished(Heard, type="registry.disclosure.disclosure_published.v1"):
    association: str
    item: str
    fact_on: date
    due: date
    published_on: date
    on_time: bool
    was_overdue: bool


class DisclosureOverdue(Heard, type="registry.disclosure.disclosure_overdue.v1"):
    association: str
    due: date


class CsrReportPublished(Heard, type="registry.disclosure.csr_report_published.v1"):
    association: str
    year: int
    on_time: bool


class ServiceCommitmentPublished(Heard, type="registry.disclosure.service_commitment_published.v1"):
    association: str
    since: date


class ServiceCommitmentWithdrawn(Heard, type="registry.disclosure.service_commitment_withdrawn.v1"):
    association: str
    withdrawn_on: date


class ServiceCommitmentBreached(Heard, type="registry.disclosure.service_commitment_breached.v1"):
    association: str
    happened_on: date


# ── registry: charter, organs, people, fees ───────────────────────────────────────────────────────
class CharterAdopted(Heard, type="registry.governance.charter_adopted.v1"):
    association: str
    adopted_on: date
    adopted_ok: bool


class FoundingCharterApproved(Heard, type="registry.governance.founding_charter_approved.v1"):
    association: str
    approved_on: date


class CharterApproved(Heard, type="registry.governance.charter_approved.v1"):
    association: str
    approved_on: date
    party_clauses: tuple[str, ...]


class GeneralAssemblyHeld(Heard, type="registry.governance.general_assembly_held.v1"):
    association: str
    held_on: date
    as_charter: bool
    present: int
    entitled: int
    reserved: int
    reserved_valid: int


class CouncilMeetingHeld(Heard, type="registry.governance.council_meeting_held.v1"):
    association: str
    body: str
    held_on: date
    budget_approved: bool
    reserved: int
    reserved_valid: int


class SupervisionReportFiled(Heard, type="registry.governance.supervision_report_filed.v1"):
    association: str
    year: int


class OfTerm(Heard):
    """What is told of a term of a body; `term_ends_on`: the day the term itself ends, whatever it was extended to."""

    association: str
    body: str
    term_ends_on: date | None = None


class GoverningBodyElected(Heard, type="registry.governance.governing_body_elected.v1"):
    association: str
    body: str
    term_from: date
    term_to: date


class ReElectionDue(OfTerm, type="registry.governance.re_election_due.v1"):
    pass


class ReElectionOverdue(OfTerm, type="registry.governance.re_election_overdue.v1"):
    pass


class TermExtensionApproved(OfTerm, type="registry.governance.term_extension_approved.v1"):
    pass


class ReElectionCompleted(OfTerm, type="registry.governance.re_election_completed.v1"):
    elected_on: date


class GovernanceSeatAppointed(Heard, type="registry.governance.governance_seat_appointed.v1"):
    association: str
    term_from: date


class GovernanceAttendanceRecorded(Heard, type="registry.governance.governance_attendance_recorded.v1"):
    association: str
    held_on: date
    meetings: int
    attended: int


class GovernanceSeatEnded(Heard, type="registry.governance.governance_seat_ended.v1"):
    association: str


class OfficeBearersElected(Heard, type="registry.people.office_bearers_elected.v1"):
    association: str
    term_from: date
    lr_elected: bool
    lr_age_ok: bool
    lr_terms: int
    lr_other_association: bool
    supervisors: int


class OfficeBearersFiled(Heard, type="registry.people.office_bearers_filed.v1"):
    association: str
    filed_on: date


class OfficerFilingOverdue(Heard, type="registry.people.officer_filing_overdue.v1"):
    association: str
    file_by: date


class SecretaryGeneralAppointed(Heard, type="registry.people.secretary_general_appointed.v1"):
    association: str
    term_from: date
    fulltime: bool
    by_council: bool


class SecretaryGeneralReleased(Heard, type="registry.people.secretary_general_released.v1"):
    association: str
    released_on: date


class TrainingCompleted(Heard, type="registry.people.training_completed.v1"):
    association: str
    held_on: date
    credited: int


class StaffNumbers(BaseModel):
    """Heads on a day; `training_hours` of the year so far."""

    fulltime: int
    parttime: int
    under45: int
    covered: int
    training_hours: int


class StaffSummaryUpdated(Heard, type="registry.people.staff_summary_updated.v1"):
    association: str
    year: int
    numbers: StaffNumbers


class MembershipFeeStandardAdopted(Heard, type="registry.members.membership_fee_standard_adopted.v1"):
    association: str
    adopted_on: date
    tier_count: int
    secret_ballot: bool


class MembershipFeeCharged(Heard, type="registry.members.membership_fee_charged.v1"):
    association: str
    year: int
    amount: int


class MembershipFeePaid(
    Heard, type="registry.members.membership_fee_paid.v1", upcasts={"registry.members.membership_fee_part_paid.v1": dict}
):
    """The rest of a fee was paid, or some of it."""

    association: str
    year: int
    received: int


class MembershipFeeWaived(Heard, type="registry.members.membership_fee_waived.v1"):
    association: str
    year: int
    amount: int
    paid: int


class FilingAccepted(Heard, type="registry.registration.filing_accepted.v1"):
    uscc: str
    filing: str


# ── matchmaking ───────────────────────────────────────────────────────────────────────────────────
class InvestmentLeadAccepted(Heard, type="matchmaking.leads.investment_lead_accepted.v1"):
    association: str  # the introducer


class LeadStageAdvanced(Heard, type="matchmaking.leads.lead_stage_advanced.v1"):
    stage: str


class LeadCredit(BaseModel):
    """One party's part of the credit for a project (domain §6.3); the shares of a project make 1000."""

    association: str
    permille: int  # several roles of one association add up


class LeadCreditAssigned(Heard, type="matchmaking.leads.lead_credit_assigned.v1"):
    credits: list[LeadCredit]


class ServiceOfferPublished(Heard, type="matchmaking.matching.service_offer_published.v1"):
    owner: str


class MatchAccepted(Heard, type="matchmaking.matching.match_accepted.v1"):
    association: str | None = None
    accepted_by: tuple[str, ...] = ()  # told at each side's consent; the second makes the match accepted


class MatchFulfilled(Heard, type="matchmaking.matching.match_fulfilled.v1"):
    association: str | None = None


class ActivityHeld(Heard, type="matchmaking.activities.activity_held.v1"):
    association: str
    held_on: date


class BrandEventHeld(Heard, type="matchmaking.activities.brand_event_held.v1"):
    associations: tuple[str, ...]
    level: str
    held_on: date


class ExhibitionEditionReported(Heard, type="matchmaking.activities.exhibition_edition_reported.v1"):
    association: str
    level: str


class GovernanceActivityVerified(Heard, type="matchmaking.activities.governance_activity_verified.v1"):
    association: str
    held_on: date


def of_matching(data: dict[str, Any]) -> dict[str, Any]:
    """A matching conference [对接会] as a promotion event: of the associations that met somebody, on its day in Xixian."""
    return data | {"held_on": datetime.fromisoformat(data["held_at"]).astimezone(SHANGHAI).date().isoformat()}


class PromotionConferenceHeld(
    Heard,
    type="matchmaking.regions.promotion_conference_held.v1",
    upcasts={"matchmaking.regions.delegation_visited.v1": dict, "matchmaking.conference.promotion_event_held.v1": of_matching},
):
    """A conference, talks, the visit of a delegation, or a matching conference."""

    associations: tuple[str, ...]
    held_on: date


class StandardPublished(Heard, type="matchmaking.projects.standard_published.v1"):
    association: str
    level: str
    role: str
    published_on: date


class CrossRegionPartnershipFormed(Heard, type="matchmaking.partnerships.cross_region_partnership_formed.v1"):
    association: str
    formed_on: date


class ExchangeHeld(Heard, type="matchmaking.partnerships.exchange_held.v1"):
    association: str
    held_on: date


class MediationCaseAccepted(Heard, type="matchmaking.mediation.mediation_case_accepted.v1"):
    association: str
    accepted_on: date


class MediationClosed(
    Heard,
    type="matchmaking.mediation.mediation_settled.v1",
    upcasts={"matchmaking.mediation.mediation_failed.v1": dict},
):
    """Settled or failed: closed either way."""

    association: str
    accepted_on: date
    closed_on: date


class ServiceRequestResolved(Heard, type="matchmaking.service_centre.service_request_resolved.v1"):
    provider: str
    due_on: date
    resolved_on: date
    reopened: int


# ── its own grades ────────────────────────────────────────────────────────────────────────────────
class EvaluationCompleted(Heard, type="evaluation.grades.evaluation_completed.v1"):
    association: str
    grade: str
    valid_from: date
    valid_to: date


class RatingDowngraded(Heard, type="evaluation.grades.rating_downgraded.v1"):
    association: str
    grade: str


class RatingRevoked(Heard, type="evaluation.grades.rating_revoked.v1"):
    association: str
    barred_until: date | None = None


class RatingExpired(Heard, type="evaluation.grades.rating_expired.v1"):
    association: str


BRANDED = ("act.brand[NEW_AREA]", "act.brand[PROVINCIAL_OR_HIGHER]")
# event → the keys it feeds; a test holds the projection to it
FEEDS: dict[type[Heard], tuple[str, ...]] = {
    AssociationRegistered: ("registered_on", "registered_fund", "annual.mode"),
    AssociationChanged: ("changes.total", "changes.late", "registered_fund"),
    AssociationSuspended: ("status.suspended",),
    AssociationResumed: ("status.suspended",),
    AssociationEnded: ("status.ended",),
    MemberJoined: ("members.joined",),
    MemberExited: tuple(f"exits[{reason}]" for reason in EXIT_REASONS),
    AnnualReportOpened: ("annual.due",),
    AnnualReportSubmitted: ("annual.due", "annual.submitted_on"),
    AnnualReportOverdue: ("annual.due",),
    AnnualCheckConcluded: ("annual.conclusion",),
    AbnormalListingAdded: ("listing.abnormal", "listing.abnormal_moves"),
    AbnormalListingRemoved: ("listing.abnormal", "listing.abnormal_moves"),
    SeriousViolationListed: ("listing.serious",),
    SeriousViolationRemoved: ("listing.serious",),
    PartyInstructorAssigned: ("party.status",),
    PartyOrganisationEstablished: ("party.status",),
    PartyCoverageEnded: ("party.status",),
    PartyStatusReported: ("party.activities", "party.key_staff", "party.key_staff_share"),
    AccountingSystemAdopted: ("acct.npo", "acct.separate", "acct.kind"),
    FinancialStatementFiled: ("net_assets", "income", "acct.statements_on_time"),
    AuditReportFiled: ("audit.yearly", "audit.reelection"),
    BookkeepingAgencyEngaged: ("agency.valid", "acct.kind"),
    BookkeepingContractExpired: ("agency.valid",),
    BookkeepingContractTerminated: ("agency.valid",),
    DisclosurePublished: ("disc.required", "disc.published", "disc.on_time", "fee.published_days"),
    DisclosureOverdue: ("disc.required",),
    CsrReportPublished: ("csr.published",),
    ServiceCommitmentPublished: ("commit.items",),
    ServiceCommitmentWithdrawn: ("commit.items",),
    ServiceCommitmentBreached: ("commit.due",),
    CharterAdopted: ("charter.adopted_ok",),
    FoundingCharterApproved: ("charter.approved",),
    CharterApproved: ("charter.approved", "charter.party_clauses"),
    GeneralAssemblyHeld: ("ga.held", "ga.attendance_ratio", "ballots.reserved", "ballots.valid"),
    CouncilMeetingHeld: ("council.count", "budget.approved", "ballots.reserved", "ballots.valid"),
    SupervisionReportFiled: ("supervisor.reports",),
    GoverningBodyElected: ("term.due",),
    ReElectionDue: ("term.due",),
    ReElectionOverdue: ("term.due",),
    TermExtensionApproved: ("term.due", "term.extension_ok"),
    ReElectionCompleted: ("term.due", "term.done"),
    GovernanceSeatAppointed: ("seat.count",),
    GovernanceAttendanceRecorded: ("seat.count", "seat.attendance"),
    GovernanceSeatEnded: (),
    OfficeBearersElected: ("lr.elected", "lr.other_assoc", "lr.age_ok", "lr.terms", "supervisor.exists"),
    OfficeBearersFiled: ("filings.valid[OFFICERS]",),
    OfficerFilingOverdue: ("filings.valid[OFFICERS]",),
    SecretaryGeneralAppointed: ("secgen.fulltime", "secgen.by_council"),
    SecretaryGeneralReleased: ("secgen.fulltime",),
    TrainingCompleted: ("secgen.hours",),
    StaffSummaryUpdated: ("staff.fulltime", "staff.covered", "staff.total", "staff.under45", "staff.training_hours"),
    MembershipFeeStandardAdopted: ("fee.ballot", "fee.tiers"),
    MembershipFeeCharged: ("fee.due",),
    MembershipFeePaid: ("fee.paid",),
    MembershipFeeWaived: ("fee.due",),
    FilingAccepted: ("filings.valid[OFFICERS]", "filings.valid[SEAL]", "filings.valid[BANK_ACCOUNT]"),
    InvestmentLeadAccepted: ("lead.accepted",),
    LeadStageAdvanced: ("lead.stage[*]",),
    LeadCreditAssigned: ("lead.stage[*]", "lead.share[*]"),
    ServiceOfferPublished: ("offers.active",),
    MatchAccepted: ("match.accepted",),
    MatchFulfilled: ("match.fulfilled",),
    ActivityHeld: ("act.count",),
    BrandEventHeld: BRANDED,
    ExhibitionEditionReported: BRANDED,
    GovernanceActivityVerified: ("gov.activities",),
    PromotionConferenceHeld: ("promo.events",),
    MediationCaseAccepted: ("med.accepted",),
    MediationClosed: ("med.closed_60d",),
    ServiceRequestResolved: ("commit.due", "commit.kept"),
    StandardPublished: (
        *(f"std[{level},{part}]" for level in ("INTERNATIONAL_OR_NATIONAL", "INDUSTRY_OR_LOCAL") for part in ("LEAD", "PART")),
        "std[GROUP]",
    ),
    CrossRegionPartnershipFormed: ("partners.formed",),
    ExchangeHeld: ("partners.exchanges",),
    EvaluationCompleted: ("rating.grade", "rating.valid_from", "rating.valid_to"),
    RatingDowngraded: ("rating.grade",),
    RatingRevoked: ("rating.grade", "rating.barred_until"),
    RatingExpired: ("rating.grade",),
}
TOLD = frozenset(key for keys in FEEDS.values() for key in keys)
