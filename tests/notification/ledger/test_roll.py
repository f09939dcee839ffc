"""What the ledger remembers of others' events."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import pytest

from services.notification.ledger.heard import (
    AssociationDeregistered,
    AssociationRegistered,
    MatchProposed,
    MemberExited,
    MemberJoined,
    RegistrationCaseOpened,
)
from services.notification.ledger.roll import (
    Renamed,
    add_to_roll,
    learn_association,
    learn_new_name,
    remember_case,
    remember_sides,
    strike_off,
    take_from_roll,
)
from shared.engine import Effects
from shared.record import SHANGHAI, Call

CALL = Call("PLATFORM", "", datetime(2026, 3, 2, tzinfo=SHANGHAI), UUID(int=1))
FIRM = "91610000000000000A"
MEMBER = {"about": "x", "association": "A", "member": FIRM}


class Kept:
    """Effects as a plain dictionary."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}

    def update(self, collection: str, id_: str, change: Any, *, upsert: bool = True) -> None:
        self.rows.setdefault((collection, id_), {}).update(change["$set"])

    def delete(self, collection: str, id_: str) -> None:
        self.rows.pop((collection, id_), None)


async def test_a_member_firm_joins_the_roll_and_leaves_it() -> None:
    kept = Kept()
    effects = cast(Effects, kept)
    await add_to_roll(MemberJoined.model_validate(MEMBER | {"joined_on": "2026-03-02"}), CALL, effects)
    assert kept.rows["roll", "x"]["member"] == FIRM
    await take_from_roll(MemberExited.model_validate(MEMBER | {"left_on": "2026-03-02", "exit_reason": "OTHER"}), CALL, effects)
    assert kept.rows == {}


async def test_who_came_back_stays_on_the_roll_when_its_leaving_is_heard_of_last() -> None:
    kept = Kept()
    effects, again = cast(Effects, kept), MEMBER | {"about": "y"}
    await add_to_roll(MemberJoined.model_validate(MEMBER | {"joined_on": "2026-03-02"}), CALL, effects)
    await add_to_roll(MemberJoined.model_validate(again | {"joined_on": "2026-03-04"}), CALL, effects)
    await take_from_roll(MemberExited.model_validate(MEMBER | {"left_on": "2026-03-03", "exit_reason": "OTHER"}), CALL, effects)
    assert [row["member"] for row in kept.rows.values()] == [FIRM]


async def test_a_person_is_not_on_the_roll() -> None:
    kept = Kept()
    await add_to_roll(
        MemberJoined.model_validate(MEMBER | {"member": "0b2a3c8e-0000-4000-8000-000000000001", "joined_on": "2026-03-02"}),
        CALL,
        cast(Effects, kept),
    )
    assert kept.rows == {}


async def test_a_change_without_a_new_name_keeps_the_old_one() -> None:
    kept = Kept()
    await learn_new_name(Renamed.model_validate({"about": "A", "uscc": "A", "name": "新名"}), CALL, cast(Effects, kept))
    await learn_new_name(Renamed.model_validate({"about": "A", "uscc": "A", "name": None}), CALL, cast(Effects, kept))
    assert kept.rows == {("names", "A"): {"name": "新名"}}


@pytest.mark.parametrize(("district", "authority"), [("XX", "dept:approval"), ("XX-KG", "dept:XX-KG")])
async def test_a_case_remembers_its_applicant_its_authority_and_proposed_name(district: str, authority: str) -> None:
    kept = Kept()
    opened = RegistrationCaseOpened(about="case-1", applicant="F", name="西咸新区低空经济协会", district=district)
    await remember_case(opened, CALL, cast(Effects, kept))
    assert kept.rows == {
        ("parties", "case-1"): {"applicant": "F", "authority": authority},
        ("names", "case-1"): {"name": "西咸新区低空经济协会"},
    }


async def test_the_register_holds_whom_all_are_told_of_and_lets_go_of_the_ended_but_not_of_their_names() -> None:
    kept = Kept()
    event = {"about": "A", "uscc": "A", "name": "甲协会", "level": "NEW_CITY", "district": "XX-KG", "registered_on": "2026-03-02"}
    await learn_association(AssociationRegistered.model_validate(event), CALL, cast(Effects, kept))
    assert ("register", "A") in kept.rows
    await strike_off(AssociationDeregistered(about="A", uscc="A"), CALL, cast(Effects, kept))
    assert kept.rows == {("names", "A"): {"name": "甲协会"}}


async def test_for_a_lead_in_a_match_the_investment_department_answers() -> None:
    kept = Kept()
    proposed = MatchProposed(
        about="m",
        seeker="lead-1",
        seeker_kind="LEAD",
        seeker_name="某项目",
        candidate="A",
        candidate_kind="ASSOCIATION",
        candidate_name="甲协会",
        score=80,
    )
    await remember_sides(proposed, CALL, cast(Effects, kept))
    assert kept.rows == {("parties", "m"): {"seeker": "dept:invest", "candidate": "A"}, ("names", "lead-1"): {"name": "某项目"}}
