"""Facts that are not what the dictionary says are recognised before anybody is judged by them."""

import pytest
from pydantic import ValidationError

from services.evaluation.facts.dictionary import FactDictionary, Key, dictionaries
from services.evaluation.facts.fact import Fact, Scalar

DICTIONARY = dictionaries().get("XX-FACTS-1", "2026.1")


@pytest.mark.parametrize(
    ("key", "value"),
    [("csi", "many"), ("csi", True), ("csi", "-1"), ("lead.accepted", "3"), ("lead.accepted", -1), ("listing.serious", 1), ("annual.due", "2026-13-01"),
     ("annual.due", 20260101), ("annual.conclusion", 7), ("lead.share[x]", "1/0"), ("no.such.key", 1)],
)  # fmt: skip
def test_a_value_of_another_unit_is_unfit(key: str, value: Scalar) -> None:
    assert DICTIONARY.unfit([Fact(key=key, year=2026, value=value)]) == [key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("csi", "81.25"),
        ("csi", 81),
        ("lead.accepted", 3),
        ("listing.serious", False),
        ("annual.due", "2026-12-01"),
        ("lead.stage[x]", "SIGNED"),
    ],
)
def test_a_value_of_its_unit_fits(key: str, value: Scalar) -> None:
    assert DICTIONARY.unfit([Fact(key=key, year=2026, value=value)]) == []


def test_a_key_comes_from_somewhere() -> None:
    with pytest.raises(ValidationError, match="from nowhere"):
        Key(key="x", unit="COUNT", zh="某", en="x")


def test_a_dictionary_with_a_key_twice_or_an_unknown_origin_is_refused() -> None:
    frame = {"code": "D", "version": "1", "effective_from": "2026-01-01"}
    x = {"key": "x", "unit": "COUNT", "zh": "某", "en": "x", "told_by": ["E"]}
    with pytest.raises(ValidationError, match="given twice"):
        FactDictionary.model_validate(frame | {"keys": [x, x]})
    with pytest.raises(ValidationError, match="derived from unknown"):
        FactDictionary.model_validate(frame | {"keys": [x | {"derived_from": ["y"]}]})
