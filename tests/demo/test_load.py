"""What the loader of the demo reckons before it sends anything. The load itself, over a real Kafka and a real MongoDB, is in
`tests/journeys/test_demo.py`, where what it leaves is also used."""

from datetime import date

import httpx
import pytest

from deploy.demo.data import demo
from deploy.demo.load import (
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
