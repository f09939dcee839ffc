"""Change of registered items [变更登记], R1; domain §3.3: resolved, consented, filed within thirty days, registered (art. 18, 23, 27).

The association resolves; where a unit supervises it, the unit consents; from the consent (or where nobody consents, the resolution) the
papers are filed within the days the association's regime allows, or they are late. Name and representative are held from the first day,
and looked at again when the authority registers the change; then the register says so itself (`associations.association`).
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import model_validator

from services.registry.associations.association import ITEMS, WORKING, Association, Item, associations
from services.registry.jurisdiction import HandedOver, follows
from services.registry.procedures import ActDocument, Documents, procedure, reminders
from services.registry.registration.holdings import held_by_others
from services.registry.registration.naming import (
    SimilarName,
    Taken,
    check_home,
    check_name,
    distinct,
    name_claim,
    refuse_same_name,
    refuse_same_person,
    similar_names,
)  # fmt: skip
from services.registry.values import AUTHORITY, Affiliation, PersonRef, end_of
from shared.names import Name
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Role, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["RESOLVED", "CONSENTED", "FILED", "REGISTERED", "REFUSED", "WITHDRAWN"]
CHANGING: tuple[Stage, ...] = ("RESOLVED", "CONSENTED", "FILED", "REGISTERED")
OPEN: tuple[Stage, ...] = ("RESOLVED", "CONSENTED", "FILED")


class Proposed(Value):
    """Registered items to be changed: those that are given. With another supervising unit goes what kind of unit it is."""

    name: Name | None = None
    domicile: Line | None = None
    purpose: Text | None = None
    scope: Text | None = None
    territory: Line | None = None
    legal_representative: PersonRef | None = None
    registered_fund: Fen | None = None
    supervising_unit: Line | None = None
    affiliation: Affiliation | None = None

    @model_validator(mode="after")
    def says_what(self) -> "Proposed":
        if all(getattr(self, item) is None for item in ITEMS):
            raise ValueError("name at least one item to change")
        if (self.supervising_unit is None) != (self.affiliation in (None, "NONE")):
            raise ValueError("a supervising unit and its kind go together")
        return self


class ChangeForm(Value):
    """What the association has resolved, and when (art. 18)."""

    association: AssociationUscc
    items: Proposed
    resolved_on: date


class ChangeCase(Record):
    """Change of registered items [变更登记]"""

    stage: Stage
    association: str
    open_for: str | None  # the association, while this is its one change under way
    district: str
    kind: str
    level: str
    home_region: str | None
    proposed: Proposed
    changed: tuple[Item, ...]
    name_claim: str | None
    legal_claim: str | None
    similar: tuple[SimilarName, ...] = ()
    consent_role: Role | None
    resolved_on: date
    days_after_consent: int
    procedure_version: str
    consent_on: date | None = None
    file_by: date | None = None
    since: date
    papers: tuple[ActDocument, ...] = ()
    defects: tuple[str, ...] = ()
    filed_on: date | None = None
    late: bool = False
    overdue: bool = False
    reason: str | None = None


# ── events ────────────────────────────────────────────────────────────────────────────────────────
class ChangeProposed(Event, effective="resolved_on"):
    """The association has resolved a change. `file_by` is known at once where nobody's consent is needed."""

    stage: Literal["RESOLVED", "CONSENTED"]
    association: str
    open_for: str
    district: str
    kind: str
    level: str
    home_region: str | None
    proposed: Proposed
    changed: tuple[Item, ...]
    name_claim: str | None
    legal_claim: str | None
    similar: tuple[SimilarName, ...]
    consent_role: Role | None
    resolved_on: date
    days_after_consent: int
    procedure_version: str
    consent_on: date | None
    file_by: date | None
    since: date


class ChangeConsented(Event, to="CONSENTED"):
    """The supervising unit agrees: the thirty days begin (art. 18)."""

    association: str
    consent_on: date
    file_by: date
    since: date
    document: str


