"""The index of one kind with what belongs to it: the market, and how far it has come. Every call blocks; threads may share it."""

from collections.abc import Sequence
from datetime import date
from threading import Lock
from typing import Any
from uuid import UUID

import orjson

from services.matchmaking.engine.market import Tally
from services.matchmaking.engine.retrieval import Page, Wish
from services.matchmaking.engine.scoring import Party, Scale, excluded
from services.matchmaking.engine.weights import PartyKind
from services.matchmaking.index.encoding import NONE, Dictionary, party_of_hit, point_of
from services.matchmaking.index.port import RESERVED, Filter, Hit, MatchIndex, Point, Vector, point_id
from services.matchmaking.index.search import Found, read, search
from shared.record import Malformed

SCAN = 1000  # points read at a time


class Copy:
    """Raises: IndexBroken where the index does."""

    def __init__(self, kind: PartyKind, index: MatchIndex, dictionary: Dictionary) -> None:
        self.kind, self.index, self.dictionary = kind, index, dictionary
        self.tally, self.lock = Tally(), Lock()
        self.churn = 0  # points written since it was optimised
        self.at = ""  # cluster time of the last change it holds
        self.token: Any = None  # the position behind it
        self.version = ""  # of what it was made by; none before it was finished

    def load(self, scale: Scale) -> None:
        """Read how far it has come, and count the market."""
        for hit in self.index.get([RESERVED]):
            kept = orjson.loads(hit.payload["profile"])
            self.at, self.token, self.version = kept["at"], kept["token"], kept["version"]
        self.tally, after = Tally(), ""
        while True:
            hits, after = self.index.page(Filter({"seen": "1", "out": NONE}), SCAN, after)
            for hit in hits:
                self.tally.count(read(hit, self.dictionary.names), scale.weights)
            if not after:
                break
        self.tally.parties = self.index.count(Filter({"out": NONE}))
        self.tally.capacity = self.tally.parties * scale.weights.capacity[self.kind]

    def apply(self, parties: Sequence[Party], gone: Sequence[str], scale: Scale, fresh: bool = False) -> int:
        """Hold these profiles as they are now, and no longer those gone. What is held already is not written. `fresh`: none is there yet.

        Returns how many points were written."""
        latest = {p.id: p for p in parties}
        points = [(p, point_of(p, scale, self.dictionary)) for p in latest.values()]
        self.dictionary.settle()
        ids = [point.id for _, point in points] + [point_id(id_) for id_ in gone]
        before = {} if fresh else {h.id: h for h in self.index.get(ids, with_vector=False)}
        whole, flags = [], []
        for party, point in points:
            old = before.get(point.id)
            if old is None or old.payload["vector"] != point.payload["vector"]:
                whole.append(point)
            elif old.payload["profile"] != point.payload["profile"] or old.payload["out"] != point.payload["out"]:
                flags.append(point)
            else:
                continue
            self._count(old, party, point, scale)
        if whole:
            self.index.upsert(whole)
        for point in flags:
            self.index.set_flags([point.id], point.payload)
        if left := [before[i] for i in (point_id(id_) for id_ in gone) if i in before]:
            for old in left:
                self._count(old, None, None, scale)
            self.index.delete([h.id for h in left])
        self.churn += len(whole) + len(left)
        return len(whole) + len(flags) + len(left)

    def _count(self, old: Hit | None, party: Party | None, point: Point | None, scale: Scale) -> None:
        with self.lock:
            if old is not None and old.payload["out"] == NONE:
                self.tally.count(party_of_hit(old, self.dictionary.names), scale.weights, -1)
            if party is not None and point is not None and point.payload["out"] == NONE:
                self.tally.count(party, scale.weights)

    def note(self, at: str, token: Any, version: str) -> None:
        """Remember how far it has come, behind what was written before."""
        self.at, self.token, self.version = at or self.at, token, version
        kept = orjson.dumps({"at": self.at, "token": token, "version": version}).decode()
        self.index.upsert([Point(RESERVED, Vector([0], [1.0]), {"out": "reserved", "seen": "0", "vector": "", "profile": kept})])

    def search(self, seeker: Party, scale: Scale, day: date, wish: Wish) -> Found:
        with self.lock:
            market = self.tally.market(scale.weights, day)
        return search(self.index, self.dictionary, market, seeker, self.kind, scale, day, wish.k, wish.only, wish.left_out > 0)

    def left_out(self, seeker: Party, scale: Scale, wish: Wish, after: str) -> Page:
        """Those out for everybody, and those this seeker is bound to. Raises: Malformed for an `after` that no page has named."""
        try:
            UUID(after or RESERVED)
        except ValueError:
            raise Malformed("after_unknown", "no page begins there", "分页标记无效", pointer="/after") from None
        bound = frozenset(point_id(id_) for id_ in seeker.bound)
        asked = Filter(wish.only, other_than={"out": NONE}, among=bound, without=frozenset({RESERVED}))
        hits, following = self.index.page(asked, wish.left_out, after)
        parties = [read(hit, self.dictionary.names) for hit in hits]
        return Page(tuple((p, why) for p in parties if (why := excluded(seeker, p, scale.weights))), following)

    def points(self) -> int:
        """How many profiles it holds."""
        return self.index.count(Filter(without=frozenset({RESERVED})))

    def optimize(self) -> None:
        self.index.optimize()
        self.churn = 0
