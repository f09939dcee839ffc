"""Feeds for other portals [供各门户使用]: counts, the latest events with a cursor, and both as a stream. All of it is public."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from services.portal.feed import Pulse, Snapshot, pulse_of
from shared.engine import Engine
from shared.http import answer, fault, query

STREAMS_MAX = 200  # viewers of one process at once; the next is asked to come back
STREAM_SECONDS = 300.0  # then the viewer connects anew and goes on where it was: no connection lives for ever
STILL_HERE = 15.0  # seconds of silence after which a comment keeps proxies from closing the connection
LAST_EVENT_MAX = 10**15
Number = Annotated[int, Field(ge=0, le=LAST_EVENT_MAX)]


class Page(BaseModel):
    """Which events: those after a number, so many at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    after: Number = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Start(BaseModel):
    """Where a stream begins: after a number. `Last-Event-ID`, which a browser sends when it connects anew, goes before it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    after: Number | None = None


def parameters(model: type[BaseModel]) -> dict[str, Any]:
    shapes = model.model_json_schema()["properties"].items()
    return {
        "parameters": [
            {"name": n, "in": "query", "required": False, "schema": {k: v for k, v in s.items() if k != "title"}} for n, s in shapes
        ]
    }


def portal_routes(engine: Engine) -> APIRouter:
    router, pulse, watching = APIRouter(tags=["feeds"]), pulse_of(engine), [0]

    @router.get("/counts", summary="Every figure of the start page [统计]")
    async def read_counts() -> Response:
        seen = await pulse.look()
        return answer(
            {"counts": seen.counts, "totals": seen.totals, "latest": seen.latest, "stale": seen.stale},
            headers={"Cache-Control": "no-cache"},
        )

    @router.get("/events", summary="The latest events after a number, oldest first [最新动态]", openapi_extra=parameters(Page))
    async def read_events(request: Request) -> Response:
        asked, seen = query(Page, request), await pulse.look()
        after = seen.after(asked.after)
        shown = after[: asked.limit]
        page = {"items": [asdict(line) for line in shown], "next": shown[-1].id if shown else asked.after, "more": len(after) > len(shown)}
        return answer(page, headers={"Cache-Control": "no-cache"})

    @router.get("/stream", summary="The same as Server-Sent Events; Last-Event-ID resumes [实时流]", openapi_extra=parameters(Start))
    async def stream(request: Request) -> Response:
        begin = beginning(request.headers.get("last-event-id"), query(Start, request).after)
        if watching[0] >= STREAMS_MAX:
            raise fault(503, "too_many_streams", "too many streams are open; come back soon", "实时流连接过多，请稍后再试")
        head = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(counted(told(request, pulse, begin), watching), media_type="text/event-stream", headers=head)

    return router


def beginning(last_event_id: str | None, after: int | None) -> int | None:
    """The number to go on after; None is now. What is no number of ours counts as not said."""
    said = last_event_id or ""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 15 else after


async def counted(messages: AsyncIterator[bytes], watching: list[int]) -> AsyncIterator[bytes]:
    watching[0] += 1
    try:
        async for message in messages:
            yield message
    finally:
        watching[0] -= 1


async def told(request: Request, pulse: Pulse, begin: int | None, every: float = 1.0) -> AsyncIterator[bytes]:
    """The messages of one viewer, until it has watched long enough or the process is leaving."""
    yield b"retry: 3000\n\n"
    seen, loop = await pulse.look(), asyncio.get_running_loop()
    last = seen.latest if begin is None else min(begin, seen.latest)
    began = spoke = loop.time()
    shown: Snapshot | None = None
    while loop.time() - began < STREAM_SECONDS and not leaving(request):
        messages = news(seen, last, shown)
        for message in messages:
            yield message
        if messages:
            last, shown, spoke = max(last, seen.latest), seen, loop.time()
        elif loop.time() - spoke >= STILL_HERE:
            yield b": still here\n\n"
            spoke = loop.time()
        await asyncio.sleep(every)
        seen = await pulse.look()


def news(seen: Snapshot, last: int, shown: Snapshot | None) -> list[bytes]:
    """What a viewer who has seen number `last` and the figures of `shown` does not know yet."""
    found = [message("told", asdict(line), line.id) for line in seen.after(last)]
    if shown is None or (shown.counts, shown.stale) != (seen.counts, seen.stale):
        found.append(message("counts", {"counts": seen.counts, "totals": seen.totals, "stale": seen.stale}))
    return found


def message(event: str, data: Any, id_: int | None = None) -> bytes:
    """One Server-Sent Event. JSON escapes every line break within a string, so the data is one line whatever a name contains."""
    head = f"id: {id_}\n" if id_ is not None else ""
    return f"{head}event: {event}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


def leaving(request: Request) -> bool:
    """Whether the server is about to stop; then a stream ends instead of holding it up."""
    server = getattr(request.app.state, "server", None)
    return bool(server and server.should_exit)
