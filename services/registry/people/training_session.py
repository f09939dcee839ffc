"""Training session [轮训班], R44; domain §1.5: planned, open for enrolment, held, closed. Places in numbers; who came stands with the person's duty."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.values import end_of
from shared.record import Call, Event, Kind, Line, Malformed, Record, Text, Value

Stage = Literal["PLANNED", "OPEN", "HELD", "CLOSED", "CANCELLED"]
Hours = Annotated[int, Field(ge=1, le=200, description="hours of training that count")]
Places = Annotated[int, Field(ge=1, le=500)]


class Programme(Value):
    """What is taught, when, for how many hours, and for how many."""

    title: Line
    held_on: date
    hours: Hours
    places: Places


class TrainingSession(Record):
    """Training session [轮训班]"""

    stage: Stage
    title: str
    held_on: date
    hours: int
    places: int
    reason: str | None = None


class TrainingScheduled(Event, to="PLANNED"):
    """A session is planned [发布轮训计划]."""

    title: str
    held_on: date
    hours: int
    places: int


class TrainingOpened(Event, to="OPEN"):
    """One can enrol."""

    title: str
    held_on: date
    hours: int
    places: int


class TrainingHeld(Event, to="HELD"):
    """Its day has come."""

    title: str
    held_on: date
    hours: int


class TrainingClosed(Event, to="CLOSED"):
    """All hours are credited."""

    title: str
    held_on: date


class TrainingCancelled(Event, to="CANCELLED"):
    title: str
    held_on: date
    reason: str


training_sessions = Kind[TrainingSession, Stage](
    TrainingSession, "registry.people.training_session", path="training-sessions", readers=("ASSOCIATION", "REG_AUTHORITY", "INDUSTRY_DEPT"),
)  # fmt: skip


@training_sessions.opens(by="SO_ADMIN")
def plan(call: Call, form: Programme) -> TrainingScheduled:
    """Plan a session [计划轮训]."""
    if form.held_on < call.today:
        raise Malformed("in_the_past", "a session that is planned is still to come", "培训日期不能早于今天", pointer="/held_on")
    return TrainingScheduled(title=form.title, held_on=form.held_on, hours=form.hours, places=form.places)


@training_sessions.command(by="SO_ADMIN", when="PLANNED")
def open_(session: TrainingSession, call: Call) -> TrainingOpened:
    """Open it for enrolment [开放报名]."""
    return TrainingOpened(title=session.title, held_on=session.held_on, hours=session.hours, places=session.places)


@training_sessions.command(by="SO_ADMIN", when=("PLANNED", "OPEN"))
def cancel(session: TrainingSession, call: Call, reason: Text) -> TrainingCancelled:
    """Call it off [取消培训]."""
    return TrainingCancelled(title=session.title, held_on=session.held_on, reason=reason)


@training_sessions.command(by="SO_ADMIN", when="HELD")
def close(session: TrainingSession, call: Call) -> TrainingClosed:
    """All hours are credited [结班]."""
    return TrainingClosed(title=session.title, held_on=session.held_on)


@training_sessions.clock(when="OPEN", at=lambda s: end_of(s.held_on))
def hold(session: TrainingSession, call: Call) -> TrainingHeld:
    """Its day is over."""
    return TrainingHeld(title=session.title, held_on=session.held_on, hours=session.hours)
