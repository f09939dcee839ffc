"""Rules of accounting as versioned data (R31, R32): the text in force and the days by which statements are filed."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.versions import Versioned, Versions, of_record


class AccountingRules(Versioned):
    """Days after a month's end, months after a year's end, and reminders in days before a contract runs out."""

    basis: str
    month_due_days: Annotated[int, Field(ge=1, le=366)]
    year_due_months: Annotated[int, Field(ge=1, le=12)]
    contract_reminder_days: tuple[Annotated[int, Field(ge=1, le=365)], ...]


RULES: Versions[AccountingRules] = Versions.load(Path(__file__).parent.parent / "data" / "accounting", AccountingRules)
rules_in_force = of_record(lambda: RULES, "NPO_ACCOUNTING", "rules_version")
