"""Load the zone through the public API: `python -m deploy.demo.load ADDRESS TOKENS.json`.

Everything here is a command that a department, an association or a firm could have given, on the day it would have given it: the
loader moves the platform's clock from a day some months back to now, so that opinions fall due, publicity periods run out and grades
are confirmed on the way. Commands that do not wait for each other go out side by side.

It may be broken off and started again, and started when all is done: each command carries a key of its own, bodies are made from the
data and the day of the first command alone, and what has been opened already is looked up and not opened again, for a platform need
not remember keys longer than a week.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from zlib import crc32

import httpx
import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.changes import change_the_register
from deploy.demo.data import Association, Demo, Enterprise, External, Friendship, Lead, demo
from deploy.demo.duties import TOLD, keep_duties
from deploy.demo.places import announce, bring_together, open_the_house
from deploy.demo.platform import Json, LoadFailed, Platform, Who
from deploy.demo.trades import SUBJECTS
from shared.names import near
from shared.record import SHANGHAI
from shared.uscc import demo_code

T = TypeVar("T")
EDITION = "demo-1"  # goes up when a body changes, for a key is never used for two bodies
SERVICES = ("registry", "evaluation", "notification", "matchmaking")
APPROVAL = Who("REG_AUTHORITY", "dept:approval")
SO_ADMIN = Who("SO_ADMIN", "dept:so-admin")
SUPERVISING = Who("SUPERVISING_UNIT", "dept:supervising")
INDUSTRY = Who("INDUSTRY_DEPT", "dept:industry")
INVEST = Who("INVEST_DEPT", "dept:invest")
DEPARTMENTS = {
    APPROVAL: "新区行政审批部门", SO_ADMIN: "新区社会组织管理部门", SUPERVISING: "业务主管单位", INDUSTRY: "行业主管部门", INVEST: "招商部门",
    Who("PARTY_WORK", "dept:party"): "党建工作机构", Who("FIC", "dept:fic"): "工商联",
}  # fmt: skip
PAPERS = ("APPLICATION_FORM", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER")
TABLE = "services/evaluation/data/rulebooks/xx-ind-1.yaml"  # as it is published
LEAST = {"5A": 900, "4A": 800, "3A": 700, "2A": 600, "1A": 500, "NONE": 400}
COMMITTEE = [f"committee:{n:02d}" for n in range(1, 6)]
SECTIONS = ("COMPLIANCE", "REGISTRATION_STEPS", "ACTIVITIES", "OFFICERS_AND_STAFF", "BRANCHES", "FINANCE", "FOREIGN_CONTACTS", "PARTY_WORK")


def new_city(district: str) -> Who:
    return Who("NEW_CITY", f"dept:{district}", district)


def of(association: Association) -> Who:
    return Who("ASSOCIATION", association.uscc)


def firm(uscc: str) -> Who:
    return Who("ENTERPRISE", uscc)


def authority(association: Association) -> Who:
    """Who registers it: the level decides (R2)."""
    return APPROVAL if association.level == "NEW_AREA" else new_city(association.district)


def person(of_whom: str) -> str:
    """A person by reference; nobody stands behind it."""
    return str(uuid5(NAMESPACE_URL, f"{EDITION}/{of_whom}"))


class Story:
    """The commands of the demo in their order. `begin` is nine in the morning of its first day."""

    def __init__(self, platform: Platform, zone: Demo, begin: datetime, progress: Progress, resumed: bool = False) -> None:
        """`resumed`: some of it has been told before, and is looked up."""
        self.platform, self.zone, self.begin, self.progress, self.resumed = platform, zone, begin, progress, resumed
        self.by_code = {a.uscc: a for a in zone.associations}
        self.cases: dict[str, str] = {}
        self.stays: dict[tuple[str, str], str] = {}
        self.externals: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        self.leads: dict[str, str] = {}
        self.reports: dict[str, Json] = {}
        self.applications: dict[str, Json] = {}

    # ── how it is told ───────────────────────────────────────────────────────────────────────────
    def day(self, days: float) -> str:
        """The day so many days into the story."""
        return (self.begin + timedelta(days=days)).date().isoformat()

    async def reach(self, days: float) -> None:
        """Let time pass until so many days into the story."""
        await self.platform.move_clock(self.begin + timedelta(days=days))

    async def tell(self, who: Who, path: str, body: Json, about: str, not_yet: Iterable[str] = (), unless: Iterable[str] = ()) -> Json:
        """A command, with a key made of what it does and about whom. `unless`: refusals that may be; nothing is returned then."""
        command = path.rpartition(":")[2] if ":" in path else path
        return await self.platform.tell(who, path, body, quote(f"{EDITION}/{about}/{command}"), tuple(not_yet), tuple(unless))

    async def there(self, path: str, named: Callable[[Json], Any]) -> dict[Any, Json]:
        """What a resumed story finds of this kind, by what tells one from another."""
        return {named(r): r for r in await self.platform.all(SO_ADMIN, path)} if self.resumed else {}

    async def side_by_side(self, title: str, steps: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
        """Steps that do not wait for each other, with a bar; the first that fails ends all."""
        waiting = list(steps)
        bar = self.progress.add_task(title, total=len(waiting))

        async def one(step: Awaitable[T]) -> T:
            done = await step
            self.progress.advance(bar)
            return done

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(step)) for step in waiting]
        return [t.result() for t in tasks]

    async def told(self) -> bool:
        """Whether the story has been told to its end: the newest leads, which come last, have been answered."""
        answered = {lead["project"]["title"] for lead in await self.platform.all(INVEST, "matchmaking/leads") if lead["answered_at"]}
        return {lead.title for lead in self.zone.leads} <= answered

    async def run(self) -> None:
        """The days in their order; what a day brings may take a moment of real time to get around."""
        if await self.told():
            return
        await self.plan()
        await self.register()
        await self.introduce()
        await self.enrol()
        await self.list_externals()
        await self.report()
        await self.reach(20)
        await self.leave()
        await keep_duties(self)
        await self.reach(30)
        await self.bring_leads()
        await self.befriend()
        await self.rate()
        await self.reach(60)
        await self.land_leads()
        await self.reach(75)
        await self.downgrade()
        await self.list_the_silent()
        await change_the_register(self)
        await open_the_house(self)
        await self.reach(self.length - 30)
        await self.speak()
        await announce(self)
        await self.reach(self.length - 10)
        await self.match()
        await self.reach(self.length - 4)
        await bring_together(self)
        await self.bring_late_leads()

    @property
    def length(self) -> int:
        """Days from the first morning to now; a story that begins today takes a hundred days of the future."""
        days = (datetime.now(UTC) - self.begin).days
        return max(days, 100)

    # ── registry ─────────────────────────────────────────────────────────────────────────────────
    async def plan(self) -> None:
        """The programme of 13 (R25); the named three have their lead enterprise, one has begun to prepare."""
        plans = self.zone.planned
        there = await self.there("registry/formation-plans", lambda r: r["name"])

        async def one(n: int) -> None:
            p = plans[n]
            body = {"name": p.name, "gbt4754": p.gbt4754, "lead_enterprise": p.lead_enterprise, "lead_department": p.lead_department,
                    "target_date": self.day(p.target_in_days)}  # fmt: skip
            made = there.get(p.name) or await self.tell(SO_ADMIN, "registry/formation-plans", body, p.name)
            if n < 3:
                await self.tell(firm(p.lead_enterprise), f"registry/formation-plans/{made['id']}:confirm_lead", {}, p.name)
            if n < 1:
                await self.tell(firm(p.lead_enterprise), f"registry/formation-plans/{made['id']}:start_preparing", {}, p.name)

        await self.side_by_side("规划新组建协会 plans", (one(n) for n in range(len(plans))))

    async def register(self) -> None:
        """All 120 by way of a case (§3.3): the old register's certificates are entered with their dates, the named eight are founded now."""
        active = {a["uscc"] for a in await self.platform.all(SO_ADMIN, "registry/associations", stage="ACTIVE")}
        coming = [a for a in self.zone.associations if a.uscc not in active]
        there = await self.there("registry/registration-cases", lambda r: r["name"])
        self.cases = {a.uscc: there[a.name]["id"] for a in coming if a.name in there}
        await self.side_by_side("申请成立 applications", (self.apply(a) for a in coming if a.uscc not in self.cases))
        await self.side_by_side("名称、材料、意见 names, papers, opinions", (self.prepare(a) for a in coming))
        await self.reach(1)
        await self.side_by_side("发证备案 certificates, filings", (self.certify(a) for a in coming if not a.founded_in_demo))
        await self.reach(12)
        await self.side_by_side("新设协会发证 the named eight", (self.certify(a) for a in coming if a.founded_in_demo))

        async def all_active() -> bool:
            return await self.platform.count(SO_ADMIN, "registry/associations", stage="ACTIVE") >= len(self.zone.associations)

        await self.platform.until("all associations are active", all_active)

    async def apply(self, a: Association) -> None:
        leading = [m.firm for m in a.members if m.tier in ("PRESIDENT", "VICE_PRESIDENT")]
        founders = [m.firm for m in a.members[:8]] if a.home_region else leading  # a non-local chamber has eight (domain §3.9)
        body = {
            "kind": a.kind, "regime": a.regime, "name": a.name, "level": a.level, "district": a.district, "so_category": a.so_category,
            "gbt4754": a.gbt4754, "scope": a.scope, "purpose": a.purpose, "domicile": a.domicile, "territory": "西咸新区",
            "home_region": a.home_region, "legal_representative": person(a.uscc), "founders": founders[1:],
        }  # fmt: skip
        self.cases[a.uscc] = (await self.tell(firm(founders[0]), "registry/registration-cases", body, a.uscc))["id"]

    async def prepare(self, a: Association) -> None:
        """Up to the opinions; each like name of the district has been looked at."""
        case, who = f"registry/registration-cases/{self.cases[a.uscc]}", authority(a)
        alike = sorted(o.name for o in self.zone.associations if o.district == a.district and o is not a and near(o.name, a.name))
        papers = [{"kind": kind, "document": f"{a.uscc}/{kind.lower()}.pdf"} for kind in PAPERS]
        form = {"papers": papers, "unit_members": len(a.members), "individual_members": 0, "registered_fund": a.registered_fund}
        await self.tell(who, f"{case}:approve_name", {"acknowledged": alike}, a.uscc)
        await self.tell(firm(a.members[0].firm), f"{case}:submit_papers", form, a.uscc)
        if a.regime == "DUAL":
            await self.tell(SUPERVISING, f"{case}:consent", {"document": f"业管〔2020〕{a.n}号"}, a.uscc)
        await self.tell(who, f"{case}:seek_opinions", {}, a.uscc)
        await self.tell(INDUSTRY, f"{case}:give_opinion", {"opinion": "FOR", "reason": "符合行业发展需要"}, a.uscc)

    async def certify(self, a: Association) -> None:
        case, who = f"registry/registration-cases/{self.cases[a.uscc]}", authority(a)
        necessity = {"necessity": "服务区域与会员不同，行业需要"} if a.regime == "DUAL" else {}
        dated = {} if a.founded_in_demo else {"registered_on": a.registered_on.isoformat()}
        await self.tell(who, f"{case}:grant", {"basis": "社会团体登记管理条例", **necessity}, a.uscc)
        await self.tell(who, f"{case}:issue_certificate", {"uscc": a.uscc, **dated}, a.uscc)
        await self.tell(who, f"{case}:file", {"filings": ["SEAL", "BANK", "OFFICERS"]}, a.uscc)

    async def enrol(self) -> None:
        """The rolls, each in one call."""
        there = await self.there("registry/memberships", lambda r: (r["association"], r["member"]))
        self.stays = {seat: r["id"] for seat, r in there.items()}
        coming = [a for a in self.zone.associations if (a.uscc, a.members[0].firm) not in there]
        await self.side_by_side("登记会员名册 members", (self.roll(a) for a in coming))

    async def leave(self) -> None:
        """From five associations members leave, each with a reason (R24, R37)."""
        leavers = [(a, m) for a in self.zone.associations for m in a.members if m.exit_reason]
        await self.side_by_side("退会 exits", (
            self.tell(of(a), f"registry/memberships/{self.stays[a.uscc, m.firm]}:leave", {"reason": m.exit_reason, "left_on": self.day(20)}, f"{a.uscc}/{m.firm}")
            for a, m in leavers
        ))  # fmt: skip

    async def roll(self, a: Association) -> None:
        joined = [{} if a.founded_in_demo else {"joined_on": m.joined_on.isoformat()} for m in a.members]
        members = [{"member": m.firm, "tier": m.tier, **when} for m, when in zip(a.members, joined, strict=True)]
        made = await self.tell(of(a), "registry/memberships:enrol", {"members": members}, a.uscc)
        self.stays |= {(a.uscc, m.firm): stay["id"] for m, stay in zip(a.members, made["items"], strict=True)}

    # ── notification ─────────────────────────────────────────────────────────────────────────────
    async def introduce(self) -> None:
        """Everybody says where their office can be reached."""
        offices = {**DEPARTMENTS, **{new_city(d): f"{d} 新城管委会" for d in ("XX-FD", "XX-FX", "XX-QH", "XX-KG", "XX-JH")}}
        points = [(who, name, f"{who.organisation.removeprefix('dept:').lower()}@example.cn") for who, name in offices.items()]
        points += [(of(a), a.name, a.email) for a in self.zone.associations]
        there = await self.there("notification/contact-points", lambda r: r["organisation"])
        points = [p for p in points if p[0].organisation not in there]
        await self.side_by_side("登记联系方式 contact points", (
            self.tell(who, "notification/contact-points", {"name": name, "email": email}, who.organisation) for who, name, email in points
        ))  # fmt: skip

    # ── annual reports, credit ───────────────────────────────────────────────────────────────────
    @property
    def year(self) -> int:
        """The year last year's reports are about."""
        return self.begin.year - 1

    async def report(self) -> None:
        """Who wants to be rated has filed last year's report; who does nothing has not (R27, R24)."""
        filing = [a for a in self.zone.associations if a.grade]
        self.reports = await self.there("registry/annual-reports", lambda r: r["id"])
        await self.side_by_side("年度报告 annual reports", (self.file_report(a) for a in filing))
        opened = await self.side_by_side("未报年度报告 reports not filed", (self.open_report(a) for a in self.silent))
        self.missing = {a.uscc: record["id"] for a, record in zip(self.silent, opened, strict=True)}

    @property
    def silent(self) -> list[Association]:
        return [a for a in self.zone.associations if a.inactive]

    async def open_report(self, a: Association) -> Json:
        body = {"association": a.uscc, "year": self.year, "due": self.day(60)}
        return self.reports.get(f"{a.uscc}~{self.year}") or await self.tell(SO_ADMIN, "registry/annual-reports", body, a.uscc)

    def filed(self, a: Association) -> Json:
        chapters = [{"section": section, "document": f"{a.uscc}/{self.year}/{section.lower()}.pdf"} for section in SECTIONS]
        return {"chapters": chapters, "statement": f"{a.uscc}/{self.year}/statement.pdf"}

    async def file_report(self, a: Association) -> None:
        at = f"registry/annual-reports/{(await self.open_report(a))['id']}"
        await self.tell(of(a), f"{at}:submit", self.filed(a), a.uscc)
        if a.regime == "DUAL":
            await self.tell(SUPERVISING, f"{at}:first_review", {"opinion": "同意报送"}, a.uscc)
        if a.uscc not in self.zone.downgraded:
            await self.tell(SO_ADMIN, f"{at}:accept", {}, a.uscc)
            await self.tell(SO_ADMIN, f"{at}:conclude", {"conclusion": "QUALIFIED"}, a.uscc)

    async def downgrade(self) -> None:
        """Two checks end badly after the grade was given: one grade down (§4.7)."""

        async def one(uscc: str) -> None:
            at = f"registry/annual-reports/{uscc}~{self.year}"
            await self.tell(SO_ADMIN, f"{at}:accept", {}, uscc)
            await self.tell(SO_ADMIN, f"{at}:conclude", {"conclusion": "UNQUALIFIED", "basis": "财务收支不规范，内部管理不到位"}, uscc)

        await self.side_by_side("年检不合格降级 downgrades", (one(uscc) for uscc in self.zone.downgraded))

        async def lowered() -> bool:
            return await self.platform.count(SO_ADMIN, "evaluation/grades", stage="DOWNGRADED") >= len(self.zone.downgraded)

        await self.platform.until("two grades are lowered", lowered)

    async def list_the_silent(self) -> None:
        """Reports that never came: four associations are put on the abnormal list, two file late and are let off (§3.6)."""
        proposed: dict[str, str] = {}

        async def all_proposed() -> bool:
            found = await self.platform.all(SO_ADMIN, "registry/credit-listings", list="ABNORMAL")
            proposed.update({r["association"]: r["id"] for r in found})
            return all(a.uscc in proposed for a in self.silent)

        async def one(n: int, a: Association) -> None:
            at = f"registry/credit-listings/{proposed[a.uscc]}"
            if n < 4:
                await self.tell(SO_ADMIN, f"{at}:confirm", {}, a.uscc)
                return
            await self.tell(of(a), f"registry/annual-reports/{self.missing[a.uscc]}:submit", self.filed(a), a.uscc)
            await self.tell(SO_ADMIN, f"{at}:dismiss", {"finding": "已补报年度工作报告"}, a.uscc)

        await self.platform.until("reports that were not filed are noticed", all_proposed)
        await self.side_by_side("活动异常名录 abnormal list", (one(n, a) for n, a in enumerate(self.silent)))

    # ── evaluation ───────────────────────────────────────────────────────────────────────────────
    async def rate(self) -> None:
        """One round, seventy applications, from the notice to the confirmed grade (§4.5)."""
        rated = [a for a in self.zone.associations if a.grade]
        notice = {
            "number": 1,
            "title": f"西咸新区 {self.begin.year} 年度社会组织等级评估",
            "opens_on": self.day(30),
            "closes_on": self.day(45),
            "local_gate": False,
        }
        rounds = list(await self.there("evaluation/rating-rounds", lambda r: r["code"]))
        code = rounds[0] if rounds else str((await self.tell(SO_ADMIN, "evaluation/rating-rounds", notice, "rating"))["code"])
        self.applications = await self.there("evaluation/applications", lambda r: r["association"])
        made = await self.side_by_side("申报等级评估 rating applications", (self.apply_for_grade(a, code) for a in rated))
        at = {a.uscc: f"evaluation/applications/{record['id']}" for a, record in zip(rated, made, strict=True)}
        await self.reach(36)
        seen = await self.side_by_side("自评与专家评估 panel", (self.assess(a, at[a.uscc]) for a in rated))
        given = {a.uscc: marks for a, marks in zip(rated, seen, strict=True)}
        await self.reach(41)
        await self.side_by_side("社会评价与初评 proposals", (self.propose(a, at[a.uscc], given[a.uscc]) for a in rated))
        await self.reach(48)
        until = await self.side_by_side("评委会表决与公示 committee, publicity", (self.decide(a, at[a.uscc]) for a in rated))
        await self.reach(58)
        await self.platform.move_clock(datetime.combine(max(until) + timedelta(days=1), time(9), SHANGHAI))
        await self.side_by_side("确认公告 confirmed", (self.confirm(a, at[a.uscc]) for a in rated))
        graded = sum(a.grade != "NONE" for a in rated)

        async def all_in_force() -> bool:
            return await self.platform.count(SO_ADMIN, "evaluation/grades") >= graded

        await self.platform.until("every grade is in force", all_in_force)

    async def apply_for_grade(self, a: Association, round_: str) -> Json:
        """Whether it may be rated is judged by facts that the registry's events bring; so they are waited for."""
        papers = {"round": round_, "papers": [f"{a.uscc}/rating/application.pdf"]}
        made = self.applications.get(a.uscc) or await self.tell(of(a), "evaluation/applications", papers, a.uscc)
        wanted = TOLD | {"registered_on", "annual.mode", "annual.submitted_on" if a.uscc in self.zone.downgraded else "annual.conclusion"}

        async def known() -> bool:
            told = await self.platform.ask(SO_ADMIN, f"evaluation/facts/{a.uscc}", not_yet=("not_found",))
            return wanted <= {f["fact"] for f in told["facts"]}

        await self.platform.until(f"facts of {a.uscc}", known)
        await self.tell(SO_ADMIN, f"evaluation/applications/{made['id']}:check_eligibility", {"procedure": procedure(a)}, a.uscc)
        return made

    async def assess(self, a: Association, at: str) -> dict[str, int]:
        """Self-assessment, facts frozen, the panel's marks for what the facts do not say. Returns the marks, in tenths."""
        most = indicators()
        claimed = spread(target(a) + 300, most)
        panel = [f"panel:{(a.n + k) % 9 + 1:02d}" for k in range(1 if procedure(a) == "PAPER" else 3)]
        await self.tell(
            of(a),
            f"{at}:submit_self_assessment",
            {"marks": marked(claimed), "claimed_grade": a.grade if a.grade != "NONE" else "1A"},
            a.uscc,
        )
        begun = {"panel": panel, **({} if procedure(a) == "PAPER" else {"visit_on": self.day(37)})}
        scores = (await self.tell(SO_ADMIN, f"{at}:begin_assessment", begun, a.uscc))["scores"]
        mine = {s["code"]: most[s["code"]] for s in scores if s["scored_by"] == "PANEL"}
        told = sum(tenths(s["points"]) for s in scores if s["points"] is not None)
        seen = {c: m for c, m in mine.items() if not c.startswith("4.")}
        asked = sum(m for c, m in mine.items() if c.startswith("4."))
        later = satisfaction_points(survey(a)) + most["4.3"] // 2  # what members will say, and half for a coverage nobody has counted
        marks = spread(target(a) - told - later - asked // 2, seen)
        for expert in panel:
            await self.tell(Who("PANEL", expert), f"{at}:give_scores", {"marks": marked(marks)}, f"{a.uscc}/{expert}")
        return marks

    async def propose(self, a: Association, at: str, given: dict[str, int]) -> None:
        """Members and departments are asked; the panel marks what they said, and proposes."""
        party = "ORGANISATION" if a.grade in ("4A", "3A") else "INSTRUCTOR"
        entered = {"survey": survey(a), "opinions": {"registration": 85, "industry": 80, "party": 80}, "party_status": party}
        scores = (await self.tell(SO_ADMIN, f"{at}:evaluate_socially", entered, a.uscc))["scores"]
        told = sum(tenths(s["points"]) for s in scores if s["points"] is not None)
        open_ = {s["code"]: indicators()[s["code"]] for s in scores if s["scored_by"] == "PANEL" and s["code"] not in given}
        marks = spread(target(a) - told - sum(given.values()), open_)
        for k in range(1 if procedure(a) == "PAPER" else 3):
            expert = f"panel:{(a.n + k) % 9 + 1:02d}"
            await self.tell(Who("PANEL", expert), f"{at}:give_scores", {"marks": marked(marks)}, f"{a.uscc}/{expert}/social")
        await self.tell(SO_ADMIN, f"{at}:propose", {"opinion": "建议按得分确定等级"}, a.uscc)

    async def decide(self, a: Association, at: str) -> date:
        """The committee votes, the grade is publicised; returns the last day of publicity."""
        await self.tell(SO_ADMIN, f"{at}:convene", {"members": COMMITTEE, "present": COMMITTEE}, a.uscc)
        for member in COMMITTEE[:3]:
            await self.tell(Who("COMMITTEE", member), f"{at}:vote", {"choice": "FOR"}, f"{a.uscc}/{member}")
        until = date.fromisoformat((await self.tell(SO_ADMIN, f"{at}:publicise", {}, a.uscc))["publicity_until"])
        if a.uscc in self.zone.reviewed:
            await self.tell(of(a), f"{at}:request_review", {"reason": "对服务会员部分得分有异议"}, a.uscc)
        return until

    async def confirm(self, a: Association, at: str) -> None:
        """Publicity is over; where a review was asked for, the committee decides first, and stays with the grade."""
        if a.uscc in self.zone.reviewed:
            body = {"motion": a.grade, "members": COMMITTEE, "present": COMMITTEE}
            await self.tell(SO_ADMIN, f"{at}:convene_review", body, a.uscc)
            for member in COMMITTEE[:3]:
                await self.tell(Who("COMMITTEE", member), f"{at}:vote_on_review", {"choice": "FOR"}, f"{a.uscc}/{member}")
        await self.tell(SO_ADMIN, f"{at}:confirm", {}, a.uscc)

    # ── matchmaking ──────────────────────────────────────────────────────────────────────────────
    async def list_externals(self) -> None:
        """The directory of organisations elsewhere (R23, R58), and the firms of the zone as the rolls have them."""
        there = await self.there("matchmaking/external-organisations", lambda r: r["entry"]["name"])
        kinds = {"ASSOCIATION": "INDUSTRY_ASSOCIATION", "BODY": "PUBLIC_BODY"}

        async def list_one(e: External) -> None:
            entry = {"name": e.name, "kind": kinds.get(e.kind, e.kind), "region": e.region, "gbt4754": e.gbt4754, "goals": e.goals,
                     "offers": e.offers, "needs": e.needs, "members": e.members}  # fmt: skip
            listed = {"entry": entry, "source": "演示数据"}
            made = there.get(e.name) or await self.tell(SO_ADMIN, "matchmaking/external-organisations", listed, e.key)
            self.externals[e.key] = made["id"]

        await self.side_by_side("外地组织名录 organisations elsewhere", (list_one(e) for e in self.zone.externals))
        introduced = await self.there("matchmaking/enterprises", lambda r: r["uscc"])
        firms = [f for f in self.zone.enterprises if f.uscc not in introduced]
        batches = [firms[n : n + 200] for n in range(0, len(firms), 200)]
        await self.side_by_side("企业登记 firms", (
            self.tell(SO_ADMIN, "matchmaking/enterprises:introduce_all", {"enterprises": [introduction(f) for f in batch]}, batch[0].uscc) for batch in batches
        ))  # fmt: skip

    async def speak(self) -> None:
        """Needs and offers of associations and of every twentieth firm (R52)."""
        parties: list[tuple[Who, Association | Enterprise]] = [(of(a), a) for a in self.zone.associations]
        parties += [(firm(f.uscc), f) for f in self.zone.enterprises if f.speaks]
        stated = [(who, party, path, topic) for who, party in parties
                  for path, topics in (("needs", party.needs[:1]), ("offers", party.offers[:1])) for topic in topics]  # fmt: skip
        there = {path: await self.there(f"matchmaking/{path}", lambda r: r["owner"]) for path in ("needs", "offers")}
        stated = [s for s in stated if s[1].uscc not in there[s[2]]]
        await self.side_by_side("需求与供给 needs and offers", (
            self.tell(who, f"matchmaking/{path}", statement(party, path, topic), f"{party.uscc}/{path}/{topic}") for who, party, path, topic in stated
        ))  # fmt: skip

    async def match(self) -> None:
        """The named eight, the chambers and some firms ask for whom they should meet; some answer (R52, §6.5)."""
        asking: list[tuple[Who, str, str]] = [(of(a), a.uscc, "ENTERPRISES") for a in self.zone.associations if a.founded_in_demo]
        asking += [(of(a), a.uscc, "CHAMBERS") for a in self.zone.associations if a.kind == "CHAMBER"]
        asking += [(firm(f.uscc), f.uscc, "ASSOCIATIONS") for f in self.zone.enterprises if f.speaks][:12]
        await self.platform.until("recommendations stand still", self.stands_still(asking[-1][1]))
        asked = await self.there("matchmaking/matches", lambda r: r["seeker"])

        async def one(who: Who, seeker: str, wanted: str) -> None:
            body = {"seeker": seeker, "wanted": wanted, "most": 3}
            await self.tell(
                who, "matchmaking/matches:propose_best", body, f"{seeker}/{wanted}", not_yet=("party_unknown",), unless=("nobody_suits",)
            )

        await self.side_by_side("推荐对接 matches", (one(*party) for party in asking if party[1] not in asked))
        proposed = await self.platform.all(SO_ADMIN, "matchmaking/matches")
        await self.side_by_side("答复对接 answers", (self.answer_match(m) for m in proposed))

    def stands_still(self, enterprise: str) -> Callable[[], Awaitable[bool]]:
        """Whether the same question gets the same answer twice: the events that make profiles have arrived."""
        before: list[Json] = []

        async def same() -> bool:
            before.append(
                await self.platform.ask(
                    SO_ADMIN, f"matchmaking/recommendations/enterprises/{enterprise}", not_yet=("not_found", "party_unknown")
                )
            )
            return len(before) > 1 and before[-1] == before[-2]

        return same

    async def answer_match(self, m: Json) -> None:
        """Every third proposal is still open, one in seven is declined, of the others some have come to something."""
        n = crc32("~".join(m["parties"]).encode())  # the same for the same two, however many proposals there are
        at, other = f"matchmaking/matches/{m['id']}", m["candidate"]
        role = {"ASSOCIATION": "ASSOCIATION", "ENTERPRISE": "ENTERPRISE"}.get(m["candidate_kind"])
        if n % 3 == 0:
            return
        if role is None:
            await self.tell(SO_ADMIN, f"{at}:record_answer", {"accepts": True, "document": f"{m['id']}/reply.pdf"}, m["id"])
        elif n % 7 == 1:
            await self.tell(Who(role, other), f"{at}:decline", {"reason": "NO_CAPACITY"}, m["id"])
        else:
            await self.tell(Who(role, other), f"{at}:accept", {}, m["id"])
            if n % 4 == 2:
                await self.tell(Who(role, other), f"{at}:fulfil", {"outcome": "SERVICE_DELIVERED", "rating": 5}, m["id"])

    async def befriend(self) -> None:
        """Agreements with chambers elsewhere (R59): four signed, two still talked over."""

        there = await self.there("matchmaking/agreements", lambda r: (r["association"], r["partner"]))

        async def one(f: Friendship) -> None:
            about, who = f"{f.association}/{f.partner}", Who("ASSOCIATION", f.association)
            clauses = ["INFORMATION_EXCHANGE", "MUTUAL_VISITS", "INVESTMENT_INTRODUCTION", "FAIR_SUPPORT"]
            partner = self.externals[f.partner]
            made = there.get((f.association, partner)) or await self.tell(
                who, "matchmaking/agreements", {"partner": partner, "clauses": clauses}, about
            )
            at = f"matchmaking/agreements/{made['id']}"
            await self.tell(who, f"{at}:negotiate", {"clauses": clauses, "minutes": "双方就信息互通、互访、招商推介达成一致"}, about)
            if not f.signed:
                return
            await self.tell(who, f"{at}:sign", {"signed_on": self.day(30), "document": f"{f.partner}/agreement.pdf"}, about)
            for n in range(f.exchanges):
                body = {"kind": ("VISIT", "LETTER")[n % 2], "held_on": self.day(30), "subject": "签约互访与项目推介"}
                partnership = f"matchmaking/partnerships/{made['id']}:hold_exchange"
                await self.tell(who, partnership, body, f"{about}/{n}", not_yet=("not_found",))

        await self.side_by_side("友好商会 friendship agreements", (one(f) for f in self.zone.friendships))

    async def bring_leads(self) -> None:
        """The funnel (R55): reported, studied, accepted, talked over."""
        early = [lead for lead in self.zone.leads if lead.stage != "LEAD"]
        await self.submit_all("招商线索 leads", early)
        await self.side_by_side("研判采纳 studied, accepted", (self.study(lead, self.leads[lead.key]) for lead in early))
        landing = [lead for lead in early if lead.stage not in ("SCREENED", "DROPPED")]
        await self.reach(34)
        await self.side_by_side("洽谈 negotiations", (self.negotiate(lead, self.leads[lead.key]) for lead in landing))

    async def land_leads(self) -> None:
        """What became of them by day 60."""
        landing = [lead for lead in self.zone.leads if lead.key in self.leads and lead.stage not in ("SCREENED", "DROPPED")]
        await self.side_by_side("签约注册开工投产 landing", (self.land(lead, self.leads[lead.key]) for lead in landing))
        await self.side_by_side("终止 dropped", (
            self.tell(INVEST, f"matchmaking/leads/{self.leads[lead.key]}:drop", {"cause": "INVESTOR_WITHDREW", "reason": "投资方调整计划"}, lead.key)
            for lead in self.zone.leads if lead.stage == "DROPPED"
        ))  # fmt: skip

    async def bring_late_leads(self) -> None:
        """The newest leads have only been answered; talks that go on were followed up."""
        late = [lead for lead in self.zone.leads if lead.stage == "LEAD"]
        await self.submit_all("新线索 new leads", late)
        await self.side_by_side(
            "响应 answered", (self.tell(INVEST, f"matchmaking/leads/{self.leads[lead.key]}:answer", {}, lead.key) for lead in late)
        )

    async def submit_all(self, title: str, coming: list[Lead]) -> None:
        there = await self.there("matchmaking/leads", lambda r: r["project"]["title"])
        self.leads |= {lead.key: there[lead.title]["id"] for lead in coming if lead.title in there}
        await self.side_by_side(title, (self.submit(lead) for lead in coming if lead.key not in self.leads))

    async def submit(self, lead: Lead) -> None:
        project = {"title": lead.title, "gbt4754": lead.gbt4754, "chain": lead.chain, "link_type": "FILL", "amount_total": lead.amount,
                   "amount_fixed_assets": lead.fixed_assets, "employment": 120, "site_preferences": [lead.new_city]}  # fmt: skip
        body = {"investor": {"name": lead.investor}, "project": project, "confidentiality": lead.confidentiality}
        self.leads[lead.key] = (await self.tell(Who("ASSOCIATION", lead.introducer), "matchmaking/leads", body, lead.key))["id"]

    async def study(self, lead: Lead, made: str) -> None:
        at = f"matchmaking/leads/{made}"
        study = {"industry_fit": "符合新区产业方向", "market": "市场前景良好", "technology": "技术成熟", "environment": "符合环保要求",
                 "energy_tce": 800, "benefit": "预期税收和就业贡献明显", "land_mu": 60}  # fmt: skip
        await self.tell(INVEST, f"{at}:answer", {}, lead.key)
        await self.tell(INVEST, f"{at}:screen", study, lead.key)
        if lead.stage not in ("SCREENED", "DROPPED"):
            await self.tell(INVEST, f"{at}:accept", {}, lead.key)

    async def negotiate(self, lead: Lead, made: str) -> None:
        body = {"new_city": lead.new_city, "minutes": "投资方实地考察，双方就选址和政策进行洽谈"}
        await self.tell(INVEST, f"matchmaking/leads/{made}:negotiate", body, lead.key)

    async def land(self, lead: Lead, made: str) -> None:
        """Signed, registered, started, in production: as far as it gets, each with its evidence."""
        at, who, n = f"matchmaking/leads/{made}", new_city(lead.new_city), int(lead.key[-2:])
        today = self.day(60)
        steps: list[tuple[str, str, Json]] = [
            (
                "SIGNED",
                "sign",
                {"paper": "CONTRACT", "document": f"{lead.key}/contract.pdf", "signed_on": today, "contracted": lead.amount},
            ),
            ("REGISTERED", "register", {"company": demo_code("91611100", 90000 + n), "licensed_on": today}),
            ("STARTED", "start", {"works": "FOUNDATION", "broke_ground_on": today, "investment_database_no": f"XX-FAI-{n:04d}"}),
            (
                "IN_PRODUCTION",
                "begin_production",
                {"completed_on": today, "proof": "FIRST_REVENUE", "document": f"{lead.key}/first-revenue.pdf"},
            ),
        ]
        reached = [stage for stage, _, _ in steps]
        last = reached.index(lead.stage) + 1 if lead.stage in reached else 0
        for _, command, body in steps[:last]:
            await self.tell(who, f"{at}:{command}", body, lead.key)
        if not last:
            await self.tell(who, f"{at}:follow_up", {"how": "VISIT", "note": "新城赴投资方总部拜访"}, lead.key)


# ── the rating, reckoned backwards from the grade it is to give ──────────────────────────────────
@cache
def indicators() -> dict[str, int]:
    """Every indicator of the published table and its points, in tenths."""
    table = yaml.load((Path(__file__).parents[2] / TABLE).read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {i["code"]: tenths(i["points"]) for i in table["indicators"]}


def tenths(points: str | float) -> int:
    return round(float(points) * 10)


def target(a: Association) -> int:
    """The score that gives its grade, somewhere in the band, in tenths."""
    return (LEAST[a.grade or "NONE"] + a.n * 7 % 60) * 10


def procedure(a: Association) -> str:
    """1A and 2A may be decided on papers; above, the panel goes there (domain §4.5)."""
    return "ON_SITE" if a.grade in ("5A", "4A", "3A") else "PAPER"


def spread(total: int, most: dict[str, int]) -> dict[str, int]:
    """A total dealt out in proportion to the most each can have; tenths left over go to the first with room."""
    whole = sum(most.values())
    wanted = min(max(total, 0), whole)
    dealt = {code: wanted * m // whole for code, m in most.items()}
    left = wanted - sum(dealt.values())
    for code in most:
        step = min(left, most[code] - dealt[code], 1)
        dealt[code] += step
        left -= step
    return dealt


def marked(marks: dict[str, int]) -> list[Json]:
    return [{"code": code, "points": f"{m // 10}.{m % 10}"} for code, m in marks.items()]


def survey(a: Association) -> Json:
    """Four in ten members have answered; how content they are goes with the grade."""
    asked = a.staying
    answers = {"4A": (18, 12, 4, 1, 1), "3A": (18, 12, 4, 1, 1), "2A": (10, 14, 8, 3, 1), "1A": (6, 12, 12, 4, 2)}.get(
        a.grade or "", (3, 8, 13, 8, 4)
    )
    said = max(10, -(-asked * 4 // 10))
    counts = list(spread(said, {str(k): said * n // 36 + 1 for k, n in enumerate(answers)}).values())
    return {"members": asked, "respondents": said, "answers": [{"question": "Q10", "counts": counts}]}


def satisfaction_points(asked: Json) -> int:
    """What the index of these answers is worth in tenths: 60 points between 50 and 90 (indicator 4.1)."""
    counts: list[int] = asked["answers"][0]["counts"]
    index = sum(n * worth for n, worth in zip(counts, (100, 75, 50, 25, 0), strict=True)) / sum(counts)
    return round(600 * min(max((index - 50) / 40, 0), 1))


def introduction(f: Enterprise) -> Json:
    return {"uscc": f.uscc, "name": f.name, "gbt4754": f.gbt4754, "district": f.district, "scale": f.scale, "intent": f.intent}


def statement(party: Association | Enterprise, path: str, topic: str) -> Json:
    """A need or an offer in plain words; contact waits until both sides agree."""
    whole = party.needs if path == "needs" else party.offers
    asked = "、".join(whole)
    text = f"{party.name}希望对接{asked}方面的服务机构与合作伙伴。" if path == "needs" else f"{party.name}可为会员和企业提供{asked}。"
    title = f"{'需要' if path == 'needs' else '提供'}{topic}"
    return {
        "subject": SUBJECTS.get(topic, "MARKET"),
        "title": title,
        "text": text,
        "topics": whole,
        "gbt4754": party.gbt4754,
        "district": party.district,
    }


# ── starting it ──────────────────────────────────────────────────────────────────────────────────
async def first_morning(platform: Platform) -> tuple[datetime, bool]:
    """Nine in the morning, in Xixian, of the day after the platform's now; of a story begun before, the morning it began, and True."""
    plans = await platform.all(SO_ADMIN, "registry/formation-plans")
    told = [datetime.fromisoformat(p["meta"]["created_at"]) for p in plans]
    if told:
        return datetime.combine(min(told).astimezone(SHANGHAI).date(), time(9), SHANGHAI), True
    day = (await platform.now()).astimezone(SHANGHAI).date() + timedelta(days=1)
    if (day + timedelta(days=30)).year != day.year:  # reports are of last year, and so is the round's window: the story waits for New Year
        day = date(day.year + 1, 1, 2)
    return datetime.combine(day, time(9), SHANGHAI), False


async def load(bases: dict[str, str], operator_token: str, console: Console | None = None, patience: float = 60.0) -> int:
    """Load the demo and return how many requests it took. Raises: LoadFailed; httpx.TransportError when nobody is there."""
    columns = (TextColumn("{task.description:<42}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    limits = httpx.Limits(max_connections=8, max_keepalive_connections=8)  # the client looks at every idle one before each request
    with Progress(*columns, console=console or Console(stderr=True)) as progress:
        async with httpx.AsyncClient(limits=limits, timeout=30) as client:
            platform = Platform(bases, operator_token, client, patience=patience)
            begin, resumed = await first_morning(platform)
            await platform.move_clock(begin)
            story = Story(platform, demo(), begin, progress, resumed)
            await story.run()
            await platform.move_clock(datetime.now(UTC))
            return platform.sent


def main(arguments: list[str] | None = None) -> int:
    top = argparse.ArgumentParser(prog="python -m deploy.demo.load", description="Load the demo through the public API.")
    top.add_argument("address", help="where the platform answers; or service=address, separated by commas")
    top.add_argument("tokens", type=Path, help="the file of tokens by role; the OPERATOR's is used")
    given = top.parse_args(arguments)
    pairs = [part.partition("=") for part in given.address.split(",")]
    bases = {name: at for name, _, at in pairs} if "=" in given.address else dict.fromkeys(SERVICES, given.address.rstrip("/"))
    failed = ""
    try:
        sent = asyncio.run(load(bases, json.loads(given.tokens.read_text("utf-8"))["OPERATOR"]))
    except* LoadFailed as failures:
        failed = f"the demo could not be loaded: {first(failures)}"
    except* KeyboardInterrupt:
        failed = "broken off; start again to go on where it stopped"
    except* httpx.TransportError as failures:
        failed = f"the platform does not answer at {given.address}: {type(first(failures)).__name__}"
    print(failed or f"{sent} requests", file=sys.stderr)
    return int(bool(failed))


def first(failures: BaseExceptionGroup[Any]) -> BaseException:
    """The first of what went wrong side by side."""
    failure: BaseException = failures.exceptions[0]
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


if __name__ == "__main__":
    sys.exit(main())
