"""Walks every record type. Nothing here knows any of them; a new type is tested the moment its service lists it.

One walk draws moves, bodies, callers and the time, and holds each step to what must be true of all: only `Refused` is
raised, in both languages; the rules are pure; what is decided was announced; what is kept can be read again; the events
tell all that is not private and nothing that is; deadlines come to rest; nobody acts out of role, scope or stage; a
command decided on what has meanwhile changed is refused or still lawful.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from operator import attrgetter
from random import Random
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from shared.docs import edges, ends
from shared.record import BY_DISTRICT, ROLES, Call, Event, Kind, Move, NotAllowed, NotFound, Record, Refused, flatten, private, snake

parse_pattern = cache(re._parser.parse)  # type: ignore[attr-defined]
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ASSOCIATIONS = ("51611100PDY00001XA", "51611100PDY000028A", "51611100PDY0000365")  # the self-defined zone of GB 11714: never real
ENTERPRISES = ("91611100PDY00001X6",)
DISTRICTS = ("XX-FD", "XX-KG")
WORDS = ("光伏", "航空物流", "lamp oil", "A")
CODES = (*ASSOCIATIONS, *ENTERPRISES, *DISTRICTS, "C3825", "3825", "G5632", "610112", "2026", "02", "https://a.example/x", "a@b.example")
OFFICES = {
    "REG_AUTHORITY": "dept:approval", "SO_ADMIN": "dept:so-admin", "SUPERVISING_UNIT": "dept:supervising", "INDUSTRY_DEPT": "dept:industry",
    "PARTY_WORK": "dept:party", "FIC": "dept:fic", "INVEST_DEPT": "dept:invest",
}  # fmt: skip
NOBODY, NOWHERE = "51611100PDY0000440", "XX-JH"  # a caller nothing belongs to
UNREADABLE = re.compile(r"^\d{4}-\d\d-\d\d")
REST = 40  # so many rings in less than a year are a clock that never rests

Hint = Callable[[Any, Random], dict[str, Any]]
Rows = Callable[[Mapping[str, Any], Random], list[dict[str, Any]]]  # what a read model holds for a question
Hints = Mapping[
    str, Hint
]  # "<kind>.<move>" → the form a careful person would send; beside it `given.<name>`, what was fetched, and `given.by`, who sends it


@dataclass(eq=False)
class World:
    """What a walk knows beyond its kind: the forms of careful people, and what other kinds tell."""

    hints: Hints = field(default_factory=dict)
    published: Mapping[str, type[Event]] = field(default_factory=dict)
    rows: Mapping[str, Rows] = field(default_factory=dict)
    found: dict[tuple[str, int], tuple[Any, ...]] = field(default_factory=dict)

    def harvest(self, kind: Kind[Any, Any], depth: int) -> tuple[Any, ...]:
        """States of a kind that its own moves lead to, while its stores hold what walks of one depth less came to."""
        if (kind.name, depth) not in self.found:
            states: list[Any] = []
            for seed in range(40):
                walk(kind, Random(f"{kind.name}/{depth}/{seed}"), 14, world=self, visit=states.append, depth=depth)
            self.found[kind.name, depth] = tuple(states)
        return self.found[kind.name, depth]


@dataclass
class Seen:
    """What the walks of one kind came upon, and what they need not look for: walks alone cannot bring it about."""

    lawful: frozenset[str] = frozenset()
    stages: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    moves: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    def all_of(self, move: Move) -> bool:
        """Whether the move has been done and all it can tell was told, as far as walks can."""
        done = self.moves[move.name] or move.name in self.lawful
        return bool(done) and all(self.events[t] or t in self.lawful for t in (f"{move.name} → {e.__name__}" for e in move.events))


# ── drawing values ────────────────────────────────────────────────────────────────────────────────
class Unlucky(Exception):
    """No value found that fits; the walk tries another move."""


def words(value: Any) -> list[str]:
    """Every string a record contains: the names a real caller would use again."""
    found: list[str] = []

    def gather(part: Any) -> None:
        kind = type(part)
        if kind is str:
            found.append(part)
        elif kind is dict or kind is list:
            for inner in part.values() if kind is dict else part:
                gather(inner)

    gather(value)
    return found


def draw(hint: Any, pool: Sequence[str], now: datetime, dice: Random) -> Any:
    """One value of a type: strings from the pool, times near now, numbers at the edges people use."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return fitting(hint, pool, now, dice)
    if hint is str:
        return dice.choice((*WORDS, *pool, *pool)) if dice.random() < 0.85 else f"remark {dice.getrandbits(80):020x}"
    if hint is bool:
        return dice.random() < 0.7
    if hint in (int, float, Decimal):
        return hint(dice.choice((0, 1, 2, 7, 30, 50, 60, 100, 500, 800, 1000, 2026, 10**7, 10**11, dice.randrange(1000))))
    if hint in (datetime, date):
        near = now + timedelta(
            days=dice.choice((0, dice.randint(-40, 0), dice.randint(-800, 0), dice.randint(0, 60), dice.randint(0, 800)))
        )
        return near if hint is datetime else near.date()
    if hint is UUID:
        return UUID(int=dice.getrandbits(128))
    if origin is Literal:
        return dice.choice(args)
    if origin in (Union, UnionType):
        return draw(dice.choice([a for a in args for _ in range(1 if a is type(None) else 2)]), pool, now, dice)
    if origin in (tuple, list, dict, set, frozenset) or getattr(origin, "__name__", "") in ("Sequence", "Mapping"):
        return several(hint, 0, pool, now, dice)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return model(hint, pool, now, dice)
    return None


