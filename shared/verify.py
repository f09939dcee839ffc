"""The invariant checker: `guildhall verify` reads databases and topics of a live system and says what does not fit (reliability §1.6).

The cut. Of each topic the ends are taken, then the records and histories of its kinds are read, then the ends are taken again. What lies
before the first ends must be in the histories; what the histories hold must lie before the second. Of a record counts what it had reached
when it was read. Whatever came later is left for the next run, so commands may go on meanwhile. Readers are held to the offsets they had
committed before their heads were read. Memory: for each event of one topic two digests of 8 bytes, for each record its id; no content.
"""

import asyncio
import contextlib
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import groupby, islice, pairwise
from typing import Any
from uuid import uuid4

import orjson
from pydantic import BaseModel

from shared import kafka
from shared.engine import Service, reason_of, stamped
from shared.findings import CHECKS, Report
from shared.mongo import Doc, Store, held
from shared.record import Kind, Refused, private
from shared.replay import Log, Offsets, Replay
from shared.settings import Settings

PAGE = 500  # records looked at together
SKEW = timedelta(seconds=5)  # by which clocks of two machines may differ; a start with more is refused
# of a row: last event on the topic, last in the history, bits of readers, then two digests of each event: its id and its content
LAST, SETTLED, SEEN, FIRST = range(4)
BEHIND = 32  # bits of readers that have not passed all events of a record lie behind those that have a head for it
WIRE = (*kafka.NEEDED, "ce_recordedtime", "ce_effectivetime", "ce_legalbasis", "ce_correlationid", "ce_causationid", "ce_actorrole", "ce_actororganisation")  # fmt: skip
Row = Any  # array('Q')
Rows = dict[str, Row]


@dataclass(frozen=True)
class Ledger:
    """A kind of which there is one record for each combination of fields, at an end (`ends`) or with a time to go on (`waits`)."""

    kind: Kind[Any, Any]
    once: tuple[str, ...]
    ends: frozenset[str]
    waits: Mapping[str, str]


def digest(*parts: bytes) -> int:
    return int.from_bytes(blake2b(b"\0".join(parts), digest_size=8).digest(), "little") or 1


def content(value: bytes, head: Mapping[str, bytes]) -> int:
    """Of all that an event says, as it lies on the wire."""
    return digest(value, *(head.get(name, b"") for name in WIRE))


def row_of(events: Mapping[int, Doc], settled: int) -> Row:
    row = array("Q", [0, settled, 0, *[0] * (2 * max(events, default=0))])
    for n, event in events.items():
        row[FIRST + 2 * n - 2] = digest(event["_id"].encode())
        row[FIRST + 2 * n - 1] = content(orjson.dumps(event["data"]), dict(kafka.headers(event)))
    return row


def source_of(kind: Kind[Any, Any]) -> str:
    return f"/{kind.name.replace('.', '/')}"


def opaque(kind: Kind[Any, Any]) -> bool:
    state: type[BaseModel] = kind.state
    return bool(private(state)) or any(private(e) for e in kind.events.values())


