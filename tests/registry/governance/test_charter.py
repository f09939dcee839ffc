"""Charter versions (R30; domain §3.3, §3.4): adopted by two thirds, filed within thirty days, approved, superseded."""

from datetime import date, timedelta

import pytest

from services.registry.governance import charter as c
from services.registry.governance.charter import charters
from services.registry.governance.rules import RULES
from shared.record import Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by
from tests.registry.governance_hints import held_meeting

RULE = RULES.in_force(MARCH_2)
ASSEMBLY = held_meeting(AIR, MARCH_2, "GENERAL_ASSEMBLY", "CHARTER")


def draft(supervised: bool = False, known: tuple[c.Charter, ...] = ()) -> c.Charter:
    of = association(supervising_unit="dept:supervising" if supervised else None)
    clauses = ("PARTY_LEADERSHIP", "PARTY_ORGANISATION")
    return charters.open(c.draft(by("ASSOCIATION"), "charter.pdf", of, list(known), RULE, clauses), "")


def adopted(supervised: bool = False) -> c.Charter:
    record = draft(supervised)
    return after(charters, record, c.adopt(record, by("ASSOCIATION"), "m-1", ASSEMBLY, RULE))


def submitted() -> c.Charter:
    return after(charters, adopted(), c.submit(adopted(), by("ASSOCIATION")))


def test_versions_are_counted_and_only_one_is_under_way() -> None:
    first = draft()
    assert (first.id, first.number, first.claim) == (f"{AIR}~1", 1, AIR)
    with pytest.raises(Refused):
        draft(known=(first,))
    assert draft(known=(first.model_copy(update={"stage": "APPROVED"}),)).number == 2


def test_an_assembly_that_voted_in_due_form_adopts_it() -> None:
    event = c.adopt(draft(), by("ASSOCIATION"), "m-1", ASSEMBLY, RULE)
    assert (event.adopted_ok, event.present, event.entitled, event.in_favour) == (True, 40, 50, 40)
    with pytest.raises(Refused) as no:
        c.adopt(draft(), by("ASSOCIATION"), "m-2", held_meeting(AIR, MARCH_2, "COUNCIL", "BUDGET"), RULE)
    assert no.value.code == "not_decided_there"


def test_without_a_supervising_unit_thirty_days_run_from_the_resolution() -> None:
    assert adopted().submit_by == date(2026, 4, 1)


def test_with_one_they_run_from_its_consent_and_nothing_is_filed_before() -> None:
    record = adopted(supervised=True)
    with pytest.raises(Refused) as no:
        c.submit(record, by("ASSOCIATION"))
    assert no.value.code == "consent_missing"
    record = after(charters, record, c.consent(record, by("SUPERVISING_UNIT", date(2026, 4, 10)), RULE))
    assert record.submit_by == date(2026, 5, 10)


@pytest.mark.parametrize(("day", "late"), [(date(2026, 4, 1), False), (date(2026, 4, 2), True)])
def test_filed_on_the_last_day_is_in_time_and_a_day_later_is_late(day: date, late: bool) -> None:
    assert c.submit(adopted(), by("ASSOCIATION", day)).late is late


def test_one_is_reminded_ten_and_three_days_before_and_told_when_it_is_over() -> None:
    days = [t.astimezone(by("CLOCK").now.tzinfo).date() for t in c.reminders(adopted())]
    assert days == [date(2026, 3, 22), date(2026, 3, 29)]
    assert c.expire(adopted(), by("CLOCK", date(2026, 4, 2))) == c.CharterSubmissionOverdue(
        association=AIR, number=1, submit_by=date(2026, 4, 1)
    )


def test_the_authority_approves_or_sends_back_for_a_new_decision() -> None:
    approved = after(charters, submitted(), c.approve(submitted(), by("REG_AUTHORITY")))
    assert (approved.stage, approved.approved_on, approved.claim) == ("APPROVED", MARCH_2, None)
    returned = after(charters, submitted(), c.return_(submitted(), by("REG_AUTHORITY"), "补充条款"))
    assert (returned.stage, returned.adopted_on, returned.submit_by) == ("DRAFT", None, None)


def test_a_later_version_takes_the_place_of_the_one_before_and_not_the_other_way() -> None:
    approved = after(charters, submitted(), c.approve(submitted(), by("REG_AUTHORITY")))
    later = c.NewCharterApproved(about=f"{AIR}~2", association=AIR, number=2)
    assert c.supersede(approved, by("PLATFORM"), later) == c.CharterSuperseded(association=AIR, number=1, by_number=2)
    assert c.supersede(approved, by("PLATFORM"), later.model_copy(update={"number": 1})) is None


def test_party_clauses_are_told_with_the_approval() -> None:
    assert c.approve(submitted(), by("REG_AUTHORITY")).party_clauses == ("PARTY_LEADERSHIP", "PARTY_ORGANISATION")


def test_what_is_under_way_ends_with_the_association() -> None:
    ended = c.AssociationEnded(about=AIR, uscc=AIR, ended_on=MARCH_2 + timedelta(days=1))
    assert after(charters, adopted(), c.end(adopted(), by("PLATFORM"), ended)).stage == "ABANDONED"
