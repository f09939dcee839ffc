from datetime import UTC, date, datetime, timedelta

import pytest

from services.matchmaking.leads.credit import confirm_credit, share_credit, verify_funds
from services.matchmaking.leads.facts import (
    InvestmentLeadAccepted,
    InvestmentLeadRejected,
    Lead,
    LeadCreditAssigned,
    LeadLinked,
    LeadStageAdvanced,
)
from services.matchmaking.leads.forms import Credit, GroundBreaking, Licence, Production, Signing
from services.matchmaking.leads.landing import begin_production, conclude_contract, follow_up, negotiate, reassign, register, sign, start
from services.matchmaking.leads.lead import (
    AssociationEnded,
    accept,
    answer,
    drop,
    expire_claim,
    hold_ends,
    leads,
    link,
    lose_ended_introducer,
    press_for_follow_up,
    reject,
    reopen,
    screen,
    submit,
)
from shared.record import NotAllowed, NotFound
from tests.matchmaking.samples import (
    AUTOMOTIVE,
    COMPANY,
    FIRM,
    LOGISTICS,
    NOON,
    a_lead,
    a_project,
    a_study,
    an_investor,
    call,
    on,
    refused,
    rules,
)

DEPT = call("INVEST_DEPT")
CONTRACT = Signing(paper="CONTRACT", document="西咸招商〔2026〕7号", signed_on=date(2026, 3, 9), contracted=5_000_000_000)
AGREEMENT = CONTRACT.model_copy(update={"paper": "AGREEMENT"})
LICENCE = Licence(company=COMPANY, licensed_on=date(2026, 3, 9))
GROUND = GroundBreaking(works="PILES", broke_ground_on=date(2026, 3, 9), investment_database_no="2603-611100-04-01-123456")


def screened(lead: Lead | None = None, others: list[Lead] | None = None) -> Lead:
    lead = lead or a_lead()
    return on(leads, lead, screen(lead, DEPT, a_study(), others or [], rules()))


def accepted(lead: Lead | None = None) -> Lead:
    lead = screened(lead)
    return on(leads, lead, accept(lead, DEPT, rules(), []))


def negotiating() -> Lead:
    lead = accepted()
    return on(leads, lead, negotiate(lead, DEPT, "XX-KG", "首次洽谈", rules(), []))


def signed() -> Lead:
    lead = negotiating()
    return on(leads, lead, sign(lead, DEPT, CONTRACT, rules(), []))


def test_a_lead_reported_on_monday_noon_is_to_be_answered_by_tuesday_noon() -> None:
    assert a_lead().response_due == NOON + timedelta(days=1)


def test_a_lead_reported_before_a_weekend_is_answered_on_the_next_working_day() -> None:
    friday = NOON + timedelta(days=4)
    assert a_lead(at=friday).response_due == friday + timedelta(days=3)


def test_an_ordinary_project_is_studied_in_three_days_a_large_one_in_a_week() -> None:
    lead = a_lead()
    assert lead.screening_due - lead.submitted_at == timedelta(days=3)
    large = submit(call(), an_investor(), a_project(amount_total=10_000_000_000), rules(), [])
    assert large.screening_due - large.submitted_at == timedelta(days=7)


def test_manufacturing_with_sixty_million_of_fixed_assets_is_large() -> None:
    plant = a_project(gbt4754="3612", amount_total=7_000_000_000, amount_fixed_assets=6_000_000_000)
    assert rules().large(plant)
    assert not rules().large(plant.model_copy(update={"gbt4754": "5631"}))


@pytest.mark.parametrize("kind", ["STATE_FINANCED", "HOUSING", "PURE_OUTLET", "EXPANSION_OF_LANDED"])
def test_what_is_not_counted_is_not_a_lead(kind: str) -> None:
    with refused("project_not_counted"):
        submit(call(), an_investor(), a_project(kind=kind), rules(), [])


def test_the_programme_begins_at_ten_million() -> None:
    with refused("amount_too_small"):
        submit(call(), an_investor(), a_project(amount_total=999_999_999, amount_fixed_assets=0), rules(), [])
    assert submit(call(), an_investor(), a_project(amount_total=1_000_000_000, amount_fixed_assets=0), rules(), []).rules == "2021-1"


