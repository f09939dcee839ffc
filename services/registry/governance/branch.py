"""Branches [分支机构、代表机构], R20; L1 art. 17: committees, bases, alliances and offices are parts of the association's own legal person.

There is no branch of a branch, and none for a region: a name that speaks of a place, or an area of activity, is refused.
"""

from datetime import date
from typing import Annotated, Literal

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.charter import Meeting
from services.registry.governance.meeting import decision
from shared.district import NAMES, regions
from shared.names import Name, comparison_key
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value

Stage = Literal["ESTABLISHED", "CLOSED"]
BranchType = Literal["COMMITTEE", "BASE", "ALLIANCE", "REP_OFFICE"]
Basis = Literal["BUSINESS", "MEMBER_GROUP", "REGION"]
LOCAL = ("分会", "办事处", "代表处", "联络处", "工作站", "分部", "地区")
ENDINGS = ("新城", "新区", "省", "市", "自治区", "特别行政区", "地区", "盟")


class NewBranch(Value):
    """A branch to be set up: its kind, what it is formed by, at which council meeting it was decided. `under` names the branch it would belong to."""

    branch_type: BranchType
    basis: Basis
    name: Name
    meeting: Line
    established_on: date
    under: Line | None = None


class Branch(Record):
    """Branch [分支机构]"""

    stage: Stage
    association: str
    branch_type: BranchType
    basis: Basis
    name: str
    name_claim: str | None
    meeting: str
    established_on: date
    closed_on: date | None = None
    reason: str | None = None


class BranchEstablished(Event, to="ESTABLISHED", effective="established_on"):
    """A branch was set up [设立分支机构]."""

    association: str
    branch_type: BranchType
    basis: Basis
    name: str
    name_claim: str
    meeting: str
    established_on: date


class BranchClosed(Event, to="CLOSED", effective="closed_on"):
    """A branch was closed [撤销分支机构]."""

    association: str
    branch_type: BranchType
    closed_on: date
    reason: str
    name_claim: None = None


branches = Kind[Branch, Stage](
    Branch, "registry.governance.branch", path="branches", unique=("name_claim",), index=("association", "branch_type"),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"),
)  # fmt: skip


async def own_branches(read: Read, call: Call, record: object, body: NewBranch) -> list[Branch]:
    """Given: the branches of the association that acts."""
    return await read.find(branches, association=call.organisation, stage="ESTABLISHED")


def place_in(text: str) -> str | None:
    """A place the text begins with: one of the five new cities, a province or a city, by its full name; or by its short one, when a word
    for a local office follows (白银分会 is a place, 白银专业委员会 is a trade)."""
    for place in sorted({n for n, _ in NAMES.values()} | set(regions().values()), key=len, reverse=True):
        short = next((place.removesuffix(e) for e in ENDINGS if place.endswith(e) and len(place) - len(e) >= 2), place)
        if text.startswith(place) or (text.startswith(short) and text.removeprefix(short).startswith(LOCAL)):
            return place
    return None


def claim_of(association: str, name: str) -> str:
    """What two branches of one name in one association would share."""
    return f"{association}~{comparison_key(name)}"


@branches.opens(by="ASSOCIATION")
def establish(call: Call, form: NewBranch, held: Meeting, association: Annotated[Association | None, Given(acting)],
              known: Annotated[list[Branch], Given(own_branches)]) -> BranchEstablished:  # fmt: skip
    """Set up a branch [设立分支机构], by a vote of the council."""
    of = able(association, ("REGISTERED", "ACTIVE"))
    if form.under is not None:
        raise Refused("branch_of_branch", "a branch may have no branch", "分支机构不得再设立分支机构", pointer="/under")
    if form.basis == "REGION":
        raise Refused("regional_branch", "there are no regional branches", "不得设立地域性分支机构", pointer="/basis")
    if not form.name.startswith(of.name) or len(form.name) == len(of.name):
        raise Malformed(
            "name_of_association_first", "the name begins with the association's own", "名称须冠以本社会团体名称", pointer="/name"
        )
    if place_in(form.name.removeprefix(of.name)):
        raise Refused(
            "regional_branch", "its name speaks of a place: there are no regional branches", "不得设立地域性分支机构", pointer="/name"
        )
    claim = claim_of(of.uscc, form.name)
    if any(b.name_claim == claim for b in known):
        raise Refused("branch_known", "a branch of this name exists", "已有同名分支机构", pointer="/name")
    if not of.registered_on <= form.established_on <= call.today:
        raise Malformed("dates_out_of_order", "since the registration, and not after today", "设立日期不正确", pointer="/established_on")
    decision(held, of.uscc, "BRANCH")
    return BranchEstablished(association=of.uscc, branch_type=form.branch_type, basis=form.basis, name=form.name, name_claim=claim, meeting=form.meeting,
                             established_on=form.established_on)  # fmt: skip


@branches.command(by="ASSOCIATION", when="ESTABLISHED")
def close(branch: Branch, call: Call, reason: Text) -> BranchClosed:
    """Close the branch [撤销分支机构]."""
    return BranchClosed(association=branch.association, branch_type=branch.branch_type, closed_on=call.today, reason=reason)


@branches.on(AssociationEnded, when="ESTABLISHED", where=lambda e: {"association": e.uscc})
def end(branch: Branch, call: Call, event: AssociationEnded) -> BranchClosed:
    """The association has ended, and with it its branches."""
    return BranchClosed(
        association=branch.association, branch_type=branch.branch_type, closed_on=event.ended_on, reason="association ended"
    )
