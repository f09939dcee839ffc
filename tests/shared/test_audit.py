"""The chain of refused authorisations: what an entry says, how links hold, and what happens when it cannot be written."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import AutoReconnect
from structlog.testing import capture_logs

from shared.audit import Refusals, chain, entry, seal
from shared.record import NotAllowed, Refused, Withheld
from tests.shared.conftest import NOW, a_call

NO = NotAllowed("role_not_allowed", "may not", "无权")


def told(n: int) -> dict[str, Any]:
    return entry(a_call("ASSOCIATION", f"a{n}", client="zhang.san"), "POST", "/library/loans", NO, NOW + timedelta(seconds=n))


class Shelf:
    """A store of one collection; the first `rivals` times somebody else appends just before us."""

    def __init__(self, rivals: int = 0) -> None:
        self.links: list[dict[str, Any]] = []
        self.rivals, self.writes, self.meta = rivals, 0, dict[str, Any]()

    async def rows(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        return self.links[-1:]

    async def append(self, _: str, docs: list[dict[str, Any]]) -> int:
        self.writes += 1
        if self.rivals:
            self.rivals -= 1
            self.links += chain(self.links[-1] if self.links else None, [told(99)])
            return 0
        self.links += docs
        return len(docs)

    async def put(self, _: str, __: str, change: dict[str, Any]) -> None:
        self.meta = change["$max"]


class Away(Shelf):
    async def append(self, _: str, docs: list[dict[str, Any]]) -> int:
        raise AutoReconnect("gone")


def test_an_entry_says_time_who_what_and_result_and_names_no_account() -> None:
    said = told(1)
    assert (said["at"], said["role"], said["organisation"]) == (NOW + timedelta(seconds=1), "ASSOCIATION", "a1")
    assert (said["method"], said["path"], said["status"], said["code"], said["hidden"]) == (
        "POST",
        "/library/loans",
        403,
        "role_not_allowed",
        False,
    )
    assert "zhang" not in str(said)
    assert entry(a_call(), "GET", "/x", Withheld("not_found"), NOW)["hidden"] is True


def test_links_are_numbered_and_hold_on_to_the_one_before() -> None:
    one, two = chain(None, [told(1), told(2)])
    (three,) = chain(two, [told(3)])
    assert [x["_id"] for x in (one, two, three)] == [1, 2, 3]
    assert [x["before"] for x in (one, two, three)] == ["", one["hash"], two["hash"]]
    assert three["before_at"] == two["at"]
    assert all(x["hash"] == seal(x["before"], x) for x in (one, two, three))


@pytest.mark.parametrize("field", ["at", "role", "organisation", "path", "code", "_id"])
def test_a_digest_covers_every_field(field: str) -> None:
    (link,) = chain(None, [told(1)])
    other = link | {field: datetime(2020, 1, 1, tzinfo=UTC) if field == "at" else 7 if field == "_id" else "another"}
    assert seal(other["before"], other) != link["hash"]


async def test_those_that_come_together_leave_in_one_write() -> None:
    shelf = Shelf()
    trail = Refusals(shelf, lambda: NOW)  # type: ignore[arg-type]
    await asyncio.gather(*(trail.note(a_call("PANEL", f"p{n}"), "GET", "/library/loans", NO) for n in range(50)))
    assert [x["_id"] for x in shelf.links] == list(range(1, 51))
    assert shelf.writes == 1
    assert shelf.meta["entries"] == 50


async def test_behind_a_rival_the_chain_goes_on() -> None:
    shelf = Shelf(rivals=2)
    await Refusals(shelf, lambda: NOW).note(a_call("PANEL", "p"), "GET", "/library/loans", NO)  # type: ignore[arg-type]
    assert [x["organisation"] for x in shelf.links] == ["a99", "a99", "p"]
    assert [x["before"] for x in shelf.links[1:]] == [x["hash"] for x in shelf.links[:-1]]


@pytest.mark.parametrize("shelf", [Away(), Shelf(rivals=10**6)])
async def test_what_cannot_be_written_is_told_to_the_log_and_hinders_no_answer(shelf: Shelf) -> None:
    with capture_logs() as logs:
        await Refusals(shelf, lambda: NOW).note(a_call("PANEL", "p"), "GET", "/library/loans", NO)  # type: ignore[arg-type]
    assert [x["event"] for x in logs] == ["refusal not entered"]


async def test_nobody_is_counted_and_not_entered() -> None:
    shelf = Shelf()
    await Refusals(shelf).note(a_call("PUBLIC", ""), "GET", "/library/loans", Refused("x"))  # type: ignore[arg-type]
    assert shelf.links == []
