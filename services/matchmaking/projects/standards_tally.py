"""Standards tally [标准统计], R14: how many standards in force an association has made, by level and role. Kept from what is published."""

from collections.abc import Mapping
from typing import Literal

from services.matchmaking.projects.rules import StandardLevel
from services.matchmaking.projects.standard_project import StandardRole
from shared.record import Call, Event, Heard, Kind, Record, Value

Stage = Literal["KEPT"]


class ByRole(Value):
    """Standards of one level: led, and taken part in."""

    lead: int = 0
    participant: int = 0


class StandardsTally(Record):
    """Standards tally [标准统计]"""

    stage: Stage
    association: str
    levels: Mapping[StandardLevel, ByRole]
    total: int


class StandardsTallyOpened(Event, to="KEPT"):
    """An association has joined its first standard."""

    association: str
    levels: Mapping[StandardLevel, ByRole] = {}
    total: int = 0


class StandardsTallied(Event):
    """A standard has come, or gone; the whole tally as it stands now."""

    association: str
    levels: Mapping[StandardLevel, ByRole]
    total: int


class StandardProjectJoined(Heard, type="matchmaking.projects.standard_project_joined.v1"):
    association: str


class StandardPublished(Heard, type="matchmaking.projects.standard_published.v1"):
    association: str
    level: StandardLevel
    role: StandardRole


class StandardAbolished(Heard, type="matchmaking.projects.standard_abolished.v1"):
    association: str
    level: StandardLevel
    role: StandardRole


standards_tallies = Kind[StandardsTally, Stage](
    StandardsTally,
    "matchmaking.projects.standards_tally",
    path="standards-tallies",
    key=("association",),
    own={"ASSOCIATION": "association"},
    readers=("SO_ADMIN", "INDUSTRY_DEPT", "NEW_CITY", "INVEST_DEPT"),
)


@standards_tallies.opens_on(StandardProjectJoined)
def open_(call: Call, event: StandardProjectJoined) -> StandardsTallyOpened:
    """The first standard an association joins opens its tally; later ones find it."""
    return StandardsTallyOpened(association=event.association)


def tallied(tally: StandardsTally, level: StandardLevel, role: StandardRole, by: int) -> StandardsTallied:
    before = tally.levels.get(level, ByRole())
    field = "lead" if role == "LEAD" else "participant"
    after = before.model_copy(update={field: max(0, getattr(before, field) + by)})
    levels = dict(sorted({**tally.levels, level: after}.items()))
    total = sum(each.lead + each.participant for each in levels.values())
    return StandardsTallied(association=tally.association, levels=levels, total=total)


@standards_tallies.on(StandardPublished, when="KEPT", where=lambda e: {"association": e.association})
def count(tally: StandardsTally, call: Call, event: StandardPublished) -> StandardsTallied:
    """A standard is published."""
    return tallied(tally, event.level, event.role, 1)


@standards_tallies.on(StandardAbolished, when="KEPT", where=lambda e: {"association": e.association})
def uncount(tally: StandardsTally, call: Call, event: StandardAbolished) -> StandardsTallied:
    """A standard holds no more."""
    return tallied(tally, event.level, event.role, -1)
