"""Weights from decisions: logistic regression pulled to the weights in force, none below nothing, none far from what it was. matching.md §2.5.

P(accept) = σ(a + Σ v_f · x_f), v ≥ 0, with the penalty λ · Σ (v_f / p_f - 1)²; p = b · w is the running version on the scale of its own fit.
Places further down are seen less: an example counts by the inverse of how often its place is looked at, place^-η, clipped (Joachims et al., 2017).
The measured reason for this form against free fits and trees: matching.md §2.5, table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean

import numpy as np

from services.matchmaking.engine.weights import Feature
from services.matchmaking.learning.decisions import Decision

PULL = 2.0  # λ
CLAMP = 0.20  # of the running weight, up or down
CLIP = 5.0  # no example counts more than so many
STEPS = 2_000
BINS, IN_A_BIN = 10, 100  # bins at most, and decisions a bin has at least: with fewer, chance alone looks like an error
TRACE = 1e-3


@dataclass(frozen=True)
class Calibration:
    """P(accept | score) = σ(intercept + slope · score)."""

    intercept: float
    slope: float

    def probability(self, score: float) -> float:
        return 1 / (1 + exp(-(self.intercept + self.slope * score)))


def counts(decisions: Sequence[Decision], bias: float) -> list[float]:
    """How much each example counts, by its place; the mean is 1."""
    raw = [min(CLIP, (d.place or 1) ** bias) for d in decisions]
    mean = fmean(raw)
    return [r / mean for r in raw]


def score(values: Mapping[Feature, float], weights: Mapping[Feature, float]) -> float:
    return sum(w * values.get(f, 0.0) for f, w in weights.items())


def calibrated(decisions: Sequence[Decision], weights: Mapping[Feature, float], weighed: Sequence[float]) -> Calibration:
    """Platt's fit of the score; a slope below nothing, which would turn the score round, is nothing."""
    scores = [[score(d.values, weights)] for d in decisions]
    intercept, slope = logistic(np.array(scores), np.array([d.accepted for d in decisions], float), np.array(weighed), None, 0.0)
    return Calibration(intercept, float(slope[0]))


def logistic(
    x: "np.ndarray", y: "np.ndarray", weighed: "np.ndarray", prior: "np.ndarray | None", pull: float
) -> tuple[float, "np.ndarray"]:
    """Intercept and slopes ≥ 0, by Newton steps projected on what is allowed; convex, so the order of examples does not matter beyond rounding."""
    n, width = x.shape
    design = np.hstack([np.ones((n, 1)), x])
    at = np.concatenate([[0.0], prior if prior is not None else np.ones(width)])
    free = prior > 0 if prior is not None else np.ones(width, bool)
    scale = np.where(free, prior, 1.0) if prior is not None else np.ones(width)

    def loss(v: "np.ndarray") -> float:
        z = design @ v
        return float(np.sum(weighed * (np.logaddexp(0, z) - y * z)) + pull * np.sum(((v[1:] / scale - 1) ** 2)[free]))

    for _ in range(STEPS):
        z = design @ at
        p = 1 / (1 + np.exp(-z))
        gradient = design.T @ (weighed * (p - y))
        curve = design.T @ (design * (weighed * p * (1 - p))[:, None])
        gradient[1:] += np.where(free, 2 * pull * (at[1:] / scale - 1) / scale, 0.0)
        curve[np.diag_indices(width + 1)] += np.concatenate([[1e-9], np.where(free, 2 * pull / scale**2, 1e-9)])
        held = np.concatenate([[False], (at[1:] <= 0) & (gradient[1:] > 0)])
        moving = ~held
        step = np.zeros(width + 1)
        step[moving] = np.linalg.solve(curve[np.ix_(moving, moving)], gradient[moving])
        size, before = 1.0, loss(at)
        while True:
            new = at - size * step
            new[1:] = np.where(free | (prior is None), np.maximum(new[1:], 0.0), 0.0)
            if loss(new) <= before or size < 1e-8:
                break
            size /= 2
        moved = float(np.max(np.abs(new - at)))
        at = new
        if moved < 1e-10:
            break
    return float(at[0]), at[1:]


def learned(decisions: Sequence[Decision], running: Mapping[Feature, float], bias: float) -> dict[Feature, float]:
    """The weights of one role: fitted, scaled to add up to 1, and at most a fifth away from the running ones."""
    features, weighed = list(running), counts(decisions, bias)
    prior = calibrated(decisions, running, weighed)
    if prior.slope <= 0:
        return dict(running)  # the running score says nothing about these decisions: there is no scale to learn on
    x = np.array([[d.values.get(f, 0.0) for f in features] for d in decisions])
    y = np.array([d.accepted for d in decisions], float)
    _, slopes = logistic(x, y, np.array(weighed), prior.slope * np.array([running[f] for f in features]), PULL)
    whole = float(slopes.sum())
    return within(dict(zip(features, (slopes / whole).tolist(), strict=True)), running) if whole > 0 else dict(running)


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
def calibration_error(decisions: Sequence[Decision], weights: Mapping[Feature, float], by: Calibration) -> float:
    """Expected calibration error: over up to ten bins of like size, how far what was said lies from what came."""
    said = sorted(((by.probability(score(d.values, weights)), d.accepted) for d in decisions), key=lambda pair: pair[0])
    many = max(2, min(BINS, len(said) // IN_A_BIN))
    bins = [said[n * len(said) // many : (n + 1) * len(said) // many] for n in range(many)]
    return sum(len(b) / len(said) * abs(fmean(p for p, _ in b) - fmean(float(y) for _, y in b)) for b in bins if b)


def surprise(decisions: Sequence[Decision], weights: Mapping[Feature, float], by: Calibration) -> float:
    """Mean logarithmic loss; chance is .693."""
    return fmean(-log(max(1e-12, p if d.accepted else 1 - p)) for d in decisions for p in (by.probability(score(d.values, weights)),))
