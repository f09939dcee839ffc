"""Terms of a text and what each weighs, from a frozen and versioned table (`data/terms.yaml`). matching.md §2.1, §2.6.

Terms are words of the controlled vocabulary and character bigrams; generic policy words [研发、平台、合作 …] are cut out first.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache, partial
from math import fsum, log
from pathlib import Path
from statistics import median

from shared.industry import classes, name_of
from shared.versions import Versioned, Versions

DATA = Path(__file__).parents[1] / "data"
RUNS = re.compile(r"[㐀-鿿]+|[a-z0-9][a-z0-9+.#-]*")
Terms = Mapping[str, float]  # term → strength: 1 when stated, less when inferred


class TermRules(Versioned):
    """Which words count, in how many of `documents` each occurs (`table`), and between which bounds a term weighs."""

    table: str
    documents: int
    bounds: tuple[float, float]
    generic: tuple[str, ...]
    vocabulary: tuple[str, ...]


class TermTable:
    """The rules with their table: `weight(term)`, `terms(text)`."""

    def __init__(self, rules: TermRules, documents: Mapping[str, int]) -> None:
        self.version, self._rules = rules.version, rules
        low, high = rules.bounds
        n = rules.documents
        self._weights = {t: min(high, max(low, log(1 + (n - df + 0.5) / (df + 0.5)))) for t, df in documents.items()}
        self._unknown = median(self._weights.values())
        self._pieces = lru_cache(maxsize=20_000)(partial(pieces, generic=rules.generic, vocabulary=rules.vocabulary))

    def weight(self, term: str) -> float:
        """clip(ln(1 + (n - df + .5)/(df + .5)), .5, 8); a term nobody has seen weighs the median."""
        return self._weights.get(term, self._unknown)

    def terms(self, texts: Iterable[str], strength: float = 1.0) -> dict[str, float]:
        return {t: strength for text in texts for t in self._pieces(text)}

    def cover(self, wanted: Terms, given: Terms) -> float:
        """Which share of what is wanted is given, by weight: 0…1; inferred terms count by their strength on either side."""
        whole = fsum(self.weight(t) for t in wanted)  # exact, so the order of a set (another in each process) does not show
        met = fsum(self.weight(t) * strength * given[t] for t, strength in wanted.items() if t in given)
        return met / whole if whole else 0.0

    def common(self, wanted: Terms, given: Terms, most: int = 3) -> tuple[str, ...]:
        """The weightiest terms both share, words before bigrams: what a person is told."""
        shared = [t for t in wanted if t in given]
        return tuple(sorted(shared, key=lambda t: (t not in self._rules.vocabulary, -self.weight(t), t))[:most])


def pieces(text: str, generic: tuple[str, ...], vocabulary: tuple[str, ...]) -> frozenset[str]:
    """The terms of a text; width and case do not matter."""
    text = unicodedata.normalize("NFKC", text).casefold()
    found = {word for word, folded in _folded(vocabulary) if folded in text}
    for run in RUNS.findall(_generic(generic).sub(" ", text)):
        found |= {run} if run.isascii() or len(run) == 1 else {run[i : i + 2] for i in range(len(run) - 1)}
    return frozenset(found)


@cache
def _folded(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((word, word.casefold()) for word in words)


@cache
def _generic(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)) or r"(?!)")  # no words: nothing is cut


@cache
def class_names(code: str) -> tuple[str, ...]:
    """What an industry code says of itself: its name, and for a group the names of its classes."""
    return (name_of(code), *(name for c, name in classes().items() if len(code) == 3 and c.startswith(code)))


@cache
def term_rules() -> Versions[TermRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(DATA / "terms.yaml", TermRules)


@cache
def term_table(version: str) -> TermTable:
    """The table of a version, read once. Raises: KeyError for a version not shipped."""
    rules = term_rules().get("TERMS", version)
    with (DATA / rules.table).open(encoding="utf-8") as lines:
        return TermTable(rules, {row["term"]: int(row["documents"]) for row in csv.DictReader(lines)})
