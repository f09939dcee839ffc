"""The index on a Qdrant server or cluster, one collection per kind."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from services.matchmaking.index.port import KEYWORDS, VECTOR, Filter, Hit, IndexAway, IndexBroken, Payload, Point, Vector

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

MISSING = 404


def connected(url: str, key: str = "") -> "QdrantClient":
    """A client of the server at this address."""
    from qdrant_client import QdrantClient

    return QdrantClient(url=url, api_key=key or None)


@contextmanager
def asking() -> Iterator[None]:
    """Raises: IndexAway for whatever the client meets between here and there, IndexBroken where the server has no such collection."""
    import httpx
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    try:
        yield
    except UnexpectedResponse as error:
        raise (IndexBroken if error.status_code == MISSING else IndexAway)(f"the server answers {error.status_code}") from error
    except (ResponseHandlingException, httpx.HTTPError, OSError) as error:
        raise IndexAway(f"the server does not answer: {type(error).__name__}") from error


class ServerIndex:
    """Writes wait until they are visible. A collection that is missing is made, with the shards and copies asked for."""

    @asking()
    def __init__(self, client: "QdrantClient", collection: str, shards: int = 1, copies: int = 1) -> None:
        from qdrant_client import models

        self.m: Any = models
        self.client, self.collection = client, collection
        if not client.collection_exists(collection):
            client.create_collection(
                collection, vectors_config={}, sparse_vectors_config={VECTOR: models.SparseVectorParams()}, shard_number=shards,
                replication_factor=copies, write_consistency_factor=copies // 2 + 1,
            )  # fmt: skip
            for field in KEYWORDS:
                client.create_payload_index(collection, field, models.PayloadSchemaType.KEYWORD, wait=True)

    @asking()
    def upsert(self, points: Sequence[Point]) -> None:
        m = self.m
        made = [
            m.PointStruct(id=p.id, payload=dict(p.payload),
                          vector={VECTOR: m.SparseVector(indices=list(p.vector.indices), values=list(p.vector.values))})
            for p in points
        ]  # fmt: skip
        self.client.upsert(self.collection, made, wait=True)

    @asking()
    def delete(self, ids: Sequence[str]) -> None:
        self.client.delete(self.collection, self.m.PointIdsList(points=list(ids)), wait=True)

    @asking()
    def set_flags(self, ids: Sequence[str], payload: Payload) -> None:
        self.client.set_payload(self.collection, dict(payload), points=list(ids), wait=True)

    @asking()
    def top(self, vector: Vector, where: Filter, n: int, with_vector: bool = True) -> list[Hit]:
        asked = self.m.SparseVector(indices=list(vector.indices), values=list(vector.values))
        found = self.client.query_points(self.collection, query=asked, using=VECTOR, query_filter=self._filter(where), limit=n,
                                         with_vectors=with_vector, with_payload=True)  # fmt: skip
        return [self._hit(p, p.score, with_vector) for p in found.points]

    @asking()
    def get(self, ids: Sequence[str], with_vector: bool = True) -> list[Hit]:
        found = self.client.retrieve(self.collection, list(ids), with_payload=True, with_vectors=with_vector)
        return [self._hit(r, with_vector=with_vector) for r in found]

    @asking()
    def page(self, where: Filter, n: int, after: str = "") -> tuple[list[Hit], str]:
        found, following = self.client.scroll(self.collection, self._filter(where), limit=n, offset=after or None, with_payload=True,
                                              with_vectors=True)  # fmt: skip
        return [self._hit(r) for r in found], str(following) if following else ""

    @asking()
    def count(self, where: Filter) -> int:
        return self.client.count(self.collection, self._filter(where), exact=True).count

    def optimize(self) -> None:
        """The server does so by itself."""

    def flush(self) -> None:
        """What was waited for is kept."""

    def close(self) -> None:
        """The client is shared: whoever made it closes it."""

    @asking()
    def drop(self) -> None:
        self.client.delete_collection(self.collection)

    def _hit(self, found: Any, score: float = 0.0, with_vector: bool = True) -> Hit:
        return Hit(str(found.id), score, found.payload or {}, found.vector[VECTOR].indices if with_vector else ())

    def _filter(self, where: Filter) -> Any:
        m = self.m
        must: list[Any] = [m.FieldCondition(key=k, match=m.MatchValue(value=v)) for k, v in where.must.items()]
        any_of: list[Any] = [m.FieldCondition(key=k, match=m.MatchExcept(**{"except": [v]})) for k, v in where.other_than.items()]
        any_of += [m.HasIdCondition(has_id=sorted(where.among))] if where.among else []
        must_not: list[Any] = [m.HasIdCondition(has_id=sorted(where.without))] if where.without else []
        must_not += [m.FieldCondition(key=k, match=m.MatchAny(any=sorted(vs))) for k, vs in where.none_of.items()]
        return m.Filter(must=must or None, should=any_of or None, must_not=must_not or None)
