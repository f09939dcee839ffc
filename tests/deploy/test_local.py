"""The local stack: what it starts, finds again and stops, and how it says what is missing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local import Missing, Stack, without_password
from deploy.local import jars as jars_module
from deploy.local.__main__ import main
from deploy.local.compose import COMPOSE_FILE, ComposedBroker
from deploy.local.doctor import examine
from deploy.local.kafka import server_properties
from deploy.local.mongod import mongod
from deploy.local.ports import Ports
from deploy.local.process import Daemon, choose_ports, is_free

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("KAFKA_BOOTSTRAP", "MONGO_URI", "INFRA", "KAFKA_PORT", "MONGO_PORT", "PORT"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which someone else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def sentence(error: pytest.ExceptionInfo[Missing]) -> str:
    """The message, which must be one sentence: one line that ends with a full stop."""
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


class TestPorts:
    def test_a_listening_port_is_not_free(self, taken: int) -> None:
        assert not is_free(taken)

    def test_chosen_ports_are_different_and_free_and_outside_the_range_of_outgoing_connections(self) -> None:
        ports = choose_ports(5)

        assert len(set(ports)) == 5
        assert all(is_free(port) and port < 32_768 for port in ports)

    def test_a_restart_keeps_the_port(self, tmp_path: Path) -> None:
        first = Ports(tmp_path, "broker", ("broker", "controller"), named={}).take()

        assert Ports(tmp_path, "broker", ("broker", "controller"), named={}).take() == first

    def test_a_port_lost_to_another_program_is_replaced(self, tmp_path: Path, taken: int) -> None:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "mongod.ports.json").write_text(json.dumps({"mongod": taken}))

        assert Ports(tmp_path, "mongod", ("mongod",), named={}).take()["mongod"] != taken

    def test_a_named_port_that_is_taken_is_said_with_its_remedy(self, tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KAFKA_PORT", str(taken))

        with pytest.raises(Missing) as error:
            Ports(tmp_path, "broker", ("broker",), named={"broker": "KAFKA_PORT"}).take()

        assert f"Port {taken} (KAFKA_PORT) is taken" in sentence(error)

    @pytest.mark.parametrize("told", ["0", "70000", "kafka", "-1"])
    def test_what_is_no_port_is_refused(self, tmp_path: Path, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MONGO_PORT", told)

        with pytest.raises(Missing) as error:
            Ports(tmp_path, "mongod", ("mongod",), named={"mongod": "MONGO_PORT"}).take()

        assert "is no port" in sentence(error)


class TestDaemon:
    def test_a_program_is_found_again_by_its_directory_and_stopped(self, tmp_path: Path) -> None:
        Daemon("sleeper", tmp_path).start([sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path)], {})
        later = Daemon("sleeper", tmp_path)

        assert later.process() is not None
        assert later.stop()
        assert later.process() is None
        assert not later.stop()

    def test_a_stranger_who_got_the_number_of_a_dead_program_is_left_alone(self, tmp_path: Path) -> None:
        stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        daemon = Daemon("broker", tmp_path)
        daemon.pid_file.parent.mkdir()
        daemon.pid_file.write_text(f"{stranger.pid}\n")
        try:
            assert not daemon.stop()
            assert not daemon.kill()
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()

    def test_a_program_deaf_to_sigterm_is_ended_all_the_same(self, tmp_path: Path) -> None:
        daemon = Daemon("deaf", tmp_path)
        deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
        daemon.start([sys.executable, "-c", deaf, str(tmp_path)], {})
        assert daemon.wait_until(lambda: daemon.says("deaf"), 20)

        assert daemon.stop(patience=0.2)
        assert daemon.process() is None

    def test_a_start_that_fails_is_noticed_and_its_last_words_are_kept(self, tmp_path: Path) -> None:
        daemon = Daemon("broken", tmp_path)
        daemon.start([sys.executable, "-c", "raise SystemExit('no such luck')", str(tmp_path)], {})

        assert not daemon.wait_until(lambda: False, 20)
        assert daemon.last_lines() == ["no such luck"]


class TestWhatIsMissing:
    def test_infra_of_an_unknown_kind(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("INFRA", "podman")

        with pytest.raises(Missing) as error:
            Stack(tmp_path)

        assert "INFRA=podman means nothing" in sentence(error)

    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5_000_000))

        with pytest.raises(Missing) as error:
            Stack(tmp_path / "stack").up()

        assert "Only 5 MB are free" in sentence(error)

    def test_no_network_on_the_first_run_and_nothing_half_fetched_stays(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, "http://127.0.0.1:9")
        monkeypatch.setenv("GUILDHALL_CACHE", str(tmp_path / "cache"))

        with pytest.raises(Missing) as error:
            Stack(tmp_path / "stack").up()

        assert "connect to the network once" in sentence(error)
        assert not jars_module.fetched(tmp_path / "cache")
        assert not Stack(tmp_path / "stack").is_up(), "the half that did start is stopped again"

    def test_a_jar_that_is_not_the_one_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        wrong = tmp_path / "kafka-clients-4.1.1.jar"
        wrong.write_bytes(b"not what was published")
        monkeypatch.setattr(jars_module, "_resolve", lambda work: [wrong])

        with pytest.raises(Missing) as error:
            jars_module.jars(print, tmp_path / "cache")

        assert "are not those that jars.sha256 names" in sentence(error)
        assert not jars_module.fetched(tmp_path / "cache")

    def test_no_mongod_for_this_platform(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

        with pytest.raises(Missing) as error:
            mongod()

        assert "INFRA=docker" in sentence(error)

    def test_a_mongod_on_path_that_cannot_run_is_passed_over(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        broken = tmp_path / "mongod"
        broken.write_text("#!/bin/sh\necho 'libcrypto.so.1.1: cannot open shared object file' >&2\nexit 127\n")
        broken.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

        assert mongod() != broken

    def test_docker_asked_for_where_no_engine_answers(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        silent = tmp_path / "docker"
        silent.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
        silent.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setenv("INFRA", "docker")

        with pytest.raises(Missing) as error:
            Stack(tmp_path / "stack").up()

        assert "no Docker engine" in sentence(error)

    def test_the_command_says_it_on_standard_error_without_a_traceback(self, tmp_path: Path, taken: int) -> None:
        told = subprocess.run(
            [sys.executable, "-m", "deploy.local", "--directory", str(tmp_path / "stack"), "up"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "MONGO_PORT": str(taken)},
            cwd=COMPOSE_FILE.parents[1],
        )

        assert told.returncode == 1
        assert (
            told.stderr.strip() == f"Port {taken} (MONGO_PORT) is taken: stop the program that has it, or name another port in MONGO_PORT."
        )
        assert not Stack(tmp_path / "stack").is_up()


class TestGivenServers:
    def test_they_are_used_and_never_stopped(self, tmp_path: Path, stack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KAFKA_BOOTSTRAP", stack.kafka)
        monkeypatch.setenv("MONGO_URI", stack.mongo)
        given = Stack(tmp_path / "given")

        endpoints = given.up()

        assert (endpoints.kafka, endpoints.mongo, endpoints.started) == (stack.kafka, stack.mongo, ())
        assert "as given by KAFKA_BOOTSTRAP" in endpoints.how
        assert given.down() == ()
        assert given.is_up()
        with pytest.raises(Missing):
            given.kill_broker()

    def test_a_password_in_the_address_is_not_shown(self) -> None:
        assert (
            without_password("mongodb://reader:p%40ss@db.example:27017/?replicaSet=rs0") == "mongodb://…@db.example:27017/?replicaSet=rs0"
        )


class TestSettings:
    def test_the_container_and_the_process_run_the_same_broker(self) -> None:
        native = dict(line.split("=", 1) for line in server_properties(Path("/data"), 9092, 9093).splitlines() if "=" in line)
        environment = yaml.safe_load(COMPOSE_FILE.read_text())["services"]["broker"]["environment"]
        composed = {key.removeprefix("KAFKA_").lower().replace("_", "."): str(value) for key, value in environment.items()}
        elsewhere = {"node.id", "listeners", "advertised.listeners", "log.dirs"}

        both = (native.keys() & composed.keys()) - elsewhere

        assert len(both) >= 10
        assert {key: native[key] for key in both} == {key: composed[key] for key in both}

    def test_every_published_port_of_the_compose_file_is_on_this_machine_only(self) -> None:
        services = yaml.safe_load(COMPOSE_FILE.read_text())["services"]

        assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service["ports"])


class TestContainers:
    """The docker command line is played by a script that writes down what it was asked; no engine is needed for these."""

    @pytest.fixture
    def asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The file of what docker was asked; after `up` the server counts as running until `rm`."""
        asked = tmp_path / "asked"
        docker = tmp_path / "docker"
        docker.write_text(f"""#!/bin/sh
echo "KAFKA_PORT=$KAFKA_PORT $*" >> {asked}
case "$*" in
  *" up "*) touch {tmp_path}/running ;;
  *" rm "*) rm -f {tmp_path}/running ;;
  *" ps "*) [ -e {tmp_path}/running ] && echo 4f1c; exit 0 ;;
  version*) echo 29.0.1 ;;
esac
""")
        docker.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setattr("deploy.local.compose.kafka_is_ready", lambda address: True)
        return asked

    def test_the_broker_is_started_once_on_a_port_of_its_own_and_removed_again(self, tmp_path: Path, asked: Path) -> None:
        broker = ComposedBroker(tmp_path / "stack", print)

        assert broker.start()
        assert not broker.start(), "it already runs"
        assert broker.stop()
        assert not broker.stop()

        port = broker.address.rpartition(":")[2]
        ups = [line for line in asked.read_text().splitlines() if " up " in line]
        assert ups == [
            f"KAFKA_PORT={port} compose --project-name {broker.project} --file {COMPOSE_FILE} up --detach --wait --wait-timeout 180 broker"
        ]

    def test_two_directories_are_two_projects(self, tmp_path: Path) -> None:
        assert ComposedBroker(tmp_path / "one", print).project != ComposedBroker(tmp_path / "two", print).project

    def test_what_docker_cannot_do_is_told_in_its_last_words(self, tmp_path: Path, asked: Path) -> None:
        docker = tmp_path / "docker"
        docker.write_text(docker.read_text().replace(f"touch {tmp_path}/running", "echo 'pull access denied' >&2; exit 1"))

        with pytest.raises(Missing) as error:
            ComposedBroker(tmp_path / "stack", print).start()

        assert "(pull access denied)" in sentence(error)


