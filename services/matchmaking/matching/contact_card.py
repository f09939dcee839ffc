"""Contact card [联系名片] of an organisation: whom to call once both sides of a match have agreed to it. Peers M6; PIPL arts. 13, 47.

All three are `Private`: they stand in the record alone, never in an event, a view or the history, where the masked form is enough. They
leave by one route, which asks for the consent of both sides each time (`routes.py`). Erased, they are gone for good.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared import masking
from shared.record import Call, Event, Kind, Line, Private, Record, Value

Stage = Literal["KEPT", "ERASED"]
Person = Annotated[Line, Field(max_length=40)]
Phone = Annotated[
    str, Field(pattern=r"^(?:(?:\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?)$", description="mobile or landline [手机或固话]")
]
Email = Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{2,}$", max_length=254)]


class Card(Value):
    """Whom to call; an e-mail may be left out."""

    person: Person
    phone: Phone
    email: Email | None = None


class ContactCard(Record):
    """Contact card [联系名片]"""

    stage: Stage
    owner: str
    person: Annotated[str, Private] = ""
    phone: Annotated[str, Private] = ""
    email: Annotated[str, Private] = ""
    person_masked: str = ""
    phone_masked: str = ""
    email_masked: str = ""


class ContactCardKept(Event, to="KEPT"):
    """An organisation said whom to call."""

    owner: str
    person: Annotated[str, Private] = ""
    phone: Annotated[str, Private] = ""
    email: Annotated[str, Private] = ""
    person_masked: str
    phone_masked: str
    email_masked: str


class ContactCardErased(Event, to="ERASED"):
    """It took that back."""

    owner: str
    person: Annotated[str, Private] = ""
    phone: Annotated[str, Private] = ""
    email: Annotated[str, Private] = ""
    person_masked: str = ""
    phone_masked: str = ""
    email_masked: str = ""


cards = Kind[ContactCard, Stage](
    ContactCard,
    "matchmaking.matching.contact_card",
    path="contact-cards",
    key=("owner",),
    own={"ASSOCIATION": "owner", "ENTERPRISE": "owner"},
)


def kept(owner: str, card: Card) -> ContactCardKept:
    phone = masking.landline(card.phone) if card.phone.startswith("0") else masking.mobile(card.phone)
    return ContactCardKept(
        owner=owner, person=card.person, phone=card.phone, email=card.email or "", person_masked=masking.person_name(card.person),
        phone_masked=phone, email_masked=masking.email(card.email) if card.email else "",
    )  # fmt: skip


@cards.opens(by=("ASSOCIATION", "ENTERPRISE"))
def keep(call: Call, card: Card) -> ContactCardKept:
    """Say whom to call [登记联系名片]; the person named must have agreed to it."""
    return kept(call.organisation, card)


@cards.command(by=("ASSOCIATION", "ENTERPRISE"), when=("KEPT", "ERASED"))
def change(record: ContactCard, call: Call, card: Card) -> ContactCardKept:
    """Name somebody else, or somebody again after it was erased [变更]."""
    return kept(record.owner, card)


@cards.command(by=("ASSOCIATION", "ENTERPRISE"), when="KEPT")
def erase(record: ContactCard, call: Call) -> ContactCardErased:
    """Erase it [删除]; nobody can read it any more."""
    return ContactCardErased(owner=record.owner)
