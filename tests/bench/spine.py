"""What the spine costs: kernel against hand-written, effect in the other service, exactly-once intake, start, memory, size of the code.

`make bench spine` writes docs/benchmarks.md and docs/benchmarks.json. Every figure names its unit; CPU is process time from the OS.
"""

import ast
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
from aiokafka import AIOKafkaProducer
from pymongo import MongoClient

from deploy.local import Endpoints, Stack
from deploy.local.process import choose_ports
from shared import kafka
from tests.bench.client import pace, saturate
from tests.bench.server import issuer_of
from tests.shared.kernel_samples import club, library

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, COMMANDS, EVENTS = 4, 3000, 100_000
TARGETS = {
    "kernel_to_hand_cpu": (1.10, "≤"), "effect_p50_ms": (25, "≤"), "effect_p99_ms": (100, "≤"), "intake_events_per_core_s": (12_000, "≥"),
    "start_s_worst": (1.5, "≤"), "idle_mib_worst": (110, "≤"), "demo_mib": (1229, "≤"), "warm_run_s": (15, "≤"), "shared_lines": (1500, "≤"),
    "function_lines_median": (8, "≤"),
}  # fmt: skip


class Bench:
    def __init__(self, endpoints: Endpoints, directory: Path) -> None:
        self.endpoints, self.directory, self.key = endpoints, directory, str(directory / "key.json")
        self.token = issuer_of(self.key).token("ENTERPRISE", "e1")

    @contextmanager
    def server(self, module: str, *arguments: str, prefix: str, profile: str = "test") -> Iterator[tuple[int, psutil.Process, float]]:
        """A server process: (port, process, seconds from its start until it is ready)."""
        (port,) = choose_ports(1)
        env = os.environ | {"GUILDHALL_KAFKA": self.endpoints.kafka, "GUILDHALL_MONGO": self.endpoints.mongo, "GUILDHALL_PREFIX": prefix, "BENCH_KEY": self.key,
                            "GUILDHALL_PROFILE": profile, "GUILDHALL_PORT": str(port), "GUILDHALL_LOG_LEVEL": "ERROR"}  # fmt: skip
        begun = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-m", module, *arguments, *([str(port)] if arguments else [])], env=env, cwd=ROOT)
        try:
            probe = "/livez" if arguments[:1] != ("hand",) else "/docs"
            while True:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}{probe}", timeout=1).status_code == 200:
                        break
                except httpx.HTTPError:
                    if child.poll() is not None:
                        raise RuntimeError(f"{module} ended with {child.returncode}") from None
                    time.sleep(0.01)
            yield port, psutil.Process(child.pid), time.perf_counter() - begun
        finally:
            child.terminate()
            child.wait(20)

    def head(self) -> str:
        return f"Authorization: Bearer {self.token}\r\n"


def body(n: int) -> bytes:
    return orjson.dumps({"book": f"book {uuid.uuid4()}", "days": 14})


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def fresh() -> str:
    return f"bench_{uuid.uuid4().hex[:8]}_"


def topics(bench: Bench, prefix: str, *services: Any) -> None:
    asyncio.run(kafka.create_topics([bench.endpoints.kafka], [prefix + t for s in services for t in s.topics], partitions=4))


def kernel_against_hand(bench: Bench) -> dict[str, Any]:
    """CPU per accepted command (relay and history included), 16 connections, interleaved rounds."""
    prefix = fresh()
    topics(bench, prefix, library)
    found: dict[str, list[dict[str, float]]] = {"kernel": [], "hand": []}
    with (
        bench.server("tests.bench.server", "kernel", prefix=prefix) as kernel,
        bench.server("tests.bench.server", "hand", prefix=prefix) as hand,
    ):
        servers = {"kernel": kernel, "hand": hand}
        for port, _, _ in servers.values():
            asyncio.run(saturate(port, "/library/loans", body, bench.head(), 500, 16))
        for _ in range(ROUNDS):
            for name, (port, process, _) in servers.items():
                before = cpu(process)
                seconds, latencies = asyncio.run(saturate(port, "/library/loans", body, bench.head(), COMMANDS, 16))
                time.sleep(1.2)  # the relay finishes its share
                found[name].append(
                    {"cpu_us": (cpu(process) - before) / COMMANDS * 1e6, "per_s": COMMANDS / seconds, "p99_ms": quantile(latencies, 0.99)}
                )
    medians = {n: {k: statistics.median(r[k] for r in rounds) for k in rounds[0]} for n, rounds in found.items()}
    ratios = [k["cpu_us"] / h["cpu_us"] for k, h in zip(found["kernel"], found["hand"], strict=True)]
    return {"kernel": medians["kernel"], "hand": medians["hand"], "kernel_to_hand_cpu": statistics.median(ratios), "ratios": ratios}


