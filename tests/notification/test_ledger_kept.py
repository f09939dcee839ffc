"""The ledger in a real MongoDB: heard once or twice, sent once, read by whom it concerns."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.mail_sink import Behaviour, MailSink
from services.notification.channels.email import Email, MailSettings
from services.notification.channels.sender import LedgerDesk, Sender
from services.notification.ledger.contact_point import Contact, contact_points
from services.notification.ledger.inbox import inbox_routes
from services.notification.ledger.telling import notices
from services.notification.service import service
from shared.engine import Engine, Letter, stamped
from shared.http import caller, install
from shared.mongo import Store
from shared.record import SHANGHAI, Call

NOON = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)
USCC, OTHER, FIRM = "51611100PDY00001XA", "51611100PDY000028A", "91611100PDY00001X6"


class Ledger:
    """The service's engine with a clock in hand."""

    def __init__(self, engine: Engine, sink: MailSink) -> None:
        self.engine, self.sink, self.sequences = engine, sink, dict[str, int]()
        self.moment = NOON
        engine.now = lambda: self.moment

    def letter(self, type_: str, subject: str, data: dict[str, Any], kind: str = "record") -> Letter:
        service_, room, _ = type_.split(".", 2)
        source = f"/{service_}/{room}/{kind}"
        number = self.sequences[source + subject] = self.sequences.get(source + subject, 0) + 1
        return Letter(
            str(uuid.uuid4()),
            f"{type_}.v1",
            source,
            subject,
            number,
            stamped(self.moment),
            data,
            role="SO_ADMIN",
            organisation="dept:so-admin",
        )

    async def hear(self, type_: str, subject: str, data: dict[str, Any], kind: str = "record") -> Letter:
        letter = self.letter(type_, subject, data, kind)
        await self.engine.hear([letter])
        parked = await self.engine.store.rows("letters", {"state": "PARKED"})
        assert [row["reason"] for row in parked] == []
        return letter

    async def registered(self, uscc: str = USCC, name: str = "西咸新区航空物流协会", district: str = "XX-KG") -> Letter:
        data = {"uscc": uscc, "name": name, "level": "NEW_CITY", "district": district, "registered_on": "2026-03-02"}
        return await self.hear("registry.associations.association_registered", uscc, data, "association")

    async def contact(self, organisation: str = USCC, role: str = "ASSOCIATION", **fields: Any) -> None:
        form = Contact.model_validate({"name": "西咸新区航空物流协会", "email": "office@hangkong.example"} | fields)
        await self.engine.execute(contact_points, "register", form, Call(role, organisation, self.moment, uuid.uuid4()))

    async def rows(self, **where: Any) -> list[Any]:
        return [h.record for h in await self.engine.store.find(notices, where)]

    async def send(self, patience: float = 5.0) -> int:
        transport = Email(MailSettings(self.sink.host, self.sink.port, "notice@guildhall.example", timeout=patience))
        try:
            return await Sender(LedgerDesk(self.engine), {"EMAIL": transport}).round()
        finally:
            await transport.close()

    async def get(self, path: str, role: str, organisation: str, district: str = "", **headers: str) -> httpx.Response:
        app = FastAPI()
        install(app)
        app.include_router(inbox_routes(self.engine), prefix="/notification")
        app.dependency_overrides[caller] = lambda: Call(role, organisation, self.moment, uuid.uuid4(), district)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger") as client:
            return await client.get(f"/notification{path}", headers={n.replace("_", "-"): v for n, v in headers.items()})


@pytest.fixture
async def ledger(stack: Any) -> AsyncIterator[Ledger]:
    store, sink = Store(stack.mongo, f"test_{uuid.uuid4().hex[:12]}"), MailSink()
    await store.prepare(service.kinds, service.indexes)
    await sink.start()
    yield Ledger(Engine(service, store), sink)
    await sink.stop()
    await store.drop()
    await store.close()


async def test_a_registration_is_told_written_down_and_mailed(ledger: Ledger) -> None:
    await ledger.contact()
    await ledger.registered()
    found = {(n.recipient, n.channel): n.stage for n in await ledger.rows()}
    assert found == {
        (USCC, "IN_APP"): "DELIVERED",
        (USCC, "EMAIL"): "QUEUED",
        ("dept:XX-KG", "IN_APP"): "DELIVERED",
        ("dept:so-admin", "IN_APP"): "DELIVERED",
    }
    assert await ledger.send() == 1
    (mail,) = ledger.sink.mails
    assert (mail.recipients, mail.subject) == (("office@hangkong.example",), "西咸新区航空物流协会已登记")
    (row,) = await ledger.rows(channel="EMAIL")
    assert (row.stage, row.address, mail.message_id) == ("SENT", "o***@hangkong.example", f"<{row.id}@guildhall.example>")
    assert await ledger.send() == 0


