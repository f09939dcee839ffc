"""Governance seats (R76), unions of associations (R79), supervision reports (R30)."""

from datetime import date, timedelta

import pytest

from services.registry.governance import association_union as u
from services.registry.governance import governance_body as b
from services.registry.governance import governance_seat as s
from services.registry.governance import supervision_report as r
from services.registry.governance.association_union import association_unions
from services.registry.governance.governance_body import governance_bodies
from services.registry.governance.governance_seat import governance_seats
from services.registry.governance.rules import RULES
from shared.record import Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, after, association, by

RULE = RULES.in_force(MARCH_2)
THIRD = "51611100PDY000028A"
BODY = governance_bodies.open(b.list_(by("SO_ADMIN"), "西咸新区物流发展委员会", "物流"), "body-1")


def seat() -> s.GovernanceSeat:
    form = s.Proposed(association=AIR, body="body-1", term_from=MARCH_2, term_to=date(2028, 3, 1))
    return governance_seats.open(s.propose(by("SO_ADMIN"), form, association(), BODY, RULE), "seat-1")


def appointed() -> s.GovernanceSeat:
    return after(governance_seats, seat(), s.accept(seat(), by("ASSOCIATION")))


def test_a_seat_is_proposed_and_taken() -> None:
    assert appointed().stage == "APPOINTED"
    with pytest.raises(Refused) as no:
        s.propose(
            by("SO_ADMIN"), s.Proposed(association=AIR, body="x", term_from=MARCH_2, term_to=date(2028, 3, 1)), association(), None, RULE
        )
    assert no.value.code == "no_such_body"


def test_who_does_not_want_it_never_had_it() -> None:
    gone = after(governance_seats, seat(), s.decline(seat(), by("ASSOCIATION"), "无暇参加"))
    assert (gone.stage, gone.claim) == ("ENDED", None)


def test_each_meeting_counts_once() -> None:
    record = appointed()
    for day, present in ((MARCH_2, True), (MARCH_2 + timedelta(days=30), False)):
        record = after(governance_seats, record, s.record_attendance(record, by("SO_ADMIN", day), day, present))
    assert (record.meetings, record.attended) == (2, 1)
    with pytest.raises(Refused):
        s.record_attendance(record, by("SO_ADMIN"), MARCH_2, True)
    with pytest.raises(Malformed):
        s.record_attendance(record, by("SO_ADMIN"), MARCH_2 + timedelta(days=1), True)


def test_a_seat_ends_with_its_term_its_body_or_its_association() -> None:
    assert s.expire(appointed(), by("CLOCK")).ended_on == date(2028, 3, 1)
    assert s.end_with_body(appointed(), by("PLATFORM"), s.BodyDissolved(about="body-1")).reason == "body dissolved"
    assert (
        s.end_with_association(appointed(), by("PLATFORM"), s.AssociationEnded(about=AIR, uscc=AIR, ended_on=MARCH_2)).ended_on == MARCH_2
    )


def union(*invited: str) -> u.AssociationUnion:
    form = u.Plan(name="物流协会联盟", purpose="抱团发展", invited=invited or (AI,))
    known = [association(uscc=x) for x in (AIR, AI, THIRD)]
    return association_unions.open(u.propose(by("ASSOCIATION"), form, known, RULE), "union-1")


def step(record: u.AssociationUnion, events: list) -> u.AssociationUnion:
    return after(association_unions, record, events)


def test_a_union_stands_when_all_have_answered_and_two_belong() -> None:
    record = union(AI, THIRD)
    record = step(record, u.join(record, by("ASSOCIATION", organisation=AI), RULE))
    assert record.stage == "PROPOSED"
    record = step(record, u.decline(record, by("ASSOCIATION", organisation=THIRD), RULE))
    assert (record.stage, record.members, record.formed_on) == ("FORMED", (AIR, AI), MARCH_2)


def test_a_union_nobody_joins_is_none() -> None:
    record = union()
    assert step(record, u.decline(record, by("ASSOCIATION", organisation=AI), RULE)).stage == "DISSOLVED"


def test_a_union_of_one_is_no_more() -> None:
    record = union()
    record = step(record, u.join(record, by("ASSOCIATION", organisation=AI), RULE))
    left = step(record, u.leave(record, by("ASSOCIATION"), RULE))
    assert (left.stage, left.members) == ("DISSOLVED", (AI,))
    lost = step(record, u.lose(record, by("PLATFORM"), u.AssociationEnded(about=AI, uscc=AI, ended_on=MARCH_2), RULE))
    assert lost.stage == "DISSOLVED"


def test_nobody_invites_oneself_or_comes_in_unasked() -> None:
    with pytest.raises(Malformed):
        union(AIR)
    with pytest.raises(Refused):
        u.join(union(), by("ASSOCIATION", organisation=THIRD), RULE)
    with pytest.raises(Refused) as no:
        u.propose(
            by("ASSOCIATION"), u.Plan(name="物流协会联盟", purpose="x", invited=(THIRD, AI)), [association(), association(uscc=THIRD)], RULE
        )
    assert no.value.more["lines"] == [1]


@pytest.mark.parametrize("year", [2023, 2027])
def test_a_supervision_report_is_of_a_year_the_association_has_lived(year: int) -> None:
    assert r.file(by("ASSOCIATION"), 2025, "report.pdf", association()).year == 2025
    with pytest.raises(Malformed):
        r.file(by("ASSOCIATION"), year, "report.pdf", association())
