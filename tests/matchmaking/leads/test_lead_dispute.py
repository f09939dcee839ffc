"""A referrer disputes that its lead repeats an earlier one: who may, until when, who is heard, and what the two leads do then (R55)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.matchmaking.leads import lead_dispute as d
from services.matchmaking.leads.facts import Lead
from services.matchmaking.leads.landing import negotiate
from services.matchmaking.leads.lead import LeadDisputeUpheld, accept, leads, link, restore_disputed, screen, yield_first_report
from shared.record import Malformed, NotFound
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, a_lead, a_study, call, on, refused, rules

DEPT = call("INVEST_DEPT")
WHY, PAPERS = "两个项目选址、产品和投资主体均不相同", ("doc:letter-1",)


def first() -> Lead:
    lead = a_lead("lead-1")
    lead = on(leads, lead, screen(lead, DEPT, a_study(), [], rules()))
    return on(leads, lead, accept(lead, DEPT, rules(), []))


def linked() -> Lead:
    """Of another association, the same project."""
    lead = a_lead("lead-2", by=AUTOMOTIVE)
    lead = on(leads, lead, screen(lead, DEPT, a_study(), [], rules()))
    return on(leads, lead, accept(lead, DEPT, rules(), [first()]))


def filed(ground: d.Ground = "EARLIER_CONTACT", **more: Any) -> d.LeadDispute:
    asked = {"linked": linked(), "first": first(), "decided": [], "rules": rules(), "call": call(organisation=AUTOMOTIVE)} | more
    told = d.file(lead="lead-2", ground=ground, statement=WHY, evidence=PAPERS, **asked)
    return d.disputes.open(told, "dispute-1")


def told(event: d.LeadDisputeUpheld) -> LeadDisputeUpheld:
    return LeadDisputeUpheld(about="dispute-1", lead=event.lead, first=event.first, outcome=event.outcome, reason=event.reason)


def upheld(outcome: d.Outcome, ground: d.Ground = "EARLIER_CONTACT", at: datetime = NOON + timedelta(days=8)) -> LeadDisputeUpheld:
    return told(d.uphold(filed(ground), call("INVEST_DEPT", at), outcome, "经查属实", first()))


def test_a_linked_lead_keeps_when_it_was_linked() -> None:
    assert (linked().stage, linked().duplicate_of, linked().linked_at) == ("DROPPED", "lead-1", NOON)
    by_hand = a_lead("lead-3", by=AUTOMOTIVE)
    assert on(leads, by_hand, link(by_hand, DEPT, "lead-1", first())).linked_at == NOON


def test_fifteen_working_days_to_file_five_to_answer_fifteen_to_decide() -> None:
    dispute = filed()
    assert dispute.answer_by == datetime(2026, 3, 16, 4, tzinfo=UTC)
    assert dispute.decide_by == datetime(2026, 3, 30, 4, tzinfo=UTC)
    last = datetime(2026, 3, 30, 4, tzinfo=UTC)
    assert filed(call=call(now=last, organisation=AUTOMOTIVE)).stage == "FILED"
    with refused("too_late"):
        filed(call=call(now=last + timedelta(seconds=1), organisation=AUTOMOTIVE))


def test_the_spring_festival_takes_nothing_from_the_days_to_file() -> None:
    """Linked on the Friday before it: the Saturday of work counts, the nine days of the feast do not."""
    friday = datetime(2026, 2, 13, 4, tzinfo=UTC)
    assert rules(friday.date()).dispute_until(friday) == datetime(2026, 3, 12, 4, tzinfo=UTC)


def test_only_the_referrer_of_a_linked_lead_may() -> None:
    with pytest.raises(NotFound):
        filed(linked=None)
    with refused("not_linked"):
        filed(linked=a_lead("lead-2", by=AUTOMOTIVE), first=None)
    with refused("not_linked"):
        filed(linked=linked().model_copy(update={"stage": "SCREENED"}))


def test_contact_details_stay_out_of_what_events_carry() -> None:
    with pytest.raises(Malformed):
        d.file(
            call(organisation=AUTOMOTIVE), "lead-2", "EARLIER_CONTACT", "请致电 13800138000 核实", PAPERS, linked(), first(), [], rules()
        )
    with pytest.raises(Malformed):
        d.state_position(filed(), call(), "请致电 13800138000 核实")


def test_the_holder_is_a_party_only_where_its_first_report_is_in_dispute() -> None:
    assert (filed().holder, filed().parties) == (LOGISTICS, (AUTOMOTIVE, LOGISTICS))
    apart = filed("DISTINCT_PROJECT")
    assert (apart.holder, apart.parties, apart.answer_by) == (None, (AUTOMOTIVE,), None)
    with pytest.raises(NotFound):
        d.disputes.admit(apart, call())


def test_the_holder_is_heard_once_and_nobody_else_for_it() -> None:
    answered = on(d.disputes, filed(), d.state_position(filed(), call(), "我会于一月已随投资方踏勘", ("doc:visit",)))
    assert answered.position and answered.stage == "FILED"
    with refused("already_answered"):
        d.state_position(answered, call(), "我会于一月已随投资方踏勘")
    with refused("not_the_holder"):
        d.state_position(filed(), call(organisation=AUTOMOTIVE), "我会于一月已随投资方踏勘")
    with refused("holder_not_heard"):
        d.uphold(filed(), DEPT, "FIRST", "经查属实", first())
    assert d.uphold(answered, DEPT, "FIRST", "经查属实", first()).outcome == "FIRST"


def test_each_ground_has_its_outcomes() -> None:
    with pytest.raises(Malformed):
        upheld("DISTINCT")
    with pytest.raises(Malformed):
        upheld("FIRST", "DISTINCT_PROJECT")


def test_another_project_lives_again_under_a_key_of_its_own_and_is_accepted_beside_the_first() -> None:
    event = upheld("DISTINCT", "DISTINCT_PROJECT")
    again = on(leads, linked(), restore_disputed(linked(), call("PLATFORM"), event, rules()))
    assert (again.stage, again.duplicate_of, again.claim) == ("SCREENED", None, None)
    assert again.project_key != first().project_key
    assert yield_first_report(first(), call("PLATFORM"), event) == []
    both = on(leads, again, accept(again, DEPT, rules(), []))
    assert both.claim and both.claim != first().claim


def test_the_first_report_goes_over_and_is_claimed_by_the_other() -> None:
    event = upheld("FIRST")
    held = first()
    held = on(leads, held, negotiate(held, DEPT, "XX-KG", "首次洽谈", rules(), []))
    gone = on(leads, held, yield_first_report(held, call("PLATFORM"), event))
    assert (gone.stage, gone.claim, gone.held_until, gone.duplicate_of) == ("DROPPED", None, None, "lead-2")
    again = on(leads, linked(), restore_disputed(linked(), call("PLATFORM"), event, rules()))
    assert again.project_key == held.project_key
    assert on(leads, again, accept(again, DEPT, rules(), [gone])).claim == held.claim


def test_a_signed_project_keeps_its_first_report_and_credit_is_shared_instead() -> None:
    signed = first().model_copy(update={"stage": "SIGNED"})
    late = call("INVEST_DEPT", NOON + timedelta(days=8))
    with refused("first_is_signed"):
        d.uphold(filed(), late, "FIRST", "经查属实", signed)
    event = told(d.uphold(filed(), late, "SHARED", "双方均有贡献", signed))
    assert restore_disputed(linked(), call("PLATFORM"), event, rules()) == []
    assert yield_first_report(first(), call("PLATFORM"), event) == []


def test_a_lead_that_was_linked_elsewhere_meanwhile_is_left_alone() -> None:
    other = linked().model_copy(update={"duplicate_of": "lead-9"})
    assert restore_disputed(other, call("PLATFORM"), upheld("FIRST"), rules()) == []


def test_what_was_decided_between_two_leads_is_not_asked_again_by_either() -> None:
    late = call("INVEST_DEPT", NOON + timedelta(days=8))
    for end in (d.uphold(filed(), late, "FIRST", "经查属实", first()), d.dismiss(filed(), late, "证据不足")):
        decided = on(d.disputes, filed(), end)
        assert decided.claim is None
        with refused("already_decided"):
            filed(decided=[decided])
    turned = on(d.disputes, filed(), d.dismiss(filed(), late, "证据不足")).model_copy(update={"lead": "lead-1", "first": "lead-2"})
    with refused("already_decided"):
        filed(decided=[turned])


def test_it_is_withdrawn_by_who_filed_it_pressed_for_and_ends_with_its_referrer() -> None:
    assert on(d.disputes, filed(), d.withdraw(filed(), call(organisation=AUTOMOTIVE))).stage == "WITHDRAWN"
    with refused("not_yours"):
        d.withdraw(filed(), call())
    ((due, move),) = d.disputes.clocks(filed(), {})
    assert (due, move.name) == (filed().decide_by, "press_for_decision")
    late = on(d.disputes, filed(), d.press_for_decision(filed(), call("CLOCK", due)))
    assert late.late and d.disputes.clocks(late, {}) == []
    ended = d.end_with_introducer(filed(), call("PLATFORM"), d.AssociationEnded(about=AUTOMOTIVE, uscc=AUTOMOTIVE))
    assert (ended.cause, on(d.disputes, filed(), ended).stage) == ("INTRODUCER_GONE", "WITHDRAWN")
