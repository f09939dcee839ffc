"""The one way by which a contact card leaves: to the other side of a match, while both consent, and noted before it is shown."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.matchmaking.matching.contact_card import cards
from services.matchmaking.matching.match import matches, other_of
from shared.engine import Engine
from shared.http import caller
from shared.record import Call, NotFound, Value

Caller = Annotated[Call, Depends(caller)]


class CardShown(Value):
    """Whom to call at the other side; `email` is empty where none was given."""

    owner: str
    person: str
    phone: str
    email: str


def contact_routes(engine: Engine) -> APIRouter:
    """`/matches/{id}/contact-card`, mounted under the service."""
    router = APIRouter(tags=["matches"])

    @router.get("/matches/{id}/contact-card", summary="Whom to call at the other side of a connected match [对方联系名片]")
    async def shown(id: str, call: Caller) -> CardShown:
        """ASSOCIATION and ENTERPRISE, each for its own matches. Both sides must have agreed (`show_contact`); each reading is an event of the match."""
        move = matches.moves["read_contact"]
        (held,) = await engine.execute(
            matches, move, move.body(), call, id
        )  # refused without the consent of both, and unknown to strangers
        other = other_of(held.record, call.organisation)
        card = await engine.store.load(cards, other)
        if card is None or card.record.stage != "KEPT":
            raise NotFound("no_card", "the other side has left no card", "对方未登记联系名片")
        kept = card.record
        return CardShown(owner=other, person=kept.person, phone=kept.phone, email=kept.email)

    return router
