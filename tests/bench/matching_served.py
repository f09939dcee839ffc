"""Recommendations of the real service over HTTP: profiles in MongoDB, the index built by the service from them, questions with a token.

A stage of `make bench matching`.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import orjson
from pymongo import MongoClient

from deploy.local import Stack
from services.__main__ import topics as all_topics
from services.matchmaking.engine.scoring import Party, Statement
from services.matchmaking.profiles.profile import POSITIONS, SIZES
from shared import kafka
from tests.bench.server import issuer_of
from tests.bench.spine import Bench, fresh, quantile

ASKED, TOP = 300, 10
LONGEST = 3600  # seconds
BATCH = 5_000
NAMED = {"scale": {n: size for size, n in SIZES.items()}, "position": {n: place for place, n in POSITIONS.items()}}


def row_of(party: Party) -> dict[str, Any]:
    """A profile as the read model keeps it."""

    def kept(statements: Iterable[Statement]) -> dict[str, Any]:
        return {s.id: {"texts": list(s.texts), "size": NAMED["scale"].get(s.scale)} for s in statements}

    return {
        "_id": party.id, "kind": party.kind, "name": party.name, "place": party.place, "gbt4754": list(party.gbt4754), "needs": kept(party.needs),
        "offers": kept(party.offers), "listed": party.listed, "grade": party.grade, "position": NAMED["position"].get(party.position),
        "scale": NAMED["scale"].get(party.scale), "open_matches": party.open_matches, "shown": party.shown, "accepted": party.accepted,
        "exposure": party.exposure, "exposure_on": party.exposure_on and party.exposure_on.isoformat(),
        "updated_on": party.updated_on and party.updated_on.isoformat(),
    }  # fmt: skip


def served(enterprises: Iterable[Party], associations: list[Party]) -> dict[str, Any]:
    """Milliseconds of whole answers, asked one after the other over one connection: each association asks twice, the second time for a list that is
    kept; then while the index is rebuilt beside the one in use."""
    with tempfile.TemporaryDirectory(prefix="guildhall-bench-") as name:
        directory = Path(name)
        stack = Stack(directory / "stack")
        try:
            bench, prefix = Bench(stack.up(), directory), fresh()
            os.environ["GUILDHALL_MATCHING_DIRECTORY"] = str(directory / "index")
            rows = (row_of(p) for some in (enterprises, associations) for p in some)
            with MongoClient(bench.endpoints.mongo) as client:
                while batch := list(islice(rows, BATCH)):
                    client[f"{prefix}matchmaking"]["profiles"].insert_many(batch, ordered=False)
                asyncio.run(kafka.create_topics([bench.endpoints.kafka], all_topics(prefix), partitions=1))
                with bench.server("tests.bench.service_server", "matchmaking", prefix=prefix) as (port, process, _):
                    found = answers(bench, port, associations, client[f"{prefix}matchmaking"]["matching_index"])
                    found["service_mib"] = round(process.memory_info().rss / 2**20)
                    return found
        finally:
            stack.down()


def answers(bench: Bench, port: int, associations: list[Party], told: Any) -> dict[str, Any]:
    head = {"Authorization": f"Bearer {issuer_of(bench.key).token('SO_ADMIN', 'dept:so-admin')}"}
    began = time.monotonic()
    while not told.find_one({"state": "LIVE"}):
        time.sleep(1)
        assert time.monotonic() - began < LONGEST, "no index within the hour"
    found: dict[str, Any] = {"index_built_s": round(time.monotonic() - began)}
    placed, certified = Counter[str](), list[bool]()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=head, timeout=60) as http:

        def ask(party: Party) -> float:
            asked = time.perf_counter()
            answer = http.get(f"/matchmaking/recommendations/associations/{party.id}", params={"k": TOP})
            took = (time.perf_counter() - asked) * 1000
            assert answer.status_code == 200, answer.text
            body = orjson.loads(answer.content)
            assert body["found_by"]["dictionary"], "an answer came from no index"
            certified.append(body["found_by"]["certified"])
            placed.update(b["placed"] for b in body["best"])
            return took

        for turn in ("first", "again"):
            found |= spread(f"http_{turn}", [ask(party) for party in islice(associations, ASKED)])
        found["http_p99_ms"] = max(found["http_first_p99_ms"], found["http_again_p99_ms"])
        ordered, before = time.monotonic(), told.find_one({"state": "LIVE"})["generation"]
        told.update_one({"_id": "order"}, {"$inc": {"number": 1}, "$set": {"at": datetime.now(UTC), "unlike": False}}, upsert=True)
        meanwhile, parties = list[float](), cycle(associations)
        while (row := told.find_one({"generation": {"$exists": True}})) and row["generation"] == before:
            meanwhile.append(ask(next(parties)))
            time.sleep(0.02)
            assert row.get("state") != "DIFFERS", row["said"]
            assert time.monotonic() - ordered < LONGEST
        found |= {"rebuilt_live_s": round(time.monotonic() - ordered), "asked_meanwhile": len(meanwhile), **spread("meanwhile", meanwhile)}
        found["meanwhile_p50_to_quiet"] = round(found["meanwhile_p50_ms"] / found["http_again_p50_ms"], 2)
        found["meanwhile_worst_ms"] = round(max(meanwhile))
    return found | {"http_certified": sum(certified) / len(certified), "http_placed": dict(placed)}


def spread(name: str, of: list[float]) -> dict[str, float]:
    return {f"{name}_p50_ms": round(quantile(of, 0.5), 1), f"{name}_p99_ms": round(quantile(of, 0.99), 1)}
