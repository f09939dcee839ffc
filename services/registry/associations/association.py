"""Associations and chambers in the register [在册行业协会商会], R1–R4, R19; domain §3.3. The record's id is the credit code.

An association is born by its certificate (the case tells it), becomes active when seal, account and officers are on file, and
lives until it is struck off. What the law has registered changes by a change case, where it belongs by a transfer: both in
`registration`, both entered here. Its ties to the administration are cut in `decoupling.py`, its end is told in `ending.py`: the
same record, other chapters. What was merged into another is answered for by that one.
"""

from datetime import date
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from services.registry.registration.naming import name_claim
from services.registry.registration.regime import AmendedGround
from services.registry.values import Affiliation, IndustryCodes, Level, PersonRef, RegisteredItems, SoCategory
from shared.district import District
from shared.names import Name
from shared.record import Call, Event, Fen, Heard, Kind, Line, Record, Role, Text

Stage = Literal["REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING", "DEREGISTERED", "REVOKED"]
LIVING: tuple[Stage, ...] = ("REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING")
WORKING: tuple[Stage, ...] = ("REGISTERED", "ACTIVE", "SUSPENDED")
Origin = Literal["SPONTANEOUS", "GOV_INITIATED", "TRANSFERRED"]
Decoupling = Literal["NOT_APPLICABLE", "PENDING", "DONE"]
Separation = Literal["ORGANISATION", "FUNCTIONS", "ASSETS_AND_FINANCE", "PERSONNEL", "PARTY_AND_FOREIGN_AFFAIRS"]
EndingGround = Literal[
    "PURPOSE_ACHIEVED", "SELF_DISSOLUTION", "MERGER_OR_SPLIT", "INDUSTRY_ADJUSTMENT", "PARALYSED_BY_BAD_MANAGEMENT", "OTHER"
]
RevocationGround = Literal["FRAUD", "NO_ACTIVITY_ONE_YEAR", "GRAVE_BREACH"]
Item = Literal["name", "domicile", "purpose", "scope", "territory", "legal_representative", "registered_fund", "supervising_unit"]
ITEMS: tuple[Item, ...] = get_args(Item)


class Association(RegisteredItems, Record):
    """Association or chamber [行业协会商会]"""

    stage: Stage
    name_claim: str | None = None
    legal_claim: str | None = None
    priority_list: bool = False
    origin: Origin = "SPONTANEOUS"
    custody_since: date | None = None
    decoupling: Decoupling = "NOT_APPLICABLE"
    separated: tuple[Separation, ...] = ()
    activated_on: date | None = None
    suspended_for: str | None = None
    ending_ground: EndingGround | None = None
    liquidation_ended_on: date | None = None
    amended_ground: AmendedGround | None = None
    deregister_by: date | None = None
    ending_version: str | None = None
    successor: str | None = None
    merged_into: str | None = None
    ended_on: date | None = None
    revocation_ground: RevocationGround | None = None
    changes: int = 0
    late_changes: int = 0

    def taken_over_by(self) -> str:
        return self.merged_into or ""


# ── events ────────────────────────────────────────────────────────────────────────────────────────
class AssociationRegistered(RegisteredItems, Event, to="REGISTERED", effective="registered_on"):
    """The association stands in the register [成立登记]."""

    name_claim: str
    legal_claim: str


class AssociationActivated(Event, to="ACTIVE"):
    """Seal, account and officers are on file."""

    uscc: str
    name: str
    activated_on: date


class AssociationClassified(Event):
    uscc: str
    so_category: SoCategory
    gbt4754: IndustryCodes
    priority_list: bool


class AssociationChanged(Event, effective="applied_on"):
    """Registered items were changed: how they stand now, and which of them are new. `late`: filed later than the days allowed
    after the consent; `announced`: the change is announced to the public (art. 23)."""

    uscc: str
    changed: tuple[Item, ...]
    name: Name
    domicile: Line
    purpose: Text
    scope: Text
    territory: Line
    legal_representative: PersonRef
    registered_fund: Fen
    supervising_unit: str | None
    name_claim: str
    legal_claim: str
    consent_on: date
    applied_on: date
    late: bool
    announced: bool
    changes: int
    late_changes: int
    case: str | None = None


class SupervisingUnitAssigned(Event):
    """This unit supervises the association from now on (R13): a department, or the federation; and who consents to changes then."""

    uscc: str
    supervising_unit: str
    affiliation: Affiliation
    annual_first_review: str | None
    change_consent_role: Role | None


class AssociationJurisdictionTransferred(Event):
    uscc: str
    level: Level
    district: District
    name_claim: str


class AssociationSuspended(Event, to="SUSPENDED"):
    uscc: str
    suspended_for: str


class AssociationResumed(Event, to="ACTIVE"):
    uscc: str
    suspended_for: None = None


associations = Kind[Association, Stage](
    Association, "registry.associations.association", path="associations", key=("uscc",), unique=("name_claim", "legal_claim"),
    index=("level", "district", "kind", "so_category", "legal_claim"), own={"ASSOCIATION": "uscc", "NEW_CITY": "district"},
    readers=("SO_ADMIN", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "INVEST_DEPT"),
)  # fmt: skip


