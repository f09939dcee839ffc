"""The state diagram of a record type as plain SVG: no script, no foreign code. Stages stand in the order they are declared in.

Arrows to the next row go straight down, those within a row swing below it, those that skip rows or lead back run beside the stages.
Each carries the numbers of the moves that make it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.docs import edges
from shared.record import Kind

NODE_WIDTH, NODE_HEIGHT, COLUMN, ROW, LANE, TOP, SIDE = 168, 34, 200, 80, 30, 38, 52
START = "[*]"
RIGHT, LEFT = 1, -1
Point = tuple[float, float]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Node:
    stage: str
    x: int
    y: int
    last: bool


@dataclass(frozen=True)
class Arrow:
    """A curve, and where the numbers of its moves stand."""

    path: str
    numbers: str
    x: float
    y: float
    width: int


@dataclass(frozen=True)
class Diagram:
    width: int
    height: int
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    dots: tuple[Point, ...]


def numbered(kind: Kind[Any, Any]) -> dict[str, int]:
    """Move → its number in table and drawing, from 1."""
    return {name: n for n, name in enumerate(kind.moves, 1)}


def rows_of(stages: tuple[str, ...], arrows: Mapping[tuple[str, str], Any]) -> dict[str, int]:
    """Stage → row: below everything declared before it that leads to it."""
    rows: dict[str, int] = {}
    for stage in stages:
        rows[stage] = max((rows[a] + 1 for a, b in arrows if b == stage and a in rows), default=0)
    return rows


def lanes_of(spans: list[tuple[int, int]]) -> list[int]:
    """For each span of rows the nearest lane that is free on its whole length."""
    taken: list[list[tuple[int, int]]] = []
    found = []
    for low, high in spans:
        lane = next((n for n, used in enumerate(taken) if all(high < a or low > b for a, b in used)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        found.append(lane)
    return found


def diagram(kind: Kind[Any, Any]) -> Diagram:
    grouped = grouped_edges(kind)
    rows = rows_of(kind.stages, grouped)
    members = {r: [s for s in kind.stages if rows[s] == r] for r in range(max(rows.values()) + 1)}
    inner = COLUMN * max(len(m) for m in members.values()) - (COLUMN - NODE_WIDTH)
    middles = {s: _centre(inner, len(m), n) for m in members.values() for n, s in enumerate(m)}
    beside = {pair: _side(pair, rows, middles, inner / 2) for pair in grouped if _runs_beside(pair, rows)}
    lanes = {side: _lanes([p for p in beside if beside[p] == side], rows) for side in (RIGHT, LEFT)}
    left, right = (SIDE + LANE * (max(lanes[side].values(), default=-1) + 1) for side in (LEFT, RIGHT))
    places = {s: (left + x, float(TOP + rows[s] * ROW)) for s, x in middles.items()}
    leaving = {a for a, _ in grouped}
    nodes = tuple(Node(s, round(x - NODE_WIDTH / 2), round(y), s not in leaving) for s, (x, y) in places.items())
    placed: list[tuple[float, float, int]] = []
    arrows, dots = [], []
    for (a, b), moves in sorted(grouped.items(), key=lambda item: item[1]):
        if a == START:
            x, y = places[b][0] - NODE_WIDTH / 2 + 22, places[b][1]
            dots.append((x, y - 26))
            arrows.append(_arrow(((x, y - 26), (x, y - 20), (x, y - 10), (x, y - 2)), moves, placed, from_dot=True))
        elif (a, b) in beside:
            side = beside[a, b]
            edge = (left + inner + SIDE * 0.6 if side == RIGHT else left - SIDE * 0.6) + side * LANE * lanes[side][a, b]
            arrows.append(_arrow(_bow(places[a], places[b], edge, side), moves, placed))
        else:
            arrows.append(_arrow(_straight(places[a], places[b]), moves, placed))
    return Diagram(left + inner + right, TOP + ROW * max(rows.values()) + NODE_HEIGHT + 34, nodes, tuple(arrows), tuple(dots))


def grouped_edges(kind: Kind[Any, Any]) -> dict[Pair, list[int]]:
    """(from, to) → the numbers of the moves that go there; what stays where it is has no arrow."""
    numbers = numbered(kind)
    grouped: dict[Pair, list[int]] = {}
    for a, b, move in edges(kind):
        if a != b:
            grouped.setdefault((a, b), []).append(numbers[move])
    return grouped


def _runs_beside(pair: Pair, rows: Mapping[str, int]) -> bool:
    return pair[0] != START and rows[pair[1]] - rows[pair[0]] not in (0, 1)


def _side(pair: Pair, rows: Mapping[str, int], middles: Mapping[str, float], centre: float) -> int:
    """The nearer side; from the middle, onward on the right and back on the left."""
    lean = middles[pair[0]] + middles[pair[1]] - 2 * centre
    onward = rows[pair[1]] > rows[pair[0]]
    return RIGHT if lean > 1 or (abs(lean) <= 1 and onward) else LEFT


def _lanes(pairs: Sequence[Pair], rows: Mapping[str, int]) -> dict[Pair, int]:
    ordered = sorted(pairs, key=lambda ab: (abs(rows[ab[1]] - rows[ab[0]]), ab))
    return dict(zip(ordered, lanes_of([_span(rows, *p) for p in ordered]), strict=True))


def ranges(numbers: Iterable[int]) -> str:
    """1, 2, 3, 7 → `1–3·7`."""
    runs: list[list[int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return "·".join("·".join(map(str, run)) if len(run) < 3 else f"{run[0]}–{run[-1]}" for run in runs)


def _span(rows: Mapping[str, int], a: str, b: str) -> tuple[int, int]:
    return min(rows[a], rows[b]), max(rows[a], rows[b])


def _centre(inner: int, members: int, n: int) -> float:
    return inner / 2 + (n - (members - 1) / 2) * COLUMN


def _straight(a: Point, b: Point) -> tuple[Point, ...]:
    """Down to the next row, or swinging below the row to a neighbour."""
    low = a[1] + NODE_HEIGHT
    if a[1] == b[1]:
        inward = 40 if b[0] > a[0] else -40
        return (a[0] + inward, low), (a[0] + inward, low + 30), (b[0] - inward, low + 30), (b[0] - inward, low + 2)
    return (a[0], low), (a[0], low + 22), (b[0], b[1] - 24), (b[0], b[1] - 2)


def _bow(a: Point, b: Point, edge: float, side: int) -> tuple[Point, ...]:
    """Out to the `edge`, which the middle of the curve touches, and back in."""
    start, end = a[0] + side * NODE_WIDTH / 2, b[0] + side * (NODE_WIDTH / 2 + 2)
    out = (edge - (start + end) / 8) / 0.75
    return (start, a[1] + 22), (out, a[1] + 22), (out, b[1] + 12), (end, b[1] + 12)


def _on(curve: tuple[Point, ...], t: float) -> Point:
    shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return sum(s * p[0] for s, p in zip(shares, curve, strict=True)), sum(s * p[1] for s, p in zip(shares, curve, strict=True))


def _arrow(curve: tuple[Point, ...], moves: list[int], placed: list[tuple[float, float, int]], from_dot: bool = False) -> Arrow:
    """The numbers stand on the curve, where no others stand yet."""
    numbers = ranges(moves)
    width = 10 + 7 * len(numbers)
    tries = [(curve[0][0] + 14 + width / 2, curve[0][1] + 2)] if from_dot else [_on(curve, t) for t in (0.5, 0.38, 0.62, 0.27, 0.73, 0.18)]
    free = [p for p in tries if all(abs(p[0] - x) > (width + w) / 2 + 2 or abs(p[1] - y) > 18 for x, y, w in placed)]
    x, y = (free or tries)[0]
    placed.append((x, y, width))
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve
    return Arrow(f"M{x0:.0f} {y0:.0f}C{x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f} {x3:.0f} {y3:.0f}", numbers, round(x, 1), round(y, 1), width)
