"""What `guildhall verify` costs: `python -m tests.bench verify [--events 1000000] [--records 250000] [--commands 20000]`.

The library's databases and topics are loaded directly, as its commands would have left them; a reader has heard all of it. Then the checker
runs as a process of its own, and its time, CPU and peak memory are those the operating system tells. The budget is that of issue 4: ten
minutes and 500 MiB for a million events. The figures go to docs/verify-bench.json.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo import MongoClient

from deploy.local import Stack
from shared import kafka
from shared.engine import stamped
from shared.findings import Report
from shared.mongo import Store
from shared.settings import Settings
from shared.verify import Verifier
from tests.bench.spine import ROOT, fresh, machine
from tests.shared.kernel_samples import club, library, loans

SECONDS, MIB = 600, 500
BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BATCH = 2000


def event(loan: str, n: int, type_: str, move: str, data: dict[str, Any]) -> dict[str, Any]:
    at, call = stamped(BEGAN + timedelta(seconds=n)), str(uuid.uuid5(uuid.NAMESPACE_OID, f"{loan}/{n}"))
    return {"_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{loan}/{n}")), "type": f"library.loans.{type_}.v1", "source": "/library/loans/loan", "subject": loan,
            "sequence": n, "time": at, "recorded": at, "move": move, "call": call, "actor": {"role": "ENTERPRISE", "organisation": "e1"},
            "correlation": call, "causation": call, "data": data}  # fmt: skip


def story(number: int, versions: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A loan with its events: lent, then marked again and again."""
    loan, due = f"loan-{number:08d}", "2026-12-31T00:00:00Z"
    told = [
        event(loan, 1, "book_lent", "lend", {"book": f"book {number}", "reader": "e1", "claim": f"{number}/0", "due": due, "since": None})
    ]
    told += [
        event(loan, n, "book_marked", "mark", {"mark": f"page {n}, and a note of some forty characters"}) for n in range(2, versions + 1)
    ]
    state = {"id": loan, "stage": "LENT", "book": f"book {number}", "reader": "e1", "claim": f"{number}/0", "due": due, "since": None,
             "marks": [e["data"]["mark"] for e in told[1:]]}  # fmt: skip
    calls = [{"id": e["call"], "digest": "", "version": e["sequence"], "at": BEGAN} for e in told]
    doc = {"_id": loan, "version": versions, "schema": 1, "state": state, "fired": {}, "created": {"at": BEGAN, "role": "ENTERPRISE", "organisation": "e1"},
           "changed_at": BEGAN, "opened_by": f"{told[0]['call']}/0", "calls": calls, "outbox": []}  # fmt: skip
    return doc, told


def stories(events: int, records: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    for number in range(records):
        yield story(number, events // records + (number < events % records))


async def load(settings: Settings, events: int, records: int, commands: int, history: Path) -> None:
    """Documents, histories, topic, the reader's heads and offsets, and the list of a client that gave the first `commands`."""
    await kafka.create_topics(settings.kafka, [settings.prefix + t for s in (library, club) for t in s.topics], partitions=4)
    for service in (library, club):
        store = Store(settings.mongo, f"{settings.prefix}{service.name}")
        await store.prepare(service.kinds, service.indexes)
        await store.close()
    producer = AIOKafkaProducer(bootstrap_servers=list(settings.kafka), linger_ms=20, max_batch_size=512 * 1024)
    await producer.start()
    topic, left = settings.prefix + loans.topic, stories(events, records)
    with MongoClient[dict[str, Any]](settings.mongo) as client, history.open("wb") as answers:
        ours, theirs = client[f"{settings.prefix}library"], client[f"{settings.prefix}club"]
        while batch := list(islice(left, BATCH)):
            sends = [
                await producer.send(topic, orjson.dumps(e["data"]), key=doc["_id"].encode(), headers=kafka.headers(e))
                for doc, told in batch
                for e in told
            ]
            ours[loans.collection].insert_many([doc for doc, _ in batch])
            ours[f"{loans.collection}.history"].insert_many([e for _, told in batch for e in told])
            theirs["heads"].insert_many([{"_id": f"/library/loans/loan/{doc['_id']}", "seq": doc["version"]} for doc, _ in batch])
            for doc, told in batch[: max(0, commands)]:
                last = told[-1]
                answers.write(orjson.dumps({"key": last["_id"], "service": "library", "kind": loans.name, "id": doc["_id"], "outcome": "ok", "version": doc["version"],
                                            "status": 200, "started": last["time"], "ended": last["time"], "call": last["call"]}) + b"\n")  # fmt: skip
            commands -= len(batch)
            await asyncio.gather(*sends)
    await producer.stop()
    reader = AIOKafkaConsumer(bootstrap_servers=list(settings.kafka), group_id=f"{settings.prefix}club", enable_auto_commit=False)
    await reader.start()
    parts = [TopicPartition(topic, p) for p in await kafka.partitions_of(reader, topic)]
    reader.assign(parts)
    await reader.commit(await reader.end_offsets(parts))
    await reader.stop()


async def check(history: str) -> None:
    """The measured process: one run over both services; the report as JSON."""
    verifier = Verifier([library, club], Settings.from_environment(profile="test"), histories=[Path(history)] if history else ())
    try:
        report: Report = await verifier.run()
    finally:
        await verifier.close()
    print(json.dumps(report.json(), default=str))


def measured(settings: Settings, history: Path | None) -> dict[str, Any]:
    """One run as a process: seconds, CPU seconds, peak MiB, and what it said."""
    env = os.environ | {"GUILDHALL_KAFKA": ",".join(settings.kafka), "GUILDHALL_MONGO": settings.mongo, "GUILDHALL_PREFIX": settings.prefix}
    begun, load_ = time.perf_counter(), os.getloadavg()[0]
    child = subprocess.Popen([sys.executable, "-m", "tests.bench.verify", str(history or "")], env=env, cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the checker ended with {child.returncode}")
    report = json.loads(said)
    return {"seconds": round(time.perf_counter() - begun, 1), "cpu_s": round(usage.ru_utime + usage.ru_stime, 1), "peak_mib": round(usage.ru_maxrss / 1024),
            "load": round(load_, 1), "clean": report["clean"], "looked_at": report["looked_at"], "findings": report["findings"][:5]}  # fmt: skip


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench verify")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=0, help="four events each, unless it is said")
    parser.add_argument("--commands", type=int, default=20_000, help="in the history of a client")
    asked = parser.parse_args(arguments)
    records = asked.records or max(1, asked.events // 4)
    directory = Path(tempfile.mkdtemp(prefix="guildhall-bench-"))
    stack, history = Stack(directory / "stack"), directory / "history.jsonl"
    endpoints = stack.up()
    try:
        settings = Settings(profile="test", kafka=tuple(endpoints.kafka.split(",")), mongo=endpoints.mongo, prefix=fresh())
        begun = time.perf_counter()
        asyncio.run(load(settings, asked.events, records, asked.commands, history))
        print(f"loaded {asked.events:,} events of {records:,} records in {time.perf_counter() - begun:.0f} s", flush=True)
        run = measured(settings, history if asked.commands else None)
    finally:
        stack.down(*endpoints.started)
    result = {"machine": machine(), "events": asked.events, "records": records, "commands": asked.commands, **run,
              "within_budget": run["seconds"] <= SECONDS and run["peak_mib"] <= MIB}  # fmt: skip
    (ROOT / "docs" / "verify-bench.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if not run["clean"]:
        raise SystemExit("the checker found what was not planted")


if __name__ == "__main__":
    asyncio.run(check(sys.argv[1]))
