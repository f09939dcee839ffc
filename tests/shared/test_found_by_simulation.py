"""What the simulation has found, each as one example on the real MongoDB."""

from typing import Any

import pytest

from shared import letters as dead
from shared.kafka import Relay
from shared.mongo import OUTAGES
from shared.record import Refused
from tests.shared.conftest import Time, until
from tests.shared.kernel_samples import club, library, loans
from tests.shared.test_engine import a_loan, letter, marks


class Acknowledging:
    """A producer whose every send is acknowledged at once."""

    async def send(self, *_: Any, **__: Any) -> Any:
        async def acknowledged() -> None: ...

        return acknowledged()


async def test_a_settling_that_failed_once_is_not_the_last(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(library)
    relay, producer, settle, failed = Relay(engine, ["127.0.0.1:1"]), Acknowledging(), engine.store.settle, []

    async def away_once(kind: Any, docs: Any) -> None:
        if not failed:
            failed.append(1)
            raise OUTAGES[0]("away")
        await settle(kind, docs)

    monkeypatch.setattr(engine.store, "settle", away_once)

    async def settled() -> bool:
        try:
            await relay.round(producer)  # type: ignore[arg-type]
        except OUTAGES:
            return False
        return (await engine.store.backlog([loans]))[0] == 0

    await a_loan(engine)
    await until(settled)
    await a_loan(engine)
    await until(settled)
    assert failed == [1]


async def test_a_letter_is_not_given_up_before_an_earlier_one_of_its_record(make_engine: Any) -> None:
    engine = await make_engine(club, Time())
    await engine.hear([letter(1), letter(2, mark="poison"), letter(3), letter(4)])
    with pytest.raises(Refused) as refusal:
        await engine.release(letter(3).id, "operator-7", "not this one")
    assert refusal.value.code == "not_first"
    assert [x["sequence"] for x in await dead.listed(engine)] == [2, 3, 4]
    assert await engine.release(letter(2).id, "operator-7", "test data") == (2, "")
    assert await marks(engine) == ["m1", "m3", "m4"]


async def test_giving_up_is_one_write_so_a_crash_leaves_both_or_neither(make_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await make_engine(club, Time())
    await engine.hear([letter(1), letter(2, mark="poison"), letter(3)])
    put = engine.store.put

    async def dies_at_the_letter(collection: str, *rest: Any, **more: Any) -> None:
        if collection == "letters":
            raise OUTAGES[0]("killed")
        await put(collection, *rest, **more)

    monkeypatch.setattr(engine.store, "put", dies_at_the_letter)
    try:
        await engine.release(letter(2).id, "operator-7", "test data")
    except OUTAGES:
        monkeypatch.undo()
    head, row = await engine.store.one("heads", letter(2).key), await engine.store.one("letters", letter(2).id)
    assert (head["seq"] >= 2) == (row["state"] == "RELEASED"), "the head has passed a letter that still waits"


async def test_the_first_reason_stays_when_a_parked_event_comes_again(make_engine: Any) -> None:
    engine = await make_engine(club, Time())
    await engine.hear([letter(1), letter(2, mark="poison")])
    await engine.hear([letter(2, mark="poison")])
    assert [x["reason"] for x in await dead.listed(engine)] == ["refused: poison"]
