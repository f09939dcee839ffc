"""The figures of the start page: exact, because each changes in the transaction in which its event takes effect.

A figure that follows a record (a lead's stage, a grade in force) needs to know where the record stood before; that, and nothing else
of it, is kept beside the counts.
"""

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from services.portal import heard as h
from services.portal.feed import tell
from shared.engine import Effects, Handler
from shared.record import Call, Heard, snake

H = TypeVar("H", bound=Heard)
Projection = Callable[[H, Call, Effects], Awaitable[bool | None]]
PROJECTIONS: dict[type[Heard], Handler] = {}


def hears(heard: type[H]) -> Callable[[Projection[H]], Projection[H]]:
    """Register a projection; the event counts in its topic, unless the projection says by False that nobody outside may know of it."""

    def register(project: Projection[H]) -> Projection[H]:
        @wraps(project)
        async def counted(event: H, call: Call, effects: Effects) -> None:
            if await project(event, call, effects) is not False:
                count(effects, "topics", topic_of(heard))

        PROJECTIONS[heard] = counted
        return project

    return register


def topic_of(heard: type[Heard]) -> str:
    """`registry/associations`: service and room, as a name of a figure."""
    return "/".join(heard.type.split(".")[:2])


def name_of(heard: Heard) -> str:
    return snake(type(heard).__name__)


