"""The sender: row before send, three outcomes, never twice."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pymongo.errors import AutoReconnect

from services.notification.channels.outcome import Message, Outcome
from services.notification.channels.sender import LedgerDesk, Sender, line, message_of, up_to, work
from services.notification.ledger.notice import Notice, notices
from services.notification.ledger.telling import tell
from shared.record import SHANGHAI, Call, Refused, Value
from tests.notification.ledger.test_telling import CALL, OVERDUE, TO

NOON = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)
OK, NO, NEVER, WHO_KNOWS = (
    Outcome("ok", "250 kept"),
    Outcome("failed", "451"),
    Outcome("failed", "550", permanent=True),
    Outcome("unknown", "after DATA"),
)


class Ledger:
    """The ledger in memory: the real rules, a version guard, and a failure on demand."""

    def __init__(self, *rows: Notice, now: datetime = NOON) -> None:
        self.rows = {r.id: r for r in rows}
        self.moment, self.away = now, 0
        self.addresses: dict[str, str] = {}

    def now(self) -> datetime:
        return self.moment

    async def due(self, channels: Sequence[str], limit: int) -> list[Notice]:
        ripe = [
            r for r in self.rows.values() if r.stage in ("QUEUED", "RETRIED") and r.channel in channels and r.scheduled_for <= self.moment
        ]
        return ripe[:limit]

    async def address(self, notice: Notice) -> str:
        return self.addresses.get(notice.recipient, "office@x.example")

    async def move(self, notice: Notice, move: str, form: Value | None = None) -> Notice | None:
        if move != "begin" and self.away:
            self.away -= 1
            raise AutoReconnect("away")
        await asyncio.sleep(0)
        call, now = Call("PLATFORM", "", self.moment, UUID(int=1)), self.rows[notice.id]
        try:
            events = notices.decide(now, notices.moves[move], form or notices.moves[move].body(), call)
        except Refused:
            return None
        self.rows[notice.id] = notices.evolve(now, events)
        return self.rows[notice.id]

    def ring(self) -> None:
        """Every clock that is due."""
        for row in list(self.rows.values()):
            for at, move in notices.clocks(row, {}):
                if at <= self.moment:
                    self.rows[row.id] = notices.evolve(
                        row, notices.decide(row, move, move.body(), Call("CLOCK", "", self.moment, UUID(int=2)))
                    )

    @property
    def stages(self) -> list[str]:
        return [r.stage for r in self.rows.values()]


class Fake:
    """A transport that answers as told and remembers what it was handed."""

    def __init__(self, answer: Callable[[Message], Any] | Outcome = OK) -> None:
        self.answer, self.sent, self.closed = answer, list[Message](), False
        self.at_once = self.most = 0

    async def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            outcome = self.answer if isinstance(self.answer, Outcome) else await self.answer(message)
        finally:
            self.at_once -= 1
        assert isinstance(outcome, Outcome)
        return outcome

    async def close(self) -> None:
        self.closed = True


def rows(count: int = 1, **change: Any) -> list[Notice]:
    to = TO.model_copy(update={"channels": ("EMAIL",), **change})
    return [notices.open(tell(CALL, OVERDUE, [to.model_copy(update={"organisation": f"A{n}"})])[0], "") for n in range(count)]


async def send(ledger: Ledger, fake: Fake, **more: Any) -> int:
    return await Sender(ledger, {"EMAIL": fake}, patience=0.0, **more).round()


# ── three outcomes ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("outcome", "stage"), [(OK, "SENT"), (NO, "FAILED"), (NEVER, "DEAD"), (WHO_KNOWS, "UNKNOWN")])
async def test_each_outcome_has_its_stage(outcome: Outcome, stage: str) -> None:
    ledger, fake = Ledger(*rows()), Fake(outcome)
    assert await send(ledger, fake) == 1
    assert ledger.stages == [stage]


async def test_the_row_is_sending_with_its_attempt_while_the_transport_is_called() -> None:
    ledger = Ledger(*rows())
    seen: list[tuple[str, int]] = []

    async def look(message: Message) -> Outcome:
        seen.append((ledger.rows[message.id].stage, ledger.rows[message.id].attempts))
        return OK

    await send(ledger, Fake(look))
    assert seen == [("SENDING", 1)]


async def test_a_failure_is_tried_again_after_its_wait_and_not_before() -> None:
    ledger, fake = Ledger(*rows()), Fake(NO)
    await send(ledger, fake)
    ledger.ring()
    assert await send(ledger, fake) == 0
    ledger.moment += timedelta(seconds=60)
    ledger.ring()
    fake.answer = OK
    assert await send(ledger, fake) == 1
    assert (ledger.stages, len(fake.sent)) == (["SENT"], 2)


async def test_the_identity_stays_the_same_over_attempts() -> None:
    ledger, fake = Ledger(*rows()), Fake(NO)
    for _ in range(2):
        await send(ledger, fake)
        ledger.moment += timedelta(seconds=300)
        ledger.ring()
    assert len({m.id for m in fake.sent}) == 1


async def test_unknown_is_not_sent_again_however_long_one_waits() -> None:
    ledger, fake = Ledger(*rows()), Fake(WHO_KNOWS)
    await send(ledger, fake)
    ledger.moment += timedelta(days=30)
    ledger.ring()
    assert await send(ledger, fake) == 0
    assert (ledger.stages, len(fake.sent)) == (["UNKNOWN"], 1)


# ── killed, slow, raced, away ─────────────────────────────────────────────────────────────────────
async def test_killed_between_their_yes_and_our_mark_is_unknown_and_never_resent() -> None:
    ledger = Ledger(*rows())
    accepted = asyncio.Event()

    async def take_and_die(_: Message) -> Outcome:
        accepted.set()
        await asyncio.Event().wait()
        return OK

    fake = Fake(take_and_die)
    killed = asyncio.ensure_future(send(ledger, fake))
    await accepted.wait()
    killed.cancel()
    await asyncio.wait({killed})
    assert ledger.stages == ["SENDING"]
    assert await send(ledger, fake) == 0
    ledger.moment += timedelta(seconds=121)
    ledger.ring()
    assert ledger.stages == ["UNKNOWN"]
    assert await send(ledger, Fake()) == 0
    assert len(fake.sent) == 1


async def test_a_transport_silent_beyond_the_lease_is_unknown() -> None:
    ledger = Ledger(*rows())

    async def never(_: Message) -> Outcome:
        await asyncio.Event().wait()
        return OK

    fake = Fake(never)

    sender = Sender(ledger, {"EMAIL": fake})
    claimed = await ledger.move(next(iter(ledger.rows.values())), "begin")
    assert claimed
    assert claimed.lease_until
    ledger.moment = claimed.lease_until  # nothing is left of the lease
    outcome = await sender._attempt(claimed, "office@x.example")
    assert outcome.kind == "unknown"


async def test_two_senders_share_a_queue_and_nothing_goes_twice() -> None:
    ledger, fake = Ledger(*rows(50)), Fake()
    await asyncio.gather(*(send(ledger, fake) for _ in range(4)))
    assert len(fake.sent) == len({m.id for m in fake.sent}) == 50
    assert set(ledger.stages) == {"SENT"}


async def test_no_more_than_so_many_at_once() -> None:
    async def slowly(_: Message) -> Outcome:
        await asyncio.sleep(0.001)
        return OK

    ledger, fake = Ledger(*rows(30)), Fake(slowly)
    await send(ledger, fake, at_once=5)
    assert (fake.most, len(fake.sent)) == (5, 30)


async def test_a_result_is_written_down_when_the_database_is_back() -> None:
    ledger, fake = Ledger(*rows()), Fake()
    ledger.away = 3
    await send(ledger, fake)
    assert (ledger.stages, len(fake.sent)) == (["SENT"], 1)


async def test_a_database_that_stays_away_ends_the_round_and_leaves_the_row_to_its_lease() -> None:
    ledger, fake = Ledger(*rows(3)), Fake()
    ledger.away = 10**6
    with pytest.raises(AutoReconnect):
        await send(ledger, fake)
    assert (set(ledger.stages), len(fake.sent)) == ({"SENDING"}, 3)


async def test_without_an_address_nothing_is_handed_over() -> None:
    ledger, fake = Ledger(*rows()), Fake()
    ledger.addresses["A0"] = ""
    await send(ledger, fake)
    assert (ledger.stages, fake.sent) == (["DEAD"], [])
    assert next(iter(ledger.rows.values())).reason == "no address"


async def test_without_a_transport_rows_wait() -> None:
    ledger = Ledger(*rows())
    assert await Sender(ledger, {}).round() == 0
    assert ledger.stages == ["QUEUED"]


async def test_at_night_nothing_is_handed_over() -> None:
    ledger, fake = Ledger(*rows(), now=datetime(2026, 3, 2, 22, tzinfo=SHANGHAI)), Fake()
    assert await send(ledger, fake) == 0
    assert (ledger.stages, fake.sent) == (["QUEUED"], [])


async def test_told_to_stop_it_finishes_what_is_under_way_and_begins_nothing_more() -> None:
    ledger = Ledger(*rows(5))
    begun = asyncio.Event()

    async def slowly(_: Message) -> Outcome:
        begun.set()
        await asyncio.sleep(0.05)
        return OK

    fake = Fake(slowly)
    working = asyncio.ensure_future(work(Sender(ledger, {"EMAIL": fake}, at_once=2)))
    await begun.wait()
    working.cancel()
    await asyncio.wait({working})
    assert sorted(ledger.stages) == ["QUEUED"] * 3 + ["SENT"] * 2


# ── words ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_text_is_in_the_recipients_language() -> None:
    zh, en = (message_of(rows(locale=lang)[0], "o@x.example") for lang in ("zh", "en"))
    assert (zh.subject, en.subject) == ("2025 年度工作报告已逾期", "Annual report 2025 is overdue")


@pytest.mark.parametrize(
    ("said", "kept"), [("250 ok\r\nmore", "250 ok  more"), ("", "no detail"), ("x" * 500, "x" * 200), ("\x1b[31m", "[31m")]
)
def test_an_answer_is_kept_as_one_printable_line(said: str, kept: str) -> None:
    assert line(said) == kept


def test_the_query_for_what_is_due_is_exact_to_the_second_with_and_without_fractions() -> None:
    bound = up_to(datetime(2026, 3, 3, 8, 0, 0, 400_000, tzinfo=SHANGHAI))
    assert bound > "2026-03-03T00:00:00Z"
    assert "2026-03-03T00:00:00.900000Z" < bound < "2026-03-03T00:00:01Z"
    assert bound > "2026-03-02T23:59:59.999999Z"


class Store:
    """Remembers the query and answers it from a list."""

    def __init__(self, docs: list[dict[str, Any]]) -> None:
        self.docs, self.asked = docs, dict[str, Any]()

    async def rows(self, collection: str, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]], limit: int) -> list[dict[str, Any]]:
        self.asked = {"collection": collection, **where}
        return self.docs


async def test_the_desk_asks_for_ripe_rows_and_reads_them_as_records() -> None:
    row = rows()[0]
    doc = {"_id": row.id, "version": 1, "schema": 1, "state": row.model_dump(mode="json"), "fired": {}, "calls": [], "created": {}, "changed_at": NOON,
           "opened_by": "x/0"}  # fmt: skip
    store = Store([doc])
    engine: Any = type("E", (), {"store": store, "now": lambda self: NOON})()
    assert await LedgerDesk(engine).due(["EMAIL"], 10) == [row]
    assert store.asked["collection"] == "ledger.notice"
    assert store.asked["state.channel"] == {"$in": ["EMAIL"]}