def fitting(hint: Any, pool: Sequence[str], now: datetime, dice: Random) -> Any:
    """A value that the marks on the type allow: drawn from the type, from its pattern, from the codes of the field."""
    base, *marks = get_args(hint)
    rules = [m for mark in marks for m in (mark, *getattr(mark, "metadata", ()))]
    pattern = next((p for m in rules if (p := getattr(m, "pattern", None))), None)
    low = next((n for m in rules for n in (getattr(m, "ge", None), getattr(m, "gt", None)) if n is not None), None)
    high = next((n for m in rules for n in (getattr(m, "le", None), getattr(m, "lt", None)) if n is not None), None)
    least = max((n for m in rules if isinstance(n := getattr(m, "min_length", None), int)), default=0)
    for attempt in range(24):
        if base is str and attempt >= 6:
            made: Any = dice.choice(CODES) if attempt % 2 or not pattern else matching(str(getattr(pattern, "pattern", pattern)), dice)
        elif base is str and pattern:
            made = matching(str(getattr(pattern, "pattern", pattern)), dice) if attempt % 3 else dice.choice((*WORDS, *pool))
        elif base is int and low is not None and high is not None and attempt % 2:
            made = dice.randint(int(low), min(int(high), int(low) + 10**6))
        elif get_origin(base) in (tuple, list, dict, set, frozenset):
            made = several(base, least, pool, now, dice)
        else:
            made = draw(base, pool, now, dice)
        try:
            return adapter_of(hint).validate_python(made)
        except ValueError:
            continue
    raise Unlucky


def model(of: type[BaseModel], pool: Sequence[str], now: datetime, dice: Random) -> BaseModel:
    """A form, part or heard event; what has a default is left out now and then."""
    hints = hints_of(of)
    for _ in range(6):
        fields = {n: draw(hints[n], pool, now, dice) for n, f in of.model_fields.items() if f.is_required() or dice.random() < 0.7}
        try:
            return of.model_validate(fields)
        except ValueError:
            continue
    raise Unlucky


