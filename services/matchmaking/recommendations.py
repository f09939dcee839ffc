"""Recommendations [推荐]: who suits an association, an enterprise, a chamber elsewhere or a lead, and why; and who was left out, and why."""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from services.matchmaking.engine.keywords import UNSEEN, never_seen
from services.matchmaking.engine.reasons import Caution, Reason, caution, reasons
from services.matchmaking.engine.retrieval import Provenance, Wish
from services.matchmaking.engine.scoring import Assessment, Party
from services.matchmaking.engine.weights import PartyKind, Wanted
from services.matchmaking.leads.lead import leads
from services.matchmaking.learning.impressions import Impression, impressions_of, keep_impression, listed_before
from services.matchmaking.learning.showing import Arrangement, Place, Placed, arranged, dice_of, places_for_newcomers
from services.matchmaking.matching.lead_push import party_of_lead
from services.matchmaking.matching.match import matches
from services.matchmaking.matching.pairing import PAIRED, WHY_NOT, Listing, listing_of, party_named
from services.matchmaking.profiles.profile import scale_of
from shared.engine import Engine
from shared.http import caller
from shared.record import Call, Malformed, NotAllowed, NotFound, Value, Withheld

Caller = Annotated[Call, Depends(caller)]
Most = Annotated[int, Query(ge=1, le=50)]
After = Annotated[str, Query(max_length=100, pattern="^[A-Za-z0-9:._-]*$")]
LEFT_OUT = 50  # of those left out in one answer
SHOWN = 50  # lists in one answer of what was shown
Id = Annotated[str, Path(max_length=100)]


def narrowing(
    division: Annotated[str | None, Query(pattern="^[0-9]{2}$", description="only of this division of GB/T 4754: two digits")] = None,
    province: Annotated[
        str | None, Query(pattern="^[0-9]{2}$", description="only of this province of GB/T 2260; 61 with the new area")
    ] = None,
    city: Annotated[str | None, Query(pattern="^([0-9]{4}|XX)$", description="only of this city of GB/T 2260; XX is the new area")] = None,
) -> dict[str, str]:
    """Of whom a list is to be, as keywords of the profiles."""
    return {n: v for n, v in (("div", division), ("prov", province), ("city", city)) if v}


Only = Annotated[dict[str, str], Depends(narrowing)]


class Recommended(Value):
    """One candidate: all scores 0…1; `score` = `mutual` + `adjustment`, by which it is ranked. `placed`: why it stands where it does."""

    id: str
    kind: PartyKind
    name: str
    seeker_score: float
    candidate_score: float
    mutual: float
    adjustment: float
    score: float
    proposable: bool
    placed: Placed
    reasons: tuple[Reason, ...]
    caution: Caution | None


class LeftOut(Value):
    """Who is not recommended, and why."""

    id: str
    name: str
    code: str
    zh: str
    en: str


class Recommendations(Value):
    """The list, and by which versions it can be made again; `left_out_after` asks for the next of those left out.

    By score, but for two kinds of places that are marked (docs/matching.md): the last of ten is for a newcomer, who was in no list and was
    proposed to nobody [EXPLORED], and in one list of twenty two places are exchanged [SWAPPED]."""

    seeker: str
    wanted: Wanted
    day: str
    versions: dict[str, str]
    found_by: Provenance
    best: tuple[Recommended, ...]
    left_out: tuple[LeftOut, ...] | None = None
    left_out_after: str | None = None


class ShownLists(Value):
    """Lists as they were shown; `after` asks for the earlier ones."""

    lists: tuple[Impression, ...]
    after: str | None


class Proposal(Value):
    """How many of the recommended are to be proposed to."""

    wanted: Wanted
    most: Annotated[int, Field(ge=1, le=5)] = 5


class Proposed(Value):
    """A match that was opened."""

    id: str
    candidate: str
    candidate_name: str
    score: int


