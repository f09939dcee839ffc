"""A listing comes from the index where there is one; a proposal is held to what is known at the moment it is made."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from services.matchmaking.engine.retrieval import RETRIEVALS, Page, Provenance, Ranked, Wish
from services.matchmaking.engine.scoring import Party, Scale, assess
from services.matchmaking.matching.pairing import choice_of, listing_of
from services.matchmaking.profiles.profile import party_of, scale_of
from tests.matchmaking.matching.test_pairing import Asked, Read
from tests.matchmaking.parties import DAY, enterprise
from tests.matchmaking.samples import FIRM, call
from tests.matchmaking.test_recommendations import PREFAB, ROWS

BY = Provenance(dictionary="1.9", checkpoint="7.1", fetched=50, certified=True)
SCALE = scale_of(DAY)


@dataclass
class Database:
    name: str = "listing"


@dataclass
class Store:
    db: Database


class Indexed(Read):
    store = Store(Database())


class Index:
    """Says that two firms are best: one the profiles know, one they no longer do."""

    def __init__(self, known: bool = True) -> None:
        self.known = known

    async def ranked(self, seeker: Party, kind: str, scale: Scale, day: date, wish: Wish) -> Ranked | None:
        if not self.known:
            return None
        ours, gone = party_of(next(r for r in ROWS["profiles"] if r["_id"] == FIRM)), enterprise("gone")
        stale = replace(ours, offers=())
        return Ranked(tuple((p, assess(seeker, p, scale, day)) for p in (gone, stale)), (enterprise("held"),), BY)

    async def left_out(self, seeker: Party, kind: str, scale: Scale, wish: Wish, after: str) -> Page | None:
        return Page(((enterprise("barred"), "not_active"),), "next")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Index:
    made = Index()
    monkeypatch.setitem(RETRIEVALS, "listing", made)
    return made


async def listed(left_out: int = 0, **more: Any) -> Any:
    seeker = party_of(ROWS["profiles"][0])
    return await listing_of(Indexed(), Indexed().rows, seeker, "ENTERPRISES", call(), Wish(10, left_out=left_out), **more)


async def test_the_listing_says_by_what_it_was_found(index: Index) -> None:
    found = await listed()
    assert [p.id for p, _ in found.ranking.best] == ["gone", FIRM]
    assert (found.found_by, found.after) == (BY, "")
    assert [(p.id, why) for p, why in found.ranking.rejected] == [("held", "class_full")]


async def test_those_left_out_come_in_pages_and_those_held_back_on_the_first(index: Index) -> None:
    first, later = await listed(left_out=5), await listed(left_out=5, after="next")
    assert [why for _, why in first.ranking.rejected] == ["not_active", "class_full"]
    assert [why for _, why in later.ranking.rejected] == ["not_active"]
    assert first.after == "next"


async def test_while_the_index_cannot_answer_everybody_is_scored(index: Index) -> None:
    index.known = False
    found = await listed(left_out=1)
    assert "gone" not in [p.id for p, _ in found.ranking.best]
    assert (found.found_by.dictionary, found.found_by.certified, found.found_by.fetched) == ("", True, 2)


async def test_a_proposal_is_scored_by_the_profiles_as_they_are_now(index: Index) -> None:
    chosen = await choice_of(Indexed(), call(), None, Asked(PREFAB))
    assert chosen.seeker is not None
    now = party_of(next(r for r in ROWS["profiles"] if r["_id"] == FIRM))
    assert [(p.id, a.mutual) for p, a in chosen.best] == [(FIRM, assess(chosen.seeker, now, SCALE, DAY).mutual)]
    assert chosen.found_by == BY


async def test_left_out_without_an_index_comes_in_pages_too() -> None:
    seeker = replace(party_of(ROWS["profiles"][0]), bound=frozenset({"member", FIRM}))
    first = await listing_of(Read(), Read().rows, seeker, "ENTERPRISES", call(), Wish(10, left_out=1))
    then = await listing_of(Read(), Read().rows, seeker, "ENTERPRISES", call(), Wish(10, left_out=1), after=first.after)
    assert sorted(p.id for p, _ in (*first.ranking.rejected, *then.ranking.rejected)) == sorted(["member", FIRM])
    assert first.after
    assert then.after == ""
