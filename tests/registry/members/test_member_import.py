"""Imports of members (R5): every row's verdict, one confirmation, and portions that can be repeated."""

from datetime import timedelta

import pytest

from services.registry.members import member_import as i
from services.registry.members.member_import import RULES, member_imports, verdicts
from services.registry.members.membership import memberships
from shared.record import Refused
from shared.uscc import demo_code
from tests.registry.examples import AIR, LEAD, MARCH_2, PERSON, after, association, by

OTHER_FIRM = demo_code("91611100", 77)


def row(member: str = LEAD, line: int = 2, **other: object) -> dict[str, object]:
    return {"line": line, "member": member, "kind": "UNIT", "tier": "MEMBER", "joined_on": None} | other


def found(new: int = 1, wrong: int = 0) -> i.MemberImport:
    form = i.Found(association=AIR, file="f", format="csv", digest="0" * 64, new=new, already=0, wrong=wrong, ignored_columns=0)
    return member_imports.open(i.preview(by("PLATFORM"), form, RULES.in_force(MARCH_2)), "import-1")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (row(""), "member_missing"), (row("91611100PDY00001X7"), "member_not_valid"), (row(PERSON), "member_not_valid"),
        (row(tier="9"), "tier_not_valid"), (row(joined_on="2026-03-03"), "in_the_future"), (row(problem="formula", field="tier"), "formula"),
    ],
)  # fmt: skip
def test_a_row_that_is_wrong_says_why(line: dict[str, object], code: str) -> None:
    (judged,) = verdicts([line], frozenset(), MARCH_2)
    assert (judged["verdict"], judged["code"]) == ("WRONG", code)


def test_new_there_already_and_twice() -> None:
    judged = verdicts([row(), row(OTHER_FIRM, 3), row(LEAD, 4), row(PERSON, 5, kind="PERSON")], frozenset({OTHER_FIRM}), MARCH_2)
    assert [r["verdict"] for r in judged] == ["NEW", "ALREADY_MEMBER", "WRONG", "NEW"]
    assert (judged[2]["code"], judged[2]["same_as"]) == ("named_twice", 2)
    assert i.counts(judged) == {"NEW": 2, "ALREADY_MEMBER": 1, "WRONG": 1}


def test_a_code_is_known_again_however_it_is_written() -> None:
    judged = verdicts([row(), row(LEAD.lower(), 3)], frozenset(), MARCH_2)
    assert [r["verdict"] for r in judged] == ["NEW", "WRONG"]


def test_one_wrong_row_and_nobody_is_taken_in() -> None:
    with pytest.raises(Refused) as no:
        i.confirm(found(wrong=1), by("ASSOCIATION"), association(), [LEAD], [])
    assert (no.value.code, no.value.more["wrong"]) == ("rows_wrong", 1)


def test_what_is_confirmed_is_going_to_be_whole() -> None:
    record = after(member_imports, found(), i.confirm(found(), by("ASSOCIATION"), association(), [LEAD], []))
    assert (record.stage, record.confirmed_on) == ("CONFIRMED", MARCH_2)
    record = after(member_imports, record, i.complete(record, by("PLATFORM"), 1))
    assert (record.stage, record.taken, record.skipped) == ("COMPLETED", 1, 0)


def test_who_has_joined_meanwhile_makes_the_preview_stale() -> None:
    (there,) = i.take_in(by("PLATFORM"), portion(), association(), [])
    with pytest.raises(Refused) as no:
        i.confirm(found(), by("ASSOCIATION"), association(), [LEAD], [memberships.open(there, "stay-1")])
    assert no.value.code == "changed_since_preview"


def test_a_preview_is_kept_a_day() -> None:
    record = found()
    with pytest.raises(Refused) as no:
        i.confirm(record, by("ASSOCIATION", MARCH_2 + timedelta(days=2)), association(), [LEAD], [])
    assert no.value.code == "preview_expired"
    assert after(member_imports, record, i.expire(record, by("CLOCK"))).stage == "EXPIRED"


@pytest.mark.parametrize(
    ("record", "new", "stage", "code"),
    [
        (found(0), [], "ACTIVE", "nobody_new"),
        (found(), [], "ACTIVE", "changed_since_preview"),
        (found(), [LEAD], "LIQUIDATING", "association_not_active"),
    ],
)
def test_what_cannot_be_confirmed(record, new, stage: str, code: str) -> None:
    with pytest.raises(Refused) as no:
        i.confirm(record, by("ASSOCIATION"), association(stage), new, [])
    assert no.value.code == code


def portion(*codes: str) -> i.Portion:
    return i.Portion.model_validate({"association": AIR, "members": [{"member": c, "joined_on": MARCH_2} for c in codes or (LEAD,)]})


def test_a_portion_passes_over_who_belongs_and_nobody_joins_what_has_ended() -> None:
    (there,) = i.take_in(by("PLATFORM"), portion(), association(), [])
    stay = memberships.open(there, "stay-1")
    assert [e.member for e in i.take_in(by("PLATFORM"), portion(LEAD, OTHER_FIRM), association(), [stay])] == [OTHER_FIRM]
    assert i.take_in(by("PLATFORM"), portion(), association("DEREGISTERED"), []) == []
