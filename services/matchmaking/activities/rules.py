"""Rules of activities as versioned data (`data/activity_rules.yaml`). Domain R12, R21, R54, R57, R78."""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.months import morning
from shared.record import Refused
from shared.versions import Versioned, Versions, of_record
from shared.workdays import working_days_after

ActivityType = Literal["FORUM", "FESTIVAL", "FAIR", "TRAINING", "VISIT", "SALON", "CONTEST", "EVALUATION", "COMMENDATION", "OTHER"]
Level = Literal["NEW_CITY", "NEW_AREA", "MUNICIPAL", "PROVINCIAL", "NATIONAL", "INTERNATIONAL"]
Persons = Annotated[int, Field(ge=0, le=10**7, description="persons")]


class ActivityRules(Versioned):
    """Which sorts are filed or need a permit before they are held, how long ahead, and by when they are reported; days."""

    permit_types: frozenset[ActivityType]
    filing_types: frozenset[ActivityType]
    filing_working_days_ahead: int
    answer_working_days: int
    talent_answer_working_days: int
    licensed_from: int
    report_days: int
    lapse_days: int

    def must_be_filed(self, activity_type: ActivityType, expected: int) -> bool:
        """By its sort, or because so many are expected that it needs a licence."""
        return activity_type in self.filing_types or expected >= self.licensed_from

    def must_be_papers(self, activity_type: ActivityType, expected: int, permit: str | None, licence: str | None) -> None:
        """Raises: Refused where the permit of an evaluation or commendation, or the licence of a large gathering, is not named."""
        if activity_type in self.permit_types and not permit:
            raise Refused(
                "permit_missing", "evaluations and commendations need permission", "评比达标表彰活动须事先经批准", pointer="/permit"
            )
        if expected >= self.licensed_from and not licence:
            n = self.licensed_from
            raise Refused(
                "licence_missing", f"a gathering from {n} persons is licensed", f"预计 {n} 人以上须取得安全许可", pointer="/licence"
            )

    def must_be_early(self, day: date, today: date) -> None:
        """Raises: Refused for a filing that comes too shortly before the day."""
        if working_days_after(today, self.filing_working_days_ahead) > day:
            n = self.filing_working_days_ahead
            raise Refused("filing_late", f"it is filed {n} working days ahead", f"须提前 {n} 个工作日报备")

    def answer_due(self, now: datetime) -> datetime:
        return working_days_after(now, self.answer_working_days)

    def talent_answer_due(self, now: datetime) -> datetime:
        return working_days_after(now, self.talent_answer_working_days)

    def report_due(self, held: date) -> datetime:
        return morning(held + timedelta(days=self.report_days))

    def lapses_at(self, planned: date) -> datetime:
        return morning(planned + timedelta(days=self.lapse_days))


@cache
def activity_rules() -> Versions[ActivityRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "activity_rules.yaml", ActivityRules)


rules_of = of_record(activity_rules, "ACTIVITIES")
