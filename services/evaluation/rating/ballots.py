"""Named ballots [记名投票] of the rating and review committees: quorum and majority (domain §4.5 steps 8 and 11).

At least two thirds of the members must be present; more than half of *all* members must agree, present or not.
Members are named by their codes (`committee:01`), never by name.
"""

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from services.evaluation.rulebook.rulebook import Committee
from shared.record import Malformed, Refused, Value

MemberCode = Annotated[str, Field(pattern=r"^committee:\d{2}$", examples=["committee:01"])]
Choice = Literal["FOR", "AGAINST", "ABSTAIN"]


class Ballot(Value):
    """What one member said, under that member's code."""

    member: str
    choice: Choice


class Session(Value):
    """A committee meeting: all its members, and those present who may vote."""

    members: Annotated[tuple[MemberCode, ...], Field(min_length=3, max_length=49)]
    present: Annotated[tuple[MemberCode, ...], Field(max_length=49)]


def opened(session: Session, rules: Committee, outside: Collection[str]) -> Session:
    """The session, if it may decide. Raises: Refused without quorum or for a member who must stay out; Malformed for a list that contradicts itself."""
    members, present = session.members, session.present
    if len(set(members)) < len(members) or len(set(present)) < len(present) or not set(present) <= set(members):
        raise Malformed("committee_list_wrong", "each member once, and only members are present", "委员名单有误", pointer="/session")
    if out := sorted(set(members) & set(outside)):
        raise Refused("member_must_stay_out", f"may not sit in this committee: {', '.join(out)}", f"应当回避：{'、'.join(out)}")
    if Fraction(len(present), len(members)) < rules.quorum:
        raise Refused(
            "no_quorum", "two thirds of the members must be present", "出席委员不足三分之二", present=len(present), members=len(members)
        )
    return session


def cast(session: Session | None, ballots: Sequence[Ballot], member: str, choice: Choice) -> Ballot:
    """A ballot of one who may vote and has not yet. Raises: Refused."""
    if session is None or member not in session.present:
        raise Refused("not_present", "only members present vote", "仅出席委员可以投票")
    if any(b.member == member for b in ballots):
        raise Refused("voted_already", "each member votes once", "每名委员只能投票一次")
    return Ballot(member=member, choice=choice)


def outcome(session: Session, ballots: Sequence[Ballot], rules: Committee) -> bool | None:
    """True: carried by more than half of all members. False: that can no longer happen. None: not yet decided."""
    ayes, open_ = sum(b.choice == "FOR" for b in ballots), len(session.present) - len(ballots)
    needed = rules.majority * len(session.members)
    if ayes > needed:
        return True
    return False if ayes + open_ <= needed else None
