"""From the proposal to the announcement: committee, publicity, review, confirmation (domain §4.5 steps 8–12)."""

from datetime import date
from typing import Any

import pytest

from services.evaluation.rating.decision import RatingConfirmed, RatingNotGranted
from shared.record import NotFound, Refused
from tests.evaluation.cases import ASSOCIATION, COMMITTEE, REVIEWERS, Case


def confirmed(case: Case) -> RatingConfirmed:
    (event,) = case.do("confirm")
    assert isinstance(event, RatingConfirmed)
    return event


def refusal(case: Case, name: str, role: str = "SO_ADMIN", organisation: str = "dept:so-admin", **body: Any) -> str:
    with pytest.raises(Refused) as no:
        case.do(name, role, organisation, **body)
    return no.value.code


# ── the committee ─────────────────────────────────────────────────────────────────────────────────
def test_four_of_seven_carry_the_proposal_and_every_ballot_has_its_code() -> None:
    case = Case().proposed().convened(present=COMMITTEE[:5]).vote(COMMITTEE[0], choice="AGAINST").vote(*COMMITTEE[1:5])
    assert (case.record.stage, case.record.decided_by) == ("COMMITTEE_DECIDED", COMMITTEE)
    assert [(b.member, b.choice) for b in case.record.ballots] == [(COMMITTEE[0], "AGAINST"), *((m, "FOR") for m in COMMITTEE[1:5])]


def test_five_present_of_seven_cannot_afford_two_against() -> None:
    case = Case().proposed().convened(present=COMMITTEE[:5]).vote(COMMITTEE[0], choice="AGAINST").vote(COMMITTEE[1], choice="ABSTAIN")
    assert (case.record.stage, case.record.claim) == ("REJECTED", None)


def test_nobody_votes_before_the_committee_has_met_or_who_is_not_in_it() -> None:
    with pytest.raises(NotFound):
        Case().proposed().vote(COMMITTEE[0])
    with pytest.raises(NotFound):
        Case().proposed().convened().vote("committee:42")
    assert refusal(Case().proposed().convened(present=COMMITTEE[:5]), "vote", "COMMITTEE", COMMITTEE[6], choice="FOR") == "not_present"


def test_without_two_thirds_there_is_no_meeting_and_a_running_vote_is_not_begun_anew() -> None:
    assert refusal(Case().proposed(), "convene", members=COMMITTEE, present=COMMITTEE[:4]) == "no_quorum"
    assert refusal(Case().proposed().convened().vote(COMMITTEE[0]), "convene", members=COMMITTEE, present=COMMITTEE) == "vote_running"


# ── publicity ─────────────────────────────────────────────────────────────────────────────────────
def test_seven_days_of_publicity_and_then_the_grade() -> None:
    case = Case().publicised()
    assert case.record.publicity_until == date(2026, 9, 14)
    case.wait(days=7)  # still the last day
    assert refusal(case, "confirm") == "publicity_running"
    case.wait(hours=14)  # midnight
    assert case.names()[-1] == "PublicityEnded"
    told = confirmed(case)
    assert (told.association, told.round, told.grade, told.reviewed) == (ASSOCIATION, "2026-1", "5A", False)
    assert (told.confirmed_on, told.valid_from, told.valid_to) == (date(2026, 9, 15), date(2027, 1, 1), date(2031, 12, 31))
    assert (case.record.stage, case.record.claim) == ("CONFIRMED", None)


def test_the_rules_of_2011_travel_with_the_grade() -> None:
    told = confirmed(Case(rule_set="R2011").publicised().wait(days=8))
    assert (told.valid_from, told.valid_to) == (date(2026, 9, 15), date(2031, 9, 14))
    assert told.rules.downgrade_on == ("UNQUALIFIED", "BASICALLY_QUALIFIED_TWICE")
    assert (told.rules.rulebook, told.rules.reminder_months) == ("XX-IND-1/2026.1", (12, 6))


def test_a_local_round_gives_3a_and_forwards_the_rest() -> None:
    told = confirmed(Case(local_gate=True).publicised().wait(days=8))
    assert (told.grade, told.forward_as) == ("3A", "5A")


def test_too_few_points_are_confirmed_as_no_grade() -> None:
    case = Case().publicised("0.2").wait(days=8)
    (event,) = case.do("confirm")
    assert isinstance(event, RatingNotGranted)
    assert (case.record.stage, case.record.claim) == ("NOT_GRADED", None)


