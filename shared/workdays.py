"""Working days of the Chinese state calendar: weekends, holidays, and weekends worked in exchange [调休] (domain §2.5).

From 2004 to the last year the `chinesecalendar` package covers, its table holds; `data/workdays.yaml` overrides it. Beyond that,
until the State Council's yearly notice is in one of the two, a working day is Monday to Friday: a deadline computed then is
computed anew when the calendar changes, and says under which `CALENDAR_VERSION` it was.
"""

from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from shared.record import SHANGHAI
from shared.versions import Versioned, Versions

Day = TypeVar("Day", date, datetime)
MOVED = Path(__file__).parent / "data" / "workdays.yaml"
CALENDAR_VERSION: str  # digest of every day that is not plain Monday to Friday


class DaysMoved(Versioned):
    """Days of rest that the week would have worked, and days worked that it would have rested."""

    rest: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    complete_until: date | None = None  # with this table every notice up to this day is known


@cache
def exceptions() -> dict[date, bool]:
    """Every day that is not what its weekday says → whether it is worked."""
    from chinese_calendar.constants import holidays, workdays

    days = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)
    for moved in Versions.load(MOVED, DaysMoved).all():
        days |= dict.fromkeys(moved.rest, False) | dict.fromkeys(moved.work, True)
    return {day: worked for day, worked in days.items() if worked != (day.weekday() < 5)}


def is_working_day(day: date) -> bool:
    return exceptions().get(day, day.weekday() < 5)


@cache
def known_until() -> date:
    """The last day whose holidays are known: the last year of the package, or as far as the overriding table says it is complete."""
    from chinese_calendar.constants import holidays

    said = [moved.complete_until for moved in Versions.load(MOVED, DaysMoved).all() if moved.complete_until]
    return max([date(max(holidays).year, 12, 31), *said])


def provisional(day: date) -> bool:
    """Whether the calendar cannot say yet: the day lies beyond the last notice, and counts by its weekday only until there is one."""
    return shanghai_day(day) > known_until()


def working_days_after(when: Day, n: int) -> Day:
    """The n-th working day after `when`, at the same time of day; the day itself does not count, and n = 0 is `when` itself.

    A datetime counts by its day in Asia/Shanghai and keeps its own zone. Raises: ValueError for a naive datetime or a negative n;
    OverflowError beyond the year 9999."""
    if n < 0:
        raise ValueError("working days are counted forward")
    day = shanghai_day(when)
    start = day
    while n:
        day += timedelta(days=1)
        n -= is_working_day(day)
    return when + (day - start)


def shanghai_day(when: date) -> date:
    """The calendar day of a moment in Asia/Shanghai. Raises: ValueError for a datetime without zone."""
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is None:
        raise ValueError("a moment without zone has no day")
    return when.astimezone(SHANGHAI).date()


@cache
def _version() -> str:
    return sha256("".join(f"{day}{worked}" for day, worked in sorted(exceptions().items())).encode()).hexdigest()[:12]


def __getattr__(name: str) -> str:
    if name == "CALENDAR_VERSION":
        return _version()
    raise AttributeError(name)
