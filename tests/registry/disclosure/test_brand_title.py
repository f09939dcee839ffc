"""Brand titles (R16) and development lists (R50; domain §8.2)."""

from datetime import date
from typing import Any

import pytest

from services.registry.disclosure import brand_title as t
from services.registry.disclosure import development_list_entry as e
from services.registry.disclosure.brand_title import brand_titles
from services.registry.disclosure.development_list_entry import development_list_entries
from services.registry.disclosure.rules import LISTS, TITLES
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, after, association, by

NOW = TITLES.in_force(MARCH_2)
POLICY = LISTS.in_force(MARCH_2)


def applied() -> t.BrandTitle:
    wish = t.Wish(name="中国锁都", grantor="中国轻工业联合会", document="申报书.pdf")
    return brand_titles.open(t.apply(by("ASSOCIATION"), wish, NOW, association()), "title-1")


def granted(valid_to: date | None = date(2029, 3, 1)) -> t.BrandTitle:
    return after(brand_titles, applied(), t.grant(applied(), by("SO_ADMIN"), date(2026, 3, 1), "授牌.pdf", valid_to))


def days(record: t.BrandTitle) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in brand_titles.clocks(record, {})]


# ── titles ────────────────────────────────────────────────────────────────────────────────────────
def test_a_title_holds_until_its_day_and_is_reminded_of_a_year_and_half_a_year_before() -> None:
    assert days(granted()) == [(date(2028, 3, 1), "remind"), (date(2029, 3, 2), "expire")]
    assert after(brand_titles, granted(), t.expire(granted(), by("CLOCK", date(2029, 3, 2)))).stage == "EXPIRED"


def test_a_title_without_an_end_has_no_clock() -> None:
    assert days(granted(None)) == []


def test_after_a_re_check_it_holds_on() -> None:
    record = after(
        brand_titles, granted(), t.renew(granted(), by("SO_ADMIN", date(2029, 2, 1)), date(2029, 2, 1), "复评.pdf", date(2032, 3, 1))
    )
    assert (record.stage, record.valid_to) == ("RENEWED", date(2032, 3, 1))
    assert days(record) == [(date(2031, 3, 1), "remind"), (date(2032, 3, 2), "expire")]
    with pytest.raises(Malformed):
        t.renew(granted(), by("SO_ADMIN"), date(2026, 2, 1), "复评.pdf")


def test_what_is_over_or_still_to_come_is_not_entered() -> None:
    with pytest.raises(Malformed):
        t.grant(applied(), by("SO_ADMIN"), date(2026, 3, 3), "授牌.pdf")
    with pytest.raises(Malformed):
        t.grant(applied(), by("SO_ADMIN"), date(2020, 3, 1), "授牌.pdf", date(2026, 3, 1))
    assert after(brand_titles, applied(), t.refuse(applied(), by("SO_ADMIN"), "未通过")).stage == "REFUSED"


# ── development lists ─────────────────────────────────────────────────────────────────────────────
def listed(until: date | None = None) -> e.DevelopmentListEntry:
    form = e.Entry(association=AIR, list="TRADITIONAL_STRENGTHEN", basis="工作报告", until=until)
    return development_list_entries.open(e.list_(by("SO_ADMIN"), form, association(), []), "entry-1")


def test_the_policy_names_eight_associations_on_three_lists() -> None:
    by_list: dict[str, list[str]] = {}
    for entry in POLICY.entries:
        by_list.setdefault(entry.list, []).append(entry.name)
    assert {n: len(names) for n, names in by_list.items()} == {"EMERGING_IMPROVE": 3, "TRADITIONAL_STRENGTHEN": 3, "OPTIMISE": 2}
    assert "西咸新区航空物流协会" in by_list["TRADITIONAL_STRENGTHEN"]


def test_all_whom_the_policy_names_and_the_register_knows_are_listed_at_once_and_the_rest_later() -> None:
    ai = association(uscc=AI, name="西咸新区人工智能产业协会")
    stranger = association(uscc="51611100PDY00001XA", name="西咸新区书画协会")
    events = e.list_named(by("SO_ADMIN"), e.Everybody(), POLICY, [association(), ai, stranger], [])
    assert {(x.association, x.list) for x in events} == {(AIR, "TRADITIONAL_STRENGTHEN"), (AI, "EMERGING_IMPROVE")}
    (rest,) = e.list_named(by("SO_ADMIN"), e.Everybody(), POLICY, [association(), ai], [listed()])
    assert rest.association == AI
    with pytest.raises(Refused) as no:
        e.list_named(by("SO_ADMIN"), e.Everybody(), POLICY, [association()], [listed()])
    assert no.value.code == "nobody_left"


def test_an_association_is_on_one_list_at_a_time() -> None:
    form = e.Entry(association=AIR, list="OPTIMISE", basis="x")
    with pytest.raises(Refused) as no:
        e.list_(by("SO_ADMIN"), form, association(), [listed()])
    assert no.value.code == "on_a_list"
    gone = after(development_list_entries, listed(), e.remove(listed(), by("SO_ADMIN")))
    assert (gone.stage, gone.claim) == ("ENDED", None)


@pytest.mark.parametrize(("until", "good"), [(MARCH_2, False), (date(2026, 12, 31), True)])
def test_an_entry_ends_with_its_term(until: date, good: bool) -> None:
    if not good:
        with pytest.raises(Malformed):
            listed(until)
        return
    clocks: Any = development_list_entries.clocks(listed(until), {})
    assert [(at.astimezone(SHANGHAI).date(), m.name) for at, m in clocks] == [(date(2027, 1, 1), "expire")]
