"""The clocks of requests for a service, as versioned data. R11."""

from functools import cache
from pathlib import Path

from shared.versions import Versioned, Versions, of_record


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


rules_of = of_record(service_rules, "SERVICES")
