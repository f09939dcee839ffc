"""The words of the page frame and of the codes every page shows, as (English, Chinese): the order of `shared.problems.language`."""

from shared.district import NAMES
from shared.problems import language

Words = tuple[str, str]
DISTRICTS: dict[str, Words] = {code: (en, zh) for code, (zh, en) in NAMES.items()}
LEVELS: dict[str, Words] = {"NEW_AREA": ("new area", "新区本级"), "NEW_CITY": ("new cities", "新城")}
# 民办函〔2007〕210号, domain §2.3
CATEGORIES: dict[str, Words] = {
    "01": ("industry and commerce", "工商服务业"), "02": ("agriculture", "农业及农村发展"), "03": ("research", "科学研究"), "04": ("education", "教育"),
    "05": ("health", "卫生"), "06": ("culture", "文化"), "07": ("sports", "体育"), "08": ("environment", "生态环境"), "09": ("social services", "社会服务"),
    "10": ("law", "法律"), "11": ("religion", "宗教"), "12": ("occupational", "职业及从业者组织"), "13": ("international", "国际及涉外"), "14": ("other", "其他"),
}  # fmt: skip
FRAME: dict[str, Words] = {
    "demo": ("demo", "演示"),
    "demo_note": ("Demonstration: invented data; identities are for show.", "演示环境：数据为虚构，身份仅供演示。"),
    "skip": ("Skip to the content", "跳到正文"), "menu": ("Main", "主导航"), "overview": ("Overview", "总览"), "register": ("Register", "名录"),
    "reference": ("API reference", "接口文档"), "other_language": ("中文", "English"), "language": ("Language", "语言"),
    "times": ("Times are Asia/Shanghai.", "时间为北京时间（Asia/Shanghai）。"),
}  # fmt: skip


def language_of(asked: str | None, accepted: str | None) -> int:
    """1 Chinese unless `?lang=en`, or a browser that reads English and no Chinese before it; 0 English."""
    if asked in ("en", "zh"):
        return int(asked == "zh")
    header = (accepted or "")[:200].lower()
    return 1 if language(header) else int(not any(part.strip().startswith("en") for part in header.split(",")))
