"""Transfer to another level or new city (R2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.registry.registration import transfer as t
from services.registry.registration.naming import Taken
from services.registry.registration.transfer import transfers
from shared.record import SHANGHAI, Refused
from tests.registry.examples import AI, AIR, MARCH_2, after, association, by, papers_for


def proposed(taken=None, level: str = "NEW_CITY", district: str = "XX-KG", without: str = "", busy: bool = False):
    form = t.TransferForm.model_validate({
        "association": AIR, "level": level, "district": district, "reason": "属地管理", "papers": papers_for("TRANSFER", without=without),
    })  # fmt: skip
    return transfers.open(t.propose(by("REG_AUTHORITY"), form, association(), taken or Taken(), busy), "transfer-1")


def refusal(act) -> str:
    with pytest.raises(Refused) as no:
        act()
    return no.value.code


def test_the_new_city_sees_it_takes_it_over_and_the_name_is_held_there_meanwhile() -> None:
    case = proposed()
    assert (case.name_claim, case.from_district, case.take_over_by) == ("XX-KG~西咸新区航空物流协会", "XX", MARCH_2 + timedelta(days=15))
    transfers.admit(case, replace(by("NEW_CITY"), district="XX-KG"))
    assert refusal(lambda: transfers.admit(case, replace(by("NEW_CITY"), district="XX-FD"))) == "not_found"
    case = after(transfers, case, t.accept(case, by("REG_AUTHORITY"), Taken(), association(), False))
    assert (case.stage, case.open_for) == ("ACCEPTED", AIR)
    moved = t.AssociationJurisdictionTransferred(about=AIR, uscc=AIR)
    case = after(transfers, case, t.complete(case, by("PLATFORM"), moved))
    assert (case.stage, case.open_for, case.name_claim) == ("COMPLETED", None, None)


def test_not_where_it_is_not_to_a_level_that_does_not_go_with_the_district() -> None:
    assert refusal(lambda: proposed(level="NEW_AREA", district="XX")) == "already_there"
    assert refusal(lambda: proposed(busy=True)) == "already_under_way"
    assert refusal(lambda: proposed(level="NEW_AREA", district="XX-KG")) == "level_and_district"


def test_a_name_that_is_in_use_there_stands_against_it_at_first_and_at_last() -> None:
    taken = Taken(names=(("西咸新区航空物流协会", AI),))
    assert refusal(lambda: proposed(taken)) == "name_taken"
    assert refusal(lambda: t.accept(proposed(), by("REG_AUTHORITY"), taken, association(), False)) == "name_taken"
    assert refusal(lambda: proposed(Taken(of_home=(AI,)))) == "home_region_taken"


def test_one_that_changes_its_name_meanwhile_is_proposed_again() -> None:
    assert refusal(lambda: t.accept(proposed(), by("REG_AUTHORITY"), Taken(), association(), True)) == "name_changed"
    other = association(name="西咸新区空运协会")
    assert refusal(lambda: t.accept(proposed(), by("REG_AUTHORITY"), Taken(), other, False)) == "name_changed"
    gone = association("LIQUIDATING")
    assert refusal(lambda: t.accept(proposed(), by("REG_AUTHORITY"), Taken(), gone, False)) == "association_not_working"


def test_the_lists_of_what_is_handed_over_are_needed() -> None:
    assert refusal(lambda: proposed(without="HANDOVER_LIST")) == "papers_missing"


def test_after_fifteen_days_somebody_is_pressed_once() -> None:
    case = proposed()
    ((due, move),) = transfers.clocks(case, {})
    assert (due.astimezone(SHANGHAI).date(), move.name) == (MARCH_2 + timedelta(days=16), "press_for_takeover")
    case = after(transfers, case, t.press_for_takeover(case, by("CLOCK", MARCH_2 + timedelta(days=16))))
    assert transfers.clocks(case, {}) == []


def test_declined_taken_back_or_overtaken_it_holds_nothing() -> None:
    case = proposed()
    for event in (t.decline(case, by("REG_AUTHORITY"), "不属本区"), t.withdraw(case, by("REG_AUTHORITY"), "有误"),
                  t.lapse(case, by("PLATFORM"), t.AssociationLiquidationStarted(about=AIR, uscc=AIR)),
                  t.lapse_when_revoked(case, by("PLATFORM"), t.AssociationRegistrationRevoked(about=AIR, uscc=AIR))):  # fmt: skip
        assert (after(transfers, case, event).open_for, after(transfers, case, event).name_claim) == (None, None)
