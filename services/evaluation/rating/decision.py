"""The decision [评审、公示、复核、公告], R33: named ballots, publicity, review, confirmation. Domain §4.5 steps 8–12, §4.6."""

from datetime import date, datetime
from typing import Literal

from services.evaluation.rating.application import RatingApplication, applications
from services.evaluation.rating.ballots import Ballot, Choice, MemberCode, Session, cast, opened, outcome
from services.evaluation.rating.round import end_of
from services.evaluation.rulebook.rulebook import Days, Grade, Months, RuleSetCode, lower_of, rulebook_of
from services.evaluation.rulebook.scoring import Points
from shared.record import Call, Event, Refused, Text, Value


class GradeRules(Value):
    """What the rules of its round say about a grade later on; the grade keeps them."""

    rulebook: str
    rule_set: RuleSetCode
    downgrade_on: tuple[Literal["UNQUALIFIED", "BASICALLY_QUALIFIED_TWICE"], ...]
    reminder_months: tuple[Months, ...]
    certificate_from: Grade
    certificate_return_days: Days
    bar_months: Months


# ── facts ─────────────────────────────────────────────────────────────────────────────────────────
class CommitteeConvened(Event):
    association: str
    committee: tuple[str, ...]
    present: tuple[str, ...]
    ballots: tuple[Ballot, ...] = ()


class BallotCast(Event):
    """A named ballot, under the member's code."""

    association: str
    ballot: Ballot

    def apply(self, application: RatingApplication, /) -> RatingApplication:
        return application.model_copy(update={"ballots": (*application.ballots, self.ballot)})


class CommitteeDecided(Event, to="COMMITTEE_DECIDED"):
    """More than half of all members carried the proposal."""

    association: str
    grade: Grade
    decided_by: tuple[str, ...]


class RatingRejected(Event, to="REJECTED"):
    """The proposal did not find its majority."""

    association: str
    claim: None = None


class RatingPublicised(Event, to="PUBLICISED"):
    association: str
    grade: Grade
    score: Points
    publicity_until: date  # its last day


class PublicityEnded(Event):
    """Nobody asked for a review; the grade may be confirmed."""

    association: str
    publicity_over: Literal[True] = True


class RatingReviewRequested(Event, to="REVIEW_REQUESTED"):
    association: str
    reason: str
    due_at: datetime


class ReviewConvened(Event):
    """The committee for the review, and the grade it votes on."""

    association: str
    motion: Grade
    committee: tuple[str, ...]
    present: tuple[str, ...]
    ballots: tuple[Ballot, ...] = ()


class ReviewMotionFailed(Event):
    """No majority for this motion; the committee has to meet again."""

    association: str
    motion: None = None
    present: tuple[str, ...] = ()
    ballots: tuple[Ballot, ...] = ()


class RatingReviewDecided(Event, to="REVIEW_DECIDED"):
    association: str
    grade: Grade
    upheld: bool
    reviewed: Literal[True] = True
    due_at: None = None


class RatingConfirmed(Event, to="CONFIRMED", effective="valid_from"):
    """The authority has confirmed and announced the grade."""

    association: str
    round: str
    grade: Grade
    score: Points
    confirmed_on: date
    valid_from: date
    valid_to: date
    reviewed: bool
    forward_as: Grade | None
    rules: GradeRules
    basic_years: tuple[int, ...]
    claim: None = None


class RatingNotGranted(Event, to="NOT_GRADED"):
    """Confirmed: no grade."""

    association: str
    round: str
    score: Points
    claim: None = None


# ── the committee ─────────────────────────────────────────────────────────────────────────────────
@applications.command(by="SO_ADMIN", when="PROPOSED")
def convene(application: RatingApplication, call: Call, session: Session) -> CommitteeConvened:
    """The rating committee meets [召开评估委员会]; a member with an interest in the case is not among those present."""
    if application.ballots:
        raise Refused("vote_running", "the vote has begun", "投票已开始")
    held = opened(session, rulebook_of(application.rulebook).committee, ())
    return CommitteeConvened(association=application.association, committee=held.members, present=held.present)


def session_of(application: RatingApplication) -> Session | None:
    return Session(members=application.committee, present=application.present) if application.present else None


@applications.command(by="COMMITTEE", when="PROPOSED")
def vote(application: RatingApplication, call: Call, choice: Choice) -> list[BallotCast | CommitteeDecided | RatingRejected]:
    """A named ballot on the proposal [记名投票]; more than half of all members carries it, an impossible majority ends it."""
    session = session_of(application)
    ballot = cast(session, application.ballots, call.organisation, choice)
    told: list[BallotCast | CommitteeDecided | RatingRejected] = [BallotCast(association=application.association, ballot=ballot)]
    carried = outcome(session, (*application.ballots, ballot), rulebook_of(application.rulebook).committee) if session else None
    if carried:
        told.append(CommitteeDecided(association=application.association, grade=application.grade, decided_by=application.committee))
    elif carried is False:
        told.append(RatingRejected(association=application.association))
    return told


# ── publicity and review ──────────────────────────────────────────────────────────────────────────
@applications.command(by="SO_ADMIN", when="COMMITTEE_DECIDED")
def publicise(application: RatingApplication, call: Call) -> RatingPublicised:
    """Publish the proposed grade [公示]; seven calendar days where nothing else is laid down."""
    until = rulebook_of(application.rulebook).deadlines["publicity"].last_day(call.today)
    return RatingPublicised(association=application.association, grade=application.grade, score=scored(application), publicity_until=until)


