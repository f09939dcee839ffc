"""Audits [审计报告]: of a year, before a re-election or a change of the legal representative, at a liquidation (R31; 条例 art. 27; 2.4.3).

Of a year one is filed once its statement is; the other occasions are known by the day of the report.
"""

from datetime import date
from typing import Annotated, Literal

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.finance.financial_statement import FinancialStatement, Period, financial_statements
from services.registry.jurisdiction import HandedOver, follows
from shared.district import District
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Value
from shared.uscc import EnterpriseUscc

Stage = Literal["FILED"]
Occasion = Literal["YEARLY", "RE_ELECTION", "LEGAL_REPRESENTATIVE_CHANGE", "LIQUIDATION"]
Opinion = Literal["UNQUALIFIED", "QUALIFIED", "ADVERSE", "DISCLAIMER"]


class Audit(Value):
    """`year` for a YEARLY audit only; `auditor` is the accounting firm."""

    occasion: Occasion
    year: Period | None = None
    auditor: EnterpriseUscc
    report_no: Line
    document: Line
    audited_on: date
    opinion: Opinion


class AuditReport(Record):
    """Audit report [审计报告]"""

    stage: Stage
    association: str
    district: District
    occasion: Occasion
    period: str
    auditor: str
    report_no: str
    document: str
    audited_on: date
    opinion: Opinion
    filed_on: date


class AuditReportFiled(Event, to="FILED", effective="audited_on"):
    """An auditor's report is filed; `period` is the year audited, or the day of the report where it is not of a year."""

    association: str
    district: District
    occasion: Occasion
    period: str
    auditor: str
    report_no: str
    document: str
    audited_on: date
    opinion: Opinion
    filed_on: date


audit_reports = Kind[AuditReport, Stage](
    AuditReport, "registry.finance.audit_report", path="audit-reports", key=("association", "occasion", "period"),
    index=("association", "occasion", "opinion"), own={"ASSOCIATION": "association", "NEW_CITY": "district"},
    readers=("SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT"),
)  # fmt: skip


async def statement_of_year(read: Read, call: Call, record: object, body: Audit) -> FinancialStatement | None:
    """Given: the association's statement of the year audited."""
    return await read.get(financial_statements, f"{call.organisation}~{body.year}") if body.year else None


@audit_reports.opens(by="ASSOCIATION")
def file(call: Call, form: Audit, association: Annotated[Association | None, Given(association_concerned)],
         statement: Annotated[FinancialStatement | None, Given(statement_of_year)]) -> AuditReportFiled:  # fmt: skip
    """File an audit report [报送审计报告]."""
    subject = living(association)
    if not subject.registered_on <= form.audited_on <= call.today:
        raise Malformed("dates_out_of_order", "after the registration, and not in the future", "日期不正确", pointer="/audited_on")
    if (form.occasion == "YEARLY") != (form.year is not None and "-" not in form.year):
        raise Malformed(
            "year_of_audit", "a yearly audit names its year, no other does", "年度审计须填写年度，其他审计不填", pointer="/year"
        )
    if form.year and (statement is None or statement.stage == "DRAFT"):
        raise Refused(
            "statement_not_filed", f"file the statement of {form.year} first", f"请先报送 {form.year} 年度财务会计报告", pointer="/year"
        )
    return AuditReportFiled(
        association=call.organisation, district=subject.district, period=form.year or form.audited_on.isoformat(), filed_on=call.today,
        **form.model_dump(exclude={"year"}),
    )  # fmt: skip


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class AuditReportHandedOver(HandedOver):
    """Audit report: gone with its association to another new city."""


follows(audit_reports, AuditReportHandedOver)
