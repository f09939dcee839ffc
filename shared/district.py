"""Places: the platform's own codes for Xixian New Area [西咸新区] and its five new cities, and how near two places are (domain §2.4).

Xixian is no division of GB/T 2260, and what the 61110x seen in real credit codes stand for is not verified: nothing is inferred from them.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Literal, get_args

District = Literal["XX", "XX-FD", "XX-FX", "XX-QH", "XX-KG", "XX-JH"]
DISTRICTS: tuple[District, ...] = get_args(District)
NEW_CITIES: tuple[District, ...] = DISTRICTS[1:]
NAMES: dict[str, tuple[str, str]] = {
    "XX": ("西咸新区", "Xixian New Area"),
    "XX-FD": ("沣东新城", "Fengdong New City"),
    "XX-FX": ("沣西新城", "Fengxi New City"),
    "XX-QH": ("秦汉新城", "Qinhan New City"),
    "XX-KG": ("空港新城", "Konggang (Airport) New City"),
    "XX-JH": ("泾河新城", "Jinghe New City"),
}
SHAANXI = "61"
CIRCLE = frozenset({"XX", "6101", "6104"})  # Xixian lies in Xi'an and Xianyang
SIMILARITY = (0.2, 0.4, 0.6, 0.8, 1.0)  # elsewhere, province, Xi'an–Xianyang circle, new area or city, new city or county (domain §2.4)


@cache
def regions() -> dict[str, str]:
    """Code → name of every province (2 digits) and prefecture-level city (4 digits)."""
    found: dict[str, str] = {}
    for file in ("provinces.csv", "cities.csv"):
        with (Path(__file__).parent / "data" / file).open(encoding="utf-8") as lines:
            found |= {row["code"]: row["name"] for row in csv.DictReader(lines)}
    return found


def name_of(place: str) -> str:
    """The Chinese name of a place of the platform or of a province or city. Raises: KeyError for a place not known."""
    return NAMES[place][0] if place in NAMES else regions()[place]


def common_region_level(a: str, b: str) -> int:
    """The deepest region two places share: 0 none, 1 province, 2 the Xi'an–Xianyang circle, 3 new area or city, 4 new city or county.

    A place is one of the platform's codes, or the first 2, 4 or 6 digits of GB/T 2260."""
    return max(level for level, (mine, theirs) in enumerate(zip(_path(a), _path(b), strict=True)) if mine and mine == theirs)


def place_similarity(a: str, b: str) -> float:
    """0.2…1: same new city 1.0, same new area 0.8, Xi'an or Xianyang 0.6, Shaanxi 0.4, elsewhere 0.2 (domain §2.4)."""
    return SIMILARITY[common_region_level(a, b)]


def _path(place: str) -> tuple[str, str, str, str, str]:
    if place.startswith("XX"):
        return "CN", SHAANXI, "circle", "XX", place if place in NEW_CITIES else ""
    province, city, county = place[:2], place[:4] if len(place) >= 4 else "", place if len(place) == 6 else ""
    return "CN", province, "circle" if city in CIRCLE else "", city, county


def __getattr__(name: str) -> dict[str, str]:
    if name == "REGIONS":
        return regions()
    raise AttributeError(name)


REGIONS: dict[str, str]
