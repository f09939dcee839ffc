"""What operators ask of the index, and what they are told: `python -m services index status|rebuild`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.matchmaking.index.live import ORDERS
from shared.mongo import Store

GONE = timedelta(minutes=2)  # without a sign of life a process has ended


async def order_rebuild(store: Store, now: datetime, unlike: bool = False) -> int:
    """Every process builds its index anew beside the one in use, and switches when both say the same; with `unlike`, in any case.

    Returns the number of the order."""
    order = await store.claim(ORDERS, {"_id": "order"}, {"$inc": {"number": 1}, "$set": {"at": now, "unlike": unlike}})
    if order is None:
        await store.put(ORDERS, "order", {"$inc": {"number": 1}, "$set": {"at": now, "unlike": unlike}})
        order = await store.one(ORDERS, "order") or {"number": 1}
    return int(order["number"])


async def told(store: Store) -> list[dict[str, Any]]:
    """Each process: which generation it answers from, by which versions, how far that has come, and how its last rebuild went."""
    return [row for row in await store.rows(ORDERS, {}) if row["_id"] != "order"]


def progress(row: dict[str, Any]) -> str:
    """How far a process is, in a line."""
    if row.get("state") == "FAILED":
        return f"{row['_id']}: {'; '.join(row.get('said', ()))}; it is tried again"
    return f"{row['_id']}: {row.get('done', 0)} of {row.get('total', '?')}"


async def outstanding(store: Store, number: int) -> list[dict[str, Any]]:
    """Processes that have not carried out this order yet, of those that have given a sign of life."""
    since = datetime.now(UTC) - GONE
    return [row for row in await told(store) if row.get("order", 0) < number and row.get("seen_at", since) > since]
