"""Terms counted in months: a day keeps its number, or becomes the last day of a shorter month."""

from calendar import monthrange
from datetime import date, datetime, time

from shared.record import SHANGHAI


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later: 31 August and six months make 28 or 29 February.

    Raises: ValueError beyond the year 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def morning(day: date) -> datetime:
    """Nine o'clock in Asia/Shanghai: when a deadline of whole days is looked at."""
    return datetime.combine(day, time(9), SHANGHAI)
