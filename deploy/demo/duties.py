"""What the associations of the demo that want a grade show of their duties: books, the year's statement, Party building, a promise.

Points that other services' events tell are reckoned from these; without them no grade above 2A is within reach.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from deploy.demo.platform import Json, Who

if TYPE_CHECKING:
    from deploy.demo.data import Association
    from deploy.demo.load import Story

PARTY = Who("PARTY_WORK", "dept:party")
SO_ADMIN = Who("SO_ADMIN", "dept:so-admin")
TOLD = frozenset({"acct.npo", "net_assets", "party.status", "party.key_staff", "disc.published"})  # facts that come of it


async def keep_duties(story: "Story") -> None:
    """Before the round is opened; whoever is interrupted finds what was there."""
    rated = [a for a in story.zone.associations if a.grade]
    promised = await story.there("registry/service-commitments", lambda r: r["association"])
    listed = await story.there("registry/development-list-entries", lambda r: r["association"])
    if not promised:
        await story.platform.until("what is to be disclosed is known", all_required(story))
    if not listed:
        await story.tell(SO_ADMIN, "registry/development-list-entries:list_named", {}, "policy")
    await story.side_by_side("财务、党建、服务承诺 duties kept", (one(story, a, a.uscc in promised) for a in rated))


def all_required(story: "Story") -> Callable[[], Awaitable[bool]]:
    """Whether each association has its items; a promise told before would not find its own to publish."""

    async def known() -> bool:
        items = await story.platform.count(SO_ADMIN, "registry/disclosure-items", item="SERVICE_COMMITMENTS")
        return items >= len(story.zone.associations)

    return known


async def one(story: "Story", a: "Association", promised: bool) -> None:
    """A dozen commands of one association and of those who write about it."""
    me, books = Who("ASSOCIATION", a.uscc), f"registry/financial-statements/{a.uscc}~{story.year}"
    figures = {"assets": 3 * a.registered_fund, "liabilities": a.registered_fund, "income": 40_000_000, "expenses": 38_000_000}
    if not promised:
        await story.tell(me, "registry/service-commitments", promise(), a.uscc)
    adopted = {"standard": "NPO", "separate_books": True, "accountant_kind": "OWN", "adopted_on": story.day(20)}
    await story.tell(me, "registry/accounting-statuses", adopted, a.uscc, unless=("already_exists",))
    drafted: Json = {"period": str(story.year), "figures": figures, "document": f"{a.uscc}/{story.year}/statement.xlsx"}
    if not a.founded_in_demo:
        await story.tell(me, "registry/financial-statements", drafted, a.uscc, unless=("already_exists",))
        await story.tell(me, f"{books}:file", {}, a.uscc, unless=("wrong_stage",))
    party = f"registry/party-building/{a.uscc}"
    if a.grade in ("4A", "3A"):
        body = {"organisation_type": "JOINT", "document_no": f"西咸党建〔{story.begin.year}〕{a.n}号", "since": story.day(20)}
        await story.tell(PARTY, f"{party}:establish", body, a.uscc, not_yet=("not_found",), unless=("wrong_stage",))
    else:
        await story.tell(
            PARTY, f"{party}:assign_instructor", {"since": story.day(20)}, a.uscc, not_yet=("not_found",), unless=("wrong_stage",)
        )
    for year in (story.year - 1, story.year):
        counts = {"year": year, "members_count": 6, "key_staff_count": 5, "key_staff_members_count": 2, "activities": 10}
        await story.tell(me, f"{party}:report", counts, f"{a.uscc}/{year}", unless=("later_year_reported",))


def promise() -> Json:
    return {
        "item": "政策咨询",
        "standard": "工作日当日答复，疑难问题三个工作日内答复",
        "time_limit_h": 24,
        "fee": 0,
        "complaints_to": "029-39990000",
    }
