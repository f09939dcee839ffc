"""What a search of the register looks at: the same queries, explained instead of answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registry.directory.public_list import ROWS
from services.registry.directory.search import AskedPage, found
from shared.mongo import Doc, Session, Store


@dataclass(frozen=True)
class Looked:
    """Entries of the index and rows that were looked at, rows that were found, and the stages of the plan."""

    entries: int
    rows: int
    found: int
    stages: frozenset[str]


class Explaining(Store):
    """A store whose list of associations says of every query what it looks at, and answers nothing; the tally answers as always."""

    seen: list[Looked]

    async def rows(self, collection: str, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (("_id", 1),), limit: int = 0,
                   session: Session = None, hint: Sequence[str] = ()) -> list[Doc]:  # fmt: skip
        if collection != ROWS:
            return await super().rows(collection, where, sort=sort, limit=limit, session=session, hint=hint)
        asked: Doc = {"find": collection, "filter": dict(where), "sort": dict(sort), "limit": limit, "hint": dict.fromkeys(hint, 1)}
        told = (await self.db.command({"explain": asked, "verbosity": "executionStats"}))["executionStats"]
        self.seen.append(
            Looked(told["totalKeysExamined"], told["totalDocsExamined"], told["nReturned"], frozenset(stages(told["executionStages"])))
        )
        return []


def stages(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan["stage"]
        for inner in plan.values():
            yield from stages(inner)
    elif isinstance(plan, list):
        for inner in plan:
            yield from stages(inner)


async def looked_at(uri: str, database: str, questions: Sequence[AskedPage]) -> list[Looked]:
    """What the first page of each of these questions looks at, in their order."""
    store = Explaining(uri, database)
    store.seen = []
    try:
        for asked in questions:
            await found(store, asked)
    finally:
        await store.close()
    return store.seen
