import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.names import Name, association_name_problems, comparison_key, core_term, near, similarity

NAME = TypeAdapter(Name)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("西咸新区ＡＩ协会（沣西）", "西咸新区AI协会(沣西)"), ("西咸新区ai协会【沣西】", "西咸新区AI协会〔沣西〕"), ("西咸新区\u3000协会", "西咸新区协会"),
        ("西咸\u200b新区协会", "西咸新区协会"), ("⼈⼯智能协会", "人工智能协会"), ("西咸 新区 协会", "西咸新区协会"),
    ],
)  # fmt: skip
def test_width_case_brackets_and_blanks_do_not_tell_names_apart(a: str, b: str) -> None:
    assert comparison_key(a) == comparison_key(b)


@pytest.mark.parametrize(("a", "b"), [("西咸新区АВС协会", "西咸新区ABC协会"), ("西咸新區協會", "西咸新区协会"), ("书画协会", "书法协会")])
def test_look_alikes_stay_apart(a: str, b: str) -> None:
    assert comparison_key(a) != comparison_key(b)


@pytest.mark.parametrize(
    "name",
    [
        "西咸\u200b新区协会",
        "西咸\u202e新区协会",
        "协会\x00",
        "协会\n",
        "协会\ue000",
        "协会\U000e0001",
        "\ud800协会",
        "西咸AВ协会",
        "Αlpha商会",
        "",
        "　",
        "名" * 101,
    ],
)
def test_what_shows_other_than_it_is_gets_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(name)


@pytest.mark.parametrize(
    "name",
    [
        "中国(西安)自由贸易试验区协会",
        "西咸新区𠮷野家商会",
        "名" * 100,
        "西咸新区АВС协会",
        "西咸新区Ωmega Τau协会"[:4] + "AI协会",
        "⼈⼯协会",
        "O'Neill & Co.",
    ],
)
def test_lawful_oddities_are_stored_as_written(name: str) -> None:
    assert NAME.validate_python(name) == name


def test_a_name_is_stored_in_normal_form_c() -> None:
    assert NAME.validate_python("Cafe\u0301协会") == "Café协会"


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(text: str) -> None:
    assert comparison_key(comparison_key(text)) == comparison_key(text)


@given(st.text(min_size=1, max_size=40))
def test_what_is_stored_is_stable(text: str) -> None:
    try:
        stored = NAME.validate_python(text)
    except ValidationError:
        return
    assert NAME.validate_python(stored) == stored == unicodedata.normalize("NFC", stored)


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("西咸新区汽车行业协会", "汽车"), ("陕西省西咸新区沣东新城书画协会", "书画"), ("西咸新区人工智能产业协会", "人工智能"), ("西咸新区温州商会", "温州"),
        ("西咸新区空港同业公会", "同业公会"), ("协会", "协会"),
    ],
)  # fmt: skip
def test_the_core_of_a_name_is_its_trade(name: str, core: str) -> None:
    assert core_term(name) == core


def test_near_names_are_for_a_person_to_look_at() -> None:
    assert near("西咸新区沣东新城书画协会", "西咸新区沣西新城书画协会")
    assert near("西咸新区汽车协会", "陕西省西咸新区汽车行业协会")
    assert not near("西咸新区书画协会", "西咸新区奶牛养殖协会")
    assert similarity("西咸新区ＡＩ协会", "西咸新区AI协会") == 1.0
    assert similarity("", "") == 1.0


@pytest.mark.parametrize(
    "name",
    [
        "西咸新区服务贸易协会",
        "陕西省西咸新区汽车行业协会",
        "西咸新区沣东新城书画协会",
        "西咸新区温州商会",
        "西咸新区锁具同业公会",
        "西咸新区会展促进会",
    ],
)
def test_a_proper_name_has_no_problems(name: str) -> None:
    assert association_name_problems(name) == ()


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("沣东书画协会", {"name_prefix"}), ("西咸新区书画社", {"name_form"}), ("西咸新区协会", {"name_field"}), ("西咸新区第一书画协会", {"name_superlative"}),
        ("中国西咸新区书画协会", {"name_prefix", "name_national"}), ("西咸新区中华老字号协会", {"name_national"}), ("", {"name_prefix", "name_form", "name_field"}),
    ],
)  # fmt: skip
def test_each_broken_rule_is_named(name: str, codes: set[str]) -> None:
    assert {p.code for p in association_name_problems(name)} == codes


@given(st.text(max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    assert all(p.code and p.en and p.zh for p in association_name_problems(text))
