"""How an event opens notices: one row for each recipient and channel, muted and unreachable ones with their reason (domain §1.10).

Every type of event in `heard.py` gets an opening of the same shape; the rules and the roll are read at the edge, the rest is pure.
"""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID, uuid5

from services.notification.ledger.addressees import Addressee, addressees
from services.notification.ledger.contact_point import Channel
from services.notification.ledger.heard import HEARD, Told
from services.notification.ledger.hours import CODE, deliveries, utc
from services.notification.ledger.notice import NoticePosted, NoticeQueued, NoticeSuppressed, notices
from shared.record import Call, Given, snake

__all__ = ["identity", "notices", "tell"]

ROWS = UUID("5c2f6a0e-7d0b-5d0c-9a53-6f2f1e0a8d11")  # name space of row identities; changing it would send everything again


def tell(call: Call, event: Told, told: Sequence[Addressee]) -> list[NoticeQueued | NoticePosted | NoticeSuppressed]:
    """One row for each recipient and channel."""
    rows = [row_for(call, event, to, channel) for to in told for channel in to.channels]
    return list({r.row: r for r in rows}.values())


def row_for(call: Call, event: Told, to: Addressee, channel: Channel) -> NoticeQueued | NoticePosted | NoticeSuppressed:
    rules, cause = deliveries.in_force(call.today, CODE), call.causation or str(call.id)
    now = utc(call.now)
    fields: dict[str, Any] = {
        "row": identity(cause, to.organisation, channel, to.template, to.template_version), "cause": cause, "event": type(event).type,
        "about": event.about, "recipient": to.organisation, "holders": (to.organisation, *((to.district,) if to.district else ())),
        "channel": channel, "category": to.category, "urgency": to.urgency, "template": to.template, "template_version": to.template_version,
        "rules_version": to.rules_version, "delivery_version": rules.version, "values": to.values, "locale": to.locale,
        "quiet_hours": to.quiet_hours, "told_at": now, "scheduled_for": now,
    }  # fmt: skip
    if not wanted(to, channel):
        return NoticeSuppressed(**fields, reason="MUTED")
    if channel == "IN_APP":
        levels = tuple(o for o in to.escalate_to if o != to.organisation) if to.category == "STATUTORY" else ()
        at = rules.escalations(now)[: len(levels)]
        return NoticePosted(**fields, delivered_at=now, escalate_to=levels, escalate_at=at)
    if not to.has_address:
        return NoticeSuppressed(**fields, reason="NO_ADDRESS")
    return NoticeQueued(**fields | {"scheduled_for": rules.leaves_at(now, to.urgency, to.quiet_hours)})


def identity(cause: str, recipient: str, channel: str, template: str, version: str) -> str:
    """Of the row: the same cause, recipient, channel and text version give the same one for ever (domain §1.10)."""
    return str(uuid5(ROWS, json.dumps([cause, recipient, channel, template, version])))


def wanted(to: Addressee, channel: Channel) -> bool:
    """Whether the recipient wants it; what is statutory is not asked (peers N4)."""
    return to.category == "STATUTORY" or channel in (to.wishes.duty if to.category == "DUTY" else to.wishes.information)


Opening = Callable[[Call, Any, list[Addressee]], list[NoticeQueued | NoticePosted | NoticeSuppressed]]


def telling_of(heard: type[Told]) -> Opening:
    """The opening that hears this type of event."""

    def opening(
        call: Call, event: Told, told: Annotated[list[Addressee], Given(addressees)]
    ) -> list[NoticeQueued | NoticePosted | NoticeSuppressed]:
        return tell(call, event, told)

    opening.__name__ = f"tell_of_{snake(heard.__name__)}"
    opening.__doc__ = f"Tell those concerned of {snake(heard.__name__).replace('_', ' ')}."
    opening.__annotations__["event"] = heard
    return opening


for _heard in HEARD:
    notices.opens_on(_heard)(telling_of(_heard))