def test_basically_qualified_years_travel_with_the_grade() -> None:
    facts = [
        f.model_copy(update={"value": "BASICALLY_QUALIFIED"}) if (f.key, f.year) == ("annual.conclusion", 2025) else f for f in Case().facts
    ]
    assert confirmed(Case(rule_set="R2011", facts=facts).publicised().wait(days=8)).basic_years == (2025,)


# ── review ────────────────────────────────────────────────────────────────────────────────────────
def test_a_review_is_asked_for_in_writing_on_the_last_day_at_the_latest() -> None:
    case = Case().publicised().wait(days=7)
    case.do("request_review", "ASSOCIATION", ASSOCIATION, reason="复核")
    assert case.record.stage == "REVIEW_REQUESTED"
    late = Case().publicised().wait(days=8)
    assert refusal(late, "request_review", "ASSOCIATION", ASSOCIATION, reason="复核") == "publicity_over"


def test_a_review_that_is_not_decided_in_fifteen_days_is_pressed_for() -> None:
    case = Case().under_review().wait(days=15)
    assert "RatingStepOverdue" not in case.names()
    case.wait(hours=14)
    assert case.names().count("RatingStepOverdue") == 1


def test_the_review_may_lower_uphold_or_raise_within_the_caps() -> None:
    for grade, upheld in (("4A", False), ("5A", True)):
        case = Case().under_review()
        case.do("convene_review", motion=grade, members=COMMITTEE, present=COMMITTEE)
        case.vote(*COMMITTEE[:4], on="vote_on_review")
        assert (case.record.stage, case.record.grade, case.record.reviewed, case.record.due_at) == ("REVIEW_DECIDED", grade, True, None)
        assert case.told[-1].public()["upheld"] is upheld
        told = confirmed(case)
        assert (told.grade, told.reviewed) == (grade, True)


def test_under_2011_others_review_than_decided() -> None:
    case = Case(rule_set="R2011").under_review()
    assert refusal(case, "convene_review", motion="5A", members=COMMITTEE, present=COMMITTEE) == "member_must_stay_out"
    case.do("convene_review", motion="5A", members=REVIEWERS, present=REVIEWERS)
    assert case.record.committee == REVIEWERS


def test_a_motion_that_fails_decides_nothing_and_the_committee_meets_again() -> None:
    case = Case().under_review()
    case.do("convene_review", motion="4A", members=COMMITTEE, present=COMMITTEE[:5])
    case.vote(*COMMITTEE[:2], choice="AGAINST", on="vote_on_review")
    assert (case.record.stage, case.record.motion, case.record.ballots, case.record.grade) == ("REVIEW_REQUESTED", None, (), "5A")
    assert refusal(case, "vote_on_review", "COMMITTEE", COMMITTEE[0], choice="FOR") == "nothing_moved"
    case.do("convene_review", motion="5A", members=COMMITTEE, present=COMMITTEE)
    case.vote(*COMMITTEE[:4], on="vote_on_review")
    assert case.record.stage == "REVIEW_DECIDED"


def test_the_ballots_of_the_first_decision_do_not_count_in_the_review() -> None:
    case = Case().under_review()
    assert refusal(case, "vote_on_review", "COMMITTEE", COMMITTEE[0], choice="FOR") == "nothing_moved"
    case.do("convene_review", motion="4A", members=COMMITTEE, present=COMMITTEE)
    case.vote(*COMMITTEE[:3], on="vote_on_review")
    assert case.record.stage == "REVIEW_REQUESTED"
    assert refusal(case, "convene_review", motion="3A", members=COMMITTEE, present=COMMITTEE) == "vote_running"


def test_no_review_goes_above_a_cap_a_veto_or_the_local_gate() -> None:
    capped = Case().publicised(party_status="NONE")
    capped.do("request_review", "ASSOCIATION", ASSOCIATION, reason="复核")
    assert refusal(capped, "convene_review", motion="5A", members=COMMITTEE, present=COMMITTEE) == "above_ceiling"
    vetoed = Case().publicised(vetoes=("FRAUD",))
    vetoed.do("request_review", "ASSOCIATION", ASSOCIATION, reason="复核")
    assert refusal(vetoed, "convene_review", motion="1A", members=COMMITTEE, present=COMMITTEE) == "above_ceiling"
    gated = Case(local_gate=True).publicised()
    gated.do("request_review", "ASSOCIATION", ASSOCIATION, reason="复核")
    assert refusal(gated, "convene_review", motion="4A", members=COMMITTEE, present=COMMITTEE) == "above_ceiling"
    small = Case().under_review()
    assert refusal(small, "convene_review", motion="4A", members=COMMITTEE[:2], present=COMMITTEE[:2]) == "committee_size"
