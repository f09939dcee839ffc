"""What everybody may read, name by name, for each kind of record and each public address (domain §7.4): said here, not derived.

A field that is added to a public record, to an event of one or to a public view turns up here and must be decided on. What must never
be published is planted wherever a store could hold it, and looked for at every depth of every answer, in the past as in the present.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.registry.associations.association import associations
from services.registry.directory.duties import DUTIES
from services.registry.directory.listing import FACETS
from services.registry.directory.public_list import ROWS
from services.registry.port.client import Wish, activate, api_clients, approve, request
from services.registry.supervision.annual_report import annual_reports
from services.registry.supervision.credit_listing import credit_listings
from shared.docs import SERVICES, discover
from shared.engine import Service
from shared.http import install, routes
from shared.mongo import Held
from shared.record import Kind
from tests.registry.examples import after, by

GOLDEN = Path(__file__).parents[1] / "contracts" / "golden"
NOW = datetime(2026, 3, 3, 4, tzinfo=UTC)
AIR = "51611100PDY000087D"

# every name, at every depth, of record and events; `reason` and `cause` are codes or an office's words, `answer` an office's
MAY: dict[str, str] = {
    "matchmaking.service_centre.service_item": "channel claim description fee id name promised_working_days provider receivers stage",
    "registry.registration.regime": "annual_mode basis days delegates effective_from id mandatory official_text opinions preapproval_roles regime_code "
    "regime_version retired_because retired_on role silence stage",
    "registry.associations.public_notice": "association district id items name new_domicile new_name published_on stage subject",
    "registry.directory.challenge": "answer association claim correction decide_by decided_on district fact filed_on finding ground id overdue proposed "
    "rules_version source stage",
    "registry.directory.snapshot": "as_of associations csv_bytes csv_sha256 day id json_bytes json_sha256 kept_until stage",
    "evaluation.rating.round": "closes_on code id local_gate opens_on profile quota reason rule_set rulebook stage title year",
    "evaluation.grades.grade": "application association bar_months barred_until basic_years cause certificate certificate_from certificate_return_days "
    "checked_years confirmed_on downgrade_on forward_as grade id previous reminder_months return_due round rule_set rulebook rules score stage successor "
    "valid_from valid_to",
    "matchmaking.partnerships.partnership": "agreement basis association cause clauses dormant_on ended_on ends_on exchanges formed_on held_on home_region id kind "
    "last_exchange missing notice_on partner partner_name remind_on rules stage subject",
}  # fmt: skip
META = {"meta", "version", "created_at", "changed_at", "can", "recorded_at", "as_of", "known_at"}
KEYS = {"示例"}  # of a map whose keys are themselves data, in the sample of a regime: role → who acts for it
ENVELOPE = {"id", "type", "subject", "sequence", "time", "recorded", "effective", "data"}
VIEW = set(
    "uscc name kind level district domicile scope purpose territory registered_fund registered_on registration_authority supervising_unit "
    "legal_representative status charter fee_standard annual_reports annual_checks grade grade_valid_from grade_valid_to abnormal_list "
    "serious_violation_list penalties awards model_titles purchased_services service_commitments social_responsibility_reports branches "
    "office_telephone office_email".split()
)
REGISTER = VIEW | {"so_category", "gbt4754", "regime_code", "ended_on"}
# domain §7.4, second paragraph, and whatever tells who has acted: name → what it would say
NEVER: dict[str, Any] = {
    "mobile": "13800001234", "email": "zhang@example.cn", "id_number": "610102199001011234", "id_no": "610102199001011235", "born_on": "1990-01-01",
    "home_address": "三桥街道某号", "signature": "sign.png", "bank_account": "6222021234566789", "members": ["91611100PDY00001X6"],
    "member_contact": "测试人员01", "party_roll": ["测试人员02"], "survey_answers": [{"question": "Q10"}], "panel": ["panel:01"], "sheets": [{"marks": 1}],
    "ballots": ["committee:01"], "leads": ["CONFIDENTIAL"], "mediation_parties": ["某公司"], "complaint_author": "测试人员03", "created_by": "dept:approval",
    "actor": {"role": "REG_AUTHORITY", "organisation": "dept:approval"}, "person": "00000000-0000-4000-8000-000000000001", "officers": [{"post": "PRESIDENT"}],
    "call": "call-of-an-official", "correlation": "what-it-was-part-of", "causation": "what-it-came-of", "traceparent": "00-trace-01",
}  # fmt: skip
FOUND = discover(SERVICES)
PUBLIC = [(s, k) for s in FOUND for k in s.kinds if "PUBLIC" in k.readers]


def names(value: Any) -> Iterator[str]:
    """Every name in an answer, at every depth."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield name
        yield from names(inner)
    for inner in value if isinstance(value, list) else ():
        yield from names(inner)


