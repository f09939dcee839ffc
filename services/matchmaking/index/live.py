"""The index of this process while it runs: kept up with the read model, rebuilt beside itself, and switched.

Every process has its own copy and the read model is the truth (docs/decisions/0011). Changes come by MongoDB's change stream and are
confirmed by a majority before they are seen; the index remembers the position behind what it holds, and goes on from there.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import structlog

from services.matchmaking.engine.retrieval import RETRIEVALS, Page, Provenance, Ranked, Wish
from services.matchmaking.engine.scoring import Party, Scale
from services.matchmaking.engine.weights import PartyKind
from services.matchmaking.index.apart import Task, filled, filled_apart
from services.matchmaking.index.edge import EdgeIndex
from services.matchmaking.index.encoding import version_of
from services.matchmaking.index.port import IndexAway, IndexBroken, MatchIndex
from services.matchmaking.index.server import ServerIndex, connected
from services.matchmaking.index.shelf import Generation, Opener, Shelf
from services.matchmaking.profiles.profile import party_of, scale_of
from services.matchmaking.profiles.projection import PROFILES
from shared.engine import Engine
from shared.mongo import Busy, Doc, Forgotten, Store
from shared.record import SHANGHAI
from shared.settings import Settings

log = structlog.get_logger()
ORDERS = "matching_index"  # what operators ask for, and what each process says of its index
PAGE = 1000  # profiles read at a time
GATHER = 500  # changes applied together
SEEN = 10.0  # seconds between signs of life for operators
LOOK = 2.0  # seconds between looks at orders and versions
IDLE = 30.0  # seconds after which a position without changes is remembered, so that it does not grow too old to go on from
CHURN = 0.10  # of the points changed before it is optimised
SOON = 50  # milliseconds without a change after which there is none
LOOKS = 3  # at a rebuilt index before it counts as different
SAMPLES = 20  # lists compared before a switch, per kind
APART = 20_000  # profiles beyond which an index is filled by a process of its own
AGAIN = 30.0  # seconds after which what has failed is tried again
SCAN_MOST = 20_000  # candidates that brute force may take on while there is no index


def building() -> Busy:
    return Busy("index_building", "the index is being built; try again in some minutes", "推荐索引正在构建，请数分钟后再试")


async def few_enough(store: Store, kind: PartyKind) -> None:
    """Raises: Busy where there are too many to score all of them."""
    if await store.tally(PROFILES, {"kind": kind}) > SCAN_MOST:
        raise building()


class Absent:
    """In place of an index that is not open yet, or no more: what few there are may be scored without."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def ranked(self, seeker: Party, kind: PartyKind, scale: Scale, day: date, wish: Wish) -> Ranked | None:
        await few_enough(self.store, kind)
        return None

    async def left_out(self, seeker: Party, kind: PartyKind, scale: Scale, wish: Wish, after: str) -> Page | None:
        await few_enough(self.store, kind)
        return None


