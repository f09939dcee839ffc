"""The two hand-written reads over HTTP: who gets what, and what the others are told."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from httpx import ASGITransport, AsyncClient, Response

from services.evaluation.facts.routes import fact_routes
from services.evaluation.rating.application import RatingApplication
from services.evaluation.rating.routes import explanation_routes
from shared.http import caller
from shared.record import Call, Refused
from tests.evaluation.cases import ASSOCIATION, OFFICE, OTHER, PANEL, Case, a_call

ROW = {"association": ASSOCIATION, "key": "lead.accepted", "year": 2025, "value": 4, "sources": ["e-lead"], "events": 4}


@dataclass
class Kept:
    """The little of an engine that the routes use, with one association, one fact, one application in it."""

    record: RatingApplication = field(default_factory=lambda: Case().with_panel().record)

    @property
    def store(self) -> "Kept":
        return self

    async def read(self, kind: Any, id_: str) -> RatingApplication | None:
        return self.record if id_ == self.record.id else None

    async def one(self, collection: str, id_: str) -> dict[str, Any] | None:
        return {"_id": ASSOCIATION, "name": "某协会"} if (collection, id_) == ("associations", ASSOCIATION) else None

    async def rows(self, collection: str, where: dict[str, Any], limit: int) -> list[dict[str, Any]]:
        assert where["association"] == {"$eq": ASSOCIATION}
        return [ROW] if where.get("year", 2025) == 2025 else []


class Desk:
    """Asks as somebody."""

    def __init__(self) -> None:
        self.app, self.call = FastAPI(), a_call("PUBLIC")
        for routes in (fact_routes, explanation_routes):
            self.app.include_router(routes(Kept()))  # type: ignore[arg-type]
        self.app.dependency_overrides[caller] = self.who
        self.app.add_exception_handler(Refused, self.refuse)

    def who(self) -> Call:
        return self.call

    async def refuse(self, request: Request, no: Exception) -> JSONResponse:
        assert isinstance(no, Refused)
        return JSONResponse({"code": no.code}, no.status)

    async def get(self, path: str, role: str, organisation: str = "") -> Response:
        self.call = a_call(role, organisation)
        async with AsyncClient(transport=ASGITransport(self.app), base_url="http://desk") as client:
            return await client.get(path)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_an_association_reads_its_own_facts_by_year(desk: Desk) -> None:
    said = (await desk.get(f"/facts/{ASSOCIATION}", "ASSOCIATION", ASSOCIATION)).json()
    assert [(f["fact"], f["value"], f["sources"]) for f in said["facts"]] == [("lead.accepted", 4, ["e-lead"])]
    assert (await desk.get(f"/facts/{ASSOCIATION}?year=2024", "SO_ADMIN", OFFICE)).json()["facts"] == []


@pytest.mark.parametrize(
    ("path", "role", "organisation", "status"),
    [
        (f"/facts/{ASSOCIATION}", "ASSOCIATION", OTHER, 404),
        (f"/facts/{OTHER}", "SO_ADMIN", OFFICE, 404),
        (f"/facts/{ASSOCIATION}", "ENTERPRISE", OTHER, 403),
        (f"/facts/{ASSOCIATION}?year=1", "SO_ADMIN", OFFICE, 422),
        ("/applications/application-1/explanation", "SO_ADMIN", OFFICE, 200),
        ("/applications/application-1/explanation", "PANEL", PANEL[0], 200),
        ("/applications/application-1/explanation", "PANEL", "panel:09", 404),
        ("/applications/application-1/explanation", "ASSOCIATION", ASSOCIATION, 200),
        ("/applications/application-1/explanation", "ASSOCIATION", OTHER, 404),
        ("/applications/application-1/explanation", "PUBLIC", "", 403),
        ("/applications/application-9/explanation", "SO_ADMIN", OFFICE, 404),
    ],
)
async def test_who_reads_what(desk: Desk, path: str, role: str, organisation: str, status: int) -> None:
    assert (await desk.get(path, role, organisation)).status_code == status


async def test_an_explanation_comes_in_both_languages(desk: Desk) -> None:
    said = (await desk.get("/applications/application-1/explanation", "ASSOCIATION", ASSOCIATION)).json()
    lead = next(r for r in said["indicators"] if r["code"] == "3.4.1")
    assert (lead["points"], lead["title"]) == ("6.0", {"zh": "招商线索", "en": "Investment leads"})
