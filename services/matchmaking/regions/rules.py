"""Rules of cooperation between chambers as versioned data (`data/cooperation.yaml`). Domain §6.4."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.months import months_after
from shared.record import Call, Read
from shared.versions import Versioned, Versions, of_record

ExchangeKind = Literal["VISIT", "LETTER", "FAIR", "INVESTMENT_INTRODUCTION", "PROCUREMENT_INTRODUCTION", "ERRAND", "PARTY_BUILDING"]
Clause = Literal[
    "INFORMATION_EXCHANGE", "MUTUAL_VISITS", "FAIR_SUPPORT", "INVESTMENT_INTRODUCTION", "PROCUREMENT_INTRODUCTION", "LIAISON_PERSONS",
    "ENTRUSTED_ERRANDS", "PARTY_BUILDING",
]  # fmt: skip

Years = Annotated[int, Field(ge=1, le=10)]


class CooperationRules(Versioned):
    """Terms in years, months and days; how many exchanges of a kind a year asks for; provinces on the cooperation list."""

    term_years: int
    proposal_lapse_days: int
    remind_months: tuple[int, ...]
    dormant_months: int
    renewal_notice_months: int
    minimum_per_year: dict[ExchangeKind, int]
    certificate_check_days: int  # working days in which a host's certificate is looked at (R58)
    chamber_report_months: int  # an out-of-province chamber is heard of once in so many months
    chamber_clauses: tuple[Clause, ...]  # what an out-of-province chamber does for the association behind it
    provinces: frozenset[str]

    def remind_on(self, last: date) -> tuple[date, ...]:
        return tuple(months_after(last, m) for m in self.remind_months)

    def dormant_on(self, last: date) -> date:
        return months_after(last, self.dormant_months)

    def ends_on(self, begins: date, years: int) -> date:
        return months_after(begins, 12 * years)

    def notice_on(self, ends: date) -> date:
        return months_after(ends, -self.renewal_notice_months)


@cache
def cooperation() -> Versions[CooperationRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "cooperation.yaml", CooperationRules)


rules_of = of_record(cooperation, "COOPERATION")


async def rules_in_force(read: Read, call: Call, record: Any, body: Any) -> CooperationRules:
    """The rules in force today, whatever was heard."""
    return cooperation().in_force(call.today, "COOPERATION")
