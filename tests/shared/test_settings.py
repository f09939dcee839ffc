"""An unsafe start is refused, with every reason at once (reliability §4)."""

import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared import kafka
from shared.run import REFUSED
from shared.settings import Settings

GOOD = {
    "profile": "production", "kafka": "k1:9093,k2:9093", "mongo": "mongodb://registry:s3cret@m1,m2/?replicaSet=rs&tls=true", "oidc_issuer": "https://id.xixian.example",
    "kafka_security": "SASL_SSL", "kafka_user": "registry", "kafka_password": "a long enough password", "host": "0.0.0.0",
}  # fmt: skip
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no Kafka": ({"kafka": ""}, "GUILDHALL_KAFKA"), "no MongoDB": ({"mongo": ""}, "GUILDHALL_MONGO"), "no issuer": ({"oidc_issuer": ""}, "OIDC_ISSUER"),
    "plain issuer": ({"oidc_issuer": "http://id.example"}, "https"), "demo issuer": ({"oidc_issuer": "https://demo.invalid"}, "demo issuer"),
    "moved clock": ({"clock": "2026-02-10T09:00+08:00"}, "CLOCK"), "plain Kafka": ({"kafka_security": "PLAINTEXT"}, "Kafka without TLS"),
    "MongoDB without user": ({"mongo": "mongodb://m1/?replicaSet=rs&tls=true"}, "without authentication"), "MongoDB without TLS": ({"mongo": "mongodb://u:p@m1/"}, "without TLS"),
    "w=1": ({"mongo": "mongodb://u:p@m1/?tls=true&w=1"}, "w=1"), "local reads": ({"mongo": "mongodb://u:p@m1/?tls=true&readConcernLevel=local"}, "readConcernLevel"),
    "short Kafka password": ({"kafka_password": "short"}, "KAFKA_PASSWORD_FILE"),
    "payloads in the log": ({"log_level": "DEBUG"}, "DEBUG"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_a_sound_production_has_nothing_to_refuse() -> None:
    assert Settings.model_validate(GOOD).refusals() == []


@pytest.mark.parametrize(("change", "reason"), WRONG.values(), ids=WRONG.keys())
def test_each_unsafe_setting_is_named(change: dict[str, Any], reason: str) -> None:
    (found,) = [r for r in Settings.model_validate(GOOD | change).refusals() if reason in r]
    assert found


def test_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert any("root" in r for r in Settings.model_validate(GOOD).refusals())


def test_all_reasons_come_at_once() -> None:
    changes = {k: v for change, _ in WRONG.values() for k, v in change.items() if k != "mongo"}
    assert len(Settings.model_validate(GOOD | changes | {"mongo": "mongodb://m1/?w=1"}).refusals()) >= 7


def test_the_demo_listens_on_loopback_only() -> None:
    demo = {"profile": "demo", "kafka": "k", "mongo": "m"}
    assert Settings.model_validate(demo).refusals() == []
    assert "loopback" in Settings.model_validate(demo | {"host": "0.0.0.0"}).refusals()[0]


def test_the_environment_names_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDHALL_PORT", "many")
    with pytest.raises(ValidationError, match="port"):
        Settings.from_environment()
    monkeypatch.setenv("GUILDHALL_PORT", "8081")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "a:1, b:2")
    found = Settings.from_environment(mongo="m")
    assert (found.port, found.kafka) == (8081, ("a:1", "b:2"))


def test_a_secret_may_lie_in_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file, long enough\n")
    monkeypatch.setenv("GUILDHALL_KAFKA_PASSWORD_FILE", str(tmp_path / "secret"))
    found = Settings.from_environment(**{k: v for k, v in GOOD.items() if k != "kafka_password"})
    assert found.kafka_password == "from a file, long enough"
    assert "long enough" not in repr(found)


def test_every_client_of_kafka_is_told_how_it_is_let_in() -> None:
    told = kafka.reached(kafka.Servers.of(Settings.model_validate(GOOD)))
    assert told["bootstrap_servers"] == ["k1:9093", "k2:9093"]
    assert (told["security_protocol"], told["sasl_mechanism"], told["sasl_plain_username"]) == ("SASL_SSL", "SCRAM-SHA-512", "registry")
    assert told["ssl_context"].verify_mode == ssl.CERT_REQUIRED
    only_tls = kafka.reached(kafka.Servers.of(Settings.model_validate(GOOD | {"kafka_security": "SSL"})))
    assert only_tls["security_protocol"] == "SSL"
    assert kafka.reached(["a:1"]) == {"bootstrap_servers": ["a:1"]}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("GUILDHALL_", "KAFKA_", "MONGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "services.registry"], env=inherited | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_that_refuses_says_why_and_ends_with_78() -> None:
    ended = start()
    assert ended.returncode == REFUSED
    assert "GUILDHALL_KAFKA is not set" in ended.stderr
    assert "GUILDHALL_OIDC_ISSUER" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_process_without_servers_names_both() -> None:
    ended = start(
        GUILDHALL_PROFILE="test",
        GUILDHALL_KAFKA="127.0.0.1:1",
        GUILDHALL_MONGO="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300",
        GUILDHALL_PATIENCE="1",
    )
    assert ended.returncode == REFUSED
    assert "MongoDB cannot be reached" in ended.stderr
    assert "Kafka cannot be reached" in ended.stderr


def test_a_setting_of_the_wrong_form_is_named() -> None:
    ended = start(GUILDHALL_PORT="many")
    assert ended.returncode == REFUSED
    assert "GUILDHALL_PORT" in ended.stderr
