"""An investment lead and all that can become true of it [招商线索]. Domain §6.1–6.3."""

from datetime import date, datetime
from typing import Any, Literal

from services.matchmaking.leads.forms import Confidentiality, Credit, EndReason, Investor, Project, Proof, Side, Signing, Study, Suspect
from shared.district import District
from shared.record import Event, Record

Stage = Literal["LEAD", "SCREENED", "NEGOTIATING", "SIGNED", "REGISTERED", "STARTED", "IN_PRODUCTION", "DROPPED"]
Reached = Literal["NEGOTIATING", "SIGNED", "REGISTERED", "STARTED", "IN_PRODUCTION"]
LANDING: tuple[Stage, ...] = ("NEGOTIATING", "SIGNED", "REGISTERED", "STARTED")
LIVE: tuple[Stage, ...] = ("LEAD", "SCREENED", *LANDING)
SIGNED_ON: tuple[Stage, ...] = ("SIGNED", "REGISTERED", "STARTED", "IN_PRODUCTION")


class Lead(Record):
    """Investment lead [招商线索]"""

    stage: Stage
    introducer: str
    parties: tuple[str, ...]
    agency: str | None = None
    investor: Investor
    project: Project
    confidentiality: Confidentiality = "INTERNAL"
    contact_ref: str | None = None
    rules: str
    project_key: str
    submitted_at: datetime
    response_due: datetime
    screening_due: datetime
    answered_at: datetime | None = None
    study: Study | None = None
    suspects: tuple[Suspect, ...] = ()
    feedback_due: datetime | None = None
    accepted_at: datetime | None = None
    claim: str | None = None  # the project, while this lead holds the first report; distinct in the database
    held_until: date | None = None  # the last day of the protection
    duplicate_of: str | None = None
    linked_at: datetime | None = None
    new_city: District | None = None
    evidence: tuple[Proof, ...] = ()
    trail: tuple[Stage, ...] = ("LEAD",)  # stages reached, in order
    followed_up: datetime | None = None
    follow_up_due: datetime | None = None
    silent_at: datetime | None = None
    next_action: str | None = None
    credits: tuple[Credit, ...] = ()
    credit_confirmed: tuple[Side, ...] = ()
    introducer_lost: bool = False
    paid_in: int = 0
    fixed_assets_verified: int = 0


class InvestmentLeadCreated(Event, to="LEAD"):
    introducer: str
    parties: tuple[str, ...]
    agency: str | None
    investor: Investor
    project: Project
    confidentiality: Confidentiality
    contact_ref: str | None
    rules: str
    project_key: str
    submitted_at: datetime
    response_due: datetime
    screening_due: datetime


class LeadAnswered(Event):
    association: str
    answered_at: datetime


class InvestmentLeadScreened(Event, to="SCREENED"):
    association: str
    study: Study
    suspects: tuple[Suspect, ...]
    answered_at: datetime
    feedback_due: datetime
    trail: tuple[Stage, ...]


class InvestmentLeadAccepted(Event):
    association: str
    accepted_at: datetime
    claim: str
    held_until: date
    credits: tuple[Credit, ...]


class InvestmentLeadRejected(Event, to="DROPPED"):
    association: str
    cause: EndReason
    reason: str


class LeadLinked(Event, to="DROPPED"):
    association: str
    duplicate_of: str
    linked_at: datetime | None = None


class LeadStageAdvanced(Event):
    """`proof` is what this stage asks for; the record gathers the proofs."""

    stage: Reached
    association: str
    new_city: District | None
    proof: Proof
    parties: tuple[str, ...]
    trail: tuple[Stage, ...]
    claim: str
    held_until: date
    followed_up: datetime
    follow_up_due: datetime | None
    silent_at: datetime | None

    def apply(self, record: Any, /) -> Any:
        advanced: Lead = super().apply(record)
        return advanced.model_copy(update={"evidence": (*record.evidence, self.proof)})


class LeadFollowedUp(Event):
    association: str
    followed_up: datetime
    follow_up_due: datetime | None
    silent_at: datetime | None
    how: Literal["VISIT", "MEETING", "CALL", "MATERIAL"]
    note: str
    next_action: str | None


class LeadReassigned(Event):
    association: str
    new_city: District
    reason: str


class LeadReclassified(Event):
    confidentiality: Confidentiality
    reason: str


class LeadContractConcluded(Event):
    """An agreement became a contract [协议转合同]."""

    association: str
    proof: Signing

    def apply(self, record: Any, /) -> Any:
        return record.model_copy(update={"evidence": (*record.evidence, self.proof)})


class LeadCreditShared(Event):
    credits: tuple[Credit, ...]
    parties: tuple[str, ...]


class LeadCreditAssigned(Event):
    """The shares are frozen with the signature."""

    association: str
    credits: tuple[Credit, ...]


class LeadCreditConfirmed(Event):
    association: str
    side: Side
    credit_confirmed: tuple[Side, ...]
    complete: bool
    document: str | None


class LeadFundsVerified(Event):
    association: str
    paid_in: int
    fixed_assets_verified: int


class LeadDropped(Event, to="DROPPED"):
    association: str
    cause: EndReason
    reason: str
    claim: None = None
    held_until: None = None


class LeadReopened(Event):
    stage: Stage
    association: str
    reason: str
    trail: tuple[Stage, ...]
    evidence: tuple[Proof, ...]
    new_city: District | None
    credit_confirmed: tuple[Side, ...]
    accepted_at: datetime | None
    claim: str | None
    held_until: date | None
    duplicate_of: None = None
    answered_at: datetime | None
    response_due: datetime
    screening_due: datetime
    feedback_due: datetime | None
    followed_up: datetime | None
    follow_up_due: datetime | None
    silent_at: datetime | None


class LeadClaimYielded(Event):
    """By the decision of a dispute the first report of the project is another's; who was in talks with it is told."""

    association: str
    new_city: District | None
    claim: None = None
    held_until: None = None


class LeadFoundDistinct(Event):
    """By the decision of a dispute it is another project, with a key of its own."""

    association: str
    project_key: str


class LeadClaimExpired(Event):
    association: str
    claim: None = None
    held_until: None = None


class LeadIntroducerLost(Event):
    association: str
    introducer_lost: bool = True
    credits: tuple[Credit, ...]


class LeadResponseOverdue(Event):
    association: str
    due: datetime


class LeadScreeningOverdue(Event):
    association: str
    due: datetime


class LeadFeedbackOverdue(Event):
    association: str
    due: datetime


class LeadFollowUpOverdue(Event):
    association: str
    new_city: District | None
    due: datetime
    level: int
