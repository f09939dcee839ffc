from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matchmaking.engine.brute_force import rank
from services.matchmaking.engine.market import market_of
from services.matchmaking.engine.reasons import caution, points, reasons
from services.matchmaking.engine.scoring import (
    Market,
    Party,
    Statement,
    adjust,
    assess,
    chain,
    decayed,
    excluded,
    exposure,
    fit,
    free,
    freshness,
    harmonic,
    industry,
    needs_of,
    outcome,
    region,
)
from services.matchmaking.engine.weights import Weights, weights
from services.matchmaking.profiles.profile import scale_of
from tests.matchmaking.parties import association, chamber, enterprise

DAY = date(2026, 3, 2)
SCALE = scale_of(DAY)
WEIGHTS = SCALE.weights
CODES = ("3022", "3021", "30", "47", "651", "6510", "0111", "5631")
TEXTS = ("检验检测", "预制构件", "钢结构生产", "冷链物流", "职业培训", "葡萄种植", "合作", "融资贷款", "steel 12")
statements = st.lists(st.sampled_from(TEXTS), max_size=3).map(lambda texts: tuple(Statement(f"s{n}", (t,)) for n, t in enumerate(texts)))


@st.composite
def parties(draw: st.DrawFn, kind: str = "") -> Party:
    """Any party the profiles could hold."""
    kind_: Any = kind or draw(st.sampled_from(("ASSOCIATION", "ENTERPRISE", "CHAMBER")))
    return Party(
        id=draw(st.text("abcdef", min_size=1, max_size=4)), kind=kind_, name="x", place=draw(st.sampled_from(("XX", "XX-FD", "XX-KG", "4403", "61"))),
        gbt4754=tuple(draw(st.lists(st.sampled_from(CODES), max_size=3, unique=True))), needs=draw(statements), offers=draw(statements),
        grade=draw(st.sampled_from((None, "1A", "3A", "5A"))), position=draw(st.sampled_from((None, 0, 1, 2))),
        scale=draw(st.sampled_from((None, 0, 3))), intent=draw(st.sampled_from(("STRENGTHEN", "FILL", "EXTEND"))),
        open_matches=draw(st.integers(0, 20)), shown=draw(st.integers(0, 50)), accepted=draw(st.integers(0, 10)),
        exposure=draw(st.floats(0, 100)), exposure_on=draw(st.sampled_from((None, DAY, DAY - timedelta(days=200)))),
        updated_on=draw(st.sampled_from((None, DAY, DAY - timedelta(days=400)))),
    )  # fmt: skip


# ── what is true of every pair ────────────────────────────────────────────────────────────────────
@settings(max_examples=150, deadline=None)
@given(parties(), parties())
def test_scores_lie_between_nothing_and_one_and_the_harmonic_mean_never_exceeds_the_mean(a: Party, b: Party) -> None:
    found = assess(a, b, SCALE, DAY, market_of([b], WEIGHTS, DAY))
    assert all(0 <= p.value <= 1 for p in found.products)
    assert 0 <= found.seeker_score <= 1 + 1e-12
    assert 0 <= found.candidate_score <= 1 + 1e-12
    assert found.mutual <= (found.seeker_score + found.candidate_score) / 2 + 1e-12
    assert -0.10 <= found.adjustment <= 0.04


@settings(max_examples=150, deadline=None)
@given(parties(), parties())
def test_the_mutual_score_is_the_same_from_both_sides(a: Party, b: Party) -> None:
    forth, back = assess(a, b, SCALE, DAY), assess(b, a, SCALE, DAY)
    assert forth.mutual == back.mutual
    assert (forth.seeker_score, forth.candidate_score) == (back.candidate_score, back.seeker_score)


