"""The kernel at work: two sample services over the real Kafka and MongoDB of the suite."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import uvicorn
from pymongo import MongoClient

from shared import kafka
from shared.auth import Issuer
from shared.engine import Engine, Service
from shared.mongo import Store
from shared.record import Call
from shared.run import build
from shared.settings import Settings
from tests.shared.kernel_samples import club, library

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Time:
    """A clock the test holds in its hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def a_call(role: str = "ENTERPRISE", organisation: str = "e1", now: datetime = NOW, **more: Any) -> Call:
    return Call(role, organisation, now, more.pop("id", uuid.uuid4()), **more)


async def until(done: Callable[[], Awaitable[Any]], seconds: float = 20.0) -> Any:
    """What `done` returns as soon as it is true."""
    end = asyncio.get_running_loop().time() + seconds
    while not (found := await done()):
        assert asyncio.get_running_loop().time() < end, f"it did not come to pass within {seconds} s"
        await asyncio.sleep(0.05)
    return found


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def prepared(stack: Any) -> Iterator[dict[str, list[str]]]:
    """Service → empty databases with its collections and indexes: making those takes a second, emptying them some milliseconds."""
    names: dict[str, list[str]] = {library.name: [], club.name: []}
    yield names
    with MongoClient[Any](stack.mongo) as client:
        for name in {n for free in names.values() for n in free}:
            client.drop_database(name)


@pytest.fixture
async def make_engine(stack: Any, driver: str, prepared: dict[str, list[str]]) -> AsyncIterator[Callable[..., Awaitable[Engine]]]:
    made: list[tuple[Engine, list[str] | None]] = []

    async def make(service: Service, now: Callable[[], datetime] | None = None, database: str = "") -> Engine:
        free = prepared[service.name] if not database and any(service is s for s in (library, club)) else None
        store = Store(stack.mongo, database or (free.pop() if free else f"test_{uuid.uuid4().hex[:12]}"), driver)
        await store.prepare(service.kinds, service.indexes)
        made.append((Engine(service, store, now or Time()), free))
        return made[-1][0]

    yield make
    for engine, free in made:
        store: Any = engine.store
        if free is None:
            if store.db.name not in {name for names in prepared.values() for name in names}:  # the first replica has given its own back
                await store.drop()
        else:
            await asyncio.gather(*[store.db[name].delete_many({}) for name in await store.db.list_collection_names()])
            free.append(store.db.name)
        await store.close()


class Zone:
    """Services running behind one address, with a token for whoever asks."""

    def __init__(self, app: Any, issuer: Issuer, settings: Settings, client: httpx.AsyncClient) -> None:
        self.app, self.issuer, self.settings, self.client = app, issuer, settings, client
        self.tokens: dict[tuple[str, str, str], str] = {}  # one each: signing and verifying one costs more than many an answer
        # the application as its server calls it, for thousands of questions about who may do what: those need no socket each
        self.inside = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=client.base_url, timeout=30)

    def engine(self, name: str) -> Engine:
        return self.app.state.engines[name]

    def head(self, role: str = "ENTERPRISE", organisation: str = "e1", district: str = "", **more: str) -> dict[str, str]:
        who = role, organisation, district
        if who not in self.tokens:
            self.tokens[who] = self.issuer.token(*who)
        return {"Authorization": f"Bearer {self.tokens[who]}"} | {k.replace("_", "-"): v for k, v in more.items()}

    async def post(self, path: str, body: Any = None, role: str = "ENTERPRISE", organisation: str = "e1", **more: str) -> httpx.Response:
        return await self.client.post(path, json=body if body is not None else {}, headers=self.head(role, organisation, **more))

    async def get(self, path: str, role: str = "SO_ADMIN", organisation: str = "", **more: str) -> httpx.Response:
        return await self.client.get(path, headers=self.head(role, organisation, **more))


async def running(services: list[Service], stack: Any, **settings: Any) -> AsyncIterator[Zone]:
    prefix = f"test_{uuid.uuid4().hex[:10]}_"
    given = Settings(profile="test", kafka=(stack.kafka,), mongo=stack.mongo, prefix=prefix, port=0, **settings)
    await kafka.create_topics(given.kafka, [prefix + t for s in services for t in s.topics], partitions=3)
    issuer = Issuer()
    app = build(services, given, issuer)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, loop="asyncio", timeout_graceful_shutdown=2))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.02)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        zone = Zone(app, issuer, given, client)
        await until(lambda: ready(client))
        yield zone
    stores = [e.store for e in app.state.engines.values()]
    for store in stores:
        await store.drop()
    server.should_exit = True
    await task


async def ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


@pytest.fixture(scope="module")
async def zone(stack: Any) -> AsyncIterator[Zone]:
    async for one in running([library, club], stack):
        yield one
