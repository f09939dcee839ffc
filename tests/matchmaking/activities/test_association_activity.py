from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.matchmaking.activities.association_activity import (
    AssociationActivity,
    Plan,
    accept_filing,
    association_activities,
    cancel,
    cancel_for_ended,
    lapse,
    plan_,
    record_held,
    replan,
    report,
    return_filing,
    submit_filing,
)
from services.matchmaking.activities.rules import activity_rules
from services.matchmaking.endings import AssociationEnded
from shared.record import SHANGHAI
from tests.matchmaking.samples import LOGISTICS, NOON, call, on, refused

RULES = activity_rules().in_force(NOON.date(), "ACTIVITIES")
ADMIN = call("SO_ADMIN")


def planned(**more: Any) -> AssociationActivity:
    known = {"title": "空港物流沙龙", "activity_type": "SALON", "planned_on": date(2026, 6, 1), "place": "空港新城", "expected": 80}
    return association_activities.open(plan_(call(), Plan.model_validate(known | more), RULES), "a-1")


def submitted(permit: str | None = None, licence: str | None = None, **more: Any) -> AssociationActivity:
    activity = planned(**more)
    return on(association_activities, activity, submit_filing(activity, call(), RULES, permit, licence))  # type: ignore[no-any-return]


def held(activity: AssociationActivity) -> AssociationActivity:
    return on(association_activities, activity, record_held(activity, call(), date(2026, 3, 9), 120, RULES))  # type: ignore[no-any-return]


def test_a_salon_is_held_without_a_filing() -> None:
    told = record_held(planned(), call(), date(2026, 3, 9), 120, RULES)
    assert (told.activity_type, told.attendance, told.filed) == ("SALON", 120, False)


@pytest.mark.parametrize("activity_type", ["EVALUATION", "COMMENDATION", "FORUM", "FESTIVAL"])
def test_what_must_be_filed_is_not_held_before(activity_type: str) -> None:
    with refused("filing_missing"):
        held(planned(activity_type=activity_type))


@pytest.mark.parametrize("activity_type", ["EVALUATION", "COMMENDATION"])
def test_evaluations_and_commendations_are_filed_with_their_permission(activity_type: str) -> None:
    with refused("permit_missing"):
        submitted(activity_type=activity_type)
    filed = submitted("陕评 2026-1", activity_type=activity_type)
    filed = on(association_activities, filed, accept_filing(filed, ADMIN, "备 1"))
    assert held(filed).stage == "HELD"


def test_a_gathering_of_a_thousand_needs_a_licence_and_a_filing_whatever_its_sort() -> None:
    assert not planned(expected=999).filing_needed
    assert planned(expected=1000).filing_needed
    with refused("licence_missing"):
        submitted(expected=1000)
    assert submitted(licence="公安许可 1", expected=1000).licence == "公安许可 1"


def test_it_is_filed_ten_working_days_ahead() -> None:
    assert submitted(planned_on=date(2026, 3, 23)).answer_due == datetime(2026, 3, 16, 12, tzinfo=SHANGHAI)
    with refused("filing_late"):
        submitted(planned_on=date(2026, 3, 22))


def test_a_filing_is_answered_once_and_submitted_once() -> None:
    with refused("already_submitted"):
        submit_filing(submitted(), call(), RULES)
    with refused("nothing_submitted"):
        accept_filing(planned(), ADMIN, "x")
    back = on(association_activities, submitted(), return_filing(submitted(), ADMIN, "缺安全预案"))
    assert (back.stage, back.answer_due) == ("PLANNED", None)
    assert submit_filing(back, call(), RULES).association == LOGISTICS


def test_another_plan_is_filed_anew() -> None:
    filed = submitted(activity_type="FORUM")
    filed = on(association_activities, filed, accept_filing(filed, ADMIN, "备 1"))
    other = on(association_activities, filed, replan(filed, call(), filed.plan.model_copy(update={"planned_on": date(2026, 7, 1)}), RULES))
    assert (other.stage, other.filing_needed) == ("PLANNED", True)
    with refused("filing_missing"):
        held(other)


def test_its_report_is_due_in_thirty_days_and_says_what_came_of_it() -> None:
    activity = held(planned())
    ((when, move),) = association_activities.clocks(activity, {})
    assert (when, move.name) == (datetime(2026, 4, 8, 9, tzinfo=SHANGHAI), "ask_for_report")
    assert on(association_activities, activity, report(activity, call(), "签约 3 项", 100, 90)).stage == "REPORTED"


def test_what_is_ahead_cannot_have_been_held_and_what_is_past_cannot_be_planned() -> None:
    with refused("date_ahead"):
        record_held(planned(), call(), date(2026, 3, 10), 1, RULES)
    with refused("date_past"):
        planned(planned_on=date(2026, 3, 8))


def test_a_plan_nobody_speaks_of_any_more_lapses() -> None:
    told = lapse(planned(), call("CLOCK", NOON + timedelta(days=200)))
    assert (told.cause, on(association_activities, planned(), told).stage) == ("NOT_HELD", "CANCELLED")


def test_the_authority_may_forbid_it_and_a_deregistered_association_holds_nothing() -> None:
    assert cancel(planned(), ADMIN, "未经批准").cause == "BY_AUTHORITY"
    assert cancel(planned(), call(), "改期").cause == "OWN_DECISION"
    told = cancel_for_ended(planned(), call("PLATFORM"), AssociationEnded(uscc=LOGISTICS))
    assert told.cause == "ASSOCIATION_GONE"
