"""Weights from decisions: logistic regression pulled to the weights in force, none below nothing, none far from what it was. matching.md §2.5.

P(accept) = σ(a_r + Σ m_f · w_rf · x_f), m ≥ 0, with the penalty λ · Σ (m_f / b - 1)²; w is the running version, b the scale of its own fit, a an
offset for each role r. One role alone has factors of its own; roles with few decisions share them.
Places further down are seen less: an example counts by the inverse of how often its place is looked at, place^-η, clipped (Joachims et al., 2017).
The measured reason for this form against free fits and trees: matching.md §2.5, table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean
from typing import Protocol

import numpy as np

from services.matchmaking.engine.weights import Feature, Role
from services.matchmaking.learning.decisions import Decision

PULL = 2.0  # λ
CLAMP = 0.20  # of the running weight, up or down
CLIP = 5.0  # no example counts more than so many
STEPS = 2_000
BINS, IN_A_BIN = 10, 100  # bins at most, and decisions a bin has at least: with fewer, chance alone looks like an error
TRACE = 1e-3
ENOUGH_FOR_STEPS = 1_000  # decisions of a role from which what is said of chances need not follow one curve

Roles = Mapping[Role, Mapping[Feature, float]]


class Chances(Protocol):
    """What a score says of the chance that it is accepted."""

    def probability(self, role: Role, score: float) -> float: ...


@dataclass(frozen=True)
class Calibration:
    """P(accept | score) = σ(intercept of the role + slope · score) (Platt, 1999)."""

    intercepts: Mapping[Role, float]
    slope: float

    def probability(self, role: Role, score: float) -> float:
        return 1 / (1 + exp(-(self.intercepts[role] + self.slope * score)))


@dataclass(frozen=True)
class Steps:
    """P(accept | score) rising with the score and bound to no curve: straight between these points (Zadrozny and Elkan, 2002)."""

    scores: tuple[float, ...]
    chances: tuple[float, ...]

    def probability(self, role: Role, score: float) -> float:
        return float(np.interp(score, self.scores, self.chances))


def counts(decisions: Sequence[Decision], bias: float) -> list[float]:
    """How much each example counts, by its place; the mean is 1."""
    raw = [min(CLIP, (d.place or 1) ** bias) for d in decisions]
    mean = fmean(raw)
    return [r / mean for r in raw]


def score(decision: Decision, weights: Roles) -> float:
    return sum(w * decision.values.get(f, 0.0) for f, w in weights[decision.role].items())


def calibrated(decisions: Sequence[Decision], weights: Roles, weighed: Sequence[float]) -> Calibration:
    """Platt's fit of the score; a slope below nothing, which would turn the score round, is nothing."""
    scores = [[score(d, weights)] for d in decisions]
    intercepts, slopes = logistic(np.array(scores), decisions, np.array(weighed), None, 0.0)
    return Calibration(intercepts, float(slopes[0]))


def in_steps(decisions: Sequence[Decision], weights: Roles, weighed: Sequence[float]) -> Steps:
    """Isotonic regression of acceptance on the score: neighbours that fall are pooled until none does."""
    rows = sorted(zip((score(d, weights) for d in decisions), (float(d.accepted) for d in decisions), weighed, strict=True))
    blocks: list[tuple[float, float, float, float]] = []  # lowest and highest score, weight, sum of acceptances
    for at, accepted, weight in rows:
        blocks.append((at, at, weight, weight * accepted))
        while len(blocks) > 1 and blocks[-2][3] / blocks[-2][2] >= blocks[-1][3] / blocks[-1][2]:
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0], last[1], last[2] + before[2], last[3] + before[3]))
    ends = [(end, a / w) for low, high, w, a in blocks for end in (low, high)]
    return Steps(tuple(s for s, _ in ends), tuple(c for _, c in ends))


def chances(decisions: Sequence[Decision], weights: Roles, weighed: Sequence[float]) -> Chances:
    """Platt first; steps once a role alone has enough decisions."""
    alone = len({d.role for d in decisions}) == 1
    return (in_steps if alone and len(decisions) >= ENOUGH_FOR_STEPS else calibrated)(decisions, weights, weighed)


