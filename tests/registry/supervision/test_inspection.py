"""Inspections, rectification orders (R27; domain §1.10, §3.6), with their days across the holidays of 2026."""

from datetime import date
from typing import Any

import pytest

from services.registry.supervision import inspection as i
from services.registry.supervision import rectification_order as r
from services.registry.supervision.inspection import inspections
from services.registry.supervision.rectification_order import rectification_orders
from services.registry.supervision.rules import RULES
from shared.record import SHANGHAI, Kind, Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by

NOW = RULES.in_force(MARCH_2)


def announced(on: date = MARCH_2, today: date = date(2026, 2, 2)) -> i.Inspection:
    form = i.Announcement(association=AIR, kind="RANDOM", subjects=("FINANCE", "DISCLOSURE"), inspect_on=on)
    return inspections.open(i.announce(by("SO_ADMIN", today), form, NOW, association()), "inspection-1")


def found(result: Any = "PROBLEMS_FOUND") -> i.Inspection:
    return after(inspections, announced(), i.conclude(announced(), by("SO_ADMIN"), result, "账簿不全"))


def order(due: date = date(2026, 4, 1), inspection: i.Inspection | None = None, today: date = MARCH_2) -> r.RectificationOrder:
    form = r.Order(association=AIR, document_no="责改〔2026〕1号", faults="账簿不全", due=due, inspection=inspection and inspection.id)
    return rectification_orders.open(r.order(by("SO_ADMIN", today), form, NOW, association(), inspection), "order-1")


def days(kind: Kind[Any, Any], record: Any) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in kind.clocks(record, {})]


# ── inspections ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("inspected", "enter_by"),
    [(date(2026, 3, 2), date(2026, 3, 9)),
     (date(2026, 2, 11), date(2026, 2, 25)),  # Spring Festival: 15 to 23 February off, Saturday the 14th worked
     (date(2026, 9, 28), date(2026, 10, 10)),  # National Day: 1 to 7 October off, Saturday the 10th worked
     (date(2026, 10, 8), date(2026, 10, 14))],
)  # fmt: skip
def test_a_result_enters_within_five_working_days(inspected: date, enter_by: date) -> None:
    record = announced(inspected)
    assert record.enter_by == enter_by
    assert days(inspections, record) == [(date.fromordinal(enter_by.toordinal() + 1), "press_for_result")]


def test_what_was_found_is_entered_after_the_day_and_not_before() -> None:
    with pytest.raises(Malformed):
        i.conclude(announced(), by("SO_ADMIN", date(2026, 3, 1)), "NO_PROBLEM", "无")
    assert (found().stage, found().result) == ("CONCLUDED", "PROBLEMS_FOUND")
    assert days(inspections, found()) == []


def test_a_day_that_has_passed_is_not_announced() -> None:
    with pytest.raises(Malformed):
        announced(date(2026, 2, 1))


# ── orders ────────────────────────────────────────────────────────────────────────────────────────
def test_an_order_is_reminded_of_at_half_time_seven_days_and_one_day_before() -> None:
    record = order()
    assert record.remind_on == (date(2026, 3, 17), date(2026, 3, 25), date(2026, 3, 31))
    assert days(rectification_orders, record) == [(date(2026, 3, 17), "remind"), (date(2026, 4, 2), "expire")]


def test_a_short_order_is_reminded_of_what_is_left() -> None:
    assert order(date(2026, 3, 4)).remind_on == (date(2026, 3, 3),)
    with pytest.raises(Malformed):
        order(MARCH_2)


def test_an_order_comes_from_an_inspection_that_found_something_there() -> None:
    assert order(inspection=found()).inspection == "inspection-1"
    elsewhere = found().model_copy(update={"association": "51611100PDY0000440"})
    for wrong in (found("NO_PROBLEM"), announced(), elsewhere):
        with pytest.raises(Refused) as no:
            order(inspection=wrong)
        assert no.value.code == "no_such_finding"


def test_what_is_reported_in_time_is_not_overdue_while_it_is_verified() -> None:
    record = after(rectification_orders, order(), r.report(order(), by("ASSOCIATION", date(2026, 4, 1)), "已整改"))
    assert days(rectification_orders, record) == []
    done = after(rectification_orders, record, r.verify(record, by("SO_ADMIN", date(2026, 4, 20)), True, "属实"))
    assert (done.stage, done.fulfilled_on) == ("FULFILLED", date(2026, 4, 1))
    with pytest.raises(Refused):
        r.report(record, by("ASSOCIATION"), "再报")


def test_what_is_found_not_done_after_its_day_is_overdue_at_once() -> None:
    record = after(rectification_orders, order(), r.report(order(), by("ASSOCIATION", date(2026, 3, 30)), "已整改"))
    record = after(rectification_orders, record, r.verify(record, by("SO_ADMIN", date(2026, 4, 20)), False, "未完成"))
    assert (record.stage, record.reported_on) == ("ISSUED", None)
    assert (date(2026, 4, 2), "expire") in days(rectification_orders, record)
    record = after(rectification_orders, record, r.expire(record, by("CLOCK", date(2026, 4, 20))))
    assert (record.stage, days(rectification_orders, record)) == ("OVERDUE", [])


def test_an_overdue_order_is_still_fulfilled_late() -> None:
    record = after(rectification_orders, order(), r.expire(order(), by("CLOCK", date(2026, 4, 2))))
    record = after(rectification_orders, record, r.report(record, by("ASSOCIATION", date(2026, 4, 3)), "已整改"))
    event = r.verify(record, by("SO_ADMIN", date(2026, 4, 8)), True, "属实")
    assert isinstance(event, r.RectificationFulfilled)
    assert event.late


def test_nobody_verifies_what_was_not_reported() -> None:
    with pytest.raises(Refused) as no:
        r.verify(order(), by("SO_ADMIN"), True, "属实")
    assert no.value.code == "not_reported"


def test_with_the_association_its_orders_end() -> None:
    event = r.lapse(order(), by("PLATFORM"), r.AssociationEnded(about=AIR, uscc=AIR, ended_on=date(2026, 3, 2)))
    assert after(rectification_orders, order(), event).stage == "WITHDRAWN"
