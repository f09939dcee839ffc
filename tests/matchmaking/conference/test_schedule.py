"""The schedule of a participant in its three forms, and who may see it."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from icalendar import Calendar

from services.matchmaking.conference import routes
from services.matchmaking.conference.conference import Absence, Conference, invite
from services.matchmaking.conference.conference import conferences as kind
from services.matchmaking.conference.planner import planned
from services.matchmaking.conference.schedule import calendar_of, csv_of, schedule_of
from shared.http import caller, install
from shared.record import Call
from tests.matchmaking.conference.test_conference import A1, A2, B1, B2, BEGINS, OFFICE, RULES, a_conference, arranged
from tests.matchmaking.samples import NOON, call, on

NAMES = {B1: '=HYPERLINK("http://x")', B2: "＝构件公司", A1: "航空物流协会"}
THERE = arranged(on(kind, a_conference(), invite(a_conference(), OFFICE, RULES)))


def test_it_names_whom_one_meets_when_and_at_which_table() -> None:
    schedule = schedule_of(THERE, A1, NAMES)
    mine = sorted((m for m in THERE.meetings if m.association == A1), key=lambda m: m.slot)
    assert [(a.slot, a.table, a.partner) for a in schedule.appointments] == [(m.slot, m.table, m.enterprise) for m in mine]
    for a in schedule.appointments:
        assert a.begins == BEGINS + (a.slot - 1) * timedelta(minutes=25)
        assert a.ends - a.begins == timedelta(minutes=20)
        assert a.begins.utcoffset() == timedelta(hours=8)


def test_the_calendar_can_be_read_back_and_moves_a_meeting_instead_of_doubling_it() -> None:
    schedule = schedule_of(THERE, A1, NAMES)
    made = calendar_of(schedule, NOON)
    assert all(len(line) <= 75 for line in made.split(b"\r\n")), "RFC 5545 folds at 75 octets"
    events = Calendar.from_ical(made).walk("VEVENT")
    assert [(e["dtstart"].dt, e["dtend"].dt) for e in events] == [
        (a.begins.astimezone(UTC), a.ends.astimezone(UTC)) for a in schedule.appointments
    ]
    again = arranged(THERE)
    second = Calendar.from_ical(calendar_of(schedule_of(again, A1, NAMES), NOON)).walk("VEVENT")
    assert {e["uid"] for e in second} == {e["uid"] for e in events}
    assert {e["sequence"] for e in second} == {2}


def test_no_cell_is_a_formula() -> None:
    told = csv_of(schedule_of(THERE, A1, NAMES))
    assert told.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))
    names = {row[5] for row in rows[1:]}
    assert {"'" + NAMES[B1], "'" + NAMES[B2]} <= names
    assert not any(cell[:1] in "=+-@＝" for row in rows for cell in row if cell)


PROFILES: list[dict[str, Any]] = [
    {"_id": i, "kind": k, "name": NAMES.get(i, i), "place": "XX", "gbt4754": ["3022"], "updated_on": "2026-03-01", "scale": "SMALL",
     "needs": {"n": {"texts": ["预制构件 检验检测"], "size": None}}, "offers": {"o": {"texts": ["预制构件 检验检测"], "size": None}}}
    for i, k in ((A1, "ASSOCIATION"), (A2, "ASSOCIATION"), (B1, "ENTERPRISE"), (B2, "ENTERPRISE"))
]  # fmt: skip
BONDS = [{"_id": f"{A1}~{B1}", "association": A1, "other": B1}]


def asked(conference: Conference) -> dict[str, Any]:
    return {
        "conference": conference.model_dump(mode="json"),
        "from_slot": 1,
        "keep": False,
        "day": "2026-03-09",
        "profiles": PROFILES,
        "bonds": BONDS,
    }


def test_the_planner_scores_as_recommendations_do_and_leaves_out_members() -> None:
    made = planned(asked(a_conference()))
    pairs = {(m["association"], m["enterprise"]) for m in made["meetings"]}
    assert pairs == {(A1, B2), (A2, B1), (A2, B2)}


def test_the_planner_names_what_cannot_be_kept() -> None:
    it = a_conference(must=({"association": A1, "enterprise": B1},))
    gone = it.model_copy(update={"absences": (Absence(participant=B1, from_slot=1),)})
    assert planned(asked(gone))["infeasible"]["code"] == "must_meet_absent"


class Engine:
    """What the routes need of an engine: one conference, profiles, and an execute that decides as the engine does."""

    def __init__(self) -> None:
        self.record, self.store = THERE, self

    async def read(self, kind_: Any, id: str) -> Conference | None:
        return self.record if id == self.record.id else None

    async def rows(self, collection: str, where: dict[str, Any]) -> list[dict[str, Any]]:
        return PROFILES if collection == "profiles" else BONDS

    async def find(self, kind_: Any, where: dict[str, Any]) -> list[Any]:
        return [type("Held", (), {"record": self.record})] if where["participants"] in self.record.participants else []

    async def execute(self, kind_: Any, move: Any, body: Any, by: Call, id: str, digest: str) -> list[Any]:
        self.record = kind.evolve(self.record, kind.decide(self.record, move, body, by))
        return [type("Held", (), {"record": self.record})]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app, engine = FastAPI(), Engine()
    install(app)
    app.include_router(routes.conference_routes(engine), prefix="/matchmaking")  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here/matchmaking") as http:
        http.app, http.engine = app, engine  # type: ignore[attr-defined]
        yield http


def as_(client: Any, who: Call) -> None:
    client.app.dependency_overrides[caller] = lambda: who


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (call("INVEST_DEPT"), 200),
        (call(organisation=A1), 200),
        (call(organisation=A2), 404),
        (call("ENTERPRISE", organisation=B1), 404),
        (call("NEW_CITY"), 403),
    ],
)
async def test_everybody_sees_their_own_schedule_and_organisers_all(client: httpx.AsyncClient, who: Call, status: int) -> None:
    as_(client, who)
    for form in ("json", "html", "ics", "csv"):
        answer = await client.get(f"/conference-schedules/{THERE.id}/{A1}", params={"format": form})
        assert answer.status_code == status


async def test_the_forms_say_what_they_are(client: httpx.AsyncClient) -> None:
    as_(client, call(organisation=A1))
    at = f"/conference-schedules/{THERE.id}/{A1}"
    assert (await client.get(at, params={"format": "ics"})).headers["content-type"] == "text/calendar; charset=utf-8"
    assert (await client.get(at, params={"format": "csv"})).headers["content-type"] == "text/csv; charset=utf-8"
    assert (await client.get(at, params={"format": "pdf"})).status_code == 422
    (mine,) = (await client.get("/conference-schedules")).json()
    assert mine == (await client.get(at)).json()
    as_(client, call("SO_ADMIN"))
    assert (await client.get("/conference-schedules")).status_code == 403
    assert (await client.get(f"/conference-schedules/{THERE.id}/nobody")).status_code == 404


async def test_the_page_is_read_in_either_language_and_holds_no_markup_of_others(client: Any) -> None:
    as_(client, call(organisation=A1))
    at = f"/conference-schedules/{THERE.id}/{A1}"
    english = await client.get(at, params={"format": "html"}, headers={"Accept-Language": "en"})
    chinese = await client.get(at, params={"format": "html"}, headers={"Accept-Language": "zh-CN"})
    assert english.headers["content-security-policy"].startswith("default-src 'none'")
    assert 'lang="en"' in english.text and "Your meetings" in english.text
    assert 'lang="zh-CN"' in chinese.text and "您的对接日程" in chinese.text
    assert chinese.text.count("<tr>") == 1 + sum(A1 in m.pair for m in THERE.meetings)
    assert "=HYPERLINK(&quot;http://x&quot;)" in chinese.text


async def test_the_organisers_read_the_whole_plan_and_what_fairness_has_cost(client: Any) -> None:
    at = f"/conference-reports/{THERE.id}"
    as_(client, call(organisation=A1))
    assert (await client.get(at)).status_code == 403
    as_(client, call("SO_ADMIN"))
    told = (await client.get(at)).json()
    assert len(told["meetings"]) == told["fairness"]["meetings"] == len(THERE.meetings)
    assert (told["weights"], told["terms"], told["without"]) == ("w-1", "t-1", [])
    fairness = THERE.fairness
    assert fairness is not None and f"{fairness.price:.1%}" in told["zh"][1] and f"{fairness.price:.1%}" in told["en"][1]
    page = await client.get(at, params={"format": "html"}, headers={"Accept-Language": "zh-CN"})
    assert all(line in page.text for line in told["zh"])
    rows = list(csv.reader(io.StringIO((await client.get(at, params={"format": "csv"})).content.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(THERE.meetings)
    assert (await client.get(at, params={"format": "ics"})).status_code == 422


async def test_before_the_invitations_only_organisers_know_of_it(client: Any) -> None:
    client.engine.record = a_conference()
    as_(client, call(organisation=A1))
    assert (await client.get(f"/conference-schedules/{THERE.id}/{A1}")).status_code == 404
    assert (await client.get("/conference-schedules")).json() == []


async def test_arranging_runs_the_planner_apart_and_takes_its_plan(client: Any) -> None:
    """The one test that starts the process: a plan comes back, and the record has taken it."""
    as_(client, call("FIC"))
    answer = await client.post(f"/conferences/{THERE.id}:arrange", json={"keep": False})
    assert answer.status_code == 201
    assert (answer.json()["arrangement"], answer.json()["meetings"]) == (2, 3)
    assert len(client.engine.record.meetings) == 3


@pytest.mark.parametrize(
    ("made", "status", "code"),
    [
        ({"infeasible": {"code": "must_not_placeable", "who": [A1, B1], "en": "no", "zh": "不行"}}, 409, "infeasible_must_not_placeable"),
        ({"meetings": [{"association": A1, "enterprise": B1, "slot": 3, "table": 9}]}, 409, "changed_meanwhile"),
    ],
)
async def test_what_the_planner_cannot_and_what_no_longer_holds_is_refused(
    client: Any, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], status: int, code: str
) -> None:
    async def told(asked_: dict[str, Any], seconds: float) -> dict[str, Any]:
        fairness = THERE.fairness.model_dump() if THERE.fairness else None
        return made if "infeasible" in made else {**made, "fairness": fairness, "weights": "1", "terms": "1"}

    monkeypatch.setattr(routes, "planned", told)
    as_(client, replace(call("SO_ADMIN"), id=UUID(int=2)))
    answer = await client.post(f"/conferences/{THERE.id}:arrange", json={})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_only_organisers_arrange_and_only_slots_there_are(client: httpx.AsyncClient) -> None:
    as_(client, call(organisation=A1))
    assert (await client.post(f"/conferences/{THERE.id}:arrange", json={})).status_code == 403
    as_(client, call("SO_ADMIN"))
    assert (await client.post(f"/conferences/{THERE.id}:arrange", json={"from_slot": 4})).status_code == 422
    assert (await client.post("/conferences/another:arrange", json={})).status_code == 404
