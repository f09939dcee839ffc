"""Profiles kept from events: one per association, enterprise and chamber elsewhere. Each handler says what happens; all are applied once."""

from collections.abc import Mapping
from typing import Any

from services.matchmaking.engine.scoring import halved
from services.matchmaking.engine.weights import weights
from services.matchmaking.profiles import heard as h
from services.matchmaking.profiles.profile import day_of
from shared.engine import Effects, Handler
from shared.record import Call, Heard

PROFILES, BONDS = "profiles", "bonds"


def remember(effects: Effects, id_: str, call: Call, **fields: Any) -> None:
    effects.update(PROFILES, id_, {"$set": fields | {"updated_on": call.today.isoformat()}})


def mark(effects: Effects, id_: str, **fields: Any) -> None:
    """What others say of an organisation: its own entries do not become fresher by it."""
    effects.update(PROFILES, id_, {"$set": fields})


# ── associations ──────────────────────────────────────────────────────────────────────────────────
async def keep_association(event: h.AssociationRegistered, call: Call, effects: Effects) -> None:
    remember(effects, event.uscc, call, kind="ASSOCIATION", name=event.name, place=event.district, gbt4754=list(event.gbt4754),
             scope=event.scope, active=True)  # fmt: skip


async def keep_change(event: h.AssociationChanged, call: Call, effects: Effects) -> None:
    remember(effects, event.uscc, call, **{n: v for n, v in (("name", event.name), ("scope", event.scope)) if v is not None})


async def keep_class(event: h.AssociationClassified, call: Call, effects: Effects) -> None:
    mark(effects, event.uscc, gbt4754=list(event.gbt4754))


async def keep_place(event: h.AssociationJurisdictionTransferred, call: Call, effects: Effects) -> None:
    mark(effects, event.uscc, place=event.district)


async def set_inactive(
    event: h.AssociationSuspended | h.AssociationLiquidationStarted | h.AssociationDeregistered | h.AssociationRegistrationRevoked,
    call: Call,
    effects: Effects,
) -> None:
    mark(effects, event.uscc, active=False)


async def set_active(event: h.AssociationResumed, call: Call, effects: Effects) -> None:
    mark(effects, event.uscc, active=True)


async def warn(event: h.AbnormalListingAdded, call: Call, effects: Effects) -> None:
    mark(effects, event.association, abnormal=True)


async def lift_warning(event: h.AbnormalListingRemoved, call: Call, effects: Effects) -> None:
    mark(effects, event.association, abnormal=False)


async def bar(event: h.SeriousViolationListed, call: Call, effects: Effects) -> None:
    mark(effects, event.association, serious=True)


async def lift_bar(event: h.SeriousViolationRemoved, call: Call, effects: Effects) -> None:
    mark(effects, event.association, serious=False)


async def keep_grade(event: h.EvaluationCompleted | h.RatingDowngraded, call: Call, effects: Effects) -> None:
    mark(effects, event.association, grade=event.grade)


async def drop_grade(event: h.RatingRevoked | h.RatingExpired, call: Call, effects: Effects) -> None:
    mark(effects, event.association, grade=None)


async def keep_development_list(event: h.DevelopmentListUpdated, call: Call, effects: Effects) -> None:
    """By entry: an association that moves from one list to another may be heard of in either order (R50)."""
    entry = f"development.{event.about}"
    change: dict[str, Any] = {"$set": {entry: event.list}} if event.stage == "LISTED" else {"$unset": {entry: ""}}
    effects.update(PROFILES, event.association, change)


# ── bonds ─────────────────────────────────────────────────────────────────────────────────────────
def bind(effects: Effects, record: str, association: str, other: str) -> None:
    """One row for each membership or partnership record: two of one pair may be heard of in either order."""
    effects.update(BONDS, record, {"$set": {"association": association, "other": other}})


async def keep_member(event: h.MemberJoined, call: Call, effects: Effects) -> None:
    bind(effects, event.about, event.association, event.member)
    effects.update(PROFILES, event.association, {"$inc": {"members": 1}})


async def drop_member(event: h.MemberExited, call: Call, effects: Effects) -> None:
    effects.delete(BONDS, event.about)
    effects.update(PROFILES, event.association, {"$inc": {"members": -1}})


async def keep_partner(event: h.CrossRegionPartnershipFormed, call: Call, effects: Effects) -> None:
    bind(effects, event.about, event.association, event.partner)


async def drop_partner(event: h.FriendshipEnded, call: Call, effects: Effects) -> None:
    effects.delete(BONDS, event.about)


# ── needs, offers, introductions ──────────────────────────────────────────────────────────────────
def stated(event: h.Stated) -> Mapping[str, Any]:
    return {"texts": [event.title, event.text, *event.topics], "size": event.size}


async def keep_need(event: h.ServiceNeedPublished | h.NeedRenewed, call: Call, effects: Effects) -> None:
    remember(effects, event.owner, call, **{f"needs.{event.about}": stated(event)})


async def keep_offer(event: h.ServiceOfferPublished | h.OfferRenewed, call: Call, effects: Effects) -> None:
    remember(effects, event.owner, call, **{f"offers.{event.about}": stated(event)})


async def drop_need(event: h.NeedExpired | h.NeedWithdrawn | h.NeedFulfilled, call: Call, effects: Effects) -> None:
    effects.update(PROFILES, event.owner, {"$unset": {f"needs.{event.about}": ""}})


async def drop_offer(event: h.OfferExpired | h.OfferWithdrawn, call: Call, effects: Effects) -> None:
    effects.update(PROFILES, event.owner, {"$unset": {f"offers.{event.about}": ""}})


