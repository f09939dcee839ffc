"""The sender: takes what is due, claims it with a lease, hands it to its transport, and writes down what came of it.

The order is load-bearing. The row is SENDING, with the number of the attempt, *before* the transport is called; so a process killed
between the other side's yes and our mark leaves a SENDING row, whose lease runs out and which becomes UNKNOWN. It is never sent again
on suspicion: an operator looks (`resolve`). Of several replicas the version guard of the row lets one claim win. An address is read
from the contact point when the message leaves, and not kept (domain §7.3).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

import structlog

from services.notification.channels.email import Email, MailSettings
from services.notification.channels.outcome import Message, Outcome, Transport
from services.notification.ledger.contact_point import contact_points
from services.notification.ledger.hours import utc
from services.notification.ledger.notice import Accepted, Doubt, Failure, Notice, notices
from services.notification.ledger.templates import render, templates, words
from shared import masking
from shared.engine import Engine
from shared.mongo import OUTAGES, held
from shared.record import Call, Refused, Value
from shared.settings import Settings

log = structlog.get_logger()
BATCH, AT_ONCE = 200, 20  # rows a round, messages under way
PAUSE, DRAIN = 0.5, 8.0  # seconds between empty rounds, seconds for what is under way at the end
WRITES = 5  # times a result is tried to be written down
NO_ADDRESS = Outcome("failed", "no address", permanent=True)


class Desk(Protocol):
    """The ledger as the sender sees it."""

    def now(self) -> datetime: ...

    async def due(self, channels: Sequence[str], limit: int) -> list[Notice]: ...

    async def address(self, notice: Notice) -> str: ...

    async def move(self, notice: Notice, move: str, form: Value | None = None) -> Notice | None:
        """The row after the move; None when it is not possible any more."""


class Sender:
    """One worker; as many may run as there are replicas."""

    def __init__(self, desk: Desk, transports: Mapping[str, Transport], at_once: int = AT_ONCE, patience: float = 1.0) -> None:
        """`patience`: seconds before a result that could not be written down is written again; it doubles each time."""
        self.desk, self.transports, self.patience = desk, transports, patience
        self.stopping = False
        self._under_way = asyncio.Semaphore(at_once)

    async def round(self) -> int:
        """Everything due now, a batch at most; returns how many were attempted. Every attempt is brought to its end before one fault is told."""
        rows = await self.desk.due(sorted(self.transports), BATCH)
        done = await asyncio.gather(*(self._one(row) for row in rows), return_exceptions=True)
        for fault in done:
            if isinstance(fault, BaseException):
                raise fault
        return sum(attempted is True for attempted in done)

    async def _one(self, row: Notice) -> bool:
        async with self._under_way:
            if self.stopping:
                return False
            address = await self.desk.address(row)
            claimed = await self.desk.move(row, "begin")
            if claimed is None or claimed.stage != "SENDING":
                return False
            await self._write_down(claimed, address, await self._attempt(claimed, address) if address else NO_ADDRESS)
            return True

    async def _attempt(self, notice: Notice, address: str) -> Outcome:
        """One call of the transport within the lease; a longer silence is `unknown`, for it may still go through."""
        left = (notice.lease_until - self.desk.now()).total_seconds() if notice.lease_until else 0.0
        try:
            async with asyncio.timeout(max(left, 0.0)):
                return await self.transports[notice.channel].send(message_of(notice, address))
        except TimeoutError:
            return Outcome("unknown", "no outcome within the lease")

    async def _write_down(self, notice: Notice, address: str, outcome: Outcome) -> None:
        """The result, also when the database is away for a moment: what was sent and not written down would have to be looked into."""
        move, form = result_of(notice, address, outcome)
        for left in range(WRITES - 1, -1, -1):
            try:
                await self.desk.move(notice, move, form)
                return
            except OUTAGES:
                if not left:
                    raise
                await asyncio.sleep(self.patience * 2 ** (WRITES - 1 - left))


def result_of(notice: Notice, address: str, outcome: Outcome) -> tuple[str, Accepted | Failure | Doubt]:
    """The move an outcome asks for."""
    attempt, said = notice.attempts, line(outcome.detail)
    match outcome.kind:
        case "ok":
            return "accept", Accepted(attempt=attempt, receipt=said, address=masking.email(address))
        case "failed":
            return "fail", Failure(attempt=attempt, reason=said, permanent=outcome.permanent)
        case "unknown":
            return "doubt", Doubt(attempt=attempt, reason=said)


def message_of(notice: Notice, address: str) -> Message:
    """The text in the recipient's language, rendered from the version the row was opened with."""
    said = render(templates.get(notice.template, notice.template_version), notice.values, notice.locale, words)
    return Message(id=notice.id, address=address, subject=said.subject, body=said.body, locale=notice.locale)


