"""Every record type of every service, without naming one (but where blind chance needs a hint)."""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.docs import SERVICES, discover
from shared.record import Event, Heard, Kind
from tests.hints import HINTS, LAWFUL, PLANNED, ROWS
from tests.walk import Seen, World, check_diagram, check_seen, readers_understand, walk

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
GOLDEN = Path(__file__).parent / "contracts" / "golden"
WALKS = int(os.environ.get("WALKS", "60"))
MOST = 40  # times as many, where a stage is hard to come by

FOUND = discover(SERVICES)
KINDS: list[Kind[Any, Any]] = [k for s in FOUND for k in s.kinds]
PUBLISHED: dict[str, type[Event]] = {name: event for k in KINDS for name, event in k.events.items()}
HEARD = sorted({h for s in FOUND for h in s.heard}, key=lambda h: (h.__module__, h.__name__))
WORLD = World(HINTS, PUBLISHED, ROWS)


def test_the_hints_speak_of_moves_that_exist() -> None:
    moves = {f"{k.name}.{m}" for k in KINDS for m in k.moves}
    announced = {f"{k.name}: {m.name} → {e.__name__}" for k in KINDS for m in k.moves.values() for e in m.events}
    assert set(HINTS) <= moves
    assert {a for names in LAWFUL.values() for a in names} <= announced | {f"{k.name}: {m}" for k in KINDS for m in k.moves}


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_diagram(kind: Kind[Any, Any]) -> None:
    check_diagram(kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_walk(kind: Kind[Any, Any]) -> None:
    """Hypothesis draws the seed and the length of each walk, so a failure shrinks to a short one; then as many more as it
    takes until everything the file announces was seen."""
    seen = Seen(frozenset(LAWFUL.get(kind.name, ())))

    @settings(max_examples=WALKS, deadline=None, derandomize=True, database=None)
    @given(st.integers(0, 2**32), st.integers(1, 40))
    def run(seed: int, steps: int) -> None:
        walk(kind, Random(seed), steps, seen, WORLD)

    run()
    for more in range(WALKS * MOST):
        if more % 10 == 0 and complete(kind, seen):
            return
        walk(kind, Random(f"{kind.name}/{more}"), 120, seen, WORLD, curious=True)
    check_seen(kind, seen)


def complete(kind: Kind[Any, Any], seen: Seen) -> bool:
    try:
        check_seen(kind, seen)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("heard", HEARD, ids=lambda h: f"{h.__module__.split('.')[1]} {h.__name__}")
def test_readers_understand_writers(heard: type[Heard]) -> None:
    """Drawn events of today, golden events of every day before, and older majors through the reader's own upcast."""
    for type_ in (heard.type, *heard.upcasts):
        if type_ not in PUBLISHED and (GOLDEN / f"{type_}.json").exists():
            continue  # told no more, still in the history: read from its golden sample below
        if type_ in PLANNED:
            assert type_ not in PUBLISHED, f"{type_} is told by now"
            continue
        if type_ == heard.type:
            readers_understand(heard, PUBLISHED)
    for type_ in (heard.type, *heard.upcasts):
        if (sample := GOLDEN / f"{type_}.json").exists():
            heard.read(type_, "some-id", json.loads(sample.read_text("utf-8")))


def test_what_is_planned_is_heard() -> None:
    """A type that nobody hears and nobody tells is not a plan."""
    assert {t for h in HEARD for t in (h.type, *h.upcasts)} >= PLANNED


def test_event_names_are_unique_within_a_service() -> None:
    for service in FOUND:
        names = [name.split(".", 2)[2] for k in service.kinds for name in k.events]
        assert len(names) == len(set(names)), f"{service.name}: {sorted(n for n in names if names.count(n) > 1)}"


def test_paths_and_collections_are_unique_within_a_service() -> None:
    for service in FOUND:
        for of in (lambda k: k.path, lambda k: k.collection, lambda k: k.name):
            names = [of(k) for k in service.kinds]
            assert len(names) == len(set(names)), f"{service.name}: {names}"
