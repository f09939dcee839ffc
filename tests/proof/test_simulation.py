"""The simulation: the real store, engine, relay and intake under crashes, lost connections, rebalances and redelivery (issue 4 §2).

Hypothesis draws a life of the platform, ends it with a heal phase, and asks: nothing lost, nothing doubled, nothing out of order, every
read model as a replay would make it. `SIMULATIONS` says how many lives (`make prove`: 2,000), `SEED` repeats a run. Three builds that are
wrong on purpose show that the machine would see it.
"""

import asyncio
import contextlib
import os
import random
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from shared import letters as dead
from shared.engine import Effects, Letter
from shared.kafka import Intake, Relay, letter_of
from shared.mongo import OUTAGES, Doc, Session
from shared.record import Call, Kind, Malformed, Refused
from tests.proof.simulation import Build, Crash, Message, Process, Witness, World, simulated
from tests.shared.kernel_samples import Form, Marked, cards, club, count_marks, library, loans, notes

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
SIMULATIONS = int(os.environ.get("SIMULATIONS", "200"))
LIVES = 2000  # of which a wrong build is expected to live a small part
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
STEPS = 24
LOANS = "library.loans.v1"
KEYS = uuid.UUID("6ad1c1b8-5c2e-4a53-9d0f-3b8f0f3d6c11")
PLAYED = (Crash, KafkaError, *OUTAGES)
KEPT = timedelta(days=7)  # as long as a repeated key with another body is told from the first


class Broken(AssertionError):
    """A promise was not kept; `promise` says which."""

    def __init__(self, promise: str, evidence: object) -> None:
        super().__init__(f"{promise}: {evidence}\n(SEED={SEED} SIMULATIONS={SIMULATIONS} repeats this run)")
        self.promise = promise


def hold(true: bool, promise: str, evidence: object = "") -> None:
    if not true:
        raise Broken(promise, evidence)


@dataclass
class Ask:
    """One command as its client remembers it: what it asked, and what it was answered."""

    kind: Kind[Any, Any]
    move: str
    body: Any
    call: Call
    id: str | None
    keyed: bool
    events: int = 1
    answers: list[str] = field(default_factory=list)  # done | refused | unknown
    version: int = 0
    ids: tuple[str, ...] = ()


# ── strategies ────────────────────────────────────────────────────────────────────────────────────
SLOT = st.integers(0, 1)
KIND = st.sampled_from(["crash", "outage"])


def at(*points: str, skip: int = 2) -> st.SearchStrategy[tuple[str, str, int] | None]:
    """Nothing, or a crash or lost connection at one of these points, perhaps not the first time it is passed."""
    return st.none() | st.tuples(st.sampled_from(points), KIND, st.integers(0, skip))


ONCE = ("before transaction", "within transaction", "after transaction")
WRITING = at("before write", "after write", *ONCE, "before read")
RELAYING = at("before send", "after send", "before history", "after history", "before outbox", "after outbox", "before read")
TEXTS = st.lists(st.sampled_from(["m", "m", "poison"]), min_size=1, max_size=4)
TWICE = st.just(("repeat transaction", "outage", 0))
HEARING = TWICE | at(*ONCE, skip=0) | at(*ONCE, "before offsets", "after offsets", "before write", skip=1)
OPERATING = TWICE | at(*ONCE, "before write", "after write", skip=1)


