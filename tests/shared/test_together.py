"""What arrives together leaves together: groups, own answers, shared misfortune, cancellation. Nothing here knows of a database."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.together import Together


class Ferry:
    """Carries when it is let go; remembers who was on board."""

    def __init__(self, trips: int = 1, most: int = 100) -> None:
        self.groups: list[list[str]] = []
        self.leave = asyncio.Event()
        self.sinks: BaseException | None = None
        self.quay: Together[str, str] = Together(self.carry, trips=trips, most=most)

    async def carry(self, group: Sequence[str]) -> list[str | Exception]:
        self.groups.append(list(group))
        await self.leave.wait()
        if self.sinks:
            raise self.sinks
        return [ValueError(name) if name.startswith("bad") else name.upper() for name in group]

    def board(self, *names: str) -> "list[asyncio.Task[str]]":
        return [asyncio.create_task(self.quay.join(name)) for name in names]


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_first_leaves_at_once_and_who_comes_meanwhile_leaves_together() -> None:
    ferry = Ferry()
    first = ferry.board("a")
    await turns()
    assert ferry.groups == [["a"]]
    rest = ferry.board("b", "c") + ferry.board("d")
    await turns()
    assert ferry.groups == [["a"]]
    ferry.leave.set()
    assert await asyncio.gather(*first, *rest) == ["A", "B", "C", "D"]
    assert ferry.groups == [["a"], ["b", "c", "d"]]


async def test_those_who_are_there_at_the_same_moment_make_one_group_though_several_trips_are_free() -> None:
    ferry = Ferry(trips=4)
    everybody = ferry.board("a", "b", "c")
    ferry.leave.set()
    await asyncio.gather(*everybody)
    assert ferry.groups == [["a", "b", "c"]]


async def test_a_free_trip_waits_for_nobody() -> None:
    ferry = Ferry(trips=2)
    everybody = ferry.board("a")
    await turns()
    everybody += ferry.board("b")
    await turns()
    everybody += ferry.board("c")
    await turns()
    assert ferry.groups == [["a"], ["b"]]
    ferry.leave.set()
    await asyncio.gather(*everybody)
    assert ferry.groups == [["a"], ["b"], ["c"]]


async def test_a_group_has_a_bound_and_the_rest_takes_the_next_free_trip() -> None:
    ferry = Ferry(trips=2, most=2)
    everybody = ferry.board("a", "b", "c", "d", "e")
    await turns()
    assert ferry.groups == [["a", "b"], ["c", "d"]]
    ferry.leave.set()
    await asyncio.gather(*everybody)
    assert ferry.groups[2:] == [["e"]]


async def test_one_that_fails_in_the_middle_harms_no_neighbour() -> None:
    ferry = Ferry()
    everybody = ferry.board("a", "bad", "c")
    ferry.leave.set()
    before, failed, after = await asyncio.gather(*everybody, return_exceptions=True)
    assert (before, after) == ("A", "C")
    assert isinstance(failed, ValueError)


async def test_what_befalls_the_trip_befalls_everybody_on_it_and_nobody_else() -> None:
    ferry = Ferry()
    on_board = ferry.board("a", "b")
    await turns()
    behind = ferry.board("c")
    await turns()
    ferry.sinks = ConnectionError("lost")
    ferry.leave.set()
    assert [type(e) for e in await asyncio.gather(*on_board, return_exceptions=True)] == [ConnectionError, ConnectionError]
    ferry.sinks = None
    assert await asyncio.gather(*behind, return_exceptions=True) != [None]
    assert ferry.groups == [["a", "b"], ["c"]]
    assert await asyncio.gather(*ferry.board("d")) == ["D"]


async def test_who_is_cancelled_on_the_way_takes_nobody_with_him() -> None:
    ferry = Ferry()
    one, two, three = ferry.board("a", "b", "c")
    await turns()
    one.cancel()
    await turns()
    ferry.leave.set()
    assert await asyncio.gather(two, three) == ["B", "C"]
    assert one.cancelled()
    assert ferry.groups == [["a", "b", "c"]]


async def test_who_is_cancelled_before_he_leaves_has_asked_for_nothing() -> None:
    ferry = Ferry()
    everybody = ferry.board("a")
    await turns()
    gone, stays = ferry.board("b", "c")
    await turns()
    gone.cancel()
    await turns()
    ferry.leave.set()
    await asyncio.gather(*everybody, stays)
    assert ferry.groups == [["a"], ["c"]]


async def test_when_the_only_one_who_waited_is_cancelled_the_next_is_still_taken() -> None:
    ferry = Ferry()
    everybody = ferry.board("a")
    await turns()
    (gone,) = ferry.board("b")
    await turns()
    gone.cancel()
    await turns()
    everybody += ferry.board("c")
    await turns()
    ferry.leave.set()
    assert await asyncio.wait_for(asyncio.gather(*everybody), 5) == ["A", "C"]


async def test_a_trip_that_is_itself_ended_leaves_nobody_waiting_for_ever() -> None:
    ferry = Ferry()
    everybody = ferry.board("a", "b")
    await turns()
    (trip,) = ferry.quay.under_way
    trip.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.gather(*everybody), 5)
    ferry.leave.set()
    assert await asyncio.gather(*ferry.board("c")) == ["C"]
