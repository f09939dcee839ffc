"""Rules of matching conferences as versioned data (`data/conference_rules.yaml`). Domain R56; matching.md §3."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from shared.record import Call, Read
from shared.versions import Versioned, Versions


class ConferenceRules(Versioned):
    """Scores 0…1 from which two are brought together, and from which a meeting is a good one; days and seconds."""

    floor: Annotated[float, Field(ge=0, le=1)]
    good: Annotated[float, Field(ge=0, le=1)]
    follow_up_days: Annotated[int, Field(ge=1)]
    horizon_days: Annotated[int, Field(ge=1)]
    lapse_days: Annotated[int, Field(ge=1)]
    seconds: Annotated[int, Field(ge=1)]

    def follow_up_by(self, now: datetime) -> datetime:
        return now + timedelta(days=self.follow_up_days)


@cache
def conference_rules() -> Versions[ConferenceRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "conference_rules.yaml", ConferenceRules)


async def rules_of(read: Read, call: Call, record: Any, body: Any) -> ConferenceRules:
    """The rules in force today, or those the conference was planned under."""
    return conference_rules().get("CONFERENCE", record.rules) if record else conference_rules().in_force(call.today, "CONFERENCE")
