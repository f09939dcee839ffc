"""The whole plan of a conference for its organisers: every table, and in plain words what fairness has cost (matching.md §3.3, §3.4)."""

from collections.abc import Mapping

from services.matchmaking.conference.conference import Conference, Stage
from services.matchmaking.conference.hall import Fairness
from services.matchmaking.conference.schedule import Span, span_of
from shared.record import Value


class Seat(Span):
    """A meeting as the organiser sees it; names are empty where they are not known here."""

    association: str
    association_name: str
    enterprise: str
    enterprise_name: str
    locked: bool


class Report(Value):
    """Figures and sentences; `weights` and `terms` are the versions of the scores, `without` those who are there and have no meeting."""

    conference: str
    title: str
    venue: str
    stage: Stage
    arrangement: int
    weights: str | None
    terms: str | None
    fairness: Fairness | None
    zh: tuple[str, ...]
    en: tuple[str, ...]
    without: tuple[str, ...]
    meetings: tuple[Seat, ...]


def report_of(conference: Conference, names: Mapping[str, str]) -> Report:
    """What stands now; the figures are those of the last arrangement, and absences noted since are not in them."""
    said = sentences(conference.fairness) if conference.fairness else ()
    seated = {one for m in conference.meetings for one in m.pair}
    gone = {a.participant for a in conference.absences if a.from_slot == 1}
    return Report(
        conference=conference.id, title=conference.programme.title, venue=conference.programme.venue, stage=conference.stage,
        arrangement=conference.arrangement, weights=conference.weights, terms=conference.terms, fairness=conference.fairness,
        zh=tuple(zh for _, zh in said), en=tuple(en for en, _ in said),
        without=tuple(one for one in conference.participants if one not in seated and one not in gone),
        meetings=tuple(
            Seat(**span_of(conference, m), association=m.association, association_name=names.get(m.association, ""), enterprise=m.enterprise,
                 enterprise_name=names.get(m.enterprise, ""), locked=m in conference.locked)
            for m in conference.meetings
        ),
    )  # fmt: skip


def sentences(f: Fairness) -> tuple[tuple[str, str], ...]:
    """What a civil servant can read out, in English and Chinese."""
    best = ("No other plan serves more, or as many with a higher sum.", "没有其他排法能照顾更多单位，或者照顾同样多而总分更高。")
    steady = (
        "The best pair that could still meet was taken each time, so nobody has a reason to decline.",
        "每次均取尚可安排的最高分一对，任何单位都没有理由拒绝。",
    )
    proof = (
        (best if f.aim == "FAIR" else steady)
        if f.exact
        else (
            f"Absences or locked meetings cut the slots up, so it was placed slot by slot; without them the sum could be {f.bound:.1f}.",
            f"因部分时段缺席或场次锁定，本方案逐时段排定；不受此限时总分可达 {f.bound:.1f}。",
        )
    )
    what, said = ("fairness", "兼顾公平") if f.aim == "FAIR" else ("stability", "方案稳定")
    return (
        (f"{f.meetings} meetings, together {f.total:.1f} points, {f.mean:.2f} each.", f"共 {f.meetings} 场，总分 {f.total:.1f}，场均 {f.mean:.2f}。"),
        (f"Looking at the sum alone one could have {f.optimum:.1f}: {what} costs {f.price:.1%} of it.",
         f"只看总分可达 {f.optimum:.1f}，{said}的代价为 {f.price:.1%}。"),
        (f"A good meeting, of {f.good_score:.2f} or more: {f.served_associations} of {f.associations} associations and {f.served_enterprises} of "
         f"{f.enterprises} enterprises have one; by the sum alone {f.served_associations_optimum} and {f.served_enterprises_optimum}.",
         f"至少有一场 {f.good_score:.2f} 分以上的好对接：协会 {f.served_associations}/{f.associations} 家，企业 {f.served_enterprises}/{f.enterprises} 家；"
         f"只看总分时为 {f.served_associations_optimum} 家和 {f.served_enterprises_optimum} 家。"),
        (f"The best meeting of who fares worst has {f.worst_best:.2f} points; nine of ten have one of {f.p10_best:.2f} or more.",
         f"各单位最好的一场中，最低为 {f.worst_best:.2f} 分，九成单位不低于 {f.p10_best:.2f} 分。"),
        (f"How unequal the sums are (Gini, 0 is equal): enterprises {f.gini_enterprises:.2f}, by the sum alone {f.gini_enterprises_optimum:.2f}; "
         f"associations {f.gini_associations:.2f}, by the sum alone {f.gini_associations_optimum:.2f}.",
         f"分配差距（基尼系数，0 为均等）：企业 {f.gini_enterprises:.2f}（只看总分 {f.gini_enterprises_optimum:.2f}），"
         f"协会 {f.gini_associations:.2f}（只看总分 {f.gini_associations_optimum:.2f}）。"),
        (f"A plan nobody would decline for another meeting both prefer would give {f.stable:.1f} (aim STABLE).",
         f"若采用“双方均不愿换场”的方案（STABLE），总分为 {f.stable:.1f}。"),
        (f"{f.blocking} pairs without a meeting would both rather have it than their worst one or an empty seat.",
         f"另有 {f.blocking} 对未排场次的单位，双方都更愿意以此换掉各自最差的一场或空位。"),
        (f"{f.envy_associations:.0%} of the associations and {f.envy_enterprises:.0%} of the enterprises would rather have the whole schedule of "
         "another of their kind.",
         f"愿以自身全部场次换取同类另一家全部场次的：协会 {f.envy_associations:.0%}，企业 {f.envy_enterprises:.0%}。"),
        proof,
    )  # fmt: skip
