"""A grade in force [评估等级], R33–R34: how long it holds, what lowers it, what takes it away. Domain §4.6, §4.7.

It opens when the rating is confirmed. An association has one grade in force: a newer one takes its place with its announcement (P).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from services.evaluation.facts.heard import AnnualCheckConcluded, AssociationEnded
from services.evaluation.rating.decision import GradeRules
from services.evaluation.rulebook.formulas import months_after
from services.evaluation.rulebook.rulebook import GRADES, Grade, next_lower
from services.evaluation.rulebook.scoring import Points
from shared.record import SHANGHAI, Call, Event, Heard, Kind, Line, Record, Refused

Stage = Literal["VALID", "DOWNGRADED", "SUPERSEDED", "REVOKED", "EXPIRED"]
IN_FORCE: tuple[Stage, ...] = ("VALID", "DOWNGRADED")
FoundCause = Literal["PENALTY", "TRACKING_CHECK", "VERIFICATION_CHECK"]  # found by an official
LowerCause = Literal[
    "ANNUAL_CHECK_UNQUALIFIED", "ANNUAL_CHECK_BASICALLY_QUALIFIED_TWICE", "PENALTY", "TRACKING_CHECK", "VERIFICATION_CHECK"
]
RevokeCause = Literal["FRAUD", "CERTIFICATE_MISUSE", "SERIOUS_BREACH"]
Cause = Literal["FRAUD", "CERTIFICATE_MISUSE", "SERIOUS_BREACH", "BELOW_LOWEST_GRADE", "ASSOCIATION_ENDED"]


class HeldGrade(Record):
    """Grade [评估等级]"""

    stage: Stage
    application: str
    association: str
    round: str
    grade: Grade
    score: Points
    confirmed_on: date
    valid_from: date
    valid_to: date
    rules: GradeRules
    certificate: str | None = None  # number of certificate and plaque, for 3A and above
    return_due: date | None = None  # certificate and plaque of the higher grade are to be back by then
    checked_years: tuple[int, ...] = ()  # annual checks that have counted already
    basic_years: tuple[int, ...] = ()
    cause: str = ""
    barred_until: date | None = None


# ── facts ─────────────────────────────────────────────────────────────────────────────────────────
class EvaluationCompleted(Event, to="VALID", effective="valid_from"):
    """The association holds this grade from `valid_from` to `valid_to`, both days included."""

    application: str
    association: str
    round: str
    grade: Grade
    score: Points
    confirmed_on: date
    valid_from: date
    valid_to: date
    rulebook: str
    rules: GradeRules
    certificate: str | None
    forward_as: Grade | None
    basic_years: tuple[int, ...]


class AnnualCheckNoted(Event):
    """An annual check that cost nothing."""

    association: str
    checked_years: tuple[int, ...]
    basic_years: tuple[int, ...]


class RatingDowngraded(Event, to="DOWNGRADED"):
    """One grade down; certificate and plaque go back by `return_due` or are declared void."""

    association: str
    grade: Grade
    previous: Grade
    cause: LowerCause
    certificate: str | None
    return_due: date | None
    checked_years: tuple[int, ...]
    basic_years: tuple[int, ...]


class RatingRevoked(Event, to="REVOKED"):
    """No grade any more. `barred_until`: the last day on which the association may not apply."""

    association: str
    previous: Grade
    cause: Cause
    certificate: None = None
    return_due: date | None
    barred_until: date | None


class RatingSuperseded(Event, to="SUPERSEDED"):
    """A newer grade has taken its place."""

    association: str
    successor: str


class RatingExpiring(Event):
    """Twelve and six months before the end."""

    association: str
    grade: Grade
    valid_to: date


class RatingExpired(Event, to="EXPIRED"):
    """The validity is over: no grade."""

    association: str
    valid_to: date
    certificate: None = None


class CertificateReturned(Event):
    association: str
    return_due: None = None


class CertificateDeclaredVoid(Event):
    """Not returned in time."""

    association: str
    return_due: None = None


grades = Kind[HeldGrade, Stage](
    HeldGrade, "evaluation.grades.grade", path="grades", key=("application",), index=("association", "grade", "round"), readers=("PUBLIC",),
)  # fmt: skip


# ── how it begins and is replaced ─────────────────────────────────────────────────────────────────
class RatingConfirmed(Heard, type="evaluation.rating.rating_confirmed.v1"):
    association: str
    round: str
    grade: Grade
    score: Points
    confirmed_on: date
    valid_from: date
    valid_to: date
    forward_as: Grade | None = None
    rules: GradeRules
    basic_years: tuple[int, ...] = ()


@grades.on(RatingConfirmed, when=IN_FORCE, where=lambda e: {"association": e.association})
def give_way(held: HeldGrade, call: Call, heard: RatingConfirmed) -> RatingSuperseded | None:
    """A newer decision replaces the grade held so far."""
    if held.application == heard.about or heard.confirmed_on < held.confirmed_on:
        return None
    return RatingSuperseded(association=held.association, successor=heard.about)


@grades.opens_on(RatingConfirmed)
def grant(call: Call, heard: RatingConfirmed) -> EvaluationCompleted | None:
    """The confirmed grade begins to hold."""
    if heard.grade == "NONE":
        return None
    return EvaluationCompleted(
        application=heard.about, association=heard.association, round=heard.round, grade=heard.grade, score=heard.score, confirmed_on=heard.confirmed_on,
        valid_from=heard.valid_from, valid_to=heard.valid_to, rulebook=heard.rules.rulebook, rules=heard.rules,
        certificate=certificate_number(heard.association, heard.round, heard.grade, heard.rules), forward_as=heard.forward_as,
        basic_years=heard.basic_years,
    )  # fmt: skip


def certificate_number(association: str, round_: str, grade: Grade, rules: GradeRules) -> str | None:
    """Certificate and plaque for 3A and above: round, grade, and the tail of the credit code."""
    if GRADES.index(grade) > GRADES.index(rules.certificate_from):
        return None
    return f"XXPG-{round_}-{grade}-{association[-9:]}"


# ── what lowers it ────────────────────────────────────────────────────────────────────────────────
def lowered(
    held: HeldGrade, call: Call, cause: LowerCause, checked: tuple[int, ...], basic: tuple[int, ...]
) -> RatingDowngraded | RatingRevoked:
    grade = next_lower(held.grade)
    back = call.today + timedelta(days=held.rules.certificate_return_days) if held.certificate else held.return_due
    if grade == "NONE":
        return RatingRevoked(
            association=held.association, previous=held.grade, cause="BELOW_LOWEST_GRADE", return_due=back, barred_until=None
        )
    return RatingDowngraded(
        association=held.association, grade=grade, previous=held.grade, cause=cause, return_due=back, checked_years=checked, basic_years=basic,
        certificate=certificate_number(held.association, held.round, grade, held.rules),
    )  # fmt: skip


@grades.on(AnnualCheckConcluded, when=IN_FORCE, where=lambda e: {"association": e.association})
def weigh_annual_check(
    held: HeldGrade, call: Call, heard: AnnualCheckConcluded
) -> RatingDowngraded | RatingRevoked | AnnualCheckNoted | None:
    """An unqualified annual check costs one grade, under R2011 also the second year basically qualified (art. 30); each year counts once."""
    if heard.year in held.checked_years:
        return None
    checked = (*held.checked_years, heard.year)
    if heard.conclusion == "UNQUALIFIED" and "UNQUALIFIED" in held.rules.downgrade_on:
        return lowered(held, call, "ANNUAL_CHECK_UNQUALIFIED", checked, held.basic_years)
    if heard.conclusion != "BASICALLY_QUALIFIED":
        return AnnualCheckNoted(association=held.association, checked_years=checked, basic_years=held.basic_years)
    basic = tuple(sorted({*held.basic_years, heard.year}))
    if heard.year - 1 in held.basic_years and "BASICALLY_QUALIFIED_TWICE" in held.rules.downgrade_on:
        return lowered(held, call, "ANNUAL_CHECK_BASICALLY_QUALIFIED_TWICE", checked, basic)
    return AnnualCheckNoted(association=held.association, checked_years=checked, basic_years=basic)


@grades.command(by="SO_ADMIN", when=IN_FORCE)
def downgrade(held: HeldGrade, call: Call, cause: FoundCause, evidence: Line) -> RatingDowngraded | RatingRevoked:
    """Lower by one grade [降低等级]: a penalty, or the result of a tracking or verification check; below 1A there is none left."""
    return lowered(held, call, cause, held.checked_years, held.basic_years)


@grades.command(by="SO_ADMIN", when=IN_FORCE)
def revoke(held: HeldGrade, call: Call, cause: RevokeCause, evidence: Line) -> RatingRevoked:
    """Revoke for fraud, misuse of the certificate or a serious breach [撤销等级]; the association may not apply for a time."""
    back = call.today + timedelta(days=held.rules.certificate_return_days) if held.certificate else held.return_due
    barred = months_after(call.today, held.rules.bar_months)
    return RatingRevoked(association=held.association, previous=held.grade, cause=cause, return_due=back, barred_until=barred)


@grades.on(AssociationEnded, when=IN_FORCE, where=lambda e: {"association": e.uscc})
def end_with_association(held: HeldGrade, call: Call, heard: AssociationEnded) -> RatingRevoked:
    """A grade ends with its holder."""
    return RatingRevoked(association=held.association, previous=held.grade, cause="ASSOCIATION_ENDED", return_due=None, barred_until=None)


# ── time ──────────────────────────────────────────────────────────────────────────────────────────
def midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)


def reminders(held: HeldGrade) -> Iterator[datetime]:
    """The beginning of the day so many months before the last one."""
    for months in held.rules.reminder_months:
        yield datetime.combine(months_after(held.valid_to, -months), datetime.min.time(), SHANGHAI)


@grades.clock(when=IN_FORCE, at=reminders)
def remind(held: HeldGrade, call: Call) -> RatingExpiring:
    """Twelve and six months before the end of validity."""
    return RatingExpiring(association=held.association, grade=held.grade, valid_to=held.valid_to)


@grades.clock(when=IN_FORCE, at=lambda r: midnight_after(r.valid_to))
def expire(held: HeldGrade, call: Call) -> RatingExpired:
    """The last day of validity is over."""
    return RatingExpired(association=held.association, valid_to=held.valid_to)


@grades.clock(when=("DOWNGRADED", "REVOKED"), at=lambda r: midnight_after(r.return_due) if r.return_due else None)
def declare_void(held: HeldGrade, call: Call) -> CertificateDeclaredVoid | None:
    """Certificate and plaque were not returned within fifteen days [公告作废]."""
    return CertificateDeclaredVoid(association=held.association) if held.return_due else None


@grades.command(by="SO_ADMIN", when=("DOWNGRADED", "REVOKED"))
def take_back_certificate(held: HeldGrade, call: Call) -> CertificateReturned:
    """Certificate and plaque of the lost grade are back [交回证书牌匾]."""
    if held.return_due is None:
        raise Refused("nothing_to_return", "no certificate is to be returned", "无应交回的证书")
    return CertificateReturned(association=held.association)
