"""Growth: what one operation costs Guildhall when a thousand, a hundred thousand, a million records are there already; and more readers.

The records are put into the store directly, as the kernel would have left them (state, history, heads, rows of the directory), so that ten
million are a matter of an hour and not of a day: `ARGS="--records 10000000"`.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from pymongo.errors import BulkWriteError

from tests.bench import job
from tests.bench.anchor import Absent, build
from tests.bench.rig import LABELS, Rig, fresh, machine, mib, quantile, spread
from tests.bench.side import QUICK, Side, Size

SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
BATCH = 2_000
READS = 300


class Growth:
    def __init__(self, side: Side, rounds: int, events: int) -> None:
        self.side, self.rig, self.rounds, self.events = side, side.rig, rounds, events
        self.writing, self.reading = fresh(), fresh()  # two pairs of databases: what is posted must not reach the reader that is measured
        self.loaded = 0

    def prepare(self) -> None:
        """The services themselves make their collections and indexes."""
        for prefix, role in ((self.writing, "register"), (self.reading, "directory")):
            self.rig.topic(prefix)
            self.rig.start("kernel", role, prefix).stop()

    def load(self, upto: int) -> float:
        """Fill both stores to `upto` records; seconds it took."""
        begun, register, directory = (
            time.perf_counter(),
            self.rig.mongo[f"{self.writing}register"],
            self.rig.mongo[f"{self.reading}directory"],
        )
        rows = (
            register["associations.association"],
            register["associations.association.history"],
            directory["heads"],
            directory["directory"],
        )
        while self.loaded < upto:
            count = min(BATCH, upto - self.loaded)
            made = [job.loaded(n, "grown") for n in range(self.loaded, self.loaded + count)]
            for collection, docs in zip(rows, zip(*made, strict=True), strict=True):
                try:
                    collection.insert_many(docs, ordered=False)
                except BulkWriteError as error:
                    raise RuntimeError(f"loading {collection.name}: {(error.details or {})['writeErrors'][0]['errmsg']}") from None
            self.loaded += count
        return time.perf_counter() - begun

    def measure(self, records: int) -> dict[str, Any]:
        """One size: start, write, read, list, take in."""
        seconds = self.load(records)
        self.side.say(f"  {records:,} records, loaded in {seconds:.0f} s")
        disk = self.rig.disk(f"{self.writing}register") / records, self.rig.disk(f"{self.reading}directory") / records
        server = self.rig.start("kernel", "register", self.writing, wait=False)
        starts = self.rig.first_accepted(server, self.side.word())
        self.side.warm(server)
        made = [self.side.window(server, self.writing, 32, self.side.size.window) for _ in range(self.rounds)]
        alone = self.side.window(server, self.writing, 1, max(200, self.side.size.window // 8))
        ids = [
            d["_id"]
            for d in self.rig.mongo[f"{self.writing}register"]["associations.association"].aggregate([{"$sample": {"size": READS}}])
        ]
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=dict([self.rig.head.strip().split(": ", 1)])) as client:
            one = [timed(client, f"{job.PATH}/{id_}") for id_ in ids]
            page = [timed(client, f"{job.PATH}?district=XX-FD&limit=50&after={id_}") for id_ in ids]
        found = {k: spread([m[k] for m in made]) for k in ("post_per_s", "p50_ms", "p99_ms", "server_us", "mongod_us")} | {
            "records": records, "load_s": seconds, "start_s": starts, "alone_p50_ms": alone["p50_ms"], "read_p50_ms": quantile(one, 0.5), "list_p50_ms": quantile(page, 0.5),
            "loaded_mib": mib(server.process), "disk_register_bytes": disk[0], "disk_directory_bytes": disk[1],
        }  # fmt: skip
        server.stop()
        drained = [self.side.drained("kernel", 0, self.events, 1, self.reading, self.side.word()) for _ in range(max(1, self.rounds // 2))]
        return found | {f"drain_{k}": spread([d[k] for d in drained]) for k in ("events_per_s", "server_us", "mongod_us", "loaded_mib")}


def timed(client: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path.partition('?')[0]} answered {answer.status_code}")
    return (time.perf_counter() - begun) * 1000


def measure(quick: bool, with_anchor: bool, seed: int, records: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    directory, begun, anchor, absent = Path(tempfile.mkdtemp(prefix="guildhall-bench-")), time.perf_counter(), None, ""
    if with_anchor:
        try:
            anchor = build(directory / "anchor")
        except Absent as why:
            absent = str(why)
            say(absent)
    size = QUICK if quick else replace(Size(), window=3000, warm_windows=6)
    with Rig(directory, anchor) as rig:
        result: dict[str, Any] = {
            "machine": machine(rig),
            "quick": quick,
            "seed": seed,
            "absent": absent,
            "labels": LABELS,
            "sizes": [],
            "processes": {},
        }
        side = Side(rig, size, seed, say)
        growth = Growth(side, 1 if quick else 4, 5_000 if quick else 50_000)
        growth.prepare()
        for records_ in [n for n in SIZES if n <= records]:
            result["sizes"].append(growth.measure(records_))
        say("readers …")
        for form in ("kernel", *(("spring-document",) if anchor else ())):
            result["processes"][form] = {
                str(n): {
                    k: spread([v]) for k, v in side.drained(form, size.warm_events // 2, size.events // (4 if quick else 1), n).items()
                }
                for n in (1, 2, 4)
            }
    return result | {"seconds": time.perf_counter() - begun}
