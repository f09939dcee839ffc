"""The public list [名录] kept from events: one row for each association, with nothing in it that may not be published (domain §7.4).

Rows are written field by field, so it does not matter which service is heard first; a row is shown once the register has told of it.
What it is found and counted by follows in the same transaction (`listing.py`). The legal representative's name waits for the person
vault: the events hold only a reference, and that stays inside.
"""

from datetime import date
from typing import Any

from services.registry.directory.listing import BY_MARK, derived, increments, shifts
from shared.engine import Effects, Handler
from shared.names import comparison_key
from shared.record import Call, Heard

ROWS, TALLY = "directory", "directory_tally"
DIRECT = "直接登记"  # shown in the place of a supervising unit where there is none
ITEMS = ("name", "domicile", "purpose", "scope", "territory", "registered_fund", "supervising_unit")
INDEXES = {ROWS: (BY_MARK, "changed_at"), TALLY: ()}


# ── what the register tells ───────────────────────────────────────────────────────────────────────
class AssociationRegistered(Heard, type="registry.associations.association_registered.v1"):
    uscc: str
    name: str
    kind: str
    level: str
    district: str
    so_category: str
    gbt4754: tuple[str, ...]
    scope: str
    purpose: str
    domicile: str
    territory: str
    registered_fund: int
    registered_on: date
    supervising_unit: str | None = None
    regime_code: str


class AssociationActivated(Heard, type="registry.associations.association_activated.v1"):
    uscc: str


class AssociationClassified(Heard, type="registry.associations.association_classified.v1"):
    uscc: str
    so_category: str
    gbt4754: tuple[str, ...]


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    name: str | None = None
    domicile: str | None = None
    purpose: str | None = None
    scope: str | None = None
    territory: str | None = None
    registered_fund: int | None = None
    supervising_unit: str | None = None


class AssociationCorrected(Heard, type="registry.associations.association_corrected.v1"):
    uscc: str
    name: str | None = None
    domicile: str | None = None
    purpose: str | None = None
    scope: str | None = None
    territory: str | None = None
    registered_fund: int | None = None
    supervising_unit: str | None = None


class AssociationJurisdictionTransferred(Heard, type="registry.associations.association_jurisdiction_transferred.v1"):
    uscc: str
    level: str
    district: str


class AssociationDecoupled(Heard, type="registry.associations.association_decoupled.v1"):
    uscc: str


class AssociationSuspended(Heard, type="registry.associations.association_suspended.v1"):
    uscc: str


class AssociationResumed(Heard, type="registry.associations.association_resumed.v1"):
    uscc: str


class AssociationLiquidationStarted(Heard, type="registry.associations.association_liquidation_started.v1"):
    uscc: str


class AssociationDeregistered(Heard, type="registry.associations.association_deregistered.v1"):
    uscc: str
    ended_on: date


class AssociationMerged(Heard, type="registry.associations.association_merged.v1"):
    uscc: str
    merged_into: str


class SupervisingUnitAssigned(Heard, type="registry.associations.supervising_unit_assigned.v1"):
    uscc: str
    supervising_unit: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str
    ended_on: date


# ── what supervision tells ────────────────────────────────────────────────────────────────────────
class AnnualReportPublished(Heard, type="registry.supervision.annual_report_published.v1"):
    association: str
    year: int
    conclusion: str


class AbnormalListingAdded(Heard, type="registry.supervision.abnormal_listing_added.v1"):
    association: str
    reason: str
    listed_on: date


class AbnormalListingRemoved(Heard, type="registry.supervision.abnormal_listing_removed.v1"):
    association: str


class SeriousViolationListed(Heard, type="registry.supervision.serious_violation_listed.v1"):
    association: str
    reason: str
    listed_on: date


class SeriousViolationRemoved(Heard, type="registry.supervision.serious_violation_removed.v1"):
    association: str


# ── what evaluation tells ─────────────────────────────────────────────────────────────────────────
class EvaluationCompleted(Heard, type="evaluation.grades.evaluation_completed.v1"):
    association: str
    grade: str
    valid_from: date
    valid_to: date


class RatingDowngraded(Heard, type="evaluation.grades.rating_downgraded.v1"):
    association: str
    grade: str


class RatingRevoked(Heard, type="evaluation.grades.rating_revoked.v1"):
    association: str


class RatingExpired(Heard, type="evaluation.grades.rating_expired.v1"):
    association: str


