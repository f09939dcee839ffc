"""Edition of an exhibition [届], R12: planned, filed, held, reported with its figures, audited; or cancelled. For R10 and indicator 3.2.5."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.activities.exhibition import Exhibition, exhibitions
from services.matchmaking.activities.rules import ActivityRules, Level, rules_of
from services.matchmaking.endings import Day, must_be_ahead, must_have_happened
from shared.record import Call, Count, Event, Fen, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value

Stage = Literal["PLANNED", "FILED", "HELD", "REPORTED", "AUDITED", "CANCELLED"]
Number = Annotated[int, Field(ge=1, le=500)]
Area = Annotated[int, Field(ge=1, le=10**7, description="m²")]
Rules = Annotated[ActivityRules, Given(rules_of)]
THOUSAND = 1000


class Figures(Value):
    """Outcome of an edition: areas in m², booths, exhibitors and trade visitors in number, turnover and the rent paid for the hall in fen."""

    area_m2: Area
    booths: Count
    exhibitors: Count
    pro_buyers: Count
    turnover: Fen
    venue_rent: Fen = 0


class ExhibitionEdition(Record):
    """Edition of an exhibition [届]"""

    stage: Stage
    association: str
    exhibition: str
    name: str
    edition: int
    slot: str | None  # exhibition and number, unless cancelled; distinct in the database
    level: Level
    hall: str
    planned_from: date
    planned_to: date
    rules: str
    lapses_at: datetime
    filing_no: str | None = None
    held_from: date | None = None
    held_to: date | None = None
    report_due: datetime | None = None
    figures: Figures | None = None
    ufi: bool = False
    area_growth_permille: int | None = None
    auditor: str | None = None


class ExhibitionEditionPlanned(Event, to="PLANNED"):
    """An edition is planned."""

    association: str
    exhibition: str
    name: str
    edition: int
    slot: str
    level: Level
    hall: str
    planned_from: date
    planned_to: date
    rules: str
    lapses_at: datetime


class ExhibitionEditionFiled(Event, to="FILED"):
    """The department knows of it and has nothing against it."""

    association: str
    exhibition: str
    name: str
    edition: int
    filing_no: str


class ExhibitionEditionHeld(Event, to="HELD"):
    """It has taken place."""

    association: str
    exhibition: str
    name: str
    edition: int
    level: Level
    held_from: date
    held_to: date
    report_due: datetime


class ExhibitionEditionReportDue(Event):
    """Thirty days after its last day no figures are there."""

    association: str
    exhibition: str
    name: str
    edition: int


class ExhibitionEditionReported(Event, to="REPORTED"):
    """Its figures; growth of the area over the last edition reported, in thousandths, where there is one."""

    association: str
    exhibition: str
    name: str
    edition: int
    level: Level
    figures: Figures
    ufi: bool
    area_growth_permille: int | None


class ExhibitionEditionAudited(Event, to="AUDITED"):
    """An auditor has certified the figures, which may differ from those reported."""

    association: str
    exhibition: str
    name: str
    edition: int
    level: Level
    figures: Figures
    ufi: bool
    auditor: str
    area_growth_permille: int | None


class ExhibitionEditionCancelled(Event, to="CANCELLED"):
    """It was not held."""

    association: str
    exhibition: str
    name: str
    edition: int
    reason: str
    slot: None = None


exhibition_editions = Kind[ExhibitionEdition, Stage](
    ExhibitionEdition,
    "matchmaking.activities.exhibition_edition",
    path="exhibition-editions",
    unique=("slot",),
    index=("association", "exhibition"),
    own={"ASSOCIATION": "association"},
    readers=("INVEST_DEPT", "NEW_CITY"),
)


async def exhibition_named(read: Read, call: Call, edition: ExhibitionEdition | None, body: Any) -> Exhibition | None:
    return await read.get(exhibitions, edition.exhibition if edition else body.exhibition)


async def editions_of(read: Read, call: Call, edition: ExhibitionEdition | None, body: Any) -> list[ExhibitionEdition]:
    return await read.find(exhibition_editions, exhibition=edition.exhibition if edition else body.exhibition)


Series = Annotated[Exhibition | None, Given(exhibition_named)]
Editions = Annotated[list[ExhibitionEdition], Given(editions_of)]


@exhibition_editions.opens(by="ASSOCIATION")
def plan(
    call: Call, exhibition: Line, edition: Number, hall: Line, planned_from: Day, planned_to: Day, series: Series, others: Editions,
    rules: Rules, level: Level = "NEW_AREA",
) -> ExhibitionEditionPlanned:  # fmt: skip
    """Plan an edition [计划办展] of one's own exhibition."""
    if series is None or series.stage != "RUNNING" or series.association != call.organisation:
        raise Refused("exhibition_not_yours", "you have no such exhibition running", "没有该展会或已停办", pointer="/exhibition")
    if any(o.edition == edition and o.stage != "CANCELLED" for o in others):
        raise Refused("edition_taken", "this edition is entered", "该届已登记", pointer="/edition")
    if planned_to < planned_from:
        raise Malformed("ends_before_it_begins", "it ends before it begins", "结束日期早于开始日期", pointer="/planned_to")
    must_be_ahead(planned_from, call)
    return ExhibitionEditionPlanned(
        association=call.organisation, exhibition=exhibition, name=series.name, edition=edition, slot=f"{exhibition}~{edition}", level=level,
        hall=hall, planned_from=planned_from, planned_to=planned_to, rules=rules.version, lapses_at=rules.lapses_at(planned_to),
    )  # fmt: skip


