"""Membership [会员], R5; domain §1.1, §4.4: who belongs to which association, since when, and why somebody left.

One record for one stay: who comes back after leaving gets a new record, so each stay keeps its own dates and reason, and `seat`
keeps two stays at once apart. Leaving is the member's right: no rule here looks at fees or asks for leave (L2 art. 6).
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association, associations
from services.registry.values import PersonRef
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc, Uscc

Stage = Literal["APPLIED", "ACTIVE", "SUSPENDED", "EXITED"]
BELONGING: tuple[Stage, ...] = ("APPLIED", "ACTIVE", "SUSPENDED")
MemberKind = Literal["UNIT", "PERSON"]
ExitReason = Literal[
    "DISSATISFIED", "NO_BENEFIT", "FEE_BURDEN", "UNPAID_LAPSED", "EXPELLED", "RELOCATED", "BUSINESS_CEASED", "MERGED", "OTHER"
]
BY_ASSOCIATION: frozenset[str] = frozenset({"EXPELLED", "UNPAID_LAPSED"})  # what only the association can say of a member
Tier = Annotated[
    str, Field(pattern=r"^[A-Z][A-Z_]{0,29}$", description="a tier of the fee standard, such as MEMBER, COUNCIL, VICE_PRESIDENT, PRESIDENT")
]
ROLL_MAX = 500
UNIT, PERSON = TypeAdapter(Uscc), TypeAdapter(PersonRef)


class Enrolled(Value):
    """One line of a roll [会员名册]: a unit by its credit code, a person by reference only. `joined_on` left out means today."""

    member: Annotated[str, Field(min_length=1, max_length=40)]
    kind: MemberKind = "UNIT"
    tier: Tier = "MEMBER"
    joined_on: date | None = None

    @model_validator(mode="after")
    def names_what_it_says(self) -> "Enrolled":
        object.__setattr__(self, "member", identity(self.member, self.kind))  # one member, one spelling: `seat` is built of it
        return self


class Roll(Value):
    """Members to be taken in together, 1 to 500 in one call: all of them, or none."""

    members: Annotated[tuple[Enrolled, ...], Field(min_length=1, max_length=ROLL_MAX)]


def identity(member: str, kind: MemberKind) -> str:
    """Raises: ValueError for a unit that is no credit code, or a person that is no reference."""
    try:
        return (UNIT if kind == "UNIT" else PERSON).validate_python(member)
    except ValidationError:
        raise ValueError("a unit is named by its credit code, a person by reference") from None


class Membership(Record):
    """Membership [会员]"""

    stage: Stage
    association: str
    member: str
    kind: MemberKind
    tier: str
    seat: str | None
    joined_on: date | None = None
    left_on: date | None = None
    exit_reason: ExitReason | None = None
    suspended_for: str | None = None


class MemberApplied(Event, to="APPLIED"):
    """Somebody asked to join [入会申请]."""

    association: str
    member: str
    kind: MemberKind
    tier: str
    seat: str


class MemberJoined(Event, to="ACTIVE", effective="joined_on"):
    """A unit or person became a member [入会]."""

    association: str
    member: str
    kind: MemberKind
    tier: str
    seat: str
    joined_on: date


class MemberTierChanged(Event):
    association: str
    member: str
    tier: str


class MemberSuspended(Event, to="SUSPENDED"):
    association: str
    member: str
    suspended_for: str


class MemberReinstated(Event, to="ACTIVE"):
    association: str
    member: str
    suspended_for: None = None


class MembershipDeclined(Event, to="EXITED"):
    """The application was not taken up, or withdrawn: nobody has left, for nobody had joined."""

    association: str
    member: str
    seat: None = None


class MemberExited(Event, to="EXITED", effective="left_on"):
    """A member left or was struck off [退会、除名]; a reason nobody gave counts as OTHER."""

    association: str
    member: str
    joined_on: date
    left_on: date
    exit_reason: ExitReason
    seat: None = None


class MembershipDissolved(Event, to="EXITED", effective="left_on"):
    """The association itself has ended: its members have not left it."""

    association: str
    member: str
    left_on: date
    seat: None = None


memberships = Kind[Membership, Stage](
    Membership, "registry.members.membership", path="memberships", unique=("seat",), index=("association", "member", "kind", "tier"),
    own={"ASSOCIATION": "association", "ENTERPRISE": "member"}, readers=("SO_ADMIN",),
)  # fmt: skip


async def association_named(read: Read, call: Call, record: object, body: "AsksToJoin") -> Association | None:
    """Given: the association one wants to join."""
    return await read.get(associations, body.association)


async def own_association(read: Read, call: Call, record: object, body: object) -> Association | None:
    """Given: the association that acts."""
    return await read.get(associations, call.organisation)


async def own_roll(read: Read, call: Call, record: object, body: Roll) -> list[Membership]:
    """Given: those of the roll who belong already."""
    return await read.find(memberships, seat=[seat(call.organisation, m.member) for m in body.members])


class AsksToJoin(Value):
    association: AssociationUscc
    tier: Tier = "MEMBER"


def seat(association: str, member: str) -> str:
    """What two stays of one member in one association would share."""
    return f"{association}~{member}"


def open_for_members(association: Association | None) -> None:
    if association is None or association.stage not in ("REGISTERED", "ACTIVE"):
        raise Refused("association_not_active", "this association takes no members now", "该组织当前不能吸收会员")


@memberships.opens(by="ENTERPRISE")
def apply(call: Call, form: AsksToJoin, association: Annotated[Association | None, Given(association_named)]) -> MemberApplied:
    """Ask to join an association [申请入会]; an enterprise may belong to several (R19)."""
    open_for_members(association)
    member, place = call.organisation, seat(form.association, call.organisation)
    return MemberApplied(association=form.association, member=member, kind="UNIT", tier=form.tier, seat=place)


@memberships.opens(by="ASSOCIATION")
def enrol(call: Call, roll: Roll, association: Annotated[Association | None, Given(own_association)],
          present: Annotated[list[Membership], Given(own_roll)]) -> list[MemberJoined]:  # fmt: skip
    """Enter members in the roll, many at once [登记会员名册]."""
    open_for_members(association)
    named = [m.member for m in roll.members]
    if twice := sorted({m for m in named if named.count(m) > 1}):
        raise Malformed(
            "named_twice", f"{len(twice)} members stand twice in the roll", "名册中有重复会员", pointer="/members", lines=twice_at(named)
        )
    if any(m.joined_on and m.joined_on > call.today for m in roll.members):
        raise Malformed("in_the_future", "nobody has joined in the future", "入会日期不能晚于今天", pointer="/members")
    if there := {m.member for m in present if m.stage != "EXITED"} & set(named):
        lines = [n for n, m in enumerate(named) if m in there]
        raise Refused(
            "already_a_member",
            f"{len(there)} of them are members already",
            f"其中 {len(there)} 个已是会员",
            pointer="/members",
            lines=lines,
        )
    return [
        MemberJoined(association=call.organisation, member=m.member, kind=m.kind, tier=m.tier, seat=seat(call.organisation, m.member),
                     joined_on=m.joined_on or call.today)
        for m in roll.members
    ]  # fmt: skip


def twice_at(named: list[str]) -> list[int]:
    """The lines of a roll whose member has been named before."""
    seen: set[str] = set()
    return [n for n, m in enumerate(named) if m in seen or seen.add(m)]  # type: ignore[func-returns-value]


@memberships.command(by="ASSOCIATION", when="APPLIED")
def admit(membership: Membership, call: Call) -> MemberJoined:
    """The council takes the applicant in [吸收入会]."""
    m = membership
    return MemberJoined(
        association=m.association, member=m.member, kind=m.kind, tier=m.tier, seat=seat(m.association, m.member), joined_on=call.today
    )


@memberships.command(by=("ASSOCIATION", "ENTERPRISE"), when="APPLIED")
def decline(membership: Membership, call: Call, reason: Text | None = None) -> MembershipDeclined:
    """Not taken in, or the applicant thinks better of it [不予吸收、撤回申请]."""
    return MembershipDeclined(association=membership.association, member=membership.member)


@memberships.command(by="ASSOCIATION", when="ACTIVE")
def change_tier(membership: Membership, call: Call, tier: Tier) -> MemberTierChanged:
    """Move a member to another tier [变更会员级别]."""
    if tier == membership.tier:
        raise Refused("same_tier", "the member is in this tier already", "会员级别没有变化", pointer="/tier")
    return MemberTierChanged(association=membership.association, member=membership.member, tier=tier)


@memberships.command(by="ASSOCIATION", when="ACTIVE")
def suspend(membership: Membership, call: Call, reason: Line) -> MemberSuspended:
    """Let a member's rights rest [暂停会员权利]."""
    return MemberSuspended(association=membership.association, member=membership.member, suspended_for=reason)


