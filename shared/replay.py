"""Hearing every topic again in an empty database, and comparing what comes of it (reliability §1.6, 5).

Read models are compared, and records that events alone have made. The order is another than the live one: topic by topic and partition
by partition, each from the last; only the events of one record keep theirs. A document that differs is looked at again after the reader
has come as far as the replay: what stays different on both sides is a finding, what moves is looked at again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from shared import kafka
from shared.engine import Engine, Letter, Service
from shared.findings import Report
from shared.mongo import Doc, Store

BATCH = 500
ROUNDS, PAUSE = 8, 0.5  # looks at what moves, and the seconds between them
PATIENCE = 60.0  # seconds in which the reader comes as far as the replay
MANY = 10_000  # differences after which no further are gathered
KERNEL = {"heads", "letters", "fanouts", "meta", "refusals"}
Seen = dict[tuple[str, Any], tuple[bytes, bytes, str]]  # (collection, id) → live, replayed, the fields that differ


class Replay:
    """One service. `exempt` names what depends on the order of arrival: collection → fields, or `*`. `store` is empty and its own."""

    def __init__(self, service: Service, live: Store, store: Store, log: kafka.Log, report: Report, now: Callable[[], datetime],
                 exempt: Mapping[str, Sequence[str]]) -> None:  # fmt: skip
        self.service, self.live, self.store, self.log, self.report, self.exempt = service, live, store, log, report, exempt
        self.told = [k for k in service.kinds if all(m.heard for m in k.moves.values())]  # made by events alone
        self.kept = {n for k in service.kinds for n in (k.collection, f"{k.collection}.history")} | KERNEL
        indexes = {n: i for n, i in service.indexes.items() if n not in self.kept}
        self.engine = Engine(replace(service, kinds=self.told, indexes=indexes, routes=(), loops=()), store, now)
        self.reached: dict[str, dict[int, int]] = {}
        self.letters: dict[str, Doc] = {}
        self.stuck: dict[str, int] = {}

    async def run(self) -> None:
        """Raises: what store and bus raise."""
        note, name = self.report.notes.append, self.service.name
        if apart := sorted(k.name for k in self.service.kinds if k not in self.told):
            note(f"{name}: also made by commands and clocks, held to their histories and not replayed: {', '.join(apart)}")
        for collection, fields in sorted(self.exempt.items()):
            note(
                f"{name}: {collection} depends on the order of arrival and is not compared{'' if '*' in fields else ' in ' + ', '.join(fields)}"
            )
        await self.store.prepare(self.told, self.engine.service.indexes)
        self.letters, self.stuck = await self._set_aside()
        await self.catch_up()
        suspects = await self.differences()
        for _ in range(ROUNDS):
            if not suspects:
                break
            await asyncio.sleep(PAUSE)
            await self.catch_up()
            if not await self._followed():
                self.report.open["replay"] = f"{name} does not come as far as the topics; {len(suspects)} documents differ"
                return
            if await self._set_aside() != (self.letters, self.stuck):
                self.report.open["replay"] = f"dead letters of {name} were handled meanwhile; {len(suspects)} documents differ"
                return
            again = await self.differences(suspects)
            for (collection, id_), seen in suspects.items() & again.items():
                said = f"live and replayed differ in {seen[2]}"
                self.report.add("replay", "read_model_differs", name, f"{name}/{collection}/{id_}", said)
            suspects = {key: seen for key, seen in again.items() if suspects[key] != seen}
        if suspects:
            at = next(iter(suspects))[0]
            self.report.open["replay"] = f"{len(suspects)} documents of {name} changed at every look, {at} among them: try a quieter moment"
        for letter in await self.store.rows("letters", {"state": "PARKED"}, limit=self.report.limit):
            said = f"event {letter['sequence']} took effect here, and in the replay: {letter['reason']}"
            self.report.add("replay", "event_refused_in_replay", name, letter["key"], said)

    async def _set_aside(self) -> tuple[dict[str, Doc], dict[str, int]]:
        """What operators did with dead letters, and up to where records with waiting ones were heard."""
        rows = await self.live.rows("letters", {"state": {"$in": ["PARKED", "REDRIVEN", "RELEASED"]}})
        heads = await self.live.rows("heads", {"_id": {"$in": sorted({r["key"] for r in rows if r["state"] == "PARKED"})}})
        return {r["_id"]: {"state": r["state"], "data": r["data"]} for r in rows}, {h["_id"]: h["seq"] for h in heads}

    async def catch_up(self) -> None:
        """Hear what lies on the topics up to their ends as they are now."""
        for topic in reversed(self.engine.service.sources):
            ends, begins = await self.log.ends(topic), self.reached.get(topic, {})
            for partition in sorted(ends, reverse=True):
                batch: list[Letter] = []
                async for record in self.log.read(topic, begins, {partition: ends[partition]}):
                    try:
                        batch.append(kafka.well_formed(kafka.letter_of(record), topic))
                    except (ValueError, KeyError, AttributeError, RecursionError):
                        continue
                    if len(batch) == BATCH:
                        await self.hear(batch)
                        batch = []
                await self.hear(batch)
            self.reached[topic] = ends
        while await self.engine.fan_out():
            pass

    async def hear(self, batch: Sequence[Letter]) -> None:
        waiting: list[Letter] = []
        for letter in batch:
            done = self.letters.get(letter.id, {"state": ""})
            if letter.sequence > self.stuck.get(letter.key, letter.sequence):
                continue  # it waits behind a dead letter, here as there
            if done["state"] == "RELEASED":
                await self._hear(waiting)
                waiting = []
                await self.store.put("heads", letter.key, {"$max": {"seq": letter.sequence}})
            else:
                waiting.append(replace(letter, data=done["data"]) if done["state"] == "REDRIVEN" else letter)
        await self._hear(waiting)

    async def _hear(self, letters: Sequence[Letter]) -> None:
        first = {(x.key, x.sequence): x for x in reversed(letters)}
        if letters:
            await self.engine.hear([x for x in letters if first[x.key, x.sequence] is x])

    async def _followed(self) -> bool:
        end = asyncio.get_running_loop().time() + PATIENCE
        while True:
            behind = False
            for topic, ends in self.reached.items():
                passed = await self.log.committed(self.service.name, topic)
                behind |= any(passed.get(p, 0) < end_ for p, end_ in ends.items())
            if not behind or asyncio.get_running_loop().time() > end:
                return not behind
            await asyncio.sleep(0.3)

    # ── documents ─────────────────────────────────────────────────────────────────────────────────
    async def differences(self, of: Seen | None = None) -> Seen:
        """Every document that is not the same on both sides, or those of `of` that still are not."""
        found: Seen = {}
        if of is not None:
            for collection in {c for c, _ in of}:
                await self._compare(found, collection, [id_ for c, id_ in of if c == collection])
            return found
        here = {n for s in (self.store, self.live) for n in await s.db.list_collection_names() if not n.startswith("system.")}
        for collection in sorted(here - self.kept | {k.collection for k in self.told}):
            if "*" in self.exempt.get(collection, ()):
                continue
            for side in (self.live, self.store):
                after: Doc = {}
                while page := await side.rows(collection, after, limit=BATCH):
                    self.report.looked["documents compared"] += len(page) if side is self.live else 0
                    await self._compare(found, collection, [d["_id"] for d in page])
                    after = {"_id": {"$gt": page[-1]["_id"]}}
                    if len(found) > MANY:
                        return found
        return found

    async def _compare(self, found: Seen, collection: str, ids: Sequence[Any]) -> None:
        for at in range(0, len(ids), BATCH):
            where = {"_id": {"$in": list(ids[at : at + BATCH])}}
            here = {d["_id"]: self._plain(collection, d) for d in await self.live.rows(collection, where)}
            there = {d["_id"]: self._plain(collection, d) for d in await self.store.rows(collection, where)}
            for id_ in here.keys() | there.keys():
                one, other = here.get(id_), there.get(id_)
                if one != other:
                    fields = sorted(n for n in {**(one or {}), **(other or {})} if (one or {}).get(n) != (other or {}).get(n))
                    said = (
                        ", ".join(fields)
                        if one and other
                        else "existence: it is only in the replay"
                        if other
                        else "existence: it is only live"
                    )
                    found[collection, id_] = (canonical(one), canonical(other), said)

    def _plain(self, collection: str, doc: Doc) -> Doc:
        if collection in self.kept:
            return {"version": doc["version"], **doc["state"]}
        return {n: v for n, v in doc.items() if n != "_id" and n not in self.exempt.get(collection, ())}


def canonical(doc: Doc | None) -> bytes:
    return orjson.dumps(doc, default=str, option=orjson.OPT_SORT_KEYS)
