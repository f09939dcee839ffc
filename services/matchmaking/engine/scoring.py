"""How well two parties suit each other, each asked for itself: matching.md §2.1–2.4 and §2.6. Pure float64; the oracle of every faster engine.

The mutual score is the harmonic mean of both one-sided scores, so it never exceeds their mean and is nothing when either side
gains nothing. What experience, freshness and exposure add is small and bounded. Fees and personal traits never enter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from services.matchmaking.engine.terms import Terms, TermTable, class_names
from services.matchmaking.engine.weights import Feature, Intent, PartyKind, Role, Weights
from shared.district import SHAANXI, common_region_level
from shared.industry import common_level, section

Side = Literal["SEEKER", "CANDIDATE"]
CLASS_DEPTH = 4
REGION_LEVELS = (0.0, 1 / 3, 1 / 3, 2 / 3, 1.0)  # of district.common_region_level: the circle is within the province
LISTED_GRADES = ("NONE", "1A", "2A", "3A", "4A", "5A")


@dataclass(frozen=True)
class Statement:
    """A need or an offer: its words, and the size asked for (0 micro … 3 large)."""

    id: str
    texts: tuple[str, ...]
    scale: int | None = None


@dataclass(frozen=True)
class Party:
    """What is known of one side. `exposure` is decayed to `exposure_on`; places by `shared.district`; chain stage 0 up … 2 down."""

    id: str
    kind: PartyKind
    name: str
    place: str
    gbt4754: tuple[str, ...] = ()
    needs: tuple[Statement, ...] = ()
    offers: tuple[Statement, ...] = ()
    about: tuple[str, ...] = ()  # its business scope: an offer by inference
    active: bool = True
    serious: bool = False
    abnormal: bool = False
    eliminated: bool = False
    listed: bool = True
    grade: str | None = None
    position: int | None = None
    scale: int | None = None
    intent: Intent = "STRENGTHEN"
    bound: frozenset[str] = field(default_factory=frozenset)  # members, or associations joined, or partners
    open_matches: int = 0
    shown: int = 0
    accepted: int = 0
    exposure: float = 0.0
    exposure_on: date | None = None
    updated_on: date | None = None
    cut: tuple[Terms, Terms] | None = None  # terms of needs and of offers, where they are known already: the texts are not asked then


class Product(NamedTuple):
    """One term of a one-sided score: points = weight · value."""

    side: Side
    feature: Feature
    weight: float
    value: float

    @property
    def points(self) -> float:
        return self.weight * self.value


@dataclass(frozen=True)
class Market:
    """What is usual among the candidates: exposure, capacity, and success by section."""

    exposure: float = 0.0
    capacity: float = 1.0
    success: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Assessment:
    """Both one-sided scores, their harmonic mean, the bounded adjustment, and the products they are made of."""

    candidate: str
    seeker_score: float
    candidate_score: float
    mutual: float
    adjustment: float
    products: tuple[Product, ...]

    @property
    def score(self) -> float:
        return self.mutual + self.adjustment

    @property
    def share(self) -> float:
        """What a product gives to the mutual score: its points, halved for the mean of two sides, scaled from arithmetic to harmonic."""
        mean = (self.seeker_score + self.candidate_score) / 2
        return 0.5 * self.mutual / mean if mean else 0.0


@dataclass(frozen=True)
class Scale:
    """The versions a score is made with."""

    weights: Weights
    table: TermTable
    provinces: frozenset[str] = frozenset()  # the cooperation list, for chambers elsewhere


def assess(seeker: Party, candidate: Party, scale: Scale, day: date, market: Market | None = None) -> Assessment:
    """Score a pair; without a market the adjustment is nothing."""
    a, b, cover = seeker, candidate, scale.table.cover
    forward, backward = cover(needs_of(a, scale), offers_of(b, scale)), cover(needs_of(b, scale), offers_of(a, scale))
    same = {"industry": industry(a.gbt4754, b.gbt4754), "region": region(a, b, scale.provinces)}  # from whichever side
    forth = one_sided(a, b, "SEEKER", scale, {"need_cover": forward, "offer_cover": backward, **same})
    back = one_sided(b, a, "CANDIDATE", scale, {"need_cover": backward, "offer_cover": forward, **same})
    s_ab, s_ba = total(forth), total(back)
    adjustment = adjust(candidate, scale.weights, day, market) if market else 0.0
    return Assessment(candidate.id, s_ab, s_ba, harmonic(s_ab, s_ba), adjustment, (*forth, *back))


def one_sided(a: Party, b: Party, side: Side, scale: Scale, known: Mapping[str, float]) -> tuple[Product, ...]:
    """What a gains from b, term by term; `known` are the values that the other side's terms are made of, too."""
    weights = scale.weights.roles[role_of(a.kind, b.kind)]
    return tuple(
        [
            Product(side, feature, weight, known[feature] if feature in known else value_of(feature, a, b, scale.weights))
            for feature, weight in weights.items()
        ]
    )


