"""Who earned a landed project [贡献认定]: shares, frozen with the signature, confirmed by three sides; and the money verified. Domain §6.3."""

from typing import Annotated

from pydantic import Field

from services.matchmaking.leads.facts import SIGNED_ON, Lead, LeadCreditConfirmed, LeadCreditShared, LeadFundsVerified
from services.matchmaking.leads.forms import Credit, Licence, Side
from services.matchmaking.leads.lead import leads
from services.matchmaking.leads.rules import whole
from shared.record import Call, Fen, Line, Refused

SIDES: frozenset[Side] = frozenset({"INVESTOR", "NEW_CITY", "INVEST_DEPT"})


@leads.command(by="INVEST_DEPT", when=("SCREENED", "NEGOTIATING", "REGISTERED"))
def share_credit(lead: Lead, call: Call, credits: Annotated[tuple[Credit, ...], Field(min_length=1, max_length=10)]) -> LeadCreditShared:
    """Record how the referrers share the credit [贡献分配], until the signature freezes it."""
    if "SIGNED" in lead.trail or lead.accepted_at is None:
        raise Refused("credit_closed", "credit is shared between acceptance and signature", "贡献份额在采纳后、签约前登记，签约即锁定")
    shares = whole(credits)
    return LeadCreditShared(credits=shares, parties=tuple(dict.fromkeys((*lead.parties, *(c.association for c in shares)))))


@leads.command(by=("INVEST_DEPT", "NEW_CITY", "ENTERPRISE"), when=SIGNED_ON)
def confirm_credit(lead: Lead, call: Call, for_investor: Line | None = None) -> LeadCreditConfirmed:
    """Confirm the frozen credit [贡献确认]: investor, new city and INVEST_DEPT each; the department may file the investor's paper."""
    if "SIGNED" not in lead.trail or not lead.credits:
        raise Refused("credit_not_frozen", "there is no frozen credit to confirm", "尚无已锁定的贡献份额")
    if call.role == "ENTERPRISE" and call.organisation not in investor_side(lead):
        raise Refused("not_the_investor", "only the investor's side confirms", "仅投资方可以确认")
    side: Side = "INVESTOR" if call.role == "ENTERPRISE" or (for_investor and call.role == "INVEST_DEPT") else (
        "NEW_CITY" if call.role == "NEW_CITY" else "INVEST_DEPT"
    )  # fmt: skip
    if side in lead.credit_confirmed:
        raise Refused("already_confirmed", "this side has confirmed", "该方已确认")
    confirmed = (*lead.credit_confirmed, side)
    return LeadCreditConfirmed(
        association=lead.introducer, side=side, credit_confirmed=confirmed, complete=set(confirmed) == SIDES, document=for_investor
    )


def investor_side(lead: Lead) -> set[str]:
    companies = {p.company for p in lead.evidence if isinstance(p, Licence)}
    return companies | ({lead.investor.uscc} if lead.investor.uscc else set())


@leads.command(by=("INVEST_DEPT", "NEW_CITY"), when=SIGNED_ON)
def verify_funds(lead: Lead, call: Call, paid_in: Fen, fixed_assets_verified: Fen) -> LeadFundsVerified:
    """Record verified money [资金到位]: paid-in capital and fixed assets, in fen, as totals."""
    if paid_in < lead.paid_in or fixed_assets_verified < lead.fixed_assets_verified:
        raise Refused("total_shrinks", "totals do not shrink", "累计金额不得减少")
    return LeadFundsVerified(association=lead.introducer, paid_in=paid_in, fixed_assets_verified=fixed_assets_verified)
