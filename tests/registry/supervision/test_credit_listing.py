"""Credit lists (R27; domain §3.6): proposed, listed, removed, each with its terms."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.registry.supervision import credit_listing as c
from services.registry.supervision import credit_removal as off
from services.registry.supervision.credit_listing import credit_listings
from services.registry.supervision.credit_rules import RULES, AbnormalListingAdded, SeriousListingDue
from shared.record import SHANGHAI, Malformed, Refused
from shared.workdays import working_days_after
from tests.registry.examples import AIR, MARCH_2, after, by

NOW = RULES.in_force(MARCH_2)
MISSED = c.AnnualReportOverdue(about=f"{AIR}~2025", association=AIR, year=2025)


def proposed(reason="NO_PARTY_ORGANISATION") -> c.CreditListing:
    return credit_listings.open(
        c.propose(by("SO_ADMIN"), c.AbnormalProposal(association=AIR, reason=reason, evidence="检查记录"), NOW), "list-1"
    )


def listed(reason="NO_PARTY_ORGANISATION") -> c.CreditListing:
    return after(credit_listings, proposed(reason), c.confirm(proposed(reason), by("SO_ADMIN"), NOW))


def serious() -> c.CreditListing:
    form = c.SeriousProposal(association=AIR, reason="LARGE_FINE", evidence="处罚决定")
    record = credit_listings.open(c.propose_serious(by("SO_ADMIN"), form, NOW), "list-2")
    return after(credit_listings, record, c.confirm(record, by("SO_ADMIN"), NOW))


def days(record: c.CreditListing) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in credit_listings.clocks(record, {})]


# ── proposals ─────────────────────────────────────────────────────────────────────────────────────
def test_a_missed_annual_report_proposes_by_itself_once() -> None:
    event = c.propose_for_missed_report(by("PLATFORM"), MISSED, NOW, [])
    assert event is not None
    assert (event.association, event.list, event.reason) == (AIR, "ABNORMAL", "ANNUAL_REPORT_NOT_FILED")
    record = credit_listings.open(event, "list-1")
    assert c.propose_for_missed_report(by("PLATFORM"), MISSED, NOW, [record]) is None
    assert c.add_missed_report(record, by("PLATFORM"), MISSED, NOW) is None
    another = c.AnnualReportOverdue(about=f"{AIR}~2026", association=AIR, year=2026)
    added = c.add_missed_report(record, by("PLATFORM"), another, NOW)
    assert len(after(credit_listings, record, added).causes) == 2


def test_one_open_listing_for_each_association_and_list() -> None:
    assert ("claim",) in credit_listings.unique
    assert proposed().claim == f"{AIR}~ABNORMAL"
    assert serious().claim == f"{AIR}~SERIOUS"


@pytest.mark.parametrize(("apart", "enough"), [(19, False), (20, True), (60, True), (61, False)])
def test_unreachable_is_two_letters_twenty_to_sixty_days_apart(apart: int, enough: bool) -> None:
    sent = (date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=apart))
    form = c.AbnormalProposal(association=AIR, reason="UNREACHABLE", evidence="邮寄凭证", letters_sent_on=sent)
    if enough:
        assert c.propose(by("SO_ADMIN"), form, NOW)
        return
    with pytest.raises(Malformed):
        c.propose(by("SO_ADMIN"), form, NOW)


def test_a_reason_belongs_to_its_list() -> None:
    with pytest.raises(ValidationError):
        c.AbnormalProposal.model_validate({"association": AIR, "reason": "LARGE_FINE", "evidence": "x"})
    with pytest.raises(Malformed):
        c.add_cause(listed(), by("SO_ADMIN"), "LARGE_FINE", "处罚决定", NOW)


def test_information_enters_within_five_working_days() -> None:
    record = proposed()
    assert record.decide_by == working_days_after(MARCH_2, 5)
    assert days(record) == [(record.decide_by + timedelta(days=1), "press_for_decision")]


def test_a_proposal_may_be_dismissed() -> None:
    record = after(credit_listings, proposed(), c.dismiss(proposed(), by("SO_ADMIN"), "情形不存在"))
    assert (record.stage, record.claim) == ("DISMISSED", None)


# ── objection ─────────────────────────────────────────────────────────────────────────────────────
def test_an_objection_is_answered_before_the_decision() -> None:
    record = after(credit_listings, proposed(), c.object_(proposed(), by("ASSOCIATION"), "已设立党组织", NOW))
    with pytest.raises(Refused) as no:
        c.confirm(record, by("SO_ADMIN"), NOW)
    assert no.value.code == "objection_open"
    assert after(credit_listings, record, c.answer_objection(record, by("SO_ADMIN"), True, "属实")).stage == "DISMISSED"
    kept = after(credit_listings, record, c.answer_objection(record, by("SO_ADMIN"), False, "不属实"))
    assert isinstance(c.confirm(kept, by("SO_ADMIN"), NOW), AbnormalListingAdded)


def test_an_upheld_objection_takes_off_the_list() -> None:
    record = after(credit_listings, listed(), c.object_(listed(), by("ASSOCIATION"), "有误", NOW))
    record = after(credit_listings, record, c.answer_objection(record, by("SO_ADMIN"), True, "属实"))
    assert (record.stage, record.removal_ground) == ("REMOVED", "OBJECTION_UPHELD")


# ── the way off ───────────────────────────────────────────────────────────────────────────────────
def test_duty_done_verified_and_off_within_five_working_days() -> None:
    record = after(credit_listings, listed(), off.request_removal(listed(), by("ASSOCIATION"), "已整改"))
    with pytest.raises(Refused):
        off.remove(record, by("SO_ADMIN"))
    record = after(credit_listings, record, off.verify_removal(record, by("SO_ADMIN"), True, "属实", NOW))
    assert record.remove_by == working_days_after(MARCH_2, 5)
    assert (record.remove_by + timedelta(days=1), "remove_verified") in days(record)
    gone = after(credit_listings, record, off.remove(record, by("SO_ADMIN")))
    assert (gone.stage, gone.removal_ground, gone.claim) == ("REMOVED", "DUTY_DONE", None)


def test_a_duty_not_done_is_no_way_off() -> None:
    record = after(credit_listings, listed(), off.request_removal(listed(), by("ASSOCIATION"), "已整改"))
    record = after(credit_listings, record, off.verify_removal(record, by("SO_ADMIN"), False, "不属实", NOW))
    assert (record.stage, record.requested_on) == ("LISTED", None)


def test_where_nothing_can_be_made_good_six_months_decide_and_another_cause_restarts_them() -> None:
    record = listed("SMALL_PENALTY")
    assert record.release_on == date(2026, 9, 2)
    assert days(record)[0] == (date(2026, 9, 3), "release_after_term")
    with pytest.raises(Refused) as no:
        off.request_removal(record, by("ASSOCIATION"), "x")
    assert no.value.code == "nothing_to_rectify"
    again = after(credit_listings, record, c.add_cause(record, by("SO_ADMIN", date(2026, 8, 1)), "SMALL_PENALTY", "处罚决定", NOW))
    assert again.release_on == date(2027, 2, 1)
    assert off.release_after_term(record, by("CLOCK", date(2026, 9, 3))).removal_ground == "TERM_ENDED"


def test_what_can_be_made_good_has_no_term() -> None:
    assert listed().release_on is None


def test_two_years_on_the_abnormal_list_propose_the_other() -> None:
    record = listed()
    assert days(record) == [(date(2028, 3, 3), "escalate")]
    record = after(credit_listings, record, off.escalate(record, by("CLOCK", date(2028, 3, 3))))
    assert days(record) == []
    event = c.propose_after_two_years(by("PLATFORM"), c.SeriousListingTime(about="list-1", association=AIR), NOW, [])
    assert event is not None
    assert (event.list, event.reason) == ("SERIOUS", "TWO_YEARS_ABNORMAL")


def test_two_small_penalties_within_three_years_propose_the_other() -> None:
    record = listed("SMALL_PENALTY")
    assert any(isinstance(e, SeriousListingDue) for e in c.add_cause(record, by("SO_ADMIN", date(2029, 3, 2)), "SMALL_PENALTY", "x", NOW))
    assert not any(
        isinstance(e, SeriousListingDue) for e in c.add_cause(record, by("SO_ADMIN", date(2029, 3, 3)), "SMALL_PENALTY", "x", NOW)
    )


def test_the_serious_list_is_left_after_two_years_on_application() -> None:
    record = serious()
    with pytest.raises(Refused) as no:
        off.request_removal(record, by("ASSOCIATION", date(2028, 3, 1)), "已满两年")
    assert no.value.code == "term_not_over"
    assert off.request_removal(record, by("ASSOCIATION", date(2028, 3, 2)), "已满两年")
    assert days(record) == []


def test_a_revoked_association_stays_on_the_serious_list_until_it_is_struck_off() -> None:
    event = c.propose_for_revocation(by("PLATFORM"), c.RegistrationRevoked(about=AIR, uscc=AIR), NOW, [])
    assert event is not None
    record = credit_listings.open(event, "list-3")
    record = after(credit_listings, record, c.confirm(record, by("SO_ADMIN"), NOW))
    record = after(credit_listings, record, off.close(record, by("PLATFORM"), off.Deregistered(about=AIR, uscc=AIR)))
    assert (record.stage, record.removal_ground) == ("REMOVED", "ASSOCIATION_ENDED")
