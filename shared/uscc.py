"""Unified Social Credit Codes [统一社会信用代码], GB 32100-2015: the identity of every organisation (domain §2.1, reliability B8).

What is stored and compared is only the value the check returns: no blanks, upper case, ASCII. The inner check character
(GB 11714-1997) is a warning, for some authorities issued codes without it; an unknown division is no fault at all.
"""

from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from stdnum.cn import uscc

KINDS = {
    "51": "social association [社会团体]",
    "52": "private non-enterprise unit [民办非企业单位]",
    "53": "foundation [基金会]",
    "91": "enterprise [企业]",
    "92": "individual business [个体工商户]",
    "93": "farmers' cooperative [农民专业合作社]",
}
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
DEMO_ZONE = "PDY"  # GB 11714 keeps PDY00001–PDY99999 for codes that are never exchanged
DEMO_CODES_ALLOWED = True  # set once at start-up from the settings: production refuses what can never be real


def compact(code: str) -> str:
    """The code as it is stored: without blanks and hyphens, upper case, every check passed.

    Raises: ValueError with a stable type (`uscc_…`) that names the reason, and never repeats the input."""
    code = code.replace(" ", "").replace("-", "")
    if not code.isascii():
        raise _fault("uscc_not_ascii", "only the digits 0-9 and Latin letters in half width; 须为半角数字和字母")
    code = code.upper()
    if len(code) != 18:
        raise _fault("uscc_length", "a credit code has 18 characters; 统一社会信用代码应为 18 位")
    if set(code) & set("IOSVZ"):
        raise _fault("uscc_letter", "the letters I, O, S, V and Z do not occur in a credit code; 代码不使用字母 I、O、S、V、Z")
    if not code[2:8].isdigit() or set(code) - set(ALPHABET):
        raise _fault("uscc_format", "two characters, six digits of the division, ten characters; 格式不正确")
    if code[17] != check_character(code[:17]):
        raise _fault("uscc_check_character", "the check character is wrong; 校验码错误")
    if is_demo(code) and not DEMO_CODES_ALLOWED:
        raise _fault("uscc_demo_zone", "PDY codes are kept for demonstrations and are never issued; PDY 段为演示代码，不得使用")
    return code


@lru_cache(maxsize=16_384)
def check_character(first17: str) -> str:
    """The outer check character: weights 3^(i-1) mod 31 over the 31-character alphabet."""
    return str(uscc.calc_check_digit(first17))


def inner_check_character(body: str) -> str:
    """The check character of GB 11714 over the eight characters of the subject code (36-character alphabet: A is 10, Z is 35)."""
    rest = 11 - sum(int(c, 36) * w for c, w in zip(body, INNER_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def inner_check_ok(code: str) -> bool:
    """Whether the inner check holds too; where it does not, an officer is warned and nobody is refused."""
    return code[16] == inner_check_character(code[8:16])


def is_demo(code: str) -> bool:
    """Whether the code lies in the zone that is never exchanged."""
    return code[8:11] == DEMO_ZONE


def demo_code(prefix: str, n: int) -> str:
    """A code no authority can issue: `demo_code("51611100", 1)` is 51611100PDY00001XA. n is 1…99999."""
    if not 1 <= n <= 99999:
        raise ValueError("the zone holds the numbers 1 to 99999")
    first16 = f"{prefix}{DEMO_ZONE}{n:05d}"
    first17 = first16 + inner_check_character(first16[8:])
    return first17 + check_character(first17)


def _of_kind(*kinds: str) -> AfterValidator:
    def check(code: str) -> str:
        if code[:2] not in kinds:
            raise _fault(
                "uscc_kind", f"not the code of such an organisation: it begins with {' or '.join(kinds)}; 代码类别应为 {'、'.join(kinds)}"
            )
        return code

    return AfterValidator(check)


def _text(code: object) -> object:
    return compact(code) if isinstance(code, str) else code


def _fault(type_: str, sentence: str) -> PydanticCustomError:
    return PydanticCustomError(type_, sentence)


_Code = Annotated[str, BeforeValidator(_text), Field(min_length=18, max_length=18, examples=["51611100PDY00001XA"])]
Uscc = Annotated[_Code, _of_kind(*KINDS)]
AssociationUscc = Annotated[_Code, _of_kind("51")]
EnterpriseUscc = Annotated[_Code, _of_kind("91", "92", "93")]
