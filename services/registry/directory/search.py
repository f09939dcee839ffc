"""Searching the register [名录检索]: any part of a name, code, level, new city, class, industry subtree, status, grade, credit list (issue 5).

Of all that was asked the rarest mark leads: one range of one index, in the order of the codes, from which a page is cut. The other
conditions are read off the same index; only a name of three characters and more is compared on the row itself.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from services.registry.directory.listing import BY_MARK, CELLS, FACETS, LIVING, cells_like, facet_mark, industry_mark, pairs, values_of
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


def word_marks(asked: Asked) -> list[str]:
    """The marks every row must have for its name and industry to fit."""
    return [*(pairs(asked.key) if asked.key else ()), *((industry_mark(asked.gbt4754),) if asked.gbt4754 else ())]


def facet_marks(asked: Asked) -> list[str]:
    return [facet_mark(f, values[0]) for f, values in asked.facets().items() if len(values) == 1]


def matching(asked: Asked, lead: str | None) -> dict[str, Any]:
    """The query for what was asked: equality, ranges and one literal text; nothing a client wrote becomes an operator (reliability B1, B3)."""
    rest = {f: v for f, v in asked.facets().items() if len(v) > 1 or lead != facet_mark(f, v[0])}
    return words(asked, lead) | ({"cell": {"$regex": cells_like(rest)}} if rest else {})


def words(asked: Asked, lead: str | None) -> dict[str, Any]:
    """The same without the facets."""
    where: dict[str, Any] = {"marks": lead} if lead is not None else {"registered_on": {"$exists": True}}
    if asked.key and (len(asked.key) > 2 or lead != asked.key):
        where["name_key"] = {"$regex": re.escape(asked.key)}
    if asked.gbt4754 and lead != industry_mark(asked.gbt4754):
        where["gbt4754"] = {"$elemMatch": {"$gte": asked.gbt4754, "$lt": asked.gbt4754 + HIGHEST}}
    if asked.code:
        where["_id"] = {"$gte": asked.code.upper(), "$lt": asked.code.upper() + HIGHEST}
    return where


async def rarest(store: Store, marks: Iterable[str]) -> str | None:
    """The mark the fewest rows have; None where none was asked for."""
    asked = list(dict.fromkeys(marks))
    if len(asked) < 2:
        return asked[0] if asked else None
    counts = {row["_id"]: int(row["n"]) for row in await store.rows(TALLY, {"_id": {"$in": asked}})}
    return min(asked, key=lambda mark: counts.get(mark, 0))


async def found(store: Store, asked: AskedPage) -> tuple[list[dict[str, Any]], str | None]:
    """One page of rows in the order of their codes, and where the next begins."""
    lead = await rarest(store, [*word_marks(asked), *facet_marks(asked)])
    where = matching(asked, lead)
    if asked.after:
        where["_id"] = {**where.get("_id", {}), "$gt": asked.after}
    rows = await store.rows(ROWS, where, limit=asked.limit + 1, hint=BY_MARK if lead is not None else ("_id",))
    return rows[: asked.limit], rows[asked.limit - 1]["_id"] if len(rows) > asked.limit else None


async def counts(store: Store, asked: Asked) -> dict[str, Any]:
    """Numbers of what matches. Each facet is counted as if nothing were asked of it, so that one sees where another choice leads."""
    return counted(await cells(store, asked), asked.facets())


async def cells(store: Store, asked: Asked) -> dict[tuple[str, ...], int]:
    """Combination of all facets → how many rows whose name, code and industry fit."""
    if not (asked.key or asked.gbt4754 or asked.code):
        kept = await store.rows(TALLY, {"_id": {"$gte": CELLS, "$lt": CELLS + HIGHEST}})
        return {values_of(cell): n for row in kept for cell, n in row["n"].items() if n}
    lead = await rarest(store, word_marks(asked))
    groups = await store.group(
        ROWS,
        [{"$match": words(asked, lead)}, {"$group": {"_id": "$cell", "n": {"$sum": 1}}}],
        hint=BY_MARK if lead is not None else ("_id",),
    )
    return {values_of(g["_id"]): g["n"] for g in groups}


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
