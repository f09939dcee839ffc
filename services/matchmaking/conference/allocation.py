"""The best plan of a conference: first a good meeting for everyone who can have one, then the greatest sum of scores. matching.md §3.

An organiser may ask instead for the plan that nobody would decline for another (`STABLE`); the report tells what either gives.

Two exact steps. Which pairs meet is a min-cost flow: its matrix is totally unimodular, so the answer is whole. When they meet is an edge
colouring of a bipartite graph: a graph of degree ≤ S has one in S colours (König), of nearly equal size (de Werra), so that tables suffice
as soon as pairs ≤ slots · tables. Only meetings locked into slots still open, and absences for a part of them, break the second step; then
pairs that must meet are placed by constraint programming, which also knows when they cannot be, and the others slot by slot.

The same input in any order gives the same plan: nodes and arcs are in order of the ids, and the solvers have no chance in them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from services.matchmaking.conference.hall import Fairness, Hall, Infeasible, Meeting, Pair, contradiction

if TYPE_CHECKING:
    from numpy import ndarray

    Ints = ndarray[Any, Any]

UNIT = 1_000_000  # of the integer costs: six places of a score
SMALL = 2  # the bonus tried first, in scores
POINTS = 100  # steps in which the good score is raised
ASKED = 500  # of a side, whether they envy another: asking all of 30,000 would take longer than the plan
PATIENCE = 30.0  # deterministic seconds for the pairs that must meet


@dataclass(frozen=True)
class Plan:
    """Who meets whom, in which slot and at which table, in order of slots and tables."""

    meetings: tuple[Meeting, ...]
    fairness: Fairness


@dataclass(frozen=True)
class Problem:
    """The hall as arrays: node numbers in order of the ids, pairs in order of both; caps and tables are what the fixed pairs leave.

    `wished`: all pairs that suit each other and may meet, left, right and worth, whatever is fixed or full."""

    hall: Hall
    associations: list[str]
    enterprises: list[str]
    left: "Ints"
    right: "Ints"
    worth: "Ints"  # scores in millionths
    cap_left: "Ints"
    cap_right: "Ints"
    tables: int
    fixed: tuple[Pair, ...]  # locked, and must
    wished: "tuple[Ints, Ints, Ints]"

    def score(self, pair: Pair) -> float:
        return self.hall.scores.get(pair, 0.0)

    def pairs(self, chosen: "Ints") -> list[Pair]:
        return [
            (self.associations[i], self.enterprises[j])
            for i, j in zip(self.left[chosen].tolist(), self.right[chosen].tolist(), strict=True)
        ]


def allocate(hall: Hall) -> Plan:
    """The best plan. Raises: Infeasible, naming the constraint that cannot be kept."""
    if why := contradiction(hall):
        raise why
    problem = posed(hall)
    level = good_score(problem)
    most = greatest(problem)
    steady = steadiest(problem)
    chosen = steady if hall.aim == "STABLE" else fairest(problem, level, most, sum(servable(problem, level)))
    fair = problem.pairs(chosen)
    owed = sorted(hall.owed)
    placed = slot_by_slot(problem, fair, level) if sliced(hall) else coloured([*owed, *fair], hall.open_slots)
    meetings = (*hall.locked, *seated(hall, placed))
    ordered = tuple(sorted(meetings, key=lambda m: (m.slot, m.table)))
    plain, bound, stable = ([*problem.fixed, *problem.pairs(pairs)] for pairs in (most, chosen, steady))
    return Plan(ordered, judged(problem, [m.pair for m in ordered], plain, bound, stable, level))


def sliced(hall: Hall) -> bool:
    """Whether open slots differ for somebody, so that not every choice of pairs can be placed."""
    still_open = frozenset(hall.open_slots)
    partly = any(gone & still_open and not gone >= still_open for gone in hall.absent.values())
    return partly or any(m.slot in still_open for m in hall.locked)


def posed(hall: Hall) -> Problem:
    import numpy as np

    associations, enterprises = sorted(hall.associations), sorted(hall.enterprises)
    at_left, at_right = ({one: n for n, one in enumerate(side)} for side in (associations, enterprises))
    fixed = tuple(sorted({m.pair for m in hall.locked} | hall.must))
    free, given = hall.free_slots(), Counter(one for pair in fixed for one in pair)
    owing = Counter(one for pair in hall.owed for one in pair)

    def left_over(side: Mapping[str, int], order: list[str]) -> "Ints":
        return np.array([max(0, min(side[one] - given[one], len(free[one]) - owing[one])) for one in order], dtype=np.int64)

    able = [(at_left[p[0]], at_right[p[1]], s) for p, s in hall.scores.items()
            if s >= hall.floor and p not in hall.never and p[0] in at_left and p[1] in at_right]  # fmt: skip
    table = np.array(able, dtype=np.float64).reshape(-1, 3)
    left, right = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    worth = np.rint(table[:, 2] * UNIT).astype(np.int64)
    settled = [at_left[a] * len(enterprises) + at_right[b] for a, b in fixed if a in at_left and b in at_right]
    open_ = ~np.isin(left * len(enterprises) + right, settled)
    cap_left, cap_right = left_over(hall.associations, associations), left_over(hall.enterprises, enterprises)
    order = np.lexsort((right, left))
    wished, order = (left[order], right[order], worth[order]), order[open_[order]]
    order = order[(cap_left[left[order]] > 0) & (cap_right[right[order]] > 0)]
    tables = max(0, sum(hall.free_tables().values()) - len(hall.owed))
    return Problem(hall, associations, enterprises, left[order], right[order], worth[order], cap_left, cap_right, tables, fixed, wished)


# ── which pairs ───────────────────────────────────────────────────────────────────────────────────
def greatest(problem: Problem) -> "Ints":
    """The pairs of the greatest sum of scores, as positions."""
    return flow(problem)


def fairest(problem: Problem, level: float, plain: "Ints", aim: int) -> "Ints":
    """The pairs that give most participants a meeting of at least this score, and of those the greatest sum.

    `aim` bounds the number of the served from above. A choice that is best for some bonus and serves so many is best for every larger one;
    so the plain choice and a small bonus are tried before the one that exceeds all scores together, which takes the solver far longer."""
    done, enough = served_already(problem, level), round(level * UNIT)
    for bonus in (0, SMALL * UNIT):
        chosen = flow(problem, level, bonus) if bonus else plain
        good = chosen[problem.worth[chosen] >= enough]
        now = {problem.associations[i] for i in set(problem.left[good].tolist())} | {
            problem.enterprises[j] for j in set(problem.right[good].tolist())
        }
        if len(now | done) == aim:
            return chosen
    return flow(problem, level, int(problem.worth.max(initial=0)) * seats(problem) + 1)


def steadiest(problem: Problem) -> "Ints":
    """The pairs that leave no two who would both rather have each other: deferred acceptance, many to many (Gale and Shapley, 1962; Roth and
    Sotomayor, 1990). Both sides rank by the mutual score, so it comes to taking the best pair that still can, again and again."""
    import numpy as np

    left, right, taken = problem.cap_left.tolist(), problem.cap_right.tolist(), list[int]()
    order = np.lexsort((problem.right, problem.left, -problem.worth))
    for k, i, j in zip(order.tolist(), problem.left[order].tolist(), problem.right[order].tolist(), strict=True):
        if len(taken) == problem.tables:
            break
        if left[i] and right[j]:
            left[i], right[j] = left[i] - 1, right[j] - 1
            taken.append(k)
    return np.array(sorted(taken), dtype=np.int64)


def seats(problem: Problem) -> int:
    """So many meetings at most."""
    return int(min(problem.tables, problem.cap_left.sum(), problem.cap_right.sum()))


def flow(problem: Problem, level: float = 2.0, bonus: int = 0) -> "Ints":
    """Source → association → enterprise → sink; with a bonus, a good pair runs through a second node on each side, whose first unit earns it."""
    import numpy as np
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    n, m, e = len(problem.associations), len(problem.enterprises), len(problem.worth)
    supply = seats(problem)
    if not e or not supply:
        return np.array([], dtype=np.int64)
    source, sink = 2 * (n + m), 2 * (n + m) + 1
    ours, theirs = np.arange(n), n + np.arange(m)
    good = problem.worth >= round(level * UNIT)
    ours_good, theirs_good = n + m + ours, n + m + theirs
    solver = SimpleMinCostFlow()
    tail = np.where(good, ours_good[problem.left], ours[problem.left])
    head = np.where(good, theirs_good[problem.right], theirs[problem.right])
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tail, head, np.ones(e, dtype=np.int64), -problem.worth)
    solver.add_arcs_with_capacity_and_unit_cost(np.full(n, source), ours, problem.cap_left, np.zeros(n, dtype=np.int64))
    solver.add_arcs_with_capacity_and_unit_cost(theirs, np.full(m, sink), problem.cap_right, np.zeros(m, dtype=np.int64))
    solver.add_arc_with_capacity_and_unit_cost(source, sink, supply, 0)
    if bonus:
        served = served_already(problem, level)
        for outer, inner, names, cap in ((ours, ours_good, problem.associations, problem.cap_left),
                                         (theirs_good, theirs, problem.enterprises, problem.cap_right)):  # fmt: skip
            first = np.array([one not in served for one in names], dtype=np.int64)
            solver.add_arcs_with_capacity_and_unit_cost(outer, inner, np.minimum(first, cap), np.full(len(names), -bonus))
            solver.add_arcs_with_capacity_and_unit_cost(outer, inner, cap, np.zeros(len(names), dtype=np.int64))
    solver.set_node_supply(source, supply)
    solver.set_node_supply(sink, -supply)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"the flow has no optimum: {status}")
    return np.flatnonzero(solver.flows(arcs))


def served_already(problem: Problem, level: float) -> set[str]:
    """Those whose fixed meetings include a good one."""
    return {one for pair in problem.fixed if problem.score(pair) >= level for one in pair}


def good_score(problem: Problem) -> float:
    """The highest score, in whole points, at which as many associations and as many enterprises can have a good meeting as at the least
    one: the max-min optimum of matching.md §3.3, by bisection."""
    least = problem.hall.good
    aim = servable(problem, least)
    low, high = 0, max(0, int(POINTS * (1 - least)))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if servable(problem, least + middle / POINTS) == aim else (low, middle - 1)
    return round(least + low / POINTS, 6)


def servable(problem: Problem, level: float) -> tuple[int, int]:
    """How many associations, and how many enterprises, could have a meeting of this score, each side for itself."""
    import numpy as np

    good, served = problem.worth >= round(level * UNIT), served_already(problem, level)
    left, right = problem.left[good], problem.right[good]

    def count(cap_left: "Ints", cap_right: "Ints") -> int:
        return covered(left, right, cap_left, cap_right, problem.tables)

    wants_left = np.minimum(problem.cap_left, [one not in served for one in problem.associations])
    wants_right = np.minimum(problem.cap_right, [one not in served for one in problem.enterprises])
    of_left, of_right = (sum(one in served for one in side) for side in (problem.associations, problem.enterprises))
    return of_left + count(wants_left, problem.cap_right), of_right + count(problem.cap_left, wants_right)


def covered(left: "Ints", right: "Ints", cap_left: "Ints", cap_right: "Ints", most: int) -> int:
    """The greatest number of these pairs that the capacities of both sides allow."""
    import numpy as np
    from ortools.graph.python.max_flow import SimpleMaxFlow

    n, m = len(cap_left), len(cap_right)
    source, gate, sink = n + m, n + m + 1, n + m + 2
    if not len(left) or not most:
        return 0
    solver = SimpleMaxFlow()
    solver.add_arc_with_capacity(source, gate, most)
    solver.add_arcs_with_capacity(np.full(n, gate), np.arange(n), cap_left)
    solver.add_arcs_with_capacity(left, n + right, np.ones(len(left), dtype=np.int64))
    solver.add_arcs_with_capacity(n + np.arange(m), np.full(m, sink), cap_right)
    solver.solve(source, sink)
    return int(solver.optimal_flow())


# ── when ──────────────────────────────────────────────────────────────────────────────────────────
def coloured(pairs: Sequence[Pair], slots: Sequence[int]) -> dict[Pair, int]:
    """A slot for every pair, nobody twice in one, and the slots equally full to within one.

    Peels one matching after the other off: each holds everybody who has a meeting in every slot left, and its share of all pairs; by König
    and de Werra there is always one, and a maximum flow finds it."""
    import numpy as np

    left_names, right_names = sorted({a for a, _ in pairs}), sorted({b for _, b in pairs})
    at_left, at_right = ({one: n for n, one in enumerate(side)} for side in (left_names, right_names))
    ordered = sorted(pairs)
    left = np.array([at_left[a] for a, _ in ordered], dtype=np.int64)
    right = np.array([at_right[b] for _, b in ordered], dtype=np.int64)
    alive, found = np.arange(len(ordered)), dict[Pair, int]()
    for n, slot in enumerate(slots):
        if not len(alive):
            break
        rounds = len(slots) - n
        taken = alive if rounds == 1 else alive[peeled(left[alive], right[alive], rounds)]
        found.update((ordered[k], slot) for k in taken.tolist())
        alive = np.setdiff1d(alive, taken, assume_unique=True)
    return found


def peeled(left: "Ints", right: "Ints", rounds: int) -> "Ints":
    """One matching of ⌈pairs / rounds⌉ pairs that covers everybody with as many pairs as there are rounds.

    Everybody sends or receives one unit; who may be left out does so through a spare node of the other side, of which there is room for
    exactly those that the share leaves out."""
    import numpy as np
    from ortools.graph.python.max_flow import SimpleMaxFlow

    (ours, left), (theirs, right) = np.unique(left, return_inverse=True), np.unique(right, return_inverse=True)
    n, m, share = len(ours), len(theirs), -(-len(left) // rounds)
    spare_left, spare_right, source, sink = n + m, n + m + 1, n + m + 2, n + m + 3
    idle_left, idle_right = np.flatnonzero(np.bincount(left) < rounds), np.flatnonzero(np.bincount(right) < rounds)
    solver = SimpleMaxFlow()

    def arcs(tail: "Ints", head: "Ints") -> "Ints":
        made: Ints = solver.add_arcs_with_capacity(tail, head, np.ones(len(tail), dtype=np.int64))
        return made

    real = arcs(left, n + right)
    arcs(np.full(n, source), np.arange(n))
    arcs(n + np.arange(m), np.full(m, sink))
    arcs(idle_left, np.full(len(idle_left), spare_right))
    arcs(np.full(len(idle_right), spare_left), n + idle_right)
    solver.add_arc_with_capacity(spare_right, sink, n - share)
    solver.add_arc_with_capacity(source, spare_left, m - share)
    solver.solve(source, sink)
    if solver.optimal_flow() != n + m - share:
        raise RuntimeError("a bipartite graph without the matching it must have")
    return np.flatnonzero(solver.flows(real))


def seated(hall: Hall, placed: Mapping[Pair, int]) -> Iterator[Meeting]:
    """A table for every meeting: an association keeps its own where there are enough for all, otherwise the lowest that is free."""
    own = {a: n for n, a in enumerate(sorted(hall.associations), start=1)} if len(hall.associations) <= hall.tables else {}
    taken: dict[int, set[int]] = {}
    for meeting in hall.locked:
        taken.setdefault(meeting.slot, set()).add(meeting.table)
    later = []
    for (a, b), slot in sorted(placed.items()):
        used = taken.setdefault(slot, set())
        if a in own and own[a] not in used:
            used.add(own[a])
            yield Meeting(association=a, enterprise=b, slot=slot, table=own[a])
        else:
            later.append((a, b, slot))
    lowest: dict[int, int] = {}
    for a, b, slot in later:
        table = lowest.get(slot, 1)
        while table in taken[slot]:
            table += 1
        lowest[slot] = table
        taken[slot].add(table)
        yield Meeting(association=a, enterprise=b, slot=slot, table=table)


# ── when slots differ ─────────────────────────────────────────────────────────────────────────────
def slot_by_slot(problem: Problem, chosen: Sequence[Pair], level: float) -> dict[Pair, int]:
    """The pairs that must meet first, then of each slot the best of the chosen, then whatever else still finds room in both days."""
    hall = problem.hall
    placed = settled(hall)
    free = {one: set(slots) for one, slots in hall.free_slots().items()}
    tables = hall.free_tables()
    room = {**dict(zip(problem.associations, problem.cap_left.tolist(), strict=True)),
            **dict(zip(problem.enterprises, problem.cap_right.tolist(), strict=True))}  # fmt: skip
    for (a, b), slot in placed.items():
        free[a].discard(slot)
        free[b].discard(slot)
        tables[slot] -= 1
    served = served_already(problem, level)
    wanted, every = set(chosen), problem.pairs(_all(problem))
    for pool in ([p for p in every if p in wanted], every):
        left = [p for p in pool if p not in placed]
        for slot in hall.open_slots:
            able = [p for p in left if slot in free[p[0]] and slot in free[p[1]] and room[p[0]] > 0 and room[p[1]] > 0]
            for pair in matched(able, [earns(problem, p, level, served) for p in able], tables[slot]):
                placed[pair] = slot
                tables[slot] -= 1
                for one in pair:
                    free[one].discard(slot)
                    room[one] -= 1
                if problem.score(pair) >= level:
                    served |= set(pair)
            left = [p for p in left if p not in placed]
    return placed


def _all(problem: Problem) -> "Ints":
    import numpy as np

    return np.arange(len(problem.worth))


def earns(problem: Problem, pair: Pair, level: float, served: set[str]) -> int:
    """The worth of a pair in a slot: its score, and more than any score for each side's first good meeting."""
    first = sum(one not in served for one in pair) if problem.score(pair) >= level else 0
    return round(problem.score(pair) * UNIT) + first * 2 * UNIT


