"""The zone as the founding report counts it, invented where the report is silent; the same on every machine (domain §8, seed 20210311).

117 associations and 3 chambers are registered, 25 of the associations at the level of the new area and 92 in the new cities, 77 of them
in culture, sports and agriculture; 13 more are planned. Nobody here exists: credit codes lie in the zone that is never exchanged,
firms are called 演示…, telephones and addresses are made up, and no natural person occurs.

The codes n = 1…3 wait for the three named planned associations, so those of the 120 registered ones are n = 4…123 (domain §8.2).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Literal, TypeVar

from deploy.demo import trades
from deploy.demo.trades import Trade
from shared.district import NAMES, District
from shared.uscc import demo_code

K = TypeVar("K", bound=str)
SEED = 20210311
ASSOCIATION_CODES, ENTERPRISE_CODES = "51611100", "91611100"
SPLIT: dict[District, int] = {"XX-FD": 24, "XX-QH": 20, "XX-JH": 18, "XX-FX": 16, "XX-KG": 14}
GRADES: dict[str, int] = {"5A": 0, "4A": 3, "3A": 14, "2A": 22, "1A": 18, "NONE": 13}
NEW_CITY_CATEGORIES = {"06": 22, "07": 21, "02": 25, "01": 16, "03": 2, "08": 2, "09": 2, "12": 2}
GOALS = ("INVEST", "EXPORT", "PROCURE", "STANDARD", "TALENT", "FAIR")
TIERS: dict[str, int] = {"MEMBER": 2_000_00, "COUNCIL": 5_000_00, "VICE_PRESIDENT": 10_000_00, "PRESIDENT": 30_000_00}  # fen a year
FIRMS = 2400
SPEAKING = 20  # every twentieth firm states its needs and offers
LAST_JOINING = date(2025, 12, 31)
DUAL = ("03", "04", "09", "12")  # fields where a supervising unit agrees first (domain §3.8)
NAMED_ACTIVE = ("人工智能产业", "软件与信息服务业", "装配式建筑", "航空航天产业", "航空物流", "医药物流", "汽车行业", "检验检测")
NAMED_PLANNED = ("服务贸易", "投资基金", "平台经济产业")
LISTS = {  # the report's three development lists
    "人工智能产业": "EMERGING_IMPROVE", "软件与信息服务业": "EMERGING_IMPROVE", "装配式建筑": "EMERGING_IMPROVE", "航空航天产业": "TRADITIONAL_STRENGTHEN",
    "航空物流": "TRADITIONAL_STRENGTHEN", "医药物流": "TRADITIONAL_STRENGTHEN", "汽车行业": "OPTIMISE", "检验检测": "OPTIMISE",
}  # fmt: skip

ExitReason = Literal["DISSATISFIED", "NO_BENEFIT", "FEE_BURDEN", "UNPAID_LAPSED", "RELOCATED", "BUSINESS_CEASED", "MERGED"]
Scale = Literal["MICRO", "SMALL", "MEDIUM", "LARGE"]
Intent = Literal["STRENGTHEN", "FILL", "EXTEND"]
SCALES: tuple[tuple[Scale, int], ...] = (("MICRO", 40), ("SMALL", 40), ("MEDIUM", 15), ("LARGE", 5))  # and how many of a hundred
INTENTS: tuple[tuple[Intent, int], ...] = (("STRENGTHEN", 60), ("FILL", 20), ("EXTEND", 20))
LeadStage = Literal["LEAD", "SCREENED", "NEGOTIATING", "SIGNED", "REGISTERED", "STARTED", "IN_PRODUCTION", "DROPPED"]


@dataclass(frozen=True)
class Enterprise:
    """A firm of the zone: what it does, where, what it needs and what it can give (topics)."""

    uscc: str
    name: str
    trade: str
    gbt4754: tuple[str, ...]
    district: District
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    scale: Scale
    intent: Intent
    speaks: bool  # states its needs and offers in the demo


@dataclass(frozen=True)
class Member:
    """A firm's place in an association. `exit_reason` is set where it leaves during the demo."""

    firm: str
    tier: str
    joined_on: date
    exit_reason: ExitReason | None = None


