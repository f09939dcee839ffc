from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.places.rules import place_rules
from services.matchmaking.places.standing import Standing
from services.matchmaking.places.tenancy import (
    FormationAbandoned,
    FormationMilestoneReached,
    Tenancy,
    apply,
    approve,
    ask_for_desk,
    give_notice,
    give_up_place,
    hand_over,
    hear_abandoned,
    hear_registered,
    leave_for_ended,
    note_registered,
    note_term_over,
    reject,
    renew,
    review,
    review_year,
    start,
    tenancies,
)
from services.matchmaking.places.venue import close, venues
from shared.record import SHANGHAI
from tests.matchmaking.places.test_venue import opened
from tests.matchmaking.places_hints import STRONG, a_unit
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, call, on, refused

RULES = place_rules().in_force(NOON.date(), "PLACES")
ADMIN = call("SO_ADMIN")
HOUSED, SHUT = opened(), on(venues, opened(), close(opened(), ADMIN, "搬迁"))


def later(days: int, role: Any = "SO_ADMIN") -> Any:
    return call(role, NOON + timedelta(days=days))


def applied() -> Tenancy:
    return tenancies.open(apply(call(), "unit-1", "每月一次政策宣讲", a_unit(), HOUSED, STRONG, [], RULES), "t-1")


def reviewed(points: int = 18, standing: Standing = STRONG) -> Tenancy:
    return on(tenancies, applied(), review(applied(), ADMIN, points, "计划可行", standing, RULES))  # type: ignore[no-any-return]


def approved() -> Tenancy:
    return on(tenancies, reviewed(), approve(reviewed(), ADMIN, a_unit(), HOUSED, RULES))  # type: ignore[no-any-return]


def active() -> Tenancy:
    return on(tenancies, approved(), start(approved(), ADMIN, "协议 1", date(2026, 4, 1), RULES))  # type: ignore[no-any-return]


def desk() -> Tenancy:
    asked = ask_for_desk(ADMIN, "unit-1", "plan-1", "低空经济协会", "筹备", a_unit("DESK"), HOUSED, [], RULES)
    return tenancies.open(asked, "t-2")


def clocks(tenancy: Tenancy) -> dict[str, datetime]:
    return {move.name: at for at, move in tenancies.clocks(tenancy, {})}


def test_the_result_is_due_within_five_working_days() -> None:
    assert clocks(applied()) == {"miss_result": datetime(2026, 3, 16, 12, tzinfo=SHANGHAI)}


def test_a_tenant_has_one_place_and_a_unit_one_tenant() -> None:
    with refused("already_tenant"):
        apply(call(), "unit-1", "x", a_unit(), HOUSED, STRONG, [applied()], RULES)
    with refused("unit_not_vacant"):
        apply(call(), "unit-1", "x", a_unit().model_copy(update={"stage": "OCCUPIED"}), HOUSED, STRONG, [], RULES)
    with refused("unit_not_vacant"):
        approve(reviewed(), ADMIN, a_unit().model_copy(update={"stage": "RESERVED"}), HOUSED, RULES)
    assert {("applicant",), ("unit_claim",)} <= set(tenancies.unique)


def test_who_is_barred_cannot_apply() -> None:
    with refused("seriously_unlawful"):
        apply(call(), "unit-1", "x", a_unit(), HOUSED, STRONG.model_copy(update={"serious": True}), [], RULES)


def test_from_sixty_points_the_tenant_is_admitted() -> None:
    assert approved().unit_claim == "unit-1"
    weak = STRONG.model_copy(update={"lists": ()})
    with refused("score_too_low"):
        approve(reviewed(standing=weak), ADMIN, a_unit(), HOUSED, RULES)


def test_the_plan_has_at_most_twenty_points() -> None:
    with refused("too_many_points"):
        review(applied(), ADMIN, 21, "x", STRONG, RULES)


