"""Governance dossier and dormancy [治理档案、休眠识别]: of each association what is missing, out of term, expiring, and how long it has been silent
(peers R8, R10; domain R24, R80, §1.10). What counts is a table (`data/oversight/duties.yaml`); what was heard is kept, and judged on the day
it is read, so nothing goes stale and no clock is needed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.registry.directory.told import EventName, association_of, events_of, first, reader
from services.registry.values import months_after
from shared.engine import Effects, Handler
from shared.record import Call, Heard, Kind
from shared.versions import Versioned, Versions

DOSSIERS = "dossiers"
INDEXES = {DOSSIERS: (("last_sign_on", "_id"),)}
State = Literal["KEPT", "EXPIRING", "OUT_OF_TERM", "DUE", "OVERDUE", "BROKEN", "MISSING", "NONE"]
LACKING: tuple[State, ...] = ("OUT_OF_TERM", "OVERDUE", "BROKEN", "MISSING")
Effect = Literal["kept", "due", "broken", "gone"]
EFFECTS: tuple[Effect, ...] = ("kept", "due", "broken", "gone")
WORDS: dict[State, tuple[str, str]] = {
    "KEPT": ("kept", "已履行"), "EXPIRING": ("expiring", "即将到期"), "OUT_OF_TERM": ("out of term", "已过期"), "DUE": ("due", "待履行"),
    "OVERDUE": ("overdue", "逾期"), "BROKEN": ("broken", "未履行"), "MISSING": ("missing", "缺失"), "NONE": ("nothing owed", "无此事项"),
}  # fmt: skip


class Duty(BaseModel):
    """One duty; the head of the data file says what each field means."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z_]{0,29}$")]
    zh: str
    en: str
    basis: str
    owed: bool
    grave: bool
    warn_days: Annotated[int, Field(ge=0, le=3650)] = 30
    months: Annotated[int | None, Field(ge=1, le=120)] = None
    kept: tuple[EventName, ...] = ()
    due: tuple[EventName, ...] = ()
    broken: tuple[EventName, ...] = ()
    gone: tuple[EventName, ...] = ()
    until: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


class Duties(Versioned):
    duties: tuple[Duty, ...]
    signs: tuple[EventName, ...]
    quiet: dict[str, Annotated[int, Field(ge=1, le=3650)]]


RULES: Versions[Duties] = Versions.load(Path(__file__).parent.parent / "data" / "oversight" / "duties.yaml", Duties)


class Item(BaseModel):
    """How one duty stands on a day. `day` is the day it was kept, is owed by, or ran out: what `state` speaks of."""

    code: str
    title: tuple[str, str]
    state: State
    day: date | None
    basis: str
    grave: bool


class Quiet(BaseModel):
    """How long nothing was heard: level by the table, None while it is lively."""

    last_sign_on: date | None
    days: int | None
    level: str | None


# ── pure: what is kept, and how it stands ─────────────────────────────────────────────────────────
def day_of(value: Any) -> str | None:
    """A day as the events tell it; what is none, or none a calendar knows, is as if not said."""
    try:
        return str(date.fromisoformat(str(value)[:10])) if value is not None else None
    except ValueError:
        return None


def kept(duty: Duty, effect: Effect, heard: Heard, on: date) -> dict[str, Any]:
    """What is remembered of the duty after an event: what happened, when, and until or by when it holds."""
    until = day_of(first(heard, duty.until)) if effect == "kept" else day_of(first(heard, duty.by)) if effect == "due" else None
    if effect == "kept" and until is None and duty.months:
        until = str(months_after(on, duty.months))
    return {"what": effect, "on": str(on), "until": until}


