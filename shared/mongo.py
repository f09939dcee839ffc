"""The store. The only module that knows motor and PyMongo.

One record is one document `{_id, version, schema, state, fired, due, calls, outbox, obx, …}`; one command is one insert or
one update guarded by the version, and its events leave with it. Commands that arrive together are written together. What hears other services needs a transaction: the
heads of what was heard and all effects of one batch commit together. motor is the default driver (as asked for);
`pymongo.AsyncMongoClient` stands behind the same seam, and one suite runs over both.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any, TypeVar

import bson
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, DeleteOne, IndexModel, InsertOne, ReturnDocument, UpdateOne
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
    WriteError,
    WTimeoutError,
)

from shared import metrics
from shared.record import Kind, Record, Refused, S, Stale
from shared.together import Together

Doc = dict[str, Any]
Session = Any  # the driver's client session; opaque to everybody else
T = TypeVar("T")
OUTAGES = (AutoReconnect, ConnectionFailure, ExecutionTimeout, NetworkTimeout, NotPrimaryError, WTimeoutError)
TRANSACTION_TRIES = 4  # the driver alone would go on for two minutes, and what is too big for its five seconds is so every time
PASSING = frozenset(
    {24, 112, 189, 251, 290}
)  # lock not had in time, write conflict, primary steps down, transaction gone, transaction outlived
SAFE: Doc = {"w": "majority", "journal": True, "readConcernLevel": "majority", "retryWrites": True, "tz_aware": True,
             "connectTimeoutMS": 2000, "heartbeatFrequencyMS": 1000, "serverSelectionTimeoutMS": 3000, "timeoutMS": 6000,
             "maxPoolSize": 100}  # fmt: skip
NAMESPACE_EXISTS = 48  # MongoDB's error code
BARE = {"outbox": 0}
PENDING_MAX = 200  # events of one record that may wait for Kafka before its commands answer 503
REFUSALS, REFUSALS_KEPT = "refusals", timedelta(days=190)  # the audit trail of refused authorisations: six months at least
TRIPS, TOGETHER_MAX = 4, 100  # writes to one collection under way at a time, and commands in one of them
DOCUMENT_MAX = 16 * 1024 * 1024  # bytes, MongoDB's own bound
DUPLICATE, UNGUARDED = 11000, 66
FORGOTTEN = frozenset({136, 222, 260, 280, 286})  # positions lost in a capped log, token not valid, change stream history lost
SHAKEN = frozenset({6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})  # the server was changing or leaving: outcome unknown
CALLS_KEPT, CALLS_MAX = timedelta(days=7), 500  # idempotency keys within the document; beyond, the history knows them


class Forgotten(Exception):
    """Changes since some moment can no longer be told one by one."""


class Taken(Stale):
    """What must be unique was free when the rule looked, and is not now: let the rule look again."""

    status = 409


class Busy(Refused):
    """Others have been at this record for too long; the caller should come back."""

    status = 503


class Full(Refused):
    """Events of this record wait for Kafka; the caller should come back."""

    status = 503


@dataclass(frozen=True)
class Held:
    """A record as it is kept: beside the state, what only the kernel needs to know."""

    record: Any
    version: int = 0
    fired: Mapping[str, datetime] = field(default_factory=dict)
    calls: Sequence[Doc] = ()
    raw: Doc = field(default_factory=dict)
    created: Doc = field(default_factory=dict)
    changed_at: datetime | None = None
    due: datetime | None = None
    opened_by: str = ""


@dataclass(frozen=True)
class Stamp:
    """What a write remembers of its call: identity, digest of the body (for repeated keys), role, organisation, time."""

    call: str
    role: str
    organisation: str
    now: datetime
    digest: str = ""


class Collections(dict[str, Any]):
    """The driver's collections, each made once: making one costs as much as encoding a record."""

    def __init__(self, db: Any) -> None:
        super().__init__()
        self.db = db

    def __missing__(self, name: str) -> Any:
        self[name] = self.db[name]
        return self[name]


