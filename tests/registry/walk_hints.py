"""What careful people send to the registry, where the blind walk of `tests/test_records.py` would not find the way."""

from datetime import timedelta
from random import Random
from typing import Any

from services.registry.associations.correction import Known
from services.registry.associations.decoupling import SEPARATIONS
from services.registry.disclosure.service_commitment import Promise, service_commitments
from services.registry.disclosure.service_commitment import publish as publish_promise
from services.registry.procedures import PROCEDURES, Act
from services.registry.registration.naming import Taken
from services.registry.registration.regime import REGIMES
from services.registry.service import KINDS
from services.registry.supervision.annual_report import RULES
from tests.registry.examples import OTHER, association, by
from tests.registry.examples import association as example
from tests.registry.governance_hints import GOVERNANCE_HINTS, MEMBERS_HINTS, PEOPLE_HINTS
from tests.registry.regimes import DIRECT, DUAL, SHANGHAI_TERNARY, WENZHOU_FIC
from tests.walk import START, Hint, Hints

PAPERS = ("APPLICATION_FORM", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER")
TRADES = ("航空物流", "人工智能", "汽车行业", "书画")


def application(_: Any, dice: Random) -> dict[str, Any]:
    district = dice.choice(("XX-FD", "XX-KG"))
    return {
        "kind": "INDUSTRY_ASSOCIATION", "name": f"西咸新区{dice.choice(TRADES)}协会", "level": "NEW_CITY",
        "district": district, "so_category": "01", "gbt4754": ["56"], "scope_basis": "INDUSTRY_CLASS",
        "legal_representative": "00000000-0000-4000-8000-000000000001", "given.regime": dice.choice((DIRECT, DUAL, SHANGHAI_TERNARY, WENZHOU_FIC)), "home_region": None,
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
    return {"separations": (left or SEPARATIONS)[: dice.choice((1, 5))], "papers": documents("DECOUPLING", items=SEPARATIONS)}


def documents(act: Act, items: Any = ()) -> list[dict[str, str]]:
    """All papers an act may need."""
    needed = PROCEDURES.in_force(START.date(), act).needed(True, items)
    return [{"kind": kind, "document": f"{kind.lower()}.pdf"} for kind in sorted(needed)]


AIR, TAXI = "51611100PDY00001XA", "51611100PDY000028A"


def registered_one(dice: Random, **other: Any) -> Any:
    role = dice.choice((None, "SUPERVISING_UNIT", "FIC"))
    return association(uscc=AIR, level="NEW_CITY", district="XX-KG", change_consent_role=role, **other)


def change_form(_: Any, dice: Random) -> dict[str, Any]:
    items = dice.choice(({"scope": f"行业服务 {dice.random()}"}, {"name": "西咸新区空运协会"}, {"legal_representative": OTHER}))
    form = {"association": AIR, "items": items, "resolved_on": START.date() - timedelta(days=1)}
    return form | {"given.holder": registered_one(dice), "given.taken": Taken(), "given.busy": False}


def change_papers(record: Any, dice: Random) -> dict[str, Any]:
    return {"papers": documents("CHANGE", record.changed)}


def change_registered(_: Any, dice: Random) -> dict[str, Any]:
    return {"acknowledged": (), "given.taken": Taken(), "given.transferred": False}


def moved(_: Any, dice: Random) -> dict[str, Any]:
    form = {"association": AIR, "level": "NEW_CITY", "district": "XX-FD", "reason": "属地管理", "papers": documents("TRANSFER")}
    return form | {"given.holder": registered_one(dice), "given.taken": Taken(), "given.busy": False}


def taken_over(record: Any, dice: Random) -> dict[str, Any]:
    holder = registered_one(dice, name=record.name)
    return {"given.holder": holder, "given.taken": Taken(), "given.renaming": False}


def reorganised(_: Any, dice: Random) -> dict[str, Any]:
    survivor = association(uscc=TAXI, name="西咸新区空运协会")
    merger = {"form": "MERGER", "survivor": TAXI, "dissolves": True, "given.survivor": survivor}
    split = {"form": "SPLIT", "survivor": None, "dissolves": dice.random() < 0.5, "given.survivor": None}
    form = {"association": AIR, "resolved_on": START.date() - timedelta(days=1), "reason": "行业调整", "given.by": AIR}
    return form | dice.choice((merger, split)) | {"given.holder": registered_one(dice), "given.busy": False}


def survivor_answers(record: Any, dice: Random) -> dict[str, Any]:
    return {"given.by": record.survivor}


def applicant(record: Any, dice: Random) -> dict[str, Any]:
    return {"given.by": record.association}


def reorganisation_papers(record: Any, dice: Random) -> dict[str, Any]:
    survivor = association(uscc=TAXI, name="西咸新区空运协会") if record.survivor else None
    return {"papers": documents(record.form), "given.holder": registered_one(dice), "given.survivor": survivor}


def parts(record: Any, dice: Random) -> dict[str, Any]:
    return {"successors": (TAXI,), "given.known": [association(uscc=TAXI, name="西咸新区空运协会")]}


def shipped(_: Any, dice: Random) -> dict[str, Any]:
    regime = dice.choice(REGIMES.all())
    return {"regime_code": regime.code, "regime_version": regime.version}


def in_force_later(record: Any, dice: Random) -> dict[str, Any]:
    return {"effective_from": START.date() + timedelta(days=4000), "official_text": "国令第 1 号"}


def under_fic(_: Any, dice: Random) -> dict[str, Any]:
    return {"association": AIR, "given.holder": registered_one(dice, affiliation="FIC", supervising_unit="dept:fic")}


def joined(_: Any, dice: Random) -> dict[str, Any]:
    return {"uscc": AIR, "name": "西咸新区航空物流商会", "registered_on": START.date(), "post_actions": ("GRANT_FIC_GROUP_MEMBERSHIP",)}


def announced(_: Any, dice: Random) -> dict[str, Any]:
    changed = dice.choice((("name",), ("domicile",), ("scope",)))
    return {"uscc": AIR, "name": "西咸新区空运协会", "domicile": "示范路 2 号", "changed": changed, "announced": changed != ("scope",),
            "given.holder": registered_one(dice)}  # fmt: skip


def ended(_: Any, dice: Random) -> dict[str, Any]:
    return {"uscc": AIR, "given.holder": registered_one(dice)}


def approved(record: Any, dice: Random) -> dict[str, Any]:
    items = dice.choice(({"scope": f"行业服务 {dice.random()}"}, {"supervising_unit": "dept:fic", "affiliation": "FIC"}))
    return {"association": record.uscc, "proposed": items, "consent_on": record.registered_on, "filed_on": record.registered_on, "late": False,
            "announced": ()}  # fmt: skip


def dissolved(record: Any, dice: Random) -> dict[str, Any]:
    return {"association": record.uscc, "survivor": TAXI, "dissolves": True, "approved_on": START.date()}


def year(_: Any, dice: Random) -> dict[str, Any]:
    return {"association": "51611100PDY000087D", "year": 2025}


def abnormal(_: Any, dice: Random) -> dict[str, Any]:
    return {"association": "51611100PDY000087D", "reason": dice.choice(("SMALL_PENALTY", "NO_PARTY_ORGANISATION"))}


def not_upheld(_: Any, dice: Random) -> dict[str, Any]:
    return {"upheld": False}


def verified(_: Any, dice: Random) -> dict[str, Any]:
    return {"done": True}


def objection(_: Any, dice: Random) -> dict[str, Any]:
    fact = dice.choice(("NAME", "DOMICILE", "LEGAL_REPRESENTATIVE"))
    return {"fact": fact, "proposed": None if fact == "LEGAL_REPRESENTATIVE" else "空港新城示范路 2 号", "given.before": []}


def wanted(_: Any, dice: Random) -> dict[str, Any]:
    """What careful people ask of an association that lives, about the event that told its domicile."""
    about = association()
    known = Known(about=about, told=about.domicile)
    return {
        "association": about.uscc, "item": "domicile", "value": "空港新城示范路 2 号", "holds_from": about.registered_on, "supersedes": "event-1",
        "given.known": known, "given.by": about.uscc,
    }  # fmt: skip


def correction_approved(_: Any, dice: Random) -> dict[str, Any]:
    return {"item": dice.choice(("domicile", "scope")), "value": "空港新城示范路 2 号"}


def settled(challenge: Any, dice: Random) -> dict[str, Any]:
    return {"challenge": challenge.id, "association": challenge.association}


# ── finance, supervision, disclosure ──────────────────────────────────────────────────────────────
MINE = "51611100PDY00001XA"  # one of those the walk sends
FIRM = "91611100PDY00001X6"


def of_one(stage: str = "ACTIVE", **other: Any) -> Any:
    """An association as the register holds it."""
    return example(stage, uscc=MINE, district="XX-KG", level="NEW_CITY", **other)


def with_association(**fields: Any) -> Hint:
    """A form of the association itself, which lives."""
    return lambda _, dice: fields | {"given.association": of_one(), "given.by": MINE}


def about_it(**fields: Any) -> Hint:
    """A form of an office about that association."""
    return lambda _, dice: fields | {"association": MINE, "given.association": of_one()}


def adoption(record: Any, dice: Random) -> dict[str, Any]:
    on = record.adopted_on if record else START.date()
    more = {} if record else {"given.association": of_one(), "given.by": MINE}
    return {"standard": "NPO", "separate_books": True, "accountant_kind": dice.choice(("OWN", "NONE")), "adopted_on": on} | more


def engagement(_: Any, dice: Random) -> dict[str, Any]:
    return {"agency": FIRM, "licence_no": "DLJZ61", "begins_on": START.date() - timedelta(days=30), "ends_on": START.date() + timedelta(days=9000),
            "given.association": of_one(), "given.by": MINE, "given.running": []}  # fmt: skip


def termination(record: Any, dice: Random) -> dict[str, Any]:
    return {"terminated_on": record.begins_on}


def audit(_: Any, dice: Random) -> dict[str, Any]:
    return {"occasion": "RE_ELECTION", "year": None, "auditor": FIRM, "audited_on": START.date(), "opinion": "QUALIFIED",
            "given.association": of_one(), "given.by": MINE}  # fmt: skip


def of_its_period(record: Any, dice: Random) -> dict[str, Any]:
    return {"association": record.association, "period": record.period}


def inspection_day(_: Any, dice: Random) -> dict[str, Any]:
    return {
        "association": MINE,
        "kind": "RANDOM",
        "subjects": ("FINANCE",),
        "inspect_on": START.date() + timedelta(days=900),
        "given.association": of_one(),
    }


def order_due(_: Any, dice: Random) -> dict[str, Any]:
    return {"association": MINE, "due": START.date() + timedelta(days=4000), "inspection": None, "given.association": of_one()}


def penalty_notice(_: Any, dice: Random) -> dict[str, Any]:
    kind, amount = dice.choice((("WARNING", 0), ("SUSPENSION", 0), ("SUSPENSION", 0), ("FINE", 9_000_000)))
    return {"association": MINE, "kind": kind, "amount": amount, "given.association": of_one()}


def party_counts(record: Any, dice: Random) -> dict[str, Any]:
    return {"year": 2026, "members_count": 5, "key_staff_count": 4, "key_staff_members_count": 2, "activities": 6}


def since_long(_: Any, dice: Random) -> dict[str, Any]:
    return {"since": START.date()}


def activated(_: Any, dice: Random) -> dict[str, Any]:
    return {"uscc": MINE, "activated_on": START.date(), "given.association": of_one()}


def changed(_: Any, dice: Random) -> dict[str, Any]:
    return {"uscc": MINE, "changed": ("name", "legal_representative"), "applied_on": START.date(), "given.association": of_one()}


def fact(_: Any, dice: Random) -> dict[str, Any]:
    item = dice.choice(("CHARTER", "FEE_STANDARD", "SERVICE_COMMITMENTS"))
    return {"association": MINE, "item": item, "fact_on": START.date(), "given.association": of_one(), "given.there": [], "given.by": MINE}


def its_year(record: Any, dice: Random) -> dict[str, Any]:
    return {"association": record.association, "year": record.year or 2025}


def its_association(record: Any, dice: Random) -> dict[str, Any]:
    return {"association": record.association}


def csr_draft(_: Any, dice: Random) -> dict[str, Any]:
    return {"sections": ("GOVERNANCE", "MEMBERS", "EMPLOYEES", "ENVIRONMENT", "COMMUNITY", "INTEGRITY"), "document": "csr.pdf"}


def complaint(_: Any, dice: Random) -> dict[str, Any]:
    promise = service_commitments.open(
        publish_promise(
            by("ASSOCIATION", START.date(), MINE),
            Promise(item="咨询", standard="当日答复", time_limit_h=8, complaints_to="029-39990000"),
            of_one(),
        ),
        "promise-1",
    )
    return {"commitment": "promise-1", "happened_on": START.date(), "given.promise": promise}


def granted(_: Any, dice: Random) -> dict[str, Any]:
    return {"granted_on": START.date(), "valid_to": dice.choice((None, START.date() + timedelta(days=6000)))}


def renewed(record: Any, dice: Random) -> dict[str, Any]:
    return {"since": record.since, "valid_to": START.date() + timedelta(days=9000)}


def named(_: Any, dice: Random) -> dict[str, Any]:
    return {"until": dice.choice((None, START.date() + timedelta(days=9000))), "given.working": [of_one()], "given.there": []}


def on_list(_: Any, dice: Random) -> dict[str, Any]:
    return {"association": MINE, "until": START.date() + timedelta(days=9000), "given.association": of_one(), "given.there": []}


def penalised(record: Any, dice: Random) -> dict[str, Any]:
    kind, amount = dice.choice((("WARNING", 0), ("SUSPENSION", 0), ("FINE", 9_000_000)))
    return {"association": record.association if record else MINE, "kind": kind, "amount": amount, "about": f"penalty-{dice.random()}"}


def annulled(record: Any, dice: Random) -> dict[str, Any]:
    return {"association": record.association, "about": record.causes[0].evidence}


DUTY_HINTS: Hints = {
    "registry.finance.accounting_status.adopt": adoption,
    "registry.finance.accounting_status.change": adoption,
    "registry.finance.bookkeeping_contract.engage": engagement,
    "registry.finance.bookkeeping_contract.terminate": termination,
    "registry.finance.financial_statement.draft": with_association(period="2025"),
    "registry.finance.financial_statement.note_audit": of_its_period,
    "registry.finance.audit_report.file": audit,
    "registry.supervision.inspection.announce": inspection_day,
    "registry.supervision.rectification_order.order": order_due,
    "registry.supervision.penalty.propose": penalty_notice,
    "registry.supervision.industry_dept_link.link": about_it(department="dept:industry", role="GUIDANCE"),
    "registry.supervision.party_building_status.open": about_it(),
    "registry.supervision.party_building_status.open_for_new": activated,
    "registry.supervision.party_building_status.assign_instructor": since_long,
    "registry.supervision.party_building_status.establish": since_long,
    "registry.supervision.party_building_status.report": party_counts,
    "registry.supervision.credit_listing.add_penalty": penalised,
    "registry.supervision.credit_listing.propose_for_penalty": penalised,
    "registry.supervision.credit_listing.take_back_cause": annulled,
    "registry.supervision.credit_listing.add_missed_rectification": its_association,
    "registry.disclosure.disclosure_item.require": fact,
    "registry.disclosure.disclosure_item.require_first": activated,
    "registry.disclosure.disclosure_item.require_changed": changed,
    "registry.disclosure.disclosure_item.publish_annual_report": its_year,
    "registry.disclosure.disclosure_item.publish_csr_report": its_year,
    "registry.disclosure.disclosure_item.publish_commitments": its_association,
    "registry.disclosure.csr_report.submit": csr_draft,
    "registry.disclosure.service_commitment.publish": with_association(),
    "registry.disclosure.commitment_breach.report": complaint,
    "registry.disclosure.brand_title.apply": with_association(),
    "registry.disclosure.brand_title.grant": granted,
    "registry.disclosure.brand_title.renew": renewed,
    "registry.disclosure.development_list_entry.list": on_list,
    "registry.disclosure.development_list_entry.list_named": named,
}


def moved_elsewhere(record: Any, dice: Random) -> dict[str, Any]:
    return {"uscc": record.association, "district": dice.choice(("XX", "XX-FD", "XX-FX", "XX-QH", "XX-KG", "XX-JH"))}


HINTS: Hints = {
    **{f"{kind.name}.follow": moved_elsewhere for kind in KINDS if "follow" in kind.moves},
    **DUTY_HINTS,
    **MEMBERS_HINTS,
    **GOVERNANCE_HINTS,
    **PEOPLE_HINTS,
    "registry.directory.challenge.challenge": objection,
    "registry.directory.challenge.settle_by_correction": settled,
    "registry.associations.correction.request": wanted,
    "registry.associations.association.correct": correction_approved,
    "registry.registration.case.apply": application,
    "registry.registration.case.submit_papers": papers,
    "registry.registration.case.issue_certificate": certificate,
    "registry.associations.association.register": registered,
    "registry.associations.association.change": approved,
    "registry.associations.association.dissolve_into_others": dissolved,
    "registry.associations.public_notice.announce_change": announced,
    "registry.associations.public_notice.announce_end": ended,
    "registry.associations.public_notice.announce_revocation": ended,
    "registry.associations.fic_membership.grant": under_fic,
    "registry.associations.fic_membership.join_by_certificate": joined,
    "registry.registration.regime.ship": shipped,
    "registry.registration.regime.publish": in_force_later,
    "registry.registration.change_case.propose": change_form,
    "registry.registration.change_case.file": change_papers,
    "registry.registration.change_case.register": change_registered,
    "registry.registration.transfer.propose": moved,
    "registry.registration.transfer.accept": taken_over,
    "registry.registration.reorganisation.propose": reorganised,
    "registry.registration.reorganisation.agree": survivor_answers,
    "registry.registration.reorganisation.decline": survivor_answers,
    "registry.registration.reorganisation.withdraw": applicant,
    "registry.registration.reorganisation.approve": reorganisation_papers,
    "registry.registration.reorganisation.name_successors": parts,
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
