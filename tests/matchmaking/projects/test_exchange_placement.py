from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.projects.exchange_placement import (
    ExchangePlacement,
    agree,
    cancel_for_ended,
    complete,
    decline,
    exchange_placements,
    lapse,
    propose,
    start,
)
from services.matchmaking.projects.rules import project_rules
from shared.record import SHANGHAI, NotAllowed
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, call, on, refused

RULES = project_rules().in_force(NOON.date(), "PROJECTS")
HOST = call(organisation=AUTOMOTIVE)


def proposed(first: date = date(2026, 4, 1), last: date = date(2026, 6, 30), host: str = AUTOMOTIVE) -> ExchangePlacement:
    told = propose(call(), host, "汽车行业协会", "SECONDMENT", 2, first, last, "学习会员服务", RULES)
    return exchange_placements.open(told, "x-1")


def agreed() -> ExchangePlacement:
    return on(exchange_placements, proposed(), agree(proposed(), HOST))  # type: ignore[no-any-return]


def running() -> ExchangePlacement:
    return on(exchange_placements, agreed(), start(agreed(), later(23)))  # type: ignore[no-any-return]


def later(days: int) -> Any:
    return call(now=NOON + timedelta(days=days))


def test_it_lasts_a_year_at_most_and_goes_to_another_organisation() -> None:
    assert proposed(last=date(2027, 3, 31)).ends_on == date(2027, 3, 31)
    for last in (date(2027, 4, 1), date(2026, 3, 31)):
        with refused("term_outside"):
            proposed(last=last)
    with refused("host_is_oneself"):
        proposed(host=LOGISTICS)


def test_the_host_answers_and_the_administration_for_a_host_elsewhere() -> None:
    with pytest.raises(NotAllowed):
        agree(proposed(), call())
    assert agree(proposed(), call("SO_ADMIN")).host == AUTOMOTIVE
    assert on(exchange_placements, proposed(), decline(proposed(), HOST, "无岗位")).stage == "DECLINED"


def test_it_starts_on_its_day_and_the_sender_says_so() -> None:
    with refused("too_early"):
        start(agreed(), later(22))
    with pytest.raises(NotAllowed):
        start(agreed(), call(organisation=AUTOMOTIVE, now=NOON + timedelta(days=30)))
    told = start(agreed(), later(23))
    assert (told.association, told.staff, told.started_on) == (LOGISTICS, 2, date(2026, 4, 1))


def test_a_month_after_its_end_the_findings_are_asked_for() -> None:
    ((when, move),) = exchange_placements.clocks(running(), {})
    assert (when, move.name) == (datetime(2026, 7, 30, 9, tzinfo=SHANGHAI), "ask_for_findings")
    assert on(exchange_placements, running(), complete(running(), later(110), "建立会员分级服务")).stage == "COMPLETED"


def test_what_nobody_takes_up_lapses_and_either_party_that_is_gone_ends_it() -> None:
    assert on(exchange_placements, agreed(), lapse(agreed(), call("CLOCK"))).stage == "CANCELLED"
    where = exchange_placements.moves["cancel_for_ended"].where
    assert where is not None
    assert where(AssociationEnded(uscc=AUTOMOTIVE)) == {"parties": AUTOMOTIVE}
    told = cancel_for_ended(agreed(), call("PLATFORM"), AssociationEnded(uscc=AUTOMOTIVE))
    assert on(exchange_placements, agreed(), told).stage == "CANCELLED"


def test_both_associations_see_it() -> None:
    for organisation in (LOGISTICS, AUTOMOTIVE):
        exchange_placements.admit(proposed(), call(organisation=organisation))
