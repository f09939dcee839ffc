"""Figures for the leadership [决策参考统计], R80: what the register counts, how duties are kept, who joined and left, leads by stage.

What runs into millions (memberships) or belongs to another service (leads, partnerships) is counted as its events are heard; what the
registry keeps itself is counted where it lies. Wherever a cell could tell persons, fewer than five are shown as "<5" (domain §7.5).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from services.registry.registration.formation_plan import formation_plans
from services.registry.supervision.annual_report import annual_reports
from services.registry.supervision.credit_listing import credit_listings
from shared import masking
from shared.engine import Effects, Handler
from shared.mongo import Store
from shared.record import Call, Heard, Kind

COUNTS, LEADS = "statistics", "statistics_leads"
ALL_LEADS, PUBLIC_LEADS = "leads_by_stage", "public_leads_by_stage"
LEAD_READERS = ("INVEST_DEPT", "SO_ADMIN")  # who may know of every lead; others are shown the public ones, in numbers too
INDEXES: dict[str, tuple[str, ...]] = {COUNTS: (), LEADS: ()}


# ── what is heard ─────────────────────────────────────────────────────────────────────────────────
class MemberJoined(Heard, type="registry.members.member_joined.v1"):
    kind: str
    joined_on: date


class MemberExited(Heard, type="registry.members.member_exited.v1"):
    left_on: date
    exit_reason: str


class InvestmentLeadCreated(Heard, type="matchmaking.leads.investment_lead_created.v1"):
    confidentiality: str


class LeadReclassified(Heard, type="matchmaking.leads.lead_reclassified.v1"):
    confidentiality: str


class InvestmentLeadScreened(Heard, type="matchmaking.leads.investment_lead_screened.v1"):
    pass


class LeadStageAdvanced(Heard, type="matchmaking.leads.lead_stage_advanced.v1"):
    stage: str


class LeadReopened(Heard, type="matchmaking.leads.lead_reopened.v1"):
    stage: str


class InvestmentLeadRejected(Heard, type="matchmaking.leads.investment_lead_rejected.v1"):
    pass


class LeadLinked(Heard, type="matchmaking.leads.lead_linked.v1"):
    pass


class LeadDropped(Heard, type="matchmaking.leads.lead_dropped.v1"):
    pass


class CrossRegionPartnershipFormed(Heard, type="matchmaking.partnerships.cross_region_partnership_formed.v1"):
    pass


class FriendshipEnded(Heard, type="matchmaking.partnerships.friendship_ended.v1"):
    pass


LEADS_TO: dict[type[Heard], str] = {
    InvestmentLeadCreated: "LEAD", InvestmentLeadScreened: "SCREENED", InvestmentLeadRejected: "DROPPED", LeadLinked: "DROPPED", LeadDropped: "DROPPED",
}  # fmt: skip


def count(effects: Effects, group: str, name: str, by: int = 1) -> None:
    effects.update(COUNTS, group, {"$inc": {f"n.{name}": by}}, upsert=True)


async def count_joined(heard: MemberJoined, call: Call, effects: Effects) -> None:
    count(effects, "joined_by_year", str(heard.joined_on.year))
    count(effects, "joined_by_kind", heard.kind)


async def count_exited(heard: MemberExited, call: Call, effects: Effects) -> None:
    count(effects, "exited_by_year", str(heard.left_on.year))
    count(effects, "exited_by_reason", heard.exit_reason)


async def follow_lead(heard: Heard, call: Call, effects: Effects) -> None:
    """One less where the lead stood, one more where it stands; of the public ones apart, for who may not know of the others."""
    row = await effects.one(LEADS, heard.about) or {}
    before, shown = row.get("stage"), row.get("public", False)
    after = before or "LEAD" if isinstance(heard, LeadReclassified) else getattr(heard, "stage", None) or LEADS_TO[type(heard)]
    said = getattr(heard, "confidentiality", None)
    public = said == "PUBLIC" if said else shown
    shift(effects, ALL_LEADS, before, after)
    shift(effects, PUBLIC_LEADS, before if shown else None, after if public else None)
    effects.update(LEADS, heard.about, {"$set": {"stage": after, "public": public}}, upsert=True)


def shift(effects: Effects, group: str, before: str | None, after: str | None) -> None:
    if before != after:
        for name, by in ((before, -1), (after, 1)):
            if name is not None:
                count(effects, group, name, by)


async def count_partnership(heard: CrossRegionPartnershipFormed, call: Call, effects: Effects) -> None:
    count(effects, "partnerships", "FORMED")


async def count_ended(heard: FriendshipEnded, call: Call, effects: Effects) -> None:
    count(effects, "partnerships", "ENDED")


STATISTICS: dict[type[Heard], Handler] = {
    MemberJoined: count_joined, MemberExited: count_exited, CrossRegionPartnershipFormed: count_partnership, FriendshipEnded: count_ended,
    **dict.fromkeys((*LEADS_TO, LeadStageAdvanced, LeadReopened, LeadReclassified), follow_lead),
}  # fmt: skip
PERSONAL = ("joined_by_year", "joined_by_kind", "exited_by_year", "exited_by_reason", ALL_LEADS)  # where persons could be told


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────
class Table(BaseModel):
    """Counts by name and their sum; "<5" and "≥n" where the small-cell rule hides."""

    cells: dict[str, int | str]
    total: int | str


class Statistics(BaseModel):
    """`registered` counts those that live, by facet; everything else by its own name."""

    registered: dict[str, Any]
    tables: dict[str, Table]


def table(counts: Mapping[str, int], personal: bool) -> Table:
    held = {n: c for n, c in sorted(counts.items()) if c}
    if not personal:
        return Table(cells={**held}, total=sum(held.values()))
    cells, total = masking.cells(held)
    return Table(cells=cells, total=total)


async def by_field(store: Store, kind: Kind[Any, Any], *fields: str) -> dict[str, int]:
    """How many records of a kind have which values."""
    joined = {
        "$concat": [p for n, f in enumerate(fields) for p in ((["/"] if n else []) + [{"$toString": {"$ifNull": [f"$state.{f}", "-"]}}])]
    }
    return {g["_id"]: g["n"] for g in await store.group(kind.collection, [{"$group": {"_id": joined, "n": {"$sum": 1}}}])}


async def statistics(store: Store, registered: dict[str, Any], role: str) -> Statistics:
    """All tables as they stand, and as this role may see them."""
    counted = {row["_id"]: row["n"] for row in await store.rows(COUNTS, {})}
    if role not in LEAD_READERS:
        counted[ALL_LEADS] = counted.get(PUBLIC_LEADS, {})
    names = (*PERSONAL, "partnerships")
    tables = {name: table(counted.get(name, {}), name in PERSONAL) for name in names}
    for name, kind, fields in (
        ("annual_reports_by_stage", annual_reports, ("year", "stage")), ("annual_checks_by_conclusion", annual_reports, ("year", "conclusion")),
        ("credit_listings_by_stage", credit_listings, ("list", "stage")), ("formation_plans_by_stage", formation_plans, ("stage",)),
    ):  # fmt: skip
        tables[name] = table(await by_field(store, kind, *fields), personal=False)
    return Statistics(registered=registered, tables=tables)
