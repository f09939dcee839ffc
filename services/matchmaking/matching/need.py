"""Service need [企业需求 / 协会需求], R52: stated, looked at, open until it is met, expires or is withdrawn."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.matching.rules import MatchingRules, rules_of
from services.matchmaking.matching.statement import (
    OwnerKind,
    StatementForm,
    StatementMade,
    StatementRecord,
    facts,
    no_contact,
    passes,
    without_contacts,
)
from services.matchmaking.months import morning
from shared.record import Call, Event, Given, Heard, Kind, Text

Stage = Literal["REVIEW", "RETURNED", "OPEN", "MATCHED", "CONNECTED", "FULFILLED", "EXPIRED", "WITHDRAWN"]
Rules = Annotated[MatchingRules, Given(rules_of)]


class Need(StatementRecord):
    """Service need [需求]"""

    stage: Stage
    open_matches: int = 0
    connected: str | None = None  # the match that holds it
    reason: str | None = None
    review_by: datetime | None = None


class ServiceNeedSubmitted(StatementMade, to="REVIEW"):
    review_by: datetime | None = None


class ServiceNeedPublished(StatementMade, to="OPEN"):
    review_by: None = None


class ServiceNeedReturned(Event, to="RETURNED"):
    owner: str
    reason: str
    review_by: None = None


class NeedReviewOverdue(Event):
    """No officer has looked at it in time."""

    owner: str
    title: str
    review_by: None = None


class NeedExpiring(Event):
    owner: str


class NeedExpired(Event, to="EXPIRED"):
    owner: str


class NeedRenewed(StatementMade):
    stage: Literal["OPEN", "MATCHED"]


class NeedWithdrawn(Event, to="WITHDRAWN"):
    owner: str
    reason: str


class NeedMatched(Event, to="MATCHED"):
    owner: str
    open_matches: int


class NeedUnmatched(Event):
    stage: Literal["OPEN", "MATCHED", "CONNECTED"]
    owner: str
    open_matches: int
    connected: str | None


class NeedConnected(Event, to="CONNECTED"):
    owner: str
    connected: str


class NeedFulfilled(Event, to="FULFILLED"):
    owner: str


class MatchProposed(Heard, type="matchmaking.matching.match_proposed.v1"):
    need: str | None = None


class MatchConnected(Heard, type="matchmaking.matching.match_connected.v1"):
    need: str | None = None


class MatchDeclined(Heard, type="matchmaking.matching.match_declined.v1"):
    need: str | None = None


class MatchLapsed(Heard, type="matchmaking.matching.match_lapsed.v1"):
    need: str | None = None


class MatchFulfilled(Heard, type="matchmaking.matching.match_fulfilled.v1"):
    need: str | None = None


needs = Kind[Need, Stage](
    Need,
    "matchmaking.matching.need",
    path="needs",
    index=("owner", "subject", "district"),
    own={"ENTERPRISE": "owner", "ASSOCIATION": "owner"},
    readers=("SO_ADMIN", "INVEST_DEPT"),
)


def stated(
    form: StatementForm, call: Call, rules: MatchingRules, owner: str, owner_kind: OwnerKind
) -> ServiceNeedPublished | ServiceNeedSubmitted:
    without_contacts(form)
    made = facts(form, owner, owner_kind, rules, rules.need_expires(form.subject, call.today))
    if passes(form, rules, call):
        return ServiceNeedPublished.model_validate(made)
    return ServiceNeedSubmitted.model_validate(made | {"review_by": rules.review_by(call.now)})


@needs.opens(by=("ENTERPRISE", "ASSOCIATION"))
def publish(call: Call, form: StatementForm, rules: Rules) -> ServiceNeedPublished | ServiceNeedSubmitted:
    """State a need [发布需求]; what says too little waits for an officer's look."""
    return stated(form, call, rules, call.organisation, "ENTERPRISE" if call.role == "ENTERPRISE" else "ASSOCIATION")


@needs.command(by=("ENTERPRISE", "ASSOCIATION"), when=("REVIEW", "RETURNED"))
def revise(need: Need, call: Call, form: StatementForm, rules: Rules) -> ServiceNeedPublished | ServiceNeedSubmitted:
    """State it better [修改]."""
    return stated(form, call, rules, need.owner, need.owner_kind)


