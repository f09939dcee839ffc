"""Activity of an association [协会活动], R21: planned, filed where it must be, held, reported, or cancelled.

Evaluations and commendations need permission beforehand [评比达标表彰], and some sorts are filed; the rules in force say which.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.activities.rules import ActivityRules, ActivityType, Level, Persons, rules_of
from services.matchmaking.endings import (
    AssociationEnded,
    Day,
    must_be_ahead,
    must_have_happened,
)
from shared.record import Call, Event, Fen, Given, Kind, Line, Record, Refused, Text, Value

Stage = Literal["PLANNED", "FILED", "HELD", "REPORTED", "CANCELLED"]
Cause = Literal["OWN_DECISION", "BY_AUTHORITY", "NOT_HELD", "ASSOCIATION_GONE"]
Rules = Annotated[ActivityRules, Given(rules_of)]


class Plan(Value):
    """What is to be held, when, where, and for how many."""

    title: Line
    activity_type: ActivityType
    level: Level = "NEW_AREA"
    planned_on: Day
    place: Line
    expected: Annotated[int, Field(ge=1, le=10**6, description="persons")]
    fee: Fen = 0  # that one of those who come pays


class AssociationActivity(Record):
    """Activity of an association [协会活动]"""

    stage: Stage
    association: str
    plan: Plan
    activity_type: ActivityType
    filing_needed: bool
    rules: str
    lapses_at: datetime
    answer_due: datetime | None = None  # while a filing waits for its answer
    permit: str | None = None
    licence: str | None = None
    held_on: date | None = None
    attendance: int | None = None
    report_due: datetime | None = None


class ActivityPlanned(Event, to="PLANNED"):
    """An association plans an activity."""

    association: str
    plan: Plan
    activity_type: ActivityType
    filing_needed: bool
    rules: str
    lapses_at: datetime


class ActivityReplanned(Event, to="PLANNED"):
    """It is planned otherwise; what was filed is filed anew."""

    association: str
    plan: Plan
    activity_type: ActivityType
    filing_needed: bool
    lapses_at: datetime
    answer_due: None = None


class ActivityFilingSubmitted(Event):
    """It is filed for an answer before it is held."""

    association: str
    plan: Plan
    permit: str | None
    licence: str | None
    answer_due: datetime


class ActivityFilingReturned(Event):
    """The filing lacks something."""

    association: str
    title: str
    reason: str
    answer_due: None = None


class ActivityFilingOverdue(Event):
    """Nobody has answered the filing."""

    association: str
    title: str


class ActivityFiled(Event, to="FILED"):
    """The filing is accepted: it may be held."""

    association: str
    title: str
    filing_no: str
    answer_due: None = None


class ActivityHeld(Event, to="HELD"):
    """It was held: how many came, for indicators 3.1.3 and 3.2.5."""

    association: str
    title: str
    activity_type: ActivityType
    level: Level
    held_on: date
    attendance: int
    filed: bool
    report_due: datetime


class ActivityReportDue(Event):
    """Thirty days have passed without a report."""

    association: str
    title: str


class ActivityReported(Event, to="REPORTED"):
    """What came of it; income and cost in fen."""

    association: str
    title: str
    activity_type: ActivityType
    outcome: str
    income: Fen
    cost: Fen


class ActivityCancelled(Event, to="CANCELLED"):
    """It will not be held, or was not."""

    association: str
    title: str
    cause: Cause
    reason: str


association_activities = Kind[AssociationActivity, Stage](
    AssociationActivity,
    "matchmaking.activities.association_activity",
    path="activities",
    index=("association", "activity_type"),
    own={"ASSOCIATION": "association"},
    readers=("REG_AUTHORITY", "INDUSTRY_DEPT", "FIC", "NEW_CITY"),
)


@association_activities.opens(by="ASSOCIATION")
def plan_(call: Call, plan: Plan, rules: Rules) -> ActivityPlanned:
    """Plan an activity [计划活动]; it says whether this one must be filed before it is held."""
    must_be_ahead(plan.planned_on, call)
    return ActivityPlanned(
        association=call.organisation, plan=plan, activity_type=plan.activity_type,
        filing_needed=rules.must_be_filed(plan.activity_type, plan.expected), rules=rules.version, lapses_at=rules.lapses_at(plan.planned_on),
    )  # fmt: skip


@association_activities.command(by="ASSOCIATION", when=("PLANNED", "FILED"))
def replan(activity: AssociationActivity, call: Call, plan: Plan, rules: Rules) -> ActivityReplanned:
    """Plan it otherwise [变更计划]; an accepted filing does not cover the new plan."""
    must_be_ahead(plan.planned_on, call)
    return ActivityReplanned(
        association=activity.association, plan=plan, activity_type=plan.activity_type,
        filing_needed=rules.must_be_filed(plan.activity_type, plan.expected), lapses_at=rules.lapses_at(plan.planned_on),
    )  # fmt: skip


@association_activities.command(by="ASSOCIATION", when="PLANNED")
def submit_filing(
    activity: AssociationActivity, call: Call, rules: Rules, permit: Line | None = None, licence: Line | None = None
) -> ActivityFilingSubmitted:
    """File it before it is held [报备]: ten working days ahead, with the number of the permit or licence it needs."""
    if activity.answer_due is not None:
        raise Refused("already_submitted", "the filing waits for its answer", "报备已提交，请等待答复")
    plan = activity.plan
    rules.must_be_papers(plan.activity_type, plan.expected, permit, licence)
    rules.must_be_early(plan.planned_on, call.today)
    return ActivityFilingSubmitted(
        association=activity.association, plan=plan, permit=permit, licence=licence, answer_due=rules.answer_due(call.now)
    )


def must_wait(activity: AssociationActivity) -> None:
    """Raises: Refused where no filing waits for an answer."""
    if activity.answer_due is None:
        raise Refused("nothing_submitted", "no filing waits for an answer", "没有待答复的报备")


@association_activities.command(by="SO_ADMIN", when="PLANNED")
def accept_filing(activity: AssociationActivity, call: Call, filing_no: Line) -> ActivityFiled:
    """Take the filing [备案]; the activity may be held."""
    must_wait(activity)
    return ActivityFiled(association=activity.association, title=activity.plan.title, filing_no=filing_no)


@association_activities.command(by="SO_ADMIN", when="PLANNED")
def return_filing(activity: AssociationActivity, call: Call, reason: Text) -> ActivityFilingReturned:
    """Send the filing back [退回补正], with the reason."""
    must_wait(activity)
    return ActivityFilingReturned(association=activity.association, title=activity.plan.title, reason=reason)


@association_activities.clock(when="PLANNED", at=lambda activity: activity.answer_due)
def miss_answer(activity: AssociationActivity, call: Call) -> ActivityFilingOverdue:
    """Five working days without an answer to the filing."""
    return ActivityFilingOverdue(association=activity.association, title=activity.plan.title)


@association_activities.command(by="ASSOCIATION", when=("PLANNED", "FILED"))
def record_held(activity: AssociationActivity, call: Call, held_on: Day, attendance: Persons, rules: Rules) -> ActivityHeld:
    """Record that it was held [已举办], and how many came."""
    if activity.filing_needed and activity.stage != "FILED":
        raise Refused("filing_missing", "this activity is filed before it is held", "该类活动须先报备后举办")
    must_have_happened(held_on, call)
    return ActivityHeld(
        association=activity.association, title=activity.plan.title, activity_type=activity.activity_type, level=activity.plan.level,
        held_on=held_on, attendance=attendance, filed=activity.stage == "FILED", report_due=rules.report_due(held_on),
    )  # fmt: skip


@association_activities.clock(when="HELD", at=lambda activity: activity.report_due)
def ask_for_report(activity: AssociationActivity, call: Call) -> ActivityReportDue:
    """Thirty days after the activity."""
    return ActivityReportDue(association=activity.association, title=activity.plan.title)


@association_activities.command(by="ASSOCIATION", when="HELD")
def report(activity: AssociationActivity, call: Call, outcome: Text, income: Fen = 0, cost: Fen = 0) -> ActivityReported:
    """Say what came of it [总结报告], with income and cost in fen."""
    return ActivityReported(
        association=activity.association, title=activity.plan.title, activity_type=activity.activity_type, outcome=outcome,
        income=income, cost=cost,
    )  # fmt: skip


def cancelled(activity: AssociationActivity, cause: Cause, reason: str) -> ActivityCancelled:
    return ActivityCancelled(association=activity.association, title=activity.plan.title, cause=cause, reason=reason)


@association_activities.command(by=("ASSOCIATION", "SO_ADMIN"), when=("PLANNED", "FILED"))
def cancel(activity: AssociationActivity, call: Call, reason: Text) -> ActivityCancelled:
    """Do not hold it [取消], or forbid it [叫停]."""
    return cancelled(activity, "OWN_DECISION" if call.role == "ASSOCIATION" else "BY_AUTHORITY", reason)


@association_activities.clock(when=("PLANNED", "FILED"), at=lambda activity: activity.lapses_at)
def lapse(activity: AssociationActivity, call: Call) -> ActivityCancelled:
    """Thirty days after its day nobody has said that it was held."""
    return cancelled(activity, "NOT_HELD", "its day has passed and nobody has said that it was held")


@association_activities.on(AssociationEnded, when=("PLANNED", "FILED"), where=lambda e: {"association": e.uscc})
def cancel_for_ended(activity: AssociationActivity, call: Call, event: AssociationEnded) -> ActivityCancelled:
    """The association has ended."""
    return cancelled(activity, "ASSOCIATION_GONE", "the association is no longer registered")
