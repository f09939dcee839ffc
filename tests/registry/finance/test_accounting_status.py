"""Accounting system (R31): which rules the books follow and who keeps them."""

from datetime import date
from typing import Any

import pytest

from services.registry.finance import accounting_status as a
from services.registry.finance.accounting_status import accounting_statuses
from services.registry.finance.rules import RULES
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by
from tests.registry.finance.test_bookkeeping_contract import contract

NOW = RULES.in_force(MARCH_2)


def form(**other: Any) -> a.Adoption:
    fields = {"standard": "NPO", "separate_books": True, "accountant_kind": "OWN", "adopted_on": date(2026, 1, 1)}
    return a.Adoption.model_validate(fields | other)


def status() -> a.AccountingStatus:
    return accounting_statuses.open(a.adopt(by("ASSOCIATION"), form(), NOW, association(), []), "")


def test_an_association_states_its_accounting_system_once() -> None:
    assert (status().id, status().standard, status().stage) == (AIR, "NPO", "ADOPTED")


def test_the_system_of_2024_is_in_force_since_2026() -> None:
    assert RULES.in_force(date(2025, 12, 31)).version == "2004-08"
    assert NOW.version == "2024-12"


@pytest.mark.parametrize("on", [date(2024, 3, 1), date(2026, 3, 3)])
def test_not_before_the_registration_and_not_ahead(on: date) -> None:
    with pytest.raises(Malformed):
        a.adopt(by("ASSOCIATION"), form(adopted_on=on), NOW, association(), [])


def test_an_agency_is_named_only_with_its_contract() -> None:
    with pytest.raises(Refused) as no:
        a.change(status(), by("ASSOCIATION"), form(accountant_kind="AGENCY", adopted_on=MARCH_2), [])
    assert no.value.code == "no_contract"
    event = a.change(status(), by("ASSOCIATION"), form(accountant_kind="AGENCY", adopted_on=MARCH_2), [contract()])
    changed = after(accounting_statuses, status(), event)
    assert (changed.accountant_kind, changed.adopted_on) == ("AGENCY", MARCH_2)


def test_a_change_is_not_dated_before_the_last_one() -> None:
    with pytest.raises(Malformed):
        a.change(status(), by("ASSOCIATION"), form(adopted_on=date(2025, 12, 31)), [])
