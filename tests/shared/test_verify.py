"""`guildhall verify` bites: every planted fault is found and named, and a clean system gives no finding, also while commands run."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.__main__ import ledger
from services.notification.ledger.contact_point import contact_points
from services.notification.ledger.notice import Accepted
from services.notification.ledger.telling import notices
from services.notification.service import service as notification
from shared import kafka, replay, verify
from shared.audit import Refusals, seal
from shared.engine import Engine, Letter, stamped
from shared.findings import CHECKS, Report
from shared.http import KEYS
from shared.mongo import REFUSALS_KEPT, Store
from shared.record import Kind, NotAllowed, Refused
from shared.settings import Settings
from shared.verify import Ledger, Verifier
from tests.shared.conftest import NOW, Time, Zone, a_call, until
from tests.shared.kernel_samples import Form, cards, club, library, loans, notes

Sent = tuple[bytes, bytes, list[tuple[str, bytes]]]  # key, value, headers


class Bench:
    """Library and club over real databases; their topics are laid by hand, so that they can lie."""

    def __init__(self, stack: Any, prefix: str) -> None:
        self.settings = Settings(profile="test", kafka=(stack.kafka,), mongo=stack.mongo, prefix=prefix)
        self.time = Time()
        self.library, self.club = (Engine(s, Store(stack.mongo, f"{prefix}{s.name}"), self.time) for s in (library, club))
        self.ids: list[str] = []

    @property
    def servers(self) -> tuple[str, ...]:
        return self.settings.kafka

    async def prepare(self) -> "Bench":
        await kafka.create_topics(self.servers, [self.settings.prefix + t for s in (library, club) for t in s.topics], partitions=3)
        for engine in (self.library, self.club):
            await engine.store.prepare(engine.service.kinds, engine.service.indexes)
        return self

    async def story(self, loans_: int = 3, marks: int = 3) -> "Bench":
        for n in range(loans_):
            loan = (await self.library.execute(loans, "lend", Form(book=f"book-{n}"), a_call()))[0].record.id
            self.ids.append(loan)
            for m in range(marks):
                await self.mark(loan, f"m{m}")
        await self.library.execute(cards, "issue", cards.moves["issue"].body(pin="1234"), a_call())
        return self

    async def mark(self, loan: str, mark: str, **call: Any) -> None:
        await self.library.execute(loans, "mark", loans.moves["mark"].body(mark=mark), a_call(**call), loan)

    async def lay(self, lie: Callable[[list[Sent]], list[Sent]] = lambda sent: sent) -> "Bench":
        """Put what waits on the topics, or something else in its place, and settle it; then let the club hear and commit."""
        for engine in (self.library, self.club):
            producer = AIOKafkaProducer(bootstrap_servers=list(self.servers))
            await producer.start()
            for kind in engine.service.kinds:
                docs = await engine.store.pending(kind)
                true = [(d["_id"].encode(), orjson.dumps(e["data"]), kafka.headers(e)) for d in docs for e in d["outbox"]]
                for key, value, headers in lie(true) if kind is loans else true:
                    await producer.send_and_wait(self.settings.prefix + kind.topic, value, key=key, headers=headers)
                if docs:
                    await engine.store.settle(kind, docs)
            await producer.stop()
            if engine is self.library:
                await self.hear()
        return self

    async def hear(self) -> None:
        topic, consumer = self.settings.prefix + loans.topic, AIOKafkaConsumer(
            bootstrap_servers=list(self.servers), group_id=f"{self.settings.prefix}club", enable_auto_commit=False
        )  # fmt: skip
        for record in await kafka.read_all(self.servers, [topic]):
            if record.headers:
                await self.club.hear([kafka.letter_of(record)])
        await consumer.start()
        parts = [TopicPartition(topic, p) for p in await kafka.partitions_of(consumer, topic)]
        consumer.assign(parts)
        await consumer.commit(await consumer.end_offsets(parts))
        await consumer.stop()

    async def verify(self, only: str = "", replay: bool = False, **more: Any) -> Report:
        verifier = Verifier([library, club], self.settings, now=self.time, **more)
        try:
            return await verifier.run(only, replay)
        finally:
            await verifier.close()

    async def found(self, **how: Any) -> set[tuple[str, str, str]]:
        """Check, fault and record of every finding; the record by its number in the story where it has one."""
        report = await self.verify(**how)
        assert sum(report.counts.values()) == len(report.findings)
        numbers = {i: f"loan {n}" for n, i in enumerate(self.ids)}
        return {(f.check, f.fault, numbers.get(f.id.rsplit("/", 1)[-1], f.id)) for f in report.findings}

    def rows(self, kind: Kind[Any, Any], history: bool = False) -> Any:
        store = (self.library if kind in library.kinds else self.club).store
        return store.db[f"{kind.collection}.history" if history else kind.collection]


@pytest.fixture
async def bench(stack: Any) -> AsyncIterator[Bench]:
    made = await Bench(stack, f"test_{uuid.uuid4().hex[:10]}_").prepare()
    yield made
    for engine in (made.library, made.club):
        await engine.store.drop()
        await engine.store.close()


def sequence(sent: Sent) -> int:
    return int(dict(sent[2])["ce_sequence"])


def of(bench: Bench, sent: Sent, loan: int, number: int) -> bool:
    return sent[0].decode() == bench.ids[loan] and sequence(sent) == number


@pytest.fixture(autouse=True)
def looks_follow_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PAUSE", 0.02)
    monkeypatch.setattr(replay, "PAUSE", 0.05)


# ── clean ─────────────────────────────────────────────────────────────────────────────────────────
async def test_a_clean_system_gives_no_finding_and_says_what_was_looked_at(bench: Bench) -> None:
    await (await bench.story()).lay()
    await bench.mark(bench.ids[0], "still waits for Kafka")
    report = await bench.verify(replay=True)
    assert report.findings == []
    assert report.checked == [n for n in CHECKS if n not in ("notifications", "commands")]  # no such ledger, no histories
    assert report.looked["events on topics"] == 3 * 4 + 1 + 3
    assert report.looked["events kept"] == 3 * 4 + 1 + 3 + 1
    assert report.looked["documents compared"] == 3 + 3  # marks and notes
    assert sum(report.cut["topics"]["library.loans.v1"].values()) == 12
    assert report.cut["readers"]["library.loans.v1"]["club"] == report.cut["topics"]["library.loans.v1"]
    assert any("library.cards.card has private fields" in n for n in report.notes)
    assert json.loads(json.dumps(report.json()))["clean"] is True


async def test_repeated_sends_are_absorbed_and_counted(bench: Bench) -> None:
    await (await bench.story()).lay(lambda sent: [s for one in sent for s in (one, one)])
    report = await bench.verify(replay=True)
    assert (report.findings, report.looked["repeated sends"]) == ([], 12)


async def test_a_parked_record_with_its_letters_is_no_finding_until_one_is_gone(bench: Bench) -> None:
    await bench.story()
    await bench.mark(bench.ids[1], "poison")
    await bench.mark(bench.ids[1], "behind")
    await bench.lay()
    assert await bench.club.store.tally("letters", {"state": "PARKED"}) == 2
    assert await bench.found(replay=True) == set()
    await bench.club.store.remove("letters", {})
    assert await bench.found() == {("letters", "parked_without_letters", "loan 1")}
    await bench.club.store.put("heads", f"/library/loans/loan/{bench.ids[1]}", {"$unset": {"parked": ""}})
    assert await bench.found() == {("heads", "event_not_taken_in", "loan 1")}


async def test_letters_corrected_and_released_by_operators_are_replayed_as_they_took_effect(bench: Bench) -> None:
    await bench.story()
    for loan in bench.ids[:2]:
        await bench.mark(loan, "poison")
        await bench.mark(loan, "behind")
    await bench.lay()
    one, two = await bench.club.store.rows("letters", {"sequence": 5}, sort=[("key", 1)])
    await bench.club.store.put("letters", one["_id"], {"$set": {"data": {"mark": "mended"}}})
    assert await bench.club.redrive(one["key"]) == (2, "")
    assert await bench.club.release(two["_id"], "ops", "nobody can read it") == (1, "")
    assert await bench.found(replay=True) == set()


# ── the eight ─────────────────────────────────────────────────────────────────────────────────────
async def test_on_the_topic_an_event_missing_doubled_with_another_id_or_out_of_its_place_is_found(bench: Bench) -> None:
    await bench.story(5)

    def lie(sent: list[Sent]) -> list[Sent]:
        at = {(loan, n): next(i for i, s in enumerate(sent) if of(bench, s, loan, n)) for loan in range(4) for n in (2, 3)}
        key, value, headers = sent[at[2, 2]]
        other = (key, value, [(n, str(uuid.uuid4()).encode() if n == "ce_id" else v) for n, v in headers])
        sent[at[3, 2]], sent[at[3, 3]] = sent[at[3, 3]], sent[at[3, 2]]
        return [x for i, s in enumerate(sent) for x in ([] if i == at[1, 2] else [s, other] if i == at[2, 2] else [s])]

    await bench.lay(lie)
    assert await bench.found() == {
        ("log", "event_missing", "loan 1"),
        ("ghosts", "doubled_with_another_id", "loan 2"),
        ("log", "out_of_order", "loan 3"),
    }


async def test_a_read_model_edited_gone_or_invented_is_found(bench: Bench) -> None:
    await (await bench.story()).lay()
    await bench.club.store.put("marks", bench.ids[0], {"$push": {"marks": "never made"}})
    await bench.club.store.remove("marks", {"_id": bench.ids[1]})
    await bench.club.store.put("marks", "invented", {"$push": {"marks": "x"}})
    assert await bench.found(replay=True) == {("replay", "read_model_differs", i) for i in ("loan 0", "loan 1", "club/marks/invented")}
    assert await bench.found() == set()  # it takes the replay to see it


async def test_a_row_that_is_gone_is_found(bench: Bench) -> None:
    await (await bench.story()).lay()
    row = await bench.rows(notes).find_one_and_delete({"state.loan": bench.ids[1]})
    assert await bench.found() == {("history", "record_removed", f"/club/notes/note/{row['_id']}")}
    await bench.rows(notes, history=True).delete_many({"subject": row["_id"]})
    assert await bench.found() == {("ghosts", "not_in_the_history", f"/club/notes/note/{row['_id']}")}


async def test_a_history_altered_an_outbox_entry_dropped_or_a_version_skipped_is_found(bench: Bench) -> None:
    await (await bench.story(4)).lay()
    await bench.rows(loans, history=True).update_one({"subject": bench.ids[0], "sequence": 3}, {"$set": {"data.mark": "altered"}})
    await bench.mark(bench.ids[1], "dropped")
    await bench.rows(loans).update_one({"_id": bench.ids[1]}, {"$set": {"outbox": []}, "$unset": {"obx": ""}})
    await bench.rows(loans).update_one({"_id": bench.ids[2]}, {"$inc": {"version": 1}})
    assert await bench.found() == {
        ("ghosts", "content_differs", "loan 0"), ("state", "state_is_not_its_history", "loan 0"),
        ("history", "outbox_entry_dropped", "loan 1"), ("history", "version_skipped", "loan 2")}  # fmt: skip


# ── and others ────────────────────────────────────────────────────────────────────────────────────
Plant = Callable[[Bench, str], Awaitable[Any]]


async def set_head(bench: Bench, loan: str, seq: int) -> None:
    await bench.club.store.put("heads", f"/library/loans/loan/{loan}", {"$set": {"seq": seq}})


async def call_twice(bench: Bench, loan: str) -> None:
    """The same call at two versions, each with its event."""
    told = await bench.rows(loans, history=True).find_one({"subject": loan, "sequence": 2})
    await bench.mark(loan, "again", id=uuid.UUID(told["call"]))
    await bench.lay()


def recorded(sequence: int, by: timedelta) -> Plant:
    return lambda b, i: history(b, i, sequence, {"recorded": stamped(NOW + by)})


async def history(bench: Bench, loan: str, sequence: int, change: dict[str, Any]) -> None:
    await bench.rows(loans, history=True).update_one({"subject": loan, "sequence": sequence}, {"$set": change})


OTHERS: dict[str, tuple[Plant, set[tuple[str, str]]]] = {
    "a call that took effect twice": (call_twice, {("calls", "call_took_effect_twice")}),
    "a state that was edited": (
        lambda b, i: b.rows(loans).update_one({"_id": i}, {"$set": {"state.book": "another"}}), {("state", "state_is_not_its_history")}),
    "a record set back": (
        lambda b, i: b.rows(loans).update_one({"_id": i}, {"$inc": {"version": -1}, "$pop": {"calls": 1, "state.marks": 1}}),
        {("history", "version_set_back"), ("ghosts", "not_in_the_history")}),
    "an event of a type nobody knows": (
        lambda b, i: history(b, i, 2, {"type": "library.loans.x.v1"}), {("state", "history_cannot_be_read"), ("ghosts", "content_differs")}),
    "a key that was forgotten": (
        lambda b, i: b.rows(loans).update_one({"_id": i}, {"$pop": {"calls": 1}}), {("calls", "key_and_event_differ")}),
    "a head behind what was passed": (lambda b, i: set_head(b, i, 2), {("heads", "event_not_taken_in")}),
    "a head ahead of the topic": (lambda b, i: set_head(b, i, 9), {("heads", "ahead_of_the_topic")}),
    "a head that is gone": (
        lambda b, i: b.club.store.remove("heads", {"_id": f"/library/loans/loan/{i}"}), {("heads", "event_not_taken_in")}),
    "an event before its predecessor": (
        recorded(3, timedelta(minutes=-1)), {("time", "recorded_before_predecessor"), ("ghosts", "content_differs")}),
    "an event of tomorrow": (recorded(4, timedelta(days=1)), {("time", "recorded_in_the_future"), ("ghosts", "content_differs")}),
    "a change of nobody": (
        lambda b, i: history(b, i, 3, {"actor": {}}), {("audit", "change_without_author"), ("ghosts", "content_differs")}),
}  # fmt: skip


async def test_other_faults_are_found_and_named_each_at_its_own_record(bench: Bench) -> None:
    await (await bench.story(len(OTHERS) + 1)).lay()
    for loan, (plant, _) in zip(bench.ids, OTHERS.values(), strict=False):
        await plant(bench, loan)
    assert await bench.found() == {(check, fault, f"loan {n}") for n, (_, faults) in enumerate(OTHERS.values()) for check, fault in faults}


# ── what clients were answered ────────────────────────────────────────────────────────────────────
async def test_what_clients_were_answered_is_held_to_the_events(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files, one line each attempt; the first six loans fit, of the others each has one fault."""
    await bench.story(12, 1)
    lines: list[dict[str, Any]] = []

    def said(loan: int, key: str, outcome: str, version: int | None = None, **more: Any) -> None:
        at = stamped(NOW + timedelta(seconds=len(lines)))
        lines.append({"key": key, "service": "library", "kind": "library.loans.loan", "id": bench.ids[loan], "outcome": outcome, "version": version,
                      "status": None, "started": at, "ended": at, **more})  # fmt: skip

    async def called(loan: int, key: str, **more: Any) -> dict[str, Any]:
        call = uuid.uuid5(KEYS, f"enterprise/e1\nENTERPRISE\ne1\n\n/library/loans/{bench.ids[loan]}:mark\n{key}")
        await bench.mark(bench.ids[loan], key, id=call, **more)
        return {"call": str(call)}

    said(0, "by its call", "ok", 3, **await called(0, "by its call"))
    await called(1, "by its caller")
    said(1, "by its caller", "ok", 3, role="ENTERPRISE", organisation="e1")
    await called(2, "by trying")
    said(2, "by trying", "unknown", started="2026-03-02T00:59:00Z")
    said(2, "by trying", "ok", 3)
    said(3, "in doubt", "unknown", **await called(3, "in doubt"))
    said(4, "in doubt, and without effect", "unknown")
    said(5, "refused", "fail")
    said(1, "one that changed nothing", "ok", 3)
    said(6, "lost", "ok", 3, **await called(6, "lost"))
    said(7, "told twice", "ok", 3, **await called(7, "told twice"))
    await bench.mark(bench.ids[7], "between")
    await called(7, "told twice")
    said(8, "told at another", "ok", 4, **await called(8, "told at another"))
    said(9, "refused, and told", "fail", **await called(9, "refused, and told"))
    said(10, "answered with two", "ok", 3, **(call := await called(10, "answered with two")))
    said(10, "answered with two", "ok", 2, **call)
    said(11, "never heard of", "ok", 2)
    await bench.lay()
    rows = bench.rows(loans, history=True)
    await rows.delete_one({"subject": bench.ids[6], "sequence": 3})
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for file, part in zip(files, (lines[:5], lines[5:]), strict=True):
        file.write_bytes(b"".join(orjson.dumps(x) + b"\n" for x in part) + b'{"key": "half')
    report = await bench.verify(histories=files, stall=3.0)
    numbers = {i: n for n, i in enumerate(bench.ids)}
    assert {(numbers[f.id.rsplit("/", 1)[-1]], f.fault) for f in report.findings if f.check == "commands"} == {
        (6, "answer_without_effect"), (7, "key_with_two_effects"), (8, "answered_version_differs"), (9, "refused_and_took_effect"),
        (10, "answers_differ"), (11, "answer_without_effect")}  # fmt: skip
    assert {(f.check, f.fault) for f in report.findings} - {("commands", f.fault) for f in report.findings} == {
        ("history", "outbox_entry_dropped"), ("calls", "call_took_effect_twice"), ("ghosts", "not_in_the_history"), ("time", "answers_stalled")}  # fmt: skip
    figures = report.figures["commands"]
    assert (figures["ok"], figures["fail"], figures["unknown"], figures["worst_stall_s"]) == (9, 2, 2, 60.0)
    assert report.looked["commands that changed nothing"] == 1
    monkeypatch.setattr(verify, "ACTORS_MAX", 0)
    assert "let the histories name `call`" in (await bench.verify(histories=files)).open["commands"]
    files[0].write_text("no JSON\n")
    with pytest.raises(Refused, match=r"one\.jsonl:1 is no JSON"):
        await bench.verify(histories=files)


