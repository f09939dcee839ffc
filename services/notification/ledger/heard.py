"""The events somebody must be told of, each with the fields that rules and texts may use and no more.

A field typed `Code` names an organisation: texts show its name where the platform knows it. A field that a publisher leaves out parks
the event visibly; silence would be a notice that never was.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from shared.record import SHANGHAI, Heard


class Named:
    """Marks a field holding the code of an organisation."""


Code = Annotated[str, Named]
CREDIT_CODE = re.compile(r"[0-9A-Z]{18}", re.ASCII)


class Told(Heard):
    """An event of which somebody may have to be told."""

    derived: ClassVar[tuple[str, ...]] = ()  # properties a rule may use beside the fields

    @classmethod
    def names(cls) -> frozenset[str]:
        """The closed list of what rules and texts may use."""
        return frozenset(cls.model_fields) | frozenset(cls.derived)

    def codes(self, name: str) -> tuple[str, ...]:
        """The organisations a field names; none where it is empty."""
        value = getattr(self, name)
        return tuple(c for c in (value if isinstance(value, tuple) else (value,)) if c)

    def organisations(self) -> frozenset[str]:
        """Every organisation the event names."""
        fields = (n for n, f in type(self).model_fields.items() if Named in f.metadata)
        return frozenset(c for n in fields for c in self.codes(n))

    def value(self, name: str, known: dict[str, str]) -> str:
        """A field as a text shows it."""
        return shown(getattr(self, name), known)


def shown(value: Any, known: dict[str, str]) -> str:
    if isinstance(value, tuple):
        return "、".join(shown(v, known) for v in value)
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    text = "" if value is None else str(value)
    return known.get(text, text)


# ── registry.registration ─────────────────────────────────────────────────────────────────────────
class CaseTold(Told):
    """A step of a registration case: the applicant, the authority and the proposed name are remembered from its opening."""

    about: Code = ""


class RegistrationCaseOpened(CaseTold, type="registry.registration.registration_case_opened.v1"):
    derived = ("authority",)
    applicant: Code
    name: str
    district: str

    @property
    def authority(self) -> str:
        """The office that decides (R2): the new city's for its district, the approval department's for the new area."""
        return "dept:approval" if self.district == "XX" else f"dept:{self.district}"


class NameApproved(CaseTold, type="registry.registration.name_approved.v1"):
    name: str


class NameRejected(CaseTold, type="registry.registration.name_rejected.v1"):
    name: str


class NameProposed(CaseTold, type="registry.registration.name_proposed.v1"):
    name: str


class NameCheckOverdue(CaseTold, type="registry.registration.name_check_overdue.v1"):
    name: str


class PapersSubmitted(CaseTold, type="registry.registration.papers_submitted.v1"):
    derived = ("supervisor",)
    stage: str
    consent_of: tuple[str, ...] = ()

    @property
    def supervisor(self) -> tuple[str, ...]:
        """The competent units of which one must consent before the authority is asked; the federation may be one of them (R13)."""
        asked = self.consent_of or ("SUPERVISING_UNIT",)
        return tuple(OFFICE_OF[role] for role in asked if role in OFFICE_OF) if self.stage == "SUPERVISOR_REVIEW" else ()


class PapersReturned(CaseTold, type="registry.registration.papers_returned.v1"):
    pass


class SupervisorConsented(CaseTold, type="registry.registration.supervisor_consented.v1"):
    pass


class SupervisorDeclined(CaseTold, type="registry.registration.supervisor_declined.v1"):
    pass


class OpinionRequest(BaseModel):
    model_config = ConfigDict(frozen=True)
    role: str


OFFICE_OF = {"SUPERVISING_UNIT": "dept:supervising", "INDUSTRY_DEPT": "dept:industry", "PARTY_WORK": "dept:party", "FIC": "dept:fic",
             "SO_ADMIN": "dept:so-admin", "REG_AUTHORITY": "dept:approval", "INVEST_DEPT": "dept:invest"}  # fmt: skip


class OpinionsSought(CaseTold, type="registry.registration.opinions_sought.v1"):
    derived = ("offices",)
    asked: tuple[OpinionRequest, ...] = ()

    @property
    def offices(self) -> tuple[str, ...]:
        """The departments asked; a role that is no department of the zone has no inbox here."""
        return tuple(OFFICE_OF[o.role] for o in self.asked if o.role in OFFICE_OF)


class OpinionOverdue(CaseTold, type="registry.registration.opinion_overdue.v1"):
    derived = ("office",)
    role: str

    @property
    def office(self) -> str:
        return OFFICE_OF.get(self.role, "")


class DecisionDueSoon(CaseTold, type="registry.registration.decision_due_soon.v1"):
    decide_by: date


class DecisionOverdue(CaseTold, type="registry.registration.decision_overdue.v1"):
    decide_by: date


class RegistrationGranted(CaseTold, type="registry.registration.registration_granted.v1"):
    decided_on: date


class RegistrationRefused(CaseTold, type="registry.registration.registration_refused.v1"):
    decided_on: date


class CertificateIssued(CaseTold, type="registry.registration.certificate_issued.v1"):
    uscc: str


class RegistrationCompleted(CaseTold, type="registry.registration.registration_completed.v1"):
    completed_on: date


class RegistrationWithdrawn(CaseTold, type="registry.registration.registration_withdrawn.v1"):
    pass


class FormationTold(Told):
    name: str
    lead_enterprise: Code
    target_date: date


class AssociationFormationPlanned(FormationTold, type="registry.registration.association_formation_planned.v1"):
    pass


class FormationDueSoon(FormationTold, type="registry.registration.formation_due_soon.v1"):
    pass


class FormationOverdue(FormationTold, type="registry.registration.formation_overdue.v1"):
    pass


# ── registry.associations ─────────────────────────────────────────────────────────────────────────
class AssociationRegistered(Told, type="registry.associations.association_registered.v1"):
    uscc: Code
    name: str
    level: str
    district: str
    registered_on: date


class AssociationActivated(Told, type="registry.associations.association_activated.v1"):
    uscc: Code


class AssociationChanged(Told, type="registry.associations.association_changed.v1"):
    uscc: Code


class AssociationSuspended(Told, type="registry.associations.association_suspended.v1"):
    uscc: Code


class AssociationResumed(Told, type="registry.associations.association_resumed.v1"):
    uscc: Code


class AssociationJurisdictionTransferred(Told, type="registry.associations.association_jurisdiction_transferred.v1"):
    uscc: Code
    level: str
    district: str


class AssociationDecoupled(Told, type="registry.associations.association_decoupled.v1"):
    uscc: Code


class AssociationLiquidationStarted(Told, type="registry.associations.association_liquidation_started.v1"):
    uscc: Code


class LiquidationEnded(Told, type="registry.associations.liquidation_ended.v1"):
    uscc: Code
    deregister_by: date


class DeregistrationOverdue(Told, type="registry.associations.deregistration_overdue.v1"):
    uscc: Code
    deregister_by: date


class AssociationDeregistered(Told, type="registry.associations.association_deregistered.v1"):
    uscc: Code


class AssociationRegistrationRevoked(Told, type="registry.associations.association_registration_revoked.v1"):
    uscc: Code


# ── registry.members ──────────────────────────────────────────────────────────────────────────────
class MemberTold(Told):
    """A member firm is named by its credit code; a person, by a reference that is no user of the platform, is not told."""

    derived = ("unit",)
    association: Code
    member: Code

    @property
    def unit(self) -> str:
        return self.member if CREDIT_CODE.fullmatch(self.member) else ""


class MemberApplied(MemberTold, type="registry.members.member_applied.v1"):
    pass


class MemberJoined(MemberTold, type="registry.members.member_joined.v1"):
    joined_on: date


class MembershipDeclined(MemberTold, type="registry.members.membership_declined.v1"):
    pass


class MembershipDissolved(MemberTold, type="registry.members.membership_dissolved.v1"):
    left_on: date


class MemberSuspended(MemberTold, type="registry.members.member_suspended.v1"):
    pass


class MemberReinstated(MemberTold, type="registry.members.member_reinstated.v1"):
    pass


class MemberExited(MemberTold, type="registry.members.member_exited.v1"):
    left_on: date
    exit_reason: str


# ── registry.supervision ──────────────────────────────────────────────────────────────────────────
class AnnualReportOpened(Told, type="registry.supervision.annual_report_opened.v1"):
    association: Code
    year: int
    due: date


class AnnualReportDueSoon(Told, type="registry.supervision.annual_report_due_soon.v1"):
    association: Code
    year: int
    due: date
    days_left: int


class AnnualReportSubmitted(Told, type="registry.supervision.annual_report_submitted.v1"):
    derived = ("first_reviewer",)
    association: Code
    year: int
    submitted_on: date
    reviewed_first_by: str | None = None

    @property
    def first_reviewer(self) -> str:
        """The office that has the report before the authority, if the regime names one."""
        return OFFICE_OF.get(self.reviewed_first_by or "", "")


class AnnualReportReturned(Told, type="registry.supervision.annual_report_returned.v1"):
    association: Code
    year: int


class AnnualReportOverdue(Told, type="registry.supervision.annual_report_overdue.v1"):
    association: Code
    year: int
    due: date


class FirstReviewCompleted(Told, type="registry.supervision.first_review_completed.v1"):
    association: Code
    year: int


class AnnualReviewOverdue(Told, type="registry.supervision.annual_review_overdue.v1"):
    derived = ("reviewer",)
    association: Code
    year: int
    first_reviewer: str | None = None

    @property
    def reviewer(self) -> str:
        """The office the report waits with, where that is not the authority: nobody under REPORT."""
        return OFFICE_OF.get(self.first_reviewer or "", "")


class AnnualCheckConcluded(Told, type="registry.supervision.annual_check_concluded.v1"):
    association: Code
    year: int
    conclusion: str


class ListTold(Told):
    """`list` is ABNORMAL or SERIOUS."""

    association: Code
    list: str


class CreditListingProposed(ListTold, type="registry.supervision.credit_listing_proposed.v1"):
    reason: str
    decide_by: date


class ListingDecisionOverdue(ListTold, type="registry.supervision.listing_decision_overdue.v1"):
    decide_by: date


class ListingDismissed(ListTold, type="registry.supervision.listing_dismissed.v1"):
    pass


class ListingObjected(ListTold, type="registry.supervision.listing_objected.v1"):
    answer_by: date


class ObjectionOverdue(ListTold, type="registry.supervision.objection_overdue.v1"):
    answer_by: date


class ObjectionRejected(ListTold, type="registry.supervision.objection_rejected.v1"):
    pass


class RemovalRequested(ListTold, type="registry.supervision.removal_requested.v1"):
    requested_on: date


class RemovalDenied(ListTold, type="registry.supervision.removal_denied.v1"):
    pass


class SeriousListingDue(Told, type="registry.supervision.serious_listing_due.v1"):
    association: Code
    since: date


class AbnormalListingAdded(Told, type="registry.supervision.abnormal_listing_added.v1"):
    association: Code
    reason: str
    listed_on: date


class AbnormalListingRemoved(Told, type="registry.supervision.abnormal_listing_removed.v1"):
    association: Code


class SeriousViolationListed(Told, type="registry.supervision.serious_violation_listed.v1"):
    association: Code
    reason: str


class SeriousViolationRemoved(Told, type="registry.supervision.serious_violation_removed.v1"):
    association: Code


# ── registry: duties (inspections, orders, penalties, books, disclosure) ──────────────────────────
class Concerning(Told):
    """What concerns one association."""

    association: Code


class InspectionAnnounced(Concerning, type="registry.supervision.inspection_announced.v1"):
    inspect_on: date


class InspectionConcluded(Concerning, type="registry.supervision.inspection_concluded.v1"):
    result: str


class InspectionResultOverdue(Concerning, type="registry.supervision.inspection_result_overdue.v1"):
    enter_by: date


class RectificationOrdered(Concerning, type="registry.supervision.rectification_ordered.v1"):
    document_no: str
    due: date


class RectificationDueSoon(Concerning, type="registry.supervision.rectification_due_soon.v1"):
    due: date
    days_left: int


class RectificationReported(Concerning, type="registry.supervision.rectification_reported.v1"):
    reported_on: date


class RectificationReportRejected(Concerning, type="registry.supervision.rectification_report_rejected.v1"):
    due: date


class RectificationFulfilled(Concerning, type="registry.supervision.rectification_fulfilled.v1"):
    pass


class RectificationOverdue(Concerning, type="registry.supervision.rectification_overdue.v1"):
    due: date


class RectificationWithdrawn(Concerning, type="registry.supervision.rectification_withdrawn.v1"):
    pass


class PenaltyProposed(Concerning, type="registry.supervision.penalty_proposed.v1"):
    kind: str


class PenaltyAnswered(Concerning, type="registry.supervision.penalty_answered.v1"):
    pass


class HearingRequested(Concerning, type="registry.supervision.hearing_requested.v1"):
    hearing_requested_on: date


class PenaltyImposed(Concerning, type="registry.supervision.penalty_imposed.v1"):
    kind: str
    decision_no: str
    review_until: date


class PenaltyDropped(Concerning, type="registry.supervision.penalty_dropped.v1"):
    pass


class PenaltyAnnulled(Concerning, type="registry.supervision.penalty_annulled.v1"):
    kind: str


class IndustryDepartmentLinked(Concerning, type="registry.supervision.industry_department_linked.v1"):
    department: Code


class FinancialStatementReturned(Concerning, type="registry.finance.financial_statement_returned.v1"):
    period: str


class BookkeepingContractExpiring(Concerning, type="registry.finance.bookkeeping_contract_expiring.v1"):
    ends_on: date
    days_left: int


class BookkeepingContractExpired(Concerning, type="registry.finance.bookkeeping_contract_expired.v1"):
    ends_on: date


class DisclosureDueSoon(Concerning, type="registry.disclosure.disclosure_due_soon.v1"):
    item: str
    due: date
    days_left: int


class DisclosureOverdue(Concerning, type="registry.disclosure.disclosure_overdue.v1"):
    item: str
    due: date


class CsrReportSubmitted(Concerning, type="registry.disclosure.csr_report_submitted.v1"):
    year: int


class CsrReportReturned(Concerning, type="registry.disclosure.csr_report_returned.v1"):
    year: int


class CsrReportReviewed(Concerning, type="registry.disclosure.csr_report_reviewed.v1"):
    year: int


class CsrReportOverdue(Concerning, type="registry.disclosure.csr_report_overdue.v1"):
    year: int
    due: date


class CommitmentBreachReported(Concerning, type="registry.disclosure.commitment_breach_reported.v1"):
    answer_by: date


class BreachAnswerOverdue(Concerning, type="registry.disclosure.breach_answer_overdue.v1"):
    answer_by: date


class ServiceCommitmentBreached(Concerning, type="registry.disclosure.service_commitment_breached.v1"):
    happened_on: date


class CommitmentBreachDismissed(Concerning, type="registry.disclosure.commitment_breach_dismissed.v1"):
    pass


class BrandTitleApplied(Concerning, type="registry.disclosure.brand_title_applied.v1"):
    name: str


class BrandTitleGranted(Concerning, type="registry.disclosure.brand_title_granted.v1"):
    name: str


class BrandTitleExpiring(Concerning, type="registry.disclosure.brand_title_expiring.v1"):
    name: str
    valid_to: date


class BrandTitleExpired(Concerning, type="registry.disclosure.brand_title_expired.v1"):
    name: str


# ── evaluation.rating ─────────────────────────────────────────────────────────────────────────────
class RatingRoundOpened(Told, type="evaluation.rating.rating_round_opened.v1"):
    year: int
    title: str
    closes_on: date


class RatingTold(Told):
    association: Code


class RatingApplied(RatingTold, type="evaluation.rating.rating_applied.v1"):
    round: str


class RatingEligibilityConfirmed(RatingTold, type="evaluation.rating.rating_eligibility_confirmed.v1"):
    pass


class RatingEligibilityRejected(RatingTold, type="evaluation.rating.rating_eligibility_rejected.v1"):
    pass


class RatingRejected(RatingTold, type="evaluation.rating.rating_rejected.v1"):
    pass


class SelfAssessmentSubmitted(RatingTold, type="evaluation.rating.self_assessment_submitted.v1"):
    claimed_grade: str


class PanelAppointed(RatingTold, type="evaluation.rating.panel_appointed.v1"):
    panel: tuple[str, ...]


class CommitteeConvened(RatingTold, type="evaluation.rating.committee_convened.v1"):
    committee: tuple[str, ...]


class RatingStepOverdue(RatingTold, type="evaluation.rating.rating_step_overdue.v1"):
    due_at: datetime


class RatingNotGranted(RatingTold, type="evaluation.rating.rating_not_granted.v1"):
    pass


class OnSiteAssessmentCompleted(RatingTold, type="evaluation.rating.on_site_assessment_completed.v1"):
    pass


class RatingPublicised(RatingTold, type="evaluation.rating.rating_publicised.v1"):
    grade: str
    publicity_until: date


class RatingReviewRequested(RatingTold, type="evaluation.rating.rating_review_requested.v1"):
    pass


class RatingReviewDecided(RatingTold, type="evaluation.rating.rating_review_decided.v1"):
    pass


# ── evaluation.grades ─────────────────────────────────────────────────────────────────────────────
class EvaluationCompleted(RatingTold, type="evaluation.grades.evaluation_completed.v1"):
    grade: str
    valid_from: date
    valid_to: date


class RatingDowngraded(RatingTold, type="evaluation.grades.rating_downgraded.v1"):
    grade: str
    cause: str


class RatingRevoked(RatingTold, type="evaluation.grades.rating_revoked.v1"):
    cause: str


class CertificateDeclaredVoid(RatingTold, type="evaluation.grades.certificate_declared_void.v1"):
    pass


class RatingExpiring(RatingTold, type="evaluation.grades.rating_expiring.v1"):
    valid_to: date


class RatingExpired(RatingTold, type="evaluation.grades.rating_expired.v1"):
    pass


# ── matchmaking.matching ──────────────────────────────────────────────────────────────────────────
class NeedTold(Told):
    owner: Code


class ServiceNeedReturned(NeedTold, type="matchmaking.matching.service_need_returned.v1"):
    pass


class ServiceOfferReturned(NeedTold, type="matchmaking.matching.service_offer_returned.v1"):
    pass


class ServiceNeedSubmitted(NeedTold, type="matchmaking.matching.service_need_submitted.v1"):
    title: str


class ServiceOfferSubmitted(NeedTold, type="matchmaking.matching.service_offer_submitted.v1"):
    title: str


class NeedReviewOverdue(NeedTold, type="matchmaking.matching.need_review_overdue.v1"):
    title: str


class OfferReviewOverdue(NeedTold, type="matchmaking.matching.offer_review_overdue.v1"):
    title: str


class NeedExpiring(NeedTold, type="matchmaking.matching.need_expiring.v1"):
    pass


class NeedExpired(NeedTold, type="matchmaking.matching.need_expired.v1"):
    pass


class OfferExpiring(NeedTold, type="matchmaking.matching.offer_expiring.v1"):
    pass


class OfferExpired(NeedTold, type="matchmaking.matching.offer_expired.v1"):
    pass


class MatchTold(Told):
    """A side may be a lead, for which the investment department answers, or a chamber elsewhere: the parts are remembered from the proposal."""

    seeker: Code
    candidate: Code


class MatchProposed(MatchTold, type="matchmaking.matching.match_proposed.v1"):
    seeker_kind: str
    seeker_name: str
    candidate_kind: str
    candidate_name: str
    score: int


class MatchAnswerDue(MatchTold, type="matchmaking.matching.match_answer_due.v1"):
    derived = ("asked",)
    waiting_for: tuple[str, ...]
    respond_by: datetime

    @property
    def asked(self) -> tuple[str, ...]:
        """Those who have not answered, as far as they are firms or associations of the zone."""
        return tuple(p for p in self.waiting_for if CREDIT_CODE.fullmatch(p))


class MatchOutcomeDue(MatchTold, type="matchmaking.matching.match_outcome_due.v1"):
    outcome_by: datetime


class MatchAccepted(MatchTold, type="matchmaking.matching.match_accepted.v1"):
    pass


class MatchDeclined(MatchTold, type="matchmaking.matching.match_declined.v1"):
    pass


class MatchConnected(MatchTold, type="matchmaking.matching.match_connected.v1"):
    pass


class MatchFulfilled(MatchTold, type="matchmaking.matching.match_fulfilled.v1"):
    pass


class MatchLapsed(MatchTold, type="matchmaking.matching.match_lapsed.v1"):
    pass


class ContactShown(Told, type="matchmaking.matching.contact_shown.v1"):
    by: Code
    other: Code


class ContactHidden(Told, type="matchmaking.matching.contact_hidden.v1"):
    by: Code
    other: Code


class MatchReported(MatchTold, type="matchmaking.matching.match_reported.v1"):
    decide_by: datetime


class JunkReportOverdue(MatchTold, type="matchmaking.matching.junk_report_overdue.v1"):
    pass


class JunkReportUpheld(MatchTold, type="matchmaking.matching.junk_report_upheld.v1"):
    reported_by: Code
    struck: Code


class JunkReportDismissed(MatchTold, type="matchmaking.matching.junk_report_dismissed.v1"):
    reported_by: Code
    reason: str


class LeadSuggested(Told, type="matchmaking.matching.lead_suggested.v1"):
    association: Code
    title: str
    score: int
    answer_by: datetime


class LeadSuggestionTakenUp(Told, type="matchmaking.matching.lead_suggestion_taken_up.v1"):
    association: Code
    title: str


# ── matchmaking.leads ─────────────────────────────────────────────────────────────────────────────
class LeadTold(Told):
    """`association` is the introducer. What the project is stays in the lead: a notice may be seen by more people than a lead may."""

    association: Code


class InvestmentLeadCreated(Told, type="matchmaking.leads.investment_lead_created.v1"):
    introducer: Code
    response_due: datetime


class LeadAnswered(LeadTold, type="matchmaking.leads.lead_answered.v1"):
    pass


class InvestmentLeadScreened(LeadTold, type="matchmaking.leads.investment_lead_screened.v1"):
    pass


class InvestmentLeadAccepted(LeadTold, type="matchmaking.leads.investment_lead_accepted.v1"):
    held_until: date


class InvestmentLeadRejected(LeadTold, type="matchmaking.leads.investment_lead_rejected.v1"):
    pass


class LeadLinked(LeadTold, type="matchmaking.leads.lead_linked.v1"):
    pass


class LeadClaimYielded(LeadTold, type="matchmaking.leads.lead_claim_yielded.v1"):
    new_city: str | None = None


class LeadDisputed(Told):
    """`introducer` has reported the lead that was linked, `holder` the first one; None where it is not asked."""

    introducer: Code
    holder: Code | None = None


class LeadDisputeFiled(LeadDisputed, type="matchmaking.leads.lead_dispute_filed.v1"):
    decide_by: datetime
    answer_by: datetime | None = None


class LeadDisputeAnswered(LeadDisputed, type="matchmaking.leads.lead_dispute_answered.v1"):
    pass


class LeadDisputeOverdue(LeadDisputed, type="matchmaking.leads.lead_dispute_overdue.v1"):
    decide_by: datetime


class LeadDisputeUpheld(LeadDisputed, type="matchmaking.leads.lead_dispute_upheld.v1"):
    outcome: str


class LeadDisputeDismissed(LeadDisputed, type="matchmaking.leads.lead_dispute_dismissed.v1"):
    pass


class LeadDisputeWithdrawn(LeadDisputed, type="matchmaking.leads.lead_dispute_withdrawn.v1"):
    pass


class LeadStageAdvanced(LeadTold, type="matchmaking.leads.lead_stage_advanced.v1"):
    stage: str
    new_city: str | None = None


class LeadReassigned(LeadTold, type="matchmaking.leads.lead_reassigned.v1"):
    new_city: str


class LeadResponseOverdue(LeadTold, type="matchmaking.leads.lead_response_overdue.v1"):
    due: datetime


class LeadScreeningOverdue(LeadTold, type="matchmaking.leads.lead_screening_overdue.v1"):
    due: datetime


class LeadFeedbackOverdue(LeadTold, type="matchmaking.leads.lead_feedback_overdue.v1"):
    due: datetime


class LeadFollowUpOverdue(LeadTold, type="matchmaking.leads.lead_follow_up_overdue.v1"):
    """Level 1 goes to the new city, level 2 to the investment department as well."""

    derived = ("next_level",)
    due: datetime
    new_city: str | None = None
    level: int = 1

    @property
    def next_level(self) -> str:
        return "dept:invest" if self.level > 1 or not self.new_city else ""


class CreditShare(BaseModel):
    model_config = ConfigDict(frozen=True)
    association: str


class LeadCreditAssigned(Told, type="matchmaking.leads.lead_credit_assigned.v1"):
    derived = ("credited",)
    credits: tuple[CreditShare, ...]

    @property
    def credited(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.association for c in self.credits))


class LeadDropped(LeadTold, type="matchmaking.leads.lead_dropped.v1"):
    pass


class LeadReopened(LeadTold, type="matchmaking.leads.lead_reopened.v1"):
    pass


class LeadClaimExpired(LeadTold, type="matchmaking.leads.lead_claim_expired.v1"):
    pass


class LeadIntroducerLost(LeadTold, type="matchmaking.leads.lead_introducer_lost.v1"):
    pass


class RewardTold(Told):
    """A referral reward: of one association, without the project's name."""

    association: Code


