"""A world in one thread: virtual time, a MongoDB and a Kafka in memory, processes that can be killed at any write.

The code under test is the real one: `Store` (its guards, its settling, its queries), `Engine`, `Relay`, `Intake` and the sample records.
Only what lies beyond the drivers is played: collections with unique indexes and transactions, a log with partitions, a group with
committed offsets, a clock that jumps to the next timer. Nothing here sleeps and nothing depends on the machine, so one seed is one run.
"""

import asyncio
import contextlib
import selectors
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

import bson
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaTimeoutError
from bson.codec_options import CodecOptions
from pymongo import DeleteOne, InsertOne, UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, WriteError

import shared.engine
import shared.kafka
import shared.mongo
from shared.engine import Effects, Engine, Letter, Service
from shared.kafka import Intake, Relay
from shared.mongo import UNGUARDED, Doc, Store
from shared.record import Kind

T = TypeVar("T")
EPOCH = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PARTITIONS = 2
AWARE: CodecOptions[Any] = CodecOptions(tz_aware=True, tzinfo=UTC)


class Crash(BaseException):
    """kill -9: nothing in the process may catch it."""


# ── time ──────────────────────────────────────────────────────────────────────────────────────────
class Idle(selectors.BaseSelector):
    """Waits for no file: when nothing is ready, time has passed."""

    def __init__(self) -> None:
        self.passed, self._keys = 0.0, {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._keys[fd] = selectors.SelectorKey(fileobj, fd, events, data)
        return self._keys[fd]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everybody waits for somebody else")
        self.passed += max(0.0, timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock moves only when there is nothing to do."""

    def __init__(self) -> None:
        self.idle = Idle()
        super().__init__(self.idle)
        self.set_exception_handler(lambda loop, context: None)  # exceptions of killed processes, which nobody is left to hear

    def time(self) -> float:
        return self.idle.passed


# ── faults ────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Faults:
    """What is to happen to one process, and where: a crash or a lost connection at the `skip`-th pass of a named point."""

    dead: bool = False
    point: str = ""
    kind: str = ""
    skip: int = 0
    pace: int = 0  # turns it leaves to the others at every step

    def arm(self, fault: tuple[str, str, int] | None) -> None:
        self.point, self.kind, self.skip = fault or ("", "", 0)

    def met(self, point: str) -> str:
        if self.dead:
            raise Crash("dead already")
        if point != self.point:
            return ""
        if self.skip:
            self.skip -= 1
            return ""
        self.point = ""
        self.dead = self.kind == "crash"
        return self.kind

    def strike(self, point: str) -> None:
        if kind := self.met(point):
            raise Crash(point) if kind == "crash" else AutoReconnect(f"connection lost {point}")

    async def reach(self, point: str) -> None:
        for _ in range(self.pace):
            await asyncio.sleep(0)
        self.strike(point)


# ── MongoDB ───────────────────────────────────────────────────────────────────────────────────────
def kept(value: Mapping[str, Any]) -> Doc:
    """As BSON keeps it: milliseconds, lists, no aliasing with the caller's objects."""
    return bson.decode(bson.encode(value), AWARE)


def dig(doc: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(doc, dict):
            doc = doc.get(part)
        elif isinstance(doc, list) and part.isdigit():
            doc = doc[int(part)] if int(part) < len(doc) else None
        else:
            return None
    return doc


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda a, b: bool(a == b),
    "$in": lambda a, b: a in b,
    "$exists": lambda a, b: (a is not None) == b,
    "$gt": lambda a, b: a is not None and a > b,
    "$gte": lambda a, b: a is not None and a >= b,
    "$lt": lambda a, b: a is not None and a < b,
    "$lte": lambda a, b: a is not None and a <= b,
    "$size": lambda a, b: isinstance(a, list) and len(a) == b,
}


def matches(doc: Doc, query: Mapping[str, Any]) -> bool:
    for path, wanted in query.items():
        if path == "$and":
            if not all(matches(doc, q) for q in wanted):
                return False
            continue
        found = doc.get(path) if "." not in path else dig(doc, path)
        outer, _, inner = path.partition(".")
        if inner and isinstance(doc.get(outer), list) and not inner[0].isdigit():  # of a list any one will do
            if not any(matches(one, {inner: wanted}) for one in doc[outer]):
                return False
            continue
        if isinstance(wanted, dict) and wanted and next(iter(wanted)).startswith("$"):
            if not all(OPERATORS[op](found, arg) for op, arg in wanted.items()):
                return False
        elif found != wanted:
            return False
    return True


def put(doc: Doc, path: str, value: Any) -> None:
    """Set without touching what an earlier reader holds."""
    *way, last = path.split(".")
    for part in way:
        doc[part] = dict(doc.get(part) or {})
        doc = doc[part]
    doc[last] = value


def told(expression: Any, doc: Doc, this: Any = None) -> Any:
    """The few expressions of an update by pipeline."""
    if isinstance(expression, str) and expression.startswith("$$this"):
        return dig(this, expression.removeprefix("$$this."))
    if isinstance(expression, str) and expression.startswith("$") and expression != "$$REMOVE":
        return dig(doc, expression[1:])
    if isinstance(expression, list):
        return [told(e, doc, this) for e in expression]
    if isinstance(expression, dict):
        ((name, argument),) = expression.items()
        if name == "$filter":
            return [x for x in told(argument["input"], doc) if told(argument["cond"], doc, x)]
        if name == "$cond":
            first, yes, no = argument
            return told(yes if told(first, doc, this) else no, doc, this)
        values = told(argument, doc, this)
        return {"$not": lambda v: not v, "$in": lambda v: v[0] in v[1], "$eq": lambda v: v[0] == v[1]}[name](values)
    return expression


def updated(before: Doc, update: Any, *, inserted: bool = False) -> Doc:
    doc = dict(before)
    if isinstance(update, list):
        for stage in update:
            for path, expression in stage["$set"].items():
                value = told(expression, doc)
                if value == "$$REMOVE":
                    doc.pop(path, None)
                else:
                    doc[path] = value
        return doc
    for operator, changes in kept(update).items():
        for path, value in changes.items():
            now = dig(doc, path)
            if operator == "$set" or (operator == "$setOnInsert" and inserted):
                put(doc, path, value)
            elif operator == "$unset":
                doc.pop(path, None)
            elif operator == "$inc":
                put(doc, path, (now or 0) + value)
            elif operator == "$min":
                put(doc, path, value if now is None else min(now, value))
            elif operator == "$max":
                put(doc, path, value if now is None else max(now, value))
            elif operator == "$push":
                put(doc, path, [*(now or []), *(value["$each"] if isinstance(value, dict) and "$each" in value else [value])])
            elif operator != "$setOnInsert":
                raise AssertionError(f"an operator nobody plays: {operator}")
    return doc


@dataclass
class Sitting:
    """A transaction's session; `reacted` is what took effect, if it commits."""

    reacted: list[Letter] = field(default_factory=list)


class Data:
    """What one service's database holds, whoever is connected."""

    def __init__(self, service: Service) -> None:
        self.rows: dict[str, dict[Any, Doc]] = {}
        self.unique: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
        self.journal: list[Letter] = []  # what was heard and took effect, in the order of the commits
        self.sitting: Sitting | None = None
        for kind in service.kinds:
            claims = [(tuple(f"state.{n}" for n in names), True) for names in kind.unique]
            self.unique[kind.collection] = [*claims, (("opened_by",), False)]
            self.unique[f"{kind.collection}.history"] = [(("subject", "sequence"), False)]

    def of(self, name: str) -> dict[Any, Doc]:
        return self.rows.setdefault(name, {})


def ordered(docs: list[Doc], order: Sequence[tuple[str, int]]) -> list[Doc]:
    for path, way in reversed(order):
        docs.sort(key=lambda d, p=path: dig(d, p), reverse=way < 0)
    return docs


class Cursor:
    """A query that is asked when it is first read."""

    def __init__(self, collection: "Collection", query: Doc, projection: Doc | None, session: Sitting | None) -> None:
        self.collection, self.query, self.projection, self.session = collection, query, projection, session
        self.order: Sequence[tuple[str, int]] = ()
        self.most = 0

    def sort(self, by: str | Sequence[tuple[str, int]], direction: int = 1) -> "Cursor":
        self.order = [(by, direction)] if isinstance(by, str) else by
        return self

    def limit(self, most: int) -> "Cursor":
        self.most = most
        return self

    async def __aiter__(self) -> AsyncIterator[Doc]:
        await self.collection.begin(self.session)
        for doc in ordered(self.collection.select(self.query), self.order)[: self.most or None]:
            yield shown(doc, self.projection)

    async def to_list(self, length: int | None) -> list[Doc]:
        return [doc async for doc in self]


def duplicate(*paths: str) -> DuplicateKeyError:
    return DuplicateKeyError("duplicate", 11000, {"code": 11000, "errmsg": "duplicate", "index": 0, "keyPattern": dict.fromkeys(paths, 1)})


class Collection:
    """As much of the driver's collection as `Store` uses, with the same errors."""

    def __init__(self, data: Data, name: str, faults: Faults) -> None:
        self.data, self.name, self.faults = data, name, faults
        self.point = "history" if name.endswith(".history") else "write"

    @property
    def rows(self) -> dict[Any, Doc]:
        return self.data.of(self.name)

    async def begin(self, session: Sitting | None, point: str = "read") -> None:
        if session is not None:
            self.faults.strike("within transaction")
        elif self.data.sitting is not None:
            raise AssertionError(f"{self.name}: asked outside the transaction that is under way")
        else:
            await self.faults.reach(f"before {point}")

    def _check(self, doc: Doc) -> None:
        for paths, partial in self.data.unique.get(self.name, ()):
            mine = [dig(doc, p) for p in paths]
            if partial and not all(isinstance(v, str | int) for v in mine):
                continue
            if any(r["_id"] != doc["_id"] and [dig(r, p) for p in paths] == mine for r in self.rows.values()):
                raise duplicate(*paths)

    def _insert(self, given: Mapping[str, Any]) -> None:
        doc = kept(given)
        if doc["_id"] in self.rows:
            raise duplicate("_id")
        self._check(doc)
        self.rows[doc["_id"]] = doc

    def select(self, query: Mapping[str, Any]) -> list[Doc]:
        id_ = query.get("_id")
        if isinstance(id_, str):
            return [d for d in (self.rows.get(id_),) if d is not None and matches(d, query)]
        return [d for d in self.rows.values() if matches(d, query)]

    def _update(self, query: Mapping[str, Any], update: Any, upsert: bool) -> Doc | None:
        found = self.select(query)
        if not found and not upsert:
            return None
        if not found and isinstance(update, Mapping) and update.get("$setOnInsert", {}).get("_id", query["_id"]) != query["_id"]:
            raise WriteError("immutable", UNGUARDED, {"code": UNGUARDED, "errmsg": "immutable", "index": 0})
        doc = updated(found[0] if found else {"_id": query["_id"]}, update, inserted=not found)
        self._check(doc)
        self.rows[doc["_id"]] = doc
        return doc

    def _write(self, operation: Any) -> None:
        if isinstance(operation, InsertOne):
            self._insert(operation._doc)
        elif isinstance(operation, UpdateOne):
            self._update(operation._filter, operation._doc, bool(operation._upsert))
        elif isinstance(operation, DeleteOne):
            for doc in self.select(operation._filter)[:1]:
                del self.rows[doc["_id"]]
        else:
            raise AssertionError(f"an operation nobody plays: {operation}")

    async def _many(self, writes: Sequence[Callable[[], None]], ordered: bool, session: Sitting | None, point: str) -> None:
        await self.begin(session, point)
        errors: list[Doc] = []
        for index, write in enumerate(writes):
            try:
                write()
            except (DuplicateKeyError, WriteError) as error:
                errors.append({**(error.details or {}), "index": index})
                if ordered:
                    break
        if session is None:
            self.faults.strike(f"after {point}")
        if errors:
            raise BulkWriteError({"writeErrors": errors})

    # the driver's names
    async def find_one(self, query: Doc, projection: Doc | None = None, session: Sitting | None = None, sort: Any = None) -> Doc | None:
        await self.begin(session)
        return next((shown(d, projection) for d in ordered(self.select(query), sort or ())), None)

    def find(self, query: Doc, projection: Doc | None = None, session: Sitting | None = None) -> Cursor:
        return Cursor(self, query, projection, session)

    async def count_documents(self, query: Doc) -> int:
        await self.begin(None)
        return len(self.select(query))

    async def insert_one(self, doc: Doc) -> None:
        await self.begin(None, self.point)
        self._insert(doc)
        self.faults.strike(f"after {self.point}")

    async def insert_many(self, docs: Sequence[Doc], ordered: bool = True, session: Sitting | None = None) -> None:
        await self._many([lambda d=d: self._insert(d) for d in docs], ordered, session, self.point)

    async def bulk_write(self, operations: Sequence[Any], ordered: bool = True, session: Sitting | None = None) -> None:
        settling = all(isinstance(o, UpdateOne) and not o._upsert for o in operations)
        await self._many([lambda o=o: self._write(o) for o in operations], ordered, session, "outbox" if settling else self.point)

    async def update_one(self, query: Doc, update: Any, upsert: bool = False) -> Any:
        await self.begin(None, self.point)
        changed = self._update(query, update, upsert)
        self.faults.strike(f"after {self.point}")
        return SimpleNamespace(matched_count=int(changed is not None))

    async def update_many(self, query: Doc, update: Any) -> Any:
        """The driver does not repeat it, and a crash may come between any two of its documents; here it comes before or after all."""
        await self.begin(None, "outbox")
        found = self.select(query)
        for doc in found:
            self._update({"_id": doc["_id"]}, update, False)
        self.faults.strike("after outbox")
        return SimpleNamespace(matched_count=len(found))

    async def find_one_and_update(self, query: Doc, update: Any, return_document: Any = None) -> Doc | None:
        await self.begin(None, self.point)
        changed = self._update(query, update, False)
        self.faults.strike(f"after {self.point}")
        return changed


def shown(doc: Doc, projection: Doc | None) -> Doc:
    if not projection:
        return dict(doc)
    if all(projection.values()):
        return {n: doc[n] for n in ("_id", *projection) if n in doc}
    return {n: v for n, v in doc.items() if n not in projection}


class Database:
    def __init__(self, data: Data, faults: Faults) -> None:
        self.data, self.faults = data, faults
        self.known: dict[str, Collection] = {}

    def __getitem__(self, name: str) -> Collection:
        if name not in self.known:
            self.known[name] = Collection(self.data, name, self.faults)
        return self.known[name]

    __getattr__ = __getitem__


class Memory(Store):
    """The real store over played collections."""

    def __init__(self, data: Data, faults: Faults) -> None:
        self.data, self.faults, self.motor = data, faults, False
        self.db = Database(data, faults)

    async def transaction(self, body: Callable[[Any], Awaitable[T]]) -> T:
        """All or nothing, one after another; a transient error makes the driver run `body` twice."""
        await self.faults.reach("before transaction")
        again = self.faults.met("repeat transaction") != ""
        for last in (False, True) if again else (True,):
            before = {name: dict(rows) for name, rows in self.data.rows.items()}
            self.data.sitting = sitting = Sitting()
            try:
                result = await body(sitting)
            except BaseException:
                self.data.rows = before
                raise
            finally:
                self.data.sitting = None
            if not last:
                self.data.rows = before
        self.data.journal += sitting.reacted
        self.faults.strike("after transaction")
        return result


# ── Kafka ─────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Message:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        return next((v.decode() for n, v in self.headers if n == name), "")


class Log:
    """Topics of two partitions, and how far the one group has committed."""

    def __init__(self) -> None:
        self.parts: dict[TopicPartition, list[Message]] = {}
        self.committed: dict[TopicPartition, int] = {}

    def append(self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]], partition: int = -1) -> None:
        partition = zlib.crc32(key or b"") % PARTITIONS if partition < 0 else partition
        part = self.parts.setdefault(TopicPartition(topic, partition), [])
        part.append(Message(topic, partition, len(part), key, value, tuple(headers)))

    def of(self, topic: str) -> list[Message]:
        return [m for p in range(PARTITIONS) for m in self.parts.get(TopicPartition(topic, p), ())]


