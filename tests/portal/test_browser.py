"""The pages in a real Chromium, over real Kafka and MongoDB: a command over HTTP becomes a line on the screen.

A small registry stands in for the real one because it takes any name at all: what a service of ours would refuse must not harm the
page either (reliability B14).
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import uvicorn

from services.portal.pages import start_page
from services.portal.reference import reference
from services.portal.service import service as portal
from shared import kafka
from shared.auth import Issuer
from shared.engine import Service
from shared.record import Call, Event, Kind, Record, Value
from shared.run import build
from shared.settings import Settings
from tests.portal.browser import PATIENCE, Browser
from tests.portal.doubles import HOSTILE

TOLD_IN_THE_DOM = "[...document.querySelectorAll('#latest li span')].map((e) => e.textContent)"


class Association(Record):
    """Association [协会]"""

    stage: Literal["REGISTERED"]
    uscc: str
    name: str


class AssociationRegistered(Event, to="REGISTERED"):
    """It stands in the register, under whatever name."""

    uscc: str
    name: str
    kind: str = "INDUSTRY_ASSOCIATION"
    level: str = "NEW_CITY"
    district: str = "XX-KG"
    so_category: str = "06"


associations = Kind[Association, Literal["REGISTERED"]](
    Association, "registry.associations.association", path="associations", key=("uscc",)
)


class Names(Value):
    names: list[str]
    first: int


@associations.opens(by="SO_ADMIN")
def register_all(call: Call, form: Names) -> list[AssociationRegistered]:
    """Register many."""
    return [AssociationRegistered(uscc=f"{form.first + n:018d}", name=name) for n, name in enumerate(form.names)]


registry = Service("registry", kinds=(associations,), rooms={"associations": "public"})


@dataclass
class Place:
    """Where the site runs, and a hand that registers associations there over HTTP."""

    address: str
    client: httpx.AsyncClient
    token: str
    registered: int = field(default=0)

    async def register(self, *names: str) -> None:
        body = {"names": list(names), "first": self.registered + 1}
        answer = await self.client.post("/registry/associations", json=body, headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 201, answer.text
        self.registered += len(names)
        async with asyncio.timeout(PATIENCE):
            while (await self.client.get("/portal/counts")).json()["counts"].get("levels", {}).get("NEW_CITY", 0) < self.registered:
                await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def place(chromium: str, stack: Any, prefix: str, every: list[Service]) -> AsyncIterator[Place]:
    """The portal and the small registry behind one address, in the demo profile, with the reference of the real services."""
    settings = Settings(profile="demo", kafka=tuple(stack.kafka.split(",")), mongo=stack.mongo, prefix=f"{prefix}-", port=0)
    await kafka.create_topics(settings.kafka, [settings.prefix + t for t in {*registry.topics, *portal.sources}], partitions=2)
    issuer = Issuer(settings.oidc_audience)
    app = build([registry, portal], settings, issuer)
    app.include_router(start_page(app.state.engines["portal"]))
    app.include_router(reference(every))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, loop="asyncio", timeout_graceful_shutdown=3))
    app.state.server = server
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.05)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        async with asyncio.timeout(PATIENCE):
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.1)
        yield Place(address, client, issuer.token("SO_ADMIN", "dept:so-admin", ""))
    server.should_exit = True
    await task


@pytest.fixture(autouse=True)
async def nothing_alarming(browser: Browser, place: Place) -> AsyncIterator[None]:
    """After every test: no dialog, no script error, no breach of the policy, no request to anywhere else."""
    browser.alarms.clear()
    browser.requests.clear()
    yield
    assert browser.alarms == []
    assert [r for r in browser.requests if not r.startswith((place.address, "about:", "data:"))] == []


async def test_before_anything_happened_the_page_says_so_and_comes_alive_with_the_first_event(browser: Browser, place: Place) -> None:
    async with browser.tab() as tab:
        await tab.open(place.address)
        assert "还没有事件" in await tab.text("main")
        await tab.until("document.querySelector('#live').className === 'live'", "the stream is open")

        await place.register("西咸新区航空物流协会")

        await tab.until(f"{TOLD_IN_THE_DOM}.includes('西咸新区航空物流协会登记成立（空港新城）')", "the event stands on the page")
        await tab.until("document.querySelector('#nothing').hidden", "the empty state goes away")
        await tab.until("document.querySelector('[data-count=\"levels.NEW_CITY\"]').textContent === '1'", "the figure changes")
        assert await tab.ask("document.querySelector('progress[data-bar=\"levels.NEW_CITY\"]').value") == 1


async def test_without_javascript_the_page_shows_the_same(browser: Browser, place: Place) -> None:
    await place.register("西咸新区软件与信息服务业协会")

    async with browser.tab(script=False) as tab:
        await tab.open(place.address)
        assert (await tab.ask(TOLD_IN_THE_DOM))[0] == "西咸新区软件与信息服务业协会登记成立（空港新城）"
        assert await tab.text("[data-count='register.INDUSTRY_ASSOCIATION']") == str(place.registered)
        assert "每 15 秒自动刷新" in await tab.text(".state")
        assert await tab.text("#live") == ""


async def test_two_hundred_hostile_names_are_shown_and_do_nothing(browser: Browser, place: Place) -> None:
    names = [f"{HOSTILE[n % len(HOSTILE)]} {n}" for n in range(200)]

    async with browser.tab() as alive, browser.tab(script=False) as still:
        await alive.open(place.address)
        await alive.until("document.querySelector('#live').className === 'live'", "the stream is open")
        await place.register(*names)
        newest = (await place.client.get(f"/portal/events?after={place.registered - 1}")).json()["items"][-1]["zh"]
        await alive.until(f"{TOLD_IN_THE_DOM}[0] === {json.dumps(newest)}", "the last of them stands on the page")
        await still.open(place.address)

        told = await alive.ask(TOLD_IN_THE_DOM)
        assert told == await still.ask(TOLD_IN_THE_DOM)
        assert any("<img src=x onerror=alert(1)>" in line for line in told) and any("</script>" in line for line in told)
        assert (
            await alive.ask("document.querySelectorAll('#latest img, #latest script, #latest a, #latest svg, #latest style').length") == 0
        )
        assert await alive.ask("typeof window.hacked") == "undefined"


SMUGGLED = (
    "const e = document.createElement('img'); e.setAttribute('onerror', 'window.hacked = 1'); e.src = '/nothing'; document.body.append(e)",
    "const e = document.createElement('div'); e.innerHTML = '<img src=x onerror=window.hacked=1>'; document.body.append(e)",
    "const e = document.createElement('script'); e.text = 'window.hacked = 1'; document.body.append(e)",
    "const e = document.createElement('script'); e.src = 'https://elsewhere.example/x.js'; document.body.append(e)",
    "const e = document.createElement('a'); e.href = 'javascript:window.hacked=1'; document.body.append(e); e.click()",
)


@pytest.mark.parametrize("smuggled", SMUGGLED)
async def test_a_script_that_came_in_after_all_would_not_run(browser: Browser, place: Place, smuggled: str) -> None:
    async with browser.tab() as tab:
        await tab.open(place.address)
        await tab.ask(f"(() => {{ try {{ {smuggled} }} catch (refused) {{ }} }})()")
        await tab.ask("new Promise((done) => setTimeout(done, 300))")

        assert await tab.ask("typeof window.hacked") == "undefined"
    assert any("security" in alarm for alarm in browser.alarms), "the browser reports the breach"
    browser.alarms.clear()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("path", ["/", "/?lang=en", "/docs", "/docs/registry", "/docs/matchmaking?lang=en"])
async def test_a_telephone_needs_no_sideways_scrolling(browser: Browser, place: Place, path: str, script: bool) -> None:
    async with browser.tab(script=script, width=360, height=740) as tab:
        await tab.open(place.address + path)
        assert await tab.ask("document.documentElement.scrollWidth") <= 360


async def test_the_drawing_is_for_eyes_and_the_table_for_everybody_else(browser: Browser, place: Place) -> None:
    shown = "getComputedStyle(document.querySelector('svg.flow')).display"
    async with browser.tab() as wide, browser.tab(width=360) as narrow:
        await wide.open(place.address)
        await narrow.open(place.address)
        assert (await wide.ask(shown), await narrow.ask(shown)) == ("block", "none")
        for tab in (wide, narrow):
            assert await tab.ask("document.querySelectorAll('.flowtable tbody tr').length") == len(portal.sources)
            assert await tab.ask("getComputedStyle(document.querySelector('.flowtable')).display") == "table"


async def test_the_reference_is_drawn_and_unfolds_without_javascript(browser: Browser, place: Place) -> None:
    async with browser.tab(script=False) as tab:
        await tab.open(f"{place.address}/docs/matchmaking")
        assert await tab.ask("document.querySelectorAll('svg.states rect').length") > 20
        assert await tab.ask("document.querySelector('details').open") is False
        await tab.ask("document.querySelector('details summary').click()")
        assert await tab.ask("document.querySelector('details').open") is True


async def test_the_demo_is_marked_over_the_whole_page(browser: Browser, place: Place) -> None:
    async with browser.tab() as tab:
        await tab.open(place.address)
        mark = await tab.ask(
            "(({position, pointerEvents, backgroundImage}) => [position, pointerEvents, backgroundImage])(getComputedStyle(document.querySelector('.watermark')))"
        )
        assert mark[:2] == ["fixed", "none"] and "demo.svg" in mark[2]
        assert "演示" in await tab.text(".ribbon")


@pytest.mark.parametrize("dark", [False, True])
async def test_it_makes_a_picture(browser: Browser, place: Place, dark: bool, tmp_path: Path) -> None:
    async with browser.tab(dark=dark) as tab:
        await tab.open(place.address)
        ground = await tab.ask("getComputedStyle(document.documentElement).backgroundColor")
        assert ground == ("rgb(20, 25, 30)" if dark else "rgb(245, 242, 234)")
        assert len(await tab.picture(tmp_path / "page.png")) > 50_000
