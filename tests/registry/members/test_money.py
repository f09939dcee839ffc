"""Fee standards, fees of a year and income (R5, R6; domain §3.4, §4.4 2.4.4)."""

from datetime import date

import pytest

from services.registry.members import annual_income as i
from services.registry.members import fee as f
from services.registry.members import fee_standard as s
from services.registry.members import membership as m
from services.registry.members.fee import membership_fees
from services.registry.members.fee_rules import RULES
from services.registry.members.fee_standard import fee_standards
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, LEAD, MARCH_2, PERSON, after, association, by
from tests.registry.governance_hints import held_meeting

RULE = RULES.in_force(MARCH_2)
TIERS = (("MEMBER", 200_000), ("COUNCIL", 500_000), ("VICE_PRESIDENT", 1_000_000), ("PRESIDENT", 3_000_000))
ASSEMBLY = held_meeting(AIR, MARCH_2, "GENERAL_ASSEMBLY", "FEE_STANDARD")


def adopt(tiers=TIERS, held=ASSEMBLY, known=(), **other) -> s.MembershipFeeStandardAdopted:
    form = s.NewStandard.model_validate(
        {"meeting": "m-1", "effective_from": MARCH_2, "tiers": [{"tier": t, "amount": a} for t, a in tiers]} | other
    )
    return s.adopt(by("ASSOCIATION"), form, held, association(), list(known), RULE)


def standard() -> s.FeeStandard:
    return fee_standards.open(adopt(), "")


def member(uscc: str = LEAD, tier: str = "COUNCIL", kind: str = "UNIT", joined: date = date(2025, 6, 1)) -> m.Membership:
    told = m.MemberJoined(association=AIR, member=uscc, kind=kind, tier=tier, seat=f"{AIR}~{uscc}", joined_on=joined)
    return m.memberships.open(told, "stay-1")


def charge(members=None, there=(), known=None, year: int = 2026, due: date | None = None) -> list[f.MembershipFeeCharged]:
    members, known = [member()] if members is None else members, [standard()] if known is None else known
    return f.charge_year(by("ASSOCIATION"), f.ChargesYear(year=year, due=due), association(), list(members), list(there), list(known), RULE)


def fee(**other) -> f.MembershipFee:
    return membership_fees.open(charge()[0], "").model_copy(update=other)


def test_four_tiers_by_secret_ballot_to_be_published_in_thirty_days() -> None:
    event = adopt()
    assert (event.tier_count, event.secret_ballot, event.publish_by) == (4, True, date(2026, 4, 1))


def test_a_fifth_tier_is_too_many_and_each_stands_once() -> None:
    with pytest.raises(Malformed) as no:
        adopt((*TIERS, ("HONORARY", 1)))
    assert no.value.code == "too_many_tiers"
    with pytest.raises(Malformed):
        adopt((TIERS[0], TIERS[0]))


def test_an_open_ballot_is_none() -> None:
    open_ = ASSEMBLY.model_copy(update={"ballots": tuple(b.model_copy(update={"secret": False, "valid": False}) for b in ASSEMBLY.ballots)})
    with pytest.raises(Refused) as no:
        adopt(held=open_)
    assert no.value.code == "ballot_not_valid"


@pytest.mark.parametrize(("day", "days", "late"), [(date(2026, 4, 1), 30, False), (date(2026, 4, 2), 31, True)])
def test_published_within_thirty_days_or_late(day: date, days: int, late: bool) -> None:
    event = s.publish(standard(), by("ASSOCIATION", day), day)
    assert (event.days, event.late) == (days, late)


def test_a_later_standard_takes_the_place_of_the_one_before() -> None:
    later = s.StandardAdopted(about="x", association=AIR, adopted_on=date(2027, 3, 1))
    assert after(fee_standards, standard(), s.replace(standard(), by("PLATFORM"), later)).stage == "REPLACED"
    assert s.replace(standard(), by("PLATFORM"), later.model_copy(update={"adopted_on": MARCH_2})) is None


