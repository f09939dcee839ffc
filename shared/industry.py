"""Industries by GB/T 4754-2017 [国民经济行业分类]: section, division, group, class, and how near two of them are (domain §2.2, §6.5).

Divisions are numbered through all sections, so the numeric code is enough and the letter follows from its first two digits.
"""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

SECTIONS: dict[str, tuple[str, str, int, int]] = {  # letter: Chinese, English, first and last division
    "A": ("农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery", 1, 5),
    "B": ("采矿业", "Mining", 6, 12),
    "C": ("制造业", "Manufacturing", 13, 43),
    "D": ("电力、热力、燃气及水生产和供应业", "Utilities", 44, 46),
    "E": ("建筑业", "Construction", 47, 50),
    "F": ("批发和零售业", "Wholesale and retail trade", 51, 52),
    "G": ("交通运输、仓储和邮政业", "Transport, storage and post", 53, 60),
    "H": ("住宿和餐饮业", "Accommodation and catering", 61, 62),
    "I": ("信息传输、软件和信息技术服务业", "Information transmission, software and IT services", 63, 65),
    "J": ("金融业", "Finance", 66, 69),
    "K": ("房地产业", "Real estate", 70, 70),
    "L": ("租赁和商务服务业", "Leasing and business services", 71, 72),
    "M": ("科学研究和技术服务业", "Research and technical services", 73, 75),
    "N": ("水利、环境和公共设施管理业", "Water, environment and public facilities", 76, 79),
    "O": ("居民服务、修理和其他服务业", "Resident services and repair", 80, 82),
    "P": ("教育", "Education", 83, 83),
    "Q": ("卫生和社会工作", "Health and social work", 84, 85),
    "R": ("文化、体育和娱乐业", "Culture, sports and entertainment", 86, 90),
    "S": ("公共管理、社会保障和社会组织", "Public administration and social organisations", 91, 96),
    "T": ("国际组织", "International organisations", 97, 97),
}
DIVISIONS: dict[str, str] = {
    "01": "农业", "02": "林业", "03": "畜牧业", "04": "渔业", "05": "农林牧渔专业及辅助性活动", "06": "煤炭开采和洗选业",
    "07": "石油和天然气开采业", "08": "黑色金属矿采选业", "09": "有色金属矿采选业", "10": "非金属矿采选业", "11": "开采专业及辅助性活动",
    "12": "其他采矿业", "13": "农副食品加工业", "14": "食品制造业", "15": "酒、饮料和精制茶制造业", "16": "烟草制品业", "17": "纺织业",
    "18": "纺织服装、服饰业", "19": "皮革、毛皮、羽毛及其制品和制鞋业", "20": "木材加工和木、竹、藤、棕、草制品业", "21": "家具制造业",
    "22": "造纸和纸制品业", "23": "印刷和记录媒介复制业", "24": "文教、工美、体育和娱乐用品制造业", "25": "石油、煤炭及其他燃料加工业",
    "26": "化学原料和化学制品制造业", "27": "医药制造业", "28": "化学纤维制造业", "29": "橡胶和塑料制品业", "30": "非金属矿物制品业",
    "31": "黑色金属冶炼和压延加工业", "32": "有色金属冶炼和压延加工业", "33": "金属制品业", "34": "通用设备制造业", "35": "专用设备制造业",
    "36": "汽车制造业", "37": "铁路、船舶、航空航天和其他运输设备制造业", "38": "电气机械和器材制造业", "39": "计算机、通信和其他电子设备制造业",
    "40": "仪器仪表制造业", "41": "其他制造业", "42": "废弃资源综合利用业", "43": "金属制品、机械和设备修理业", "44": "电力、热力生产和供应业",
    "45": "燃气生产和供应业", "46": "水的生产和供应业", "47": "房屋建筑业", "48": "土木工程建筑业", "49": "建筑安装业",
    "50": "建筑装饰、装修和其他建筑业", "51": "批发业", "52": "零售业", "53": "铁路运输业", "54": "道路运输业", "55": "水上运输业",
    "56": "航空运输业", "57": "管道运输业", "58": "多式联运和运输代理业", "59": "装卸搬运和仓储业", "60": "邮政业", "61": "住宿业",
    "62": "餐饮业", "63": "电信、广播电视和卫星传输服务", "64": "互联网和相关服务", "65": "软件和信息技术服务业", "66": "货币金融服务",
    "67": "资本市场服务", "68": "保险业", "69": "其他金融业", "70": "房地产业", "71": "租赁业", "72": "商务服务业",
    "73": "研究和试验发展", "74": "专业技术服务业", "75": "科技推广和应用服务业", "76": "水利管理业", "77": "生态保护和环境治理业",
    "78": "公共设施管理业", "79": "土地管理业", "80": "居民服务业", "81": "机动车、电子产品和日用产品修理业", "82": "其他服务业",
    "83": "教育", "84": "卫生", "85": "社会工作", "86": "新闻和出版业", "87": "广播、电视、电影和录音制作业", "88": "文化艺术业",
    "89": "体育", "90": "娱乐业", "91": "中国共产党机关", "92": "国家机构", "93": "人民政协、民主党派", "94": "社会保障",
    "95": "群众团体、社会团体和其他成员组织", "96": "基层群众自治组织及其他组织", "97": "国际组织",
}  # fmt: skip
SIMILARITY = (0.0, 0.3, 0.6, 0.8, 1.0)  # nothing, section, division, group, class in common (domain §6.5)


