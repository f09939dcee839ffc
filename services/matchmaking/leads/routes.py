"""What is read of leads beside the records: how the signed projects fare."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.matchmaking.leads.facts import SIGNED_ON, Lead
from services.matchmaking.leads.kpis import By, Fares, fares, signings
from services.matchmaking.leads.lead import leads
from shared.engine import Engine
from shared.http import caller
from shared.record import Call, Malformed, NotAllowed
from shared.uscc import AssociationUscc

Caller = Annotated[Call, Depends(caller)]


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