def test_fixed_assets_are_part_of_the_whole() -> None:
    with refused("fixed_assets_exceed_total"):
        submit(call(), an_investor(), a_project(amount_fixed_assets=6_000_000_000), rules(), [])


def test_an_investor_is_not_its_own_referrer() -> None:
    with refused("not_a_referrer"):
        submit(call("ENTERPRISE"), an_investor(uscc=FIRM), a_project(), rules(), [])


def test_nobody_reports_the_same_project_twice() -> None:
    with refused("already_yours"):
        submit(call(), an_investor(), a_project(), rules(), [a_lead()])


def test_what_is_in_negotiation_may_not_be_reported_again_by_others() -> None:
    with refused("already_negotiated"):
        submit(call(organisation=AUTOMOTIVE), an_investor(), a_project(), rules(), [negotiating()])


def test_a_project_whose_hold_ran_out_may_be_reported_again() -> None:
    free = on(leads, negotiating(), expire_claim(negotiating(), call("CLOCK")))
    assert submit(call(organisation=AUTOMOTIVE), an_investor(), a_project(), rules(), [free]).introducer == AUTOMOTIVE


def test_an_answer_stops_the_clock_of_the_response() -> None:
    lead = a_lead()
    assert [m.name for _, m in leads.clocks(lead, {})] == ["press_for_answer", "press_for_study"]
    lead = on(leads, lead, answer(lead, DEPT))
    assert [m.name for _, m in leads.clocks(lead, {})] == ["press_for_study"]
    with refused("already_answered"):
        answer(lead, DEPT)


def test_the_screener_is_shown_leads_of_the_same_investor_by_another_spelling() -> None:
    twin = a_lead("lead-2", AUTOMOTIVE).model_copy(
        update={"investor": an_investor(name="华东航空货运股份公司", uscc=None), "project": a_project(title="空港航空货运枢纽")}
    )
    stranger = a_lead("lead-3", AUTOMOTIVE).model_copy(update={"investor": an_investor(name="秦岭乳业有限公司", uscc=None)})
    assert [s.lead for s in screened(others=[twin, stranger]).suspects] == ["lead-2"]


def test_the_same_credit_code_is_the_same_investor_whatever_the_name() -> None:
    renamed = a_lead("lead-2", AUTOMOTIVE).model_copy(update={"investor": an_investor(name="更名后的公司")})
    (suspect,) = screened(others=[renamed]).suspects
    assert (suspect.investor_permille, suspect.project_permille) == (1000, 1000)


def test_the_screener_says_of_each_suspect_that_it_is_another_project() -> None:
    lead = screened(others=[a_lead("lead-2", AUTOMOTIVE).model_copy(update={"project": a_project(title="西咸空港航空货运枢纽二期")})])
    with refused("suspects_open"):
        accept(lead, DEPT, rules(), [])
    assert isinstance(accept(lead, DEPT, rules(), [], distinct=("lead-2",)), InvestmentLeadAccepted)


def test_the_first_accepted_report_holds_the_project_for_six_months() -> None:
    lead = accepted()
    assert lead.claim == lead.project_key
    assert lead.held_until == date(2026, 9, 9)


def test_who_loses_the_race_is_linked_to_the_holder() -> None:
    late = screened(a_lead("lead-2", AUTOMOTIVE, NOON + timedelta(hours=1)))
    assert accept(late, DEPT, rules(), [accepted()]) == LeadLinked(association=AUTOMOTIVE, duplicate_of="lead-1", linked_at=NOON)


def test_the_claim_is_distinct_in_the_database() -> None:
    assert ("claim",) in leads.unique


def test_an_earlier_report_is_decided_first() -> None:
    late = screened(a_lead("lead-2", AUTOMOTIVE, NOON + timedelta(hours=1)))
    with refused("earlier_report_waits"):
        accept(late, DEPT, rules(), [a_lead()])


def test_a_screener_links_a_like_lead_by_hand() -> None:
    assert on(leads, screened(), link(screened(), DEPT, "lead-9", a_lead("lead-9", AUTOMOTIVE))).stage == "DROPPED"
    with refused("no_such_first_lead"):
        link(screened(), DEPT, "lead-9", None)


