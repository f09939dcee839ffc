from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import workdays
from shared.record import SHANGHAI
from shared.workdays import CALENDAR_VERSION, is_working_day, working_days_after

days = st.dates(date(2003, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 17), False),  # Spring Festival
        (date(2026, 2, 14), True),  # a Saturday worked in exchange
        (date(2026, 10, 1), False),
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
        (date(2027, 1, 1), False),  # override: the law fixes it before the yearly notice does
        (date(2031, 6, 2), True),  # beyond the table: Monday
        (date(2031, 6, 1), False),
    ],
)
def test_the_calendar_knows_holidays_and_exchanged_weekends(day: date, worked: bool) -> None:
    assert is_working_day(day) is worked


def test_one_working_day_after_the_eve_of_the_festival_is_nine_days_later() -> None:
    assert working_days_after(date(2026, 2, 14), 1) == date(2026, 2, 24)


def test_a_moment_keeps_its_time_and_zone() -> None:
    friday = datetime(2026, 11, 27, 9, 30, tzinfo=SHANGHAI)

    assert working_days_after(friday, 1) == datetime(2026, 11, 30, 9, 30, tzinfo=SHANGHAI)


def test_a_moment_counts_by_its_day_in_shanghai() -> None:
    late_friday_in_utc = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)  # Saturday there

    assert working_days_after(late_friday_in_utc, 1) == datetime(2026, 11, 29, 20, 0, tzinfo=UTC)


@given(days, st.integers(0, 60))
def test_the_nth_working_day_has_n_working_days_up_to_it(day: date, n: int) -> None:
    end = working_days_after(day, n)

    assert sum(is_working_day(day + timedelta(days=i)) for i in range(1, (end - day).days + 1)) == n
    assert n == 0 or is_working_day(end)


@given(days, st.integers(0, 20), st.integers(0, 20))
def test_counting_on_is_counting_the_sum(day: date, a: int, b: int) -> None:
    assert working_days_after(working_days_after(day, a), b) == working_days_after(day, a + b)


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        working_days_after(date(2026, 1, 5), -1)
    with pytest.raises(ValueError, match="zone"):
        working_days_after(datetime(2026, 1, 5), 1)
    with pytest.raises(OverflowError):
        working_days_after(date(9999, 12, 31), 1)
    with pytest.raises(AttributeError):
        workdays.__getattr__("NOTHING")


def test_the_version_is_a_digest_of_every_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workdays, "exceptions", lambda: {date(2027, 2, 6): False})

    assert len(CALENDAR_VERSION) == 12
    assert workdays._version.__wrapped__() != CALENDAR_VERSION


def test_a_day_beyond_the_last_notice_says_so() -> None:
    """2026 is known from the package; of 2027 only the days the law itself fixes are, and that is said, not guessed away."""
    assert workdays.known_until() == date(2026, 12, 31)
    assert not workdays.provisional(date(2026, 12, 31))
    assert workdays.provisional(date(2027, 1, 4))
    assert workdays.provisional(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)), "it is the next year in Xixian already"


def test_an_overriding_table_may_say_how_far_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "workdays.yaml"
    table.write_text("code: CN\nversion: x\neffective_from: 2004-01-01\ncomplete_until: 2027-12-31\nrest: [2027-02-08]\n")
    monkeypatch.setattr(workdays, "MOVED", table)
    assert workdays.known_until.__wrapped__() == date(2027, 12, 31)
    assert workdays.exceptions.__wrapped__()[date(2027, 2, 8)] is False
