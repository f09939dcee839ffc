"""Regimes (domain §3.8): what differs between places is data, and the data is checked."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.registry.registration.regime import REGIMES, in_force
from shared.record import Refused
from shared.versions import Versions
from tests.registry.regimes import AMEND_2026, DIRECT, DUAL, SHANGHAI_TERNARY, WENZHOU_FIC, XIXIAN_CURRENT, like

ALL = Versions([(r, "test") for r in (DIRECT, DUAL, WENZHOU_FIC, SHANGHAI_TERNARY, XIXIAN_CURRENT, AMEND_2026)])


def test_direct_needs_no_supervisor_and_reports_straight_to_the_authority() -> None:
    assert "SUPERVISOR_REVIEW" not in DIRECT.steps
    assert not DIRECT.preapproval.required
    assert [(o.asked, o.mandatory, o.days, o.silence) for o in DIRECT.opinions] == [("INDUSTRY_DEPT", False, 10, "NO_OBJECTION")]
    assert (DIRECT.annual.mode, DIRECT.annual.first_review, DIRECT.annual.due) == ("REPORT", None, "05-31")
    assert DIRECT.same_scope.policy == "ALLOW"
    assert DIRECT.change.consent_role is None
    assert len(DIRECT.scope_bases) == 5


def test_dual_has_the_supervising_unit_before_the_authority_in_founding_and_in_the_yearly_check() -> None:
    assert DUAL.after("PREPARING") == "SUPERVISOR_REVIEW"
    assert DUAL.preapproval.roles == ("SUPERVISING_UNIT",)
    assert (DUAL.annual.mode, DUAL.annual.first_review, DUAL.annual.first_due, DUAL.annual.due) == (
        "CHECK",
        "SUPERVISING_UNIT",
        "03-31",
        "05-31",
    )
    assert DUAL.same_scope.policy == "BLOCK_UNLESS_NECESSARY"


@pytest.mark.parametrize("regime", [DIRECT, DUAL])
def test_the_minima_are_those_of_the_law(regime) -> None:
    assert (regime.members.unit_min, regime.members.individual_min, regime.members.mixed_min) == (30, 50, 50)
    assert regime.fund_min == 3_000_000  # fen
    assert regime.decision_days == 60


@pytest.mark.parametrize(
    ("units", "persons", "enough"),
    [(30, 0, True), (29, 0, False), (0, 50, True), (0, 49, False), (29, 21, True), (29, 20, False), (1, 49, True)],
)
def test_thirty_units_or_fifty_persons_or_fifty_in_all(units: int, persons: int, enough: bool) -> None:
    assert DIRECT.members.enough(units, persons) is enough


def test_a_regime_that_admits_units_only_counts_no_persons() -> None:
    only = like(DIRECT, members={"unit_only": True}).members
    assert only.enough(30, 0)
    assert not only.enough(30, 1)


def test_a_regime_is_in_force_from_its_first_day() -> None:
    assert in_force(date(2012, 7, 1), "DIRECT", "CHAMBER") == DIRECT
    with pytest.raises(Refused) as no:
        in_force(date(2012, 6, 30), "DIRECT", "CHAMBER")
    assert no.value.code == "no_rule_in_force"


def test_the_current_rule_of_xixian_sends_associations_and_chambers_to_direct_registration() -> None:
    assert in_force(date(2026, 3, 2), "XIXIAN_CURRENT", "CHAMBER", ALL) == DIRECT
    assert in_force(date(2026, 3, 2), "XIXIAN_CURRENT", "INDUSTRY_ASSOCIATION", ALL) == DIRECT


def test_a_draft_is_not_in_force() -> None:
    assert in_force(date(2026, 4, 1), "AMEND_2026", "CHAMBER", ALL) is None


def test_the_other_regimes_are_carried_by_the_same_model() -> None:
    assert WENZHOU_FIC.preapproval.roles == ("SUPERVISING_UNIT", "FIC")
    assert WENZHOU_FIC.post_actions[0].when_supervisor == "FIC"
    assert SHANGHAI_TERNARY.opinions[0].mandatory
    assert SHANGHAI_TERNARY.same_scope.policy == "ALLOW_OVERLAP"


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": ["PREPARING", "NAME_CHECK", "ACCEPTED", "OPINIONS_SOUGHT", "DECIDED", "CERTIFIED", "FILINGS_PENDING"]},
        {"steps": ["NAME_CHECK", "PREPARING", "ACCEPTED", "OPINIONS_SOUGHT", "CERTIFIED", "FILINGS_PENDING"]},
        {"steps": ["NAME_CHECK", "PREPARING", "ACCEPTED", "DECIDED", "CERTIFIED", "FILINGS_PENDING"]},
        {"preapproval": {"required": True, "roles": ["SUPERVISING_UNIT"]}},
        {"opinions": [{"from": "INDUSTRY_DEPT", "mandatory": True, "optional": True}]},
        {"scope_bases": []},
        {"papers": []},
        {"annual": {"mode": "REPORT", "due": "13-31"}},
        {"fund_min_cny": -1},
    ],
)
def test_a_regime_that_contradicts_itself_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        like(DIRECT, **wrong)


def test_both_are_shipped() -> None:
    assert {r.code for r in REGIMES.all()} >= {"DIRECT", "DUAL"}
