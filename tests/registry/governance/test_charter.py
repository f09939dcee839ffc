"""Charter versions and their approval (R30, art. 18; domain §3.3, §3.4): adopted by two thirds, filed within thirty days, approved, superseded."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.registry.governance import charter as c
from services.registry.governance.charter import charters
from services.registry.procedures import PROCEDURES
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by
from tests.registry.governance_hints import held_meeting

ASSEMBLY = held_meeting(AIR, MARCH_2, "GENERAL_ASSEMBLY", "CHARTER")
UNDER_FIC: dict[str, Any] = {"supervising_unit": "dept:fic", "affiliation": "FIC", "change_consent_role": "FIC"}


def draft(supervised: bool = False, known: tuple[c.Charter, ...] = ()) -> c.Charter:
    of = association(**UNDER_FIC) if supervised else association()
    clauses = ("PARTY_LEADERSHIP", "PARTY_ORGANISATION")
    return charters.open(c.draft(by("ASSOCIATION"), "charter.pdf", of, list(known), clauses), "")


def adopted(supervised: bool = False) -> c.Charter:
    record = draft(supervised)
    return after(charters, record, c.adopt(record, by("ASSOCIATION"), "m-1", ASSEMBLY))


def submitted(on: date = MARCH_2) -> c.Charter:
    return after(charters, adopted(), c.submit(adopted(), by("ASSOCIATION", on)))


def test_versions_are_counted_and_only_one_is_under_way() -> None:
    first = draft()
    assert (first.id, first.number, first.claim) == (f"{AIR}~1", 1, AIR)
    with pytest.raises(Refused) as no:
        draft(known=(first,))
    assert no.value.code == "version_under_way"
    assert draft(known=(first.model_copy(update={"stage": "APPROVED"}),)).number == 2


@pytest.mark.parametrize("stage", ["LIQUIDATING", "DEREGISTERED", "REVOKED"])
def test_who_is_ending_drafts_no_charter(stage: str) -> None:
    with pytest.raises(Refused) as no:
        c.draft(by("ASSOCIATION"), "charter.pdf", association(stage), [])
    assert no.value.code == "association_not_active"


def test_an_assembly_that_voted_in_due_form_adopts_it() -> None:
    event = c.adopt(draft(), by("ASSOCIATION"), "m-1", ASSEMBLY)
    assert (event.adopted_ok, event.present, event.entitled, event.in_favour) == (True, 40, 50, 40)
    with pytest.raises(Refused) as no:
        c.adopt(draft(), by("ASSOCIATION"), "m-2", held_meeting(AIR, MARCH_2, "COUNCIL", "BUDGET"))
    assert no.value.code == "not_decided_there"


def test_without_a_supervising_unit_thirty_days_run_from_the_resolution() -> None:
    assert (adopted().stage, adopted().file_by) == ("ADOPTED", date(2026, 4, 1))
    with pytest.raises(Refused) as no:
        c.consent(adopted(), by("FIC"), "1号")
    assert no.value.code == "no_consent_wanted"


def test_with_one_they_run_from_its_consent_and_nothing_is_filed_before() -> None:
    record = adopted(supervised=True)
    assert record.file_by is None
    with pytest.raises(Refused) as no:
        c.submit(record, by("ASSOCIATION"))
    assert no.value.code == "consent_missing"
    with pytest.raises(Refused) as no:
        c.consent(record, by("SUPERVISING_UNIT"), "1号")
    assert no.value.code == "not_the_supervisor"
    agreed = after(charters, record, c.consent(record, by("FIC", date(2026, 4, 10)), "1号"))
    assert agreed.file_by == date(2026, 5, 10)
    with pytest.raises(Refused) as no:
        c.decline_consent(agreed, by("FIC"), "不同意")
    assert no.value.code == "no_consent_wanted"
    refused = after(charters, record, c.decline_consent(record, by("FIC"), "不同意"))
    assert (refused.stage, refused.claim) == ("REFUSED", None)


@pytest.mark.parametrize(("day", "late"), [(date(2026, 4, 1), False), (date(2026, 4, 2), True)])
def test_filed_on_the_last_day_is_in_time_and_a_day_later_is_late(day: date, late: bool) -> None:
    assert c.submit(adopted(), by("ASSOCIATION", day)).late is late


@pytest.mark.parametrize("supervised", [False, True])
def test_what_the_record_holds_nobody_hands_in_again(supervised: bool) -> None:
    record = adopted(supervised)
    if supervised:
        record = after(charters, record, c.consent(record, by("FIC"), "1号"))
    papers = {p.kind: p.document for p in c.submit(record, by("ASSOCIATION")).papers}
    assert papers == {"ADOPTED_CHARTER": "charter.pdf", "BALLOT_RECORD": "m-1"} | ({"CONSENT": "1号"} if supervised else {})
    assert set(papers) == PROCEDURES.in_force(MARCH_2, "CHARTER").needed(supervised)


def test_a_paper_that_is_wanted_and_not_in_the_record_must_be_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = PROCEDURES.in_force(MARCH_2, "CHARTER")
    wants_more = rule.model_copy(update={"papers": (*rule.papers, "APPLICATION")})
    monkeypatch.setattr(c, "procedure", lambda *_: wants_more)
    with pytest.raises(Refused) as no:
        c.submit(adopted(), by("ASSOCIATION"))
    assert no.value.more["missing"] == ["APPLICATION"]
    handed_in = (c.ActDocument(kind="APPLICATION", document="form.pdf"), c.ActDocument(kind="ADOPTED_CHARTER", document="other.pdf"))
    told = {p.kind: p.document for p in c.submit(adopted(), by("ASSOCIATION"), handed_in).papers}
    assert told == {"ADOPTED_CHARTER": "charter.pdf", "BALLOT_RECORD": "m-1", "APPLICATION": "form.pdf"}


def test_one_is_reminded_ten_and_three_days_before_and_told_once_when_it_is_over() -> None:
    days = [(t.astimezone(SHANGHAI).date(), m.name) for t, m in charters.clocks(adopted(), {})]
    assert days == [(date(2026, 3, 22), "remind"), (date(2026, 4, 2), "expire")]
    assert [t.astimezone(SHANGHAI).date() for t in c.reminders(adopted())] == [date(2026, 3, 22), date(2026, 3, 29)]
    reminder = c.remind(adopted(), by("CLOCK", date(2026, 3, 29)))
    assert reminder is not None and reminder.days_left == 3
    told = c.expire(adopted(), by("CLOCK", date(2026, 4, 2)))
    assert told == c.CharterSubmissionOverdue(association=AIR, number=1, file_by=date(2026, 4, 1))
    assert [m.name for _, m in charters.clocks(after(charters, adopted(), told), {})] == ["remind"]


def test_the_authority_approves_or_refuses_and_then_another_version_is_drafted() -> None:
    event = c.approve(submitted(), by("REG_AUTHORITY"))
    assert (event.text, event.adopted_on, event.approved_on) == ("charter.pdf", MARCH_2, MARCH_2)
    approved = after(charters, submitted(), event)
    assert (approved.stage, approved.claim) == ("APPROVED", None)
    refused = after(charters, submitted(), c.refuse(submitted(), by("REG_AUTHORITY"), "不符"))
    assert (refused.stage, refused.claim) == ("REFUSED", None)
    assert draft(known=(refused,)).number == 2


def test_wanting_papers_come_back_without_another_vote_and_never_in_less_time() -> None:
    with pytest.raises(Malformed):
        c.return_papers(submitted(), by("REG_AUTHORITY"), ())
    back = after(charters, submitted(), c.return_papers(submitted(), by("REG_AUTHORITY"), ("缺表决记录",)))
    assert (back.stage, back.meeting, back.file_by, back.defects) == ("ADOPTED", "m-1", date(2026, 4, 1), ("缺表决记录",))
    last_day = submitted(date(2026, 4, 1))
    assert c.return_papers(last_day, by("REG_AUTHORITY", date(2026, 4, 1)), ("缺页",)).file_by == date(2026, 4, 11)
    assert after(charters, back, c.submit(back, by("ASSOCIATION"))).defects == ()


def test_a_later_version_takes_the_place_of_the_one_before_and_not_the_other_way() -> None:
    approved = after(charters, submitted(), c.approve(submitted(), by("REG_AUTHORITY")))
    later = c.NewCharterApproved(about=f"{AIR}~2", association=AIR, number=2)
    assert c.supersede(approved, by("PLATFORM"), later) == c.CharterSuperseded(association=AIR, number=1, by_number=2)
    assert c.supersede(approved, by("PLATFORM"), later.model_copy(update={"number": 1})) is None


def test_party_clauses_are_told_with_the_approval() -> None:
    assert c.approve(submitted(), by("REG_AUTHORITY")).party_clauses == ("PARTY_LEADERSHIP", "PARTY_ORGANISATION")


def test_what_is_under_way_ends_with_the_association_or_before() -> None:
    ended = c.AssociationEnded(about=AIR, uscc=AIR, ended_on=MARCH_2 + timedelta(days=1))
    liquidating = c.AssociationLiquidationStarted(about=AIR, uscc=AIR)
    for event in (c.end(adopted(), by("PLATFORM"), ended), c.lapse(adopted(), by("PLATFORM"), liquidating),
                  c.abandon(adopted(), by("ASSOCIATION"), "暂缓")):  # fmt: skip
        gone = after(charters, adopted(), event)
        assert (gone.stage, gone.claim) == ("ABANDONED", None)


# ── version 1 ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("registered_on", [date(1998, 12, 1), MARCH_2])
def test_the_charter_of_the_founding_is_version_one_however_long_ago_that_was(registered_on: date) -> None:
    issued = c.CertificateIssued(about="case-1", uscc=AIR, district="XX", registered_on=registered_on)
    told = c.open_with_registration(by("PLATFORM"), issued, "doc:charter")
    assert told is not None
    record = charters.open(told, "")
    assert (record.id, record.stage, record.text, record.approved_on, record.claim) == (
        f"{AIR}~1",
        "APPROVED",
        "doc:charter",
        registered_on,
        None,
    )
    assert draft(known=(record,)).number == 2
    assert c.open_with_registration(by("PLATFORM"), issued, None) is None