def key(word: str) -> str:
    """A word of an event as a name of a figure; what could be read as a path or an operator becomes OTHER."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", word, re.ASCII) else "OTHER"


def count(effects: Effects, group: str, name: str, by: int = 1) -> None:
    effects.update("counts", group, {"$inc": {f"n.{name}": by}})


def shift(effects: Effects, group: str, before: str | None, after: str | None) -> None:
    """One less where it stood, one more where it stands."""
    if before != after:
        for name, by in ((before, -1), (after, 1)):
            if name is not None:
                count(effects, group, name, by)


# ── the register ──────────────────────────────────────────────────────────────────────────────────
def enter(effects: Effects, row: dict[str, Any], by: int) -> None:
    """Count an association in (1) or out (-1). Chambers are counted apart, as the founding report does."""
    if row["kind"] == "CHAMBER":
        count(effects, "register", "CHAMBER", by)
        return
    count(effects, "register", "INDUSTRY_ASSOCIATION", by)
    count(effects, "levels", row["level"], by)
    count(effects, "categories", row["category"], by)
    if row["level"] == "NEW_CITY":
        count(effects, "districts", row["district"], by)


@hears(h.AssociationRegistered)
async def count_registered(event: h.AssociationRegistered, call: Call, effects: Effects) -> None:
    row = {
        "name": event.name,
        "kind": key(event.kind),
        "level": key(event.level),
        "district": key(event.district),
        "category": key(event.so_category),
    }
    effects.update("associations", event.uscc, {"$set": {**row, "living": True}})
    enter(effects, row, 1)
    await tell(effects, call, name_of(event), topic_of(type(event)), name=event.name, district=event.district)


@hears(h.AssociationActivated)
async def tell_activated(event: h.AssociationActivated, call: Call, effects: Effects) -> None:
    await tell(effects, call, name_of(event), topic_of(type(event)), name=await named(effects, event.uscc))


@hears(h.AssociationChanged)
async def keep_name(event: h.AssociationChanged, call: Call, effects: Effects) -> None:
    if event.name is not None:
        before = await named(effects, event.uscc)
        effects.update("associations", event.uscc, {"$set": {"name": event.name}})
        if before != event.name:
            await tell(effects, call, name_of(event), topic_of(type(event)), name=event.name, before=before)


async def move_association(effects: Effects, uscc: str, **after: str) -> None:
    row = await effects.one("associations", uscc)
    if row and row.get("living"):
        enter(effects, row, -1)
        enter(effects, {**row, **after}, 1)
        effects.update("associations", uscc, {"$set": after})


@hears(h.AssociationClassified)
async def keep_category(event: h.AssociationClassified, call: Call, effects: Effects) -> None:
    await move_association(effects, event.uscc, category=key(event.so_category))


@hears(h.AssociationJurisdictionTransferred)
async def keep_level(event: h.AssociationJurisdictionTransferred, call: Call, effects: Effects) -> None:
    await move_association(effects, event.uscc, level=key(event.level), district=key(event.district))
    await tell(effects, call, name_of(event), topic_of(type(event)), name=await named(effects, event.uscc), district=event.district)


async def strike_off(event: h.AssociationDeregistered | h.AssociationRegistrationRevoked, call: Call, effects: Effects) -> None:
    row = await effects.one("associations", event.uscc)
    if row and row.get("living"):
        enter(effects, row, -1)
        effects.update("associations", event.uscc, {"$set": {"living": False}})
    await tell(effects, call, name_of(event), topic_of(type(event)), name=await named(effects, event.uscc))


hears(h.AssociationDeregistered)(strike_off)
hears(h.AssociationRegistrationRevoked)(strike_off)


async def named(effects: Effects, uscc: str) -> str:
    """The name in the public register; the code while the portal has not heard of it yet (topics are not ordered among each other)."""
    return str((await effects.one("associations", uscc) or {}).get("name") or uscc)


# ── grades ────────────────────────────────────────────────────────────────────────────────────────
async def grade(effects: Effects, association: str, about: str, after: str | None, call: Call) -> None:
    """Set the grade in force of an association; an old grade that ends does not touch a newer one."""
    row = await effects.one("ratings", association) or {}
    if row.get("record") not in (None, about) and (after is None or row["since"] > call.now):
        return
    shift(effects, "grades", row.get("grade"), after)
    effects.update("ratings", association, {"$set": {"record": about, "grade": after, "since": call.now}})


@hears(h.EvaluationCompleted)
async def count_grade(event: h.EvaluationCompleted, call: Call, effects: Effects) -> None:
    await grade(effects, event.association, event.about, key(event.grade), call)
    await tell(effects, call, name_of(event), topic_of(type(event)), name=await named(effects, event.association), grade=event.grade)


@hears(h.RatingDowngraded)
async def lower_grade(event: h.RatingDowngraded, call: Call, effects: Effects) -> None:
    await grade(effects, event.association, event.about, key(event.grade), call)
    await tell(effects, call, name_of(event), topic_of(type(event)), name=await named(effects, event.association), grade=event.grade)


async def end_grade(event: h.RatingRevoked | h.RatingExpired, call: Call, effects: Effects) -> None:
    await grade(effects, event.association, event.about, None, call)
    await tell(effects, call, name_of(event), topic_of(type(event)), name=await named(effects, event.association))


hears(h.RatingRevoked)(end_grade)
hears(h.RatingExpired)(end_grade)


# ── leads and plans: by stage, without a name ─────────────────────────────────────────────────────
# Of a lead that is not public nothing may be seen from outside, its number and its part in any sum included (issue 6; domain §6.1): it
# is in no count and no line, and neither are the notices about any lead.
def stage_of(event: Heard) -> str:
    """The stage a step of a lead or plan leads to: said by the event, or by what it is."""
    said = getattr(event, "stage", None) or getattr(event, "milestone", None)
    return key(said) if said else LEADS_TO[type(event)]


LEADS_TO: dict[type[Heard], str] = {
    h.InvestmentLeadCreated: "LEAD", h.InvestmentLeadScreened: "SCREENED", h.InvestmentLeadRejected: "DROPPED", h.LeadLinked: "DROPPED",
    h.LeadDropped: "DROPPED", h.AssociationFormationPlanned: "PLANNED", h.FormationAbandoned: "ABANDONED",
}  # fmt: skip


async def follow_lead(event: Heard, call: Call, effects: Effects) -> bool:
    """Where the lead stands; counted and told only while it is public."""
    row = await effects.one("leads", event.about) or {"public": False}
    stage = row.get("stage", "LEAD") if isinstance(event, h.LeadReclassified) else stage_of(event)
    said = getattr(event, "confidentiality", None)
    public: bool = said == "PUBLIC" if said else row.get("public", False)
    shift(effects, "leads", row.get("stage") if row.get("public", True) else None, stage if public else None)
    effects.update("leads", event.about, {"$set": {"stage": stage, "public": public}})
    if public and not isinstance(event, h.LeadReclassified):
        await tell(effects, call, name_of(event), topic_of(type(event)), stage=stage)
    return public


async def follow_plan(event: Heard, call: Call, effects: Effects) -> None:
    stage = stage_of(event)
    shift(effects, "plans", (await effects.one("plans", event.about) or {}).get("stage"), stage)
    effects.update("plans", event.about, {"$set": {"stage": stage}})
    await tell(effects, call, name_of(event), topic_of(type(event)), stage=stage)


LEAD_STEPS: tuple[type[Heard], ...] = (
    h.InvestmentLeadCreated, h.InvestmentLeadScreened, h.LeadStageAdvanced, h.InvestmentLeadRejected, h.LeadLinked, h.LeadDropped, h.LeadReopened,
    h.LeadReclassified,
)  # fmt: skip
for step in LEAD_STEPS:
    hears(step)(follow_lead)
for step in (h.AssociationFormationPlanned, h.FormationMilestoneReached, h.FormationAbandoned):
    hears(step)(follow_plan)


# ── partnerships, matches, notices ────────────────────────────────────────────────────────────────
@hears(h.CrossRegionPartnershipFormed)
async def count_partnership(event: h.CrossRegionPartnershipFormed, call: Call, effects: Effects) -> None:
    count(effects, "partnerships", "FORMED")
    words = {"name": await named(effects, event.association), "partner": event.partner_name}
    await tell(effects, call, name_of(event), topic_of(type(event)), **words)


# A match is accepted once, when both sides have agreed: each consent is an event of its own, and with the second the two are connected.
COUNTED: dict[type[Heard], tuple[str, str]] = {
    h.FriendshipEnded: ("partnerships", "ENDED"),
    h.MatchProposed: ("matches", "PROPOSED"), h.MatchConnected: ("matches", "ACCEPTED"), h.MatchFulfilled: ("matches", "FULFILLED"),
}  # fmt: skip
NOTICES: dict[type[Heard], str] = {h.NoticeQueued: "QUEUED", h.NoticePosted: "POSTED", h.NoticeSent: "SENT", h.NoticeRead: "READ"}


async def count_only(event: Heard, call: Call, effects: Effects) -> None:
    count(effects, *COUNTED[type(event)])


for counted_event in COUNTED:
    hears(counted_event)(count_only)


async def count_notice(event: Heard, call: Call, effects: Effects) -> bool:
    """A notice about a lead is kept by its number alone, to know its later steps by, and not counted."""
    if isinstance(event, h.NoticeQueued | h.NoticePosted):
        quiet = event.event.startswith("matchmaking.leads.")
        if quiet:
            effects.update("quiet", event.about, {"$set": {"at": call.now}})
    else:
        quiet = await effects.one("quiet", event.about) is not None
    if not quiet:
        count(effects, "notices", NOTICES[type(event)])
    return not quiet


for notice in NOTICES:
    hears(notice)(count_notice)
