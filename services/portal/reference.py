"""The reference of every service [接口文档], for people: rooms, states, routes, forms, events, written from what runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.diagram import Diagram, diagram, numbered
from services.portal.rendering import frame
from services.portal.words import PURPOSES, SERVICES, VISIBILITY
from shared.docs import asyncapi, ends, schemas, sort_of, title_of_event, topic_of
from shared.engine import Service
from shared.http import answer, openapi
from shared.pages import READ
from shared.pages.words import Words
from shared.record import Kind, Move, NotFound

METHODS = ("get", "post", "put", "patch", "delete")
DEPTH = 4  # how deep a form is shown; what lies deeper stands in the raw document


@dataclass(frozen=True)
class Field:
    name: str
    sort: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Route:
    """One operation of the OpenAPI document, as its reader wants it. `where` is query, path or header for parameters."""

    method: str
    path: str
    summary: str
    by: tuple[str, ...]
    when: tuple[str, ...]
    tells: tuple[str, ...]
    parameters: tuple[tuple[Field, str], ...]
    form: tuple[Field, ...]
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Step:
    """One move of a record type. `bringer` is a role's list, the clock, or the event heard."""

    number: int
    name: str
    title: str
    bringer: tuple[str, str]
    when: tuple[str, ...]
    leads_to: tuple[str, ...]
    tells: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    type: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class RecordType:
    name: str
    title: str
    readers: tuple[str, ...]
    drawing: Diagram
    steps: tuple[Step, ...]
    routes: tuple[Route, ...]
    events: tuple[Told, ...]


@dataclass(frozen=True)
class Room:
    name: str
    visibility: Words
    records: tuple[RecordType, ...]


@dataclass(frozen=True)
class Reference:
    name: str
    title: Words
    purpose: Words
    rooms: tuple[Room, ...]
    others: tuple[Route, ...]
    hears: tuple[str, ...]

    @property
    def record_count(self) -> int:
        return sum(len(r.records) for r in self.rooms)

    @property
    def route_count(self) -> int:
        return len(self.others) + sum(len(k.routes) for r in self.rooms for k in r.records)

    @property
    def event_count(self) -> int:
        return sum(len(k.events) for r in self.rooms for k in r.records)


