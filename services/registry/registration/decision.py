"""Opinions and decision [征求意见、准予登记]: the middle chapter of the registration case in `case.py` (art. 13; domain §3.3, §3.8)."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from services.registry.associations.association import Association
from services.registry.registration.application import (
    DecisionDueSoon,
    DecisionOverdue,
    DevelopmentBodyOpinionGiven,
    OpinionAsked,
    OpinionGiven,
    OpinionHeld,
    OpinionOverdue,
    OpinionsSought,
    OpinionView,
    RefusalGround,
    RegistrationGranted,
    RegistrationRefused,
)  # fmt: skip
from services.registry.registration.case import ADVISERS, Case, cases, neighbours, similar_scopes, what_is_taken
from services.registry.registration.naming import Taken, refuse_same_home, refuse_same_name, refuse_same_person
from services.registry.values import AUTHORITY, begin_of, end_of
from shared.record import Call, Given, Malformed, Refused, Text


# ── the opinions ──────────────────────────────────────────────────────────────────────────────────
@cases.command(by=AUTHORITY, when="ACCEPTED")
def seek_opinions(case: Case, call: Call) -> OpinionsSought:
    """Ask the bodies the regime names for their opinion [征求意见]."""
    if not case.regime.opinions:
        raise Refused("nobody_to_ask", "this regime asks nobody", "该登记体制无需征求意见")
    asked = (
        OpinionAsked(role=r.asked, mandatory=r.mandatory, until=end_of(call.today + timedelta(days=r.days))) for r in case.regime.opinions
    )
    return OpinionsSought(asked=tuple(asked))


@cases.command(by=ADVISERS, when="OPINIONS_SOUGHT")
def give_opinion(
    case: Case, call: Call, opinion: OpinionView, reason: Text | None = None
) -> list[OpinionGiven | DevelopmentBodyOpinionGiven]:
    """Say for or against [反馈意见]; what the development body says is told on its own (R18)."""
    if call.role not in {a.role for a in case.asked}:
        raise Refused("not_asked", f"{call.role} was not asked", "未向本单位征求意见")
    if call.role in {o.role for o in case.opinions}:
        raise Refused("already_given", "this opinion was given or has lapsed", "该意见已反馈或已逾期")
    if opinion == "AGAINST" and not reason:
        raise Malformed("reason_missing", "say why", "反对意见须说明理由", pointer="/reason")
    role: Any = call.role
    held = OpinionHeld(role=role, opinion=opinion, by_silence=False, reason=reason or "")
    events: list[OpinionGiven | DevelopmentBodyOpinionGiven] = [OpinionGiven(opinion=held, opinions=(*case.opinions, held))]
    if call.role == "ASSOC_DEVELOPMENT_BODY":
        events.append(DevelopmentBodyOpinionGiven(opinion_view=opinion, reason=reason or ""))
    return events


def silent(case: Case) -> list[OpinionAsked]:
    heard = {o.role for o in case.opinions}
    return [a for a in case.asked if a.role not in heard]


@cases.clock(when="OPINIONS_SOUGHT", at=lambda case: [a.until for a in silent(case)])
def close_opinions(case: Case, call: Call) -> list[OpinionGiven | OpinionOverdue]:
    """Silence is no objection; a mandatory opinion is waited for."""
    opinions, events = case.opinions, list[OpinionGiven | OpinionOverdue]()
    for asked in silent(case):
        if asked.until > call.now:
            continue
        if asked.mandatory:
            events.append(OpinionOverdue(role=asked.role))
            continue
        held = OpinionHeld(role=asked.role, opinion="NO_OBJECTION", by_silence=True)
        opinions = (*opinions, held)
        events.append(OpinionGiven(opinion=held, opinions=opinions))
    return events


# ── the decision ──────────────────────────────────────────────────────────────────────────────────
def may_decide(case: Case) -> None:
    if case.stage == "ACCEPTED" and any(not o.optional for o in case.regime.opinions):
        raise Refused("opinions_first", "opinions must be sought before", "应先征求意见")
    if waiting := [a.role for a in silent(case)]:
        raise Refused(
            "opinions_open", f"opinions are still awaited: {', '.join(waiting)}", f"仍在等待意见：{'、'.join(waiting)}", waiting=waiting
        )


@cases.command(by=AUTHORITY, when=("ACCEPTED", "OPINIONS_SOUGHT"))
def grant(
    case: Case,
    call: Call,
    basis: Text,
    peers: Annotated[list[Association], Given(neighbours)],
    taken: Annotated[Taken, Given(what_is_taken)],
    necessity: Text | None = None,
) -> RegistrationGranted:
    """Register it [准予登记]; where similar scopes are not allowed, say why a new association is necessary.

    Name, representative and home region are looked at once more, for what others have claimed since."""
    may_decide(case)
    refuse_same_name(case.name, taken)
    refuse_same_person(taken)
    refuse_same_home(taken)
    found, rule = similar_scopes(case, peers), case.regime.same_scope
    if rule.policy == "BLOCK_UNLESS_NECESSARY" and found and not necessity:
        raise Refused("same_scope_exists", "an association of this scope exists; say why another is necessary", "已有相同或相似业务范围的社会团体，须说明必要性",
                      overlaps=[o.model_dump() for o in found])  # fmt: skip
    if rule.max_per_scope is not None and len(found) >= rule.max_per_scope:
        raise Refused("scope_full", f"no more than {rule.max_per_scope} to a scope", f"同一业务范围不得超过 {rule.max_per_scope} 个")
    return RegistrationGranted(basis=basis, decided_on=call.today, overlaps=found, necessity=necessity)


@cases.command(by=AUTHORITY, when=("ACCEPTED", "OPINIONS_SOUGHT"))
def refuse(
    case: Case, call: Call, ground: RefusalGround, reason: Text, peers: Annotated[list[Association], Given(neighbours)]
) -> RegistrationRefused:
    """Refuse it on one of the grounds of art. 13 [不予登记]."""
    may_decide(case)
    if ground == "SAME_SCOPE_NOT_NECESSARY" and (
        case.regime.same_scope.policy != "BLOCK_UNLESS_NECESSARY" or not similar_scopes(case, peers)
    ):
        raise Refused(
            "ground_not_given",
            "no such scope exists, or the regime allows several",
            "不存在相同业务范围，或该登记体制允许一业多会",
            pointer="/ground",
        )
    return RegistrationRefused(plan=case.application.plan, ground=ground, reason=reason, decided_on=call.today)


def reminders(case: Case) -> list[datetime]:
    """When the authority is reminded of its decision: the days before it that the regime names, each once."""
    if case.decide_by is None or case.papers_complete_on is None:
        return []
    days = (case.decide_by - timedelta(days=d) for d in case.regime.decision_reminder_days)
    return [begin_of(d) for d in days if d > (case.reminded_on or case.papers_complete_on)]


@cases.clock(when=("ACCEPTED", "OPINIONS_SOUGHT"), at=reminders)
def remind_of_decision(case: Case, call: Call) -> DecisionDueSoon | None:
    """The sixty days are nearly over."""
    return DecisionDueSoon(decide_by=case.decide_by, reminded_on=call.today) if case.decide_by else None


@cases.clock(when=("ACCEPTED", "OPINIONS_SOUGHT"), at=lambda case: end_of(case.decide_by) if case.decide_by and not case.overdue else None)
def press_for_decision(case: Case, call: Call) -> DecisionOverdue | None:
    """Sixty days have passed since the papers were complete."""
    return DecisionOverdue(decide_by=case.decide_by) if case.decide_by else None
