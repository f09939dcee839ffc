"""Brand titles of an industry [行业称号], R16: applied for, granted by a national body, checked again or run out (indicator 4.5).

The grantor decides outside the platform; the administration enters what its paper says.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.disclosure.rules import TitleRules, title_rules
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import begin_of, end_of, months_after
from shared.district import District
from shared.names import Name
from shared.record import Call, Event, Given, Kind, Line, Malformed, Record, Role, Text, Value

Stage = Literal["APPLIED", "GRANTED", "RENEWED", "EXPIRED", "REFUSED"]
HELD: tuple[Stage, ...] = ("GRANTED", "RENEWED")
ENTERS: tuple[Role, ...] = ("SO_ADMIN",)


class Wish(Value):
    """The title as it reads, and the national body that gives it."""

    name: Name
    grantor: Line
    document: Line


class BrandTitle(Record):
    """Brand title of an industry [行业称号]"""

    stage: Stage
    association: str
    district: District
    name: str
    grantor: str
    document: str
    applied_on: date
    rules_version: str
    remind_months: tuple[int, ...]
    granted_on: date | None = None
    since: date | None = None
    valid_to: date | None = None
    paper: str | None = None
    reason: str | None = None


class BrandTitleApplied(Event, to="APPLIED"):
    """The association has applied to the grantor."""

    association: str
    district: District
    name: str
    grantor: str
    document: str
    applied_on: date
    rules_version: str
    remind_months: tuple[int, ...]


class BrandTitleGranted(Event, to="GRANTED", effective="granted_on"):
    """The title is given until `valid_to`; without one it has no end."""

    association: str
    name: str
    grantor: str
    granted_on: date
    since: date
    valid_to: date | None
    paper: str


class BrandTitleRefused(Event, to="REFUSED"):
    """The grantor did not give it."""

    association: str
    name: str
    reason: str


class BrandTitleExpiring(Event):
    """The re-check draws near."""

    association: str
    name: str
    valid_to: date


class BrandTitleRenewed(Event, to="RENEWED", effective="since"):
    """It was checked again and holds on [复评]."""

    association: str
    name: str
    since: date
    valid_to: date | None
    paper: str


class BrandTitleExpired(Event, to="EXPIRED"):
    """It ran out, or the grantor took it back."""

    association: str
    name: str
    reason: str


brand_titles = Kind[BrandTitle, Stage](
    BrandTitle, "registry.disclosure.brand_title", path="brand-titles", index=("association",),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("REG_AUTHORITY", "INDUSTRY_DEPT", "INVEST_DEPT"),
)  # fmt: skip


@brand_titles.opens(by="ASSOCIATION")
def apply(call: Call, form: Wish, rules: Annotated[TitleRules, Given(title_rules)],
          association: Annotated[Association | None, Given(association_concerned)]) -> BrandTitleApplied:  # fmt: skip
    """Say that a title was applied for [申报称号]."""
    return BrandTitleApplied(
        association=call.organisation, district=living(association).district, applied_on=call.today, rules_version=rules.version,
        remind_months=rules.reminder_months, **form.model_dump(),
    )  # fmt: skip


@brand_titles.command(by=ENTERS, when="APPLIED")
def grant(title: BrandTitle, call: Call, granted_on: date, paper: Line, valid_to: date | None = None) -> BrandTitleGranted:
    """Enter that it was given [授予]; `paper` is the grantor's."""
    ordered(granted_on, valid_to, call, "/granted_on")
    return BrandTitleGranted(
        association=title.association, name=title.name, grantor=title.grantor, granted_on=granted_on, since=granted_on, valid_to=valid_to, paper=paper
    )  # fmt: skip


@brand_titles.command(by=ENTERS, when="APPLIED")
def refuse(title: BrandTitle, call: Call, reason: Text) -> BrandTitleRefused:
    """Enter that it was not given [未授予]."""
    return BrandTitleRefused(association=title.association, name=title.name, reason=reason)


@brand_titles.command(by=ENTERS, when=HELD)
def renew(title: BrandTitle, call: Call, since: date, paper: Line, valid_to: date | None = None) -> BrandTitleRenewed:
    """Enter the re-check [复评通过]."""
    ordered(since, valid_to, call, "/since")
    if title.since and since < title.since:
        raise Malformed("dates_out_of_order", f"not before {title.since}", f"不得早于 {title.since}", pointer="/since")
    return BrandTitleRenewed(association=title.association, name=title.name, since=since, valid_to=valid_to, paper=paper)


@brand_titles.command(by=ENTERS, when=HELD)
def end(title: BrandTitle, call: Call, reason: Text) -> BrandTitleExpired:
    """Enter that the grantor took it back [撤销称号]."""
    return BrandTitleExpired(association=title.association, name=title.name, reason=reason)


def ordered(given_on: date, valid_to: date | None, call: Call, pointer: str) -> None:
    """Raises: Malformed unless given by today and not over yet."""
    if given_on > call.today:
        raise Malformed("day_to_come", "not in the future", "日期不得晚于今日", pointer=pointer)
    if valid_to and valid_to < max(given_on, call.today):
        raise Malformed("already_over", "its term is over already", "有效期已届满", pointer="/valid_to")


def reminders(title: BrandTitle) -> list[datetime]:
    """So many months before the end, after the day it was given."""
    if title.valid_to is None or title.since is None:
        return []
    return [begin_of(d) for n in title.remind_months if (d := months_after(title.valid_to, -n)) > title.since]


@brand_titles.clock(when=HELD, at=reminders)
def remind(title: BrandTitle, call: Call) -> BrandTitleExpiring | None:
    """Time to apply for the re-check."""
    return BrandTitleExpiring(association=title.association, name=title.name, valid_to=title.valid_to) if title.valid_to else None


@brand_titles.clock(when=HELD, at=lambda t: end_of(t.valid_to) if t.valid_to else None)
def expire(title: BrandTitle, call: Call) -> BrandTitleExpired:
    """Its last day has passed."""
    return BrandTitleExpired(association=title.association, name=title.name, reason="term ended")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class BrandTitleHandedOver(HandedOver):
    """Brand title of an industry: gone with its association to another new city."""


follows(brand_titles, BrandTitleHandedOver)
