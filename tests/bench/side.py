"""Side by side: Guildhall, the same job by hand in Python, and Spring in two forms, in interleaved rounds of one run.

`make bench side` measures; `ARGS=--quick` does the same with small numbers in some three minutes, to see that everything works.
"""

import itertools
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import InsertOne
from pymongo.write_concern import WriteConcern

from tests.bench import job
from tests.bench.anchor import FORMS, Absent, build
from tests.bench.client import insist, pace, saturate
from tests.bench.rig import LABELS, Rig, Server, Spent, fresh, machine, mib, quantile, spread


@dataclass(frozen=True)
class Size:
    """How much is measured. A window is a number of POSTs; Spring is warm when three in a row differ by less than 5 %."""

    rounds: int = 5
    window: int = 5000
    warm_windows: int = 24
    sweep: tuple[int, ...] = (1, 8, 32, 128)
    pace_rounds: int = 3
    pace_seconds: int = 20
    warm_events: int = 100_000
    events: int = 200_000
    drain_rounds: int = 3
    starts: int = 5
    rest_seconds: float = 10.0
    kill_seconds: float = 15.0


QUICK = Size(1, 1000, 3, (1, 32), 1, 4, 5_000, 20_000, 1, 1, 2.0, 12.0)
CLIENTS, RATE, PLATEAU = 32, 200, 0.05


