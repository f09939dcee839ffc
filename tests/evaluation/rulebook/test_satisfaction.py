"""Member satisfaction, reckoned as in domain §5.1."""

from fractions import Fraction

import pytest

from services.evaluation.rulebook.satisfaction import WEIGHTS, Answers, index_of, is_valid, margin_of_error, satisfaction_rate


def test_the_survey_of_the_book() -> None:
    """18/12/4/1/1 of 36: CSI 81.25, satisfaction rate 83.3 %."""
    answers = [Answers(question="Q10", counts=(18, 12, 4, 1, 1))]
    assert index_of(answers) == Fraction("81.25")
    assert round(float(satisfaction_rate(answers) or 0), 3) == 0.833


def test_the_weights_make_one_and_only_answered_questions_count() -> None:
    assert sum(WEIGHTS.values()) == 1
    answers = [
        Answers(question="Q1", counts=(1, 0, 0, 0, 0)),
        Answers(question="Q2", counts=(0, 0, 0, 0, 0)),
        Answers(question="Q10", counts=(0, 0, 0, 0, 1)),
    ]
    assert index_of(answers) == Fraction(8, 36) * 100
    assert index_of([Answers(question="Q2", counts=(0, 0, 0, 0, 0))]) is None
    assert satisfaction_rate([]) is None


@pytest.mark.parametrize(
    ("n", "members", "valid"),
    [(36, 120, True), (35, 120, False), (10, 20, True), (9, 20, False), (9, 30, False), (10, 14, True), (9, 14, False), (10, 15, True), (15, 15, True), (0, 1, False), (1, 1, True)],
)  # fmt: skip
def test_when_enough_have_answered(n: int, members: int, valid: bool) -> None:
    assert is_valid(n, members) is valid


@pytest.mark.parametrize(("members", "n", "margin"), [(120, 36, 0.137), (120, 60, 0.090), (40, 20, 0.157)])
def test_the_margin_of_error_of_the_book(members: int, n: int, margin: float) -> None:
    assert round(margin_of_error(n, members) or 0, 3) == margin


def test_no_margin_without_answers() -> None:
    assert margin_of_error(0, 40) is None
    assert margin_of_error(1, 1) is None
