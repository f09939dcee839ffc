"""Hostile input on every route and every topic of the platform (reliability B1-B9, B16, B18, B20).

Each answer is a problem with a code, below 500, and never repeats the input; each stranger on a topic is set aside and stops nobody.
"""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from services.__main__ import services
from shared.engine import Service
from shared.http import openapi
from shared.record import ROLES
from tests.shared.conftest import Zone, running, until
from tests.shared.test_bus import HEAD, STRANGERS

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
SERVICES = services()
PATHS: dict[str, dict[str, Any]] = {s.name: openapi(s)["paths"] for s in SERVICES}  # drawn once: the registry's takes two seconds
LONG = "龘" * 3000
BODIES: dict[str, bytes] = {
    "nothing": b"", "not JSON": b"{", "a list": b"[]", "null": b"null", "NaN": b'{"x": NaN}', "infinite": b'{"x": 1e999}', "surrogate": b'{"x": "\\udfff"}',
    "doubled": b'{"x": 1, "x": 2}', "GBK": "{\"名\": 1}".encode("gbk"), "BOM": b"\xef\xbb\xbf{}", "deep": b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "operators": b'{"id": {"$ne": null}, "name": {"$regex": "^a"}, "$where": "sleep(5000)"}', "paths": b'{"a.b": 1, "$set": {}, "__proto__": {}, "meta.a.$[].b": 1}',
    "mass assignment": b'{"role": "OPERATOR", "stage": "ACTIVE", "grade": "5A", "_id": "x", "version": 99, "association": "51611100PDY000087D"}',
    "numbers": b'{"amount": 1e308, "year": 999999, "days": -1, "fund": -5}', "whole of 5000 digits": b'{"amount": ' + b"9" * 5000 + b"}",
    "long": json.dumps({"name": LONG, "text": LONG, "reason": LONG}, ensure_ascii=False).encode(),
    "odd text": json.dumps({"name": "西咸\u202e新区\u200b协会\x00", "reason": "\x1b[31m", "text": "АВС协会ABC", "uscc": "５１61", "comment": "${jndi}{{7*7}}"}).encode(),
    "log lines": json.dumps({"reason": '\n{"event":"login ok"}', "text": "a\u2028b"}).encode(),
    "dates": b'{"date": "2026-02-30", "on": "9999-13-01", "from": "0000-00-00", "at": "2026-01-01T25:00:00"}',
}  # fmt: skip
IDS = ("no-such", "%00", "..%2f..%2fetc", "a" * 500, "%7B%22$ne%22:1%7D", "〇", "x%0d%0aSet-Cookie:1", "~", "a:b:c")
QUERIES = ("filter[$where]=sleep(5000)", "limit=-1", "limit=10000000", "after=%00", "stage=NONE", "q=%5E(a%2B)%2B%24", "as_of=never", "x" * 2000 + "=1", "total=maybe",
           "newest[$ne]=1", "q=" + "%F0%A0%80%80" * 50)  # fmt: skip


@pytest.fixture(scope="module")
async def platform(stack: Any) -> AsyncIterator[Zone]:
    async for zone in running(SERVICES, stack):
        yield zone


def routes(service: Service, method: str) -> list[str]:
    return [path for path, told in PATHS[service.name].items() if method in told]


def sound(answer: httpx.Response, what: str) -> None:
    """Below 500, and if it is a refusal a problem that repeats nothing of what was sent."""
    assert answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:300]}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", what
        body = answer.json()
        assert body["code"], what
        assert re.fullmatch(r"[a-z][a-z0-9_.]*", body["code"]), what
        for secret in ("sleep(", "$regex", "龘龘龘", "jndi", "login ok", "\u202e", "2026-02-30"):
            assert secret not in answer.text, f"{what} repeats its input"


async def several(calls: list[Any]) -> None:
    gate = asyncio.Semaphore(8)

    async def one(call: Any) -> None:
        async with gate:
            await call

    await asyncio.gather(*(one(c) for c in calls))


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
async def test_no_body_breaks_a_command(platform: Zone, service: Service) -> None:
    """One route in five over a socket, where the server reads the request too; the others as the server hands them on."""

    async def send(way: httpx.AsyncClient, path: str, name: str, body: bytes, role: str) -> None:
        head = platform.head(role, "51611100PDY000087D", "XX-KG") | {"Content-Type": "application/json"}
        answer = await way.post(path.replace("{id}", "no-such"), content=body, headers=head)
        sound(answer, f"POST {path} {name} as {role}")
        if name != "nothing":
            assert answer.status_code >= 400, f"POST {path} accepted {name}"

    calls = []
    for n, path in enumerate(routes(service, "post")):
        way = platform.inside if n % 5 else platform.client
        allowed = set(re.findall(r"[A-Z_]{3,}", openapi_notes(service, path))) & set(ROLES)
        role = sorted(allowed - {"CLOCK", "PLATFORM", "PUBLIC"})[:1] or ["SO_ADMIN"]
        calls += [send(way, path, name, body, role[0]) for name, body in BODIES.items()]
    await several(calls)


