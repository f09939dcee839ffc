"""The HTTP face and its guard: what a caller sees, also one who means harm (reliability B1-B6, B9, B16, B18)."""

import asyncio
import json
import socket
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from shared.auth import DEMO_ISSUER
from shared.http import BODY_MAX, openapi
from shared.problems import language
from tests.shared.conftest import Zone
from tests.shared.kernel_samples import club, library


def is_problem(answer: httpx.Response, status: int, code: str = "") -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "code", "detail"} <= body.keys()
    assert not code or body["code"] == code
    return body


async def raw(zone: Zone, body: bytes, kind: str = "application/json", path: str = "/library/loans") -> httpx.Response:
    return await zone.client.post(path, content=body, headers=zone.head() | {"Content-Type": kind})


# ── what a caller sees ────────────────────────────────────────────────────────────────────────────
async def test_open_read_change_and_list(zone: Zone) -> None:
    made = await zone.post("/library/loans", {"book": "http-1"})
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    there = made.headers["location"]
    assert (await zone.get(there, "ENTERPRISE", "e1")).json()["meta"]["can"] == ["mark", "return"]
    changed = await zone.post(f"{there}:mark", {"mark": "p"}, If_Match='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    is_problem(await zone.post(f"{there}:mark", {"mark": "p"}, If_Match='W/"1"'), 412, "version_changed")
    is_problem(await zone.post(f"{there}:mark", {"mark": "p"}, If_Match="newest"), 422, "bad_if_match")
    assert (await zone.get(there, If_None_Match='"2"')).status_code == 304
    found = (await zone.get("/library/loans?book=http-1&stage=LENT&total=true")).json()
    assert (found["total"], found["next"], found["items"][0]["marks"]) == (1, None, ["p"])


async def test_pages_carry_on_where_the_last_one_ended(zone: Zone) -> None:
    for n in range(5):
        await zone.post("/library/loans", {"book": f"page-{n}"}, organisation="pager")
    seen, after = [], ""
    while True:
        page = (await zone.get(f"/library/loans?reader=pager&limit=2&after={after}")).json()
        seen += [i["book"] for i in page["items"]]
        if not (after := page["next"]):
            break
    assert seen == [f"page-{n}" for n in range(5)]
    assert [i["book"] for i in (await zone.get("/library/loans?reader=pager&newest=true&limit=1")).json()["items"]] == ["page-4"]


async def test_one_sees_and_moves_only_what_is_ones_own(zone: Zone) -> None:
    there = (await zone.post("/library/loans", {"book": "mine"}, organisation="owner")).headers["location"]
    is_problem(await zone.get(there, "ENTERPRISE", "stranger"), 404, "not_found")
    is_problem(await zone.get(f"{there}/history", "ENTERPRISE", "stranger"), 404, "not_found")
    is_problem(await zone.post(f"{there}:mark", {"mark": "x"}, organisation="stranger"), 404, "not_found")
    is_problem(await zone.post(f"{there}:mark", {"mark": "x"}, role="SO_ADMIN"), 403, "role_not_allowed")
    is_problem(await zone.get("/library/loans", "PANEL"), 403, "role_not_allowed")
    assert (await zone.get("/library/loans?reader=owner", "ENTERPRISE", "stranger")).json() == {"items": [], "next": None}
    assert (await zone.get("/library/loans?reader=owner&total=true", "ENTERPRISE", "stranger")).json()["total"] == 0
    assert (await zone.get("/library/loans?total=true", "ENTERPRISE", "")).json()["total"] == 0
    is_problem(await zone.client.get(there), 403, "role_not_allowed")


async def test_a_key_repeated_by_another_client_is_another_call(zone: Zone) -> None:
    one = await zone.post("/library/loans", {"book": "key"}, organisation="ka", Idempotency_Key="k")
    two = await zone.post("/library/loans", {"book": "key"}, organisation="kb", Idempotency_Key="k")
    again = await zone.post("/library/loans", {"book": "key"}, organisation="ka", Idempotency_Key="k")
    assert one.json()["id"] == again.json()["id"] != two.json()["id"]
    is_problem(await zone.post("/library/loans", {"book": "other"}, organisation="ka", Idempotency_Key="k"), 422, "idempotency_key_reused")
    is_problem(await zone.post("/library/loans", {"book": "b"}, Idempotency_Key="x" * 201), 422, "bad_idempotency_key")
    many = await asyncio.gather(*(zone.post("/library/loans", {"book": "race"}, organisation="kc", Idempotency_Key="k") for _ in range(8)))
    assert len({m.json()["id"] for m in many}) == 1


async def test_earlier_states_by_time_by_knowledge_and_by_number(zone: Zone) -> None:
    made = await zone.post("/library/loans", {"book": "past", "since": "2026-01-10"})
    there = made.headers["location"]
    await zone.post(f"{there}:mark", {"mark": "p"})
    events = (await zone.get(f"{there}/history")).json()["items"]
    assert (await zone.get(f"{there}?version=1")).json()["marks"] == []
    assert (await zone.get(f"{there}?as_of=2026-01-11T00:00:00%2B08:00")).json()["marks"] == []  # it began before it was recorded
    is_problem(await zone.get(f"{there}?as_of=2026-01-09T00:00:00%2B08:00"), 404)
    is_problem(await zone.get(f"{there}?known_at=2026-01-11T00:00:00Z"), 404)
    at = (await zone.get(f"{there}?known_at={events[1]['recorded']}")).json()
    assert (at["marks"], at["meta"]["version"]) == (["p"], 2)
    is_problem(await zone.get(f"{there}?as_of=yesterday"), 422, "malformed")
    is_problem(await zone.get(f"{there}?as_of=2026-01-11T00:00:00"), 422, "malformed")
    card = (await zone.post("/library/cards", {"pin": "0000"}, organisation="past")).headers["location"]
    is_problem(await zone.get(f"{card}?version=1", "ENTERPRISE", "past"), 409, "not_recallable")


async def test_event_data_equals_the_record_at_that_version(zone: Zone) -> None:
    there = (await zone.post("/library/loans", {"book": "same"})).headers["location"]
    await zone.post(f"{there}:return")
    for event in (await zone.get(f"{there}/history")).json()["items"]:
        state = (await zone.get(f"{there}?version={event['sequence']}")).json()
        assert {n: v for n, v in event["data"].items() if n in state}.items() <= state.items()


async def test_refusals_speak_the_language_asked_for(zone: Zone) -> None:
    chinese = is_problem(await zone.post("/library/loans", {}, Accept_Language="zh-CN,zh;q=0.9,en;q=0.1"), 422)
    english = is_problem(await zone.post("/library/loans", {}, Accept_Language="fr, en;q=0.3"), 422)
    assert chinese["errors"] == [{"pointer": "/book", "code": "missing", "detail": "必填"}]
    assert english["errors"][0]["detail"] == "is required"
    assert [language(h) for h in ("zh", "en;q=0.1,zh;q=0.2", "en", "", "zh;q=x,en", "de")] == [1, 1, 0, 0, 0, 0]


async def test_unknown_addresses_and_methods_are_problems_too(zone: Zone) -> None:
    is_problem(await zone.get("/nothing/here"), 404, "not_found")
    is_problem(await zone.client.delete("/library/loans"), 405, "method_not_allowed")
    is_problem(await zone.get("/library/loans/%00"), 404)


# ── one who means harm ────────────────────────────────────────────────────────────────────────────
NOT_JSON = {
    "NaN": b'{"book": NaN}', "infinite": b'{"book": "b", "days": 1e400}', "lone surrogate": b'{"book": "\\ud800"}', "doubled key": b'{"book": "a", "book": "b"}',
    "GBK": '{"book": "协会"}'.encode("gbk"), "BOM": b"\xef\xbb\xbf{}", "five thousand digits": b'{"book": "b", "days": ' + b"9" * 5000 + b"}",
    "a hundred thousand brackets": b"[" * 100_000, "half a body": b'{"book": ', "deep": b'{"book":' + b"[" * 70 + b"]" * 70 + b"}",
}  # fmt: skip


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_what_is_not_strict_json_is_refused(zone: Zone, body: bytes) -> None:
    is_problem(await raw(zone, body), 400)


FORMS: dict[str, Any] = {
    "operator": {"book": {"$ne": None}}, "where": {"book": "b", "$where": "sleep(5000)"}, "path": {"book": "b", "a.b": 1}, "proto": {"book": "b", "__proto__": {}},
    "mass assignment": {"book": "b", "stage": "RETURNED", "version": 9, "_id": "x"}, "number as text": {"book": "b", "days": "7"}, "real as whole": {"book": "b", "days": 7.5},
    "too many": {"book": "b", "days": 10**12}, "negative": {"book": "b", "days": -1}, "NUL": {"book": "a\x00b"}, "right to left": {"book": "a\u202eb"}, "zero width": {"book": "a\u200bb"},
    "private use": {"book": "\ue000"}, "empty": {"book": ""}, "long": {"book": "x" * 2001}, "list": ["book"], "null": None, "date": {"book": "b", "since": "2026-02-30"},
}  # fmt: skip


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS.keys())
async def test_a_wrong_form_is_told_where_and_never_repeated(zone: Zone, body: Any) -> None:
    answer = await raw(zone, json.dumps(body).encode())
    told = is_problem(answer, 422, "malformed")
    assert told["errors"][0]["pointer"].startswith("/") or told["errors"][0]["pointer"] == ""
    for secret in ("sleep", "\u202e", "RETURNED", "2026-02-30"):
        assert secret not in answer.text


