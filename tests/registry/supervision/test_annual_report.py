"""Annual report and check (R27; domain §3.5): two ways, their days, returns, conclusions."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.registry.supervision import annual_check as check
from services.registry.supervision import annual_report as r
from services.registry.supervision.annual_report import RULES, annual_reports
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, after, association, by

NOW = RULES.in_force(MARCH_2)
JANUARY = date(2026, 1, 5)
CHECKED = {"annual_mode": "CHECK", "annual_first_review": "SUPERVISING_UNIT", "annual_first_due": "03-31"}


def opened(on: date = JANUARY, year: int = 2025, **other) -> r.AnnualReport:
    event = r.open_(by("SO_ADMIN", on), r.AsksForOne(association=AIR, year=year), association(**other), NOW)
    return annual_reports.open(event, "")


def report(without: str = "", rectification: str | None = None) -> r.Report:
    chapters = tuple(r.Chapter(section=s, document=f"{s}.pdf") for s in NOW.sections if s != without)
    return r.Report(chapters=chapters, statement="statement.pdf", rectification=rectification)


def submitted(on: date = MARCH_2, **other) -> r.AnnualReport:
    record = opened(**other)
    return after(annual_reports, record, r.submit(record, by("ASSOCIATION", on), report(), NOW, None))


def accepted() -> r.AnnualReport:
    return after(annual_reports, submitted(), check.accept(submitted(), by("SO_ADMIN")))


def days(record: r.AnnualReport) -> list[tuple[date, str]]:
    return [(at.astimezone(SHANGHAI).date(), m.name) for at, m in annual_reports.clocks(record, {})]


# ── opening ───────────────────────────────────────────────────────────────────────────────────────
def test_under_report_it_is_due_to_the_authority_on_31_may() -> None:
    record = opened()
    assert (record.id, record.stage, record.mode, record.due) == (f"{AIR}~2025", "OPEN", "REPORT", date(2026, 5, 31))


def test_under_check_it_is_due_to_the_supervising_unit_on_31_march_and_with_the_authority_on_31_may() -> None:
    record = opened(**CHECKED)
    assert (record.first_review, record.due, record.authority_due) == ("SUPERVISING_UNIT", date(2026, 3, 31), date(2026, 5, 31))


def test_a_decoupled_association_files_straight_to_the_authority() -> None:
    record = opened(annual_mode="CHECK", annual_first_review=None)
    assert (record.first_review, record.due) == (None, date(2026, 5, 31))


def test_a_year_opened_ahead_of_time_waits_for_its_day() -> None:
    record = opened(on=date(2025, 11, 1))
    assert (record.stage, record.opens_on) == ("NOT_OPEN", date(2026, 1, 1))
    assert days(record) == [(date(2026, 1, 1), "begin")]
    assert after(annual_reports, record, r.begin(record, by("CLOCK", date(2026, 1, 1)))).stage == "OPEN"


@pytest.mark.parametrize(("registered_on", "owed"), [(date(2025, 6, 30), True), (date(2025, 7, 1), False)])
def test_who_was_registered_by_30_june_owes_a_report(registered_on: date, owed: bool) -> None:
    if owed:
        assert opened(registered_on=registered_on).stage == "OPEN"
        return
    with pytest.raises(Refused) as no:
        opened(registered_on=registered_on)
    assert no.value.code == "no_report_owed"


def test_only_an_active_association_owes_one() -> None:
    form = r.AsksForOne(association=AIR, year=2025)
    for there in (None, association("SUSPENDED"), association("REVOKED")):
        with pytest.raises(Refused) as no:
            r.open_(by("SO_ADMIN"), form, there, NOW)
        assert no.value.code == "association_not_active"


def test_a_year_whose_day_has_passed_needs_the_day_that_was_announced() -> None:
    with pytest.raises(Malformed):
        opened(on=date(2026, 6, 1))
    form = r.AsksForOne(association=AIR, year=2025, due=date(2026, 7, 31))
    assert r.open_(by("SO_ADMIN", date(2026, 6, 1)), form, association(), NOW).due == date(2026, 7, 31)


def test_a_year_is_opened_for_all_who_are_left() -> None:
    both = [association(), association(uscc=AI), association(uscc="51611100PDY000052T", registered_on=date(2025, 12, 1))]
    events = r.open_year(by("SO_ADMIN", JANUARY), r.AsksForYear(year=2025), both, [], NOW)
    assert [e.association for e in events] == [AIR, AI]
    (rest,) = r.open_year(by("SO_ADMIN", JANUARY), r.AsksForYear(year=2025), both, [opened()], NOW)
    assert rest.association == AI
    with pytest.raises(Refused) as no:
        r.open_year(by("SO_ADMIN", JANUARY), r.AsksForYear(year=2025), both[:1], [opened()], NOW)
    assert no.value.code == "nobody_left"


def test_five_hundred_years_are_opened_at_once_and_the_rest_when_asked_again() -> None:
    many = [association(uscc=AIR).model_copy(update={"uscc": str(n)}) for n in range(501)]
    first = r.open_year(by("SO_ADMIN", JANUARY), r.AsksForYear(year=2025), many, [], NOW)
    assert len(first) == 500
    there = [annual_reports.open(e, "") for e in first]
    assert [e.association for e in r.open_year(by("SO_ADMIN", JANUARY), r.AsksForYear(year=2025), many, there, NOW)] == ["500"]


# ── deadlines ─────────────────────────────────────────────────────────────────────────────────────
def test_reminders_60_30_14_7_and_1_day_before_and_overdue_the_day_after() -> None:
    record, due = opened(), date(2026, 5, 31)
    expected = [due - timedelta(days=n) for n in (60, 30, 14, 7, 1)]
    assert [t.astimezone(SHANGHAI).date() for t in r.reminders(record)] == expected
    assert days(record) == [(expected[0], "remind"), (date(2026, 6, 1), "expire")]
    assert r.remind(record, by("CLOCK", due - timedelta(days=14))).days_left == 14


def test_what_was_missed_before_the_opening_is_not_reminded() -> None:
    assert [t.astimezone(SHANGHAI).date() for t in r.reminders(opened(on=date(2026, 5, 20)))] == [date(2026, 5, 24), date(2026, 5, 30)]


@pytest.mark.parametrize(("regime", "first"), [(CHECKED, "SUPERVISING_UNIT"), ({}, None)], ids=["CHECK", "REPORT"])
def test_a_filed_report_says_who_reviews_it_before_the_authority(regime: dict[str, str], first: str | None) -> None:
    record = opened(**regime)
    event = r.submit(record, by("ASSOCIATION"), report(), NOW, None)
    assert event.reviewed_first_by == first
    assert after(annual_reports, record, event).first_review == first


def test_a_report_filed_before_that_was_said_is_still_reviewed_first() -> None:
    record = opened(**CHECKED)
    event = r.submit(record, by("ASSOCIATION"), report(), NOW, None)
    kept = event.model_dump(mode="json", exclude={"reviewed_first_by"})
    assert (
        after(annual_reports, record, annual_reports.recall("registry.supervision.annual_report_submitted.v1", kept)).first_review
        == "SUPERVISING_UNIT"
    )


def test_filed_on_the_last_day_is_in_time_and_a_day_later_is_late_but_filed() -> None:
    assert submitted(on=date(2026, 5, 31)).late_days == 0
    record = after(annual_reports, opened(), r.expire(opened(), by("CLOCK", date(2026, 6, 1))))
    assert record.stage == "OVERDUE"
    event = r.submit(record, by("ASSOCIATION", date(2026, 6, 1)), report(), NOW, None)
    assert (event.late_days, event.due, event.submitted_on) == (1, date(2026, 5, 31), date(2026, 6, 1))


def test_who_never_files_has_not_taken_part() -> None:
    record = after(annual_reports, opened(), r.expire(opened(), by("CLOCK", date(2026, 6, 1))))
    record = after(annual_reports, record, check.record_not_taken(record, by("SO_ADMIN"), "逾期未报"))
    assert (record.stage, record.conclusion) == ("CONCLUDED", "NOT_TAKEN")


def test_reviewers_are_pressed_once_after_31_may() -> None:
    record = submitted(**CHECKED)
    assert days(record) == [(date(2026, 6, 1), "press_reviewers")]
    record = after(annual_reports, record, check.press_reviewers(record, by("CLOCK", date(2026, 6, 1))))
    assert days(record) == []


def test_who_is_pressed_for_a_review_is_who_has_the_report() -> None:
    late = by("CLOCK", date(2026, 6, 1))
    assert check.press_reviewers(submitted(**CHECKED), late).first_reviewer == "SUPERVISING_UNIT"
    reviewed = after(annual_reports, submitted(**CHECKED), check.first_review(submitted(**CHECKED), by("SUPERVISING_UNIT"), "同意"))
    assert check.press_reviewers(reviewed, late).first_reviewer is None
    assert check.press_reviewers(submitted(), late).first_reviewer is None  # under REPORT the authority has it


def test_where_the_federation_supervises_it_reviews_first() -> None:
    record = submitted(**CHECKED, affiliation="FIC")
    assert record.first_review == "FIC"
    assert check.first_review(record, by("FIC"), "同意")
    with pytest.raises(Refused) as no:
        check.first_review(record, by("SUPERVISING_UNIT"), "同意")
    assert no.value.code == "not_the_reviewer"
    assert opened(affiliation="FIC").first_review is None  # under REPORT nobody


@pytest.mark.parametrize(
    ("year", "first", "last"), [(2025, date(2026, 3, 31), date(2026, 5, 31)), (2026, date(2027, 3, 31), date(2027, 5, 31))]
)
def test_the_days_of_the_law_are_days_of_the_calendar_whether_worked_or_not(year: int, first: date, last: date) -> None:
    """31 May 2026 is a Sunday, and stays the last day."""
    checked = opened(on=date(year + 1, 1, 5), year=year, **CHECKED)
    assert (checked.due, checked.authority_due) == (first, last)
    assert opened(on=date(year + 1, 1, 5), year=year).due == last


# ── filing and review ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("section", NOW.sections)
def test_every_section_is_there(section: str) -> None:
    with pytest.raises(Refused) as no:
        r.submit(opened(), by("ASSOCIATION"), report(without=section), NOW, None)
    assert no.value.more["missing"] == [section]


@pytest.mark.parametrize(
    ("conclusion", "needed"), [("QUALIFIED", False), ("BASICALLY_QUALIFIED", True), ("UNQUALIFIED", True), ("NOT_TAKEN", True)]
)
def test_after_a_year_that_was_not_qualified_a_rectification_report_comes_with_it(conclusion, needed: bool) -> None:
    before = opened().model_copy(update={"year": 2024, "stage": "CONCLUDED", "conclusion": conclusion})
    assert r.submit(opened(), by("ASSOCIATION"), report(rectification="整改.pdf"), NOW, before)
    if not needed:
        assert r.submit(opened(), by("ASSOCIATION"), report(), NOW, before)
        return
    with pytest.raises(Refused) as no:
        r.submit(opened(), by("ASSOCIATION"), report(), NOW, before)
    assert no.value.code == "rectification_missing"


def test_under_check_the_supervising_unit_comes_first() -> None:
    record = submitted(**CHECKED)
    with pytest.raises(Refused) as no:
        check.accept(record, by("SO_ADMIN"))
    assert no.value.code == "first_review_missing"
    with pytest.raises(Refused) as no:
        check.first_review(record, by("FIC"), "同意")
    assert no.value.code == "not_the_reviewer"
    record = after(annual_reports, record, check.first_review(record, by("SUPERVISING_UNIT"), "同意"))
    assert record.stage == "FIRST_REVIEWED"
    assert after(annual_reports, record, check.accept(record, by("SO_ADMIN"))).stage == "ACCEPTED"


def test_under_report_nobody_reviews_first() -> None:
    with pytest.raises(Refused) as no:
        check.first_review(submitted(), by("SUPERVISING_UNIT"), "同意")
    assert no.value.code == "not_the_reviewer"
    assert accepted().stage == "ACCEPTED"


def test_sent_back_it_has_fifteen_days_at_least_and_is_not_late_for_that() -> None:
    record = submitted(on=date(2026, 5, 31))
    record = after(annual_reports, record, check.return_(record, by("SO_ADMIN", date(2026, 6, 10)), "补充财务数据", NOW))
    assert (record.stage, record.correct_by) == ("RETURNED", date(2026, 6, 25))
    assert days(record)[-1] == (date(2026, 6, 26), "expire")
    event = r.submit(record, by("ASSOCIATION", date(2026, 6, 20)), report(), NOW, None)
    assert event.late_days == 0
    assert after(annual_reports, record, event).correct_by is None


def test_the_supervising_unit_sends_back_what_it_reviews() -> None:
    record = after(annual_reports, submitted(**CHECKED), check.send_back(submitted(**CHECKED), by("SUPERVISING_UNIT"), "补正", NOW))
    assert (record.stage, record.correct_by) == ("RETURNED", date(2026, 3, 31))


@pytest.mark.parametrize("conclusion", ["QUALIFIED", "BASICALLY_QUALIFIED", "UNQUALIFIED"])
def test_the_check_is_concluded_and_published(conclusion) -> None:
    record = after(annual_reports, accepted(), check.conclude(accepted(), by("SO_ADMIN"), conclusion, "理由"))
    assert (record.stage, record.conclusion) == ("CONCLUDED", conclusion)
    event = check.publish(record, by("SO_ADMIN"))
    assert (event.conclusion, after(annual_reports, record, event).stage) == (conclusion, "PUBLISHED")


def test_what_is_not_qualified_needs_its_reason_and_not_taken_is_no_conclusion_of_a_report() -> None:
    with pytest.raises(Malformed):
        check.conclude(accepted(), by("SO_ADMIN"), "UNQUALIFIED")
    with pytest.raises(ValidationError):
        annual_reports.moves["conclude"].body.model_validate({"conclusion": "NOT_TAKEN"})


def test_nothing_is_owed_when_the_association_has_ended() -> None:
    event = r.drop(opened(), by("PLATFORM"), r.AssociationEnded(about=AIR, uscc=AIR, ended_on=date(2026, 3, 2)))
    assert after(annual_reports, opened(), event).stage == "DROPPED"
