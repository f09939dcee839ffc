"""What is usual among the candidates of a kind: exposure, capacity, and success by section. matching.md §2.4.

Sums are kept as integers, so that they can be added to and taken from in any order and in any number of parts and come out the
same to the last bit: a list must not depend on how its index was built. The market is that of everybody who may be recommended
at all; whom one seeker already knows does not change what is usual.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import fsum
from typing import Any

from services.matchmaking.engine.scoring import Market, Party, halved, section_of
from services.matchmaking.engine.weights import Weights

GRAIN = 1 << 20  # an exposure is counted in parts of this many


@dataclass
class Tally:
    """How many there are, how many matches they can take on together, and what is known of those ever shown."""

    parties: int = 0
    capacity: int = 0
    shown: Counter[str] = field(default_factory=Counter)  # by section
    accepted: Counter[str] = field(default_factory=Counter)
    exposure: Counter[str] = field(default_factory=Counter)  # by the day it is decayed to, in grains

    def count(self, party: Party, weights: Weights, times: int = 1) -> None:
        """Add a party, or with -1 take it away."""
        self.parties += times
        self.capacity += times * weights.capacity[party.kind]
        if party.shown or party.accepted:
            self.shown[section_of(party)] += times * party.shown
            self.accepted[section_of(party)] += times * party.accepted
        if party.exposure:
            self.exposure[party.exposure_on.isoformat() if party.exposure_on else ""] += times * round(party.exposure * GRAIN)

    def add(self, other: "Tally") -> None:
        self.parties += other.parties
        self.capacity += other.capacity
        for mine, theirs in ((self.shown, other.shown), (self.accepted, other.accepted), (self.exposure, other.exposure)):
            mine.update(theirs)

    def market(self, weights: Weights, day: date) -> Market:
        if not self.parties:
            return Market()
        half_life = weights.exposure.half_life_days
        seen = fsum(
            n / GRAIN * (halved((day - date.fromisoformat(on)).days, half_life) if on else 1.0) for on, n in self.exposure.items() if n
        )
        return Market(
            exposure=seen / self.parties,
            capacity=self.capacity / self.parties,
            success={s: self.accepted[s] / n for s, n in sorted(self.shown.items()) if n},
        )

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        counters = {"shown": self.shown, "accepted": self.accepted, "exposure": self.exposure}
        return {"parties": self.parties, "capacity": self.capacity, **{n: {k: v for k, v in c.items() if v} for n, c in counters.items()}}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Tally":
        return cls(kept["parties"], kept["capacity"], *(Counter(kept[n]) for n in ("shown", "accepted", "exposure")))


def market_of(pool: Iterable[Party], weights: Weights, day: date) -> Market:
    """The market of these candidates."""
    tally = Tally()
    for party in pool:
        tally.count(party, weights)
    return tally.market(weights, day)