class LeadRewardDue(RewardTold, type="matchmaking.leads.lead_reward_due.v1"):
    claim_by: date


class LeadRewardClaimDue(RewardTold, type="matchmaking.leads.lead_reward_claim_due.v1"):
    claim_by: date


class LeadRewardClaimed(RewardTold, type="matchmaking.leads.lead_reward_claimed.v1"):
    decide_by: date


class LeadRewardReturned(RewardTold, type="matchmaking.leads.lead_reward_returned.v1"):
    reason: str


class LeadRewardDecisionOverdue(RewardTold, type="matchmaking.leads.lead_reward_decision_overdue.v1"):
    decide_by: date


class LeadRewardApproved(RewardTold, type="matchmaking.leads.lead_reward_approved.v1"):
    pay_by: date


class LeadRewardPaymentOverdue(RewardTold, type="matchmaking.leads.lead_reward_payment_overdue.v1"):
    pay_by: date


class LeadRewardPaid(RewardTold, type="matchmaking.leads.lead_reward_paid.v1"):
    paid_on: date


class LeadRewardLapsed(RewardTold, type="matchmaking.leads.lead_reward_lapsed.v1"):
    claim_by: date


class LeadRewardWithdrawn(RewardTold, type="matchmaking.leads.lead_reward_withdrawn.v1"):
    pass