def of(edition: ExhibitionEdition) -> dict[str, Any]:
    """Which edition of what an event speaks of."""
    return {"association": edition.association, "exhibition": edition.exhibition, "name": edition.name, "edition": edition.edition}


@exhibition_editions.command(by=("SO_ADMIN", "INDUSTRY_DEPT"), when="PLANNED")
def file(edition: ExhibitionEdition, call: Call, filing_no: Line) -> ExhibitionEditionFiled:
    """Put it on file [备案]."""
    return ExhibitionEditionFiled(**of(edition), filing_no=filing_no)


@exhibition_editions.command(by="ASSOCIATION", when="FILED")
def record_held(edition: ExhibitionEdition, call: Call, held_from: Day, held_to: Day, rules: Rules) -> ExhibitionEditionHeld:
    """Record that it has taken place [已举办]."""
    if held_to < held_from:
        raise Malformed("ends_before_it_begins", "it ends before it begins", "结束日期早于开始日期", pointer="/held_to")
    must_have_happened(held_to, call)
    return ExhibitionEditionHeld(
        **of(edition), level=edition.level, held_from=held_from, held_to=held_to, report_due=rules.report_due(held_to)
    )


@exhibition_editions.clock(when="HELD", at=lambda edition: edition.report_due)
def ask_for_figures(edition: ExhibitionEdition, call: Call) -> ExhibitionEditionReportDue:
    """Thirty days after the last day."""
    return ExhibitionEditionReportDue(**of(edition))


def growth(area_m2: int, edition: int, others: list[ExhibitionEdition]) -> int | None:
    """Thousandths by which the area exceeds that of the last edition with figures: 15 % a year are 150; None for the first."""
    before = [o for o in others if o.figures is not None and o.edition < edition and o.stage in ("REPORTED", "AUDITED")]
    if not before:
        return None
    last = max(before, key=lambda o: o.edition).figures
    return (area_m2 - last.area_m2) * THOUSAND // last.area_m2 if last else None


def must_be_whole(figures: Figures, where: str = "") -> None:
    """Raises: Malformed for more exhibitors than booths, which cannot be."""
    if figures.exhibitors > figures.booths:
        raise Malformed(
            "more_exhibitors_than_booths", "an exhibitor has a booth", "参展企业数不应多于展位数", pointer=f"{where}/exhibitors"
        )


@exhibition_editions.command(by="ASSOCIATION", when="HELD")
def report(edition: ExhibitionEdition, call: Call, figures: Figures, series: Series, others: Editions) -> ExhibitionEditionReported:
    """Report the figures [填报展会数据]."""
    must_be_whole(figures)
    return ExhibitionEditionReported(
        **of(edition), level=edition.level, figures=figures, ufi=series is not None and series.certificate is not None,
        area_growth_permille=growth(figures.area_m2, edition.edition, others),
    )  # fmt: skip


@exhibition_editions.command(by=("SO_ADMIN", "INDUSTRY_DEPT"), when="REPORTED")
def audit(edition: ExhibitionEdition, call: Call, figures: Figures, auditor: Line, others: Editions) -> ExhibitionEditionAudited:
    """Enter what an accepted auditor has certified [第三方审计]."""
    must_be_whole(figures, "/figures")
    return ExhibitionEditionAudited(
        **of(edition), level=edition.level, figures=figures, ufi=edition.ufi, auditor=auditor,
        area_growth_permille=growth(figures.area_m2, edition.edition, others),
    )  # fmt: skip


@exhibition_editions.command(by=("ASSOCIATION", "SO_ADMIN"), when=("PLANNED", "FILED"))
def cancel(edition: ExhibitionEdition, call: Call, reason: Text) -> ExhibitionEditionCancelled:
    """Do not hold it [取消]."""
    return ExhibitionEditionCancelled(**of(edition), reason=reason)


@exhibition_editions.clock(when=("PLANNED", "FILED"), at=lambda edition: edition.lapses_at)
def lapse(edition: ExhibitionEdition, call: Call) -> ExhibitionEditionCancelled:
    """Thirty days after its last day nobody has said that it was held."""
    return ExhibitionEditionCancelled(**of(edition), reason="its days have passed and nobody has said that it was held")
