"""Who is shown how often: the product's own lists, one after the other, with and without the correction of exposure. matching.md §2.4.

`python -m tests.bench exposure` (or `make bench exposure ARGS="--associations 200"`). Profiles by the recipe of `matching.py`, never shown before.
Associations look for enterprises and enterprises for associations, ten results each, in an order drawn from one seed; each showing is written
to the index before the next list is made, as the events do it. A place counts 1/log2(place + 1). Utility is the mutual score of what is shown,
by place, over that of lists by the mutual score alone. Shares of the largest: enterprises large or medium, associations of 4A and 5A.
"""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum, log2
from pathlib import Path
from random import Random
from typing import Any

from services.matchmaking.engine.scoring import Party, Scale
from services.matchmaking.engine.weights import PartyKind
from services.matchmaking.learning.trial import gini
from tests.bench.matching import DAY, SCALE, SEED, opened, profiles

SHOWN = 10
GOALS = {"utility": ("≥", 0.99), "gini": ("≤", 0.60), "coverage": ("≥", 0.60)}


@dataclass(frozen=True)
class Market:
    """Who looks, among whom, and who of these are the large ones."""

    seekers: Sequence[Party]
    pool: Sequence[Party]
    kind: PartyKind

    def large(self, party: Party) -> bool:
        return (party.scale or 0) >= 2 if self.kind == "ENTERPRISE" else party.grade in ("4A", "5A")


def unseen(party: Party) -> Party:
    return replace(party, shown=0, accepted=0, exposure=0.0, exposure_on=None, open_matches=0)


def markets(associations: int) -> dict[str, Market]:
    """Ten times as many enterprises; every fifth of them looks for associations."""
    firms = [unseen(p) for p in profiles(10 * associations, "ENTERPRISE")]
    bodies = [unseen(p) for p in profiles(10 * associations, "ASSOCIATION")]
    return {"to enterprises": Market(bodies, firms, "ENTERPRISE"), "to associations": Market(firms[::5], bodies, "ASSOCIATION")}


def scales() -> dict[str, Scale]:
    """The mutual score alone, and as the product ranks."""
    now = SCALE.weights
    off = now.exposure.model_copy(update={"strength": dict.fromkeys(now.exposure.strength, 0.0)})
    still = now.model_copy(update={
        "exposure": off, "outcome": now.outcome.model_copy(update={"weight": 0.0}), "freshness": now.freshness.model_copy(update={"weight": 0.0}),
    })  # fmt: skip
    return {"mutual score alone": replace(SCALE, weights=still), "as ranked": SCALE}


def shown(market: Market, scale: Scale) -> tuple[dict[str, float], float]:
    """Exposure of each party in the market, by place, and the utility of all lists."""
    where = Path(tempfile.mkdtemp(prefix="exposure-"))
    try:
        copy = opened(where, market.kind)
        for at in range(0, len(market.pool), 1000):
            copy.apply(list(market.pool[at : at + 1000]), (), scale, fresh=True)
        copy.load(scale)
        seen, now, utility = {p.id: 0.0 for p in market.pool if p.listed and p.active}, {p.id: p for p in market.pool}, []
        for seeker in Random(SEED).sample(market.seekers, len(market.seekers)):
            found, changed = copy.search(seeker, scale, DAY, SHOWN), []
            for place, (party, assessment) in enumerate(found.best, 1):
                seen[party.id] += 1 / log2(place + 1)
                utility.append(assessment.mutual / log2(place + 1))
                before = now[party.id]
                changed.append(replace(before, shown=before.shown + 1, exposure=before.exposure + 1, exposure_on=DAY))
            now |= {p.id: p for p in changed}
            copy.apply(changed, (), scale)
        copy.index.close()
        return seen, fsum(utility)
    finally:
        shutil.rmtree(where, ignore_errors=True)


def told(market: Market, seen: dict[str, float], utility: float, alone: float) -> dict[str, float]:
    whole, values = fsum(seen.values()), sorted(seen.values(), reverse=True)
    large = {p.id for p in market.pool if market.large(p)}
    return {
        "utility": round(utility / alone, 4), "gini": round(gini(values), 3), "coverage": round(sum(v > 0 for v in values) / len(values), 3),
        "share_of_first_percent": round(fsum(values[: max(1, len(values) // 100)]) / whole, 3),
        "share_of_large": round(fsum(v for id_, v in seen.items() if id_ in large) / whole, 3),
    }  # fmt: skip


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench exposure", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--associations", type=int, default=1000, help="and ten times as many enterprises (1000)")
    parser.add_argument("--quick", action="store_true", help="a rehearsal")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(words)
    report: dict[str, Any] = {}
    for name, market in markets(100 if asked.quick else asked.associations).items():
        alone = 0.0
        for how, scale in scales().items():
            began = time.perf_counter()
            seen, utility = shown(market, scale)
            alone = alone or utility
            report[f"{name}, {how}"] = told(market, seen, utility, alone) | {
                "lists": len(market.seekers),
                "seconds": round(time.perf_counter() - began, 1),
            }
    if asked.json:
        print(json.dumps(report, ensure_ascii=False))
        return 0
    print(
        "| lists | utility kept | Gini | coverage | share of the first 1 % | share of the large | lists made | s |\n|---|---|---|---|---|---|---|---|"
    )
    for name, r in report.items():
        print(f"| {name} | {r['utility']:.3f} | {r['gini']:.3f} | {r['coverage']:.3f} | {r['share_of_first_percent']:.3f} | {r['share_of_large']:.3f} "
              f"| {r['lists']} | {r['seconds']} |")  # fmt: skip
    ranked = report["to enterprises, as ranked"]
    for measure, (sign, goal) in GOALS.items():
        kept = ranked[measure] >= goal if sign == "≥" else ranked[measure] <= goal
        print(f"{measure} {ranked[measure]:.3f} {sign} {goal}: {'kept' if kept else 'MISSED'}")
    return 0