class Verifier:
    """One run over all services. `arrival` names what of a read model depends on the order events came in: service → collection →
    its fields, or `*` for all of it. `now` is the platform clock; without it nothing is said about the future."""

    def __init__(self, services: Sequence[Service], settings: Settings, *, ledgers: Sequence[Ledger] = (), limit: int = 20, scratch: str = "",
                 arrival: Mapping[str, Mapping[str, Sequence[str]]] | None = None, now: Callable[[], datetime] | None = None) -> None:  # fmt: skip
        self.services, self.settings, self.now, self.scratch, self.arrival = services, settings, now, scratch, arrival or {}
        self.ledgers, self.report = {x.kind.name: x for x in ledgers}, Report(limit)
        self.stores = {s.name: Store(settings.mongo, f"{settings.prefix}{s.name}", settings.mongo_driver) for s in services}
        self._once: set[int] = set()
        self._beyond: dict[str, int] = {}

    async def run(self, only: str = "", replay: bool = False) -> Report:
        """Raises: Refused when a topic is missing; the OUTAGES and UNSENT of store and bus."""
        report, wanted = self.report, [s for s in self.services if only in ("", s.name)]
        told = {k.name for s in wanted for k in s.kinds} & self.ledgers.keys()
        report.checked = [n for n in CHECKS if (n != "replay" or replay) and (n != "notifications" or told)]
        report.cut = {"began": stamped(datetime.now(UTC)), "topics": {}, "readers": {}, "records": {}}
        if self.now is None:
            report.notes.append("the platform clock is not known here: events recorded in the future are not looked for")
        self.log = Log(kafka.Servers.of(self.settings), self.settings.prefix)
        try:
            await self.log.consumer.start()
            for service in wanted:
                for topic in service.topics:
                    await self.topic(service, topic)
                await self.letters(service)
                if replay and service.on:
                    await self.replay(service)
        finally:
            await self.log.consumer.stop()
        report.cut["ended"] = stamped(datetime.now(UTC))
        return report

    # ── what a service has kept ───────────────────────────────────────────────────────────────────
    async def topic(self, service: Service, topic: str) -> None:
        """One topic with the records that tell on it and the heads of those that read it."""
        before = await self.log.ends(topic)
        known = {source_of(k): await self.records(service, k) for k in service.kinds if k.topic == topic}
        ends = self.report.cut["topics"][topic] = await self.log.ends(topic)
        readers = [s for s in self.services if topic in s.sources]
        passed = {s.name: await self.log.committed(s.name, topic) for s in readers}
        self.report.cut["readers"][topic] = passed
        strangers = await self.read_log(service, topic, known, before, ends, list(passed.values()))
        for nth, reader in enumerate(readers):
            await self.heads(reader, topic, nth, known, ends)
            for where, partition, offset in strangers:
                if offset < passed[reader.name].get(partition, 0) and not await self.stores[reader.name].one("letters", where):
                    show = (
                        f"kafka-console-consumer.sh --bootstrap-server {self.settings.kafka[0]} --max-messages 1 --partition {partition} "
                    )
                    show += f"--offset {offset} --topic {self.settings.prefix}{topic}"
                    self.report.add("letters", "bytes_not_set_aside", reader.name, where, "no event, passed by, and kept nowhere", show)

    async def records(self, service: Service, kind: Kind[Any, Any]) -> Rows:
        store, rows, after, more = self.stores[service.name], Rows(), "", True
        if opaque(kind):
            self.report.notes.append(f"{kind.name} has private fields, which no history keeps: its state cannot be recalled")
        while more:
            page = await store.rows(kind.collection, {"_id": {"$gt": after}}, limit=PAGE)
            more = len(page) == PAGE
            span = {"$gt": after, **({"$lte": page[-1]["_id"]} if more else {})}
            told = await store.rows(f"{kind.collection}.history", {"subject": span}, sort=[("subject", 1), ("sequence", 1)])
            by_record = {subject: list(events) for subject, events in groupby(told, key=lambda e: e["subject"])}
            for doc in page:
                rows[doc["_id"]] = self.record(service, kind, doc, by_record.pop(doc["_id"], []))
                self.report.looked["records"] += 1
            self._beyond |= {s: events[-1]["sequence"] for s, events in by_record.items()}
            if self._beyond:  # the history goes further than the record did: it has moved on meanwhile, or it is not what it was
                here = {d["_id"]: d["version"] for d in await store.rows(kind.collection, {"_id": {"$in": list(self._beyond)}})}
                for subject, last in self._beyond.items():
                    key = f"{source_of(kind)}/{subject}"
                    if subject not in here:
                        self.report.add("history", "record_removed", service.name, key, f"{last} events are kept of a record that is gone")
                        events = {e["sequence"]: e for e in by_record.get(subject, ())}
                        rows[subject] = row_of(events, last)
                    elif here[subject] < last:
                        self.report.add(
                            "history", "version_set_back", service.name, key, f"version {here[subject]} of {last} in the history"
                        )
                self._beyond.clear()
            after = page[-1]["_id"] if page else after
        versions = sum((len(r) - FIRST) // 2 for r in rows.values())
        self.report.looked["events kept"] += versions
        self.report.cut["records"][kind.name] = {"records": len(rows), "versions": versions, "read_until": stamped(datetime.now(UTC))}
        return rows

    def record(self, service: Service, kind: Kind[Any, Any], doc: Doc, told: list[Doc]) -> Row:
        """One record against its own history."""
        key, version, outbox = f"{source_of(kind)}/{doc['_id']}", doc["version"], doc.get("outbox", [])
        if told and told[-1]["sequence"] > version:
            self._beyond[doc["_id"]] = told[-1]["sequence"]
        kept = {e["sequence"]: e for e in told if e["sequence"] <= version}
        settled = max(kept, default=0)
        if twice := sorted({e["sequence"] for e in outbox if kept.get(e["sequence"], e)["_id"] != e["_id"]}):
            self.report.add("history", "two_events_of_one_version", service.name, key, f"history and outbox differ in {twice}")
        events = {e["sequence"]: e for e in outbox if e["sequence"] <= version} | kept
        if missing := list(islice((n for n in range(1, version + 1) if n not in events), 5)):
            called = max((c["version"] for c in doc["calls"]), default=0)
            fault = "outbox_entry_dropped" if settled < missing[0] <= called else "version_skipped"
            self.report.add("history", fault, service.name, key, f"{missing} of 1..{version} are neither in history nor outbox")
        else:
            ordered = [events[n] for n in range(1, version + 1)]
            self.calls(service, key, doc, ordered)
            self.time(service, key, ordered)
            self.state(service, kind, key, doc, ordered)
        if ledger := self.ledgers.get(kind.name):
            self.notified(service, key, ledger, doc["state"])
        return row_of(events, settled)

    def calls(self, service: Service, key: str, doc: Doc, events: Sequence[Doc]) -> None:
        """A call's events of one record lie side by side and were decided at one time; what the record remembers of a call names their end.
        A clock is no call of somebody: it may ring again when its stage is entered again."""
        runs = [list(run) for _, run in groupby(events, key=lambda e: e["call"])]
        of_persons = Counter(run[0]["call"] for run in runs if run[0]["actor"]["role"] != "CLOCK")
        parted = {run[0]["call"] for run in runs if len({(e["time"], e["move"]) for e in run}) > 1}
        for call in {c for c, n in of_persons.items() if n > 1} | parted:
            self.report.add("calls", "call_took_effect_twice", service.name, key, f"call {call}")
        ends = {run[-1]["sequence"]: run[0]["call"] for run in runs}
        wrong = [c["version"] for c in doc["calls"] if ends.get(c["version"]) != c["id"]]
        last = doc["calls"][-1]["version"] if doc["calls"] else 0
        if wrong or last != doc["version"] or doc["opened_by"].rsplit("/", 1)[0] != events[0]["call"]:
            self.report.add("calls", "key_and_event_differ", service.name, key, f"what it remembers of {wrong or [last]} was not told so")

    def time(self, service: Service, key: str, events: Sequence[Doc]) -> None:
        for before, event in pairwise(events):
            if before["recorded"] > event["recorded"]:
                early = datetime.fromisoformat(before["recorded"]) - datetime.fromisoformat(event["recorded"])
                if early > SKEW:
                    said = f"{event['sequence']} was recorded {early} before its predecessor"
                    self.report.add("time", "recorded_before_predecessor", service.name, key, said)
        if self.now and events[-1]["recorded"] > stamped(self.now() + SKEW):
            self.report.add("time", "recorded_in_the_future", service.name, key, f"{events[-1]['sequence']} at {events[-1]['recorded']}")

    def state(self, service: Service, kind: Kind[Any, Any], key: str, doc: Doc, events: Sequence[Doc]) -> None:
        if opaque(kind):
            return
        try:
            folded = kind.fold(doc["_id"], [(e["type"], e["data"]) for e in events])
            was, is_ = folded.model_dump(mode="json") if folded else {}, held(kind, doc).record.model_dump(mode="json")
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            self.report.add("state", "history_cannot_be_read", service.name, key, reason_of(error))
            return
        if fields := sorted(n for n in was.keys() | is_.keys() if was.get(n) != is_.get(n)):
            self.report.add("state", "state_is_not_its_history", service.name, key, f"they differ in {', '.join(fields)}")

    def notified(self, service: Service, key: str, ledger: Ledger, state: Doc) -> None:
        mark = digest(orjson.dumps([ledger.kind.name, *(state.get(n) for n in ledger.once)]))
        if mark in self._once:
            self.report.add("notifications", "told_twice", service.name, key, f"another has the same {', '.join(ledger.once)}")
        self._once.add(mark)
        stage = state["stage"]
        if stage not in ledger.ends and not state.get(ledger.waits.get(stage, "")):
            self.report.add("notifications", "neither_ended_nor_scheduled", service.name, key, f"it stays {stage}")

    # ── what lies on the topic ────────────────────────────────────────────────────────────────────
    async def read_log(self, service: Service, topic: str, known: dict[str, Rows], before: Offsets, ends: Offsets,
                       passed: Sequence[Offsets]) -> list[tuple[str, int, int]]:  # fmt: skip
        """Raises: what Log raises. Returns where bytes lie that are no event."""
        report, name, strangers = self.report, service.name, list[tuple[str, int, int]]()
        early: dict[str, set[int]] = {}  # record → events that came before one of their predecessors
        async for record in self.log.read(topic, {}, ends):
            where = f"{record.topic}/{record.partition}/{record.offset}"
            try:
                letter = kafka.well_formed(kafka.letter_of(record), topic)
            except (ValueError, KeyError, AttributeError, RecursionError):
                report.looked["strangers on topics"] += 1
                strangers.append((where, record.partition, record.offset))
                continue
            report.looked["events on topics"] += 1
            row = known.setdefault(letter.source, {}).setdefault(letter.subject, array("Q", [0, 0, 0]))
            n, at = letter.sequence, FIRST + 2 * letter.sequence - 2
            if at < len(row) and row[at]:
                if row[at] != digest(letter.id.encode()):
                    report.add("ghosts", "doubled_with_another_id", name, letter.key, f"at {where}: {n} has the id {letter.id}")
                elif row[at + 1] != content(record.value, dict(record.headers)):
                    report.add("ghosts", "content_differs", name, letter.key, f"at {where}: {n} is not what the history says")
            elif at < len(row) or record.offset < before.get(record.partition, 0):
                report.add("ghosts", "not_in_the_history", name, letter.key, f"at {where}: {n}, id {letter.id}")
            for nth, offsets in enumerate(passed):
                if record.offset >= offsets.get(record.partition, 0):
                    row[SEEN] |= 1 << BEHIND + nth
            waiting = early.get(letter.key, set())
            if n == row[LAST] + 1:
                if waiting:
                    report.add("log", "out_of_order", name, letter.key, f"at {where}: {n} lies behind {min(waiting)}")
                while True:
                    row[LAST] += 1
                    if row[LAST] + 1 not in waiting:
                        break
                    waiting.remove(row[LAST] + 1)
                if not waiting:
                    early.pop(letter.key, None)
            elif n > row[LAST] + 1:
                early.setdefault(letter.key, set()).add(n)
            else:
                report.looked["repeated sends"] += 1
        for source, rows in known.items():
            for subject, row in rows.items():
                key = f"{source}/{subject}"
                if row[LAST] < row[SETTLED] or key in early:
                    last = max(row[SETTLED], *early.get(key, ()), row[LAST])
                    report.add("log", "event_missing", name, key, f"{row[LAST] + 1} of 1..{last} is not on the topic")
        return strangers

    async def heads(self, reader: Service, topic: str, nth: int, known: dict[str, Rows], ends: Offsets) -> None:
        """What a reader says it has taken in, against the topic up to the offsets it had committed."""
        room, ahead, after = "/" + topic.removesuffix(".v1").replace(".", "/"), dict[str, int](), ""
        empty = array("Q", [0, 0, 0])
        while True:
            span = {"$gt": after or f"{room}/", "$lt": f"{room}0"}
            page = await self.stores[reader.name].rows("heads", {"_id": span}, limit=5000)
            for head in page:
                _, service, at, record, subject = head["_id"].split("/", 4)
                row = known.get(f"/{service}/{at}/{record}", {}).get(subject, empty)
                row[SEEN] |= 1 << nth
                if head["seq"] > row[LAST]:
                    ahead[head["_id"]] = head["seq"]
                elif head["seq"] < row[LAST] and not head.get("parked") and not row[SEEN] >> BEHIND + nth & 1:
                    said = f"it has taken in {head['seq']} of {row[LAST]} and passed the rest"
                    self.report.add("heads", "event_not_taken_in", reader.name, head["_id"], said)
            self.report.looked["heads"] += len(page)
            if len(page) < 5000:
                break
            after = page[-1]["_id"]
        for source, rows in known.items():
            for subject, row in rows.items():
                if row[LAST] and not row[SEEN] >> nth & 1 and not row[SEEN] >> BEHIND + nth & 1:
                    said = f"it has taken in none of {row[LAST]} and passed them"
                    self.report.add("heads", "event_not_taken_in", reader.name, f"{source}/{subject}", said)
        if ahead:  # of what has been told since
            async for record in self.log.read(topic, ends, await self.log.ends(topic)):
                with contextlib.suppress(ValueError, KeyError, AttributeError, RecursionError):
                    letter = kafka.letter_of(record)
                    if letter.sequence >= ahead.get(letter.key, letter.sequence + 1):
                        del ahead[letter.key]
        for key, seq in ahead.items():
            self.report.add("heads", "ahead_of_the_topic", reader.name, key, f"it has taken in {seq}, which is not on the topic")

    # ── what could not be handled ─────────────────────────────────────────────────────────────────
    async def letters(self, service: Service) -> None:
        """Raises the store's OUTAGES. A difference counts when it stays: redriving changes both sides one after the other."""
        found = await self._unpaired(service)
        for _ in range(5):
            if found:
                await asyncio.sleep(0.3)
                found &= await self._unpaired(service)
        for key, fault in sorted(found):
            show = f"guildhall letters list --all --service {service.name}"
            self.report.add("letters", fault, service.name, key, "records and letters that wait do not match", show)

    async def _unpaired(self, service: Service) -> set[tuple[str, str]]:
        store = self.stores[service.name]
        parked = {d["_id"] for d in await store.group("heads", [{"$match": {"parked": True}}, {"$project": {"_id": 1}}])}
        waiting = {d["_id"] for d in await store.group("letters", [{"$match": {"state": "PARKED"}}, {"$group": {"_id": "$key"}}])}
        return {(k, "parked_without_letters") for k in parked - waiting} | {(k, "letter_without_parked_record") for k in waiting - parked}

    async def replay(self, service: Service) -> None:
        name = f"{self.settings.prefix}verify_{uuid4().hex[:12]}"
        store = Store(self.scratch or self.settings.mongo, name, self.settings.mongo_driver)
        now = self.now or (lambda: datetime.now(UTC))
        try:
            await Replay(service, self.stores[service.name], store, self.log, self.report, now, self.arrival.get(service.name, {})).run()
        finally:
            await store.client.drop_database(name)
            await store.close()

    # ── one record, whole ─────────────────────────────────────────────────────────────────────────
    async def show(self, key: str) -> Doc:
        """All that is kept of `/service/room/record/id`, without what its events say; or the row `service/collection/id` of a read model.
        Raises: Refused when there is no such service or kind."""
        parts = key.removeprefix("/").split("/", 3 if key.startswith("/") else 2)
        store = self.stores.get(parts[0])
        if store is None or len(parts) < 3 + key.startswith("/"):
            raise Refused("not_found", f"{key} is neither /service/room/record/id nor service/collection/id", "名称有误")
        if not key.startswith("/"):
            return {"row": await store.one(parts[1], parts[2])}
        topic, collection, subject = f"{parts[0]}.{parts[1]}.v1", f"{parts[1]}.{parts[2]}", parts[3]
        row = await store.one(collection, subject) or {}
        told = [*await store.rows(f"{collection}.history", {"subject": subject}, sort=[("sequence", 1)]), *row.get("outbox", ())]
        found: Doc = {"record": {n: row.get(n) for n in ("version", "opened_by", "calls", "changed_at", "due")}, "stage": row.get("state", {}).get("stage"),
                      "waiting": [e["_id"] for e in row.get("outbox", ())], "topic": [], "readers": {}}  # fmt: skip
        found["told"] = [{n: e[n] for n in ("sequence", "_id", "type", "recorded", "move", "call")} | {
            "content": f"{content(orjson.dumps(e['data']), dict(kafka.headers(e))):016x}"} for e in told]  # fmt: skip
        self.log = Log(kafka.Servers.of(self.settings), self.settings.prefix)
        try:
            await self.log.consumer.start()
            async for r in self.log.read(topic, {}, await self.log.ends(topic)):
                head = dict(r.headers)
                if head.get("ce_source") == f"/{'/'.join(parts[:3])}".encode() and head.get("ce_subject") == subject.encode():
                    found["topic"].append({"at": f"{r.partition}/{r.offset}", "content": f"{content(r.value or b'', head):016x}",
                                           **{n: head.get(f"ce_{n}", b"").decode("utf-8", "replace") for n in ("sequence", "id", "type")}})  # fmt: skip
        finally:
            await self.log.consumer.stop()
        for reader in (s for s in self.services if topic in s.sources):
            letters = await self.stores[reader.name].rows("letters", {"key": key})
            found["readers"][reader.name] = {"head": await self.stores[reader.name].one("heads", key),
                                             "letters": [{n: x.get(n) for n in ("_id", "sequence", "state", "reason")} for x in letters]}  # fmt: skip
        return found

    async def close(self) -> None:
        await asyncio.gather(*(s.close() for s in self.stores.values()))