async def keep_enterprise(event: h.EnterpriseIntroduced | h.EnterpriseChanged, call: Call, effects: Effects) -> None:
    remember(effects, event.uscc, call, kind="ENTERPRISE", name=event.name, place=event.district, gbt4754=list(event.gbt4754),
             scale=event.scale, position=event.position, intent=event.intent, listed=True)  # fmt: skip


async def hide_enterprise(event: h.EnterpriseRetired, call: Call, effects: Effects) -> None:
    mark(effects, event.uscc, listed=False)


async def keep_chamber(event: h.ExternalOrganisationListed | h.ExternalOrganisationChanged, call: Call, effects: Effects) -> None:
    entry = event.entry
    told = {
        n: {n: {"texts": list(texts), "size": None}} if texts else {} for n, texts in (("needs", entry.needs), ("offers", entry.offers))
    }
    remember(effects, event.about, call, kind="CHAMBER", name=entry.name, place=event.region, gbt4754=list(entry.gbt4754), listed=True,
             members=entry.members, **told)  # fmt: skip


async def hide_chamber(event: h.ExternalOrganisationDelisted, call: Call, effects: Effects) -> None:
    mark(effects, event.about, listed=False)


# ── what came of it ───────────────────────────────────────────────────────────────────────────────
async def shown_once_more(id_: str, call: Call, effects: Effects, **more: int) -> None:
    """A party was shown to somebody, or somebody to it: its exposure, faded since the last time, grows by one."""
    before = await effects.one(PROFILES, id_) or {}
    since = day_of(before.get("exposure_on"))
    half_life = weights().in_force(call.today, "MATCH").exposure.half_life_days
    faded = before.get("exposure", 0.0) * (halved((call.today - since).days, half_life) if since else 1.0)
    change = {"$inc": {"shown": 1, **more}, "$set": {"exposure": faded + 1, "exposure_on": call.today.isoformat()}}
    effects.update(PROFILES, id_, change)


async def count_proposal(event: h.MatchProposed, call: Call, effects: Effects) -> None:
    await shown_once_more(event.candidate, call, effects, open_matches=1)
    effects.update(PROFILES, event.seeker, {"$inc": {"open_matches": 1}})


async def count_consent(event: h.MatchAccepted, call: Call, effects: Effects) -> None:
    if event.by == event.candidate:
        effects.update(PROFILES, event.candidate, {"$inc": {"accepted": 1}})


async def count_suggestion(event: h.LeadSuggested, call: Call, effects: Effects) -> None:
    await shown_once_more(event.association, call, effects)


async def count_taking_up(event: h.LeadSuggestionTakenUp, call: Call, effects: Effects) -> None:
    effects.update(PROFILES, event.association, {"$inc": {"accepted": 1}})


async def free_both(event: h.MatchDeclined | h.MatchFulfilled | h.MatchLapsed, call: Call, effects: Effects) -> None:
    for party in (event.seeker, event.candidate):
        effects.update(PROFILES, party, {"$inc": {"open_matches": -1}})


async def count_lead(event: h.InvestmentLeadAccepted, call: Call, effects: Effects) -> None:
    effects.update(PROFILES, event.association, {"$inc": {"leads_accepted": 1}})


async def count_landing(event: h.LeadStageAdvanced, call: Call, effects: Effects) -> None:
    if event.stage == "STARTED":
        effects.update(PROFILES, event.association, {"$inc": {"leads_landed": 1}})


HANDLERS: Mapping[type[Heard], Handler] = {
    h.AssociationRegistered: keep_association,
    h.AssociationChanged: keep_change,
    h.AssociationClassified: keep_class,
    h.AssociationJurisdictionTransferred: keep_place,
    h.AssociationSuspended: set_inactive,
    h.AssociationLiquidationStarted: set_inactive,
    h.AssociationDeregistered: set_inactive,
    h.AssociationRegistrationRevoked: set_inactive,
    h.AssociationResumed: set_active,
    h.AbnormalListingAdded: warn,
    h.AbnormalListingRemoved: lift_warning,
    h.SeriousViolationListed: bar,
    h.SeriousViolationRemoved: lift_bar,
    h.EvaluationCompleted: keep_grade,
    h.RatingDowngraded: keep_grade,
    h.RatingRevoked: drop_grade,
    h.RatingExpired: drop_grade,
    h.DevelopmentListUpdated: keep_development_list,
    h.MemberJoined: keep_member,
    h.MemberExited: drop_member,
    h.CrossRegionPartnershipFormed: keep_partner,
    h.FriendshipEnded: drop_partner,
    h.ServiceNeedPublished: keep_need,
    h.NeedRenewed: keep_need,
    h.ServiceOfferPublished: keep_offer,
    h.OfferRenewed: keep_offer,
    h.NeedExpired: drop_need,
    h.NeedWithdrawn: drop_need,
    h.NeedFulfilled: drop_need,
    h.OfferExpired: drop_offer,
    h.OfferWithdrawn: drop_offer,
    h.EnterpriseIntroduced: keep_enterprise,
    h.EnterpriseChanged: keep_enterprise,
    h.EnterpriseRetired: hide_enterprise,
    h.ExternalOrganisationListed: keep_chamber,
    h.ExternalOrganisationChanged: keep_chamber,
    h.ExternalOrganisationDelisted: hide_chamber,
    h.MatchProposed: count_proposal,
    h.MatchAccepted: count_consent,
    h.MatchDeclined: free_both,
    h.MatchFulfilled: free_both,
    h.MatchLapsed: free_both,
    h.LeadSuggested: count_suggestion,
    h.LeadSuggestionTakenUp: count_taking_up,
    h.InvestmentLeadAccepted: count_lead,
    h.LeadStageAdvanced: count_landing,
}
