"""Out-of-province chamber [省外商会], R58: Xixian's own chamber in another province. The place that hosts it registers it; here it is followed.

Domain §6.4: registered by the host, the platform only tracks it. Established, it is a cross-region partnership of the association that
stands behind it (`partnerships/partnership.py`), with the same calendar of exchanges.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.endings import AssociationEnded, Day, must_be_ahead, must_have_happened
from services.matchmaking.months import months_after, morning
from services.matchmaking.regions.rules import CooperationRules, rules_of
from shared.district import regions
from shared.names import Name, comparison_key
from shared.record import Call, Count, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Role, Text, Value
from shared.uscc import AssociationUscc
from shared.workdays import working_days_after

Stage = Literal["PROPOSED", "PREPARING", "REGISTERED_AT_HOST", "ACTIVE", "CLOSED"]
Cause = Literal["NOT_SUPPORTED", "OWN_DECISION", "LAPSED", "ASSOCIATION_GONE", "DEREGISTERED_AT_HOST"]
COMING: tuple[Stage, ...] = ("PROPOSED", "PREPARING")
OFFICES: tuple[Role, ...] = ("SO_ADMIN", "FIC")
HOME = "61"  # Shaanxi, GB/T 2260
Host = Annotated[str, Field(pattern=r"^(\d{2}|\d{4})$")]
Rules = Annotated[CooperationRules, Given(rules_of)]


class Certificate(Value):
    """What the host has issued [登记证书]: the credit code, who registered it and when."""

    uscc: AssociationUscc
    authority: Line
    registered_on: Day
    document: Line


class Chamber(Record):
    """Out-of-province chamber [省外商会]"""

    stage: Stage
    association: str
    name: str
    host_region: str
    claim: str | None  # one of a name in a place, until it is closed
    rules: str
    proposed_on: date
    lapses_on: date
    founding_planned_on: date | None = None
    certificate: Certificate | None = None
    confirm_by: date | None = None
    established_on: date | None = None
    report_due: date | None = None
    members: Count = 0
    reported_year: int | None = None


class OutOfProvinceChamberProposed(Event, to="PROPOSED"):
    association: str
    name: str
    host_region: str
    claim: str
    rules: str
    proposed_on: date
    lapses_on: date
    grounds: str


class OutOfProvinceChamberSupported(Event, to="PREPARING"):
    """The zone stands behind it; the founders may go to the host."""

    association: str
    name: str
    host_region: str
    founding_planned_on: date


class OutOfProvinceChamberFoundingOverdue(Event):
    """The day planned for the founding is over and nothing was heard."""

    association: str
    name: str
    founding_planned_on: date


class OutOfProvinceChamberFoundingPostponed(Event):
    association: str
    founding_planned_on: date
    reason: str


class OutOfProvinceChamberRegisteredAtHost(Event, to="REGISTERED_AT_HOST"):
    """The host has registered it, says the association; the certificate waits to be looked at."""

    association: str
    name: str
    host_region: str
    certificate: Certificate
    confirm_by: date


class OutOfProvinceChamberConfirmationOverdue(Event):
    association: str
    name: str
    confirm_by: date


class OutOfProvinceChamberReturned(Event, to="PREPARING"):
    """The certificate shown proves nothing of the kind."""

    association: str
    name: str
    reason: str
    founding_planned_on: date
    certificate: None = None
    confirm_by: None = None


class OutOfProvinceChamberEstablished(Event, to="ACTIVE"):
    """The host's certificate was checked: Xixian has a chamber there."""

    association: str
    name: str
    host_region: str
    uscc: str
    registered_on: date
    established_on: date
    report_due: date


class OutOfProvinceChamberReported(Event):
    """What it did in a year: members, and leads it brought home."""

    association: str
    year: int
    reported_year: int
    members: int
    leads: int
    report_due: date


class OutOfProvinceChamberReportOverdue(Event):
    association: str
    name: str
    report_due: date


class OutOfProvinceChamberClosed(Event, to="CLOSED"):
    association: str
    name: str
    host_region: str
    cause: Cause
    reason: str = ""
    document: str | None = None
    closed_on: date
    claim: None = None


chambers = Kind[Chamber, Stage](
    Chamber,
    "matchmaking.regions.out_of_province_chamber",
    path="out-of-province-chambers",
    unique=("claim", "certificate.uscc"),
    index=("association", "host_region"),
    own={"ASSOCIATION": "association"},
    readers=(*OFFICES, "INVEST_DEPT", "NEW_CITY"),
)


