"""One run: cluster, services, clients, faults under load, heal, check. Its result is a plain dictionary, kept as JSON."""

import asyncio
import contextlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from rich.progress import Progress

from deploy.demo.data import demo
from deploy.demo.load import Story, first_morning
from deploy.demo.platform import Platform
from deploy.local.process import choose_ports
from services.__main__ import services, topics
from shared import kafka
from shared.mongo import OUTAGES
from tests.bench.server import issuer_of
from tests.proof.harness import check
from tests.proof.harness.client import CONTACT, LEAD, MEMBERSHIP, NEED
from tests.proof.harness.cluster import RECORD_MAX, Cluster
from tests.proof.harness.faults import FAULTS, POISONED, READERS, Impossible, Zone, planned, redrive
from tests.proof.harness.herd import NAMES, ROOT, Herd
from tests.proof.harness.proxy import Network

KINDS = (MEMBERSHIP, LEAD, NEED, CONTACT)
Result = dict[str, Any]


@dataclass(frozen=True)
class Options:
    seed: int = 1
    commands: int = 10_000
    faults: int = 46
    minutes: float = 20.0  # no fault begins later
    wrong: str = ""  # one of the builds that must be caught
    only: str = ""  # kinds of faults, by name
    replicas: int = 3  # extra ones of a rebalance storm
    clients: int = 3
    records: int = 200
    nodes: int = 3  # brokers, and members of the set
    associations: int = 3
    each: float = 10.0  # seconds a fault takes with its recovery, as far as the pace of the load is concerned
    heal: float = 90.0  # seconds after the last fault in which all must be well

    @property
    def line(self) -> str:
        said = f"make faults SEED={self.seed} COMMANDS={self.commands} FAULTS={self.faults} MINUTES={self.minutes:g}"
        return (
            said
            + (f" WRONG={self.wrong}" if self.wrong else "")
            + (f" ONLY={self.only}" if self.only else "")
            + (f" NODES={self.nodes}" if self.nodes != 3 else "")
        )


def say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)


def child(module: str, *words: str, log: Path | None = None) -> subprocess.Popen[bytes]:
    """A process of the harness, beside the platform."""
    with (log or Path(os.devnull)).open("ab") as out:
        return subprocess.Popen([sys.executable, "-m", f"tests.proof.harness.{module}", *words], cwd=ROOT, stdout=out, stderr=out)


async def until(condition: Callable[[], Awaitable[Any]], seconds: float, pause: float = 0.3) -> bool:
    end = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(pause)
    return True


