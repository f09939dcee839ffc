"""Cross-region partnership [跨区域友好合作], R59: exchanges held, reminded of, gone dormant, renewed or ended. Public. Domain §6.4, §1.10.

It is formed by a friendship agreement that was signed, or by a chamber of Xixian's own that was established in another province (R58).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.months import months_after, morning
from services.matchmaking.regions.rules import Clause, CooperationRules, ExchangeKind, Years, cooperation, rules_in_force, rules_of
from shared.record import Call, Event, Given, Heard, Kind, Line, Record, Refused, Value

Stage = Literal["ACTIVE", "DORMANT", "RENEWED", "ENDED"]
ALIVE: tuple[Stage, ...] = ("ACTIVE", "DORMANT", "RENEWED")
Cause = Literal["TERM_OVER", "BY_A_PARTY", "ASSOCIATION_GONE"]
Basis = Literal["AGREEMENT", "OUT_OF_PROVINCE_CHAMBER"]
KEPT = 50
Rules = Annotated[CooperationRules, Given(rules_of)]


class Exchange(Value):
    """One exchange [交流]: its kind and its day."""

    kind: ExchangeKind
    held_on: date


class Partnership(Record):
    """Cross-region partnership [跨区域友好合作]"""

    stage: Stage
    agreement: str  # the agreement it rests on, or the chamber it is
    basis: Basis = "AGREEMENT"
    association: str
    partner: str
    partner_name: str
    home_region: str
    clauses: tuple[Clause, ...]
    rules: str
    formed_on: date
    ends_on: date
    notice_on: date
    last_exchange: date
    remind_on: tuple[date, ...]
    dormant_on: date
    exchanges: tuple[Exchange, ...] = ()  # the last 50, by day


class CrossRegionPartnershipFormed(Event, to="ACTIVE"):
    """A friendship agreement was signed, or an out-of-province chamber established."""

    agreement: str
    basis: Basis = "AGREEMENT"
    association: str
    partner: str
    partner_name: str
    home_region: str
    clauses: tuple[Clause, ...]
    rules: str
    formed_on: date
    ends_on: date
    notice_on: date
    last_exchange: date
    remind_on: tuple[date, ...]
    dormant_on: date


class ExchangeHeld(Event):
    association: str
    partner: str
    kind: ExchangeKind
    held_on: date
    subject: str
    last_exchange: date
    remind_on: tuple[date, ...]
    dormant_on: date

    def apply(self, record: Any, /) -> Any:
        held: Partnership = super().apply(record)
        all_ = sorted((*record.exchanges, Exchange(kind=self.kind, held_on=self.held_on)), key=lambda x: x.held_on)
        return held.model_copy(update={"exchanges": tuple(all_[-KEPT:])})


class ExchangeDue(Event):
    """Nobody has met for long; what the year still asks for is `missing`."""

    association: str
    partner: str
    partner_name: str
    dormant_on: date
    missing: dict[ExchangeKind, int]


class FriendshipDormant(Event, to="DORMANT"):
    association: str
    partner: str


class FriendshipRevived(Event, to="ACTIVE"):
    association: str
    partner: str


class FriendshipExpiring(Event):
    association: str
    partner: str
    ends_on: date


class FriendshipRenewed(Event, to="RENEWED"):
    association: str
    partner: str
    ends_on: date
    notice_on: date
    last_exchange: date
    remind_on: tuple[date, ...]
    dormant_on: date


class FriendshipEnded(Event, to="ENDED"):
    agreement: str
    association: str
    partner: str
    cause: Cause
    ended_on: date


class FriendshipAgreementSigned(Heard, type="matchmaking.regions.friendship_agreement_signed.v1"):
    association: str
    partner: str
    partner_name: str
    home_region: str
    clauses: tuple[Clause, ...]
    signed_on: date
    term_years: Years


class OutOfProvinceChamberEstablished(Heard, type="matchmaking.regions.out_of_province_chamber_established.v1"):
    association: str
    name: str
    host_region: str
    uscc: str
    established_on: date


class OutOfProvinceChamberClosed(Heard, type="matchmaking.regions.out_of_province_chamber_closed.v1"):
    pass


partnerships = Kind[Partnership, Stage](
    Partnership,
    "matchmaking.partnerships.partnership",
    path="partnerships",
    key=("agreement",),
    index=("association", "partner", "home_region"),
    own={"ASSOCIATION": "association"},
    readers=("PUBLIC", "SO_ADMIN", "FIC", "INVEST_DEPT", "NEW_CITY"),
)


@partnerships.opens_on(FriendshipAgreementSigned)
def form(
    call: Call, event: FriendshipAgreementSigned, rules: Annotated[CooperationRules, Given(rules_in_force)]
) -> CrossRegionPartnershipFormed:
    """The agreement is signed: the partnership stands for its term."""
    return CrossRegionPartnershipFormed(
        agreement=event.about, association=event.association, partner=event.partner, partner_name=event.partner_name,
        home_region=event.home_region, clauses=event.clauses, **term(rules, event.signed_on, event.term_years),
    )  # fmt: skip


@partnerships.opens_on(OutOfProvinceChamberEstablished)
def form_with_chamber(
    call: Call, event: OutOfProvinceChamberEstablished, rules: Annotated[CooperationRules, Given(rules_in_force)]
) -> CrossRegionPartnershipFormed:
    """Xixian has a chamber there: it stands for the usual term, and is renewed like any other."""
    return CrossRegionPartnershipFormed(
        agreement=event.about, basis="OUT_OF_PROVINCE_CHAMBER", association=event.association, partner=event.uscc, partner_name=event.name,
        home_region=event.host_region, clauses=rules.chamber_clauses, **term(rules, event.established_on, rules.term_years),
    )  # fmt: skip


def term(rules: CooperationRules, begins: date, years: int) -> dict[str, Any]:
    ends = rules.ends_on(begins, years)
    return {"rules": rules.version, "formed_on": begins, "ends_on": ends, "notice_on": rules.notice_on(ends), "last_exchange": begins,
            "remind_on": rules.remind_on(begins), "dormant_on": rules.dormant_on(begins)}  # fmt: skip


@partnerships.command(by="ASSOCIATION", when=ALIVE)
def hold_exchange(
    partnership: Partnership, call: Call, kind: ExchangeKind, held_on: date, subject: Line, rules: Rules
) -> Sequence[ExchangeHeld | FriendshipRevived]:
    """Record a visit, a letter, a fair attended [交流活动]; it wakes a dormant friendship."""
    if not partnership.formed_on <= held_on <= call.today:
        raise Refused("date_outside", "the exchange lies between the signature and today", "交流日期应在签约之后且不晚于今日")
    last = max(held_on, partnership.last_exchange)
    held = ExchangeHeld(
        association=partnership.association, partner=partnership.partner, kind=kind, held_on=held_on, subject=subject, last_exchange=last,
        remind_on=rules.remind_on(last), dormant_on=rules.dormant_on(last),
    )  # fmt: skip
    woken = partnership.stage == "DORMANT" and rules.dormant_on(last) > call.today
    return [held, FriendshipRevived(association=partnership.association, partner=partnership.partner)] if woken else [held]


@partnerships.command(by="ASSOCIATION", when=ALIVE)
def renew(partnership: Partnership, call: Call, term_years: Years, rules: Rules) -> FriendshipRenewed:
    """Both go on [续签]: the new term follows the running one; the year of exchanges begins anew."""
    if call.today < partnership.notice_on and partnership.stage != "DORMANT":
        raise Refused("too_early", f"it may be renewed from {partnership.notice_on}", f"{partnership.notice_on} 起方可续签")
    ends = rules.ends_on(partnership.ends_on, term_years)
    last = call.today
    return FriendshipRenewed(
        association=partnership.association, partner=partnership.partner, ends_on=ends, notice_on=rules.notice_on(ends), last_exchange=last,
        remind_on=rules.remind_on(last), dormant_on=rules.dormant_on(last),
    )  # fmt: skip


@partnerships.command(by="ASSOCIATION", when=ALIVE)
def end(partnership: Partnership, call: Call) -> FriendshipEnded:
    """Part [终止]."""
    return ended(partnership, call, "BY_A_PARTY")


def ended(partnership: Partnership, call: Call, cause: Cause) -> FriendshipEnded:
    return FriendshipEnded(
        agreement=partnership.agreement, association=partnership.association, partner=partnership.partner, cause=cause, ended_on=call.today
    )


def missing(partnership: Partnership, day: date, rules: CooperationRules) -> dict[ExchangeKind, int]:
    """What the last twelve months lack of the yearly minimum: one visit and two letters by default."""
    held = [x.kind for x in partnership.exchanges if months_after(day, -12) < x.held_on <= day]
    return {kind: least - held.count(kind) for kind, least in rules.minimum_per_year.items() if held.count(kind) < least}


def reminders(partnership: Partnership) -> Iterator[datetime]:
    return (morning(day) for day in partnership.remind_on)


@partnerships.clock(when=("ACTIVE", "RENEWED"), at=reminders)
def remind(partnership: Partnership, call: Call) -> ExchangeDue:
    """Nine, and eleven, months without an exchange."""
    rules = cooperation().get("COOPERATION", partnership.rules)
    return ExchangeDue(
        association=partnership.association, partner=partnership.partner, partner_name=partnership.partner_name,
        dormant_on=partnership.dormant_on, missing=missing(partnership, call.today, rules),
    )  # fmt: skip


@partnerships.clock(when=("ACTIVE", "RENEWED"), at=lambda partnership: morning(partnership.dormant_on))
def fall_dormant(partnership: Partnership, call: Call) -> FriendshipDormant:
    """Twelve months without an exchange."""
    return FriendshipDormant(association=partnership.association, partner=partnership.partner)


@partnerships.clock(when=ALIVE, at=lambda partnership: morning(partnership.notice_on))
def announce_end(partnership: Partnership, call: Call) -> FriendshipExpiring:
    """Three months before the term is over: renew, or part."""
    return FriendshipExpiring(association=partnership.association, partner=partnership.partner, ends_on=partnership.ends_on)


@partnerships.clock(when=ALIVE, at=lambda partnership: morning(partnership.ends_on + timedelta(days=1)))
def end_with_term(partnership: Partnership, call: Call) -> FriendshipEnded:
    """The term is over and nobody has renewed."""
    return ended(partnership, call, "TERM_OVER")


@partnerships.on(AssociationEnded, when=ALIVE, where=lambda e: {"association": e.uscc})
def end_for_ended(partnership: Partnership, call: Call, event: AssociationEnded) -> FriendshipEnded:
    """The association has ended."""
    return ended(partnership, call, "ASSOCIATION_GONE")


@partnerships.on(OutOfProvinceChamberClosed, when=ALIVE, where=lambda e: {"id": e.about})
def end_for_closed(partnership: Partnership, call: Call, event: OutOfProvinceChamberClosed) -> FriendshipEnded:
    """The chamber there is no more."""
    return ended(partnership, call, "BY_A_PARTY")
