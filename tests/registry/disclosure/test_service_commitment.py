"""Service commitments and their breaches (R75)."""

from datetime import date
from typing import Any

import pytest

from services.registry.disclosure import commitment_breach as b
from services.registry.disclosure import service_commitment as s
from services.registry.disclosure.commitment_breach import commitment_breaches
from services.registry.disclosure.rules import RULES
from services.registry.disclosure.service_commitment import service_commitments
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by

NOW = RULES.in_force(MARCH_2)


def promise(**other: Any) -> s.Promise:
    fields = {"item": "政策咨询", "standard": "当日答复", "time_limit_h": 8, "fee": 0, "complaints_to": "029-39990000"}
    return s.Promise.model_validate(fields | other)


def published() -> s.ServiceCommitment:
    return service_commitments.open(s.publish(by("ASSOCIATION"), promise(), association()), "promise-1")


def reported(on: date = MARCH_2) -> b.CommitmentBreach:
    form = b.Complaint(commitment="promise-1", happened_on=MARCH_2, facts="三日未答复")
    return commitment_breaches.open(b.report(by("SO_ADMIN", on), form, published(), NOW), "breach-1")


def test_a_promise_says_what_in_how_many_hours_and_for_what_fee() -> None:
    record = published()
    assert (record.stage, record.promise.time_limit_h, record.claim) == ("PUBLISHED", 8, f"{AIR}~政策咨询")


def test_a_promise_revised_holds_as_revised_and_withdrawn_no_more() -> None:
    record = after(service_commitments, published(), s.revise(published(), by("ASSOCIATION"), promise(time_limit_h=4)))
    assert (record.stage, record.promise.time_limit_h) == ("REVISED", 4)
    with pytest.raises(Refused) as no:
        s.revise(record, by("ASSOCIATION"), promise(time_limit_h=4))
    assert no.value.code == "nothing_changes"
    gone = after(service_commitments, record, s.withdraw(record, by("ASSOCIATION"), "停办"))
    assert (gone.stage, gone.claim) == ("WITHDRAWN", None)


@pytest.mark.parametrize(
    ("on", "until"),
    [(MARCH_2, date(2026, 3, 16)),
     (date(2026, 2, 10), date(2026, 3, 2)),  # Spring Festival: 14 and 28 February, both Saturdays, are worked
     (date(2026, 9, 25), date(2026, 10, 15))],  # Mid-Autumn on the day itself, National Day from the 1st to the 7th, Saturday the 10th worked
)  # fmt: skip
def test_the_association_answers_within_ten_working_days(on: date, until: date) -> None:
    form = b.Complaint(commitment="promise-1", happened_on=date(2026, 2, 1), facts="未答复")
    old = published().model_copy(update={"published_on": date(2026, 1, 1)})
    record = commitment_breaches.open(b.report(by("SO_ADMIN", on), form, old, NOW), "breach-1")
    assert record.answer_by == until
    ((at, move),) = commitment_breaches.clocks(record, {})
    assert (at.astimezone(SHANGHAI).date().toordinal(), move.name) == (until.toordinal() + 1, "press_for_answer")


def test_it_is_not_decided_before_the_association_was_heard_or_kept_silent() -> None:
    with pytest.raises(Refused) as no:
        b.decide(reported(), by("SO_ADMIN"), True, "属实")
    assert no.value.code == "answer_awaited"
    silent = after(commitment_breaches, reported(), b.press_for_answer(reported(), by("CLOCK", date(2026, 3, 17))))
    assert after(commitment_breaches, silent, b.decide(silent, by("SO_ADMIN", date(2026, 3, 17)), True, "属实")).stage == "BREACHED"
    answered = after(commitment_breaches, reported(), b.answer(reported(), by("ASSOCIATION"), "当日已回电"))
    assert after(commitment_breaches, answered, b.decide(answered, by("SO_ADMIN"), False, "不属实")).stage == "DISMISSED"


def test_only_what_was_promised_then_can_be_broken() -> None:
    early = b.Complaint(commitment="promise-1", happened_on=date(2026, 3, 1), facts="x")
    with pytest.raises(Malformed):
        b.report(by("SO_ADMIN"), early, published(), NOW)
    with pytest.raises(Refused) as no:
        b.report(by("SO_ADMIN"), early, None, NOW)
    assert no.value.code == "no_such_commitment"


def test_who_complained_is_kept_nowhere() -> None:
    assert not {"reporter", "complainant", "author"} & set(b.CommitmentBreach.model_fields)
    assert commitment_breaches.moves["report"].by == ("SO_ADMIN", "NEW_CITY")
