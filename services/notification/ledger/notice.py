"""Notice [通知]: one row for each cause, recipient, channel and text, written before anything is sent, and never a second time.

Domain §1.10; reliability §1.2; engineering §2.6; peers N6–N9. The identity of a row is a digest of what caused it, so an event heard
twice, a rule that names somebody twice or a redriven letter find the row already there: for ever, not for a window of hours. The
in-platform message is the row itself. A message that leaves passes SENDING before the transport is called and carries the attempt's
number. Where nobody can say whether the other side took it, it is UNKNOWN and stays so until an operator resolves it: SMTP knows no
idempotency key, a second e-mail of a statutory notice cannot be taken back, and the same notice stands in the inbox meanwhile.
"""

from datetime import datetime
from hashlib import sha256
from typing import Literal

from services.notification.ledger.contact_point import USERS, Channel, Locale
from services.notification.ledger.hours import CODE, DeliveryRules, deliveries, utc
from services.notification.ledger.rules import Category, Urgency
from shared.record import Call, Event, Kind, Line, NotAllowed, Record, Refused, Text, Value

Stage = Literal["QUEUED", "SENDING", "SENT", "DELIVERED", "READ", "ACKNOWLEDGED", "FAILED", "RETRIED", "DEAD", "UNKNOWN", "SUPPRESSED"]
Verdict = Literal["ARRIVED", "SEND_AGAIN", "GIVE_UP"]


class Accepted(Value):
    """The transport's yes: for which attempt, its answer, and the masked address it went to."""

    attempt: int
    receipt: Line
    address: Line


class Failure(Value):
    """The transport's no; a permanent one is not tried again."""

    attempt: int
    reason: Line
    permanent: bool = False


class Doubt(Value):
    """The transport's silence after it may have taken the message."""

    attempt: int
    reason: Line


# ── the row ───────────────────────────────────────────────────────────────────────────────────────
class Notice(Record):
    """Notice [通知]"""

    stage: Stage
    row: str
    cause: str
    event: str
    about: str
    recipient: str
    holders: tuple[str, ...]
    channel: Channel
    category: Category
    urgency: Urgency
    template: str
    template_version: str
    rules_version: str
    delivery_version: str
    values: dict[str, str]
    locale: Locale
    quiet_hours: bool
    told_at: datetime
    scheduled_for: datetime
    escalate_to: tuple[str, ...] = ()
    escalate_at: tuple[datetime, ...] = ()
    escalated: int = 0
    attempts: int = 0
    failures: int = 0
    lease_until: datetime | None = None
    retry_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_client: str = ""
    address: str = ""
    receipt: str = ""
    reason: str = ""


class NoticeOpened(Event):
    """A row of the ledger: who is told of what, by which channel, text and rules."""

    row: str
    cause: str
    event: str
    about: str
    recipient: str
    holders: tuple[str, ...]
    channel: Channel
    category: Category
    urgency: Urgency
    template: str
    template_version: str
    rules_version: str
    delivery_version: str
    values: dict[str, str]
    locale: Locale
    quiet_hours: bool
    told_at: datetime
    scheduled_for: datetime


class NoticeQueued(NoticeOpened, to="QUEUED"):
    """It waits for its transport and its hour."""


class NoticePosted(NoticeOpened, to="DELIVERED"):
    """It stands in the recipient's inbox."""

    delivered_at: datetime
    escalate_to: tuple[str, ...]
    escalate_at: tuple[datetime, ...]


class NoticeSuppressed(NoticeOpened, to="SUPPRESSED"):
    """It is not sent: MUTED by the recipient, or NO_ADDRESS is known."""

    reason: str


class NoticePostponed(Event):
    """Its hour has not come."""

    scheduled_for: datetime


class NoticeSendingBegan(Event, to="SENDING"):
    """An attempt has begun; whoever holds the lease calls the transport."""

    attempts: int
    lease_until: datetime


class NoticeSent(Event, to="SENT"):
    """The transport has taken it."""

    sent_at: datetime
    address: str
    receipt: str
    reason: str = ""


