"""Innovation and entrepreneurship contest [创新创业大赛], R57: announced, open for entries, judged, awarded, followed up. Prizes in fen.

`ContestConcluded` carries the prizes for the cash-in by the policy (R40); `TalentIntroduced` counts persons and names none. Whether they have come
is asked of the employer (`talent_introduction`); who has not is taken off again.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.endings import Day, must_be_ahead
from services.matchmaking.months import morning
from shared.record import Call, Event, Fen, Heard, Kind, Line, Malformed, Record, Refused, Text, Value
from shared.uscc import Uscc

Stage = Literal["ANNOUNCED", "OPEN", "JUDGED", "AWARDED", "FOLLOW_UP", "CANCELLED"]
Scope = Literal["NATIONAL", "REGIONAL"]
TalentType = Literal["LEADING", "DOCTOR", "MASTER", "ENGINEER", "FOUNDER", "OTHER"]
Rank = Annotated[int, Field(ge=1, le=1000)]


class Prize(Value):
    """A rank and what it brings in fen; `places` are as many as share the rank."""

    rank: Rank
    name: Line
    amount: Fen
    places: Annotated[int, Field(ge=1, le=100)] = 1


class Placing(Value):
    """An entry and its rank, as the jury has found."""

    entry: Line
    rank: Rank


class Awarded(Value):
    """What an entry has won: its rank and the amount in fen."""

    entry: str
    rank: int
    amount: Fen


Prizes = Annotated[tuple[Prize, ...], Field(min_length=1, max_length=20)]
Placings = Annotated[tuple[Placing, ...], Field(min_length=1, max_length=500)]


class Contest(Record):
    """Innovation and entrepreneurship contest [创新创业大赛]"""

    stage: Stage
    organiser: str
    title: str
    scope: Scope
    prizes: tuple[Prize, ...]
    opens_on: date
    closes_on: date
    ranking: tuple[Placing, ...] = ()
    awards: tuple[Awarded, ...] = ()
    talents: int = 0


class ContestAnnounced(Event, to="ANNOUNCED"):
    """A contest is announced, with its prizes."""

    organiser: str
    title: str
    scope: Scope
    prizes: tuple[Prize, ...]
    opens_on: date
    closes_on: date


class ContestOpened(Event, to="OPEN"):
    """Teams may enter."""

    organiser: str
    title: str
    scope: Scope
    closes_on: date


class ContestExtended(Event):
    """Teams may enter for longer."""

    organiser: str
    title: str
    closes_on: date


class ContestEntriesClosed(Event):
    """The last day of entering is over: the jury begins."""

    organiser: str
    title: str


class ContestJudged(Event, to="JUDGED"):
    """The jury has ranked the entries."""

    organiser: str
    title: str
    ranking: tuple[Placing, ...]


class ContestConcluded(Event, to="AWARDED"):
    """The prizes are awarded."""

    organiser: str
    title: str
    scope: Scope
    awards: tuple[Awarded, ...]
    awarded_on: date


class ContestFollowUpBegun(Event, to="FOLLOW_UP"):
    """What comes of the winners is followed."""

    organiser: str
    title: str


class TalentIntroduced(Event):
    """The contest has brought people to an employer of the area."""

    organiser: str
    title: str
    entry: str
    employer: str
    talent_type: TalentType
    persons: int
    introduced_on: date
    talents: int


class ContestTalentsReduced(Event):
    """Of those counted, `missing` have not come; `talents` are left."""

    organiser: str
    title: str
    missing: int
    talents: int


class ContestCancelled(Event, to="CANCELLED"):
    """It is not held."""

    organiser: str
    title: str
    reason: str


class TalentAnswered(
    Heard,
    type="matchmaking.activities.talent_introduction_confirmed.v1",
    upcasts={
        "matchmaking.activities.talent_introduction_denied.v1": dict,
        "matchmaking.activities.talent_introduction_withdrawn.v1": dict,
    },
):
    """Confirmed, denied or taken back: for the count the same."""

    contest: str
    missing: int


contests = Kind[Contest, Stage](
    Contest,
    "matchmaking.activities.contest",
    path="contests",
    index=("organiser", "scope"),
    readers=("ASSOCIATION", "ENTERPRISE", "FIC", "NEW_CITY", "INDUSTRY_DEPT"),
)


@contests.opens(by=("SO_ADMIN", "INVEST_DEPT"))
def announce(call: Call, title: Line, scope: Scope, prizes: Prizes, opens_on: Day, closes_on: Day) -> ContestAnnounced:
    """Announce a contest [发布大赛]: prizes by rank, first and last day of entering."""
    must_be_ahead(opens_on, call)
    if closes_on <= opens_on:
        raise Malformed("closes_before_it_opens", "it closes before it opens", "截止日期须晚于开始日期", pointer="/closes_on")
    if len({p.rank for p in prizes}) != len(prizes):
        raise Malformed("rank_twice", "each rank has one prize", "同一名次只能设一个奖项", pointer="/prizes")
    return ContestAnnounced(
        organiser=call.organisation, title=title, scope=scope, prizes=tuple(sorted(prizes, key=lambda p: p.rank)), opens_on=opens_on,
        closes_on=closes_on,
    )  # fmt: skip


@contests.clock(when="ANNOUNCED", at=lambda contest: morning(contest.opens_on))
def open_(contest: Contest, call: Call) -> ContestOpened:
    """The first day of entering has come."""
    return ContestOpened(organiser=contest.organiser, title=contest.title, scope=contest.scope, closes_on=contest.closes_on)


@contests.command(by=("SO_ADMIN", "INVEST_DEPT"), when=("ANNOUNCED", "OPEN"))
def extend(contest: Contest, call: Call, closes_on: Day) -> ContestExtended:
    """Let teams enter for longer [延期]."""
    if closes_on <= contest.closes_on or closes_on < call.today:
        raise Refused("no_extension", "the new day lies after the old one and ahead", "新的截止日期须晚于原日期及今日")
    return ContestExtended(organiser=contest.organiser, title=contest.title, closes_on=closes_on)


@contests.clock(when="OPEN", at=lambda contest: morning(contest.closes_on + timedelta(days=1)))
def close_entries(contest: Contest, call: Call) -> ContestEntriesClosed:
    """The day after the last day of entering."""
    return ContestEntriesClosed(organiser=contest.organiser, title=contest.title)


def room_for(prizes: tuple[Prize, ...], ranking: tuple[Placing, ...]) -> None:
    """Raises: Malformed for an entry ranked twice; Refused for more entries of a rank than it has places."""
    if len({p.entry for p in ranking}) != len(ranking):
        raise Malformed("entry_twice", "an entry has one rank", "同一项目只能有一个名次", pointer="/ranking")
    for prize in prizes:
        if sum(p.rank == prize.rank for p in ranking) > prize.places:
            raise Refused("rank_overfull", f"rank {prize.rank} has {prize.places} places", f"第 {prize.rank} 名仅设 {prize.places} 个名额")


@contests.command(by=("SO_ADMIN", "INVEST_DEPT"), when="JUDGED")
def award(contest: Contest, call: Call) -> ContestConcluded:
    """Award the prizes [颁奖]: each entry that is ranked high enough has the amount of its rank."""
    amounts = {p.rank: p.amount for p in contest.prizes}
    won = tuple(Awarded(entry=p.entry, rank=p.rank, amount=amounts[p.rank]) for p in contest.ranking if p.rank in amounts)
    return ContestConcluded(organiser=contest.organiser, title=contest.title, scope=contest.scope, awards=won, awarded_on=call.today)


@contests.command(by=("SO_ADMIN", "INVEST_DEPT"), when="AWARDED")
def follow_up(contest: Contest, call: Call) -> ContestFollowUpBegun:
    """Follow what comes of the winners [跟踪落地]."""
    return ContestFollowUpBegun(organiser=contest.organiser, title=contest.title)


@contests.command(by=("SO_ADMIN", "INVEST_DEPT"), when="FOLLOW_UP")
def introduce_talent(
    contest: Contest, call: Call, entry: Line, employer: Uscc, talent_type: TalentType, persons: Annotated[int, Field(ge=1, le=1000)]
) -> TalentIntroduced:
    """Enter people whom the contest has brought to the area [引进人才]: how many, of what sort, to which employer."""
    if entry not in {p.entry for p in contest.ranking}:
        raise Refused("entry_not_ranked", "this entry was not in the contest", "该项目不在评审名单中", pointer="/entry")
    return TalentIntroduced(
        organiser=contest.organiser, title=contest.title, entry=entry, employer=employer, talent_type=talent_type, persons=persons,
        introduced_on=call.today, talents=contest.talents + persons,
    )  # fmt: skip


@contests.on(TalentAnswered, when="FOLLOW_UP", where=lambda e: {"id": e.contest})
def take_off(contest: Contest, call: Call, event: TalentAnswered) -> ContestTalentsReduced | None:
    """Who has not come is not counted."""
    if not event.missing:
        return None
    left = max(0, contest.talents - event.missing)
    return ContestTalentsReduced(organiser=contest.organiser, title=contest.title, missing=event.missing, talents=left)


@contests.command(by=("SO_ADMIN", "INVEST_DEPT"), when=("ANNOUNCED", "OPEN"))
def cancel(contest: Contest, call: Call, reason: Text) -> ContestCancelled:
    """Do not hold it [取消]."""
    return ContestCancelled(organiser=contest.organiser, title=contest.title, reason=reason)
