"""Party building [党的建设], R29: an organisation alone, jointly or by function, or an instructor; counts only, never who."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.jurisdiction import HandedOver, follows
from shared.district import District
from shared.record import Call, Count, Event, Given, Heard, Kind, Line, Malformed, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["NONE", "INSTRUCTOR_ASSIGNED", "ORG_ESTABLISHED"]
OrganisationType = Literal["ALONE", "JOINT", "FUNCTIONAL"]
ALL: tuple[Stage, ...] = ("NONE", "INSTRUCTOR_ASSIGNED", "ORG_ESTABLISHED")


class Counts(Value):
    """Of a year: Party members in the secretariat, management and key staff and the Party members among them, activities held."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    members_count: Count
    key_staff_count: Count
    key_staff_members_count: Count
    activities: Count

    @model_validator(mode="after")
    def is_a_part(self) -> "Counts":
        if self.key_staff_members_count > min(self.key_staff_count, self.members_count):
            raise ValueError("the Party members among key staff are part of both; 管理层和业务骨干中的党员数不得超过其总数和党员总数")
        return self


class Opening(Value):
    association: AssociationUscc


class PartyBuildingStatus(Record):
    """Party building in an association [党建工作情况]"""

    stage: Stage
    association: str
    district: District
    organisation_type: OrganisationType | None = None
    since: date | None = None
    counts: Counts | None = None


class PartyBuildingOpened(Event, to="NONE"):
    """The association is watched for Party building; nothing is there yet."""

    association: str
    district: District


class PartyInstructorAssigned(Event, to="INSTRUCTOR_ASSIGNED", effective="since"):
    """A Party-building instructor [党建工作指导员] looks after it."""

    association: str
    since: date


class PartyOrganisationEstablished(Event, to="ORG_ESTABLISHED", effective="since"):
    """It has a Party organisation."""

    association: str
    organisation_type: OrganisationType
    document_no: str
    since: date


class PartyCoverageEnded(Event, to="NONE"):
    """The organisation was dissolved, or the instructor was called back."""

    association: str
    reason: str
    organisation_type: None = None
    since: None = None


class PartyStatusReported(Event):
    """The counts of a year, without names."""

    association: str
    counts: Counts


class AssociationActivated(Heard, type="registry.associations.association_activated.v1"):
    uscc: str


party_building_statuses = Kind[PartyBuildingStatus, Stage](
    PartyBuildingStatus, "registry.supervision.party_building_status", path="party-building", key=("association",), index=("organisation_type",),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip
Concerned = Annotated[Association | None, Given(association_concerned)]


@party_building_statuses.opens(by="PARTY_WORK")
def open_(call: Call, form: Opening, association: Concerned) -> PartyBuildingOpened:  # fmt: skip
    """Begin to keep it for an association that was registered before [建立党建台账]."""
    return PartyBuildingOpened(association=form.association, district=living(association).district)


@party_building_statuses.opens_on(AssociationActivated)
def open_for_new(call: Call, event: AssociationActivated, association: Concerned) -> PartyBuildingOpened | None:
    """The association has taken up its work."""
    return PartyBuildingOpened(association=event.uscc, district=association.district) if association else None


@party_building_statuses.command(by="PARTY_WORK", when="NONE")
def assign_instructor(status: PartyBuildingStatus, call: Call, since: date) -> PartyInstructorAssigned:
    """Assign an instructor [选派党建工作指导员]."""
    return PartyInstructorAssigned(association=status.association, since=not_to_come(since, call))


@party_building_statuses.command(by="PARTY_WORK", when=("NONE", "INSTRUCTOR_ASSIGNED"))
def establish(
    status: PartyBuildingStatus, call: Call, organisation_type: OrganisationType, document_no: Line, since: date
) -> PartyOrganisationEstablished:
    """Enter that a Party organisation was set up [建立党组织]: alone, jointly, or by function."""
    return PartyOrganisationEstablished(
        association=status.association, organisation_type=organisation_type, document_no=document_no, since=not_to_come(since, call)
    )


@party_building_statuses.command(by="PARTY_WORK", when=("INSTRUCTOR_ASSIGNED", "ORG_ESTABLISHED"))
def end_coverage(status: PartyBuildingStatus, call: Call, reason: Text) -> PartyCoverageEnded:
    """Enter that it is there no more [撤销党组织或者召回指导员]."""
    return PartyCoverageEnded(association=status.association, reason=reason)


@party_building_statuses.command(by=("ASSOCIATION", "PARTY_WORK"), when=ALL)
def report(status: PartyBuildingStatus, call: Call, counts: Counts) -> PartyStatusReported:
    """Report the counts of a year [报送党建统计]; said again, they replace what was said of that year."""
    if counts.year > call.today.year:
        raise Malformed("year_not_begun", "that year has not begun", "该年度尚未开始", pointer="/year")
    if status.counts and counts.year < status.counts.year:
        raise Refused(
            "later_year_reported", f"{status.counts.year} has been reported", f"已报送 {status.counts.year} 年度", pointer="/year"
        )
    return PartyStatusReported(association=status.association, counts=counts)


def not_to_come(day: date, call: Call) -> date:
    """Raises: Malformed for a day in the future."""
    if day > call.today:
        raise Malformed("day_to_come", "not in the future", "日期不得晚于今日", pointer="/since")
    return day


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class PartyBuildingStatusHandedOver(HandedOver):
    """Party building in an association: gone with its association to another new city."""


follows(party_building_statuses, PartyBuildingStatusHandedOver)
