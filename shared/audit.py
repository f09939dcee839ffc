"""Who was refused what: one entry for each refused authorisation, appended to a chain and kept for half a year.

What was done stands in the histories; what was not allowed stands here (reliability §1.6, 8; GB/T 22239 8.1.4.3: time, who, what, result).
An entry is written before the answer leaves, and those that come together leave in one write. Each carries the digest of the one before it,
so that one removed or changed is seen by `guildhall verify`. The chain is not keyed: whoever may rewrite the whole collection could forge it,
so the account of the services should have no more than `find` and `insert` there. Callers without a token are counted, not entered.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import structlog

from shared import metrics
from shared.engine import stamped
from shared.mongo import OUTAGES, REFUSALS, Doc, Store
from shared.record import Call, Refused

log = structlog.get_logger()
CHAINED = ("_id", "hash", "before", "before_at")
TRIES = 20  # of one batch, against other processes that append


def seal(before: str, entry: Mapping[str, Any]) -> str:
    """The digest of an entry and of the one before it."""
    told = {n: stamped(v) if n == "at" else v for n, v in entry.items() if n not in CHAINED}
    return sha256(before.encode() + orjson.dumps([entry["_id"], told], option=orjson.OPT_SORT_KEYS)).hexdigest()


def entry(call: Call, method: str, path: str, refusal: Refused, now: datetime) -> Doc:
    """Time, who, what and result; the account only as a digest, for it may be a person's."""
    return {"at": now.replace(microsecond=now.microsecond // 1000 * 1000), "role": call.role, "organisation": call.organisation, "district": call.district,
            "client": sha256(call.client.encode()).hexdigest()[:16], "method": method, "path": path[:200], "status": refusal.status,
            "code": refusal.code, "hidden": refusal.status == 404, "correlation": call.correlation or str(call.id)}  # fmt: skip


class Refusals:
    """The chain of one service. Its times are real ones, as is the age at which entries go, whatever the platform clock of a rehearsal says."""

    def __init__(self, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.store, self.now = store, now
        self._waiting: list[tuple[Doc, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def note(self, call: Call, method: str, path: str, refusal: Refused) -> None:
        """Enter one. With MongoDB away it is told to the log instead: no answer that says no may become another for it."""
        if call.role == "PUBLIC":
            metrics.REFUSALS.labels("PUBLIC").inc()
            return
        metrics.REFUSALS.labels(call.role).inc()
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((entry(call, method, path, refusal, self.now()), written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        try:
            await written
        except (*OUTAGES, TimeoutError) as error:
            log.error("refusal not entered", role=call.role, code=refusal.code, reason=type(error).__name__)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._append([e for e, _ in batch])
            except Exception as error:  # noqa: BLE001 - it is raised where each of them is awaited
                for _, written in batch:
                    if not written.done():
                        written.set_exception(error)
            else:
                for _, written in batch:
                    if not written.done():
                        written.set_result(None)

    async def _append(self, entries: Sequence[Doc]) -> None:
        left = list(entries)
        for _ in range(TRIES):
            newest = await self.store.rows(REFUSALS, {}, sort=[("_id", -1)], limit=1)
            left = left[await self.store.append(REFUSALS, chain(newest[0] if newest else None, left)) :]
            if not left:
                break
        newest = await self.store.rows(REFUSALS, {}, sort=[("_id", -1)], limit=1)
        if newest:  # what the chain had reached, so that its end cannot go unseen
            await self.store.put("meta", REFUSALS, {"$max": {"entries": newest[0]["_id"], "at": newest[0]["at"]}})
        if left:
            raise TimeoutError("others appended all the while")


def chain(last: Doc | None, entries: Sequence[Doc]) -> list[Doc]:
    """Entries as links behind the last one."""
    linked: list[Doc] = []
    for told in entries:
        before = linked[-1] if linked else last
        link = {**told, "_id": before["_id"] + 1 if before else 1, "before": before["hash"] if before else "",
                "before_at": before["at"] if before else None}  # fmt: skip
        linked.append(link | {"hash": seal(link["before"], link)})
    return linked
