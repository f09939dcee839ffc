"""The index finds what brute force over everybody finds, and says so only when it is true."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from services.matchmaking.engine.brute_force import rank
from services.matchmaking.engine.keywords import UNSEEN
from services.matchmaking.engine.scoring import Statement, assess, barred
from services.matchmaking.index import search as searching
from services.matchmaking.index.encoding import Dictionary, dimensions, question
from services.matchmaking.index.search import Found
from tests.matchmaking.index.worlds import DAY, SCALE, Scan, ask, filled, party, tally, world

WORLDS = 2000


def told(found: Found) -> list[tuple[str, float]]:
    return [(p.id, a.score) for p, a in found.best]


def test_no_score_exceeds_its_bound_and_without_several_codes_the_mean_is_the_bound() -> None:
    for seed in range(400):
        seeker, pool, kind = world(seed, 6)
        market, asked = tally(pool).market(SCALE.weights, DAY), question(seeker, kind, SCALE, DAY)
        for p in pool:
            bound, found = asked.bound(dimensions(p, SCALE)), assess(seeker, p, SCALE, DAY, market)
            assert found.score <= bound + 1e-12
            if len(p.gbt4754) <= 1 and p.open_matches <= 15:
                plain = replace(p, exposure=1.0, accepted=0, updated_on=None)
                floor = SCALE.weights.freshness.weight * (SCALE.weights.freshness.floor - SCALE.weights.freshness.neutral)
                mean = (found.seeker_score + found.candidate_score) / 2
                assert asked.bound(dimensions(plain, SCALE)) - floor == pytest.approx(mean, abs=1e-12)


def test_the_list_is_that_of_brute_force_in_thousands_of_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "STEPS", (3, 6, 12))  # so that small worlds ask more than once, and some cannot be proved
    certified = alone = 0
    for seed in range(WORLDS):
        seeker, pool, kind = world(seed, 24)
        dice = Random(seed)
        k = dice.choice((1, 3, 5, 10, 14, 25))
        if seed % 3 == 0:  # many of few classes
            pool = [replace(p, gbt4754=(dice.choice(("3022", "3022", "3021", "5631")),)) for p in pool]
        index = Scan()
        dictionary, only = filled(index, pool), dice.choice(({}, {}, {}, UNSEEN, {"prov": "61"}, {"div": "30", "city": "XX"}))
        found, true = ask(index, dictionary, seeker, pool, kind, k, only=only, held_back=True), rank(seeker, pool, SCALE, DAY, k, only)
        fewer = ask(index, dictionary, seeker, pool, kind, k, only=only)
        assert fewer.certified or not found.certified, "who need not name those held back needs no more to prove the list"
        if fewer.certified:
            alone += not found.certified
            assert told(fewer) == [(p.id, a.score) for p, a in true.best]
        if found.certified:
            certified += 1
            assert told(found) == [(p.id, a.score) for p, a in true.best]
            assert sorted(p.id for p in found.held_back) == sorted(p.id for p, why in true.rejected if why == "class_full")
            assert [(a.seeker_score, a.candidate_score) for _, a in found.best] == [
                (a.seeker_score, a.candidate_score) for _, a in true.best
            ]
    assert WORLDS * 0.5 < certified < WORLDS
    assert alone > 0, "some lists are proved only because full classes are left out"


def test_with_the_steps_in_use_every_small_world_is_proved() -> None:
    for seed in range(150):
        seeker, pool, kind = world(seed, 45)
        index = Scan()
        assert ask(index, filled(index, pool), seeker, pool, kind, 10).certified


def test_a_class_whose_places_are_taken_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand equals in one class do not keep the others waiting: the list is proved by few, and is that of brute force."""
    monkeypatch.setattr(searching, "STEPS", (20, 80))
    dice, blank = Random(2), {"needs": (), "offers": (), "about": (), "place": "XX", "position": None, "scale": None, "grade": None, "open_matches": 0,
                              "shown": 0, "accepted": 0, "exposure": 0.0, "active": True, "serious": False, "eliminated": False,
                              "listed": True, "intent": "STRENGTHEN"}  # fmt: skip
    pool = [
        replace(party(dice, f"c{n:04}", "ENTERPRISE"), gbt4754=(c,), updated_on=DAY - timedelta(days=n % 900), **blank)
        for n, c in enumerate(dice.choices(("3022", "3021", "3012", "3011", "5631", "7440"), (90, 3, 3, 2, 1, 1), k=1000))
    ]
    index, seeker = Scan(), replace(world(1)[0], kind="ASSOCIATION", gbt4754=("3022",), bound=frozenset(), needs=(), offers=())
    dictionary = filled(index, pool)
    found = ask(index, dictionary, seeker, pool, "ENTERPRISE", 10)
    assert found.certified
    assert told(found) == [(p.id, a.score) for p, a in rank(seeker, pool, SCALE, DAY, 10).best]
    assert not ask(index, dictionary, seeker, pool, "ENTERPRISE", 10, held_back=True).certified


def test_a_list_of_equals_is_not_proved_by_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was not fetched could come before, by id: the certificate fails, and says after how many."""
    monkeypatch.setattr(searching, "STEPS", (5, 20, 80))
    dice = Random(1)
    pool = [replace(party(dice, f"c{n:03}", "ENTERPRISE"), gbt4754=("3022",), needs=(), offers=(), about=(), place="XX", position=None,
                    scale=None, grade=None, open_matches=0, shown=0, accepted=0, exposure=0.0, updated_on=DAY, active=True, serious=False,
                    eliminated=False, listed=True, intent="STRENGTHEN") for n in range(90)]  # fmt: skip
    index = Scan()
    found = ask(
        index, filled(index, pool), replace(world(1)[0], kind="ASSOCIATION", gbt4754=("3022",), bound=frozenset()), pool, "ENTERPRISE", 5
    )
    assert not found.certified
    assert found.fetched == 80


def test_better_cover_of_a_need_never_lowers_the_score() -> None:
    for seed in range(120):
        seeker, pool, _ = world(seed, 5)
        for p in (p for p in pool if barred(p, SCALE.weights) is None and p.offers):
            more = replace(p, offers=(*p.offers, Statement("more", tuple(t for n in seeker.needs for t in n.texts))))
            assert assess(seeker, more, SCALE, DAY).mutual >= assess(seeker, p, SCALE, DAY).mutual - 1e-12


def test_what_nobody_has_is_not_asked_for() -> None:
    seeker, _, kind = world(3)
    assert ask(Scan(), Dictionary(), seeker, [], kind, 5) == Found((), (), 0, True)
