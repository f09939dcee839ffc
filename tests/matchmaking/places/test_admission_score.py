from decimal import Decimal

import pytest

from services.matchmaking.places.rules import place_rules
from services.matchmaking.places.standing import Standing, standing_of
from tests.matchmaking.samples import LOGISTICS, NOON, call, refused

RULES = place_rules().in_force(NOON.date(), "PLACES")


def of(**more: object) -> Standing:
    return Standing.model_validate({"known": True, "active": True} | more)


@pytest.mark.parametrize(
    ("members", "points"), [(0, "0.0"), (30, "0.0"), (60, "5.0"), (90, "10.0"), (31, "0.2"), (150, "20.0"), (400, "20.0")]
)
def test_members_count_from_thirty_and_are_full_at_a_hundred_and_fifty(members: int, points: str) -> None:
    assert RULES.score(of(members=members), 0).members == Decimal(points)


def test_an_association_of_the_policy_with_a_grade_members_and_a_plan_has_a_hundred() -> None:
    score = RULES.score(of(members=150, grade="5A", lists=("EMERGING_IMPROVE",)), 20)
    assert (score.priority, score.grade, score.members, score.service_plan, score.total) == (40, 20, 20, 20, 100)


def test_sixty_is_admitted_and_a_tenth_less_is_not() -> None:
    exactly = RULES.score(of(members=30, lists=("OPTIMISE",)), 20)
    below = RULES.score(of(members=149, grade="5A"), 20)
    assert (exactly.total, exactly.admitted) == (60, True)
    assert (below.total, below.admitted) == (Decimal("59.8"), False)


def test_two_lists_count_once() -> None:
    assert RULES.score(of(lists=("EMERGING_IMPROVE", "OPTIMISE")), 0).priority == 40


def test_more_members_never_cost_points() -> None:
    totals = [RULES.score(of(members=n), 10).total for n in range(200)]
    assert totals == sorted(totals)


@pytest.mark.parametrize(
    ("standing", "code"), [(Standing(), "not_active"), (of(active=False), "not_active"), (of(serious=True), "seriously_unlawful")]
)
def test_who_does_not_work_or_is_barred_is_not_admitted(standing: Standing, code: str) -> None:
    with refused(code):
        standing.must_be_admissible()


class Profiles:
    """A store with one profile."""

    def __init__(self, **row: object) -> None:
        self.row = {"_id": LOGISTICS} | row

    async def rows(self, collection: str, **equal: object) -> list[dict[str, object]]:
        return [self.row] if (collection, equal) == ("profiles", {"_id": LOGISTICS}) else []


async def test_the_standing_is_read_from_the_profile() -> None:
    store = Profiles(kind="ASSOCIATION", name="航空物流协会", grade="4A", members=72, development={"e1": "OPTIMISE", "e2": "OPTIMISE"})
    found = await standing_of(store, call(), None, None)  # type: ignore[arg-type]
    assert found == Standing(known=True, name="航空物流协会", active=True, grade="4A", members=72, lists=("OPTIMISE",))


async def test_marks_set_before_the_registration_was_heard_of_are_no_profile() -> None:
    assert not (await standing_of(Profiles(grade="4A"), call(), None, None)).known  # type: ignore[arg-type]
