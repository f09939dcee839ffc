"""`/registry/query-port/…`: what an association may ask through its own system (R64), and the trace every question leaves.

A question is let through when the association's access is active, its approval holds, the scope is granted, the asking system is the
one that was approved, and the day's quota is not used up; it is written down in either case, with the answer's size and never its content.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.associations.association import associations
from services.registry.directory.search import Asked, counts
from services.registry.port.client import RULES, ApiClient, Scope, api_clients
from services.registry.supervision.annual_report import annual_reports
from services.registry.supervision.credit_listing import credit_listings
from shared.engine import Engine
from shared.http import answer, caller, fault, query
from shared.record import SHANGHAI, Call, Kind, NotAllowed, Refused

AUDIT, USED = "query_audit", "query_used"
INDEXES: dict[str, tuple[Any, ...]] = {AUDIT: (("association", "_id"), "at"), USED: ()}
Caller = Annotated[Call, Depends(caller)]
OWN_CASES: tuple[tuple[str, Kind[Any, Any], str], ...] = (
    ("associations", associations, "uscc"), ("annual_reports", annual_reports, "association"), ("credit_listings", credit_listings, "association"),
)  # fmt: skip


class IndustryAsked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    gbt4754: Annotated[str, Field(pattern=r"^\d{2,4}$", description="division, group or class")]


class AuditAsked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    association: Annotated[str | None, Field(max_length=18)] = None
    before: Annotated[str, Field(max_length=100, description="the `next` of the page before")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class QueryAudit(BaseModel):
    """One question: who asked, when, for what, with which outcome; `rows` is how much was given."""

    id: str
    at: datetime
    association: str
    client: str
    scope: Scope
    asked: dict[str, str]
    outcome: Literal["ANSWERED", "REFUSED"]
    reason: str | None
    rows: int


class AuditPage(BaseModel):
    items: list[QueryAudit]
    next: str | None


def admitted(client: ApiClient | None, call: Call, scope: Scope) -> ApiClient:
    """Raises: Refused with what is wanting: access, its term, the scope, the approved system."""
    if client is None or client.stage != "ACTIVE":
        raise NotAllowed("no_access", "the query port is not open to you", "尚未开通查询端口")
    if client.valid_to is None or client.valid_to < call.today:
        raise NotAllowed("access_over", "the approval has run out", "查询授权已到期")
    if scope not in client.scopes:
        raise NotAllowed("scope_not_granted", f"{scope} was not granted", f"未获授权范围：{scope}")
    if client.client != call.client:
        raise NotAllowed("another_client", "another system was approved", "该系统未获批准接入")
    return client


def query_port(engine: Engine) -> APIRouter:
    router, store = APIRouter(tags=["query port"]), engine.store

    async def let_through(call: Call, scope: Scope, asked: dict[str, str]) -> None:
        """Check, count against the quota, and write a refusal down. Raises: Refused 403, 429."""
        if call.role != "ASSOCIATION":
            raise NotAllowed("role_not_allowed", "the query port is for associations", "查询端口仅供社会团体使用")
        try:
            client = admitted(await engine.read(api_clients, call.organisation), call, scope)
            await use(client, call)
        except Refused as refusal:
            await note(call, scope, asked, "REFUSED", refusal.code, 0)
            raise

    async def use(client: ApiClient, call: Call) -> None:
        """One question less today. Raises: Refused 429 when none is left."""
        day = f"{client.association}/{call.today}"
        await store.put(USED, day, {"$setOnInsert": {"n": 0, "at": call.now}})
        if await store.claim(USED, {"_id": day, "n": {"$lt": client.quota}}, {"$inc": {"n": 1}}) is None:
            midnight = datetime.combine(call.today + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
            raise fault(429, "quota_used_up", f"{client.quota} a day are used up; again from {midnight:%Y-%m-%dT%H:%M}Z",
                        f"今日 {client.quota} 次查询额度已用完，次日零时恢复")  # fmt: skip

    async def note(call: Call, scope: Scope, asked: dict[str, str], outcome: str, reason: str | None, rows: int) -> None:
        told = {"at": call.now, "association": call.organisation, "client": call.client, "scope": scope, "asked": asked, "outcome": outcome,
                "reason": reason, "rows": rows}  # fmt: skip
        await store.put(AUDIT, f"{int(call.now.timestamp() * 1000):014d}-{uuid4()}", {"$setOnInsert": told})

    @router.get("/query-port/industry", summary="An industry in numbers [行业数据查询]", operation_id="registry.query_port.industry")
    async def industry(request: Request, call: Caller) -> Response:
        asked: IndustryAsked = query(IndustryAsked, request)
        await let_through(call, "INDUSTRY", asked.model_dump())
        numbers = await counts(store, Asked(gbt4754=asked.gbt4754))
        await note(call, "INDUSTRY", asked.model_dump(), "ANSWERED", None, numbers["total"])
        return answer({"gbt4754": asked.gbt4754, **numbers})

    @router.get("/query-port/cases", summary="One's own records [本会事项查询]", operation_id="registry.query_port.cases")
    async def cases(call: Caller) -> Response:
        await let_through(call, "OWN_CASES", {})
        found = {name: await store.find(kind, {field: call.organisation}, limit=200) for name, kind, field in OWN_CASES}
        await note(call, "OWN_CASES", {}, "ANSWERED", None, sum(map(len, found.values())))
        shown = {name: [kind.view(h.record) for h in found[name]] for name, kind, _ in OWN_CASES}
        return answer(shown)

    @router.get("/query-port/members", summary="One's own roll in numbers [本会会员统计]", operation_id="registry.query_port.members")
    async def members(call: Caller) -> Response:
        await let_through(call, "OWN_MEMBERS", {})
        where = {"state.association": call.organisation, "state.stage": {"$in": ["ACTIVE", "SUSPENDED"]}}
        groups = await store.group(
            "members.membership", [{"$match": where}, {"$group": {"_id": {"kind": "$state.kind", "tier": "$state.tier"}, "n": {"$sum": 1}}}]
        )
        await note(call, "OWN_MEMBERS", {}, "ANSWERED", None, len(groups))
        return answer({"total": sum(g["n"] for g in groups), "by": [{**g["_id"], "n": g["n"]} for g in groups]})

    @router.get("/query-audit", response_model=AuditPage, summary="Questions asked through the port, newest first [查询日志]",
                operation_id="registry.query_audit.list")  # fmt: skip
    async def audit(request: Request, call: Caller) -> Response:
        if call.role not in ("SO_ADMIN", "OPERATOR", "ASSOCIATION"):
            raise NotAllowed("role_not_allowed", f"{call.role} may not read this", f"角色 {call.role} 无权查阅")
        asked: AuditAsked = query(AuditAsked, request)
        where: dict[str, Any] = {"_id": {"$lt": asked.before}} if asked.before else {}
        whose = call.organisation if call.role == "ASSOCIATION" else asked.association
        rows = await store.rows(AUDIT, where | ({"association": whose} if whose else {}), sort=[("_id", -1)], limit=asked.limit + 1)
        items = [QueryAudit.model_validate({**r, "id": r["_id"]}).model_dump(mode="json") for r in rows[: asked.limit]]
        return answer({"items": items, "next": items[-1]["id"] if len(rows) > asked.limit else None})

    return router


async def forget_old(engine: Engine) -> int:
    """Remove questions older than they must be kept."""
    now = engine.now()
    days = RULES.in_force(now.astimezone(SHANGHAI).date()).audit_days
    old = {"at": {"$lt": now - timedelta(days=days)}}
    return await engine.store.remove(AUDIT, old) + await engine.store.remove(USED, old)
