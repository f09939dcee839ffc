"""Secretaries-general and their training (R42, R44; domain §4.4 2.3.2): pool, appointment, two-year cycles of 48 hours."""

from datetime import date

import pytest

from services.registry.people import secretary_general as g
from services.registry.people import training_duty as t
from services.registry.people import training_session as ts
from services.registry.people.secretary_general import secretary_generals
from services.registry.people.training_duty import training_duties
from services.registry.people.training_session import training_sessions
from shared.record import SHANGHAI, Malformed, NotAllowed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, PERSON, after, association, by
from tests.registry.governance_hints import held_meeting

COUNCIL = held_meeting(AIR, MARCH_2, "COUNCIL", "SECRETARY_GENERAL")


def pooled() -> g.SecGenProfile:
    record = secretary_generals.open(g.apply(by("SO_ADMIN"), PERSON, ("LAWYER",)), "sg-1")
    return after(secretary_generals, record, g.pool(record, by("SO_ADMIN"), ("LAWYER", "SOCIAL_WORKER")))


def terms(mode: str = "HIRED", ends: date = date(2030, 3, 1)) -> g.Terms:
    return g.Terms(mode=mode, meeting="m-1", term_from=MARCH_2, term_to=ends, fulltime=True)


def appointed() -> g.SecGenProfile:
    return after(secretary_generals, pooled(), g.appoint(pooled(), by("ASSOCIATION"), terms(), COUNCIL, association()))


def test_a_council_hires_from_the_pool() -> None:
    event = g.appoint(pooled(), by("ASSOCIATION"), terms(), COUNCIL, association())
    assert (event.by_council, event.fulltime, event.association) == (True, True, AIR)


def test_only_a_council_hires_an_assembly_elects() -> None:
    assembly = held_meeting(AIR, MARCH_2, "GENERAL_ASSEMBLY", "SECRETARY_GENERAL")
    with pytest.raises(Refused) as no:
        g.appoint(pooled(), by("ASSOCIATION"), terms(), assembly, association())
    assert no.value.code == "hired_by_council"
    assert not g.appoint(pooled(), by("ASSOCIATION"), terms("ELECTED"), assembly, association()).by_council


def test_a_term_that_is_over_is_no_appointment() -> None:
    with pytest.raises(Malformed):
        g.appoint(pooled(), by("ASSOCIATION"), terms(ends=MARCH_2), COUNCIL, association())


def test_the_association_that_appointed_them_releases_them_and_no_other() -> None:
    with pytest.raises(NotAllowed):
        g.release(appointed(), by("ASSOCIATION", organisation=AI), "任满")
    gone = after(secretary_generals, appointed(), g.release(appointed(), by("ASSOCIATION"), "任满"))
    assert gone.stage == "RELEASED"
    assert after(secretary_generals, gone, g.pool(gone, by("SO_ADMIN"), ("LAWYER",))).stage == "POOLED"


def duty() -> t.TrainingDuty:
    heard = t.SecretaryGeneralAppointed(about="sg-1", person=PERSON, association=AIR, term_from=MARCH_2)
    return training_duties.open(t.begin(by("PLATFORM"), heard), "")


def session(stage: str = "OPEN", hours: int = 24, on: date = date(2026, 5, 1)) -> ts.TrainingSession:
    told = ts.plan(by("SO_ADMIN"), ts.Programme(title="秘书长轮训", held_on=on, hours=hours, places=1))
    return training_sessions.open(told, "ts-1").model_copy(update={"stage": stage})


def test_a_cycle_of_two_years_begins_with_the_appointment() -> None:
    record = duty()
    assert (record.cycle_from, record.cycle_to, record.hours_due) == (MARCH_2, date(2028, 3, 1), 48)
    days = [x.astimezone(SHANGHAI).date() for x in t.reminders(record)]
    assert [(record.cycle_to - d).days for d in days] == [180, 60]


def test_two_sessions_of_24_hours_complete_it() -> None:
    record = duty()
    for n in range(2):
        record = after(training_duties, record, t.enrol(record, by("ASSOCIATION"), "ts-1", session(), []))
        assert record.stage == "ENROLLED"
        record = after(training_duties, record, t.credit(record, by("SO_ADMIN"), True, session("HELD")))
        assert (record.hours, record.stage) == ((n + 1) * 24, ("DUE", "COMPLETED")[n])


def test_fewer_hours_are_credited_and_never_more_than_the_session_had() -> None:
    enrolled = after(training_duties, duty(), t.enrol(duty(), by("ASSOCIATION"), "ts-1", session(), []))
    for said, counted in ((8, 8), (40, 24), (None, 24)):
        event = t.credit(enrolled, by("SO_ADMIN"), True, session("HELD"), said)
        assert isinstance(event, t.TrainingCompleted)
        assert event.credited == counted
    missed = after(training_duties, enrolled, t.credit(enrolled, by("SO_ADMIN"), False, session("HELD")))
    assert (missed.hours, missed.stage) == (0, "DUE")


@pytest.mark.parametrize(
    ("to", "others", "code"),
    [
        (session("HELD"), [], "session_not_open"),
        (None, [], "session_not_open"),
        (session(), [duty()], "session_full"),
        (session(on=date(2028, 3, 2)), [], "session_not_in_cycle"),
    ],
)
def test_one_enrols_while_it_is_open_within_the_cycle_and_a_place_is_left(to, others, code: str) -> None:
    with pytest.raises(Refused) as no:
        t.enrol(duty(), by("ASSOCIATION"), "ts-1", to, others)
    assert no.value.code == code


def test_hours_missing_at_the_end_are_overdue_and_the_next_cycle_begins() -> None:
    event = t.expire(duty(), by("CLOCK", date(2028, 3, 2)))
    assert isinstance(event, t.TrainingOverdue)
    assert event.hours_missing == 48
    heard = t.TrainingOver.model_validate(event.model_dump() | {"about": "x"})
    following = t.begin_next(by("PLATFORM", date(2028, 3, 2)), heard, False)
    assert following is not None
    assert (following.cycle, following.cycle_from) == (2, date(2028, 3, 2))
    assert t.begin_next(by("PLATFORM", date(2028, 3, 2)), heard, True) is None


def test_a_complete_cycle_ends_quietly() -> None:
    done = duty().model_copy(update={"stage": "COMPLETED", "hours": 48})
    assert isinstance(t.expire(done, by("CLOCK")), t.TrainingCycleEnded)


def test_the_duty_ends_with_the_post() -> None:
    heard = t.SecretaryGeneralReleased(about="sg-1", person=PERSON, association=AIR)
    assert after(training_duties, duty(), t.lapse(duty(), by("PLATFORM"), heard)).stage == "ENDED"


def test_a_session_called_off_frees_who_was_enrolled() -> None:
    enrolled = after(training_duties, duty(), t.enrol(duty(), by("ASSOCIATION"), "ts-1", session(), []))
    freed = after(training_duties, enrolled, t.lose_session(enrolled, by("PLATFORM"), t.TrainingCancelled(about="ts-1")))
    assert (freed.stage, freed.session) == ("DUE", None)