@contextlib.asynccontextmanager
async def zone_of(options: Options, directory: Path) -> AsyncIterator[Zone]:
    """Everything up, and down again whatever happens."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    take = iter(choose_ports(6 * options.nodes + 2 * len(NAMES) + 2 + options.replicas))
    cluster = Cluster(directory, [next(take) for _ in range(6 * options.nodes)], options.nodes)
    own, doors = ({name: next(take) for name in NAMES} for _ in range(2))
    sink, sink_door = next(take), next(take)
    network = Network([*cluster.links, ("sink", sink_door, sink), *((f"http-{n}", doors[n], own[n]) for n in NAMES)])
    prefix, journal = f"test_prove{options.seed}_", directory / "mails.jsonl"
    environment = {"GUILDHALL_KAFKA": cluster.kafka, "GUILDHALL_MONGO": cluster.mongo, "GUILDHALL_PREFIX": prefix, "GUILDHALL_SMTP": f"127.0.0.1:{sink_door}",
                   "PROOF_KEY": str(directory / "key.json"), "PROOF_DIRECTORY": str(directory), "WRONG": options.wrong, "PYTHONUNBUFFERED": "1"}  # fmt: skip
    issuer_of(environment["PROOF_KEY"])
    herd = Herd(directory, network, environment, own, list(take))
    journal.touch()
    mail = child("sink", str(sink), str(journal), str(options.seed))
    zone, watching = Zone(cluster, network, herd, random.Random(options.seed), directory, prefix, doors), None
    try:
        await asyncio.to_thread(cluster.up, network)
        if not await until(cluster.well, 60):
            raise RuntimeError("the cluster did not come up")
        await kafka.create_topics(zone.bus, topics(prefix), partitions=4, replicas=options.nodes, settings={
            "min.insync.replicas": str(min(2, options.nodes)), "max.message.bytes": str(RECORD_MAX)})  # fmt: skip
        for name in NAMES:
            herd.start(name)
        watching = asyncio.create_task(herd.watch())
        yield zone
    finally:
        herd.down()
        if watching:
            await asyncio.gather(watching, return_exceptions=True)
        mail.kill()
        mail.wait()
        cluster.down()
        network.close()


async def founded(zone: Zone, count: int) -> list[str]:
    """So many associations, by way of their cases."""
    bases = {n: f"http://127.0.0.1:{p}" for n, p in zone.herd.ports.items()}
    issuer, data = issuer_of(zone.herd.environment["PROOF_KEY"]), demo()
    chosen = [a for a in data.associations if a.regime == "DIRECT" and not a.founded_in_demo and a.level == "NEW_AREA"][:count]
    async with httpx.AsyncClient(timeout=10) as client:
        platform_ = Platform(bases, issuer.token("OPERATOR", "operator"), client, concurrency=8)
        with Progress(disable=True) as progress:
            story = Story(platform_, data, await first_morning(platform_), progress)
            for one in chosen:
                await story.apply(one)
                await story.prepare(one)
                await story.certify(one)
    return [a.uscc for a in chosen]


async def well(zone: Zone) -> bool:
    return await zone.cluster.well() and not await zone.herd.unready()


async def injected(zone: Zone, options: Options, deadline: float) -> list[dict[str, Any]]:
    """The faults in their order, each after the one before it has healed, two to four seconds apart."""
    done: list[dict[str, Any]] = []
    for kind in planned(options.seed, options.faults, options.only):
        if time.monotonic() > deadline:
            break
        number, title, make = FAULTS[kind]
        begun = datetime.now(UTC)
        one: dict[str, Any] = {"n": len(done) + 1, "kind": kind, "number": number, "title": title, "at": begun.isoformat(), "skipped": ""}
        try:
            one["said"] = await make(zone)
        except Impossible as why:
            one |= {"said": "", "skipped": str(why)}
        except (*kafka.UNSENT, *OUTAGES, PyMongoError) as error:  # ours to make it, and the platform was in its way
            one |= {"said": "", "skipped": f"{type(error).__name__} while it was made"}
        one["until"] = datetime.now(UTC).isoformat()
        one["recovered"] = await until(lambda: well(zone), 30)
        one["seconds"] = round((datetime.now(UTC) - begun).total_seconds(), 1)
        one["memory"] = max(zone.herd.memory().values(), default=0)
        done.append(one)
        unwell = "" if one["recovered"] else f"  NOT WELL AFTER 30 s: {await zone.herd.unready()}"
        say(f"{one['n']:>3} {number:<3} {kind}: {one['said'] or one['skipped']} ({one['seconds']} s){unwell}")
        await asyncio.sleep(zone.dice.uniform(2, 4))
    return done


def count(directory: Path) -> int:
    return sum(file.read_bytes().count(b"\n") for file in directory.glob("history-*.jsonl"))


async def quiet(zone: Zone) -> str:
    """What still moves; empty when every outbox is empty and every reader has come to the end."""
    try:
        async with zone.engines() as engines:
            for name, engine in engines.items():
                if waits := (await engine.store.backlog(engine.service.kinds))[0]:
                    return f"{waits} outboxes of {name}"
                if waits := await engine.store.tally("fanouts", {}):
                    return f"{waits} reactions of {name}"
                if name == "notification" and (waits := await engine.store.tally("ledger.notice", {
                        "state.channel": "EMAIL", "state.stage": {"$in": ["QUEUED", "RETRIED"]}, "state.scheduled_for": {"$lte": check.utc_now()}})):  # fmt: skip
                    return f"{waits} e-mails"
            for name, engine in engines.items():
                if lag := await behind(zone, name, engine.service.sources):
                    return f"{name} is {lag} events behind"
    except (*kafka.UNSENT, *OUTAGES) as error:
        return type(error).__name__
    return ""


async def behind(zone: Zone, name: str, sources: list[str]) -> int:
    async with kafka.admin(zone.bus) as client:
        committed = await client.list_consumer_group_offsets(f"{zone.prefix}{name}")
    consumer = kafka.AIOKafkaConsumer(bootstrap_servers=zone.bus)  # type: ignore[attr-defined]
    await consumer.start()
    try:
        parts = [kafka.TopicPartition(zone.prefix + t, p) for t in sources for p in await kafka.partitions_of(consumer, zone.prefix + t)]  # type: ignore[attr-defined]
        ends = await consumer.end_offsets(parts)
    finally:
        await consumer.stop()
    return sum(max(0, end - (committed[tp].offset if tp in committed else 0)) for tp, end in ends.items())


async def healed(zone: Zone, seconds: float) -> tuple[float, str]:
    """Everything taken back; how long it took until nothing moved, and what still did at the deadline."""
    begun, why = time.monotonic(), "not well"
    zone.network.heal()
    zone.cluster.go_on()
    zone.herd.go_on()
    await asyncio.to_thread(zone.cluster.restart_dead)
    calm = 0
    while calm < 2 and time.monotonic() < begun + seconds:
        why = "; ".join(await zone.herd.unready()) or ("" if await zone.cluster.well() else "the cluster is not well") or await quiet(zone)
        calm = 0 if why else calm + 1
        await asyncio.sleep(0.5)
    if why:
        zone.herd.tell_tasks()
    return round(time.monotonic() - begun, 1), why


def kept(zone: Zone, options: Options, lines: list[check.Line], faults: list[dict[str, Any]]) -> Result:
    """Histories of clients, journal and stalls against the databases."""
    with MongoClient[dict[str, Any]](zone.cluster.mongo) as client:
        told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for kind in KINDS:
            rows = client[f"{zone.prefix}{kind.partition('.')[0]}"]
            for event in rows[f"{kind.partition('.')[2]}.history"].find({}, {"call": 1, "subject": 1, "sequence": 1}):
                told[event["call"]].append(event)
        found = check.commands(lines, told)
        notices = client[f"{zone.prefix}notification"]["ledger.notice"].find({"state.channel": "EMAIL"}, {"state.stage": 1})
        stages = {str(n["_id"]): n["state"]["stage"] for n in notices}
        journal = [json.loads(line) for line in (zone.directory / "mails.jsonl").read_text().splitlines()]
        wrong, mailed = check.mails(journal, stages)
        spaces = {f"{zone.prefix}{r}.heads": r for r in NAMES}
        entries = client["local"]["oplog.rs"].find({"o.applyOps.ns": {"$in": list(spaces)}})
        heads = check.heads_of(({**e, "wall": e["wall"].replace(tzinfo=UTC)} for e in entries), spaces)
        parked = {n: client[f"{zone.prefix}{n}"].letters.count_documents({"state": "PARKED"}) for n in NAMES}
        poisoned = [s.name for s in services() if POISONED in s.sources]
        unreadable = {n: client[f"{zone.prefix}{n}"].letters.count_documents({"state": "UNREADABLE"}) for n in poisoned}
    readers = {k: [s.name for s in services() if s.name in NAMES and ".".join(k.split(".")[:2]) + ".v1" in s.sources] for k in KINDS}
    # what is left of the load is sent as fast as it goes: it is late because it is much, and not for the fault before it
    rush = {"at": datetime.fromtimestamp((zone.directory / "hurry").stat().st_mtime, UTC).isoformat()}
    spans = [*faults, rush]
    stalls, (delays, never) = check.waits(spans, lines), check.deliveries(spans, lines, heads, readers)
    for one, stall, delay in zip(spans, stalls, delays, strict=True):
        one |= {"ack_stall": stall, "delivery_stall": delay}
    found |= wrong
    found["never_delivered"] = [f"{never} answered commands have not reached a reader"] if never else []
    found["dead_letters_left"] = [f"{n}: {c}" for n, c in parked.items() if c]
    found["poison_not_set_aside"] = [f"{n}: {c} of {zone.counts['poison']}" for n, c in unreadable.items() if c < zone.counts["poison"]]
    found["server_errors"] = [f"{line['key']} {line['absorbed']}" for line in lines if "500" in line["absorbed"]]
    found["huge_bodies"] = [c for c in zone.counts if c.startswith("a huge body")]
    slowest = max(((check.moment(x["ended"]) - check.moment(x["started"])).total_seconds() for x in lines), default=0.0)
    absorbed: Counter[str] = sum((Counter(x["absorbed"]) for x in lines), Counter())
    return {"findings": found, "outcomes": Counter(x["outcome"] for x in lines), "absorbed": absorbed, "mails": mailed, "mailed": len(journal),
            "slowest_command": round(slowest, 1), "rush": rush}  # fmt: skip


def verified(zone: Zone, directory: Path) -> Result:
    """The product's own checker, as an operator runs it."""
    command = [sys.executable, "-m", "services", "verify", "--replay", "--json"]
    if find_spec("shared.journals"):  # the checker reads what clients and relay have written down, too
        command += ["--history", *map(str, sorted(directory.glob("history-*.jsonl"))), "--sink", str(directory / "mails.jsonl")]
    environment = os.environ | zone.herd.environment | {"GUILDHALL_PROFILE": "test"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    (directory / "verify.json").write_text(done.stdout + done.stderr)
    if done.returncode not in (0, 1) or not done.stdout.startswith("{"):
        return {"clean": False, "findings": [], "checks": {}, "said": (done.stderr or done.stdout)[-2000:]}
    report: Result = json.loads(done.stdout)
    return report


def broken(verify: Result, faults: list[dict[str, Any]]) -> list[str]:
    """What `verify` has found, but for what a wrong clock has truly written into the log."""
    skewed = any(f["kind"] == "clock_wrong" for f in faults)
    told = [
        f"{f['check']}/{f['fault']} {f['service']} {f['id']}: {f['said']}"
        for f in verify["findings"]
        if not (skewed and f["check"] == "time")
    ]
    return told + [f"not judged: {n}: {why}" for n, why in verify.get("open", {}).items()] + ([verify["said"]] if "said" in verify else [])


async def run(options: Options, directory: Path) -> Result:
    """Raises: RuntimeError when the cluster or the services cannot be brought up at all."""
    begun = time.monotonic()
    say(f"seed {options.seed}: {options.line}")
    async with zone_of(options, directory) as zone:
        if not await until(lambda: well(zone), 90):
            raise RuntimeError(f"not ready: {await zone.herd.unready()}")
        associations = await founded(zone, options.associations)
        plan = {"seed": options.seed, "clients": options.clients, "records": options.records, "associations": associations, "subject": "SPACE",
                "key": zone.herd.environment["PROOF_KEY"], "rate": options.commands / (options.faults * options.each + 15),
                "bases": {n: f"http://127.0.0.1:{p}" for n, p in zone.doors.items()}}  # fmt: skip
        (directory / "plan.json").write_text(json.dumps(plan))
        say(f"up after {time.monotonic() - begun:.0f} s; {plan['rate']:.0f} commands a second")
        clients = [child("client", str(directory), str(n), log=directory / "clients.log") for n in range(1, options.clients + 1)]
        try:
            await asyncio.sleep(5)
            faults = await injected(zone, options, time.monotonic() + options.minutes * 60)
            (directory / "hurry").touch()
            more = (options.commands - count(directory)) / 20 + 60
            await until(lambda: asyncio.to_thread(lambda: count(directory) >= options.commands), more)
            (directory / "stop").touch()
            zone.network.heal()
            await until(lambda: asyncio.to_thread(lambda: all(c.poll() is not None for c in clients)), options.heal)
            (directory / "end").touch()
            await until(lambda: asyncio.to_thread(lambda: all(c.poll() is not None for c in clients)), 20)
            if bad := [c.poll() for c in clients if c.poll() != 0]:
                raise RuntimeError(f"a client ended with {bad[0]}: {(directory / 'clients.log').read_text()[-1500:]}")
        finally:
            for one in clients:
                one.kill()
                one.wait()
        took, why = await healed(zone, options.heal)
        for name in READERS:
            await redrive(zone, name)
        lines = check.histories(directory)
        say(f"healed after {took} s {why}; {len(lines)} commands; checking")
        result = await asyncio.to_thread(kept, zone, options, lines, faults)
        verify = await asyncio.to_thread(verified, zone, directory)
        result["findings"] |= {"verify": broken(verify, faults), "not_healed": [why] if why else []}
        result |= {"ends": dict(zone.herd.ends), "counts": dict(zone.counts), "healed_after": took, "verify": {
            "checks": {n: c["findings"] for n, c in verify["checks"].items()}, "looked_at": verify.get("looked_at", {})}}  # fmt: skip
    result["findings"] = {n: f for n, f in result["findings"].items() if f}
    return result | {"seed": options.seed, "line": options.line, "options": vars(options), "faults": faults, "commands": len(lines),
                     "clean": not result["findings"], "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(),
                     "minutes": round((time.monotonic() - begun) / 60, 1)}  # fmt: skip


def machine() -> str:
    from deploy.local.jars import KAFKA_VERSION
    from deploy.local.mongod import mongod, mongod_version

    load = os.getloadavg()[0]
    return (f"{os.cpu_count()} cores, load {load:.1f}, {platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}, "
            f"Kafka {KAFKA_VERSION}, MongoDB {mongod_version(mongod())}")  # fmt: skip


def failure(result: Result) -> str:
    """What a failed run prints: seed, faults, the first twenty of each finding, and the line that replays it."""
    lines = [f"FAILED  seed {result['seed']}", "faults: " + ", ".join(f"{f['n']} {f['kind']} ({f['said']})" for f in result["faults"])]
    for name, found in result["findings"].items():
        lines += [f"{name}: {len(found)}", *(f"    {f}" for f in found[:20])]
    return "\n".join([*lines, f"replay it with: {result['line']}"])
