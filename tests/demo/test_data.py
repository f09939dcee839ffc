"""The figures of the founding report, held against what the demo loads (domain §8.1)."""

import hashlib
import subprocess
import sys
from collections import Counter
from itertools import combinations

import pytest

from deploy.demo.data import GRADES, SPLIT, TIERS, Association, demo
from shared.industry import known
from shared.names import association_name_problems, comparison_key
from shared.uscc import compact, inner_check_ok, is_demo

ZONE = demo()
ASSOCIATIONS = [a for a in ZONE.associations if a.kind == "INDUSTRY_ASSOCIATION"]


def test_117_associations_and_3_chambers_are_registered() -> None:
    assert Counter(a.kind for a in ZONE.associations) == {"INDUSTRY_ASSOCIATION": 117, "CHAMBER": 3}


def test_25_are_of_the_new_area_and_92_of_the_new_cities() -> None:
    assert Counter(a.level for a in ASSOCIATIONS) == {"NEW_AREA": 25, "NEW_CITY": 92}
    assert (
        Counter(a.district for a in ASSOCIATIONS if a.level == "NEW_CITY")
        == SPLIT
        == {"XX-FD": 24, "XX-QH": 20, "XX-JH": 18, "XX-FX": 16, "XX-KG": 14}
    )


def test_77_of_117_are_in_culture_sports_and_agriculture_which_is_66_percent() -> None:
    by_category = Counter(a.so_category for a in ASSOCIATIONS)

    assert by_category == {"06": 27, "07": 24, "02": 26, "01": 28, "03": 4, "08": 3, "09": 2, "12": 2, "04": 1}
    assert round(sum(by_category[c] for c in ("06", "07", "02")) / 117 * 100) == 66


@pytest.mark.parametrize(
    ("level", "split"),
    [("NEW_AREA", {"06": 5, "07": 3, "02": 1, "others": 16}), ("NEW_CITY", {"06": 22, "07": 21, "02": 25, "others": 24})],
)
def test_most_of_the_77_are_in_the_new_cities(level: str, split: dict[str, int]) -> None:
    assert Counter(a.so_category if a.so_category in split else "others" for a in ASSOCIATIONS if a.level == level) == split


def test_13_are_planned_of_which_3_are_named() -> None:
    assert len(ZONE.planned) == 13
    assert {p.name: p.uscc for p in ZONE.planned if p.uscc} == {
        "西咸新区服务贸易协会": "51611100PDY00001XA",
        "西咸新区投资基金协会": "51611100PDY000028A",
        "西咸新区平台经济产业协会": "51611100PDY0000365",
    }
    assert [p.name for p in ZONE.planned if not p.uscc] == [f"待定协会{n:02d}" for n in range(1, 11)]


@pytest.mark.parametrize(
    ("name", "codes", "uscc", "listed"),
    [
        ("西咸新区人工智能产业协会", ("65",), "51611100PDY0000440", "EMERGING_IMPROVE"),
        ("西咸新区软件与信息服务业协会", ("651", "653"), "51611100PDY000052T", "EMERGING_IMPROVE"),
        ("西咸新区装配式建筑协会", ("47", "3022"), "51611100PDY000060M", "EMERGING_IMPROVE"),
        ("西咸新区航空航天产业协会", ("374",), "51611100PDY000079J", "TRADITIONAL_STRENGTHEN"),
        ("西咸新区航空物流协会", ("56", "58"), "51611100PDY000087D", "TRADITIONAL_STRENGTHEN"),
        ("西咸新区医药物流协会", ("515", "59"), "51611100PDY0000958", "TRADITIONAL_STRENGTHEN"),
        ("西咸新区汽车行业协会", ("36",), "51611100PDY000108X", "OPTIMISE"),
        ("西咸新区检验检测协会", ("745",), "51611100PDY000116Q", "OPTIMISE"),
    ],
)
def test_the_named_organisations_have_their_codes_and_go_the_full_way(name: str, codes: tuple[str, ...], uscc: str, listed: str) -> None:
    found = ZONE.of_name(name)

    assert (found.uscc, found.gbt4754, found.development_list, found.founded_in_demo) == (uscc, codes, listed, True)


def test_everybody_has_a_lawful_code_of_the_zone_that_is_never_exchanged() -> None:
    codes = [a.uscc for a in ZONE.associations] + [e.uscc for e in ZONE.enterprises] + [p.uscc for p in ZONE.planned if p.uscc]

    assert len(codes) == len(set(codes))
    assert all(compact(c) == c and inner_check_ok(c) and is_demo(c) for c in codes)


def test_names_are_lawful_and_distinct() -> None:
    assert [a.name for a in ZONE.associations if association_name_problems(a.name)] == []
    assert (
        len({comparison_key(x.name) for group in (ZONE.associations, ZONE.enterprises, ZONE.externals, ZONE.planned) for x in group})
        == 120 + 2400 + 31 + 13
    )