@dataclass(frozen=True)
class Association:
    """An association or chamber that is registered when the demo is loaded. Money in fen, shares of income in percent."""

    n: int
    uscc: str
    name: str
    kind: Literal["INDUSTRY_ASSOCIATION", "CHAMBER"]
    level: Literal["NEW_AREA", "NEW_CITY"]
    district: District
    so_category: str
    gbt4754: tuple[str, ...]
    scope: str
    purpose: str
    domicile: str
    phone: str
    email: str
    registered_fund: int
    registered_on: date
    members: tuple[Member, ...]
    staff: int
    income: dict[str, int]
    goals: tuple[str, ...]
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    founded_in_demo: bool = False
    regime: Literal["DIRECT", "DUAL"] = "DIRECT"
    development_list: str | None = None
    home_region: str | None = None
    grade: str | None = None  # what it is rated in the demo; None: not eligible
    inactive: bool = False  # no activity in twelve months

    @property
    def staying(self) -> int:
        """Members when the demo is loaded."""
        return sum(m.exit_reason is None for m in self.members)


@dataclass(frozen=True)
class Planned:
    """An association of the programme of 13. `uscc` is the code it gets once it is registered; unnamed ones have none."""

    name: str
    gbt4754: tuple[str, ...]
    lead_enterprise: str
    lead_department: str
    target_in_days: int
    uscc: str | None = None


@dataclass(frozen=True)
class External:
    """An organisation elsewhere, for the directory; its credit code is not known. `region` is a code of GB/T 2260."""

    key: str
    name: str
    kind: Literal["ASSOCIATION", "CHAMBER", "OUT_OF_PROVINCE_CHAMBER", "BODY"]
    region: str
    gbt4754: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    members: int = 0


@dataclass(frozen=True)
class Lead:
    """An investor's project and how far it gets in the demo. Amounts in fen."""

    key: str
    investor: str
    title: str
    gbt4754: str
    chain: str
    amount: int
    fixed_assets: int
    introducer: str
    new_city: District
    stage: LeadStage
    confidentiality: Literal["PUBLIC", "INTERNAL", "CONFIDENTIAL"] = "INTERNAL"


@dataclass(frozen=True)
class Friendship:
    """A friendly-chamber agreement between one of ours and an external one; not every one is signed yet."""

    association: str
    partner: str
    signed: bool
    exchanges: int = 0


@dataclass(frozen=True)
class Demo:
    """All of it."""

    associations: tuple[Association, ...]
    planned: tuple[Planned, ...]
    enterprises: tuple[Enterprise, ...]
    externals: tuple[External, ...]
    leads: tuple[Lead, ...]
    friendships: tuple[Friendship, ...]
    downgraded: tuple[str, ...] = ()  # credit codes: the annual check goes badly after the grade was given
    reviewed: tuple[str, ...] = ()  # credit codes: a review is asked for during publicity
    firms: dict[str, Enterprise] = field(default_factory=dict)

    def of_name(self, name: str) -> Association:
        return next(a for a in self.associations if a.name == name)


def random(of: str) -> Random:
    """A stream of its own for each part, so that a change in one leaves the others as they were."""
    return Random(f"{SEED}:{of}")


# ── who there is ─────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Seat:
    """An association before it has members: its place in the report's counts."""

    trade: Trade
    so_category: str
    district: District
    named: bool = False
    chamber: bool = False

    @property
    def name(self) -> str:
        city = "" if self.district == "XX" else NAMES[self.district][0]
        return f"西咸新区{city}{self.trade.name}{'商会' if self.chamber else '协会'}"


def seats() -> tuple[Seat, ...]:
    """The 120 in the order of their codes: 8 named, 17 of the new area, 92 of the new cities, 3 chambers."""
    named = [Seat(trades.NAMED[name], "01", "XX", named=True) for name in NAMED_ACTIVE]
    area = [
        *(Seat(t, "06", "XX") for t in trades.CULTURE[:5]),
        *(Seat(t, "07", "XX") for t in trades.SPORTS[:3]),
        *(Seat(t, "02", "XX") for t in trades.AGRICULTURE[4:5]),
        *(Seat(t, "01", "XX") for t in trades.COMMERCE_NEW_AREA),
        *(Seat(t, category, "XX") for category, group in trades.OTHERS_NEW_AREA.items() for t in group),
    ]
    chambers = [Seat(t, "01", "XX", chamber=True) for t in trades.CHAMBERS]
    return (*named, *area, *new_city_seats(), *chambers)