class Life(RuleBasedStateMachine):
    """One life of the platform."""

    build = Build()
    sought = ""

    def __init__(self) -> None:
        super().__init__()
        self.mended, self.survivor = False, 0
        self.stuck: list[tuple[str, object]] = []  # what did not come to its end, told after what was lost or doubled
        self.asks: list[Ask] = []
        self.reasons: dict[str, str] = {}
        self.count = 0
        hearing = replace(club, on={Marked: self.bear})
        self.world = World([library, hearing], self.build)

    async def bear(self, heard: Marked, call: Call, effects: Effects) -> None:
        """The club's projection; once it is mended, also what it could not bear before."""
        if self.mended:
            effects.update("marks", heard.about, {"$push": {"marks": heard.mark}})
        else:
            await count_marks(heard, call, effects)

    # ── who and what ──────────────────────────────────────────────────────────────────────────────
    def process(self, service: str, slot: int) -> Process:
        return self.world.processes[service][slot]

    def do(self, process: Process, fault: Any, work: Coroutine[Any, Any, Any]) -> Any:
        """Let a process work until it is done, dead, or cut off; returns what it returned, or the exception of a failure played."""
        process.faults.arm(fault)
        try:
            return self.world.run(work)
        except PLAYED as error:
            return error
        finally:
            self.world.after()

    @property
    def loans(self) -> list[str]:
        return list(self.world.rows("library", loans.collection))

    def new_ask(self, kind: Kind[Any, Any], move: str, body: Any, id_: str | None, keyed: bool, who: str = "e1", events: int = 1) -> Ask:
        self.count += 1
        call = Call("ENTERPRISE", who, self.world.now(), uuid.uuid5(KEYS, str(self.count)))
        self.asks.append(Ask(kind, move, body, call, id_, keyed, events))
        return self.asks[-1]

    async def ask(self, process: Process, ask: Ask) -> None:
        """Send a command once, and remember the answer as its client must read it."""
        call, digest = replace(ask.call, now=self.world.now()), ask.body.model_dump_json() if ask.keyed else ""
        try:
            rows = await process.engine.execute(ask.kind, ask.move, ask.body, call, ask.id, digest=digest)
        except Refused:
            hold("done" not in ask.answers or not ask.keyed, "a key repeats its answer", ask)
            ask.answers.append("refused")
        except (Crash, *OUTAGES):
            ask.answers.append("unknown")
            raise
        else:
            ids = tuple(r.record.id for r in rows)
            if "done" in ask.answers:
                hold((ids, rows[0].version) == (ask.ids, ask.version), "a key repeats its answer", (ask, ids, rows[0].version))
            ask.answers.append("done")
            ask.ids, ask.version = ids, rows[0].version

    # ── commands ──────────────────────────────────────────────────────────────────────────────────
    @initialize(survivor=SLOT)
    def one_loan(self, survivor: int) -> None:
        """Something to work with from the first step on; and who will be left at the end."""
        self.survivor = survivor
        self.do(
            self.process("library", 0), None, self.ask(self.process("library", 0), self.new_ask(loans, "lend", Form(book="a"), None, True))
        )

    @rule(slot=SLOT, book=st.sampled_from("ab"), days=st.sampled_from([1, 14]), keyed=st.booleans(), fault=WRITING)
    def lend(self, slot: int, book: str, days: int, keyed: bool, fault: Any) -> None:
        desk = self.process("library", slot)
        self.do(desk, fault, self.ask(desk, self.new_ask(loans, "lend", Form(book=book, days=days), None, keyed)))

    @rule(slot=SLOT, books=st.lists(st.sampled_from("cd"), min_size=1, max_size=2), keyed=st.booleans(), fault=TWICE | WRITING)
    def lend_many(self, slot: int, books: list[str], keyed: bool, fault: Any) -> None:
        """All of them or none; two of one book cannot both have its first claim."""
        desk, body = self.process("library", slot), loans.moves["lend_many"].body(books=books)
        self.do(desk, fault, self.ask(desk, self.new_ask(loans, "lend_many", body, None, keyed, events=len(books))))

    @rule(slot=SLOT, who=st.sampled_from(["e1", "e2"]), fault=WRITING)
    def issue_card(self, slot: int, who: str, fault: Any) -> None:
        """A natural key: one card a holder."""
        desk, body = self.process("library", slot), cards.moves["issue"].body(pin="1234")
        self.do(desk, fault, self.ask(desk, self.new_ask(cards, "issue", body, None, False, who)))

    def marking(self, data: st.DataObject) -> Ask:
        text = data.draw(st.sampled_from(["m", "m", "m", "poison"]), label="mark")
        body = loans.moves["mark"].body(mark=text if text == "poison" else f"m{self.count}")
        return self.new_ask(
            loans, "mark", body, data.draw(st.sampled_from(self.loans), label="loan"), data.draw(st.booleans(), label="keyed")
        )

    @precondition(lambda self: self.loans)
    @rule(slot=SLOT, fault=WRITING, data=st.data())
    def mark(self, slot: int, fault: Any, data: st.DataObject) -> None:
        desk = self.process("library", slot)
        self.do(desk, fault, self.ask(desk, self.marking(data)))

    @precondition(lambda self: self.loans)
    @rule(slot=SLOT, fault=WRITING, keyed=st.booleans(), data=st.data())
    def bring_back(self, slot: int, fault: Any, keyed: bool, data: st.DataObject) -> None:
        desk, body = self.process("library", slot), loans.moves["return"].body()
        self.do(desk, fault, self.ask(desk, self.new_ask(loans, "return", body, data.draw(st.sampled_from(self.loans)), keyed)))

    @property
    def repeatable(self) -> list[Ask]:
        """Every keyed ask: a key is known for ever, by the record, by its outbox or by its history."""
        return [a for a in self.asks if a.keyed]

    @precondition(lambda self: self.loans)
    @rule(slot=SLOT, texts=TEXTS, flow=st.booleans(), out=RELAYING, into=HEARING, data=st.data())
    def busy_hour(self, slot: int, texts: list[str], flow: bool, out: Any, into: Any, data: st.DataObject) -> None:
        """Work without a fault; perhaps it flows as far as the readers, and meets one on the way."""
        desk, loan = self.process("library", slot), data.draw(st.sampled_from(self.loans))
        for text in texts:
            body = loans.moves["mark"].body(mark=text if text == "poison" else f"m{self.count}")
            self.do(desk, None, self.ask(desk, self.new_ask(loans, "mark", body, loan, True)))
        if flow:
            self.do(desk, out, self.relayed(desk, True))
            for reader in list(self.world.processes["club"]):
                self.do(reader, into, self.consumed(reader, 10, True))

    @precondition(lambda self: self.repeatable)
    @rule(slot=SLOT, fault=WRITING, data=st.data())
    def repeat(self, slot: int, fault: Any, data: st.DataObject) -> None:
        """A client that is not sure asks again with its key."""
        desk, ask = self.process("library", slot), data.draw(st.sampled_from(self.repeatable))
        self.do(desk, fault, self.ask(desk, ask))

    @precondition(lambda self: self.answered)
    @rule(slot=SLOT, data=st.data())
    def reuse(self, slot: int, data: st.DataObject) -> None:
        """A key used with another body is told so, as long as keys are kept."""
        desk, ask = self.process("library", slot), data.draw(st.sampled_from(self.answered))
        call = replace(ask.call, now=self.world.now())
        refused = self.do(desk, None, self.told(desk.engine.execute(ask.kind, ask.move, ask.body, call, ask.id, digest="another")))
        hold(refused == "idempotency_key_reused" or self.world.now() - ask.call.now >= KEPT, "a key belongs to one body", (ask, refused))

    @property
    def answered(self) -> list[Ask]:
        return [a for a in self.repeatable if "done" in a.answers]

    async def told(self, work: Coroutine[Any, Any, Any]) -> str:
        try:
            await work
        except Malformed as refused:
            return refused.code
        return ""

    # ── out ───────────────────────────────────────────────────────────────────────────────────────
    @rule(service=st.sampled_from(["library", "library", "club"]), slot=SLOT, fault=RELAYING, wait=st.booleans())
    def relay(self, service: str, slot: int, fault: Any, wait: bool) -> None:
        """A round, and perhaps the settling behind it."""
        self.do(self.process(service, slot), fault, self.relayed(self.process(service, slot), wait))

    async def relayed(self, process: Process, wait: bool) -> None:
        await process.relay_once()
        if wait:
            await asyncio.sleep(0.05)

    # ── in ────────────────────────────────────────────────────────────────────────────────────────
    @rule(slot=SLOT, most=st.integers(1, 6), fault=HEARING, wait=st.booleans())
    def consume(self, slot: int, most: int, fault: Any, wait: bool) -> None:
        """A batch, and perhaps the commit of its offsets."""
        reader = self.process("club", slot)
        self.do(reader, fault, self.consumed(reader, most, wait))

    async def consumed(self, reader: Process, most: int, wait: bool) -> None:
        await reader.consume(most)
        if wait:
            await asyncio.sleep(0.3)

    @rule(turn=st.integers(0, 3), orderly=st.booleans(), zombie=st.none() | SLOT, fault=at("before offsets", "after offsets"))
    def rebalance(self, turn: int, orderly: bool, zombie: int | None, fault: Any) -> None:
        """Partitions change hands: with a word before, or not, and then one reader may still be at a batch that is no longer its own."""
        late = self.process("club", zombie) if zombie is not None else None
        batch = late.member.fetch(4) if late else ()
        if orderly:
            for slot in range(2):
                reader = self.process("club", slot)
                if reader.intake:
                    self.do(reader, fault, reader.intake.drain.on_partitions_revoked(set(reader.member.position)))
        self.world.assign("club", turn)
        if late and batch and not late.faults.dead:
            other = self.process("club", 1 - (zombie or 0))
            self.do(other, None, other.consume(2))
            self.do(late, None, late.receive(batch))

    @precondition(lambda self: any(self.world.log.committed.values()))
    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        """Somebody resets the group to an earlier offset."""
        tp = data.draw(st.sampled_from(sorted(tp for tp, offset in self.world.log.committed.items() if offset)))
        self.world.log.committed[tp] = data.draw(st.integers(0, self.world.log.committed[tp] - 1))
        self.world.assign("club", data.draw(SLOT))

    @precondition(lambda self: self.world.log.of(LOANS))
    @rule(data=st.data())
    def redeliver(self, data: st.DataObject) -> None:
        """A record once more, long after it was first told."""
        m: Message = data.draw(st.sampled_from(self.world.log.of(LOANS)))
        self.world.log.append(m.topic, m.key, m.value, m.headers, m.partition)

    @rule(partition=SLOT, value=st.sampled_from([b"", b"\xff\xfe", b"[]", b"{}"]))
    def garbage(self, partition: int, value: bytes) -> None:
        """Bytes that are no event."""
        self.world.log.append(LOANS, b"nobody", value, (("ce_id", b"\xff"),), partition)

    # ── the operator ──────────────────────────────────────────────────────────────────────────────
    @rule()
    def mend(self) -> None:
        """The fix is deployed."""
        self.mended = True

    @property
    def parked(self) -> list[Doc]:
        return [r for r in self.world.rows("club", "letters").values() if r["state"] == "PARKED"]

    @precondition(lambda self: self.parked)
    @rule(slot=SLOT, fault=OPERATING)
    def redrive(self, slot: int, fault: Any) -> None:
        reader = self.process("club", slot)
        self.do(reader, fault, dead.redriven(reader.engine))

    @precondition(lambda self: self.parked)
    @rule(slot=SLOT, fault=OPERATING, data=st.data())
    def release(self, slot: int, fault: Any, data: st.DataObject) -> None:
        """A letter is given up."""
        reader, row = self.process("club", slot), data.draw(st.sampled_from(self.parked))
        self.do(reader, fault, self.released(reader, row["_id"]))

    async def released(self, reader: Process, id_: str) -> None:
        try:
            await reader.engine.release(id_, "operator-7", "a test")
        except Refused as refused:
            hold(refused.code in ("not_parked", "already_passed", "not_first"), "a release is done or refused", refused.code)

    # ── time ──────────────────────────────────────────────────────────────────────────────────────
    @rule(slot=SLOT, fault=WRITING)
    def ring(self, slot: int, fault: Any) -> None:
        desk = self.process("library", slot)
        self.do(desk, fault, desk.engine.ring())

    @rule(seconds=st.sampled_from([0.03, 0.5, 2.0, 90_000.0, 700_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.run(asyncio.sleep(seconds))
        self.world.after()

    @precondition(lambda self: self.loans)
    @rule(
        data=st.data(), paces=st.lists(st.integers(0, 4), min_size=4, max_size=4), actors=st.sets(st.integers(0, 6), min_size=2, max_size=4)
    )
    def at_once(self, data: st.DataObject, paces: list[int], actors: set[int]) -> None:
        """Several do something at the same time, step by step in turn; one of them may die of it."""
        (first, second), (one, two) = self.world.processes["library"], self.world.processes["club"]
        for process, pace in zip((first, second, one, two), paces, strict=True):
            process.faults.pace = pace
        data.draw(st.sampled_from([first, second]), label="victim").faults.arm(data.draw(RELAYING, label="fault"))
        todo = (
            partial(self.ask, first, self.marking(data)),
            partial(self.ask, second, self.marking(data)),
            partial(self.ask, first, self.new_ask(loans, "lend", Form(book="a"), None, False)),
            partial(self.ask, second, self.new_ask(loans, "lend", Form(book="a"), None, True)),
            partial(self.relayed, first, True),
            partial(self.relayed, second, True),
            partial(self.consumed, data.draw(st.sampled_from([one, two]), label="reader"), 4, False),
        )
        for outcome in self.world.run(self.together([todo[n] for n in sorted(actors)])):
            if isinstance(outcome, BaseException) and not isinstance(outcome, PLAYED):
                raise outcome
        self.world.after()

    async def together(self, works: list[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
        return await asyncio.gather(*(work() for work in works), return_exceptions=True)

    # ── what holds at every moment ────────────────────────────────────────────────────────────────
    @invariant()
    def no_letter_waits_without_its_record_waiting(self) -> None:
        heads = self.world.rows("club", "heads")
        for row in self.parked if not self.sought else ():
            hold(bool(heads.get(row["key"], {}).get("parked")), "no letter without a parked head", row)
            before = self.reasons.setdefault(row["_id"], row["reason"])
            hold(not row["reason"].startswith("behind") or before == row["reason"], "a letter keeps its own reason", (before, row))
            self.reasons[row["_id"]] = row["reason"]

    # ── the end ───────────────────────────────────────────────────────────────────────────────────
    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is not None:  # a step has failed already, and says why
                return
            self.heal()
            for check in (self.check_commands, self.check_log, self.check_heard, self.check_ends, self.check_read_models):
                with self.looking():
                    check()
        finally:
            self.world.close()

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Every broken promise counts; in a build that is wrong on purpose, the one it is known for."""
        try:
            yield
        except Broken as broken:
            if broken.promise.startswith(self.sought):
                raise

    def heal(self) -> None:
        """No more faults, one replica of each is left, and everything that runs for ever gets the time to finish."""
        self.mended = True
        for service, pair in self.world.processes.items():
            self.world.stop(pair[1 - self.survivor])
            self.world.run(pair[self.survivor].engine.ring())
            self.world.run(pair[self.survivor].relay_for(8.0))
            self.world.assign(service, 2 + self.survivor)
        self.drain()
        reader = self.process("club", self.survivor)
        self.stuck += [("a mended letter is heard", t) for t in self.world.run(dead.redriven(reader.engine)) if t["stopped"]]
        for key in [h["_id"] for h in self.world.rows("club", "heads").values() if h.get("parked")]:
            if self.world.run(reader.engine.redrive(key)) != (0, ""):
                self.stuck.append(("an empty redrive lifts the bar", key))
        self.world.run(reader.relay_for(8.0))
        for service, pair in self.world.processes.items():
            count, _ = self.world.run(pair[self.survivor].engine.store.backlog(self.world.services[service].kinds))
            if count:
                self.stuck.append(("the relay comes to its end", (service, count)))

    def drain(self) -> None:
        reader = self.process("club", self.survivor)
        while self.world.run(reader.consume(20)):
            pass
        self.world.run(asyncio.sleep(1.0))
        for partition in range(2):
            tp = TopicPartition(LOANS, partition)
            end, done = len(self.world.log.parts.get(tp, ())), self.world.log.committed.get(tp, 0)
            if end != done:
                self.stuck.append(("the intake comes to its end", (tp, done, end)))

    def check_ends(self) -> None:
        for promise, evidence in self.stuck:
            hold(False, promise, evidence)

    def check_commands(self) -> None:
        """Done means told once, refused means not at all, unknown means one of the two."""
        told = [e for kind in library.kinds for row in self.world.told("library", kind).values() for e in row]
        calls = Counter(e["call"] for e in told)
        hold(len({e["_id"] for e in told}) == len(told), "an event is told once")
        for ask in self.asks:
            found = calls.pop(str(ask.call.id), 0)
            if "done" in ask.answers:
                hold(found >= ask.events, "lost: a command that was accepted", ask)
            if "done" not in ask.answers and "unknown" not in ask.answers:
                hold(found == 0, "doubled: a command that was refused", ask)
            hold(found in (0, ask.events), "doubled: a command", (found, ask))
        clock = {e["call"] for e in told if e["actor"]["role"] == "CLOCK"}
        hold(not set(calls) - clock, "an event of nobody", calls)
        hold(all(calls[c] == 1 for c in clock), "doubled: a clock", calls)
        for service, kind in (("library", loans), ("club", notes)):
            entries = self.world.told(service, kind)
            rows = self.world.rows(service, kind.collection)
            hold(entries.keys() == rows.keys(), "every record has its history", (entries.keys() ^ rows.keys()))
            for id_, row in rows.items():
                hold([e["sequence"] for e in entries[id_]] == list(range(1, row["version"] + 1)), "a history has no gap", id_)
                folded = kind.fold(id_, [(e["type"], e["data"]) for e in entries[id_]])
                hold(folded is not None and folded.model_dump(mode="json") == row["state"], "state is the fold of its history", id_)
        for id_, row in self.world.rows("library", loans.collection).items():
            due = row.get("due")
            hold(row["state"]["stage"] != "LENT" or due is not None, "every loan has its clock", id_)

    def check_log(self) -> None:
        """The topics tell every history, in its order, and nothing else."""
        for service, kind in (("library", loans), ("library", cards), ("club", notes)):
            first: dict[str, list[str]] = {}
            for message in self.world.log.of(kind.topic):
                if message.header("ce_sequence"):
                    told = first.setdefault((message.key or b"").decode(), [])
                    if message.header("ce_id") not in told:
                        told.append(message.header("ce_id"))
            history = {id_: [e["_id"] for e in entries] for id_, entries in self.world.told(service, kind).items()}
            for id_ in history.keys() | first.keys():
                here, there = history.get(id_, []), first.get(id_, [])
                hold(not set(here) - set(there), "lost: an event never sent", (id_, here, there))
                hold(not set(there) - set(here), "an event of nobody in the log", (id_, here, there))
                hold(here == there, "out of order in the log", (id_, here, there))

    def heard(self) -> tuple[dict[str, list[Letter]], set[str]]:
        """Per record what could be heard, in order; and the ids that an operator has given up."""
        told: dict[str, dict[int, Letter]] = {}
        for message in self.world.log.of(LOANS):
            if message.header("ce_sequence"):
                letter = letter_of(message)
                told.setdefault(letter.key, {}).setdefault(letter.sequence, letter)
        released = {r["_id"] for r in self.world.rows("club", "letters").values() if r["state"] == "RELEASED"}
        return {key: [row[n] for n in sorted(row)] for key, row in told.items()}, released

    def check_heard(self) -> None:
        """Everything took effect once and in order, but for what was given up by name."""
        told, released = self.heard()
        effects: dict[str, list[str]] = {}
        for letter in self.world.data["club"].journal:
            effects.setdefault(letter.key, []).append(letter.id)
        heads, rows = self.world.rows("club", "heads"), self.world.rows("club", "letters")
        pairs = {key: ([x.id for x in all_ if x.id not in released], effects.get(key, [])) for key, all_ in told.items()}
        for wanted, found in pairs.values():
            hold(len(set(found)) == len(found), "doubled: an effect", (wanted, found))
        for wanted, found in pairs.values():
            hold(not set(wanted) - set(found), "lost: an effect", (wanted, found))
        for wanted, found in pairs.values():
            hold(wanted == found, "out of order: effects", (wanted, found))
        for key, all_ in told.items():
            head = heads.get(key, {})
            hold(head.get("seq") == all_[-1].sequence and not head.get("parked"), "heads are as far as the log", (key, head))
        hold(effects.keys() <= told.keys() and heads.keys() == told.keys(), "nobody is heard who is not in the log")
        hold(not self.parked, "no letter without a parked head", self.parked)
        hold({r["state"] for r in rows.values()} <= {"REDRIVEN", "RELEASED", "UNREADABLE"}, "letters have an end", rows)
        garbage = sum(not m.header("ce_sequence") for m in self.world.log.of(LOANS))
        aside = sum(r["state"] == "UNREADABLE" for r in rows.values())
        hold(aside >= garbage, "lost: bytes that are no event", (aside, garbage))
        hold(aside <= garbage, "doubled: bytes that are no event", (aside, garbage))

    def check_read_models(self) -> None:
        """What the club knows is what the same letters make of an empty club, by the pure rules and by the engine."""
        told, released = self.heard()
        marks = {
            all_[0].subject: [x.data["mark"] for x in all_ if x.type.endswith("book_marked.v1") and x.id not in released]
            for all_ in told.values()
        }
        live = {id_: row["marks"] for id_, row in self.world.rows("club", "marks").items()}
        hold(live == {id_: m for id_, m in marks.items() if m}, "marks are as in the log", (live, marks))
        states = {id_: row["state"] for id_, row in self.world.rows("club", notes.collection).items()}
        hold(states == pure_notes(self.world.data["club"].journal), "notes are as the pure rules make them", states)
        if not released:
            fresh = World([self.world.services["club"]])
            try:
                fresh.run(fresh.processes["club"][0].engine.hear(self.world.data["club"].journal))
                again = {id_: row["state"] for id_, row in fresh.rows("club", notes.collection).items()}
                hold(again == states, "notes are as a replay makes them", (again, states))
                hold({i: r["marks"] for i, r in fresh.rows("club", "marks").items()} == live, "marks are as a replay makes them", live)
            finally:
                fresh.close()


def pure_notes(journal: list[Letter]) -> dict[str, Any]:
    """The notes a journal makes, by nothing but the rules."""
    made: dict[str, Any] = {}
    for letter in journal:
        call = Call("PLATFORM", letter.organisation, datetime.fromisoformat(letter.time), uuid.UUID(letter.id))
        for move in notes.moves.values():
            if move.heard is None or not move.heard.accepts(letter.type):
                continue
            heard = move.heard.read(letter.type, letter.subject, letter.data)
            mine = replace(call, id=uuid.uuid5(call.id, f"{notes.name}.{move.name}"))
            if move.opens:
                for nth, event in enumerate(notes.decide(None, move, heard, mine)):
                    note = notes.open(event, mine.new_id(f"{notes.name}/{nth}"))
                    made[note.id] = note
                continue
            wanted = move.where(heard) if move.where else {}
            for id_, note in list(made.items()):
                if note.stage in move.when and all(getattr(note, n) == v for n, v in wanted.items()):
                    made[id_] = notes.evolve(note, notes.decide(note, move, heard, mine))
    return {id_: note.model_dump(mode="json") for id_, note in made.items()}


# ── builds that are wrong on purpose ──────────────────────────────────────────────────────────────
class CommitsBeforeHandling(Intake):
    async def receive(self, message: Any) -> None:
        await self.subscriber.consumer.commit({TopicPartition(r.topic, r.partition): r.offset + 1 for r in message.raw_message})
        await super().receive(message)


class MarksBeforeSending(Relay):
    async def send(self, kind: Kind[Any, Any], docs: Any, producer: Any) -> int:
        await self.engine.store.settle(kind, docs)
        return await super().send(kind, docs, producer)


class WithoutInbox(Witness):
    """Parks in order like the right one, and takes every repetition for news."""

    async def _together(self, letters: Any, redriven: bool = False) -> None:
        async def body(session: Session) -> None:
            effects = Effects(self.store, session, self.now())
            for letter in letters:
                head = await effects.one("heads", letter.key) or {}
                if head.get("parked") and not redriven and letter.sequence > head["seq"]:
                    self._bury(effects, letter, "behind a parked event of the same record")
                    continue
                if letter.type in self.service.hears:
                    await self._react(letter, effects)
                effects.update("heads", letter.key, {"$max": {"seq": letter.sequence}})
            await effects.flush()

        await self.store.transaction(body)


@pytest.fixture(autouse=True)
def played() -> Iterator[None]:
    with simulated():
        yield


def live(build: Build, lives: int, *phases: Phase, sought: str = "") -> None:
    """So many lives, or up to the first that breaks a promise. Raises: Broken."""
    machine = type("Life", (Life,), {"build": build, "sought": sought, "TestCase": None})
    told = settings(max_examples=lives, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True, phases=phases,
                    report_multiple_bugs=False, suppress_health_check=list(HealthCheck))  # fmt: skip
    print(f"SEED={SEED} SIMULATIONS={SIMULATIONS}")
    run_state_machine_as_test(seed(SEED)(machine), settings=told)


def test_whatever_dies_nothing_is_lost_doubled_or_out_of_order() -> None:
    live(Build(), SIMULATIONS, Phase.generate, Phase.shrink)


@pytest.mark.parametrize(
    ("build", "harm"),
    [
        pytest.param(Build(intake=CommitsBeforeHandling), "lost", id="commit before handle"),
        pytest.param(Build(relay=MarksBeforeSending), "lost", id="mark before send"),
        pytest.param(Build(engine=WithoutInbox), "doubled", id="no inbox"),
    ],
)
def test_a_wrong_build_is_caught(build: Build, harm: str) -> None:
    with pytest.raises(Broken) as caught:
        live(build, LIVES, Phase.generate, sought=harm)
    assert caught.value.promise.startswith(harm)
