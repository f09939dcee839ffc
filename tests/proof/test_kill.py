"""SIGKILL of every service, and with it of its relay, its intake and its clock, under 500 commands (issue 3 §4).

0 lost, 0 doubled, 0 out of order: by the history, by the topic and by the read models of three other services.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient
from rich.progress import Progress

from deploy.demo.data import demo
from deploy.demo.load import Story, first_morning
from deploy.demo.platform import Platform, Who
from deploy.local.process import choose_ports
from services.__main__ import topics
from shared import kafka
from shared.uscc import demo_code
from tests.bench.server import issuer_of
from tests.shared.conftest import until

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
ROOT = Path(__file__).resolve().parents[2]
NAMES = ("registry", "evaluation", "notification", "matchmaking")
MEMBERS, LEAVERS = int(os.environ.get("KILL_MEMBERS", "170")), int(os.environ.get("KILL_LEAVERS", "160"))
PACE = 0.08  # seconds between two enterprises that begin
SEED = int(os.environ.get("SEED", "20210311"))


class Herd:
    """The four services as processes; whoever dies is started again after 0.3 s."""

    def __init__(self, stack: Any, directory: Path) -> None:
        self.prefix, self.key = f"test_{uuid.uuid4().hex[:8]}_", str(directory / "key.json")
        self.ports = dict(zip(NAMES, choose_ports(len(NAMES)), strict=True))
        self.issuer, self.stack, self.log = issuer_of(self.key), stack, (directory / "services.log").open("ab")
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.kills: Counter[str] = Counter()
        self.over = False

    def start(self, name: str) -> None:
        env = os.environ | {
            "GUILDHALL_KAFKA": self.stack.kafka,
            "GUILDHALL_MONGO": self.stack.mongo,
            "GUILDHALL_PREFIX": self.prefix,
            "PROOF_KEY": self.key,
            "POD_NAME": f"{name}-0",
        }
        command = [sys.executable, "-m", "tests.proof.process", name, str(self.ports[name])]
        self.children[name] = subprocess.Popen(command, env=env, cwd=ROOT, stdout=self.log, stderr=self.log)

    async def watch(self) -> None:
        while not self.over:
            for name, child in list(self.children.items()):
                if child.poll() is not None:
                    await asyncio.sleep(0.3)
                    self.start(name)
            await asyncio.sleep(0.05)

    async def kill(self, dice: random.Random) -> None:
        """One after the other in shuffled rounds, whatever they are doing."""
        while not self.over:
            for name in dice.sample(NAMES, len(NAMES)):
                await asyncio.sleep(dice.uniform(0.2, 1.2))
                await until(lambda name=name: self.alive(name), 60)  # whoever is killed was at work
                if self.over:
                    return
                self.children[name].send_signal(signal.SIGKILL)
                self.kills[name] += 1

    async def alive(self, name: str) -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                return (await client.get(f"{self.bases[name]}/livez")).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def bases(self) -> dict[str, str]:
        return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}

    async def ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return all([(await client.get(f"{base}/readyz")).status_code == 200 for base in self.bases.values()])
        except httpx.TransportError:
            return False


@pytest.fixture
async def herd(stack: Any, tmp_path: Path) -> AsyncIterator[Herd]:
    made = Herd(stack, tmp_path)
    await kafka.create_topics([stack.kafka], topics(made.prefix), partitions=4)
    for name in NAMES:
        made.start(name)
    yield made
    made.over = True
    for child in made.children.values():
        child.kill()
        child.wait()
    with MongoClient[dict[str, Any]](stack.mongo) as client:
        for name in NAMES:
            client.drop_database(f"{made.prefix}{name}")


async def test_nothing_is_lost_doubled_or_reordered_when_every_service_is_killed_again_and_again(herd: Herd, stack: Any) -> None:
    dice = random.Random(SEED)
    print(f"replay with SEED={SEED}")
    async with httpx.AsyncClient(timeout=10) as client:
        await until(lambda: herd.ready(client), 40)
        platform = Platform(herd.bases, herd.issuer.token("OPERATOR", "operator"), client, concurrency=8, patience=480)
        association = await registered(platform)
        watching, killing = asyncio.create_task(herd.watch()), asyncio.create_task(herd.kill(dice))
        told = await commands(platform, association)
        killing.cancel()
        await until(lambda: herd.ready(client), 60)
        try:
            with MongoClient[dict[str, Any]](stack.mongo) as mongo:
                databases = {name: mongo[f"{herd.prefix}{name}"] for name in NAMES}
                await until(lambda: settled(databases, association), 60)
                check_history(databases["registry"], told)
                await check_topic(herd, databases["registry"])
                check_read_models(databases, association)
        finally:
            herd.over = True
            await watching
    assert all(herd.kills[name] >= 2 for name in NAMES), herd.kills


async def registered(platform: Platform) -> str:
    """One association, by way of its case."""
    zone = demo()
    one = next(a for a in zone.associations if a.regime == "DIRECT" and not a.founded_in_demo and a.level == "NEW_AREA")
    with Progress(disable=True) as progress:
        story = Story(platform, zone, await first_morning(platform), progress)
        await story.apply(one)
        who = Who("REG_AUTHORITY", "dept:approval")
        at = f"registry/registration-cases/{story.cases[one.uscc]}"
        papers = [
            {"kind": k, "document": f"{k.lower()}.pdf"}
            for k in ("APPLICATION_FORM", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER")
        ]
        await platform.tell(who, f"{at}:approve_name", {"acknowledged": []}, "k-name")
        form = {"papers": papers, "unit_members": len(one.members), "individual_members": 0, "registered_fund": one.registered_fund}
        await platform.tell(Who("ENTERPRISE", one.members[0].firm), f"{at}:submit_papers", form, "k-papers")
        await platform.tell(who, f"{at}:seek_opinions", {}, "k-opinions")
        await platform.tell(Who("INDUSTRY_DEPT", "dept:industry"), f"{at}:give_opinion", {"opinion": "FOR"}, "k-opinion")
        await story.certify(one)
        await platform.until("the association is active", lambda: active(platform, one.uscc))
    return str(one.uscc)


async def active(platform: Platform, uscc: str) -> bool:
    return await platform.count(Who("SO_ADMIN", "dept:so-admin"), "registry/associations", stage="ACTIVE") == 1


async def commands(platform: Platform, association: str) -> int:
    """Every enterprise applies, is admitted, and most leave: each command repeated with its key until it is answered."""
    us = Who("ASSOCIATION", association)

    async def one(n: int) -> int:
        await asyncio.sleep(n * PACE)
        firm = demo_code("91611100", 50_000 + n)
        made = await platform.tell(Who("ENTERPRISE", firm), "registry/memberships", {"association": association}, f"apply-{n}")
        await platform.tell(us, f"registry/memberships/{made['id']}:admit", {}, f"admit-{n}")
        if n < LEAVERS:
            await platform.tell(us, f"registry/memberships/{made['id']}:leave", {"reason": "RELOCATED"}, f"leave-{n}")
        return 3 if n < LEAVERS else 2

    return sum(await asyncio.gather(*(one(n) for n in range(MEMBERS))))


async def settled(databases: Any, association: str) -> bool:
    """Every outbox is empty and every reader has come to the last event."""
    heads = {
        name: {h["_id"]: h["seq"] for h in databases[name].heads.find({"_id": {"$regex": "^/registry/members/"}})} for name in NAMES[1:]
    }
    last = {
        f"/registry/members/membership/{r['_id']}": r["version"]
        for r in databases["registry"]["members.membership"].find({}, {"version": 1})
    }
    return (
        all(seen == last for seen in heads.values())
        and databases["registry"]["members.membership"].count_documents({"obx": {"$exists": True}}) == 0
    )


def check_history(registry: Any, told: int) -> None:
    history = list(registry["members.membership.history"].find().sort([("subject", 1), ("sequence", 1)]))
    assert len(history) == told, f"{told} commands were answered, {len(history)} events are kept"
    assert max(Counter((h["subject"], h["call"]) for h in history).values()) == 1, "a command took effect twice"
    by_record: dict[str, list[int]] = {}
    for h in history:
        by_record.setdefault(h["subject"], []).append(h["sequence"])
    assert all(s == list(range(1, len(s) + 1)) for s in by_record.values()), "a history has a gap"


async def check_topic(herd: Herd, registry: Any) -> None:
    records = await kafka.read_all([herd.stack.kafka], [f"{herd.prefix}registry.members.v1"])
    kept = {h["_id"] for h in registry["members.membership.history"].find({}, {"_id": 1})}
    copies: dict[str, set[bytes]] = {}
    first: dict[bytes, list[int]] = {}
    for record in sorted(records, key=lambda r: (r.partition, r.offset)):
        head = {n: v.decode() for n, v in record.headers}
        if head["ce_id"] not in copies:
            first.setdefault(record.key, []).append(int(head["ce_sequence"]))
        copies.setdefault(head["ce_id"], set()).add(record.value)
    assert copies.keys() == kept, "the topic and the history tell different stories"
    assert all(len(values) == 1 for values in copies.values()), "two copies of one event differ"
    assert all(s == list(range(1, len(s) + 1)) for s in first.values()), "an event came before its predecessor"
    print(f"{len(records) - len(copies)} repeated sends were absorbed; kills: {dict(herd.kills)}")


def check_read_models(databases: Any, association: str) -> None:
    stay = MEMBERS - LEAVERS
    facts = {f["key"]: f["value"] for f in databases["evaluation"].facts.find({"association": association})}
    assert facts["members.joined"] == MEMBERS
    assert facts.get("exits[RELOCATED]", 0) == LEAVERS
    assert databases["notification"].roll.count_documents({"association": association}) == stay
    profile = databases["matchmaking"].profiles.find_one({"_id": association})
    assert profile["members"] == stay
    for name in NAMES:
        assert databases[name].letters.count_documents({}) == 0, name
