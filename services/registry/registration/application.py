"""What a registration case is made of: the application, papers, opinions, and the facts of its way (R1, R7, R19; domain §3.1–3.3)."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.registry.registration.naming import SimilarName
from services.registry.registration.regime import AsksForRegime, Filing, Paper
from services.registry.registration.scope import BY_CLASS, Overlap
from services.registry.values import IndustryCodes, Level, PersonRef, RegisteredItems, ScopeBasis, SoCategory
from shared.district import District
from shared.names import Name
from shared.record import Count, Event, Fen, Line, Role, Text, Value
from shared.uscc import Uscc

OpinionView = Literal["FOR", "AGAINST", "NO_OBJECTION"]
RefusalGround = Literal["AIMS_CONTRARY_TO_LAW", "SAME_SCOPE_NOT_NECESSARY", "FOUNDER_DISQUALIFIED", "FRAUD", "OTHER_PROHIBITION"]  # art. 13


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────
class Application(AsksForRegime):
    """The founders' application [成立登记申请]; the lead enterprise hands it in, `founders` are the others.

    `scope_term` names the mode, stage or function where the scope is cut by one; `home_region` makes it a non-local chamber
    [异地商会] (§3.9); `plan` is the formation plan it fulfils."""

    name: Name
    level: Level
    district: District
    so_category: SoCategory
    gbt4754: IndustryCodes
    scope: Text
    scope_basis: ScopeBasis = "INDUSTRY_CLASS"
    scope_term: Line | None = None
    purpose: Text
    domicile: Line
    territory: Line
    home_region: Line | None = None
    legal_representative: PersonRef
    founders: Annotated[tuple[Uscc, ...], Field(max_length=200)] = ()
    plan: Line | None = None

    @model_validator(mode="after")
    def says_how_it_is_cut(self) -> "Application":
        if self.scope_basis not in BY_CLASS and not self.scope_term:
            raise ValueError("scope_term is needed where the scope is not cut by class")
        return self


class FiledPaper(Value):
    """One of the papers of art. 11, by its reference in the document store."""

    kind: Paper
    document: Line


class Papers(Value):
    """All papers, and what they prove: members that have joined, and the activity fund as verified, in fen."""

    papers: Annotated[tuple[FiledPaper, ...], Field(min_length=1, max_length=40)]
    unit_members: Count
    individual_members: Count
    registered_fund: Fen


class OpinionAsked(Value):
    """An opinion that was asked for, and until when."""

    role: Role
    mandatory: bool
    until: datetime


class OpinionHeld(Value):
    role: Role
    opinion: OpinionView
    by_silence: bool
    reason: str = ""


class Consent(Value):
    """The competent unit's approval [业务主管单位审查同意]."""

    role: Role
    organisation: str
    document: str
    consent_on: date


# ── events ────────────────────────────────────────────────────────────────────────────────────────
class NameApproved(Event, to="PREPARING"):
    """The name may be used; `similar` are the like names the officer has looked at."""

    name: str
    similar: tuple[SimilarName, ...]


class NameRejected(Event):
    """The name may not be used; the founders propose another."""

    name: str
    name_rejected: str
    name_claim: None = None


class NameProposed(Event):
    name: str
    name_rejected: None = None
    name_claim: str
    similar: tuple[SimilarName, ...]


class NameCheckOverdue(Event):
    name: str


class PapersSubmitted(Event):
    """All papers are there and the minima are met; with them the clock of the decision starts, unless the unit's consent is to come."""

    stage: Literal["SUPERVISOR_REVIEW", "ACCEPTED"]
    papers: tuple[FiledPaper, ...]
    unit_members: Count
    individual_members: Count
    registered_fund: Fen
    papers_complete_on: date | None
    decide_by: date | None
    consent_of: tuple[Role, ...] = ()  # any one of these is asked first


class ScopeOverlapAssessed(Event):
    """Registered associations of the same or a similar scope, by the basis the scope is cut (R19)."""

    scope_basis: ScopeBasis
    overlaps: tuple[Overlap, ...]


class PapersReturned(Event, to="PREPARING"):
    """The authority found the papers wanting [补正]; the clock stands still until they are complete."""

    defects: tuple[str, ...]
    papers_complete_on: None = None
    decide_by: None = None
    reminded_on: None = None


class SupervisorConsented(Event, to="ACCEPTED"):
    consent: Consent
    papers_complete_on: date
    decide_by: date


class SupervisorDeclined(Event, to="PREPARING"):
    role: Role
    reason: str


class OpinionsSought(Event, to="OPINIONS_SOUGHT"):
    asked: tuple[OpinionAsked, ...]


class OpinionGiven(Event):
    """An opinion, given or, by silence, taken as none against."""

    opinion: OpinionHeld
    opinions: tuple[OpinionHeld, ...]


class DevelopmentBodyOpinionGiven(Event):
    """The third body of ternary management has said what it thinks of the association to be (R18)."""

    opinion_view: OpinionView
    reason: str


class OpinionOverdue(Event):
    """A mandatory opinion has not come; it is waited for."""

    role: Role


class DecisionDueSoon(Event):
    decide_by: date
    reminded_on: date


class DecisionOverdue(Event):
    decide_by: date
    overdue: Literal[True] = True


class RegistrationGranted(Event, to="DECIDED", effective="decided_on"):
    """The authority registers the association [准予登记]."""

    basis: str
    decided_on: date
    overlaps: tuple[Overlap, ...]
    necessity: str | None


class RegistrationRefused(Event, to="REFUSED", effective="decided_on"):
    """Refused on a ground of art. 13 [不予登记]."""

    plan: str | None
    ground: RefusalGround
    reason: str
    decided_on: date
    name_claim: None = None
    legal_claim: None = None
    home_claim: None = None


class CertificateIssued(RegisteredItems, Event, to="CERTIFIED", effective="registered_on"):
    """The certificate with its credit code [发证]: all the register needs to know. `post_actions` follow under some regimes."""

    plan: str | None
    post_actions: tuple[str, ...]


class FilingAccepted(Event, to="FILINGS_PENDING"):
    """Seal, bank account or officers were taken on file [备案] (art. 16)."""

    uscc: str
    filing: Filing
    filed: tuple[Filing, ...]


class RegistrationCompleted(Event, to="ACTIVE", effective="completed_on"):
    """Every filing is there: the association is active."""

    uscc: str
    completed_on: date


class RegistrationWithdrawn(Event, to="WITHDRAWN"):
    plan: str | None
    reason: str
    name_claim: None = None
    legal_claim: None = None
    home_claim: None = None


class ClaimsReleased(Event):
    """The register itself keeps name and representative from now on, or nobody does; the home region is free with its chamber's end."""

    uscc: str
    name_claim: None = None
    legal_claim: None = None
    home_claim: str | None = None
