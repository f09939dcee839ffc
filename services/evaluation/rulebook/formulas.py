"""The closed set of formulas a rulebook may use. A rule author adds an indicator in YAML; only a new shape needs code.

lin      points · clamp((x − from)/(to − from), 0, 1); from > to counts downwards; `at_most` lowers the result unless a flag holds
share    points · clamp(part/of, 0, 1), `inverse` for 1 − part/of; nothing to measure where `of` is zero
check    points if every condition holds, else 0
cases    the points of the first case whose conditions all hold, else 0
tally    so many points for each of the counts, at most `points`
deadline points if done by `due` (or not due yet); fewer within `late` days; 0 after, and 0 while open unless `open_counts`; what was
         done, or allowed, in a year before the one `due` stands under belongs to an earlier deadline
landed   for each project with credit: points of its highest stage in the window × share of the credit, at most `points`

All arithmetic is exact (fractions); rounding happens once, per indicator, half up to 0.1 (domain §4.4).
"""

from abc import abstractmethod
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.evaluation.facts.fact import Facts, Scalar, Take, number_of

# YAML writes 0.30, -10 or 2/3; reckoning stays exact
Number = Annotated[
    Fraction, BeforeValidator(lambda v: Fraction(str(v)) if isinstance(v, int | float | str) and not isinstance(v, bool) else v)
]
Na = Literal["FULL", "HALF", "ZERO"]
ZERO, ONE = Fraction(0), Fraction(1)


class Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


def clamp(x: Fraction) -> Fraction:
    return min(max(x, ZERO), ONE)


def lin(x: Fraction, a: Fraction, b: Fraction, points: Fraction) -> Fraction:
    """`points · clamp((x − a)/(b − a), 0, 1)` of domain §4.4."""
    return points * clamp((x - a) / (b - a))


