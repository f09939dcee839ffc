"""The index of a process on a real MongoDB: built, kept up, reused, rebuilt beside itself, and not harmed by a kill."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deploy.local import Endpoints
from services.matchmaking.engine.brute_force import rank
from services.matchmaking.engine.retrieval import RETRIEVALS, Wish
from services.matchmaking.index import apart
from services.matchmaking.index import live as living
from services.matchmaking.index.encoding import ENCODING
from services.matchmaking.index.live import ORDERS, Live, embedded
from services.matchmaking.index.operate import order_rebuild, outstanding, progress, told
from services.matchmaking.index.port import point_id
from services.matchmaking.index.shelf import Shelf
from services.matchmaking.matching.pairing import Listing, listing_of
from services.matchmaking.profiles.profile import party_of, scale_of
from services.matchmaking.recommendations import rows_of
from shared.engine import Engine, Service
from shared.mongo import Busy, Store
from shared.record import Malformed
from tests.matchmaking.index.worlds import CODES, PLACES, WORDS
from tests.matchmaking.samples import call

SEEKER = "seeker"
MARCH = datetime(2026, 3, 2, 4, tzinfo=UTC)
SCALE = scale_of(MARCH.date())
ROOT = Path(__file__).parents[3]


def row(n: int) -> dict[str, Any]:
    dice = Random(n)
    return {
        "_id": f"firm-{n:04}", "kind": "ENTERPRISE", "name": f"公司{n}", "place": dice.choice(PLACES), "gbt4754": [dice.choice(CODES)],
        "scale": dice.choice(("MICRO", "SMALL", "LARGE")), "updated_on": "2026-03-01", "listed": n % 9 != 0,
        "needs": {"n": {"texts": [dice.choice(WORDS)], "size": None}}, "offers": {"o": {"texts": [dice.choice(WORDS), dice.choice(WORDS)], "size": None}},
    }  # fmt: skip


@pytest.fixture
async def store(stack: Endpoints, prefix: str) -> AsyncIterator[Store]:
    made = Store(stack.mongo, f"test_{prefix.replace('-', '')}")
    seeker = {"_id": SEEKER, "kind": "ASSOCIATION", "name": "协会", "place": "XX", "gbt4754": ["3022"], "offers": {}, "updated_on": "2026-03-01",
              "needs": {"n": {"texts": ["预制构件 钢结构"], "size": "SMALL"}}}  # fmt: skip
    await made.append("profiles", [row(n) for n in range(120)] + [seeker, {"_id": "orphan", "members": 2}])
    yield made
    await made.drop()
    await made.close()


@asynccontextmanager
async def running(store: Store, root: Path) -> AsyncIterator[Live]:
    """The index as the service keeps it."""
    shelf = Shelf(root)
    live = Live(Engine(Service("matchmaking"), store, lambda: MARCH), shelf, embedded, "here/0")
    task = asyncio.create_task(live.run())
    try:
        await until(lambda: answered(live), task)
        yield live
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if live.generation:
            live.generation.close()
        shelf.release()


async def until(true: Callable[[], Awaitable[bool]], task: asyncio.Task[None] | None = None) -> None:
    async with asyncio.timeout(60):
        while not await true():
            if task and task.done():
                task.result()
            await asyncio.sleep(0.02)


async def answered(live: Live) -> bool:
    return live.generation is not None


async def asked(live: Live) -> list[tuple[str, float]]:
    seeker = party_of(await live.store.one("profiles", SEEKER) or {})
    found = await live.ranked(seeker, "ENTERPRISE", SCALE, MARCH.date(), Wish(10))
    assert found is not None
    assert found.provenance.certified
    return [(p.id, a.score) for p, a in found.best]


async def true_list(store: Store) -> list[tuple[str, float]]:
    rows = await store.rows("profiles", {"kind": "ENTERPRISE"})
    best = rank(party_of(await store.one("profiles", SEEKER) or {}), [party_of(r) for r in rows], SCALE, MARCH.date(), 10).best
    return [(p.id, a.score) for p, a in best]


async def test_it_is_built_kept_up_and_found_again_after_a_restart(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(store, tmp_path) as live:
        assert await asked(live) == await true_list(store)
        first = (await asked(live))[0][0]
        await store.put("profiles", first, {"$set": {"listed": False}})
        await until(lambda: gone(live, first))
        assert await asked(live) == await true_list(store)
        page = await live.left_out(party_of(await store.one("profiles", SEEKER) or {}), "ENTERPRISE", SCALE, Wish(10, left_out=50), "")
        assert page is not None
        assert first in {p.id for p, why in page.rejected if why == "not_listed"}
        assert page.after == ""
        before = live.generation and live.generation.path
    second = (await true_list(store))[0][0]
    await store.put("profiles", second, {"$set": {"active": False}})  # while nobody listens
    await store.remove("profiles", {"_id": (await true_list(store))[1][0]})

    async def no_build(*_: Any, **__: Any) -> bool:
        raise AssertionError("it was to be reused")

    with monkeypatch.context() as patched:
        patched.setattr(Live, "build", no_build)
        async with running(store, tmp_path) as live:
            assert live.generation
            assert live.generation.path == before
            await until(lambda: same(live, store))
            assert await asked(live) == await true_list(store)
    for file in (before or tmp_path).rglob("*"):
        if file.is_file() and file.name != "dictionary":
            file.write_bytes(b"\0" * 32)
    async with running(store, tmp_path) as live:
        assert await asked(live) == await true_list(store)
        assert live.generation
        assert live.generation.path != before


async def gone(live: Live, id_: str) -> bool:
    return id_ not in [i for i, _ in await asked(live)]


async def same(live: Live, store: Store) -> bool:
    return await asked(live) == await true_list(store)


async def test_a_rebuild_is_compared_and_takes_over_only_when_it_says_the_same(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living, "LOOK", 0.05)
    async with running(store, tmp_path) as live:
        before = live.generation
        await until(lambda: known(store))
        await order_rebuild(store, MARCH)
        await until(lambda: state(store, "LIVE"))
        assert live.generation is not before
        assert await asked(live) == await true_list(store)
        kept = live.generation
        assert kept
        assert [p.name for p in tmp_path.glob("0/g-*")] == [kept.path.name]
        kept.copies["ENTERPRISE"].index.delete([point_id((await asked(live))[0][0])])  # as if the engine had lost a point
        await order_rebuild(store, MARCH)
        await until(lambda: state(store, "DIFFERS"))
        assert live.generation is kept
        await order_rebuild(store, MARCH, unlike=True)
        await until(lambda: state(store, "LIVE"))
        assert live.generation is not kept
        assert await asked(live) == await true_list(store)


async def known(store: Store) -> bool:
    """The process has looked for orders once."""
    return "order" in (await store.one(ORDERS, "here/0") or {})


async def state(store: Store, wanted: str) -> bool:
    row, order = await store.one(ORDERS, "here/0") or {}, await store.one(ORDERS, "order") or {}
    return row.get("state") == wanted and row.get("order") == order.get("number")


REBUILDING = """
import asyncio, sys
from datetime import datetime, UTC
from pathlib import Path
from services.matchmaking.index import apart
from services.matchmaking.index import live as living
from services.matchmaking.index.shelf import Shelf
from shared.engine import Engine, Service
from shared.mongo import Store

