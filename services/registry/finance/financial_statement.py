"""Financial statements [财务会计报告], by month and by year: drafted, filed, audited (R31; indicators 1.1.2, 2.4.1).

A month's statement is due some days after its end, a year's some months after it; what is filed later is filed late. The authority may
return a statement; whether it was in time is judged by its first filing. A year's statement is audited when its audit report is filed.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.finance.rules import AccountingRules, rules_in_force
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import months_after
from shared.district import District
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Record, Refused, Role, Text, Value

Stage = Literal["DRAFT", "FILED", "AUDITED"]
Period = Annotated[str, Field(pattern=r"^20[0-9]{2}(-(0[1-9]|1[0-2]))?$", description="a year, or a month", examples=["2025", "2026-03"])]
AUTHORITIES: tuple[Role, ...] = ("SO_ADMIN", "REG_AUTHORITY")


class Figures(Value):
    """In fen: at the end of the period what is owned and owed, over the period what came in and went out."""

    assets: Fen
    liabilities: Fen
    income: Fen
    expenses: Fen


class FinancialStatement(Record):
    """Financial statement [财务会计报告]"""

    stage: Stage
    association: str
    district: District
    period: str
    due: date
    figures: Figures
    document: str
    rules_version: str
    filed_on: date | None = None
    on_time: bool | None = None
    net_assets: int = 0
    returned_for: str | None = None
    audit: str | None = None


class FinancialStatementDrafted(Event, to="DRAFT"):
    """A statement is being prepared."""

    association: str
    district: District
    period: str
    due: date
    figures: Figures
    document: str
    rules_version: str


class FinancialStatementRevised(Event):
    """Its figures stand otherwise now."""

    association: str
    figures: Figures
    document: str


class FinancialStatementFiled(Event, to="FILED", effective="filed_on"):
    """The statement is filed; `net_assets` in fen may be below zero, `again` after it was returned."""

    association: str
    period: str
    due: date
    figures: Figures
    net_assets: int
    filed_on: date
    on_time: bool
    again: bool
    returned_for: None = None


class FinancialStatementReturned(Event, to="DRAFT"):
    """Sent back to be mended [退回]."""

    association: str
    period: str
    returned_for: str


class FinancialStatementAudited(Event, to="AUDITED"):
    """An auditor's report on it is filed."""

    association: str
    period: str
    audit: str


class AuditReportFiled(Heard, type="registry.finance.audit_report_filed.v1"):
    association: str
    period: str


financial_statements = Kind[FinancialStatement, Stage](
    FinancialStatement, "registry.finance.financial_statement", path="financial-statements", key=("association", "period"),
    index=("association", "period", "on_time"), own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SUPERVISING_UNIT",),
)  # fmt: skip


def last_day(period: str) -> date:
    """31 December of a year, or the last day of a month."""
    year, _, month = period.partition("-")
    return date(int(year), 12, 31) if not month else months_after(date(int(year), int(month), 1), 1) - timedelta(days=1)


def due_on(period: str, rules: AccountingRules) -> date:
    """A year's is due with the end of the month that lies so many months later."""
    if "-" in period:
        return last_day(period) + timedelta(days=rules.month_due_days)
    return months_after(last_day(period), rules.year_due_months)


@financial_statements.opens(by="ASSOCIATION")
def draft(call: Call, period: Period, figures: Figures, document: Line, rules: Annotated[AccountingRules, Given(rules_in_force)],
          association: Annotated[Association | None, Given(association_concerned)]) -> FinancialStatementDrafted:  # fmt: skip
    """Prepare the statement of a period that is over [编制财务会计报告]."""
    subject = living(association)
    if last_day(period) >= call.today:
        raise Refused("period_not_over", "the period is not over", "会计期间尚未结束", pointer="/period")
    if last_day(period) < subject.registered_on:
        raise Refused("before_registration", "the association was not registered then", "该期间早于登记日期", pointer="/period")
    return FinancialStatementDrafted(
        association=call.organisation, district=subject.district, period=period, due=due_on(period, rules), figures=figures, document=document,
        rules_version=rules.version,
    )  # fmt: skip


@financial_statements.command(by="ASSOCIATION", when="DRAFT")
def revise(statement: FinancialStatement, call: Call, figures: Figures, document: Line) -> FinancialStatementRevised:
    """Change the draft."""
    return FinancialStatementRevised(association=statement.association, figures=figures, document=document)


@financial_statements.command(by="ASSOCIATION", when="DRAFT")
def file(statement: FinancialStatement, call: Call) -> FinancialStatementFiled:
    """File it [报送]; late is still filed."""
    figures, again = statement.figures, statement.on_time is not None
    return FinancialStatementFiled(
        association=statement.association, period=statement.period, due=statement.due, figures=figures,
        net_assets=figures.assets - figures.liabilities, filed_on=call.today, again=again,
        on_time=call.today <= statement.due if statement.on_time is None else statement.on_time,
    )  # fmt: skip


@financial_statements.command(by=AUTHORITIES, when="FILED")
def return_(statement: FinancialStatement, call: Call, reason: Text) -> FinancialStatementReturned:
    """Return it to be mended [退回]."""
    return FinancialStatementReturned(association=statement.association, period=statement.period, returned_for=reason)


@financial_statements.on(AuditReportFiled, when="FILED", where=lambda e: {"association": e.association, "period": e.period})
def note_audit(statement: FinancialStatement, call: Call, event: AuditReportFiled) -> FinancialStatementAudited:
    """The audit report on this year is there."""
    return FinancialStatementAudited(association=statement.association, period=statement.period, audit=event.about)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class FinancialStatementHandedOver(HandedOver):
    """Financial statement: gone with its association to another new city."""


follows(financial_statements, FinancialStatementHandedOver)