class Producer:
    """Idempotent and in order: what fails takes everything behind it along, and the producer is of no use afterwards."""

    def __init__(self, log: Log, faults: Faults) -> None:
        self.log, self.faults, self.broken = log, faults, False
        self.waiting: list[tuple[Any, asyncio.Future[None]]] = []

    async def start(self) -> None:
        await self.faults.reach("before connect")

    async def stop(self) -> None:
        self.broken = True

    async def send(self, topic: str, value: bytes, key: bytes, headers: Sequence[tuple[str, bytes]]) -> asyncio.Future[None]:
        for _ in range(self.faults.pace):
            await asyncio.sleep(0)
        if self.faults.dead:
            raise Crash("dead already")
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[None] = loop.create_future()
        if not self.waiting:
            loop.call_soon(self._flush)
        self.waiting.append(((topic, key, value, headers), acknowledged))
        return acknowledged

    def _flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        for message, acknowledged in waiting:
            error = self._deliver(message)
            if acknowledged.done():
                continue
            if error:
                acknowledged.set_exception(error)
            else:
                acknowledged.set_result(None)

    def _deliver(self, message: Any) -> BaseException | None:
        """Acknowledged or not, and a broker may have kept what it could not acknowledge."""
        if self.broken or self.faults.dead:
            return Crash("dead already") if self.faults.dead else KafkaTimeoutError()
        before = self.faults.met("before send")
        if not before:
            self.log.append(*message)
        what = before or self.faults.met("after send")
        self.broken = what != ""
        return Crash("send") if what == "crash" else KafkaTimeoutError() if what else None