class Live:
    """One per process and database."""

    def __init__(self, engine: Engine, shelf: Shelf, opener: Opener, name: str) -> None:
        self.engine, self.store, self.shelf, self.opener, self.name = engine, engine.store, shelf, opener, name
        self.generation: Generation | None = None
        self.lock = asyncio.Lock()  # held by whoever writes to the index in use, or changes which one it is
        self.building = False

    def scale(self) -> Scale:
        return scale_of(self.engine.now().astimezone(SHANGHAI).date())

    async def version(self) -> str:
        return f"{version_of(self.scale())}/{await self.store.identity(PROFILES)}"

    # ── answers ───────────────────────────────────────────────────────────────────────────────────
    async def ranked(self, seeker: Party, kind: PartyKind, scale: Scale, day: date, wish: Wish) -> Ranked | None:
        async with self.usable(kind, scale) as generation:
            if generation is None:
                return None
            copy, version, at = generation.copies[kind], generation.dictionary.version, generation.at
            found = await asyncio.to_thread(copy.search, seeker, scale, day, wish)
            return Ranked(
                found.best, found.held_back, Provenance(dictionary=version, checkpoint=at, fetched=found.fetched, certified=found.certified)
            )

    async def left_out(self, seeker: Party, kind: PartyKind, scale: Scale, wish: Wish, after: str) -> Page | None:
        async with self.usable(kind, scale) as generation:
            if generation is None:
                return None
            return await asyncio.to_thread(generation.copies[kind].left_out, seeker, scale, wish, after)

    @contextlib.asynccontextmanager
    async def usable(self, kind: PartyKind, scale: Scale) -> AsyncIterator[Generation | None]:
        """The generation in use, kept open meanwhile; None where it was made by other versions and few enough are to be scored without.

        Raises: Busy."""
        generation = self.generation
        if generation is None or generation.version.rpartition("/")[0] != version_of(scale):
            await few_enough(self.store, kind)
            yield None
            return
        generation.users += 1
        try:
            yield generation
        except IndexBroken as broken:
            log.error("the index is built anew", service=self.engine.service.name, reason=str(broken))
            self.discard(generation)
            raise building() from None
        except IndexAway as away:
            log.warning("the index is away", service=self.engine.service.name, reason=str(away))
            raise Busy("index_away", "the index does not answer; try again in a moment", "推荐索引暂不可用，请稍后再试") from None
        finally:
            generation.users -= 1
            self.bury(generation)

    def discard(self, generation: Generation) -> None:
        if self.generation is generation:
            self.generation = None
        generation.retired = True

    def bury(self, generation: Generation) -> None:
        """Close and remove what is no longer in use, once nobody reads it."""
        if generation.retired and not generation.users and generation.copies:
            generation.drop()
            self.shelf.remove(generation.path)

    # ── work ──────────────────────────────────────────────────────────────────────────────────────
    async def run(self) -> None:
        """Open what is there or build it, then follow the read model for ever. Raises: the store's OUTAGES, to be begun anew."""
        await self.begin()
        async with asyncio.TaskGroup() as both:
            both.create_task(self.follow())
            both.create_task(self.attend())

    async def begin(self) -> None:
        if self.generation is None and (path := self.shelf.current()):
            try:
                self.generation = await asyncio.to_thread(self._open, path)
            except IndexBroken as broken:
                log.warning("the index is built anew", service=self.engine.service.name, reason=str(broken))
        await asyncio.to_thread(self.shelf.sweep, [self.generation.path] if self.generation else [])
        if self.generation is None or self.generation.version != await self.version():
            await self.build()

    def _open(self, path: Path) -> Generation:
        generation = Generation(path, self.opener)
        try:
            generation.load(self.scale())
        except IndexBroken:
            generation.close()
            raise
        return generation

    async def follow(self) -> None:
        """Apply changes as they come, those that come together together."""
        while True:
            generation = self.generation
            if generation is None:
                if not await self.build():
                    await asyncio.sleep(LOOK)
                continue
            queue: asyncio.Queue[tuple[str, str, Doc]] = asyncio.Queue(maxsize=4 * GATHER)

            async def listen(after: Any, queue: asyncio.Queue[tuple[str, str, Doc]] = queue) -> None:
                async for change in self.store.follow(PROFILES, after):
                    await queue.put(change)

            listening = asyncio.create_task(listen(generation.copies["ASSOCIATION"].token))
            try:
                await self._apply_all(queue, listening)
            except Forgotten as forgotten:
                log.warning("the index is built anew", service=self.engine.service.name, reason=str(forgotten))
                self.discard(generation)
                self.bury(generation)
            except IndexBroken as broken:
                log.error("the index is built anew", service=self.engine.service.name, reason=str(broken))
                self.discard(generation)
                self.bury(generation)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _apply_all(self, queue: asyncio.Queue[tuple[str, str, Doc]], listening: asyncio.Task[None]) -> None:
        noted = time.monotonic()
        while True:
            first = asyncio.create_task(queue.get())
            try:
                await asyncio.wait({first, listening}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                first.cancel()  # does nothing to one that is done
            if not first.done():
                return listening.result()  # raises why it ended; a dropped collection is followed anew
            if self.generation is None:
                return None
            changes = [first.result()]
            while not queue.empty() and len(changes) < GATHER:
                changes.append(queue.get_nowait())
            ids = {id_ for id_, _, _ in changes if id_}
            if ids or time.monotonic() - noted > IDLE:
                async with self.lock:
                    if self.generation is None:
                        return None
                    at = next((at for _, at, _ in reversed(changes) if at), "")
                    await self._hold(self.generation, ids, at, changes[-1][2])
                noted = time.monotonic()

    async def _hold(self, generation: Generation, ids: set[str], at: str, token: Any) -> None:
        """Bring these profiles to what the read model says of them now."""
        rows = await self.store.rows(PROFILES, {"_id": {"$in": sorted(ids)}}) if ids else []
        parties = [party_of(row) for row in rows if row.get("kind")]
        gone = sorted(ids - {p.id for p in parties})
        scale = self.scale()
        if generation.version.rpartition("/")[0] != version_of(scale):
            return  # other weights are in force since: the next generation is on its way, and this one answers nobody

        def write() -> None:
            for kind, copy in generation.copies.items():
                copy.apply([p for p in parties if p.kind == kind], gone, scale)
            generation.note(at, token, generation.version)

        await asyncio.to_thread(write)

    async def attend(self) -> None:
        """What operators ask for, a change of versions, and tidying."""
        seen = 0.0
        while True:
            if time.monotonic() - seen > SEEN:
                seen = time.monotonic()
                await self.store.put(ORDERS, self.name, {"$set": {"seen_at": datetime.now(UTC)}})
            order = await self.store.one(ORDERS, "order") or {"number": 0}
            mine = await self.store.one(ORDERS, self.name)
            if mine is None or "order" not in mine:
                await self.say(order=order["number"])
            elif order["number"] > mine["order"]:
                await self.build(order=order["number"], unlike=order.get("unlike", False))
            elif self.generation and self.generation.version != await self.version():
                await self.build()
            elif self.generation:
                changed = [c for c in self.generation.copies.values() if c.churn > max(PAGE, CHURN * c.tally.parties)]
                if changed and await self.is_large():
                    if not await self.build():
                        for copy in changed:
                            copy.churn = 0  # the old one stays; as many changes again are the next occasion
                else:
                    for copy in changed:
                        await asyncio.to_thread(copy.optimize)
            await asyncio.sleep(LOOK)

    async def say(self, **fields: Any) -> None:
        """What operators see of this process."""
        generation = self.generation
        told = {"generation": generation.path.name, "version": generation.version, "checkpoint": generation.at} if generation else {}
        await self.store.put(ORDERS, self.name, {"$set": {**told, **fields, "changed_at": self.engine.now()}})

    # ── building ──────────────────────────────────────────────────────────────────────────────────
    async def build(self, order: int | None = None, unlike: bool = False) -> bool:
        """Build a generation beside the one in use, compare, and switch; returns whether it took its place.

        Those of the same versions must say the same: otherwise the old one stays, unless an operator has ordered it `unlike`."""
        if self.building:
            return False
        self.building, number = True, {} if order is None else {"order": order}
        made: Generation | None = None
        try:
            version, began, found = await self.version(), time.monotonic(), list[str]()
            path, token = self.shelf.new(), await self._position()
            if await self.is_large():
                try:
                    await self._tell_of(filled_apart(self._task(path)))
                except IndexBroken as broken:
                    log.error("the index was not filled and is tried again", service=self.engine.service.name, reason=str(broken))
                    await self.say(state="FAILED", said=[str(broken)])
                    await asyncio.to_thread(self.shelf.remove, path)
                    await asyncio.sleep(AGAIN)
                    return False
                made = await asyncio.to_thread(Generation, path, self.opener)
            else:
                made = await asyncio.to_thread(Generation, path, self.opener)
                await self._fill(made)
                await asyncio.to_thread(made.optimize)
            await asyncio.to_thread(made.note, "", token, version)
            await asyncio.to_thread(made.load, self.scale())
            token = await self._catch_up(made, token)
            async with self.lock:
                for _ in range(LOOKS):  # what is registered between two looks is no difference
                    token = await self._catch_up(made, token)
                    if self.generation and self.generation.version == version:
                        await self._catch_up(self.generation, self.generation.copies["ASSOCIATION"].token)
                    if not (found := await self.differences(made)):
                        break
                if found and not unlike:
                    await self.say(state="DIFFERS", said=found[:5], **number)
                    log.error(
                        "the rebuilt index is not like the one in use, which stays", service=self.engine.service.name, found=len(found)
                    )
                    made.retired = True
                    return False
                await asyncio.to_thread(made.flush)
                await asyncio.to_thread(self.shelf.switch, made.path)
                before, self.generation = self.generation, made
            if before:
                before.retired = True
                self.bury(before)
            await self.say(state="LIVE", said=found[:5], seconds=round(time.monotonic() - began, 1), **number)
            return True
        finally:
            self.building = False
            if made and made is not self.generation:
                made.retired = True
                self.bury(made)

    async def _position(self) -> Any:
        """Where the read model is now."""
        async with contextlib.aclosing(self.store.follow(PROFILES, idle_ms=SOON)) as changes:
            async for _, _, token in changes:
                return token
        raise Forgotten("the read model was dropped")

    async def is_large(self) -> bool:
        """Whether filling an index of this process would keep it from answering for long (docs/decisions/0018)."""
        return self.opener is embedded and await self.store.tally(PROFILES, {}) > APART

    def _task(self, path: Path) -> Task:
        day = self.engine.now().astimezone(SHANGHAI).date().isoformat()
        return Task(self.store.uri, self.store.driver, self.store.db.name, str(path), day, PAGE)

    async def _fill(self, made: Generation) -> None:
        await self._tell_of(filled(self.store, made, self.scale(), PAGE))

    async def _tell_of(self, filling: AsyncGenerator[tuple[int, int], None]) -> None:
        """Say how far it is, not more often than operators look."""
        told = 0.0
        async with contextlib.aclosing(filling):
            async for done, total in filling:
                if time.monotonic() - told > 1:
                    told = time.monotonic()
                    await self.say(state="BUILDING", done=done, total=total)

    async def _catch_up(self, made: Generation, token: Any) -> Any:
        """Apply what has changed since the token, until nothing follows; returns where that is."""
        ids: set[str] = set()
        at = ""
        async with contextlib.aclosing(self.store.follow(PROFILES, token, idle_ms=SOON)) as changes:
            async for id_, when, token in changes:
                ids |= {id_} if id_ else set()
                at = when or at
                if len(ids) >= GATHER or not id_:
                    await self._hold(made, ids, at, token)
                    if not id_:
                        return token
                    ids = set()
        raise Forgotten("the read model was dropped")

    async def differences(self, made: Generation) -> list[str]:
        """What the new one says otherwise than the read model and, where it was made by the same versions, than the one in use."""
        found, old, scale = [], self.generation, self.scale()
        day = self.engine.now().astimezone(SHANGHAI).date()
        for kind, copy in made.copies.items():
            there, here = await self.store.tally(PROFILES, {"kind": kind}), await asyncio.to_thread(copy.points)
            if there != here:
                found.append(f"{kind}: {here} profiles instead of {there}")
        if old is None or old.version != made.version:
            return found
        for kind, copy in made.copies.items():
            if (here := await asyncio.to_thread(copy.points)) != (there := await asyncio.to_thread(old.copies[kind].points)):
                found.append(f"{kind}: {here} profiles, {there} in the one in use")
            seekers: PartyKind = "ENTERPRISE" if kind == "ASSOCIATION" else "ASSOCIATION"
            for row in await self.store.rows(PROFILES, {"kind": seekers}, limit=SAMPLES):
                seeker = party_of(row)
                one = await asyncio.to_thread(copy.search, seeker, scale, day, Wish(10))
                other = await asyncio.to_thread(old.copies[kind].search, seeker, scale, day, Wish(10))
                if [(p.id, a) for p, a in one.best] != [(p.id, a) for p, a in other.best]:
                    found.append(f"{kind}: another list for {seekers} {seeker.id}")
        return found


def embedded(path: Path, _kind: PartyKind) -> MatchIndex:
    return EdgeIndex(path)


def opener_of(settings: Settings, database: str, client: Any = None) -> Opener:
    """Qdrant Edge below the directory, or a server where settings name one; on it, each process has collections of its own."""
    if not settings.qdrant and client is None:
        return embedded
    if client is None:
        client = connected(settings.qdrant, settings.qdrant_key)
    who = settings.pod_name or socket.gethostname()

    def opened(path: Path, kind: PartyKind) -> MatchIndex:
        return ServerIndex(client, f"{database}-{who}-{path.parent.name}-{kind.lower()}")

    return opened


def root_of(settings: Settings, database: str) -> Path:
    return Path(settings.matching_directory or Path(settings.directory) / "matching") / database


async def keep_index(engine: Engine) -> None:
    """The loop of the service: the index of this process, from its first moment to its last."""
    settings, database = Settings.from_environment(), engine.store.db.name
    absent = RETRIEVALS[database] = Absent(engine.store)
    shelf = await asyncio.to_thread(Shelf, root_of(settings, database))
    live = Live(engine, shelf, opener_of(settings, database), f"{settings.pod_name or socket.gethostname()}/{shelf.path.name}")
    RETRIEVALS[database] = live
    try:
        await live.run()
    finally:
        RETRIEVALS[database] = absent
        if live.generation:  # a thread may still be reading: it finds a closed index and says so
            live.generation.close()
        shelf.release()
