"""The zone of the founding report, loaded once through the public API: its figures (domain §8.1), that loading again changes nothing,
what must be true of every record there is, and who may see and do what (B10: `tests/access/matrix.py`).

One file, for the demo is loaded once for a test process and a file is never split between two.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from rich.console import Console

from deploy.demo.data import demo
from deploy.demo.load import SERVICES, SO_ADMIN, load
from deploy.demo.platform import Platform
from deploy.local import Endpoints
from services.__main__ import services
from shared import masking
from shared.mongo import Stamp, Taken, held
from shared.record import Kind, Move, private
from tests.access.matrix import DEPARTMENTS, ROLES, STRANGERS, TABLE, Access, Caller, callers
from tests.hints import HINTS, ROWS
from tests.journeys.rest import Versions, dead_letters, kinds, rest, told
from tests.shared.conftest import Zone, running
from tests.walk import Unlucky, World, draw, hints_of

Json = dict[str, Any]
ZONE = demo()
KINDS: dict[str, Kind[Any, Any]] = {f"{k.service}/{k.path}": k for s in services() for k in s.kinds}
UNREAD = '"999999999"'  # a version nobody has read: a command that names it is judged, and changes nothing
AT_ONCE = 8


@dataclass
class Loaded:
    """The platform with the demo in it: what it held after the first load, and after the second."""

    zone: Zone
    first: Versions
    second: Versions
    requests: tuple[int, int]
    states: dict[str, list[Json]] = field(default_factory=dict)  # path → every record as it is stored, with its id
    planted: frozenset[str] = frozenset()  # paths the demo's story has no record of

    async def all(self, path: str, role: str = "SO_ADMIN") -> list[Json]:
        """Every record of a list, page by page."""
        found: list[Json] = []
        query = "?limit=200"
        while True:
            page = (await self.zone.get(f"/{path}{query}", role, DEPARTMENTS[role])).json()
            found += page["items"]
            if not page["next"]:
                return found
            query = f"?limit=200&after={page['next']}"


@pytest.fixture(scope="module")
async def loaded(stack: Endpoints, uncounted: None) -> AsyncIterator[Loaded]:
    async with aclosing(
        running(services(), stack, clock=datetime.now(UTC) - timedelta(days=150))
    ) as zones:  # also when the load fails: nothing of it may go on running
        async for zone in zones:
            bases, operator = dict.fromkeys(SERVICES, str(zone.client.base_url).rstrip("/")), zone.issuer.token("OPERATOR", "operator")
            once = await broken_off_and_resumed(bases, operator)
            first = await rest(zone.app)
            again = await load(bases, operator, Console(quiet=True), patience=480)
            one = Loaded(zone, first, await rest(zone.app), (once, again))
            one.planted = await plant_where_there_is_none(zone)
            for engine, kind in kinds(zone.app):
                rows = await engine.store.rows(kind.collection, {})
                one.states[f"{kind.service}/{kind.path}"] = [{**row["state"], "id": row["_id"]} for row in rows]
            yield one


async def plant_where_there_is_none(zone: Zone) -> frozenset[str]:
    """Of each record type the demo does not reach a few records that its own moves lead to, at rest and without events: who may see and
    do what is asked of every type. Returns the paths."""
    world = World(HINTS, {name: event for kind in KINDS.values() for name, event in kind.events.items()}, ROWS)
    planted = set[str]()
    for engine, kind in kinds(zone.app):
        if await engine.store.tally(kind.collection, {}):
            continue
        planted.add(f"{kind.service}/{kind.path}")
        for stage, record in {r.stage: r for r in world.harvest(kind, 1)}.items():
            stamp = Stamp(f"planted/{kind.name}/{stage}", "PLATFORM", "", datetime.now(UTC))
            _, doc = engine.store.insertion(kind, record, (), stamp, 0)
            doc.pop("due", None)
            doc.pop("obx")
            with suppress(Taken):  # two stages of one and the same record: the first is enough
                await engine.store.insert(kind, [{**doc, "version": 1}])
    return frozenset(planted)


async def broken_off_and_resumed(bases: dict[str, str], operator: str) -> int:
    """Load the demo as after a Ctrl-C: cancelled with a quarter of the associations there, then all again. How many commands that took."""
    quiet = Console(quiet=True)
    async with httpx.AsyncClient(timeout=30) as client:
        there = Platform(bases, operator, client, patience=480)
        broken_off = asyncio.ensure_future(load(bases, operator, quiet, patience=480))

        async def a_quarter() -> bool:
            return await there.count(SO_ADMIN, "registry/associations") >= 30

        await there.until("a quarter of the associations are there", a_quarter)
        broken_off.cancel()
        await asyncio.gather(broken_off, return_exceptions=True)
    return await load(bases, operator, quiet, patience=480)


# ── the figures of the report ─────────────────────────────────────────────────────────────────────
async def test_the_register_counts_as_the_report_does(loaded: Loaded) -> None:
    summary = (await loaded.zone.client.get("/registry/directory/summary")).json()

    assert summary["total"] == 120
    assert summary["by"]["kind_level"] == {"CHAMBER/NEW_AREA": 3, "INDUSTRY_ASSOCIATION/NEW_AREA": 25, "INDUSTRY_ASSOCIATION/NEW_CITY": 92}
    assert summary["by"]["status"] == {"ACTIVE": 120}
    cities = (await loaded.zone.client.get("/registry/directory/summary?level=NEW_CITY")).json()["by"]["district"]
    assert cities == {"XX-FD": 24, "XX-QH": 20, "XX-JH": 18, "XX-FX": 16, "XX-KG": 14}


async def test_two_thirds_of_the_associations_are_culture_sports_and_agriculture(loaded: Loaded) -> None:
    listed = await loaded.all("registry/associations")
    by = Counter(a["so_category"] for a in listed if a["kind"] == "INDUSTRY_ASSOCIATION")

    assert (by["06"], by["07"], by["02"], sum(by.values())) == (27, 24, 26, 117)
    assert round(100 * (by["06"] + by["07"] + by["02"]) / 117) == 66
    assert {code: n for code, n in by.items() if code not in ("06", "07", "02")} == {"01": 28, "03": 4, "08": 3, "09": 2, "12": 2, "04": 1}


async def test_thirteen_are_planned_and_three_of_them_have_a_name(loaded: Loaded) -> None:
    plans = await loaded.all("registry/formation-plans")

    assert Counter(p["stage"] for p in plans) == {"PLANNED": 10, "LEAD_CONFIRMED": 2, "PREPARING": 1}
    named = {p["name"] for p in plans if not p["name"].startswith("待定")}
    assert named == {"西咸新区服务贸易协会", "西咸新区投资基金协会", "西咸新区平台经济产业协会"}


async def test_the_grades_are_those_of_the_early_stage(loaded: Loaded) -> None:
    held_now = Counter((g["grade"], g["stage"]) for g in await loaded.all("evaluation/grades"))

    assert held_now == {("4A", "VALID"): 3, ("3A", "VALID"): 12, ("2A", "VALID"): 22, ("2A", "DOWNGRADED"): 2, ("1A", "VALID"): 18}
    rated = Counter(a["grade"] for a in await loaded.all("evaluation/applications"))
    assert rated == {"4A": 3, "3A": 14, "2A": 22, "1A": 18, "NONE": 13}
    listed = (await loaded.zone.client.get("/registry/directory/summary")).json()["by"]["grade"]
    assert listed == {"4A": 3, "3A": 12, "2A": 24, "1A": 18, "NONE": 63}


async def test_the_portal_shows_the_same_figures(loaded: Loaded) -> None:
    counts = (await loaded.zone.client.get("/portal/counts")).json()["counts"]

    assert counts["register"] == {"INDUSTRY_ASSOCIATION": 117, "CHAMBER": 3}
    assert counts["levels"] == {"NEW_AREA": 25, "NEW_CITY": 92}
    assert (counts["categories"]["06"], counts["categories"]["07"], counts["categories"]["02"]) == (27, 24, 26)
    assert {n: v for n, v in counts["grades"].items() if v} == {"4A": 3, "3A": 12, "2A": 24, "1A": 18}
    assert {n: v for n, v in counts["plans"].items() if v} == {"PLANNED": 10, "LEAD_CONFIRMED": 2, "PREPARING": 1}
    public = Counter(x.stage for x in ZONE.leads if x.confidentiality == "PUBLIC")
    assert {n: v for n, v in counts["leads"].items() if v} == masking.cells(public)[0]
    assert counts["partnerships"]["FORMED"] == 4


async def test_members_are_on_the_rolls_and_those_who_left_are_not(loaded: Loaded) -> None:
    stages = Counter(m["stage"] for m in loaded.states["registry/memberships"])

    assert stages == {
        "ACTIVE": sum(a.staying for a in ZONE.associations),
        "EXITED": sum(m.exit_reason is not None for a in ZONE.associations for m in a.members),
    }
    profiles = {r["_id"]: r["members"] for r in await loaded.zone.engine("matchmaking").store.rows("profiles", {"kind": "ASSOCIATION"})}
    assert profiles == {a.uscc: a.staying for a in ZONE.associations}


async def test_credit_lists_leads_agreements_and_needs_are_as_the_demo_says(loaded: Loaded) -> None:
    stages = {path: Counter(r["stage"] for r in loaded.states[path]) for path in loaded.states}

    assert stages["registry/credit-listings"] == {"LISTED": 4, "DISMISSED": 2}
    assert stages["matchmaking/leads"] == Counter(lead.stage for lead in ZONE.leads)
    assert stages["matchmaking/agreements"] == {"SIGNED": 4, "NEGOTIATING": 2}
    assert set(stages["matchmaking/needs"]) <= {"OPEN", "MATCHED", "CONNECTED", "FULFILLED"}


async def test_the_clock_ends_today(loaded: Loaded) -> None:
    now = datetime.fromisoformat((await loaded.zone.client.get("/clock")).json()["now"])

    assert abs(datetime.now(UTC) - now) < timedelta(minutes=5)


# ── loading again; nothing set aside ──────────────────────────────────────────────────────────────
async def test_a_second_load_changes_nothing(loaded: Loaded) -> None:
    """What changed meanwhile, if anything did, was told by the clock, which goes on."""
    grown = {(k, id_): v for k, records in loaded.second.items() for id_, v in records.items() if v != loaded.first[k].get(id_)}
    assert all(set(records) <= set(loaded.second[k]) for k, records in loaded.first.items())
    everything = await told(loaded.zone.app) if grown else {}
    for at, version in grown.items():
        new = [x for x in everything[at] if loaded.first[at[0]].get(at[1], 0) < x.sequence <= version]
        assert {x.role for x in new} <= {"CLOCK"} or at[0] == "notification.ledger.notice", at
    assert loaded.requests[1] < loaded.requests[0] / 50


async def test_nothing_was_set_aside_anywhere(loaded: Loaded) -> None:
    assert await dead_letters(loaded.zone.app) == []


# ── what must be true of every record ─────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", KINDS)
async def test_every_record_is_what_its_events_say(loaded: Loaded, path: str) -> None:
    """fold(history) is the stored state; sequences are 1, 2, 3 …; and every event says what the record was at that version."""
    if path in loaded.planted:
        pytest.skip("the demo has none; what its events say is walked in tests/test_records.py")
    kind, store = KINDS[path], loaded.zone.engine(path.split("/")[0]).store
    histories: defaultdict[str, list[Json]] = defaultdict(list)
    for row in await store.rows(f"{kind.collection}.history", {}, sort=[("subject", 1), ("sequence", 1)]):
        histories[row["subject"]].append(row)
    rows = []
    for doc in await store.rows(kind.collection, {}):
        rows.append(held(kind, doc))
        if len(rows) % 200 == 0:
            await asyncio.sleep(0)
    assert rows
    assert set(histories) == {row.record.id for row in rows}
    for n, row in enumerate(rows):
        if n % 50 == 0:
            await asyncio.sleep(0)  # the services live in this loop: let them keep their place in their groups
        history, record = histories[row.record.id], None
        assert [e["sequence"] for e in history] == list(range(1, row.version + 1)), row.record.id
        for event in history:
            fact = kind.recall(event["type"], event["data"])
            record = kind.open(fact, row.record.id) if record is None else kind.evolve(record, [fact])
            shown = kind.view(record)
            assert {n: v for n, v in event["data"].items() if n in shown} == {n: shown[n] for n in event["data"] if n in shown}, event[
                "_id"
            ]
        assert record is not None
        assert kind.view(record) == kind.view(row.record), row.record.id
        assert private(kind.state) or record == row.record


async def test_the_topics_tell_the_histories(loaded: Loaded) -> None:
    everything = await told(loaded.zone.app)
    for path, kind in KINDS.items():
        kept: defaultdict[str, list[tuple[int, str, Json]]] = defaultdict(list)
        for row in await loaded.zone.engine(path.split("/")[0]).store.rows(
            f"{kind.collection}.history", {}, sort=[("subject", 1), ("sequence", 1)]
        ):
            kept[row["subject"]].append((row["sequence"], row["type"], row["data"]))
        sent = {at[1]: [(x.sequence, x.type, x.data) for x in letters] for at, letters in everything.items() if at[0] == kind.name}
        assert sent == kept, path


# ── who may see and do what (B10) ─────────────────────────────────────────────────────────────────
class Differences:
    """Cells asked, and those that were answered otherwise than the table says."""

    def __init__(self, zone: Zone) -> None:
        self.zone, self.cells, self.wrong = zone, 0, list[str]()

    async def all(self, cells: Iterable[Callable[[], Awaitable[None]]]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(cell: Callable[[], Awaitable[None]]) -> None:
            async with gate:
                await cell()

        await asyncio.gather(*(one(c) for c in cells))

    def head(self, who: Caller) -> dict[str, str]:
        return {} if who.role == "PUBLIC" else self.zone.head(who.role, who.organisation, who.district)

    async def get(self, path: str, who: Caller) -> httpx.Response:
        self.cells += 1
        return await self.zone.inside.get(f"/{path}", headers=self.head(who))

    async def post(self, path: str, body: Any, who: Caller, **more: str) -> httpx.Response:
        self.cells += 1
        return await self.zone.inside.post(f"/{path}", content=body, headers={**self.head(who), "Content-Type": "application/json", **more})

    def note(self, answer: httpx.Response, status: int, what: str, who: Caller) -> bool:
        """Whether it was answered as stated; a refusal is a problem with a code."""
        refusal = answer.status_code < 400 or answer.json().get("code")
        if answer.status_code != status or not refusal:
            self.wrong.append(f"{what} as {who}: {answer.status_code} instead of {status} {answer.text[:160]}")
        return answer.status_code == status


ASSOCIATIONS = [a.uscc for a in ZONE.associations]
FIRMS = [f.uscc for f in ZONE.enterprises[:40]]
CITIES = ("XX-FD", "XX-QH", "XX-JH", "XX-FX", "XX-KG")


def strangers(access: Access, state: Json) -> dict[str, tuple[str, str]]:
    """Real others: an association, a firm and a new city of the demo to which this record does not belong."""

    def foreign(role: str, candidates: Iterable[str]) -> str:
        owner = state.get(access.own.get(role, ""))
        return next(c for c in candidates if c not in (owner if isinstance(owner, list) else (owner,)))

    city = foreign("NEW_CITY", CITIES)
    return {
        **STRANGERS,
        "ASSOCIATION": (foreign("ASSOCIATION", ASSOCIATIONS), ""),
        "ENTERPRISE": (foreign("ENTERPRISE", FIRMS), ""),
        "NEW_CITY": (f"dept:{city}", city),
    }


def chosen(path: str, states: list[Json]) -> list[Json]:
    """A few records of a type: of different stages, and for every role that owns one that has an owner."""
    dice, access = Random(path), TABLE[path]
    found: dict[str, Json] = {}
    for state in sorted(states, key=lambda s: dice.random()):
        kinds_of_it = [state["stage"], *(role for role, name in access.own.items() if state.get(name))]
        if any(k not in found for k in kinds_of_it) and len({id(s) for s in found.values()}) < 4:
            for k in kinds_of_it:
                found.setdefault(k, state)
    return list({s["id"]: s for s in found.values()}.values())


def body_of(kind: Kind[Any, Any], move: Move, record: Any) -> bytes:
    """A form that is right, for a command is only judged by scope once its form is."""
    pool = (*ASSOCIATIONS[:3], *FIRMS[:2], "XX-FD", "2026")
    for attempt in range(400):
        dice = Random(f"{kind.name}/{move.name}/{attempt}")
        try:
            fields: Json = {}
            if attempt % 2 and (hint := HINTS.get(f"{kind.name}.{move.name}")):
                fields = {n: v for n, v in hint(record, dice).items() if not n.startswith("given.")}
            hints = hints_of(move.body)
            drawn = {
                n: draw(hints[n], pool, datetime.now(UTC), dice)
                for n, f in move.body.model_fields.items()
                if f.is_required() and n not in fields
            }
            body = move.body.model_validate(drawn | fields).model_dump_json().encode()
            move.body.model_validate_json(body, strict=True)
        except (ValueError, Unlucky, AttributeError):
            continue
        return body
    raise AssertionError(f"no form could be drawn for {kind.name}.{move.name}")


async def read_cells(loaded: Loaded, path: str, seen: Differences) -> list[Callable[[], Awaitable[None]]]:
    """Each chosen record and its history, by everybody; and what does not exist must look the same as what is not one's own."""
    access, cells = TABLE[path], list[Callable[[], Awaitable[None]]]()
    for state in chosen(path, loaded.states[path]):
        for who in callers(access, state, strangers(access, state)):
            status = access.reading(who.role, who.organisation, who.district, state)

            async def read(state: Json = state, who: Caller = who, status: int = status) -> None:
                one, history = await seen.get(f"{path}/{state['id']}", who), await seen.get(f"{path}/{state['id']}/history", who)
                if seen.note(one, status, f"GET {path}/{state['id']}", who) and status == 200 and one.json()["id"] != state["id"]:
                    seen.wrong.append(f"GET {path}/{state['id']} shows another record")
                seen.note(history, status, f"GET {path}/{state['id']}/history", who)
                if status == 404:
                    nothing = await seen.get(f"{path}/there-is-none", who)
                    seen.note(nothing, 404, f"GET {path}/there-is-none", who)
                    if [nothing.json(), nothing.json()] != [one.json(), history.json()]:
                        seen.wrong.append(f"GET {path}/{state['id']} as {who} tells that it exists")

            cells.append(read)
    return cells