class Member:
    """One consumer in the group: what it owns and how far it has read."""

    def __init__(self, log: Log, faults: Faults) -> None:
        self.log, self.faults = log, faults
        self.position: dict[TopicPartition, int] = {}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if what := self.faults.met("before offsets"):
            raise Crash("offsets") if what == "crash" else KafkaTimeoutError()
        if not offsets.keys() <= self.position.keys():
            raise CommitFailedError
        self.log.committed |= offsets
        if what := self.faults.met("after offsets"):
            raise Crash("offsets") if what == "crash" else KafkaTimeoutError()

    def assignment(self) -> set[TopicPartition]:
        return set(self.position)

    def highwater(self, tp: TopicPartition) -> int:
        return len(self.log.parts.get(tp, ()))

    def fetch(self, most: int) -> tuple[Message, ...]:
        found: list[Message] = []
        for tp, offset in sorted(self.position.items()):
            found += self.log.parts.get(tp, [])[offset : offset + most - len(found)]
        return tuple(found)


class Subscription:
    """What FastStream hands to `Intake`: something to put a handler on, and the consumer behind it."""

    def __init__(self, consumer: Member) -> None:
        self.consumer, self.running = consumer, True

    def subscriber(self, *topics: str, **options: Any) -> "Subscription":
        return self

    def __call__(self, handler: Any) -> Any:
        return handler


