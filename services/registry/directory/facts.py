"""The published facts beside an entry [公开事项]: charter, fee standard, penalties, commitments, reports, branches (domain §7.4).

Which event fills which field is a table (`data/directory/facts.yaml`). Each is kept under the record that told it, so a record that
changes shows its newest state, and one that is closed shows nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from services.registry.directory.public_list import ROWS, row
from services.registry.directory.told import EventName, association_of, events_of, first, reader
from shared.engine import Effects, Handler
from shared.record import Call, Heard, Kind
from shared.versions import Versioned, Versions


class Fact(BaseModel):
    """One event that fills a field: `show` is what is shown of it → the names the event may give it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    field: Literal["charter", "fee_standard", "annual_reports", "penalties", "awards", "model_titles", "purchased_services",
                   "service_commitments", "social_responsibility_reports", "branches"]  # fmt: skip
    event: EventName
    keep: Literal["add", "set", "drop"]
    show: Mapping[str, tuple[str, ...]]


class Facts(Versioned):
    facts: tuple[Fact, ...]


TABLE = Versions.load(Path(__file__).parent.parent / "data" / "directory" / "facts.yaml", Facts)
IN_FORCE = "in force"  # the one key of a field that holds one thing, not one for each record


def published(known: Mapping[str, Any], fact: Fact, heard: Heard) -> dict[str, Any]:
    """All published facts after one more event."""
    held = dict(known.get(fact.field, {}))
    if fact.keep == "drop":
        held.pop(heard.about, None)
    else:
        held[IN_FORCE if fact.keep == "set" else heard.about] = {
            name: plain_value(first(heard, names)) for name, names in fact.show.items()
        }
    return {**known, fact.field: held}


def plain_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def keeps(fact: Fact) -> Handler:
    async def keep(heard: Heard, call: Call, effects: Effects) -> None:
        uscc = association_of(heard)
        known = (await effects.one(ROWS, uscc) or {}).get("published", {})
        await row(effects, uscc, published=published(known, fact, heard))

    return keep


def public_facts(kinds: Iterable[Kind[Any, Any]]) -> dict[type[Heard], Handler]:
    """The projections of every row of the table whose event these records tell."""
    told, found = events_of(kinds), dict[type[Heard], Handler]()
    for table in TABLE.all():
        for fact in table.facts:
            if (heard := reader(fact.event, told, {n for names in fact.show.values() for n in names}, __name__)) is not None:
                found[heard] = keeps(fact)
    return found