def logistic(
    x: "np.ndarray", decisions: Sequence[Decision], weighed: "np.ndarray", prior: "np.ndarray | None", pull: float
) -> tuple[dict[Role, float], "np.ndarray"]:
    """Intercepts by role and slopes ≥ 0, by Newton steps projected on what is allowed; convex, so the order of examples does not matter beyond rounding."""
    roles = sorted({d.role for d in decisions})
    y = np.array([d.accepted for d in decisions], float)
    many, width = len(roles), x.shape[1]
    design = np.hstack([np.array([[float(d.role == r) for r in roles] for d in decisions]), x])
    at = np.concatenate([np.zeros(many), prior if prior is not None else np.ones(width)])
    scale = prior if prior is not None else np.ones(width)

    def loss(v: "np.ndarray") -> float:
        z = design @ v
        return float(np.sum(weighed * (np.logaddexp(0, z) - y * z)) + pull * np.sum((v[many:] / scale - 1) ** 2))

    for _ in range(STEPS):
        z = design @ at
        p = 1 / (1 + np.exp(-z))
        gradient = design.T @ (weighed * (p - y))
        curve = design.T @ (design * (weighed * p * (1 - p))[:, None])
        gradient[many:] += 2 * pull * (at[many:] / scale - 1) / scale
        curve[np.diag_indices(many + width)] += np.concatenate([np.full(many, 1e-9), 2 * pull / scale**2 + 1e-9])
        held = np.concatenate([np.zeros(many, bool), (at[many:] <= 0) & (gradient[many:] > 0)])
        moving = ~held
        step = np.zeros(many + width)
        step[moving] = np.linalg.solve(curve[np.ix_(moving, moving)], gradient[moving])
        size, before = 1.0, loss(at)
        while True:
            new = at - size * step
            new[many:] = np.maximum(new[many:], 0.0)
            if loss(new) <= before or size < 1e-8:
                break
            size /= 2
        moved = float(np.max(np.abs(new - at)))
        at = new
        if moved < 1e-10:
            break
    return {r: float(v) for r, v in zip(roles, at, strict=False)}, at[many:]


def learned(decisions: Sequence[Decision], running: Roles, bias: float) -> dict[Role, dict[Feature, float]]:
    """The weights of these roles: fitted together, scaled to add up to 1, and at most a fifth away from the running ones."""
    roles, weighed = sorted({d.role for d in decisions}), counts(decisions, bias)
    features = sorted({f for r in roles for f in running[r]})
    slope = calibrated(decisions, running, weighed).slope
    if slope <= 0:
        return {r: dict(running[r]) for r in roles}  # the running score says nothing about these decisions: there is no scale to learn on
    x = np.array([[running[d.role].get(f, 0.0) * d.values.get(f, 0.0) for f in features] for d in decisions])
    _, factors = logistic(x, decisions, np.array(weighed), np.full(len(features), slope), PULL)
    return {r: grown(running[r], dict(zip(features, factors.tolist(), strict=True))) for r in roles}


def grown(running: Mapping[Feature, float], factors: Mapping[Feature, float]) -> dict[Feature, float]:
    wanted = {f: w * factors[f] for f, w in running.items()}
    whole = sum(wanted.values())
    return within({f: w / whole for f, w in wanted.items()}, running) if whole > 0 else dict(running)


def within(wanted: Mapping[Feature, float], running: Mapping[Feature, float]) -> dict[Feature, float]:
    """The nearest to `wanted`, up to a common factor, that keeps the bounds and adds up to 1: found by halving the factor's interval.

    A trace of the running weight goes in, so that what is not wanted at all can still make up for what may grow no more."""

    def held(factor: float) -> dict[Feature, float]:
        return {f: min(w * (1 + CLAMP), max(w * (1 - CLAMP), factor * (wanted[f] + TRACE * w))) for f, w in running.items()}

    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(held(middle).values()) < 1 else (low, middle)
    made = {f: round(w, 4) for f, w in held(high).items()}
    largest = max(made, key=lambda f: made[f])
    made[largest] = round(made[largest] + 1 - sum(made.values()), 4)  # what rounding has left over
    return made


# ── how well ──────────────────────────────────────────────────────────────────────────────────────
def calibration_error(decisions: Sequence[Decision], weights: Roles, by: Chances) -> float:
    """Expected calibration error: over up to ten bins of like size, how far what was said lies from what came."""
    said = sorted(((by.probability(d.role, score(d, weights)), d.accepted) for d in decisions), key=lambda pair: pair[0])
    many = max(2, min(BINS, len(said) // IN_A_BIN))
    bins = [said[n * len(said) // many : (n + 1) * len(said) // many] for n in range(many)]
    return sum(len(b) / len(said) * abs(fmean(p for p, _ in b) - fmean(float(y) for _, y in b)) for b in bins if b)


def surprise(decisions: Sequence[Decision], weights: Roles, by: Chances) -> float:
    """Mean logarithmic loss; chance is .693."""
    said = ((d, by.probability(d.role, score(d, weights))) for d in decisions)
    return fmean(-log(max(1e-12, p if d.accepted else 1 - p)) for d, p in said)
