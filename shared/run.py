"""Services as a process: HTTP, relay, clock and intake around the same engines; one service alone or all together."""

import asyncio
import contextlib
import ctypes
import gc
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import AwareDatetime, ValidationError
from starlette.responses import Response

from shared import kafka, logs, metrics, uscc
from shared.audit import Refusals
from shared.auth import Issuer, Verifier
from shared.engine import Engine, Service, reason_of
from shared.http import Derived, Guard, answer, caller, install, routes
from shared.mongo import OUTAGES, Store
from shared.record import Call, NotAllowed, Refused, Role, Value
from shared.settings import Settings

log = structlog.get_logger()
T = TypeVar("T")
REFUSED = 78  # EX_CONFIG: an unsafe start is refused, with every reason at once
SILENT = 60.0  # seconds without a round after which a loop counts as stuck
M_ARENA_MAX = -8  # mallopt(3)


class PlatformClock:
    """The only clock: real time, or real time moved by an offset (demo, tests, rehearsals). It never goes back."""

    def __init__(self, start: datetime | None = None) -> None:
        self.offset = start - datetime.now(UTC) if start else timedelta(0)

    def now(self) -> datetime:
        moment = datetime.now(UTC) + self.offset
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as MongoDB keeps it

    def move(self, to: datetime) -> None:
        if to < self.now():
            raise Refused("clock_goes_forward", "the platform clock only goes forward", "平台时钟只能向前拨")
        self.offset = to - datetime.now(UTC)


@dataclass
class Running:
    """One service at work: its engine and everything around it."""

    service: Service
    settings: Settings
    clock: PlatformClock
    engine: Engine = field(init=False)
    intake: kafka.Intake | None = None
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = Store(self.settings.mongo, f"{self.settings.prefix}{self.service.name}", self.settings.mongo_driver)
        self.engine = Engine(self.service, store, self.clock.now)
        self.servers = kafka.Servers.of(self.settings)
        self.bus = kafka.broker(self.servers)
        if self.service.sources:
            self.intake = kafka.Intake(self.engine, self.bus, self.settings.prefix, member=self.settings.pod_name)

    async def refusals(self) -> list[str]:
        topics = [self.settings.prefix + t for t in {*self.service.topics, *self.service.sources}]

        async def ask(name: str, question: Callable[[], Awaitable[list[str]]]) -> list[str]:
            try:
                return await patiently(question, self.settings.patience)
            except (*OUTAGES, *kafka.UNSENT) as error:
                return [f"{name} cannot be reached ({type(error).__name__}); is it running, and is its address right?"]

        stands_on = ask("MongoDB", self.engine.store.refusals), ask("Kafka", lambda: kafka.refusals(self.servers, topics))
        return [*kafka.unsafe_subscribers(self.bus), *(reason for found in await asyncio.gather(*stands_on) for reason in found)]

    async def start(self) -> None:
        await patiently(lambda: self.engine.store.prepare(self.service.kinds, self.service.indexes), self.settings.patience)
        relay = kafka.Relay(self.engine, self.servers, self.settings.prefix)
        loops: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
            ("relay", relay.run),
            ("clock", lambda: every(1.0, self.tick, self.engine, "clock")),
        ]
        loops += [("gauges", lambda: every(5.0, self.measure, self.engine, "gauges"))]
        loops += [(f"{loop.__name__}", lambda loop=loop: loop(self.engine)) for loop in self.service.loops]  # type: ignore[misc]
        if self.settings.doorbell == "stream":
            loops.append(("doorbell", lambda: kafka.ring_for_others(self.engine)))
        if self.intake:
            loops.append(("intake", self.join))
        self.tasks = [asyncio.create_task(keep(name, loop, self.service.name)) for name, loop in loops]

    async def join(self) -> None:
        """Enter the consumer group. Commands do not wait for it: after a crash the group may first have to miss the old member."""
        await self.bus.start()
        await asyncio.Event().wait()

    async def tick(self) -> None:
        if "calendars" not in self.engine.vital:
            if moved := await self.engine.move_calendars():
                log.info("deadlines moved with the calendar", service=self.service.name, records=moved)
            self.engine.vital["calendars"] = float("inf")
        await self.engine.ring()
        await self.engine.fan_out()

    async def measure(self) -> None:
        count, age = await self.engine.store.backlog(self.service.kinds)
        metrics.OUTBOX.labels(self.service.name).set(count)
        metrics.OUTBOX_AGE.labels(self.service.name).set(age if count else 0)
        metrics.WAITING.labels(self.service.name).set(
            await self.engine.store.tally("letters", {"state": {"$in": ["PARKED", "UNREADABLE"]}})
        )

    async def stop(self) -> None:
        if self.intake:
            await self.intake.commit()
        await self.bus.stop()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.engine.store.close()

    async def unready(self) -> list[str]:
        found = []
        try:
            await asyncio.wait_for(self.engine.store.ping(), 3)
        except (*OUTAGES, TimeoutError) as error:
            found.append(f"MongoDB does not answer ({type(error).__name__})")
        if self.intake and not self.intake.ready:
            found.append("not in the consumer group yet")
        if self.intake and self.intake.failures > 2:
            found.append(f"the intake has failed {self.intake.failures} times in a row")
        return found

    def stuck(self) -> list[str]:
        now = time.monotonic()
        return [name for name in ("relay", "clock") if now - self.engine.vital.get(name, now) > SILENT]


