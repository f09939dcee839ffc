"""Secretary-general pool and appointment [秘书长人才库], R42; domain §3.4, §4.4 (2.3.2): qualified people, hired by the council or elected.

A profile is a reference and what qualifies; associations see it because the pool is there for them to choose from. The appointment is part
of the profile: nobody is secretary-general of two associations at once.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.charter import Meeting
from services.registry.governance.meeting import decision
from services.registry.values import PersonRef, end_of
from shared.record import Call, Event, Given, Kind, Line, Malformed, NotAllowed, Record, Refused, Text, Value

Stage = Literal["APPLIED", "POOLED", "APPOINTED", "RELEASED", "REMOVED"]
Mode = Literal["ELECTED", "HIRED"]
Qualification = Annotated[
    str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="a code, such as SOCIAL_WORKER or LAWYER; nothing that names a person")
]


class Terms(Value):
    """The terms of an appointment: how, at which council meeting or assembly, from when to when, and whether full-time."""

    mode: Mode
    meeting: Line
    term_from: date
    term_to: date
    fulltime: bool


class SecGenProfile(Record):
    """Secretary-general profile [秘书长人才档案]"""

    stage: Stage
    person: str
    claim: str | None
    qualifications: tuple[str, ...]
    association: str | None = None
    mode: Mode | None = None
    meeting: str | None = None
    term_from: date | None = None
    term_to: date | None = None
    fulltime: bool = False
    reason: str | None = None


class SecretaryGeneralApplied(Event, to="APPLIED"):
    """Somebody wants to be in the pool."""

    person: str
    claim: str
    qualifications: tuple[str, ...]


class SecretaryGeneralPooled(Event, to="POOLED"):
    """The office has found them qualified [入库]."""

    person: str
    qualifications: tuple[str, ...]


class SecretaryGeneralAppointed(Event, to="APPOINTED", effective="term_from"):
    """An association has elected or hired them [选举、聘任秘书长]. `by_council`: the council has decided."""

    person: str
    association: str
    mode: Mode
    meeting: str
    term_from: date
    term_to: date
    fulltime: bool
    by_council: bool


class SecretaryGeneralReleased(Event, to="RELEASED", effective="released_on"):
    """They have left the post [离任]: the association has a vacancy."""

    person: str
    association: str
    released_on: date
    reason: str


class SecretaryGeneralRemoved(Event, to="REMOVED"):
    """They are no longer in the pool [出库]."""

    person: str
    reason: str
    claim: None = None


secretary_generals = Kind[SecGenProfile, Stage](
    SecGenProfile, "registry.people.sec_gen_profile", path="secretary-generals", unique=("claim",), index=("association", "person"),
    readers=("SO_ADMIN", "ASSOCIATION"),
)  # fmt: skip
Qualifications = Annotated[tuple[Qualification, ...], Field(min_length=1, max_length=20)]


@secretary_generals.opens(by="SO_ADMIN")
def apply(call: Call, person: PersonRef, qualifications: Qualifications) -> SecretaryGeneralApplied:
    """Put down an application for the pool [申请入库]."""
    return SecretaryGeneralApplied(person=person, claim=person, qualifications=tuple(sorted(set(qualifications))))


@secretary_generals.command(by="SO_ADMIN", when=("APPLIED", "RELEASED"))
def pool(profile: SecGenProfile, call: Call, qualifications: Qualifications) -> SecretaryGeneralPooled:
    """Take them into the pool, or back into it [入库]."""
    return SecretaryGeneralPooled(person=profile.person, qualifications=tuple(sorted(set(qualifications))))


@secretary_generals.command(by="ASSOCIATION", when="POOLED")
def appoint(profile: SecGenProfile, call: Call, form: Terms, held: Meeting,
            association: Annotated[Association | None, Given(acting)]) -> SecretaryGeneralAppointed:  # fmt: skip
    """Elect or hire them [选举、聘任], by a vote in the minutes of that meeting."""
    of = able(association, ("REGISTERED", "ACTIVE"))
    decision(held, of.uscc, "SECRETARY_GENERAL")
    if not form.term_from < form.term_to or form.term_to < call.today:
        raise Malformed("dates_out_of_order", "a term ends after it begins, and not before today", "任期日期不正确", pointer="/term_to")
    by_council = held is not None and held.body == "COUNCIL"
    if form.mode == "HIRED" and not by_council:
        raise Refused("hired_by_council", "it is the council that hires", "聘任制秘书长须由理事会聘任", pointer="/meeting")
    return SecretaryGeneralAppointed(person=profile.person, association=of.uscc, mode=form.mode, meeting=form.meeting, term_from=form.term_from,
                                     term_to=form.term_to, fulltime=form.fulltime, by_council=by_council)  # fmt: skip


@secretary_generals.command(by=("ASSOCIATION", "SO_ADMIN"), when="APPOINTED")
def release(profile: SecGenProfile, call: Call, reason: Text) -> SecretaryGeneralReleased:
    """They have left the post [离任]; the association itself says so, or the office."""
    if call.role == "ASSOCIATION" and profile.association != call.organisation:
        raise NotAllowed("not_yours", "another association has appointed them", "非本组织聘任")
    return left(profile, call.today, reason)


def left(profile: SecGenProfile, day: date, reason: str) -> SecretaryGeneralReleased:
    return SecretaryGeneralReleased(person=profile.person, association=profile.association or "", released_on=day, reason=reason)


@secretary_generals.command(by="SO_ADMIN", when=("APPLIED", "POOLED", "RELEASED"))
def remove(profile: SecGenProfile, call: Call, reason: Text) -> SecretaryGeneralRemoved:
    """Take them out of the pool [出库]."""
    return SecretaryGeneralRemoved(person=profile.person, reason=reason)


@secretary_generals.clock(when="APPOINTED", at=lambda p: end_of(p.term_to) if p.term_to else None)
def expire(profile: SecGenProfile, call: Call) -> SecretaryGeneralReleased:
    """The term of the appointment is over."""
    return left(profile, profile.term_to or call.today, "term ended")


@secretary_generals.on(AssociationEnded, when="APPOINTED", where=lambda e: {"association": e.uscc})
def end(profile: SecGenProfile, call: Call, event: AssociationEnded) -> SecretaryGeneralReleased:
    """The association has ended."""
    return left(profile, event.ended_on, "association ended")
