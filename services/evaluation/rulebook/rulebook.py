"""A rulebook in one version: indicators, thresholds, caps, vetoes, grounds and deadlines (domain §4.2–§4.7), checked when it is read.

A round is opened under the version in force and keeps it; `rulebook_of` finds it again by its reference `code/version`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from services.evaluation.facts.dictionary import FactDictionary, Source, dictionaries
from services.evaluation.facts.fact import Facts
from services.evaluation.facts.heard import EXIT_REASONS
from services.evaluation.rulebook.formulas import Condition, Conditions, Formula, Number, Rule, all_hold, months_after
from shared.record import SHANGHAI, Refused
from shared.versions import Versioned, VersionName, Versions
from shared.workdays import working_days_after

Grade = Literal["5A", "4A", "3A", "2A", "1A", "NONE"]
GRADES: tuple[Grade, ...] = ("5A", "4A", "3A", "2A", "1A", "NONE")
RuleSetCode = Literal["R2011", "R2026"]
ProfileCode = Literal["STANDARD", "STRICT"]
Procedure = Literal["PAPER", "ON_SITE", "SIMPLIFIED"]
Months = Annotated[int, Field(ge=0, le=120)]
Days = Annotated[int, Field(ge=1, le=400, description="calendar days")]
Step = Literal["eligibility", "on_site", "proposal", "publicity", "review"]


def lower_of(a: Grade, b: Grade) -> Grade:
    return GRADES[max(GRADES.index(a), GRADES.index(b))]


def next_lower(grade: Grade) -> Grade:
    """One grade down; below 1A there is none."""
    return GRADES[min(GRADES.index(grade) + 1, len(GRADES) - 1)]


class Words(Rule):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Span(Rule):
    """`10w`: ten working days; `30d`: thirty calendar days."""

    days: Days
    working: bool

    def last_day(self, day: date) -> date:
        """The last day of a span that begins on the day after."""
        return working_days_after(day, self.days) if self.working else day + timedelta(days=self.days)

    def after(self, moment: datetime) -> datetime:
        """The end, in Asia/Shanghai, of the last day; the day of `moment` does not count."""
        last = self.last_day(moment.astimezone(SHANGHAI).date())
        return datetime.combine(last + timedelta(days=1), datetime.min.time(), SHANGHAI)


def _span(text: object) -> object:
    if isinstance(text, str) and text[-1:] in ("w", "d") and text[:-1].isdigit():
        return {"days": int(text[:-1]), "working": text.endswith("w")}
    return text


class Group(Rule):
    code: str
    points: Number
    title: Words


class Indicator(Rule):
    """One line of the table. `parts` make up an A indicator, and suggest points for an S one; `rule` says what the panel goes by.

    `untold`: who judges an A indicator of an association of which none of its facts was ever told. SCORE: the formula does, and nothing
    told is nothing done. PANEL: the panel does, from the papers, because the fact may be older than the register's own memory."""

    code: Annotated[str, Field(pattern=r"^\d(\.\d{1,2}){1,2}$")]
    title: Words
    points: Number
    kind: Literal["A", "S", "E"]
    parts: tuple[Formula, ...] = ()
    rule: Words | None = None
    untold: Literal["SCORE", "PANEL"] = "SCORE"

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(k for p in self.parts for k in p.keys))

    @property
    def social(self) -> bool:
        """Scored when members and departments have been asked, after the visit."""
        return self.code.startswith("4.")


class Listed(Rule):
    """Something that holds by the facts (any of the alternatives, each of all its conditions) or is found by an official."""

    code: str
    title: Words
    finding: bool = False
    when_any: tuple[Conditions, ...] = ()

    @model_validator(mode="after")
    def is_found_or_read(self) -> "Listed":
        if self.finding == bool(self.when_any):
            raise ValueError(f"{self.code}: either a finding or conditions")
        return self

    def holds(self, facts: Facts) -> bool:
        return any(all_hold(conditions, facts) for conditions in self.when_any)

    @property
    def conditions(self) -> Iterator[Condition]:
        return (c for alternative in self.when_any for c in alternative)


class Deduction(Listed):
    points: Number
    rule_sets: tuple[RuleSetCode, ...]


class Cap(Listed):
    max: Grade


class BonusItem(Rule):
    code: str
    points: Number
    title: Words


class Bonus(Rule):
    cap: Number
    items: tuple[BonusItem, ...]


class Profile(Rule):
    """The least score of each grade."""

    code: ProfileCode
    least: dict[Grade, Number]

    @model_validator(mode="after")
    def falls_from_5a_to_1a(self) -> "Profile":
        scores = [self.least[g] for g in GRADES[:-1] if g in self.least]
        if len(scores) != len(GRADES) - 1 or scores != sorted(set(scores), reverse=True):
            raise ValueError(f"{self.code}: five thresholds, each below the one before")
        return self

    def grade(self, score: Fraction) -> Grade:
        return next((g for g in GRADES[:-1] if score >= self.least[g]), "NONE")


class RuleSet(Rule):
    """The measures a round is held under: who may not be rated, how long a grade holds, what takes it away."""

    code: RuleSetCode
    title: Words
    separate_review_committee: bool
    validity: Literal["FIVE_YEARS", "CALENDAR_YEARS"]
    downgrade_on: tuple[Literal["UNQUALIFIED", "BASICALLY_QUALIFIED_TWICE"], ...]
    certificate_return_days: Days
    reminder_months: tuple[Months, ...]
    bar_months: Months
    grounds: tuple[Listed, ...]

    def validity_of(self, confirmed: date) -> tuple[date, date]:
        """First and last day of a grade confirmed on this day (domain §4.6).

        FIVE_YEARS: from that day to the day before its fifth anniversary. CALENDAR_YEARS: next 1 January to 31 December of year 5."""
        if self.validity == "CALENDAR_YEARS":
            return date(confirmed.year + 1, 1, 1), date(confirmed.year + 5, 12, 31)
        return confirmed, months_after(confirmed, 60) - timedelta(days=1)

    def grounds_met(self, facts: Facts, findings: Sequence[str]) -> tuple[str, ...]:
        """Why the association may not be rated (domain §4.2), in the order of the rules."""
        return tuple(g.code for g in self.grounds if (g.code in findings if g.finding else g.holds(facts)))


