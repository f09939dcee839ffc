"""Matching conference [对接会], R54, R56: planned, invited, arranged and arranged anew, held, followed up. Domain §1.6; matching.md §3."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from services.matchmaking.conference.hall import Aim, Fairness, Hall, Meeting, Pair, contradiction, faults
from services.matchmaking.conference.rules import ConferenceRules, conference_rules, rules_of
from services.matchmaking.endings import AssociationEnded
from shared.record import Call, Count, Event, Given, Heard, Kind, Line, Malformed, Record, Refused, Role, Text, Value
from shared.uscc import AssociationUscc, EnterpriseUscc

Stage = Literal["PLANNED", "INVITED", "HELD", "FOLLOWED_UP", "CLOSED", "CANCELLED"]
Outcome = Literal["CONTRACT", "INTENT", "CONTACT", "NOTHING"]
AHEAD: tuple[Stage, ...] = ("PLANNED", "INVITED")
ORGANISERS: tuple[Role, ...] = ("SO_ADMIN", "INVEST_DEPT", "FIC")
Rules = Annotated[ConferenceRules, Given(rules_of)]
Slot = Annotated[int, Field(ge=1, le=48)]
MEETINGS = 6000  # of one plan: what an event can carry


def zoned(moment: datetime) -> datetime:
    """Raises: ValueError for a time of no zone: the same words would mean another moment to somebody else."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone, as in +08:00")
    return moment


Moment = Annotated[datetime, AfterValidator(zoned)]


class Association(Value):
    """An association that takes part, and how many meetings it takes; as many as there are slots when it does not say."""

    association: AssociationUscc
    meetings: Slot | None = None


class Enterprise(Value):
    """An enterprise that takes part, and how many meetings it takes."""

    enterprise: EnterpriseUscc
    meetings: Slot = 3


class Two(Value):
    """A pair that must meet, must never meet, or whose meeting is locked."""

    association: AssociationUscc
    enterprise: EnterpriseUscc


class Result(Two):
    """What came of a meeting."""

    outcome: Outcome


Pairs = Annotated[tuple[Two, ...], Field(max_length=500)]


class Programme(Value):
    """When, where to sit, and who takes part. Slots of `slot_minutes` follow one another with `pause_minutes` between them."""

    title: Line
    venue: Line
    starts_at: Moment
    slot_minutes: Annotated[int, Field(ge=5, le=120)] = 20
    pause_minutes: Annotated[int, Field(ge=0, le=60)] = 5
    slots: Slot
    tables: Annotated[int, Field(ge=1, le=500)]
    associations: Annotated[tuple[Association, ...], Field(min_length=1, max_length=300)]
    enterprises: Annotated[tuple[Enterprise, ...], Field(min_length=1, max_length=2000)]
    must: Pairs = ()
    never: Pairs = ()
    aim: Aim = "FAIR"


class Absence(Value):
    """Who is not there, from which slot on."""

    participant: str
    from_slot: Slot


class Conference(Record):
    """Matching conference [对接会]"""

    stage: Stage
    organiser: str
    programme: Programme
    participants: tuple[str, ...]
    rules: str
    arrangement: int = 0
    plan: str | None = None  # the call that the arrangement was asked for by
    meetings: tuple[Meeting, ...] = ()
    fairness: Fairness | None = None
    weights: str | None = None
    terms: str | None = None
    locked: tuple[Meeting, ...] = ()
    absences: tuple[Absence, ...] = ()
    follow_up_by: datetime | None = None
    results: tuple[Result, ...] = ()
    leads: tuple[str, ...] = ()

    def time_of(self, slot: int) -> tuple[datetime, datetime]:
        """When a slot begins and ends."""
        p = self.programme
        begins = p.starts_at + (slot - 1) * timedelta(minutes=p.slot_minutes + p.pause_minutes)
        return begins, begins + timedelta(minutes=p.slot_minutes)

    @property
    def invited(self) -> tuple[str, ...]:
        """The participants, once they know of it."""
        return () if self.stage == "PLANNED" else self.participants


class ConferencePlanned(Event, to="PLANNED"):
    """A conference, who is to take part, and who must or must never meet."""

    organiser: str
    programme: Programme
    participants: tuple[str, ...]
    rules: str


