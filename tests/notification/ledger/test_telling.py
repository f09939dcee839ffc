"""From an event heard to the rows of the ledger."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from services.notification.ledger.addressees import Addressee, addressees
from services.notification.ledger.contact_point import ContactPoint, Wishes, contact_points
from services.notification.ledger.heard import (
    AnnualReportOverdue,
    AnnualReportSubmitted,
    AnnualReviewOverdue,
    AssociationRegistered,
    DecisionDueSoon,
    DecisionOverdue,
    FirstReviewCompleted,
    LeadFollowUpOverdue,
    MatchAnswerDue,
    MatchConnected,
    MemberJoined,
    NameApproved,
    NameProposed,
    OpinionsSought,
    PapersSubmitted,
    RatingRoundOpened,
    RectificationOrdered,
    RectificationOverdue,
    RegistrationCaseOpened,
    RegistrationWithdrawn,
    SupervisorConsented,
    Told,
)
from services.notification.ledger.notice import NoticePosted, NoticeQueued, NoticeSuppressed
from services.notification.ledger.telling import identity, notices, tell
from shared.record import SHANGHAI, Call

USCC, FIRM, OTHER = "51610000MJU0000012", "91610000000000000A", "51610000MJU0000020"
DAY, NIGHT = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), datetime(2026, 3, 2, 23, tzinfo=SHANGHAI)
CALL = Call("PLATFORM", "", DAY, UUID(int=7), causation="event-1")
OVERDUE = AnnualReportOverdue.model_validate({"about": f"{USCC}~2025", "association": USCC, "year": 2025, "due": "2026-03-31"})
TO = Addressee(
    organisation=USCC, category="STATUTORY", channels=("IN_APP", "EMAIL"), template="annual_report_overdue", template_version="1",
    rules_version="1", values={"association": "甲协会", "year": "2025", "due": "2026-03-31"}, escalate_to=("dept:so-admin", "dept:approval"),
    has_address=True,
)  # fmt: skip


class Books:
    """A reading of plain lists, as the engine offers it."""

    def __init__(self, points: list[ContactPoint], **collections: list[dict[str, Any]]) -> None:
        self.points, self.collections = points, collections

    async def find(self, kind: Any, **equal: Any) -> list[Any]:
        assert kind is contact_points
        return [p for p in self.points if p.organisation in equal["organisation"]]

    async def get(self, kind: Any, id: str) -> Any:
        return next((p for p in self.points if p.organisation == id), None)

    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]:
        wanted = {n: v if isinstance(v, list) else [v] for n, v in equal.items()}
        return [r for r in self.collections.get(collection, []) if all(r[n] in v for n, v in wanted.items())]


def point(organisation: str, **fields: Any) -> ContactPoint:
    return ContactPoint(
        **{"stage": "ACTIVE", "organisation": organisation, "name": f"name of {organisation}", "email": "o@x.example", **fields}
    )


# ── who is told ───────────────────────────────────────────────────────────────────────────────────
async def test_a_registered_association_its_new_city_and_the_administration_are_told() -> None:
    event = AssociationRegistered.model_validate(
        {"about": USCC, "uscc": USCC, "name": "甲协会", "level": "NEW_CITY", "district": "XX-KG", "registered_on": "2026-03-02"}
    )
    told = await addressees(Books([point(USCC)], names=[{"_id": USCC, "name": "甲协会"}]), CALL, None, event)
    assert [(a.organisation, a.district, a.template) for a in told] == [
        (USCC, "", "association_registered"),
        ("dept:XX-KG", "XX-KG", "association_registered_here"),
        ("dept:so-admin", "", "association_registered_here"),
    ]
    assert told[0].values["name"] == "甲协会"


async def test_the_new_area_itself_has_no_new_city_to_tell() -> None:
    event = AssociationRegistered.model_validate(
        {"about": USCC, "uscc": USCC, "name": "甲协会", "level": "NEW_AREA", "district": "XX", "registered_on": "2026-03-02"}
    )
    assert [a.organisation for a in await addressees(Books([]), CALL, None, event)] == [USCC, "dept:so-admin"]


async def test_a_match_reaches_both_sides_and_the_member_firms_of_each() -> None:
    books = Books(
        [point(USCC)],
        parties=[{"_id": "m", "seeker": USCC, "candidate": OTHER}],
        roll=[
            {"association": USCC, "member": FIRM},
            {"association": OTHER, "member": "firm-2"},
            {"association": "third", "member": "firm-3"},
        ],
        names=[{"_id": OTHER, "name": "乙商会"}],
    )
    told = await addressees(books, CALL, None, MatchConnected(about="m", seeker=USCC, candidate=OTHER))
    assert [(a.organisation, a.template) for a in told] == [
        (USCC, "match_connected"), (OTHER, "match_connected"), (FIRM, "match_connected_to_members"), ("firm-2", "match_connected_to_members"),
    ]  # fmt: skip
    assert told[0].values == {"seeker": f"name of {USCC}", "candidate": "乙商会"}


async def test_the_same_firm_in_both_associations_is_told_once() -> None:
    books = Books([], roll=[{"association": USCC, "member": FIRM}, {"association": OTHER, "member": FIRM}])
    told = await addressees(books, CALL, None, MatchConnected(about="m", seeker=USCC, candidate=OTHER))
    assert [a.organisation for a in told].count(FIRM) == 1


async def test_a_round_is_told_to_every_association_of_the_register() -> None:
    event = RatingRoundOpened.model_validate({"about": "2026-1", "year": 2026, "title": "等级评估", "closes_on": "2026-06-30"})
    told = await addressees(Books([], register=[{"_id": OTHER}, {"_id": USCC}]), CALL, None, event)
    assert [a.organisation for a in told] == [USCC, OTHER]


async def test_only_those_who_have_not_answered_are_reminded_and_a_lead_never_is() -> None:
    event = MatchAnswerDue.model_validate(
        {
            "about": "m",
            "seeker": "lead-1",
            "candidate": USCC,
            "waiting_for": [USCC, "0b2a3c8e-0000-4000-8000-000000000001"],
            "respond_by": DAY,
        }
    )
    assert [a.organisation for a in await addressees(Books([]), CALL, None, event)] == [USCC]


async def test_a_person_who_joins_has_no_account_and_a_firm_has() -> None:
    joined = {"about": "x", "association": USCC, "joined_on": "2026-03-02"}
    person = MemberJoined.model_validate(joined | {"member": "0b2a3c8e-0000-4000-8000-000000000001"})
    firm = MemberJoined.model_validate(joined | {"member": FIRM})
    assert await addressees(Books([]), CALL, None, person) == []
    assert [a.organisation for a in await addressees(Books([]), CALL, None, firm)] == [FIRM]


async def test_a_later_step_of_a_case_finds_its_applicant_and_its_name() -> None:
    books = Books([], parties=[{"_id": "case-1", "applicant": FIRM}], names=[{"_id": "case-1", "name": "西咸新区低空经济协会"}])
    told = await addressees(books, CALL, None, NameApproved(about="case-1", name="西咸新区低空经济协会"))
    assert [(a.organisation, a.values["name"]) for a in told] == [(FIRM, "西咸新区低空经济协会")]


CASE = {"about": "case-1"}
KONGGANG = [{"_id": "case-1", "applicant": FIRM, "authority": "dept:XX-KG"}]
NEW_AREA = [{"_id": "case-1", "applicant": FIRM, "authority": "dept:approval"}]


@pytest.mark.parametrize(("district", "authority"), [("XX", ("dept:approval", "")), ("XX-KG", ("dept:XX-KG", "XX-KG"))])
async def test_a_case_lands_with_the_authority_of_its_level(district: str, authority: tuple[str, str]) -> None:
    event = RegistrationCaseOpened(about="case-1", applicant=FIRM, name="空港新城低空经济协会", district=district)
    told = await addressees(Books([]), CALL, None, event)
    assert [(a.organisation, a.district) for a in told] == [(FIRM, ""), authority]


@pytest.mark.parametrize(("parties", "authority"), [(KONGGANG, "dept:XX-KG"), (NEW_AREA, "dept:approval")], ids=["new city", "new area"])
@pytest.mark.parametrize(
    "event",
    [
        NameProposed.model_validate(CASE | {"name": "空港新城低空经济协会"}),
        PapersSubmitted.model_validate(CASE | {"stage": "ACCEPTED"}),
        SupervisorConsented.model_validate(CASE),
        DecisionDueSoon.model_validate(CASE | {"decide_by": "2026-05-01"}),
        DecisionOverdue.model_validate(CASE | {"decide_by": "2026-05-01"}),
        RegistrationWithdrawn.model_validate(CASE),
    ],
    ids=lambda e: type(e).__name__,
)
async def test_later_steps_of_a_case_come_to_the_authority_of_its_level(event: Told, parties: list[dict[str, Any]], authority: str) -> None:
    offices = {a.organisation for a in await addressees(Books([], parties=parties), CALL, None, event)}
    assert offices - {FIRM, "dept:so-admin"} == {authority}


async def test_papers_that_need_the_consent_of_the_competent_unit_come_to_it_first() -> None:
    event = PapersSubmitted.model_validate(CASE | {"stage": "SUPERVISOR_REVIEW"})
    assert [a.organisation for a in await addressees(Books([], parties=KONGGANG), CALL, None, event)] == ["dept:supervising"]


@pytest.mark.parametrize(
    ("roles", "offices"), [(("FIC",), ["dept:fic"]), (("SUPERVISING_UNIT", "FIC"), ["dept:supervising", "dept:fic"]), ((), ["dept:supervising"])]
)  # fmt: skip
async def test_the_federation_is_told_where_its_consent_is_wanted(roles: tuple[str, ...], offices: list[str]) -> None:
    event = PapersSubmitted.model_validate(CASE | {"stage": "SUPERVISOR_REVIEW", "consent_of": roles})
    assert [a.organisation for a in await addressees(Books([], parties=KONGGANG), CALL, None, event)] == offices


@pytest.mark.parametrize(
    ("waits_with", "offices"),
    [("SUPERVISING_UNIT", ["dept:supervising", "dept:so-admin"]), ("FIC", ["dept:fic", "dept:so-admin"]), (None, ["dept:so-admin"])],
    ids=["CHECK", "CHECK under the federation", "REPORT, or reviewed already"],
)
async def test_an_overdue_review_presses_who_has_the_report(waits_with: str | None, offices: list[str]) -> None:
    event = AnnualReviewOverdue.model_validate({"about": "a~2025", "association": USCC, "year": 2025, "first_reviewer": waits_with})
    assert [a.organisation for a in await addressees(Books([]), CALL, None, event)] == offices


async def test_after_the_first_review_the_administration_has_it_to_accept() -> None:
    event = FirstReviewCompleted.model_validate({"about": "a~2025", "association": USCC, "year": 2025})
    (told,) = await addressees(Books([]), CALL, None, event)
    assert (told.organisation, told.category, told.template) == ("dept:so-admin", "DUTY", "annual_report_first_reviewed")


async def test_what_an_association_must_mend_cannot_be_muted_and_overdue_comes_to_the_office_too() -> None:
    ordered = RectificationOrdered.model_validate({"about": "o", "association": USCC, "document_no": "1号", "due": "2026-04-01"})
    overdue = RectificationOverdue.model_validate({"about": "o", "association": USCC, "due": "2026-04-01"})
    (told,) = await addressees(Books([]), CALL, None, ordered)
    assert (told.organisation, told.category, told.urgency) == (USCC, "STATUTORY", "URGENT")
    assert [a.organisation for a in await addressees(Books([]), CALL, None, overdue)] == [USCC, "dept:so-admin"]


@pytest.mark.parametrize(
    ("said", "duty"),
    [
        ({"reviewed_first_by": "SUPERVISING_UNIT"}, ("dept:supervising", "annual_report_to_review")),
        ({"reviewed_first_by": "FIC"}, ("dept:fic", "annual_report_to_review")),
        ({"reviewed_first_by": None}, ("dept:so-admin", "annual_report_to_accept")),
        ({}, ("dept:so-admin", "annual_report_to_accept")),
    ],
    ids=["CHECK", "CHECK under the federation", "REPORT", "from before it was said"],
)
async def test_a_filed_report_comes_to_who_reviews_it_first_or_else_to_who_accepts_it(said: dict[str, Any], duty: tuple[str, str]) -> None:
    filed = {"about": f"{USCC}~2025", "association": USCC, "year": 2025, "submitted_on": "2026-03-02"}
    told = await addressees(Books([]), CALL, None, AnnualReportSubmitted.model_validate(filed | said))
    assert [(a.organisation, a.template) for a in told if a.category == "DUTY"] == [duty]


async def test_departments_asked_for_an_opinion_are_told_and_roles_without_an_office_are_not() -> None:
    event = OpinionsSought.model_validate({"about": "case-1", "asked": [{"role": "INDUSTRY_DEPT"}, {"role": "FIC"}, {"role": "PUBLIC"}]})
    assert [a.organisation for a in await addressees(Books([]), CALL, None, event)] == ["dept:industry", "dept:fic"]


@pytest.mark.parametrize(
    ("level", "city", "told"), [(1, "XX-FD", ["dept:XX-FD"]), (2, "XX-FD", ["dept:XX-FD", "dept:invest"]), (1, None, ["dept:invest"])]
)
async def test_an_overdue_follow_up_goes_to_the_next_level(level: int, city: str | None, told: list[str]) -> None:
    event = LeadFollowUpOverdue.model_validate({"about": "l", "association": USCC, "due": DAY, "new_city": city, "level": level})
    assert [a.organisation for a in await addressees(Books([]), CALL, None, event)] == told


async def test_a_contact_point_gives_language_wishes_and_whether_there_is_an_address() -> None:
    wishes = Wishes(duty=("IN_APP",))
    books = Books([point(USCC, locale="en", wishes=wishes, quiet_hours=False)])
    one = (await addressees(books, CALL, None, OVERDUE))[0]
    assert (one.locale, one.wishes, one.quiet_hours, one.has_address) == ("en", wishes, False, True)


async def test_a_withdrawn_contact_keeps_its_name_and_language_but_no_address() -> None:
    one = (await addressees(Books([point(USCC, stage="WITHDRAWN", email="", locale="en")]), CALL, None, OVERDUE))[0]
    assert (one.locale, one.has_address, one.values["association"]) == ("en", False, f"name of {USCC}")


# ── what is written ───────────────────────────────────────────────────────────────────────────────
def test_one_row_for_each_channel() -> None:
    posted, queued = tell(CALL, OVERDUE, [TO])
    assert isinstance(posted, NoticePosted)
    assert isinstance(queued, NoticeQueued)
    assert (posted.channel, queued.channel, queued.cause, queued.recipient) == ("IN_APP", "EMAIL", "event-1", USCC)


def test_the_inbox_is_there_at_night_and_the_mail_waits_for_the_morning() -> None:
    posted, queued = tell(replace(CALL, now=NIGHT), OVERDUE, [TO])
    assert isinstance(posted, NoticePosted)
    assert posted.delivered_at == NIGHT
    assert queued.scheduled_for == datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)


def test_extra_urgent_does_not_wait_for_the_morning() -> None:
    _, queued = tell(replace(CALL, now=NIGHT), OVERDUE, [TO.model_copy(update={"urgency": "EXTRA_URGENT"})])
    assert queued.scheduled_for == NIGHT


@pytest.mark.parametrize("channel", ["IN_APP", "EMAIL"])
def test_what_is_statutory_cannot_be_muted(channel: str) -> None:
    mute = TO.model_copy(update={"wishes": Wishes(duty=("IN_APP",), information=()), "channels": (channel,)})
    assert not isinstance(tell(CALL, OVERDUE, [mute])[0], NoticeSuppressed)


@pytest.mark.parametrize(
    ("category", "wishes", "suppressed"),
    [
        ("DUTY", Wishes(duty=("IN_APP",)), ["EMAIL"]),
        ("DUTY", Wishes(information=()), []),
        ("INFORMATION", Wishes(), ["EMAIL"]),
        ("INFORMATION", Wishes(information=()), ["IN_APP", "EMAIL"]),
        ("INFORMATION", Wishes(information=("EMAIL",)), ["IN_APP"]),
    ],
)
def test_the_rest_follows_wishes_and_the_ledger_says_why_not(category: str, wishes: Wishes, suppressed: list[str]) -> None:
    rows = tell(CALL, OVERDUE, [TO.model_copy(update={"category": category, "wishes": wishes})])
    found = [r for r in rows if isinstance(r, NoticeSuppressed)]
    assert [r.channel for r in found] == suppressed
    assert {r.reason for r in found} <= {"MUTED"}


def test_no_address_is_a_row_with_its_reason() -> None:
    row = tell(CALL, OVERDUE, [TO.model_copy(update={"has_address": False})])[1]
    assert isinstance(row, NoticeSuppressed)
    assert row.reason == "NO_ADDRESS"


def test_only_a_statutory_row_of_the_inbox_is_watched() -> None:
    posted = tell(CALL, OVERDUE, [TO])[0]
    assert isinstance(posted, NoticePosted)
    assert posted.escalate_at == (datetime(2026, 3, 5, 9, tzinfo=SHANGHAI), datetime(2026, 3, 9, 9, tzinfo=SHANGHAI))
    (duty,) = tell(CALL, OVERDUE, [TO.model_copy(update={"category": "DUTY", "channels": ("IN_APP",)})])
    assert isinstance(duty, NoticePosted)
    assert duty.escalate_at == ()


def test_nobody_is_escalated_to_himself() -> None:
    (row,) = tell(CALL, OVERDUE, [TO.model_copy(update={"organisation": "dept:so-admin", "channels": ("IN_APP",)})])
    assert isinstance(row, NoticePosted)
    assert row.escalate_to == ("dept:approval",)
    assert len(row.escalate_at) == 1


# ── never twice ───────────────────────────────────────────────────────────────────────────────────
def test_the_same_cause_recipient_channel_and_text_are_the_same_row_for_ever() -> None:
    later = replace(CALL, id=UUID(int=99), now=datetime(2031, 1, 1, tzinfo=SHANGHAI))
    first, again = tell(CALL, OVERDUE, [TO]), tell(later, OVERDUE, [TO])
    assert [r.row for r in first] == [r.row for r in again]
    assert notices.open(first[0], "anything").id == notices.open(again[0], "else").id == first[0].row


@pytest.mark.parametrize("part", range(5))
def test_any_other_part_is_another_row(part: int) -> None:
    parts = ["event-1", USCC, "EMAIL", "annual_report_overdue", "1"]
    other = [p + "x" if n == part else p for n, p in enumerate(parts)]
    assert identity(*parts) != identity(*other)


def test_parts_cannot_be_shifted_into_each_other() -> None:
    assert identity("a\nb", "c", "d", "e", "1") != identity("a", "b\nc", "d", "e", "1")
    assert identity('a","b', "c", "d", "e", "1") != identity("a", 'b","c', "d", "e", "1")


def test_somebody_named_twice_in_one_event_has_one_row() -> None:
    assert len(tell(CALL, OVERDUE, [TO, TO])) == 2


def test_a_new_city_holds_what_its_district_was_told() -> None:
    (row,) = tell(CALL, OVERDUE, [TO.model_copy(update={"organisation": "dept:XX-KG", "district": "XX-KG", "channels": ("IN_APP",)})])
    assert row.holders == ("dept:XX-KG", "XX-KG")
    city = Call("NEW_CITY", "dept:XX-KG", DAY, UUID(int=1), district="XX-KG")
    assert notices.owns(row, city)
    assert not notices.owns(row, replace(city, district="XX-FD"))


def test_no_personal_data_is_in_a_row() -> None:
    for row in tell(CALL, OVERDUE, [TO]):
        assert "@" not in str(row.public())