def scored(application: RatingApplication) -> Points:
    """The score of the proposal. Raises: Refused before there is one."""
    if application.score is None:
        raise Refused("not_proposed", "there is no proposal", "尚无初评意见")
    return application.score


@applications.clock(when="PUBLICISED", at=lambda a: None if a.publicity_over or a.publicity_until is None else end_of(a.publicity_until))
def end_publicity(application: RatingApplication, call: Call) -> PublicityEnded:
    """The days of publicity are over [公示期满]."""
    return PublicityEnded(association=application.association)


@applications.command(by="ASSOCIATION", when="PUBLICISED")
def request_review(application: RatingApplication, call: Call, reason: Text) -> RatingReviewRequested:
    """Ask in writing for a review [申请复核], while the grade is publicised."""
    if application.publicity_until is None or call.today > application.publicity_until:
        raise Refused("publicity_over", "a review is asked for during publicity", "公示期已满，不再受理复核申请")
    due = rulebook_of(application.rulebook).deadlines["review"].after(call.now)
    return RatingReviewRequested(association=application.association, reason=reason, due_at=due)


def ceiling(application: RatingApplication) -> Grade:
    """The best grade caps, vetoes and the local gate leave open; a review can change points, not these."""
    book, verdict = rulebook_of(application.rulebook), application.verdict
    if verdict is None or verdict.vetoes:
        return "NONE"
    best: Grade = "5A"
    for cap in (c for c in book.caps if c.code in verdict.caps):
        best = lower_of(best, cap.max)
    return lower_of(best, book.max_grade_local) if application.local_gate else best


@applications.command(by="SO_ADMIN", when="REVIEW_REQUESTED")
def convene_review(application: RatingApplication, call: Call, motion: Grade, members: tuple[MemberCode, ...], present: tuple[MemberCode, ...]) -> ReviewConvened:  # fmt: skip
    """Put a grade to the vote of the review committee [召开复核会议]: another committee under R2011, the rating committee under R2026."""
    book = rulebook_of(application.rulebook)
    if application.ballots and application.motion:
        raise Refused("vote_running", "the vote has begun", "投票已开始")
    if lower_of(motion, ceiling(application)) != motion:
        raise Refused(
            "above_ceiling", f"caps, vetoes or the local gate leave {ceiling(application)} at best", f"最高只能评为 {ceiling(application)}"
        )
    outside = application.decided_by if book.rule_set(application.rule_set).separate_review_committee else ()
    if not 3 <= len(members) <= 49:
        raise Refused("committee_size", "a committee has 3 to 49 members", "委员人数应为3至49人")
    held = opened(Session(members=members, present=present[:49]), book.committee, outside)
    return ReviewConvened(association=application.association, motion=motion, committee=held.members, present=held.present)


@applications.command(by="COMMITTEE", when="REVIEW_REQUESTED")
def vote_on_review(
    application: RatingApplication, call: Call, choice: Choice
) -> list[BallotCast | RatingReviewDecided | ReviewMotionFailed]:
    """A named ballot on the grade moved in review [复核投票]; a motion that fails decides nothing."""
    if application.motion is None:
        raise Refused("nothing_moved", "no grade was put to the vote", "尚无待表决意见")
    session = session_of(application)
    ballot = cast(session, application.ballots, call.organisation, choice)
    told: list[BallotCast | RatingReviewDecided | ReviewMotionFailed] = [BallotCast(association=application.association, ballot=ballot)]
    carried = outcome(session, (*application.ballots, ballot), rulebook_of(application.rulebook).committee) if session else None
    if carried:
        upheld = application.motion == application.grade
        told.append(RatingReviewDecided(association=application.association, grade=application.motion, upheld=upheld))
    elif carried is False:
        told.append(ReviewMotionFailed(association=application.association))
    return told


# ── confirmation ──────────────────────────────────────────────────────────────────────────────────
def basic_years(application: RatingApplication) -> tuple[int, ...]:
    """Years whose annual check ended basically qualified, by the frozen facts: two in a row cost a grade under R2011."""
    return tuple(sorted(f.year for f in application.facts if f.key == "annual.conclusion" and f.value == "BASICALLY_QUALIFIED"))


@applications.command(by="SO_ADMIN", when=("PUBLICISED", "REVIEW_DECIDED"))
def confirm(application: RatingApplication, call: Call) -> RatingConfirmed | RatingNotGranted:
    """Confirm and announce [确认并公告]: after publicity without objection, or after the review."""
    if application.stage == "PUBLICISED" and (application.publicity_until is None or call.today <= application.publicity_until):
        raise Refused("publicity_running", "the days of publicity are not over", "公示期未满", until=str(application.publicity_until))
    if application.grade == "NONE":
        return RatingNotGranted(association=application.association, round=application.round, score=scored(application))
    book = rulebook_of(application.rulebook)
    rules = book.rule_set(application.rule_set)
    valid_from, valid_to = rules.validity_of(call.today)
    return RatingConfirmed(
        association=application.association, round=application.round, grade=application.grade, score=scored(application), confirmed_on=call.today,
        valid_from=valid_from, valid_to=valid_to, reviewed=application.reviewed,
        forward_as=application.verdict.forward_as if application.verdict and not application.reviewed else None,
        rules=GradeRules(rulebook=book.ref, rule_set=rules.code, downgrade_on=rules.downgrade_on, reminder_months=rules.reminder_months,
                         certificate_from=book.certificate_from, certificate_return_days=rules.certificate_return_days, bar_months=rules.bar_months),
        basic_years=basic_years(application),
    )  # fmt: skip
