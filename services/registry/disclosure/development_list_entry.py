"""Development lists [加快完善、做大做强、优化发展], R50: which associations the policy wants to complete, to strengthen, to optimise (domain §8.2).

An association is on one list at a time; moving it ends one entry and opens another.
"""

from datetime import date
from typing import Annotated, Literal

from services.registry.acting import AssociationEnded
from services.registry.associations.association import WORKING, Association, associations
from services.registry.associations.subject import association_concerned, living
from services.registry.disclosure.rules import DevelopmentList, DevelopmentLists, lists_in_force
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import end_of
from shared.district import District
from shared.names import comparison_key
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Value
from shared.uscc import AssociationUscc

Stage = Literal["LISTED", "ENDED"]


class Entry(Value):
    """`until` where the policy sets an end."""

    association: AssociationUscc
    list: DevelopmentList
    basis: Line
    until: date | None = None


class DevelopmentListEntry(Record):
    """Entry of a development list [发展名单]"""

    stage: Stage
    association: str
    district: District
    list: DevelopmentList
    basis: str
    listed_on: date
    until: date | None
    claim: str | None
    ended_on: date | None = None


class DevelopmentListUpdated(Event):
    """An association came on a list (LISTED), or went off it (ENDED)."""

    stage: Stage
    association: str
    district: District
    list: DevelopmentList
    basis: str
    listed_on: date
    until: date | None
    claim: str | None
    ended_on: date | None = None


development_list_entries = Kind[DevelopmentListEntry, Stage](
    DevelopmentListEntry, "registry.disclosure.development_list_entry", path="development-list-entries", unique=("claim",), index=("association", "list"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("REG_AUTHORITY", "INDUSTRY_DEPT", "INVEST_DEPT", "FIC"),
)  # fmt: skip


class Everybody(Value):
    """All whom the policy in force names; `until` for every one of them."""

    until: date | None = None


async def working_associations(read: Read, call: Call, record: object, body: Everybody) -> list[Association]:
    """Given: the associations that work."""
    return await read.find(associations, stage=WORKING)


async def listed_already(read: Read, call: Call, record: object, body: object) -> list[DevelopmentListEntry]:
    """Given: who is on a list."""
    return await read.find(development_list_entries, stage="LISTED")


Listed = Annotated[list[DevelopmentListEntry], Given(listed_already)]


@development_list_entries.opens(by="SO_ADMIN")
def list_(call: Call, form: Entry, association: Annotated[Association | None, Given(association_concerned)], there: Listed) -> DevelopmentListUpdated:  # fmt: skip
    """Put an association on a list [列入发展名单]."""
    subject = living(association)
    to_come(form.until, call)
    if on := next((e for e in there if e.association == form.association), None):
        raise Refused("on_a_list", f"it is on the list {on.list}", f"已列入名单（{on.list}）", pointer="/association")
    return DevelopmentListUpdated(
        **form.model_dump(), stage="LISTED", district=subject.district, listed_on=call.today, claim=form.association
    )


@development_list_entries.opens(by="SO_ADMIN")
def list_named(call: Call, form: Everybody, policy: Annotated[DevelopmentLists, Given(lists_in_force)],
               working: Annotated[list[Association], Given(working_associations)], there: Listed) -> list[DevelopmentListUpdated]:  # fmt: skip
    """Put every association on its list that the policy in force names and the register knows [按政策列入]; asked again, those that are left."""
    to_come(form.until, call)
    known, by_name = {e.association for e in there}, {comparison_key(a.name): a for a in working if a.stage in WORKING}
    named = [(e, a) for e in policy.entries if (a := by_name.get(comparison_key(e.name))) and a.uscc not in known]
    if not named:
        raise Refused("nobody_left", "all whom the policy names are listed or not registered", "政策点名的组织均已列入或者尚未登记")
    return [
        DevelopmentListUpdated(
            stage="LISTED", association=a.uscc, district=a.district, list=e.list, basis=policy.basis, listed_on=call.today, until=form.until,
            claim=a.uscc,
        )
        for e, a in {a.uscc: (e, a) for e, a in named}.values()
    ]  # fmt: skip


@development_list_entries.command(by="SO_ADMIN", when="LISTED")
def remove(entry: DevelopmentListEntry, call: Call) -> DevelopmentListUpdated:
    """Take it off the list [移出]."""
    return ended(entry, call)


@development_list_entries.clock(when="LISTED", at=lambda e: end_of(e.until) if e.until else None)
def expire(entry: DevelopmentListEntry, call: Call) -> DevelopmentListUpdated:
    """The term of the policy is over."""
    return ended(entry, call)


@development_list_entries.on(AssociationEnded, when="LISTED", where=lambda e: {"association": e.uscc})
def lapse(entry: DevelopmentListEntry, call: Call, event: AssociationEnded) -> DevelopmentListUpdated:
    """The association has ended: struck off, or its registration revoked."""
    return ended(entry, call)


def ended(entry: DevelopmentListEntry, call: Call) -> DevelopmentListUpdated:
    return DevelopmentListUpdated(
        stage="ENDED", association=entry.association, district=entry.district, list=entry.list, basis=entry.basis, listed_on=entry.listed_on,
        until=entry.until, claim=None, ended_on=call.today,
    )  # fmt: skip


def to_come(until: date | None, call: Call) -> None:
    if until and until <= call.today:
        raise Malformed("day_has_passed", "the end lies after today", "截止日期须晚于今日", pointer="/until")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class DevelopmentListEntryHandedOver(HandedOver):
    """Entry of a development list: gone with its association to another new city."""


follows(development_list_entries, DevelopmentListEntryHandedOver)
