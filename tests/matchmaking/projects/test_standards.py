from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.projects import standards_tally
from services.matchmaking.projects.rules import project_rules
from services.matchmaking.projects.standard_project import (
    StandardProject,
    abolish,
    begin_drafting,
    begin_review,
    claim_publication,
    confirm_publication,
    doubt_publication,
    drop,
    drop_for_ended,
    invite_comments,
    join,
    note_approval,
    note_sent_back,
    re_review,
    standard_projects,
)
from services.matchmaking.projects.standards_tally import ByRole, StandardsTally, standards_tallies
from shared.record import SHANGHAI
from tests.matchmaking.samples import LOGISTICS, NOON, call, on, refused

RULES = project_rules().in_force(NOON.date(), "PROJECTS")
DEPT = call("INDUSTRY_DEPT", organisation="dept:industry")
TITLE = "航空物流服务规范"


def joined(level: Any = "NATIONAL") -> StandardProject:
    return standard_projects.open(join(call(), TITLE, level, "LEAD", "5631", [], RULES), "s-1")


def commented(level: Any = "NATIONAL", until: date = date(2026, 5, 8)) -> StandardProject:
    project = on(standard_projects, joined(level), note_approval(joined(level), call(), "20260001-T"))
    project = on(standard_projects, project, begin_drafting(project, call()))
    return on(standard_projects, project, invite_comments(project, call(), until, "征求意见稿", RULES))  # type: ignore[no-any-return]


def reviewed() -> StandardProject:
    return on(standard_projects, commented(), begin_review(commented(), call(now=NOON + timedelta(days=61))))  # type: ignore[no-any-return]


def claimed() -> StandardProject:
    told = claim_publication(reviewed(), call(), "GB/T 40204-2021", date(2026, 3, 1), "全国标准信息公共服务平台", [], RULES)
    return on(standard_projects, reviewed(), told)  # type: ignore[no-any-return]


def published() -> StandardProject:
    return on(standard_projects, claimed(), confirm_publication(claimed(), DEPT, RULES))  # type: ignore[no-any-return]


def test_an_association_takes_part_in_a_standard_once() -> None:
    with refused("already_joined"):
        join(call(), TITLE, "NATIONAL", "PARTICIPANT", "5631", [joined()], RULES)
    assert ("association", "title_key") in standard_projects.unique
    assert on(standard_projects, joined(), drop(joined(), call(), "退出")).title_key is None


def test_a_national_draft_is_out_for_sixty_days_and_a_group_draft_for_thirty() -> None:
    assert commented(until=date(2026, 5, 8)).stage == "COMMENT"
    with refused("comments_too_short"):
        commented(until=date(2026, 5, 7))
    assert commented("GROUP", date(2026, 4, 8)).stage == "COMMENT"
    with refused("comments_too_short"):
        commented("GROUP", date(2026, 4, 7))


def test_the_reviewers_wait_for_the_last_comment_and_may_send_it_back() -> None:
    with refused("comments_open"):
        begin_review(commented(), call(now=NOON + timedelta(days=60)))
    assert on(standard_projects, reviewed(), note_sent_back(reviewed(), call(), "范围不清")).stage == "DRAFTING"
    with refused("already_claimed"):
        note_sent_back(claimed(), call(), "x")


@pytest.mark.parametrize(
    ("level", "good", "bad"),
    [
        ("INTERNATIONAL", "ISO 9001:2015", "GB/T 19001-2016"),
        ("NATIONAL", "GB 32100-2015", "WB/T 1060-2016"),
        ("NATIONAL", "GB/T 4754—2017", "T/CAS 115-2015"),
        ("INDUSTRY", "WB/T 1060-2016", "GB/T 40204-2021"),
        ("LOCAL", "DB61/T 1234-2020", "WB/T 1060-2016"),
        ("GROUP", "T/CFLP 0016-2019", "GB/T 40204-2021"),
        ("GROUP", "T/CFLP 0016-2019", "T/CFLP ００16-2019"),
        ("ENTERPRISE", "Q/XXHK 001-2021", "T/CFLP 0016-2019"),
    ],
)
def test_a_code_is_written_as_those_of_its_level(level: Any, good: str, bad: str) -> None:
    RULES.must_be_a_code(level, good)
    with refused("code_of_another_level"):
        RULES.must_be_a_code(level, bad)


