"""The panel's work [专家评估], R33: facts frozen and reckoned, marks given, members and departments asked, a grade proposed. Domain §4.4, §4.5 steps 5–7."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from services.evaluation.facts.fact import Fact, hash_of
from services.evaluation.rating.application import (
    Finding,
    RatingApplication,
    Sheet,
    applications,
    facts_fit,
    known_facts,
    marks_fit,
    view_of,
)  # fmt: skip
from services.evaluation.rating.social import SocialEvaluation, checked, facts_entered
from services.evaluation.rulebook.rulebook import Grade, Rulebook, rulebook_of
from services.evaluation.rulebook.scoring import IndicatorScore, Mark, Points, Verdict, judge, mean_marks, score
from shared.record import Call, Event, Given, Malformed, Refused, Text

ExpertCode = Annotated[str, Field(pattern=r"^panel:\d{2}$", examples=["panel:01"])]
Panel = Annotated[tuple[ExpertCode, ...], Field(min_length=1, max_length=15)]
RecusalGround = Literal[
    "INTEREST", "FORMER_EMPLOYMENT", "OTHER_RELATION"
]  # art. 19: interest, employment left <2 years ago, other relation


# ── facts ─────────────────────────────────────────────────────────────────────────────────────────
class PanelAppointed(Event):
    association: str
    panel: tuple[str, ...]
    sheets: tuple[Sheet, ...]


class PanelMemberRecused(Event):
    """An expert stays out; the marks given so far are dropped."""

    association: str
    member: str
    ground: RecusalGround
    panel: tuple[str, ...]
    recused: tuple[str, ...]
    sheets: tuple[Sheet, ...]


class IndicatorsComputed(Event):
    """The facts of the day are frozen under a hash, and the automatic indicators reckoned from them."""

    association: str
    as_of: date
    facts: tuple[Fact, ...]
    facts_hash: str
    scores: tuple[IndicatorScore, ...]


class IndicatorsRecomputed(Event):
    """Reckoned anew from corrected facts, for everybody to see: why, from which set, and what changed."""

    association: str
    reason: str
    previous_hash: str
    changed: tuple[str, ...]
    as_of: date
    facts: tuple[Fact, ...]
    facts_hash: str
    scores: tuple[IndicatorScore, ...]


class OnSiteAssessmentBegun(Event, to="ON_SITE"):
    association: str
    visit_on: date | None
    due_at: datetime


class PanelScoresGiven(Event):
    """One expert's points; later ones replace earlier ones of the same indicator."""

    association: str
    member: str
    given: tuple[Mark, ...]

    def apply(self, application: RatingApplication, /) -> RatingApplication:
        before = next((s.marks for s in application.sheets if s.member == self.member), ())
        kept = {m.code: m for m in (*before, *self.given)}
        others = [s for s in application.sheets if s.member != self.member]
        return application.model_copy(update={"sheets": (*others, Sheet(member=self.member, marks=tuple(kept[c] for c in sorted(kept))))})


class OnSiteAssessmentCompleted(Event):
    """Every expert has marked what could be seen."""

    association: str
    assessed: Literal[True] = True


class SocialEvaluationCompleted(Event, to="SOCIAL_EVALUATED"):
    """Members and departments were asked; what they said joins the frozen facts."""

    association: str
    social: SocialEvaluation
    facts: tuple[Fact, ...]
    facts_hash: str
    scores: tuple[IndicatorScore, ...]
    due_at: datetime


class RatingProposed(Event, to="PROPOSED"):
    """Report and grade of the panel: all marks, and what moved the grade."""

    association: str
    grade: Grade
    score: Points
    marks: tuple[Mark, ...]
    verdict: Verdict
    bonuses: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    opinion: str
    due_at: None = None


# ── who sits in the panel ─────────────────────────────────────────────────────────────────────────
def fit_panel(application: RatingApplication, panel: Sequence[str]) -> tuple[str, ...]:
    """Raises: Malformed or Refused for a panel that may not sit: one named twice, one who stayed out, too few for the procedure."""
    if len(set(panel)) < len(panel):
        raise Malformed("named_twice", "an expert is named twice", "专家重复", pointer="/panel")
    if out := sorted(set(panel) & set(application.recused)):
        raise Refused("expert_recused", f"has to stay out of this case: {out[0]}", f"应当回避：{out[0]}")
    if len(panel) < (least := least_experts(application)):
        raise Refused("panel_too_small", f"at least {least} experts for this procedure", f"本程序至少需要 {least} 名专家")
    return tuple(panel)


