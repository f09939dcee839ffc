"""When the whole platform has come to rest, and what it then holds: the ground on which journeys compare.

At rest nothing is due, nothing waits to be sent, and every service has heard every event of every topic it listens to. It is read
from the stores themselves, so no test has to guess how long an event takes.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from services.notification.channels.sender import up_to
from shared import kafka
from shared.engine import Engine, Letter
from shared.mongo import Doc
from shared.record import Kind

Versions = dict[str, dict[str, int]]  # kind → record → version


def kinds(app: Any) -> list[tuple[Engine, Kind[Any, Any]]]:
    """Every record type with the engine that keeps it."""
    return [(engine, kind) for engine in app.state.engines.values() for kind in engine.service.kinds]


async def across(engine: Engine, stages: Callable[[Kind[Any, Any]], list[Doc]]) -> list[Doc]:
    """The same question to every record type of a service, in one query."""
    if not engine.service.kinds:
        return []
    first, *others = engine.service.kinds
    union: list[Doc] = [{"$unionWith": {"coll": k.collection, "pipeline": stages(k)}} for k in others]
    return await engine.store.group(first.collection, [*stages(first), *union])


async def versions(app: Any) -> Versions:
    """The version of every record of every type."""
    found: Versions = {kind.name: {} for _, kind in kinds(app)}
    for engine in app.state.engines.values():
        for row in await across(engine, lambda kind: [{"$project": {"version": 1, "kind": {"$literal": kind.name}}}]):
            found[row["kind"]][row["_id"]] = row["version"]
    return found


async def restless(app: Any, *, mail: bool) -> str:
    """Something that still moves, in words; empty when nothing is left but to ask whether all was heard. `mail`: a relay is there, so an
    e-mail whose hour has come will leave."""
    for name, engine in app.state.engines.items():

        def moving(kind: Kind[Any, Any], now: datetime = engine.now()) -> list[Doc]:
            return [{"$match": {"$or": [{"due": {"$lte": now}}, {"obx": {"$exists": True}}]}}, {"$limit": 1},
                    {"$project": {"due": {"$lte": [{"$ifNull": ["$due", now + timedelta(days=1)]}, now]}, "kind": {"$literal": kind.name}}}]  # fmt: skip

        for row in await across(engine, moving):
            return f"a clock of {row['kind']} is due" if row["due"] else f"an event of {row['kind']} waits to be sent"
        if await engine.store.rows("fanouts", {}, limit=1):
            return f"{name} is not through with all records an event concerns"
    notification = app.state.engines["notification"]
    ripe = {"$in": ["QUEUED", "RETRIED"]}, {"$lte": up_to(notification.now())}
    waiting = {"state.channel": "EMAIL", "state.stage": ripe[0], "state.scheduled_for": ripe[1]}
    if mail and await notification.store.tally("ledger.notice", waiting):
        return "an e-mail waits to leave"
    if await notification.store.tally("ledger.notice", {"state.stage": "SENDING"}):
        return "an e-mail is under way"
    return ""


async def unheard(app: Any, held: Versions) -> str:
    """A service that has yet to hear of a record, in words; empty when each has heard all of every topic it listens to."""
    for name, engine in app.state.engines.items():
        heads = {row["_id"]: row["seq"] for row in await engine.store.group("heads", [{"$project": {"seq": 1}}])}
        for _, kind in kinds(app):
            if kind.topic in engine.service.sources:
                source = f"/{kind.name.replace('.', '/')}"
                if behind := sum(heads.get(f"{source}/{id_}") != version for id_, version in held[kind.name].items()):
                    return f"{name} has yet to hear of {behind} records of {kind.name}"
    return ""


async def rest(app: Any, *, mail: bool = False, patience: float = 900.0) -> Versions:
    """Wait until two looks in a row find nothing moving and every record where it was; returns the versions."""
    time, before = asyncio.get_running_loop().time, None
    end = time() + patience
    while True:
        begun = time()
        moving, now = await restless(app, mail=mail), None
        if not moving:
            now = await versions(app)
            if now == before:
                return now
            moving = await unheard(app, now)
        assert time() < end, f"no rest within {patience} s: {moving}"
        before = None if moving else now
        await asyncio.sleep(
            max(0.2, 2 * (time() - begun)) if moving else 0.1
        )  # looking is work too, and takes time from what is waited for


async def told(app: Any) -> dict[tuple[str, str], list[Letter]]:
    """Every event of every topic from offset 0, as (record type, record) → its events in the order of the topic."""
    settings = app.state.settings
    topics = sorted({settings.prefix + t for engine in app.state.engines.values() for t in engine.service.topics})
    found: defaultdict[tuple[str, str], list[Letter]] = defaultdict(list)
    for record in sorted(await kafka.read_all(settings.kafka, topics), key=lambda r: (r.topic, r.partition, r.offset)):
        letter = kafka.letter_of(record)
        found[letter.source.lstrip("/").replace("/", "."), letter.subject].append(letter)
    return dict(found)


async def dead_letters(app: Any) -> list[tuple[str, str, str]]:
    """(service, event type, reason) of everything that was ever set aside."""
    found = []
    for name, engine in app.state.engines.items():
        found += [(name, row["type"], row["reason"]) for row in await engine.store.rows("letters", {})]
    return found
