from datetime import date, timedelta

import pytest

from services.matchmaking.activities.brand_event import BrandEvent, brand_events, file, lapse, plan, postpone, record_held, report
from services.matchmaking.activities.rules import activity_rules
from shared.record import NotAllowed, NotFound
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, call, on, refused

RULES = activity_rules().in_force(NOON.date(), "ACTIVITIES")
ADMIN = call("SO_ADMIN")
BOTH = (LOGISTICS, AUTOMOTIVE)


def planned() -> BrandEvent:
    told = plan(ADMIN, "企业家活动日", "2026 企业家活动日", "PROVINCIAL", BOTH, date(2026, 3, 9), RULES)
    return brand_events.open(told, "b-1")


def filed() -> BrandEvent:
    return on(brand_events, planned(), file(planned(), ADMIN, "西咸 2026-8"))  # type: ignore[no-any-return]


def test_the_entrepreneur_activity_day_counts_for_each_association_at_its_level() -> None:
    told = record_held(filed(), ADMIN, date(2026, 3, 9), 400, RULES)
    assert (told.brand, told.level, told.associations, told.attendance) == ("企业家活动日", "PROVINCIAL", BOTH, 400)
    after = on(brand_events, filed(), told)
    assert on(brand_events, after, report(after, call(), "签约 5 项", 5, 12)).stage == "REPORTED"


def test_it_is_not_held_before_it_is_filed() -> None:
    assert brand_events.moves["record_held"].when == ("FILED",)


def test_every_association_that_holds_it_sees_it_and_no_other() -> None:
    for association in BOTH:
        brand_events.admit(planned(), call(organisation=association))
    with pytest.raises(NotFound):
        brand_events.admit(planned(), call(organisation="51611100PDY0000365"))


def test_an_association_plans_only_what_it_holds_itself() -> None:
    move = brand_events.moves["plan"]
    form = {"brand": "b", "title": "t", "level": "NEW_AREA", "associations": (AUTOMOTIVE,), "planned_on": date(2026, 5, 1)}
    with pytest.raises(NotAllowed, match="your own organisation"):
        brand_events.decide(None, move, move.body.model_validate(form), call(organisation=LOGISTICS), {"rules": RULES})


def test_an_association_is_named_once() -> None:
    with refused("association_twice"):
        plan(ADMIN, "b", "t", "NEW_AREA", (LOGISTICS, LOGISTICS), date(2026, 5, 1), RULES)


def test_another_day_moves_the_end_of_waiting() -> None:
    after = on(brand_events, filed(), postpone(filed(), ADMIN, date(2026, 5, 9), "天气", RULES))
    assert after.stage == "FILED"
    assert after.lapses_at - filed().lapses_at == timedelta(days=61)
    assert on(brand_events, after, lapse(after, call("CLOCK"))).stage == "CANCELLED"