async def test_an_event_heard_again_writes_no_second_row_even_when_the_heads_have_forgotten_it(ledger: Ledger) -> None:
    await ledger.contact()
    letter = await ledger.registered()
    await ledger.engine.hear([letter, letter])
    await ledger.engine.store.remove("heads", {})
    await ledger.engine.hear([letter])
    assert len(await ledger.rows()) == 4


async def test_four_senders_on_one_queue_send_each_message_once(ledger: Ledger) -> None:
    firms = [f"91611100PDY{n:06d}X" for n in range(25)]
    for firm in firms:
        await ledger.contact(firm, "ENTERPRISE", name=firm, email=f"office-{firm}@x.example", wishes={"duty": ["IN_APP", "EMAIL"]})
        await ledger.hear("registry.members.membership_declined", f"{USCC}~{firm}", {"association": USCC, "member": firm})
    await asyncio.gather(*(ledger.send() for _ in range(4)))
    assert sorted(m.recipients[0] for m in ledger.sink.mails) == [f"office-{firm}@x.example" for firm in firms]
    assert {n.stage for n in await ledger.rows(channel="EMAIL")} == {"SENT"}


async def test_taken_and_never_said_so_is_unknown_and_only_an_operator_has_it_sent_again(ledger: Ledger) -> None:
    await ledger.contact()
    await ledger.registered()
    ledger.sink.behaviour = Behaviour(silent=True)
    await ledger.send(patience=0.3)
    (row,) = await ledger.rows(channel="EMAIL")
    assert row.stage == "UNKNOWN"
    ledger.moment += timedelta(days=2)
    await ledger.engine.ring()
    assert await ledger.send() == 0
    ledger.sink.behaviour = Behaviour()
    form = notices.moves["resolve"].body(verdict="SEND_AGAIN", evidence="not in the log of the relay")
    await ledger.engine.execute(notices, "resolve", form, Call("OPERATOR", "ops", ledger.moment, uuid.uuid4()), row.id)
    assert await ledger.send() == 1
    assert [m.message_id for m in ledger.sink.mails] == [f"<{row.id}@guildhall.example>"] * 2


async def test_a_refusal_is_tried_again_when_its_wait_is_over(ledger: Ledger) -> None:
    await ledger.contact()
    await ledger.registered()
    ledger.sink.behaviour = Behaviour(code=451)
    await ledger.send()
    assert [n.stage for n in await ledger.rows(channel="EMAIL")] == ["FAILED"]
    ledger.sink.behaviour = Behaviour()
    ledger.moment += timedelta(seconds=61)
    await ledger.engine.ring()
    assert await ledger.send() == 1
    assert len(ledger.sink.mails) == 1


async def test_a_row_whose_sender_died_becomes_unknown_by_the_clock(ledger: Ledger) -> None:
    await ledger.contact()
    await ledger.registered()
    (row,) = await ledger.rows(channel="EMAIL")
    await LedgerDesk(ledger.engine).move(row, "begin")
    ledger.moment += timedelta(seconds=121)
    await ledger.engine.ring()
    assert [(n.stage, n.reason) for n in await ledger.rows(channel="EMAIL")] == [("UNKNOWN", "lease expired")]


async def test_what_is_queued_at_night_leaves_at_eight(ledger: Ledger) -> None:
    ledger.moment = datetime(2026, 3, 2, 22, tzinfo=SHANGHAI)
    await ledger.contact()
    await ledger.registered()
    assert await ledger.send() == 0
    ledger.moment = datetime(2026, 3, 3, 7, 59, 59, tzinfo=SHANGHAI)
    assert await ledger.send() == 0
    ledger.moment = datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
    assert await ledger.send() == 1


async def test_a_match_reaches_the_member_firms_of_both_sides(ledger: Ledger) -> None:
    await ledger.registered()
    await ledger.hear("registry.members.member_joined", f"{USCC}~{FIRM}", {"association": USCC, "member": FIRM, "joined_on": "2026-03-02"})
    sides = {"seeker": USCC, "candidate": OTHER}
    proposed = sides | {
        "seeker_kind": "ASSOCIATION",
        "seeker_name": "甲",
        "candidate_kind": "CHAMBER",
        "candidate_name": "外地商会",
        "score": 88,
    }
    await ledger.hear("matchmaking.matching.match_proposed", "m1", proposed)
    await ledger.hear("matchmaking.matching.match_connected", "m1", sides)
    (row,) = await ledger.rows(recipient=FIRM, template="match_connected_to_members", channel="IN_APP")
    assert row.values == {"seeker": "西咸新区航空物流协会", "candidate": "外地商会"}


