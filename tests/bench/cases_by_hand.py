"""The registration case written by hand, without the kernel: what a careful programmer would write on FastAPI and motor.

The same nine steps on the same paths, from the application to the active association, with the same duties: bearer token and role, the
applicant's own cases only, strict JSON within 256 KiB, closed forms, `If-Match`, idempotency keys, claims that are unique in the database,
majority writes guarded by the version with the events in the document, the next due time, and a relay of its own to Kafka with history.
The rules are not written twice: names, scopes, regimes and the forms are the registry's own pure code, so that what is compared is what
stands around them. Where the kernel lets the register hear of the certificate over Kafka, here the case and the association are written
in one transaction, which is what one would do in one service; peers are read as the few fields that are needed, in one query a collection.

It does less: no list, no history route, no `as_of`, no refusals kept, no metrics, no problem details in two languages, no clock that acts
on the due time, no withdrawal, refusal or return of papers, no inbox for what others tell, no dead letters, and a repeated key is
answered with the case as it is now.
"""

import asyncio
import contextlib
import gc
import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any, TypeVar

import orjson
from aiokafka import AIOKafkaProducer
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.registry.registration.application import Application, OpinionView, Papers
from services.registry.registration.certificate import Certificate
from services.registry.registration.naming import (
    Taken,
    check_home,
    check_name,
    distinct,
    home_key,
    name_claim,
    refuse_same_home,
    refuse_same_name,
    refuse_same_person,
    similar_names,
)
from services.registry.registration.regime import REGIMES, Filing, Regime, Standing, in_force
from services.registry.registration.scope import overlaps
from services.registry.values import begin_of, end_of
from shared.auth import Identity, Verifier
from shared.http import BODY_MAX, strict_json
from shared.names import comparison_key
from shared.record import SHANGHAI, Line, Refused, Text
from shared.workdays import working_days_after

AT = "/registry/registration-cases"
LIVING = ["REGISTERED", "ACTIVE", "SUSPENDED", "LIQUIDATING"]
PENDING = ["NAME_CHECK", "PREPARING", "SUPERVISOR_REVIEW", "ACCEPTED", "OPINIONS_SOUGHT", "DECIDED"]
CHANGING, MOVING = ["RESOLVED", "CONSENTED", "FILED", "REGISTERED"], ["PROPOSED", "ACCEPTED"]
AUTHORITY = ("REG_AUTHORITY", "NEW_CITY")
ADVISERS = ("INDUSTRY_DEPT", "SUPERVISING_UNIT", "FIC", "PARTY_WORK", "SO_ADMIN", "NEW_CITY", "INVEST_DEPT", "ASSOC_DEVELOPMENT_BODY")
FROM_APPLICATION = ("kind", "level", "district", "so_category", "gbt4754", "scope", "scope_basis", "scope_term", "purpose", "domicile", "territory",
                    "home_region", "legal_representative")  # fmt: skip
CALLS_MAX, TRIES = 20, 3
Doc = dict[str, Any]
F = TypeVar("F", bound=BaseModel)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Approval(Form):
    acknowledged: tuple[Line, ...] = ()


class Agreement(Form):
    document: Line


class Nothing(Form):
    pass


class Opinion(Form):
    opinion: OpinionView
    reason: Text | None = None


class Grant(Form):
    basis: Text
    necessity: Text | None = None


class Filings(Form):
    filings: Annotated[tuple[Filing, ...], Field(min_length=1, max_length=3)]


@dataclass
class Asked:
    """Who asks, when, and what the head of the request says."""

    who: Identity
    now: datetime
    call: str
    keyed: bool
    expected: int | None

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()

    def sees(self, case: Doc) -> bool:
        if self.who.role == "ENTERPRISE":
            return bool(case["applicant"] == self.who.organisation)
        return self.who.role != "NEW_CITY" or bool(case["district"] == self.who.district)


@dataclass
class Step:
    """What a command comes to: events in their order, fields of the case that change, and what is written of the association."""

    events: list[tuple[str, Doc]]
    fields: Doc
    entered: Doc | None = None  # the association that is born
    activated: Doc | None = None  # fields of the association that is now active


