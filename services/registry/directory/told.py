"""Listening by a table: which events of the registry's own records a read model follows, and what it keeps of each, is data.

A table names events as domain §1 names them. A row whose event no record type tells yet simply waits: it comes alive the moment the
record is there, without a line of code. Fields are named by all the names they may have; what an event does not say stays out.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, create_model

from shared.record import Event, Heard, Kind, camel, snake

EventName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="an event of the registry, in snake case")]
SUBJECT = ("association", "uscc")  # the field that names the association


def events_of(kinds: Iterable[Kind[Any, Any]]) -> dict[str, tuple[str, type[Event]]]:
    """Name of each event these records tell → its wire type and class."""
    return {snake(event.__name__): (type_, event) for kind in kinds for type_, event in kind.events.items()}


def subject_of(event: type[Event]) -> str | None:
    """The field by which an event names its association; None where it names none."""
    return next((f for f in SUBJECT if f in event.model_fields), None)


def reader(name: str, told: Mapping[str, tuple[str, type[Event]]], wanted: Iterable[str], module: str) -> type[Heard] | None:
    """A `Heard` that reads of this event its association and, of the wanted fields, those it has; None where nobody tells it."""
    if name not in told or (subject := subject_of(told[name][1])) is None:
        return None
    type_, event = told[name]
    outer = {f.partition(".")[0] for f in wanted}
    fields: dict[str, Any] = {f: (Any, None) for f in sorted(outer) if f in event.model_fields and f != subject and not hasattr(Heard, f)}
    read = create_model(f"{camel(name)}Read", __base__=Heard, __module__=module, **{subject: (str, ...), **fields})
    read.type = type_
    return read


def association_of(heard: Heard) -> str:
    return str(next(v for f in SUBJECT if (v := getattr(heard, f, None)) is not None))


def first(heard: Heard, names: Iterable[str]) -> Any:
    """The first of these fields that the event fills; `promise.item` is the item of its promise."""
    return next((v for n in names if (v := within(heard, n)) is not None), None)


def within(heard: Heard, name: str) -> Any:
    outer, _, inner = name.partition(".")
    value = getattr(heard, outer, None)
    return (value.get(inner) if isinstance(value, Mapping) else None) if inner else value