async def test_a_later_step_of_a_case_finds_its_applicant(ledger: Ledger) -> None:
    opened = {"applicant": FIRM, "name": "西咸新区低空经济协会", "district": "XX"}
    await ledger.hear("registry.registration.registration_case_opened", "case-1", opened)
    await ledger.hear("registry.registration.registration_granted", "case-1", {"decided_on": "2026-03-02"})
    (row,) = await ledger.rows(template="registration_granted", channel="IN_APP")
    assert (row.recipient, row.values["about"]) == (FIRM, "西咸新区低空经济协会")


# ── reading ───────────────────────────────────────────────────────────────────────────────────────
async def test_an_inbox_is_paged_filtered_counted_and_in_ones_language(ledger: Ledger) -> None:
    await ledger.registered()
    for day in range(5):
        ledger.moment = NOON + timedelta(hours=day + 1)
        data = {"association": USCC, "year": 2020 + day, "due": "2026-03-31"}
        await ledger.hear("registry.supervision.annual_report_opened", f"{USCC}~{2020 + day}", data)
    seen, after = list[str](), ""
    for _ in range(4):
        page = (await ledger.get(f"/inbox?limit=2&after={after}", "ASSOCIATION", USCC, accept_language="en")).json()
        seen += [item["subject"] for item in page["items"]]
        after = page["next"] or ""
        if not after:
            break
    assert seen == [f"File the annual report {y} by 2026-03-31" for y in (2024, 2023, 2022, 2021, 2020)] + [
        "西咸新区航空物流协会 is registered"
    ]
    first = (await ledger.get("/inbox", "ASSOCIATION", USCC)).json()["items"][0]
    assert first["subject"] == "请于 2026-03-31 前报送 2024 年度工作报告"
    await ledger.engine.execute(notices, "read", notices.moves["read"].body(), Call("ASSOCIATION", USCC, NOON, uuid.uuid4()), first["id"])
    assert (await ledger.get("/inbox/summary", "ASSOCIATION", USCC)).json() == {
        "all": 6,
        "unread": 5,
        "classes": {"STATUTORY": {"all": 6, "unread": 5}},
    }
    assert len((await ledger.get("/inbox?unread=true", "ASSOCIATION", USCC)).json()["items"]) == 5
    assert len((await ledger.get("/inbox?class=DUTY", "ASSOCIATION", USCC)).json()["items"]) == 0
    assert (await ledger.get("/inbox", "ASSOCIATION", OTHER)).json()["items"] == []


async def test_a_new_city_reads_by_its_district(ledger: Ledger) -> None:
    await ledger.registered()
    found = (await ledger.get("/inbox", "NEW_CITY", "dept:XX-KG", "XX-KG")).json()["items"]
    assert [item["recipient"] for item in found] == ["dept:XX-KG"]
    assert (await ledger.get("/inbox", "NEW_CITY", "dept:XX-FD", "XX-FD")).json()["items"] == []


async def test_what_was_not_read_is_in_the_inbox_of_the_next_level(ledger: Ledger) -> None:
    await ledger.registered()
    ledger.moment = NOON + timedelta(days=4)
    await ledger.engine.ring()
    found = (await ledger.get("/inbox?escalated=true", "SO_ADMIN", "dept:so-admin")).json()["items"]
    assert [(item["recipient"], item["escalated"], item["can"]) for item in found] == [(USCC, 1, [])]


async def test_the_ledger_says_who_got_what_and_why_not_to_those_who_answer_for_it(ledger: Ledger) -> None:
    await ledger.registered()
    rows = (await ledger.get(f"/ledger?recipient={USCC}&channel=EMAIL", "OPERATOR", "ops")).json()["items"]
    assert [(r["stage"], r["reason"]) for r in rows] == [("SUPPRESSED", "NO_ADDRESS")]
    assert (await ledger.get("/ledger", "ASSOCIATION", USCC)).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/inbox?stage=x", "/inbox?limit=0", "/inbox?after=zzz", "/ledger?recipient[$ne]=x", "/ledger?recipient=", "/inbox?unread=perhaps"],
)
async def test_a_wrong_query_is_told_so(ledger: Ledger, path: str) -> None:
    assert (await ledger.get(path, "SO_ADMIN", "dept:so-admin")).status_code == 422
