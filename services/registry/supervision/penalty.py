"""Administrative penalties [行政处罚]: told before, heard where the law gives a hearing, imposed, annulled on appeal (R27).

The association is told of facts and grounds first and may state its case; for the graver ones it may ask for a hearing within five working
days (行政处罚法 art. 44, 45, 63, 64). What follows for the credit lists stands in `credit_causes.py`.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.jurisdiction import HandedOver, follows
from services.registry.supervision.rules import SUPERVISORS, PenaltyKind, SupervisionRules, rules_in_force
from shared.district import District
from shared.record import Call, Event, Fen, Given, Kind, Line, Malformed, Record, Refused, Text, Value
from shared.uscc import AssociationUscc
from shared.workdays import working_days_after

Stage = Literal["PROPOSED", "IMPOSED", "ANNULLED", "DROPPED"]
AnnulmentGround = Literal["RECONSIDERATION", "COURT", "OWN_MOTION"]


class Notice(Value):
    """What the association is told before: facts, grounds, the penalty meant; `amount` in fen for a fine or what is confiscated."""

    association: AssociationUscc
    kind: PenaltyKind
    amount: Fen = 0
    facts: Text
    legal_basis: Line


class Penalty(Record):
    """Administrative penalty [行政处罚]"""

    stage: Stage
    association: str
    district: District
    kind: PenaltyKind
    amount: int
    facts: str
    legal_basis: str
    noticed_on: date
    hearing_until: date | None
    rules_version: str
    statement: str | None = None
    hearing_requested_on: date | None = None
    hearing_held_on: date | None = None
    hearing_record: str | None = None
    decision_no: str | None = None
    imposed_on: date | None = None
    review_until: date | None = None
    reason: str | None = None
    annulment_ground: AnnulmentGround | None = None


class PenaltyProposed(Event, to="PROPOSED"):
    """The association was told which penalty is meant [行政处罚事先告知]; a hearing may be asked for until `hearing_until`."""

    association: str
    district: District
    kind: PenaltyKind
    amount: int
    facts: str
    legal_basis: str
    noticed_on: date
    hearing_until: date | None
    rules_version: str


class PenaltyAnswered(Event):
    """The association has stated its case [陈述申辩]."""

    association: str
    statement: str


class HearingRequested(Event):
    """The association asks to be heard [申请听证]."""

    association: str
    hearing_requested_on: date


class HearingHeld(Event):
    """It was heard."""

    association: str
    hearing_held_on: date
    hearing_record: str


class PenaltyImposed(Event, to="IMPOSED", effective="imposed_on"):
    """The penalty is decided; reconsideration may be applied for until `review_until`."""

    association: str
    kind: PenaltyKind
    amount: int
    decision_no: str
    imposed_on: date
    review_until: date


class PenaltyDropped(Event, to="DROPPED"):
    """No penalty."""

    association: str
    reason: str


class PenaltyAnnulled(Event, to="ANNULLED"):
    """The decision holds no more: on reconsideration, by a court, or taken back."""

    association: str
    kind: PenaltyKind
    annulment_ground: AnnulmentGround
    reason: str


penalties = Kind[Penalty, Stage](
    Penalty, "registry.supervision.penalty", path="penalties", index=("association", "kind"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"),
)  # fmt: skip


@penalties.opens(by=SUPERVISORS)
def propose(call: Call, form: Notice, rules: Annotated[SupervisionRules, Given(rules_in_force)],
            association: Annotated[Association | None, Given(association_concerned)]) -> PenaltyProposed:  # fmt: skip
    """Tell the association which penalty is meant [行政处罚事先告知]."""
    subject = living(association)
    if (form.kind in ("FINE", "CONFISCATION")) != (form.amount > 0):
        raise Malformed(
            "amount_of_fine",
            "a fine or confiscation has an amount, nothing else has",
            "罚款、没收须填金额，其他处罚不填",
            pointer="/amount",
        )
    heard = rules.may_be_heard(form.kind, form.amount)
    return PenaltyProposed(
        **form.model_dump(), district=subject.district, noticed_on=call.today, rules_version=rules.version,
        hearing_until=working_days_after(call.today, rules.hearing_working_days) if heard else None,
    )  # fmt: skip


@penalties.command(by="ASSOCIATION", when="PROPOSED")
def answer(penalty: Penalty, call: Call, statement: Text) -> PenaltyAnswered:
    """State your case [陈述申辩]."""
    return PenaltyAnswered(association=penalty.association, statement=statement)


@penalties.command(by="ASSOCIATION", when="PROPOSED")
def request_hearing(penalty: Penalty, call: Call) -> HearingRequested:
    """Ask for a hearing [申请听证], within five working days."""
    if penalty.hearing_until is None:
        raise Refused("no_hearing", "no hearing is given before this penalty", "该处罚不适用听证程序")
    if penalty.hearing_requested_on:
        raise Refused("already_requested", "a hearing was asked for", "已申请听证")
    if call.today > penalty.hearing_until:
        raise Refused("hearing_too_late", f"until {penalty.hearing_until} only", f"申请听证期限至 {penalty.hearing_until} 已过")
    return HearingRequested(association=penalty.association, hearing_requested_on=call.today)


@penalties.command(by=SUPERVISORS, when="PROPOSED")
def hold_hearing(penalty: Penalty, call: Call, record: Line) -> HearingHeld:
    """Enter that the hearing was held [举行听证], with its record."""
    if penalty.hearing_requested_on is None:
        raise Refused("no_hearing_requested", "nobody asked for a hearing", "未申请听证")
    return HearingHeld(association=penalty.association, hearing_held_on=call.today, hearing_record=record)


@penalties.command(by=SUPERVISORS, when="PROPOSED")
def impose(penalty: Penalty, call: Call, decision_no: Line, rules: Annotated[SupervisionRules, Given(rules_in_force)]) -> PenaltyImposed:
    """Impose it [作出处罚决定]: not while a hearing may be asked for, nor before one that was asked for is held."""
    if penalty.hearing_requested_on and penalty.hearing_held_on is None:
        raise Refused("hearing_pending", "the hearing must be held first", "须先举行听证")
    if penalty.hearing_until and penalty.hearing_held_on is None and call.today <= penalty.hearing_until:
        raise Refused("hearing_may_be_asked_for", f"until {penalty.hearing_until}", f"申请听证期限至 {penalty.hearing_until} 尚未届满")
    return PenaltyImposed(
        association=penalty.association, kind=penalty.kind, amount=penalty.amount, decision_no=decision_no, imposed_on=call.today,
        review_until=call.today + timedelta(days=rules.review_days),
    )  # fmt: skip


@penalties.command(by=SUPERVISORS, when="PROPOSED")
def drop(penalty: Penalty, call: Call, reason: Text) -> PenaltyDropped:
    """Impose none [不予处罚]."""
    return PenaltyDropped(association=penalty.association, reason=reason)


@penalties.command(by=SUPERVISORS, when="IMPOSED")
def annul(penalty: Penalty, call: Call, ground: AnnulmentGround, reason: Text) -> PenaltyAnnulled:
    """Enter that the decision was annulled [撤销处罚决定]."""
    return PenaltyAnnulled(association=penalty.association, kind=penalty.kind, annulment_ground=ground, reason=reason)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class PenaltyHandedOver(HandedOver):
    """Administrative penalty: gone with its association to another new city."""


follows(penalties, PenaltyHandedOver)
