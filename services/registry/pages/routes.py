"""`/registry/pages/…`: the register as pages [名录网页], each read as its JSON route is and under exactly that access (domain §7.2, §7.4).

Without JavaScript: one form that asks by address, links for everything else. What was asked wrongly is answered in the page, beside the
field; what is not for the caller as a page that says for whom it is.
"""

import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from services.registry.associations.association import associations
from services.registry.directory.challenge import Fact, Ground, Objection, challenges
from services.registry.directory.duties import DUTIES
from services.registry.directory.duties import shown as duties_shown
from services.registry.directory.listing import FACETS, LIVING
from services.registry.directory.public_list import DIRECT
from services.registry.directory.representatives import with_names
from services.registry.directory.routes import row_of, snapshot_of
from services.registry.directory.search import AskedPage, counts, found
from services.registry.directory.views import ENTRY, shown
from services.registry.oversight.coverage import Coverage
from services.registry.oversight.duties import LACKING, told_of
from services.registry.oversight.routes import (
    DORMANCY_READERS,
    DOSSIER_READERS,
    STATISTICS_READERS,
    AskedSilent,
    coverage_on,
    dossier_of,
    figures_for,
    silent_ones,
)  # fmt: skip
from services.registry.pages.words import EVENTS, FACET_TITLES, FIELDS, PAGE, ROLES, TABLES, VALUES, cell_words, code_words
from services.registry.values import end_of
from shared.auth import Unauthenticated
from shared.engine import Engine
from shared.http import Moment, began, caller, enter, query, standing
from shared.industry import DIVISIONS, SECTIONS, name_of
from shared.mongo import OUTAGES
from shared.pages import READ, Frame, language
from shared.problems import said
from shared.record import SHANGHAI, Call, NotAllowed, NotFound, Refused

AT = "/registry/pages"
OBJECTIONS = "/objections"  # below an association: the one form that writes
ASKED = ("fact", "ground", "proposed", "source")
Caller = Annotated[Call, Depends(caller)]
frame = Frame(Path(__file__).parent, f"{AT}/static", PAGE)
SHORT = (20, 50, 100, 200)  # entries on a page one may choose
RECENT = 200  # events of a history that are shown
ECHO = 200  # characters of what was asked that are shown again
ITEMS = (
    "uscc", "name", "kind", "level", "district", "so_category", "gbt4754", "domicile", "scope", "purpose", "territory", "registered_fund",
    "registered_on", "registration_authority", "supervising_unit", "legal_representative", "status", "regime_code", "ended_on",
    "office_telephone", "office_email",
)  # fmt: skip
PAST = (
    "name", "kind", "level", "district", "so_category", "gbt4754", "domicile", "scope", "purpose", "territory", "registered_fund",
    "registered_on", "registration_authority", "supervising_unit", "status",
)  # fmt: skip
RATING = ("grade", "grade_valid_from", "grade_valid_to", "abnormal_list", "serious_violation_list")
OF_ENTRY = ("charter", "fee_standard", "annual_reports", "annual_checks", "awards", "model_titles", "purchased_services", "branches")
OF_DUTIES = ("penalties", "commitments", "csr_reports", "titles", "development_lists", "disclosed")
MONEY = frozenset({"registered_fund", "amount", "fee"})  # in fen
# fields whose values are codes, and the facet they are of; every other value stands as it is
CODED = {
    **{n: n for n in ("kind", "level", "district", "so_category", "status", "grade")}, **dict.fromkeys(("reason", "conclusion", "type", "list", "item"), ""),
}  # fmt: skip
# page → who may read it, and the address of the same as JSON
GUARDED: dict[str, tuple[Sequence[str], str]] = {
    "dossier": (DOSSIER_READERS, "/registry/oversight/dossiers/{uscc}"), "dormant": (DORMANCY_READERS, "/registry/oversight/dormancy"),
    "statistics": (STATISTICS_READERS, "/registry/oversight/statistics"), "covered": ((), "/registry/oversight/coverage"),
}  # fmt: skip


class Days(BaseModel):
    """Which day an entry is read as of: both days count whole (Asia/Shanghai)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date | None = None
    known_at: date | None = None

    @field_validator("as_of", "known_at", mode="before")
    @classmethod
    def left_empty(cls, value: Any) -> Any:
        return None if value == "" else value

    def moment(self) -> Moment:
        def last(day: date | None) -> datetime | None:
            return None if day is None or day == date.max else end_of(day) - timedelta(milliseconds=1)

        return Moment(as_of=last(self.as_of), known_at=last(self.known_at))


@dataclass(frozen=True)
class Choice:
    """One value of a facet: where choosing it leads, how many there would be, and whether it is chosen."""

    label: str
    count: int
    query: tuple[tuple[str, str], ...]
    chosen: bool


@dataclass(frozen=True)
class Told:
    """One event of an entry's public history."""

    title: str
    holds: str
    recorded: str
    items: str


