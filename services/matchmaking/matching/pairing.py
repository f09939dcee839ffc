"""What a proposal rests on, read from the profiles as they are now: two parties, or the best of all for one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.matchmaking.engine.brute_force import Ranking, rank
from services.matchmaking.engine.retrieval import Provenance, Wish, retrieval_of
from services.matchmaking.engine.scoring import Assessment, Party, Scale, assess, excluded
from services.matchmaking.engine.weights import PartyKind, Wanted
from services.matchmaking.matching.need import Need, needs
from services.matchmaking.matching.offer import Offer, offers
from services.matchmaking.profiles.profile import party_of, scale_of
from shared.record import Call, Read

POOL = 50  # how far down the ranking a proposal looks for somebody new
KIND: dict[Wanted, PartyKind] = {"ENTERPRISES": "ENTERPRISE", "CHAMBERS": "CHAMBER", "ASSOCIATIONS": "ASSOCIATION"}
WANTED: dict[PartyKind, Wanted] = {kind: wanted for wanted, kind in KIND.items()} | {"LEAD": "ASSOCIATIONS"}
PAIRED: dict[PartyKind, tuple[Wanted, ...]] = {
    "ASSOCIATION": ("ENTERPRISES", "CHAMBERS"), "ENTERPRISE": ("ASSOCIATIONS",), "CHAMBER": ("ASSOCIATIONS",), "LEAD": ("ASSOCIATIONS",),
}  # fmt: skip
WHY_NOT = {
    "self": ("one does not match itself", "不能与自身对接"),
    "not_listed": ("it does not take part in the matching", "对方未参与对接"),
    "not_active": ("it is not active", "状态非正常"),
    "serious_violation": ("it is on the list of serious violations", "在严重违法失信名单中"),
    "elimination_warned": ("it has been warned of elimination", "已被淘汰预警"),
    "already_bound": ("the two are bound already", "双方已有会员或合作关系"),
    "no_capacity": ("it has no capacity left", "已无承接名额"),
    "class_full": ("three of ten are of its class already", "同一小类已有三家"),
}
Rows = Callable[..., Awaitable[list[dict[str, Any]]]]
Found = tuple[tuple[Party, Assessment], ...]


@dataclass(frozen=True)
class Pairing:
    """Two profiles, None where one is not known, and the need and the offer named."""

    seeker: Party | None
    candidate: Party | None
    need: Need | None
    offer: Offer | None
    scale: Scale


@dataclass(frozen=True)
class Choice:
    """The best for a seeker, by rank."""

    seeker: Party | None
    best: tuple[tuple[Party, Assessment], ...]
    scale: Scale
    found_by: Provenance | None = None


@dataclass(frozen=True)
class Listing:
    """A ranking, by what it was found, and where the next of those left out begin."""

    ranking: Ranking
    found_by: Provenance
    after: str = ""


async def pairing_of(read: Read, call: Call, record: None, body: Any) -> Pairing:
    rows = {row["_id"]: row for row in await read.rows("profiles", _id=[body.seeker, body.candidate]) if row.get("kind")}
    bonds = await read.rows("bonds", association=[body.seeker, body.candidate])
    seeker, candidate = (party_of(rows[i], bonds) if i in rows else None for i in (body.seeker, body.candidate))
    need = await read.get(needs, body.need) if body.need else None
    offer = await read.get(offers, body.offer) if body.offer else None
    return Pairing(seeker, candidate, need, offer, scale_of(call.today))


async def choice_of(read: Read, call: Call, record: None, body: Any) -> Choice:
    scale = scale_of(call.today)
    seeker = await party_named(read.rows, body.seeker)
    if seeker is None or body.wanted not in PAIRED[seeker.kind]:
        return Choice(None, (), scale)
    listing = await listing_of(read, read.rows, seeker, body.wanted, call, Wish(POOL))
    best = await as_they_are_now(read.rows, seeker, listing.ranking.best, call)
    return Choice(seeker, best, scale, listing.found_by)


async def as_they_are_now(rows: Rows, seeker: Party, best: Found, call: Call) -> Found:
    """The index is a moment behind: whoever is out meanwhile is left out, the others are scored by what is known now."""
    scale, now = scale_of(call.today), {row["_id"]: party_of(row) for row in await rows("profiles", _id=[p.id for p, _ in best])}
    kept = [now[p.id] for p, _ in best if p.id in now and excluded(seeker, now[p.id], scale.weights) is None]
    return tuple((p, assess(seeker, p, scale, call.today)) for p in kept)


async def party_named(rows: Rows, id_: str) -> Party | None:
    """The party of this id with all its bonds; None when no profile tells what it is."""
    found = [row for row in await rows("profiles", _id=id_) if row.get("kind")]
    bonds = [*await rows("bonds", association=id_), *await rows("bonds", other=id_)]
    return party_of(found[0], bonds) if found else None


async def listing_of(reading: object, rows: Rows, seeker: Party, wanted: Wanted, call: Call, wish: Wish, after: str = "") -> Listing:
    """The best for a seeker from the index of this process, or by scoring everybody where there is none; with some of those left out if asked.

    Raises: Refused while there is none and they are too many."""
    kind, scale, retrieval = KIND[wanted], scale_of(call.today), retrieval_of(reading)
    ranked = await retrieval.ranked(seeker, kind, scale, call.today, wish) if retrieval else None
    if retrieval is None or ranked is None:
        return all_scored(seeker, [party_of(row) for row in await rows("profiles", kind=kind)], call, wish, after)
    page = await retrieval.left_out(seeker, kind, scale, wish, after) if wish.left_out else None
    held_back = () if after else tuple((p, "class_full") for p in ranked.held_back)
    rejected = tuple(sorted([*held_back, *(page.rejected if page else ())], key=lambda pair: pair[0].id))
    return Listing(Ranking(ranked.best, rejected), ranked.provenance, page.after if page else "")


def all_scored(seeker: Party, pool: Sequence[Party], call: Call, wish: Wish, after: str) -> Listing:
    """Every party of the kind wanted, scored; the seeker knows its own bonds, so the pool needs none."""
    ranking = rank(seeker, pool, scale_of(call.today), call.today, wish.k, wish.only)
    later = [pair for pair in ranking.rejected if pair[0].id >= after]
    found_by = Provenance(dictionary="", checkpoint="", fetched=len(pool), certified=True)
    n = wish.left_out
    return Listing(Ranking(ranking.best, tuple(later[:n])), found_by, later[n][0].id if 0 < n < len(later) else "")