def test_a_rejection_tells_the_referrer_why() -> None:
    told = reject(screened(), DEPT, "AGAINST_POLICY", "能耗超标")
    assert isinstance(told, InvestmentLeadRejected)
    assert (told.association, told.cause) == (LOGISTICS, "AGAINST_POLICY")
    with refused("already_accepted"):
        reject(accepted(), DEPT, "OTHER", "x")


def test_talks_begin_after_acceptance_in_the_hands_of_a_new_city() -> None:
    with refused("not_accepted"):
        negotiate(screened(), DEPT, "XX-KG", "首次洽谈", rules(), [])
    lead = negotiating()
    assert (lead.stage, lead.new_city, lead.follow_up_due) == ("NEGOTIATING", "XX-KG", NOON + timedelta(weeks=2))


def test_talks_without_contact_are_overdue_after_two_weeks_and_go_a_level_up_after_four() -> None:
    lead = negotiating()
    two, four = NOON + timedelta(weeks=2), NOON + timedelta(weeks=4)
    assert [t for t, m in leads.clocks(lead, {}) if m.name == "press_for_follow_up"] == [two]
    assert [t for t, m in leads.clocks(lead, {"press_for_follow_up": two}) if m.name == "press_for_follow_up"] == [four]
    levels = [told.level for told in (press_for_follow_up(lead, call("CLOCK", t)) for t in (two, four)) if told]
    assert levels == [1, 2]


def test_a_follow_up_moves_the_next_one() -> None:
    later = NOON + timedelta(days=10)
    lead = on(leads, negotiating(), follow_up(negotiating(), call("NEW_CITY", later), "VISIT", "赴企业考察", rules(), "报送方案"))
    assert (lead.follow_up_due, lead.next_action) == (later + timedelta(weeks=2), "报送方案")


def test_the_hold_of_an_idle_lead_ends_the_morning_after_six_months() -> None:
    ends = hold_ends(accepted())
    assert ends == datetime.fromisoformat("2026-09-10T09:00+08:00")


def test_talks_that_are_followed_up_keep_the_project_beyond_six_months() -> None:
    lead, late = negotiating(), NOON + timedelta(days=180)
    lead = on(leads, lead, follow_up(lead, call("INVEST_DEPT", late), "CALL", "仍在洽谈", rules()))
    ends = hold_ends(lead)
    assert ends is not None
    assert ends > late + timedelta(days=28)


def test_signing_and_registration_come_in_either_order() -> None:
    first = signed()
    assert on(leads, first, register(first, DEPT, LICENCE, rules(), [])).stage == "REGISTERED"
    other = negotiating()
    other = on(leads, other, register(other, DEPT, LICENCE, rules(), []))
    other = on(leads, other, sign(other, DEPT, CONTRACT, rules(), []))
    assert (other.stage, set(other.trail)) == ("SIGNED", {"LEAD", "SCREENED", "NEGOTIATING", "REGISTERED", "SIGNED"})
    with refused("stage_passed"):
        register(other, DEPT, LICENCE, rules(), [])


def test_started_means_signed_and_registered() -> None:
    with refused("not_signed_and_registered"):
        start(signed(), DEPT, GROUND, rules())


@pytest.mark.parametrize("works", ["SURVEY", "LEVELLING", "DEMOLITION", "TEMPORARY_BUILDING"])
def test_levelling_ground_is_no_start_of_construction(works: str) -> None:
    lead = on(leads, signed(), register(signed(), DEPT, LICENCE, rules(), []))
    with refused("not_a_start"):
        start(lead, DEPT, GROUND.model_copy(update={"works": works}), rules())


def test_a_project_goes_to_production_with_all_its_evidence() -> None:
    lead = on(leads, signed(), register(signed(), DEPT, LICENCE, rules(), []))
    lead = on(leads, lead, start(lead, DEPT, GROUND, rules()))
    told = begin_production(lead, DEPT, Production(completed_on=date(2026, 3, 9), proof="FIRST_TAX", document="完税证明"), rules())
    assert isinstance(told, LeadStageAdvanced)
    lead = on(leads, lead, told)
    assert lead.stage == "IN_PRODUCTION"
    assert [p.stage for p in lead.evidence] == ["NEGOTIATING", "SIGNED", "REGISTERED", "STARTED", "IN_PRODUCTION"]


