"""What a record type is: a state, the events that make it, and pure functions that decide them.

Nothing here does I/O. A record file is read as data (fields, stages, roles, deadlines) and run as functions; every
route, schema, table, clock and test of the platform is derived from the `Kind` it fills. The signature of a function
is the transition table: parameters are the form, the return annotation names the events, `by` and `when` the roles and
stages, the docstring the title. Form after Chassaing's Decider, state-stored.
"""

import inspect
import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, get_args, get_type_hints
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

Role = Literal["REG_AUTHORITY", "SO_ADMIN", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "NEW_CITY", "INVEST_DEPT",
               "ASSOC_DEVELOPMENT_BODY", "ASSOCIATION", "ENTERPRISE", "PANEL", "COMMITTEE", "OPERATOR", "PUBLIC", "CLOCK", "PLATFORM"]  # fmt: skip
ROLES: tuple[str, ...] = get_args(Role)
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
NEVER = datetime.min.replace(tzinfo=UTC)
BY_DISTRICT: frozenset[str] = frozenset({"NEW_CITY"})  # these own by their district claim, everybody else by organisation


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────
class Refused(Exception):
    """The field's rule says no: a stable code, and the sentence for the person who asked, in English and Chinese."""

    status = 409

    def __init__(self, code: str, en: str = "", zh: str = "", *, pointer: str = "", **more: Any) -> None:
        super().__init__(en or code)
        self.code, self.en, self.zh, self.pointer, self.more = code, en, zh, pointer, more


class Malformed(Refused):
    """The form itself is wrong; `pointer` says where."""

    status = 422


class NotAllowed(Refused):
    status = 403


class NotFound(Refused):
    status = 404


class Withheld(NotFound):
    """It is there, and not for this caller: told as if it were not, and entered as a refusal (reliability §1.6, 8)."""


class Stale(Refused):
    """Somebody else changed the record in between."""

    status = 412


# ── values ────────────────────────────────────────────────────────────────────────────────────────
class Value(BaseModel):
    """A part of a record, or the form of a command: closed, and never changed after it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Private:
    """Marks a field that shapes the record but is never published, shown, or kept in the history."""


def plain(text: str) -> str:
    """Normal form C, without control, format, private-use or unassigned characters (reliability B7, B16).

    Raises: ValueError for text that would show other than it is."""
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable() and any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn", "Cs"} and c not in "\n\t" for c in text):
        raise ValueError("invisible or unassigned characters")
    return text


# the bound stands twice: normal form C makes two characters of some
Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(plain), Field(max_length=2000)]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\r\n\t]+$"), AfterValidator(plain), Field(max_length=200)]
Fen = Annotated[int, Field(ge=0, le=10**15, description="CNY/100 [分]")]
Count = Annotated[int, Field(ge=0, le=10**9)]


class Record(BaseModel):
    """The state of one record: immutable, made only by its events."""

    model_config = ConfigDict(frozen=True)
    schema_version: ClassVar[int] = 1  # raised with an `@kind.upcasts_state(from)` beside it

    id: str = ""
    stage: Any  # each type names its own, as a Literal

    def taken_over_by(self) -> str:
        """The id of the record that has taken this one's place for good, and answers for it; none, as a rule."""
        return ""


