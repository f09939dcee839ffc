"""One stack: a Kafka and a MongoDB that belong together, in one directory.

Each of the two is found in this order: the address given by the environment (`KAFKA_BOOTSTRAP`, `MONGO_URI`), which is used and never
touched; a container, with `INFRA=docker`; a process of this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.local.compose import ComposedBroker, ComposedMongod
from deploy.local.jars import exclusively
from deploy.local.kafka import NativeBroker
from deploy.local.mongod import NativeMongod
from deploy.local.process import Missing
from deploy.local.ready import listens, mongo_is_primary

__all__ = ["Endpoints", "Part", "Stack", "without_password"]

SPACE_NEEDED = 1_000_000_000  # bytes: journals, index files and a demo's worth of events


def _silently(_: str) -> None:
    """Say nothing."""


def without_password(uri: str) -> str:
    """The address as it may be shown and logged."""
    return re.sub(r"//[^@/]*@", "//…@", uri)


@dataclass(frozen=True)
class Endpoints:
    """Where the two servers are, and whose they are."""

    kafka: str
    """host:port[,host:port…]"""
    mongo: str
    """A MongoDB URI of a replica set."""
    how: str
    """What was used, for people; holds no password."""
    started: tuple[str, ...] = ()
    """The parts that this call itself started, out of `broker` and `mongod`: what its caller may stop again."""


class Part(Protocol):
    """One of the two servers, whatever it runs as."""

    name: str
    title: str

    @property
    def how(self) -> str:
        """What it is, for people."""

    @property
    def address(self) -> str:
        """Where clients find it."""

    def is_up(self) -> bool:
        """Whether it runs and answers."""

    def start(self) -> bool:
        """Start it and wait until it answers; False when it already ran."""

    def stop(self) -> bool:
        """End it cleanly; False when it was not running."""

    def kill(self) -> bool:
        """End it as a crash would."""


class Given:
    """A server that someone else runs: used, never started or stopped."""

    def __init__(self, name: str, title: str, variable: str, address: str, answers: Callable[[str], bool]) -> None:
        self.name = name
        self.title = title
        self.variable = variable
        self.address = address
        self._answers = answers
        self.how = f"{title} as given by {variable} ({without_password(address)})"

    def is_up(self) -> bool:
        """Whether it answers."""
        return self._answers(self.address)

    def start(self) -> bool:
        """Check that it answers. Raises Missing when it does not within 20 s."""
        until = time.monotonic() + 20
        while not self.is_up():
            if time.monotonic() > until:
                raise Missing(f"{self.how} does not answer: start it, or correct {self.variable}, or leave {self.variable} out.")
            time.sleep(0.2)
        return False

    def stop(self) -> bool:
        """Leave it alone."""
        return False

    def kill(self) -> bool:
        """Refuse: it is not ours. Raises Missing."""
        raise Missing(f"{self.how} is not ours to stop: leave {self.variable} out to have one of our own.")


class Stack:
    """Kafka and MongoDB of one directory. Every method may be called from any process that names the same directory."""

    def __init__(self, directory: Path | str, say: Callable[[str], None] = _silently) -> None:
        """`directory` is made with mode 0700 when missing; `say` hears one line per step for people.

        Raises:
            Missing: `INFRA` has a value that means nothing.
        """
        self.directory = Path(directory).resolve()
        self.say = say
        self.broker = self._broker()
        self.mongod = self._mongod()

    @property
    def parts(self) -> tuple[Part, Part]:
        """Both servers."""
        return (self.broker, self.mongod)

    def up(self) -> Endpoints:
        """Bring up what is not up yet, wait until both answer in their own protocol, and write `endpoints.json`.

        Raises:
            Missing: something is not there; what this call had started is stopped again.
        """
        self._make_directory()
        with self._alone():
            free = shutil.disk_usage(self.directory).free
            if free < SPACE_NEEDED:
                raise Missing(
                    f"Only {free // 1_000_000} MB are free on the disk under {self.directory}: free {SPACE_NEEDED // 1_000_000_000} GB there."
                )
            started = self._start_both()
            endpoints = Endpoints(self.broker.address, self.mongod.address, f"{self.broker.how}; {self.mongod.how}", started)
            self._write_endpoints()
        return endpoints

    def down(self, *names: str) -> tuple[str, ...]:
        """Stop the parts named, both when none is; the data stays. Returns the names of those that were running.

        Only what this directory's own pid files or containers name is stopped, never a given server.
        """
        if not self.directory.exists():
            return ()
        with self._alone():
            chosen = [part for part in self.parts if not names or part.name in names]
            with ThreadPoolExecutor(2) as both:
                stopped = list(both.map(lambda part: part.stop(), chosen))
            if all(not part.is_up() for part in self.parts):
                (self.directory / "endpoints.json").unlink(missing_ok=True)
        return tuple(part.name for part, was_up in zip(chosen, stopped, strict=True) if was_up)

    def is_up(self) -> bool:
        """Whether both servers run and answer."""
        with contextlib.suppress(Missing):
            return all(part.is_up() for part in self.parts)
        return False

    def kill_broker(self) -> None:
        """End Kafka as a crash would (SIGKILL)."""
        self.broker.kill()

    def stop_broker(self) -> None:
        """End Kafka cleanly."""
        self.broker.stop()

    def start_broker(self) -> None:
        """Start Kafka again on the same port with the same data, and wait until it answers."""
        self.broker.start()

    def kill_mongod(self) -> None:
        """End MongoDB as a crash would (SIGKILL)."""
        self.mongod.kill()

    def stop_mongod(self) -> None:
        """End MongoDB cleanly."""
        self.mongod.stop()

    def start_mongod(self) -> None:
        """Start MongoDB again on the same port with the same data, and wait until it is primary."""
        self.mongod.start()

    def _broker(self) -> Part:
        given = os.environ.get("KAFKA_BOOTSTRAP")
        if given:
            return Given("broker", "Kafka", "KAFKA_BOOTSTRAP", given, _someone_listens)
        return ComposedBroker(self.directory, self.say) if _in_docker() else NativeBroker(self.directory, self.say)

    def _mongod(self) -> Part:
        given = os.environ.get("MONGO_URI")
        if given:
            return Given("mongod", "MongoDB", "MONGO_URI", given, mongo_is_primary)
        return ComposedMongod(self.directory, self.say) if _in_docker() else NativeMongod(self.directory, self.say)

    def _make_directory(self) -> None:
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.directory.chmod(0o700)
        except OSError as refused:
            raise Missing(f"{self.directory} cannot be made ({refused.strerror}): choose a folder that you may write to.") from refused

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands on one directory wait for each other, so that neither starts what the other is starting."""
        with exclusively(self.directory / "lock"):
            yield

    def _start_both(self) -> tuple[str, ...]:
        both = ThreadPoolExecutor(2)
        starting = [(part, both.submit(_timed, part.start)) for part in self.parts]
        try:
            results = [(part, *done.result()) for part, done in starting]
        except BaseException:  # Ctrl-C too: half a stack is never left behind
            for part, done in starting:
                if not done.exception() and done.result()[0]:
                    part.stop()
            raise
        finally:
            both.shutdown()
        for part, started, seconds in results:
            self.say(f"{part.how}, {without_password(part.address)}: {f'up after {seconds:.1f} s' if started else 'already up'}")
        return tuple(part.name for part, started, _ in results if started)

    def _write_endpoints(self) -> None:
        """For scripts: whole or not at all, and readable by the owner only, for a given URI may hold a password.

        The services write their own address into `http`; it is kept as long as it stands beside the same two servers.
        """
        file = self.directory / "endpoints.json"
        mine = {"http": None, "kafka": self.broker.address, "mongo": self.mongod.address}
        with contextlib.suppress(FileNotFoundError, ValueError):
            there = json.loads(file.read_text(encoding="utf-8"))
            if {**there, "http": None} == mine:
                return
        fresh = file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(mine, indent=2) + "\n", encoding="utf-8")
        fresh.replace(file)


def _timed(start: Callable[[], bool]) -> tuple[bool, float]:
    begun = time.monotonic()
    return start(), time.monotonic() - begun


def _in_docker() -> bool:
    infra = os.environ.get("INFRA", "native") or "native"
    if infra not in {"native", "docker"}:
        raise Missing(f"INFRA={infra} means nothing: use INFRA=docker, or leave it out for processes of this machine.")
    return infra == "docker"


def _someone_listens(bootstrap: str) -> bool:
    """A given cluster may ask for credentials that only the services hold: an open port must do here, they check the rest."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        if port.isdigit() and listens(host.strip("[]"), int(port)):
            return True
    return False
