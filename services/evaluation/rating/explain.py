"""Why so many points [评分说明]: for every indicator its points, formula, inputs and rule version, in Chinese and English, so that a review can be answered."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.evaluation.facts.derived import ratio_text
from services.evaluation.facts.dictionary import FactDictionary
from services.evaluation.facts.fact import Fact
from services.evaluation.rating.application import RatingApplication
from services.evaluation.rulebook.formulas import Cases, Check, Condition, Deadline, Landed, Lin, Measure, Part, Share, Tally
from services.evaluation.rulebook.rulebook import Indicator, Rulebook, rulebook_of
from services.evaluation.rulebook.scoring import IndicatorScore, mean_marks, reading

Said = dict[str, str]
TAKES: dict[str, Said] = {
    "SUM": {"zh": "评估期合计", "en": "in the window"},
    "MEAN": {"zh": "年均", "en": "per year"},
    "FIRST": {"zh": "首年", "en": "in the first year"},
    "LAST": {"zh": "末年", "en": "in the last year"},
    "LATEST": {"zh": "最新", "en": "latest"},
}
NA: dict[str, Said] = {
    "FULL": {"zh": "无可评事项，按满分", "en": "nothing to measure: full points"},
    "HALF": {"zh": "无可评事项，按半分", "en": "nothing to measure: half the points"},
    "ZERO": {"zh": "无可评事项，不得分", "en": "nothing to measure: no points"},
    "NOTHING_MEASURED": {"zh": "无相关事实，不得分", "en": "no facts: no points"},
}
TESTS: dict[str, Said] = {
    "is_": {"zh": "为", "en": "is"},
    "is_not": {"zh": "不为", "en": "is not"},
    "in_": {"zh": "属于", "en": "is one of"},
    "not_in": {"zh": "不属于", "en": "is none of"},
    "at_least": {"zh": "不少于", "en": "at least"},
    "at_most": {"zh": "不超过", "en": "at most"},
    "below": {"zh": "低于", "en": "below"},
    "at_least_fact": {"zh": "不少于", "en": "at least"},
    "absent": {"zh": "缺失", "en": "is missing"},
    "months_since_at_least": {"zh": "已满（月）", "en": "months ago at least"},
    "months_since_below": {"zh": "未满（月）", "en": "months ago less than"},
    "not_past": {"zh": "未届满", "en": "not past"},
}
SCORED_BY: dict[str, Said] = {
    "FACTS": {"zh": "依据事实自动计算", "en": "reckoned from facts"},
    "PANEL": {"zh": "专家组评分平均值", "en": "mean of the panel"},
    "LATER": {"zh": "待社会评价后计算", "en": "reckoned after the social evaluation"},
}


class Wording:
    """Formulas in words, in one language; the titles of facts come from the dictionary."""

    def __init__(self, dictionary: FactDictionary, language: str) -> None:
        self.dictionary, self.language = dictionary, language

    def pick(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def title(self, key: str) -> str:
        entry = self.dictionary.find(key)
        return self.pick(entry.zh, entry.en) if entry else key

    def measure(self, x: Measure) -> str:
        name = self.title(x.fact) + (f" ÷ {self.title(x.over)}" if x.over else "")
        return f"{name}（{TAKES[x.take]['zh']}）" if self.language == "zh" else f"{name} ({TAKES[x.take]['en']})"

    def condition(self, c: Condition) -> str:
        ((test, wanted),) = c.tests.items()
        if test in ("absent", "not_past"):
            word = TESTS[test][self.language] if wanted else self.pick("已有", "is known")
            return f"{self.title(c.fact)} {word}"
        if test == "at_least_fact":
            said = self.title(str(wanted))
        elif isinstance(wanted, bool):
            said = self.pick("是", "true") if wanted else self.pick("否", "false")
        elif isinstance(wanted, tuple):
            said = self.pick("、", ", ").join(wanted)
        else:
            said = plain(wanted)
        return f"{self.title(c.fact)} {TESTS[test][self.language]} {said}"

    def conditions(self, conditions: tuple[Condition, ...]) -> str:
        return self.pick("；", "; ").join(self.condition(c) for c in conditions)

    def part(self, part: Part) -> str:
        points = plain(part.points)
        match part:
            case Lin():
                said = f"{points} × clamp(({self.measure(part.x)} − {plain(part.from_)}) ÷ ({plain(part.to)} − {plain(part.from_)}), 0, 1)"
                if part.at_most:
                    limit, flag = plain(part.at_most.points), self.title(part.at_most.unless)
                    said += self.pick(f"；除非{flag}，不超过 {limit}", f"; at most {limit} unless {flag}")
            case Share():
                ratio = f"{self.title(part.part)} ÷ {self.title(part.of)}"
                said = f"{points} × (1 − {ratio})" if part.inverse else f"{points} × {ratio}"
            case Check():
                said = self.pick(f"满足得 {points}：", f"{points} if ") + self.conditions(part.when)
            case Cases():
                said = self.pick("；否则 ", "; otherwise ").join(f"{plain(c.points)}: {self.conditions(c.when)}" for c in part.cases)
            case Tally():
                said = " + ".join(f"{plain(n)} × {self.title(k)}" for k, n in part.each.items()) + self.pick(
                    f"，最多 {points}", f", at most {points}"
                )
            case Deadline():
                late = self.pick("；", "; ").join(
                    self.pick(f"逾期{x.days}日内 {plain(x.points)}", f"up to {x.days} days late {plain(x.points)}") for x in part.late
                )
                said = self.pick(f"{self.title(part.due)}前完成 {points}", f"done by: {self.title(part.due)} {points}") + (
                    f"; {late}" if late else ""
                )
            case Landed():
                steps = ", ".join(f"{stage} {plain(n)}" for stage, n in part.by_stage.items())
                said = self.pick(
                    f"每个项目最高阶段分 × 引荐份额（{steps}），最多 {points}",
                    f"per project highest stage × share of credit ({steps}), at most {points}",
                )
            case _:
                said = part.formula
        return said + (self.pick("（每年）", " (each year)") if part.each_year else "")


def plain(x: Any) -> str:
    return ratio_text(x) if isinstance(x, Fraction) else str(x)


def in_both(dictionary: FactDictionary, part: Part) -> Said:
    return {language: Wording(dictionary, language).part(part) for language in ("zh", "en")}


def inputs_of(score: IndicatorScore, facts: Mapping[str, Fact], dictionary: FactDictionary) -> list[dict[str, Any]]:
    rows = []
    for place in score.facts:
        if fact := facts.get(place):
            entry = dictionary.find(fact.key)
            title = {"zh": entry.zh, "en": entry.en} if entry else {"zh": fact.key, "en": fact.key}
            rows.append({"fact": fact.key, "year": fact.year, "title": title, "unit": entry.unit if entry else "", "value": fact.value,
                         "sources": list(fact.sources), "events": fact.events})  # fmt: skip
    return rows


def explain_indicator(
    book: Rulebook, indicator: Indicator, score: IndicatorScore, facts: Mapping[str, Fact], panel: Mapping[str, Decimal]
) -> dict[str, Any]:
    points = score.points if score.points is not None else panel.get(score.code)
    parts = [
        {"formula": in_both(book.dictionary, indicator_part), "name": said.formula, "points": said.points, "most": said.most, "year": said.year,
         "na": {"policy": said.na, **NA.get(said.na, {"zh": f"无可评事项，按 {said.na} 分", "en": f"nothing to measure: {said.na} points"})} if said.na else None}
        for indicator_part, said in zip(parts_by_year(indicator, book), score.parts, strict=False)
    ]  # fmt: skip
    return {
        "code": indicator.code, "title": indicator.title.model_dump(), "kind": indicator.kind, "most": plain(indicator.points),
        "points": str(points) if points is not None else None, "suggested": str(score.suggested) if score.suggested is not None else None,
        "scored_by": {"code": score.scored_by, **SCORED_BY[score.scored_by]}, "rule": indicator.rule.model_dump() if indicator.rule else None,
        "formulas": [in_both(book.dictionary, p) for p in indicator.parts], "parts": parts, "inputs": inputs_of(score, facts, book.dictionary),
        "rulebook": book.ref,
    }  # fmt: skip


def parts_by_year(indicator: Indicator, book: Rulebook) -> list[Part]:
    """The parts as they were scored: a yearly one stands once for each year."""
    return [p for p in indicator.parts for _ in range(book.window_years if p.each_year else 1)]


def explain(application: RatingApplication) -> dict[str, Any]:
    """The whole score, indicator by indicator. Panel marks appear as their mean, never who gave what.

    Raises: Refused when the rulebook of the case is not shipped any more."""
    book = rulebook_of(application.rulebook)
    known = reading(book, application.facts, application.year, application.as_of) if application.as_of else None
    panel, rows = mean_marks([s.marks for s in application.sheets]), list[dict[str, Any]]()
    for score in application.scores:
        if (indicator := book.indicator(score.code)) is None or known is None:
            continue
        facts = {f"{f.key}@{f.year}": f for key in indicator.keys for f in known.seen(key)}
        rows.append(explain_indicator(book, indicator, score, facts, panel))
    return {
        "application": application.id, "association": application.association, "stage": application.stage, "round": application.round,
        "rulebook": {"ref": book.ref, "title": book.title.model_dump()}, "rule_set": application.rule_set, "profile": application.profile,
        "window": list(book.window(application.year)), "as_of": application.as_of.isoformat() if application.as_of else None,
        "facts_hash": application.facts_hash, "indicators": rows, "verdict": explain_verdict(book, application),
    }  # fmt: skip


def explain_verdict(book: Rulebook, application: RatingApplication) -> dict[str, Any] | None:
    """Bonus, deductions, caps and vetoes with their titles; None before there is a proposal."""
    if (verdict := application.verdict) is None:
        return None
    titles = {b.code: b.title.model_dump() for b in book.bonus.items}
    titles |= {e.code: e.title.model_dump() for e in (*book.deductions, *book.caps, *book.vetoes)}
    named = {
        "deductions": verdict.deductions,
        "caps": verdict.caps,
        "vetoes": verdict.vetoes,
        "bonuses": tuple(b.code for b in application.bonuses),
    }
    return {**verdict.model_dump(mode="json"), **{group: [{"code": c, **titles[c]} for c in codes] for group, codes in named.items()}}
