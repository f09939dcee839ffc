"""Duty to be trained [轮训学时], R44; domain §1.10: so many hours in a cycle of two years, for every secretary-general in office (P).

The duty begins with the appointment and ends with it; the next cycle begins when one ends. One record for one cycle of one person.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from services.registry.acting import AssociationEnded
from services.registry.people.rules import RULES
from services.registry.people.secretary_general import secretary_generals
from services.registry.people.training_session import Hours, TrainingSession, training_sessions
from services.registry.values import begin_of, end_of, years_after
from shared.record import Call, Event, Given, Heard, Kind, Line, Read, Record, Refused

Stage = Literal["DUE", "ENROLLED", "COMPLETED", "OVERDUE", "ENDED"]
OPEN: tuple[Stage, ...] = ("DUE", "ENROLLED", "COMPLETED")


class TrainingDuty(Record):
    """Duty to be trained [轮训任务]"""

    stage: Stage
    person: str
    association: str
    cycle: int
    cycle_from: date
    cycle_to: date
    hours_due: int
    hours: int = 0
    session: str | None = None
    attended: tuple[str, ...] = ()
    rules_version: str


class Cycle(Event):
    """What an opening says."""

    person: str
    association: str
    cycle: int
    cycle_from: date
    cycle_to: date
    hours_due: int
    rules_version: str


class TrainingDutyOpened(Cycle, to="DUE"):
    """A cycle begins [轮训周期开始]."""


class TrainingEnrolled(Event, to="ENROLLED"):
    """Enrolled for a session [报名]."""

    person: str
    association: str
    session: str


class TrainingEnrolmentWithdrawn(Event):
    """Not coming to that session, or it was called off."""

    stage: Literal["DUE"] = "DUE"
    person: str
    association: str
    session: None = None


class TrainingNotPassed(Event):
    """Did not come, or did not pass: no hours count."""

    stage: Literal["DUE"] = "DUE"
    person: str
    association: str
    attended: tuple[str, ...]
    session: None = None


class TrainingCompleted(Event, effective="held_on"):
    """A session was passed: its hours count [完成培训]. `stage` tells whether the cycle's hours are complete."""

    stage: Literal["DUE", "COMPLETED"]
    person: str
    association: str
    held_on: date
    credited: int
    hours: int
    hours_due: int
    attended: tuple[str, ...]
    session: None = None


class TrainingDueSoon(Event):
    person: str
    association: str
    cycle_to: date
    hours_missing: int
    days_left: int


class TrainingOverdue(Event, to="OVERDUE"):
    """The cycle has ended with hours missing [逾期未完成轮训]."""

    person: str
    association: str
    cycle: int
    cycle_to: date
    hours_missing: int


class TrainingCycleEnded(Event, to="ENDED"):
    """The cycle has ended; its hours were complete."""

    person: str
    association: str
    cycle: int
    cycle_to: date


class TrainingDutyLapsed(Event, to="ENDED"):
    """The person is no longer secretary-general: nothing is owed."""

    person: str
    association: str
    cycle: int


training_duties = Kind[TrainingDuty, Stage](
    TrainingDuty, "registry.people.training_duty", path="training-duties", key=("association", "person", "cycle_from"), index=("association", "person", "session"),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN",),
)  # fmt: skip


class SecretaryGeneralAppointed(Heard, type="registry.people.secretary_general_appointed.v1"):
    person: str
    association: str
    term_from: date


class SecretaryGeneralReleased(Heard, type="registry.people.secretary_general_released.v1"):
    person: str
    association: str


class TrainingOver(Heard, type="registry.people.training_overdue.v1", upcasts={"registry.people.training_cycle_ended.v1": dict}):
    """A cycle is over, its hours complete or not."""

    person: str
    association: str
    cycle: int
    cycle_to: date


class TrainingCancelled(Heard, type="registry.people.training_cancelled.v1"):
    pass


async def session_named(read: Read, call: Call, record: Any, body: Any) -> TrainingSession | None:
    """Given: the session of the form, or the one enrolled for."""
    return await read.get(training_sessions, getattr(body, "session", None) or record.session or "")


async def enrolled(read: Read, call: Call, record: TrainingDuty, body: Any) -> list[TrainingDuty]:
    """Given: all who are enrolled for the session of the form."""
    return await read.find(training_duties, session=body.session, stage="ENROLLED")


async def released(read: Read, call: Call, record: object, body: TrainingOver) -> bool:
    """Given: whether the person has left the post meanwhile."""
    return not await read.find(secretary_generals, person=body.person, association=body.association, stage="APPOINTED")


Session = Annotated[TrainingSession | None, Given(session_named)]


def cycle_of(person: str, association: str, cycle: int, begins: date, today: date) -> TrainingDutyOpened:
    rules = RULES.in_force(today)
    last = years_after(begins, rules.training_cycle_years) - timedelta(days=1)
    due = rules.training_hours_per_year * rules.training_cycle_years
    return TrainingDutyOpened(person=person, association=association, cycle=cycle, cycle_from=begins, cycle_to=last, hours_due=due,
                              rules_version=rules.version)  # fmt: skip


