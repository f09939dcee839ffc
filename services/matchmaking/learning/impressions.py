"""Which lists were shown to whom [推荐展示记录]: position, scores and versions of every one. matching.md §2.5, step 1; docs/decisions/0017.

One row per list and day: asked for again unchanged, it is counted. Rows fade after two years. They name organisations and no person.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from math import exp, log
from typing import Any

import orjson

from services.matchmaking.engine.retrieval import Provenance
from services.matchmaking.engine.scoring import Party
from services.matchmaking.engine.weights import Wanted
from services.matchmaking.learning.showing import Arrangement, Placed
from shared.mongo import Store
from shared.record import Call, Value

IMPRESSIONS, LISTED = "impressions", "listed"
KEPT = {"at": timedelta(days=730)}
INDEXES: dict[str, tuple[Any, ...]] = {IMPRESSIONS: ("seeker", KEPT), LISTED: (KEPT,)}
LOOKED_AT = timedelta(days=30)  # a proposal comes of a list that was shown so shortly before
NEEDED = 100  # proposals from places under trial, before they say anything of how places are looked at
OFFICES = frozenset({"SO_ADMIN", "INVEST_DEPT"})  # they look at lists of others
STEEPEST = 3.0  # η beyond which nothing is told apart


class Shown(Value):
    """One place of a list."""

    candidate: str
    mutual: float
    score: float
    placed: Placed


class Impression(Value):
    """A list as it was shown: `roles` who asked for it, `times` how often on this day."""

    id: str
    at: datetime
    last_at: datetime
    day: date
    seeker: str
    wanted: Wanted
    roles: tuple[str, ...]
    times: int
    narrowed: dict[str, str]
    weights: str
    terms: str
    found_by: Provenance
    places: tuple[Shown, ...]
    trial: tuple[int, int] | None
    swapped: bool


async def keep_impression(
    store: Store, call: Call, seeker: Party, wanted: Wanted, narrowed: dict[str, str], versions: dict[str, str], found_by: Provenance,
    shown: Arrangement,
) -> None:  # fmt: skip
    """Keep a list that is being shown; an empty one is none."""
    if not shown.places:
        return
    places = [
        {"candidate": p.party.id, "mutual": p.assessment.mutual, "score": p.assessment.score, "placed": p.placed} for p in shown.places
    ]
    content = {"places": places, "narrowed": narrowed, **versions}
    digest = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
    row = {
        **content, "at": call.now, "day": call.today.isoformat(), "seeker": seeker.id, "wanted": wanted, "found_by": found_by.model_dump(),
        "trial": list(shown.trial) if shown.trial else None, "swapped": shown.swapped,
    }  # fmt: skip
    id_ = f"{seeker.id}.{call.today.isoformat()}.{wanted}.{digest}"
    change: dict[str, Any] = {"$setOnInsert": row, "$set": {"last_at": call.now}, "$addToSet": {"roles": call.role}, "$inc": {"times": 1}}
    ids = {p.party.id for p in shown.places}
    _, there = await asyncio.gather(store.put(IMPRESSIONS, id_, change), store.rows(LISTED, {"_id": {"$in": sorted(ids)}}))
    if new := sorted(ids - {r["_id"] for r in there}):
        await store.append(LISTED, [{"_id": i, "at": call.now, "day": call.today.isoformat()} for i in new])


async def listed_before(store: Store, ids: Collection[str], day: date) -> frozenset[str]:
    """Which of these were in a list before this day: what is shown today changes nothing of today's lists."""
    if not ids:
        return frozenset()
    return frozenset(r["_id"] for r in await store.rows(LISTED, {"_id": {"$in": sorted(ids)}, "day": {"$lt": day.isoformat()}}))


def impression_of(row: dict[str, Any]) -> Impression:
    rest = {n: v for n, v in row.items() if n != "_id"}
    return Impression.model_validate({**rest, "id": row["_id"], "roles": sorted(row["roles"])})


async def impressions_of(store: Store, seeker: str, wanted: Wanted | None, before: str, limit: int) -> list[Impression]:
    """Those of a seeker, the latest day first; `before` is the id one has come to."""
    where: dict[str, Any] = {"seeker": seeker, **({"wanted": wanted} if wanted else {}), **({"_id": {"$lt": before}} if before else {})}
    return [impression_of(row) for row in await store.rows(IMPRESSIONS, where, sort=(("_id", -1),), limit=limit)]


# ── what they say ─────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Choice:
    """A seeker has proposed to the candidate at `place`; `other` is the place it was on trial with, if it was."""

    place: int
    other: int | None = None


class Lists:
    """The lists that seekers have looked at themselves, asked by proposal; what only an office has looked at is none."""

    def __init__(self, impressions: Iterable[Impression]) -> None:
        self.by_seeker: dict[str, list[Impression]] = {}
        for one in sorted(impressions, key=lambda i: (i.last_at, i.id)):
            if not OFFICES.issuperset(one.roles):
                self.by_seeker.setdefault(one.seeker, []).append(one)

    def choice(self, seeker: str, candidate: str, on: date) -> Choice | None:
        """Where the candidate stood in the last list its seeker was shown before it proposed; None if in none."""
        for one in reversed(self.by_seeker.get(seeker, [])):
            if one.day <= on <= one.day + LOOKED_AT:
                for place, shown in enumerate(one.places, 1):
                    if shown.candidate == candidate:
                        trial = one.trial or ()
                        return Choice(place, next((n for n in trial if n != place), None) if place in trial else None)
        return None


@dataclass(frozen=True)
class Bias:
    """η of place^-η, how fast a place is looked at less; its standard error; and of how many proposals, 0 where it is assumed."""

    eta: float
    error: float = 0.0
    of: int = 0


def bias_of(choices: Sequence[Choice], assumed: float) -> Bias:
    """By maximum likelihood from proposals to one of two places whose order was left to chance.

    Chance puts the better candidate as often here as there, so the higher place is chosen more often by as much as it is looked at more:
    P(i of i, j) = i^-η / (i^-η + j^-η), whose logarithm is concave in η (the exchange of matching.md §2.5, step 2)."""
    pairs = [(c.place, c.other) for c in choices if c.other is not None]
    if len(pairs) < NEEDED:
        return Bias(assumed)
    steps = [log(other) - log(place) for place, other in pairs]  # above nothing where the higher place was chosen

    def slope(eta: float) -> float:
        return sum(s / (1 + exp(eta * s)) for s in steps)

    low, high = 0.0, STEEPEST
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    known = sum(s * s * exp(low * s) / (1 + exp(low * s)) ** 2 for s in steps)
    return Bias(low, known**-0.5 if known else 0.0, len(pairs))
