"""Annual report and annual check [年度工作报告、年度检查], R27; domain §3.5.

Two ways, fixed by the regime the association lives under. CHECK: filed by 31 March, reviewed first by the supervising unit, then
by the authority until 31 May, which concludes. REPORT: filed straight to the authority by 31 May. `due` is always the last day
for the association; who misses it may still file late, or is put down as not having taken part.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association, associations
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import AnnualMode, MonthDay, begin_of, end_of
from shared.district import District
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Role, Value
from shared.uscc import AssociationUscc
from shared.versions import Versioned, Versions, of_record

Stage = Literal["NOT_OPEN", "OPEN", "SUBMITTED", "RETURNED", "FIRST_REVIEWED", "ACCEPTED", "CONCLUDED", "PUBLISHED", "OVERDUE", "DROPPED"]
Conclusion = Literal["QUALIFIED", "BASICALLY_QUALIFIED", "UNQUALIFIED", "NOT_TAKEN"]
Section = Literal[
    "COMPLIANCE", "REGISTRATION_STEPS", "ACTIVITIES", "OFFICERS_AND_STAFF", "BRANCHES", "FINANCE", "FOREIGN_CONTACTS", "PARTY_WORK"
]
Year = Annotated[int, Field(ge=2000, le=2100)]
AUTHORITIES: tuple[Role, ...] = ("SO_ADMIN", "REG_AUTHORITY")
REVIEWERS: tuple[Role, ...] = ("SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT")
UNFILED: tuple[Stage, ...] = ("NOT_OPEN", "OPEN", "RETURNED", "OVERDUE")
AT_ONCE = 500  # reports opened in one call; asked again, the rest follows


class AnnualRules(Versioned):
    """Who owes a report (registered by this day of the year), its sections, its reminders, and after which conclusion of the
    year before a rectification report must come with it."""

    basis: str
    registered_by: MonthDay
    reminder_days: tuple[Annotated[int, Field(ge=1, le=365)], ...]
    correction_days: Annotated[int, Field(ge=1, le=365)]
    sections: tuple[Section, ...]
    rectification_after: tuple[Conclusion, ...] = ()


RULES: Versions[AnnualRules] = Versions.load(Path(__file__).parent.parent / "data" / "annual", AnnualRules)
rules_in_force = of_record(lambda: RULES, "ANNUAL", "rules_version")


# ── forms and record ──────────────────────────────────────────────────────────────────────────────
class Chapter(Value):
    """One section of the report, by its reference in the document store."""

    section: Section
    document: Line


class Report(Value):
    """The report; `statement` is the page the legal representative signed, `rectification` the report on last year's faults."""

    chapters: Annotated[tuple[Chapter, ...], Field(min_length=1, max_length=20)]
    statement: Line
    rectification: Line | None = None


class AnnualReport(Record):
    """Annual report [年度工作报告]"""

    stage: Stage
    association: str
    district: District
    year: int
    mode: AnnualMode
    first_review: Role | None = None
    opens_on: date
    due: date
    authority_due: date
    since: date  # from when reminders count
    reminder_days: tuple[int, ...]
    rules_version: str
    report: Report | None = None
    submitted_on: date | None = None
    late_days: int = 0
    correct_by: date | None = None
    review_overdue: bool = False
    conclusion: Conclusion | None = None


class Duty(Event):
    """What an opening says of the duty."""

    association: str
    district: District
    year: int
    mode: AnnualMode
    first_review: Role | None
    opens_on: date
    due: date
    authority_due: date
    since: date
    reminder_days: tuple[int, ...]
    rules_version: str


class AnnualReportScheduled(Duty, to="NOT_OPEN"):
    """The year will be opened on a later day."""


class AnnualReportOpened(Duty, to="OPEN"):
    """The year is open for reports."""


class AnnualReportSubmitted(Event, to="SUBMITTED", effective="submitted_on"):
    """The report is filed; `reviewed_first_by` has it before the authority, which has it at once where nobody is named (R27)."""

    association: str
    year: int
    due: date
    submitted_on: date
    late_days: int
    report: Report
    correct_by: None = None
    reviewed_first_by: Role | None = None