# ── what is asked ─────────────────────────────────────────────────────────────────────────────────
def given(request: Request, name: str) -> str:
    """What was asked, to be shown in its field again: as far as it can be seen, and no longer than a field."""
    return "".join(c for c in request.query_params.get(name, "")[:ECHO] if c.isprintable())


@dataclass(frozen=True)
class Objected:
    """A challenge that was not taken: what was written, and what is wrong with it by field."""

    written: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def written_in(body: bytes) -> dict[str, str]:
    """The fields of a form, as far as they can be seen; nothing of a body that is none."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), max_num_fields=20, errors="strict")
    except (UnicodeDecodeError, ValueError):
        return {}
    return {name: "".join(c for c in value.strip() if c.isprintable()) for name, value in pairs}


def faults(error: ValidationError, model: type[BaseModel], lang: int) -> dict[str, str]:
    """Field → what is wrong with it; "" stands for conditions no field is for."""
    names = {f.alias or n for n, f in model.model_fields.items()}
    told: dict[str, str] = {}
    for e in error.errors(include_url=False, include_input=False):
        field = str(e["loc"][0]) if e["loc"] and str(e["loc"][0]) in names else ""
        told.setdefault(field, said(e["type"], e["loc"], e.get("ctx", {}), lang)["detail"] if field else PAGE["unknown_field"][lang])
    return told


def asked_again(asked: AskedPage, **other: Any) -> tuple[tuple[str, str], ...]:
    """The query of what was asked with something else in it; None takes a condition away. Where the page begins is not kept."""
    values: dict[str, Any] = {n: getattr(asked, n) for n in ("q", "code", "gbt4754", *FACETS)}
    values["status"] = None if asked.status == LIVING else asked.status
    values["limit"] = None if asked.limit == AskedPage().limit else asked.limit
    pairs: list[tuple[str, str]] = []
    for name, value in (values | other).items():
        pairs += [(name, str(v)) for v in (value if isinstance(value, tuple) else (value,)) if v is not None and v != ""]
    return tuple(pairs)


def choices(asked: AskedPage, by: Mapping[str, Mapping[str, int]], lang: int) -> dict[str, list[Choice]]:
    """Of each facet the values that lead somewhere, and those chosen, which lead back."""
    drawn: dict[str, list[Choice]] = {}
    for facet in FACETS:
        wanted = asked.facets().get(facet, ()) if facet != "status" or asked.status != LIVING else ()
        values = [v for v in FACETS[facet] if by[facet].get(v) or v in wanted]
        drawn[facet] = [
            Choice(VALUES[facet][v][lang], by[facet].get(v, 0), asked_again(asked, **{facet: None if (v,) == wanted else v}), v in wanted)
            for v in values
        ]
    return drawn


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────
def yuan(fen: int, lang: int) -> str:
    """123456 fen → CNY 1,234.56 / 1,234.56 元."""
    amount = f"{fen // 100:,}.{fen % 100:02d}"
    return (f"CNY {amount}", f"{amount} 元")[lang]


def value_words(name: str, value: Any, lang: int) -> str:
    """One value of a published fact as text: codes in words, fen as yuan."""
    if name in MONEY and isinstance(value, int):
        return yuan(value, lang)
    if isinstance(value, bool):
        return ("no", "否")[value] if lang else ("no", "yes")[value]
    return code_words(value, lang, CODED[name]) if name in CODED else str(value)


def web_address(value: Any) -> str:
    """The value, if it is an address a browser may follow; otherwise nothing."""
    text = str(value)
    return text if re.fullmatch(r"https?://[^\s\x00-\x1f]{1,2000}", text) else ""


def history_of(told: Iterable[Mapping[str, Any]], lang: int) -> list[Told]:
    """What of a history is public: the events the public list follows, the newest first and not all of a long one, without anything they hold but the names of items."""
    lines = []
    for event in told:
        name = str(event["type"]).split(".")[2]
        if name in EVENTS:
            items = event["data"].get("changed", ()) if name == "association_changed" else ()
            lines.append(Told(EVENTS[name][lang], began(event)[:10] if not event.get("effective") else str(event["effective"])[:10], minute(event["recorded"]),
                              ", ".join(FIELDS[i][lang] for i in items if i in FIELDS)))  # fmt: skip
    return lines[: -RECENT - 1 : -1]


def minute(moment: Any) -> str:
    """A moment as it is written in Xixian, to the minute."""
    when = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return when.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def recalled(uscc: str, told: Sequence[Mapping[str, Any]], days: Days) -> dict[str, Any] | None:
    """The registered items as they were, in the white list of the public view; None where nothing was registered."""
    record = associations.fold(uscc, [(e["type"], e["data"]) for e in standing(told, days.moment())])
    if record is None:
        return None
    row = {n: getattr(record, n) for n in PAST if n in type(record).model_fields}
    row |= {"_id": uscc, "registered_on": record.registered_on.isoformat(), "status": record.stage, "gbt4754": list(record.gbt4754)}
    return shown(row | {"supervising_unit": record.supervising_unit or DIRECT}, PAST)


# ── how no is said ────────────────────────────────────────────────────────────────────────────────
def refusal(request: Request, error: Exception, name: str) -> Response | None:
    """The page of a refusal or an outage; None for what is neither."""
    readers, data = GUARDED.get(name, ((), ""))
    lang = language(request)
    if isinstance(error, Unauthenticated | NotAllowed):
        call = request.scope.get("guildhall.call")
        unknown = isinstance(error, Unauthenticated) or call is None or call.role == "PUBLIC"
        data = data.replace("{uscc}", quote(str(request.path_params.get("uscc", "")), safe=""))
        return frame.page(
            request, "needed.html", 401 if unknown else 403, {"WWW-Authenticate": "Bearer"} if unknown else None, unknown=unknown,
            bad=isinstance(error, Unauthenticated), readers=[ROLES[r][lang] for r in readers], data=data,
        )  # fmt: skip
    if isinstance(error, NotFound):
        return frame.page(request, "not_found.html", 404)
    if isinstance(error, OUTAGES) or (isinstance(error, Refused) and error.status == 503):
        return frame.page(request, "away.html", 503, {"Retry-After": "2"}, title="away", tips="away_tips")
    if isinstance(error, Refused | ValidationError | RequestValidationError):
        return frame.page(request, "away.html", error.status if isinstance(error, Refused) else 422, title="unclear", tips="unknown_field")
    return None


class PageRoute(APIRoute):
    """A page whose refusals are pages, too; they enter the audit trail as everywhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except Exception as error:
                answered = refusal(request, error, self.name)
                if answered is None:
                    raise
                await enter(request, error)
                return answered

        return handle


