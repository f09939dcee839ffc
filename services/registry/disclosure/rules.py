"""Rules of disclosure, brand titles and development lists as versioned data (R16, R35, R50, R74, R75; domain §7.4, §8.2)."""

from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from services.registry.values import MonthDay
from shared.names import Name
from shared.record import Call, Line, Read, Value
from shared.versions import Versioned, Versions

Item = Literal["REGISTRATION_ITEMS", "CHARTER", "ORGANS_AND_OFFICERS", "FEE_STANDARD", "FEE_INCOME_AND_USE", "ANNUAL_REPORT",
               "AUDIT_SUMMARY", "SERVICE_COMMITMENTS", "OTHER_CHARGES", "DONATIONS", "MAJOR_ACTIVITIES", "CSR_REPORT"]  # fmt: skip
Occasion = Literal["FACT", "YEARLY"]
Audience = Literal["PUBLIC", "MEMBERS"]
CsrSection = Literal["GOVERNANCE", "MEMBERS", "EMPLOYEES", "ENVIRONMENT", "COMMUNITY", "INTEGRITY"]
DevelopmentList = Literal["EMERGING_IMPROVE", "TRADITIONAL_STRENGTHEN", "OPTIMISE"]
Days = Annotated[int, Field(ge=1, le=366)]
DATA = Path(__file__).parent.parent / "data"


class ItemRule(Value):
    """After what an item is owed, who may see it, and what it is called."""

    occasion: Occasion
    audience: Audience
    zh: Line
    en: Line


class DisclosureRules(Versioned):
    """Which items are owed, by when, and what else hangs on them."""

    basis: str
    fact_days: Days
    yearly_due: MonthDay
    reminder_days: tuple[Days, ...]
    items: dict[Item, ItemRule]
    at_activation: tuple[Item, ...]
    on_change: dict[str, tuple[Item, ...]]
    csr_sections: tuple[CsrSection, ...]
    breach_answer_working_days: Days

    @model_validator(mode="after")
    def items_are_whole(self) -> "DisclosureRules":
        if missing := sorted(set(get_args(Item)) - set(self.items)):
            raise ValueError(f"nothing is said of {', '.join(missing)}")
        facts = {i for i, rule in self.items.items() if rule.occasion == "FACT"}
        if wrong := {i for items in (self.at_activation, *self.on_change.values()) for i in items} - facts:
            raise ValueError(f"owed by the year, not by a fact: {', '.join(sorted(wrong))}")
        return self

    @property
    def yearly(self) -> tuple[Item, ...]:
        return tuple(i for i, rule in self.items.items() if rule.occasion == "YEARLY")

    def after_change(self, changed: Iterable[str]) -> tuple[Item, ...]:
        """What is disclosed anew when these registered items have changed."""
        wanted = {item for name in changed for item in self.on_change.get(name, ())}
        return tuple(i for i in self.items if i in wanted)

    def due_after(self, fact_on: date) -> date:
        return fact_on + timedelta(days=self.fact_days)

    def counts(self, year: int) -> bool:
        """Whether a year is one of the calendar, and the next is too."""
        return MINYEAR <= year < MAXYEAR

    def due_of_year(self, year: int) -> date:
        """Yearly items of a year are due in the next."""
        month, day = self.yearly_due.split("-")
        return date(year + 1, int(month), int(day))


class TitleRules(Versioned):
    """Months before its end at which one is reminded of the re-check."""

    basis: str
    reminder_months: tuple[Annotated[int, Field(ge=1, le=60)], ...]


class NamedEntry(Value):
    list: DevelopmentList
    name: Name


class DevelopmentLists(Versioned):
    """The associations a policy names, each on one list."""

    basis: str
    entries: tuple[NamedEntry, ...]

    @model_validator(mode="after")
    def names_each_once(self) -> "DevelopmentLists":
        names = [e.name for e in self.entries]
        if twice := {n for n in names if names.count(n) > 1}:
            raise ValueError(f"named twice: {', '.join(sorted(twice))}")
        return self


RULES: Versions[DisclosureRules] = Versions.load(DATA / "disclosure", DisclosureRules)
TITLES: Versions[TitleRules] = Versions.load(DATA / "titles", TitleRules)
LISTS: Versions[DevelopmentLists] = Versions.load(DATA / "development", DevelopmentLists)


async def rules_in_force(read: Read, call: Call, record: Any, body: object) -> DisclosureRules:
    """Given: the rules the record was opened under, or those in force today."""
    return RULES.get("DISCLOSURE", record.rules_version) if record else RULES.in_force(call.today)


async def title_rules(read: Read, call: Call, record: Any, body: object) -> TitleRules:
    """Given: the rules the title was entered under, or those in force today."""
    return TITLES.get("TITLES", record.rules_version) if record else TITLES.in_force(call.today)


async def lists_in_force(read: Read, call: Call, record: Any, body: object) -> DevelopmentLists:
    """Given: the lists of the policy in force."""
    return LISTS.in_force(call.today)
