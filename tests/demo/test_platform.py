"""The loader's client: what it repeats, what it waits for, what it lets pass, and what it gives up on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from deploy.demo.platform import LoadFailed, Platform, Who

FIRM = Who("ENTERPRISE", "91611100PDY00001X6")
NOON = datetime(2026, 7, 1, 4, tzinfo=UTC)


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, content=json.dumps({"code": code}), headers={"content-type": "application/problem+json"})


class Scripted:
    """A platform that answers commands from a list, keeps what it was asked, and has a clock."""

    def __init__(self, *answers: httpx.Response | type[httpx.TransportError]) -> None:
        self.answers, self.asked, self.now, self.minted = list(answers), list[httpx.Request](), NOON, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/identity/token":
            self.minted += 1
            return httpx.Response(200, json={"access_token": f"token of {json.loads(request.content)['role']}"})
        if request.url.path == "/clock":
            if request.method == "POST":
                self.now = datetime.fromisoformat(json.loads(request.content)["now"])
            return httpx.Response(200, json={"now": self.now.isoformat()})
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, httpx.Response):
            return answer
        raise answer("gone")


def platform(script: Callable[[httpx.Request], httpx.Response], patience: float = 2.0) -> Platform:
    client = httpx.AsyncClient(transport=httpx.MockTransport(script))
    return Platform({"registry": "http://a", "matchmaking": "http://a"}, "operator's", client, patience=patience)


async def test_a_command_carries_its_key_and_the_token_of_who_gives_it() -> None:
    script = Scripted(httpx.Response(201, json={"id": "1"}), httpx.Response(201, json={"id": "2"}))
    there = platform(script)

    assert await there.tell(FIRM, "registry/plans", {"a": 1}, "k1") == {"id": "1"}
    assert await there.tell(FIRM, "registry/plans", {"a": 2}, "k2") == {"id": "2"}
    assert [(r.headers["idempotency-key"], r.headers["authorization"]) for r in script.asked] == [
        ("k1", "Bearer token of ENTERPRISE"),
        ("k2", "Bearer token of ENTERPRISE"),
    ]
    assert script.minted == 1


async def test_a_platform_that_is_away_is_asked_again_with_the_same_key() -> None:
    script = Scripted(httpx.ConnectError, problem(503, "store_unavailable"), httpx.Response(200, json={"id": "1"}))

    assert await platform(script).tell(FIRM, "registry/plans", {}, "k") == {"id": "1"}
    assert {r.headers["idempotency-key"] for r in script.asked} == {"k"}


async def test_what_an_event_has_yet_to_bring_is_waited_for() -> None:
    script = Scripted(problem(404, "party_unknown"), httpx.Response(200, json={"id": "1"}))

    assert await platform(script).tell(FIRM, "matchmaking/matches", {}, "k", not_yet=("party_unknown",)) == {"id": "1"}


async def test_a_refusal_that_may_be_returns_nothing() -> None:
    assert await platform(Scripted(problem(409, "nobody_suits"))).tell(FIRM, "matchmaking/matches", {}, "k", unless=("nobody_suits",)) == {}


async def test_any_other_refusal_ends_the_load_and_says_which() -> None:
    with pytest.raises(LoadFailed, match=r"ENTERPRISE registry/plans .*name_taken"):
        await platform(Scripted(problem(409, "name_taken"))).tell(FIRM, "registry/plans", {}, "k")


async def test_patience_ends() -> None:
    with pytest.raises(LoadFailed, match="ConnectError"):
        await platform(Scripted(*[httpx.ConnectError] * 20), patience=0.2).tell(FIRM, "registry/plans", {}, "k")

    async def never() -> bool:
        return False

    with pytest.raises(LoadFailed, match="the moon"):
        await platform(Scripted(), patience=0.2).until("the moon", never)


async def test_a_list_is_read_to_its_last_page() -> None:
    script = Scripted(
        httpx.Response(200, json={"items": [{"id": "a"}], "next": "a"}), httpx.Response(200, json={"items": [{"id": "b"}], "next": None})
    )

    assert [r["id"] for r in await platform(script).all(FIRM, "registry/plans", stage="PLANNED")] == ["a", "b"]
    assert script.asked[1].url.params["after"] == "a"


async def test_the_clock_is_only_moved_forward() -> None:
    script = Scripted()
    there = platform(script)

    await there.move_clock(NOON - timedelta(days=1))
    assert script.now == NOON
    await there.move_clock(NOON + timedelta(days=1))
    assert await there.now() == NOON + timedelta(days=1)
