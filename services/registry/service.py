"""The registry as data: its record types, rooms, and what it hears beside them."""

from services.registry.associations import decoupling, ending
from services.registry.associations.association import associations
from services.registry.associations.fic_membership import fic_memberships
from services.registry.associations.public_notice import public_notices
from services.registry.directory.public_list import INDEXES, PUBLIC_LIST
from services.registry.directory.routes import directory
from services.registry.members.membership import memberships
from services.registry.registration import certificate, decision
from services.registry.registration.case import cases
from services.registry.registration.change_case import change_cases
from services.registry.registration.charter_case import charter_cases
from services.registry.registration.formation_plan import formation_plans
from services.registry.registration.publication import regimes
from services.registry.registration.reorganisation import reorganisations
from services.registry.registration.shipping import enter_regimes
from services.registry.registration.transfer import transfers
from services.registry.supervision import annual_check, credit_removal
from services.registry.supervision.annual_report import annual_reports
from services.registry.supervision.credit_listing import credit_listings
from shared.engine import Service

CHAPTERS = (decoupling, ending, decision, certificate, annual_check, credit_removal)  # later chapters of records that began elsewhere

service = Service(
    "registry",
    kinds=(
        formation_plans,
        regimes,
        cases,
        associations,
        change_cases,
        charter_cases,
        transfers,
        reorganisations,
        public_notices,
        fic_memberships,
        memberships,
        annual_reports,
        credit_listings,
    ),
    rooms={"registration": "zone", "associations": "public", "members": "internal", "supervision": "zone"},
    on=PUBLIC_LIST,
    routes=(directory,),
    loops=(enter_regimes,),
    indexes={"directory": INDEXES},
)
