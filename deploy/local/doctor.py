"""What is there and what is missing, each with its remedy, before anything is started."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local import compose, jars, kafka, mongod
from deploy.local.process import Missing, is_free
from deploy.local.stack import SPACE_NEEDED, Stack

__all__ = ["Finding", "examine", "findings"]

ROOT = Path(__file__).resolve().parents[2]
MEMORY_NEEDED = 1_500_000_000  # bytes: broker, mongod, four services, the tests beside them
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    what: str
    present: bool
    told: str
    """What was found, or the remedy."""
    needed: bool = True
    """Whether `make run` cannot do without."""
    skips: str = ""
    """The tests that are skipped without it."""


def findings(directory: Path) -> Iterator[Finding]:
    """Everything worth knowing, in the order in which a newcomer would stumble over it."""
    python = sys.version_info
    yield Finding("Python 3.11 or later", python >= (3, 11), f"{python.major}.{python.minor}.{python.micro}")
    yield _packages()
    native = not _given() and os.environ.get("INFRA", "native") != "docker"
    java = _tried(lambda: str(kafka.java()))
    yield Finding("Java runtime", not isinstance(java, Missing), str(java), native and not os.environ.get("KAFKA_BOOTSTRAP"))
    cached = jars.fetched()
    yield Finding(
        "Kafka's jars",
        cached,
        str(jars.cache_directory()) if cached else "not fetched yet: the first `make run` fetches 43 MB, be on the network then",
        False,
    )
    server = _tried(lambda: str(mongod.mongod()))
    found = f"{server} ({mongod.mongod_version(Path(str(server)))})" if not isinstance(server, Missing) else str(server)
    yield Finding("mongod", not isinstance(server, Missing), found, native and not os.environ.get("MONGO_URI"))
    yield from _ports(directory)
    where = directory.resolve()
    while not where.exists():
        where = where.parent
    free = shutil.disk_usage(where).free
    yield Finding(
        "1 GB of disk", free >= SPACE_NEEDED, f"{free // 1_000_000} MB free under {where}" + ("" if free >= SPACE_NEEDED else ": free some")
    )
    memory = psutil.virtual_memory().available
    enough = memory >= MEMORY_NEEDED
    yield Finding(
        "1.5 GB of memory",
        enough,
        f"{memory // 1_000_000} MB available" + ("" if enough else ": stop something, or expect it to be slow"),
        False,
    )
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    yield Finding(
        "Chromium", browser is not None, browser or "not on PATH: apt-get install chromium", False, "the start page in a real browser"
    )
    engine = compose.engine_version()
    wanted = os.environ.get("INFRA") == "docker"
    yield Finding("Docker engine", engine is not None, engine or "none answers: only needed for INFRA=docker", wanted)


def examine(directory: Path) -> int:
    """Print the report. 0 unless something is missing that `make run` needs."""
    lacking = []
    for finding in findings(directory):
        mark = "ok     " if finding.present else "MISSING" if finding.needed else "absent "
        print(f"{mark} {finding.what}: {finding.told}")
        if not finding.present and finding.skips:
            print(f"        tests skipped without it: {finding.skips}")
        if not finding.present and finding.needed:
            lacking.append(finding.what)
    if lacking:
        print(f"`make run` cannot work yet, for want of: {', '.join(lacking)}.")
        return 1
    print("`make run` has what it needs.")
    return 0


def _given() -> bool:
    return bool(os.environ.get("KAFKA_BOOTSTRAP") and os.environ.get("MONGO_URI"))


def _tried(what: Callable[[], str]) -> str | Missing:
    try:
        return what()
    except Missing as missing:
        return missing


def _packages() -> Finding:
    """Whether the virtual environment holds what the lock names: the stamp of `deploy/setup.py` carries the lock's hash."""
    lock = hashlib.sha256((ROOT / "requirements-dev.lock").read_bytes()).hexdigest()
    stamp = Path(sys.prefix) / "in-step"
    in_step = stamp.exists() and stamp.read_text().strip() == lock
    check = subprocess.run([sys.executable, "-c", "import aiokafka, fastapi, motor, psutil, pydantic"], capture_output=True, check=False)
    if check.returncode != 0:
        return Finding("packages", False, "some are not installed: rm -rf .venv, then make doctor")
    return Finding("packages in step with the lock", in_step, sys.prefix if in_step else "run `make setup`", False)


def _ports(directory: Path) -> Iterator[Finding]:
    """Ports named by the environment; others are chosen free at each first start."""
    ours = _tried(lambda: "up" if directory.exists() and Stack(directory).is_up() else "down")
    for variable in ("KAFKA_PORT", "MONGO_PORT", "PORT"):
        told = os.environ.get(variable)
        if told and ours != "up":
            usable = told.isdigit() and 0 < int(told) < 65536 and is_free(int(told))
            yield Finding(f"{variable}={told}", usable, "free" if usable else "taken, or no port: name another")
    if not any(os.environ.get(variable) for variable in ("KAFKA_PORT", "MONGO_PORT", "PORT")):
        yield Finding("ports", True, "this stack is up" if ours == "up" else "free ones are chosen at the start")
