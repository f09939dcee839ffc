"""Every point can be explained, in Chinese and English, and nobody learns who gave which mark."""

import json
from typing import Any

from services.evaluation.rating.explain import Wording, explain
from services.evaluation.rulebook.rulebook import rulebooks
from tests.evaluation.cases import PANEL, Case

BOOK = rulebooks().all()[0]


def row(case: Case, code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in explain(case.record)["indicators"] if r["code"] == code)
    return found


def test_a_reckoned_indicator_shows_formula_inputs_and_their_events() -> None:
    said = row(Case().with_panel(), "3.4.1")
    assert (said["points"], said["most"], said["scored_by"]["code"], said["rulebook"]) == ("6.0", "15", "FACTS", "XX-IND-1/2026.1")
    assert said["formulas"] == [
        {"zh": "15 × clamp((采纳招商线索数（评估期合计） − 0) ÷ (10 − 0), 0, 1)", "en": "15 × clamp((investment leads accepted (in the window) − 0) ÷ (10 − 0), 0, 1)"}
    ]  # fmt: skip
    (given,) = said["inputs"]
    assert (given["fact"], given["year"], given["value"], given["sources"], given["events"]) == ("lead.accepted", 2025, 4, ["e-lead"], 4)


def test_a_policy_for_nothing_to_measure_is_named() -> None:
    (part,) = row(Case().with_panel(), "1.3.1")["parts"]
    assert (part["points"], part["na"]["policy"], part["na"]["en"]) == ("10", "FULL", "nothing to measure: full points")


def test_yearly_parts_are_told_year_by_year() -> None:
    parts = row(Case().with_panel(), "1.4.2")["parts"]
    assert [(p["year"], p["points"]) for p in parts] == [(2024, "7.5"), (2025, "7.5")]


def test_derived_facts_are_inputs_too() -> None:
    keys = {i["fact"] for i in row(Case().with_panel(), "4.2")["inputs"]}
    assert keys == {"exit.adjusted_rate", "exit.growth"}


def test_the_panel_appears_by_its_mean_only() -> None:
    case = Case().with_panel()
    for expert, points in zip(PANEL, ("10", "11", "15"), strict=True):
        case.do("give_scores", "PANEL", expert, marks=[{"code": "2.2.6", "points": points}])
    said = row(case, "2.2.6")
    assert (said["points"], said["scored_by"]["code"], said["rule"]["en"]) == ("12.0", "PANEL", "set by the panel")
    assert "panel:0" not in json.dumps(explain(case.record), ensure_ascii=False)


def test_before_anything_was_reckoned_there_is_nothing_to_explain() -> None:
    said = explain(Case().record)
    assert (said["indicators"], said["verdict"], said["as_of"]) == ([], None, None)


def test_the_whole_of_a_proposal_is_explained() -> None:
    said = explain(Case().proposed(bonuses=("CONTEST_HOSTED",), party_status="NONE").record)
    assert len(said["indicators"]) == 57
    assert all(r["points"] is not None for r in said["indicators"])
    assert said["verdict"]["caps"] == [
        {"code": "NO_PARTY_ORGANISATION", "zh": "未建立党组织，最高4A", "en": "no Party organisation: 4A at most"}
    ]
    assert said["verdict"]["bonuses"][0]["code"] == "CONTEST_HOSTED"
    json.dumps(said, allow_nan=False)


def test_every_formula_of_the_rulebook_can_be_said_in_both_languages() -> None:
    for language in ("zh", "en"):
        wording = Wording(BOOK.dictionary, language)
        for part in (p for i in BOOK.indicators for p in i.parts):
            said = wording.part(part)
            assert len(said) > 8
            assert not any(key.key in said for key in BOOK.dictionary.keys if "." in key.key), said
