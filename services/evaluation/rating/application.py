"""Application for a grade [等级评估申报], R33: who applies, whether it may be rated, what it says of itself. Domain §4.2, §4.5 steps 2–4.

One record carries the case from the application to the decision; `assessment.py` goes on with the panel, `decision.py` with the committee.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from services.evaluation.facts.fact import FACTS, Fact, Facts, facts_of
from services.evaluation.facts.heard import AssociationEnded
from services.evaluation.rating.ballots import Ballot
from services.evaluation.rating.round import RatingRound, rounds
from services.evaluation.rating.social import SocialEvaluation
from services.evaluation.rulebook.rulebook import Grade, Procedure, ProfileCode, Rulebook, RuleSetCode, rulebook_of
from services.evaluation.rulebook.scoring import IndicatorScore, Mark, Points, Verdict, reading
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Value

Stage = Literal["APPLIED", "ELIGIBLE", "NOT_ELIGIBLE", "SELF_ASSESSED", "ON_SITE", "SOCIAL_EVALUATED", "PROPOSED", "COMMITTEE_DECIDED",
                "PUBLICISED", "REVIEW_REQUESTED", "REVIEW_DECIDED", "CONFIRMED", "REJECTED", "NOT_GRADED", "WITHDRAWN"]  # fmt: skip
RUNNING: tuple[Stage, ...] = ("APPLIED", "ELIGIBLE", "SELF_ASSESSED", "ON_SITE", "SOCIAL_EVALUATED", "PROPOSED", "COMMITTEE_DECIDED",
                              "PUBLICISED", "REVIEW_REQUESTED", "REVIEW_DECIDED")  # fmt: skip


class Finding(Value):
    """Something an official has established, with the file that shows it."""

    code: Annotated[str, Field(pattern=r"^[A-Z_]{3,40}$", examples=["PROVINCIAL_AWARD"])]
    evidence: Line


class Sheet(Value):
    """One panel member's points, under that member's code."""

    member: str
    marks: tuple[Mark, ...]


class RatingApplication(Record):
    """Application for a grade [等级评估申报]"""

    stage: Stage
    association: str
    round: str
    year: int
    rulebook: str
    rule_set: RuleSetCode
    profile: ProfileCode
    local_gate: bool
    claim: str | None = None  # the association, while this application runs: it has one at a time
    papers: tuple[str, ...] = ()
    due_at: datetime | None = None  # when the present step ought to be done
    grounds: tuple[str, ...] = ()
    procedure: Procedure = "ON_SITE"
    self_marks: tuple[Mark, ...] = ()
    self_score: Points | None = None
    claimed_grade: Grade = "NONE"
    # the frozen facts, and what they gave
    as_of: date | None = None
    facts: tuple[Fact, ...] = ()
    facts_hash: str = ""
    scores: tuple[IndicatorScore, ...] = ()
    # the panel
    panel: tuple[str, ...] = ()
    recused: tuple[str, ...] = ()
    visit_on: date | None = None
    sheets: tuple[Sheet, ...] = ()
    assessed: bool = False
    social: SocialEvaluation | None = None
    # the proposal
    marks: tuple[Mark, ...] = ()
    verdict: Verdict | None = None
    grade: Grade = "NONE"
    score: Points | None = None
    bonuses: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    # the committee
    committee: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    decided_by: tuple[str, ...] = ()  # the committee of the first decision
    publicity_until: date | None = None
    publicity_over: bool = False
    motion: Grade | None = None
    reviewed: bool = False


# ── facts ─────────────────────────────────────────────────────────────────────────────────────────
class RatingApplied(Event, to="APPLIED"):
    """An association asks to be rated."""

    association: str
    round: str
    year: int
    rulebook: str
    rule_set: RuleSetCode
    profile: ProfileCode
    local_gate: bool
    claim: str
    papers: tuple[str, ...]
    due_at: datetime


class RatingEligibilityConfirmed(Event, to="ELIGIBLE"):
    association: str
    procedure: Procedure
    due_at: None = None


class RatingEligibilityRejected(Event, to="NOT_ELIGIBLE"):
    """May not be rated, with every ground."""

    association: str
    grounds: tuple[str, ...]
    findings: tuple[Finding, ...]
    claim: None = None
    due_at: None = None


class SelfAssessmentSubmitted(Event, to="SELF_ASSESSED"):
    association: str
    self_marks: tuple[Mark, ...]
    self_score: Points
    claimed_grade: Grade


class RatingWithdrawn(Event, to="WITHDRAWN"):
    """The association withdrew, or ceased to be."""

    association: str
    cause: Literal["WITHDRAWN", "ASSOCIATION_ENDED"]
    claim: None = None
    due_at: None = None


class RatingStepOverdue(Event):
    """A step of the authority is late."""

    association: str
    step: Stage
    due_at: datetime


applications = Kind[RatingApplication, Stage](
    RatingApplication, "evaluation.rating.application", path="applications", unique=("claim",), index=("association", "round", "grade"),
    own={"ASSOCIATION": "association", "PANEL": "panel", "COMMITTEE": "committee"}, readers=("SO_ADMIN",),
)  # fmt: skip


# ── what a rule may ask ───────────────────────────────────────────────────────────────────────────
async def named_round(read: Read, call: Call, application: RatingApplication | None, body: Any) -> list[RatingRound]:
    found = await read.get(rounds, body.round)
    return [found] if found else []


async def earlier_stages(read: Read, call: Call, application: RatingApplication | None, body: Any) -> list[str]:
    """The stages of this association's other applications in the round."""
    return [a.stage for a in await read.find(applications, association=call.organisation, round=body.round)]


