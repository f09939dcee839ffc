"""Values the registry's records share: kinds, levels, classes, and what the law has registered of an association."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.district import District
from shared.industry import IndustryCode
from shared.names import Name
from shared.record import SHANGHAI, Fen, Line, Role, Text
from shared.uscc import AssociationUscc

OrganisationKind = Literal["INDUSTRY_ASSOCIATION", "CHAMBER"]
Level = Literal["NEW_AREA", "NEW_CITY"]
ScopeBasis = Literal["INDUSTRY_CLASS", "PRODUCT_CLASS", "BUSINESS_MODE", "VALUE_CHAIN_STAGE", "SERVICE_FUNCTION"]
AnnualMode = Literal["CHECK", "REPORT"]
Affiliation = Literal["GOV_DEPT", "FIC", "NONE"]
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", examples=["05-31"])]
SoCategory = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-4])$", description="field class, 民办函〔2007〕210号: 01 commerce … 14 other")]
PersonRef = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$", description="a person, by reference only")]
IndustryCodes = Annotated[tuple[IndustryCode, ...], Field(min_length=1, max_length=10)]
AUTHORITY: tuple[Role, ...] = ("REG_AUTHORITY", "NEW_CITY")  # the level decides which of the two acts (R2)


class RegisteredItems(BaseModel):
    """What the certificate and the register say (art. 12), and the rules the association lives under."""

    model_config = ConfigDict(frozen=True)

    uscc: AssociationUscc
    name: Name
    kind: OrganisationKind
    level: Level
    district: District
    so_category: SoCategory
    gbt4754: IndustryCodes
    scope: Text
    scope_basis: ScopeBasis
    scope_term: Line | None = None
    purpose: Text
    domicile: Line
    territory: Line
    home_region: Line | None = None
    legal_representative: PersonRef
    registered_fund: Fen
    supervising_unit: str | None = None
    affiliation: Affiliation = "NONE"
    registered_on: date
    regime_code: str
    regime_version: str
    annual_mode: AnnualMode
    annual_first_review: str | None = None
    annual_first_due: MonthDay | None = None
    annual_due: MonthDay
    change_days: int = 30
    change_consent_role: Role | None = None


def begin_of(day: date) -> datetime:
    """Midnight with which a day begins in Xixian."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of(day: date) -> datetime:
    """The moment a day is over in Xixian: deadlines include their last day."""
    return begin_of(day + timedelta(days=1))


def years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def months_after(day: date, months: int) -> date:
    """The same day some months on, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    last = (date(day.year + years + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(day.year + years, month + 1, min(day.day, last))
