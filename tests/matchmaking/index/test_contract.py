"""One contract for every engine behind the port: embedded, server, several shards, and the scan the other tests stand on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from services.matchmaking.index.edge import EdgeIndex
from services.matchmaking.index.port import Filter, IndexAway, IndexBroken, MatchIndex, Point, Shards, Vector, point_id
from services.matchmaking.index.server import ServerIndex, connected
from tests.matchmaking.index.worlds import Scan, ask, filled, world

ENGINES: dict[str, Callable[[Path], Any]] = {
    "edge": lambda at: EdgeIndex(at / "edge"),
    "server": lambda at: ServerIndex(QdrantClient(":memory:"), "test"),
    "four shards": lambda at: Shards([EdgeIndex(at / str(n)) for n in range(4)]),
    "scan": lambda at: Scan(),
}
IN = Filter({"out": "none"})


@pytest.fixture(params=list(ENGINES))
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MatchIndex]:
    made = ENGINES[request.param](tmp_path)
    yield made
    made.close()


def point(name: str, dimensions: dict[int, float], **payload: str) -> Point:
    return Point(point_id(name), Vector(list(dimensions), list(dimensions.values())), {"out": "none", "name": name, **payload})


def names(hits: Any) -> list[str]:
    return [h.payload["name"] for h in hits]


def test_the_best_come_first_by_dot_product(index: MatchIndex) -> None:
    index.upsert([point("a", {1: 0.5, 7: 1.0}), point("b", {1: 1.0}), point("c", {9: 1.0})])
    found = index.top(Vector([1, 7], [1.0, 0.25]), IN, 10)
    assert names(found) == ["b", "a"]
    assert [h.score for h in found] == pytest.approx([1.0, 0.75], abs=1e-6)
    assert [sorted(h.indices) for h in found] == [[1], [1, 7]]
    assert names(index.top(Vector([1, 7], [1.0, 0.25]), IN, 1)) == ["b"]
    assert index.top(Vector([8], [1.0]), IN, 10) == []


def test_a_point_upserted_again_is_replaced_and_visible_at_once(index: MatchIndex) -> None:
    index.upsert([point("a", {1: 1.0}), point("b", {1: 0.5})])
    index.upsert([point("a", {2: 1.0})])
    assert names(index.top(Vector([1], [1.0]), IN, 10)) == ["b"]
    assert names(index.top(Vector([2], [1.0]), IN, 10)) == ["a"]
    assert index.count(Filter()) == 2


def test_what_is_deleted_is_not_found_and_what_never_was_may_be_deleted(index: MatchIndex) -> None:
    index.upsert([point("a", {1: 1.0}), point("b", {1: 0.5})])
    index.delete([point_id("a"), point_id("nobody")])
    assert names(index.top(Vector([1], [1.0]), IN, 10)) == ["b"]
    assert names(index.get([point_id("a"), point_id("b")])) == ["b"]
    assert [len(h.indices) for with_vector in (True, False) for h in index.get([point_id("b")], with_vector)] == [1, 0]


def test_flags_change_without_the_vector(index: MatchIndex) -> None:
    index.upsert([point("a", {1: 1.0}), point("b", {1: 0.5})])
    index.set_flags([point_id("a")], {"out": "not_active"})
    assert names(index.top(Vector([1], [1.0]), IN, 10)) == ["b"]
    index.set_flags([point_id("a")], {"out": "none"})
    assert names(index.top(Vector([1], [1.0]), IN, 10)) == ["a", "b"]


@pytest.mark.parametrize("flag", ["1", "0"])
def test_flags_are_keywords_and_both_values_are_found(index: MatchIndex, flag: str) -> None:
    index.upsert([point("a", {1: 1.0}, seen="1"), point("b", {1: 0.5}, seen="0")])
    assert names(index.top(Vector([1], [1.0]), Filter({"seen": flag}), 10)) == [{"1": "a", "0": "b"}[flag]]
    assert index.count(Filter({"seen": flag})) == 1


def test_filters_narrow_and_leave_out(index: MatchIndex) -> None:
    index.upsert(
        [
            point(n, {1: 1.0 - i / 10}, div=d, prov=p)
            for i, (n, d, p) in enumerate((("a", "30", "61"), ("b", "30", "44"), ("c", "47", "61")))
        ]
    )
    everything = Vector([1], [1.0])
    assert names(index.top(everything, Filter({"div": "30"}), 10)) == ["a", "b"]
    assert names(index.top(everything, Filter({"div": "30", "prov": "61"}), 10)) == ["a"]
    assert names(index.top(everything, Filter({"prov": "61"}, without=frozenset({point_id("a")})), 10)) == ["c"]


def test_several_values_of_a_keyword_are_left_out_at_once(index: MatchIndex) -> None:
    index.upsert([point(n, {1: 1.0 - i / 10}, cls=c) for i, (n, c) in enumerate((("a", "3022"), ("b", "3021"), ("c", ""), ("d", "4711")))])
    asked = Filter({"out": "none"}, none_of={"cls": frozenset({"3022", "4711"})})
    assert names(index.top(Vector([1], [1.0]), asked, 10)) == ["b", "c"]
    assert index.count(asked) == 2


def test_those_rejected_are_paged_and_those_named_are_among_them(index: MatchIndex) -> None:
    index.upsert([point(f"p{n}", {1: 1.0}, out="none" if n % 2 else "not_active") for n in range(8)])
    asked = Filter(other_than={"out": "none"}, among=frozenset({point_id("p1")}))
    told, after, pages = [], "", 0
    while True:
        hits, after = index.page(asked, 2, after)
        told += names(hits)
        pages += 1
        if not after:
            break
    assert sorted(told) == ["p0", "p1", "p2", "p4", "p6"]
    assert len(told) == len(set(told))
    assert pages == 3


def test_optimising_changes_no_answer(index: MatchIndex) -> None:
    index.upsert([point(f"p{n}", {1: n / 40}) for n in range(40)])
    before = [(h.id, h.score) for h in index.top(Vector([1], [1.0]), IN, 20)]
    index.optimize()
    index.flush()
    assert [(h.id, h.score) for h in index.top(Vector([1], [1.0]), IN, 20)] == before


@pytest.mark.parametrize("seed", [0, 18, 36])
def test_lists_are_the_same_to_the_last_bit_whatever_holds_them(index: MatchIndex, seed: int) -> None:
    """Filled in another order, twice over, optimised, in four shards: the scan in memory says the same."""
    seeker, pool, kind = world(seed)
    plain = Scan()
    true = ask(plain, filled(plain, pool), seeker, pool, kind, 10)
    dictionary = filled(index, pool[::-1])
    filled(index, pool, dictionary)
    index.optimize()
    found = ask(index, dictionary, seeker, pool, kind, 10)
    assert [(p.id, a) for p, a in found.best] == [(p.id, a) for p, a in true.best]
    assert found.certified


def test_what_was_written_is_there_after_closing(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "edge")
    index.upsert([point("a", {1: 1.0})])
    index.close()
    again = EdgeIndex(tmp_path / "edge")
    assert names(again.top(Vector([1], [1.0]), IN, 10)) == ["a"]
    again.close()


def test_a_directory_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "edge")
    index.upsert([point("a", {1: 1.0})])
    index.close()
    for file in (tmp_path / "edge").rglob("*"):
        if file.is_file():
            file.write_bytes(b"\0" * 64)
    with pytest.raises(IndexBroken):
        EdgeIndex(tmp_path / "edge")


def test_one_directory_has_one_owner(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "edge")
    with pytest.raises(IndexBroken):
        EdgeIndex(tmp_path / "edge")
    index.close()


def test_a_server_that_does_not_answer_is_away_and_not_broken() -> None:
    with pytest.raises(IndexAway):
        ServerIndex(connected("http://127.0.0.1:9"), "nobody")


def test_an_engine_that_was_closed_is_broken_and_says_so(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "edge")
    index.close()
    with pytest.raises(IndexBroken):
        index.count(Filter())
