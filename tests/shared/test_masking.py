import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import masking


@pytest.mark.parametrize(
    ("mask", "plain", "shown"),
    [
        (masking.person_name, "张三丰", "张**"), (masking.person_name, "张三", "张**"), (masking.person_name, "", "**"),
        (masking.mobile, "13812345678", "138****5678"), (masking.mobile, "+86 138-1234-5678", "138****5678"), (masking.mobile, "1234", "***"),
        (masking.landline, "029-12345667", "029-******67"), (masking.landline, "02912345667-8001", "029-******67"), (masking.landline, "39991267", "***"),
        (masking.email, "zhang@example.cn", "z***@example.cn"), (masking.email, "not an address", "***"), (masking.email, "a@b@c", "***"),
        (masking.id_number, "610102199001011234", "610***********1234"), (masking.id_number, "61010219900101123X", "610***********123X"),
        (masking.id_number, "6101", "***"), (masking.bank_account, "6222 0212 3456 6789", "************6789"), (masking.bank_account, "1234567", "***"),
        (masking.address, "西咸新区沣东新城三桥街道某路1号", "西咸新区沣东新城三桥街道***"), (masking.address, "泾阳县永乐镇某村", "泾阳县永乐镇***"),
        (masking.address, "西咸新区阳光小区3号楼", "西咸新区***"), (masking.address, "某路1号", "***"),
        (masking.count, 0, "0"), (masking.count, 1, "<5"), (masking.count, 4, "<5"), (masking.count, 5, "5"),
    ],
)  # fmt: skip
def test_each_sort_of_data_is_shown_as_the_table_says(mask: object, plain: object, shown: str) -> None:
    assert callable(mask)
    assert mask(plain) == shown


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"))
def test_the_middle_of_a_mobile_is_never_shown(number: str) -> None:
    assert masking.mobile(number) == f"{number[:3]}****{number[7:]}"


@given(st.text(max_size=40))
def test_what_has_no_known_form_shows_nothing_of_itself(text: str) -> None:
    for mask in (masking.mobile, masking.landline, masking.id_number, masking.bank_account, masking.email):
        shown = mask(text)
        assert shown == masking.HIDDEN or "*" in shown


@given(st.text(min_size=3, max_size=20))
def test_a_name_shows_at_most_its_first_character(name: str) -> None:
    assert masking.person_name(name) == f"{name.strip()[:1]}**"


def test_a_hidden_cell_is_not_told_by_the_sum_either() -> None:
    assert masking.cells({"A": 12, "B": 3, "C": 0}) == ({"A": 12, "B": "<5", "C": 0}, "≥13")
    assert masking.cells({"A": 5, "B": 7}) == ({"A": 5, "B": 7}, 12)
    assert masking.cells({"A": 1, "B": 2}) == ({"A": "<5", "B": "<5"}, "<5")
    assert masking.cells({}) == ({}, 0)


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 40), min_size=1), st.integers(1, 4))
def test_two_tables_that_differ_in_a_small_cell_alone_are_shown_alike(counts: dict[str, int], small: int) -> None:
    shown = {masking.cells({**counts, "X": n})[1] for n in (small, 1, 4)}
    assert len(shown) == 1 or sum(counts.values()) < masking.SMALL
