"""Formation plan (R25): 13 associations to be founded, each with its lead and its day."""

from datetime import date, timedelta

import pytest

from services.registry.registration import formation_plan as f
from services.registry.registration.formation_plan import RULES, formation_plans
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AIR, LEAD, MARCH_2, after, by

TARGET = date(2026, 12, 31)


def planned(lead: str = LEAD, target: date = TARGET) -> f.FormationPlan:
    event = f.plan(by("SO_ADMIN"), "西咸新区服务贸易协会", ("72",), lead, "dept:industry", target, RULES.in_force(MARCH_2))
    return formation_plans.open(event, "plan-1")


def preparing() -> f.FormationPlan:
    plan = planned()
    plan = after(formation_plans, plan, f.confirm_lead(plan, by("ENTERPRISE")))
    return after(formation_plans, plan, f.start_preparing(plan, by("ENTERPRISE")))


def applied() -> f.FormationPlan:
    plan = preparing()
    heard = f.RegistrationCaseOpened(about="case-1", plan="plan-1", applicant=LEAD, opened_on=MARCH_2)
    return after(formation_plans, plan, f.apply(plan, by("PLATFORM"), heard))


def test_a_plan_goes_by_its_milestones_to_the_registration() -> None:
    assert planned().stage == "PLANNED"
    plan = applied()
    assert (plan.stage, plan.case) == ("APPLIED", "case-1")
    heard = f.CertificateIssued(about="case-1", plan="plan-1", uscc=AIR, registered_on=MARCH_2)
    event = f.complete(plan, by("PLATFORM"), heard)
    assert (event.milestone, event.uscc) == ("REGISTERED", AIR)
    assert after(formation_plans, plan, event).stage == "REGISTERED"


def test_the_case_that_moves_a_plan_is_that_of_its_lead() -> None:
    heard = f.RegistrationCaseOpened(about="case-1", plan="plan-1", applicant=LEAD, opened_on=MARCH_2)
    where = formation_plans.moves["apply"].where
    assert where is not None
    assert where(heard) == {"id": "plan-1", "lead_enterprise": LEAD}


def test_a_refused_or_withdrawn_application_sets_the_plan_back_to_preparing() -> None:
    plan = applied()
    refused = f.set_back(plan, by("PLATFORM"), f.RegistrationRefused(about="case-1", plan="plan-1", reason="理由"))
    withdrawn = f.take_back(plan, by("PLATFORM"), f.RegistrationWithdrawn(about="case-1", plan="plan-1", reason="暂缓"))
    for event in (refused, withdrawn):
        back = after(formation_plans, plan, event)
        assert (back.stage, back.case) == ("PREPARING", None)


def test_a_name_is_planned_once_while_the_plan_lives() -> None:
    assert ("name_key",) in formation_plans.unique
    plan = planned()
    assert after(formation_plans, plan, f.abandon(plan, by("SO_ADMIN"), "条件不成熟")).name_key is None


def test_a_new_lead_has_yet_to_confirm_and_must_be_another() -> None:
    plan = preparing()
    with pytest.raises(Refused) as no:
        f.change_lead(plan, by("SO_ADMIN"), LEAD)
    assert no.value.code == "same_lead"
    plan = after(formation_plans, plan, f.change_lead(plan, by("SO_ADMIN"), "11611100PDY00001XX"))
    assert (plan.stage, plan.state_organ_leads, plan.lead_department) == ("PLANNED", True, "dept:industry")


def test_a_state_organ_that_leads_is_a_warning() -> None:
    assert planned(lead="11341700003244799H").state_organ_leads
    assert not planned().state_organ_leads


def test_the_target_lies_ahead_by_a_day_at_least() -> None:
    with pytest.raises(Malformed):
        planned(target=MARCH_2)
    assert planned(target=MARCH_2 + timedelta(days=1))


def days(plan: f.FormationPlan) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in formation_plans.clocks(plan, {})]


def test_reminders_before_the_day_and_once_when_it_has_passed() -> None:
    plan = planned()
    assert days(plan) == [(TARGET - timedelta(days=90), "remind"), (TARGET + timedelta(days=1), "expire")]
    assert f.remind(plan, by("CLOCK", TARGET - timedelta(days=90))).days_left == 90
    plan = after(formation_plans, plan, f.expire(plan, by("CLOCK", TARGET + timedelta(days=1))))
    assert plan.overdue
    assert "expire" not in {n for _, n in days(plan)}


def test_a_postponed_plan_is_not_overdue_and_is_reminded_anew() -> None:
    plan = planned()
    plan = after(formation_plans, plan, f.expire(plan, by("CLOCK", TARGET + timedelta(days=1))))
    later = TARGET + timedelta(days=200)
    plan = after(formation_plans, plan, f.postpone(plan, by("SO_ADMIN", TARGET + timedelta(days=5)), later, "牵头单位变更"))
    assert (plan.overdue, plan.target_date) == (False, later)
    assert days(plan)[0] == (later - timedelta(days=90), "remind")