class ConferenceChanged(Event):
    """Another programme; what was arranged under the former one is void."""

    programme: Programme
    participants: tuple[str, ...]
    meetings: tuple[Meeting, ...] = ()
    fairness: None = None
    locked: tuple[Meeting, ...] = ()
    absences: tuple[Absence, ...] = ()


class ConferenceInvited(Event, to="INVITED"):
    """The invitations are out."""

    title: str
    starts_at: datetime
    participants: tuple[str, ...]


class ConferenceArranged(Event):
    """Who meets whom, when and at which table. Slots before `from_slot` were over; `arrangement` counts from 1.

    `plan` is the call it was asked for by; `weights` and `terms` are the versions the scores were made with; `told` are those invited whose
    schedule differs from the one before."""

    title: str
    plan: str
    arrangement: int
    from_slot: int
    meetings: tuple[Meeting, ...]
    fairness: Fairness
    weights: str
    terms: str
    told: tuple[str, ...]


class MustMeetWaived(Event):
    """These two need not meet any more, as when one of them has not come."""

    pairs: tuple[Two, ...]

    def apply(self, record: Any, /) -> Any:
        must = tuple(two for two in record.programme.must if two not in self.pairs)
        return record.model_copy(update={"programme": record.programme.model_copy(update={"must": must})})


class MeetingsLocked(Event):
    """All meetings that now stand, whatever is arranged anew."""

    locked: tuple[Meeting, ...]


class ParticipantAbsent(Event):
    """One is not there from a slot on: its meetings from then on are off, locked or not.

    `freed` are those who were to meet it; `told` the same, once they are invited."""

    title: str
    participant: str
    from_slot: int
    freed: tuple[str, ...]
    told: tuple[str, ...]
    absences: tuple[Absence, ...]

    def off(self, meeting: Meeting) -> bool:
        return self.participant in meeting.pair and meeting.slot >= self.from_slot

    def apply(self, record: Any, /) -> Any:
        """The plan may be long, and what is left of it follows: it is not told again."""
        kept = {plan: tuple(m for m in getattr(record, plan) if not self.off(m)) for plan in ("meetings", "locked")}
        return super().apply(record).model_copy(update=kept)


class ParticipantReturned(Event):
    """One who was not there has come after all."""

    participant: str
    absences: tuple[Absence, ...]


class PromotionEventHeld(Event, to="HELD"):
    """A conference was held: who was there, and how many meetings there were."""

    type: Literal["MATCHING_CONFERENCE"]
    organiser: str
    title: str
    held_at: datetime
    associations: tuple[str, ...]
    enterprises: tuple[str, ...]
    held_meetings: int
    follow_up_by: datetime


class ConferenceFollowUpDue(Event):
    """Nobody has told yet what came of the meetings."""

    organiser: str
    title: str
    follow_up_by: datetime


class ConferenceFollowedUp(Event, to="FOLLOWED_UP"):
    """What came of the meetings, and the investment leads that grew from them."""

    organiser: str
    results: tuple[Result, ...]
    leads: tuple[str, ...]
    counts: dict[str, int]


class ConferenceClosed(Event, to="CLOSED"):
    """Nothing more is expected of it."""

    organiser: str


class ConferenceCancelled(Event, to="CANCELLED"):
    """It does not take place, or did not. `told` are the participants, once they are invited."""

    organiser: str
    title: str
    participants: tuple[str, ...]
    told: tuple[str, ...]
    reason: str


class EnterpriseRetired(Heard, type="matchmaking.matching.enterprise_retired.v1"):
    uscc: str


conferences = Kind[Conference, Stage](
    Conference,
    "matchmaking.conference.conference",
    path="conferences",
    index=("organiser", "participants"),
)


# ── givens ────────────────────────────────────────────────────────────────────────────────────────
def pairs_of(twos: tuple[Two, ...]) -> frozenset[Pair]:
    return frozenset((t.association, t.enterprise) for t in twos)


