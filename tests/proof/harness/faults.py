"""Every kind of fault (reliability §1.5), each as a coroutine that begins it, lets it last, and takes it back.

A fault returns one line on what it did, and raises `Impossible` where this machine cannot do it.
"""

import asyncio
import contextlib
import random
import shutil
import signal
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from pymongo.errors import AutoReconnect, PyMongoError

from services.__main__ import services
from shared import kafka, letters
from shared.engine import Engine
from shared.mongo import OUTAGES, Store
from tests.proof.harness.cluster import RECORD_MAX, Broker, Cluster, Member
from tests.proof.harness.herd import NAMES, Herd
from tests.proof.harness.proxy import Network

READERS = ("evaluation", "notification", "matchmaking", "portal")
POISON, POISONED = 100, "registry.members.v1"


class Impossible(Exception):
    """This fault cannot be made here, for the reason given."""


@dataclass
class Zone:
    """All that a fault may touch."""

    cluster: Cluster
    network: Network
    herd: Herd
    dice: random.Random
    directory: Path
    prefix: str
    doors: dict[str, int]  # service → its port behind the proxy
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def bus(self) -> list[str]:
        return self.cluster.kafka.split(",")

    @contextlib.asynccontextmanager
    async def engines(self) -> AsyncIterator[dict[str, Engine]]:
        """Engines of the harness itself, for what operators do."""
        made = {s.name: Engine(s, Store(self.cluster.mongo, f"{self.prefix}{s.name}")) for s in services() if s.name in NAMES}
        try:
            yield made
        finally:
            for engine in made.values():
                await engine.store.close()

    def some(self, *names: str) -> str:
        return self.dice.choice(names or NAMES)


Fault = Callable[[Zone], Awaitable[str]]
FAULTS: dict[str, tuple[str, str, Fault]] = {}  # name → number in the plan, title, what it does


def fault(number: str, title: str) -> Callable[[Fault], Fault]:
    def keep(made: Fault) -> Fault:
        FAULTS[made.__name__] = (number, title, made)
        return made

    return keep


async def stopped(process: Any, seconds: float) -> None:
    """SIGSTOP for a while, whatever happens meanwhile."""
    process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        process.send_signal(signal.SIGCONT)


# ── processes ─────────────────────────────────────────────────────────────────────────────────────
@fault("F1", "kill -9 of a service")
async def service_killed(zone: Zone) -> str:
    name = zone.some()
    zone.herd.kill(name)
    return name


@fault("F1", "kill -9 of all services at once")
async def services_killed(zone: Zone) -> str:
    for name in NAMES:
        zone.herd.kill(name)
    return "all"


@fault("F2", "SIGSTOP of a service")
async def service_stopped(zone: Zone) -> str:
    name, seconds = zone.some(), zone.dice.uniform(3, 6)
    await stopped(zone.herd.children[name], seconds)
    return f"{name} for {seconds:.1f} s"


async def leader(zone: Zone) -> Broker:
    return await zone.cluster.leader(f"{zone.prefix}{zone.some('registry.members.v1', 'matchmaking.leads.v1', 'notification.ledger.v1')}")


@fault("F3", "kill -9 of a leading broker, restart after 1 s")
async def broker_killed(zone: Zone) -> str:
    one = await leader(zone)
    one.daemon.kill()
    await asyncio.sleep(1)
    await asyncio.to_thread(zone.cluster.start, one)
    return one.name


@fault("F3", "SIGSTOP of a leading broker")
async def broker_stopped(zone: Zone) -> str:
    one, seconds = await leader(zone), zone.dice.uniform(3, 6)
    await stopped(one.daemon.process(), seconds)
    return f"{one.name} for {seconds:.1f} s"


@fault("F3", "clean restart of a leading broker")
async def broker_restarted(zone: Zone) -> str:
    one = await leader(zone)
    await asyncio.to_thread(one.daemon.stop)
    await asyncio.to_thread(zone.cluster.start, one)
    return one.name


async def primary(zone: Zone) -> Member:
    for _ in range(60):
        if found := await asyncio.to_thread(zone.cluster.primary):
            return found
        await asyncio.sleep(0.2)
    raise Impossible("there was no primary")


@fault("F4", "kill -9 of the MongoDB primary, restart after 1 s")
async def primary_killed(zone: Zone) -> str:
    one = await primary(zone)
    one.daemon.kill()
    await asyncio.sleep(1)
    await asyncio.to_thread(zone.cluster.start, one)
    return one.name


@fault("F4", "stepdown of the MongoDB primary")
async def primary_stepped_down(zone: Zone) -> str:
    one = await primary(zone)

    def step() -> None:
        with one.direct() as client, contextlib.suppress(AutoReconnect):
            client.admin.command({"replSetStepDown": 20, "secondaryCatchUpPeriodSecs": 5})

    try:
        await asyncio.to_thread(step)
    except PyMongoError as error:
        raise Impossible(f"the primary would not step down: {str(error)[:120]}") from error
    return one.name


