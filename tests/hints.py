"""Where blind chance would not find the way: one body that a careful person would send, in one place.

`<kind>.<move>` → `(record, dice) -> fields`; what is left out is drawn; `given.<name>` says what was fetched.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from services.evaluation.facts.fact import Fact
from services.evaluation.rating.assessment import for_panel
from services.evaluation.rating.round import RatingRound
from services.evaluation.rulebook.rulebook import rulebook_of, rulebooks
from tests.walk import ASSOCIATIONS, ENTERPRISES, Hints, Rows

LONG_AGO = date(2026, 1, 5)
BOOK = rulebooks().all()[0].ref
PANEL = tuple(f"panel:0{n}" for n in range(1, 6))
COMMITTEE, OTHERS = tuple(f"committee:0{n}" for n in range(1, 4)), tuple(f"committee:1{n}" for n in range(1, 4))
HANDED_IN = ("CERTIFICATE", "SEAL", "VOUCHERS")
DUTIES = ("COMPLIANCE", "REGISTRATION_STEPS", "ACTIVITIES", "OFFICERS_AND_STAFF", "BRANCHES", "FINANCE", "FOREIGN_CONTACTS", "PARTY_WORK")
PAPERS = ("APPLICATION_FORM", "SUPERVISOR_APPROVAL", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER")


# ── evaluation ────────────────────────────────────────────────────────────────────────────────────
def a_round(_: Any, dice: Random) -> dict[str, Any]:
    open_ = RatingRound(id="2026-1", stage="OPEN", code="2026-1", year=2026, title="t", rulebook=BOOK, rule_set=dice.choice(("R2011", "R2026")),
                        profile="STANDARD", local_gate=dice.random() < 0.5, opens_on=LONG_AGO, closes_on=date(2040, 1, 1))  # fmt: skip
    return {"round": "2026-1", "papers": ("charter",), "given.named": [open_], "given.earlier": [], "given.applied": 0}


def known(sound: bool) -> list[Fact]:
    """What the fact store knows of an association that may be rated, or of one just founded."""
    since = "2020-01-05" if sound else "2025-12-01"
    said = {("registered_on", 2020): since, ("annual.mode", 2020): "CHECK", ("annual.conclusion", 2024): "QUALIFIED", ("annual.conclusion", 2025): "QUALIFIED"}
    return [Fact(key=key, year=year, value=value) for (key, year), value in said.items()]


def facts(_: Any, dice: Random) -> dict[str, Any]:
    return {"given.facts": known(dice.random() < 0.8)}


def eligibility(_: Any, dice: Random) -> dict[str, Any]:
    return {"procedure": "ON_SITE", "findings": (), **facts(_, dice)}


def own_marks(application: Any, dice: Random) -> dict[str, Any]:
    codes = [i.code for i in rulebook_of(application.rulebook).indicators]
    return {"marks": tuple({"code": c, "points": Decimal("1.0")} for c in dice.sample(codes, 3)), "claimed_grade": dice.choice(("3A", "5A"))}


def panel_marks(application: Any, dice: Random) -> dict[str, Any]:
    """All that is asked of the panel now, nearly full or poor."""
    book, share = rulebook_of(application.rulebook), dice.choice((Decimal("0.95"), Decimal("0.6")))
    codes = for_panel(application, book, social=application.stage == "SOCIAL_EVALUATED")
    points = {c: i.points for c in codes if (i := book.indicator(c))}
    return {"marks": tuple({"code": c, "points": (p * share).quantize(Decimal("0.1"))} for c, p in sorted(points.items()))} if points else {}


def society(_: Any, dice: Random) -> dict[str, Any]:
    good = {"question": "Q10", "counts": (60, 20, 0, 0, 0)}
    return {"survey": {"members": 100, "respondents": 80, "answers": (good,)}, "coverage": {"members": 60, "universe": 100, "source": "register", "dated": LONG_AGO},
            "opinions": {"registration": 90, "industry": 90, "party": 90}, "party_status": "ORGANISATION"}  # fmt: skip


def review_session(application: Any, dice: Random) -> dict[str, Any]:
    return {"motion": dice.choice(("NONE", "1A", application.grade)), "members": OTHERS, "present": OTHERS}


# ── registry ──────────────────────────────────────────────────────────────────────────────────────
def an_application(_: Any, dice: Random) -> dict[str, Any]:
    chamber = dice.random() < 0.5
    trade = dice.choice(("光伏", "航空物流", "都市农业"))
    return {"name": f"陕西省西咸新区{trade}{'商会' if chamber else '行业协会'}", "kind": "CHAMBER" if chamber else "INDUSTRY_ASSOCIATION", "level": "NEW_AREA", "district": "XX",
            "regime": dice.choice(("DIRECT", "DUAL")), "so_category": "02", "gbt4754": ("3825",), "scope_basis": "INDUSTRY_CLASS",
            "legal_representative": "018f0000-0000-4000-8000-000000000001", "founders": ENTERPRISES}  # fmt: skip


def all_papers(_: Any, dice: Random) -> dict[str, Any]:
    return {"papers": tuple({"kind": k, "document": f"doc {k}"} for k in PAPERS), "unit_members": 40, "individual_members": 0, "registered_fund": 5_000_000}


def left_to_file(case: Any, dice: Random) -> dict[str, Any]:
    left = [f for f in ("SEAL", "BANK", "OFFICERS") if f not in case.filed]
    return {"filings": tuple(dice.sample(left, dice.randint(1, len(left))))} if left else {}


# ── matchmaking ───────────────────────────────────────────────────────────────────────────────────
def profiles(equal: Mapping[str, Any], dice: Random) -> list[dict[str, Any]]:
    """Parties that suit each other well: of one trade, each offering what the other needs."""
    asked = equal.get("_id", (*ASSOCIATIONS, *ENTERPRISES, "chamber-1"))
    needs, offers = ({"s": {"texts": [text], "size": "SMALL"}} for text in ("光伏组件检测", "光伏组件检测"))
    return [
        {"_id": id_, "kind": "ASSOCIATION" if id_.startswith("51") else "ENTERPRISE" if id_.startswith("91") else "CHAMBER", "name": f"光伏 {id_[-3:]}", "place": "XX",
         "gbt4754": ["3825"], "needs": needs, "offers": offers, "scope": "光伏", "grade": "5A", "updated_on": "2026-03-01"}
        for id_ in ([asked] if isinstance(asked, str) else asked) if "kind" not in equal or id_[:2] in {"ASSOCIATION": "51", "ENTERPRISE": "91", "CHAMBER": "ch"}[equal["kind"]]
    ]  # fmt: skip


HINTS: Hints = {
    "evaluation.rating.application.apply": a_round,
    "evaluation.rating.application.check_eligibility": eligibility,
    "evaluation.rating.application.compute_indicators": facts,
    "evaluation.rating.application.recompute_indicators": lambda _, dice: {"reason": "a fact was corrected", **facts(_, dice)},
    "evaluation.rating.application.submit_self_assessment": own_marks,
    "evaluation.rating.application.appoint_panel": lambda _, dice: {"panel": PANEL},
    "evaluation.rating.application.begin_on_site": lambda _, dice: {"visit_on": LONG_AGO},
    "evaluation.rating.application.give_scores": panel_marks,
    "evaluation.rating.application.evaluate_socially": society,
    "evaluation.rating.application.propose": lambda _, dice: {"opinion": "good", "bonuses": (), "vetoes": ()},
    "evaluation.rating.application.convene": lambda _, dice: {"members": COMMITTEE, "present": COMMITTEE},
    "evaluation.rating.application.convene_review": review_session,
    "evaluation.rating.application.vote": lambda _, dice: {"choice": dice.choice(("FOR", "FOR", "FOR", "AGAINST"))},
    "evaluation.rating.application.vote_on_review": lambda _, dice: {"choice": dice.choice(("FOR", "FOR", "AGAINST"))},
    "matchmaking.matching.match.propose": lambda _, dice: {"seeker": ASSOCIATIONS[0], "candidate": dice.choice((ENTERPRISES[0], "chamber-1")), "need": None, "offer": None},
    "matchmaking.matching.match.propose_best": lambda _, dice: {"seeker": ASSOCIATIONS[0], "wanted": dice.choice(("ENTERPRISES", "CHAMBERS"))},
    "matchmaking.partnerships.partnership.form": lambda _, dice: {"rules": "2021-1", "term_years": 3, "about": "agreement-1"},
    "registry.associations.association.deregister": lambda _, dice: {"papers": ("APPLICATION", "LIQUIDATION_REPORT", "CONSENT"), "handed_in": HANDED_IN},
    "registry.associations.association.finish_liquidation": lambda a, dice: {"ended_on": a.group_formed_on or a.registered_on},
    "registry.associations.association.strike_off_revoked": lambda _, dice: {"handed_in": HANDED_IN},
    "registry.registration.case.apply": an_application,
    "registry.registration.case.submit_papers": all_papers,
    "registry.registration.case.file": left_to_file,
    "registry.supervision.annual_report.submit": lambda _, dice: {"chapters": tuple({"section": d, "document": f"doc {d}"} for d in DUTIES), "rectification": "doc"},
}  # fmt: skip
ROWS: Mapping[str, Rows] = {"profiles": profiles}

# what walks alone cannot bring about, each shown by an example test of its own
LAWFUL: dict[str, tuple[str, ...]] = {}

# event types already listened to whose record type comes with a later issue
PLANNED: frozenset[str] = frozenset()
