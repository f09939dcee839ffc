"""The HTTP face of every record type, derived from its `Kind`, behind one ASGI guard. No rule lives here.

`POST /service/leads` opens, `POST /service/leads/{id}:screen` commands, `GET` reads; one error shape (RFC 9457).
"""

import asyncio
import hashlib
import itertools
import json
import math
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID, uuid5

import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from shared import metrics
from shared.auth import Identity, Verifier
from shared.engine import Engine, Service, stamped
from shared.mongo import OUTAGES, Held
from shared.problems import language, malformed, problem, refused
from shared.record import BY_DISTRICT, Call, Kind, Malformed, Move, NotAllowed, Record, Refused, Withheld, not_found, private

log = structlog.get_logger()
BODY_MAX, IMPORT_MAX, BODY_SECONDS = 256 * 1024, 10 * 1024 * 1024, 10.0  # bytes, bytes, seconds (reliability B4)
DEPTH_MAX = 64
KEYS = UUID("8f5c7a2e-3f0b-4d7e-9a51-1f2b3c4d5e6f")  # namespace of calls that carry an idempotency key


Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
SECRET, TURNS = secrets.token_bytes(32), itertools.count()


# ── the guard ─────────────────────────────────────────────────────────────────────────────────────
class Guard:
    """In front of everything: size, time, charset, strict JSON; whatever breaks inside becomes one clean answer."""

    def __init__(self, app: Any, imports: Sequence[str] = (), derived: Sequence["Derived"] = (), forms: Sequence[str] = ()) -> None:
        self.app, self.imports, self.derived, self.forms = app, tuple(imports), tuple(derived), tuple(forms)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["guildhall.head"] = dict(reversed(scope["headers"]))
        lang, begun = language(head.get(b"accept-language", b"").decode("latin-1")), False

        async def watch(message: Any) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        structlog.contextvars.clear_contextvars()
        try:
            if scope["method"] in ("POST", "PUT", "PATCH"):
                receive = await self.admitted(scope, receive, head)
            for route in self.derived:
                if (found := route.endpoint(scope)) is not None:  # needs none of the layers that hand-written routes lie under
                    await (await answered(found, Request(scope, receive), lang))(scope, receive, watch)
                    return
            await self.app(scope, receive, watch)
        except Refused as refusal:
            if not begun:
                await refused(refusal, lang)(scope, receive, watch)
        except Exception as error:  # the last wall: logged with its place, told without it
            log.exception("request failed", path=scope.get("route", ""), reason=type(error).__name__)
            if not begun:
                await internal(lang)(scope, receive, watch)

    async def admitted(self, scope: Any, receive: Any, head: Mapping[bytes, bytes]) -> Any:
        """Read the body within its bounds and hand it on whole. Raises: Refused 400, 408, 413, 415."""
        large = any(scope["path"].endswith(i) for i in self.imports)
        limit, kind = IMPORT_MAX if large else BODY_MAX, head.get(b"content-type", b"").split(b";")[0].strip().lower()
        if (head.get(b"content-length") or b"0").isdigit() and int(head.get(b"content-length") or b"0") > limit:
            raise too_large(limit)
        chunks, size = [], 0
        try:
            async with asyncio.timeout(BODY_SECONDS * (6 if large else 1)):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise fault(400, "disconnected", "the body did not arrive", "请求体不完整")
                    size += len(message.get("body", b""))
                    if size > limit:
                        raise too_large(limit)
                    chunks.append(message.get("body", b""))
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            raise fault(408, "body_too_slow", "the body took too long", "请求体传输超时") from None
        body = b"".join(chunks)
        if body and not large and not (kind == b"application/x-www-form-urlencoded" and scope["path"].endswith(self.forms)):
            if kind != b"application/json":
                raise fault(415, "not_json", "send application/json", "请以 application/json 提交")
            strict_json(body)
        scope["guildhall.body"] = body
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        return replay


def internal(lang: int) -> Response:
    return problem(500, "internal", ("this is our fault; the operator has been told", "系统错误，已通知运维人员")[lang], lang)


def fault(status: int, code: str, en: str, zh: str) -> Refused:
    refusal = Refused(code, en, zh)
    refusal.status = status
    return refusal


def too_large(limit: int) -> Refused:
    return fault(413, "too_large", f"at most {limit // 1024} KiB", f"最多 {limit // 1024} KiB")