def test_a_rejected_applicant_may_ask_again() -> None:
    after = on(tenancies, applied(), reject(applied(), ADMIN, "无空置"))
    assert (after.stage, after.applicant) == ("REJECTED", None)


def test_a_place_nobody_takes_up_in_thirty_days_is_given_up() -> None:
    assert clocks(approved()) == {"give_up_place": NOON + timedelta(days=30)}
    after = on(tenancies, approved(), give_up_place(approved(), later(30, "CLOCK")))
    assert (after.stage, after.unit_claim, after.applicant) == ("TERMINATED", None, None)


def test_a_year_begins_with_the_agreement_and_three_are_the_most() -> None:
    tenancy = active()
    assert (tenancy.stage, tenancy.ends_on, tenancy.latest_end) == ("ACTIVE", date(2027, 3, 31), date(2029, 3, 31))
    with refused("date_outside"):
        start(approved(), ADMIN, "x", date(2026, 6, 1), RULES)


def test_it_is_renewed_after_a_review_of_the_year_and_not_before_its_end_is_near() -> None:
    with refused("review_missing"):
        renew(active(), later(370), RULES)
    early = on(tenancies, active(), review_year(active(), later(100), 10_000_000, "履约良好", RULES))
    with refused("too_early"):
        renew(early, later(100), RULES)
    with refused("review_missing"):
        renew(early, later(370), RULES)
    known = on(tenancies, active(), review_year(active(), later(350), 10_000_000, "履约良好", RULES))
    renewed = on(tenancies, known, renew(known, later(360), RULES))
    assert (renewed.stage, renewed.ends_on) == ("RENEWED", date(2028, 3, 31))


def test_nobody_stays_beyond_the_third_year_and_who_stayed_so_long_graduates() -> None:
    third = active().model_copy(update={"stage": "RENEWED", "ends_on": date(2029, 3, 31), "reviewed_on": date(2029, 3, 1)})
    with refused("longest_term"):
        renew(third, call("SO_ADMIN", datetime(2029, 3, 5, 4, tzinfo=SHANGHAI)), RULES)
    told = note_term_over(third, call("CLOCK", datetime(2029, 4, 1, 9, tzinfo=SHANGHAI)))
    assert told.notice == "THIRD_YEAR_OVER"
    leaving = on(tenancies, third, told)
    assert on(tenancies, leaving, hand_over(leaving, call("SO_ADMIN", datetime(2029, 4, 10, 9, tzinfo=SHANGHAI)))).stage == "GRADUATED"


def test_own_income_above_half_a_million_makes_a_tenant_graduate() -> None:
    assert len(review_year(active(), later(350), 50_000_000, "x", RULES)) == 1
    leaving = on(tenancies, active(), review_year(active(), later(350), 50_000_001, "自我发展能力强", RULES))
    assert leaving.notice == "OWN_INCOME"
    assert on(tenancies, leaving, hand_over(leaving, later(360))).stage == "GRADUATED"
    with refused("leaving"):
        renew(leaving, later(360), RULES)


def test_a_tenant_who_leaves_has_fifteen_working_days_to_hand_over() -> None:
    told = give_notice(active(), call("ASSOCIATION", datetime(2026, 5, 11, 9, tzinfo=SHANGHAI)), "搬迁", RULES)
    assert (told.notice, told.hand_over_by) == ("BY_TENANT", datetime(2026, 6, 1, 9, tzinfo=SHANGHAI))
    leaving = on(tenancies, active(), told)
    assert clocks(leaving) == {"miss_hand_over": told.hand_over_by}
    assert on(tenancies, leaving, hand_over(leaving, later(80))).stage == "TERMINATED"
    with refused("no_notice"):
        hand_over(active(), later(80))


def test_two_months_before_the_end_the_year_is_to_be_reviewed() -> None:
    assert clocks(active()) == {
        "call_for_review": datetime(2027, 1, 30, 9, tzinfo=SHANGHAI),
        "note_term_over": datetime(2027, 4, 1, 9, tzinfo=SHANGHAI),
    }


