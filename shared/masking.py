"""How personal data is shown where it may not be seen in full: one function for each sort of data, the same everywhere (domain §7.5).

What does not have the form it should have is hidden whole: a mask never guesses which part is harmless. Legal representatives and
officers in the public view, credit codes of enterprises and telephones of organisations are not masked.
"""

import re
from collections.abc import Mapping

HIDDEN = "***"
SMALL = 5  # counts below this are not shown as such


def person_name(name: str) -> str:
    """张三丰 → 张**: the first character; the number of stars says nothing of the length."""
    return f"{name.strip()[:1]}**"


def mobile(number: str) -> str:
    """13812345678 → 138****5678, with or without +86."""
    found = re.fullmatch(r"(?:\+?86)?(1[3-9]\d)\d{4}(\d{4})", re.sub(r"[\s-]", "", number), re.ASCII)
    return f"{found[1]}****{found[2]}" if found else HIDDEN


def landline(number: str) -> str:
    """029-12345667 → 029-******67: area code and the last two."""
    found = re.fullmatch(r"(0(?:10|2\d|[3-9]\d\d))-?(\d{5,6})(\d{2})(?:-\d{1,6})?", number.strip(), re.ASCII)
    return f"{found[1]}-{'*' * len(found[2])}{found[3]}" if found else HIDDEN


def email(address: str) -> str:
    """zhang@example.cn → z***@example.cn."""
    found = re.fullmatch(r"([^@\s])[^@\s]*@([^@\s]+)", address.strip())
    return f"{found[1]}***@{found[2]}" if found else HIDDEN


def id_number(number: str) -> str:
    """610102199001011234 → 610***********1234: three and four of eighteen."""
    found = re.fullmatch(r"(\d{3})\d{11}(\d{3}[\dXx])", number.strip(), re.ASCII)
    return f"{found[1]}{'*' * 11}{found[2]}" if found else HIDDEN


def bank_account(number: str) -> str:
    """6222021234566789 → ************6789: the last four of 8 to 32 digits."""
    digits = re.sub(r"[\s-]", "", number)
    return "*" * (len(digits) - 4) + digits[-4:] if re.fullmatch(r"\d{8,32}", digits, re.ASCII) else HIDDEN


def address(text: str) -> str:
    """西咸新区沣东新城三桥街道某路1号 → 西咸新区沣东新城三桥街道***; without a sub-district, the first division named and no more."""
    found = re.match(r".*?(?:街道|镇|乡)", text.strip()) or re.match(r".*?(?:新区|新城|区|县|市)", text.strip())
    return f"{found[0]}{HIDDEN}" if found else HIDDEN


def count(n: int) -> str:
    """Small-cell rule of statistics: 1 to 4 are shown as "<5"."""
    return f"<{SMALL}" if 0 < n < SMALL else str(n)


def cells(counts: Mapping[str, int]) -> tuple[dict[str, int | str], int | str]:
    """Counts of persons, or of what one could tell persons by, and their sum, both by the small-cell rule.

    Where a cell is hidden the sum is given as what it is at least ("≥9"): with the exact one, a single hidden cell could be told."""
    shown: dict[str, int | str] = {name: f"<{SMALL}" if 0 < n < SMALL else n for name, n in counts.items()}
    hidden = [n for n in counts.values() if 0 < n < SMALL]
    total = sum(counts.values())
    if not hidden:
        return shown, total
    return shown, f"<{SMALL}" if total < SMALL else f"≥{total - sum(hidden) + len(hidden)}"
