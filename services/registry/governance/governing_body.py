"""Bodies and terms [机构与任期], R30; domain §3.4, §1.10: elected for a term of at most five years, re-elected in time, or extended with leave.

One record for one term of one body; the term that follows opens when the re-election is told. An extension of at most a year needs the
council's vote, the supervising unit's review where there is one, and the authority's approval; only one is given.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.charter import Meeting
from services.registry.governance.meeting import decision
from services.registry.governance.rules import RULES, GovernanceRules, Rules
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import AUTHORITY, begin_of, end_of, years_after
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Text, Value

Stage = Literal["RUNNING", "DUE", "EXTENDED", "OVERDUE", "RE_ELECTED", "ENDED"]
OPEN: tuple[Stage, ...] = ("RUNNING", "DUE", "EXTENDED", "OVERDUE")
BodyType = Literal["COUNCIL", "STANDING_COUNCIL", "SUPERVISORY_BOARD"]
Seats = Annotated[int, Field(ge=1, le=1000)]


class Extension(Value):
    """An extension asked for: until when, decided at which council meeting, and what the supervising unit found."""

    until: date
    meeting: str
    asked_on: date
    reviewed_on: date | None = None


class GoverningBody(Record):
    """Governing body and its term [治理机构任期]"""

    stage: Stage
    association: str
    district: District
    body: BodyType
    term: int
    term_from: date
    term_to: date
    seats: int
    supervised: bool
    rules_version: str
    extension: Extension | None = None
    extended_to: date | None = None
    assembly_on: date | None = None
    reported_on: date | None = None
    reported_in_time: bool = False
    audited: bool = False
    elected_on: date | None = None
    days_late: int = 0
    reminded_on: date | None = None


class Term(Event):
    """What an opening says of the term."""

    association: str
    district: District
    body: BodyType
    term: int
    term_from: date
    term_to: date
    seats: int
    supervised: bool
    rules_version: str


class GoverningBodyElected(Term, to="RUNNING", effective="term_from"):
    """A body begins its term."""


class ReElectionDue(Event):
    """The term, or its extension, ends soon: 180, 90, 30 days before [换届提醒]. `due`: the last day, extended or not; `term_ends_on`: of the term."""

    stage: Literal["DUE", "EXTENDED"]
    association: str
    reminded_on: date
    body: BodyType
    term: int
    due: date
    days_left: int
    term_ends_on: date | None = None


class ReElectionReported(Event):
    """The coming assembly was reported to the authorities; `reported_in_time`: at least ten days before."""

    association: str
    body: BodyType
    term: int
    assembly_on: date
    reported_on: date
    reported_in_time: bool


class TermExtensionRequested(Event):
    """The council asks for more time [申请延期换届]."""

    association: str
    district: District
    body: BodyType
    term: int
    extension: Extension


class TermExtensionReviewed(Event):
    """The supervising unit has reviewed the request and agrees."""

    association: str
    body: BodyType
    term: int
    extension: Extension


class TermExtensionApproved(Event, to="EXTENDED", effective="approved_on"):
    """The authority has approved it [批准延期换届]."""

    association: str
    body: BodyType
    term: int
    extended_to: date
    approved_on: date
    reminded_on: date
    term_ends_on: date | None = None


class TermExtensionRefused(Event):
    association: str
    body: BodyType
    term: int
    reason: str
    extension: None = None


class ReElectionOverdue(Event, to="OVERDUE"):
    """The term has ended without a re-election [逾期未换届]."""

    association: str
    body: BodyType
    term: int
    due: date
    term_ends_on: date | None = None


class ReElectionCompleted(Event, to="RE_ELECTED", effective="elected_on"):
    """The assembly has elected anew [完成换届]; `days_late` after the end of the term or its extension; `audited`: the finances were, before it."""

    association: str
    district: District
    body: BodyType
    term: int
    elected_on: date
    due: date
    days_late: int
    extended: bool
    reported_in_time: bool
    audited: bool
    next_to: date
    next_seats: int
    supervised: bool
    term_ends_on: date | None = None


class GoverningBodyEnded(Event, to="ENDED"):
    """The association has ended, and with it the body."""

    association: str
    body: BodyType
    term: int


governing_bodies = Kind[GoverningBody, Stage](
    GoverningBody, "registry.governance.governing_body", path="governing-bodies", key=("association", "body", "term"), index=("association", "body"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "FIC", "INDUSTRY_DEPT"),
)  # fmt: skip


class Elected(Heard, type="registry.governance.re_election_completed.v1"):
    association: str
    district: District
    body: BodyType
    term: int
    elected_on: date
    next_to: date
    next_seats: int
    supervised: bool


async def terms(read: Read, call: Call, record: object, body: "FirstTerm") -> list[GoverningBody]:
    """Given: the terms of this body there are."""
    return await read.find(governing_bodies, association=call.organisation, body=body.body)


class FirstTerm(Value):
    """The term a body is in when it is first put down; `term` counts the terms since the founding, this one included."""

    body: BodyType
    term: Annotated[int, Field(ge=1, le=50)] = 1
    term_from: date
    term_to: date
    seats: Seats


class Election(Value):
    """A re-election that was held: when, at which assembly, until when the new term runs, and whether the finances were audited before."""

    meeting: Line
    term_to: date
    seats: Seats
    audited: bool


def checked_term(begins: date, ends: date, rules: GovernanceRules) -> None:
    if not begins < ends <= years_after(begins, rules.term_years_max):
        raise Malformed("term_too_long", f"a term ends after it begins, and within {rules.term_years_max} years", f"任期不得超过{rules.term_years_max}年",
                        pointer="/term_to")  # fmt: skip


def last_day(body: GoverningBody) -> date:
    """The day until which a re-election is in time."""
    return body.extended_to or body.term_to


@governing_bodies.opens(by="ASSOCIATION")
def record_(call: Call, form: FirstTerm, association: Annotated[Association | None, Given(acting)],
            known: Annotated[list[GoverningBody], Given(terms)], rules: Rules) -> GoverningBodyElected:  # fmt: skip
    """Put down the term a body is in [登记机构任期]; those that follow open by themselves."""
    of = able(association)
    if known:
        raise Refused(
            "body_known",
            "this body is known; its next term comes with the re-election",
            "该机构已登记，下一任期随换届产生",
            pointer="/body",
        )
    if form.term_from > call.today:
        raise Malformed("in_the_future", "the term has begun already", "任期起始日期不能晚于今天", pointer="/term_from")
    checked_term(form.term_from, form.term_to, rules)
    return GoverningBodyElected(association=of.uscc, district=of.district, body=form.body, term=form.term, term_from=form.term_from,
                                term_to=form.term_to, seats=form.seats, supervised=of.supervising_unit is not None, rules_version=rules.version)  # fmt: skip


@governing_bodies.opens_on(Elected)
def begin(call: Call, event: Elected) -> GoverningBodyElected:
    """The newly elected begin their term."""
    return GoverningBodyElected(association=event.association, district=event.district, body=event.body, term=event.term + 1, term_from=event.elected_on,
                                term_to=event.next_to, seats=event.next_seats, supervised=event.supervised,
                                rules_version=RULES.in_force(call.today).version)  # fmt: skip


@governing_bodies.command(by="ASSOCIATION", when=OPEN)
def report(body: GoverningBody, call: Call, assembly_on: date, rules: Rules) -> ReElectionReported:
    """Report the coming election assembly to the authorities [换届报告]."""
    if assembly_on < call.today:
        raise Malformed("in_the_past", "the assembly is still to come", "换届大会日期不能早于今天", pointer="/assembly_on")
    in_time = (assembly_on - call.today).days >= rules.re_election_report_days
    return ReElectionReported(association=body.association, body=body.body, term=body.term, assembly_on=assembly_on, reported_on=call.today,
                              reported_in_time=in_time)  # fmt: skip


@governing_bodies.command(by="ASSOCIATION", when=("RUNNING", "DUE"))
def ask_extension(body: GoverningBody, call: Call, until: date, meeting: Line, held: Meeting, rules: Rules) -> TermExtensionRequested:
    """Ask for an extension of the term [申请延期换届], by a vote of the council."""
    if not body.term_to < until <= years_after(body.term_to, rules.extension_years_max):
        raise Malformed("extension_too_long", f"at most {rules.extension_years_max} year beyond the term", f"延期不得超过{rules.extension_years_max}年",
                        pointer="/until")  # fmt: skip
    decision(held, body.association, "TERM_EXTENSION")
    asked = Extension(until=until, meeting=meeting, asked_on=call.today)
    return TermExtensionRequested(association=body.association, district=body.district, body=body.body, term=body.term, extension=asked)


def pending(body: GoverningBody) -> Extension:
    if body.extension is None:
        raise Refused("no_extension_asked", "nobody has asked for an extension", "没有待处理的延期申请")
    return body.extension


@governing_bodies.command(by=("SUPERVISING_UNIT", "FIC"), when=("RUNNING", "DUE", "OVERDUE"))
def review_extension(body: GoverningBody, call: Call) -> TermExtensionReviewed:
    """Agree to the extension [业务主管单位审查同意延期]."""
    asked = pending(body)
    if asked.reviewed_on or not body.supervised:
        raise Refused("no_review_wanted", "no review is wanted, or it is there", "无需或已完成审查")
    reviewed = asked.model_copy(update={"reviewed_on": call.today})
    return TermExtensionReviewed(association=body.association, body=body.body, term=body.term, extension=reviewed)


@governing_bodies.command(by=(*AUTHORITY, "SO_ADMIN"), when=("RUNNING", "DUE", "OVERDUE"))
def approve_extension(body: GoverningBody, call: Call) -> TermExtensionApproved:
    """Approve the extension [批准延期换届]; asked for in time it may be approved after the term has ended."""
    asked = pending(body)
    if body.supervised and asked.reviewed_on is None:
        raise Refused("review_missing", "the supervising unit has not reviewed it yet", "业务主管单位尚未审查")
    if asked.until < call.today:
        raise Refused("extension_passed", "the day asked for has passed", "申请的延期期限已过")
    return TermExtensionApproved(association=body.association, body=body.body, term=body.term, extended_to=asked.until, approved_on=call.today,
                                 reminded_on=call.today, term_ends_on=body.term_to)  # fmt: skip


@governing_bodies.command(by=(*AUTHORITY, "SO_ADMIN"), when=("RUNNING", "DUE", "OVERDUE"))
def refuse_extension(body: GoverningBody, call: Call, reason: Text) -> TermExtensionRefused:
    """Do not allow it [不予批准延期]."""
    pending(body)
    return TermExtensionRefused(association=body.association, body=body.body, term=body.term, reason=reason)


@governing_bodies.command(by="ASSOCIATION", when=OPEN)
def complete(body: GoverningBody, call: Call, form: Election, held: Meeting, rules: Rules) -> ReElectionCompleted:
    """The assembly has elected anew [完成换届], by a secret ballot in its minutes; late is still completed."""
    decision(held, body.association, "ELECTION")
    if held is None or held.held_on is None or held.held_on <= body.term_from:
        raise Refused("meeting_of_other_term", "that assembly was before this term", "该次大会不属于本届任期", pointer="/meeting")
    checked_term(held.held_on, form.term_to, rules)
    late = max(0, (held.held_on - last_day(body)).days)
    return ReElectionCompleted(association=body.association, district=body.district, body=body.body, term=body.term, elected_on=held.held_on, due=last_day(body),
                               term_ends_on=body.term_to, days_late=late, extended=body.extended_to is not None, reported_in_time=body.reported_in_time,
                               audited=form.audited, next_to=form.term_to, next_seats=form.seats, supervised=body.supervised)  # fmt: skip


# ── the calendar ──────────────────────────────────────────────────────────────────────────────────
def reminders(body: GoverningBody) -> list[datetime]:
    days = [last_day(body) - timedelta(days=d) for d in RULES.get("GOVERNANCE", body.rules_version).re_election_reminder_days]
    return [begin_of(d) for d in days if d > (body.reminded_on or body.term_from)]


@governing_bodies.clock(when=("RUNNING", "DUE", "EXTENDED"), at=reminders)
def remind(body: GoverningBody, call: Call) -> ReElectionDue | None:
    """180, 90 and 30 days before the term ends; several that were missed are told once."""
    left = (last_day(body) - call.today).days
    if left < 0:
        return None
    return ReElectionDue(stage="EXTENDED" if body.stage == "EXTENDED" else "DUE", association=body.association, reminded_on=call.today, body=body.body,
                         term=body.term, due=last_day(body), term_ends_on=body.term_to, days_left=left)  # fmt: skip


@governing_bodies.clock(when=("RUNNING", "DUE", "EXTENDED"), at=lambda b: end_of(last_day(b)))
def expire(body: GoverningBody, call: Call) -> ReElectionOverdue:
    """The term, or its extension, has ended."""
    return ReElectionOverdue(association=body.association, body=body.body, term=body.term, due=last_day(body), term_ends_on=body.term_to)


@governing_bodies.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def end(body: GoverningBody, call: Call, event: AssociationEnded) -> GoverningBodyEnded:
    """The association has ended."""
    return GoverningBodyEnded(association=body.association, body=body.body, term=body.term)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class GoverningBodyHandedOver(HandedOver):
    """Governing body and its term: gone with its association to another new city."""


follows(governing_bodies, GoverningBodyHandedOver)