def several(hint: Any, least: int, pool: Sequence[str], now: datetime, dice: Random) -> Any:
    """Short, and without repetitions, as people write lists; long only where the form demands it."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple and args[-1] is not Ellipsis:
        return tuple(draw(a, pool, now, dice) for a in args)
    made = [draw(args[0], pool, now, dice) for _ in range(least + dice.choice((0, 0, 1, 2)))]
    if len(args) == 2 and args[-1] is not Ellipsis:
        return {key: draw(args[1], pool, now, dice) for key in made}
    if made and isinstance(made[0], str) and dice.random() < 0.9:
        made = list(dict.fromkeys(made))
    return (
        made
        if origin is list or not isinstance(origin, type)
        else tuple(made)
        if origin is tuple
        else origin(made)
        if origin in (set, frozenset)
        else made
    )


def matching(pattern: str, dice: Random) -> str:
    def run(nodes: Any) -> str:
        return "".join(one(str(op), arg) for op, arg in nodes)

    def one(op: str, arg: Any) -> str:
        match op:
            case "LITERAL":
                return chr(arg)
            case "ANY" | "NOT_LITERAL":
                return dice.choice("业商光伏农产品")
            case "IN":
                if str(arg[0][0]) == "NEGATE":
                    return dice.choice("业商光伏农产品")
                op_, arg_ = dice.choice(arg)
                return one(str(op_), arg_)
            case "RANGE":
                return chr(dice.randint(*arg))
            case "CATEGORY":
                return dice.choice("0123456789")
            case "MAX_REPEAT" | "MIN_REPEAT":
                return "".join(run(arg[2]) for _ in range(dice.randint(arg[0], min(arg[1], arg[0] + 3))))
            case "SUBPATTERN":
                return run(arg[3])
            case "BRANCH":
                return run(dice.choice(arg[1]))
        return ""

    return run(parse_pattern(pattern))


@cache
def hints_of(model: type[BaseModel]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


@cache
def adapter_of(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def fits(hint: Any, made: Any) -> bool:
    try:
        adapter_of(hint).validate_python(made)
    except ValueError:
        return False
    return True


# ── what a rule is given ──────────────────────────────────────────────────────────────────────────
class Nothing:
    """A store without a single record."""

    async def find(self, kind: Kind[Any, Any], **equal: Any) -> list[Any]:
        return []

    async def get(self, kind: Kind[Any, Any], id: str) -> Any:
        return None

    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]:
        return []


class Something(Nothing):
    """A store that holds what is asked for: states that walks of that kind came to, made to fit the question."""

    def __init__(self, world: World, dice: Random, depth: int) -> None:
        self.world, self.dice, self.depth = world, dice, depth

    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]:
        return self.world.rows[collection](equal, self.dice) if collection in self.world.rows else []

    async def find(self, kind: Kind[Any, Any], **equal: Any) -> list[Any]:
        """Equal to the value, or to one of the values of a list, as the store reads a question."""
        stages = equal.pop("stage", kind.stages)
        known = [r for r in self.world.harvest(kind, self.depth - 1) if r.stage in ((stages,) if isinstance(stages, str) else stages)]
        found = self.dice.sample(known, min(len(known), self.dice.choice((0, 1, 2))))
        return [r.model_copy(update=self.answer(r, equal)) for r in found]

    def answer(self, record: Any, equal: Mapping[str, Any]) -> dict[str, Any]:
        asked = {
            n: self.dice.choice(tuple(v) or (None,)) if isinstance(v, list | tuple) else v for n, v in equal.items() if hasattr(record, n)
        }
        return {n: (v,) if isinstance(getattr(record, n), tuple) else v for n, v in asked.items()}

    async def get(self, kind: Kind[Any, Any], id: str) -> Any:
        known = self.world.harvest(kind, self.depth - 1)
        return self.dice.choice(known).model_copy(update={"id": id}) if known and self.dice.random() < 0.8 else None


def fetched(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The value of a coroutine that never waits, as no store here does."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise AssertionError("a fetch waits for something other than the store it was handed")


def givens(kind: Kind[Any, Any], move: Move, record: Any, body: Any, call: Call, store: Nothing) -> dict[str, Any]:
    """Raises: Refused, when the fetch itself refuses."""
    made: dict[str, Any] = {}
    for name, (asked, given) in move.given.items():
        made[name] = fetched(given.fetch(store, call, record, body))  # type: ignore[arg-type]
        assert announced(asked, made[name]), f"{kind.name}.{move.name}: {name} is fetched as something else than it is said to be"
    return made


def announced(hint: Any, made: Any) -> bool:
    return fits(hint, made) if checkable(hint) else True


@cache
def checkable(hint: Any) -> bool:
    """Whether a value can be held against its type here; of other classes than these it is mypy's business."""
    plain = BaseModel | str | int | float | date | Decimal | UUID | dict | type(None)
    if any(isinstance(t, type) and not issubclass(t, plain) and not is_dataclass(t) for t in flatten(hint)):
        return False
    try:
        adapter_of(hint)
    except PydanticSchemaGenerationError:
        return False
    return True


