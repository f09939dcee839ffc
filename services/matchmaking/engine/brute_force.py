"""The exact ranking: every candidate scored. The oracle of the retrieval engine, and its stand-in for few. matching.md §1.6, §2.6; domain §6.5."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.matchmaking.engine.keywords import ANYBODY, Narrowed, class_of, fits
from services.matchmaking.engine.market import market_of
from services.matchmaking.engine.scoring import LISTED_GRADES, Assessment, Party, Scale, assess, barred, excluded
from services.matchmaking.engine.weights import Diversity


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


def diverse(
    scored: Sequence[tuple[Party, Assessment]], k: int, rule: Diversity
) -> tuple[list[tuple[Party, Assessment]], list[tuple[Party, Assessment]]]:
    """At most 3 of every 10 places for one four-digit class; who is held back comes first when the next ten begin. Also those passed over."""
    kept: list[tuple[Party, Assessment]] = []
    passed: list[tuple[Party, Assessment]] = []
    rest = list(scored)
    while len(kept) < k:
        taken: Counter[str | None] = Counter()
        passed, following, most = [], iter(rest), min(rule.of, k - len(kept))
        for pair in following:
            mine = class_of(pair[0])
            if mine and taken[mine] >= rule.most:
                passed.append(pair)
                continue
            kept.append(pair)
            taken[mine] += 1
            if taken.total() == most:
                break
        if taken.total() < most:
            break  # nobody is left for the places that are free
        rest = [*passed, *following]
    return kept, passed
