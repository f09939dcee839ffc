"""Key figures of the funnel [开工率、履约率、资金到位率], domain §6.1; checked against a published case of 292 contracts [IN8]."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Contracts:
    """Contracts by what became of them, and the money in fen."""

    built: int = 0
    building: int = 0
    in_approval: int = 0
    ended: int = 0
    contracted: int = 0
    paid_in: int = 0

    @property
    def all(self) -> int:
        return self.built + self.building + self.in_approval + self.ended

    @property
    def start_rate(self) -> float | None:
        """开工率 = (built + building) / contracts, 0…1; None without contracts."""
        return (self.built + self.building) / self.all if self.all else None

    @property
    def performance_rate(self) -> float | None:
        """履约率 = (built + building + in approval) / contracts, 0…1; None without contracts."""
        return (self.built + self.building + self.in_approval) / self.all if self.all else None

    @property
    def funds_rate(self) -> float | None:
        """资金到位率 = paid in / contracted; None while nothing is contracted."""
        return self.paid_in / self.contracted if self.contracted else None


@dataclass(frozen=True)
class Signed:
    """One contract: the stage the lead has reached, and its money in fen."""

    stage: str
    contracted: int = 0
    paid_in: int = 0


GROUPS = {"IN_PRODUCTION": "built", "STARTED": "building", "SIGNED": "in_approval", "REGISTERED": "in_approval", "DROPPED": "ended"}


def contracts(signed: Iterable[Signed]) -> Contracts:
    """Count signed leads: in production = built, started = building, signed or registered = in approval, dropped = ended."""
    rows = list(signed)
    count = dict.fromkeys(("built", "building", "in_approval", "ended"), 0)
    for row in rows:
        count[GROUPS[row.stage]] += 1
    return Contracts(**count, contracted=sum(r.contracted for r in rows), paid_in=sum(r.paid_in for r in rows))
