"""Branded event of the area [品牌活动], R54: the Entrepreneur Activity Day [企业家活动日] and its like, held by or with associations.

It goes the way of an activity (R21): planned, filed, held, reported, or cancelled; it belongs to every association that takes part.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.activities.rules import ActivityRules, Level, Persons, rules_of
from services.matchmaking.endings import Day, must_be_ahead, must_have_happened
from shared.record import Call, Count, Event, Given, Kind, Line, Malformed, Record, Text
from shared.uscc import AssociationUscc

Stage = Literal["PLANNED", "FILED", "HELD", "REPORTED", "CANCELLED"]
Rules = Annotated[ActivityRules, Given(rules_of)]
Organisers = Annotated[tuple[AssociationUscc, ...], Field(min_length=1, max_length=30)]


class BrandEvent(Record):
    """Branded event of the area [品牌活动]"""

    stage: Stage
    brand: str
    title: str
    level: Level
    associations: tuple[str, ...]
    planned_on: date
    rules: str
    lapses_at: datetime
    filing_no: str | None = None
    held_on: date | None = None
    attendance: int | None = None
    report_due: datetime | None = None


class BrandEventPlanned(Event, to="PLANNED"):
    """A branded event is planned."""

    brand: str
    title: str
    level: Level
    associations: tuple[str, ...]
    planned_on: date
    rules: str
    lapses_at: datetime


class BrandEventFiled(Event, to="FILED"):
    """It is approved, and those who take part can be invited."""

    title: str
    associations: tuple[str, ...]
    planned_on: date
    filing_no: str


class BrandEventPostponed(Event):
    """It has another day."""

    title: str
    associations: tuple[str, ...]
    planned_on: date
    lapses_at: datetime
    reason: str


class BrandEventHeld(Event, to="HELD"):
    """It was held; its level counts for indicator 3.2.5 of each association."""

    brand: str
    title: str
    level: Level
    associations: tuple[str, ...]
    held_on: date
    attendance: int
    report_due: datetime


class BrandEventReportDue(Event):
    """Thirty days have passed without a report."""

    title: str
    associations: tuple[str, ...]


class BrandEventReported(Event, to="REPORTED"):
    """What came of it: signed projects, press reports, and in words."""

    title: str
    associations: tuple[str, ...]
    projects_signed: int
    press_reports: int
    outcome: str


class BrandEventCancelled(Event, to="CANCELLED"):
    """It will not be held, or was not."""

    title: str
    associations: tuple[str, ...]
    reason: str


brand_events = Kind[BrandEvent, Stage](
    BrandEvent,
    "matchmaking.activities.brand_event",
    path="brand-events",
    index=("associations", "brand"),
    own={"ASSOCIATION": "associations"},
    readers=("INVEST_DEPT", "INDUSTRY_DEPT", "NEW_CITY"),
)


@brand_events.opens(by=("SO_ADMIN", "FIC", "ASSOCIATION"))
def plan(call: Call, brand: Line, title: Line, level: Level, associations: Organisers, planned_on: Day, rules: Rules) -> BrandEventPlanned:
    """Plan a branded event [策划品牌活动] with the associations that hold it; an association plans one that it holds itself."""
    if len(set(associations)) != len(associations):
        raise Malformed("association_twice", "an association is named once", "同一协会商会只列一次", pointer="/associations")
    must_be_ahead(planned_on, call)
    return BrandEventPlanned(
        brand=brand, title=title, level=level, associations=associations, planned_on=planned_on, rules=rules.version,
        lapses_at=rules.lapses_at(planned_on),
    )  # fmt: skip


@brand_events.command(by="SO_ADMIN", when="PLANNED")
def file(event: BrandEvent, call: Call, filing_no: Line) -> BrandEventFiled:
    """Approve it under a number [备案]."""
    return BrandEventFiled(title=event.title, associations=event.associations, planned_on=event.planned_on, filing_no=filing_no)


@brand_events.command(by=("SO_ADMIN", "FIC"), when=("PLANNED", "FILED"))
def postpone(event: BrandEvent, call: Call, planned_on: Day, reason: Text, rules: Rules) -> BrandEventPostponed:
    """Give it another day [改期]."""
    must_be_ahead(planned_on, call)
    return BrandEventPostponed(
        title=event.title, associations=event.associations, planned_on=planned_on, lapses_at=rules.lapses_at(planned_on), reason=reason
    )


@brand_events.command(by=("SO_ADMIN", "FIC", "ASSOCIATION"), when="FILED")
def record_held(event: BrandEvent, call: Call, held_on: Day, attendance: Persons, rules: Rules) -> BrandEventHeld:
    """Record that it was held [已举办], and how many came."""
    must_have_happened(held_on, call)
    return BrandEventHeld(
        brand=event.brand, title=event.title, level=event.level, associations=event.associations, held_on=held_on, attendance=attendance,
        report_due=rules.report_due(held_on),
    )  # fmt: skip


@brand_events.clock(when="HELD", at=lambda event: event.report_due)
def ask_for_report(event: BrandEvent, call: Call) -> BrandEventReportDue:
    """Thirty days after the event."""
    return BrandEventReportDue(title=event.title, associations=event.associations)


@brand_events.command(by=("SO_ADMIN", "FIC", "ASSOCIATION"), when="HELD")
def report(event: BrandEvent, call: Call, outcome: Text, projects_signed: Count = 0, press_reports: Count = 0) -> BrandEventReported:
    """Say what came of it [总结报告]."""
    return BrandEventReported(
        title=event.title, associations=event.associations, projects_signed=projects_signed, press_reports=press_reports, outcome=outcome
    )


@brand_events.command(by=("SO_ADMIN", "FIC"), when=("PLANNED", "FILED"))
def cancel(event: BrandEvent, call: Call, reason: Text) -> BrandEventCancelled:
    """Do not hold it [取消]."""
    return BrandEventCancelled(title=event.title, associations=event.associations, reason=reason)


@brand_events.clock(when=("PLANNED", "FILED"), at=lambda event: event.lapses_at)
def lapse(event: BrandEvent, call: Call) -> BrandEventCancelled:
    """Thirty days after its day nobody has said that it was held."""
    return BrandEventCancelled(
        title=event.title, associations=event.associations, reason="its day has passed and nobody has said that it was held"
    )