def test_it_counts_only_after_a_department_has_seen_it() -> None:
    with refused("nothing_claimed"):
        confirm_publication(reviewed(), DEPT, RULES)
    told = confirm_publication(claimed(), DEPT, RULES)
    assert (told.association, told.level, told.role, told.code) == (LOGISTICS, "NATIONAL", "LEAD", "GB/T 40204-2021")
    back = on(standard_projects, claimed(), doubt_publication(claimed(), DEPT, "未查到"))
    assert (back.stage, back.code, back.published_on) == ("REVIEW", None, None)


def test_one_code_is_entered_once_and_not_ahead_of_its_day() -> None:
    other = claimed().model_copy(update={"id": "s-2"})
    with refused("code_taken"):
        claim_publication(reviewed(), call(), "GB/T 40204-2021", date(2026, 3, 1), "x", [other], RULES)
    with refused("date_ahead"):
        claim_publication(reviewed(), call(), "GB/T 40204-2021", date(2026, 3, 10), "x", [], RULES)


def test_it_is_reviewed_again_after_five_years_and_abolished_not_before_it_was_published() -> None:
    ((when, move),) = standard_projects.clocks(published(), {})
    assert (when, move.name) == (datetime(2031, 3, 1, 9, tzinfo=SHANGHAI), "call_for_re_review")
    later = call("INDUSTRY_DEPT", datetime(2031, 4, 1, 4, tzinfo=SHANGHAI), "dept:industry")
    assert on(standard_projects, published(), re_review(published(), later, "CONFIRMED", RULES)).re_review_on == date(2036, 4, 1)
    with refused("date_too_early"):
        abolish(published(), DEPT, date(2026, 2, 28))
    assert on(standard_projects, published(), abolish(published(), DEPT, date(2026, 3, 9))).stage == "ABOLISHED"


def test_who_is_deregistered_takes_part_no_more_and_what_is_published_stays() -> None:
    event = AssociationEnded(uscc=LOGISTICS)
    gone = on(standard_projects, reviewed(), drop_for_ended(reviewed(), call("PLATFORM"), event))
    assert (gone.stage, gone.title_key) == ("DROPPED", None)
    assert "PUBLISHED" not in standard_projects.moves["drop_for_ended"].when


def tally() -> StandardsTally:
    joined_ = standards_tally.StandardProjectJoined(about="s-1", association=LOGISTICS)
    return standards_tallies.open(standards_tally.open_(call("PLATFORM"), joined_), "any")


def of(level: Any, role: Any) -> standards_tally.StandardPublished:
    return standards_tally.StandardPublished(about="s", association=LOGISTICS, level=level, role=role)


def test_standards_are_tallied_by_level_and_role() -> None:
    kept = tally()
    assert (kept.id, kept.total) == (LOGISTICS, 0)
    for level, role in (("NATIONAL", "LEAD"), ("NATIONAL", "LEAD"), ("NATIONAL", "PARTICIPANT"), ("GROUP", "LEAD")):
        kept = on(standards_tallies, kept, standards_tally.count(kept, call("PLATFORM"), of(level, role)))
    assert kept.levels == {"NATIONAL": ByRole(lead=2, participant=1), "GROUP": ByRole(lead=1)}
    assert kept.total == 4


def test_an_abolished_standard_counts_no_more_and_never_below_nothing() -> None:
    gone = standards_tally.StandardAbolished(about="s", association=LOGISTICS, level="GROUP", role="LEAD")
    kept = on(standards_tallies, tally(), standards_tally.count(tally(), call("PLATFORM"), of("GROUP", "LEAD")))
    for _ in range(2):
        kept = on(standards_tallies, kept, standards_tally.uncount(kept, call("PLATFORM"), gone))
        assert (kept.total, kept.levels["GROUP"]) == (0, ByRole())
