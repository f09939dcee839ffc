"""The engine: two who decide at once, repeated keys, clocks, what is heard once, parked alone and redriven."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest

from shared import engine as engine_module
from shared import letters as dead
from shared.engine import Engine, Letter, Service, reason_of, stamped
from shared.record import Heard, Malformed, NotAllowed, NotFound, Refused
from tests.shared.conftest import NOW, Time, a_call
from tests.shared.kernel_samples import Form, club, invitations, library, loans, notes


def letter(sequence: int, event: str = "book_marked", subject: str = "loan-1", **data: Any) -> Letter:
    return Letter(str(uuid.uuid5(uuid.NAMESPACE_OID, f"{subject}/{sequence}")), f"library.loans.{event}.v1", "/library/loans/loan", subject,
                  sequence, stamped(NOW), data or {"mark": f"m{sequence}"}, "ENTERPRISE", "e1")  # fmt: skip


async def marks(engine: Engine, loan: str = "loan-1") -> list[str]:
    return ((await engine.store.one("marks", loan)) or {}).get("marks", [])


async def waiting(engine: Engine) -> list[tuple[int, str]]:
    return [(x["sequence"], x["reason"]) for x in await dead.listed(engine)]


async def a_loan(engine: Engine, **more: Any) -> Any:
    return (await engine.execute(loans, "lend", Form(book="b", **more), a_call()))[0].record


# ── commands ──────────────────────────────────────────────────────────────────────────────────────
async def test_of_many_who_change_one_record_at_once_all_are_heard_in_turn(make_engine: Any) -> None:
    first = await make_engine(library)
    second = await make_engine(library, database=first.store.db.name)  # another replica
    loan = await a_loan(first)
    move = loans.moves["mark"]
    await asyncio.gather(*(e.execute(loans, move, move.body(mark=f"{n}"), a_call(), loan.id) for n in range(3) for e in (first, second)))
    row = await first.store.load(loans, loan.id)
    assert row.version == 7
    assert sorted(row.record.marks) == ["0", "0", "1", "1", "2", "2"]


async def test_of_two_who_claim_the_same_at_once_the_later_looks_again(make_engine: Any) -> None:
    engine = await make_engine(library)
    rows = await asyncio.gather(*(engine.execute(loans, "lend", Form(book="same"), a_call()) for _ in range(3)))
    assert sorted(r[0].record.claim for r in rows) == ["same/0", "same/1", "same/2"]


async def test_the_role_is_asked_before_anything_else(make_engine: Any) -> None:
    engine = await make_engine(library)
    loan = await a_loan(engine)
    with pytest.raises(NotAllowed):
        await engine.execute(loans, "mark", loans.moves["mark"].body(mark="x"), a_call("PANEL"), "no-such-loan")
    with pytest.raises(NotFound):
        await engine.execute(loans, "mark", loans.moves["mark"].body(mark="x"), a_call(organisation="e2"), loan.id)
    with pytest.raises(NotFound):
        await engine.execute(loans, "mark", loans.moves["mark"].body(mark="x"), a_call(), "no-such-loan")


async def test_a_repeated_key_gets_the_first_answer_and_another_body_is_refused(make_engine: Any) -> None:
    engine = await make_engine(library)
    opening, marking = a_call(), a_call()
    first = await engine.execute(loans, "lend", Form(book="b"), opening, digest="d1")
    again = await engine.execute(loans, "lend", Form(book="b"), opening, digest="d1")
    assert first[0].record == again[0].record
    loan, move = first[0].record, loans.moves["mark"]
    await engine.execute(loans, move, move.body(mark="a"), marking, loan.id, digest="d2")
    await engine.execute(loans, move, move.body(mark="later"), a_call(), loan.id, digest="d3")
    replay = (await engine.execute(loans, move, move.body(mark="a"), marking, loan.id, digest="d2"))[0]
    assert (replay.version, replay.record.marks) == (2, ("a",))
    assert (await engine.store.load(loans, loan.id)).version == 3
    for call, name, body, id_ in ((opening, "lend", Form(book="c"), None), (marking, "mark", move.body(mark="z"), loan.id)):
        with pytest.raises(Malformed) as refusal:
            await engine.execute(loans, name, body, call, id_, digest="other")
        assert refusal.value.code == "idempotency_key_reused"


async def test_a_repeated_key_still_asks_for_role_and_scope(make_engine: Any) -> None:
    engine = await make_engine(library)
    call = a_call()
    loan = (await engine.execute(loans, "lend", Form(book="b"), call, digest="d"))[0].record
    with pytest.raises(NotFound):
        await engine.execute(loans, "mark", loans.moves["mark"].body(mark="a"), a_call(organisation="e2", id=call.id), loan.id, digest="d")


async def test_a_key_is_remembered_by_the_history_when_the_record_has_let_go_of_it(make_engine: Any) -> None:
    engine = await make_engine(library)
    loan, move, call = await a_loan(engine), loans.moves["mark"], a_call()
    await engine.execute(loans, move, move.body(mark="a"), call, loan.id, digest="d")
    await engine.execute(loans, move, move.body(mark="b"), a_call(), loan.id)
    await engine.store.settle(loans, await engine.store.pending(loans))
    await engine.store.put("loans.loan", loan.id, {"$pop": {"calls": -1}})
    await engine.store.put("loans.loan", loan.id, {"$pop": {"calls": -1}})
    again = (await engine.execute(loans, move, move.body(mark="a"), call, loan.id, digest="d"))[0]
    assert again.version == 2
    assert (await engine.store.load(loans, loan.id)).version == 3


async def test_a_key_is_remembered_by_the_outbox_when_kafka_has_been_away_for_longer_than_keys_are_kept(make_engine: Any) -> None:
    engine = await make_engine(library)
    loan, move, call = await a_loan(engine), loans.moves["mark"], a_call()
    await engine.execute(loans, move, move.body(mark="a"), call, loan.id, digest="d")
    await engine.execute(loans, move, move.body(mark="b"), a_call(now=NOW + timedelta(days=8)), loan.id, digest="e")
    again = (await engine.execute(loans, move, move.body(mark="a"), call, loan.id, digest="d"))[0]
    assert (again.version, again.record.marks) == (2, ("a",))
    assert (await engine.store.load(loans, loan.id)).version == 3


async def test_an_opening_is_recognised_also_when_later_keys_have_pushed_its_own_out(make_engine: Any) -> None:
    engine = await make_engine(library)
    call = a_call()
    loan = (await engine.execute(loans, "lend", Form(book="b"), call, digest="d"))[0].record
    await engine.execute(loans, "mark", loans.moves["mark"].body(mark="a"), a_call(now=NOW + timedelta(days=8)), loan.id, digest="e")
    (again,) = await engine.execute(loans, "lend", Form(book="b"), call, digest="d")
    assert (again.record.id, again.version, again.record.marks) == (loan.id, 1, ())


async def test_an_event_too_large_for_the_bus_is_refused_before_it_is_kept(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    monkeypatch.setattr(engine_module, "EVENT_MAX", 50)
    with pytest.raises(Malformed) as refusal:
        await a_loan(engine)
    assert refusal.value.code == "event_too_large"
    assert await engine.store.count(loans, {}) == 0


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────
async def test_a_deadline_rings_once_also_with_two_replicas(make_engine: Any) -> None:
    time = Time()
    first = await make_engine(library, time)
    second = await make_engine(library, time, first.store.db.name)
    loan = await a_loan(first)
    assert await first.ring() == 0
    time.at = NOW + timedelta(days=14)
    rung = await asyncio.gather(first.ring(), second.ring())
    assert sum(rung) == 1
    row = await first.store.load(loans, loan.id)
    assert row.record.stage == "LATE"
    assert row.due is None


async def test_a_moved_calendar_moves_stored_deadlines(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    loan = await a_loan(engine)
    await engine.move_calendars()
    assert await engine.move_calendars() == 0
    await engine.store.put("loans.loan", loan.id, {"$set": {"due": NOW + timedelta(days=99)}})  # as another calendar had it
    assert await engine.move_calendars() == 0
    monkeypatch.setattr(engine_module, "CALENDAR_VERSION", "another")
    assert await engine.move_calendars() == 1
    assert (await engine.store.load(loans, loan.id)).due == NOW + timedelta(days=14)


async def test_a_clock_that_wrongly_refuses_waits_and_does_not_stop_the_others(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    engine = await make_engine(library, time)
    bad, good = await a_loan(engine), await a_loan(engine)
    time.at = NOW + timedelta(days=15)
    real = engine.execute

    async def broken(kind: Any, move: Any, body: Any, call: Any, id_: str | None = None, **more: Any) -> Any:
        if id_ == bad.id:
            raise Refused("never", "never", "从不")
        return await real(kind, move, body, call, id_, **more)

    monkeypatch.setattr(engine, "execute", broken)
    assert await engine.ring() == 1
    assert (await engine.store.load(loans, good.id)).record.stage == "LATE"
    assert (await engine.store.load(loans, bad.id)).due == time.at + timedelta(hours=1)


# ── what is heard ─────────────────────────────────────────────────────────────────────────────────
async def test_an_event_heard_again_has_no_second_effect(make_engine: Any) -> None:
    engine = await make_engine(club)
    batch = [letter(1, "book_lent", book="b", reader="e1"), letter(2), letter(3)]
    await engine.hear(batch)
    await engine.hear(batch[1:])
    await engine.hear([*batch, *batch])
    assert await marks(engine) == ["m2", "m3"]
    assert await engine.store.count(notes, {}) == 1


async def test_a_poison_event_parks_its_own_record_only(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.hear([letter(1), letter(2, mark="poison"), letter(1, subject="loan-2"), letter(3), letter(2, subject="loan-2")])
    assert await marks(engine) == ["m1"]
    assert await marks(engine, "loan-2") == ["m1", "m2"]
    assert await waiting(engine) == [(2, "refused: poison"), (3, "behind a parked event of the same record")]
    await engine.hear([letter(4)])
    assert [n for n, _ in await waiting(engine)] == [2, 3, 4]


async def test_redriving_keeps_the_order_and_stops_at_what_still_fails(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.hear([letter(1), letter(2, mark="poison"), letter(3)])
    assert await dead.redriven(engine) == [{"key": "/library/loans/loan/loan-1", "redriven": 0, "stopped": "refused: poison"}]
    await dead.corrected(engine, letter(2).id, b'{"mark": "mended"}', "operator-7")
    assert (await dead.redriven(engine))[0]["redriven"] == 2
    assert await marks(engine) == ["m1", "mended", "m3"]
    assert await waiting(engine) == []
    await engine.hear([letter(2, mark="poison"), letter(4)])  # delivered once more, and life goes on
    assert await marks(engine) == ["m1", "mended", "m3", "m4"]
    shown = await dead.shown(engine, letter(2).id)
    assert shown["state"] == "REDRIVEN"
    assert shown["corrections"][0]["by"] == "operator-7"
    assert (await dead.redriven(engine)) == []


async def test_a_letter_given_up_lets_the_rest_through_and_says_who_decided(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.hear([letter(1), letter(2, mark="poison"), letter(3)])
    assert await engine.release(letter(2).id, "operator-7", "test data") == (1, "")
    assert await marks(engine) == ["m1", "m3"]
    kept = await dead.shown(engine, letter(2).id)
    assert (kept["state"], kept["released_by"], kept["released_because"]) == ("RELEASED", "operator-7", "test data")
    with pytest.raises(Refused):
        await engine.release(letter(2).id, "operator-7", "again")


async def test_a_gap_parks_the_record_until_the_missing_event_comes(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.hear([letter(1), letter(3)])
    assert await waiting(engine) == [(3, "gap: expected 2, got 3")]
    assert (await dead.redriven(engine))[0]["stopped"] == "gap: expected 2, got 3"
    await engine.hear([letter(2)])
    assert (await dead.redriven(engine))[0]["redriven"] == 2
    assert await marks(engine) == ["m1", "m2", "m3"]


async def test_an_event_without_what_its_reader_needs_is_named_without_its_content(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.hear([letter(1, "book_lent", book={"secret": "13800001111"}, reader="e1")])
    (reason,) = [r for _, r in await waiting(engine)]
    assert reason == "book: string_type"


async def test_a_reaction_that_concerns_thousands_reaches_each_once_page_by_page(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "PAGE", 20)
    engine = await make_engine(club)
    await engine.hear([letter(1, "book_lent", f"loan-{n}", book="b", reader="e1") for n in range(70)])
    await engine.hear([letter(2, "book_late", "loan-0", book="b")])
    touched = [r.record.seen for r in await engine.store.find(notes, {"book": "b"})]
    assert sum(touched) == 20
    rounds = 0
    while await engine.fan_out():
        rounds += 1
    assert rounds == 3
    assert [r.record.seen for r in await engine.store.find(notes, {"book": "b"})] == [1] * 70
    assert await engine.store.rows("fanouts", {}) == []


async def test_an_event_that_opens_hundreds_opens_each_once_page_by_page(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when somebody joins or leaves between two pages, and when the event comes again."""
    monkeypatch.setattr(engine_module, "PAGE", 20)
    engine = await make_engine(club)
    readers = [f"r{n:02}" for n in range(50, 0, -1)]
    for member in ("m1", "r07"):
        await engine.store.put("members", member, {"$set": {"here": True}})
    gathering = letter(1, "readers_gathered", "meeting-1", readers=[*readers, "r50"])
    await engine.hear([gathering])
    assert [r.record.reader for r in await engine.store.find(invitations, {})] == ["m1", *sorted(readers)[:19]]
    await engine.hear([gathering, letter(1, "readers_gathered", "meeting-2", readers=["r01"])])
    await engine.store.remove("members", {"_id": "m1"})
    await engine.store.put("members", "r99", {"$set": {"here": True}})
    rounds = 0
    while await engine.fan_out():
        rounds += 1
    invited = await engine.store.find(invitations, {"meeting": "meeting-1"})
    assert rounds == 2
    assert [r.record.reader for r in invited] == ["m1", *sorted(readers), "r99"]
    assert {r.record.reader: r.record.round for r in invited}["r50"] == 0
    assert [r.version for r in invited] == [1] * 52
    assert await engine.store.rows("fanouts", {}) == []


