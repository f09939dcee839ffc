"""Merger and split [合并、分立], domain §3.3, R51: applied for, agreed, approved; then the one that goes is liquidated and struck off.

A merger is of one association into another that survives; three into one are two mergers. A split founds its parts by registration
cases of their own, and ends the association or leaves it as it is. When the merged one is struck off, the survivor answers for it.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from services.registry.associations.association import Association, associations
from services.registry.jurisdiction import HandedOver, follows
from services.registry.procedures import ActDocument, Documents, procedure
from services.registry.registration.change_case import association_named, working
from services.registry.values import AUTHORITY
from shared.record import Call, Event, Given, Heard, Kind, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Form = Literal["MERGER", "SPLIT"]
Stage = Literal["PROPOSED", "AGREED", "APPROVED", "COMPLETED", "REFUSED", "WITHDRAWN"]


class ReorganisationForm(Value):
    """Which association merges into which, or which is split, and whether it ends with that."""

    form: Form
    association: AssociationUscc
    survivor: AssociationUscc | None = None
    dissolves: bool = True
    resolved_on: date
    reason: Text

    @model_validator(mode="after")
    def hangs_together(self) -> "ReorganisationForm":
        if (self.form == "MERGER") != (self.survivor is not None):
            raise ValueError("a merger names who survives, a split does not")
        if self.form == "MERGER" and not self.dissolves:
            raise ValueError("what merges into another ends with it")
        if self.survivor == self.association:
            raise ValueError("an association does not merge into itself")
        return self


class Reorganisation(Record):
    """Merger or split [合并、分立]"""

    stage: Stage
    form: Form
    association: str
    open_for: str | None
    survivor: str | None
    parties: tuple[str, ...]
    district: str
    dissolves: bool
    supervised: bool
    resolved_on: date
    reason: str
    procedure_version: str
    papers: tuple[ActDocument, ...] = ()
    approved_on: date | None = None
    successors: tuple[str, ...] = ()
    refused_because: str | None = None


class ReorganisationProposed(Event, effective="resolved_on"):
    """The assembly has resolved to merge or to split; a merger waits for the survivor to agree."""

    stage: Literal["PROPOSED", "AGREED"]
    form: Form
    association: str
    open_for: str
    survivor: str | None
    parties: tuple[str, ...]
    district: str
    dissolves: bool
    supervised: bool
    resolved_on: date
    reason: str
    procedure_version: str


class MergerAgreed(Event, to="AGREED"):
    """The survivor agrees to take the other in."""

    association: str
    survivor: str
    district: str


class ReorganisationApproved(Event, to="APPROVED", effective="approved_on"):
    """The authority approves it; what is dissolved is liquidated from now on."""

    form: Form
    association: str
    survivor: str | None
    dissolves: bool
    papers: tuple[ActDocument, ...]
    approved_on: date


class SuccessorsNamed(Event):
    """The parts that were founded out of a split association."""

    association: str
    successors: tuple[str, ...]


class ReorganisationCompleted(Event, to="COMPLETED"):
    """Everything is done: what was to end is struck off, and its successors are in the register."""

    form: Form
    association: str
    survivor: str | None
    successors: tuple[str, ...]
    open_for: None = None


class ReorganisationRefused(Event, to="REFUSED"):
    """The survivor does not agree, or the authority does not approve."""

    association: str
    refused_because: str
    open_for: None = None


class ReorganisationWithdrawn(Event, to="WITHDRAWN"):
    """Given up, or overtaken by another end of the association."""

    association: str
    refused_because: str
    open_for: None = None


reorganisations = Kind[Reorganisation, Stage](
    Reorganisation, "registry.registration.reorganisation", path="reorganisations", unique=("open_for",), index=("association", "open_for", "survivor", "district"),
    own={"ASSOCIATION": "parties", "NEW_CITY": "district"}, readers=("SO_ADMIN", "SUPERVISING_UNIT"),
)  # fmt: skip


class AssociationDeregistered(Heard, type="registry.associations.association_deregistered.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


async def survivor_named(read: Read, call: Call, record: Reorganisation | None, body: Any) -> Association | None:
    """Given: the association that is to survive."""
    survivor = record.survivor if record else body.survivor
    return await read.get(associations, survivor) if survivor else None


async def association_itself(read: Read, call: Call, record: Reorganisation, body: object) -> Association | None:
    """Given: the association that merges or splits, as the register has it now."""
    return await read.get(associations, record.association)


async def in_register(read: Read, call: Call, record: Reorganisation, body: Any) -> list[Association]:
    """Given: those of the named successors that are in the register."""
    found = [await read.get(associations, code) for code in body.successors]
    return [a for a in found if a is not None]


def surviving(survivor: Association | None) -> Association:
    """Raises: Refused (`survivor_not_working`)."""
    if survivor is None or survivor.stage not in ("REGISTERED", "ACTIVE"):
        raise Refused("survivor_not_working", "the survivor is not at work", "存续组织未登记或不在正常活动状态", pointer="/survivor")
    return survivor


async def under_way(read: Read, call: Call, record: object, body: Any) -> bool:
    """Given: whether one of these is under way for the association."""
    return bool(await read.find(reorganisations, open_for=body.association))


@reorganisations.opens(by=("ASSOCIATION", *AUTHORITY))
def propose(
    call: Call, form: ReorganisationForm, holder: Annotated[Association | None, Given(association_named)], survivor: Annotated[Association | None, Given(survivor_named)],
    busy: Annotated[bool, Given(under_way)]
) -> ReorganisationProposed:  # fmt: skip
    """Apply for a merger or a split [申请合并、分立]; the one that goes or is split applies."""
    association = working(holder, busy)
    if call.role == "ASSOCIATION" and call.organisation != association.uscc:
        raise Refused(
            "not_the_applicant", "the association that goes or is split applies", "应由被合并或分立的组织申请", pointer="/association"
        )
    if not association.registered_on <= form.resolved_on <= call.today:
        raise Malformed("dates_out_of_order", "not before the registration, not in the future", "日期不正确", pointer="/resolved_on")
    others = (surviving(survivor).uscc,) if form.form == "MERGER" else ()
    return ReorganisationProposed(
        stage="PROPOSED" if others else "AGREED", form=form.form, association=association.uscc, open_for=association.uscc, survivor=form.survivor,
        parties=(association.uscc, *others), district=association.district, dissolves=form.dissolves, supervised=association.supervising_unit is not None,
        resolved_on=form.resolved_on, reason=form.reason, procedure_version=procedure(form.form, call.today).version,
    )  # fmt: skip


@reorganisations.command(by="ASSOCIATION", when="PROPOSED")
def agree(case: Reorganisation, call: Call) -> MergerAgreed:
    """The survivor takes the other in [同意合并]."""
    return MergerAgreed(association=case.association, survivor=only_survivor(case, call), district=case.district)


@reorganisations.command(by="ASSOCIATION", when="PROPOSED")
def decline(case: Reorganisation, call: Call, reason: Text) -> ReorganisationRefused:
    """The survivor does not want it [不同意合并]."""
    only_survivor(case, call)
    return ReorganisationRefused(association=case.association, refused_because=reason)


def only_survivor(case: Reorganisation, call: Call) -> str:
    if call.organisation != case.survivor:
        raise Refused("not_the_survivor", "it is for the survivor to agree", "应由存续组织答复")
    return call.organisation


@reorganisations.command(by=AUTHORITY, when="AGREED")
def approve(
    case: Reorganisation,
    call: Call,
    papers: Documents,
    holder: Annotated[Association | None, Given(association_itself)],
    survivor: Annotated[Association | None, Given(survivor_named)],
) -> ReorganisationApproved:
    """Approve it [准予合并、分立], with its papers."""
    working(holder)
    if case.survivor:
        surviving(survivor)
    procedure(case.form, call.today, case.procedure_version).complete((p.kind for p in papers), consented=case.supervised)
    return ReorganisationApproved(
        form=case.form,
        association=case.association,
        survivor=case.survivor,
        dissolves=case.dissolves,
        papers=papers,
        approved_on=call.today,
    )


@reorganisations.command(by=AUTHORITY, when="AGREED")
def refuse(case: Reorganisation, call: Call, reason: Text) -> ReorganisationRefused:
    """Do not approve it [不予批准]."""
    return ReorganisationRefused(association=case.association, refused_because=reason)


@reorganisations.command(by="ASSOCIATION", when=("PROPOSED", "AGREED"))
def withdraw(case: Reorganisation, call: Call, reason: Text) -> ReorganisationWithdrawn:
    """Give it up [撤回]; the one that applied may, until it is approved."""
    if call.organisation != case.association:
        raise Refused("not_the_applicant", "who applied may give it up", "只能由申请组织撤回")
    return ReorganisationWithdrawn(association=case.association, refused_because=reason)


@reorganisations.command(by=AUTHORITY, when="APPROVED")
def name_successors(
    case: Reorganisation,
    call: Call,
    successors: Annotated[tuple[AssociationUscc, ...], Field(min_length=1, max_length=20)],
    known: Annotated[list[Association], Given(in_register)],
) -> list[SuccessorsNamed | ReorganisationCompleted]:
    """Name the parts a split has founded [登记分立后的组织]; where the association goes on, the split is complete with that."""
    if case.form != "SPLIT":
        raise Refused("not_a_split", "a merger has its survivor", "合并无需登记分立组织")
    unknown = sorted(set(successors) - {a.uscc for a in known})
    if unknown or case.association in successors:
        raise Refused(
            "successor_not_registered",
            "a successor is another association in the register",
            "分立后的组织应已登记",
            pointer="/successors",
            unknown=unknown,
        )
    named = SuccessorsNamed(association=case.association, successors=successors)
    return [named] if case.dissolves else [named, completed(case, successors)]


def completed(case: Reorganisation, successors: tuple[str, ...]) -> ReorganisationCompleted:
    return ReorganisationCompleted(form=case.form, association=case.association, survivor=case.survivor, successors=successors)


@reorganisations.on(AssociationDeregistered, when="APPROVED", where=lambda e: {"open_for": e.uscc})
def complete(case: Reorganisation, call: Call, event: AssociationDeregistered) -> ReorganisationCompleted:
    """The one that was to go is struck off."""
    return completed(case, case.successors)


@reorganisations.on(AssociationRegistrationRevoked, when=("PROPOSED", "AGREED", "APPROVED"), where=lambda e: {"open_for": e.uscc})
def lapse(case: Reorganisation, call: Call, event: AssociationRegistrationRevoked) -> ReorganisationWithdrawn:
    """What was revoked neither merges nor splits."""
    return ReorganisationWithdrawn(association=case.association, refused_because="revocation")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class ReorganisationHandedOver(HandedOver):
    """Merger or split: gone with its association to another new city."""


follows(reorganisations, ReorganisationHandedOver)
