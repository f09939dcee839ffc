"""The registration case end to end, with the kernel and by hand (`cases_by_hand.py`): cases per CPU second of service and mongod.

Both servers live side by side on one MongoDB and one Kafka and take turns in every round, the one that begins changing with the round.
Each case goes its nine steps under DUAL, the regime that has them all, from the application to the active association, until its
sixteen events are in Kafka and in the history. Names, persons, papers and credit codes are the same on both sides, and in the end so
must be what is kept: every case, every association and the events of each are compared, and a difference is an error, not a figure.
The zone grows on both sides alike: at 120 cases a round to some 130 associations in each of six districts, whose names every case looks at.
"""

import asyncio
import statistics
import time
import uuid
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import MongoClient

from services.registry.associations.association import Association
from services.registry.registration.case import Case
from services.registry.registration.regime import REGIMES
from shared import kafka
from shared.industry import classes
from shared.uscc import demo_code
from tests.bench.cases_server import service
from tests.bench.client import Line
from tests.bench.server import issuer_of
from tests.bench.spine import Bench, cpu, fresh, quantile
from tests.bench.writes import mongod_of

AT, SEED, LINES, WARM, ROUNDS = "/registry/registration-cases", 16, 8, 40, 6
RULES, CLASSES = REGIMES.get("DUAL", "2016-02"), sorted(classes())
CITIES = {"XX": "", "XX-FD": "沣东新城", "XX-FX": "沣西新城", "XX-QH": "秦汉新城", "XX-KG": "空港新城", "XX-JH": "泾河新城"}
CHARACTERS = (
    "汽车智能航空物流软件服务检验测电商展医药书画摄影太极葡萄种植装配建筑新源半导体冷链餐饮家居印刷包机械化材旅游教育养老环保金融法律广告设计动漫足球骑茯茶花卉蜂苗木珠宝钟表"
    "眼镜锁灯陶瓷玻璃纺织皮革仪阀门轴承模具铸造缆光伏储氢卫星遥感气象水利公路轨道"
)  # six of them make a trade that is like no other
OFFICES = {
    "ENTERPRISE": demo_code("91611100", 1),
    "REG_AUTHORITY": "dept:approval",
    "SUPERVISING_UNIT": "dept:supervising",
    "INDUSTRY_DEPT": "dept:industry",
}
NAMES = {  # side → database, cases, associations, and the topics of both
    "kernel": ("registry", "registration.case", "associations.association", ("registry.registration.v1", "registry.associations.v1")),
    "hand": ("hand", "cases", "associations", ("hand.registration.v1", "hand.associations.v1")),
}
STEPS, EVENTS = 9, {"cases": 13, "associations": 3}  # of one case
ASIDE = {"id", "regime", "overlaps"}  # not compared: a random id; the rules whole or by name; who else was registered at that moment


