from datetime import date, datetime, timedelta
from typing import Any

from services.matchmaking.activities.contest import (
    Contest,
    Placing,
    Prize,
    TalentAnswered,
    announce,
    award,
    close_entries,
    contests,
    extend,
    follow_up,
    introduce_talent,
    open_,
    take_off,
)
from services.matchmaking.activities.contest_entry import (
    ContestCancelled,
    ContestConcluded,
    ContestEntry,
    Won,
    contest_entries,
    enter,
    hear_result,
    leave_cancelled,
    withdraw,
)
from services.matchmaking.activities.contest_jury import judge
from shared.record import SHANGHAI
from tests.matchmaking.samples import FIRM, NOON, call, on, refused

ADMIN = call("SO_ADMIN")
PRIZES = (Prize(rank=2, name="二等奖", amount=10_000_000, places=2), Prize(rank=1, name="一等奖", amount=20_000_000))
RANKING = (Placing(entry="e-3", rank=2), Placing(entry="e-1", rank=1), Placing(entry="e-2", rank=2), Placing(entry="e-4", rank=3))


def entries(*ids: str) -> list[ContestEntry]:
    return [entry().model_copy(update={"id": id_}) for id_ in ids]


def later(days: int) -> Any:
    return call("SO_ADMIN", NOON + timedelta(days=days))


def announced() -> Contest:
    return contests.open(announce(ADMIN, "创新创业大赛", "REGIONAL", PRIZES, date(2026, 3, 10), date(2026, 3, 31)), "c-1")


def opened() -> Contest:
    return on(contests, announced(), open_(announced(), call("CLOCK")))  # type: ignore[no-any-return]


def judged() -> Contest:
    return on(contests, opened(), judge(opened(), later(30), RANKING, entries("e-1", "e-2", "e-3", "e-4")))  # type: ignore[no-any-return]


def entry(contest: Contest | None = None, others: list[ContestEntry] | None = None) -> ContestEntry:
    told = enter(call("ENTERPRISE"), "c-1", "无人机配送", "5631", 5, "低空物流", contest or opened(), others or [])
    return contest_entries.open(told, "e-1")


def test_it_opens_and_closes_by_the_calendar() -> None:
    ((opens, _),) = contests.clocks(announced(), {})
    ((closes, _),) = contests.clocks(opened(), {})
    assert (opens, closes) == (datetime(2026, 3, 10, 9, tzinfo=SHANGHAI), datetime(2026, 4, 1, 9, tzinfo=SHANGHAI))
    assert on(contests, opened(), close_entries(opened(), call("CLOCK"))).stage == "OPEN"


def test_the_jury_waits_for_the_last_day() -> None:
    with refused("still_open"):
        judge(opened(), later(22), RANKING, entries("e-1", "e-2", "e-3", "e-4"))
    assert judge(opened(), later(23), RANKING, entries("e-1", "e-2", "e-3", "e-4")).ranking[0].entry == "e-1"
    longer = on(contests, opened(), extend(opened(), ADMIN, date(2026, 4, 30)))
    with refused("still_open"):
        judge(longer, later(23), RANKING, entries("e-1", "e-2", "e-3", "e-4"))
    with refused("no_extension"):
        extend(opened(), ADMIN, date(2026, 3, 31))


def test_a_rank_has_so_many_places_and_an_entry_one_rank() -> None:
    with refused("rank_overfull"):
        judge(opened(), later(30), (Placing(entry="a", rank=1), Placing(entry="b", rank=1)), entries("e-1", "e-2", "e-3", "e-4"))
    with refused("entry_twice"):
        judge(opened(), later(30), (Placing(entry="a", rank=1), Placing(entry="a", rank=2)), entries("e-1", "e-2", "e-3", "e-4"))


def test_only_entries_of_the_contest_that_were_not_withdrawn_are_ranked() -> None:
    with refused("entry_unknown"):
        judge(opened(), later(30), RANKING, entries("e-1", "e-2", "e-3"))


def test_who_is_ranked_where_a_prize_is_has_its_amount() -> None:
    told = award(judged(), ADMIN)
    assert [(a.entry, a.amount) for a in told.awards] == [("e-1", 20_000_000), ("e-2", 10_000_000), ("e-3", 10_000_000)]


def test_talents_are_counted_and_nobody_is_named() -> None:
    contest = on(contests, judged(), award(judged(), ADMIN))
    contest = on(contests, contest, follow_up(contest, ADMIN))
    contest = on(contests, contest, introduce_talent(contest, ADMIN, "e-1", FIRM, "DOCTOR", 2))
    told = introduce_talent(contest, ADMIN, "e-4", FIRM, "ENGINEER", 3)
    assert (contest.talents, told.talents) == (2, 5)
    with refused("entry_not_ranked"):
        introduce_talent(contest, ADMIN, "e-9", FIRM, "DOCTOR", 1)


def test_who_has_not_come_is_taken_off_the_count() -> None:
    contest = on(contests, judged(), award(judged(), ADMIN))
    contest = on(contests, contest, follow_up(contest, ADMIN)).model_copy(update={"talents": 5})
    answer = TalentAnswered.model_validate({"about": "t", "contest": contest.id, "missing": 2})
    told = take_off(contest, ADMIN, answer)
    assert told is not None
    assert (told.missing, told.talents) == (2, 3)
    assert take_off(contest, ADMIN, answer.model_copy(update={"missing": 0})) is None


def test_prizes_and_days_are_sound() -> None:
    with refused("rank_twice"):
        announce(ADMIN, "t", "NATIONAL", (PRIZES[0], PRIZES[0]), date(2026, 4, 1), date(2026, 4, 2))
    with refused("closes_before_it_opens"):
        announce(ADMIN, "t", "NATIONAL", PRIZES, date(2026, 4, 1), date(2026, 4, 1))


def test_a_project_is_entered_once_while_the_contest_is_open() -> None:
    assert entry().slot == f"c-1~{FIRM}~无人机配送"
    with refused("already_entered"):
        entry(others=[entry()])
    for closed in (announced(), opened().model_copy(update={"closes_on": date(2026, 3, 8)}), judged()):
        with refused("contest_not_open"):
            entry(closed)


def test_an_entry_hears_what_it_has_won() -> None:
    won = ContestConcluded(about="c-1", awards=(Won(entry="e-1", rank=1, amount=20_000_000),))
    lost = ContestConcluded(about="c-1", awards=(Won(entry="e-2", rank=1, amount=20_000_000),))
    prized = on(contest_entries, entry(), hear_result(entry(), call("PLATFORM"), won))
    assert (prized.stage, prized.rank, prized.amount) == ("PRIZED", 1, 20_000_000)
    assert on(contest_entries, entry(), hear_result(entry(), call("PLATFORM"), lost)).stage == "UNPLACED"
    assert on(contest_entries, entry(), leave_cancelled(entry(), call("PLATFORM"), ContestCancelled(about="c-1"))).stage == "UNPLACED"


def test_who_withdraws_may_enter_again_but_not_after_the_jury() -> None:
    assert on(contest_entries, entry(), withdraw(entry(), call("ENTERPRISE"), opened())).slot is None
    with refused("already_judged"):
        withdraw(entry(), call("ENTERPRISE"), judged())