def test_a_year_is_charged_by_tier_and_due_on_30_june() -> None:
    (event,) = charge()
    assert (event.amount, event.due, event.standard) == (500_000, date(2026, 6, 30), MARCH_2)


def test_who_is_charged_already_or_joined_later_is_left_out() -> None:
    with pytest.raises(Refused) as no:
        charge(there=[fee()])
    assert no.value.code == "nobody_left"
    with pytest.raises(Refused):
        charge([member(joined=date(2027, 1, 1))])


def test_no_standard_no_fee() -> None:
    with pytest.raises(Refused) as no:
        charge(known=[])
    assert no.value.code == "no_fee_standard"
    with pytest.raises(Refused) as none:
        charge([member(tier="HONORARY")])
    assert none.value.more["tiers"] == ["HONORARY"]


def test_paid_in_parts_and_never_more_than_owed() -> None:
    part = f.pay(fee(), by("ASSOCIATION"), 200_000, MARCH_2)
    assert isinstance(part, f.MembershipFeePartPaid)
    record = after(membership_fees, fee(), part)
    with pytest.raises(Malformed):
        f.pay(record, by("ASSOCIATION"), 300_001, MARCH_2)
    whole = f.pay(record, by("ASSOCIATION"), 300_000, MARCH_2)
    assert isinstance(whole, f.MembershipFeePaid)
    assert (whole.paid, whole.late) == (500_000, False)


def test_after_30_june_it_is_overdue_and_may_still_be_paid_or_waived() -> None:
    record = after(membership_fees, fee(), f.expire(fee(), by("CLOCK", date(2026, 7, 1))))
    assert record.stage == "OVERDUE"
    paid = f.pay(record, by("ASSOCIATION", date(2026, 7, 2)), 500_000, date(2026, 7, 2))
    assert isinstance(paid, f.MembershipFeePaid)
    assert paid.late
    assert after(membership_fees, record, f.waive(record, by("ASSOCIATION"), "困难企业")).stage == "WAIVED"


@pytest.mark.parametrize("stage", ["ACTIVE", "SUSPENDED"])
def test_nobody_is_held_back_by_an_unpaid_fee(stage: str) -> None:
    """Leaving asks for nothing: the rule is handed no fee at all, whatever is owed."""
    move = m.memberships.moves["leave"]
    assert move.given == {}
    assert fee(stage="OVERDUE").stage == "OVERDUE"
    left = m.leave(member().model_copy(update={"stage": stage}), by("ENTERPRISE"), "FEE_BURDEN")
    assert left.exit_reason == "FEE_BURDEN"


MIX = i.Mix(dues=800_000, donations=100_000, gov_purchase=0, services=100_000, other=0)


def test_who_lives_of_one_source_depends_on_it() -> None:
    assert MIX.total == 1_000_000
    assert i.leaning(MIX, RULE) == ("DUES", 800, True)
    assert i.leaning(MIX.model_copy(update={"services": 101_000}), RULE) == ("DUES", 799, False)
    assert i.leaning(i.Mix(dues=0, donations=0, gov_purchase=0, services=0, other=0), RULE) == ("DUES", 0, False)


def test_a_year_is_filed_when_it_is_over_and_then_audited() -> None:
    record = i.annual_incomes.open(i.draft(by("ASSOCIATION"), 2025, MIX, association(), RULE), "")
    filed = i.file(record, by("ASSOCIATION"), RULE)
    assert (filed.total, filed.dues_permille, filed.dependent) == (1_000_000, 800, True)
    record = after(i.annual_incomes, record, filed)
    found = MIX.model_copy(update={"other": 1})
    assert i.audit(record, by("ASSOCIATION"), found, LEAD, "audit.pdf", RULE).changed
    current = i.annual_incomes.open(i.draft(by("ASSOCIATION"), 2026, MIX, association(), RULE), "")
    with pytest.raises(Refused) as no:
        i.file(current, by("ASSOCIATION"), RULE)
    assert no.value.code == "year_not_over"


def test_a_person_pays_by_reference() -> None:
    assert charge([member(PERSON, "MEMBER", "PERSON")])[0].member == PERSON
