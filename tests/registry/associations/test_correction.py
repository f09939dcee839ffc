"""Corrections supersede, they never overwrite: what was told stays, and both time axes answer as they answered then (peers R5, R6)."""

from datetime import date
from typing import Any

import pytest

from services.registry.associations import correction as c
from services.registry.associations.association import Association, AssociationRegistered, associations
from shared.http import began
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, after, association, by

WRONG, RIGHT = association().domicile, "空港新城正平大街 8 号"


def wanted(**other: Any) -> c.Wanted:
    return c.Wanted(
        association=AIR, item="domicile", value=RIGHT, supersedes="event-1", holds_from=date(2024, 6, 1), reason="CLERICAL_ERROR"
    ).model_copy(update=other)


def known(**other: Any) -> c.Known:
    return c.Known(about=association(), told=WRONG).model_copy(update=other)


def requested(**other: Any) -> c.Correction:
    return c.corrections.open(c.request(by("ASSOCIATION"), wanted(**other), known()), "correction-1")


def test_a_correction_names_what_it_supersedes_and_the_register_follows() -> None:
    record = requested()
    assert (record.before, record.supersedes, record.claim) == (WRONG, "event-1", f"{AIR}~domicile")
    approved = c.approve(record, by("REG_AUTHORITY"))
    heard = c.Approved.read(c.Approved.type, "correction-1", approved.public())
    assert isinstance(heard, c.Approved)
    told = c.correct(association(), by("PLATFORM"), heard)
    assert told is not None
    assert (told.supersedes, told.correction, told.domicile, told.name) == ("event-1", "correction-1", RIGHT, None)
    now = told.apply(association())
    assert now == association().model_copy(update={"domicile": RIGHT}), "and nothing else has changed"
    closed = after(
        c.corrections,
        after(c.corrections, record, approved),
        c.close(record, by("PLATFORM"), c.Corrected(uscc=AIR, correction="correction-1")),
    )
    assert (closed.stage, closed.claim) == ("APPLIED", None)


def history() -> list[dict[str, Any]]:
    """Registered in March 2024 with the wrong domicile, corrected in March 2026: the right one held since June 2024."""
    items = {n: getattr(association(), n) for n in AssociationRegistered.model_fields}
    first = AssociationRegistered(**items)
    heard = c.Approved(
        about="correction-1", association=AIR, item="domicile", value=RIGHT, supersedes="event-1", holds_from=date(2024, 6, 1)
    )
    second = c.correct(association(), by("PLATFORM"), heard)
    assert second is not None
    events = ((first, "2024-03-02T01:00:00.000000Z"), (second, "2026-03-02T01:00:00.000000Z"))
    return [
        {"type": associations.type_of(type(e)), "data": e.public(), "effective": e.public()[e.effective or ""], "recorded": at, "time": at, "sequence": n}
        for n, (e, at) in enumerate(events, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "known_at", "domicile"),
    [
        ("2026-03-03T00:00:00.000000Z", "2026-03-03T00:00:00.000000Z", RIGHT),
        ("2024-07-01T00:00:00.000000Z", "2026-03-03T00:00:00.000000Z", RIGHT),  # what was true that day, as we know now
        ("2024-04-01T00:00:00.000000Z", "2026-03-03T00:00:00.000000Z", WRONG),  # before the right value held
        ("2024-07-01T00:00:00.000000Z", "2025-01-01T00:00:00.000000Z", WRONG),  # the answer that was given then
    ],
)
def test_both_time_axes_answer_as_they_should(as_of: str, known_at: str, domicile: str) -> None:
    told = [e for e in history() if e["recorded"] <= known_at and began(e) <= as_of]
    record = associations.fold(AIR, [(e["type"], e["data"]) for e in told])
    assert isinstance(record, Association)
    assert record.domicile == domicile
    assert len(history()) == 2 and history()[0]["data"]["domicile"] == WRONG, "what was told stays"


@pytest.mark.parametrize(
    ("form", "knows", "code"),
    [
        ({}, {"about": None}, "no_such_association"), ({}, {"told": None}, "not_what_told_it"), ({}, {"told": "别处"}, "not_what_told_it"),
        ({"holds_from": date(2020, 1, 1)}, {}, "holds_from_out_of_range"), ({"holds_from": date(2026, 3, 3)}, {}, "holds_from_out_of_range"),
        ({"value": WRONG}, {}, "nothing_changes"), ({"item": "registered_fund", "value": "三万"}, {"told": "3000000"}, "not_a_sum"),
    ],
)  # fmt: skip
def test_what_cannot_be_corrected_is_refused_with_its_reason(form: dict[str, Any], knows: dict[str, Any], code: str) -> None:
    if form.get("item") == "registered_fund":
        knows = {"told": str(association().registered_fund)}
    with pytest.raises(Refused) as no:
        c.request(by("ASSOCIATION"), wanted(**form), known(**knows))
    assert no.value.code == code


def test_a_name_that_another_bears_cannot_be_corrected_into_the_register() -> None:
    with pytest.raises(Refused) as no:
        c.request(by("REG_AUTHORITY"), wanted(item="name", value="西咸新区航空货运协会"), known(told=association().name, name_taken=True))
    assert no.value.code == "name_taken"


def test_money_is_corrected_in_fen() -> None:
    heard = c.Approved(about="x", association=AIR, item="registered_fund", value="5000000", supersedes="e", holds_from=date(2024, 6, 1))
    told = c.correct(association(), by("PLATFORM"), heard)
    assert told is not None and told.apply(association()).registered_fund == 5_000_000
    assert c.correct(association(), by("PLATFORM"), heard.model_copy(update={"value": "五万"})) is None
    with pytest.raises(Malformed):
        c.parsed("name", "a\nb")
