"""Applying, eligibility and self-assessment, in the field's words (domain §4.2, §4.5 steps 2–4)."""

from typing import Any

import pytest

from services.evaluation.facts.fact import Fact
from services.evaluation.rating.application import applications
from shared.record import Malformed, NotAllowed, NotFound, Refused
from tests.evaluation.cases import ASSOCIATION, GOOD_FACTS, OTHER, Case, a_call, a_round, at, decided


def applying(earlier: list[str] | None = None, applied: int = 0, named: bool = True, **round_: Any) -> str:
    """What comes of an application: `ok`, or the code of the refusal."""
    given = {"named": [a_round(**round_)] if named else [], "earlier": earlier or [], "applied": applied}
    try:
        decided(applications, None, "apply", a_call("ASSOCIATION", ASSOCIATION), {"round": "2026-1", "papers": []}, given)
    except Refused as no:
        return no.code
    return "ok"


def changed(*facts: Fact, without: str = "") -> list[Fact]:
    """The good facts, some left out, these added."""
    places = {(f.key, f.year) for f in facts}
    return [f for f in GOOD_FACTS if f.key != without and (f.key, f.year) not in places] + list(facts)


def grounds(rule_set: Any, facts: list[Fact], findings: tuple[str, ...] = ()) -> tuple[str, ...]:
    case = Case(rule_set=rule_set, facts=facts).eligible(findings=findings)
    assert case.record.stage == ("NOT_ELIGIBLE" if case.record.grounds else "ELIGIBLE")
    return case.record.grounds


# ── applying ──────────────────────────────────────────────────────────────────────────────────────
def test_an_application_keeps_the_rules_of_its_round() -> None:
    case = Case(rule_set="R2011", local_gate=True)
    assert (case.record.rule_set, case.record.rulebook, case.record.local_gate, case.record.claim) == (
        "R2011",
        "XX-IND-1/2026.1",
        True,
        ASSOCIATION,
    )


@pytest.mark.parametrize(
    ("circumstances", "outcome"),
    [
        ({}, "ok"),
        ({"named": False}, "round_not_open"),
        ({"stage": "CLOSED"}, "round_not_open"),
        ({"opens_on": "2026-09-08"}, "round_not_open"),
        ({"opens_on": "2026-09-07", "closes_on": "2026-09-07"}, "ok"),
        ({"closes_on": "2026-09-06"}, "round_not_open"),
        ({"earlier": ["WITHDRAWN"]}, "ok"),
        ({"earlier": ["WITHDRAWN", "NOT_ELIGIBLE"]}, "applied_already"),
        ({"quota": 3, "applied": 2}, "ok"),
        ({"quota": 3, "applied": 3}, "round_full"),
        ({"rulebook": "XX-IND-1/1999"}, "rulebook_not_shipped"),
    ],
)
def test_when_an_application_is_taken(circumstances: dict[str, Any], outcome: str) -> None:
    assert applying(**circumstances) == outcome


def test_eligibility_is_due_in_ten_working_days() -> None:
    """From Monday 7 September 2026, with Sunday the 20th worked for the National Day; the authority is pressed once, and the case goes on."""
    case = Case()
    assert case.record.due_at == at(2026, 9, 21)
    case.wait(days=13, hours=13)
    assert "RatingStepOverdue" not in case.names()
    case.wait(days=20)
    assert case.names().count("RatingStepOverdue") == 1
    assert case.eligible().record.stage == "ELIGIBLE"


# ── eligibility ───────────────────────────────────────────────────────────────────────────────────
def a_fact(key: str, value: Any, year: int = 2025) -> Fact:
    return Fact(key=key, year=year, value=value, sources=("e",), events=1)


def test_a_sound_association_is_eligible_under_both_rule_sets() -> None:
    assert grounds("R2011", list(GOOD_FACTS)) == grounds("R2026", list(GOOD_FACTS)) == ()