class MandateTold(Told):
    """A promotion mandate: the association, and the agency it mandates."""

    association: Code


class PromotionMandateDrafted(MandateTold, type="matchmaking.leads.promotion_mandate_drafted.v1"):
    agency_name: str
    filing_due: datetime


class PromotionAgencyFiled(MandateTold, type="matchmaking.leads.promotion_agency_filed.v1"):
    filing_no: str


class PromotionAgencyFilingOverdue(MandateTold, type="matchmaking.leads.promotion_agency_filing_overdue.v1"):
    agency_name: str


class PromotionMandateSigned(MandateTold, type="matchmaking.leads.promotion_mandate_signed.v1"):
    agency: Code
    agency_name: str
    ends_on: date


class PromotionMandateEnded(MandateTold, type="matchmaking.leads.promotion_mandate_ended.v1"):
    agency: Code
    agency_name: str


# ── matchmaking.regions ───────────────────────────────────────────────────────────────────────────
class AgreementTold(Told):
    """`partner` is an external chamber: it has no account, but may have a contact point."""

    association: Code
    partner: Code


class FriendshipAgreementProposed(AgreementTold, type="matchmaking.regions.friendship_agreement_proposed.v1"):
    pass


class FriendshipAgreementNegotiated(AgreementTold, type="matchmaking.regions.friendship_agreement_negotiated.v1"):
    pass


