"""From an event to those who must be told: rules in force, audiences resolved by roll and contact points, values for the text.

All reading of the ledger's reaction is here; the decision what to write stays in `notice.py`.
"""

from typing import Any

from services.notification.ledger.contact_point import Channel, ContactPoint, Locale, Wishes, contact_points
from services.notification.ledger.heard import HEARD, Told
from services.notification.ledger.rules import CODE, DATA, Category, Telling, Urgency, load
from services.notification.ledger.templates import templates
from shared.district import NEW_CITIES
from shared.record import Call, Read, Value

rules = load(DATA, HEARD, templates)
NO_CONTACT = ContactPoint(stage="WITHDRAWN", organisation="", name="")


class Addressee(Value):
    """One organisation to be told of one event by one text, and all that is known about reaching it."""

    organisation: str
    district: str = ""
    category: Category
    urgency: Urgency = "NORMAL"
    channels: tuple[Channel, ...]
    template: str
    template_version: str
    rules_version: str
    values: dict[str, str]
    escalate_to: tuple[str, ...] = ()
    locale: Locale = "zh"
    wishes: Wishes = Wishes()
    quiet_hours: bool = True
    has_address: bool = False


async def addressees(read: Read, call: Call, _: None, event: Told) -> list[Addressee]:
    """Who must be told of this event, in the order of the rules; nobody twice by the same text."""
    table = rules.in_force(call.today, CODE)
    told = [(telling, who) for telling in table.tellings(type(event).type) for who in await audience(read, telling, event)]
    points = await contacts(read, {who for _, who in told} | event.organisations())
    known = await names(read, event.organisations(), points)
    found: dict[tuple[str, str], Addressee] = {}
    for telling, who in told:
        text, point = templates.in_force(call.today, telling.template), points.get(who, NO_CONTACT)
        found.setdefault((who, telling.template), Addressee(
            organisation=who, district=city_of(who), category=telling.category,
            urgency=telling.urgency, channels=telling.channels, template=text.code, template_version=text.version,
            rules_version=table.version, values={n: event.value(n, known) for n in sorted(text.names)}, escalate_to=table.escalate_to,
            locale=point.locale, wishes=point.wishes, quiet_hours=point.quiet_hours, has_address=bool(point.email),
        ))  # fmt: skip
    return list(found.values())


async def audience(read: Read, telling: Telling, event: Told) -> list[str]:
    """The codes of the organisations one telling means."""
    if telling.unless and event.codes(telling.unless):
        return []
    if telling.office:
        return [telling.office]
    if telling.everybody:
        return sorted(row["_id"] for row in await read.rows("register"))
    if telling.party:
        return [code for row in await read.rows("parties", _id=event.about) if (code := row.get(telling.party))]
    codes = event.codes(telling.reads)
    if telling.field:
        return list(codes)
    if telling.new_city:
        return [f"dept:{c}" for c in codes if "-" in c]
    rows: list[dict[str, Any]] = await read.rows("roll", association=list(codes)) if codes else []
    return sorted({row["member"] for row in rows})


def city_of(office: str) -> str:
    """The district of a new city's office, by which its officers are known; none of anybody else."""
    district = office.removeprefix("dept:")
    return district if district != office and district in NEW_CITIES else ""


async def contacts(read: Read, codes: set[str]) -> dict[str, ContactPoint]:
    found = await read.find(contact_points, organisation=sorted(codes)) if codes else []
    return {p.organisation: p for p in found}


async def names(read: Read, codes: frozenset[str], points: dict[str, ContactPoint]) -> dict[str, str]:
    """Code → name of every organisation a text may speak of; one that is not known keeps its code."""
    rows = await read.rows("names", _id=sorted(codes)) if codes else []
    return {c: points[c].name for c in codes if c in points} | {row["_id"]: row["name"] for row in rows}
