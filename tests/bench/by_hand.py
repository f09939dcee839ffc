"""The sample command written by hand, without the kernel: what a careful programmer would write on FastAPI and motor.

Same duties as `library.lend`: bearer token, strict JSON within 256 KiB, a closed form, role, idempotency key, a unique claim, one document
with state, outbox and next due time, ETag and Location; and a relay of its own to Kafka with history. Nothing else: no list, no
history route, no clock, no documentation.
"""

import asyncio
import contextlib
import hashlib
import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
import structlog
from aiokafka import AIOKafkaProducer
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel, ConfigDict, Field
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.auth import Verifier
from shared.http import BODY_MAX, strict_json

TOPIC = os.environ.get("GUILDHALL_PREFIX", "") + "library.loans.v1"


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    book: Annotated[str, Field(min_length=1, max_length=2000)]
    days: Annotated[int, Field(ge=1, le=60)] = 14


def build(verifier: Verifier, mongo: str, kafka: str, database: str) -> FastAPI:
    client: Any = AsyncIOMotorClient(mongo, tz_aware=True, w="majority", journal=True, readConcernLevel="majority")
    rows, history, bell = client[database]["loans"], client[database]["loans.history"], asyncio.Event()

    async def relay() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all")
        await producer.start()
        while True:
            bell.clear()
            while docs := [d async for d in rows.find({"obx": {"$exists": True}}, {"outbox": 1}).sort("obx", 1).limit(250)]:
                sent = []
                for doc in docs:
                    for e in doc["outbox"]:
                        head = [(n, str(e[n]).encode()) for n in ("type", "subject", "sequence", "time", "correlation")]
                        sent.append(
                            await producer.send(
                                TOPIC, orjson.dumps(e["data"]), key=doc["_id"].encode(), headers=[("ce_id", e["_id"].encode()), *head]
                            )
                        )
                await asyncio.gather(*sent)
                with contextlib.suppress(BulkWriteError):
                    await history.insert_many([e for d in docs for e in d["outbox"]], ordered=False)
                await rows.bulk_write([UpdateOne({"_id": d["_id"]}, [
                    {"$set": {"outbox": {"$filter": {"input": "$outbox", "cond": {"$not": {"$in": ["$$this._id", [e["_id"] for e in d["outbox"]]]}}}}}},
                    {"$set": {"obx": {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", "$obx"]}}}]) for d in docs], ordered=False)  # fmt: skip
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), 1.0)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        await rows.create_index("obx", partialFilterExpression={"obx": {"$exists": True}})
        await rows.create_index("due", partialFilterExpression={"due": {"$exists": True}})
        await rows.create_index("state.claim", unique=True, partialFilterExpression={"state.claim": {"$type": "string"}})
        for field in ("state.stage", "state.book", "state.reader"):
            await rows.create_index([(field, 1), ("_id", 1)])
        await rows.create_index("call", unique=True)
        await history.create_index([("subject", 1), ("sequence", 1)], unique=True)
        await history.create_index("call")
        task = asyncio.create_task(relay())
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    async def who(authorization: Annotated[str | None, Header()] = None) -> Any:
        caller = await verifier.identify(authorization)
        if caller.role != "ENTERPRISE":
            raise HTTPException(403, "not allowed")
        return caller

    async def form(request: Request) -> Form:
        body = await request.body()
        if len(body) > BODY_MAX:
            raise HTTPException(413, "too large")
        strict_json(body)
        return Form.model_validate_json(body)

    @app.post("/library/loans", status_code=201)
    async def lend(
        form: Annotated[Form, Depends(form)], caller: Annotated[Any, Depends(who)], idempotency_key: Annotated[str | None, Header()] = None
    ) -> JSONResponse:
        structlog.contextvars.bind_contextvars(role=caller.role)
        now = datetime.now(UTC)
        call = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{caller.subject}/{idempotency_key}")) if idempotency_key else str(uuid.uuid4())
        digest = hashlib.blake2b(form.model_dump_json().encode(), digest_size=16).hexdigest()
        if idempotency_key and (before := await rows.find_one({"call": call})):
            if before["digest"] != digest:
                raise HTTPException(422, "key reused")
            return JSONResponse({"id": before["_id"], **before["state"]}, 201)
        others = [
            d async for d in rows.find({"state.book": form.book, "state.stage": {"$in": ["LENT", "LATE"]}}, {"outbox": 0}).sort("_id", 1)
        ]
        if len(others) > 3:
            raise HTTPException(409, "all lent")
        id_, due = str(uuid.uuid4()), now + timedelta(days=form.days)
        state = {
            "id": id_,
            "stage": "LENT",
            "book": form.book,
            "reader": caller.organisation,
            "claim": f"{form.book}/{len(others)}",
            "due": due.isoformat(),
            "marks": [],
            "since": None,
        }
        event = {"_id": str(uuid.uuid5(uuid.UUID(call), f"{id_}/1")), "type": "library.loans.book_lent.v1", "subject": id_, "sequence": 1, "time": now.isoformat(),
                 "recorded": now.isoformat(), "actor": {"role": caller.role, "organisation": caller.organisation}, "call": call, "correlation": call,
                 "data": {k: state[k] for k in ("book", "reader", "claim", "due", "since")}}  # fmt: skip
        try:
            await rows.insert_one(
                {
                    "_id": id_,
                    "version": 1,
                    "state": state,
                    "call": call,
                    "digest": digest,
                    "due": due,
                    "created": now,
                    "outbox": [event],
                    "obx": now,
                }
            )
        except DuplicateKeyError:
            raise HTTPException(409, "taken") from None
        bell.set()
        return JSONResponse(state, 201, {"ETag": '"1"', "Location": f"/library/loans/{id_}"})

    return app
