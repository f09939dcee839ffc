"""What a conference needs beside its commands: a plan, and the schedule of each participant.

`POST /conferences/{id}:arrange` plans and takes the plan over; `GET /conference-reports/{id}` shows it whole, with what fairness has cost;
`GET /conference-schedules` lists where one takes part; `GET /conference-schedules/{id}/{participant}` gives one schedule as JSON, page,
iCalendar or CSV."""

import asyncio
import hashlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from services.matchmaking.conference.conference import AHEAD, ORGANISERS, Conference, Slot, conferences
from services.matchmaking.conference.hall import Fairness
from services.matchmaking.conference.pages import POLICY, report_page, schedule_page
from services.matchmaking.conference.report import Report, report_of
from services.matchmaking.conference.rules import conference_rules
from services.matchmaking.conference.schedule import Schedule, calendar_of, csv_of, schedule_of, table_of, when
from services.matchmaking.profiles.projection import BONDS, PROFILES
from shared.engine import Engine
from shared.http import caller, fault, language_of
from shared.record import Call, Malformed, NotAllowed, NotFound, Refused, Value, Withheld, not_found

Caller = Annotated[Call, Depends(caller)]
Format = Annotated[Literal["json", "html", "ics", "csv"], Query(alias="format")]
ROOT = Path(__file__).parents[3]
TYPES = {"html": "text/html", "ics": "text/calendar", "csv": "text/csv"}
HEADINGS = ("场次", "开始", "结束", "桌号", "协会商会代码", "协会商会", "企业代码", "企业", "是否锁定")


class Wish(Value):
    """From which slot on the plan may still change; meetings before it stand, as do those that are locked.

    With `keep` every meeting that is left stands, and only what has come free is filled: nobody else has to move on the day."""

    from_slot: Slot = 1
    keep: bool = False


class Arranged(Value):
    """The plan that was taken over: its number, how many meetings it has, and what fairness cost."""

    id: str
    arrangement: int
    meetings: int
    fairness: Fairness


async def planned(asked: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The answer of a planner in a process of its own. Raises: Refused when it takes too long."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.matchmaking.conference.planner", cwd=ROOT, stdin=pipe, stdout=pipe
    )
    try:
        told, _ = await asyncio.wait_for(child.communicate(orjson.dumps(asked)), seconds)
    except TimeoutError:
        raise Refused("took_too_long", "planning took too long: take fewer participants", "排程超时，请减少参会单位") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise RuntimeError(f"the planner ended with {child.returncode}")
    made: dict[str, Any] = orjson.loads(told)
    return made


