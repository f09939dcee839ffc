"""How an association ends: liquidation and deregistration [清算、注销登记], or revocation [撤销登记], R1; domain §3.3.

The last chapter of the record in `association.py`: purpose achieved, self-dissolution, merger or split, another cause; a
liquidation group first, and within fifteen days after it has ended the association asks to be struck off (art. 19–21). Papers and
days are those in force when the liquidation began. One that is merged into another has its place taken by that one.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.registry.associations.association import LIVING, WORKING, Association, EndingGround, RevocationGround, associations
from services.registry.procedures import HandedIn, Procedure, procedure
from services.registry.registration.publication import amended_endings
from services.registry.registration.regime import AmendedGround
from services.registry.values import AUTHORITY, end_of, years_after
from shared.record import Call, Event, Given, Heard, Line, Malformed, Read, Refused

LastPaper = Literal["APPLICATION", "LIQUIDATION_REPORT", "CONSENT"]


class AssociationLiquidationStarted(Event, to="LIQUIDATING"):
    uscc: str
    ending_ground: EndingGround
    group_formed_on: date
    ending_version: str | None = None
    amended_ground: AmendedGround | None = None
    successor: str | None = None
    plan: str | None = None


class LiquidationEnded(Event):
    uscc: str
    liquidation_ended_on: date
    deregister_by: date


class DeregistrationOverdue(Event):
    """Fifteen days after the end of the liquidation nobody has asked to be struck off."""

    uscc: str
    deregister_by: date


class AssociationDeregistered(Event, to="DEREGISTERED", effective="ended_on"):
    """Struck off the register [注销登记]."""

    uscc: str
    ended_on: date
    late: bool
    name_claim: None = None
    legal_claim: None = None


class AssociationMerged(Event, effective="merged_on"):
    """Its place is taken by another association for good [合并]: who asks for the one is sent to the other."""

    uscc: str
    merged_into: str
    merged_on: date


class AssociationRegistrationRevoked(Event, to="REVOKED", effective="ended_on"):
    """The registration was revoked [撤销登记]."""

    uscc: str
    revocation_ground: RevocationGround
    decision: str
    ended_on: date
    name_claim: None = None
    legal_claim: None = None


class ReorganisationApproved(Heard, type="registry.registration.reorganisation_approved.v1"):
    association: str
    survivor: str | None = None
    dissolves: bool
    approved_on: date


async def ending_rules(read: Read, call: Call, association: Association, body: object) -> Procedure:
    """Given: the rules the liquidation began under, or those in force today."""
    return procedure("DEREGISTRATION", call.today, association.ending_version)


async def revocation_rules(read: Read, call: Call, association: Association, body: object) -> Procedure:
    """Given: what revocation needs today."""
    return procedure("REVOCATION", call.today)


@associations.command(by=("ASSOCIATION", "REG_AUTHORITY"), when=WORKING)
def start_liquidation(
    association: Association,
    call: Call,
    ground: EndingGround | AmendedGround,
    group_formed_on: date,
    rules: Annotated[Procedure, Given(ending_rules)],
    amended: Annotated[dict[str, bool], Given(amended_endings)],
    plan: Annotated[Line | None, Field(description="the plan for merging or ending, where the regime asks for one")] = None,
) -> AssociationLiquidationStarted:
    """Form the liquidation group [成立清算组]; from now on nothing but the liquidation (art. 20).

    A merger or split goes by a case of its own; the grounds of an amended regime count where it is in force, for the authority."""
    if not association.registered_on <= group_formed_on <= call.today:
        raise Malformed("dates_out_of_order", "not before the registration, not in the future", "日期不正确", pointer="/group_formed_on")
    if ground == "MERGER_OR_SPLIT":
        raise Refused("goes_by_reorganisation", "a merger or split is applied for as such", "合并、分立应另行申请", pointer="/ground")
    beside: AmendedGround | None = None
    listed: EndingGround = "OTHER"
    if ground == "INDUSTRY_ADJUSTMENT" or ground == "PARALYSED_BY_BAD_MANAGEMENT":
        beside = ground
        if ground not in amended or call.role != "REG_AUTHORITY":
            raise Refused("ground_not_in_force", "no regime in force knows this ground", "现行登记体制未规定该终止事由", pointer="/ground")
        if amended[ground] and not plan:
            raise Malformed("plan_missing", "a plan for merging or ending is needed", "须提交合并或终止方案", pointer="/plan")
    else:
        listed = ground
    return AssociationLiquidationStarted(
        uscc=association.uscc,
        ending_ground=listed,
        group_formed_on=group_formed_on,
        ending_version=rules.version,
        amended_ground=beside,
        plan=plan,
    )


@associations.on(ReorganisationApproved, when=WORKING, where=lambda e: {"uscc": e.association})
def dissolve_into_others(association: Association, call: Call, event: ReorganisationApproved) -> AssociationLiquidationStarted | None:
    """A merger or a split that ends it was approved: it is liquidated, and its successor known."""
    if not event.dissolves:
        return None
    return AssociationLiquidationStarted(
        uscc=association.uscc, ending_ground="MERGER_OR_SPLIT", group_formed_on=event.approved_on, successor=event.survivor,
        ending_version=procedure("DEREGISTRATION", event.approved_on).version,
    )  # fmt: skip


@associations.command(by=("ASSOCIATION", "REG_AUTHORITY"), when="LIQUIDATING")
def finish_liquidation(
    association: Association, call: Call, ended_on: date, rules: Annotated[Procedure, Given(ending_rules)]
) -> LiquidationEnded:
    """The liquidation has ended [清算结束]: within fifteen days the association asks to be struck off."""
    if not association.registered_on <= ended_on <= call.today:
        raise Malformed("dates_out_of_order", "not before the registration, not in the future", "日期不正确", pointer="/ended_on")
    if association.liquidation_ended_on:
        raise Refused("already_ended", "the end of the liquidation is recorded", "清算结束日期已登记")
    return LiquidationEnded(uscc=association.uscc, liquidation_ended_on=ended_on, deregister_by=ended_on + timedelta(days=rules.days or 0))


@associations.clock(when="LIQUIDATING", at=lambda a: end_of(a.deregister_by) if a.deregister_by else None)
def press_for_deregistration(association: Association, call: Call) -> DeregistrationOverdue | None:
    """Fifteen days have passed."""
    return DeregistrationOverdue(uscc=association.uscc, deregister_by=association.deregister_by) if association.deregister_by else None


@associations.command(by=AUTHORITY, when="LIQUIDATING")
def deregister(
    association: Association,
    call: Call,
    papers: tuple[LastPaper, ...],
    handed_in: tuple[HandedIn, ...],
    rules: Annotated[Procedure, Given(ending_rules)],
) -> list[AssociationDeregistered | AssociationMerged]:
    """Strike it off [注销登记], once the liquidation has ended and certificate, seal and vouchers are back (art. 19–21)."""
    if association.liquidation_ended_on is None or association.deregister_by is None:
        raise Refused("liquidation_not_ended", "the liquidation has not ended", "清算尚未结束")
    rules.complete(papers, handed_in, consented=association.supervising_unit is not None)
    late = call.today > association.deregister_by
    events: list[AssociationDeregistered | AssociationMerged] = [
        AssociationDeregistered(uscc=association.uscc, ended_on=call.today, late=late)
    ]
    if association.successor:
        events.append(AssociationMerged(uscc=association.uscc, merged_into=association.successor, merged_on=call.today))
    return events


@associations.command(by="REG_AUTHORITY", when=LIVING)
def revoke(
    association: Association,
    call: Call,
    ground: RevocationGround,
    decision: Annotated[Line, Field(description="number of the decision")],
    rules: Annotated[Procedure, Given(revocation_rules)],
) -> AssociationRegistrationRevoked:
    """Revoke the registration [撤销登记]: fraud, no activity for a year since the certificate (art. 29), a grave breach (art. 30)."""
    if ground == "NO_ACTIVITY_ONE_YEAR" and call.today < years_after(association.registered_on, rules.years or 0):
        raise Refused("year_not_over", "the certificate is not a year old", "自取得登记证书之日起未满一年")
    return AssociationRegistrationRevoked(uscc=association.uscc, revocation_ground=ground, decision=decision, ended_on=call.today)


@associations.command(by=AUTHORITY, when="REVOKED")
def strike_off_revoked(
    association: Association, call: Call, handed_in: tuple[HandedIn, ...], rules: Annotated[Procedure, Given(revocation_rules)]
) -> AssociationDeregistered:
    """Strike off what was revoked, once its certificate and seal are collected [撤销后注销]."""
    rules.complete(rules.papers, handed_in)
    return AssociationDeregistered(uscc=association.uscc, ended_on=call.today, late=False)
