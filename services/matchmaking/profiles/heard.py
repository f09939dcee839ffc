"""What the profiles read of other rooms and services: only these fields."""

from pydantic import BaseModel, ConfigDict

from shared.record import Heard


# ── registry ──────────────────────────────────────────────────────────────────────────────────────
class AssociationRegistered(Heard, type="registry.associations.association_registered.v1"):
    uscc: str
    name: str
    district: str
    gbt4754: tuple[str, ...] = ()
    scope: str = ""


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    name: str | None = None
    scope: str | None = None


class AssociationClassified(Heard, type="registry.associations.association_classified.v1"):
    uscc: str
    gbt4754: tuple[str, ...]


class AssociationJurisdictionTransferred(Heard, type="registry.associations.association_jurisdiction_transferred.v1"):
    uscc: str
    district: str


class AssociationSuspended(Heard, type="registry.associations.association_suspended.v1"):
    uscc: str


class AssociationResumed(Heard, type="registry.associations.association_resumed.v1"):
    uscc: str


class AssociationLiquidationStarted(Heard, type="registry.associations.association_liquidation_started.v1"):
    uscc: str


class AssociationDeregistered(Heard, type="registry.associations.association_deregistered.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


class AbnormalListingAdded(Heard, type="registry.supervision.abnormal_listing_added.v1"):
    association: str


class AbnormalListingRemoved(Heard, type="registry.supervision.abnormal_listing_removed.v1"):
    association: str


class SeriousViolationListed(Heard, type="registry.supervision.serious_violation_listed.v1"):
    association: str


class SeriousViolationRemoved(Heard, type="registry.supervision.serious_violation_removed.v1"):
    association: str


class DevelopmentListUpdated(Heard, type="registry.disclosure.development_list_updated.v1"):
    stage: str
    association: str
    list: str


class MemberJoined(Heard, type="registry.members.member_joined.v1"):
    association: str
    member: str


class MemberExited(Heard, type="registry.members.member_exited.v1"):
    association: str
    member: str


# ── evaluation ────────────────────────────────────────────────────────────────────────────────────
class EvaluationCompleted(Heard, type="evaluation.grades.evaluation_completed.v1"):
    association: str
    grade: str


class RatingDowngraded(Heard, type="evaluation.grades.rating_downgraded.v1"):
    association: str
    grade: str | None = None


class RatingRevoked(Heard, type="evaluation.grades.rating_revoked.v1"):
    association: str


class RatingExpired(Heard, type="evaluation.grades.rating_expired.v1"):
    association: str


# ── its own rooms ─────────────────────────────────────────────────────────────────────────────────
class Stated(Heard):
    """A need or an offer as it stands now."""

    owner: str
    title: str
    text: str
    topics: tuple[str, ...]
    size: str | None = None


class ServiceNeedPublished(Stated, type="matchmaking.matching.service_need_published.v1"):
    pass


class NeedRenewed(Stated, type="matchmaking.matching.need_renewed.v1"):
    pass


class ServiceOfferPublished(Stated, type="matchmaking.matching.service_offer_published.v1"):
    pass


class OfferRenewed(Stated, type="matchmaking.matching.offer_renewed.v1"):
    pass


class NeedExpired(Heard, type="matchmaking.matching.need_expired.v1"):
    owner: str


class NeedWithdrawn(Heard, type="matchmaking.matching.need_withdrawn.v1"):
    owner: str


class NeedFulfilled(Heard, type="matchmaking.matching.need_fulfilled.v1"):
    owner: str


class OfferExpired(Heard, type="matchmaking.matching.offer_expired.v1"):
    owner: str


class OfferWithdrawn(Heard, type="matchmaking.matching.offer_withdrawn.v1"):
    owner: str


class Introduced(Heard):
    """An enterprise as it introduces itself."""

    uscc: str
    name: str
    gbt4754: tuple[str, ...]
    district: str
    scale: str
    position: str | None = None
    intent: str = "STRENGTHEN"


class EnterpriseIntroduced(Introduced, type="matchmaking.matching.enterprise_introduced.v1"):
    pass


class EnterpriseChanged(Introduced, type="matchmaking.matching.enterprise_changed.v1"):
    pass


class EnterpriseRetired(Heard, type="matchmaking.matching.enterprise_retired.v1"):
    uscc: str


class Between(Heard):
    seeker: str
    candidate: str


class MatchProposed(Between, type="matchmaking.matching.match_proposed.v1"):
    pass


class MatchAccepted(Between, type="matchmaking.matching.match_accepted.v1"):
    by: str


class MatchDeclined(Between, type="matchmaking.matching.match_declined.v1"):
    pass


class MatchFulfilled(Between, type="matchmaking.matching.match_fulfilled.v1"):
    pass


class MatchLapsed(Between, type="matchmaking.matching.match_lapsed.v1"):
    pass


class LeadSuggested(Heard, type="matchmaking.matching.lead_suggested.v1"):
    association: str


class LeadSuggestionTakenUp(Heard, type="matchmaking.matching.lead_suggestion_taken_up.v1"):
    association: str


class Entry(BaseModel):
    """What the directory says of an organisation elsewhere."""

    model_config = ConfigDict(frozen=True)
    name: str
    gbt4754: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    members: int = 0


class Listed(Heard):
    region: str
    entry: Entry


class ExternalOrganisationListed(Listed, type="matchmaking.regions.external_organisation_listed.v1"):
    pass


class ExternalOrganisationChanged(Listed, type="matchmaking.regions.external_organisation_changed.v1"):
    pass


class ExternalOrganisationDelisted(Heard, type="matchmaking.regions.external_organisation_delisted.v1"):
    pass


class CrossRegionPartnershipFormed(Heard, type="matchmaking.partnerships.cross_region_partnership_formed.v1"):
    association: str
    partner: str


class FriendshipEnded(Heard, type="matchmaking.partnerships.friendship_ended.v1"):
    association: str
    partner: str


class InvestmentLeadAccepted(Heard, type="matchmaking.leads.investment_lead_accepted.v1"):
    association: str


class LeadStageAdvanced(Heard, type="matchmaking.leads.lead_stage_advanced.v1"):
    association: str
    stage: str
