"""The reading side as it is served: events in, questions over HTTP; one registry on a real MongoDB and Kafka for all of it."""

import asyncio
import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.registry.associations.association import AssociationRegistered, associations
from services.registry.directory import search
from services.registry.directory.search import AskedPage
from services.registry.directory.snapshots import chunks, publish_due, take
from services.registry.directory.views import FIELDS
from services.registry.port.client import Wish, api_clients
from services.registry.service import service
from shared.district import NEW_CITIES
from shared.engine import Letter, Service
from shared.mongo import Stamp
from shared.record import Call
from tests.bench.explaining import looked_at
from tests.registry.examples import AIR, association
from tests.shared.conftest import Zone, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
AI, CAR, REAL = "51611100PDY0000440", "51611100PDY000108X", "51611100PDY00001XA"
OTHERS = (
    Service("evaluation", rooms={"grades": "public"}),
    Service("matchmaking", rooms={"leads": "zone", "partnerships": "public"}),
)  # their topics
ENTRIES = {
    AIR: ("西咸新区航空物流协会", "NEW_CITY", "XX-KG", ("56", "58")), AI: ("西咸新区人工智能产业协会", "NEW_AREA", "XX", ("65",)),
    CAR: ("西咸新区汽车行业协会", "NEW_AREA", "XX", ("3610",)),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zone(stack: Any) -> AsyncIterator[Zone]:
    """The registry, with three associations, one of them graded and one on a credit list."""
    async for made in running([service, *OTHERS], stack):
        engine = made.engine("registry")
        letters = [registered(n, *entry) for n, entry in ENTRIES.items()]
        letters += [
            letter("/evaluation/grades/grade", "g", "evaluation.grades.evaluation_completed.v1",
                   {"association": AIR, "grade": "4A", "valid_from": "2026-01-01", "valid_to": "2030-12-31"}),
            letter("/registry/supervision/credit_listing", "l", "registry.supervision.abnormal_listing_added.v1",
                   {"association": CAR, "reason": "UNREACHABLE", "listed_on": "2026-02-01"}),
        ]  # fmt: skip
        await engine.hear(letters)
        yield made


def letter(source: str, subject: str, type_: str, data: dict[str, Any]) -> Letter:
    return Letter(str(uuid4()), type_, source, subject, 1, datetime.now(UTC).isoformat(), data)


def registered(uscc: str, name: str, level: str, district: str, codes: tuple[str, ...]) -> Letter:
    items = {n: getattr(association(), n) for n in AssociationRegistered.model_fields}
    event = AssociationRegistered(
        **items
        | {"uscc": uscc, "name": name, "level": level, "district": district, "gbt4754": codes, "name_claim": name, "legal_claim": uscc}
    )
    return letter("/registry/associations/association", uscc, associations.type_of(AssociationRegistered), event.public())


async def found(zone: Zone, **asked: Any) -> list[str]:
    answer = await zone.client.get("/registry/directory", params=asked)
    assert answer.status_code == 200, answer.text
    return [item["uscc"] for item in answer.json()["items"]]


async def test_the_register_is_searched_by_everything_and_together(zone: Zone) -> None:
    assert await found(zone) == sorted(ENTRIES)
    assert await found(zone, q="空物流") == [AIR]
    assert await found(zone, q="协会", level="NEW_AREA") == sorted((AI, CAR))
    assert await found(zone, q="业") == sorted((AI, CAR))
    assert await found(zone, q="物流协") == await found(zone, district="XX-KG") == await found(zone, grade="4A") == [AIR]
    assert await found(zone, gbt4754="36") == await found(zone, listing="ABNORMAL") == await found(zone, code=CAR[:16]) == [CAR]
    assert await found(zone, gbt4754="361", q="汽车行业", grade="NONE", status="REGISTERED") == [CAR]
    assert await found(zone, q="汽车", grade="4A") == await found(zone, q=".*") == await found(zone, status="REVOKED") == []
    first = (await zone.client.get("/registry/directory?limit=2&facets=true&total=true")).json()
    rest = (await zone.client.get(f"/registry/directory?limit=2&after={first['next']}")).json()
    assert [i["uscc"] for i in first["items"] + rest["items"]] == sorted(ENTRIES)
    assert (rest["next"], first["total"], first["facets"]["by"]["level"]) == (None, 3, {"NEW_AREA": 2, "NEW_CITY": 1})


async def test_the_pages_show_what_the_database_answers(zone: Zone) -> None:
    """The same queries as above, asked by the pages; in detail they are tried in `tests/registry/pages`."""
    page = await zone.client.get("/registry/pages", params={"q": "协", "level": "NEW_AREA", "limit": 1, "lang": "en"})
    assert page.status_code == 200 and "2 found" in page.text and 'rel="next"' in page.text
    assert ENTRIES[AIR][0] in (await zone.client.get(f"/registry/pages/associations/{AIR}")).text
    for path, role, status in (("coverage", "", 200), ("dormant", "SO_ADMIN", 200), ("statistics", "SO_ADMIN", 200), (f"associations/{AIR}/dossier", "SO_ADMIN", 200),
                               ("statistics", "", 401), ("associations/nothing", "", 404)):  # fmt: skip
        head = zone.head(role, "dept:so-admin") if role else {}
        assert (await zone.client.get(f"/registry/pages/{path}", headers=head)).status_code == status, path
    table = await zone.client.get("/registry/directory", params={"format": "csv", "limit": 1})
    assert table.text.count("\r\n") == 2 and 'rel="next"' in table.headers["link"]


async def test_numbers_are_the_same_whether_kept_or_counted(zone: Zone) -> None:
    kept = (await zone.client.get("/registry/directory/summary")).json()
    counted = (await zone.client.get("/registry/directory/summary", params={"q": "协会"})).json()
    assert kept == counted
    assert kept["by"]["listing"] == {"ABNORMAL": 1, "NONE": 2}
    assert (await zone.client.get("/registry/directory/summary", params={"q": "业", "level": "NEW_CITY"})).json()["by"]["level"] == {
        "NEW_AREA": 2
    }


async def test_beyond_the_bound_numbers_are_said_to_be_the_least(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNTED", 1)
    whole = (await zone.client.get("/registry/directory", params={"q": "航空", "total": True})).json()
    assert (whole["total"], whole["exact"]) == (1, True)
    common = (await zone.client.get("/registry/directory/summary", params={"q": "协会"})).json()
    assert (common["total"], common["exact"]) == (2, False), "at least two, of three"


async def test_a_common_word_is_walked_in_the_order_of_the_codes_and_nothing_is_read_where_the_kind_excludes_it(
    zone: Zone, stack: Any
) -> None:
    asked = [
        AskedPage(q="协会"),
        AskedPage(q="协会", kind="CHAMBER", status=()),
        AskedPage(q="协", district="XX-KG"),
        AskedPage(level="NEW_AREA", limit=1),
    ]
    seen = await looked_at(stack.mongo, zone.engine("registry").store.db.name, asked)
    assert [(x.found, x.rows) for x in seen] == [(3, 3), (0, 0), (1, 1), (2, 2)]
    assert not [x for x in seen if "SORT" in x.stages or "COLLSCAN" in x.stages], "the index has the order already"


@pytest.mark.parametrize("asked", ["?district=610102", "?q=%00", "?status=x", "?after[$gt]=1", "?limit=0", "?gbt4754=36;", "?facets=maybe"])
async def test_what_is_no_question_is_refused_by_its_field(zone: Zone, asked: str) -> None:
    answer = await zone.client.get(f"/registry/directory{asked}")
    assert answer.status_code == 422 and answer.json()["errors"]


async def test_a_new_city_is_never_read_out_of_a_code(zone: Zone) -> None:
    """Domain §2.4: 61110x is no division of the standard, and nobody knows which new city each means."""
    for item in (await zone.client.get("/registry/directory")).json()["items"]:
        assert item["district"] == ENTRIES[item["uscc"]][2]
    assert not any(city in AIR for city in NEW_CITIES)


async def test_one_entry_is_found_however_its_code_is_written_and_nothing_else_is(zone: Zone) -> None:
    for written in (AIR, AIR.lower(), f"{AIR[:8]}-{AIR[8:]}"):
        assert (await zone.client.get(f"/registry/open-data/associations/{written}")).json()["uscc"] == AIR
    for unknown in (REAL, "51100000500009247D", "nothing", "%24ne"):
        for port in ("directory", "open-data/associations"):
            assert (await zone.client.get(f"/registry/{port}/{unknown}")).status_code == 404


async def test_the_port_gives_the_published_fields_as_json_and_csv_and_says_when_nothing_is_new(zone: Zone) -> None:
    page = await zone.client.get("/registry/open-data/associations", params={"limit": 2})
    assert [tuple(item) for item in page.json()["items"]] == [FIELDS] * 2
    assert page.json()["items"][0]["grade"] in ("NONE", "4A") and 'rel="next"' in page.headers["link"]
    table = await zone.client.get("/registry/open-data/associations", params={"format": "csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    head, *lines = csv.reader(io.StringIO(table.text.removeprefix("\ufeff")))
    assert (tuple(head), [line[0] for line in lines]) == (FIELDS, sorted(ENTRIES))
    for path in ("open-data/associations", f"open-data/associations/{AIR}", f"directory/{AIR}", f"open-data/associations/{AIR}?format=csv"):
        whole = await zone.client.get(f"/registry/{path}")
        by_tag = await zone.client.get(f"/registry/{path}", headers={"If-None-Match": whole.headers["etag"]})
        by_time = await zone.client.get(f"/registry/{path}", headers={"If-Modified-Since": whole.headers["last-modified"]})
        assert (by_tag.status_code, by_time.status_code, by_tag.content) == (304, 304, b""), path


async def test_the_nightly_snapshot_is_what_its_record_says(zone: Zone) -> None:
    engine = zone.engine("registry")
    files = await take(engine.store, date(2020, 1, 1), engine.now(), batch=2)
    assert files.associations == 3
    await publish_due(engine)  # of several that look, one publishes; before two in the morning nobody does
    kept = (await zone.client.get("/registry/open-data-snapshots")).json()["items"]
    if not kept:
        pytest.skip("it is before two in the morning in Xixian")
    (record,) = kept
    for form in ("json", "csv"):
        answer = await zone.client.get(f"/registry/open-data/snapshots/latest.{form}")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == record[f"{form}_sha256"] and len(answer.content) == record[f"{form}_bytes"]
        again = await zone.client.get(
            f"/registry/open-data/snapshots/{record['day']}.{form}", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
        if form == "json":
            told = json.loads(answer.content)
            assert (told["fields"], len(told["associations"])) == (list(FIELDS), record["associations"])
    assert not await publish_due(engine), "once a night"
    for wrong in ("2001-01-01.json", "latest.xml", "latest", "..%2Fx.json"):
        assert (await zone.client.get(f"/registry/open-data/snapshots/{wrong}")).status_code == 404


async def test_the_query_port_answers_within_its_quota_and_writes_every_question_down(zone: Zone) -> None:
    engine = zone.engine("registry")
    now, head = engine.now(), zone.head("ASSOCIATION", AIR)
    path = "/registry/query-port/industry?gbt4754=56"
    assert (await zone.client.get(path, headers=head)).json()["code"] == "no_access"
    await engine.store.insert(
        associations, [engine._opening(associations, associations.moves["register"], opened(), call("PLATFORM", now), AIR, 0)[1]]
    )
    (held,) = await engine.execute(
        api_clients,
        "request",
        Wish(scopes=("INDUSTRY", "OWN_CASES"), purpose="行业分析", client=subject(zone)),
        call("ASSOCIATION", now, AIR),
    )
    moves = api_clients.moves
    await engine.execute(api_clients, "approve", moves["approve"].body.model_validate({"quota": 2}), call("SO_ADMIN", now), held.record.id)
    await engine.execute(
        api_clients, "activate", moves["activate"].body.model_validate({"terms_accepted": True}), call("ASSOCIATION", now, AIR), AIR
    )
    first = await zone.client.get(path, headers=head)
    assert (first.status_code, first.json()["total"]) == (200, 1)
    cases = await zone.client.get("/registry/query-port/cases", headers=head)
    assert [a["uscc"] for a in cases.json()["associations"]] == [AIR]
    assert (await zone.client.get("/registry/query-port/members", headers=head)).json()["code"] == "scope_not_granted"
    used_up = await zone.client.get(path, headers=head)
    assert (used_up.status_code, used_up.json()["code"]) == (429, "quota_used_up")
    mine = (await zone.client.get("/registry/query-audit", headers=head)).json()["items"]
    assert [(a["scope"], a["outcome"], a["reason"]) for a in reversed(mine)] == [
        ("INDUSTRY", "REFUSED", "no_access"), ("INDUSTRY", "ANSWERED", None), ("OWN_CASES", "ANSWERED", None), ("OWN_MEMBERS", "REFUSED", "scope_not_granted"),
        ("INDUSTRY", "REFUSED", "quota_used_up"),
    ]  # fmt: skip
    assert (await zone.client.get("/registry/query-audit", headers=zone.head("ASSOCIATION", AI))).json()["items"] == []
    assert (await zone.client.get("/registry/query-audit", headers=zone.head("INVEST_DEPT", "dept:invest"))).status_code == 403
    assert (await zone.client.get(path, headers=zone.head("SO_ADMIN", "dept:so-admin"))).status_code == 403


def call(role: str, now: datetime, organisation: str = "dept:so-admin") -> Call:
    return Call(role, organisation, now, uuid4())


def opened() -> AssociationRegistered:
    return AssociationRegistered(**{n: getattr(association(), n) for n in AssociationRegistered.model_fields})


def subject(zone: Zone) -> str:
    """The subject the tokens of this association are issued to."""
    import base64

    token = zone.issuer.token("ASSOCIATION", AIR, "")
    part = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sub"])


async def test_dossier_dormancy_coverage_and_statistics_are_for_those_who_oversee(zone: Zone) -> None:
    async def get(path: str, role: str, organisation: str = "", district: str = "") -> httpx.Response:
        return await zone.client.get(f"/registry/oversight/{path}", headers=zone.head(role, organisation, district))

    dossier = (await get(f"dossiers/{CAR}", "SO_ADMIN")).json()
    assert {(i["code"], i["state"]) for i in dossier["items"]} >= {("ABNORMAL_LIST", "BROKEN"), ("FILINGS", "MISSING")}
    assert dossier["lacking"] >= 2 and dossier["items"][0]["grave"]
    assert [(await get(f"dossiers/{CAR}", *who)).status_code for who in (
        ("ASSOCIATION", CAR), ("ASSOCIATION", AIR), ("NEW_CITY", "dept:XX-KG", "XX-KG"), ("ENTERPRISE", "e1"),
    )] == [200, 404, 404, 403]  # fmt: skip
    assert (await get("dormancy?level=QUIET", "SO_ADMIN")).json() == {"items": [], "next": None}
    for n, (uscc, day) in enumerate(((AIR, "2020-01-02"), (AI, "2020-01-01"), (CAR, "2020-01-02"))):
        await zone.engine("registry").store.put("dossiers", uscc, {"$set": {"last_sign_on": day, "n": n}})
    first = (await get("dormancy?level=DORMANT&limit=2", "SO_ADMIN")).json()
    rest = (await get(f"dormancy?level=DORMANT&limit=2&after={first['next']}", "SO_ADMIN")).json()
    assert [i["uscc"] for i in first["items"] + rest["items"]] == [AI, *sorted((AIR, CAR))] and rest["next"] is None
    assert [i["uscc"] for i in (await get("dormancy", "NEW_CITY", "dept:XX-KG", "XX-KG")).json()["items"]] == [AIR]
    assert (await get("dormancy", "ASSOCIATION", AIR)).status_code == 403
    coverage = (await zone.client.get("/registry/oversight/coverage")).json()
    assert "CONNECTED_VEHICLES" not in coverage["chains_without"] and "PHOTOVOLTAICS" in coverage["chains_without"]
    statistics = (await get("statistics", "SO_ADMIN")).json()
    assert statistics["registered"]["total"] == 3
    assert (await get("statistics", "ENTERPRISE", "e1")).status_code == 403


async def test_a_deadline_beyond_the_calendar_says_so(zone: Zone) -> None:
    sure = (await zone.client.get("/registry/oversight/working-days?after=2026-09-30&days=1")).json()
    assert (sure["due"], sure["provisional"]) == ("2026-10-08", False)
    open_ = (await zone.client.get("/registry/oversight/working-days?after=2030-01-01&days=10")).json()
    assert open_["provisional"] is True and open_["known_until"] < open_["due"]
    assert (await zone.client.get("/registry/oversight/working-days?after=9999-12-31&days=5")).status_code == 422


async def test_anybody_challenges_a_fact_and_sees_how_it_stands(zone: Zone) -> None:
    form = {"association": AIR, "fact": "DOMICILE", "ground": "OUTDATED", "proposed": "空港新城示范路 2 号"}
    filed = await zone.client.post("/registry/challenges", json=form)
    assert filed.status_code == 201, filed.text
    again = await zone.client.post("/registry/challenges", json=form)
    assert (again.status_code, again.json()["code"]) == (409, "challenged_already")
    seen = (await zone.client.get(filed.headers["location"])).json()
    assert (seen["stage"], seen["fact"]) == ("FILED", "DOMICILE") and "created_by" not in seen["meta"]
    await asyncio.sleep(0)


async def plant(zone: Zone, uscc: str) -> None:
    """The record behind a row of the list, if no other test has planted it."""
    engine = zone.engine("registry")
    if await engine.read(associations, uscc) is None:
        record = association(uscc=uscc).model_copy(update={"name_claim": f"XX~{uscc}", "legal_claim": uscc})
        _, doc = engine.store.insertion(associations, record, (), Stamp(f"planted-{uscc}", "PLATFORM", "", datetime.now(UTC)), 0)
        await engine.store.insert(associations, [{**doc, "version": 1, "due": datetime(2099, 1, 1, tzinfo=UTC)}])


async def test_a_public_fact_is_challenged_by_the_form_of_the_page(zone: Zone) -> None:
    await plant(zone, AI)
    at = f"/registry/pages/associations/{AI}/objections"

    async def send(lang: str = "en", **fields: str) -> httpx.Response:
        return await zone.client.post(f"{at}?lang={lang}", data=fields)

    shown = await zone.client.get(f"/registry/pages/associations/{AI}?lang=en")
    assert f'method="post" action="{at}?lang=en#object"' in shown.text
    nothing = await send()
    assert (nothing.status_code, nothing.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert 'id="e-fact"' in nothing.text or 'class="wrong"' in nothing.text
    odd = await send(fact="DOMICILE", ground="OUTDATED", proposed='"><script>alert(1)</script>', source="x" * 300)
    assert odd.status_code == 422
    assert "<script>" not in odd.text
    assert "&lt;script&gt;" in odd.text, "what was written is not lost"
    person = await send(lang="zh", fact="DOMICILE", ground="OUTDATED", proposed="请致电 13800001111")
    assert person.status_code == 422
    assert "请勿填写个人姓名" in person.text
    filed = await send(fact="DOMICILE", ground="OUTDATED", proposed="沣西新城某路2号", source="https://example.org/notice")
    assert filed.status_code == 303
    place, _, mark = filed.headers["location"].partition("#")
    assert place == f"/registry/pages/associations/{AI}?lang=en"
    assert f'id="{mark}"' in (await zone.client.get(place)).text
    again = await send(fact="DOMICILE", ground="WRONG")
    assert again.status_code == 409
    assert "this fact is being checked" in again.text
    for body, kind in (
        (b"\xff=1", "application/x-www-form-urlencoded"),
        (b'{"fact": "DOMICILE"}', "application/json"),
        (b"a&" * 60, "application/x-www-form-urlencoded"),
    ):
        assert (await zone.client.post(at, content=body, headers={"Content-Type": kind})).status_code == 422
    assert (await zone.client.post(at, content=b"x", headers={"Content-Type": "text/plain"})).status_code == 415
    assert (await zone.client.post("/registry/challenges", data={"fact": "DOMICILE"})).status_code == 415
    assert (await zone.client.post("/registry/pages/associations/none/objections", data={"fact": "DOMICILE"})).status_code == 404


async def test_the_legal_representative_is_public_by_name_where_it_was_entered_and_in_nothing_that_is_told(zone: Zone) -> None:
    engine, name = zone.engine("registry"), "王建国"
    await plant(zone, AI)
    before = (await zone.client.get(f"/registry/open-data/associations/{AI}")).headers
    entering = {"association": AI, "name": name}
    other_city = await zone.client.post(
        "/registry/legal-representative-names", json=entering, headers=zone.head("NEW_CITY", "dept:XX-KG", "XX-KG")
    )
    assert other_city.status_code == 403
    entered = await zone.post("/registry/legal-representative-names", entering, "REG_AUTHORITY", "dept:approval")
    assert entered.status_code == 201, entered.text
    assert name not in entered.text

    answers = [await zone.client.get(at) for at in (
        f"/registry/directory/{AI}", f"/registry/open-data/associations/{AI}", "/registry/open-data/associations", f"/registry/directory?code={AI}",
        f"/registry/open-data/associations/{AI}?format=csv", f"/registry/pages/associations/{AI}",
    )]  # fmt: skip
    assert all(name in a.text for a in answers)
    assert answers[1].headers["etag"] != before["etag"]
    since = await zone.client.get(f"/registry/open-data/associations/{AI}", headers={"If-Modified-Since": before["last-modified"]})
    assert since.status_code == 200
    files = await take(engine.store, date(2026, 3, 3), datetime(2026, 3, 3, tzinfo=UTC))
    assert files.associations == 3
    pieces = b"".join([piece async for piece in chunks(engine.store, date(2026, 3, 3), "json")])
    assert [a["legal_representative"] for a in json.loads(pieces)["associations"] if a["uscc"] == AI] == [name]

    history = await zone.get(f"/registry/legal-representative-names/{AI}/history", "REG_AUTHORITY", "dept:approval")
    assert history.status_code == 200
    assert name not in history.text
    erased = await zone.post(f"/registry/legal-representative-names/{AI}:erase", {}, "REG_AUTHORITY", "dept:approval")
    assert erased.status_code == 200
    assert (await zone.client.get(f"/registry/directory/{AI}")).json()["legal_representative"] is None
