"""Matchmaking, as data: the record types it owns, what it hears, and the plain code beside them."""

from services.matchmaking.leads import credit, landing
from services.matchmaking.leads.lead import leads
from services.matchmaking.matching.enterprise import enterprises
from services.matchmaking.matching.match import matches
from services.matchmaking.matching.need import needs
from services.matchmaking.matching.offer import offers
from services.matchmaking.partnerships.partnership import partnerships
from services.matchmaking.profiles.projection import BONDS, HANDLERS, PROFILES
from services.matchmaking.recommendations import recommendation_routes
from services.matchmaking.regions.agreement import agreements
from services.matchmaking.regions.external_organisation import external_organisations
from shared.engine import Service

LATER_STAGES = (landing, credit)  # they fill `leads` beyond its first file

service = Service(
    "matchmaking",
    kinds=(leads, enterprises, needs, offers, matches, external_organisations, agreements, partnerships),
    rooms={"leads": "zone", "matching": "internal", "regions": "zone", "partnerships": "public"},
    on=HANDLERS,
    routes=(recommendation_routes,),
    indexes={PROFILES: ("kind",), BONDS: ("association", "other")},
)
