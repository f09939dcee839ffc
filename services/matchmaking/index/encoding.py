"""Profiles as sparse vectors: what a pair can score at most is one dot product. matching.md §1.6, §2.1–2.4.

Every additive reason is a dimension: terms needed and offered, the chain of industry codes, levels of the region, stage and intent in
the chain, size and size asked for, grade, open matches, and of what experience adds: never shown yet, accepted before, month of the last
entry. A point holds 1, or the share a term has in what its owner needs; the query holds the weights. So

    bound(seeker, candidate) = floor + query · point

is the mean of both one-sided scores and an upper bound of the adjustment. It is exact in every reason but three, and above the score
in those: levels of the industry add up where both name several codes that agree separately; of the adjustment, success counts without
what is usual, freshness by the month, and too much exposure not at all. The harmonic mean never exceeds the arithmetic: no score exceeds its bound.
"""

import hashlib
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import orjson

from services.matchmaking.engine.keywords import keywords
from services.matchmaking.engine.scoring import (
    CLASS_DEPTH,
    LISTED_GRADES,
    Party,
    Scale,
    Statement,
    barred,
    fit,
    halved,
    needs_of,
    offers_of,
    role_of,
    wanted_scale,
)
from services.matchmaking.engine.terms import Terms
from services.matchmaking.engine.weights import Feature, Intent, PartyKind
from services.matchmaking.index.port import Hit, Point, Vector, point_id
from shared.district import SHAANXI
from shared.industry import section

ENCODING = "2"  # of this file: another reading of the same profile is another version
ALL = "any"  # every point has it: asked for where nothing else is shared
NONE = "none"
INTENTS: tuple[Intent, ...] = ("STRENGTHEN", "FILL", "EXTEND")
SIZES = 4
REGION_SHARE = 1 / 3
LEAST_SEEN = 1e-9  # an exposure that may fade to nothing counts as none in the bound
OPEN_MOST = 64  # open matches beyond which nobody is told apart


class Dictionary:
    """Dimension ↔ number, in the order in which dimensions were first met. It only grows; `keep` makes new ones last before a point may use them."""

    def __init__(self, names: Sequence[str] = (), keep: Callable[[Sequence[str]], object] = len) -> None:
        self.names: list[str] = list(names)
        self.numbers: dict[str, int] = {name: n for n, name in enumerate(self.names)}
        self._keep, self._fresh = keep, len(self.names)

    @property
    def version(self) -> str:
        return f"{ENCODING}.{len(self.names)}"

    def number(self, name: str) -> int:
        found = self.numbers.get(name)
        if found is None:
            found = self.numbers[name] = len(self.names)
            self.names.append(name)
        return found

    def numbered(self, names: Iterable[str]) -> list[int]:
        """Numbers of all of these, in their order."""
        known = self.numbers
        return [known[name] if name in known else self.number(name) for name in names]

    def settle(self) -> None:
        """Keep what is new."""
        if len(self.names) > self._fresh:
            self._keep(self.names[self._fresh :])
            self._fresh = len(self.names)


def version_of(scale: Scale) -> str:
    """What a point depends on besides its profile."""
    return f"{ENCODING}/{scale.weights.version}/{scale.table.version}"


# ── points ────────────────────────────────────────────────────────────────────────────────────────
def dimensions(party: Party, scale: Scale) -> dict[str, float]:
    """The vector of a profile, by name."""
    return named_by(party, needs_of(party, scale), offers_of(party, scale), scale)


def named_by(party: Party, needs: Terms, offers: Terms, scale: Scale) -> dict[str, float]:
    weighs = {t: scale.table.weight(t) for t in needs}
    whole = sum(weighs.values())
    found = {ALL: 1.0}
    found |= {f"o:{t}": strength for t, strength in offers.items()}
    found |= {f"n:{t}": weighs[t] * strength / whole for t, strength in needs.items()}
    found |= dict.fromkeys(industry_dimensions(party.gbt4754), 1.0)
    found |= dict.fromkeys(region_dimensions(party.place), 1.0)
    for name in (
        f"chain:{party.intent}:{party.position}", f"size:{party.scale}", f"wants:{wanted_scale(party)}", f"grade:{party.grade or 'NONE'}",
        f"open:{min(party.open_matches, OPEN_MOST)}", f"month:{month_of(party.updated_on)}",
    ):  # fmt: skip
        found[name] = 1.0
    if party.exposure < LEAST_SEEN:
        found["unseen"] = 1.0
    if party.accepted:
        found["won"] = party.accepted / (party.shown + scale.weights.outcome.m)
    return found


