"""Tenancy in a cluster [入驻], R46, R61: applied for, scored, approved, running, renewed; graduated or terminated. Domain §5.4.

An association that is still being founded (R25) gets a desk for half a year, without a score, and must be registered by then; the formation plan says when it is, or that it will not be.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded, Day
from services.matchmaking.months import morning
from services.matchmaking.places.rules import AdmissionScore, PlaceRules, place_rules, rules_of
from services.matchmaking.places.standing import Standing, standing_of
from services.matchmaking.places.venue import Venue, Zone, venues
from services.matchmaking.places.venue_unit import VenueUnit, must_be_open, venue_units
from shared.names import Name
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Text
from shared.uscc import AssociationUscc

Stage = Literal["APPLIED", "REVIEWED", "APPROVED", "ACTIVE", "RENEWED", "GRADUATED", "TERMINATED", "REJECTED", "WITHDRAWN"]
ASKED: tuple[Stage, ...] = ("APPLIED", "REVIEWED")
RUNNING: tuple[Stage, ...] = ("ACTIVE", "RENEWED")
ALIVE: tuple[Stage, ...] = (*ASKED, "APPROVED", *RUNNING)
Tenant = Literal["REGISTERED", "PREPARATORY"]
Notice = Literal["BY_TENANT", "BY_HOUSE", "TERM_OVER", "THIRD_YEAR_OVER", "OWN_INCOME", "NOT_FOUNDED"]
Cause = Literal["BY_TENANT", "BY_HOUSE", "TERM_OVER", "THIRD_YEAR_OVER", "OWN_INCOME", "NOT_FOUNDED", "NOT_TAKEN_UP", "ASSOCIATION_GONE"]
GRADUATION: frozenset[Notice] = frozenset({"THIRD_YEAR_OVER", "OWN_INCOME"})
Rules = Annotated[PlaceRules, Given(rules_of)]
PlanPoints = Annotated[int, Field(ge=0, le=100)]


class Tenancy(Record):
    """Tenancy in a cluster [入驻]"""

    stage: Stage
    tenant: Tenant
    applicant: str | None  # the association, or the formation plan, while it asks or is in; distinct in the database
    association: str | None
    name: str
    unit: str
    unit_claim: str | None = None  # the unit from approval to the end; distinct in the database
    venue: str
    zone: Zone
    district: str
    area_m2: int
    rent_list_price: Fen
    property_fee: Fen
    service_plan: str
    rules: str
    result_due: datetime
    score: AdmissionScore | None = None
    take_up_by: datetime | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    latest_end: date | None = None
    reviewed_on: date | None = None
    notice: Notice | None = None
    hand_over_by: datetime | None = None


class TenancyApplied(Event, to="APPLIED"):
    """An association asks for a unit, or a desk is asked for one being founded."""

    tenant: Tenant
    applicant: str
    association: str | None
    name: str
    unit: str
    venue: str
    zone: Zone
    district: str
    area_m2: int
    rent_list_price: Fen
    property_fee: Fen
    service_plan: str
    rules: str
    result_due: datetime


class TenancyReviewed(Event, to="REVIEWED"):
    """The application was scored."""

    association: str | None
    score: AdmissionScore
    opinion: str


class TenancyApproved(Event, to="APPROVED"):
    """The tenant is admitted; the unit is kept until the agreement is signed."""

    association: str | None
    name: str
    unit: str
    unit_claim: str
    venue: str
    zone: Zone
    take_up_by: datetime


class TenancyRejected(Event, to="REJECTED"):
    """The application was turned down."""

    association: str | None
    reason: str
    applicant: None = None


class TenancyWithdrawn(Event, to="WITHDRAWN"):
    """The applicant does not ask any more."""

    association: str | None
    reason: str
    applicant: None = None


class TenancyResultOverdue(Event):
    """Five working days have passed without a result [AW4]."""

    association: str | None
    name: str
    unit: str


class TenancyStarted(Event, to="ACTIVE"):
    """The agreement is signed and the tenant in; prices and area are those of the agreement, for the relief of R47."""

    association: str | None
    name: str
    unit: str
    venue: str
    zone: Zone
    district: str
    area_m2: int
    rent_list_price: Fen
    property_fee: Fen
    agreement: str
    starts_on: date
    ends_on: date
    latest_end: date


class TenantRegistered(Event):
    """The association for which the desk was given is in the register."""

    tenant: Tenant
    association: str
    applicant: str


class TenancyReviewDue(Event):
    """The term runs out soon: the year is to be reviewed."""

    association: str | None
    name: str
    unit: str
    ends_on: date


class TenancyYearReviewed(Event):
    """What the year has brought."""

    association: str | None
    own_income: Fen
    findings: str
    reviewed_on: date


class TenancyRenewed(Event, to="RENEWED"):
    """Another year, never beyond the third."""

    association: str | None
    unit: str
    ends_on: date


class TenancyNoticeGiven(Event):
    """The tenant will leave: fifteen working days to hand over [AW4]."""

    association: str | None
    name: str
    unit: str
    notice: Notice
    hand_over_by: datetime


class TenancyHandOverOverdue(Event):
    """The unit has not been handed over in time."""

    association: str | None
    name: str
    unit: str


class TenancyEnded(Event):
    """The unit is free: the tenant has outgrown the house (GRADUATED), or the tenancy is over otherwise (TERMINATED)."""

    stage: Literal["GRADUATED", "TERMINATED"]
    association: str | None
    name: str
    unit: str
    venue: str
    cause: Cause
    ended_on: date
    applicant: None = None
    unit_claim: None = None


class FormationMilestoneReached(Heard, type="registry.registration.formation_milestone_reached.v1"):
    stage: str
    uscc: str | None = None


class FormationAbandoned(Heard, type="registry.registration.formation_abandoned.v1"):
    reason: str


tenancies = Kind[Tenancy, Stage](
    Tenancy,
    "matchmaking.places.tenancy",
    path="tenancies",
    unique=("applicant", "unit_claim"),
    index=("association", "venue", "zone", "unit"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"},
    readers=("REG_AUTHORITY",),
)


async def unit_asked_for(read: Read, call: Call, tenancy: Tenancy | None, body: Any) -> VenueUnit | None:
    return await read.get(venue_units, tenancy.unit if tenancy else body.unit)


async def house_asked_for(read: Read, call: Call, tenancy: Tenancy | None, body: Any) -> Venue | None:
    unit = await unit_asked_for(read, call, tenancy, body)
    return await read.get(venues, unit.venue) if unit else None


async def tenancies_of_caller(read: Read, call: Call, tenancy: Tenancy | None, body: Any) -> list[Tenancy]:
    return await read.find(tenancies, applicant=call.organisation)


async def tenancies_of_plan(read: Read, call: Call, tenancy: Tenancy | None, body: Any) -> list[Tenancy]:
    return await read.find(tenancies, applicant=body.plan)


async def tenancies_of_named(read: Read, call: Call, tenancy: Tenancy | None, body: Any) -> list[Tenancy]:
    return await read.find(tenancies, applicant=body.association)


Unit = Annotated[VenueUnit | None, Given(unit_asked_for)]
House = Annotated[Venue | None, Given(house_asked_for)]


def asked_for(call: Call, unit: VenueUnit | None, house: Venue | None, others: Sequence[Tenancy], **more: Any) -> TenancyApplied:
    """Raises: Refused for a unit that is not offered, in a cluster that is closed, or for a second place of one tenant."""
    if unit is None or unit.stage != "VACANT":
        raise Refused("unit_not_vacant", "this unit is not to be had", "该单元不可申请", pointer="/unit")
    must_be_open(house, "/unit")
    if others:
        raise Refused("already_tenant", "a tenant has one place", "同一单位只能申请或使用一处")
    return TenancyApplied(
        unit=unit.id, venue=unit.venue, zone=unit.zone, district=unit.district, area_m2=unit.area_m2,
        rent_list_price=unit.rent_list_price, property_fee=unit.property_fee, **more,
    )  # fmt: skip


@tenancies.opens(by="ASSOCIATION")
def apply(
    call: Call,
    unit: Line,
    service_plan: Text,
    asked: Unit,
    house: House,
    standing: Annotated[Standing, Given(standing_of)],
    others: Annotated[list[Tenancy], Given(tenancies_of_caller)],
    rules: Rules,
) -> TenancyApplied:
    """Ask in writing for a unit [申请入驻], with the plan of what one will do for the members and the zone."""
    standing.must_be_admissible()
    return asked_for(
        call, asked, house, others, tenant="REGISTERED", applicant=call.organisation, association=call.organisation, name=standing.name,
        service_plan=service_plan, rules=rules.version, result_due=rules.result_due(call.now),
    )  # fmt: skip


@tenancies.opens(by=("SO_ADMIN", "NEW_CITY"))
def ask_for_desk(
    call: Call,
    unit: Line,
    plan: Line,
    name: Name,
    service_plan: Text,
    asked: Unit,
    house: House,
    others: Annotated[list[Tenancy], Given(tenancies_of_plan)],
    rules: Rules,
) -> TenancyApplied:
    """Ask for a desk for an association being founded [筹备期工位], by its formation plan."""
    if asked is not None and asked.unit_type != "DESK":
        raise Refused("desk_only", "an association being founded gets a desk", "筹备中的协会商会仅提供工位", pointer="/unit")
    return asked_for(
        call, asked, house, others, tenant="PREPARATORY", applicant=plan, association=None, name=name, service_plan=service_plan,
        rules=rules.version, result_due=rules.result_due(call.now),
    )  # fmt: skip


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when=ASKED)
def review(
    tenancy: Tenancy, call: Call, service_plan_points: PlanPoints, opinion: Text,
    standing: Annotated[Standing, Given(standing_of)], rules: Rules,
) -> TenancyReviewed:  # fmt: skip
    """Score the application [审核]: the plan of services by hand, the rest from what is known of the association today."""
    if service_plan_points > rules.service_plan_points:
        most = rules.service_plan_points
        raise Malformed("too_many_points", f"at most {most} points for the plan", f"服务计划最多 {most} 分", pointer="/service_plan_points")
    if tenancy.tenant == "REGISTERED":
        standing.must_be_admissible()
    return TenancyReviewed(association=tenancy.association, score=rules.score(standing, service_plan_points), opinion=opinion)


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when="REVIEWED")
def approve(tenancy: Tenancy, call: Call, asked: Unit, house: House, rules: Rules) -> TenancyApproved:
    """Admit the tenant [批准入驻]: from 60 points; an association being founded needs none."""
    if tenancy.tenant == "REGISTERED" and not (tenancy.score and tenancy.score.admitted):
        raise Refused("score_too_low", f"admission begins at {rules.admitted_from} points", f"评分未达 {rules.admitted_from} 分")
    if asked is None or asked.stage != "VACANT":
        raise Refused("unit_not_vacant", "this unit is taken meanwhile", "该单元已被占用或撤下")
    must_be_open(house)
    return TenancyApproved(
        association=tenancy.association, name=tenancy.name, unit=tenancy.unit, unit_claim=tenancy.unit, venue=tenancy.venue,
        zone=tenancy.zone, take_up_by=call.now + timedelta(days=rules.take_up_days),
    )  # fmt: skip


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when=ASKED)
def reject(tenancy: Tenancy, call: Call, reason: Text) -> TenancyRejected:
    """Turn it down [不予入驻], with the reason."""
    return TenancyRejected(association=tenancy.association, reason=reason)


@tenancies.command(by=("ASSOCIATION", "SO_ADMIN"), when=ASKED)
def withdraw(tenancy: Tenancy, call: Call, reason: Text) -> TenancyWithdrawn:
    """Ask no more [撤回申请]."""
    return TenancyWithdrawn(association=tenancy.association, reason=reason)


@tenancies.clock(when=ASKED, at=lambda tenancy: tenancy.result_due)
def miss_result(tenancy: Tenancy, call: Call) -> TenancyResultOverdue:
    """Five working days without a result."""
    return TenancyResultOverdue(association=tenancy.association, name=tenancy.name, unit=tenancy.unit)


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when="APPROVED")
def start(tenancy: Tenancy, call: Call, agreement: Line, starts_on: Day, rules: Rules) -> TenancyStarted:
    """The agreement is signed [签约入驻]: a year, a desk half a year."""
    if abs((starts_on - call.today).days) > rules.take_up_days:
        raise Refused("date_outside", f"it begins within {rules.take_up_days} days", f"起始日期应在前后 {rules.take_up_days} 天内")
    preparing = tenancy.tenant == "PREPARATORY"
    return TenancyStarted(
        association=tenancy.association, name=tenancy.name, unit=tenancy.unit, venue=tenancy.venue, zone=tenancy.zone,
        district=tenancy.district, area_m2=tenancy.area_m2, rent_list_price=tenancy.rent_list_price, property_fee=tenancy.property_fee,
        agreement=agreement, starts_on=starts_on, ends_on=rules.ends_on(starts_on, rules.desk_months if preparing else rules.term_months),
        latest_end=rules.ends_on(starts_on, rules.desk_months if preparing else rules.longest_months),
    )  # fmt: skip


@tenancies.clock(when="APPROVED", at=lambda tenancy: tenancy.take_up_by)
def give_up_place(tenancy: Tenancy, call: Call) -> TenancyEnded:
    """Nobody has signed: the unit goes to others."""
    return ended(tenancy, call, "NOT_TAKEN_UP")


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when=("APPROVED", *RUNNING))
def note_registered(
    tenancy: Tenancy, call: Call, association: AssociationUscc, others: Annotated[list[Tenancy], Given(tenancies_of_named)]
) -> TenantRegistered:
    """The association for which the desk was given is registered [已登记成立]."""
    if tenancy.tenant != "PREPARATORY":
        raise Refused("already_registered", "this tenant is registered", "该单位已登记")
    if others:
        raise Refused("already_tenant", "this association has a place", "该协会商会已有场所")
    return TenantRegistered(tenant="REGISTERED", association=association, applicant=association)


async def tenancies_of_founded(read: Read, call: Call, tenancy: Tenancy | None, body: Any) -> list[Tenancy]:
    return await read.find(tenancies, applicant=body.uscc) if body.uscc else []


@tenancies.on(FormationMilestoneReached, when=ALIVE, where=lambda e: {"applicant": e.about})
def hear_registered(
    tenancy: Tenancy, call: Call, event: FormationMilestoneReached, others: Annotated[list[Tenancy], Given(tenancies_of_founded)]
) -> TenantRegistered | None:
    """The plan is carried out (R25): the desk is the new association's, unless it has taken a place of its own meanwhile."""
    if event.stage != "REGISTERED" or event.uscc is None or others:
        return None
    return TenantRegistered(tenant="REGISTERED", association=event.uscc, applicant=event.uscc)


