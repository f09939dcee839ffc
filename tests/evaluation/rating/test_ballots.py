"""Quorum and majority: two thirds present, more than half of all members for it (domain §4.5 steps 8 and 11)."""

import pytest

from services.evaluation.rating.ballots import Ballot, Choice, Session, cast, opened, outcome
from services.evaluation.rulebook.rulebook import rulebooks
from shared.record import Malformed, Refused

RULES = rulebooks().all()[0].committee


def members(n: int, first: int = 1) -> tuple[str, ...]:
    return tuple(f"committee:{i:02}" for i in range(first, first + n))


def session(n: int, present: int) -> Session:
    return Session(members=members(n), present=members(present))


def votes(choices: str) -> list[Ballot]:
    words: dict[str, Choice] = {"+": "FOR", "-": "AGAINST", "0": "ABSTAIN"}
    return [Ballot(member=f"committee:{n:02}", choice=words[c]) for n, c in enumerate(choices, 1)]


@pytest.mark.parametrize(("n", "enough"), [(3, 2), (5, 4), (6, 4), (7, 5), (9, 6), (10, 7), (25, 17)])
def test_two_thirds_must_be_present_and_not_one_fewer(n: int, enough: int) -> None:
    assert opened(session(n, enough), RULES, ()).present == members(enough)
    with pytest.raises(Refused) as no:
        opened(session(n, enough - 1), RULES, ())
    assert no.value.code == "no_quorum"


@pytest.mark.parametrize(("n", "needed"), [(3, 2), (4, 3), (6, 4), (7, 4), (8, 5), (9, 5)])
def test_more_than_half_of_all_members_carries_it(n: int, needed: int) -> None:
    assert outcome(session(n, n), votes("+" * needed), RULES) is True
    assert outcome(session(n, n), votes("+" * (needed - 1)), RULES) is None


def test_half_of_all_members_is_not_enough_even_when_everybody_present_agrees() -> None:
    assert outcome(session(6, 4), votes("+++"), RULES) is None
    assert outcome(session(6, 4), votes("+++-"), RULES) is False
    assert outcome(session(6, 4), votes("++++"), RULES) is True


def test_an_abstention_counts_like_a_no_and_it_ends_when_the_majority_is_out_of_reach() -> None:
    assert outcome(session(7, 5), votes("0"), RULES) is None
    assert outcome(session(7, 5), votes("0-"), RULES) is False
    assert outcome(session(7, 7), votes("---"), RULES) is None
    assert outcome(session(7, 7), votes("----"), RULES) is False


def test_who_has_to_stay_out_is_no_member() -> None:
    with pytest.raises(Refused) as no:
        opened(session(5, 5), RULES, ("committee:03",))
    assert no.value.code == "member_must_stay_out"


@pytest.mark.parametrize(
    ("all_", "present"),
    [(("committee:01",) * 3, ("committee:01",)), (members(3), (*members(2), "committee:01")), (members(3), (*members(2), "committee:09"))],
    ids=["a member twice", "present twice", "a stranger present"],
)
def test_lists_that_contradict_themselves(all_: tuple[str, ...], present: tuple[str, ...]) -> None:
    with pytest.raises(Malformed):
        opened(Session(members=all_, present=present), RULES, ())


def test_only_who_is_present_votes_and_once() -> None:
    here = session(7, 5)
    assert cast(here, votes("+"), "committee:02", "FOR") == Ballot(member="committee:02", choice="FOR")
    for at, who, code in (
        (here, "committee:01", "voted_already"),
        (here, "committee:06", "not_present"),
        (None, "committee:01", "not_present"),
    ):
        with pytest.raises(Refused) as no:
            cast(at, votes("+"), who, "FOR")
        assert no.value.code == code
