"""Chamber mediation [商会调解], R22: two firms in dispute, a mediator of the association, an agreement that a court may confirm. Domain §1.3.

What is said in a mediation stays there: only the first event names the sides and the matter, on a topic for the platform's services alone;
the later ones tell what has become of the case and of nobody. The mediator is known by the number in the association's list.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded, Day, must_have_happened
from services.matchmaking.matching.statement import no_contact
from services.matchmaking.mediation.rules import MediationRules, rules_of
from shared.record import Call, Event, Fen, Given, Kind, Line, Malformed, Read, Record, Refused, Text
from shared.uscc import AssociationUscc, EnterpriseUscc
from shared.workdays import working_days_after

Stage = Literal["FILED", "NOT_ACCEPTED", "ACCEPTED", "MEDIATING", "SETTLED", "FAILED", "JUDICIALLY_CONFIRMED", "WITHDRAWN"]
Matter = Literal["CONTRACT", "PAYMENT", "INVESTMENT", "INTELLECTUAL_PROPERTY", "COMPETITION", "LABOUR", "OTHER"]
Ground = Literal["NOT_OF_ITS_TRADE", "BEFORE_A_COURT", "DECIDED_ALREADY", "NO_MEDIATOR", "NOT_ANSWERED", "ASSOCIATION_GONE"]
Cause = Literal["REFUSED", "NO_ANSWER", "NO_AGREEMENT", "BROKEN_OFF", "TIME_OVER", "ASSOCIATION_GONE"]
MediatorNumber = Annotated[
    str, Field(pattern=r"^[A-Z0-9-]{1,20}$", description="number in the association's list of mediators [调解员编号]")
]
Rules = Annotated[MediationRules, Given(rules_of)]


class MediationCase(Record):
    """Mediation case [商会调解案件]"""

    stage: Stage
    association: str
    parties: tuple[str, ...]  # who asked, then the other side
    seen_by: tuple[str, ...]  # the other side knows of it once it is accepted
    matter: Matter
    subject: str
    amount: int
    claim: str | None  # one case of two firms about one matter at a time
    rules: str
    accept_by: datetime
    mediator: str | None = None
    accepted_on: date | None = None
    answer_by: datetime | None = None
    ends_on: date | None = None
    ends_at: datetime | None = None
    remind_at: datetime | None = None
    extended: bool = False
    closed_on: date | None = None
    confirm_by: date | None = None


class MediationFiled(Event, to="FILED"):
    """A firm asked an association to mediate."""

    association: str
    parties: tuple[str, ...]
    seen_by: tuple[str, ...]
    matter: Matter
    subject: str
    amount: int
    claim: str
    rules: str
    accept_by: datetime


class MediationNotAccepted(Event, to="NOT_ACCEPTED"):
    """The association does not take it."""

    association: str
    ground: Ground
    claim: None = None


class MediationCaseAccepted(Event, to="ACCEPTED"):
    """The association takes it and names a mediator; the other side is asked."""

    association: str
    accepted_on: date
    mediator: str
    answer_by: datetime

    def apply(self, record: Any, /) -> Any:
        return super().apply(record).model_copy(update={"seen_by": record.parties})


class MediationBegun(Event, to="MEDIATING"):
    """Both sides are willing."""

    association: str
    ends_on: date
    ends_at: datetime
    remind_at: datetime
    answer_by: None = None


class MediatorReplaced(Event):
    """Another mediator took over."""

    association: str
    mediator: str


class MediationExtended(Event):
    """Both sides wished for more time."""

    association: str
    ends_on: date
    ends_at: datetime
    remind_at: datetime
    extended: bool = True


class MediationEndsSoon(Event):
    association: str
    ends_on: date
    remind_at: None = None


class MediationSettled(Event, to="SETTLED"):
    """They came to an agreement."""

    association: str
    accepted_on: date
    closed_on: date
    confirm_by: date
    claim: None = None


class MediationFailed(Event, to="FAILED"):
    """They did not; the way to the courts is open."""

    association: str
    accepted_on: date
    closed_on: date
    cause: Cause
    claim: None = None


class MediationWithdrawn(Event, to="WITHDRAWN"):
    """Who asked took it back before it was accepted."""

    association: str
    claim: None = None


class SettlementConfirmed(Event, to="JUDICIALLY_CONFIRMED"):
    """A court gave the agreement the force of a judgment [司法确认]."""

    association: str
    confirmed_on: date
    court: str


cases = Kind[MediationCase, Stage](
    MediationCase,
    "matchmaking.mediation.mediation_case",
    path="mediation-cases",
    unique=("claim",),
    index=("association", "parties", "matter"),
    own={"ASSOCIATION": "association", "ENTERPRISE": "seen_by"},
)


async def mediating(read: Read, call: Call, case: MediationCase | None, body: Any) -> bool:
    """Whether the association asked is one of the register's."""
    return bool(await read.rows("profiles", _id=body.association, kind="ASSOCIATION"))


