"""The registry's face over a real store, without a bus: what `test_files.py` and the measurement of imports both ask."""

import contextlib
import io
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI

from services.registry.associations.association import associations
from services.registry.members.member_import import member_imports
from services.registry.members.taking_in import take_in
from services.registry.service import service
from shared.auth import Issuer
from shared.engine import Engine
from shared.http import Guard, install, routes
from shared.mongo import Stamp, Store
from tests.registry.examples import AIR, association

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Desk:
    """A client, a token for whoever asks, and the engine behind it."""

    def __init__(self, client: httpx.AsyncClient, engine: Engine, issuer: Issuer) -> None:
        self.client, self.engine, self.issuer = client, engine, issuer

    def head(self, role: str = "ASSOCIATION", organisation: str = AIR, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(role, organisation)}"} | {k.replace("_", "-"): v for k, v in more.items()}

    async def send(self, data: bytes, kind: str = "text/csv", **head: str) -> httpx.Response:
        return await self.client.post("/registry/member-imports", content=data, headers=self.head(content_type=kind, **head))

    async def confirm(self, id_: str, **head: str) -> httpx.Response:
        return await self.client.post(f"/registry/member-imports/{id_}:confirm", json={}, headers=self.head(**head))

    async def take_in(self, id_: str) -> int | None:
        """What the loop would do next for this import."""
        found = await self.engine.store.load(member_imports, id_)
        assert found is not None
        return await take_in(self.engine, found.record)

    async def get(self, path: str, **head: str) -> httpx.Response:
        return await self.client.get(f"/registry/{path}", headers=self.head(**head))


@contextlib.asynccontextmanager
async def desk(mongo: str) -> AsyncIterator[Desk]:
    store = Store(mongo, f"test_{uuid.uuid4().hex[:12]}")
    await store.prepare(service.kinds, service.indexes)
    engine = Engine(service, store, lambda: NOW)
    kept, issuer, app = association(), Issuer(), FastAPI(openapi_url=None)
    row = store.insertion(associations, kept, [], Stamp(str(uuid.uuid4()), "PLATFORM", "", NOW), 0)[1]
    await store.insert(associations, [row])
    install(app)
    app.state.verifier, app.state.now = issuer.verifier(), engine.now
    app.router.routes.extend(routes(service, engine))
    app.add_middleware(Guard, imports=[f"/{service.name}{path}" for path in service.imports])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk", timeout=60) as client:
        yield Desk(client, engine, issuer)
    await store.drop()
    await store.close()


def table(codes: Sequence[str], heading: str = "统一社会信用代码,会员类型,会员级别,入会日期", rest: str = "单位,理事,2025/6/1") -> bytes:
    """A CSV file with a line for each code."""
    return "\r\n".join([heading, *(f"{c},{rest}" for c in codes)]).encode("utf-8-sig")


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file with these rows."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


__all__ = ["NOW", "XLSX", "Desk", "desk", "table", "workbook"]