async def command_cells(loaded: Loaded, path: str, seen: Differences) -> list[Callable[[], Awaitable[None]]]:
    access, kind, cells = TABLE[path], KINDS[path], list[Callable[[], Awaitable[None]]]()
    stored = {s["id"]: s for s in loaded.states[path]}
    for nth, state in enumerate(chosen(path, loaded.states[path])[:2]):
        record = kind.state.model_validate(stored[state["id"]])
        everybody = callers(access, state, strangers(access, state))
        for name in access.commands:
            body = body_of(kind, kind.moves[name], record)
            for who in everybody:
                named = who.role in access.commands[name]
                if nth and not named:
                    continue  # refused for its role, before any record is read: one record is enough
                if not named and who.stands in ("elsewhere", "other") and "own" in {c.stands for c in everybody if c.role == who.role}:
                    continue  # a role that is not named is refused as owner and without a claim: enough

                async def command(state: Json = state, name: str = name, body: bytes = body, who: Caller = who) -> None:
                    status = access.command(name, who.role, who.organisation, who.district, state)
                    answer = await seen.post(f"{path}/{state['id']}:{name}", body, who, **{"If-Match": UNREAD})
                    seen.note(answer, status, f"POST {path}/{state['id']}:{name}", who)

                cells.append(command)
    return cells


