"""The same two servers as containers of `deploy/compose.yaml`, through the docker command line."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from deploy.local.ports import Ports
from deploy.local.process import Missing
from deploy.local.ready import kafka_is_ready, mongo_is_primary

__all__ = ["COMPOSE_FILE", "ComposedBroker", "ComposedMongod", "engine_version"]

COMPOSE_FILE = Path(__file__).resolve().parents[1] / "compose.yaml"


def engine_version() -> str | None:
    """The version of the Docker engine that answers with its compose plug-in, None when none does."""
    if shutil.which("docker") is None:
        return None
    try:
        engine = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, text=True, check=False, timeout=20
        )
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, text=True, check=False, timeout=20)
    except subprocess.TimeoutExpired:
        return None
    return engine.stdout.strip() or None if engine.returncode == 0 and plugin.returncode == 0 else None


class _Composed:
    """One service of the compose project that belongs to one stack directory."""

    name: str
    title: str

    def __init__(self, directory: Path, say: Callable[[str], None], variable: str) -> None:
        self.project = f"guildhall-{hashlib.sha256(str(directory).encode()).hexdigest()[:8]}"
        self.ports = Ports(directory, f"docker-{self.name}", (self.name,), named={self.name: variable})
        self.variable = variable
        self.say = say

    @property
    def how(self) -> str:
        """What it is, for people."""
        return f"{self.title} in Docker (project {self.project})"

    @property
    def port(self) -> int:
        """Its port on 127.0.0.1."""
        return self.ports.known()[self.name]

    @property
    def address(self) -> str:
        """Where clients find it."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it is ready, in its own protocol."""
        raise NotImplementedError

    def _runs(self) -> bool:
        return bool(self._compose("ps", "--quiet", "--status", "running", self.name, port=0).strip())

    def is_up(self) -> bool:
        """Whether it runs and answers."""
        return self._runs() and self.answers()

    def start(self, seconds: float = 180.0) -> bool:
        """Start it and wait until it is healthy; False when it already ran.

        Raises:
            Missing: no engine answers, a port is taken, or it did not become healthy.
        """
        if engine_version() is None:
            raise Missing("INFRA=docker is set but no Docker engine with the compose plug-in answers: start Docker, or leave INFRA out.")
        if self._runs():
            return False
        port = self.ports.take()[self.name]
        self._compose("up", "--detach", "--wait", "--wait-timeout", str(int(seconds)), self.name, port=port)
        if not self.answers():
            raise Missing(
                f"{self.title} runs in Docker but does not answer on port {port}: read `docker compose -p {self.project} logs {self.name}`."
            )
        return True

    def stop(self) -> bool:
        """Stop the container and remove it; its data stays in the volume. False when it was not running."""
        ran = self._runs()
        self._compose("rm", "--stop", "--force", self.name, port=0)
        return ran

    def kill(self) -> bool:
        """End it as a crash would."""
        ran = self._runs()
        if ran:
            self._compose("kill", self.name, port=0)
        return ran

    def _compose(self, *words: str, port: int) -> str:
        command = ["docker", "compose", "--project-name", self.project, "--file", str(COMPOSE_FILE), *words]
        environment = {**os.environ, self.variable: str(port)} if port else dict(os.environ)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["(nothing)"])[-1][:200]
            raise Missing(
                f"Docker could not do `compose {words[0]}` for {self.title} ({last}): check `docker compose version`, or leave INFRA out."
            )
        return done.stdout


class ComposedBroker(_Composed):
    """Kafka in a container."""

    name = "broker"
    title = "Kafka"

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        super().__init__(directory, say, "KAFKA_PORT")

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether the cluster names a live broker."""
        return kafka_is_ready(self.address)


class ComposedMongod(_Composed):
    """MongoDB in a container."""

    name = "mongod"
    title = "MongoDB"

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        super().__init__(directory, say, "MONGO_PORT")

    @property
    def address(self) -> str:
        """The URI for clients."""
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"

    def answers(self) -> bool:
        """Whether it is primary."""
        return mongo_is_primary(self.address, seconds=10)
