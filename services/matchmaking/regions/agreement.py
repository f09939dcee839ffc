"""Friendship agreement [友好商会协议], R59: proposed, talked over, signed. Once signed, the partnership is its own record. Domain §6.4."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.regions.external_organisation import ExternalOrganisation, external_organisations
from services.matchmaking.regions.rules import Clause, CooperationRules, Years, rules_of
from shared.record import Call, Event, Given, Heard, Kind, Line, Read, Record, Refused, Text

Stage = Literal["PROPOSED", "NEGOTIATING", "SIGNED", "WITHDRAWN", "DECLINED", "LAPSED", "CLOSED"]
Cause = Literal["OWN_DECISION", "ASSOCIATION_GONE"]
Clauses = Annotated[tuple[Clause, ...], Field(min_length=1, max_length=8)]
Rules = Annotated[CooperationRules, Given(rules_of)]


class Agreement(Record):
    """Friendship agreement [友好商会协议]"""

    stage: Stage
    association: str
    partner: str
    partner_name: str
    home_region: str
    pair: str | None  # the two parties, while an agreement between them is under way or in force; distinct in the database
    clauses: tuple[Clause, ...]
    term_years: Years
    rules: str
    lapses_at: datetime
    signed_on: date | None = None
    document: str | None = None


class FriendshipAgreementProposed(Event, to="PROPOSED"):
    association: str
    partner: str
    partner_name: str
    home_region: str
    pair: str
    clauses: tuple[Clause, ...]
    term_years: Years
    rules: str
    lapses_at: datetime


class FriendshipAgreementNegotiated(Event, to="NEGOTIATING"):
    association: str
    partner: str
    clauses: tuple[Clause, ...]
    term_years: Years
    lapses_at: datetime
    minutes: str


class FriendshipAgreementSigned(Event, to="SIGNED"):
    association: str
    partner: str
    partner_name: str
    home_region: str
    clauses: tuple[Clause, ...]
    signed_on: date
    term_years: Years
    rules: str
    document: str


class FriendshipAgreementWithdrawn(Event, to="WITHDRAWN"):
    association: str
    partner: str
    cause: Cause
    reason: str
    pair: None = None


class FriendshipAgreementDeclined(Event, to="DECLINED"):
    association: str
    partner: str
    reason: str
    pair: None = None


class FriendshipAgreementLapsed(Event, to="LAPSED"):
    association: str
    partner: str
    pair: None = None


class FriendshipAgreementClosed(Event, to="CLOSED"):
    association: str
    partner: str
    pair: None = None


class FriendshipEnded(Heard, type="matchmaking.partnerships.friendship_ended.v1"):
    agreement: str


agreements = Kind[Agreement, Stage](
    Agreement,
    "matchmaking.regions.agreement",
    path="agreements",
    unique=("pair",),
    index=("association", "partner"),
    own={"ASSOCIATION": "association"},
    readers=("SO_ADMIN", "FIC"),
)


async def partner_named(read: Read, call: Call, agreement: Agreement | None, body: Any) -> ExternalOrganisation | None:
    return await read.get(external_organisations, body.partner)


async def same_pair(read: Read, call: Call, agreement: Agreement | None, body: Any) -> list[Agreement]:
    return await read.find(agreements, pair=f"{call.organisation}~{body.partner}")


@agreements.opens(by="ASSOCIATION")
def propose(
    call: Call,
    partner: Line,
    clauses: Clauses,
    found: Annotated[ExternalOrganisation | None, Given(partner_named)],
    open_: Annotated[list[Agreement], Given(same_pair)],
    rules: Rules,
    term_years: Years | None = None,
) -> FriendshipAgreementProposed:
    """Propose to a chamber elsewhere to become friends [提议结好]; three years unless another term is named."""
    if found is None or found.stage != "LISTED":
        raise Refused("partner_not_listed", "the partner is not in the directory", "对方组织不在外地组织名录中")
    if open_:
        raise Refused("already_friends", "an agreement with this partner is under way or in force", "与该组织的友好协议正在商谈或有效")
    return FriendshipAgreementProposed(
        association=call.organisation, partner=partner, partner_name=found.entry.name, home_region=found.region,
        pair=f"{call.organisation}~{partner}", clauses=once_each(clauses), term_years=term_years or rules.term_years, rules=rules.version,
        lapses_at=call.now + timedelta(days=rules.proposal_lapse_days),
    )  # fmt: skip


def once_each(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    return tuple(dict.fromkeys(clauses))


@agreements.command(by="ASSOCIATION", when=("PROPOSED", "NEGOTIATING"))
def negotiate(agreement: Agreement, call: Call, clauses: Clauses, minutes: Text, rules: Rules, term_years: Years | None = None) -> FriendshipAgreementNegotiated:  # fmt: skip
    """Note a round of talks [商谈]: the clauses and the term as they stand now."""
    return FriendshipAgreementNegotiated(
        association=agreement.association, partner=agreement.partner, clauses=once_each(clauses),
        term_years=term_years or agreement.term_years, lapses_at=call.now + timedelta(days=rules.proposal_lapse_days), minutes=minutes,
    )  # fmt: skip


@agreements.command(by="ASSOCIATION", when="NEGOTIATING")
def sign(agreement: Agreement, call: Call, signed_on: date, document: Line) -> FriendshipAgreementSigned:
    """Signed by both [签署]: the partnership begins."""
    if signed_on > call.today:
        raise Refused("date_ahead", "it cannot have been signed in the future", "签署日期不得晚于今日")
    if signed_on.year < 2000:
        raise Refused("date_too_old", "an agreement of the last century is none of this platform", "签署日期过早")
    return FriendshipAgreementSigned(
        association=agreement.association, partner=agreement.partner, partner_name=agreement.partner_name, home_region=agreement.home_region,
        clauses=agreement.clauses, signed_on=signed_on, term_years=agreement.term_years, rules=agreement.rules, document=document,
    )  # fmt: skip


@agreements.command(by="ASSOCIATION", when=("PROPOSED", "NEGOTIATING"))
def withdraw(agreement: Agreement, call: Call, reason: Text) -> FriendshipAgreementWithdrawn:
    """Give it up [撤回]."""
    return FriendshipAgreementWithdrawn(association=agreement.association, partner=agreement.partner, cause="OWN_DECISION", reason=reason)


@agreements.command(by=("ASSOCIATION", "SO_ADMIN"), when=("PROPOSED", "NEGOTIATING"))
def note_declined(agreement: Agreement, call: Call, reason: Text) -> FriendshipAgreementDeclined:
    """The partner has declined [对方婉拒]."""
    return FriendshipAgreementDeclined(association=agreement.association, partner=agreement.partner, reason=reason)


@agreements.clock(when=("PROPOSED", "NEGOTIATING"), at=lambda agreement: agreement.lapses_at)
def lapse(agreement: Agreement, call: Call) -> FriendshipAgreementLapsed:
    """Half a year without a round of talks."""
    return FriendshipAgreementLapsed(association=agreement.association, partner=agreement.partner)


@agreements.on(FriendshipEnded, when="SIGNED", where=lambda e: {"id": e.agreement})
def close(agreement: Agreement, call: Call, event: FriendshipEnded) -> FriendshipAgreementClosed:
    """The partnership has ended: the two may agree anew."""
    return FriendshipAgreementClosed(association=agreement.association, partner=agreement.partner)


@agreements.on(AssociationEnded, when=("PROPOSED", "NEGOTIATING"), where=lambda e: {"association": e.uscc})
def withdraw_for_ended(agreement: Agreement, call: Call, event: AssociationEnded) -> FriendshipAgreementWithdrawn:
    """The association has ended."""
    return FriendshipAgreementWithdrawn(
        association=agreement.association,
        partner=agreement.partner,
        cause="ASSOCIATION_GONE",
        reason="the association is no longer registered",
    )