def test_every_industry_named_is_in_the_standard() -> None:
    codes = {c for group in (ZONE.associations, ZONE.enterprises, ZONE.externals, ZONE.planned) for party in group for c in party.gbt4754}

    assert codes | {lead.gbt4754 for lead in ZONE.leads} <= known()


def test_rolls_are_as_large_as_planned() -> None:
    for a in ZONE.associations:
        low, high = (40, 160) if a.district == "XX" else (30, 70)
        assert low <= len(a.members) <= high
        assert len({m.firm for m in a.members}) == len(a.members)
    assert sum(a.staying < 30 for a in ZONE.associations) == 5
    assert sum(a.inactive for a in ZONE.associations) == 6


def test_members_are_firms_of_the_zone_and_some_are_in_several() -> None:
    belongs = Counter(m.firm for a in ZONE.associations for m in a.members)

    assert set(belongs) <= set(ZONE.firms)
    assert max(belongs.values()) >= 3


def test_nobody_joins_before_there_is_an_association() -> None:
    assert all(a.registered_on <= m.joined_on for a in ZONE.associations for m in a.members)


def test_dues_are_the_main_income() -> None:
    def mean(part: str) -> float:
        return sum(a.income[part] / sum(a.income.values()) for a in ZONE.associations) / len(ZONE.associations)

    assert (round(mean("dues"), 2), round(mean("donations"), 2), round(mean("gov_purchase"), 2), round(mean("other"), 2)) == (
        0.62,
        0.18,
        0.12,
        0.08,
    )
    assert all(a.income["dues"] == sum(TIERS[m.tier] for m in a.members) for a in ZONE.associations)


def test_70_are_eligible_and_the_stage_is_early() -> None:
    assert Counter(a.grade for a in ZONE.associations if a.grade) == {g: n for g, n in GRADES.items() if n}
    assert sum(GRADES.values()) == 70
    assert not [a for a in ZONE.associations if a.grade and (a.founded_in_demo or a.staying < 30 or a.inactive)]


def test_two_are_downgraded_and_one_is_reviewed() -> None:
    by_code: dict[str, Association] = {a.uscc: a for a in ZONE.associations}

    assert [by_code[c].grade for c in ZONE.downgraded] == ["3A", "3A"]
    assert [by_code[c].grade for c in ZONE.reviewed] == ["2A"]


def test_the_organisations_elsewhere_are_those_of_the_report() -> None:
    names = {e.name for e in ZONE.externals}

    assert {
        "深圳市工艺礼品行业协会",
        "温州市眼镜商会",
        "温州市锁具行业协会",
        "温州电镀协会",
        "温州合成革商会",
        "上海市信息服务业行业协会",
    } <= names
    assert {"广东省社会组织管理局", "上海市社会团体管理局", "全国工商联", "最高人民法院", "西咸集团"} <= names
    assert all(e.region == "61" for e in ZONE.externals if e.name.startswith("西咸新区"))


def test_the_story_lead_gets_from_first_report_to_started() -> None:
    story = ZONE.leads[0]

    assert (story.introducer, story.stage, story.new_city) == (ZONE.of_name("西咸新区航空物流协会").uscc, "STARTED", "XX-KG")
    assert {lead.stage for lead in ZONE.leads} == {
        "LEAD",
        "SCREENED",
        "NEGOTIATING",
        "SIGNED",
        "REGISTERED",
        "STARTED",
        "IN_PRODUCTION",
        "DROPPED",
    }
    assert all(lead.amount >= lead.fixed_assets > 0 and lead.amount >= 10_000_000_00 for lead in ZONE.leads)


def test_partners_of_agreements_are_elsewhere_and_ours_are_ours() -> None:
    elsewhere = {e.key for e in ZONE.externals}
    ours = {a.uscc for a in ZONE.associations}

    assert all(f.partner in elsewhere and f.association in ours for f in ZONE.friendships)
    assert all(f.exchanges == 0 for f in ZONE.friendships if not f.signed)


def test_contacts_are_made_up_and_distinct() -> None:
    assert all(a.phone.startswith("029-3999") and a.email.endswith("@example.cn") for a in ZONE.associations)
    assert not [1 for a, b in combinations(ZONE.associations, 2) if a.phone == b.phone or a.email == b.email]


def test_another_machine_gets_the_very_same_zone() -> None:
    ask = "from deploy.demo.data import demo; import hashlib; print(hashlib.sha256(repr(demo()).encode()).hexdigest())"
    there = subprocess.run(
        [sys.executable, "-c", ask], check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": "7"}
    ).stdout.strip()

    assert there == hashlib.sha256(repr(demo()).encode()).hexdigest()