class TestDoctor:
    def test_it_names_what_is_missing_and_which_tests_it_costs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        examine(tmp_path)

        report = capsys.readouterr().out
        assert "absent  Chromium" in report
        assert "tests skipped without it" in report

    def test_it_fails_when_a_named_port_is_taken(
        self, tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("PORT", str(taken))

        assert examine(tmp_path) == 1
        assert f"MISSING PORT={taken}" in capsys.readouterr().out


async def count_of(kafka: str, topic: str, expected: int) -> int:
    """How many messages the topic holds, read until `expected` have come or nothing more comes for ten seconds."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    seen = 0
    try:
        while seen < expected and (batch := await consumer.getmany(timeout_ms=10_000)):
            seen += sum(map(len, batch.values()))
    finally:
        await consumer.stop()
    return seen


async def fill(kafka: str, topic: str, count: int) -> None:
    """Create the topic and send `count` messages, each acknowledged."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        for number in range(count):
            await producer.send_and_wait(topic, str(number).encode())
    finally:
        await producer.stop()


async def test_a_stack_keeps_its_addresses_and_its_data_through_crashes_and_restarts(private_stack: Stack) -> None:
    before = await asyncio.to_thread(private_stack.up)
    assert before.started == (), "a second `up` finds everything running"
    await fill(before.kafka, "facts", 20)
    with MongoClient[dict[str, Any]](before.mongo) as client, client.start_session() as session, session.start_transaction():
        client["proof"]["facts"].insert_one({"_id": "one"}, session=session)

    await asyncio.to_thread(private_stack.kill_broker)
    assert not private_stack.is_up()
    await asyncio.to_thread(private_stack.start_broker)
    await asyncio.to_thread(private_stack.stop_mongod)
    await asyncio.to_thread(private_stack.start_mongod)

    after = await asyncio.to_thread(private_stack.up)
    assert (after.kafka, after.mongo) == (before.kafka, before.mongo)
    assert await count_of(after.kafka, "facts", 20) == 20
    with MongoClient[dict[str, Any]](after.mongo) as client:
        assert client["proof"]["facts"].count_documents({}) == 1


async def test_the_servers_are_as_strict_as_the_product_needs_them(private_stack: Stack) -> None:
    endpoints = await asyncio.to_thread(private_stack.up)
    producer = AIOKafkaProducer(bootstrap_servers=endpoints.kafka, request_timeout_ms=2000)
    await producer.start()
    try:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("never.created", b"x")
    finally:
        await producer.stop()
    with MongoClient[dict[str, Any]](endpoints.mongo) as client:
        limit = client.admin.command("getParameter", 1, transactionLifetimeLimitSeconds=1)
        assert limit["transactionLifetimeLimitSeconds"] == 5
        with pytest.raises(OperationFailure):
            list(client["proof"]["facts"].find({"$where": "true"}))


def test_down_leaves_nothing_running_and_nothing_readable_by_others(private_stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads((private_stack.directory / "endpoints.json").read_text())
    ports = [int(told["kafka"].rpartition(":")[2]), int(told["mongo"].split(":")[2].partition("/")[0])]
    assert stat.S_IMODE(private_stack.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((private_stack.directory / "endpoints.json").stat().st_mode) == 0o600
    assert not any(is_free(port) for port in ports)
    directory = ["--directory", str(private_stack.directory)]
    assert main([*directory, "status"]) == 0

    assert main([*directory, "down"]) == 0

    assert all(is_free(port) for port in ports)
    assert main([*directory, "status"]) == 1
    assert main([*directory, "down"]) == 0
    assert "Nothing of" in capsys.readouterr().out
    assert not (private_stack.directory / "endpoints.json").exists()


def test_a_program_found_before_it_has_its_command_line_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon, looks, real = Daemon("sleeper", tmp_path), [], psutil.Process.cmdline
    daemon.start([sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path)], {})

    def empty_at_first(process: psutil.Process) -> list[str]:
        looks.append(1)
        return [] if len(looks) < 3 else real(process)

    monkeypatch.setattr(psutil.Process, "cmdline", empty_at_first)
    later = Daemon("sleeper", tmp_path)

    assert later.process() is not None
    assert later.stop()
