"""Membership (R5; domain §1.1, §4.4): joining, rolls of up to 500, and leaving, which nobody can forbid."""

from datetime import date, timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from services.registry.members import membership as m
from services.registry.members.membership import memberships
from shared.record import Malformed, Refused
from shared.uscc import demo_code
from tests.registry.examples import AIR, LEAD, MARCH_2, PERSON, after, association, by

FIRMS = tuple(demo_code("91611100", n) for n in range(1, 502))


def active(**other) -> m.Membership:
    (event,) = m.enrol(by("ASSOCIATION"), roll(LEAD, joined_on=date(2025, 6, 1)), association(), [])
    return memberships.open(event, "stay-1").model_copy(update=other)


def roll(*members: str, **other) -> m.Roll:
    return m.Roll(members=tuple(m.Enrolled(member=x, **other) for x in members))


def test_an_enterprise_asks_and_the_association_takes_it_in() -> None:
    event = m.apply(by("ENTERPRISE"), m.AsksToJoin(association=AIR, tier="COUNCIL"), association())
    record = memberships.open(event, "stay-1")
    assert (record.stage, record.member, record.kind, record.seat) == ("APPLIED", LEAD, "UNIT", f"{AIR}~{LEAD}")
    record = after(memberships, record, m.admit(record, by("ASSOCIATION")))
    assert (record.stage, record.joined_on, record.tier) == ("ACTIVE", MARCH_2, "COUNCIL")


def test_an_applicant_not_taken_in_has_not_left() -> None:
    record = memberships.open(m.apply(by("ENTERPRISE"), m.AsksToJoin(association=AIR), association()), "stay-1")
    record = after(memberships, record, m.decline(record, by("ASSOCIATION")))
    assert (record.stage, record.left_on, record.exit_reason, record.seat) == ("EXITED", None, None, None)


@pytest.mark.parametrize("stage", ["SUSPENDED", "LIQUIDATING", "DEREGISTERED", "REVOKED"])
def test_an_association_that_may_not_act_takes_nobody_in(stage: str) -> None:
    with pytest.raises(Refused) as no:
        m.apply(by("ENTERPRISE"), m.AsksToJoin(association=AIR), association(stage))
    assert no.value.code == "association_not_active"


def test_a_roll_is_entered_in_one_call_one_record_for_each_member() -> None:
    events = m.enrol(by("ASSOCIATION"), roll(*FIRMS[:500]), association(), [])
    assert len(events) == 500
    assert {e.association for e in events} == {AIR}
    assert {e.joined_on for e in events} == {MARCH_2}
    with pytest.raises(ValidationError):
        roll(*FIRMS)
    with pytest.raises(ValidationError):
        m.Roll(members=())


def test_nobody_stands_twice_in_a_roll_or_in_two_stays_at_once() -> None:
    with pytest.raises(Malformed) as twice:
        m.enrol(by("ASSOCIATION"), roll(FIRMS[0], FIRMS[1], FIRMS[0]), association(), [])
    assert twice.value.more["lines"] == [2]
    with pytest.raises(Refused) as no:
        m.enrol(by("ASSOCIATION"), roll(FIRMS[1], LEAD), association(), [active()])
    assert (no.value.code, no.value.more["lines"]) == ("already_a_member", [1])
    assert ("seat",) in memberships.unique


def test_nobody_has_joined_in_the_future() -> None:
    with pytest.raises(Malformed):
        m.enrol(by("ASSOCIATION"), roll(LEAD, joined_on=MARCH_2 + timedelta(days=1)), association(), [])


def test_a_code_is_kept_in_one_spelling() -> None:
    (event,) = m.enrol(by("ASSOCIATION"), roll(LEAD.lower()), association(), [])
    assert (event.member, event.seat) == (LEAD, f"{AIR}~{LEAD}")


def test_persons_are_named_by_reference_units_by_their_code() -> None:
    assert m.Enrolled(member=PERSON, kind="PERSON").member == PERSON
    for member, kind in ((LEAD, "PERSON"), ("测试人员01", "PERSON"), (PERSON, "UNIT"), ("91611100PDY00001X7", "UNIT")):
        with pytest.raises(ValidationError):
            m.Enrolled(member=member, kind=kind)


@pytest.mark.parametrize("reason", get_args(m.ExitReason))
@pytest.mark.parametrize("stage", ["ACTIVE", "SUSPENDED"])
def test_leaving_for_any_of_nine_reasons_is_always_possible(reason, stage: str) -> None:
    event = m.leave(active(stage=stage), by("ASSOCIATION"), reason)
    assert (event.exit_reason, event.left_on, event.joined_on) == (reason, MARCH_2, date(2025, 6, 1))
    assert len(get_args(m.ExitReason)) == 9


def test_a_member_leaves_by_itself_and_needs_no_reason() -> None:
    record = after(memberships, active(), m.leave(active(), by("ENTERPRISE")))
    assert (record.stage, record.exit_reason, record.seat) == ("EXITED", "OTHER", None)


@pytest.mark.parametrize("reason", ["EXPELLED", "UNPAID_LAPSED"])
def test_only_the_association_strikes_off(reason) -> None:
    with pytest.raises(Malformed):
        m.leave(active(), by("ENTERPRISE"), reason)


def test_who_has_left_may_come_back_as_a_new_stay() -> None:
    gone = after(memberships, active(), m.leave(active(), by("ENTERPRISE")))
    (again,) = m.enrol(by("ASSOCIATION"), roll(LEAD), association(), [gone])
    assert again.joined_on == MARCH_2


def test_leaving_is_dated_between_joining_and_today() -> None:
    assert m.leave(active(), by("ASSOCIATION"), "RELOCATED", date(2025, 6, 1)).left_on == date(2025, 6, 1)
    for wrong in (date(2025, 5, 31), MARCH_2 + timedelta(days=1)):
        with pytest.raises(Malformed):
            m.leave(active(), by("ASSOCIATION"), "RELOCATED", wrong)


def test_rights_rest_and_come_back() -> None:
    record = after(memberships, active(), m.suspend(active(), by("ASSOCIATION"), "未履行会员义务"))
    assert record.stage == "SUSPENDED"
    assert after(memberships, record, m.reinstate(record, by("ASSOCIATION"))).suspended_for is None


def test_a_tier_changes_to_another() -> None:
    assert after(memberships, active(), m.change_tier(active(), by("ASSOCIATION"), "PRESIDENT")).tier == "PRESIDENT"
    with pytest.raises(Refused):
        m.change_tier(active(), by("ASSOCIATION"), "MEMBER")


def test_members_of_an_association_that_ended_have_not_left_it() -> None:
    heard = m.AssociationEnded(about=AIR, uscc=AIR, ended_on=MARCH_2)
    event = m.dissolve(active(), by("PLATFORM"), heard)
    record = after(memberships, active(), event)
    assert (record.stage, record.exit_reason, record.left_on) == ("EXITED", None, MARCH_2)
