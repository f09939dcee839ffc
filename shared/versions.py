"""Rules of law as versioned data: each file says since when it holds, and a case keeps the version under which it was opened (domain §0).

A folder (or one file) of YAML is read once at start-up, checked by its pydantic model, and never changes while the service runs.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from shared.record import Call, Read, Refused

T = TypeVar("T", bound="Versioned")
# YAML reads 2026-03-01 as a date and 2026 as a number, where a version is only a name
VersionName = Annotated[str, BeforeValidator(lambda v: v if isinstance(v, str) else str(v)), Field(min_length=1, max_length=40)]


class BadRules(ValueError):
    """A data file that may not be used; the message names the file and what is wrong with it."""


class Versioned(BaseModel):
    """A rule, table or list in one of its versions; in force from `effective_from` to `effective_to`, both days included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(min_length=1, max_length=60)
    version: VersionName
    effective_from: date
    effective_to: date | None = None

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> "Versioned":
        if self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to lies before effective_from")
        return self

    def holds(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Versions(Generic[T]):
    """All versions of one sort of rule: `regimes = Versions.load(folder, Regime)`; `regimes.in_force(call.today, "DIRECT")`."""

    def __init__(self, rules: list[tuple[T, str]]) -> None:
        """`rules` with the name of the file each came from. Raises: BadRules for a version twice, or overlapping ones of a code."""
        ordered = sorted(rules, key=lambda r: (r[0].code, r[0].effective_from))
        self._by_version: dict[tuple[str, str], T] = {}
        for rule, file in ordered:
            if (rule.code, rule.version) in self._by_version:
                raise BadRules(f"{file}: {rule.code} {rule.version} is there twice")
            self._by_version[rule.code, rule.version] = rule
        self._by_code: dict[str | None, tuple[T, ...]] = {
            code: tuple(rules) for code, rules in groupby(self._by_version.values(), key=lambda r: r.code)
        }
        self._by_code[None] = self.all()
        for (earlier, _), (later, file) in pairwise(ordered):
            if earlier.code == later.code and (earlier.effective_to is None or earlier.effective_to >= later.effective_from):
                raise BadRules(f"{file}: {later.code} {later.version} begins while {earlier.version} is in force")

    @classmethod
    def load(cls, path: Path | str, model: type[T]) -> "Versions[T]":
        """Every rule of a file, or of all `*.yaml` of a folder. A file holds one rule, or several as a list or as documents.

        Raises: BadRules naming the file, for what cannot be read, does not fit the model, or overlaps."""
        path = Path(path)
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        rules = [(rule, file.name) for file in files for rule in _read(file, model)]
        if not rules:
            raise BadRules(f"{path}: no rules there")
        return cls(rules)

    def in_force(self, day: date, code: str | None = None) -> T:
        """The version in force on this day; `code` may be left out where the rules have only one.

        Raises: Refused (`no_rule_in_force`) when none is; ValueError when several codes are and none was named."""
        found = [r for r in self._by_code.get(code, ()) if r.holds(day)]
        if not found:
            raise Refused(
                "no_rule_in_force", f"no version of {code or 'this rule'} is in force on {day}", f"{day} 无有效版本：{code or '该规则'}"
            )
        if len(found) > 1:
            raise ValueError(f"several rules are in force on {day}: {', '.join(r.code for r in found)}")
        return found[0]

    def get(self, code: str, version: str) -> T:
        """The very version a case was opened under. Raises: KeyError when it is not shipped any more."""
        return self._by_version[code, version]

    def all(self) -> tuple[T, ...]:
        """Every version, by code and time."""
        return tuple(self._by_version.values())


def of_record(versions: Callable[[], Versions[T]], code: str, field: str = "rules") -> Callable[[Read, Call, Any, Any], Awaitable[T]]:
    """Given: the rules in force today, or for a record those it was opened under, by the version in its `field`."""

    async def rules_of(read: Read, call: Call, record: Any, body: Any) -> T:
        return versions().get(code, getattr(record, field)) if record else versions().in_force(call.today, code)

    return rules_of


class _Unambiguous(yaml.CSafeLoader):
    """A key given twice is a slip that would silently drop a rule; here it is an error. The parser in C, for a start reads all of it."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := {k for k in keys if keys.count(k) > 1}:
            raise yaml.constructor.ConstructorError(None, None, f"given twice: {', '.join(map(str, twice))}", node.start_mark)
        return dict(super().construct_mapping(node, deep=deep))


def _read(file: Path, model: type[T]) -> Iterator[T]:
    try:
        documents = list(yaml.load_all(file.read_text("utf-8"), Loader=_Unambiguous))
        for document in documents:
            for entry in document if isinstance(document, list) else [document]:
                yield model.model_validate(entry)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as fault:
        raise BadRules(f"{file.name}: {fault}") from fault
