"""Union of associations [协会联盟、抱团发展], R79: associations that stand together, formed when those who were invited have answered.

A union is an agreement, no legal person. It stands as long as at least two belong to it.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded, able
from services.registry.associations.association import Association, associations
from services.registry.governance.rules import GovernanceRules, Rules
from shared.names import Name, comparison_key
from shared.record import Call, Event, Given, Kind, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["PROPOSED", "FORMED", "DISSOLVED"]
ALIVE: tuple[Stage, ...] = ("PROPOSED", "FORMED")


class Plan(Value):
    """A union one proposes, and whom one invites; who proposes belongs to it."""

    name: Name
    purpose: Text
    invited: Annotated[tuple[AssociationUscc, ...], Field(min_length=1, max_length=50)]


class AssociationUnion(Record):
    """Union of associations [协会联盟]"""

    stage: Stage
    name: str
    name_claim: str | None
    purpose: str
    parties: tuple[str, ...]
    members: tuple[str, ...]
    invited: tuple[str, ...]
    rules_version: str
    formed_on: date | None = None
    reason: str | None = None


class AssociationUnionProposed(Event, to="PROPOSED"):
    name: str
    name_claim: str
    purpose: str
    parties: tuple[str, ...]
    members: tuple[str, ...]
    invited: tuple[str, ...]
    rules_version: str


class Moved(Event):
    """Who belongs, who is still asked, and who is concerned at all, after somebody came or went."""

    name: str
    association: str
    members: tuple[str, ...]
    invited: tuple[str, ...]
    parties: tuple[str, ...]


class UnionMemberJoined(Moved):
    """One of those invited has come in."""


class UnionInvitationDeclined(Moved):
    """One of those invited does not come in."""


class UnionMemberInvited(Moved):
    """Another association was asked to come in."""


class UnionMemberLeft(Moved):
    """One has left."""


class AssociationUnionFormed(Event, to="FORMED", effective="formed_on"):
    """All have answered, and there are enough: the union stands [联盟成立]."""

    name: str
    members: tuple[str, ...]
    formed_on: date


class AssociationUnionDissolved(Event, to="DISSOLVED"):
    name: str
    reason: str
    members: tuple[str, ...]
    name_claim: None = None


association_unions = Kind[AssociationUnion, Stage](
    AssociationUnion, "registry.governance.association_union", path="association-unions", unique=("name_claim",), index=("members",),
    own={"ASSOCIATION": "parties"}, readers=("SO_ADMIN", "REG_AUTHORITY", "INDUSTRY_DEPT", "FIC", "NEW_CITY"),
)  # fmt: skip


async def all_named(read: Read, call: Call, record: object, body: Plan) -> list[Association]:
    """Given: who proposes and who is invited."""
    return await read.find(associations, id=[call.organisation, *body.invited])


async def association_named(read: Read, call: Call, record: object, body: object) -> Association | None:
    """Given: the association to be asked."""
    return await read.get(associations, str(getattr(body, "association", "")))


@association_unions.opens(by="ASSOCIATION")
def propose(call: Call, form: Plan, known: Annotated[list[Association], Given(all_named)], rules: Rules) -> AssociationUnionProposed:
    """Propose a union and invite others [发起联盟]."""
    asked = tuple(dict.fromkeys(form.invited))
    if call.organisation in asked:
        raise Malformed("invited_oneself", "one does not invite oneself", "不能邀请本组织", pointer="/invited")
    active = {a.uscc for a in known if a.stage == "ACTIVE"}
    if missing := [n for n, uscc in enumerate(asked) if uscc not in active]:
        raise Refused(
            "not_active",
            "not every one of them is active",
            "被邀请的组织中有未处于活动状态的",
            pointer=f"/invited/{missing[0]}",
            lines=missing,
        )
    if call.organisation not in active:
        raise Refused("association_not_active", "this association cannot do that now", "该组织当前不能办理此事项")
    return AssociationUnionProposed(name=form.name, name_claim=comparison_key(form.name), purpose=form.purpose, parties=(call.organisation, *asked),
                                    members=(call.organisation,), invited=asked, rules_version=rules.version)  # fmt: skip


def moved(union: AssociationUnion, association: str, members: tuple[str, ...], invited: tuple[str, ...]) -> dict[str, object]:
    parties = tuple(dict.fromkeys((*members, *invited)))
    return {"name": union.name, "association": association, "members": members, "invited": invited, "parties": parties}


def formed(
    union: AssociationUnion, members: tuple[str, ...], invited: tuple[str, ...], rules: GovernanceRules, today: date
) -> list[AssociationUnionFormed]:
    """The union stands when nobody is left to answer and enough belong to it."""
    if union.stage == "PROPOSED" and not invited and len(members) >= rules.union_members_min:
        return [AssociationUnionFormed(name=union.name, members=members, formed_on=today)]
    return []


def broken(
    union: AssociationUnion, members: tuple[str, ...], invited: tuple[str, ...], rules: GovernanceRules
) -> list[AssociationUnionDissolved]:
    """It is no more when too few belong to it; before it stands, when too few can."""
    few = len(members) < rules.union_members_min
    if not members or (few and (union.stage == "FORMED" or not invited)):
        return [AssociationUnionDissolved(name=union.name, reason="too few members", members=members)]
    return []


def asked(union: AssociationUnion, call: Call) -> str:
    """Raises: Refused for one who was not asked."""
    if call.organisation not in union.invited:
        raise Refused("not_invited", "you were not invited, or have answered", "未受邀请或已答复")
    return call.organisation


@association_unions.command(by="ASSOCIATION", when=ALIVE)
def join(union: AssociationUnion, call: Call, rules: Rules) -> list[UnionMemberJoined | AssociationUnionFormed]:
    """Come in [加入联盟]."""
    me = asked(union, call)
    members, invited = (*union.members, me), tuple(i for i in union.invited if i != me)
    return [UnionMemberJoined.model_validate(moved(union, me, members, invited)), *formed(union, members, invited, rules, call.today)]


@association_unions.command(by="ASSOCIATION", when=ALIVE)
def decline(
    union: AssociationUnion, call: Call, rules: Rules
) -> list[UnionInvitationDeclined | AssociationUnionFormed | AssociationUnionDissolved]:
    """Do not come in [谢绝加入]."""
    me = asked(union, call)
    members, invited = union.members, tuple(i for i in union.invited if i != me)
    said = UnionInvitationDeclined.model_validate(moved(union, me, members, invited))
    return [said, *formed(union, members, invited, rules, call.today), *broken(union, members, invited, rules)]


@association_unions.command(by="ASSOCIATION", when="FORMED")
def invite(union: AssociationUnion, call: Call, association: AssociationUscc,
           other: Annotated[Association | None, Given(association_named)]) -> UnionMemberInvited:  # fmt: skip
    """Ask another association to come in [邀请加入]; any member may."""
    if call.organisation not in union.members:
        raise Refused("not_a_member", "only members invite", "仅成员可以邀请")
    able(other, ("ACTIVE",))
    if association in union.parties:
        raise Refused("known_already", "it belongs, or was asked already", "该组织已加入或已受邀", pointer="/association")
    return UnionMemberInvited.model_validate(moved(union, association, union.members, (*union.invited, association)))


@association_unions.command(by="ASSOCIATION", when=ALIVE)
def leave(union: AssociationUnion, call: Call, rules: Rules) -> list[UnionMemberLeft | AssociationUnionDissolved]:
    """Leave the union [退出联盟]."""
    if call.organisation not in union.members:
        raise Refused("not_a_member", "only who belongs can leave", "非成员不能退出")
    members, invited = without(union, call.organisation)
    left = UnionMemberLeft.model_validate(moved(union, call.organisation, members, invited))
    return [left, *broken(union, members, invited, rules)]


def without(union: AssociationUnion, who: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Members and invited, without this one."""
    return tuple(m for m in union.members if m != who), tuple(i for i in union.invited if i != who)


@association_unions.command(by="SO_ADMIN", when=ALIVE)
def dissolve(union: AssociationUnion, call: Call, reason: Text) -> AssociationUnionDissolved:
    """The union is no more, as its members have told the office [解散联盟]."""
    return AssociationUnionDissolved(name=union.name, reason=reason, members=union.members)


@association_unions.on(AssociationEnded, when=ALIVE, where=lambda e: {"parties": e.uscc})
def lose(union: AssociationUnion, call: Call, event: AssociationEnded,
         rules: Rules) -> list[UnionMemberLeft | AssociationUnionFormed | AssociationUnionDissolved]:  # fmt: skip
    """One of them has ended."""
    members, invited = without(union, event.uscc)
    left = UnionMemberLeft.model_validate(moved(union, event.uscc, members, invited))
    return [left, *formed(union, members, invited, rules, call.today), *broken(union, members, invited, rules)]
