"""Public notices (art. 23): what is announced, and what is not said of persons."""

from services.registry.associations import public_notice as n
from tests.registry.examples import AIR, MARCH_2, OTHER, association, by

CHANGED = {"about": AIR, "uscc": AIR, "name": "西咸新区空运协会", "domicile": "示范路 2 号", "announced": True}


def change(*items: str, **other):
    return n.announce_change(by("PLATFORM"), n.AssociationChanged(**(CHANGED | {"changed": items} | other)), association())


def test_founding_deregistration_and_revocation_are_announced() -> None:
    founding = n.AssociationRegistered(about=AIR, uscc=AIR, name="西咸新区航空物流协会", district="XX")
    told = n.announce_founding(by("PLATFORM"), founding)
    assert (told.subject, told.name, told.published_on) == ("FOUNDING", "西咸新区航空物流协会", MARCH_2)
    ended = n.announce_end(by("PLATFORM"), n.AssociationDeregistered(about=AIR, uscc=AIR), association("DEREGISTERED"))
    revoked = n.announce_revocation(by("PLATFORM"), n.AssociationRegistrationRevoked(about=AIR, uscc=AIR), association("REVOKED"))
    assert (ended.subject, revoked.subject, revoked.district) == ("DEREGISTRATION", "REVOCATION", "XX")


def test_a_change_of_name_and_domicile_says_what_is_new() -> None:
    told = change("name", "domicile", "scope")
    assert (told.items, told.new_name, told.new_domicile) == (("name", "domicile"), "西咸新区空运协会", "示范路 2 号")


def test_of_a_representative_it_says_only_that_there_is_another() -> None:
    told = change("legal_representative")
    assert (told.items, told.new_name, told.new_domicile) == (("legal_representative",), None, None)
    assert OTHER not in told.model_dump_json()


def test_what_the_law_does_not_have_announced_is_not() -> None:
    assert change("scope", announced=False) is None
    assert n.announce_end(by("PLATFORM"), n.AssociationDeregistered(about=AIR, uscc=AIR), None) is None