class NoticeFailed(Event, to="FAILED"):
    """The transport refused it for now."""

    failures: int
    reason: str
    retry_at: datetime


class NoticeRetried(Event, to="RETRIED"):
    """It is in the queue again."""

    scheduled_for: datetime
    retry_at: None = None


class NoticeRevived(Event, to="RETRIED"):
    """An operator put it in the queue again, with all attempts before it."""

    scheduled_for: datetime
    failures: int = 0
    reason: str


class NoticeDead(Event, to="DEAD"):
    """It will not be sent."""

    recipient: str
    reason: str


class NoticeOutcomeUnknown(Event, to="UNKNOWN"):
    """The transport may have taken it."""

    reason: str


class NoticeDelivered(Event, to="DELIVERED"):
    """The other side has it."""

    delivered_at: datetime
    reason: str


class NoticeRead(Event, to="READ"):
    """The recipient opened it."""

    recipient: str
    read_at: datetime


class NoticeAcknowledged(Event, to="ACKNOWLEDGED"):
    """The recipient signed for it [签收]."""

    recipient: str
    acknowledged_at: datetime
    acknowledged_client: str


class NoticeEscalated(Event):
    """A statutory notice lay unread: the next level holds it too."""

    recipient: str
    next_level: str
    holders: tuple[str, ...]
    escalated: int


notices = Kind[Notice, Stage](
    Notice, "notification.ledger.notice", path="notices", key=("row",), index=("holders", "cause", "channel", "category"),
    own=dict.fromkeys((*USERS, "SO_ADMIN"), "holders"), readers=("OPERATOR",),
)  # fmt: skip


# ── on its way out: asked by the sender ───────────────────────────────────────────────────────────
@notices.command(by="PLATFORM", when=("QUEUED", "RETRIED"))
def begin(notice: Notice, call: Call) -> NoticeSendingBegan | NoticePostponed:
    """Claim the row for one attempt, before the transport is called."""
    rules = rules_of(notice)
    at = rules.leaves_at(utc(call.now), notice.urgency, notice.quiet_hours)
    if at > call.now:
        return NoticePostponed(scheduled_for=at)
    return NoticeSendingBegan(attempts=notice.attempts + 1, lease_until=rules.lease_until(utc(call.now)))


@notices.command(by="PLATFORM", when=("SENDING", "UNKNOWN"))
def accept(notice: Notice, call: Call, accepted: Accepted) -> NoticeSent | None:
    """The transport has taken it, if late. Word of an attempt that is not the last one is not heard, here and below."""
    if accepted.attempt != notice.attempts:
        return None
    return NoticeSent(sent_at=utc(call.now), address=accepted.address, receipt=accepted.receipt)


@notices.command(by="PLATFORM", when=("SENDING", "UNKNOWN"))
def fail(notice: Notice, call: Call, failure: Failure) -> NoticeFailed | NoticeDead | None:
    """The transport said no: try again later, or give up."""
    if failure.attempt != notice.attempts:
        return None
    failures = notice.failures + 1
    again = None if failure.permanent else rules_of(notice).retry_at(utc(call.now), failures)
    if again is None:
        return NoticeDead(recipient=notice.recipient, reason=failure.reason)
    return NoticeFailed(failures=failures, reason=failure.reason, retry_at=again)


@notices.command(by="PLATFORM", when="SENDING")
def doubt(notice: Notice, call: Call, doubt: Doubt) -> NoticeOutcomeUnknown | None:
    """Nobody can say whether it was taken."""
    return NoticeOutcomeUnknown(reason=doubt.reason) if doubt.attempt == notice.attempts else None


@notices.clock(when="SENDING", at=lambda notice: notice.lease_until)
def lose(notice: Notice, call: Call) -> NoticeOutcomeUnknown:
    """The sender died between its call and our mark: never sent again on suspicion."""
    return NoticeOutcomeUnknown(reason="lease expired")