def new_city_seats() -> Iterator[Seat]:
    """Cities and categories are dealt evenly against each other; within a city no trade comes twice."""
    pool = {"06": trades.CULTURE, "07": trades.SPORTS, "02": trades.AGRICULTURE, "01": trades.COMMERCE_NEW_CITY} | trades.OTHERS_NEW_CITY
    free, used, dealt = Counter(SPLIT), Counter[str](), Counter[tuple[str, str]]()
    taken: set[tuple[District, str]] = set()
    for category in evenly(NEW_CITY_CATEGORIES):
        city = min((c for c in SPLIT if free[c]), key=lambda c: (dealt[c, category] / SPLIT[c], -free[c] / SPLIT[c]))
        trade = min((t for t in pool[category] if (city, t.name) not in taken), key=lambda t: used[t.name])
        free[city] -= 1
        dealt[city, category] += 1
        used[trade.name] += 1
        taken.add((city, trade.name))
        yield Seat(trade, category, city)


def evenly(counts: dict[K, int]) -> list[K]:
    """Each key as often as it counts, spread as evenly as it goes."""
    return [k for _, _, k in sorted(((i + 0.5) / n, rank, k) for rank, (k, n) in enumerate(counts.items()) for i in range(n))]


# ── firms ────────────────────────────────────────────────────────────────────────────────────────
@cache
def enterprises() -> tuple[Enterprise, ...]:
    """The firms of the zone, spread over the trades in proportion to the associations there are."""
    rng = random("enterprises")
    every = seats()
    return tuple(enterprise(n, every[n % len(every)].trade, every[n % len(every)].district, rng) for n in range(1, FIRMS + 1))


def enterprise(n: int, trade: Trade, district: District, rng: Random) -> Enterprise:
    cities = list(SPLIT)
    home = district if district != "XX" and rng.random() < 0.8 else rng.choices(cities, [SPLIT[c] for c in cities])[0]
    codes = tuple(sorted(rng.sample(trade.gbt4754, rng.randint(1, len(trade.gbt4754)))))
    needs = tuple(sorted(rng.sample(trade.needs, rng.randint(1, min(2, len(trade.needs))))))
    offers = tuple(sorted(rng.sample(trade.offers, 1)))
    scale = rng.choices([s for s, _ in SCALES], [n for _, n in SCALES])[0]
    intent = rng.choices([i for i, _ in INTENTS], [n for _, n in INTENTS])[0]
    name = f"演示{trade.name}{n:04d}有限公司"
    return Enterprise(demo_code(ENTERPRISE_CODES, n), name, trade.name, codes, home, needs, offers, scale, intent, speaks=n % SPEAKING == 0)


def members(seat: Seat, size: int, since: date, rng: Random) -> tuple[Member, ...]:
    """Mostly firms of the trade, then of the place, then any; a firm may belong to several associations."""
    firms = enterprises()
    of_trade = [f for f in firms if f.trade == seat.trade.name and seat.district in ("XX", f.district)]
    of_place = [f for f in firms if f.trade != seat.trade.name and seat.district in ("XX", f.district)]
    own = rng.sample(of_trade, min(len(of_trade), round(size * 0.6)))
    chosen = own + rng.sample(of_place, size - len(own))
    tiers = ["PRESIDENT", *["VICE_PRESIDENT"] * 3, *["COUNCIL"] * round(size * 0.15)]
    days = max((LAST_JOINING - since).days, 1)
    joined = [since] * 30 + [since + timedelta(days=rng.randrange(days)) for _ in range(size)]
    return tuple(Member(f.uscc, tiers[i] if i < len(tiers) else "MEMBER", joined[i]) for i, f in enumerate(chosen))


def leaving(roll: tuple[Member, ...], left: int, rng: Random) -> tuple[Member, ...]:
    """The roll when so many of its ordinary members leave, mostly because it is of no use to them."""
    reasons: tuple[ExitReason, ...] = (
        "NO_BENEFIT",
        "NO_BENEFIT",
        "DISSATISFIED",
        "FEE_BURDEN",
        "UNPAID_LAPSED",
        "RELOCATED",
        "BUSINESS_CEASED",
        "MERGED",
    )
    go = set(rng.sample([m.firm for m in roll if m.tier == "MEMBER"], left))
    return tuple(Member(m.firm, m.tier, m.joined_on, rng.choice(reasons)) if m.firm in go else m for m in roll)


# ── associations ─────────────────────────────────────────────────────────────────────────────────
@cache
def associations() -> tuple[Association, ...]:
    every = seats()
    grades = dict(zip(eligible(every), graded(), strict=True))
    rest = [i for i, s in enumerate(every) if i not in grades and s.district != "XX"]
    declining, silent = set(rest[:5]), set(rest[5:11])
    return tuple(association(i, seat, grades.get(i), i in declining, i in silent) for i, seat in enumerate(every))