async def pending(read: Read, call: Call, case: MediationCase | None, body: Any) -> list[MediationCase]:
    """Cases of these two about this matter that are not over, whoever of them asked and whichever association was asked."""
    return await read.find(cases, claim=claim_of(call.organisation, body.respondent, body.matter))


def claim_of(one: str, other: str, matter: str) -> str:
    return "~".join((*sorted((one, other)), matter))


def at_table(case: MediationCase, call: Call, side: int) -> None:
    """Raises: Refused when it is for the other side to do this."""
    if call.organisation != case.parties[side]:
        raise Refused("other_side", "this is for the other side", "应由对方当事人操作")


@cases.opens(by="ENTERPRISE")
def file(
    call: Call, association: AssociationUscc, respondent: EnterpriseUscc, matter: Matter, subject: Text, amount: Fen,
    registered: Annotated[bool, Given(mediating)], others: Annotated[list[MediationCase], Given(pending)], rules: Rules,
) -> MediationFiled:  # fmt: skip
    """Ask an association to mediate with another firm [申请调解]; amount in dispute in fen, 0 where it is not about money."""
    if respondent == call.organisation:
        raise Malformed("same_party", "nobody mediates with oneself", "申请人与被申请人不得相同", pointer="/respondent")
    if not registered:
        raise Malformed("association_unknown", "no association of this code is registered", "该协会未登记", pointer="/association")
    no_contact(subject, "/subject")
    if others:
        raise Refused("already_filed", "this matter between the two is being mediated", "双方就该事项已有调解案件")
    return MediationFiled(
        association=association, parties=(call.organisation, respondent), seen_by=(call.organisation,), matter=matter, subject=subject, amount=amount,
        claim=claim_of(call.organisation, respondent, matter), rules=rules.version,
        accept_by=working_days_after(call.now, rules.accept_working_days),
    )  # fmt: skip


@cases.command(by="ASSOCIATION", when="FILED")
def accept(case: MediationCase, call: Call, mediator: MediatorNumber, rules: Rules) -> MediationCaseAccepted:
    """Take the case and name the mediator [受理]; the other side is asked whether it comes."""
    answer_by = working_days_after(call.now, rules.answer_working_days)
    return MediationCaseAccepted(association=case.association, accepted_on=call.today, mediator=mediator, answer_by=answer_by)


@cases.command(by="ASSOCIATION", when="FILED")
def decline(
    case: MediationCase, call: Call, ground: Literal["NOT_OF_ITS_TRADE", "BEFORE_A_COURT", "DECIDED_ALREADY", "NO_MEDIATOR"]
) -> MediationNotAccepted:
    """Do not take it, on one of the grounds [不予受理]."""
    return MediationNotAccepted(association=case.association, ground=ground)


@cases.command(by="ENTERPRISE", when="FILED")
def withdraw(case: MediationCase, call: Call) -> MediationWithdrawn:
    """Take it back before it is accepted [撤回申请]; only the firm that asked."""
    at_table(case, call, 0)
    return MediationWithdrawn(association=case.association)


@cases.command(by="ENTERPRISE", when="ACCEPTED")
def agree(case: MediationCase, call: Call, rules: Rules) -> MediationBegun:
    """Come to the table [同意调解]: the other side's word; nobody is mediated against their will."""
    at_table(case, call, 1)
    ends_on = call.today + timedelta(days=rules.mediation_days)
    return MediationBegun(association=case.association, **rules.term(ends_on))


@cases.command(by="ENTERPRISE", when="ACCEPTED")
def refuse(case: MediationCase, call: Call) -> MediationFailed:
    """Do not come to the table [不同意调解]: the other side's word."""
    at_table(case, call, 1)
    return failed(case, call, "REFUSED")


