"""Rectification orders [责令改正]: issued with a last day, reported as done, verified; what is not done in time goes to the credit list (R27).

An order reported in time is not overdue while the authority verifies it; refused after its day it is overdue at once.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.jurisdiction import HandedOver, follows
from services.registry.supervision.inspection import Inspection, inspections
from services.registry.supervision.rules import SUPERVISORS, SupervisionRules, rules_in_force
from services.registry.values import begin_of, end_of
from shared.district import District
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["ISSUED", "OVERDUE", "FULFILLED", "WITHDRAWN"]
OPEN: tuple[Stage, ...] = ("ISSUED", "OVERDUE")


class Order(Value):
    """`inspection`: the one that found it, if any; `due` is the last day."""

    association: AssociationUscc
    document_no: Line
    faults: Text
    due: date
    inspection: Line | None = None


class RectificationOrder(Record):
    """Rectification order [责令改正通知书]"""

    stage: Stage
    association: str
    district: District
    document_no: str
    faults: str
    due: date
    inspection: str | None
    ordered_on: date
    remind_on: tuple[date, ...]
    rules_version: str
    reported_on: date | None = None
    report: str | None = None
    fulfilled_on: date | None = None
    reason: str | None = None


class RectificationOrdered(Event, to="ISSUED", effective="ordered_on"):
    """The association must mend this by `due`."""

    association: str
    district: District
    document_no: str
    faults: str
    due: date
    inspection: str | None
    ordered_on: date
    remind_on: tuple[date, ...]
    rules_version: str


class RectificationDueSoon(Event):
    """Half of the time is over, or seven days or one day are left."""

    association: str
    due: date
    days_left: int


class RectificationReported(Event):
    """The association says it is done; the authority verifies."""

    association: str
    report: str
    reported_on: date


class RectificationReportRejected(Event):
    """It is not done."""

    association: str
    due: date
    reason: str
    report: None = None
    reported_on: None = None


class RectificationFulfilled(Event, to="FULFILLED", effective="fulfilled_on"):
    """It is done, and verified; `late` when it was reported after its day."""

    association: str
    fulfilled_on: date
    late: bool


class RectificationOverdue(Event, to="OVERDUE"):
    """Its day has passed: a cause for the abnormal activity list (domain §3.6)."""

    association: str
    due: date


class RectificationWithdrawn(Event, to="WITHDRAWN"):
    """The order holds no more: taken back, or its association has ended."""

    association: str
    reason: str


rectification_orders = Kind[RectificationOrder, Stage](
    RectificationOrder, "registry.supervision.rectification_order", path="rectification-orders", index=("association",),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"),
)  # fmt: skip


async def inspection_named(read: Read, call: Call, record: object, body: Order) -> Inspection | None:
    """Given: the inspection the order comes from."""
    return await read.get(inspections, body.inspection) if body.inspection else None


def remind_on(ordered_on: date, due: date, rules: SupervisionRules) -> tuple[date, ...]:
    """Half-time and so many days before, those that lie after the day of the order."""
    half = {ordered_on + (due - ordered_on) // 2} if rules.half_time else set()
    return tuple(sorted(d for d in half | {due - timedelta(days=n) for n in rules.reminder_days} if ordered_on < d <= due))


@rectification_orders.opens(by=SUPERVISORS)
def order(call: Call, form: Order, rules: Annotated[SupervisionRules, Given(rules_in_force)],
          association: Annotated[Association | None, Given(association_concerned)],
          inspection: Annotated[Inspection | None, Given(inspection_named)]) -> RectificationOrdered:  # fmt: skip
    """Order the association to mend what is wrong [责令改正]."""
    subject = living(association)
    if form.due <= call.today:
        raise Malformed("due_has_passed", "the last day lies after today", "整改期限须晚于今日", pointer="/due")
    if form.inspection and (inspection is None or inspection.association != form.association or inspection.result != "PROBLEMS_FOUND"):
        raise Refused("no_such_finding", "this inspection found nothing wrong here", "该检查未发现本组织的问题", pointer="/inspection")
    return RectificationOrdered(
        **form.model_dump(), district=subject.district, ordered_on=call.today, remind_on=remind_on(call.today, form.due, rules),
        rules_version=rules.version,
    )  # fmt: skip


@rectification_orders.command(by="ASSOCIATION", when=OPEN)
def report(order: RectificationOrder, call: Call, report: Text) -> RectificationReported:
    """Report that it is done [报告整改情况]; late is still reported."""
    if order.reported_on:
        raise Refused("already_reported", f"reported on {order.reported_on}", f"已于 {order.reported_on} 报告")
    return RectificationReported(association=order.association, report=report, reported_on=call.today)


@rectification_orders.command(by=SUPERVISORS, when=OPEN)
def verify(order: RectificationOrder, call: Call, done: bool, finding: Text) -> RectificationFulfilled | RectificationReportRejected:
    """Verify what was reported [整改核查]."""
    if order.reported_on is None:
        raise Refused("not_reported", "the association has not reported", "该组织尚未报告整改情况")
    if not done:
        return RectificationReportRejected(association=order.association, due=order.due, reason=finding)
    return RectificationFulfilled(association=order.association, fulfilled_on=order.reported_on, late=order.reported_on > order.due)


@rectification_orders.command(by=SUPERVISORS, when=OPEN)
def withdraw(order: RectificationOrder, call: Call, reason: Text) -> RectificationWithdrawn:
    """Take the order back [撤回]."""
    return RectificationWithdrawn(association=order.association, reason=reason)


def reminders(order: RectificationOrder) -> list[datetime]:
    return [] if order.reported_on else [begin_of(d) for d in order.remind_on]


@rectification_orders.clock(when="ISSUED", at=reminders)
def remind(order: RectificationOrder, call: Call) -> RectificationDueSoon:
    """Half-time, seven days and one day before."""
    return RectificationDueSoon(association=order.association, due=order.due, days_left=max(0, (order.due - call.today).days))


@rectification_orders.clock(when="ISSUED", at=lambda o: None if o.reported_on else end_of(o.due))
def expire(order: RectificationOrder, call: Call) -> RectificationOverdue:
    """The last day has passed, and nothing was reported."""
    return RectificationOverdue(association=order.association, due=order.due)


@rectification_orders.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def lapse(order: RectificationOrder, call: Call, event: AssociationEnded) -> RectificationWithdrawn:
    """The association has ended: struck off, or its registration revoked."""
    return RectificationWithdrawn(association=order.association, reason="association ended")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class RectificationOrderHandedOver(HandedOver):
    """Rectification order: gone with its association to another new city."""


follows(rectification_orders, RectificationOrderHandedOver)
