"""Measures the planning of a matching conference [对接会]: seconds from scores to tables, the sum against the optimum, and what fairness costs.

Worlds are drawn from a seed. A score is nearness² · (1 - w + w · pull) · (.5 + .5 · chance): nearness of two trades of twenty, the first ones far
the largest; the pull of an enterprise, chance³, so that few are wanted by all; and chance of the pair. With w = .1 the plan that looks at scores alone
leaves enterprises as unequal as measured on real profiles at eight slots (Gini .55, matching.md §3.3). The last line, w = .7, is a market that
few rule, to show how the price grows with it: it has no target. Twenty slots seat all that is wanted, eight not half of it.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from services.matchmaking.conference.allocation import Plan, allocate
from services.matchmaking.conference.hall import Hall, Pair, faults


@dataclass(frozen=True)
class Size:
    """A conference: how many take part, meetings an enterprise takes, candidates per enterprise (0: all), w, and the seconds it may take."""

    associations: int
    enterprises: int
    slots: int
    capacity: int = 3
    candidates: int = 0
    spread: float = 0.1
    seconds: float | None = 2.0


WORLDS = {
    "300 × 2,000 × 20": Size(300, 2_000, 20),
    "300 × 2,000 × 8": Size(300, 2_000, 8),
    "3,000 × 30,000 × 20": Size(3_000, 30_000, 20, capacity=2, candidates=20, seconds=5.0),
    "300 × 2,000 × 8, few wanted by all": Size(300, 2_000, 8, spread=0.7, seconds=None),
}
PRICE = 0.05  # of the sum, at most


def world(size: Size, seed: int) -> Hall:
    """A conference with a table for every association, and scores 0…1 by trade, pull and chance."""
    dice = Random(seed)
    ours, theirs = ([min(19, int(dice.expovariate(0.2))) for _ in range(n)] for n in (size.associations, size.enterprises))
    names = [f"A{n:05}" for n in range(size.associations)], [f"B{n:05}" for n in range(size.enterprises)]
    pull = [1 - size.spread + size.spread * dice.random() ** 3 for _ in range(size.enterprises)]

    def drawn() -> Iterator[tuple[Pair, float]]:
        everybody = range(size.associations)
        for j in range(size.enterprises):
            for i in dice.sample(everybody, size.candidates) if size.candidates else everybody:
                near = 1 - abs(ours[i] - theirs[j]) / 19
                yield (names[0][i], names[1][j]), round(near**2 * pull[j] * (0.5 + 0.5 * dice.random()), 6)

    capacity = dict.fromkeys(names[0], size.slots), dict.fromkeys(names[1], size.capacity)
    return Hall(*capacity, dict(drawn()), size.slots, size.associations, floor=0.1, good=0.1)


def measured(name: str, seed: int) -> tuple[Plan, float, float]:
    """The plan, the seconds it took, and the seconds of processor in them: the same on a machine with nothing else to do. Raises: AssertionError for a plan that breaks a constraint."""
    hall = world(WORLDS[name], seed)
    began, worked = time.perf_counter(), time.process_time()
    plan = allocate(hall)
    took, work = time.perf_counter() - began, time.process_time() - worked
    assert faults(hall, plan.meetings) == []
    return plan, took, work


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench conference")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="the median is told")
    asked = parser.parse_args(words)
    allocate(Hall({"a": 1}, {"b": 1}, {("a", "b"): 0.5}, 1, 1))  # loads the solver
    print(
        "| conference | seconds, median | of processor | meetings | sum | optimum of the sum | price of fairness | target | enterprises with a good meeting | Gini |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, size in WORLDS.items():
        runs = [measured(name, asked.seed) for _ in range(asked.rounds)]
        plan, took, work = runs[0][0], *(sorted(run[k] for run in runs)[len(runs) // 2] for k in (1, 2))
        assert all(run[0] == plan for run in runs), "the same world gave two plans"
        f = plan.fairness
        told = "no target"
        if size.seconds is not None:
            told = f"≤ {size.seconds:g} s, ≤ {PRICE:.0%}: {'kept' if took <= size.seconds and f.price <= PRICE else 'MISSED'}"
        print(f"| {name} | {took:.2f} | {work:.2f} | {len(plan.meetings)} | {f.total:.1f} | {f.optimum:.1f} | {f.price:.2%} | {told} "
              f"| {f.served_enterprises_optimum / f.enterprises:.1%} → {f.served_enterprises / f.enterprises:.1%} at ≥ {f.good_score:.2f} "
              f"| {f.gini_enterprises_optimum:.3f} → {f.gini_enterprises:.3f} |")  # fmt: skip