def strict_json(body: bytes) -> None:
    """Refuse what parsers read differently: NaN, infinities, lone surrogates, doubled keys, depth, bytes that are no UTF-8.

    Raises: Refused 400 (reliability B5, B6)."""
    try:
        orjson.loads(body)  # UTF-8, surrogates, NaN, BOM, infinite numbers
        STRICT.decode(body.decode())
    except (ValueError, RecursionError):
        raise fault(400, "not_strict_json", "the body is not strict JSON", "请求体不是规范的 JSON") from None
    if body.count(b"[") + body.count(b"{") > DEPTH_MAX and depth(orjson.loads(body)) > DEPTH_MAX:
        raise fault(400, "too_deep", f"at most {DEPTH_MAX} levels", f"嵌套最多 {DEPTH_MAX} 层")


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("infinite")
    return number


STRICT = json.JSONDecoder(object_pairs_hook=distinct, parse_float=finite)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((depth(v) for v in inner), default=0)


# ── who asks ──────────────────────────────────────────────────────────────────────────────────────
def header(request: Request, name: bytes) -> str | None:
    """A header by its name in lower case; of several with one name, the first."""
    head: Mapping[bytes, bytes] | None = request.scope.get("guildhall.head")
    value = (head if head is not None else dict(reversed(request.scope["headers"]))).get(name)
    return None if value is None else value.decode("latin-1")


async def identity_of(request: Request) -> Identity:
    verifier: Verifier = request.app.state.verifier
    return await verifier.identify(header(request, b"authorization"))


async def caller(request: Request) -> Call:
    """The `Call` of a request: for derived routes, and as a dependency of hand-written ones. Raises: Refused 401, 422."""
    who, now = await identity_of(request), request.app.state.now()
    key = header(request, b"idempotency-key")
    if key is None:
        unique = unseen()
    else:
        if not 0 < len(key) <= 200 or not key.isprintable():
            raise Malformed(
                "bad_idempotency_key", "Idempotency-Key: 1 to 200 printable characters", "Idempotency-Key 应为 1–200 个可打印字符"
            )
        unique = uuid5(KEYS, f"{who.subject}\n{who.role}\n{who.organisation}\n{who.district}\n{request.url.path}\n{key}")
    correlation = header(request, b"x-correlation-id") or ""
    correlation = correlation if correlation.isascii() and correlation.isprintable() and len(correlation) <= 64 else ""
    structlog.contextvars.bind_contextvars(correlation=correlation or str(unique), role=who.role)
    trace = header(request, b"traceparent") or ""
    call = Call(
        who.role, who.organisation, now, unique, who.district, who.subject, correlation, traceparent=trace if len(trace) == 55 else ""
    )
    request.scope["guildhall.call"] = call
    return call


def unseen() -> UUID:
    """An identity for a call without a key: not to be guessed, and without a system call for each."""
    return UUID(bytes=hashlib.blake2b(next(TURNS).to_bytes(8, "big"), key=SECRET, digest_size=16).digest(), version=4)


def if_match(request: Request) -> int | None:
    wanted = header(request, b"if-match")
    if wanted is None or wanted.strip() == "*":
        return None
    number = wanted.strip().removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise Malformed("bad_if_match", "If-Match is the version from ETag", "If-Match 应为 ETag 给出的版本号")
    return int(number)


def language_of(request: Request) -> int:
    return language(header(request, b"accept-language"))


def said_no(error: Exception, lang: int) -> Response | None:
    """The answer to a refusal, an outage or an unknown path; None for what is nobody's fault but ours."""
    if isinstance(error, Refused):
        return refused(error, lang)
    if isinstance(error, RequestValidationError):  # a hand-written route: the first of `loc` names where it stood
        return malformed([{**e, "loc": e["loc"][1:]} for e in error.errors()], lang)
    if isinstance(error, ValidationError):
        return malformed(error.errors(include_input=False, include_url=False), lang)
    if isinstance(error, OUTAGES):
        detail = (
            "the database is away; the outcome is unknown: repeat with the same Idempotency-Key",
            "数据库暂不可用，结果未知：请以相同的 Idempotency-Key 重试",
        )[lang]
        return problem(503, "store_unavailable", detail, lang, headers={"Retry-After": "2"})
    if isinstance(error, HTTPException):
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        said = {404: ("there is nothing at this address", "该地址不存在"), 405: ("not with this method", "该地址不支持此方法")}.get(
            error.status_code, ("refused", "不予受理")
        )
        return problem(error.status_code, code, said[lang], lang, headers=dict(error.headers or {}))
    return None


