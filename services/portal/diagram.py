"""The state diagram of a record type as plain SVG: no script, no foreign code. Stages stand in the order they are declared in.

Arrows to the next row go straight down, those that skip rows run on the right, those that lead back on the left. Each carries the
numbers of the moves that make it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.docs import edges
from shared.record import Kind

NODE_WIDTH, NODE_HEIGHT, COLUMN, ROW, LANE, TOP, SIDE = 168, 34, 200, 80, 30, 38, 34
START = "[*]"
Point = tuple[float, float]


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
    numbers = numbered(kind)
    grouped: dict[tuple[str, str], list[int]] = {}
    for a, b, move in edges(kind):
        if a != b:
            grouped.setdefault((a, b), []).append(numbers[move])
    rows = rows_of(kind.stages, grouped)
    members = {r: [s for s in kind.stages if rows[s] == r] for r in range(max(rows.values()) + 1)}
    sides: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for a, b in sorted(grouped, key=lambda ab: (abs(rows[ab[1]] - rows.get(ab[0], 0)), ab)):
        if a != START and (rows[b] - rows[a] > 1 or rows[b] <= rows[a]):
            sides[rows[b] > rows[a]].append((a, b))
    lanes = {s: dict(zip(pairs, lanes_of([_span(rows, *p) for p in pairs]), strict=True)) for s, pairs in sides.items()}
    widths = {s: SIDE + LANE * (max(lane.values(), default=-1) + 1) for s, lane in lanes.items()}
    inner = COLUMN * max(len(m) for m in members.values()) - (COLUMN - NODE_WIDTH)
    places = {s: (widths[False] + _centre(inner, len(m), n), TOP + r * ROW) for r, m in members.items() for n, s in enumerate(m)}
    leaving = {a for a, _ in grouped}
    nodes = tuple(Node(s, round(x - NODE_WIDTH / 2), y, s not in leaving) for s, (x, y) in places.items())
    placed: list[tuple[float, float, int]] = []
    arrows, dots = [], []
    for (a, b), moves in sorted(grouped.items(), key=lambda item: item[1]):
        if a == START:
            x, y = places[b][0] - NODE_WIDTH / 2 + 22, float(places[b][1])
            dots.append((x, y - 26))
            curve: tuple[Point, ...] = ((x, y - 26), (x, y - 20), (x, y - 10), (x, y - 2))
            arrows.append(_arrow(curve, moves, placed, at=(x + 24, y - 22)))
            continue
        right = rows[b] > rows[a]
        lane = lanes[right].get((a, b))
        edge = (
            None
            if lane is None
            else (widths[False] + inner + SIDE * 0.9 + LANE * lane if right else widths[False] - SIDE * 0.9 - LANE * lane)
        )
        arrows.append(_arrow(_curve(places[a], places[b], edge, right), moves, placed))
    return Diagram(
        widths[False] + inner + widths[True], TOP + ROW * max(rows.values()) + NODE_HEIGHT + 14, nodes, tuple(arrows), tuple(dots)
    )


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


def _curve(a: Point, b: Point, edge: float | None, right: bool) -> tuple[Point, ...]:
    """The four points of a cubic: straight to the next row, or out to the `edge` and back in."""
    if edge is None:
        low, high = a[1] + NODE_HEIGHT, b[1] - 2
        return (a[0], low), (a[0], low + 22), (b[0], high - 22), (b[0], high)
    side = NODE_WIDTH / 2 if right else -NODE_WIDTH / 2
    out = edge + (edge - a[0] - side) / 3  # a cubic reaches three quarters of the way to its control points
    return (a[0] + side, a[1] + 22), (out, a[1] + 22), (out, b[1] + 12), (b[0] + side + (2 if right else -2), b[1] + 12)


def _on(curve: tuple[Point, ...], t: float) -> Point:
    shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return sum(s * p[0] for s, p in zip(shares, curve, strict=True)), sum(s * p[1] for s, p in zip(shares, curve, strict=True))


def _arrow(curve: tuple[Point, ...], moves: list[int], placed: list[tuple[float, float, int]], at: Point | None = None) -> Arrow:
    """The numbers stand on the curve, where no others stand yet."""
    numbers = ranges(moves)
    width = 10 + 7 * len(numbers)
    tries = [at] if at else [_on(curve, t) for t in (0.5, 0.38, 0.62, 0.27, 0.73, 0.18)]
    free = [p for p in tries if all(abs(p[0] - x) > (width + w) / 2 + 2 or abs(p[1] - y) > 18 for x, y, w in placed)]
    x, y = (free or tries)[0]
    placed.append((x, y, width))
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve
    return Arrow(f"M{x0:.0f} {y0:.0f}C{x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f} {x3:.0f} {y3:.0f}", numbers, round(x, 1), round(y, 1), width)