class AnnualReportDueSoon(Event):
    association: str
    year: int
    due: date
    days_left: int


class AnnualReportOverdue(Event, to="OVERDUE"):
    association: str
    year: int
    due: date
    correct_by: None = None


class AnnualReportDropped(Event, to="DROPPED"):
    """The association has ended; nothing is owed any more."""

    association: str
    year: int


annual_reports = Kind[AnnualReport, Stage](
    AnnualReport, "registry.supervision.annual_report", path="annual-reports", key=("association", "year"), index=("association", "year", "conclusion"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=AUTHORITIES,
)  # fmt: skip


# ── what the rules are given ──────────────────────────────────────────────────────────────────────
class AsksForOne(Value):
    """`due` is given where the authority has announced another last day than the regime's."""

    association: AssociationUscc
    year: Year
    opens_on: date | None = None
    due: date | None = None


class AsksForYear(Value):
    year: Year
    opens_on: date | None = None
    due: date | None = None
    district: District | None = None


async def association_named(read: Read, call: Call, record: object, body: AsksForOne) -> Association | None:
    """Given: the association whose year is opened."""
    return await read.get(associations, body.association)


async def all_active(read: Read, call: Call, record: object, body: AsksForYear) -> list[Association]:
    """Given: every active association, of one district if one was named."""
    where = {"district": body.district} if body.district else {}
    return await read.find(associations, stage="ACTIVE", **where)


async def opened_already(read: Read, call: Call, record: object, body: AsksForYear) -> list[AnnualReport]:
    """Given: the reports of that year."""
    return await read.find(annual_reports, year=body.year)


async def year_before(read: Read, call: Call, record: AnnualReport, body: object) -> AnnualReport | None:
    """Given: the association's report of the year before."""
    return await read.get(annual_reports, f"{record.association}~{record.year - 1}")


def on(year: int, day: str) -> date:
    """That day of a year; 29 February of a common year is 28 February."""
    month, of_month = (int(p) for p in day.split("-"))
    try:
        return date(year, month, of_month)
    except ValueError:
        return date(year, month, 28 if month == 2 else 30)


def owes(a: Association, year: int, rules: AnnualRules) -> bool:
    return a.registered_on <= on(year, rules.registered_by)


def first_reviewer(a: Association) -> Role | None:
    """Who reviews before the authority: nobody under REPORT; the federation where it is the supervising unit (R13)."""
    if a.annual_mode != "CHECK" or a.annual_first_review is None:
        return None
    return "FIC" if a.affiliation == "FIC" else next((r for r in REVIEWERS if r == a.annual_first_review), None)


def duty(a: Association, form: AsksForOne | AsksForYear, rules: AnnualRules, call: Call) -> AnnualReportScheduled | AnnualReportOpened:
    year = form.year
    begins = form.opens_on or max(call.today, date(year + 1, 1, 1))
    kind = AnnualReportScheduled if begins > call.today else AnnualReportOpened
    final = on(year + 1, a.annual_due)
    review = first_reviewer(a)
    due = form.due or (on(year + 1, a.annual_first_due) if review and a.annual_first_due else final)
    if due < max(begins, call.today):
        raise Malformed(
            "due_has_passed", "its last day has passed; name the one that was announced", "报送期限已过，请指定公告的期限", pointer="/due"
        )
    return kind(association=a.uscc, district=a.district, year=year, mode=a.annual_mode, first_review=review, opens_on=begins, due=due,
                authority_due=max(final, due), since=begins, reminder_days=rules.reminder_days, rules_version=rules.version)  # fmt: skip


# ── opening the year ──────────────────────────────────────────────────────────────────────────────
@annual_reports.opens(by=AUTHORITIES)
def open_(call: Call, form: AsksForOne, association: Annotated[Association | None, Given(association_named)],
          rules: Annotated[AnnualRules, Given(rules_in_force)]) -> AnnualReportScheduled | AnnualReportOpened:  # fmt: skip
    """Open a year for one association, at once or on a later day."""
    if association is None or association.stage != "ACTIVE":
        raise Refused("association_not_active", "this association is not active", "该组织未处于活动状态", pointer="/association")
    if not owes(association, form.year, rules):
        raise Refused(
            "no_report_owed", f"registered after {rules.registered_by} of the year", "报告年度 6 月 30 日后登记，不参加当年度年检"
        )
    return duty(association, form, rules, call)


@annual_reports.opens(by=AUTHORITIES)
def open_year(call: Call, form: AsksForYear, active: Annotated[list[Association], Given(all_active)],
              there: Annotated[list[AnnualReport], Given(opened_already)],
              rules: Annotated[AnnualRules, Given(rules_in_force)]) -> list[AnnualReportScheduled | AnnualReportOpened]:  # fmt: skip
    """Open a year for every active association that owes a report, 500 at once; asked again, for those that are left."""
    known = {r.association for r in there}
    owing = [a for a in active if a.uscc not in known and owes(a, form.year, rules)]
    if not owing:
        raise Refused("nobody_left", "the year is open for all who owe a report", "本年度已对所有应报组织开放")
    return [duty(a, form, rules, call) for a in owing[:AT_ONCE]]


@annual_reports.clock(when="NOT_OPEN", at=lambda r: begin_of(r.opens_on))
def begin(report: AnnualReport, call: Call) -> AnnualReportOpened:
    """The day has come on which the year opens."""
    return AnnualReportOpened(**{n: getattr(report, n) for n in Duty.model_fields})


# ── filing ─────────────────────────────────────────────────────────────────────────────
@annual_reports.command(by="ASSOCIATION", when=("OPEN", "RETURNED", "OVERDUE"))
def submit(report: AnnualReport, call: Call, form: Report, rules: Annotated[AnnualRules, Given(rules_in_force)],
           before: Annotated[AnnualReport | None, Given(year_before)]) -> AnnualReportSubmitted:  # fmt: skip
    """File the report [报送年度工作报告]; late is still filed."""
    if missing := sorted(set(rules.sections) - {c.section for c in form.chapters}):
        raise Refused(
            "sections_missing",
            f"still missing: {', '.join(missing)}",
            f"缺少内容：{'、'.join(missing)}",
            pointer="/chapters",
            missing=missing,
        )
    if before and before.conclusion in rules.rectification_after and not form.rectification:
        raise Refused("rectification_missing", f"last year was {before.conclusion}: a rectification report is needed", "上年度年检未合格，须提交整改报告",
                      pointer="/rectification")  # fmt: skip
    late = report.late_days if report.stage == "RETURNED" else max(0, (call.today - report.due).days)
    return AnnualReportSubmitted(association=report.association, year=report.year, due=report.due, submitted_on=call.today, late_days=late, report=form,
                                 reviewed_first_by=report.first_review)  # fmt: skip


# ── deadlines, and the end of the association ─────────────────────────────────────────────────────
def last_day(report: AnnualReport) -> date:
    return report.correct_by or report.due


def reminders(report: AnnualReport) -> list[datetime]:
    days = (last_day(report) - timedelta(days=d) for d in report.reminder_days)
    return [begin_of(d) for d in days if d > report.since]


@annual_reports.clock(when=("OPEN", "RETURNED"), at=reminders)
def remind(report: AnnualReport, call: Call) -> AnnualReportDueSoon:
    """60, 30, 14, 7 days and one day before."""
    until = last_day(report)
    return AnnualReportDueSoon(association=report.association, year=report.year, due=until, days_left=(until - call.today).days)


@annual_reports.clock(when=("OPEN", "RETURNED"), at=lambda r: end_of(last_day(r)))
def expire(report: AnnualReport, call: Call) -> AnnualReportOverdue:
    """The last day has passed."""
    return AnnualReportOverdue(association=report.association, year=report.year, due=last_day(report))


@annual_reports.on(AssociationEnded, when=UNFILED, where=lambda e: {"association": e.uscc})
def drop(report: AnnualReport, call: Call, event: AssociationEnded) -> AnnualReportDropped:
    """The association has ended: struck off, or its registration revoked."""
    return AnnualReportDropped(association=report.association, year=report.year)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class AnnualReportHandedOver(HandedOver):
    """Annual report: gone with its association to another new city."""


follows(annual_reports, AnnualReportHandedOver)
