"""Correcting what the register says [更正登记信息]: asked for, checked, and told as a fact of its own that names what it supersedes (peers R5, R6).

Nothing is overwritten. The superseded event stays in the history; the correction says since when the right value held, so `as_of` a day
after that gives the right value, and `known_at` a time before the correction gives the answer that was given then. What can be corrected
is an item as it stands now: an older value that a later change has replaced is no longer what anybody reads.
"""

from datetime import date
from typing import Annotated, Any, Literal

from services.registry.associations.association import LIVING as ALIVE
from services.registry.associations.association import Association, associations
from services.registry.jurisdiction import HandedOver, follows
from services.registry.registration.naming import check_name, name_claim
from services.registry.values import AUTHORITY
from shared.district import District
from shared.record import Call, Event, Given, Heard, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc

Stage = Literal["REQUESTED", "APPROVED", "REJECTED", "APPLIED"]
Item = Literal["name", "domicile", "purpose", "scope", "territory", "registered_fund", "supervising_unit"]
Reason = Literal["CLERICAL_ERROR", "WRONG_EVIDENCE", "CHALLENGE_UPHELD", "COURT_RULING", "OTHER"]


# ── forms and record ──────────────────────────────────────────────────────────────────────────────
class Wanted(Value):
    """What should stand where: `supersedes` is the id of the event that told it wrongly, `holds_from` the day since which the right
    value held; `registered_fund` is given in fen as digits. `challenge` is the challenge it follows from."""

    association: AssociationUscc
    item: Item
    value: Text
    supersedes: Line
    holds_from: date
    reason: Reason
    challenge: Line | None = None


class Correction(Record):
    """Correction of a registered item [更正]"""

    stage: Stage
    association: AssociationUscc
    district: District
    item: Item
    value: str
    before: str
    supersedes: str
    holds_from: date
    reason: Reason
    challenge: str | None
    claim: str | None  # the item of this association while the correction is open: distinct in the database
    decided_on: date | None = None
    ground: str | None = None


class CorrectionRequested(Event, to="REQUESTED"):
    """Somebody entitled says that an item was told wrongly [申请更正]."""

    association: AssociationUscc
    district: District
    item: Item
    value: Text
    before: str
    supersedes: Line
    holds_from: date
    reason: Reason
    challenge: str | None
    claim: str


class CorrectionApproved(Event, to="APPROVED"):
    """The authority has found it right; the register takes it over."""

    association: str
    item: Item
    value: Text
    supersedes: str
    holds_from: date
    challenge: str | None
    decided_on: date


class CorrectionRejected(Event, to="REJECTED"):
    """The register stands."""

    association: str
    item: Item
    ground: Text
    decided_on: date
    claim: None = None


class CorrectionApplied(Event, to="APPLIED"):
    """The register tells the right value now."""

    association: str
    item: Item
    claim: None = None


class AssociationCorrected(Event, effective="holds_from"):
    """An item as it really was: `supersedes` names the event that told it wrongly, `correction` the record that decided it."""

    uscc: str
    supersedes: str
    correction: str
    item: Item
    holds_from: date
    name: str | None = None
    domicile: str | None = None
    purpose: str | None = None
    scope: str | None = None
    territory: str | None = None
    registered_fund: int | None = None
    supervising_unit: str | None = None
    name_claim: str

    def apply(self, record: Association, /) -> Association:
        """Only the item that was wrong."""
        return record.model_copy(update={self.item: getattr(self, self.item), "name_claim": self.name_claim})