class ChangeFilingDueSoon(Event):
    association: str
    file_by: date
    days_left: int


class ChangeFilingOverdue(Event):
    association: str
    file_by: date
    overdue: Literal[True] = True


class ChangeFiled(Event, to="FILED", effective="filed_on"):
    """All papers are with the authority. `late`: after the days the law allows."""

    association: str
    district: str
    papers: tuple[ActDocument, ...]
    filed_on: date
    late: bool
    defects: tuple[str, ...] = ()


class ChangeReturned(Event, to="CONSENTED"):
    """The papers are wanting [补正]."""

    association: str
    defects: tuple[str, ...]
    file_by: date
    since: date
    overdue: Literal[False] = False


class ChangeApproved(Event, to="REGISTERED"):
    """The authority registers the change [准予变更]; the register says so in its own event."""

    association: str
    proposed: Proposed
    consent_on: date
    filed_on: date
    late: bool
    announced: tuple[Item, ...]


class ChangeRefused(Event, to="REFUSED"):
    """The unit does not consent, or the authority does not register it."""

    association: str
    reason: str
    open_for: None = None
    name_claim: None = None
    legal_claim: None = None


class ChangeWithdrawn(Event, to="WITHDRAWN"):
    """Given up, or overtaken by the end of the association."""

    association: str
    reason: str
    open_for: None = None
    name_claim: None = None
    legal_claim: None = None


class ChangeEntered(Event):
    """The register has it: it alone holds name and representative."""

    association: str
    open_for: None = None
    name_claim: None = None
    legal_claim: None = None


change_cases = Kind[ChangeCase, Stage](
    ChangeCase, "registry.registration.change_case", path="change-cases", unique=("open_for", "name_claim", "legal_claim"),
    index=("association", "district", "open_for", "name_claim", "legal_claim"), own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN",),
)  # fmt: skip


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    case: str | None = None