async def test_bodies_have_a_size_a_type_and_a_time(zone: Zone) -> None:
    is_problem(await raw(zone, b'{"book": "' + b"x" * BODY_MAX + b'"}'), 413, "too_large")
    is_problem(await raw(zone, b"book=b", "application/x-www-form-urlencoded"), 415, "not_json")
    is_problem(await raw(zone, b"{}", ""), 415, "not_json")

    async def endless() -> Any:
        for _ in range(1000):
            yield b"x" * 1024

    answer = await zone.client.post("/library/loans", content=endless(), headers=zone.head() | {"Content-Type": "application/json"})
    is_problem(answer, 413, "too_large")


async def test_a_body_that_drips_is_cut_off(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.http.BODY_SECONDS", 0.3)
    port = zone.client.base_url.port
    head = f"POST /library/loans HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nAuthorization: {zone.head()['Authorization']}\r\n\r\n{{"

    def drip() -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(head.encode())
            return line.recv(4096)

    assert (await asyncio.to_thread(drip)).startswith(b"HTTP/1.1 408")


async def test_lists_take_only_their_own_filters(zone: Zone) -> None:
    for bad in ("filter[$where]=1", "book[$ne]=", "limit=0", "limit=201", "limit=x", "stage=GONE", "after=" + "x" * 300, "book=a&book=b"):
        told = is_problem(await zone.get(f"/library/loans?{bad}"), 422, "malformed")
        assert told["errors"]


def forged(zone: Zone) -> dict[str, str]:
    now, good = int(time.time()), zone.issuer.key
    claims = {"iss": DEMO_ISSUER, "aud": "guildhall", "sub": "s", "iat": now, "exp": now + 600, "role": "SO_ADMIN"}
    rsa, octet, other = RSAKey.generate_key(2048), OctKey.import_key("k" * 32), ECKey.generate_key("P-256")

    def sign(key: Any, alg: str, head: dict[str, Any] | None = None, **changes: Any) -> str:
        body = {k: v for k, v in (claims | changes).items() if v is not None}
        return jwt.encode({"alg": alg, "typ": "at+jwt", "kid": good.kid} | (head or {}), body, key, algorithms=[alg])

    return {
        "other key": sign(other, "ES256"), "RS for ES": sign(rsa, "RS256"), "HS for ES": sign(octet, "HS256"),
        "none": "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.", "expired": sign(good, "ES256", exp=now - 60), "no expiry": sign(good, "ES256", exp=None),
        "no issue time": sign(good, "ES256", iat=None), "too long a life": sign(good, "ES256", exp=now + 10**6), "from the future": sign(good, "ES256", nbf=now + 300),
        "other audience": sign(good, "ES256", aud="elsewhere"), "other issuer": sign(good, "ES256", iss="https://evil.example"),
        "id token": sign(good, "ES256", {"typ": "JWT"}), "no subject": sign(good, "ES256", sub=None), "no role": sign(good, "ES256", role=None),
        "role of the kernel": sign(good, "ES256", role="PLATFORM"), "unknown role": sign(good, "ES256", role="KING"), "path as kid": sign(good, "ES256", {"kid": "../../etc/passwd"}),
        "foreign keys": sign(other, "ES256", {"jku": "https://evil.example/jwks"}), "rubbish": "abc", "not ASCII": "Ａ.b.c", "a dot": ".",
    }  # fmt: skip


async def test_no_forged_token_is_accepted_and_all_get_one_answer(zone: Zone) -> None:
    answers = set()
    for what, token in forged(zone).items():
        answer = await zone.client.get("/club/notes", headers=[(b"Authorization", b"Bearer " + token.encode())])
        assert answer.status_code == 401, what
        answers.add(answer.text)
    assert len(answers) == 1
    is_problem(await zone.client.get("/club/notes", headers={"Authorization": "Bearer " + "x" * 20_000}), 401)
    is_problem(await zone.client.get("/club/notes", headers={"Authorization": "Basic eDp5"}), 401)


async def test_what_breaks_inside_is_told_without_its_place(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret place")

    monkeypatch.setattr(zone.engine("club").store, "find", broken)
    answer = await zone.get("/club/notes")
    is_problem(answer, 500, "internal")
    assert "secret" not in answer.text


async def test_only_the_operator_rehearses_and_the_clock_goes_forward(zone: Zone) -> None:
    is_problem(await zone.post("/clock", {"now": "2030-01-01T00:00:00Z"}, role="SO_ADMIN"), 403)
    is_problem(await zone.post("/identity/token", {"role": "OPERATOR"}, role="ENTERPRISE"), 403)
    is_problem(await zone.post("/clock", {"now": "2000-01-01T00:00:00Z"}, role="OPERATOR"), 409, "clock_goes_forward")
    token = (await zone.post("/identity/token", {"role": "ENTERPRISE", "organisation": "z"}, role="OPERATOR")).json()["access_token"]
    made = await zone.client.post("/library/loans", json={"book": "t"}, headers={"Authorization": f"Bearer {token}"})
    assert made.json()["reader"] == "z"


async def test_probes_and_metrics_answer_without_a_token(zone: Zone) -> None:
    assert (await zone.client.get("/livez")).json() == {"alive": True, "stuck": []}
    assert (await zone.client.get("/readyz")).json() == {"ready": True, "reasons": []}
    text = (await zone.client.get("/metrics")).text
    for name in (
        "guildhall_commands_total",
        "guildhall_outbox_oldest_seconds",
        "guildhall_event_age_seconds_bucket",
        "guildhall_letters_waiting",
    ):
        assert name in text


def test_the_description_holds_every_route_and_form() -> None:
    document = openapi(library)
    assert "/library/loans/{id}:mark" in document["paths"]
    assert document["paths"]["/library/loans"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Form")
    assert "/club/marks/{loan}" in openapi(club)["paths"]
    refs = {line.split('"')[3].rsplit("/", 1)[1] for line in json.dumps(document, indent=0).splitlines() if line.startswith('"$ref"')}
    assert refs <= document["components"]["schemas"].keys()
