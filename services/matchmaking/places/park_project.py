"""Industrial park that an association invests in, builds or runs [产业园区项目], R48: proposed, approved, building, operating, closed.

An association does no profit-making business itself (社会团体登记管理条例 art. 4 and 30 [L1]): the operator is a company that it holds, or
one of its partners.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded, Day, must_have_happened
from shared.district import District
from shared.industry import IndustryCode
from shared.record import Call, Event, Fen, Kind, Line, Malformed, Record, Refused, Text, Value
from shared.uscc import Uscc

Stage = Literal["PROPOSED", "APPROVED", "BUILDING", "OPERATING", "CLOSED", "REJECTED", "WITHDRAWN"]
Tie = Literal["HELD_COMPANY", "PARTNER"]
AreaMu = Annotated[int, Field(ge=1, le=100_000, description="mu [亩], 1/15 hectare")]
Area = Annotated[int, Field(ge=1, le=10**8, description="m²")]
Partners = Annotated[tuple[Uscc, ...], Field(max_length=20)]


class Park(Value):
    """The project: who operates it and by what tie to the association, its partners, its land, its investment in fen."""

    title: Line
    operator: Uscc
    operator_tie: Tie
    partners: Partners = ()
    gbt4754: Annotated[tuple[IndustryCode, ...], Field(min_length=1, max_length=10)]
    district: District
    area_mu: AreaMu
    investment: Fen


class ParkProject(Record):
    """Industrial park of an association [产业园区项目]"""

    stage: Stage
    association: str
    park: Park
    district: str
    approval_no: str | None = None
    began_on: date | None = None
    operating_since: date | None = None
    floor_area_m2: int | None = None
    tenants: int | None = None


class ParkProjectProposed(Event, to="PROPOSED"):
    """An association proposes a park."""

    association: str
    park: Park
    district: str


class ParkProjectRevised(Event):
    """The proposal reads otherwise now."""

    association: str
    park: Park
    district: str


class ParkProjectApproved(Event, to="APPROVED"):
    """The project is filed or approved under a number."""

    association: str
    district: str
    approval_no: str


class ParkProjectRejected(Event, to="REJECTED"):
    """It will not be built."""

    association: str
    district: str
    reason: str


class ParkProjectWithdrawn(Event, to="WITHDRAWN"):
    """The association has given it up before it was built."""

    association: str
    district: str
    reason: str


class ParkProjectBegun(Event, to="BUILDING"):
    """Building has begun."""

    association: str
    district: str
    began_on: date


class ParkProjectOperating(Event, to="OPERATING"):
    """The park works: floor area in m², tenants in number."""

    association: str
    operator: str
    district: str
    operating_since: date
    floor_area_m2: int
    tenants: int


class ParkProjectReported(Event):
    """How the park is taken up now."""

    association: str
    district: str
    tenants: int
    reported_on: date


class ParkProjectClosed(Event, to="CLOSED"):
    """The park, or its building, has come to an end."""

    association: str
    district: str
    reason: str
    closed_on: date


park_projects = Kind[ParkProject, Stage](
    ParkProject,
    "matchmaking.places.park_project",
    path="park-projects",
    index=("association", "district"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"},
    readers=("SO_ADMIN", "INDUSTRY_DEPT"),
)


def must_be_apart(park: Park, association: str) -> None:
    """Raises: Refused where the association itself, or another one, would run the park; Malformed for a partner who is not named."""
    if park.operator.startswith("51"):
        raise Refused(
            "association_may_not_trade",
            "an association runs no business itself: name a company that it holds, or a partner",
            "社会团体不得从事营利性经营活动，运营方应为其出资企业或合作企业",
            pointer="/operator",
        )
    if park.operator_tie == "PARTNER" and park.operator not in park.partners:
        raise Malformed("operator_not_partner", "the operator is not among the partners", "运营方不在合作单位之中", pointer="/operator")
    if association in park.partners:
        raise Malformed("partner_of_itself", "the association is no partner of itself", "合作单位不应包括本协会", pointer="/partners")


@park_projects.opens(by="ASSOCIATION")
def propose(call: Call, park: Park) -> ParkProjectProposed:
    """Propose a park [提出园区项目], run by a company apart from the association [会企分开]."""
    must_be_apart(park, call.organisation)
    return ParkProjectProposed(association=call.organisation, park=park, district=park.district)


@park_projects.command(by="ASSOCIATION", when="PROPOSED")
def revise(project: ParkProject, call: Call, park: Park) -> ParkProjectRevised:
    """Propose it otherwise [修改]."""
    must_be_apart(park, project.association)
    return ParkProjectRevised(association=project.association, park=park, district=park.district)


@park_projects.command(by="ASSOCIATION", when=("PROPOSED", "APPROVED"))
def withdraw(project: ParkProject, call: Call, reason: Text) -> ParkProjectWithdrawn:
    """Give it up before it is built [撤回]."""
    return ParkProjectWithdrawn(association=project.association, district=project.district, reason=reason)


@park_projects.command(by=("INVEST_DEPT", "NEW_CITY"), when="PROPOSED")
def approve(project: ParkProject, call: Call, approval_no: Line) -> ParkProjectApproved:
    """The investment project is filed or approved [立项备案], with its number."""
    return ParkProjectApproved(association=project.association, district=project.district, approval_no=approval_no)


@park_projects.command(by=("INVEST_DEPT", "NEW_CITY"), when="PROPOSED")
def reject(project: ParkProject, call: Call, reason: Text) -> ParkProjectRejected:
    """Turn it down [不予立项]."""
    return ParkProjectRejected(association=project.association, district=project.district, reason=reason)


@park_projects.command(by=("INVEST_DEPT", "NEW_CITY"), when="APPROVED")
def begin_building(project: ParkProject, call: Call, began_on: Day) -> ParkProjectBegun:
    """Building has begun [开工]."""
    must_have_happened(began_on, call)
    return ParkProjectBegun(association=project.association, district=project.district, began_on=began_on)


@park_projects.command(by=("INVEST_DEPT", "NEW_CITY"), when="BUILDING")
def begin_operation(project: ParkProject, call: Call, operating_since: Day, floor_area_m2: Area, tenants: Annotated[int, Field(ge=0, le=100_000)]) -> ParkProjectOperating:  # fmt: skip
    """The park works [投入运营]."""
    must_have_happened(operating_since, call, project.began_on)
    return ParkProjectOperating(
        association=project.association, operator=project.park.operator, district=project.district, operating_since=operating_since,
        floor_area_m2=floor_area_m2, tenants=tenants,
    )  # fmt: skip


@park_projects.command(by=("ASSOCIATION", "NEW_CITY"), when="OPERATING")
def report(project: ParkProject, call: Call, tenants: Annotated[int, Field(ge=0, le=100_000)]) -> ParkProjectReported:
    """Say how many tenants there are now [运营报告]."""
    return ParkProjectReported(association=project.association, district=project.district, tenants=tenants, reported_on=call.today)


@park_projects.command(by=("INVEST_DEPT", "NEW_CITY"), when=("BUILDING", "OPERATING"))
def close(project: ParkProject, call: Call, reason: Text) -> ParkProjectClosed:
    """It has come to an end [关闭]."""
    return ParkProjectClosed(association=project.association, district=project.district, reason=reason, closed_on=call.today)


@park_projects.on(AssociationEnded, when=("PROPOSED", "APPROVED"), where=lambda e: {"association": e.uscc})
def give_up_for_ended(project: ParkProject, call: Call, event: AssociationEnded) -> ParkProjectWithdrawn:
    """The association has ended; a park being built or working has its operator, and goes on."""
    return ParkProjectWithdrawn(
        association=project.association, district=project.district, reason="the association is no longer registered"
    )
