"""How good the ranking is, on pairs that people have judged: `python -m services.matchmaking.judge FILE`. matching.md §4.7.

The file (CSV, TSV or JSON lines) has a row for each judged pair: `query, candidate, grade, query_text, candidate_text`; a text is needed
once for each id. Optional: `back`, the candidate's own grade of the query; `query_gbt4754` and `candidate_gbt4754`, codes with `;` between.
Each query's judged candidates are ranked by the scorer of the product and, beside it, by one side alone, by BM25 over the same terms, by how
many other queries a candidate suits, and by chance. Ties go by id, so that a run says the same again.
"""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from math import fsum, log, log2
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any, get_args

from services.matchmaking.engine.scoring import Party, Scale, Statement, assess
from services.matchmaking.engine.terms import TermTable, term_rules, term_table
from services.matchmaking.engine.weights import PartyKind, weights

PAIR = ("query", "candidate", "grade")  # what every row says
RESAMPLES = 1_000  # of the queries, for the half-width of an interval of 95 %
SHUFFLES = 20  # what chance gives, on average
K1, B = 1.2, 0.75  # of BM25 (Robertson and Zaragoza, 2009)
Scores = Mapping[str, float]


class BadFile(Exception):
    """The file cannot be judged; the sentence names the row and nothing that stands in it."""


@dataclass
class Judged:
    """The pairs, by query; and what is known of each id."""

    grades: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    back: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    texts: dict[tuple[str, str], str] = field(default_factory=dict)  # ("query" or "candidate", id) → text
    codes: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def candidates(self) -> list[str]:
        return sorted({c for judged in self.grades.values() for c in judged})


