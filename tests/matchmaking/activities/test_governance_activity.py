from datetime import date

from services.matchmaking.activities.governance_activity import (
    GovernanceActivity,
    cancel,
    doubt,
    governance_activities,
    lapse,
    plan,
    record_held,
    verify,
)
from services.matchmaking.activities.rules import activity_rules
from tests.matchmaking.samples import LOGISTICS, NOON, call, on, refused

RULES = activity_rules().in_force(NOON.date(), "ACTIVITIES")
ADMIN = call("SO_ADMIN")


def planned() -> GovernanceActivity:
    return governance_activities.open(plan(call(), "清理渭河滩", "ENVIRONMENT", "XX-QH", date(2026, 3, 9), RULES), "g-1")


def held() -> GovernanceActivity:
    told = record_held(planned(), call(), date(2026, 3, 9), 40, 120, 3000, "照片与签到表")
    return on(governance_activities, planned(), told)  # type: ignore[no-any-return]


def test_hours_volunteers_and_beneficiaries_count_once_they_are_verified() -> None:
    told = verify(held(), ADMIN)
    assert (told.association, told.field, told.volunteers, told.hours, told.beneficiaries) == (LOGISTICS, "ENVIRONMENT", 40, 120, 3000)
    assert on(governance_activities, held(), told).stage == "VERIFIED"


def test_the_new_city_where_it_was_done_bears_it_out_and_the_association_cannot() -> None:
    assert governance_activities.moves["verify"].by == ("SO_ADMIN", "NEW_CITY")
    governance_activities.admit(held(), call("NEW_CITY", district="XX-QH"))


def test_what_is_not_shown_is_told_again() -> None:
    back = on(governance_activities, held(), doubt(held(), ADMIN, "无签到表", RULES))
    assert back.stage == "PLANNED"
    assert record_held(back, call(), date(2026, 3, 9), 40, 100, 3000, "签到表").hours == 100


def test_nobody_serves_longer_than_a_month_at_a_stretch() -> None:
    with refused("more_hours_than_a_month"):
        record_held(planned(), call(), date(2026, 3, 9), 1, 745, 10, "x")
    assert record_held(planned(), call(), date(2026, 3, 9), 1, 744, 10, "x").hours == 744


def test_it_is_not_done_tomorrow_and_lapses_when_nobody_speaks_of_it() -> None:
    with refused("date_ahead"):
        record_held(planned(), call(), date(2026, 3, 10), 1, 1, 1, "x")
    assert on(governance_activities, planned(), lapse(planned(), call("CLOCK"))).stage == "CANCELLED"
    assert on(governance_activities, planned(), cancel(planned(), call(), "下雨")).stage == "CANCELLED"
