"""Challenging a public fact: anybody may, nobody is named, a clock runs, everybody sees how it stands (peers R7)."""

from datetime import date
from typing import Any

import pytest

from services.registry.directory import challenge as c
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, after, association, by


def filed(on: date = date(2026, 3, 2), **other: Any) -> c.Challenge:
    form = c.Objection(association=AIR, fact="DOMICILE", ground="OUTDATED", proposed="空港新城示范路 2 号").model_copy(update=other)
    return c.challenges.open(c.challenge(by("PUBLIC", on), form, association(), []), "challenge-1")


def test_anybody_may_say_that_a_fact_is_not_right_and_it_is_answered_within_fifteen_working_days() -> None:
    record = filed()
    assert (record.stage, record.decide_by, record.claim) == ("FILED", date(2026, 3, 23), f"{AIR}~DOMICILE")
    assert "PUBLIC" in c.challenges.readers, "how it stands is public"
    assert not set(c.Challenge.model_fields) & {"author", "challenger", "contact", "client"}, "who challenges is never asked"


def test_the_days_to_decide_leave_out_spring_festival() -> None:
    assert filed(date(2026, 2, 10)).decide_by == date(2026, 3, 9)  # the 14th and the 28th are worked, the 15th to the 23rd are not


def test_one_fact_is_checked_once_at_a_time() -> None:
    with pytest.raises(Refused) as no:
        c.challenge(by("PUBLIC"), c.Objection(association=AIR, fact="NAME", ground="WRONG"), association(), [filed()])
    assert (no.value.code, no.value.more["challenge"]) == ("challenged_already", "challenge-1")
    assert c.challenges.unique == (("claim",),)


@pytest.mark.parametrize(
    ("other", "pointer"),
    [
        ({"proposed": "联系 13800001234"}, "/proposed"), ({"proposed": "610102199001011234"}, "/proposed"), ({"source": "zhang@example.cn"}, "/source"),
        ({"fact": "LEGAL_REPRESENTATIVE", "proposed": "测试人员01"}, "/proposed"),
    ],
)  # fmt: skip
def test_nothing_that_tells_of_a_person_is_taken(other: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as no:
        filed(**other)
    assert (no.value.code, no.value.pointer) == ("tells_of_a_person", pointer)


def test_what_is_not_in_the_register_cannot_be_challenged() -> None:
    with pytest.raises(Malformed) as no:
        c.challenge(by("PUBLIC"), c.Objection(association=AIR, fact="NAME", ground="WRONG"), None, [])
    assert no.value.code == "no_such_association"


def test_a_challenge_that_is_right_ends_with_the_correction() -> None:
    record = after(c.challenges, filed(), c.uphold(filed(), by("REG_AUTHORITY"), "已核实，住所已变更"))
    assert (record.stage, record.decided_on) == ("UPHELD", date(2026, 3, 2))
    heard = c.CorrectionApproved(about="correction-1", association=AIR, challenge="challenge-1")
    record = after(c.challenges, record, c.settle_by_correction(record, by("PLATFORM"), heard))
    assert (record.stage, record.correction, record.claim) == ("CORRECTED", "correction-1", None)


def test_a_challenge_that_is_not_right_is_answered_in_public_without_persons() -> None:
    record = after(c.challenges, filed(), c.reject(filed(), by("REG_AUTHORITY"), "AS_SHOWN", "登记信息无误"))
    assert (record.stage, record.finding, record.claim) == ("REJECTED", "AS_SHOWN", None)
    with pytest.raises(Malformed):
        c.reject(filed(), by("REG_AUTHORITY"), "AS_SHOWN", "请致电 13800001234")


def test_whoever_is_late_is_seen_to_be_late_once() -> None:
    record = filed()
    ((at, move),) = c.challenges.clocks(record, {})
    assert (at.date(), move.name) == (date(2026, 3, 24), "mark_overdue")
    late = after(c.challenges, record, c.mark_overdue(record, by("CLOCK", date(2026, 3, 24))))
    assert late.overdue and c.mark_overdue(late, by("CLOCK", date(2026, 3, 25))) is None
    assert c.challenges.clocks(late, {}) == []
