"""Service request [服务申请], R11: asked for, given to somebody, answered within the promised time, and confirmed by who asked.

What was asked stays between the two sides and the centre; the time promised is that of the item on the day of the request.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.matching.statement import no_contact
from services.matchmaking.months import morning
from services.matchmaking.service_centre.rules import ServiceRules, rules_of
from services.matchmaking.service_centre.service_item import ServiceItem, items, must_be_its_own
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text
from shared.workdays import working_days_after

Stage = Literal["RECEIVED", "ASSIGNED", "IN_PROGRESS", "RESOLVED", "CONFIRMED", "DECLINED", "WITHDRAWN"]
AT_WORK: tuple[Stage, ...] = ("RECEIVED", "ASSIGNED", "IN_PROGRESS")
Rating = Annotated[int, Field(ge=1, le=5, description="5 very satisfied, 1 not at all [满意度]")]
Desk = Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,20}$", description="number of the desk or officer at the provider [窗口编号]")]
Rules = Annotated[ServiceRules, Given(rules_of)]


class ServiceRequest(Record):
    """Service request [服务申请]"""

    stage: Stage
    item: str
    item_name: str
    provider: str
    requester: str
    concerned: tuple[str, ...]
    question: str
    rules: str
    due_on: date
    desk: str | None = None
    answer: str | None = None
    resolved_on: date | None = None
    rating: int | None = None
    reopened: int = 0
    overdue: bool = False
    assign_by: datetime | None = None
    begin_by: datetime | None = None
    confirm_by: datetime | None = None


class ServiceRequestReceived(Event, to="RECEIVED"):
    """Somebody asked for a service."""

    item: str
    item_name: str
    provider: str
    requester: str
    concerned: tuple[str, ...]
    question: str
    rules: str
    due_on: date
    assign_by: datetime


class ServiceRequestAssigned(Event, to="ASSIGNED"):
    """A desk has it."""

    provider: str
    requester: str
    item_name: str
    desk: str
    begin_by: datetime
    assign_by: None = None


class ServiceRequestBegun(Event, to="IN_PROGRESS"):
    """Somebody is at it."""

    provider: str
    requester: str
    begin_by: None = None


class ServiceRequestStandsStill(Event):
    """Nobody was named for it, or nobody has begun, in time."""

    provider: str
    requester: str
    item_name: str
    due_on: date
    assign_by: None = None
    begin_by: None = None


class ServiceRequestOverdue(Event):
    """The time promised is over."""

    provider: str
    requester: str
    item_name: str
    due_on: date
    overdue: bool = True


class ServiceRequestResolved(Event, to="RESOLVED"):
    """It was answered."""

    provider: str
    requester: str
    item_name: str
    answer: str
    due_on: date
    resolved_on: date
    reopened: int
    confirm_by: datetime


class ServiceRequestReopened(Event, to="IN_PROGRESS"):
    """The answer did not do."""

    provider: str
    requester: str
    item_name: str
    reason: str
    reopened: int
    confirm_by: None = None


class ServiceRequestConfirmed(Event, to="CONFIRMED"):
    """Who asked is served; without a rating when silence confirmed."""

    provider: str
    requester: str
    rating: int | None
    confirm_by: None = None


class ServiceRequestDeclined(Event, to="DECLINED"):
    """It cannot be served."""

    provider: str
    requester: str
    item_name: str
    reason: str


class ServiceRequestWithdrawn(Event, to="WITHDRAWN"):
    """Who asked needs it no more."""

    provider: str
    requester: str
    item_name: str


requests = Kind[ServiceRequest, Stage](
    ServiceRequest,
    "matchmaking.service_centre.service_request",
    path="service-requests",
    index=("provider", "requester", "item"),
    own={"ASSOCIATION": "concerned", "ENTERPRISE": "requester"},
    readers=("SO_ADMIN",),
)


async def item_asked(read: Read, call: Call, request: ServiceRequest | None, body: Any) -> ServiceItem | None:
    return await read.get(items, body.item)


def must_be_the_requester(request: ServiceRequest, call: Call) -> None:
    """Raises: Refused for the association that was asked, which sees the request too."""
    if call.organisation != request.requester:
        raise Refused("not_the_requester", "this is for who asked", "仅申请方可操作")


@requests.opens(by=("ASSOCIATION", "ENTERPRISE"))
def ask(
    call: Call, item: Line, question: Text, wanted: Annotated[ServiceItem | None, Given(item_asked)], rules: Rules
) -> ServiceRequestReceived:
    """Ask for a service [申请服务]; its promised time begins now."""
    if wanted is None or wanted.stage != "OFFERED":
        raise Malformed("item_unknown", "no such service is offered", "没有该服务事项", pointer="/item")
    if call.role not in wanted.receivers or call.organisation == wanted.provider:
        raise Refused("not_for_you", "this service is for others", "该事项不面向您开放", receivers=list(wanted.receivers))
    no_contact(question, "/question")
    return ServiceRequestReceived(
        item=item, item_name=wanted.name, provider=wanted.provider, requester=call.organisation, concerned=(call.organisation, wanted.provider),
        question=question, rules=rules.version, due_on=working_days_after(call.now, wanted.promised_working_days).date(),
        assign_by=working_days_after(call.now, rules.assign_working_days),
    )  # fmt: skip


@requests.command(by=("SO_ADMIN", "ASSOCIATION"), when=AT_WORK)
def assign(request: ServiceRequest, call: Call, desk: Desk, rules: Rules) -> ServiceRequestAssigned:
    """Give it to a desk, or to another one [分派]."""
    must_be_its_own(request.provider, call)
    return ServiceRequestAssigned(
        provider=request.provider, requester=request.requester, item_name=request.item_name, desk=desk,
        begin_by=working_days_after(call.now, rules.begin_working_days),
    )  # fmt: skip


@requests.command(by=("SO_ADMIN", "ASSOCIATION"), when="ASSIGNED")
def begin(request: ServiceRequest, call: Call) -> ServiceRequestBegun:
    """Begin with it [办理]."""
    must_be_its_own(request.provider, call)
    return ServiceRequestBegun(provider=request.provider, requester=request.requester)


@requests.command(by=("SO_ADMIN", "ASSOCIATION"), when="IN_PROGRESS")
def resolve(request: ServiceRequest, call: Call, answer: Text, rules: Rules) -> ServiceRequestResolved:
    """Answer it [办结]; who asked confirms, or sends it back."""
    must_be_its_own(request.provider, call)
    no_contact(answer, "/answer")
    return ServiceRequestResolved(
        provider=request.provider, requester=request.requester, item_name=request.item_name, answer=answer, due_on=request.due_on,
        resolved_on=call.today, reopened=request.reopened, confirm_by=working_days_after(call.now, rules.confirm_working_days),
    )  # fmt: skip


@requests.command(by=("SO_ADMIN", "ASSOCIATION"), when=AT_WORK)
def decline(request: ServiceRequest, call: Call, reason: Text) -> ServiceRequestDeclined:
    """Say why it cannot be served [不予办理]."""
    must_be_its_own(request.provider, call)
    no_contact(reason, "/reason")
    return ServiceRequestDeclined(provider=request.provider, requester=request.requester, item_name=request.item_name, reason=reason)


@requests.command(by=("ASSOCIATION", "ENTERPRISE"), when="RESOLVED")
def confirm(request: ServiceRequest, call: Call, rating: Rating) -> ServiceRequestConfirmed:
    """Confirm the answer and rate it [确认评价]."""
    must_be_the_requester(request, call)
    return ServiceRequestConfirmed(provider=request.provider, requester=request.requester, rating=rating)


@requests.command(by=("ASSOCIATION", "ENTERPRISE"), when="RESOLVED")
def reopen(request: ServiceRequest, call: Call, reason: Text, rules: Rules) -> ServiceRequestReopened:
    """Send the answer back [退回重办], a limited number of times; the day it was promised for stays."""
    must_be_the_requester(request, call)
    no_contact(reason, "/reason")
    if request.reopened >= rules.reopenings:
        raise Refused("reopened_enough", f"it was sent back {rules.reopenings} times", f"已退回 {rules.reopenings} 次")
    return ServiceRequestReopened(
        provider=request.provider, requester=request.requester, item_name=request.item_name, reason=reason, reopened=request.reopened + 1
    )


@requests.command(by=("ASSOCIATION", "ENTERPRISE"), when=AT_WORK)
def withdraw(request: ServiceRequest, call: Call) -> ServiceRequestWithdrawn:
    """Need it no more [撤回]."""
    must_be_the_requester(request, call)
    return ServiceRequestWithdrawn(provider=request.provider, requester=request.requester, item_name=request.item_name)


def still(request: ServiceRequest) -> ServiceRequestStandsStill:
    return ServiceRequestStandsStill(
        provider=request.provider, requester=request.requester, item_name=request.item_name, due_on=request.due_on
    )


@requests.clock(when="RECEIVED", at=lambda request: request.assign_by)
def press_for_desk(request: ServiceRequest, call: Call) -> ServiceRequestStandsStill:
    """Nobody was named for it in time."""
    return still(request)


@requests.clock(when="ASSIGNED", at=lambda request: request.begin_by)
def press_for_beginning(request: ServiceRequest, call: Call) -> ServiceRequestStandsStill:
    """Nobody has begun in time."""
    return still(request)


@requests.clock(when=AT_WORK, at=lambda request: None if request.overdue else morning(request.due_on + timedelta(days=1)))
def fall_overdue(request: ServiceRequest, call: Call) -> ServiceRequestOverdue:
    """The day after the one it was promised for, and not answered."""
    return ServiceRequestOverdue(provider=request.provider, requester=request.requester, item_name=request.item_name, due_on=request.due_on)


@requests.clock(when="RESOLVED", at=lambda request: request.confirm_by)
def confirm_by_silence(request: ServiceRequest, call: Call) -> ServiceRequestConfirmed:
    """Who asked said nothing for ten working days."""
    return ServiceRequestConfirmed(provider=request.provider, requester=request.requester, rating=None)


@requests.on(AssociationEnded, when=AT_WORK, where=lambda e: {"provider": e.uscc})
def decline_for_ended(request: ServiceRequest, call: Call, event: AssociationEnded) -> ServiceRequestDeclined:
    """The association that was asked has ended."""
    return ServiceRequestDeclined(
        provider=request.provider, requester=request.requester, item_name=request.item_name, reason="the provider is no longer registered"
    )
