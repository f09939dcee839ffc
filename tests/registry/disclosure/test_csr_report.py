"""Social-responsibility report (R74): handed in whole, reviewed, published by 30 June of the next year."""

from datetime import date

import pytest

from services.registry.disclosure import csr_report as c
from services.registry.disclosure.csr_report import csr_reports
from services.registry.disclosure.rules import RULES
from shared.record import SHANGHAI, Refused
from tests.registry.examples import AIR, MARCH_2, after, by

NOW = RULES.in_force(MARCH_2)


def opened() -> c.CsrReport:
    event = c.open_(by("PLATFORM"), c.AnnualReportOpened(about=f"{AIR}~2025", association=AIR, district="XX", year=2025), NOW)
    assert event is not None
    return csr_reports.open(event, "")


def submitted(report: c.CsrReport | None = None) -> c.CsrReport:
    report = report or opened()
    return after(csr_reports, report, c.submit(report, by("ASSOCIATION"), NOW.csr_sections, "责任.pdf", NOW))


def reviewed(report: c.CsrReport | None = None) -> c.CsrReport:
    report = submitted(report)
    return after(csr_reports, report, c.review(report, by("INDUSTRY_DEPT"), True, "同意发布"))


def test_it_is_opened_with_the_reporting_year() -> None:
    assert (opened().id, opened().stage, opened().due) == (f"{AIR}~2025", "DRAFT", date(2026, 6, 30))
    assert [(at.astimezone(SHANGHAI).date(), m.name) for at, m in csr_reports.clocks(opened(), {})] == [(date(2026, 7, 1), "expire")]


@pytest.mark.parametrize("section", NOW.csr_sections)
def test_every_section_is_there(section: str) -> None:
    with pytest.raises(Refused) as no:
        c.submit(opened(), by("ASSOCIATION"), tuple(s for s in NOW.csr_sections if s != section), "责任.pdf", NOW)
    assert no.value.more["missing"] == [section]


def test_nothing_is_reviewed_that_was_not_handed_in_nor_published_that_was_not_reviewed() -> None:
    with pytest.raises(Refused) as no:
        c.review(opened(), by("SO_ADMIN"), True, "同意")
    assert no.value.code == "not_submitted"
    overdue = after(csr_reports, submitted(), c.expire(submitted(), by("CLOCK", date(2026, 7, 1))))
    with pytest.raises(Refused) as no:
        c.publish(overdue, by("ASSOCIATION"))
    assert no.value.code == "not_reviewed"


def test_sent_back_it_is_handed_in_again() -> None:
    record = after(csr_reports, submitted(), c.review(submitted(), by("SO_ADMIN"), False, "补充环境部分"))
    assert (record.stage, record.submitted_on) == ("DRAFT", None)
    assert reviewed(record).stage == "REVIEWED"


@pytest.mark.parametrize(("on", "in_time"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)])
def test_it_is_published_in_time_until_the_thirtieth_of_june(on: date, in_time: bool) -> None:
    record = after(csr_reports, reviewed(), c.publish(reviewed(), by("ASSOCIATION", on)))
    assert (record.stage, record.on_time, record.document) == ("PUBLISHED", in_time, "责任.pdf")


def test_overdue_it_is_published_late_whether_reviewed_before_or_after() -> None:
    for record in (reviewed(), opened()):
        late = after(csr_reports, record, c.expire(record, by("CLOCK", date(2026, 7, 1))))
        assert (late.stage, csr_reports.clocks(late, {})) == ("OVERDUE", [])
        ready = late if late.reviewed_on else reviewed(late)
        assert csr_reports.clocks(ready, {}) == []  # it is told once that the day was missed
        assert c.publish(ready, by("ASSOCIATION", date(2026, 7, 9))).on_time is False
