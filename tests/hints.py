"""Where blind chance would not find the way: one body that a careful person would send, of every service in one place.

`<kind>.<move>` → `(record, dice) -> fields`; what is left out is drawn; `given.<name>` says what was fetched,
`given.by` which of the owners sends it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from services.evaluation.rating.assessment import for_panel, unmarked
from services.evaluation.rulebook.rulebook import rulebook_of
from tests.evaluation.walk_hints import HINTS as EVALUATION
from tests.matchmaking.conference_hints import HINTS as CONFERENCE
from tests.matchmaking.lead_hints import LEADS
from tests.matchmaking.places_hints import HINTS as PLACES
from tests.notification.walk_hints import HINTS as NOTIFICATION
from tests.registry.governance_hints import previews
from tests.registry.walk_hints import HINTS as REGISTRY
from tests.walk import ASSOCIATIONS, ENTERPRISES, Hints, Rows

CHAMBER = "chamber-1"


def panel_marks(application: Any, dice: Random) -> dict[str, Any]:
    """All that one of the panel has still to mark, full or half."""
    book, part = rulebook_of(application.rulebook), dice.choice((5, 10))
    left = unmarked(application, for_panel(application, book, social=application.stage == "SOCIAL_EVALUATED"))
    if not left:
        return {}
    member, codes = dice.choice(sorted(left.items()))
    points = {c: Decimal(int(i.points * part)) / 10 for c in codes if (i := book.indicator(c))}
    return {"marks": [{"code": c, "points": p} for c, p in points.items()], "given.by": member}


def ballot(application: Any, dice: Random) -> dict[str, Any]:
    """A member who is there and has not voted; mostly in favour."""
    voted = {b.member for b in application.ballots}
    left = [m for m in application.present if m not in voted]
    return {"choice": dice.choice(("FOR", "FOR", "FOR", "AGAINST")), "given.by": dice.choice(left)} if left else {}


def two(_: Any, dice: Random) -> dict[str, Any]:
    return {"seeker": ASSOCIATIONS[0], "candidate": dice.choice((ENTERPRISES[0], CHAMBER)), "need": None, "offer": None}


def best(_: Any, dice: Random) -> dict[str, Any]:
    return {"seeker": ASSOCIATIONS[0], "wanted": dice.choice(("ENTERPRISES", "CHAMBERS"))}


def exchange(partnership: Any, dice: Random) -> dict[str, Any]:
    """A visit on the day a friendship fell asleep, or on that of the last one."""
    return {"kind": "VISIT", "held_on": partnership.dormant_on if partnership.stage == "DORMANT" else partnership.last_exchange}


def ground(_: Any, dice: Random) -> dict[str, Any]:
    return {"works": dice.choice(("PILES", "STRUCTURE")), "broke_ground_on": date(2026, 1, 5), "investment_database_no": "2026-01"}


def profiles(equal: Mapping[str, Any], dice: Random) -> list[dict[str, Any]]:
    """The read model of matchmaking: parties of one trade, each offering what the others need."""
    kinds = {ASSOCIATIONS[0]: "ASSOCIATION", ENTERPRISES[0]: "ENTERPRISE", CHAMBER: "CHAMBER"}
    asked, words = equal.get("_id", list(kinds)), {"s": {"texts": ["光伏组件检测"], "size": "SMALL"}}
    return [
        {"_id": i, "kind": kind, "name": f"光伏 {kind}", "place": "XX", "gbt4754": ["3825"], "needs": words, "offers": words, "updated_on": "2026-03-01"}
        for i, kind in kinds.items() if i in ([asked] if isinstance(asked, str) else asked) and equal.get("kind", kind) == kind
    ]  # fmt: skip


HINTS: Hints = {
    **EVALUATION, **NOTIFICATION, **REGISTRY, **PLACES, **CONFERENCE, **LEADS,
    "evaluation.rating.application.give_scores": panel_marks,
    "evaluation.rating.application.vote": ballot,
    "evaluation.rating.application.vote_on_review": ballot,
    "matchmaking.leads.lead.start": ground,
    "matchmaking.matching.match.propose": two,
    "matchmaking.matching.match.propose_best": best,
    "matchmaking.partnerships.partnership.hold_exchange": exchange,
}  # fmt: skip
ROWS: Mapping[str, Rows] = {"profiles": profiles, "member_imports": previews}

# what walks alone cannot bring about, each shown by an example test of its own: a move, or `move → Event`
LAWFUL: dict[str, tuple[str, ...]] = {}

# event types already listened to whose record type comes with a later issue
PLANNED: frozenset[str] = frozenset()
