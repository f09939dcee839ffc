"""What the portal reads of the events of others.

Of public rooms it reads names, for they are in the public register. Of zone and internal rooms it reads that something happened
and which stage it led to, nothing else: what is not read cannot be shown (domain §7.4).
"""

from shared.record import Heard


# ── the register (public) ─────────────────────────────────────────────────────────────────────────
class AssociationRegistered(Heard, type="registry.associations.association_registered.v1"):
    uscc: str
    name: str
    kind: str
    level: str
    district: str = ""
    so_category: str


class AssociationActivated(Heard, type="registry.associations.association_activated.v1"):
    uscc: str


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    name: str | None = None


class AssociationClassified(Heard, type="registry.associations.association_classified.v1"):
    uscc: str
    so_category: str


class AssociationJurisdictionTransferred(Heard, type="registry.associations.association_jurisdiction_transferred.v1"):
    uscc: str
    level: str
    district: str = ""


class AssociationDeregistered(Heard, type="registry.associations.association_deregistered.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


# ── grades and partnerships (public) ──────────────────────────────────────────────────────────────
class EvaluationCompleted(Heard, type="evaluation.grades.evaluation_completed.v1"):
    association: str
    grade: str


class RatingDowngraded(Heard, type="evaluation.grades.rating_downgraded.v1"):
    association: str
    grade: str


class RatingRevoked(Heard, type="evaluation.grades.rating_revoked.v1"):
    association: str


class RatingExpired(Heard, type="evaluation.grades.rating_expired.v1"):
    association: str


class CrossRegionPartnershipFormed(Heard, type="matchmaking.partnerships.cross_region_partnership_formed.v1"):
    association: str
    partner_name: str


class FriendshipEnded(Heard, type="matchmaking.partnerships.friendship_ended.v1"):
    pass


# ── leads and plans (zone): only that, the stage, and whether all may know ────────────────────────
class InvestmentLeadCreated(Heard, type="matchmaking.leads.investment_lead_created.v1"):
    confidentiality: str


class InvestmentLeadScreened(Heard, type="matchmaking.leads.investment_lead_screened.v1"):
    pass


class LeadStageAdvanced(Heard, type="matchmaking.leads.lead_stage_advanced.v1"):
    stage: str


class InvestmentLeadRejected(Heard, type="matchmaking.leads.investment_lead_rejected.v1"):
    pass


class LeadLinked(Heard, type="matchmaking.leads.lead_linked.v1"):
    pass


class LeadDropped(Heard, type="matchmaking.leads.lead_dropped.v1"):
    pass


class LeadReopened(Heard, type="matchmaking.leads.lead_reopened.v1"):
    stage: str


class LeadReclassified(Heard, type="matchmaking.leads.lead_reclassified.v1"):
    confidentiality: str


class AssociationFormationPlanned(Heard, type="registry.registration.association_formation_planned.v1"):
    pass


class FormationMilestoneReached(Heard, type="registry.registration.formation_milestone_reached.v1"):
    milestone: str


class FormationAbandoned(Heard, type="registry.registration.formation_abandoned.v1"):
    pass


# ── matches and notices (internal): only that ─────────────────────────────────────────────────────
class MatchProposed(Heard, type="matchmaking.matching.match_proposed.v1"):
    pass


class MatchConnected(Heard, type="matchmaking.matching.match_connected.v1"):
    pass


class MatchFulfilled(Heard, type="matchmaking.matching.match_fulfilled.v1"):
    pass


class NoticeQueued(Heard, type="notification.ledger.notice_queued.v1"):
    event: str


class NoticePosted(Heard, type="notification.ledger.notice_posted.v1"):
    event: str


class NoticeSent(Heard, type="notification.ledger.notice_sent.v1"):
    pass


class NoticeRead(Heard, type="notification.ledger.notice_read.v1"):
    pass
