"""The life of one notice."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notification.ledger.notice import Accepted, Doubt, Failure, Notice, notices
from services.notification.ledger.telling import tell
from shared.record import SHANGHAI, Call, NotAllowed, NotFound, Refused
from tests.notification.ledger.test_telling import CALL, OVERDUE, TO, USCC

NOON, NIGHT = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), datetime(2026, 3, 2, 23, tzinfo=SHANGHAI)
SENDER = Call("PLATFORM", "", NOON, UUID(int=1))
OPERATOR = replace(SENDER, role="OPERATOR")
CLOCK = replace(SENDER, role="CLOCK")
THEY = Call("ASSOCIATION", USCC, NOON, UUID(int=2), client="client-1")


def row(channel: str = "EMAIL", **change: Any) -> Notice:
    (opened,) = tell(CALL, OVERDUE, [TO.model_copy(update={"channels": (channel,), **change})])
    return notices.open(opened, "")


def moved(notice: Notice, move: str, call: Call = SENDER, form: Any = None, **fields: Any) -> Notice:
    body = form or notices.moves[move].body(**fields)
    return notices.evolve(notice, notices.decide(notice, notices.moves[move], body, call))


def sending(notice: Notice | None = None) -> Notice:
    return moved(notice or row(), "begin")


def failed_times(times: int) -> Notice:
    notice = row()
    for _ in range(times):
        notice = sending(notice)
        notice = moved(notice, "fail", form=Failure(attempt=notice.attempts, reason="451"))
        if notice.stage == "FAILED":
            notice = moved(notice, "retry", CLOCK)
    return notice


# ── on its way out ────────────────────────────────────────────────────────────────────────────────
def test_an_attempt_is_written_down_before_the_transport_is_called() -> None:
    notice = sending()
    assert (notice.stage, notice.attempts, notice.lease_until) == ("SENDING", 1, NOON + timedelta(seconds=120))


def test_a_claimed_row_cannot_be_claimed_again() -> None:
    with pytest.raises(Refused, match="SENDING"):
        sending(sending())


def test_at_night_a_claim_only_postpones() -> None:
    notice = moved(row(), "begin", replace(SENDER, now=NIGHT))
    assert (notice.stage, notice.attempts, notice.scheduled_for) == ("QUEUED", 0, datetime(2026, 3, 3, 8, tzinfo=SHANGHAI))


def test_at_night_extra_urgent_goes() -> None:
    assert moved(row(urgency="EXTRA_URGENT"), "begin", replace(SENDER, now=NIGHT)).stage == "SENDING"


def test_a_retry_at_night_waits_too() -> None:
    assert moved(failed_times(1), "begin", replace(SENDER, now=NIGHT)).stage == "RETRIED"


def test_taken_is_sent_with_receipt_and_masked_address() -> None:
    notice = moved(sending(), "accept", form=Accepted(attempt=1, receipt="250 ok", address="o***@x.example"))
    assert (notice.stage, notice.receipt, notice.address, notice.sent_at) == ("SENT", "250 ok", "o***@x.example", NOON)


def test_refused_for_now_waits_longer_each_time_and_is_dead_at_last() -> None:
    waits, notice = [], row()
    while notice.stage != "DEAD":
        notice = sending(notice)
        notice = moved(notice, "fail", form=Failure(attempt=notice.attempts, reason="451"))
        if notice.stage == "FAILED":
            assert notice.retry_at
            waits.append(int((notice.retry_at - NOON).total_seconds()))
            notice = moved(notice, "retry", CLOCK)
    assert waits == [60, 300, 1800, 7200, 21600, 86400]
    assert (notice.attempts, notice.reason) == (7, "451")


def test_refused_for_good_is_dead_at_once() -> None:
    assert moved(sending(), "fail", form=Failure(attempt=1, reason="550", permanent=True)).stage == "DEAD"


def test_an_unknown_outcome_is_never_sent_again_by_the_platform() -> None:
    notice = moved(sending(), "doubt", form=Doubt(attempt=1, reason="after DATA"))
    assert notice.stage == "UNKNOWN"
    assert notices.clocks(notice, {}) == []
    with pytest.raises(Refused, match="UNKNOWN"):
        sending(notice)


def test_a_lease_that_ran_out_is_an_unknown_outcome() -> None:
    notice = sending()
    ((at, move),) = notices.clocks(notice, {})
    assert (at, move.name) == (notice.lease_until, "lose")
    assert moved(notice, "lose", CLOCK).stage == "UNKNOWN"


def test_a_late_yes_settles_the_doubt() -> None:
    notice = moved(sending(), "lose", CLOCK)
    assert moved(notice, "accept", form=Accepted(attempt=1, receipt="250", address="o***@x.example")).stage == "SENT"


def test_word_of_an_earlier_attempt_is_not_heard() -> None:
    second = sending(failed_times(1))
    assert second.attempts == 2
    for move, form in (
        ("accept", Accepted(attempt=1, receipt="250", address="o***@x.example")),
        ("fail", Failure(attempt=1, reason="451")),
        ("doubt", Doubt(attempt=1, reason="?")),
    ):
        assert moved(second, move, form=form) == second


@pytest.mark.parametrize("role", ["ASSOCIATION", "ENTERPRISE", "SO_ADMIN", "OPERATOR"])
def test_nobody_but_the_platform_claims_or_settles(role: Any) -> None:
    with pytest.raises(NotAllowed):
        moved(row(), "begin", replace(THEY, role=role))


# ── what an operator decides ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("verdict", "stage"), [("ARRIVED", "DELIVERED"), ("SEND_AGAIN", "RETRIED"), ("GIVE_UP", "DEAD")])
def test_only_an_operator_resolves_a_doubt(verdict: str, stage: str) -> None:
    notice = moved(sending(), "lose", CLOCK)
    assert moved(notice, "resolve", OPERATOR, verdict=verdict, evidence="relay log 12:00").stage == stage
    with pytest.raises(NotAllowed):
        moved(notice, "resolve", THEY, verdict=verdict, evidence="x")


def test_what_is_sent_again_is_a_new_attempt() -> None:
    again = moved(moved(sending(), "lose", CLOCK), "resolve", OPERATOR, verdict="SEND_AGAIN", evidence="not in the log")
    assert sending(again).attempts == 2


def test_a_bounce_is_dead_a_receipt_is_delivered_and_the_dead_may_be_revived_with_new_attempts() -> None:
    sent = moved(sending(), "accept", form=Accepted(attempt=1, receipt="250", address="o***@x.example"))
    assert moved(sent, "confirm_delivery", OPERATOR, evidence="DSN").stage == "DELIVERED"
    dead = moved(sent, "report_bounce", OPERATOR, evidence="mailbox full")
    assert dead.stage == "DEAD"
    revived = moved(dead, "revive", OPERATOR, evidence="mailbox emptied")
    assert (revived.stage, revived.failures) == ("RETRIED", 0)


# ── what the recipient does, and does not ─────────────────────────────────────────────────────────
def test_reading_and_signing_keep_when_and_from_where() -> None:
    notice = moved(moved(row("IN_APP"), "read", THEY), "acknowledge", THEY)
    assert (notice.stage, notice.read_at, notice.acknowledged_at) == ("ACKNOWLEDGED", NOON, NOON)
    assert len(notice.acknowledged_client) == 16
    assert "client-1" not in notice.acknowledged_client


def test_another_association_does_not_even_see_it() -> None:
    with pytest.raises(NotFound):
        moved(row("IN_APP"), "read", replace(THEY, organisation="51610000MJU0000020"))


def test_an_email_is_read_in_the_inbox() -> None:
    sent = moved(sending(), "accept", form=Accepted(attempt=1, receipt="250", address="o***@x.example"))
    with pytest.raises(Refused, match="inbox"):
        moved(moved(sent, "confirm_delivery", OPERATOR, evidence="DSN"), "read", THEY)


def test_unread_goes_up_level_by_level_and_stops() -> None:
    notice, fired, seen = row("IN_APP"), dict[str, datetime](), []
    while due := notices.clocks(notice, fired):
        at, move = due[0]
        notice, fired = moved(notice, move.name, replace(CLOCK, now=at)), {move.name: at}
        seen.append((at.astimezone(SHANGHAI).day, notice.holders[-1], notice.escalated))
    assert seen == [(5, "dept:so-admin", 1), (9, "dept:approval", 2)]
    assert notice.stage == "DELIVERED"


def test_levels_that_came_due_during_an_outage_are_all_told_at_one_ring() -> None:
    notice = row("IN_APP")
    back = notice.escalate_at[-1] + timedelta(hours=1)
    ((_, move),) = notices.clocks(notice, {})
    notice = moved(notice, move.name, replace(CLOCK, now=back))
    assert (notice.escalated, notice.holders[-2:]) == (2, ("dept:so-admin", "dept:approval"))
    assert notices.clocks(notice, {move.name: back}) == []


def test_an_outage_between_two_levels_does_not_hurry_the_second() -> None:
    notice = row("IN_APP")
    back = notice.escalate_at[-1] - timedelta(hours=1)
    notice = moved(notice, "escalate", replace(CLOCK, now=back))
    assert (notice.escalated, notice.holders[-1]) == (1, "dept:so-admin")
    assert [at for at, _ in notices.clocks(notice, {"escalate": back})] == [notice.escalate_at[-1]]


def test_a_ring_before_the_first_level_is_due_tells_nobody() -> None:
    assert moved(row("IN_APP"), "escalate", CLOCK) == row("IN_APP")


def test_the_next_level_sees_it_but_does_not_sign_for_the_recipient() -> None:
    notice = row("IN_APP")
    notice = moved(notice, "escalate", replace(CLOCK, now=notice.escalate_at[0]))
    admin = replace(THEY, role="SO_ADMIN", organisation="dept:so-admin")
    assert notices.owns(notice, admin)
    with pytest.raises(NotAllowed, match="only the recipient"):
        moved(notice, "acknowledge", admin)


def test_what_was_read_is_not_escalated() -> None:
    assert notices.clocks(moved(row("IN_APP"), "read", THEY), {}) == []


def test_a_suppressed_row_stays_as_it_is() -> None:
    notice = row(has_address=False)
    assert (notice.stage, notice.reason) == ("SUPPRESSED", "NO_ADDRESS")
    assert [m.name for m in notices.moves.values() if "SUPPRESSED" in m.when] == []