# ── refused authorisations ────────────────────────────────────────────────────────────────────────
async def test_a_refusal_removed_altered_or_cut_off_is_found(bench: Bench) -> None:
    trail, no = Refusals(bench.library.store), NotAllowed("role_not_allowed")
    await asyncio.gather(*(trail.note(a_call("ASSOCIATION", f"a{n}"), "POST", "/library/loans", no) for n in range(3)))
    other = Refusals(bench.library.store)  # another process
    await asyncio.gather(*(t.note(a_call("PANEL", "p"), "GET", "/library/loans/x", no) for t in (trail, other, trail, other)))
    await trail.note(a_call("PUBLIC", ""), "POST", "/library/loans", no)
    store, entries = bench.library.store, await bench.library.store.rows("refusals", {})
    assert [e["_id"] for e in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert [(e["role"], e["organisation"], e["code"]) for e in entries[:2]] == [
        ("ASSOCIATION", f"a{n}", "role_not_allowed") for n in range(2)
    ]
    report = await bench.verify("library")
    assert (report.findings, report.looked["refused authorisations"]) == ([], 7)

    async def found() -> list[tuple[str, str]]:
        report = await bench.verify("library")
        assert {f.check for f in report.findings} <= {"audit"}
        return [(f.fault, f.id.rsplit("/", 1)[-1]) for f in report.findings]

    await store.remove("refusals", {"_id": 4})
    assert await found() == [("refusal_removed", "5")]
    await store.append("refusals", [entries[3]])
    await store.put("refusals", entries[2]["_id"], {"$set": {"organisation": "another"}})
    assert await found() == [("refusal_altered", "3")]
    forged = entries[2] | {"organisation": "another"}
    await store.put("refusals", entries[2]["_id"], {"$set": {"hash": seal(forged["before"], forged)}})
    assert await found() == [("refusal_altered", "4")]  # its successor remembers
    await store.put("refusals", entries[2]["_id"], {"$set": entries[2]})
    await store.remove("refusals", {"_id": {"$gt": 5}})
    assert await found() == [("refusal_removed", "7")]
    await store.append("refusals", entries[5:])
    await store.remove("refusals", {"_id": {"$lt": 3}})
    assert await found() == [("refusal_removed", "3")]
    aged = entries[2] | {"before_at": datetime.now(UTC) - REFUSALS_KEPT - timedelta(days=1)}  # by then they go of themselves
    await store.put("refusals", 3, {"$set": {"before_at": aged["before_at"]}})  # type: ignore[arg-type]
    assert await found() == []


async def test_whoever_is_refused_over_http_is_entered_before_the_answer(zone: Zone) -> None:
    loan = (await zone.post("/library/loans", {"book": "of e1"})).json()["id"]
    store = zone.engine("library").store
    before = await store.tally("refusals", {})
    asked = [
        await zone.post("/library/loans", {"book": "x"}, role="PANEL", organisation="panel:01"),
        await zone.post(f"/library/loans/{loan}:mark", {"mark": "x"}, organisation="e2"),
        await zone.get(f"/library/loans/{loan}", role="ENTERPRISE", organisation="e3"),
        await zone.get("/library/loans/nobody", role="ENTERPRISE", organisation="e3"),
        await zone.client.post("/library/loans", json={"book": "x"}),
        await zone.post(f"/library/loans/{loan}:mark", {"mark": ""}),
    ]
    assert [a.status_code for a in asked] == [403, 404, 404, 404, 403, 422]
    entries = (await store.rows("refusals", {}))[before:]
    assert [(e["role"], e["organisation"], e["status"], e["hidden"]) for e in entries] == [
        ("PANEL", "panel:01", 403, False), ("ENTERPRISE", "e2", 404, True), ("ENTERPRISE", "e3", 404, True)]  # fmt: skip
    assert entries[1]["path"] == f"/library/loans/{loan}:mark"


# ── waiting ───────────────────────────────────────────────────────────────────────────────────────
async def test_what_waits_for_longer_than_it_may_is_found(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await bench.story(2, 1)).lay()
    monkeypatch.setattr(bench, "hear", lambda: asyncio.sleep(0))
    await bench.mark(bench.ids[0], "on the topic, and not heard")
    await bench.lay()
    await bench.mark(bench.ids[1], "still in the outbox")
    assert await bench.found() == set()
    await asyncio.sleep(0.2)
    report = await bench.verify(patience=0.1)
    assert {(f.check, f.fault, f.service, f.id) for f in report.findings} == {
        ("time", "outbox_stalled", "library", "library"), ("time", "reader_behind", "club", "library.loans.v1")}  # fmt: skip
    assert report.figures["outboxes"]["library"]["records"] == 1
    assert report.figures["readers"]["club of library.loans.v1"]["behind"] == 1


async def test_a_waiting_letter_whose_record_goes_on_is_found(bench: Bench) -> None:
    await bench.story()
    await bench.mark(bench.ids[1], "poison")
    await bench.lay()
    await bench.club.store.put("heads", f"/library/loans/loan/{bench.ids[1]}", {"$unset": {"parked": ""}, "$inc": {"seq": 1}})
    assert await bench.found() == {("letters", "letter_without_parked_record", "loan 1")}


async def test_bytes_on_a_topic_are_a_finding_when_a_reader_passed_them_and_kept_nothing(bench: Bench) -> None:
    await bench.story()
    await bench.lay(lambda sent: [*sent, (b"k", b"{", [])])
    report = await bench.verify()
    (found,) = report.findings
    assert (found.check, found.fault, report.looked["strangers on topics"]) == ("letters", "bytes_not_set_aside", 1)
    await bench.club.set_aside(found.id, "JSONDecodeError", b"{", [])
    assert await bench.found() == set()


async def test_of_many_findings_the_first_are_shown_and_all_are_counted(bench: Bench) -> None:
    await (await bench.story(6, 1)).lay()
    await bench.rows(loans).update_many({}, {"$inc": {"version": 1}})
    report = await bench.verify(limit=4)
    assert (len(report.findings), report.counts["history"]) == (4, 6)
    assert "… and 2 more" in "\n".join(report.lines())
    first = report.findings[0]
    assert first.show == f"guildhall verify --show {first.id}"


async def test_a_record_is_shown_whole_but_for_what_its_events_say(bench: Bench) -> None:
    await (await bench.story()).lay()
    verifier = Verifier([library, club], bench.settings)
    shown = await verifier.show(f"/library/loans/loan/{bench.ids[1]}")
    assert [e["sequence"] for e in shown["told"]] == [1, 2, 3, 4]
    assert [e["content"] for e in shown["topic"]] == [e["content"] for e in shown["told"]]
    assert shown["readers"]["club"]["head"]["seq"] == 4
    assert "book-1" not in str(shown)
    assert (await verifier.show(f"club/marks/{bench.ids[1]}"))["row"]["marks"] == ["m0", "m1", "m2"]
    with pytest.raises(Refused):
        await verifier.show("/nobody/knows/this/id")
    with pytest.raises(Refused):
        await verifier.show("/library/loans/loan")
    await verifier.close()


async def test_what_differs_because_a_reader_lags_is_open_and_no_finding(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await bench.story()).lay()
    await bench.mark(bench.ids[1], "on the topic, and not yet heard")
    monkeypatch.setattr(bench, "hear", lambda: asyncio.sleep(0))
    monkeypatch.setattr(replay, "PATIENCE", 0.1)
    await bench.lay()
    report = await bench.verify(replay=True)
    assert report.findings == []
    assert "club does not come as far as the topics; 1 documents differ" in report.open["replay"]
    assert (report.json()["clean"], report.json()["checks"]["replay"]["holds"]) == (False, None)


# ── alive ─────────────────────────────────────────────────────────────────────────────────────────
async def test_while_commands_run_nothing_is_found(zone: Zone, tmp_path: Path) -> None:
    """The clients keep their histories as `--history` takes them, with no more than their keys in them."""
    over, kept = False, tmp_path / "history.jsonl"
    lines: list[bytes] = []

    async def give(path: str, body: Any = None, id_: str | None = None) -> str:
        key, started = f"key-{len(lines)}-{uuid.uuid4().hex[:4]}", stamped(datetime.now(UTC))
        answer = await zone.post(path, body, idempotency_key=key)
        found = answer.json()
        if answer.is_success:
            id_ = str(found["id"])
        lines.append(orjson.dumps({"key": key, "service": "library", "kind": "library.loans.loan", "id": id_, "outcome": "ok" if answer.is_success else "fail",
                                   "version": found.get("meta", {}).get("version"), "status": answer.status_code, "started": started,
                                   "ended": stamped(datetime.now(UTC))}) + b"\n")  # fmt: skip
        return id_ or ""

    async def busy(n: int) -> int:
        count = 0
        while not over:
            loan = await give("/library/loans", {"book": f"busy-{n}-{count}"})
            for m in range(3):
                await give(f"/library/loans/{loan}:mark", {"mark": str(m)}, loan)
            await give(f"/library/loans/{loan}:return", None, loan)
            await give(f"/library/loans/{loan}:mark", {"mark": "too late"}, loan)
            count += 6
        return count

    readers = [asyncio.create_task(busy(n)) for n in range(3)]
    reports = []
    for with_replay in (False, True, True):
        kept.write_bytes(b"".join(lines))
        verifier = Verifier([library, club], zone.settings, now=zone.app.state.now, histories=[kept])
        reports.append(await verifier.run(replay=with_replay))
        await verifier.close()
    over = True
    told = sum(await asyncio.gather(*readers))
    assert [r.findings for r in reports] == [[]] * 3
    assert reports[-1].looked["commands of clients"] > 6
    seen = [r.looked["events on topics"] for r in reports]
    assert seen == sorted(set(seen))
    assert told > 0


async def test_as_a_command_it_says_so_and_ends_with_0_1_or_78(
    stack: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from services.__main__ import main, services, topics

    prefix = f"test_{uuid.uuid4().hex[:10]}_"
    for name, value in (("KAFKA", stack.kafka), ("MONGO", stack.mongo), ("PREFIX", prefix)):
        monkeypatch.setenv(f"GUILDHALL_{name}", value)

    async def verify(*more: str) -> tuple[int, str]:
        code = await asyncio.to_thread(main, ["verify", *more])
        done = capsys.readouterr()
        return code, done.out + done.err

    code, said = await verify()
    assert (code, "there is no topic" in said) == (78, True), said
    await kafka.create_topics([stack.kafka], topics(prefix), partitions=2)
    code, said = await verify("--service", "registry")
    assert (code, "holds  history" in said) == (0, True), said
    store = Store(stack.mongo, f"{prefix}registry")
    memberships = next(k for s in services() for k in s.kinds if k.collection == "members.membership")
    await store.prepare([memberships])
    await store.db["members.membership.history"].insert_one({"_id": "x", "subject": "gone", "sequence": 1, "data": {}, "recorded": stamped(NOW),
        "type": "t", "source": "s", "time": "t", "correlation": "c", "causation": "c", "actor": {"role": "r", "organisation": "o"}})  # fmt: skip
    code, said = await verify("--service", "registry", "--json")
    report = json.loads(said)
    assert code == 1, said
    assert {f["fault"] for f in report["findings"]} == {"record_removed", "event_missing"}
    assert report["checks"]["calls"]["holds"] is True
    await store.drop()
    await store.close()


# ── the real ledger ───────────────────────────────────────────────────────────────────────────────
async def test_in_the_ledger_of_notices_a_row_gone_doubled_or_forgotten_is_found(stack: Any, tmp_path: Path) -> None:
    prefix, time = f"test_{uuid.uuid4().hex[:10]}_", Time()
    settings = Settings(profile="test", kafka=(stack.kafka,), mongo=stack.mongo, prefix=prefix)
    engine = Engine(notification, Store(stack.mongo, f"{prefix}notification"), time)
    await engine.store.prepare(notification.kinds, notification.indexes)
    await kafka.create_topics(settings.kafka, [prefix + t for t in notification.topics], partitions=2)
    form = contact_points.moves["register"].body
    data = {"name": "西咸新区航空物流协会", "level": "NEW_CITY", "district": "XX-KG", "registered_on": "2026-03-02"}
    for uscc in ("51611100PDY00001XA", "51611100PDY00002X5"):
        await engine.execute(
            contact_points, "register", form.model_validate({"name": "办公室", "email": "office@example.cn"}), a_call("ASSOCIATION", uscc)
        )
        await engine.hear([Letter(str(uuid.uuid4()), "registry.associations.association_registered.v1", "/registry/associations/association", uscc, 1,
                                  stamped(NOW), {**data, "uscc": uscc}, "REG_AUTHORITY", "dept:approval")])  # fmt: skip
    by_mail = [row["_id"] for row in await engine.store.rows(notices.collection, {"state.channel": "EMAIL", "state.stage": "QUEUED"})]
    assert len(by_mail) > 1
    await engine.execute(notices, "begin", notices.moves["begin"].body(), a_call("PLATFORM", ""), by_mail[0])
    accepted = Accepted(attempt=1, receipt="250 kept", address="o***@example.cn")
    await engine.execute(notices, "accept", accepted, a_call("PLATFORM", ""), by_mail[0])
    relay = asyncio.create_task(kafka.Relay(engine, settings.kafka, prefix, sweep=0.1).run())
    engine.dirty.add(notices.name)
    engine.bell.set()
    await until(lambda: empty(engine))
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    rows = engine.store.db[notices.collection]
    kept = [row async for row in rows.find().sort("_id", 1)]

    async def found(*sinks: Path) -> set[tuple[str, str, str]]:
        verifier = Verifier([notification], settings, ledgers=[ledger()], now=time, sinks=sinks)
        report = await verifier.run()
        await verifier.close()
        return {(f.check, f.fault, f.id.rsplit("/", 1)[-1]) for f in report.findings}

    assert len(kept) >= 3
    assert await found() == set()
    journal = tmp_path / "sink.jsonl"

    async def handed(*lines: dict[str, Any]) -> set[tuple[str, str]]:
        journal.write_bytes(b"".join(orjson.dumps({"outcome": "ok", "recipient": "a@example.cn", **line}) + b"\n" for line in lines))
        told = await found(journal)
        assert {check for check, _, _ in told} <= {"notifications"}
        return {(fault, id_) for _, fault, id_ in told}

    sent, waiting = by_mail[:2]
    assert await handed({"id": sent}, {"id": sent}, {"id": waiting, "outcome": "fail"}) == set()
    assert await handed({"message_id": f"<{sent}@xixian.example>", "recipients": ["a@example.cn"], "recipient": ""}) == set()
    assert await handed() == {("not_at_the_sink", sent)}
    assert await handed({"id": sent}, {"id": "nobody's"}) == {("not_in_the_ledger", "nobody's")}
    assert await handed({"id": sent}, {"id": waiting, "outcome": "unknown"}) == {("sent_unmarked", waiting)}
    assert await handed({"id": sent}, {"id": sent, "recipient": "b@example.cn"}) == {("sent_to_another", sent)}
    history = engine.store.db[f"{notices.collection}.history"]
    yes = await history.find_one({"subject": sent, "sequence": 3})
    await history.insert_one(yes | {"_id": "again", "sequence": 4})
    await rows.update_one({"_id": sent}, {"$inc": {"version": 1}})
    assert ("notifications", "accepted_twice", sent) in await found()
    await history.delete_one({"_id": "again"})
    await rows.update_one({"_id": sent}, {"$inc": {"version": -1}})
    first, second = [row for row in kept if row["_id"] != sent][:2]
    await rows.delete_one({"_id": first["_id"]})
    assert await found() == {("history", "record_removed", first["_id"])}
    await rows.insert_one(first)
    await rows.update_one({"_id": second["_id"]}, {"$set": {"state.stage": "FAILED", "state.retry_at": None}})
    assert ("notifications", "neither_ended_nor_scheduled", second["_id"]) in await found()
    await rows.replace_one({"_id": second["_id"]}, second)
    twin = first | {"_id": "zz", "opened_by": "zz/0"}
    await rows.insert_one(twin)
    assert ("notifications", "told_twice", "zz") in await found()
    await engine.store.drop()
    await engine.store.close()


async def empty(engine: Engine) -> bool:
    return (await engine.store.backlog(engine.service.kinds))[0] == 0 and await engine.store.tally(f"{notices.collection}.history", {}) > 0


def test_every_stage_of_a_notice_is_an_end_or_has_a_time() -> None:
    told: Ledger = ledger()
    assert told.ends | set(told.waits) == set(notices.stages)
    assert set(told.once) | set(told.waits.values()) <= set(notices.state.model_fields)
