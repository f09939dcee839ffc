from datetime import date, datetime

import pytest

from services.matchmaking.matching.need import (
    MatchConnected,
    MatchDeclined,
    MatchFulfilled,
    MatchLapsed,
    MatchProposed,
    Need,
    approve,
    connect,
    expire,
    fulfil,
    needs,
    note_decline,
    note_lapse,
    note_match,
    publish,
    renew,
    revise,
    send_back,
    withdraw,
)
from services.matchmaking.matching.rules import matching_rules
from services.matchmaking.matching.statement import StatementForm
from tests.matchmaking.samples import FIRM, NOON, call, on, refused

RULES = matching_rules().in_force(NOON.date(), "MATCHING")
FIRM_CALL = call("ENTERPRISE")
PLATFORM = call("PLATFORM")
TESTING = StatementForm(
    subject="TESTING", title="混凝土构件检测", text="每月一批预制构件需第三方检验检测报告", topics=("检验检测",), gbt4754=("3022",)
)
EMPTY = TESTING.model_copy(update={"title": "合作", "text": "寻求项目合作", "topics": ("合作",)})


def opened(form: StatementForm = TESTING) -> Need:
    return needs.open(publish(FIRM_CALL, form, RULES), "n1")


def matched(times: int = 1) -> Need:
    need = opened()
    for _ in range(times):
        need = on(needs, need, note_match(need, PLATFORM, MatchProposed(about="m1", need="n1")))
    return need


def test_a_need_that_says_something_is_open_at_once_for_the_days_of_its_subject() -> None:
    need = opened()
    assert (need.stage, need.owner, need.owner_kind) == ("OPEN", FIRM, "ENTERPRISE")
    assert (need.expires_on, need.remind_on) == (date(2026, 6, 7), date(2026, 5, 31))


def test_a_need_of_generic_words_waits_for_an_officer() -> None:
    need = opened(EMPTY)
    assert need.stage == "REVIEW"
    back = on(needs, need, send_back(need, call("SO_ADMIN"), "请写明检测对象"))
    assert (back.stage, back.reason) == ("RETURNED", "请写明检测对象")
    assert on(needs, back, revise(back, FIRM_CALL, TESTING, RULES)).stage == "OPEN"


def test_an_officer_may_publish_it_as_it_is() -> None:
    assert on(needs, opened(EMPTY), approve(opened(EMPTY), call("SO_ADMIN"), RULES)).stage == "OPEN"


@pytest.mark.parametrize(
    "text",
    [
        "联系 13800001234 即可商谈检测事宜",
        "请写信至 a@example.cn 商谈构件检测",
        "微信:abc 详谈预制构件检测",
        "请致电 138 0000 1234 商谈检测",
        "请致电 138-0000-1234 商谈检测",
        "座机 029-88881234 商谈",
        "座机 029 8888 1234 商谈",
    ],
)
def test_contact_details_wait_until_both_agree(text: str) -> None:
    with refused("contact_in_text"):
        publish(FIRM_CALL, TESTING.model_copy(update={"text": text}), RULES)


def test_figures_that_are_no_number_of_anybody_may_stand() -> None:
    text = "年处理 13800 吨，2026-03-09 前投产，标准 GB 32100-2015，报价 0.25 元，共 1024 件"
    assert publish(FIRM_CALL, TESTING.model_copy(update={"text": text}), RULES)


def test_it_expires_the_morning_after_its_last_day_and_may_be_renewed() -> None:
    need = opened()
    when = {m.name: t for t, m in needs.clocks(need, {})}
    assert when["announce_end"] == datetime.fromisoformat("2026-05-31T09:00+08:00")
    assert when["expire"] == datetime.fromisoformat("2026-06-08T09:00+08:00")
    gone = on(needs, need, expire(need, call("CLOCK")))
    later = call("ENTERPRISE", datetime.fromisoformat("2026-06-10T09:00+08:00"))
    again = on(needs, gone, renew(gone, later, RULES))
    assert (again.stage, again.expires_on) == ("OPEN", date(2026, 9, 8))


def test_a_match_under_way_keeps_it_from_expiring() -> None:
    assert "expire" not in {m.name for _, m in needs.clocks(matched(), {})}


def test_it_is_open_again_when_its_last_match_is_declined() -> None:
    one_left = on(needs, matched(2), note_decline(matched(2), PLATFORM, MatchDeclined(about="m1", need="n1")))
    assert (one_left.stage, one_left.open_matches) == ("MATCHED", 1)
    assert on(needs, one_left, note_decline(one_left, PLATFORM, MatchDeclined(about="m2", need="n1"))).stage == "OPEN"


def test_the_match_that_connected_holds_it_until_it_is_fulfilled_or_lapses() -> None:
    held = on(needs, matched(2), connect(matched(2), PLATFORM, MatchConnected(about="m1", need="n1")))
    assert (held.stage, held.connected) == ("CONNECTED", "m1")
    assert on(needs, held, note_lapse(held, PLATFORM, MatchLapsed(about="m2", need="n1"))).stage == "CONNECTED"
    assert on(needs, held, note_lapse(held, PLATFORM, MatchLapsed(about="m1", need="n1"))).stage == "MATCHED"
    assert on(needs, held, fulfil(held, PLATFORM, MatchFulfilled(about="m1", need="n1"))).stage == "FULFILLED"


def test_its_owner_may_take_it_back() -> None:
    assert on(needs, opened(), withdraw(opened(), FIRM_CALL, "已解决")).stage == "WITHDRAWN"