def saturation(bench: Bench) -> dict[str, Any]:
    """POST/s of one service process with 32 connections, and the latency there."""
    prefix = fresh()
    topics(bench, prefix, library)
    with bench.server("tests.bench.server", "kernel", prefix=prefix) as (port, _, _):
        asyncio.run(saturate(port, "/library/loans", body, bench.head(), 500, 32))
        rounds = [asyncio.run(saturate(port, "/library/loans", body, bench.head(), COMMANDS, 32)) for _ in range(3)]
    best = [(COMMANDS / s, quantile(x, 0.5), quantile(x, 0.99)) for s, x in rounds]
    return {
        "post_per_s": statistics.median(b[0] for b in best),
        "post_p50_ms": statistics.median(b[1] for b in best),
        "post_p99_ms": statistics.median(b[2] for b in best),
    }


def effect_elsewhere(bench: Bench, rate: int = 200, seconds: int = 20) -> dict[str, Any]:
    """From the start of the request to the record that another service opens on its event, at a fixed rate."""
    prefix, seen, done = fresh(), dict[str, float](), threading.Event()
    topics(bench, prefix, library, club)
    begun: dict[int, float] = {}
    with (
        bench.server("tests.bench.server", "kernel", prefix=prefix) as one,
        bench.server("tests.bench.server", "club", prefix=prefix) as two,
    ):

        def watch() -> None:
            with (
                MongoClient(bench.endpoints.mongo) as client,
                client[f"{prefix}club"]["notes.note"].watch([{"$match": {"operationType": "insert"}}]) as stream,
            ):
                while not done.is_set():
                    if (change := stream.try_next()) is not None:
                        seen[change["fullDocument"]["state"]["book"]] = time.perf_counter()

        watcher = threading.Thread(target=watch)
        watcher.start()
        time.sleep(2)
        numbered = lambda n: orjson.dumps({"book": f"n{n}"})  # noqa: E731
        asyncio.run(pace(one[0], "/library/loans", lambda n: orjson.dumps({"book": f"warm{n}"}), bench.head(), rate, 5, {}))
        latencies = asyncio.run(pace(one[0], "/library/loans", numbered, bench.head(), rate, seconds, begun))
        deadline = time.monotonic() + 10
        while len([b for b in seen if b.startswith("n")]) < rate * seconds and time.monotonic() < deadline:
            time.sleep(0.1)
        done.set()
        watcher.join()
        loaded = {"library": mib(one[1]), "club": mib(two[1])}
    effects = [(seen[f"n{n}"] - begun[n]) * 1000 for n in begun if f"n{n}" in seen]
    assert len(effects) == rate * seconds, f"{rate * seconds - len(effects)} effects were not seen"
    return {"rate": rate, "post_p50_ms": quantile(latencies, 0.5), "post_p99_ms": quantile(latencies, 0.99), "effect_p50_ms": quantile(effects, 0.5),
            "effect_p99_ms": quantile(effects, 0.99), "rss_mib": loaded}  # fmt: skip


def intake(bench: Bench) -> dict[str, Any]:
    """Events with exactly-once effect (head and projection in one transaction), drained by one process from a full topic."""
    prefix = fresh()
    topics(bench, prefix, library, club)

    async def fill() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=bench.endpoints.kafka, linger_ms=20, max_batch_size=512 * 1024)
        await producer.start()
        sends = []
        for n in range(EVENTS):
            subject, sequence = f"loan-{n // 4}", n % 4 + 1
            letter = {"_id": str(uuid.uuid4()), "type": "library.loans.book_marked.v1", "source": "/library/loans/loan", "subject": subject, "sequence": sequence,
                      "time": "2026-03-02T01:00:00.000000Z", "recorded": "2026-03-02T01:00:00.000000Z", "correlation": "c", "causation": "c",
                      "actor": {"role": "ENTERPRISE", "organisation": "e1"}}  # fmt: skip
            sends.append(
                await producer.send(
                    prefix + "library.loans.v1",
                    orjson.dumps({"mark": f"{n:04d}" * 64}),
                    key=subject.encode(),
                    headers=kafka.headers(letter),
                )
            )
        await asyncio.gather(*sends)
        await producer.stop()

    asyncio.run(fill())
    mongod = next(
        (
            p
            for p in psutil.process_iter(["name", "cmdline"])
            if p.info["name"].startswith("mongod") and bench.endpoints.mongo.split(":")[2].split("/")[0] in " ".join(p.info["cmdline"])
        ),
        None,
    )
    with MongoClient(bench.endpoints.mongo) as client, bench.server("tests.bench.server", "club", prefix=prefix) as (_, process, _):
        heads = client[f"{prefix}club"]["heads"]
        start = cpu(process), cpu(mongod) if mongod else 0.0, time.perf_counter(), handled(heads)
        while handled(heads) < EVENTS:
            time.sleep(0.2)
        spent, served, seconds = cpu(process) - start[0], (cpu(mongod) if mongod else 0.0) - start[1], time.perf_counter() - start[2]
        peak = mib(process)
    drained = EVENTS - start[3]
    return {"events": drained, "intake_events_per_s": drained / seconds, "intake_events_per_core_s": drained / spent, "client_us": spent / drained * 1e6,
            "mongod_us": served / drained * 1e6, "rss_mib": peak}  # fmt: skip


def handled(heads: Any) -> int:
    found = list(heads.aggregate([{"$group": {"_id": None, "n": {"$sum": "$seq"}}}]))
    return int(found[0]["n"]) if found else 0


