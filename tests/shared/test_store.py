"""The store, over motor and over PyMongo Async: one suite."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo import WriteConcern
from pymongo.errors import AutoReconnect, DuplicateKeyError, OperationFailure

from shared.engine import Engine
from shared.mongo import OUTAGES, PENDING_MAX, TRANSACTION_TRIES, Full, Store, Taken, conditions, outcomes
from shared.record import Stale
from tests.shared.conftest import NOW, Time, a_call, until
from tests.shared.kernel_samples import BookLent, BookMarked, Form, cards, club, library, loans
from tests.shared.test_engine import letter, marks


async def lent(engine: Engine, book: str = "b", organisation: str = "e1", **more: Any) -> Any:
    return (await engine.execute(loans, "lend", Form(book=book, **more), a_call(organisation=organisation)))[0]


async def test_one_document_carries_state_events_key_and_next_due_time(make_engine: Any) -> None:
    engine = await make_engine(library)
    row = await lent(engine)
    doc = await engine.store.one("loans.loan", row.record.id)
    assert doc is not None
    assert doc["version"] == 1
    assert doc["state"]["stage"] == "LENT"
    assert doc["due"] == NOW + timedelta(days=14)
    assert [e["type"] for e in doc["outbox"]] == ["library.loans.book_lent.v1"]
    assert doc["outbox"][0]["sequence"] == 1


async def test_a_write_against_an_older_version_is_stale(make_engine: Any) -> None:
    engine = await make_engine(library)
    row = await lent(engine)
    await engine.execute(loans, "mark", loans.moves["mark"].body(mark="a"), a_call(), row.record.id)
    with pytest.raises(Stale):
        await engine.execute(loans, "mark", loans.moves["mark"].body(mark="b"), a_call(), row.record.id, expected=1)


async def test_what_is_unique_is_taken_once_and_free_again_when_given_back(make_engine: Any) -> None:
    engine = await make_engine(library)
    body = loans.moves["lend_many"].body(books=("x",))
    first = (await engine.execute(loans, "lend_many", body, a_call()))[0]
    with pytest.raises(Taken):
        await engine.execute(loans, "lend_many", body, a_call())
    await engine.execute(loans, "return", loans.moves["return"].body(), a_call(), first.record.id)
    again = (await engine.execute(loans, "lend_many", body, a_call()))[0]
    assert again.record.claim == "x/0"


async def test_opening_many_opens_all_or_none(make_engine: Any) -> None:
    engine = await make_engine(library)
    await engine.execute(loans, "lend_many", loans.moves["lend_many"].body(books=("b2",)), a_call())
    with pytest.raises(Taken):
        await engine.execute(loans, "lend_many", loans.moves["lend_many"].body(books=("b1", "b2", "b3")), a_call())
    assert await engine.store.count(loans, {}) == 1


async def test_a_full_outbox_refuses_instead_of_growing(make_engine: Any) -> None:
    engine = await make_engine(library)
    row = await lent(engine)
    letters = [{"_id": f"x{n}", "sequence": n} for n in range(PENDING_MAX)]
    await engine.store.put("loans.loan", row.record.id, {"$push": {"outbox": {"$each": letters}}})
    with pytest.raises(Full):
        await engine.execute(loans, "mark", loans.moves["mark"].body(mark="a"), a_call(), row.record.id)


async def test_settling_writes_history_first_and_may_be_repeated(make_engine: Any) -> None:
    engine = await make_engine(library)
    row = await lent(engine)
    await engine.execute(loans, "mark", loans.moves["mark"].body(mark="a"), a_call(), row.record.id)
    docs = await engine.store.pending(loans)
    await engine.store.settle(loans, docs)
    await engine.store.settle(loans, docs)  # as after a crash between history and outbox
    assert await engine.store.pending(loans) == []
    assert [e["sequence"] for e in await engine.store.told(loans, row.record.id)] == [1, 2]


async def test_history_and_outbox_together_are_the_whole_story(make_engine: Any) -> None:
    engine = await make_engine(library)
    row = await lent(engine)
    await engine.store.settle(loans, await engine.store.pending(loans))
    await engine.execute(loans, "mark", loans.moves["mark"].body(mark="a"), a_call(), row.record.id)
    told = await engine.store.told(loans, row.record.id)
    stored = (await engine.store.load(loans, row.record.id)).record
    assert loans.fold(row.record.id, [(e["type"], e["data"]) for e in told]) == stored


async def test_fresh_events_are_left_to_the_process_that_wrote_them(make_engine: Any) -> None:
    engine = await make_engine(library)
    await lent(engine)
    assert await engine.store.pending(loans, older_than=60) == []
    assert len(await engine.store.pending(loans)) == 1
    count, age = await engine.store.backlog(library.kinds)
    assert count == 1
    assert age >= 0


async def test_pages_follow_the_id_without_gap_or_repeat(make_engine: Any) -> None:
    engine = await make_engine(library)
    for n in range(7):
        await lent(engine, f"b{n}")
    first = await engine.store.find(loans, {"reader": "e1"}, limit=3)
    rest = await engine.store.find(loans, {"reader": "e1"}, after=first[-1].record.id)
    newest = await engine.store.find(loans, {"reader": "e1"}, newest=True)
    ids = [h.record.id for h in (*first, *rest)]
    assert len(set(ids)) == 7
    assert [h.record.id for h in newest] == ids[::-1]


async def test_a_value_is_never_an_operator(make_engine: Any) -> None:
    engine = await make_engine(library)
    await lent(engine)
    assert conditions({"book": {"$ne": None}}) == {"state.book": {"$eq": {"$ne": None}}}
    assert await engine.store.find(loans, {"book": {"$ne": None}}) == []


def test_a_natural_key_is_asked_for_as_the_id_it_is() -> None:
    assert conditions({"card": ["a", "b"]}, ("card",)) == {"_id": {"$in": ["a", "b"]}}
    assert conditions({"card": "a", "id": "b"}, ("card",)) == {"state.card": {"$eq": "a"}, "_id": {"$eq": "b"}}
    assert conditions({"card": {"$ne": None}}, ("card",)) == {"_id": {"$eq": "{'$ne': None}"}}
    assert conditions({"card": "a"}, ("card", "year")) == {"state.card": {"$eq": "a"}}


async def test_a_transaction_that_fails_leaves_nothing(make_engine: Any) -> None:
    engine = await make_engine(club)

    async def body(session: Any) -> None:
        await engine.store.bulk("marks", [__import__("shared.mongo").mongo.insert_row({"_id": "m"})], session)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await engine.store.transaction(body)
    assert await engine.store.one("marks", "m") is None


async def test_private_values_are_stored_but_neither_told_nor_shown(make_engine: Any) -> None:
    engine = await make_engine(library)
    row = (await engine.execute(cards, "issue", cards.moves["issue"].body(pin="1234"), a_call()))[0]
    doc = await engine.store.one("cards.card", row.record.id)
    assert doc is not None
    assert doc["state"]["pin"] == "1234"
    assert "1234" not in str(doc["outbox"])
    assert "pin" not in cards.view(row.record)


async def test_a_claim_goes_to_one_of_several(make_engine: Any) -> None:
    engine = await make_engine(club)
    await engine.store.put("marks", "m", {"$set": {"free": True}})
    first = await engine.store.claim("marks", {"free": True}, {"$set": {"free": False}})
    second = await engine.store.claim("marks", {"free": True}, {"$set": {"free": False}})
    assert (first or {})["_id"] == "m"
    assert second is None


async def test_the_change_stream_rings_for_another_process(make_engine: Any) -> None:
    engine = await make_engine(library)
    heard: list[str] = []

    async def listen() -> None:
        async for name in engine.store.changes():
            heard.append(name)

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    other = await make_engine(library, Time(), engine.store.db.name)
    await lent(other)
    await until(lambda: asyncio.sleep(0, bool(heard)))
    task.cancel()
    assert heard[0] == "loans.loan"


async def test_a_lone_server_or_weak_settings_are_named(make_engine: Any, stack: Any) -> None:
    engine = await make_engine(club)
    assert await engine.store.refusals() == []
    weak = Store(stack.mongo, "test_weak", "motor" if engine.store.motor else "pymongo")
    weak.client = weak.client.__class__(stack.mongo, w=1)
    assert any("w=1" in reason for reason in await weak.refusals())


async def test_only_test_databases_may_be_dropped(stack: Any, driver: str) -> None:
    store = Store(stack.mongo, "registry", driver)
    with pytest.raises(RuntimeError):
        await store.drop()
    await store.close()


async def test_a_connection_opened_before_its_server_was_ready_is_an_outage_and_let_go(make_engine: Any) -> None:
    engine = await make_engine(club)
    store = engine.store
    client = store.client.delegate if store.motor else store.client
    pools = [server.pool for server in client._topology._servers.values()]
    for connection in (found := [c for pool in pools for c in pool.conns]):
        connection.supports_sessions = False  # what the driver notes of a member that is starting, or undoing what it wrote alone
    assert found
    with pytest.raises(OUTAGES):
        await engine.hear([letter(1)])
    await engine.hear([letter(1)])
    assert await marks(engine) == ["m1"]
    assert not any(c in pool.conns for pool in pools for c in found)


async def test_what_was_told_since_it_was_read_stays_in_the_outbox(make_engine: Any) -> None:
    engine = await make_engine(library)
    quiet, busy = (await lent(engine, "a")).record.id, (await lent(engine, "b")).record.id
    read = await engine.store.pending(loans)
    await marking(engine, busy, "m")
    await engine.store.settle(loans, read)
    (waiting,) = await engine.store.pending(loans)
    assert (waiting["_id"], [e["sequence"] for e in waiting["outbox"]]) == (busy, [2])
    assert [[e["sequence"] for e in await engine.store.told(loans, id_)] for id_ in (quiet, busy)] == [[1], [1, 2]]
    await engine.store.settle(loans, [*read, waiting])
    assert await engine.store.pending(loans) == []


def unconfirmed(store: Store, collection: str) -> None:
    """From now on every write to the collection is made, and confirmed by fewer members than asked for: as on a primary that has lost its peers."""
    store.at[collection] = store.db[collection].with_options(write_concern=WriteConcern(w=2, wtimeout=50))


async def test_an_outbox_is_not_emptied_on_a_history_that_may_be_undone(make_engine: Any) -> None:
    engine = await make_engine(library)
    store, id_ = engine.store, (await lent(engine)).record.id
    (doc,) = await store.pending(loans)
    unconfirmed(store, "loans.loan.history")
    for _ in range(2):  # the first writes the row, the second finds it: neither says that a majority has it
        with pytest.raises(OUTAGES):
            await store.settle(loans, [doc])
        assert (await store.one("loans.loan", id_))["outbox"]
    store.at.pop("loans.loan.history")
    await store.settle(loans, [doc])
    assert not (await store.one("loans.loan", id_))["outbox"]
    assert [e["sequence"] for e in await store.told(loans, id_)] == [1]


async def test_rows_appended_without_a_majority_are_unknown(make_engine: Any) -> None:
    store = (await make_engine(club)).store
    unconfirmed(store, "chain")
    for _ in range(2):
        with pytest.raises(OUTAGES):
            await store.append("chain", [{"_id": 1}])
    store.at.pop("chain")
    assert await store.append("chain", [{"_id": 1}, {"_id": 2}]) == 0
    assert await store.append("chain", [{"_id": 2}]) == 1


async def test_what_is_held_by_a_write_nobody_can_read_yet_is_unknown_and_not_taken(
    make_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = (engine := await make_engine(library)).store
    await lent(engine, "b")
    event, call = BookLent(book="b", reader="e1", claim="b/0", due=NOW), a_call()
    doc = engine._opening(loans, loans.moves["lend"], event, call, call.new_id("0"), 0)[1]
    with pytest.raises(Taken):
        await store.insert(loans, [doc])

    class Unread:
        """The collection as a reader of what a majority has sees it while the first write is not confirmed."""

        def __init__(self, real: Any) -> None:
            self.real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        async def find_one(self, *_: Any, **__: Any) -> None:
            return None

    store.at["loans.loan"] = Unread(store.db["loans.loan"])
    with pytest.raises(OUTAGES):
        await store.insert(loans, [doc])


async def test_two_records_of_one_call_that_want_the_same_are_taken_and_none_is_written(make_engine: Any) -> None:
    store = (engine := await make_engine(library)).store
    event, call = BookLent(book="b", reader="e1", claim="b/0", due=NOW), a_call()
    docs = [engine._opening(loans, loans.moves["lend"], event, call, call.new_id(f"{n}"), n)[1] for n in range(2)]
    with pytest.raises(Taken):
        await store.insert(loans, docs)
    assert await store.count(loans, {}) == 0


# ── commands that arrive together ─────────────────────────────────────────────────────────────────
class Wire:
    """What goes to the server: the size of every write to the loans; one may be lost on the way back."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.lost: BaseException | None = None
        write = store._write

        async def watched(what: str, collection: str, asked: list[Any]) -> list[Exception | None]:
            self.sizes.append(len(asked))
            outcomes = await write(what, collection, asked)
            if self.lost:
                raise self.lost
            return outcomes

        monkeypatch.setattr(store, "_write", watched)
        store._together.clear()  # what wrote before knows the way without us


