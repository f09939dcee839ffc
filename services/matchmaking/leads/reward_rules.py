"""What a landed lead is worth to those who brought it, as versioned data (`data/reward_rules.yaml`). Domain §6.3; R55, R40."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from services.matchmaking.leads.forms import Credit
from services.matchmaking.months import months_after
from shared.record import Fen
from shared.versions import Versioned, Versions
from shared.workdays import working_days_after

Tranche = Literal["FUNDS", "PRODUCTION"]


class RewardRules(Versioned):
    """The rate in thousandths of the verified fixed assets, the cap of a project in fen, and the terms."""

    rate_permille: int = Field(ge=0, le=1000)
    cap: Fen
    first_percent: int = Field(ge=0, le=100)
    claim_months: int
    remind_days: int
    decision_working_days: int
    payment_days: int

    def award(self, fixed_assets_verified: int) -> int:
        """min(rate · fixed assets, cap), in whole fen."""
        return min(fixed_assets_verified * self.rate_permille // 1000, self.cap)

    def first(self, award: int) -> int:
        """What is released when the paid-in capital is verified; the rest waits for production."""
        return award * self.first_percent // 100

    def claim_by(self, day: date) -> date:
        return months_after(day, self.claim_months)

    def remind_on(self, day: date) -> date:
        return self.claim_by(day) - timedelta(days=self.remind_days)

    def decide_by(self, day: date) -> date:
        return working_days_after(day, self.decision_working_days)

    def pay_by(self, day: date) -> date:
        return day + timedelta(days=self.payment_days)


@cache
def reward_rules() -> Versions[RewardRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "reward_rules.yaml", RewardRules)


def split(amount: int, credits: Sequence[Credit]) -> dict[str, int]:
    """The amount dealt out by the shares, to the last fen: what is left over goes to the largest remainders, of equal ones to the first."""
    whole = sum(c.permille for c in credits)
    dealt = [amount * c.permille // whole for c in credits]
    rest = sorted(range(len(credits)), key=lambda n: (-(amount * credits[n].permille % whole), n))
    for n in rest[: amount - sum(dealt)]:
        dealt[n] += 1
    found: dict[str, int] = {}
    for credit, part in zip(credits, dealt, strict=True):
        found[credit.association] = found.get(credit.association, 0) + part
    return found
