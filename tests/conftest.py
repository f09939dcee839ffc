"""The real servers under the tests: one Kafka and one MongoDB for the whole run, whatever the number of test processes.

They are started by the first test that asks for them, so a run of pure tests costs nothing. Where they cannot be started the tests
that need them fail: a green run has really seen a broker and a replica set.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient

from deploy.local import Endpoints, Missing, Stack
from deploy.local.compose import COMPOSE_FILE, engine_version
from deploy.local.jars import exclusively
from deploy.local.process import choose_ports

RUNS = Path(__file__).resolve().parents[1] / ".local" / "tests"
RUN = "GUILDHALL_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the others names the run; they inherit the name, and with it the directory of the stack."""
    if not hasattr(config, "workerinput"):
        _stop_what_died_runs_left()
        os.environ[RUN] = f"{os.getpid()}-{uuid.uuid4().hex[:6]}"
        os.environ["GUILDHALL_MATCHING_DIRECTORY"] = str(RUNS / os.environ[RUN] / "matching")


def pytest_unconfigure(config: pytest.Config) -> None:
    """The same process stops the servers, after the last of the others has ended."""
    if not hasattr(config, "workerinput") and RUN in os.environ:
        _stop(RUNS / os.environ.pop(RUN))


LONGEST = ("journeys/test_demo.py", "test_records.py", "hostile/test_every_route_and_topic.py", "journeys/test_air_logistics.py", "proof/test_harness.py",
           "shared/test_verify.py", "proof/test_kill.py", "registry/test_reading_served.py", "journeys/test_register_changes.py")  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: one begun last would keep one of two workers busy alone."""
    place = {str(Path(__file__).parent / name): n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(str(item.path), len(place)))


@pytest.fixture(scope="session")
def stack() -> Endpoints:
    """The addresses of the one Kafka and the one MongoDB of this run: given ones, containers with INFRA=docker, else native."""
    run = RUNS / os.environ[RUN]
    try:
        given = {"KAFKA_BOOTSTRAP", "MONGO_URI"} <= os.environ.keys()
        return _containers(run) if os.environ.get("INFRA") == "docker" and not given else Stack(run).up()
    except Missing as missing:
        pytest.fail(f"No real Kafka and MongoDB for the tests: {missing}", pytrace=False)


@pytest.fixture
def private_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A native stack of this test's own, already up: for tests that kill and restart servers under everybody else's feet."""
    for variable in ("KAFKA_BOOTSTRAP", "MONGO_URI", "INFRA", "KAFKA_PORT", "MONGO_PORT"):
        monkeypatch.delenv(variable, raising=False)
    own = Stack(tmp_path / "stack")
    try:
        own.up()
    except Missing as missing:
        pytest.fail(f"No real Kafka and MongoDB for this test: {missing}", pytrace=False)
    yield own
    own.down()


@pytest.fixture(scope="module")
def prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """What names of topics, groups and databases of this test file begin with: `[a-z0-9-]`, at most 24 characters, unique to the run."""
    file = str(request.node.path)
    readable = re.sub(r"[^a-z0-9]+", "", request.node.path.stem.removeprefix("test_").lower())[:14]
    unique = f"{readable}-{hashlib.sha256(f'{os.environ[RUN]} {file}'.encode()).hexdigest()[:8]}"
    yield unique
    if {"KAFKA_BOOTSTRAP", "MONGO_URI"} & os.environ.keys() and "stack" in request.fixturenames:
        _tidy(request.getfixturevalue("stack"), unique)


@pytest.fixture(scope="module")
def uncounted() -> Iterator[None]:
    """Coverage is not counted in this file: tracing doubles the time of one that runs the whole platform for minutes."""
    counting = coverage.Coverage.current()
    if counting:
        counting.stop()
    yield
    if counting:
        counting.start()


def _stop(run: Path) -> None:
    if run.exists():
        Stack(run).down()
        if (run / "containers.json").exists():
            _compose(run).stop()
        shutil.rmtree(run, ignore_errors=True)


def _stop_what_died_runs_left() -> None:
    """A run ended by SIGKILL cannot clean up; the next one does."""
    for run in RUNS.glob("*-*"):
        if not psutil.pid_exists(int(run.name.partition("-")[0])):
            _stop(run)


def _containers(run: Path) -> Endpoints:
    """The compose file through testcontainers, once for all test processes; the other processes find the addresses in a file."""
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    addresses = run / "containers.json"
    with exclusively(run / "lock"):
        if not addresses.exists():
            if engine_version() is None:
                raise Missing(
                    "INFRA=docker is set but no Docker engine with the compose plug-in answers: start Docker, or leave INFRA out."
                )
            kafka, mongo = choose_ports(2)
            os.environ |= {"KAFKA_PORT": str(kafka), "MONGO_PORT": str(mongo)}
            addresses.write_text(json.dumps([f"127.0.0.1:{kafka}", f"mongodb://127.0.0.1:{mongo}/?replicaSet=rs0"]))
            try:
                _compose(run).start()
            except subprocess.CalledProcessError as failure:
                raise Missing(f"Docker could not start {COMPOSE_FILE.name} ({failure}): try `docker compose up` by hand.") from failure
    kafka_address, mongo_address = json.loads(addresses.read_text())
    return Endpoints(kafka_address, mongo_address, "containers of this test run")


def _compose(run: Path) -> Any:
    from testcontainers.compose import DockerCompose

    os.environ["COMPOSE_PROJECT_NAME"] = f"guildhall-test-{run.name}"
    return DockerCompose(COMPOSE_FILE.parent, compose_file_name=COMPOSE_FILE.name, wait=True)


def _tidy(stack: Endpoints, prefix: str) -> None:
    """Given servers outlive the run: leave nothing of ours on them."""

    async def delete_topics() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
        await admin.start()
        try:
            ours = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
            if ours:
                await admin.delete_topics(ours)
        finally:
            await admin.close()

    if "KAFKA_BOOTSTRAP" in os.environ:
        asyncio.run(delete_topics())
    with MongoClient[dict[str, Any]](stack.mongo) as client:
        for database in client.list_database_names():
            if database.startswith(prefix):
                client.drop_database(database)
