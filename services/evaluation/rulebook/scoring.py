"""From facts to points, and from points to a grade (domain §4.3, §4.4). Pure: the same facts give the same result.

Reckoning is exact; each indicator is rounded once, half up to 0.1, then summed, then compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Annotated, Literal

from pydantic import Field

from services.evaluation.facts.derived import ratio_text, with_derived
from services.evaluation.facts.fact import Fact, Facts
from services.evaluation.rulebook.formulas import Part
from services.evaluation.rulebook.rulebook import Grade, Indicator, ProfileCode, Rulebook, RuleSetCode, lower_of
from shared.record import Value

Points = Annotated[Decimal, Field(ge=0, le=1000, max_digits=5, decimal_places=1, description="points, in tenths")]
# FACTS computed · PANEL set by the panel by nature, or because nobody tells its facts yet · LATER computed after the social evaluation
ScoredBy = Literal["FACTS", "PANEL", "LATER"]
TENTH = Decimal("0.1")


def to_tenth(x: Fraction) -> Decimal:
    """Half up to 0.1."""
    tenths = floor(x * 10 + Fraction(1, 2))
    return (Decimal(tenths) * TENTH).quantize(TENTH)


class Mark(Value):
    """Points for one indicator."""

    code: Annotated[str, Field(pattern=r"^\d(\.\d{1,2}){1,2}$", examples=["3.4.1"])]
    points: Points


class PartScore(Value):
    """What one part gave: `points` exact to six decimals, `na` the policy used where there was nothing to measure, `year` for a yearly part."""

    formula: str
    points: str
    most: str
    year: int | None = None
    na: str | None = None


class IndicatorScore(Value):
    """One indicator's result. `points` is None while others have to set it; `suggested` helps the panel with an S indicator.

    `facts` are the rows read, as `key@year`, to be found in the frozen fact set."""

    code: str
    scored_by: ScoredBy
    points: Points | None = None
    suggested: Points | None = None
    parts: tuple[PartScore, ...] = ()
    facts: tuple[str, ...] = ()


# ── points ────────────────────────────────────────────────────────────────────────────────────────
def reading(rulebook: Rulebook, facts: Sequence[Fact], year: int, as_of: date) -> Facts:
    """The facts as the rulebook reads them for a round of this year: window, day of reckoning, derived facts."""
    years = rulebook.window(year)
    return Facts(with_derived(facts, years, rulebook.exits.neutral, rulebook.exits.voluntary), years, as_of)


def score_part(part: Part, facts: Facts) -> list[tuple[PartScore, Fraction]]:
    """The part over the whole window, or year by year."""
    scored = []
    for view in [facts.within(y) for y in facts.years] if part.each_year else [facts]:
        measured = part.measured(view)
        points = part.worth_without() if measured is None else measured
        na = None if measured is not None else str(part.na) if part.na is not None else "NOTHING_MEASURED"
        year = view.years[0] if part.each_year else None
        scored.append((PartScore(formula=part.formula, points=ratio_text(points), most=ratio_text(part.points), year=year, na=na), points))
    return scored


def rows_read(indicator: Indicator, facts: Facts) -> tuple[str, ...]:
    rows = {f"{row.key}@{row.year}" for key in indicator.keys for row in facts.seen(key)}
    return tuple(sorted(rows))


def score_indicator(rulebook: Rulebook, indicator: Indicator, facts: Facts, *, socially: bool) -> IndicatorScore:
    """One indicator from the facts; `socially` once the social evaluation has entered its own."""
    source = rulebook.source(indicator)
    read = rows_read(indicator, facts)
    if source == "CASE" and not socially:
        return IndicatorScore(code=indicator.code, scored_by="LATER", facts=read)
    scored = [pair for part in indicator.parts for pair in score_part(part, facts)]
    parts, points = tuple(p for p, _ in scored), to_tenth(sum((x for _, x in scored), Fraction(0)))
    if source in ("PANEL", "NOBODY") or (indicator.untold == "PANEL" and not read):
        suggested = points if source == "PANEL" and read else None
        return IndicatorScore(
            code=indicator.code, scored_by="PANEL", suggested=suggested, parts=parts if suggested is not None else (), facts=read
        )
    return IndicatorScore(code=indicator.code, scored_by="FACTS", points=points, parts=parts, facts=read)


def score(rulebook: Rulebook, facts: Facts, *, socially: bool) -> tuple[IndicatorScore, ...]:
    """Every indicator, in the order of the table."""
    return tuple(score_indicator(rulebook, i, facts, socially=socially) for i in rulebook.indicators)


def mean_marks(given: Iterable[Sequence[Mark]]) -> dict[str, Decimal]:
    """The mean of what the panel's members gave for each indicator, half up to 0.1."""
    by_code: dict[str, list[Decimal]] = {}
    for marks in given:
        for mark in marks:
            by_code.setdefault(mark.code, []).append(mark.points)
    return {code: to_tenth(Fraction(sum(points)) / len(points)) for code, points in by_code.items()}


# ── the grade ─────────────────────────────────────────────────────────────────────────────────────
class Verdict(Value):
    """A score and the grade it leads to, with everything that moved it."""

    indicators: Points  # sum of the indicators
    bonus: Points
    deduction: Points
    score: Points  # sum + bonus − deductions, from 0 to 1000
    grade_by_score: Grade
    deductions: tuple[str, ...]
    caps: tuple[str, ...]  # all that hold, whether or not the score reaches them: a review is bound by them too
    vetoes: tuple[str, ...]
    grade: Grade
    forward_as: Grade | None  # the grade that goes to the higher level where the local gate holds it back


def judge(rulebook: Rulebook, facts: Facts, marks: Mapping[str, Decimal], *, profile: ProfileCode, rule_set: RuleSetCode, bonuses: Sequence[str],
          findings: Sequence[str], local_gate: bool) -> Verdict:  # fmt: skip
    """The proposed grade from all marks (domain §4.3): thresholds, then caps, then vetoes, then the local gate."""
    total = sum(marks.values(), Decimal(0))
    bonus = min(sum((b.points for b in rulebook.bonus.items if b.code in bonuses), Fraction(0)), rulebook.bonus.cap)
    off = [d for d in rulebook.deductions if rule_set in d.rule_sets and d.holds(facts)]
    deduction = sum((d.points for d in off), Fraction(0))
    reached = min(max(Fraction(total) + bonus - deduction, Fraction(0)), rulebook.total)
    by_score = rulebook.profile(profile).grade(reached)
    caps = [c for c in rulebook.caps if c.holds(facts)]
    vetoes = tuple(v.code for v in rulebook.vetoes if (v.code in findings if v.finding else v.holds(facts)))
    grade = by_score
    for cap in caps:
        grade = lower_of(grade, cap.max)
    grade = "NONE" if vetoes else grade
    held_back = local_gate and lower_of(grade, rulebook.max_grade_local) != grade
    return Verdict(
        indicators=to_tenth(Fraction(total)), bonus=to_tenth(bonus), deduction=to_tenth(deduction), score=to_tenth(reached), grade_by_score=by_score,
        deductions=tuple(d.code for d in off), caps=tuple(c.code for c in caps), vetoes=vetoes,
        grade=rulebook.max_grade_local if held_back else grade, forward_as=grade if held_back else None,
    )  # fmt: skip