def plain(schema: Any, parts: Mapping[str, Any], depth: int = DEPTH) -> Any:
    """A schema with every reference in its place, as far down as a reader follows."""
    if isinstance(schema, list):
        return [plain(s, parts, depth) for s in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return (
            {"type": name} if depth <= 0 else plain({**parts[name], **{k: v for k, v in schema.items() if k != "$ref"}}, parts, depth - 1)
        )
    return {k: plain(v, parts, depth) for k, v in schema.items()}


def fields_of(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a form or event; a choice of forms is shown as one with the fields of all."""
    variants = schema.get("oneOf") or schema.get("anyOf") or [schema]
    found: dict[str, Field] = {}
    for variant in variants:
        for name, part in variant.get("properties", {}).items():
            required = name in variant.get("required", ()) and len(variants) == 1
            found.setdefault(name, Field(name, sort_of(part), required, bounds(part)))
    return tuple(found.values())


def bounds(schema: Mapping[str, Any]) -> str:
    """What a field means and how far it may go."""
    said = [str(schema.get("description", ""))]
    shown = next((v for v in schema.get("anyOf", ()) if v.get("type") != "null"), schema)
    for low, high, unit in (("minLength", "maxLength", ""), ("minimum", "maximum", ""), ("minItems", "maxItems", "×")):
        a, b = shown.get(low), shown.get(high)
        if a is not None or b is not None:
            said.append(f"{'' if a is None else a}…{'' if b is None else b}{unit}")
    if "default" in schema and schema["default"] not in (None, "", [], ()):
        said.append(f"= {schema['default']}")
    return " · ".join(s for s in said if s)


def route(
    method: str, path: str, operation: Mapping[str, Any], parts: Mapping[str, Any], move: Move | None, readers: tuple[str, ...]
) -> Route:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    parameters = [plain(p, parts) for p in operation.get("parameters", ())]
    shown = tuple(
        (
            Field(
                p["name"], sort_of(p.get("schema", {})), bool(p.get("required")), bounds(p.get("schema", {})) or p.get("description", "")
            ),
            p["in"],
        )
        for p in parameters
    )
    answers = tuple((code, str(said.get("description", ""))) for code, said in sorted(operation.get("responses", {}).items()))
    summary = str(operation.get("summary") or operation.get("operationId", ""))
    tells = tuple(e.__name__ for e in move.events) if move else ()
    return Route(
        method.upper(),
        path,
        summary,
        move.by if move else readers,
        move.when if move else (),
        tells,
        shown,
        fields_of(plain(body, parts)),
        answers,
    )


def step(kind: Kind[Any, Any], move: Move, number: int) -> Step:
    bringer = ("hears", move.heard.type) if move.heard else ("clock", "") if move.times else ("", ", ".join(move.by))
    leads = {to for event in move.events for stage in move.when or ("",) for to in ends(kind, event, stage) if to and to not in move.when}
    return Step(
        number,
        move.name,
        move.title,
        bringer,
        move.when,
        tuple(s for s in kind.stages if s in leads),
        tuple(e.__name__ for e in move.events),
    )


def described(service: Service) -> Reference:
    """All a page says of one service, out of its OpenAPI document and its record types."""
    document, shapes = openapi(service), schemas([service])
    parts = document["components"]["schemas"]
    found: dict[str, list[Route]] = {}
    kinds = {k.name: k for k in service.kinds}
    for path, methods in document["paths"].items():
        for method, operation in ((m, methods[m]) for m in METHODS if m in methods):
            name, _, move_name = str(operation.get("operationId", "")).rpartition(".")
            kind = kinds.get(name)
            move = kind.moves.get(move_name) if kind and method == "post" else None
            readers = tuple(sorted(kind.readers)) if kind else ()
            found.setdefault(kind.name if kind else "", []).append(route(method, path, operation, parts, move, readers))
    rooms = []
    for room, visibility in sorted(service.rooms.items()):
        records = tuple(record(k, tuple(found.get(k.name, ())), shapes) for k in service.kinds if k.room == room)
        rooms.append(Room(room, VISIBILITY[visibility], records))
    unknown = (service.name, service.name)
    title, purpose = SERVICES.get(service.name, unknown), PURPOSES.get(service.name, ("", ""))
    return Reference(service.name, title, purpose, tuple(rooms), tuple(found.get("", ())), tuple(sorted(service.hears)))


def record(kind: Kind[Any, Any], routes: tuple[Route, ...], shapes: Mapping[str, Any]) -> RecordType:
    numbers = numbered(kind)
    steps = tuple(step(kind, move, numbers[name]) for name, move in kind.moves.items())
    events = tuple(Told(type_, title_of_event(event), fields_of(shapes[type_])) for type_, event in kind.events.items())
    ordered = tuple(sorted(routes, key=lambda r: (r.method == "GET", r.path.count("{"), r.path)))
    return RecordType(kind.name, kind.title, tuple(sorted(kind.readers)), diagram(kind), steps, ordered, events)


def reference(services: Sequence[Service]) -> APIRouter:
    """`/docs`, `/docs/{service}` and `/asyncapi/{service}.json` of these services."""
    router, known = APIRouter(include_in_schema=False), {s.name: s for s in services}

    def keeping(make: Callable[[str], Any]) -> Callable[[str], Any]:
        """Made when first asked for, and kept: the code does not change while it runs."""
        kept = cache(make)

        def of(name: str) -> Any:
            if name not in known:
                raise NotFound("not_found", "no such service", "没有该服务")
            return kept(name)

        return of

    book = keeping(lambda name: described(known[name]))
    events = keeping(lambda name: asyncapi(known[name], services))

    @router.api_route("/docs", methods=READ)
    def contents(request: Request) -> Response:
        return frame.page(request, "docs.html", books=[book(name) for name in known])

    @router.api_route("/docs/{service}", methods=READ)
    def chapter(service: str, request: Request) -> Response:
        return frame.page(request, "service.html", book=book(service), names={n: SERVICES.get(n, (n, n)) for n in known}, topic_of=topic_of)

    @router.get("/asyncapi/{service}.json")
    def read_asyncapi(service: str) -> Response:
        return answer(events(service))

    return router
