from datetime import timedelta

import pytest

from services.matchmaking.regions.external_organisation import Entry, ExternalOrganisation, external_organisations, list_
from services.matchmaking.regions.meeting_rules import meeting_rules
from services.matchmaking.regions.promotion_event import (
    Form,
    PromotionEvent,
    close,
    close_with_time,
    follow_up,
    invite,
    lapse,
    plan,
    press_for_follow_up,
    promotion_events,
    record_answer,
    record_held,
    remind_of_answers,
)
from shared.record import Malformed
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, call, on, refused

TODAY = NOON.date()
DAY = TODAY + timedelta(days=30)
RULES = meeting_rules().in_force(TODAY, "MEETINGS")


def shenzhen(stage: str = "LISTED") -> ExternalOrganisation:
    entry = Entry(name="深圳市物流协会", kind="INDUSTRY_ASSOCIATION", region="4403")
    return external_organisations.open(list_(call("SO_ADMIN"), entry, "名录", []), "ext-1").model_copy(update={"stage": stage})


def planned(form: Form = "PROMOTION_CONFERENCE") -> PromotionEvent:
    told = plan(call(), form, "西咸航空物流推介会", (LOGISTICS, AUTOMOTIVE), "深圳", DAY, RULES)
    return promotion_events.open(told, "p1")


def invited(form: Form = "PROMOTION_CONFERENCE") -> PromotionEvent:
    told = invite(planned(form), call(), ("ext-1", "ext-1"), DAY - timedelta(days=7), {"ext-1": shenzhen()}, RULES)
    return on(promotion_events, planned(form), told)


def held(form: Form = "PROMOTION_CONFERENCE") -> PromotionEvent:
    return on(promotion_events, invited(form), record_held(invited(form), call(), TODAY, 80, RULES))


def test_an_association_plans_what_it_hosts() -> None:
    with refused("not_a_host"):
        plan(call(), "TALKS", "恳谈会", (AUTOMOTIVE,), "深圳", DAY, RULES)
    with pytest.raises(Malformed, match="named once"):
        plan(call("SO_ADMIN"), "TALKS", "恳谈会", (AUTOMOTIVE, AUTOMOTIVE), "深圳", DAY, RULES)


def test_guests_stand_in_the_directory_and_answer_before_the_day() -> None:
    with refused("guest_not_listed"):
        invite(planned(), call(), ("ext-1",), DAY, {"ext-1": shenzhen("DELISTED")}, RULES)
    with refused("guest_not_listed"):
        invite(planned(), call(), ("ext-9",), DAY, {}, RULES)
    with pytest.raises(Malformed, match="before the day"):
        invite(planned(), call(), ("ext-1",), DAY + timedelta(days=1), {"ext-1": shenzhen()}, RULES)
    assert [d.name for d in invited().delegations] == ["深圳市物流协会"]


def test_who_has_answered_keeps_its_answer_when_more_are_invited() -> None:
    comes = on(promotion_events, invited(), record_answer(invited(), call(), "ext-1", True, 12))
    more = on(promotion_events, comes, invite(comes, call(), ("ext-1", "ext-2"), DAY, {"ext-1": shenzhen(), "ext-2": shenzhen()}, RULES))
    assert [(d.organisation, d.answer, d.persons) for d in more.delegations] == [("ext-1", "COMES", 12), ("ext-2", "WAITING", 0)]
    with refused("not_invited"):
        record_answer(invited(), call(), "ext-3", True)


def test_answers_are_asked_for_only_where_some_wait() -> None:
    asked = remind_of_answers(invited(), call("CLOCK"))
    assert asked is not None
    assert asked.waiting == 1
    declined = on(promotion_events, invited(), record_answer(invited(), call(), "ext-1", False, 3))
    assert declined.delegations[0].persons == 0
    assert remind_of_answers(declined, call("CLOCK")) is None


def test_a_visit_is_told_as_a_visit_and_talks_as_an_event_held() -> None:
    assert type(record_held(invited("DELEGATION_VISIT"), call(), TODAY, 12, RULES)).__name__ == "DelegationVisited"
    assert type(record_held(invited("TALKS"), call(), TODAY, 12, RULES)).__name__ == "PromotionConferenceHeld"


def test_what_came_of_it_is_asked_for_after_two_weeks_and_noted() -> None:
    assert held().follow_up_due == RULES.follow_up_due(TODAY)
    pressed = on(promotion_events, held(), press_for_follow_up(held(), call("CLOCK")))
    noted = on(promotion_events, pressed, follow_up(pressed, call(), "意向两项", RULES, ("lead-1", "lead-1", "lead-2"), 2))
    assert (noted.stage, noted.leads) == ("FOLLOWED_UP", ("lead-1", "lead-2"))
    with pytest.raises(Malformed, match="more landed"):
        close(noted, call("INVEST_DEPT"), 3)
    assert close_with_time(noted, call("CLOCK"))[0].leads_landed == 0


def test_nobody_says_that_it_was_held_and_it_lapses() -> None:
    assert on(promotion_events, planned(), lapse(planned(), call("CLOCK"))).stage == "CANCELLED"
