"""What a conference has to work with, what a plan is, and whether one keeps to the other: pure, and apart from whoever makes the plan."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from shared.record import Value

Aim = Literal["FAIR", "STABLE"]
Pair = tuple[str, str]  # an association and an enterprise, by their credit codes


class Meeting(Value):
    """One table for one slot; both are counted from 1."""

    association: str
    enterprise: str
    slot: Annotated[int, Field(ge=1, le=48)]
    table: Annotated[int, Field(ge=1, le=10_000)]

    @property
    def pair(self) -> Pair:
        return self.association, self.enterprise


@dataclass(frozen=True)
class Hall:
    """The givens of a plan.

    associations, enterprises   how many meetings each takes at most
    scores   mutual scores 0…1; a pair that is not in it, or is below `floor`, is not planned unless it must meet
    good     the least score of a good meeting
    closed   slots in which nothing new is placed: they are over
    absent   the slots in which one is not there
    locked   meetings that stand as they are
    aim      FAIR: a good meeting for everyone first; STABLE: no two who would both rather have each other
    """

    associations: Mapping[str, int]
    enterprises: Mapping[str, int]
    scores: Mapping[Pair, float]
    slots: int
    tables: int
    must: frozenset[Pair] = frozenset()
    never: frozenset[Pair] = frozenset()
    locked: tuple[Meeting, ...] = ()
    closed: frozenset[int] = frozenset()
    absent: Mapping[str, frozenset[int]] = field(default_factory=dict)
    floor: float = 0.0
    good: float = 0.0
    aim: Aim = "FAIR"

    @property
    def open_slots(self) -> tuple[int, ...]:
        return tuple(s for s in range(1, self.slots + 1) if s not in self.closed)

    @property
    def owed(self) -> frozenset[Pair]:
        """Pairs that must meet and have no locked meeting."""
        return self.must - {m.pair for m in self.locked}

    def free_slots(self) -> dict[str, frozenset[int]]:
        """The open slots in which each is there and has no locked meeting."""
        busy: dict[str, set[int]] = {}
        for meeting in self.locked:
            for one in meeting.pair:
                busy.setdefault(one, set()).add(meeting.slot)
        every = frozenset(self.open_slots)
        return {one: every - self.absent.get(one, frozenset()) - busy.get(one, set()) for one in (*self.associations, *self.enterprises)}

    def free_tables(self) -> dict[int, int]:
        """The tables left in each open slot."""
        taken = Counter(m.slot for m in self.locked)
        return {s: self.tables - taken[s] for s in self.open_slots}


class Fairness(Value):
    """What a plan gives, beside the plan that looks at the sum of scores alone, and so what fairness costs.

    Sums are of mutual scores 0…1; `price` = 1 - total / optimum; `good_score` is the highest score at which as many can have a good meeting
    as at the least one; `bound` is what could be had if slots did not matter, and `exact` says that the plan is one of the best there are.
    `worst_best` and `p10_best` are the lowest, and the tenth percentile, of the best meetings of those who have one; `blocking` counts pairs
    without a meeting of whom both would rather have it than their worst one, or than an empty seat; `…_optimum` is of the other plan;
    `stable` is the sum of the pairs that nobody would give up for each other, which is what the plan has where that was the aim; `envy_…` is the
    share of a side, 0…1, who would change its whole schedule for that of another."""

    meetings: int
    total: float
    mean: float
    optimum: float
    price: float
    bound: float
    exact: bool
    good_score: float
    associations: int
    enterprises: int
    served_associations: int
    served_enterprises: int
    served_associations_optimum: int
    served_enterprises_optimum: int
    worst_best: float
    p10_best: float
    gini_associations: float
    gini_associations_optimum: float
    gini_enterprises: float
    gini_enterprises_optimum: float
    blocking: int
    stable: float = 0.0
    envy_associations: float = 0.0
    envy_enterprises: float = 0.0
    aim: Aim = "FAIR"


class Infeasible(Exception):
    """No plan can keep to all constraints: the code names the constraint, `who` those it concerns."""

    def __init__(self, code: str, who: Iterable[str], en: str, zh: str) -> None:
        super().__init__(en)
        self.code, self.who, self.en, self.zh = code, tuple(who), en, zh


def contradiction(hall: Hall) -> Infeasible | None:
    """The first constraint that, by counting, cannot be kept; None when counting finds none."""
    capacity = {**hall.associations, **hall.enterprises}
    named = sorted({*hall.must, *hall.never, *(m.pair for m in hall.locked)})
    if unknown := sorted({one for a, b in named for one, side in ((a, hall.associations), (b, hall.enterprises)) if one not in side}):
        return Infeasible("unknown_participant", unknown, "named in a constraint, and not taking part", "约束中的单位未参会")
    if both := sorted(hall.must & hall.never):
        return Infeasible("must_and_never", both[0], "the two must meet and must never meet", "同一对单位既必须对接又不得对接")
    if why := _locked_contradict(hall, capacity):
        return why
    free, owed = hall.free_slots(), sorted(hall.owed)
    wanted, settled = (Counter(one for pair in pairs for one in pair) for pairs in (owed, [m.pair for m in hall.locked]))
    for one in sorted(wanted):
        if not free[one] and hall.absent.get(one, frozenset()) >= frozenset(hall.open_slots):
            return Infeasible("must_meet_absent", [one], "it must meet somebody and is not there", "必须对接的单位缺席")
        if wanted[one] + settled[one] > capacity[one]:
            return Infeasible("must_over_capacity", [one], "it must meet more than it takes meetings", "必须对接数超过其可接待场次")
        if wanted[one] > len(free[one]):
            return Infeasible("must_over_slots", [one], "it must meet more than it has free slots", "必须对接数超过其空余时段")
    for a, b in owed:
        if not free[a] & free[b]:
            return Infeasible(
                "must_no_common_slot", (a, b), "the two must meet and have no free slot in common", "必须对接的双方没有共同空余时段"
            )
    if len(owed) > sum(hall.free_tables().values()):
        return Infeasible("must_over_tables", (), "more must meet than there are free tables", "必须对接数超过剩余桌次")
    return None


def _locked_contradict(hall: Hall, capacity: Mapping[str, int]) -> Infeasible | None:
    for meetings in _grouped(hall.locked).values():
        if len(meetings) > 1:
            return Infeasible("locked_clash", meetings[0].pair, "two locked meetings at the same time or table", "锁定场次时间或桌号冲突")
    for meeting in hall.locked:
        if meeting.slot > hall.slots or meeting.table > hall.tables:
            return Infeasible("locked_outside", meeting.pair, "a locked meeting lies outside the slots or tables", "锁定场次超出时段或桌数")
        if meeting.pair in hall.never:
            return Infeasible("locked_and_never", meeting.pair, "a locked meeting is of two who must never meet", "锁定场次的双方不得对接")
        for one in meeting.pair:
            if meeting.slot in hall.absent.get(one, frozenset()):
                return Infeasible("locked_absent", [one], "a locked meeting is of one who is not there", "锁定场次的单位缺席")
    counted = Counter(one for m in hall.locked for one in m.pair)
    over = sorted(one for one, n in counted.items() if n > capacity[one])
    return Infeasible("locked_over_capacity", over, "more locked meetings than it takes", "锁定场次超过其可接待场次") if over else None


def _grouped(meetings: Iterable[Meeting]) -> dict[tuple[str, int], list[Meeting]]:
    """Meetings by who and when, by which table and when, and by pair (as slot 0): each may hold one."""
    found: dict[tuple[str, int], list[Meeting]] = {}
    for m in meetings:
        for key in ((m.association, m.slot), (m.enterprise, m.slot), (f"table {m.table}", m.slot), ("~".join(m.pair), 0)):
            found.setdefault(key, []).append(m)
    return found


def faults(hall: Hall, meetings: Iterable[Meeting]) -> list[str]:
    """The code of every constraint this plan breaks, with whom it concerns; none for a plan that may stand. Knows nothing of scores."""
    plan = list(meetings)
    found = [f"clash {who} {slot}" for (who, slot), held in _grouped(plan).items() if len(held) > 1]
    counted = Counter(one for m in plan for one in m.pair)
    capacity = {**hall.associations, **hall.enterprises}
    found += [f"unknown {one}" for one in counted if one not in capacity]
    found += [f"capacity {one}" for one, n in counted.items() if n > capacity.get(one, n)]
    locked = set(hall.locked)
    for m in plan:
        if m.slot > hall.slots or m.table > hall.tables:
            found.append(f"outside {m.association} {m.enterprise}")
        if m.pair in hall.never:
            found.append(f"never {m.association} {m.enterprise}")
        if m not in locked and m.slot in hall.closed:
            found.append(f"closed {m.slot}")
        found += [f"absent {one} {m.slot}" for one in m.pair if m.slot in hall.absent.get(one, frozenset())]
    kept = set(plan)
    found += [f"locked {m.association} {m.enterprise}" for m in hall.locked if m not in kept]
    return sorted([*found, *(f"must {a} {b}" for a, b in hall.must - {m.pair for m in plan})])