class FriendshipAgreementDeclined(AgreementTold, type="matchmaking.regions.friendship_agreement_declined.v1"):
    pass


class FriendshipAgreementWithdrawn(AgreementTold, type="matchmaking.regions.friendship_agreement_withdrawn.v1"):
    pass


class FriendshipAgreementLapsed(AgreementTold, type="matchmaking.regions.friendship_agreement_lapsed.v1"):
    pass


class PromotionTold(Told):
    """A promotion event or the visit of a delegation: every association that hosts it."""

    title: str
    associations: tuple[Code, ...]


class PromotionGuestsInvited(PromotionTold, type="matchmaking.regions.promotion_guests_invited.v1"):
    planned_on: date
    answer_by: date


class PromotionEventPostponed(PromotionTold, type="matchmaking.regions.promotion_event_postponed.v1"):
    planned_on: date


class PromotionAnswersDue(PromotionTold, type="matchmaking.regions.promotion_answers_due.v1"):
    answer_by: date
    waiting: int


class PromotionFollowUpOverdue(PromotionTold, type="matchmaking.regions.promotion_follow_up_overdue.v1"):
    pass


class PromotionEventCancelled(PromotionTold, type="matchmaking.regions.promotion_event_cancelled.v1"):
    pass


class InternationalOrgFollowUpOverdue(Told, type="matchmaking.regions.international_org_follow_up_overdue.v1"):
    name: str
    due: date


