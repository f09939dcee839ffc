"""The fault harness in its short form: one seed on one broker and one mongod. `make prove` has the long one, on three of each.

Beside it the harness's own judgement: what it calls lost, doubled or late.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.proof.harness import check
from tests.proof.harness.faults import FAULTS, planned
from tests.proof.harness.report import write
from tests.proof.harness.run import Options, failure, run

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
SHORT = "service_killed,callers_and_service,repeated,redriven,primary_killed"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="whose a connection is, is read from Linux's /proc")
@pytest.mark.parametrize("seed", [20210311])
async def test_nothing_is_lost_or_doubled_whatever_breaks_for_a_minute(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("KAFKA_BOOTSTRAP", "MONGO_URI", "INFRA"):
        monkeypatch.delenv(variable, raising=False)
    options = Options(
        seed, commands=300, faults=5, minutes=1, only=SHORT, replicas=0, clients=2, records=60, nodes=1, associations=1, each=6
    )
    result = await run(options, tmp_path / "run")
    assert result["clean"], failure(result)
    assert result["outcomes"]["ok"] >= 200
    assert len(result["faults"]) >= 3


def line(outcome: str, **more: Any) -> dict[str, Any]:
    return {"key": "k", "call": "c", "kind": "a.b.c", "id": "1", "outcome": outcome, "version": 3, "command": "do"} | more


@pytest.mark.parametrize(
    ("outcome", "events", "finding"),
    [
        ("ok", [("1", 3)], ""),
        ("ok", [], "lost"),
        ("ok", [("1", 3), ("1", 4)], "doubled"),
        ("ok", [("1", 4)], "answered_wrongly"),
        ("ok", [("2", 3)], "answered_wrongly"),
        ("unknown", [], ""),
        ("unknown", [("1", 3)], ""),
        ("unknown", [("1", 3), ("1", 4)], "doubled"),
        ("fail", [], ""),
        ("fail", [("1", 3)], "took_effect_though_refused"),
    ],
)
def test_what_a_client_was_told_is_held_against_what_is_kept(outcome: str, events: list[tuple[str, int]], finding: str) -> None:
    found = check.commands([line(outcome)], {"c": [{"subject": s, "sequence": n} for s, n in events]})
    assert [n for n, about in found.items() if about] == ([finding] if finding else [])


def test_a_mail_is_handed_over_once_and_as_the_ledger_says() -> None:
    journal = [{"message_id": f"<{n}@x>"} for n in ("once", "twice", "twice", "maybe", "no", "stranger")]
    stages = {"once": "SENT", "twice": "READ", "maybe": "UNKNOWN", "no": "FAILED", "never": "DELIVERED", "waits": "QUEUED"}
    found, _ = check.mails(journal, stages)
    assert {n: len(f) for n, f in found.items()} == dict.fromkeys(found, 1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_command_belongs_to_the_fault_in_which_it_began_or_a_moment_before() -> None:
    faults = [{"at": at(10).isoformat()}, {"at": at(30).isoformat()}]
    asked = [("ok", 2, 5), ("ok", 9.5, 16), ("ok", 20, 22), ("fail", 20, 29), ("ok", 29.2, 33)]
    told = [line(o, started=at(a).isoformat(), ended=at(b).isoformat()) for o, a, b in asked]
    assert check.waits(faults, told) == [6.5, 3.8]


def test_a_delivery_lasts_from_the_answer_to_the_slowest_reader() -> None:
    told = [line("ok", ended=at(2).isoformat(), version=1), line("ok", ended=at(3).isoformat(), version=2)]
    heads = {("x", "/a/b/c/1"): [(2, at(4))], ("y", "/a/b/c/1"): [(1, at(9))]}
    assert check.deliveries([{"at": at(0).isoformat()}], told, heads, {"a.b.c": ["x", "y"]}) == ([7.0], 1)


def test_a_plan_is_the_same_for_the_same_seed_and_has_every_kind_as_often() -> None:
    plan = planned(7, 2 * len(FAULTS))
    assert plan == planned(7, 2 * len(FAULTS))
    assert plan != planned(8, 2 * len(FAULTS))
    assert all(plan.count(kind) == 2 for kind in FAULTS)


def test_the_log_of_the_store_tells_when_a_reader_came_to_a_version() -> None:
    changes = [
        {"op": "i", "ns": "t.heads", "o": {"_id": "/a/b/c/1", "seq": 1}},
        {"op": "u", "ns": "t.heads", "o": {"$v": 2, "diff": {"u": {"seq": 4}}}, "o2": {"_id": "/a/b/c/1"}},
        {"op": "u", "ns": "t.other", "o": {"$v": 2, "diff": {"u": {"seq": 9}}}, "o2": {"_id": "/a/b/c/1"}},
    ]
    assert check.heads_of([{"o": {"applyOps": changes}, "wall": NOON}], {"t.heads": "x"}) == {("x", "/a/b/c/1"): [(1, NOON), (4, NOON)]}


def test_a_report_without_any_run_says_so_by_empty_tables(tmp_path: Path) -> None:
    write(tmp_path, tmp_path / "proof.md")
    assert "| seed |" in (tmp_path / "proof.md").read_text()
