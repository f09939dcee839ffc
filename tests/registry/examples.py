"""People, days and records the registry's example tests speak of."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.associations.association import Association, AssociationRegistered, associations
from services.registry.procedures import PROCEDURES, Act, ActDocument
from services.registry.registration.application import Application, FiledPaper, Papers
from services.registry.registration.case import Case, apply, approve_name, cases, submit_papers
from services.registry.registration.decision import give_opinion, grant, seek_opinions
from services.registry.registration.naming import Taken, name_claim
from services.registry.registration.regime import REGIMES, Regime
from shared.record import SHANGHAI, Call, Event, Kind

AIR = "51611100PDY000087D"  # 西咸新区航空物流协会
AI = "51611100PDY0000440"
LEAD = "91611100PDY00001X6"
PERSON = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
DIRECT = REGIMES.get("DIRECT", "2012-07")
DUAL = REGIMES.get("DUAL", "2016-02")
MARCH_2 = date(2026, 3, 2)
OFFICES = {"REG_AUTHORITY": "dept:approval", "SO_ADMIN": "dept:so-admin", "SUPERVISING_UNIT": "dept:supervising", "FIC": "dept:fic",
           "INDUSTRY_DEPT": "dept:industry", "ENTERPRISE": LEAD, "ASSOCIATION": AIR, "CLOCK": "",
           "ASSOC_DEVELOPMENT_BODY": "dept:development"}  # fmt: skip


def by(role: str, on: date = MARCH_2, organisation: str = "", hour: int = 9) -> Call:
    """A call of this role at nine in the morning of a day in Xixian."""
    now = datetime(on.year, on.month, on.day, hour, tzinfo=SHANGHAI)
    return Call(role, organisation or OFFICES.get(role, ""), now, UUID(int=7))


def after(kind: Kind[Any, Any], record: Any, events: Event | Sequence[Event] | None) -> Any:
    """The record after what was decided."""
    told = [] if events is None else [events] if isinstance(events, Event) else list(events)
    return kind.evolve(record, told)


class Shelf:
    """A store of records, for what a rule is given: `Shelf(association(), case)`."""

    def __init__(self, *records: Any) -> None:
        self.records = records

    async def find(self, kind: Kind[Any, Any], **equal: Any) -> list[Any]:
        wanted = {n: v if isinstance(v, list | tuple) else (v,) for n, v in equal.items()}
        mine = [r for r in self.records if isinstance(r, kind.state)]
        return [r for r in mine if all(getattr(r, n) in v for n, v in wanted.items())]

    async def get(self, kind: Kind[Any, Any], id: str) -> Any:
        return next((r for r in self.records if isinstance(r, kind.state) and r.id == id), None)

    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]:
        return []


def papers_for(act: Act, consented: bool = False, items: Sequence[str] = (), without: str = "") -> tuple[ActDocument, ...]:
    needed = sorted(PROCEDURES.in_force(MARCH_2, act).needed(consented, items) - {without})
    return tuple(ActDocument.model_validate({"kind": kind, "document": f"{kind.lower()}.pdf"}) for kind in needed)


def application(**other: Any) -> Application:
    form: dict[str, Any] = {
        "kind": "INDUSTRY_ASSOCIATION", "name": "西咸新区航空物流协会", "level": "NEW_AREA", "district": "XX", "so_category": "01",
        "gbt4754": ["56", "58"], "scope": "航空物流行业服务", "purpose": "服务会员", "domicile": "空港新城示范路 1 号", "territory": "西咸新区",
        "legal_representative": PERSON,
    }  # fmt: skip
    return Application.model_validate(form | other)


def opened(regime: Regime = DIRECT, taken: Taken | None = None, on: date = MARCH_2, **other: Any) -> Case:
    """A case that was just applied for."""
    event = apply(by("ENTERPRISE", on), application(**other), regime, taken or Taken())
    return cases.open(event, "case-1")


def preparing(regime: Regime = DIRECT, **other: Any) -> Case:
    case = opened(regime, **other)
    return after(cases, case, approve_name(case, by("REG_AUTHORITY"), Taken()))


def papers(units: int = 30, persons: int = 0, fund: int = 3_000_000, without: str = "") -> Papers:
    kinds = [k for k in DIRECT.papers if k != without]
    return Papers(
        papers=tuple(FiledPaper(kind=k, document=f"{k}.pdf") for k in kinds),
        unit_members=units,
        individual_members=persons,
        registered_fund=fund,
    )


def accepted(regime: Regime = DIRECT, on: date = MARCH_2, peers: Sequence[Association] = (), **other: Any) -> Case:
    case = preparing(regime, **other)
    return after(cases, case, submit_papers(case, by("ENTERPRISE", on), papers(), list(peers)))


def heard_out(regime: Regime = DIRECT, **other: Any) -> Case:
    """Opinions were sought, and the one that was asked for is there."""
    case = accepted(regime, **other)
    case = after(cases, case, seek_opinions(case, by("REG_AUTHORITY")))
    return after(cases, case, give_opinion(case, by("INDUSTRY_DEPT"), "FOR"))


def decided(regime: Regime = DIRECT, **other: Any) -> Case:
    case = heard_out(regime, **other)
    return after(cases, case, grant(case, by("REG_AUTHORITY"), "条例", [], Taken()))


def association(stage: str = "ACTIVE", **other: Any) -> Association:
    """西咸新区航空物流协会, registered on 2 March 2024 under DIRECT."""
    fields: dict[str, Any] = {
        "uscc": AIR, "name": "西咸新区航空物流协会", "kind": "INDUSTRY_ASSOCIATION", "level": "NEW_AREA", "district": "XX", "so_category": "01",
        "gbt4754": ("56", "58"), "scope": "航空物流行业服务", "scope_basis": "INDUSTRY_CLASS", "purpose": "服务会员", "domicile": "示范路 1 号",
        "territory": "西咸新区", "legal_representative": PERSON, "registered_fund": 3_000_000, "registered_on": date(2024, 3, 2),
        "regime_code": "DIRECT", "regime_version": "2012-07", "annual_mode": "REPORT", "annual_due": "05-31",
    }  # fmt: skip
    fields |= {n: v for n, v in other.items() if n in AssociationRegistered.model_fields}
    event = AssociationRegistered(
        **fields, name_claim=name_claim(fields["name"], fields["district"]), legal_claim=fields["legal_representative"]
    )
    rest = {n: v for n, v in other.items() if n not in AssociationRegistered.model_fields}
    return associations.open(event, "").model_copy(update={"stage": stage, **rest})
