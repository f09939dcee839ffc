"""Between the pure rules and the outside: load, decide, evolve, save; then ring, hear, fan out.

This is the whole life of a command, in `execute`. The same path serves a person over HTTP, the clock, and an event
heard from another service; they differ only in the `Call` they bring.
"""

import asyncio
import hashlib
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

import orjson
import structlog
from pydantic import BaseModel, ValidationError

from shared import metrics
from shared.mongo import OUTAGES, Busy, Doc, Held, Session, Stamp, Store, Taken, delete_row, insert_row, update_row
from shared.record import Call, Event, Heard, Kind, Malformed, Move, Refused, S, Stale, not_found
from shared.workdays import CALENDAR_VERSION

log = structlog.get_logger()
TRIES = 8
TURN = 4.0  # seconds a command waits for those before it on the same record
PAGE = 200  # records one reaction changes within one transaction; the rest follows page by page
OPENED_MAX = 1000  # records a relay is handed without reading them back
EVENT_MAX = 800_000  # bytes of one event's data, below every topic's limit
RIPE = timedelta(hours=1)  # how long a clock that wrongly refused waits before it is asked again
Handler = Callable[[Any, Call, "Effects"], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """A service, as data: the record types it owns, what it hears, and the plain code beside them.

    rooms   room → public (portals may read the topic) | zone (departments) | internal (services only)
    on      Heard → projection `async (heard, call, effects) -> None`
    routes  factories `(engine) -> APIRouter`, mounted under `/<name>`
    loops   `async (engine) -> None`, run for ever beside the relay
    indexes read-model collection → its indexes
    imports paths of hand-written routes that take files, up to `shared.http.IMPORT_MAX`
    forms   ends of the paths of hand-written routes that take an HTML form beside JSON
    """

    name: str
    kinds: Sequence[Kind[Any, Any]] = ()
    rooms: Mapping[str, str] = field(default_factory=dict)
    on: Mapping[type[Heard], Handler] = field(default_factory=dict)
    routes: Sequence[Callable[["Engine"], Any]] = ()
    loops: Sequence[Callable[["Engine"], Awaitable[None]]] = ()
    indexes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    imports: Sequence[str] = ()
    forms: Sequence[str] = ()

    def __post_init__(self) -> None:
        unplaced = {k.room for k in self.kinds} - set(self.rooms)
        if unplaced or set(self.rooms.values()) - {"public", "zone", "internal"}:
            raise TypeError(f"{self.name}: say who may read the rooms {sorted(unplaced)}: public, zone or internal")

    @cached_property
    def heard(self) -> list[type[Heard]]:
        return [*(m.heard for k in self.kinds for m in k.moves.values() if m.heard), *self.on]

    @cached_property
    def hears(self) -> set[str]:
        return {t for h in self.heard for t in (h.type, *h.upcasts)}

    @cached_property
    def topics(self) -> list[str]:
        """What it tells on."""
        return sorted({f"{self.name}.{room}.v1" for room in self.rooms})

    @cached_property
    def sources(self) -> list[str]:
        """The topics that carry what it hears."""
        return sorted({".".join(t.split(".")[:2]) + ".v1" for t in self.hears})


@dataclass(frozen=True)
class Letter:
    """An event as it came over the bus. `source` names the record type, `/<service>/<room>/<record>`."""

    id: str
    type: str
    source: str
    subject: str
    sequence: int
    time: str
    data: Any
    role: str = ""
    organisation: str = ""
    correlation: str = ""
    traceparent: str = ""
    where: str = ""  # topic/partition/offset

    @property
    def key(self) -> str:
        return f"{self.source}/{self.subject}"


@dataclass(frozen=True)
class Waiting:
    """Where the next page of a reaction begins: behind this id, when so many records were reached before."""

    after: str = ""
    count: int = 0


class Unfit(Exception):
    """A letter nobody can act on; `reason` is safe to show (no content of the event)."""

    def __init__(self, letter: Letter, reason: str) -> None:
        super().__init__(reason)
        self.letter, self.reason = letter, reason


class Effects:
    """What a batch of events changes, gathered and written once, in the batch's transaction. Reads see earlier writes."""

    def __init__(self, store: Store, session: Session, now: datetime) -> None:
        self.store, self.session, self.now = store, session, now
        self._waiting: dict[str, list[Any]] = {}
        self._held: dict[tuple[str, str], Held] = {}

    def update(self, collection: str, id_: str, change: Any, *, upsert: bool = True) -> None:
        self._waiting.setdefault(collection, []).append(update_row(id_, change, upsert=upsert))

    def insert(self, collection: str, doc: Doc) -> None:
        self._waiting.setdefault(collection, []).append(insert_row(doc))

    def delete(self, collection: str, id_: str) -> None:
        self._waiting.setdefault(collection, []).append(delete_row(id_))

    async def one(self, collection: str, id_: str) -> Doc | None:
        await self.flush(collection)
        return await self.store.one(collection, id_, self.session)

    async def rows(self, collection: str, **equal: Any) -> list[Doc]:
        await self.flush(collection)
        where = {n: {"$in": list(v)} if isinstance(v, list | tuple) else {"$eq": v} for n, v in equal.items()}
        return await self.store.rows(collection, where, session=self.session)

    async def flush(self, collection: str = "") -> None:
        for name in [collection] if collection else list(self._waiting):
            if operations := self._waiting.pop(name, None):
                await self.store.bulk(name, operations, self.session)

    # records within the batch
    async def known(self, kind: Kind[Any, Any], ids: Sequence[str]) -> frozenset[str]:
        """Which of these records there are."""
        mine = {id_ for id_ in ids if (kind.name, id_) in self._held}
        asked = [id_ for id_ in ids if id_ not in mine]
        return frozenset(mine) | (await self.store.known(kind, asked, self.session) if asked else frozenset())

    async def load(self, kind: Kind[S, Any], id_: str) -> Held | None:
        if known := self._held.get((kind.name, id_)):
            return known
        return await self.store.load(kind, id_, self.session)

    async def find(self, kind: Kind[S, Any], where: Mapping[str, Any], after: str = "", limit: int = 0) -> list[Held]:
        await self.flush(kind.collection)
        return await self.store.find(kind, where, after=after, limit=limit, session=self.session)

    @property
    def changed(self) -> set[str]:
        """The record types of which a record was kept."""
        return {name for name, _ in self._held}

    def keep(self, kind: Kind[Any, Any], after: Held, operation: Any) -> None:
        self._held[kind.name, after.record.id] = after
        self._waiting.setdefault(kind.collection, []).append(operation)


@dataclass(frozen=True)
class Reading:
    """Reading for a rule: within the transaction of the batch that decides, if there is one."""

    store: Store
    effects: Effects | None = None

    async def find(self, kind: Kind[S, Any], **equal: Any) -> list[S]:
        found = await (self.effects.find(kind, equal) if self.effects else self.store.find(kind, equal))
        return [h.record for h in found]

    async def get(self, kind: Kind[S, Any], id: str) -> S | None:
        found = await (self.effects.load(kind, id) if self.effects else self.store.load(kind, id))
        return found.record if found else None

    async def rows(self, collection: str, **equal: Any) -> list[Doc]:
        if self.effects:
            return await self.effects.rows(collection, **equal)
        return await self.store.rows(
            collection, {n: {"$in": list(v)} if isinstance(v, list | tuple) else {"$eq": v} for n, v in equal.items()}
        )


class Engine:
    def __init__(self, service: Service, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.service, self.store, self.now = service, store, now
        self.bell = asyncio.Event()  # rung after a write: the relay need not wait for its sweep
        self.dirty: set[str] = set()  # kinds changed by this process since the relay looked
        self.opened: dict[str, list[Doc]] = {}  # records opened by this process since then
        self.vital: dict[str, float] = {}  # loop → monotonic time of its last round, for liveness
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._kinds = {k.name: k for k in service.kinds}
        moves = [(k, m) for k in service.kinds for m in k.moves.values() if m.heard]
        self._reactions = {  # what hears each event: looked up once, for it is asked of every event of every topic
            t: ([(h, do) for h, do in service.on.items() if h.accepts(t)], [(k, m) for k, m in moves if m.heard and m.heard.accepts(t)])
            for t in service.hears
        }

    # ── a command ─────────────────────────────────────────────────────────────────────────────────
    async def execute(self, kind: Kind[Any, Any], move: Move | str, body: BaseModel, call: Call, id_: str | None = None,
                      expected: int | None = None, digest: str = "") -> list[Held]:  # fmt: skip
        """Decide and keep; of two who decide at once, the later decides again on what the first has made.

        `expected` is the version the caller has read; `digest` is set when the call carries an idempotency key.
        Raises: Refused and its kinds; the store's OUTAGES when MongoDB is away (outcome unknown: repeat with the key)."""
        move = kind.moves[move] if isinstance(move, str) else move
        kind.permit(move, None, call)
        if id_ is None:
            opened: list[Held] = await self._again(lambda: self._open(kind, move, body, call, digest), None)
            return opened
        lock = self._locks.setdefault((kind.name, id_), asyncio.Lock())
        try:
            async with asyncio.timeout(TURN):
                await lock.acquire()
        except TimeoutError:
            raise Busy("busy", "others are at this record; try again", "该记录正在处理中，请稍后再试") from None
        try:
            return [await self._again(lambda: self._change(kind, move, body, call, id_, expected, digest), expected)]
        finally:
            lock.release()

    async def _again(self, attempt: Callable[[], Awaitable[Any]], expected: int | None) -> Any:
        for left in range(TRIES - 1, -1, -1):
            try:
                return await attempt()
            except Stale:
                if expected is not None or not left:
                    raise
                await asyncio.sleep(0.002 * (TRIES - left))
        raise AssertionError("unreachable")

    async def _open(self, kind: Kind[Any, Any], move: Move, body: BaseModel, call: Call, digest: str) -> list[Held]:
        if digest and (before := await self.store.opened(kind, str(call.id))):
            return [await self._replay(kind, h, opening(h, call), call, digest) for h in before]
        given = await self._given(move, call, None, body)
        events = kind.decide(None, move, body, call, given)
        pairs = [self._opening(kind, move, event, call, call.new_id(str(n)), n, digest) for n, event in enumerate(events)]
        try:
            if pairs:
                await self.store.insert(kind, [doc for _, doc in pairs])
        except Taken:
            if digest and (before := await self.store.opened(kind, str(call.id))):  # the same key, a moment ago
                return [await self._replay(kind, h, opening(h, call), call, digest) for h in before]
            raise
        waiting = self.opened.setdefault(kind.name, [])
        if len(waiting) < OPENED_MAX:
            waiting.extend(doc for _, doc in pairs)
        else:  # Kafka is away: what waits is kept by the store alone
            self.dirty.add(kind.name)
        self.bell.set()
        return [h for h, _ in pairs]

    async def _change(
        self, kind: Kind[Any, Any], move: Move, body: BaseModel, call: Call, id_: str, expected: int | None, digest: str
    ) -> Held:
        before = await self.store.load(kind, id_)
        if before is None:
            raise not_found(kind)
        kind.admit(before.record, call)
        if digest and (told := await self._told(kind, before, call)):
            return await self._replay(kind, before, told, call, digest)
        if expected not in (None, before.version):
            raise Stale("version_changed", f"you read version {expected}, it is now {before.version}",
                        f"您读取的是第 {expected} 版，当前为第 {before.version} 版", version=before.version)  # fmt: skip
        given = await self._given(move, call, before.record, body)
        events = kind.decide(before.record, move, body, call, given)
        if not events and not move.times:
            return before
        after, update = self._changed(kind, move, before, events, call, digest)
        await self.store.update(kind, before, update)
        if events:
            self._ring_bell(kind)
        return after

    async def _given(self, move: Move, call: Call, record: Any, body: Any, effects: Effects | None = None) -> dict[str, Any]:
        reading = Reading(self.store, effects)
        return {n: await g.fetch(reading, call, record, body) for n, (_, g) in move.given.items()}

    def _opening(
        self, kind: Kind[Any, Any], move: Move, event: Event, call: Call, new_id: str, nth: int, digest: str = ""
    ) -> tuple[Held, Doc]:
        record = kind.open(event, new_id)
        letters = self._letters(kind, record.id, 0, [event], call, move)
        return self.store.insertion(kind, record, letters, self._stamp(call, digest), nth)

    def _changed(
        self, kind: Kind[Any, Any], move: Move, before: Held, events: Sequence[Event], call: Call, digest: str = ""
    ) -> tuple[Held, Doc]:
        after = kind.evolve(before.record, events)
        fired = dict(before.fired) | ({move.name: call.now} if move.times else {})
        letters = self._letters(kind, after.id, before.version, events, call, move)
        return self.store.change(
            kind, before, after, letters, self._stamp(call, digest), fired if after.stage == before.record.stage else {}
        )

    def _stamp(self, call: Call, digest: str) -> Stamp:
        return Stamp(str(call.id), call.role, call.organisation, call.now, digest)

    async def _told(self, kind: Kind[Any, Any], before: Held, call: Call) -> Doc | None:
        if found := next((c for c in before.calls if c["id"] == str(call.id)), None):
            return found
        full = len(before.calls) and before.version > len(before.calls)
        late = await self.store.told_by(kind, before.record.id, str(call.id)) if full else None
        return {"version": late["sequence"], "digest": late.get("digest", "")} if late else None

    async def _replay(self, kind: Kind[Any, Any], now: Held, told: Doc, call: Call, digest: str) -> Held:
        """The first answer again, for a key that was seen before."""
        kind.admit(now.record, call)
        if told.get("digest") and told["digest"] != digest:
            raise Malformed(
                "idempotency_key_reused", "this Idempotency-Key was used with another body", "此 Idempotency-Key 已用于其他内容"
            )
        metrics.REPLAYS.labels(kind.name).inc()
        version = told.get("version", now.version)
        if version == now.version:
            return now
        past = kind.fold(now.record.id, [(e["type"], e["data"]) for e in (await self.store.told(kind, now.record.id))[:version]])
        return replace(now, record=past, version=version, raw={}) if past else now

    def _letters(self, kind: Kind[Any, Any], id_: str, version: int, events: Sequence[Event], call: Call, move: Move) -> list[Doc]:
        """Events as they are kept and sent; `_id` is born from the call, so a repeated call repeats it."""
        source, time, recorded, asked = f"/{kind.name.replace('.', '/')}", stamped(call.now), stamped(self.now()), str(call.id)
        letters = []
        for n, event in enumerate(events, 1):
            data = event.public()
            letter: Doc = {"_id": str(uuid5(call.id, f"{id_}/{version + n}")), "type": kind.type_of(type(event)), "source": source, "subject": id_,
                           "sequence": version + n, "time": time, "recorded": recorded, "move": move.name, "call": asked,
                           "actor": {"role": call.role, "organisation": call.organisation},
                           "correlation": call.correlation or asked, "causation": call.causation or asked, "data": data}  # fmt: skip
            letter |= {n: v for n, v in (("traceparent", call.traceparent), ("basis", call.basis)) if v}
            if event.effective and data[event.effective]:
                letter["effective"] = data[event.effective]
            if len(orjson.dumps(data)) > EVENT_MAX:
                raise Malformed("event_too_large", "this is more than one event can carry", "内容超过单个事件的上限")
            letters.append(letter)
        return letters

    def _ring_bell(self, kind: Kind[Any, Any]) -> None:
        self.dirty.add(kind.name)
        self.bell.set()

    async def read(self, kind: Kind[S, Any], id_: str) -> S | None:
        found = await self.store.load(kind, id_)
        return found.record if found else None

    # ── the clock ─────────────────────────────────────────────────────────────────────────────────
    async def ring(self) -> int:
        """Ring every clock that is due. Several replicas may: the version guard lets one of them win."""
        now, rung = self.now(), 0
        for kind in self.service.kinds:
            while page := await self.store.due(kind, now):
                for row in page:
                    rung += await self._ring_one(kind, row, now)
                if len(page) < PAGE:
                    break
        return rung

    async def _ring_one(self, kind: Kind[Any, Any], row: Held, now: datetime) -> int:
        due = [(at, move) for at, move in kind.clocks(row.record, row.fired) if at <= now]
        if not due:  # the state has moved on, or the calendar: look again when it is time
            await self.store.postpone(kind, row.record.id, next((t for t, _ in kind.clocks(row.record, row.fired)), None))
            return 0
        at, move = due[0]
        call = Call("CLOCK", "", now, uuid5(UUID(int=0), f"{kind.name}/{row.record.id}/{move.name}/{at.isoformat()}"), client="clock")
        try:
            await self.execute(kind, move, move.body(), call, row.record.id, expected=row.version)
        except Stale:
            return 0  # somebody was faster; the next round sees the record as it is then
        except Exception as refusal:
            if isinstance(refusal, OUTAGES):
                raise
            metrics.CLOCK_REFUSALS.labels(kind.name, move.name).inc()
            log.error("clock refused", kind=kind.name, record=row.record.id, move=move.name, reason=reason_of(refusal))
            await self.store.postpone(kind, row.record.id, now + RIPE)
            return 0
        metrics.CLOCKS.labels(kind.name, move.name).inc()
        return 1

    async def move_calendars(self) -> int:
        """When the holiday calendar or a clock's own rule has changed since the last start, set every due time anew."""
        moved = 0
        for kind in self.service.kinds:
            rules = "".join(inspect.getsource(m.times) for m in kind.moves.values() if m.times)
            mark = hashlib.sha256(f"{CALENDAR_VERSION}{rules}".encode()).hexdigest()
            known = await self.store.one("meta", f"clocks/{kind.name}")
            if known and known["mark"] == mark:
                continue
            after, clocked = "", sorted({s for m in kind.moves.values() if m.times for s in m.when})
            while page := await self.store.find(kind, {"stage": clocked}, after=after, limit=PAGE):
                for row in page:
                    due = next((t for t, _ in kind.clocks(row.record, row.fired)), None)
                    if due != row.due:
                        await self.store.postpone(kind, row.record.id, due)
                        moved += 1
                after = page[-1].record.id
            await self.store.put("meta", f"clocks/{kind.name}", {"$set": {"mark": mark}})
        return moved

    # ── events of others ──────────────────────────────────────────────────────────────────────────
    async def hear(self, letters: Sequence[Letter]) -> None:
        """Let every letter of a batch take effect exactly once; one nobody can act on parks its own record and no other.

        Raises: the store's OUTAGES, so that the batch is tried again."""
        try:
            await self._together(letters)
        except Exception as error:
            if isinstance(error, OUTAGES):
                raise
            for letter in letters:  # the transaction is undone: find the culprit, keep the order
                try:
                    await self._together([letter])
                except Exception as culprit:
                    if isinstance(culprit, OUTAGES):
                        raise
                    await self.park(letter, reason_of(culprit))
        self.bell.set()

    async def _together(self, letters: Sequence[Letter], redriven: bool = False) -> None:
        async def body(session: Session) -> tuple[set[str], int, int]:
            effects = Effects(self.store, session, self.now())
            heads: dict[str, Doc] = {
                h["_id"]: h for h in await self.store.rows("heads", {"_id": {"$in": list({x.key for x in letters})}}, session=session)
            }
            reached: dict[str, int] = {}
            repeated = handled = 0
            for letter in letters:
                head: Doc = heads.get(letter.key, {"seq": 0})
                last: int = reached[letter.key] if letter.key in reached else head["seq"]
                if letter.sequence <= last:
                    repeated += 1
                elif head.get("parked") and not redriven:
                    self._bury(effects, letter, "behind a parked event of the same record")
                elif letter.sequence != last + 1:
                    self._bury(effects, letter, f"gap: expected {last + 1}, got {letter.sequence}")
                    heads[letter.key] = head | {"parked": True}
                else:
                    reached[letter.key] = letter.sequence
                    if letter.type in self._reactions:
                        await self._react(letter, effects)
                        handled += 1
            for key, seq in reached.items():
                fresh = key not in heads or heads[key].get("seq", 0) == 0
                if fresh and not heads.get(key, {}).get("parked"):
                    effects.insert("heads", {"_id": key, "seq": seq})
                else:
                    effects.update("heads", key, {"$set": {"seq": seq}})
            await effects.flush()
            return effects.changed, repeated, handled

        changed, repeated, handled = await self.store.transaction(body)
        metrics.HEARD.labels(self.service.name, "duplicate").inc(repeated)
        metrics.HEARD.labels(self.service.name, "handled").inc(handled)
        self.dirty |= changed  # only now: the relay takes the set away while others wait

    async def _react(self, letter: Letter, effects: Effects) -> None:
        call = self._call_of(letter)
        handlers, moves = self._reactions[letter.type]
        for heard, handle in handlers:
            await handle(heard.read(letter.type, letter.subject, letter.data), call, effects)
        for kind, move in moves:
            if move.heard is not None:
                event = move.heard.read(letter.type, letter.subject, letter.data)
                mine = self._call_of(letter, kind, move)
                if (last := await self._reach(kind, move, event, mine, effects, Waiting())).after:
                    effects.insert("fanouts", {"_id": f"{letter.id}/{kind.name}/{move.name}", "kind": kind.name, "move": move.name,
                                               **vars(last), "at": letter.time, "letter": vars(letter)})  # fmt: skip

    def _call_of(self, letter: Letter, kind: Kind[Any, Any] | None = None, move: Move | None = None) -> Call:
        """What an event asks of this service, or of one move of one kind: each has an identity of its own, the same on every delivery."""
        id_ = uuid5(UUID(letter.id), f"{kind.name}.{move.name}") if kind and move else UUID(letter.id)
        return Call("PLATFORM", letter.organisation, datetime.fromisoformat(letter.time), id_, client=self.service.name,
                    correlation=letter.correlation, causation=letter.id, traceparent=letter.traceparent)  # fmt: skip

    async def _reach(self, kind: Kind[Any, Any], move: Move, event: Any, call: Call, effects: Effects, since: Waiting) -> Waiting:
        """One page of the records an event opens or changes, in order of their ids; what waits behind it, an empty `after` when nothing does.

        Records without a natural key have no order that a later page could rely on; an event opens few of them, all at once."""
        if not move.opens:
            page = await self._page(kind, move, event, call, effects, since.after)
            return Waiting(page[-1], since.count + PAGE) if len(page) == PAGE else Waiting()
        told = kind.decide(None, move, event, call, await self._given(move, call, None, event, effects))
        named = [(kind.id_of(opened, call.new_id(f"{kind.name}/{nth}")), opened) for nth, opened in enumerate(told)]
        if not kind.key:
            await self._open_on(kind, move, named, call, effects, 0)
            return Waiting()
        first = dict(reversed(named))  # who is named twice is opened by the first
        rest = [(id_, first[id_]) for id_ in sorted(first) if id_ > since.after]
        await self._open_on(kind, move, rest[:PAGE], call, effects, since.count)
        return Waiting(rest[PAGE - 1][0], since.count + PAGE) if len(rest) > PAGE else Waiting()

    async def _open_on(
        self, kind: Kind[Any, Any], move: Move, named: Sequence[tuple[str, Event]], call: Call, effects: Effects, before: int
    ) -> None:
        there = await effects.known(kind, [id_ for id_, _ in named]) if kind.key else frozenset()
        for nth, (id_, opened) in enumerate(named, before):
            if id_ not in there:
                after, doc = self._opening(kind, move, opened, call, id_, nth)
                effects.keep(kind, after, insert_row(doc))

    async def _page(self, kind: Kind[Any, Any], move: Move, event: Any, call: Call, effects: Effects, after: str) -> list[str]:
        """One page of the records an event concerns; returns their ids."""
        where = dict(move.where(event)) if move.where else {}
        found = await effects.find(kind, {**where, "stage": list(move.when)}, after=after, limit=PAGE)
        for row in found:
            mine = replace(call, id=uuid5(call.id, row.record.id))
            events = kind.decide(row.record, move, event, mine, await self._given(move, mine, row.record, event, effects))
            if events:
                changed, update = self._changed(kind, move, row, events, mine)
                effects.keep(kind, changed, update_row(row.record.id, update))
        return [row.record.id for row in found]

    async def fan_out(self) -> int:
        """Carry on the reactions that concern more than one page of records, a page a transaction, each record once; pages done."""
        done = 0
        for job in await self.store.rows("fanouts", {}, sort=[("at", 1)], limit=20):
            kind, letter = self._kinds[job["kind"]], Letter(**job["letter"])
            move = kind.moves[job["move"]]
            done += await self.store.transaction(lambda s, k=kind, m=move, x=letter, j=job: self._carry_on(s, k, m, x, j))  # type: ignore[misc]
            self._ring_bell(kind)
        return done

    async def _carry_on(self, session: Session, kind: Kind[Any, Any], move: Move, letter: Letter, job: Doc) -> int:
        row = await self.store.one("fanouts", job["_id"], session)
        if row is None or row["after"] != job["after"] or move.heard is None:
            return 0
        effects = Effects(self.store, session, self.now())
        event = move.heard.read(letter.type, letter.subject, letter.data)
        left = await self._reach(kind, move, event, self._call_of(letter, kind, move), effects, Waiting(row["after"], row.get("count", 0)))
        if left.after:
            effects.update("fanouts", job["_id"], {"$set": vars(left)})
        else:
            effects.delete("fanouts", job["_id"])
        await effects.flush()
        return 1

    # ── dead letters ──────────────────────────────────────────────────────────────────────────────
    def _bury(self, effects: Effects, letter: Letter, reason: str) -> None:
        metrics.LETTERS.labels(self.service.name).inc()
        log.error(
            "event parked", service=self.service.name, letter=letter.id, type=letter.type, key=letter.key, where=letter.where, reason=reason
        )
        body = {k: v for k, v in vars(letter).items() if k != "id"}
        effects.update("letters", letter.id, {"$setOnInsert": {**body, "key": letter.key, "state": "PARKED", "parked_at": effects.now, "tries": 0,
                                                               "reason": reason}})  # fmt: skip
        effects.update("heads", letter.key, {"$set": {"parked": True}, "$inc": {"behind": 1}, "$setOnInsert": {"seq": 0}})

    async def park(self, letter: Letter, reason: str) -> None:
        """Set one event aside with its reason; the record it speaks of waits, every other goes on."""

        async def body(session: Session) -> None:
            effects = Effects(self.store, session, self.now())
            self._bury(effects, letter, reason)
            await effects.flush()

        await self.store.transaction(body)

    async def set_aside(self, where: str, reason: str, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> None:
        """Keep bytes that are no event at all: nothing is parked, and a gap will tell if an event was lost in them."""
        metrics.LETTERS.labels(self.service.name).inc()
        log.error("not an event", service=self.service.name, where=where, reason=reason)
        doc = {"state": "UNREADABLE", "reason": reason, "value": (value or b"")[:EVENT_MAX], "headers": [[n, v] for n, v in headers][:100],
               "parked_at": self.now(), "key": "", "sequence": 0, "type": "", "where": where}  # fmt: skip
        await self.store.put("letters", where, {"$setOnInsert": doc})

    async def redrive(self, key: str) -> tuple[int, str]:
        """Hand the parked letters of one record in again, in order; returns how many took effect and why it stopped."""
        done = 0
        while True:
            waiting = await self.store.rows("letters", {"key": key, "state": "PARKED"}, sort=[("sequence", 1)], limit=PAGE)
            if not waiting:
                if await self.store.claim(
                    "heads", {"_id": key, "behind": await self._behind(key)}, {"$unset": {"parked": "", "behind": ""}}
                ):
                    return done, ""
                if not await self.store.tally("letters", {"key": key, "state": "PARKED"}):
                    return done, ""
                continue
            for row in waiting:
                letter = Letter(**{f: row[f] for f in Letter.__dataclass_fields__ if f != "id"}, id=row["_id"])
                head = await self.store.one("heads", key) or {"seq": 0}
                if letter.sequence > head["seq"] + 1:
                    return done, f"gap: expected {head['seq'] + 1}, got {letter.sequence}"
                try:
                    await self._together([letter], redriven=True)
                except Exception as culprit:
                    if isinstance(culprit, OUTAGES):
                        raise
                    await self.store.put("letters", letter.id, {"$set": {"reason": reason_of(culprit)}, "$inc": {"tries": 1}})
                    return done, reason_of(culprit)
                await self.store.put("letters", letter.id, {"$set": {"state": "REDRIVEN", "redriven_at": self.now()}})
                done += 1

    async def _behind(self, key: str) -> int:
        return int((await self.store.one("heads", key) or {}).get("behind", 0))

    async def release(self, id_: str, by: str, why: str) -> tuple[int, str]:
        """Give one letter up for good: the record goes on without it. Who and why stays with the letter."""
        gone = {"state": "RELEASED", "released_at": self.now(), "released_by": by, "released_because": why}

        async def body(session: Session) -> Doc:
            effects, row = Effects(self.store, session, self.now()), await self.store.one("letters", id_, session)
            if row is None or row["state"] not in ("PARKED", "UNREADABLE"):
                raise Refused("not_parked", f"there is no waiting letter {id_}", "没有待处理的该死信")
            if row["state"] == "PARKED":
                head = await self.store.one("heads", row["key"], session) or {"seq": 0}
                if row["sequence"] <= head["seq"]:
                    raise Refused("already_passed", "this record has passed that event already", "该记录已越过此事件")
                waiting = {"key": row["key"], "state": "PARKED", "sequence": {"$gt": head["seq"], "$lt": row["sequence"]}}
                if before := await self.store.rows("letters", waiting, sort=[("sequence", 1)], limit=1, session=session):
                    raise Refused("not_first", f"letter {before[0]['_id']} of the same record comes first", "须先处理该记录更早的死信")
                effects.update("heads", row["key"], {"$set": {"seq": row["sequence"]}})
            effects.update("letters", id_, {"$set": gone})
            await effects.flush()
            return row

        row = await self.store.transaction(body)
        return await self.redrive(row["key"]) if row["state"] == "PARKED" else (0, "")


def opening(row: Held, call: Call) -> Doc:
    """What the record remembers of the call that opened it; once its digest is gone, only that it was this call."""
    return next((c for c in row.calls if c["id"] == str(call.id)), {"digest": "", "version": 1})


def reason_of(error: Exception) -> str:
    """Why, without a word of what the event said: no input value of it reaches a log or a letter."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'data'}: {e['type']}" for e in error.errors(include_input=False))[:500]
    if isinstance(error, Refused):
        return f"refused: {error.code}"
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"


def stamped(moment: datetime) -> str:
    """RFC 3339 in UTC, always the same length, so that it sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