# ── what others tell ──────────────────────────────────────────────────────────────────────────────
class CertificateIssued(RegisteredItems, Heard, type="registry.registration.certificate_issued.v1"):
    pass


class RegistrationCompleted(Heard, type="registry.registration.registration_completed.v1"):
    uscc: str
    completed_on: date


class ProposedItems(BaseModel):
    """What a change case has proposed, as far as it is given."""

    model_config = ConfigDict(frozen=True)

    name: Name | None = None
    domicile: Line | None = None
    purpose: Text | None = None
    scope: Text | None = None
    territory: Line | None = None
    legal_representative: PersonRef | None = None
    registered_fund: Fen | None = None
    supervising_unit: Line | None = None
    affiliation: Affiliation | None = None


class ChangeApproved(Heard, type="registry.registration.change_approved.v1"):
    association: str
    proposed: ProposedItems
    consent_on: date
    filed_on: date
    late: bool
    announced: tuple[str, ...]


class TransferAccepted(Heard, type="registry.registration.transfer_accepted.v1"):
    association: str
    level: Level
    district: District


# ── the life of an association ────────────────────────────────────────────────────────────────────
@associations.opens_on(CertificateIssued)
def register(call: Call, event: CertificateIssued) -> AssociationRegistered:
    """Enter in the register what the certificate says."""
    items = {n: getattr(event, n) for n in RegisteredItems.model_fields}
    return AssociationRegistered(**items, name_claim=name_claim(event.name, event.district), legal_claim=event.legal_representative)


@associations.on(RegistrationCompleted, when="REGISTERED", where=lambda e: {"uscc": e.uscc})
def activate(association: Association, call: Call, event: RegistrationCompleted) -> list[AssociationActivated | SupervisingUnitAssigned]:
    """All filings are complete; who supervises it is told with it."""
    activated = AssociationActivated(uscc=association.uscc, name=association.name, activated_on=event.completed_on)
    return [activated, *assigned(association, association.supervising_unit, association.affiliation)]


def assigned(association: Association, unit: str | None, affiliation: Affiliation) -> list[SupervisingUnitAssigned]:
    """What follows from this unit's supervision: where one reviews or consents at all, it is this one."""
    if unit is None:
        return []
    role: Role = "FIC" if affiliation == "FIC" else "SUPERVISING_UNIT"
    return [
        SupervisingUnitAssigned(
            uscc=association.uscc, supervising_unit=unit, affiliation=affiliation, annual_first_review=association.annual_first_review and role,
            change_consent_role=association.change_consent_role and role,
        )
    ]  # fmt: skip


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when=WORKING)
def classify(
    association: Association, call: Call, so_category: SoCategory, gbt4754: IndustryCodes, priority_list: bool = False
) -> AssociationClassified:
    """Set the field class and the industries [行业分类] (R3)."""
    return AssociationClassified(uscc=association.uscc, so_category=so_category, gbt4754=gbt4754, priority_list=priority_list)


@associations.on(ChangeApproved, when=WORKING, where=lambda e: {"uscc": e.association})
def change(association: Association, call: Call, event: ChangeApproved) -> list[AssociationChanged | SupervisingUnitAssigned]:
    """Enter what a change case has brought [变更登记]."""
    asked = event.proposed
    now: dict[str, Any] = {i: getattr(association, i) if (v := getattr(asked, i)) is None else v for i in ITEMS}
    changed = tuple(i for i in ITEMS if now[i] != getattr(association, i))
    entered = AssociationChanged(
        **now, uscc=association.uscc, changed=changed, name_claim=name_claim(now["name"], association.district),
        legal_claim=now["legal_representative"], consent_on=event.consent_on, applied_on=event.filed_on, late=event.late,
        announced=bool(event.announced), changes=association.changes + 1, late_changes=association.late_changes + event.late, case=event.about,
    )  # fmt: skip
    unit = assigned(association, asked.supervising_unit, asked.affiliation or association.affiliation)
    return [entered, *(unit if "supervising_unit" in changed else ())]


@associations.on(TransferAccepted, when=WORKING, where=lambda e: {"uscc": e.association})
def transfer(association: Association, call: Call, event: TransferAccepted) -> AssociationJurisdictionTransferred:
    """Enter the level and the new city that have taken it over [管理层级移交] (R2)."""
    return AssociationJurisdictionTransferred(
        uscc=association.uscc, level=event.level, district=event.district, name_claim=name_claim(association.name, event.district)
    )


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when="ACTIVE")
def suspend(association: Association, call: Call, reason: Text) -> AssociationSuspended:
    """Order it to stop its activities for a time [责令停止活动]."""
    return AssociationSuspended(uscc=association.uscc, suspended_for=reason)


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when="SUSPENDED")
def resume(association: Association, call: Call) -> AssociationResumed:
    """Let it act again [恢复活动]."""
    return AssociationResumed(uscc=association.uscc)