def industry_dimensions(codes: Sequence[str]) -> set[str]:
    """A code and all above it: section, division, group, class."""
    return {f"i:{part}" for code in codes for part in (section(code), *(code[:n] for n in (2, 3, 4) if len(code) >= n))}


def region_dimensions(place: str) -> set[str]:
    """Province, city or new area, county or new city."""
    if place.startswith("XX"):
        return {f"r:{SHAANXI}", "r:XX", *((f"r:{place}",) if place != "XX" else ())}
    return {f"r:{place[:n]}" for n in (2, 4, 6) if len(place) >= n and place}


def month_of(day: date | None) -> str:
    return day.isoformat()[:7] if day else ""


def point_of(party: Party, scale: Scale, dictionary: Dictionary) -> Point:
    """A profile as a point: all of it that a score, a reason or a filter asks for."""
    needs, offers = needs_of(party, scale), offers_of(party, scale)
    named = named_by(party, needs, offers, scale)
    vector = Vector(dictionary.numbered(named), list(named.values()))
    kept = (  # a list, in the order `party_of_hit` reads it: names of fields would be a third of the index
        party.id, party.kind, party.name, party.place, party.gbt4754, party.grade, party.position, party.scale, wanted_scale(party), party.intent,
        party.open_matches, party.shown, party.accepted, party.exposure, party.exposure_on, party.updated_on,
        [party.active, party.serious, party.abnormal, party.eliminated, party.listed, bool(party.needs), bool(party.offers)],
        next(iter(needs.values()), 1.0), next(iter(offers.values()), 1.0),
    )  # fmt: skip
    payload = {
        "out": barred(party, scale.weights) or NONE, **keywords(party), "profile": orjson.dumps(kept).decode(),
        "vector": hashlib.blake2b(orjson.dumps(named, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest(),
    }  # fmt: skip
    return Point(point_id(party.id), vector, payload)


def party_of_hit(hit: Hit, names: Sequence[str]) -> Party:
    """The profile a point was made of, its texts as the terms they were cut into."""
    (id_, kind, name, place, gbt4754, grade, position, scale, wants, intent, open_, shown, accepted, exposure, exposure_on, updated_on, flags,
     need, offer) = orjson.loads(hit.payload["profile"])  # fmt: skip
    terms: dict[str, dict[str, float]] = {"n:": {}, "o:": {}}
    for n in hit.indices:
        dimension = names[n]
        if dimension[:2] == "o:":
            terms["o:"][dimension[2:]] = offer
        elif dimension[:2] == "n:":
            terms["n:"][dimension[2:]] = need
    active, serious, abnormal, eliminated, listed, needs, offers = flags
    return Party(
        id=id_, kind=kind, name=name, place=place, gbt4754=tuple(gbt4754), needs=(Statement("", (), wants),) if needs else (),
        offers=(Statement("", ()),) if offers else (), active=active, serious=serious, abnormal=abnormal, eliminated=eliminated, listed=listed,
        grade=grade, position=position, scale=scale, intent=intent, open_matches=open_, shown=shown, accepted=accepted, exposure=exposure,
        exposure_on=day_of(exposure_on), updated_on=day_of(updated_on), cut=(terms["n:"], terms["o:"]),
    )  # fmt: skip


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# ── queries ───────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Question:
    """What a seeker weighs each dimension by, and what every candidate has without any."""

    weights: Mapping[str, float]
    floor: float

    def vector(self, dictionary: Dictionary, everybody: bool = False) -> Vector:
        """Of the dimensions somebody has; with `everybody`, such that each point shares one."""
        known = [(n, w) for name, w in self.weights.items() if (n := dictionary.numbers.get(name)) is not None]
        if everybody and (n := dictionary.numbers.get(ALL)) is not None:
            known.append((n, EVERYBODY))
        return Vector([n for n, _ in known], [w for _, w in known])

    def bound(self, named: Mapping[str, float]) -> float:
        return self.floor + sum(w * named[name] for name, w in self.weights.items() if name in named)


EVERYBODY = 2.0**-20  # so little that it changes no score by more than the slack allows


def question(seeker: Party, kind: PartyKind, scale: Scale, day: date) -> Question:
    """The mean of both one-sided scores as weights of dimensions, with what experience may add."""
    made: dict[str, float] = {}
    floor = 0.0
    for group in groups(seeker, kind, scale, day):
        low = min(group.exclusive.values(), default=0.0)  # one of these each point has: what all have need not be asked
        floor += group.always + low
        for name, weight in (*group.additive.items(), *((n, w - low) for n, w in group.exclusive.items())):
            if weight > 0:
                made[name] = made.get(name, 0.0) + weight
    return Question(made, floor)


@dataclass(frozen=True)
class Group:
    """A reason: what everybody has of it, what adds up, and dimensions of which each point has exactly one."""

    always: float = 0.0
    additive: Mapping[str, float] = field(default_factory=dict)
    exclusive: Mapping[str, float] = field(default_factory=dict)


def groups(a: Party, kind: PartyKind, scale: Scale, day: date) -> Iterator[Group]:
    """Reason by reason: half of what the seeker sees in the candidate, half of what the candidate sees in the seeker."""
    weights, table = scale.weights, scale.table
    mine, theirs = weights.roles[role_of(a.kind, kind)], weights.roles[role_of(kind, a.kind)]

    def half(ours: Feature, its: Feature) -> float:
        return (mine.get(ours, 0.0) + theirs.get(its, 0.0)) / 2

    needs, offers = needs_of(a, scale), offers_of(a, scale)
    whole, share = sum(table.weight(t) for t in needs), half("need_cover", "offer_cover")
    yield Group(additive={f"o:{t}": share * table.weight(t) * strength / whole for t, strength in needs.items()})
    share = half("offer_cover", "need_cover")
    yield Group(additive={f"n:{t}": share * strength for t, strength in offers.items()})
    share = half("industry", "industry")
    yield Group(additive=dict.fromkeys(industry_dimensions(a.gbt4754), share / CLASS_DEPTH))
    yield region_group(a, kind, scale, half("region", "region"))

    ours, its = mine.get("chain", 0.0) / 2, theirs.get("chain", 0.0) / 2

    def stage(intent: Intent, position: int | None) -> float:
        if a.position is None or position is None:
            return (ours + its) * weights.unknown
        return ours * weights.chain[a.intent][abs(a.position - position)] + its * weights.chain[intent][abs(a.position - position)]

    yield Group(exclusive={f"chain:{i}:{p}": stage(i, p) for i in INTENTS for p in (None, 0, 1, 2)})
    ours, its = mine.get("scale", 0.0) / 2, theirs.get("scale", 0.0) / 2
    sizes = (None, *range(SIZES))
    yield Group(exclusive={f"size:{s}": ours * fit(wanted_scale(a), s, weights.unknown) for s in sizes})
    yield Group(exclusive={f"wants:{s}": its * fit(s, a.scale, weights.unknown) for s in sizes})
    ours, its = mine.get("rating", 0.0) / 2, theirs.get("rating", 0.0) / 2
    yield Group(its * weights.rating[a.grade or "NONE"], exclusive={f"grade:{g}": ours * weights.rating[g] for g in LISTED_GRADES})
    ours, its = mine.get("capacity", 0.0) / 2, theirs.get("capacity", 0.0) / 2
    room = weights.capacity[kind]
    yield Group(
        its * max(0.0, 1 - a.open_matches / weights.capacity[a.kind]),
        exclusive={f"open:{n}": ours * max(0.0, 1 - n / room) for n in range(OPEN_MOST + 1)},
    )
    yield Group(additive={"unseen": weights.exposure.unseen * weights.exposure.strength[kind], "won": weights.outcome.weight})
    low = weights.freshness.floor
    months = {f"month:{m}": weights.freshness.weight * (fresh - low) for m, fresh in freshness_by_month(day, scale)}
    yield Group(weights.freshness.weight * (low - weights.freshness.neutral), additive=months)


def region_group(a: Party, kind: PartyKind, scale: Scale, share: float) -> Group:
    """Levels that add up; for a chamber elsewhere, whether its province is on the cooperation list."""
    listed = {p: share for p in scale.provinces if p != SHAANXI}
    if a.kind == "CHAMBER":
        share = listed.get(a.place[:2], 0.0)
        if kind != "CHAMBER":
            return Group(always=share)
        return Group(additive={f"r:{p}": share for p in listed})
    if kind == "CHAMBER":
        return Group(additive={f"r:{p}": w for p, w in listed.items()})
    return Group(additive=dict.fromkeys(region_dimensions(a.place), share * REGION_SHARE))


def freshness_by_month(day: date, scale: Scale) -> Iterator[tuple[str, float]]:
    """How fresh an entry of a month can be at most, from next month (clocks differ) back to where all are equally old."""
    rule = scale.weights.freshness
    year, month = day.year + day.month // 12, day.month % 12 + 1
    while True:
        last = date(year, month, monthrange(year, month)[1])
        fresh = max(rule.floor, halved((day - last).days, rule.half_life_days))
        if fresh <= rule.floor:
            return
        yield f"{year:04}-{month:02}", fresh
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