def least_experts(application: RatingApplication) -> int:
    return rulebook_of(application.rulebook).committee.panel_least[application.procedure]


@applications.command(by="SO_ADMIN", when="SELF_ASSESSED")
def begin_assessment(application: RatingApplication, call: Call, panel: Panel, facts: Annotated[list[Fact], Given(known_facts)],
                     visit_on: date | None = None) -> list[PanelAppointed | IndicatorsComputed | OnSiteAssessmentBegun]:  # fmt: skip
    """Name the panel, freeze the facts and reckon the automatic indicators, send the experts [组建专家组、计算自动指标、实地考察].

    Under the PAPER procedure they work on papers alone, otherwise they visit on a day."""
    book, named = rulebook_of(application.rulebook), fit_panel(application, panel)
    if application.procedure != "PAPER" and visit_on is None:
        raise Malformed("visit_day_missing", "say when the panel visits", "请填写实地考察日期", pointer="/visit_on")
    scores = reckoned(application, facts, call.today, socially=False)
    return [
        PanelAppointed(association=application.association, panel=named, sheets=()),
        IndicatorsComputed(
            association=application.association, as_of=call.today, facts=tuple(facts), facts_hash=hash_of(facts), scores=scores
        ),
        OnSiteAssessmentBegun(association=application.association, visit_on=visit_on, due_at=book.deadlines["on_site"].after(call.now)),
    ]


@applications.command(by="PANEL", when="ON_SITE")
def recuse(application: RatingApplication, call: Call, ground: RecusalGround) -> PanelMemberRecused:
    """Stay out of the case [回避]."""
    member = call.organisation
    return PanelMemberRecused(
        association=application.association, member=member, ground=ground, panel=tuple(p for p in application.panel if p != member),
        recused=(*application.recused, member), sheets=tuple(s for s in application.sheets if s.member != member),
    )  # fmt: skip


@applications.command(by="SO_ADMIN", when="ON_SITE")
def fill_panel(application: RatingApplication, call: Call, panel: Panel) -> PanelAppointed:
    """Name others in the place of experts who stayed out [更换专家]; a complete panel is not changed."""
    if len(application.panel) >= least_experts(application):
        raise Refused("panel_complete", "a complete panel is not changed", "专家组人数齐备，不得更换")
    named = fit_panel(application, panel)
    return PanelAppointed(
        association=application.association, panel=named, sheets=tuple(s for s in application.sheets if s.member in named)
    )


# ── the facts, frozen ─────────────────────────────────────────────────────────────────────────────
def reckoned(application: RatingApplication, facts: Sequence[Fact], as_of: date, *, socially: bool) -> tuple[IndicatorScore, ...]:
    return score(rulebook_of(application.rulebook), view_of(application, facts, as_of), socially=socially)


@applications.command(by="SO_ADMIN", when=("ON_SITE", "SOCIAL_EVALUATED"))
def recompute_indicators(application: RatingApplication, call: Call, reason: Text, facts: Annotated[list[Fact], Given(known_facts)]) -> IndicatorsRecomputed:  # fmt: skip
    """Reckon anew from corrected facts [重新计算]; the panel sees what changed."""
    entered = [f for f in application.facts if f.sources == ("case",)]
    now = (*facts, *entered)
    if (seal := hash_of(now)) == application.facts_hash:
        raise Refused("facts_unchanged", "the facts are the same as before", "事实没有变化")
    scores = reckoned(application, now, call.today, socially=application.stage == "SOCIAL_EVALUATED")
    before = {s.code: s for s in application.scores}
    changed = tuple(s.code for s in scores if s.points != before[s.code].points)
    return IndicatorsRecomputed(association=application.association, reason=reason, previous_hash=application.facts_hash, changed=changed,
                                as_of=call.today, facts=now, facts_hash=seal, scores=scores)  # fmt: skip


# ── the marks ─────────────────────────────────────────────────────────────────────────────────────
def for_panel(application: RatingApplication, book: Rulebook, *, social: bool) -> set[str]:
    """The indicators the panel has to mark: before the social evaluation all others, after it those of part 4."""
    codes = {s.code for s in application.scores if s.scored_by == "PANEL"}
    return {c for c in codes if (i := book.indicator(c)) and i.social == social}


def unmarked(application: RatingApplication, codes: set[str]) -> dict[str, list[str]]:
    """Expert → the indicators still without points."""
    given = {s.member: {m.code for m in s.marks} for s in application.sheets}
    missing = {member: sorted(codes - given.get(member, set())) for member in application.panel}
    return {member: left for member, left in missing.items() if left}


