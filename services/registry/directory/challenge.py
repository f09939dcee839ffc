"""Challenging a public fact [公开信息异议]: anyone may say that what the register shows is wrong; it is checked against a clock, in public (peers R7).

A challenge names the fact and, where that is no person's name, what should stand there. Who challenges stays unknown: complaint authors
are never published (domain §7.4), so none is asked for. One fact of one association is challenged once at a time.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from services.registry.associations.association import Association, associations
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import end_of
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Role, Text, Value
from shared.uscc import AssociationUscc
from shared.versions import Versioned, Versions
from shared.workdays import working_days_after

Stage = Literal["FILED", "UPHELD", "REJECTED", "CORRECTED"]
Fact = Literal[
    "NAME", "KIND", "LEVEL", "DISTRICT", "DOMICILE", "SCOPE", "PURPOSE", "TERRITORY", "REGISTERED_FUND", "REGISTERED_ON", "SUPERVISING_UNIT",
    "LEGAL_REPRESENTATIVE", "STATUS", "CHARTER", "FEE_STANDARD", "ANNUAL_REPORT", "ANNUAL_CHECK", "GRADE", "CREDIT_LIST", "PENALTY", "AWARD",
    "PURCHASED_SERVICE", "SERVICE_COMMITMENT", "SOCIAL_RESPONSIBILITY_REPORT", "BRANCH", "OFFICE_CONTACT", "CLASSIFICATION",
]  # fmt: skip
Ground = Literal["WRONG", "OUTDATED", "MISSING", "NOT_THEIRS"]
Finding = Literal["AS_SHOWN", "NOT_ENOUGH_TOLD", "NOT_A_FACT_OF_THE_REGISTER"]
DECIDERS: tuple[Role, ...] = ("REG_AUTHORITY", "SO_ADMIN", "NEW_CITY")
ANYBODY: tuple[Role, ...] = (
    "PUBLIC", "ASSOCIATION", "ENTERPRISE", "REG_AUTHORITY", "SO_ADMIN", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "INVEST_DEPT",
)  # fmt: skip
PERSONAL_TEXT = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\w)|[^\s@]+@[^\s@]+\.[^\s@]+")
PERSONAL: frozenset[Fact] = frozenset({"LEGAL_REPRESENTATIVE", "OFFICE_CONTACT"})  # what should stand there would name a person


class ChallengeRules(Versioned):
    decide_working_days: Annotated[int, Field(ge=1, le=90)]


RULES: Versions[ChallengeRules] = Versions.load(Path(__file__).parent.parent / "data" / "challenges" / "challenges.yaml", ChallengeRules)


class Challenge(Record):
    """Challenge to a public fact [公开信息异议]"""

    stage: Stage
    association: AssociationUscc
    district: District
    fact: Fact
    ground: Ground
    proposed: str | None
    source: str | None
    claim: str | None  # the fact of this association, while the challenge is open: distinct in the database
    filed_on: date
    decide_by: date
    rules_version: str
    overdue: bool = False
    decided_on: date | None = None
    finding: Finding | None = None
    answer: str | None = None
    correction: str | None = None


class PublicFactChallenged(Event, to="FILED"):
    """Somebody says that a public fact is not right [提出异议]."""

    association: AssociationUscc
    district: District
    fact: Fact
    ground: Ground
    proposed: str | None
    source: str | None
    claim: str
    filed_on: date
    decide_by: date
    rules_version: str


class ChallengeUpheld(Event, to="UPHELD"):
    """The challenge is right; the fact will be corrected."""

    association: str
    fact: Fact
    answer: Text
    decided_on: date


class ChallengeRejected(Event, to="REJECTED"):
    """The register stands."""

    association: str
    fact: Fact
    finding: Finding
    answer: Text
    decided_on: date
    claim: None = None


class ChallengeOverdue(Event):
    """The days to decide have passed; everybody sees it."""

    association: str
    fact: Fact
    decide_by: date
    overdue: bool = True


class ChallengeSettled(Event, to="CORRECTED"):
    """The fact was corrected; `correction` says by which record."""

    association: str
    fact: Fact
    correction: str
    claim: None = None


class CorrectionApproved(Heard, type="registry.associations.correction_approved.v1"):
    association: str
    challenge: str | None = None


challenges = Kind[Challenge, Stage](
    Challenge, "registry.directory.challenge", path="challenges", unique=("claim",), index=("association", "fact", "district"),
    own={"NEW_CITY": "district"}, readers=("PUBLIC",),
)  # fmt: skip


# ── filing ────────────────────────────────────────────────────────────────────────────────────────
class Objection(Value):
    """What is not right. `proposed` is what should stand there, `source` where one can see it; neither may tell of a person."""

    association: AssociationUscc
    fact: Fact
    ground: Ground
    proposed: Line | None = None
    source: Line | None = None


async def the_association(read: Read, call: Call, record: None, body: Objection) -> Association | None:
    """Given: whom the fact is about."""
    return await read.get(associations, body.association)


async def open_ones(read: Read, call: Call, record: None, body: Objection) -> list[Challenge]:
    """Given: challenges to the same fact that are not settled yet."""
    return await read.find(challenges, claim=f"{body.association}~{body.fact}")


def tells_of_a_person(text: str) -> bool:
    """Whether a text holds a mobile number, an identity number or an e-mail address."""
    return PERSONAL_TEXT.search(text) is not None


@challenges.opens(by=ANYBODY)
def challenge(call: Call, objection: Objection, about: Annotated[Association | None, Given(the_association)],
              before: Annotated[list[Challenge], Given(open_ones)]) -> PublicFactChallenged:  # fmt: skip
    """Challenge a public fact [提出异议]."""
    if about is None:
        raise Malformed("no_such_association", "no such association in the register", "名录中查无此组织", pointer="/association")
    if before:
        raise Refused(
            "challenged_already",
            f"this fact is being checked: challenge {before[0].id}",
            f"该事项正在核查：{before[0].id}",
            challenge=before[0].id,
        )
    for name, text in (("proposed", objection.proposed), ("source", objection.source)):
        if text is not None and ((objection.fact in PERSONAL and name == "proposed") or tells_of_a_person(text)):
            raise Malformed(
                "tells_of_a_person", "no names, numbers or addresses of persons here", "请勿填写个人姓名、号码或地址", pointer=f"/{name}"
            )
    rules = RULES.in_force(call.today)
    return PublicFactChallenged(
        **objection.model_dump(), district=about.district, claim=f"{objection.association}~{objection.fact}", filed_on=call.today,
        decide_by=working_days_after(call.today, rules.decide_working_days), rules_version=rules.version,
    )  # fmt: skip


# ── deciding ──────────────────────────────────────────────────────────────────────────────────────
@challenges.command(by=DECIDERS, when="FILED")
def uphold(challenge: Challenge, call: Call, answer: Text) -> ChallengeUpheld:
    """Find the challenge right [异议成立]; a correction follows."""
    impersonal(answer)
    return ChallengeUpheld(association=challenge.association, fact=challenge.fact, answer=answer, decided_on=call.today)


@challenges.command(by=DECIDERS, when="FILED")
def reject(challenge: Challenge, call: Call, finding: Finding, answer: Text) -> ChallengeRejected:
    """Find that the register stands [异议不成立], and say why."""
    impersonal(answer)
    return ChallengeRejected(association=challenge.association, fact=challenge.fact, finding=finding, answer=answer, decided_on=call.today)


def impersonal(answer: str) -> None:
    """Raises: Malformed for an answer that tells of a person: everybody reads it."""
    if tells_of_a_person(answer):
        raise Malformed(
            "tells_of_a_person",
            "everybody reads this: no numbers or addresses of persons",
            "答复将公开，请勿填写个人号码或地址",
            pointer="/answer",
        )


@challenges.command(by=DECIDERS, when="UPHELD")
def settle(challenge: Challenge, call: Call, correction: Line) -> ChallengeSettled:
    """Say by which act a fact that is no registered item was corrected [已更正]."""
    impersonal(correction)
    return ChallengeSettled(association=challenge.association, fact=challenge.fact, correction=correction)


@challenges.clock(when="FILED", at=lambda c: None if c.overdue else end_of(c.decide_by))
def mark_overdue(challenge: Challenge, call: Call) -> ChallengeOverdue | None:
    """The days to decide have passed."""
    return (
        None
        if challenge.overdue
        else ChallengeOverdue(association=challenge.association, fact=challenge.fact, decide_by=challenge.decide_by)
    )


@challenges.on(CorrectionApproved, when="UPHELD", where=lambda e: {"id": e.challenge or "-", "association": e.association})
def settle_by_correction(challenge: Challenge, call: Call, event: CorrectionApproved) -> ChallengeSettled:
    """The correction that follows from it is approved."""
    return ChallengeSettled(association=challenge.association, fact=challenge.fact, correction=event.about)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class ChallengeHandedOver(HandedOver):
    """Challenge to a public fact: gone with its association to another new city."""


follows(challenges, ChallengeHandedOver)
