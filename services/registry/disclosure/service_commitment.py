"""Service commitments [服务承诺], R75: what an association promises, to which standard, within how many hours, for what fee (indicator 3.1.2).

A promise that is revised holds as revised; a firm or the administration reports when it was broken (`commitment_breach.py`).
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.jurisdiction import HandedOver, follows
from shared.district import District
from shared.record import Call, Event, Fen, Given, Kind, Line, Record, Refused, Text, Value

Stage = Literal["PUBLISHED", "REVISED", "WITHDRAWN"]
STANDING: tuple[Stage, ...] = ("PUBLISHED", "REVISED")


class Promise(Value):
    """`item` in a few words, its standard, the hours it takes at most, its fee in fen (0: free), and where one complains."""

    item: Line
    standard: Text
    time_limit_h: Annotated[int, Field(ge=1, le=8784)]
    fee: Fen = 0
    complaints_to: Annotated[Line, Field(description="telephone or mailbox of the office, never of a person")]


class ServiceCommitment(Record):
    """Service commitment [服务承诺]"""

    stage: Stage
    association: str
    district: District
    promise: Promise
    published_on: date
    since: date
    claim: str | None
    withdrawn_on: date | None = None
    reason: str | None = None


class ServiceCommitmentPublished(Event, to="PUBLISHED", effective="since"):
    """The association promises this to its members and everybody."""

    association: str
    district: District
    promise: Promise
    published_on: date
    since: date
    claim: str


class ServiceCommitmentRevised(Event, to="REVISED", effective="since"):
    """The promise stands otherwise from now on."""

    association: str
    promise: Promise
    since: date
    claim: str


class ServiceCommitmentWithdrawn(Event, to="WITHDRAWN", effective="withdrawn_on"):
    """It is promised no more."""

    association: str
    reason: str
    withdrawn_on: date
    claim: None = None


service_commitments = Kind[ServiceCommitment, Stage](
    ServiceCommitment, "registry.disclosure.service_commitment", path="service-commitments", unique=("claim",), index=("association",),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("ENTERPRISE", "SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"),
)  # fmt: skip


@service_commitments.opens(by="ASSOCIATION")
def publish(call: Call, form: Promise, association: Annotated[Association | None, Given(association_concerned)]) -> ServiceCommitmentPublished:  # fmt: skip
    """Publish a promise [公布服务承诺]; each item once."""
    return ServiceCommitmentPublished(
        association=call.organisation, district=living(association).district, promise=form, published_on=call.today, since=call.today,
        claim=claim(call.organisation, form),
    )  # fmt: skip


@service_commitments.command(by="ASSOCIATION", when=STANDING)
def revise(commitment: ServiceCommitment, call: Call, form: Promise) -> ServiceCommitmentRevised:
    """Promise it otherwise [修订]."""
    if form == commitment.promise:
        raise Refused("nothing_changes", "this is promised already", "承诺内容没有变化")
    return ServiceCommitmentRevised(
        association=commitment.association, promise=form, since=call.today, claim=claim(commitment.association, form)
    )


@service_commitments.command(by="ASSOCIATION", when=STANDING)
def withdraw(commitment: ServiceCommitment, call: Call, reason: Text) -> ServiceCommitmentWithdrawn:
    """Promise it no more [撤回]."""
    return ServiceCommitmentWithdrawn(association=commitment.association, reason=reason, withdrawn_on=call.today)


@service_commitments.on(AssociationEnded, when=STANDING, where=lambda e: {"association": e.uscc})
def lapse(commitment: ServiceCommitment, call: Call, event: AssociationEnded) -> ServiceCommitmentWithdrawn:
    """The association has ended: struck off, or its registration revoked."""
    return ServiceCommitmentWithdrawn(association=commitment.association, reason="association ended", withdrawn_on=call.today)


def claim(association: str, promise: Promise) -> str:
    """No item is promised twice at a time."""
    return f"{association}~{promise.item}"


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class ServiceCommitmentHandedOver(HandedOver):
    """Service commitment: gone with its association to another new city."""


follows(service_commitments, ServiceCommitmentHandedOver)
