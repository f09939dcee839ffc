"""Rules of matching conferences as versioned data (`data/conference_rules.yaml`). Domain R56; matching.md §3."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.versions import Versioned, Versions, of_record


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


rules_of = of_record(conference_rules, "CONFERENCE")