def sent(made: bytes | str, form: str, name: str, lang: int) -> Response:
    """A page to look at, or a file to keep; either is for the caller alone."""
    head = {"Cache-Control": "no-store"}
    if form == "html":
        head |= {"Content-Security-Policy": POLICY, "Content-Language": ("en", "zh-CN")[lang], "Vary": "Accept-Language"}
    else:
        head["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return Response(made, 200, head, f"{TYPES[form]}; charset=utf-8")


def conference_routes(engine: Engine) -> APIRouter:
    """`/conferences/{id}:arrange` and `/conference-schedules`, mounted under the service."""
    router = APIRouter(tags=["conferences"])
    turn = asyncio.Semaphore(1)  # one plan at a time: each keeps a core busy

    async def loaded(id: str) -> Conference:
        found = await engine.read(conferences, id)
        if found is None:
            raise not_found(conferences)
        return found

    async def named(who: Iterable[str]) -> dict[str, str]:
        rows = await engine.store.rows(PROFILES, {"_id": {"$in": sorted(set(who))}})
        return {row["_id"]: row.get("name", "") for row in rows}

    async def names_of(conference: Conference, participant: str) -> dict[str, str]:
        return await named(one for m in conference.meetings if participant in m.pair for one in m.pair)

    @router.post("/conferences/{id}:arrange", status_code=201, summary="Plan who meets whom [自动排程]")
    async def arrange(id: str, wish: Wish, call: Caller) -> Arranged:
        if call.role not in ORGANISERS:
            raise NotAllowed("role_not_allowed", f"{call.role} may not arrange", f"角色 {call.role} 无权执行此操作")
        conference = await loaded(id)
        if conference.stage not in AHEAD:
            raise Refused("wrong_stage", f"not possible in stage {conference.stage}", f"当前阶段（{conference.stage}）不能执行此操作")
        if wish.from_slot > conference.programme.slots:
            raise Malformed("no_such_slot", "there are fewer slots", "时段不存在", pointer="/from_slot")
        if turn.locked():
            raise fault(503, "busy", "another plan is being made; try again", "正在生成另一份排程，请稍后再试")
        async with turn:
            named = {"$in": list(conference.participants)}
            asked = {
                "conference": conference.model_dump(mode="json"), "from_slot": wish.from_slot, "keep": wish.keep, "day": call.today.isoformat(),
                "profiles": await engine.store.rows(PROFILES, {"_id": named}), "bonds": await engine.store.rows(BONDS, {"association": named}),
            }  # fmt: skip
            made = await planned(asked, conference_rules().get("CONFERENCE", conference.rules).seconds)
        if no := made.get("infeasible"):
            raise Refused(f"infeasible_{no['code']}", no["en"], no["zh"], who=no["who"])
        move = conferences.moves["arrange"]
        body = move.body.model_validate({"from_slot": wish.from_slot, **made})
        digest = hashlib.sha256(wish.model_dump_json().encode()).hexdigest()  # the same key is answered with the plan it had
        (held,) = await engine.execute(conferences, move, body, replace(call, role="PLATFORM"), id, digest=digest)
        record = held.record
        if record.plan != str(call.id):
            raise Refused(
                "changed_meanwhile", "the conference was changed while it was planned; plan again", "排程期间会议信息已变更，请重新排程"
            )
        return Arranged(id=record.id, arrangement=record.arrangement, meetings=len(record.meetings), fairness=record.fairness)

    @router.get("/conference-schedules", summary="The conferences one takes part in [我的对接会]")
    async def mine(call: Caller) -> list[Schedule]:
        if call.role not in ("ASSOCIATION", "ENTERPRISE"):
            raise NotAllowed("role_not_allowed", f"{call.role} takes no part", f"角色 {call.role} 不参会")
        found = await engine.store.find(conferences, {"participants": call.organisation})
        told = [h.record for h in found if h.record.stage != "PLANNED"]
        told.sort(key=lambda c: (c.programme.starts_at, c.id), reverse=True)
        return [schedule_of(c, call.organisation, await names_of(c, call.organisation)) for c in told[:50]]

    @router.get(
        "/conference-schedules/{id}/{participant}",
        summary="The schedule of a participant [参会日程]",
        response_model=Schedule,
        responses={200: {"content": {t: {} for t in TYPES.values()}}},
    )
    async def one(id: str, participant: str, request: Request, call: Caller, form: Format = "json") -> Any:
        conference = await within(id, participant, call)
        schedule, lang = schedule_of(conference, participant, await names_of(conference, participant)), language_of(request)
        if form == "json":
            return schedule
        made: dict[str, Callable[[], bytes | str]] = {
            "html": lambda: schedule_page(schedule, lang),
            "ics": lambda: calendar_of(schedule, call.now),
            "csv": lambda: csv_of(schedule),
        }
        return sent(made[form](), form, f"conference-{participant}", lang)

    @router.get(
        "/conference-reports/{id}",
        summary="The whole plan, and what fairness has cost [排程与公平性报告]",
        response_model=Report,
        responses={200: {"content": {t: {} for f, t in TYPES.items() if f != "ics"}}},
    )
    async def whole(
        id: str, request: Request, call: Caller, form: Annotated[Literal["json", "html", "csv"], Query(alias="format")] = "json"
    ) -> Any:
        if call.role not in ORGANISERS:
            raise NotAllowed("role_not_allowed", f"{call.role} may not read the whole plan", f"角色 {call.role} 无权查看")
        conference = await loaded(id)
        report, lang = report_of(conference, await named(conference.participants)), language_of(request)
        if form == "json":
            return report
        rows = ((s.slot, *when(s), s.table, s.association, s.association_name, s.enterprise, s.enterprise_name, "是" if s.locked else "否")
                for s in report.meetings)  # fmt: skip
        return sent(report_page(report, lang) if form == "html" else table_of(HEADINGS, rows), form, "conference", lang)

    async def within(id: str, participant: str, call: Call) -> Conference:
        """One's own schedule once invitations are out, or any for organisers. Raises: NotAllowed, NotFound."""
        if call.role not in (*ORGANISERS, "ASSOCIATION", "ENTERPRISE"):
            raise NotAllowed("role_not_allowed", f"{call.role} may not read schedules", f"角色 {call.role} 无权查看")
        conference = await loaded(id)
        if call.role not in ORGANISERS and (participant != call.organisation or conference.stage == "PLANNED"):
            raise not_found(conferences, Withheld)
        if participant not in conference.participants:
            raise NotFound("not_found", "it does not take part", "该单位未参会")
        return conference

    return router
