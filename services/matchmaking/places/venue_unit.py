"""Unit of a cluster [集聚区单元], R46: vacant, reserved for an approved tenant, occupied. It follows the tenancies. Domain §5.4."""

from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.places.venue import Venue, Zone, venues
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Read, Record, Refused, Text

Stage = Literal["VACANT", "RESERVED", "OCCUPIED", "WITHDRAWN"]
UnitType = Literal["OFFICE", "DESK"]
Area = Annotated[int, Field(ge=1, le=100_000, description="m²")]


class VenueUnit(Record):
    """Unit of a cluster [集聚区单元]"""

    stage: Stage
    venue: str
    zone: Zone
    district: str
    number: str
    unit_type: UnitType
    area_m2: int
    rent_list_price: Fen  # for a square metre and month
    property_fee: Fen  # for a square metre and month
    tenancy: str | None = None  # for whom it is kept, or who is in


class VenueUnitListed(Event, to="VACANT"):
    """A unit is offered."""

    venue: str
    zone: Zone
    district: str
    number: str
    unit_type: UnitType
    area_m2: int
    rent_list_price: Fen
    property_fee: Fen


class VenueUnitPriced(Event):
    """Its list price has changed; running tenancies keep theirs."""

    venue: str
    rent_list_price: Fen
    property_fee: Fen


class VenueUnitReserved(Event, to="RESERVED"):
    """A tenancy was approved: it is kept for this tenant."""

    venue: str
    tenancy: str


class VenueUnitOccupied(Event, to="OCCUPIED"):
    """The tenant is in."""

    venue: str
    tenancy: str


class VenueUnitVacated(Event, to="VACANT"):
    """The tenant is out, or has not come."""

    venue: str
    tenancy: None = None


class VenueUnitWithdrawn(Event, to="WITHDRAWN"):
    """It is not offered any more."""

    venue: str
    reason: str
    tenancy: None = None


class VenueUnitOfferedAgain(Event, to="VACANT"):
    """It is offered once more."""

    venue: str


class TenancyApproved(Heard, type="matchmaking.places.tenancy_approved.v1"):
    unit: str


class TenancyStarted(Heard, type="matchmaking.places.tenancy_started.v1"):
    unit: str


class TenancyEnded(Heard, type="matchmaking.places.tenancy_ended.v1"):
    unit: str


class VenueClosed(Heard, type="matchmaking.places.venue_closed.v1"):
    reason: str


venue_units = Kind[VenueUnit, Stage](
    VenueUnit,
    "matchmaking.places.venue_unit",
    path="venue-units",
    unique=(("venue", "number"),),
    index=("venue", "zone"),
    own={"NEW_CITY": "district"},
    readers=("ASSOCIATION", "INVEST_DEPT", "FIC", "REG_AUTHORITY"),
)


async def venue_named(read: Read, call: Call, unit: VenueUnit | None, body: Any) -> Venue | None:
    return await read.get(venues, body.venue)


async def venue_of(read: Read, call: Call, unit: VenueUnit | None, body: Any) -> Venue | None:
    return await read.get(venues, unit.venue) if unit else None


House = Annotated[Venue | None, Given(venue_of)]
CLOSED = "the cluster takes no tenant any more"


async def same_number(read: Read, call: Call, unit: VenueUnit | None, body: Any) -> list[VenueUnit]:
    return await read.find(venue_units, venue=body.venue, number=body.number)


def must_be_open(house: Venue | None, pointer: str = "") -> Venue:
    """Raises: Refused where there is no such cluster, or where it takes no tenant any more."""
    if house is None or house.stage != "OPEN":
        raise Refused("venue_not_open", "there is no such open cluster", "集聚区不存在或已停止接纳", pointer=pointer)
    return house


@venue_units.opens(by=("SO_ADMIN", "NEW_CITY"))
def list_(
    call: Call,
    venue: Line,
    number: Line,
    unit_type: UnitType,
    area_m2: Area,
    rent_list_price: Fen,
    property_fee: Fen,
    house: Annotated[Venue | None, Given(venue_named)],
    others: Annotated[list[VenueUnit], Given(same_number)],
) -> VenueUnitListed:
    """Offer a unit or a desk [发布单元], with its area and its list prices in fen for a square metre and month."""
    house = must_be_open(house, "/venue")
    if others:
        raise Refused("number_taken", "the cluster has a unit of this number", "该集聚区已有此编号的单元", pointer="/number")
    return VenueUnitListed(
        venue=venue, zone=house.zone, district=house.district, number=number, unit_type=unit_type, area_m2=area_m2,
        rent_list_price=rent_list_price, property_fee=property_fee,
    )  # fmt: skip


@venue_units.command(by=("SO_ADMIN", "NEW_CITY"), when=("VACANT", "WITHDRAWN"))
def price(unit: VenueUnit, call: Call, rent_list_price: Fen, property_fee: Fen) -> VenueUnitPriced:
    """Set other list prices while nobody is in [调整价格]."""
    return VenueUnitPriced(venue=unit.venue, rent_list_price=rent_list_price, property_fee=property_fee)


@venue_units.command(by=("SO_ADMIN", "NEW_CITY"), when="VACANT")
def withdraw(unit: VenueUnit, call: Call, reason: Text) -> VenueUnitWithdrawn:
    """Offer it no more [撤下]."""
    return VenueUnitWithdrawn(venue=unit.venue, reason=reason)


@venue_units.command(by=("SO_ADMIN", "NEW_CITY"), when="WITHDRAWN")
def offer_again(unit: VenueUnit, call: Call, house: House) -> VenueUnitOfferedAgain:
    """Offer it once more [重新发布], while the cluster is open."""
    must_be_open(house)
    return VenueUnitOfferedAgain(venue=unit.venue)


@venue_units.on(TenancyApproved, when=("VACANT", "WITHDRAWN"), where=lambda e: {"id": e.unit})
def reserve(unit: VenueUnit, call: Call, event: TenancyApproved) -> VenueUnitReserved:
    """A tenancy was approved; who withdraws the unit in the same moment comes second."""
    return VenueUnitReserved(venue=unit.venue, tenancy=event.about)


@venue_units.on(TenancyStarted, when="RESERVED", where=lambda e: {"tenancy": e.about})
def occupy(unit: VenueUnit, call: Call, event: TenancyStarted) -> VenueUnitOccupied:
    """The tenant for whom it is kept has moved in."""
    return VenueUnitOccupied(venue=unit.venue, tenancy=event.about)


@venue_units.on(TenancyEnded, when=("RESERVED", "OCCUPIED"), where=lambda e: {"tenancy": e.about})
def vacate(unit: VenueUnit, call: Call, event: TenancyEnded, house: House) -> VenueUnitVacated | VenueUnitWithdrawn:
    """The tenancy is over; in a cluster that has closed nobody follows."""
    if house is not None and house.stage == "CLOSED":
        return VenueUnitWithdrawn(venue=unit.venue, reason=CLOSED)
    return VenueUnitVacated(venue=unit.venue)


@venue_units.on(VenueClosed, when="VACANT", where=lambda e: {"venue": e.about})
def close(unit: VenueUnit, call: Call, event: VenueClosed) -> VenueUnitWithdrawn:
    """The cluster has closed."""
    return VenueUnitWithdrawn(venue=unit.venue, reason=CLOSED)
