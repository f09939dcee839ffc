"""Registration case: name and papers (domain §3.1–3.3)."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.registry.registration.application import PapersSubmitted, ScopeOverlapAssessed
from services.registry.registration.case import (
    apply,
    approve_name,
    cases,
    consent,
    decline_consent,
    press_for_name,
    propose_name,
    reject_name,
    return_papers,
    submit_papers,
    withdraw,
)  # fmt: skip
from services.registry.registration.naming import Taken
from shared.record import Malformed, NotAllowed, Refused
from shared.workdays import working_days_after
from tests.registry.examples import (
    AI,
    DIRECT,
    DUAL,
    LEAD,
    MARCH_2,
    PERSON,
    accepted,
    after,
    application,
    association,
    by,
    opened,
    papers,
    preparing,
)  # fmt: skip
from tests.registry.regimes import SHANGHAI_TERNARY, WENZHOU_FIC, like


def code(no: pytest.ExceptionInfo[Refused]) -> str:
    return no.value.code


# ── the name ──────────────────────────────────────────────────────────────────────────────────────
def test_an_application_opens_the_case_and_holds_the_name() -> None:
    case = opened()
    assert (case.stage, case.applicant, case.name_claim) == ("NAME_CHECK", LEAD, "XX~西咸新区航空物流协会")
    assert (case.regime.code, case.regime.version) == ("DIRECT", "2012-07")


def test_width_case_and_blanks_do_not_make_another_name() -> None:
    taken = Taken(names=(("西咸新区AI协会(沣西)", AI),))
    with pytest.raises(Refused) as no:
        opened(taken=taken, name="西咸新区ＡＩ　协会（沣西）")
    assert code(no) in {"name_taken", "name_form"}
    with pytest.raises(Refused) as no:
        opened(taken=Taken(names=(("西咸新区AI产业协会", AI),)), name="西咸新区ＡＩ　产业协会")
    assert code(no) == "name_taken"


def test_the_same_name_may_exist_in_another_new_city() -> None:
    here = opened(name="西咸新区书画协会", level="NEW_CITY", district="XX-FD")
    there = opened(name="西咸新区书画协会", level="NEW_CITY", district="XX-KG")
    assert here.name_claim != there.name_claim


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("西安市航空物流协会", "name_prefix"), ("中国航空物流协会", "name_prefix"), ("西咸新区航空物流俱乐部", "name_form"),
        ("西咸新区协会", "name_field"), ("西咸新区第一航空物流协会", "name_superlative"), ("西咸新区国家级物流协会", "name_superlative"),
        ("西咸新区中华物流协会", "name_national"), ("西咸新区航空物流商会", "name_form_of_kind"), ("西咸新区空港新城航空物流协会", "name_names_other_place"),
    ],
)  # fmt: skip
def test_names_that_break_a_rule(name: str, broken: str) -> None:
    with pytest.raises(Refused) as no:
        opened(name=name)
    assert code(no) == broken


def test_a_chamber_is_called_chamber_and_may_name_its_new_city() -> None:
    case = opened(kind="CHAMBER", name="陕西省西咸新区沣东新城浙江商会", level="NEW_CITY", district="XX-FD", home_region="浙江")
    assert case.name_claim == "XX-FD~陕西省西咸新区沣东新城浙江商会"


def test_the_level_goes_with_the_district() -> None:
    for level, district in (("NEW_AREA", "XX-FD"), ("NEW_CITY", "XX")):
        with pytest.raises(Refused) as no:
            opened(level=level, district=district)
        assert code(no) == "level_and_district"


def test_a_near_duplicate_goes_to_a_person_who_must_acknowledge_it() -> None:
    taken = Taken(names=(("西咸新区航空物流业协会", AI), ("西咸新区书画协会", "case-2")))
    case = opened(taken=taken)
    assert [s.name for s in case.similar] == ["西咸新区航空物流业协会"]
    with pytest.raises(Refused) as no:
        approve_name(case, by("REG_AUTHORITY"), taken)
    assert code(no) == "similar_names_not_acknowledged"
    assert no.value.more["similar"][0]["holder"] == AI
    event = approve_name(case, by("REG_AUTHORITY"), taken, ("西咸新区航空物流业协会",))
    assert after(cases, case, event).stage == "PREPARING"


def test_the_same_trade_under_another_form_is_a_near_duplicate() -> None:
    taken = Taken(names=(("西咸新区航空物流促进会", AI),))
    assert opened(taken=taken).similar[0].same_trade


def test_a_name_that_came_in_meanwhile_is_seen_at_the_approval() -> None:
    with pytest.raises(Refused) as no:
        approve_name(opened(), by("REG_AUTHORITY"), Taken(names=(("西咸新区航空物流协会", AI),)))
    assert code(no) == "name_taken"


def test_a_rejected_name_is_free_and_another_is_proposed() -> None:
    case = opened()
    case = after(cases, case, reject_name(case, by("REG_AUTHORITY"), "不符合规定"))
    assert case.name_claim is None
    with pytest.raises(Refused) as no:
        approve_name(case, by("REG_AUTHORITY"), Taken())
    assert code(no) == "name_rejected"
    case = after(cases, case, propose_name(case, by("ENTERPRISE"), "西咸新区空运协会", Taken()))
    assert (case.name, case.name_claim) == ("西咸新区空运协会", "XX~西咸新区空运协会")
    assert after(cases, case, approve_name(case, by("REG_AUTHORITY"), Taken())).name == "西咸新区空运协会"


def test_a_person_represents_one_association_only() -> None:
    with pytest.raises(Refused) as no:
        opened(taken=Taken(represents=(AI,)))
    assert code(no) == "legal_representative_taken"


def test_a_name_check_of_twenty_working_days_is_pressed_for() -> None:
    case = opened()
    (due, move) = cases.clocks(case, {})[0]
    assert move.name == "press_for_name"
    assert due.date() == working_days_after(MARCH_2, 20) + timedelta(days=1)
    assert press_for_name(case, by("CLOCK", due.date())).name == case.name


def test_a_regime_that_is_not_in_force_opens_nothing() -> None:
    with pytest.raises(Refused) as no:
        apply(by("ENTERPRISE"), application(), None, Taken())
    assert code(no) == "regime_not_in_force"


def test_dual_knows_no_scope_by_business_mode_and_a_cut_scope_needs_its_term() -> None:
    with pytest.raises(Refused) as no:
        opened(DUAL, scope_basis="BUSINESS_MODE", scope_term="批发")
    assert code(no) == "scope_basis_not_allowed"
    with pytest.raises(ValidationError):
        application(scope_basis="BUSINESS_MODE")


def test_a_state_organ_among_the_founders_is_a_warning_and_no_bar() -> None:
    assert opened().state_organ_founders == ()
    event = apply(by("ENTERPRISE", organisation="11341700003244799H"), application(), DIRECT, Taken())
    assert event.state_organ_founders == ("11341700003244799H",)


def test_a_regime_without_name_check_begins_with_preparing() -> None:
    bare = like(DIRECT, steps=["PREPARING", "ACCEPTED", "OPINIONS_SOUGHT", "DECIDED", "CERTIFIED", "FILINGS_PENDING"])
    assert opened(bare).stage == "PREPARING"


# ── the papers ────────────────────────────────────────────────────────────────────────────────────
def test_complete_papers_are_accepted_and_start_the_sixty_days() -> None:
    case = accepted()
    assert (case.stage, case.papers_complete_on, case.decide_by) == ("ACCEPTED", MARCH_2, MARCH_2 + timedelta(days=60))


@pytest.mark.parametrize("paper", DIRECT.papers)
def test_every_paper_of_article_11_is_needed(paper: str) -> None:
    with pytest.raises(Refused) as no:
        submit_papers(preparing(), by("ENTERPRISE"), papers(without=paper), [])
    assert (code(no), no.value.more["missing"]) == ("papers_missing", [paper])


@pytest.mark.parametrize(("units", "persons"), [(29, 0), (0, 49), (29, 20)])
def test_too_few_members(units: int, persons: int) -> None:
    with pytest.raises(Refused) as no:
        submit_papers(preparing(), by("ENTERPRISE"), papers(units, persons), [])
    assert code(no) == "too_few_members"


@pytest.mark.parametrize(("units", "persons"), [(30, 0), (0, 50), (29, 21)])
def test_just_enough_members(units: int, persons: int) -> None:
    assert submit_papers(preparing(), by("ENTERPRISE"), papers(units, persons), [])


def test_the_fund_is_thirty_thousand_yuan_at_least() -> None:
    with pytest.raises(Refused) as no:
        submit_papers(preparing(), by("ENTERPRISE"), papers(fund=2_999_999), [])
    assert code(no) == "fund_too_small"
    assert submit_papers(preparing(), by("ENTERPRISE"), papers(fund=3_000_000), [])


def test_a_regime_may_ask_for_more_founders() -> None:
    eight = like(DIRECT, members={"founders_min": 2})
    with pytest.raises(Refused) as no:
        submit_papers(preparing(eight), by("ENTERPRISE"), papers(), [])
    assert code(no) == "too_few_founders"


def test_the_overlap_of_scopes_is_assessed_with_the_papers() -> None:
    same = association(uscc=AI, name="西咸新区空运协会", gbt4754=("561",))
    other = association(uscc="51611100PDY000108X", name="西咸新区汽车行业协会", gbt4754=("36",))
    submitted, assessed = submit_papers(preparing(), by("ENTERPRISE"), papers(), [same, other])
    assert isinstance(submitted, PapersSubmitted)
    assert isinstance(assessed, ScopeOverlapAssessed)
    assert [(o.association, o.level) for o in assessed.overlaps] == [(AI, 2)]


def test_scopes_cut_otherwise_do_not_overlap() -> None:
    peer = association(uscc=AI, gbt4754=("56",), scope_basis="BUSINESS_MODE", scope_term="批发")
    case = preparing(scope_basis="BUSINESS_MODE", scope_term="零售")
    assert submit_papers(case, by("ENTERPRISE"), papers(), [peer])[1].overlaps == ()  # type: ignore[union-attr]
    case = preparing(scope_basis="BUSINESS_MODE", scope_term="批 发")
    assert len(submit_papers(case, by("ENTERPRISE"), papers(), [peer])[1].overlaps) == 1  # type: ignore[union-attr]


def test_papers_found_wanting_go_back_within_five_working_days_and_stop_the_clock() -> None:
    case = accepted()
    fifth = working_days_after(MARCH_2, 5)
    back = after(cases, case, return_papers(case, by("REG_AUTHORITY", fifth), ("验资报告",)))
    assert (back.stage, back.decide_by, back.defects) == ("PREPARING", None, ("验资报告",))
    with pytest.raises(Refused) as no:
        return_papers(case, by("REG_AUTHORITY", fifth + timedelta(days=1)), ("验资报告",))
    assert code(no) == "too_late_to_return"
    with pytest.raises(Malformed):
        return_papers(case, by("REG_AUTHORITY"), ())


# ── the supervising unit ──────────────────────────────────────────────────────────────────────────
def reviewed():
    case = preparing(DUAL)
    return after(cases, case, submit_papers(case, by("ENTERPRISE"), papers(), []))


def test_under_dual_the_clock_starts_with_the_consent() -> None:
    case = reviewed()
    assert (case.stage, case.decide_by) == ("SUPERVISOR_REVIEW", None)
    on = date(2026, 3, 20)
    case = after(cases, case, consent(case, by("SUPERVISING_UNIT", on), "业管〔2026〕1号"))
    assert (case.stage, case.papers_complete_on, case.decide_by) == ("ACCEPTED", on, on + timedelta(days=60))
    assert case.consent.organisation == "dept:supervising"


def test_the_federation_does_not_supervise_under_dual_but_does_in_wenzhou() -> None:
    with pytest.raises(Refused) as no:
        consent(reviewed(), by("FIC"), "1号")
    assert code(no) == "not_the_supervisor"
    case = preparing(WENZHOU_FIC, kind="CHAMBER", name="西咸新区航空物流商会")
    case = after(cases, case, submit_papers(case, by("ENTERPRISE"), papers(), []))
    assert consent(case, by("FIC"), "1号").consent.role == "FIC"
    (submitted, _) = submit_papers(preparing(WENZHOU_FIC, kind="CHAMBER", name="西咸新区航空物流商会"), by("ENTERPRISE"), papers(), [])
    assert submitted.consent_of == ("FIC",)  # so it is told, and the department is not
    with pytest.raises(Refused) as no:
        consent(case, by("SUPERVISING_UNIT"), "1号")  # under a department it would be called association
    assert code(no) == "name_form_of_supervisor"


def test_a_unit_that_does_not_agree_sends_the_founders_back_to_prepare() -> None:
    case = reviewed()
    assert after(cases, case, decline_consent(case, by("SUPERVISING_UNIT"), "材料不充分")).stage == "PREPARING"


def test_founders_may_withdraw_and_set_name_and_person_free() -> None:
    case = opened(SHANGHAI_TERNARY)
    gone = after(cases, case, withdraw(case, by("ENTERPRISE"), "暂缓"))
    assert (gone.stage, gone.name_claim, gone.legal_claim) == ("WITHDRAWN", None, None)


# ── who may ───────────────────────────────────────────────────────────────────────────────────────
def test_founders_do_not_approve_their_own_name() -> None:
    case = opened()
    move = cases.moves["approve_name"]
    with pytest.raises(NotAllowed):
        cases.decide(case, move, move.body(), by("ENTERPRISE"), {"taken": Taken()})


def test_another_enterprise_does_not_see_the_case() -> None:
    with pytest.raises(Refused) as no:
        cases.admit(opened(), by("ENTERPRISE", organisation="91611100PDY00002X3"))
    assert code(no) == "not_found"


def test_the_person_is_known_by_reference_only() -> None:
    assert opened().legal_claim == PERSON
    with pytest.raises(ValidationError):
        application(legal_representative="测试人员01")
