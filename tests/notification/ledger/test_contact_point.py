"""Where an organisation can be reached."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.notification.ledger.contact_point import (
    Contact,
    ContactPoint,
    Wishes,
    change,
    contact_points,
    register,
    register_for,
    withdraw,
)
from shared.record import SHANGHAI, Call, NotAllowed, NotFound, Refused

USCC = "51610000MJU0000012"
CALL = Call("ASSOCIATION", USCC, datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), UUID(int=1))
OFFICE = Contact(name="西咸新区航空物流协会", email="office@hangkong.example")


def registered(contact: Contact = OFFICE) -> ContactPoint:
    return contact_points.open(register(CALL, contact), "")


def test_an_association_registers_its_own_office() -> None:
    point = registered()
    assert (point.stage, point.organisation, point.id, point.email) == ("ACTIVE", USCC, USCC, "office@hangkong.example")


def test_the_address_is_neither_published_nor_shown_only_its_mask() -> None:
    event = register(CALL, OFFICE)
    assert "office@hangkong.example" not in str(event.public())
    assert "office@hangkong.example" not in str(contact_points.view(registered()))
    assert contact_points.view(registered())["email_masked"] == "o***@hangkong.example"


def test_a_contact_without_address_is_reached_in_the_platform_only() -> None:
    point = registered(Contact(name="某企业"))
    assert (point.email, point.email_masked) == ("", "")


def test_changing_replaces_everything_and_withdrawing_deletes_the_address() -> None:
    point = registered()
    moved = contact_points.evolve(point, [change(point, CALL, Contact(name="新名", email="new@hangkong.example", locale="en"))])
    assert (moved.name, moved.email, moved.locale) == ("新名", "new@hangkong.example", "en")
    gone = contact_points.evolve(moved, [withdraw(moved, CALL)])
    assert (gone.stage, gone.email, gone.email_masked, gone.name) == ("WITHDRAWN", "", "", "新名")


def test_there_is_no_place_to_mute_what_is_statutory() -> None:
    with pytest.raises(ValidationError):
        Wishes.model_validate({"statutory": []})


def test_the_inbox_of_a_duty_cannot_be_muted_but_that_of_information_can() -> None:
    with pytest.raises(ValidationError):
        Wishes(duty=("EMAIL",))
    assert Wishes(information=()).information == ()


def test_a_channel_named_twice_counts_once() -> None:
    assert Wishes(duty=("IN_APP", "EMAIL", "IN_APP")).duty == ("IN_APP", "EMAIL")


def test_nobody_changes_the_contact_of_another() -> None:
    other = replace(CALL, organisation="51610000MJU0000020")
    with pytest.raises(NotFound):
        contact_points.decide(registered(), contact_points.moves["withdraw"], contact_points.moves["withdraw"].body(), other)


def test_so_admin_enters_a_partner_chamber_but_no_department() -> None:
    admin = replace(CALL, role="SO_ADMIN", organisation="dept:so-admin")
    assert register_for(admin, "external-1", OFFICE).organisation == "external-1"
    with pytest.raises(Refused, match="register their own"):
        register_for(admin, "dept:invest", OFFICE)
    form = contact_points.moves["register_for"].body(organisation="external-1", contact=OFFICE)
    with pytest.raises(NotAllowed):
        contact_points.decide(None, contact_points.moves["register_for"], form, CALL)


def test_a_new_city_owns_by_its_district() -> None:
    city = replace(CALL, role="NEW_CITY", organisation="dept:XX-FD", district="XX-FD")
    point = contact_points.open(register(city, OFFICE), "")
    assert contact_points.owns(point, city)
    assert not contact_points.owns(point, replace(city, district="XX-FX"))
