"""Rating round [评估批次], R33: the notice that opens one, under which rules, until when, for how many. Domain §4.5 step 1."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.evaluation.rulebook.rulebook import ProfileCode, RuleSetCode, rulebooks
from shared.record import SHANGHAI, Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text

Stage = Literal["OPEN", "CLOSED", "CONCLUDED", "CANCELLED"]
LONGEST = timedelta(days=366)


class RatingRound(Record):
    """Rating round [评估批次]"""

    stage: Stage
    code: str  # year and number, `2026-1`
    year: int
    title: str
    rulebook: str  # code/version, kept for every application of the round
    rule_set: RuleSetCode
    profile: ProfileCode
    local_gate: bool
    opens_on: date
    closes_on: date
    quota: int | None = None
    reason: str = ""


class RatingRoundOpened(Event, to="OPEN", effective="opens_on"):
    """The notice is published; applications are taken to the end of `closes_on`."""

    code: str
    year: int
    title: str
    rulebook: str
    rule_set: RuleSetCode
    profile: ProfileCode
    local_gate: bool
    opens_on: date
    closes_on: date
    quota: int | None


class RatingRoundExtended(Event):
    code: str
    closes_on: date
    reason: str


class RatingRoundClosed(Event, to="CLOSED"):
    """No more applications."""

    code: str
    year: int


class RatingRoundConcluded(Event, to="CONCLUDED"):
    """Every application of the round has come to its end."""

    code: str
    year: int


class RatingRoundCancelled(Event, to="CANCELLED"):
    code: str
    year: int
    reason: str


rounds = Kind[RatingRound, Stage](
    RatingRound, "evaluation.rating.round", path="rating-rounds", key=("code",), index=("year",), readers=("ASSOCIATION", "PANEL", "COMMITTEE", "PUBLIC"),
)  # fmt: skip


def end_of(day: date) -> datetime:
    """The midnight with which a day ends in Xixian."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)


@rounds.opens(by="SO_ADMIN")
def open_(call: Call, number: Annotated[int, Field(ge=1, le=9)], title: Line, opens_on: date, closes_on: date, rulebook: Literal["XX-IND-1"] = "XX-IND-1",
          rule_set: RuleSetCode = "R2026", profile: ProfileCode = "STANDARD", local_gate: bool = True,
          quota: Annotated[int, Field(ge=1, le=10_000)] | None = None) -> RatingRoundOpened:  # fmt: skip
    """Publish the notice of a round [发布评估通知]; the rulebook in force today holds for all its applications."""
    if not call.today <= closes_on or not opens_on <= closes_on <= opens_on + LONGEST:
        raise Malformed(
            "dates_out_of_order",
            "the round closes after it opens, not in the past and within a year",
            "截止日期不正确",
            pointer="/closes_on",
        )
    book = rulebooks().in_force(call.today, rulebook)
    return RatingRoundOpened(code=f"{opens_on.year}-{number}", year=opens_on.year, title=title, rulebook=book.ref, rule_set=rule_set, profile=profile,
                             local_gate=local_gate, opens_on=opens_on, closes_on=closes_on, quota=quota)  # fmt: skip


@rounds.command(by="SO_ADMIN", when="OPEN")
def extend(round_: RatingRound, call: Call, closes_on: date, reason: Text) -> RatingRoundExtended:
    """Take applications for longer [延长申报期]."""
    if not round_.closes_on < closes_on <= round_.opens_on + LONGEST:
        raise Malformed(
            "dates_out_of_order", "later than before, and within a year of the opening", "延长后的日期不正确", pointer="/closes_on"
        )
    return RatingRoundExtended(code=round_.code, closes_on=closes_on, reason=reason)


@rounds.clock(when="OPEN", at=lambda r: end_of(r.closes_on))
def close(round_: RatingRound, call: Call) -> RatingRoundClosed:
    """The last day for applications is over."""
    return RatingRoundClosed(code=round_.code, year=round_.year)


async def still_running(read: Read, call: Call, round_: RatingRound | None, body: Any) -> list[str]:
    """Applications of this round that have not come to an end."""
    from services.evaluation.rating.application import RUNNING, applications  # the application needs the round, not the other way round

    return [a.id for a in await read.find(applications, round=round_.code if round_ else "", stage=RUNNING)]


@rounds.command(by="SO_ADMIN", when="CLOSED")
def conclude(round_: RatingRound, call: Call, running: Annotated[list[str], Given(still_running)]) -> RatingRoundConcluded:
    """Close the books of the round [批次办结]."""
    if running:
        raise Refused("applications_running", f"{len(running)} applications are still running", f"尚有 {len(running)} 件申请未办结")
    return RatingRoundConcluded(code=round_.code, year=round_.year)


@rounds.command(by="SO_ADMIN", when=("OPEN", "CLOSED"))
def cancel(round_: RatingRound, call: Call, reason: Text, running: Annotated[list[str], Given(still_running)]) -> RatingRoundCancelled:
    """Withdraw the notice [撤销批次]; only while no application is running."""
    if running:
        raise Refused("applications_running", f"{len(running)} applications are still running", f"尚有 {len(running)} 件申请未办结")
    return RatingRoundCancelled(code=round_.code, year=round_.year, reason=reason)
