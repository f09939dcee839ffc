"""What arrives together leaves together: one trip to the server for many, and to each his own answer. Knows nothing of servers.

The first goes at once and waits for nobody; there is no timer. Those who come while all `trips` are under way are gathered for the
next, so a group is as large as the load makes it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """`carry` takes a group and answers each in its place: with a value, or with the exception that is its own.

    What `carry` raises is everybody's: nobody in the group knows what became of his part."""

    def __init__(self, carry: Callable[[list[Asked]], Awaitable[Sequence[Answer | Exception]]], *, trips: int, most: int) -> None:
        self.carry, self.trips, self.most = carry, trips, most
        self.waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self.boarding: asyncio.Task[None] | None = None  # about to leave, and will take whoever is there by then
        self.under_way: set[asyncio.Task[None]] = set()

    async def join(self, asked: Asked) -> Answer:
        """Raises: its own exception, or the one that befell the whole group."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiting.append((asked, answer))
        self._start()
        return await answer

    def _start(self) -> None:
        if self.waiting and self.boarding is None and len(self.under_way) < self.trips:
            self.boarding = asyncio.create_task(self._go())
            self.under_way.add(self.boarding)
            self.boarding.add_done_callback(self._back)

    def _back(self, trip: "asyncio.Task[None]") -> None:
        self.under_way.discard(trip)
        if self.boarding is trip:  # cancelled before it left
            self.boarding = None
        self._start()

    async def _go(self) -> None:
        """In a task of its own: whoever is cancelled on the way takes nobody with him."""
        self.boarding = None
        wanted = [w for w in self.waiting if not w[1].done()]  # who was cancelled before he left has asked for nothing
        group, self.waiting = wanted[: self.most], wanted[self.most :]
        if not group:
            return
        self._start()
        try:
            answers = await self.carry([asked for asked, _ in group])
        except BaseException as error:
            for _, waiting in group:
                if isinstance(error, asyncio.CancelledError):
                    waiting.cancel()
                elif not waiting.done():
                    waiting.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, waiting), answer in zip(group, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
