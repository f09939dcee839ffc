"""What the comparison relies on without measuring anything: forms are valid, loaded records are the kernel's own, verdicts point the right way."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson

from shared.engine import Engine
from shared.kafka import letter_of, well_formed
from shared.mongo import Store
from shared.record import Call
from tests.bench import job, plots, report

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
