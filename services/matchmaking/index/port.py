"""What matchmaking asks of a retrieval engine; `edge` and `server` answer it. matching.md §1.6.

A point is a sparse vector with a payload of keywords. Scores are dot products in float32 and never ranked by: whoever asks scores
again. Flags are the keywords "1" and "0", for one of the engines finds nothing by a boolean.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from uuid import UUID, uuid5

T = TypeVar("T")
Payload = Mapping[str, str]
IDS = UUID("5f0b6a0e-6c1f-5d0e-9f5a-4a7f0c3d2b11")
VECTOR = "reasons"
KEYWORDS = ("out", "seen", "div", "cls", "prov", "city")  # what may be filtered by
RESERVED = str(UUID(int=0))  # the point that holds how far the index has come


class IndexBroken(Exception):
    """The index cannot be read: it is to be built anew."""


class IndexAway(Exception):
    """The server that holds the index does not answer: it is asked again later."""


@dataclass(frozen=True)
class Vector:
    """Dimensions and values, in the same order."""

    indices: Sequence[int]
    values: Sequence[float]


@dataclass(frozen=True)
class Point:
    id: str
    vector: Vector
    payload: Payload


@dataclass(frozen=True)
class Hit:
    """A point found: its score as the engine computes it, and its dimensions where they were asked for."""

    id: str
    score: float
    payload: Payload
    indices: Sequence[int] = ()


@dataclass(frozen=True)
class Filter:
    """Points whose keywords are as in `must` and none of those in `none_of`, and that are not in `without`; of `other_than` and `among` one must
    hold where either is given: a keyword other than the one named, or an id that is named."""

    must: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    none_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    other_than: Mapping[str, str] = field(default_factory=dict)
    among: frozenset[str] = frozenset()


class MatchIndex(Protocol):
    """Every call blocks until it is done; what was written is visible when it returns. Raises: IndexBroken, IndexAway."""

    def upsert(self, points: Sequence[Point]) -> None: ...
    def delete(self, ids: Sequence[str]) -> None: ...
    def set_flags(self, ids: Sequence[str], payload: Payload) -> None: ...
    def top(self, vector: Vector, where: Filter, n: int, with_vector: bool = True) -> list[Hit]: ...
    def get(self, ids: Sequence[str], with_vector: bool = True) -> list[Hit]: ...
    def page(self, where: Filter, n: int, after: str = "") -> tuple[list[Hit], str]:
        """In order of point id, from `after` on; with the id to go on from, or ""."""
        ...

    def count(self, where: Filter) -> int: ...
    def optimize(self) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...
    def drop(self) -> None:
        """Close it for good: what is kept elsewhere than in its directory is removed."""
        ...


def point_id(entity: str) -> str:
    return str(uuid5(IDS, entity))


class Shards:
    """Several indexes as one; a point lies where its id says. Lists are the same as those of one, for scores depend on no shard."""

    def __init__(self, parts: Sequence[MatchIndex]) -> None:
        self.parts = parts

    def upsert(self, points: Sequence[Point]) -> None:
        for part, mine in self._spread(points, lambda p: p.id):
            part.upsert(mine)

    def delete(self, ids: Sequence[str]) -> None:
        for part, mine in self._spread(ids, str):
            part.delete(mine)

    def set_flags(self, ids: Sequence[str], payload: Payload) -> None:
        for part, mine in self._spread(ids, str):
            part.set_flags(mine, payload)

    def top(self, vector: Vector, where: Filter, n: int, with_vector: bool = True) -> list[Hit]:
        found = [h for part in self.parts for h in part.top(vector, where, n, with_vector)]
        return sorted(found, key=lambda h: (-h.score, h.id))[:n]

    def get(self, ids: Sequence[str], with_vector: bool = True) -> list[Hit]:
        return [h for part, mine in self._spread(ids, str) for h in part.get(mine, with_vector)]

    def page(self, where: Filter, n: int, after: str = "") -> tuple[list[Hit], str]:
        found = sorted((h for part in self.parts for h in part.page(where, n + 1, after)[0]), key=lambda h: h.id)
        return found[:n], found[n].id if len(found) > n else ""

    def count(self, where: Filter) -> int:
        return sum(part.count(where) for part in self.parts)

    def optimize(self) -> None:
        self._each("optimize")

    def flush(self) -> None:
        self._each("flush")

    def close(self) -> None:
        self._each("close")

    def drop(self) -> None:
        self._each("drop")

    def _each(self, what: str) -> None:
        for part in self.parts:
            getattr(part, what)()

    def _spread(self, items: Iterable[T], id_of: Callable[[T], str]) -> list[tuple[MatchIndex, list[T]]]:
        mine: dict[int, list[T]] = {}
        for item in items:
            mine.setdefault(UUID(id_of(item)).int % len(self.parts), []).append(item)
        return [(self.parts[n], rows) for n, rows in sorted(mine.items())]
