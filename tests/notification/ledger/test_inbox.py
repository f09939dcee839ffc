"""The reading side: filters that no client value can turn into an operator, pages, languages."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.notification.ledger.inbox import InboxQuery, LedgerQuery, before, inbox_of, mark, mine, shown
from shared.record import SHANGHAI, Call, Malformed, NotAllowed
from tests.notification.ledger.test_notice import THEY, row

CITY = Call("NEW_CITY", "dept:XX-KG", datetime(2026, 3, 2, tzinfo=SHANGHAI), UUID(int=1), district="XX-KG")


def test_an_inbox_is_that_of_the_organisation_or_the_district() -> None:
    assert mine(THEY) == THEY.organisation
    assert mine(CITY) == "XX-KG"
    with pytest.raises(NotAllowed):
        mine(replace(THEY, role="PUBLIC", organisation=""))


def test_filters_are_added_to_ones_own_scope_and_never_replace_it() -> None:
    where = inbox_of(THEY, InboxQuery.model_validate({"unread": "true", "class": "STATUTORY"}))
    assert where["state.holders"] == THEY.organisation
    assert where["state.channel"] == "IN_APP"
    assert where["state.stage"] == {"$in": ["DELIVERED"]}
    assert where["state.category"] == "STATUTORY"


@pytest.mark.parametrize("hostile", [{"recipient": {"$ne": ""}}, {"stage": "ANY"}, {"$where": "1"}, {"limit": 1000}, {"recipient": ""}])
def test_a_query_is_closed_and_typed(hostile: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LedgerQuery.model_validate(hostile)


def test_a_page_goes_on_where_the_last_one_ended() -> None:
    cursor = mark({"_id": "row-1", "state": {"told_at": "2026-03-02T01:00:00Z"}})
    assert before(cursor)["$or"][1] == {"state.told_at": "2026-03-02T01:00:00Z", "_id": {"$lt": "row-1"}}


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "é", "eA=="])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(Malformed):
        before(cursor)


def test_a_notice_is_shown_in_the_language_asked_for_or_its_own() -> None:
    notice = row("IN_APP")
    assert shown(notice, "en", THEY)["subject"] == "Annual report 2025 is overdue"
    assert shown(notice, "", THEY)["subject"] == "2025 年度工作报告已逾期"
    assert shown(notice, "zh", THEY)["can"] == ["read", "acknowledge"]
