"""Penalties (R27): told before, heard where the law gives a hearing, imposed, annulled; and what they mean for the credit lists (§3.6)."""

from datetime import date
from typing import Any

import pytest

from services.registry.supervision import credit_causes as causes
from services.registry.supervision import credit_listing as c
from services.registry.supervision import penalty as p
from services.registry.supervision.credit_listing import credit_listings
from services.registry.supervision.credit_rules import RULES as CREDIT
from services.registry.supervision.penalty import penalties
from services.registry.supervision.rules import RULES
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by

NOW, LISTS = RULES.in_force(MARCH_2), CREDIT.in_force(MARCH_2)


def noticed(kind: Any = "SUSPENSION", amount: int = 0, on: date = MARCH_2) -> p.Penalty:
    form = p.Notice(association=AIR, kind=kind, amount=amount, facts="超出章程活动", legal_basis="条例第三十条")
    return penalties.open(p.propose(by("SO_ADMIN", on), form, NOW, association()), "penalty-1")


def imposed(kind: Any = "WARNING", amount: int = 0, on: date = MARCH_2, id_: str = "penalty-1") -> p.Penalty:
    record = noticed(kind, amount, on).model_copy(update={"hearing_until": None, "id": id_})
    return after(penalties, record, p.impose(record, by("SO_ADMIN", on), "1号", NOW))


def told(kind: Any, amount: int = 0, on: date = MARCH_2, id_: str = "penalty-1") -> causes.PenaltyImposed:
    return causes.PenaltyImposed(about=id_, association=AIR, kind=kind, amount=amount, imposed_on=on)


def listed(reason: Any = "SMALL_PENALTY") -> c.CreditListing:
    form = c.AbnormalProposal(association=AIR, reason=reason, evidence="penalty-0")
    record = credit_listings.open(c.propose(by("SO_ADMIN"), form, LISTS), "list-1")
    return after(credit_listings, record, c.confirm(record, by("SO_ADMIN"), LISTS))


# ── before it is imposed ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kind", "amount", "heard"),
    [("WARNING", 0, False), ("FINE", 4_999_999, False), ("FINE", 5_000_000, True), ("SUSPENSION", 0, True), ("REVOCATION", 0, True),
     ("CONFISCATION", 5_000_000, True)],
)  # fmt: skip
def test_the_graver_penalties_may_be_heard(kind: Any, amount: int, heard: bool) -> None:
    assert (noticed(kind, amount).hearing_until is not None) is heard


@pytest.mark.parametrize(
    ("on", "until"),
    [(MARCH_2, date(2026, 3, 9)),
     (date(2026, 2, 13), date(2026, 2, 27)),  # over Spring Festival: the 14th is worked, 15 to 23 off
     (date(2026, 9, 30), date(2026, 10, 13))],  # over National Day: 8, 9, 10 (a Saturday), 12, 13
)  # fmt: skip
def test_a_hearing_is_asked_for_within_five_working_days(on: date, until: date) -> None:
    record = noticed(on=on)
    assert record.hearing_until == until
    assert p.request_hearing(record, by("ASSOCIATION", until))
    with pytest.raises(Refused) as no:
        p.request_hearing(record, by("ASSOCIATION", date.fromordinal(until.toordinal() + 1)))
    assert no.value.code == "hearing_too_late"


def test_it_is_not_imposed_while_a_hearing_may_be_asked_for_or_is_awaited() -> None:
    with pytest.raises(Refused) as no:
        p.impose(noticed(), by("SO_ADMIN", date(2026, 3, 9)), "1号", NOW)
    assert no.value.code == "hearing_may_be_asked_for"
    assert p.impose(noticed(), by("SO_ADMIN", date(2026, 3, 10)), "1号", NOW).review_until == date(2026, 5, 9)
    record = after(penalties, noticed(), p.request_hearing(noticed(), by("ASSOCIATION")))
    with pytest.raises(Refused) as no:
        p.impose(record, by("SO_ADMIN", date(2026, 3, 20)), "1号", NOW)
    assert no.value.code == "hearing_pending"
    record = after(penalties, record, p.hold_hearing(record, by("SO_ADMIN", date(2026, 3, 20)), "笔录.pdf"))
    assert after(penalties, record, p.impose(record, by("SO_ADMIN", date(2026, 3, 21)), "1号", NOW)).stage == "IMPOSED"


def test_a_warning_has_no_hearing_but_one_may_state_the_case() -> None:
    record = noticed("WARNING")
    with pytest.raises(Refused) as no:
        p.request_hearing(record, by("ASSOCIATION"))
    assert no.value.code == "no_hearing"
    record = after(penalties, record, p.answer(record, by("ASSOCIATION"), "已纠正"))
    assert after(penalties, record, p.drop(record, by("SO_ADMIN"), "情节轻微")).stage == "DROPPED"


