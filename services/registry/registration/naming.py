"""Names of associations [社会团体名称], domain §3.2: form, place, sameness, and likeness that a person must look at.

The general rules (prefix, suffix, forbidden words) are those of `shared.names`; here is what a case adds: the suffix must fit
the kind, the new city in the name the district, and the key is distinct within the district.
"""

from collections.abc import Iterable

from services.registry.values import Level
from shared.district import NAMES, REGIONS, District
from shared.names import association_name_problems, comparison_key, core_term, near, similarity
from shared.record import Refused, Value

FORMS: dict[str, tuple[str, ...]] = {
    "INDUSTRY_ASSOCIATION": ("行业协会", "协会", "同业公会", "联合会", "促进会"),
    "CHAMBER": ("商会", "同业公会", "联合会"),
}


RANKS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "自治州", "地区", "省", "市")


class SimilarName(Value):
    """A name so like the one proposed that an officer has to look [近似名称]: `similarity` is in thousandths."""

    name: str
    holder: str  # USCC of the association, or id of the living case
    similarity: int
    same_trade: bool


def name_claim(name: str, district: str) -> str:
    """By what a name is unique: its comparison key within its district."""
    return f"{district}~{comparison_key(name)}"


def check_name(name: str, kind: str, level: Level, district: District, forms: tuple[str, ...] = ()) -> None:
    """`forms` narrows the suffixes a regime allows. Raises: Refused with the rule that is broken."""
    if problems := association_name_problems(name):
        first = problems[0]
        raise Refused(first.code, first.en, first.zh, pointer="/name", problems=[p.code for p in problems])
    key = comparison_key(name)
    if not key.endswith(forms or FORMS[kind]):
        raise Refused("name_form_of_kind", f"the form of the name does not fit {kind}", "名称的组织形式与类型不符", pointer="/name")
    check_place(level, district)
    named = next((code for code, (zh, _) in NAMES.items() if code != "XX" and f"西咸新区{zh}" in key), None)
    if named and named != district:
        raise Refused("name_names_other_place", "the name names another new city", "名称中的新城与登记区域不一致", pointer="/name")


def home_key(home_region: str) -> str:
    """By what two home regions are the same: the division's own name, be it given by its GB/T 2260 code, in full or without its rank."""
    key = comparison_key(REGIONS.get(home_region.strip(), home_region))
    rank = next((r for r in RANKS if key.endswith(r) and len(key) > len(r) + 1), "")
    return key.removesuffix(rank)


def check_home(name: str, home_region: str) -> None:
    """A non-local chamber [异地商会] is called by its home division and 商会 (order 69; domain §3.2). Raises: Refused."""
    home = home_key(home_region)
    bare = comparison_key(name).removesuffix("商会")
    if not bare.endswith(home) and not any(bare.endswith(home + rank) for rank in RANKS):
        raise Refused(
            "name_without_home",
            "the name of a non-local chamber ends in its home region and 商会",
            "异地商会名称应为“原籍地行政区划名称+商会”",
            pointer="/name",
        )


def check_place(level: Level, district: District) -> None:
    """A new-area association belongs to the whole area, one of a new city to that city (R2). Raises: Refused."""
    if (level == "NEW_AREA") != (district == "XX"):
        raise Refused(
            "level_and_district", "level NEW_AREA goes with XX, NEW_CITY with one of the five", "管理层级与区域不一致", pointer="/district"
        )


def similar_names(name: str, taken: Iterable[tuple[str, str]]) -> tuple[SimilarName, ...]:
    """Those of (name, holder) that a person must look at: likeness of 0.85 or the same trade. Review, not rejection."""
    found = [
        SimilarName(
            name=other, holder=holder, similarity=round(1000 * similarity(name, other)), same_trade=core_term(name) == core_term(other)
        )
        for other, holder in taken
        if near(name, other)
    ]
    return tuple(sorted(found, key=lambda s: (-s.similarity, s.holder)))


class Taken(Value):
    """What stands against a name, a legal representative or a home region: (name, holder) of the district, whom the person represents
    already, and the chambers of that home region."""

    names: tuple[tuple[str, str], ...] = ()
    represents: tuple[str, ...] = ()
    of_home: tuple[str, ...] = ()


def refuse_same_name(name: str, taken: Taken) -> None:
    """Raises: Refused (`name_taken`) for a name that exists in the district, width, case, blanks and brackets aside."""
    if holder := next((h for other, h in taken.names if comparison_key(other) == comparison_key(name)), None):
        raise Refused("name_taken", "this name exists in the district", "本区域已有相同名称", pointer="/name", holder=holder)


def refuse_same_person(taken: Taken) -> None:
    """Raises: Refused (`legal_representative_taken`): nobody represents two associations (art. 12)."""
    if taken.represents:
        raise Refused(
            "legal_representative_taken",
            "this person represents another association",
            "该人员已担任其他社会团体的法定代表人",
            pointer="/legal_representative",
        )


def refuse_same_home(taken: Taken) -> None:
    """Raises: Refused (`home_region_taken`): one chamber to a home region [一地一会] (§3.9)."""
    if taken.of_home:
        raise Refused(
            "home_region_taken", "there is a chamber of this home region", "该原籍地已成立异地商会（一地一会）", pointer="/home_region",
            holder=taken.of_home[0],
        )  # fmt: skip


def distinct(name: str, taken: Taken, acknowledged: tuple[str, ...]) -> tuple[SimilarName, ...]:
    """Raises: Refused for a name that exists, or one like it that the officer has not acknowledged by its name."""
    refuse_same_name(name, taken)
    alike = similar_names(name, taken.names)
    if unseen := [s for s in alike if s.name not in acknowledged]:
        raise Refused("similar_names_not_acknowledged", "there are names like this one; acknowledge each that was looked at",
                      "存在近似名称，请逐一确认", similar=[s.model_dump() for s in unseen])  # fmt: skip
    return alike