@fault("F4", "SIGSTOP of the MongoDB primary")
async def primary_stopped(zone: Zone) -> str:
    one = await primary(zone)
    await stopped(one.daemon.process(), 6)
    return f"{one.name} for 6 s"


@fault("F5", "kill -9 of all mongods, restart after 1 s")
async def mongods_killed(zone: Zone) -> str:
    for member in zone.cluster.members:
        member.daemon.kill()
    await asyncio.sleep(1)
    for member in zone.cluster.members:
        await asyncio.to_thread(zone.cluster.start, member)
    return "all"


# ── the network ───────────────────────────────────────────────────────────────────────────────────
@fault("F6", "MongoDB primary cut off from its peers, clients still reach it")
async def primary_cut_off(zone: Zone) -> str:
    one, seconds = await primary(zone), zone.dice.uniform(6, 10)
    others = [m.name for m in zone.cluster.members if m is not one]
    pairs = [(a, b, "hold", 0.0) for other in others for a, b in ((one.name, other), (other, one.name))]
    with zone.network.ruled(*pairs):
        await asyncio.sleep(seconds)
    return f"{one.name} for {seconds:.1f} s"


async def cut(zone: Zone, source: str, target: str, what: str) -> str:
    mode, value = zone.dice.choice((("hold", 0.0), ("blackhole", 0.0), ("reset", 0.0), ("refuse", 0.0), ("delay", 0.2), ("slow", 20_000.0)))
    seconds = zone.dice.uniform(4, 7)
    with zone.network.ruled((source, target, mode, value)):
        await asyncio.sleep(seconds)
    return f"{source} and {what}: {mode} for {seconds:.1f} s"


@fault("F7", "a service and MongoDB: partition, half-open, reset, refused, delayed, slow")
async def service_and_mongo(zone: Zone) -> str:
    return await cut(zone, zone.some(), "mongo*", "MongoDB")


@fault("F7", "a service and Kafka: the same")
async def service_and_kafka(zone: Zone) -> str:
    return await cut(zone, zone.some(), "kafka*", "Kafka")


@fault("F7", "notification and the mail relay: the same")
async def sender_and_sink(zone: Zone) -> str:
    return await cut(zone, "notification", "sink", "the mail relay")


@fault("F7", "callers and a service: the same, or cut in the middle of an answer")
async def callers_and_service(zone: Zone) -> str:
    name = zone.some("registry", "matchmaking")
    if zone.dice.random() < 0.4:
        seconds = zone.dice.uniform(3, 5)
        with zone.network.ruled(("*", f"http-{name}", "cut_after", float(zone.dice.randrange(500, 4000)))):
            await asyncio.sleep(seconds)
        return f"{name}: cut in the middle for {seconds:.1f} s"
    return await cut(zone, "*", f"http-{name}", name)


