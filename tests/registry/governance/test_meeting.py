"""Governing meetings (R30; domain §3.4, §4.4 2.2): notice, quorum, ballots, and what a ballot is worth."""

from datetime import timedelta

import pytest

from services.registry.governance import meeting as m
from services.registry.governance.meeting import governing_meetings
from services.registry.governance.rules import RULES, Vote, counted, enough
from shared.record import Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, after, association, by

RULE = RULES.in_force(MARCH_2)


def called(body: str = "GENERAL_ASSEMBLY", notice: int = 12, delegates: bool = False) -> m.GoverningMeeting:
    form = m.Invitation(body=body, held_on=MARCH_2, notice_on=MARCH_2 - timedelta(days=notice), agenda="a.pdf", delegates=delegates)
    return governing_meetings.open(m.call_(by("ASSOCIATION"), form, association(), RULE), "m-1")


def minutes(present: int = 40, entitled: int = 60, members: int = 60, votes: tuple[Vote, ...] = ()) -> m.Minutes:
    return m.Minutes(held_on=MARCH_2, members=members, entitled=entitled, present=present, votes=votes, minutes="m.pdf")


def vote(matter: str, in_favour: int, secret: bool = True, subject: str = "") -> Vote:
    return Vote(matter=matter, in_favour=in_favour, secret=secret, subject=subject)


def held(body: str = "GENERAL_ASSEMBLY", votes: tuple[Vote, ...] = (), present: int = 40, entitled: int = 60) -> m.GoverningMeeting:
    record = called(body)
    return after(governing_meetings, record, m.hold(record, by("ASSOCIATION"), minutes(present, entitled, votes=votes), RULE))


@pytest.mark.parametrize(("days", "in_time"), [(10, True), (9, False)])
def test_an_assembly_is_told_of_ten_days_before(days: int, in_time: bool) -> None:
    assert called(notice=days).notice_ok is in_time


@pytest.mark.parametrize(("present", "stage"), [(40, "HELD"), (39, "INQUORATE"), (0, "INQUORATE")])
def test_a_quorum_is_two_thirds_of_those_entitled(present: int, stage: str) -> None:
    assert held(present=present).stage == stage


def test_without_a_quorum_nothing_is_decided() -> None:
    with pytest.raises(Refused) as no:
        m.hold(called(), by("ASSOCIATION"), minutes(present=39, votes=(vote("CHARTER", 39),)), RULE)
    assert no.value.code == "no_quorum"


@pytest.mark.parametrize(
    ("matter", "for_", "passed"), [("CHARTER", 27, True), ("CHARTER", 26, False), ("FEE_STANDARD", 21, True), ("FEE_STANDARD", 20, False)]
)
def test_a_charter_needs_two_thirds_of_those_present_a_fee_more_than_half(matter: str, for_: int, passed: bool) -> None:
    assert counted(vote(matter, for_), "GENERAL_ASSEMBLY", 40, 60, RULE).passed is passed


@pytest.mark.parametrize(
    ("matter", "body", "secret", "present", "valid"),
    [
        ("FEE_STANDARD", "GENERAL_ASSEMBLY", True, 40, True), ("FEE_STANDARD", "GENERAL_ASSEMBLY", False, 40, False),
        ("FEE_STANDARD", "COUNCIL", True, 40, False), ("FEE_STANDARD", "GENERAL_ASSEMBLY", True, 39, False),
        ("SECRETARY_GENERAL", "COUNCIL", True, 40, True), ("BRANCH", "STANDING_COUNCIL", False, 40, True),
    ],
)  # fmt: skip
def test_a_ballot_is_valid_before_the_right_body_with_enough_present_and_in_secret_where_it_must_be(
    matter, body, secret, present, valid
) -> None:
    assert counted(vote(matter, 40, secret), body, present, 60, RULE).valid is valid


def test_reserved_decisions_and_valid_ones_are_told_for_the_indicator() -> None:
    record = called()
    votes = (vote("CHARTER", 40), vote("FEE_STANDARD", 40, secret=False), vote("OTHER", 40))
    told = m.hold(record, by("ASSOCIATION"), minutes(votes=votes), RULE)
    assert isinstance(told, m.GeneralAssemblyHeld)
    assert (told.reserved, told.reserved_valid, told.as_charter) == (2, 1, True)


def test_a_council_that_passed_the_budget_says_so() -> None:
    record = called("COUNCIL")
    told = m.hold(record, by("ASSOCIATION"), minutes(present=10, entitled=15, votes=(vote("BUDGET", 10),)), RULE)
    assert isinstance(told, m.CouncilMeetingHeld)
    assert told.budget_approved


@pytest.mark.parametrize(("members", "delegates", "fits"), [(240, 80, True), (240, 79, False), (200, 100, False)])
def test_delegates_sit_above_two_hundred_members_and_are_a_third_of_them(members: int, delegates: int, fits: bool) -> None:
    told = m.hold(called(delegates=True), by("ASSOCIATION"), minutes(present=delegates, entitled=delegates, members=members), RULE)
    assert isinstance(told, m.GeneralAssemblyHeld)
    assert told.as_charter is fits


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [("present", 61, "/present"), ("entitled", 61, "/entitled"), ("held_on", MARCH_2 + timedelta(days=1), "/held_on")],
)
def test_numbers_and_days_that_cannot_be_are_refused(field: str, value: object, pointer: str) -> None:
    form = minutes().model_copy(update={field: value})
    with pytest.raises(Malformed) as no:
        m.hold(called(), by("ASSOCIATION"), form, RULE)
    assert no.value.pointer == pointer


def test_more_votes_than_people_is_refused() -> None:
    with pytest.raises(Malformed) as no:
        m.hold(called(), by("ASSOCIATION"), minutes(votes=(vote("OTHER", 41),)), RULE)
    assert no.value.pointer == "/votes/0"


def test_a_day_that_passes_in_silence_is_missed_and_can_still_be_written_down() -> None:
    record = after(governing_meetings, called(), m.miss(called(), by("CLOCK")))
    assert record.stage == "MISSED"
    assert after(governing_meetings, record, m.hold(record, by("ASSOCIATION"), minutes(), RULE)).stage == "HELD"


@pytest.mark.parametrize(
    ("record", "of", "code"),
    [
        (None, AIR, "meeting_not_held"), (held(present=10), AIR, "meeting_not_held"), (held(votes=(vote("CHARTER", 40),)), AI, "meeting_not_held"),
        (held(), AIR, "not_decided_there"), (held(votes=(vote("CHARTER", 10),)), AIR, "not_passed"),
        (held("COUNCIL", votes=(vote("CHARTER", 40),)), AIR, "ballot_not_valid"),
    ],
)  # fmt: skip
def test_a_decision_is_read_from_the_minutes_or_refused_with_its_reason(record, of: str, code: str) -> None:
    with pytest.raises(Refused) as no:
        m.decision(record, of, "CHARTER")
    assert no.value.code == code


def test_shares_are_reckoned_exactly() -> None:
    assert enough(2, 3, "2/3")
    assert not enough(2, 3, "2/3", strict=True)
    assert not enough(0, 0, "1/2")
