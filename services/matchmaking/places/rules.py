"""Rules of clusters as versioned data (`data/place_rules.yaml`), and the admission score. Domain §5.4."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.matchmaking.months import months_after, morning
from services.matchmaking.places.standing import Standing
from shared.record import Fen, Value
from shared.versions import Versioned, Versions, of_record
from shared.workdays import working_days_after

Points = Annotated[Decimal, Field(ge=0, le=100, max_digits=4, decimal_places=1)]


class AdmissionScore(Value):
    """Points for the policy's lists, the grade, the members and the plan of services; `admitted` by the threshold of the rules."""

    priority: Points
    grade: Points
    members: Points
    service_plan: Points
    total: Points
    admitted: bool


class PlaceRules(Versioned):
    """Points of admission, terms in months, notices in days or working days, the income in fen a year beyond which a tenant graduates."""

    priority_lists: frozenset[str]
    priority_points: int
    grade_points: dict[str, int]
    member_points: int
    members_from: int
    members_to: int
    service_plan_points: int
    admitted_from: int
    result_working_days: int
    take_up_days: int
    term_months: int
    longest_months: int
    desk_months: int
    review_notice_days: int
    review_valid_days: int
    income_ceiling: Fen
    hand_over_working_days: int

    def score(self, standing: Standing, service_plan: int) -> AdmissionScore:
        """40 for a development list, up to 20 for the grade, 20 for members (none at 30, all at 150) and 20 for the plan of services."""
        priority = Decimal(self.priority_points if self.priority_lists & set(standing.lists) else 0)
        grade = Decimal(self.grade_points.get(standing.grade or "", 0))
        beyond = min(max(standing.members - self.members_from, 0), self.members_to - self.members_from)
        exact = Decimal(self.member_points * beyond) / (self.members_to - self.members_from)
        members = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
        total = priority + grade + members + service_plan
        return AdmissionScore(
            priority=priority, grade=grade, members=members, service_plan=Decimal(service_plan), total=total,
            admitted=total >= self.admitted_from,
        )  # fmt: skip

    def result_due(self, now: datetime) -> datetime:
        return working_days_after(now, self.result_working_days)

    def hand_over_by(self, day: date) -> datetime:
        return morning(working_days_after(day, self.hand_over_working_days))

    def ends_on(self, starts: date, months: int) -> date:
        """The last day of so many months."""
        return months_after(starts, months) - timedelta(days=1)


@cache
def place_rules() -> Versions[PlaceRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "place_rules.yaml", PlaceRules)


rules_of = of_record(place_rules, "PLACES")
