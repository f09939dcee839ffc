"""Information disclosure (R35; domain §7.4): twelve items, thirty days after their fact or by 30 June."""

from datetime import date
from typing import Any

import pytest

from services.registry.disclosure import disclosure_item as d
from services.registry.disclosure.disclosure_item import disclosure_items
from services.registry.disclosure.rules import RULES, DisclosureRules, Item
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.disclosure.test_service_commitment import published
from tests.registry.examples import AIR, MARCH_2, after, association, by

NOW = RULES.in_force(MARCH_2)


def required(item: Item = "CHARTER", fact_on: date = MARCH_2) -> d.DisclosureItem:
    form = d.Fact(association=AIR, item=item, fact_on=fact_on)
    return disclosure_items.open(d.require(by("ASSOCIATION"), form, NOW, [], association()), "item-1")


def opened_year(year: int = 2025, there: list[d.DisclosureItem] | None = None) -> list[d.DisclosureItem]:
    event = d.AnnualReportOpened(about=f"{AIR}~{year}", association=AIR, district="XX", year=year)
    events = d.require_yearly(by("PLATFORM"), event, NOW, there or [])
    return [disclosure_items.open(e, f"year-{n}") for n, e in enumerate(events)]


def days(record: d.DisclosureItem) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in disclosure_items.clocks(record, {})]


def test_there_are_twelve_items_six_by_fact_and_six_by_year() -> None:
    assert len(NOW.items) == 12
    assert len(NOW.yearly) == len(NOW.at_activation) == 6
    assert {i for i, rule in NOW.items.items() if rule.audience == "MEMBERS"} == {"FEE_INCOME_AND_USE"}


def test_an_item_is_due_thirty_days_after_its_fact() -> None:
    assert required().due == date(2026, 4, 1)
    assert days(required()) == [(date(2026, 3, 25), "remind"), (date(2026, 4, 2), "expire")]


def test_a_reminder_that_comes_after_the_last_day_is_none() -> None:
    told = d.remind(required(), by("CLOCK", date(2026, 4, 1)))
    assert told is not None
    assert told.days_left == 0
    assert d.remind(required(), by("CLOCK", date(2026, 4, 2))) is None


def test_a_new_association_says_who_it_is() -> None:
    event = d.AssociationActivated(about=AIR, uscc=AIR, activated_on=MARCH_2)
    events = d.require_first(by("PLATFORM"), event, NOW, [], association(), [])
    assert tuple(e.item for e in events) == NOW.at_activation
    assert d.require_first(by("PLATFORM"), event, NOW, [], None, []) == []


def test_a_promise_heard_before_the_activation_is_not_asked_for_again() -> None:
    event = d.AssociationActivated(about=AIR, uscc=AIR, activated_on=MARCH_2)
    events = d.require_first(by("PLATFORM"), event, NOW, [], association(), [published()])
    assert "SERVICE_COMMITMENTS" not in {e.item for e in events}
    assert len(events) == 5


@pytest.mark.parametrize(
    ("changed", "items"),
    [(("domicile",), ["REGISTRATION_ITEMS"]), (("legal_representative",), ["REGISTRATION_ITEMS", "ORGANS_AND_OFFICERS"]),
     (("name", "scope"), ["REGISTRATION_ITEMS", "CHARTER"])],
)  # fmt: skip
def test_what_was_registered_anew_is_disclosed_anew_from_the_day_of_the_change(changed: tuple[str, ...], items: list[str]) -> None:
    event = d.AssociationChanged(about=AIR, uscc=AIR, changed=changed, applied_on=date(2026, 2, 20))
    events = d.require_changed(by("PLATFORM"), event, NOW, [], association())
    assert [e.item for e in events] == items
    assert {e.due for e in events} == {date(2026, 3, 22)}


