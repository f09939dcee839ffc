"""Governing meeting [会员（代表）大会、理事会、监事会会议], R30; domain §3.4: called with notice, held with a quorum, its ballots counted.

The platform records and reckons; it forbids no meeting. Too short a notice, too few delegates, an improper ballot: each is a flag that the
indicators and the dossier read (domain §4.4: 2.2.1, 2.2.2, 2.2.5). Without a quorum nothing was decided, and no ballot is kept.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.rules import Ballot, Body, GovernanceRules, Rules, Vote, counted, days_before, enough
from services.registry.values import end_of
from shared.record import Call, Count, Event, Given, Kind, Line, Malformed, Record, Refused, Text, Value

Stage = Literal["CALLED", "HELD", "INQUORATE", "CANCELLED", "MISSED"]
Entitled = Annotated[int, Field(ge=1, le=100_000)]


class Invitation(Value):
    """A meeting to be held on a day, told to its members on another; `agenda` by reference in the document store."""

    body: Body
    held_on: date
    notice_on: date
    agenda: Line
    delegates: bool = False


class Minutes(Value):
    """Who came, in numbers, and what was decided. `members`: of the association on that day; `entitled`: who may vote, delegates where they do."""

    held_on: date
    members: Entitled
    entitled: Entitled
    present: Count
    votes: Annotated[tuple[Vote, ...], Field(max_length=50)] = ()
    minutes: Line


class GoverningMeeting(Record):
    """Governing meeting [治理会议]"""

    stage: Stage
    association: str
    body: Body
    due: date
    notice_on: date
    notice_ok: bool
    agenda: str
    delegates: bool
    rules_version: str
    year: int
    held_on: date | None = None
    members: int = 0
    entitled: int = 0
    present: int = 0
    ballots: tuple[Ballot, ...] = ()
    minutes: str | None = None
    reason: str | None = None


class GoverningMeetingCalled(Event, to="CALLED"):
    """A meeting was called; `notice_ok`: in writing and early enough."""

    association: str
    body: Body
    due: date
    notice_on: date
    notice_ok: bool
    agenda: str
    delegates: bool
    rules_version: str
    year: int


class MeetingHeld(Event):
    """What every meeting with a quorum tells: numbers, never names."""

    association: str
    body: Body
    held_on: date
    year: int
    notice_ok: bool
    members: int
    entitled: int
    present: int
    ballots: tuple[Ballot, ...]
    minutes: str
    reserved: int
    reserved_valid: int


class GeneralAssemblyHeld(MeetingHeld, to="HELD", effective="held_on"):
    """The general assembly of members or delegates was held with a quorum [召开会员（代表）大会]. `as_charter`: with due notice, and where
    delegates sit, allowed to and enough of them."""

    as_charter: bool


class CouncilMeetingHeld(MeetingHeld, to="HELD", effective="held_on"):
    """The council, or its standing council, met with a quorum [召开理事会]. `budget_approved`: a valid ballot has passed the budget."""

    budget_approved: bool


class SupervisorsMeetingHeld(MeetingHeld, to="HELD", effective="held_on"):
    """The supervisors met with a quorum [召开监事会]."""


class GoverningMeetingInquorate(Event, to="INQUORATE", effective="held_on"):
    """Too few came; nothing was decided."""

    association: str
    body: Body
    held_on: date
    year: int
    members: int
    entitled: int
    present: int
    minutes: str


class GoverningMeetingCancelled(Event, to="CANCELLED"):
    association: str
    body: Body
    reason: str


class GoverningMeetingMissed(Event, to="MISSED"):
    """The day has passed, and nobody has said what became of the meeting."""

    association: str
    body: Body
    due: date


governing_meetings = Kind[GoverningMeeting, Stage](
    GoverningMeeting, "registry.governance.governing_meeting", path="governing-meetings", index=("association", "body", "year"),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"),
)  # fmt: skip


@governing_meetings.opens(by="ASSOCIATION")
def call_(call: Call, form: Invitation, association: Annotated[Association | None, Given(acting)], rules: Rules) -> GoverningMeetingCalled:
    """Call a meeting [召集会议]; also one that was held already and is now written down."""
    able(association)
    if form.notice_on > form.held_on or form.notice_on > call.today:
        raise Malformed(
            "dates_out_of_order", "the notice comes before the meeting, and not after today", "会议通知日期不正确", pointer="/notice_on"
        )
    if form.delegates and form.body != "GENERAL_ASSEMBLY":
        raise Malformed(
            "no_delegates_there", "only the general assembly may be one of delegates", "仅会员代表大会设会员代表", pointer="/delegates"
        )
    in_time = days_before(form.held_on, form.notice_on) >= rules.notice_days[form.body]
    return GoverningMeetingCalled(association=call.organisation, body=form.body, due=form.held_on, notice_on=form.notice_on, notice_ok=in_time,
                                  agenda=form.agenda, delegates=form.delegates, rules_version=rules.version, year=form.held_on.year)  # fmt: skip


@governing_meetings.command(by="ASSOCIATION", when=("CALLED", "MISSED"))
def hold(meeting: GoverningMeeting, call: Call, form: Minutes,
         rules: Rules) -> GeneralAssemblyHeld | CouncilMeetingHeld | SupervisorsMeetingHeld | GoverningMeetingInquorate:  # fmt: skip
    """Write down what became of it [会议纪要]: numbers present and ballots; quorum and validity are reckoned."""
    sound(meeting, form, call)
    numbers = {"association": meeting.association, "body": meeting.body, "held_on": form.held_on, "year": form.held_on.year, "members": form.members,
               "entitled": form.entitled, "present": form.present, "minutes": form.minutes}  # fmt: skip
    if not enough(form.present, form.entitled, rules.quorum[meeting.body]):
        if form.votes:
            raise Refused("no_quorum", "without a quorum nothing can be decided", "出席人数不足，不能进行表决", pointer="/votes")
        return GoverningMeetingInquorate.model_validate(numbers)
    ballots = tuple(counted(v, meeting.body, form.present, form.entitled, rules) for v in form.votes)
    reserved = [b for b in ballots if b.matter != "OTHER"]
    told = numbers | {
        "ballots": ballots,
        "notice_ok": meeting.notice_ok,
        "reserved": len(reserved),
        "reserved_valid": sum(b.valid for b in reserved),
    }
    if meeting.body == "GENERAL_ASSEMBLY":
        return GeneralAssemblyHeld.model_validate(told | {"as_charter": meeting.notice_ok and delegates_fit(meeting, form, rules)})
    if meeting.body == "SUPERVISORY_BOARD":
        return SupervisorsMeetingHeld.model_validate(told)
    return CouncilMeetingHeld.model_validate(
        told | {"budget_approved": any(b.matter == "BUDGET" and b.passed and b.valid for b in ballots)}
    )


def sound(meeting: GoverningMeeting, form: Minutes, call: Call) -> None:
    """Raises: Malformed for numbers or dates that cannot be."""
    if not meeting.notice_on <= form.held_on <= call.today:
        raise Malformed("dates_out_of_order", "held after the notice, and not after today", "会议日期不正确", pointer="/held_on")
    if form.present > form.entitled:
        raise Malformed("more_than_entitled", "more are present than may vote", "出席人数多于应到人数", pointer="/present")
    if form.entitled > form.members:
        raise Malformed("more_than_members", "more may vote than there are members", "应到人数多于会员数", pointer="/entitled")
    for nth, v in enumerate(form.votes):
        if v.in_favour + v.against + v.abstained > form.present:
            raise Malformed("more_votes_than_present", "more votes than people present", "票数多于出席人数", pointer=f"/votes/{nth}")


def delegates_fit(meeting: GoverningMeeting, form: Minutes, rules: GovernanceRules) -> bool:
    """Delegates sit only where there are many members, and at least a third of them; otherwise every member is entitled."""
    if not meeting.delegates:
        return form.entitled == form.members
    return form.members > rules.delegates_above_members and enough(form.entitled, form.members, rules.delegates_min)


@governing_meetings.command(by="ASSOCIATION", when=("CALLED", "MISSED"))
def cancel(meeting: GoverningMeeting, call: Call, reason: Text) -> GoverningMeetingCancelled:
    """Call it off [取消会议]."""
    return GoverningMeetingCancelled(association=meeting.association, body=meeting.body, reason=reason)


@governing_meetings.clock(when="CALLED", at=lambda m: end_of(m.due))
def miss(meeting: GoverningMeeting, call: Call) -> GoverningMeetingMissed:
    """The day of the meeting has passed."""
    return GoverningMeetingMissed(association=meeting.association, body=meeting.body, due=meeting.due)


@governing_meetings.on(AssociationEnded, when=("CALLED", "MISSED"), where=lambda e: {"association": e.uscc})
def call_off(meeting: GoverningMeeting, call: Call, event: AssociationEnded) -> GoverningMeetingCancelled:
    """The association has ended."""
    return GoverningMeetingCancelled(association=meeting.association, body=meeting.body, reason="association ended")


def decision(meeting: GoverningMeeting | None, association: str, matter: str, subject: str | None = None) -> Ballot:
    """The ballot of a meeting of this association that has passed a matter, properly. `subject`: what it was about, if that must be named.

    Raises: Refused, saying whether there was no such meeting, no such ballot, not enough votes, or an improper one."""
    if meeting is None or meeting.association != association or meeting.stage != "HELD":
        raise Refused(
            "meeting_not_held", "there is no such meeting that was held with a quorum", "没有该次达到法定人数的会议记录", pointer="/meeting"
        )
    found = [b for b in meeting.ballots if b.matter == matter and subject in (None, b.subject)]
    if not found:
        raise Refused("not_decided_there", "that meeting has not voted on this", "该次会议未就此事项表决", pointer="/meeting")
    if not any(b.passed for b in found):
        raise Refused("not_passed", "the votes in favour were too few", "赞成票未达到规定比例", pointer="/meeting")
    proper = [b for b in found if b.passed and b.valid]
    if not proper:
        raise Refused("ballot_not_valid", "the ballot was not held as the rules want: body, presence, secrecy", "表决程序不符合规定（机构、到会率或无记名）",
                      pointer="/meeting")  # fmt: skip
    return proper[0]
