"""Rules of the credit lists [社会组织信用信息管理办法] as versioned data, and what a listing is made of (R27; domain §3.6)."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from shared.record import Event, Fen, Line, Value
from shared.versions import Versioned, Versions, of_record

CreditList = Literal["ABNORMAL", "SERIOUS"]
AbnormalReason = Literal[
    "ANNUAL_REPORT_NOT_FILED", "NO_PARTY_ORGANISATION", "RECTIFICATION_NOT_DONE", "SMALL_PENALTY", "UNREACHABLE", "OTHER_BY_LAW"
]
SeriousReason = Literal["TWO_YEARS_ABNORMAL", "CHANGE_BY_FRAUD_REVOKED", "SUSPENSION_PENALTY", "LARGE_FINE", "REPEATED_SMALL_PENALTIES",
                        "JUDGMENT_DEFAULTER", "CERTIFICATE_REVOKED", "OTHER_BY_LAW"]  # fmt: skip
Reason = Literal["ANNUAL_REPORT_NOT_FILED", "NO_PARTY_ORGANISATION", "RECTIFICATION_NOT_DONE", "SMALL_PENALTY", "UNREACHABLE", "TWO_YEARS_ABNORMAL",
                 "CHANGE_BY_FRAUD_REVOKED", "SUSPENSION_PENALTY", "LARGE_FINE", "REPEATED_SMALL_PENALTIES", "JUDGMENT_DEFAULTER", "CERTIFICATE_REVOKED",
                 "OTHER_BY_LAW"]  # fmt: skip
RemovalGround = Literal["DUTY_DONE", "TERM_ENDED", "OBJECTION_UPHELD", "ASSOCIATION_ENDED"]


class ReasonRule(Value):
    """Whether the duty behind a reason can still be done; if not, the term decides."""

    rectifiable: bool


class LetterRule(Value):
    """Registered letters that stayed unanswered, and how many days apart they were sent."""

    count: Annotated[int, Field(ge=1)]
    apart_min_days: Annotated[int, Field(ge=0)]
    apart_max_days: Annotated[int, Field(ge=1)]

    def proves(self, sent: tuple[date, ...]) -> bool:
        """Whether these letters show that nobody can be reached."""
        days = sorted(sent)
        return len(days) == self.count and all(self.apart_min_days <= (b - a).days <= self.apart_max_days for a, b in pairwise(days))


class AbnormalRules(Value):
    letters: LetterRule
    term_months: Annotated[int, Field(ge=1)]
    serious_after_years: Annotated[int, Field(ge=1)]
    reasons: dict[AbnormalReason, ReasonRule]


class SeriousRules(Value):
    term_years: Annotated[int, Field(ge=1)]
    repeated_penalties: Annotated[int, Field(ge=2)]
    repeated_within_years: Annotated[int, Field(ge=1)]
    large_fine_fen: Fen
    reasons: tuple[SeriousReason, ...]


class CreditRules(Versioned):
    basis: str
    entry_working_days: Annotated[int, Field(ge=1)]
    removal_working_days: Annotated[int, Field(ge=1)]
    objection_working_days: Annotated[int, Field(ge=1)]
    abnormal: AbnormalRules
    serious: SeriousRules


RULES: Versions[CreditRules] = Versions.load(Path(__file__).parent.parent / "data" / "credit", CreditRules)
rules_in_force = of_record(lambda: RULES, "CREDIT", "rules_version")


class Cause(Value):
    """Why somebody is on a list: the reason, since when, and what proves it (a document, or the event that told it)."""

    reason: Reason
    since: date
    evidence: Line
    rectifiable: bool


# ── events ────────────────────────────────────────────────────────────────────────────────────────
class CreditListingProposed(Event, to="PROPOSED"):
    """The listing of an association was proposed; the authority decides within five working days."""

    association: str
    list: CreditList
    reason: Reason
    causes: tuple[Cause, ...]
    claim: str
    proposed_on: date
    decide_by: date
    rules_version: str


class ListingCauseAdded(Event):
    """Another cause; the terms start anew."""

    association: str
    list: CreditList
    causes: tuple[Cause, ...]
    release_on: date | None
    verified_on: None = None
    remove_by: None = None


class ListingDecisionOverdue(Event):
    association: str
    list: CreditList
    decide_by: date


class ListingDismissed(Event, to="DISMISSED"):
    association: str
    list: CreditList
    finding: str
    claim: None = None
    objection: None = None


class AbnormalListingAdded(Event, to="LISTED", effective="listed_on"):
    """Put on the abnormal activity list [列入活动异常名录]."""

    association: str
    reason: Reason
    listed_on: date
    release_on: date | None
    serious_on: date


class SeriousViolationListed(Event, to="LISTED", effective="listed_on"):
    """Put on the list of serious violations [列入严重违法失信名单]."""

    association: str
    reason: Reason
    listed_on: date
    release_on: date


class ListingObjected(Event):
    """The association objects [异议]; the authority verifies until `answer_by`."""

    association: str
    list: CreditList
    objection: str
    answer_by: date


class ObjectionRejected(Event):
    association: str
    list: CreditList
    finding: str
    objection: None = None
    answer_by: None = None


class ObjectionOverdue(Event):
    association: str
    list: CreditList
    answer_by: date


class RemovalRequested(Event):
    """The duty is done, or the term is over: the association asks to be taken off [申请移出]."""

    association: str
    list: CreditList
    requested_on: date


class RemovalVerified(Event):
    """The authority has verified it; within five working days the association is off the list."""

    association: str
    list: CreditList
    requested_on: None = None
    verified_on: date
    remove_by: date


class RemovalDenied(Event):
    association: str
    list: CreditList
    finding: str
    requested_on: None = None


class SeriousListingDue(Event):
    """Two years on the abnormal list, or penalties repeated on it: a cause for the list of serious violations."""

    association: str
    since: date
    ground: SeriousReason = "TWO_YEARS_ABNORMAL"
    escalated: Literal[True] = True


class AbnormalListingRemoved(Event, to="REMOVED", effective="removed_on"):
    """Taken off the abnormal activity list [移出活动异常名录]."""

    association: str
    removal_ground: RemovalGround
    removed_on: date
    claim: None = None
    objection: None = None


class SeriousViolationRemoved(Event, to="REMOVED", effective="removed_on"):
    """Taken off the list of serious violations [移出严重违法失信名单]."""

    association: str
    removal_ground: RemovalGround
    removed_on: date
    claim: None = None
    objection: None = None
