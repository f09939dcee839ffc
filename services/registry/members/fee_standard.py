"""Fee standard [会费标准], R5; domain §3.4: at most four tiers, adopted by the assembly in a secret ballot, published to all members in 30 days.

The ballot is in the minutes of the meeting; what is not adopted in due form is no standard, and no fee can be charged by it.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.charter import Meeting
from services.registry.governance.meeting import decision
from services.registry.members.fee_rules import RULES, Rules
from services.registry.members.membership import Tier
from services.registry.values import begin_of, end_of
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Value

Stage = Literal["ADOPTED", "PUBLISHED", "REPLACED"]
IN_FORCE: tuple[Stage, ...] = ("ADOPTED", "PUBLISHED")


class FeeTier(Value):
    """What a member of a tier pays in a year, in fen."""

    tier: Tier
    amount: Fen


class NewStandard(Value):
    """The standard an assembly has adopted, and the day from which it holds."""

    meeting: Line
    effective_from: date
    tiers: Annotated[tuple[FeeTier, ...], Field(min_length=1, max_length=20)]


class FeeStandard(Record):
    """Fee standard [会费标准]"""

    stage: Stage
    association: str
    adopted_on: date
    effective_from: date
    meeting: str
    tiers: tuple[FeeTier, ...]
    publish_by: date
    published_on: date | None = None
    late: bool = False
    rules_version: str


class MembershipFeeStandardAdopted(Event, to="ADOPTED", effective="adopted_on"):
    """The assembly has adopted a fee standard [通过会费标准]; `secret_ballot`: by one, as it must be."""

    association: str
    adopted_on: date
    effective_from: date
    meeting: str
    tiers: tuple[FeeTier, ...]
    tier_count: int
    secret_ballot: bool
    in_favour: int
    present: int
    entitled: int
    publish_by: date
    rules_version: str


class FeeStandardDueSoon(Event):
    association: str
    publish_by: date
    days_left: int


class FeeStandardPublicationOverdue(Event):
    association: str
    publish_by: date
    late: Literal[True] = True


class MembershipFeeStandardPublished(Event, to="PUBLISHED", effective="published_on"):
    """All members have been told [公布会费标准]; `days` after the adoption."""

    association: str
    published_on: date
    days: int
    late: bool


class MembershipFeeStandardReplaced(Event, to="REPLACED"):
    """A later standard is in its place, or the association has ended."""

    association: str
    adopted_on: date


fee_standards = Kind[FeeStandard, Stage](
    FeeStandard, "registry.members.fee_standard", path="fee-standards", key=("association", "adopted_on"), index=("association",),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip


class StandardAdopted(Heard, type="registry.members.membership_fee_standard_adopted.v1"):
    association: str
    adopted_on: date


async def own_standards(read: Read, call: Call, record: object, body: object) -> list[FeeStandard]:
    """Given: the standards of the association that acts."""
    return await read.find(fee_standards, association=call.organisation)


@fee_standards.opens(by="ASSOCIATION")
def adopt(call: Call, form: NewStandard, held: Meeting, association: Annotated[Association | None, Given(acting)],
          known: Annotated[list[FeeStandard], Given(own_standards)], rules: Rules) -> MembershipFeeStandardAdopted:  # fmt: skip
    """Put down a fee standard the assembly has adopted [登记会费标准]."""
    of = able(association)
    named = [t.tier for t in form.tiers]
    if len(named) > rules.tiers_max:
        raise Malformed("too_many_tiers", f"at most {rules.tiers_max} tiers", f"会费档次不得超过{rules.tiers_max}档", pointer="/tiers")
    if len(set(named)) < len(named):
        raise Malformed("tier_twice", "each tier once", "会费档次重复", pointer="/tiers")
    ballot = decision(held, of.uscc, "FEE_STANDARD")
    if held is None or held.held_on is None:
        raise Refused("meeting_not_held", "there is no such meeting", "没有该次会议记录", pointer="/meeting")
    if any(s.adopted_on >= held.held_on for s in known):
        raise Refused("later_standard_known", "a standard was adopted on that day or since", "该日或之后已有会费标准", pointer="/meeting")
    if form.effective_from < held.held_on:
        raise Malformed(
            "dates_out_of_order", "it holds from its adoption at the earliest", "生效日期不得早于通过日期", pointer="/effective_from"
        )
    return MembershipFeeStandardAdopted(
        association=of.uscc, adopted_on=held.held_on, effective_from=form.effective_from, meeting=form.meeting, tiers=form.tiers, tier_count=len(named),
        secret_ballot=ballot.secret, in_favour=ballot.in_favour, present=held.present, entitled=held.entitled,
        publish_by=held.held_on + timedelta(days=rules.publish_days), rules_version=rules.version,
    )  # fmt: skip


@fee_standards.command(by="ASSOCIATION", when="ADOPTED")
def publish(standard: FeeStandard, call: Call, published_on: date) -> MembershipFeeStandardPublished:
    """All members have been told [公布]; late is still published."""
    if not standard.adopted_on <= published_on <= call.today:
        raise Malformed("dates_out_of_order", "after the adoption, and not after today", "公布日期不正确", pointer="/published_on")
    return MembershipFeeStandardPublished(association=standard.association, published_on=published_on, days=(published_on - standard.adopted_on).days,
                                          late=published_on > standard.publish_by)  # fmt: skip


def reminders(standard: FeeStandard) -> list[datetime]:
    days = RULES.get("FEES", standard.rules_version).publish_reminder_days
    return [begin_of(standard.publish_by - timedelta(days=d)) for d in days]


@fee_standards.clock(when="ADOPTED", at=reminders)
def remind(standard: FeeStandard, call: Call) -> FeeStandardDueSoon | None:
    """Ten and three days before it should have been published."""
    left = (standard.publish_by - call.today).days
    return FeeStandardDueSoon(association=standard.association, publish_by=standard.publish_by, days_left=left) if left >= 0 else None


@fee_standards.clock(when="ADOPTED", at=lambda s: None if s.late else end_of(s.publish_by))
def expire(standard: FeeStandard, call: Call) -> FeeStandardPublicationOverdue:
    """The days to publish it have passed."""
    return FeeStandardPublicationOverdue(association=standard.association, publish_by=standard.publish_by)


@fee_standards.on(StandardAdopted, when=IN_FORCE, where=lambda e: {"association": e.association})
def replace(standard: FeeStandard, call: Call, event: StandardAdopted) -> MembershipFeeStandardReplaced | None:
    """A later standard was adopted."""
    if event.adopted_on <= standard.adopted_on:
        return None
    return MembershipFeeStandardReplaced(association=standard.association, adopted_on=standard.adopted_on)


@fee_standards.on(AssociationEnded, when=IN_FORCE, where=lambda e: {"association": e.uscc})
def end(standard: FeeStandard, call: Call, event: AssociationEnded) -> MembershipFeeStandardReplaced:
    """The association has ended."""
    return MembershipFeeStandardReplaced(association=standard.association, adopted_on=standard.adopted_on)


def standard_for(known: list[FeeStandard], year: int) -> FeeStandard | None:
    """The standard by which a year's fees are charged: the latest that holds before the year is over."""
    holding = [s for s in known if s.effective_from <= date(year, 12, 31)]
    return max(holding, key=lambda s: (s.effective_from, s.adopted_on), default=None)