@tenancies.on(FormationAbandoned, when=ALIVE, where=lambda e: {"applicant": e.about})
def hear_abandoned(tenancy: Tenancy, call: Call, event: FormationAbandoned) -> TenancyEnded | TenancyWithdrawn | TenancyNoticeGiven | None:
    """The association will not be founded: who is in hands over, who waits for the agreement or the answer does no more."""
    if tenancy.stage in ASKED:
        return TenancyWithdrawn(association=None, reason="the association will not be founded")
    if tenancy.stage == "APPROVED":
        return ended(tenancy, call, "NOT_FOUNDED")
    return noticed(tenancy, call, "NOT_FOUNDED", place_rules().get("PLACES", tenancy.rules)) if tenancy.notice is None else None


def review_time(tenancy: Tenancy) -> datetime | None:
    days = place_rules().get("PLACES", tenancy.rules).review_notice_days
    return morning(tenancy.ends_on - timedelta(days=days)) if tenancy.ends_on and tenancy.notice is None else None


@tenancies.clock(when=RUNNING, at=review_time)
def call_for_review(tenancy: Tenancy, call: Call) -> TenancyReviewDue | None:
    """Two months before the term is over."""
    if tenancy.ends_on is None:
        return None
    return TenancyReviewDue(association=tenancy.association, name=tenancy.name, unit=tenancy.unit, ends_on=tenancy.ends_on)