@cache
def classes() -> dict[str, str]:
    """The four-digit classes and their names, as the shipped file has them."""
    with (Path(__file__).parent / "data" / "gbt4754_2017_classes.csv").open(encoding="utf-8") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}


@cache
def known() -> frozenset[str]:
    """Every division, group and class one may name."""
    return frozenset(DIVISIONS) | {c[:3] for c in classes()} | frozenset(classes())


def section(code: str) -> str:
    """The letter of the section [门类] a code belongs to: `section("3610")` is "C". Raises: KeyError for no such division."""
    return _SECTION_OF[code[:2]]


def name_of(code: str) -> str:
    """The name of a class or division; a group, whose name the file lacks, is called after its division."""
    return classes().get(code) or DIVISIONS[code[:2]]


def common_level(a: str, b: str) -> int:
    """How deep two codes agree: 0 not at all, 1 section, 2 division, 3 group, 4 class. A short code agrees no deeper than it is long."""
    for length in (4, 3, 2):
        if len(a) >= length and len(b) >= length and a[:length] == b[:length]:
            return length
    return int(section(a) == section(b))


def industry_similarity(a_codes: Iterable[str], b_codes: Iterable[str]) -> float:
    """The nearest pair of two lists of codes, 0…1: class 1.0, group 0.8, division 0.6, section 0.3 (domain §6.5, `I`)."""
    others = tuple(b_codes)
    return SIMILARITY[max((common_level(a, b) for a in a_codes for b in others), default=0)]


def _accept(code: str) -> str:
    letter, digits = (code[0].upper(), code[1:]) if code[:1].isalpha() else ("", code)
    if len(digits) == 4 and digits.endswith("0") and digits not in known():
        digits = digits[:3]  # a group is often written with a zero behind it
    if digits not in known():
        raise PydanticCustomError("industry_unknown", "no such division, group or class of GB/T 4754-2017; 国民经济行业分类中无此代码")
    if letter and letter != section(digits):
        raise PydanticCustomError("industry_section", "the letter is not that of the division; 门类字母与大类不符")
    return digits


_SECTION_OF = {f"{n:02d}": letter for letter, (_, _, first, last) in SECTIONS.items() for n in range(first, last + 1)}
IndustryCode = Annotated[
    str, BeforeValidator(lambda v: v.strip() if isinstance(v, str) else v), Field(min_length=2, max_length=5), AfterValidator(_accept)
]