def in_scope(call: Call, id_: str, *also: str) -> None:
    """One's own organisation, or the administration. Raises: NotAllowed for others' roles, NotFound outside one's scope."""
    if call.role not in ("ASSOCIATION", "ENTERPRISE", "SO_ADMIN", *also):
        raise NotAllowed("role_not_allowed", f"{call.role} may not read recommendations", f"角色 {call.role} 无权查看推荐")
    if call.role in ("ASSOCIATION", "ENTERPRISE") and call.organisation != id_:
        raise unknown(Withheld)


def unknown(how: type[NotFound] = NotFound) -> NotFound:
    return how("not_found", "no such profile", "查无此画像")


async def named(engine: Engine, id_: str, kind: PartyKind) -> Party:
    party = await party_named(rows_of(engine), id_)
    if party is None or party.kind != kind:
        raise unknown()
    return party


def rows_of(engine: Engine) -> Any:
    """The store, asked by equality only, as rules ask it."""

    async def rows(collection: str, **equal: Any) -> list[dict[str, Any]]:
        return await engine.store.rows(collection, {n: {"$eq": v} for n, v in equal.items()})

    return rows


async def arrangement_of(engine: Engine, listing: Listing, seeker: Party, wanted: Wanted, call: Call, only: dict[str, str]) -> Arrangement:
    """The list as it is shown; newcomers are looked for only where a place is theirs."""
    weights, best = scale_of(call.today).weights, listing.ranking.best
    rule, newcomers = weights.showing, list[tuple[Party, Assessment]]()
    given = places_for_newcomers(best, await listed_before(engine.store, {p.id for p, _ in best if never_seen(p)}, call.today))
    if given:
        wish = Wish(rule.looked_through, {**only, **UNSEEN})
        unseen = (await listing_of(engine, rows_of(engine), seeker, wanted, call, wish)).ranking.best
        listed = await listed_before(engine.store, {p.id for p, _ in unseen}, call.today)
        newcomers = [(p, a) for p, a in unseen if p.id not in listed]
    return arranged(best, given, newcomers, rule, weights.threshold[wanted], dice_of(seeker.id, wanted, call.today))


async def recommend(
    engine: Engine, seeker: Party, wanted: Wanted, call: Call, k: int, rejected: bool, after: str, only: dict[str, str]
) -> Recommendations:
    scale = scale_of(call.today)
    wish = Wish(k, only, LEFT_OUT if rejected else 0)
    listing = await listing_of(engine, rows_of(engine), seeker, wanted, call, wish, after)
    ranking, arrangement = listing.ranking, await arrangement_of(engine, listing, seeker, wanted, call, only)
    versions = {"weights": scale.weights.version, "terms": scale.table.version}
    if not after:
        await keep_impression(engine.store, call, seeker, wanted, only, versions, listing.found_by, arrangement)

    def shown(place: Place) -> Recommended:
        party, found = place.party, place.assessment
        return Recommended(
            id=party.id, kind=party.kind, name=party.name, seeker_score=found.seeker_score, candidate_score=found.candidate_score,
            mutual=found.mutual, adjustment=found.adjustment, score=found.score,
            proposable=found.mutual >= scale.weights.threshold[wanted], placed=place.placed, reasons=reasons(seeker, party, found, scale),
            caution=caution(seeker, party, found, scale, call.today),
        )  # fmt: skip

    left_out = tuple(LeftOut(id=p.id, name=p.name, code=code, zh=WHY_NOT[code][1], en=WHY_NOT[code][0]) for p, code in ranking.rejected)
    return Recommendations(
        seeker=seeker.id, wanted=wanted, day=call.today.isoformat(), versions=versions,
        found_by=listing.found_by, best=tuple(map(shown, arrangement.places)), left_out=left_out if rejected else None,
        left_out_after=listing.after or None,
    )  # fmt: skip


