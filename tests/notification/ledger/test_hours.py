"""Quiet hours, waits and escalation days, as versioned data."""

from datetime import UTC, date, datetime, time

import pytest
from pydantic import ValidationError

from services.notification.ledger.hours import CODE, DeliveryRules, QuietHours, deliveries
from shared.record import SHANGHAI

RULES = deliveries.in_force(date(2026, 3, 2), CODE)


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (at(2, 20, 59, 59), at(2, 20, 59, 59)),
        (at(2, 21), at(3, 8)),
        (at(2, 23, 59, 59), at(3, 8)),
        (at(3, 0), at(3, 8)),
        (at(3, 7, 59, 59), at(3, 8)),
        (at(3, 8), at(3, 8)),
        (at(3, 8, 0, 1), at(3, 8, 0, 1)),
        (at(31, 21, month=3), at(1, 8, month=4)),
        (at(28, 21, month=2), at(1, 8, month=3)),
        (at(28, 22, month=2, year=2028), at(29, 8, month=2, year=2028)),
        (at(31, 22, month=12), at(1, 8, month=1, year=2027)),
    ],
)
def test_nothing_leaves_from_nine_in_the_evening_until_eight(now: datetime, leaves: datetime) -> None:
    assert RULES.open_from(now) == leaves


def test_quiet_hours_are_those_of_shanghai_whatever_the_zone_of_the_clock() -> None:
    assert RULES.open_from(datetime(2026, 3, 2, 13, 0, tzinfo=UTC)) == at(3, 8)
    assert RULES.open_from(datetime(2026, 3, 2, 12, 59, 59, tzinfo=UTC)) == at(2, 20, 59, 59)


def test_what_is_extra_urgent_or_wanted_at_any_hour_does_not_wait() -> None:
    night = at(2, 23)
    assert RULES.leaves_at(night, "EXTRA_URGENT", True) == night
    assert RULES.leaves_at(night, "NORMAL", False) == night
    assert RULES.leaves_at(night, "URGENT", True) == at(3, 8)


def test_waits_grow_and_end() -> None:
    now = at(2, 9)
    waits = [RULES.retry_at(now, n) for n in range(1, 8)]
    seconds = [None if w is None else int((w - now).total_seconds()) for w in waits]
    assert seconds == [60, 300, 1800, 7200, 21600, 86400, None]


def test_escalation_counts_working_days() -> None:
    friday = at(6, 10)  # 6 March 2026
    assert RULES.escalations(friday) == (at(11, 10), at(13, 10))


@pytest.mark.parametrize(("begin", "end"), [(time(8), time(21)), (time(21), time(21))])
def test_quiet_hours_that_do_not_span_midnight_are_refused(begin: time, end: time) -> None:
    with pytest.raises(ValidationError):
        QuietHours(begin=begin, end=end)


def test_delivery_rules_with_an_unknown_key_are_refused() -> None:
    with pytest.raises(ValidationError):
        DeliveryRules.model_validate({**RULES.model_dump(), "resend": True})
