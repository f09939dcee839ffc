"""Names of organisations: what is stored, by what two are held to be the same, and what the naming rules forbid (reliability B7, domain §3.2)."""

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

NEAR = 0.85  # normalised edit similarity from which a person must look (domain §3.2)
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
PREFIX = re.compile(r"(?:陕西省)?西咸新区(?:(?:沣东|沣西|秦汉|空港|泾河)(?:新城)?)?")
FORMS = ("行业协会", "协会", "商会", "同业公会", "联合会", "促进会")  # 脱钩总体方案 (2015)
SUPERLATIVES = ("第一", "最高", "国家级")  # 社会组织名称管理办法 (2024)
NATIONAL = ("中国", "全国", "中华")  # 社会团体登记管理条例 art. 10: no local name begins with these
FILLERS = ("行业", "产业")


class NameProblem(NamedTuple):
    """A naming rule that is broken: stable code, English, Chinese."""

    code: str
    en: str
    zh: str


@lru_cache(maxsize=16_384)
def comparison_key(name: str) -> str:
    """By what two names are the same: width, case, brackets, blanks and invisible characters do not tell them apart.

    NFKC → without category C* → without white space → casefold, brackets folded. Traditional and look-alike characters stay
    apart: they raise a warning to the officer, not a collision."""
    key = name
    while (folded := _fold(key)) != key:
        key = folded
    return key


def similarity(a: str, b: str) -> float:
    """0…1: 1 minus the normalised edit distance of the comparison keys."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_similarity(comparison_key(a), comparison_key(b)))


def core_term(name: str) -> str:
    """The trade a name speaks of: without division, form and filler. "西咸新区汽车行业协会" speaks of "汽车"."""
    core = PREFIX.sub("", comparison_key(name), count=1)
    for ending in (*FORMS, *FILLERS):
        core = core.removesuffix(ending) or core
    return core


def near(a: str, b: str) -> bool:
    """Whether a person must look before both may exist: similar by 0.85 or of the same trade. Review, not rejection (domain §3.2)."""
    return similarity(a, b) >= NEAR or core_term(a) == core_term(b)


def association_name_problems(name: str) -> tuple[NameProblem, ...]:
    """Which rules of 社会组织名称管理办法 (order 69, 2024-05-01) a proposed name of an association or chamber breaks; empty if none."""
    key = comparison_key(name)
    prefix = PREFIX.match(key)
    field = key[prefix.end() :] if prefix else key
    form = next((f for f in FORMS if field.endswith(f)), "")
    problems = []
    if not prefix:
        problems.append(
            NameProblem("name_prefix", "it must begin with 西咸新区 or 陕西省西咸新区", "名称应冠以“西咸新区”或“陕西省西咸新区”")
        )
    if not form:
        problems.append(NameProblem("name_form", f"it must end with one of {', '.join(FORMS)}", f"名称应以{'、'.join(FORMS)}之一结尾"))
    if not field.removesuffix(form):
        problems.append(NameProblem("name_field", "it does not say the trade or the membership", "名称缺少业务领域或者会员组成"))
    if word := next((w for w in SUPERLATIVES if w in key), ""):
        problems.append(NameProblem("name_superlative", f"{word} is not allowed in a name", f"名称不得含有“{word}”"))
    if word := next((w for w in NATIONAL if key.startswith(w) or field.startswith(w)), ""):
        problems.append(NameProblem("name_national", f"a local name may not begin with {word}", f"地方性社会团体名称不得以“{word}”开头"))
    return tuple(problems)


def _fold(text: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKC", text) if not (unicodedata.category(c)[0] == "C" or c.isspace()))
    brackets = {"Ps": "(", "Pe": ")"}
    return unicodedata.normalize("NFKC", "".join(brackets.get(unicodedata.category(c), c) for c in kept).casefold())


@lru_cache(maxsize=16_384)
def _scripts(word: str) -> frozenset[str]:
    names = (unicodedata.name(c, "") for c in unicodedata.normalize("NFKC", word) if c.isalpha())
    return frozenset(script for name in names for script in SCRIPTS if name.startswith(script))


def _stored(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    if any(unicodedata.category(c) in INVISIBLE for c in name):
        raise PydanticCustomError("name_invisible", "invisible, private or unassigned characters; 名称含有不可见或未定义字符")
    if any(len(_scripts(word)) > 1 for word in re.findall(r"\w+", name)):
        raise PydanticCustomError(
            "name_mixed_scripts", "Latin, Cyrillic and Greek letters are mixed in one word; 同一词中混用了不同文字的字母"
        )
    if not comparison_key(name):
        raise PydanticCustomError("name_blank", "a name of blanks is no name; 名称不能为空白")
    return name


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_stored)]
