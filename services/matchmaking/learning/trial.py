"""Whether proposed weights may take the place of the running ones: the gates, and a shadow run over the profiles. matching.md §2.5, steps 3–5.

Judged on decisions that were not learned from: later ones, of organisations whose earlier answers were not used either.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from math import fsum, log2
from random import Random
from statistics import fmean
from typing import get_args

from services.matchmaking.engine.brute_force import rank
from services.matchmaking.engine.scoring import Party, Scale
from services.matchmaking.engine.weights import Feature, PartyKind, Role, Weights
from services.matchmaking.judge import half_width, ndcg
from services.matchmaking.learning.decisions import Decision
from services.matchmaking.learning.fit import Roles, Steps, calibrated, calibration_error, chances, counts, learned, score, surprise
from services.matchmaking.learning.impressions import Bias, Impression

NEEDED = 300  # decisions of a role; with fewer it is learned together with others like it, and if they are too few it keeps its weights
LATER = 0.2  # the share of the time that is kept for judging
APART = 5  # every fifth organisation is kept for judging
ECE, GINI = 0.03, 0.02  # calibration at most so far off; exposure at most so much more unequal
TOP = 10


@dataclass(frozen=True)
class Verdict:
    """Of one role: what was learned, and every gate with its figures; released only where all are passed."""

    role: Role
    decisions: int
    running: Mapping[Feature, float]
    proposed: Mapping[Feature, float]
    gates: Mapping[str, tuple[bool, str]] = field(default_factory=dict)
    together: tuple[Role, ...] = ()  # with which roles it was learned, where it had too few decisions of its own

    @property
    def passes(self) -> bool:
        return bool(self.gates) and all(kept for kept, _ in self.gates.values())


def apart(organisation: str) -> bool:
    """Whether an organisation's answers are for judging; always the same ones."""
    return int.from_bytes(sha256(organisation.encode()).digest()[:4], "big") % APART == 0


def split(decisions: Sequence[Decision]) -> tuple[list[Decision], list[Decision]]:
    """To learn from, and to judge by: later, and of others."""
    if not decisions:
        return [], []
    days = sorted(d.on for d in decisions)
    since = days[int(len(days) * (1 - LATER))]
    return [d for d in decisions if d.on < since and not apart(d.by)], [d for d in decisions if d.on >= since and apart(d.by)]


def tried(decisions: Sequence[Decision], running: Roles, bias: float, seed: int = 1) -> list[Verdict]:
    """Every role with what was learned of it, and how that did on what it was not learned from; roles with few decisions are learned together."""
    parts = {role: split([d for d in decisions if d.role == role]) for role in get_args(Role)}
    few: tuple[Role, ...] = tuple(role for role, (learning, _) in parts.items() if 0 < len(learning) < NEEDED)
    groups: list[tuple[Role, ...]] = [(role,) for role, (learning, _) in parts.items() if len(learning) >= NEEDED]
    if len(few) > 1 and sum(len(parts[role][0]) for role in few) >= NEEDED:
        groups.append(few)
    found: dict[Role, tuple[dict[Feature, float], dict[str, tuple[bool, str]], tuple[Role, ...]]] = {}
    for group in groups:
        learning, judging = ([d for role in group for d in parts[role][n]] for n in (0, 1))
        proposed = learned(learning, running, bias)
        kept = gates(learning, judging, running, proposed, bias, seed)
        found |= {role: (proposed[role], kept, group) for role in group}
    verdicts = []
    for role in get_args(Role):
        many = sum(d.role == role for d in decisions)
        new, kept, group = found.get(role, (dict(running[role]), {}, (role,)))
        verdicts.append(Verdict(role, many, running[role], new, kept, group if len(group) > 1 else ()))
    return verdicts


