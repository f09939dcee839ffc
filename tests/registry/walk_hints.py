"""What careful people send to the registry, where the blind walk of `tests/test_records.py` would not find the way."""

from datetime import timedelta
from random import Random
from typing import Any

from services.registry.associations.decoupling import SEPARATIONS
from services.registry.supervision.annual_report import RULES
from tests.registry.regimes import DIRECT, DUAL, SHANGHAI_TERNARY
from tests.walk import START, Hints

PAPERS = ("APPLICATION_FORM", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER")
TRADES = ("航空物流", "人工智能", "汽车行业", "书画")


def application(_: Any, dice: Random) -> dict[str, Any]:
    district = dice.choice(("XX-FD", "XX-KG"))
    return {
        "kind": "INDUSTRY_ASSOCIATION", "name": f"西咸新区{dice.choice(TRADES)}协会", "level": "NEW_CITY",
        "district": district, "so_category": "01", "gbt4754": ["56"], "scope_basis": "INDUSTRY_CLASS",
        "legal_representative": "00000000-0000-4000-8000-000000000001", "given.regime": dice.choice((DIRECT, DUAL, SHANGHAI_TERNARY)),
    }  # fmt: skip


def papers(_: Any, dice: Random) -> dict[str, Any]:
    filed = [{"kind": kind, "document": f"{kind}.pdf"} for kind in PAPERS]
    return {
        "papers": filed,
        "unit_members": dice.choice((29, 30, 60)),
        "individual_members": dice.choice((0, 50)),
        "registered_fund": 3_000_000,
    }


def certificate(_: Any, dice: Random) -> dict[str, Any]:
    return {"uscc": "51611100PDY000087D", "registered_on": None}


def change(record: Any, dice: Random) -> dict[str, Any]:
    """A new scope, consented and applied for on the day of the registration."""
    return {"scope": f"行业服务 {dice.random()}", "name": None, "legal_representative": None, "consent_on": record.registered_on,
            "applied_on": record.registered_on}  # fmt: skip


def registered(_: Any, dice: Random) -> dict[str, Any]:
    first = dice.choice(("SUPERVISING_UNIT", None))
    return {
        "uscc": "51611100PDY000087D", "name": "西咸新区航空物流协会", "kind": "INDUSTRY_ASSOCIATION", "level": "NEW_CITY", "district": "XX-KG",
        "so_category": "01", "gbt4754": ("56",), "scope": "服务", "scope_basis": "INDUSTRY_CLASS", "purpose": "宗旨", "domicile": "空港新城",
        "territory": "西咸新区", "legal_representative": "00000000-0000-4000-8000-000000000001", "registered_fund": 3_000_000,
        "supervising_unit": dice.choice((None, "dept:supervising")), "affiliation": "NONE", "registered_on": START.date() - timedelta(days=400),
        "regime_code": "DIRECT", "regime_version": "2012-07", "annual_mode": "CHECK" if first else "REPORT",
        "annual_first_review": first, "annual_first_due": "03-31" if first else None, "annual_due": "05-31",
    }  # fmt: skip


def liquidated(record: Any, dice: Random) -> dict[str, Any]:
    return {"ended_on": record.registered_on + timedelta(days=300)}


def group_formed(record: Any, dice: Random) -> dict[str, Any]:
    return {"ground": "SELF_DISSOLUTION", "group_formed_on": record.registered_on + timedelta(days=200)}


def handed_in(_: Any, dice: Random) -> dict[str, Any]:
    return {"papers": ("APPLICATION", "LIQUIDATION_REPORT", "CONSENT"), "handed_in": ("CERTIFICATE", "SEAL", "VOUCHERS")}


def report(_: Any, dice: Random) -> dict[str, Any]:
    chapters = [{"section": s, "document": f"{s}.pdf"} for s in RULES.in_force(START.date()).sections]
    return {"chapters": chapters, "statement": "statement.pdf", "rectification": "rectification.pdf"}


def origin(_: Any, dice: Random) -> dict[str, Any]:
    return {"origin": "GOV_INITIATED", "custody_since": None}


def separation(record: Any, dice: Random) -> dict[str, Any]:
    left = [s for s in SEPARATIONS if s not in record.separated]
    return {"separations": (left or SEPARATIONS)[: dice.choice((1, 5))]}


def year(_: Any, dice: Random) -> dict[str, Any]:
    return {"association": "51611100PDY000087D", "year": 2025}


def abnormal(_: Any, dice: Random) -> dict[str, Any]:
    return {"association": "51611100PDY000087D", "reason": dice.choice(("SMALL_PENALTY", "NO_PARTY_ORGANISATION"))}


def not_upheld(_: Any, dice: Random) -> dict[str, Any]:
    return {"upheld": False}


def verified(_: Any, dice: Random) -> dict[str, Any]:
    return {"done": True}


HINTS: Hints = {
    "registry.registration.case.apply": application,
    "registry.registration.case.submit_papers": papers,
    "registry.registration.case.issue_certificate": certificate,
    "registry.associations.association.register": registered,
    "registry.associations.association.change": change,
    "registry.associations.association.start_liquidation": group_formed,
    "registry.associations.association.finish_liquidation": liquidated,
    "registry.associations.association.deregister": handed_in,
    "registry.associations.association.record_origin": origin,
    "registry.associations.association.separate": separation,
    "registry.supervision.annual_report.open": year,
    "registry.supervision.annual_report.submit": report,
    "registry.supervision.credit_listing.propose": abnormal,
    "registry.supervision.credit_listing.answer_objection": not_upheld,
    "registry.supervision.credit_listing.verify_removal": verified,
}
