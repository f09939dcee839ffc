"""Three parties that suit each other: an association, an enterprise, and a chamber elsewhere."""

from datetime import date
from typing import Any

from services.matchmaking.engine.scoring import Party, Statement
from shared.uscc import demo_code

DAY = date(2026, 3, 2)
CHAMBER = "chamber-shenzhen"


def association(uscc: str = demo_code("51611100", 1), **more: Any) -> Party:
    """装配式建筑协会, that seeks makers of precast parts and offers testing and standards."""
    known: dict[str, Any] = {
        "name": "西咸新区装配式建筑协会", "place": "XX", "gbt4754": ("47", "3022"), "updated_on": DAY,
        "needs": (Statement("n1", ("招募装配式建筑会员", "预制构件 钢结构 生产企业")),), "offers": (Statement("o1", ("检验检测", "团体标准制定", "展会")),),
    }  # fmt: skip
    return Party(id=uscc, kind="ASSOCIATION", **(known | more))


def enterprise(uscc: str = demo_code("91611100", 1), **more: Any) -> Party:
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
