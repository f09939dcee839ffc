from datetime import timedelta
from typing import Any

import pytest

from services.matchmaking.service_centre import service_item as item_moves
from services.matchmaking.service_centre.rules import service_rules
from services.matchmaking.service_centre.service_item import CENTRE, AssociationEnded, ServiceItem, items, offer
from services.matchmaking.service_centre.service_request import (
    ServiceRequest,
    ask,
    assign,
    begin,
    confirm,
    confirm_by_silence,
    decline,
    decline_for_ended,
    fall_overdue,
    press_for_beginning,
    press_for_desk,
    reopen,
    requests,
    resolve,
    withdraw,
)
from shared.record import Malformed
from tests.matchmaking.samples import AUTOMOTIVE, FIRM, LOGISTICS, NOON, call, on, refused

TODAY, RULES = NOON.date(), service_rules().get("SERVICES", "2021-1")
TERMS: dict[str, Any] = {
    "name": "章程修订辅导", "channel": "COUNTER", "receivers": ("ASSOCIATION",), "fee": 0, "promised_working_days": 5, "description": "逐条辅导",
}  # fmt: skip


def of_the_centre(**more: Any) -> ServiceItem:
    return items.open(offer(call("SO_ADMIN", organisation=CENTRE), **TERMS | more, others=[]), "i1")


def of_an_association() -> ServiceItem:
    return items.open(offer(call(), **TERMS | {"receivers": ("ENTERPRISE",), "fee": 50_000}, others=[]), "i2")


def asked(item: ServiceItem | None = None) -> ServiceRequest:
    return requests.open(ask(call(organisation=AUTOMOTIVE), "i1", "第十二条如何修改", item or of_the_centre(), RULES), "r1")


def centre(days: int = 0) -> Any:
    return call("SO_ADMIN", NOON + timedelta(days=days), CENTRE)


def assigned() -> ServiceRequest:
    return on(requests, asked(), assign(asked(), centre(), "C-3", RULES))


def at_work() -> ServiceRequest:
    return on(requests, assigned(), begin(assigned(), centre()))


def resolved(record: ServiceRequest | None = None) -> ServiceRequest:
    record = record or at_work()
    return on(requests, record, resolve(record, centre(), "见附表", RULES))


# ── items ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_centre_takes_no_fee_and_an_association_may() -> None:
    with pytest.raises(Malformed, match="no fee"):
        of_the_centre(fee=100)
    assert (of_the_centre().provider, of_an_association().fee) == (CENTRE, 50_000)


def test_one_item_of_a_name_for_each_provider_and_no_way_round_the_platform() -> None:
    with refused("already_offered"):
        offer(centre(), **TERMS, others=[of_the_centre()])
    with pytest.raises(Malformed, match="contact"):
        of_the_centre(description="微信号：abc")


def test_only_its_provider_changes_or_withdraws_it() -> None:
    mine = of_an_association()
    with refused("not_the_provider"):
        item_moves.change(mine, call(organisation=AUTOMOTIVE), "ONLINE", 0, 3, "线上办理")
    with refused("not_the_provider"):
        item_moves.withdraw(mine, centre())
    changed = on(items, mine, item_moves.change(mine, call(), "ONLINE", 0, 3, "线上办理"))
    assert (changed.channel, changed.promised_working_days, changed.name) == ("ONLINE", 3, mine.name)
    gone = item_moves.withdraw_for_ended(mine, call("PLATFORM"), AssociationEnded(about=LOGISTICS, uscc=LOGISTICS))
    assert on(items, mine, gone).claim is None


# ── requests ──────────────────────────────────────────────────────────────────────────────────────
def test_only_those_it_is_for_may_ask_and_only_for_what_is_offered() -> None:
    with pytest.raises(Malformed, match="no such service"):
        ask(call(), "i9", "请问", None, RULES)
    withdrawn = on(items, of_the_centre(), item_moves.withdraw(of_the_centre(), centre()))
    with pytest.raises(Malformed, match="no such service"):
        asked(withdrawn)
    with refused("not_for_you"):
        ask(call("ENTERPRISE", organisation=FIRM), "i1", "请问", of_the_centre(), RULES)
    with refused("not_for_you"):
        ask(call(), "i2", "请问", of_an_association(), RULES)


def test_the_time_promised_is_that_of_the_day_it_was_asked() -> None:
    assert (asked().due_on - TODAY).days == 7  # five working days over a weekend
    assert asked().assign_by == call().now.replace(day=10)


def test_it_is_given_to_a_desk_begun_answered_and_rated() -> None:
    done = on(requests, resolved(), confirm(resolved(), call(organisation=AUTOMOTIVE), 5))
    assert (done.stage, done.desk, done.rating, done.resolved_on) == ("CONFIRMED", "C-3", 5, TODAY)


def test_the_provider_works_and_the_requester_confirms() -> None:
    with refused("not_the_provider"):
        assign(asked(), call(organisation=AUTOMOTIVE), "C-3", RULES)
    for early in (begin,):
        with refused("not_the_provider"):
            early(assigned(), call(organisation=AUTOMOTIVE))
    for move in (
        lambda: confirm(resolved(), call(), 5),
        lambda: reopen(resolved(), call(), "未答复", RULES),
        lambda: withdraw(asked(), call()),
    ):
        with refused("not_the_requester"):
            move()


def test_an_answer_is_sent_back_twice_at_most() -> None:
    record = resolved()
    for n in (1, 2):
        record = on(requests, record, reopen(record, call(organisation=AUTOMOTIVE), "未答复第三问", RULES))
        assert (record.stage, record.reopened) == ("IN_PROGRESS", n)
        record = resolved(record)
    with refused("reopened_enough"):
        reopen(record, call(organisation=AUTOMOTIVE), "仍未答复", RULES)


def test_who_stands_still_is_pressed_who_is_late_is_told_once_and_silence_confirms() -> None:
    assert on(requests, asked(), press_for_desk(asked(), call("CLOCK"))).assign_by is None
    assert on(requests, assigned(), press_for_beginning(assigned(), call("CLOCK"))).begin_by is None
    late = on(requests, asked(), fall_overdue(asked(), call("CLOCK")))
    assert fall_overdue.__name__ not in [m.name for _, m in requests.clocks(on(requests, late, assign(late, centre(), "C-3", RULES)), {})]
    assert confirm_by_silence(resolved(), call("CLOCK")).rating is None


def test_it_may_be_declined_with_a_reason_or_withdrawn_and_ends_with_its_provider() -> None:
    assert on(requests, at_work(), decline(at_work(), centre(), "不在服务范围")).stage == "DECLINED"
    assert on(requests, asked(), withdraw(asked(), call(organisation=AUTOMOTIVE))).stage == "WITHDRAWN"
    gone = decline_for_ended(asked(), call("PLATFORM"), AssociationEnded(about=LOGISTICS, uscc=LOGISTICS))
    assert gone.reason == "the provider is no longer registered"
