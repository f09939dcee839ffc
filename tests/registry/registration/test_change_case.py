"""Change of registered items (art. 18, 23, 27; domain §3.3)."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.registry.registration import change_case as c
from services.registry.registration.change_case import change_cases
from services.registry.registration.naming import Taken
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, OTHER, after, association, by, papers_for

UNDER = {"supervising_unit": "dept:supervising", "affiliation": "GOV_DEPT", "change_consent_role": "SUPERVISING_UNIT"}


def proposed(holder=None, taken=None, resolved_on: date = MARCH_2, on: date = MARCH_2, busy: bool = False, **items):
    form = c.ChangeForm.model_validate({"association": AIR, "items": items or {"domicile": "示范路 2 号"}, "resolved_on": resolved_on})
    return change_cases.open(c.propose(by("ASSOCIATION", on), form, holder or association(), taken or Taken(), busy), "change-1")


def filed(case, on: date = MARCH_2, without: str = ""):
    needed = papers_for("CHANGE", case.consent_role is not None, case.changed, without)
    return after(change_cases, case, c.file(case, by("ASSOCIATION", on), needed))


def refusal(act) -> str:
    with pytest.raises(Refused) as no:
        act()
    return no.value.code


# ── proposed ──────────────────────────────────────────────────────────────────────────────────────
def test_where_nobody_consents_thirty_days_run_from_the_resolution() -> None:
    case = proposed()
    assert (case.stage, case.consent_on, case.file_by) == ("CONSENTED", MARCH_2, MARCH_2 + timedelta(days=30))
    assert (case.changed, case.name_claim, case.open_for) == (("domicile",), None, AIR)


def test_where_a_unit_supervises_they_run_from_its_consent() -> None:
    case = proposed(association(**UNDER))
    assert (case.stage, case.file_by) == ("RESOLVED", None)
    assert refusal(lambda: c.consent(case, by("FIC"), "1号")) == "not_the_supervisor"
    on = date(2026, 3, 20)
    agreed = after(change_cases, case, c.consent(case, by("SUPERVISING_UNIT", on), "1号"))
    assert (agreed.stage, agreed.consent_on, agreed.file_by) == ("CONSENTED", on, on + timedelta(days=30))
    assert after(change_cases, case, c.decline_consent(case, by("SUPERVISING_UNIT"), "不同意")).stage == "REFUSED"
    assert refusal(lambda: c.decline_consent(case, by("FIC"), "不同意")) == "not_the_supervisor"


def test_a_new_name_obeys_the_rules_and_is_held_from_now_on() -> None:
    assert refusal(lambda: proposed(name="西安航空物流协会")) == "name_prefix"
    assert refusal(lambda: proposed(name="西咸新区空运协会", taken=Taken(names=(("西咸新区空运协会", AI),)))) == "name_taken"
    assert proposed(name="西咸新区空运协会").name_claim == "XX~西咸新区空运协会"
    chamber = association(kind="CHAMBER", name="西咸新区浙江商会", home_region="浙江")
    assert refusal(lambda: proposed(chamber, name="西咸新区江苏商会")) == "name_without_home"


def test_a_new_representative_represents_nobody_else() -> None:
    assert refusal(lambda: proposed(legal_representative=OTHER, taken=Taken(represents=(AI,)))) == "legal_representative_taken"
    assert proposed(legal_representative=OTHER).legal_claim == OTHER


def test_a_change_changes_something_of_an_association_at_work() -> None:
    with pytest.raises(ValidationError):
        c.Proposed()
    with pytest.raises(ValidationError):
        c.Proposed(supervising_unit="dept:fic")
    assert refusal(lambda: proposed(scope="航空物流行业服务")) == "nothing_changes"
    assert refusal(lambda: proposed(association("LIQUIDATING"))) == "association_not_working"
    assert refusal(lambda: proposed(busy=True)) == "already_under_way"
    form = c.ChangeForm.model_validate({"association": AIR, "items": {"scope": "新范围"}, "resolved_on": MARCH_2})
    assert refusal(lambda: c.propose(by("ASSOCIATION"), form, None, Taken(), False)) == "association_not_working"


@pytest.mark.parametrize("resolved", [date(2024, 3, 1), MARCH_2 + timedelta(days=1)])
def test_dates_go_in_order(resolved: date) -> None:
    with pytest.raises(Malformed):
        proposed(resolved_on=resolved)


# ── filed ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("days", "late"), [(0, False), (30, False), (31, True)])
def test_filed_later_than_thirty_days_after_the_resolution_it_is_late(days: int, late: bool) -> None:
    assert filed(proposed(), MARCH_2 + timedelta(days=days)).late is late


@pytest.mark.parametrize(
    ("items", "paper"),
    [
        ({"domicile": "示范路 2 号"}, "PREMISES_PROOF"), ({"legal_representative": OTHER}, "AUDIT_REPORT"),
        ({"registered_fund": 5_000_000}, "CAPITAL_VERIFICATION"), ({"scope": "新范围"}, "COUNCIL_RESOLUTION"), ({"scope": "新范围"}, "CHANGE_TABLE"),
    ],
)  # fmt: skip
def test_each_item_has_its_papers(items, paper: str) -> None:
    case = proposed(**items)
    with pytest.raises(Refused) as no:
        filed(case, without=paper)
    assert (no.value.code, no.value.more["missing"]) == ("papers_missing", [paper])
    assert filed(case).stage == "FILED"


def test_the_consent_is_a_paper_where_there_is_one() -> None:
    case = proposed(association(**UNDER))
    case = after(change_cases, case, c.consent(case, by("SUPERVISING_UNIT"), "1号"))
    with pytest.raises(Refused) as no:
        filed(case, without="CONSENT")
    assert no.value.more["missing"] == ["CONSENT"]


def test_papers_found_wanting_come_back_and_are_not_late_for_that() -> None:
    last = MARCH_2 + timedelta(days=30)
    case = filed(proposed(), last)
    with pytest.raises(Malformed):
        c.return_papers(case, by("REG_AUTHORITY"), ())
    back = after(change_cases, case, c.return_papers(case, by("REG_AUTHORITY", last), ("决议缺页",)))
    assert (back.stage, back.file_by, back.defects) == ("CONSENTED", last + timedelta(days=10), ("决议缺页",))
    assert not filed(back, last + timedelta(days=9)).late
    assert filed(back, last + timedelta(days=11)).late


def test_reminded_ten_and_three_days_before_and_pressed_when_the_days_are_over() -> None:
    case, last = proposed(), MARCH_2 + timedelta(days=30)

    def dates(of, fired=None):
        return [(at.astimezone(SHANGHAI).date(), move.name) for at, move in change_cases.clocks(of, fired or {})]

    assert dates(case) == [(last - timedelta(days=10), "remind"), (last + timedelta(days=1), "press_for_filing")]
    soon = c.remind(case, by("CLOCK", last - timedelta(days=10)))
    assert (soon.days_left, soon.file_by) == (10, last)
    rung = {"remind": by("CLOCK", last - timedelta(days=10)).now}
    assert dates(case, rung)[0] == (last - timedelta(days=3), "remind")
    case = after(change_cases, case, c.press_for_filing(case, by("CLOCK", last + timedelta(days=1))))
    assert case.overdue
    assert dates(case, {"remind": by("CLOCK", last).now}) == []
    assert filed(case, last + timedelta(days=2)).late


# ── registered ────────────────────────────────────────────────────────────────────────────────────
def test_what_is_registered_says_what_is_announced() -> None:
    case = filed(proposed(domicile="示范路 2 号", scope="新范围"))
    event = c.register(case, by("REG_AUTHORITY"), Taken(), False)
    assert (event.announced, event.consent_on, event.filed_on, event.late) == (("domicile",), MARCH_2, MARCH_2, False)
    assert after(change_cases, case, event).stage == "REGISTERED"


def test_a_name_like_another_is_acknowledged_by_the_officer() -> None:
    taken = Taken(names=(("西咸新区空运产业协会", AI),))
    case = filed(proposed(name="西咸新区空运协会", taken=taken))
    assert [s.name for s in case.similar] == ["西咸新区空运产业协会"]
    assert refusal(lambda: c.register(case, by("REG_AUTHORITY"), taken, False)) == "similar_names_not_acknowledged"
    assert c.register(case, by("REG_AUTHORITY"), taken, False, ("西咸新区空运产业协会",))


def test_what_others_have_claimed_meanwhile_stands_against_it() -> None:
    named, led = filed(proposed(name="西咸新区空运协会")), filed(proposed(legal_representative=OTHER))
    taken = Taken(names=(("西咸新区空运协会", "case-9"),), represents=("case-9",))
    assert refusal(lambda: c.register(named, by("REG_AUTHORITY"), taken, False)) == "name_taken"
    assert refusal(lambda: c.register(led, by("REG_AUTHORITY"), taken, False)) == "legal_representative_taken"
    assert refusal(lambda: c.register(named, by("REG_AUTHORITY"), Taken(), True)) == "transfer_under_way"


def test_claims_are_free_when_it_is_refused_withdrawn_entered_or_overtaken() -> None:
    case = filed(proposed(name="西咸新区空运协会"))
    done = after(change_cases, case, c.register(case, by("REG_AUTHORITY"), Taken(), False))
    liquidated = c.AssociationLiquidationStarted(about=AIR, uscc=AIR)
    revoked = c.AssociationRegistrationRevoked(about=AIR, uscc=AIR)
    for end in (
        after(change_cases, case, c.refuse(case, by("REG_AUTHORITY"), "不符")),
        after(change_cases, case, c.withdraw(case, by("ASSOCIATION"), "暂缓")),
        after(change_cases, done, c.leave_to_register(done, by("PLATFORM"), c.AssociationChanged(about=AIR, uscc=AIR, case="change-1"))),
        after(change_cases, case, c.lapse(case, by("PLATFORM"), liquidated)),
        after(change_cases, case, c.lapse_when_revoked(case, by("PLATFORM"), revoked)),
    ):
        assert (end.open_for, end.name_claim, end.legal_claim) == (None, None, None)
