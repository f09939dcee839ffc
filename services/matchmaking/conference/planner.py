"""Scores all pairs of a conference and plans it, in a process of its own: `python -m services.matchmaking.conference.planner`, JSON in and out.

The solvers do not let go of the interpreter while they work, so within the service a plan would hold up every other request for seconds.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from pydantic import TypeAdapter

from services.matchmaking.conference.allocation import allocate
from services.matchmaking.conference.conference import Conference, hall_of
from services.matchmaking.conference.hall import Infeasible, Pair
from services.matchmaking.engine.scoring import Scale, assess, excluded
from services.matchmaking.profiles.profile import party_of, scale_of

Row = Mapping[str, Any]
CONFERENCE = TypeAdapter(Conference)


def scores_of(rows: Sequence[Row], bonds: Sequence[Row], scale: Scale, day: date) -> dict[Pair, float]:
    """The mutual score of every association with every enterprise that may be recommended to each other, as recommendations score them."""
    mine: dict[str, list[Row]] = {}
    for bond in bonds:
        mine.setdefault(bond["association"], []).append(bond)
    parties = [party_of(row, mine.get(row["_id"], ())) for row in rows if row.get("kind")]
    ours, theirs = ([p for p in parties if p.kind == kind] for kind in ("ASSOCIATION", "ENTERPRISE"))
    return {
        (a.id, b.id): assess(a, b, scale, day).mutual
        for a in ours
        for b in theirs
        if not excluded(a, b, scale.weights) and not excluded(b, a, scale.weights)
    }


def planned(asked: Mapping[str, Any]) -> dict[str, Any]:
    """`{conference, from_slot, keep, profiles, bonds, day}` → `{meetings, fairness, weights, terms}`, or `{infeasible: {code, who, en, zh}}`."""
    conference, day = CONFERENCE.validate_python(asked["conference"]), date.fromisoformat(asked["day"])
    scale = scale_of(day)
    scores = scores_of(asked["profiles"], asked["bonds"], scale, day)
    try:
        plan = allocate(hall_of(conference, asked["from_slot"], scores, asked["keep"]))
    except Infeasible as no:
        return {"infeasible": {"code": no.code, "who": no.who, "en": no.en, "zh": no.zh}}
    return {
        "meetings": [m.model_dump() for m in plan.meetings], "fairness": plan.fairness.model_dump(), "weights": scale.weights.version,
        "terms": scale.table.version,
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(planned(orjson.loads(sys.stdin.buffer.read()))))
