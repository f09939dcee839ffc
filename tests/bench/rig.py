"""What the comparison stands on: one Kafka and one MongoDB, servers of every form, and meters that read the operating system."""

import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from aiokafka import AIOKafkaProducer
from pymongo import MongoClient

from deploy.local import Stack, mongod
from deploy.local.process import choose_ports
from shared import kafka
from tests.bench import job
from tests.bench.anchor import FORMS, Anchor
from tests.bench.client import Line
from tests.bench.server import issuer_of

ROOT = Path(__file__).resolve().parents[2]
LABELS = {
    "kernel": "Guildhall", "hand": "Python by hand", "spring-collection": "Spring, outbox collection (J)",
    "spring-document": "Spring, outbox in the document (JE)",
}  # fmt: skip
PENDING = {"kernel": ("associations.association", "obx"), "hand": ("associations", "pending"), "spring-document": ("associations", "pending"),
           "spring-collection": ("outbox", "_id")}  # fmt: skip


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(len(ordered) * share))])


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Median, least, greatest and how many: what one row of a table is made of."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": len(values)}


def archive(form: str, role: str) -> str:
    """Which archive of classes a start uses: the reader is the same program in both forms."""
    return f"{form}/{role}" if role == "register" else role


def fresh() -> str:
    return f"bench_{uuid.uuid4().hex[:6]}_"


@dataclass
class Server:
    """One process of one form in one role."""

    form: str
    role: str
    port: int
    child: subprocess.Popen[bytes]
    process: psutil.Process
    born: float  # perf_counter at its start
    ready_s: float = 0.0

    def kill(self) -> None:
        self.child.kill()
        self.child.wait(20)

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Spent:
    """CPU seconds of the parties between two moments."""

    server: float = 0.0
    mongod: float = 0.0
    broker: float = 0.0
    seconds: float = 0.0


