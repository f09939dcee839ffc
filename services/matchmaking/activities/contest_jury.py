"""What the jury of a contest has found [评审结果], R57: only entries of this contest that have not been withdrawn are ranked."""

from typing import Annotated, Any

from services.matchmaking.activities.contest import Contest, ContestJudged, Placings, contests, room_for
from services.matchmaking.activities.contest_entry import ContestEntry, contest_entries
from shared.record import Call, Given, Read, Refused


async def entries_of(read: Read, call: Call, contest: Contest | None, body: Any) -> list[ContestEntry]:
    return await read.find(contest_entries, contest=contest.id, stage="ENTERED") if contest else []


@contests.command(by=("SO_ADMIN", "INVEST_DEPT"), when="OPEN")
def judge(contest: Contest, call: Call, ranking: Placings, entries: Annotated[list[ContestEntry], Given(entries_of)]) -> ContestJudged:
    """Enter what the jury has found [评审结果], after the last day of entering."""
    if call.today <= contest.closes_on:
        raise Refused("still_open", f"teams may enter until {contest.closes_on}", f"报名截止日为 {contest.closes_on}")
    room_for(contest.prizes, ranking)
    if unknown := sorted({p.entry for p in ranking} - {e.id for e in entries}):
        raise Refused("entry_unknown", "ranked, and not in this contest", "评审名单中有未参赛的项目", pointer="/ranking", entries=unknown)
    return ContestJudged(organiser=contest.organiser, title=contest.title, ranking=tuple(sorted(ranking, key=lambda p: (p.rank, p.entry))))