async def applied_so_far(read: Read, call: Call, application: RatingApplication | None, body: Any) -> int:
    """How many applications the round has, where it has a quota."""
    found = await read.get(rounds, body.round)
    return len(await read.find(applications, round=body.round)) if found and found.quota else 0


async def known_facts(read: Read, call: Call, application: RatingApplication | None, body: Any) -> list[Fact]:
    """What the fact store knows of the association today."""
    return facts_of(await read.rows(FACTS, association=application.association)) if application else []


def facts_fit(book: Rulebook, facts: Sequence[Fact]) -> Sequence[Fact]:
    """Raises: Refused for facts that are not what the dictionary says; nobody is judged by them."""
    if unfit := book.dictionary.unfit(facts):
        raise Refused("facts_unfit", f"facts that cannot be used: {', '.join(unfit[:10])}", "事实数据与字典不符", keys=unfit[:10])
    return facts


def view_of(application: RatingApplication, facts: Sequence[Fact], day: date) -> Facts:
    """The facts as this application's rulebook reads them, reckoned on that day."""
    book = rulebook_of(application.rulebook)
    return reading(book, facts_fit(book, facts), application.year, day)


def marks_fit(book: Rulebook, marks: Sequence[Mark]) -> None:
    """Raises: Malformed for an unknown indicator, one marked twice, or more points than it has."""
    if len({m.code for m in marks}) < len(marks):
        raise Malformed("marked_twice", "an indicator is marked twice", "同一指标重复评分", pointer="/marks")
    for mark in marks:
        indicator = book.indicator(mark.code)
        if indicator is None or mark.points > indicator.points:
            raise Malformed(
                "mark_wrong",
                f"no such indicator, or more points than it has: {mark.code}",
                f"指标不存在或超过分值：{mark.code}",
                pointer="/marks",
            )