@dataclass
class Rows:
    """A collection with an outbox, and its topic."""

    rows: Any
    history: Any
    topic: str
    source: str


def rules_of(case: Doc) -> Regime:
    """The rules the case was opened under: of its regime, or of the one that regime sent it to."""
    code, _, version = (case["regime"]["through"] or f"{case['regime']['code']} {case['regime']['version']}").partition(" ")
    return REGIMES.get(code, version)


def due(case: Doc) -> datetime | None:
    """The next moment a clock has something to say about the case."""
    rule, moments = rules_of(case), list[datetime]()
    if case["stage"] == "NAME_CHECK":
        moments.append(end_of(working_days_after(date.fromisoformat(case["opened_on"]), rule.name_check_working_days)))
    if case["stage"] in ("ACCEPTED", "OPINIONS_SOUGHT") and case["decide_by"]:
        last, complete = date.fromisoformat(case["decide_by"]), date.fromisoformat(case["papers_complete_on"])
        moments += [begin_of(d) for n in rule.decision_reminder_days if (d := last - timedelta(days=n)) > complete]
        moments.append(end_of(last))
    if case["stage"] == "OPINIONS_SOUGHT":
        moments += [datetime.fromisoformat(a["until"]) for a in silent(case)]
    return min(moments, default=None)


def silent(case: Doc) -> list[Doc]:
    heard = {o["role"] for o in case["opinions"]}
    return [a for a in case["asked"] if a["role"] not in heard]


def may_decide(case: Doc) -> None:
    if case["stage"] == "ACCEPTED" and any(not o.optional for o in rules_of(case).opinions):
        raise HTTPException(409, "opinions_first")
    if silent(case):
        raise HTTPException(409, "opinions_open")


def similar_scopes(case: Doc, peers: list[Any]) -> list[Doc]:
    form = case["application"]
    found = overlaps(form["scope_basis"], form["scope_term"], form["gbt4754"], rules_of(case).overlap_level, peers)
    return [o.model_dump() for o in found]


