"""A grade in force: how long it holds, what lowers it, what takes it away (domain §4.6, §4.7)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.evaluation.grades.grade import HeldGrade, RatingConfirmed, grades
from services.evaluation.rulebook.rulebook import Grade, RuleSetCode, rulebooks
from shared.record import Event, Refused
from tests.evaluation.cases import ASSOCIATION, OFFICE, OTHER, Case, a_call, at, decided

BOOK = rulebooks().all()[0]
DAY = datetime(2026, 9, 15, 10, tzinfo=at(2026, 1, 1).tzinfo)


def heard(grade: Grade = "3A", rule_set: RuleSetCode = "R2026", about: str = "application-1", **change: Any) -> RatingConfirmed:
    rules = BOOK.rule_set(rule_set)
    valid_from, valid_to = rules.validity_of(date(2026, 9, 15))
    fields: dict[str, Any] = {
        "about": about, "association": ASSOCIATION, "round": "2026-1", "grade": grade, "score": "712.5", "confirmed_on": date(2026, 9, 15),
        "valid_from": valid_from, "valid_to": valid_to, "basic_years": (),
        "rules": {"rulebook": BOOK.ref, "rule_set": rule_set, "downgrade_on": rules.downgrade_on, "reminder_months": rules.reminder_months,
                  "certificate_from": BOOK.certificate_from, "certificate_return_days": rules.certificate_return_days, "bar_months": rules.bar_months},
    }  # fmt: skip
    return RatingConfirmed.model_validate(fields | change)


class Held:
    """A grade and what happens to it."""

    def __init__(self, grade: Grade = "3A", rule_set: RuleSetCode = "R2026", **change: Any) -> None:
        (event,) = self.events = decided(grades, None, "grant", a_call("PLATFORM"), heard(grade, rule_set, **change).model_dump(), {})
        self.record: HeldGrade = grades.open(event, "")
        self.now = DAY

    def do(self, name: str, role: str = "SO_ADMIN", **body: Any) -> list[Event]:
        self.events = decided(grades, self.record, name, a_call(role, OFFICE, self.now), body, {})
        self.record = grades.evolve(self.record, self.events)
        return self.events

    def check(self, year: int, conclusion: str) -> "Held":
        self.do("weigh_annual_check", "PLATFORM", association=ASSOCIATION, year=year, conclusion=conclusion)
        return self

    def names(self) -> list[str]:
        return [type(e).__name__ for e in self.events]

    def rings(self, until: datetime) -> list[tuple[datetime, str]]:
        """What the clock says until then, and when."""
        fired: dict[str, datetime] = {}
        rung = []
        while due := [pair for pair in grades.clocks(self.record, fired) if pair[0] <= until]:
            when, move = due[0]
            before, events = self.record.stage, grades.decide(self.record, move, move.body(), a_call("CLOCK", now=when))
            self.record = grades.evolve(self.record, events)
            fired = fired | {move.name: when} if self.record.stage == before else {}
            rung += [(when, type(e).__name__) for e in events]
        return rung


# ── how it begins ─────────────────────────────────────────────────────────────────────────────────
def test_a_confirmed_rating_becomes_a_grade_and_the_world_hears_of_it() -> None:
    held = Held("3A")
    told = held.events[0].public()
    assert grades.type_of(type(held.events[0])) == "evaluation.grades.evaluation_completed.v1"
    assert {n: told[n] for n in ("association", "round", "grade", "score", "valid_from", "valid_to", "rulebook")} == {
        "association": ASSOCIATION, "round": "2026-1", "grade": "3A", "score": "712.5", "valid_from": "2027-01-01", "valid_to": "2031-12-31",
        "rulebook": "XX-IND-1/2026.1",
    }  # fmt: skip
    assert (held.record.id, held.record.stage) == ("application-1", "VALID")


def test_what_the_case_says_is_what_the_grade_hears() -> None:
    case = Case().publicised().wait(days=8)
    (event,) = case.do("confirm")
    told = RatingConfirmed.read(RatingConfirmed.type, case.record.id, event.public())
    assert isinstance(told, RatingConfirmed)
    (opened,) = decided(grades, None, "grant", a_call("PLATFORM"), told.model_dump(), {})
    assert grades.open(opened, "").grade == "5A"


@pytest.mark.parametrize(("grade", "has"), [("5A", True), ("3A", True), ("2A", False), ("1A", False)])
def test_certificate_and_plaque_from_3a_up(grade: Grade, has: bool) -> None:
    assert (Held(grade).record.certificate == f"XXPG-2026-1-{grade}-{ASSOCIATION[-9:]}") is has


def test_no_grade_no_record() -> None:
    assert decided(grades, None, "grant", a_call("PLATFORM"), heard("NONE").model_dump(), {}) == []


def test_a_newer_grade_takes_the_place_of_the_older_and_not_of_itself() -> None:
    held = Held()
    assert held.do("give_way", "PLATFORM", **heard().model_dump()) == []
    assert held.do("give_way", "PLATFORM", **heard(about="application-0", confirmed_on=date(2026, 9, 14)).model_dump()) == []
    held.do("give_way", "PLATFORM", **heard("2A", about="application-2").model_dump())
    assert (held.record.stage, held.events[0].public()["successor"]) == ("SUPERSEDED", "application-2")
    assert grades.moves["give_way"].where is not None
    assert dict(grades.moves["give_way"].where(heard(association=OTHER))) == {"association": OTHER}


# ── annual checks ─────────────────────────────────────────────────────────────────────────────────
def test_an_unqualified_check_costs_one_grade_and_the_certificate_goes_back() -> None:
    held = Held("3A").check(2026, "UNQUALIFIED")
    told = held.events[0].public()
    assert (told["grade"], told["previous"], told["cause"]) == ("2A", "3A", "ANNUAL_CHECK_UNQUALIFIED")
    assert (held.record.stage, held.record.certificate, held.record.return_due) == ("DOWNGRADED", None, date(2026, 9, 30))


def test_from_5a_it_goes_down_one_by_one_and_below_1a_there_is_nothing() -> None:
    held, seen = Held("5A"), []
    for year in range(2026, 2031):
        held.check(year, "UNQUALIFIED")
        seen.append((held.record.stage, held.record.grade))
    assert seen == [("DOWNGRADED", "4A"), ("DOWNGRADED", "3A"), ("DOWNGRADED", "2A"), ("DOWNGRADED", "1A"), ("REVOKED", "1A")]
    assert (held.names(), held.events[0].public()["cause"]) == (["RatingRevoked"], "BELOW_LOWEST_GRADE")


def test_each_year_counts_once_however_often_it_is_told() -> None:
    held = Held("4A").check(2026, "UNQUALIFIED").check(2026, "UNQUALIFIED")
    assert held.record.grade == "3A"
    assert held.events == []


def test_two_years_basically_qualified_cost_a_grade_under_2011_and_none_under_2026() -> None:
    assert Held("4A", "R2011").check(2026, "BASICALLY_QUALIFIED").check(2027, "BASICALLY_QUALIFIED").record.grade == "3A"
    assert Held("4A", "R2026").check(2026, "BASICALLY_QUALIFIED").check(2027, "BASICALLY_QUALIFIED").record.grade == "4A"


def test_the_year_before_the_rating_counts_as_the_first_of_the_two() -> None:
    assert Held("4A", "R2011", basic_years=(2025,)).check(2026, "BASICALLY_QUALIFIED").record.grade == "3A"


def test_a_good_year_between_breaks_the_two() -> None:
    held = Held("4A", "R2011").check(2026, "BASICALLY_QUALIFIED").check(2027, "QUALIFIED").check(2028, "BASICALLY_QUALIFIED")
    assert (held.record.stage, held.record.grade, held.names()) == ("VALID", "4A", ["AnnualCheckNoted"])


# ── officials ─────────────────────────────────────────────────────────────────────────────────────
def test_a_penalty_or_a_check_lowers_by_one() -> None:
    held = Held("2A")
    held.do("downgrade", cause="PENALTY", evidence="处罚决定书")
    assert (held.record.grade, held.record.return_due) == ("1A", None)  # a 2A had no certificate to give back


def test_fraud_takes_the_grade_and_bars_for_two_years() -> None:
    held = Held("3A")
    held.do("revoke", cause="FRAUD", evidence="核查报告")
    assert (held.record.stage, held.record.barred_until, held.record.return_due) == ("REVOKED", date(2028, 9, 15), date(2026, 9, 30))
    assert held.events[0].public()["association"] == ASSOCIATION
    with pytest.raises(Refused):
        held.check(2026, "UNQUALIFIED")


def test_a_grade_ends_with_its_association() -> None:
    held = Held()
    held.do("end_with_association", "PLATFORM", uscc=ASSOCIATION)
    assert (held.record.stage, held.events[0].public()["cause"], held.record.barred_until) == ("REVOKED", "ASSOCIATION_ENDED", None)


# ── time ──────────────────────────────────────────────────────────────────────────────────────────
def test_reminders_twelve_and_six_months_before_the_end_and_then_it_is_over() -> None:
    assert Held().rings(at(2040, 1, 1)) == [
        (at(2030, 12, 31), "RatingExpiring"), (at(2031, 6, 30), "RatingExpiring"), (at(2032, 1, 1), "RatingExpired"),
    ]  # fmt: skip


def test_a_grade_of_2011_ends_five_years_after_its_confirmation() -> None:
    held = Held("2A", "R2011")
    assert held.rings(at(2040, 1, 1))[-1] == (at(2031, 9, 15), "RatingExpired")
    assert held.record.stage == "EXPIRED"


def test_a_certificate_not_returned_in_fifteen_days_is_declared_void_once() -> None:
    held = Held("3A").check(2026, "UNQUALIFIED")
    assert held.rings(at(2027, 1, 1)) == [(at(2026, 10, 1), "CertificateDeclaredVoid")]
    assert held.record.return_due is None


def test_a_certificate_that_came_back_is_not_declared_void_and_cannot_come_back_twice() -> None:
    held = Held("3A").check(2026, "UNQUALIFIED")
    held.do("take_back_certificate")
    assert held.rings(at(2027, 1, 1)) == []
    with pytest.raises(Refused) as no:
        held.do("take_back_certificate")
    assert no.value.code == "nothing_to_return"


def test_everybody_may_read_a_grade() -> None:
    assert grades.may_read(a_call("PUBLIC"))
    assert timedelta(days=15) == timedelta(days=Held().record.rules.certificate_return_days)