@pytest.mark.parametrize(
    ("facts", "under_2011", "under_2026"),
    [
        (changed(a_fact("registered_on", "2024-09-08", 2021)), ("CERTIFICATE_UNDER_TWO_YEARS",), ("CERTIFICATE_UNDER_TWO_YEARS",)),
        (changed(a_fact("registered_on", "2024-09-07", 2021)), (), ()),
        (changed(without="registered_on"), ("CERTIFICATE_UNDER_TWO_YEARS",), ("CERTIFICATE_UNDER_TWO_YEARS",)),
        (changed(without="annual.conclusion"), ("NO_ANNUAL_CHECK",), ("NO_ANNUAL_CHECK",)),
        (changed(a_fact("annual.conclusion", "NOT_TAKEN")), ("NO_ANNUAL_CHECK",), ("NO_ANNUAL_CHECK",)),
        (changed(a_fact("annual.mode", "REPORT", 2021), without="annual.conclusion"), ("NO_ANNUAL_CHECK",), ("NO_ANNUAL_CHECK",)),
        (changed(a_fact("annual.mode", "REPORT", 2021), a_fact("annual.submitted_on", "2026-03-30"), without="annual.conclusion"), (), ()),
        (changed(a_fact("annual.conclusion", "UNQUALIFIED")), ("LAST_CHECK_UNQUALIFIED",), ()),
        (changed(a_fact("annual.conclusion", "BASICALLY_QUALIFIED")), (), ()),
        (changed(a_fact("annual.conclusion", "BASICALLY_QUALIFIED"), a_fact("annual.conclusion", "BASICALLY_QUALIFIED", 2024)),
         ("TWO_YEARS_BASICALLY_QUALIFIED",), ()),
        (changed(a_fact("listing.serious", True)), ("SERIOUS_VIOLATION_LIST",), ("SERIOUS_VIOLATION_LIST",)),
        (changed(a_fact("listing.abnormal", True), a_fact("listing.abnormal_moves", 1)), ("ABNORMAL_LIST",), ("ABNORMAL_LIST",)),
        (changed(a_fact("listing.abnormal", False), a_fact("listing.abnormal_moves", 2)), ("ABNORMAL_LIST",), ()),
        (changed(a_fact("listing.abnormal", False, 2023), a_fact("listing.abnormal_moves", 2, 2023)), (), ()),
        (changed(a_fact("status.suspended", True)), ("SUSPENDED",), ("SUSPENDED",)),
        (changed(a_fact("status.ended", True)), ("ENDED",), ("ENDED",)),
        (changed(a_fact("rating.grade", "3A"), a_fact("rating.valid_from", "2023-01-01"), a_fact("rating.valid_to", "2027-12-31")), ("ALREADY_RATED",), ()),
        (changed(a_fact("rating.grade", "3A"), a_fact("rating.valid_from", "2022-09-07"), a_fact("rating.valid_to", "2027-12-31")),
         ("ALREADY_RATED",), ("FIFTH_YEAR_OF_VALIDITY",)),
        (changed(a_fact("rating.grade", "3A"), a_fact("rating.valid_from", "2021-01-01"), a_fact("rating.valid_to", "2026-09-06")), (), ()),
        (changed(a_fact("rating.grade", "NONE"), a_fact("rating.valid_to", "2027-12-31"), a_fact("rating.barred_until", "2026-09-07")), ("BARRED",), ("BARRED",)),
        (changed(a_fact("rating.barred_until", "2026-09-06")), (), ()),
    ],
)  # fmt: skip
def test_grounds_by_the_facts(facts: list[Fact], under_2011: tuple[str, ...], under_2026: tuple[str, ...]) -> None:
    assert (grounds("R2011", facts), grounds("R2026", facts)) == (under_2011, under_2026)


def test_grounds_that_an_official_has_found() -> None:
    assert grounds("R2011", list(GOOD_FACTS), ("PENALISED", "UNDER_INVESTIGATION")) == ("PENALISED", "UNDER_INVESTIGATION")
    assert grounds("R2026", list(GOOD_FACTS), ("SEVERELY_PENALISED",)) == ("SEVERELY_PENALISED",)


def test_2026_no_longer_knows_a_light_penalty_and_facts_are_not_findings() -> None:
    for code in ("PENALISED", "ABNORMAL_LIST"):
        with pytest.raises(Malformed) as no:
            Case().eligible(findings=(code,))
        assert no.value.code == "no_such_ground"


def test_one_who_was_turned_away_is_told_every_ground_and_is_free_to_apply_elsewhere() -> None:
    case = Case(facts=changed(a_fact("listing.serious", True), a_fact("status.suspended", True))).eligible()
    assert (case.record.grounds, case.record.claim, case.record.due_at) == (("SERIOUS_VIOLATION_LIST", "SUSPENDED"), None, None)


def test_nobody_is_judged_by_facts_that_are_none() -> None:
    with pytest.raises(Refused) as no:
        Case(facts=[a_fact("registered_on", "long ago")]).eligible()
    assert no.value.code == "facts_unfit"


# ── self-assessment, withdrawing ──────────────────────────────────────────────────────────────────
def test_the_self_assessment_adds_up() -> None:
    case = Case().eligible()
    case.do(
        "submit_self_assessment",
        "ASSOCIATION",
        ASSOCIATION,
        marks=[{"code": "2.2.6", "points": "12.5"}, {"code": "4.5", "points": "20"}],
        claimed_grade="4A",
    )
    assert (str(case.record.self_score), case.record.claimed_grade, case.record.stage) == ("32.5", "4A", "SELF_ASSESSED")


@pytest.mark.parametrize(
    "marks",
    [
        [{"code": "2.2.6", "points": "15.1"}],
        [{"code": "9.9.9", "points": "1"}],
        [{"code": "4.5", "points": "1"}, {"code": "4.5", "points": "2"}],
    ],
    ids=["more than it has", "unknown", "twice"],
)
def test_marks_that_cannot_be(marks: list[dict[str, str]]) -> None:
    with pytest.raises(Malformed):
        Case().eligible().do("submit_self_assessment", "ASSOCIATION", ASSOCIATION, marks=marks, claimed_grade="4A")


def test_one_may_withdraw_until_the_panel_begins_and_apply_again() -> None:
    case = Case().self_assessed()
    case.do("withdraw", "ASSOCIATION", ASSOCIATION)
    assert (case.record.stage, case.record.claim) == ("WITHDRAWN", None)
    with pytest.raises(Refused) as no:
        Case().with_panel().do("withdraw", "ASSOCIATION", ASSOCIATION)
    assert no.value.code == "wrong_stage"


def test_another_association_does_not_see_the_case_and_may_not_act_in_it() -> None:
    with pytest.raises(NotFound):
        Case().eligible().do("submit_self_assessment", "ASSOCIATION", OTHER, marks=[{"code": "4.5", "points": "1"}], claimed_grade="1A")
    with pytest.raises(NotAllowed):
        Case().do("check_eligibility", "ASSOCIATION", ASSOCIATION, procedure="PAPER", given={"facts": []})


def test_a_case_ends_with_its_association() -> None:
    case = Case().proposed()
    case.do("end_with_association", "PLATFORM", "", about=ASSOCIATION, uscc=ASSOCIATION)
    assert (case.record.stage, case.record.claim) == ("WITHDRAWN", None)