# ── disks and clocks ──────────────────────────────────────────────────────────────────────────────
async def injected(zone: Zone, member: Member, what: str, seconds: float) -> None:
    """Raises: Impossible without strace, or where it may not attach."""
    strace = shutil.which("strace")
    process = member.daemon.process()
    if strace is None:
        raise Impossible("strace is not here")
    if process is None:
        raise Impossible(f"{member.name} does not run")
    words = ["-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:{what}", "-o", "/dev/null", "-p", str(process.pid)]
    tracer = await asyncio.create_subprocess_exec(strace, *words, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(seconds):
            told = (await tracer.communicate())[1].decode(errors="replace")
        if "attach" in told:
            raise Impossible("strace may not attach here")
    except TimeoutError:
        tracer.terminate()
        await tracer.wait()


@fault("F9", "fsync of a mongod fails (EIO)")
async def disk_fails(zone: Zone) -> str:
    one = await primary(zone) if zone.dice.random() < 0.5 else zone.dice.choice(zone.cluster.members)
    await injected(zone, one, "error=EIO", 4)
    ended = one.daemon.process() is None
    await asyncio.to_thread(zone.cluster.restart_dead)
    return f"{one.name}{', which ended' if ended else ''}"


@fault("F9", "fsync of the MongoDB primary takes 300 ms more")
async def disk_slow(zone: Zone) -> str:
    one = await primary(zone)
    await injected(zone, one, "delay_enter=300000", 5)
    return one.name


@fault("F10", "the clock of a service is two minutes fast, or ten slow, and then right again")
async def clock_wrong(zone: Zone) -> str:
    name, by = zone.some(), zone.dice.choice((timedelta(minutes=2), timedelta(minutes=-10)))
    zone.herd.clocks[name] = (datetime.now(UTC) + by).isoformat()
    zone.herd.kill(name)
    await asyncio.sleep(6)
    del zone.herd.clocks[name]
    zone.herd.kill(name)
    return f"{name} by {by.total_seconds() / 60:+.0f} min"


# ── records ───────────────────────────────────────────────────────────────────────────────────────
@contextlib.asynccontextmanager
async def producer(zone: Zone, **more: Any) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(bootstrap_servers=zone.bus, acks="all", request_timeout_ms=10_000, **more)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@fault("F11", f"{POISON} poisoned records among good ones")
async def poison(zone: Zone) -> str:
    topic = f"{zone.prefix}{POISONED}"
    ids = [uuid.UUID(int=zone.dice.getrandbits(128)) for _ in range(POISON)]
    head = {"ce_id": str(ids[0]), "ce_type": "registry.members.member_joined.v1", "ce_source": "/registry/members/membership",
            "ce_subject": "x", "ce_time": "2026-01-01T00:00:00Z", "ce_sequence": "1"}  # fmt: skip

    def record(n: int) -> tuple[bytes | None, bytes, dict[str, Any]]:
        key = f"poison-{ids[n]}"
        right = head | {"ce_id": str(ids[n]), "ce_subject": key}
        return [
            (key.encode(), b"not json", right), (key.encode(), b"", right), (None, b"{}", right), (key.encode(), b"[1]", right),
            (key.encode(), b"{}", {}), (key.encode(), b"{}", right | {"ce_sequence": "zero"}), (key.encode(), b"{}", right | {"ce_type": "elsewhere.v9"}),
            (key.encode(), b"\xff\xfe", right), (key.encode(), b"{}", right | {"ce_time": "yesterday"}), (key.encode(), b'{"a":' * 300, right),
        ][n % 10]  # fmt: skip

    async with producer(zone) as out:
        for n in range(POISON):
            key, value, headers = record(n)
            await out.send_and_wait(topic, value, key=key, headers=[(k, v.encode()) for k, v in headers.items()])
            await asyncio.sleep(0.01)
    zone.counts["poison"] += POISON
    return f"{POISON} on registry.members"


@fault("F12", "huge bodies and records: 0.9, 2, 4 and 20 MB")
async def huge(zone: Zone) -> str:
    sizes, answers = (900_000, 2_000_000, 4_000_000, 20_000_000), []
    async with producer(zone, max_request_size=RECORD_MAX - 1000) as out:
        for size in sizes:
            await out.send_and_wait(f"{zone.prefix}{POISONED}", b"x" * size, key=b"huge")
            zone.counts["poison"] += 1
    async with httpx.AsyncClient(timeout=20) as client:
        for size in sizes:
            with contextlib.suppress(httpx.TransportError):
                url = f"http://127.0.0.1:{zone.doors['registry']}/registry/memberships"
                answer = await client.post(url, content=b'{"a":"' + b"x" * size + b'"}', headers={"content-type": "application/json"})
                answers.append(answer.status_code)
    if strange := [a for a in answers if a != 413]:
        zone.counts[f"a huge body was answered {strange[0]}"] += 1
    return f"answers {answers}"


@fault("F13", "records sent again one to five times, and older ones replayed")
async def repeated(zone: Zone) -> str:
    again = 0
    async with producer(zone) as out:
        for topic in ("registry.members.v1", "matchmaking.leads.v1", "notification.ledger.v1"):
            for record in await kafka.read_all(zone.bus, [f"{zone.prefix}{topic}"], last=60):
                if len(record.value or b"") < 100_000 and record.key != b"huge" and dict(record.headers).get("ce_id"):
                    for _ in range(zone.dice.randint(1, 5)):
                        await out.send(record.topic, record.value, key=record.key, headers=list(record.headers))
                        again += 1
            await out.flush()
    zone.counts["repeated"] += again
    return f"{again} records"


@fault("F14", "a release that cannot handle one event in seven; mended, then all dead letters redriven twice")
async def redriven(zone: Zone) -> str:
    name = zone.some(*READERS)
    bug = zone.directory / f"bug-{name}"
    bug.touch()
    try:
        await asyncio.sleep(4)
    finally:
        bug.unlink()
    await asyncio.sleep(1)
    told = [await redrive(zone, name) for _ in range(2)]
    zone.counts["redriven"] += told[0]
    return f"{name}: {told[0]} taken in, the second time {told[1]}"


async def redrive(zone: Zone, name: str) -> int:
    """As an operator does; who comes at a bad moment tries again. Returns how many letters took effect."""
    async with zone.engines() as engines:
        for _ in range(20):
            try:
                return sum(one["redriven"] for one in await letters.redriven(engines[name]))
            except OUTAGES:
                await asyncio.sleep(1)
    return 0


@fault("F17", "rebalance storm: replicas join and leave")
async def rebalances(zone: Zone) -> str:
    name = zone.some(*READERS)
    zone.herd.enlarge(name, len(zone.herd.spare))
    await asyncio.sleep(8)
    how = zone.dice.choice((signal.SIGTERM, signal.SIGKILL))
    zone.herd.shrink(how)
    await zone.herd.gone()
    return f"{name} 1 → {1 + len(zone.herd.spare)} → 1, left by {how.name}"


def planned(seed: int, count: int, only: str = "") -> list[str]:
    """The order: every kind once in shuffled rounds, so that each comes as often as any other."""
    dice, order, kinds = random.Random(seed), list[str](), [k for k in FAULTS if not only or k in only.split(",")]
    while len(order) < count:
        order += dice.sample(kinds, len(kinds))
    return order[:count]
