"""Clocks of promotion events, delegations and prospects from abroad, and the legal paths of these, as versioned data. R56, R60."""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.matchmaking.months import morning
from shared.versions import Versioned, Versions, of_record

LegalPath = Literal["FOREIGN_CHAMBER", "NGO_OFFICE"]
Paper = Literal[
    "APPLICATION", "CHARTER", "LIST_OF_FOUNDERS", "OFFICERS", "PREMISES", "PROOF_OF_EXISTENCE_ABROAD", "CHIEF_REPRESENTATIVE", "FUNDS",
    "CONSENT_OF_SUPERVISING_UNIT",
]  # fmt: skip


class Way(BaseModel):
    """How an organisation from abroad is registered: where, with which papers, and whether a supervising unit must agree."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authority: str
    supervising_unit: bool
    papers: tuple[Paper, ...]


class MeetingRules(Versioned):
    """Terms in days; the legal paths by their names."""

    answer_remind_days: int
    lapse_days: int
    follow_up_days: int
    close_days: int
    contact_days: int
    prospect_follow_up_days: int
    decision_days: int
    paths: dict[LegalPath, Way]

    def lapses_at(self, planned: date) -> datetime:
        return morning(planned + timedelta(days=self.lapse_days))

    def remind_at(self, answer_by: date) -> datetime:
        return morning(answer_by - timedelta(days=self.answer_remind_days))

    def follow_up_due(self, held: date) -> datetime:
        return morning(held + timedelta(days=self.follow_up_days))

    def closes_at(self, day: date) -> datetime:
        return morning(day + timedelta(days=self.close_days))


@cache
def meeting_rules() -> Versions[MeetingRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "meeting_rules.yaml", MeetingRules)


rules_of = of_record(meeting_rules, "MEETINGS")
