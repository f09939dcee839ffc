"""What the public sees of an association (domain §7.4): a white list, field by field, as JSON and as CSV. Pure.

`PublicView` is the whole of it, and what the open data port gives; `Entry` adds what the register is searched by. A field that is
not named here cannot come out, whatever a row may hold.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from shared.versions import Versioned, Versions

FORMULA = re.compile(r"^[\s]*[=+\-@\t\r＝＋－＠]")  # what a spreadsheet would take for a formula (reliability B12)
BOM = "\ufeff"  # without it a spreadsheet reads Chinese as something else


class Authorities(Versioned):
    """Who registers where [登记管理机关], by district (R2)."""

    authorities: dict[str, str]


AUTHORITIES: Versions[Authorities] = Versions.load(Path(__file__).parent.parent / "data" / "directory" / "authorities.yaml", Authorities)


class Listed(BaseModel):
    """A listing on a credit list, with its reason and date."""

    reason: str
    listed_on: date


class PublicView(BaseModel):
    """What may be published of an association, and nothing else (domain §7.4); `registered_fund` in fen.

    `annual_checks` is year → result of the check, `annual_reports` the public copies; a list that is empty has nothing published in
    it. `legal_representative` is a name only where it is known by name."""

    model_config = ConfigDict(extra="ignore")

    uscc: str
    name: str
    kind: str
    level: str
    district: str
    domicile: str
    scope: str
    purpose: str
    territory: str
    registered_fund: int
    registered_on: date
    registration_authority: str
    supervising_unit: str
    legal_representative: str | None = None
    status: str
    charter: dict[str, Any] | None = None
    fee_standard: dict[str, Any] | None = None
    annual_reports: list[dict[str, Any]] = []
    annual_checks: dict[str, str] = {}
    grade: str = "NONE"
    grade_valid_from: date | None = None
    grade_valid_to: date | None = None
    abnormal_list: Listed | None = None
    serious_violation_list: Listed | None = None
    penalties: list[dict[str, Any]] = []
    awards: list[dict[str, Any]] = []
    model_titles: list[dict[str, Any]] = []
    purchased_services: list[dict[str, Any]] = []
    service_commitments: list[dict[str, Any]] = []
    social_responsibility_reports: list[dict[str, Any]] = []
    branches: list[dict[str, Any]] = []
    office_telephone: str | None = None
    office_email: str | None = None


class Entry(PublicView):
    """The same in the register, with its classes and the regime it lives under."""

    so_category: str
    gbt4754: list[str]
    regime_code: str
    ended_on: date | None = None


FIELDS, ENTRY = tuple(PublicView.model_fields), tuple(Entry.model_fields)
DEFAULTS = {n: f.get_default() for n, f in Entry.model_fields.items() if not f.is_required()}
PUBLISHED = (*(n for n in FIELDS if isinstance(DEFAULTS.get(n), list)), "charter", "fee_standard")  # kept by `facts.py`, by record


def authority_of(district: str, day: date) -> str:
    """The authority that registers in a district."""
    return AUTHORITIES.in_force(day).authorities[district]


def shown(row: Mapping[str, Any], fields: Iterable[str] = ENTRY) -> dict[str, Any]:
    """A row as the public sees it: only these fields, dates as text."""
    facts: Mapping[str, Any] = row.get("published", {})
    said = {**row, "uscc": row["_id"], "grade": row.get("grade") or "NONE"}
    said["legal_representative"] = row.get("legal_representative_name")  # a row may hold the reference, the public never
    said["registration_authority"] = authority_of(row["district"], date.fromisoformat(row["registered_on"]))
    for name in PUBLISHED:
        held = [facts[name][record] for record in sorted(facts.get(name, {}))]
        said[name] = held if isinstance(DEFAULTS[name], list) else held[-1] if held else None
    return {n: said[n] if n in said else DEFAULTS[n] for n in fields}


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────
def cell(value: Any) -> str:
    """One value as text that no spreadsheet computes; lists and parts as JSON."""
    text = "" if value is None else orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    return f"'{text}" if FORMULA.match(text) else text


def csv_lines(entries: Iterable[Mapping[str, Any]]) -> str:
    """Lines of CSV (RFC 4180, every field quoted), without the head."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([cell(v) for v in entry.values()] for entry in entries)
    return text.getvalue()


def csv_head(fields: Iterable[str] = FIELDS) -> str:
    return BOM + csv_lines([{f: f for f in fields}])


def etag(body: bytes) -> str:
    """A strong ETag: the same bytes, the same tag."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