def must_stay(tenancy: Tenancy) -> None:
    """Raises: Refused for a tenant who is leaving."""
    if tenancy.notice is not None:
        raise Refused("leaving", "the tenant is leaving", "该单位已进入退出程序")


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when=RUNNING)
def review_year(
    tenancy: Tenancy, call: Call, own_income: Fen, findings: Text, rules: Rules
) -> Sequence[TenancyYearReviewed | TenancyNoticeGiven]:
    """Review the year [年度考核]; own income above the ceiling, in fen, makes the tenant graduate."""
    must_stay(tenancy)
    told = TenancyYearReviewed(association=tenancy.association, own_income=own_income, findings=findings, reviewed_on=call.today)
    return [told, noticed(tenancy, call, "OWN_INCOME", rules)] if own_income > rules.income_ceiling else [told]


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when=RUNNING)
def renew(tenancy: Tenancy, call: Call, rules: Rules) -> TenancyRenewed:
    """Another year [续期], after a review of the running one, never beyond the third."""
    must_stay(tenancy)
    if tenancy.ends_on is None or tenancy.latest_end is None or tenancy.starts_on is None or tenancy.ends_on >= tenancy.latest_end:
        raise Refused("longest_term", "the longest term is reached", "已达最长入驻期限")
    if tenancy.reviewed_on is None or (call.today - tenancy.reviewed_on).days > rules.review_valid_days:
        raise Refused("review_missing", "the year has not been reviewed", "尚未完成年度考核")
    if (tenancy.ends_on - call.today).days > rules.review_valid_days:
        raise Refused("too_early", f"from {rules.review_valid_days} days before the end", f"到期前 {rules.review_valid_days} 天起方可续期")
    longer = rules.ends_on(tenancy.ends_on + timedelta(days=1), rules.term_months)
    return TenancyRenewed(association=tenancy.association, unit=tenancy.unit, ends_on=min(longer, tenancy.latest_end))