def line(text: str) -> str:
    """An answer of the other side as one printable line."""
    return ("".join(c if c.isprintable() else " " for c in text).strip() or "no detail")[:200]


def up_to(now: datetime) -> str:
    """A text that sorts behind every moment of this second and before the next, with or without a fraction."""
    return f"{utc(now):%Y-%m-%dT%H:%M:%S}~"


@dataclass(frozen=True)
class LedgerDesk:
    """The desk over the service's own store."""

    engine: Engine

    def now(self) -> datetime:
        return self.engine.now()

    async def due(self, channels: Sequence[str], limit: int) -> list[Notice]:
        """Rows whose hour has come, oldest first."""
        ripe = {"state.stage": {"$in": ["QUEUED", "RETRIED"]}, "state.channel": {"$in": list(channels)},
                "state.scheduled_for": {"$lte": up_to(self.now())}}  # fmt: skip
        found = await self.engine.store.rows(notices.collection, ripe, sort=[("state.scheduled_for", 1)], limit=limit)
        return [held(notices, doc).record for doc in found]

    async def address(self, notice: Notice) -> str:
        point = await self.engine.read(contact_points, notice.recipient)
        return point.email if point else ""

    async def move(self, notice: Notice, move: str, form: Value | None = None) -> Notice | None:
        """Each move is a call of its own, born from row, stage and attempt: repeating it repeats nothing."""
        call_id = uuid5(UUID(notice.id), f"{move}/{notice.stage}/{notice.attempts}/{notice.scheduled_for.isoformat()}")
        call = Call("PLATFORM", "", utc(self.now()), call_id, client="sender", causation=notice.cause)
        try:
            held = await self.engine.execute(notices, move, form or notices.moves[move].body(), call, notice.id)
        except Refused as refusal:
            log.info("notice moved on by somebody else", notice=notice.id, move=move, code=refusal.code)
            return None
        after: Notice = held[0].record
        return after


async def work(sender: Sender) -> None:
    """Round after round, resting when nothing is due. When it is told to stop, what is under way is finished first."""
    while True:
        under_way = asyncio.ensure_future(sender.round())
        try:
            attempted = await asyncio.shield(under_way)
        except asyncio.CancelledError:
            sender.stopping = True
            await asyncio.wait({under_way}, timeout=DRAIN)
            under_way.cancel()
            raise
        if not attempted:
            await asyncio.sleep(PAUSE)


async def send_notices(engine: Engine) -> None:
    """The loop of the service. Without a mail relay (`GUILDHALL_SMTP`) e-mails wait in the queue, visible in the ledger."""
    settings = Settings.from_environment()
    relay = MailSettings.of(settings.smtp, settings.smtp_from)
    transports: dict[str, Transport] = {"EMAIL": Email(relay)} if relay else {}
    if not transports:
        log.warning("no mail relay is set: e-mails wait", service="notification")
    try:
        await work(Sender(LedgerDesk(engine), transports))
    finally:
        for transport in transports.values():
            await transport.close()