def total(products: Iterable[Product]) -> float:
    return sum(p.points for p in products)


def harmonic(x: float, y: float) -> float:
    """2xy / (x + y); nothing when either is nothing."""
    return 2 * x * y / (x + y) if x > 0 and y > 0 else 0.0


def role_of(a: PartyKind, b: PartyKind) -> Role:
    """By which weights a party of kind `a` sees one of kind `b`."""
    if "LEAD" in (a, b):
        return "LEAD"
    if "CHAMBER" in (a, b):
        return "CHAMBER_TO_CHAMBER"
    return "ENTERPRISE_TO_ASSOCIATION" if a == "ENTERPRISE" else "ASSOCIATION_TO_ENTERPRISE"


def value_of(feature: Feature, a: Party, b: Party, weights: Weights) -> float:
    """f5…f8 as a sees b, each 0…1; the others are the same from both sides, or each other's."""
    match feature:
        case "chain":
            return chain(a, b, weights)
        case "scale":
            return fit(wanted_scale(a), b.scale, weights.unknown)
        case "rating":
            return weights.rating[b.grade or "NONE"]
        case "capacity":
            return free(b, weights)
        case _:
            raise ValueError(feature)


def needs_of(party: Party, scale: Scale) -> Terms:
    """Stated needs; until there are any, those of its industry at a lower strength (cold start)."""
    if party.cut:
        return party.cut[0]
    stated = scale.table.terms(text for need in party.needs for text in need.texts)
    return stated or scale.table.terms(industry_texts(party), scale.weights.pseudo_strength)


def offers_of(party: Party, scale: Scale) -> Terms:
    """Stated offers; until there are any, its industry and business scope at a lower strength (cold start)."""
    if party.cut:
        return party.cut[1]
    stated = scale.table.terms(text for offer in party.offers for text in offer.texts)
    return stated or scale.table.terms((*industry_texts(party), *party.about), scale.weights.pseudo_strength)


def industry_texts(party: Party) -> tuple[str, ...]:
    return tuple(name for code in party.gbt4754 for name in class_names(code))


def industry(a: Sequence[str], b: Sequence[str]) -> float:
    """The deepest level two lists of codes have in common, of 4: section .25, division .5, group .75, class 1."""
    return max((common_level(x, y) for x in a for y in b), default=0) / CLASS_DEPTH


def region(a: Party, b: Party, provinces: frozenset[str]) -> float:
    """Same province 1/3, same city or new area 2/3, same county or new city 1; for chambers elsewhere 1 on the cooperation list, else 0."""
    if "CHAMBER" in (a.kind, b.kind):
        abroad = [p.place[:2] for p in (a, b) if p.kind == "CHAMBER"]
        return float(all(place in provinces and place != SHAANXI for place in abroad))
    return REGION_LEVELS[common_region_level(a.place, b.place)]


