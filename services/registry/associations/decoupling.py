"""Where an association comes from, and the cutting of its ties to the administration [来源、脱钩], R4; domain §3.7.

A chapter of the record in `association.py`. Five separations: organisation; functions; assets and finance; personnel; Party
building and foreign affairs; each is shown by its papers. In Xixian nearly all arose of themselves, and have nothing to cut.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.associations.association import WORKING, Association, Decoupling, Origin, Separation, associations
from services.registry.procedures import ActDocument, Documents, Procedure, procedure
from shared.record import Call, Event, Given, Malformed, Read, Refused

SEPARATIONS: tuple[Separation, ...] = ("ORGANISATION", "FUNCTIONS", "ASSETS_AND_FINANCE", "PERSONNEL", "PARTY_AND_FOREIGN_AFFAIRS")


class AssociationOriginRecorded(Event):
    uscc: str
    origin: Origin
    custody_since: date | None
    decoupling: Decoupling


class SeparationCompleted(Event):
    """One of the five separations [五分离] is done."""

    uscc: str
    separation: Separation
    separated: tuple[Separation, ...]
    papers: tuple[ActDocument, ...] = ()


class AssociationDecoupled(Event):
    """All five separations are done [脱钩]: no supervising unit, annual reports go straight to the authority (§3.5, §3.7)."""

    uscc: str
    decoupling: Literal["DONE"] = "DONE"
    supervising_unit: None = None
    affiliation: Literal["NONE"] = "NONE"
    annual_first_review: None = None
    annual_first_due: None = None
    change_consent_role: None = None
    decoupled_on: date


async def decoupling_rules(read: Read, call: Call, association: Association, body: object) -> Procedure:
    """Given: what shows that a separation is done."""
    return procedure("DECOUPLING", call.today)


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when=WORKING)
def record_origin(association: Association, call: Call, origin: Origin, custody_since: date | None = None) -> AssociationOriginRecorded:
    """Say where it comes from [来源与托管] (R4): what the government initiated has ties to cut, others have none."""
    if custody_since and custody_since > call.today:
        raise Malformed("in_the_future", "custody cannot begin in the future", "托管日期不能晚于今天", pointer="/custody_since")
    if association.decoupling == "DONE":
        raise Refused("already_decoupled", "it is decoupled already", "该组织已完成脱钩")
    ties: Decoupling = "PENDING" if origin == "GOV_INITIATED" else "NOT_APPLICABLE"
    return AssociationOriginRecorded(uscc=association.uscc, origin=origin, custody_since=custody_since, decoupling=ties)


@associations.command(by=("SO_ADMIN", "REG_AUTHORITY"), when=WORKING)
def separate(
    association: Association,
    call: Call,
    separations: Annotated[tuple[Separation, ...], Field(min_length=1, max_length=5)],
    papers: Documents,
    rules: Annotated[Procedure, Given(decoupling_rules)],
) -> list[SeparationCompleted | AssociationDecoupled]:
    """Record separations [五分离] and the papers that show them; with the fifth the association is decoupled (§3.7)."""
    if association.decoupling != "PENDING":
        raise Refused("nothing_to_decouple", "there is no tie to cut", "该组织无需脱钩或已脱钩")
    if len(set(separations) - set(association.separated)) < len(separations):
        raise Refused(
            "already_separated", "one of these is recorded already, or named twice", "分离事项重复或已登记", pointer="/separations"
        )
    rules.complete((p.kind for p in papers), items=separations)
    done, events = association.separated, list[SeparationCompleted | AssociationDecoupled]()
    for separation in separations:
        done = (*done, separation)
        shown = tuple(p for p in papers if p.kind in rules.by_item.get(separation, ()))
        events.append(SeparationCompleted(uscc=association.uscc, separation=separation, separated=done, papers=shown))
    if len(done) == len(SEPARATIONS):
        events.append(AssociationDecoupled(uscc=association.uscc, decoupled_on=call.today))
    return events
