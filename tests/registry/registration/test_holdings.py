"""Who holds a name, a person, a home region: each record alone is strict, and the last to decide sees all of them."""

from typing import Any

from services.registry.registration import change_case as c
from services.registry.registration.change_case import ChangeCase, change_cases
from services.registry.registration.holdings import held_by_others
from services.registry.registration.naming import Taken
from services.registry.registration.transfer import TransferForm, propose, transfers
from tests.registry.examples import AI, AIR, MARCH_2, OTHER, PERSON, Shelf, association, by, opened, papers_for
from tests.walk import fetched

NAME = "西咸新区空运协会"


def held(shelf: Shelf, **asked: Any) -> Taken:
    taken = fetched(held_by_others(shelf, asked.pop("district", "XX"), **asked))
    assert isinstance(taken, Taken)
    return taken


def renaming(uscc: str = AI, name: str = NAME) -> ChangeCase:
    form = c.ChangeForm.model_validate(
        {"association": uscc, "items": {"name": name, "legal_representative": OTHER}, "resolved_on": MARCH_2}
    )
    holder = association(uscc=uscc, name="西咸新区货运协会")
    return change_cases.open(c.propose(by("ASSOCIATION", organisation=uscc), form, holder, Taken(), False), "change-1")


def test_a_name_is_held_by_the_register_by_a_case_by_a_change_and_by_a_transfer() -> None:
    form = {"association": AIR, "level": "NEW_CITY", "district": "XX-KG", "reason": "属地管理", "papers": papers_for("TRANSFER")}
    moving = transfers.open(propose(by("REG_AUTHORITY"), TransferForm.model_validate(form), association(), Taken(), False), "transfer-1")
    for record, name, district, holder in (
        (association(uscc=AIR, name=NAME), NAME, "XX", AIR),
        (opened(name=NAME), NAME, "XX", "case-1"),
        (renaming(), NAME, "XX", "change-1"),
        (moving, "西咸新区航空物流协会", "XX-KG", "transfer-1"),
    ):
        assert [h for _, h in held(Shelf(record), district=district, name=name).names] == [holder]


def test_what_is_certified_and_not_yet_in_the_register_holds_its_name_and_person() -> None:
    certified = opened(name=NAME).model_copy(update={"stage": "CERTIFIED", "uscc": AIR})
    taken = held(Shelf(certified), name=NAME, person=PERSON)
    assert (taken.names, taken.represents) == (((NAME, "case-1"),), ("case-1",))


def test_what_is_ones_own_stands_against_nobody() -> None:
    certified = opened(name=NAME).model_copy(update={"stage": "ACTIVE", "uscc": AI})
    mine = Shelf(association(uscc=AI, name=NAME), certified, renaming())
    assert held(mine, name=NAME, person=OTHER, own=AI) == Taken()
    assert held(Shelf(opened(name=NAME)), name=NAME, person=PERSON, own="case-1") == Taken()


def test_what_was_refused_or_has_ended_holds_nothing() -> None:
    refused = opened(name=NAME).model_copy(update={"stage": "REFUSED", "name_claim": None, "legal_claim": None})
    entered = renaming().model_copy(update={"stage": "REGISTERED", "open_for": None, "name_claim": None, "legal_claim": None})
    gone = association("DEREGISTERED", name=NAME, uscc=AIR).model_copy(update={"name_claim": None, "legal_claim": None})
    assert held(Shelf(refused, entered, gone), name=NAME, person=OTHER) == Taken()


def test_of_two_who_want_a_name_at_once_whoever_is_decided_last_sees_the_other() -> None:
    """Founders and an association that renames itself have both been let in, as each looked before the other had written."""
    founders, renamed = opened(name=NAME), renaming()
    both = Shelf(founders, renamed)
    assert ("change-1" in {h for _, h in held(both, name=NAME, own="case-1").names}) is True
    assert ("case-1" in {h for _, h in held(both, name=NAME, own=AI).names}) is True


def test_a_home_region_is_held_by_the_chamber_and_by_the_case_on_its_way() -> None:
    case = opened(kind="CHAMBER", name="西咸新区浙江商会", home_region="33")
    chamber = association(uscc=AI, kind="CHAMBER", name="西咸新区浙江商会", home_region="浙江省")
    for shelf, holder in ((Shelf(case), "case-1"), (Shelf(chamber), AI)):
        assert held(shelf, home_region="浙江").of_home == (holder,)
    assert held(Shelf(case, chamber), home_region="江苏").of_home == ()
    assert held(Shelf(case), district="XX-FD", home_region="浙江").of_home == ()
