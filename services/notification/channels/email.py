"""E-mail over SMTP: one recipient a message, headers that cannot be broken into, an outcome that tells no from nothing.

Up to the DATA command nothing was taken, so whatever goes wrong is a plain failure. From DATA on, an answer is an answer, and a
time-out or a lost connection is `unknown`: the relay may have queued the message (reliability §1.2, 4). The Message-ID is made of the
row's identity, so that relays and mailboxes that compare it can drop a second copy, and an operator can find the message in a log.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from services.notification.channels.outcome import Message, Outcome
from services.notification.ledger.address import one_address

SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
IDLE_MAX = 20  # connections kept for the next message
DETAIL_MAX = 150


@dataclass(frozen=True)
class MailSettings:
    """A mail relay and the address the platform writes from; `timeout` in seconds for each step of the conversation."""

    host: str
    port: int
    sender: str
    scheme: str = "smtp"
    username: str | None = None
    password: str | None = None
    timeout: float = 20.0

    @classmethod
    def of(cls, relay: str, sender: str) -> "MailSettings | None":
        """`host:port`, or smtp://, smtps:// or smtp+starttls:// with [user:password@]host[:port]; None for no relay.

        Raises: ValueError with a sentence for the operator."""
        if not relay:
            return None
        parts = urlsplit(relay if "://" in relay else f"smtp://{relay}")
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise ValueError(f"GUILDHALL_SMTP is host:port or an address beginning with one of {', '.join(f'{s}://' for s in SCHEMES)}")
        return cls(
            host=parts.hostname, port=parts.port or SCHEMES[parts.scheme], sender=one_address(sender), scheme=parts.scheme,
            username=unquote(parts.username) if parts.username else None, password=unquote(parts.password) if parts.password else None,
        )  # fmt: skip


def compose(message: Message, sender: str, now: datetime) -> EmailMessage:
    """The mail as it goes over the wire. Raises: ValueError for anything that would break out of its header (reliability B17)."""
    mail, domain = EmailMessage(policy=SMTP), sender.rpartition("@")[2]
    recipient = Address(addr_spec=one_address(message.address))
    mail["From"], mail["To"], mail["Subject"] = Address(addr_spec=sender), recipient, message.subject
    mail["Date"] = format_datetime(now.astimezone(UTC))
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body, charset="utf-8", cte="base64")  # clears what headers of content there are
    mail["Content-Language"] = "en" if message.locale == "en" else "zh-CN"
    return mail


class Email:
    """The transport. Connections are kept, and each carries one message at a time."""

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings
        self._idle: list[aiosmtplib.SMTP] = []

    async def send(self, message: Message) -> Outcome:
        """Hand one message to the relay."""
        try:
            wire = compose(message, self.settings.sender, datetime.now(UTC)).as_bytes()
        except (ValueError, MessageError) as fault:
            return Outcome("failed", f"not a message: {type(fault).__name__}", permanent=True)
        try:
            relay = await self._ready(message.address)
        except SMTPResponseException as no:
            return refused(no)
        except (SMTPException, OSError) as fault:
            return Outcome("failed", f"before DATA: {type(fault).__name__}")
        try:
            answer = await relay.data(wire)
        except SMTPResponseException as no:
            self._keep(relay)
            return refused(no)
        except (SMTPException, OSError) as fault:
            relay.close()
            return Outcome("unknown", f"after DATA: {type(fault).__name__}")
        except asyncio.CancelledError:
            relay.close()
            raise
        self._keep(relay)
        return Outcome("ok", f"{answer.code} {answer.message}"[:DETAIL_MAX])

    async def close(self) -> None:
        """Say goodbye to the relay."""
        while self._idle:
            relay = self._idle.pop()
            try:
                await relay.quit()
            except (SMTPException, OSError):
                relay.close()

    async def _ready(self, address: str) -> aiosmtplib.SMTP:
        """A connection that has accepted sender and recipient; a kept one that the relay has closed meanwhile is replaced."""
        kept = bool(self._idle)
        relay = self._idle.pop() if kept else self._new()
        try:
            if not kept:
                await relay.connect()
            await relay.mail(self.settings.sender)
            await relay.rcpt(address)
        except BaseException as fault:
            relay.close()
            if kept and gone(fault):
                return await self._ready(address)
            raise
        return relay

    def _new(self) -> aiosmtplib.SMTP:
        s = self.settings
        return aiosmtplib.SMTP(
            hostname=s.host, port=s.port, username=s.username, password=s.password, timeout=s.timeout, use_tls=s.scheme == "smtps",
            start_tls=s.scheme == "smtp+starttls", local_hostname=s.sender.rpartition("@")[2],
        )  # fmt: skip

    def _keep(self, relay: aiosmtplib.SMTP) -> None:
        if relay.is_connected and len(self._idle) < IDLE_MAX:
            self._idle.append(relay)
        else:
            relay.close()


def gone(fault: BaseException) -> bool:
    """Whether a kept connection had ended: closed, or about to be (421)."""
    if isinstance(fault, SMTPResponseException):
        return fault.code == 421
    return isinstance(fault, SMTPException | OSError)


def refused(answer: SMTPResponseException) -> Outcome:
    """A no: 5xx for good, 4xx for now. The relay's words may quote the address, so only the code is kept."""
    return Outcome("failed", f"relay answered {answer.code}", permanent=500 <= answer.code < 600)