# ── the way to the panel ──────────────────────────────────────────────────────────────────────────
@applications.opens(by="ASSOCIATION")
def apply(call: Call, round: Line, papers: Annotated[tuple[Line, ...], Field(max_length=50)], named: Annotated[list[RatingRound], Given(named_round)],
          earlier: Annotated[list[str], Given(earlier_stages)], applied: Annotated[int, Given(applied_so_far)]) -> RatingApplied:  # fmt: skip
    """Apply to be rated [申报评估]; `papers` are references to the documents handed in."""
    if not named or named[0].stage != "OPEN" or not named[0].opens_on <= call.today <= named[0].closes_on:
        raise Refused("round_not_open", "this round takes no applications today", "该批次当前不受理申报")
    if any(stage != "WITHDRAWN" for stage in earlier):
        raise Refused("applied_already", "you have applied in this round already", "本批次已申报")
    if named[0].quota is not None and applied >= named[0].quota:
        raise Refused("round_full", "the round has all the applications it can take", "本批次申报名额已满")
    book = rulebook_of(named[0].rulebook)
    return RatingApplied(
        association=call.organisation, round=named[0].code, year=named[0].year, rulebook=book.ref, rule_set=named[0].rule_set,
        profile=named[0].profile, local_gate=named[0].local_gate, claim=call.organisation, papers=papers,
        due_at=book.deadlines["eligibility"].after(call.now),
    )  # fmt: skip


@applications.command(by="SO_ADMIN", when="APPLIED")
def check_eligibility(application: RatingApplication, call: Call, procedure: Procedure, facts: Annotated[list[Fact], Given(known_facts)],
                      findings: Annotated[tuple[Finding, ...], Field(max_length=20)] = ()) -> RatingEligibilityConfirmed | RatingEligibilityRejected:  # fmt: skip
    """Compare facts and findings with the grounds of the rule set [资格审查]; every ground that applies is told."""
    rules = rulebook_of(application.rulebook).rule_set(application.rule_set)
    if unknown := sorted({f.code for f in findings} - {g.code for g in rules.grounds if g.finding}):
        raise Malformed(
            "no_such_ground", f"{rules.code} knows no finding {unknown[0]}", f"{rules.code} 无此项：{unknown[0]}", pointer="/findings"
        )
    grounds = rules.grounds_met(view_of(application, facts, call.today), [f.code for f in findings])
    if grounds:
        return RatingEligibilityRejected(association=application.association, grounds=grounds, findings=findings)
    return RatingEligibilityConfirmed(association=application.association, procedure=procedure)


@applications.command(by="ASSOCIATION", when="ELIGIBLE")
def submit_self_assessment(application: RatingApplication, call: Call, marks: Annotated[tuple[Mark, ...], Field(min_length=1, max_length=200)],
                           claimed_grade: Grade) -> SelfAssessmentSubmitted:  # fmt: skip
    """Say what one thinks of oneself [自评]; an indicator left out counts nothing."""
    marks_fit(rulebook_of(application.rulebook), marks)
    total = sum((m.points for m in marks), Decimal("0.0"))
    return SelfAssessmentSubmitted(association=application.association, self_marks=marks, self_score=total, claimed_grade=claimed_grade)


@applications.command(by="ASSOCIATION", when=("APPLIED", "ELIGIBLE", "SELF_ASSESSED"))
def withdraw(application: RatingApplication, call: Call) -> RatingWithdrawn:
    """Withdraw before the panel begins [撤回申报]; it may apply again."""
    return RatingWithdrawn(association=application.association, cause="WITHDRAWN")


@applications.clock(when=("APPLIED", "ON_SITE", "SOCIAL_EVALUATED", "REVIEW_REQUESTED"), at=lambda a: a.due_at)
def press(application: RatingApplication, call: Call) -> RatingStepOverdue | None:
    """The step is not done in its time: ten working days for eligibility, seven for the panel, thirty days for the proposal, fifteen for a review."""
    if application.due_at is None:
        return None
    return RatingStepOverdue(association=application.association, step=application.stage, due_at=application.due_at)


@applications.on(AssociationEnded, when=RUNNING, where=lambda e: {"association": e.uscc})
def end_with_association(application: RatingApplication, call: Call, heard: AssociationEnded) -> RatingWithdrawn:
    """Nobody is left to be rated."""
    return RatingWithdrawn(association=application.association, cause="ASSOCIATION_ENDED")