async def answered(endpoint: Endpoint, request: Request, lang: int) -> Response:
    try:
        return await endpoint(request)
    except Exception as error:
        if (said := said_no(error, lang)) is None:
            raise
        await enter(request, error)
        return said


def install(app: FastAPI) -> None:
    """The answers of hand-written routes: the same as those of the derived ones."""

    async def say(request: Request, error: Any) -> Response:
        lang = language_of(request)
        await enter(request, error)
        return said_no(error, lang) or internal(lang)

    for error in (Exception, Refused, ValidationError, RequestValidationError, HTTPException, *OUTAGES):
        app.add_exception_handler(error, say)


async def enter(request: Request, error: Exception) -> None:
    """A refused authorisation goes into the audit trail of the service it was asked of, before the answer leaves."""
    if not isinstance(error, NotAllowed | Withheld):
        return
    call, trails = request.scope.get("guildhall.call"), getattr(request.app.state, "refusals", {})
    trail = trails.get(request.url.path.split("/", 2)[1])
    if call is not None and trail is not None:
        await trail.note(call, request.method, request.url.path, error)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")


# ── the routes of a kind ──────────────────────────────────────────────────────────────────────────
def filters(kind: Kind[Any, Any]) -> type[BaseModel]:
    """The closed, typed form of a list's query: nothing a client writes ever becomes an operator (reliability B1)."""
    literal: Any = Literal
    fields: dict[str, Any] = {"stage": (tuple[literal[kind.stages], ...], ())}
    for path in kind.index:
        fields[path.replace(".", "_")] = (str | None, Field(None, min_length=1, max_length=200, description=f"equals `{path}`"))
    fields |= {"limit": (int, Field(50, ge=1, le=200)), "after": (str, Field("", max_length=200, description="the `next` of the page before")),
               "newest": (bool, Field(False, description="newest first")), "total": (bool, Field(False, description="count all that match, too"))}  # fmt: skip
    return create_model(f"{kind.state.__name__}Filter", __config__=ConfigDict(extra="forbid", frozen=True), **fields)