async def opening_cells(loaded: Loaded, path: str, seen: Differences) -> list[Callable[[], Awaitable[None]]]:
    """A role that may open is told that this form is none; one that may not does not get as far."""
    cells = list[Callable[[], Awaitable[None]]]()
    for n, (name, roles) in enumerate(TABLE[path].opens.items()):
        for role in ROLES:
            who = Caller(role, *STRANGERS.get(role, ("", "")))

            async def open_(at: str = path if n == 0 else f"{path}:{name}", who: Caller = who, roles: tuple[str, ...] = roles) -> None:
                seen.note(await seen.post(at, b'{"no_such_field": 1}', who), 422 if who.role in roles else 403, f"POST {at}", who)

            cells.append(open_)
    return cells


async def list_cells(loaded: Loaded, path: str, seen: Differences) -> list[Callable[[], Awaitable[None]]]:
    """Rows and total hold what is within one's scope, whatever is asked for: a count of hidden rows would tell of them."""
    access, states, cells = TABLE[path], loaded.states[path], list[Callable[[], Awaitable[None]]]()
    whole = {c for state in chosen(path, states) for c in callers(access, state, strangers(access, state))}
    for who in whole:
        mine = {s["id"] for s in states if access.public or access.owns(who.role, who.organisation, who.district, s)}
        staged = Counter(s["stage"] for s in states if s["id"] in mine)
        scoped = not access.public and who.role in access.own

        async def listed(who: Caller = who, mine: set[str] = mine, staged: Counter[str] = staged, scoped: bool = scoped) -> None:
            answer = await seen.get(f"{path}?total=true&limit=200", who)
            if not seen.note(answer, access.listing(who.role), f"GET {path}", who) or answer.status_code != 200:
                return
            page = answer.json()
            if page["total"] != len(mine) or not {i["id"] for i in page["items"]} <= mine or len(page["items"]) != min(200, len(mine)):
                seen.wrong.append(f"GET {path} as {who}: {page['total']} and {len(page['items'])} rows, of {len(mine)}")
            if scoped and (owner := access.own[who.role]) in KINDS[path].index:
                foreign = next((v for s in states if s["id"] not in mine and (v := s.get(owner)) and not isinstance(v, list)), None)
                if foreign:
                    other = await seen.get(f"{path}?total=true&{owner}={foreign}", who)
                    if (other.status_code, other.json()) != (200, {"items": [], "next": None, "total": 0}):
                        seen.wrong.append(f"GET {path}?{owner}={foreign} as {who}: {other.text[:160]}")
            for stage in KINDS[path].stages if scoped else ():
                part = await seen.get(f"{path}?total=true&limit=1&stage={stage}", who)
                if part.json().get("total") != staged[stage]:
                    seen.wrong.append(f"GET {path}?stage={stage} as {who}: {part.text[:160]} instead of {staged[stage]}")

        cells.append(listed)
    return cells