def test_what_is_proved_lies_in_the_past() -> None:
    with refused("date_ahead"):
        sign(negotiating(), DEPT, CONTRACT.model_copy(update={"signed_on": date(2026, 3, 10)}), rules(), [])


def test_an_agreement_is_turned_into_a_contract_once() -> None:
    lead = on(leads, negotiating(), sign(negotiating(), DEPT, AGREEMENT, rules(), []))
    lead = on(leads, lead, conclude_contract(lead, DEPT, CONTRACT))
    with refused("no_agreement_to_turn"):
        conclude_contract(lead, DEPT, CONTRACT)


def test_the_only_referrer_has_both_roles_six_to_four_and_the_signature_freezes_it() -> None:
    lead = negotiating()
    _, assigned = sign(lead, DEPT, CONTRACT, rules(), [])
    assert isinstance(assigned, LeadCreditAssigned)
    assert {c.role: c.permille for c in assigned.credits} == {"INFORMATION": 600, "FACILITATION": 400}
    with refused("credit_closed"):
        share_credit(on(leads, signed(), register(signed(), DEPT, LICENCE, rules(), [])), DEPT, assigned.credits)


def test_shares_make_one() -> None:
    halves = (
        Credit(association=LOGISTICS, role="INFORMATION", permille=600),
        Credit(association=AUTOMOTIVE, role="FACILITATION", permille=300),
    )
    with refused("credit_not_whole"):
        share_credit(negotiating(), DEPT, halves)
    whole = (halves[0], halves[1].model_copy(update={"permille": 400}))
    lead = on(leads, negotiating(), share_credit(negotiating(), DEPT, whole))
    assert lead.credits == whole
    assert AUTOMOTIVE in lead.parties


def test_a_firm_earns_no_association_credit() -> None:
    lead = a_lead(by=COMPANY, introducer=COMPANY)
    assert accepted(lead).credits == ()
    with refused("credit_not_association"):
        share_credit(accepted(lead), DEPT, (Credit(association=COMPANY, role="INFORMATION", permille=1000),))


def test_credit_is_confirmed_by_investor_new_city_and_department() -> None:
    lead, told = signed(), None
    for by in (call("ENTERPRISE", organisation=FIRM), call("NEW_CITY", district="XX-KG"), DEPT):
        told = confirm_credit(lead, by)
        lead = on(leads, lead, told)
    assert told is not None
    assert told.complete
    assert lead.credit_confirmed == ("INVESTOR", "NEW_CITY", "INVEST_DEPT")
    with refused("already_confirmed"):
        confirm_credit(lead, DEPT)


def test_only_the_investor_confirms_for_the_investor() -> None:
    with refused("not_the_investor"):
        confirm_credit(signed(), call("ENTERPRISE", organisation=COMPANY))
    assert confirm_credit(signed(), DEPT, for_investor="投资方确认函").side == "INVESTOR"


def test_verified_money_does_not_shrink() -> None:
    lead = on(leads, signed(), verify_funds(signed(), DEPT, 100, 200))
    with refused("total_shrinks"):
        verify_funds(lead, DEPT, 99, 200)


def test_a_dropped_lead_frees_the_project_and_takes_it_back_when_reopened() -> None:
    lead = on(leads, negotiating(), drop(negotiating(), DEPT, "NO_SITE", "无合适用地"))
    assert (lead.stage, lead.claim) == ("DROPPED", None)
    lead = on(leads, lead, reopen(lead, DEPT, "已协调用地", rules(), []))
    assert (lead.stage, lead.claim, lead.held_until) == ("NEGOTIATING", lead.project_key, date(2026, 9, 9))


def test_a_dropped_lead_stays_closed_when_another_holds_the_project() -> None:
    lead = on(leads, accepted(), drop(accepted(), DEPT, "NO_CONTACT", "失联"))
    with refused("claim_taken"):
        reopen(lead, DEPT, "恢复联系", rules(), [accepted(a_lead("lead-2", AUTOMOTIVE))])


