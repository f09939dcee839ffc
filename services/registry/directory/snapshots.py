"""Taking the nightly snapshot: every row as it was at one moment, streamed into files of small pieces, whatever their number.

Of several replicas one takes it; one that dies leaves its claim, which runs out. The pieces of a night are written before its record
tells of them, so whoever hears `PublicDirectoryUpdated` can fetch them.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import structlog

from services.registry.directory.public_list import ROWS
from services.registry.directory.representatives import with_names
from services.registry.directory.snapshot import RULES, Files, snapshots
from services.registry.directory.views import FIELDS, csv_head, csv_lines, shown
from shared.engine import Engine
from shared.mongo import Store
from shared.record import SHANGHAI, Call

CHUNKS, CLAIMS = "directory_snapshots", "directory_claims"
PIECE = 1 << 20  # bytes gathered before a piece is written
CLAIM = timedelta(minutes=10)
EVERY = 60.0  # seconds between two looks at the clock
log = structlog.get_logger()


class Pieces:
    """One file on its way into the store: hashed, cut and packed as it comes, never whole in memory."""

    def __init__(self, store: Store, day: date, form: str) -> None:
        self.store, self.prefix, self.held, self.size, self.n = store, f"{day}/{form}", bytearray(), 0, 0
        self.hash = hashlib.sha256()

    async def write(self, data: bytes) -> None:
        self.hash.update(data)
        self.size += len(data)
        self.held += data
        if len(self.held) >= PIECE:
            await self.flush()

    async def flush(self) -> None:
        packed = zlib.compress(bytes(self.held), 1)
        await self.store.put(CHUNKS, f"{self.prefix}/{self.n:06d}", {"$set": {"data": packed}})
        self.n, self.held = self.n + 1, bytearray()


async def take(store: Store, day: date, as_of: datetime, batch: int = 250) -> Files:
    """Write both files of a day and say what they are."""
    json, csv = Pieces(store, day, "json"), Pieces(store, day, "csv")
    await json.write(orjson.dumps({"as_of": as_of, "fields": FIELDS})[:-1] + b',"associations":[\n')
    await csv.write(csv_head().encode())
    held: list[dict[str, Any]] = []
    n = 0

    async def write() -> None:
        nonlocal n
        told = [shown(row, FIELDS) for row in await with_names(store, held)]
        lines = b",\n".join(orjson.dumps(item) for item in told)
        await json.write(b",\n" + lines if n else lines)
        await csv.write(csv_lines(told).encode())
        n += len(told)
        held.clear()
        await asyncio.sleep(0)  # requests go before the files of the night

    async for row in store.stream(ROWS, {"registered_on": {"$exists": True}}, batch=batch):
        held.append(row)
        if len(held) == batch:
            await write()
    if held:
        await write()
    await json.write(b"\n]}\n")
    for pieces in (json, csv):
        await pieces.flush()
    return Files(day=day, as_of=as_of, associations=n, json_sha256=json.hash.hexdigest(), json_bytes=json.size,
                 csv_sha256=csv.hash.hexdigest(), csv_bytes=csv.size)  # fmt: skip


async def chunks(store: Store, day: date, form: str) -> AsyncIterator[bytes]:
    """The pieces of a file in their order, one at a time."""
    n = 0
    while (piece := await store.one(CHUNKS, f"{day}/{form}/{n:06d}")) is not None:
        yield zlib.decompress(piece["data"])
        n += 1


async def publish_due(engine: Engine) -> bool:
    """Take and publish the snapshot of this night, if it is time and nobody has; True when it was this process."""
    now = engine.now()
    day = now.astimezone(SHANGHAI).date()
    if now.astimezone(SHANGHAI).hour < RULES.in_force(day).hour or await engine.read(snapshots, str(day)) is not None:
        return False
    mine = str(uuid4())
    claim = {"by": mine, "until": now + CLAIM}
    await engine.store.put(CLAIMS, str(day), {"$setOnInsert": claim})
    await engine.store.claim(CLAIMS, {"_id": str(day), "until": {"$lte": now}}, {"$set": claim})
    if (await engine.store.one(CLAIMS, str(day)) or {}).get("by") != mine:
        return False
    files = await take(engine.store, day, now)
    call = Call("PLATFORM", engine.service.name, now, uuid4(), client=engine.service.name)
    await engine.execute(snapshots, "publish", files, call)
    log.info("snapshot published", day=str(day), associations=files.associations)
    return True


async def clear_away(engine: Engine) -> int:
    """Remove the pieces of nights whose record says they are no longer kept."""
    gone = 0
    for night in await engine.store.find(snapshots, {"stage": "WITHDRAWN"}, newest=True, limit=30):
        day = night.record.day
        gone += await engine.store.remove(CHUNKS, {"_id": {"$gte": f"{day}/", "$lt": f"{day}0"}})
    return gone


async def publish_nightly(engine: Engine) -> None:
    """Look once a minute whether a snapshot is due."""
    while True:
        await publish_due(engine)
        await clear_away(engine)
        await asyncio.sleep(EVERY)
