"""Information disclosure [信息公开], R35: what an association owes the public or its members to know, and by when (domain §7.4).

An item falls due thirty days after its fact, or on 30 June for the year before. While one is open, a further fact of the same sort does not
move its day. Publishing late is still publishing. The reports and promises that have a record of their own publish their item themselves.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.disclosure.rules import Audience, DisclosureRules, Item, Occasion, rules_in_force
from services.registry.disclosure.service_commitment import STANDING, ServiceCommitment, service_commitments
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import begin_of, end_of
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["REQUIRED", "PUBLISHED", "OVERDUE", "WAIVED"]
OPEN: tuple[Stage, ...] = ("REQUIRED", "OVERDUE")
Link = Annotated[str, Field(min_length=9, max_length=500, pattern=r"^https?://[^\s]+$")]


class Fact(Value):
    """Something happened that must be disclosed; `fact_on` is its day."""

    association: AssociationUscc
    item: Item
    fact_on: date


class DisclosureItem(Record):
    """Item to be disclosed [信息公开事项]"""

    stage: Stage
    association: str
    district: District
    item: Item
    occasion: Occasion
    audience: Audience
    year: int | None
    fact_on: date
    due: date
    required_on: date
    reminder_days: tuple[int, ...]
    rules_version: str
    claim: str | None
    published_on: date | None = None
    on_time: bool | None = None
    document: str | None = None
    url: str | None = None
    reason: str | None = None


class DisclosureRequired(Event, to="REQUIRED", effective="fact_on"):
    """The item must be disclosed by `due`."""

    association: str
    district: District
    item: Item
    occasion: Occasion
    audience: Audience
    year: int | None
    fact_on: date
    due: date
    required_on: date
    reminder_days: tuple[int, ...]
    rules_version: str
    claim: str


class DisclosureDueSoon(Event):
    """So many days are left."""

    association: str
    item: Item
    due: date
    days_left: int


class DisclosurePublished(Event, to="PUBLISHED", effective="published_on"):
    """The item is disclosed; `was_overdue` when its day had been told as missed before."""

    association: str
    item: Item
    audience: Audience
    year: int | None
    fact_on: date
    due: date
    published_on: date
    on_time: bool
    was_overdue: bool
    document: str | None
    url: str | None
    claim: str | None


class DisclosureOverdue(Event, to="OVERDUE"):
    """Its day has passed."""

    association: str
    item: Item
    due: date


class DisclosureWaived(Event, to="WAIVED"):
    """It is owed no more: there is nothing to disclose, or its association has ended."""

    association: str
    item: Item
    reason: str
    claim: None = None


# ── what others tell ──────────────────────────────────────────────────────────────────────────────
class AssociationActivated(Heard, type="registry.associations.association_activated.v1"):
    uscc: str
    activated_on: date


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    changed: tuple[str, ...]
    applied_on: date


class AnnualReportOpened(Heard, type="registry.supervision.annual_report_opened.v1"):
    association: str
    district: District
    year: int


class AnnualReportPublished(Heard, type="registry.supervision.annual_report_published.v1"):
    association: str
    year: int


class CsrReportPublished(Heard, type="registry.disclosure.csr_report_published.v1"):
    association: str
    year: int
    document: str


class ServiceCommitmentPublished(Heard, type="registry.disclosure.service_commitment_published.v1"):
    association: str


disclosure_items = Kind[DisclosureItem, Stage](
    DisclosureItem, "registry.disclosure.disclosure_item", path="disclosure-items", unique=("claim",), index=("association", "item", "year", "audience"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"),
)  # fmt: skip


async def open_items(read: Read, call: Call, record: object, body: Fact | AssociationActivated | AssociationChanged | AnnualReportOpened) -> list[DisclosureItem]:  # fmt: skip
    """Given: what the association has still to disclose, and what it has disclosed of the year the event speaks of."""
    code = body.uscc if isinstance(body, AssociationActivated | AssociationChanged) else body.association
    due = await read.find(disclosure_items, association=code, stage=OPEN)
    if not isinstance(body, AnnualReportOpened):
        return due
    return [*due, *await read.find(disclosure_items, association=code, year=body.year)]


async def promises_standing(read: Read, call: Call, record: object, body: AssociationActivated) -> list[ServiceCommitment]:
    """Given: what the association promises already; events of two records may be heard in either order."""
    return await read.find(service_commitments, association=body.uscc, stage=STANDING)


Rules = Annotated[DisclosureRules, Given(rules_in_force)]
There = Annotated[list[DisclosureItem], Given(open_items)]
Concerned = Annotated[Association | None, Given(association_concerned)]


def claim(association: str, item: Item, year: int | None = None) -> str:
    """One open item of a sort, and of a yearly one one for each year."""
    return f"{association}~{item}~{year or ''}"


def required(association: str, district: District, item: Item, fact_on: date, rules: DisclosureRules, call: Call, year: int | None = None) -> DisclosureRequired:  # fmt: skip
    rule = rules.items[item]
    return DisclosureRequired(
        association=association, district=district, item=item, occasion=rule.occasion, audience=rule.audience, year=year, fact_on=fact_on,
        due=rules.due_of_year(year) if year else rules.due_after(fact_on), required_on=call.today, reminder_days=rules.reminder_days,
        rules_version=rules.version, claim=claim(association, item, year),
    )  # fmt: skip


# ── what must be disclosed ────────────────────────────────────────────────────────────────────────
@disclosure_items.opens(by=("ASSOCIATION", "SO_ADMIN"))
def require(call: Call, form: Fact, rules: Rules, there: There, association: Concerned) -> DisclosureRequired:
    """Say that something happened that must be disclosed [登记公开事项]."""
    subject = living(association)
    if rules.items[form.item].occasion != "FACT":
        raise Malformed("yearly_item", "this item is owed by the year", "该事项按年度公开", pointer="/item")
    if not subject.registered_on <= form.fact_on <= call.today:
        raise Malformed("dates_out_of_order", "after the registration, and not in the future", "日期不正确", pointer="/fact_on")
    if waiting := next((i for i in there if i.item == form.item), None):
        raise Refused(
            "already_required",
            f"this item is open until {waiting.due}",
            f"该事项已在公开期限内（{waiting.due}）",
            due=waiting.due.isoformat(),
        )
    return required(form.association, subject.district, form.item, form.fact_on, rules, call)


@disclosure_items.opens_on(AssociationActivated)
def require_first(call: Call, event: AssociationActivated, rules: Rules, there: There, association: Concerned,
                  promises: Annotated[list[ServiceCommitment], Given(promises_standing)]) -> list[DisclosureRequired]:  # fmt: skip
    """An association that takes up its work says who it is; what it has promised already is published."""
    district, known = (
        association.district if association else None,
        {i.item for i in there} | ({"SERVICE_COMMITMENTS"} if promises else set()),
    )
    wanted = [i for i in rules.at_activation if i not in known] if district else []
    return [required(event.uscc, district, i, event.activated_on, rules, call) for i in wanted if district]


@disclosure_items.opens_on(AssociationChanged)
def require_changed(call: Call, event: AssociationChanged, rules: Rules, there: There, association: Concerned) -> list[DisclosureRequired]:
    """What was registered anew is disclosed anew."""
    district, known = association.district if association else None, {i.item for i in there}
    wanted = [i for i in rules.after_change(event.changed) if i not in known] if district else []
    return [required(event.uscc, district, i, event.applied_on, rules, call) for i in wanted if district]


@disclosure_items.opens_on(AnnualReportOpened)
def require_yearly(call: Call, event: AnnualReportOpened, rules: Rules, there: There) -> list[DisclosureRequired]:
    """The year for which a report is owed is a year to disclose."""
    if not rules.counts(event.year):
        return []
    known, end = {i.item for i in there if i.year == event.year}, date(event.year, 12, 31)
    return [required(event.association, event.district, i, end, rules, call, event.year) for i in rules.yearly if i not in known]


# ── publishing ────────────────────────────────────────────────────────────────────────────────────
@disclosure_items.command(by="ASSOCIATION", when=OPEN)
def publish(item: DisclosureItem, call: Call, document: Line, url: Link | None = None) -> DisclosurePublished:
    """Disclose it [公开]; late is still disclosed. `document` by its reference, `url` where else it stands."""
    return published(item, call, document, url)


@disclosure_items.command(by="SO_ADMIN", when=OPEN)
def waive(item: DisclosureItem, call: Call, reason: Text) -> DisclosureWaived:
    """There is nothing to disclose [免予公开]."""
    return DisclosureWaived(association=item.association, item=item.item, reason=reason)


def published(item: DisclosureItem, call: Call, document: str | None, url: str | None = None) -> DisclosurePublished:
    """A yearly item keeps its claim: no year is disclosed twice."""
    return DisclosurePublished(
        association=item.association, item=item.item, audience=item.audience, year=item.year, fact_on=item.fact_on, due=item.due, published_on=call.today,
        on_time=call.today <= item.due, was_overdue=item.stage == "OVERDUE", document=document, url=url, claim=item.claim if item.year else None,
    )  # fmt: skip


@disclosure_items.on(AnnualReportPublished, when=OPEN, where=lambda e: {"claim": claim(e.association, "ANNUAL_REPORT", e.year)})
def publish_annual_report(item: DisclosureItem, call: Call, event: AnnualReportPublished) -> DisclosurePublished:
    """The authority has published the annual report."""
    return published(item, call, event.about)


@disclosure_items.on(CsrReportPublished, when=OPEN, where=lambda e: {"claim": claim(e.association, "CSR_REPORT", e.year)})
def publish_csr_report(item: DisclosureItem, call: Call, event: CsrReportPublished) -> DisclosurePublished:
    """The social-responsibility report is out."""
    return published(item, call, event.document)


@disclosure_items.on(ServiceCommitmentPublished, when=OPEN, where=lambda e: {"claim": claim(e.association, "SERVICE_COMMITMENTS")})
def publish_commitments(item: DisclosureItem, call: Call, event: ServiceCommitmentPublished) -> DisclosurePublished:
    """The first promise is published."""
    return published(item, call, event.about)


# ── deadlines, and the end of the association ─────────────────────────────────────────────────────
def reminders(item: DisclosureItem) -> list[datetime]:
    days = (item.due - timedelta(days=n) for n in item.reminder_days)
    return [begin_of(d) for d in days if d > item.required_on]


@disclosure_items.clock(when="REQUIRED", at=reminders)
def remind(item: DisclosureItem, call: Call) -> DisclosureDueSoon | None:
    """Some days before; not when the last day has passed meanwhile, for then that is told."""
    left = (item.due - call.today).days
    return DisclosureDueSoon(association=item.association, item=item.item, due=item.due, days_left=left) if left >= 0 else None


@disclosure_items.clock(when="REQUIRED", at=lambda i: end_of(i.due))
def expire(item: DisclosureItem, call: Call) -> DisclosureOverdue:
    """The last day has passed."""
    return DisclosureOverdue(association=item.association, item=item.item, due=item.due)


@disclosure_items.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def lapse(item: DisclosureItem, call: Call, event: AssociationEnded) -> DisclosureWaived:
    """The association has ended: struck off, or its registration revoked."""
    return DisclosureWaived(association=item.association, item=item.item, reason="association ended")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class DisclosureItemHandedOver(HandedOver):
    """Item to be disclosed: gone with its association to another new city."""


follows(disclosure_items, DisclosureItemHandedOver)