def noticed(tenancy: Tenancy, call: Call, notice: Notice, rules: PlaceRules) -> TenancyNoticeGiven:
    return TenancyNoticeGiven(
        association=tenancy.association, name=tenancy.name, unit=tenancy.unit, notice=notice, hand_over_by=rules.hand_over_by(call.today)
    )


@tenancies.command(by=("ASSOCIATION", "SO_ADMIN", "NEW_CITY"), when=RUNNING)
def give_notice(tenancy: Tenancy, call: Call, reason: Text, rules: Rules) -> TenancyNoticeGiven:
    """Leave, or ask the tenant to leave [退出通知]."""
    must_stay(tenancy)
    return noticed(tenancy, call, "BY_TENANT" if call.role == "ASSOCIATION" else "BY_HOUSE", rules)


def term_end(tenancy: Tenancy) -> datetime | None:
    return morning(tenancy.ends_on + timedelta(days=1)) if tenancy.ends_on and tenancy.notice is None else None


@tenancies.clock(when=RUNNING, at=term_end)
def note_term_over(tenancy: Tenancy, call: Call) -> TenancyNoticeGiven:
    """The term is over and was not renewed; after the third year the tenant graduates."""
    third = tenancy.ends_on == tenancy.latest_end and tenancy.stage == "RENEWED"
    return noticed(tenancy, call, "THIRD_YEAR_OVER" if third else "TERM_OVER", place_rules().get("PLACES", tenancy.rules))


