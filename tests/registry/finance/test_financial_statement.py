"""Financial statements and audits (R31): drafted, filed in time or late, returned, audited."""

from datetime import date
from typing import Any

import pytest

from services.registry.finance import audit_report as audit
from services.registry.finance import financial_statement as f
from services.registry.finance.audit_report import audit_reports
from services.registry.finance.financial_statement import financial_statements
from services.registry.finance.rules import RULES
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by

NOW = RULES.in_force(MARCH_2)
FIRM = "91611100PDY00001X6"
FIGURES = f.Figures(assets=12_000_000, liabilities=2_000_000, income=40_000_000, expenses=38_000_000)


def drafted(period: str = "2025", figures: f.Figures = FIGURES) -> f.FinancialStatement:
    return financial_statements.open(f.draft(by("ASSOCIATION"), period, figures, "报表.pdf", NOW, association()), "")


def filed(period: str = "2025", on: date = MARCH_2) -> f.FinancialStatement:
    return after(financial_statements, drafted(period), f.file(drafted(period), by("ASSOCIATION", on)))


def audited(**other: Any) -> audit.Audit:
    fields = {"occasion": "YEARLY", "year": "2025", "auditor": FIRM, "report_no": "陕审〔2026〕12号", "document": "审计.pdf",
              "audited_on": date(2026, 2, 20), "opinion": "UNQUALIFIED"}  # fmt: skip
    return audit.Audit.model_validate(fields | other)


@pytest.mark.parametrize(
    ("period", "due"),
    [("2026-01", date(2026, 2, 15)), ("2026-02", date(2026, 3, 15)), ("2024-02", date(2024, 3, 15)), ("2024-12", date(2025, 1, 15)),
     ("2025", date(2026, 4, 30))],
)  # fmt: skip
def test_a_month_is_due_on_the_fifteenth_and_a_year_at_the_end_of_april(period: str, due: date) -> None:
    assert f.due_on(period, NOW) == due


@pytest.mark.parametrize(("on", "in_time"), [(date(2026, 4, 30), True), (date(2026, 5, 1), False)])
def test_late_is_still_filed(on: date, in_time: bool) -> None:
    record = filed(on=on)
    assert (record.stage, record.on_time, record.net_assets) == ("FILED", in_time, 10_000_000)


def test_a_period_is_over_before_its_statement_is_drafted_and_lies_within_the_life_of_the_association() -> None:
    for period, code in (("2026-03", "period_not_over"), ("2026", "period_not_over"), ("2023", "before_registration")):
        with pytest.raises(Refused) as no:
            drafted(period)
        assert no.value.code == code
    assert drafted("2024").period == "2024"  # registered on 2 March 2024


def test_debts_above_what_is_owned_are_told_as_they_are() -> None:
    record = drafted(figures=FIGURES.model_copy(update={"liabilities": 13_000_000}))
    assert f.file(record, by("ASSOCIATION")).net_assets == -1_000_000


def test_a_statement_that_was_returned_is_as_late_as_its_first_filing() -> None:
    record = after(financial_statements, filed(), f.return_(filed(), by("SO_ADMIN"), "附注不全"))
    assert (record.stage, record.returned_for) == ("DRAFT", "附注不全")
    record = after(financial_statements, record, f.revise(record, by("ASSOCIATION"), FIGURES, "报表2.pdf"))
    event = f.file(record, by("ASSOCIATION", date(2026, 6, 1)))
    assert (event.on_time, event.again, event.returned_for) == (True, True, None)


# ── audits ────────────────────────────────────────────────────────────────────────────────────────
def test_a_year_is_audited_after_its_statement_is_filed() -> None:
    with pytest.raises(Refused) as no:
        audit.file(by("ASSOCIATION"), audited(), association(), drafted())
    assert no.value.code == "statement_not_filed"
    event = audit.file(by("ASSOCIATION"), audited(), association(), filed())
    assert audit_reports.open(event, "").id == f"{AIR}~YEARLY~2025"
    told = f.AuditReportFiled.read(f.AuditReportFiled.type, f"{AIR}~YEARLY~2025", event.public())
    assert isinstance(told, f.AuditReportFiled)
    record = after(financial_statements, filed(), f.note_audit(filed(), by("PLATFORM"), told))
    assert (record.stage, record.audit) == ("AUDITED", f"{AIR}~YEARLY~2025")


def test_before_a_re_election_the_audit_is_known_by_its_day_and_touches_no_statement() -> None:
    event = audit.file(by("ASSOCIATION"), audited(occasion="RE_ELECTION", year=None), association(), None)
    assert event.period == "2026-02-20"
    note = financial_statements.moves["note_audit"]
    assert note.where is not None
    heard = f.AuditReportFiled.read(f.AuditReportFiled.type, "x", event.public())
    assert note.where(heard)["period"] != filed().period


@pytest.mark.parametrize("wrong", [{"year": None}, {"occasion": "RE_ELECTION"}, {"year": "2025-12"}])
def test_a_yearly_audit_names_its_year_and_no_other_does(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as no:
        audit.file(by("ASSOCIATION"), audited(**wrong), association(), filed())
    assert no.value.code == "year_of_audit"


def test_an_audit_is_not_dated_ahead() -> None:
    with pytest.raises(Malformed):
        audit.file(by("ASSOCIATION"), audited(audited_on=date(2026, 3, 3)), association(), filed())
