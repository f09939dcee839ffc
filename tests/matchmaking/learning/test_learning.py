"""Learning from outcomes: what counts as a decision, that weights stay where they may be, the gates, release and rollback, and the whole command."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import exp
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matchmaking.engine.weights import Feature, Role, Weights, weights
from services.matchmaking.learning.__main__ import DATA, NOBODY, main, written
from services.matchmaking.learning.decisions import Decision, decisions_of
from services.matchmaking.learning.fit import (
    CLAMP,
    Calibration,
    Steps,
    calibrated,
    calibration_error,
    chances,
    counts,
    in_steps,
    learned,
    within,
)
from services.matchmaking.learning.trial import NEEDED, apart, passed, shadow, split, told, tried, weighed
from services.matchmaking.matching.match import accept, decline, fulfil, matches
from services.matchmaking.profiles.profile import scale_of
from shared.mongo import Stamp, Store
from shared.versions import Versions
from tests.bench.matching import profiles
from tests.matchmaking.matching.test_match import FIRM, OURS, PREFAB, RULES, THEIRS, connected, proposed, upheld
from tests.matchmaking.samples import NOON, call, on

ROLE: Role = "ENTERPRISE_TO_ASSOCIATION"
RUNNING = weights().in_force(NOON.date(), "MATCH")
FEATURES = list(RUNNING.roles[ROLE])
TRUTH: dict[Feature, float] = {f: w * (3.0 if f == "need_cover" else 0.3) for f, w in RUNNING.roles[ROLE].items()}


def example(n: int, truth: Mapping[Feature, float], dice: Random, strength: float = 8.0) -> Decision:
    values = {f: dice.random() for f in FEATURES}
    z = strength * (sum(w * values[f] for f, w in truth.items()) / sum(truth.values()) - 0.5)
    gain = dice.choice((1, 1, 3, 4)) if dice.random() < 1 / (1 + exp(-z)) else 0
    return Decision(
        f"m{n:05}", f"firm-{dice.randrange(400)}", "a", f"seeker-{n % 60}", ROLE, values, gain, date(2025, 1, 1) + timedelta(days=n // 10)
    )


def decisions(n: int, truth: Mapping[Feature, float] = TRUTH, seed: int = 1, strength: float = 8.0) -> list[Decision]:
    dice = Random(seed)
    return [example(i, truth, dice, strength) for i in range(n)]


# ── what counts ───────────────────────────────────────────────────────────────────────────────────
def test_who_was_asked_has_decided_and_who_proposed_has_not() -> None:
    done = on(matches, connected(), fulfil(connected(), THEIRS, "JOINED", 5))
    found = decisions_of([done, on(matches, proposed(), decline(proposed(), THEIRS, "TERMS")), connected(), proposed()])
    assert sorted((d.by, d.about, d.gain) for d in found) == [(FIRM, PREFAB, 0), (FIRM, PREFAB, 1), (FIRM, PREFAB, 4)]
    assert {d.role for d in found} == {ROLE}
    assert set(found[0].values) == set(FEATURES)
    by_office = proposed(call("SO_ADMIN"))
    assert [d.by for d in decisions_of([on(matches, by_office, accept(by_office, OURS, RULES))])] == [PREFAB]


def test_junk_and_a_proposal_taken_back_say_nothing() -> None:
    taken_back = on(matches, proposed(), decline(proposed(), OURS, "OTHER"))
    assert decisions_of([upheld(), taken_back]) == []


# ── the fit ───────────────────────────────────────────────────────────────────────────────────────
def test_what_decides_weighs_more_and_never_by_more_than_a_fifth() -> None:
    made = learned(decisions(2_000), RUNNING.roles, bias=0.0)[ROLE]
    assert made["need_cover"] == pytest.approx(RUNNING.roles[ROLE]["need_cover"] * (1 + CLAMP), abs=1e-3)
    assert sum(w for f, w in made.items() if f != "need_cover") < 1 - RUNNING.roles[ROLE]["need_cover"]


def test_the_order_of_examples_does_not_matter() -> None:
    some = decisions(600)
    assert learned(some, RUNNING.roles, 0.0) == learned(Random(3).sample(some, len(some)), RUNNING.roles, 0.0)


def test_decisions_the_score_says_nothing_of_change_nothing() -> None:
    turned = [Decision(**{**vars(d), "gain": 0 if d.gain else 1}) for d in decisions(800, RUNNING.roles[ROLE])]
    assert learned(turned, RUNNING.roles, 0.0) == {ROLE: RUNNING.roles[ROLE]}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=len(FEATURES), max_size=len(FEATURES)).filter(lambda w: sum(w) > 0.01))
def test_weights_keep_their_bounds_and_add_up_to_one(wanted: list[float]) -> None:
    running = RUNNING.roles[ROLE]
    made = within(dict(zip(FEATURES, wanted, strict=True)), running)
    assert sum(made.values()) == pytest.approx(1, abs=1e-9)
    assert all(w * (1 - CLAMP) - 1e-3 <= made[f] <= w * (1 + CLAMP) + 1e-3 for f, w in running.items())


def test_a_place_far_down_counts_more_but_not_without_end() -> None:
    one = decisions(1)[0]
    placed = [Decision(**{**vars(one), "place": p}) for p in (1, 4, 10_000)]
    first, fourth, last = counts(placed, 0.5)
    assert (fourth / first, last / first) == (2.0, 5.0)
    assert counts(placed, 0.0) == [1.0, 1.0, 1.0]


def test_a_score_that_means_what_it_says_is_calibrated() -> None:
    some, truth = decisions(4_000, TRUTH), {ROLE: {f: w / sum(TRUTH.values()) for f, w in TRUTH.items()}}
    by = calibrated(some, truth, [1.0] * len(some))
    assert by.slope == pytest.approx(8.0, rel=0.1)
    assert calibration_error(some, truth, by) < 0.03
    assert calibration_error(some, truth, Calibration({ROLE: 3.0}, 0.0)) > 0.3


def test_chances_that_follow_no_curve_are_found_in_steps() -> None:
    """Half are accepted from a threshold on, hardly any below: no curve of Platt's can say that."""
    dice, some = Random(5), []
    for n, d in enumerate(decisions(4_000)):
        value = dice.random()
        accepted = dice.random() < (0.5 if value > 0.7 else 0.02)
        some.append(replace(d, values=dict.fromkeys(FEATURES, value), gain=int(accepted), match=f"s{n}"))
    learning, judging, flat = some[:2_000], some[2_000:], {ROLE: RUNNING.roles[ROLE]}
    by_curve, by_steps = (calibrated(learning, flat, [1.0] * 2_000), in_steps(learning, flat, [1.0] * 2_000))
    assert list(by_steps.chances) == sorted(by_steps.chances)
    assert calibration_error(judging, flat, by_steps) < 0.03 < calibration_error(judging, flat, by_curve)
    assert isinstance(chances(learning, flat, [1.0] * 2_000), Steps)
    assert isinstance(chances(learning[:999], flat, [1.0] * 999), Calibration)


