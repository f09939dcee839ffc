"""Introduction of talent [人才引进], R57: people whom a contest has brought to an employer of the area, and whether they have come.

Opened by what is entered at the contest, and told to the employer, who confirms how many have come or says that it knows of none. Who has not
come is taken off the count of the contest. Numbers only: nobody is named.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.activities.contest import TalentType
from services.matchmaking.activities.rules import ActivityRules, rules_of
from shared.record import Call, Event, Given, Heard, Kind, Line, Record, Refused, Text

Stage = Literal["ENTERED", "CONFIRMED", "DENIED", "WITHDRAWN"]
DenialReason = Literal["NEVER_CAME", "CAME_OTHERWISE", "LEFT_BEFORE", "OTHER"]
Arrived = Annotated[int, Field(ge=1, le=1000, description="persons")]


class TalentIntroduction(Record):
    """Introduction of talent [人才引进]"""

    stage: Stage
    contest: str
    title: str
    entry: str
    employer: str
    talent_type: TalentType
    persons: int
    introduced_on: date
    answer_by: datetime | None
    arrived: int | None = None


class TalentIntroductionEntered(Event, to="ENTERED"):
    """Entered at the contest `title`; the employer answers by `answer_by`."""

    contest: str
    title: str
    entry: str
    employer: str
    talent_type: TalentType
    persons: int
    introduced_on: date
    answer_by: datetime


class Answered(Event):
    """`missing`: who was counted and has not come."""

    contest: str
    title: str
    employer: str
    missing: int
    answer_by: None = None


class TalentIntroductionConfirmed(Answered, to="CONFIRMED"):
    """So many have come; `document` where the answer came on paper."""

    arrived: int
    document: str | None


class TalentIntroductionDenied(Answered, to="DENIED"):
    """The employer knows of none who came by the contest."""

    reason: DenialReason


class TalentIntroductionWithdrawn(Answered, to="WITHDRAWN"):
    """It was entered in error."""

    reason: str


class TalentIntroductionUnanswered(Event):
    """The employer has not answered in time; the administration asks on paper, or takes the entry back."""

    contest: str
    title: str
    employer: str
    persons: int
    answer_by: None = None


class TalentIntroduced(Heard, type="matchmaking.activities.talent_introduced.v1"):
    title: str
    entry: str
    employer: str
    talent_type: TalentType
    persons: int
    introduced_on: date


talent_introductions = Kind[TalentIntroduction, Stage](
    TalentIntroduction,
    "matchmaking.activities.talent_introduction",
    path="talent-introductions",
    index=("contest", "employer"),
    own={"ENTERPRISE": "employer"},
    readers=("SO_ADMIN", "INVEST_DEPT"),
)

Rules = Annotated[ActivityRules, Given(rules_of)]


@talent_introductions.opens_on(TalentIntroduced)
def enter(call: Call, event: TalentIntroduced, rules: Rules) -> TalentIntroductionEntered:
    """The contest has brought people to an employer."""
    return TalentIntroductionEntered(
        contest=event.about, title=event.title, entry=event.entry, employer=event.employer, talent_type=event.talent_type,
        persons=event.persons, introduced_on=event.introduced_on, answer_by=rules.talent_answer_due(call.now),
    )  # fmt: skip


def of(introduction: TalentIntroduction, missing: int) -> dict[str, Any]:
    return {"contest": introduction.contest, "title": introduction.title, "employer": introduction.employer, "missing": missing}


def come(introduction: TalentIntroduction, arrived: int, document: str | None) -> TalentIntroductionConfirmed:
    """Raises: Refused for more than were entered."""
    if arrived > introduction.persons:
        n = introduction.persons
        raise Refused("more_than_entered", f"{n} were entered", f"登记引进人数为 {n} 人", pointer="/arrived")
    return TalentIntroductionConfirmed(**of(introduction, introduction.persons - arrived), arrived=arrived, document=document)


@talent_introductions.command(by="ENTERPRISE", when="ENTERED")
def confirm(introduction: TalentIntroduction, call: Call, arrived: Arrived) -> TalentIntroductionConfirmed:
    """Say how many have come [确认到岗]."""
    return come(introduction, arrived, None)


@talent_introductions.command(by=("SO_ADMIN", "INVEST_DEPT"), when="ENTERED")
def record_confirmation(introduction: TalentIntroduction, call: Call, arrived: Arrived, document: Line) -> TalentIntroductionConfirmed:
    """Enter what an employer without an account has answered on paper [代录到岗确认]."""
    return come(introduction, arrived, document)


@talent_introductions.command(by="ENTERPRISE", when="ENTERED")
def deny(introduction: TalentIntroduction, call: Call, reason: DenialReason) -> TalentIntroductionDenied:
    """Say that nobody has come by the contest [未到岗]."""
    return TalentIntroductionDenied(**of(introduction, introduction.persons), reason=reason)


@talent_introductions.command(by=("SO_ADMIN", "INVEST_DEPT"), when=("ENTERED", "CONFIRMED"))
def withdraw(introduction: TalentIntroduction, call: Call, reason: Text) -> TalentIntroductionWithdrawn:
    """Take back what was entered in error [撤销登记]."""
    left = introduction.persons if introduction.arrived is None else introduction.arrived
    return TalentIntroductionWithdrawn(**of(introduction, left), reason=reason)


@talent_introductions.clock(when="ENTERED", at=lambda introduction: introduction.answer_by)
def miss_answer(introduction: TalentIntroduction, call: Call) -> TalentIntroductionUnanswered:
    """The time to answer is over."""
    return TalentIntroductionUnanswered(
        contest=introduction.contest, title=introduction.title, employer=introduction.employer, persons=introduction.persons
    )
