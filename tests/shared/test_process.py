"""A service as a process: its log, its probes, its start and its refusals; and the corners of the engine that only a process meets."""

import asyncio
import io
import json
from datetime import timedelta
from typing import Any

import pytest
import structlog
from aiokafka.errors import NodeNotReadyError

from shared import kafka, logs, run
from shared import letters as dead
from shared.engine import Effects, Reading, Service
from shared.mongo import Busy
from shared.record import Call, Heard, Refused
from shared.run import REFUSED, PlatformClock, Running, keep
from tests.shared.conftest import NOW, Time, Zone, a_call
from tests.shared.kernel_samples import Form, cards, club, library, loans
from tests.shared.test_engine import a_loan, letter, marks


# ── the log ───────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def log_lines() -> Any:
    stream = io.StringIO()
    logs.configure("INFO", "json", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()


def test_a_line_is_one_object_whatever_a_value_holds(log_lines: Any) -> None:
    structlog.get_logger().info("told", reason='\n{"event": "login ok"}\x1b[31m\u2028', mobile="13800001111", email="z@example.cn")
    (line,) = log_lines()
    assert line["reason"] == '\n{"event": "login ok"}\x1b[31m\u2028'
    assert (line["mobile"], line["email"]) == ("[dropped]", "[dropped]")


def test_levels_are_kept_and_a_person_may_read_along(log_lines: Any) -> None:
    structlog.get_logger().debug("too fine")
    assert log_lines() == []
    stream = io.StringIO()
    logs.configure("WARNING", "console", stream)
    structlog.get_logger().warning("look here")
    assert "look here" in stream.getvalue()


# ── the clock ─────────────────────────────────────────────────────────────────────────────────────
def test_the_platform_clock_starts_where_it_is_told_and_goes_forward_only() -> None:
    clock = PlatformClock(NOW)
    assert NOW <= clock.now() < NOW + timedelta(minutes=1)
    clock.move(NOW + timedelta(days=7))
    assert clock.now() >= NOW + timedelta(days=7)
    with pytest.raises(Refused):
        clock.move(NOW)


# ── probes ────────────────────────────────────────────────────────────────────────────────────────
async def test_a_loop_that_stands_still_shows_in_the_liveness(zone: Zone) -> None:
    engine = zone.engine("library")
    engine.vital["clock"] = -1e9
    answer = await zone.client.get("/livez")
    engine.vital.pop("clock")
    assert answer.status_code == 503
    assert "library: clock" in answer.json()["stuck"]


async def test_an_intake_that_keeps_failing_shows_in_the_readiness(zone: Zone) -> None:
    running = next(r for r in zone.app.state.running if r.service.name == "club")
    running.intake.failures = 3
    answer = await zone.client.get("/readyz")
    running.intake.failures = 0
    assert answer.status_code == 503
    assert "failed 3 times" in answer.json()["reasons"][0]


async def test_the_description_of_a_service_is_served_and_of_no_service_is_not_found(zone: Zone) -> None:
    assert (await zone.client.get("/openapi/club.json")).json()["info"]["title"] == "Guildhall club"
    assert (await zone.client.get("/openapi/nobody.json")).json()["code"] == "not_found"


async def test_gauges_tell_what_waits(zone: Zone) -> None:
    running = next(r for r in zone.app.state.running if r.service.name == "library")
    await running.measure()
    assert 'guildhall_outbox_records{service="library"}' in (await zone.client.get("/metrics")).text


async def test_a_loop_that_breaks_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []

    async def breaks() -> None:
        turns.append(1)
        if len(turns) == 3:
            raise asyncio.CancelledError
        raise ValueError("no")

    really = asyncio.sleep

    async def at_once(_: float) -> None:  # yields all the same: the server of this file runs in the same loop, and sleeps by the same name
        await really(0)

    monkeypatch.setattr(run.asyncio, "sleep", at_once)
    with pytest.raises(asyncio.CancelledError):
        await keep("x", breaks, "library")
    assert len(turns) == 3


# ── start ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_start_without_settings_is_refused_in_sentences(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("GUILDHALL_KAFKA", "GUILDHALL_MONGO", "KAFKA_BOOTSTRAP", "MONGO_URI"):
        monkeypatch.delenv(name, raising=False)
    assert run.run(library) == REFUSED
    said = capsys.readouterr().err
    assert "GUILDHALL_KAFKA is not set" in said
    monkeypatch.setenv("GUILDHALL_PROFILE", "playground")
    assert run.run(library) == REFUSED
    assert "GUILDHALL_PROFILE" in capsys.readouterr().err


async def test_missing_topics_and_servers_are_named_together(zone: Zone) -> None:
    strange = Service("library", kinds=(loans, cards), rooms={"loans": "public", "cards": "internal", "attic": "zone"})
    running = Running(strange, zone.settings, PlatformClock())
    assert any("library.attic.v1" in reason for reason in await running.refusals())
    await running.engine.store.close()
    away = Running(club, zone.settings.model_copy(update={"kafka": ("127.0.0.1:1",), "patience": 0}), PlatformClock())
    assert any("Kafka cannot be reached" in reason for reason in await away.refusals())
    await away.engine.store.close()


async def test_a_start_waits_for_a_server_that_comes_back_and_not_for_ever() -> None:
    """One of three brokers being away is no reason to refuse: which of them is asked is chance."""
    asked = list[int]()

    async def refusals() -> list[str]:
        asked.append(1)
        if len(asked) < 3:
            raise NodeNotReadyError
        return ["unsafe"]

    assert await run.patiently(refusals, 20, pause=0) == ["unsafe"]
    asked.clear()
    with pytest.raises(NodeNotReadyError):
        await run.patiently(refusals, 0, pause=0)


# ── corners of the engine ─────────────────────────────────────────────────────────────────────────
async def test_what_a_batch_reads_is_what_it_has_written(make_engine: Any) -> None:
    engine = await make_engine(club)
    seen: list[Any] = []

    async def body(session: Any) -> None:
        effects = Effects(engine.store, session, NOW)
        effects.insert("marks", {"_id": "a", "n": 1})
        effects.update("marks", "a", {"$inc": {"n": 1}})
        reading = Reading(engine.store, effects)
        seen.extend([await effects.one("marks", "a"), await effects.rows("marks", n=[2, 3]), await reading.rows("marks", n=2)])
        effects.delete("marks", "a")
        seen.append(await effects.one("marks", "a"))

    await engine.store.transaction(body)
    assert seen == [{"_id": "a", "n": 2}, [{"_id": "a", "n": 2}], [{"_id": "a", "n": 2}], None]


async def test_a_rule_reads_records_and_rows_outside_a_batch_too(make_engine: Any) -> None:
    engine = await make_engine(library)
    loan = await a_loan(engine)
    reading = Reading(engine.store)
    assert await reading.get(loans, loan.id) == await engine.read(loans, loan.id) == loan
    assert await reading.get(loans, "nobody") is None
    assert [x.id for x in await reading.find(loans, book="b")] == [loan.id]
    assert [r["_id"] for r in await reading.rows("loans.loan", version=1)] == [loan.id]


async def test_a_deadline_that_has_moved_on_is_looked_at_when_it_is_time(make_engine: Any) -> None:
    time = Time()
    engine = await make_engine(library, time)
    loan = await a_loan(engine)
    await engine.store.postpone(loans, loan.id, NOW - timedelta(days=1))
    assert await engine.ring() == 0
    assert (await engine.store.load(loans, loan.id)).due == NOW + timedelta(days=14)


async def test_a_deadline_somebody_else_has_met_is_left_alone(make_engine: Any) -> None:
    time = Time()
    engine = await make_engine(library, time)
    loan = await a_loan(engine)
    time.at = NOW + timedelta(days=14)
    (row,) = await engine.store.due(loans, time.at)
    await engine.execute(loans, "return", loans.moves["return"].body(), a_call(now=time.at), loan.id)
    assert await engine._ring_one(loans, row, time.at) == 0
    assert (await engine.read(loans, loan.id)).stage == "RETURNED"


async def test_a_command_behind_one_that_takes_too_long_is_told_to_come_back(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    loan = await a_loan(engine)
    monkeypatch.setattr("shared.engine.TURN", 0.05)
    lock = engine._locks.setdefault((loans.name, loan.id), asyncio.Lock())
    async with lock:
        with pytest.raises(Busy):
            await engine.execute(loans, "mark", loans.moves["mark"].body(mark="x"), a_call(), loan.id)


async def test_a_record_with_private_fields_is_answered_as_it_is_when_a_key_is_repeated(make_engine: Any) -> None:
    engine = await make_engine(library)
    call = a_call()
    (first,) = await engine.execute(cards, "issue", cards.moves["issue"].body(pin="1"), call, digest="d")
    (again,) = await engine.execute(cards, "issue", cards.moves["issue"].body(pin="1"), call, digest="d")
    assert (again.version, again.record.holder) == (first.version, "e1")


async def test_openings_beyond_what_a_relay_is_handed_are_left_to_the_store(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.engine.OPENED_MAX", 1)
    engine = await make_engine(library)
    for book in ("a", "b"):
        await engine.execute(loans, "lend", Form(book=book), a_call())
    assert len(engine.opened[loans.name]) == 1
    assert engine.dirty == {loans.name}


async def test_what_is_no_letter_cannot_be_shown_or_mended_and_what_is_unreadable_can_be_given_up(make_engine: Any) -> None:
    engine = await make_engine(club)
    with pytest.raises(Refused):
        await dead.shown(engine, "x")
    with pytest.raises(Refused):
        await dead.corrected(engine, "x", b"{}", "operator-7")
    await engine.set_aside("t/0/1", "ValueError", b"\xff{", [("ce_id", b"x")])
    assert (await dead.shown(engine, "t/0/1"))["value"] == "\\xff{"
    assert await engine.release("t/0/1", "operator-7", "not ours") == (0, "")
    assert await dead.listed(engine) == []


async def test_a_letter_the_record_has_passed_cannot_be_given_up(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.hear([letter(1), letter(2, mark="poison")])
    await engine.store.put("heads", letter(2).key, {"$set": {"seq": 2}})
    with pytest.raises(Refused) as refusal:
        await engine.release(letter(2).id, "operator-7", "late")
    assert refusal.value.code == "already_passed"


async def test_an_older_major_is_heard_when_its_reader_can_fit_it(make_engine: Any) -> None:
    class Marked(Heard, type="library.loans.book_marked.v2", upcasts={"library.loans.book_marked.v1": lambda d: {"note": d["mark"]}}):
        note: str

    async def keep_note(heard: Marked, call: Call, effects: Effects) -> None:
        effects.update("marks", heard.about, {"$push": {"marks": heard.note}})

    engine = await make_engine(Service("club", on={Marked: keep_note}, indexes={"marks": ()}))
    await engine.hear([letter(1)])
    assert await marks(engine) == ["m1"]


async def test_the_last_records_of_a_topic_can_be_read_alone(zone: Zone) -> None:
    for n in range(3):
        await zone.post("/library/loans", {"book": f"tail-{n}"})
    topic = f"{zone.settings.prefix}library.loans.v1"
    await asyncio.sleep(1)
    assert 1 <= len(await kafka.read_all(zone.settings.kafka, [topic], last=1)) <= 3


async def test_a_store_of_a_stored_older_shape_reads_with_todays_eyes(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    loan = await a_loan(engine)
    monkeypatch.setattr(type(loan), "schema_version", 2)
    monkeypatch.setitem(loans.state_upcasts, 1, lambda state: {**state, "reader": state["reader"].upper()})
    row = await engine.store.load(loans, loan.id)
    assert row.record.reader == "E1"
    await engine.execute(loans, "mark", loans.moves["mark"].body(mark="x"), a_call(organisation="E1"), loan.id)
    doc = await engine.store.one("loans.loan", loan.id)
    assert (doc["schema"], doc["state"]["reader"]) == (2, "E1")
