"""The index within this process: Qdrant Edge, one directory per kind, one process per directory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.matchmaking.index.port import KEYWORDS, VECTOR, Filter, Hit, IndexBroken, Payload, Point, Vector


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever goes wrong in the engine, a panic of it included, is an index that cannot be read."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise IndexBroken(f"{what}: {type(error).__name__}") from error


class EdgeIndex:
    """Raises at opening: IndexBroken, also when another process has it open."""

    def __init__(self, directory: Path) -> None:
        import qdrant_edge

        q: Any = qdrant_edge
        self.q = q
        with reading(directory.name):
            if (directory / "edge_config.json").exists() or (directory / "segments").exists():
                self.shard: Any = q.EdgeShard.load(str(directory))
            else:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.shard = q.EdgeShard.create(str(directory), q.EdgeConfig(sparse_vectors={VECTOR: q.EdgeSparseVectorParams()}))
                for field in KEYWORDS:
                    self.shard.update(q.UpdateOperation.create_field_index(field, q.PayloadSchemaType.Keyword))

    def upsert(self, points: Sequence[Point]) -> None:
        q = self.q
        made = [q.Point(p.id, {VECTOR: q.SparseVector(p.vector.indices, p.vector.values)}, p.payload) for p in points]
        with reading("upsert"):
            self.shard.update(q.UpdateOperation.upsert_points(made))

    def delete(self, ids: Sequence[str]) -> None:
        with reading("delete"):
            self.shard.update(self.q.UpdateOperation.delete_points(list(ids)))

    def set_flags(self, ids: Sequence[str], payload: Payload) -> None:
        with reading("set_flags"):
            self.shard.update(self.q.UpdateOperation.set_payload(list(ids), dict(payload)))

    def top(self, vector: Vector, where: Filter, n: int, with_vector: bool = True) -> list[Hit]:
        q = self.q
        asked = q.Query.Nearest(q.SparseVector(list(vector.indices), list(vector.values)), using=VECTOR)
        request = q.QueryRequest(limit=n, query=asked, filter=self._filter(where), with_vector=with_vector, with_payload=True)
        with reading("top"):
            found = self.shard.query(request)
        return [Hit(str(p.id), p.score, p.payload or {}, p.vector[VECTOR].indices if with_vector else ()) for p in found]

    def get(self, ids: Sequence[str], with_vector: bool = True) -> list[Hit]:
        with reading("get"):
            found = self.shard.retrieve(list(ids), with_payload=True, with_vector=with_vector)
        return [Hit(str(r.id), 0.0, r.payload or {}, r.vector[VECTOR].indices if with_vector else ()) for r in found]

    def page(self, where: Filter, n: int, after: str = "") -> tuple[list[Hit], str]:
        asked = self.q.ScrollRequest(offset=after or None, limit=n, filter=self._filter(where), with_payload=True, with_vector=True)
        with reading("page"):
            found, following = self.shard.scroll(asked)
        return [Hit(str(r.id), 0.0, r.payload or {}, r.vector[VECTOR].indices) for r in found], str(following) if following else ""

    def count(self, where: Filter) -> int:
        with reading("count"):
            return int(self.shard.count(self.q.CountRequest(exact=True, filter=self._filter(where))))

    def optimize(self) -> None:
        with reading("optimize"):
            self.shard.optimize()

    def flush(self) -> None:
        with reading("flush"):
            self.shard.flush()

    def close(self) -> None:
        self.shard.close()

    def drop(self) -> None:
        """Its directory is removed by whoever has made it."""
        self.close()

    def _filter(self, where: Filter) -> Any:
        q = self.q
        must: list[Any] = [q.FieldCondition(k, match=q.MatchValue(v)) for k, v in where.must.items()]
        any_of: list[Any] = [q.FieldCondition(k, match=q.MatchExcept([v])) for k, v in where.other_than.items()]
        any_of += [q.HasIdCondition(set(where.among))] if where.among else []
        must_not: list[Any] = [q.HasIdCondition(set(where.without))] if where.without else []
        must_not += [q.FieldCondition(k, match=q.MatchAny(sorted(vs))) for k, vs in where.none_of.items()]
        if not must and not any_of and not must_not:
            return None
        return q.Filter(must=must or None, should=any_of or None, must_not=must_not or None)
