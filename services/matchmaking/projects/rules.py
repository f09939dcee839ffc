"""Rules of standards and exchange placements as versioned data (`data/project_rules.yaml`). Domain R45, R53."""

import re
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from services.matchmaking.months import months_after, morning
from shared.record import Malformed
from shared.versions import Versioned, Versions, of_record

StandardLevel = Literal["INTERNATIONAL", "NATIONAL", "INDUSTRY", "GROUP", "LOCAL", "ENTERPRISE"]


class ProjectRules(Versioned):
    """Forms of standard codes and days of comment by level, years to the re-review, months and days of a placement."""

    code_forms: dict[StandardLevel, str]
    comment_days: dict[StandardLevel, int]
    re_review_years: int
    placement_months: int
    placement_report_days: int
    placement_take_up_days: int

    @model_validator(mode="after")
    def forms_can_be_read(self) -> "ProjectRules":
        for form in self.code_forms.values():
            re.compile(form)
        return self

    def must_be_a_code(self, level: StandardLevel, code: str) -> None:
        """Raises: Malformed for a code that is not written as those of its level."""
        if not re.fullmatch(self.code_forms[level], code):
            raise Malformed("code_of_another_level", f"no code of a {level} standard", "标准编号与标准级别不符", pointer="/code")

    def comments_until(self, level: StandardLevel, day: date) -> date:
        """The first day on which comments may be closed."""
        return day + timedelta(days=self.comment_days[level])

    def re_review_on(self, day: date) -> date:
        return months_after(day, 12 * self.re_review_years)

    def report_due(self, ended: date) -> datetime:
        return morning(ended + timedelta(days=self.placement_report_days))

    def take_up_by(self, starts: date) -> datetime:
        return morning(starts + timedelta(days=self.placement_take_up_days))


@cache
def project_rules() -> Versions[ProjectRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "project_rules.yaml", ProjectRules)


rules_of = of_record(project_rules, "PROJECTS")
