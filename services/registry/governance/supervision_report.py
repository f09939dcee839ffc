"""Supervision report [监督报告], R30; domain §4.4 (2.2.3): what the supervisors found in a year, one record for one report."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import able, acting
from services.registry.associations.association import Association
from shared.record import Call, Event, Given, Kind, Line, Malformed, Record

Stage = Literal["FILED"]
Year = Annotated[int, Field(ge=1980, le=2100)]


class SupervisionReport(Record):
    """Supervision report [监事会监督报告]"""

    stage: Stage
    association: str
    year: int
    document: str
    filed_on: date


class SupervisionReportFiled(Event, to="FILED", effective="filed_on"):
    """The supervisors have reported to the assembly [监事会报告]."""

    association: str
    year: int
    document: str
    filed_on: date


supervision_reports = Kind[SupervisionReport, Stage](
    SupervisionReport, "registry.governance.supervision_report", path="supervision-reports", unique=(("association", "document"),),
    index=("association", "year"), own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip


@supervision_reports.opens(by="ASSOCIATION")
def file(call: Call, year: Year, document: Line, association: Annotated[Association | None, Given(acting)]) -> SupervisionReportFiled:  # fmt: skip
    """File a report of the supervisors [报送监督报告]; `document` by its reference in the document store."""
    of = able(association)
    if not of.registered_on.year <= year <= call.today.year:
        raise Malformed("year_out_of_range", "a year since the registration, and not in the future", "年度不正确", pointer="/year")
    return SupervisionReportFiled(association=of.uscc, year=year, document=document, filed_on=call.today)