def test_a_lead_may_be_reopened_at_an_earlier_stage_but_not_at_one_never_reached() -> None:
    lead = on(leads, signed(), drop(signed(), DEPT, "INVESTOR_WITHDREW", "退出"))
    back = on(leads, lead, reopen(lead, DEPT, "重新洽谈", rules(), [], back_to="NEGOTIATING"))
    assert (back.stage, back.trail, [p.stage for p in back.evidence]) == (
        "NEGOTIATING",
        ("LEAD", "SCREENED", "NEGOTIATING"),
        ["NEGOTIATING"],
    )
    with refused("never_there"):
        reopen(lead, DEPT, "x", rules(), [], back_to="STARTED")


def test_a_lead_whose_hold_ran_out_signs_only_if_nobody_else_holds_the_project() -> None:
    free = on(leads, negotiating(), expire_claim(negotiating(), call("CLOCK")))
    with refused("claim_taken"):
        sign(free, DEPT, CONTRACT, rules(), [accepted(a_lead("lead-2", AUTOMOTIVE))])
    assert on(leads, free, sign(free, DEPT, CONTRACT, rules(), [])).claim == free.project_key


def test_a_deregistered_introducer_loses_unfrozen_credit_and_keeps_frozen() -> None:
    gone = AssociationEnded(uscc=LOGISTICS)
    before = lose_ended_introducer(negotiating(), call("PLATFORM"), gone)
    after = lose_ended_introducer(signed(), call("PLATFORM"), gone)
    assert (before.credits, before.introducer_lost, len(after.credits)) == ((), True, 2)


def test_the_project_goes_to_another_new_city_with_a_reason() -> None:
    with refused("already_there"):
        reassign(negotiating(), DEPT, "XX-KG", "x")
    assert on(leads, negotiating(), reassign(negotiating(), DEPT, "XX-FD", "用地在沣东")).new_city == "XX-FD"


def test_a_new_city_sees_its_own_leads_only_and_may_not_screen() -> None:
    leads.admit(negotiating(), call("NEW_CITY", district="XX-KG"))
    with pytest.raises(NotFound):
        leads.admit(negotiating(), call("NEW_CITY", district="XX-FD"))
    with pytest.raises(NotAllowed):
        leads.permit(leads.moves["screen"], a_lead(), call("NEW_CITY"))


def test_another_association_does_not_see_the_lead() -> None:
    with pytest.raises(NotFound):
        leads.admit(a_lead(), call(organisation=AUTOMOTIVE))


@pytest.mark.parametrize(
    ("reported", "answered_by"),
    [
        ("2026-02-13", "2026-02-14"),  # Friday; the Saturday before the Spring Festival is a working day
        ("2026-02-14", "2026-02-24"),  # the feast lasts from the 15th to the 23rd
        ("2026-02-18", "2026-02-24"),  # reported in the middle of it
        ("2026-09-30", "2026-10-08"),  # National Day, from the 1st to the 7th
        ("2026-10-09", "2026-10-10"),  # the Saturday after it is worked
        ("2026-09-19", "2026-09-20"),  # and so is the Sunday before it
    ],
)
def test_the_day_to_answer_a_lead_is_a_working_day_across_the_holidays_of_2026(reported: str, answered_by: str) -> None:
    at = datetime.fromisoformat(f"{reported}T04:00:00+00:00")
    due = a_lead(at=at).response_due
    assert due.date().isoformat() == answered_by
    ((first, move), _) = leads.clocks(a_lead(at=at), {})
    assert (first, move.name) == (due, "press_for_answer")


def test_three_days_a_week_and_a_fortnight_are_working_days() -> None:
    """From the eve of the Spring Festival of 2026: the 24th is the first working day, and the Saturday of the 28th is one."""
    eve = datetime(2026, 2, 14, 4, tzinfo=UTC)
    due = {"study": rules().screening_due(eve, a_project()), "large": rules().screening_due(eve, a_project(amount_total=10_000_000_000)),
           "feedback": rules().feedback_due(eve), "follow up": rules().follow_up_due(eve)}  # fmt: skip
    assert {n: t.date().isoformat() for n, t in due.items()} == {
        "study": "2026-02-26", "large": "2026-02-28", "feedback": "2026-02-28", "follow up": "2026-03-06",
    }  # fmt: skip
