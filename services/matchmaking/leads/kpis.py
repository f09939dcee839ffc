"""How the signed projects fare [开工率、履约率、资金到位率]: rates over contracts, agreements kept apart. Domain §6.1, checked against [IN8]."""

from collections.abc import Callable, Iterable
from typing import Literal

from services.matchmaking.leads.facts import Lead
from services.matchmaking.leads.forms import Signing
from shared.record import Value

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