class InternationalOrgRegistered(Told, type="matchmaking.regions.international_org_registered.v1"):
    name: str
    registered_on: date


class ChamberTold(Told):
    """A chamber of Xixian's own in another province; the association is the one behind it."""

    association: Code
    name: str


class OutOfProvinceChamberProposed(ChamberTold, type="matchmaking.regions.out_of_province_chamber_proposed.v1"):
    pass


class OutOfProvinceChamberSupported(ChamberTold, type="matchmaking.regions.out_of_province_chamber_supported.v1"):
    founding_planned_on: date


class OutOfProvinceChamberFoundingOverdue(ChamberTold, type="matchmaking.regions.out_of_province_chamber_founding_overdue.v1"):
    founding_planned_on: date


class OutOfProvinceChamberRegisteredAtHost(ChamberTold, type="matchmaking.regions.out_of_province_chamber_registered_at_host.v1"):
    confirm_by: date


class OutOfProvinceChamberConfirmationOverdue(ChamberTold, type="matchmaking.regions.out_of_province_chamber_confirmation_overdue.v1"):
    confirm_by: date


class OutOfProvinceChamberReturned(ChamberTold, type="matchmaking.regions.out_of_province_chamber_returned.v1"):
    reason: str


class OutOfProvinceChamberEstablished(ChamberTold, type="matchmaking.regions.out_of_province_chamber_established.v1"):
    established_on: date