@training_duties.opens_on(SecretaryGeneralAppointed)
def begin(call: Call, event: SecretaryGeneralAppointed) -> TrainingDutyOpened:
    """A secretary-general takes office: the first cycle begins, on the day of the appointment or, if that was told late, today."""
    return cycle_of(event.person, event.association, 1, max(event.term_from, call.today), call.today)


@training_duties.opens_on(TrainingOver)
def begin_next(call: Call, event: TrainingOver, gone: Annotated[bool, Given(released)]) -> TrainingDutyOpened | None:
    """One cycle has ended: the next begins, if the person is still in office."""
    return None if gone else cycle_of(event.person, event.association, event.cycle + 1, event.cycle_to + timedelta(days=1), call.today)


@training_duties.command(by="ASSOCIATION", when="DUE")
def enrol(
    duty: TrainingDuty, call: Call, session: Line, to: Session, others: Annotated[list[TrainingDuty], Given(enrolled)]
) -> TrainingEnrolled:
    """Enrol for a session [报名参训]."""
    if to is None or to.stage != "OPEN":
        raise Refused("session_not_open", "this session takes no enrolments", "该培训未开放报名", pointer="/session")
    if not duty.cycle_from <= to.held_on <= duty.cycle_to:
        raise Refused("session_not_in_cycle", "this session is not within the cycle", "该培训不在本轮训周期内", pointer="/session")
    if len(others) >= to.places:
        raise Refused("session_full", "no place is left", "名额已满", pointer="/session")
    return TrainingEnrolled(person=duty.person, association=duty.association, session=session)


@training_duties.command(by=("ASSOCIATION", "SO_ADMIN"), when="ENROLLED")
def withdraw(duty: TrainingDuty, call: Call) -> TrainingEnrolmentWithdrawn:
    """Not coming [取消报名]."""
    return TrainingEnrolmentWithdrawn(person=duty.person, association=duty.association)


@training_duties.command(by="SO_ADMIN", when="ENROLLED")
def credit(
    duty: TrainingDuty, call: Call, passed: bool, session: Session, hours: Hours | None = None
) -> TrainingCompleted | TrainingNotPassed:
    """Credit the hours of the session enrolled for [登记学时]; fewer where somebody was not there all the time."""
    if session is None or session.stage not in ("HELD", "CLOSED"):
        raise Refused("session_not_held", "that session was not held yet", "该培训尚未举办")
    attended = (*duty.attended, session.id)
    if not passed:
        return TrainingNotPassed(person=duty.person, association=duty.association, attended=attended)
    credited = min(hours or session.hours, session.hours)
    total = duty.hours + credited
    return TrainingCompleted(stage="COMPLETED" if total >= duty.hours_due else "DUE", person=duty.person, association=duty.association,
                             held_on=session.held_on, credited=credited, hours=total, hours_due=duty.hours_due, attended=attended)  # fmt: skip


def reminders(duty: TrainingDuty) -> list[datetime]:
    days = [duty.cycle_to - timedelta(days=d) for d in RULES.get("PEOPLE", duty.rules_version).training_reminder_days]
    return [begin_of(d) for d in days if d > duty.cycle_from]


@training_duties.clock(when=("DUE", "ENROLLED"), at=reminders)
def remind(duty: TrainingDuty, call: Call) -> TrainingDueSoon | None:
    """180 and 60 days before the cycle ends."""
    left = (duty.cycle_to - call.today).days
    if left < 0:
        return None
    return TrainingDueSoon(person=duty.person, association=duty.association, cycle_to=duty.cycle_to, hours_missing=duty.hours_due - duty.hours,
                           days_left=left)  # fmt: skip


@training_duties.clock(when=OPEN, at=lambda d: end_of(d.cycle_to))
def expire(duty: TrainingDuty, call: Call) -> TrainingOverdue | TrainingCycleEnded:
    """The cycle has ended."""
    if duty.stage == "COMPLETED":
        return TrainingCycleEnded(person=duty.person, association=duty.association, cycle=duty.cycle, cycle_to=duty.cycle_to)
    return TrainingOverdue(person=duty.person, association=duty.association, cycle=duty.cycle, cycle_to=duty.cycle_to,
                           hours_missing=duty.hours_due - duty.hours)  # fmt: skip


@training_duties.on(TrainingCancelled, when="ENROLLED", where=lambda e: {"session": e.about})
def lose_session(duty: TrainingDuty, call: Call, event: TrainingCancelled) -> TrainingEnrolmentWithdrawn:
    """The session was called off."""
    return TrainingEnrolmentWithdrawn(person=duty.person, association=duty.association)


@training_duties.on(SecretaryGeneralReleased, when=OPEN, where=lambda e: {"person": e.person, "association": e.association})
def lapse(duty: TrainingDuty, call: Call, event: SecretaryGeneralReleased) -> TrainingDutyLapsed:
    """The person has left the post."""
    return TrainingDutyLapsed(person=duty.person, association=duty.association, cycle=duty.cycle)


@training_duties.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def end(duty: TrainingDuty, call: Call, event: AssociationEnded) -> TrainingDutyLapsed:
    """The association has ended."""
    return TrainingDutyLapsed(person=duty.person, association=duty.association, cycle=duty.cycle)
