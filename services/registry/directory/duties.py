"""What the public may know of an association's duties (domain §7.4), kept from events that live in rooms not public.

Penalties in force, promises that stand, responsibility reports, titles held, development lists, items disclosed to everybody. What is
proposed, complained of, drafted, or for members only never comes here. `GET /registry/directory/{uscc}/duties`.
"""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.registry.directory.public_list import ROWS
from shared.engine import Effects, Engine, Handler
from shared.http import answer
from shared.record import Call, Heard, NotFound

DUTIES = "public_duties"


# ── what is heard ─────────────────────────────────────────────────────────────────────────────────
class PenaltyImposed(Heard, type="registry.supervision.penalty_imposed.v1"):
    association: str
    kind: str
    amount: int
    decision_no: str
    imposed_on: date


class PenaltyAnnulled(Heard, type="registry.supervision.penalty_annulled.v1"):
    association: str


class ShownPromise(BaseModel):
    """A promise; `fee` in fen."""

    item: str
    standard: str
    time_limit_h: int
    fee: int
    complaints_to: str


class ServiceCommitmentPublished(
    Heard, type="registry.disclosure.service_commitment_published.v1", upcasts={"registry.disclosure.service_commitment_revised.v1": dict}
):
    """Published or revised: the promise as it stands."""

    association: str
    promise: ShownPromise
    since: date


class ServiceCommitmentWithdrawn(Heard, type="registry.disclosure.service_commitment_withdrawn.v1"):
    association: str


class CsrReportPublished(Heard, type="registry.disclosure.csr_report_published.v1"):
    association: str
    year: int
    document: str
    url: str | None = None
    published_on: date


class BrandTitleGranted(Heard, type="registry.disclosure.brand_title_granted.v1"):
    association: str
    name: str
    grantor: str
    granted_on: date
    valid_to: date | None = None


class BrandTitleRenewed(Heard, type="registry.disclosure.brand_title_renewed.v1"):
    association: str
    valid_to: date | None = None


class BrandTitleExpired(Heard, type="registry.disclosure.brand_title_expired.v1"):
    association: str


class DevelopmentListUpdated(Heard, type="registry.disclosure.development_list_updated.v1"):
    association: str
    stage: str
    list: str
    listed_on: date
    until: date | None = None


class DisclosurePublished(Heard, type="registry.disclosure.disclosure_published.v1"):
    association: str
    item: str
    audience: str
    year: int | None = None
    published_on: date
    document: str | None = None
    url: str | None = None


# ── how the row follows ───────────────────────────────────────────────────────────────────────────
def put(effects: Effects, association: str, field: str, value: BaseModel | dict[str, Any]) -> None:
    said = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    effects.update(DUTIES, association, {"$set": {field: said}}, upsert=True)


def take(effects: Effects, association: str, field: str) -> None:
    effects.update(DUTIES, association, {"$unset": {field: ""}}, upsert=True)


async def show_penalty(heard: PenaltyImposed, call: Call, effects: Effects) -> None:
    put(effects, heard.association, f"penalties.{heard.about}", heard)


async def hide_penalty(heard: PenaltyAnnulled, call: Call, effects: Effects) -> None:
    take(effects, heard.association, f"penalties.{heard.about}")


async def show_promise(heard: ServiceCommitmentPublished, call: Call, effects: Effects) -> None:
    put(effects, heard.association, f"commitments.{heard.about}", heard.promise.model_dump() | {"since": heard.since.isoformat()})


async def hide_promise(heard: ServiceCommitmentWithdrawn, call: Call, effects: Effects) -> None:
    take(effects, heard.association, f"commitments.{heard.about}")


async def show_report(heard: CsrReportPublished, call: Call, effects: Effects) -> None:
    put(effects, heard.association, f"csr_reports.{heard.year}", heard)


async def show_title(heard: BrandTitleGranted, call: Call, effects: Effects) -> None:
    put(effects, heard.association, f"titles.{heard.about}", heard)


async def prolong_title(heard: BrandTitleRenewed, call: Call, effects: Effects) -> None:
    until = heard.valid_to.isoformat() if heard.valid_to else None
    effects.update(DUTIES, heard.association, {"$set": {f"titles.{heard.about}.valid_to": until}}, upsert=True)


async def hide_title(heard: BrandTitleExpired, call: Call, effects: Effects) -> None:
    take(effects, heard.association, f"titles.{heard.about}")


async def show_list(heard: DevelopmentListUpdated, call: Call, effects: Effects) -> None:
    if heard.stage == "LISTED":
        put(effects, heard.association, f"development_lists.{heard.list}", heard)
    else:
        take(effects, heard.association, f"development_lists.{heard.list}")


async def show_item(heard: DisclosurePublished, call: Call, effects: Effects) -> None:
    """A yearly item once for each year; of the others the last publication."""
    if heard.audience == "PUBLIC":
        put(effects, heard.association, f"disclosed.{heard.item}{f'-{heard.year}' if heard.year else ''}", heard)


PUBLIC_DUTIES: dict[type[Heard], Handler] = {
    PenaltyImposed: show_penalty,
    PenaltyAnnulled: hide_penalty,
    ServiceCommitmentPublished: show_promise,
    ServiceCommitmentWithdrawn: hide_promise,
    CsrReportPublished: show_report,
    BrandTitleGranted: show_title,
    BrandTitleRenewed: prolong_title,
    BrandTitleExpired: hide_title,
    DevelopmentListUpdated: show_list,
    DisclosurePublished: show_item,
}


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────
class ShownPenalty(BaseModel):
    """A penalty in force; `amount` in fen."""

    kind: str
    amount: int
    decision_no: str
    imposed_on: date


class ShownCommitment(ShownPromise):
    since: date


class ShownReport(BaseModel):
    year: int
    document: str
    url: str | None = None
    published_on: date


class ShownTitle(BaseModel):
    name: str
    grantor: str
    granted_on: date
    valid_to: date | None = None


class ShownList(BaseModel):
    list: str
    listed_on: date
    until: date | None = None


class ShownItem(BaseModel):
    item: str
    year: int | None = None
    published_on: date
    document: str | None = None
    url: str | None = None


class Duties(BaseModel):
    """What the public may know of an association's duties."""

    uscc: str
    penalties: list[ShownPenalty]
    commitments: list[ShownCommitment]
    csr_reports: list[ShownReport]
    titles: list[ShownTitle]
    development_lists: list[ShownList]
    disclosed: list[ShownItem]


def shown(uscc: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row as the public sees it, each part in the order of its keys; a title renewed before its grant was heard waits for it."""
    parts: dict[str, list[Any]] = {}
    for name in Duties.model_fields:
        if name != "uscc":
            parts[name] = [v for _, v in sorted(row.get(name, {}).items()) if name != "titles" or "name" in v]
    return Duties.model_validate({"uscc": uscc, **parts}).model_dump(mode="json")


def duties(engine: Engine) -> APIRouter:
    """One association's duties, for everybody."""
    router, store = APIRouter(prefix="/directory", tags=["directory"]), engine.store

    @router.get(
        "/{uscc}/duties", response_model=Duties, summary="Duties kept and published [履责公示]", operation_id="registry.directory.duties"
    )
    async def of_one(uscc: str) -> Response:
        listed = await store.one(ROWS, uscc)
        if listed is None or "status" not in listed:
            raise NotFound("not_found", "no such association in the register", "名录中查无此组织")
        return answer(shown(uscc, await store.one(DUTIES, uscc) or {}))

    return router
