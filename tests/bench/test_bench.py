"""What the comparison relies on without measuring anything: forms are valid, loaded records are the kernel's own, verdicts point the right way."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest

from services.registry.associations.association import Association
from services.registry.registration.case import cases as founding
from services.registry.registration.naming import check_name, similar_names
from shared.engine import Engine
from shared.kafka import letter_of, well_formed
from shared.mongo import Store
from shared.record import Call
from tests.bench import cases, job, plots, register, report
from tests.registry.examples import association

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
CALL = Call("ENTERPRISE", "e1", NOON, UUID(int=7))


def kept(n: int) -> dict[str, Any]:
    """The document the kernel itself would write for the n-th form."""
    engine = Engine(job.register, SimpleNamespace(), lambda: NOON)  # type: ignore[arg-type]
    move = job.associations.moves["register"]
    (event,) = job.associations.decide(None, move, move.body.model_validate(job.form(n)), CALL, {})
    record = job.associations.open(event, "an-id")
    letters = engine._letters(job.associations, record.id, 0, [event], CALL, move)
    _, doc = Store.insertion(SimpleNamespace(), job.associations, record, letters, engine._stamp(CALL, ""), 0)  # type: ignore[arg-type]
    return doc


def test_every_form_sent_is_one_that_is_accepted_and_of_about_a_kilobyte() -> None:
    for n in (0, 1, 29, 199_999, 10_000_001):
        job.Form.model_validate_json(job.body(n))
        assert 700 < len(job.body(n)) < 1_100


def test_a_loaded_record_is_what_the_kernel_would_have_left_once_its_event_was_settled() -> None:
    record, history, _, _ = job.loaded(5, "n")
    doc = kept(5)
    assert record.keys() == doc.keys() - {"obx"}
    assert record["state"].keys() == doc["state"].keys()
    assert history.keys() == doc["outbox"][0].keys()
    assert history["data"].keys() == doc["outbox"][0]["data"].keys()


def test_the_topic_is_filled_with_letters_the_intake_takes() -> None:
    key, value, headers = job.message(3)
    raw = SimpleNamespace(key=key, value=value, headers=headers, topic=job.TOPIC, partition=0, offset=0)
    letter = well_formed(letter_of(raw), job.TOPIC)
    assert job.Registered.read(letter.type, letter.subject, orjson.loads(value)).name == "n3"
    assert job.message(3, "other")[0] != key


def figures(ours: float, theirs: float, other: float) -> dict[str, Any]:
    made = {
        f: {"post_per_s": spread_of(v), "mongod_us": spread_of(v), "clients": {}}
        for f, v in zip(("kernel", *report.SPRING), (ours, theirs, other), strict=True)
    }
    return {"write": made}


def spread_of(value: float) -> dict[str, float]:
    return {"median": value, "min": value, "max": value, "rounds": 1}


def test_targets_are_held_against_the_better_of_the_two_spring_forms() -> None:
    found = {name: (ratio, met) for name, _, _, ratio, _, met in report.verdicts(figures(1200, 600, 1000))}
    assert found["POST/s at saturation"] == (1.2, True)
    assert found["mongod CPU per command (against J)"] == (2.0, False)
    assert not {n: m for n, *_, m in report.verdicts(figures(1190, 600, 1000))}["POST/s at saturation"]


def test_plots_are_written_with_every_label(tmp_path: Path) -> None:
    plots.bars(tmp_path / "b.svg", "POST", "/s", [("a & b", 10, 9, 11), ("c", 5, 5, 5)])
    plots.lines(tmp_path / "l.svg", "CPU", "µs", {"one": [(1e3, 5.0), (1e5, 6.0)]}, "records")
    assert "a &amp; b" in (tmp_path / "b.svg").read_text() and "100,000" in (tmp_path / "l.svg").read_text()


def test_every_step_of_a_case_is_a_form_the_registry_takes_and_no_two_names_are_alike() -> None:
    names = list[tuple[str, str]]()
    for n in range(300):
        told = list(cases.steps(n))
        assert len(told) == cases.STEPS
        for name, role, body in told:
            move = founding.moves[name or "apply"]
            assert role in move.by
            move.body.model_validate_json(orjson.dumps(body), strict=True)
        names.append((told[0][2]["name"], told[0][2]["district"]))
        check_name(names[-1][0], "INDUSTRY_ASSOCIATION", told[0][2]["level"], told[0][2]["district"])
    assert not [n for n, (name, place) in enumerate(names) if similar_names(name, [(o, "") for o, p in names[:n] if p == place])]


def test_the_lesser_of_both_ratios_is_held_against_the_target() -> None:
    def side(service: float, mongod: float) -> list[dict[str, float]]:
        return [{"service_ms": service, "mongod_ms": mongod, "cases_per_cpu_s": 1000 / (service + mongod), "per_s": 1.0}]

    told = cases.summed({"kernel": side(20, 10), "hand": side(12, 12)})
    assert (told["with_mongod"], told["service_alone"], told["to_hand"]) == pytest.approx((24 / 30, 12 / 20, 12 / 20))
    assert register.met("cases_per_cpu_s_to_hand", 0.8) and not register.met("cases_per_cpu_s_to_hand", 0.79)
    assert register.met("search_p99_ms", 50) and not register.met("search_p99_ms", 50.1)


def test_a_difference_in_what_is_kept_is_an_error_and_what_nobody_said_is_none() -> None:
    state = association().model_dump(mode="json")
    assert cases.said(state, Association) == cases.said(
        {n: v for n, v in state.items() if v not in (None, False, 0, [])} | {"id": "x"}, Association
    )
    assert (
        "origin" not in cases.said(state, Association)
        and cases.said(state | {"origin": "TRANSFERRED"}, Association)["origin"] == "TRANSFERRED"
    )
    ended = {"case": {"stage": "ACTIVE"}, "association": {"stage": "ACTIVE", "name": "a"}, "events": ["x"] * 16}
    cases.compared({"u": ended}, {"u": ended}, 1)
    for wrong in ({"association": {"stage": "ACTIVE", "name": "b"}}, {"events": ["y"] * 16}, {"case": {"stage": "DECIDED"}}):
        with pytest.raises(RuntimeError):
            cases.compared({"u": ended}, {"u": ended | wrong}, 1)
    with pytest.raises(RuntimeError):
        cases.compared({"u": ended}, {}, 1)


def test_a_part_measured_alone_takes_its_place_beside_the_others() -> None:
    before = {"machine": {"load": 0.1}, "associations": 100_000, "memberships": 5, "search": {"p99_ms": 9}, "cases": {"to_hand": 0.5},
              "goals": {"search_p99_ms": 9, "cases_per_cpu_s_to_hand": 0.5}}  # fmt: skip
    made = {
        "machine": {"load": 3},
        "associations": 1,
        "memberships": 1,
        "cases": {"to_hand": 0.9},
        "goals": {"cases_per_cpu_s_to_hand": 0.9},
    }
    assert register.beside(before, made) == before | {
        "cases": {"to_hand": 0.9},
        "goals": {"search_p99_ms": 9, "cases_per_cpu_s_to_hand": 0.9},
    }