def test_while_an_item_is_open_a_further_change_does_not_move_its_day() -> None:
    event = d.AssociationChanged(about=AIR, uscc=AIR, changed=("name",), applied_on=MARCH_2)
    events = d.require_changed(by("PLATFORM"), event, NOW, [required("CHARTER", date(2026, 2, 10))], association())
    assert [e.item for e in events] == ["REGISTRATION_ITEMS"]
    with pytest.raises(Refused) as no:
        d.require(by("ASSOCIATION"), d.Fact(association=AIR, item="CHARTER", fact_on=MARCH_2), NOW, [required()], association())
    assert no.value.code == "already_required"


def test_with_the_reporting_year_its_six_items_are_due_by_the_thirtieth_of_june_once() -> None:
    items = opened_year()
    assert [i.item for i in items] == list(NOW.yearly)
    assert {i.due for i in items} == {date(2026, 6, 30)}
    assert days(items[0]) == [(date(2026, 6, 23), "remind"), (date(2026, 7, 1), "expire")]
    assert opened_year(there=items) == []
    assert len(opened_year(2026, there=items)) == 6
    with pytest.raises(Malformed):
        required("AUDIT_SUMMARY")


@pytest.mark.parametrize(("on", "in_time"), [(date(2026, 4, 1), True), (date(2026, 4, 2), False)])
def test_in_time_until_the_last_day(on: date, in_time: bool) -> None:
    event = d.publish(required(), by("ASSOCIATION", on), "章程.pdf")
    assert (event.on_time, event.was_overdue, event.claim) == (in_time, False, None)
    assert after(disclosure_items, required(), event).stage == "PUBLISHED"


def test_late_is_still_published_and_says_it_was_missed() -> None:
    record = after(disclosure_items, required(), d.expire(required(), by("CLOCK", date(2026, 4, 2))))
    assert (record.stage, days(record)) == ("OVERDUE", [])
    event = d.publish(record, by("ASSOCIATION", date(2026, 5, 1)), "章程.pdf", "https://example.cn/charter")
    assert (event.on_time, event.was_overdue) == (False, True)


def test_a_year_is_not_disclosed_twice() -> None:
    record = opened_year()[0]
    assert after(disclosure_items, record, d.publish(record, by("ASSOCIATION"), "x")).claim == f"{AIR}~{record.item}~2025"


def test_reports_and_promises_that_come_out_publish_their_item() -> None:
    by_item = {i.item: i for i in opened_year()}
    heard: list[tuple[str, str, Any]] = [
        ("publish_annual_report", "ANNUAL_REPORT", d.AnnualReportPublished(about=f"{AIR}~2025", association=AIR, year=2025)),
        ("publish_csr_report", "CSR_REPORT", d.CsrReportPublished(about=f"{AIR}~2025", association=AIR, year=2025, document="责任.pdf")),
        ("publish_commitments", "SERVICE_COMMITMENTS", d.ServiceCommitmentPublished(about="promise-1", association=AIR)),
    ]
    for name, item, event in heard:
        move = disclosure_items.moves[name]
        record: d.DisclosureItem = {**by_item, "SERVICE_COMMITMENTS": required("SERVICE_COMMITMENTS")}[item]  # type: ignore[index]
        assert move.where is not None
        assert move.where(event) == {"claim": record.claim}
        assert after(disclosure_items, record, move.run(record, by("PLATFORM"), event)).stage == "PUBLISHED"


def test_with_the_association_its_duties_end() -> None:
    event = d.lapse(required(), by("PLATFORM"), d.AssociationEnded(about=AIR, uscc=AIR, ended_on=date(2026, 3, 2)))
    assert after(disclosure_items, required(), event).stage == "WAIVED"


def test_a_table_that_leaves_out_an_item_or_mixes_years_and_facts_is_refused() -> None:
    raw = NOW.model_dump()
    with pytest.raises(ValueError, match="CHARTER"):
        DisclosureRules.model_validate(raw | {"items": {k: v for k, v in raw["items"].items() if k != "CHARTER"}})
    with pytest.raises(ValueError, match="by the year"):
        DisclosureRules.model_validate(raw | {"at_activation": ["AUDIT_SUMMARY"]})