class Moment(BaseModel):
    """Which version of a record: the one at a time (`as_of`), as far as it was known at another (`known_at`), or by number."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    as_of: AwareDatetime | None = None
    known_at: AwareDatetime | None = None
    version: Annotated[int | None, Field(ge=1, le=10**9)] = None


def query(model: type[BaseModel], request: Request, aside: Sequence[str] = ()) -> Any:
    """The query as a form; what stands `aside` is no part of it. Raises: pydantic.ValidationError, told as 422 with the parameter as pointer."""
    given: dict[str, Any] = {}
    many = {n for n, f in model.model_fields.items() if "tuple" in str(f.annotation)}
    for name, value in request.query_params.multi_items():
        if name in aside:
            continue
        if name in many:
            given.setdefault(name, []).append(value)
        else:
            given[name] = value if name not in given else [given[name], value]
    return model.model_validate(given)


def hidden_of(kind: Kind[Any, Any]) -> set[str]:
    state: type[BaseModel] = kind.state
    return private(state)


class Face:
    """The derived routes of one kind."""

    def __init__(self, kind: Kind[Any, Any], engine: Engine) -> None:
        self.kind, self.engine, self.filters = kind, engine, filters(kind)
        self.base = f"/{kind.service}/{kind.path}"
        self.hidden = hidden_of(kind)
        self.fields = None if kind.state_upcasts else kind.state.model_fields.keys()  # what was just kept is what is shown
        self.seconds = metrics.COMMAND_SECONDS.labels(kind.service)

    def shown(self, row: Held, call: Call) -> dict[str, Any]:
        meta = {
            "version": row.version,
            "created_at": row.created["at"],
            "changed_at": row.changed_at,
            "can": self.kind.can(row.record, call),
        }
        if call.role != "PUBLIC":
            meta["created_by"] = {"role": row.created["role"], "organisation": row.created["organisation"]}
        if row.raw.keys() == self.fields:
            return {**{n: v for n, v in row.raw.items() if n not in self.hidden}, "meta": meta}
        return {**self.kind.view(row.record), "meta": meta}

    def one(self, row: Held, call: Call, status: int = 200) -> Response:
        return answer(self.shown(row, call), status, {"ETag": f'"{row.version}"', "Location": self.place(row.record.id)})

    def readable(self, call: Call) -> None:
        if not self.kind.may_read(call):
            raise NotAllowed("role_not_allowed", f"{call.role} may not read this", f"角色 {call.role} 无权查阅")

    def scope(self, call: Call) -> dict[str, str]:
        """The filter that keeps a list to what is one's own."""
        path = self.kind.own.get(call.role)
        if path is None or "PUBLIC" in self.kind.readers:
            return {}
        return {path: (call.district if call.role in BY_DISTRICT else call.organisation) or "-"}

    async def listed(self, request: Request) -> Response:
        call, asked = await caller(request), query(self.filters, request)
        self.readable(call)
        where: dict[str, Any] = {p: v for p in self.kind.index if (v := getattr(asked, p.replace(".", "_"))) is not None}
        where |= {"stage": list(asked.stage)} if asked.stage else {}
        mine = self.scope(call)
        if any(where.get(p, v) != v for p, v in mine.items()):
            return answer({"items": [], "next": None} | ({"total": 0} if asked.total else {}))
        where |= mine
        found = await self.engine.store.find(self.kind, where, after=asked.after, limit=asked.limit + 1, newest=asked.newest)
        more = found[asked.limit - 1].record.id if len(found) > asked.limit else None
        page = {"items": [self.shown(h, call) for h in found[: asked.limit]], "next": more}
        return answer(page | ({"total": await self.engine.store.count(self.kind, where)} if asked.total else {}))

    async def row(self, request: Request, call: Call) -> Held:
        self.readable(call)
        found = await self.engine.store.load(self.kind, request.path_params["id"])
        if found is None:
            raise not_found(self.kind)
        if not ("PUBLIC" in self.kind.readers or self.kind.owns(found.record, call)):
            raise not_found(self.kind, Withheld)
        return found

    def place(self, id_: str) -> str:
        """The address of a record; its id may hold any letter, a header may not."""
        return f"{self.base}/{quote(id_, safe='~')}"

    async def get(self, request: Request) -> Response:
        call, moment = await caller(request), query(Moment, request)
        row = await self.row(request, call)
        if moment.model_fields_set:
            return await self.past(row, moment, call)
        if place := row.record.taken_over_by():
            return answer({"taken_over_by": place}, 308, {"Location": self.place(place)})
        if (header(request, b"if-none-match") or "").strip("W/").strip('"') == str(row.version):
            return Response(status_code=304, headers={"ETag": f'"{row.version}"'})
        return self.one(row, call)

    async def past(self, row: Held, moment: Moment, call: Call) -> Response:
        """The record as it was: events recorded by `known_at` whose effect had begun by `as_of`, in their order."""
        if self.hidden:
            raise Refused("not_recallable", "earlier states of this record are not kept", "该类记录不保留历史状态")
        told = standing(await self.engine.store.told(self.kind, row.record.id), moment)
        record = self.kind.fold(row.record.id, [(e["type"], e["data"]) for e in told])
        if record is None:
            raise not_found(self.kind)
        meta = {"version": told[-1]["sequence"], "recorded_at": told[-1]["recorded"], "as_of": moment.as_of, "known_at": moment.known_at}
        return answer({**self.kind.view(record), "meta": meta})

    async def history(self, request: Request) -> Response:
        call = await caller(request)
        row = await self.row(request, call)
        hidden = {"call", "correlation", "causation", "traceparent", "source"} | ({"actor"} if call.role == "PUBLIC" else set())
        told = await self.engine.store.told(self.kind, row.record.id)
        return answer({"items": [{("id" if n == "_id" else n): v for n, v in e.items() if n not in hidden} for e in told]})

    def command(self, move: Move) -> Endpoint:
        counts = {o: metrics.COMMANDS.labels(self.kind.name, move.name, o) for o in ("done", "refused")}

        async def run(request: Request) -> Response:
            begun = asyncio.get_running_loop().time()
            try:
                call = await caller(request)
                self.kind.permit(move, None, call)
                body = move.body.model_validate_json(request.scope.get("guildhall.body") or b"{}", strict=True)
                digest = (
                    hashlib.blake2b(body.model_dump_json().encode(), digest_size=16).hexdigest()
                    if header(request, b"idempotency-key") is not None
                    else ""
                )
                id_ = None if move.opens else request.path_params["id"]
                rows = await self.engine.execute(self.kind, move, body, call, id_, if_match(request), digest)
            except (Refused, ValidationError):
                counts["refused"].inc()
                raise
            finally:
                self.seconds.observe(asyncio.get_running_loop().time() - begun)
            counts["done"].inc()
            if len(rows) == 1:
                return self.one(rows[0], call, 201 if move.opens else 200)
            return answer({"items": [{"id": h.record.id, "version": h.version} for h in rows]}, 201)

        run.__name__ = move.name
        return run

    def paths(self) -> list[tuple[str, str, Move | None, Endpoint]]:
        """(method, path, move, endpoint), in the order they must be matched."""
        moves = [m for m in self.kind.moves.values() if m.asked]
        first = next((m for m in moves if m.opens), None)
        found: list[tuple[str, str, Move | None, Endpoint]] = []
        for move in moves:
            path = self.base if move is first else f"{self.base}:{move.name}" if move.opens else f"{self.base}/{{id}}:{move.name}"
            found.append(("POST", path, move, self.command(move)))
        return [*found, ("GET", self.base, None, self.listed), ("GET", f"{self.base}/{{id}}/history", None, self.history),
                ("GET", f"{self.base}/{{id}}", None, self.get)]  # fmt: skip


