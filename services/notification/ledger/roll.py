"""What the ledger remembers of others' events: the register, who is a member of which association, what everybody is called, and who
plays which part in a case, a match or a mediation."""

from pydantic import BaseModel, ConfigDict

from services.notification.ledger.heard import (
    AssociationChanged,
    AssociationDeregistered,
    AssociationRegistered,
    AssociationRegistrationRevoked,
    MatchProposed,
    MediationFiled,
    MemberExited,
    MemberJoined,
    MembershipDissolved,
    NameProposed,
    RegistrationCaseOpened,
)
from shared.engine import Effects, Handler
from shared.record import Call, Heard


class Listing(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: str


class ExternalOrganisationListed(Heard, type="matchmaking.regions.external_organisation_listed.v1"):
    entry: Listing


class ExternalOrganisationChanged(Heard, type="matchmaking.regions.external_organisation_changed.v1"):
    entry: Listing


class EnterpriseIntroduced(Heard, type="matchmaking.matching.enterprise_introduced.v1"):
    uscc: str
    name: str


class EnterpriseChanged(Heard, type="matchmaking.matching.enterprise_changed.v1"):
    uscc: str
    name: str


class Renamed(AssociationChanged, type=AssociationChanged.type):
    """A change of the register that may carry a new name."""

    name: str | None = None


def name_of(effects: Effects, code: str, name: str) -> None:
    effects.update("names", code, {"$set": {"name": name}})


async def add_to_roll(event: MemberJoined, call: Call, effects: Effects) -> None:
    """A member firm is told what its association's members are told; a person has no account. A row is one stay: who leaves and comes
    back is two records, whose events may arrive in either order."""
    if event.unit:
        change = {"$set": {"association": event.association, "member": event.unit, "joined_on": event.joined_on.isoformat()}}
        effects.update("roll", event.about, change)


async def take_from_roll(event: MemberExited | MembershipDissolved, call: Call, effects: Effects) -> None:
    effects.delete("roll", event.about)


async def learn_association(event: AssociationRegistered, call: Call, effects: Effects) -> None:
    effects.update("register", event.uscc, {"$set": {"district": event.district}})
    name_of(effects, event.uscc, event.name)


async def strike_off(event: AssociationDeregistered | AssociationRegistrationRevoked, call: Call, effects: Effects) -> None:
    """Its name is still spoken of; it is no longer told what all associations are told."""
    effects.delete("register", event.uscc)


async def learn_enterprise(event: EnterpriseIntroduced | EnterpriseChanged, call: Call, effects: Effects) -> None:
    name_of(effects, event.uscc, event.name)


async def learn_new_name(event: Renamed, call: Call, effects: Effects) -> None:
    if event.name:
        name_of(effects, event.uscc, event.name)


async def learn_external(event: ExternalOrganisationListed | ExternalOrganisationChanged, call: Call, effects: Effects) -> None:
    name_of(effects, event.about, event.entry.name)


async def remember_case(event: RegistrationCaseOpened, call: Call, effects: Effects) -> None:
    """Later steps of a case name neither applicant nor authority nor name."""
    effects.update("parties", event.about, {"$set": {"applicant": event.applicant, "authority": event.authority}})
    name_of(effects, event.about, event.name)


async def learn_proposed_name(event: NameProposed, call: Call, effects: Effects) -> None:
    name_of(effects, event.about, event.name)


async def remember_sides(event: MatchProposed, call: Call, effects: Effects) -> None:
    """For a lead the investment department answers; what a lead is called is in its proposal alone."""
    sides = {
        "seeker": (event.seeker_kind, event.seeker, event.seeker_name),
        "candidate": (event.candidate_kind, event.candidate, event.candidate_name),
    }
    told = {part: "dept:invest" if kind == "LEAD" else code for part, (kind, code, _) in sides.items()}
    effects.update("parties", event.about, {"$set": told})
    for kind, code, name in sides.values():
        if kind in ("LEAD", "CHAMBER"):
            name_of(effects, code, name)


async def remember_parties(event: MediationFiled, call: Call, effects: Effects) -> None:
    """Later steps of a mediation name nobody."""
    effects.update("parties", event.about, {"$set": {"applicant": event.parties[0], "respondent": event.parties[1]}})


ROLL: dict[type[Heard], Handler] = {
    MemberJoined: add_to_roll,
    MemberExited: take_from_roll,
    MembershipDissolved: take_from_roll,
    AssociationRegistered: learn_association,
    AssociationDeregistered: strike_off,
    AssociationRegistrationRevoked: strike_off,
    EnterpriseIntroduced: learn_enterprise,
    EnterpriseChanged: learn_enterprise,
    Renamed: learn_new_name,
    ExternalOrganisationListed: learn_external,
    ExternalOrganisationChanged: learn_external,
    RegistrationCaseOpened: remember_case,
    NameProposed: learn_proposed_name,
    MatchProposed: remember_sides,
    MediationFiled: remember_parties,
}
