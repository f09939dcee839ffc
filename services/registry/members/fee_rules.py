"""Rules of membership fees as versioned data (R5, R6; domain §3.4)."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.registry.values import MonthDay
from shared.record import Given
from shared.versions import Versioned, Versions, of_record


class FeeRules(Versioned):
    """How many tiers, in how many days published, when due, and from which share (permille) an income depends on one source."""

    basis: str
    tiers_max: Annotated[int, Field(ge=1)]
    publish_days: Annotated[int, Field(ge=1)]
    publish_reminder_days: tuple[Annotated[int, Field(ge=1, le=365)], ...]
    due: MonthDay
    dependence_permille: Annotated[int, Field(ge=1, le=1000)]


RULES: Versions[FeeRules] = Versions.load(Path(__file__).parent.parent / "data" / "members" / "fees.yaml", FeeRules)
rules_in_force = of_record(lambda: RULES, "FEES", "rules_version")


Rules = Annotated[FeeRules, Given(rules_in_force)]
