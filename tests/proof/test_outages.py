"""A dead broker, a dead database: commands go on or are told to come back, nothing is lost, nobody has to restart us (issue 3 §6).

The short form stays away for a few seconds; `make prove` keeps the servers dead for `OUTAGE_SECONDS` (60 by default there).
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.shared.conftest import Zone, running, until
from tests.shared.kernel_samples import club, library, notes

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
AWAY = float(os.environ.get("OUTAGE_SECONDS", "6"))


@pytest.fixture
async def own_zone(private_stack: Any) -> AsyncIterator[Zone]:
    endpoints = await asyncio.to_thread(private_stack.up)
    async for zone in running([library, club], endpoints):
        yield zone


async def noted(zone: Zone, count: int) -> bool:
    return await zone.engine("club").store.count(notes, {}) == count


async def test_while_kafka_is_dead_commands_are_accepted_and_their_events_flow_after(own_zone: Zone, private_stack: Any) -> None:
    await own_zone.post("/library/loans", {"book": "before"})
    await until(lambda: noted(own_zone, 1))
    await asyncio.to_thread(private_stack.kill_broker)
    made, end = [], time.monotonic() + AWAY
    while time.monotonic() < end:
        answer = await own_zone.post("/library/loans", {"book": f"during {len(made)}"})
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
        await own_zone.post(f"/library/loans/{made[-1]}:mark", {"mark": "a"})
        await asyncio.sleep(0.05)
    assert (await own_zone.client.get("/livez")).status_code == 200
    await asyncio.to_thread(private_stack.start_broker)
    await until(lambda: noted(own_zone, 1 + len(made)), 60)
    marks = await until(lambda: all_marked(own_zone, made), 60)
    assert marks == [["a"]] * len(made)
    assert await own_zone.engine("club").store.rows("letters", {}) == []
    await until(lambda: settled(own_zone), 60)


async def settled(zone: Zone) -> bool:
    """Nothing waits for Kafka any more."""
    return (await zone.engine("library").store.backlog(library.kinds))[0] == 0


async def all_marked(zone: Zone, loans: list[str]) -> list[list[str]]:
    rows = {r["_id"]: r["marks"] for r in await zone.engine("club").store.rows("marks", {"_id": {"$in": loans}})}
    return [rows[i] for i in loans] if len(rows) == len(loans) else []


async def test_while_mongodb_is_dead_callers_are_told_to_come_back_and_afterwards_all_goes_on(own_zone: Zone, private_stack: Any) -> None:
    first = (await own_zone.post("/library/loans", {"book": "before"})).json()["id"]
    await until(lambda: noted(own_zone, 1))
    await asyncio.to_thread(private_stack.kill_mongod)
    answers = await asyncio.gather(
        *(own_zone.post(f"/library/loans/{first}:mark", {"mark": f"{n}"}, Idempotency_Key=f"k{n}") for n in range(5))
    )
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
        assert answer.json()["code"] in ("store_unavailable", "busy")
    assert (await own_zone.client.get("/readyz")).status_code == 503
    assert (await own_zone.client.get("/livez")).status_code == 200
    await asyncio.sleep(max(0.0, AWAY - 5))
    await asyncio.to_thread(private_stack.start_mongod)
    for n in range(5):  # the same keys again: each takes effect exactly once
        await until(lambda n=n: accepted(own_zone, first, n), 30)
    await until(lambda: all_marked(own_zone, [first]), 30)
    (seen,) = await all_marked(own_zone, [first])
    await until(lambda: marked(own_zone, first, 5), 30)
    assert sorted(set(seen)) == sorted(seen)
    row = (await own_zone.get(f"/library/loans/{first}")).json()
    assert sorted(row["marks"]) == ["0", "1", "2", "3", "4"]
    assert (await own_zone.client.get("/readyz")).status_code == 200


async def accepted(zone: Zone, loan: str, n: int) -> bool:
    return (await zone.post(f"/library/loans/{loan}:mark", {"mark": f"{n}"}, Idempotency_Key=f"k{n}")).status_code == 200


async def marked(zone: Zone, loan: str, count: int) -> bool:
    found = await all_marked(zone, [loan])
    return bool(found) and len(found[0]) == count
