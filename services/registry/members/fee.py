"""Membership fee of a year [会费], R5; domain §1.1, §4.4 (2.4.4): charged by the standard, paid, overdue, or waived. One record a member and year.

What is owed binds nobody to the association: leaving is never asked about here, and nothing here asks whether a member has left. A fee of a
member who has left stays as it is until it is paid or waived.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.members.fee_rules import Rules
from services.registry.members.fee_standard import FeeStandard, fee_standards, standard_for
from services.registry.members.membership import Membership, memberships
from services.registry.values import end_of
from shared.record import Call, Event, Given, Kind, Malformed, Read, Record, Refused, Text, Value

Stage = Literal["DUE", "OVERDUE", "PAID", "WAIVED"]
OPEN: tuple[Stage, ...] = ("DUE", "OVERDUE")
Year = Annotated[int, Field(ge=2000, le=2100)]
Paid = Annotated[int, Field(ge=1, le=10**15, description="CNY/100 [分]")]
AT_ONCE = 500  # fees charged in one call; asked again, the rest follows


class MembershipFee(Record):
    """Membership fee [会费]"""

    stage: Stage
    association: str
    member: str
    year: int
    tier: str
    amount: int
    due: date
    paid: int = 0
    paid_on: date | None = None
    reason: str | None = None


class MembershipFeeCharged(Event, to="DUE"):
    """A year's fee is owed [应收会费]; `amount` in fen by the standard adopted on `standard`."""

    association: str
    member: str
    year: int
    tier: str
    amount: int
    due: date
    standard: date


class MembershipFeePartPaid(Event):
    """Some of it was paid; `paid` so far, in fen."""

    association: str
    member: str
    year: int
    received: int
    paid: int
    paid_on: date


class MembershipFeePaid(Event, to="PAID", effective="paid_on"):
    """All of it is paid [缴纳会费]; `late`: after the day it was due."""

    association: str
    member: str
    year: int
    amount: int
    received: int
    paid: int
    paid_on: date
    late: bool


class MembershipFeeOverdue(Event, to="OVERDUE"):
    """The day has passed on which it was due [欠缴会费]."""

    association: str
    member: str
    year: int
    amount: int
    paid: int
    due: date


class MembershipFeeWaived(Event, to="WAIVED"):
    """The association does not ask for it, or for what is left of it [减免会费]."""

    association: str
    member: str
    year: int
    amount: int
    paid: int
    reason: str


membership_fees = Kind[MembershipFee, Stage](
    MembershipFee, "registry.members.membership_fee", path="membership-fees", key=("association", "member", "year"), index=("association", "member", "year"),
    own={"ASSOCIATION": "association", "ENTERPRISE": "member"}, readers=("SO_ADMIN",),
)  # fmt: skip


class ChargesYear(Value):
    """A year to charge; `due` where the association has named another day than the usual."""

    year: Year
    due: date | None = None


async def active_members(read: Read, call: Call, record: object, body: ChargesYear) -> list[Membership]:
    """Given: who belongs to the association."""
    return await read.find(memberships, association=call.organisation, stage=("ACTIVE", "SUSPENDED"))


async def charged_already(read: Read, call: Call, record: object, body: ChargesYear) -> list[MembershipFee]:
    """Given: the fees of that year."""
    return await read.find(membership_fees, association=call.organisation, year=body.year)


async def standards(read: Read, call: Call, record: object, body: object) -> list[FeeStandard]:
    """Given: the association's fee standards."""
    return await read.find(fee_standards, association=call.organisation)


@membership_fees.opens(by="ASSOCIATION")
def charge_year(call: Call, form: ChargesYear, association: Annotated[Association | None, Given(acting)],
                members: Annotated[list[Membership], Given(active_members)], there: Annotated[list[MembershipFee], Given(charged_already)],
                known: Annotated[list[FeeStandard], Given(standards)], rules: Rules) -> list[MembershipFeeCharged]:  # fmt: skip
    """Charge a year's fees to all who belong, 500 at once; asked again, to those that are left [收取年度会费]."""
    of = able(association)
    if form.year > call.today.year + 1:
        raise Malformed("year_out_of_range", "this year, the next, or one before", "年度不正确", pointer="/year")
    standard = standard_for(known, form.year)
    if standard is None:
        raise Refused("no_fee_standard", "no fee standard was adopted for that year", "该年度没有有效的会费标准", pointer="/year")
    month, day = (int(p) for p in rules.due.split("-"))
    due = form.due or max(date(form.year, month, day), call.today)
    if due < call.today:
        raise Malformed("due_has_passed", "the day it is due is still to come", "缴费期限不能早于今天", pointer="/due")
    amounts, done = {t.tier: t.amount for t in standard.tiers}, {f.member for f in there}
    owing = [m for m in members if m.member not in done and m.joined_on is not None and m.joined_on.year <= form.year]
    if unknown := sorted({m.tier for m in owing} - set(amounts)):
        raise Refused(
            "tier_without_fee",
            f"the standard has no fee for: {', '.join(unknown)}",
            f"会费标准中没有以下级别：{'、'.join(unknown)}",
            tiers=unknown,
        )
    if not owing:
        raise Refused("nobody_left", "everybody is charged for that year", "该年度会费已全部登记")
    return [
        MembershipFeeCharged(association=of.uscc, member=m.member, year=form.year, tier=m.tier, amount=amounts[m.tier], due=due, standard=standard.adopted_on)
        for m in owing[:AT_ONCE]
    ]  # fmt: skip


@membership_fees.command(by="ASSOCIATION", when=OPEN)
def pay(fee: MembershipFee, call: Call, amount: Paid, paid_on: date) -> MembershipFeePaid | MembershipFeePartPaid:
    """The member has paid, all or some of it [登记缴费]."""
    if paid_on > call.today:
        raise Malformed("in_the_future", "nobody has paid in the future", "缴费日期不能晚于今天", pointer="/paid_on")
    paid = fee.paid + amount
    if paid > fee.amount:
        raise Malformed(
            "more_than_owed", f"{fee.amount - fee.paid} fen are owed", f"应缴余额为 {fee.amount - fee.paid} 分", pointer="/amount"
        )
    told = {"association": fee.association, "member": fee.member, "year": fee.year, "received": amount, "paid": paid, "paid_on": paid_on}
    if paid < fee.amount:
        return MembershipFeePartPaid.model_validate(told)
    return MembershipFeePaid.model_validate(told | {"amount": fee.amount, "late": paid_on > fee.due})


@membership_fees.command(by="ASSOCIATION", when=OPEN)
def waive(fee: MembershipFee, call: Call, reason: Text) -> MembershipFeeWaived:
    """Do not ask for what is left [减免]."""
    return waived(fee, reason)


def waived(fee: MembershipFee, reason: str) -> MembershipFeeWaived:
    return MembershipFeeWaived(
        association=fee.association, member=fee.member, year=fee.year, amount=fee.amount, paid=fee.paid, reason=reason
    )


@membership_fees.clock(when="DUE", at=lambda f: end_of(f.due))
def expire(fee: MembershipFee, call: Call) -> MembershipFeeOverdue:
    """The day it was due has passed."""
    return MembershipFeeOverdue(
        association=fee.association, member=fee.member, year=fee.year, amount=fee.amount, paid=fee.paid, due=fee.due
    )


@membership_fees.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def end(fee: MembershipFee, call: Call, event: AssociationEnded) -> MembershipFeeWaived:
    """The association has ended; nobody is left to be paid."""
    return waived(fee, "association ended")
