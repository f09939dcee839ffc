"""Four small record types that use every feature of the kernel, so that the kernel is proved apart from the field.

They are also the ground on which faults are planted (`test_walk_catches.py`): each marked line is replaced, one at a time.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.record import Call, Count, Event, Given, Heard, Kind, Line, Private, Read, Record, Refused, Value

Grade = Literal["A", "B", "C", "NONE"]
LADDER: tuple[Grade, ...] = ("A", "B", "C", "NONE")
QUORUM = 2
PUBLICITY = timedelta(days=7)
DAY = timedelta(days=1)

# ── gradings: a committee, publicity, a validity with a series of reminders, a lowering from outside ───────────
GradingStage = Literal["PROPOSED", "PUBLICISED", "VALID", "REFUSED", "EXPIRED", "WITHDRAWN"]
Scale = Literal["FULL", "SHORT"]


class Grading(Record):
    """Grading of an association [分级]"""

    schema_version = 2

    stage: GradingStage
    association: str
    district: str
    scale: Scale
    grade: Grade = "NONE"
    ballots: dict[str, Grade] = {}
    publicity_until: datetime | None = None
    valid_to: date | None = None
    reminded: Count = 0


class GradingProposed(Event, to="PROPOSED"):
    """A grading was proposed [提出分级]."""

    association: str
    district: str
    scale: Scale


class BallotCast(Event):
    """A committee member voted [投票]."""

    voter: str
    vote: Grade

    def apply(self, record: Grading) -> Grading:
        return record.model_copy(update={"ballots": {**record.ballots, self.voter: self.vote}})


class BallotsCounted(Event):
    """The ballots were counted: the full scale goes to publicity, the short one is valid at once [计票]."""

    stage: Literal["PUBLICISED", "VALID", "REFUSED"]
    grade: Grade
    publicity_until: datetime | None = None
    valid_to: date | None = None


class GradingConfirmed(Event, to="VALID", effective="valid_from"):
    """The publicity ended without objection; the grade holds [确定等级]."""

    association: str
    grade: Grade
    valid_from: date
    valid_to: date


class GradingLowered(Event):
    """An unqualified check lowered the grade by one [降级]."""

    stage: Literal["VALID", "WITHDRAWN"]
    association: str
    grade: Grade


class GradingReminded(Event):
    """The holder was told that the grade is about to end [到期提醒]."""

    reminded: Count


class GradingExpired(Event, to="EXPIRED", version=2):
    """The validity ended [等级失效]."""

    association: str
    ended_on: date


class GradingWithdrawn(Event, to="WITHDRAWN"):
    """The holder gave the grade back [撤回]."""

    reason: Line


class ConcludedCheck(Heard, type="samples.desk.check_concluded.v1"):
    association: str
    conclusion: str = ""


gradings = Kind[Grading, GradingStage](
    Grading,
    "samples.board.grading",
    path="gradings",
    unique=(("association", "scale"),),
    index=("association", "district"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"},
    readers=("PUBLIC",),
)


async def same_association(read: Read, call: Call, record: Grading | None, body: Any) -> list[Grading]:
    return await read.find(gradings, association=body.association, stage="VALID")


@gradings.upcasts_state(1)
def add_scale(state: dict[str, Any]) -> dict[str, Any]:
    return {"scale": "FULL", **state}


@gradings.upcasts_event("samples.board.grading_expired.v1", GradingExpired)
def day_of(data: dict[str, Any]) -> dict[str, Any]:
    return {"association": data["association"], "ended_on": data["at"][:10]}


@gradings.opens(by=("SO_ADMIN", "NEW_CITY"))
def propose(
    call: Call, association: Line, district: Line, scale: Scale, valid: Annotated[list[Grading], Given(same_association)]
) -> GradingProposed:
    """Propose a grading [提出分级]"""
    if any(g.scale == scale for g in valid):
        raise Refused("grade_still_valid", "a grade of this scale is still valid", "该等级仍在有效期内")
    return GradingProposed(association=association, district=district, scale=scale)


@gradings.command(by="COMMITTEE", when="PROPOSED")
def vote(grading: Grading, call: Call, grade: Grade) -> BallotCast:
    """Vote [投票]"""
    if call.organisation in grading.ballots:
        raise Refused("already_voted", "you have voted", "您已投票")
    return BallotCast(voter=call.organisation, vote=grade)


@gradings.command(by="SO_ADMIN", when="PROPOSED")
def count(grading: Grading, call: Call) -> BallotsCounted:
    """Count the ballots [计票]"""
    if len(grading.ballots) < QUORUM:
        raise Refused("no_quorum", f"{QUORUM} ballots are needed", f"至少需要 {QUORUM} 票")
    grade = Counter(grading.ballots.values()).most_common(1)[0][0]
    if grade == "NONE":
        return BallotsCounted(stage="REFUSED", grade=grade)
    if grading.scale == "SHORT":
        return BallotsCounted(stage="VALID", grade=grade, valid_to=call.today + timedelta(days=365))
    return BallotsCounted(stage="PUBLICISED", grade=grade, publicity_until=call.now + PUBLICITY)


@gradings.clock(when="PUBLICISED", at=lambda grading: grading.publicity_until)
def confirm(grading: Grading, call: Call) -> GradingConfirmed:
    """The publicity ends"""
    until = call.today + timedelta(days=5 * 365)
    return GradingConfirmed(association=grading.association, grade=grading.grade, valid_from=call.today, valid_to=until)


def end_of(grading: Grading) -> datetime:
    last = grading.valid_to or date.max
    return datetime(last.year, last.month, last.day, 16, tzinfo=UTC)


@gradings.clock(when="VALID", at=lambda grading: [end_of(grading) - n * DAY for n in (60, 30, 7)])
def remind(grading: Grading, call: Call) -> GradingReminded | None:
    """Remind the holder"""
    return GradingReminded(reminded=grading.reminded + 1) if grading.reminded < 3 else None


@gradings.clock(when="VALID", at=end_of)
def expire(grading: Grading, call: Call) -> GradingExpired:
    """The validity ends"""
    return GradingExpired(association=grading.association, ended_on=call.today)


@gradings.on(ConcludedCheck, when="VALID", where=lambda check: {"association": check.association})
def lower(grading: Grading, call: Call, check: ConcludedCheck) -> GradingLowered | None:
    """An unqualified check lowers the grade"""
    if check.conclusion != "UNQUALIFIED":
        return None
    grade = LADDER[LADDER.index(grading.grade) + 1]
    return GradingLowered(stage="WITHDRAWN" if grade == "NONE" else "VALID", association=grading.association, grade=grade)


@gradings.command(by="ASSOCIATION", when=("PROPOSED", "PUBLICISED", "VALID"))
def withdraw(grading: Grading, call: Call, reason: Line) -> GradingWithdrawn:
    """Withdraw [撤回]"""
    return GradingWithdrawn(reason=reason)


# ── checks: the year is opened for many at once, the key is natural ───────────────────────────────────────────
CheckStage = Literal["OPEN", "FILED", "CONCLUDED", "OVERDUE"]


class Check(Record):
    """Annual check [年度检查]"""

    stage: CheckStage
    association: str
    year: int
    due: datetime
    marks: tuple[Count, ...] = ()
    conclusion: Literal["QUALIFIED", "UNQUALIFIED"] | None = None


class CheckOpened(Event, to="OPEN"):
    """The year was opened for one association [开启年检]."""

    association: str
    year: int
    due: datetime


class CheckFiled(Event, to="FILED"):
    """The association filed [报送]."""

    filed_on: date


class MarkGiven(Event):
    """A mark was given [评分]."""

    marks: tuple[Count, ...]


class CheckConcluded(Event, to="CONCLUDED"):
    """The check was concluded [年检结论]."""

    association: str
    conclusion: Literal["QUALIFIED", "UNQUALIFIED"]


class CheckOverdue(Event, to="OVERDUE"):
    """The day passed without a report [逾期]."""

    association: str


checks = Kind[Check, CheckStage](
    Check, "samples.desk.check", path="checks", key=("association", "year"), index=("year",), own={"ASSOCIATION": "association"}
)


@checks.opens(by="SO_ADMIN")
def enrol(
    call: Call, associations: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)], year: Annotated[int, Field(ge=2020, le=2100)]
) -> list[CheckOpened]:
    """Open the year for these [批量开启]"""
    due = datetime(year + 1, 5, 31, 16, tzinfo=UTC)
    return [CheckOpened(association=a, year=year, due=due) for a in dict.fromkeys(associations)]


@checks.command(by="ASSOCIATION", when=("OPEN", "OVERDUE"))
def file(check: Check, call: Call) -> CheckFiled:
    """File [报送]"""
    return CheckFiled(filed_on=call.today)


@checks.command(by="SO_ADMIN", when="FILED")
def mark(check: Check, call: Call, points: Annotated[int, Field(ge=0, le=100)]) -> MarkGiven:
    """Give a mark [评分]"""
    return MarkGiven(marks=(*check.marks, points))


@checks.command(by="SO_ADMIN", when="FILED")
def conclude(check: Check, call: Call) -> CheckConcluded:
    """Conclude: qualified from 60 [结论]"""
    if not check.marks:
        raise Refused("no_marks", "nobody has given a mark", "尚未评分")
    good = check.marks[-1] >= 60
    return CheckConcluded(association=check.association, conclusion="QUALIFIED" if good else "UNQUALIFIED")


@checks.clock(when="OPEN", at=lambda check: check.due)
def overdue(check: Check, call: Call) -> CheckOverdue:
    """The day passes"""
    return CheckOverdue(association=check.association)


# ── surveys: who answered is never told with what was answered ────────────────────────────────────────────────
SurveyStage = Literal["OPEN", "CLOSED"]


class Answer(Value):
    score: Annotated[int, Field(ge=0, le=10)]


class Survey(Record):
    """Anonymous survey [匿名问卷]"""

    stage: SurveyStage
    subject: str
    until: datetime
    tokens: Annotated[tuple[str, ...], Private] = ()
    scores: Annotated[tuple[int, ...], Private] = ()
    answered: Count = 0


class SurveyOpened(Event, to="OPEN"):
    """A survey was opened [发起问卷]."""

    subject: str
    until: datetime
    tokens: Annotated[tuple[str, ...], Private] = ()


class AnswerReceived(Event):
    """An answer came in [收到答卷]."""

    used: Annotated[str, Private] = ""
    score: Annotated[int, Private] = 0
    answered: Count

    def apply(self, record: Survey) -> Survey:
        left = tuple(t for t in record.tokens if t != self.used)
        return record.model_copy(update={"tokens": left, "scores": tuple(sorted((*record.scores, self.score))), "answered": self.answered})


class SurveyClosed(Event, to="CLOSED"):
    """The survey ended [问卷结束]."""

    answered: Count
    mean_hundredths: Annotated[int | None, Field(description="mean score × 100")]


surveys = Kind[Survey, SurveyStage](Survey, "samples.desk.survey", path="surveys", readers=("SO_ADMIN",))


@surveys.opens(by="SO_ADMIN")
def ask(
    call: Call, subject: Line, tokens: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")], ...], Field(min_length=1)]
) -> SurveyOpened:
    """Open a survey [发起]"""
    return SurveyOpened(subject=subject, tokens=tokens, until=call.now + 14 * DAY)


@surveys.command(by="PUBLIC", when="OPEN")
def answer(survey: Survey, call: Call, token: Line, given: Answer) -> AnswerReceived:
    """Answer [答卷]"""
    if token not in survey.tokens:
        raise Refused("token_unknown", "this token is used or unknown", "该凭证已使用或无效", pointer="/token")
    return AnswerReceived(used=token, score=given.score, answered=survey.answered + 1)


@surveys.clock(when="OPEN", at=lambda survey: survey.until)
def close(survey: Survey, call: Call) -> SurveyClosed:
    """The last day passes"""
    mean = sum(survey.scores) * 100 // len(survey.scores) if survey.scores else None
    return SurveyClosed(answered=survey.answered, mean_hundredths=mean)


# ── dispositions: opened by an event, several at once; ends by the last item or by silence ────────────────────
ItemsStage = Literal["WAITING", "DISPOSED"]


class Items(Record):
    """Items to be disposed of [待办事项]"""

    stage: ItemsStage
    association: str
    since: datetime
    open_items: tuple[str, ...]
    silent: bool = False


class ItemsRaised(Event, to="WAITING"):
    """Items were raised for a department [提出事项]."""

    association: str
    since: datetime
    open_items: tuple[str, ...]


class ItemDisposed(Event):
    """One item was disposed of; the last one ends it [事项办结]."""

    stage: Literal["WAITING", "DISPOSED"]
    open_items: tuple[str, ...]


class ItemsLapsed(Event, to="DISPOSED"):
    """Nobody objected in time [视为办结]."""

    silent: bool = True


items = Kind[Items, ItemsStage](Items, "samples.desk.items", path="items", readers=("SO_ADMIN",))


@items.opens_on(ConcludedCheck)
def raise_items(call: Call, check: ConcludedCheck) -> list[ItemsRaised]:
    """An unqualified check raises items for two departments"""
    if check.conclusion != "UNQUALIFIED":
        return []
    return [ItemsRaised(association=check.association, since=call.now, open_items=names) for names in (("finance", "charter"), ("party",))]


@items.command(by="SO_ADMIN", when="WAITING")
def dispose(record: Items, call: Call, item: Literal["finance", "charter", "party"]) -> ItemDisposed:
    """Dispose of an item [办结]"""
    if item not in record.open_items:
        raise Refused("not_open", "this item is not open", "该事项不存在或已办结")
    left = tuple(i for i in record.open_items if i != item)
    return ItemDisposed(stage="WAITING" if left else "DISPOSED", open_items=left)


@items.clock(when="WAITING", at=lambda record: record.since + 30 * DAY)
def lapse(record: Items, call: Call) -> ItemsLapsed:
    """Thirty days of silence"""
    return ItemsLapsed()


KINDS = (gradings, checks, surveys, items)
