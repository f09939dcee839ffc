"""What blind chance would not fetch for a match: two profiles that suit each other (merged into `tests/hints.py`)."""

from datetime import date
from random import Random
from typing import Any

from services.matchmaking.engine.scoring import Party, Statement, assess
from services.matchmaking.matching.pairing import Choice, Pairing
from services.matchmaking.profiles.profile import scale_of
from tests.walk import ASSOCIATIONS, ENTERPRISES, Hints

DAY = date(2026, 3, 2)
CHAMBER = "chamber-shenzhen"


def association(uscc: str = ASSOCIATIONS[0], **more: Any) -> Party:
    """装配式建筑协会, that seeks makers of precast parts and offers testing and standards."""
    known: dict[str, Any] = {
        "name": "西咸新区装配式建筑协会", "place": "XX", "gbt4754": ("47", "3022"), "updated_on": DAY,
        "needs": (Statement("n1", ("招募装配式建筑会员", "预制构件 钢结构 生产企业")),), "offers": (Statement("o1", ("检验检测", "团体标准制定", "展会")),),
    }  # fmt: skip
    return Party(id=uscc, kind="ASSOCIATION", **(known | more))


def enterprise(uscc: str = ENTERPRISES[0], **more: Any) -> Party:
    """A maker of precast concrete parts, that needs testing."""
    known: dict[str, Any] = {
        "name": "西咸新区构件有限公司", "place": "XX-FX", "gbt4754": ("3022",), "scale": 1, "position": 1, "updated_on": DAY,
        "needs": (Statement("n2", ("检验检测", "团体标准制定")),), "offers": (Statement("o2", ("预制构件", "装配式建筑 钢结构")),),
    }  # fmt: skip
    return Party(id=uscc, kind="ENTERPRISE", **(known | more))


def chamber(id_: str = CHAMBER, **more: Any) -> Party:
    """A chamber in Shenzhen of the same trade."""
    known: dict[str, Any] = {
        "name": "深圳市装配式建筑商会", "place": "4403", "gbt4754": ("3022",), "updated_on": DAY,
        "needs": (Statement("needs", ("检验检测", "展会")),), "offers": (Statement("offers", ("预制构件", "招募装配式建筑会员", "钢结构")),),
    }  # fmt: skip
    return Party(id=id_, kind="CHAMBER", **(known | more))


def two(record: None, dice: Random) -> dict[str, Any]:
    """A pair both of whom gain; who seeks is drawn, so that at times a stranger asks."""
    seeker = dice.choice(ASSOCIATIONS)
    candidate = enterprise() if dice.random() < 0.7 else chamber()
    return {
        "seeker": seeker, "candidate": candidate.id, "need": None, "offer": None, "given.open_": [],
        "given.pairing": Pairing(association(seeker), candidate, None, None, scale_of(DAY)),
    }  # fmt: skip


def best(record: None, dice: Random) -> dict[str, Any]:
    scale, seeker = scale_of(DAY), association(dice.choice(ASSOCIATIONS))
    ranked = tuple((p, assess(seeker, p, scale, DAY)) for p in (enterprise(), enterprise("91611100PDY0000283")))
    return {"seeker": seeker.id, "wanted": "ENTERPRISES", "most": 5, "given.open_": [], "given.chosen": Choice(seeker, ranked, scale)}


def meet(record: Any, dice: Random) -> dict[str, Any]:
    """An exchange on the day a dormant friendship had fallen asleep, or on that of the last one."""
    return {"kind": "VISIT", "held_on": record.dormant_on if record.stage == "DORMANT" else record.last_exchange, "subject": "互访"}


HINTS: Hints = {
    "matchmaking.matching.match.propose": two,
    "matchmaking.matching.match.propose_best": best,
    "matchmaking.partnerships.partnership.hold_exchange": meet,
}
