"""When a notice may leave, how often it is tried, when silence is taken up: versioned data (domain §1.10), and the clock arithmetic on it."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from shared.record import SHANGHAI, Value
from shared.versions import Versioned, Versions
from shared.workdays import working_days_after

CODE = "XX-DELIVERY"
Seconds = Annotated[int, Field(ge=1, le=7 * 86400)]


class QuietHours(Value):
    """From this time of day until that one of the next morning (Asia/Shanghai) nothing leaves that is not extra urgent."""

    begin: time
    end: time

    @model_validator(mode="after")
    def spans_midnight(self) -> "QuietHours":
        if self.begin <= self.end:
            raise ValueError("quiet hours begin in the evening and end in the morning")
        return self


class DeliveryRules(Versioned):
    """quiet · lease in seconds · waits before each further attempt in seconds · working days of silence before each escalation."""

    quiet: QuietHours
    lease: Seconds
    retry_after: Annotated[tuple[Seconds, ...], Field(max_length=20)]
    escalate_after: tuple[Annotated[int, Field(ge=1, le=60)], ...]

    def open_from(self, now: datetime) -> datetime:
        """The first moment from `now` on at which a notice may leave, in UTC; `now` itself outside the quiet hours.

        The beginning is quiet, the end is not: 21:00 waits, 08:00 leaves."""
        local = now.astimezone(SHANGHAI)
        day = local.date() + timedelta(days=1) if local.time() >= self.quiet.begin else local.date()
        waits = local.time() >= self.quiet.begin or local.time() < self.quiet.end
        return (datetime.combine(day, self.quiet.end, SHANGHAI) if waits else now).astimezone(UTC)

    def leaves_at(self, now: datetime, urgency: str, quiet_hours: bool) -> datetime:
        """Now, or the end of the quiet hours; what is extra urgent, or goes to one who wants it at any hour, does not wait."""
        return now if urgency == "EXTRA_URGENT" or not quiet_hours else self.open_from(now)

    def lease_until(self, now: datetime) -> datetime:
        """Until when one attempt may take."""
        return now + timedelta(seconds=self.lease)

    def retry_at(self, now: datetime, failures: int) -> datetime | None:
        """When the next attempt is due after so many failed ones in a row; None when none is left."""
        return now + timedelta(seconds=self.retry_after[failures - 1]) if failures <= len(self.retry_after) else None

    def escalations(self, told_at: datetime) -> tuple[datetime, ...]:
        """When an unread statutory notice goes to the next level."""
        return tuple(utc(working_days_after(told_at, days)) for days in self.escalate_after)


def utc(moment: datetime) -> datetime:
    """As the ledger keeps it, so that moments compare as text."""
    return moment.astimezone(UTC)


deliveries = Versions.load(Path(__file__).parents[1] / "data" / "delivery", DeliveryRules)