def matched(pairs: Sequence[Pair], worth: Sequence[int], most: int) -> list[Pair]:
    """The matching of at most so many pairs that is worth most."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    if not pairs or most <= 0:
        return []
    ours, theirs = ({one: n for n, one in enumerate(sorted({p[k] for p in pairs}))} for k in (0, 1))
    n, m = len(ours), len(theirs)
    source, sink, supply = n + m, n + m + 1, min(n, m, most)
    solver = SimpleMinCostFlow()
    arcs = [solver.add_arc_with_capacity_and_unit_cost(ours[p[0]], n + theirs[p[1]], 1, -w) for p, w in zip(pairs, worth, strict=True)]
    for k in range(n):
        solver.add_arc_with_capacity_and_unit_cost(source, k, 1, 0)
    for k in range(m):
        solver.add_arc_with_capacity_and_unit_cost(n + k, sink, 1, 0)
    solver.add_arc_with_capacity_and_unit_cost(source, sink, supply, 0)
    solver.set_node_supply(source, supply)
    solver.set_node_supply(sink, -supply)
    if (status := solver.solve()) != solver.OPTIMAL:
        raise RuntimeError(f"the matching has no optimum: {status}")
    return [p for p, arc in zip(pairs, arcs, strict=True) if solver.flow(arc)]


def settled(hall: Hall) -> dict[Pair, int]:
    """A slot for every pair that must meet. Raises: Infeasible with the least set of pairs that stand in each other's way."""
    owed = sorted(hall.owed)
    found = scheduled(hall, owed)
    if found is not None:
        return found
    blame = owed
    for pair in owed:
        without = [p for p in blame if p != pair]
        if scheduled(hall, without) is None:
            blame = without
    raise Infeasible(
        "must_not_placeable", [one for pair in blame for one in pair], "these pairs must meet and cannot all be placed in the slots left",
        "下列必须对接的单位无法在剩余时段内全部安排",
    )  # fmt: skip


