"""Charter approval (art. 18; domain §3.3)."""

from datetime import date, timedelta

import pytest

from services.registry.registration import charter_case as c
from services.registry.registration.charter_case import charter_cases
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by, papers_for

UNDER = {"supervising_unit": "dept:fic", "affiliation": "FIC", "change_consent_role": "FIC"}


def adopted(holder=None, on: date = MARCH_2, busy: bool = False):
    form = c.CharterForm(association=AIR, charter="章程-2026.pdf", adopted_on=on)
    return charter_cases.open(c.adopt(by("ASSOCIATION"), form, holder or association(), busy), "charter-1")


def filed(case, on: date = MARCH_2, without: str = ""):
    return after(
        charter_cases, case, c.file(case, by("ASSOCIATION", on), papers_for("CHARTER", case.consent_role is not None, (), without))
    )


def test_thirty_days_run_from_the_ballot_or_from_the_consent_of_the_federation_that_supervises() -> None:
    assert (adopted().stage, adopted().file_by) == ("CONSENTED", MARCH_2 + timedelta(days=30))
    case = adopted(association(**UNDER))
    assert (case.stage, case.file_by) == ("ADOPTED", None)
    with pytest.raises(Refused) as no:
        c.consent(case, by("SUPERVISING_UNIT"), "1号")
    assert no.value.code == "not_the_supervisor"
    agreed = after(charter_cases, case, c.consent(case, by("FIC", date(2026, 3, 9)), "1号"))
    assert agreed.file_by == date(2026, 4, 8)
    assert after(charter_cases, case, c.decline_consent(case, by("FIC"), "不同意")).open_for is None


@pytest.mark.parametrize("paper", ["ADOPTED_CHARTER", "BALLOT_RECORD"])
def test_charter_and_ballot_record_are_needed(paper: str) -> None:
    with pytest.raises(Refused) as no:
        filed(adopted(), without=paper)
    assert no.value.more["missing"] == [paper]


@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
def test_in_time_or_late(days: int, late: bool) -> None:
    assert filed(adopted(), MARCH_2 + timedelta(days=days)).late is late


def test_approved_the_charter_holds_and_another_may_be_adopted() -> None:
    case = filed(adopted())
    event = c.approve(case, by("REG_AUTHORITY", date(2026, 3, 20)))
    assert (event.charter, event.adopted_on, event.approved_on) == ("章程-2026.pdf", MARCH_2, date(2026, 3, 20))
    done = after(charter_cases, case, event)
    assert (done.stage, done.open_for) == ("APPROVED", None)


def test_returned_refused_withdrawn_overtaken() -> None:
    case = filed(adopted())
    with pytest.raises(Malformed):
        c.return_papers(case, by("REG_AUTHORITY"), ())
    back = after(charter_cases, case, c.return_papers(case, by("REG_AUTHORITY"), ("缺表决记录",)))
    assert (back.stage, back.file_by) == ("CONSENTED", MARCH_2 + timedelta(days=30))
    for event in (c.refuse(case, by("REG_AUTHORITY"), "不符"), c.withdraw(case, by("ASSOCIATION"), "暂缓"),
                  c.lapse(case, by("PLATFORM"), c.AssociationLiquidationStarted(about=AIR, uscc=AIR)),
                  c.lapse_when_revoked(case, by("PLATFORM"), c.AssociationRegistrationRevoked(about=AIR, uscc=AIR))):  # fmt: skip
        assert after(charter_cases, case, event).open_for is None


def test_clocks_remind_ten_and_three_days_before_and_press_once() -> None:
    case, last = adopted(), MARCH_2 + timedelta(days=30)
    at = [(t.astimezone(SHANGHAI).date(), m.name) for t, m in charter_cases.clocks(case, {})]
    assert at == [(last - timedelta(days=10), "remind"), (last + timedelta(days=1), "press_for_filing")]
    assert c.remind(case, by("CLOCK", last - timedelta(days=3))).days_left == 3
    assert after(charter_cases, case, c.press_for_filing(case, by("CLOCK", last + timedelta(days=1)))).overdue


@pytest.mark.parametrize("on", [date(2024, 3, 1), MARCH_2 + timedelta(days=1)])
def test_adopted_between_the_registration_and_today(on: date) -> None:
    with pytest.raises(Malformed):
        adopted(on=on)
    with pytest.raises(Refused) as no:
        adopted(association("DEREGISTERED"))
    assert no.value.code == "association_not_working"
    with pytest.raises(Refused) as no:
        adopted(busy=True)
    assert no.value.code == "already_under_way"
