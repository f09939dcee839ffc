"""The invariant checker: `guildhall verify` reads databases and topics of a live system and says what does not fit (reliability §1.6).

The cut. Of each topic the ends are taken, then the records and histories of its kinds are read, then the ends are taken again. What lies
before the first ends must be in the histories; what the histories hold must lie before the second. Of a record counts what it had reached
when it was read. Whatever came later is left for the next run, so commands may go on meanwhile. Readers are held to the offsets they had
committed before their heads were read. Clients' histories and the journals of sinks are taken as complete up to the start. Memory: for each event of one topic two digests of 8 bytes, for each record its id; no content.
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
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from pydantic import BaseModel

from shared import kafka
from shared.audit import seal
from shared.engine import Service, reason_of, stamped
from shared.findings import CHECKS, Report
from shared.journals import ACTORS_MAX, Command, Effect, Handed, Histories, calls_of, judged, objects, read, tells_many
from shared.kafka import Log, Offsets
from shared.mongo import REFUSALS, REFUSALS_KEPT, Doc, Store, held
from shared.record import ROLES, Kind, Refused, private
from shared.replay import Replay
from shared.settings import Settings

PAGE = 500  # records looked at together
PAUSE = 0.3  # seconds between looks at what may be moving
SKEW = timedelta(seconds=5)  # by which clocks of two machines may differ; a start with more is refused
# of a row: last event on the topic, last in the history, bits of readers, then two digests of each event: its id and its content
LAST, SETTLED, SEEN, FIRST = range(4)
MARKS: Doc = {**dict.fromkeys(("_id", "type", "source", "time", "recorded", "move", "call", "correlation", "causation"), ""),
              "actor": {"role": "", "organisation": ""}, "data": {}}  # what every event carries; who and when are not to be empty  # fmt: skip
BEHIND = 32  # bits of readers that have not passed all events of a record lie behind those that have a head for it
WIRE = (*kafka.NEEDED, "ce_recordedtime", "ce_effectivetime", "ce_legalbasis", "ce_correlationid", "ce_causationid", "ce_actorrole", "ce_actororganisation")  # fmt: skip
Row = Any  # array('Q')
Rows = dict[str, Row]


@dataclass(frozen=True)
class Ledger:
    """A kind of which there is one record for each combination of fields, at an end (`ends`) or with a time to go on (`waits`), handed over once."""

    kind: Kind[Any, Any]
    once: tuple[str, ...]
    ends: frozenset[str]
    waits: Mapping[str, str]
    accepted: frozenset[str] = frozenset()  # types of events that say: the transport has taken it
    anew: frozenset[str] = frozenset()  # those by which a person has it sent once more
    outside: frozenset[str] = frozenset()  # values of `channel` whose messages the sinks' journals hold


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


def effects_of(events: Sequence[Doc]) -> list[Effect]:
    """The runs of events that lie side by side, each an effect; two ids for one version are two."""
    runs: list[list[Doc]] = []
    for event in sorted(events, key=lambda e: (e["subject"], e["sequence"])):
        if runs and (runs[-1][-1]["subject"], runs[-1][-1]["sequence"] + 1) == (event["subject"], event["sequence"]):
            runs[-1].append(event)
        else:
            runs.append([event])
    return [Effect(run[0]["subject"], run[0]["sequence"], run[-1]["sequence"], run[0]["move"]) for run in runs]


class Verifier:
    """One run over all services. `arrival` names what of a read model depends on the order events came in: service → collection →
    its fields, or `*` for all of it. `now` is the platform clock; without it nothing is said about the future. `histories` are files of clients,
    `sinks` of what messages are handed to (shared.journals). `patience`: seconds an event may wait in an outbox or before a reader; `stall`: seconds
    clients may be without any answer."""

    def __init__(self, services: Sequence[Service], settings: Settings, *, ledgers: Sequence[Ledger] = (), limit: int = 20, scratch: str = "",
                 arrival: Mapping[str, Mapping[str, Sequence[str]]] | None = None, now: Callable[[], datetime] | None = None,
                 histories: Sequence[Path] = (), sinks: Sequence[Path] = (), patience: float = 60.0, stall: float = 0.0) -> None:  # fmt: skip
        self.histories, self.sinks, self.patience, self.stall = histories, sinks, patience, stall
        self.services, self.settings, self.now, self.scratch, self.arrival = services, settings, now, scratch, arrival or {}
        self.ledgers, self.report = {x.kind.name: x for x in ledgers}, Report(limit)
        self.stores = {s.name: Store(settings.mongo, f"{settings.prefix}{s.name}", settings.mongo_driver) for s in services}
        self._once: set[int] = set()
        self._taken: dict[str, tuple[bool, bool]] = {}  # of messages that leave: notice → whether it was tried, whether taken
        self._beyond: dict[str, int] = {}

    async def run(self, only: str = "", replay: bool = False) -> Report:
        """Raises: Refused when a topic is missing; the OUTAGES and UNSENT of store and bus."""
        report, wanted = self.report, [s for s in self.services if only in ("", s.name)]
        told = {k.name for s in wanted for k in s.kinds} & self.ledgers.keys()
        asked = {"replay": replay, "notifications": bool(told), "commands": bool(self.histories)}
        report.checked = [n for n in CHECKS if asked.get(n, True)]
        upto = {f: f.stat().st_size for f in self.sinks if f.exists()}
        report.figures |= {"outboxes": {}, "readers": {}}
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
                await self.outbox(service)
                await self.refusals(service)
                if replay and service.on:
                    await self.replay(service)
            if self.histories:
                await self.commands(wanted)
            if self.sinks and told:
                self.handed_over(upto)
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
        strangers = await self.read_log(service, topic, known, before, ends, passed)
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
        outbox, told = [self.authored(service, key, e) for e in outbox], [self.authored(service, key, e) for e in told]
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
            self.notified(service, key, ledger, doc["state"], [events[n]["type"] for n in sorted(events)])
        return row_of(events, settled)

    def authored(self, service: Service, key: str, event: Doc) -> Doc:
        """The event with all its marks; one that does not say who made which change when is a finding."""
        actor = event.get("actor") or {}
        if "organisation" in actor and actor.get("role") in ROLES and event.get("time") and event.get("recorded") and event.get("move") and event.get("call"):  # fmt: skip
            return event
        missing = [n for n in ("time", "recorded", "move", "call") if not event.get(n)]
        missing += [] if "organisation" in actor and actor.get("role") in ROLES else ["actor"]
        self.report.add("audit", "change_without_author", service.name, key, f"{event.get('sequence')} does not say {', '.join(missing)}")
        return {**MARKS, **event, "actor": {"role": "", "organisation": ""} | actor}

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

    def notified(self, service: Service, key: str, ledger: Ledger, state: Doc, told: Sequence[str]) -> None:
        mark = digest(orjson.dumps([ledger.kind.name, *(state.get(n) for n in ledger.once)]))
        if mark in self._once:
            self.report.add("notifications", "told_twice", service.name, key, f"another has the same {', '.join(ledger.once)}")
        self._once.add(mark)
        stage = state["stage"]
        if stage not in ledger.ends and not state.get(ledger.waits.get(stage, "")):
            self.report.add("notifications", "neither_ended_nor_scheduled", service.name, key, f"it stays {stage}")
        since = max((n for n, type_ in enumerate(told) if type_ in ledger.anew), default=0)
        if (accepted := sum(t in ledger.accepted for t in told[since:])) > 1:
            self.report.add(
                "notifications", "accepted_twice", service.name, key, f"{accepted} hand-overs were accepted, and nobody asked for another"
            )
        if self.sinks and state.get("channel") in ledger.outside:
            self._taken[key.rsplit("/", 1)[-1]] = (bool(state.get("attempts")), any(t in ledger.accepted for t in told))

    def handed_over(self, upto: Mapping[Path, int]) -> None:
        """What the ledgers say was taken, against what the sinks have; of these only what lay there when the run began must be in a ledger."""
        ledger = next(iter(self.ledgers.values()))
        source, name, report, seen = source_of(ledger.kind), ledger.kind.service, self.report, dict[str, str]()
        for where, said, early in objects(self.sinks, upto):
            handed: Handed = read(Handed, where, said)
            report.looked["lines of sinks"] += 1
            if handed.outcome == "fail":
                continue
            id_, key = handed.notice, f"{source}/{handed.notice}"
            if id_ in seen:
                report.looked["repeated hand-overs"] += 1
                if seen[id_] != handed.to:
                    report.add("notifications", "sent_to_another", name, key, f"{where}: two recipients were sent one message")
            elif early and id_ not in self._taken:
                report.add("notifications", "not_in_the_ledger", name, key, f"{where}: a sink has taken what no ledger holds")
            elif early and not self._taken[id_][0]:
                report.add("notifications", "sent_unmarked", name, key, f"{where}: a sink has taken it, and no attempt was marked before")
            seen[id_] = handed.to
        for id_, (_, taken) in self._taken.items():
            if taken and id_ not in seen:
                report.add("notifications", "not_at_the_sink", name, f"{source}/{id_}", "the ledger says it was taken, and no sink has it")

    # ── what lies on the topic ────────────────────────────────────────────────────────────────────
    async def read_log(self, service: Service, topic: str, known: dict[str, Rows], before: Offsets, ends: Offsets,
                       passed: Mapping[str, Offsets]) -> list[tuple[str, int, int]]:  # fmt: skip
        """Raises: what Log raises. Returns where bytes lie that are no event."""
        report, name, strangers = self.report, service.name, list[tuple[str, int, int]]()
        held_to = list(passed.items())
        waits: dict[str, list[int]] = {reader: [0, 0] for reader in passed}  # events it has not passed, and since when the first lies there
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
            for nth, (reader, offsets) in enumerate(held_to):
                if record.offset >= offsets.get(record.partition, 0):
                    row[SEEN] |= 1 << BEHIND + nth
                    waits[reader] = [waits[reader][0] + 1, min(waits[reader][1] or record.timestamp, record.timestamp)]
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
        for reader, (count, since) in waits.items():
            age = round(max(0.0, datetime.now(UTC).timestamp() - since / 1000), 1) if count else 0.0
            report.figures["readers"][f"{reader} of {topic}"] = {"behind": count, "oldest_s": age}
            if age > self.patience:
                report.add(
                    "time",
                    "reader_behind",
                    reader,
                    topic,
                    f"{count} events wait for it, the oldest for {age} s",
                    "curl …/readyz, and its log",
                )
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
                await asyncio.sleep(PAUSE)
                found &= await self._unpaired(service)
        for key, fault in sorted(found):
            show = f"guildhall letters list --all --service {service.name}"
            self.report.add("letters", fault, service.name, key, "records and letters that wait do not match", show)

    async def _unpaired(self, service: Service) -> set[tuple[str, str]]:
        store = self.stores[service.name]
        parked = {d["_id"] for d in await store.group("heads", [{"$match": {"parked": True}}, {"$project": {"_id": 1}}])}
        waiting = {d["_id"] for d in await store.group("letters", [{"$match": {"state": "PARKED"}}, {"$group": {"_id": "$key"}}])}
        return {(k, "parked_without_letters") for k in parked - waiting} | {(k, "letter_without_parked_record") for k in waiting - parked}

    async def outbox(self, service: Service) -> None:
        """What waits for Kafka, and since when."""
        count, age = await self.stores[service.name].backlog(service.kinds)
        self.report.figures["outboxes"][service.name] = {"records": count, "oldest_s": round(age, 1) if count else 0.0}
        if count and age > self.patience:
            said = f"events of {count} records wait for Kafka, the oldest for {age:.0f} s"
            self.report.add("time", "outbox_stalled", service.name, service.name, said, "curl …/metrics: guildhall_relay_failures")

    async def refusals(self, service: Service) -> None:
        """The chain of refused authorisations, link by link. Its beginning may only have gone with age."""
        store, report, last, count = self.stores[service.name], self.report, None, 0
        told = (await store.one("meta", REFUSALS) or {}).get("entries", 0)
        oldest = datetime.now(UTC) - REFUSALS_KEPT
        while page := await store.rows(REFUSALS, {"_id": {"$gt": last["_id"] if last else 0}}, limit=5000):
            for link in page:
                key, show = f"{service.name}/{REFUSALS}/{link['_id']}", f"guildhall verify --show {service.name}/{REFUSALS}/{link['_id']}"
                before = link["_id"] - 1
                if link["hash"] != seal(link["before"], link):
                    report.add("audit", "refusal_altered", service.name, key, "it is not what its own digest says", show)
                if last is None and before and (link["before_at"] is None or link["before_at"] > oldest):
                    report.add("audit", "refusal_removed", service.name, key, f"1 to {before} are gone before their time", show)
                if last and last["_id"] != before:
                    report.add("audit", "refusal_removed", service.name, key, f"{last['_id'] + 1} to {before} are gone", show)
                elif last and link["before"] != last["hash"]:
                    report.add(
                        "audit", "refusal_altered", service.name, key, f"{before} is not what it was when this one was entered", show
                    )
                last, count = link, count + 1
        if (ends := last["_id"] if last else 0) < told and (last or await self._young(service)):
            report.add("audit", "refusal_removed", service.name, f"{service.name}/{REFUSALS}/{told}", f"{ends + 1} to {told} are gone")
        report.looked["refused authorisations"] += count

    async def _young(self, service: Service) -> bool:
        """Whether the last refusal of an empty trail was entered too lately to have gone with age."""
        meta = await self.stores[service.name].one("meta", REFUSALS) or {}
        at: datetime | None = meta.get("at")
        return at is not None and at > datetime.now(UTC) - REFUSALS_KEPT

    # ── what clients were answered ────────────────────────────────────────────────────────────────
    async def commands(self, wanted: Sequence[Service]) -> None:
        """The clients' own lists against what their calls have told (reliability §1.6, 1 and 2).

        Raises: Refused for a history that cannot be read or speaks of a kind nobody has."""
        told, report, kinds = Histories(self.histories), self.report, {k.name: (s, k) for s in wanted for k in s.kinds}
        report.figures["commands"] = figures = told.figures()
        if self.stall and (worst := figures.get("worst_stall_s", 0.0)) > self.stall:
            said = f"no command was accepted for {worst} s from {figures['stalled_from']}"
            report.add("time", "answers_stalled", "clients", figures["stalled_from"], said, "the faults of that time")
        for name in sorted({c.kind for c in told.commands.values()}):
            if name in kinds:
                await self.commands_of(*kinds[name], told.of(name))
            elif name not in {k.name for s in self.services for k in s.kinds}:
                raise Refused("kind_unknown", f"a history speaks of {name}, which nobody has", f"没有 {name} 这一类记录")

    async def commands_of(self, service: Service, kind: Kind[Any, Any], commands: Sequence[Command]) -> None:
        store, history, report = self.stores[service.name], f"{kind.collection}.history", self.report
        actors: list[tuple[str, str]] = []
        if any(not c.callers for c in commands):
            found = await store.group(history, [{"$group": {"_id": "$actor"}}, {"$limit": ACTORS_MAX + 1}])
            waiting = await store.group(
                kind.collection, [{"$match": {"obx": {"$exists": True}}}, {"$unwind": "$outbox"}, {"$group": {"_id": "$outbox.actor"}}]
            )
            actors = sorted({(a["_id"]["role"], a["_id"]["organisation"]) for a in [*found, *waiting] if a["_id"]})
            if len(actors) > ACTORS_MAX:
                report.open["commands"] = (
                    f"{kind.name} has too many callers to try: let the histories name `call`, or role and organisation"
                )
                return
        # an event is copied to the history before it leaves the outbox: looked at in this order, none is missed
        waits: dict[str, list[Doc]] = {}
        for doc in await store.rows(kind.collection, {"obx": {"$exists": True}}):
            for event in doc["outbox"]:
                waits.setdefault(event["call"], []).append(event)
        for at in range(0, len(commands), PAGE):
            page = [(c, calls_of(kind, c, actors)) for c in commands[at : at + PAGE]]
            events: dict[str, dict[str, Doc]] = {}
            asked = sorted({call for _, calls in page for call in calls})
            for start in range(0, len(asked), 5000):
                calls = asked[start : start + 5000]
                for event in [*await store.rows(history, {"call": {"$in": calls}}), *(e for c in calls for e in waits.get(c, ()))]:
                    events.setdefault(event["call"], {})[event["_id"]] = event
            for command, calls_ in page:
                effects = effects_of([e for call in calls_ for e in events.get(call, {}).values()])
                report.looked["commands of clients"] += 1
                for fault, said in judged(command, effects, bool(effects) and tells_many(kind, effects[0].move)):
                    id_ = command.id or (effects[0].id if effects else "")
                    if fault == "answer_without_effect" and await self._stood_before(store, kind, command, commands, actors):
                        report.looked["commands that changed nothing"] += 1
                    else:
                        report.add("commands", fault, service.name, f"{source_of(kind)}/{id_}", said)

    async def _stood_before(self, store: Store, kind: Kind[Any, Any], command: Command, commands: Sequence[Command],
                            actors: Sequence[tuple[str, str]]) -> bool:  # fmt: skip
        """Whether the answered version was there, by another command of the histories, before this one was begun: it changed nothing.
        Only clients' times are compared, with one another."""
        id_, version = command.answer
        for event in (e for e in await store.told(kind, id_) if e["sequence"] == version):
            for other in commands:
                if (
                    other is not command
                    and other.ended <= command.started
                    and other.id == id_
                    and event["call"] in calls_of(kind, other, actors)
                ):
                    return True
        return False

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
