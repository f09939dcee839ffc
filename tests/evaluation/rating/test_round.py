"""A round: the notice, its rules and dates, and how it ends."""

from datetime import timedelta
from typing import Any

import pytest

from services.evaluation.rating.round import RatingRound, RatingRoundOpened, rounds
from shared.record import Refused
from tests.evaluation.cases import MONDAY, OFFICE, a_call, at, decided

NOTICE: dict[str, Any] = {"number": 1, "title": "2026年第一批", "opens_on": "2026-09-01", "closes_on": "2026-09-30"}


def opened(**change: Any) -> RatingRound:
    (event,) = decided(rounds, None, "open", a_call("SO_ADMIN", OFFICE), NOTICE | change, {})
    return rounds.open(event, "")


def after(round_: RatingRound, name: str, running: list[str] | None = None, role: str = "SO_ADMIN", **body: Any) -> RatingRound:
    given = {} if running is None else {"running": running}
    return rounds.evolve(round_, decided(rounds, round_, name, a_call(role, OFFICE), body, given))


def test_a_notice_names_the_rules_in_force_and_keeps_them() -> None:
    round_ = opened()
    assert (round_.id, round_.year, round_.rulebook, round_.rule_set, round_.profile, round_.local_gate) == (
        "2026-1",
        2026,
        "XX-IND-1/2026.1",
        "R2026",
        "STANDARD",
        True,
    )
    assert rounds.moves["open"].events == (RatingRoundOpened,)


@pytest.mark.parametrize(
    "dates",
    [{"closes_on": "2026-08-31"}, {"opens_on": "2026-08-01", "closes_on": "2026-09-06"}, {"closes_on": "2027-09-03"}],
    ids=["closes before it opens", "closed in the past", "open for more than a year"],
)
def test_dates_that_make_no_round(dates: dict[str, str]) -> None:
    with pytest.raises(Refused) as no:
        opened(**dates)
    assert no.value.code == "dates_out_of_order"


def test_it_closes_with_its_last_day_and_later_when_extended() -> None:
    round_ = opened()
    ((when, move),) = rounds.clocks(round_, {})
    assert (when, move.name) == (at(2026, 10, 1), "close")
    longer = after(round_, "extend", closes_on="2026-10-15", reason="国庆假期")
    assert rounds.clocks(longer, {})[0][0] == at(2026, 10, 16)
    closed = rounds.evolve(longer, rounds.decide(longer, move, move.body(), a_call("CLOCK", now=MONDAY + timedelta(days=40))))
    assert closed.stage == "CLOSED"
    for wrong in ("2026-09-30", "2027-10-01"):
        with pytest.raises(Refused):
            after(round_, "extend", closes_on=wrong, reason="…")


def test_it_is_concluded_when_no_application_runs_any_more() -> None:
    closed = opened().model_copy(update={"stage": "CLOSED"})
    with pytest.raises(Refused) as no:
        after(closed, "conclude", ["application-1"])
    assert no.value.code == "applications_running"
    assert after(closed, "conclude", []).stage == "CONCLUDED"


def test_it_is_cancelled_only_while_nobody_is_in_it() -> None:
    with pytest.raises(Refused):
        after(opened(), "cancel", ["application-1"], reason="停办")
    assert after(opened(), "cancel", [], reason="停办").stage == "CANCELLED"