@applications.command(by="PANEL", when=("ON_SITE", "SOCIAL_EVALUATED"))
def give_scores(application: RatingApplication, call: Call, marks: Annotated[tuple[Mark, ...], Field(min_length=1, max_length=200)]) -> list[PanelScoresGiven | OnSiteAssessmentCompleted]:  # fmt: skip
    """One's own points for what the panel has to judge [专家打分]; social indicators once members and departments were asked.

    The on-site assessment is completed with the last mark of the last expert."""
    social = application.stage == "SOCIAL_EVALUATED"
    book = rulebook_of(application.rulebook)
    marks_fit(book, marks)
    if application.assessed and not social:
        raise Refused("assessment_closed", "the on-site assessment is completed", "实地考察已结束")
    if wrong := sorted({m.code for m in marks} - for_panel(application, book, social=social)):
        raise Refused(
            "not_for_the_panel", f"not to be marked by the panel now: {wrong[0]}", f"当前不由专家组评分：{wrong[0]}", indicator=wrong[0]
        )
    given = PanelScoresGiven(association=application.association, member=call.organisation, given=marks)
    after = given.apply(application)
    if social or len(after.panel) < least_experts(after) or unmarked(after, for_panel(after, book, social=False)):
        return [given]
    return [given, OnSiteAssessmentCompleted(association=application.association)]


@applications.command(by="SO_ADMIN", when="ON_SITE")
def evaluate_socially(application: RatingApplication, call: Call, entered: SocialEvaluation) -> SocialEvaluationCompleted:
    """Enter what members and departments say [社会评价]; it joins the frozen facts, and the indicators resting on it are reckoned."""
    book = rulebook_of(application.rulebook)
    if not application.assessed or application.as_of is None:
        raise Refused(
            "marks_missing",
            "the panel has not marked everything",
            "专家评分尚未完成",
            missing=unmarked(application, for_panel(application, book, social=False)),
        )
    facts = (*application.facts, *facts_entered(checked(entered, call.today), application.as_of))
    return SocialEvaluationCompleted(
        association=application.association, social=entered, facts=tuple(facts_fit(book, facts)), facts_hash=hash_of(facts),
        scores=reckoned(application, facts, application.as_of, socially=True), due_at=book.deadlines["proposal"].after(call.now),
    )  # fmt: skip


# ── the proposal ──────────────────────────────────────────────────────────────────────────────────
def all_marks(application: RatingApplication) -> tuple[Mark, ...]:
    """Every indicator's points: reckoned, or the mean of the panel; none for one nobody marked."""
    panel = mean_marks([s.marks for s in application.sheets])
    return tuple(
        Mark(code=s.code, points=s.points if s.points is not None else panel.get(s.code, Decimal("0.0"))) for s in application.scores
    )


@applications.command(by="SO_ADMIN", when="SOCIAL_EVALUATED")
def propose(application: RatingApplication, call: Call, opinion: Text, bonuses: Annotated[tuple[Finding, ...], Field(max_length=10)] = (),
            vetoes: Annotated[tuple[Finding, ...], Field(max_length=10)] = ()) -> RatingProposed:  # fmt: skip
    """Report and proposed grade [初评意见]: sum, bonus with evidence, thresholds, caps, vetoes, local gate."""
    book = rulebook_of(application.rulebook)
    known = {"/bonuses": {b.code for b in book.bonus.items}, "/vetoes": {v.code for v in book.vetoes if v.finding}}
    for pointer, findings in (("/bonuses", bonuses), ("/vetoes", vetoes)):
        codes = [f.code for f in findings]
        if len(set(codes)) < len(codes) or not set(codes) <= known[pointer]:
            raise Malformed("no_such_finding", "unknown, or named twice", "项目不存在或重复", pointer=pointer)
    if missing := unmarked(application, for_panel(application, book, social=True)):
        raise Refused("marks_missing", f"still waited for: {', '.join(sorted(missing))}", "专家评分尚未完成", missing=missing)
    marks = all_marks(application)
    verdict = judge(
        book, view_of(application, application.facts, application.as_of or call.today), {m.code: m.points for m in marks},
        profile=application.profile, rule_set=application.rule_set, bonuses=[b.code for b in bonuses], findings=[v.code for v in vetoes],
        local_gate=application.local_gate,
    )  # fmt: skip
    return RatingProposed(association=application.association, grade=verdict.grade, score=verdict.score, marks=marks, verdict=verdict,
                          bonuses=bonuses, findings=vetoes, opinion=opinion)  # fmt: skip
