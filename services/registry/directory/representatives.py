"""The names of legal representatives, joined to the public list when it is read: they stand in no read model (`people/legal_name.py`)."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.registry.people.legal_name import legal_names
from shared.mongo import Store


async def with_names(store: Store, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the public list with the name of each legal representative, where it is entered; changed when the name was, if that is later."""
    rows = list(rows)
    found = await store.find(legal_names, {"id": [r["_id"] for r in rows], "stage": "NAMED"}) if rows else []
    known = {h.record.association: h for h in found}
    return [
        {**r, "legal_representative_name": k.record.name, "changed_at": max(r["changed_at"], k.changed_at)}
        if (k := known.get(r["_id"]))
        else dict(r)
        for r in rows
    ]
