"""The demo over a real Kafka and a real MongoDB: loaded once, it is the zone of the report; loaded again, nothing changes."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from rich.console import Console

from deploy.demo import load as loader
from deploy.demo.data import GRADES, demo
from deploy.demo.load import (
    INVEST,
    SERVICES,
    SO_ADMIN,
    first_morning,
    indicators,
    marked,
    procedure,
    satisfaction_points,
    spread,
    survey,
    target,
)
from deploy.demo.platform import Json, Platform
from deploy.local import Endpoints
from services.__main__ import application, topics
from shared import kafka
from shared.auth import Issuer
from shared.settings import Settings

ZONE = demo()
RATED = [a for a in ZONE.associations if a.grade]


# ── reckoned backwards from the grade ─────────────────────────────────────────────────────────────
def test_the_published_table_has_a_thousand_points() -> None:
    assert sum(indicators().values()) == 10_000


def test_each_target_lies_in_the_band_of_its_grade() -> None:
    bands = {"4A": (800, 900), "3A": (700, 800), "2A": (600, 700), "1A": (500, 600), "NONE": (0, 500)}

    assert all(bands[a.grade or ""][0] * 10 <= target(a) < bands[a.grade or ""][1] * 10 for a in RATED)


@pytest.mark.parametrize("total", [0, 1, 7, 399, 400, 9_999])
def test_points_are_dealt_to_the_tenth_and_never_beyond_the_most(total: int) -> None:
    most = {"a": 150, "b": 100, "c": 75, "d": 75}
    dealt = spread(total, most)

    assert sum(dealt.values()) == min(total, 400)
    assert all(0 <= dealt[c] <= m for c, m in most.items())


def test_marks_are_written_as_tenths() -> None:
    assert marked({"1.1.1": 75, "4.5": 3}) == [{"code": "1.1.1", "points": "7.5"}, {"code": "4.5", "points": "0.3"}]


def test_answers_fit_the_members_and_better_grades_have_happier_ones() -> None:
    for a in RATED:
        asked = survey(a)
        assert sum(asked["answers"][0]["counts"]) == asked["respondents"] <= asked["members"] == a.staying
        assert asked["respondents"] >= max(10, 0.3 * a.staying)
    happy = {grade: min(satisfaction_points(survey(a)) for a in RATED if a.grade == grade) for grade in ("3A", "2A", "1A", "NONE")}
    assert happy["3A"] > happy["2A"] > happy["1A"] > happy["NONE"]


def test_grades_from_3a_are_given_on_site() -> None:
    assert {a.grade for a in RATED if procedure(a) == "ON_SITE"} == {"4A", "3A"}


@pytest.mark.parametrize(("now", "begins"), [("2026-06-27T23:30+08:00", date(2026, 6, 28)), ("2026-12-20T10:00+08:00", date(2027, 1, 2))])
async def test_the_story_begins_in_the_morning_and_not_across_new_year(now: str, begins: date) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        answers: dict[str, Json] = {
            "/identity/token": {"access_token": "t"},
            "/clock": {"now": now},
            "/registry/formation-plans": {"items": [], "next": None},
        }
        return httpx.Response(200, json=answers[request.url.path])

    there = Platform({"registry": "http://a"}, "operator's", httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    morning, resumed = await first_morning(there)

    assert (morning.date(), morning.hour, resumed) == (begins, 9, False)


# ── the whole of it ───────────────────────────────────────────────────────────────────────────────
@asynccontextmanager
async def running(stack: Endpoints, prefix: str, directory: Path) -> AsyncIterator[tuple[str, str]]:
    """All services at one address, on a day some months back; the address and the operator's token."""
    listening = socket.create_server(("127.0.0.1", 0))
    settings = Settings(
        profile="demo", kafka=(stack.kafka,), mongo=stack.mongo, prefix=prefix, directory=str(directory), clock=datetime.now(UTC) - timedelta(days=150),
    )  # fmt: skip
    await kafka.create_topics(settings.kafka, topics(settings.prefix))
    issuer = Issuer(settings.oidc_audience)
    server = uvicorn.Server(uvicorn.Config(application(settings, issuer), access_log=False, log_config=None, timeout_graceful_shutdown=5))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not task.done():
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", issuer.token("OPERATOR", "operator")
    finally:
        server.should_exit = True
        await task


async def figures(there: Platform) -> dict[str, Counter[str]]:
    """The zone in numbers."""
    paths: dict[str, Callable[[Json], str]] = {
        "registry/associations": lambda r: f"{r['kind']} {r['level']} {r['stage']}", "registry/memberships": lambda r: r["stage"],
        "registry/formation-plans": lambda r: r["stage"], "registry/credit-listings": lambda r: r["stage"],
        "evaluation/grades": lambda r: f"{r['grade']} {r['stage']}", "evaluation/applications": lambda r: r["grade"],
        "matchmaking/agreements": lambda r: r["stage"], "matchmaking/needs": lambda r: r["stage"],
    }  # fmt: skip
    found = {path: Counter(said(r) for r in await there.all(SO_ADMIN, path)) for path, said in paths.items()}
    return found | {"matchmaking/leads": Counter(r["stage"] for r in await there.all(INVEST, "matchmaking/leads"))}


async def test_the_zone_of_the_report_is_loaded_once_and_for_all(stack: Endpoints, prefix: str, tmp_path: Path) -> None:
    quiet = Console(quiet=True)
    async with running(stack, prefix, tmp_path) as (address, operator), httpx.AsyncClient(timeout=30) as client:
        bases = dict.fromkeys(SERVICES, address)
        there = Platform(bases, operator, client)
        broken_off = asyncio.ensure_future(loader.load(bases, operator, quiet, patience=60))
        await there.until("some associations are there", lambda: reached(there, 30))
        broken_off.cancel()
        await asyncio.gather(broken_off, return_exceptions=True)

        sent = await loader.load(bases, operator, quiet, patience=60)
        first = await figures(there)
        again = await loader.load(bases, operator, quiet, patience=60)

        assert await figures(there) == first
        assert again < sent / 50
        assert datetime.now(UTC) - await there.now() < timedelta(minutes=5)
    assert first["registry/associations"] == {
        "INDUSTRY_ASSOCIATION NEW_AREA ACTIVE": 25,
        "INDUSTRY_ASSOCIATION NEW_CITY ACTIVE": 92,
        "CHAMBER NEW_AREA ACTIVE": 3,
    }
    leaving = sum(m.exit_reason is not None for a in ZONE.associations for m in a.members)
    assert first["registry/memberships"] == {"ACTIVE": sum(a.staying for a in ZONE.associations), "EXITED": leaving}
    assert first["registry/formation-plans"] == {"PLANNED": 10, "LEAD_CONFIRMED": 2, "PREPARING": 1}
    assert first["registry/credit-listings"] == {"LISTED": 4, "DISMISSED": 2}
    assert first["evaluation/applications"] == {grade: n for grade, n in GRADES.items() if n}
    assert first["evaluation/grades"] == {"4A VALID": 3, "3A VALID": 12, "2A VALID": 22, "2A DOWNGRADED": 2, "1A VALID": 18}
    assert first["matchmaking/leads"] == Counter(lead.stage for lead in ZONE.leads)
    assert first["matchmaking/agreements"] == {"SIGNED": 4, "NEGOTIATING": 2}
    assert set(first["matchmaking/needs"]) <= {"OPEN", "MATCHED", "CONNECTED", "FULFILLED"}


async def reached(there: Platform, associations: int) -> bool:
    return await there.count(SO_ADMIN, "registry/associations") >= associations