def test_an_association_being_founded_gets_a_desk_for_half_a_year_without_a_score() -> None:
    with refused("desk_only"):
        ask_for_desk(ADMIN, "unit-1", "plan-1", "低空经济协会", "筹备", a_unit(), HOUSED, [], RULES)
    in_ = in_a_desk()
    assert (in_.association, in_.ends_on, in_.latest_end) == (None, date(2026, 9, 8), date(2026, 9, 8))
    with refused("longest_term"):
        renew(in_, later(170), RULES)
    assert note_term_over(in_, later(200, "CLOCK")).notice == "TERM_OVER"
    known = on(tenancies, in_, note_registered(in_, ADMIN, AUTOMOTIVE, []))
    assert (known.tenant, known.association, known.applicant) == ("REGISTERED", AUTOMOTIVE, AUTOMOTIVE)


def in_a_desk() -> Tenancy:
    seen = on(tenancies, desk(), review(desk(), ADMIN, 0, "同意", Standing(), RULES))
    admitted = on(tenancies, seen, approve(seen, ADMIN, a_unit("DESK"), HOUSED, RULES))
    return on(tenancies, admitted, start(admitted, ADMIN, "协议", date(2026, 3, 9), RULES))  # type: ignore[no-any-return]


def test_the_formation_plan_says_when_the_association_is_registered() -> None:
    def reached(stage: str, uscc: str | None = None) -> FormationMilestoneReached:
        return FormationMilestoneReached(about="plan-1", stage=stage, uscc=uscc)

    it, platform = in_a_desk(), call("PLATFORM")
    assert hear_registered(it, platform, reached("APPLIED"), []) is None
    assert hear_registered(it, platform, reached("REGISTERED", AUTOMOTIVE), [active()]) is None
    after = on(tenancies, it, hear_registered(it, platform, reached("REGISTERED", AUTOMOTIVE), []))
    assert (after.tenant, after.association, after.applicant, after.stage) == ("REGISTERED", AUTOMOTIVE, AUTOMOTIVE, "ACTIVE")


def test_a_desk_for_an_association_that_will_not_be_founded_is_handed_over() -> None:
    told, platform = FormationAbandoned(about="plan-1", reason="牵头企业迁出"), call("PLATFORM")
    assert on(tenancies, desk(), hear_abandoned(desk(), platform, told)).stage == "WITHDRAWN"
    leaving = on(tenancies, in_a_desk(), hear_abandoned(in_a_desk(), platform, told))
    assert (leaving.stage, leaving.notice) == ("ACTIVE", "NOT_FOUNDED")
    assert hear_abandoned(leaving, platform, told) is None
    gone = on(tenancies, leaving, hand_over(leaving, ADMIN))
    assert (gone.stage, gone.applicant) == ("TERMINATED", None)


@pytest.mark.parametrize("house", [SHUT, None])
def test_nobody_moves_into_a_cluster_that_is_closed(house: Any) -> None:
    with refused("venue_not_open"):
        apply(call(), "unit-1", "x", a_unit(), house, STRONG, [], RULES)
    with refused("venue_not_open"):
        approve(reviewed(), ADMIN, a_unit(), house, RULES)


def test_a_registered_tenant_is_not_registered_twice() -> None:
    with refused("already_registered"):
        note_registered(active(), ADMIN, AUTOMOTIVE, [])


@pytest.mark.parametrize(
    ("before", "stage"), [(applied, "WITHDRAWN"), (reviewed, "WITHDRAWN"), (approved, "TERMINATED"), (active, "TERMINATED")]
)
def test_a_deregistered_association_leaves_its_place(before: Any, stage: str) -> None:
    after = on(tenancies, before(), leave_for_ended(before(), call("PLATFORM"), AssociationEnded(uscc=LOGISTICS)))
    assert (after.stage, after.applicant, after.unit_claim) == (stage, None, None)
