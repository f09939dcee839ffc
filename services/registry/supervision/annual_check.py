"""Annual check [年度检查]: review, conclusion and publication of the report in `annual_report.py`; domain §3.5.

Under CHECK the supervising unit reviews first, then the authority accepts and concludes; under REPORT the authority has it at once.
Either may send it back; the association then has until `correct_by`.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from services.registry.supervision.annual_report import (
    AUTHORITIES,
    REVIEWERS,
    AnnualReport,
    AnnualRules,
    Conclusion,
    annual_reports,
    rules_in_force,
)  # fmt: skip
from services.registry.values import end_of
from shared.record import Call, Event, Given, Malformed, Refused, Role, Text


class AnnualReportReturned(Event, to="RETURNED"):
    """Sent back to be mended until `correct_by` [退回补正]."""

    association: str
    year: int
    reason: str
    correct_by: date
    since: date


class FirstReviewCompleted(Event, to="FIRST_REVIEWED"):
    """The supervising unit has reviewed it [初审]."""

    association: str
    year: int
    opinion: str


class AnnualReportAccepted(Event, to="ACCEPTED"):
    association: str
    year: int


class AnnualCheckConcluded(Event, to="CONCLUDED"):
    association: str
    year: int
    conclusion: Conclusion
    basis: str


class AnnualReportPublished(Event, to="PUBLISHED"):
    """The public copy and the conclusion are out [向社会公布]."""

    association: str
    year: int
    conclusion: Conclusion


class AnnualReviewOverdue(Event):
    """31 May has passed, and the report is still with those who review it: with `first_reviewer`, or else with the authority."""

    association: str
    year: int
    authority_due: date
    first_reviewer: Role | None = None
    review_overdue: Literal[True] = True


@annual_reports.command(by=REVIEWERS, when="SUBMITTED")
def first_review(report: AnnualReport, call: Call, opinion: Text) -> FirstReviewCompleted:
    """Review it first, as the competent supervising unit [业务主管单位初审]."""
    reviews(report, call)
    return FirstReviewCompleted(association=report.association, year=report.year, opinion=opinion)


@annual_reports.command(by=REVIEWERS, when="SUBMITTED")
def send_back(report: AnnualReport, call: Call, reason: Text, rules: Annotated[AnnualRules, Given(rules_in_force)]) -> AnnualReportReturned:
    """First review: send it back to be mended [初审退回]."""
    reviews(report, call)
    return returned(report, call, reason, rules)


@annual_reports.command(by=AUTHORITIES, when=("SUBMITTED", "FIRST_REVIEWED"))
def accept(report: AnnualReport, call: Call) -> AnnualReportAccepted:
    """Accept it for the check [受理]; under CHECK only after the first review."""
    await_review(report)
    return AnnualReportAccepted(association=report.association, year=report.year)


@annual_reports.command(by=AUTHORITIES, when=("SUBMITTED", "FIRST_REVIEWED", "ACCEPTED"))
def return_(report: AnnualReport, call: Call, reason: Text, rules: Annotated[AnnualRules, Given(rules_in_force)]) -> AnnualReportReturned:
    """Return it to be mended [退回补正]; under CHECK only after the first review."""
    await_review(report)
    return returned(report, call, reason, rules)


@annual_reports.command(by=AUTHORITIES, when="ACCEPTED")
def conclude(report: AnnualReport, call: Call, conclusion: Literal["QUALIFIED", "BASICALLY_QUALIFIED", "UNQUALIFIED"], basis: Text | None = None) -> AnnualCheckConcluded:  # fmt: skip
    """Say how the check ended [年检结论]; what is not qualified needs its reason."""
    if conclusion != "QUALIFIED" and not basis:
        raise Malformed("basis_missing", "say why", "非合格结论须说明理由", pointer="/basis")
    return AnnualCheckConcluded(association=report.association, year=report.year, conclusion=conclusion, basis=basis or "")


@annual_reports.command(by=AUTHORITIES, when="OVERDUE")
def record_not_taken(report: AnnualReport, call: Call, basis: Text) -> AnnualCheckConcluded:
    """Put it down as not having taken part [未参检]."""
    return AnnualCheckConcluded(association=report.association, year=report.year, conclusion="NOT_TAKEN", basis=basis)


@annual_reports.command(by=AUTHORITIES, when="CONCLUDED")
def publish(report: AnnualReport, call: Call) -> AnnualReportPublished:
    """Publish the conclusion [公布]."""
    return AnnualReportPublished(association=report.association, year=report.year, conclusion=report.conclusion or "NOT_TAKEN")


def reviews(report: AnnualReport, call: Call) -> None:
    if call.role != report.first_review:
        raise Refused("not_the_reviewer", f"{report.first_review or 'nobody'} reviews this report first", "本单位不是该报告的初审单位")


def await_review(report: AnnualReport) -> None:
    if report.stage == "SUBMITTED" and report.first_review:
        raise Refused("first_review_missing", f"{report.first_review} reviews it first", "须先经业务主管单位初审")


def returned(report: AnnualReport, call: Call, reason: str, rules: AnnualRules) -> AnnualReportReturned:
    until = max(report.due, call.today + timedelta(days=rules.correction_days))
    return AnnualReportReturned(association=report.association, year=report.year, reason=reason, correct_by=until, since=call.today)


@annual_reports.clock(when=("SUBMITTED", "FIRST_REVIEWED"), at=lambda r: None if r.review_overdue else end_of(r.authority_due))
def press_reviewers(report: AnnualReport, call: Call) -> AnnualReviewOverdue:
    """The authority should have it by now."""
    waits_for = report.first_review if report.stage == "SUBMITTED" else None
    return AnnualReviewOverdue(
        association=report.association, year=report.year, authority_due=report.authority_due, first_reviewer=waits_for
    )
