"""Registration case: opinions and decision (art. 13; domain §3.3, §3.8)."""

from datetime import date, datetime, time, timedelta

import pytest

from services.registry.registration.application import DevelopmentBodyOpinionGiven, OpinionOverdue
from services.registry.registration.case import cases
from services.registry.registration.decision import (
    close_opinions,
    give_opinion,
    grant,
    press_for_decision,
    refuse,
    remind_of_decision,
    seek_opinions,
)  # fmt: skip
from services.registry.registration.naming import Taken
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AI, DIRECT, DUAL, MARCH_2, accepted, after, association, by, heard_out
from tests.registry.regimes import SHANGHAI_TERNARY, like


def code(no: pytest.ExceptionInfo[Refused]) -> str:
    return no.value.code


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def sought(regime=DIRECT):
    case = accepted(DIRECT).model_copy(update={"regime": regime})
    return after(cases, case, seek_opinions(case, by("REG_AUTHORITY")))


def names(case, fired=None) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in cases.clocks(case, fired or {})]


def test_under_direct_the_guidance_unit_is_asked_and_has_ten_days() -> None:
    case = sought()
    assert [(a.role, a.until) for a in case.asked] == [("INDUSTRY_DEPT", midnight(MARCH_2 + timedelta(days=11)))]
    assert case.stage == "OPINIONS_SOUGHT"


def test_only_who_was_asked_gives_an_opinion_and_only_once() -> None:
    case = sought()
    with pytest.raises(Refused) as no:
        give_opinion(case, by("SO_ADMIN"), "FOR")
    assert code(no) == "not_asked"
    with pytest.raises(Malformed):
        give_opinion(case, by("INDUSTRY_DEPT"), "AGAINST")
    case = after(cases, case, give_opinion(case, by("INDUSTRY_DEPT"), "AGAINST", "已有同类组织"))
    with pytest.raises(Refused) as no:
        give_opinion(case, by("INDUSTRY_DEPT"), "FOR")
    assert code(no) == "already_given"


def test_silence_is_no_objection_after_the_tenth_day_and_not_before() -> None:
    case = sought()
    assert close_opinions(case, by("CLOCK", MARCH_2 + timedelta(days=10), hour=23)) == []
    (told,) = close_opinions(case, by("CLOCK", MARCH_2 + timedelta(days=11), hour=0))
    case = after(cases, case, told)
    assert [(o.role, o.opinion, o.by_silence) for o in case.opinions] == [("INDUSTRY_DEPT", "NO_OBJECTION", True)]
    assert grant(case, by("REG_AUTHORITY"), "条例", [], Taken())


def test_a_mandatory_opinion_is_waited_for() -> None:
    case = sought(SHANGHAI_TERNARY)
    (told,) = close_opinions(case, by("CLOCK", MARCH_2 + timedelta(days=16), hour=0))
    assert isinstance(told, OpinionOverdue)
    case = after(cases, case, told)
    with pytest.raises(Refused) as no:
        grant(case, by("REG_AUTHORITY"), "条例", [], Taken())
    assert code(no) == "opinions_open"
    events = give_opinion(case, by("ASSOC_DEVELOPMENT_BODY"), "FOR", "符合发展规划")
    assert isinstance(events[1], DevelopmentBodyOpinionGiven)
    assert (events[1].opinion_view, events[1].reason) == ("FOR", "符合发展规划")
    case = after(cases, case, events)
    assert grant(case, by("REG_AUTHORITY"), "条例", [], Taken())


def test_under_direct_opinions_come_before_the_decision_under_dual_they_may() -> None:
    with pytest.raises(Refused) as no:
        grant(accepted(DIRECT), by("REG_AUTHORITY"), "条例", [], Taken())
    assert code(no) == "opinions_first"
    dual = accepted(DIRECT).model_copy(update={"regime": DUAL})
    assert after(cases, dual, grant(dual, by("REG_AUTHORITY"), "条例", [], Taken())).stage == "DECIDED"


def test_a_regime_that_asks_nobody_seeks_no_opinion() -> None:
    case = accepted(DIRECT).model_copy(update={"regime": like(DUAL, opinions=[])})
    with pytest.raises(Refused) as no:
        seek_opinions(case, by("REG_AUTHORITY"))
    assert code(no) == "nobody_to_ask"


