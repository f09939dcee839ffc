"""Referral reward [引荐奖励], R55, R40: what an association has earned with a lead, claimed within a year and paid to its own account. Domain §6.3.

30 % of the award are due when the paid-in capital is verified, 70 % at production; both wait for the credit to be confirmed by investor, new
city and department. A record is one association's part of one of the two: nobody sees what another one gets.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from services.matchmaking.endings import AssociationEnded, Day, must_have_happened
from services.matchmaking.leads.credit import SIDES
from services.matchmaking.leads.facts import Lead
from services.matchmaking.leads.lead import leads
from services.matchmaking.leads.reward_rules import RewardRules, Tranche, reward_rules, split
from services.matchmaking.months import morning
from shared.record import Call, Event, Fen, Given, Heard, Kind, Line, Read, Record, Text

Stage = Literal["DUE", "CLAIMED", "APPROVED", "PAID", "LAPSED", "WITHDRAWN"]
OPEN: tuple[Stage, ...] = ("DUE", "CLAIMED", "APPROVED")
Cause = Literal["LEAD_DROPPED", "ASSOCIATION_GONE"]


class Reward(Record):
    """Referral reward [引荐奖励]"""

    stage: Stage
    lead: str
    tranche: Tranche
    association: str
    amount: Fen  # this association's part of this tranche
    award: Fen  # the whole of the project
    fixed_assets_verified: Fen
    paid_in: Fen
    rules: str
    due_on: date
    claim_by: date
    remind_on: date | None
    claimed_on: date | None = None
    decide_by: date | None = None
    pay_by: date | None = None
    paid_on: date | None = None


class LeadRewardDue(Event, to="DUE"):
    """What is needed is proved: the association may claim its part."""

    lead: str
    tranche: Tranche
    association: str
    amount: Fen
    award: Fen
    fixed_assets_verified: Fen
    paid_in: Fen
    rules: str
    due_on: date
    claim_by: date
    remind_on: date


class LeadRewardClaimDue(Event):
    """Soon the year is over."""

    association: str
    claim_by: date
    remind_on: None = None


class LeadRewardClaimed(Event, to="CLAIMED"):
    """`interest` is what the officers have declared of their own interest in the project [利益关系申报]."""

    association: str
    claimed_on: date
    decide_by: date
    interest: str
    document: str


class LeadRewardReturned(Event, to="DUE"):
    association: str
    reason: str
    claimed_on: None = None
    decide_by: None = None


class LeadRewardDecisionOverdue(Event):
    association: str
    decide_by: date


class LeadRewardApproved(Event, to="APPROVED"):
    association: str
    amount: Fen
    decide_by: None = None
    pay_by: date


class LeadRewardPaymentOverdue(Event):
    association: str
    pay_by: date


class LeadRewardPaid(Event, to="PAID"):
    lead: str
    association: str
    amount: Fen
    paid_on: date
    voucher: str


class LeadRewardLapsed(Event, to="LAPSED"):
    """A year, and nobody has claimed it."""

    association: str
    claim_by: date


class LeadRewardWithdrawn(Event, to="WITHDRAWN"):
    association: str
    cause: Cause


class LeadCreditConfirmed(Heard, type="matchmaking.leads.lead_credit_confirmed.v1"):
    complete: bool


class LeadFundsVerified(Heard, type="matchmaking.leads.lead_funds_verified.v1"):
    paid_in: int


class LeadStageAdvanced(Heard, type="matchmaking.leads.lead_stage_advanced.v1"):
    stage: str


class LeadDropped(Heard, type="matchmaking.leads.lead_dropped.v1"):
    pass


rewards = Kind[Reward, Stage](
    Reward,
    "matchmaking.leads.lead_reward",
    path="lead-rewards",
    key=("lead", "tranche", "association"),
    index=("lead", "association"),
    own={"ASSOCIATION": "association"},
    readers=("INVEST_DEPT", "SO_ADMIN"),
)


async def lead_told_of(read: Read, call: Call, reward: Reward | None, event: Any) -> Lead | None:
    return await read.get(leads, event.about)


async def rewards_of(read: Read, call: Call, reward: Reward | None, event: Any) -> list[Reward]:
    return await read.find(rewards, lead=event.about)


async def rules_of(read: Read, call: Call, reward: Reward, body: Any) -> RewardRules:
    return reward_rules().get("REWARD", reward.rules)


Told = Annotated[Lead | None, Given(lead_told_of)]
There = Annotated[list[Reward], Given(rewards_of)]
Rules = Annotated[RewardRules, Given(rules_of)]


def due(lead: Lead | None, there: Sequence[Reward], call: Call) -> list[LeadRewardDue]:
    """What has become due of a lead and is not there yet."""
    if lead is None or not lead.credits or set(lead.credit_confirmed) != SIDES:
        return []
    rules = reward_rules().in_force(lead.submitted_at.date(), "REWARD")
    award = rules.award(lead.fixed_assets_verified)
    known = {(r.tranche, r.association): r.amount for r in there}
    told = list[LeadRewardDue]()

    def add(tranche: Tranche, parts: dict[str, int]) -> None:
        told.extend(
            LeadRewardDue(
                lead=lead.id, tranche=tranche, association=association, amount=amount, award=award, paid_in=lead.paid_in,
                fixed_assets_verified=lead.fixed_assets_verified, rules=rules.version, due_on=call.today, claim_by=rules.claim_by(call.today),
                remind_on=rules.remind_on(call.today),
            )
            for association, amount in parts.items() if amount > 0 and (tranche, association) not in known
        )  # fmt: skip

    first = split(rules.first(award), lead.credits)
    if lead.paid_in > 0:
        add("FUNDS", first)
    if lead.stage == "IN_PRODUCTION" and lead.paid_in > 0:
        paid = {a: known.get(("FUNDS", a), part) for a, part in first.items()}
        add("PRODUCTION", {a: part - paid[a] for a, part in split(award, lead.credits).items()})
    return told


@rewards.opens_on(LeadCreditConfirmed)
def fall_due_with_credit(call: Call, event: LeadCreditConfirmed, lead: Told, there: There) -> list[LeadRewardDue]:
    """The third side has confirmed who earned it."""
    return due(lead, there, call) if event.complete else []


@rewards.opens_on(LeadFundsVerified)
def fall_due_with_funds(call: Call, event: LeadFundsVerified, lead: Told, there: There) -> list[LeadRewardDue]:
    """The paid-in capital is verified: 30 % are due."""
    return due(lead, there, call)


@rewards.opens_on(LeadStageAdvanced)
def fall_due_with_production(call: Call, event: LeadStageAdvanced, lead: Told, there: There) -> list[LeadRewardDue]:
    """The project produces: the rest is due."""
    return due(lead, there, call) if event.stage == "IN_PRODUCTION" else []


@rewards.command(by="ASSOCIATION", when="DUE")
def claim(reward: Reward, call: Call, interest: Text, document: Line, rules: Rules) -> LeadRewardClaimed:
    """Claim it [申领]: with what the officers declare of their own interest; it is paid to the association, never to a person."""
    return LeadRewardClaimed(
        association=reward.association, claimed_on=call.today, decide_by=rules.decide_by(call.today), interest=interest, document=document
    )


@rewards.command(by="INVEST_DEPT", when="CLAIMED")
def approve(reward: Reward, call: Call, rules: Rules) -> LeadRewardApproved:
    """Grant it [核准]."""
    return LeadRewardApproved(association=reward.association, amount=reward.amount, pay_by=rules.pay_by(call.today))


@rewards.command(by="INVEST_DEPT", when="CLAIMED")
def send_back(reward: Reward, call: Call, reason: Text) -> LeadRewardReturned:
    """Send the claim back [退回], with the reason; it may be claimed again within the year."""
    return LeadRewardReturned(association=reward.association, reason=reason)


@rewards.command(by="INVEST_DEPT", when="APPROVED")
def pay(reward: Reward, call: Call, paid_on: Day, voucher: Line) -> LeadRewardPaid:
    """Record the payment to the association's account [兑付]."""
    must_have_happened(paid_on, call, reward.claimed_on)
    return LeadRewardPaid(lead=reward.lead, association=reward.association, amount=reward.amount, paid_on=paid_on, voucher=voucher)


