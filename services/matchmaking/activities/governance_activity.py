"""Social governance activity [社会治理活动], R78, R15: environment, community, civility, care; planned, held, verified. For indicator 3.5.2.

Volunteers, hours and beneficiaries are numbers; nobody is named.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.activities.rules import ActivityRules, Persons, rules_of
from services.matchmaking.endings import Day, must_be_ahead, must_have_happened
from shared.district import District
from shared.record import Call, Event, Given, Kind, Line, Malformed, Record, Text

Stage = Literal["PLANNED", "HELD", "VERIFIED", "CANCELLED"]
Area = Literal["ENVIRONMENT", "COMMUNITY", "CIVILITY", "CARE"]
Hours = Annotated[int, Field(ge=1, le=10**6, description="hours of all volunteers together")]
Rules = Annotated[ActivityRules, Given(rules_of)]
DAY_AND_NIGHT = 24


class GovernanceActivity(Record):
    """Social governance activity [社会治理活动]"""

    stage: Stage
    association: str
    district: str
    title: str
    field: Area
    planned_on: date
    rules: str
    lapses_at: datetime
    held_on: date | None = None
    volunteers: int | None = None
    hours: int | None = None
    beneficiaries: int | None = None
    evidence: str | None = None


class GovernanceActivityPlanned(Event, to="PLANNED"):
    """An association plans to serve."""

    association: str
    district: str
    title: str
    field: Area
    planned_on: date
    rules: str
    lapses_at: datetime


class GovernanceActivityHeld(Event, to="HELD"):
    """It was done, as the association says."""

    association: str
    district: str
    title: str
    field: Area
    held_on: date
    volunteers: int
    hours: int
    beneficiaries: int
    evidence: str


class GovernanceActivityDoubted(Event, to="PLANNED"):
    """What was said of it is not shown; it may be said again."""

    association: str
    district: str
    title: str
    reason: str
    lapses_at: datetime


class GovernanceActivityVerified(Event, to="VERIFIED"):
    """The place where it was done bears it out."""

    association: str
    district: str
    title: str
    field: Area
    held_on: date
    volunteers: int
    hours: int
    beneficiaries: int


class GovernanceActivityCancelled(Event, to="CANCELLED"):
    """It was not done."""

    association: str
    district: str
    title: str
    reason: str


governance_activities = Kind[GovernanceActivity, Stage](
    GovernanceActivity,
    "matchmaking.activities.governance_activity",
    path="governance-activities",
    index=("association", "field", "district"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"},
    readers=("PARTY_WORK", "INDUSTRY_DEPT"),
)


@governance_activities.opens(by="ASSOCIATION")
def plan(call: Call, title: Line, field: Area, district: District, planned_on: Day, rules: Rules) -> GovernanceActivityPlanned:
    """Plan a service to the place [计划开展], in one of four fields."""
    must_be_ahead(planned_on, call)
    return GovernanceActivityPlanned(
        association=call.organisation, district=district, title=title, field=field, planned_on=planned_on, rules=rules.version,
        lapses_at=rules.lapses_at(planned_on),
    )  # fmt: skip


@governance_activities.command(by="ASSOCIATION", when="PLANNED")
def record_held(
    activity: GovernanceActivity, call: Call, held_on: Day, volunteers: Persons, hours: Hours, beneficiaries: Persons, evidence: Line
) -> GovernanceActivityHeld:
    """Say what was done [填报], with the evidence for it."""
    must_have_happened(held_on, call)
    if hours > volunteers * DAY_AND_NIGHT * 31:
        raise Malformed("more_hours_than_a_month", "nobody serves longer than a month at a stretch", "人均服务时长不合理", pointer="/hours")
    return GovernanceActivityHeld(
        association=activity.association, district=activity.district, title=activity.title, field=activity.field, held_on=held_on,
        volunteers=volunteers, hours=hours, beneficiaries=beneficiaries, evidence=evidence,
    )  # fmt: skip


@governance_activities.command(by=("SO_ADMIN", "NEW_CITY"), when="HELD")
def verify(activity: GovernanceActivity, call: Call) -> GovernanceActivityVerified:
    """Bear it out [核实]."""
    if activity.held_on is None or activity.volunteers is None or activity.hours is None or activity.beneficiaries is None:
        raise ValueError(f"{activity.id} is held without its figures")
    return GovernanceActivityVerified(
        association=activity.association, district=activity.district, title=activity.title, field=activity.field,
        held_on=activity.held_on, volunteers=activity.volunteers, hours=activity.hours, beneficiaries=activity.beneficiaries,
    )  # fmt: skip


@governance_activities.command(by=("SO_ADMIN", "NEW_CITY"), when="HELD")
def doubt(activity: GovernanceActivity, call: Call, reason: Text, rules: Rules) -> GovernanceActivityDoubted:
    """Send it back [退回]: what is said is not shown."""
    return GovernanceActivityDoubted(
        association=activity.association, district=activity.district, title=activity.title, reason=reason,
        lapses_at=rules.lapses_at(call.today),
    )  # fmt: skip


@governance_activities.command(by="ASSOCIATION", when="PLANNED")
def cancel(activity: GovernanceActivity, call: Call, reason: Text) -> GovernanceActivityCancelled:
    """Do not do it [取消]."""
    return GovernanceActivityCancelled(association=activity.association, district=activity.district, title=activity.title, reason=reason)


@governance_activities.clock(when="PLANNED", at=lambda activity: activity.lapses_at)
def lapse(activity: GovernanceActivity, call: Call) -> GovernanceActivityCancelled:
    """Thirty days after its day nobody has said that it was done."""
    return GovernanceActivityCancelled(
        association=activity.association, district=activity.district, title=activity.title,
        reason="its day has passed and nobody has said that it was done",
    )  # fmt: skip
