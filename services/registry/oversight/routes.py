"""`/registry/oversight/…`: governance dossiers, dormancy, coverage, statistics. Officials see what is theirs; an association its own dossier."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.directory.listing import INDUSTRY
from services.registry.directory.public_list import ROWS, TALLY
from services.registry.directory.search import HIGHEST, Asked, counts
from services.registry.oversight.coverage import Coverage, coverage
from services.registry.oversight.duties import DOSSIERS, LACKING, Item, Quiet, dossier, quiet, told_of, warn_from
from services.registry.oversight.duties import RULES as DUTIES
from services.registry.oversight.statistics import Statistics, statistics
from shared import workdays
from shared.engine import Engine
from shared.http import answer, caller, query
from shared.mongo import Store
from shared.record import Call, Malformed, NotAllowed, NotFound
from shared.uscc import compact

Caller = Annotated[Call, Depends(caller)]
OFFICE = ("SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC")
DORMANCY_READERS = (*OFFICE, "NEW_CITY")
DOSSIER_READERS = (*DORMANCY_READERS, "ASSOCIATION")
STATISTICS_READERS = (*DORMANCY_READERS, "INVEST_DEPT")
ALIVE = ["REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING"]


class Dossier(BaseModel):
    """Of one association on one day: every duty, those lacking first, and how long it has been silent."""

    uscc: str
    name: str
    as_of: date
    rules_version: str
    lacking: int
    items: list[Item]
    quiet: Quiet


class Silent(BaseModel):
    uscc: str
    name: str
    district: str
    quiet: Quiet


class SilentPage(BaseModel):
    items: list[Silent]
    next: str | None


class AskedSilent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    level: Annotated[Literal["QUIET", "SILENT", "DORMANT"], Field(description="at least so silent")] = "SILENT"
    after: Annotated[str, Field(max_length=200, description="the `next` of the page before")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AskedDue(BaseModel):
    """So many working days after a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    after: date
    days: Annotated[int, Field(ge=0, le=1000, description="working days")]


class Due(BaseModel):
    """`provisional`: the day lies beyond the last holiday notice and will move with the next; `known_until` is the last day that is sure."""

    due: date
    provisional: bool
    known_until: date
    calendar_version: str


def parameters(model: type[BaseModel]) -> dict[str, Any]:
    fields = model.model_json_schema()["properties"].items()
    return {
        "parameters": [
            {"name": n, "in": "query", "required": False, "schema": {k: v for k, v in s.items() if k != "title"}} for n, s in fields
        ]
    }


def require(call: Call, roles: tuple[str, ...]) -> None:
    """Raises: NotAllowed for anybody else."""
    if call.role not in roles:
        raise NotAllowed("role_not_allowed", f"{call.role} may not read this", f"角色 {call.role} 无权查阅")


def oversight(engine: Engine) -> APIRouter:
    router, store, told = APIRouter(prefix="/oversight", tags=["oversight"]), engine.store, told_of(engine.service.kinds)

    @router.get(
        "/dossiers/{uscc}", response_model=Dossier, summary="Governance dossier [治理档案]", operation_id="registry.oversight.dossier"
    )
    async def one(uscc: str, call: Caller) -> Response:
        return answer((await dossier_of(store, uscc, call, told)).model_dump(mode="json"))

    @router.get("/dormancy", response_model=SilentPage, summary="Who has been silent for long [休眠识别]", operation_id="registry.oversight.dormancy",
                openapi_extra=parameters(AskedSilent))  # fmt: skip
    async def silent(request: Request, call: Caller) -> Response:
        require(call, DORMANCY_READERS)
        return answer((await silent_ones(store, query(AskedSilent, request), call)).model_dump(mode="json"))

    @router.get("/coverage", response_model=Coverage, summary="Chains and industries without an association [覆盖图谱]",
                operation_id="registry.oversight.coverage")  # fmt: skip
    async def covered(call: Caller) -> Response:
        return answer((await coverage_on(store, call.today)).model_dump(mode="json"))

    @router.get("/statistics", response_model=Statistics, summary="Figures for the leadership [决策参考统计]",
                operation_id="registry.oversight.statistics")  # fmt: skip
    async def figures(call: Caller) -> Response:
        return answer((await figures_for(store, call)).model_dump(mode="json"))

    @router.get("/working-days", response_model=Due, summary="A deadline in working days [工作日推算]", operation_id="registry.oversight.working_days",
                openapi_extra=parameters(AskedDue))  # fmt: skip
    async def deadline(request: Request) -> Response:
        asked: AskedDue = query(AskedDue, request)
        try:
            due = workdays.working_days_after(asked.after, asked.days)
        except OverflowError:
            raise Malformed("beyond_every_calendar", "no calendar goes that far", "超出日历范围", pointer="/after") from None
        told = Due(
            due=due, provisional=workdays.provisional(due), known_until=workdays.known_until(), calendar_version=workdays.CALENDAR_VERSION
        )
        return answer(told.model_dump(mode="json"))

    return router


