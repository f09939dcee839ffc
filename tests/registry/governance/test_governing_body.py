"""Terms and re-election (R30; domain §3.4, §1.10, §4.4 2.2.4): five years, reminders, one extension with three consents, overdue."""

from datetime import date, timedelta

import pytest

from services.registry.governance import governing_body as g
from services.registry.governance.governing_body import governing_bodies
from services.registry.governance.rules import RULES
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by
from tests.registry.governance_hints import held_meeting

RULE = RULES.in_force(MARCH_2)
TERM = (date(2022, 6, 1), date(2026, 6, 1))
COUNCIL = held_meeting(AIR, MARCH_2, "COUNCIL", "TERM_EXTENSION")


def running(supervised: bool = False, term: tuple[date, date] = TERM) -> g.GoverningBody:
    of = association(supervising_unit="dept:supervising" if supervised else None)
    form = g.FirstTerm(body="COUNCIL", term=2, term_from=term[0], term_to=term[1], seats=9)
    return governing_bodies.open(g.record_(by("ASSOCIATION"), form, of, [], RULE), "")


def asked(supervised: bool = False) -> g.GoverningBody:
    record = running(supervised)
    return after(governing_bodies, record, g.ask_extension(record, by("ASSOCIATION"), date(2027, 6, 1), "m-1", COUNCIL, RULE))


def complete(record: g.GoverningBody, on: date) -> g.ReElectionCompleted:
    form = g.Election(meeting="m-1", term_to=on + timedelta(days=1460), seats=11, audited=True)
    return g.complete(record, by("ASSOCIATION", on), form, held_meeting(AIR, on, "GENERAL_ASSEMBLY", "ELECTION"), RULE)


def test_a_term_is_at_most_five_years() -> None:
    assert running(term=(date(2022, 6, 1), date(2027, 6, 1))).term_to == date(2027, 6, 1)
    with pytest.raises(Malformed) as no:
        running(term=(date(2022, 6, 1), date(2027, 6, 2)))
    assert no.value.code == "term_too_long"


def test_one_is_reminded_180_90_and_30_days_before() -> None:
    days = [t.astimezone(SHANGHAI).date() for t in g.reminders(running())]
    assert [(TERM[1] - d).days for d in days] == [180, 90, 30]


def test_what_was_told_is_not_told_again() -> None:
    record = running()
    on = by("CLOCK", date(2026, 3, 5))
    record = after(governing_bodies, record, g.remind(record, on))
    assert (record.stage, record.reminded_on) == ("DUE", date(2026, 3, 5))
    assert [t.astimezone(SHANGHAI).date() for t in g.reminders(record)] == [date(2026, 5, 2)]


def test_the_day_after_the_term_it_is_overdue() -> None:
    ((at, move),) = [p for p in governing_bodies.clocks(running(), {}) if p[1].name == "expire"]
    assert at.astimezone(SHANGHAI).date() == date(2026, 6, 2)
    assert move.run(running(), by("CLOCK", date(2026, 6, 2))) == g.ReElectionOverdue(
        association=AIR, body="COUNCIL", term=2, due=TERM[1], term_ends_on=TERM[1]
    )


def test_an_extension_is_at_most_a_year_and_voted_by_the_council() -> None:
    with pytest.raises(Malformed):
        g.ask_extension(running(), by("ASSOCIATION"), date(2027, 6, 2), "m-1", COUNCIL, RULE)
    with pytest.raises(Refused) as no:
        g.ask_extension(
            running(), by("ASSOCIATION"), date(2027, 6, 1), "m-1", held_meeting(AIR, MARCH_2, "GENERAL_ASSEMBLY", "TERM_EXTENSION"), RULE
        )
    assert no.value.code == "ballot_not_valid"


def test_the_supervising_unit_reviews_it_before_the_authority_approves() -> None:
    record = asked(supervised=True)
    with pytest.raises(Refused) as no:
        g.approve_extension(record, by("REG_AUTHORITY"))
    assert no.value.code == "review_missing"
    record = after(governing_bodies, record, g.review_extension(record, by("SUPERVISING_UNIT")))
    record = after(governing_bodies, record, g.approve_extension(record, by("REG_AUTHORITY")))
    assert (record.stage, record.extended_to, g.last_day(record)) == ("EXTENDED", date(2027, 6, 1), date(2027, 6, 1))


def test_only_what_was_asked_for_is_approved_or_refused() -> None:
    with pytest.raises(Refused):
        g.approve_extension(running(), by("REG_AUTHORITY"))
    refused = after(governing_bodies, asked(), g.refuse_extension(asked(), by("SO_ADMIN"), "理由不足"))
    assert (refused.stage, refused.extension) == ("RUNNING", None)


@pytest.mark.parametrize(("days", "in_time"), [(10, True), (9, False)])
def test_the_assembly_is_reported_ten_days_before(days: int, in_time: bool) -> None:
    assert g.report(running(), by("ASSOCIATION"), MARCH_2 + timedelta(days=days), RULE).reported_in_time is in_time


@pytest.mark.parametrize(("on", "late"), [(date(2026, 6, 1), 0), (date(2026, 6, 11), 10)])
def test_a_re_election_in_time_or_days_late(on: date, late: int) -> None:
    event = complete(running(), on)
    assert (event.days_late, event.extended, event.audited) == (late, False, True)


def test_within_an_approved_extension_nothing_is_late() -> None:
    record = after(governing_bodies, asked(), g.approve_extension(asked(), by("REG_AUTHORITY")))
    event = complete(record, date(2027, 5, 1))
    assert (event.days_late, event.extended) == (0, True)


def test_the_next_term_opens_by_itself() -> None:
    told = complete(running(), date(2026, 6, 1))
    heard = g.Elected.model_validate(told.model_dump() | {"about": "x"})
    record = governing_bodies.open(g.begin(by("PLATFORM"), heard), "")
    assert (record.id, record.term_from, record.seats) == (f"{AIR}~COUNCIL~3", date(2026, 6, 1), 11)


def test_an_assembly_before_this_term_does_not_end_it() -> None:
    with pytest.raises(Refused) as no:
        complete(running(), TERM[0])
    assert no.value.code == "meeting_of_other_term"
