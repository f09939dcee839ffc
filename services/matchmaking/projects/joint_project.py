"""Joint project [共建项目], R17: a shared facility of an industry, as for treating its waste [集中无害化处理, 规模治污], run by associations together.

It is approved once every party has agreed to its share.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.endings import Day, must_have_happened
from shared.district import District
from shared.record import Call, Event, Fen, Kind, Line, Malformed, NotAllowed, Record, Refused, Text, Value
from shared.uscc import Uscc

Stage = Literal["PROPOSED", "APPROVED", "BUILDING", "OPERATING", "CLOSED", "REJECTED", "WITHDRAWN"]
ProjectType = Literal["WASTE_TREATMENT", "POLLUTION_CONTROL", "TESTING", "LOGISTICS", "TRAINING", "DATA", "OTHER"]
PARTIES: tuple[Literal["ASSOCIATION"], Literal["ENTERPRISE"]] = ("ASSOCIATION", "ENTERPRISE")
WHOLE = 1000


class Partner(Value):
    """A party and its share of the cost in thousandths."""

    organisation: Uscc
    permille: Annotated[int, Field(ge=1, le=WHOLE)]


Partners = Annotated[tuple[Partner, ...], Field(min_length=2, max_length=50)]


class JointProject(Record):
    """Joint project [共建项目]"""

    stage: Stage
    association: str  # that leads it
    parties: tuple[str, ...]
    partners: tuple[Partner, ...]
    agreed: tuple[str, ...]
    title: str
    project_type: ProjectType
    district: str
    capex: Fen
    approval_no: str | None = None
    launched_on: date | None = None
    commissioned_on: date | None = None
    users: int | None = None


class JointProjectProposed(Event, to="PROPOSED"):
    """An association proposes a facility that many will use."""

    association: str
    parties: tuple[str, ...]
    partners: tuple[Partner, ...]
    agreed: tuple[str, ...]
    title: str
    project_type: ProjectType
    district: str
    capex: Fen


class JointProjectAgreed(Event):
    """A party takes its share."""

    association: str
    parties: tuple[str, ...]
    organisation: str
    agreed: tuple[str, ...]


class JointProjectApproved(Event, to="APPROVED"):
    """It may be built, under a number."""

    association: str
    parties: tuple[str, ...]
    title: str
    approval_no: str


class JointProjectRejected(Event, to="REJECTED"):
    """It may not be built."""

    association: str
    parties: tuple[str, ...]
    title: str
    reason: str


class JointProjectWithdrawn(Event, to="WITHDRAWN"):
    """It will not be built; a party that wants no share ends it too."""

    association: str
    parties: tuple[str, ...]
    title: str
    reason: str


class JointProjectLaunched(Event, to="BUILDING"):
    """Building has begun."""

    association: str
    parties: tuple[str, ...]
    title: str
    project_type: ProjectType
    capex: Fen
    launched_on: date


class JointProjectCommissioned(Event, to="OPERATING"):
    """The facility works, for so many users."""

    association: str
    parties: tuple[str, ...]
    title: str
    project_type: ProjectType
    commissioned_on: date
    users: int


class JointProjectClosed(Event, to="CLOSED"):
    """It has come to an end."""

    association: str
    parties: tuple[str, ...]
    title: str
    reason: str
    closed_on: date


joint_projects = Kind[JointProject, Stage](
    JointProject,
    "matchmaking.projects.joint_project",
    path="joint-projects",
    index=("association", "project_type"),
    own={"ASSOCIATION": "parties", "ENTERPRISE": "parties", "NEW_CITY": "district"},
    readers=("SO_ADMIN", "INVEST_DEPT"),
)


@joint_projects.opens(by="ASSOCIATION")
def propose(call: Call, title: Line, project_type: ProjectType, district: District, capex: Fen, partners: Partners) -> JointProjectProposed:
    """Propose a shared facility [发起共建]: the parties, oneself among them, and their shares of the cost, which make 1000."""
    parties = tuple(p.organisation for p in partners)
    if len(set(parties)) != len(parties):
        raise Malformed("partner_twice", "a party has one share", "同一单位只列一次", pointer="/partners")
    if call.organisation not in parties:
        raise Malformed("lead_has_no_share", "who leads it has a share", "牵头协会须列入共建方", pointer="/partners")
    if sum(p.permille for p in partners) != WHOLE:
        raise Refused("shares_not_whole", "the shares must add up to 1000 thousandths", "出资份额之和须为 1000‰", pointer="/partners")
    return JointProjectProposed(
        association=call.organisation, parties=parties, partners=partners, agreed=(call.organisation,), title=title,
        project_type=project_type, district=district, capex=capex,
    )  # fmt: skip


@joint_projects.command(by=PARTIES, when="PROPOSED")
def agree(project: JointProject, call: Call) -> JointProjectAgreed:
    """Take one's share [同意共建]."""
    if call.organisation in project.agreed:
        raise Refused("already_agreed", "you have agreed", "贵单位已同意")
    return JointProjectAgreed(
        association=project.association,
        parties=project.parties,
        organisation=call.organisation,
        agreed=(*project.agreed, call.organisation),
    )


