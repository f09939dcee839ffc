from datetime import date, timedelta

import pytest

from services.matchmaking.leads.promotion_mandate import (
    AssociationEnded,
    Mandate,
    begin,
    draft,
    end_for_ended,
    end_with_term,
    file_agency,
    lapse,
    mandates,
    press_for_filing,
    sign,
    terminate,
)
from shared.record import Malformed
from tests.matchmaking.samples import FIRM, LOGISTICS, NOON, call, on, refused, rules

TODAY = NOON.date()
FIRST, LAST = TODAY + timedelta(days=20), TODAY + timedelta(days=400)


def drafted(others: list[Mandate] | None = None, first: date = FIRST, last: date = LAST) -> Mandate:
    told = draft(call(), FIRM, "关中招商服务有限公司", "航空物流", first, last, "按到位资金付费", others or [], rules())
    return mandates.open(told, "m1")


def filed() -> Mandate:
    return on(mandates, drafted(), file_agency(drafted(), call("INVEST_DEPT"), "XX-AG-1"))


def signed() -> Mandate:
    return on(mandates, filed(), sign(filed(), call(), TODAY, "mandate.pdf"))


def test_the_agency_is_filed_before_the_mandate_is_signed() -> None:
    with refused("agency_not_filed"):
        sign(drafted(), call(), TODAY, "mandate.pdf")
    assert signed().stage == "SIGNED"
    with refused("already_filed"):
        file_agency(filed(), call("INVEST_DEPT"), "XX-AG-2")


def test_the_department_has_ten_working_days_for_the_filing() -> None:
    assert drafted().filing_due == call().now.replace(day=23)
    asked = on(mandates, drafted(), press_for_filing(drafted(), call("CLOCK")))
    assert asked.filing_due is None


def test_one_mandate_of_an_agency_for_a_chain_at_a_time() -> None:
    with refused("already_mandated"):
        drafted([signed()])
    assert on(mandates, signed(), terminate(signed(), call(), "合作终止")).claim is None


def test_a_term_runs_forward_and_is_not_over() -> None:
    with pytest.raises(Malformed, match="the term ends"):
        drafted(first=LAST, last=FIRST)
    with pytest.raises(Malformed, match="the term ends"):
        drafted(first=TODAY - timedelta(days=9), last=TODAY - timedelta(days=1))


def test_it_begins_and_ends_by_its_days() -> None:
    running = on(mandates, signed(), begin(signed(), call("CLOCK")))
    over = end_with_term(running, call("CLOCK"))
    assert (running.stage, over.cause) == ("ACTIVE", "TERM_OVER")


def test_unsigned_it_lapses_and_it_ends_with_the_association() -> None:
    assert lapse(drafted(), call("CLOCK")).cause == "LAPSED"
    gone = end_for_ended(signed(), call("PLATFORM"), AssociationEnded(about=LOGISTICS, uscc=LOGISTICS))
    assert on(mandates, signed(), gone).stage == "ENDED"
