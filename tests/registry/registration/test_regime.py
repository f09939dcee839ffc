"""Regimes (domain §3.8): what differs between places is data, and the data is checked."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.registry.registration.regime import REGIMES, Standing, in_force, load
from shared.record import Refused
from shared.versions import BadRules, Versions
from tests.registry.examples import MARCH_2, application
from tests.registry.regimes import AMEND_2026, DIRECT, DUAL, SHANGHAI_TERNARY, WENZHOU_FIC, XIXIAN_CURRENT, like

DATA = Path(__file__).parents[3] / "services" / "registry" / "data" / "regimes"


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


def test_the_current_rule_of_xixian_sends_associations_and_chambers_to_direct_registration_under_its_own_name() -> None:
    for kind in ("CHAMBER", "INDUSTRY_ASSOCIATION"):
        rules = in_force(MARCH_2, "XIXIAN_CURRENT", kind, "01")
        assert (rules.code, rules.version, rules.through) == ("XIXIAN_CURRENT", "2021-01", "DIRECT 2012-07")
        assert (rules.steps, rules.annual, rules.fund_min) == (DIRECT.steps, DIRECT.annual, DIRECT.fund_min)


def test_classes_whose_members_are_no_firms_of_a_trade_need_a_supervisor_in_xixian() -> None:
    rules = in_force(MARCH_2, "XIXIAN_CURRENT", "INDUSTRY_ASSOCIATION", "12")
    assert (rules.through, rules.preapproval.required) == ("DUAL 2016-02", True)


def test_a_draft_is_not_in_force_until_it_is_published() -> None:
    assert in_force(date(2026, 4, 1), "AMEND_2026", "CHAMBER") is None
    published = Standing(code="AMEND_2026", version="2026-03", in_force=True, effective_from=date(2026, 6, 1))
    with pytest.raises(Refused) as no:
        in_force(date(2026, 5, 31), "AMEND_2026", "CHAMBER", standings=[published])
    assert no.value.code == "no_rule_in_force"
    assert in_force(date(2026, 6, 1), "AMEND_2026", "CHAMBER", standings=[published]) == AMEND_2026


def test_what_is_retired_opens_nothing_and_takes_those_it_stood_in_for_with_it() -> None:
    retired = Standing(code="DIRECT", version="2012-07", in_force=False, effective_from=date(2012, 7, 1))
    assert in_force(MARCH_2, "DIRECT", "CHAMBER", standings=[retired]) is None
    assert in_force(MARCH_2, "XIXIAN_CURRENT", "CHAMBER", standings=[retired]) is None
    assert in_force(MARCH_2, "XIXIAN_CURRENT", "CHAMBER", "12", standings=[retired]) is not None


def test_of_two_versions_the_one_that_began_last_holds() -> None:
    old = like(DIRECT, effective_to=date(2026, 6, 30))
    new = like(DIRECT, version="2026-07", effective_from=date(2026, 7, 1), fund_min_cny=50_000)
    both = Versions([(old, "test"), (new, "test")])
    assert in_force(date(2026, 6, 30), "DIRECT", "CHAMBER", regimes=both).version == "2012-07"
    assert in_force(date(2026, 7, 1), "DIRECT", "CHAMBER", regimes=both).version == "2026-07"


def test_six_regimes_are_shipped_and_one_of_them_is_a_draft() -> None:
    assert {r.code: r.status for r in REGIMES.all()} == {
        "DUAL": "IN_FORCE", "DIRECT": "IN_FORCE", "WENZHOU_FIC": "IN_FORCE", "SHANGHAI_TERNARY": "IN_FORCE", "XIXIAN_CURRENT": "IN_FORCE",
        "AMEND_2026": "DRAFT",
    }  # fmt: skip


def test_the_application_asks_for_the_current_rule_of_xixian_unless_it_says_otherwise() -> None:
    assert application().regime == XIXIAN_CURRENT.code


def test_the_other_regimes_say_who_supervises_who_is_asked_and_what_silence_means() -> None:
    assert WENZHOU_FIC.preapproval.roles == ("SUPERVISING_UNIT", "FIC")
    assert WENZHOU_FIC.name_forms == {"SUPERVISING_UNIT": ("行业协会", "协会"), "FIC": ("商会",)}
    assert [(p.action, p.when_supervisor) for p in WENZHOU_FIC.post_actions] == [("GRANT_FIC_GROUP_MEMBERSHIP", "FIC")]
    assert [(o.asked, o.mandatory, o.days, o.silence) for o in SHANGHAI_TERNARY.opinions] == [
        ("ASSOC_DEVELOPMENT_BODY", True, 15, "AWAITED")
    ]
    assert SHANGHAI_TERNARY.same_scope.policy == "ALLOW_OVERLAP"
    assert SHANGHAI_TERNARY.annual.informed == ("ASSOC_DEVELOPMENT_BODY",)
    assert (AMEND_2026.ending.grounds, AMEND_2026.ending.plan_required) == (("INDUSTRY_ADJUSTMENT", "PARALYSED_BY_BAD_MANAGEMENT"), True)


def test_chambers_of_people_from_elsewhere_have_minima_of_their_own() -> None:
    assert (DIRECT.minima("浙江").founders_min, DIRECT.minima(None).founders_min) == (8, 1)
    assert (DIRECT.non_local.unit_only, DIRECT.non_local.one_per_home_region, DIRECT.non_local.registered_at) == (True, True, "COUNTY")
    assert DUAL.non_local.registered_at == "PROVINCE"


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": ["PREPARING", "NAME_CHECK", "ACCEPTED", "OPINIONS_SOUGHT", "DECIDED", "CERTIFIED", "FILINGS_PENDING"]},
        {"steps": ["NAME_CHECK", "PREPARING", "ACCEPTED", "OPINIONS_SOUGHT", "CERTIFIED", "FILINGS_PENDING"]},
        {"steps": ["NAME_CHECK", "PREPARING", "ACCEPTED", "DECIDED", "CERTIFIED", "FILINGS_PENDING"]},
        {"preapproval": {"required": True, "roles": ["SUPERVISING_UNIT"]}},
        {"scope_bases": []},
        {"papers": []},
        {"annual": {"mode": "REPORT", "due": "13-31"}},
        {"fund_min_cny": -1},
    ],
)
def test_a_regime_that_contradicts_itself_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        like(DIRECT, **wrong)


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("mandatory: false, days", "mandatory: true, days"),
        ("silence: NO_OBJECTION", "silence: AWAITED"),
        ("mandatory: false, days: 10, silence: NO_OBJECTION", "mandatory: true, optional: true, days: 10, silence: AWAITED"),
        ("special_members: [HK_MACAU_ENTERPRISE]", "ending: {grounds: [NOT_WANTED], plan_required: false}"),
        ("roles: {registration", "delegates: {CHAMBER: NOWHERE}\nroles: {registration"),
    ],
)
def test_a_file_that_contradicts_itself_is_not_loaded(tmp_path: Path, line: str, instead: str) -> None:
    text = (DATA / "direct.yaml").read_text("utf-8")
    (tmp_path / "direct.yaml").write_text(text, "utf-8")
    assert load(tmp_path).all() == (DIRECT,)
    assert line in text
    (tmp_path / "direct.yaml").write_text(text.replace(line, instead), "utf-8")
    with pytest.raises(BadRules):
        load(tmp_path)
