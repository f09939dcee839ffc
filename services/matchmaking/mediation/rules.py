"""The clocks of chamber mediation, as versioned data. R22."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from services.matchmaking.months import morning
from shared.record import Call, Read
from shared.versions import Versioned, Versions


class MediationRules(Versioned):
    """Terms in days, or in working days where the name says so."""

    accept_working_days: int
    answer_working_days: int
    mediation_days: int
    extension_days: int
    remind_days: int
    confirmation_days: int

    def term(self, ends_on: date) -> dict[str, Any]:
        """The last day, when the mediation ends without an agreement, and when both sides are reminded."""
        return {
            "ends_on": ends_on,
            "ends_at": morning(ends_on + timedelta(days=1)),
            "remind_at": morning(ends_on - timedelta(days=self.remind_days)),
        }


@cache
def mediation_rules() -> Versions[MediationRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "mediation_rules.yaml", MediationRules)


async def rules_of(read: Read, call: Call, record: Any, body: Any) -> MediationRules:
    """The rules in force today, or those the case was filed under."""
    return mediation_rules().get("MEDIATION", record.rules) if record else mediation_rules().in_force(call.today, "MEDIATION")