@memberships.command(by="ASSOCIATION", when="SUSPENDED")
def reinstate(membership: Membership, call: Call) -> MemberReinstated:
    """Give the rights back [恢复会员权利]."""
    return MemberReinstated(association=membership.association, member=membership.member)


@memberships.command(by=("ENTERPRISE", "ASSOCIATION"), when=("ACTIVE", "SUSPENDED"))
def leave(membership: Membership, call: Call, reason: ExitReason = "OTHER", left_on: date | None = None) -> MemberExited:
    """Leave, or be struck off the roll [退会、除名]. The association records who left and when, if it was before today."""
    m, joined = membership, membership.joined_on or call.today
    if call.role == "ENTERPRISE" and reason in BY_ASSOCIATION:
        raise Malformed("not_a_member_reason", "only the association strikes off", "该退会原因只能由协会登记", pointer="/reason")
    if left_on and not joined <= left_on <= call.today:
        raise Malformed("dates_out_of_order", "not before joining, not in the future", "退会日期不正确", pointer="/left_on")
    return MemberExited(association=m.association, member=m.member, joined_on=joined, left_on=left_on or call.today, exit_reason=reason)


@memberships.on(AssociationEnded, when=BELONGING, where=lambda e: {"association": e.uscc})
def dissolve(membership: Membership, call: Call, event: AssociationEnded) -> MembershipDissolved:
    """The association has ended: struck off, or its registration revoked."""
    return MembershipDissolved(association=membership.association, member=membership.member, left_on=event.ended_on)
