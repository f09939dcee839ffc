"""What people have decided about matches, as examples: who was asked, by what features, and what came of it. matching.md §2.5.

Only the side that was asked counts: who proposed has agreed by proposing. A match that lapsed unanswered says nothing, one that was junk neither.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.matchmaking.engine.scoring import role_of
from services.matchmaking.engine.weights import Feature, PartyKind, Role
from services.matchmaking.learning.impressions import Choice, Lists
from services.matchmaking.matching.match import Match

LANDED = ("JOINED", "CONTRACT")


@dataclass(frozen=True)
class Decision:
    """One side's answer: `values` as it saw the other, each 0…1; `gain` 0 declined, 1 accepted, 3 fulfilled, 4 joined or signed."""

    match: str
    by: str
    about: str
    seeker: str
    role: Role
    values: Mapping[Feature, float]
    gain: int
    on: date
    place: int | None = None

    @property
    def accepted(self) -> bool:
        return self.gain > 0


def choices_of(matches: Iterable[Match], shown: Lists) -> dict[str, Choice]:
    """By match: where its candidate stood when the seeker chose it from a list. What the platform has proposed of itself was chosen by nobody."""
    chosen = (
        (m, shown.choice(m.seeker, m.candidate, m.proposed_on)) for m in matches if m.proposed_on and m.proposed_by and m.place is None
    )
    return {m.id: choice for m, choice in chosen if choice}


def decisions_of(matches: Iterable[Match], choices: Mapping[str, Choice] = {}) -> list[Decision]:
    """In the order of their proposals; `choices` says where those stood that were chosen from a list."""
    found = []
    for match in matches:
        if not match.features or match.proposed_on is None or match.struck:
            continue
        sides: tuple[tuple[str, PartyKind, str, PartyKind], ...] = (
            (match.seeker, match.seeker_kind, match.candidate, match.candidate_kind),
            (match.candidate, match.candidate_kind, match.seeker, match.seeker_kind),
        )
        for n, (who, kind, other, other_kind) in enumerate(sides):
            gain = gain_of(match, who)
            if who != match.proposed_by and gain is not None:
                found.append(
                    Decision(
                        match.id,
                        who,
                        other,
                        match.seeker,
                        role_of(kind, other_kind),
                        match.features[n],
                        gain,
                        match.proposed_on,
                        choices[match.id].place if match.id in choices else match.place,
                    )
                )
    return sorted(found, key=lambda d: (d.on, d.match, d.by))


def gain_of(match: Match, who: str) -> int | None:
    """None while, or where, this side has said nothing."""
    if match.stage == "DECLINED" and match.by == who:
        return 0
    if who not in match.accepted_by:
        return None
    if match.stage != "FULFILLED":
        return 1
    return 4 if match.outcome in LANDED else 3
