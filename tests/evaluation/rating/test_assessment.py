"""The panel: who sits in it, what it marks, how facts are frozen and corrected, what is proposed (domain §4.4, §4.5 steps 5–7)."""

from decimal import Decimal
from typing import Any

import pytest

from services.evaluation.facts.fact import Fact, hash_of
from services.evaluation.rating.assessment import IndicatorsRecomputed
from shared.record import Malformed, NotFound, Refused
from tests.evaluation.cases import GOOD_FACTS, PANEL, SOCIETY, Case, at

MORE_LEADS = (
    *(f for f in GOOD_FACTS if f.key != "lead.accepted"),
    Fact(key="lead.accepted", year=2025, value=10, sources=("e-corrected",), events=10),
)


def code_of(case: Case, name: str, role: str = "SO_ADMIN", organisation: str = "dept:so-admin", given: Any = None, **body: Any) -> str:
    with pytest.raises(Refused) as no:
        case.do(name, role, organisation, given, **body)
    assert no.value.zh
    return no.value.code


def points_of(case: Case, code: str) -> Decimal | None:
    return next(s.points for s in case.record.scores if s.code == code)


# ── beginning ─────────────────────────────────────────────────────────────────────────────────────
def test_the_panel_begins_with_the_facts_of_the_day_under_a_seal() -> None:
    case = Case().with_panel()
    assert (case.record.stage, case.record.panel, case.record.facts_hash) == ("ON_SITE", PANEL, hash_of(GOOD_FACTS))
    assert case.names()[-3:] == ["PanelAppointed", "IndicatorsComputed", "OnSiteAssessmentBegun"]
    assert (points_of(case, "3.4.1"), points_of(case, "1.4.2"), points_of(case, "4.1")) == (Decimal("6.0"), Decimal("15.0"), None)
    assert case.record.due_at == at(2026, 9, 17)  # seven working days after Monday the 7th, to the end of the day


def test_a_visit_needs_three_experts_and_a_day_papers_need_one_and_none() -> None:
    given = {"facts": list(GOOD_FACTS)}
    assert code_of(Case().self_assessed(), "begin_assessment", given=given, panel=PANEL[:2], visit_on="2026-09-14") == "panel_too_small"
    assert code_of(Case().self_assessed(), "begin_assessment", given=given, panel=PANEL) == "visit_day_missing"
    assert code_of(Case().self_assessed(), "begin_assessment", given=given, panel=("panel:01",) * 3, visit_on="2026-09-14") == "named_twice"
    papers = Case().self_assessed("PAPER")
    papers.do("begin_assessment", panel=PANEL[:1], given=given)
    assert (papers.record.stage, papers.record.visit_on) == ("ON_SITE", None)


def test_an_expert_with_an_interest_stays_out_for_good_and_the_marks_are_dropped() -> None:
    case = Case().with_panel()
    case.do("give_scores", "PANEL", "panel:01", marks=case.marks())
    case.do("recuse", "PANEL", "panel:01", ground="INTEREST")
    assert (case.record.panel, case.record.recused, case.record.sheets) == (PANEL[1:], ("panel:01",), ())
    assert code_of(case, "fill_panel", panel=PANEL) == "expert_recused"
    case.do("fill_panel", panel=("panel:02", "panel:03", "panel:04"))
    assert code_of(case, "fill_panel", panel=("panel:05", "panel:06", "panel:07")) == "panel_complete"
    with pytest.raises(NotFound):
        case.do("give_scores", "PANEL", "panel:01", marks=case.marks())


# ── marks ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_assessment_is_completed_with_the_last_mark_of_the_last_expert() -> None:
    case = Case().with_panel()
    assert code_of(case, "evaluate_socially", **SOCIETY) == "marks_missing"
    for expert in PANEL:
        assert not case.record.assessed
        case.do("give_scores", "PANEL", expert, marks=case.marks())
    assert case.names()[-1] == "OnSiteAssessmentCompleted"
    assert code_of(case, "give_scores", "PANEL", PANEL[0], marks=case.marks()) == "assessment_closed"


def test_an_incomplete_panel_does_not_complete_the_assessment() -> None:
    case = Case().with_panel()
    case.do("recuse", "PANEL", "panel:03", ground="OTHER_RELATION")
    case.marked()
    assert not case.record.assessed
    case.do("fill_panel", panel=("panel:01", "panel:02", "panel:04"))
    case.do("give_scores", "PANEL", "panel:04", marks=case.marks())
    assert case.record.assessed


def test_later_marks_of_an_expert_replace_earlier_ones_and_leave_the_rest() -> None:
    case = Case().with_panel()
    case.do("give_scores", "PANEL", "panel:01", marks=[{"code": "2.2.6", "points": "3"}, {"code": "2.4.6", "points": "4"}])
    case.do("give_scores", "PANEL", "panel:01", marks=[{"code": "2.2.6", "points": "5"}])
    (sheet,) = case.record.sheets
    assert {m.code: str(m.points) for m in sheet.marks} == {"2.2.6": "5", "2.4.6": "4"}


@pytest.mark.parametrize("code", ["3.4.1", "4.5", "4.1"], ids=["reckoned", "social, too early", "reckoned later"])
def test_the_panel_marks_only_what_is_its_own_now(code: str) -> None:
    assert code_of(Case().with_panel(), "give_scores", "PANEL", "panel:01", marks=[{"code": code, "points": "1"}]) == "not_for_the_panel"


def test_more_points_than_an_indicator_has_are_no_marks() -> None:
    with pytest.raises(Malformed):
        Case().with_panel().do("give_scores", "PANEL", "panel:01", marks=[{"code": "2.2.6", "points": "15.5"}])


