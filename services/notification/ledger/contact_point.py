"""Contact point [联系方式] of an organisation: its office address, language, and which notices it wants by which channel.

Domain §1.10, §7.3; peers N3, N4. An organisation is reached by its office, never through a person's own address. The address is
needed only when a message leaves, so it is `Private`: events, views and the history know the masked form alone. What is statutory
cannot be muted, for the form has no place to say so.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.notification.ledger.address import EmailAddress
from shared import masking
from shared.names import Name
from shared.record import Call, Event, Kind, Line, Private, Record, Refused, Role, Value

Stage = Literal["ACTIVE", "WITHDRAWN"]
Channel = Literal["IN_APP", "EMAIL"]
Locale = Literal["zh", "en"]
OFFICES: tuple[Role, ...] = (
    "REG_AUTHORITY", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "INVEST_DEPT", "ASSOC_DEVELOPMENT_BODY", "PANEL", "COMMITTEE",
)  # fmt: skip
USERS: tuple[Role, ...] = ("ASSOCIATION", "ENTERPRISE", "NEW_CITY", *OFFICES)


def distinct(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    return tuple(dict.fromkeys(channels))


def in_app_kept(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    if "IN_APP" not in channels:
        raise PydanticCustomError("duty_in_app", "what you must act on always reaches the inbox; 需办理的事项不能关闭站内信")
    return channels


Channels = Annotated[tuple[Channel, ...], Field(max_length=8), AfterValidator(distinct)]


class Wishes(Value):
    """Channels wanted for notices one must act on, and for information; the in-platform message of a duty stays (domain §1.10)."""

    duty: Annotated[Channels, AfterValidator(in_app_kept)] = ("IN_APP", "EMAIL")
    information: Channels = ("IN_APP",)


class Contact(Value):
    """Where and how an organisation wants to be told; without an e-mail it is told in the platform only."""

    name: Name
    email: EmailAddress | None = None
    locale: Locale = "zh"
    wishes: Wishes = Wishes()
    quiet_hours: bool = True


class ContactPoint(Record):
    """Contact point [联系方式]"""

    stage: Stage
    organisation: str
    district: str = ""
    name: str
    email: Annotated[str, Private] = ""
    email_masked: str = ""
    locale: Locale = "zh"
    wishes: Wishes = Wishes()
    quiet_hours: bool = True


class ContactPointRegistered(Event, to="ACTIVE"):
    """An organisation said where it can be reached."""

    organisation: str
    district: str = ""
    name: str
    email: Annotated[str, Private] = ""
    email_masked: str = ""
    locale: Locale
    wishes: Wishes
    quiet_hours: bool


class ContactPointChanged(Event, to="ACTIVE"):
    """An organisation can be reached elsewhere or otherwise."""

    organisation: str
    name: str
    email: Annotated[str, Private] = ""
    email_masked: str = ""
    locale: Locale
    wishes: Wishes
    quiet_hours: bool


class ContactPointWithdrawn(Event, to="WITHDRAWN"):
    """The address was deleted (PIPL art. 47); notices reach the inbox alone."""

    organisation: str
    email: Annotated[str, Private] = ""
    email_masked: str = ""


contact_points = Kind[ContactPoint, Stage](
    ContactPoint, "notification.ledger.contact_point", path="contact-points", key=("organisation",), index=("district",),
    own={"NEW_CITY": "district", **dict.fromkeys((r for r in USERS if r != "NEW_CITY"), "organisation")}, readers=("SO_ADMIN",),
)  # fmt: skip


def known_by(contact: Contact) -> dict[str, object]:
    """The fields of an event that tells of this contact."""
    email = contact.email or ""
    return {**vars(contact), "email": email, "email_masked": masking.email(email) if email else ""}


@contact_points.opens(by=(*USERS, "SO_ADMIN"))
def register(call: Call, contact: Contact) -> ContactPointRegistered:
    """Say where one's own organisation can be reached [登记联系方式]."""
    return ContactPointRegistered.model_validate({"organisation": call.organisation, "district": call.district, **known_by(contact)})


@contact_points.opens(by="SO_ADMIN")
def register_for(call: Call, organisation: Annotated[Line, Field(max_length=60)], contact: Contact) -> ContactPointRegistered:
    """Enter the office address of an organisation outside the platform, such as a partner chamber [代为登记]."""
    if organisation.startswith(("dept:", "panel:", "committee:")):
        raise Refused("registers_itself", "departments and experts register their own", "部门和专家应自行登记", pointer="/organisation")
    return ContactPointRegistered.model_validate({"organisation": organisation, **known_by(contact)})


@contact_points.command(by=(*USERS, "SO_ADMIN"), when=("ACTIVE", "WITHDRAWN"))
def change(point: ContactPoint, call: Call, contact: Contact) -> ContactPointChanged:
    """Change it, or give an address again after withdrawal [变更]."""
    return ContactPointChanged.model_validate({"organisation": point.organisation, **known_by(contact)})


@contact_points.command(by=(*USERS, "SO_ADMIN"), when="ACTIVE")
def withdraw(point: ContactPoint, call: Call) -> ContactPointWithdrawn:
    """Delete the address [撤回]."""
    return ContactPointWithdrawn(organisation=point.organisation)