# ── the pages ─────────────────────────────────────────────────────────────────────────────────────
def pages(engine: Engine) -> APIRouter:
    """Search, one association, coverage, statistics, dossier, silence; and the files they need."""
    router = APIRouter(prefix="/pages", include_in_schema=False, route_class=PageRoute)
    store, told = engine.store, told_of(engine.service.kinds)

    @router.api_route("", methods=READ)
    async def search(request: Request) -> Response:
        lang = language(request)
        form: dict[str, Any] = {
            "given": lambda name: given(request, name), "statuses": request.query_params.getlist("status"), "titles": FACET_TITLES,
            "values": VALUES, "facets": tuple(FACETS), "sizes": SHORT, "usual": AskedPage().limit, "at": AT,
        }  # fmt: skip
        try:
            asked: AskedPage = query(AskedPage, request, aside=("lang",))
        except ValidationError as error:
            return frame.page(request, "search.html", 422, wrong=faults(error, AskedPage, lang), asked=None, **form)
        rows, after = await found(store, asked)
        rows = await with_names(store, rows)
        numbers = await counts(store, asked)
        return frame.page(
            request, "search.html", wrong={}, asked=asked, entries=[shown(r, ENTRY) for r in rows], total=numbers["total"], exact=numbers["exact"],
            choices=choices(asked, numbers["by"], lang), next=asked_again(asked, after=after) if after else None, first=asked_again(asked),
            same=asked_again(asked, after=asked.after or None, limit=asked.limit), snapshot=await snapshot_of(engine, "latest"), minute=minute,
            words=lambda facet, code: code_words(code, lang, facet), **form,
        )  # fmt: skip

    @router.api_route("/associations/{uscc}", methods=READ)
    async def association(uscc: str, request: Request) -> Response:
        return await entry_page(uscc, request)

    @router.post("/associations/{uscc}" + OBJECTIONS)
    async def object_to(uscc: str, request: Request, call: Caller) -> Response:
        """Challenge a public fact by the form of the page; refused, it is shown again with what was written and why."""
        lang, written = language(request), written_in(await request.body())
        given_ = {n: v for n, v in written.items() if n in ASKED and v}
        try:
            objection = Objection.model_validate({"association": uscc, **given_})
            (opened,) = await engine.execute(challenges, "challenge", objection, call)
        except ValidationError as error:
            return await entry_page(uscc, request, Objected(written, faults(error, Objection, lang), 422))
        except Refused as no:
            named = no.pointer.strip("/")
            return await entry_page(
                uscc, request, Objected(written, {named if named in ASKED else "": no.zh if lang else no.en}, no.status)
            )
        chosen = request.query_params.get("lang")
        keep = f"?lang={chosen}" if chosen in ("en", "zh") else ""
        place = f"{AT}/associations/{quote(objection.association, safe='')}{keep}#c-{opened.record.id}"
        return Response(status_code=303, headers={"Location": place})

    async def entry_page(uscc: str, request: Request, objected: Objected = Objected()) -> Response:
        lang, row = language(request), await row_of(engine, uscc)
        if survivor := row.get("merged_into"):  # for good, as the API answers (R3)
            chosen = request.query_params.get("lang")
            place = f"{AT}/associations/{quote(str(survivor), safe='')}" + (f"?lang={chosen}" if chosen in ("en", "zh") else "")
            return Response(status_code=308, headers={"Location": place})
        uscc, wrong, days = row["_id"], {}, Days()
        try:
            days = query(Days, request, aside=("lang",))
        except ValidationError as error:
            wrong = faults(error, Days, lang)
        events = await store.told(associations, uscc)
        past = days.as_of is not None or days.known_at is not None
        (row,) = await with_names(store, [row])
        entry = shown(row, ENTRY)
        items = recalled(uscc, events, days) if past else entry
        duties = duties_shown(uscc, await store.one(DUTIES, uscc) or {})
        held = await store.find(challenges, {"association": uscc}, newest=True, limit=50)
        return frame.page(
            request, "association.html", 422 if wrong else objected.status, uscc=uscc, objected=objected, entry=entry, items=items, past=past, days=days, wrong=wrong,
            names=tuple(n for n in (PAST if past else ITEMS) if items and (items[n] is not None or n in ("legal_representative", "office_telephone", "office_email"))),
            rating=RATING, published={**{n: entry[n] for n in OF_ENTRY}, **{n: duties[n] for n in OF_DUTIES}}, fields=FIELDS, events=history_of(events, lang),
            challenges=[h.record for h in held], fact_codes=get_args(Fact), ground_codes=get_args(Ground), given=lambda name: given(request, name), at=AT,
            industry=lambda code: name_of(code) if code[:2] in DIVISIONS else "", text=lambda name, value: value_words(name, value, lang),
            word=lambda code: code_words(code, lang), web=web_address, living=entry["status"] in LIVING,
        )  # fmt: skip

    @router.api_route("/associations/{uscc}/dossier", methods=READ)
    async def dossier(uscc: str, request: Request, call: Caller) -> Response:
        kept = await dossier_of(store, uscc, call, told)
        lang = language(request)
        return private(frame.page(request, "dossier.html", dossier=kept, at=AT, lacking=LACKING, word=lambda code: code_words(code, lang)))

    @router.api_route("/coverage", methods=READ)
    async def covered(request: Request, call: Caller) -> Response:
        seen: Coverage = await coverage_on(store, call.today)
        return frame.page(request, "coverage.html", seen=seen, at=AT, section_names=SECTIONS, today=call.today)

    @router.api_route("/statistics", methods=READ)
    async def statistics(request: Request, call: Caller) -> Response:
        seen = await figures_for(store, call)
        lang = language(request)
        return private(frame.page(
            request, "statistics.html", total=seen.registered["total"], registered={f: seen.registered["by"][f] for f in FACETS}, tables=seen.tables,
            titles=FACET_TITLES, names=TABLES, at=AT, word=lambda name, facet="": cell_words(name, lang, facet),
        ))  # fmt: skip

    @router.api_route("/dormant", methods=READ)
    async def dormant(request: Request, call: Caller) -> Response:
        lang, wrong, asked = language(request), dict[str, str](), AskedSilent()
        try:
            asked = query(AskedSilent, request, aside=("lang",))
        except ValidationError as error:
            wrong = faults(error, AskedSilent, lang)
        seen = await silent_ones(store, asked, call)
        more = (("level", asked.level), ("limit", str(asked.limit)), ("after", seen.next)) if seen.next else None
        return private(frame.page(
            request, "dormant.html", 422 if wrong else 200, seen=seen, asked=asked, wrong=wrong, next=more, at=AT,
            levels=get_args(AskedSilent.model_fields["level"].annotation), word=lambda code: code_words(code, lang),
        ))  # fmt: skip

    @router.api_route("/static/{name}", methods=READ)
    async def static(name: str, request: Request) -> Response:
        kept = frame.asset(name, request.query_params.get("v"))
        if kept is None:
            raise NotFound("not_found", "there is nothing at this address", "该地址不存在")
        return kept

    @router.api_route("/{rest:path}", methods=READ)
    async def nothing(rest: str) -> Response:
        raise NotFound("not_found", "there is nothing at this address", "该地址不存在")

    return router


def private(response: Response) -> Response:
    """What was shown to one caller is kept by nobody on the way."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language, Authorization"
    return response