@dataclass
class Rig:
    """Both servers of the stack, and every process started here."""

    directory: Path
    anchor: Anchor | None = None
    cache_gib: float = 2.0
    stack: Stack = field(init=False)
    mongod: psutil.Process = field(init=False)
    broker: psutil.Process = field(init=False)
    mongo: MongoClient[dict[str, Any]] = field(init=False)
    servers: list[Server] = field(default_factory=list)

    def __enter__(self) -> "Rig":
        # a measurement of large collections with the development stack's quarter of a gibibyte would measure eviction
        flags = tuple(f"--wiredTigerCacheSizeGB={self.cache_gib}" if "CacheSize" in f else f for f in mongod.FLAGS)
        vars(mongod)["FLAGS"] = flags
        self.stack = Stack(self.directory / "stack")
        self.endpoints = self.stack.up()
        self.mongod, self.broker = (
            psutil.Process(int((self.directory / "stack" / "run" / f"{n}.pid").read_text())) for n in ("mongod", "broker")
        )
        self.mongo = MongoClient(self.endpoints.mongo)
        self.key = str(self.directory / "key.json")
        self.head = f"Authorization: Bearer {issuer_of(self.key).token('ENTERPRISE', 'e1')}\r\n"
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        for server in self.servers:
            server.stop()
        self.mongo.close()
        self.stack.down()
        if failure:
            print(f"what the servers said is kept: {self.directory}/*.log", file=sys.stderr)
            shutil.rmtree(self.directory / "stack", ignore_errors=True)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    # ── servers ───────────────────────────────────────────────────────────────────────────────────
    def environment(self, form: str, role: str, prefix: str, port: int, member: str) -> dict[str, str]:
        if form in FORMS:
            return {"SPRING_PROFILES_ACTIVE": f"{role},{FORMS[form]}", "MONGO": self.endpoints.mongo, "DATABASE": prefix + role, "KAFKA": self.endpoints.kafka,
                    "TOPIC": prefix + job.TOPIC, "GROUP": f"{prefix}directory", "PORT": str(port), "MALLOC_ARENA_MAX": "2"}  # fmt: skip
        return {"GUILDHALL_KAFKA": self.endpoints.kafka, "GUILDHALL_MONGO": self.endpoints.mongo, "GUILDHALL_PREFIX": prefix, "BENCH_KEY": self.key,
                "GUILDHALL_PORT": str(port), "GUILDHALL_LOG_LEVEL": "ERROR", "GUILDHALL_POD_NAME": member}  # fmt: skip

    def start(
        self, form: str, role: str, prefix: str, *, member: str = "", archived: bool = True, wait: bool = True, port: int = 0
    ) -> Server:
        """Start a process; with `member` it is a static member of its group. Waits until it answers, unless told not to."""
        port = port or choose_ports(1)[0]
        if form in FORMS:
            assert self.anchor
            static = [f"--spring.kafka.consumer.properties[group.instance.id]=directory-{member}"] if member else []
            command = self.anchor.command(archive(form, role), *static, archived=archived)
        else:
            command = [sys.executable, "-m", "tests.bench.server", f"hand-{role}" if form == "hand" else role, str(port)]
        begun = time.perf_counter()
        with (self.directory / f"{form}-{role}-{port}.log").open("ab") as told:
            child = subprocess.Popen(
                command, env=os.environ | self.environment(form, role, prefix, port, member), cwd=ROOT, stdout=told, stderr=told
            )
        server = Server(form, role, port, child, psutil.Process(child.pid), begun)
        self.servers.append(server)
        if wait:
            probe = {"kernel": "/livez", "hand": "/openapi.json"}.get(form, "/actuator/health/readiness")
            self.answers(server, probe)
            server.ready_s = time.perf_counter() - begun
        return server

    def answers(self, server: Server, path: str, within: float = 90.0) -> None:
        until = time.perf_counter() + within
        while time.perf_counter() < until:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{server.port}{path}", timeout=2).status_code == 200:
                    return
            if server.child.poll() is not None:
                raise RuntimeError(f"{server.form}/{server.role} ended with {server.child.returncode}")
            time.sleep(0.01)
        raise RuntimeError(f"{server.form}/{server.role} was not ready within {within} s")

    def first_accepted(self, server: Server, word: str) -> float:
        """Seconds from the start of the process to its first accepted command, asked for every 5 ms."""

        async def ask() -> float:
            until = time.perf_counter() + 90
            for n in range(1_000_000):
                if time.perf_counter() > until or server.child.poll() is not None:
                    break
                try:
                    line = await Line(server.port).open()
                    if await line.post(job.PATH, job.body(n, word), self.head) == 201:
                        line.close()
                        return time.perf_counter() - server.born
                    line.close()
                except (OSError, asyncio.IncompleteReadError):
                    pass
                await asyncio.sleep(0.005)
            raise RuntimeError(f"{server.form}/{server.role} accepted nothing")

        return asyncio.run(ask())

    def train(self) -> None:
        """Record the archive of classes of every form and role of the anchor."""
        if self.anchor:
            prefix = fresh()
            self.topic(prefix)
            for form, role in [*((f, "register") for f in FORMS), ("spring-document", "directory")]:
                (port,) = choose_ports(1)
                self.anchor.record(archive(form, role), self.environment(form, role, prefix, port, ""))
            self.forget(prefix)

    # ── topics and stores ─────────────────────────────────────────────────────────────────────────
    def topic(self, prefix: str, partitions: int = 4) -> None:
        asyncio.run(kafka.create_topics([self.endpoints.kafka], [prefix + job.TOPIC], partitions=partitions))

    def fill(self, prefix: str, count: int, word: str = "n", start: int = 0) -> None:
        """Put `count` events into the topic, as the registers themselves would have."""

        async def run() -> None:
            producer = AIOKafkaProducer(bootstrap_servers=self.endpoints.kafka, linger_ms=20, max_batch_size=512 * 1024)
            await producer.start()
            sends = []
            for n in range(start, start + count):
                key, value, headers = job.message(n, word)
                sends.append(await producer.send(prefix + job.TOPIC, value, key=key, headers=headers))
                if len(sends) == 20_000:
                    await asyncio.gather(*sends)
                    sends.clear()
            await asyncio.gather(*sends)
            await producer.stop()

        asyncio.run(run())

    def topic_bytes(self, prefix: str) -> int:
        data = self.directory / "stack" / "kafka" / "data"
        return sum(f.stat().st_size for d in data.glob(f"{prefix}*") for f in d.glob("*.log"))

    def waiting(self, form: str, prefix: str) -> int:
        """Records or events of this form that Kafka does not have yet."""
        collection, field_ = PENDING[form]
        return int(self.mongo[f"{prefix}register"][collection].count_documents({field_: {"$exists": True}}))

    def settled(self, form: str, prefix: str, within: float = 60.0) -> float:
        """Wait until the outbox is empty; seconds it took."""
        begun = time.perf_counter()
        while self.waiting(form, prefix):
            if time.perf_counter() - begun > within:
                raise RuntimeError(f"{form}: the outbox did not empty within {within} s")
            time.sleep(0.05)
        return time.perf_counter() - begun

    def listed(self, prefix: str) -> int:
        return int(self.mongo[f"{prefix}directory"]["directory"].estimated_document_count())

    def disk(self, database: str) -> int:
        """Bytes of all collections and indexes of a database, after a checkpoint."""
        self.mongo.admin.command("fsync")
        stats = self.mongo[database].command("dbStats")
        return int(stats["storageSize"] + stats["indexSize"])

    def forget(self, prefix: str) -> None:
        for role in ("register", "directory"):
            self.mongo.drop_database(prefix + role)

    # ── meters ────────────────────────────────────────────────────────────────────────────────────
    def now(self, *servers: Server) -> Spent:
        return Spent(sum(cpu(s.process) for s in servers), cpu(self.mongod), cpu(self.broker), time.perf_counter())

    @contextlib.contextmanager
    def spent(self, *servers: Server) -> Iterator[Spent]:
        """CPU seconds within the block, by party."""
        before, result = self.now(*servers), Spent()
        yield result
        after = self.now(*servers)
        for part in ("server", "mongod", "broker", "seconds"):
            setattr(result, part, getattr(after, part) - getattr(before, part))

    @contextlib.contextmanager
    def seen(self, prefix: str) -> Iterator[dict[str, float]]:
        """Names in the directory, each with the moment (perf_counter) its row was there."""
        seen, done, ready = dict[str, float](), threading.Event(), threading.Event()

        def watch() -> None:
            pipeline: list[dict[str, Any]] = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument.name": 1}}]
            with (
                MongoClient[dict[str, Any]](self.endpoints.mongo) as client,
                client[f"{prefix}directory"]["directory"].watch(pipeline, max_await_time_ms=100) as stream,
            ):
                ready.set()
                while not done.is_set():
                    while (change := stream.try_next()) is not None:
                        seen[change["fullDocument"]["name"]] = time.perf_counter()

        watcher = threading.Thread(target=watch)
        watcher.start()
        ready.wait(10)
        try:
            yield seen
        finally:
            done.set()
            watcher.join()


def machine(rig: Rig) -> dict[str, Any]:
    import platform
    from importlib.metadata import version

    from deploy.local.jars import KAFKA_VERSION

    names = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return {
        "cpu": next((line.split(":")[1].strip() for line in names if line.startswith("model name")), platform.processor()),
        "cores": os.cpu_count(), "memory_gib": round(psutil.virtual_memory().total / 2**30), "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "load_at_start": os.getloadavg()[0], "python": platform.python_version(), "kafka": KAFKA_VERSION,
        "mongod": rig.mongo.server_info()["version"], "mongod_cache_gib": rig.cache_gib,
        "java": rig.anchor.version if rig.anchor else None, "spring_boot": rig.anchor.spring if rig.anchor else None,
        **{p: version(p) for p in ("fastapi", "uvicorn", "motor", "pymongo", "aiokafka", "faststream", "pydantic")},
    }  # fmt: skip