class AssociationLiquidationStarted(Heard, type="registry.associations.association_liquidation_started.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


async def association_named(read: Read, call: Call, record: object, body: Any) -> Association | None:
    """Given: the association a form speaks of."""
    return await read.get(associations, body.association)


async def what_is_taken(read: Read, call: Call, case: ChangeCase | None, body: Any) -> Taken:
    """Given: who else holds the name and the person that are proposed."""
    items: Proposed = case.proposed if case else body.items
    if items.name is None and items.legal_representative is None:
        return Taken()
    association = await read.get(associations, case.association if case else body.association)
    if association is None:
        return Taken()
    return await held_by_others(read, association.district, name=items.name, person=items.legal_representative, own=association.uscc)


async def moving(read: Read, call: Call, case: ChangeCase, body: object) -> bool:
    """Given: whether the association is about to pass to another district, where its name would have to be free."""
    from services.registry.registration.transfer import transfers  # a transfer knows of changes, too

    return bool(await read.find(transfers, open_for=case.association))


def working(association: Association | None, busy: bool = False) -> Association:
    """Raises: Refused (`association_not_working`) for one that is not in the register, or is at its end; `already_under_way` where the
    same is under way for it."""
    if association is None or association.stage not in WORKING:
        raise Refused(
            "association_not_working",
            "no association of this code that still works",
            "该社会组织未登记、已进入清算或已终止",
            pointer="/association",
        )
    if busy:
        raise Refused(
            "already_under_way", "one of these is under way for this association", "该组织已有同类事项正在办理", pointer="/association"
        )
    return association


# ── the way of a change ───────────────────────────────────────────────────────────────────────────
async def under_way(read: Read, call: Call, record: object, body: Any) -> bool:
    """Given: whether one of these is under way for the association."""
    return bool(await read.find(change_cases, open_for=body.association))


@change_cases.opens(by=("ASSOCIATION", *AUTHORITY))
def propose(
    call: Call, form: ChangeForm, holder: Annotated[Association | None, Given(association_named)], taken: Annotated[Taken, Given(what_is_taken)],
    busy: Annotated[bool, Given(under_way)]
) -> ChangeProposed:  # fmt: skip
    """Hand in what was resolved [申请变更登记]; one change at a time, and new names and persons are held from now on."""
    association, items = working(holder, busy), form.items
    if not association.registered_on <= form.resolved_on <= call.today:
        raise Malformed("dates_out_of_order", "not before the registration, not in the future", "日期不正确", pointer="/resolved_on")
    changed = tuple(i for i in ITEMS if getattr(items, i) is not None and getattr(items, i) != getattr(association, i))
    if not changed:
        raise Refused("nothing_changes", "the register says so already", "登记事项没有变化", pointer="/items")
    name = items.name if "name" in changed else None
    if name is not None:
        check_name(name, association.kind, association.level, association.district)
        if association.home_region:
            check_home(name, association.home_region)
        refuse_same_name(name, taken)
    if "legal_representative" in changed:
        refuse_same_person(taken)
    role, rule = association.change_consent_role, procedure("CHANGE", call.today)
    days = association.change_days
    return ChangeProposed(
        stage="RESOLVED" if role else "CONSENTED", association=association.uscc, open_for=association.uscc, district=association.district,
        kind=association.kind, level=association.level, home_region=association.home_region, proposed=items, changed=changed,
        name_claim=name_claim(name, association.district) if name else None,
        legal_claim=items.legal_representative if "legal_representative" in changed else None,
        similar=similar_names(name, taken.names) if name else (), consent_role=role, resolved_on=form.resolved_on, days_after_consent=days,
        procedure_version=rule.version, consent_on=None if role else form.resolved_on,
        file_by=None if role else form.resolved_on + timedelta(days=days), since=call.today,
    )  # fmt: skip


@change_cases.command(by=("SUPERVISING_UNIT", "FIC"), when="RESOLVED")
def consent(case: ChangeCase, call: Call, document: Line) -> ChangeConsented:
    """The supervising unit agrees [业务主管单位同意变更]."""
    supervises(case, call)
    file_by = call.today + timedelta(days=case.days_after_consent)
    return ChangeConsented(association=case.association, consent_on=call.today, file_by=file_by, since=call.today, document=document)


@change_cases.command(by=("SUPERVISING_UNIT", "FIC"), when="RESOLVED")
def decline_consent(case: ChangeCase, call: Call, reason: Text) -> ChangeRefused:
    """The supervising unit does not agree [业务主管单位不同意变更]."""
    supervises(case, call)
    return ChangeRefused(association=case.association, reason=reason)


def supervises(case: ChangeCase, call: Call) -> None:
    if call.role != case.consent_role:
        raise Refused("not_the_supervisor", f"{call.role} does not supervise this association", "本单位不是该社会组织的业务主管单位")


@change_cases.command(by=("ASSOCIATION", *AUTHORITY), when="CONSENTED")
def file(case: ChangeCase, call: Call, papers: Documents) -> ChangeFiled:
    """Hand in all papers [提交变更材料], in time or late."""
    rule = procedure("CHANGE", call.today, case.procedure_version)
    rule.complete((p.kind for p in papers), consented=case.consent_role is not None, items=case.changed)
    late = case.file_by is not None and call.today > case.file_by
    return ChangeFiled(association=case.association, district=case.district, papers=papers, filed_on=call.today, late=late or case.late)


@change_cases.command(by=AUTHORITY, when="FILED")
def return_papers(case: ChangeCase, call: Call, defects: tuple[Line, ...]) -> ChangeReturned:
    """Say all that is wanting [补正]; there are days to mend it, and what was filed in time is not late for that."""
    if not defects:
        raise Malformed("no_defects", "say what is wanting", "请列明需要补正的内容", pointer="/defects")
    days = procedure("CHANGE", call.today, case.procedure_version).correction_days or case.days_after_consent
    file_by = max(call.today + timedelta(days=days), case.file_by or call.today)
    return ChangeReturned(association=case.association, defects=defects, file_by=file_by, since=call.today)


@change_cases.command(by=AUTHORITY, when="FILED")
def register(
    case: ChangeCase,
    call: Call,
    taken: Annotated[Taken, Given(what_is_taken)],
    transferred: Annotated[bool, Given(moving)],
    acknowledged: tuple[Line, ...] = (),
) -> ChangeApproved:
    """Register it [准予变更登记]; each name like a new one must be acknowledged by the officer who looked at it."""
    if "name" in case.changed and case.proposed.name:
        if transferred:
            raise Refused("transfer_under_way", "it is being transferred; a new name must wait", "该组织正在移交，名称变更须待移交完成")
        distinct(case.proposed.name, taken, acknowledged)
    if "legal_representative" in case.changed:
        refuse_same_person(taken)
    rule = procedure("CHANGE", call.today, case.procedure_version)
    return ChangeApproved(
        association=case.association, proposed=case.proposed, consent_on=case.consent_on or case.resolved_on, filed_on=case.filed_on or call.today,
        late=case.late, announced=tuple(i for i in case.changed if i in rule.announced),
    )  # fmt: skip


@change_cases.command(by=AUTHORITY, when="FILED")
def refuse(case: ChangeCase, call: Call, reason: Text) -> ChangeRefused:
    """Do not register it [不予变更登记]."""
    return ChangeRefused(association=case.association, reason=reason)


@change_cases.command(by="ASSOCIATION", when=OPEN)
def withdraw(case: ChangeCase, call: Call, reason: Text) -> ChangeWithdrawn:
    """Give it up [撤回变更申请]."""
    return ChangeWithdrawn(association=case.association, reason=reason)


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────
def due_soon(case: ChangeCase) -> list[datetime]:
    return reminders(procedure("CHANGE", case.resolved_on, case.procedure_version), case.file_by, case.since)


@change_cases.clock(when="CONSENTED", at=due_soon)
def remind(case: ChangeCase, call: Call) -> ChangeFilingDueSoon | None:
    """The day by which the papers are due comes near."""
    if case.file_by is None:
        return None
    return ChangeFilingDueSoon(association=case.association, file_by=case.file_by, days_left=(case.file_by - call.today).days)


@change_cases.clock(when="CONSENTED", at=lambda case: end_of(case.file_by) if case.file_by and not case.overdue else None)
def press_for_filing(case: ChangeCase, call: Call) -> ChangeFilingOverdue | None:
    """The days after the consent are over, and nothing was filed."""
    return ChangeFilingOverdue(association=case.association, file_by=case.file_by) if case.file_by else None


# ── what the register tells ───────────────────────────────────────────────────────────────────────
@change_cases.on(AssociationChanged, when="REGISTERED", where=lambda e: {"id": e.case or ""})
def leave_to_register(case: ChangeCase, call: Call, event: AssociationChanged) -> ChangeEntered | None:
    """What was approved stands in the register."""
    return ChangeEntered(association=case.association) if case.open_for else None


@change_cases.on(AssociationLiquidationStarted, when=CHANGING, where=lambda e: {"open_for": e.uscc})
def lapse(case: ChangeCase, call: Call, event: AssociationLiquidationStarted) -> ChangeWithdrawn:
    """Who is being liquidated changes nothing more."""
    return ChangeWithdrawn(association=case.association, reason="liquidation")


@change_cases.on(AssociationRegistrationRevoked, when=CHANGING, where=lambda e: {"open_for": e.uscc})
def lapse_when_revoked(case: ChangeCase, call: Call, event: AssociationRegistrationRevoked) -> ChangeWithdrawn:
    """What was revoked changes nothing more."""
    return ChangeWithdrawn(association=case.association, reason="revocation")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class ChangeCaseHandedOver(HandedOver):
    """Change of registered items: gone with its association to another new city."""


follows(change_cases, ChangeCaseHandedOver)
