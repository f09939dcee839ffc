"""Members, leavers and growth from joins and exits (exit formulas of domain §4.4)."""

from fractions import Fraction

from services.evaluation.facts.derived import exit_situation, ratio_text, with_derived
from services.evaluation.facts.fact import Fact

NEUTRAL, VOLUNTARY = ("RELOCATED", "BUSINESS_CEASED", "MERGED"), ("DISSATISFIED", "NO_BENEFIT", "FEE_BURDEN")
STORY = [
    Fact(key="members.joined", year=2019, value=130),
    Fact(key="exits[OTHER]", year=2020, value=10),
    Fact(key="members.joined", year=2025, value=10),
    Fact(key="exits[DISSATISFIED]", year=2025, value=4),
    Fact(key="exits[OTHER]", year=2025, value=2),
    Fact(key="exits[MERGED]", year=2025, value=3),
    Fact(key="members.joined", year=2026, value=50),
]


def test_the_year_of_the_book() -> None:
    year = exit_situation(STORY, 2025, NEUTRAL, VOLUNTARY)
    assert year is not None
    assert (year.start, year.end, year.exits) == (120, 121, 9)
    assert (year.rate, year.adjusted, year.growth) == (Fraction(18, 241), Fraction(12, 241), Fraction(1, 120))
    assert year.voluntary_share == Fraction(4, 9)


def test_a_year_before_anybody_joined_is_unknown() -> None:
    assert exit_situation(STORY, 2018, NEUTRAL, VOLUNTARY) is None
    assert exit_situation([], 2025, NEUTRAL, VOLUNTARY) is None


def test_the_first_year_grows_from_nothing_so_growth_has_no_meaning() -> None:
    first = exit_situation(STORY, 2019, NEUTRAL, VOLUNTARY)
    assert first is not None
    assert (first.start, first.end, first.growth, first.rate) == (0, 130, None, Fraction(0))
    assert first.voluntary_share is None


def test_an_association_that_has_lost_everybody_has_no_rates() -> None:
    gone = [Fact(key="members.joined", year=2019, value=3), Fact(key="exits[OTHER]", year=2020, value=3)]
    year = exit_situation(gone, 2025, NEUTRAL, VOLUNTARY)
    assert year is not None
    assert (year.rate, year.adjusted, year.growth) == (None, None, None)


def test_derived_facts_stand_beside_the_told_ones_and_say_so() -> None:
    added = with_derived(STORY, (2018, 2025), NEUTRAL, VOLUNTARY)[len(STORY) :]
    assert {f.key: f.value for f in added} == {
        "members.start": 120, "members.end": 121, "exit.rate": "0.074689", "exit.adjusted_rate": "0.049793", "exit.growth": "0.008333",
        "exit.voluntary_share": "0.444444",
    }  # fmt: skip
    assert {(f.year, f.sources) for f in added} == {(2025, ("derived",))}


def test_ratios_are_written_without_exponent_or_idle_zeros() -> None:
    assert [ratio_text(Fraction(x)) for x in ("1/3", "100", "0", "-1/10", "1/2000000")] == ["0.333333", "100", "0", "-0.1", "0.000001"]
