"""Rules of membership fees as versioned data (R5, R6; domain §3.4)."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from services.registry.values import MonthDay
from shared.record import Call, Given, Read
from shared.versions import Versioned, Versions


class FeeRules(Versioned):
    """How many tiers, in how many days published, when due, and from which share (permille) an income depends on one source."""

    basis: str
    tiers_max: Annotated[int, Field(ge=1)]
    publish_days: Annotated[int, Field(ge=1)]
    publish_reminder_days: tuple[Annotated[int, Field(ge=1, le=365)], ...]
    due: MonthDay
    dependence_permille: Annotated[int, Field(ge=1, le=1000)]


RULES: Versions[FeeRules] = Versions.load(Path(__file__).parent.parent / "data" / "members" / "fees.yaml", FeeRules)


async def rules_in_force(read: Read, call: Call, record: Any, body: object) -> FeeRules:
    """Given: the rules the record was opened under, or those in force."""
    return RULES.get("FEES", record.rules_version) if record is not None else RULES.in_force(call.today)


Rules = Annotated[FeeRules, Given(rules_in_force)]
