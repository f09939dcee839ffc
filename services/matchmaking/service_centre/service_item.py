"""Service item [服务事项], R11: what the service centre does for associations, or an association for its members, within which time.

The centre is paid for by the public and takes no fee; an association may. Anybody may read the list.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.matching.statement import no_contact
from shared.record import Call, Event, Fen, Given, Kind, Line, Malformed, Read, Record, Refused, Text

CENTRE = "dept:so-admin"  # the counter of the service centre
Stage = Literal["OFFERED", "WITHDRAWN"]
Channel = Literal["COUNTER", "ONLINE", "HOTLINE", "ON_SITE"]
Receiver = Literal["ASSOCIATION", "ENTERPRISE"]
Days = Annotated[int, Field(ge=1, le=120, description="working days from the request to its answer [承诺办结工作日]")]


class ServiceItem(Record):
    """Service item [服务事项]"""

    stage: Stage
    provider: str
    name: str
    claim: str | None  # one offered item of a name for each provider
    channel: Channel
    receivers: tuple[Receiver, ...]
    fee: int
    promised_working_days: int
    description: str


class ServiceItemOffered(Event, to="OFFERED"):
    """It may be asked for."""

    provider: str
    name: str
    claim: str
    channel: Channel
    receivers: tuple[Receiver, ...]
    fee: int
    promised_working_days: int
    description: str


class ServiceItemChanged(Event):
    """Its terms are others from now on; requests before keep theirs."""

    provider: str
    channel: Channel
    fee: int
    promised_working_days: int
    description: str


class ServiceItemWithdrawn(Event, to="WITHDRAWN"):
    """It is offered no more."""

    provider: str
    claim: None = None


items = Kind[ServiceItem, Stage](
    ServiceItem,
    "matchmaking.service_centre.service_item",
    path="service-items",
    unique=("claim",),
    index=("provider", "channel"),
    readers=("PUBLIC",),
)


def provider_of(call: Call) -> str:
    return CENTRE if call.role == "SO_ADMIN" else call.organisation


def must_be_its_own(provider: str, call: Call) -> None:
    """Raises: Refused for somebody else's item; everybody may read it."""
    if provider != provider_of(call):
        raise Refused("not_the_provider", "this is for who offers it", "仅服务提供方可操作")


async def of_the_name(read: Read, call: Call, item: ServiceItem | None, body: Any) -> list[ServiceItem]:
    return await read.find(items, claim=f"{provider_of(call)}~{body.name}")


def checked(call: Call, fee: int, description: str) -> None:
    """Raises: Malformed for a fee of the centre, or a way round the platform."""
    if fee and call.role == "SO_ADMIN":
        raise Malformed("centre_is_free", "the centre takes no fee", "服务中心不收费", pointer="/fee")
    no_contact(description, "/description")


@items.opens(by=("SO_ADMIN", "ASSOCIATION"))
def offer(
    call: Call, name: Line, channel: Channel, receivers: Annotated[tuple[Receiver, ...], Field(min_length=1, max_length=2)], fee: Fen,
    promised_working_days: Days, description: Text, others: Annotated[list[ServiceItem], Given(of_the_name)],
) -> ServiceItemOffered:  # fmt: skip
    """Offer a service [发布服务事项]; fee in fen, none at the centre."""
    checked(call, fee, description)
    no_contact(name, "/name")
    if others:
        raise Refused("already_offered", "you offer an item of this name", "已有同名服务事项")
    provider = provider_of(call)
    return ServiceItemOffered(
        provider=provider, name=name, claim=f"{provider}~{name}", channel=channel, receivers=tuple(sorted(set(receivers))), fee=fee,
        promised_working_days=promised_working_days, description=description,
    )  # fmt: skip


@items.command(by=("SO_ADMIN", "ASSOCIATION"), when="OFFERED")
def change(item: ServiceItem, call: Call, channel: Channel, fee: Fen, promised_working_days: Days, description: Text) -> ServiceItemChanged:
    """Change its terms [调整]; who has asked already keeps the old ones."""
    must_be_its_own(item.provider, call)
    checked(call, fee, description)
    return ServiceItemChanged(
        provider=item.provider, channel=channel, fee=fee, promised_working_days=promised_working_days, description=description
    )  # fmt: skip


@items.command(by=("SO_ADMIN", "ASSOCIATION"), when="OFFERED")
def withdraw(item: ServiceItem, call: Call) -> ServiceItemWithdrawn:
    """Offer it no more [下架]; what was asked for before is still answered."""
    must_be_its_own(item.provider, call)
    return ServiceItemWithdrawn(provider=item.provider)


@items.on(AssociationEnded, when="OFFERED", where=lambda e: {"provider": e.uscc})
def withdraw_for_ended(item: ServiceItem, call: Call, event: AssociationEnded) -> ServiceItemWithdrawn:
    """The association has ended."""
    return ServiceItemWithdrawn(provider=item.provider)