corrections = Kind[Correction, Stage](
    Correction, "registry.associations.correction", path="corrections", unique=("claim",), index=("association", "district"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip


class Approved(Heard, type="registry.associations.correction_approved.v1"):
    association: str
    item: Item
    value: str
    supersedes: str
    holds_from: date


class Corrected(Heard, type="registry.associations.association_corrected.v1"):
    uscc: str
    correction: str


# ── asking and deciding ───────────────────────────────────────────────────────────────────────────
class Known(Value):
    """What the register knows of the matter: the association, the value the named event told, and whether another bears the name."""

    about: Association | None = None
    told: str | None = None
    name_taken: bool = False


async def what_is_known(read: Read, call: Call, record: Correction | None, body: Wanted) -> Known:
    """Given: see `Known`; `told` is None for an event that is not of this association or says nothing of the item."""
    about = await read.get(associations, body.association)
    if about is None:
        return Known()
    events = await read.rows(f"{associations.collection}.history", _id=body.supersedes)
    told = next((e["data"][body.item] for e in events if e["subject"] == about.id and body.item in e["data"]), None)
    rivals = await read.find(associations, name_claim=name_claim(body.value, about.district)) if body.item == "name" else []
    return Known(about=about, told=None if told is None else str(told), name_taken=any(a.uscc != about.uscc for a in rivals))


@corrections.opens(by=("ASSOCIATION", *AUTHORITY, "SO_ADMIN"))
def request(call: Call, wanted: Wanted, known: Annotated[Known, Given(what_is_known)]) -> CorrectionRequested:
    """Ask for a correction [申请更正]."""
    about = known.about
    if about is None or about.stage not in ALIVE:
        raise Malformed("no_such_association", "no such association in the register", "名录中查无此组织", pointer="/association")
    if not about.registered_on <= wanted.holds_from <= call.today:
        raise Malformed(
            "holds_from_out_of_range", "between the registration and today", "应介于成立登记日与今日之间", pointer="/holds_from"
        )
    before = str(getattr(about, wanted.item) or "")
    if known.told != before:
        raise Malformed(
            "not_what_told_it", "that event is not what the register tells now", "该事件并非现行登记内容的来源", pointer="/supersedes"
        )
    if before == wanted.value:
        raise Refused("nothing_changes", "the register says so already", "登记事项没有变化")
    parsed(wanted.item, wanted.value)
    if wanted.item == "name":
        check_name(wanted.value, about.kind, about.level, about.district)
        if known.name_taken:
            raise Refused("name_taken", "another association bears this name", "该名称已被使用", pointer="/value")
    return CorrectionRequested(**wanted.model_dump(), district=about.district, before=before, claim=f"{wanted.association}~{wanted.item}")


def parsed(item: Item, value: str) -> str | int:
    """The value as the item holds it. Raises: Malformed for a fund that is no sum, or a line that is several."""
    if item == "registered_fund":
        if not (value.isascii() and value.isdigit() and len(value) <= 15):
            raise Malformed("not_a_sum", "digits: the sum in fen", "应为以分为单位的数字", pointer="/value")
        return int(value)
    if item in ("name", "domicile", "territory", "supervising_unit") and (len(value) > (100 if item == "name" else 200) or "\n" in value):
        raise Malformed("not_a_line", "one line of at most 200 characters", "应为不超过 200 字的单行文本", pointer="/value")
    return value


@corrections.command(by=AUTHORITY, when="REQUESTED")
def approve(correction: Correction, call: Call) -> CorrectionApproved:
    """Find it right [准予更正]."""
    return CorrectionApproved(
        association=correction.association, item=correction.item, value=correction.value, supersedes=correction.supersedes,
        holds_from=correction.holds_from, challenge=correction.challenge, decided_on=call.today,
    )  # fmt: skip


@corrections.command(by=AUTHORITY, when="REQUESTED")
def reject(correction: Correction, call: Call, ground: Text) -> CorrectionRejected:
    """Find that the register stands [不予更正], and say why."""
    return CorrectionRejected(association=correction.association, item=correction.item, ground=ground, decided_on=call.today)


# ── the register follows ──────────────────────────────────────────────────────────────────────────
@associations.on(Approved, when=ALIVE, where=lambda e: {"uscc": e.association})
def correct(association: Association, call: Call, event: Approved) -> AssociationCorrected | None:
    """Tell the right value, and what it supersedes; a value that does not fit its item was never approved, and changes nothing."""
    try:
        said: dict[str, Any] = {event.item: parsed(event.item, event.value)}
    except Malformed:
        return None
    name = event.value if event.item == "name" else association.name
    return AssociationCorrected(
        uscc=association.uscc, supersedes=event.supersedes, correction=event.about, item=event.item, holds_from=event.holds_from,
        name_claim=name_claim(name, association.district), **said,
    )  # fmt: skip


@corrections.on(Corrected, when="APPROVED", where=lambda e: {"id": e.correction})
def close(correction: Correction, call: Call, event: Corrected) -> CorrectionApplied:
    """The register has taken it over."""
    return CorrectionApplied(association=correction.association, item=correction.item)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class CorrectionHandedOver(HandedOver):
    """Correction of a registered item: gone with its association to another new city."""


follows(corrections, CorrectionHandedOver)