@cases.command(by="ENTERPRISE", when=("ACCEPTED", "MEDIATING"))
def break_off(case: MediationCase, call: Call) -> MediationFailed:
    """Leave the table [终止调解]: either side, at any time."""
    return failed(case, call, "BROKEN_OFF")


@cases.command(by="ASSOCIATION", when=("ACCEPTED", "MEDIATING"))
def replace_mediator(case: MediationCase, call: Call, mediator: MediatorNumber) -> MediatorReplaced:
    """Name another mediator [更换调解员]."""
    if mediator == case.mediator:
        raise Refused("same_mediator", "this mediator has the case", "该调解员已承办本案")
    return MediatorReplaced(association=case.association, mediator=mediator)


@cases.command(by="ASSOCIATION", when="MEDIATING")
def extend(case: MediationCase, call: Call, both_consent: Literal[True], rules: Rules) -> MediationExtended:
    """Go on for longer, once, when both sides wish it [延长期限]."""
    if case.extended:
        raise Refused("already_extended", "the term was extended once", "调解期限只能延长一次")
    ends_on = (case.ends_on or call.today) + timedelta(days=rules.extension_days)
    return MediationExtended(association=case.association, **rules.term(ends_on))


@cases.command(by="ASSOCIATION", when="MEDIATING")
def settle(case: MediationCase, call: Call, agreed_on: Day, rules: Rules) -> MediationSettled:
    """Note the agreement the two have signed [达成调解协议]; the paper itself stays with them."""
    must_have_happened(agreed_on, call, since=case.accepted_on)
    return MediationSettled(
        association=case.association, accepted_on=case.accepted_on or agreed_on, closed_on=agreed_on, confirm_by=agreed_on + timedelta(days=rules.confirmation_days)
    )  # fmt: skip


@cases.command(by="ASSOCIATION", when="MEDIATING")
def give_up(case: MediationCase, call: Call) -> MediationFailed:
    """Note that they did not come to an agreement [调解不成]."""
    return failed(case, call, "NO_AGREEMENT")


@cases.command(by="ASSOCIATION", when="SETTLED")
def confirm(case: MediationCase, call: Call, confirmed_on: Day, court: Line) -> SettlementConfirmed:
    """Note that a court has confirmed the agreement [司法确认]; both sides ask for it within thirty days of the agreement."""
    must_have_happened(confirmed_on, call, since=case.closed_on)
    return SettlementConfirmed(association=case.association, confirmed_on=confirmed_on, court=court)


def failed(case: MediationCase, call: Call, cause: Cause) -> MediationFailed:
    return MediationFailed(association=case.association, accepted_on=case.accepted_on or call.today, closed_on=call.today, cause=cause)


@cases.clock(when="FILED", at=lambda case: case.accept_by)
def lapse_unanswered(case: MediationCase, call: Call) -> MediationNotAccepted:
    """The association did not say whether it takes the case."""
    return MediationNotAccepted(association=case.association, ground="NOT_ANSWERED")


@cases.clock(when="ACCEPTED", at=lambda case: case.answer_by)
def take_silence_as_no(case: MediationCase, call: Call) -> MediationFailed:
    """The other side did not answer."""
    return failed(case, call, "NO_ANSWER")


@cases.clock(when="MEDIATING", at=lambda case: case.remind_at)
def remind(case: MediationCase, call: Call) -> MediationEndsSoon:
    """A week before the end."""
    return MediationEndsSoon(association=case.association, ends_on=case.ends_on or call.today)


@cases.clock(when="MEDIATING", at=lambda case: case.ends_at)
def end_with_term(case: MediationCase, call: Call) -> MediationFailed:
    """The day after the last without an agreement."""
    return failed(case, call, "TIME_OVER")


@cases.on(AssociationEnded, when="FILED", where=lambda e: {"association": e.uscc})
def drop_for_ended(case: MediationCase, call: Call, event: AssociationEnded) -> MediationNotAccepted:
    """The association has ended before it took the case."""
    return MediationNotAccepted(association=case.association, ground="ASSOCIATION_GONE")


@cases.on(AssociationEnded, when=("ACCEPTED", "MEDIATING"), where=lambda e: {"association": e.uscc})
def fail_for_ended(case: MediationCase, call: Call, event: AssociationEnded) -> MediationFailed:
    """The association has ended."""
    return failed(case, call, "ASSOCIATION_GONE")