class Event(BaseModel):
    """A fact. `to` is the stage it leads to; fields named as in the record are taken over.

    `version` is the major in its wire type; `effective` names the field that says since when the fact holds."""

    model_config = ConfigDict(frozen=True)
    to: ClassVar[str | None] = None
    version: ClassVar[int] = 1
    effective: ClassVar[str | None] = None

    def __init_subclass__(cls, to: str | None = None, version: int = 1, effective: str | None = None, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        cls.to, cls.version, cls.effective = to, version, effective

    def apply(self, record: Any, /) -> Any:
        """The record after this fact. Override where taking over fields is not what happens."""
        kept: type[BaseModel] = type(record)
        change = {name: getattr(self, name) for name in common(type(self), kept)}
        return record.model_copy(update=change | ({"stage": self.to} if self.to else {}))

    def public(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude=private(type(self)))


class Heard(BaseModel):
    """What one service reads of another's event, and no more: `class X(Heard, type="registry.….v1")`.

    `upcasts={"….v1": fit}` also accepts an older major, made to fit by the function."""

    model_config = ConfigDict(frozen=True)
    type: ClassVar[str] = ""
    upcasts: ClassVar[Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {}
    about: str = ""  # the id of the record the event speaks of

    def __init_subclass__(cls, type: str = "", upcasts: Mapping[str, Any] | None = None, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        cls.type, cls.upcasts = type, upcasts or {}

    @classmethod
    def accepts(cls, type_: str) -> bool:
        return type_ == cls.type or type_ in cls.upcasts

    @classmethod
    def read(cls, type_: str, about: str, data: dict[str, Any]) -> "Heard":
        """Raises: pydantic.ValidationError when the event lacks what this reader needs."""
        return cls.model_validate({**cls.upcasts.get(type_, dict)(data), "about": about})


@dataclass(frozen=True)
class Call:
    """Who asks, on whose behalf, when, and as part of what. `now` is the only clock a rule may read."""

    role: str
    organisation: str
    now: datetime
    id: UUID
    district: str = ""
    client: str = ""
    correlation: str = ""
    causation: str = ""
    basis: str = ""
    traceparent: str = ""

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()

    def new_id(self, salt: str = "") -> str:
        """An identity born in this call (UUIDv7: sorts by time): the same call at the same time gives the same one."""
        chance = int.from_bytes(blake2b(salt.encode(), key=self.id.bytes, digest_size=10).digest(), "big")
        milliseconds = int(self.now.timestamp() * 1000)
        digits = f"{milliseconds << 80 | 7 << 76 | (chance >> 64 & 0xFFF) << 64 | 2 << 62 | chance & (1 << 62) - 1:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


S = TypeVar("S", bound=Record)
L = TypeVar("L", bound=str)
P = ParamSpec("P")
H = TypeVar("H", bound=Heard)


class Read(Protocol):
    """All that a rule may ask of other records and read models of its own service."""

    async def find(self, kind: "Kind[S, Any]", **equal: Any) -> list[S]: ...
    async def get(self, kind: "Kind[S, Any]", id: str) -> S | None: ...
    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class Given:
    """`rivals: Annotated[list[Lead], Given(same_project)]`: fetched at the edge, handed to the rule.

    `fetch(read, call, record, body)`; record is None when opening; body is the form (or the event heard)."""

    fetch: Callable[[Read, Call, Any, Any], Awaitable[Any]]


# ── the kind ──────────────────────────────────────────────────────────────────────────────────────
Outcome = Event | Sequence[Event] | None
Out = TypeVar("Out", bound=Outcome)
Times = datetime | Iterable[datetime] | None
Roles = Role | tuple[Role, ...]
Unique = str | tuple[str, ...]
Upcast = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Move:
    """One way a record comes to be or changes: asked for by a role, by the clock, or by an event heard."""

    name: str
    run: Callable[..., Outcome]
    title: str
    by: tuple[str, ...]
    when: tuple[str, ...]  # empty: it opens a record
    body: type[BaseModel]
    wrapped: str | None  # the one parameter that *is* the body
    events: tuple[type[Event], ...]
    given: Mapping[str, tuple[Any, Given]] = field(default_factory=dict)
    times: Callable[[Any], Times] | None = None
    heard: type[Heard] | None = None
    where: Callable[[Any], Mapping[str, Any]] | None = None

    @property
    def opens(self) -> bool:
        return not self.when

    @property
    def asked(self) -> bool:
        """Asked for by a person, so it has a route and a form; what only the platform's own loops do has none."""
        return self.heard is None and self.times is None and not {"PLATFORM", "CLOCK"} >= set(self.by)

    def arguments(self, body: BaseModel) -> dict[str, Any]:
        return {self.wrapped: body} if self.wrapped else {n: getattr(body, n) for n in type(body).model_fields}


class Kind(Generic[S, L]):
    """A record type: `Kind[Lead, Stage](Lead, "matchmaking.leads.lead", path="leads")`, filled by the functions below it.

    name    `<service>.<room>.<record>`; the room decides topic and visibility
    key     fields that *are* the identity (joined by `~`); without it the id is a UUIDv7
    unique  fields, or tuples of fields, that the database keeps distinct while they are not null
    index   fields a list may be filtered by
    own     role → field naming its organisation (or a tuple of them; its district for NEW_CITY): the row-level scope
    readers roles that may read beside those that may act; `PUBLIC` opens it to everybody
    """

    def __init__(self, state: type[S], name: str, *, path: str, key: Sequence[str] = (), unique: Sequence[Unique] = (),
                 index: Sequence[str] = (), own: Mapping[Role, str] | None = None, readers: Sequence[Role] = ()) -> None:  # fmt: skip
        self.state, self.name, self.path, self.key = state, name, path, tuple(key)
        self.unique = tuple((u,) if isinstance(u, str) else tuple(u) for u in unique)
        self.index = tuple(index)
        self.own: dict[str, str] = {str(role): path for role, path in (own or {}).items()}
        self._readers: set[str] = set(readers)
        self.title = title_of(state)
        self.stages: tuple[str, ...] = get_args(state.model_fields["stage"].annotation)
        self.moves: dict[str, Move] = {}
        self.clocked: list[Move] = []
        self.events: dict[str, type[Event]] = {}  # wire type → event, of every event a move of this kind announces
        self.state_upcasts: dict[int, Upcast] = {}
        self.event_upcasts: dict[str, tuple[type[Event], Upcast]] = {}
        require(len(name.split(".")) == 3, f"{name} is not <service>.<room>.<record>")
        used = (*self.key, *self.index, *self.own.values(), *(f for u in self.unique for f in u))
        unknown = {n.split(".")[0] for n in used} - set(state.model_fields)
        require(not unknown, f"{name}: no such field {unknown}")

    @property
    def service(self) -> str:
        return self.name.split(".")[0]

    @property
    def room(self) -> str:
        return self.name.split(".")[1]

    @property
    def topic(self) -> str:
        return f"{self.service}.{self.room}.v1"

    @property
    def collection(self) -> str:
        """`<room>.<record>`: where the records of this kind are kept."""
        return self.name.split(".", 1)[1]

    @property
    def readers(self) -> frozenset[str]:
        return frozenset(self._readers | {r for m in self.moves.values() if m.asked for r in m.by} | set(self.own))

    def type_of(self, event: type[Event]) -> str:
        return f"{self.service}.{self.room}.{snake(event.__name__)}.v{event.version}"

    # the five ways in; each returns the function unchanged, so a test calls it as it stands
    def opens(self, *, by: Roles) -> Callable[[Callable[Concatenate[Call, P], Out]], Callable[Concatenate[Call, P], Out]]:
        """A person opens a record (or, returning a list, one record for each event)."""
        return lambda f: self._add(f, by=by)

    def command(self, *, by: Roles, when: L | tuple[L, ...]) -> Callable[[Callable[Concatenate[S, Call, P], Out]], Callable[Concatenate[S, Call, P], Out]]:  # fmt: skip
        """A person moves a record on."""
        return lambda f: self._add(f, by=by, when=when)

    def clock(self, *, when: L | tuple[L, ...], at: Callable[[S], Times]) -> Callable[[Callable[Concatenate[S, Call, P], Out]], Callable[Concatenate[S, Call, P], Out]]:  # fmt: skip
        """Time moves it: `at` gives the next time or several; a clock never refuses, it returns None. It may read (`Given`) and take no form."""
        return lambda f: self._add(f, by="CLOCK", when=when, times=at)

    def opens_on(self, heard: type[H]) -> Callable[[Callable[Concatenate[Call, H, P], Out]], Callable[Concatenate[Call, H, P], Out]]:
        """An event opens a record, several (a list), or none (None)."""
        return lambda f: self._add(f, by="PLATFORM", heard=heard)

    def on(self, heard: type[H], *, when: L | tuple[L, ...], where: Callable[[H], Mapping[str, Any]]) -> Callable[[Callable[Concatenate[S, Call, H, P], Out]], Callable[Concatenate[S, Call, H, P], Out]]:  # fmt: skip
        """An event moves every record in these stages whose fields equal `where(event)`."""
        return lambda f: self._add(f, by="PLATFORM", when=when, heard=heard, where=where)

    def upcasts_state(self, version: int) -> Callable[[Upcast], Upcast]:
        """How a stored state of this older `schema_version` is made to fit the next one."""
        return lambda f: self.state_upcasts.setdefault(version, f)

    def upcasts_event(self, old: str, now: type[Event]) -> Callable[[Upcast], Upcast]:
        """How an event of an older major (its whole wire type) is read as the one that replaced it."""

        def register(f: Upcast) -> Upcast:
            self.event_upcasts[old] = (now, f)
            return f

        return register

    def _add(self, run: Any, *, by: Any, when: Any = (), **more: Any) -> Any:
        stages = (when,) if isinstance(when, str) else tuple(when)
        roles = (by,) if isinstance(by, str) else tuple(by)
        where, name = f"{self.name}.{run.__name__}", run.__name__.rstrip("_")
        require(name not in self.moves, f"{where} is said twice")
        require(set(stages) <= set(self.stages), f"{where}: no stage {set(stages) - set(self.stages)}")
        require(set(roles) <= set(ROLES), f"{where}: no role {set(roles) - set(ROLES)}")
        require(bool(run.__doc__), f"{where} has no title")
        hints = get_type_hints(run, include_extras=True)
        events = tuple(t for t in flatten(hints.pop("return", type(None))) if isinstance(t, type) and issubclass(t, Event))
        require(bool(events), f"{where} announces no event")
        names = list(inspect.signature(run).parameters)[2 if stages else 1 :]
        given = {n: (get_args(hints[n])[0], g) for n in names for g in get_args(hints[n])[1:] if isinstance(g, Given)}
        asked = [n for n in names if n not in given]
        whole = asked[0] if len(asked) == 1 and inspect.isclass(hints[asked[0]]) and issubclass(hints[asked[0]], BaseModel) else None
        defaults = {n: p.default for n, p in inspect.signature(run).parameters.items() if p.default is not p.empty}
        fields: Any = {n: (hints[n], defaults.get(n, ...)) for n in asked}
        body = hints[whole] if whole else create_model(f"{camel(self.name.split('.')[2])}{camel(name)}", __base__=Value, **fields)
        for event in events:
            require(event.to is None or event.to in self.stages, f"{where}: {event.__name__} leads to no stage: {event.to}")
            if not stages:
                known = set(event.model_fields) | {"id"} | ({"stage"} if event.to else set())
                missing = {n for n, f in self.state.model_fields.items() if f.is_required()} - known
                require(not missing, f"{where}: {event.__name__} cannot open a record without {missing}")
        self.events |= {self.type_of(event): event for event in events}
        self.moves[name] = Move(name, run, title_of(run), roles, stages, body, whole, events, given, **more)
        self.clocked = [m for m in self.moves.values() if m.times]
        return run

    # what the edges call; still pure
    def permit(self, move: Move, record: S | None, call: Call) -> None:
        """Raises: NotAllowed for the wrong role, NotFound for a record outside the caller's scope."""
        if call.role not in move.by:
            raise NotAllowed("role_not_allowed", f"{call.role} may not {move.name}", f"角色 {call.role} 无权执行此操作")
        if record is not None:
            self.admit(record, call)

    def decide(self, record: S | None, move: Move, body: BaseModel, call: Call, given: Mapping[str, Any] | None = None) -> list[Event]:
        """The events of this move. Raises: Refused and its kinds, and nothing else."""
        self.permit(move, record, call)
        if record is not None and record.stage not in move.when:
            raise Refused(
                "wrong_stage", f"not possible in stage {record.stage}", f"当前阶段（{record.stage}）不能执行此操作", stage=record.stage
            )
        outcome = move.run(*(() if record is None else (record,)), call, **move.arguments(body), **(given or {}))
        events = [] if outcome is None else [outcome] if isinstance(outcome, Event) else list(outcome)
        if record is None:
            for event in events:
                if not self.owns(event, call):
                    raise NotAllowed("not_yours", "you may open this only for your own organisation", "只能为本单位办理")
        return events

    def owns(self, subject: Any, call: Call) -> bool:
        path = self.own.get(call.role)
        if path is None:
            return True
        owner, mine = attrgetter(path)(subject), call.district if call.role in BY_DISTRICT else call.organisation
        return bool(mine) and mine in (owner if isinstance(owner, tuple) else (owner,))

    def admit(self, record: S, call: Call) -> None:
        """Raises: NotFound; what is outside one's scope is not even there."""
        if not self.owns(record, call):
            raise not_found(self, Withheld)

    def id_of(self, event: Event, new_id: str) -> str:
        """The id of the record an opening event makes; `new_id` is used unless the kind has a natural key."""
        return "~".join(str(getattr(event, k)) for k in self.key) or new_id

    def open(self, event: Event, new_id: str) -> S:
        """The record an opening event makes."""
        known = {n: getattr(event, n) for n in common(type(event), self.state)}
        fields: dict[str, Any] = {"stage": event.to, **known, "id": self.id_of(event, new_id)}
        return self.state(**fields)

    def evolve(self, record: S, events: Sequence[Event]) -> S:
        for event in events:
            record = event.apply(record)
        return record

    def recall(self, type_: str, data: dict[str, Any]) -> Event:
        """An event as it was kept, read with today's eyes. Raises: KeyError for a type nobody knows."""
        if type_ in self.event_upcasts:
            now, fit = self.event_upcasts[type_]
            return now.model_validate(fit(data))
        return self.events[type_].model_validate(data)

    def fold(self, id_: str, told: Iterable[tuple[str, dict[str, Any]]]) -> S | None:
        """The record from its history: (wire type, data) in order of sequence."""
        record: S | None = None
        for type_, data in told:
            event = self.recall(type_, data)
            record = self.open(event, id_) if record is None else self.evolve(record, [event])
        return record

    def clocks(self, record: S, fired: Mapping[str, datetime]) -> list[tuple[datetime, Move]]:
        """Every clock of this stage and its next time; a clock never rings twice for the same time, and a
        series missed during an outage rings once."""
        found = []
        for move in self.clocked:
            if move.times and record.stage in move.when:
                times = move.times(record)
                after = fired.get(move.name, NEVER)
                ahead = [t for t in ([times] if isinstance(times, datetime) else times or ()) if t > after]
                found += [(min(ahead), move)] if ahead else []
        return sorted(found, key=lambda pair: (pair[0], pair[1].name))

    def can(self, record: S, call: Call) -> list[str]:
        """What this caller could do next."""
        wanted = [m.name for m in self.moves.values() if record.stage in m.when and call.role in m.by and m.asked]
        return wanted if wanted and self.owns(record, call) else []

    def may_read(self, call: Call) -> bool:
        return "PUBLIC" in self.readers or call.role in self.readers

    def view(self, record: S) -> dict[str, Any]:
        """The record as anybody who may read it sees it."""
        return record.model_dump(mode="json", exclude=private(self.state))


def not_found(kind: Kind[Any, Any], how: type[NotFound] = NotFound) -> NotFound:
    return how("not_found", f"no such record: {kind.title}", f"查无此记录：{kind.title}")


@cache
def common(one: type[BaseModel], other: type[BaseModel]) -> tuple[str, ...]:
    return tuple(n for n in one.model_fields if n in other.model_fields)


@cache
def private(model: type[BaseModel]) -> set[str]:
    return {n for n, f in model.model_fields.items() if Private in f.metadata}


def require(true: bool, sentence: str) -> None:
    """A record file that contradicts itself is refused when it is imported."""
    if not true:
        raise TypeError(sentence)


def title_of(thing: Any) -> str:
    return (inspect.getdoc(thing) or thing.__name__).split("\n")[0].rstrip(".")


def flatten(hint: Any) -> list[Any]:
    inner = [a for a in get_args(hint) if a is not Ellipsis]
    return [t for a in inner for t in flatten(a)] if inner else [hint]


@cache
def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))
