"""Searching the register [名录检索]: any part of a name, code, level, new city, class, industry subtree, status, grade, credit list (issue 5).

Of all that was asked the mark leads that, by the tally, has the fewest rows of the level, the new city and the kind asked for: one range
of one index, divided by these three, is walked in the order of the codes until the page is full, and the other conditions are compared on
the rows. Numbers are exact up to a bound, and beyond it said to be "at least".
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from services.registry.directory.listing import (
    BY_MARK,
    CELLS,
    CORNER,
    FACETS,
    LIVING,
    cells_like,
    facet_mark,
    industry_mark,
    pairs,
    values_of,
)
from services.registry.directory.public_list import ROWS, TALLY
from services.registry.values import Level, OrganisationKind, SoCategory
from shared.district import District
from shared.mongo import Store
from shared.names import comparison_key
from shared.record import plain

Status = Literal["REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING", "DEREGISTERED", "REVOKED"]
Grade = Literal["5A", "4A", "3A", "2A", "1A", "NONE"]
Listing = Literal["NONE", "ABNORMAL", "SERIOUS"]
HIGHEST = "\U0010ffff"  # sorts behind every text that begins alike
COUNTED = 20_000  # entries of the index looked at to count what was asked, at most
ROW = 10  # and where rows must be read for it, this part of them: a row costs as much as so many entries


class Asked(BaseModel):
    """What is looked for. `q` is any part of the name, width, case and blanks aside; `code` the credit code or its beginning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Annotated[str | None, Field(min_length=1, max_length=100, description="any part of the name")] = None
    code: Annotated[str | None, Field(pattern=r"^[0-9A-Za-z]{2,18}$", description="credit code, or its beginning")] = None
    level: Level | None = None
    district: District | None = None
    kind: OrganisationKind | None = None
    so_category: SoCategory | None = None
    gbt4754: Annotated[str | None, Field(pattern=r"^\d{2,4}$", description="division, group or class: all beneath it")] = None
    grade: Grade | None = None
    status: tuple[Status, ...] = LIVING  # type: ignore[assignment]
    listing: Annotated[Listing | None, Field(description="on which credit list")] = None

    @field_validator("q", "code", "gbt4754", "level", "district", "kind", "so_category", "grade", "listing", mode="before")
    @classmethod
    def left_empty(cls, value: Any, info: ValidationInfo) -> Any:
        """A form sends what was left empty as an empty text: that asks for nothing."""
        return None if value == "" else plain(value) if info.field_name == "q" and isinstance(value, str) else value

    @property
    def key(self) -> str:
        return comparison_key(self.q) if self.q else ""

    def facets(self) -> dict[str, tuple[str, ...]]:
        """Facet → the values asked for."""
        single = {f: (v,) for f in FACETS if f != "status" and (v := getattr(self, f)) is not None}
        return single | ({"status": self.status} if self.status else {})


