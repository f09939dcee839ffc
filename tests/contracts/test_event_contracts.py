"""The promises of every event, kept against the committed schemas and the golden samples of every day since.

A golden sample is one event as it stood on the wire when its type was first told. It is added and never edited: whoever
cannot read it any more cannot read the history.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

from shared import docs
from shared.contracts import incompatibilities
from tests.walk import CODES, START, Unlucky, draw

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
ROOT = Path(__file__).parents[2]
FOUND = docs.discover(docs.SERVICES)
TOLD = docs.told(FOUND)
CURRENT = docs.schemas(FOUND)
COMMITTED = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted((ROOT / docs.EVENTS / "schemas").glob("*.json"))}
SAMPLES = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted((ROOT / docs.GOLDEN).glob("*.json"))}


def test_every_event_has_its_schema_and_its_golden_sample() -> None:
    assert set(TOLD) - set(COMMITTED) == set()
    assert set(TOLD) - set(SAMPLES) == set()


def test_no_promise_is_broken() -> None:
    assert docs.broken(ROOT, FOUND) == []


def test_the_documents_are_as_the_record_types_say() -> None:
    assert docs.differences(ROOT, FOUND) == []


@pytest.mark.parametrize("type_", sorted(SAMPLES))
def test_todays_eyes_read_every_sample(type_: str) -> None:
    """Backward: the history is readable, also through the upcasts of older majors."""
    kind = next((k for s in FOUND for k in s.kinds if type_ in k.events or type_ in k.event_upcasts), None)
    assert kind is not None, f"nobody reads {type_} any more"
    event = kind.recall(type_, SAMPLES[type_])
    assert still_said(SAMPLES[type_], event.public()) == SAMPLES[type_] or type_ in kind.event_upcasts


def still_said(then: Any, now: Any) -> Any:
    """What is said today of what was said then, parts within parts: what came to it since is left out."""
    if isinstance(then, dict) and isinstance(now, dict):
        return {n: still_said(then[n], v) for n, v in now.items() if n in then}
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [still_said(a, b) for a, b in zip(then, now, strict=True)]
    return now


def test_what_is_lost_within_a_part_is_noticed_and_what_is_added_is_not() -> None:
    then = {"a": [{"b": 1}], "c": {"d": 2}}
    assert still_said(then, {"a": [{"b": 1, "new": 0}], "c": {"d": 2, "new": 0}, "new": 0}) == then
    assert still_said(then, {"a": [{"new": 0}], "c": {"d": 2}}) != then
    assert still_said(then, {"a": [], "c": {"d": 3}}) != then


@pytest.mark.parametrize("type_", sorted(set(SAMPLES) & set(CURRENT)))
def test_every_sample_fits_the_schema_of_today(type_: str) -> None:
    jsonschema.validate(SAMPLES[type_], CURRENT[type_])


@pytest.mark.parametrize("type_", sorted(set(TOLD) & set(COMMITTED)))
def test_what_is_told_today_fits_the_committed_schema(type_: str) -> None:
    """Forward: readers of yesterday, who hold the committed schema, read what is told today."""
    check = jsonschema.Draft202012Validator(COMMITTED[type_])
    drawn = 0
    for seed in range(12):
        try:
            event: Any = draw(TOLD[type_], CODES, START, Random(seed))
        except Unlucky:
            continue
        check.validate(json.loads(json.dumps(event.public())))
        drawn += 1
    assert drawn, f"no {type_} could be drawn"


@pytest.mark.parametrize("type_", sorted(set(CURRENT) & set(COMMITTED)))
def test_an_event_with_any_field_dropped_would_be_stopped(type_: str) -> None:
    """The gate is not asleep: for each field of each event."""
    for name in COMMITTED[type_]["properties"]:
        rest = {n: p for n, p in CURRENT[type_]["properties"].items() if n != name}
        changed = {**CURRENT[type_], "properties": rest, "required": [n for n in CURRENT[type_].get("required", ()) if n != name]}
        assert f"{name} is gone (removed or renamed)" in list(incompatibilities(COMMITTED[type_], changed))


def test_no_event_carries_a_person() -> None:
    """No personal data in events: names, telephone numbers, identity cards and addresses of people have no field."""
    forbidden = {
        "phone",
        "mobile",
        "telephone",
        "id_card",
        "id_number",
        "email",
        "wechat",
        "contact_person",
        "contact_name",
        "person_name",
        "birth",
        "gender",
    }
    found = {f"{t}.{n}" for t, s in CURRENT.items() for n in fields(s) if n in forbidden}
    assert found == set()


def fields(schema: Any) -> set[str]:
    inner = list(schema.values()) if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return {n for part in inner for n in fields(part)} | (set(schema.get("properties", {})) if isinstance(schema, dict) else set())