def gates(
    learning: Sequence[Decision], judging: Sequence[Decision], running: Roles, proposed: Roles, bias: float, seed: int
) -> dict[str, tuple[bool, str]]:
    lists = [d for d in by_seeker(judging).values() if len(d) > 1 and any(x.gain for x in d)]
    if len(lists) < 2:
        return {"judged": (False, f"{len(judging)} decisions to judge by, {len(lists)} lists: too few")}
    old, new = ([ranked_gain(x, weights) for x in lists] for weights in (running, proposed))
    width = half_width([n - o for n, o in zip(new, old, strict=True)], Random(seed))
    weighed = counts(learning, bias)
    said = chances(learning, proposed, weighed)
    off = calibration_error(judging, proposed, said)
    before = surprise(judging, running, calibrated(learning, running, weighed))
    after = surprise(judging, proposed, calibrated(learning, proposed, weighed))
    return {
        "nDCG@10": (fmean(new) >= fmean(old) - width, f"{fmean(old):.3f} → {fmean(new):.3f} ± {width:.3f} over {len(lists)} lists"),
        "log loss": (after <= before + 1e-3, f"{before:.4f} → {after:.4f}"),
        "ECE": (off <= ECE, f"{off:.3f} ≤ {ECE} ({'isotonic' if isinstance(said, Steps) else 'Platt'})"),
        "weights": (
            all(min(w.values()) >= 0 and abs(sum(w.values()) - 1) < 1e-9 for w in proposed.values()),
            "none below nothing, together 1",
        ),
    }


