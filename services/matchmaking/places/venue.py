"""Cluster or incubator [集聚区、孵化基地], R46; one in the Xixian part of the Shaanxi Free Trade Zone is the cluster of R61. Domain §5.4."""

from typing import Annotated, Any, Literal

from shared.district import District
from shared.names import Name, comparison_key
from shared.record import Call, Event, Given, Kind, Line, Read, Record, Refused, Text, Value

Stage = Literal["OPEN", "CLOSED"]
Zone = Literal["FTZ_XIXIAN", "NONE"]
VenueType = Literal["CLUSTER", "INCUBATOR"]


class House(Value):
    """What is told of a cluster: `zone` says whether it lies in the Free Trade Zone, `run_by` who runs the house."""

    name: Name
    venue_type: VenueType
    zone: Zone = "NONE"
    district: District
    site: Line
    run_by: Line


class Venue(Record):
    """Cluster or incubator [集聚区、孵化基地]"""

    stage: Stage
    house: House
    zone: Zone
    district: str
    name_key: str | None  # distinct while it is open


class VenueOpened(Event, to="OPEN"):
    """A cluster opens its doors."""

    house: House
    zone: Zone
    district: str
    name_key: str


class VenueChanged(Event):
    """What is told of it has changed; where it lies does not."""

    house: House
    zone: Zone
    name_key: str


class VenueClosed(Event, to="CLOSED"):
    """It takes no tenant any more."""

    reason: str
    name_key: None = None


venues = Kind[Venue, Stage](
    Venue,
    "matchmaking.places.venue",
    path="venues",
    unique=("name_key",),
    index=("zone", "district"),
    own={"NEW_CITY": "district"},
    readers=("ASSOCIATION", "INVEST_DEPT", "FIC", "REG_AUTHORITY"),
)


async def namesakes(read: Read, call: Call, venue: Venue | None, body: Any) -> list[Venue]:
    found = await read.find(venues, name_key=comparison_key(body.name), stage="OPEN")
    return [other for other in found if venue is None or other.id != venue.id]


Namesakes = Annotated[list[Venue], Given(namesakes)]


def key_of(house: House, others: list[Venue]) -> str:
    """Raises: Refused for the name of another cluster."""
    if others:
        raise Refused("name_taken", "another cluster has this name", "已有同名集聚区")
    return comparison_key(house.name)


@venues.opens(by=("SO_ADMIN", "NEW_CITY"))
def open_(call: Call, house: House, others: Namesakes) -> VenueOpened:
    """Open a cluster or incubator [设立集聚区]."""
    return VenueOpened(house=house, zone=house.zone, district=house.district, name_key=key_of(house, others))


@venues.command(by=("SO_ADMIN", "NEW_CITY"), when="OPEN")
def change(venue: Venue, call: Call, house: House, others: Namesakes) -> VenueChanged:
    """Correct what is told of it [更正]."""
    if house.district != venue.district:
        raise Refused("venue_moved", "a house does not move: close this one and open another", "场所不能迁移，请关闭后另行设立")
    return VenueChanged(house=house, zone=house.zone, name_key=key_of(house, others))


@venues.command(by=("SO_ADMIN", "NEW_CITY"), when="OPEN")
def close(venue: Venue, call: Call, reason: Text) -> VenueClosed:
    """Take no tenant any more [停止接纳]; those who are in stay to the end of their term."""
    return VenueClosed(reason=reason)
