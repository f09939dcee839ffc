"""Three Kafka brokers and three mongods, each behind the proxy for its callers and for its peers."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local.jars import jars
from deploy.local.kafka import JVM, LOGGING, PROPERTIES, java
from deploy.local.mongod import FLAGS, mongod
from deploy.local.process import Daemon
from deploy.local.ready import listens
from shared import kafka
from tests.proof.harness.proxy import Network

CLUSTER = "AAAAAAAAAAAAAAAAAAAAAA"
RECORD_MAX = 25_000_000  # bytes: others may write what our own producers never would
REPLICATED = """\
message.max.bytes={record_max}
replica.fetch.max.bytes={record_max}
unclean.leader.election.enable=false
min.insync.replicas={isr}
# the default of 30 s would keep a stopped broker in the set that every acknowledgement waits for
replica.lag.time.max.ms=5000
controller.quorum.election.timeout.ms=1000
controller.quorum.fetch.timeout.ms=2000
"""


class Broker:
    """One node of the KRaft quorum, broker and controller."""

    def __init__(self, number: int, directory: Path, ports: dict[str, int], doors: dict[str, int], voters: Sequence[int]) -> None:
        """`ports` are its own, `doors` those of the proxy in front of them; `voters` are the doors of all controllers."""
        self.number, self.name, self.home = number, f"kafka{number}", directory / f"kafka{number}"
        self.daemon, self.ports, self.doors, self.voters = Daemon(self.name, directory), ports, doors, voters

    def properties(self) -> str:
        count = len(self.voters)
        quorum = ",".join(f"{n}@127.0.0.1:{door}" for n, door in enumerate(self.voters, 1))
        text = PROPERTIES.format(data=self.home / "data", broker=self.ports["broker"], controller=self.ports["controller"])
        told = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
        told |= dict(
            line.split("=", 1) for line in REPLICATED.format(record_max=RECORD_MAX, isr=min(2, count)).splitlines() if line[0] != "#"
        )
        told.pop("controller.quorum.bootstrap.servers")
        told |= {"node.id": str(self.number), "controller.quorum.voters": quorum, "offsets.topic.replication.factor": str(count),
                 "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.doors['broker']}"}  # fmt: skip
        return "\n".join(f"{name}={value}" for name, value in told.items()) + "\n"

    def start(self) -> None:
        classpath, settings = f"{jars(lambda _: None)}/*", self.home / "server.properties"
        if not settings.exists():
            self.home.mkdir(parents=True)
            settings.write_text(self.properties())
            form = [str(java()), "-cp", classpath, *JVM, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(settings)]
            subprocess.run(form, check=True, capture_output=True)
        self.daemon.start(
            [str(java()), "-cp", classpath, *JVM, "-Xmx384m", *LOGGING, "kafka.Kafka", str(settings)], {"MALLOC_ARENA_MAX": "2"}
        )


class Member:
    """One mongod of the set."""

    def __init__(self, number: int, directory: Path, port: int, door: int) -> None:
        self.number, self.name, self.home = number, f"mongo{number}", directory / f"mongo{number}"
        self.daemon, self.port, self.door = Daemon(self.name, directory), port, door

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        flags = [f for f in FLAGS if "oplogSize" not in f]  # the longest run must fit into it: deliveries are read from it afterwards
        self.daemon.start([str(mongod()), f"--port={self.port}", f"--dbpath={self.home}", "--oplogSize=990", *flags], {"LC_ALL": "C"})

    @contextlib.contextmanager
    def direct(self) -> Any:
        """A client of this member alone, past the proxy."""
        with MongoClient[dict[str, Any]](
            f"127.0.0.1:{self.port}", directConnection=True, serverSelectionTimeoutMS=1500, socketTimeoutMS=4000
        ) as client:
            yield client

    def state(self) -> int:
        """1 primary, 2 secondary, anything else is not at work."""
        try:
            with self.direct() as client:
                return int(client.admin.command("replSetGetStatus")["myState"])
        except PyMongoError:
            return 0


class Cluster:
    def __init__(self, directory: Path, ports: list[int], count: int = 3) -> None:
        """Takes eight of `ports` for each of `count` brokers and members: four ports, four doors."""
        take = iter(ports)
        own = [{name: next(take) for name in ("broker", "controller", "mongod")} for _ in range(count)]
        doors = [{name: next(take) for name in ("broker", "controller", "mongod")} for _ in range(count)]
        voters = [d["controller"] for d in doors]
        self.brokers = [Broker(n, directory, own[n - 1], doors[n - 1], voters) for n in range(1, count + 1)]
        self.members = [Member(n, directory, own[n - 1]["mongod"], doors[n - 1]["mongod"]) for n in range(1, count + 1)]
        self.links = [link for b in self.brokers for link in ((b.name, b.doors["broker"], b.ports["broker"]),
                                                              (b.name, b.doors["controller"], b.ports["controller"]))]  # fmt: skip
        self.links += [(m.name, m.door, m.port) for m in self.members]
        self.network: Network | None = None

    @property
    def kafka(self) -> str:
        return ",".join(f"127.0.0.1:{b.doors['broker']}" for b in self.brokers)

    @property
    def kafka_direct(self) -> str:
        return ",".join(f"127.0.0.1:{b.ports['broker']}" for b in self.brokers)

    @property
    def mongo(self) -> str:
        return f"mongodb://{','.join(f'127.0.0.1:{m.door}' for m in self.members)}/?replicaSet=rs0"

    def start(self, part: Broker | Member) -> None:
        part.start()
        pid = int(part.daemon.pid_file.read_text())
        if self.network:
            self.network.knows(pid, part.name)

    def up(self, network: Network) -> None:
        self.network = network
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(self.start, [*self.members, *self.brokers]))
        deadline = time.monotonic() + 60
        while not all(self._answers(m) for m in self.members):
            if time.monotonic() > deadline:
                raise TimeoutError("the mongods do not answer")
            time.sleep(0.1)
        with self.members[0].direct() as client:
            members = [{"_id": m.number, "host": f"127.0.0.1:{m.door}"} for m in self.members]
            settings = {"electionTimeoutMillis": 3000, "heartbeatIntervalMillis": 500}
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": members, "settings": settings})

    @staticmethod
    def _answers(member: Member) -> bool:
        try:
            with member.direct() as client:
                return bool(client.admin.command("ping"))
        except PyMongoError:
            return False

    def primary(self) -> Member | None:
        return next((m for m in self.members if m.state() == 1), None)

    async def leader(self, topic: str) -> Broker:
        """Who leads the first partition. Raises: the bus's own errors."""
        async with kafka.admin(self.kafka.split(",")) as client:
            (told,) = await client.describe_topics([topic])
        return self.brokers[int(told["partitions"][0]["leader"]) - 1]

    async def well(self) -> bool:
        """Every part runs, the set has a primary and its secondaries, every partition all its copies."""
        states = await asyncio.gather(*(asyncio.to_thread(m.state) for m in self.members))
        if sorted(states) != [1] + [2] * (len(states) - 1):
            return False
        if not all(await asyncio.gather(*(asyncio.to_thread(listens, "127.0.0.1", b.ports["broker"]) for b in self.brokers))):
            return False  # a broker that comes back opens its port when it has caught up with the controllers
        try:
            async with asyncio.timeout(5), kafka.admin(self.kafka.split(",")) as client:
                topics = await client.describe_topics()
        except (*kafka.UNSENT, IndexError):
            return False
        return all(len(p["isr"]) == len(p["replicas"]) for t in topics for p in t["partitions"])

    def restart_dead(self) -> list[str]:
        started = []
        for part in [*self.members, *self.brokers]:
            if part.daemon.process() is None:
                self.start(part)
                started.append(part.name)
        return started

    def go_on(self) -> None:
        """Whoever was stopped with SIGSTOP runs again."""
        for part in [*self.members, *self.brokers]:
            if (process := part.daemon.process()) and process.status() == psutil.STATUS_STOPPED:
                process.send_signal(signal.SIGCONT)

    def down(self) -> None:
        self.go_on()
        for part in [*self.members, *self.brokers]:
            part.daemon.kill()