# ── what must be true of the drawing alone ────────────────────────────────────────────────────────
def check_diagram(kind: Kind[Any, Any]) -> None:
    """Every stage can be come to; whoever owns may read; what an event says fits the record and keeps its secrets."""
    arrows, seen, wave = edges(kind), set[str](), {"[*]"}
    while wave:
        seen |= wave
        wave = {b for a, b, _ in arrows if a in wave} - seen
    assert seen >= set(kind.stages), f"{kind.name}: no way leads to {set(kind.stages) - seen}"
    assert any(m.opens for m in kind.moves.values()), f"{kind.name} can never be opened"
    for name, event in kind.events.items():
        for field_, info in event.model_fields.items():
            if field_ in kind.state.model_fields and field_ != "stage":
                into = kind.state.model_fields[field_].annotation
                wide = set(flatten(into))
                narrow = {t for t in flatten(info.annotation) if t not in wide and type(t) not in wide}
                if event.apply is not Event.apply:
                    narrow.discard(type(None))  # what it leaves as it was
                assert not narrow, f"{name}.{field_} does not fit the record"
                assert (field_ in private(event)) == (field_ in private(kind.state)), f"{name}.{field_} is private here and told there"
        lost = {n for n in private(event) if event.model_fields[n].is_required()}
        assert not lost, f"{name} cannot be read back from the history, which never holds {lost}: give it a default"
        assert event.effective is None or event.effective in event.model_fields, f"{name} is effective by a field it does not have"
    assert set(kind.state_upcasts) == set(range(1, kind.state.schema_version)), f"{kind.name}: not every older state is made to fit"
    for old, (now, _) in kind.event_upcasts.items():
        assert now in kind.events.values(), f"{kind.name}: {old} is read as an event nobody tells"
        assert old not in kind.events, f"{kind.name}: {old} is still told"


def leaves(kind: Kind[Any, Any]) -> set[str]:
    """The stages the drawing says can be left."""
    return {a for a, b, _ in edges(kind) if a not in ("[*]", b)}


def check_seen(kind: Kind[Any, Any], seen: Seen) -> None:
    """Everything the file announces has happened: each stage was visited, each that can be left was, each move and each
    event told; but what is `lawful` without it (each of these is shown by an example test)."""
    assert seen.stages == set(kind.stages), f"{kind.name}: no walk came to {set(kind.stages) - seen.stages}"
    assert seen.left >= leaves(kind), f"{kind.name}: no walk ever left {leaves(kind) - seen.left}"
    never = {m for m in kind.moves if not seen.moves[m]} - seen.lawful
    assert not never, f"{kind.name}: never done: {never}; refused: {seen.refusals.most_common(12)}"
    untold = {f"{m.name} → {e.__name__}" for m in kind.moves.values() for e in m.events if not seen.events[f"{m.name} → {e.__name__}"]}
    assert not untold - seen.lawful, f"{kind.name}: never told: {untold - seen.lawful}; refused: {seen.refusals.most_common(12)}"