def words(schema: dict[str, Any], parts: dict[str, Any], seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Every name a schema allows, at every depth."""
    if ref := schema.get("$ref", "").rpartition("/")[2]:
        if ref not in seen:
            yield from words(parts[ref], parts, (*seen, ref))
        return
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from words(inner, parts, seen)
    for key in ("items", "additionalProperties", "anyOf", "allOf", "oneOf", "prefixItems"):
        inside = schema.get(key)
        for inner in inside if isinstance(inside, list) else [inside]:
            if isinstance(inner, dict):
                yield from words(inner, parts, seen)


def of_model(model: Any) -> set[str]:
    schema = model.model_json_schema()
    return set(words(schema, schema.get("$defs", {})))


def forbidden(body: str) -> list[str]:
    """What of it a body gives away, by what it would say."""
    return sorted(n for n, v in NEVER.items() for said in (v if isinstance(v, list) else [v]) if isinstance(said, str) and said in body)


class Planted:
    """A store in which everything that must not come out lies beside what may."""

    def __init__(self, kind: Kind[Any, Any] | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self.held: list[Held] = []
        if kind is not None:
            self.plant(kind)

    def plant(self, kind: Kind[Any, Any]) -> None:
        opening = next(kind.type_of(e) for m in kind.moves.values() if m.opens for e in m.events)
        data = json.loads((GOLDEN / f"{opening}.json").read_text("utf-8"))
        hidden = {n: NEVER[n] for n in ("actor", "call", "correlation", "causation", "traceparent")}
        self.events = [{"_id": "e-1", "type": opening, "source": "/x", "subject": "r-1", "sequence": 1, "time": "2026-03-02T00:00:00.000000Z",
                        "recorded": "2026-03-02T00:00:00.000000Z", "data": data, **hidden}]  # fmt: skip
        record = kind.fold("r-1", [(opening, data)])
        assert record is not None
        created = {"at": NOW, "role": "REG_AUTHORITY", "organisation": "dept:approval"}
        state = record.model_dump(mode="json")
        self.held = [Held(record, 1, raw=raw, created=created, changed_at=NOW) for raw in (state, state | NEVER)]

    async def find(self, kind: Kind[Any, Any], where: Any, **_: Any) -> list[Held]:
        return self.held

    async def load(self, kind: Kind[Any, Any], id_: str) -> Held | None:
        return next((h for h in reversed(self.held)), None)

    async def told(self, kind: Kind[Any, Any], id_: str) -> list[dict[str, Any]]:
        return self.events

    async def count(self, kind: Kind[Any, Any], where: Any) -> int:
        return len(self.held)

    async def rows(self, collection: str, where: Any, **_: Any) -> list[dict[str, Any]]:
        return [ROW] if collection == ROWS else []

    async def one(self, collection: str, id_: str) -> dict[str, Any] | None:
        return ROW if collection == ROWS else {"_id": AIR, **NEVER} if collection == DUTIES else None


ROW: dict[str, Any] = {
    **NEVER, "_id": AIR, "name": "西咸新区航空物流协会", "name_key": "西咸新区航空物流协会", "marks": ["航"], "cell": "AAAAAAA", "kind": "INDUSTRY_ASSOCIATION",
    "level": "NEW_AREA", "district": "XX", "so_category": "01", "gbt4754": ["56"], "domicile": "空港新城", "scope": "服务", "purpose": "宗旨",
    "territory": "西咸新区", "registered_fund": 3_000_000, "registered_on": "2024-03-02", "regime_code": "DIRECT", "supervising_unit": "直接登记",
    "status": "ACTIVE", "changed_at": NOW, "legal_representative": NEVER["person"],
}  # fmt: skip


class Nobody:
    """Whoever asks has shown no token."""

    async def identify(self, authorization: str | None) -> Any:
        return SimpleNamespace(role="PUBLIC", organisation="", district="", subject="")


class AirSystem:
    """The system an association has been approved to ask the query port with."""

    async def identify(self, authorization: str | None) -> Any:
        return SimpleNamespace(role="ASSOCIATION", organisation=AIR, district="", subject="air-system")


async def answers(service: Service, store: Planted, *paths: str, asked_by: Any = None) -> list[httpx.Response]:
    app = FastAPI()
    app.state.verifier, app.state.now = asked_by or Nobody(), lambda: NOW

    async def read(kind: Kind[Any, Any], id_: str) -> Any:
        return getattr(await store.load(kind, id_), "record", None)

    engine: Any = SimpleNamespace(store=store, service=service, now=lambda: NOW, read=read)
    app.router.routes += routes(service, engine)
    install(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        return [await client.get(path) for path in paths]


# ── records ───────────────────────────────────────────────────────────────────────────────────────
def test_the_public_kinds_are_these() -> None:
    assert {k.name for _, k in PUBLIC} == set(MAY)


@pytest.mark.parametrize("kind", [k for _, k in PUBLIC], ids=lambda k: k.name)
def test_a_public_record_and_its_events_have_these_names_and_no_other(kind: Kind[Any, Any]) -> None:
    found = of_model(kind.state).union(*(of_model(e) for e in kind.events.values()))
    assert found == set(MAY[kind.name].split())
    assert not found & set(NEVER)


@pytest.mark.parametrize(("service", "kind"), PUBLIC, ids=lambda x: x.name)
async def test_list_record_past_and_history_say_these_names_and_no_other(service: Service, kind: Kind[Any, Any]) -> None:
    base = f"/{kind.service}/{kind.path}"
    listed, one, past, history = await answers(
        service, Planted(kind), base, f"{base}/r-1", f"{base}/r-1?as_of=2026-03-03T00:00:00Z", f"{base}/r-1/history"
    )
    assert [r.status_code for r in (listed, one, past, history)] == [200] * 4
    may, fields = set(MAY[kind.name].split()), set(kind.state.model_fields)
    for shown in (*listed.json()["items"], one.json(), past.json()):
        assert set(shown) == fields | {"meta"}
        assert set(names(shown)) <= may | META | KEYS
    (event,) = history.json()["items"]
    assert set(event) <= ENVELOPE
    assert set(names(event["data"])) <= may | KEYS
    for response in (listed, one, past, history):
        assert not forbidden(response.text), response.url
        assert not set(names(response.json())) & set(NEVER)


# ── the register and the open data port ───────────────────────────────────────────────────────────
REGISTRY = next(s for s in FOUND if s.name == "registry")
PLACES = {
    "/registry/directory": REGISTER, "/registry/directory?q=航空": REGISTER, f"/registry/directory/{AIR}": REGISTER,
    "/registry/open-data/associations": VIEW, f"/registry/open-data/associations/{AIR}": VIEW,
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
async def test_every_public_address_shows_all_that_may_be_published_and_nothing_else(place: str) -> None:
    (response,) = await answers(REGISTRY, Planted(), place)
    body = response.json()
    (entry,) = body.get("items", [body])
    assert set(entry) == PLACES[place]
    assert not forbidden(response.text)
    assert entry["legal_representative"] is None  # a reference is no name


@pytest.mark.parametrize("place", [p for p in PLACES if "open-data" in p])
async def test_the_table_has_these_columns_and_no_other(place: str) -> None:
    (response,) = await answers(REGISTRY, Planted(), f"{place}?format=csv")
    head, line = csv.reader(io.StringIO(response.text.removeprefix("\ufeff")))
    assert set(head) == VIEW
    assert len(line) == len(head)
    assert not forbidden(response.text)


async def test_duties_shown_to_everybody_tell_of_no_person() -> None:
    (response,) = await answers(REGISTRY, Planted(), f"/registry/directory/{AIR}/duties")
    assert response.status_code == 200
    assert not set(names(response.json())) & set(NEVER)
    assert not forbidden(response.text)


# ── the query port (R64): an association's own system asks, and is shown no more of anybody ───────
QUESTIONS: dict[str, str] = {
    "industry?gbt4754=56": "gbt4754 total by exact " + " ".join((*FACETS, "kind_level")),
    "cases": "associations annual_reports credit_listings",
    "members": "total by kind tier n",
}
OF_CASES = (associations, annual_reports, credit_listings)


class Port(Planted):
    """The same store, with the access of one association and a roll in it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Any] = []
        wish = Wish(scopes=("INDUSTRY", "OWN_CASES", "OWN_MEMBERS"), purpose="行业分析", client="air-system")
        client = api_clients.open(request(by("ASSOCIATION"), wish, True), "")
        client = after(api_clients, client, approve(client, by("SO_ADMIN")))
        self.client = after(api_clients, client, activate(client, by("ASSOCIATION"), True))

    async def load(self, kind: Kind[Any, Any], id_: str) -> Held | None:
        return Held(self.client, 1, raw={}, created={}, changed_at=NOW) if kind is api_clients else None

    async def find(self, kind: Kind[Any, Any], where: Any, **_: Any) -> list[Held]:
        self.plant(kind)
        return self.held

    async def group(self, collection: str, pipeline: Any, **_: Any) -> list[dict[str, Any]]:
        return [{"_id": {"kind": "UNIT", "tier": "MEMBER"}, "n": 7} if collection == "members.membership" else {"_id": "AAAAAAA", "n": 1}]

    async def put(self, collection: str, id_: str, change: Any) -> None:
        self.written.append(change)

    async def claim(self, collection: str, where: Any, change: Any) -> dict[str, Any]:
        return {"n": 1}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_the_query_port_says_these_names_and_no_other(question: str) -> None:
    store = Port()
    (response,) = await answers(REGISTRY, store, f"/registry/query-port/{question}", asked_by=AirSystem())
    assert response.status_code == 200, response.text
    said = response.json()
    fields = {n for k in OF_CASES for n in of_model(k.state)} if question == "cases" else set()
    shown = {*said, *said["by"]} if question.startswith("industry") else set(names(said))  # beneath a facet its values are the names
    assert shown <= set(QUESTIONS[question].split()) | fields
    assert shown >= set(QUESTIONS[question].split())
    assert not set(names(said)) & set(NEVER)
    assert not forbidden(response.text)
    assert not forbidden(json.dumps(store.written, default=str)), "nor the trace that the question leaves"


def test_what_is_looked_for_would_be_found() -> None:
    assert forbidden(json.dumps({"a": [{"x": "zhang@example.cn"}]})) == ["email"]
    assert set(names({"a": [{"b": {"c": 1}}]})) == {"a", "b", "c"}
