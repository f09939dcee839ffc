"""Rules of needs, offers and matches as versioned data (`data/matching_rules.yaml`). Domain R52."""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from shared.versions import Versioned, Versions, of_record
from shared.workdays import working_days_after

Subject = Literal[
    "MEMBERS", "MEMBERSHIP", "TECHNOLOGY", "FINANCE", "TALENT", "MARKET", "PROCUREMENT", "TESTING", "SPACE", "POLICY", "LEGAL",
    "COOPERATION", "INVESTMENT",
]  # fmt: skip


class MatchingRules(Versioned):
    """Days a need or offer stands by its subject, days to answer and to bring a match to an end, and what passes without review."""

    need_days: dict[Subject, int]
    offer_days: dict[Subject, int]
    remind_days: int
    min_characters: int
    min_terms: int
    review_working_days: int
    respond_days: int
    respond_remind_days: int
    outcome_days: int
    outcome_remind_days: int
    quota: int
    quota_days: int
    report_days: int
    report_working_days: int
    strikes: int
    strike_days: int
    pause_days: int

    def need_expires(self, subject: Subject, day: date) -> date:
        return day + timedelta(days=self.need_days[subject])

    def offer_expires(self, subject: Subject, day: date) -> date:
        return day + timedelta(days=self.offer_days[subject])

    def review_by(self, now: datetime) -> datetime:
        return working_days_after(now, self.review_working_days)

    def respond_by(self, now: datetime) -> datetime:
        return now + timedelta(days=self.respond_days)

    def outcome_by(self, now: datetime) -> datetime:
        return now + timedelta(days=self.outcome_days)


@cache
def matching_rules() -> Versions[MatchingRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "matching_rules.yaml", MatchingRules)


rules_of = of_record(matching_rules, "MATCHING")
