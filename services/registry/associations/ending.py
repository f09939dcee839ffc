"""How an association ends: liquidation and deregistration [清算、注销登记], or revocation [撤销登记], R1; domain §3.3.

The last chapter of the record in `association.py`: purpose achieved, self-dissolution, merger or split, another cause; a
liquidation group first, and within fifteen days after it has ended the association asks to be struck off (art. 19–21).
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.registry.associations.association import LIVING, WORKING, Association, EndingGround, RevocationGround, associations
from services.registry.values import AUTHORITY, end_of, years_after
from shared.record import Call, Event, Line, Malformed, Refused

DEREGISTER_WITHIN = timedelta(days=15)  # after the liquidation has ended (art. 20)
HandedIn = Literal["CERTIFICATE", "SEAL", "VOUCHERS"]
LastPaper = Literal["APPLICATION", "LIQUIDATION_REPORT", "CONSENT"]


class AssociationLiquidationStarted(Event, to="LIQUIDATING"):
    uscc: str
    ending_ground: EndingGround
    group_formed_on: date


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


class AssociationRegistrationRevoked(Event, to="REVOKED", effective="ended_on"):
    """The registration was revoked [撤销登记]."""

    uscc: str
    revocation_ground: RevocationGround
    decision: str
    ended_on: date
    name_claim: None = None
    legal_claim: None = None


@associations.command(by=("ASSOCIATION", "REG_AUTHORITY"), when=WORKING)
def start_liquidation(association: Association, call: Call, ground: EndingGround, group_formed_on: date) -> AssociationLiquidationStarted:
    """Form the liquidation group [成立清算组]; from now on nothing but the liquidation (art. 20)."""
    if not association.registered_on <= group_formed_on <= call.today:
        raise Malformed("dates_out_of_order", "not before the registration, not in the future", "日期不正确", pointer="/group_formed_on")
    return AssociationLiquidationStarted(uscc=association.uscc, ending_ground=ground, group_formed_on=group_formed_on)


@associations.command(by=("ASSOCIATION", "REG_AUTHORITY"), when="LIQUIDATING")
def finish_liquidation(association: Association, call: Call, ended_on: date) -> LiquidationEnded:
    """The liquidation has ended [清算结束]: within fifteen days the association asks to be struck off."""
    if not association.registered_on <= ended_on <= call.today:
        raise Malformed("dates_out_of_order", "not before the registration, not in the future", "日期不正确", pointer="/ended_on")
    if association.liquidation_ended_on:
        raise Refused("already_ended", "the end of the liquidation is recorded", "清算结束日期已登记")
    return LiquidationEnded(uscc=association.uscc, liquidation_ended_on=ended_on, deregister_by=ended_on + DEREGISTER_WITHIN)


@associations.clock(when="LIQUIDATING", at=lambda a: end_of(a.liquidation_ended_on + DEREGISTER_WITHIN) if a.liquidation_ended_on else None)
def press_for_deregistration(association: Association, call: Call) -> DeregistrationOverdue | None:
    """Fifteen days have passed."""
    ended = association.liquidation_ended_on
    return DeregistrationOverdue(uscc=association.uscc, deregister_by=ended + DEREGISTER_WITHIN) if ended else None


@associations.command(by=AUTHORITY, when="LIQUIDATING")
def deregister(
    association: Association, call: Call, papers: tuple[LastPaper, ...], handed_in: tuple[HandedIn, ...]
) -> AssociationDeregistered:
    """Strike it off [注销登记], once the liquidation has ended and certificate, seal and vouchers are back (art. 19–21)."""
    if association.liquidation_ended_on is None:
        raise Refused("liquidation_not_ended", "the liquidation has not ended", "清算尚未结束")
    needed = {"APPLICATION", "LIQUIDATION_REPORT", *(("CONSENT",) if association.supervising_unit else ())}
    if missing := sorted(needed - set(papers)) + sorted({"CERTIFICATE", "SEAL", "VOUCHERS"} - set(handed_in)):
        raise Refused("papers_missing", f"still missing: {', '.join(missing)}", f"缺少：{'、'.join(missing)}", missing=missing)
    late = call.today > association.liquidation_ended_on + DEREGISTER_WITHIN
    return AssociationDeregistered(uscc=association.uscc, ended_on=call.today, late=late)


@associations.command(by="REG_AUTHORITY", when=LIVING)
def revoke(association: Association, call: Call, ground: RevocationGround, decision: Annotated[Line, Field(description="number of the decision")]) -> AssociationRegistrationRevoked:  # fmt: skip
    """Revoke the registration [撤销登记]: fraud, no activity for a year since the certificate (art. 29), a grave breach (art. 30)."""
    if ground == "NO_ACTIVITY_ONE_YEAR" and call.today < years_after(association.registered_on, 1):
        raise Refused("year_not_over", "the certificate is not a year old", "自取得登记证书之日起未满一年")
    return AssociationRegistrationRevoked(uscc=association.uscc, revocation_ground=ground, decision=decision, ended_on=call.today)


@associations.command(by=AUTHORITY, when="REVOKED")
def strike_off_revoked(association: Association, call: Call, handed_in: tuple[HandedIn, ...]) -> AssociationDeregistered:
    """Strike off what was revoked, once its certificate and seal are collected [撤销后注销]."""
    if missing := sorted({"CERTIFICATE", "SEAL"} - set(handed_in)):
        raise Refused("papers_missing", f"still missing: {', '.join(missing)}", f"缺少：{'、'.join(missing)}", missing=missing)
    return AssociationDeregistered(uscc=association.uscc, ended_on=call.today, late=False)
