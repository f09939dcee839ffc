"""The bus, over the real broker: order, at least once out, exactly once in, and what strangers put on the topic."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import CommitFailedError, NotCoordinatorForGroupError
from faststream import AckPolicy

from shared import kafka
from shared.engine import Engine
from shared.run import build
from tests.shared.conftest import Zone, until
from tests.shared.kernel_samples import club
from tests.shared.test_engine import marks

HEAD = {"ce_id": "", "ce_type": "library.loans.book_marked.v1", "ce_source": "/library/loans/loan", "ce_subject": "", "ce_time": "2026-03-02T01:00:00.000000Z",
        "ce_sequence": "1"}  # fmt: skip


async def put(
    zone: Zone, subject: str, sequence: int, mark: Any, *, value: bytes | None = b"", key: bytes | None = b"", **head: Any
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=list(zone.settings.kafka), max_request_size=900_000)
    await producer.start()
    fields = HEAD | {"ce_id": str(uuid.uuid4()), "ce_subject": subject, "ce_sequence": str(sequence)} | head
    headers = [(n, v if isinstance(v, bytes) else str(v).encode()) for n, v in fields.items() if v is not None]
    body = orjson.dumps({"mark": mark}) if value == b"" else value
    await producer.send_and_wait(
        zone.settings.prefix + "library.loans.v1", body, key=subject.encode() if key == b"" else key, headers=headers
    )
    await producer.stop()


async def lend(zone: Zone, book: str) -> str:
    return str((await zone.post("/library/loans", {"book": book})).json()["id"])


async def test_commands_become_effects_in_the_other_service_in_order(zone: Zone) -> None:
    ids = [await lend(zone, f"order-{n}") for n in range(5)]
    for n in range(6):
        await asyncio.gather(*(zone.post(f"/library/loans/{i}:mark", {"mark": f"{n}"}) for i in ids))
    club: Engine = zone.engine("club")
    for i in ids:
        await until(lambda i=i: has(club, i, 6))
        assert await marks(club, i) == ["0", "1", "2", "3", "4", "5"]


async def has(engine: Engine, loan: str, count: int) -> bool:
    return len(await marks(engine, loan)) == count


async def test_the_topic_holds_cloud_events_keyed_by_record(zone: Zone) -> None:
    loan = await lend(zone, "cloud")
    await zone.post(f"/library/loans/{loan}:mark", {"mark": "x"}, X_Correlation_Id="story-1")
    topic = zone.settings.prefix + "library.loans.v1"
    found = await until(lambda: mine(zone, topic, loan, 2))
    heads = [{n: v.decode() for n, v in r.headers} for r in found]
    assert [h["ce_sequence"] for h in heads] == ["1", "2"]
    assert heads[1]["ce_correlationid"] == "story-1"
    assert heads[0]["ce_actorrole"] == "ENTERPRISE"
    assert {h["ce_specversion"] for h in heads} == {"1.0"}
    assert orjson.loads(found[1].value) == {"mark": "x"}


async def mine(zone: Zone, topic: str, key: str, count: int) -> list[Any]:
    found = [r for r in await kafka.read_all(zone.settings.kafka, [topic]) if r.key == key.encode()]
    return found if len(found) == count else []


async def test_events_sent_twice_take_effect_once(zone: Zone) -> None:
    subject = f"twice-{uuid.uuid4()}"
    for sequence in (1, 1, 2, 1, 2, 3, 3):
        await put(zone, subject, sequence, f"m{sequence}")
    club = zone.engine("club")
    await until(lambda: has(club, subject, 3))
    assert await marks(club, subject) == ["m1", "m2", "m3"]


STRANGERS: list[tuple[str, dict[str, Any]]] = [
    ("no JSON", {"value": b"{"}),
    ("JSON but no object", {"value": b"[1]"}),
    ("a tombstone", {"value": None}),
    ("no key", {"key": None}),
    ("a key that is not the subject", {"key": b"other"}),
    ("no id", {"ce_id": None}),
    ("no type", {"ce_type": None}),
    ("a sequence that is no number", {"ce_sequence": "one"}),
    ("a sequence below one", {"ce_sequence": "0"}),
    ("a type of another topic", {"ce_type": "registry.associations.association_registered.v1"}),
    ("a forged source", {"ce_source": "/registry/associations/association"}),
    ("a time that is none", {"ce_time": "yesterday"}),
    ("a header that is no text", {"ce_type": b"\xff\xfe\x00"}),
    ("a thousand headers", {f"x{n}": "y" * 20 for n in range(1000)}),
]


@pytest.mark.parametrize(("what", "wrong"), STRANGERS, ids=[w for w, _ in STRANGERS])
async def test_what_is_no_event_is_set_aside_and_stops_nobody(zone: Zone, what: str, wrong: dict[str, Any]) -> None:
    subject, neighbour, club = f"odd-{uuid.uuid4()}", f"good-{uuid.uuid4()}", zone.engine("club")
    before = await club.store.tally("letters", {"state": "UNREADABLE"})
    await put(zone, subject, 1, "x", **wrong)
    await put(zone, neighbour, 1, "fine")
    await until(lambda: has(club, neighbour, 1))
    expected = 0 if what == "a thousand headers" else 1
    assert await club.store.tally("letters", {"state": "UNREADABLE"}) - before == expected
    assert await marks(club, subject) == (["x"] if what == "a thousand headers" else [])


async def test_an_unknown_type_of_the_same_room_is_passed_over(zone: Zone) -> None:
    subject, club = f"new-{uuid.uuid4()}", zone.engine("club")
    await put(zone, subject, 1, "?", ce_type="library.loans.book_devoured.v1")
    await put(zone, subject, 2, "after")
    await until(lambda: has(club, subject, 1))


async def test_a_poisoned_record_waits_visibly_while_its_neighbours_go_on(zone: Zone) -> None:
    loan, other, club = await lend(zone, "poisoned"), await lend(zone, "healthy"), zone.engine("club")
    for mark in ("before", "poison", "behind"):
        await zone.post(f"/library/loans/{loan}:mark", {"mark": mark})
    await zone.post(f"/library/loans/{other}:mark", {"mark": "on"})
    await until(lambda: has(club, other, 1))
    rows = await until(lambda: club.store.rows("letters", {"subject": loan, "sequence": 4}))
    assert rows[0]["reason"] == "behind a parked event of the same record"
    assert await marks(club, loan) == ["before"]
    (poison,) = await club.store.rows("letters", {"subject": loan, "sequence": 3})
    await club.store.put("letters", poison["_id"], {"$set": {"data": {"mark": "mended"}}})
    assert (await club.redrive(poison["key"])) == (2, "")
    assert await marks(club, loan) == ["before", "mended", "behind"]


def test_every_subscriber_refuses_to_acknowledge_a_failure(zone: Zone) -> None:
    for running in zone.app.state.running:
        assert kafka.unsafe_subscribers(running.bus) == []
    bus = kafka.broker(["127.0.0.1:1"])
    bus.subscriber("x", group_id="g", ack_policy=AckPolicy.ACK)
    assert len(kafka.unsafe_subscribers(bus)) == 1


async def test_missing_topics_are_named(zone: Zone) -> None:
    (reason,) = await kafka.refusals(zone.settings.kafka, ["no.such.topic.v1"])
    assert "no.such.topic.v1" in reason
    assert await kafka.refusals(zone.settings.kafka, [zone.settings.prefix + "library.loans.v1"]) == []


async def test_creating_topics_twice_changes_nothing(zone: Zone) -> None:
    topic = f"{zone.settings.prefix}again.v1"
    for _ in range(2):
        await kafka.create_topics(zone.settings.kafka, [topic], partitions=2)
    assert await kafka.refusals(zone.settings.kafka, [topic]) == []


async def test_a_batch_that_fails_for_an_outage_backs_off_and_is_not_acknowledged(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, slept = zone.engine("club"), list[float]()
    intake = next(r.intake for r in zone.app.state.running if r.service.name == "club")
    message = SimpleNamespace(raw_message=[object()], committed=None)

    async def away(_: Any) -> None:
        raise ConnectionError("away")

    me, really = asyncio.current_task(), asyncio.sleep

    async def sleep(seconds: float) -> None:  # the zone's own loops sleep as ever: without it they would turn for ever
        if asyncio.current_task() is me:
            slept.append(seconds)
            seconds = 0
        await really(seconds)

    async def decode(_: Any) -> tuple[list[Any], list[Any]]:
        return [object()], []

    monkeypatch.setattr(engine, "hear", away)
    monkeypatch.setattr(intake, "decode", decode)
    monkeypatch.setattr(kafka.asyncio, "sleep", sleep)
    for _ in range(12):
        with pytest.raises(ConnectionError):
            await intake.receive(message)
    intake.failures = 0
    assert message.committed is None
    assert max(slept) <= 15.0
    assert max(slept[:3]) < slept[-1]


class Coordinator:
    """A consumer whose group coordinator fails as told; what was committed, and which partitions are its own."""

    def __init__(self, *faults: Exception) -> None:
        self.faults, self.committed, self.own = list(faults), dict[TopicPartition, int](), {TopicPartition("t", 0), TopicPartition("t", 1)}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.faults:
            raise self.faults.pop()
        self.committed |= offsets

    def assignment(self) -> set[TopicPartition]:
        return self.own


def an_intake(zone: Zone, coordinator: Coordinator) -> kafka.Intake:
    made = kafka.Intake(zone.engine("club"), kafka.broker(["127.0.0.1:1"]), zone.settings.prefix)
    made.subscriber = SimpleNamespace(consumer=coordinator, running=True)
    return made


async def test_offsets_that_could_not_be_committed_are_committed_without_waiting_for_another_event(zone: Zone) -> None:
    coordinator = Coordinator(CommitFailedError(), NotCoordinatorForGroupError())
    intake = an_intake(zone, coordinator)
    intake.done = {TopicPartition("t", 0): 5}
    await intake.commit_soon()
    assert coordinator.committed == {TopicPartition("t", 0): 5}


async def test_offsets_of_a_partition_that_has_gone_to_another_member_are_its_owners_matter(zone: Zone) -> None:
    coordinator = Coordinator(CommitFailedError())
    coordinator.own = {TopicPartition("t", 1)}
    intake = an_intake(zone, coordinator)
    intake.done = {TopicPartition("t", 0): 5, TopicPartition("t", 1): 7}
    await intake.commit_soon()
    assert coordinator.committed == {TopicPartition("t", 1): 7}
    coordinator.faults = [CommitFailedError()]
    intake.done = {TopicPartition("t", 1): 9}
    await intake.hand_over()
    assert intake.done == {}


async def test_a_second_replica_joins_and_leaves_while_events_flow_and_each_takes_effect_once(zone: Zone) -> None:
    loans, had_its_share = [await lend(zone, f"rebalance-{n}") for n in range(24)], asyncio.Event()
    second = build([club], zone.settings, zone.issuer)
    flowing = asyncio.create_task(mark_all(zone, loans, had_its_share))
    async with second.router.lifespan_context(second):
        intake = second.state.running[0].intake
        await until(lambda: asyncio.sleep(0, intake.batches > 0 and intake.subscriber.consumer.assignment()), 60)
        had_its_share.set()
    told = [str(n) for n in range(await flowing)]
    engine = zone.engine("club")
    for loan in loans:
        await until(lambda loan=loan: has(engine, loan, len(told)))
        assert await marks(engine, loan) == told
    assert await engine.store.rows("letters", {"subject": {"$in": loans}}) == []


async def mark_all(zone: Zone, loans: list[str], enough: asyncio.Event) -> int:
    """Round after round, and some after it is enough: how many."""
    rounds, left = 0, 20
    while left:
        await asyncio.gather(*(zone.post(f"/library/loans/{loan}:mark", {"mark": str(rounds)}) for loan in loans))
        rounds, left = rounds + 1, left - enough.is_set()
        await asyncio.sleep(0.1)
    return rounds


async def test_a_rebalance_waits_for_the_running_batch() -> None:
    committed: list[int] = []

    async def commit() -> None:
        committed.append(1)

    drain = kafka.Drain(commit, limit=5)
    drain.idle.clear()
    waiting = asyncio.create_task(drain.on_partitions_revoked([]))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    assert committed == []
    drain.idle.set()
    await waiting
    assert committed == [1]
    drain.limit = 0.05
    drain.idle.clear()
    await drain.on_partitions_revoked([])  # beyond its limit it gives way: the heads protect the effect
