"""A fact of an association, and how formulas read the facts of one: by key, year and window (domain §4.4, fact dictionary)."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from shared.record import Value

Scalar = bool | int | str
# SUM, MEAN (per year), FIRST and LAST (year) look at the window; LATEST at the newest year known, window or not
Take = Literal["SUM", "MEAN", "FIRST", "LAST", "LATEST"]
SOURCES_KEPT = 20
FACTS = "facts"  # the collection of the fact store


class Fact(Value):
    """One row: key and year, the value in the unit of the dictionary, and the events it was built from.

    RATIO and SCORE values are decimal text, DATE values ISO days, FEN whole fen. `sources` keeps the last twenty event ids
    (or `case`, `derived`), `events` counts them all."""

    key: Annotated[str, Field(min_length=1, max_length=120)]
    year: Annotated[int, Field(ge=1949, le=9999)]
    value: Scalar
    sources: tuple[str, ...] = ()
    events: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Fact":
        """From a row of the fact store."""
        return cls(key=row["key"], year=row["year"], value=row["value"], sources=tuple(row["sources"]), events=row["events"])


class Facts:
    """The facts of one association as a formula reads them, for one window and one day of reckoning."""

    def __init__(self, facts: Iterable[Fact], years: tuple[int, ...], as_of: date) -> None:
        self.years, self.as_of = years, as_of
        self._rows: dict[str, dict[int, Fact]] = {}
        for fact in facts:
            self._rows.setdefault(fact.key, {})[fact.year] = fact

    def within(self, *years: int) -> "Facts":
        """The same facts with another window; LATEST still sees every year."""
        other = Facts((), years, self.as_of)
        other._rows = self._rows
        return other

    def rows(self, key: str, take: Take) -> list[Fact]:
        """The rows this way of taking looks at, oldest first."""
        known = self._rows.get(key, {})
        if take == "LATEST":
            seen = [y for y in known if y <= self.as_of.year]
            return [known[max(seen)]] if seen else []
        wanted = {"FIRST": self.years[:1], "LAST": self.years[-1:]}.get(take, self.years)
        return [known[y] for y in sorted(known) if y in wanted]

    def seen(self, key: str) -> list[Fact]:
        """Every row of the key (for a family `stem[*]`, of every item) a formula could look at: the window's, and the newest."""
        keys = [k for k in sorted(self._rows) if k.startswith(f"{key.removesuffix('[*]')}[")] if key not in self._rows else [key]
        rows = {(r.key, r.year): r for k in keys for r in (*self.rows(k, "SUM"), *self.rows(k, "LATEST"))}
        return [rows[place] for place in sorted(rows)]

    def value(self, key: str, take: Take) -> Scalar | None:
        """The value of a fact that is not added up (for SUM and MEAN: of the newest row seen); None when nobody told."""
        rows = self.rows(key, take)
        return rows[-1].value if rows else None

    def number(self, key: str, take: Take) -> Fraction | None:
        """A number, added up or averaged over the years of the window; None when nobody told. True counts as one."""
        rows = self.rows(key, take)
        if not rows:
            return None
        total = sum((number_of(r.value) for r in rows), Fraction(0))
        return total / len(self.years) if take == "MEAN" else total

    def day(self, key: str, take: Take) -> date | None:
        value = self.value(key, take)
        return date.fromisoformat(str(value)) if value is not None else None

    def family(self, stem: str, take: Take) -> dict[str, list[Fact]]:
        """The rows of every key `stem[item]`, by item."""
        found = {
            key[len(stem) + 1 : -1]: self.rows(key, take) for key in sorted(self._rows) if key.startswith(f"{stem}[") and key.endswith("]")
        }
        return {item: rows for item, rows in found.items() if rows}


def facts_of(rows: Iterable[Mapping[str, Any]]) -> list[Fact]:
    """Rows of the store as facts, by key and year."""
    return sorted((Fact.of(row) for row in rows), key=lambda f: (f.key, f.year))


def number_of(value: Scalar) -> Fraction:
    return Fraction(int(value)) if isinstance(value, bool) else Fraction(value)


def hash_of(facts: Iterable[Fact]) -> str:
    """The seal of a frozen fact set: SHA-256 over its canonical JSON, whatever order the rows came in."""
    rows = sorted((f.model_dump(mode="json") for f in facts), key=lambda f: (f["key"], f["year"]))
    return sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()