class OutOfProvinceChamberReportOverdue(ChamberTold, type="matchmaking.regions.out_of_province_chamber_report_overdue.v1"):
    report_due: date


class OutOfProvinceChamberClosed(ChamberTold, type="matchmaking.regions.out_of_province_chamber_closed.v1"):
    pass


# ── matchmaking.partnerships ──────────────────────────────────────────────────────────────────────
class CrossRegionPartnershipFormed(AgreementTold, type="matchmaking.partnerships.cross_region_partnership_formed.v1"):
    partner_name: str
    formed_on: date
    ends_on: date


class ExchangeDue(AgreementTold, type="matchmaking.partnerships.exchange_due.v1"):
    dormant_on: date


class FriendshipDormant(AgreementTold, type="matchmaking.partnerships.friendship_dormant.v1"):
    pass


class FriendshipRevived(AgreementTold, type="matchmaking.partnerships.friendship_revived.v1"):
    pass


class FriendshipExpiring(AgreementTold, type="matchmaking.partnerships.friendship_expiring.v1"):
    ends_on: date


class FriendshipRenewed(AgreementTold, type="matchmaking.partnerships.friendship_renewed.v1"):
    ends_on: date


class FriendshipEnded(AgreementTold, type="matchmaking.partnerships.friendship_ended.v1"):
    pass


# ── registry: what becomes of an association after its founding ────────────────────────────────────
class ConsentAwaited(Told):
    """A resolution came in; where a unit supervises the association, its consent is waited for."""

    derived = ("consenting",)
    association: Code
    consent_role: str | None = None

    @property
    def consenting(self) -> str:
        """The office whose consent is needed; none where nobody consents."""
        return OFFICE_OF.get(self.consent_role or "", "")