def by_seeker(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    found: defaultdict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        found[decision.seeker].append(decision)
    return dict(found)


def ranked_gain(decisions: Sequence[Decision], weights: Roles) -> float:
    gains = {d.match: float(d.gain) for d in decisions}
    values = {d.match: score(d, weights) for d in decisions}
    return ndcg(sorted(gains, key=lambda m: (-values[m], m)), gains, TOP)


def weighed(running: Weights, verdicts: Iterable[Verdict], version: str, since: date, note: str) -> Weights:
    """The running version with the weights of the roles that passed."""
    roles = {**running.roles, **{v.role: dict(v.proposed) for v in verdicts if v.passes}}
    return Weights.model_validate(
        running.model_dump(by_alias=True)
        | {"version": version, "effective_from": since, "effective_to": None, "change_note": note, "roles": roles}
    )


# ── the shadow run ────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Shadow:
    """Lists as they are and as they would be: how many places differ, and exposure before and after."""

    lists: int
    kept_places: float
    gini_running: float
    gini_proposed: float
    most_changed: tuple[tuple[str, int], ...]

    @property
    def passes(self) -> bool:
        return self.gini_proposed <= self.gini_running + GINI


def shadow(parties: Sequence[Party], running: Scale, proposed: Scale, day: date, most: int = 200, seed: int = 1) -> Shadow:
    """Lists of up to so many associations and enterprises, drawn from a seed, under both versions."""
    pools: dict[PartyKind, list[Party]] = {k: [p for p in parties if p.kind == k] for k in ("ASSOCIATION", "ENTERPRISE")}
    asked = [(p, pools["ENTERPRISE" if p.kind == "ASSOCIATION" else "ASSOCIATION"]) for k in pools for p in pools[k]]
    dice = Random(seed)
    asked = dice.sample(asked, min(most, len(asked)))
    shown: list[dict[str, float]] = [{}, {}]
    kept, changed = [], []
    for seeker, pool in asked:
        lists = [[p.id for p, _ in rank(seeker, pool, scale, day, TOP).best] for scale in (running, proposed)]
        for seen, ids in zip(shown, lists, strict=True):
            for place, id_ in enumerate(ids, 1):
                seen[id_] = seen.get(id_, 0.0) + 1 / log2(place + 1)
        same = len(set(lists[0]) & set(lists[1]))
        if lists[0]:
            kept.append(same / len(lists[0]))
            changed.append((seeker.id, len(lists[0]) - same))
    everybody = [p.id for pool in pools.values() for p in pool]
    one, other = (gini([seen.get(i, 0.0) for i in everybody]) for seen in shown)
    worst = tuple(sorted(changed, key=lambda c: (-c[1], c[0]))[:5])
    return Shadow(len(asked), round(fmean(kept), 4) if kept else 1.0, round(one, 4), round(other, 4), worst)


def gini(values: Sequence[float]) -> float:
    """0 when all have the same, towards 1 when one has all."""
    ordered, whole = sorted(values), fsum(values)
    if not whole:
        return 0.0
    return 2 * fsum(n * v for n, v in enumerate(ordered, 1)) / (len(ordered) * whole) - (len(ordered) + 1) / len(ordered)


@dataclass(frozen=True)
class Exposed:
    """What lists have really shown: how many, to how many seekers, how unequally, and what came of the newcomers' places."""

    lists: int
    seekers: int
    candidates: int
    gini: float
    newcomers: int
    newcomers_chosen: int


def exposed(impressions: Sequence[Impression], chosen: Iterable[tuple[str, str]]) -> Exposed:
    """Exposure by place, 1 / log2(place + 1), among those who were shown at all; `chosen`: (seeker, candidate) of proposals."""
    seen: defaultdict[str, float] = defaultdict(float)
    newcomers = set()
    for one in impressions:
        for place, shown in enumerate(one.places, 1):
            seen[shown.candidate] += one.times / log2(place + 1)
            if shown.placed == "EXPLORED":
                newcomers.add((one.seeker, shown.candidate))
    return Exposed(
        lists=len(impressions), seekers=len({i.seeker for i in impressions}), candidates=len(seen), gini=round(gini(list(seen.values())), 4),
        newcomers=len(newcomers), newcomers_chosen=len(newcomers & set(chosen)),
    )  # fmt: skip


def told(verdicts: Sequence[Verdict], seen: Shadow | None, version: str, bias: Bias | None = None, real: Exposed | None = None) -> str:
    """The difference report, for the person who releases it [校准差异报告]."""
    lines = [f"# 对接权重校准差异报告 {version}", ""]
    if real:
        lines += ["## 推荐展示 lists shown", "", f"名单 {real.lists} 份，主体 {real.seekers} 家，被展示对象 {real.candidates} 家，曝光基尼系数 {real.gini:.3f}。",
                  f"新对象探索位 {real.newcomers} 个，其中 {real.newcomers_chosen} 个被提出对接。", ""]  # fmt: skip
    if bias:
        how = f"由 {bias.of} 次互换位置后的选择估计，标准误 {bias.error:.2f}" if bias.of else "按假定，互换位置后的选择尚不足"
        lines += [f"位置偏差 η = {bias.eta:.2f}（{how}）。", ""]
    for v in verdicts:
        lines += [f"## {v.role}", "", f"有效答复 {v.decisions} 条。"]
        if not v.gates:
            lines += [f"不足 {NEEDED} 条，沿用现行权重。", ""]
            continue
        if v.together:
            lines += [f"不足 {NEEDED} 条，与 {'、'.join(r for r in v.together if r != v.role)} 合并校准（各设截距）。", ""]
        lines += ["", "| 要素 feature | 现行 running | 建议 proposed |", "|---|--:|--:|"]
        lines += [f"| {f} | {w:.3f} | {v.proposed[f]:.3f} |" for f, w in v.running.items()]
        lines += ["", "| 关口 gate | 结果 | 数值 |", "|---|---|---|"]
        lines += [f"| {name} | {'通过' if kept else '未通过'} | {figures} |" for name, (kept, figures) in v.gates.items()]
        lines += ["", "建议采用。" if v.passes else "未通过全部关口，不予采用。", ""]
    if seen is not None:
        lines += ["## 影子运行 shadow run", "", f"抽取 {seen.lists} 份推荐名单，前 {TOP} 名中 {seen.kept_places:.0%} 不变。",
                  f"曝光基尼系数 {seen.gini_running:.3f} → {seen.gini_proposed:.3f}（{'通过' if seen.passes else '未通过'}，上限 +{GINI}）。"]  # fmt: skip
        lines += [f"- {id_}：{n} 名变化" for id_, n in seen.most_changed if n]
    return "\n".join(lines) + "\n"


def passed(verdicts: Sequence[Verdict], seen: Shadow | None) -> bool:
    """Whether there is anything to release, and nothing against it."""
    return any(v.passes for v in verdicts) and (seen is None or seen.passes)
