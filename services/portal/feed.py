"""The latest events [最新动态], in a bounded list with a number for each: the cursor of pages, feeds and streams.

The number is raised inside the transaction in which an event takes effect. Two that are raised at once conflict, and one of them is
done again; so whoever has seen number n has seen all before it, also with several replicas.
"""

import asyncio
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from services.portal.words import SENTENCES, STAGES
from shared import masking
from shared.engine import Effects, Engine, stamped
from shared.mongo import OUTAGES, Doc
from shared.pages.words import DISTRICTS, LEVELS
from shared.record import SHANGHAI, Call

KEPT = 200  # events the list keeps
FRESH = 1.0  # seconds for which all viewers share one look at the database
PATIENCE = 5.0  # seconds before an absent database is asked again
NAME_MAX = 80  # characters of a name that are shown
_reached: WeakKeyDictionary[Effects, int] = WeakKeyDictionary()


async def tell(effects: Effects, call: Call, what: str, topic: str, **words: str) -> None:
    """Put one event at the end of the list, once its effects are committed."""
    if effects not in _reached:
        _reached[effects] = int((await effects.one("marks", "feed") or {"n": 0})["n"])
    number = _reached[effects] = _reached[effects] + 1
    effects.update("marks", "feed", {"$set": {"n": number}})
    shown = {name: legible(word) for name, word in words.items()}
    effects.insert("feed", {"_id": number, "what": what, "topic": topic, "at": stamped(call.now), "words": shown})


def legible(text: str) -> str:
    """A word of an event as a line shows it: without control, format or unassigned characters, on one line, and not endless."""
    kept = "".join(c for c in unicodedata.normalize("NFC", text[: NAME_MAX * 8]) if c.isspace() or unicodedata.category(c)[0] != "C")
    line = " ".join(kept.split())
    return line if len(line) <= NAME_MAX else f"{line[: NAME_MAX - 1]}…"


def sentence(what: str, words: Mapping[str, str], lang: int) -> str:
    """One event in words. It is text: whoever puts it on a page escapes it."""
    said: defaultdict[str, str] = defaultdict(str, words)
    for name, names in (("level", LEVELS), ("district", DISTRICTS), ("stage", STAGES)):
        if name in words:
            said[name] = names.get(words[name], (words[name], words[name]))[lang]
    return SENTENCES[what][lang].format_map(said)


def in_shanghai(at: str) -> str:
    """RFC 3339 in any zone → `2026-03-02 09:00:00` in Asia/Shanghai."""
    return datetime.fromisoformat(at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Line:
    """One event as everybody may see it; `at` is in Asia/Shanghai."""

    id: int
    what: str
    topic: str
    time: str
    at: str
    en: str
    zh: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Line":
        said = [sentence(row["what"], row["words"], lang) for lang in (0, 1)]
        return cls(row["_id"], row["what"], row["topic"], row["at"], in_shanghai(row["at"]), *said)

    def text(self, lang: int) -> str:
        return (self.en, self.zh)[lang]


Counts = Mapping[str, Mapping[str, int | str]]
PERSONAL = frozenset({"leads"})  # groups whose cells could tell who: fewer than five are shown as "<5", to everybody alike (domain §7.5)


@dataclass(frozen=True)
class Snapshot:
    """Counts and latest events at one moment, oldest event first; `stale` when the database could not be asked just now.

    `totals` are the sums of the groups whose cells may be hidden."""

    counts: Counts
    lines: Sequence[Line]
    stale: bool = False
    totals: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def latest(self) -> int:
        return self.lines[-1].id if self.lines else 0

    def after(self, number: int) -> list[Line]:
        return [line for line in self.lines if line.id > number]

    def shown(self, group: str, name: str) -> int | str:
        """The figure as it may be shown: "<5" where the small-cell rule hides it."""
        return self.counts.get(group, {}).get(name, 0)

    def count(self, group: str, name: str) -> int:
        """The figure as a number; what is hidden counts as one, so that a bar is there."""
        held = self.shown(group, name)
        return held if isinstance(held, int) else 1

    def total(self, group: str, names: Iterable[str] | None = None) -> int:
        held = self.counts.get(group, {})
        return sum(self.count(group, n) for n in (held if names is None else names))

    def sum(self, group: str) -> int | str:
        """The sum of a group as it may be shown."""
        return self.totals[group] if group in self.totals else self.total(group)


class Pulse:
    """One look at the database a second, for all pages and streams together, however many watch."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = asyncio.Lock()
        self._seen = Snapshot({}, (), stale=True)
        self._until = 0.0

    async def look(self) -> Snapshot:
        """Never raises for an absent database: then it is the last that was seen, marked stale."""
        async with self._lock:
            if time.monotonic() >= self._until:
                try:
                    self._seen = await self._ask()
                    self._until = time.monotonic() + FRESH
                except OUTAGES:
                    self._seen = replace(self._seen, stale=True)
                    self._until = time.monotonic() + PATIENCE
            return self._seen

    async def _ask(self) -> Snapshot:
        store = self.engine.store
        rows = await store.rows("feed", {}, sort=[("_id", -1)], limit=KEPT)
        counts: dict[str, Mapping[str, int | str]] = {}
        totals: dict[str, int | str] = {}
        for row in await store.rows("counts", {}):
            held = {n: v for n, v in row["n"].items() if v}
            counts[row["_id"]] = held
            if row["_id"] in PERSONAL:
                counts[row["_id"]], totals[row["_id"]] = masking.cells(held)
        return Snapshot(counts, [Line.of(row) for row in reversed(rows)], totals=totals)


_pulses: WeakKeyDictionary[Engine, Pulse] = WeakKeyDictionary()


def pulse_of(engine: Engine) -> Pulse:
    """The one pulse of this engine."""
    return _pulses.setdefault(engine, Pulse(engine))


async def trim_feed(engine: Engine) -> None:
    """Forget all but the latest events, every ten seconds."""
    while True:
        await forget_old(engine)
        await asyncio.sleep(10)


async def forget_old(engine: Engine) -> int:
    mark: Doc | None = await engine.store.one("marks", "feed")
    return await engine.store.remove("feed", {"_id": {"$lte": mark["n"] - KEPT}}) if mark and mark["n"] > KEPT else 0