# ── one walk ──────────────────────────────────────────────────────────────────────────────────────
class Path:
    """One record's life: its state, what was told of it, which clocks have rung."""

    def __init__(self, kind: Kind[Any, Any], dice: Random, seen: Seen, visit: Callable[[Any], None]) -> None:
        self.kind, self.dice, self.seen, self.visit = kind, dice, seen, visit
        self.record: Any = None
        self.now, self.fired, self.told = START, dict[str, datetime](), list[Event]()
        self.tried: Counter[str] = Counter()

    def take(self, move: Move, events: Sequence[Event], call: Call) -> None:
        self.seen.moves[move.name] += 1
        self.seen.events.update(f"{move.name} → {type(e).__name__}" for e in events)
        if self.record is None:
            opened = [(self.opened(event, call, n), event) for n, event in enumerate(events)]
            self.record, first = self.dice.choice(opened)
            self.told = [first]
            self.settled()
            return
        before, was = self.record, self.record.model_dump_json()
        for event in events:
            self.record = self.kind.evolve(self.record, [event])
            assert isinstance(self.record, self.kind.state), f"{self.kind.name}: {type(event).__name__} makes something else of the record"
            self.told.append(event)
            self.settled()
        assert was == before.model_dump_json(), f"{self.kind.name}: an event of {move.name} has changed the old record"
        if before.stage != self.record.stage:
            self.fired = {}
            self.seen.left.add(before.stage)

    def opened(self, event: Event, call: Call, n: int) -> Any:
        record = self.kind.open(event, call.new_id(str(n)))
        again = self.kind.open(event, "another")
        assert (again.id == record.id) == bool(self.kind.key), f"{self.kind.name}: its identity is not its key"
        assert record.id, f"{self.kind.name} opens without an identity"
        readable(self.kind, record)
        return record

    def settled(self) -> None:
        """What must be true of a record after each event, and of the event."""
        self.seen.stages.add(self.record.stage)
        self.visit(self.record)
        readable(self.kind, self.record)
        event, view = self.told[-1], self.kind.view(self.record)
        again = type(event).model_validate_json(event.model_dump_json())
        assert again == event, f"{type(event).__name__} does not survive the wire"
        public = event.public()
        json.dumps(public, allow_nan=False)
        assert not private(type(event)) & set(public), f"{type(event).__name__} tells what is private"
        assert not private(self.kind.state) & set(view), f"{self.kind.name} shows what is private"
        kept = {n for n, v in public.items() if v is None and type(event).apply is not Event.apply}
        differs = {n for n in set(public) & set(view) - kept if public[n] != view[n]}
        assert not differs, f"{type(event).__name__} tells another {differs} than the record shows"
        secret = {w for e in self.told for n in private(type(e)) for w in words(e.model_dump(mode="json")[n]) if hidden(w)}
        assert not secret & set(words(public)) and not secret & set(words(view)), f"{self.kind.name} tells what is private"

    def retold(self) -> None:
        """The history says all that the record holds, where nothing of it is private."""
        if private(self.kind.state) or any(private(type(e)) for e in self.told):
            return
        told = [(self.kind.type_of(type(e)), json.loads(json.dumps(e.public()))) for e in self.told]
        assert self.kind.fold(self.record.id, told) == self.record, f"{self.kind.name}: its history tells another story"


def hidden(word: str) -> bool:
    """Long enough to be no coincidence, and no time."""
    return len(word) > 20 and not UNREADABLE.match(word)


def readable(kind: Kind[Any, Any], record: Record) -> None:
    again = kind.state.model_validate(json.loads(json.dumps(record.model_dump(mode="json"), allow_nan=False)))
    assert again == record, f"{kind.name}: what is kept reads back differently"
    assert record.stage in kind.stages, f"{kind.name}: {record.stage} is no stage"
    for path in (*kind.index, *(p for u in kind.unique for p in u)):
        part: Any = record
        for name in path.split("."):
            part = None if part is None else attrgetter(name)(part)


