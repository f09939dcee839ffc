"""Recommendations of the real service over HTTP: profiles in MongoDB, the index built by the service from them, questions with a token.

A stage of `make bench matching`. `python -m tests.bench.matching_served serve <port>` is the service, with a signing key the measurement knows.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn
from pymongo import MongoClient

from deploy.local import Stack
from services.__main__ import topics as all_topics
from services.matchmaking.engine.scoring import Party, Statement
from services.matchmaking.profiles.profile import POSITIONS, SIZES
from services.matchmaking.service import service
from shared import kafka
from shared.run import build
from shared.settings import Settings
from tests.bench.server import issuer_of
from tests.bench.spine import Bench, fresh

ASKED, TOP = 300, 10
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
    """Milliseconds of whole answers, asked one after the other over one connection; each association asks twice, the second time of a kept list."""
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
                with bench.server("tests.bench.matching_served", "serve", prefix=prefix) as (port, process, _):
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
        assert time.monotonic() - began < 3600, "no index within the hour"
    spans: dict[str, list[float]] = {"first": [], "again": []}
    placed, certified = Counter[str](), 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=head, timeout=30) as http:
        for turn in spans:
            for party in islice(associations, ASKED):
                asked = time.perf_counter()
                answer = http.get(f"/matchmaking/recommendations/associations/{party.id}", params={"k": TOP})
                spans[turn].append((time.perf_counter() - asked) * 1000)
                assert answer.status_code == 200, answer.text
                body = orjson.loads(answer.content)
                assert body["found_by"]["dictionary"], "an answer came from no index"
                certified += body["found_by"]["certified"]
                placed.update(b["placed"] for b in body["best"])
    found: dict[str, Any] = {
        "index_built_s": round(time.monotonic() - began),
        "http_certified": certified / (2 * ASKED),
        "http_placed": dict(placed),
    }
    for turn, of in spans.items():
        ranked = sorted(of)
        found |= {
            f"http_{turn}_p50_ms": round(ranked[len(ranked) // 2], 1),
            f"http_{turn}_p99_ms": round(ranked[int(0.99 * len(ranked))], 1),
        }
    found["http_p99_ms"] = max(found["http_first_p99_ms"], found["http_again_p99_ms"])
    return found


if __name__ == "__main__":
    at = int(sys.argv[2])
    app = build([service], Settings.from_environment(profile="test", port=at), issuer_of(os.environ["BENCH_KEY"]))
    uvicorn.run(app, host="127.0.0.1", port=at, loop="uvloop", access_log=False, log_config=None)
