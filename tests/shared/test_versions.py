from datetime import date
from pathlib import Path

import pytest

from shared.record import Refused
from shared.versions import BadRules, Versioned, Versions


class Fee(Versioned):
    fen: int


TWO = """
- {code: FEE, version: "2012-07", effective_from: 2012-07-01, effective_to: 2025-12-31, fen: 100}
- {code: FEE, version: 2026, effective_from: 2026-01-01, fen: 120}
"""


def rules(folder: Path, text: str, file: str = "fees.yaml") -> Versions[Fee]:
    (folder / file).write_text(text, "utf-8")
    return Versions.load(folder, Fee)


def test_each_day_has_the_version_in_force_on_it(tmp_path: Path) -> None:
    fees = rules(tmp_path, TWO)

    assert fees.in_force(date(2025, 12, 31)).fen == 100
    assert fees.in_force(date(2026, 1, 1), "FEE").version == "2026"


def test_a_case_finds_the_version_it_was_opened_under(tmp_path: Path) -> None:
    fees = rules(tmp_path, TWO)

    assert fees.get("FEE", "2012-07").fen == 100
    assert [r.version for r in fees.all()] == ["2012-07", "2026"]
    with pytest.raises(KeyError):
        fees.get("FEE", "1998")


def test_before_the_first_version_there_is_no_rule(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        rules(tmp_path, TWO).in_force(date(2000, 1, 1))

    assert refused.value.code == "no_rule_in_force"


def test_with_several_codes_one_must_be_named(tmp_path: Path) -> None:
    fees = rules(tmp_path, TWO + "- {code: RENT, version: a, effective_from: 2012-07-01, fen: 5}\n")

    assert fees.in_force(date(2026, 1, 1), "RENT").fen == 5
    with pytest.raises(ValueError, match="FEE, RENT"):
        fees.in_force(date(2026, 1, 1))


def test_rules_of_several_files_and_documents_come_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "{code: A, version: x, effective_from: 2020-01-01, fen: 1}\n---\n{code: B, version: x, effective_from: 2020-01-01, fen: 2}", "utf-8"
    )

    assert len(rules(tmp_path, TWO).all()) == 4


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "- {code: FEE, version: a, effective_from: 2020-01-01, fen: 1}\n- {code: FEE, version: b, effective_from: 2021-01-01, fen: 1}",
            "begins while a is in force",
        ),
        (
            "- {code: FEE, version: a, effective_from: 2020-01-01, effective_to: 2021-01-01, fen: 1}\n- {code: FEE, version: b, effective_from: 2021-01-01, fen: 1}",
            "in force",
        ),
        (
            "- {code: FEE, version: a, effective_from: 2020-01-01, effective_to: 2020-12-31, fen: 1}\n- {code: FEE, version: a, effective_from: 2021-01-01, fen: 1}",
            "twice",
        ),
        ("{code: FEE, version: a, effective_from: 2020-01-01, effective_to: 2019-01-01, fen: 1}", "before effective_from"),
        ("{code: FEE, version: a, effective_from: 2020-01-01}", "fen"),
        ("{code: FEE, version: a, effective_from: 2020-01-01, fen: 1, colour: red}", "colour"),
        ("{code: FEE, version: a, effective_from: 2020-01-01, fen: 1, fen: 2}", "given twice"),
        ("{code: [", "fees"),
        ("just words", "fees"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadRules, match=complaint) as refused:
        rules(tmp_path, text)

    assert "fees.yaml" in str(refused.value)


def test_an_empty_folder_is_no_rule_book(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match="no rules"):
        Versions.load(tmp_path, Fee)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match=r"gone\.yaml"):
        Versions.load(tmp_path / "gone.yaml", Fee)
