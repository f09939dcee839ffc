"""Member satisfaction reckoned from answers (domain §5.1): index, rate, validity and margin of error."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, sqrt
from typing import Annotated, Literal

from pydantic import Field

from shared.record import Value

Question = Literal["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10"]
OVERALL: Question = "Q10"
SCALE = (100, 75, 50, 25, 0)  # very satisfied … very dissatisfied
WEIGHTS: Mapping[Question, Fraction] = {"Q1": Fraction(8, 100), "Q2": Fraction(8, 100), "Q3": Fraction(8, 100), "Q4": Fraction(8, 100),
                                        "Q5": Fraction(8, 100), "Q6": Fraction(8, 100), "Q7": Fraction(8, 100), "Q8": Fraction(8, 100),
                                        "Q9": Fraction(8, 100), "Q10": Fraction(28, 100)}  # fmt: skip
Tally5 = Annotated[tuple[Annotated[int, Field(ge=0, le=100_000)], ...], Field(min_length=5, max_length=5)]


class Answers(Value):
    """How often each of the five answers was given to one question, from very satisfied to very dissatisfied; "does not apply" is left out."""

    question: Question
    counts: Tally5


def index_of(answers: Sequence[Answers]) -> Fraction | None:
    """CSI = Σ weight·mean / Σ weight over the questions answered, 0–100; None when nothing was answered."""
    weighed = weight = Fraction(0)
    for given in answers:
        if n := sum(given.counts):
            weighed += WEIGHTS[given.question] * Fraction(sum(c * s for c, s in zip(given.counts, SCALE, strict=True)), n)
            weight += WEIGHTS[given.question]
    return weighed / weight if weight else None


def satisfaction_rate(answers: Sequence[Answers]) -> Fraction | None:
    """Share of satisfied and very satisfied among the answers to the overall question."""
    overall = next((a.counts for a in answers if a.question == OVERALL), None)
    return Fraction(overall[0] + overall[1], sum(overall)) if overall and sum(overall) else None


def is_valid(n: int, members: int) -> bool:
    """Enough answers: max(10, 30 % of the members) or all of them; below 15 members two thirds."""
    if members < 15:
        return 0 < ceil(Fraction(2 * members, 3)) <= n
    return n >= max(10, ceil(Fraction(30 * members, 100))) or n == members


def margin_of_error(n: int, members: int) -> float | None:
    """At 95 %, with the finite population: 1.96·√(0.25/n · (N−n)/(N−1)); None where it has no meaning."""
    return 1.96 * sqrt(0.25 / n * (members - n) / (members - 1)) if 0 < n <= members and members > 1 else None
