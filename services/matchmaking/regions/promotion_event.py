"""Promotion event [招商推介会、投资合作恳谈会、考察接待], R56: guests from elsewhere are invited, come, and what came of it is followed up.

A promotion conference or talks, at home or elsewhere, or the visit of a delegation [代表团来访]: the three go the same way and are told
apart by `form`. A visit is told as `DelegationVisited`, the others as `PromotionConferenceHeld`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import Day, must_be_ahead, must_have_happened
from services.matchmaking.regions.external_organisation import ExternalOrganisation, external_organisations
from services.matchmaking.regions.meeting_rules import MeetingRules, rules_of
from shared.record import Call, Count, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Role, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["PLANNED", "INVITED", "HELD", "FOLLOWED_UP", "CLOSED", "CANCELLED"]
AHEAD: tuple[Stage, ...] = ("PLANNED", "INVITED")
Form = Literal["PROMOTION_CONFERENCE", "TALKS", "DELEGATION_VISIT"]
OFFICES: tuple[Role, ...] = ("INVEST_DEPT", "SO_ADMIN", "FIC")
Associations = Annotated[tuple[AssociationUscc, ...], Field(min_length=1, max_length=30)]
Guests = Annotated[tuple[Line, ...], Field(min_length=1, max_length=100)]
Persons = Annotated[int, Field(ge=0, le=100_000)]
Rules = Annotated[MeetingRules, Given(rules_of)]


class Delegation(Value):
    """A guest [代表团]: an organisation of the directory, what it answered, and how many came."""

    organisation: str
    name: str
    answer: Literal["WAITING", "COMES", "DECLINES"] = "WAITING"
    persons: int = 0


class PromotionEvent(Record):
    """Promotion event [招商推介与考察活动]"""

    stage: Stage
    form: Form
    title: str
    associations: tuple[str, ...]
    place: str
    planned_on: date
    rules: str
    lapses_at: datetime
    answer_by: date | None = None
    remind_at: datetime | None = None
    delegations: tuple[Delegation, ...] = ()
    held_on: date | None = None
    attendance: int = 0
    follow_up_due: datetime | None = None
    closes_at: datetime | None = None
    leads: tuple[str, ...] = ()


class PromotionEventPlanned(Event, to="PLANNED"):
    form: Form
    title: str
    associations: tuple[str, ...]
    place: str
    planned_on: date
    rules: str
    lapses_at: datetime


class PromotionEventPostponed(Event):
    title: str
    associations: tuple[str, ...]
    planned_on: date
    lapses_at: datetime
    reason: str


class PromotionGuestsInvited(Event, to="INVITED"):
    """Invitations are out; more may follow."""

    title: str
    associations: tuple[str, ...]
    planned_on: date
    delegations: tuple[Delegation, ...]
    answer_by: date
    remind_at: datetime


class PromotionGuestAnswered(Event):
    associations: tuple[str, ...]
    organisation: str
    comes: bool
    delegations: tuple[Delegation, ...]


class PromotionAnswersDue(Event):
    """Some guests have not answered, and their answers are due soon."""

    title: str
    associations: tuple[str, ...]
    answer_by: date
    waiting: int
    remind_at: None = None


class PromotionConferenceHeld(Event, to="HELD"):
    """A conference or talks were held; it counts for indicator 3.4.3 of each association."""

    form: Form
    title: str
    associations: tuple[str, ...]
    held_on: date
    attendance: int
    delegations: tuple[Delegation, ...]
    follow_up_due: datetime


class DelegationVisited(Event, to="HELD"):
    """A delegation was here."""

    form: Form
    title: str
    associations: tuple[str, ...]
    held_on: date
    attendance: int
    delegations: tuple[Delegation, ...]
    follow_up_due: datetime


class PromotionFollowUpOverdue(Event):
    title: str
    associations: tuple[str, ...]
    follow_up_due: None = None


class PromotionFollowedUp(Event, to="FOLLOWED_UP"):
    """What came of it: leads by their ids, intents in number, and in words."""

    title: str
    associations: tuple[str, ...]
    leads: tuple[str, ...]
    intents: int
    outcome: str
    follow_up_due: None = None
    closes_at: datetime


class PromotionEventClosed(Event, to="CLOSED"):
    title: str
    associations: tuple[str, ...]
    leads_landed: int


class PromotionEventCancelled(Event, to="CANCELLED"):
    title: str
    associations: tuple[str, ...]
    reason: str


promotion_events = Kind[PromotionEvent, Stage](
    PromotionEvent,
    "matchmaking.regions.promotion_event",
    path="promotion-events",
    index=("associations", "form"),
    own={"ASSOCIATION": "associations"},
    readers=(*OFFICES, "NEW_CITY"),
)


async def guests_named(read: Read, call: Call, event: PromotionEvent, body: Any) -> dict[str, ExternalOrganisation]:
    """The organisations of the directory that are to be invited, by id."""
    found = [(guest, await read.get(external_organisations, guest)) for guest in body.guests]
    return {guest: organisation for guest, organisation in found if organisation is not None}


def host(call: Call, associations: tuple[str, ...]) -> None:
    """Raises: Malformed for an association that is named twice; Refused for one that plans what it does not host."""
    if len(set(associations)) != len(associations):
        raise Malformed("association_twice", "an association is named once", "同一协会商会只列一次", pointer="/associations")
    if call.role == "ASSOCIATION" and call.organisation not in associations:
        raise Refused("not_a_host", "you may plan what you host", "只能策划本单位主办的活动")


@promotion_events.opens(by=("ASSOCIATION", *OFFICES))
def plan(
    call: Call, form: Form, title: Line, associations: Associations, place: Line, planned_on: Day, rules: Rules
) -> PromotionEventPlanned:
    """Plan a promotion conference, talks or the visit of a delegation [策划] with the associations that host it."""
    host(call, associations)
    must_be_ahead(planned_on, call)
    return PromotionEventPlanned(
        form=form, title=title, associations=associations, place=place, planned_on=planned_on, rules=rules.version,
        lapses_at=rules.lapses_at(planned_on),
    )  # fmt: skip


@promotion_events.command(by=("ASSOCIATION", *OFFICES), when=AHEAD)
def postpone(event: PromotionEvent, call: Call, planned_on: Day, reason: Text, rules: Rules) -> PromotionEventPostponed:
    """Give it another day [改期]."""
    must_be_ahead(planned_on, call)
    return PromotionEventPostponed(
        title=event.title, associations=event.associations, planned_on=planned_on, lapses_at=rules.lapses_at(planned_on), reason=reason
    )


@promotion_events.command(by=("ASSOCIATION", *OFFICES), when=AHEAD)
def invite(
    event: PromotionEvent, call: Call, guests: Guests, answer_by: Day, known: Annotated[dict[str, ExternalOrganisation], Given(guests_named)],
    rules: Rules,
) -> PromotionGuestsInvited:  # fmt: skip
    """Invite organisations of the directory [邀请]; who was invited before keeps what it answered."""
    must_be_ahead(answer_by, call)
    if answer_by > event.planned_on:
        raise Malformed("answer_after_event", "answers are due before the day", "答复截止日期应早于活动日期", pointer="/answer_by")
    if strangers := [g for g in guests if g not in known or known[g].stage != "LISTED"]:
        raise Refused("guest_not_listed", "a guest is not in the directory", "受邀组织不在外地组织名录中", guests=len(strangers))
    there = {d.organisation for d in event.delegations}
    new = tuple(Delegation(organisation=g, name=known[g].entry.name) for g in dict.fromkeys(guests) if g not in there)
    return PromotionGuestsInvited(
        title=event.title, associations=event.associations, planned_on=event.planned_on, delegations=(*event.delegations, *new),
        answer_by=answer_by, remind_at=rules.remind_at(answer_by),
    )  # fmt: skip


@promotion_events.command(by=("ASSOCIATION", *OFFICES), when="INVITED")
def record_answer(event: PromotionEvent, call: Call, organisation: Line, comes: bool, persons: Persons = 0) -> PromotionGuestAnswered:
    """Note what a guest has answered [登记答复]; it has no account here."""
    if organisation not in {d.organisation for d in event.delegations}:
        raise Refused("not_invited", "this organisation was not invited", "该组织未被邀请")
    said: Literal["COMES", "DECLINES"] = "COMES" if comes else "DECLINES"
    changed = tuple(
        d.model_copy(update={"answer": said, "persons": persons if comes else 0}) if d.organisation == organisation else d
        for d in event.delegations
    )
    return PromotionGuestAnswered(associations=event.associations, organisation=organisation, comes=comes, delegations=changed)


@promotion_events.command(by=("ASSOCIATION", *OFFICES), when="INVITED")
def record_held(
    event: PromotionEvent, call: Call, held_on: Day, attendance: Persons, rules: Rules
) -> PromotionConferenceHeld | DelegationVisited:
    """Record that it was held [已举办], and how many were there."""
    must_have_happened(held_on, call)
    told = DelegationVisited if event.form == "DELEGATION_VISIT" else PromotionConferenceHeld
    return told(
        form=event.form, title=event.title, associations=event.associations, held_on=held_on, attendance=attendance,
        delegations=event.delegations, follow_up_due=rules.follow_up_due(held_on),
    )  # fmt: skip


@promotion_events.command(by=("ASSOCIATION", *OFFICES), when="HELD")
def follow_up(
    event: PromotionEvent, call: Call, outcome: Text, rules: Rules, leads: Annotated[tuple[Line, ...], Field(max_length=200)] = (), intents: Count = 0
) -> PromotionFollowedUp:  # fmt: skip
    """Say what came of it [跟进]: the leads that were reported, how many intents."""
    return PromotionFollowedUp(
        title=event.title, associations=event.associations, leads=tuple(dict.fromkeys(leads)), intents=intents, outcome=outcome,
        closes_at=rules.closes_at(call.today),
    )  # fmt: skip


@promotion_events.command(by=OFFICES, when="FOLLOWED_UP")
def close(event: PromotionEvent, call: Call, leads_landed: Count = 0) -> PromotionEventClosed:
    """Close it [办结]: of its leads so many have landed."""
    if leads_landed > len(event.leads):
        raise Malformed("more_than_there_are", "more landed than were reported", "落地数多于线索数", pointer="/leads_landed")
    return PromotionEventClosed(title=event.title, associations=event.associations, leads_landed=leads_landed)


@promotion_events.command(by=("ASSOCIATION", *OFFICES), when=AHEAD)
def cancel(event: PromotionEvent, call: Call, reason: Text) -> PromotionEventCancelled:
    """Do not hold it [取消]."""
    return PromotionEventCancelled(title=event.title, associations=event.associations, reason=reason)


@promotion_events.clock(when="INVITED", at=lambda event: event.remind_at)
def remind_of_answers(event: PromotionEvent, call: Call) -> PromotionAnswersDue | None:
    """Three days before the answers are due."""
    waiting = sum(d.answer == "WAITING" for d in event.delegations)
    if not waiting or event.answer_by is None:
        return None
    return PromotionAnswersDue(title=event.title, associations=event.associations, answer_by=event.answer_by, waiting=waiting)


@promotion_events.clock(when=AHEAD, at=lambda event: event.lapses_at)
def lapse(event: PromotionEvent, call: Call) -> PromotionEventCancelled:
    """Thirty days after its day nobody has said that it was held."""
    return PromotionEventCancelled(
        title=event.title, associations=event.associations, reason="its day has passed and nobody has said that it was held"
    )


@promotion_events.clock(when="HELD", at=lambda event: event.follow_up_due)
def press_for_follow_up(event: PromotionEvent, call: Call) -> PromotionFollowUpOverdue:
    """Two weeks without a word of what came of it."""
    return PromotionFollowUpOverdue(title=event.title, associations=event.associations)


@promotion_events.clock(when="FOLLOWED_UP", at=lambda event: event.closes_at)
def close_with_time(event: PromotionEvent, call: Call) -> Sequence[PromotionEventClosed]:
    """Half a year later it is closed."""
    return [PromotionEventClosed(title=event.title, associations=event.associations, leads_landed=0)]
