"""A profile: what matchmaking remembers of an association, an enterprise or a chamber elsewhere, and how it becomes a `Party`.

Read model `profiles`, one document per organisation; `bonds`, one per membership or partnership: `{association, other}`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.matchmaking.engine.scoring import LISTED_GRADES, Party, Scale, Statement
from services.matchmaking.engine.terms import term_rules, term_table
from services.matchmaking.engine.weights import weights
from services.matchmaking.regions.rules import cooperation

Row = Mapping[str, Any]
SIZES = {"MICRO": 0, "SMALL": 1, "MEDIUM": 2, "LARGE": 3}
POSITIONS = {"UPSTREAM": 0, "MIDSTREAM": 1, "DOWNSTREAM": 2}


def scale_of(day: date) -> Scale:
    """The versions of weights, terms and cooperation list in force on this day."""
    provinces = cooperation().in_force(day, "COOPERATION").provinces
    return Scale(weights().in_force(day, "MATCH"), term_table(term_rules().in_force(day, "TERMS").version), provinces)


def party_of(row: Row, bonds: Iterable[Row] = ()) -> Party:
    """The party a profile describes; of the bonds, those that name it."""
    id_ = row["_id"]
    bound = {b["other"] if b["association"] == id_ else b["association"] for b in bonds if id_ in (b["association"], b["other"])}
    grade = row.get("grade")
    return Party(
        id=id_, kind=row["kind"], name=row.get("name", ""), place=row.get("place", "XX"), gbt4754=tuple(row.get("gbt4754", ())),
        needs=statements(row.get("needs", {})), offers=statements(row.get("offers", {})), about=(row["scope"],) if row.get("scope") else (),
        active=row.get("active", True), serious=row.get("serious", False), abnormal=row.get("abnormal", False),
        eliminated=row.get("eliminated", False), listed=row.get("listed", True), grade=grade if grade in LISTED_GRADES[1:] else None,
        position=POSITIONS.get(row.get("position") or ""), scale=SIZES.get(row.get("scale") or ""), intent=row.get("intent") or "STRENGTHEN",
        bound=frozenset(bound), open_matches=max(0, row.get("open_matches", 0)), shown=row.get("shown", 0), accepted=row.get("accepted", 0),
        exposure=row.get("exposure", 0.0), exposure_on=day_of(row.get("exposure_on")), updated_on=day_of(row.get("updated_on")),
    )  # fmt: skip


def statements(stored: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Needs or offers as kept, by id."""
    return tuple(Statement(id_, tuple(s["texts"]), SIZES.get(s.get("size") or "")) for id_, s in sorted(stored.items()))


def day_of(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