def eligible(every: Iterable[Seat]) -> list[int]:
    """The ~70 that may be rated: registered two years and more, not founded in the demo, no decline."""
    old = [i for i, s in enumerate(every) if not s.named]
    return sorted(random("eligible").sample(old, sum(GRADES.values())))


def graded() -> list[str]:
    """The invented distribution of domain §8.3 in random order."""
    drawn = [grade for grade, n in GRADES.items() for _ in range(n)]
    random("grades").shuffle(drawn)
    return drawn


def association(i: int, seat: Seat, grade: str | None, declining: bool, silent: bool) -> Association:
    n, rng, trade = i + 4, random(f"association {i}"), seat.trade
    since = date(2009, 1, 1) + timedelta(days=rng.randrange(3500 if grade else 4300))
    size = rng.randint(40, 160) if seat.district == "XX" else rng.randint(30, 70)
    roll = members(seat, 33 if declining else size, since, rng)
    scope = f"{trade.name}领域的行业服务、交流培训、行业自律与合作"
    place = "" if seat.district == "XX" else NAMES[seat.district][0]
    return Association(
        n=n, uscc=demo_code(ASSOCIATION_CODES, n), name=seat.name, kind="CHAMBER" if seat.chamber else "INDUSTRY_ASSOCIATION",
        level="NEW_AREA" if seat.district == "XX" else "NEW_CITY", district=seat.district, so_category=seat.so_category, gbt4754=trade.gbt4754,
        scope=scope, purpose=f"服务{trade.name}会员，维护会员合法权益，促进行业健康发展", domicile=f"西咸新区{place}演示路{n}号",
        phone=f"029-3999{n:04d}", email=f"office{n:03d}@example.cn", registered_fund=rng.choice((30_000_00, 50_000_00, 100_000_00)),
        registered_on=since, members=leaving(roll, rng.randint(5, 9), rng) if declining else roll, staff=rng.randint(2, 12), income=income_mix(n, roll, rng),
        goals=tuple(sorted(rng.sample(GOALS, rng.randint(2, 4)))), needs=trade.needs, offers=trade.offers, founded_in_demo=seat.named, regime="DUAL" if seat.so_category in DUAL else "DIRECT",
        development_list=LISTS.get(trade.name) if seat.named else None, home_region=HOME_REGIONS.get(trade.name) if seat.chamber else None,
        grade=grade, inactive=silent,
    )  # fmt: skip


HOME_REGIONS = {"温州": "3303", "广东": "44", "四川": "51"}


def income_mix(n: int, roll: tuple[Member, ...], rng: Random) -> dict[str, int]:
    """A year's income in fen: dues as the tiers say, and the rest so that dues are about 62 %, donations 18, purchases 12, other 8."""
    dues = sum(TIERS[m.tier] for m in roll)
    share = 0.62 + (n % 13 - 6) / 100
    rest = dues * (1 - share) / share
    donations, purchases = (rest * part / 38 * rng.uniform(0.9, 1.1) for part in (18, 12))
    return {"dues": dues, "donations": round(donations), "gov_purchase": round(purchases), "other": round(rest - donations - purchases)}


# ── what is planned, who is elsewhere, what is brought in ────────────────────────────────────────
def planned() -> tuple[Planned, ...]:
    """The programme of 13: three that the report names, ten it does not."""
    rng = random("planned")
    firms = rng.sample(enterprises(), 13)
    named = [
        Planned(f"西咸新区{t}协会", trades.NAMED[t].gbt4754, firm.uscc, "dept:industry", 180 + 60 * n, demo_code(ASSOCIATION_CODES, n))
        for n, (t, firm) in enumerate(zip(NAMED_PLANNED, firms, strict=False), start=1)
    ]
    unnamed = [
        Planned(f"待定协会{n:02d}", firm.gbt4754, firm.uscc, "dept:industry", rng.randrange(270, 540))
        for n, firm in enumerate(firms[3:], start=1)
    ]
    return (*named, *unnamed)


