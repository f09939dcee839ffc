"""Social-responsibility report [社会责任报告], R74: one a year, drafted, reviewed, published by 30 June of the next (indicator 3.5.1).

It is opened with the reporting year. Review is by the industry department or the social-organisation administration (P).
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded
from services.registry.disclosure.disclosure_item import Link
from services.registry.disclosure.rules import CsrSection, DisclosureRules, rules_in_force
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import end_of
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Line, Record, Refused, Role, Text

Stage = Literal["DRAFT", "REVIEWED", "PUBLISHED", "OVERDUE", "DROPPED"]
REVIEWERS: tuple[Role, ...] = ("INDUSTRY_DEPT", "SO_ADMIN")


class CsrReport(Record):
    """Social-responsibility report [社会责任报告]"""

    stage: Stage
    association: str
    district: District
    year: int
    due: date
    rules_version: str
    sections: tuple[CsrSection, ...] = ()
    document: str | None = None
    submitted_on: date | None = None
    reviewed_on: date | None = None
    opinion: str | None = None
    overdue: bool = False
    published_on: date | None = None
    on_time: bool | None = None
    url: str | None = None


class CsrReportOpened(Event, to="DRAFT"):
    """The report of a year may be drafted."""

    association: str
    district: District
    year: int
    due: date
    rules_version: str


class CsrReportSubmitted(Event):
    """The draft is handed in for review."""

    association: str
    year: int
    sections: tuple[CsrSection, ...]
    document: str
    submitted_on: date
    reviewed_on: None = None


class CsrReportReturned(Event):
    """The reviewer wants it mended."""

    association: str
    year: int
    opinion: str
    submitted_on: None = None


class CsrReportReviewed(Event, to="REVIEWED"):
    """It was reviewed and may be published."""

    association: str
    year: int
    opinion: str
    reviewed_on: date


class CsrReportPublished(Event, to="PUBLISHED", effective="published_on"):
    """The report is out."""

    association: str
    year: int
    document: str
    url: str | None
    published_on: date
    on_time: bool


class CsrReportOverdue(Event, to="OVERDUE"):
    """30 June has passed without it."""

    association: str
    year: int
    due: date
    overdue: Literal[True] = True


class CsrReportDropped(Event, to="DROPPED"):
    """Its association has ended."""

    association: str
    year: int


class AnnualReportOpened(Heard, type="registry.supervision.annual_report_opened.v1"):
    association: str
    district: District
    year: int


csr_reports = Kind[CsrReport, Stage](
    CsrReport, "registry.disclosure.csr_report", path="csr-reports", key=("association", "year"), index=("association", "year", "on_time"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("REG_AUTHORITY", "SUPERVISING_UNIT"),
)  # fmt: skip
Rules = Annotated[DisclosureRules, Given(rules_in_force)]


@csr_reports.opens_on(AnnualReportOpened)
def open_(call: Call, event: AnnualReportOpened, rules: Rules) -> CsrReportOpened | None:
    """The reporting year is open."""
    if not rules.counts(event.year):
        return None
    return CsrReportOpened(
        association=event.association,
        district=event.district,
        year=event.year,
        due=rules.due_of_year(event.year),
        rules_version=rules.version,
    )


@csr_reports.command(by="ASSOCIATION", when=("DRAFT", "OVERDUE"))
def submit(report: CsrReport, call: Call, sections: Annotated[tuple[CsrSection, ...], Field(max_length=12)], document: Line, rules: Rules) -> CsrReportSubmitted:  # fmt: skip
    """Hand it in for review [提交审核], with every section."""
    if missing := sorted(set(rules.csr_sections) - set(sections)):
        raise Refused(
            "sections_missing",
            f"still missing: {', '.join(missing)}",
            f"缺少内容：{'、'.join(missing)}",
            pointer="/sections",
            missing=missing,
        )
    return CsrReportSubmitted(
        association=report.association, year=report.year, sections=sections, document=document, submitted_on=call.today
    )


@csr_reports.command(by=REVIEWERS, when=("DRAFT", "OVERDUE"))
def review(report: CsrReport, call: Call, approved: bool, opinion: Text) -> CsrReportReviewed | CsrReportReturned:
    """Review it [审核]."""
    if report.submitted_on is None:
        raise Refused("not_submitted", "it has not been handed in", "尚未提交审核")
    if not approved:
        return CsrReportReturned(association=report.association, year=report.year, opinion=opinion)
    return CsrReportReviewed(association=report.association, year=report.year, opinion=opinion, reviewed_on=call.today)


@csr_reports.command(by="ASSOCIATION", when=("REVIEWED", "OVERDUE"))
def publish(report: CsrReport, call: Call, url: Link | None = None) -> CsrReportPublished:
    """Publish it [发布], once reviewed; late is still published."""
    if report.reviewed_on is None:
        raise Refused("not_reviewed", "it must be reviewed first", "须先经审核")
    return CsrReportPublished(
        association=report.association, year=report.year, document=report.document or "", url=url, published_on=call.today,
        on_time=call.today <= report.due,
    )  # fmt: skip


@csr_reports.clock(when=("DRAFT", "REVIEWED"), at=lambda r: None if r.overdue else end_of(r.due))
def expire(report: CsrReport, call: Call) -> CsrReportOverdue:
    """30 June has passed."""
    return CsrReportOverdue(association=report.association, year=report.year, due=report.due)


@csr_reports.on(AssociationEnded, when=("DRAFT", "REVIEWED", "OVERDUE"), where=lambda e: {"association": e.uscc})
def drop(report: CsrReport, call: Call, event: AssociationEnded) -> CsrReportDropped:
    """The association has ended: struck off, or its registration revoked."""
    return CsrReportDropped(association=report.association, year=report.year)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class CsrReportHandedOver(HandedOver):
    """Social-responsibility report: gone with its association to another new city."""


follows(csr_reports, CsrReportHandedOver)