def recommendation_routes(engine: Engine) -> APIRouter:
    """`/recommendations/…`, mounted under the service."""
    router = APIRouter(tags=["profiles"])

    @router.get("/recommendations/associations/{uscc}", summary="Enterprises or chambers elsewhere for an association [推荐]")
    async def for_association(
        uscc: str, call: Caller, for_: Annotated[Literal["enterprises", "chambers"], Query(alias="for")] = "enterprises", k: Most = 10,
        rejected: bool = False, after: After = "", *, only: Only,
    ) -> Recommendations:  # fmt: skip
        in_scope(call, uscc)
        wanted: Wanted = "ENTERPRISES" if for_ == "enterprises" else "CHAMBERS"
        return await recommend(engine, await named(engine, uscc, "ASSOCIATION"), wanted, call, k, rejected, after, only)

    @router.get("/recommendations/enterprises/{uscc}", summary="Associations for an enterprise [推荐]")
    async def for_enterprise(
        uscc: str, call: Caller, only: Only, k: Most = 10, rejected: bool = False, after: After = ""
    ) -> Recommendations:
        in_scope(call, uscc)
        return await recommend(engine, await named(engine, uscc, "ENTERPRISE"), "ASSOCIATIONS", call, k, rejected, after, only)

    @router.get("/recommendations/chambers/{id}", summary="Associations for a chamber elsewhere [推荐]")
    async def for_chamber(id: str, call: Caller, only: Only, k: Most = 10, rejected: bool = False, after: After = "") -> Recommendations:
        in_scope(call, id)
        return await recommend(engine, await named(engine, id, "CHAMBER"), "ASSOCIATIONS", call, k, rejected, after, only)

    @router.get("/recommendations/leads/{id}", summary="Associations to accompany a lead [推荐]")
    async def for_lead(id: str, call: Caller, only: Only, k: Most = 10, rejected: bool = False, after: After = "") -> Recommendations:
        if call.role != "INVEST_DEPT":
            raise NotAllowed("role_not_allowed", f"{call.role} may not read recommendations for leads", f"角色 {call.role} 无权查看")
        lead = await engine.read(leads, id)
        if lead is None:
            raise unknown()
        return await recommend(engine, party_of_lead(lead), "ASSOCIATIONS", call, k, rejected, after, only)

    @router.get("/recommendations/{id}/shown", summary="Which lists were shown, and by what they were found [推荐展示记录]")
    async def were_shown(id: Id, call: Caller, wanted: Wanted | None = None, after: After = "") -> ShownLists:
        """The latest day first. An organisation sees its own; the administration all, to make a list of then again."""
        in_scope(call, id, "INVEST_DEPT")
        if (await engine.read(leads, id) is not None) != (call.role == "INVEST_DEPT"):
            raise unknown(Withheld)
        found = await impressions_of(engine.store, id, wanted, after, SHOWN + 1)
        return ShownLists(lists=tuple(found[:SHOWN]), after=found[SHOWN - 1].id if len(found) > SHOWN else None)

    @router.post("/recommendations/{uscc}:propose", status_code=201, summary="Propose the best of the recommendations [按推荐提出对接]")
    async def propose(uscc: str, proposal: Proposal, call: Caller) -> list[Proposed]:
        in_scope(call, uscc)
        seeker = await party_named(rows_of(engine), uscc)
        if seeker is None:
            raise unknown()
        if proposal.wanted not in PAIRED[seeker.kind]:
            raise Malformed("not_paired", "such a party does not seek these", "该类主体不支持此推荐", pointer="/wanted")
        move = matches.moves["propose_best"]
        body = move.body.model_validate({"seeker": uscc, **proposal.model_dump()})
        digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
        opened = await engine.execute(matches, move, body, call, digest=digest)
        return [
            Proposed(id=h.record.id, candidate=h.record.candidate, candidate_name=h.record.candidate_name, score=h.record.score)
            for h in opened
        ]

    return router
