"""Points from facts: the worked examples of domain §4.4, the edges of every indicator, and what must hold for all of them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.facts.fact import Fact, Facts, Scalar, hash_of
from services.evaluation.rulebook.formulas import Lin, months_after
from services.evaluation.rulebook.rulebook import Indicator, ProfileCode, RuleSetCode, rulebooks
from services.evaluation.rulebook.scoring import Mark, Verdict, judge, mean_marks, reading, score, score_indicator, score_part, to_tenth

BOOK = rulebooks().get("XX-IND-1", "2026.1")
DAY = date(2026, 9, 1)
Told = dict[tuple[str, int], Scalar]


def facts_from(told: Told) -> Facts:
    return reading(BOOK, [Fact(key=key, year=year, value=value) for (key, year), value in told.items()], 2026, DAY)


def indicator(code: str) -> Indicator:
    found = BOOK.indicator(code)
    assert found is not None
    return found


def points(code: str, told: Told) -> Decimal:
    """What the formula gives, whether or not somebody tells its facts today."""
    facts = facts_from(told)
    return to_tenth(sum((x for part in indicator(code).parts for _, x in score_part(part, facts)), Fraction(0)))


def yearly(key: str, value: Scalar, other: Scalar | None = None) -> Told:
    return {(key, 2024): value, (key, 2025): value if other is None else other}


# ── the worked examples ───────────────────────────────────────────────────────────────────────────
EXITS: Told = {("members.joined", 2019): 120, ("members.joined", 2025): 10, ("exits[DISSATISFIED]", 2025): 4, ("exits[OTHER]", 2025): 2,
               ("exits[RELOCATED]", 2025): 1, ("exits[BUSINESS_CEASED]", 2025): 1, ("exits[MERGED]", 2025): 1}  # fmt: skip


def test_the_exit_situation_of_the_book() -> None:
    """Start 120, 10 joined, 9 left of whom 3 for neutral reasons: 17.67 + 5.42 = 23.1."""
    parts = [part for p in indicator("4.2").parts for part, _ in score_part(p, facts_from(EXITS))]
    assert [round(float(p.points), 2) for p in parts] == [17.67, 5.42]
    assert points("4.2", EXITS) == Decimal("23.1")


def test_the_satisfaction_of_the_book() -> None:
    assert points("4.1", {("csi", 2026): "81.25", ("csi.valid", 2026): True}) == Decimal("46.9")


def test_the_fee_collection_of_the_book() -> None:
    assert points("2.4.4", {("fee.due", 2024): 100_000, ("fee.paid", 2024): 72_000}) == Decimal("6.4")


# ── every indicator at its edges ──────────────────────────────────────────────────────────────────
AGENCY: Told = {("agency.valid", 2025): True, ("members.joined", 2019): 100, ("income", 2025): 100_000_000}
LANDED: Told = {("lead.stage[a]", 2024): "SIGNED", ("lead.stage[a]", 2025): "STARTED", ("lead.share[a]", 2024): "0.6"}
EDGES: list[tuple[str, Told, str]] = [
    ("1.1.1", {("lr.elected", 2023): True, ("lr.other_assoc", 2023): False, ("lr.age_ok", 2023): True, ("lr.terms", 2023): 2}, "10.0"),
    ("1.1.1", {("lr.elected", 2023): True, ("lr.other_assoc", 2023): True, ("lr.age_ok", 2023): True, ("lr.terms", 2023): 3}, "4.0"),
    ("1.1.2", {("net_assets", 2025): 3_000_000, ("registered_fund", 2016): 3_000_000}, "10.0"),
    ("1.1.2", {("net_assets", 2025): 2_999_999, ("registered_fund", 2016): 3_000_000}, "0.0"),
    ("1.2.1", {("charter.adopted_ok", 2020): True}, "5.0"),
    ("1.2.2", {("charter.approved", 2020): False}, "0.0"),
    ("1.3.1", {}, "10.0"),
    ("1.3.1", {("changes.total", 2024): 3, ("changes.late", 2024): 1}, "6.7"),
    ("1.3.1", {("changes.total", 2023): 3, ("changes.late", 2023): 3}, "10.0"),
    ("1.3.2", {("filings.valid[SEAL]", 2020): True, ("filings.valid[OFFICES]", 2020): True, ("filings.valid[OFFICERS]", 2025): False}, "6.0"),
    ("1.4.1", yearly("annual.due", "2025-05-31") | yearly("annual.submitted_on", "2025-05-31"), "15.0"),
    ("1.4.1", yearly("annual.due", "2025-05-31") | yearly("annual.submitted_on", "2025-06-30", "2025-07-01"), "3.5"),
    ("1.4.1", yearly("annual.due", "2025-05-31"), "0.0"),
    ("1.4.1", yearly("annual.due", "2026-12-31"), "15.0"),
    ("1.4.2", yearly("annual.conclusion", "QUALIFIED", "BASICALLY_QUALIFIED"), "11.0"),
    ("1.4.2", yearly("annual.conclusion", "UNQUALIFIED", "NOT_TAKEN"), "0.0"),
    ("1.4.2", {("annual.mode", 2016): "REPORT", ("annual.submitted_on", 2025): "2026-05-01"}, "7.5"),
    ("1.4.2", {("annual.mode", 2016): "CHECK", ("annual.submitted_on", 2025): "2026-05-01"}, "0.0"),
    ("2.1.1", {("charter.party_clauses", 2020): 1}, "5.0"),
    ("2.1.2", {("party.status", 2026): "ORGANISATION"}, "25.0"),
    ("2.1.2", {("party.status", 2026): "LIAISON"}, "18.0"),
    ("2.1.2", {("party.status", 2026): "NONE"}, "0.0"),
    ("2.1.3", yearly("party.activities", 12), "15.0"),
    ("2.1.3", {("party.activities", 2025): 12}, "7.5"),
    ("2.1.4", {("party.key_staff", 2025): 1, ("party.key_staff_share", 2025): "0.15"}, "8.0"),
    ("2.2.1", yearly("ga.held", True) | yearly("ga.attendance_ratio", "0.6667", "0.66"), "11.3"),
    ("2.2.2", yearly("council.count", 2), "20.0"),
    ("2.2.2", yearly("council.count", 1, 2), "15.0"),
    ("2.2.3", {("supervisor.exists", 2020): True, **yearly("supervisor.reports", 1)}, "15.0"),
    ("2.2.3", {("supervisor.exists", 2020): True, ("supervisor.reports", 2025): 1}, "8.0"),
    ("2.2.4", {("term.due", 2025): "2025-12-31", ("term.done", 2025): "2025-12-31"}, "20.0"),
    ("2.2.4", {("term.due", 2025): "2025-12-31", ("term.done", 2026): "2026-06-29"}, "6.0"),
    ("2.2.4", {("term.due", 2025): "2025-12-31", ("term.done", 2026): "2026-06-30"}, "0.0"),
    ("2.2.4", {("term.due", 2025): "2025-12-31", ("term.done", 2026): "2026-06-30", ("term.extension_ok", 2025): True}, "14.0"),
    ("2.2.4", {("term.due", 2026): "2026-08-31"}, "6.0"),
    ("2.2.4", {("term.due", 2026): "2027-08-31"}, "20.0"),
    ("2.2.5", {}, "15.0"),
    ("2.2.5", {("ballots.reserved", 2025): 4, ("ballots.valid", 2025): 3}, "11.3"),
    ("2.3.1", {("staff.fulltime", 2025): 2}, "10.0"),
    ("2.3.1", {("staff.fulltime", 2025): 9}, "15.0"),
    ("2.3.2", {("secgen.fulltime", 2025): True, ("secgen.by_council", 2025): False, **yearly("secgen.hours", 24)}, "5.0"),
    ("2.3.3", {("staff.covered", 2025): 1, ("staff.fulltime", 2025): 4}, "2.5"),
    ("2.3.3", {("staff.fulltime", 2025): 0}, "0.0"),
    ("2.3.4", {("staff.training_hours", 2025): 48, ("staff.total", 2025): 4, ("staff.under45", 2025): 1}, "5.0"),
    ("2.4.1", {("acct.npo", 2020): True, ("acct.separate", 2020): True, **yearly("acct.statements_on_time", 12, 6)}, "26.3"),
    ("2.4.2", {("acct.kind", 2025): "OWN"}, "20.0"),
    ("2.4.2", AGENCY, "12.0"),
    ("2.4.2", AGENCY | {("income", 2025): 99_999_999}, "20.0"),
    ("2.4.2", AGENCY | {("members.joined", 2019): 99}, "20.0"),
    ("2.4.3", {("audit.yearly", 2024): True, ("budget.approved", 2025): True}, "20.0"),
    ("2.4.3", {("audit.reelection", 2025): False}, "0.0"),
    ("2.4.4", {("fee.ballot", 2020): True, ("fee.tiers", 2020): 4, ("fee.published_days", 2020): 30, ("fee.due", 2025): 10, ("fee.paid", 2025): 9}, "25.0"),
    ("2.4.4", {("fee.tiers", 2020): 5, ("fee.published_days", 2020): 31}, "0.0"),
    ("2.6.1", {("disc.required", 2025): 10, ("disc.published", 2025): 8, ("disc.on_time", 2025): 4}, "21.0"),
    ("3.1.1", {("members.joined", 2019): 100, **yearly("members.contacted", 30)}, "5.0"),
    ("3.1.2", {("commit.items", 2025): 7, ("commit.due", 2025): 10, ("commit.kept", 2025): 8}, "22.0"),
    ("3.1.2", {("commit.items", 2025): 2}, "4.0"),
    ("3.1.3", yearly("act.count", 6), "12.5"),
    ("3.1.4", {("members.joined", 2019): 100, **yearly("act.trained", 50)}, "10.0"),
    ("3.1.5", {}, "3.5"),
    ("3.1.5", {**yearly("act.bulletins", 6), ("policy.received", 2025): 7, ("policy.relayed_in_time", 2025): 6}, "10.0"),
    ("3.1.6", {}, "9.0"),
    ("3.1.6", {("med.accepted", 2025): 3, ("med.closed_60d", 2025): 1}, "5.0"),
    ("3.2.1", {("std[INTERNATIONAL_OR_NATIONAL,LEAD]", 2024): 2, ("std[GROUP]", 2025): 2}, "28.0"),
    ("3.2.1", {("std[INTERNATIONAL_OR_NATIONAL,LEAD]", 2024): 4}, "30.0"),
    ("3.2.2", {("discipline.convention", 2024): True, ("discipline.signers", 2024): 25, ("members.joined", 2019): 50, ("discipline.sanctions", 2024): False}, "7.5"),
    ("3.2.3", {("mon.due", 2025): 4, ("mon.accepted", 2025): 3, ("research.accepted", 2025): 3}, "17.0"),
    ("3.2.4", {("offers.active", 2025): 1, ("match.accepted", 2025): 4, ("match.fulfilled", 2025): 1}, "6.3"),
    ("3.2.4", {}, "0.0"),
    ("3.2.5", {("act.brand[NEW_AREA]", 2025): 1, ("act.brand[PROVINCIAL_OR_HIGHER]", 2024): 2}, "10.0"),
    ("3.3.1", {}, "10.0"),
    ("3.3.1", {("cons.addressed", 2025): 4, ("cons.on_time", 2025): 3, ("cons.adopted", 2025): 1}, "11.0"),
    ("3.3.2", {}, "10.0"),
    ("3.3.2", {("perf.score_sum", 2025): 170, ("perf.contracts", 2025): 2}, "21.3"),
    ("3.3.3", {**yearly("policy.sessions", 2), ("members.joined", 2019): 100, **yearly("policy.reached", 50)}, "7.5"),
    ("3.3.4", {("contrib.drafting", 2024): 2}, "10.0"),
    ("3.4.1", yearly("lead.accepted", 2), "6.0"),
    ("3.4.1", {("lead.accepted", 2023): 9}, "0.0"),
    ("3.4.2", LANDED, "4.8"),
    ("3.4.2", {**LANDED, ("lead.share[b]", 2025): "1", ("lead.stage[b]", 2025): "IN_PRODUCTION"}, "14.8"),
    ("3.4.2", {("lead.stage[a]", 2025): "STARTED"}, "0.0"),
    ("3.4.2", {("lead.stage[a]", 2023): "STARTED", ("lead.share[a]", 2023): "1"}, "0.0"),
    ("3.4.3", {("promo.events", 2025): 2}, "6.7"),
    ("3.5.1", yearly("csr.published", "ON_TIME", "LATE"), "11.5"),
    ("3.5.2", yearly("gov.activities", 3), "15.0"),
    ("3.5.3", {}, "5.0"),
    ("3.5.3", {("seat.count", 2025): 1, ("seat.attendance", 2025): "0.8"}, "9.0"),
    ("4.1", {("csi", 2026): "81.25", ("csi.valid", 2026): False}, "30.0"),
    ("4.1", {("csi", 2026): "60", ("csi.valid", 2026): False}, "15.0"),
    ("4.1", {("csi", 2026): "50", ("csi.valid", 2026): True}, "0.0"),
    ("4.1", {("csi", 2026): "90", ("csi.valid", 2026): True}, "60.0"),
    ("4.2", {}, "0.0"),
    ("4.2", {("members.joined", 2019): 100}, "25.0"),
    ("4.2", {("members.joined", 2019): 100, ("exits[EXPELLED]", 2025): 20}, "0.0"),
    ("4.3", {}, "10.0"),
    ("4.3", {("coverage.members", 2026): 15, ("coverage.universe", 2026): 100}, "10.0"),
    ("4.4", {("authority.registration", 2026): 80, ("authority.industry", 2026): 90, ("authority.party", 2026): 100}, "18.0"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "told", "expected"), EDGES, ids=[f"{n:03}-{e[0]}" for n, e in enumerate(EDGES)])
def test_an_indicator_at_its_edges(code: str, told: Told, expected: str) -> None:
    assert points(code, told) == Decimal(expected)


def test_no_indicator_with_a_formula_is_left_without_an_example() -> None:
    assert {i.code for i in BOOK.indicators if i.parts} == {code for code, _, _ in EDGES}


# ── who scores ────────────────────────────────────────────────────────────────────────────────────
def test_facts_the_panel_and_the_social_evaluation_share_the_work() -> None:
    by = {s.code: s.scored_by for s in score(BOOK, facts_from({}), socially=False)}
    assert (by["3.4.1"], by["1.1.2"], by["3.1.4"], by["2.2.6"], by["4.1"]) == ("FACTS", "FACTS", "PANEL", "PANEL", "LATER")
    after = {s.code: s.scored_by for s in score(BOOK, facts_from({}), socially=True)}
    assert after["4.1"] == "FACTS"
    assert "LATER" not in after.values()


def test_of_whom_the_register_was_never_told_a_charter_or_an_organ_the_panel_judges() -> None:
    for code in sorted(i.code for i in BOOK.indicators if i.untold == "PANEL"):
        blank = score_indicator(BOOK, indicator(code), facts_from({}), socially=False)
        assert (blank.scored_by, blank.points) == ("PANEL", None), code
        key = indicator(code).keys[0]
        told = score_indicator(BOOK, indicator(code), facts_from({(key, 2025): "2025-06-01" if key == "term.due" else 0}), socially=False)
        assert (told.scored_by, told.facts) == ("FACTS", (f"{key}@2025",)), code
    assert score_indicator(BOOK, indicator("3.4.1"), facts_from({}), socially=False).scored_by == "FACTS"  # no lead told is no lead


@pytest.mark.parametrize(
    ("done", "extended", "points"),
    [((2024, "2024-07-31"), 2024, "0.0"), ((2025, "2025-07-31"), 2024, "20.0"), ((2025, "2026-06-01"), 2024, "0.0"), ((2025, "2026-06-01"), 2025, "14.0")],
)  # fmt: skip
def test_what_belongs_to_an_earlier_deadline_excuses_nothing(done: tuple[int, str], extended: int, points: str) -> None:
    told: Told = {("term.due", 2025): "2025-08-01", ("term.done", done[0]): done[1], ("term.extension_ok", extended): True}
    assert str(score_indicator(BOOK, indicator("2.2.4"), facts_from(told), socially=False).points) == points


def test_a_semi_automatic_indicator_shows_facts_and_suggests_but_the_panel_sets() -> None:
    told: Told = {("authority.registration", 2026): 80, ("authority.industry", 2026): 90, ("authority.party", 2026): 100}
    scored = score_indicator(BOOK, indicator("4.4"), facts_from(told), socially=True)
    assert (scored.scored_by, scored.points, scored.suggested) == ("PANEL", None, Decimal("18.0"))
    assert scored.facts == ("authority.industry@2026", "authority.party@2026", "authority.registration@2026")


def test_nothing_told_is_not_na_where_there_is_no_policy() -> None:
    (part,) = score_indicator(BOOK, indicator("1.3.1"), facts_from({}), socially=False).parts
    assert (part.na, part.points) == ("FULL", "10")
    assert {p.na for p in score_indicator(BOOK, indicator("1.4.1"), facts_from({}), socially=False).parts} == {"NOTHING_MEASURED"}


def test_the_inputs_of_an_indicator_are_the_rows_it_read() -> None:
    told: Told = {("lead.accepted", 2025): 4, ("lead.accepted", 2019): 9, ("members.joined", 2025): 3}
    assert score_indicator(BOOK, indicator("3.4.1"), facts_from(told), socially=False).facts == ("lead.accepted@2025",)


# ── what holds for all ────────────────────────────────────────────────────────────────────────────
UNITS: dict[str, st.SearchStrategy[Scalar]] = {
    "FLAG": st.booleans(),
    "COUNT": st.integers(0, 200),
    "FEN": st.integers(0, 10**9),
    "RATIO": st.decimals(0, 2, places=3).map(str),
    "SCORE": st.integers(0, 100),
    "DATE": st.dates(date(2023, 1, 1), date(2027, 12, 31)).map(date.isoformat),
    "CODE": st.sampled_from(
        ["QUALIFIED", "BASICALLY_QUALIFIED", "ORGANISATION", "LIAISON", "OWN", "REPORT", "ON_TIME", "LATE", "SIGNED", "STARTED"]
    ),
}
KEYS = {k.key.replace("[*]", "[p]"): UNITS[k.unit] for k in BOOK.dictionary.keys if not k.derived_from}
STORES = st.fixed_dictionaries(
    {}, optional={(key, year): values for key, values in KEYS.items() for year in (2023, 2024, 2025)}
)  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STORES)
def test_no_indicator_gives_less_than_nothing_or_more_than_it_has(told: Any) -> None:
    facts = facts_from(told)
    for i in BOOK.indicators:
        for part in i.parts:
            assert all(0 <= x <= part.points for _, x in score_part(part, facts)), i.code
        assert 0 <= sum(x for p in i.parts for _, x in score_part(p, facts)) <= i.points


# fact → the indicator that may not fall when it grows
RISING = {"lead.accepted": "3.4.1", "offers.active": "3.2.4", "act.count": "3.1.3", "promo.events": "3.4.3", "council.count": "2.2.2",
          "staff.fulltime": "2.3.1", "commit.kept": "3.1.2", "std[GROUP]": "3.2.1", "fee.paid": "2.4.4", "csi": "4.1", "med.closed_60d": "3.1.6"}  # fmt: skip
FALLING = {"changes.late": "1.3.1", "exits[DISSATISFIED]": "4.2", "exits[OTHER]": "4.2"}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(STORES, st.integers(0, 100), st.integers(0, 100))
def test_more_of_the_good_never_costs_and_more_of_the_bad_never_pays(told: Any, a: int, b: int) -> None:
    less, more = sorted((a, b))
    # enough to be measured against, so that the fact alone decides
    base: Told = {**told, ("members.joined", 2019): 500, ("changes.total", 2025): 100, ("commit.due", 2025): 100, ("fee.due", 2025): 100,
                  ("med.accepted", 2025): 100}  # fmt: skip
    for key, code in RISING.items():
        assert points(code, base | {(key, 2025): less}) <= points(code, base | {(key, 2025): more}), code
    for key, code in FALLING.items():
        assert points(code, base | {(key, 2025): less}) >= points(code, base | {(key, 2025): more}), code


@given(st.integers(-500, 500), st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60))
def test_lin_stays_between_nothing_and_all_and_hits_its_ends(x: int, a: int, b: int, most: int) -> None:
    if a == b:
        return
    part = Lin.model_validate({"formula": "lin", "points": most, "x": {"fact": "csi", "take": "LATEST"}, "from": a, "to": b})

    def at(value: int) -> Fraction:
        ((_, given_points),) = score_part(part, Facts([Fact(key="csi", year=2026, value=value)], (2024, 2025), DAY))
        return given_points

    assert 0 <= at(x) <= most
    assert [at(a), at(b)] == [Fraction(0), Fraction(most)]


def test_rounding_is_half_up_once_at_the_end() -> None:
    assert [to_tenth(Fraction(n, 1000)) for n in (46_875, 49, 50, 149, 150)] == [Decimal(x) for x in ("46.9", "0.0", "0.1", "0.1", "0.2")]


def test_a_month_later_is_the_same_day_or_the_last() -> None:
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 1, 31), -2) == date(2025, 11, 30)


def test_the_seal_of_the_facts_does_not_mind_their_order_but_any_change() -> None:
    a, b = Fact(key="csi", year=2026, value="80"), Fact(key="csi.valid", year=2026, value=True)
    assert hash_of([a, b]) == hash_of([b, a]) != hash_of([a, b.model_copy(update={"value": False})])


# ── the grade ─────────────────────────────────────────────────────────────────────────────────────
GOOD: Told = {("party.status", 2026): "ORGANISATION", ("csi.valid", 2026): True}


def verdict(total: str, told: Told = GOOD, *, profile: ProfileCode = "STANDARD", rule_set: RuleSetCode = "R2026", bonuses: tuple[str, ...] = (),
            findings: tuple[str, ...] = (), gate: bool = False) -> Verdict:  # fmt: skip
    return judge(
        BOOK,
        facts_from(told),
        {"x": Decimal(total)},
        profile=profile,
        rule_set=rule_set,
        bonuses=bonuses,
        findings=findings,
        local_gate=gate,
    )


@pytest.mark.parametrize(
    ("total", "grade"),
    [("900.0", "5A"), ("899.9", "4A"), ("800.0", "4A"), ("700.0", "3A"), ("600.0", "2A"), ("500.0", "1A"), ("499.9", "NONE")],
)
def test_the_score_decides(total: str, grade: str) -> None:
    assert verdict(total).grade == grade


def test_without_party_organisation_there_is_no_5a() -> None:
    capped = verdict("950.0", GOOD | {("party.status", 2026): "INSTRUCTOR"})
    assert (capped.grade_by_score, capped.grade, capped.caps) == ("5A", "4A", ("NO_PARTY_ORGANISATION",))
    modest = verdict("750.0", GOOD | {("party.status", 2026): "NONE"})
    assert (modest.grade, modest.caps) == ("3A", ("NO_PARTY_ORGANISATION",))


def test_an_invalid_survey_leaves_3a_at_best() -> None:
    assert verdict("950.0", GOOD | {("csi.valid", 2026): False}).grade == "3A"
    assert verdict("950.0", {("party.status", 2026): "ORGANISATION"}).grade == "3A"


@pytest.mark.parametrize("told", [{("listing.serious", 2023): True}, {("status.suspended", 2026): True}])
def test_a_veto_by_the_facts_takes_every_grade(told: Told) -> None:
    assert verdict("950.0", GOOD | told).grade == "NONE"


def test_a_veto_that_was_found_takes_every_grade() -> None:
    assert verdict("950.0", findings=("FRAUD",)).vetoes == ("FRAUD",)
    assert verdict("950.0", findings=("FRAUD",)).grade == "NONE"


def test_a_veto_that_is_over_is_none() -> None:
    assert verdict("950.0", GOOD | {("listing.serious", 2023): True, ("listing.serious", 2025): False}).grade == "5A"


def test_the_bonus_ends_at_thirty_and_the_total_at_a_thousand() -> None:
    every = tuple(b.code for b in BOOK.bonus.items)
    assert verdict("780.0", bonuses=every).bonus == Decimal("30.0")
    assert verdict("780.0", bonuses=every).grade == "4A"
    assert verdict("995.0", bonuses=every).score == Decimal("1000.0")


def test_the_abnormal_list_costs_thirty_under_2026_only() -> None:
    listed = GOOD | {("listing.abnormal_moves", 2025): 2, ("listing.abnormal", 2025): False}
    assert (verdict("820.0", listed).score, verdict("820.0", listed).grade) == (Decimal("790.0"), "3A")
    assert verdict("820.0", listed, rule_set="R2011").deduction == 0
    assert verdict("10.0", listed).score == 0


def test_the_local_gate_holds_back_what_the_higher_level_decides() -> None:
    held = verdict("850.0", gate=True)
    assert (held.grade, held.forward_as) == ("3A", "4A")
    assert verdict("750.0", gate=True).forward_as is None


def test_the_panel_counts_by_its_mean() -> None:
    marks = [[Mark(code="2.2.6", points=Decimal(p))] for p in ("10.0", "11.0", "11.5")]
    assert mean_marks(marks) == {"2.2.6": Decimal("10.8")}
    assert mean_marks([]) == {}
