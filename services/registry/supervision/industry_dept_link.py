"""Which industry departments guide an association without supervising it [行业主管部门联系], R28: one association, one or more departments."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.jurisdiction import HandedOver, follows
from shared.district import District
from shared.record import Call, Event, Given, Kind, Record, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["LINKED", "ENDED"]
LinkRole = Literal["GUIDANCE", "CONSULTATION", "POLICY", "PURCHASE"]
DepartmentCode = Annotated[str, Field(pattern=r"^dept:[A-Za-z0-9-]{1,40}$", examples=["dept:industry"])]


class Link(Value):
    """GUIDANCE guides the trade, CONSULTATION asks its opinion, POLICY briefs it, PURCHASE buys its services."""

    association: AssociationUscc
    department: DepartmentCode
    role: LinkRole


class IndustryDeptLink(Record):
    """Link of an association to an industry department [行业主管部门联系]"""

    stage: Stage
    association: str
    district: District
    department: str
    role: LinkRole
    linked_on: date
    claim: str | None
    ended_on: date | None = None


class IndustryDepartmentLinked(Event, to="LINKED", effective="linked_on"):
    """The department guides, asks, briefs or buys from the association from now on."""

    association: str
    district: District
    department: str
    role: LinkRole
    linked_on: date
    claim: str


class IndustryDepartmentUnlinked(Event, to="ENDED", effective="ended_on"):
    """The link has ended."""

    association: str
    department: str
    reason: str
    ended_on: date
    claim: None = None


industry_dept_links = Kind[IndustryDeptLink, Stage](
    IndustryDeptLink, "registry.supervision.industry_dept_link", path="industry-department-links", unique=("claim",),
    index=("association", "department", "role"), own={"ASSOCIATION": "association", "INDUSTRY_DEPT": "department", "NEW_CITY": "district"},
    readers=("SUPERVISING_UNIT", "FIC"),
)  # fmt: skip


@industry_dept_links.opens(by=("SO_ADMIN", "REG_AUTHORITY"))
def link(call: Call, form: Link, association: Annotated[Association | None, Given(association_concerned)]) -> IndustryDepartmentLinked:
    """Link an association to a department [建立联系], once in each role."""
    subject = living(association)
    return IndustryDepartmentLinked(
        **form.model_dump(), district=subject.district, linked_on=call.today, claim=f"{form.association}~{form.department}~{form.role}"
    )


@industry_dept_links.command(by=("SO_ADMIN", "REG_AUTHORITY"), when="LINKED")
def unlink(link: IndustryDeptLink, call: Call, reason: Text) -> IndustryDepartmentUnlinked:
    """End the link [解除联系]."""
    return IndustryDepartmentUnlinked(association=link.association, department=link.department, reason=reason, ended_on=call.today)


@industry_dept_links.on(AssociationEnded, when="LINKED", where=lambda e: {"association": e.uscc})
def close(link: IndustryDeptLink, call: Call, event: AssociationEnded) -> IndustryDepartmentUnlinked:
    """The association has ended: struck off, or its registration revoked."""
    return IndustryDepartmentUnlinked(
        association=link.association, department=link.department, reason="association ended", ended_on=call.today
    )


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class IndustryDeptLinkHandedOver(HandedOver):
    """Link of an association to an industry department: gone with its association to another new city."""


follows(industry_dept_links, IndustryDeptLinkHandedOver)