async def main(mongo, database, root):
    living.PAGE, store = 10, Store(mongo, database)
    live = living.Live(Engine(Service("matchmaking"), store, lambda: datetime(2026, 3, 2, 4, tzinfo=UTC)), Shelf(Path(root)), living.embedded, "there/0")
    await live.begin()
    said = live._fill
    async def half(made):
        rows = store.rows
        async def slowly(*a, **k):
            found = await rows(*a, **k)
            print("building", flush=True)
            await asyncio.sleep(0.2)
            return found
        store.rows = slowly
        await said(made)
    live._fill = half
    print("before", live.generation.path.name, flush=True)
    await live.build()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_kill_during_a_rebuild_leaves_the_old_index_answering(store: Store, stack: Endpoints, tmp_path: Path) -> None:
    command = [sys.executable, "-c", REBUILDING, stack.mongo, store.db.name, str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout
    async with asyncio.timeout(60):
        before = (await process.stdout.readline()).decode().split()[1]
        for _ in range(3):
            assert (await process.stdout.readline()).strip() == b"building"
    assert len(list(tmp_path.glob("0/g-*"))) == 2
    process.send_signal(signal.SIGKILL)
    await process.wait()
    async with running(store, tmp_path) as live:
        assert live.generation
        assert live.generation.path.name == before
        assert await asked(live) == await true_list(store)
        await until(lambda: swept(tmp_path, before))


async def test_a_large_index_is_filled_by_a_process_of_its_own_and_is_the_same(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own process, while this one goes on answering; what changes meanwhile is caught up with."""
    monkeypatch.setattr(living, "APART", 10)
    monkeypatch.setattr(living, "PAGE", 20)

    async def by_itself(*_: Any) -> None:
        raise AssertionError("it was to be filled apart")

    monkeypatch.setattr(Live, "_fill", by_itself)
    async with running(store, tmp_path) as live:
        assert await asked(live) == await true_list(store)
        before = live.generation and live.generation.path
        first = (await asked(live))[0][0]
        rebuilding = asyncio.create_task(live.build())
        await store.put("profiles", first, {"$set": {"active": False}})
        while not rebuilding.done():
            assert len(await asked(live)) == 10
            await asyncio.sleep(0.05)
        assert await rebuilding
        assert live.generation
        assert live.generation.path != before
        await until(lambda: same(live, store))
        assert first not in [i for i, _ in await asked(live)]
        assert all(c.churn == 0 for c in live.generation.copies.values() if c.kind == "CHAMBER")


async def test_one_that_dies_while_filling_leaves_the_old_index_answering(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(store, tmp_path) as live:
        before = live.generation and live.generation.path
        monkeypatch.setattr(living, "APART", 10)
        monkeypatch.setattr(living, "AGAIN", 0.01)
        monkeypatch.setattr(apart.sys, "executable", "/bin/false")
        assert not await live.build()
        assert live.generation
        assert live.generation.path == before
        assert await asked(live) == await true_list(store)
        (told_,) = [r for r in await told(store) if r["_id"] == live.name]
        assert (told_["state"], told_["said"]) == ("FAILED", ["filling it ended with 1"])
        assert progress(told_) == "here/0: filling it ended with 1; it is tried again"
        assert progress({"_id": "here/0", "state": "BUILDING", "done": 3, "total": 9}) == "here/0: 3 of 9"
        await until(lambda: swept(tmp_path, before.name if before else ""))


async def test_a_large_index_that_has_changed_much_is_filled_anew_instead_of_being_optimised_here(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living, "LOOK", 0.05)
    monkeypatch.setattr(living, "PAGE", 5)
    async with running(store, tmp_path) as live:
        assert live.generation
        before = live.generation.path
        monkeypatch.setattr(living, "APART", 10)
        for n in range(40):
            await store.put("profiles", f"firm-{n:04}", {"$set": {"offers.o.texts": ["钢结构", f"新词{n}"]}})

        async def replaced() -> bool:
            return live.generation is not None and live.generation.path != before

        await until(replaced)
        await until(lambda: same(live, store))

        tries = 0

        async def in_vain(**_: Any) -> bool:
            nonlocal tries
            tries += 1
            return False

        monkeypatch.setattr(live, "build", in_vain)
        for n in range(40):
            await store.put("profiles", f"firm-{n:04}", {"$set": {"offers.o.texts": ["钢结构", f"别词{n}"]}})

        async def tried() -> bool:
            return tries > 0

        await until(tried)
        await until(lambda: same(live, store))
        before_pause = tries
        await asyncio.sleep(0.5)
        assert tries - before_pause <= 1, "what was in vain is not tried again at once"


async def swept(root: Path, kept: str) -> bool:
    return [p.name for p in root.glob("0/g-*")] == [kept]


async def test_operators_are_told_of_each_process_and_do_not_wait_for_those_that_have_ended(store: Store) -> None:
    await store.remove(ORDERS, {})
    number = await order_rebuild(store, MARCH)
    await store.put(ORDERS, "alive", {"$set": {"order": number - 1, "seen_at": datetime.now(UTC)}})
    await store.put(ORDERS, "ended", {"$set": {"order": number - 1, "seen_at": MARCH}})
    await store.put(ORDERS, "ready", {"$set": {"order": number, "seen_at": datetime.now(UTC)}})
    assert [row["_id"] for row in await told(store)] == ["alive", "ended", "ready"]
    assert [row["_id"] for row in await outstanding(store, number)] == ["alive"]
    assert await order_rebuild(store, MARCH) == number + 1


async def test_the_loop_of_the_service_answers_listings_and_says_by_what(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUILDHALL_MATCHING_DIRECTORY", str(tmp_path))
    engine = Engine(Service("matchmaking"), store, lambda: MARCH)
    seeker, asked_by = party_of(await store.one("profiles", SEEKER) or {}), call(organisation=SEEKER)

    async def listing(left_out: int = 0, **more: Any) -> Listing:
        return await listing_of(engine, rows_of(engine), seeker, "ENTERPRISES", asked_by, Wish(10, left_out=left_out), **more)

    without = await listing(left_out=5)
    assert (without.found_by.dictionary, without.found_by.certified) == ("", True)
    loop = asyncio.create_task(living.keep_index(engine))
    try:
        await until(lambda: found_by_index(listing), loop)
        found = await listing(left_out=5)
        assert [(p.id, a) for p, a in found.ranking.best] == [(p.id, a) for p, a in without.ranking.best]
        assert found.found_by.dictionary.startswith(f"{ENCODING}.")
        assert found.found_by.fetched >= 10
        out, after = {p.id for p, why in found.ranking.rejected if why != "class_full"}, found.after
        assert len(out) == 5
        while after:
            page = await listing(left_out=5, after=after)
            out |= {p.id for p, _ in page.ranking.rejected}
            after = page.after
        assert out == {r["_id"] for r in await store.rows("profiles", {"listed": False})}
        with pytest.raises(Malformed, match="no page"):
            await listing(left_out=5, after="firm-0001")
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    assert (await listing()).found_by.dictionary == ""
    monkeypatch.setattr(living, "SCAN_MOST", 100)
    with pytest.raises(Busy):
        await listing()
    assert RETRIEVALS.pop(store.db.name)


async def found_by_index(listing: Callable[[], Awaitable[Listing]]) -> bool:
    return bool((await listing()).found_by.dictionary)
