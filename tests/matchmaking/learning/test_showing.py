"""Lists as they are shown: a place for newcomers, an exchange now and then, what was shown kept, and what can be learned from it."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from math import log2
from random import Random
from typing import Any

import pytest

from deploy.local import Endpoints
from services.matchmaking.engine.retrieval import Provenance
from services.matchmaking.engine.scoring import Assessment, Party
from services.matchmaking.engine.weights import weights
from services.matchmaking.learning.decisions import choices_of, decisions_of
from services.matchmaking.learning.impressions import (
    IMPRESSIONS,
    INDEXES,
    NEEDED,
    Choice,
    Impression,
    Lists,
    Shown,
    bias_of,
    impressions_of,
    keep_impression,
    listed_before,
)
from services.matchmaking.learning.showing import Arrangement, Dice, arranged, dice_of, drawn_trial, places_for_newcomers
from services.matchmaking.learning.trial import exposed, told
from services.matchmaking.matching.match import accept, matches
from shared.mongo import Store
from tests.matchmaking.matching.test_match import FIRM, OURS, PREFAB, RULES, THEIRS, proposed
from tests.matchmaking.samples import NOON, call, on

RULE = weights().in_force(NOON.date(), "MATCH").showing
BY = Provenance(dictionary="2.7", checkpoint="", fetched=50, certified=True)
Pair = tuple[Party, Assessment]


def party(id_: str, shown: int = 1, mutual: float = 0.5) -> Pair:
    found = Assessment(id_, mutual, mutual, mutual, 0.0, ())
    return Party(id=id_, kind="ENTERPRISE", name=id_, place="XX", gbt4754=("3022",), shown=shown), found


def listed(n: int, shown: int = 1) -> list[Pair]:
    return [party(f"c{i:02}", shown, 0.9 - i / 100) for i in range(n)]


def newcomers(n: int, mutual: float = 0.4) -> list[Pair]:
    return [party(f"new{i:02}", 0, mutual) for i in range(n)]


def days(n: int) -> list[Dice]:
    return [dice_of("seeker", "ENTERPRISES", date(2026, 1, 1) + timedelta(days=d)) for d in range(n)]


# ── newcomers ─────────────────────────────────────────────────────────────────────────────────────
def test_the_last_of_ten_is_for_somebody_nobody_has_seen() -> None:
    drawn = Counter[str]()
    for dice in days(400):
        made = arranged(listed(20), [9, 19], newcomers(30), RULE, 0.3, dice)
        explored = [n for n, p in enumerate(made.places, 1) if p.placed == "EXPLORED"]
        assert explored == [10, 20]
        assert len({p.party.id for p in made.places}) == 20
        drawn.update(made.places[n - 1].party.id for n in explored)
    assert len(drawn) == RULE.drawn_from + 1, "drawn from the first of them, and the second place from those left"
    assert min(drawn[f"new{n:02}"] for n in range(RULE.drawn_from)) > 10


def test_no_place_is_given_where_a_newcomer_stands_anyway_or_none_suits() -> None:
    dice = days(1)[0]
    with_one = [*listed(9), party("fresh", 0)]
    assert places_for_newcomers(listed(25), ()) == [9, 19]
    assert places_for_newcomers(with_one, ()) == []
    assert places_for_newcomers(with_one, {"fresh"}) == [9], "who was in a list is a newcomer no more"
    assert places_for_newcomers(listed(9), ()) == []
    assert places_for_newcomers([*with_one, *[party(f"d{n}") for n in range(10)]], ()) == [19]
    for some, threshold in ((newcomers(5, 0.29), 0.3), ([], 0.3), ([party("c03", 0)], 0.3)):
        assert all(p.placed != "EXPLORED" for p in arranged(listed(10), [9], some, RULE, threshold, dice).places)


# ── exchanges ─────────────────────────────────────────────────────────────────────────────────────
def test_in_one_list_of_twenty_two_places_are_exchanged_and_in_as_many_they_were_drawn_and_kept() -> None:
    made = [arranged(listed(10), (), (), RULE, 0.3, dice) for dice in days(4000)]
    swapped, drawn = sum(m.swapped for m in made), sum(m.trial is not None for m in made)
    assert 0.04 < swapped / 4000 < 0.06
    assert 0.45 < swapped / drawn < 0.55
    places = Counter(n for m in made if m.trial for n in m.trial)
    assert set(places) == set(range(3, 11))
    for m in made:
        ids, plain = [p.party.id for p in m.places], [p.id for p, _ in listed(10)]
        if m.trial and m.swapped:
            one, other = (n - 1 for n in m.trial)
            plain[one], plain[other] = plain[other], plain[one]
            assert [m.places[n].placed for n in (one, other)] == ["SWAPPED", "SWAPPED"]
        assert ids == plain


def test_the_same_question_has_the_same_answer_all_day() -> None:
    one, again = (arranged(listed(20), [9, 19], newcomers(30), RULE, 0.3, days(9)[5]) for _ in range(2))
    assert one == again
    assert all(drawn_trial(arranged(listed(n), (), (), RULE, 0.3, d).places, RULE, d) is None for n in (0, 1, 3) for d in days(300))


# ── what was shown ────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
async def store(stack: Endpoints, prefix: str) -> AsyncIterator[Store]:
    made = Store(stack.mongo, f"test_{prefix.replace('-', '')}")
    await made.prepare([], INDEXES)
    yield made
    await made.drop()
    await made.close()


async def test_a_list_is_kept_once_a_day_and_counted(store: Store) -> None:
    seeker, versions, made = (
        party("seeker")[0],
        {"weights": "2021-1", "terms": "2021-1"},
        arranged(listed(3), (), (), RULE, 0.3, days(1)[0]),
    )
    asking = [
        call("ASSOCIATION", organisation="seeker"),
        call("ASSOCIATION", organisation="seeker", now=NOON + timedelta(hours=3)),
        call("SO_ADMIN"),
    ]
    for who in asking:
        await keep_impression(store, who, seeker, "ENTERPRISES", {}, versions, BY, made)
    await keep_impression(store, asking[0], seeker, "ENTERPRISES", {"div": "30"}, versions, BY, made)
    await keep_impression(store, asking[0], seeker, "CHAMBERS", {}, versions, BY, Arrangement(()))
    await keep_impression(store, call("SO_ADMIN", now=NOON + timedelta(days=1)), seeker, "ENTERPRISES", {}, versions, BY, made)
    found = await impressions_of(store, "seeker", None, "", 10)
    assert [(i.day - NOON.date()).days for i in found] == [1, 0, 0]
    (plain,) = [i for i in found[1:] if not i.narrowed]
    assert (plain.times, plain.roles, plain.last_at) == (3, ("ASSOCIATION", "SO_ADMIN"), NOON)
    assert [(p.candidate, p.mutual) for p in plain.places] == [(p.id, a.mutual) for p, a in listed(3)]
    assert (plain.found_by, plain.weights) == (BY, "2021-1")
    assert [i.id for i in await impressions_of(store, "seeker", None, found[0].id, 1)] == [found[1].id]
    assert await impressions_of(store, "seeker", "CHAMBERS", "", 10) == []
    ids, tomorrow = [p.id for p, _ in listed(3)], NOON.date() + timedelta(days=1)
    assert await listed_before(store, [*ids, "nobody"], tomorrow) == set(ids)
    assert await listed_before(store, ids, NOON.date()) == frozenset(), "what is shown today changes nothing of today's lists"
    ages = [i.get("expireAfterSeconds") for i in (await store.at[IMPRESSIONS].index_information()).values()]
    assert 730 * 86400 in ages


def impression(
    ids: list[str], day: date, seeker: str = PREFAB, trial: tuple[int, int] | None = None, placed: Any = "BY_SCORE"
) -> Impression:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return Impression(
        id=f"{seeker}.{day}.{ids[0]}", at=at, last_at=at, day=day, seeker=seeker, wanted="ENTERPRISES", roles=("ASSOCIATION",), times=1, narrowed={},
        weights="w", terms="t", found_by=BY, trial=trial, swapped=False,
        places=tuple(Shown(candidate=i, mutual=0.5, score=0.5, placed=placed if n == len(ids) - 1 else "BY_SCORE") for n, i in enumerate(ids)),
    )  # fmt: skip


def test_where_a_candidate_stood_when_it_was_chosen() -> None:
    """The last list before the proposal says it; what the platform proposed of itself was chosen by nobody."""
    day = NOON.date()
    lists = Lists([
        impression(["x", "y", FIRM, "z"], day - timedelta(days=2), trial=(2, 3)),
        impression(["x", FIRM], day - timedelta(days=9)),
        impression([FIRM], day + timedelta(days=1)),
        impression(["x", "y"], day),
        impression([FIRM], day).model_copy(update={"roles": ("SO_ADMIN",)}),
    ])  # fmt: skip
    match = on(matches, proposed(), accept(proposed(), THEIRS, RULES))
    assert choices_of([match], lists) == {match.id: Choice(3, 2)}
    assert [d.place for d in decisions_of([match], choices_of([match], lists))] == [3]
    assert lists.choice(PREFAB, FIRM, day + timedelta(days=32)) is None
    assert lists.choice(PREFAB, "nobody", day) is None
    assert choices_of([match.model_copy(update={"place": 1})], lists) == {}
    assert choices_of([proposed(call("SO_ADMIN"))], lists) == {}
    assert OURS.organisation == PREFAB


# ── how a place is looked at ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.2])
def test_how_fast_places_are_looked_at_less_is_found_whoever_stands_there(eta: float) -> None:
    """The better of two stands higher; chance exchanges them. Both counted, η comes out; the lists as ranked alone would tell too steep a one."""
    dice, chosen, as_ranked = Random(7), [], []
    for _ in range(40_000):
        i, j = sorted(dice.sample(range(3, 11), 2))
        swapped, better, worse = dice.random() < 0.5, 0.6, 0.3
        appeal = {i: worse if swapped else better, j: better if swapped else worse}
        looks = [n for n in (i, j) if dice.random() < n**-eta * appeal[n]]
        if len(looks) == 1:
            choice = Choice(looks[0], j if looks[0] == i else i)
            chosen.append(choice)
            if not swapped:
                as_ranked.append(choice)
    found = bias_of(chosen, 0.5)
    assert found.of == len(chosen)
    assert abs(found.eta - eta) < 4 * found.error + 0.1
    assert bias_of(as_ranked, 0.5).eta > found.eta + 0.3


def test_a_few_choices_say_nothing_of_places() -> None:
    some = [Choice(3, 5)] * (NEEDED - 1)
    assert (bias_of(some, 0.5).eta, bias_of([*some, Choice(1)], 0.5).of) == (0.5, 0)
    assert bias_of([*some, Choice(3, 4)], 0.5).of == NEEDED


def test_the_report_says_what_lists_have_shown() -> None:
    day = NOON.date()
    shown = [impression(["a", "b", "new"], day, f"s{n}", placed="EXPLORED") for n in range(4)]
    real = exposed(shown, [("s1", "new"), ("s2", "a"), ("s9", "new")])
    assert (real.lists, real.seekers, real.candidates, real.newcomers, real.newcomers_chosen) == (4, 4, 3, 4, 1)
    one, two, three = (4 / log2(n + 1) for n in (1, 2, 3))
    assert real.gini == pytest.approx((2 * (1 * three + 2 * two + 3 * one) / (3 * (one + two + three))) - 4 / 3, abs=1e-4)
    report = told([], None, "x", bias_of([], 0.5), real)
    assert "探索位 4 个，其中 1 个被提出对接" in report
    assert "按假定" in report