def marking(engine: Engine, loan: str, text: str, **more: Any) -> Any:
    return engine.execute(loans, "mark", loans.moves["mark"].body(mark=text), a_call(), loan, **more)


async def test_commands_on_different_records_leave_in_one_write(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    ids = [(await lent(engine, f"b{n}")).record.id for n in range(12)]
    held = [await engine.store.load(loans, id_) for id_ in ids]
    wire = Wire(engine.store, monkeypatch)
    changes = [engine._changed(loans, loans.moves["mark"], h, [BookMarked(mark="m")], a_call()) for h in held]
    await asyncio.gather(*(engine.store.update(loans, h, update) for h, (_, update) in zip(held, changes, strict=True)))
    assert wire.sizes == [12]
    assert [(await engine.store.load(loans, id_)).record.marks for id_ in ids] == [("m",)] * 12


async def test_of_two_on_one_record_in_one_write_exactly_one_wins(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    held = await engine.store.load(loans, (await lent(engine)).record.id)
    wire = Wire(engine.store, monkeypatch)
    changes = [engine._changed(loans, loans.moves["mark"], held, [BookMarked(mark=t)], a_call())[1] for t in ("a", "b")]
    told = await asyncio.gather(*(engine.store.update(loans, held, c) for c in changes), return_exceptions=True)
    assert wire.sizes == [2]
    assert sorted(type(t).__name__ for t in told) == ["NoneType", "Stale"]
    kept = await engine.store.load(loans, held.record.id)
    assert (kept.version, kept.record.marks) == (2, ("a",) if told[0] is None else ("b",))


async def test_the_rule_of_the_one_that_lost_runs_again(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    other = await make_engine(library, database=engine.store.db.name)  # a second replica: no lock between the two
    loan = (await lent(engine)).record.id
    await asyncio.gather(*(marking(e, loan, f"{n}") for n, e in enumerate([engine, other] * 6)))
    kept = await engine.store.load(loans, loan)
    assert (kept.version, sorted(kept.record.marks, key=int)) == (13, [str(n) for n in range(12)])


async def test_one_duplicate_in_the_middle_harms_no_neighbour(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    await lent(engine, "b")  # has the claim b/0
    wire = Wire(engine.store, monkeypatch)
    events = [BookLent(book=b, reader="e1", claim=f"{b}/0", due=NOW) for b in ("a", "b", "c")]
    docs = [engine._opening(loans, loans.moves["lend"], e, call := a_call(), call.new_id("0"), 0)[1] for e in events]
    told = await asyncio.gather(*(engine.store.insert(loans, [d]) for d in docs), return_exceptions=True)
    assert wire.sizes == [3]
    assert [type(t).__name__ for t in told] == ["NoneType", "Taken", "NoneType"]
    assert told[1].more["fields"] == "claim"
    assert await engine.store.count(loans, {}) == 3


async def test_what_bson_cannot_carry_fails_alone(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    held = [await engine.store.load(loans, (await lent(engine, b)).record.id) for b in "abc"]
    wire = Wire(engine.store, monkeypatch)
    updates = [{"$set": {"state.since": v}, "$inc": {"version": 1}} for v in ("2026-01-01", 2**80, "2026-01-02")]
    told = await asyncio.gather(*(engine.store.update(loans, h, u) for h, u in zip(held, updates, strict=True)), return_exceptions=True)
    assert [type(t).__name__ for t in told] == ["NoneType", "OverflowError", "NoneType"]
    assert wire.sizes == [2]


async def test_a_lost_answer_is_unknown_to_everybody_on_that_write(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    wire = Wire(engine.store, monkeypatch)
    wire.lost = AutoReconnect("the answer did not come")
    calls = [a_call() for _ in range(3)]
    bodies = [Form(book=f"b{n}") for n in range(3)]
    asked = [engine.execute(loans, "lend", b, c, digest="d") for b, c in zip(bodies, calls, strict=True)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(wire.sizes) == 3
    assert all(isinstance(t, OUTAGES) for t in told)
    wire.lost = None
    again = [(await engine.execute(loans, "lend", b, c, digest="d"))[0] for b, c in zip(bodies, calls, strict=True)]
    assert [(h.version, h.record.book) for h in again] == [(1, "b0"), (1, "b1"), (1, "b2")]
    assert await engine.store.count(loans, {}) == 3  # repeated with their keys: none was done twice


async def test_a_guard_that_finds_nothing_never_writes_a_record(make_engine: Any) -> None:
    engine = await make_engine(library)
    held = await engine.store.load(loans, (await lent(engine)).record.id)
    _, update = engine._changed(loans, loans.moves["mark"], held, [BookMarked(mark="m")], a_call())
    await engine.store.remove("loans.loan", {})
    with pytest.raises(Stale):
        await engine.store.update(loans, held, update)
    assert await engine.store.count(loans, {}) == 0


def test_not_confirmed_by_the_majority_and_broken_off_by_a_departing_server_are_unknown() -> None:
    kept, twice, gone = outcomes(
        {"writeConcernErrors": [{"code": 64}], "writeErrors": [{"index": 1, "code": 11000, "errmsg": "x"}, {"index": 2, "code": 11602, "errmsg": "y"}]}, 3
    )  # fmt: skip
    assert isinstance(kept, OUTAGES)
    assert isinstance(twice, DuplicateKeyError)
    assert isinstance(gone, OUTAGES)
    assert outcomes({"writeErrors": [{"index": 0, "code": 121, "errmsg": "z"}]}, 2)[1] is None


async def test_a_transaction_that_never_comes_through_is_an_outage_and_given_up_soon(make_engine: Any) -> None:
    engine, tries = await make_engine(library), 0

    async def outlived(session: Any) -> None:
        nonlocal tries
        tries += 1
        raise OperationFailure("no such transaction", 251, {"errorLabels": ["TransientTransactionError"]})

    with pytest.raises(AutoReconnect):
        await engine.store.transaction(outlived)

    assert tries == TRANSACTION_TRIES


async def test_a_lock_that_was_not_had_in_time_is_an_outage_and_a_fault_of_ours_is_not(make_engine: Any) -> None:
    engine = await make_engine(library)

    def raising(code: int) -> Any:
        async def body(session: Any) -> None:
            raise OperationFailure("told by the server", code)

        return body

    with pytest.raises(AutoReconnect):
        await engine.store.transaction(raising(24))
    with pytest.raises(OperationFailure) as fault:
        await engine.store.transaction(raising(9))
    assert not isinstance(fault.value, AutoReconnect)


async def test_replicas_that_start_at_once_on_an_empty_database_all_come_up(stack: Any, driver: str) -> None:
    stores = [Store(stack.mongo, name, driver) for name in [f"test_{uuid4().hex[:12]}"] * 5]
    await asyncio.gather(*(store.prepare(library.kinds, {"marks": ("book",)}) for store in stores))
    assert {"loans.loan", "loans.loan.history", "heads", "marks"} <= set(await stores[0].db.list_collection_names())
    await stores[0].drop()
    for store in stores:
        await store.close()
