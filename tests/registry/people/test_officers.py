"""Officers (R30; domain §3.4, §4.4): flags for age, terms and second posts, and nothing of a person but a reference."""

from datetime import date, timedelta

import pytest

from services.registry.people import officers as o
from services.registry.people.officers import office_bearers
from services.registry.people.rules import RULES
from shared.record import Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, OTHER, PERSON, after, association, by
from tests.registry.governance_hints import held_meeting

RULE = RULES.in_force(MARCH_2)
YOUNG = date(1980, 1, 1)
THIRD = "00000000-0000-4000-8000-000000000003"


def candidate(person: str = PERSON, post: str = "PRESIDENT", lr: bool = True, born_on: date = YOUNG, **other: object) -> o.Candidate:
    return o.Candidate.model_validate({"person": person, "post": post, "legal_representative": lr, "born_on": born_on} | other)


def elect(*who: o.Candidate, known: tuple = (), on: date = MARCH_2, of: str = AIR) -> o.OfficeBearersElected:
    form = o.Slate(meeting="m-1", term_to=on + timedelta(days=1460), officers=who or (candidate(),))
    held = held_meeting(of, on, "GENERAL_ASSEMBLY", "ELECTION")
    return o.elect(by("ASSOCIATION", on, of), form, held, list(known), association(uscc=of), RULE)


def term(*who: o.Candidate, **other) -> o.OfficeBearers:
    return office_bearers.open(elect(*who, **other), "")


def test_an_assembly_that_has_elected_makes_a_term() -> None:
    event = elect(candidate(), candidate(OTHER, "CHIEF_SUPERVISOR", lr=False))
    assert (event.lr_elected, event.lr_age_ok, event.lr_terms, event.lr_other_association, event.supervisors) == (True, True, 1, False, 1)
    assert event.file_by == date(2026, 4, 1)


def test_nothing_of_a_person_is_kept_but_a_reference() -> None:
    event = elect(candidate(born_on=date(1950, 5, 5), serving_official=True, retired_cadre_on=date(2025, 1, 1)))
    told, kept = event.model_dump_json(), office_bearers.open(event, "").model_dump_json()
    for secret in ("1950", "born", "2025-01-01"):
        assert secret not in told
        assert secret not in kept
    assert event.officers[0].flags == ("OVER_AGE", "SERVING_OFFICIAL", "RETIRED_TOO_LATELY")


@pytest.mark.parametrize(("born_on", "over"), [(date(1956, 3, 2), False), (date(1955, 3, 3), False), (date(1955, 3, 2), True)])
def test_seventy_is_not_over_seventy(born_on: date, over: bool) -> None:
    assert ("OVER_AGE" in elect(candidate(born_on=born_on)).officers[0].flags) is over


def test_a_third_term_in_the_same_post_is_flagged() -> None:
    past = [term().model_copy(update={"stage": "REPLACED", "term_from": date(y, 3, 2)}) for y in (2018, 2022)]
    officer = elect(known=tuple(past)).officers[0]
    assert (officer.terms, officer.flags) == (3, ("TOO_MANY_TERMS",))


def test_terms_in_between_of_somebody_else_break_the_count() -> None:
    mine = term().model_copy(update={"stage": "REPLACED", "term_from": date(2018, 3, 2)})
    others = term(candidate(OTHER)).model_copy(update={"stage": "REPLACED", "term_from": date(2022, 3, 2)})
    assert elect(known=(mine, others)).officers[0].terms == 1


def test_a_post_in_another_association_is_a_second_post() -> None:
    elsewhere = term(of=AI)
    event = elect(known=(elsewhere,))
    assert event.officers[0].flags == ("SECOND_POST", "SECOND_LEGAL_REPRESENTATIVE")
    assert event.lr_other_association
    ended = elsewhere.model_copy(update={"stage": "REPLACED"})
    assert elect(known=(ended,)).officers[0].flags == ()


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ((candidate(), candidate(OTHER, lr=False)), "post_twice"), ((candidate(), candidate(post="VICE_PRESIDENT", lr=False)), "person_twice"),
        ((candidate(), candidate(OTHER, "VICE_PRESIDENT")), "two_legal_representatives"), ((candidate(lr=False),), "no_legal_representative"),
        ((candidate(post="SUPERVISOR"),), "supervisor_represents"), ((candidate(born_on=date(2010, 1, 1)),), "age_impossible"),
    ],
)  # fmt: skip
def test_a_slate_that_cannot_be_is_refused(who: tuple, code: str) -> None:
    with pytest.raises(Malformed) as no:
        elect(*who)
    assert no.value.code == code


def test_an_election_needs_a_ballot_in_due_form() -> None:
    form = o.Slate(meeting="m-1", term_to=date(2030, 3, 1), officers=(candidate(),))
    with pytest.raises(Refused) as no:
        o.elect(by("ASSOCIATION"), form, held_meeting(AIR, MARCH_2, "GENERAL_ASSEMBLY", "BUDGET"), [], association(), RULE)
    assert no.value.code == "not_decided_there"


def test_the_term_before_is_released_first() -> None:
    with pytest.raises(Refused) as no:
        elect(known=(term(),), on=date(2026, 4, 2))
    assert no.value.code == "term_running"


def test_who_leaves_is_replaced_and_the_filing_is_due_again() -> None:
    record = term()
    record = after(office_bearers, record, o.file(record, by("REG_AUTHORITY")))
    record = after(office_bearers, record, o.remove(record, by("ASSOCIATION"), PERSON))
    assert (record.stage, record.persons) == ("FILED", ())
    day = date(2026, 5, 1)
    held = held_meeting(AIR, day, "COUNCIL", "OFFICERS")
    record = after(
        office_bearers,
        record,
        o.add(record, by("ASSOCIATION", day), o.Addition(meeting="m-2", officer=candidate(THIRD)), held, [record], RULE),
    )
    assert (record.stage, record.persons, record.file_by) == ("ELECTED", (THIRD,), date(2026, 5, 31))


def test_a_filing_after_thirty_days_is_late() -> None:
    assert not o.file(term(), by("REG_AUTHORITY", date(2026, 4, 1))).late
    assert o.file(term(), by("REG_AUTHORITY", date(2026, 4, 2))).late
    assert after(office_bearers, term(), o.expire(term(), by("CLOCK", date(2026, 4, 2)))).late
