"""Branches (R20; L1 art. 17): no branch of a branch, none for a region, and a name that begins with the association's."""

import pytest

from services.registry.governance import branch as b
from services.registry.governance.branch import branches, place_in
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by
from tests.registry.governance_hints import held_meeting

COUNCIL = held_meeting(AIR, MARCH_2, "COUNCIL", "BRANCH")


def form(**other: object) -> b.NewBranch:
    fields = {
        "branch_type": "COMMITTEE",
        "basis": "BUSINESS",
        "name": "西咸新区航空物流协会冷链专业委员会",
        "meeting": "m-1",
        "established_on": MARCH_2,
    }
    return b.NewBranch.model_validate(fields | other)


def establish(**other: object) -> b.BranchEstablished:
    return b.establish(by("ASSOCIATION"), form(**other), COUNCIL, association(), [])


def test_a_committee_is_set_up_by_a_vote_of_the_council() -> None:
    record = branches.open(establish(), "b-1")
    assert (record.stage, record.branch_type, record.association) == ("ESTABLISHED", "COMMITTEE", AIR)
    with pytest.raises(Refused) as no:
        b.establish(by("ASSOCIATION"), form(), None, association(), [])
    assert no.value.code == "meeting_not_held"


def test_a_branch_has_no_branch() -> None:
    with pytest.raises(Refused) as no:
        establish(under="b-1")
    assert no.value.code == "branch_of_branch"


@pytest.mark.parametrize(
    "field",
    [
        {"basis": "REGION"},
        {"name": "西咸新区航空物流协会沣东新城分会"},
        {"name": "西咸新区航空物流协会咸阳分会"},
        {"name": "西咸新区航空物流协会陕西省办事处"},
    ],
)
def test_there_are_no_regional_branches(field: dict[str, str]) -> None:
    with pytest.raises(Refused) as no:
        establish(**field)
    assert no.value.code == "regional_branch"


@pytest.mark.parametrize(
    ("text", "place"),
    [("空港分会", "空港新城"), ("西安办事处", "西安市"), ("冷链专业委员会", None), ("白银分会", "白银市"), ("白银专业委员会", None)],
)
def test_a_place_is_known_by_its_name_with_or_without_its_ending(text: str, place: str | None) -> None:
    assert place_in(text) == place


def test_the_name_begins_with_the_association() -> None:
    for name in ("冷链专业委员会", "西咸新区航空物流协会"):
        with pytest.raises(Malformed):
            establish(name=name)


def test_a_name_is_used_once_while_the_branch_exists() -> None:
    there = branches.open(establish(), "b-1")
    with pytest.raises(Refused) as no:
        b.establish(by("ASSOCIATION"), form(), COUNCIL, association(), [there])
    assert no.value.code == "branch_known"
    assert after(branches, there, b.close(there, by("ASSOCIATION"), "任务完成")).name_claim is None
    assert ("name_claim",) in branches.unique


def test_branches_end_with_their_association() -> None:
    there = branches.open(establish(), "b-1")
    closed = after(branches, there, b.end(there, by("PLATFORM"), b.AssociationEnded(about=AIR, uscc=AIR, ended_on=MARCH_2)))
    assert (closed.stage, closed.closed_on) == ("CLOSED", MARCH_2)
