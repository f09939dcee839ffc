import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.industry import DIVISIONS, SECTIONS, IndustryCode, classes, common_level, industry_similarity, known, name_of, section

CODE = TypeAdapter(IndustryCode)
codes = st.sampled_from(sorted(known()))


def test_the_tables_have_the_size_of_the_standard() -> None:
    assert (len(SECTIONS), len(DIVISIONS)) == (20, 97)
    assert {c[:2] for c in classes()} == set(DIVISIONS)


@pytest.mark.parametrize(
    ("code", "letter"), [("01", "A"), ("3610", "C"), ("47", "E"), ("745", "M"), ("72", "L"), ("643", "I"), ("97", "T")]
)
def test_the_letter_follows_from_the_division(code: str, letter: str) -> None:
    assert section(code) == letter


@pytest.mark.parametrize(
    ("written", "stored"), [("C3611", "3611"), ("C3610", "361"), ("c36", "36"), ("36", "36"), (" 672 ", "672"), ("I65", "65")]
)
def test_a_letter_may_be_written_and_is_not_stored(written: str, stored: str) -> None:
    assert CODE.validate_python(written) == stored


@pytest.mark.parametrize("written", ["A3611", "98", "00", "3699", "3", "36100", "C", "", "３６", "制36", 36])
def test_a_code_the_standard_does_not_have_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        CODE.validate_python(written)


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("3611", "3611", 4),
        ("3611", "3612", 3),
        ("361", "3612", 3),
        ("36", "3612", 2),
        ("3611", "3670", 2),
        ("36", "37", 1),
        ("5810", "65", 0),
        ("36", "36", 2),
    ],
)
def test_codes_agree_as_deep_as_their_digits_do(a: str, b: str, level: int) -> None:
    assert common_level(a, b) == level


def test_the_nearest_pair_counts() -> None:
    assert industry_similarity(["56", "3741"], ["01", "3742"]) == 0.8
    assert industry_similarity(["36"], ["37"]) == 0.3
    assert industry_similarity(["01"], ["97"]) == 0.0
    assert industry_similarity([], ["01"]) == 0.0


def test_every_class_of_the_named_associations_has_a_name() -> None:
    assert name_of("3022") == "砼结构构件制造"
    assert name_of("374") == DIVISIONS["37"]


@given(codes, codes)
def test_likeness_is_mutual(a: str, b: str) -> None:
    assert common_level(a, b) == common_level(b, a)


@given(codes)
def test_nothing_is_nearer_than_oneself(code: str) -> None:
    assert common_level(code, code) == len(code)
    assert CODE.validate_python(section(code) + code) == code
