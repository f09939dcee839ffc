"""A large batch is taken in bites: in order, each in a transaction of its own, the next one decoded meanwhile. No broker, no database."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from shared import kafka
from shared.engine import Letter


class Listener:
    """An engine that remembers what it was told, and may stumble."""

    def __init__(self) -> None:
        self.service = SimpleNamespace(name="club", sources=["library.loans.v1"])
        self.heard: list[list[int]] = []
        self.aside: list[str] = []
        self.order: list[str] = []
        self.stumbles_at = 0
        self.vital: dict[str, float] = {}
        self.now_hearing = 0

    async def hear(self, letters: list[Letter]) -> None:
        self.now_hearing += 1
        assert self.now_hearing == 1, "two transactions of one batch at once would change the order"
        await asyncio.sleep(0)
        self.now_hearing -= 1
        self.order += [f"{x.sequence}" for x in letters]
        if self.stumbles_at in [x.sequence for x in letters]:
            raise ConnectionError("away")
        self.heard.append([x.sequence for x in letters])

    async def set_aside(self, where: str, reason: str, value: Any, headers: Any) -> None:
        self.order.append(where)
        self.aside.append(reason)


class Bus:
    """Just enough of a broker to subscribe to."""

    def subscriber(self, *topics: str, **options: Any) -> Any:
        self.consumer, self.running = None, True
        return self

    def __call__(self, handler: Any) -> Any:
        return handler


def record(sequence: int, value: bytes = b"{}") -> Any:
    head = {"ce_id": f"i{sequence}", "ce_type": "library.loans.book_marked.v1", "ce_source": "/library/loans/loan", "ce_subject": "l", "ce_time":
            "2026-03-02T01:00:00Z", "ce_sequence": str(sequence)}  # fmt: skip
    return SimpleNamespace(topic="library.loans.v1", partition=0, offset=sequence, key=b"l", value=value,
                           headers=[(n, v.encode()) for n, v in head.items()])  # fmt: skip


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setattr(kafka, "BITE", 3)
    return Listener()


async def taken(listener: Listener, records: list[Any]) -> list[Letter]:
    return await kafka.Intake(listener, Bus()).take(records)  # type: ignore[arg-type]


async def test_a_batch_is_heard_in_bites_and_in_order(listener: Listener) -> None:
    letters = await taken(listener, [record(n) for n in range(1, 9)])
    assert listener.heard == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert [x.sequence for x in letters] == list(range(1, 9))


async def test_the_next_bite_is_decoded_while_the_one_before_is_heard(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    listener.stumbles_at, decoded = 0, []

    def letter_of(record: Any) -> Letter:
        decoded.append((record.offset, len(listener.heard)))
        return original(record)

    original = kafka.letter_of
    monkeypatch.setattr(kafka, "letter_of", letter_of)
    await taken(listener, [record(n) for n in range(1, 7)])
    assert decoded == [(n, 0) for n in range(1, 7)]  # all of the second bite before the first was through


async def test_what_stops_one_bite_stops_the_batch_and_keeps_what_went_before(listener: Listener) -> None:
    listener.stumbles_at = 5
    with pytest.raises(ConnectionError):
        await taken(listener, [record(n) for n in range(1, 12)])
    assert listener.heard == [[1, 2, 3]]
    assert not [n for n in listener.order if int(n) > 6]


async def test_nothing_is_left_running_when_setting_aside_fails(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(listener, "set_aside", away)
    with pytest.raises(ConnectionError):
        await taken(listener, [record(1), record(2), record(3), record(4, b"\xff"), record(5)])
    assert listener.heard == [[1, 2, 3]]
    assert listener.now_hearing == 0


async def test_poison_is_set_aside_after_what_came_before_it_and_before_what_comes_behind(listener: Listener) -> None:
    await taken(listener, [record(1), record(2), record(3), record(4, b"[]"), record(5), record(6), record(7)])
    assert listener.order == ["1", "2", "3", "library.loans.v1/0/4", "5", "6", "7"]
    assert listener.aside == ["ValueError"]


async def test_a_batch_of_poison_alone_is_taken_too(listener: Listener) -> None:
    assert await taken(listener, [record(n, b"") for n in range(1, 5)]) == []
    assert listener.heard == []
    assert len(listener.aside) == 4


@pytest.mark.parametrize(("seconds", "next_bite"), [(4.0, 26), (1.0, 101), (0.1, 201), (400.0, 1)])
async def test_the_next_bite_is_as_big_as_fits_into_a_second(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, seconds: float, next_bite: int
) -> None:
    monkeypatch.setattr(kafka, "BITE", 500)
    intake, times = kafka.Intake(listener, Bus()), iter((10.0, 10.0 + seconds))  # type: ignore[arg-type]
    intake.bite = 100
    monkeypatch.setattr(kafka, "time", SimpleNamespace(monotonic=lambda: next(times)))

    await intake.hear([])

    assert intake.bite == next_bite


async def test_what_outlived_its_transaction_is_tried_again_in_smaller_bites(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "BITE", 64)
    monkeypatch.setattr(kafka, "random", SimpleNamespace(uniform=lambda *_: 0.0))
    intake = kafka.Intake(listener, Bus())  # type: ignore[arg-type]
    listener.stumbles_at = 1

    with pytest.raises(ConnectionError):
        await intake.receive(SimpleNamespace(raw_message=[record(n) for n in range(1, 9)]))

    assert (intake.bite, intake.failures) == (16, 1)
