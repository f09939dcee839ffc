"""Where rules and routes meet the index of this process: they ask for a list, and do not know how it is found."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from services.matchmaking.engine.keywords import Narrowed
from services.matchmaking.engine.scoring import Assessment, Party, Scale
from services.matchmaking.engine.weights import PartyKind
from shared.record import Value


class Provenance(Value):
    """By what a list was found, so that it can be found again: the dictionary of the index, how far it had come (cluster time of the last
    change it holds), how many candidates were fetched, and whether the list is proved to be that of all."""

    dictionary: str
    checkpoint: str
    fetched: int
    certified: bool


@dataclass(frozen=True)
class Ranked:
    """The best first; who was held back for the sake of diversity; and by what it was found."""

    best: tuple[tuple[Party, Assessment], ...]
    held_back: tuple[Party, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Page:
    """Some of those out by a hard constraint, and where the next begin ("" at the end)."""

    rejected: tuple[tuple[Party, str], ...]
    after: str


@dataclass(frozen=True)
class Wish:
    """How many one wants to see, and of whom: those with these keywords. With `left_out`, so many of those left out, and all who are held back."""

    k: int
    only: Narrowed = field(default_factory=dict)
    left_out: int = 0


class Retrieval(Protocol):
    """Both answer None while the index cannot: not built yet, or built by other versions. Raises: Refused (503) where nobody else could either."""

    async def ranked(self, seeker: Party, kind: PartyKind, scale: Scale, day: date, wish: Wish) -> Ranked | None: ...
    async def left_out(self, seeker: Party, kind: PartyKind, scale: Scale, wish: Wish, after: str) -> Page | None: ...


RETRIEVALS: dict[str, Retrieval] = {}  # by database: a process may run the service more than once


def retrieval_of(reading: object) -> Retrieval | None:
    """The index beside the store one reads from, if one is kept."""
    db = getattr(getattr(reading, "store", None), "db", None)
    return RETRIEVALS.get(getattr(db, "name", ""))
