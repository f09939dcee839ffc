"""The gate: what may be added to an event, and every way of breaking its promise that must not pass."""

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from shared.contracts import breaches, incompatibilities, schema_of, schema_of_event
from shared.record import Event, Private, Value


class Place(Value):
    city: str
    room: int = 0


class Promised(Event):
    """As it was promised"""

    association: str
    year: int
    grade: Literal["A", "B"]
    tags: tuple[str, ...]
    place: Place
    note: str | None = None
    points: Annotated[int, Field(ge=0, le=100)] = 0
    code: Annotated[str, Field(pattern="^C[0-9]+$")] = "C1"
    counts: dict[str, int] = {}
    span: tuple[int, int] = (0, 1)


def changed(**fields: Any) -> dict[str, Any]:
    """The promised event with some fields defined anew; None drops one."""
    kept: dict[str, Any] = {n: (f.annotation if not f.metadata else Annotated[(f.annotation, *f.metadata)], ... if f.is_required() else f.default)
                            for n, f in Promised.model_fields.items() if n not in fields}  # fmt: skip
    return schema_of(create_model("Promised", **kept, **{n: f for n, f in fields.items() if f}))


class NewPlace(Value):
    city: str
    room: int = 0
    floor: int = 1


class Moved(Value):
    town: str
    room: int = 0


class Strict(Value):
    city: str
    room: int


OLD = schema_of(Promised)
ALLOWED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a new optional field": {"more": (str, "")},
    "a new optional field in a part": {"place": (NewPlace, ...)},
    "a new value of an enumeration": {"grade": (Literal["A", "B", "C"], ...)},
    "a bound set wider": {"points": (Annotated[int, Field(ge=0, le=1000)], 0)},
    "a pattern dropped": {"code": (str, "C1")},
}
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a field removed": ({"year": None}, "year is gone"),
    "a field renamed": ({"year": None, "in_year": (int, 0)}, "year is gone"),
    "a field of another type": ({"year": (str, ...)}, "year was integer and is string"),
    "a text that became a time": ({"association": (datetime, ...)}, "association was string and is string date-time"),
    "a new required field": ({"more": (str, ...)}, "more is required and was not"),
    "an optional field made required": ({"points": (Annotated[int, Field(ge=0, le=100)], ...)}, "points is required and was not"),
    "a required field made optional": ({"year": (int, 0)}, "year was always there and may now be missing"),
    "a field that may now be null": ({"year": (int | None, ...)}, "year was integer and is integer or null"),
    "a field that may no longer be null": ({"note": (str, "")}, "note was null or string and is string"),
    "an enumeration narrowed": ({"grade": (Literal["A"], ...)}, "grade may no longer be B"),
    "a free text made an enumeration": ({"association": (Literal["X", "Y"], ...)}, "association was free and is now one of a few"),
    "items of another type": ({"tags": (tuple[int, ...], ...)}, r"tags\[\] was string and is integer"),
    "a list made a text": ({"tags": (str, ...)}, "tags was array and is string"),
    "a field of a part renamed": ({"place": (Moved, ...)}, "place.city is gone"),
    "a field of a part made required": ({"place": (Strict, ...)}, "place.room is required and was not"),
    "an upper bound lowered": ({"points": (Annotated[int, Field(ge=0, le=50)], 0)}, "points: maximum was 100 and is 50"),
    "a lower bound raised": ({"points": (Annotated[int, Field(ge=1, le=100)], 0)}, "points: minimum was 0 and is 1"),
    "a bound where there was none": ({"association": (Annotated[str, Field(max_length=18)], ...)}, "association: maxLength was open and is 18"),
    "a length asked for where there was none": ({"association": (Annotated[str, Field(min_length=1)], ...)}, "association: minLength was open and is 1"),
    "another pattern": ({"code": (Annotated[str, Field(pattern="^D")], "D")}, "code: its pattern is another"),
    "values of a map of another type": ({"counts": (dict[str, str], {})}, r"counts\[\] was integer and is string"),
    "a pair made a triple": ({"span": (tuple[int, int, int], (0, 1, 2))}, "span"),
    "the second of a pair of another type": ({"span": (tuple[int, str], (0, ""))}, r"span\[1\] was integer and is string"),
}  # fmt: skip


@pytest.mark.parametrize("change", ALLOWED)
def test_what_may_be_added(change: str) -> None:
    assert list(incompatibilities(OLD, changed(**ALLOWED[change]))) == []


@pytest.mark.parametrize("change", BROKEN)
def test_what_breaks_the_promise(change: str) -> None:
    fields, complaint = BROKEN[change]
    with pytest.raises(AssertionError, match=complaint):
        raise AssertionError("; ".join(incompatibilities(OLD, changed(**fields))) or "nothing")


def test_a_change_within_one_of_several_forms_is_seen() -> None:
    old = schema_of(create_model("E", place=(Place | None, None)))
    new = schema_of(create_model("E", place=(Strict | None, None)))
    assert list(incompatibilities(old, new)) == ["place.room is required and was not"]


def test_a_type_told_no_more_is_a_breach_unless_the_history_is_still_read_by_it() -> None:
    committed = {"a.b.c.v1": OLD, "a.b.d.v1": OLD}
    assert breaches(committed, {"a.b.d.v1": OLD}) == ["a.b.c.v1: nobody tells it any more, and nobody reads it from the history"]
    assert breaches(committed, {"a.b.d.v1": OLD}, {"a.b.c.v1"}) == []
    assert breaches(committed, {**committed, "a.b.c.v1": changed(year=None)}) == ["a.b.c.v1: year is gone (removed or renamed)"]


def test_a_new_type_promises_nothing_yet() -> None:
    assert breaches({}, {"a.b.c.v1": OLD}) == []


def test_the_schema_is_open_whole_and_keeps_secrets() -> None:
    class Told(Event):
        place: Place
        secret: Annotated[str, Private] = ""

    schema = schema_of_event("a.b.told.v1", Told, "Told [告知]")
    assert schema["$id"] == "urn:guildhall:event:a.b.told.v1"
    assert schema["title"] == "Told [告知]"
    assert schema["properties"] == {
        "place": {"type": "object", "properties": {"city": {"type": "string"}, "room": {"type": "integer"}}, "required": ["city"]}
    }
    assert "additionalProperties" not in str(schema)


def test_a_field_may_be_called_title_or_default() -> None:
    shape = schema_of(create_model("E", title=(str, ...), default=(int, ...), required=(str, ...)))
    assert set(shape["properties"]) == {"title", "default", "required"}


class Tree(BaseModel):
    branches: list["Tree"] = []


def test_a_part_that_contains_itself_is_refused() -> None:
    with pytest.raises(TypeError, match="Tree contains itself"):
        schema_of(Tree)