ASSOCIATIONS_ELSEWHERE: tuple[tuple[str, Literal["ASSOCIATION", "CHAMBER"], str, tuple[str, ...], int], ...] = (  # name, kind, region, industries: those the report learns from
    ("深圳市工艺礼品行业协会", "ASSOCIATION", "4403", ("2439", "5249"), 420), ("温州市眼镜商会", "CHAMBER", "3303", ("3587", "5236"), 500),
    ("温州市锁具行业协会", "ASSOCIATION", "3303", ("3351",), 260), ("温州电镀协会", "ASSOCIATION", "3303", ("3360",), 180),
    ("温州合成革商会", "CHAMBER", "3303", ("2925",), 120), ("上海市信息服务业行业协会", "ASSOCIATION", "31", ("6513", "6431"), 300),
)  # fmt: skip
BODIES = (
    ("广东省社会组织管理局", "44"), ("上海市社会团体管理局", "31"), ("行业协会发展署", "31"), ("社会服务局", "31"), ("深圳市行业协会服务中心", "4403"),
    ("全国工商联", "11"), ("最高人民法院", "11"), ("西咸新区党工委", "61"), ("西咸新区管委会", "61"), ("西咸集团", "61"), ("各新城管委会", "61"),
    ("新区行政审批部门", "61"), ("新区社会组织管理部门", "61"),
)  # fmt: skip
CHAMBERS_ELSEWHERE = (  # region, what its firms do, needs, offers: invented chambers of Xixian people in other provinces
    ("北京", "11", "6513 7320", "场景开放 成果转化", "融资对接 技术研发"), ("上海", "31", "5821 6720", "航空货运 项目对接", "融资对接 出口服务"),
    ("广东", "44", "3979 3912", "场景开放 零部件采购", "技术研发 项目对接"), ("深圳", "4403", "6431 5821", "冷链物流 航空货运", "项目对接 出口服务"),
    ("浙江", "33", "6432 1811", "电商销售 仓储物流", "项目对接 品牌推广"), ("江苏", "32", "3670 3825", "整车配套 检测认证", "项目对接 设备采购"),
    ("四川", "51", "3744 6513", "航空零部件 检测认证", "项目对接 人才招聘"), ("湖北", "42", "3611 3670", "整车配套 技术研发", "零部件采购 项目对接"),
    ("福建", "35", "1530 5127", "茯茶产品 展览场地", "品牌推广 电商销售"), ("山东", "37", "0141 1371", "设施蔬菜 冷链物流", "农技推广 电商销售"),
    ("河南", "41", "5920 5810", "航空货运 仓储物流", "项目对接 冷链物流"), ("重庆", "50", "3744 3611", "航空零部件 整车配套", "项目对接 技术研发"),
)  # fmt: skip


def externals() -> tuple[External, ...]:
    rng = random("externals")

    def goals() -> tuple[str, ...]:
        return tuple(sorted(rng.sample(GOALS, 3)))

    named = [External(f"ext-{i:02d}", name, kind, region, codes, ("展览场地", "仓储物流"), ("品牌推广", "项目对接"), goals(), size)
             for i, (name, kind, region, codes, size) in enumerate(ASSOCIATIONS_ELSEWHERE, start=1)]  # fmt: skip
    chambers = [
        External(f"ext-{i:02d}", f"{place}西咸商会", "OUT_OF_PROVINCE_CHAMBER", region, tuple(codes.split()), tuple(needs.split()), tuple(offers.split()), goals(), rng.randint(40, 200))
        for i, (place, region, codes, needs, offers) in enumerate(CHAMBERS_ELSEWHERE, start=21)
    ]  # fmt: skip
    bodies = [External(f"ext-{i:02d}", name, "BODY", region) for i, (name, region) in enumerate(BODIES, start=41)]
    return (*named, *chambers, *bodies)


