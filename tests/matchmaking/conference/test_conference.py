"""A conference from its plan to what came of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.matchmaking.conference import conference as at
from services.matchmaking.conference.allocation import allocate
from services.matchmaking.conference.conference import Conference, Programme, conferences, hall_of
from services.matchmaking.conference.hall import Infeasible, Meeting
from services.matchmaking.conference.rules import conference_rules
from shared.uscc import demo_code
from tests.matchmaking.samples import NOON, call, on, refused

A1, A2 = (demo_code("51611100", n) for n in (8, 10))
B1, B2, B3 = (demo_code("91611100", n) for n in (1, 2, 3))
RULES = conference_rules().in_force(NOON.date(), "CONFERENCE")
OFFICE = call("INVEST_DEPT")
BEGINS = NOON + timedelta(days=10)
LATER = call("INVEST_DEPT", now=BEGINS + timedelta(hours=3))
SCORES = {(A1, B1): 0.9, (A2, B1): 0.8, (A1, B2): 0.6, (A2, B2): 0.5, (A1, B3): 0.3, (A2, B3): 0.3}


def a_programme(**more: Any) -> Programme:
    known: dict[str, Any] = {
        "title": "氢能产业链对接会", "venue": "空港会展中心", "starts_at": BEGINS, "slots": 3, "tables": 2,
        "associations": ({"association": A1}, {"association": A2}),
        "enterprises": ({"enterprise": B1, "meetings": 2}, {"enterprise": B2, "meetings": 2}, {"enterprise": B3, "meetings": 1}),
    }  # fmt: skip
    return Programme(**(known | more))


def a_conference(**more: Any) -> Conference:
    return conferences.open(at.plan(OFFICE, a_programme(**more), RULES), "conference-1")


def arranged(conference: Conference, from_slot: int = 1) -> Conference:
    """As the solver arranges it."""
    plan = allocate(hall_of(conference, from_slot, SCORES))
    return on(conferences, conference, at.arrange(conference, OFFICE, from_slot, plan.meetings, plan.fairness, "w-1", "t-1"))


def two(association: str, enterprise: str) -> at.Two:
    return at.Two(association=association, enterprise=enterprise)


def test_a_conference_goes_from_plan_to_close() -> None:
    it = arranged(on(conferences, a_conference(), at.invite(a_conference(), OFFICE, RULES)))
    assert (it.stage, it.arrangement) == ("INVITED", 1)
    told = at.hold(it, LATER, RULES)
    assert (told.associations, told.enterprises, told.held_meetings) == ((A1, A2), (B1, B2, B3), len(it.meetings))
    it = on(conferences, it, told)
    assert at.remind_of_follow_up(it, LATER) is not None
    results = (at.Result(association=A1, enterprise=B1, outcome="INTENT"),)
    it = on(conferences, it, at.follow_up(it, LATER, results, ("lead-1", "lead-1")))
    assert (it.stage, it.leads) == ("FOLLOWED_UP", ("lead-1",))
    assert on(conferences, it, at.close(it, LATER)).stage == "CLOSED"


def test_a_must_that_nobody_can_keep_is_refused_before_anybody_is_invited() -> None:
    with refused("infeasible_must_and_never"):
        a_conference(must=(two(A1, B1),), never=(two(A1, B1),))
    with refused("infeasible_must_over_capacity"):
        a_conference(must=(two(A1, B3), two(A2, B3)))
    with refused("infeasible_unknown_participant"):
        a_conference(must=(two(A1, demo_code("91611100", 4)),))


def test_nobody_takes_part_twice_and_no_plan_is_larger_than_an_event() -> None:
    with refused("given_twice"):
        a_conference(associations=({"association": A1}, {"association": A1}))
    many = tuple({"enterprise": demo_code("91611100", n), "meetings": 48} for n in range(1, 151))
    with refused("too_many_meetings"):
        a_conference(
            slots=48, tables=150, associations=tuple({"association": demo_code("51611100", n)} for n in range(1, 151)), enterprises=many
        )


def test_a_plan_that_no_longer_keeps_to_the_constraints_is_not_taken() -> None:
    before = a_conference()
    plan = allocate(hall_of(before, 1, SCORES))
    after = on(conferences, before, at.note_absence(before, OFFICE, B1))
    assert at.arrange(after, OFFICE, 1, plan.meetings, plan.fairness, "w-1", "t-1") is None
    assert at.arrange(before, OFFICE, 4, plan.meetings, plan.fairness, "w-1", "t-1") is None
    taken = at.arrange(before, OFFICE, 1, plan.meetings, plan.fairness, "w-1", "t-1")
    assert taken is not None and taken.meetings == plan.meetings


def test_after_a_no_show_locked_and_past_meetings_survive_and_the_table_is_filled_again() -> None:
    it = arranged(a_conference())
    past = {m for m in it.meetings if m.slot == 1}
    locked = next(m for m in it.meetings if m.slot > 1)
    it = on(conferences, it, at.lock(it, OFFICE, (two(*locked.pair),)))
    missing = next(one for m in it.meetings if m.slot > 1 and m != locked for one in (m.enterprise,) if one not in locked.pair)
    told = at.note_absence(it, OFFICE, missing, from_slot=2)
    assert missing not in told.freed
    it = on(conferences, it, told)
    assert not any(missing in m.pair and m.slot > 1 for m in it.meetings)
    again = arranged(it, from_slot=2)
    assert again.arrangement == 2
    assert past | {locked} <= set(again.meetings)
    assert not any(missing in m.pair and m.slot > 1 for m in again.meetings)


def test_who_must_meet_and_has_not_come_is_let_off_before_it_can_be_arranged_anew() -> None:
    it = arranged(a_conference(must=(two(A1, B3),)))
    it = on(conferences, it, at.note_absence(it, OFFICE, B3))
    with pytest.raises(Infeasible) as no:
        allocate(hall_of(it, 1, SCORES))
    assert (no.value.code, no.value.who) == ("must_meet_absent", (B3,))
    it = on(conferences, it, at.waive(it, OFFICE, (two(A1, B3),)))
    assert it.programme.must == ()
    assert arranged(it).arrangement == 2
    with refused("not_required"):
        at.waive(it, OFFICE, (two(A1, B3),))


def test_only_those_invited_whose_schedule_changes_are_told() -> None:
    it = arranged(a_conference())
    assert at.cancel(it, OFFICE, "场馆停电").told == ()
    it = on(conferences, it, at.invite(it, OFFICE, RULES))
    plan = allocate(hall_of(it, 1, SCORES))

    def told(conference: Conference, meetings: tuple[Meeting, ...]) -> set[str]:
        taken = at.arrange(conference, OFFICE, 1, meetings, plan.fairness, "w-1", "t-1")
        assert taken is not None
        return set(taken.told)

    assert told(it, plan.meetings) == set()
    absent = at.note_absence(it, OFFICE, B3)
    assert set(absent.told) == set(absent.freed) == {m.association for m in it.meetings if m.enterprise == B3}
    it = on(conferences, it, absent)
    fewer = tuple(m for m in it.meetings if m.pair != (A1, B1))
    assert told(it, fewer) == {A1, B1}
    assert at.cancel(it, OFFICE, "场馆停电").told == it.participants


def test_a_conference_of_which_nobody_says_that_it_was_held_lapses() -> None:
    it = arranged(a_conference())
    assert at.lapses_at(it) == BEGINS + timedelta(minutes=70, days=30)
    assert on(conferences, it, at.lapse(it, LATER)).stage == "CANCELLED"


def test_on_the_day_a_no_show_moves_nobody_else() -> None:
    it = arranged(a_conference(tables=1))
    missing = it.meetings[0].enterprise
    it = on(conferences, it, at.note_absence(it, OFFICE, missing))
    plan = allocate(hall_of(it, 1, SCORES, keep=True))
    assert set(it.meetings) < set(plan.meetings), "what was left stands, and what came free is filled"
    assert not any(missing in m.pair for m in plan.meetings)


def test_a_lock_is_for_meetings_there_are_and_can_be_undone() -> None:
    it = arranged(a_conference(never=(two(A1, B1),)))
    with refused("no_such_meeting"):
        at.lock(it, OFFICE, (two(A1, B1),))
    meeting = it.meetings[0]
    with refused("not_locked"):
        at.unlock(it, OFFICE, (two(*meeting.pair),))
    it = on(conferences, it, at.lock(it, OFFICE, (two(*meeting.pair),)))
    assert it.locked == (meeting,)
    assert on(conferences, it, at.unlock(it, OFFICE, (two(*meeting.pair),))).locked == ()


def test_who_comes_after_all_is_planned_again() -> None:
    it = a_conference()
    it = on(conferences, it, at.note_absence(it, OFFICE, B1))
    with refused("already_absent"):
        at.note_absence(it, OFFICE, B1, from_slot=2)
    assert not any(B1 in m.pair for m in arranged(it).meetings)
    it = on(conferences, it, at.note_return(it, OFFICE, B1))
    assert any(B1 in m.pair for m in arranged(it).meetings)
    with refused("not_absent"):
        at.note_return(it, OFFICE, B1)


def test_an_association_that_is_no_more_does_not_come() -> None:
    it = arranged(a_conference())
    told = at.leave_out_ended(it, OFFICE, at.AssociationEnded(about=A1, uscc=A1))
    assert told is not None
    it = on(conferences, it, told)
    assert not any(A1 in m.pair for m in it.meetings)
    assert at.leave_out_ended(it, OFFICE, at.AssociationEnded(about=A1, uscc=A1)) is None


@pytest.mark.parametrize(("when", "code"), [(NOON, "not_begun"), (BEGINS, "nothing_arranged")], ids=["before it begins", "without a plan"])
def test_what_has_not_happened_was_not_held(when: datetime, code: str) -> None:
    it = a_conference() if code == "nothing_arranged" else arranged(a_conference())
    with refused(code):
        at.hold(it, call("INVEST_DEPT", now=when), RULES)


def test_only_what_took_place_is_followed_up_once() -> None:
    it = arranged(a_conference(never=(two(A1, B1),)))
    one = at.Result(association=it.meetings[0].association, enterprise=it.meetings[0].enterprise, outcome="CONTACT")
    with refused("given_twice"):
        at.follow_up(it, LATER, (one, one))
    with refused("no_such_meeting"):
        at.follow_up(it, LATER, (at.Result(association=A1, enterprise=B1, outcome="CONTACT"),))


def test_it_cannot_be_planned_or_invited_to_once_it_would_have_begun() -> None:
    with refused("already_begun"):
        a_conference(starts_at=NOON)
    with refused("too_far_ahead"):
        a_conference(starts_at=datetime.max.replace(tzinfo=NOON.tzinfo))
    with refused("already_begun"):
        at.invite(a_conference(), LATER, RULES)
    with refused("already_begun"):
        at.change(a_conference(), LATER, a_programme(), RULES)


def test_a_beginning_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        a_programme(starts_at=BEGINS.replace(tzinfo=None))


def test_another_programme_voids_what_was_arranged() -> None:
    it = arranged(a_conference())
    it = on(conferences, it, at.change(it, OFFICE, a_programme(tables=1), RULES))
    assert (it.meetings, it.fairness, it.locked, it.programme.tables) == ((), None, (), 1)
    assert on(conferences, it, at.cancel(it, OFFICE, "场馆停电")).stage == "CANCELLED"
