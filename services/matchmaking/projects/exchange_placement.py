"""Exchange placement [专职人员对外交流], R45: full-time staff seconded to, or on a study visit at, another organisation. Numbers, no names."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded, Day, must_be_ahead
from services.matchmaking.months import months_after
from services.matchmaking.projects.rules import ProjectRules, rules_of
from shared.names import Name
from shared.record import Call, Event, Given, Kind, Line, Malformed, NotAllowed, Record, Refused, Text

Stage = Literal["PROPOSED", "AGREED", "RUNNING", "COMPLETED", "DECLINED", "CANCELLED"]
AHEAD: tuple[Stage, ...] = ("PROPOSED", "AGREED")
PlacementType = Literal["SECONDMENT", "STUDY_VISIT"]
Staff = Annotated[int, Field(ge=1, le=50, description="persons")]
Rules = Annotated[ProjectRules, Given(rules_of)]


class ExchangePlacement(Record):
    """Exchange placement [专职人员对外交流]"""

    stage: Stage
    association: str
    host: str  # a credit code, or an entry of the directory of organisations elsewhere
    host_name: str
    parties: tuple[str, ...]
    placement_type: PlacementType
    staff: int
    starts_on: date
    ends_on: date
    purpose: str
    rules: str
    take_up_by: datetime
    report_due: datetime


class ExchangePlacementProposed(Event, to="PROPOSED"):
    """An association wants to send staff to another organisation."""

    association: str
    host: str
    host_name: str
    parties: tuple[str, ...]
    placement_type: PlacementType
    staff: int
    starts_on: date
    ends_on: date
    purpose: str
    rules: str
    take_up_by: datetime
    report_due: datetime


class ExchangePlacementAgreed(Event, to="AGREED"):
    """The host takes them."""

    association: str
    host: str
    parties: tuple[str, ...]
    starts_on: date


class ExchangePlacementDeclined(Event, to="DECLINED"):
    """The host does not take them."""

    association: str
    host: str
    parties: tuple[str, ...]
    reason: str


class ExchangePlacementStarted(Event, to="RUNNING"):
    """They are there."""

    association: str
    host: str
    host_name: str
    parties: tuple[str, ...]
    placement_type: PlacementType
    staff: int
    started_on: date


class ExchangePlacementReportDue(Event):
    """It is over for a month, and nobody has said what came of it."""

    association: str
    host: str
    host_name: str


class ExchangePlacementCompleted(Event, to="COMPLETED"):
    """They are back; what they have learnt in words."""

    association: str
    host: str
    host_name: str
    parties: tuple[str, ...]
    placement_type: PlacementType
    staff: int
    completed_on: date
    findings: str


class ExchangePlacementCancelled(Event, to="CANCELLED"):
    """It does not take place."""

    association: str
    host: str
    parties: tuple[str, ...]
    reason: str


exchange_placements = Kind[ExchangePlacement, Stage](
    ExchangePlacement,
    "matchmaking.projects.exchange_placement",
    path="exchange-placements",
    index=("association", "host"),
    own={"ASSOCIATION": "parties"},
    readers=("FIC",),
)


@exchange_placements.opens(by="ASSOCIATION")
def propose(
    call: Call, host: Line, host_name: Name, placement_type: PlacementType, staff: Staff, starts_on: Day, ends_on: Day, purpose: Text,
    rules: Rules,
) -> ExchangePlacementProposed:  # fmt: skip
    """Send staff to another organisation [选派交流], for a year at most."""
    if host == call.organisation:
        raise Malformed("host_is_oneself", "the host is another organisation", "接收单位不能是本单位", pointer="/host")
    must_be_ahead(starts_on, call)
    if not starts_on <= ends_on < months_after(starts_on, rules.placement_months):
        n = rules.placement_months
        raise Malformed("term_outside", f"it ends after it begins, within {n} months", f"期限应在 {n} 个月以内", pointer="/ends_on")
    return ExchangePlacementProposed(
        association=call.organisation, host=host, host_name=host_name, parties=(call.organisation, host), placement_type=placement_type,
        staff=staff, starts_on=starts_on, ends_on=ends_on, purpose=purpose, rules=rules.version,
        take_up_by=rules.take_up_by(starts_on), report_due=rules.report_due(ends_on),
    )  # fmt: skip


def must_host(placement: ExchangePlacement, call: Call) -> None:
    """Raises: NotAllowed where an association answers that is not the host."""
    if call.role == "ASSOCIATION" and call.organisation != placement.host:
        raise NotAllowed("not_host", "only the host answers", "仅限接收单位答复")


def must_send(placement: ExchangePlacement, call: Call) -> None:
    """Raises: NotAllowed for the host, where the sender speaks."""
    if call.organisation != placement.association:
        raise NotAllowed("not_sender", "only the association that sends them says so", "仅限派出单位办理")


@exchange_placements.command(by=("ASSOCIATION", "SO_ADMIN"), when="PROPOSED")
def agree(placement: ExchangePlacement, call: Call) -> ExchangePlacementAgreed:
    """Take them [同意接收]; for a host outside the platform the administration enters its answer."""
    must_host(placement, call)
    return ExchangePlacementAgreed(
        association=placement.association, host=placement.host, parties=placement.parties, starts_on=placement.starts_on
    )


@exchange_placements.command(by=("ASSOCIATION", "SO_ADMIN"), when="PROPOSED")
def decline(placement: ExchangePlacement, call: Call, reason: Text) -> ExchangePlacementDeclined:
    """Do not take them [不予接收]."""
    must_host(placement, call)
    return ExchangePlacementDeclined(association=placement.association, host=placement.host, parties=placement.parties, reason=reason)


@exchange_placements.command(by="ASSOCIATION", when="AGREED")
def start(placement: ExchangePlacement, call: Call) -> ExchangePlacementStarted:
    """They are there [到岗]."""
    must_send(placement, call)
    if call.today < placement.starts_on:
        raise Refused("too_early", f"it begins on {placement.starts_on}", f"开始日期为 {placement.starts_on}")
    return ExchangePlacementStarted(
        association=placement.association, host=placement.host, host_name=placement.host_name, parties=placement.parties,
        placement_type=placement.placement_type, staff=placement.staff, started_on=call.today,
    )  # fmt: skip


@exchange_placements.clock(when="RUNNING", at=lambda placement: placement.report_due)
def ask_for_findings(placement: ExchangePlacement, call: Call) -> ExchangePlacementReportDue:
    """A month after its last day."""
    return ExchangePlacementReportDue(association=placement.association, host=placement.host, host_name=placement.host_name)


@exchange_placements.command(by="ASSOCIATION", when="RUNNING")
def complete(placement: ExchangePlacement, call: Call, findings: Text) -> ExchangePlacementCompleted:
    """They are back [结束交流]: what they have learnt."""
    must_send(placement, call)
    return ExchangePlacementCompleted(
        association=placement.association, host=placement.host, host_name=placement.host_name, parties=placement.parties,
        placement_type=placement.placement_type, staff=placement.staff, completed_on=call.today, findings=findings,
    )  # fmt: skip


def cancelled(placement: ExchangePlacement, reason: str) -> ExchangePlacementCancelled:
    return ExchangePlacementCancelled(association=placement.association, host=placement.host, parties=placement.parties, reason=reason)


@exchange_placements.command(by=("ASSOCIATION", "SO_ADMIN"), when=AHEAD)
def cancel(placement: ExchangePlacement, call: Call, reason: Text) -> ExchangePlacementCancelled:
    """Either side, or the administration, calls it off [取消]."""
    return cancelled(placement, reason)


@exchange_placements.clock(when=AHEAD, at=lambda placement: placement.take_up_by)
def lapse(placement: ExchangePlacement, call: Call) -> ExchangePlacementCancelled:
    """A month after its first day nobody is there."""
    return cancelled(placement, "nobody has come within the time for it")


@exchange_placements.on(AssociationEnded, when=AHEAD, where=lambda e: {"parties": e.uscc})
def cancel_for_ended(placement: ExchangePlacement, call: Call, event: AssociationEnded) -> ExchangePlacementCancelled:
    """The sender or the host has ended."""
    return cancelled(placement, "an association of the two is no longer registered")