def walk(kind: Kind[Any, Any], dice: Random, steps: int = 40, seen: Seen | None = None, world: World | None = None,
         visit: Callable[[Any], None] = lambda _: None, depth: int = 2, curious: bool = False) -> None:  # fmt: skip
    """One record's life of so many steps, then as long as its clocks run. A curious one goes rather where no walk has been.

    Raises: AssertionError, or what a rule should not have raised, when something is not as it must be."""
    path, world = Path(kind, dice, seen or Seen(), visit), world or World()
    for n in range(steps):
        usable = [m for m in kind.moves.values() if (m.opens if path.record is None else path.record.stage in m.when and not m.times)]
        ringing = due(kind, path)
        if not usable and not ringing:
            break
        if ringing and dice.random() < (0.1 if usable else 1):
            ring(path, world, late=dice.choice((0, 0, 1, 24 * 40)))
            continue
        path.now += timedelta(hours=dice.choice((0, 0, 0, 1, 1, 30, 30, 24 * 40, 24 * 40, 24 * 400)))
        weights = [(0.06 if leads_nowhere(kind, m) else 1) / (1 + path.tried[m.name]) for m in usable]  # what was not tried yet comes first
        if curious:
            weights = [w if path.seen.all_of(m) else 12 * w for w, m in zip(weights, usable, strict=True)]
        step(path, dice.choices(usable, weights)[0], n, world, depth)
    if path.record is None:
        return
    started, rings = path.now, 0
    while due(kind, path):  # let the clocks run out: they must come to rest, or come round no oftener than nine days
        ring(path, world, late=0)
        rings += 1
        if rings == REST:
            assert path.now - started > timedelta(days=365), f"{kind.name}: the clock never rests in {path.record.stage}"
            break
    path.retold()


def step(path: Path, move: Move, n: int, world: World, depth: int) -> None:
    """A person asks, or an event is heard: up to three times, for a refusal is worth another form."""
    kind, dice = path.kind, path.dice
    path.tried[move.name] += 1
    call = caller(path, move, n)
    if call is None:
        return
    for attempt in range(3):
        read = Something(world, dice, depth) if depth and dice.random() < 0.5 else Nothing()
        try:
            body, known = form(path, move, call, world)
            call = replace(call, organisation=known.pop("by", call.organisation))
            given = givens(kind, move, path.record, body, call, read) | known
        except Unlucky:
            continue
        except Refused as no:
            refusal(kind, move, no, path.seen)
            continue
        if move.where and not meant(path, move, body):
            continue
        if attempt == 0:
            trespass(kind, path.record, move, body, call, given)
        events = decide_twice(kind, path.record, move, body, call, given, path.seen)
        if events is None and not move.asked:
            raise AssertionError(f"{kind.name}.{move.name}: nobody asked, so nobody can be refused")
        if events:
            if move.asked and path.record is not None:
                assert move.name in kind.can(path.record, call), f"{kind.name}: {move.name} is done but not offered"
            path.take(move, events, call)
            behind(path, move, body, call, given)
            return


def form(path: Path, move: Move, call: Call, world: World) -> tuple[Any, dict[str, Any]]:
    """A body, and what a hint says was fetched. Raises: Unlucky."""
    hint, dice = world.hints.get(f"{path.kind.name}.{move.name}"), path.dice
    pool = (call.organisation or WORDS[0], call.district or WORDS[1]) * 3
    if path.record is not None:
        pool = tuple(w for w in words(path.kind.view(path.record)) if w)
    said = hint(path.record, dice) if hint and dice.random() < 0.7 else {}
    known = {n.removeprefix("given."): v for n, v in said.items() if n.startswith("given.")}
    fields = {n: v for n, v in said.items() if not n.startswith("given.")}
    if not fields and move.heard and move.heard.type in world.published:
        event = draw(world.published[move.heard.type], (*pool, *ASSOCIATIONS), path.now, dice)
        body: Any = move.heard.read(move.heard.type, dice.choice((*pool, *ASSOCIATIONS)), json.loads(json.dumps(event.public())))
    elif not fields:
        body = draw(move.body, (*pool, *ASSOCIATIONS), path.now, dice)
    else:
        hints = hints_of(move.body)
        needed = [n for n, f in move.body.model_fields.items() if n not in fields and f.is_required()]
        try:
            body = move.body.model_validate({n: draw(hints[n], pool, path.now, dice) for n in needed} | fields)
        except ValueError as wrong:
            raise AssertionError(f"the hint for {path.kind.name}.{move.name} is no such form: {wrong}") from wrong
    return (aimed(path, move, body) if move.where else body), known


