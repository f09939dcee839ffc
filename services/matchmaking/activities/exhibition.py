"""Exhibition [展会], R12: the series, of which every edition [届] is a record of its own; certified once (UFI), ended when it is held no more."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded, Day, must_have_happened
from shared.industry import IndustryCode
from shared.names import Name, comparison_key
from shared.record import Call, Event, Given, Kind, Line, Read, Record, Refused, Text

Stage = Literal["RUNNING", "ENDED"]
Trades = Annotated[tuple[IndustryCode, ...], Field(min_length=1, max_length=10)]
PerYear = Annotated[int, Field(ge=1, le=12)]


class Exhibition(Record):
    """Exhibition [展会]"""

    stage: Stage
    association: str
    name: str
    name_key: str | None  # distinct while it runs
    gbt4754: tuple[str, ...]
    per_year: int
    certificate: str | None = None
    certified_on: date | None = None


class ExhibitionFounded(Event, to="RUNNING"):
    """An association has an exhibition."""

    association: str
    name: str
    name_key: str
    gbt4754: tuple[str, ...]
    per_year: int


class ExhibitionCertified(Event):
    """It, or its organiser, has an international certificate, as UFI gives (domain §5.3)."""

    association: str
    name: str
    certificate: str
    certified_on: date


class ExhibitionEnded(Event, to="ENDED"):
    """It is held no more."""

    association: str
    name: str
    reason: str
    name_key: None = None


exhibitions = Kind[Exhibition, Stage](
    Exhibition,
    "matchmaking.activities.exhibition",
    path="exhibitions",
    unique=("name_key",),
    index=("association",),
    own={"ASSOCIATION": "association"},
    readers=("SO_ADMIN", "INDUSTRY_DEPT", "INVEST_DEPT", "NEW_CITY"),
)


async def namesakes(read: Read, call: Call, exhibition: Exhibition | None, body: Any) -> list[Exhibition]:
    return await read.find(exhibitions, name_key=comparison_key(body.name))


@exhibitions.opens(by="ASSOCIATION")
def found(
    call: Call, name: Name, gbt4754: Trades, others: Annotated[list[Exhibition], Given(namesakes)], per_year: PerYear = 1
) -> ExhibitionFounded:
    """Enter an exhibition [登记展会], with its trades and how often it is held in a year."""
    if others:
        raise Refused("name_taken", "there is an exhibition of this name", "已有同名展会", pointer="/name")
    return ExhibitionFounded(association=call.organisation, name=name, name_key=comparison_key(name), gbt4754=gbt4754, per_year=per_year)


@exhibitions.command(by=("SO_ADMIN", "INDUSTRY_DEPT"), when="RUNNING")
def certify(exhibition: Exhibition, call: Call, certificate: Line, certified_on: Day) -> ExhibitionCertified:
    """Enter its international certificate [国际认证], seen by the department."""
    must_have_happened(certified_on, call)
    return ExhibitionCertified(association=exhibition.association, name=exhibition.name, certificate=certificate, certified_on=certified_on)


@exhibitions.command(by="ASSOCIATION", when="RUNNING")
def end(exhibition: Exhibition, call: Call, reason: Text) -> ExhibitionEnded:
    """Hold it no more [停办]."""
    return ExhibitionEnded(association=exhibition.association, name=exhibition.name, reason=reason)


@exhibitions.on(AssociationEnded, when="RUNNING", where=lambda e: {"association": e.uscc})
def end_for_ended(exhibition: Exhibition, call: Call, event: AssociationEnded) -> ExhibitionEnded:
    """The association has ended: another may hold an exhibition of this name."""
    return ExhibitionEnded(association=exhibition.association, name=exhibition.name, reason="the association is no longer registered")