# ── processes ─────────────────────────────────────────────────────────────────────────────────────
class Sorted(set[str]):
    """A set that is gone through in the same order in every process, whatever its hashes: a seed must repeat a run."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__()))


class Witness(Engine):
    """The engine, seen: which letters took effect in which transaction."""

    @property
    def dirty(self) -> set[str]:
        return self._dirty

    @dirty.setter
    def dirty(self, kinds: set[str]) -> None:
        self._dirty = Sorted(kinds)

    async def _react(self, letter: Letter, effects: Effects) -> None:
        effects.session.reacted.append(letter)
        await super()._react(letter, effects)


@dataclass(frozen=True)
class Build:
    """What is put into a process; the deliberately wrong ones exchange a part."""

    engine: type[Engine] = Witness
    relay: type[Relay] = Relay
    intake: type[Intake] = Intake


class Process:
    """One replica of one service: its connections, its memory, its tasks."""

    def __init__(self, world: "World", service: Service) -> None:
        self.world, self.service, self.faults = world, service, Faults()
        self.engine = world.build.engine(service, Memory(world.data[service.name], self.faults), world.now)
        self.relay = world.build.relay(self.engine, (self,))  # type: ignore[arg-type]
        self.producer = Producer(world.log, self.faults)
        self.member = Member(world.log, self.faults)
        self.intake = world.build.intake(self.engine, Subscription(self.member)) if service.hears else None  # type: ignore[arg-type]

    async def relay_once(self) -> None:
        """A round of the relay, and what `Relay.run` does when one fails."""
        try:
            await self.relay.round(self.producer)  # type: ignore[arg-type]
        except Exception:
            self.producer = Producer(self.world.log, self.faults)
            raise

    async def relay_for(self, seconds: float) -> None:
        """The relay's own endless loop, stopped in order."""
        running = asyncio.ensure_future(self.relay.run())
        await asyncio.sleep(seconds)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def consume(self, most: int) -> int:
        """A batch as the group's consumer would hand it over: read on after it, or the same again."""
        return await self.receive(self.member.fetch(most))

    async def receive(self, batch: tuple[Message, ...]) -> int:
        if batch and self.intake:
            await self.intake.receive(SimpleNamespace(raw_message=batch, committed=None))
            for message in batch:
                tp = TopicPartition(message.topic, message.partition)
                if tp in self.member.position:
                    self.member.position[tp] = message.offset + 1
        return len(batch)

    def tasks(self) -> list[asyncio.Task[None]]:
        return [*self.relay._tasks.values(), *([self.intake.committing] if self.intake and self.intake.committing else [])]