@notices.clock(when="FAILED", at=lambda notice: notice.retry_at)
def retry(notice: Notice, call: Call) -> NoticeRetried:
    """The wait is over."""
    return NoticeRetried(scheduled_for=utc(call.now))


def rules_of(notice: Notice) -> DeliveryRules:
    """The delivery rules the row was opened under."""
    return deliveries.get(CODE, notice.delivery_version)


# ── what an operator decides ──────────────────────────────────────────────────────────────────────
@notices.command(by="OPERATOR", when="UNKNOWN")
def resolve(notice: Notice, call: Call, verdict: Verdict, evidence: Text) -> NoticeDelivered | NoticeRevived | NoticeDead:
    """Say, from the relay's log or by asking the recipient, what became of it; only a person may have it sent again."""
    if verdict == "ARRIVED":
        return NoticeDelivered(delivered_at=utc(call.now), reason=evidence)
    if verdict == "GIVE_UP":
        return NoticeDead(recipient=notice.recipient, reason=evidence)
    return NoticeRevived(scheduled_for=utc(call.now), reason=evidence)


@notices.command(by="OPERATOR", when="SENT")
def report_bounce(notice: Notice, call: Call, evidence: Text) -> NoticeDead:
    """The message came back [退信]."""
    return NoticeDead(recipient=notice.recipient, reason=evidence)


@notices.command(by="OPERATOR", when="SENT")
def confirm_delivery(notice: Notice, call: Call, evidence: Text) -> NoticeDelivered:
    """The other side has confirmed it [送达回执]."""
    return NoticeDelivered(delivered_at=utc(call.now), reason=evidence)


@notices.command(by="OPERATOR", when="DEAD")
def revive(notice: Notice, call: Call, evidence: Text) -> NoticeRevived:
    """Put it in the queue again after the cause was removed."""
    return NoticeRevived(scheduled_for=utc(call.now), reason=evidence)


# ── what the recipient does, and does not ─────────────────────────────────────────────────────────
@notices.command(by=(*USERS, "SO_ADMIN"), when="DELIVERED")
def read(notice: Notice, call: Call) -> NoticeRead:
    """Open it [已读]."""
    theirs(notice, call)
    return NoticeRead(recipient=notice.recipient, read_at=utc(call.now))


@notices.command(by=(*USERS, "SO_ADMIN"), when=("DELIVERED", "READ"))
def acknowledge(notice: Notice, call: Call) -> NoticeAcknowledged:
    """Sign for it [签收]; when and from which client must be provable."""
    theirs(notice, call)
    client = sha256(call.client.encode()).hexdigest()[:16]
    return NoticeAcknowledged(recipient=notice.recipient, acknowledged_at=utc(call.now), acknowledged_client=client)


@notices.clock(when="DELIVERED", at=lambda notice: notice.escalate_at)
def escalate(notice: Notice, call: Call) -> list[NoticeEscalated]:
    """Statutory and unread: every level whose time has come sees it [催办]; what passed during an outage rings once for all."""
    holders, events = notice.holders, list[NoticeEscalated]()
    due = sum(at <= call.now for at in notice.escalate_at)
    for level, office in list(enumerate(notice.escalate_to, 1))[notice.escalated : due]:
        holders = tuple(dict.fromkeys((*holders, office)))
        events.append(NoticeEscalated(recipient=notice.recipient, next_level=office, holders=holders, escalated=level))
    return events


def is_for(notice: Notice, call: Call) -> bool:
    """Whether the caller is the recipient, not one who holds it by escalation."""
    return call.organisation == notice.recipient or (call.role == "NEW_CITY" and call.district in notice.holders)


def theirs(notice: Notice, call: Call) -> None:
    """Raises: NotAllowed for one who holds it by escalation only; Refused for an e-mail, which is read elsewhere."""
    if not is_for(notice, call):
        raise NotAllowed("not_the_recipient", "only the recipient may read it or sign for it", "仅收件单位可以阅读或签收")
    if notice.channel != "IN_APP":
        raise Refused("not_in_the_inbox", "read the message in the inbox", "请在站内信中阅读或签收")