# ── the answers, for the routes and for the pages ─────────────────────────────────────────────────
async def dossier_of(store: Store, uscc: str, call: Call, told: frozenset[str]) -> Dossier:
    """The dossier of one association today. Raises: NotAllowed by role; NotFound for no entry and for one outside the caller's scope."""
    require(call, DOSSIER_READERS)
    row = await row_of(store, uscc, call)
    known = await store.one(DOSSIERS, row["_id"]) or {}
    items, silence = dossier(known, call.today, told)
    rules = DUTIES.in_force(call.today)
    return Dossier(
        uscc=row["_id"], name=row["name"], as_of=call.today, rules_version=rules.version, items=items, quiet=silence,
        lacking=sum(i.state in LACKING for i in items),
    )  # fmt: skip


async def silent_ones(store: Store, asked: AskedSilent, call: Call) -> SilentPage:
    """A page of the associations that live and have been silent, the longest first. Raises: NotAllowed by role."""
    require(call, DORMANCY_READERS)
    items, after, levels = list[Silent](), asked.after, DUTIES.in_force(call.today).quiet
    where: dict[str, Any] = {"last_sign_on": {"$lte": str(warn_from(call.today, asked.level))}}
    while len(items) <= asked.limit:
        last, _, id_ = after.partition("~")
        later = {"$or": [{"last_sign_on": {"$gt": last}}, {"last_sign_on": last, "_id": {"$gt": id_}}]} if after else {}
        page = await store.rows(DOSSIERS, {"$and": [where, later]} if later else where, sort=[("last_sign_on", 1), ("_id", 1)], limit=200)
        scope = {"district": call.district or "-"} if call.role == "NEW_CITY" else {}
        alive = {r["_id"]: r for r in await store.rows(ROWS, {"_id": {"$in": [p["_id"] for p in page]}, "status": {"$in": ALIVE}, **scope})}
        for row in page:
            after = f"{row['last_sign_on']}~{row['_id']}"
            if (entry := alive.get(row["_id"])) is not None:
                silence = quiet(row["last_sign_on"], call.today, levels)
                items.append(Silent(uscc=row["_id"], name=entry["name"], district=entry["district"], quiet=silence))
                if len(items) > asked.limit:
                    break
        if len(page) < 200:
            break
    kept = items[: asked.limit]
    more = f"{kept[-1].quiet.last_sign_on}~{kept[-1].uscc}" if len(items) > asked.limit else None
    return SilentPage(items=kept, next=more)


async def coverage_on(store: Store, today: date) -> Coverage:
    """The coverage map as it stands, under the chains of a day."""
    kept = await store.rows(TALLY, {"_id": {"$gte": INDUSTRY, "$lt": INDUSTRY + HIGHEST}})
    return coverage({r["_id"][len(INDUSTRY) :]: r["n"] for r in kept}, today)


async def figures_for(store: Store, call: Call) -> Statistics:
    """The statistics as they stand. Raises: NotAllowed by role."""
    require(call, STATISTICS_READERS)
    return await statistics(store, await counts(store, Asked()), call.role)


async def row_of(store: Store, uscc: str, call: Call) -> dict[str, Any]:
    """Raises: NotFound for no entry, and for one outside the caller's scope, which is not even there."""
    try:
        row = await store.one(ROWS, compact(uscc[:40]))
    except ValueError:
        row = None
    mine = row is not None and (
        (call.role != "ASSOCIATION" or row["_id"] == call.organisation)
        and (call.role != "NEW_CITY" or row.get("district") == call.district)
    )
    if row is None or "registered_on" not in row or not mine:
        raise NotFound("not_found", "no such association in the register", "名录中查无此组织")
    return row
