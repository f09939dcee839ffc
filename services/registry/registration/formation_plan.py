"""Formation plan [新组建行业协会实施方案], R25, R49; domain §1.4: which associations are to be founded, by whom, until when.

The plan names the lead enterprise and the department that helps it; the registration case that refers to the plan moves it on.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from services.registry.values import IndustryCodes, begin_of, end_of
from shared.names import Name, comparison_key
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Text
from shared.uscc import Uscc
from shared.versions import Versioned, Versions

Stage = Literal["PLANNED", "LEAD_CONFIRMED", "PREPARING", "APPLIED", "REGISTERED", "ABANDONED"]
Milestone = Literal["LEAD_CONFIRMED", "PREPARING", "APPLIED", "REGISTERED"]
BEFORE: tuple[Stage, ...] = ("PLANNED", "LEAD_CONFIRMED", "PREPARING")
OPEN: tuple[Stage, ...] = (*BEFORE, "APPLIED")
STATE_ORGAN = "11"  # credit codes of state organs begin so: they should not found associations (R49)


class PlanRules(Versioned):
    """Days before the target date on which the lead and the department are reminded."""

    reminder_days: tuple[Annotated[int, Field(ge=1, le=730)], ...]


RULES: Versions[PlanRules] = Versions.load(Path(__file__).parent.parent / "data" / "formation", PlanRules)


class FormationPlan(Record):
    """Formation plan [新组建行业协会实施方案]"""

    stage: Stage
    name: str
    name_key: str | None
    gbt4754: tuple[str, ...]
    lead_enterprise: str
    lead_department: str
    state_organ_leads: bool
    target_date: date
    since: date
    reminder_days: tuple[int, ...]
    rules_version: str
    overdue: bool = False
    case: str | None = None
    uscc: str | None = None
    reason: str | None = None


class AssociationFormationPlanned(Event, to="PLANNED"):
    """An association is to be founded. `state_organ_leads` is a warning, no bar."""

    name: str
    name_key: str
    gbt4754: tuple[str, ...]
    lead_enterprise: str
    lead_department: str
    state_organ_leads: bool
    target_date: date
    since: date
    reminder_days: tuple[int, ...]
    rules_version: str


class FormationMilestoneReached(Event):
    """The plan has come a step nearer: lead confirmed, preparing, applied, registered."""

    stage: Milestone
    milestone: Milestone
    name: str
    lead_enterprise: str
    lead_department: str
    reached_on: date
    case: str | None = None
    uscc: str | None = None


class FormationLeadChanged(Event, to="PLANNED"):
    """Another enterprise is to lead; it has yet to confirm."""

    name: str
    lead_enterprise: str
    lead_department: str
    state_organ_leads: bool


class FormationPostponed(Event):
    name: str
    target_date: date
    since: date
    overdue: bool = False
    reason: str


class FormationSetBack(Event, to="PREPARING"):
    """The application was refused or withdrawn; the plan goes on."""

    name: str
    case: None = None
    reason: str


class FormationDueSoon(Event):
    name: str
    lead_enterprise: str
    lead_department: str
    target_date: date
    days_left: int


class FormationOverdue(Event):
    name: str
    lead_enterprise: str
    lead_department: str
    target_date: date
    overdue: Literal[True] = True


class FormationAbandoned(Event, to="ABANDONED"):
    name: str
    reason: str
    name_key: None = None


formation_plans = Kind[FormationPlan, Stage](
    FormationPlan, "registry.registration.formation_plan", path="formation-plans", unique=("name_key",), index=("lead_enterprise", "lead_department", "case"),
    own={"ENTERPRISE": "lead_enterprise", "INDUSTRY_DEPT": "lead_department"}, readers=("REG_AUTHORITY", "NEW_CITY", "INVEST_DEPT"),
)  # fmt: skip


class RegistrationCaseOpened(Heard, type="registry.registration.registration_case_opened.v1"):
    plan: str | None = None
    applicant: str
    opened_on: date


class CertificateIssued(Heard, type="registry.registration.certificate_issued.v1"):
    plan: str | None = None
    uscc: str
    registered_on: date


class RegistrationRefused(Heard, type="registry.registration.registration_refused.v1"):
    plan: str | None = None
    reason: str


class RegistrationWithdrawn(Heard, type="registry.registration.registration_withdrawn.v1"):
    plan: str | None = None
    reason: str


async def rules_in_force(read: Read, call: Call, record: object, body: object) -> PlanRules:
    """Given: the reminders in force today."""
    return RULES.in_force(call.today)


def not_past(target: date, call: Call) -> None:
    if target <= call.today:
        raise Malformed("target_in_the_past", "the target date must lie ahead", "目标日期须晚于今天", pointer="/target_date")


def reached(
    plan: FormationPlan, milestone: Milestone, on: date, case: str | None = None, uscc: str | None = None
) -> FormationMilestoneReached:
    return FormationMilestoneReached(
        stage=milestone, milestone=milestone, name=plan.name, lead_enterprise=plan.lead_enterprise, lead_department=plan.lead_department,
        reached_on=on, case=case or plan.case, uscc=uscc,
    )  # fmt: skip


@formation_plans.opens(by="SO_ADMIN")
def plan(call: Call, name: Name, gbt4754: IndustryCodes, lead_enterprise: Uscc, lead_department: Line, target_date: date,
         rules: Annotated[PlanRules, Given(rules_in_force)]) -> AssociationFormationPlanned:  # fmt: skip
    """Plan an association to be founded [列入新组建计划]; a name is planned once."""
    not_past(target_date, call)
    return AssociationFormationPlanned(
        name=name, name_key=comparison_key(name), gbt4754=gbt4754, lead_enterprise=lead_enterprise, lead_department=lead_department,
        state_organ_leads=lead_enterprise.startswith(STATE_ORGAN), target_date=target_date, since=call.today, reminder_days=rules.reminder_days,
        rules_version=rules.version,
    )  # fmt: skip


@formation_plans.command(by="ENTERPRISE", when="PLANNED")
def confirm_lead(plan: FormationPlan, call: Call) -> FormationMilestoneReached:
    """The enterprise agrees to lead [确认牵头]."""
    return reached(plan, "LEAD_CONFIRMED", call.today)


@formation_plans.command(by="ENTERPRISE", when="LEAD_CONFIRMED")
def start_preparing(plan: FormationPlan, call: Call) -> FormationMilestoneReached:
    """The founders begin to prepare [启动筹备]; nothing but preparing is allowed (art. 9)."""
    return reached(plan, "PREPARING", call.today)


@formation_plans.command(by="SO_ADMIN", when=BEFORE)
def change_lead(plan: FormationPlan, call: Call, lead_enterprise: Uscc, lead_department: Line | None = None) -> FormationLeadChanged:
    """Name another lead [变更牵头单位]."""
    if lead_enterprise == plan.lead_enterprise:
        raise Refused("same_lead", "this enterprise leads already", "该企业已是牵头单位", pointer="/lead_enterprise")
    return FormationLeadChanged(name=plan.name, lead_enterprise=lead_enterprise, lead_department=lead_department or plan.lead_department,
                                state_organ_leads=lead_enterprise.startswith(STATE_ORGAN))  # fmt: skip


@formation_plans.command(by="SO_ADMIN", when=OPEN)
def postpone(plan: FormationPlan, call: Call, target_date: date, reason: Text) -> FormationPostponed:
    """Set another target date [调整完成时限]."""
    not_past(target_date, call)
    return FormationPostponed(name=plan.name, target_date=target_date, since=call.today, reason=reason)


@formation_plans.command(by="SO_ADMIN", when=BEFORE)
def abandon(plan: FormationPlan, call: Call, reason: Text) -> FormationAbandoned:
    """Give the plan up [终止计划]."""
    return FormationAbandoned(name=plan.name, reason=reason)


@formation_plans.on(RegistrationCaseOpened, when=BEFORE, where=lambda e: {"id": e.plan or "", "lead_enterprise": e.applicant})
def apply(plan: FormationPlan, call: Call, event: RegistrationCaseOpened) -> FormationMilestoneReached:
    """The lead has applied for registration."""
    return reached(plan, "APPLIED", event.opened_on, case=event.about)


@formation_plans.on(CertificateIssued, when="APPLIED", where=lambda e: {"case": e.about})
def complete(plan: FormationPlan, call: Call, event: CertificateIssued) -> FormationMilestoneReached:
    """The association exists."""
    return reached(plan, "REGISTERED", event.registered_on, uscc=event.uscc)


@formation_plans.on(RegistrationRefused, when="APPLIED", where=lambda e: {"case": e.about})
def set_back(plan: FormationPlan, call: Call, event: RegistrationRefused) -> FormationSetBack:
    """The registration was refused."""
    return FormationSetBack(name=plan.name, reason=event.reason)


@formation_plans.on(RegistrationWithdrawn, when="APPLIED", where=lambda e: {"case": e.about})
def take_back(plan: FormationPlan, call: Call, event: RegistrationWithdrawn) -> FormationSetBack:
    """The founders withdrew their application."""
    return FormationSetBack(name=plan.name, reason=event.reason)


def reminders(plan: FormationPlan) -> list[datetime]:
    days = (plan.target_date - timedelta(days=d) for d in plan.reminder_days)
    return [begin_of(d) for d in days if d > plan.since]


@formation_plans.clock(when=OPEN, at=reminders)
def remind(plan: FormationPlan, call: Call) -> FormationDueSoon:
    """The target date comes near."""
    return FormationDueSoon(name=plan.name, lead_enterprise=plan.lead_enterprise, lead_department=plan.lead_department, target_date=plan.target_date,
                            days_left=(plan.target_date - call.today).days)  # fmt: skip


@formation_plans.clock(when=OPEN, at=lambda plan: None if plan.overdue else end_of(plan.target_date))
def expire(plan: FormationPlan, call: Call) -> FormationOverdue:
    """The target date has passed."""
    return FormationOverdue(
        name=plan.name, lead_enterprise=plan.lead_enterprise, lead_department=plan.lead_department, target_date=plan.target_date
    )
