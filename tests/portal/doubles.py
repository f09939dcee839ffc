"""Doubles for pure tests: effects and a store that keep rows in dictionaries, and a walk over HTML that finds whatever could act."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from html.parser import HTMLParser
from typing import Any, cast
from uuid import uuid4

from services.portal.figures import PROJECTIONS
from shared.engine import Effects
from shared.record import Call, Heard

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>window.hacked=1</script>",
    "javascript:alert(1)",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "{{ 7*7 }}",
    "a\nevent: counts\ndata: {}\n\nid: 1",
    "<!--",
    "]]><b>",
    "\u202egnp.exe",
    "&lt;b&gt;",
    "<a href='javascript:alert(1)'>x</a>",
    "\u2028data: x",
    "<style>*{display:none}</style>",
    "{name.__class__}",
)


class FakeEffects:
    """What a batch of events changes, at once, in dictionaries; understands $set, $inc and nothing else."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[Any, dict[str, Any]]] = {}

    def update(self, collection: str, id_: str, change: dict[str, dict[str, Any]], *, upsert: bool = True) -> None:
        assert set(change) <= {"$set", "$inc"} and upsert
        row = self.kept.setdefault(collection, {}).setdefault(id_, {"_id": id_})
        for path, value in change.get("$set", {}).items():
            row[path] = value
        for path, value in change.get("$inc", {}).items():
            inner, (*above, last) = row, path.split(".")
            for part in above:
                inner = inner.setdefault(part, {})
            inner[last] = inner.get(last, 0) + value

    def insert(self, collection: str, doc: dict[str, Any]) -> None:
        assert doc["_id"] not in self.kept.setdefault(collection, {})
        self.kept[collection][doc["_id"]] = doc

    async def one(self, collection: str, id_: str) -> dict[str, Any] | None:
        return self.kept.get(collection, {}).get(id_)

    def counts(self, group: str) -> dict[str, int]:
        return {n: v for n, v in self.kept.get("counts", {}).get(group, {"n": {}})["n"].items() if v}

    @property
    def told(self) -> list[dict[str, Any]]:
        return [self.kept["feed"][n] for n in sorted(self.kept.get("feed", {}))]


class FakeStore:
    """The few questions a pulse asks."""

    def __init__(self, effects: FakeEffects | None = None, away: type[Exception] | None = None) -> None:
        self.effects, self.away, self.asked = effects or FakeEffects(), away, 0

    async def rows(self, collection: str, where: dict[str, Any], *, sort: Any = (("_id", 1),), limit: int = 0) -> list[dict[str, Any]]:
        self.asked += 1
        if self.away:
            raise self.away("away")
        rows = sorted(self.effects.kept.get(collection, {}).values(), key=lambda r: r["_id"], reverse=sort[0][1] < 0)
        return rows[:limit] if limit else rows

    async def one(self, collection: str, id_: str) -> dict[str, Any] | None:
        return await self.effects.one(collection, id_)

    async def remove(self, collection: str, where: dict[str, Any]) -> int:
        last, rows = where["_id"]["$lte"], self.effects.kept[collection]
        old = [n for n in rows if n <= last]
        for n in old:
            del rows[n]
        return len(old)


class FakeEngine:
    def __init__(self, store: FakeStore) -> None:
        self.store = store


def call(at: datetime = NOON) -> Call:
    return Call("PLATFORM", "", at, uuid4())


async def hear(effects: FakeEffects, *events: Heard, at: datetime = NOON) -> None:
    for event in events:
        await PROJECTIONS[type(event)](event, call(at), cast(Effects, effects))


# ── what a page could do ──────────────────────────────────────────────────────────────────────────
@dataclass
class Seen(HTMLParser):
    """Everything of a page that acts, loads or leads somewhere, and its outline."""

    acts: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    refers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attributes)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("style", "iframe", "object", "embed", "base", "form") or (tag == "script" and "src" not in given):
            self.acts.append(f"<{tag}>")
        self.ids += [v for n, v in attributes if n == "id" and v]
        self.refers += [p for n, v in attributes if n in ("aria-labelledby", "aria-describedby") and v for p in v.split()]
        for name, value in attributes:
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.acts.append(f"{tag} {name}")
            if name in ("href", "src", "action", "xlink:href"):
                self.loads.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @cached_property
    def text(self) -> str:
        """All that is read, once all of it was fed."""
        return " ".join(" ".join(self.words).split())


def seen(html: str) -> Seen:
    found = Seen()
    found.feed(html)
    found.close()
    return found


def inert(html: str) -> Seen:
    """The page, after making sure that nothing in it acts and nothing comes from or leads to elsewhere."""
    found = seen(html)
    assert found.acts == []
    assert [a for a in found.loads if not re.match(r"(/(?!/)|#)", a)] == []
    assert len(set(found.ids)) == len(found.ids), "ids are unique"
    assert set(found.refers) <= set(found.ids), "labels refer to something"
    assert found.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(found.headings, found.headings[1:], strict=False)), "no heading level is skipped"
    assert {"header", "main", "nav", "footer"} <= set(found.tags)
    return found
