"""What blind chance does not find for rewards, mandates, mediation, promotion events and prospects: a landed lead, a term, guests, whole papers."""

from datetime import date
from random import Random
from typing import Any

from services.matchmaking.engine.retrieval import Provenance
from services.matchmaking.leads.forms import Credit
from services.matchmaking.leads.lead_dispute import OUTCOMES
from services.matchmaking.matching.lead_push import Fit, Suggested
from services.matchmaking.regions.external_organisation import Entry, external_organisations, list_
from services.matchmaking.regions.meeting_rules import meeting_rules
from tests.matchmaking.samples import COMPANY, FIRM, LOGISTICS, NOON, a_lead, call
from tests.walk import ASSOCIATIONS, START, Hints


def landed(_: Any, dice: Random) -> dict[str, Any]:
    """A lead of one association, built or in production; nothing of it is due yet."""
    shares = (Credit(association=LOGISTICS, role="INFORMATION", permille=1000),)
    lead = a_lead(
        stage=dice.choice(("STARTED", "IN_PRODUCTION")), credits=shares, credit_confirmed=("INVESTOR", "NEW_CITY", "INVEST_DEPT"),
        paid_in=500_000_000, fixed_assets_verified=2_000_000_000,
    )  # fmt: skip
    return {"given.lead": lead, "given.there": []}


def confirmed(_: Any, dice: Random) -> dict[str, Any]:
    return landed(_, dice) | {"complete": True}


def produces(_: Any, dice: Random) -> dict[str, Any]:
    return landed(_, dice) | {"stage": "IN_PRODUCTION"}


def guests(event: Any, dice: Random) -> dict[str, Any]:
    """An organisation of the directory, its answer due on the day at the latest."""
    told = list_(call("SO_ADMIN"), Entry(name="深圳市物流协会", kind="INDUSTRY_ASSOCIATION", region="4403"), "名录", [])
    known = {f"ext-{n}": external_organisations.open(told, f"ext-{n}") for n in (1, 2)}
    return {"guests": tuple(dice.sample(sorted(known), dice.choice((1, 2)))), "answer_by": event.planned_on, "given.known": known}


def answer(event: Any, dice: Random) -> dict[str, Any]:
    return {"organisation": dice.choice(event.delegations).organisation, "comes": dice.random() < 0.5} if event.delegations else {}


def application(prospect: Any, dice: Random) -> dict[str, Any]:
    return {"papers": meeting_rules().get("MEETINGS", prospect.rules).paths[prospect.path].papers, "supervising_unit": "陕西省商务厅"}


def a_term(_: Any, dice: Random) -> dict[str, Any]:
    return {"begins_on": date(2026, 2, 1), "ends_on": date(2099, 12, 31)}


def a_plan(_: Any, dice: Random) -> dict[str, Any]:
    return {"associations": (ASSOCIATIONS[0],), "planned_on": date(2029, 6, 1), "given.by": ASSOCIATIONS[0]}


def two_firms(_: Any, dice: Random) -> dict[str, Any]:
    """Two firms before an association of the register."""
    between = {"respondent": COMPANY, "given.by": FIRM}
    return {"association": LOGISTICS, "subject": "运费结算争议", "given.registered": True, "given.others": [], **between}


def applicant(case: Any, dice: Random) -> dict[str, Any]:
    return {"given.by": case.parties[0]}


def respondent(case: Any, dice: Random) -> dict[str, Any]:
    return {"given.by": case.parties[1]}


def public(_: Any, dice: Random) -> dict[str, Any]:
    """An accepted lead everybody may know of."""
    return {"given.now": a_lead(confidentiality="PUBLIC", accepted_at=NOON)}


def fits(_: Any, dice: Random) -> dict[str, Any]:
    """It is still public, and one association suits it or none."""
    lead = public(_, dice)["given.now"]
    suits = Suggested(association=ASSOCIATIONS[0], score=61, reasons=(), caution=None)
    found = Provenance(dictionary="", checkpoint="", fetched=3, certified=True)
    return {"given.fit": Fit(lead=lead, best=(suits,) if dice.random() < 0.7 else (), weights="2021-1", terms="2021-1", found_by=found)}


def linked(_: Any, dice: Random) -> dict[str, Any]:
    """A referrer whose lead was linked to that of another."""
    first = a_lead("lead-1", claim="华东|枢纽")
    mine = a_lead("lead-2", by=ASSOCIATIONS[0], stage="DROPPED", duplicate_of="lead-1", linked_at=START)
    ground = dice.choice(("DISTINCT_PROJECT", "EARLIER_CONTACT"))
    said = {"lead": "lead-2", "ground": ground, "statement": "两个项目选址、产品均不相同", "evidence": ("doc:letter",)}
    return said | {"given.linked": mine, "given.first": first, "given.decided": [], "given.by": ASSOCIATIONS[0]}


def holder(dispute: Any, dice: Random) -> dict[str, Any]:
    return {"position": "我会已于一月随投资方踏勘", "given.by": dispute.holder or dispute.introducer}


def referrer(dispute: Any, dice: Random) -> dict[str, Any]:
    return {"given.by": dispute.introducer}


def outcome(dispute: Any, dice: Random) -> dict[str, Any]:
    return {"outcome": dice.choice(OUTCOMES[dispute.ground]), "reason": "经查属实", "given.first": a_lead("lead-1")}


REWARD, REGIONS = "matchmaking.leads.lead_reward", "matchmaking.regions"
LEADS: Hints = {
    f"{REWARD}.fall_due_with_funds": landed,
    f"{REWARD}.fall_due_with_credit": confirmed,
    f"{REWARD}.fall_due_with_production": produces,
    "matchmaking.leads.promotion_mandate.draft": a_term,
    "matchmaking.leads.lead_dispute.file": linked,
    "matchmaking.leads.lead_dispute.state_position": holder,
    "matchmaking.leads.lead_dispute.withdraw": referrer,
    "matchmaking.leads.lead_dispute.uphold": outcome,
    "matchmaking.matching.lead_push.begin": public,
    "matchmaking.matching.lead_push.begin_when_public": public,
    "matchmaking.matching.lead_push.search": fits,
    "matchmaking.mediation.mediation_case.file": two_firms,
    "matchmaking.mediation.mediation_case.withdraw": applicant,
    "matchmaking.mediation.mediation_case.agree": respondent,
    "matchmaking.mediation.mediation_case.refuse": respondent,
    f"{REGIONS}.promotion_event.plan": a_plan,
    f"{REGIONS}.promotion_event.invite": guests,
    f"{REGIONS}.promotion_event.record_answer": answer,
    f"{REGIONS}.international_prospect.apply": application,
}
