"""What the rules fetch before they decide, from a store that answers as the real one would be asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from services.evaluation.rating import application as rules
from services.evaluation.rating.application import RUNNING, applications
from services.evaluation.rating.round import rounds, still_running
from shared.record import Kind
from tests.evaluation.cases import ASSOCIATION, Case, a_call, a_round


@dataclass
class Shelf:
    """Keeps records and rows, and every question."""

    records: dict[str, list[Any]] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def find(self, kind: Kind[Any, Any], **equal: Any) -> list[Any]:
        self.asked.append((kind.name, equal))
        wanted = {n: v if isinstance(v, tuple) else (v,) for n, v in equal.items()}
        return [r for r in self.records.get(kind.name, []) if all(getattr(r, n) in v for n, v in wanted.items())]

    async def get(self, kind: Kind[Any, Any], id: str) -> Any:
        return next((r for r in self.records.get(kind.name, []) if r.id == id), None)

    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]:
        self.asked.append((collection, equal))
        return [row for row in self.kept if all(row[n] == v for n, v in equal.items())]


@dataclass(frozen=True)
class Form:
    round: str = "2026-1"


CALL = a_call("ASSOCIATION", ASSOCIATION)


def test_the_round_an_application_names_and_none_for_a_round_nobody_opened() -> None:
    shelf = Shelf({rounds.name: [a_round()]})
    assert asyncio.run(rules.named_round(shelf, CALL, None, Form())) == [a_round()]
    assert asyncio.run(rules.named_round(shelf, CALL, None, Form("2026-2"))) == []


def test_ones_own_earlier_applications_in_the_round_by_their_stage() -> None:
    mine, other = Case().record, Case().record.model_copy(update={"association": "another"})
    assert asyncio.run(rules.earlier_stages(Shelf({applications.name: [mine, other]}), CALL, None, Form())) == ["APPLIED"]


def test_applications_are_counted_only_where_there_is_a_quota() -> None:
    some = [Case().record, Case().record]
    assert asyncio.run(rules.applied_so_far(Shelf({rounds.name: [a_round(quota=5)], applications.name: some}), CALL, None, Form())) == 2
    assert asyncio.run(rules.applied_so_far(Shelf({rounds.name: [a_round()], applications.name: some}), CALL, None, Form())) == 0


def test_the_facts_of_the_association_in_order() -> None:
    rows = [
        {"association": ASSOCIATION, "key": k, "year": y, "value": 1, "sources": ["e"], "events": 1}
        for k, y in (("lead.accepted", 2025), ("act.count", 2024))
    ]
    shelf = Shelf(kept=[*rows, rows[0] | {"association": "another"}])
    found = asyncio.run(rules.known_facts(shelf, CALL, Case().record, Form()))
    assert [(f.key, f.year) for f in found] == [("act.count", 2024), ("lead.accepted", 2025)]
    assert asyncio.run(rules.known_facts(shelf, CALL, None, Form())) == []


def test_a_round_asks_for_its_own_running_applications() -> None:
    ended = Case().record.model_copy(update={"stage": "CONFIRMED", "id": "application-2"})
    shelf = Shelf({applications.name: [Case().record, ended]})
    assert asyncio.run(still_running(shelf, CALL, a_round(), Form())) == ["application-1"]
    assert shelf.asked == [(applications.name, {"round": "2026-1", "stage": RUNNING})]
