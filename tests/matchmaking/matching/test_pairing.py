from dataclasses import dataclass
from typing import Any

from services.matchmaking.matching.pairing import choice_of, pairing_of, party_named
from services.matchmaking.recommendations import party_of_lead
from tests.matchmaking.samples import FIRM, a_lead, call
from tests.matchmaking.test_recommendations import PREFAB, ROWS


class Read:
    """Rows kept in memory, asked by equality; a list means any of."""

    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]:
        return [r for r in ROWS[collection] if all(r.get(n) in (v if isinstance(v, list) else [v]) for n, v in equal.items())]

    async def get(self, kind: Any, id_: str) -> None:
        return None

    async def find(self, kind: Any, **equal: Any) -> list[Any]:
        return []


@dataclass(frozen=True)
class Asked:
    seeker: str
    candidate: str = ""
    wanted: str = "ENTERPRISES"
    need: str | None = None
    offer: str | None = None


async def test_a_pairing_knows_both_profiles_and_whether_they_are_bound() -> None:
    found = await pairing_of(Read(), call(), None, Asked(PREFAB, "member", need="n1", offer="o1"))
    assert found.seeker is not None
    assert found.candidate is not None
    assert "member" in found.seeker.bound
    assert PREFAB in found.candidate.bound
    assert (found.need, found.offer) == (None, None)


async def test_a_profile_that_does_not_say_what_it_is_takes_no_part() -> None:
    assert (await pairing_of(Read(), call(), None, Asked("orphan", FIRM))).seeker is None
    assert await party_named(Read().rows, "orphan") is None


async def test_the_choice_is_the_ranking_without_members() -> None:
    found = await choice_of(Read(), call(), None, Asked(PREFAB))
    assert [p.id for p, _ in found.best] == [FIRM]


async def test_nobody_chooses_among_those_it_does_not_seek() -> None:
    found = await choice_of(Read(), call(), None, Asked(PREFAB, wanted="ASSOCIATIONS"))
    assert (found.seeker, found.best) == (None, ())


def test_a_lead_seeks_an_association_of_its_trade_and_place() -> None:
    party = party_of_lead(a_lead())
    assert (party.kind, party.place, party.gbt4754, party.intent) == ("LEAD", "XX-KG", ("5631",), "FILL")
