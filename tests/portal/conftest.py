"""The portal's pages without a broker: the real routes over a store of dictionaries."""

from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from services.evaluation.service import service as evaluation
from services.matchmaking.service import service as matchmaking
from services.notification.service import service as notification
from services.portal.pages import start_page
from services.portal.reference import reference
from services.portal.service import service as portal
from services.portal.streams import portal_routes
from services.registry.service import service as registry
from shared.engine import Engine, Service
from shared.http import Guard, install
from shared.settings import Settings
from tests.portal.browser import browser, chromium  # noqa: F401 - fixtures
from tests.portal.doubles import FakeEffects, FakeEngine, FakeStore

EVERY: list[Service] = [registry, evaluation, notification, matchmaking, portal]
Site = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="session")
def every() -> list[Service]:
    return EVERY


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """`site(effects, profile="demo")` is a client of the pages that show these effects."""
    opened: list[httpx.AsyncClient] = []

    def make(
        effects: FakeEffects | None = None, profile: str = "demo", away: type[Exception] | None = None, server: Any = None
    ) -> httpx.AsyncClient:
        app, engine = FastAPI(docs_url=None, redoc_url=None, openapi_url=None), cast(Engine, FakeEngine(FakeStore(effects, away)))
        app.state.settings = Settings(profile=profile)
        app.state.running = [SimpleNamespace(service=s) for s in EVERY]
        app.state.server = server
        install(app)
        app.include_router(portal_routes(engine), prefix="/portal")
        app.include_router(start_page(engine))
        app.include_router(reference(EVERY))
        app.add_middleware(Guard)
        opened.append(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal.example"))
        return opened[-1]

    yield make
    for client in opened:
        await client.aclose()