async def patiently(ask: Callable[[], Awaitable[T]], seconds: float, pause: float = 0.5) -> T:
    """Ask until it is answered. Raises: the outage that still lasts after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except (*OUTAGES, *kafka.UNSENT):
            if time.monotonic() > end:
                raise
        await asyncio.sleep(pause)


async def every(seconds: float, do: Callable[[], Awaitable[Any]], engine: Engine, name: str) -> None:
    while True:
        await do()
        engine.vital[name] = time.monotonic()
        await asyncio.sleep(seconds)


async def keep(name: str, loop: Callable[[], Awaitable[Any]], service: str) -> None:
    """Run a loop for ever: what it raises is told and it begins again."""
    while True:
        try:
            await loop()
        except Exception as error:  # noqa: BLE001 - a loop that ends would end silently
            log.warning("loop begins anew", service=service, loop=name, reason=reason_of(error))
        await asyncio.sleep(1.0)


class TokenForm(Value):
    role: Role
    organisation: str = ""
    district: str = ""


class ClockForm(Value):
    now: AwareDatetime


def rehearsal(issuer: Issuer, clock: PlatformClock) -> APIRouter:
    """What only demo and tests have: tokens for any role, and a clock that can be moved. For the OPERATOR."""
    router = APIRouter()

    def operator(call: Annotated[Call, Depends(caller)]) -> Call:
        if call.role != "OPERATOR":
            raise NotAllowed("role_not_allowed", "for the operator", "仅限运维人员")
        return call

    @router.post("/identity/token", tags=["rehearsal"])
    async def issue_token(form: TokenForm, call: Annotated[Call, Depends(operator)]) -> dict[str, Any]:
        token = issuer.token(form.role, form.organisation, form.district)
        return {"access_token": token, "token_type": "Bearer", "expires_in": issuer.lifetime}

    @router.post("/clock", tags=["rehearsal"])
    async def move_clock(form: ClockForm, call: Annotated[Call, Depends(operator)]) -> dict[str, datetime]:
        clock.move(form.now)
        return {"now": clock.now()}

    @router.get("/clock", tags=["rehearsal"])
    async def read_clock() -> dict[str, datetime]:
        return {"now": clock.now()}

    return router


class Platform(FastAPI):
    """FastAPI for what is written by hand; in front of it the guard, which knows the derived routes."""

    imports: Sequence[str] = ()
    forms: Sequence[str] = ()

    def build_middleware_stack(self) -> Any:
        return Guard(super().build_middleware_stack(), self.imports, [r for r in self.router.routes if isinstance(r, Derived)], self.forms)


def few_arenas() -> None:
    """glibc gives many threads an arena each, and an arena keeps what it once needed. One event loop and its driver's threads are well served by
    two. Where the C library is another nothing happens."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def build(services: Sequence[Service], settings: Settings, issuer: Issuer | None = None) -> FastAPI:
    """The application of these services. Raises at start (lifespan): Unsafe with every reason to refuse; `serve` then returns 78."""
    few_arenas()
    uscc.DEMO_CODES_ALLOWED = settings.profile != "production"
    clock = PlatformClock(settings.clock)
    running = [Running(s, settings, clock) for s in services]
    if settings.profile == "production":
        issuer = None
    elif issuer is None:
        issuer = Issuer(settings.oidc_audience)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reasons = settings.refusals()
        if not reasons:
            reasons = [r for found in await asyncio.gather(*(r.refusals() for r in running)) for r in found]
        if reasons:
            app.state.refused = True
            raise Unsafe(reasons)
        await asyncio.gather(*(r.start() for r in running))
        gc.collect()
        gc.freeze()
        gc.set_threshold(
            200_000, 20, 100
        )  # above what a full batch of events holds at once: a reader spent a tenth of its time looking through them
        log.info("ready", services=[s.name for s in services], profile=settings.profile)
        yield
        await asyncio.gather(*(r.stop() for r in running), return_exceptions=True)

    app = Platform(title="Guildhall", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.imports = [f"/{s.name}{path}" for s in services for path in s.imports]
    app.forms = [path for s in services for path in s.forms]
    app.state.refused, app.state.now, app.state.running, app.state.issuer, app.state.clock, app.state.settings = (
        False,
        clock.now,
        running,
        issuer,
        clock,
        settings,
    )
    app.state.verifier = issuer.verifier() if issuer else Verifier(settings.oidc_issuer, settings.oidc_audience)
    app.state.engines = {r.service.name: r.engine for r in running}
    app.state.refusals = {r.service.name: Refusals(r.engine.store) for r in running}
    install(app)
    for one in running:
        app.router.routes.extend(routes(one.service, one.engine))
    if issuer:
        app.include_router(rehearsal(issuer, clock))
    app.include_router(probes(running))
    return app


def probes(running: Sequence[Running]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> Response:
        stuck = [f"{r.service.name}: {loop}" for r in running for loop in r.stuck()]
        return answer({"alive": not stuck, "stuck": stuck}, 503 if stuck else 200)

    @router.get("/readyz")
    async def readyz() -> Response:
        found = await asyncio.gather(*(r.unready() for r in running))
        reasons = [f"{r.service.name}: {why}" for r, whys in zip(running, found, strict=True) for why in whys]
        return answer({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    @router.get("/metrics")
    async def read_metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/openapi/{service}.json")
    async def read_openapi(service: str, request: Request) -> Response:
        from shared.http import openapi

        found = next((r.service for r in running if r.service.name == service), None)
        if found is None:
            raise Refused("not_found", "no such service", "没有该服务")
        return answer(openapi(found))

    return router


class Unsafe(Exception):
    """This start would not be safe; every reason at once."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        for reason in reasons:
            print(f"guildhall refuses to start: {reason}", file=sys.stderr)  # noqa: T201 - for the person at the terminal


def serve(app: FastAPI, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    config = uvicorn.Config(app, settings.host, settings.port, loop="uvloop" if sys.platform != "win32" else "auto", access_log=False,
                            log_config=None, timeout_keep_alive=30, timeout_graceful_shutdown=10, server_header=False)  # fmt: skip
    server = uvicorn.Server(config)
    app.state.server = server  # long answers end when it wants to
    try:
        server.run()
    except SystemExit as stop:  # uvicorn's own, when the start has failed
        return REFUSED if app.state.refused else int(stop.code or 0)
    return 0


def run(service: Service) -> int:
    """`python -m services.<name>`: one service, alone."""
    try:
        settings = Settings.from_environment()
    except ValidationError as error:
        for e in error.errors(include_input=False):
            print(f"guildhall refuses to start: GUILDHALL_{str(e['loc'][0]).upper()} is not right ({e['type']})", file=sys.stderr)  # noqa: T201
        return REFUSED
    return start(lambda: build([service], settings), settings)


def start(make: Callable[[], FastAPI], settings: Settings) -> int:
    """Build and serve; without the addresses of both servers there is nothing to build on. Returns the exit code."""
    if not settings.kafka or not settings.mongo:
        Unsafe(settings.refusals())
        return REFUSED
    logs.configure(settings.log_level, settings.log_format)
    return serve(make(), settings)
