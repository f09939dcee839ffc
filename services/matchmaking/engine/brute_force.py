"""The exact ranking: every candidate scored. The oracle of the retrieval engine, and its stand-in for few. matching.md §1.6, §2.6; domain §6.5."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, islice, takewhile

from services.matchmaking.engine.keywords import ANYBODY, Narrowed, class_of, fits
from services.matchmaking.engine.market import market_of
from services.matchmaking.engine.scoring import LISTED_GRADES, Assessment, Party, Scale, assess, barred, excluded
from services.matchmaking.engine.weights import Diversity

Pair = tuple[Party, Assessment]


@dataclass(frozen=True)
class Ranking:
    """The best first, and who is not among them, with the code of the reason."""

    best: tuple[tuple[Party, Assessment], ...]
    rejected: tuple[tuple[Party, str], ...]


def rank(seeker: Party, pool: Sequence[Party], scale: Scale, day: date, k: int, only: Narrowed = ANYBODY) -> Ranking:
    """The k best of the pool by score; ties by grade, then fewer open matches, then id: the same input gives the same list.

    With `only`, of those with these keywords; what is usual is that of everybody all the same."""
    fit_, rejected = [], []
    for party in pool:
        if not fits(party, only):
            continue
        if reason := excluded(seeker, party, scale.weights):
            rejected.append((party, reason))
        else:
            fit_.append(party)
    market = market_of((p for p in pool if barred(p, scale.weights) is None), scale.weights, day)
    scored = sorted(((p, assess(seeker, p, scale, day, market)) for p in fit_), key=order)
    kept, held_back = diverse(scored, k, scale.weights.diversity)
    return Ranking(tuple(kept), tuple(sorted([*rejected, *((p, "class_full") for p, _ in held_back)], key=lambda pair: pair[0].id)))


def order(pair: tuple[Party, Assessment]) -> tuple[float, int, int, str]:
    party, assessment = pair
    return -assessment.score, -LISTED_GRADES.index(party.grade or "NONE"), party.open_matches, party.id


def places(scored: Sequence[Pair], rule: Diversity) -> Iterator[tuple[Pair | None, frozenset[str]]]:
    """Who takes one place after another, and which classes were full by then: at most 3 of every 10 places for one four-digit class. Who is
    held back comes first when the next ten begin. At the end nobody, where a place is left that nobody may take."""
    waiting, taken = list(scored), Counter[str]()
    for place in count():
        if place % rule.of == 0:
            taken.clear()
        full = frozenset(c for c, n in taken.items() if n >= rule.most)
        at = next((n for n, (p, _) in enumerate(waiting) if class_of(p) not in full), None)
        if at is None:
            yield None, full
            return
        pair = waiting.pop(at)
        if mine := class_of(pair[0]):
            taken[mine] += 1
        yield pair, full


def diverse(scored: Sequence[Pair], k: int, rule: Diversity) -> tuple[list[Pair], list[Pair]]:
    """The first k places, and those held back who scored better than the last, or than nobody."""
    kept: list[Pair] = []
    last: Pair | None = None
    for last, _ in islice(places(scored, rule), k):
        if last is not None:
            kept.append(last)
    there = {p.id for p, _ in kept}
    return kept, [pair for pair in takewhile(lambda pair: pair is not last, scored) if pair[0].id not in there]
