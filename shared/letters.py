"""Dead letters for operators: `guildhall letters list | show | redrive | release`, over one service's own database."""

from typing import Any

import orjson

from shared.engine import Engine
from shared.record import Refused

STATES = ("PARKED", "UNREADABLE", "REDRIVEN", "RELEASED")


async def listed(engine: Engine, states: tuple[str, ...] = ("PARKED", "UNREADABLE"), limit: int = 200) -> list[dict[str, Any]]:
    """The waiting letters, those of one record together and in their order; no content of any event."""
    rows = await engine.store.rows("letters", {"state": {"$in": list(states)}}, sort=[("key", 1), ("sequence", 1)], limit=limit)
    return [{"service": engine.service.name, "id": r["_id"], "state": r["state"], "key": r["key"], "sequence": r["sequence"], "type": r["type"],
             "reason": r["reason"], "where": r.get("where", ""), "parked_at": r["parked_at"].isoformat()} for r in rows]  # fmt: skip


async def shown(engine: Engine, id_: str) -> dict[str, Any]:
    """One letter whole, with the event's data: for the operator who has to mend it. Raises: Refused."""
    row = await engine.store.one("letters", id_)
    if row is None:
        raise Refused("not_found", f"no letter {id_} in {engine.service.name}", "没有该死信")
    return {n: v.decode("utf-8", "backslashreplace") if isinstance(v, bytes) else v for n, v in row.items()}


async def redriven(engine: Engine, key: str = "") -> list[dict[str, Any]]:
    """Hand parked letters in again, record by record in order; what still fails stays, with its new reason."""
    keys = [key] if key else sorted({r["key"] for r in await engine.store.rows("letters", {"state": "PARKED"})})
    told = []
    for one in keys:
        done, why = await engine.redrive(one)
        told.append({"key": one, "redriven": done, "stopped": why})
    return told


async def corrected(engine: Engine, id_: str, data: bytes, by: str) -> None:
    """Give a parked letter corrected data before it is redriven; what it was and who changed it stays beside it."""
    row = await engine.store.one("letters", id_)
    if row is None or row["state"] != "PARKED":
        raise Refused("not_parked", f"there is no waiting letter {id_}", "没有待处理的该死信")
    kept = {"data": row["data"], "by": by, "at": engine.now()}
    await engine.store.put("letters", id_, {"$set": {"data": orjson.loads(data)}, "$push": {"corrections": kept}})