CELLS = {"read": read_cells, "list": list_cells, "command": command_cells, "open": opening_cells}
counted: dict[tuple[str, str], int] = {}


@pytest.mark.parametrize("path", TABLE)
@pytest.mark.parametrize("what", CELLS)
async def test_everybody_gets_what_the_table_says(loaded: Loaded, what: str, path: str) -> None:
    seen = Differences(loaded.zone)
    await seen.all(await CELLS[what](loaded, path, seen))
    counted[what, path] = seen.cells
    assert seen.wrong == []


# hand-written routes: role → what it gets for its own and for what belongs to another; everybody else 403
A, B, FIRM = ASSOCIATIONS[0], ASSOCIATIONS[1], next(f.uscc for f in ZONE.enterprises if f.speaks)
BESIDE: tuple[tuple[str, dict[Caller, int]], ...] = (
    (f"evaluation/facts/{A}", {Caller("ASSOCIATION", A): 200, Caller("ASSOCIATION", B): 404, Caller("ASSOCIATION"): 404, Caller("SO_ADMIN", "dept:so-admin"): 200,
                               Caller("PANEL", "panel:01"): 200}),
    ("matchmaking/lead-kpis", {Caller("ASSOCIATION", A): 200, Caller("NEW_CITY", "dept:XX-KG", "XX-KG"): 200, Caller("INVEST_DEPT", "dept:invest"): 200,
                               Caller("SO_ADMIN", "dept:so-admin"): 200}),
    ("notification/ledger", {Caller("SO_ADMIN", "dept:so-admin"): 200, Caller("OPERATOR", "operator"): 200}),
    (f"matchmaking/recommendations/associations/{A}", {Caller("ASSOCIATION", A): 200, Caller("ASSOCIATION", B): 404, Caller("ASSOCIATION"): 404,
                                                       Caller("ENTERPRISE", FIRM): 404, Caller("SO_ADMIN", "dept:so-admin"): 200}),
    (f"matchmaking/recommendations/enterprises/{FIRM}", {Caller("ENTERPRISE", FIRM): 200, Caller("ENTERPRISE", FIRMS[0]): 404, Caller("ENTERPRISE"): 404,
                                                         Caller("ASSOCIATION", A): 404, Caller("SO_ADMIN", "dept:so-admin"): 200}),
)  # fmt: skip


