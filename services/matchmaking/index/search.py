"""The best of an index for a seeker, proved: the list brute force over everybody would give. matching.md §1.6.

No party scores above its bound, and whoever was not fetched has a bound no higher than the last one fetched. So a place is the true one as
soon as its score is above that; until then four times as many are fetched. Three of ten places are for one class, and who has stated nothing
may have thousands of equals in its own: a class whose places are taken is left out of the next question, with the bound it had by then.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from services.matchmaking.engine.brute_force import Pair, diverse, order, places
from services.matchmaking.engine.keywords import ANYBODY, Narrowed
from services.matchmaking.engine.scoring import Assessment, Market, Party, Scale, assess, needs_of, offers_of
from services.matchmaking.engine.weights import PartyKind
from services.matchmaking.index.encoding import NONE, Dictionary, party_of_hit, question
from services.matchmaking.index.port import Filter, Hit, IndexBroken, MatchIndex, point_id

STEPS = (50, 200, 800, 3200)
AT_ONCE = 20  # candidates scored before one looks whether the list is proved; half of all lists need no more (matching.md §1.6)
SLACK = 1e-5  # what the engine's float32 may be wrong by
NOTHING = float("-inf")  # the bound of nobody


@dataclass(frozen=True)
class Found:
    """The best first, who was held back for being of a class that has its places (where asked), how many were fetched, and whether it is proved."""

    best: tuple[tuple[Party, Assessment], ...]
    held_back: tuple[Party, ...]
    fetched: int
    certified: bool


class Proved(NamedTuple):
    """The first places, the classes that are full where they end, and whether no more are needed or to be had."""

    places: list[Pair]
    full: frozenset[str]
    done: bool


@dataclass
class Scored:
    """Who was scored so far, and what those who were not can score at most: `rest`, or of a class that is left out, what is told in `left`."""

    seeker: Party
    scale: Scale
    day: date
    market: Market
    names: Sequence[str]
    known: dict[str, tuple[Party, Assessment]] = field(default_factory=dict)
    rest: float = NOTHING
    left: dict[str, float] = field(default_factory=dict)

    def take(self, hits: Sequence[Hit]) -> None:
        for hit in hits:
            if hit.id not in self.known and hit.payload.get("cls") not in self.left:
                party = read(hit, self.names)
                self.known[hit.id] = (party, assess(self.seeker, party, self.scale, self.day, self.market))

    def proved(self, k: int) -> Proved:
        """As far as nobody unscored can take a place."""
        found = list[Pair]()
        for pair, full in places(sorted(self.known.values(), key=order), self.scale.weights.diversity):
            bound = max((self.rest, *(b for c, b in self.left.items() if c not in full)))
            if pair is None or pair[1].score <= bound + SLACK:
                return Proved(found, full, pair is None and bound == NOTHING)
            found.append(pair)
            if len(found) == k:
                break
        return Proved(found, frozenset(), True)


def search(
    index: MatchIndex,
    dictionary: Dictionary,
    market: Market,
    seeker: Party,
    kind: PartyKind,
    scale: Scale,
    day: date,
    k: int,
    only: Narrowed = ANYBODY,
    held_back: bool = False,
) -> Found:
    """The k best. `only` narrows the candidates by keywords; with `held_back`, also whoever would be among them but for the rule of classes.

    Raises: IndexBroken."""
    seeker = replace(seeker, cut=(needs_of(seeker, scale), offers_of(seeker, scale)))  # cut once, not for every candidate
    asked = question(seeker, kind, scale, day)
    unwanted = {*seeker.bound, seeker.id} if kind == seeker.kind else seeker.bound
    without = frozenset(point_id(id_) for id_ in unwanted)
    scored = Scored(seeker, scale, day, market, dictionary.names)
    steps = [s for s in STEPS if s >= k] or [k]
    tried: Counter[frozenset[str]] = Counter()
    full, everybody, fetched = frozenset[str](), False, 0
    while tried[full] < len(steps):
        n = steps[tried[full]]
        vector = asked.vector(dictionary, everybody)
        hits = index.top(vector, Filter({"out": NONE, **only}, without, none_of={"cls": full} if full else {}), n) if vector.indices else []
        short, fetched = len(hits) < n, max(fetched, len(hits))
        scored.left = {c: b for c, b in scored.left.items() if c in full}
        # whoever shares a dimension with the question is among the hits of a short answer
        last = (NOTHING if everybody else asked.floor) if short else asked.floor + hits[-1].score
        step, before = max(AT_ONCE, k), full
        for at in range(0, max(1, len(hits)), step):
            scored.take(hits[at : at + step])
            scored.rest = asked.floor + hits[at + step].score if len(hits) > at + step else last
            best, full, done = scored.proved(k)
            if done and not held_back:
                return Found(tuple(best), (), fetched, True)
            if done and (scored.rest == NOTHING or best[-1][1].score > scored.rest + SLACK):
                return whole(scored, k, fetched, True)
            full = before if held_back else full
            scored.left |= {c: scored.rest for c in full if c not in scored.left}
        if short and not everybody:
            everybody = True
        else:
            tried[before] += 1
    return whole(scored, k, fetched, False)


def whole(scored: Scored, k: int, fetched: int, certified: bool) -> Found:
    kept, passed = diverse(sorted(scored.known.values(), key=order), k, scored.scale.weights.diversity)
    return Found(tuple(kept), tuple(p for p, _ in passed), fetched, certified)


def read(hit: Hit, names: Sequence[str]) -> Party:
    """Raises: IndexBroken for a point whose dimensions nobody has named."""
    try:
        return party_of_hit(hit, names)
    except (IndexError, KeyError, ValueError) as error:
        raise IndexBroken(f"a point cannot be read: {type(error).__name__}") from error
