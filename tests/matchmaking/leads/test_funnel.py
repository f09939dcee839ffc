import pytest

from services.matchmaking.leads.funnel import Contracts, Signed, contracts


def test_the_published_case_of_292_contracts() -> None:
    case = Contracts(built=18, building=180, in_approval=93, ended=1)
    assert case.all == 292
    assert round(100 * (case.start_rate or 0), 1) == 67.8
    assert round(100 * (case.performance_rate or 0), 1) == 99.7


def test_leads_are_counted_by_the_stage_they_have_reached() -> None:
    found = contracts(
        [Signed("IN_PRODUCTION", 100, 100), Signed("STARTED", 300, 100), Signed("REGISTERED"), Signed("SIGNED"), Signed("DROPPED")]
    )
    assert (found.built, found.building, found.in_approval, found.ended) == (1, 1, 2, 1)
    assert found.funds_rate == pytest.approx(0.5)


def test_without_contracts_there_is_no_rate() -> None:
    assert (Contracts().start_rate, Contracts().performance_rate, Contracts().funds_rate) == (None, None, None)