@joint_projects.command(by=PARTIES, when=("PROPOSED", "APPROVED"))
def withdraw(project: JointProject, call: Call, reason: Text) -> JointProjectWithdrawn:
    """Give it up [退出], before it is built; the shares of the others would not make a whole."""
    return JointProjectWithdrawn(association=project.association, parties=project.parties, title=project.title, reason=reason)


@joint_projects.command(by=("INDUSTRY_DEPT", "NEW_CITY"), when="PROPOSED")
def approve(project: JointProject, call: Call, approval_no: Line) -> JointProjectApproved:
    """It may be built [批准], once every party has agreed."""
    missing = sorted(set(project.parties) - set(project.agreed))
    if missing:
        raise Refused("not_all_agreed", f"{len(missing)} parties have not agreed", f"尚有 {len(missing)} 家共建方未同意", missing=missing)
    return JointProjectApproved(association=project.association, parties=project.parties, title=project.title, approval_no=approval_no)


@joint_projects.command(by=("INDUSTRY_DEPT", "NEW_CITY"), when="PROPOSED")
def reject(project: JointProject, call: Call, reason: Text) -> JointProjectRejected:
    """It may not be built [不予批准]."""
    return JointProjectRejected(association=project.association, parties=project.parties, title=project.title, reason=reason)


def must_lead(project: JointProject, call: Call) -> None:
    """Raises: NotAllowed for a party that does not lead the project."""
    if call.organisation != project.association:
        raise NotAllowed("not_lead", "only the association that leads it says so", "仅限牵头协会办理")


@joint_projects.command(by="ASSOCIATION", when="APPROVED")
def launch(project: JointProject, call: Call, launched_on: Day) -> JointProjectLaunched:
    """Building has begun [开工]."""
    must_lead(project, call)
    must_have_happened(launched_on, call)
    return JointProjectLaunched(
        association=project.association, parties=project.parties, title=project.title, project_type=project.project_type,
        capex=project.capex, launched_on=launched_on,
    )  # fmt: skip


@joint_projects.command(by="ASSOCIATION", when="BUILDING")
def commission(project: JointProject, call: Call, commissioned_on: Day, users: Annotated[int, Field(ge=1, le=10**6)]) -> JointProjectCommissioned:  # fmt: skip
    """The facility works [投入使用], for so many firms."""
    must_lead(project, call)
    must_have_happened(commissioned_on, call, project.launched_on)
    return JointProjectCommissioned(
        association=project.association, parties=project.parties, title=project.title, project_type=project.project_type,
        commissioned_on=commissioned_on, users=users,
    )  # fmt: skip


@joint_projects.command(by=("ASSOCIATION", "INDUSTRY_DEPT"), when=("BUILDING", "OPERATING"))
def close(project: JointProject, call: Call, reason: Text) -> JointProjectClosed:
    """It has come to an end [关闭]."""
    if call.role == "ASSOCIATION":
        must_lead(project, call)
    return JointProjectClosed(
        association=project.association, parties=project.parties, title=project.title, reason=reason, closed_on=call.today
    )
