"""One founding under each of the six regimes (domain §3.8): the same people, the same papers, and what differs."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.registry.registration.application import DevelopmentBodyOpinionGiven
from services.registry.registration.case import Case, apply, approve_name, cases, consent, submit_papers
from services.registry.registration.certificate import Certificate, file, issue_certificate
from services.registry.registration.decision import close_opinions, give_opinion, grant, seek_opinions
from services.registry.registration.naming import Taken
from services.registry.registration.regime import REGIMES, Regime, Standing, in_force
from shared.record import Event, Malformed, Refused
from shared.versions import Versions
from tests.registry.examples import AI, AIR, MARCH_2, after, application, association, by, papers
from tests.registry.regimes import AMEND_2026, DIRECT, like

PUBLISHED = [Standing(code="AMEND_2026", version="2026-03", in_force=True, effective_from=date(2026, 3, 1))]
SAME_SCOPE = association(uscc=AI, name="西咸新区空运协会", gbt4754=("56",))


def tried(case: Case, decide: Any) -> tuple[Case, str]:
    """The case after a step, or the code it was refused with."""
    try:
        return after(cases, case, decide(case)), ""
    except Refused as no:
        return case, no.code


def founding(
    code: str, kind: str = "INDUSTRY_ASSOCIATION", name: str = "西咸新区航空物流协会", supervisor: str = "SUPERVISING_UNIT"
) -> dict[str, Any]:
    """From the application to the active association, where an association of the same scope exists already; what happened on the way."""
    regime = in_force(MARCH_2, code, kind, "01", PUBLISHED)  # type: ignore[arg-type]
    assert regime is not None
    said: dict[str, Any] = {}
    form = application(kind=kind, name=name, regime=code)
    case = cases.open(apply(by("ENTERPRISE"), form, regime, Taken()), "case-1")
    case = after(cases, case, approve_name(case, by("REG_AUTHORITY"), Taken()))
    case = after(cases, case, submit_papers(case, by("ENTERPRISE"), papers(), [SAME_SCOPE]))
    said["after_papers"] = case.stage
    if case.stage == "SUPERVISOR_REVIEW":
        case = after(cases, case, consent(case, by(supervisor, MARCH_2 + timedelta(days=9)), "1号"))
    said["decide_by"] = case.decide_by
    _, said["undecided"] = tried(case, lambda c: grant(c, by("REG_AUTHORITY"), "条例", [], Taken()))
    case = after(cases, case, seek_opinions(case, by("REG_AUTHORITY", MARCH_2 + timedelta(days=10))))
    said["asked"] = [(a.role, (a.until.date() - MARCH_2).days - 11) for a in case.asked]
    case = after(cases, case, close_opinions(case, by("CLOCK", MARCH_2 + timedelta(days=40))))
    said["silence"] = [(o.role, o.opinion) for o in case.opinions]
    if not case.opinions:
        events = give_opinion(case, by(case.asked[0].role), "FOR")
        said["development_body"] = any(isinstance(e, DevelopmentBodyOpinionGiven) for e in events)
        case = after(cases, case, events)
    _, said["same_scope"] = tried(case, lambda c: grant(c, by("REG_AUTHORITY"), "条例", [SAME_SCOPE], Taken()))
    case = after(cases, case, grant(case, by("REG_AUTHORITY"), "条例", [SAME_SCOPE], Taken(), "服务对象不同"))
    issued = issue_certificate(case, by("REG_AUTHORITY"), Certificate(uscc=AIR), None)
    said["register"] = (
        issued.regime_code,
        issued.annual_mode,
        issued.annual_first_review,
        issued.supervising_unit,
        issued.change_consent_role,
    )
    said["post_actions"] = issued.post_actions
    case = after(cases, case, issued)
    case = after(cases, case, file(case, by("REG_AUTHORITY"), ("SEAL", "BANK", "OFFICERS")))
    said["end"] = case.stage
    return said


STRAIGHT = {"after_papers": "ACCEPTED", "decide_by": MARCH_2 + timedelta(days=60), "undecided": "opinions_first", "asked": [("INDUSTRY_DEPT", 10)],
            "silence": [("INDUSTRY_DEPT", "NO_OBJECTION")], "same_scope": "", "post_actions": (), "end": "ACTIVE"}  # fmt: skip
SUPERVISED = STRAIGHT | {
    "after_papers": "SUPERVISOR_REVIEW",
    "decide_by": MARCH_2 + timedelta(days=69),
    "undecided": "",
    "same_scope": "same_scope_exists",
}
UNIT = ("CHECK", "SUPERVISING_UNIT", "dept:supervising", "SUPERVISING_UNIT")
STORIES: dict[str, dict[str, Any]] = {
    "DIRECT": STRAIGHT | {"register": ("DIRECT", "REPORT", None, None, None)},
    "XIXIAN_CURRENT": STRAIGHT | {"register": ("XIXIAN_CURRENT", "REPORT", None, None, None)},
    "AMEND_2026": STRAIGHT | {"register": ("AMEND_2026", "REPORT", None, None, None)},
    "DUAL": SUPERVISED | {"register": ("DUAL", *UNIT)},
    "WENZHOU_FIC": SUPERVISED | {"register": ("WENZHOU_FIC", *UNIT)},
    "SHANGHAI_TERNARY": SUPERVISED | {
        "undecided": "opinions_first", "asked": [("ASSOC_DEVELOPMENT_BODY", 15)], "silence": [], "development_body": True, "same_scope": "",
        "register": ("SHANGHAI_TERNARY", *UNIT),
    },
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(STORIES))
def test_the_same_founding_under_each_regime(code: str) -> None:
    assert founding(code) == STORIES[code]


def test_every_regime_that_is_shipped_has_its_story() -> None:
    assert {r.code for r in REGIMES.all()} == set(STORIES)


def test_in_wenzhou_a_chamber_under_the_federation_joins_it_and_reports_to_it() -> None:
    story = founding("WENZHOU_FIC", "CHAMBER", "西咸新区航空物流商会", "FIC")
    assert story["register"] == ("WENZHOU_FIC", "CHECK", "FIC", "dept:fic", "FIC")
    assert story["post_actions"] == ("GRANT_FIC_GROUP_MEMBERSHIP",)


def test_the_amendment_opens_no_case_before_it_is_published() -> None:
    assert in_force(date(2026, 4, 1), "AMEND_2026", "INDUSTRY_ASSOCIATION", "01") is None


# ── a change of the rules midway ──────────────────────────────────────────────────────────────────
def test_a_case_keeps_its_version_when_another_comes_into_force_midway() -> None:
    old = like(DIRECT, effective_to=date(2026, 3, 31))
    new = like(DIRECT, version="2026-04", effective_from=date(2026, 4, 1), fund_min_cny=50_000, decision_days=30,
               opinions=[{"from": "SO_ADMIN", "days": 5}])  # fmt: skip
    rules = Versions([(old, "test"), (new, "test")])

    def opened(on: date) -> Case:
        regime = in_force(on, "DIRECT", "INDUSTRY_ASSOCIATION", regimes=rules)
        case = cases.open(apply(by("ENTERPRISE", on), application(regime="DIRECT"), regime, Taken()), "case-1")
        return after(cases, case, approve_name(case, by("REG_AUTHORITY", on), Taken()))

    april = date(2026, 4, 20)
    before, since = opened(date(2026, 3, 30)), opened(april)
    before = after(cases, before, submit_papers(before, by("ENTERPRISE", april), papers(), []))
    assert (before.regime.version, before.decide_by) == ("2012-07", april + timedelta(days=60))
    with pytest.raises(Refused) as no:
        submit_papers(since, by("ENTERPRISE", april), papers(), [])
    assert no.value.code == "fund_too_small"
    since = after(cases, since, submit_papers(since, by("ENTERPRISE", april), papers(fund=5_000_000), []))
    assert (since.regime.version, since.decide_by) == ("2026-04", april + timedelta(days=30))
    asked = [after(cases, c, seek_opinions(c, by("REG_AUTHORITY", april))).asked[0].role for c in (before, since)]
    assert asked == ["INDUSTRY_DEPT", "SO_ADMIN"]


def test_a_case_opened_under_a_regime_that_is_retired_meanwhile_goes_on() -> None:
    case = cases.open(apply(by("ENTERPRISE"), application(), AMEND_2026, Taken()), "case-1")
    retired = [Standing(code="AMEND_2026", version="2026-03", in_force=False, effective_from=date(2026, 3, 1))]
    assert in_force(MARCH_2, "AMEND_2026", "INDUSTRY_ASSOCIATION", standings=retired) is None
    assert after(cases, case, approve_name(case, by("REG_AUTHORITY"), Taken())).regime == AMEND_2026


# ── clocks across the holidays ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("opened", "twentieth"),
    [
        (date(2026, 2, 9), date(2026, 3, 13)),  # Spring Festival, 15 to 23 February; 14 and 28 February are worked
        (
            date(2026, 9, 18),
            date(2026, 10, 22),
        ),  # Mid-Autumn 25 to 27 September, National Day 1 to 7 October; 20 September and 10 October worked
        (date(2026, 3, 2), date(2026, 3, 30)),
    ],
)
def test_twenty_working_days_for_a_name_leave_out_the_holidays_and_count_the_weekends_worked(opened: date, twentieth: date) -> None:
    case = cases.open(apply(by("ENTERPRISE", opened), application(), DIRECT, Taken()), "case-1")
    ((due, move),) = cases.clocks(case, {})
    assert (due.date() - timedelta(days=1), move.name) == (twentieth, "press_for_name")


@pytest.mark.parametrize(("complete", "fifth"), [(date(2026, 2, 12), date(2026, 2, 26)), (date(2026, 9, 29), date(2026, 10, 12))])
def test_papers_go_back_within_five_working_days_also_over_the_holidays(complete: date, fifth: date) -> None:
    from services.registry.registration.case import return_papers

    case = after(cases, accepted_on(complete), ())
    assert return_papers(case, by("REG_AUTHORITY", fifth), ("验资报告",))
    with pytest.raises(Refused) as no:
        return_papers(case, by("REG_AUTHORITY", fifth + timedelta(days=1)), ("验资报告",))
    assert no.value.code == "too_late_to_return"


@pytest.mark.parametrize("complete", [date(2026, 2, 10), date(2026, 9, 20)])
def test_the_sixty_days_of_the_decision_are_days_of_the_calendar(complete: date) -> None:
    assert accepted_on(complete).decide_by == complete + timedelta(days=60)


def accepted_on(day: date, regime: Regime = DIRECT) -> Case:
    case = cases.open(apply(by("ENTERPRISE", day), application(), regime, Taken()), "case-1")
    case = after(cases, case, approve_name(case, by("REG_AUTHORITY", day), Taken()))
    return after(cases, case, submit_papers(case, by("ENTERPRISE", day), papers(), []))


# ── chambers of people from elsewhere (§3.9) ──────────────────────────────────────────────────────


def chamber(regime: Regime = DIRECT, taken: Taken | None = None, **other: Any) -> Event:
    form = {"kind": "CHAMBER", "name": "西咸新区浙江商会", "home_region": "浙江", **other}
    return apply(by("ENTERPRISE"), application(**form), regime, taken or Taken())


def test_a_non_local_chamber_is_called_by_its_home_region_given_as_code_in_full_or_short() -> None:
    for home in ("浙江", "浙江省", "33"):
        assert chamber(home_region=home).home_claim == "XX~浙江"  # type: ignore[attr-defined]
    with pytest.raises(Refused) as no:
        chamber(home_region="江苏")
    assert no.value.code == "name_without_home"


def test_one_place_has_one_chamber() -> None:
    with pytest.raises(Refused) as no:
        chamber(taken=Taken(of_home=(AI,)))
    assert no.value.code == "home_region_taken"
    several = like(DIRECT, non_local=DIRECT.non_local.model_dump() | {"one_per_home_region": False})
    assert chamber(several, Taken(of_home=(AI,))).home_claim is None  # type: ignore[attr-defined]


def test_under_the_national_rule_the_province_registers_them() -> None:
    with pytest.raises(Refused) as no:
        chamber(REGIMES.get("DUAL", "2016-02"))
    assert no.value.code == "registered_with_province"


def test_eight_founders_and_units_only() -> None:
    def prepared(founders: tuple[str, ...]) -> Case:
        case = cases.open(chamber(founders=list(founders)), "case-1")
        return after(cases, case, approve_name(case, by("REG_AUTHORITY"), Taken()))

    from shared.uscc import demo_code

    firms = tuple(demo_code("91611100", n) for n in range(2, 9))
    with pytest.raises(Refused) as no:
        submit_papers(prepared(firms[:6]), by("ENTERPRISE"), papers(), [])
    assert no.value.code == "too_few_founders"
    with pytest.raises(Refused) as no:
        submit_papers(prepared(firms), by("ENTERPRISE"), papers(30, 1), [])
    assert no.value.code == "units_only"
    assert submit_papers(prepared(firms), by("ENTERPRISE"), papers(), [])


def test_an_association_has_no_home_region() -> None:
    with pytest.raises(Malformed) as no:
        apply(by("ENTERPRISE"), application(home_region="浙江"), DIRECT, Taken())
    assert no.value.code == "no_home_region"
