"""What it costs to accept a command, alone and in company: CPU per POST in the service and in mongod, POST/s, latency.

`make bench writes` compares the kernel as it is with itself writing every command alone, and with another checkout if BENCH_BEFORE names
its directory; all of them live side by side and take turns within every round.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy.local import Stack
from deploy.local.process import choose_ports
from tests.bench.client import pace, saturate
from tests.bench.spine import Bench, body, cpu, fresh, machine, quantile, topics
from tests.shared.kernel_samples import library

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = {1: 400, 8: 1600, 32: 3200, 128: 4000}  # connections: commands a round
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


@contextmanager
def served(bench: Bench, cwd: Path, more: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    """The sample library from a checkout: (port, process)."""
    (port,), prefix = choose_ports(1), fresh()
    topics(bench, prefix, library)
    env = os.environ | {"GUILDHALL_KAFKA": bench.endpoints.kafka, "GUILDHALL_MONGO": bench.endpoints.mongo, "GUILDHALL_PREFIX": prefix, "BENCH_KEY": bench.key,
                        "GUILDHALL_PROFILE": "test", "GUILDHALL_LOG_LEVEL": "ERROR"} | more  # fmt: skip
    child = subprocess.Popen([sys.executable, "-m", "tests.bench.server", "kernel", str(port)], env=env, cwd=cwd)
    try:
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/livez", timeout=1).status_code == 200:
                    break
            except httpx.HTTPError:
                if child.poll() is not None:
                    raise RuntimeError(f"{cwd} ended with {child.returncode}") from None
                time.sleep(0.05)
        yield port, psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(20)


def mongod_of(bench: Bench) -> psutil.Process:
    port = bench.endpoints.mongo.split(":")[2].split("/")[0]
    return next(
        p for p in psutil.process_iter(["name", "cmdline"]) if p.info["name"].startswith("mongod") and port in " ".join(p.info["cmdline"])
    )


def measured(bench: Bench, mongod: psutil.Process, port: int, process: psutil.Process, clients: int) -> dict[str, float]:
    before, server = cpu(process), cpu(mongod)
    if clients:
        count = CLIENTS[clients]
        seconds, latencies = asyncio.run(saturate(port, "/library/loans", body, bench.head(), count, clients))
    else:
        count, seconds = 2000, 10.0
        latencies = asyncio.run(pace(port, "/library/loans", body, bench.head(), 200, 10, {}))
    time.sleep(1.3)  # the relay finishes its share
    return {"per_s": count / seconds, "p50_ms": quantile(latencies, 0.5), "p99_ms": quantile(latencies, 0.99),
            "service_us": (cpu(process) - before) / count * 1e6, "mongod_us": (cpu(mongod) - server) / count * 1e6}  # fmt: skip


def compared(bench: Bench) -> dict[str, Any]:
    variants = {"together": (ROOT, {}), "alone": (ROOT, {"BENCH_ALONE": "1"})} | {
        name: (Path(path), {}) for name, path in (("before", os.environ.get("BENCH_BEFORE")),) if path
    }
    mongod, found = mongod_of(bench), dict[str, dict[str, list[dict[str, float]]]]()
    with ExitStack() as stack:
        servers = {name: stack.enter_context(served(bench, cwd, more)) for name, (cwd, more) in variants.items()}
        for port, _ in servers.values():
            asyncio.run(saturate(port, "/library/loans", body, bench.head(), 1000, 16))
        for turn in range(ROUNDS):
            for clients in (*CLIENTS, 0):
                for name in list(servers)[turn % len(servers) :] + list(servers)[: turn % len(servers)]:
                    figures = measured(bench, mongod, *servers[name], clients)
                    found.setdefault(str(clients or "200/s"), {}).setdefault(name, []).append(figures)
    return {c: {n: {k: statistics.median(r[k] for r in rounds) for k in rounds[0]} for n, rounds in by.items()} for c, by in found.items()}


def table(found: dict[str, Any]) -> str:
    rows = [f"| {clients} | {name} | {f['per_s']:.0f} | {f['p50_ms']:.1f} / {f['p99_ms']:.1f} | {f['service_us']:.0f} | {f['mongod_us']:.0f} |"
            for clients, by in found.items() for name, f in by.items()]  # fmt: skip
    return "\n".join(["| clients | | POST/s | p50 / p99 ms | service µs | mongod µs |", "|--:|---|--:|--:|--:|--:|", *rows])


def main() -> None:
    directory = Path(tempfile.mkdtemp(prefix="guildhall-bench-"))
    stack = Stack(directory / "stack")
    endpoints = stack.up()
    try:
        found = compared(Bench(endpoints, directory))
    finally:
        stack.down()
    print(json.dumps({"machine": machine(), "writes": found}, indent=1), table(found), sep="\n")
