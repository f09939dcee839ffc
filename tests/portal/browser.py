"""A real Chromium without a window, spoken to over its debugging pipe: no driver, no port, nothing to install beside the browser."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
NO_BROWSER = "NO BROWSER: Chromium is not on PATH, so the pages were NOT tested in a browser (Debian: apt-get install chromium)"
PATIENCE = 120.0  # seconds: two cores may be busy with other tests


def found() -> str | None:
    """The browser on PATH, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """`async with Browser(path) as browser`. Every alarm of every page (dialogs, script errors, breaches of the policy) is kept in `alarms`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.alarms: list[str] = []
        self.requests: list[str] = []
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded: dict[str, asyncio.Event] = {}

    async def __aenter__(self) -> "Browser":
        self._home = tempfile.TemporaryDirectory(prefix="guildhall-browser-", ignore_cleanup_errors=True)
        (to_read, self._to_write), (self._to_hear, to_say) = os.pipe(), os.pipe()
        script = f'exec "$0" "$@" 3<&{to_read} 4>&{to_say}'  # Chromium reads commands from 3 and answers on 4
        self._process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, self.path, *FLAGS, f"--user-data-dir={self._home.name}", "about:blank", pass_fds=(to_read, to_say),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_say)
        reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._to_hear, "rb", 0))
        self._listening = asyncio.create_task(self._listen(reader))
        await self.say("Browser.getVersion")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError, BrokenPipeError):
            await asyncio.wait_for(self.say("Browser.close"), 10)
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._listening.cancel()
        os.close(self._to_write)
        self._home.cleanup()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                told = json.loads((await reader.readuntil(b"\0"))[:-1])
                if "id" in told and (future := self._waiting.pop(told["id"], None)):
                    future.set_result(told)
                elif "method" in told:
                    self._note(told["method"], told.get("params", {}), told.get("sessionId", ""))
        except asyncio.IncompleteReadError:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the browser has gone"))

    def _note(self, method: str, params: dict[str, Any], session: str) -> None:
        match method:
            case "Page.loadEventFired":
                self._loaded[session].set()
            case "Page.javascriptDialogOpening":
                self.alarms.append(f"dialog: {params['message']}")
            case "Runtime.exceptionThrown":
                self.alarms.append(
                    f"script error: {params['exceptionDetails'].get('text')} {params['exceptionDetails'].get('exception', {}).get('description')}"
                )
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.alarms.append(f"{params['entry']['source']}: {params['entry']['text']}")
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "assert"):
                self.alarms.append(f"console: {params['args']}")
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])

    async def say(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol. Raises: RuntimeError when the browser refuses it."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._to_write, json.dumps(message).encode() + b"\0")
        told = await asyncio.wait_for(self._waiting[number], PATIENCE)
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']}")
        result: dict[str, Any] = told["result"]
        return result

    @contextlib.asynccontextmanager
    async def tab(
        self, *, script: bool = True, width: int = 1280, height: int = 900, language: str = "zh-CN", dark: bool = False
    ) -> AsyncIterator["Tab"]:
        """A tab of its own, with or without JavaScript."""
        target = (await self.say("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.say("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        self._loaded[session] = asyncio.Event()
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.say(f"{domain}.enable", session)
        await self.say("Network.setExtraHTTPHeaders", session, headers={"Accept-Language": language})
        await self.say("Emulation.setScriptExecutionDisabled", session, value=not script)
        await self.say("Emulation.setDeviceMetricsOverride", session, width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        await self.say(
            "Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        )
        yield Tab(self, session)
        await self.say("Target.closeTarget", targetId=target)


class Tab:
    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session

    async def open(self, address: str) -> None:
        loaded = self.browser._loaded[self.session]
        loaded.clear()
        await self.browser.say("Page.navigate", self.session, url=address)
        await asyncio.wait_for(loaded.wait(), PATIENCE)

    async def ask(self, expression: str) -> Any:
        """The value of an expression: the debugger may ask also where the page's own scripts may not run."""
        told = await self.browser.say("Runtime.evaluate", self.session, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"]["text"])
        return told["result"].get("value")

    async def text(self, selector: str) -> str:
        return str(await self.ask(f"document.querySelector({json.dumps(selector)}).innerText"))

    async def until(self, expression: str, what: str) -> None:
        """Wait until the expression holds. Raises: TimeoutError saying what did not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self.ask(expression):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise TimeoutError(f"it never came that {what}") from None

    async def picture(self, file: Path) -> bytes:
        """The whole page as PNG."""
        told = await self.browser.say("Page.captureScreenshot", self.session, format="png", captureBeyondViewport=True)
        content = base64.b64decode(told["data"])
        file.write_bytes(content)
        return content


# ── fixtures, for every suite of pages ────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def chromium() -> str:
    path = found()
    if path is None:
        if os.environ.get("GUILDHALL_BROWSER") == "required":
            pytest.fail(NO_BROWSER, pytrace=False)
        warnings.warn(NO_BROWSER, stacklevel=1)
        pytest.skip(NO_BROWSER)
    return path


@pytest.fixture(scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with Browser(chromium) as one:
        yield one
