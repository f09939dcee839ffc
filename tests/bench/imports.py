"""`python -m tests.bench.imports [ROWS]`: a roll of 10,000 members from CSV and from XLSX, previewed and confirmed, against 10 seconds.

Beside the times: the processor's share of them (its own, the reader's and the store's), how long the service could not answer anybody else while it took them in, and how large the process has become.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from deploy.local import Stack
from shared.uscc import demo_code
from tests.registry.members.desk import XLSX, Desk, desk, table, workbook


async def stalls(found: list[float]) -> None:
    """The longest time in which nothing else had its turn."""
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        found.append(now - last - 0.005)
        last = now


def processor(stack: str) -> float:
    """Seconds of processor time so far: this process, those it has started and ended, and the store of the stack in this directory."""
    mine = psutil.Process().cpu_times()
    used = mine.user + mine.system + mine.children_user + mine.children_system
    for other in psutil.process_iter(["name", "cmdline"]):
        if "mongod" in (other.info["name"] or "") and stack in " ".join(other.info["cmdline"] or ()):
            times = other.cpu_times()
            used += times.user + times.system
    return used


async def take_in(at: Desk, data: bytes, kind: str, rows: int, stack: str) -> dict[str, Any]:
    waits: list[float] = []
    watch = asyncio.create_task(stalls(waits))
    begun, used = time.perf_counter(), processor(stack)
    shown = await at.send(data, kind)
    read = time.perf_counter()
    assert shown.status_code == 201, shown.text[:500]
    assert shown.json()["new"] == rows
    done = await at.confirm(shown.json()["id"])
    assert done.status_code == 200, done.text[:500]
    assert await at.take_in(shown.json()["id"]) == rows
    kept = time.perf_counter()
    watch.cancel()
    return {"rows": rows, "file_kB": len(data) // 1024, "preview_s": round(read - begun, 2), "confirm_and_take_in_s": round(kept - read, 2),
            "together_s": round(kept - begun, 2), "processor_s": round(processor(stack) - used, 2), "longest_stall_ms": round(max(waits) * 1000),
            "process_MiB": psutil.Process().memory_info().rss // 2**20}  # fmt: skip


async def measure(rows: int, mongo: str, stack: str) -> dict[str, Any]:
    codes = [demo_code("91611100", n) for n in range(1, rows + 1)]
    told: dict[str, Any] = {}
    async with desk(mongo) as at:
        told["csv"] = await take_in(at, table(codes), "text/csv", rows, stack)
        begun = time.perf_counter()
        out = await at.get("member-roll?format=xlsx")
        told["export_xlsx_s"] = round(time.perf_counter() - begun, 2)
        assert out.status_code == 200
    async with desk(mongo) as at:
        head = ["统一社会信用代码", "会员类型", "会员级别", "入会日期"]
        told["xlsx"] = await take_in(at, workbook([head, *([c, "单位", "理事", "2025-06-01"] for c in codes)]), XLSX, rows, stack)
    return told


def main(rows: int = 10_000) -> None:
    stack = Stack(Path(".local/bench-imports"))
    endpoints = stack.up()
    try:
        print(json.dumps(asyncio.run(measure(rows, endpoints.mongo, "bench-imports")), indent=1))
    finally:
        stack.down()


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
