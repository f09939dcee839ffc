"""By what candidates may be narrowed: keywords of a party, the same in an index as where everybody is scored. matching.md §1.6."""

from collections.abc import Mapping

from services.matchmaking.engine.scoring import Party
from shared.district import SHAANXI

Narrowed = Mapping[str, str]
ANYBODY: Narrowed = {}
UNSEEN: Narrowed = {"seen": "0"}  # neither shown to anybody nor accepted by anybody


def keywords(party: Party) -> dict[str, str]:
    """`seen`; `div` and `cls` of the first code of GB/T 4754; `prov` of GB/T 2260; `city`, with the new area as one."""
    within = party.place.startswith("XX")
    return {
        "seen": "0" if never_seen(party) else "1", "div": next(iter(party.gbt4754), "")[:2],
        "cls": class_of(party) or "", "prov": SHAANXI if within else party.place[:2], "city": party.place[:2] if within else party.place[:4],
    }  # fmt: skip


def never_seen(party: Party) -> bool:
    """Proposed or suggested to nobody."""
    return not (party.shown or party.accepted or party.exposure)


def fits(party: Party, only: Narrowed) -> bool:
    """Whether a party has all of these keywords."""
    return not only or only.items() <= keywords(party).items()


def class_of(party: Party) -> str | None:
    """Its first class of four digits, by which lists are kept diverse."""
    return next((code for code in party.gbt4754 if len(code) == 4), None)
