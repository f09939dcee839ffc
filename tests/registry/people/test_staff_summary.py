"""Staff in numbers (R41): they add up, and only grow newer."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.registry.people import staff_summary as s
from services.registry.people.staff_summary import staff_summaries
from shared.record import Malformed
from tests.registry.examples import AIR, MARCH_2, after, association, by

GOOD = {
    "as_of": MARCH_2,
    "fulltime": 5,
    "parttime": 2,
    "under45": 4,
    "with_contract": 5,
    "with_insurance": 4,
    "covered": 4,
    "training_hours": 60,
}


def test_numbers_are_told_and_brought_up_to_date() -> None:
    record = staff_summaries.open(s.report(by("ASSOCIATION"), s.Numbers(**GOOD), association()), "")
    later = s.Numbers(**GOOD | {"as_of": date(2026, 4, 1), "fulltime": 6})
    record = after(staff_summaries, record, s.update(record, by("ASSOCIATION", date(2026, 4, 2)), later))
    assert (record.id, record.numbers.fulltime) == (AIR, 6)
    with pytest.raises(Malformed):
        s.update(record, by("ASSOCIATION", date(2026, 4, 2)), s.Numbers(**GOOD))
    with pytest.raises(Malformed):
        s.update(record, by("ASSOCIATION", MARCH_2), later)


@pytest.mark.parametrize("wrong", [{"under45": 8}, {"qualified": 8}, {"with_contract": 6}, {"covered": 5}])
def test_numbers_that_do_not_add_up_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        s.Numbers(**GOOD | wrong)
