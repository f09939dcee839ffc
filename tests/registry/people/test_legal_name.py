"""Names of legal representatives (domain §7.4): public while they are true, and in nothing that is told."""

import pytest

from services.registry.people import legal_name as n
from services.registry.people.legal_name import legal_names
from shared.record import Refused
from tests.registry.examples import AIR, MARCH_2, OTHER, PERSON, after, association, by

NAME = "王建国"


def entered() -> n.LegalName:
    return legal_names.open(n.enter(by("REG_AUTHORITY"), AIR, NAME, association()), AIR)


def test_the_name_stands_in_the_record_and_in_nothing_that_is_told() -> None:
    record = entered()
    assert (record.id, record.person, record.name) == (AIR, PERSON, NAME)
    assert NAME not in str(n.enter(by("REG_AUTHORITY"), AIR, NAME, association()).public())
    assert NAME not in str(legal_names.view(record))


def test_only_a_living_association_has_a_representative() -> None:
    for gone in (None, association().model_copy(update={"stage": "DEREGISTERED"})):
        with pytest.raises(Refused) as no:
            n.enter(by("REG_AUTHORITY"), AIR, NAME, gone)
        assert no.value.code == "association_not_living"


def test_it_goes_with_the_person_with_the_association_and_when_it_was_an_error() -> None:
    record = entered()
    same = n.RepresentativeChanged(about=AIR, uscc=AIR, legal_representative=PERSON)
    assert n.erase_for_another(record, by("PLATFORM"), same) is None
    other = n.RepresentativeChanged(about=AIR, uscc=AIR, legal_representative=OTHER)
    ended = n.AssociationEnded(about=AIR, uscc=AIR, ended_on=MARCH_2)
    for gone, cause in (
        (n.erase_for_another(record, by("PLATFORM"), other), "ANOTHER_PERSON"),
        (n.erase_for_ended(record, by("PLATFORM"), ended), "ASSOCIATION_ENDED"),
        (n.erase(record, by("REG_AUTHORITY")), "ENTERED_IN_ERROR"),
    ):
        assert gone is not None
        assert gone.cause == cause
        assert (after(legal_names, record, gone).stage, after(legal_names, record, gone).name) == ("ERASED", "")


def test_the_next_one_is_named_anew() -> None:
    record = after(legal_names, entered(), n.erase(entered(), by("REG_AUTHORITY")))
    now = association().model_copy(update={"legal_representative": OTHER})
    named = after(legal_names, record, n.correct(record, by("REG_AUTHORITY"), "李敏", now))
    assert (named.stage, named.person, named.name) == ("NAMED", OTHER, "李敏")
