import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import district
from shared.district import DISTRICTS, NAMES, NEW_CITIES, REGIONS, common_region_level, name_of, place_similarity

places = st.sampled_from([*DISTRICTS, "61", "6101", "6104", "610112", "44", "4403", "440305", "3303"])


def test_the_new_area_has_five_new_cities() -> None:
    assert len(NEW_CITIES) == 5
    assert set(NAMES) == set(DISTRICTS)


@pytest.mark.parametrize(
    ("a", "b", "similarity"),
    [
        ("XX-FD", "XX-FD", 1.0), ("XX-FD", "XX-FX", 0.8), ("XX", "XX-KG", 0.8), ("XX", "XX", 0.8), ("XX-FD", "6101", 0.6), ("610402", "XX-QH", 0.6),
        ("6101", "6104", 0.6), ("XX-FD", "6103", 0.4), ("XX-FD", "61", 0.4), ("XX-FD", "3303", 0.2), ("4403", "4403", 0.8), ("440305", "440305", 1.0),
        ("4401", "4403", 0.4),
    ],
)  # fmt: skip
def test_places_are_as_near_as_the_table_says(a: str, b: str, similarity: float) -> None:
    assert place_similarity(a, b) == similarity


@given(places, places)
def test_nearness_is_mutual_and_never_beyond_oneself(a: str, b: str) -> None:
    assert common_region_level(a, b) == common_region_level(b, a)
    assert common_region_level(a, b) <= common_region_level(a, a)


def test_provinces_and_cities_have_their_names() -> None:
    assert len([c for c in REGIONS if len(c) == 2]) == 31
    assert (name_of("61"), name_of("6101"), name_of("3303"), name_of("XX-KG")) == ("陕西省", "西安市", "温州市", "空港新城")


def test_the_new_area_has_no_code_in_the_national_list() -> None:
    assert not [c for c in REGIONS if c.startswith("6111")]


def test_a_place_nobody_knows_has_no_name() -> None:
    with pytest.raises(KeyError):
        name_of("XX-ZZ")
    with pytest.raises(AttributeError):
        district.__getattr__("NOTHING")