class Mongo:
    """The seam: the same few calls over motor and over PyMongo Async."""

    def __init__(self, uri: str, database: str, driver: str = "motor") -> None:
        self.uri, self.driver, self.motor = uri, driver, driver == "motor"
        self.client: Any = AsyncIOMotorClient(uri, **SAFE) if self.motor else AsyncMongoClient(uri, **SAFE)
        self.db: Any = self.client[database]

    @cached_property
    def at(self) -> "Collections":
        return Collections(self.db)

    async def transaction(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run `body`; the driver repeats it after a transient error, so it must be repeatable.

        Raises: OUTAGES also where the driver gave up on what would pass by itself, so that nobody takes the event for the culprit."""
        tries = 0

        async def tried(session: Session) -> T:
            nonlocal tries
            tries += 1
            if tries > TRANSACTION_TRIES:
                raise AutoReconnect("the transaction was begun too often")
            return await body(session)

        async with self.session() as session:
            try:
                result: T = await session.with_transaction(tried)
            except OperationFailure as error:
                if not isinstance(error, OUTAGES) and (error.code in PASSING or error.has_error_label("TransientTransactionError")):
                    raise AutoReconnect(f"the transaction did not come through: {error.code}") from error
                raise
            return result

    @asynccontextmanager
    async def session(self, **options: Any) -> AsyncIterator[Session]:
        """A session of the driver. Raises: OUTAGES where a connection was opened while its server was in no state to have any; such a connection
        stays unfit for ever, so it is let go with the others of its pool."""
        opened = await self.client.start_session(**options) if self.motor else self.client.start_session(**options)
        async with opened:
            try:
                yield opened
            except ConfigurationError as error:
                await self.let_connections_go()
                raise AutoReconnect("a connection from before its server was ready") from error

    async def let_connections_go(self) -> None:
        """New connections from here on; those in use end when they are given back."""
        client = self.client.delegate if self.motor else self.client
        for server in list(client._topology._servers.values()):
            letting_go = server.pool.reset_without_pause()
            if letting_go is not None:
                await letting_go

    async def watch(self, pipeline: list[Doc]) -> Any:
        stream = self.db.watch(pipeline)
        return stream if self.motor else await stream

    async def close(self) -> None:
        closing = self.client.close()
        if closing is not None:
            await closing


class Store(Mongo):
    """The records, read models, heads and letters of one service, in its own database."""

    # ── set-up ────────────────────────────────────────────────────────────────────────────────────
    async def prepare(self, kinds: Iterable[Kind[Any, Any]], indexes: Mapping[str, Sequence[Any]] | None = None) -> None:
        """Create collections and indexes; asking twice changes nothing.

        Of a read model, an index is a field, several, or `{field: age}`: rows are gone when the moment in it is so long ago."""
        kinds = list(kinds)
        names = {n for k in kinds for n in (k.collection, f"{k.collection}.history")} | {
            "heads",
            "letters",
            "fanouts",
            "meta",
            REFUSALS,
            *(indexes or {}),
        }
        for name in names - set(await self.db.list_collection_names()):
            try:
                await self.db.create_collection(name, check_exists=False)
            except OperationFailure as error:  # another replica, starting at the same moment, has just made it
                if error.code != NAMESPACE_EXISTS:
                    raise
        await self.at["letters"].create_indexes([IndexModel([("state", 1), ("key", 1), ("sequence", 1)])])
        await self.at[REFUSALS].create_indexes([IndexModel([("at", 1)], expireAfterSeconds=int(REFUSALS_KEPT.total_seconds()))])
        for kind in kinds:
            partial = [IndexModel([(hint, 1)], partialFilterExpression={hint: {"$exists": True}}) for hint in ("due", "obx")]
            lists = [IndexModel([(f"state.{n}", 1), ("_id", 1)]) for n in ("stage", *kind.index)]
            unique = [
                IndexModel([(f"state.{n}", 1) for n in names_], unique=True, name="unique_" + "_".join(names_),
                           partialFilterExpression={f"state.{n}": {"$type": ["string", "int", "long"]} for n in names_})
                for names_ in kind.unique
            ]  # fmt: skip
            opened = [IndexModel([("opened_by", 1)], unique=True)]
            await self.at[kind.collection].create_indexes([*partial, *lists, *unique, *opened])
            await self.at[f"{kind.collection}.history"].create_indexes(
                [IndexModel([("subject", 1), ("sequence", 1)], unique=True), IndexModel([("call", 1)])]
            )
        for name, wanted in (indexes or {}).items():
            for fields in wanted:
                if isinstance(fields, Mapping):
                    for field, age in fields.items():
                        await self.at[name].create_index([(field, 1)], expireAfterSeconds=int(age.total_seconds()))
                else:
                    await self.at[name].create_index([(f, 1) for f in ((fields,) if isinstance(fields, str) else fields)])

    async def refusals(self) -> list[str]:
        """What makes this MongoDB unsafe to stand on, each as a sentence; empty when all is well."""
        hello = await self.client.admin.command("hello")
        found = [] if hello.get("setName") else ["MongoDB is not a replica set: transactions and majority writes need one"]
        limit = await self._parameter("transactionLifetimeLimitSeconds")
        if limit is not None and limit > 10:
            found.append(
                f"mongod transactionLifetimeLimitSeconds is {limit}: a killed worker would block records that long; set it to 10 or less"
            )
        concern = self.client.write_concern.document.get("w")
        if concern != "majority":
            found.append(f"MongoDB write concern is w={concern}: acknowledged commands could be lost; it must be majority")
        return found

    async def _parameter(self, name: str) -> Any:
        try:
            return (await self.client.admin.command({"getParameter": 1, name: 1}))[name]
        except OperationFailure as error:
            if error.code in (13, 31):  # not allowed to ask: the operator's doctor does
                return None
            raise

    # ── one record ────────────────────────────────────────────────────────────────────────────────
    async def load(self, kind: Kind[S, Any], id_: str, session: Session = None) -> Held | None:
        if session is not None:
            doc: Doc | None = await self.at[kind.collection].find_one({"_id": id_}, BARE, session=session)
        else:
            doc = await self.together(kind, "load").join(id_)
        return held(kind, doc) if doc else None

    async def _load(self, collection: str, ids: list[str]) -> list[Doc | None]:
        if len(ids) == 1:
            return [await self.at[collection].find_one({"_id": ids[0]}, BARE)]
        found = {doc["_id"]: doc for doc in await self.at[collection].find({"_id": {"$in": ids}}, BARE).to_list(None)}
        return [found.get(id_) for id_ in ids]

    async def known(self, kind: Kind[Any, Any], ids: Sequence[str], session: Session = None) -> frozenset[str]:
        """Which of these records there are."""
        found = await self.at[kind.collection].find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=session).to_list(None)
        return frozenset(doc["_id"] for doc in found)

    async def opened(self, kind: Kind[S, Any], call: str) -> list[Held]:
        """The records a call has opened, in its order."""
        cursor = self.at[kind.collection].find({"opened_by": {"$gte": f"{call}/", "$lt": f"{call}0"}}, BARE)
        found = [held(kind, doc) async for doc in cursor]
        return sorted(found, key=lambda h: int(h.opened_by.rsplit("/", 1)[1]))

    def insertion(self, kind: Kind[S, Any], record: S, letters: Sequence[Doc], stamp: Stamp, nth: int) -> tuple[Held, Doc]:
        """The document of a new record, not yet written."""
        due = next((t for t, _ in kind.clocks(record, {})), None)
        state = record.model_dump(mode="json")
        call = {"id": stamp.call, "digest": stamp.digest, "version": len(letters), "at": stamp.now}
        doc: Doc = {"_id": record.id, "version": len(letters), "schema": kind.state.schema_version, "state": state, "fired": {},
                    "created": {"at": stamp.now, "role": stamp.role, "organisation": stamp.organisation}, "changed_at": stamp.now,
                    "opened_by": f"{stamp.call}/{nth}", "calls": [call], "outbox": list(letters), "obx": datetime.now(UTC)}  # fmt: skip
        if due:
            doc["due"] = due
        return Held(record, len(letters), {}, [call], state, doc["created"], stamp.now, due, doc["opened_by"]), doc

    def change(self, kind: Kind[S, Any], before: Held, record: S, letters: Sequence[Doc], stamp: Stamp,
               fired: Mapping[str, datetime]) -> tuple[Held, Doc]:  # fmt: skip
        """The update that carries new state, events, key and next due time in one write, not yet written."""
        due = next((t for t, _ in kind.clocks(record, fired)), None)
        state = record.model_dump(mode="json")
        changes: Doc = {f"state.{n}": v for n, v in state.items() if n not in before.raw or v != before.raw[n]}
        changes |= {"fired": dict(fired), "schema": kind.state.schema_version}
        update: Doc = {"$set": changes | ({"due": due} if due else {})}
        if not due:
            update["$unset"] = {"due": ""}
        version, calls = before.version + len(letters), list(before.calls)
        if letters:
            calls = [c for c in calls if stamp.now - c["at"] < CALLS_KEPT][-CALLS_MAX + 1 :]
            calls.append({"id": stamp.call, "digest": stamp.digest, "version": version, "at": stamp.now})
            update["$set"] |= {"calls": calls, "changed_at": stamp.now}
            update |= {"$inc": {"version": len(letters)}, "$min": {"obx": datetime.now(UTC)}, "$push": {"outbox": {"$each": list(letters)}}}
        changed = stamp.now if letters else before.changed_at
        return Held(record, version, fired, calls, state, before.created, changed, due, before.opened_by), update

    async def insert(self, kind: Kind[Any, Any], docs: Sequence[Doc]) -> None:
        """Write new records: all of them or none. Raises: Taken when an identity or a unique value exists already."""
        rows = self.at[kind.collection]
        try:
            if len(docs) == 1:
                await self.together(kind, "insert").join(encoded(docs[0]))
            else:
                await self.transaction(lambda session: rows.insert_many(list(docs), session=session))
        except (DuplicateKeyError, BulkWriteError) as error:
            raise await self.collision(kind, error, docs) from error

    async def update(self, kind: Kind[Any, Any], before: Held, update: Doc) -> None:
        """Write one change. Raises: Stale, Taken, Full."""
        guard = {"_id": before.record.id, "version": before.version, f"outbox.{PENDING_MAX - 1}": {"$exists": False}}
        # A bulk write says how many updates found their document, not which. So a guard that finds none tries to insert, with an
        # identity that may not be: never written, and refused in its own place among the answers.
        change = encoded(update | {"$setOnInsert": {"_id": None}})
        try:
            await self.together(kind, "update").join((guard, change))
        except DuplicateKeyError as error:
            raise await self.collision(kind, error) from error
        except WriteError as error:
            if error.code != UNGUARDED:
                raise
            doc = await self.at[kind.collection].find_one({"_id": before.record.id}, {"version": 1})
            if doc and doc["version"] == before.version:
                raise Full(
                    "outbox_full", "events of this record wait for Kafka; try again shortly", "该记录的事件尚待发送，请稍后再试"
                ) from None
            raise Stale("changed_meanwhile", "changed meanwhile; read it again", "记录已被他人更改，请重新读取") from None

    async def collision(self, kind: Kind[Any, Any], error: PyMongoError, docs: Sequence[Doc] = ()) -> PyMongoError | Taken:
        """What a duplicate means: taken, by somebody or by another of the new `docs`; or unknown as yet, when a write that no majority has
        confirmed, and that may be undone, holds it."""
        first = refusal_of(error)
        if first.get("code", DUPLICATE) != DUPLICATE:
            return error
        value = first.get("keyValue")
        among_themselves = value and sum(all(dig(doc, path) == v for path, v in value.items()) for doc in docs) > 1
        if value and not among_themselves and await self.at[kind.collection].find_one(value, {"_id": 1}) is None:
            return WTimeoutError("held by a write that is not confirmed by the majority", 64, first)
        return taken(kind, first)

    def together(self, kind: Kind[Any, Any], what: str) -> Together[Any, Any]:
        """Where those who want the same of one collection meet: one command to mongod, one wait for the majority, many outcomes."""
        found = self._together.get((kind.collection, what))
        if found is None:
            carry: Any = partial(self._load if what == "load" else partial(self._write, what), kind.collection)
            found = self._together[kind.collection, what] = Together(carry, trips=TRIPS, most=TOGETHER_MAX)
        return found

    @cached_property
    def _together(self) -> dict[tuple[str, str], Together[Any, Any]]:
        return {}

    async def _write(self, what: str, collection: str, asked: list[Any]) -> list[Exception | None]:
        rows = self.at[collection]
        metrics.TOGETHER.observe(len(asked))
        try:
            if len(asked) > 1:
                bulk = [InsertOne(doc) for doc in asked] if what == "insert" else [UpdateOne(g, c, upsert=True) for g, c in asked]
                await rows.bulk_write(bulk, ordered=False)
            elif what == "insert":  # alone: the driver has less to do
                await rows.insert_one(asked[0])
            else:
                await rows.update_one(*asked[0], upsert=True)
        except BulkWriteError as error:
            return outcomes(error.details or {}, len(asked))
        except WriteError as error:
            return outcomes({"writeErrors": [error.details]}, 1)
        except WriteConcernError as error:
            return outcomes({"writeConcernErrors": [error.details]}, 1)
        return [None] * len(asked)

    # ── many records ──────────────────────────────────────────────────────────────────────────────
    async def find(self, kind: Kind[S, Any], where: Mapping[str, Any], *, after: str = "", limit: int = 0, newest: bool = False,
                   session: Session = None) -> list[Held]:  # fmt: skip
        """Records whose state fields equal `where` (a list means any of), in order of id; limit 0 means all."""
        query = conditions(where, kind.key)
        if after:
            query = {"$and": [query, {"_id": {"$lt" if newest else "$gt": after}}]}
        cursor = self.at[kind.collection].find(query, BARE, session=session).sort("_id", -1 if newest else 1).limit(limit)
        return [held(kind, doc) for doc in await cursor.to_list(None)]

    async def count(self, kind: Kind[Any, Any], where: Mapping[str, Any]) -> int:
        return int(await self.at[kind.collection].count_documents(conditions(where, kind.key)))

    async def due(self, kind: Kind[S, Any], now: datetime, limit: int = 200) -> list[Held]:
        cursor = self.at[kind.collection].find({"due": {"$lte": now}}, BARE).sort("due", 1).limit(limit)
        return [held(kind, doc) for doc in await cursor.to_list(None)]

    async def postpone(self, kind: Kind[Any, Any], id_: str, until: datetime | None) -> None:
        """Set when a record is looked at next, without touching its state."""
        await self.at[kind.collection].update_one({"_id": id_}, {"$set": {"due": until}} if until else {"$unset": {"due": ""}})

    async def told(self, kind: Kind[Any, Any], id_: str) -> list[Doc]:
        """Every event of a record in order: the history, and behind it what still waits in the outbox."""
        row = await self.at[kind.collection].find_one({"_id": id_}, {"outbox": 1})
        told: list[Doc] = [doc async for doc in self.at[f"{kind.collection}.history"].find({"subject": id_}).sort("sequence", 1)]
        last = told[-1]["sequence"] if told else 0
        return told + [e for e in (row or {}).get("outbox", ()) if e["sequence"] > last]

    async def told_by(self, kind: Kind[Any, Any], id_: str, call: str) -> Doc | None:
        """The last event a call has told of a record, when its key has left the document long ago. The outbox is asked first: what leaves
        it meanwhile is in the history by then."""
        row = await self.at[kind.collection].find_one({"_id": id_}, {"outbox": 1})
        if waiting := [e for e in (row or {}).get("outbox", ()) if e["call"] == call]:
            return dict(waiting[-1])
        found: Doc | None = await self.at[f"{kind.collection}.history"].find_one({"subject": id_, "call": call}, sort=[("sequence", -1)])
        return found

    # ── outbox ────────────────────────────────────────────────────────────────────────────────────
    async def pending(self, kind: Kind[Any, Any], older_than: float = 0.0, limit: int = 250) -> list[Doc]:
        """Records with events to send, oldest first; `older_than` seconds leaves fresh ones to the process that wrote them."""
        ripe = {"obx": {"$exists": True, "$lte": datetime.now(UTC) - timedelta(seconds=older_than)}}
        found: list[Doc] = await self.at[kind.collection].find(ripe, {"outbox": 1}).sort("obx", 1).limit(limit).to_list(None)
        return found

    async def settle(self, kind: Kind[Any, Any], docs: Sequence[Doc]) -> None:
        """History first, then the outbox: a crash between the two repeats, and never forgets."""
        try:
            await self.at[f"{kind.collection}.history"].insert_many([e for d in docs for e in d["outbox"]], ordered=False)
        except BulkWriteError as error:
            already_there(error)
        rows, alone = self.at[kind.collection], [d for d in docs if len(d["outbox"]) == 1]
        left = [d for d in docs if len(d["outbox"]) != 1]
        if alone:  # by far the most: what holds nothing but one event, and that is settled, is emptied in one statement for all
            sent = [d["outbox"][0]["_id"] for d in alone]
            only = {"_id": {"$in": [d["_id"] for d in alone]}, "outbox": {"$size": 1}, "outbox._id": {"$in": sent}}
            emptied = await rows.update_many(only, {"$set": {"outbox": []}, "$unset": {"obx": ""}})
            if emptied.matched_count < len(alone):  # some have told more since, or were settled before: each by itself
                left += alone
        if left:
            await rows.bulk_write([UpdateOne({"_id": d["_id"]}, settled([e["_id"] for e in d["outbox"]])) for d in left], ordered=False)

    async def backlog(self, kinds: Iterable[Kind[Any, Any]]) -> tuple[int, float]:
        """Records with unsent events, and the age of the oldest in seconds."""
        count, oldest = 0, datetime.now(UTC)
        for kind in kinds:
            rows = self.at[kind.collection]
            count += await rows.count_documents({"obx": {"$exists": True}})
            if first := await rows.find_one({"obx": {"$exists": True}}, {"obx": 1}, sort=[("obx", 1)]):
                oldest = min(oldest, first["obx"])
        return count, (datetime.now(UTC) - oldest).total_seconds()

    async def changes(self) -> AsyncIterator[str]:
        """Collections in which another process has written events: a doorbell, never the truth."""
        seen: list[Doc] = [{"$match": {"operationType": {"$in": ["insert", "update"]}, "$or": [
            {"fullDocument.obx": {"$exists": True}}, {"updateDescription.updatedFields.obx": {"$exists": True}},
            {"updateDescription.updatedFields.version": {"$exists": True}}]}}, {"$project": {"ns": 1}}]  # fmt: skip
        async with await self.watch(seen) as stream:
            async for change in stream:
                yield change["ns"]["coll"]

    async def follow(self, collection: str, after: Doc | None = None, *, idle_ms: int = 1000) -> AsyncGenerator[tuple[str, str, Doc], None]:
        """Changes of a read model once a majority has them: id, cluster time, and the token to go on from; an empty id when nothing happens for `idle_ms`.

        Raises: Forgotten where the server no longer knows what followed `after`."""
        seen: list[Doc] = [{"$project": {"documentKey": 1, "clusterTime": 1}}]
        stream = self.at[collection].watch(seen, max_await_time_ms=idle_ms, **({"resume_after": after} if after else {}))
        try:
            async with stream if self.motor else await stream as changes:
                while changes.alive:
                    change = await changes.try_next()
                    if change is None:
                        yield "", "", changes.resume_token
                    elif "documentKey" in change:
                        at = change["clusterTime"]
                        yield str(change["documentKey"]["_id"]), f"{at.time}.{at.inc}", change["_id"]
        except OperationFailure as error:
            if error.code in FORGOTTEN:
                raise Forgotten(f"changes of {collection} are no longer known: {error.code}") from error
            raise

    # ── read models and plain rows ────────────────────────────────────────────────────────────────
    async def rows(self, collection: str, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (("_id", 1),), limit: int = 0,
                   session: Session = None, hint: Sequence[str] = ()) -> list[Doc]:  # fmt: skip
        """`hint` names the fields of the index that is to answer, where the planner's guess would cost too much."""
        cursor = self.at[collection].find(dict(where), session=session).sort(list(sort)).limit(limit)
        return [doc async for doc in (cursor.hint([(f, 1) for f in hint]) if hint else cursor)]

    async def stream(self, collection: str, where: Mapping[str, Any], *, batch: int = 500) -> AsyncIterator[Doc]:
        """Every row that matches, in order of id and as all of them were at one moment; holds one batch in memory."""
        async with self.session(snapshot=True) as session:
            async for doc in self.at[collection].find(dict(where), session=session).sort("_id", 1).batch_size(batch):
                yield doc

    async def one(self, collection: str, id_: str, session: Session = None) -> Doc | None:
        found: Doc | None = await self.at[collection].find_one({"_id": id_}, session=session)
        return found

    async def tally(self, collection: str, where: Mapping[str, Any]) -> int:
        return int(await self.at[collection].count_documents(dict(where)))

    async def put(self, collection: str, id_: str, change: Doc, *, upsert: bool = True) -> None:
        await self.at[collection].update_one({"_id": id_}, change, upsert=upsert)

    async def append(self, collection: str, docs: Sequence[Doc]) -> int:
        """Insert rows in order until one's identity is taken; returns how many went in."""
        try:
            await self.at[collection].insert_many(list(docs), ordered=True)
        except BulkWriteError as error:
            return already_there(error)
        return len(docs)

    async def remove(self, collection: str, where: Mapping[str, Any]) -> int:
        return int((await self.at[collection].delete_many(dict(where))).deleted_count)

    async def claim(self, collection: str, where: Mapping[str, Any], change: Doc) -> Doc | None:
        """Change one row that matches and return it as it is then; of several claimants one gets it."""
        found: Doc | None = await self.at[collection].find_one_and_update(dict(where), change, return_document=ReturnDocument.AFTER)
        return found

    async def group(self, collection: str, pipeline: Sequence[Doc], *, hint: Sequence[str] = ()) -> list[Doc]:
        chosen = {"hint": dict.fromkeys(hint, 1)} if hint else {}
        cursor = self.at[collection].aggregate(list(pipeline), **chosen)
        return [doc async for doc in (cursor if self.motor else await cursor)]

    async def bulk(self, collection: str, operations: Sequence[Any], session: Session) -> None:
        await self.at[collection].bulk_write(list(operations), ordered=True, session=session)

    async def identity(self, collection: str) -> str:
        """What tells a collection from one of the same name after a drop or in another database; "" while there is none."""
        found = await self.db.list_collections(filter={"name": collection})
        infos = [info async for info in found]
        return infos[0]["info"]["uuid"].hex() if infos else ""

    async def ping(self) -> None:
        await self.client.admin.command("ping")

    async def drop(self) -> None:
        if not re.match(r"(test|bench|demo)_", self.db.name):
            raise RuntimeError("only a test, bench or demo database may be dropped")
        await self.client.drop_database(self.db.name)


def insert_row(doc: Doc) -> Any:
    return InsertOne(doc)


def update_row(id_: str, change: Any, *, upsert: bool = False) -> Any:
    return UpdateOne({"_id": id_}, change, upsert=upsert)


def delete_row(id_: str) -> Any:
    return DeleteOne({"_id": id_})


def conditions(where: Mapping[str, Any], key: Sequence[str] = ()) -> Doc:
    """Equality only: no client value ever becomes an operator (reliability B1). A natural key of one field is asked for as the id it is,
    which is indexed."""
    identity = key[0] if len(key) == 1 and "id" not in where else "id"

    def asked(name: str, value: Any) -> Any:
        return str(value) if name == identity and value is not None else value

    return {
        ("_id" if n == identity else f"state.{n}"): {"$in": [asked(n, x) for x in v]}
        if isinstance(v, list | tuple)
        else {"$eq": asked(n, v)}
        for n, v in where.items()
    }


def settled(ids: Sequence[str]) -> list[Doc]:
    keep = {"$filter": {"input": "$outbox", "cond": {"$not": {"$in": ["$$this._id", list(ids)]}}}}
    return [{"$set": {"outbox": keep}}, {"$set": {"obx": {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", "$obx"]}}}]


def encoded(doc: Doc) -> RawBSONDocument:
    """As it will be sent. Raises here, not among others, what BSON cannot carry."""
    raw = bson.encode(doc)
    if len(raw) > DOCUMENT_MAX:
        raise DocumentTooLarge(f"{len(raw)} bytes are too many for one document")
    return RawBSONDocument(raw)


def outcomes(details: Mapping[str, Any], count: int) -> list[Exception | None]:
    """What became of each of `count` writes. Written but not by the majority is unknown, as is what a departing server broke off."""
    found: list[Exception | None] = [unconfirmed(details)] * count
    for e in details.get("writeErrors", ()):
        if e["code"] in SHAKEN:
            found[e["index"]] = NotPrimaryError(e["errmsg"], e)
        else:
            found[e["index"]] = (DuplicateKeyError if e["code"] == DUPLICATE else WriteError)(e["errmsg"], e["code"], e)
    return found


def unconfirmed(details: Mapping[str, Any]) -> WTimeoutError | None:
    """What a bulk write says of rows that were written, and not by the majority."""
    unsure = details.get("writeConcernErrors")
    return WTimeoutError("not confirmed by the majority", 64, unsure[0]) if unsure else None


def already_there(error: BulkWriteError) -> int:
    """How many rows went in where the others were there before. Raises: what else went wrong. Rows of which no majority is known, new ones
    or those found, may be undone by a change of primary: whoever wrote them has to write them again."""
    details: Any = error.details or {}
    if any(e["code"] != DUPLICATE for e in details.get("writeErrors", ())):
        raise error
    if unsure := unconfirmed(details):
        raise unsure from error
    return int(details.get("nInserted", 0))


def dig(doc: Any, path: str) -> Any:
    """What stands at a path such as `state.claim`."""
    for part in path.split("."):
        doc = doc.get(part) if isinstance(doc, Mapping) else None
    return doc


def refusal_of(error: PyMongoError) -> Doc:
    """The first refusal an error of a write speaks of."""
    details: Any = getattr(error, "details", None) or {}
    return next(iter(details.get("writeErrors", [details])), details)


def taken(kind: Kind[Any, Any], refusal: Doc) -> Taken:
    fields = ", ".join(n.removeprefix("state.") for n in refusal.get("keyPattern", {}))
    return Taken(
        "already_exists",
        f"there is already such a record ({kind.title}: {fields})",
        f"已存在相同的记录（{kind.title}：{fields}）",
        fields=fields,
    )


# What was read last and the record it made. A record is a pure function of its state and never changes, so the same state need not be
# made one again: rules read their neighbours in every command, and making them was a quarter of what a registration costs.
READ: dict[tuple[str, str], tuple[tuple[type[Record], int, Doc], Record]] = {}
READ_KEPT = 2048


def read_back(kind: Kind[Any, Any], doc: Mapping[str, Any]) -> Record:
    """The record a stored state describes, an older one made to fit first."""
    state = dict(doc["state"])
    for version in range(doc.get("schema", 1), kind.state.schema_version):
        state = kind.state_upcasts[version](state)
    record: Record = kind.state.model_validate(state)
    return record


def held(kind: Kind[S, Any], doc: Mapping[str, Any]) -> Held:
    raw, at = doc["state"], (kind.name, doc["_id"])
    read = kind.state, doc.get("schema", 1), raw
    known = READ.get(at)
    if known is None or known[0] != read:
        READ.pop(at, None)
        READ[at] = known = read, read_back(kind, doc)
        if len(READ) > READ_KEPT:
            del READ[next(iter(READ))]
    record: Record = known[1]
    return Held(
        record, doc["version"], doc["fired"], doc["calls"], raw, doc["created"], doc["changed_at"], doc.get("due"), doc["opened_by"]
    )