def chain(a: Party, b: Party, weights: Weights) -> float:
    """How the stages in the chain suit what a wants: strengthen its own [强链], fill a gap [补链] or extend [延链]."""
    if a.position is None or b.position is None:
        return weights.unknown
    return weights.chain[a.intent][abs(a.position - b.position)]


def wanted_scale(party: Party) -> int | None:
    return next((need.scale for need in party.needs if need.scale is not None), None)


def fit(wanted: int | None, size: int | None, unknown: float) -> float:
    """1 - |wanted - size| / 4, for sizes by magnitude."""
    return unknown if wanted is None or size is None else max(0.0, 1 - abs(wanted - size) / 4)


def free(party: Party, weights: Weights) -> float:
    """The share of matches it can still take on: remaining / total, 0…1."""
    return max(0.0, 1 - party.open_matches / weights.capacity[party.kind])


# ── what experience and fairness add ──────────────────────────────────────────────────────────────
def adjust(b: Party, weights: Weights, day: date, market: Market) -> float:
    """clip(.02·(outcome - usual) + .01·(freshness - .5) + exposure, -.10, +.04)."""
    usual = market.success.get(section_of(b), weights.outcome.prior)
    raw = (
        weights.outcome.weight * (outcome(b, weights, usual) - usual)
        + weights.freshness.weight * (freshness(b, weights, day) - weights.freshness.neutral)
        + exposure(b, weights, day, market)
    )
    low, high = weights.bounds
    return min(high, max(low, raw))


def outcome(party: Party, weights: Weights, usual: float) -> float:
    """(accepted + m·usual) / (shown + m): a newcomer stands where its section stands."""
    return (party.accepted + weights.outcome.m * usual) / (party.shown + weights.outcome.m)


def freshness(party: Party, weights: Weights, day: date) -> float:
    """max(.25, 2^(-age/180 days)); unknown age counts as the floor."""
    if party.updated_on is None:
        return weights.freshness.floor
    return max(weights.freshness.floor, halved((day - party.updated_on).days, weights.freshness.half_life_days))


def exposure(party: Party, weights: Weights, day: date, market: Market) -> float:
    """-λ·clip(e/target - 1, 0, 3)/3, and +.3λ for who was never shown; target = usual exposure · share of capacity."""
    strength = weights.exposure.strength[party.kind]
    seen = decayed(party, weights, day)
    if seen == 0.0:
        return weights.exposure.unseen * strength
    target = market.exposure * weights.capacity[party.kind] / market.capacity
    return -strength * min(3.0, max(0.0, seen / target - 1)) / 3 if target else 0.0


def decayed(party: Party, weights: Weights, day: date) -> float:
    """How often it was shown, an older showing counting less: half after 90 days."""
    if party.exposure_on is None:
        return party.exposure
    return party.exposure * halved((day - party.exposure_on).days, weights.exposure.half_life_days)


def halved(age_days: int, half_life: float) -> float:
    return float(2 ** (-max(0, age_days) / half_life))


def section_of(party: Party) -> str:
    return section(party.gbt4754[0]) if party.gbt4754 else ""


# ── who is not scored at all ──────────────────────────────────────────────────────────────────────
def excluded(seeker: Party, candidate: Party, weights: Weights) -> str | None:
    """Why a candidate is out before any scoring (domain §6.5), as a stable code; None when it may be recommended."""
    if candidate.id == seeker.id:
        return "self"
    out = barred(candidate, weights)
    if out in (None, "no_capacity") and (candidate.id in seeker.bound or seeker.id in candidate.bound):
        return "already_bound"
    return out


def barred(candidate: Party, weights: Weights) -> str | None:
    """Why a candidate is out for whoever seeks; None when it is in the market."""
    checks = (
        ("not_listed", not candidate.listed),
        ("not_active", not candidate.active),
        ("serious_violation", candidate.serious),
        ("elimination_warned", candidate.eliminated),
        ("no_capacity", free(candidate, weights) <= 0),
    )
    return next((code for code, out in checks if out), None)
