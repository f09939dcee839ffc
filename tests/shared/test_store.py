"""The store, over motor and over PyMongo Async: one suite."""

from datetime import timedelta
from typing import Any

import pytest

from shared.engine import Engine
from shared.mongo import PENDING_MAX, Full, Store, Taken, conditions
from shared.record import Stale
from tests.shared.conftest import NOW, Time, a_call, until
from tests.shared.kernel_samples import Form, cards, club, library, loans


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
    import asyncio

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