def test_roles_with_few_answers_are_learned_together_each_from_its_own_level() -> None:
    """Two roles, of which one is accepted far more often: what both say of a feature counts, their levels do not."""
    other: Role = "ASSOCIATION_TO_ENTERPRISE"
    shared = [f for f in FEATURES if f in RUNNING.roles[other]]
    mine = [replace(d, on=date(2025, 1, 1) + timedelta(days=n)) for n, d in enumerate(decisions(320, seed=3))]
    theirs = [
        replace(
            d,
            role=other,
            match=f"o{d.match}",
            seeker=f"o{d.seeker}",
            gain=max(d.gain, int(n % 3 == 0)),
            on=date(2025, 1, 1) + timedelta(days=n),
        )
        for n, d in enumerate(decisions(320, seed=4))
    ]
    verdicts = {v.role: v for v in tried([*mine, *theirs], RUNNING.roles, bias=0.0)}
    assert verdicts[ROLE].together == verdicts[other].together == (other, ROLE)
    assert verdicts[ROLE].gates == verdicts[other].gates
    made = learned([*mine, *theirs], RUNNING.roles, 0.0)
    for role in (ROLE, other):
        assert made[role]["need_cover"] > RUNNING.roles[role]["need_cover"]
        assert sum(made[role].values()) == pytest.approx(1, abs=1e-9)
    assert shared
    assert "合并校准" in told(list(verdicts.values()), None, "x")
    assert not verdicts["LEAD"].gates


# ── the gates ─────────────────────────────────────────────────────────────────────────────────────
def test_judged_are_later_decisions_of_others() -> None:
    learning, judging = split(decisions(3_000))
    assert max(d.on for d in learning) < min(d.on for d in judging)
    assert not {d.by for d in learning} & {d.by for d in judging}
    assert 0.1 < sum(apart(f"firm-{n}") for n in range(1000)) / 1000 < 0.3
    assert split([]) == ([], [])


def test_better_weights_pass_every_gate_and_are_a_whole_version() -> None:
    verdicts = tried(decisions(6_000), RUNNING.roles, bias=0.0)
    (mine,) = [v for v in verdicts if v.role == ROLE]
    assert mine.passes, mine.gates
    made = weighed(RUNNING, verdicts, "2026-0310", date(2026, 3, 10), "测试")
    assert made.roles[ROLE] == mine.proposed
    assert all(made.roles[r] == RUNNING.roles[r] for r in RUNNING.roles if r != ROLE)


def test_with_few_decisions_a_role_keeps_its_weights() -> None:
    verdicts = tried(decisions(NEEDED - 1), RUNNING.roles, bias=0.0)
    assert not passed(verdicts, None)
    assert all(v.proposed == v.running for v in verdicts)
    assert f"不足 {NEEDED} 条" in told(verdicts, None, "x")