async def test_a_page_of_openings_costs_as_many_trips_as_one_opening(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(club)
    asked: list[int] = []
    known = engine.store.known

    async def counting(kind: Any, ids: Any, session: Any = None) -> frozenset[str]:
        asked.append(len(ids))
        return frozenset(await known(kind, ids, session))

    monkeypatch.setattr(engine.store, "known", counting)
    monkeypatch.setattr(engine.store, "load", None)
    await engine.hear([letter(1, "readers_gathered", "meeting-1", readers=[f"r{n}" for n in range(engine_module.PAGE)])])
    assert asked == [engine_module.PAGE]
    assert await engine.store.count(invitations, {}) == engine_module.PAGE


async def test_effects_of_a_batch_see_each_other(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.hear(
        [letter(1, "book_lent", book="b", reader="e1"), letter(2, "book_late", book="b"), letter(3, "book_returned", book="b")]
    )
    (row,) = await engine.store.find(notes, {})
    assert (row.record.stage, row.record.seen, row.version) == ("CLOSED", 1, 3)
    assert [e["sequence"] for e in await engine.store.told(notes, row.record.id)] == [1, 2, 3]


async def test_correlation_and_cause_travel_on(make_engine: Any) -> None:
    engine = await make_engine(club)
    one = letter(1, "book_lent", book="b", reader="e1")
    await engine.hear([Letter(**{**vars(one), "correlation": "c-7", "traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"})])
    (row,) = await engine.store.find(notes, {})
    (told,) = await engine.store.told(notes, row.record.id)
    assert (told["correlation"], told["causation"], told["traceparent"][:4]) == ("c-7", one.id, "00-1")


async def test_a_bug_in_a_handler_parks_the_event_and_names_the_place(make_engine: Any) -> None:
    class Marked(Heard, type="library.loans.book_marked.v1"):
        mark: str

    async def stumble(heard: Marked, call: Any, effects: Any) -> None:
        raise KeyError(heard.mark)

    engine = await make_engine(Service("club", on={Marked: stumble}))
    await engine.hear([letter(1)])
    ((_, reason),) = await waiting(engine)
    assert reason.startswith("KeyError at stumble:")
    assert "m1" not in reason


def test_a_service_says_who_may_read_each_of_its_rooms() -> None:
    with pytest.raises(TypeError, match="loans"):
        Service("library", kinds=(loans,), rooms={})
    assert library.topics == ["library.cards.v1", "library.loans.v1"]
    assert club.sources == ["library.loans.v1"]


def test_a_reason_never_repeats_what_was_said() -> None:
    assert reason_of(Refused("no_way", "Mr Zhang may not", "张先生不可")) == "refused: no_way"
