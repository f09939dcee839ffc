"""Charter approval [章程核准], domain §3.3: adopted by ballot, consented, filed within thirty days, approved (art. 18).

The same way as a change of registered items, with other papers and another end: the charter approved last is the one that holds.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from services.registry.associations.association import Association
from services.registry.procedures import ActDocument, Documents, procedure, reminders
from services.registry.registration.change_case import association_named, working
from services.registry.values import AUTHORITY, end_of
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Role, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["ADOPTED", "CONSENTED", "FILED", "APPROVED", "REFUSED", "WITHDRAWN"]
OPEN: tuple[Stage, ...] = ("ADOPTED", "CONSENTED", "FILED")


class CharterForm(Value):
    """The charter as the assembly adopted it, and when."""

    association: AssociationUscc
    charter: Line
    adopted_on: date


class CharterCase(Record):
    """Charter approval [章程核准]"""

    stage: Stage
    association: str
    open_for: str | None
    district: str
    charter: str
    adopted_on: date
    consent_role: Role | None
    days_after_consent: int
    procedure_version: str
    file_by: date | None
    since: date
    overdue: bool = False
    late: bool = False
    papers: tuple[ActDocument, ...] = ()
    defects: tuple[str, ...] = ()
    approved_on: date | None = None
    reason: str | None = None


class CharterAdopted(Event, effective="adopted_on"):
    """The assembly has adopted a charter; it holds when it is approved."""

    stage: Literal["ADOPTED", "CONSENTED"]
    association: str
    open_for: str
    district: str
    charter: str
    adopted_on: date
    consent_role: Role | None
    days_after_consent: int
    procedure_version: str
    file_by: date | None
    since: date


class CharterConsented(Event, to="CONSENTED"):
    """The supervising unit agrees: the thirty days begin."""

    association: str
    document: str
    file_by: date
    since: date


class CharterFilingDueSoon(Event):
    association: str
    file_by: date
    days_left: int


class CharterFilingOverdue(Event):
    association: str
    file_by: date
    overdue: Literal[True] = True


class CharterFiled(Event, to="FILED"):
    """Charter and ballot record are with the authority."""

    association: str
    district: str
    papers: tuple[ActDocument, ...]
    late: bool
    defects: tuple[str, ...] = ()


class CharterReturned(Event, to="CONSENTED"):
    """The papers are wanting [补正]."""

    association: str
    defects: tuple[str, ...]
    file_by: date
    since: date
    overdue: Literal[False] = False


class CharterApproved(Event, to="APPROVED", effective="approved_on"):
    """The authority approves the charter [核准]: it holds from now on."""

    association: str
    charter: str
    adopted_on: date
    approved_on: date
    open_for: None = None


class CharterRefused(Event, to="REFUSED"):
    """The unit does not consent, or the authority does not approve it."""

    association: str
    reason: str
    open_for: None = None


class CharterWithdrawn(Event, to="WITHDRAWN"):
    """Given up, or overtaken by the end of the association."""

    association: str
    reason: str
    open_for: None = None


charter_cases = Kind[CharterCase, Stage](
    CharterCase, "registry.registration.charter_case", path="charter-cases", unique=("open_for",), index=("association", "open_for", "district"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN",),
)  # fmt: skip


class AssociationLiquidationStarted(Heard, type="registry.associations.association_liquidation_started.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


async def under_way(read: Read, call: Call, record: object, body: Any) -> bool:
    """Given: whether one of these is under way for the association."""
    return bool(await read.find(charter_cases, open_for=body.association))


@charter_cases.opens(by=("ASSOCIATION", *AUTHORITY))
def adopt(call: Call, form: CharterForm, holder: Annotated[Association | None, Given(association_named)], busy: Annotated[bool, Given(under_way)]) -> CharterAdopted:  # fmt: skip
    """Hand in the charter the assembly has adopted [申请章程核准]; one at a time."""
    association = working(holder, busy)
    if not association.registered_on <= form.adopted_on <= call.today:
        raise Malformed("dates_out_of_order", "not before the registration, not in the future", "日期不正确", pointer="/adopted_on")
    role, days = association.change_consent_role, association.change_days
    return CharterAdopted(
        stage="ADOPTED" if role else "CONSENTED", association=association.uscc, open_for=association.uscc, district=association.district,
        charter=form.charter, adopted_on=form.adopted_on, consent_role=role, days_after_consent=days,
        procedure_version=procedure("CHARTER", call.today).version, file_by=None if role else form.adopted_on + timedelta(days=days), since=call.today,
    )  # fmt: skip


@charter_cases.command(by=("SUPERVISING_UNIT", "FIC"), when="ADOPTED")
def consent(case: CharterCase, call: Call, document: Line) -> CharterConsented:
    """The supervising unit agrees [业务主管单位审查同意]."""
    supervises(case, call)
    file_by = call.today + timedelta(days=case.days_after_consent)
    return CharterConsented(association=case.association, document=document, file_by=file_by, since=call.today)


@charter_cases.command(by=("SUPERVISING_UNIT", "FIC"), when="ADOPTED")
def decline_consent(case: CharterCase, call: Call, reason: Text) -> CharterRefused:
    """The supervising unit does not agree [业务主管单位不同意]."""
    supervises(case, call)
    return CharterRefused(association=case.association, reason=reason)


def supervises(case: CharterCase, call: Call) -> None:
    if call.role != case.consent_role:
        raise Refused("not_the_supervisor", f"{call.role} does not supervise this association", "本单位不是该社会组织的业务主管单位")


@charter_cases.command(by=("ASSOCIATION", *AUTHORITY), when="CONSENTED")
def file(case: CharterCase, call: Call, papers: Documents) -> CharterFiled:
    """Hand in the charter and the record of the ballot [提交核准材料], in time or late."""
    rule = procedure("CHARTER", call.today, case.procedure_version)
    rule.complete((p.kind for p in papers), consented=case.consent_role is not None)
    late = case.file_by is not None and call.today > case.file_by
    return CharterFiled(association=case.association, district=case.district, papers=papers, late=late or case.late)


@charter_cases.command(by=AUTHORITY, when="FILED")
def return_papers(case: CharterCase, call: Call, defects: tuple[Line, ...]) -> CharterReturned:
    """Say all that is wanting [补正]."""
    if not defects:
        raise Malformed("no_defects", "say what is wanting", "请列明需要补正的内容", pointer="/defects")
    days = procedure("CHARTER", call.today, case.procedure_version).correction_days or case.days_after_consent
    file_by = max(call.today + timedelta(days=days), case.file_by or call.today)
    return CharterReturned(association=case.association, defects=defects, file_by=file_by, since=call.today)


@charter_cases.command(by=AUTHORITY, when="FILED")
def approve(case: CharterCase, call: Call) -> CharterApproved:
    """Approve it [核准章程]."""
    return CharterApproved(association=case.association, charter=case.charter, adopted_on=case.adopted_on, approved_on=call.today)


@charter_cases.command(by=AUTHORITY, when="FILED")
def refuse(case: CharterCase, call: Call, reason: Text) -> CharterRefused:
    """Do not approve it [不予核准]."""
    return CharterRefused(association=case.association, reason=reason)


@charter_cases.command(by="ASSOCIATION", when=OPEN)
def withdraw(case: CharterCase, call: Call, reason: Text) -> CharterWithdrawn:
    """Give it up [撤回]."""
    return CharterWithdrawn(association=case.association, reason=reason)


def due_soon(case: CharterCase) -> list[datetime]:
    return reminders(procedure("CHARTER", case.adopted_on, case.procedure_version), case.file_by, case.since)


@charter_cases.clock(when="CONSENTED", at=due_soon)
def remind(case: CharterCase, call: Call) -> CharterFilingDueSoon | None:
    """The day by which the papers are due comes near."""
    if case.file_by is None:
        return None
    return CharterFilingDueSoon(association=case.association, file_by=case.file_by, days_left=(case.file_by - call.today).days)


@charter_cases.clock(when="CONSENTED", at=lambda case: end_of(case.file_by) if case.file_by and not case.overdue else None)
def press_for_filing(case: CharterCase, call: Call) -> CharterFilingOverdue | None:
    """The days after the consent are over, and nothing was filed."""
    return CharterFilingOverdue(association=case.association, file_by=case.file_by) if case.file_by else None


@charter_cases.on(AssociationLiquidationStarted, when=OPEN, where=lambda e: {"open_for": e.uscc})
def lapse(case: CharterCase, call: Call, event: AssociationLiquidationStarted) -> CharterWithdrawn:
    """Who is being liquidated needs no other charter."""
    return CharterWithdrawn(association=case.association, reason="liquidation")


@charter_cases.on(AssociationRegistrationRevoked, when=OPEN, where=lambda e: {"open_for": e.uscc})
def lapse_when_revoked(case: CharterCase, call: Call, event: AssociationRegistrationRevoked) -> CharterWithdrawn:
    """What was revoked needs no other charter."""
    return CharterWithdrawn(association=case.association, reason="revocation")