def aimed(path: Path, move: Move, heard: Any) -> Any:
    """The event, made to speak of this record: what `where` reads of it is set to what the record holds."""
    assert move.where
    change: dict[str, Any] = {}
    for where, wanted in move.where(heard).items():
        ours = attrgetter(where)(path.record)
        ours = path.dice.choice(ours) if isinstance(ours, tuple) and ours else ours
        alike = [n for n in type(heard).model_fields if getattr(heard, n) == wanted and isinstance(ours, str)]
        change |= {n: ours for n in alike if takes(heard, n, ours)}
    return heard.model_copy(update=change)


def takes(heard: Any, name: str, value: str) -> bool:
    """Whether the field may hold this: drawn alike, a district and a credit code are still not the same."""
    try:
        type(heard).model_validate(dict(heard) | {name: value})
    except ValidationError:
        return False
    return True


def meant(path: Path, move: Move, heard: Any) -> bool:
    assert move.where
    for where, wanted in move.where(heard).items():
        ours = attrgetter(where)(path.record)
        if not (wanted in ours if isinstance(ours, tuple) else wanted == ours):
            return False
    return True


def caller(path: Path, move: Move, n: int) -> Call | None:
    """Somebody of a role that may, and to whom the record belongs; None when nobody is."""
    dice, role = path.dice, path.dice.choice(move.by)
    district = dice.choice(DISTRICTS)
    office = {"ASSOCIATION": dice.choice(ASSOCIATIONS), "ENTERPRISE": dice.choice(ENTERPRISES), "PANEL": f"panel:0{dice.randint(1, 5)}",
              "COMMITTEE": f"committee:{dice.randint(1, 15):02}", "NEW_CITY": f"dept:{district}"}.get(role, OFFICES.get(role, ""))  # fmt: skip
    if path.record is not None and role in path.kind.own:
        owner = attrgetter(path.kind.own[role])(path.record)
        mine = owner if isinstance(owner, tuple) else (owner,) if owner else ()
        if not mine:
            return None
        if role in BY_DISTRICT:
            district = dice.choice(mine)
            office = f"dept:{district}"
        else:
            office = dice.choice(mine)
    salt = f"{move.name}/{dice.getrandbits(32)}"
    return Call(role, office, path.now, uuid5(UUID(int=n), salt), district=district if role in BY_DISTRICT else "XX", client="walk")


def due(kind: Kind[Any, Any], path: Path) -> list[tuple[datetime, Move]]:
    return kind.clocks(path.record, path.fired) if path.record is not None else []


def ring(path: Path, world: World, late: int) -> None:
    """The earliest clock, on time or so many hours late: the times passed over ring once. A hint may say what it is given."""
    at, move = due(path.kind, path)[0]
    path.now = max(path.now, at) + timedelta(hours=late)
    call = Call("CLOCK", "", path.now, uuid5(UUID(int=7), move.name + path.now.isoformat()))
    hint = world.hints.get(f"{path.kind.name}.{move.name}")
    said = hint(path.record, path.dice) if hint and path.dice.random() < 0.7 else {}
    given = givens(path.kind, move, path.record, move.body(), call, Nothing()) | {n.removeprefix("given."): v for n, v in said.items()}
    trespass(path.kind, path.record, move, move.body(), call, given)
    events = decide_twice(path.kind, path.record, move, move.body(), call, given, path.seen)
    assert events is not None, f"{path.kind.name}.{move.name}: a clock may not refuse"
    path.fired = {**path.fired, move.name: path.now}
    if events:
        path.take(move, events, call)


@cache
def leads_nowhere(kind: Kind[Any, Any], move: Move) -> bool:
    alive = {
        stage for m in kind.moves.values() if not m.heard for stage in m.when if any(set(ends(kind, e, stage)) - {stage} for e in m.events)
    }
    return not any(set(ends(kind, e, s)) & alive for e in move.events for s in move.when or ("",))