def test_several_of_one_scope_stand_side_by_side_under_direct_under_dual_only_if_necessary() -> None:
    peer = association(uscc=AI, name="西咸新区空运协会", gbt4754=("561",))
    assert grant(heard_out(), by("REG_AUTHORITY"), "条例", [peer], Taken()).overlaps[0].association == AI
    dual = heard_out().model_copy(update={"regime": DUAL})
    with pytest.raises(Refused) as no:
        grant(dual, by("REG_AUTHORITY"), "条例", [peer], Taken())
    assert code(no) == "same_scope_exists"
    assert grant(dual, by("REG_AUTHORITY"), "条例", [peer], Taken(), necessity="服务对象不同").necessity == "服务对象不同"
    assert grant(dual, by("REG_AUTHORITY"), "条例", [], Taken()).overlaps == ()


@pytest.mark.parametrize(
    ("taken", "refusal"),
    [
        (Taken(names=(("西咸新区航空物流协会", AI),)), "name_taken"),
        (Taken(represents=(AI,)), "legal_representative_taken"),
        (Taken(of_home=(AI,)), "home_region_taken"),
    ],
)
def test_what_others_have_claimed_since_the_name_check_stands_against_the_grant(taken, refusal) -> None:
    with pytest.raises(Refused) as no:
        grant(heard_out(), by("REG_AUTHORITY"), "条例", [], taken)
    assert code(no) == refusal


def test_a_regime_may_allow_so_many_to_a_scope() -> None:
    peer = association(uscc=AI, gbt4754=("56",))
    one = heard_out().model_copy(update={"regime": like(DIRECT, same_scope={"policy": "ALLOW", "max_per_scope": 1})})
    assert grant(one, by("REG_AUTHORITY"), "条例", [], Taken())
    with pytest.raises(Refused) as no:
        grant(one, by("REG_AUTHORITY"), "条例", [peer], Taken())
    assert code(no) == "scope_full"


@pytest.mark.parametrize("ground", ["AIMS_CONTRARY_TO_LAW", "FOUNDER_DISQUALIFIED", "FRAUD", "OTHER_PROHIBITION"])
def test_a_refusal_rests_on_a_ground_of_article_13_and_frees_the_name(ground) -> None:
    case = heard_out()
    case = after(cases, case, refuse(case, by("REG_AUTHORITY"), ground, "理由", []))
    assert (case.stage, case.ground, case.name_claim, case.legal_claim) == ("REFUSED", ground, None, None)


def test_same_scope_is_a_ground_only_where_such_a_scope_exists_and_several_are_not_allowed() -> None:
    peer = association(uscc=AI, gbt4754=("56",))
    dual = heard_out().model_copy(update={"regime": DUAL})
    for case, peers in ((heard_out(), [peer]), (dual, [])):
        with pytest.raises(Refused) as no:
            refuse(case, by("REG_AUTHORITY"), "SAME_SCOPE_NOT_NECESSARY", "理由", peers)
        assert code(no) == "ground_not_given"
    assert refuse(dual, by("REG_AUTHORITY"), "SAME_SCOPE_NOT_NECESSARY", "理由", [peer]).ground == "SAME_SCOPE_NOT_NECESSARY"


def test_no_other_ground_is_a_form_at_all() -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        cases.moves["refuse"].body.model_validate({"ground": "NOT_WANTED", "reason": "x"})


def test_the_authority_is_reminded_ten_and_three_days_before_and_pressed_after_sixty() -> None:
    case, last = accepted(), MARCH_2 + timedelta(days=60)
    assert names(case)[0] == (last - timedelta(days=10), "remind_of_decision")
    assert (last + timedelta(days=1), "press_for_decision") in names(case)
    case = after(cases, case, remind_of_decision(case, by("CLOCK", last - timedelta(days=10))))
    assert names(case)[0] == (last - timedelta(days=3), "remind_of_decision")
    case = after(cases, case, remind_of_decision(case, by("CLOCK", last - timedelta(days=3))))
    assert names(case) == [(last + timedelta(days=1), "press_for_decision")]
    case = after(cases, case, press_for_decision(case, by("CLOCK", last + timedelta(days=1))))
    assert case.overdue
    assert names(case) == []


def test_a_reminder_is_not_repeated_when_opinions_are_sought_meanwhile() -> None:
    case, last = accepted(), MARCH_2 + timedelta(days=60)
    case = after(cases, case, remind_of_decision(case, by("CLOCK", last - timedelta(days=10))))
    case = after(cases, case, seek_opinions(case, by("REG_AUTHORITY", last - timedelta(days=9))))
    assert [n for n in names(case) if n[1] == "remind_of_decision"] == [(last - timedelta(days=3), "remind_of_decision")]
