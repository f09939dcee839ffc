"""The same job by hand, without the kernel: what a careful programmer would write on FastAPI, aiokafka and motor.

Outbox in the document, relay woken after a write, intake in batches with an inbox and the read model in one transaction. Like the anchor it
has no identity check, no idempotency keys, no history, no dead letters, no metrics: it is the floor in Python, not a product.
"""

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import ValidationError
from pymongo import InsertOne, UpdateMany, UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError

from tests.bench.job import PATH, SOURCE, TOPIC, TYPE, Form


def store(uri: str, name: str) -> Any:
    return AsyncIOMotorClient(uri, tz_aware=True, w="majority", journal=True, readConcernLevel="majority")[name]


def register(mongo: str, kafka: str, prefix: str) -> FastAPI:
    rows, bell = store(mongo, f"{prefix}register").associations, asyncio.Event()

    async def relay() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all")
        await producer.start()
        while True:
            bell.clear()
            while docs := [d async for d in rows.find({"pending": {"$exists": True}}, {"outbox": 1}).sort("pending", 1).limit(500)]:
                events = [(d["_id"], e) for d in docs for e in d["outbox"]]
                sends = [
                    await producer.send(prefix + TOPIC, orjson.dumps(e["data"]), key=id_.encode(), headers=[
                        ("ce_specversion", b"1.0"), ("ce_id", e["id"].encode()), ("ce_type", TYPE.encode()), ("ce_source", SOURCE.encode()),
                        ("ce_subject", id_.encode()), ("ce_sequence", b"1"), ("ce_time", e["time"].encode())])
                    for id_, e in events
                ]  # fmt: skip
                await asyncio.gather(*sends)
                await rows.bulk_write([UpdateMany({"_id": {"$in": [d["_id"] for d in docs]}}, {"$unset": {"outbox": "", "pending": ""}})])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), 0.5)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await rows.create_index("name", unique=True)
        await rows.create_index([("district", 1), ("_id", 1)])
        await rows.create_index([("stage", 1), ("_id", 1)])
        await rows.create_index("pending", partialFilterExpression={"pending": {"$exists": True}})
        task = asyncio.create_task(relay())
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.post(PATH)
    async def register_association(request: Request) -> Response:
        try:
            form = Form.model_validate_json(await request.body())
        except ValidationError as error:
            raise HTTPException(422, error.errors(include_input=False, include_url=False)) from None
        now, id_ = datetime.now(UTC), str(uuid.uuid4())
        data = form.model_dump(mode="json") | {"registered_at": now.isoformat()}
        state = {"id": id_, "stage": "REGISTERED", **data}
        event = {"id": str(uuid.uuid4()), "time": now.isoformat(), "data": data}
        try:
            await rows.insert_one({"_id": id_, "version": 1, "stage": "REGISTERED", **data, "outbox": [event], "pending": now})
        except DuplicateKeyError:
            raise HTTPException(409, "there is already an association of this name") from None
        bell.set()
        return Response(orjson.dumps(state), 201, {"ETag": '"1"', "Location": f"{PATH}/{id_}"}, "application/json")

    return app


def directory(mongo: str, kafka: str, prefix: str) -> FastAPI:
    db = store(mongo, f"{prefix}directory")

    async def take_in(records: list[Any]) -> None:
        fresh = {dict(r.headers)["ce_id"].decode(): r for r in records}

        async def body(session: Any) -> None:
            known = {d["_id"] async for d in db.inbox.find({"_id": {"$in": list(fresh)}}, session=session)}
            if not (new := {k: r for k, r in fresh.items() if k not in known}):
                return
            rows = []
            for r in new.values():
                data = orjson.loads(r.value)
                row = {k: data[k] for k in ("name", "level", "district", "industries", "lead_enterprise", "registered_at")}
                rows.append(UpdateOne({"_id": r.key.decode()}, {"$set": row}, upsert=True))
            await db.inbox.bulk_write([InsertOne({"_id": k}) for k in new], ordered=True, session=session)
            await db.directory.bulk_write(rows, ordered=True, session=session)

        async with await db.client.start_session() as session:
            await session.with_transaction(body)

    async def intake() -> None:
        member = os.environ.get("GUILDHALL_POD_NAME")
        consumer = AIOKafkaConsumer(
            prefix + TOPIC, bootstrap_servers=kafka, group_id=f"{prefix}directory", auto_offset_reset="earliest", enable_auto_commit=False,
            isolation_level="read_committed", session_timeout_ms=10_000, heartbeat_interval_ms=1000, group_instance_id=member)  # fmt: skip
        await consumer.start()
        try:
            while True:
                batches = await consumer.getmany(timeout_ms=200, max_records=500)
                if records := [r for batch in batches.values() for r in batch]:
                    try:
                        await take_in(records)
                    except PyMongoError:  # nothing of it was kept: read the same again
                        for tp, batch in batches.items():
                            consumer.seek(tp, batch[0].offset)
                        await asyncio.sleep(0.2)
                        continue
                    await consumer.commit({TopicPartition(tp.topic, tp.partition): batch[-1].offset + 1 for tp, batch in batches.items()})
        finally:
            await consumer.stop()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for name in {"inbox", "directory"} - set(await db.list_collection_names()):
            await db.create_collection(name)
        await db.directory.create_index("district")
        task = asyncio.create_task(intake())
        yield
        task.cancel()

    return FastAPI(lifespan=lifespan)
