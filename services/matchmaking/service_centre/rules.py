"""The clocks of requests for a service, as versioned data. R11."""

from functools import cache
from pathlib import Path
from typing import Any

from shared.record import Call, Read
from shared.versions import Versioned, Versions


class ServiceRules(Versioned):
    """Terms in working days."""

    assign_working_days: int
    begin_working_days: int
    confirm_working_days: int
    reopenings: int


@cache
def service_rules() -> Versions[ServiceRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "service_rules.yaml", ServiceRules)


async def rules_of(read: Read, call: Call, record: Any, body: Any) -> ServiceRules:
    """The rules in force today, or those the request was received under."""
    return service_rules().get("SERVICES", record.rules) if record else service_rules().in_force(call.today, "SERVICES")
