"""Matchmaking, as data: the record types it owns, what it hears, and the plain code beside them."""

from services.matchmaking.activities import contest_jury
from services.matchmaking.activities.association_activity import association_activities
from services.matchmaking.activities.brand_event import brand_events
from services.matchmaking.activities.contest import contests
from services.matchmaking.activities.contest_entry import contest_entries
from services.matchmaking.activities.exhibition import exhibitions
from services.matchmaking.activities.exhibition_edition import exhibition_editions
from services.matchmaking.activities.governance_activity import governance_activities
from services.matchmaking.activities.talent_introduction import talent_introductions
from services.matchmaking.conference.conference import conferences
from services.matchmaking.conference.routes import conference_routes
from services.matchmaking.index.live import keep_index
from services.matchmaking.leads import credit, landing
from services.matchmaking.leads.lead import leads
from services.matchmaking.leads.lead_dispute import disputes
from services.matchmaking.leads.lead_reward import rewards
from services.matchmaking.leads.promotion_mandate import mandates
from services.matchmaking.leads.routes import kpi_routes
from services.matchmaking.learning.impressions import INDEXES
from services.matchmaking.matching.contact_card import cards
from services.matchmaking.matching.enterprise import enterprises
from services.matchmaking.matching.lead_push import pushes
from services.matchmaking.matching.lead_suggestion import suggestions
from services.matchmaking.matching.match import matches
from services.matchmaking.matching.need import needs
from services.matchmaking.matching.offer import offers
from services.matchmaking.matching.routes import contact_routes
from services.matchmaking.mediation.mediation_case import cases
from services.matchmaking.partnerships.partnership import partnerships
from services.matchmaking.places.park_project import park_projects
from services.matchmaking.places.tenancy import tenancies
from services.matchmaking.places.venue import venues
from services.matchmaking.places.venue_unit import venue_units
from services.matchmaking.profiles.projection import BONDS, HANDLERS, PROFILES
from services.matchmaking.projects.exchange_placement import exchange_placements
from services.matchmaking.projects.joint_project import joint_projects
from services.matchmaking.projects.standard_project import standard_projects
from services.matchmaking.projects.standards_tally import standards_tallies
from services.matchmaking.recommendations import recommendation_routes
from services.matchmaking.regions.agreement import agreements
from services.matchmaking.regions.external_organisation import external_organisations
from services.matchmaking.regions.international_prospect import prospects
from services.matchmaking.regions.out_of_province_chamber import chambers
from services.matchmaking.regions.promotion_event import promotion_events
from services.matchmaking.service_centre.service_item import items
from services.matchmaking.service_centre.service_request import requests
from shared.engine import Service

LATER_STAGES = (landing, credit, contest_jury)  # they fill `leads` and `contests` beyond their first file
# `zone`: the score of a tenant, a refused filing and a park before its approval are for the departments, not for everybody
PLACES_AND_PROJECTS = (
    venues,
    venue_units,
    tenancies,
    park_projects,
    association_activities,
    brand_events,
    exhibitions,
    exhibition_editions,
    contests,
    contest_entries,
    talent_introductions,
    governance_activities,
    standard_projects,
    standards_tallies,
    joint_projects,
    exchange_placements,
)
ROOMS_OF_PLACES = {"places": "zone", "activities": "zone", "projects": "zone"}

service = Service(
    "matchmaking",
    kinds=(
        leads,
        disputes,
        rewards,
        mandates,
        enterprises,
        needs,
        offers,
        matches,
        cards,
        pushes,
        suggestions,
        external_organisations,
        agreements,
        chambers,
        promotion_events,
        prospects,
        partnerships,
        items,
        requests,
        cases,
        *PLACES_AND_PROJECTS,
        conferences,
    ),
    rooms={
        "leads": "zone",
        "matching": "internal",
        "regions": "zone",
        "partnerships": "public",
        **ROOMS_OF_PLACES,
        "conference": "internal",
        "service_centre": "internal",
        "mediation": "internal",
    },
    on=HANDLERS,
    routes=(recommendation_routes, contact_routes, kpi_routes, conference_routes),
    loops=(keep_index,),
    indexes={PROFILES: ("kind",), BONDS: ("association", "other"), **INDEXES},
)
