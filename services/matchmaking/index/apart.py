"""Filling a generation, in this process or in one of its own. docs/decisions/0018.

The engine holds the interpreter while it writes and optimises, which for a million profiles is minutes in which nothing else is answered. So a
large index is filled by `python -m services.matchmaking.index.apart`: it reads what to do as one line of JSON from its standard input, tells how
far it is on its standard output, and ends. Closed, the generation is opened by whoever asked for it.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from services.matchmaking.engine.scoring import Scale
from services.matchmaking.index.edge import EdgeIndex
from services.matchmaking.index.port import IndexBroken
from services.matchmaking.index.shelf import Generation
from services.matchmaking.profiles.profile import party_of, scale_of
from services.matchmaking.profiles.projection import PROFILES
from shared.mongo import Doc, Store

NICE = 10  # who is asked meanwhile goes first


@dataclass(frozen=True)
class Task:
    """What to fill, from where, by the versions of which day; `page` profiles at a time."""

    mongo: str
    driver: str
    database: str
    path: str
    day: str
    page: int


async def filled(store: Store, made: Generation, scale: Scale, page: int) -> AsyncGenerator[tuple[int, int], None]:
    """Write every profile of the read model; after each page, how many are in and of how many."""
    total, done, after = await store.tally(PROFILES, {}), 0, ""
    while rows := await store.rows(PROFILES, {"_id": {"$gt": after}}, limit=page):
        parties, after = [row for row in rows if row.get("kind")], rows[-1]["_id"]

        def write(rows: list[Doc] = parties) -> None:
            fresh = [party_of(row) for row in rows]
            for kind, copy in made.copies.items():
                if mine := [p for p in fresh if p.kind == kind]:
                    copy.apply(mine, (), scale, fresh=True)

        await asyncio.to_thread(write)
        done += len(rows)
        yield done, total


async def filled_apart(task: Task) -> AsyncGenerator[tuple[int, int], None]:
    """The same by a process of its own, which also optimises. Raises: IndexBroken when it ends otherwise than well."""
    path = os.pathsep.join(p for p in sys.path if p)
    process: Any = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.matchmaking.index.apart", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    try:
        with contextlib.suppress(ConnectionError):  # one that has ended already says so by its code
            process.stdin.write(orjson.dumps(asdict(task)) + b"\n")  # no argument: the address of the database has a password in it
            await process.stdin.drain()
        async for line in process.stdout:
            done, total = orjson.loads(line)
            yield done, total
        if code := await process.wait():
            raise IndexBroken(f"filling it ended with {code}")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def work(task: Task, asked_by: int) -> None:
    store = Store(task.mongo, task.database, task.driver)
    made = Generation(Path(task.path), lambda path, _: EdgeIndex(path))
    try:
        async for done, total in filled(store, made, scale_of(date.fromisoformat(task.day)), task.page):
            if os.getppid() != asked_by:
                raise IndexBroken("whoever asked for it has ended")
            sys.stdout.buffer.write(orjson.dumps((done, total)) + b"\n")
            sys.stdout.buffer.flush()
        made.optimize()
        made.flush()
    finally:
        made.close()
        await store.close()


def main() -> None:
    os.nice(NICE)
    asyncio.run(work(Task(**orjson.loads(sys.stdin.buffer.readline())), os.getppid()))


if __name__ == "__main__":
    main()
