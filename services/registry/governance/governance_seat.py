"""Governance seat [治理组织成员单位], R76: an association appointed to a governance body for a term; its attendance counts (domain §4.4: 3.5.3)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from services.registry.acting import AssociationEnded, able
from services.registry.associations.association import Association, associations
from services.registry.governance.governance_body import OFFICES, GovernanceBody, governance_bodies
from services.registry.governance.rules import RULES, Rules
from services.registry.values import begin_of, end_of
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["PROPOSED", "APPOINTED", "ENDED"]


class Proposed(Value):
    """An association proposed for a body, from a day to a day."""

    association: AssociationUscc
    body: Line
    term_from: date
    term_to: date


class GovernanceSeat(Record):
    """Governance seat [治理组织席位]"""

    stage: Stage
    association: str
    body: str
    claim: str | None
    term_from: date
    term_to: date
    rules_version: str
    meetings: int = 0
    attended: int = 0
    met_on: tuple[date, ...] = ()
    reason: str | None = None


class GovernanceSeatProposed(Event, to="PROPOSED"):
    association: str
    body: str
    claim: str
    term_from: date
    term_to: date
    rules_version: str


class GovernanceSeatAppointed(Event, to="APPOINTED", effective="term_from"):
    """The association has the seat [纳入成员单位]."""

    association: str
    body: str
    term_from: date
    term_to: date


class GovernanceSeatDeclined(Event, to="ENDED"):
    """It did not want the seat, or the proposal was taken back: it never had it."""

    association: str
    body: str
    reason: str
    claim: None = None


class GovernanceAttendanceRecorded(Event, effective="held_on"):
    """A meeting of the body, and whether the association came; the sums so far beside it."""

    association: str
    body: str
    held_on: date
    present: bool
    meetings: int
    attended: int
    met_on: tuple[date, ...]


class GovernanceSeatExpiring(Event):
    association: str
    body: str
    term_to: date
    days_left: int


class GovernanceSeatEnded(Event, to="ENDED"):
    """The term is over, the seat was given up, or the body or the association is no more."""

    association: str
    body: str
    ended_on: date
    reason: str
    claim: None = None


governance_seats = Kind[GovernanceSeat, Stage](
    GovernanceSeat, "registry.governance.governance_seat", path="governance-seats", unique=("claim",), index=("association", "body"),
    own={"ASSOCIATION": "association"}, readers=("REG_AUTHORITY", "INDUSTRY_DEPT", "FIC", "PARTY_WORK"),
)  # fmt: skip


class BodyDissolved(Heard, type="registry.governance.governance_body_dissolved.v1"):
    pass


async def association_named(read: Read, call: Call, record: object, body: Proposed) -> Association | None:
    """Given: the association proposed."""
    return await read.get(associations, body.association)


async def body_named(read: Read, call: Call, record: object, body: Proposed) -> GovernanceBody | None:
    """Given: the body it is proposed for."""
    return await read.get(governance_bodies, body.body)


@governance_seats.opens(by=OFFICES)
def propose(call: Call, form: Proposed, association: Annotated[Association | None, Given(association_named)],
            into: Annotated[GovernanceBody | None, Given(body_named)], rules: Rules) -> GovernanceSeatProposed:  # fmt: skip
    """Propose an association for a seat [拟纳入成员单位]."""
    able(association, ("ACTIVE",))
    if into is None or into.stage != "LISTED":
        raise Refused("no_such_body", "there is no such body", "没有该治理组织", pointer="/body")
    if not form.term_from < form.term_to or form.term_to < call.today:
        raise Malformed("dates_out_of_order", "a term ends after it begins, and not before today", "任期日期不正确", pointer="/term_to")
    return GovernanceSeatProposed(association=form.association, body=form.body, claim=f"{form.association}~{form.body}", term_from=form.term_from,
                                  term_to=form.term_to, rules_version=rules.version)  # fmt: skip


@governance_seats.command(by="ASSOCIATION", when="PROPOSED")
def accept(seat: GovernanceSeat, call: Call) -> GovernanceSeatAppointed:
    """Take the seat [接受席位]."""
    if seat.term_to < call.today:
        raise Refused("term_over", "the term is over", "任期已届满")
    return GovernanceSeatAppointed(association=seat.association, body=seat.body, term_from=seat.term_from, term_to=seat.term_to)


@governance_seats.command(by=("ASSOCIATION", *OFFICES), when="PROPOSED")
def decline(seat: GovernanceSeat, call: Call, reason: Text) -> GovernanceSeatDeclined:
    """Do not take it, or take the proposal back [不接受、撤回]."""
    return GovernanceSeatDeclined(association=seat.association, body=seat.body, reason=reason)


@governance_seats.command(by=OFFICES, when="APPOINTED")
def record_attendance(seat: GovernanceSeat, call: Call, held_on: date, present: bool) -> GovernanceAttendanceRecorded:
    """Put down a meeting of the body and whether the association came [记录出席]; each day once."""
    if not seat.term_from <= held_on <= min(seat.term_to, call.today):
        raise Malformed("not_in_term", "a day within the term, and not after today", "会议日期不在任期内", pointer="/held_on")
    if held_on in seat.met_on:
        raise Refused("recorded_already", "that meeting is recorded", "该次会议已记录", pointer="/held_on")
    return GovernanceAttendanceRecorded(association=seat.association, body=seat.body, held_on=held_on, present=present, meetings=seat.meetings + 1,
                                        attended=seat.attended + present, met_on=(*seat.met_on, held_on))  # fmt: skip


@governance_seats.command(by=("ASSOCIATION", *OFFICES), when="APPOINTED")
def end(seat: GovernanceSeat, call: Call, reason: Text) -> GovernanceSeatEnded:
    """Give the seat up, or end it [退出、终止]."""
    return over(seat, call.today, reason)


def over(seat: GovernanceSeat, day: date, reason: str) -> GovernanceSeatEnded:
    return GovernanceSeatEnded(association=seat.association, body=seat.body, ended_on=day, reason=reason)


def reminders(seat: GovernanceSeat) -> list[datetime]:
    days = RULES.get("GOVERNANCE", seat.rules_version).seat_reminder_days
    return [begin_of(seat.term_to - timedelta(days=d)) for d in days if seat.term_to - timedelta(days=d) > seat.term_from]


@governance_seats.clock(when="APPOINTED", at=reminders)
def remind(seat: GovernanceSeat, call: Call) -> GovernanceSeatExpiring:
    """The term ends soon."""
    left = max(0, (seat.term_to - call.today).days)
    return GovernanceSeatExpiring(association=seat.association, body=seat.body, term_to=seat.term_to, days_left=left)


@governance_seats.clock(when=("PROPOSED", "APPOINTED"), at=lambda s: end_of(s.term_to))
def expire(seat: GovernanceSeat, call: Call) -> GovernanceSeatEnded:
    """The term is over."""
    return over(seat, seat.term_to, "term ended")


@governance_seats.on(BodyDissolved, when=("PROPOSED", "APPOINTED"), where=lambda e: {"body": e.about})
def end_with_body(seat: GovernanceSeat, call: Call, event: BodyDissolved) -> GovernanceSeatEnded:
    """The body was dissolved."""
    return over(seat, call.today, "body dissolved")


@governance_seats.on(AssociationEnded, when=("PROPOSED", "APPOINTED"), where=lambda e: {"association": e.uscc})
def end_with_association(seat: GovernanceSeat, call: Call, event: AssociationEnded) -> GovernanceSeatEnded:
    """The association has ended."""
    return over(seat, event.ended_on, "association ended")