def hall_of(conference: Conference, from_slot: int, scores: Mapping[Pair, float], keep: bool = False) -> Hall:
    """What a plan from this slot on has to keep to: meetings before it and locked ones stand, or with `keep` all that are left."""
    programme = conference.programme
    rules = conference_rules().get("CONFERENCE", conference.rules)
    past = frozenset(range(1, from_slot))
    standing = {m for m in conference.meetings if keep or m.slot in past} | set(conference.locked)
    return Hall(
        {a.association: a.meetings or programme.slots for a in programme.associations},
        {e.enterprise: e.meetings for e in programme.enterprises},
        scores, programme.slots, programme.tables, must=pairs_of(programme.must), never=pairs_of(programme.never),
        locked=tuple(sorted(standing, key=lambda m: (m.slot, m.table))), closed=past,
        absent={a.participant: frozenset(range(a.from_slot, programme.slots + 1)) for a in conference.absences}, floor=rules.floor, good=rules.good,
        aim=programme.aim,
    )  # fmt: skip


def everybody(programme: Programme) -> tuple[str, ...]:
    """Who takes part. Raises: Malformed, Refused for a programme that no plan can keep to."""
    names = [a.association for a in programme.associations] + [e.enterprise for e in programme.enterprises]
    if twice := [one for one, n in Counter(names).items() if n > 1]:
        raise Malformed("given_twice", f"{twice[0]} is named twice", f"{twice[0]} 重复", pointer="/associations")
    seats = (
        {a.association: a.meetings or programme.slots for a in programme.associations},
        {e.enterprise: e.meetings for e in programme.enterprises},
    )
    if min(sum(seats[0].values()), sum(seats[1].values()), programme.slots * programme.tables) > MEETINGS:
        raise Refused("too_many_meetings", f"a conference has at most {MEETINGS} meetings", f"一场对接会最多 {MEETINGS} 场次")
    hall = Hall(*seats, {}, programme.slots, programme.tables, must=pairs_of(programme.must), never=pairs_of(programme.never))
    if why := contradiction(hall):
        raise Refused(f"infeasible_{why.code}", why.en, why.zh, who=list(why.who))
    return tuple(names)


# ── before it ─────────────────────────────────────────────────────────────────────────────────────
@conferences.opens(by=ORGANISERS)
def plan(call: Call, programme: Programme, rules: Rules) -> ConferencePlanned:
    """Plan a conference [筹办对接会]."""
    ahead(call, programme, rules)
    return ConferencePlanned(organiser=call.organisation, programme=programme, participants=everybody(programme), rules=rules.version)


def ahead(call: Call, programme: Programme, rules: ConferenceRules) -> None:
    if programme.starts_at <= call.now:
        raise Refused("already_begun", "it would have begun already", "开始时间不得早于当前时间")
    if programme.starts_at - call.now > timedelta(days=rules.horizon_days):
        raise Refused("too_far_ahead", f"it begins within {rules.horizon_days} days", f"开始时间不得晚于 {rules.horizon_days} 天后")


@conferences.command(by=ORGANISERS, when="PLANNED")
def change(conference: Conference, call: Call, programme: Programme, rules: Rules) -> ConferenceChanged:
    """Change the programme [变更方案]; what was arranged is void."""
    ahead(call, programme, rules)
    return ConferenceChanged(programme=programme, participants=everybody(programme))


@conferences.command(by=ORGANISERS, when="PLANNED")
def invite(conference: Conference, call: Call, rules: Rules) -> ConferenceInvited:
    """Send the invitations [发出邀请]; the programme then stands."""
    ahead(call, conference.programme, rules)
    return ConferenceInvited(
        title=conference.programme.title, starts_at=conference.programme.starts_at, participants=conference.participants
    )


@conferences.command(by=ORGANISERS, when=AHEAD)
def cancel(conference: Conference, call: Call, reason: Text) -> ConferenceCancelled:
    """Call it off [取消]."""
    return cancelled(conference, reason)


def cancelled(conference: Conference, reason: str) -> ConferenceCancelled:
    return ConferenceCancelled(
        organiser=conference.organiser, title=conference.programme.title, participants=conference.participants, told=conference.invited,
        reason=reason,
    )  # fmt: skip


def lapses_at(conference: Conference) -> datetime:
    """Some days after its last slot, by the rules it was planned under."""
    rules = conference_rules().get("CONFERENCE", conference.rules)
    return conference.time_of(conference.programme.slots)[1] + timedelta(days=rules.lapse_days)