class Side:
    def __init__(self, rig: Rig, size: Size, seed: int, say: Callable[[str], None]) -> None:
        self.rig, self.size, self.random, self.say = rig, size, random.Random(seed), say
        self.forms = ["kernel", "hand", *(FORMS if rig.anchor else ())]
        self.count = 0

    def order(self) -> list[str]:
        """A new order for every round: who comes first profits or suffers by chance only."""
        return self.random.sample(self.forms, len(self.forms))

    def word(self) -> str:
        """Names nobody has used yet."""
        self.count += 1
        return f"w{self.count}-"

    def load(self, server: Server, count: int, clients: int) -> tuple[float, list[float]]:
        word = self.word()
        return uvloop.run(saturate(server.port, job.PATH, lambda n: job.body(n, word), self.rig.head, count, clients))

    # ── start, rest ───────────────────────────────────────────────────────────────────────────────
    def start(self) -> dict[str, Any]:
        """Start of the process to its first accepted command; resident memory at rest, in both roles."""
        found: dict[str, dict[str, list[float]]] = {f: {} for f in self.forms}
        prefixes = {f: fresh() for f in self.forms}
        for form, prefix in prefixes.items():  # collections and indexes exist from here on, as at any start but the first
            self.rig.topic(prefix)
            for role in ("register", "directory"):
                self.rig.start(form, role, prefix).stop()
        for turn in range(self.size.starts):
            for form in self.order():
                for archived in (True, False) if form in FORMS else (True,):
                    server = self.rig.start(form, "register", prefixes[form], wait=False, archived=archived)
                    key = "start_s" if archived else "start_without_archive_s"
                    found[form].setdefault(key, []).append(self.rig.first_accepted(server, self.word()))
                    if archived and turn == 0:
                        time.sleep(self.size.rest_seconds)
                        found[form]["idle_register_mib"] = [mib(server.process)]
                    server.stop()
        for form in self.forms:
            server = self.rig.start(form, "directory", prefixes[form])
            time.sleep(self.size.rest_seconds)
            found[form]["idle_directory_mib"] = [mib(server.process)]
            server.stop()
            self.rig.forget(prefixes[form])
        return {form: {k: spread(v) for k, v in lines.items()} for form, lines in found.items()}

    # ── writing ───────────────────────────────────────────────────────────────────────────────────
    def write(self) -> dict[str, Any]:
        """POST/s at saturation and under few and many clients, CPU of each party per command; then the room a command takes."""
        prefixes = {f: fresh() for f in self.forms}
        servers: dict[str, Server] = {}
        for form, prefix in prefixes.items():
            self.rig.topic(prefix)
            servers[form] = self.rig.start(form, "register", prefix)
        warm = {form: self.warm(server) for form, server in servers.items()}
        found: dict[str, dict[str, list[float]]] = {f: {} for f in self.forms}
        for _ in range(self.size.rounds):
            for form in self.order():
                for key, value in self.window(servers[form], prefixes[form], CLIENTS, self.size.window).items():
                    found[form].setdefault(key, []).append(value)
        sweep: dict[str, dict[str, Any]] = {f: {} for f in self.forms}
        for clients in self.size.sweep:
            rounds: dict[str, list[dict[str, float]]] = {f: [] for f in self.forms}
            for _ in range(max(1, self.size.rounds // 2)):
                for form in self.order():
                    rounds[form].append(
                        self.window(servers[form], prefixes[form], clients, max(200, self.size.window * min(clients, 8) // 8))
                    )
            for form, made in rounds.items():
                sweep[form][str(clients)] = {
                    k: spread([r[k] for r in made]) for k in ("post_per_s", "p50_ms", "p99_ms", "server_us", "mongod_us")
                }
        result: dict[str, Any] = {}
        for form, server in servers.items():
            commands = self.rig.mongo[f"{prefixes[form]}register"][
                "associations.association" if form == "kernel" else "associations"
            ].estimated_document_count()
            result[form] = {k: spread(v) for k, v in found[form].items()} | {
                "warm": warm[form], "clients": sweep[form], "loaded_mib": mib(server.process), "commands": commands,
                "disk_register_bytes": self.rig.disk(f"{prefixes[form]}register") / commands, "disk_topic_bytes": self.rig.topic_bytes(prefixes[form]) / commands,
            }  # fmt: skip
            server.stop()
            self.rig.forget(prefixes[form])
        return result

    def warm(self, server: Server) -> dict[str, Any]:
        """Windows until three in a row lie within 5 % of each other, or the allowed number is used up."""
        rates: list[float] = []
        while len(rates) < self.size.warm_windows:
            seconds, _ = self.load(server, self.size.window, CLIENTS)
            rates.append(self.size.window / seconds)
            if len(rates) >= 3 and max(rates[-3:]) / min(rates[-3:]) - 1 < PLATEAU:
                break
        level = len(rates) >= 3 and max(rates[-3:]) / min(rates[-3:]) - 1 < PLATEAU
        self.say(f"  {server.form}: {len(rates)} windows, {rates[0]:.0f} → {rates[-1]:.0f} POST/s{'' if level else ', not level'}")
        return {"windows": len(rates), "first_per_s": rates[0], "last_per_s": rates[-1], "plateau": level}

    def window(self, server: Server, prefix: str, clients: int, count: int) -> dict[str, float]:
        """One window, and the CPU of it to the last settled event."""
        self.rig.settled(server.form, prefix)
        with self.rig.spent(server) as spent:
            seconds, latencies = self.load(server, count, clients)
            behind = self.rig.settled(server.form, prefix)
        return {"post_per_s": count / seconds, "p50_ms": quantile(latencies, 0.5), "p99_ms": quantile(latencies, 0.99), "behind_s": behind,
                "server_us": spent.server / count * 1e6, "mongod_us": spent.mongod / count * 1e6, "broker_us": spent.broker / count * 1e6}  # fmt: skip

    # ── latency and effect ────────────────────────────────────────────────────────────────────────
    def effect(self) -> dict[str, Any]:
        """At a fixed rate: the answer, and from the start of the request to the row in the other service's read model."""
        prefixes, found = {f: fresh() for f in self.forms}, {f: dict[str, list[float]]() for f in self.forms}
        pairs: dict[str, tuple[Server, Server]] = {}
        for form, prefix in prefixes.items():
            self.rig.topic(prefix)
            pairs[form] = self.rig.start(form, "register", prefix), self.rig.start(form, "directory", prefix)
        for form, (one, _) in pairs.items():
            self.warm(one)
            self.caught_up(form, prefixes[form])
        for _ in range(self.size.pace_rounds):
            for form in self.order():
                for key, value in self.paced(*pairs[form], prefixes[form]).items():
                    found[form].setdefault(key, []).append(value)
        result = {}
        for form, (one, two) in pairs.items():
            result[form] = {k: spread(v) for k, v in found[form].items()} | {
                "loaded_register_mib": mib(one.process),
                "loaded_directory_mib": mib(two.process),
            }
            one.stop()
            two.stop()
            self.rig.forget(prefixes[form])
        return result

    def caught_up(self, form: str, prefix: str) -> None:
        """Everything registered is listed."""
        register = self.rig.mongo[f"{prefix}register"]["associations.association" if form == "kernel" else "associations"]
        until = time.perf_counter() + 120
        while self.rig.listed(prefix) < register.estimated_document_count():
            if time.perf_counter() > until:
                raise RuntimeError(f"{form}: the directory did not catch up")
            time.sleep(0.1)

    def paced(self, one: Server, two: Server, prefix: str) -> dict[str, float]:
        word, begun = self.word(), dict[int, float]()
        with self.rig.seen(prefix) as seen, self.rig.spent(one, two) as spent:
            uvloop.run(
                pace(one.port, job.PATH, lambda n: job.body(n, f"{word}w"), self.rig.head, RATE, max(1, self.size.pace_seconds // 5), {})
            )
            latencies = uvloop.run(
                pace(one.port, job.PATH, lambda n: job.body(n, word), self.rig.head, RATE, self.size.pace_seconds, begun)
            )
            until = time.perf_counter() + 30
            while not all(f"{word}{n}" in seen for n in begun) and time.perf_counter() < until:
                time.sleep(0.05)
        effects = [(seen[f"{word}{n}"] - t) * 1000 for n, t in begun.items() if f"{word}{n}" in seen]
        if len(effects) < len(begun):
            raise RuntimeError(f"{one.form}: {len(begun) - len(effects)} of {len(begun)} effects were not seen")
        commands = len(begun) + RATE * max(1, self.size.pace_seconds // 5)
        return {"post_p50_ms": quantile(latencies, 0.5), "post_p99_ms": quantile(latencies, 0.99), "visible_p50_ms": quantile(effects, 0.5),
                "visible_p99_ms": quantile(effects, 0.99), "both_us": spent.server / commands * 1e6, "mongod_us": spent.mongod / commands * 1e6}  # fmt: skip

    # ── draining ──────────────────────────────────────────────────────────────────────────────────
    def drain(self) -> dict[str, Any]:
        """A full topic, taken in exactly once by one process. Both forms of Spring share one reader, so it runs once a round."""
        forms = [f for f in self.forms if f != "spring-collection"]
        found: dict[str, dict[str, list[float]]] = {f: {} for f in forms}
        for _ in range(self.size.drain_rounds):
            for form in [f for f in self.order() if f in forms]:
                for key, value in self.drained(form, self.size.warm_events, self.size.events, 1).items():
                    found[form].setdefault(key, []).append(value)
        return {form: {k: spread(v) for k, v in lines.items()} for form, lines in found.items()}

    def drained(self, form: str, warm: int, events: int, processes: int, prefix: str = "", word: str = "n") -> dict[str, float]:
        """Measured from the moment `warm` events are in; whether the last fifths were level is told beside."""
        keep, prefix = bool(prefix), prefix or fresh()
        self.rig.topic(prefix)
        if processes > 1:  # one makes the collections; started together, the readers of the anchor end in a race for them
            self.rig.start(form, "directory", prefix).stop()
        listed = self.rig.listed(prefix)
        self.rig.fill(prefix, warm + events, word)
        readers = [self.rig.start(form, "directory", prefix, wait=False) for _ in range(processes)]
        samples: list[tuple[int, Spent]] = []
        until = time.perf_counter() + 120 + (warm + events) / 1000
        while not samples or samples[-1][0] < warm + events:
            if time.perf_counter() > until or any(r.child.poll() is not None for r in readers):
                raise RuntimeError(f"{form}: drained {samples[-1][0] if samples else 0} of {warm + events} events")
            time.sleep(0.1)
            samples.append((self.rig.listed(prefix) - listed, self.rig.now(*readers)))
        first = next(s for s in samples if s[0] >= max(warm, 1))
        last = samples[-1]
        count, seconds = last[0] - first[0], last[1].seconds - first[1].seconds
        marks = [next(s for s in samples if s[0] >= warm + events * k // 5) for k in range(6)]
        rates = [(b[0] - a[0]) / (b[1].seconds - a[1].seconds) for a, b in itertools.pairwise(marks) if b[0] > a[0]]
        peak = sum(mib(r.process) for r in readers)
        for reader in readers:
            reader.stop()
        found = {"events_per_s": count / seconds, "server_us": (last[1].server - first[1].server) / count * 1e6,
                 "mongod_us": (last[1].mongod - first[1].mongod) / count * 1e6, "broker_us": (last[1].broker - first[1].broker) / count * 1e6,
                 "loaded_mib": peak, "level_within": max(rates[-3:]) / min(rates[-3:]) - 1 if len(rates) >= 3 else 0.0}  # fmt: skip
        if not keep:
            found["disk_directory_bytes"] = self.rig.disk(f"{prefix}directory") / (warm + events)
            self.rig.forget(prefix)
        self.say(f"  {form}: {found['events_per_s']:.0f} events/s, {found['server_us']:.1f} µs each")
        return found

    # ── kill -9 ───────────────────────────────────────────────────────────────────────────────────
    def recovery(self) -> dict[str, Any]:
        """kill -9 under load and a start at once: until the next accepted command, until the next visible row; nothing may be missing."""
        result: dict[str, Any] = {}
        for form in self.order():
            prefix = fresh()
            self.rig.topic(prefix)
            servers = {
                "register": self.rig.start(form, "register", prefix),
                "directory": self.rig.start(form, "directory", prefix, member="0"),
            }
            self.load(servers["register"], 500, CLIENTS)
            self.caught_up(form, prefix)
            result[form] = {role: self.killed(servers, role, prefix) for role in ("register", "directory")}
            for server in servers.values():
                server.stop()
            self.rig.forget(prefix)
        return result

    def killed(self, servers: dict[str, Server], role: str, prefix: str) -> dict[str, float]:
        word, accepted, port = self.word(), list[tuple[int, float]](), servers["register"].port

        def knock() -> None:
            accepted.extend(uvloop.run(insist(port, job.PATH, lambda n: job.body(n, word), self.rig.head, self.size.kill_seconds)))

        with self.rig.seen(prefix) as seen:
            client = threading.Thread(target=knock)
            client.start()
            time.sleep(3)
            form, old = servers[role].form, servers[role].port
            servers[role].kill()
            killed = time.perf_counter()
            servers[role] = self.rig.start(form, role, prefix, member="0" if role == "directory" else "", wait=False, port=old)
            client.join()
            until = time.perf_counter() + 60
            while not all(f"{word}{n}" in seen for n, _ in accepted) and time.perf_counter() < until:
                time.sleep(0.05)
        missing = sum(f"{word}{n}" not in seen for n, _ in accepted)
        after = [t for _, t in accepted if t > killed] if role == "register" else [t for t in seen.values() if t > killed + 0.3]
        return {"again_s": min(after, default=float("inf")) - killed, "accepted": len(accepted), "missing": missing,
                "all_visible_s": max((seen[f"{word}{n}"] for n, t in accepted if t < killed and f"{word}{n}" in seen), default=killed) - killed}  # fmt: skip

    # ── limits ────────────────────────────────────────────────────────────────────────────────────
    def limits(self) -> dict[str, Any]:
        """What the machine gives anybody: reading the topic without doing anything, writing without deciding anything."""
        prefix, count = fresh(), self.size.events
        self.rig.topic(prefix)
        begun = time.perf_counter()
        self.rig.fill(prefix, count)
        filled = count / (time.perf_counter() - begun)

        async def read() -> float:
            consumer = AIOKafkaConsumer(bootstrap_servers=self.rig.endpoints.kafka, auto_offset_reset="earliest", enable_auto_commit=False)
            await consumer.start()
            parts = [TopicPartition(prefix + job.TOPIC, p) for p in range(4)]
            consumer.assign(parts)
            await consumer.seek_to_beginning(*parts)
            got, start = 0, time.perf_counter()
            while got < count:
                got += sum(len(x) for x in (await consumer.getmany(timeout_ms=500, max_records=5000)).values())
            seconds = time.perf_counter() - start
            await consumer.stop()
            return count / seconds

        consumed = uvloop.run(read())
        rows = self.rig.mongo[f"{prefix}register"].get_collection("rows", write_concern=WriteConcern("majority", j=True))
        rows.insert_one({"_id": -1})
        alone = max(200, self.size.window // 2)
        with self.rig.spent() as one:
            for n in range(alone):
                rows.insert_one({"_id": n, **job.form(n)})
        with self.rig.spent() as many:
            for start in range(0, count, 500):
                rows.bulk_write([InsertOne({"_id": f"m{n}", **job.form(n)}) for n in range(start, start + 500)], ordered=False)
        self.rig.forget(prefix)
        return {"consume_per_s": consumed, "produce_per_s": filled, "insert_one_per_s": alone / one.seconds, "insert_one_mongod_us": one.mongod / alone * 1e6,
                "insert_500_per_s": count / many.seconds, "insert_500_mongod_us": many.mongod / count * 1e6}  # fmt: skip


STAGES = ("start", "write", "effect", "drain", "recovery", "limits")


def measure(
    quick: bool, with_anchor: bool, seed: int, stages: tuple[str, ...] = STAGES, say: Callable[[str], None] = print
) -> dict[str, Any]:
    directory = Path(tempfile.mkdtemp(prefix="guildhall-bench-"))
    absent, anchor, begun = "" if with_anchor else "The Spring anchor was left out: --without-anchor.", None, time.perf_counter()
    if with_anchor:
        try:
            anchor = build(directory / "anchor")
        except Absent as why:
            absent = str(why)
    if absent:
        say(absent)
    with Rig(directory, anchor) as rig:
        rig.train()
        result: dict[str, Any] = {"machine": machine(rig), "quick": quick, "seed": seed, "absent": absent, "labels": LABELS}
        side = Side(rig, QUICK if quick else Size(), seed, say)
        for stage in stages:
            at = time.perf_counter()
            say(f"{stage} …")
            result[stage] = getattr(side, stage)()
            say(f"{stage}: {time.perf_counter() - at:.0f} s")
    return result | {"seconds": time.perf_counter() - begun}