@settings(max_examples=150, deadline=None)
@given(parties(), parties())
def test_the_reasons_are_the_products_of_the_score_and_add_up_to_it(a: Party, b: Party) -> None:
    found = assess(a, b, SCALE, DAY)
    told = points(found)
    assert sum(told.values()) == pytest.approx(found.mutual, abs=1e-9)
    three = reasons(a, b, found, SCALE)
    assert len(three) <= 3
    assert [r.points for r in three] == sorted((p for p in told.values() if p > 0), reverse=True)[: len(three)]
    assert all(r.zh and r.en for r in three)


@settings(max_examples=60, deadline=None)
@given(parties("ASSOCIATION"), st.lists(parties("ENTERPRISE"), max_size=12, unique_by=lambda p: p.id), st.randoms())
def test_the_same_parties_in_any_order_give_the_same_list(seeker: Party, pool: list[Party], dice: Any) -> None:
    first = rank(seeker, pool, SCALE, DAY, 10)
    dice.shuffle(pool)
    assert rank(seeker, pool, SCALE, DAY, 10) == first


@settings(max_examples=60, deadline=None)
@given(parties("ASSOCIATION"), st.lists(parties("ENTERPRISE"), max_size=12, unique_by=lambda p: p.id))
def test_nobody_is_lost_between_the_list_and_those_left_out(seeker: Party, pool: list[Party]) -> None:
    ranking = rank(seeker, pool, SCALE, DAY, len(pool) or 1)
    assert sorted([p.id for p, _ in ranking.best] + [p.id for p, _ in ranking.rejected]) == sorted(p.id for p in pool)


# ── the formulas, by examples ─────────────────────────────────────────────────────────────────────
def test_the_harmonic_mean_is_nothing_when_either_side_gains_nothing() -> None:
    assert harmonic(0.8, 0.0) == 0.0
    assert harmonic(0.6, 0.3) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("a", "b", "depth"), [("3022", "3022", 1.0), ("3022", "3021", 0.75), ("3022", "30", 0.5), ("3022", "13", 0.25), ("3022", "65", 0.0)]
)
def test_industry_by_the_deepest_common_level(a: str, b: str, depth: float) -> None:
    assert industry((a,), (b,)) == depth
    assert industry(("0111", a), (b,)) == max(depth, industry(("0111",), (b,)))


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [("XX-FD", "XX-FD", 1.0), ("XX-FD", "XX-KG", 2 / 3), ("XX-FD", "6101", 1 / 3), ("XX-FD", "61", 1 / 3), ("XX-FD", "4403", 0.0)],
)
def test_region_by_the_deepest_common_level(a: str, b: str, near: float) -> None:
    assert region(association(place=a), enterprise(place=b), frozenset()) == pytest.approx(near)


def test_a_chamber_counts_as_near_when_its_province_is_on_the_cooperation_list() -> None:
    assert region(association(), chamber(place="4403"), SCALE.provinces) == 1.0
    assert region(association(), chamber(place="65"), SCALE.provinces) == 0.0
    assert region(association(), chamber(place="6101"), SCALE.provinces | {"61"}) == 0.0


@pytest.mark.parametrize(("intent", "values"), [("STRENGTHEN", [1.0, 0.6, 0.2]), ("FILL", [0.2, 1.0, 0.6]), ("EXTEND", [0.6, 1.0, 0.2])])
def test_strengthening_wants_the_same_stage_filling_and_extending_the_neighbour(intent: Any, values: list[float]) -> None:
    a = association(position=0, intent=intent)
    assert [chain(a, enterprise(position=p), WEIGHTS) for p in (0, 1, 2)] == values
    assert chain(a, enterprise(position=None), WEIGHTS) == 0.5


def test_size_fits_by_the_distance_of_magnitudes() -> None:
    assert [fit(3, size, 0.5) for size in (3, 2, 0)] == [1.0, 0.75, 0.25]
    assert fit(None, 2, 0.5) == 0.5


def test_capacity_is_what_remains_of_the_whole() -> None:
    assert free(enterprise(open_matches=4), WEIGHTS) == pytest.approx(0.6)
    assert free(enterprise(open_matches=40), WEIGHTS) == 0.0