def standing(told: Sequence[Mapping[str, Any]], moment: Moment) -> list[Mapping[str, Any]]:
    """The events that make a record what it was: recorded by `known_at`, their effect begun by `as_of`, up to `version`."""
    told = [e for e in told if moment.version is None or e["sequence"] <= moment.version]
    told = [e for e in told if moment.known_at is None or e["recorded"] <= stamped(moment.known_at)]
    return [e for e in told if moment.as_of is None or began(e) <= stamped(moment.as_of)]


def began(event: Mapping[str, Any]) -> str:
    """The moment from which an event holds, as it is stamped."""
    effective = event.get("effective")
    if not effective:
        return str(event["time"])
    return stamped(datetime.fromisoformat(effective if "T" in effective else f"{effective}T00:00:00+08:00"))


class Derived(BaseRoute):
    """All derived routes of a service as one: found by look-up, whatever their number, not by trying one pattern after the other."""

    def __init__(self, service: Service, engine: Engine) -> None:
        self.prefix, self.table = f"/{service.name}/", dict[tuple[str, str], Endpoint]()
        for kind in service.kinds:
            for method, path, _, endpoint in Face(kind, engine).paths():
                self.table[method, path] = endpoint

    def find(self, path: str) -> tuple[str, str]:
        """(pattern, id) of an address: `/service/path[/{id}][/history][:verb]`."""
        base, _, rest = path[len(self.prefix) :].partition("/")
        if not rest:
            return path, ""
        id_, history, _ = rest.partition("/history") if rest.endswith("/history") else (rest, "", "")
        id_, verb, name = (
            id_.rpartition(":")
            if not history and ("POST", f"{self.prefix}{base}/{{id}}:{rest.rpartition(':')[2]}") in self.table
            else (id_, "", "")
        )
        return f"{self.prefix}{base}/{{id}}{history}{verb}{name}", id_

    def endpoint(self, scope: Any) -> Endpoint | None:
        """What answers this request, if it is one of ours and rightly asked."""
        match, found = self.matches(scope)
        if match is not Match.FULL:
            return None
        scope.update(found)
        endpoint: Endpoint = found["guildhall.endpoint"]
        return endpoint

    def matches(self, scope: Any) -> tuple[Match, Any]:
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            return Match.NONE, {}
        pattern, id_ = self.find(scope["path"])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        endpoint = self.table.get((method, pattern))
        if "/" in id_ or (endpoint is None and not any((m, pattern) in self.table for m in ("GET", "POST"))):
            return Match.NONE, {}
        found = {"path_params": {"id": id_}, "guildhall.endpoint": endpoint, "guildhall.pattern": pattern}
        return (Match.FULL if endpoint else Match.PARTIAL), found

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        endpoint = scope["guildhall.endpoint"]
        if endpoint is None:
            allowed = ", ".join(sorted(m for m, p in self.table if p == scope["guildhall.pattern"]))
            raise HTTPException(405, headers={"Allow": allowed})
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


def routes(service: Service, engine: Engine) -> list[BaseRoute]:
    """Every derived route of a service, and behind them its hand-written ones."""
    router = APIRouter()
    for factory in service.routes:
        router.include_router(factory(engine), prefix=f"/{service.name}")
    return [Derived(service, engine), *router.routes]


