"""Associations and chambers in the register [在册行业协会商会], R1–R4, R19; domain §3.3. The record's id is the credit code.

An association is born by its certificate (the case tells it), becomes active when seal, account and officers are on file, and
lives until it is struck off. What the law has registered changes only here (art. 12, 18), and late changes are marked.
Its ties to the administration are cut in `decoupling.py`, its end is told in `ending.py`: the same record, other chapters.
"""

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import model_validator

from services.registry.registration.naming import Taken, check_name, check_place, distinct, name_claim
from services.registry.values import AUTHORITY, IndustryCodes, Level, PersonRef, RegisteredItems, SoCategory
from shared.district import District
from shared.names import Name
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Text, Value

Stage = Literal["REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING", "DEREGISTERED", "REVOKED"]
LIVING: tuple[Stage, ...] = ("REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING")
WORKING: tuple[Stage, ...] = ("REGISTERED", "ACTIVE", "SUSPENDED")
Origin = Literal["SPONTANEOUS", "GOV_INITIATED", "TRANSFERRED"]
Decoupling = Literal["NOT_APPLICABLE", "PENDING", "DONE"]
Separation = Literal["ORGANISATION", "FUNCTIONS", "ASSETS_AND_FINANCE", "PERSONNEL", "PARTY_AND_FOREIGN_AFFAIRS"]
EndingGround = Literal["PURPOSE_ACHIEVED", "SELF_DISSOLUTION", "MERGER_OR_SPLIT", "OTHER"]
RevocationGround = Literal["FRAUD", "NO_ACTIVITY_ONE_YEAR", "GRAVE_BREACH"]
Item = Literal["name", "domicile", "purpose", "scope", "territory", "legal_representative", "registered_fund", "supervising_unit"]
ITEMS: tuple[Item, ...] = get_args(Item)
ANNOUNCED = ("name", "domicile", "legal_representative")  # changes of these are announced to the public (art. 23)


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────
class Change(Value):
    """Registered items to be changed [变更登记]: those that are given. `consent_on` is the day of the supervising unit's consent,
    or under direct registration of the association's own resolution; `applied_on` the day the papers came in (art. 18)."""

    name: Name | None = None
    domicile: Line | None = None
    purpose: Text | None = None
    scope: Text | None = None
    territory: Line | None = None
    legal_representative: PersonRef | None = None
    registered_fund: Fen | None = None
    supervising_unit: Line | None = None
    consent_on: date
    applied_on: date
    acknowledged: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def says_what(self) -> "Change":
        if all(getattr(self, item) is None for item in ITEMS):
            raise ValueError("name at least one item to change")
        return self


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
    ended_on: date | None = None
    revocation_ground: RevocationGround | None = None
    changes: int = 0
    late_changes: int = 0


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


async def what_is_taken(read: Read, call: Call, record: Association, body: Change) -> Taken:
    """Given: names in the district and mandates of the person, of associations that live and cases on the way to be one."""
    from services.registry.registration.case import PENDING, cases  # the case knows the register, not the other way round

    peers = await read.find(associations, district=record.district, stage=LIVING)
    pending = await read.find(cases, district=record.district, stage=PENDING)
    names = ((a.name, a.uscc) for a in peers if a.uscc != record.uscc), ((c.name, c.id) for c in pending)
    if body.legal_representative is None:
        return Taken(names=(*names[0], *names[1]))
    mandates = await read.find(associations, legal_claim=body.legal_representative)
    wanted = await read.find(cases, legal_claim=body.legal_representative, stage=PENDING)
    represents = (*(a.uscc for a in mandates if a.uscc != record.uscc), *(c.id for c in wanted))
    return Taken(names=(*names[0], *names[1]), represents=represents)


# ── the life of an association ────────────────────────────────────────────────────────────────────
@associations.opens_on(CertificateIssued)
def register(call: Call, event: CertificateIssued) -> AssociationRegistered:
    """Enter in the register what the certificate says."""
    items = {n: getattr(event, n) for n in RegisteredItems.model_fields}
    return AssociationRegistered(**items, name_claim=name_claim(event.name, event.district), legal_claim=event.legal_representative)


@associations.on(RegistrationCompleted, when="REGISTERED", where=lambda e: {"uscc": e.uscc})
def activate(association: Association, call: Call, event: RegistrationCompleted) -> AssociationActivated:
    """All filings are complete."""
    return AssociationActivated(uscc=association.uscc, name=association.name, activated_on=event.completed_on)


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when=WORKING)
def classify(
    association: Association, call: Call, so_category: SoCategory, gbt4754: IndustryCodes, priority_list: bool = False
) -> AssociationClassified:
    """Set the field class and the industries [行业分类] (R3)."""
    return AssociationClassified(uscc=association.uscc, so_category=so_category, gbt4754=gbt4754, priority_list=priority_list)


@associations.command(by=AUTHORITY, when=WORKING)
def change(association: Association, call: Call, form: Change, taken: Annotated[Taken, Given(what_is_taken)]) -> AssociationChanged:
    """Register a change [变更登记]; filed later than allowed after the consent it stands, and is marked late."""
    if not association.registered_on <= form.consent_on <= form.applied_on <= call.today:
        raise Malformed(
            "dates_out_of_order", "registered, consented, applied, today: in this order", "日期先后顺序不正确", pointer="/applied_on"
        )
    now: dict[str, Any] = {i: getattr(association, i) if (v := getattr(form, i)) is None else v for i in ITEMS}
    changed = tuple(i for i in ITEMS if now[i] != getattr(association, i))
    if not changed:
        raise Refused("nothing_changes", "the register says so already", "登记事项没有变化")
    if "name" in changed:
        check_name(now["name"], association.kind, association.level, association.district)
        distinct(now["name"], taken, form.acknowledged)
    if "legal_representative" in changed and taken.represents:
        raise Refused("legal_representative_taken", "this person represents another association", "该人员已担任其他社会团体的法定代表人",
                      pointer="/legal_representative")  # fmt: skip
    late = (form.applied_on - form.consent_on).days > association.change_days
    return AssociationChanged(
        **now, uscc=association.uscc, changed=changed, name_claim=name_claim(now["name"], association.district),
        legal_claim=now["legal_representative"], consent_on=form.consent_on, applied_on=form.applied_on, late=late,
        announced=any(i in ANNOUNCED for i in changed), changes=association.changes + 1, late_changes=association.late_changes + late,
    )  # fmt: skip


@associations.command(by="REG_AUTHORITY", when=WORKING)
def transfer(association: Association, call: Call, level: Level, district: District) -> AssociationJurisdictionTransferred:
    """Move it to another level or new city [管理层级移交] (R2)."""
    check_place(level, district)
    if district == association.district:
        raise Refused("already_there", "it belongs there already", "该组织已属该区域")
    return AssociationJurisdictionTransferred(
        uscc=association.uscc, level=level, district=district, name_claim=name_claim(association.name, district)
    )


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when="ACTIVE")
def suspend(association: Association, call: Call, reason: Text) -> AssociationSuspended:
    """Order it to stop its activities for a time [责令停止活动]."""
    return AssociationSuspended(uscc=association.uscc, suspended_for=reason)


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when="SUSPENDED")
def resume(association: Association, call: Call) -> AssociationResumed:
    """Let it act again [恢复活动]."""
    return AssociationResumed(uscc=association.uscc)
