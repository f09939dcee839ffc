"""Contact cards: what they tell, and the one route by which they leave."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.__main__ import services
from services.matchmaking.matching.contact_card import Card, cards, change, erase, keep
from services.matchmaking.matching.match import matches
from shared.mongo import Stamp
from tests.matchmaking.matching.test_match import FIRM, PREFAB, connected
from tests.matchmaking.samples import COMPANY, LOGISTICS, call, on
from tests.shared.conftest import Zone, running

OURS = Card(person="王建国", phone="13812345678", email="wang@logistics.example")
THEIRS = Card(person="李敏", phone="029-12345667")
SECRET = ("王建国", "13812345678", "wang@logistics.example", "李敏", "12345667")


def test_what_is_told_of_a_card_is_masked_and_what_is_erased_is_gone() -> None:
    told = keep(call(), OURS)
    masked = {"owner": LOGISTICS, "person_masked": "王**", "phone_masked": "138****5678", "email_masked": "w***@logistics.example"}
    assert {n: v for n, v in told.public().items() if v is not None} == masked
    card = cards.open(told, "x")
    assert not set(SECRET) & set(cards.view(card).values())
    gone = on(cards, card, erase(card, call()))
    assert (gone.person, gone.phone, gone.email, gone.phone_masked) == ("", "", "", "")
    assert on(cards, gone, change(gone, call(), THEIRS)).phone_masked == "029-******67"


@pytest.mark.parametrize("phone", ["12345", "138 1234 5678x", "029-1", "+1 555 0100", ""])
def test_a_number_that_is_none_is_refused(phone: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        Card(person="王", phone=phone)


@pytest.fixture
async def zone(stack: Any) -> AsyncIterator[Zone]:
    async for one in running(services(), stack):
        yield one


async def test_each_reads_the_others_card_while_both_consent_and_each_reading_is_noted(zone: Zone) -> None:
    store = zone.engine("matchmaking").store
    _, doc = store.insertion(matches, connected(), (), Stamp("planted", "PLATFORM", "", datetime.now(UTC)), 0)
    await store.insert(matches, [{**doc, "version": 1, "due": datetime(2099, 1, 1, tzinfo=UTC)}])
    association, firm = ("ASSOCIATION", PREFAB), ("ENTERPRISE", FIRM)

    async def seen(role: str, organisation: str) -> tuple[int, Any]:
        answer = await zone.get("/matchmaking/matches/m1/contact-card", role, organisation)
        return answer.status_code, answer.json().get("code") or answer.json()

    assert (await zone.post("/matchmaking/contact-cards", OURS.model_dump(), *association)).status_code == 201
    assert await seen("ENTERPRISE", COMPANY) == (404, "not_found")
    assert await seen(*firm) == (409, "not_agreed")
    for who in (association, firm):
        assert (await zone.post("/matchmaking/matches/m1:show_contact", {}, *who)).status_code == 200
    assert await seen(*association) == (404, "no_card")
    assert await seen(*firm) == (200, {"owner": PREFAB, "person": "王建国", "phone": "13812345678", "email": "wang@logistics.example"})
    assert (await zone.post("/matchmaking/matches/m1:hide_contact", {}, *association)).status_code == 200
    assert await seen(*firm) == (409, "not_agreed")

    history = (await zone.get("/matchmaking/matches/m1/history", *association)).json()["items"]
    read = [e["data"]["by"] for e in history if e["type"].split(".")[2] == "contact_read"]
    assert read == [FIRM], "what was not shown was not read"
    card = await zone.get(f"/matchmaking/contact-cards/{PREFAB}", *association)
    kept = [row async for row in store.stream("matching.contact_card.history", {})]
    said = json.dumps([history, card.json(), kept], default=str, ensure_ascii=False)
    assert not [word for word in SECRET if word in said]
