from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.matchmaking.leads.facts import Lead
from services.matchmaking.leads.forms import Credit
from services.matchmaking.leads.lead_reward import (
    AssociationEnded,
    LeadCreditConfirmed,
    LeadDropped,
    LeadFundsVerified,
    LeadRewardDue,
    LeadStageAdvanced,
    Reward,
    approve,
    claim,
    fall_due_with_credit,
    fall_due_with_funds,
    fall_due_with_production,
    lapse,
    pay,
    remind,
    rewards,
    send_back,
    withdraw_for_dropped,
    withdraw_for_ended,
)
from services.matchmaking.leads.reward_rules import reward_rules, split
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, a_lead, call, on, refused

RULES = reward_rules().get("REWARD", "2021-1")
SHARES = (
    Credit(association=LOGISTICS, role="INFORMATION", permille=600),
    Credit(association=AUTOMOTIVE, role="FACILITATION", permille=400),
)
CONFIRMED = ("INVESTOR", "NEW_CITY", "INVEST_DEPT")
YUAN = 100


def landed(**more: Any) -> Lead:
    """Signed, its credit confirmed by all three sides, 20 million CNY of fixed assets verified, the capital paid in."""
    said = {
        "stage": "STARTED",
        "credits": SHARES,
        "credit_confirmed": CONFIRMED,
        "paid_in": 5_000_000 * YUAN,
        "fixed_assets_verified": 20_000_000 * YUAN,
    }
    return a_lead(**(said | more))


def funds(lead: Lead, there: list[Reward] | None = None) -> list[LeadRewardDue]:
    return fall_due_with_funds(call("PLATFORM"), LeadFundsVerified(about=lead.id, paid_in=lead.paid_in), lead, there or [])


def production(lead: Lead, there: list[Reward]) -> list[LeadRewardDue]:
    return fall_due_with_production(call("PLATFORM"), LeadStageAdvanced(about=lead.id, stage="IN_PRODUCTION"), lead, there)


def opened(told: list[LeadRewardDue]) -> list[Reward]:
    return [rewards.open(t, "x") for t in told]


def one() -> Reward:
    return opened(funds(landed()))[0]


def claimed() -> Reward:
    return on(rewards, one(), claim(one(), call(), "无利益关系", "claim.pdf", RULES))


def test_three_permille_thirty_percent_of_it_when_the_funds_are_there_split_by_the_shares() -> None:
    told = funds(landed())
    assert [(t.association, t.amount // YUAN) for t in told] == [(LOGISTICS, 10_800), (AUTOMOTIVE, 7_200)]
    assert told[0].award == 60_000 * YUAN
    assert (told[0].claim_by, told[0].remind_on) == (date(2027, 3, 9), date(2027, 2, 7))


def test_a_project_is_worth_a_million_at_the_most() -> None:
    assert funds(landed(fixed_assets_verified=900_000_000 * YUAN))[0].award == 1_000_000 * YUAN


def test_nothing_is_due_before_all_three_sides_have_confirmed_or_without_funds() -> None:
    assert funds(landed(credit_confirmed=CONFIRMED[:2])) == []
    assert funds(landed(paid_in=0)) == []
    assert funds(landed(fixed_assets_verified=0)) == []
    half = LeadCreditConfirmed(about="lead-1", complete=False)
    assert fall_due_with_credit(call("PLATFORM"), half, landed(), []) == []
    whole = LeadCreditConfirmed(about="lead-1", complete=True)
    assert len(fall_due_with_credit(call("PLATFORM"), whole, landed(), [])) == 2


def test_what_is_there_is_not_due_again() -> None:
    assert funds(landed(), opened(funds(landed()))) == []


def test_production_brings_the_rest_of_what_is_verified_by_then() -> None:
    first = opened(funds(landed()))
    grown = landed(stage="IN_PRODUCTION", fixed_assets_verified=40_000_000 * YUAN)
    told = production(grown, first)
    assert {t.tranche for t in told} == {"PRODUCTION"}
    assert sum(t.amount for t in told) + sum(r.amount for r in first) == RULES.award(40_000_000 * YUAN) == 120_000 * YUAN


def test_production_with_nothing_claimable_before_brings_both_parts_at_once() -> None:
    told = production(landed(stage="IN_PRODUCTION"), [])
    assert sorted({t.tranche for t in told}) == ["FUNDS", "PRODUCTION"]
    assert sum(t.amount for t in told) == 60_000 * YUAN


@given(st.integers(0, 10**12), st.lists(st.integers(1, 999), min_size=1, max_size=9))
def test_the_parts_add_up_to_the_fen_and_no_part_is_a_fen_off(amount: int, permilles: list[int]) -> None:
    credits = [Credit(association=LOGISTICS, role="INFORMATION", permille=p) for p in permilles]
    named = [c.model_copy(update={"association": f"a{n}"}) for n, c in enumerate(credits)]
    dealt = split(amount, named)
    assert sum(dealt.values()) == amount
    assert all(abs(dealt[c.association] * sum(permilles) - amount * c.permille) < sum(permilles) for c in named)


def test_it_is_claimed_granted_and_paid_to_the_association() -> None:
    granted = on(rewards, claimed(), approve(claimed(), call("INVEST_DEPT"), RULES))
    with refused("date_ahead"):
        pay(granted, call("INVEST_DEPT"), NOON.date() + timedelta(days=1), "V-1")
    paid = on(rewards, granted, pay(granted, call("INVEST_DEPT"), NOON.date(), "V-1"))
    assert (paid.stage, paid.paid_on) == ("PAID", NOON.date())


def test_sent_back_it_may_be_claimed_again() -> None:
    back = on(rewards, claimed(), send_back(claimed(), call("INVEST_DEPT"), "请补充合同"))
    assert (back.stage, back.claimed_on, back.decide_by) == ("DUE", None, None)
    assert on(rewards, back, claim(back, call(), "无", "claim-2.pdf", RULES)).stage == "CLAIMED"


def test_it_is_decided_within_twenty_working_days_also_across_a_holiday() -> None:
    before_the_holidays = date(2026, 9, 28)
    assert RULES.decide_by(date(2026, 3, 9)) == date(2026, 4, 7)
    assert (RULES.decide_by(before_the_holidays) - before_the_holidays).days > 28


def test_unclaimed_for_a_year_it_is_reminded_of_and_lapses() -> None:
    reminded = on(rewards, one(), remind(one(), call("CLOCK")))
    assert reminded.remind_on is None
    assert on(rewards, reminded, lapse(reminded, call("CLOCK"))).stage == "LAPSED"


def test_it_ends_with_the_project_until_it_is_granted_and_with_the_association_always() -> None:
    dropped = withdraw_for_dropped(claimed(), call("PLATFORM"), LeadDropped(about="lead-1"))
    assert on(rewards, claimed(), dropped).stage == "WITHDRAWN"
    assert "APPROVED" not in rewards.moves["withdraw_for_dropped"].when
    gone = withdraw_for_ended(one(), call("PLATFORM"), AssociationEnded(about=LOGISTICS, uscc=LOGISTICS))
    assert gone.cause == "ASSOCIATION_GONE"
