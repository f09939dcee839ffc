"""Charter versions [章程] and their approval [章程核准], R30; domain §3.3, §3.4: drafted, adopted by the assembly, filed within thirty days,
approved, replaced by the next.

The days run from the supervising unit's consent, or where there is none from the assembly's resolution (art. 18). Two thirds of those
present must be in favour, with two thirds present: the meeting's ballot says whether they were. Charter and ballot record are papers this
record holds already, and nobody hands them in a second time.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from services.registry.acting import AssociationEnded, able, acting
from services.registry.associations.association import Association
from services.registry.governance.meeting import GoverningMeeting, decision, governing_meetings
from services.registry.jurisdiction import HandedOver, follows
from services.registry.procedures import ActDocument, Documents, procedure
from services.registry.procedures import reminders as before
from services.registry.registration.case import cases
from services.registry.values import AUTHORITY, end_of
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Role, Text
from shared.uscc import AssociationUscc

Stage = Literal["DRAFT", "ADOPTED", "SUBMITTED", "APPROVED", "SUPERSEDED", "REFUSED", "ABANDONED"]
OPEN: tuple[Stage, ...] = ("DRAFT", "ADOPTED", "SUBMITTED")
PartyClause = Literal["PARTY_LEADERSHIP", "PARTY_ORGANISATION"]


class Charter(Record):
    """Charter version [章程版本]"""

    stage: Stage
    association: str
    district: District
    number: int
    claim: str | None
    text: str
    party_clauses: tuple[PartyClause, ...]
    consent_role: Role | None
    days_after_consent: int
    procedure_version: str
    adopted_on: date | None = None
    meeting: str | None = None
    consent_on: date | None = None
    consent: str | None = None
    file_by: date | None = None
    since: date | None = None
    overdue: bool = False
    late: bool = False
    papers: tuple[ActDocument, ...] = ()
    defects: tuple[str, ...] = ()
    submitted_on: date | None = None
    approved_on: date | None = None
    reason: str | None = None


class FoundingCharterApproved(Event, to="APPROVED", effective="approved_on"):
    """The charter of the founding [成立章程], approved with the registration: version 1, by its paper in the registration case."""

    association: str
    district: District
    number: int
    text: str
    approved_on: date
    procedure_version: str
    claim: None = None
    party_clauses: tuple[PartyClause, ...] = ()
    consent_role: None = None  # nothing is left to be consented to, or filed
    days_after_consent: Literal[0] = 0


class CharterDrafted(Event, to="DRAFT"):
    """A new version was drafted. `claim` keeps two versions from being under way at once; the way to its approval is the one of this day."""

    association: str
    district: District
    number: int
    claim: str
    text: str
    party_clauses: tuple[PartyClause, ...]
    consent_role: Role | None
    days_after_consent: int
    procedure_version: str


class CharterRevised(Event):
    """The draft was changed."""

    association: str
    number: int
    text: str
    party_clauses: tuple[PartyClause, ...]


class CharterAdopted(Event, to="ADOPTED", effective="adopted_on"):
    """The general assembly has adopted it [通过章程]; `adopted_ok`: two thirds of two thirds. Where a unit must consent, `file_by` is open."""

    association: str
    number: int
    meeting: str
    adopted_on: date
    adopted_ok: bool
    present: int
    entitled: int
    in_favour: int
    consent_role: Role | None
    file_by: date | None
    since: date


class CharterConsented(Event):
    """The supervising unit agrees; from here the days to file run (art. 18)."""

    association: str
    number: int
    consent_on: date
    consent: str
    file_by: date
    since: date


class CharterSubmissionDueSoon(Event):
    """The last day to file comes near."""

    association: str
    number: int
    file_by: date
    days_left: int


class CharterSubmissionOverdue(Event):
    """The last day to file has passed, and nothing was filed."""

    association: str
    number: int
    file_by: date
    overdue: Literal[True] = True


class CharterSubmitted(Event, to="SUBMITTED", effective="submitted_on"):
    """Filed for approval [报送核准]; `late`: after its last day."""

    association: str
    district: District
    number: int
    papers: tuple[ActDocument, ...]
    submitted_on: date
    late: bool
    defects: tuple[str, ...] = ()


class CharterReturned(Event, to="ADOPTED"):
    """The papers are wanting [补正]; the text stays as it was adopted."""

    association: str
    number: int
    defects: tuple[str, ...]
    file_by: date
    since: date
    overdue: Literal[False] = False


class CharterApproved(Event, to="APPROVED", effective="approved_on"):
    """The authority has approved it [章程核准]; it is the charter now."""

    association: str
    number: int
    text: str
    adopted_on: date
    approved_on: date
    party_clauses: tuple[PartyClause, ...]
    late: bool
    claim: None = None


class CharterRefused(Event, to="REFUSED"):
    """The unit does not consent, or the authority does not approve it: another text must be decided on, as the next version."""

    association: str
    number: int
    reason: str
    claim: None = None


class CharterSuperseded(Event, to="SUPERSEDED"):
    """A later version was approved and has taken its place."""

    association: str
    number: int
    by_number: int


class CharterAbandoned(Event, to="ABANDONED"):
    """Given up, or overtaken by the end of the association."""

    association: str
    number: int
    reason: str
    claim: None = None


charters = Kind[Charter, Stage](
    Charter, "registry.governance.charter", path="charters", key=("association", "number"), unique=("claim",), index=("association", "district"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"),
)  # fmt: skip


class NewCharterApproved(Heard, type="registry.governance.charter_approved.v1"):
    association: str
    number: int


class AssociationLiquidationStarted(Heard, type="registry.associations.association_liquidation_started.v1"):
    uscc: str


class CertificateIssued(Heard, type="registry.registration.certificate_issued.v1"):
    uscc: AssociationUscc
    district: District
    registered_on: date


async def founding_text(read: Read, call: Call, record: None, event: CertificateIssued) -> str | None:
    """Given: the charter among the papers of the registration case, by its reference in the document store."""
    case = await read.get(cases, event.about)
    return next((p.document for p in case.papers if p.kind == "DRAFT_CHARTER"), None) if case else None


async def versions(read: Read, call: Call, record: object, body: object) -> list[Charter]:
    """Given: all versions of the association that acts."""
    return await read.find(charters, association=call.organisation)


async def meeting_named(read: Read, call: Call, record: object, body: object) -> GoverningMeeting | None:
    """Given: the meeting the form refers to."""
    return await read.get(governing_meetings, str(getattr(body, "meeting", "")))


Meeting = Annotated[GoverningMeeting | None, Given(meeting_named)]


@charters.opens_on(CertificateIssued)
def open_with_registration(
    call: Call, event: CertificateIssued, text: Annotated[str | None, Given(founding_text)]
) -> FoundingCharterApproved | None:
    """The association was founded with this charter; every later version replaces another."""
    if text is None:
        return None
    return FoundingCharterApproved(
        association=event.uscc, district=event.district, number=1, text=text, approved_on=event.registered_on,
        procedure_version=procedure("CHARTER", call.today).version,
    )  # fmt: skip


@charters.opens(by="ASSOCIATION")
def draft(call: Call, text: Line, association: Annotated[Association | None, Given(acting)], known: Annotated[list[Charter], Given(versions)],
          party_clauses: tuple[PartyClause, ...] = ()) -> CharterDrafted:  # fmt: skip
    """Draft the next version [起草章程]; `text` by its reference in the document store."""
    of = able(association)
    if any(c.stage in OPEN for c in known):
        raise Refused("version_under_way", "another version is under way", "已有章程版本正在办理")
    return CharterDrafted(
        association=of.uscc, district=of.district, number=max((c.number for c in known), default=0) + 1, claim=of.uscc, text=text,
        party_clauses=tuple(sorted(set(party_clauses))), consent_role=of.change_consent_role, days_after_consent=of.change_days,
        procedure_version=procedure("CHARTER", call.today).version,
    )  # fmt: skip


@charters.command(by="ASSOCIATION", when="DRAFT")
def revise(charter: Charter, call: Call, text: Line, party_clauses: tuple[PartyClause, ...] = ()) -> CharterRevised:
    """Change the draft [修改草案]."""
    clauses = tuple(sorted(set(party_clauses)))
    return CharterRevised(association=charter.association, number=charter.number, text=text, party_clauses=clauses)


@charters.command(by="ASSOCIATION", when="DRAFT")
def adopt(charter: Charter, call: Call, meeting: Line, held: Meeting) -> CharterAdopted:
    """The assembly has adopted it [大会通过]; its ballot is in the minutes of that meeting."""
    ballot = decision(held, charter.association, "CHARTER")
    if held is None or held.held_on is None:
        raise Refused("meeting_not_held", "there is no such meeting", "没有该次会议记录", pointer="/meeting")
    until = None if charter.consent_role else held.held_on + timedelta(days=charter.days_after_consent)
    return CharterAdopted(association=charter.association, number=charter.number, meeting=meeting, adopted_on=held.held_on, adopted_ok=ballot.valid,
                          present=held.present, entitled=held.entitled, in_favour=ballot.in_favour, consent_role=charter.consent_role,
                          file_by=until, since=call.today)  # fmt: skip


@charters.command(by=("SUPERVISING_UNIT", "FIC"), when="ADOPTED")
def consent(charter: Charter, call: Call, document: Line) -> CharterConsented:
    """Agree to the charter [业务主管单位审查同意]; `document` by its reference in the document store."""
    to_consent(charter, call)
    until = call.today + timedelta(days=charter.days_after_consent)
    return CharterConsented(association=charter.association, number=charter.number, consent_on=call.today, consent=document, file_by=until,
                            since=call.today)  # fmt: skip


@charters.command(by=("SUPERVISING_UNIT", "FIC"), when="ADOPTED")
def decline_consent(charter: Charter, call: Call, reason: Text) -> CharterRefused:
    """Do not agree to it [业务主管单位不同意]."""
    to_consent(charter, call)
    return CharterRefused(association=charter.association, number=charter.number, reason=reason)


def to_consent(charter: Charter, call: Call) -> None:
    """Raises: Refused where this office has nothing to say on it, or has said it."""
    if charter.consent_role is None or charter.consent_on:
        raise Refused("no_consent_wanted", "no consent is wanted, or it was given", "无需或已出具审查意见")
    if call.role != charter.consent_role:
        raise Refused("not_the_supervisor", f"{call.role} does not supervise this association", "本单位不是该社会组织的业务主管单位")


@charters.command(by="ASSOCIATION", when="ADOPTED")
def submit(charter: Charter, call: Call, papers: Documents = ()) -> CharterSubmitted:
    """File it for approval [报请核准], in time or late; `papers`: what is wanted beside charter, ballot record and consent."""
    if charter.file_by is None:
        raise Refused("consent_missing", "the supervising unit has not agreed yet", "业务主管单位尚未审查同意")
    own = held_papers(charter)
    known = {p.kind for p in own}
    all_papers = (*own, *(p for p in papers if p.kind not in known))
    rule = procedure("CHARTER", call.today, charter.procedure_version)
    rule.complete((p.kind for p in all_papers), consented=charter.consent_role is not None)
    return CharterSubmitted(association=charter.association, district=charter.district, number=charter.number, papers=all_papers,
                            submitted_on=call.today, late=charter.late or call.today > charter.file_by)  # fmt: skip


def held_papers(charter: Charter) -> tuple[ActDocument, ...]:
    """The papers of the approval that are in this record: the text adopted, the minutes with its ballot, the consent."""
    held = (("ADOPTED_CHARTER", charter.text), ("BALLOT_RECORD", charter.meeting), ("CONSENT", charter.consent))
    return tuple(ActDocument.model_validate({"kind": kind, "document": document}) for kind, document in held if document)


@charters.command(by=AUTHORITY, when="SUBMITTED")
def return_papers(charter: Charter, call: Call, defects: tuple[Line, ...]) -> CharterReturned:
    """Say all that is wanting [补正]."""
    if not defects:
        raise Malformed("no_defects", "say what is wanting", "请列明需要补正的内容", pointer="/defects")
    days = procedure("CHARTER", call.today, charter.procedure_version).correction_days or charter.days_after_consent
    until = max(call.today + timedelta(days=days), charter.file_by or call.today)
    return CharterReturned(association=charter.association, number=charter.number, defects=defects, file_by=until, since=call.today)


@charters.command(by=AUTHORITY, when="SUBMITTED")
def approve(charter: Charter, call: Call) -> CharterApproved:
    """Approve it [核准章程]."""
    return CharterApproved(association=charter.association, number=charter.number, text=charter.text, adopted_on=charter.adopted_on or call.today,
                           approved_on=call.today, party_clauses=charter.party_clauses, late=charter.late)  # fmt: skip


@charters.command(by=AUTHORITY, when="SUBMITTED")
def refuse(charter: Charter, call: Call, reason: Text) -> CharterRefused:
    """Do not approve it [不予核准]."""
    return CharterRefused(association=charter.association, number=charter.number, reason=reason)


@charters.command(by="ASSOCIATION", when=OPEN)
def abandon(charter: Charter, call: Call, reason: Text) -> CharterAbandoned:
    """Give the version up [撤回]."""
    return CharterAbandoned(association=charter.association, number=charter.number, reason=reason)


# ── deadlines, and what replaces it ───────────────────────────────────────────────────────────────
def reminders(charter: Charter) -> list[datetime]:
    if charter.file_by is None or charter.since is None:
        return []
    return before(procedure("CHARTER", charter.since, charter.procedure_version), charter.file_by, charter.since)


@charters.clock(when="ADOPTED", at=reminders)
def remind(charter: Charter, call: Call) -> CharterSubmissionDueSoon | None:
    """Some days are left to file it."""
    if charter.file_by is None or call.today > charter.file_by:
        return None
    return CharterSubmissionDueSoon(association=charter.association, number=charter.number, file_by=charter.file_by,
                                    days_left=(charter.file_by - call.today).days)  # fmt: skip


@charters.clock(when="ADOPTED", at=lambda c: end_of(c.file_by) if c.file_by and not c.overdue else None)
def expire(charter: Charter, call: Call) -> CharterSubmissionOverdue | None:
    """The last day to file has passed."""
    if charter.file_by is None:
        return None
    return CharterSubmissionOverdue(association=charter.association, number=charter.number, file_by=charter.file_by)


@charters.on(NewCharterApproved, when="APPROVED", where=lambda e: {"association": e.association})
def supersede(charter: Charter, call: Call, event: NewCharterApproved) -> CharterSuperseded | None:
    """A later version was approved."""
    if event.number <= charter.number:
        return None
    return CharterSuperseded(association=charter.association, number=charter.number, by_number=event.number)


@charters.on(AssociationLiquidationStarted, when=OPEN, where=lambda e: {"association": e.uscc})
def lapse(charter: Charter, call: Call, event: AssociationLiquidationStarted) -> CharterAbandoned:
    """Who is being liquidated needs no other charter."""
    return CharterAbandoned(association=charter.association, number=charter.number, reason="liquidation")


@charters.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def end(charter: Charter, call: Call, event: AssociationEnded) -> CharterAbandoned:
    """The association has ended."""
    return CharterAbandoned(association=charter.association, number=charter.number, reason="association ended")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class CharterHandedOver(HandedOver):
    """Charter version: gone with its association to another new city."""


follows(charters, CharterHandedOver)