# ── one case ──────────────────────────────────────────────────────────────────────────────────────
def steps(n: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The commands of the n-th case: (name, who gives it, body); the first has no name."""
    dice = Random(SEED * 1_000_003 + n)
    district = sorted(CITIES)[n % len(CITIES)]
    name = f"西咸新区{CITIES[district]}{''.join(dice.sample(CHARACTERS, 6))}协会"
    yield "", "ENTERPRISE", {
        "kind": "INDUSTRY_ASSOCIATION", "regime": "DUAL", "name": name, "level": "NEW_AREA" if district == "XX" else "NEW_CITY", "district": district,
        "so_category": "01", "gbt4754": dice.sample(CLASSES, 2), "scope": "行业服务、行业自律、信息交流、业务培训", "purpose": "服务会员、服务行业",
        "domicile": f"{CITIES[district] or '西咸新区'}示范路 {n} 号", "territory": "西咸新区", "legal_representative": str(uuid.UUID(int=n + (4 << 76) + (8 << 60))),
        "founders": [demo_code("91611100", 2), demo_code("91611100", 3)],
    }  # fmt: skip
    yield "approve_name", "REG_AUTHORITY", {"acknowledged": []}
    yield "submit_papers", "ENTERPRISE", {
        "papers": [{"kind": kind, "document": f"{kind.lower()}-{n}.pdf"} for kind in RULES.papers], "unit_members": 36, "individual_members": 0,
        "registered_fund": 5_000_000,
    }  # fmt: skip
    yield "consent", "SUPERVISING_UNIT", {"document": f"同意〔2026〕{n}号"}
    yield "seek_opinions", "REG_AUTHORITY", {}
    yield "give_opinion", "INDUSTRY_DEPT", {"opinion": "FOR"}
    yield "grant", "REG_AUTHORITY", {"basis": "社会团体登记管理条例第十二条", "necessity": "服务对象不同"}
    yield "issue_certificate", "REG_AUTHORITY", {"uscc": code(n)}
    yield "file", "REG_AUTHORITY", {"filings": list(RULES.filings)}


def code(n: int) -> str:
    return demo_code("51611100", n + 1)


class Teller(Line):
    async def tell(self, path: str, body: dict[str, Any], head: str) -> dict[str, Any]:
        """What was answered. Raises: RuntimeError for a refusal."""
        content = orjson.dumps(body)
        self.writer.write(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{head}\r\n".encode()
            + content
        )
        answer = await self.reader.readuntil(b"\r\n\r\n")
        told = await self.reader.readexactly(int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
        if int(answer[9:12]) >= 300:
            raise RuntimeError(f"{path} answered {answer[9:12].decode()}: {told[:400].decode()}")
        found: dict[str, Any] = orjson.loads(told)
        return found


async def founded(port: int, numbers: range, heads: dict[str, str]) -> list[float]:
    """These cases from the first step to the last, LINES of them at a time; the latency of every command in ms."""
    waiting, latencies = iter(numbers), list[float]()

    async def work(line: Teller) -> None:
        for n in waiting:
            at = AT
            for name, role, body in steps(n):
                begun = time.perf_counter()
                told = await line.tell(f"{at}:{name}" if name else at, body, heads[role])
                latencies.append((time.perf_counter() - begun) * 1000)
                at = at if name else f"{AT}/{told['id']}"

    lines = [Teller(port) for _ in range(min(LINES, len(numbers)))]
    for line in lines:
        await line.open()
    await asyncio.gather(*(work(line) for line in lines))
    for line in lines:
        line.close()
    return latencies


# ── both sides ────────────────────────────────────────────────────────────────────────────────────
def settled(db: Any, side: str, count: int, within: float = 60.0) -> None:
    """Until so many associations are active and every event has gone to Kafka and into the history. Raises: RuntimeError."""
    _, cases, associations, _ = NAMES[side]
    until = time.perf_counter() + within
    while (
        db[associations].count_documents({"state.stage": "ACTIVE"}) < count
        or any(db[c].count_documents({"obx": {"$exists": True}}, limit=1) for c in (cases, associations))
        or db[f"{associations}.history"].estimated_document_count() < count * EVENTS["associations"]
        or db[f"{cases}.history"].estimated_document_count() < count * EVENTS["cases"]
    ):
        if time.perf_counter() > until:
            raise RuntimeError(f"{side}: {count} cases were not all done within {within} s")
        time.sleep(0.1)


def one_round(
    port: int, process: psutil.Process, mongod: psutil.Process, db: Any, side: str, numbers: range, heads: dict[str, str]
) -> dict[str, float]:
    """CPU and time of these cases; what is told after the last answer is counted, too."""
    before, served, begun = cpu(process), cpu(mongod), time.perf_counter()
    latencies = asyncio.run(founded(port, numbers, heads))
    seconds = time.perf_counter() - begun
    settled(db, side, numbers.stop)
    time.sleep(0.5)
    service_ms, mongod_ms = ((after - first) / len(numbers) * 1000 for after, first in ((cpu(process), before), (cpu(mongod), served)))
    return {"service_ms": service_ms, "mongod_ms": mongod_ms, "cases_per_cpu_s": 1000 / (service_ms + mongod_ms), "cases_per_s": len(numbers) / seconds,
            "p50_ms": quantile(latencies, 0.5), "p99_ms": quantile(latencies, 0.99)}  # fmt: skip


def kept(db: Any, side: str) -> dict[str, dict[str, Any]]:
    """Credit code → what is kept of the association, of its case, and the types of the events of both, in order."""
    _, cases, associations, _ = NAMES[side]
    told: dict[tuple[str, str], list[str]] = {}
    for collection in (cases, associations):
        for e in db[f"{collection}.history"].find({}, {"subject": 1, "type": 1}).sort([("subject", 1), ("sequence", 1)]):
            told.setdefault((collection, e["subject"]), []).append(e["type"])
    born = {doc["_id"]: doc["state"] for doc in db[associations].find()}
    return {
        (uscc := doc["state"]["uscc"]): {"case": said(doc["state"], Case), "association": said(born[uscc], Association),
                                         "events": [*told[cases, doc["_id"]], *told[associations, uscc]]}
        for doc in db[cases].find()
    }  # fmt: skip


def said(state: dict[str, Any], model: type[Case] | type[Association]) -> dict[str, Any]:
    """A state without what is not compared, and without what stands as it stood before anything was said of it."""
    bare = {n: f.get_default(call_default_factory=True, validated_data={}) for n, f in model.model_fields.items() if not f.is_required()}
    return {n: v for n, v in state.items() if n not in ASIDE and v is not None and v != [] and (n not in bare or v != bare[n])}


def compared(kernel: dict[str, dict[str, Any]], hand: dict[str, dict[str, Any]], count: int) -> None:
    """Raises: RuntimeError where the two sides have not come to the same end."""
    if len(kernel) != count or len(hand) != count:
        raise RuntimeError(f"{count} cases were asked for; with the kernel there are {len(kernel)}, by hand {len(hand)}")
    for uscc, ours in kernel.items():
        for part, value in ours.items():
            if value != hand[uscc][part]:
                raise RuntimeError(f"the {part} of {uscc} differs:\n{value}\n{hand[uscc][part]}")
        if len(ours["events"]) != sum(EVENTS.values()) or {ours["case"]["stage"], ours["association"]["stage"]} != {"ACTIVE"}:
            raise RuntimeError(f"{uscc} did not come to its end: {ours['events']}")


async def in_kafka(address: str, topics: list[str]) -> int:
    """How many messages lie in these topics."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    await consumer.start()
    try:
        partitions = [TopicPartition(t, p) for t in topics for p in range(4)]
        consumer.assign(partitions)
        return sum((await consumer.end_offsets(partitions)).values())
    finally:
        await consumer.stop()


def measure(bench: Bench, count: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """`count` cases a side and round; medians, every round, and the kernel's cases per CPU second over those by hand."""
    prefix, mongod, issuer = fresh(), mongod_of(bench), issuer_of(bench.key)
    heads = {role: f"Authorization: Bearer {issuer.token(role, organisation)}\r\n" for role, organisation in OFFICES.items()}
    topics = {*service.topics, *service.sources, *NAMES["hand"][3]}
    asyncio.run(kafka.create_topics([bench.endpoints.kafka], [prefix + t for t in sorted(topics)], partitions=4))
    found: dict[str, list[dict[str, float]]] = {side: [] for side in NAMES}
    with (
        MongoClient[dict[str, Any]](bench.endpoints.mongo) as client,
        bench.server("tests.bench.cases_server", "kernel", prefix=prefix) as ours,
        bench.server("tests.bench.cases_server", "hand", prefix=prefix) as theirs,
    ):
        servers = {"kernel": ours, "hand": theirs}
        dbs = {side: client[f"{prefix}{names[0]}"] for side, names in NAMES.items()}
        while dbs["kernel"]["registration.regime"].count_documents({}) < len(REGIMES.all()):
            time.sleep(0.1)
        numbers = range(WARM)
        for side, (port, process, _) in servers.items():
            one_round(port, process, mongod, dbs[side], side, numbers, heads)
        for turn in range(rounds):
            numbers = range(numbers.stop, numbers.stop + count)
            for side in list(servers)[:: 1 if turn % 2 == 0 else -1]:
                found[side].append(one_round(*servers[side][:2], mongod, dbs[side], side, numbers, heads))
                print(side, {n: round(v, 1) for n, v in found[side][-1].items()}, flush=True)
        compared(kept(dbs["kernel"], "kernel"), kept(dbs["hand"], "hand"), numbers.stop)
        told = {side: asyncio.run(in_kafka(bench.endpoints.kafka, [prefix + t for t in names[3]])) for side, names in NAMES.items()}
        if min(told.values()) < numbers.stop * sum(EVENTS.values()):
            raise RuntimeError(f"not every event lies in Kafka: {told}")
    return summed(found) | {
        "cases_a_round": count,
        "steps": STEPS,
        "events": EVENTS,
        "associations_at_the_end": numbers.stop,
        "in_kafka": told,
    }


def summed(found: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians of the rounds; the ratio once for service and mongod together, once for the service alone, and the lesser of the two."""
    pairs = list(zip(found["kernel"], found["hand"], strict=True))
    whole = [k["cases_per_cpu_s"] / h["cases_per_cpu_s"] for k, h in pairs]
    alone = [h["service_ms"] / k["service_ms"] for k, h in pairs]
    medians = {side: {n: statistics.median(r[n] for r in rounds) for n in rounds[0]} for side, rounds in found.items()}
    ratios = {"with_mongod": statistics.median(whole), "service_alone": statistics.median(alone)}
    return {
        **medians,
        **ratios,
        "to_hand": min(ratios.values()),
        "each_round": {"with_mongod": whole, "service_alone": alone},
        "rounds": found,
    }