def scheduled(hall: Hall, pairs: Sequence[Pair]) -> dict[Pair, int] | None:
    """A slot for each of these pairs, or None when there is none. Raises: Infeasible when that stays unknown within the patience."""
    from ortools.sat.python import cp_model

    if not pairs:
        return {}
    free, model = hall.free_slots(), cp_model.CpModel()
    held = {(p, s): model.new_bool_var(f"{n}.{s}") for n, p in enumerate(pairs) for s in sorted(free[p[0]] & free[p[1]])}
    for pair in pairs:
        model.add_exactly_one([v for (p, _), v in held.items() if p == pair])
    for slot, tables in hall.free_tables().items():
        model.add(sum(v for (_, s), v in held.items() if s == slot) <= tables)
        for one in sorted({one for pair in pairs for one in pair}):
            model.add_at_most_one([v for (p, s), v in held.items() if s == slot and one in p])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, 1
    solver.parameters.max_deterministic_time = PATIENCE
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise Infeasible(
            "must_not_settled", (), "no way was found in time to place all that must meet", "限定时间内未能排定全部必须对接的场次"
        )
    return {p: s for (p, s), v in held.items() if solver.value(v)}


# ── what it gives ─────────────────────────────────────────────────────────────────────────────────
def judged(
    problem: Problem, held: Sequence[Pair], plain: Sequence[Pair], bound: Sequence[Pair], steady: Sequence[Pair], level: float
) -> Fairness:
    hall = problem.hall
    now, before = ([(p, round(problem.score(p) * UNIT)) for p in pairs] for pairs in (held, plain))
    enough = round(level * UNIT)

    def served(pairs: Sequence[tuple[Pair, int]], side: int) -> int:
        return len({p[side] for p, worth in pairs if worth >= enough})

    def gini(pairs: Sequence[tuple[Pair, int]], side: int) -> float:
        sums = dict.fromkeys(hall.enterprises if side else hall.associations, 0)
        for p, worth in pairs:
            sums[p[side]] += worth
        ranked, everything, n = sorted(sums.values()), sum(sums.values()), len(sums)
        return round(sum((2 * k - n + 1) * x for k, x in enumerate(ranked)) / (n * everything), 6) if everything else 0.0

    best: dict[str, int] = {}
    for p, worth in now:
        for one in p:
            best[one] = max(best.get(one, 0), worth)
    mine, optimum = (sum(worth for _, worth in pairs) for pairs in (now, before))
    bests = sorted(best.values()) or [0]
    return Fairness(
        meetings=len(held), total=mine / UNIT, mean=round(mine / len(held) / UNIT, 6) if held else 0.0, optimum=optimum / UNIT, price=round(1 - mine / optimum, 6) if optimum else 0.0,
        bound=sum(round(problem.score(p) * UNIT) for p in bound) / UNIT, exact=not sliced(hall),
        good_score=level, associations=len(hall.associations), enterprises=len(hall.enterprises),
        served_associations=served(now, 0), served_enterprises=served(now, 1),
        served_associations_optimum=served(before, 0), served_enterprises_optimum=served(before, 1),
        worst_best=bests[0] / UNIT, p10_best=bests[len(bests) // 10] / UNIT, gini_associations=gini(now, 0),
        gini_associations_optimum=gini(before, 0), gini_enterprises=gini(now, 1), gini_enterprises_optimum=gini(before, 1),
        blocking=blocking(problem, held), stable=sum(round(problem.score(p) * UNIT) for p in steady) / UNIT,
        envy_associations=envy(problem, held, 0), envy_enterprises=envy(problem, held, 1), aim=hall.aim,
    )  # fmt: skip


def envy(problem: Problem, held: Sequence[Pair], side: Literal[0, 1]) -> float:
    """Who would change its whole schedule for that of another of its side that it has the seats for, by its own scores: as a share of those with
    a seat, of up to five hundred of them at even distances (matching.md §3.4; Foley, 1967)."""
    import numpy as np

    seats, order = (problem.hall.enterprises, problem.enterprises) if side else (problem.hall.associations, problem.associations)
    at, others = {one: n for n, one in enumerate(order)}, problem.associations if side else problem.enterprises
    at_other = {one: n for n, one in enumerate(others)}
    mine, theirs = problem.wished[side], problem.wished[1 - side]
    by_mine = np.argsort(mine, kind="stable")
    starts = np.searchsorted(mine[by_mine], np.arange(len(order) + 1))

    meeting = np.array(
        [(at_other[p[1 - side]], at[p[side]], round(problem.score(p) * UNIT)) for p in sorted(held)], dtype=np.int64
    ).reshape(-1, 3)
    meeting = meeting[np.argsort(meeting[:, 0], kind="stable")]
    first = np.searchsorted(meeting[:, 0], np.arange(len(others) + 1))
    has = np.bincount(meeting[:, 1], weights=meeting[:, 2], minlength=len(order))
    many = np.bincount(meeting[:, 1], minlength=len(order))

    asked = np.flatnonzero((problem.cap_right if side else problem.cap_left) + many).tolist()
    asked = asked[:: -(-len(asked) // ASKED)] if asked else []
    envious = 0
    for n in asked:
        pairs = by_mine[starts[n] : starts[n + 1]]
        low, long = first[theirs[pairs]], first[theirs[pairs] + 1] - first[theirs[pairs]]
        within = np.arange(long.sum()) - np.repeat(np.cumsum(long) - long, long)  # 0, 1, … for each partner's meetings
        holders = meeting[np.repeat(low, long) + within, 1]
        sums = np.bincount(holders, weights=np.repeat(problem.wished[2][pairs], long), minlength=len(order))
        sums[(many > seats[order[n]]) | (np.arange(len(order)) == n)] = 0.0
        envious += bool(sums.max(initial=0.0) > has[n])
    return round(envious / len(asked), 4) if asked else 0.0


def blocking(problem: Problem, held: Sequence[Pair]) -> int:
    """Pairs left out of which both would rather have it than their worst meeting, or than an empty seat (matching.md §3.4); both rank by the
    mutual score, and whoever has all seats locked or owed changes nothing."""
    import numpy as np

    hall, worst, count = problem.hall, dict[str, int](), Counter(one for pair in held for one in pair)
    for pair in held:
        for one in pair:
            worst[one] = min(worst.get(one, UNIT), round(problem.score(pair) * UNIT))

    def bar(side: Mapping[str, int], order: Sequence[str]) -> "Ints":
        return np.array([worst.get(one, -1) if count[one] >= side[one] else -1 for one in order], dtype=np.int64)

    if not len(problem.worth):
        return 0
    kept = set(held)
    better = problem.worth > bar(hall.associations, problem.associations)[problem.left]
    better &= problem.worth > bar(hall.enterprises, problem.enterprises)[problem.right]
    return sum(pair not in kept for pair in problem.pairs(np.flatnonzero(better)))
