"""The registry as data: its record types, rooms, and what it hears beside them."""

from services.registry.associations import decoupling, ending
from services.registry.associations.association import associations
from services.registry.associations.correction import corrections
from services.registry.associations.fic_membership import fic_memberships
from services.registry.associations.public_notice import public_notices
from services.registry.directory.challenge import challenges
from services.registry.directory.duties import DUTIES as PUBLISHED_DUTIES
from services.registry.directory.duties import PUBLIC_DUTIES, duties
from services.registry.directory.facts import public_facts
from services.registry.directory.public_list import INDEXES, PUBLIC_LIST
from services.registry.directory.routes import directory
from services.registry.directory.snapshot import snapshots
from services.registry.directory.snapshots import CHUNKS, CLAIMS, publish_nightly
from services.registry.disclosure.brand_title import brand_titles
from services.registry.disclosure.commitment_breach import commitment_breaches
from services.registry.disclosure.csr_report import csr_reports
from services.registry.disclosure.development_list_entry import development_list_entries
from services.registry.disclosure.disclosure_item import disclosure_items
from services.registry.disclosure.service_commitment import service_commitments
from services.registry.finance.accounting_status import accounting_statuses
from services.registry.finance.audit_report import audit_reports
from services.registry.finance.bookkeeping_contract import bookkeeping_contracts
from services.registry.finance.financial_statement import financial_statements
from services.registry.governance.association_union import association_unions
from services.registry.governance.branch import branches
from services.registry.governance.charter import charters
from services.registry.governance.governance_body import governance_bodies
from services.registry.governance.governance_seat import governance_seats
from services.registry.governance.governing_body import governing_bodies
from services.registry.governance.meeting import governing_meetings
from services.registry.governance.supervision_report import supervision_reports
from services.registry.members.annual_income import annual_incomes
from services.registry.members.fee import membership_fees
from services.registry.members.fee_standard import fee_standards
from services.registry.members.member_import import PREVIEWS, member_imports
from services.registry.members.membership import memberships
from services.registry.members.routes import IMPORTS, member_files
from services.registry.members.taking_in import take_in_imports
from services.registry.oversight import duties as oversight_duties
from services.registry.oversight import statistics
from services.registry.oversight.routes import oversight
from services.registry.pages.routes import OBJECTIONS, pages
from services.registry.people.legal_name import legal_names
from services.registry.people.officers import office_bearers
from services.registry.people.secretary_general import secretary_generals
from services.registry.people.staff_summary import staff_summaries
from services.registry.people.training_duty import training_duties
from services.registry.people.training_session import training_sessions
from services.registry.port import routes as port
from services.registry.port.client import api_clients
from services.registry.registration import certificate, decision
from services.registry.registration.case import cases
from services.registry.registration.change_case import change_cases
from services.registry.registration.formation_plan import formation_plans
from services.registry.registration.publication import regimes
from services.registry.registration.reorganisation import reorganisations
from services.registry.registration.shipping import enter_regimes
from services.registry.registration.transfer import transfers
from services.registry.supervision import annual_check, credit_causes, credit_removal
from services.registry.supervision.annual_report import annual_reports
from services.registry.supervision.credit_listing import credit_listings
from services.registry.supervision.industry_dept_link import industry_dept_links
from services.registry.supervision.inspection import inspections
from services.registry.supervision.party_building_status import party_building_statuses
from services.registry.supervision.penalty import penalties
from services.registry.supervision.rectification_order import rectification_orders
from shared.engine import Service

# later chapters of records that began elsewhere
CHAPTERS = (decoupling, ending, decision, certificate, annual_check, credit_removal, credit_causes)
FOUNDING = (
    formation_plans, regimes, cases, associations, change_cases, transfers, reorganisations, public_notices, fic_memberships,
)  # fmt: skip
DUTIES = (
    inspections, rectification_orders, penalties, industry_dept_links, party_building_statuses,
    accounting_statuses, financial_statements, audit_reports, bookkeeping_contracts,
    disclosure_items, csr_reports, service_commitments, commitment_breaches, brand_titles, development_list_entries,
)  # fmt: skip
# not public, though much in them ends up published: they hold complaints and penalties not decided, drafts, items for members only, what the
# books say; the public reads what came of it in the directory
DUTY_ROOMS = {"finance": "zone", "disclosure": "zone"}
MEMBERS = (memberships, fee_standards, membership_fees, annual_incomes, member_imports)
GOVERNANCE = (
    charters, governing_bodies, governing_meetings, supervision_reports, branches, governance_bodies, governance_seats, association_unions,
)  # fmt: skip
PEOPLE = (legal_names, office_bearers, secretary_generals, training_sessions, training_duties, staff_summaries)

READING = (corrections, challenges, snapshots, api_clients)
KINDS = (*FOUNDING, *MEMBERS, annual_reports, credit_listings, *DUTIES, *GOVERNANCE, *PEOPLE, *READING)

service = Service(
    "registry",
    kinds=KINDS,
    rooms={
        "registration": "zone",
        "associations": "public",
        "members": "internal",
        "supervision": "zone",
        "governance": "zone",
        "people": "internal",
        "directory": "public",
        "port": "internal",
        **DUTY_ROOMS,
    },
    on=PUBLIC_LIST | PUBLIC_DUTIES | public_facts(KINDS) | oversight_duties.duties_heard(KINDS) | statistics.STATISTICS,
    routes=(directory, duties, member_files, oversight, port.query_port, pages),
    loops=(enter_regimes, take_in_imports, publish_nightly),
    indexes={
        **INDEXES,
        CHUNKS: (),
        CLAIMS: (),
        PUBLISHED_DUTIES: (),
        PREVIEWS: ("made_at",),
        **oversight_duties.INDEXES,
        **statistics.INDEXES,
        **port.INDEXES,
    },
    imports=(IMPORTS,),
    forms=(OBJECTIONS,),
)
