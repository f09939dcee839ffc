"""The operator's command line: dead letters, ports, tokens, and one clear sentence when something is in the way."""

import asyncio
import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from services import __main__ as guildhall
from shared.auth import Issuer
from shared.engine import Engine, Letter, stamped
from shared.mongo import Store
from shared.run import REFUSED
from tests.shared.conftest import NOW

SUBJECT = "51611100PDY000087D"


@pytest.fixture
def parked(stack: Any, prefix: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A registration event that lacks everything, parked in evaluation; its id."""
    monkeypatch.setenv("GUILDHALL_MONGO", stack.mongo)
    monkeypatch.setenv("GUILDHALL_PREFIX", f"test_{prefix}_")
    service = next(s for s in guildhall.services() if s.name == "evaluation")
    letter = Letter("0b8f6f5e-2d1a-5c6e-9b1c-000000000001", "registry.associations.association_registered.v1", "/registry/associations/association",
                    SUBJECT, 1, stamped(NOW), {"uscc": SUBJECT})  # fmt: skip

    async def hear() -> None:
        store = Store(stack.mongo, f"test_{prefix}_evaluation")
        await store.prepare(service.kinds, service.indexes)
        await store.remove("letters", {})
        await store.remove("heads", {})
        await Engine(service, store).hear([letter])
        await store.close()

    asyncio.run(hear())
    return letter.id


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_parked_letters_are_listed_with_their_reason_and_without_their_content(parked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert guildhall.main(["letters", "list"]) == 0
    (row,) = said(capsys)
    assert (row["service"], row["id"], row["state"]) == ("evaluation", parked, "PARKED")
    assert "missing" in row["reason"]
    assert "data" not in row


def test_a_letter_is_shown_corrected_and_redriven(parked: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert guildhall.main(["letters", "show", "--service", "evaluation", parked]) == 0
    assert said(capsys)[0]["data"] == {"uscc": SUBJECT}
    assert guildhall.main(["letters", "redrive"]) == 0
    assert said(capsys)[0]["redriven"] == 0
    whole = {"uscc": SUBJECT, "name": "西咸新区航空物流协会", "level": "NEW_AREA", "district": "XX", "registered_on": "2021-03-11", "registered_fund": 5_000_000,
             "annual_mode": "REPORT", "annual_due": "05-31", "kind": "INDUSTRY_ASSOCIATION", "gbt4754": ["56"], "so_category": "01", "scope": "航空物流",
             "regime_code": "DIRECT", "regime_version": "2012-07"}  # fmt: skip
    file = tmp_path / "whole.json"
    file.write_text(json.dumps(whole))
    assert guildhall.main(["letters", "correct", "--service", "evaluation", parked, "--by", "operator-7", "--data", str(file)]) == 0
    said(capsys)
    assert guildhall.main(["letters", "redrive", "--key", f"/registry/associations/association/{SUBJECT}"]) == 0
    assert [(r["redriven"], r["stopped"]) for r in said(capsys) if r["redriven"]] == [(1, "")]
    guildhall.main(["letters", "list", "--all"])
    assert [r["state"] for r in said(capsys)] == ["REDRIVEN"]


def test_a_letter_is_released_by_somebody_for_a_reason(parked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert guildhall.main(["letters", "release", "--service", "evaluation", parked, "--by", "operator-7", "--why", "test data"]) == 0
    assert said(capsys)[0]["released"] == parked
    assert guildhall.main(["letters", "release", "--service", "evaluation", parked, "--by", "operator-7", "--why", "again"]) == REFUSED
    assert "no waiting letter" in capsys.readouterr().err


def test_one_letter_is_named_with_its_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert guildhall.main(["letters", "show", "x"]) == 2
    assert "--service" in capsys.readouterr().err


def test_servers_that_are_away_and_settings_that_are_wrong_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUILDHALL_MONGO", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")
    assert guildhall.main(["letters", "list"]) == REFUSED
    assert "cannot be reached" in capsys.readouterr().err
    monkeypatch.setenv("GUILDHALL_PORT", "many")
    assert guildhall.main(["letters", "list"]) == REFUSED
    assert "GUILDHALL_PORT" in capsys.readouterr().err


def test_a_named_port_that_is_taken_is_said_with_its_remedy_and_otherwise_another_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(guildhall.Hindrance, match="PORT="):
            guildhall.free_port(port)
    found, listening = guildhall.free_port(0)
    listening.close()
    assert found > 0


def test_tokens_are_for_their_owner_only(tmp_path: Path) -> None:
    guildhall.remember(tmp_path, "http://127.0.0.1:1", "k", "m", Issuer())
    assert stat.S_IMODE(os.stat(tmp_path / "tokens.json").st_mode) == 0o600
    assert json.loads((tmp_path / "tokens.json").read_text()).keys() == {role for role, *_ in guildhall.ROLES}
    assert json.loads((tmp_path / "endpoints.json").read_text()) == {"http": "http://127.0.0.1:1", "kafka": "k", "mongo": "m"}


def test_the_index_of_each_process_is_shown_and_ordered_anew(
    parked: str, stack: Any, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guildhall.main(["index", "status"]) == 0
    assert said(capsys) == []

    async def a_process_that_has_ended() -> None:
        store = Store(stack.mongo, f"test_{prefix}_matchmaking")
        await store.put("matching_index", "gone/0", {"$set": {"order": 0, "state": "DIFFERS", "seen_at": NOW}})
        await store.close()

    asyncio.run(a_process_that_has_ended())
    assert guildhall.main(["index", "rebuild", "--unlike"]) == 1
    (row,) = said(capsys)
    assert (row["_id"], row["state"]) == ("gone/0", "DIFFERS")
