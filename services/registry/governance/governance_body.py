"""Body of social governance [社会治理组织], R76: a council, commission or alliance of the area that takes in associations as members."""

from typing import Literal

from shared.names import Name, comparison_key
from shared.record import Call, Event, Kind, Line, Record, Role, Text

Stage = Literal["LISTED", "DISSOLVED"]
OFFICES: tuple[Role, ...] = ("SO_ADMIN", "NEW_CITY")


class GovernanceBody(Record):
    """Body of social governance [社会治理组织]"""

    stage: Stage
    name: str
    name_claim: str | None
    convenor: str
    field: str
    reason: str | None = None


class GovernanceBodyListed(Event, to="LISTED"):
    """A body that may take in associations. `convenor`: the department that convenes it."""

    name: str
    name_claim: str
    convenor: str
    field: str


class GovernanceBodyDissolved(Event, to="DISSOLVED"):
    name: str
    convenor: str
    reason: str
    name_claim: None = None


governance_bodies = Kind[GovernanceBody, Stage](
    GovernanceBody, "registry.governance.governance_body", path="governance-bodies", unique=("name_claim",), index=("convenor",),
    readers=("ASSOCIATION", "REG_AUTHORITY", "INDUSTRY_DEPT", "FIC", "PARTY_WORK", "SUPERVISING_UNIT"),
)  # fmt: skip


@governance_bodies.opens(by=OFFICES)
def list_(call: Call, name: Name, field: Line) -> GovernanceBodyListed:
    """List a body [登记治理组织]; the department that lists it convenes it."""
    return GovernanceBodyListed(name=name, name_claim=comparison_key(name), convenor=call.organisation or call.role, field=field)


@governance_bodies.command(by=OFFICES, when="LISTED")
def dissolve(body: GovernanceBody, call: Call, reason: Text) -> GovernanceBodyDissolved:
    """It is no more [撤销]; the seats in it end."""
    return GovernanceBodyDissolved(name=body.name, convenor=body.convenor, reason=reason)
