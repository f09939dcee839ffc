"""Why a candidate is recommended, in words a civil servant can read out: three reasons and one caution, from the very products of the score."""

from datetime import date

from services.matchmaking.engine.scoring import (
    LISTED_GRADES,
    Assessment,
    Party,
    Product,
    Scale,
    free,
    freshness,
    needs_of,
    offers_of,
)
from services.matchmaking.engine.weights import Feature
from shared.district import name_of as place_name
from shared.industry import common_level, name_of
from shared.record import Value

REASONS = 3
LEVELS = (("", ""), ("门类", "section"), ("大类", "division"), ("中类", "group"), ("小类", "class"))
STAGES = (("上游", "upstream"), ("中游", "midstream"), ("下游", "downstream"))


class Reason(Value):
    """One feature of the score: points it gives to the mutual score, and the sentence."""

    feature: Feature
    points: float
    zh: str
    en: str


class Caution(Value):
    """What to look at before one goes ahead."""

    code: str
    zh: str
    en: str


def fact(product: Product) -> Feature:
    """The fact a product rests on, as the seeker sees it: what covers the candidate's needs is, to the seeker, its own offer."""
    if product.side == "CANDIDATE" and product.feature in ("need_cover", "offer_cover"):
        return "offer_cover" if product.feature == "need_cover" else "need_cover"
    return product.feature


def points(assessment: Assessment) -> dict[Feature, float]:
    """What each fact gives to the mutual score, both sides together; all add up to it."""
    found: dict[Feature, float] = {}
    for product in assessment.products:
        found[fact(product)] = found.get(fact(product), 0.0) + product.points * assessment.share
    return found


def reasons(seeker: Party, candidate: Party, assessment: Assessment, scale: Scale, most: int = REASONS) -> tuple[Reason, ...]:
    """The features that give most, ties by name; none that gives nothing."""
    ranked = sorted(points(assessment).items(), key=lambda pair: (-pair[1], pair[0]))
    told = [(feature, gain, sentence(feature, seeker, candidate, assessment, scale)) for feature, gain in ranked[:most] if gain > 0]
    return tuple(Reason(feature=f, points=gain, zh=zh, en=en) for f, gain, (zh, en) in told)


def sentence(feature: Feature, seeker: Party, candidate: Party, assessment: Assessment, scale: Scale) -> tuple[str, str]:
    """The reason in Chinese and English, with the figure it rests on."""
    value = next(p.value for p in assessment.products if fact(p) == feature)
    match feature:
        case "need_cover":
            return cover("其供给覆盖我方需求的", "what it offers covers", "of our needs", value, common(seeker, candidate, scale))
        case "offer_cover":
            return cover("我方供给覆盖其需求的", "what we offer covers", "of its needs", value, common(candidate, seeker, scale))
        case "industry":
            return industry(seeker, candidate)
        case "region":
            return region(seeker, candidate, value)
        case "chain":
            return chain(seeker, candidate)
        case "scale":
            return f"规模适配度 {percent(value)}", f"the size fits by {percent(value)}"
        case "rating":
            grade = candidate.grade or seeker.grade
            return (
                (f"{grade} 级协会", f"rated {grade}")
                if grade in LISTED_GRADES[1:]
                else ("尚未评级，按基准计", "not rated, counted at the base")
            )
        case "capacity":
            left = scale.weights.capacity[candidate.kind] - candidate.open_matches
            return f"尚可承接 {left} 项对接", f"can take on {left} more"


def percent(value: float) -> str:
    return f"{value * 100:.0f} %"


def cover(zh: str, en: str, of: str, value: float, shared: tuple[str, ...]) -> tuple[str, str]:
    words = f"「{'、'.join(shared)}」" if shared else ""
    return f"{zh} {percent(value)}{words}", f"{en} {percent(value)} {of}" + (f" ({', '.join(shared)})" if shared else "")


def common(wanting: Party, giving: Party, scale: Scale) -> tuple[str, ...]:
    """The words by which the offers of one meet the needs of the other."""
    return scale.table.common(needs_of(wanting, scale), offers_of(giving, scale))


def industry(a: Party, b: Party) -> tuple[str, str]:
    level, code = max(((common_level(x, y), x) for x in a.gbt4754 for y in b.gbt4754), default=(0, ""))
    if not level:
        return "行业不同", "another industry"
    zh, en = LEVELS[level]
    shown = code[:level] if level > 1 else code[:2]
    return f"同{zh} {shown}（{name_of(shown)}）", f"same {en} {shown}"


def region(a: Party, b: Party, value: float) -> tuple[str, str]:
    if "CHAMBER" in (a.kind, b.kind):
        place = next(p.place for p in (a, b) if p.kind == "CHAMBER")
        return f"{named(place)}在合作地区名单内", f"{place} is on the cooperation list"
    words = {1: ("同省", "same province"), 2: ("同在西咸新区", "same area"), 3: ("同新城", "same new city")}
    return words.get(round(value * 3), ("异地", "elsewhere"))


def named(place: str) -> str:
    try:
        return place_name(place)
    except KeyError:
        return place


def chain(a: Party, b: Party) -> tuple[str, str]:
    if a.position is None or b.position is None:
        return "产业链位置未知，按中值计", "place in the chain not known, counted at the middle"
    (a_zh, a_en), (b_zh, b_en) = STAGES[a.position], STAGES[b.position]
    return f"产业链位置：我方{a_zh}、对方{b_zh}", f"in the chain we are {a_en}, it is {b_en}"


def caution(seeker: Party, candidate: Party, assessment: Assessment, scale: Scale, day: date) -> Caution | None:
    """The gravest of what should be looked at; None when there is nothing."""
    low, high = sorted((assessment.seeker_score, assessment.candidate_score))
    left = scale.weights.capacity[candidate.kind] - candidate.open_matches
    inferred = [p.name for p in (seeker, candidate) if not p.needs and not p.offers]
    found = (
        (candidate.abnormal, "abnormal_listing", "对方在活动异常名录中，请先核实", "it is on the list of abnormal activity: look into it first"),
        (high > 0 and low < high / 2, "one_sided", f"双方受益不均：{percent(assessment.seeker_score)} 对 {percent(assessment.candidate_score)}",
         f"the two gain unequally: {percent(assessment.seeker_score)} against {percent(assessment.candidate_score)}"),
        (bool(inferred), "inferred", f"{'、'.join(inferred)}尚未发布供需，按行业类别推断", f"{', '.join(inferred)}: nothing stated, inferred from the industry"),
        (freshness(candidate, scale.weights, day) <= scale.weights.freshness.floor, "stale", "对方信息久未更新", "its entries are old"),
        (free(candidate, scale.weights) <= 0.2, "nearly_full", f"对方仅余 {left} 个名额", f"it can take on only {left} more"),
    )  # fmt: skip
    return next((Caution(code=code, zh=zh, en=en) for holds, code, zh, en in found if holds), None)
