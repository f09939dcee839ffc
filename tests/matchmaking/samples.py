"""People, days and projects of the matchmaking tests."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.matchmaking.leads import credit, landing
from services.matchmaking.leads.facts import Lead
from services.matchmaking.leads.forms import Investor, Project, Study
from services.matchmaking.leads.lead import leads, submit
from services.matchmaking.leads.rules import LeadRules, lead_rules
from shared.record import Call, Kind, Refused, Role
from shared.uscc import demo_code

NOON = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Shanghai
LOGISTICS = demo_code("51611100", 8)  # 航空物流协会
AUTOMOTIVE = demo_code("51611100", 10)
FIRM = demo_code("91611100", 1)
COMPANY = demo_code("91611100", 2)
ORGANISATIONS: dict[str, str] = {"INVEST_DEPT": "dept:invest", "SO_ADMIN": "dept:so-admin", "NEW_CITY": "dept:XX-KG", "ASSOCIATION": LOGISTICS,
                                 "ENTERPRISE": FIRM, "FIC": "dept:fic", "CLOCK": "", "PLATFORM": ""}  # fmt: skip
FILLED = (landing, credit)  # the later stages of a lead


def call(role: Role = "ASSOCIATION", now: datetime = NOON, organisation: str = "", district: str = "XX") -> Call:
    return Call(role, organisation or ORGANISATIONS[role], now, UUID(int=1), district=district)


def rules(day: date = NOON.date()) -> LeadRules:
    return lead_rules().in_force(day, "LEAD")


def an_investor(**more: Any) -> Investor:
    return Investor(**({"name": "华东航空货运股份有限公司", "uscc": FIRM} | more))


def a_project(**more: Any) -> Project:
    return Project(**({"title": "西咸空港航空货运枢纽", "gbt4754": "5631", "link_type": "FILL", "amount_total": 5_000_000_000,
                       "amount_fixed_assets": 3_000_000_000, "site_preferences": ("XX-KG",)} | more))  # fmt: skip


def a_study() -> Study:
    return Study(
        industry_fit="契合空港", market="充足", technology="成熟", environment="合规", energy_tce=900, benefit="年税 800 万", land_mu=120
    )


def a_lead(id_: str = "lead-1", by: str = LOGISTICS, at: datetime = NOON, **more: Any) -> Lead:
    told = submit(call(now=at, organisation=by), an_investor(), a_project(), rules(), [])
    return leads.open(told, id_).model_copy(update=more)


def on(kind: Kind[Any, Any], record: Any, outcome: Any) -> Any:
    """The record after what a rule has decided."""
    events = [outcome] if not isinstance(outcome, list | tuple) else list(outcome)
    return kind.evolve(record, events)


def refused(code: str) -> pytest.RaisesExc[Refused]:
    """The rule says no, with this code."""
    return pytest.RaisesExc(Refused, check=lambda no: no.code == code)
