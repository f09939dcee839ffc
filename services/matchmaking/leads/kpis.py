"""How the signed projects fare [开工率、履约率、资金到位率]: rates over contracts, agreements kept apart. Domain §6.1, checked against [IN8]."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.matchmaking.leads.facts import SIGNED_ON, Lead
from services.matchmaking.leads.forms import Signing
from services.matchmaking.leads.lead import leads
from shared.engine import Engine
from shared.http import caller
from shared.record import Call, Malformed, NotAllowed, Value
from shared.uscc import AssociationUscc

Caller = Annotated[Call, Depends(caller)]
Fate = Literal["BUILT", "BUILDING", "IN_APPROVAL", "ENDED"]
By = Literal["new_city", "chain"]
GROUPS: dict[By, Callable[[Lead], str]] = {"new_city": lambda lead: lead.new_city or "", "chain": lambda lead: lead.project.chain or ""}


class Kpis(Value):
    """Numbers of contracts by what became of them, money in fen, rates in percent with one decimal, none where there is nothing to divide by."""

    contracts: int
    built: int
    building: int
    in_approval: int
    ended: int
    contracted: int
    paid_in: int
    start_rate: float | None
    performance_rate: float | None
    funds_rate: float | None


class Fares(Value):
    """The whole, and the same by new city or chain; `agreements` are framework agreements that are no contract yet, in no rate."""

    whole: Kpis
    agreements: int
    groups: dict[str, Kpis]


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def kpis(fates: Iterable[tuple[Fate, int, int]]) -> Kpis:
    """Of each contract what became of it, what was contracted and what was paid in, in fen.

    start = (built + building) / contracts; performance = (built + building + in approval) / contracts; funds = paid in / contracted."""
    all_ = list(fates)
    count = {fate: sum(f == fate for f, _, _ in all_) for fate in ("BUILT", "BUILDING", "IN_APPROVAL", "ENDED")}
    contracted, paid_in = sum(c for _, c, _ in all_), sum(p for _, _, p in all_)
    begun = count["BUILT"] + count["BUILDING"]
    return Kpis(
        contracts=len(all_), built=count["BUILT"], building=count["BUILDING"], in_approval=count["IN_APPROVAL"], ended=count["ENDED"],
        contracted=contracted, paid_in=paid_in, start_rate=percent(begun, len(all_)),
        performance_rate=percent(begun + count["IN_APPROVAL"], len(all_)), funds_rate=percent(paid_in, contracted),
    )  # fmt: skip


def signings(lead: Lead) -> list[Signing]:
    return [p for p in lead.evidence if isinstance(p, Signing)]


def contract_of(lead: Lead) -> Signing | None:
    return next((s for s in signings(lead) if s.paper == "CONTRACT"), None)


def fate_of(lead: Lead) -> Fate:
    if lead.stage == "DROPPED":
        return "ENDED"
    if lead.stage == "IN_PRODUCTION":
        return "BUILT"
    return "BUILDING" if lead.stage == "STARTED" else "IN_APPROVAL"


def fares(signed: Iterable[Lead], by: By = "new_city") -> Fares:
    """The figures of leads that were signed, whatever has become of them since."""
    told, agreements = dict[str, list[tuple[Fate, int, int]]](), 0
    for lead in signed:
        if contract := contract_of(lead):
            told.setdefault(GROUPS[by](lead), []).append((fate_of(lead), contract.contracted, lead.paid_in))
        elif signings(lead):
            agreements += 1
    return Fares(
        whole=kpis(f for group in told.values() for f in group), agreements=agreements, groups={n: kpis(told[n]) for n in sorted(told)}
    )


def kpi_routes(engine: Engine) -> APIRouter:
    """`/lead-kpis`, mounted under the service."""
    router = APIRouter(tags=["leads"])

    @router.get("/lead-kpis", summary="How signed projects fare: start, performance and funds rates [招商项目履约指标]")
    async def told(
        call: Caller,
        by: By = "new_city",
        signed_from: Annotated[date | None, Query(description="first day of signature")] = None,
        signed_to: Annotated[date | None, Query(description="last day of signature")] = None,
        new_city: str | None = None,
        chain: Annotated[str | None, Query(max_length=200)] = None,
        association: AssociationUscc | None = None,
    ) -> Fares:
        """INVEST_DEPT and SO_ADMIN see all of it, a new city its own, an association the leads it brought."""
        if call.role not in ("INVEST_DEPT", "SO_ADMIN", "NEW_CITY", "ASSOCIATION"):
            raise NotAllowed("role_not_allowed", f"{call.role} may not read these figures", f"角色 {call.role} 无权查看")
        if signed_from and signed_to and signed_from > signed_to:
            raise Malformed("period_reversed", "the period ends before it begins", "起始日期晚于截止日期", pointer="/signed_to")
        scope = {"NEW_CITY": {"new_city": call.district}, "ASSOCIATION": {"introducer": call.organisation}}.get(call.role, {})
        where = {n: v for n, v in (("new_city", new_city), ("introducer", association)) if v is not None} | scope
        found = [h.record for h in await engine.store.find(leads, {"stage": [*SIGNED_ON, "DROPPED"], **where})]

        def meant(lead: Lead) -> bool:
            day = next((s.signed_on for s in signings(lead)), None)
            return (
                day is not None
                and (new_city is None or lead.new_city == new_city)
                and (association is None or lead.introducer == association)
                and (chain is None or lead.project.chain == chain)
                and (signed_from is None or signed_from <= day)
                and (signed_to is None or day <= signed_to)
            )

        return fares((lead for lead in found if meant(lead)), by)

    return router
