"""Inspections [抽查检查]: announced, held, and their result entered within five working days (R27; domain §3.6)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.jurisdiction import HandedOver, follows
from services.registry.supervision.rules import SUPERVISORS, SupervisionRules, rules_in_force
from services.registry.values import end_of
from shared.district import District
from shared.record import Call, Event, Given, Kind, Malformed, Record, Text, Value
from shared.uscc import AssociationUscc
from shared.workdays import working_days_after

Stage = Literal["ANNOUNCED", "CONCLUDED", "CANCELLED"]
InspectionKind = Literal["RANDOM", "TARGETED", "FOLLOW_UP"]
Subject = Literal["GOVERNANCE", "FINANCE", "FEES", "ACTIVITIES", "DISCLOSURE", "BRANCHES", "PARTY_BUILDING"]
Result = Literal["NO_PROBLEM", "PROBLEMS_FOUND", "UNREACHABLE", "REFUSED"]


class Announcement(Value):
    """RANDOM is drawn by lot, TARGETED has a cause, FOLLOW_UP looks at what was to be mended."""

    association: AssociationUscc
    kind: InspectionKind
    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=7)]
    inspect_on: date


class Inspection(Record):
    """Inspection of an association [抽查检查]"""

    stage: Stage
    association: str
    district: District
    kind: InspectionKind
    subjects: tuple[Subject, ...]
    inspect_on: date
    enter_by: date
    rules_version: str
    result: Result | None = None
    findings: str | None = None
    concluded_on: date | None = None


class InspectionAnnounced(Event, to="ANNOUNCED", effective="inspect_on"):
    """The association will be inspected on this day; the result is entered by `enter_by`."""

    association: str
    district: District
    kind: InspectionKind
    subjects: tuple[Subject, ...]
    inspect_on: date
    enter_by: date
    rules_version: str


class InspectionConcluded(Event, to="CONCLUDED", effective="concluded_on"):
    """What the inspection found."""

    association: str
    result: Result
    findings: str
    concluded_on: date


class InspectionCancelled(Event, to="CANCELLED"):
    """It did not take place."""

    association: str
    reason: str


class InspectionResultOverdue(Event):
    """Five working days after the inspection its result is not entered."""

    association: str
    enter_by: date


inspections = Kind[Inspection, Stage](
    Inspection, "registry.supervision.inspection", path="inspections", index=("association", "kind", "result"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"),
)  # fmt: skip


@inspections.opens(by=SUPERVISORS)
def announce(call: Call, form: Announcement, rules: Annotated[SupervisionRules, Given(rules_in_force)],
             association: Annotated[Association | None, Given(association_concerned)]) -> InspectionAnnounced:  # fmt: skip
    """Announce an inspection [检查通知]."""
    subject = living(association)
    if form.inspect_on < call.today:
        raise Malformed("day_has_passed", "that day has passed", "检查日期已过", pointer="/inspect_on")
    return InspectionAnnounced(
        **form.model_dump(), district=subject.district, rules_version=rules.version,
        enter_by=working_days_after(form.inspect_on, rules.entry_working_days),
    )  # fmt: skip


@inspections.command(by=SUPERVISORS, when="ANNOUNCED")
def conclude(inspection: Inspection, call: Call, result: Result, findings: Text) -> InspectionConcluded:
    """Enter what was found [录入检查结果]."""
    if call.today < inspection.inspect_on:
        raise Malformed("not_yet_held", "it has not taken place yet", "检查尚未进行", pointer="/result")
    return InspectionConcluded(association=inspection.association, result=result, findings=findings, concluded_on=call.today)


@inspections.command(by=SUPERVISORS, when="ANNOUNCED")
def cancel(inspection: Inspection, call: Call, reason: Text) -> InspectionCancelled:
    """Call it off [取消检查]."""
    return InspectionCancelled(association=inspection.association, reason=reason)


@inspections.clock(when="ANNOUNCED", at=lambda i: end_of(i.enter_by))
def press_for_result(inspection: Inspection, call: Call) -> InspectionResultOverdue:
    """Five working days have passed."""
    return InspectionResultOverdue(association=inspection.association, enter_by=inspection.enter_by)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class InspectionHandedOver(HandedOver):
    """Inspection of an association: gone with its association to another new city."""


follows(inspections, InspectionHandedOver)