# ── how the row follows ───────────────────────────────────────────────────────────────────────────
async def row(effects: Effects, uscc: str, **fields: Any) -> None:
    """Set fields of a row (dates as text, as they are shown), and with them what it is found and counted by."""
    before = await effects.one(ROWS, uscc) or {}
    said = {n: v.isoformat() if isinstance(v, date) else list(v) if isinstance(v, tuple) else v for n, v in fields.items()}
    said |= derived({**before, **said})
    effects.update(ROWS, uscc, {"$set": {**said, "changed_at": effects.now}}, upsert=True)
    for name, added in increments(shifts(before, {**before, **said})).items():
        effects.update(TALLY, name, {"$inc": added}, upsert=True)


def searchable(name: str) -> dict[str, str]:
    return {"name": name, "name_key": comparison_key(name)}


async def enter(heard: AssociationRegistered, call: Call, effects: Effects) -> None:
    said = heard.model_dump(exclude={"about", "uscc", "name", "supervising_unit"})
    await row(effects, heard.uscc, **said, **searchable(heard.name), supervising_unit=heard.supervising_unit or DIRECT, status="REGISTERED")


async def activate(heard: AssociationActivated, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, status="ACTIVE")


async def classify(heard: AssociationClassified, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, so_category=heard.so_category, gbt4754=heard.gbt4754)


async def change(heard: AssociationChanged | AssociationCorrected, call: Call, effects: Effects) -> None:
    said = {n: v for n in ITEMS if (v := getattr(heard, n)) is not None}
    if said := said | (searchable(heard.name) if heard.name else {}):
        await row(effects, heard.uscc, **said)


async def move(heard: AssociationJurisdictionTransferred, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, level=heard.level, district=heard.district)


async def decouple(heard: AssociationDecoupled, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, supervising_unit=DIRECT)


async def suspend(heard: AssociationSuspended, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, status="SUSPENDED")


async def resume(heard: AssociationResumed, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, status="ACTIVE")


async def liquidate(heard: AssociationLiquidationStarted, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, status="LIQUIDATING")


async def strike_off(heard: AssociationDeregistered, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, status="DEREGISTERED", ended_on=heard.ended_on)


async def merge(heard: AssociationMerged, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, merged_into=heard.merged_into)


async def supervise(heard: SupervisingUnitAssigned, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, supervising_unit=heard.supervising_unit)


async def revoke(heard: AssociationRegistrationRevoked, call: Call, effects: Effects) -> None:
    await row(effects, heard.uscc, status="REVOKED", ended_on=heard.ended_on)


async def show_check(heard: AnnualReportPublished, call: Call, effects: Effects) -> None:
    known = (await effects.one(ROWS, heard.association) or {}).get("annual_checks", {})
    await row(effects, heard.association, annual_checks={**known, str(heard.year): heard.conclusion})


async def list_abnormal(heard: AbnormalListingAdded, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, abnormal_list={"reason": heard.reason, "listed_on": heard.listed_on.isoformat()})


async def unlist_abnormal(heard: AbnormalListingRemoved, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, abnormal_list=None)


async def list_serious(heard: SeriousViolationListed, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, serious_violation_list={"reason": heard.reason, "listed_on": heard.listed_on.isoformat()})


async def unlist_serious(heard: SeriousViolationRemoved, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, serious_violation_list=None)


async def grade(heard: EvaluationCompleted, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, grade=heard.grade, grade_valid_from=heard.valid_from, grade_valid_to=heard.valid_to)


async def lower(heard: RatingDowngraded, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, grade=heard.grade)


async def take_grade(heard: RatingRevoked, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, grade="NONE", grade_valid_from=None, grade_valid_to=None)


async def end_grade(heard: RatingExpired, call: Call, effects: Effects) -> None:
    await row(effects, heard.association, grade="NONE", grade_valid_from=None, grade_valid_to=None)


PUBLIC_LIST: dict[type[Heard], Handler] = {
    AssociationRegistered: enter,
    AssociationActivated: activate,
    AssociationClassified: classify,
    AssociationChanged: change,
    AssociationCorrected: change,
    AssociationJurisdictionTransferred: move,
    AssociationDecoupled: decouple,
    AssociationSuspended: suspend,
    AssociationResumed: resume,
    AssociationLiquidationStarted: liquidate,
    AssociationDeregistered: strike_off,
    AssociationMerged: merge,
    SupervisingUnitAssigned: supervise,
    AssociationRegistrationRevoked: revoke,
    AnnualReportPublished: show_check,
    AbnormalListingAdded: list_abnormal,
    AbnormalListingRemoved: unlist_abnormal,
    SeriousViolationListed: list_serious,
    SeriousViolationRemoved: unlist_serious,
    EvaluationCompleted: grade,
    RatingDowngraded: lower,
    RatingRevoked: take_grade,
    RatingExpired: end_grade,
}
