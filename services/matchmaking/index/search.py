"""The best of an index for a seeker, proved: the list brute force over everybody would give. matching.md §1.6.

No party scores above its bound, and whoever was not fetched has a bound no higher than the last one fetched. So the list is the true one
as soon as its last place scores above that; until then four times as many are fetched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from services.matchmaking.engine.brute_force import diverse, order
from services.matchmaking.engine.scoring import Assessment, Market, Party, Scale, assess, needs_of, offers_of
from services.matchmaking.engine.weights import PartyKind
from services.matchmaking.index.encoding import NONE, Dictionary, party_of_hit, question
from services.matchmaking.index.port import Filter, Hit, IndexBroken, MatchIndex, point_id

STEPS = (50, 200, 800, 3200)
SLACK = 1e-5  # what the engine's float32 may be wrong by


@dataclass(frozen=True)
class Found:
    """The best first, who was held back for being of a class that has its places, how many were fetched, and whether the list is proved."""

    best: tuple[tuple[Party, Assessment], ...]
    held_back: tuple[Party, ...]
    fetched: int
    certified: bool


@dataclass
class Scored:
    """Who was scored so far, in the order of bounds."""

    seeker: Party
    scale: Scale
    day: date
    market: Market
    names: Sequence[str]
    known: dict[str, tuple[Party, Assessment]] = field(default_factory=dict)

    def take(self, hits: Sequence[Hit]) -> None:
        for hit in hits:
            if hit.id not in self.known:
                party = read(hit, self.names)
                self.known[hit.id] = (party, assess(self.seeker, party, self.scale, self.day, self.market))


def search(
    index: MatchIndex,
    dictionary: Dictionary,
    market: Market,
    seeker: Party,
    kind: PartyKind,
    scale: Scale,
    day: date,
    k: int,
    must: Mapping[str, str] | None = None,
) -> Found:
    """The k best. `must` narrows the candidates by keywords. Raises: IndexBroken."""
    seeker = replace(seeker, cut=(needs_of(seeker, scale), offers_of(seeker, scale)))  # cut once, not for every candidate
    asked = question(seeker, kind, scale, day)
    unwanted = {*seeker.bound, seeker.id} if kind == seeker.kind else seeker.bound
    where = Filter({"out": NONE, **(must or {})}, frozenset(point_id(id_) for id_ in unwanted))
    scored, everybody = Scored(seeker, scale, day, market, dictionary.names), False
    found = Found((), (), 0, True)
    for n in [s for s in STEPS if s >= k] or [k]:
        while True:
            vector = asked.vector(dictionary, everybody)
            hits = index.top(vector, where, n) if vector.indices else []
            short = len(hits) < n  # whoever shares a dimension with the question is among them
            found = proved(scored, hits, k, asked.floor, (None if everybody else asked.floor) if short else asked.floor + hits[-1].score)
            if found.certified or not short or everybody:
                break
            everybody = True
        if found.certified:
            break
    return found


def proved(scored: Scored, hits: Sequence[Hit], k: int, floor: float, rest: float | None) -> Found:
    """Score from the highest bound down until the list cannot change; `rest` is the highest bound of those not fetched, None where all were."""
    step = max(STEPS[0], k)
    ranked: list[tuple[Party, Assessment]] = []
    for at in range(0, max(1, len(hits)), step):
        more = hits[at : at + step]
        scored.take(more)
        bound = floor + hits[at + step].score if len(hits) > at + step else rest
        ranked += [scored.known[h.id] for h in more]
        ranked.sort(key=order)
        kept, held_back = diverse(ranked, k, scored.scale.weights.diversity)
        certain = bound is None or (len(kept) == k and kept[-1][1].score > bound + SLACK)
        if certain or at + step >= len(hits):
            return Found(tuple(kept), tuple(p for p, _ in held_back), len(hits), certain)
    raise AssertionError("unreachable")


def read(hit: Hit, names: Sequence[str]) -> Party:
    """Raises: IndexBroken for a point whose dimensions nobody has named."""
    try:
        return party_of_hit(hit, names)
    except (IndexError, KeyError, ValueError) as error:
        raise IndexBroken(f"a point cannot be read: {type(error).__name__}") from error