def test_what_cannot_be_judged_is_not_released() -> None:
    same_day = [Decision(**{**vars(d), "on": date(2026, 1, 1)}) for d in decisions(2_000)]
    assert not passed(tried(same_day, RUNNING.roles, bias=0.0), None)
    early = [Decision(**{**vars(d), "by": next(f"f{n}" for n in range(99) if not apart(f"f{n}"))}) for d in decisions(2_000)]
    (mine,) = [v for v in tried(early, RUNNING.roles, 0.0) if v.role == ROLE]
    assert not mine.passes
    assert "too few" in mine.gates["judged"][1]


def test_the_shadow_run_says_what_would_change() -> None:
    parties = [*profiles(60, "ENTERPRISE"), *profiles(60, "ASSOCIATION")]
    running = scale_of(NOON.date())
    turned = running.weights.model_copy(update={"roles": {**running.weights.roles, "ASSOCIATION_TO_ENTERPRISE": {
        f: 1.0 if f == "scale" else 0.0 for f in running.weights.roles["ASSOCIATION_TO_ENTERPRISE"]}}})  # fmt: skip
    same = shadow(parties, running, running, NOON.date())
    other = shadow(parties, running, type(running)(turned, running.table, running.provinces), NOON.date())
    assert (same.kept_places, same.most_changed[0][1], same.passes) == (1.0, 0, True)
    assert other.kept_places < 1.0
    assert other.most_changed[0][1] > 0


# ── release and rollback ──────────────────────────────────────────────────────────────────────────
def test_a_release_ends_the_running_version_and_a_rollback_brings_it_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, file = tmp_path / "weights.yaml", tmp_path / "new.yaml"
    shutil.copy(DATA, data)
    file.write_text(written(weighed(RUNNING, tried(decisions(6_000), RUNNING.roles, 0.0), "2026-0310", date(2026, 3, 10), "测试")), "utf-8")
    assert main(["rollback"], data) == 2
    assert main(["release", str(file), "--from", "2027-03-10"], data) == 0
    known = Versions.load(data, Weights)
    assert [known.in_force(d, "MATCH").version for d in (date(2027, 3, 9), date(2027, 3, 10))] == [RUNNING.version, "2026-0310"]
    assert main(["release", str(file), "--from", "2027-03-10"], data) == 2
    assert "not released" in capsys.readouterr().err
    assert main(["rollback", "--from", "2027-05-01"], data) == 0
    back = Versions.load(data, Weights).in_force(date(2027, 5, 1), "MATCH")
    assert (back.roles, back.version) == (RUNNING.roles, "2026-0310-back")
    assert data.read_text("utf-8").startswith(DATA.read_text("utf-8").split("version:")[0]), "what was said above stays"


def test_the_whole_from_the_database_to_a_proposed_version(
    stack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = f"test_learning_{uuid4().hex[:8]}_"
    monkeypatch.setenv("GUILDHALL_MONGO", stack.mongo)
    monkeypatch.setenv("GUILDHALL_PREFIX", prefix)

    async def plant(some: list[Decision]) -> None:
        store, base = Store(stack.mongo, f"{prefix}matchmaking"), proposed()
        await store.prepare([matches], {"profiles": ()})
        answered = [on(matches, base, answer) for answer in (decline(base, THEIRS, "TERMS"), accept(base, THEIRS, RULES))]
        drawn = [store.insertion(matches, r, (), Stamp("x", "PLATFORM", "", datetime.now(UTC)), 0)[1] | {"version": 1} for r in answered]
        docs = []
        for d in some:
            doc, said = drawn[d.accepted], {"id": d.match, "candidate": d.by, "parties": [d.seeker, d.by], "seeker": d.seeker, "proposed_by": d.seeker,
                                            "proposed_on": d.on.isoformat(), "features": [{}, dict(d.values)], "pair": None, "by": d.by,
                                            "accepted_by": [d.seeker, d.by][: 1 + d.accepted]}  # fmt: skip
            docs.append({**doc, "_id": d.match, "opened_by": f"{d.match}/0", "state": doc["state"] | said})
        for at in range(0, len(docs), 2_000):
            await store.append("matching.match", docs[at : at + 2_000])
        await store.append(
            "profiles", [{"_id": f"p{n}", "kind": ("ASSOCIATION", "ENTERPRISE")[n % 2], "gbt4754": ["3022"]} for n in range(40)]
        )
        await store.close()

    async def drop() -> None:
        store = Store(stack.mongo, f"{prefix}matchmaking")
        await store.drop()
        await store.close()

    try:
        asyncio.run(plant(decisions(200)))
        assert main(["propose", "--out", str(tmp_path)]) == NOBODY
        assert "200 decisions" in capsys.readouterr().out
        asyncio.run(plant([Decision(**{**vars(d), "match": f"n{d.match}"}) for d in decisions(24_000, seed=2)]))
        assert main(["propose", "--out", str(tmp_path), "--lists", "10", "--bias", "0"]) == 0
        (file,) = tmp_path.glob("weights-*.yaml")
        made = Versions.load(file, Weights).all()[0]
        assert made.roles[ROLE]["need_cover"] > RUNNING.roles[ROLE]["need_cover"]
        report = (tmp_path / "report.zh.md").read_text("utf-8")
        assert "建议采用" in report
        assert "影子运行" in report
    finally:
        asyncio.run(drop())
