"""A mail relay that keeps what it gets: the double of what lies outside the zone, for the demo and for tests.

It speaks real SMTP (aiosmtpd) and can be told to behave badly: refuse for now or for good, be slow, or take a message and never say so.
Messages are kept in memory and, when a file is named, one JSON object a line, which the demo's outbox page reads.

    python -m deploy.local.mail_sink --port 1025 --file .local/mail.jsonl [--code 451] [--every 3] [--delay 0.5] [--silent]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any

MESSAGE_MAX = 1_000_000  # bytes


@dataclass(frozen=True)
class Behaviour:
    """How the next messages are met.

    code    answered instead of 250 after the message (451 for now, 550 for good); None accepts
    at_rcpt answer the code to RCPT, before any message
    every   only every n-th message is met so; 1 is all
    delay   seconds before any answer to the message
    silent  take the message, keep it, and never answer
    """

    code: int | None = None
    at_rcpt: bool = False
    every: int = 1
    delay: float = 0.0
    silent: bool = False


@dataclass(frozen=True)
class Mail:
    """One message as it arrived."""

    at: str
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    subject: str
    language: str
    text: str


@dataclass
class MailSink:
    """The relay. `port` 0 takes a free one; it is in `port` once started.

    Within a running loop: `await sink.start()`, `await sink.stop()`. Beside one: `with MailSink(file) as sink`, in a thread of its own."""

    file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    behaviour: Behaviour = Behaviour()
    mails: list[Mail] = field(default_factory=list)
    seen: int = 0
    _server: asyncio.Server | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: Thread | None = None
    _open: set[asyncio.WriteTransport] = field(default_factory=set)

    def __enter__(self) -> MailSink:
        """Raises: OSError when the port is taken."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="mail sink", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop and self._thread:
            asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def start(self) -> None:
        """Listen. Raises: OSError when the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(protocol(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the door and every conversation."""
        if self._server:
            self._server.close()
        await self.hang_up()

    async def hang_up(self) -> None:
        """End every conversation without a word, as a relay that dies does."""
        for conversation in list(self._open):
            conversation.abort()
        await asyncio.sleep(0)

    @property
    def address(self) -> str:
        """host:port, as GUILDHALL_SMTP takes it."""
        return f"{self.host}:{self.port}"

    # the hooks aiosmtpd calls
    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.behaviour.code and self.behaviour.at_rcpt:
            return f"{self.behaviour.code} not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.seen += 1
        how = self.behaviour if self.seen % self.behaviour.every == 0 else Behaviour()
        await asyncio.sleep(how.delay)
        if how.code:
            return f"{how.code} not now"
        self.keep(envelope)
        if how.silent:
            await asyncio.Event().wait()
        return f"250 kept as {len(self.mails)}"

    def keep(self, envelope: Any) -> None:
        """Read the message as a mailbox would and put it down."""
        parsed = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.SMTP)
        body = parsed.get_body(("plain",))
        mail = Mail(
            at=datetime.now(UTC).isoformat(timespec="seconds"), sender=envelope.mail_from, recipients=tuple(envelope.rcpt_tos),
            message_id=str(parsed["Message-ID"] or ""), subject=str(parsed["Subject"] or ""), language=str(parsed["Content-Language"] or ""),
            text=str(body.get_content()) if body else "",
        )  # fmt: skip
        self.mails.append(mail)
        if self.file:
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(vars(mail), ensure_ascii=False) + "\n")


def protocol(sink: MailSink) -> Callable[[], Any]:
    """What makes one conversation; aiosmtpd is needed only here, and only outside production."""
    from aiosmtpd.smtp import SMTP

    class Conversation(SMTP):
        def connection_made(self, transport: Any) -> None:
            sink._open.add(transport)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            sink._open.discard(self.transport)
            super().connection_lost(error)

    return lambda: Conversation(sink, hostname="sink.example", data_size_limit=MESSAGE_MAX, loop=asyncio.get_running_loop())


async def serve(sink: MailSink) -> None:
    """Until cancelled."""
    await sink.start()
    print(f"mail sink on {sink.address}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await sink.stop()


def main() -> None:
    """Run alone, until interrupted."""
    parser = argparse.ArgumentParser(description="A mail relay that keeps what it gets.")
    parser.add_argument("--port", type=int, default=1025)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--code", type=int)
    parser.add_argument("--at-rcpt", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--silent", action="store_true")
    asked = parser.parse_args()
    how = Behaviour(asked.code, asked.at_rcpt, max(1, asked.every), asked.delay, asked.silent)
    try:
        asyncio.run(serve(MailSink(port=asked.port, file=asked.file, behaviour=how)))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
