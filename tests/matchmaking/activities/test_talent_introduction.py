from typing import Any

import pytest

from services.matchmaking.activities.rules import activity_rules
from services.matchmaking.activities.talent_introduction import (
    TalentIntroduced,
    TalentIntroduction,
    confirm,
    deny,
    enter,
    miss_answer,
    record_confirmation,
    talent_introductions,
    withdraw,
)
from shared.workdays import working_days_after
from tests.matchmaking.samples import FIRM, NOON, call, on, refused

ADMIN, EMPLOYER = call("SO_ADMIN"), call("ENTERPRISE")
RULES = activity_rules().in_force(NOON.date(), "ACTIVITIES")


def entered() -> TalentIntroduction:
    heard = TalentIntroduced.model_validate({
        "about": "contest-1", "title": "创新创业大赛", "entry": "e-1", "employer": FIRM, "talent_type": "DOCTOR", "persons": 5,
        "introduced_on": NOON.date(),
    })  # fmt: skip
    return talent_introductions.open(enter(call("CLOCK"), heard, RULES), "t-1")


def test_the_employer_is_asked_and_has_fifteen_working_days() -> None:
    asked = entered()
    assert (asked.stage, asked.contest, asked.employer, asked.persons, asked.introduced_on) == (
        "ENTERED",
        "contest-1",
        FIRM,
        5,
        NOON.date(),
    )
    assert asked.answer_by == working_days_after(NOON, 15)
    late = miss_answer(asked, call("CLOCK"))
    still = on(talent_introductions, asked, late)
    assert (still.stage, still.answer_by, late.persons) == ("ENTERED", None, 5)


@pytest.mark.parametrize(("arrived", "missing"), [(5, 0), (3, 2), (1, 4)])
def test_who_has_not_come_is_told_to_the_contest(arrived: int, missing: int) -> None:
    told = confirm(entered(), EMPLOYER, arrived)
    assert (told.contest, told.missing, told.document) == ("contest-1", missing, None)
    done = on(talent_introductions, entered(), told)
    assert (done.stage, done.arrived, done.answer_by) == ("CONFIRMED", arrived, None)
    taken_back = withdraw(done, ADMIN, "重复登记")
    assert told.missing + taken_back.missing == 5, "each is taken off once"


def test_more_than_were_entered_have_not_come() -> None:
    for answer in (lambda: confirm(entered(), EMPLOYER, 6), lambda: record_confirmation(entered(), ADMIN, 6, "回执")):
        with refused("more_than_entered"):
            answer()
    assert record_confirmation(entered(), ADMIN, 4, "回执").document == "回执"


def test_an_employer_that_knows_of_none_and_an_entry_in_error_take_all_off() -> None:
    told: Any
    for told in (deny(entered(), EMPLOYER, "NEVER_CAME"), withdraw(entered(), ADMIN, "误登记")):
        assert told.missing == 5
        assert on(talent_introductions, entered(), told).answer_by is None
