"""The papers of an investment lead [招商线索]: form 1, form 2, and the evidence each stage asks for. Domain §6.1–6.3."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.district import District
from shared.industry import IndustryCode
from shared.names import Name
from shared.record import Count, Fen, Line, Text, Value
from shared.uscc import EnterpriseUscc, Uscc

Confidentiality = Literal["PUBLIC", "INTERNAL", "CONFIDENTIAL"]
ProjectKind = Literal["NEW", "STATE_FINANCED", "HOUSING", "PURE_OUTLET", "EXPANSION_OF_LANDED"]
LinkType = Literal["EXTEND", "FILL", "STRENGTHEN"]
CreditRole = Literal["INFORMATION", "FACILITATION"]
Side = Literal["INVESTOR", "NEW_CITY", "INVEST_DEPT"]
Works = Literal["PILES", "FOUNDATION", "STRUCTURE", "PERMANENT_ROAD", "SURVEY", "LEVELLING", "DEMOLITION", "TEMPORARY_BUILDING"]
EndReason = Literal["INVESTOR_WITHDREW", "NO_SITE", "NOT_FEASIBLE", "AGAINST_POLICY", "WENT_ELSEWHERE", "NO_CONTACT", "OTHER"]
PersonRef = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="person_ref of the registry's vault")]


class Investor(Value):
    """Who wants to invest [投资方]; a person to talk to only as `contact_ref`."""

    name: Name
    uscc: Uscc | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"
    rank: Literal["WORLD_500", "CHINA_500", "PRIVATE_500", "OTHER"] = "OTHER"


class Project(Value):
    """What is to be built, and how large: amounts in fen, land in mu [亩], floor in m², energy in tonnes of coal equivalent."""

    title: Line
    gbt4754: IndustryCode
    kind: ProjectKind = "NEW"
    chain: Line | None = None
    chain_segment: Literal["UPSTREAM", "MIDSTREAM", "DOWNSTREAM"] | None = None
    link_type: LinkType
    amount_total: Fen
    amount_fixed_assets: Fen = 0
    land_mu: Count = 0
    floor_area: Count = 0
    energy_tce: Count = 0
    employment: Count = 0
    annual_output: Fen = 0
    annual_tax: Fen = 0
    site_preferences: Annotated[tuple[District, ...], Field(max_length=6)] = ()


class Study(Value):
    """Form 2 [研判表]: fit with the industry, market, technology, environment, energy, benefit, land."""

    industry_fit: Text
    market: Text
    technology: Text
    environment: Text
    energy_tce: Count
    benefit: Text
    land_mu: Count


class Suspect(Value):
    """Another lead that may be the same project: likeness of investor and project in thousandths."""

    lead: str
    investor_permille: int
    project_permille: int


class Credit(Value):
    """A share of the credit for a project, in thousandths; all of a lead make 1000."""

    association: Uscc
    role: CreditRole
    permille: Annotated[int, Field(ge=1, le=1000)]


class Negotiating(Value):
    """Talks have begun [在谈], in the hands of one new city."""

    stage: Literal["NEGOTIATING"] = "NEGOTIATING"
    new_city: District
    minutes: Text


class Signing(Value):
    """An agreement or a contract [协议 / 合同]: kept apart, for agreements are to be turned into contracts."""

    stage: Literal["SIGNED"] = "SIGNED"
    paper: Literal["AGREEMENT", "CONTRACT"]
    document: Line
    signed_on: date
    contracted: Fen


class Licence(Value):
    """The project company's business licence [营业执照]."""

    stage: Literal["REGISTERED"] = "REGISTERED"
    company: EnterpriseUscc
    licensed_on: date


class GroundBreaking(Value):
    """Permanent works have broken ground [开工] and the project is in the fixed-asset investment database [IN7]."""

    stage: Literal["STARTED"] = "STARTED"
    works: Works
    broke_ground_on: date
    investment_database_no: Line


class Production(Value):
    """Completion with first revenue, first tax or entry into the above-scale statistics [投产 / 入规]."""

    stage: Literal["IN_PRODUCTION"] = "IN_PRODUCTION"
    completed_on: date
    proof: Literal["FIRST_REVENUE", "FIRST_TAX", "ABOVE_SCALE"]
    document: Line


Proof = Annotated[Negotiating | Signing | Licence | GroundBreaking | Production, Field(discriminator="stage")]