# ── what must be true of each decision ────────────────────────────────────────────────────────────
def decide_twice(kind: Kind[Any, Any], record: Any, move: Move, body: Any, call: Call, given: Any, seen: Seen) -> list[Event] | None:
    """The events, None for a refusal; pure, announced, and refused only in the way refusals are said."""
    before = record.model_dump_json() if record is not None else ""
    asked = body.model_dump_json()
    try:
        events = kind.decide(record, move, body, call, given)
    except Refused as no:
        refusal(kind, move, no, seen)
        return None
    except Exception as wrong:
        wrong.add_note(f"{kind.name}.{move.name} raised it, for {body!r} by {call.role} on {record!r}")
        raise
    assert record is None or before == record.model_dump_json(), f"{kind.name}.{move.name} has changed the record it judged"
    assert events == kind.decide(record, move, body, call, given), f"{kind.name}.{move.name} is not a pure function"
    assert asked == body.model_dump_json(), f"{kind.name}.{move.name} has changed the form it was handed"
    for event in events:
        assert type(event) in move.events, f"{kind.name}.{move.name} does not announce {type(event).__name__}"
    return events


def refusal(kind: Kind[Any, Any], move: Move, no: Refused, seen: Seen) -> None:
    seen.refusals[f"{move.name}: {no.code}"] += 1
    assert re.fullmatch(r"[a-z][a-z0-9_]*", no.code), f"{kind.name}.{move.name} refuses with {no.code!r}, which is no stable code"
    assert no.en and no.zh, f"{kind.name}.{move.name}: {no.code} is not said in both languages"
    assert re.search(r"[\u4e00-\u9fff]", no.zh), f"{kind.name}.{move.name}: {no.code} is not said in Chinese"


def trespass(kind: Kind[Any, Any], record: Any, move: Move, body: Any, call: Call, given: Any) -> None:
    """No other role gets through, no stranger of the right role, and nobody out of stage."""
    for role in ROLES:
        if role not in move.by:
            refused(kind, record, move, body, replace(call, role=role), given, NotAllowed)
    if record is None:
        return
    if call.role in kind.own:
        stranger = replace(call, organisation=NOBODY, district=NOWHERE)
        if not kind.owns(record, stranger):
            refused(kind, record, move, body, stranger, given, NotFound)
    elsewhere = next((s for s in kind.stages if s not in move.when), None)
    if elsewhere is not None:
        refused(kind, record.model_copy(update={"stage": elsewhere}), move, body, call, given, Refused)


def refused(kind: Kind[Any, Any], record: Any, move: Move, body: Any, call: Call, given: Any, how: type[Refused]) -> None:
    try:
        kind.decide(record, move, body, call, given)
    except how:
        return
    raise AssertionError(f"{call.role} {call.organisation} could {kind.name}.{move.name} in {getattr(record, 'stage', 'no stage')}")


def behind(path: Path, move: Move, body: Any, call: Call, given: Any) -> None:
    """The same command of somebody who was second: judged again on what the first one left, it is refused or lawful."""
    if move.opens or path.record.stage not in move.when:
        return
    if call.role in path.kind.own and not path.kind.owns(path.record, call):
        return
    events = decide_twice(path.kind, path.record, move, body, call, given, path.seen)
    after = path.record
    for event in events or ():
        after = path.kind.evolve(after, [event])
        readable(path.kind, after)


def readers_understand(heard: type[Any], published: Mapping[str, type[Event]], seeds: int = 30) -> None:
    """What any writer can send, this reader can read. Raises: AssertionError, pydantic.ValidationError."""
    assert heard.type in published, f"{heard.__name__} hears {heard.type}, which nobody tells"
    for seed in range(seeds):
        dice = Random(seed)
        try:
            event = draw(published[heard.type], CODES, START, dice)
        except Unlucky:
            continue
        told = json.loads(json.dumps(event.public()))
        read = heard.read(heard.type, "some-id", told)
        lost = {n for n in type(read).model_fields if n != "about" and n not in told and type(read).model_fields[n].is_required()}
        assert not lost, f"{heard.__name__} reads {lost}, which {snake(heard.__name__)} does not tell"


__all__ = ["Seen", "World", "check_diagram", "check_seen", "draw", "readers_understand", "walk"]