@conferences.clock(when=AHEAD, at=lapses_at)
def lapse(conference: Conference, call: Call) -> ConferenceCancelled:
    """Its day has long passed, and nobody has said that it was held."""
    return cancelled(conference, "its day has passed and nobody has said that it was held")


# ── who meets whom ────────────────────────────────────────────────────────────────────────────────
@conferences.command(by="PLATFORM", when=AHEAD)
def arrange(
    conference: Conference,
    call: Call,
    from_slot: Slot,
    meetings: Annotated[tuple[Meeting, ...], Field(max_length=MEETINGS)],
    fairness: Fairness,
    weights: Line,
    terms: Line,
) -> ConferenceArranged | None:
    """Take a plan made by the solver (`POST …:arrange`), if it keeps to every constraint as it is by now; nobody asks, so nobody is refused."""
    if from_slot > conference.programme.slots or faults(hall_of(conference, from_slot, {}), meetings):
        return None
    changed = {one for m in {*conference.meetings} ^ {*meetings} for one in m.pair}
    return ConferenceArranged(
        title=conference.programme.title, arrangement=conference.arrangement + 1, from_slot=from_slot, meetings=meetings, fairness=fairness,
        weights=weights, terms=terms, plan=str(call.id), told=tuple(one for one in conference.invited if one in changed),
    )  # fmt: skip


@conferences.command(by=ORGANISERS, when=AHEAD)
def lock(conference: Conference, call: Call, pairs: Annotated[tuple[Two, ...], Field(min_length=1, max_length=500)]) -> MeetingsLocked:
    """Lock meetings [锁定场次]: they stand when it is arranged anew."""
    named, held = pairs_of(pairs), {m.pair: m for m in conference.meetings}
    if missing := sorted(named - set(held)):
        raise Refused("no_such_meeting", "the two have no meeting in the plan", "双方在排程中没有场次", who=list(missing[0]))
    chosen = set(conference.locked) | {held[p] for p in named}
    return MeetingsLocked(locked=tuple(sorted(chosen, key=lambda m: (m.slot, m.table))))


@conferences.command(by=ORGANISERS, when=AHEAD)
def unlock(conference: Conference, call: Call, pairs: Annotated[tuple[Two, ...], Field(min_length=1, max_length=500)]) -> MeetingsLocked:
    """Unlock meetings [解除锁定]."""
    named = pairs_of(pairs)
    if missing := sorted(named - {m.pair for m in conference.locked}):
        raise Refused("not_locked", "their meeting is not locked", "该场次未锁定", who=list(missing[0]))
    return MeetingsLocked(locked=tuple(m for m in conference.locked if m.pair not in named))


@conferences.command(by=ORGANISERS, when=AHEAD)
def note_absence(conference: Conference, call: Call, participant: Line, from_slot: Slot = 1) -> ParticipantAbsent:
    """Note that one does not come, or has gone, from a slot on [登记缺席]; its later meetings are off until it is arranged anew."""
    if participant not in conference.participants:
        raise Refused("not_taking_part", "it does not take part", "该单位未参会")
    if from_slot > conference.programme.slots:
        raise Refused("no_such_slot", "there are fewer slots", "时段不存在")
    if any(a.participant == participant and a.from_slot <= from_slot for a in conference.absences):
        raise Refused("already_absent", "it is noted as absent", "已登记缺席")
    return without(conference, participant, from_slot)


def without(conference: Conference, participant: str, from_slot: int) -> ParticipantAbsent:
    absences = (*(a for a in conference.absences if a.participant != participant), Absence(participant=participant, from_slot=from_slot))
    told = ParticipantAbsent(
        title=conference.programme.title, participant=participant, from_slot=from_slot, freed=(), told=(), absences=absences
    )
    freed = tuple(one for m in conference.meetings if told.off(m) for one in m.pair if one != participant)
    return told.model_copy(update={"freed": freed, "told": freed if conference.invited else ()})


@conferences.command(by=ORGANISERS, when=AHEAD)
def note_return(conference: Conference, call: Call, participant: Line) -> ParticipantReturned:
    """Note that one comes after all [取消缺席]; it gets meetings when it is arranged anew."""
    if all(a.participant != participant for a in conference.absences):
        raise Refused("not_absent", "it is not noted as absent", "该单位未登记缺席")
    return ParticipantReturned(participant=participant, absences=tuple(a for a in conference.absences if a.participant != participant))


