"""The fact dictionary: every key a formula may name, its unit and title, and who tells it (domain §4.4)."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from services.evaluation.facts.fact import Fact, Scalar, number_of
from services.evaluation.facts.heard import TOLD
from shared.versions import Versioned, Versions

Source = Literal["EVENTS", "CASE", "NOBODY"]


class Key(BaseModel):
    """A fact key. `key` may end in `[*]`: one key for each item (a project, say)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    unit: Literal["FLAG", "COUNT", "FEN", "RATIO", "DATE", "CODE", "SCORE"]
    zh: str
    en: str
    told_by: tuple[str, ...] = ()
    case: bool = False
    derived_from: tuple[str, ...] = ()

    @model_validator(mode="after")
    def comes_from_somewhere(self) -> "Key":
        if not (self.told_by or self.case or self.derived_from):
            raise ValueError(f"{self.key} comes from nowhere")
        return self


class FactDictionary(Versioned):
    """All keys of one version."""

    keys: tuple[Key, ...]

    @model_validator(mode="after")
    def keys_are_distinct_and_known(self) -> "FactDictionary":
        names = [k.key for k in self.keys]
        if twice := {n for n in names if names.count(n) > 1}:
            raise ValueError(f"given twice: {sorted(twice)}")
        if unknown := {d for k in self.keys for d in k.derived_from} - set(names):
            raise ValueError(f"derived from unknown facts: {sorted(unknown)}")
        return self

    def find(self, key: str) -> Key | None:
        """The entry of a key; `lead.stage[x]` and the stem `lead.stage` are found under `lead.stage[*]`."""
        entries = _index(self)
        return entries.get(key) or entries.get(f"{key.split('[')[0]}[*]")

    def source(self, key: str) -> Source:
        """Whether a fact is told by events heard today, entered in the case, or by nobody yet.

        Raises: KeyError for a key outside the dictionary."""
        entry = self.find(key)
        if entry is None:
            raise KeyError(key)
        if entry.key in TOLD or (entry.derived_from and all(self.source(d) == "EVENTS" for d in entry.derived_from)):
            return "EVENTS"
        return "CASE" if entry.case else "NOBODY"

    def unfit(self, facts: Iterable[Fact]) -> list[str]:
        """The keys whose value is not of the unit the dictionary gives, or that it does not know."""
        return sorted({f.key for f in facts if (entry := self.find(f.key)) is None or not _fits(entry.unit, f.value)})


def _fits(unit: str, value: Scalar) -> bool:
    if unit in ("FLAG", "CODE"):
        return isinstance(value, bool) if unit == "FLAG" else isinstance(value, str)
    try:
        if unit == "DATE":
            return isinstance(value, str) and bool(date.fromisoformat(value))
        return not isinstance(value, bool) and number_of(value) >= 0 and (unit not in ("COUNT", "FEN") or isinstance(value, int))
    except (ValueError, ZeroDivisionError):
        return False


@cache
def _entries(code: str, version: str) -> dict[str, Key]:
    return {k.key: k for k in dictionaries().get(code, version).keys}


def _index(dictionary: FactDictionary) -> dict[str, Key]:
    return _entries(dictionary.code, dictionary.version)


@cache
def dictionaries() -> Versions[FactDictionary]:
    """Read once. Raises: shared.versions.BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "facts", FactDictionary)
