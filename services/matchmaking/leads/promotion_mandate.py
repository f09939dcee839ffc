"""Promotion mandate [招商委托], R55: an association lets a professional agency bring leads of a chain; both stay apart. Domain §6.3.

The agency is filed with the department before the mandate is signed [IN6]. It is paid by the association under the mandate; a referral
reward goes to the association alone [会企分开].
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from services.matchmaking.endings import AssociationEnded, Day, must_have_happened
from services.matchmaking.leads.rules import LeadRules, rules_of
from services.matchmaking.months import morning
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text
from shared.uscc import EnterpriseUscc
from shared.workdays import working_days_after

Stage = Literal["DRAFT", "SIGNED", "ACTIVE", "ENDED"]
LIVE: tuple[Stage, ...] = ("DRAFT", "SIGNED", "ACTIVE")
Cause = Literal["WITHDRAWN", "TERM_OVER", "TERMINATED", "LAPSED", "ASSOCIATION_GONE"]
Rules = Annotated[LeadRules, Given(rules_of)]


class Mandate(Record):
    """Promotion mandate [招商委托]"""

    stage: Stage
    association: str
    agency: str
    agency_name: str
    chain: str
    claim: str | None  # one of an association, an agency and a chain at a time
    begins_on: date
    ends_on: date
    rules: str
    filing_due: datetime | None
    lapses_at: datetime
    filing_no: str | None = None
    signed_on: date | None = None


class PromotionMandateDrafted(Event, to="DRAFT"):
    """Drafted; the agency waits to be filed."""

    association: str
    agency: str
    agency_name: str
    chain: str
    claim: str
    begins_on: date
    ends_on: date
    rules: str
    filing_due: datetime
    lapses_at: datetime
    terms: str


class PromotionAgencyFiled(Event):
    """The department knows the agency: the mandate may be signed."""

    association: str
    agency: str
    filing_no: str
    filing_due: None = None


class PromotionAgencyFilingOverdue(Event):
    association: str
    agency_name: str
    filing_due: None = None


class PromotionMandateSigned(Event, to="SIGNED"):
    association: str
    agency: str
    agency_name: str
    chain: str
    begins_on: date
    ends_on: date
    signed_on: date
    document: str


class PromotionMandateBegun(Event, to="ACTIVE"):
    association: str
    agency: str
    chain: str
    ends_on: date


class PromotionMandateEnded(Event, to="ENDED"):
    association: str
    agency: str
    agency_name: str
    chain: str
    cause: Cause
    reason: str = ""
    claim: None = None


mandates = Kind[Mandate, Stage](
    Mandate,
    "matchmaking.leads.promotion_mandate",
    path="promotion-mandates",
    unique=("claim",),
    index=("association", "agency", "chain"),
    own={"ASSOCIATION": "association", "ENTERPRISE": "agency"},
    readers=("INVEST_DEPT", "SO_ADMIN"),
)


async def same_mandate(read: Read, call: Call, mandate: Mandate | None, body: Any) -> list[Mandate]:
    return await read.find(mandates, claim=f"{call.organisation}~{body.agency}~{body.chain}")


@mandates.opens(by="ASSOCIATION")
def draft(
    call: Call, agency: EnterpriseUscc, agency_name: Line, chain: Line, begins_on: Day, ends_on: Day, terms: Text,
    others: Annotated[list[Mandate], Given(same_mandate)], rules: Rules,
) -> PromotionMandateDrafted:  # fmt: skip
    """Draft a mandate [拟定委托]; the department files the agency before it is signed."""
    if ends_on <= begins_on or ends_on <= call.today:
        raise Malformed("term_reversed", "the term ends after it begins, and after today", "委托期限起止有误", pointer="/ends_on")
    if others:
        raise Refused("already_mandated", "this agency has your mandate for this chain", "已就该产业链委托该机构")
    return PromotionMandateDrafted(
        association=call.organisation, agency=agency, agency_name=agency_name, chain=chain, claim=f"{call.organisation}~{agency}~{chain}",
        begins_on=begins_on, ends_on=ends_on, rules=rules.version, filing_due=working_days_after(call.now, rules.mandate_filing_working_days),
        lapses_at=call.now + timedelta(days=rules.mandate_signing_days), terms=terms,
    )  # fmt: skip


@mandates.command(by="INVEST_DEPT", when="DRAFT")
def file_agency(mandate: Mandate, call: Call, filing_no: Line) -> PromotionAgencyFiled:
    """File the agency under a number [中介机构备案]."""
    if mandate.filing_no:
        raise Refused("already_filed", "the agency is filed", "该机构已备案")
    return PromotionAgencyFiled(association=mandate.association, agency=mandate.agency, filing_no=filing_no)


@mandates.command(by="ASSOCIATION", when="DRAFT")
def sign(mandate: Mandate, call: Call, signed_on: Day, document: Line) -> PromotionMandateSigned:
    """Sign it [签署委托]; the agency must have been filed before."""
    if not mandate.filing_no:
        raise Refused("agency_not_filed", "the agency is filed before the mandate is signed", "签署前须先办理中介机构备案")
    must_have_happened(signed_on, call)
    if signed_on > mandate.ends_on:
        raise Refused("term_over", "the term is over", "委托期限已过")
    return PromotionMandateSigned(
        association=mandate.association, agency=mandate.agency, agency_name=mandate.agency_name, chain=mandate.chain,
        begins_on=mandate.begins_on, ends_on=mandate.ends_on, signed_on=signed_on, document=document,
    )  # fmt: skip


@mandates.command(by="ASSOCIATION", when="DRAFT")
def withdraw(mandate: Mandate, call: Call, reason: Text) -> PromotionMandateEnded:
    """Give the draft up [撤回]."""
    return ended(mandate, "WITHDRAWN", reason)


@mandates.command(by=("ASSOCIATION", "INVEST_DEPT"), when=("SIGNED", "ACTIVE"))
def terminate(mandate: Mandate, call: Call, reason: Text) -> PromotionMandateEnded:
    """End it before its term [提前终止]."""
    return ended(mandate, "TERMINATED", reason)


def ended(mandate: Mandate, cause: Cause, reason: str = "") -> PromotionMandateEnded:
    return PromotionMandateEnded(
        association=mandate.association,
        agency=mandate.agency,
        agency_name=mandate.agency_name,
        chain=mandate.chain,
        cause=cause,
        reason=reason,
    )


@mandates.clock(when="DRAFT", at=lambda mandate: mandate.filing_due)
def press_for_filing(mandate: Mandate, call: Call) -> PromotionAgencyFilingOverdue:
    """Ten working days without the agency being filed."""
    return PromotionAgencyFilingOverdue(association=mandate.association, agency_name=mandate.agency_name)


@mandates.clock(when="DRAFT", at=lambda mandate: mandate.lapses_at)
def lapse(mandate: Mandate, call: Call) -> PromotionMandateEnded:
    """Ninety days and not signed."""
    return ended(mandate, "LAPSED")


@mandates.clock(when="SIGNED", at=lambda mandate: morning(mandate.begins_on))
def begin(mandate: Mandate, call: Call) -> PromotionMandateBegun:
    """Its first day."""
    return PromotionMandateBegun(association=mandate.association, agency=mandate.agency, chain=mandate.chain, ends_on=mandate.ends_on)


@mandates.clock(when="ACTIVE", at=lambda mandate: morning(mandate.ends_on + timedelta(days=1)))
def end_with_term(mandate: Mandate, call: Call) -> PromotionMandateEnded:
    """The day after its last."""
    return ended(mandate, "TERM_OVER")


@mandates.on(AssociationEnded, when=LIVE, where=lambda e: {"association": e.uscc})
def end_for_ended(mandate: Mandate, call: Call, event: AssociationEnded) -> PromotionMandateEnded:
    """The association has ended."""
    return ended(mandate, "ASSOCIATION_GONE")