@conferences.command(by=ORGANISERS, when=AHEAD)
def waive(conference: Conference, call: Call, pairs: Annotated[tuple[Two, ...], Field(min_length=1, max_length=500)]) -> MustMeetWaived:
    """Let two meet or not who had to meet [取消必须对接]: otherwise who must meet and does not come stands in the way of every plan."""
    if missing := sorted(pairs_of(pairs) - pairs_of(conference.programme.must)):
        raise Refused("not_required", "the two need not meet", "双方并非必须对接", who=list(missing[0]))
    return MustMeetWaived(pairs=tuple(dict.fromkeys(pairs)))


def gone(conference: Conference, participant: str) -> ParticipantAbsent | None:
    known = any(a.participant == participant and a.from_slot == 1 for a in conference.absences)
    return None if known else without(conference, participant, 1)


@conferences.on(AssociationEnded, when=AHEAD, where=lambda e: {"participants": e.uscc})
def leave_out_ended(conference: Conference, call: Call, event: AssociationEnded) -> ParticipantAbsent | None:
    """An association has ended."""
    return gone(conference, event.uscc)


@conferences.on(EnterpriseRetired, when=AHEAD, where=lambda e: {"participants": e.uscc})
def leave_out_retired(conference: Conference, call: Call, event: EnterpriseRetired) -> ParticipantAbsent | None:
    """An enterprise has left the matching."""
    return gone(conference, event.uscc)


# ── after it ──────────────────────────────────────────────────────────────────────────────────────
@conferences.command(by=ORGANISERS, when="INVITED")
def hold(conference: Conference, call: Call, rules: Rules) -> PromotionEventHeld:
    """It has been held [已举办]; once its first slot has begun."""
    programme = conference.programme
    if not conference.meetings:
        raise Refused("nothing_arranged", "no meeting was arranged", "尚未排定任何场次")
    if call.now < programme.starts_at:
        raise Refused("not_begun", "it has not begun", "对接会尚未开始")
    present = {one for m in conference.meetings for one in m.pair}
    return PromotionEventHeld(
        type="MATCHING_CONFERENCE", organiser=conference.organiser, title=programme.title, held_at=programme.starts_at,
        associations=tuple(a.association for a in programme.associations if a.association in present),
        enterprises=tuple(e.enterprise for e in programme.enterprises if e.enterprise in present),
        held_meetings=len(conference.meetings), follow_up_by=rules.follow_up_by(call.now),
    )  # fmt: skip


@conferences.clock(when="HELD", at=lambda conference: conference.follow_up_by)
def remind_of_follow_up(conference: Conference, call: Call) -> ConferenceFollowUpDue | None:
    """Thirty days after it nobody has told what came of it."""
    if conference.follow_up_by is None:
        return None
    return ConferenceFollowUpDue(organiser=conference.organiser, title=conference.programme.title, follow_up_by=conference.follow_up_by)


@conferences.command(by=ORGANISERS, when="HELD")
def follow_up(
    conference: Conference,
    call: Call,
    results: Annotated[tuple[Result, ...], Field(max_length=2000)] = (),
    leads: Annotated[tuple[Line, ...], Field(max_length=200)] = (),
) -> ConferenceFollowedUp:
    """Tell what came of the meetings, and which leads grew from them [跟进登记]; meetings not named came to nothing."""
    named = [(r.association, r.enterprise) for r in results]
    if len(set(named)) < len(named):
        raise Malformed("given_twice", "a meeting is named twice", "场次重复", pointer="/results")
    if missing := sorted(set(named) - {m.pair for m in conference.meetings}):
        raise Refused("no_such_meeting", "the two had no meeting", "双方没有场次", who=list(missing[0]))
    counts: dict[str, Count] = dict(sorted(Counter(r.outcome for r in results).items()))
    return ConferenceFollowedUp(organiser=conference.organiser, results=results, leads=tuple(dict.fromkeys(leads)), counts=counts)


@conferences.command(by=ORGANISERS, when="FOLLOWED_UP")
def close(conference: Conference, call: Call) -> ConferenceClosed:
    """Close it [办结]."""
    return ConferenceClosed(organiser=conference.organiser)