async def rivals(read: Read, call: Call, chamber: Chamber | None, body: Any) -> list[Chamber]:
    """Every live chamber in the same place."""
    return [c for c in await read.find(chambers, host_region=body.host_region) if c.stage != "CLOSED"]


@chambers.opens(by="ASSOCIATION")
def propose(
    call: Call, name: Name, host_region: Host, grounds: Text, others: Annotated[list[Chamber], Given(rivals)], rules: Rules
) -> OutOfProvinceChamberProposed:
    """Propose a chamber of Xixian in another province [倡议设立省外商会]."""
    if host_region not in regions():
        raise Malformed("region_unknown", "no such province or city", "无此省市代码", pointer="/host_region")
    if host_region.startswith(HOME):
        raise Malformed("region_at_home", "it must be founded outside Shaanxi", "省外商会应设在陕西省以外", pointer="/host_region")
    claim = f"{host_region}~{comparison_key(name)}"
    if any(c.claim == claim for c in others):
        raise Refused("already_proposed", "a chamber of this name is on its way there or exists", "该地已有同名商会设立或正在筹备")
    return OutOfProvinceChamberProposed(
        association=call.organisation, name=name, host_region=host_region, claim=claim, rules=rules.version, proposed_on=call.today,
        lapses_on=call.today + timedelta(days=rules.proposal_lapse_days), grounds=grounds,
    )  # fmt: skip


@chambers.command(by=OFFICES, when="PROPOSED")
def support(chamber: Chamber, call: Call, founding_planned_on: Day) -> OutOfProvinceChamberSupported:
    """Stand behind it [支持筹备]; by this day it is to be founded."""
    must_be_ahead(founding_planned_on, call)
    return OutOfProvinceChamberSupported(
        association=chamber.association, name=chamber.name, host_region=chamber.host_region, founding_planned_on=founding_planned_on
    )


@chambers.command(by=OFFICES, when="PROPOSED")
def turn_down(chamber: Chamber, call: Call, reason: Text) -> OutOfProvinceChamberClosed:
    """Do not support it [不予支持], with the reason for the association."""
    return closed(chamber, call, "NOT_SUPPORTED", reason=reason)


@chambers.command(by="ASSOCIATION", when=COMING)
def give_up(chamber: Chamber, call: Call, reason: Text) -> OutOfProvinceChamberClosed:
    """Give it up [撤回倡议]."""
    return closed(chamber, call, "OWN_DECISION", reason=reason)


@chambers.command(by=("ASSOCIATION", *OFFICES), when="PREPARING")
def postpone(chamber: Chamber, call: Call, founding_planned_on: Day, reason: Text) -> OutOfProvinceChamberFoundingPostponed:
    """Plan another day [推迟成立]."""
    must_be_ahead(founding_planned_on, call)
    return OutOfProvinceChamberFoundingPostponed(association=chamber.association, founding_planned_on=founding_planned_on, reason=reason)


@chambers.command(by="ASSOCIATION", when="PREPARING")
def note_registration(chamber: Chamber, call: Call, certificate: Certificate, rules: Rules) -> OutOfProvinceChamberRegisteredAtHost:
    """Show the host's certificate [登记证书备案]; it is looked at within ten working days."""
    must_have_happened(certificate.registered_on, call, chamber.proposed_on)
    return OutOfProvinceChamberRegisteredAtHost(
        association=chamber.association, name=chamber.name, host_region=chamber.host_region, certificate=certificate,
        confirm_by=working_days_after(call.today, rules.certificate_check_days),
    )  # fmt: skip


@chambers.command(by=OFFICES, when="REGISTERED_AT_HOST")
def confirm(chamber: Chamber, call: Call, rules: Rules) -> OutOfProvinceChamberEstablished:
    """The certificate is in order [确认设立]: the chamber stands."""
    if chamber.certificate is None:
        raise Refused("no_certificate", "no certificate was shown", "尚未提交登记证书")
    return OutOfProvinceChamberEstablished(
        association=chamber.association, name=chamber.name, host_region=chamber.host_region, uscc=chamber.certificate.uscc,
        registered_on=chamber.certificate.registered_on, established_on=call.today,
        report_due=months_after(call.today, rules.chamber_report_months),
    )  # fmt: skip


