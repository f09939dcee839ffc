"""Group membership in the Federation of Industry and Commerce [工商联团体会员], R13; domain §3.8: a chamber it supervises joins it.

Under the Wenzhou regime it follows from the certificate; the federation grants it to others it comes to supervise, and ends it.
"""

from datetime import date
from typing import Annotated, Any, Literal

from services.registry.associations.association import WORKING, Association, associations
from shared.record import Call, Event, Given, Heard, Kind, Read, Record, Refused, Text
from shared.uscc import AssociationUscc

Stage = Literal["ACTIVE", "ENDED"]


class FicGroupMembership(Record):
    """Group membership in the federation [工商联团体会员]"""

    stage: Stage
    association: str
    member: str | None  # the association while it belongs: one membership at a time
    name: str
    granted_on: date
    ended_on: date | None = None
    reason: str | None = None


class FicGroupMembershipGranted(Event, to="ACTIVE", effective="granted_on"):
    association: str
    member: str
    name: str
    granted_on: date


class FicGroupMembershipEnded(Event, to="ENDED", effective="ended_on"):
    association: str
    member: None = None
    ended_on: date
    reason: str


fic_memberships = Kind[FicGroupMembership, Stage](
    FicGroupMembership, "registry.associations.fic_membership", path="fic-memberships", unique=("member",), index=("association", "member"),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip


class CertificateIssued(Heard, type="registry.registration.certificate_issued.v1"):
    uscc: str
    name: str
    registered_on: date
    post_actions: tuple[str, ...] = ()


class SupervisingUnitAssigned(Heard, type="registry.associations.supervising_unit_assigned.v1"):
    uscc: str
    affiliation: str


class AssociationDecoupled(Heard, type="registry.associations.association_decoupled.v1"):
    uscc: str


class AssociationDeregistered(Heard, type="registry.associations.association_deregistered.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


async def association_named(read: Read, call: Call, record: object, body: Any) -> Association | None:
    """Given: the association that is to join."""
    return await read.get(associations, body.association)


@fic_memberships.opens(by="FIC")
def grant(call: Call, association: AssociationUscc, holder: Annotated[Association | None, Given(association_named)]) -> FicGroupMembershipGranted:  # fmt: skip
    """Take in a chamber that the federation supervises [吸收为团体会员]."""
    if holder is None or holder.stage not in WORKING:
        raise Refused("association_not_working", "no association of this code that still works", "该社会组织未登记、已进入清算或已终止", pointer="/association")  # fmt: skip
    if holder.affiliation != "FIC":
        raise Refused(
            "not_supervised_by_fic", "the federation does not supervise it", "该组织的业务主管单位不是工商联", pointer="/association"
        )
    return FicGroupMembershipGranted(association=holder.uscc, member=holder.uscc, name=holder.name, granted_on=call.today)


@fic_memberships.opens_on(CertificateIssued)
def join_by_certificate(call: Call, event: CertificateIssued) -> FicGroupMembershipGranted | None:
    """The regime says that a chamber under the federation joins it."""
    if "GRANT_FIC_GROUP_MEMBERSHIP" not in event.post_actions:
        return None
    return FicGroupMembershipGranted(association=event.uscc, member=event.uscc, name=event.name, granted_on=event.registered_on)


@fic_memberships.command(by="FIC", when="ACTIVE")
def end(membership: FicGroupMembership, call: Call, reason: Text) -> FicGroupMembershipEnded:
    """End it [终止团体会员资格]."""
    return ended(membership, call, reason)


def ended(membership: FicGroupMembership, call: Call, reason: str) -> FicGroupMembershipEnded:
    return FicGroupMembershipEnded(association=membership.association, ended_on=call.today, reason=reason)


@fic_memberships.on(SupervisingUnitAssigned, when="ACTIVE", where=lambda e: {"member": e.uscc})
def leave_with_supervision(membership: FicGroupMembership, call: Call, event: SupervisingUnitAssigned) -> FicGroupMembershipEnded | None:
    """Another unit supervises it now."""
    return None if event.affiliation == "FIC" else ended(membership, call, "supervising_unit")


@fic_memberships.on(AssociationDecoupled, when="ACTIVE", where=lambda e: {"member": e.uscc})
def leave_when_decoupled(membership: FicGroupMembership, call: Call, event: AssociationDecoupled) -> FicGroupMembershipEnded:
    """No unit supervises it any more."""
    return ended(membership, call, "decoupled")


@fic_memberships.on(AssociationDeregistered, when="ACTIVE", where=lambda e: {"member": e.uscc})
def leave_at_the_end(membership: FicGroupMembership, call: Call, event: AssociationDeregistered) -> FicGroupMembershipEnded:
    """It was struck off."""
    return ended(membership, call, "deregistered")


@fic_memberships.on(AssociationRegistrationRevoked, when="ACTIVE", where=lambda e: {"member": e.uscc})
def leave_when_revoked(membership: FicGroupMembership, call: Call, event: AssociationRegistrationRevoked) -> FicGroupMembershipEnded:
    """Its registration was revoked."""
    return ended(membership, call, "revoked")