# ── facts corrected ───────────────────────────────────────────────────────────────────────────────
def test_a_correction_is_an_open_recomputation_that_says_what_changed() -> None:
    case = Case().with_panel()
    before = case.record.facts_hash
    (told,) = case.do("recompute_indicators", reason="补录2025年线索", given={"facts": list(MORE_LEADS)})
    assert isinstance(told, IndicatorsRecomputed)
    assert (told.previous_hash, told.changed, told.facts_hash) == (before, ("3.4.1",), hash_of(MORE_LEADS))
    assert points_of(case, "3.4.1") == Decimal("15.0")


def test_the_same_facts_are_no_correction() -> None:
    assert code_of(Case().with_panel(), "recompute_indicators", reason="再算一次", given={"facts": list(GOOD_FACTS)}) == "facts_unchanged"


def test_facts_that_arrive_later_change_nothing_by_themselves() -> None:
    case = Case().with_panel()
    case.facts = MORE_LEADS
    case.marked().do("evaluate_socially", **SOCIETY)
    assert points_of(case, "3.4.1") == Decimal("6.0")


def test_a_correction_after_the_social_evaluation_keeps_what_society_said() -> None:
    case = Case().asked()
    case.do("recompute_indicators", reason="补录", given={"facts": list(MORE_LEADS)})
    assert (points_of(case, "4.1"), points_of(case, "3.4.1")) == (Decimal("46.9"), Decimal("15.0"))


# ── society ───────────────────────────────────────────────────────────────────────────────────────
def test_what_members_and_departments_say_becomes_points() -> None:
    case = Case().asked()
    assert {c: str(points_of(case, c)) for c in ("4.1", "4.3", "2.1.2")} == {"4.1": "46.9", "4.3": "10.0", "2.1.2": "25.0"}
    suggested = next(s.suggested for s in case.record.scores if s.code == "4.4")
    assert str(suggested) == "18.0"
    assert case.record.due_at == at(2026, 10, 8)  # the proposal, within thirty days


def test_nobody_asked_is_no_satisfaction_and_half_the_coverage() -> None:
    case = Case().asked(survey=None, coverage=None, opinions={})
    assert (points_of(case, "4.1"), points_of(case, "4.3")) == (Decimal("0.0"), Decimal("10.0"))


def test_a_survey_too_few_answered_gives_half_at_most() -> None:
    few = {"members": 120, "respondents": 35, "answers": [{"question": "Q10", "counts": [35, 0, 0, 0, 0]}]}
    assert points_of(Case().asked(survey=few), "4.1") == Decimal("30.0")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            {"survey": {"members": 30, "respondents": 31, "answers": [{"question": "Q10", "counts": [1, 0, 0, 0, 0]}]}},
            "more_answers_than_members",
        ),
        (
            {"survey": {"members": 30, "respondents": 3, "answers": [{"question": "Q10", "counts": [4, 0, 0, 0, 0]}]}},
            "more_answers_than_members",
        ),
        ({"survey": {"members": 30, "respondents": 3, "answers": [{"question": "Q1", "counts": [3, 0, 0, 0, 0]}]}}, "questions_wrong"),
        ({"survey": {"members": 30, "respondents": 3, "answers": [{"question": "Q10", "counts": [3, 0, 0, 0, 0]}] * 2}}, "questions_wrong"),
        ({"coverage": {"members": 101, "universe": 100, "source": "登记库", "dated": "2026-08-31"}}, "coverage_above_all"),
        ({"coverage": {"members": 1, "universe": 100, "source": "登记库", "dated": "2026-09-08"}}, "in_the_future"),
    ],
)
def test_figures_that_cannot_be(change: dict[str, Any], code: str) -> None:
    assert code_of(Case().with_panel().marked(), "evaluate_socially", **{**SOCIETY, **change}) == code


# ── the proposal ──────────────────────────────────────────────────────────────────────────────────
def test_the_proposal_sums_what_was_reckoned_and_the_mean_of_the_panel() -> None:
    case = Case().proposed()
    verdict = case.record.verdict
    assert verdict is not None
    assert len(case.record.marks) == 57
    assert sum(m.points for m in case.record.marks) == verdict.indicators == case.record.score
    # full marks from the panel; lost: fund of facts nobody told (annual reports 15, platform 10, projects 25), leads 9, survey 13.1, exits 5, coverage 10
    assert verdict.score == Decimal(1000) - Decimal(15) - Decimal(10) - Decimal(25) - Decimal(9) - Decimal("13.1") - Decimal(5) - Decimal(
        10
    )
    assert (case.record.grade, case.record.due_at) == ("5A", None)


def test_no_proposal_while_an_expert_has_not_marked_part_four() -> None:
    case = Case().asked()
    case.do("give_scores", "PANEL", PANEL[0], marks=case.marks())
    assert code_of(case, "propose", opinion="意见") == "marks_missing"


def test_bonus_and_veto_are_named_with_evidence() -> None:
    awarded = Case().proposed("0.7", bonuses=("PROVINCIAL_AWARD",)).record.verdict
    assert awarded is not None
    assert awarded.bonus == Decimal("8.0")
    vetoed = Case().proposed(vetoes=("ASSET_DISTRIBUTION",)).record
    assert (vetoed.grade, vetoed.findings[0].evidence) == ("NONE", "卷宗")
    for wrong in ({"bonuses": ("WORLD_AWARD",)}, {"vetoes": ("SUSPENDED",)}, {"bonuses": ("CONTEST_HOSTED", "CONTEST_HOSTED")}):
        with pytest.raises(Malformed):
            Case().proposed(**wrong)


def test_caps_by_what_society_said() -> None:
    assert Case().proposed(party_status="INSTRUCTOR").record.grade == "4A"
    assert Case().proposed(survey=None).record.grade == "3A"