@pytest.mark.parametrize(("kind", "amount"), [("FINE", 0), ("WARNING", 1)])
def test_a_fine_has_an_amount_and_nothing_else_has(kind: Any, amount: int) -> None:
    with pytest.raises(Malformed):
        noticed(kind, amount)


# ── what follows for the lists ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kind", "amount", "lists"),
    [("WARNING", 0, {"ABNORMAL": "SMALL_PENALTY"}), ("FINE", 4_999_999, {"ABNORMAL": "SMALL_PENALTY"}), ("FINE", 5_000_000, {"SERIOUS": "LARGE_FINE"}),
     ("SUSPENSION", 0, {"SERIOUS": "SUSPENSION_PENALTY"}), ("CONFISCATION", 1, {}), ("REVOCATION", 0, {})],
)  # fmt: skip
def test_a_penalty_proposes_its_list(kind: Any, amount: int, lists: dict[str, str]) -> None:
    events = causes.propose_for_penalty(by("PLATFORM"), told(kind, amount), LISTS, [], [])
    assert {e.list: e.reason for e in events} == lists
    assert all(e.causes[0].evidence == "penalty-1" for e in events)


@pytest.mark.parametrize(("second", "serious"), [(date(2029, 3, 2), True), (date(2029, 3, 3), False)])
def test_two_small_penalties_within_three_years_propose_the_other_list_too(second: date, serious: bool) -> None:
    event = told("WARNING", on=second, id_="penalty-2")
    events = causes.propose_for_penalty(by("PLATFORM", second), event, LISTS, [imposed()], [])
    assert ("REPEATED_SMALL_PENALTIES" in {e.reason for e in events}) is serious


def test_the_same_penalty_is_not_counted_twice() -> None:
    assert [e.reason for e in causes.propose_for_penalty(by("PLATFORM"), told("WARNING"), LISTS, [imposed()], [])] == ["SMALL_PENALTY"]


def test_on_the_list_already_a_penalty_is_a_further_cause_and_starts_the_six_months_anew() -> None:
    on = date(2026, 8, 1)
    added = causes.add_penalty(listed(), by("PLATFORM", on), told("WARNING", on=on), LISTS, [])
    assert added is not None
    record = after(credit_listings, listed(), added)
    assert (len(record.causes), record.release_on) == (2, date(2027, 2, 1))
    assert causes.add_penalty(record, by("PLATFORM", on), told("WARNING", on=on), LISTS, []) is None
    assert causes.propose_for_penalty(by("PLATFORM", on), told("WARNING", on=on), LISTS, [], [record]) == []


def test_an_order_not_obeyed_proposes_once_and_is_then_a_further_cause() -> None:
    missed = causes.RectificationOverdue(about="order-1", association=AIR)
    event = causes.propose_for_missed_rectification(by("PLATFORM"), missed, LISTS, [])
    assert event is not None
    assert (event.reason, event.causes[0].rectifiable) == ("RECTIFICATION_NOT_DONE", True)
    assert causes.propose_for_missed_rectification(by("PLATFORM"), missed, LISTS, [listed()]) is None
    added = causes.add_missed_rectification(listed(), by("PLATFORM"), missed, LISTS)
    assert added is not None
    assert added.release_on is None  # there is something to be made good now


def test_a_penalty_that_is_annulled_takes_its_cause_back() -> None:
    record = after(penalties, imposed(), p.annul(imposed(), by("SO_ADMIN"), "RECONSIDERATION", "事实不清"))
    assert (record.stage, record.annulment_ground) == ("ANNULLED", "RECONSIDERATION")
    event = causes.take_back_cause(listed(), by("PLATFORM"), causes.PenaltyAnnulled(about="penalty-0", association=AIR))
    assert after(credit_listings, listed(), event).stage == "REMOVED"
    other = causes.PenaltyAnnulled(about="another", association=AIR)
    assert causes.take_back_cause(listed(), by("PLATFORM"), other) is None


def test_repeated_penalties_on_the_list_say_so_when_the_other_list_is_proposed() -> None:
    (_, due) = c.add_cause(listed(), by("SO_ADMIN"), "SMALL_PENALTY", "处罚决定", LISTS)
    heard = c.SeriousListingTime.read(c.SeriousListingTime.type, "list-1", due.public())
    assert isinstance(heard, c.SeriousListingTime)
    event = c.propose_after_two_years(by("PLATFORM"), heard, LISTS, [])
    assert event is not None
    assert event.reason == "REPEATED_SMALL_PENALTIES"


@pytest.mark.parametrize(("proposed_on", "decide_by"), [(date(2026, 2, 12), date(2026, 2, 26)), (date(2026, 9, 29), date(2026, 10, 12))])
def test_five_working_days_to_decide_run_around_the_holidays(proposed_on: date, decide_by: date) -> None:
    (event,) = causes.propose_for_penalty(by("PLATFORM", proposed_on), told("WARNING", on=proposed_on), LISTS, [], [])
    assert event.decide_by == decide_by
