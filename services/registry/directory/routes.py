"""`GET /registry/directory`: the public list, for everybody and without a token (domain §7.4, R1, R65)."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.directory.public_list import ROWS
from services.registry.values import Level, OrganisationKind, SoCategory
from shared.district import District
from shared.engine import Engine
from shared.http import answer, query
from shared.names import comparison_key
from shared.record import NotFound

Status = Literal["REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING", "DEREGISTERED", "REVOKED"]
Grade = Literal["5A", "4A", "3A", "2A", "1A", "NONE"]
LIVING: tuple[Status, ...] = ("REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING")
HIGHEST = "\U0010ffff"  # sorts behind every text that begins alike
FACETS = ("level", "district", "kind", "so_category", "grade", "status")


class Asked(BaseModel):
    """Filters of the list; `q` is the beginning of the name, or of the trade it speaks of, width, case and blanks aside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    district: District | None = None
    level: Level | None = None
    kind: OrganisationKind | None = None
    so_category: SoCategory | None = None
    gbt4754: Annotated[str | None, Field(pattern=r"^\d{2,4}$", description="beginning of an industry code")] = None
    grade: Grade | None = None
    status: tuple[Status, ...] = LIVING
    q: Annotated[str | None, Field(min_length=1, max_length=100)] = None


class AskedPage(Asked):
    after: Annotated[str, Field(max_length=200, description="the `next` of the page before")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    total: Annotated[bool, Field(description="count all that match, too")] = False


class Listed(BaseModel):
    """A listing on a credit list, with its reason and date."""

    reason: str
    listed_on: date


class Entry(BaseModel):
    """What the public may know of an association; `registered_fund` in fen."""

    model_config = ConfigDict(extra="ignore")

    uscc: str
    name: str
    kind: str
    level: str
    district: str
    so_category: str
    gbt4754: list[str]
    domicile: str
    scope: str
    purpose: str
    territory: str
    registered_fund: int
    registered_on: date
    regime_code: str
    supervising_unit: str
    status: str
    ended_on: date | None = None
    grade: str = "NONE"
    grade_valid_from: date | None = None
    grade_valid_to: date | None = None
    annual_checks: dict[str, str] = {}
    abnormal_list: Listed | None = None
    serious_violation_list: Listed | None = None


class Page(BaseModel):
    items: list[Entry]
    next: str | None
    total: int | None = None


class Summary(BaseModel):
    """Numbers of what matches, by each of the facets, and by kind and level together."""

    total: int
    by: dict[str, dict[str, int]]


def beginning(text: str) -> dict[str, str]:
    return {"$gte": text, "$lt": text + HIGHEST}


def matching(asked: Asked) -> dict[str, Any]:
    """The query for what was asked: equality and ranges only, nothing a client wrote becomes an operator."""
    equal = ("district", "level", "kind", "so_category")
    where: dict[str, Any] = {n: v for n in equal if (v := getattr(asked, n)) is not None}
    where["status"] = {"$in": list(asked.status)}
    if asked.grade:
        where["grade"] = {"$in": ["NONE", None]} if asked.grade == "NONE" else asked.grade
    if asked.gbt4754:
        where["gbt4754"] = {"$elemMatch": beginning(asked.gbt4754)}
    if asked.q and (key := comparison_key(asked.q)):
        where["$or"] = [{"name_key": beginning(key)}, {"trade_key": beginning(key)}]
    return where


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the public sees it: only the fields of `Entry`."""
    return Entry.model_validate({**row, "uscc": row["_id"]}).model_dump(mode="json")


def directory(engine: Engine) -> APIRouter:
    """The list, its numbers, and one entry."""
    router, store = APIRouter(prefix="/directory", tags=["directory"]), engine.store

    @router.get("", response_model=Page, summary="The public list [名录]", operation_id="registry.directory.list")
    async def listed(request: Request) -> Response:
        asked: AskedPage = query(AskedPage, request)
        where = matching(asked)
        page = {"$and": [where, {"_id": {"$gt": asked.after}}]} if asked.after else where
        rows = await store.rows(ROWS, page, limit=asked.limit + 1)
        more = rows[asked.limit - 1]["_id"] if len(rows) > asked.limit else None
        told = {"items": [shown(r) for r in rows[: asked.limit]], "next": more}
        return answer(told | ({"total": await store.tally(ROWS, where)} if asked.total else {}))

    @router.get("/summary", response_model=Summary, summary="The list in numbers", operation_id="registry.directory.summary")
    async def summary(request: Request) -> Response:
        asked: Asked = query(Asked, request)
        groups = await store.group(ROWS, [{"$match": matching(asked)}, {"$group": {"_id": {f: f"${f}" for f in FACETS}, "n": {"$sum": 1}}}])
        return answer(counted(groups))

    @router.get("/{uscc}", response_model=Entry, summary="One entry", operation_id="registry.directory.get")
    async def entry(uscc: str) -> Response:
        row = await store.one(ROWS, uscc)
        if row is None or "status" not in row:
            raise NotFound("not_found", "no such association in the register", "名录中查无此组织")
        if survivor := row.get("merged_into"):  # it was merged: the survivor answers for it, for good
            return answer({"taken_over_by": survivor}, 308, {"Location": f"/registry/directory/{survivor}"})
        return answer(shown(row))

    return router


def counted(groups: list[dict[str, Any]]) -> dict[str, Any]:
    """Groups by all facets at once, summed for each of them."""
    by: dict[str, Counter[str]] = {f: Counter() for f in (*FACETS, "kind_level")}
    for group in groups:
        values, n = {f: group["_id"].get(f) or "NONE" for f in FACETS}, group["n"]
        for facet in FACETS:
            by[facet][values[facet]] += n
        by["kind_level"][f"{values['kind']}/{values['level']}"] += n
    return {"total": sum(g["n"] for g in groups), "by": {f: dict(sorted(c.items())) for f, c in by.items()}}
