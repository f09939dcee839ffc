"""The clocks of chamber mediation, as versioned data. R22."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from services.matchmaking.months import morning
from shared.versions import Versioned, Versions, of_record


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


rules_of = of_record(mediation_rules, "MEDIATION")
