"""What clients and sinks have written down, and how a command is judged by its effects."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from shared.journals import Command, Effect, Handed, Histories, calls_of, judged, objects, tells_many
from shared.record import Refused
from tests.shared.kernel_samples import loans

AT = "2026-03-02T01:00:{:02}Z"
LINE: dict[str, Any] = {"key": "k", "service": "library", "kind": "library.loans.loan", "id": "a", "outcome": "ok", "version": 2, "status": 200,
                        "started": AT.format(0), "ended": AT.format(1)}  # fmt: skip


@pytest.fixture
def kept(tmp_path: Path) -> Any:
    def write(*lines: dict[str, Any]) -> Histories:
        file = tmp_path / "history.jsonl"
        file.write_bytes(b"".join(orjson.dumps(LINE | line) + b"\n" for line in lines))
        return Histories([file])

    return write


def only(told: Histories) -> Command:
    (command,) = told.commands.values()
    return command


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        (("unknown", "ok"), "ok"),
        (("fail", "ok"), "ok"),
        (("unknown", "fail"), "unknown"),
        (("fail", "unknown"), "unknown"),
        (("fail",), "fail"),
    ],
)
def test_attempts_of_one_key_are_one_command(kept: Any, outcomes: tuple[str, ...], whole: str) -> None:
    assert only(kept(*({"outcome": o} for o in outcomes))).outcome == whole


def test_one_key_of_two_callers_is_two_commands(kept: Any) -> None:
    assert len(kept({"role": "ENTERPRISE", "organisation": "e1"}, {"role": "ENTERPRISE", "organisation": "e2"}).commands) == 2
    assert len(kept({"call": str(uuid4())}, {"call": str(uuid4())}).commands) == 2


def test_the_worst_stall_runs_from_the_first_start_to_the_last_yes(kept: Any) -> None:
    told = kept({"started": AT.format(0), "ended": AT.format(1)}, {"key": "l", "started": AT.format(2), "ended": AT.format(12)},
                {"key": "m", "outcome": "fail", "started": AT.format(5), "ended": AT.format(6)})  # fmt: skip
    figures = told.figures()
    assert (figures["ok"], figures["fail"], figures["unknown"]) == (2, 1, 0)
    assert (figures["worst_stall_s"], figures["slowest_s"]) == (11.0, 10.0)
    assert figures["stalled_from"].startswith("2026-03-02T01:00:01")


@pytest.mark.parametrize(
    "line",
    [{"outcome": "maybe"}, {"key": ""}, {"started": "yesterday"}, {"version": None}, {"id": None}, {"started": "2026-03-02T01:00:00"}],
)
def test_a_line_that_is_not_right_is_refused_with_its_place(kept: Any, line: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"history\.jsonl:1"):
        kept(line)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="FileNotFoundError"):
        Histories([tmp_path / "none"])


def test_what_lay_there_at_the_start_is_told_from_what_came_later(tmp_path: Path) -> None:
    file = tmp_path / "sink.jsonl"
    file.write_bytes(b"{}\n{}\n")
    early = {file: 3}
    assert [e for _, _, e in objects([file], early)] == [True, False]


def test_a_sink_of_the_demo_is_read_as_well() -> None:
    handed = Handed.model_validate({"message_id": "<n1@xixian.example>", "recipients": ["a@example.cn"], "subject": "…"})
    assert (handed.notice, handed.to, handed.outcome) == ("n1", "a@example.cn", "ok")


# ── the identity of a call ────────────────────────────────────────────────────────────────────────
def test_a_key_is_sought_under_every_path_of_its_kind(kept: Any) -> None:
    command = only(kept({"role": "ENTERPRISE", "organisation": "e1"}))
    asked = [m for m in loans.moves.values() if m.asked]
    assert len(calls_of(loans, command, [])) == len(asked)
    opening = only(kept({"role": "ENTERPRISE", "organisation": "e1", "id": None, "outcome": "unknown"}))
    assert len(calls_of(loans, opening, [])) == len([m for m in asked if m.opens])
    assert calls_of(loans, command, []) != calls_of(loans, only(kept({"role": "ENTERPRISE", "organisation": "e2"})), [])


def test_a_call_that_is_named_needs_no_search(kept: Any) -> None:
    call = str(UUID(int=7))
    assert calls_of(loans, only(kept({"call": call})), []) == {call}


def test_without_a_caller_all_callers_are_tried_new_cities_by_their_district(kept: Any) -> None:
    command = only(kept({}))
    one = calls_of(loans, command, [("ENTERPRISE", "e1")])
    assert one == calls_of(loans, only(kept({"role": "ENTERPRISE", "organisation": "e1"})), [])
    city = calls_of(loans, command, [("NEW_CITY", "dept:XX-KG")])
    assert calls_of(loans, only(kept({"role": "NEW_CITY", "organisation": "dept:XX-KG", "district": "XX-KG"})), []) < city


def test_only_an_opening_that_returns_a_list_tells_many() -> None:
    assert [tells_many(loans, n) for n in ("lend", "lend_many", "mark", "gone")] == [False, True, False, False]


# ── judged ────────────────────────────────────────────────────────────────────────────────────────
A2, A3, A5, B1 = Effect("a", 2, 2, "mark"), Effect("a", 2, 3, "mark"), Effect("a", 5, 5, "mark"), Effect("b", 1, 1, "lend")


@pytest.mark.parametrize(
    ("outcome", "effects", "faults"),
    [
        ("ok", [A2], []),
        ("ok", [], ["answer_without_effect"]),
        ("ok", [A3], ["answered_version_differs"]),  # two events, and the version is that of the last
        ("ok", [B1], ["answered_version_differs"]),  # another record
        ("ok", [A2, A5], ["key_with_two_effects"]),
        ("ok", [A2, B1], ["key_with_two_effects"]),
        ("unknown", [], []),
        ("unknown", [A5], []),
        ("unknown", [A2, A5], ["key_with_two_effects"]),
        ("fail", [], []),
        ("fail", [A2], ["refused_and_took_effect"]),
    ],
)
def test_a_command_is_judged_by_its_effects(kept: Any, outcome: str, effects: list[Effect], faults: list[str]) -> None:
    assert [fault for fault, _ in judged(only(kept({"outcome": outcome})), effects)] == faults


def test_many_records_opened_at_once_are_one_effect(kept: Any) -> None:
    command = only(kept({"outcome": "unknown", "id": None}))
    two = [Effect("b", 1, 1, "lend_many"), Effect("c", 1, 1, "lend_many")]
    assert list(judged(command, two, many=True)) == []
    assert [fault for fault, _ in judged(command, [*two, Effect("c", 5, 5, "lend_many")], many=True)] == ["key_with_two_effects"]
