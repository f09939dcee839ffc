"""The bus. The only module that knows FastStream and aiokafka.

Out: the relay reads each record's outbox in order and settles it only after Kafka has acknowledged. In: one batch
subscriber per service, acknowledged only after its effects are committed. CloudEvents 1.0 binary mode, key = record id.
"""

import asyncio
import contextlib
import random
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IllegalStateError, KafkaError, TopicAlreadyExistsError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.security import parse_security
from faststream.message import AckStatus
from faststream.security import BaseSecurity, SASLScram512

from shared import metrics
from shared.engine import EVENT_MAX, Engine, Letter, reason_of
from shared.mongo import Doc
from shared.record import Kind, Refused
from shared.settings import Settings

log = structlog.get_logger()
SESSION = 10_000  # milliseconds after which a silent reader's partitions go to the others (decision 0014)
SETTLE_AFTER = 0.02  # seconds in which settlings gather: fewer writes, and a crash repeats no more than these
SETTLED_KEPT = 20_000
BITE, BITE_SECONDS = 500, 1.0  # events of one transaction at most, and how long it should take; the next are decoded meanwhile
COMMIT_AFTER = 0.2  # seconds between the commits of offsets: the effect is what must not wait
SILENCE = 60.0  # seconds without a record after which a reader of whole topics takes Kafka for away
COMMIT_WITHIN = 10.0  # seconds one commit may take: aiokafka would wait 40 for a coordinator that has died
UNSENT = (KafkaError, TimeoutError, OSError)
NEEDED = ("ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_sequence")
TOPIC_SETTINGS = {"cleanup.policy": "delete", "retention.ms": "-1", "max.message.bytes": "1048576", "min.insync.replicas": "1"}


Offsets = dict[int, int]  # partition → offset


class Servers(tuple[str, ...]):
    """Where Kafka is, and how one is let in."""

    security: BaseSecurity | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Servers":
        """Raises: OSError when the certificate authority's file cannot be read."""
        servers = cls(settings.kafka)
        if settings.kafka_security != "PLAINTEXT":
            context = ssl.create_default_context(cafile=settings.kafka_ca or None)
            servers.security = BaseSecurity(context, use_ssl=True)
            if settings.kafka_security == "SASL_SSL":
                servers.security = SASLScram512(settings.kafka_user, settings.kafka_password, context, use_ssl=True)
        return servers


def reached(bootstrap: Sequence[str]) -> dict[str, Any]:
    """What every client of aiokafka is told."""
    return {"bootstrap_servers": list(bootstrap), **parse_security(bootstrap.security if isinstance(bootstrap, Servers) else None)}


# ── out ───────────────────────────────────────────────────────────────────────────────────────────
def headers(letter: Doc) -> list[tuple[str, bytes]]:
    """A reader can skip what it does not know without opening it."""
    fields = {
        "ce_specversion": "1.0", "ce_id": letter["_id"], "ce_type": letter["type"], "ce_source": letter["source"], "ce_subject": letter["subject"],
        "ce_time": letter["time"], "ce_sequence": str(letter["sequence"]), "ce_partitionkey": letter["subject"], "ce_recordedtime": letter["recorded"],
        "ce_correlationid": letter["correlation"], "ce_causationid": letter["causation"], "ce_actorrole": letter["actor"]["role"],
        "ce_actororganisation": letter["actor"]["organisation"], "content-type": "application/json",
    }  # fmt: skip
    more = {"ce_effectivetime": letter.get("effective"), "ce_legalbasis": letter.get("basis"), "traceparent": letter.get("traceparent")}
    return [(name, value.encode()) for name, value in (fields | more).items() if value]


