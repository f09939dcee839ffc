"""What careful people send to the registry about governance, people, members and money (beside `walk_hints.py`)."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.registry.governance import governance_body, meeting
from services.registry.governance.charter import CertificateIssued
from services.registry.governance.governance_body import governance_bodies
from services.registry.governance.meeting import Invitation, Minutes, governing_meetings
from services.registry.governance.rules import RULES as GOVERNANCE
from services.registry.governance.rules import Vote
from services.registry.members import fee_standard, membership
from services.registry.people import training_session
from shared.record import Call
from tests.registry.examples import AIR, association
from tests.walk import ASSOCIATIONS, ENTERPRISES, START, Hints


# ── governance ──
def held_meeting(association: str, on: Any, body: str, matter: str, subject: str = "") -> Any:
    """The minutes of a meeting of this association that has passed a matter in due form."""
    call = Call("ASSOCIATION", association, START, UUID(int=1))
    form = Invitation(body=body, held_on=on, notice_on=on - timedelta(days=20), agenda="agenda.pdf")
    called = meeting.GoverningMeetingCalled(association=association, body=body, due=on, notice_on=form.notice_on, notice_ok=True, agenda=form.agenda,
                                            delegates=False, rules_version="1", year=on.year)  # fmt: skip
    opened = governing_meetings.open(called, "meeting-1")
    votes = (Vote(matter=matter, subject=subject, secret=True, in_favour=40),)
    minutes = Minutes(held_on=on, members=50, entitled=50, present=40, votes=votes, minutes="minutes.pdf")
    told = meeting.hold(opened, replace(call, now=START + timedelta(days=5000)), minutes, GOVERNANCE.in_force(on))
    return governing_meetings.evolve(opened, [told])


def meeting_to_call(_: Any, dice: Random) -> dict[str, Any]:
    on = START.date() + timedelta(days=dice.choice((-30, -1, 0, 3)))
    return {"body": dice.choice(("GENERAL_ASSEMBLY", "COUNCIL", "SUPERVISORY_BOARD")), "held_on": on, "notice_on": on - timedelta(days=dice.choice((3, 12))),
            "agenda": "agenda.pdf", "delegates": False}  # fmt: skip


def minutes(record: Any, dice: Random) -> dict[str, Any]:
    present, votes = dice.choice(((40, ({"matter": "BUDGET", "secret": True, "in_favour": 40},)), (10, ())))
    return {"held_on": record.notice_on, "members": 50, "entitled": 50, "present": present, "votes": votes, "minutes": "minutes.pdf"}


def no_charter_yet(_: Any, dice: Random) -> dict[str, Any]:
    return {"text": "charter.pdf", "given.known": []}


def founded_with_a_charter(_: Any, dice: Random) -> dict[str, Any]:
    """A certificate whose case holds a charter, or holds none."""
    items = {n: getattr(association(), n) for n in CertificateIssued.model_fields if n != "about"}
    return items | {"about": "case-1", "given.text": dice.choice(("charter.pdf", None))}


def charter_vote(record: Any, dice: Random) -> dict[str, Any]:
    return {"meeting": "meeting-1", "given.held": held_meeting(record.association, START.date(), "GENERAL_ASSEMBLY", "CHARTER")}


def charter_of_later_number(record: Any, dice: Random) -> dict[str, Any]:
    return {"association": record.association, "number": record.number + dice.choice((0, 1))}


def first_term(_: Any, dice: Random) -> dict[str, Any]:
    begins = START.date() - timedelta(days=dice.choice((0, 1300)))
    return {"body": "COUNCIL", "term": 1, "term_from": begins, "term_to": begins + timedelta(days=1460), "seats": 9, "given.known": []}


def new_term(record: Any, dice: Random) -> dict[str, Any]:
    on = record.term_from + timedelta(days=dice.choice((700, 1480)))
    held = held_meeting(record.association, on, "GENERAL_ASSEMBLY", "ELECTION")
    return {"meeting": "meeting-1", "term_to": on + timedelta(days=1460), "seats": 9, "audited": True, "given.held": held}


def extension(record: Any, dice: Random) -> dict[str, Any]:
    held = held_meeting(record.association, record.term_to - timedelta(days=30), "COUNCIL", "TERM_EXTENSION")
    return {"until": record.term_to + timedelta(days=300), "meeting": "meeting-1", "given.held": held}


def branch_to_set_up(_: Any, dice: Random) -> dict[str, Any]:
    of = dice.choice(ASSOCIATIONS)
    return {
        "branch_type": "COMMITTEE", "basis": "BUSINESS", "name": "西咸新区航空物流协会冷链专业委员会", "meeting": "meeting-1", "under": None,
        "established_on": START.date(), "given.by": of, "given.association": association(uscc=of), "given.known": [],
        "given.held": held_meeting(of, START.date(), "COUNCIL", "BRANCH"),
    }  # fmt: skip


def seat_to_fill(_: Any, dice: Random) -> dict[str, Any]:
    on = START.date()
    body = governance_bodies.open(
        governance_body.GovernanceBodyListed(name="a", name_claim="a", convenor="dept:so-admin", field="b"), "body-1"
    )
    return {"association": dice.choice(ASSOCIATIONS), "body": "body-1", "term_from": on, "term_to": on + timedelta(days=2000),
            "given.association": association(), "given.into": body}  # fmt: skip


def meeting_of_body(record: Any, dice: Random) -> dict[str, Any]:
    return {"held_on": record.term_from, "present": dice.choice((True, False))}


def union(_: Any, dice: Random) -> dict[str, Any]:
    known = [association(uscc=u) for u in ASSOCIATIONS]
    others = ASSOCIATIONS[1 : dice.choice((2, 3))]
    return {"name": "西咸新区物流协会联盟", "purpose": "抱团发展", "invited": others, "given.known": known, "given.by": ASSOCIATIONS[0]}


def one_invited(record: Any, dice: Random) -> dict[str, Any]:
    return {"given.by": dice.choice(record.invited)} if record.invited else {}


def one_more(record: Any, dice: Random) -> dict[str, Any]:
    left = [a for a in ASSOCIATIONS if a not in record.parties] or [AIR]
    return {"association": left[0], "given.other": association(uscc=left[0]), "given.by": record.members[0]}


def one_member(record: Any, dice: Random) -> dict[str, Any]:
    return {"given.by": dice.choice(record.members)}


GOVERNANCE_HINTS: Hints = {
    "registry.governance.governing_meeting.call": meeting_to_call,
    "registry.governance.governing_meeting.hold": minutes,
    "registry.governance.charter.open_with_registration": founded_with_a_charter,
    "registry.governance.charter.draft": no_charter_yet,
    "registry.governance.charter.adopt": charter_vote,
    "registry.governance.charter.supersede": charter_of_later_number,
    "registry.governance.governing_body.record": first_term,
    "registry.governance.governing_body.complete": new_term,
    "registry.governance.governing_body.ask_extension": extension,
    "registry.governance.branch.establish": branch_to_set_up,
    "registry.governance.governance_seat.propose": seat_to_fill,
    "registry.governance.governance_seat.record_attendance": meeting_of_body,
    "registry.governance.association_union.propose": union,
    "registry.governance.association_union.join": one_invited,
    "registry.governance.association_union.decline": one_invited,
    "registry.governance.association_union.invite": one_more,
    "registry.governance.association_union.leave": one_member,
}

# ── people ──
PERSONS = tuple(f"00000000-0000-4000-8000-0000000000{n:02}" for n in range(1, 6))


def candidate(person: str, post: str, dice: Random, lr: bool = False) -> dict[str, Any]:
    return {
        "person": person,
        "post": post,
        "legal_representative": lr,
        "born_on": dice.choice((date(1950, 1, 1), date(1980, 1, 1))),
        "retired_cadre_on": None,
    }


def slate(_: Any, dice: Random) -> dict[str, Any]:
    of, on = dice.choice(ASSOCIATIONS), START.date()
    officers = [candidate(PERSONS[0], "PRESIDENT", dice, lr=True), candidate(PERSONS[1], "SUPERVISOR", dice)]
    return {"meeting": "meeting-1", "term_to": on + timedelta(days=1460), "officers": officers, "given.by": of, "given.known": [],
            "given.association": association(uscc=of), "given.held": held_meeting(of, on, "GENERAL_ASSEMBLY", "ELECTION")}  # fmt: skip


def one_officer(record: Any, dice: Random) -> dict[str, Any]:
    return {"person": dice.choice(record.persons)} if record.persons else {}


def new_officer(record: Any, dice: Random) -> dict[str, Any]:
    held = held_meeting(record.association, record.term_from + timedelta(days=30), "COUNCIL", "OFFICERS")
    return {
        "meeting": "meeting-1",
        "officer": candidate(dice.choice(PERSONS), "VICE_PRESIDENT", dice),
        "given.held": held,
        "given.known": [],
    }


def qualified(_: Any, dice: Random) -> dict[str, Any]:
    return {"person": dice.choice(PERSONS), "qualifications": ("SOCIAL_WORKER",)}


def hired(_: Any, dice: Random) -> dict[str, Any]:
    of, on = dice.choice(ASSOCIATIONS), START.date() + timedelta(days=4000)
    terms = {
        "mode": dice.choice(("HIRED", "ELECTED")),
        "meeting": "meeting-1",
        "term_from": on,
        "term_to": on + timedelta(days=1000),
        "fulltime": True,
    }
    return terms | {
        "given.by": of,
        "given.association": association(uscc=of),
        "given.held": held_meeting(of, START.date(), "COUNCIL", "SECRETARY_GENERAL"),
    }


def own_appointment(record: Any, dice: Random) -> dict[str, Any]:
    return {"reason": "任满", "given.by": record.association}


def programme(_: Any, dice: Random) -> dict[str, Any]:
    return {"title": "秘书长轮训", "held_on": START.date() + timedelta(days=dice.choice((1, 3000))), "hours": 24, "places": 30}


def session(record: Any, stage: str, dice: Random) -> Any:
    on = min(record.cycle_from + timedelta(days=30), record.cycle_to)
    told = training_session.TrainingScheduled(title="秘书长轮训", held_on=on, hours=dice.choice((24, 48)), places=2)
    return training_session.training_sessions.open(told, record.session or f"session-{len(record.attended)}").model_copy(
        update={"stage": stage}
    )


def enrolment(record: Any, dice: Random) -> dict[str, Any]:
    to = session(record, "OPEN", dice)
    return {"session": to.id, "given.to": to, "given.others": []}


def crediting(record: Any, dice: Random) -> dict[str, Any]:
    return {"passed": dice.random() < 0.8, "hours": None, "given.session": session(record, "HELD", dice)}


def heads(_: Any, dice: Random) -> dict[str, Any]:
    return {"as_of": START.date() - timedelta(days=dice.choice((0, 5))), "fulltime": 5, "parttime": 2, "under45": 4, "with_contract": 5,
            "with_insurance": 4, "covered": 4, "training_hours": 60}  # fmt: skip


PEOPLE_HINTS: Hints = {
    "registry.people.office_bearers.elect": slate,
    "registry.people.office_bearers.remove": one_officer,
    "registry.people.office_bearers.add": new_officer,
    "registry.people.sec_gen_profile.apply": qualified,
    "registry.people.sec_gen_profile.pool": lambda _, dice: {"qualifications": ("SOCIAL_WORKER", "LAWYER")},
    "registry.people.sec_gen_profile.appoint": hired,
    "registry.people.sec_gen_profile.release": own_appointment,
    "registry.people.training_session.plan": programme,
    "registry.people.training_duty.enrol": enrolment,
    "registry.people.training_duty.credit": crediting,
    "registry.people.staff_summary.report": heads,
    "registry.people.staff_summary.update": heads,
}


# ── members and money ──
def fees_adopted(_: Any, dice: Random) -> dict[str, Any]:
    of, on = dice.choice(ASSOCIATIONS), START.date() - timedelta(days=dice.choice((0, 40)))
    tiers = ({"tier": "MEMBER", "amount": 200_000}, {"tier": "COUNCIL", "amount": 500_000})
    return {"meeting": "meeting-1", "effective_from": START.date(), "tiers": tiers, "given.by": of, "given.known": [],
            "given.association": association(uscc=of), "given.held": held_meeting(of, on, "GENERAL_ASSEMBLY", "FEE_STANDARD")}  # fmt: skip


def fees_of_year(_: Any, dice: Random) -> dict[str, Any]:
    of = dice.choice(ASSOCIATIONS)
    told = membership.MemberJoined(association=of, member=ENTERPRISES[0], kind="UNIT", tier="MEMBER", seat="seat", joined_on=START.date())
    adopted = fee_standard.FeeStandard(
        id="s", stage="ADOPTED", association=of, adopted_on=START.date(), effective_from=START.date(), meeting="meeting-1", publish_by=START.date(),
        tiers=(fee_standard.FeeTier(tier="MEMBER", amount=200_000),), rules_version="1",
    )  # fmt: skip
    return {"year": 2026, "due": None, "given.by": of, "given.association": association(uscc=of), "given.there": [], "given.known": [adopted],
            "given.members": [membership.memberships.open(told, "stay-1")]}  # fmt: skip


def payment(record: Any, dice: Random) -> dict[str, Any]:
    return {"amount": dice.choice((50_000, max(1, record.amount - record.paid))), "paid_on": START.date()}


def income(_: Any, dice: Random) -> dict[str, Any]:
    mix = {"dues": 800_000, "donations": 100_000, "gov_purchase": 0, "services": 100_000, "other": 0}
    return {"year": 2025, "mix": mix, "given.association": association(uscc=(of := dice.choice(ASSOCIATIONS))), "given.by": of}


def file_read(_: Any, dice: Random) -> dict[str, Any]:
    return {
        "association": dice.choice(ASSOCIATIONS),
        "file": "file-1",
        "format": "csv",
        "digest": "0" * 64,
        "new": 1,
        "already": 0,
        "wrong": 0,
    }


def file_to_confirm(record: Any, dice: Random) -> dict[str, Any]:
    return {"given.new": [ENTERPRISES[0]] * record.new, "given.association": association(uscc=record.association), "given.present": []}


def portion(_: Any, dice: Random) -> dict[str, Any]:
    of, one = dice.choice(ASSOCIATIONS), {"member": ENTERPRISES[0], "kind": "UNIT", "tier": "MEMBER", "joined_on": None}
    return {"association": of, "members": (one,), "given.association": association(uscc=of), "given.present": []}


def previews(equal: Any, dice: Random) -> list[dict[str, Any]]:
    """The read model of files that were read."""
    return [{"_id": equal["_id"], "rows": [{"line": 2, "member": ENTERPRISES[0], "verdict": "NEW"}]}]


MEMBERS_HINTS: Hints = {
    "registry.members.fee_standard.adopt": fees_adopted,
    "registry.members.fee_standard.publish": lambda record, dice: {"published_on": record.adopted_on},
    "registry.members.membership_fee.charge_year": fees_of_year,
    "registry.members.membership_fee.pay": payment,
    "registry.members.annual_income.draft": income,
    "registry.members.membership.take_in": portion,
    "registry.members.member_import.preview": file_read,
    "registry.members.member_import.confirm": file_to_confirm,
}
