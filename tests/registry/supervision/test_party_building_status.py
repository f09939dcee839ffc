"""Party building in counts (R29) and the links to industry departments (R28)."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.registry.supervision import industry_dept_link as link
from services.registry.supervision import party_building_status as p
from services.registry.supervision.industry_dept_link import industry_dept_links
from services.registry.supervision.party_building_status import party_building_statuses
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by


def opened() -> p.PartyBuildingStatus:
    event = p.open_for_new(by("PLATFORM"), p.AssociationActivated(about=AIR, uscc=AIR), association())
    assert event is not None
    return party_building_statuses.open(event, "")


def counts(**other: Any) -> p.Counts:
    fields = {"year": 2025, "members_count": 5, "key_staff_count": 4, "key_staff_members_count": 2, "activities": 12}
    return p.Counts.model_validate(fields | other)


def test_it_begins_with_nothing_when_an_association_takes_up_its_work() -> None:
    assert (opened().id, opened().stage) == (AIR, "NONE")
    assert p.open_for_new(by("PLATFORM"), p.AssociationActivated(about=AIR, uscc=AIR), None) is None


def test_first_an_instructor_then_an_organisation() -> None:
    record = after(party_building_statuses, opened(), p.assign_instructor(opened(), by("PARTY_WORK"), date(2026, 2, 1)))
    assert record.stage == "INSTRUCTOR_ASSIGNED"
    record = after(party_building_statuses, record, p.establish(record, by("PARTY_WORK"), "JOINT", "党委〔2026〕3号", MARCH_2))
    assert (record.stage, record.organisation_type, record.since) == ("ORG_ESTABLISHED", "JOINT", MARCH_2)
    gone = after(party_building_statuses, record, p.end_coverage(record, by("PARTY_WORK"), "合并撤销"))
    assert (gone.stage, gone.organisation_type, gone.since) == ("NONE", None, None)


def test_not_ahead() -> None:
    with pytest.raises(Malformed):
        p.assign_instructor(opened(), by("PARTY_WORK"), date(2026, 3, 3))


def test_counts_are_numbers_without_names_and_a_part_is_no_more_than_the_whole() -> None:
    record = after(party_building_statuses, opened(), p.report(opened(), by("ASSOCIATION"), counts()))
    assert record.counts == counts()
    assert {type(v) for v in counts().model_dump().values()} == {int}
    for wrong in ({"key_staff_members_count": 5}, {"members_count": 1}):
        with pytest.raises(ValidationError):
            counts(**wrong)


def test_a_later_year_is_not_overwritten_by_an_earlier_one_nor_a_year_reported_that_has_not_begun() -> None:
    record = after(party_building_statuses, opened(), p.report(opened(), by("ASSOCIATION"), counts()))
    assert p.report(record, by("ASSOCIATION"), counts(activities=13)).counts.activities == 13
    with pytest.raises(Refused) as no:
        p.report(record, by("ASSOCIATION"), counts(year=2024))
    assert no.value.code == "later_year_reported"
    with pytest.raises(Malformed):
        p.report(record, by("ASSOCIATION"), counts(year=2027))


# ── industry departments ──────────────────────────────────────────────────────────────────────────
def test_an_association_has_a_department_once_in_each_role_until_the_link_ends() -> None:
    form = link.Link(association=AIR, department="dept:industry", role="GUIDANCE")
    record = industry_dept_links.open(link.link(by("SO_ADMIN"), form, association()), "link-1")
    assert (record.stage, record.claim) == ("LINKED", f"{AIR}~dept:industry~GUIDANCE")
    assert ("claim",) in industry_dept_links.unique
    gone = after(industry_dept_links, record, link.unlink(record, by("SO_ADMIN"), "职能调整"))
    assert (gone.stage, gone.claim) == ("ENDED", None)
    struck = after(
        industry_dept_links,
        record,
        link.close(record, by("PLATFORM"), link.AssociationEnded(about=AIR, uscc=AIR, ended_on=date(2026, 3, 2))),
    )
    assert struck.stage == "ENDED"
