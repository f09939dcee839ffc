"""The register in a real Chromium, its scripts switched off: one searches, narrows down, reads an entry and one of its days by form and link alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from tests.portal.browser import Browser, Tab
from tests.registry.examples import AIR
from tests.registry.pages.conftest import CAR, Site, register


@pytest.fixture(scope="module")
async def address(chromium: str) -> AsyncIterator[str]:
    """The pages behind an address of their own."""
    server = uvicorn.Server(
        uvicorn.Config(Site(await register(), "demo").app, port=0, log_config=None, loop="asyncio", timeout_graceful_shutdown=2)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def leads(tab: Tab, does: str) -> Any:
    """The page that follows from something done on this one."""
    loaded = tab.browser._loaded[tab.session]
    loaded.clear()
    await tab.ask(does)
    await asyncio.wait_for(loaded.wait(), 60)
    return await tab.text("main")


async def test_one_finds_an_association_and_reads_a_day_of_its_past(browser: Browser, address: str) -> None:
    browser.alarms.clear()
    browser.requests.clear()
    async with browser.tab(script=False) as tab:
        await tab.open(f"{address}/registry/pages")
        await tab.ask("document.querySelector('#f-q').value = '空物流'")
        assert "1 条结果" in await leads(tab, "document.querySelector('form button').click()")
        assert await tab.ask("document.querySelector('#f-q').value") == "空物流", "what was asked stays in the form"
        assert "登记事项" in await leads(tab, "document.querySelector('tbody a').click()")
        assert await tab.text("h1") == "西咸新区航空物流协会"
        await tab.ask("document.querySelector('#f-as_of').value = '2025-03-02'")
        assert "正在查看历史状态" in await leads(tab, "document.querySelector('main form[method=get] button').click()")
        assert await tab.text("h1") == "西咸新区空港物流协会"
        assert "An earlier" not in await leads(tab, "document.querySelector('a[hreflang]').click()")
        assert await tab.ask("document.documentElement.lang + location.search") == "en?as_of=2025-03-02&known_at=&lang=en", (
            "the question stays"
        )
    assert browser.alarms == []
    assert [r for r in browser.requests if not r.startswith((address, "about:", "data:"))] == []


async def test_a_telephone_needs_no_sideways_scrolling_and_the_keyboard_sees_where_it_is(browser: Browser, address: str) -> None:
    async with browser.tab(script=False, width=360, height=740) as tab:
        for path in ("", "?grade=9A&lang=en", f"/associations/{AIR}", f"/associations/{CAR}?lang=en", "/coverage?lang=en", "/statistics"):
            await tab.open(f"{address}/registry/pages{path}")
            assert await tab.ask("document.documentElement.scrollWidth") <= 360, path
        await tab.open(f"{address}/registry/pages")
        await browser.say("Input.dispatchKeyEvent", tab.session, type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        assert await tab.ask("document.activeElement.className") == "skip"
        assert (
            await tab.ask("getComputedStyle(document.activeElement).outlineStyle + document.activeElement.getBoundingClientRect().left")
            == "solid16"
        )


async def test_on_paper_stand_the_facts_and_no_forms(browser: Browser, address: str) -> None:
    async with browser.tab(script=False) as tab:
        await tab.open(f"{address}/registry/pages/associations/{AIR}")
        await browser.say("Emulation.setEmulatedMedia", tab.session, media="print")
        shown = "[...document.querySelectorAll('%s')].filter((e) => e.getClientRects().length).length"
        assert await tab.ask(shown % "form, nav, .watermark") == 0
        assert await tab.ask(shown % ".facts dt") > 15
