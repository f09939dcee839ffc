"""By what a row of the public list is found and counted: words of its name, its industries, its facets. Pure.

MongoDB has no word index for Chinese, so a name is cut into every character and every two that stand together; a part of a name is
then looked up by the rarest pair it contains and compared letter by letter. Everything a row is counted under is kept in one
collection and shifted in the transaction that changes the row, so the figures are exact and reading them costs no scan.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]

FACETS: dict[str, tuple[str, ...]] = {
    "level": ("NEW_AREA", "NEW_CITY"),
    "district": ("XX", "XX-FD", "XX-FX", "XX-QH", "XX-KG", "XX-JH"),
    "kind": ("INDUSTRY_ASSOCIATION", "CHAMBER"),
    "so_category": tuple(f"{n:02d}" for n in range(1, 15)),
    "grade": ("NONE", "1A", "2A", "3A", "4A", "5A"),
    "status": ("REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING", "DEREGISTERED", "REVOKED"),
    "listing": ("NONE", "ABNORMAL", "SERIOUS"),
}  # facet → its values; a row's values make its cell, one letter each
LIVING = ("REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING")
LETTERS, OTHER = "ABCDEFGHIJKLMN", "Z"
CELLS, INDUSTRY = "cells:", "living="  # what a count is of: the rows of each cell; an industry, of those that live
CORNER = ("level", "district", "kind")  # what a name gives away, so that a common word and one of these may well exclude each other
# A mark's rows lie by corner, and in each corner by code: a search walks only the corners it asks for, side by side, until its page is
# full. What else was asked MongoDB compares on the row (`marks` being a list, it does not trust the entry). Counting a mark reads no row.
BY_MARK = ("marks", *CORNER, "_id", "cell")


def letter(facet: str, value: str) -> str:
    """The letter of a value in a cell; a value this version does not know is OTHER."""
    return LETTERS[FACETS[facet].index(value)] if value in FACETS[facet] else OTHER


def cell_of(row: Row) -> str:
    return "".join(letter(f, row[f]) for f in FACETS)


def values_of(cell: str) -> tuple[str, ...]:
    """The values a cell stands for, in the order of the facets."""
    return tuple(values[n] if (n := LETTERS.find(c)) >= 0 else "OTHER" for values, c in zip(FACETS.values(), cell, strict=True))


def cells_like(asked: Mapping[str, Iterable[str]]) -> str:
    """The pattern of the cells whose facets have one of the asked values; built of letters only."""
    chosen = {f: "".join(letter(f, v) for v in values) for f, values in asked.items()}
    return "^" + "".join(f"[{chosen[f]}]" if f in chosen else "." for f in FACETS)


def grams(key: str) -> set[str]:
    """Every character of a comparison key, and every two in a row."""
    return {*key, *(key[n : n + 2] for n in range(len(key) - 1))}


def pairs(key: str) -> list[str]:
    """What a searched part is looked up by: its pairs, or the one character it is."""
    return [key] if len(key) == 1 else list(dict.fromkeys(key[n : n + 2] for n in range(len(key) - 1)))


def branches(codes: Iterable[str]) -> set[str]:
    """Every subtree of GB/T 4754 these codes lie in: division, group, class."""
    return {code[:length] for code in codes for length in (2, 3, 4) if len(code) >= length}


def industry_mark(code: str) -> str:
    return f"={code}"


def facet_mark(facet: str, value: str) -> str:
    return f"{facet}={value}"


def listing_of(row: Row) -> str:
    """Which credit list it stands on; the graver one where it stands on both (domain §3.6)."""
    return "SERIOUS" if row.get("serious_violation_list") else "ABNORMAL" if row.get("abnormal_list") else "NONE"


def derived(row: Row) -> dict[str, Any]:
    """What a row is found by; nothing before the register has told of it, whoever else was heard first."""
    if "registered_on" not in row or "status" not in row:
        return {}
    found = {"grade": row.get("grade") or "NONE", "listing": listing_of(row)}
    whole = {**row, **found}
    facets = {facet_mark(f, whole[f]) for f in FACETS}
    industries = {industry_mark(b) for b in branches(row["gbt4754"])}
    return {**found, "cell": cell_of(whole), "marks": sorted(grams(row["name_key"]) | industries | facets)}


def counted_under(row: Row) -> set[str]:
    """The names of all counts this row is one of."""
    if "marks" not in row:
        return set()
    living = {f"{INDUSTRY}{b}" for b in branches(row["gbt4754"])} if row["status"] in LIVING else set()
    return {*row["marks"], CELLS + row["cell"], *living}


def shifts(before: Row, after: Row) -> dict[str, int]:
    """By how much each count changes when a row becomes another."""
    was, now = counted_under(before), counted_under(after)
    return dict.fromkeys(sorted(was - now), -1) | dict.fromkeys(sorted(now - was), 1)


def increments(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Document of the counts → what is added to which of its fields. The cells of one district lie in one document, to be read at once."""
    found: dict[str, dict[str, int]] = {}
    for name, by in counts.items():
        cell = name.removeprefix(CELLS)
        document, field = (CELLS + cell[1], f"n.{cell}") if name.startswith(CELLS) else (name, "n")
        found.setdefault(document, {})[field] = by
    return found