class InDistrict(Told):
    """Something an authority has to act on (R2)."""

    derived = ("authority",)
    association: Code
    district: str

    @property
    def authority(self) -> str:
        """The office that decides: the new city's for its district, the approval department's for the new area."""
        return "dept:approval" if self.district == "XX" else f"dept:{self.district}"


class DueBy(Told):
    association: Code
    file_by: date


class ReasonGiven(Told):
    association: Code
    reason: str


class ChangeProposed(ConsentAwaited, type="registry.registration.change_proposed.v1"):
    pass


class ChangeConsented(DueBy, type="registry.registration.change_consented.v1"):
    pass


class ChangeFilingDueSoon(DueBy, type="registry.registration.change_filing_due_soon.v1"):
    pass


class ChangeFilingOverdue(DueBy, type="registry.registration.change_filing_overdue.v1"):
    pass


class ChangeFiled(InDistrict, type="registry.registration.change_filed.v1"):
    pass


class ChangeReturned(DueBy, type="registry.registration.change_returned.v1"):
    pass


class ChangeRefused(ReasonGiven, type="registry.registration.change_refused.v1"):
    pass


class CharterAdopted(ConsentAwaited, type="registry.governance.charter_adopted.v1"):
    pass


class CharterConsented(DueBy, type="registry.governance.charter_consented.v1"):
    pass


class CharterSubmissionDueSoon(DueBy, type="registry.governance.charter_submission_due_soon.v1"):
    pass


class CharterSubmissionOverdue(DueBy, type="registry.governance.charter_submission_overdue.v1"):
    pass


class CharterSubmitted(InDistrict, type="registry.governance.charter_submitted.v1"):
    pass


class CharterReturned(DueBy, type="registry.governance.charter_returned.v1"):
    pass


class CharterRefused(ReasonGiven, type="registry.governance.charter_refused.v1"):
    pass


class CharterApproved(Told, type="registry.governance.charter_approved.v1"):
    association: Code
    approved_on: date


class TransferProposed(InDistrict, type="registry.registration.transfer_proposed.v1"):
    take_over_by: date


class TransferOverdue(InDistrict, type="registry.registration.transfer_overdue.v1"):
    take_over_by: date


class TransferDeclined(InDistrict, type="registry.registration.transfer_declined.v1"):
    reason: str


class ReorganisationProposed(InDistrict, type="registry.registration.reorganisation_proposed.v1"):
    survivor: Code | None = None


class MergerAgreed(InDistrict, type="registry.registration.merger_agreed.v1"):
    survivor: Code


class ReorganisationApproved(Told, type="registry.registration.reorganisation_approved.v1"):
    association: Code
    survivor: Code | None = None


class ReorganisationRefused(Told, type="registry.registration.reorganisation_refused.v1"):
    association: Code
    refused_because: str


class AssociationMerged(Told, type="registry.associations.association_merged.v1"):
    uscc: Code
    merged_into: Code
    merged_on: date


# ── registry: organs, people, fees, challenges ────────────────────────────────────────────────────
class OfBody(Concerning):
    """What concerns a body of an association and its term."""

    body: str


class ReElectionDue(OfBody, type="registry.governance.re_election_due.v1"):
    due: date
    days_left: int


class ReElectionOverdue(OfBody, type="registry.governance.re_election_overdue.v1"):
    due: date


class TermExtensionRequested(InDistrict, type="registry.governance.term_extension_requested.v1"):
    body: str


class TermExtensionApproved(OfBody, type="registry.governance.term_extension_approved.v1"):
    extended_to: date


class TermExtensionRefused(OfBody, type="registry.governance.term_extension_refused.v1"):
    reason: str


class GoverningMeetingMissed(OfBody, type="registry.governance.governing_meeting_missed.v1"):
    due: date


class GovernanceSeatAppointed(Concerning, type="registry.governance.governance_seat_appointed.v1"):
    term_to: date


class GovernanceSeatExpiring(Concerning, type="registry.governance.governance_seat_expiring.v1"):
    term_to: date
    days_left: int


class OfficeBearersElected(InDistrict, type="registry.people.office_bearers_elected.v1"):
    file_by: date


class OfficerFilingDueSoon(DueBy, type="registry.people.officer_filing_due_soon.v1"):
    days_left: int


class OfficerFilingOverdue(DueBy, type="registry.people.officer_filing_overdue.v1"):
    pass


class TrainingOpened(Told, type="registry.people.training_opened.v1"):
    title: str
    held_on: date
    hours: int


class TrainingDueSoon(Concerning, type="registry.people.training_due_soon.v1"):
    cycle_to: date
    hours_missing: int
    days_left: int


class TrainingOverdue(Concerning, type="registry.people.training_overdue.v1"):
    cycle_to: date
    hours_missing: int


class FeeStandardDueSoon(Concerning, type="registry.members.fee_standard_due_soon.v1"):
    publish_by: date
    days_left: int


class FeeStandardPublicationOverdue(Concerning, type="registry.members.fee_standard_publication_overdue.v1"):
    publish_by: date


class PublicFactChallenged(InDistrict, type="registry.directory.public_fact_challenged.v1"):
    fact: str
    decide_by: date


class ChallengeOverdue(Concerning, type="registry.directory.challenge_overdue.v1"):
    fact: str
    decide_by: date


class ChallengeUpheld(Concerning, type="registry.directory.challenge_upheld.v1"):
    fact: str


class ChallengeRejected(Concerning, type="registry.directory.challenge_rejected.v1"):
    fact: str


class ChallengeSettled(Concerning, type="registry.directory.challenge_settled.v1"):
    fact: str


# ── matchmaking: places and activities ─────────────────────────────────────────────────────────────
class TenancyTold(Told):
    """A desk for an association being founded has no association yet."""

    association: Code | None = None
    name: str