@tenancies.clock(when=RUNNING, at=lambda tenancy: tenancy.hand_over_by)
def miss_hand_over(tenancy: Tenancy, call: Call) -> TenancyHandOverOverdue:
    """Fifteen working days, and the unit is not handed over."""
    return TenancyHandOverOverdue(association=tenancy.association, name=tenancy.name, unit=tenancy.unit)


@tenancies.command(by=("SO_ADMIN", "NEW_CITY"), when=RUNNING)
def hand_over(tenancy: Tenancy, call: Call) -> TenancyEnded:
    """The unit was handed over [交还单元]."""
    if tenancy.notice is None:
        raise Refused("no_notice", "nobody has given notice", "尚未发出退出通知")
    return ended(tenancy, call, tenancy.notice)


def ended(tenancy: Tenancy, call: Call, cause: Cause) -> TenancyEnded:
    return TenancyEnded(
        stage="GRADUATED" if cause in GRADUATION else "TERMINATED", association=tenancy.association, name=tenancy.name, unit=tenancy.unit,
        venue=tenancy.venue, cause=cause, ended_on=call.today,
    )  # fmt: skip


@tenancies.on(AssociationEnded, when=ALIVE, where=lambda e: {"association": e.uscc})
def leave_for_ended(tenancy: Tenancy, call: Call, event: AssociationEnded) -> TenancyEnded | TenancyWithdrawn:
    """The association has ended."""
    if tenancy.stage in ASKED:
        return TenancyWithdrawn(association=tenancy.association, reason="the association is no longer registered")
    return ended(tenancy, call, "ASSOCIATION_GONE")
