"""The exact ranking: every candidate scored. The oracle of the retrieval engine, and its stand-in for few. matching.md §1.6, §2.6; domain §6.5."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.matchmaking.engine.market import market_of
from services.matchmaking.engine.scoring import LISTED_GRADES, Assessment, Party, Scale, assess, barred, excluded
from services.matchmaking.engine.weights import Diversity


@dataclass(frozen=True)
class Ranking:
    """The best first, and who is not among them, with the code of the reason."""

    best: tuple[tuple[Party, Assessment], ...]
    rejected: tuple[tuple[Party, str], ...]


def rank(seeker: Party, pool: Sequence[Party], scale: Scale, day: date, k: int) -> Ranking:
    """The k best of the pool by score; ties by grade, then fewer open matches, then id: the same input gives the same list."""
    fit_, rejected = [], []
    for party in pool:
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
    """At most 3 of every 10 from one four-digit class; who is held back for it."""
    kept: list[tuple[Party, Assessment]] = []
    held_back = []
    for pair in scored:
        if len(kept) == k:
            break
        window = kept[len(kept) - len(kept) % rule.of :]
        if (mine := class_of(pair[0])) and sum(class_of(p) == mine for p, _ in window) >= rule.most:
            held_back.append(pair)
        else:
            kept.append(pair)
    return kept, held_back


def class_of(party: Party) -> str | None:
    return next((code for code in party.gbt4754 if len(code) == 4), None)