def months_after(day: date, months: int) -> date:
    """The same day so many months on (or back), or the last day of that month. Raises: ValueError beyond the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# ── reading ───────────────────────────────────────────────────────────────────────────────────────
class Measure(Rule):
    """A number read from the facts: one fact, or its ratio over another; a ratio over nothing is nothing."""

    fact: str
    over: str | None = None
    take: Take = "SUM"

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.fact, self.over) if self.over else (self.fact,)

    def read(self, facts: Facts) -> Fraction | None:
        x = facts.number(self.fact, self.take)
        if self.over is None:
            return x
        base = facts.number(self.over, self.take)
        return (x or ZERO) / base if base else None


class Condition(Rule):
    """One sentence about one fact; exactly one test. A fact nobody told passes only `is_not`, `not_in` and `absent: true`."""

    fact: str
    take: Take = "LATEST"
    is_: Annotated[Scalar | None, Field(alias="is")] = None
    is_not: Scalar | None = None
    in_: Annotated[tuple[str, ...] | None, Field(alias="in")] = None
    not_in: tuple[str, ...] | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    below: Number | None = None
    at_least_fact: str | None = None
    absent: bool | None = None
    months_since_at_least: int | None = None
    months_since_below: int | None = None
    not_past: Literal[True] | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> "Condition":
        if len(self.tests) != 1:
            raise ValueError(f"a condition on {self.fact} needs exactly one test, not {sorted(self.tests)}")
        return self

    @property
    def tests(self) -> dict[str, Any]:
        return {n: v for n in type(self).model_fields if n not in ("fact", "take") and (v := getattr(self, n)) is not None}

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.fact, self.at_least_fact) if self.at_least_fact else (self.fact,)

    def holds(self, facts: Facts) -> bool:
        ((test, wanted),) = self.tests.items()
        value = facts.value(self.fact, self.take)
        if test == "absent":
            return bool((value is None) == wanted)
        if test in ("is_not", "not_in"):
            return bool(value != wanted) if test == "is_not" else value not in wanted
        return value is not None and self._passes(test, wanted, value, facts)

    def _passes(self, test: str, wanted: Any, value: Scalar, facts: Facts) -> bool:
        match test:
            case "is_":
                return bool(value == wanted)
            case "in_":
                return value in wanted
            case "months_since_at_least" | "months_since_below":
                reached = months_after(date.fromisoformat(str(value)), wanted) <= facts.as_of
                return reached == (test == "months_since_at_least")
            case "not_past":
                return date.fromisoformat(str(value)) >= facts.as_of
        x = facts.number(self.fact, self.take) or ZERO
        if test == "at_least_fact":
            other = facts.number(wanted, "LATEST")
            return other is not None and x >= other
        return x >= wanted if test == "at_least" else x <= wanted if test == "at_most" else bool(x < wanted)


Conditions = Annotated[tuple[Condition, ...], Field(min_length=1)]


def all_hold(conditions: Iterable[Condition], facts: Facts) -> bool:
    return all(c.holds(facts) for c in conditions)


# ── formulas ──────────────────────────────────────────────────────────────────────────────────────
class Part(Rule):
    """What every formula shares. `points` is the most it gives (per year with `each_year`)."""

    formula: str
    points: Annotated[Number, Field(gt=0)]
    na: Na | Number | None = None
    needs: str | None = None
    each_year: bool = False

    @property
    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """The fact keys its formula reads."""

    @abstractmethod
    def award(self, facts: Facts) -> Fraction | None:
        """The points, or None where there was nothing to measure."""

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.reads, *((self.needs,) if self.needs else ()))))

    def worth_without(self) -> Fraction:
        """The points when nothing could be measured, by the NA policy."""
        named: dict[Any, Fraction] = {"FULL": self.points, "HALF": self.points / 2, "ZERO": ZERO, None: ZERO}
        return named[self.na] if self.na is None or isinstance(self.na, str) else self.na

    def measured(self, facts: Facts) -> Fraction | None:
        if self.needs and not facts.number(self.needs, "SUM"):
            return None
        return self.award(facts)

    @model_validator(mode="after")
    def na_within_points(self) -> "Part":
        if not ZERO <= self.worth_without() <= self.points:
            raise ValueError("the NA points exceed the part's points")
        return self


class LowerCap(Rule):
    """At most so many points unless the flag holds."""

    points: Number
    unless: str


class Lin(Part):
    formula: Literal["lin"]
    x: Measure
    from_: Annotated[Number, Field(alias="from")]
    to: Number
    at_most: LowerCap | None = None

    @model_validator(mode="after")
    def spans_something(self) -> "Lin":
        if self.from_ == self.to:
            raise ValueError("from and to are the same")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        return (*self.x.keys, *((self.at_most.unless,) if self.at_most else ()))

    def award(self, facts: Facts) -> Fraction | None:
        if (x := self.x.read(facts)) is None:
            return None
        points = lin(x, self.from_, self.to, self.points)
        if self.at_most and facts.value(self.at_most.unless, "LATEST") is not True:
            return min(points, self.at_most.points)
        return points


class Share(Part):
    formula: Literal["share"]
    part: str
    of: str
    take: Take = "SUM"
    inverse: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.part, self.of)

    def award(self, facts: Facts) -> Fraction | None:
        if not (of := facts.number(self.of, self.take)):
            return None
        ratio = clamp((facts.number(self.part, self.take) or ZERO) / of)
        return self.points * (ONE - ratio if self.inverse else ratio)


class Check(Part):
    formula: Literal["check"]
    when: Conditions

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(k for c in self.when for k in c.keys)

    def award(self, facts: Facts) -> Fraction | None:
        if not any(facts.rows(c.fact, c.take) for c in self.when):
            return None
        return self.points if all_hold(self.when, facts) else ZERO


class Case(Rule):
    points: Number
    when: Conditions


class Cases(Part):
    formula: Literal["cases"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def best_case_is_the_most(self) -> "Cases":
        if max(c.points for c in self.cases) != self.points:
            raise ValueError("`points` is not what the best case gives")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(k for case in self.cases for c in case.when for k in c.keys)

    def award(self, facts: Facts) -> Fraction | None:
        if not any(facts.rows(c.fact, c.take) for case in self.cases for c in case.when):
            return None
        return next((case.points for case in self.cases if all_hold(case.when, facts)), ZERO)


class Tally(Part):
    formula: Literal["tally"]
    each: Annotated[dict[str, Number], Field(min_length=1)]
    take: Take = "SUM"

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(self.each)

    def award(self, facts: Facts) -> Fraction | None:
        counts = {key: facts.number(key, self.take) for key in self.each}
        if all(n is None for n in counts.values()):
            return None
        return min(sum(((n or ZERO) * self.each[key] for key, n in counts.items()), ZERO), self.points)


class Late(Rule):
    """So many points up to so many days late, where the flag (if any) holds."""

    days: Annotated[int, Field(ge=1)]
    points: Number
    if_: Annotated[str | None, Field(alias="if")] = None


class Deadline(Part):
    formula: Literal["deadline"]
    due: str
    done: str
    take: Take = "LATEST"
    open_counts: bool = False
    late: tuple[Late, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.due, self.done, *(late.if_ for late in self.late if late.if_))

    def award(self, facts: Facts) -> Fraction | None:
        rows = facts.rows(self.due, self.take)
        if not rows:
            return None
        due, since = date.fromisoformat(str(rows[-1].value)), rows[-1].year
        done = next((date.fromisoformat(str(r.value)) for r in facts.rows(self.done, self.take) if r.year >= since), None)
        if (done or facts.as_of) <= due:
            return self.points
        if done is None and not self.open_counts:
            return ZERO
        days = ((done or facts.as_of) - due).days
        fits = (
            late.points
            for late in self.late
            if days <= late.days and (late.if_ is None or any(r.value is True and r.year >= since for r in facts.rows(late.if_, "LATEST")))
        )
        return next(fits, ZERO)


class Landed(Part):
    formula: Literal["landed"]
    stage: str
    share: str
    by_stage: Annotated[dict[str, Number], Field(min_length=1)]

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.stage, self.share)

    def award(self, facts: Facts) -> Fraction | None:
        shares = facts.family(self.share, "LATEST")
        reached = {project: rows for project, rows in facts.family(self.stage, "SUM").items() if project in shares}
        if not reached:
            return None
        total = ZERO
        for project, rows in reached.items():
            best = max((self.by_stage.get(str(row.value), ZERO) for row in rows), default=ZERO)
            total += best * clamp(number_of(shares[project][-1].value))
        return min(total, self.points)


Formula = Annotated[Lin | Share | Check | Cases | Tally | Deadline | Landed, Field(discriminator="formula")]
