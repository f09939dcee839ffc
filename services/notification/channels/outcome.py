"""What a transport can say of one attempt: yes, no, or nothing that can be trusted (reliability §1.1: ok, fail, unknown)."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Outcome:
    """`ok`: taken, with the other side's answer. `failed`: surely not taken; permanent means asking again is useless.
    `unknown`: it may have been taken, so nobody may ask again on suspicion."""

    kind: Literal["ok", "failed", "unknown"]
    detail: str
    permanent: bool = False


@dataclass(frozen=True)
class Message:
    """One text for one recipient. `id` is the identity of the ledger row and the idempotency key towards the provider."""

    id: str
    address: str
    subject: str
    body: str
    locale: str = "zh"


class Transport(Protocol):
    """A way out. It never raises for what the other side or the network does: that is an outcome."""

    async def send(self, message: Message) -> Outcome: ...

    async def close(self) -> None: ...