def stands(duty: Duty, known: Mapping[str, Any] | None, today: date, told: bool) -> Item:
    """How a duty stands today. `told`: whether any record tells of it at all; what nobody could tell is not called missing."""
    state: State = "MISSING" if duty.owed and told else "NONE"
    day: date | None = None
    if known and known["what"] != "gone":
        until = date.fromisoformat(known["until"]) if known["until"] else None
        soon = until is not None and (until - today).days <= duty.warn_days
        day = until or date.fromisoformat(known["on"])
        if known["what"] == "broken":
            state = "OVERDUE" if duty.due or duty.until or duty.months else "BROKEN"
        elif known["what"] == "due":
            state = "OVERDUE" if until and until < today else "DUE"
        else:
            state = "OUT_OF_TERM" if until and until < today else "EXPIRING" if soon else "KEPT"
    return Item(code=duty.code, title=(duty.en, duty.zh), state=state, day=day, basis=duty.basis, grave=duty.grave)


def quiet(last: str | None, today: date, levels: Mapping[str, int]) -> Quiet:
    """How silent an association is: the gravest level whose days have passed."""
    if last is None:
        return Quiet(last_sign_on=None, days=None, level=None)
    days = (today - date.fromisoformat(last)).days
    level = max((name for name, n in levels.items() if days >= n), key=lambda name: levels[name], default=None)
    return Quiet(last_sign_on=date.fromisoformat(last), days=max(days, 0), level=level)


def dossier(known: Mapping[str, Any], today: date, told: frozenset[str]) -> tuple[list[Item], Quiet]:
    """Every duty that could be told of, those lacking first, and the silence."""
    rules = RULES.in_force(today)
    items = [stands(d, known.get("duties", {}).get(d.code), today, any(e in told for e in (*d.kept, *d.due))) for d in rules.duties]
    shown = [i for i in items if i.state != "NONE"]
    order: dict[State, int] = {s: n for n, s in enumerate((*LACKING, "EXPIRING", "DUE", "KEPT", "NONE"))}
    return sorted(shown, key=lambda i: (order[i.state], not i.grave)), quiet(known.get("last_sign_on"), today, rules.quiet)


# ── how it follows ────────────────────────────────────────────────────────────────────────────────
def followed() -> dict[str, list[tuple[Duty, Effect]]]:
    """Event → the duties it touches, of every version of the table: which one judges is decided on the day of reading."""
    found: dict[str, list[tuple[Duty, Effect]]] = {name: [] for table in RULES.all() for name in table.signs}
    for table in RULES.all():
        for duty in table.duties:
            for effect in EFFECTS:
                for name in getattr(duty, effect):
                    found.setdefault(name, []).append((duty, effect))
    return found


def hears(name: str, touched: list[tuple[Duty, Effect]], sign: bool) -> Handler:
    async def keep(heard: Heard, call: Call, effects: Effects) -> None:
        said: dict[str, Any] = {f"duties.{duty.code}": kept(duty, effect, heard, call.today) for duty, effect in touched}
        change: dict[str, Any] = {"$set": said} if said else {}
        if sign:
            change["$max"] = {"last_sign_on": str(call.today)}
        effects.update(DOSSIERS, association_of(heard), change, upsert=True)

    keep.__name__ = f"note_{name}"
    return keep


def duties_heard(kinds: Iterable[Kind[Any, Any]]) -> dict[type[Heard], Handler]:
    """The projections of every event of the table that these records tell."""
    told, signs, found = events_of(kinds), {s for table in RULES.all() for s in table.signs}, dict[type[Heard], Handler]()
    for name, touched in followed().items():
        wanted = {field for duty, _ in touched for field in (*duty.until, *duty.by)}
        if (heard := reader(name, told, wanted, __name__)) is not None:
            found[heard] = hears(name, touched, name in signs)
    return found


def told_of(kinds: Iterable[Kind[Any, Any]]) -> frozenset[str]:
    """The events that can be heard here: what none of them tells is not held against anybody."""
    return frozenset(events_of(kinds))


def warn_from(today: date, level: str) -> date:
    """The last sign of life of those who are at this level today, or graver."""
    return today - timedelta(days=RULES.in_force(today).quiet[level])