# ── the description ───────────────────────────────────────────────────────────────────────────────
class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = []


def openapi(service: Service) -> dict[str, Any]:
    """OpenAPI 3.1 of a service: derived routes from its kinds, hand-written ones from their own annotations."""
    faces = [Face(k, Engine(service, None)) for k in service.kinds]  # type: ignore[arg-type]
    bodies = {m.body for k in service.kinds for m in k.moves.values() if m.asked}
    models: list[type[BaseModel]] = [*bodies, *(k.state for k in service.kinds), *(f.filters for f in faces), Problem]
    named, schema = models_json_schema([(m, "validation") for m in models], ref_template="#/components/schemas/{model}")
    app = FastAPI(title=service.name, version="1")
    for factory in service.routes:
        app.include_router(factory(Engine(service, None)), prefix=f"/{service.name}")  # type: ignore[arg-type]
    document = app.openapi()
    paths: dict[str, Any] = dict(document.get("paths", {}))
    components = {**document.get("components", {}).get("schemas", {}), **schema.get("$defs", {})}
    for face in faces:
        for method, path, move, endpoint in face.paths():
            paths.setdefault(path, {})[method.lower()] = operation(face, move, endpoint.__name__, path, lambda m: named[m, "validation"])
    security = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    return {"openapi": "3.1.0", "info": {"title": f"Guildhall {service.name}", "version": "1"}, "security": [{"bearer": []}, {}],
            "paths": {p: paths[p] for p in sorted(paths)},
            "components": {"schemas": {n: components[n] for n in sorted(components)}, "securitySchemes": security}}  # fmt: skip


def operation(face: Face, move: Move | None, name: str, path: str, ref: Callable[[type[BaseModel]], Any]) -> dict[str, Any]:
    kind, said = face.kind, {"application/problem+json": {"schema": ref(Problem)}}
    parameters: list[Any] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}] if "{id}" in path else []
    done: dict[str, Any] = {"description": kind.title, "content": {"application/json": {"schema": ref(kind.state)}}}
    refusals = {
        str(s): {"description": d, "content": said}
        for s, d in ((401, "token not accepted"), (403, "role not allowed"), (404, "not found or not yours"))
    }
    told: dict[str, Any] = {"tags": [kind.room], "operationId": f"{kind.name}.{name}", "parameters": parameters}
    if move is None:
        model = face.filters if name == "listed" else Moment if name == "get" else None
        for field, info in (model.model_json_schema()["properties"] if model else {}).items():
            parameters.append({"name": field, "in": "query", "required": False, "schema": {k: v for k, v in info.items() if k != "title"}})
        if name == "listed":
            items = {"type": "array", "items": ref(kind.state)}
            page = {"type": "object", "properties": {"items": items, "next": {"type": ["string", "null"]}, "total": {"type": "integer"}}}
            done = {"description": "one page", "content": {"application/json": {"schema": page}}}
        elif name == "history":
            done = {"description": "events in order", "content": {"application/json": {"schema": {"type": "object"}}}}
        summary = {"listed": "List", "get": "Read", "history": "History"}[name]
        if name == "get" and kind.state.taken_over_by is not Record.taken_over_by:
            refusals |= {"308": {"description": "another record has taken its place, and is at Location"}}
        return told | {
            "summary": f"{summary}: {kind.title}",
            "responses": {"200": done, "422": {"description": "query not right", "content": said}, **refusals},
        }
    parameters += [
        {"name": n, "in": "header", "required": False, "schema": {"type": "string"}}
        for n in ("Idempotency-Key", *(() if move.opens else ("If-Match",)))
    ]
    needs = any(f.is_required() for f in move.body.model_fields.values())
    more = {"409": "refused by a rule", "412": "changed meanwhile", "422": "form not right", "413": "too large", "415": "not JSON", "400": "not strict JSON",
            "408": "body too slow", "503": "come back"}  # fmt: skip
    refusals |= {s: {"description": d, "content": said} for s, d in more.items()}
    notes = (
        f"By {', '.join(move.by)}"
        + (f" in {', '.join(move.when)}" if move.when else "")
        + f". Tells {', '.join(e.__name__ for e in move.events)}."
    )
    form = {"required": needs, "content": {"application/json": {"schema": ref(move.body)}}}
    return told | {
        "summary": move.title,
        "description": notes,
        "requestBody": form,
        "responses": {"201" if move.opens else "200": done, **refusals},
    }
