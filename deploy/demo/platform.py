"""The platform as a client of its public API sees it: tokens by role, commands that may be sent twice, a clock that can be moved.

Every command carries an `Idempotency-Key` made of what it does, so that a load broken off anywhere is taken up by sending all again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import httpx

Json = dict[str, Any]
AWAY = frozenset({429, 502, 503, 504})


class LoadFailed(RuntimeError):
    """The platform refused a command of the demo, or did not come to a state in time; the message says which and why."""


class Who(NamedTuple):
    """On whose behalf a command is given."""

    role: str
    organisation: str = ""
    district: str = ""


class Platform:
    """`bases` maps a service to its address; services run together share one."""

    def __init__(
        self, bases: Mapping[str, str], operator_token: str, client: httpx.AsyncClient, concurrency: int = 8, patience: float = 120.0
    ) -> None:
        """`patience`: seconds to wait for what events have to bring, and for a platform that is away."""
        self.bases, self.client, self.patience = dict(bases), client, patience
        self.sent = 0
        self._room = asyncio.Semaphore(concurrency)
        self._tokens: dict[Who, asyncio.Future[str]] = {}
        self._operator = operator_token

    async def tell(self, who: Who, path: str, body: Json, key: str, not_yet: Collection[str] = (), unless: Collection[str] = ()) -> Json:
        """Give a command and return the record, or for a bulk command its items.

        `not_yet` are refusals that only mean that an event is still on its way: the command is given again until it is taken.
        `unless` are refusals that may well be: nothing is returned then. Raises: LoadFailed for any other refusal."""
        headers = {"authorization": f"Bearer {await self.token(who)}", "idempotency-key": key}
        send = partial(self.client.post, self.address(path), json=body, headers=headers)
        return await self._until_taken(send, f"{who.role} {path} [{key}]", not_yet, unless)

    async def ask(self, who: Who, path: str, query: Mapping[str, str | int | bool] | None = None, not_yet: Collection[str] = ()) -> Json:
        """Read one record or one page."""
        headers = {"authorization": f"Bearer {await self.token(who)}"}
        params = {n: str(v).lower() if isinstance(v, bool) else str(v) for n, v in (query or {}).items()}
        send = partial(self.client.get, self.address(path), params=params, headers=headers)
        return await self._until_taken(send, f"{who.role} GET {path}", not_yet)

    async def all(self, who: Who, path: str, **query: str | int) -> list[Json]:
        """Every record of a list."""
        found: list[Json] = []
        after: dict[str, str] = {}
        while True:
            page = await self.ask(who, path, {**query, "limit": 200, **after})
            found += page["items"]
            if not page["next"]:
                return found
            after = {"after": page["next"]}

    async def count(self, who: Who, path: str, **query: str | int) -> int:
        """How many records a list has."""
        return int((await self.ask(who, path, {**query, "limit": 1, "total": True}))["total"])

    async def until(self, what: str, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait for what events bring about. Raises: LoadFailed when it does not come within the patience."""
        try:
            async with asyncio.timeout(self.patience):
                pause = 0.1
                while not await condition():
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, 1.0)
        except TimeoutError:
            raise LoadFailed(f"still waiting after {self.patience:.0f} s: {what}") from None

    async def now(self) -> datetime:
        """The platform's clock; where services run apart, the one furthest on."""
        answers = [await self._until_taken(partial(self.client.get, f"{base}/clock"), "GET /clock", ()) for base in self.apart()]
        return max(datetime.fromisoformat(a["now"]) for a in answers)

    async def move_clock(self, to: datetime) -> None:
        """Let time pass until `to`; a clock that is there already stays."""
        if to <= await self.now():
            return
        headers = {"authorization": f"Bearer {self._operator}"}
        for base in self.apart():
            move = partial(self.client.post, f"{base}/clock", json={"now": to.isoformat()}, headers=headers)
            await self._until_taken(move, "POST /clock", ())

    async def token(self, who: Who) -> str:
        """A bearer token of the demo issuer, asked for once."""
        if who not in self._tokens:
            self._tokens[who] = asyncio.ensure_future(self._mint(who))
        return await self._tokens[who]

    async def _mint(self, who: Who) -> str:
        headers = {"authorization": f"Bearer {self._operator}"}
        form = {"role": who.role, "organisation": who.organisation, "district": who.district}
        mint = partial(self.client.post, f"{self.apart()[0]}/identity/token", json=form, headers=headers)
        answer = await self._until_taken(mint, f"a token for {who.role}", ())
        return str(answer["access_token"])

    def address(self, path: str) -> str:
        """`registry/associations` at the service it belongs to."""
        return f"{self.bases[path.split('/')[0]]}/{path}"

    def apart(self) -> list[str]:
        return list(dict.fromkeys(self.bases.values()))

    async def _until_taken(
        self, send: Callable[[], Awaitable[httpx.Response]], what: str, not_yet: Collection[str], unless: Collection[str] = ()
    ) -> Json:
        loop = asyncio.get_running_loop()
        give_up, pause = loop.time() + self.patience, 0.05
        while True:
            async with self._room:
                try:
                    response = await send()
                    self.sent += 1
                    reason = code_of(response)
                except httpx.TransportError as error:
                    response, reason = None, type(error).__name__
            if response is not None and response.is_success:
                answer: Json = response.json()
                return answer
            if reason in unless:
                return {}
            again = response is None or response.status_code in AWAY or reason in not_yet
            if not again or loop.time() > give_up:
                detail = "" if response is None else f": {response.text[:600]}"
                raise LoadFailed(f"{what} was refused with {reason}{detail}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 1.0)


def code_of(response: httpx.Response) -> str:
    """The stable code of a problem answer (RFC 9457), or the status of anything else."""
    if response.is_success:
        return ""
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        return str(response.json().get("code", response.status_code))
    return str(response.status_code)
