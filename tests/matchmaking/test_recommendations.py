"""The routes of the recommendations, over rows kept in memory."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.matchmaking.matching.match import matches
from services.matchmaking.recommendations import recommendation_routes
from shared.http import caller, install
from shared.record import Call
from tests.matchmaking.parties import association
from tests.matchmaking.samples import FIRM, NOON, call

PREFAB = association().id
ROWS: dict[str, list[dict[str, Any]]] = {
    "profiles": [
        {"_id": PREFAB, "kind": "ASSOCIATION", "name": "装配式建筑协会", "place": "XX", "gbt4754": ["47", "3022"], "updated_on": "2026-03-01",
         "needs": {"n1": {"texts": ["预制构件 钢结构"], "size": None}}, "offers": {"o1": {"texts": ["检验检测"], "size": None}}},
        {"_id": FIRM, "kind": "ENTERPRISE", "name": "构件公司", "place": "XX-FX", "gbt4754": ["3022"], "scale": "SMALL", "updated_on": "2026-03-01",
         "needs": {"n2": {"texts": ["检验检测"], "size": None}}, "offers": {"o2": {"texts": ["预制构件 钢结构"], "size": None}}},
        {"_id": "member", "kind": "ENTERPRISE", "name": "会员公司", "place": "XX", "gbt4754": ["47"], "scale": "SMALL"},
        {"_id": "orphan", "members": 3},
    ],
    "bonds": [{"_id": f"{PREFAB}~member", "association": PREFAB, "other": "member"}],
}  # fmt: skip


class Store:
    def __init__(self) -> None:
        self.kept: list[tuple[str, dict[str, Any]]] = []
        self.listed: list[str] = []

    async def rows(self, collection: str, where: dict[str, Any], **_: Any) -> list[dict[str, Any]]:
        if collection == "listed":
            return [] if "day" in where else [{"_id": i} for i in self.listed if i in where["_id"]["$in"]]
        return [row for row in ROWS[collection] if all(row.get(n) == v["$eq"] for n, v in where.items())]

    async def put(self, collection: str, id_: str, change: dict[str, Any]) -> None:
        assert collection == "impressions"
        self.kept.append((id_, change))

    async def append(self, collection: str, docs: list[dict[str, Any]]) -> int:
        assert collection == "listed"
        self.listed += [d["_id"] for d in docs]
        return len(docs)


class Engine:
    """What the routes need of an engine: the store, and an execute that remembers what it was asked."""

    def __init__(self) -> None:
        self.store, self.asked = Store(), list[tuple[Any, Any, Call]]()

    async def execute(self, kind: Any, move: Any, body: Any, by: Call, digest: str = "") -> list[Any]:
        self.asked.append((move.name, body, by))
        assert kind is matches
        assert digest
        return []

    async def read(self, kind: Any, id_: str) -> None:
        return None


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install(app)
    app.include_router(recommendation_routes(engine), prefix="/matchmaking")  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        http.app = app  # type: ignore[attr-defined]
        yield http


def as_(client: Any, who: Call) -> None:
    client.app.dependency_overrides[caller] = lambda: who


async def test_an_association_sees_whom_to_recruit_and_who_was_left_out(client: httpx.AsyncClient) -> None:
    as_(client, call(organisation=PREFAB))
    told = (await client.get(f"/matchmaking/recommendations/associations/{PREFAB}", params={"for": "enterprises", "rejected": True})).json()
    (best,) = told["best"]
    assert best["id"] == FIRM
    assert best["score"] == pytest.approx(best["mutual"] + best["adjustment"])
    assert best["proposable"]
    assert len(best["reasons"]) == 3
    assert [(o["id"], o["code"]) for o in told["left_out"]] == [("member", "already_bound")]
    assert told["versions"] == {"weights": "2021-1", "terms": "2021-1"}


async def test_an_enterprise_sees_associations_without_those_left_out_unless_asked(client: httpx.AsyncClient) -> None:
    as_(client, call("ENTERPRISE"))
    told = (await client.get(f"/matchmaking/recommendations/enterprises/{FIRM}")).json()
    assert [b["id"] for b in told["best"]] == [PREFAB]
    assert told["left_out"] is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (call("SO_ADMIN"), 200),
        (call(organisation=PREFAB), 200),
        (call(organisation=FIRM), 404),
        (call("ENTERPRISE"), 404),
        (call("FIC"), 403),
    ],
)
async def test_only_ones_own_or_the_administration(client: httpx.AsyncClient, who: Call, status: int) -> None:
    as_(client, who)
    assert (await client.get(f"/matchmaking/recommendations/associations/{PREFAB}")).status_code == status


async def test_a_profile_of_another_kind_or_of_none_is_not_found(client: httpx.AsyncClient) -> None:
    as_(client, call("SO_ADMIN"))
    for path in (f"chambers/{PREFAB}", "enterprises/orphan", "associations/nobody"):
        assert (await client.get(f"/matchmaking/recommendations/{path}")).status_code == 404


async def test_proposing_goes_through_the_match_itself(client: httpx.AsyncClient, engine: Engine) -> None:
    as_(client, call(organisation=PREFAB))
    answer = await client.post(f"/matchmaking/recommendations/{PREFAB}:propose", json={"wanted": "ENTERPRISES", "most": 2})
    assert answer.status_code == 201
    ((move, body, by),) = engine.asked
    assert (move, body.seeker, body.wanted, body.most, by.now) == ("propose_best", PREFAB, "ENTERPRISES", 2, NOON)


async def test_an_association_does_not_seek_associations(client: httpx.AsyncClient) -> None:
    as_(client, call(organisation=PREFAB))
    answer = await client.post(f"/matchmaking/recommendations/{PREFAB}:propose", json={"wanted": "ASSOCIATIONS"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_paired")


async def test_leads_are_for_the_investment_department(client: httpx.AsyncClient) -> None:
    as_(client, call(organisation=PREFAB))
    assert (await client.get("/matchmaking/recommendations/leads/x")).status_code == 403
    as_(client, call("INVEST_DEPT"))
    assert (await client.get("/matchmaking/recommendations/leads/x")).status_code == 404


async def test_a_list_can_be_narrowed_to_a_division_a_province_a_city(client: httpx.AsyncClient) -> None:
    as_(client, call(organisation=PREFAB))
    path = f"/matchmaking/recommendations/associations/{PREFAB}"
    for query, ids in (
        ({"division": "30"}, [FIRM]), ({"division": "47"}, []), ({"province": "61", "city": "XX"}, [FIRM]), ({"province": "44"}, []),
    ):  # fmt: skip
        assert [b["id"] for b in (await client.get(path, params=query)).json()["best"]] == ids
    for query in ({"division": "3022"}, {"province": "陕西"}, {"city": "西安"}):
        answer = await client.get(path, params=query)
        assert answer.status_code == 422
        assert "陕西" not in answer.text


async def test_what_is_shown_is_kept_and_a_further_page_of_those_left_out_is_not(client: httpx.AsyncClient, engine: Engine) -> None:
    as_(client, call(organisation=PREFAB))
    path = f"/matchmaking/recommendations/associations/{PREFAB}"
    told = (await client.get(path, params={"rejected": True})).json()
    assert [b["placed"] for b in told["best"]] == ["BY_SCORE"]
    await client.get(path, params={"rejected": True, "after": "member"})
    await client.get(path, params={"for": "chambers"})
    ((id_, change),) = engine.store.kept
    assert id_.startswith(f"{PREFAB}.{NOON.date()}.ENTERPRISES.")
    kept = change["$setOnInsert"]
    assert (kept["seeker"], [p["candidate"] for p in kept["places"]], kept["weights"]) == (PREFAB, [FIRM], "2021-1")
    assert kept["found_by"] == told["found_by"]
    assert change["$addToSet"] == {"roles": "ASSOCIATION"}
    assert engine.store.listed == [FIRM]


@pytest.mark.parametrize(
    ("who", "of", "status"),
    [
        (call(organisation=PREFAB), PREFAB, 200),
        (call("SO_ADMIN"), PREFAB, 200),
        (call("SO_ADMIN"), "lead", 404),
        (call("INVEST_DEPT"), "lead", 200),
        (call("INVEST_DEPT"), PREFAB, 404),
        (call("ENTERPRISE"), PREFAB, 404),
        (call("FIC"), PREFAB, 403),
    ],
)
async def test_lists_that_were_shown_are_read_by_whom_they_concern(
    client: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, who: Call, of: str, status: int
) -> None:
    """Of a lead the investment office alone: nobody else is to know that there is one."""

    async def read(kind: Any, id_: str) -> Any:
        return id_ if id_ == "lead" else None

    monkeypatch.setattr(engine, "read", read)
    monkeypatch.setitem(ROWS, "impressions", [])
    as_(client, who)
    answer = await client.get(f"/matchmaking/recommendations/{of}/shown")
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"lists": [], "after": None}


async def test_the_last_of_ten_is_a_newcomer_all_day_and_none_the_next_day(
    client: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody who fits better was proposed to somebody; who fits too little for a proposal is no newcomer."""
    like, classes = ROWS["profiles"][1], ("3021", "3022", "3023", "3024", "3029")
    seen = [{**like, "_id": f"seen-{n:02}", "gbt4754": [classes[n % 5]], "shown": 3, "exposure": 1.0} for n in range(15)]
    fresh = {**like, "_id": "fresh", "gbt4754": ["3029"], "needs": {}}
    unfit = {**like, "_id": "unfit", "gbt4754": ["8010"], "place": "4403", "needs": {}, "offers": {}}
    monkeypatch.setitem(ROWS, "profiles", [ROWS["profiles"][0], *seen, fresh, unfit])
    as_(client, call(organisation=PREFAB))
    path = f"/matchmaking/recommendations/associations/{PREFAB}"
    for _ in range(2):
        best = (await client.get(path)).json()["best"]
        assert [b["id"] for b in best if b["placed"] == "EXPLORED"] == ["fresh"]
        assert best[9]["id"] == "fresh"
    assert [b["placed"] for b in (await client.get(path, params={"k": 9})).json()["best"]].count("EXPLORED") == 0

    async def listed(collection: str, where: dict[str, Any], **_: Any) -> list[dict[str, Any]]:
        return [{"_id": i} for i in where["_id"]["$in"]] if collection == "listed" else await Store().rows(collection, where)

    monkeypatch.setattr(engine.store, "rows", listed)
    assert all(b["placed"] != "EXPLORED" for b in (await client.get(path)).json()["best"])