@pytest.mark.parametrize(("path", "answers"), BESIDE, ids=[p for p, _ in BESIDE])
async def test_what_is_read_beside_the_records_keeps_to_the_same_scopes(loaded: Loaded, path: str, answers: dict[Caller, int]) -> None:
    seen = Differences(loaded.zone)
    named = {who.role for who in answers}
    for who, status in (answers | {Caller(r, *STRANGERS.get(r, ("", ""))): 403 for r in ROLES if r not in named}).items():
        seen.note(await seen.get(path, who), status, f"GET {path}", who)
    assert seen.wrong == []


async def test_why_so_many_points_is_told_to_those_of_the_case_alone(loaded: Loaded) -> None:
    seen, access = Differences(loaded.zone), TABLE["evaluation/applications"]
    for state in chosen("evaluation/applications", loaded.states["evaluation/applications"]):
        for who in callers(access, state, strangers(access, state)):
            status = access.reading(who.role, who.organisation, who.district, state)
            path = f"evaluation/applications/{state['id']}/explanation"
            seen.note(await seen.get(path, who), status, f"GET {path}", who)
    assert seen.wrong == []


async def test_an_inbox_holds_and_counts_only_what_is_ones_own(loaded: Loaded) -> None:
    notices = [s for s in loaded.states["notification/notices"] if s["channel"] == "IN_APP" and s["stage"] != "SUPPRESSED"]
    for who in (
        Caller("ASSOCIATION", A),
        Caller("ASSOCIATION", B),
        Caller("NEW_CITY", "dept:XX-KG", "XX-KG"),
        Caller("SO_ADMIN", "dept:so-admin"),
    ):
        claim = who.district if who.role == "NEW_CITY" else who.organisation
        mine = {n["id"] for n in notices if claim in n["holders"]}
        head = loaded.zone.head(who.role, who.organisation, who.district)
        counted_ = (await loaded.zone.client.get("/notification/inbox/summary", headers=head)).json()
        shown = (await loaded.zone.client.get("/notification/inbox?limit=200", headers=head)).json()["items"]
        assert counted_["all"] == len(mine) > 0
        assert {n["id"] for n in shown} <= mine
    for who in (Caller("ASSOCIATION"), Caller("NEW_CITY", "dept:XX-KG"), Caller("PUBLIC")):
        answer = await loaded.zone.client.get("/notification/inbox", headers=Differences(loaded.zone).head(who))
        assert (answer.status_code, answer.json()["code"]) == (403, "no_inbox")