def answer(content: Doc, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


def body(model: type[F]) -> Callable[[Request], Awaitable[F]]:
    async def read(request: Request) -> F:
        content = await request.body() or b"{}"
        if len(content) > BODY_MAX:
            raise HTTPException(413, "too_large")
        strict_json(content)
        return model.model_validate_json(content, strict=True)

    return read


def build(verifier: Verifier, mongo: str, kafka: str, prefix: str) -> FastAPI:
    client: Any = AsyncIOMotorClient(mongo, tz_aware=True, w="majority", journal=True, readConcernLevel="majority")
    db = client[f"{prefix}hand"]
    cases, associations, regimes = db.cases, db.associations, db.regimes
    bell = asyncio.Event()
    told = (
        Rows(cases, db["cases.history"], f"{prefix}hand.registration.v1", "/registry/registration/case"),
        Rows(associations, db["associations.history"], f"{prefix}hand.associations.v1", "/registry/associations/association"),
    )

    # ── to Kafka ──────────────────────────────────────────────────────────────────────────────────
    async def send(one: Rows, producer: Any) -> bool:
        docs = [d async for d in one.rows.find({"obx": {"$exists": True}}, {"outbox": 1}).sort("obx", 1).limit(250)]
        if not docs:
            return False
        sent = []
        for doc in docs:
            for e in doc["outbox"]:
                head = [(f"ce_{n}", str(e[n]).encode()) for n in ("type", "subject", "sequence", "time", "correlation")]
                head += [("ce_id", e["_id"].encode()), ("ce_source", one.source.encode())]
                sent.append(await producer.send(one.topic, orjson.dumps(e["data"]), key=doc["_id"].encode(), headers=head))
        await asyncio.gather(*sent)
        with contextlib.suppress(BulkWriteError):  # there already, after a round that ended halfway
            await one.history.insert_many([e for d in docs for e in d["outbox"]], ordered=False)
        await one.rows.bulk_write([UpdateOne({"_id": d["_id"]}, [
            {"$set": {"outbox": {"$filter": {"input": "$outbox", "cond": {"$not": {"$in": ["$$this._id", [e["_id"] for e in d["outbox"]]]}}}}}},
            {"$set": {"obx": {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", "$obx"]}}}]) for d in docs], ordered=False)  # fmt: skip
        return True

    async def relay() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all")
        await producer.start()
        while True:
            bell.clear()
            for one in told:
                while await send(one, producer):
                    pass
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), 1.0)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for one in told:
            await one.rows.create_index("obx", partialFilterExpression={"obx": {"$exists": True}})
            await one.history.create_index([("subject", 1), ("sequence", 1)], unique=True)
            await one.history.create_index("call")
            for claim in ("name_claim", "legal_claim"):
                await one.rows.create_index(f"state.{claim}", unique=True, partialFilterExpression={f"state.{claim}": {"$type": "string"}})
            for name in ("stage", "district"):
                await one.rows.create_index([(f"state.{name}", 1), ("_id", 1)])
        for claim in ("home_claim", "uscc"):
            await cases.create_index(f"state.{claim}", unique=True, partialFilterExpression={f"state.{claim}": {"$type": "string"}})
        await cases.create_index("due", partialFilterExpression={"due": {"$exists": True}})
        await cases.create_index("opened_by", unique=True)
        await cases.create_index([("state.applicant", 1), ("_id", 1)])
        for other in (db.change_cases, db.transfers):
            for name in ("district", "name_claim", "legal_claim"):
                await other.create_index(f"state.{name}")
        for regime in REGIMES.all():
            kept = {
                "code": regime.code,
                "version": regime.version,
                "in_force": regime.status == "IN_FORCE",
                "effective_from": str(regime.effective_from),
            }
            await regimes.update_one({"_id": f"{regime.code}~{regime.version}"}, {"$setOnInsert": kept}, upsert=True)
        task = asyncio.create_task(relay())
        gc.collect()  # as the services do: what is loaded now stays, and need not be looked through again
        gc.freeze()
        gc.set_threshold(200_000, 20, 100)
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    # ── how no is said ────────────────────────────────────────────────────────────────────────────
    @app.exception_handler(Refused)
    async def refused(_: Request, error: Any) -> Response:
        return answer({"code": error.code, "detail": error.en}, error.status)

    @app.exception_handler(ValidationError)
    async def malformed(_: Request, error: Any) -> Response:
        return answer({"code": "malformed", "errors": error.errors(include_input=False, include_url=False, include_context=False)}, 422)

    # ── what every command does ───────────────────────────────────────────────────────────────────
    def by(*roles: str) -> Callable[[Request], Awaitable[Asked]]:
        async def asked(request: Request) -> Asked:
            who = await verifier.identify(request.headers.get("authorization"))
            if who.role not in roles:
                raise HTTPException(403, "role_not_allowed")
            key, match = request.headers.get("idempotency-key"), request.headers.get("if-match", "*").strip().strip('"')
            call = uuid.uuid5(uuid.NAMESPACE_URL, f"{who.subject} {who.organisation} {request.url.path} {key}") if key else uuid.uuid4()
            if match != "*" and not match.isdigit():
                raise HTTPException(422, "bad_if_match")
            return Asked(who, datetime.now(UTC), str(call), key is not None, None if match == "*" else int(match))

        return asked

    def letters(asked: Asked, id_: str, version: int, events: list[tuple[str, Doc]], room: str) -> list[Doc]:
        now, call = asked.now.isoformat(), uuid.UUID(asked.call)
        return [
            {"_id": str(uuid.uuid5(call, f"{id_}/{version + n}")), "type": f"registry.{room}.{type_}.v1", "subject": id_, "sequence": version + n, "time": now,
             "recorded": now, "actor": {"role": asked.who.role, "organisation": asked.who.organisation}, "call": asked.call, "correlation": asked.call, "data": data}
            for n, (type_, data) in enumerate(events, 1)
        ]  # fmt: skip

    def shown(id_: str, version: int, state: Doc, status: int = 200) -> Response:
        return answer({"id": id_, **state}, status, {"ETag": f'"{version}"', "Location": f"{AT}/{id_}"})

    def digest_of(asked: Asked, form: BaseModel) -> str:
        return hashlib.blake2b(form.model_dump_json().encode(), digest_size=16).hexdigest() if asked.keyed else ""

    async def change(
        id_: str, asked: Asked, form: BaseModel, stages: tuple[str, ...], decide: Callable[[Doc], Awaitable[Step]]
    ) -> Response:
        """Read, decide, write what is still as it was read; decide again where another was faster."""
        digest = digest_of(asked, form)
        for _ in range(TRIES):
            doc = await cases.find_one({"_id": id_}, {"outbox": 0})
            if doc is None or not asked.sees(doc["state"]):
                raise HTTPException(404, "not_found")
            if asked.keyed and (before := next((c for c in doc["calls"] if c["id"] == asked.call), None)):
                if before["digest"] != digest:
                    raise HTTPException(422, "idempotency_key_reused")
                return shown(id_, doc["version"], doc["state"])
            if asked.expected not in (None, doc["version"]):
                raise HTTPException(412, "version_changed")
            if doc["state"]["stage"] not in stages:
                raise HTTPException(409, "wrong_stage")
            step = await decide(doc["state"])
            after, version = doc["state"] | step.fields, doc["version"] + len(step.events)
            calls = [*doc["calls"], {"id": asked.call, "digest": digest, "version": version, "at": asked.now}][-CALLS_MAX:]
            update: Doc = {
                "$set": {f"state.{n}": v for n, v in step.fields.items()} | {"calls": calls, "changed_at": asked.now},
                "$inc": {"version": len(step.events)}, "$min": {"obx": asked.now},
                "$push": {"outbox": {"$each": letters(asked, id_, doc["version"], step.events, "registration")}},
            }  # fmt: skip
            if next_due := due(after):
                update["$set"]["due"] = next_due
            else:
                update["$unset"] = {"due": ""}
            if await written({"_id": id_, "version": doc["version"]}, update, step, asked):
                bell.set()
                return shown(id_, version, after)
        raise HTTPException(409, "changed_meanwhile")

    async def written(guard: Doc, update: Doc, step: Step, asked: Asked) -> bool:
        """The case, and with it the association where it is born or becomes active; False where the case was changed meanwhile."""
        try:
            if step.entered is None and step.activated is None:
                return bool((await cases.update_one(guard, update)).modified_count)

            async def both(session: Any) -> bool:
                if not (await cases.update_one(guard, update, session=session)).modified_count:
                    return False
                if born := step.entered:
                    events = [("association_registered", {n: v for n, v in born.items() if n != "stage"})]
                    await associations.insert_one(
                        {"_id": born["uscc"], "version": 1, "state": born, "created": asked.now, "changed_at": asked.now, "obx": asked.now,
                         "outbox": letters(asked, born["uscc"], 0, events, "associations")}, session=session,
                    )  # fmt: skip
                if now := step.activated:
                    await activate(now, asked, session)
                return True

            async with await client.start_session() as session:
                return bool(await session.with_transaction(both))
        except DuplicateKeyError:
            raise HTTPException(409, "taken") from None

    async def activate(now: Doc, asked: Asked, session: Any) -> None:
        found = await associations.find_one({"_id": now["uscc"]}, {"outbox": 0}, session=session)
        state = found["state"]
        events: list[tuple[str, Doc]] = [
            ("association_activated", {"uscc": now["uscc"], "name": state["name"], "activated_on": now["activated_on"]})
        ]
        if unit := state["supervising_unit"]:
            role = "FIC" if state["affiliation"] == "FIC" else "SUPERVISING_UNIT"
            assigned = {n: state[n] and role for n in ("annual_first_review", "change_consent_role")}
            events.append(
                (
                    "supervising_unit_assigned",
                    {"uscc": now["uscc"], "supervising_unit": unit, "affiliation": state["affiliation"], **assigned},
                )
            )
        told_ = letters(asked, now["uscc"], found["version"], events, "associations")
        await associations.update_one(
            {"_id": now["uscc"], "version": found["version"]},
            {"$set": {"state.stage": "ACTIVE", "state.activated_on": now["activated_on"], "changed_at": asked.now}, "$inc": {"version": len(events)},
             "$min": {"obx": asked.now}, "$push": {"outbox": {"$each": told_}}}, session=session,
        )  # fmt: skip

    # ── what the rules are given ──────────────────────────────────────────────────────────────────
    async def what_is_taken(form: Doc, name: str, own: str, home: str | None) -> Taken:
        """Who holds the name, the person, the home region: one query a collection, and of each row what is needed."""
        district, person = form["district"], form["legal_representative"]
        claim, home_claim = name_claim(name, district), home and f"{district}~{home_key(home)}"
        names, represents, of_home = list[tuple[str, str]](), list[str](), list[str]()
        here = {"state.district": district, "state.stage": {"$in": LIVING}}
        fields = {"state.name": 1, "state.home_region": 1, "state.legal_claim": 1, "state.district": 1, "state.stage": 1}
        async for d in associations.find({"$or": [here, {"state.legal_claim": person}]}, fields):
            s = d["state"]
            if s["district"] == district and s["stage"] in LIVING:
                names.append((s["name"], d["_id"]))
                if home and s["home_region"] and home_key(s["home_region"]) == home_key(home):
                    of_home.append(d["_id"])
            if s["legal_claim"] == person:
                represents.append(d["_id"])
        fields = {
            "state.name": 1,
            "state.name_claim": 1,
            "state.legal_claim": 1,
            "state.home_claim": 1,
            "state.stage": 1,
            "state.district": 1,
        }
        held = [{"state.district": district, "state.stage": {"$in": PENDING}}, {"state.name_claim": claim}, {"state.legal_claim": person}]
        async for d in cases.find(
            {"_id": {"$ne": own}, "$or": [*held, *([{"state.home_claim": home_claim}] if home_claim else [])]}, fields
        ):
            s = d["state"]
            if (s["district"] == district and s["stage"] in PENDING) or s["name_claim"] == claim:
                names.append((s["name"], d["_id"]))
            if s["legal_claim"] == person:
                represents.append(d["_id"])
            if home_claim and s["home_claim"] == home_claim:
                of_home.append(d["_id"])
        wanted = [
            {"state.district": district, "state.stage": {"$in": CHANGING}},
            {"state.name_claim": claim},
            {"state.legal_claim": person},
        ]
        async for d in db.change_cases.find({"$or": wanted}, {"state.proposed": 1, "state.name_claim": 1, "state.legal_claim": 1}):
            if d["state"]["name_claim"]:
                names.append((d["state"]["proposed"]["name"], d["_id"]))
            if d["state"]["legal_claim"] == person:
                represents.append(d["_id"])
        async for d in db.transfers.find({"state.name_claim": claim, "state.stage": {"$in": MOVING}}, {"state.name": 1}):
            names.append((d["state"]["name"], d["_id"]))
        return Taken(names=tuple(names), represents=tuple(represents), of_home=tuple(of_home))

    async def neighbours(district: str) -> list[Any]:
        fields = {f"state.{n}": 1 for n in ("name", "uscc", "gbt4754", "scope_basis", "scope_term")}
        found = associations.find({"state.district": district, "state.stage": {"$in": LIVING}}, fields)
        return [SimpleNamespace(**d["state"]) async for d in found]

    async def regime_asked_for(form: Application, today: date) -> Regime:
        standings = [
            Standing(code=d["code"], version=d["version"], in_force=d["in_force"], effective_from=date.fromisoformat(d["effective_from"]))
            async for d in regimes.find({})
        ]
        regime = in_force(today, form.regime, form.kind, form.so_category, standings)
        if regime is None:
            raise HTTPException(409, "regime_not_in_force")
        if form.scope_basis not in regime.scope_bases:
            raise HTTPException(409, "scope_basis_not_allowed")
        return regime

    def claim_home(form: Application, regime: Regime, taken: Taken) -> str | None:
        if form.home_region is None:
            return None
        if form.kind != "CHAMBER":
            raise HTTPException(422, "no_home_region")
        if regime.non_local.registered_at == "PROVINCE":
            raise HTTPException(409, "registered_with_province")
        check_home(form.name, form.home_region)
        if not regime.non_local.one_per_home_region:
            return None
        refuse_same_home(taken)
        return f"{form.district}~{home_key(form.home_region)}"

    # ── the nine steps ────────────────────────────────────────────────────────────────────────────
    @app.post(AT, status_code=201)
    async def apply(
        asked: Annotated[Asked, Depends(by("ENTERPRISE"))], form: Annotated[Application, Depends(body(Application))]
    ) -> Response:
        digest = digest_of(asked, form)
        if asked.keyed and (before := await cases.find_one({"opened_by": asked.call})):
            if before["calls"][0]["digest"] != digest:
                raise HTTPException(422, "idempotency_key_reused")
            return shown(before["_id"], before["version"], before["state"], 201)
        regime, said = await regime_asked_for(form, asked.today), form.model_dump(mode="json")
        check_name(form.name, form.kind, form.level, form.district)
        taken = await what_is_taken(said, form.name, "", form.home_region)
        home = claim_home(form, regime, taken)
        refuse_same_name(form.name, taken)
        refuse_same_person(taken)
        founders = (asked.who.organisation, *form.founders)
        opened: Doc = {
            "stage": regime.steps[0], "application": said, "applicant": asked.who.organisation, "district": form.district,
            "regime": {"code": regime.code, "version": regime.version, "through": regime.through}, "opened_on": asked.today.isoformat(), "name": form.name,
            "name_claim": name_claim(form.name, form.district), "legal_claim": form.legal_representative, "home_claim": home,
            "similar": [s.model_dump() for s in similar_names(form.name, taken.names)],
            "state_organ_founders": [f for f in founders if f.startswith("11")],
        }  # fmt: skip
        empty: Doc = {
            "papers": [], "unit_members": 0, "individual_members": 0, "registered_fund": 0, "papers_complete_on": None, "consent": None, "overlaps": [],
            "asked": [], "opinions": [], "decide_by": None, "decided_on": None, "uscc": None, "filed": [],
        }  # fmt: skip
        id_, state = str(uuid.uuid4()), opened | empty
        try:
            await cases.insert_one(
                {"_id": id_, "version": 1, "state": state, "created": asked.now, "changed_at": asked.now, "opened_by": asked.call,
                 "calls": [{"id": asked.call, "digest": digest, "version": 1, "at": asked.now}], "obx": asked.now,
                 "outbox": letters(asked, id_, 0, [("registration_case_opened", opened | {"plan": form.plan})], "registration"),
                 **({"due": next_due} if (next_due := due(state)) else {})}
            )  # fmt: skip
        except DuplicateKeyError:
            raise HTTPException(409, "taken") from None
        bell.set()
        return shown(id_, 1, state, 201)

    @app.post(AT + "/{id_}:approve_name")
    async def approve_name(
        id_: str, asked: Annotated[Asked, Depends(by(*AUTHORITY))], form: Annotated[Approval, Depends(body(Approval))]
    ) -> Response:
        async def decide(case: Doc) -> Step:
            taken = await what_is_taken(case["application"], case["name"], id_, case["home_claim"] and case["application"]["home_region"])
            similar = [s.model_dump() for s in distinct(case["name"], taken, form.acknowledged)]
            return Step([("name_approved", {"name": case["name"], "similar": similar})], {"stage": "PREPARING", "similar": similar})

        return await change(id_, asked, form, ("NAME_CHECK",), decide)

    @app.post(AT + "/{id_}:submit_papers")
    async def submit_papers(
        id_: str, asked: Annotated[Asked, Depends(by("ENTERPRISE"))], form: Annotated[Papers, Depends(body(Papers))]
    ) -> Response:
        async def decide(case: Doc) -> Step:
            rule, application = rules_of(case), case["application"]
            if set(rule.papers) - {p.kind for p in form.papers}:
                raise HTTPException(409, "papers_missing")
            least = rule.minima(application["home_region"])
            if form.individual_members and least.unit_only:
                raise HTTPException(409, "units_only")
            if not least.enough(form.unit_members, form.individual_members):
                raise HTTPException(409, "too_few_members")
            if len({case["applicant"], *application["founders"]}) < least.founders_min:
                raise HTTPException(409, "too_few_founders")
            if form.registered_fund < rule.fund_min:
                raise HTTPException(409, "fund_too_small")
            reviewed = "SUPERVISOR_REVIEW" in rule.steps
            complete = None if reviewed else asked.today
            by_ = complete and complete + timedelta(days=rule.decision_days)
            roles = rule.preapproval.roles if reviewed else ()
            said = form.model_dump(mode="json") | {
                "stage": "SUPERVISOR_REVIEW" if reviewed else "ACCEPTED", "papers_complete_on": complete and complete.isoformat(),
                "decide_by": by_ and by_.isoformat(),
            }  # fmt: skip
            found = similar_scopes(case, await neighbours(case["district"]))
            consent_of = [r for r in roles if fits_form(case, r)] or list(roles)
            return Step(
                [("papers_submitted", said | {"consent_of": consent_of}),
                 ("scope_overlap_assessed", {"scope_basis": application["scope_basis"], "overlaps": found})], said | {"overlaps": found},
            )  # fmt: skip

        return await change(id_, asked, form, ("PREPARING",), decide)

    def fits_form(case: Doc, role: str) -> bool:
        forms = rules_of(case).name_forms.get(role)
        return not forms or comparison_key(case["name"]).endswith(forms)

    @app.post(AT + "/{id_}:consent")
    async def consent(
        id_: str, asked: Annotated[Asked, Depends(by("SUPERVISING_UNIT", "FIC"))], form: Annotated[Agreement, Depends(body(Agreement))]
    ) -> Response:
        async def decide(case: Doc) -> Step:
            rule = rules_of(case)
            if asked.who.role not in rule.preapproval.roles:
                raise HTTPException(409, "not_the_supervisor")
            if not fits_form(case, asked.who.role):
                raise HTTPException(409, "name_form_of_supervisor")
            given = {
                "role": asked.who.role,
                "organisation": asked.who.organisation,
                "document": form.document,
                "consent_on": asked.today.isoformat(),
            }
            said = {"consent": given, "papers_complete_on": asked.today.isoformat(),
                    "decide_by": (asked.today + timedelta(days=rule.decision_days)).isoformat()}  # fmt: skip
            return Step([("supervisor_consented", said)], said | {"stage": "ACCEPTED"})

        return await change(id_, asked, form, ("SUPERVISOR_REVIEW",), decide)

    @app.post(AT + "/{id_}:seek_opinions")
    async def seek_opinions(
        id_: str, asked: Annotated[Asked, Depends(by(*AUTHORITY))], form: Annotated[Nothing, Depends(body(Nothing))]
    ) -> Response:
        async def decide(case: Doc) -> Step:
            if not (opinions := rules_of(case).opinions):
                raise HTTPException(409, "nobody_to_ask")
            until = [end_of(asked.today + timedelta(days=r.days)).isoformat() for r in opinions]
            sought = [{"role": r.asked, "mandatory": r.mandatory, "until": u} for r, u in zip(opinions, until, strict=True)]
            return Step([("opinions_sought", {"asked": sought})], {"stage": "OPINIONS_SOUGHT", "asked": sought})

        return await change(id_, asked, form, ("ACCEPTED",), decide)

    @app.post(AT + "/{id_}:give_opinion")
    async def give_opinion(
        id_: str, asked: Annotated[Asked, Depends(by(*ADVISERS))], form: Annotated[Opinion, Depends(body(Opinion))]
    ) -> Response:
        async def decide(case: Doc) -> Step:
            role = asked.who.role
            if role not in {a["role"] for a in case["asked"]}:
                raise HTTPException(409, "not_asked")
            if role in {o["role"] for o in case["opinions"]}:
                raise HTTPException(409, "already_given")
            if form.opinion == "AGAINST" and not form.reason:
                raise HTTPException(422, "reason_missing")
            held = {"role": role, "opinion": form.opinion, "by_silence": False, "reason": form.reason or ""}
            opinions = [*case["opinions"], held]
            events: list[tuple[str, Doc]] = [("opinion_given", {"opinion": held, "opinions": opinions})]
            if role == "ASSOC_DEVELOPMENT_BODY":
                events.append(("development_body_opinion_given", {"opinion_view": form.opinion, "reason": form.reason or ""}))
            return Step(events, {"opinions": opinions})

        return await change(id_, asked, form, ("OPINIONS_SOUGHT",), decide)

    @app.post(AT + "/{id_}:grant")
    async def grant(id_: str, asked: Annotated[Asked, Depends(by(*AUTHORITY))], form: Annotated[Grant, Depends(body(Grant))]) -> Response:
        async def decide(case: Doc) -> Step:
            may_decide(case)
            taken = await what_is_taken(case["application"], case["name"], id_, case["home_claim"] and case["application"]["home_region"])
            refuse_same_name(case["name"], taken)
            refuse_same_person(taken)
            refuse_same_home(taken)
            found, rule = similar_scopes(case, await neighbours(case["district"])), rules_of(case).same_scope
            if rule.policy == "BLOCK_UNLESS_NECESSARY" and found and not form.necessity:
                raise HTTPException(409, "same_scope_exists")
            if rule.max_per_scope is not None and len(found) >= rule.max_per_scope:
                raise HTTPException(409, "scope_full")
            said = {"basis": form.basis, "decided_on": asked.today.isoformat(), "overlaps": found, "necessity": form.necessity}
            return Step([("registration_granted", said)], {"stage": "DECIDED", "decided_on": said["decided_on"], "overlaps": found})

        return await change(id_, asked, form, ("ACCEPTED", "OPINIONS_SOUGHT"), decide)

    @app.post(AT + "/{id_}:issue_certificate")
    async def issue_certificate(
        id_: str, asked: Annotated[Asked, Depends(by(*AUTHORITY))], form: Annotated[Certificate, Depends(body(Certificate))]
    ) -> Response:
        async def decide(case: Doc) -> Step:
            if await associations.find_one({"_id": form.uscc}, {"_id": 1}):
                raise HTTPException(409, "code_taken")
            if form.registered_on and form.registered_on > asked.today:
                raise HTTPException(422, "in_the_future")
            rule, given = rules_of(case), case["consent"]
            said: Doc = {n: case["application"][n] for n in FROM_APPLICATION} | {
                "uscc": form.uscc, "name": case["name"], "registered_fund": case["registered_fund"],
                "registered_on": (form.registered_on or asked.today).isoformat(), "supervising_unit": given and given["organisation"],
                "affiliation": "NONE" if given is None else "FIC" if given["role"] == "FIC" else "GOV_DEPT",
                "regime_code": case["regime"]["code"], "regime_version": case["regime"]["version"], "annual_mode": rule.annual.mode,
                "annual_first_review": given["role"] if given and rule.annual.first_review == "SUPERVISING_UNIT" else rule.annual.first_review,
                "annual_first_due": rule.annual.first_due, "annual_due": rule.annual.due, "change_days": rule.change.days_after_consent,
                "change_consent_role": given["role"] if given and rule.change.consent_role else None,
            }  # fmt: skip
            post = [p.action for p in rule.post_actions if given and p.when_supervisor == given["role"]]
            born = said | {"stage": "REGISTERED", "name_claim": case["name_claim"], "legal_claim": case["legal_claim"]}
            event = ("certificate_issued", said | {"plan": case["application"]["plan"], "post_actions": post})
            return Step([event], {"stage": "CERTIFIED", "uscc": form.uscc}, entered=born)

        return await change(id_, asked, form, ("DECIDED",), decide)

    @app.post(AT + "/{id_}:file")
    async def file(
        id_: str, asked: Annotated[Asked, Depends(by(*AUTHORITY))], form: Annotated[Filings, Depends(body(Filings))]
    ) -> Response:
        async def decide(case: Doc) -> Step:
            if set(form.filings) & set(case["filed"]):
                raise HTTPException(409, "already_on_file")
            if len(set(form.filings)) < len(form.filings):
                raise HTTPException(422, "filed_twice")
            uscc, filed, events = case["uscc"], list(case["filed"]), list[tuple[str, Doc]]()
            for filing in form.filings:
                filed = [*filed, filing]
                events.append(("filing_accepted", {"uscc": uscc, "filing": filing, "filed": filed}))
            if not set(rules_of(case).filings) <= set(filed):
                return Step(events, {"stage": "FILINGS_PENDING", "filed": filed})
            today = asked.today.isoformat()
            events.append(("registration_completed", {"uscc": uscc, "completed_on": today}))
            return Step(events, {"stage": "ACTIVE", "filed": filed}, activated={"uscc": uscc, "activated_on": today})

        return await change(id_, asked, form, ("CERTIFIED", "FILINGS_PENDING"), decide)

    return app
