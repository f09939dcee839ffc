"""What needs and offers have in common [供需信息]: their form, their facts, and what passes without an officer's look. Domain R52."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.engine.terms import term_rules, term_table
from services.matchmaking.matching.rules import MatchingRules, Subject
from shared.district import District
from shared.industry import IndustryCode
from shared.record import Call, Event, Line, Malformed, Record, Text, Value

OwnerKind = Literal["ENTERPRISE", "ASSOCIATION"]
Size = Literal["MICRO", "SMALL", "MEDIUM", "LARGE"]
Urgency = Literal["NORMAL", "URGENT"]
CONTACT = re.compile(
    r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"  # a mobile, also in groups
    r"|(?<!\d)0\d{2,3}[ -]?\d{3,4}[ -]?\d{4}(?!\d)"  # a landline with its area code
    r"|(?<!\d)\d{17}[\dXx](?!\d)"  # an identity number
    r"|[\w.+-]+@[\w-]+\.[\w.]+|(?:微信|[Qq][Qq])\s*[:：号]"
)


class StatementForm(Value):
    """A need or an offer as its owner states it; `size` is the size of the party asked for, or offered to."""

    subject: Subject
    title: Line
    text: Text
    topics: Annotated[tuple[Annotated[Line, Field(max_length=30)], ...], Field(min_length=1, max_length=10)]
    gbt4754: Annotated[tuple[IndustryCode, ...], Field(max_length=5)] = ()
    district: District = "XX"
    urgency: Urgency = "NORMAL"
    size: Size | None = None


class StatementRecord(Record):
    """The fields of a need or an offer."""

    owner: str
    owner_kind: OwnerKind
    subject: Subject
    title: str
    text: str
    topics: tuple[str, ...]
    gbt4754: tuple[str, ...]
    district: District
    urgency: Urgency
    size: Size | None
    rules: str
    expires_on: date
    remind_on: date


class StatementMade(Event):
    """The facts of a need or an offer, as they stand."""

    owner: str
    owner_kind: OwnerKind
    subject: Subject
    title: str
    text: str
    topics: tuple[str, ...]
    gbt4754: tuple[str, ...]
    district: District
    urgency: Urgency
    size: Size | None
    rules: str
    expires_on: date
    remind_on: date


def facts(
    form: StatementForm | StatementRecord, owner: str, owner_kind: OwnerKind, rules: MatchingRules, expires: date
) -> dict[str, object]:
    """The fields of a `StatementMade`; the reminder comes a week before the end."""
    stated = {n: getattr(form, n) for n in StatementForm.model_fields}
    return stated | {
        "owner": owner, "owner_kind": owner_kind, "rules": rules.version, "expires_on": expires,
        "remind_on": expires - timedelta(days=rules.remind_days),
    }  # fmt: skip


def without_contacts(form: StatementForm) -> None:
    """Contact waits until both sides agree, and no personal data enters an event. Raises: Malformed."""
    for name, text in (("title", form.title), ("text", form.text), *(("topics", t) for t in form.topics)):
        no_contact(text, f"/{name}")


def no_contact(text: str, pointer: str) -> None:
    """Raises: Malformed for contact details or an identity number in free text."""
    if CONTACT.search(text):
        raise Malformed("contact_in_text", "leave contact details out: they are exchanged when both sides agree",
                        "请勿填写联系方式，双方同意后再行交换", pointer=pointer)  # fmt: skip


def passes(form: StatementForm, rules: MatchingRules, call: Call) -> bool:
    """Whether it says enough of its own to be published without an officer's look: length, and terms beyond generic words."""
    table = term_table(term_rules().in_force(call.today, "TERMS").version)
    long_enough = len(form.title) + len(form.text) >= rules.min_characters
    return long_enough and len(table.terms((form.title, form.text, *form.topics))) >= rules.min_terms