async def test_the_key_of_another_opens_nothing(loaded: Loaded) -> None:
    """An Idempotency-Key belongs to who sent it: with it nobody gets another's answer."""
    agreement = next(s for s in loaded.states["matchmaking/agreements"] if s["stage"] == "NEGOTIATING")
    body = {"clauses": agreement["clauses"], "minutes": "双方就信息互通、互访、招商推介达成一致"}
    key = {"Idempotency-Key": "one-key", "If-Match": UNREAD}
    at, other = f"/matchmaking/agreements/{agreement['id']}:negotiate", next(a for a in ASSOCIATIONS if a != agreement["association"])
    mine = await loaded.zone.client.post(at, json=body, headers=loaded.zone.head("ASSOCIATION", agreement["association"]) | key)
    theirs = await loaded.zone.client.post(at, json=body, headers=loaded.zone.head("ASSOCIATION", other) | key)

    assert (mine.status_code, theirs.status_code) == (412, 404)


def unowned(kind: Kind[Any, Any], subject: Any, call: Any) -> bool:
    return True


PLANTED: dict[str, tuple[str, str, str, Any]] = {  # a leak of each sort: what is asked, and the wall that is taken away
    "rows and totals of others": ("list", "registry/memberships", "shared.http.Face.scope", lambda face, call: {}),
    "a record of another": ("read", "matchmaking/leads", "shared.record.Kind.owns", unowned),
    "a command on a record of another": ("command", "matchmaking/agreements", "shared.record.Kind.admit", lambda kind, record, call: None),
    "a role that may not read": ("read", "notification/contact-points", "shared.record.Kind.may_read", lambda kind, call: True),
}  # fmt: skip


@pytest.mark.parametrize("leak", PLANTED)
async def test_a_planted_leak_is_found(loaded: Loaded, monkeypatch: pytest.MonkeyPatch, leak: str) -> None:
    what, path, wall, gap = PLANTED[leak]
    seen = Differences(loaded.zone)
    cells = await CELLS[what](loaded, path, seen)
    with monkeypatch.context() as planted:
        planted.setattr(wall, gap)
        await seen.all(cells)
    assert seen.wrong


async def test_the_matrix_has_changed_nothing_and_was_large_enough(loaded: Loaded) -> None:
    assert len(counted) == len(CELLS) * len(TABLE)
    assert sum(counted.values()) >= 2000, counted
    for path in loaded.planted:
        await loaded.zone.engine(path.split("/")[0]).store.remove(KINDS[path].collection, {"opened_by": {"$regex": "^planted/"}})
    after = await rest(loaded.zone.app)
    everything = await told(loaded.zone.app)
    for name, records in after.items():
        for id_, version in records.items():
            new = [x for x in everything[name, id_] if x.sequence > loaded.second[name].get(id_, 0)]
            assert {x.role for x in new} <= {"CLOCK", "PLATFORM"}, (name, id_, version)