# ── reading ───────────────────────────────────────────────────────────────────────────────────────
def rows_of(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Row number and fields. Raises: BadFile."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            if file.suffix == ".jsonl":
                yield from ((n, json.loads(line)) for n, line in enumerate(lines, 1) if line.strip())
            else:
                yield from enumerate(csv.DictReader(lines, delimiter="\t" if file.suffix == ".tsv" else ","), 2)
    except FileNotFoundError:
        raise BadFile("there is no such file") from None
    except UnicodeDecodeError:
        raise BadFile("the file is not UTF-8") from None
    except (json.JSONDecodeError, csv.Error) as error:
        raise BadFile(f"a line cannot be read: {type(error).__name__}") from None


def judged_of(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Judged:
    """Raises: BadFile for a missing column, a grade that is no whole number, a pair judged twice differently, an id without a text."""
    found = Judged()
    for n, row in rows:
        if not isinstance(row, Mapping) or (missing := [c for c in PAIR if row.get(c) in (None, "")]):
            raise BadFile(f"row {n}: {', '.join(missing) if isinstance(row, Mapping) else 'fields by name'} missing")
        query, candidate = str(row["query"]), str(row["candidate"])
        for name, grades in (("grade", found.grades), ("back", found.back)):
            if row.get(name) not in (None, ""):
                try:
                    grade = int(row[name])
                except (TypeError, ValueError):
                    raise BadFile(f"row {n}: {name} is not a whole number") from None
                if grades[query].setdefault(candidate, grade) != grade:
                    raise BadFile(f"row {n}: this pair was judged before, and differently")
        for side, id_ in (("query", query), ("candidate", candidate)):
            if text := str(row.get(f"{side}_text") or "").strip():
                found.texts.setdefault((side, id_), text)
            if codes := str(row.get(f"{side}_gbt4754") or "").strip():
                found.codes.setdefault((side, id_), tuple(codes.split(";")))
    if not found.grades:
        raise BadFile("no pair in it")
    ids = [("query", q) for q in found.grades] + [("candidate", c) for c in found.candidates]
    if bare := [side for side, id_ in ids if (side, id_) not in found.texts]:
        raise BadFile(f"{len(bare)} ids have no text, the first is a {bare[0]}")
    return found


def own_table(judged: Judged) -> TermTable:
    """The weights of terms in the file itself, for texts of another world than the shipped table's."""
    rules = term_rules().in_force(datetime.now(UTC).date(), "TERMS")
    shipped = term_table(rules.version)
    documents = Counter(term for text in judged.texts.values() for term in shipped.terms((text,)))
    return TermTable(rules.model_copy(update={"documents": len(judged.texts)}), documents)


# ── ranking ───────────────────────────────────────────────────────────────────────────────────────
def parties(judged: Judged, seeker: PartyKind, candidate: PartyKind) -> Callable[[str, str], Party]:
    """(side, id) → what the scorer sees: its text is what it needs and what it offers, for the file does not say which."""
    kinds: dict[str, PartyKind] = {"query": seeker, "candidate": candidate}

    def party(side: str, id_: str) -> Party:
        stated = (Statement(id_, (judged.texts[side, id_],)),)
        return Party(id_, kinds[side], "", "", judged.codes.get((side, id_), ()), needs=stated, offers=stated)

    return party


def methods(judged: Judged, scale: Scale, seeker: PartyKind, candidate: PartyKind, relevant: int) -> dict[str, Callable[[str], Scores]]:
    """Name → query → candidate → score."""
    party, today = parties(judged, seeker, candidate), datetime.now(UTC).date()
    seen = {c: party("candidate", c) for c in judged.candidates}
    terms = {c: scale.table.terms((judged.texts["candidate", c],)) for c in seen}
    frequent = Counter(t for words in terms.values() for t in words)
    usual = fmean(len(words) for words in terms.values()) or 1.0
    suits = Counter(c for grades in judged.grades.values() for c, g in grades.items() if g >= relevant)

    @cache
    def assessed(query: str) -> dict[str, tuple[float, float]]:
        one = party("query", query)
        made = {c: assess(one, seen[c], scale, today) for c in judged.grades[query]}
        return {c: (a.mutual, a.seeker_score) for c, a in made.items()}

    def bm25(query: str) -> Scores:
        asked = scale.table.terms((judged.texts["query", query],))
        rare = {t: log(1 + (len(terms) - frequent[t] + 0.5) / (frequent[t] + 0.5)) for t in asked}
        return {
            c: fsum(rare[t] * (K1 + 1) / (1 + K1 * (1 - B + B * len(terms[c]) / usual)) for t in asked if t in terms[c])
            for c in judged.grades[query]
        }

    return {
        "mutual": lambda query: {c: both for c, (both, _) in assessed(query).items()},
        "one side": lambda query: {c: one for c, (_, one) in assessed(query).items()},
        "BM25": bm25,
        "popularity": lambda query: {c: suits[c] - (g >= relevant) for c, g in judged.grades[query].items()},
    }


def ranked(scores: Scores) -> list[str]:
    return sorted(scores, key=lambda c: (-scores[c], c))


# ── measures ──────────────────────────────────────────────────────────────────────────────────────
def ndcg(order: Sequence[str], gains: Mapping[str, float], top: int) -> float:
    """Discounted gain of the first `top` over the best there is (Järvelin and Kekäläinen, 2002)."""
    made = fsum(gains[c] / log2(n + 2) for n, c in enumerate(order[:top]))
    best = fsum(g / log2(n + 2) for n, g in enumerate(sorted(gains.values(), reverse=True)[:top]))
    return made / best if best else 0.0


def measures(order: Sequence[str], grades: Mapping[str, int], lowest: int, relevant: int, top: int) -> dict[str, float]:
    """Of one query; gain 2^(grade - lowest) - 1."""
    good = {c for c, g in grades.items() if g >= relevant}
    first = next((n for n, c in enumerate(order, 1) if c in good), 0)
    return {
        "ndcg": ndcg(order, {c: 2.0 ** (g - lowest) - 1 for c, g in grades.items()}, top),
        "recall": len(good & set(order[:top])) / len(good),
        "mrr": 1 / first if first else 0.0,
        "success@1": float(order[0] in good),
    }


def mutual_measures(order: Sequence[str], good: set[str], top: int) -> dict[str, float]:
    """Of one query: how much of the first `top` both sides want, and how much of what both want is there."""
    hit = len(good & set(order[:top]))
    return {"both precision": hit / min(top, len(order)), "both recall": hit / len(good)}


def half_width(values: Sequence[float], dice: Random) -> float:
    """Half of the interval of 95 % of the mean, by resampling the queries."""
    means = sorted(fmean(dice.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return (means[int(0.975 * RESAMPLES) - 1] - means[int(0.025 * RESAMPLES)]) / 2


def judge(
    judged: Judged, scale: Scale, *, top: int = 10, relevant: int | None = None, seeker: PartyKind = "ENTERPRISE",
    candidate: PartyKind = "ASSOCIATION", seed: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """The report: how many queries count, and every measure of every method. Raises: BadFile when no query has anything relevant."""
    all_grades = [g for grades in judged.grades.values() for g in grades.values()]
    lowest, bar = min(all_grades), relevant if relevant is not None else max(all_grades) - (max(all_grades) - min(all_grades)) // 3
    queries = sorted(q for q, grades in judged.grades.items() if any(g >= bar for g in grades.values()))
    if not queries or bar == lowest:
        raise BadFile("no query has a candidate that is better than the others")
    mutual = {q: {c for c, g in judged.grades[q].items() if g >= bar and judged.back[q].get(c, lowest) >= bar} for q in list(judged.back)}
    dice = Random(seed)
    report: dict[str, Any] = {
        "pairs": len(all_grades), "queries": len(judged.grades), "counted": len(queries), "relevant_from": bar, "top": top,
        "terms": scale.table.version, "weights": scale.weights.version, "methods": {},
    }  # fmt: skip

    def orders() -> Iterator[tuple[str, Callable[[str], list[list[str]]]]]:
        for name, scores in methods(judged, scale, seeker, candidate, bar).items():
            yield name, lambda q, s=scores: [ranked(s(q))]  # type: ignore[misc]
        yield "chance", lambda q: [dice.sample(sorted(judged.grades[q]), len(judged.grades[q])) for _ in range(SHUFFLES)]

    for name, order in orders():
        found: defaultdict[str, list[float]] = defaultdict(list)
        for query in queries:
            for measure, values in gathered(order(query), judged.grades[query], mutual.get(query, set()), lowest, bar, top).items():
                found[measure].append(fmean(values))
        report["methods"][name] = {m: round(fmean(v), 4) for m, v in found.items()} | {"±": round(half_width(found["ndcg"], dice), 4)}
    return report


def gathered(
    orders: Iterable[Sequence[str]], grades: Mapping[str, int], good: set[str], lowest: int, relevant: int, top: int
) -> dict[str, list[float]]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for order in orders:
        made = measures(order, grades, lowest, relevant, top) | (mutual_measures(order, good, top) if good else {})
        for measure, value in made.items():
            found[measure].append(value)
    return dict(found)


# ── the command ───────────────────────────────────────────────────────────────────────────────────
def asked(words: Sequence[str]) -> argparse.Namespace:
    kinds = get_args(PartyKind)
    parser = argparse.ArgumentParser(prog="python -m services.matchmaking.judge", description=(__doc__ or "").split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("file", type=Path, help=".csv, .tsv or .jsonl")
    parser.add_argument("--top", type=int, default=10, help="how much of a list is looked at (10)")
    parser.add_argument("--relevant", type=int, help="the lowest grade that is good; without it the upper third of the scale")
    parser.add_argument(
        "--terms", choices=("shipped", "own"), default="shipped", help="weights of terms: as the product has them, or of this file"
    )
    parser.add_argument("--seeker", choices=kinds, default="ENTERPRISE", help="by whose weights the query sees the candidates")
    parser.add_argument("--candidate", choices=kinds, default="ASSOCIATION", help="by whose weights a candidate sees the query")
    parser.add_argument("--at-least", type=float, help="end with 1 when the mutual score ranks worse than this nDCG by more than .005")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="the report for machines")
    return parser.parse_args(words)


def table(report: Mapping[str, Any]) -> str:
    names = list(dict.fromkeys(m for found in report["methods"].values() for m in found))
    head = (
        f"{report['pairs']} pairs, {report['counted']} of {report['queries']} queries have a candidate graded {report['relevant_from']} or better; "
        f"first {report['top']}; terms {report['terms']}, weights {report['weights']}"
    )
    lines = [" ".join((f"{'':12}", *(f"{n:>14}" for n in names)))]
    for method, found in report["methods"].items():
        lines.append(" ".join((f"{method:12}", *(f"{found[n]:14.3f}" if n in found else f"{'–':>14}" for n in names))))
    return "\n".join((head, "", *lines))


def main(words: Sequence[str] | None = None) -> int:
    told = asked(sys.argv[1:] if words is None else words)
    try:
        judged = judged_of(rows_of(told.file))
        today = datetime.now(UTC).date()
        terms = own_table(judged) if told.terms == "own" else term_table(term_rules().in_force(today, "TERMS").version)
        scale = Scale(weights().in_force(today, "MATCH"), terms)
        report = judge(judged, scale, top=told.top, relevant=told.relevant, seeker=told.seeker, candidate=told.candidate, seed=told.seed)
    except BadFile as bad:
        sys.stderr.write(f"{told.file.name}: {bad}\n")
        return 2
    sys.stdout.write((json.dumps(report, ensure_ascii=False) if told.json else table(report)) + "\n")
    reached: float = report["methods"]["mutual"]["ndcg"]
    return 1 if told.at_least is not None and reached < told.at_least - 0.005 else 0


if __name__ == "__main__":
    sys.exit(main())
