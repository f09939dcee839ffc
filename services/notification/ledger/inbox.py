"""Reading the ledger: one's own inbox with texts in one's own language, its counts, and the whole ledger for those who answer for it.

Reading and signing are commands of the notice (`POST /notification/notices/{id}:read`, `:acknowledge`).
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.notification.ledger.contact_point import Channel
from services.notification.ledger.notice import Notice, Stage, is_for, notices
from services.notification.ledger.rules import Category
from services.notification.ledger.templates import render, templates, words
from shared.engine import Engine
from shared.http import answer, caller, query
from shared.mongo import Doc, held
from shared.record import BY_DISTRICT, Call, Malformed, NotAllowed

UNREAD: tuple[Stage, ...] = ("DELIVERED",)
OVERSEERS = frozenset({"SO_ADMIN", "OPERATOR"})
ONE = Annotated[str, Field(min_length=1, max_length=200)]
Me = Annotated[Call, Depends(caller)]


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, Field(max_length=400, description="the `next` of the page before")] = ""


class InboxQuery(Page):
    """unread: only those not opened yet (or only those opened) · class · escalated: only those here because another did not read them."""

    unread: bool | None = None
    category: Annotated[Category | None, Field(alias="class")] = None
    escalated: bool | None = None


class LedgerQuery(Page):
    """Who was told what, when, and why not."""

    recipient: ONE | None = None
    about: ONE | None = None
    event: ONE | None = None
    cause: ONE | None = None
    channel: Channel | None = None
    stage: Stage | None = None
    category: Annotated[Category | None, Field(alias="class")] = None


def mine(call: Call) -> str:
    """The organisation or district whose inbox the caller opens. Raises: NotAllowed for one who has none."""
    holder = call.district if call.role in BY_DISTRICT else call.organisation
    if not holder:
        raise NotAllowed("no_inbox", "you have no inbox", "您没有站内信")
    return holder


def inbox_of(call: Call, asked: InboxQuery) -> Doc:
    """The filter of an inbox: what one holds, by the in-platform channel."""
    where: Doc = {"state.holders": mine(call), "state.channel": "IN_APP", "state.stage": {"$ne": "SUPPRESSED"}}
    if asked.unread is not None:
        where["state.stage"] = {"$in": list(UNREAD)} if asked.unread else {"$in": ["READ", "ACKNOWLEDGED"]}
    if asked.category:
        where["state.category"] = asked.category
    if asked.escalated is not None:
        who = "$ne" if asked.escalated else "$eq"
        where["state.recipient"] = {who: call.organisation}
    return where


def shown(notice: Notice, language: Literal["zh", "en", ""], call: Call) -> dict[str, Any]:
    """A notice as its holder reads it."""
    text = render(templates.get(notice.template, notice.template_version), notice.values, language or notice.locale, words)
    view = notices.view(notice)
    fields = ("id", "stage", "event", "about", "recipient", "category", "urgency", "told_at", "read_at", "acknowledged_at", "escalated")
    return {
        **{n: view[n] for n in fields},
        "subject": text.subject,
        "body": text.body,
        "can": notices.can(notice, call) if is_for(notice, call) else [],
    }


def language_of(request: Request) -> Literal["zh", "en", ""]:
    """zh or en where the reader asked for one; else the notice's own."""
    wanted = request.headers.get("accept-language", "").strip().lower()
    return "zh" if wanted.startswith("zh") else "en" if wanted.startswith("en") else ""


def mark(doc: Mapping[str, Any]) -> str:
    """Where a page ended."""
    return base64.urlsafe_b64encode(f"{doc['state']['told_at']} {doc['_id']}".encode()).decode()


def before(cursor: str) -> Doc:
    """The filter of everything older than the mark. Raises: Malformed."""
    try:
        told_at, _, id_ = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").partition(" ")
    except (binascii.Error, UnicodeError):
        told_at = id_ = ""
    if not told_at or not id_:
        raise Malformed("bad_cursor", "`after` is the `next` of the page before", "after 应为上一页的 next 值", pointer="/after")
    return {"$or": [{"state.told_at": {"$lt": told_at}}, {"state.told_at": told_at, "_id": {"$lt": id_}}]}


async def page(engine: Engine, where: Doc, asked: Page) -> tuple[list[Notice], str | None]:
    """Newest first; one row more than asked tells whether there is a next page."""
    full = {"$and": [where, before(asked.after)]} if asked.after else where
    order = [("state.told_at", -1), ("_id", -1)]
    found = await engine.store.rows(notices.collection, full, sort=order, limit=asked.limit + 1)
    end = mark(found[asked.limit - 1]) if len(found) > asked.limit else None
    return [held(notices, doc).record for doc in found[: asked.limit]], end


def inbox_routes(engine: Engine) -> APIRouter:
    """GET /inbox, /inbox/summary, /ledger."""
    router = APIRouter(tags=["ledger"])

    @router.get("/inbox", summary="What one was told")
    async def list_inbox(request: Request, call: Me) -> Response:
        asked: InboxQuery = query(InboxQuery, request)
        found, end = await page(engine, inbox_of(call, asked), asked)
        language = language_of(request)
        return answer({"items": [shown(n, language, call) for n in found], "next": end})

    @router.get("/inbox/summary", summary="How many, and how many unread, by class")
    async def count_inbox(call: Me) -> Response:
        kinds = {
            "_id": "$state.category",
            "all": {"$sum": 1},
            "unread": {"$sum": {"$cond": [{"$in": ["$state.stage", list(UNREAD)]}, 1, 0]}},
        }
        found = await engine.store.group(notices.collection, [{"$match": inbox_of(call, InboxQuery())}, {"$group": kinds}])
        classes = {row["_id"]: {"all": row["all"], "unread": row["unread"]} for row in sorted(found, key=lambda r: str(r["_id"]))}
        return answer({"all": sum(r["all"] for r in found), "unread": sum(r["unread"] for r in found), "classes": classes})

    @router.get("/ledger", summary="Who got what, when, and why not")
    async def list_ledger(request: Request, call: Me) -> Response:
        if call.role not in OVERSEERS:
            raise NotAllowed("role_not_allowed", f"{call.role} may not read the ledger", f"角色 {call.role} 无权查阅通知台账")
        asked: LedgerQuery = query(LedgerQuery, request)
        names = ("recipient", "about", "event", "cause", "channel", "stage", "category")
        found, end = await page(engine, {f"state.{n}": v for n in names if (v := getattr(asked, n)) is not None}, asked)
        return answer({"items": [notices.view(n) for n in found], "next": end})

    return router