PROJECTS: tuple[tuple[str, str, str, str, str, float, District, LeadStage], ...] = (  # introducer's trade, investor, title, industry, chain, 10^8 yuan, new city, stage; the first is the story of domain §8.3
    ("航空物流", "演示航空货运集团", "航空货运区域分拨中心", "5612", "临空经济", 6.0, "XX-KG", "STARTED"),
    ("航空航天产业", "演示航空部件股份公司", "航空复合材料构件生产线", "3744", "航空航天", 8.5, "XX-FD", "SIGNED"),
    ("汽车行业", "演示动力电池公司", "新能源汽车电控系统工厂", "3670", "智能网联汽车", 12.0, "XX-JH", "NEGOTIATING"),
    ("人工智能产业", "演示智能科技公司", "人工智能算力与应用创新中心", "6513", "电子信息", 5.2, "XX-FX", "REGISTERED"),
    ("软件与信息服务业", "演示软件公司", "工业软件研发总部", "6513", "电子信息", 1.8, "XX-FX", "IN_PRODUCTION"),
    ("医药物流", "演示医药供应链公司", "医药冷链区域中心", "5930", "生物医药", 3.4, "XX-KG", "STARTED"),
    ("装配式建筑", "演示绿色建造公司", "装配式构件智能工厂", "3022", "先进制造", 2.6, "XX-QH", "SIGNED"),
    ("检验检测", "演示检测集团", "综合检验检测基地", "7452", "研发服务", 1.2, "XX-FD", "SCREENED"),
    ("航空物流", "演示跨境供应链公司", "跨境电商航空前置仓", "5829", "临空经济", 1.5, "XX-KG", "NEGOTIATING"),
    ("航空航天产业", "演示航天技术公司", "商业卫星载荷装测中心", "3743", "航空航天", 4.0, "XX-FX", "SCREENED"),
    ("汽车行业", "演示车载雷达公司", "车载传感器生产基地", "3962", "智能网联汽车", 2.2, "XX-JH", "LEAD"),
    ("人工智能产业", "演示机器人公司", "服务机器人总装线", "3964", "先进制造", 1.6, "XX-FD", "LEAD"),
    ("软件与信息服务业", "演示数据服务公司", "数据标注与治理基地", "6550", "电子信息", 0.8, "XX-QH", "NEGOTIATING"),
    ("医药物流", "演示中药公司", "中药材仓储与追溯中心", "5960", "生物医药", 0.9, "XX-JH", "DROPPED"),
    ("温州", "演示锁具公司", "智能锁具制造基地", "3351", "先进制造", 1.1, "XX-JH", "SIGNED"),
    ("广东", "演示光电公司", "光电器件封装项目", "3976", "电子信息", 3.0, "XX-FX", "NEGOTIATING"),
    ("四川", "演示食品公司", "川味预制菜中央厨房", "1432", "都市农业", 0.6, "XX-QH", "REGISTERED"),
    ("文化旅游", "演示文旅公司", "秦汉主题研学营地", "7861", "文旅体", 1.0, "XX-QH", "DROPPED"),
    ("茯茶", "演示茶业公司", "茯茶出口加工园", "1530", "都市农业", 0.7, "XX-JH", "LEAD"),
)  # fmt: skip


def leads(every: tuple[Association, ...]) -> tuple[Lead, ...]:
    by_trade = {s.trade.name: a.uscc for s, a in reversed(list(zip(seats(), every, strict=True)))}
    return tuple(
        Lead(
            f"lead-{i:02d}",
            investor,
            title,
            code,
            chain,
            round(amount * 10**10),
            round(amount * 0.6 * 10**10),
            by_trade[trade],
            city,
            stage,
            "INTERNAL" if i % 3 == 1 else "PUBLIC",
        )
        for i, (trade, investor, title, code, chain, amount, city, stage) in enumerate(PROJECTS, start=1)
    )


AGREEMENTS = (  # ours, theirs, signed, exchanges held since
    ("温州", "温州市锁具行业协会", True, 2), ("广东", "广东西咸商会", True, 1), ("航空物流", "上海西咸商会", True, 1), ("软件与信息服务业", "上海市信息服务业行业协会", True, 1),
    ("汽车行业", "湖北西咸商会", False, 0), ("四川", "四川西咸商会", False, 0),
)  # fmt: skip


def friendships(every: tuple[Association, ...], others: tuple[External, ...]) -> tuple[Friendship, ...]:
    ours = {s.trade.name: a.uscc for s, a in zip(seats(), every, strict=True) if s.named or s.chamber}
    theirs = {e.name: e.key for e in others}
    return tuple(Friendship(ours[a], theirs[b], signed, exchanges) for a, b, signed, exchanges in AGREEMENTS)


@cache
def demo() -> Demo:
    """The whole zone; the same objects each time it is asked for."""
    every, others = associations(), externals()
    rated = {grade: [a.uscc for a in every if a.grade == grade and a.regime == "DIRECT"] for grade in GRADES}
    return Demo(
        associations=every,
        planned=planned(),
        enterprises=enterprises(),
        externals=others,
        leads=leads(every),
        friendships=friendships(every, others),
        downgraded=tuple(rated["3A"][:2]),
        reviewed=tuple(rated["2A"][:1]),
        firms={f.uscc: f for f in enterprises()},
    )