def test_freshness_halves_in_180_days_and_never_falls_below_a_quarter() -> None:
    assert freshness(enterprise(updated_on=DAY), WEIGHTS, DAY) == 1.0
    assert freshness(enterprise(updated_on=DAY - timedelta(days=180)), WEIGHTS, DAY) == pytest.approx(0.5)
    assert freshness(enterprise(updated_on=DAY - timedelta(days=2000)), WEIGHTS, DAY) == 0.25


def test_a_newcomer_stands_where_its_section_stands() -> None:
    assert outcome(enterprise(), WEIGHTS, 0.3) == pytest.approx(0.3)
    assert outcome(enterprise(shown=10, accepted=10), WEIGHTS, 0.3) == pytest.approx(13 / 20)


def test_exposure_fades_by_half_in_ninety_days() -> None:
    assert decayed(enterprise(exposure=8.0, exposure_on=DAY - timedelta(days=90)), WEIGHTS, DAY) == pytest.approx(4.0)


def test_who_is_shown_four_times_as_often_as_usual_loses_lambda_and_who_never_was_gains_a_little() -> None:
    market = Market(exposure=2.0, capacity=10.0)
    assert exposure(enterprise(exposure=8.0), WEIGHTS, DAY, market) == pytest.approx(-0.05)
    assert exposure(enterprise(exposure=2.0), WEIGHTS, DAY, market) == 0.0
    assert exposure(enterprise(), WEIGHTS, DAY, market) == pytest.approx(0.015)
    assert exposure(association(exposure=80.0), WEIGHTS, DAY, Market(2.0, 15.0)) == pytest.approx(-0.10)


def test_the_adjustment_is_bounded() -> None:
    best = association(shown=50, accepted=50, updated_on=DAY)
    assert adjust(best, WEIGHTS, DAY, Market(success={"E": 0.0})) == 0.04
    worst = association(exposure=1000.0, shown=50, updated_on=None)
    assert adjust(worst, WEIGHTS, DAY, Market(1.0, 15.0, {"E": 1.0})) == -0.10


def test_the_cover_of_needs_counts_what_both_name() -> None:
    full = SCALE.table.cover({"检测": 1.0, "物流": 1.0}, {"检测": 1.0, "物流": 1.0})
    half = SCALE.table.cover({"甲乙": 1.0, "丙丁": 1.0}, {"甲乙": 1.0})
    assert (full, half) == (1.0, 0.5)
    assert SCALE.table.cover({}, {"检测": 1.0}) == 0.0


def test_until_it_states_its_own_an_enterprise_is_judged_by_its_industry_at_three_tenths() -> None:
    silent = enterprise(needs=(), offers=())
    assert set(needs_of(silent, SCALE).values()) == {0.3}
    assert set(needs_of(enterprise(), SCALE).values()) == {1.0}


def test_a_one_sided_score_is_the_weighted_sum_by_the_role() -> None:
    found = assess(enterprise(), association(grade="4A"), SCALE, DAY)
    products = [p for p in found.products if p.side == "SEEKER"]
    by = {p.feature: p for p in products}
    assert {f: p.weight for f, p in by.items()} == WEIGHTS.roles["ENTERPRISE_TO_ASSOCIATION"]
    assert by["rating"].value == 0.80
    assert found.seeker_score == pytest.approx(sum(p.weight * p.value for p in products))


def test_a_better_grade_helps_but_never_by_more_than_its_weight() -> None:
    plain, best = (assess(enterprise(), association(grade=g), SCALE, DAY).seeker_score for g in (None, "5A"))
    assert 0 < best - plain <= 0.10


def test_weights_add_up_to_one_in_every_role() -> None:
    told = weights().in_force(DAY, "MATCH")
    assert all(sum(w.values()) == pytest.approx(1.0) for w in told.roles.values())
    broken = told.model_dump(by_alias=True) | {"roles": {"LEAD": {"industry": 0.9}}}
    with pytest.raises(ValueError, match="add up to 1"):
        Weights.model_validate(broken)


