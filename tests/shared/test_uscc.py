import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared import uscc
from shared.uscc import AssociationUscc, EnterpriseUscc, Uscc, check_character, compact, demo_code, inner_check_ok, is_demo

REAL = [
    "91350100M000100Y43", "51100000500009247D", "51100000500012681T", "51100000500002862F", "11341700003244799H", "12341700686863395A",
    "91611104MA6THFT88B", "91611105MA6TWXPK1Q", "91611101MA715KA815", "91611102MAB2KEBKXY",
]  # fmt: skip
ASSOCIATION = TypeAdapter(AssociationUscc)


def fault(code: str, form: object = AssociationUscc) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(form).validate_python(code)
    return str(refused.value.errors()[0]["type"])


@pytest.mark.parametrize("code", REAL)
def test_real_codes_pass_both_checks(code: str) -> None:
    assert compact(code) == code
    assert inner_check_ok(code)


def test_the_counter_example_of_the_standard_uses_a_letter_that_does_not_exist() -> None:
    assert fault("91350100M000100Y4Z", Uscc) == "uscc_letter"
    assert check_character("91350100M000100Y4") == "3"


def test_an_invented_code_fails_the_outer_and_the_inner_check() -> None:
    assert fault("51100000500000024G") == "uscc_check_character"
    assert check_character("51100000500000024") == "M"
    assert not inner_check_ok("51100000500000024M")


def test_a_code_without_the_inner_check_is_still_taken() -> None:
    assert ASSOCIATION.validate_python("51100000500000024M") == "51100000500000024M"


@pytest.mark.parametrize(
    ("n", "code"),
    [
        (1, "51611100PDY00001XA"), (2, "51611100PDY000028A"), (3, "51611100PDY0000365"), (4, "51611100PDY0000440"), (5, "51611100PDY000052T"),
        (6, "51611100PDY000060M"), (7, "51611100PDY000079J"), (8, "51611100PDY000087D"), (9, "51611100PDY0000958"),
        (10, "51611100PDY000108X"), (11, "51611100PDY000116Q"), (120, "51611100PDY001207P"),
    ],
)  # fmt: skip
def test_demo_codes_are_those_of_the_report(n: int, code: str) -> None:
    assert demo_code("51611100", n) == code
    assert is_demo(code)


def test_a_demo_enterprise_has_its_code_too() -> None:
    assert demo_code("91611100", 1) == "91611100PDY00001X6"


def test_production_refuses_what_can_never_be_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uscc, "DEMO_CODES_ALLOWED", False)

    assert fault("51611100PDY00001XA") == "uscc_demo_zone"
    assert ASSOCIATION.validate_python("51100000500009247D")


@pytest.mark.parametrize("written", ["51611100pdy00001xa", " 51611100-PDY00001-XA", "51 61 11 00 PDY00001XA"])
def test_case_blanks_and_hyphens_do_not_matter_and_are_not_stored(written: str) -> None:
    assert ASSOCIATION.validate_python(written) == "51611100PDY00001XA"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("５１611100PDY00001XA", "uscc_not_ascii"), ("51611100PDY00001X", "uscc_length"), ("51611100PDY00001XA0", "uscc_length"),
        ("", "uscc_length"), ("5161110OPDY00001XA", "uscc_letter"), ("5I611100PDY00001XA", "uscc_letter"), ("516111A0PDY00001XA", "uscc_format"),
        ("51611100PDY0000*XA", "uscc_format"), ("51611100PDY00001XB", "uscc_check_character"), ("91611100PDY00001X6", "uscc_kind"),
    ],
)  # fmt: skip
def test_each_wrong_code_is_refused_with_its_reason(written: str, reason: str) -> None:
    assert fault(written) == reason


def test_an_association_is_not_an_enterprise() -> None:
    assert fault("51611100PDY00001XA", EnterpriseUscc) == "uscc_kind"
    assert fault("11341700003244799H", Uscc) == "uscc_kind"


def test_a_refusal_does_not_repeat_what_was_written() -> None:
    with pytest.raises(ValidationError) as refused:
        ASSOCIATION.validate_python("51611100PDY00001XB")

    assert "51611100" not in refused.value.errors()[0]["msg"]


@given(n=st.integers(1, 99999), place=st.integers(0, 17), other=st.sampled_from(uscc.ALPHABET))
def test_no_slip_of_one_character_passes(n: int, place: int, other: str) -> None:
    code = demo_code("51611100", n)
    slip = code[:place] + other + code[place + 1 :]
    if slip == code:
        assert compact(slip) == code
    else:
        with pytest.raises(ValueError, match=r"位|字母|格式|校验|半角"):
            compact(slip)


@given(st.integers(1, 99999))
def test_every_demo_code_is_lawful(n: int) -> None:
    assert inner_check_ok(demo_code("51611100", n))
    assert ASSOCIATION.validate_python(demo_code("51611100", n).lower()) == demo_code("51611100", n)


@given(st.text(max_size=24))
def test_any_text_is_either_a_code_or_refused(text: str) -> None:
    try:
        code = TypeAdapter(Uscc).validate_python(text)
    except ValidationError:
        return
    assert compact(code) == code


@pytest.mark.parametrize("n", [0, 100000])
def test_the_zone_is_finite(n: int) -> None:
    with pytest.raises(ValueError, match="zone"):
        demo_code("51611100", n)