@rewards.clock(when="DUE", at=lambda reward: morning(reward.remind_on) if reward.remind_on else None)
def remind(reward: Reward, call: Call) -> LeadRewardClaimDue:
    """A month before the year is over."""
    return LeadRewardClaimDue(association=reward.association, claim_by=reward.claim_by)


@rewards.clock(when="DUE", at=lambda reward: morning(reward.claim_by + timedelta(days=1)))
def lapse(reward: Reward, call: Call) -> LeadRewardLapsed:
    """A year without a claim."""
    return LeadRewardLapsed(association=reward.association, claim_by=reward.claim_by)


@rewards.clock(when="CLAIMED", at=lambda reward: morning(reward.decide_by + timedelta(days=1)) if reward.decide_by else None)
def press_for_decision(reward: Reward, call: Call) -> LeadRewardDecisionOverdue | None:
    """The claim waits for too long."""
    return LeadRewardDecisionOverdue(association=reward.association, decide_by=reward.decide_by) if reward.decide_by else None


@rewards.clock(when="APPROVED", at=lambda reward: morning(reward.pay_by + timedelta(days=1)) if reward.pay_by else None)
def press_for_payment(reward: Reward, call: Call) -> LeadRewardPaymentOverdue | None:
    """Granted, and not paid in time."""
    return LeadRewardPaymentOverdue(association=reward.association, pay_by=reward.pay_by) if reward.pay_by else None


@rewards.on(LeadDropped, when=("DUE", "CLAIMED"), where=lambda e: {"lead": e.about})
def withdraw_for_dropped(reward: Reward, call: Call, event: LeadDropped) -> LeadRewardWithdrawn:
    """The project has come to nothing before the reward was granted."""
    return LeadRewardWithdrawn(association=reward.association, cause="LEAD_DROPPED")


@rewards.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def withdraw_for_ended(reward: Reward, call: Call, event: AssociationEnded) -> LeadRewardWithdrawn:
    """The association has ended: there is no account to pay to."""
    return LeadRewardWithdrawn(association=reward.association, cause="ASSOCIATION_GONE")