class AskedPage(Asked):
    after: Annotated[str, Field(max_length=200, description="the `next` of the page before")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    total: Annotated[bool, Field(description="count all that match, too")] = False
    facets_too: Annotated[bool, Field(alias="facets", description="count by each facet, too")] = False


@dataclass(frozen=True)
class Lead:
    """The mark whose range of the index answers, and the corners it is divided into: facet → the values to look under."""

    mark: str
    corner: Mapping[str, tuple[str, ...]]


def word_marks(asked: Asked) -> list[str]:
    """The marks every row must have for its name and industry to fit."""
    return [*(pairs(asked.key) if asked.key else ()), *((industry_mark(asked.gbt4754),) if asked.gbt4754 else ())]


def facet_marks(asked: Asked) -> list[str]:
    return [facet_mark(f, values[0]) for f, values in asked.facets().items() if len(values) == 1]


def proven(asked: Asked, lead: str | None) -> bool:
    """Whether every row under this mark has the name and the industry asked for, so that none need be read to know."""
    return asked.key in ("", lead) and (not asked.gbt4754 or lead == industry_mark(asked.gbt4754))


def matching(asked: Asked, lead: Lead | None) -> dict[str, Any]:
    """The query for what was asked: equality, ranges and one literal text; nothing a client wrote becomes an operator (reliability B1, B3)."""
    known = () if lead is None else (lead.mark, *(facet_mark(f, v) for f in CORNER for v in lead.corner[f]))
    rest = {f: values for f, values in asked.facets().items() if not {facet_mark(f, v) for v in values} <= set(known)}
    return under(lead) | words(asked, lead.mark if lead else None) | ({"cell": {"$regex": cells_like(rest)}} if rest else {})


def under(lead: Lead | None) -> dict[str, Any]:
    """Where in the index to look; the corners as single values, or it could not be walked in the order of the codes."""
    if lead is None:
        return {"registered_on": {"$exists": True}}
    return {"marks": lead.mark} | {f: {"$in": list(lead.corner[f])} for f in CORNER}


def words(asked: Asked, mark: str | None) -> dict[str, Any]:
    """What of name, industry and code is to be compared when this mark leads."""
    where: dict[str, Any] = {}
    if asked.key and (len(asked.key) > 2 or mark != asked.key):
        where["name_key"] = {"$regex": re.escape(asked.key)}
    if asked.gbt4754 and mark != industry_mark(asked.gbt4754):
        where["gbt4754"] = {"$elemMatch": {"$gte": asked.gbt4754, "$lt": asked.gbt4754 + HIGHEST}}
    if asked.code:
        where["_id"] = {"$gte": asked.code.upper(), "$lt": asked.code.upper() + HIGHEST}
    return where


def effort(asked: Asked, mark: str, tally: Mapping[str, int]) -> float:
    """How many rows are looked at when this mark leads and nothing at all is found, as far as the tally tells."""
    total = sum(n for name, n in tally.items() if name.startswith(facet_mark("level", ""))) or 1
    corner = (facet_mark(f, v[0]) for f, v in asked.facets().items() if f in CORNER)
    return tally.get(mark, 0) * prod(tally.get(m, 0) / total for m in corner if m != mark)


def leading(asked: Asked, marks: list[str], tally: Mapping[str, int]) -> Lead | None:
    """The mark that costs least; None where none was asked for. A facet nobody asked for is looked for under all its values there are."""
    if not marks:
        return None
    wanted = asked.facets()
    there = {f: tuple(m.partition("=")[2] for m, n in tally.items() if n > 0 and m.startswith(facet_mark(f, ""))) for f in CORNER}
    return Lead(min(marks, key=lambda mark: effort(asked, mark, tally)), {f: wanted.get(f, there[f]) for f in CORNER})


async def tallied(store: Store, marks: list[str]) -> dict[str, int]:
    """Mark → how many rows have it: of these marks, and of every level, new city and kind there is."""
    corners = [{"_id": {"$gte": facet_mark(f, ""), "$lt": facet_mark(f, HIGHEST)}} for f in CORNER]
    return {row["_id"]: int(row["n"]) for row in await store.rows(TALLY, {"$or": [{"_id": {"$in": marks}}, *corners]})}


async def found(store: Store, asked: AskedPage) -> tuple[list[dict[str, Any]], str | None]:
    """One page of rows in the order of their codes, and where the next begins."""
    marks = list(dict.fromkeys([*word_marks(asked), *facet_marks(asked)]))
    lead = leading(asked, marks, await tallied(store, marks)) if marks else None
    where = matching(asked, lead)
    if asked.after:
        where["_id"] = {**where.get("_id", {}), "$gt": asked.after}
    rows = await store.rows(ROWS, where, limit=asked.limit + 1, hint=BY_MARK if lead is not None else ("_id",))
    return rows[: asked.limit], rows[asked.limit - 1]["_id"] if len(rows) > asked.limit else None


async def counts(store: Store, asked: Asked) -> dict[str, Any]:
    """Numbers of what matches. Each facet is counted as if nothing were asked of it, so that one sees where another choice leads.

    They are `exact`, or where more than COUNTED entries would have to be looked at, what the first of them in the order of the codes
    come to: at least so many."""
    kept, exact = await cells(store, asked)
    return counted(kept, asked.facets()) | {"exact": exact}


async def cells(store: Store, asked: Asked) -> tuple[dict[tuple[str, ...], int], bool]:
    """Combination of all facets → how many rows whose name, code and industry fit; and whether these are all."""
    if not (asked.key or asked.gbt4754 or asked.code):
        kept = await store.rows(TALLY, {"_id": {"$gte": CELLS, "$lt": CELLS + HIGHEST}})
        return {values_of(cell): n for row in kept for cell, n in row["n"].items() if n}, True
    anyhow = Asked(q=asked.q, gbt4754=asked.gbt4754, code=asked.code, status=())
    tally = await tallied(store, marks) if (marks := word_marks(anyhow)) else {}
    lead = leading(anyhow, marks, tally)
    unread = lead is not None and proven(anyhow, lead.mark)
    most = COUNTED if unread else COUNTED // ROW
    groups = await store.group(ROWS, counting(anyhow, lead, most), hint=BY_MARK if lead is not None else ("_id",))
    looked_at = sum(g["n"] for g in groups) if lead is None or unread else tally.get(lead.mark, 0)
    return {values_of(g["_id"]): g["n"] for g in groups}, looked_at <= most


def counting(asked: Asked, lead: Lead | None, most: int) -> list[dict[str, Any]]:
    """Count by cell: of what lies under the mark the first so many, and one more, in the order of the codes, and of these what fits."""
    compared = words(asked, lead.mark if lead else None)
    span = {"_id": compared.pop("_id")} if "_id" in compared else {}
    return [
        {"$match": under(lead) | span}, {"$sort": {"_id": 1}}, {"$limit": most + 1}, *([{"$match": compared}] if compared else []),
        {"$group": {"_id": "$cell", "n": {"$sum": 1}}},
    ]  # fmt: skip


def counted(cells: Mapping[tuple[str, ...], int], asked: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The cells summed for each facet, and by kind and level together."""
    by: dict[str, Counter[str]] = {f: Counter() for f in (*FACETS, "kind_level")}
    wanted = [(n, frozenset(asked[f])) for n, f in enumerate(FACETS) if f in asked]
    names, total = tuple(FACETS), 0
    level, kind = names.index("level"), names.index("kind")
    for cell, n in cells.items():
        misses = [i for i, values in wanted if cell[i] not in values]
        if not misses:
            total += n
            by["kind_level"][f"{cell[kind]}/{cell[level]}"] += n
            for i, facet in enumerate(FACETS):
                by[facet][cell[i]] += n
        elif len(misses) == 1:
            by[names[misses[0]]][cell[misses[0]]] += n
    return {"total": total, "by": {f: dict(sorted(c.items())) for f, c in by.items()}}
