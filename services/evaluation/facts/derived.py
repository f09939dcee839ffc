"""Facts computed from facts: how many members, who left and why (exit formulas of domain §4.4; R37)."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from services.evaluation.facts.fact import Fact, number_of

PLACES = 6


def ratio_text(x: Fraction) -> str:
    """A ratio as the fact store writes it: six decimals, half up."""
    scaled = Decimal(x.numerator) / Decimal(x.denominator)
    return format(scaled.quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP).normalize(), "f")


class ExitSituation:
    """Members and leavers of one association in one year.

    start, end   members at the turn of the years · exits by reason, a missing reason being OTHER
    avg = (start + end)/2 · exit_rate = exits/avg · adjusted = (exits − neutral)/avg · growth = (end − start)/start
    """

    def __init__(self, start: int, joined: int, exits: dict[str, int], neutral: Sequence[str], voluntary: Sequence[str]) -> None:
        self.start, self.exits = start, sum(exits.values())
        self.end = start + joined - self.exits
        self.neutral = sum(exits.get(r, 0) for r in neutral)
        self.voluntary = sum(exits.get(r, 0) for r in voluntary)
        self._average = Fraction(self.start + self.end, 2)

    @property
    def rate(self) -> Fraction | None:
        return self.exits / self._average if self._average > 0 else None

    @property
    def adjusted(self) -> Fraction | None:
        return (self.exits - self.neutral) / self._average if self._average > 0 else None

    @property
    def growth(self) -> Fraction | None:
        return Fraction(self.end - self.start, self.start) if self.start > 0 else None

    @property
    def voluntary_share(self) -> Fraction | None:
        return Fraction(self.voluntary, self.exits) if self.exits else None


def exit_situation(facts: Iterable[Fact], year: int, neutral: Sequence[str], voluntary: Sequence[str]) -> ExitSituation | None:
    """Counted from the joins and exits of all years up to `year`; None when nobody ever joined by then."""
    joined: dict[int, int] = {}
    left: dict[int, dict[str, int]] = {}
    for fact in facts:
        if fact.key == "members.joined":
            joined[fact.year] = int(number_of(fact.value))
        elif fact.key.startswith("exits["):
            left.setdefault(fact.year, {})[fact.key[6:-1]] = int(number_of(fact.value))
    if not any(y <= year for y in joined):
        return None
    start = sum(n for y, n in joined.items() if y < year) - sum(sum(r.values()) for y, r in left.items() if y < year)
    return ExitSituation(start, joined.get(year, 0), left.get(year, {}), neutral, voluntary)


def with_derived(facts: Sequence[Fact], years: Iterable[int], neutral: Sequence[str], voluntary: Sequence[str]) -> tuple[Fact, ...]:
    """The facts and, for each of these years, those derived from them."""
    made: list[Fact] = []
    for year in years:
        if (situation := exit_situation(facts, year, neutral, voluntary)) is None:
            continue
        values: dict[str, int | str] = {"members.start": situation.start, "members.end": situation.end}
        ratios = {"exit.rate": situation.rate, "exit.adjusted_rate": situation.adjusted, "exit.growth": situation.growth,
                  "exit.voluntary_share": situation.voluntary_share}  # fmt: skip
        values |= {key: ratio_text(x) for key, x in ratios.items() if x is not None}
        made += [Fact(key=key, year=year, value=value, sources=("derived",)) for key, value in values.items()]
    return (*facts, *made)
