"""Transfer to another level or new city [管理层级移交], R2; domain §3.3: handed over by one authority, taken over by the other.

The level decides which authority acts and who sees the record. The name is held in the new district from the proposal on, and looked
at again when the transfer is taken over.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from services.registry.associations.association import Association, associations
from services.registry.procedures import ActDocument, Documents, procedure
from services.registry.registration.change_case import association_named, change_cases, working
from services.registry.registration.holdings import held_by_others
from services.registry.registration.naming import Taken, check_place, name_claim, refuse_same_home, refuse_same_name
from services.registry.values import AUTHORITY, Level, end_of
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["PROPOSED", "ACCEPTED", "COMPLETED", "DECLINED", "WITHDRAWN"]
MOVING: tuple[Stage, ...] = ("PROPOSED", "ACCEPTED")


class TransferForm(Value):
    """Which association goes where, and why; with the lists of what is handed over."""

    association: AssociationUscc
    level: Level
    district: District
    reason: Text
    papers: Documents


class Transfer(Record):
    """Transfer to another level or new city [管理层级移交]"""

    stage: Stage
    association: str
    open_for: str | None
    name: str
    name_claim: str | None
    from_district: str
    level: Level
    district: District
    reason: str
    papers: tuple[ActDocument, ...]
    proposed_on: date
    take_over_by: date
    procedure_version: str
    overdue: bool = False


class TransferProposed(Event, to="PROPOSED"):
    """An association is to pass to another authority; that one is asked to take it over."""

    association: str
    open_for: str
    name: str
    name_claim: str
    from_district: str
    level: Level
    district: District
    reason: str
    papers: tuple[ActDocument, ...]
    proposed_on: date
    take_over_by: date
    procedure_version: str


class TransferAccepted(Event, to="ACCEPTED"):
    """The other authority takes it over [接收]; the register says so in its own event."""

    association: AssociationUscc
    level: Level
    district: District


class TransferOverdue(Event):
    association: str
    district: District
    take_over_by: date
    overdue: Literal[True] = True


class TransferDeclined(Event, to="DECLINED"):
    association: str
    district: District
    reason: str
    open_for: None = None
    name_claim: None = None


class TransferWithdrawn(Event, to="WITHDRAWN"):
    """Taken back, or overtaken by the end of the association."""

    association: str
    reason: str
    open_for: None = None
    name_claim: None = None


class TransferCompleted(Event, to="COMPLETED"):
    """The register has it."""

    association: str
    open_for: None = None
    name_claim: None = None


transfers = Kind[Transfer, Stage](
    Transfer, "registry.registration.transfer", path="transfers", unique=("open_for", "name_claim"),
    index=("association", "district", "open_for", "name_claim"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN",),
)  # fmt: skip


class AssociationJurisdictionTransferred(Heard, type="registry.associations.association_jurisdiction_transferred.v1"):
    uscc: str


class AssociationLiquidationStarted(Heard, type="registry.associations.association_liquidation_started.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


async def what_is_taken(read: Read, call: Call, transfer: Transfer | None, body: Any) -> Taken:
    """Given: who holds the name, and the home region, in the district it is to go to."""
    association = await read.get(associations, transfer.association if transfer else body.association)
    if association is None:
        return Taken()
    district = transfer.district if transfer else body.district
    return await held_by_others(read, district, name=association.name, home_region=association.home_region, own=association.uscc)


async def association_moving(read: Read, call: Call, transfer: Transfer, body: object) -> Association | None:
    """Given: the association as the register has it now."""
    return await read.get(associations, transfer.association)


async def renaming_under_way(read: Read, call: Call, transfer: Transfer, body: object) -> bool:
    """Given: whether it is about to change its name."""
    return any(c.name_claim for c in await read.find(change_cases, open_for=transfer.association))


async def under_way(read: Read, call: Call, record: object, body: Any) -> bool:
    """Given: whether one of these is under way for the association."""
    return bool(await read.find(transfers, open_for=body.association))


@transfers.opens(by="REG_AUTHORITY")
def propose(
    call: Call, form: TransferForm, holder: Annotated[Association | None, Given(association_named)], taken: Annotated[Taken, Given(what_is_taken)],
    busy: Annotated[bool, Given(under_way)]
) -> TransferProposed:  # fmt: skip
    """Hand an association over to another level or new city [移交]."""
    association = working(holder, busy)
    check_place(form.level, form.district)
    if form.district == association.district:
        raise Refused("already_there", "it belongs there already", "该组织已属该区域", pointer="/district")
    refuse_same_name(association.name, taken)
    refuse_same_home(taken)
    rule = procedure("TRANSFER", call.today)
    rule.complete(p.kind for p in form.papers)
    return TransferProposed(
        association=association.uscc, open_for=association.uscc, name=association.name, name_claim=name_claim(association.name, form.district),
        from_district=association.district, level=form.level, district=form.district, reason=form.reason, papers=form.papers, proposed_on=call.today,
        take_over_by=call.today + timedelta(days=rule.days or 0), procedure_version=rule.version,
    )  # fmt: skip


@transfers.command(by=AUTHORITY, when="PROPOSED")
def accept(
    transfer: Transfer,
    call: Call,
    taken: Annotated[Taken, Given(what_is_taken)],
    holder: Annotated[Association | None, Given(association_moving)],
    renaming: Annotated[bool, Given(renaming_under_way)],
) -> TransferAccepted:
    """Take it over [接收]; meanwhile its name may not have come into use there, nor it have got another."""
    association = working(holder)
    if renaming or association.name != transfer.name:
        raise Refused(
            "name_changed", "its name changes or has changed; propose the transfer again", "该组织名称已变更或正在变更，请重新提出移交"
        )
    refuse_same_name(transfer.name, taken)
    refuse_same_home(taken)
    return TransferAccepted(association=transfer.association, level=transfer.level, district=transfer.district)


@transfers.command(by=AUTHORITY, when="PROPOSED")
def decline(transfer: Transfer, call: Call, reason: Text) -> TransferDeclined:
    """Do not take it over [不予接收]."""
    return TransferDeclined(association=transfer.association, district=transfer.district, reason=reason)


@transfers.command(by="REG_AUTHORITY", when="PROPOSED")
def withdraw(transfer: Transfer, call: Call, reason: Text) -> TransferWithdrawn:
    """Take the proposal back [撤回移交]."""
    return TransferWithdrawn(association=transfer.association, reason=reason)


@transfers.clock(when="PROPOSED", at=lambda t: None if t.overdue else end_of(t.take_over_by))
def press_for_takeover(transfer: Transfer, call: Call) -> TransferOverdue:
    """Nobody has answered in time."""
    return TransferOverdue(association=transfer.association, district=transfer.district, take_over_by=transfer.take_over_by)


@transfers.on(AssociationJurisdictionTransferred, when="ACCEPTED", where=lambda e: {"open_for": e.uscc})
def complete(transfer: Transfer, call: Call, event: AssociationJurisdictionTransferred) -> TransferCompleted:
    """It stands in the register under its new authority."""
    return TransferCompleted(association=transfer.association)


@transfers.on(AssociationLiquidationStarted, when=MOVING, where=lambda e: {"open_for": e.uscc})
def lapse(transfer: Transfer, call: Call, event: AssociationLiquidationStarted) -> TransferWithdrawn:
    """Who is being liquidated stays where it is."""
    return TransferWithdrawn(association=transfer.association, reason="liquidation")


@transfers.on(AssociationRegistrationRevoked, when=MOVING, where=lambda e: {"open_for": e.uscc})
def lapse_when_revoked(transfer: Transfer, call: Call, event: AssociationRegistrationRevoked) -> TransferWithdrawn:
    """What was revoked stays where it is."""
    return TransferWithdrawn(association=transfer.association, reason="revocation")