def openapi_notes(service: Service, path: str) -> str:
    return str(PATHS[service.name][path]["post"].get("description", ""))


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
async def test_no_address_and_no_query_breaks_a_reading(platform: Zone, service: Service) -> None:
    """Every odd address and query of every route, an officer and an association asking in turn."""

    async def read(path: str, role: str) -> None:
        sound(await platform.get(path, role, "51611100PDY000087D"), f"GET {path[:200]} as {role}")

    asked = []
    for path in routes(service, "get"):
        if "/stream" not in path:
            asked += [re.sub(r"\{[a-z_]+\}", id_, path) for id_ in IDS if "{" in path]
            asked += [re.sub(r"\{[a-z_]+\}", "no-such", path) + "?" + query for query in QUERIES]
    await several([read(path, ("SO_ADMIN", "ASSOCIATION")[n % 2]) for n, path in enumerate(asked)])


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
async def test_a_role_that_is_not_named_gets_no_command_through(platform: Zone, service: Service) -> None:
    async def send(path: str, role: str) -> None:
        answer = await platform.inside.post(
            path.replace("{id}", "no-such"), json={}, headers=platform.head(role, "x") if role != "PUBLIC" else {}
        )
        assert answer.status_code in (401, 403), f"{path} as {role}: {answer.status_code}"

    calls = []
    for kind in service.kinds:
        for path, move in derived(service, kind):
            calls += [send(path, role) for role in set(ROLES) - set(move.by) - {"CLOCK", "PLATFORM"}]
    await several(calls)


def derived(service: Service, kind: Any) -> list[tuple[str, Any]]:
    from shared.http import Face

    return [(path, move) for _, path, move, _ in Face(kind, None).paths() if move]  # type: ignore[arg-type]


@pytest.mark.parametrize("service", [s for s in SERVICES if s.sources], ids=lambda s: s.name)
async def test_strangers_on_every_topic_are_set_aside_and_stop_nobody(platform: Zone, service: Service) -> None:
    engine = platform.engine(service.name)
    producer = AIOKafkaProducer(bootstrap_servers=list(platform.settings.kafka), max_request_size=900_000)
    await producer.start()
    strangers, good = 0, []
    for topic in service.sources:
        room = topic.removesuffix(".v1")
        source = f"/{room.replace('.', '/')}/stranger"
        for what, wrong in STRANGERS:
            if what in ("a thousand headers", "a type of another topic", "a forged source"):
                continue
            strangers += 1
            await stranger(producer, platform.settings.prefix + topic, room, source, f"odd-{uuid.uuid4()}", wrong)
        good.append((f"{source}/good-{room}", room))
        await stranger(producer, platform.settings.prefix + topic, room, source, f"good-{room}", {})
    await producer.stop()
    for key, _ in good:
        await until(lambda key=key: engine.store.one("heads", key))

    async def all_set_aside() -> bool:
        aside = {"state": "UNREADABLE", "where": {"$regex": "^" + platform.settings.prefix}}
        return await engine.store.tally("letters", aside) >= strangers

    await until(all_set_aside)  # the good ones came on other partitions, perhaps before the last stranger
    assert (await platform.client.get("/readyz")).json()["reasons"] == []


async def stranger(producer: AIOKafkaProducer, topic: str, room: str, source: str, subject: str, wrong: dict[str, Any]) -> None:
    fields = (
        HEAD | {"ce_id": str(uuid.uuid4()), "ce_subject": subject, "ce_type": f"{room}.nobody_knows_this.v1", "ce_source": source} | wrong
    )
    head = [(n, v if isinstance(v, bytes) else str(v).encode()) for n, v in fields.items() if v is not None and n.startswith(("ce_", "x"))]
    await producer.send_and_wait(topic, wrong.get("value", b"{}"), key=wrong.get("key", subject.encode()), headers=head)