class TenancyApproved(TenancyTold, type="matchmaking.places.tenancy_approved.v1"):
    take_up_by: datetime


class TenancyNoticeGiven(TenancyTold, type="matchmaking.places.tenancy_notice_given.v1"):
    hand_over_by: datetime


class TenancyRejected(Told, type="matchmaking.places.tenancy_rejected.v1"):
    association: Code | None = None
    reason: str


class ActivityFilingSubmitted(Told, type="matchmaking.activities.activity_filing_submitted.v1"):
    association: Code
    answer_due: datetime


class ActivityFilingReturned(Told, type="matchmaking.activities.activity_filing_returned.v1"):
    association: Code
    title: str
    reason: str


class TenancyResultOverdue(TenancyTold, type="matchmaking.places.tenancy_result_overdue.v1"):
    pass


class TenancyReviewDue(TenancyTold, type="matchmaking.places.tenancy_review_due.v1"):
    ends_on: date


class ActivityFilingOverdue(Told, type="matchmaking.activities.activity_filing_overdue.v1"):
    association: Code
    title: str


class BrandEventFiled(Told, type="matchmaking.activities.brand_event_filed.v1"):
    associations: tuple[Code, ...]
    title: str
    planned_on: date


class ContestEntryPrized(Told, type="matchmaking.activities.contest_entry_prized.v1"):
    entrant: Code
    title: str
    rank: int


class TalentIntroductionEntered(Told, type="matchmaking.activities.talent_introduction_entered.v1"):
    employer: Code
    title: str
    persons: int
    answer_by: datetime


class TalentIntroductionUnanswered(Told, type="matchmaking.activities.talent_introduction_unanswered.v1"):
    employer: Code
    title: str
    persons: int


class ExchangePlacementProposed(Told, type="matchmaking.projects.exchange_placement_proposed.v1"):
    association: Code
    host: Code
    staff: int
    starts_on: date


# ── matchmaking: conferences ───────────────────────────────────────────────────────────────────────
class ConferenceInvited(Told, type="matchmaking.conference.conference_invited.v1"):
    participants: tuple[Code, ...]
    title: str
    starts_at: datetime


class ConferenceArranged(Told, type="matchmaking.conference.conference_arranged.v1"):
    told: tuple[Code, ...]
    title: str


class ParticipantAbsent(Told, type="matchmaking.conference.participant_absent.v1"):
    told: tuple[Code, ...]
    participant: Code
    title: str


class ConferenceCancelled(Told, type="matchmaking.conference.conference_cancelled.v1"):
    told: tuple[Code, ...]
    title: str
    reason: str


class ConferenceFollowUpDue(Told, type="matchmaking.conference.conference_follow_up_due.v1"):
    organiser: Code
    title: str


# ── matchmaking.service_centre ────────────────────────────────────────────────────────────────────
class ServiceTold(Told):
    """A request for a service: the one who asked, and the association or counter that was asked."""

    provider: Code
    requester: Code
    item_name: str


class ServiceRequestReceived(ServiceTold, type="matchmaking.service_centre.service_request_received.v1"):
    due_on: date


class ServiceRequestStandsStill(ServiceTold, type="matchmaking.service_centre.service_request_stands_still.v1"):
    due_on: date


class ServiceRequestOverdue(ServiceTold, type="matchmaking.service_centre.service_request_overdue.v1"):
    due_on: date


class ServiceRequestResolved(ServiceTold, type="matchmaking.service_centre.service_request_resolved.v1"):
    confirm_by: datetime


class ServiceRequestReopened(ServiceTold, type="matchmaking.service_centre.service_request_reopened.v1"):
    reason: str


class ServiceRequestDeclined(ServiceTold, type="matchmaking.service_centre.service_request_declined.v1"):
    reason: str


class ServiceRequestWithdrawn(ServiceTold, type="matchmaking.service_centre.service_request_withdrawn.v1"):
    pass


# ── matchmaking.mediation ─────────────────────────────────────────────────────────────────────────
class MediationTold(Told):
    """A case of mediation: only its filing names the firms; the later steps know the association, and the ledger remembers the rest."""

    association: Code


class MediationFiled(MediationTold, type="matchmaking.mediation.mediation_filed.v1"):
    parties: tuple[Code, ...]
    accept_by: datetime


class MediationNotAccepted(MediationTold, type="matchmaking.mediation.mediation_not_accepted.v1"):
    pass


class MediationWithdrawn(MediationTold, type="matchmaking.mediation.mediation_withdrawn.v1"):
    pass


class MediationCaseAccepted(MediationTold, type="matchmaking.mediation.mediation_case_accepted.v1"):
    answer_by: datetime


class MediationBegun(MediationTold, type="matchmaking.mediation.mediation_begun.v1"):
    ends_on: date


class MediationExtended(MediationTold, type="matchmaking.mediation.mediation_extended.v1"):
    ends_on: date


class MediationEndsSoon(MediationTold, type="matchmaking.mediation.mediation_ends_soon.v1"):
    ends_on: date


class MediationSettled(MediationTold, type="matchmaking.mediation.mediation_settled.v1"):
    confirm_by: date


class MediationFailed(MediationTold, type="matchmaking.mediation.mediation_failed.v1"):
    pass


class SettlementConfirmed(MediationTold, type="matchmaking.mediation.settlement_confirmed.v1"):
    court: str


HEARD: tuple[type[Told], ...] = tuple(c for c in list(vars().values()) if isinstance(c, type) and issubclass(c, Told) and c.type)
