"""The register's pages without a database: the real routes over rows that the real projections have written."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from services.registry.associations.association import AssociationChanged, associations
from services.registry.associations.association import AssociationRegistered as Opening
from services.registry.directory import duties as d
from services.registry.directory import public_list as p
from services.registry.directory.challenge import Challenge
from services.registry.directory.routes import directory
from services.registry.directory.snapshot import OpenDataSnapshot, snapshots
from services.registry.oversight.routes import oversight
from services.registry.pages.routes import pages
from services.registry.service import service
from shared.auth import Issuer
from shared.engine import Effects, Engine
from shared.http import Guard, install
from shared.record import SHANGHAI, Kind
from shared.settings import Settings
from tests.portal.browser import browser, chromium  # noqa: F401 - fixtures
from tests.registry.examples import AI, AIR, association, by

CAR, OLD, GONE = "51611100PDY000108X", "51611100PDY00124X0", "51611100PDY00001XA"
NOW = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
EVERYTHING = {**p.PUBLIC_LIST, **d.PUBLIC_DUTIES}


def fits(row: Any, where: dict[str, Any]) -> bool:
    """Whether a row is what a query of ours asks for: the operators the register uses, and no other."""
    for name, wanted in where.items():
        value = row.get(name) if isinstance(row, dict) else None
        if name in ("$and", "$or"):
            if not (all if name == "$and" else any)(fits(row, part) for part in wanted):
                return False
        elif isinstance(wanted, dict):
            if not all(holds(op, value, bound, isinstance(row, dict) and name in row) for op, bound in wanted.items()):
                return False
        elif value != wanted and not (isinstance(value, list) and wanted in value):
            return False
    return True


def holds(op: str, value: Any, bound: Any, there: bool) -> bool:
    match op:
        case "$exists":
            return there == bound
        case "$in":
            return value in bound
        case "$regex":
            return value is not None and re.search(bound, value) is not None
        case "$elemMatch":
            return any(all(holds(o, v, b, True) for o, b in bound.items()) for v in value or ())
        case _:
            compare = {
                "$gte": lambda: value >= bound,
                "$gt": lambda: value > bound,
                "$lte": lambda: value <= bound,
                "$lt": lambda: value < bound,
            }
            return value is not None and compare[op]()


class Shelf:
    """Effects and store in one: collections of rows, records by kind, histories by association."""

    now = NOW

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, dict[str, Any]]] = {}
        self.records: dict[str, list[Any]] = {}
        self.histories: dict[str, list[dict[str, Any]]] = {}
        self.away: Exception | None = None

    def update(self, collection: str, id_: str, change: dict[str, Any], *, upsert: bool = True) -> None:
        row = self.kept.setdefault(collection, {}).setdefault(id_, {"_id": id_})
        for path, value in change.get("$set", {}).items():
            self.inner(row, path)[path.split(".")[-1]] = value
        for path, value in change.get("$inc", {}).items():
            inner, last = self.inner(row, path), path.split(".")[-1]
            inner[last] = inner.get(last, 0) + value

    @staticmethod
    def inner(row: dict[str, Any], path: str) -> dict[str, Any]:
        for part in path.split(".")[:-1]:
            row = row.setdefault(part, {})
        return row

    async def one(self, collection: str, id_: str) -> dict[str, Any] | None:
        if self.away:
            raise self.away
        found = self.kept.get(collection, {}).get(id_)
        return dict(found) if found else None

    async def rows(
        self, collection: str, where: dict[str, Any], *, sort: Any = (("_id", 1),), limit: int = 0, hint: Any = ()
    ) -> list[dict[str, Any]]:
        if self.away:
            raise self.away
        found = [r for r in self.kept.get(collection, {}).values() if fits(r, where)]
        for name, way in reversed(list(sort)):
            found.sort(key=lambda r: r[name], reverse=way < 0)
        return found[:limit] if limit else found

    async def group(self, collection: str, pipeline: list[dict[str, Any]], *, hint: Any = ()) -> list[dict[str, Any]]:
        found = await self.rows(collection, {})
        for stage in pipeline:
            match stage:
                case {"$match": where}:
                    found = [r for r in found if fits(r, where)]
                case {"$sort": order}:
                    for name, way in reversed(order.items()):
                        found.sort(key=lambda r: r[name], reverse=way < 0)
                case {"$limit": most}:
                    found = found[:most]
                case {"$group": {"_id": "$cell"}}:
                    return [{"_id": cell, "n": n} for cell, n in Counter(r["cell"] for r in found).items()]
        return []

    async def find(
        self, kind: Kind[Any, Any], where: dict[str, Any], *, newest: bool = False, limit: int = 0, after: str = ""
    ) -> list[Any]:
        found = [r for r in self.records.get(kind.name, ()) if all(getattr(r, n) == v for n, v in where.items())]
        return [SimpleNamespace(record=r) for r in found][: limit or None]

    async def told(self, kind: Kind[Any, Any], id_: str) -> list[dict[str, Any]]:
        return self.histories.get(id_, [])


async def hear(shelf: Shelf, *heard: Any) -> Shelf:
    for event in heard:
        await EVERYTHING[type(event)](event, by("PLATFORM"), cast(Effects, shelf))
    return shelf


def registered(
    uscc: str, name: str, level: str = "NEW_AREA", district: str = "XX", codes: tuple[str, ...] = ("65",), category: str = "01", **more: Any
) -> p.AssociationRegistered:
    items: dict[str, Any] = {"scope": "行业服务", "purpose": "服务会员", "domicile": "示范路 1 号", "territory": "西咸新区", "registered_fund": 3_000_050,
                             "registered_on": date(2024, 3, 2), "regime_code": "XIXIAN_CURRENT"}  # fmt: skip
    return p.AssociationRegistered(
        uscc=uscc,
        name=name,
        kind="INDUSTRY_ASSOCIATION",
        level=level,
        district=district,
        so_category=category,
        gbt4754=codes,
        **items | more,
    )


def history(uscc: str) -> list[dict[str, Any]]:
    """Registered in 2024, renamed in 2025, which the register came to know of a month later."""
    record = association()
    first = {n: getattr(record, n) for n in Opening.model_fields}
    opened = Opening(**first | {"uscc": uscc, "name": "西咸新区航空物流协会", "registered_on": date(2024, 3, 2)})
    changed = AssociationChanged(
        **{n: first[n] for n in ("domicile", "purpose", "scope", "territory", "legal_representative", "registered_fund", "supervising_unit", "name_claim", "legal_claim")},
        uscc=uscc, changed=("name", "legal_representative"), name="西咸新区空港物流协会", consent_on=date(2025, 3, 1), applied_on=date(2025, 3, 2), late=False,
        announced=True, changes=1, late_changes=0,
    )  # fmt: skip
    said = (("2024-03-02", "2024-03-02", opened), ("2025-03-02", "2025-04-02", changed))
    return [{"type": associations.type_of(type(e)), "data": e.public(), "sequence": n, "effective": effective, "time": f"{recorded}T01:00:00.000000Z",
             "recorded": f"{recorded}T01:00:00.000000Z"} for n, (effective, recorded, e) in enumerate(said, 1)]  # fmt: skip


async def register() -> Shelf:
    """Four associations and one struck off; one graded, one on a list, one merged into another; titles, duties, a challenge, a snapshot."""
    shelf = await hear(
        Shelf(),
        registered(AIR, "西咸新区航空物流协会", "NEW_CITY", "XX-KG", ("56", "58")), registered(AI, "西咸新区人工智能产业协会"),
        registered(CAR, "西咸新区汽车行业协会", codes=("3610",)), registered(OLD, "西咸新区旧物流协会", codes=("59",)), registered(GONE, "西咸新区注销协会"),
        p.AssociationActivated(uscc=AIR), p.EvaluationCompleted(association=AIR, grade="4A", valid_from=date(2026, 1, 1), valid_to=date(2030, 12, 31)),
        p.AbnormalListingAdded(association=CAR, reason="UNREACHABLE", listed_on=date(2026, 2, 1)), p.AssociationMerged(uscc=OLD, merged_into=AIR),
        p.AssociationDeregistered(uscc=GONE, ended_on=date(2026, 2, 3)), p.AnnualReportPublished(association=AIR, year=2025, conclusion="QUALIFIED"),
        *(e.model_validate(d) for e, d in duties_told()),
    )  # fmt: skip
    for n, (uscc, day) in enumerate(((AIR, "2020-01-02"), (AI, "2020-01-01"), (CAR, "2020-01-02"))):
        shelf.update("dossiers", uscc, {"$set": {"last_sign_on": day, "n": n}})
    shelf.update("statistics", "exited_by_reason", {"$set": {"n": {"FEE_BURDEN": 3, "EXPELLED": 12}}})
    shelf.histories[AIR] = history(AIR)
    shelf.records["registry.directory.challenge"] = [Challenge(
        id="c1", stage="FILED", association=AIR, district="XX-KG", fact="DOMICILE", ground="OUTDATED", proposed=None, source=None, claim=None,
        filed_on=date(2026, 2, 1), decide_by=date(2026, 2, 27), rules_version="1", overdue=True,
    )]  # fmt: skip
    shelf.records[snapshots.name] = [OpenDataSnapshot(
        id="2026-03-02", stage="PUBLISHED", day=date(2026, 3, 2), as_of=NOW, associations=5, json_sha256="a" * 64, json_bytes=123, csv_sha256="b" * 64,
        csv_bytes=45, kept_until=date(2026, 4, 2),
    )]  # fmt: skip
    return shelf


def duties_told() -> list[tuple[Any, dict[str, Any]]]:
    return [
        (d.PenaltyImposed, {"about": "p1", "association": CAR, "kind": "FINE", "amount": 1_000_050, "decision_no": "西罚〔2026〕1号", "imposed_on": "2026-02-02"}),
        (d.BrandTitleGranted, {"about": "t1", "association": AIR, "name": "西咸示范商会", "grantor": "管委会", "granted_on": "2025-05-05"}),
        (d.DisclosurePublished, {"association": AIR, "item": "CHARTER", "audience": "PUBLIC", "published_on": "2025-06-06", "url": "https://example.org/章程"}),
        (d.CsrReportPublished, {"association": AIR, "year": 2025, "document": "csr.pdf", "url": "javascript:alert(1)", "published_on": "2025-06-06"}),
    ]  # fmt: skip


class Site:
    """The pages and the routes they stand beside, over a shelf, with a token for whoever asks."""

    def __init__(self, shelf: Shelf, profile: str = "test") -> None:
        self.shelf, self.issuer = shelf, Issuer()
        self.app, engine = (
            FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
            cast(Engine, SimpleNamespace(store=shelf, service=service)),
        )
        self.app.state.settings, self.app.state.verifier, self.app.state.now = (
            Settings(profile=profile),
            self.issuer.verifier(),
            lambda: NOW,
        )
        self.noted: list[Any] = []
        self.app.state.refusals = {"registry": SimpleNamespace(note=self.note)}
        install(self.app)
        for routes in (directory, oversight, pages):
            self.app.include_router(routes(engine), prefix="/registry")
        self.app.add_middleware(Guard)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://registry.example", headers={"accept-language": "zh-CN"}
        )

    async def note(self, call: Any, method: str, path: str, error: Any) -> None:
        self.noted.append((call.role, path))

    async def get(self, path: str, role: str = "", organisation: str = "", district: str = "", **more: Any) -> httpx.Response:
        head = {"Authorization": f"Bearer {self.issuer.token(role, organisation, district)}"} if role else {}
        return await self.client.get(f"/registry{path}", headers=head | more.pop("headers", {}), **more)


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[Site]:
    """The whole register, to be read."""
    one = Site(await register())
    yield one
    await one.client.aclose()


Sites = Callable[[Shelf], Site]


@pytest.fixture
async def sites() -> AsyncIterator[Sites]:
    """`sites(shelf)` is a site of what stands on that shelf."""
    made: list[Site] = []

    def make(shelf: Shelf) -> Site:
        made.append(Site(shelf))
        return made[-1]

    yield make
    for one in made:
        await one.client.aclose()
