"""Entry of a contest [参赛项目], R57: an enterprise or an association enters a project; it wins a prize, or is unplaced.

A team is told by its size; nobody is named.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.matchmaking.activities.contest import Contest, contests
from shared.industry import IndustryCode
from shared.names import comparison_key
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Read, Record, Refused, Text

Stage = Literal["ENTERED", "PRIZED", "UNPLACED", "WITHDRAWN"]
Team = Annotated[int, Field(ge=1, le=100, description="persons")]


class ContestEntry(Record):
    """Entry of a contest [参赛项目]"""

    stage: Stage
    contest: str
    entrant: str
    title: str
    slot: str | None  # contest, entrant and title, unless withdrawn; distinct in the database
    gbt4754: str
    team: int
    summary: str
    rank: int | None = None
    amount: Fen | None = None


class ContestEntered(Event, to="ENTERED"):
    """A project is entered."""

    contest: str
    entrant: str
    title: str
    slot: str
    gbt4754: str
    team: int
    summary: str


class ContestEntryPrized(Event, to="PRIZED"):
    """It has won a prize."""

    contest: str
    entrant: str
    title: str
    rank: int
    amount: Fen


class ContestEntryUnplaced(Event, to="UNPLACED"):
    """The contest is over, and it has won none."""

    contest: str
    entrant: str
    title: str


class ContestEntryWithdrawn(Event, to="WITHDRAWN"):
    """It does not take part."""

    contest: str
    entrant: str
    title: str
    slot: None = None


class Won(BaseModel):
    """What the entries read of a prize."""

    model_config = ConfigDict(frozen=True)
    entry: str
    rank: int
    amount: int


class ContestConcluded(Heard, type="matchmaking.activities.contest_concluded.v1"):
    awards: tuple[Won, ...] = ()


class ContestCancelled(Heard, type="matchmaking.activities.contest_cancelled.v1"):
    pass


contest_entries = Kind[ContestEntry, Stage](
    ContestEntry,
    "matchmaking.activities.contest_entry",
    path="contest-entries",
    unique=("slot",),
    index=("contest", "entrant"),
    own={"ASSOCIATION": "entrant", "ENTERPRISE": "entrant"},
    readers=("SO_ADMIN", "INVEST_DEPT"),
)


async def contest_named(read: Read, call: Call, entry: ContestEntry | None, body: Any) -> Contest | None:
    return await read.get(contests, entry.contest if entry else body.contest)


async def same_entry(read: Read, call: Call, entry: ContestEntry | None, body: Any) -> list[ContestEntry]:
    return await read.find(contest_entries, slot=slot_of(body.contest, call.organisation, body.title))


def slot_of(contest: str, entrant: str, title: str) -> str:
    return f"{contest}~{entrant}~{comparison_key(title)}"


Of = Annotated[Contest | None, Given(contest_named)]


@contest_entries.opens(by=("ENTERPRISE", "ASSOCIATION"))
def enter(
    call: Call, contest: Line, title: Line, gbt4754: IndustryCode, team: Team, summary: Text, of: Of,
    others: Annotated[list[ContestEntry], Given(same_entry)],
) -> ContestEntered:  # fmt: skip
    """Enter a project [报名参赛], while the contest is open."""
    if of is None or of.stage != "OPEN" or call.today > of.closes_on:
        raise Refused("contest_not_open", "this contest takes no entries", "该大赛未开放报名或已截止", pointer="/contest")
    if others:
        raise Refused("already_entered", "this project is entered", "该项目已报名", pointer="/title")
    return ContestEntered(
        contest=contest, entrant=call.organisation, title=title, slot=slot_of(contest, call.organisation, title), gbt4754=gbt4754, team=team,
        summary=summary,
    )  # fmt: skip


@contest_entries.command(by=("ENTERPRISE", "ASSOCIATION"), when="ENTERED")
def withdraw(entry: ContestEntry, call: Call, of: Of) -> ContestEntryWithdrawn:
    """Take no part [退赛], until the jury has spoken."""
    if of is not None and of.stage not in ("ANNOUNCED", "OPEN"):
        raise Refused("already_judged", "the jury has spoken", "评审已结束，不能退赛")
    return ContestEntryWithdrawn(contest=entry.contest, entrant=entry.entrant, title=entry.title)


@contest_entries.on(ContestConcluded, when="ENTERED", where=lambda e: {"contest": e.about})
def hear_result(entry: ContestEntry, call: Call, event: ContestConcluded) -> ContestEntryPrized | ContestEntryUnplaced:
    """The prizes are awarded."""
    for won in event.awards:
        if won.entry == entry.id:
            return ContestEntryPrized(contest=entry.contest, entrant=entry.entrant, title=entry.title, rank=won.rank, amount=won.amount)
    return ContestEntryUnplaced(contest=entry.contest, entrant=entry.entrant, title=entry.title)


@contest_entries.on(ContestCancelled, when="ENTERED", where=lambda e: {"contest": e.about})
def leave_cancelled(entry: ContestEntry, call: Call, event: ContestCancelled) -> ContestEntryUnplaced:
    """The contest is not held."""
    return ContestEntryUnplaced(contest=entry.contest, entrant=entry.entrant, title=entry.title)
