"""In which order a list is shown: by score, but for two exceptions that keep learning honest. matching.md §2.5, steps 1 and 2.

Of every ten places the last is for a newcomer, who was in no list before this day and was proposed to nobody, where the ten hold none and one suits
well enough to be proposed: without it the past would decide for ever who is seen. And in a few lists two places are exchanged, so that it can be
measured how much less a place further down is looked at. Both are drawn from who asks, for whom and on which day: the same question has the same
answer all day, and it can be made again later.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from services.matchmaking.engine.keywords import never_seen
from services.matchmaking.engine.scoring import Assessment, Party
from services.matchmaking.engine.weights import Showing, Wanted

Placed = Literal["BY_SCORE", "EXPLORED", "SWAPPED"]
TEN = 10


@dataclass(frozen=True)
class Place:
    """A candidate in a list, and why it stands there."""

    party: Party
    assessment: Assessment
    placed: Placed = "BY_SCORE"


@dataclass(frozen=True)
class Arrangement:
    """A list as it is shown. `trial`: the two places, from 1, drawn for an exchange; in half of such lists it was made (`swapped`)."""

    places: tuple[Place, ...]
    trial: tuple[int, int] | None = None
    swapped: bool = False


class Dice:
    """Draws that depend on the question alone."""

    def __init__(self, *question: str) -> None:
        self.question = "|".join(question)

    def draw(self, what: str, sides: int) -> int:
        """0 … sides - 1."""
        return int.from_bytes(sha256(f"{self.question}|{what}".encode()).digest()[:8], "big") % sides


def dice_of(seeker: str, wanted: Wanted, day: date) -> Dice:
    return Dice(seeker, wanted, day.isoformat())


def places_for_newcomers(best: Sequence[tuple[Party, Assessment]], listed: Collection[str]) -> list[int]:
    """Indexes of the last places of those full tens in which everybody was seen before; `listed`: who was in a list."""
    tens = range(0, len(best) - TEN + 1, TEN)
    return [at + TEN - 1 for at in tens if not any(never_seen(p) and p.id not in listed for p, _ in best[at : at + TEN])]


def arranged(
    best: Sequence[tuple[Party, Assessment]], given: Sequence[int], newcomers: Sequence[tuple[Party, Assessment]], rule: Showing, threshold: float,
    dice: Dice,
) -> Arrangement:  # fmt: skip
    """The list as it is shown. For each of the places `given` one of the first `newcomers`, best first, is drawn."""
    places = [Place(p, a) for p, a in best]
    there = {p.id for p, _ in best}
    fit = [(p, a) for p, a in newcomers if p.id not in there and a.mutual >= threshold]
    for at in given:
        if fit:
            party, assessment = fit.pop(dice.draw(f"explored {at}", min(len(fit), rule.drawn_from)))
            places[at] = Place(party, assessment, "EXPLORED")
    trial = drawn_trial(places, rule, dice)
    swapped = trial is not None and dice.draw("swapped", 2) == 1
    if trial and swapped:
        one, other = (n - 1 for n in trial)
        places[one], places[other] = (Place(p.party, p.assessment, "SWAPPED") for p in (places[other], places[one]))
    return Arrangement(tuple(places), trial, swapped)


def drawn_trial(places: Sequence[Place], rule: Showing, dice: Dice) -> tuple[int, int] | None:
    """Two places whose order is left to chance, in twice as many lists as have them exchanged."""
    first, last = rule.exchanged
    open_ = [n for n, p in enumerate(places, 1) if first <= n <= last and p.placed == "BY_SCORE"]
    if len(open_) < 2 or dice.draw("trial", 1000) >= 2000 * rule.exchange_share:
        return None
    one = open_.pop(dice.draw("one", len(open_)))
    other = open_[dice.draw("other", len(open_))]
    return min(one, other), max(one, other)
