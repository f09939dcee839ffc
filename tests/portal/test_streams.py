"""The feeds for other portals: a cursor that loses nothing, and a stream that resumes where it was."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import Request

from services.portal import streams
from services.portal.feed import Line, Pulse, Snapshot, tell
from services.portal.streams import beginning, message, news, told
from shared.engine import Effects, Engine
from tests.portal.conftest import Site
from tests.portal.doubles import HOSTILE, FakeEffects, FakeEngine, FakeStore, call


def line(number: int, name: str = "甲") -> Line:
    return Line(number, "association_activated", "registry/associations", "2026-03-02T04:00:00Z", "2026-03-02 12:00:00", name, name)


async def five() -> FakeEffects:
    effects = FakeEffects()
    for name in "甲乙丙丁戊":
        await tell(cast(Effects, effects), call(), "association_activated", "registry/associations", name=name)
    effects.update("counts", "topics", {"$inc": {"n.registry/associations": 5}})
    return effects


def parsed(raw: bytes) -> list[dict[str, str]]:
    """Events as the standard reads them (HTML, server-sent events): lines end at CR LF, LF or CR; an empty line dispatches."""
    events: list[dict[str, str]] = []
    current: dict[str, str] = {}
    for text in raw.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not text:
            events += [current] if "data" in current else []
            current = {}
        elif not text.startswith(":"):
            name, _, value = text.partition(":")
            current[name] = f"{current[name]}\n{value.removeprefix(' ')}" if name in current else value.removeprefix(" ")
    return events


@pytest.mark.parametrize("name", [*HOSTILE, "a\rdata: b", "a\r\n\r\nevent: told"])
def test_no_name_can_begin_a_line_of_its_own(name: str) -> None:
    events = parsed(message("told", {"zh": name}, 7))

    assert [(e["id"], e["event"]) for e in events] == [("7", "told")]
    assert json.loads(events[0]["data"]) == {"zh": name}


@pytest.mark.parametrize(
    ("last", "after", "begin"),
    [
        ("12", None, 12),
        ("12", 5, 12),
        (None, 5, 5),
        (None, None, None),
        ("", 5, 5),
        ("x", 5, 5),
        ("-1", None, None),
        ("１２", None, None),
        ("9" * 16, 3, 3),
    ],
)
def test_a_stream_goes_on_after_the_last_event_the_browser_saw(last: str | None, after: int | None, begin: int | None) -> None:
    assert beginning(last, after) == begin


def test_a_viewer_hears_what_is_new_and_figures_only_when_they_change() -> None:
    before = Snapshot({"leads": {"LEAD": 1}}, [line(1)])
    same, more = Snapshot({"leads": {"LEAD": 1}}, [line(1)]), Snapshot({"leads": {"LEAD": 2}}, [line(1), line(2)])

    assert [e["event"] for m in news(before, 0, None) for e in parsed(m)] == ["told", "counts"]
    assert news(same, 1, before) == []
    assert [e["event"] for m in news(more, 1, before) for e in parsed(m)] == ["told", "counts"]


async def gathered(begin: int | None, server: Any = None, rounds: int = 1) -> list[dict[str, str]]:
    """The events of a stream until it has looked so many times."""
    pulse = Pulse(cast(Engine, FakeEngine(FakeStore(await five()))))
    request = cast(
        Request, SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(server=server or SimpleNamespace(should_exit=False))))
    )
    found = b""
    async with asyncio.timeout(20):
        async for part in told(request, pulse, begin, every=0.0):
            found += part
            if b"event: counts" in part:
                break
    return parsed(found)


async def test_a_stream_resumes_after_last_event_id_without_a_gap_or_a_repeat() -> None:
    assert [e["id"] for e in await gathered(3) if e["event"] == "told"] == ["4", "5"]


async def test_a_new_viewer_hears_from_now_on() -> None:
    assert [e["event"] for e in await gathered(None)] == ["counts"]


async def test_a_number_from_another_life_means_now() -> None:
    assert [e["event"] for e in await gathered(99)] == ["counts"]


async def test_a_server_about_to_stop_is_not_held_up() -> None:
    assert await gathered(0, SimpleNamespace(should_exit=True)) == []


async def test_the_list_is_read_page_by_page(site: Site) -> None:
    client, after, seen = site(await five()), 0, []
    while True:
        page = (await client.get(f"/portal/events?after={after}&limit=2")).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if not page["more"]:
            break

    assert seen == [1, 2, 3, 4, 5]
    assert (await client.get(f"/portal/events?after={after}")).json() == {"items": [], "next": 5, "more": False}


async def test_figures_are_given_as_they_are(site: Site) -> None:
    told = (await site(await five()).get("/portal/counts")).json()

    assert told == {"counts": {"topics": {"registry/associations": 5}}, "totals": {}, "latest": 5, "stale": False}


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "limit=0", "limit=201", "after=1&after=2", "$where=1", "after=1e400", f"after={'9' * 30}"]
)
@pytest.mark.parametrize("path", ["events", "stream"])
async def test_a_query_that_is_not_right_is_refused_without_its_words(site: Site, path: str, query: str) -> None:
    answer = await site().get(f"/portal/{path}?{query}")

    assert answer.status_code == 422 and answer.json()["code"] == "malformed"
    assert "$where" not in answer.text and "9999" not in answer.text


async def test_more_viewers_than_the_process_bears_are_asked_to_come_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STREAMS_MAX", 0)
    answer = await site().get("/portal/stream")

    assert answer.status_code == 503 and answer.json()["code"] == "too_many_streams" and answer.headers["retry-after"]


async def test_a_stream_is_counted_only_while_it_is_open(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STREAMS_MAX", 1)
    client = site(await five(), server=SimpleNamespace(should_exit=True))

    for _ in range(3):
        answer = await client.get("/portal/stream")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