class Relay:
    """For ever: outbox to Kafka, each record's events in order, at least once.

    A record's event is sent only after its predecessor was sent by the same producer or acknowledged, and a failed send
    ends the round: so the first occurrence of every event in the log is in order, also with several relays at work."""

    def __init__(self, engine: Engine, bootstrap: Sequence[str], prefix: str = "", *, linger_ms: int = 0, sweep: float = 1.0) -> None:
        self.engine, self.bootstrap, self.prefix, self.linger_ms, self.sweep = engine, bootstrap, prefix, linger_ms, sweep
        self.kinds = {k.name: k for k in engine.service.kinds}
        self._swept = 0.0
        self._settling: set[str] = set()  # sent and acknowledged; being settled, or settled lately
        self._settled: deque[str] = deque()
        self._sent: dict[str, list[Doc]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        producer: AIOKafkaProducer | None = None
        try:
            while True:
                try:
                    if producer is None:  # rebuilt after any failure: a refused record leaves an idempotent producer unusable
                        producer = AIOKafkaProducer(**reached(self.bootstrap), enable_idempotence=True, acks="all", linger_ms=self.linger_ms,
                                                    max_batch_size=256 * 1024, max_request_size=EVENT_MAX + 100_000, request_timeout_ms=10_000)  # fmt: skip
                        await producer.start()
                    self.engine.vital["relay"] = time.monotonic()
                    if not await self.round(producer):
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(self.engine.bell.wait(), self.sweep)
                except Exception as error:  # noqa: BLE001 - whatever ended the round, the outbox is read again from the start
                    metrics.RELAY_FAILURES.labels(self.engine.service.name).inc()
                    log.warning("relay begins anew", service=self.engine.service.name, reason=reason_of(error))
                    await stop(producer)
                    producer = None
                    self.engine.vital["relay"] = time.monotonic()
                    await asyncio.sleep(random.uniform(0.2, 1.0))
        finally:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await stop(producer)

    async def round(self, producer: AIOKafkaProducer) -> int:
        """Send what this process has just written, and once a sweep what any other has left behind."""
        engine, sent = self.engine, 0
        await self._settle_on()
        engine.bell.clear()
        opened, engine.opened = engine.opened, {}
        changed, engine.dirty = engine.dirty, set()
        try:
            for name, docs in opened.items():  # a record just opened has nothing older to send: no need to read it back
                sent += await self.send(self.kinds[name], docs, producer)
            for name in changed:
                sent += await self.drain(self.kinds[name], producer)
            if time.monotonic() - self._swept > self.sweep:
                for kind in self.kinds.values():
                    sent += await self.drain(kind, producer, older_than=1.0)
                self._swept = time.monotonic()
        except BaseException:
            engine.dirty |= changed | opened.keys()
            raise
        return sent

    async def drain(self, kind: Kind[Any, Any], producer: AIOKafkaProducer, older_than: float = 0.0) -> int:
        total = 0
        while docs := await self.engine.store.pending(kind, older_than):
            next_round = {d["_id"] for d in self.engine.opened.get(kind.name, ())}  # handed over meanwhile: not twice
            if next_round and not next_round.isdisjoint(d["_id"] for d in docs):
                self.engine.dirty.add(kind.name)
            sent = await self.send(kind, [d for d in docs if d["_id"] not in next_round], producer)
            total += sent
            if len(docs) < 250:
                break
            if not sent:
                task = self._tasks.get(kind.name)
                if task is None or task.done():
                    break
                await task
        return total

    async def send(self, kind: Kind[Any, Any], docs: Sequence[Doc], producer: AIOKafkaProducer) -> int:
        """Send and see acknowledged, then settle a moment later; what is being settled is not sent again."""
        sends, topic, sent = [], self.prefix + kind.topic, set[str]()
        for doc in docs:  # outer loop: the record; inner loop: its events in order
            for event in doc["outbox"]:
                if event["_id"] not in self._settling:
                    sent.add(event["_id"])
                    sends.append(await producer.send(topic, orjson.dumps(event["data"]), key=doc["_id"].encode(), headers=headers(event)))
        if sends:
            await asyncio.wait_for(asyncio.gather(*sends), 30)  # an idempotent send never gives up by itself
            metrics.RELAYED.labels(kind.topic).inc(len(sends))
            self._settling |= sent
            self._sent.setdefault(kind.name, []).extend(docs)
            task = self._tasks.get(kind.name)
            if task is None or task.done():
                self._tasks[kind.name] = asyncio.create_task(self.settle_soon(kind))
                if task:
                    await task  # raises what made the last settling fail: the round ends, and all is read again
        return len(sends)

    async def _settle_on(self) -> None:
        """A settling that failed must not be the last: take up what is left to it, then let its failure end the round."""
        for name, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[name]
                if self._sent.get(name):
                    self._tasks[name] = asyncio.create_task(self.settle_soon(self.kinds[name]))
                await task

    async def settle_soon(self, kind: Kind[Any, Any]) -> None:
        while docs := self._sent.get(kind.name):
            await asyncio.sleep(SETTLE_AFTER)
            self._sent[kind.name] = []
            ids = [e["_id"] for d in docs for e in d["outbox"]]
            try:
                await self.engine.store.settle(kind, docs)
            except BaseException:
                self._settling.difference_update(ids)
                raise
            self._settled.extend(ids)  # remembered a while: a page read before this moment still shows them
            while len(self._settled) > SETTLED_KEPT:
                self._settling.discard(self._settled.popleft())


async def stop(producer: AIOKafkaProducer | None) -> None:
    if producer is not None:
        with contextlib.suppress(*UNSENT):
            await asyncio.wait_for(producer.stop(), 5)


async def ring_for_others(engine: Engine) -> None:
    """A doorbell for events that another process has written (where commands and relay run apart): the change stream."""
    kinds = {k.collection: k.name for k in engine.service.kinds}
    async for collection in engine.store.changes():
        if collection in kinds:
            engine.dirty.add(kinds[collection])
            engine.bell.set()


# ── in ────────────────────────────────────────────────────────────────────────────────────────────
def letter_of(record: Any) -> Letter:
    """Raises: ValueError or KeyError for what is no event of ours."""
    h = {name: value.decode() for name, value in record.headers}
    data = orjson.loads(record.value)
    if not isinstance(data, dict):
        raise ValueError("data is no object")
    if record.key is None or record.key.decode() != h["ce_subject"]:
        raise ValueError("key and subject differ")
    return Letter(h["ce_id"], h["ce_type"], h["ce_source"], h["ce_subject"], int(h["ce_sequence"]), h["ce_time"], data, h.get("ce_actorrole", ""),
                  h.get("ce_actororganisation", ""), h.get("ce_correlationid", ""), h.get("traceparent", ""),
                  f"{record.topic}/{record.partition}/{record.offset}")  # fmt: skip


def well_formed(letter: Letter, topic: str) -> Letter:
    """A letter whose headers agree with the topic it came on. Raises: ValueError."""
    room = topic.removesuffix(".v1")
    if not letter.type.startswith(f"{room}.") or not letter.source.startswith(f"/{room.replace('.', '/')}/"):
        raise ValueError("type or source is not of this topic")
    if letter.sequence < 1 or not letter.subject:
        raise ValueError("sequence or subject is missing")
    datetime.fromisoformat(letter.time)
    return letter


async def whole(message: Any) -> Any:
    """Decoder: the message itself, so that no parameter is injected on the hot path."""
    return message


async def unread(raw: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """Parser: the batch as it came. What FastStream would read of every record for itself is not needed, costs a twentieth of a drain, and
    one header that is no text would lose the batch (FastStream #2458)."""
    message = await original((replace(raw[0], headers=()),))
    message.raw_message = raw
    return message


class Drain(ConsumerRebalanceListener):  # type: ignore[misc]
    """aiokafka awaits this before it rejoins the group: the running batch is finished and its offsets are committed first."""

    def __init__(self, commit: Callable[[], Awaitable[None]], limit: float = 20.0) -> None:
        self.idle, self.commit, self.limit = asyncio.Event(), commit, limit
        self.idle.set()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        with contextlib.suppress(TimeoutError):  # beyond the limit the heads still protect the effect
            await asyncio.wait_for(self.idle.wait(), self.limit)
        await self.commit()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        log.info("partitions assigned", count=len(assigned))


class Intake:
    """One batch subscriber of one service: decode, transaction, offset; what comes next is decoded while a transaction is under way."""

    def __init__(self, engine: Engine, bus: KafkaBroker, prefix: str = "", *, member: str = "", max_records: int = 500) -> None:
        self.engine, self.prefix, self.failures, self.drain, self.batches = engine, prefix, 0, Drain(self.hand_over), 0
        self.done: dict[TopicPartition, int] = {}
        self.bite = BITE
        self.committing: asyncio.Task[None] | None = None
        static: dict[str, Any] = {"group_instance_id": f"{engine.service.name}-{member}"} if member else {}
        self.subscriber = bus.subscriber(
            *(prefix + t for t in engine.service.sources), group_id=f"{prefix}{engine.service.name}", batch=True, max_records=max_records,
            batch_timeout_ms=5, auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR, decoder=whole, parser=unread,
            listener=self.drain, session_timeout_ms=SESSION, rebalance_timeout_ms=30_000, heartbeat_interval_ms=1000,
            isolation_level="read_committed", **static)  # fmt: skip
        self.subscriber(self.receive)

    async def receive(self, message: Any) -> None:
        self.drain.idle.clear()
        try:
            letters = await self.take(message.raw_message)
            self.failures, self.batches = 0, self.batches + 1
            self.measure(letters, message.raw_message)
            self.done |= {TopicPartition(r.topic, r.partition): r.offset + 1 for r in message.raw_message}
            message.committed = AckStatus.ACKED  # its offsets are committed a moment later, with those of the next batches
            if self.committing is None or self.committing.done():
                self.committing = asyncio.create_task(self.commit_soon())
        except Exception as error:
            self.failures += 1
            self.bite = max(1, self.bite // 4)
            metrics.INTAKE_FAILURES.labels(self.engine.service.name).inc()
            log.warning("batch will be tried again", service=self.engine.service.name, failures=self.failures, reason=reason_of(error))
            await asyncio.sleep(min(15.0, 0.05 * 2 ** min(self.failures, 10)) * random.uniform(0.5, 1.0))
            raise  # NACK_ON_ERROR rewinds every partition of the batch
        finally:
            self.engine.vital["intake"] = time.monotonic()
            self.drain.idle.set()

    async def commit_soon(self) -> None:
        while self.done:
            await asyncio.sleep(COMMIT_AFTER)
            await self.commit()

    async def commit(self) -> None:
        """Commit what has taken effect, and nothing beyond. What fails is tried again: the last batch before a silence would otherwise
        count as unread until the next, and be repeated by whoever starts. The heads absorb what is repeated meanwhile."""
        done, self.done = self.done, {}
        if done and self.subscriber.consumer:
            try:
                await asyncio.wait_for(self.subscriber.consumer.commit(done), COMMIT_WITHIN)
            except (KafkaError, IllegalStateError, TimeoutError) as error:
                log.info("offsets not committed", service=self.engine.service.name, reason=type(error).__name__)
                mine = self.subscriber.consumer.assignment()
                self.done = {tp: offset for tp, offset in done.items() if tp in mine} | self.done

    async def hand_over(self) -> None:
        """Before a rebalance: what cannot be committed now is repeated by the partition's next owner."""
        await self.commit()
        self.done = {}

    async def take(self, records: Sequence[Any]) -> list[Letter]:
        """Let everything take effect in its order, a bite a transaction. Raises what stopped one: the bites before it keep their effect, the
        whole batch comes again, and the heads know what was done."""
        taken: list[Letter] = []
        hearing: asyncio.Task[None] | None = None
        begin = 0
        try:
            while begin < len(records):
                end = begin + self.bite
                letters, poison = await self.decode(records[begin:end])
                if hearing:
                    await hearing
                    hearing = None
                for record, reason in poison:  # set aside, never in the way
                    where = f"{record.topic}/{record.partition}/{record.offset}"
                    await self.engine.set_aside(where, reason, record.value, [(n, v or b"") for n, v in record.headers])
                taken += letters
                if end < len(records):
                    hearing = asyncio.create_task(self.hear(letters)) if letters else None
                elif letters:
                    await self.hear(letters)
                begin = end
            return taken
        finally:
            if hearing:
                await asyncio.gather(hearing, return_exceptions=True)

    async def hear(self, letters: Sequence[Letter]) -> None:
        """Let a bite take effect, and take the next as big as fits into a second: MongoDB ends a transaction after five, and what outlived
        one would outlive every other just as big."""
        began = time.monotonic()
        await self.engine.hear(letters)
        seconds = max(time.monotonic() - began, 0.001)
        self.bite = max(1, min(BITE, int(self.bite * min(2.0, BITE_SECONDS / seconds)) + 1))

    async def decode(self, records: Iterable[Any]) -> tuple[list[Letter], list[tuple[Any, str]]]:
        """The letters, and the records that are none, each with its reason. Lets others run in between."""
        letters: dict[tuple[str, int], Letter] = {}
        poison: list[tuple[Any, str]] = []
        for nth, record in enumerate(records, 1):
            try:
                letter = well_formed(letter_of(record), record.topic.removeprefix(self.prefix))
                letters.setdefault((letter.key, letter.sequence), letter)
            except (ValueError, KeyError, AttributeError, RecursionError) as error:
                poison.append((record, type(error).__name__))
            if nth % 25 == 0:
                await asyncio.sleep(0)
        return list(letters.values()), poison

    def measure(self, letters: Sequence[Letter], records: Sequence[Any]) -> None:
        age, now = metrics.EVENT_AGE.labels(self.engine.service.name), datetime.now(UTC)
        for letter in letters[:: max(1, len(letters) // 20)]:
            age.observe(max(0.0, (now - datetime.fromisoformat(letter.time)).total_seconds()))
        ends = {TopicPartition(r.topic, r.partition): r.offset for r in records}
        for tp, offset in ends.items():
            if self.subscriber.consumer and (end := self.subscriber.consumer.highwater(tp)) is not None:
                metrics.LAG.labels(self.engine.service.name, tp.topic, tp.partition).set(max(0, end - offset - 1))

    @property
    def ready(self) -> bool:
        """In the group and running: with partitions, or with none left for this member."""
        return bool(self.subscriber.running and self.subscriber.consumer)


def broker(bootstrap: Sequence[str]) -> KafkaBroker:
    security = bootstrap.security if isinstance(bootstrap, Servers) else None
    return KafkaBroker(list(bootstrap), security=security, graceful_timeout=25, allow_auto_create_topics=False, logger=None)


# ── topics ────────────────────────────────────────────────────────────────────────────────────────
@contextlib.asynccontextmanager
async def admin(bootstrap: Sequence[str]) -> Any:
    client = AIOKafkaAdminClient(**reached(bootstrap), request_timeout_ms=10_000)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def create_topics(
    bootstrap: Sequence[str], topics: Iterable[str], *, partitions: int = 4, replicas: int = 1, settings: Mapping[str, str] | None = None
) -> None:
    """A deploy step, not a start-up step. A partition count is never changed afterwards: keys would move and order break."""
    async with admin(bootstrap) as client:
        here = set(await client.list_topics())
        wanted = [NewTopic(t, partitions, replicas, topic_configs={**TOPIC_SETTINGS, **(settings or {})}) for t in topics if t not in here]
        if wanted:
            with contextlib.suppress(TopicAlreadyExistsError):
                await client.create_topics(wanted)


async def refusals(bootstrap: Sequence[str], topics: Iterable[str]) -> list[str]:
    """What makes this Kafka unsafe to stand on, each as a sentence; empty when all is well."""
    async with admin(bootstrap) as client:
        missing = sorted(set(topics) - set(await client.list_topics()))
        found = [f"these topics are missing (the deploy step creates them): {', '.join(missing)}"] if missing else []
        node = (await client.describe_cluster())["brokers"][0]["node_id"]
        for answer in await client.describe_configs(
            [ConfigResource(ConfigResourceType.BROKER, str(node), {"auto.create.topics.enable": None})]
        ):
            for resource in answer.resources:
                if any(entry[0] == "auto.create.topics.enable" and entry[1] == "true" for entry in resource[4]):
                    found.append(
                        "the broker has auto.create.topics.enable=true: a typo would become a topic with one copy; set it to false"
                    )
    return found


def unsafe_subscribers(bus: KafkaBroker) -> list[str]:
    """Subscribers that could lose an event: any policy but NACK_ON_ERROR acknowledges a failed batch."""
    return ["a subscriber acknowledges without NACK_ON_ERROR" for s in bus.subscribers if s.ack_policy is not AckPolicy.NACK_ON_ERROR]


async def read_all(bootstrap: Sequence[str], topics: Sequence[str], *, last: int = 0) -> list[Any]:
    """Every record of the topics from the first (or the last `last` of each partition) to the end as it is now."""
    consumer = AIOKafkaConsumer(
        **reached(bootstrap), enable_auto_commit=False, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        parts = [TopicPartition(t, p) for t in topics for p in sorted(consumer.partitions_for_topic(t) or await partitions_of(consumer, t))]
        consumer.assign(parts)
        ends, begins = await consumer.end_offsets(parts), await consumer.beginning_offsets(parts)
        for tp in parts:
            consumer.seek(tp, max(begins[tp], ends[tp] - last) if last else begins[tp])
        found: list[Any] = []
        while any([await consumer.position(tp) < ends[tp] for tp in parts]):
            for records in (await consumer.getmany(timeout_ms=500, max_records=5000)).values():
                found += [r for r in records if r.offset < ends[TopicPartition(r.topic, r.partition)]]
        return found
    finally:
        await consumer.stop()


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.add_topic(topic)
    await consumer._client.force_metadata_update()
    return consumer.partitions_for_topic(topic) or set()


class Log:
    """The topics as they lie in Kafka, read beside every group."""

    def __init__(self, servers: Sequence[str], prefix: str) -> None:
        self.servers, self.prefix = servers, prefix
        self.consumer = AIOKafkaConsumer(
            **reached(servers),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=50,
        )

    async def ends(self, topic: str) -> Offsets:
        parts = [TopicPartition(self.prefix + topic, p) for p in sorted(await partitions_of(self.consumer, self.prefix + topic))]
        if not parts:
            raise Refused("topic_missing", f"there is no topic {self.prefix}{topic}", f"缺少主题 {self.prefix}{topic}")
        return {tp.partition: offset for tp, offset in sorted((await self.consumer.end_offsets(parts)).items())}

    async def read(self, topic: str, begins: Offsets, ends: Offsets) -> AsyncIterator[Any]:
        """Raises: TimeoutError when Kafka gives nothing for a minute."""
        goals = {TopicPartition(self.prefix + topic, p): end for p, end in ends.items() if begins.get(p, 0) < end}
        self.consumer.assign(list(goals))
        for tp in goals:
            self.consumer.seek(tp, begins.get(tp.partition, 0))
        while goals:
            async with asyncio.timeout(SILENCE):
                while not (found := await self.consumer.getmany(*goals, timeout_ms=500, max_records=5000)):
                    if not await self._left(goals):
                        return
            for tp, records in found.items():
                for record in records:
                    if record.offset < goals[tp]:
                        yield record
            goals = await self._left(goals)

    async def _left(self, goals: Mapping[Any, int]) -> dict[Any, int]:
        return {tp: end for tp, end in goals.items() if await self.consumer.position(tp) < end}

    async def committed(self, group: str, topic: str) -> Offsets:
        async with admin(self.servers) as client:
            found = await client.list_consumer_group_offsets(self.prefix + group)
        return {tp.partition: at.offset for tp, at in found.items() if tp.topic == self.prefix + topic}
