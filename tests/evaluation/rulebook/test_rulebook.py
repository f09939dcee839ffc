"""The rulebook XX-IND-1: it adds up, it knows what it speaks of, and a file that does not is refused."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.evaluation.facts.dictionary import dictionaries
from services.evaluation.rulebook.rulebook import GRADES, Rulebook, Span, lower_of, next_lower, rulebook_of, rulebooks
from shared.record import Refused
from shared.versions import BadRules, Versions

FILE = Path(__file__).parents[3] / "services/evaluation/data/rulebooks/xx-ind-1.yaml"
BOOK = rulebooks().get("XX-IND-1", "2026.1")


def test_thousand_points_in_four_parts() -> None:
    parts = {part: sum(i.points for i in BOOK.indicators if i.code.split(".")[0] == part) for part in "1234"}
    assert parts == {"1": 100, "2": 390, "3": 360, "4": 150}
    assert sum(parts.values()) == 1000


@pytest.mark.parametrize(
    ("group", "points"),
    [("2.1", 60), ("2.2", 100), ("2.3", 50), ("2.4", 130), ("2.5", 20), ("2.6", 30), ("3.1", 110), ("3.2", 85), ("3.3", 75), ("3.4", 50), ("3.5", 40)],
)  # fmt: skip
def test_each_group_has_its_points(group: str, points: int) -> None:
    assert sum(i.points for i in BOOK.indicators if i.code.startswith(f"{group}.")) == points


def test_the_kinds_are_those_of_the_table() -> None:
    kinds = {kind: {i.code for i in BOOK.indicators if i.kind == kind} for kind in "SE"}
    assert kinds == {"S": {"1.1.3", "2.5.1", "3.2.2", "4.4", "4.5"}, "E": {"2.2.6", "2.4.5", "2.4.6"}}
    assert len(BOOK.indicators) == 57


def test_what_other_services_tell_today_is_reckoned_and_the_rest_is_for_the_panel() -> None:
    by_events = {i.code for i in BOOK.indicators if BOOK.source(i) == "EVENTS"}
    by_case = {i.code for i in BOOK.indicators if BOOK.source(i) == "CASE"}
    registers = {"1.3.1", "1.4.1", "1.4.2"}
    duties = {"1.1.2", "2.1.2", "2.1.3", "2.1.4", "2.4.1", "2.4.2", "2.6.1", "3.5.1"}  # books, Party building, disclosure, responsibility
    governed = {"1.1.1", "1.2.1", "1.2.2", "2.1.1", "2.2.1", "2.2.2", "2.2.3", "2.2.4", "2.2.5"}  # charter and organs
    people = {"2.3.1", "2.3.2", "2.3.3", "2.3.4", "2.4.3", "2.4.4", "3.5.3"}  # staff, secretary-general, budget, fees, seats
    activities = {"3.1.2", "3.1.3", "3.1.6", "3.2.1", "3.2.5", "3.4.3", "3.5.2"}  # promised and kept, held, mediated, published, verified
    assert by_events == registers | duties | governed | people | activities | {"3.2.4", "3.4.1", "3.4.2", "4.2"}
    assert by_case == {"4.1", "4.3"}
    assert BOOK.source(next(i for i in BOOK.indicators if i.code == "1.3.2")) == "NOBODY"  # offices and fee standards are filed nowhere yet


def test_thresholds_of_both_profiles() -> None:
    grades = {p: [BOOK.profile(p).grade(score) for score in (1000, 951, 950, 900, 899, 700, 500, 499)] for p in ("STANDARD", "STRICT")}  # type: ignore[arg-type]
    assert grades["STANDARD"] == ["5A", "5A", "5A", "5A", "4A", "3A", "1A", "NONE"]
    assert grades["STRICT"] == ["5A", "5A", "4A", "3A", "3A", "NONE", "NONE", "NONE"]


def test_a_grade_of_2011_holds_five_years_from_its_confirmation() -> None:
    assert BOOK.rule_set("R2011").validity_of(date(2026, 9, 10)) == (date(2026, 9, 10), date(2031, 9, 9))
    assert BOOK.rule_set("R2011").validity_of(date(2024, 2, 29)) == (date(2024, 2, 29), date(2029, 2, 27))


def test_a_grade_of_2026_holds_from_new_year_to_the_end_of_the_fifth_year() -> None:
    assert BOOK.rule_set("R2026").validity_of(date(2026, 1, 1)) == (date(2027, 1, 1), date(2031, 12, 31))
    assert BOOK.rule_set("R2026").validity_of(date(2026, 12, 31)) == (date(2027, 1, 1), date(2031, 12, 31))


def test_the_grounds_that_2026_gave_up() -> None:
    grounds = {r.code: {g.code for g in r.grounds} for r in BOOK.rule_sets}
    assert {"LAST_CHECK_UNQUALIFIED", "TWO_YEARS_BASICALLY_QUALIFIED", "UNDER_INVESTIGATION"} <= grounds["R2011"] - grounds["R2026"]


def test_deadlines_count_working_or_calendar_days_and_end_at_midnight() -> None:
    friday = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)
    assert Span(days=1, working=True).after(friday) == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)  # Monday, to its end
    assert Span(days=1, working=False).after(friday) == datetime(2026, 3, 7, 16, 0, tzinfo=UTC)
    assert (BOOK.deadlines["eligibility"].days, BOOK.deadlines["eligibility"].working) == (10, True)
    assert (BOOK.deadlines["review"].days, BOOK.deadlines["review"].working) == (15, False)


def test_grades_go_down_one_by_one_and_not_below_none() -> None:
    assert [next_lower(g) for g in GRADES] == ["4A", "3A", "2A", "1A", "NONE", "NONE"]
    assert lower_of("5A", "3A") == lower_of("3A", "5A") == "3A"


def test_a_case_finds_its_own_version_and_nothing_else() -> None:
    assert rulebook_of("XX-IND-1/2026.1") is BOOK
    with pytest.raises(Refused) as no:
        rulebook_of("XX-IND-1/1999")
    assert no.value.code == "rulebook_not_shipped"


# ── a file that is wrong ──────────────────────────────────────────────────────────────────────────
def one_point_more(raw: dict[str, Any]) -> None:
    raw["indicators"][0]["parts"][0]["points"] = 5


def moved_points(raw: dict[str, Any]) -> None:
    """The total stands, two groups do not."""
    raw["indicators"][2]["points"], raw["indicators"][18]["points"] = 9, 16


def unknown_fact(raw: dict[str, Any]) -> None:
    raw["indicators"][1]["parts"][0]["when"][0]["fact"] = "net_asets"


def unknown_formula(raw: dict[str, Any]) -> None:
    raw["indicators"][1]["parts"][0]["formula"] = "eval"


def two_tests(raw: dict[str, Any]) -> None:
    raw["indicators"][0]["parts"][0]["when"][0]["at_least"] = 1


def same_code_twice(raw: dict[str, Any]) -> None:
    raw["vetoes"].append(deepcopy(raw["vetoes"][0]))


def thresholds_out_of_order(raw: dict[str, Any]) -> None:
    raw["profiles"][0]["least"]["4A"] = 950


def na_above_points(raw: dict[str, Any]) -> None:
    next(i for i in raw["indicators"] if i["code"] == "3.1.6")["parts"][0]["na"] = 16


def a_finding_with_conditions(raw: dict[str, Any]) -> None:
    raw["vetoes"][0]["finding"] = True


def unknown_exit_reason(raw: dict[str, Any]) -> None:
    raw["exits"]["neutral"].append("BORED")


def no_deadline(raw: dict[str, Any]) -> None:
    del raw["deadlines"]["review"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (one_point_more, "the parts make"),
        (moved_points, "group"),
        (unknown_fact, "net_asets"),
        (unknown_formula, "formula"),
        (two_tests, "exactly one test"),
        (same_code_twice, "given twice"),
        (thresholds_out_of_order, "each below the one before"),
        (na_above_points, "NA points exceed"),
        (a_finding_with_conditions, "either a finding or conditions"),
        (unknown_exit_reason, "BORED"),
        (no_deadline, "no deadline"),
    ],
)
def test_a_rulebook_that_contradicts_itself_stops_the_start(spoil: Callable[[dict[str, Any]], None], said: str, tmp_path: Path) -> None:
    raw = yaml.safe_load(FILE.read_text("utf-8"))
    spoil(raw)
    (tmp_path / "spoilt.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), "utf-8")
    with pytest.raises(BadRules, match=said):
        Versions.load(tmp_path, Rulebook)


def test_every_fact_of_the_dictionary_says_where_it_comes_from() -> None:
    dictionary = dictionaries().get("XX-FACTS-1", "2026.1")
    assert {dictionary.source(k.key) for k in dictionary.keys} == {"EVENTS", "CASE", "NOBODY"}
    assert dictionary.source("lead.stage") == dictionary.source("lead.stage[any-lead]") == "EVENTS"
    assert dictionary.source("members.end") == "EVENTS"
    with pytest.raises(KeyError):
        dictionary.source("no.such.fact")
