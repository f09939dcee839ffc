"""An investment lead from the talks to production [在谈 → 签约 / 注册 → 开工 → 投产]: each stage with its evidence. Domain §6.1."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from services.matchmaking.leads.facts import (
    LANDING,
    Lead,
    LeadContractConcluded,
    LeadCreditAssigned,
    LeadFollowedUp,
    LeadReassigned,
    LeadStageAdvanced,
    Stage,
)
from services.matchmaking.leads.forms import GroundBreaking, Licence, Negotiating, Production, Proof, Signing
from services.matchmaking.leads.lead import Rules, first_reports, leads
from services.matchmaking.leads.rules import LeadRules
from shared.district import District
from shared.record import Call, Given, Line, Refused, Text

Holders = Annotated[list[Lead], Given(first_reports)]


def advanced(
    lead: Lead,
    call: Call,
    rules: LeadRules,
    proof: Proof,
    holders: Sequence[Lead] = (),
    *,
    new_city: District | None = None,
    party: str = "",
) -> LeadStageAdvanced:
    """One stage on, holding the project (again, where the protection had run out); only talks are followed up by the clock."""
    if any(h.id != lead.id for h in holders):
        raise Refused("claim_taken", "another report holds this project now", "该项目现由其他首报线索持有")
    talks = proof.stage == "NEGOTIATING"
    parties = tuple(dict.fromkeys((*lead.parties, *([party] if party else ()))))
    return LeadStageAdvanced(
        stage=proof.stage, association=lead.introducer, new_city=new_city or lead.new_city, proof=proof, parties=parties,
        trail=(*lead.trail, proof.stage), claim=lead.project_key, held_until=lead.held_until or rules.held_until(call.today), followed_up=call.now, follow_up_due=rules.follow_up_due(call.now) if talks else None,
        silent_at=rules.silent_at(call.now) if talks else None,
    )  # fmt: skip


def once(lead: Lead, stage: Stage) -> None:
    if stage in lead.trail:
        raise Refused("stage_passed", f"the lead has been {stage} already", "该阶段已完成")


def not_ahead(call: Call, when: date) -> None:
    if when > call.today:
        raise Refused("date_ahead", "what is proved lies in the past", "日期不得晚于今日")


@leads.command(by="INVEST_DEPT", when="SCREENED")
def negotiate(lead: Lead, call: Call, new_city: District, minutes: Text, rules: Rules, holders: Holders) -> LeadStageAdvanced:
    """Begin talks [在谈], in the hands of a new city, followed up every fortnight of working days."""
    if lead.accepted_at is None:
        raise Refused("not_accepted", "accept the lead first", "请先采纳该线索")
    return advanced(lead, call, rules, Negotiating(new_city=new_city, minutes=minutes), holders, new_city=new_city)


@leads.command(by=("INVEST_DEPT", "NEW_CITY"), when=("NEGOTIATING", "REGISTERED"))
def sign(lead: Lead, call: Call, signing: Signing, rules: Rules, holders: Holders) -> Sequence[LeadStageAdvanced | LeadCreditAssigned]:
    """Sign [签约]; the credit is frozen with the signature."""
    once(lead, "SIGNED")
    not_ahead(call, signing.signed_on)
    step = advanced(lead, call, rules, signing, holders)
    return [step, LeadCreditAssigned(association=lead.introducer, credits=lead.credits)] if lead.credits else [step]


@leads.command(by=("INVEST_DEPT", "NEW_CITY"), when=("SIGNED", "REGISTERED", "STARTED"))
def conclude_contract(lead: Lead, call: Call, signing: Signing) -> LeadContractConcluded:
    """Turn the agreement into a contract [协议转合同]."""
    signed = [p for p in lead.evidence if isinstance(p, Signing)]
    if not signed or signed[-1].paper == "CONTRACT" or signing.paper != "CONTRACT":
        raise Refused("no_agreement_to_turn", "there is no agreement to be turned into a contract", "没有待转为合同的协议")
    not_ahead(call, signing.signed_on)
    return LeadContractConcluded(association=lead.introducer, proof=signing)


@leads.command(by=("INVEST_DEPT", "NEW_CITY"), when=("NEGOTIATING", "SIGNED"))
def register(lead: Lead, call: Call, licence: Licence, rules: Rules, holders: Holders) -> LeadStageAdvanced:
    """The project company has its business licence [注册]; before or after the signature."""
    once(lead, "REGISTERED")
    not_ahead(call, licence.licensed_on)
    return advanced(lead, call, rules, licence, holders, party=licence.company)


@leads.command(by=("INVEST_DEPT", "NEW_CITY"), when=("SIGNED", "REGISTERED"))
def start(lead: Lead, call: Call, ground: GroundBreaking, rules: Rules) -> LeadStageAdvanced:
    """Permanent works have broken ground [开工]; surveys, levelling, demolition and temporary buildings do not count [IN7]."""
    if not {"SIGNED", "REGISTERED"} <= set(lead.trail):
        raise Refused("not_signed_and_registered", "started means signed and registered", "开工须已签约并注册")
    if ground.works in rules.no_start:
        raise Refused("not_a_start", f"{ground.works} is no start of construction", "勘察、平整、拆迁、临时建筑不计为开工")
    not_ahead(call, ground.broke_ground_on)
    return advanced(lead, call, rules, ground)


@leads.command(by=("INVEST_DEPT", "NEW_CITY"), when="STARTED")
def begin_production(lead: Lead, call: Call, production: Production, rules: Rules) -> LeadStageAdvanced:
    """Completed, with first revenue, first tax or the entry into statistics [投产]."""
    not_ahead(call, production.completed_on)
    return advanced(lead, call, rules, production)


@leads.command(by=("INVEST_DEPT", "NEW_CITY"), when=LANDING)
def follow_up(
    lead: Lead, call: Call, how: Literal["VISIT", "MEETING", "CALL", "MATERIAL"], note: Text, rules: Rules, next_action: Line | None = None
) -> LeadFollowedUp:
    """Note a visit, a meeting, a call [跟进]."""
    talks = lead.stage == "NEGOTIATING"
    due, silent = (rules.follow_up_due(call.now), rules.silent_at(call.now)) if talks else (None, None)
    return LeadFollowedUp(association=lead.introducer, followed_up=call.now, follow_up_due=due, silent_at=silent, how=how, note=note,
                          next_action=next_action)  # fmt: skip


@leads.command(by="INVEST_DEPT", when=LANDING)
def reassign(lead: Lead, call: Call, new_city: District, reason: Text) -> LeadReassigned:
    """Give the project to another new city [调整承接新城]."""
    if new_city == lead.new_city:
        raise Refused("already_there", "it is in this new city's hands", "该项目已由该新城承接")
    return LeadReassigned(association=lead.introducer, new_city=new_city, reason=reason)
