"""Three builds that lose or double, as careless ones do. Each must be caught within one run."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from faststream.message import AckStatus

from shared.engine import Effects, Engine, Letter
from shared.kafka import Intake, Relay, TopicPartition, headers  # type: ignore[attr-defined]  # the bus is named there alone
from shared.mongo import Doc
from shared.record import Kind


def commit_before_handle() -> None:
    """The offset is committed when a batch arrives; what fails then is gone (FastStream's default). Its handlers take half a second."""

    async def receive(self: Intake, message: Any) -> None:
        letters = await self.decode(message.raw_message)
        self.done |= {TopicPartition(r.topic, r.partition): r.offset + 1 for r in message.raw_message}
        await self.commit()
        message.committed = AckStatus.ACKED
        await asyncio.sleep(0.5)
        try:
            await self.engine.hear(letters)
        except Exception:  # noqa: BLE001 - acknowledged is acknowledged
            self.failures += 1

    Intake.receive = receive  # type: ignore[method-assign]


def mark_before_send() -> None:
    """The outbox is emptied first and Kafka asked afterwards, half a second later."""

    async def send(self: Relay, kind: Kind[Any, Any], docs: Sequence[Doc], producer: Any) -> int:
        if docs:
            await self.engine.store.settle(kind, docs)
            await asyncio.sleep(0.5)
        sends = [
            await producer.send(self.prefix + kind.topic, orjson.dumps(e["data"]), key=d["_id"].encode(), headers=headers(e))
            for d in docs
            for e in d["outbox"]
        ]
        await asyncio.wait_for(asyncio.gather(*sends), 30)
        return len(sends)

    Relay.send = send  # type: ignore[method-assign]


def no_inbox() -> None:
    """Whatever comes takes effect, also when it has come before."""

    async def together(self: Engine, letters: Sequence[Letter], redriven: bool = False) -> None:
        async def body(session: Any) -> None:
            effects = Effects(self.store, session, self.now())
            for letter in letters:
                if letter.type in self.service.hears:
                    await self._react(letter, effects)
                effects.update("heads", letter.key, {"$max": {"seq": letter.sequence}})
            await effects.flush()

        await self.store.transaction(body)
        self.dirty.update(k.name for k, _ in self._moves)

    Engine._together = together  # type: ignore[method-assign]


WRONG: dict[str, Callable[[], None]] = {f.__name__: f for f in (commit_before_handle, mark_before_send, no_inbox)}