# ── who is out, and who comes first ───────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("fact", "code"),
    [({"active": False}, "not_active"), ({"serious": True}, "serious_violation"), ({"eliminated": True}, "elimination_warned"),
     ({"listed": False}, "not_listed"), ({"open_matches": 10}, "no_capacity"), ({"bound": frozenset({association().id})}, "already_bound"),
     ({"id": association().id}, "self"), ({"abnormal": True}, None), ({}, None)],
)  # fmt: skip
def test_hard_limits(fact: dict[str, Any], code: str | None) -> None:
    assert excluded(association(), replace(enterprise(), **fact), WEIGHTS) == code


def test_a_member_is_not_recruited_again() -> None:
    seeker = association(bound=frozenset({enterprise().id}))
    ranking = rank(seeker, [enterprise()], SCALE, DAY, 10)
    assert ranking.best == ()
    assert [code for _, code in ranking.rejected] == ["already_bound"]


def test_ties_go_to_the_grade_then_to_fewer_open_matches_then_to_the_id() -> None:
    seeker = association()
    pool = [chamber("c", gbt4754=("30",)), chamber("a", gbt4754=("30",)), chamber("b", gbt4754=("30",))]
    assert [p.id for p, _ in rank(seeker, pool, SCALE, DAY, 10).best] == ["a", "b", "c"]
    pool[0] = replace(pool[0], grade="3A")
    pool[1] = replace(pool[1], open_matches=1)
    assert [p.id for p, _ in rank(seeker, pool, SCALE, DAY, 10).best] == ["c", "b", "a"]


def test_at_most_three_of_ten_come_from_one_class() -> None:
    pool = [enterprise(f"e{n}") for n in range(6)] + [enterprise(f"f{n}", gbt4754=("3021",)) for n in range(2)]
    ranking = rank(association(), pool, SCALE, DAY, 10)
    assert sorted(p.id for p, _ in ranking.best) == ["e0", "e1", "e2", "f0", "f1"]
    assert {code for _, code in ranking.rejected} == {"class_full"}


def test_who_is_held_back_comes_first_when_the_next_ten_begin() -> None:
    """The fourth of a class is held back for a better spread of ten, not for good."""
    others = [
        enterprise(f"f{n}", gbt4754=(code,)) for n, code in enumerate(("3021", "3011", "3012", "3031", "3032", "3033", "3034", "3021"))
    ]
    ranking = rank(association(), [enterprise(f"e{n}") for n in range(8)] + others, SCALE, DAY, 14)
    ids = [p.id for p, _ in ranking.best]
    assert [i for i in ids if i[0] == "e"] == ["e0", "e1", "e2", "e3", "e4", "e5"]
    assert ids[10:13] == ["e3", "e4", "e5"]
    assert [p.id for p, code in ranking.rejected if code == "class_full"] == ["e6", "e7"]


def test_an_abnormal_listing_is_a_caution_not_a_bar() -> None:
    a, b = association(), enterprise(abnormal=True)
    found = caution(a, b, assess(a, b, SCALE, DAY), SCALE, DAY)
    assert found is not None
    assert found.code == "abnormal_listing"


def test_what_is_inferred_is_said_to_be() -> None:
    a, b = association(), enterprise(needs=(), offers=(), grade=None)
    found = caution(a, b, assess(a, b, SCALE, DAY), SCALE, DAY)
    assert found is not None
    assert found.code in ("inferred", "one_sided")


def test_the_reasons_say_what_covers_what() -> None:
    a, b = association(), enterprise()
    told = {r.feature: r for r in reasons(a, b, assess(a, b, SCALE, DAY), SCALE, most=8)}
    assert told["need_cover"].zh.startswith("其供给覆盖我方需求的")
    assert "钢结构" in told["need_cover"].zh
    assert told["offer_cover"].zh.startswith("我方供给覆盖其需求的 100 %")
    assert told["industry"].en == "same class 3022"
