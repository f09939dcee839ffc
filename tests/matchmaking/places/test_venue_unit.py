from services.matchmaking.places.venue import close, venues
from services.matchmaking.places.venue_unit import (
    TenancyApproved,
    TenancyEnded,
    TenancyStarted,
    VenueClosed,
    VenueUnit,
    list_,
    occupy,
    offer_again,
    price,
    reserve,
    vacate,
    venue_units,
    withdraw,
)
from services.matchmaking.places.venue_unit import close as shut_down
from tests.matchmaking.places.test_venue import opened
from tests.matchmaking.places_hints import a_unit
from tests.matchmaking.samples import call, on, refused

ADMIN, PLATFORM = call("SO_ADMIN"), call("PLATFORM")


def reserved() -> VenueUnit:
    unit: VenueUnit = a_unit()
    return on(venue_units, unit, reserve(unit, PLATFORM, TenancyApproved(about="t-1", unit="unit-1")))  # type: ignore[no-any-return]


def test_a_unit_lies_where_its_cluster_lies() -> None:
    unit = venue_units.open(list_(ADMIN, "venue-1", "B-2", "DESK", 6, 6000, 500, opened(), []), "u")
    assert (unit.stage, unit.zone, unit.district, unit.area_m2) == ("VACANT", "FTZ_XIXIAN", "XX-KG", 6)


def test_a_closed_cluster_offers_nothing_and_a_number_stands_once() -> None:
    with refused("venue_not_open"):
        list_(ADMIN, "venue-1", "B-2", "DESK", 6, 6000, 500, on(venues, opened(), close(opened(), ADMIN, "x")), [])
    with refused("venue_not_open"):
        list_(ADMIN, "venue-9", "B-2", "DESK", 6, 6000, 500, None, [])
    with refused("number_taken"):
        list_(ADMIN, "venue-1", "A-101", "OFFICE", 6, 6000, 500, opened(), [a_unit()])


def test_it_is_kept_from_the_approval_taken_at_the_start_and_free_at_the_end() -> None:
    unit = reserved()
    assert (unit.stage, unit.tenancy) == ("RESERVED", "t-1")
    unit = on(venue_units, unit, occupy(unit, PLATFORM, TenancyStarted(about="t-1", unit="unit-1")))
    assert unit.stage == "OCCUPIED"
    unit = on(venue_units, unit, vacate(unit, PLATFORM, TenancyEnded(about="t-1", unit="unit-1"), opened()))
    assert (unit.stage, unit.tenancy) == ("VACANT", None)


def test_a_cluster_that_closes_takes_its_free_units_with_it_and_the_others_when_they_are_free() -> None:
    shut = on(venues, opened(), close(opened(), ADMIN, "搬迁"))
    free = on(venue_units, a_unit(), shut_down(a_unit(), PLATFORM, VenueClosed(about="venue-1", reason="搬迁")))
    assert free.stage == "WITHDRAWN"
    with refused("venue_not_open"):
        offer_again(free, ADMIN, shut)
    left = on(venue_units, reserved(), vacate(reserved(), PLATFORM, TenancyEnded(about="t-1", unit="unit-1"), shut))
    assert (left.stage, left.tenancy) == ("WITHDRAWN", None)
    assert "OCCUPIED" not in venue_units.moves["close"].when


def test_the_end_of_another_tenancy_does_not_free_it() -> None:
    where = venue_units.moves["vacate"].where
    assert where is not None
    assert where(TenancyEnded(about="t-2", unit="unit-1")) == {"tenancy": "t-2"}


def test_the_price_of_a_unit_somebody_is_in_stays() -> None:
    assert on(venue_units, a_unit(), price(a_unit(), ADMIN, 7000, 800)).rent_list_price == 7000
    assert "OCCUPIED" not in venue_units.moves["price"].when


def test_a_unit_withdrawn_may_be_offered_again() -> None:
    unit = on(venue_units, a_unit(), withdraw(a_unit(), ADMIN, "装修"))
    assert unit.stage == "WITHDRAWN"
    assert on(venue_units, unit, offer_again(unit, ADMIN, opened())).stage == "VACANT"
