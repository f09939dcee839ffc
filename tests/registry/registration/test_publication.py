"""Regimes are put in force by the authority (R7; domain §3.8): shipped, published, retired."""

from datetime import date, timedelta

import pytest

from services.registry.registration.publication import (
    RegistrationRegimePublished,
    amended_endings,
    publish,
    regime_asked_for,
    regimes,
    retire,
    ship,
)  # fmt: skip
from shared.record import Malformed
from tests.registry.examples import MARCH_2, Shelf, after, application, by
from tests.registry.regimes import AMEND_2026, DIRECT, SHIPPED
from tests.walk import fetched


def entered(code: str = "AMEND_2026"):
    rules = SHIPPED[code]
    return regimes.open(ship(by("PLATFORM"), rules.code, rules.version, rules), "")


def asked_for(shelf: Shelf, code: str = "AMEND_2026", on: date = date(2026, 4, 1)):
    return fetched(regime_asked_for(shelf, by("ENTERPRISE", on), None, application(regime=code)))


def test_what_is_shipped_in_force_is_published_and_a_draft_is_entered_as_one() -> None:
    assert (entered("DIRECT").stage, entered("DIRECT").id) == ("IN_FORCE", "DIRECT~2012-07")
    assert entered().stage == "DRAFT"
    told = ship(by("PLATFORM"), "DIRECT", "2012-07", DIRECT)
    assert isinstance(told, RegistrationRegimePublished)
    assert [o.role for o in told.opinions] == ["INDUSTRY_DEPT"]  # who must be asked, for those who will be


def test_a_version_that_was_not_shipped_is_not_entered() -> None:
    assert ship(by("PLATFORM"), "DIRECT", "1999", None) is None


def test_a_draft_needs_the_official_text_to_be_put_in_force_and_not_for_the_past() -> None:
    assert asked_for(Shelf(entered())) is None
    with pytest.raises(Malformed) as no:
        publish(entered(), by("REG_AUTHORITY"), MARCH_2 - timedelta(days=1), "国令第 800 号")
    assert no.value.code == "in_the_past"
    record = after(regimes, entered(), publish(entered(), by("REG_AUTHORITY"), MARCH_2, "国令第 800 号"))
    assert (record.stage, record.official_text) == ("IN_FORCE", "国令第 800 号")
    assert asked_for(Shelf(record)) == AMEND_2026


def test_nobody_but_the_authority_publishes() -> None:
    assert regimes.moves["publish"].by == ("REG_AUTHORITY",)
    assert regimes.moves["publish"].body.model_fields["official_text"].is_required()


def test_what_is_retired_opens_no_case_more() -> None:
    record = after(regimes, entered("DIRECT"), retire(entered("DIRECT"), by("REG_AUTHORITY"), "新办法施行"))
    assert (record.stage, record.retired_on) == ("RETIRED", MARCH_2)
    assert asked_for(Shelf(record), "DIRECT") is None
    assert asked_for(Shelf(), "DIRECT") == DIRECT


def test_the_grounds_of_the_amendment_count_from_the_day_it_is_in_force() -> None:
    record = after(regimes, entered(), publish(entered(), by("REG_AUTHORITY"), date(2026, 6, 1), "国令第 800 号"))
    for shelf, on, grounds in (
        (Shelf(entered()), MARCH_2, set()),
        (Shelf(record), MARCH_2, set()),
        (Shelf(record), date(2026, 6, 1), {"INDUSTRY_ADJUSTMENT", "PARALYSED_BY_BAD_MANAGEMENT"}),
    ):
        assert set(fetched(amended_endings(shelf, by("REG_AUTHORITY", on), None, None))) == grounds
