"""Prospect of an international organisation [国际社会组织引进], R60: found, spoken to, applying by its legal path, registered. Domain R60."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.matchmaking.endings import Day, must_have_happened
from services.matchmaking.months import morning
from services.matchmaking.regions.meeting_rules import LegalPath, MeetingRules, Paper, rules_of
from shared.names import Name, comparison_key
from shared.record import Call, Event, Given, Kind, Line, Malformed, Record, Refused, Role, Text

Stage = Literal["IDENTIFIED", "CONTACTED", "APPLYING", "REGISTERED", "CLOSED"]
UNDER_WAY: tuple[Stage, ...] = ("IDENTIFIED", "CONTACTED", "APPLYING")
OFFICES: tuple[Role, ...] = ("SO_ADMIN", "FIC", "INVEST_DEPT")
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Papers = Annotated[tuple[Paper, ...], Field(max_length=9)]
Rules = Annotated[MeetingRules, Given(rules_of)]


class Prospect(Record):
    """Prospect of an international organisation [国际社会组织引进对象]"""

    stage: Stage
    name: str
    country: str
    claim: str | None  # one of a name, until it is closed
    path: LegalPath
    rules: str
    next_due: date | None
    supervising_unit: str | None = None
    papers: tuple[Paper, ...] = ()
    registered_on: date | None = None


class InternationalOrgIdentified(Event, to="IDENTIFIED"):
    name: str
    country: str
    claim: str
    path: LegalPath
    purpose: str
    source: str
    rules: str
    next_due: date


class InternationalOrgContacted(Event, to="CONTACTED"):
    """Somebody has spoken with it."""

    name: str
    country: str
    contacted_on: date
    note: str
    next_due: date


class InternationalOrgApplied(Event, to="APPLYING"):
    """Its papers are with the authority of its legal path."""

    name: str
    path: LegalPath
    authority: str
    supervising_unit: str | None
    papers: tuple[Paper, ...]
    applied_on: date
    next_due: date


class InternationalOrgRegistered(Event, to="REGISTERED"):
    name: str
    country: str
    path: LegalPath
    authority: str
    registered_on: date
    registration_no: str
    next_due: None = None


class InternationalOrgFollowUpOverdue(Event):
    """Nothing was heard for longer than its stage allows."""

    name: str
    at: Stage
    due: date
    next_due: None = None


class InternationalOrgClosed(Event, to="CLOSED"):
    name: str
    reason: str
    claim: None = None
    next_due: None = None


prospects = Kind[Prospect, Stage](
    Prospect,
    "matchmaking.regions.international_prospect",
    path="international-prospects",
    unique=("claim",),
    index=("country", "path"),
    readers=(*OFFICES, "REG_AUTHORITY"),
)


@prospects.opens(by=OFFICES)
def identify(
    call: Call, name: Name, country: Country, path: LegalPath, purpose: Text, source: Text, rules: Rules
) -> InternationalOrgIdentified:
    """Enter an organisation worth winning [登记引进对象], and by which law it would come."""
    if country == "CN":
        raise Malformed("not_from_abroad", "it must come from abroad", "引进对象应为境外组织", pointer="/country")
    return InternationalOrgIdentified(
        name=name, country=country, claim=f"{country}~{comparison_key(name)}", path=path, purpose=purpose, source=source, rules=rules.version,
        next_due=call.today + timedelta(days=rules.contact_days),
    )  # fmt: skip


@prospects.command(by=OFFICES, when=("IDENTIFIED", "CONTACTED"))
def contact(prospect: Prospect, call: Call, contacted_on: Day, note: Text, rules: Rules) -> InternationalOrgContacted:
    """Note that it was spoken to [联络]."""
    must_have_happened(contacted_on, call)
    return InternationalOrgContacted(
        name=prospect.name, country=prospect.country, contacted_on=contacted_on, note=note,
        next_due=call.today + timedelta(days=rules.prospect_follow_up_days),
    )  # fmt: skip


@prospects.command(by=OFFICES, when="CONTACTED")
def apply_(prospect: Prospect, call: Call, papers: Papers, rules: Rules, supervising_unit: Line | None = None) -> InternationalOrgApplied:
    """Note its application [申请登记]: complete by its legal path."""
    way = rules.paths[prospect.path]
    if missing := [p for p in way.papers if p not in papers]:
        raise Refused("papers_missing", "papers are missing", "申请材料不齐", papers=missing)
    if way.supervising_unit and not supervising_unit:
        raise Refused("no_supervising_unit", "a supervising unit must agree first", "须先取得业务主管单位同意", pointer="/supervising_unit")
    return InternationalOrgApplied(
        name=prospect.name, path=prospect.path, authority=way.authority, supervising_unit=supervising_unit,
        papers=tuple(p for p in way.papers if p in papers), applied_on=call.today, next_due=call.today + timedelta(days=rules.decision_days),
    )  # fmt: skip


@prospects.command(by=OFFICES, when="APPLYING")
def note_registration(
    prospect: Prospect, call: Call, registered_on: Day, registration_no: Line, rules: Rules
) -> InternationalOrgRegistered:
    """The authority has registered it [登记完成]."""
    must_have_happened(registered_on, call)
    return InternationalOrgRegistered(
        name=prospect.name, country=prospect.country, path=prospect.path, authority=rules.paths[prospect.path].authority,
        registered_on=registered_on, registration_no=registration_no,
    )  # fmt: skip


@prospects.command(by=OFFICES, when=UNDER_WAY)
def close(prospect: Prospect, call: Call, reason: Text) -> InternationalOrgClosed:
    """Give it up [终止引进], with the reason."""
    return InternationalOrgClosed(name=prospect.name, reason=reason)


@prospects.clock(when=UNDER_WAY, at=lambda prospect: morning(prospect.next_due + timedelta(days=1)) if prospect.next_due else None)
def press(prospect: Prospect, call: Call) -> InternationalOrgFollowUpOverdue | None:
    """A month without a contact, three without another, two without a decision."""
    due = prospect.next_due
    return InternationalOrgFollowUpOverdue(name=prospect.name, at=prospect.stage, due=due) if due else None
