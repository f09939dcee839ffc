"""Rules about people as versioned data (R30, R42, R44; domain §3.4, §1.10)."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from shared.record import Call, Given, Read
from shared.versions import Versioned, Versions

Days = tuple[Annotated[int, Field(ge=1, le=730)], ...]


class PeopleRules(Versioned):
    """Ages and terms in years, hours of training in a year, cycle in years, reminders in days."""

    basis: str
    age_max: int
    terms_max: int
    cooling_years: int
    filing_days: int
    filing_reminder_days: Days
    training_hours_per_year: int
    training_cycle_years: int
    training_reminder_days: Days


RULES: Versions[PeopleRules] = Versions.load(Path(__file__).parent.parent / "data" / "people", PeopleRules)


async def rules_in_force(read: Read, call: Call, record: Any, body: object) -> PeopleRules:
    """Given: the rules the record was opened under, or those in force."""
    return RULES.get("PEOPLE", record.rules_version) if record is not None else RULES.in_force(call.today)


Rules = Annotated[PeopleRules, Given(rules_in_force)]
