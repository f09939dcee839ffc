"""The register and the open data port [社会组织管理平台数据端口], for everybody and without a token (domain §7.4, R1, R64, R65).

`/registry/directory` searches, page by page, with numbers by facet; `/registry/open-data` gives the published fields and no other,
as JSON or CSV, to be asked again cheaply (`ETag`, `Last-Modified`), and the nightly snapshot as a file.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from services.registry.directory.public_list import ROWS
from services.registry.directory.representatives import with_names
from services.registry.directory.search import Asked, AskedPage, counts, found
from services.registry.directory.snapshot import snapshots
from services.registry.directory.snapshots import chunks
from services.registry.directory.views import ENTRY, FIELDS, Entry, PublicView, csv_head, csv_lines, etag, shown
from shared.engine import Engine
from shared.http import answer, query
from shared.record import NotFound
from shared.uscc import compact

Format = Literal["json", "csv"]
TYPES: dict[str, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


class Summary(BaseModel):
    """Numbers of what matches by each facet, each as if nothing were asked of that facet, and by kind and level together.

    Where `exact` is false, more was to be looked at than is looked at for one answer: every number is then "at least so many"."""

    total: int
    by: dict[str, dict[str, int]]
    exact: bool = True


class Page(BaseModel):
    items: list[Entry]
    next: str | None
    total: int | None = None
    exact: Annotated[bool | None, Field(description="beside `total` and `facets`: false where these are at least so many")] = None
    facets: Summary | None = None


class PublicPage(BaseModel):
    items: list[PublicView]
    next: str | None


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Format = "json"


class AskedList(AskedPage):
    """As JSON, or as the same page of rows in CSV, the next one in `Link`."""

    format: Format = "json"


class OpenPage(Form):
    after: Annotated[str, Field(max_length=200, description="the `next` of the page before")] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


def parameters(model: type[BaseModel]) -> dict[str, Any]:
    """The description of a query that is read as one closed form."""
    fields = model.model_json_schema()["properties"].items()
    shapes = [(n, {k: v for k, v in s.items() if k not in ("title", "description")}, s.get("description", "")) for n, s in fields]
    return {"parameters": [{"name": n, "in": "query", "required": False, "schema": s, "description": d} for n, s, d in shapes]}


def directory(engine: Engine) -> APIRouter:
    """The list, its numbers, one entry; the open data port."""
    router, store = APIRouter(), engine.store

    @router.get("/directory", tags=["directory"], response_model=Page, summary="Search the register [名录检索]",
                operation_id="registry.directory.list", openapi_extra=parameters(AskedList))  # fmt: skip
    async def listed(request: Request) -> Response:
        asked: AskedList = query(AskedList, request)
        rows, after = await found(store, asked)
        rows = await with_names(store, rows)
        if asked.format == "csv":
            body = (csv_head(ENTRY) + csv_lines(shown(r) for r in rows)).encode()
            return Response(body, headers=next_link(request, after), media_type=TYPES["csv"])
        told: dict[str, Any] = {"items": [shown(r) for r in rows], "next": after}
        if asked.facets_too or asked.total:
            numbers = await counts(store, asked)
            told |= (
                {"exact": numbers["exact"]}
                | ({"total": numbers["total"]} if asked.total else {})
                | ({"facets": numbers} if asked.facets_too else {})
            )
        return answer(told)

    @router.get("/directory/summary", tags=["directory"], response_model=Summary, summary="The register in numbers",
                operation_id="registry.directory.summary", openapi_extra=parameters(Asked))  # fmt: skip
    async def summary(request: Request) -> Response:
        return answer(await counts(store, query(Asked, request)))

    @router.get("/directory/{uscc}", tags=["directory"], response_model=Entry, summary="One entry", operation_id="registry.directory.get")
    async def entry(uscc: str, request: Request) -> Response:
        row = await row_of(engine, uscc)
        if survivor := row.get("merged_into"):  # it was merged: the survivor answers for it, for good
            return moved(f"/registry/directory/{survivor}", survivor)
        (row,) = await with_names(store, [row])
        return fresh(request, orjson.dumps(shown(row, ENTRY)), row["changed_at"], "json")

    @router.get("/open-data/associations", tags=["open data"], response_model=PublicPage, summary="The published list [名录公开]",
                operation_id="registry.open_data.list", openapi_extra=parameters(OpenPage))  # fmt: skip
    async def published(request: Request) -> Response:
        asked: OpenPage = query(OpenPage, request)
        where = {"registered_on": {"$exists": True}, "_id": {"$gt": asked.after}}
        rows = await store.rows(ROWS, where, limit=asked.limit + 1, hint=("_id",))
        latest = await store.rows(ROWS, {"changed_at": {"$exists": True}}, sort=[("changed_at", -1)], limit=1)
        after = rows[asked.limit - 1]["_id"] if len(rows) > asked.limit else None
        told = await with_names(store, rows[: asked.limit])
        items = [shown(r, FIELDS) for r in told]
        csv = asked.format == "csv"
        body = (csv_head() + csv_lines(items)).encode() if csv else orjson.dumps({"items": items, "next": after})
        return fresh(request, body, max(r["changed_at"] for r in (*latest, *told)) if latest else None, asked.format, after)

    @router.get("/open-data/associations/{uscc}", tags=["open data"], response_model=PublicView, summary="One published entry by credit code",
                operation_id="registry.open_data.get", openapi_extra=parameters(Form))  # fmt: skip
    async def published_one(uscc: str, request: Request) -> Response:
        asked: Form = query(Form, request)
        row = await row_of(engine, uscc)
        if survivor := row.get("merged_into"):
            return moved(f"/registry/open-data/associations/{survivor}?format={asked.format}", survivor)
        (row,) = await with_names(store, [row])
        item = shown(row, FIELDS)
        body = (csv_head() + csv_lines([item])).encode() if asked.format == "csv" else orjson.dumps(item)
        return fresh(request, body, row["changed_at"], asked.format)

    @router.get("/open-data/snapshots/{name}", tags=["open data"], summary="A nightly snapshot as a file: `2026-03-02.json`, `latest.csv`",
                operation_id="registry.open_data.snapshot", response_class=Response)  # fmt: skip
    async def snapshot(name: str, request: Request) -> Response:
        day, _, form = name.rpartition(".")
        record = await snapshot_of(engine, day) if form in TYPES else None
        if record is None:
            raise NotFound("no_such_snapshot", "no snapshot of that day is kept in this form", "没有该日该格式的快照")
        head = {
            "ETag": f'"{getattr(record, f"{form}_sha256")}"', "Last-Modified": http_date(record.as_of), "Cache-Control": "no-cache",
            "Content-Disposition": f'attachment; filename="registry-{record.day}.{form}"', "Content-Length": str(getattr(record, f"{form}_bytes")),
        }  # fmt: skip
        if unchanged(request, head["ETag"], record.as_of):
            return Response(status_code=304, headers={n: v for n, v in head.items() if n != "Content-Length"})
        return StreamingResponse(body_of(engine, record.day, form), headers=head, media_type=TYPES[form])

    return router


async def body_of(engine: Engine, day: date, form: str) -> AsyncIterator[bytes]:
    async for chunk in chunks(engine.store, day, form):
        yield chunk


def moved(place: str, survivor: str) -> Response:
    """Where the association is answered for that was merged into another (R3)."""
    return answer({"taken_over_by": survivor}, 308, {"Location": place})


async def row_of(engine: Engine, uscc: str) -> dict[str, Any]:
    """The row of a code, however it was written. Raises: NotFound for what no register entry stands under, a code that is none included."""
    try:
        row = await engine.store.one(ROWS, compact(uscc[:40]))
    except ValueError:
        row = None
    if row is None or "registered_on" not in row:
        raise NotFound("not_found", "no such association in the register", "名录中查无此组织")
    return row


async def snapshot_of(engine: Engine, day: str) -> Any:
    kept = await engine.store.find(snapshots, {"id": day} if day != "latest" else {"stage": "PUBLISHED"}, newest=True, limit=1)
    return kept[0].record if kept and kept[0].record.stage == "PUBLISHED" else None


# ── asked again ───────────────────────────────────────────────────────────────────────────────────
def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def last_second(changed_at: datetime, now: datetime) -> datetime:
    """The second of the last change; the one before it while that second is not over, for it may see another (RFC 9110 §8.8.2.2)."""
    second = changed_at.replace(microsecond=0)
    return second if now >= second + timedelta(seconds=1) else second - timedelta(seconds=1)


def unchanged(request: Request, tag: str, changed_at: datetime | None) -> bool:
    """Whether the asker has it already: by its tag, or, where none was sent, by the time of the last change (RFC 9110 §13)."""
    if (tags := request.headers.get("if-none-match")) is not None:
        return tags.strip() == "*" or tag in [t.strip().removeprefix("W/") for t in tags.split(",")]
    since = request.headers.get("if-modified-since")
    if since is None or changed_at is None:
        return False
    try:
        asked = parsedate_to_datetime(since)
    except ValueError:
        return False
    return changed_at.replace(microsecond=0) <= (asked if asked.tzinfo else asked.replace(tzinfo=UTC))


def next_link(request: Request, after: str | None) -> dict[str, str]:
    """The next page as a header (RFC 8288), where there is one."""
    return {} if after is None else {"Link": f'<{request.url.include_query_params(after=after)}>; rel="next"'}


def fresh(request: Request, body: bytes, changed_at: datetime | None, form: str, after: str | None = None) -> Response:
    """The body, or 304 where the asker has it already; the next page also as a link (RFC 8288)."""
    head = {"ETag": etag(body), "Cache-Control": "no-cache"}
    if changed_at is not None:
        head["Last-Modified"] = http_date(last_second(changed_at, request.app.state.now()))
    head |= next_link(request, after)
    if unchanged(request, head["ETag"], changed_at):
        return Response(status_code=304, headers=head)
    return Response(body, headers=head, media_type=TYPES[form])
