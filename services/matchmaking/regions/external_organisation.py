"""External organisation [外地组织], R23, R58: associations and chambers elsewhere that Xixian's work with. Domain §6.4, §8.2."""

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.district import regions
from shared.industry import IndustryCode
from shared.names import Name, comparison_key
from shared.record import Call, Count, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import Uscc

Stage = Literal["LISTED", "DELISTED"]
Sort = Literal["INDUSTRY_ASSOCIATION", "CHAMBER", "OUT_OF_PROVINCE_CHAMBER", "INTERNATIONAL", "SERVICE_CENTRE", "PUBLIC_BODY"]
Goal = Literal["INVEST", "EXPORT", "PROCURE", "STANDARD", "TALENT", "FAIR"]
Topics = Annotated[tuple[Line, ...], Field(max_length=20)]


class Entry(Value):
    """What the directory says of an organisation elsewhere; `region` is a province or city by GB/T 2260, or a country."""

    name: Name
    kind: Sort
    region: Annotated[str, Field(pattern=r"^(\d{2}|\d{4}|[A-Z]{2})$")]
    uscc: Uscc | None = None
    gbt4754: Annotated[tuple[IndustryCode, ...], Field(max_length=10)] = ()
    goals: Annotated[tuple[Goal, ...], Field(max_length=6)] = ()
    offers: Topics = ()
    needs: Topics = ()
    members: Count = 0


class ExternalOrganisation(Record):
    """External organisation [外地组织]"""

    stage: Stage
    entry: Entry
    region: str
    name_key: str | None  # distinct within its region while it is listed
    source: str


class ExternalOrganisationListed(Event, to="LISTED"):
    entry: Entry
    region: str
    name_key: str
    source: str


class ExternalOrganisationChanged(Event):
    entry: Entry
    region: str
    name_key: str
    source: str


class ExternalOrganisationDelisted(Event, to="DELISTED"):
    name_key: None = None
    reason: str


external_organisations = Kind[ExternalOrganisation, Stage](
    ExternalOrganisation,
    "matchmaking.regions.external_organisation",
    path="external-organisations",
    unique=(("region", "name_key"),),
    index=("region", "entry.kind", "entry.gbt4754", "entry.goals"),
    readers=("ASSOCIATION", "INVEST_DEPT", "FIC", "NEW_CITY"),
)


async def namesakes(read: Read, call: Call, record: ExternalOrganisation | None, body: Any) -> list[ExternalOrganisation]:
    found = await read.find(external_organisations, region=body.entry.region, name_key=comparison_key(body.entry.name))
    return [other for other in found if record is None or other.id != record.id]


Namesakes = Annotated[list[ExternalOrganisation], Given(namesakes)]


def placed(entry: Entry, others: list[ExternalOrganisation]) -> str:
    """The comparison key. Raises: Malformed for a region nobody knows; Refused for a second entry of the same name there."""
    if entry.region.isdigit() and entry.region not in regions():
        raise Malformed("region_unknown", "no such province or city", "无此省市代码", pointer="/entry/region")
    if others:
        raise Refused("already_listed", "this organisation is in the directory", "该组织已在名录中")
    return comparison_key(entry.name)


@external_organisations.opens(by=("SO_ADMIN", "FIC"))
def list_(call: Call, entry: Entry, source: Text, others: Namesakes) -> ExternalOrganisationListed:
    """Put it into the directory [列入名录], with the source of what is said."""
    return ExternalOrganisationListed(entry=entry, region=entry.region, name_key=placed(entry, others), source=source)


@external_organisations.command(by=("SO_ADMIN", "FIC"), when="LISTED")
def change(record: ExternalOrganisation, call: Call, entry: Entry, source: Text, others: Namesakes) -> ExternalOrganisationChanged:
    """Correct what the directory says [更正]."""
    return ExternalOrganisationChanged(entry=entry, region=entry.region, name_key=placed(entry, others), source=source)


@external_organisations.command(by=("SO_ADMIN", "FIC"), when="LISTED")
def delist(record: ExternalOrganisation, call: Call, reason: Text) -> ExternalOrganisationDelisted:
    """Take it out of the directory [移出名录]."""
    return ExternalOrganisationDelisted(reason=reason)
