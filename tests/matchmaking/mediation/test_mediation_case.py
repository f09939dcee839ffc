from datetime import timedelta
from typing import Any

import pytest

from services.matchmaking.mediation.mediation_case import (
    AssociationEnded,
    MediationCase,
    accept,
    agree,
    break_off,
    cases,
    claim_of,
    confirm,
    decline,
    drop_for_ended,
    end_with_term,
    extend,
    fail_for_ended,
    file,
    give_up,
    lapse_unanswered,
    refuse,
    remind,
    replace_mediator,
    settle,
    take_silence_as_no,
    withdraw,
)
from services.matchmaking.mediation.rules import mediation_rules
from shared.record import Malformed, NotFound
from tests.matchmaking.samples import COMPANY, FIRM, LOGISTICS, NOON, call, on, refused

TODAY, RULES = NOON.date(), mediation_rules().get("MEDIATION", "2021-1")


def firm(code: str = FIRM, days: int = 0) -> Any:
    return call("ENTERPRISE", NOON + timedelta(days=days), code)


def filed(**more: Any) -> MediationCase:
    told = {"association": LOGISTICS, "respondent": COMPANY, "matter": "PAYMENT", "subject": "运费结算争议", "amount": 3_200_000} | more
    return cases.open(file(firm(), registered=True, others=[], rules=RULES, **told), "m1")


def accepted() -> MediationCase:
    return on(cases, filed(), accept(filed(), call(), "TJ-07", RULES))


def begun() -> MediationCase:
    return on(cases, accepted(), agree(accepted(), firm(COMPANY), RULES))


def settled() -> MediationCase:
    return on(cases, begun(), settle(begun(), call(), TODAY, RULES))


def test_nobody_mediates_with_oneself_before_an_unknown_association_or_twice_about_one_matter() -> None:
    with pytest.raises(Malformed, match="oneself"):
        filed(respondent=FIRM)
    with pytest.raises(Malformed, match="registered"):
        file(firm(), LOGISTICS, COMPANY, "PAYMENT", "运费", 0, registered=False, others=[], rules=RULES)
    with refused("already_filed"):
        file(firm(), LOGISTICS, COMPANY, "PAYMENT", "运费", 0, registered=True, others=[filed()], rules=RULES)
    assert claim_of(FIRM, COMPANY, "PAYMENT") == claim_of(COMPANY, FIRM, "PAYMENT")
    with pytest.raises(Malformed, match="contact"):
        filed(subject="请致电 13800001111")


def test_only_its_filing_names_the_firms() -> None:
    told = [accept(filed(), call(), "TJ-07", RULES), agree(accepted(), firm(COMPANY), RULES), settle(begun(), call(), TODAY, RULES),
            refuse(accepted(), firm(COMPANY)), confirm(settled(), call(), TODAY, "西咸新区人民法院")]  # fmt: skip
    assert not [e for e in told if FIRM in str(e.public()) or COMPANY in str(e.public())]


def test_the_other_side_knows_of_it_once_it_is_accepted() -> None:
    cases.admit(filed(), firm())
    with pytest.raises(NotFound):
        cases.admit(filed(), firm(COMPANY))
    cases.admit(accepted(), firm(COMPANY))
    assert accepted().accepted_on == TODAY


def test_the_association_answers_within_five_working_days() -> None:
    assert filed().accept_by == call().now.replace(day=16)
    assert lapse_unanswered(filed(), call("CLOCK")).ground == "NOT_ANSWERED"
    assert on(cases, filed(), decline(filed(), call(), "BEFORE_A_COURT")).claim is None


def test_the_other_side_decides_whether_it_comes_and_silence_is_a_no() -> None:
    with refused("other_side"):
        agree(accepted(), firm(), RULES)
    with refused("other_side"):
        refuse(accepted(), firm())
    assert begun().ends_on == TODAY + timedelta(days=30)
    assert refuse(accepted(), firm(COMPANY)).cause == "REFUSED"
    assert take_silence_as_no(accepted(), call("CLOCK")).cause == "NO_ANSWER"


def test_who_asked_may_take_it_back_before_it_is_taken_and_either_side_may_leave_the_table() -> None:
    with refused("other_side"):
        withdraw(filed(), firm(COMPANY))
    assert on(cases, filed(), withdraw(filed(), firm())).stage == "WITHDRAWN"
    assert {break_off(begun(), firm(code)).cause for code in (FIRM, COMPANY)} == {"BROKEN_OFF"}


def test_it_is_extended_once_and_ends_with_its_term() -> None:
    longer = on(cases, begun(), extend(begun(), call(), True, RULES))
    assert longer.ends_on == TODAY + timedelta(days=50)
    with refused("already_extended"):
        extend(longer, call(), True, RULES)
    assert on(cases, begun(), remind(begun(), call("CLOCK"))).remind_at is None
    over = end_with_term(longer, call("CLOCK", NOON + timedelta(days=51)))
    assert (over.cause, (over.closed_on - over.accepted_on).days) == ("TIME_OVER", 51)


def test_an_agreement_is_of_a_day_of_the_mediation_and_may_be_confirmed() -> None:
    with refused("date_too_early"):
        settle(begun(), call(), TODAY - timedelta(days=1), RULES)
    assert settled().confirm_by == TODAY + timedelta(days=30)
    with refused("date_too_early"):
        confirm(settled(), call(), TODAY - timedelta(days=1), "西咸新区人民法院")
    assert on(cases, settled(), confirm(settled(), call(), TODAY, "西咸新区人民法院")).stage == "JUDICIALLY_CONFIRMED"
    assert give_up(begun(), call()).cause == "NO_AGREEMENT"


def test_another_mediator_is_another() -> None:
    with refused("same_mediator"):
        replace_mediator(accepted(), call(), "TJ-07")
    assert on(cases, accepted(), replace_mediator(accepted(), call(), "TJ-08")).mediator == "TJ-08"


def test_it_ends_with_the_association() -> None:
    gone = AssociationEnded(about=LOGISTICS, uscc=LOGISTICS)
    assert drop_for_ended(filed(), call("PLATFORM"), gone).ground == "ASSOCIATION_GONE"
    assert on(cases, begun(), fail_for_ended(begun(), call("PLATFORM"), gone)).stage == "FAILED"
