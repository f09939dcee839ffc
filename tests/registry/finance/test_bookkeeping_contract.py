"""Agency bookkeeping (R32): a licensed firm keeps the books until the contract runs out."""

from datetime import date
from typing import Any

import pytest

from services.registry.finance import bookkeeping_contract as b
from services.registry.finance.bookkeeping_contract import bookkeeping_contracts
from services.registry.finance.rules import RULES
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by

NOW = RULES.in_force(MARCH_2)
AGENCY = "91611100PDY00001X6"


def form(**other: Any) -> b.Engagement:
    fields = {"agency": AGENCY, "licence_no": "DLJZ61010020260001", "begins_on": date(2026, 3, 1), "ends_on": date(2027, 2, 28)}
    return b.Engagement.model_validate(fields | other)


def contract(**other: Any) -> b.BookkeepingContract:
    return bookkeeping_contracts.open(b.engage(by("ASSOCIATION"), form(**other), NOW, association(), []), "contract-1")


def days(record: b.BookkeepingContract) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in bookkeeping_contracts.clocks(record, {})]


def test_one_contract_at_a_time() -> None:
    assert (contract().stage, contract().claim) == ("ACTIVE", AIR)
    with pytest.raises(Refused) as no:
        b.engage(by("ASSOCIATION"), form(), NOW, association(), [contract()])
    assert no.value.code == "contract_running"


def test_a_contract_that_is_over_is_not_entered() -> None:
    with pytest.raises(Malformed):
        b.engage(by("ASSOCIATION"), form(ends_on=date(2026, 3, 1)), NOW, association(), [])
    assert contract(ends_on=MARCH_2).ends_on == MARCH_2


def test_an_association_that_has_ended_engages_nobody() -> None:
    with pytest.raises(Refused) as no:
        b.engage(by("ASSOCIATION"), form(), NOW, association("DEREGISTERED"), [])
    assert no.value.code == "association_not_living"


def test_it_is_reminded_of_sixty_days_and_fourteen_before_and_ends_with_its_last_day() -> None:
    assert days(contract()) == [(date(2026, 12, 30), "remind"), (date(2027, 3, 1), "expire")]
    event = b.remind(contract(), by("CLOCK", date(2026, 12, 30)))
    assert event.days_left == 60
    gone = after(bookkeeping_contracts, contract(), b.expire(contract(), by("CLOCK", date(2027, 3, 1))))
    assert (gone.stage, gone.claim) == ("EXPIRED", None)
    assert days(gone) == []


def test_a_contract_entered_late_is_not_reminded_of_days_gone_by() -> None:
    assert days(contract(ends_on=date(2026, 3, 20))) == [(date(2026, 3, 6), "remind"), (date(2026, 3, 21), "expire")]


@pytest.mark.parametrize(("on", "good"), [(date(2026, 2, 28), False), (date(2026, 3, 1), True), (MARCH_2, True), (date(2026, 3, 3), False)])
def test_it_is_ended_before_its_time_within_its_term_and_not_ahead(on: date, good: bool) -> None:
    if not good:
        with pytest.raises(Malformed):
            b.terminate(contract(), by("ASSOCIATION"), on, "更换机构")
        return
    gone = after(bookkeeping_contracts, contract(), b.terminate(contract(), by("ASSOCIATION"), on, "更换机构"))
    assert (gone.stage, gone.claim, gone.terminated_on) == ("TERMINATED", None, on)