@needs.command(by="SO_ADMIN", when="REVIEW")
def approve(need: Need, call: Call, rules: Rules) -> ServiceNeedPublished:
    """Publish it after a look [审核发布]."""
    expires = rules.need_expires(need.subject, call.today)
    return ServiceNeedPublished.model_validate(facts(need, need.owner, need.owner_kind, rules, expires))


@needs.command(by="SO_ADMIN", when="REVIEW")
def send_back(need: Need, call: Call, reason: Text) -> ServiceNeedReturned:
    """Send it back to be said better [退回]."""
    return ServiceNeedReturned(owner=need.owner, reason=reason)


@needs.clock(when="REVIEW", at=lambda need: need.review_by)
def press_for_review(need: Need, call: Call) -> NeedReviewOverdue:
    """Nobody has looked at it in time."""
    return NeedReviewOverdue(owner=need.owner, title=need.title)


@needs.command(by=("ENTERPRISE", "ASSOCIATION"), when=("OPEN", "MATCHED", "EXPIRED"))
def renew(need: Need, call: Call, rules: Rules) -> NeedRenewed:
    """It still stands [续期]."""
    stage = "MATCHED" if need.stage == "MATCHED" else "OPEN"
    made = facts(need, need.owner, need.owner_kind, rules, rules.need_expires(need.subject, call.today))
    return NeedRenewed.model_validate(made | {"stage": stage})


@needs.command(by=("ENTERPRISE", "ASSOCIATION"), when=("REVIEW", "RETURNED", "OPEN", "MATCHED", "EXPIRED"))
def withdraw(need: Need, call: Call, reason: Text) -> NeedWithdrawn:
    """Take it back [撤回]."""
    no_contact(reason, "/reason")
    return NeedWithdrawn(owner=need.owner, reason=reason)


@needs.clock(when=("OPEN", "MATCHED"), at=lambda need: morning(need.remind_on))
def announce_end(need: Need, call: Call) -> NeedExpiring:
    """A week before it expires."""
    return NeedExpiring(owner=need.owner)


@needs.clock(when="OPEN", at=lambda need: morning(need.expires_on + timedelta(days=1)))
def expire(need: Need, call: Call) -> NeedExpired:
    """Its time is over; it may be renewed."""
    return NeedExpired(owner=need.owner)


@needs.on(MatchProposed, when=("OPEN", "MATCHED"), where=lambda e: {"id": e.need})
def note_match(need: Need, call: Call, event: MatchProposed) -> NeedMatched:
    """A match was proposed for it."""
    return NeedMatched(owner=need.owner, open_matches=need.open_matches + 1)


@needs.on(MatchConnected, when=("OPEN", "MATCHED"), where=lambda e: {"id": e.need})
def connect(need: Need, call: Call, event: MatchConnected) -> NeedConnected:
    """Both sides agreed."""
    return NeedConnected(owner=need.owner, connected=event.about)


def unmatched(need: Need, match: str) -> NeedUnmatched:
    """One match less; the need stays connected unless it was the one that holds it."""
    left = max(0, need.open_matches - 1)
    held = need.connected if need.connected != match else None
    return NeedUnmatched(stage="CONNECTED" if held else "MATCHED" if left else "OPEN", owner=need.owner, open_matches=left, connected=held)


@needs.on(MatchDeclined, when=("MATCHED", "CONNECTED"), where=lambda e: {"id": e.need})
def note_decline(need: Need, call: Call, event: MatchDeclined) -> NeedUnmatched:
    """A match was declined; it is open again when no other is left."""
    return unmatched(need, event.about)


@needs.on(MatchLapsed, when=("MATCHED", "CONNECTED"), where=lambda e: {"id": e.need})
def note_lapse(need: Need, call: Call, event: MatchLapsed) -> NeedUnmatched:
    """A match lapsed; only the one that holds the need frees it."""
    return unmatched(need, event.about)


@needs.on(MatchFulfilled, when=("OPEN", "MATCHED", "CONNECTED"), where=lambda e: {"id": e.need})
def fulfil(need: Need, call: Call, event: MatchFulfilled) -> NeedFulfilled:
    """The match has brought what was needed."""
    return NeedFulfilled(owner=need.owner)


@needs.on(AssociationEnded, when=("REVIEW", "RETURNED", "OPEN", "MATCHED", "EXPIRED"), where=lambda e: {"owner": e.uscc})
def withdraw_for_ended(need: Need, call: Call, event: AssociationEnded) -> NeedWithdrawn:
    """Its owner has ended."""
    return NeedWithdrawn(owner=need.owner, reason="the owner is no longer registered")
