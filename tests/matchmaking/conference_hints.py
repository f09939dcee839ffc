"""What a careful organiser sends to a matching conference."""

from datetime import timedelta
from random import Random
from typing import Any

from services.matchmaking.conference.conference import hall_of
from services.matchmaking.conference.hall import Fairness, Meeting, faults
from tests.walk import ASSOCIATIONS, ENTERPRISES, START, Hints

FAIR = Fairness(
    meetings=1, mean=0.5, p10_best=0.5, gini_associations=0.0, gini_associations_optimum=0.0, blocking=0, total=0.5, optimum=0.5, price=0.0, bound=0.5, exact=True, good_score=0.2, associations=2, enterprises=1, served_associations=1,
    served_enterprises=1, served_associations_optimum=1, served_enterprises_optimum=1, worst_best=0.5, gini_enterprises=0.0, gini_enterprises_optimum=0.0,
)  # fmt: skip


def programme(_: Any, dice: Random) -> dict[str, Any]:
    """Two associations and an enterprise, within hours or months."""
    return {
        "title": "产业链对接会", "venue": "会展中心", "starts_at": START + timedelta(hours=dice.choice((2, 32, 2400))), "slots": 3, "tables": 2,
        "associations": [{"association": a} for a in ASSOCIATIONS[:2]], "enterprises": [{"enterprise": ENTERPRISES[0], "meetings": 2}],
        "must": [{"association": ASSOCIATIONS[0], "enterprise": ENTERPRISES[0]}] if dice.random() < 0.3 else [],
    }  # fmt: skip


def plan(conference: Any, dice: Random) -> dict[str, Any]:
    """What stands already, and as many more meetings as keep to the constraints."""
    from_slot = dice.choice((1, 1, 2))
    hall = hall_of(conference, from_slot, {})
    meetings = list(hall.locked)
    for n, a in enumerate(sorted(hall.associations), start=1):
        for e in sorted(hall.enterprises):
            for slot in range(from_slot, hall.slots + 1):
                more = Meeting(association=a, enterprise=e, slot=slot, table=n)
                if not faults(hall, [*meetings, more]):
                    meetings.append(more)
                    break
    return {"from_slot": from_slot, "meetings": meetings, "fairness": FAIR, "weights": "1", "terms": "1"}


def a_meeting(conference: Any, dice: Random) -> dict[str, Any]:
    return {"pairs": [pair_of(dice.choice(conference.meetings))]} if conference.meetings else {}


def a_locked_meeting(conference: Any, dice: Random) -> dict[str, Any]:
    return {"pairs": [pair_of(dice.choice(conference.locked))]} if conference.locked else {}


def pair_of(meeting: Meeting) -> dict[str, str]:
    return {"association": meeting.association, "enterprise": meeting.enterprise}


def a_must(conference: Any, dice: Random) -> dict[str, Any]:
    return {"pairs": [two.model_dump() for two in conference.programme.must[:1]]} if conference.programme.must else {}


def somebody(conference: Any, dice: Random) -> dict[str, Any]:
    return {"participant": dice.choice(conference.participants), "from_slot": dice.choice((1, 3, 3))}


def somebody_absent(conference: Any, dice: Random) -> dict[str, Any]:
    return {"participant": dice.choice(conference.absences).participant} if conference.absences else {}


def results(conference: Any, dice: Random) -> dict[str, Any]:
    return {"results": [pair_of(m) | {"outcome": dice.choice(("INTENT", "CONTACT"))} for m in conference.meetings[:2]], "leads": ["lead-1"]}


CONFERENCE = "matchmaking.conference.conference"
HINTS: Hints = {
    f"{CONFERENCE}.plan": programme,
    f"{CONFERENCE}.change": programme,
    f"{CONFERENCE}.arrange": plan,
    f"{CONFERENCE}.lock": a_meeting,
    f"{CONFERENCE}.unlock": a_locked_meeting,
    f"{CONFERENCE}.waive": a_must,
    f"{CONFERENCE}.note_absence": somebody,
    f"{CONFERENCE}.note_return": somebody_absent,
    f"{CONFERENCE}.follow_up": results,
}
