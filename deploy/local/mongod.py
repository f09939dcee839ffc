"""A mongod as a plain process: a replica set of one, because transactions and change streams need a set.

MongoDB's licence (SSPL) is fine for running it here and is the reason why it is no dependency of what we ship.
"""

from __future__ import annotations

import importlib.util
import platform
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.ports import Ports
from deploy.local.process import Daemon, Missing
from deploy.local.ready import mongo_is_primary

__all__ = ["NativeMongod", "mongod", "mongod_version"]

FLAGS = (
    "--replSet=rs0",
    "--bind_ip=127.0.0.1",
    "--nounixsocket",
    "--noscripting",
    "--wiredTigerCacheSizeGB=0.25",
    "--oplogSize=256",
    "--setParameter=transactionLifetimeLimitSeconds=5",
    "--setParameter=diagnosticDataCollectionEnabled=false",
    # a set of one has nobody to hand over to: do not wait for it
    "--setParameter=shutdownTimeoutMillisForSignaledShutdown=100",
)
NOT_YET_INITIATED = 94


def mongod_version(executable: Path) -> str | None:
    """Its version, or None when it does not run here (wrong platform, missing library)."""
    try:
        told = subprocess.run([str(executable), "--version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    first = told.stdout.partition("\n")[0]
    return first.rpartition("v")[2].strip() if told.returncode == 0 else None


def mongod() -> Path:
    """The server's executable: from PATH, else from the wheel.

    Raises:
        Missing: there is neither, or none that runs on this platform.
    """
    candidates = [Path(found)] if (found := shutil.which("mongod")) else []
    wheel = importlib.util.find_spec("fiftyone")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        candidates += sorted(Path(place).glob("db/bin/mongod"))
    for candidate in candidates:
        if mongod_version(candidate):
            return candidate
    raise Missing(
        f"No mongod that runs on {platform.system()} {platform.machine()}: install MongoDB 6 or later so that `mongod` is on PATH, "
        "or use INFRA=docker, or name a running replica set with MONGO_URI."
    )


class NativeMongod:
    """The mongod of one stack directory: same port and same data across restarts."""

    name = "mongod"
    title = "MongoDB"

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self.home = directory / "mongo"
        self.daemon = Daemon(self.name, directory)
        self.ports = Ports(directory, self.name, ("mongod",), named={"mongod": "MONGO_PORT"})
        self.say = say

    @property
    def how(self) -> str:
        """What it is, for people."""
        return "MongoDB as a process of this machine"

    @property
    def address(self) -> str:
        """The URI for clients."""
        return f"mongodb://{self._host}/?replicaSet=rs0"

    def is_up(self) -> bool:
        """Whether it runs and is primary."""
        return self.daemon.process() is not None and mongo_is_primary(self.address)

    def start(self, seconds: float = 60.0) -> bool:
        """Start it and wait until it is primary; False when it already ran.

        Raises:
            Missing: the executable, a port or disk space is missing, or it did not come up in `seconds`.
        """
        if self.daemon.process() is not None:
            self._wait(seconds)
            return False
        executable = mongod()
        (self.home / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in range(3):
            port = self.ports.take()["mongod"]
            command = [str(executable), f"--port={port}", f"--dbpath={self.home / 'data'}", *FLAGS]
            self.daemon.start(command, {"LC_ALL": "C"})
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
    def _host(self) -> str:
        return f"127.0.0.1:{self.ports.known()['mongod']}"

    def _wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        try:
            return self.daemon.wait_until(self._is_member, seconds) and self.daemon.wait_until(
                lambda: mongo_is_primary(self.address), max(1.0, until - time.monotonic())
            )
        except TimeoutError:
            self.daemon.stop()
            raise Missing(f"MongoDB did not become primary within {seconds:.0f} s: read {self.daemon.log}, then try again.") from None

    def _is_member(self) -> bool:
        """Make it a set of one, or, when it came back on another port, tell the set where its only member lives now."""
        with MongoClient[dict[str, Any]](self._host, directConnection=True, serverSelectionTimeoutMS=500) as client:
            try:
                config = self._config(client)
                if config is None:
                    client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": self._host}]})
                elif config["members"][0]["host"] != self._host:
                    config["members"][0]["host"] = self._host
                    config["version"] += 1
                    client.admin.command("replSetReconfig", config, force=True)
            except PyMongoError:  # not listening yet, or still looking for itself at its old address: asked again soon
                return False
        return True

    @staticmethod
    def _config(client: MongoClient[dict[str, Any]]) -> dict[str, Any] | None:
        try:
            config: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as refused:
            if refused.code == NOT_YET_INITIATED:
                return None
            raise
        return config

    def _why_not(self) -> str:
        if self.daemon.says("No space left on device"):
            return f"The disk under {self.home} is full: free 1 GB there, then try again."
        if self.daemon.says("Address already in use"):
            return f"MongoDB found its port {self._host.rpartition(':')[2]} taken: stop the program that has it, or name another with MONGO_PORT."
        last = (self.daemon.last_lines() or ["(nothing)"])[0][:200]
        return f"MongoDB ended while starting ({last}): read {self.daemon.log}; `rm -r {self.home}` starts afresh without its data."