@chambers.command(by=OFFICES, when="REGISTERED_AT_HOST")
def send_back(chamber: Chamber, call: Call, reason: Text, founding_planned_on: Day) -> OutOfProvinceChamberReturned:
    """The certificate is not in order [退回补正]."""
    must_be_ahead(founding_planned_on, call)
    return OutOfProvinceChamberReturned(
        association=chamber.association, name=chamber.name, reason=reason, founding_planned_on=founding_planned_on
    )


@chambers.command(by="ASSOCIATION", when="ACTIVE")
def report(chamber: Chamber, call: Call, year: int, members: Count, leads: Count, rules: Rules) -> OutOfProvinceChamberReported:
    """Report a year [年度情况报送]: how many members, how many leads brought home."""
    if not (chamber.established_on or call.today).year <= year <= call.today.year:
        raise Malformed("year_outside", "it did not exist in that year", "报送年度不在存续期内", pointer="/year")
    if chamber.reported_year is not None and year <= chamber.reported_year:
        raise Refused("already_reported", f"{chamber.reported_year} has been reported", f"{chamber.reported_year} 年度已报送")
    return OutOfProvinceChamberReported(
        association=chamber.association, year=year, reported_year=year, members=members, leads=leads,
        report_due=months_after(max(chamber.report_due or call.today, call.today), rules.chamber_report_months),
    )  # fmt: skip


@chambers.command(by=("ASSOCIATION", *OFFICES), when=("REGISTERED_AT_HOST", "ACTIVE"))
def note_deregistration(chamber: Chamber, call: Call, document: Line) -> OutOfProvinceChamberClosed:
    """The host has struck it off [登记地注销]."""
    return closed(chamber, call, "DEREGISTERED_AT_HOST", document=document)


def closed(chamber: Chamber, call: Call, cause: Cause, reason: str = "", document: str | None = None) -> OutOfProvinceChamberClosed:
    return OutOfProvinceChamberClosed(
        association=chamber.association, name=chamber.name, host_region=chamber.host_region, cause=cause, reason=reason, document=document,
        closed_on=call.today,
    )  # fmt: skip


@chambers.clock(when="PROPOSED", at=lambda chamber: morning(chamber.lapses_on + timedelta(days=1)))
def lapse(chamber: Chamber, call: Call) -> OutOfProvinceChamberClosed:
    """Half a year in which nobody stood behind it."""
    return closed(chamber, call, "LAPSED")


@chambers.clock(when="PREPARING", at=lambda c: morning(c.founding_planned_on + timedelta(days=1)) if c.founding_planned_on else None)
def press_for_founding(chamber: Chamber, call: Call) -> OutOfProvinceChamberFoundingOverdue | None:
    """The day planned for the founding is over."""
    planned = chamber.founding_planned_on
    return (
        OutOfProvinceChamberFoundingOverdue(association=chamber.association, name=chamber.name, founding_planned_on=planned)
        if planned
        else None
    )


@chambers.clock(when="REGISTERED_AT_HOST", at=lambda c: morning(c.confirm_by + timedelta(days=1)) if c.confirm_by else None)
def press_for_confirmation(chamber: Chamber, call: Call) -> OutOfProvinceChamberConfirmationOverdue | None:
    """Nobody has looked at the certificate."""
    by = chamber.confirm_by
    return OutOfProvinceChamberConfirmationOverdue(association=chamber.association, name=chamber.name, confirm_by=by) if by else None


@chambers.clock(when="ACTIVE", at=lambda c: morning(c.report_due + timedelta(days=1)) if c.report_due else None)
def press_for_report(chamber: Chamber, call: Call) -> OutOfProvinceChamberReportOverdue | None:
    """A year without a word of it."""
    due = chamber.report_due
    return OutOfProvinceChamberReportOverdue(association=chamber.association, name=chamber.name, report_due=due) if due else None


@chambers.on(AssociationEnded, when=COMING, where=lambda e: {"association": e.uscc})
def close_for_ended(chamber: Chamber, call: Call, event: AssociationEnded) -> Sequence[OutOfProvinceChamberClosed]:
    """The association that wanted it has ended; what the host has registered lives on there."""
    return [closed(chamber, call, "ASSOCIATION_GONE")]