def start_and_rest(bench: Bench) -> dict[str, Any]:
    """Each real service alone: seconds from start of the process to ready, and MiB ten seconds later."""
    from services.__main__ import NAMES
    from services.__main__ import topics as all_topics

    prefix, found = fresh(), {}
    asyncio.run(kafka.create_topics([bench.endpoints.kafka], all_topics(prefix), partitions=4))
    for name in NAMES[:4]:
        with bench.server(f"services.{name}", prefix=prefix):
            pass  # the first start creates collections and indexes
        starts = []
        for _ in range(3):
            with bench.server(f"services.{name}", prefix=prefix) as (_, process, seconds):
                starts.append(seconds)
                time.sleep(5)
                rest = mib(process)
        found[name] = {"start_s": statistics.median(starts), "idle_mib": rest}
    return {
        "services": found,
        "start_s_worst": max(f["start_s"] for f in found.values()),
        "idle_mib_worst": max(f["idle_mib"] for f in found.values()),
    }


def whole_demo(directory: Path) -> dict[str, Any]:
    """`python -m services` as `make run` starts it: first load, then a warm start; seconds to "ready", MiB of everything."""
    env = os.environ | {"GUILDHALL_DIRECTORY": str(directory), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    found: dict[str, Any] = {}
    for turn in ("first", "warm"):
        begun = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-m", "services"], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout
        for line in child.stdout:
            if line.startswith("ready"):
                found[f"{turn}_ready_s"] = time.perf_counter() - begun
            if "Ctrl-C stops" in line:
                found[f"{turn}_loaded_s"] = time.perf_counter() - begun
                break
        time.sleep(10)
        everything = [p for p in psutil.process_iter(["pid"]) if str(directory) in " ".join(cmdline(p)) or p.pid == child.pid]
        found[f"{turn}_mib"] = sum(mib(p) for p in everything)
        child.send_signal(2)
        child.wait(60)
    return found | {"warm_run_s": found["warm_loaded_s"], "demo_mib": found["first_mib"]}


def cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def size_of_the_code() -> dict[str, Any]:
    """Lines that are neither blank nor only comment; functions counted with signature, docstring and body."""
    values = {"uscc", "industry", "district", "names", "workdays", "versions", "masking"}
    shared = {f.stem: lines(f) for f in sorted((ROOT / "shared").glob("*.py"))}
    application = [f for f in sorted((ROOT / "services").rglob("*.py")) if f.name != "__main__.py"]
    records = {str(f.relative_to(ROOT)): lines(f) for f in application if "= Kind[" in f.read_text()}
    functions = sorted(
        n.end_lineno - n.lineno + 1
        for f in application
        for n in ast.walk(ast.parse(f.read_text()))
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )  # type: ignore[operator]
    return {"shared": shared, "shared_lines": sum(n for s, n in shared.items() if s not in values), "records": records,
            "function_lines_median": statistics.median(functions), "function_lines_p90": quantile(functions, 0.9), "functions": len(functions)}  # fmt: skip


def lines(file: Path) -> int:
    return sum(1 for line in file.read_text().splitlines() if line.strip() and not line.strip().startswith("#"))


def mib(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0


def quantile(values: Any, share: float) -> float:
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(len(ordered) * share))])


def machine() -> dict[str, Any]:
    model = (
        next(
            (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
            platform.processor(),
        )
        if Path("/proc/cpuinfo").exists()
        else platform.processor()
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def section(result: dict[str, Any]) -> list[str]:
    """The spine's part of docs/benchmarks.md."""
    figures = {k: v for part in result.values() if isinstance(part, dict) for k, v in part.items() if k in TARGETS}
    rows = [
        f"| {name.replace('_', ' ')} | {value:.2f} | {TARGETS[name][1]} {TARGETS[name][0]} | {'yes' if (value <= TARGETS[name][0]) == (TARGETS[name][1] == '≤') else 'no'} |"
        for name, value in figures.items()
    ]
    m = result["machine"]
    return [
        "## The spine", "", "Kernel against the same command by hand, the demo whole, the size of the code.", "",
        f"Machine: {m['cpu']}, {m['cores']} cores, {m['memory_gib']} GiB, Python {m['python']}, load {m['load']:.1f} at the start.", "",
        "| figure | measured | target | met |", "|---|--:|--:|---|", *rows, "",
    ]  # fmt: skip


def measure() -> dict[str, Any]:
    directory = Path(tempfile.mkdtemp(prefix="guildhall-bench-"))
    stack = Stack(directory / "stack")
    result: dict[str, Any] = {"machine": machine(), "code": size_of_the_code()}
    endpoints = stack.up()
    try:
        bench = Bench(endpoints, directory)
        for part in (kernel_against_hand, saturation, effect_elsewhere, intake, start_and_rest):
            print(f"{part.__name__} …", flush=True)
            result[part.__name__] = part(bench)
            print(json.dumps(result[part.__name__], indent=1), flush=True)
    finally:
        stack.down()
    print("whole_demo …", flush=True)
    result["whole_demo"] = whole_demo(directory / "demo")
    return result
