"""Random worlds for the index, and ranking them by it."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from services.matchmaking.engine.market import Tally
from services.matchmaking.engine.scoring import Party, Statement, barred
from services.matchmaking.index.encoding import Dictionary, point_of
from services.matchmaking.index.port import Filter, Hit, Payload, Point, Vector
from services.matchmaking.index.search import Found, search
from services.matchmaking.profiles.profile import scale_of

DAY = date(2026, 3, 2)
SCALE = scale_of(DAY)
CODES = ("3022", "3021", "302", "30", "47", "651", "6510", "0111", "5631", "5630", "7440")
WORDS = (
    "检验检测",
    "预制构件",
    "钢结构",
    "冷链物流",
    "职业培训",
    "葡萄种植",
    "合作",
    "融资贷款",
    "steel 12",
    "展会",
    "知识产权",
    "航空",
    "审计",
)
PLACES = ("XX", "XX-FD", "XX-KG", "4403", "61", "6101", "610111", "440305", "3100")


def party(dice: Random, id_: str, kind: Any) -> Party:
    """Any party the profiles could hold."""

    def said(what: str) -> tuple[Statement, ...]:
        many = dice.choice((0, 1, 1, 2))
        return tuple(
            Statement(f"{what}{n}", (dice.choice(WORDS), dice.choice(WORDS)), dice.choice((None, 0, 1, 2, 3))) for n in range(many)
        )

    shown = dice.choice((0, 0, 0, 3, 20))
    return Party(
        id=id_, kind=kind, name=f"名{id_}", place=dice.choice(PLACES), gbt4754=tuple(dice.sample(CODES, dice.choice((0, 1, 1, 1, 2, 3)))),
        needs=said("n"), offers=said("o"), about=dice.choice(((), ("检验检测服务与展会",))), active=dice.random() > 0.05,
        serious=dice.random() < 0.03, abnormal=dice.random() < 0.1, eliminated=dice.random() < 0.02, listed=dice.random() > 0.03,
        grade=dice.choice((None, None, "1A", "3A", "5A")), position=dice.choice((None, 0, 1, 2)), scale=dice.choice((None, 0, 1, 2, 3)),
        intent=dice.choice(("STRENGTHEN", "FILL", "EXTEND")), open_matches=dice.choice((0, 0, 0, 1, 4, 9, 15)), shown=shown,
        accepted=dice.randint(0, shown), exposure=dice.choice((0.0, 0.0, dice.random() * 30)),
        exposure_on=dice.choice((None, DAY, DAY - timedelta(days=200))),
        updated_on=dice.choice((None, DAY, DAY - timedelta(days=dice.randint(0, 500)), DAY + timedelta(days=1))),
    )  # fmt: skip


def world(seed: int, most: int = 60) -> tuple[Party, list[Party], Any]:
    """A seeker, those it may be shown, and their kind."""
    dice = Random(seed)
    mine, kind = dice.choice(
        (
            ("ASSOCIATION", "ENTERPRISE"),
            ("ASSOCIATION", "CHAMBER"),
            ("ENTERPRISE", "ASSOCIATION"),
            ("CHAMBER", "ASSOCIATION"),
            ("LEAD", "ASSOCIATION"),
        )
    )
    pool = [party(dice, f"c{n}", kind) for n in range(dice.randint(0, most))]
    seeker = party(dice, "seeker", mine)
    known = dice.sample([p.id for p in pool], min(len(pool), dice.choice((0, 2))))
    return replace(seeker, bound=frozenset(known)), pool, kind


class Scan:
    """The port over points in memory, by float64: what a retrieval engine would say. Contract-tested like one."""

    def __init__(self) -> None:
        self.points: dict[str, Point] = {}

    def upsert(self, points: Any) -> None:
        self.points |= {p.id: p for p in points}

    def delete(self, ids: Any) -> None:
        for id_ in ids:
            self.points.pop(id_, None)

    def set_flags(self, ids: Any, payload: Payload) -> None:
        self.points |= {i: replace(self.points[i], payload={**self.points[i].payload, **payload}) for i in ids if i in self.points}

    def top(self, vector: Vector, where: Filter, n: int, with_vector: bool = True) -> list[Hit]:
        asked = dict(zip(vector.indices, vector.values, strict=True))
        found = []
        for p in self._in(where):
            shared = [asked[i] * v for i, v in zip(p.vector.indices, p.vector.values, strict=True) if i in asked]
            if shared:
                found.append(Hit(p.id, sum(shared), p.payload, p.vector.indices if with_vector else ()))
        return sorted(found, key=lambda h: -h.score)[:n]

    def get(self, ids: Any, with_vector: bool = True) -> list[Hit]:
        return [Hit(i, 0.0, self.points[i].payload, self.points[i].vector.indices if with_vector else ()) for i in ids if i in self.points]

    def page(self, where: Filter, n: int, after: str = "") -> tuple[list[Hit], str]:
        rows = sorted((p for p in self._in(where) if p.id >= after), key=lambda p: p.id)
        return [Hit(p.id, 0.0, p.payload, p.vector.indices) for p in rows[:n]], rows[n].id if len(rows) > n else ""

    def count(self, where: Filter) -> int:
        return len(self._in(where))

    def optimize(self) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...
    def drop(self) -> None: ...

    def _in(self, where: Filter) -> list[Point]:
        def fits(p: Point) -> bool:
            if any(p.payload.get(k) != v for k, v in where.must.items()) or p.id in where.without:
                return False
            if any(p.payload.get(k) in values for k, values in where.none_of.items()):
                return False
            if not where.other_than and not where.among:
                return True
            return p.id in where.among or any(k in p.payload and p.payload[k] != v for k, v in where.other_than.items())

        return [p for p in self.points.values() if fits(p)]


def filled(index: Any, pool: list[Party], dictionary: Dictionary | None = None) -> Dictionary:
    dictionary = dictionary or Dictionary()
    if pool:
        index.upsert([point_of(p, SCALE, dictionary) for p in pool])
    return dictionary


def tally(pool: list[Party]) -> Tally:
    made = Tally()
    for p in pool:
        if barred(p, SCALE.weights) is None:
            made.count(p, SCALE.weights)
    return made


def ask(index: Any, dictionary: Dictionary, seeker: Party, pool: list[Party], kind: Any, k: int, **more: Any) -> Found:
    return search(index, dictionary, tally(pool).market(SCALE.weights, DAY), seeker, kind, SCALE, DAY, k, **more)