class Committee(Rule):
    quorum: Number
    majority: Number
    panel_least: dict[Procedure, int]


class Exits(Rule):
    neutral: tuple[str, ...]
    voluntary: tuple[str, ...]


class DictionaryRef(Rule):
    code: str
    version: VersionName


class Rulebook(Versioned):
    """The whole of it. Raises on reading: ValueError naming what does not add up or is not known."""

    facts: DictionaryRef
    title: Words
    window_years: Annotated[int, Field(ge=1, le=5)]
    total: Number
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    bonus: Bonus
    deductions: tuple[Deduction, ...]
    vetoes: tuple[Listed, ...]
    caps: tuple[Cap, ...]
    profiles: tuple[Profile, ...]
    max_grade_local: Grade
    certificate_from: Grade
    exits: Exits
    committee: Committee
    deadlines: dict[Step, Annotated[Span, BeforeValidator(_span)]]
    rule_sets: tuple[RuleSet, ...]

    @property
    def ref(self) -> str:
        return f"{self.code}/{self.version}"

    @property
    def dictionary(self) -> FactDictionary:
        return dictionaries().get(self.facts.code, self.facts.version)

    def window(self, year: int) -> tuple[int, ...]:
        """The calendar years before the round."""
        return tuple(range(year - self.window_years, year))

    def indicator(self, code: str) -> Indicator | None:
        return next((i for i in self.indicators if i.code == code), None)

    def profile(self, code: ProfileCode) -> Profile:
        return next(p for p in self.profiles if p.code == code)

    def rule_set(self, code: RuleSetCode) -> RuleSet:
        return next(r for r in self.rule_sets if r.code == code)

    def source(self, indicator: Indicator) -> Source | Literal["PANEL"]:
        """Who gives its points today: EVENTS, CASE (known after the social evaluation), NOBODY tells the facts yet, or the PANEL by nature.

        What nobody tells yet is scored by the panel too."""
        if indicator.kind != "A":
            return "PANEL"
        sources = {self.dictionary.source(k) for k in indicator.keys}
        return "NOBODY" if "NOBODY" in sources else "CASE" if "CASE" in sources else "EVENTS"

    @model_validator(mode="after")
    def adds_up(self) -> "Rulebook":
        if (total := sum(i.points for i in self.indicators)) != self.total:
            raise ValueError(f"the indicators make {total}, not {self.total}")
        for group in self.groups:
            if (total := sum(i.points for i in self.indicators if i.code.startswith(f"{group.code}."))) != group.points:
                raise ValueError(f"group {group.code} makes {total}, not {group.points}")
        for i in self.indicators:
            made = sum(p.points * (self.window_years if p.each_year else 1) for p in i.parts)
            if made != i.points and (i.parts or i.kind == "A"):
                raise ValueError(f"{i.code}: the parts make {made}, not {i.points}")
            if i.kind != "A" and i.rule is None:
                raise ValueError(f"{i.code}: says nothing to the panel")
        return self

    @model_validator(mode="after")
    def codes_are_distinct(self) -> "Rulebook":
        lists: list[Sequence[Indicator | Group | Listed | BonusItem | Profile | RuleSet]] = [
            self.indicators, self.groups, self.bonus.items, self.deductions, self.vetoes, self.caps, self.profiles, self.rule_sets,
            *(r.grounds for r in self.rule_sets)]  # fmt: skip
        for listed in lists:
            codes = [entry.code for entry in listed]
            if twice := {c for c in codes if codes.count(c) > 1}:
                raise ValueError(f"given twice: {sorted(twice)}")
        if unknown := {*self.exits.neutral, *self.exits.voluntary} - set(EXIT_REASONS):
            raise ValueError(f"no such exit reasons: {sorted(unknown)}")
        if missing := {"eligibility", "on_site", "proposal", "publicity", "review"} - set(self.deadlines):
            raise ValueError(f"no deadline for {sorted(missing)}")
        return self

    @model_validator(mode="after")
    def knows_every_fact(self) -> "Rulebook":
        keys = {k for i in self.indicators for k in i.keys}
        keys |= {k for entry in self._listed() for c in entry.conditions for k in c.keys}
        if unknown := sorted(k for k in keys if self.dictionary.find(k) is None):
            raise ValueError(f"facts not in {self.facts.code} {self.facts.version}: {', '.join(unknown)}")
        return self

    def _listed(self) -> Iterator[Listed]:
        yield from (*self.deductions, *self.vetoes, *self.caps)
        for rules in self.rule_sets:
            yield from rules.grounds


@cache
def rulebooks() -> Versions[Rulebook]:
    """Read once, at start-up. Raises: shared.versions.BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "rulebooks", Rulebook)


def rulebook_of(ref: str) -> Rulebook:
    """The version a case was opened under. Raises: Refused (`rulebook_not_shipped`)."""
    for rulebook in rulebooks().all():
        if rulebook.ref == ref:
            return rulebook
    raise Refused("rulebook_not_shipped", "the rulebook of this case is not available", "本案适用的评估规则版本不可用")