class World:
    """Two desks that lend, two readers that hear, one database each, one log between them."""

    def __init__(self, services: Sequence[Service], build: Build = Build()) -> None:
        self.loop, self.log, self.build = Loop(), Log(), build
        self.services = {s.name: s for s in services}
        self.data = {s.name: Data(s) for s in services}
        self.processes = {s.name: [Process(self, s) for _ in range(2)] for s in services}
        for name in self.services:
            self.assign(name, 0)

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.loop.time())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        with present(self):
            return self.loop.run_until_complete(work)

    def after(self) -> None:
        """Bury the dead: their memory is gone, their replacement reads on from the committed offsets."""
        for name, pair in self.processes.items():
            for slot, process in enumerate(pair):
                process.faults.arm(None)
                process.faults.pace = 0
                if process.faults.dead:
                    self.cancel(process)
                    pair[slot] = Process(self, self.services[name])
                    for tp in process.member.position:
                        pair[slot].member.position[tp] = self.log.committed.get(tp, 0)

    def stop(self, process: Process) -> None:
        """One that does not come back."""
        process.faults.dead = True
        self.cancel(process)

    def cancel(self, process: Process) -> None:
        for task in process.tasks():
            task.cancel()
        self.run(asyncio.sleep(0))

    def assign(self, name: str, turn: int) -> None:
        """Share the partitions out anew; whoever gets one begins at its committed offset."""
        for process in self.processes[name]:
            process.member.position.clear()
        for topic in self.services[name].sources:
            for partition in range(PARTITIONS):
                tp = TopicPartition(topic, partition)
                self.processes[name][(partition + turn) % 2 if turn < 2 else turn % 2].member.position[tp] = self.log.committed.get(tp, 0)

    def rows(self, service: str, collection: str) -> dict[Any, Doc]:
        return self.data[service].of(collection)

    def told(self, service: str, kind: Kind[Any, Any]) -> dict[str, list[Doc]]:
        """Per record: its history and behind it its outbox."""
        found: dict[str, dict[int, Doc]] = {}
        for entry in self.rows(service, f"{kind.collection}.history").values():
            found.setdefault(entry["subject"], {})[entry["sequence"]] = entry
        for id_, row in self.rows(service, kind.collection).items():
            for entry in row["outbox"]:
                found.setdefault(id_, {}).setdefault(entry["sequence"], entry)
        return {id_: [entries[n] for n in sorted(entries)] for id_, entries in found.items()}

    def close(self) -> None:
        for pair in self.processes.values():
            for process in pair:
                for task in process.tasks():
                    task.cancel()
        with present(self):
            self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()


# ── what the modules under test see of the machine ────────────────────────────────────────────────
PRESENT: list[World] = []


@contextlib.contextmanager
def present(world: World) -> Iterator[None]:
    PRESENT.append(world)
    try:
        yield
    finally:
        PRESENT.pop()


class Clock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return PRESENT[-1].now()


class Silent:
    """Nothing is said of thousands of parked letters."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *a, **k: None


@contextlib.contextmanager
def simulated() -> Iterator[None]:
    """In here the store's and the relay's clock is the world's, and a new producer is a played one."""

    def producer(bootstrap_servers: Sequence[Any], **_: Any) -> Producer:
        return Producer(bootstrap_servers[0].world.log, bootstrap_servers[0].faults)

    with (
        patch.object(shared.mongo, "datetime", Clock),
        patch.object(shared.kafka, "time", SimpleNamespace(monotonic=lambda: PRESENT[-1].loop.time())),
        patch.object(shared.kafka, "AIOKafkaProducer", producer),
        patch.object(shared.kafka, "BITE", 3),
        patch.object(shared.kafka, "log", Silent()),
        patch.object(shared.engine, "log", Silent()),
    ):
        yield
