"""Breaches of service commitments [违反服务承诺], R75: reported, answered by the association, found true or not.

An office takes the complaint down and is named as who entered it; who complained is kept nowhere (domain §7.4: complaint authors).
"""

from datetime import date
from typing import Annotated, Literal

from services.registry.disclosure.rules import DisclosureRules, rules_in_force
from services.registry.disclosure.service_commitment import ServiceCommitment, service_commitments
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import end_of
from shared.district import District
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Role, Text, Value
from shared.workdays import working_days_after

Stage = Literal["REPORTED", "BREACHED", "DISMISSED"]
DECIDES: tuple[Role, ...] = ("SO_ADMIN",)


class Complaint(Value):
    """Which promise was broken, when, and how; no names of persons."""

    commitment: Line
    happened_on: date
    facts: Text


class CommitmentBreach(Record):
    """Breach of a service commitment [违反服务承诺]"""

    stage: Stage
    association: str
    district: District
    commitment: str
    item: str
    happened_on: date
    facts: str
    reported_on: date
    answer_by: date
    rules_version: str
    answer: str | None = None
    overdue: bool = False
    finding: str | None = None
    decided_on: date | None = None


class CommitmentBreachReported(Event, to="REPORTED"):
    """Somebody says a promise was broken; the association answers by `answer_by`."""

    association: str
    district: District
    commitment: str
    item: str
    happened_on: date
    facts: str
    reported_on: date
    answer_by: date
    rules_version: str


class CommitmentBreachAnswered(Event):
    """The association has answered."""

    association: str
    answer: str


class BreachAnswerOverdue(Event):
    """No answer came in time; it is decided without one."""

    association: str
    answer_by: date
    overdue: Literal[True] = True


class ServiceCommitmentBreached(Event, to="BREACHED", effective="happened_on"):
    """The promise was broken."""

    association: str
    commitment: str
    item: str
    happened_on: date
    finding: str
    decided_on: date


class CommitmentBreachDismissed(Event, to="DISMISSED"):
    """The promise was kept, or it was not this association's fault."""

    association: str
    item: str
    finding: str
    decided_on: date


commitment_breaches = Kind[CommitmentBreach, Stage](
    CommitmentBreach, "registry.disclosure.commitment_breach", path="commitment-breaches", index=("association", "commitment"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN",),
)  # fmt: skip


async def promise_named(read: Read, call: Call, record: object, body: Complaint) -> ServiceCommitment | None:
    """Given: the promise that is said to be broken."""
    return await read.get(service_commitments, body.commitment)


@commitment_breaches.opens(by=("SO_ADMIN", "NEW_CITY"))
def report(call: Call, form: Complaint, promise: Annotated[ServiceCommitment | None, Given(promise_named)],
           rules: Annotated[DisclosureRules, Given(rules_in_force)]) -> CommitmentBreachReported:  # fmt: skip
    """Take down that a promise was broken [受理投诉]."""
    if promise is None:
        raise Refused("no_such_commitment", "nothing of the kind was promised", "查无此服务承诺", pointer="/commitment")
    if not promise.published_on <= form.happened_on <= call.today or (promise.withdrawn_on and form.happened_on > promise.withdrawn_on):
        raise Malformed("not_promised_then", "it was not promised on that day", "该日承诺尚未公布或者已撤回", pointer="/happened_on")
    return CommitmentBreachReported(
        association=promise.association, district=promise.district, item=promise.promise.item, reported_on=call.today,
        answer_by=working_days_after(call.today, rules.breach_answer_working_days), rules_version=rules.version, **form.model_dump(),
    )  # fmt: skip


@commitment_breaches.command(by="ASSOCIATION", when="REPORTED")
def answer(breach: CommitmentBreach, call: Call, answer: Text) -> CommitmentBreachAnswered:
    """Answer the complaint [答复]."""
    return CommitmentBreachAnswered(association=breach.association, answer=answer)


@commitment_breaches.command(by=DECIDES, when="REPORTED")
def decide(breach: CommitmentBreach, call: Call, upheld: bool, finding: Text) -> ServiceCommitmentBreached | CommitmentBreachDismissed:
    """Find whether it was broken [认定]; not before the association has answered or its time is over."""
    if breach.answer is None and call.today <= breach.answer_by:
        raise Refused("answer_awaited", f"the association may answer until {breach.answer_by}", f"答复期限至 {breach.answer_by} 尚未届满")
    if not upheld:
        return CommitmentBreachDismissed(association=breach.association, item=breach.item, finding=finding, decided_on=call.today)
    return ServiceCommitmentBreached(
        association=breach.association, commitment=breach.commitment, item=breach.item, happened_on=breach.happened_on, finding=finding,
        decided_on=call.today,
    )  # fmt: skip


@commitment_breaches.clock(when="REPORTED", at=lambda b: None if b.answer or b.overdue else end_of(b.answer_by))
def press_for_answer(breach: CommitmentBreach, call: Call) -> BreachAnswerOverdue:
    """The time to answer is over."""
    return BreachAnswerOverdue(association=breach.association, answer_by=breach.answer_by)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class CommitmentBreachHandedOver(HandedOver):
    """Breach of a service commitment: gone with its association to another new city."""


follows(commitment_breaches, CommitmentBreachHandedOver)
