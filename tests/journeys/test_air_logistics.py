"""The one full story (domain §8.3): 西咸新区航空物流协会 from its founding case to the grade it loses again, over the running system.

All five services in one process over the real Kafka and MongoDB, told through the public API alone, on a clock that is moved from
September 2023 to June 2026. Every intermediate event is read back from the topics and held against the records; the effects in the
other services are read where people would read them. Of domain §8.3 two things are not told here, because the records they need come
with later issues: the award of 30 % (R40) and the consultation that is answered (R66).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from deploy.local import Endpoints
from deploy.local.mail_sink import MailSink
from services.__main__ import services
from services.registry.registration.regime import REGIMES
from shared.engine import Letter
from shared.http import openapi
from shared.record import SHANGHAI, private
from shared.uscc import demo_code
from tests.journeys.rest import dead_letters, kinds, rest, told
from tests.shared.conftest import Zone, running

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
Json = dict[str, Any]
AIR, NAME = "51611100PDY000087D", "西咸新区航空物流协会"
FIRMS = [demo_code("91611100", n) for n in range(1, 131)]  # 120 first members, then the ten who join in 2025
FOUNDER, OUTSIDER, PROJECT_COMPANY = FIRMS[0], demo_code("91611100", 200), demo_code("91611100", 201)
INVESTOR = demo_code("91611100", 202)
CITY = "XX-KG"  # 空港新城, where the project lands
PAPERS = ("APPLICATION_FORM", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER")
SECTIONS = ("COMPLIANCE", "REGISTRATION_STEPS", "ACTIVITIES", "OFFICERS_AND_STAFF", "BRANCHES", "FINANCE", "FOREIGN_CONTACTS", "PARTY_WORK")
# nine leave in 2025; three of the reasons are neutral (domain §4.4); the last two are said by the association, the others by the member
LEAVING = ("RELOCATED", "BUSINESS_CEASED", "MERGED", "DISSATISFIED", "NO_BENEFIT", "NO_BENEFIT", "FEE_BURDEN", "UNPAID_LAPSED", "OTHER")
EXPERTS = {"panel:01": Decimal("0.70"), "panel:02": Decimal("0.75"), "panel:03": Decimal("0.80")}  # how much each gives of the most
COMMITTEE = [f"committee:{n:02d}" for n in range(1, 6)]
ADDRESSES = {
    AIR: "office008@example.cn", FOUNDER: "founder@example.cn", OUTSIDER: "outsider@example.cn", "dept:approval": "approval@example.cn",
    "dept:so-admin": "so-admin@example.cn", "dept:invest": "invest@example.cn", f"dept:{CITY}": "airport-city@example.cn",
}  # fmt: skip


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[^\"<]*|\d\d:\d\d(:\d\d)?")


class Who(NamedTuple):
    role: str
    organisation: str = ""
    district: str = ""


APPROVAL, SO_ADMIN, INDUSTRY = (
    Who("REG_AUTHORITY", "dept:approval"),
    Who("SO_ADMIN", "dept:so-admin"),
    Who("INDUSTRY_DEPT", "dept:industry"),
)
PARTY = Who("PARTY_WORK", "dept:party")
INVEST, KONGGANG, OURS = Who("INVEST_DEPT", "dept:invest"), Who("NEW_CITY", f"dept:{CITY}", CITY), Who("ASSOCIATION", AIR)


def firm(uscc: str) -> Who:
    return Who("ENTERPRISE", uscc)


# neither introducer nor investor, nor of the department or the new city that deals with it
OUTSIDERS = (None, firm(OUTSIDER), Who("ASSOCIATION", demo_code("51611100", 9)), Who("NEW_CITY", "dept:XX-FD", "XX-FD"))


@dataclass
class Story:
    """The platform as those who act in the story see it, and what they made."""

    zone: Zone
    sink: MailSink
    ids: dict[str, str] = field(default_factory=dict)
    seats: dict[str, str] = field(default_factory=dict)  # member → membership
    made: dict[str, Json] = field(default_factory=dict)

    def head(self, who: Who | None) -> dict[str, str]:
        return self.zone.head(*who) if who else {}

    async def tell(self, who: Who, path: str, body: Mapping[str, Any] | None = None) -> Json:
        answer = await self.zone.client.post(path, json=dict(body or {}), headers=self.zone.head(*who))
        assert answer.is_success, f"{who.role} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def ask(self, who: Who | None, path: str, **query: Any) -> Json:
        answer = await self.zone.client.get(path, params=query, headers=self.head(who))
        assert answer.status_code == 200, f"{who} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def day(self, day: str) -> None:
        """Let all that is under way come to rest, then let it be ten in the morning of that day."""
        await rest(self.zone.app, mail=True)
        at = datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI).replace(hour=10)
        await self.tell(Who("OPERATOR", "operator"), "/clock", {"now": at.isoformat()})
        await rest(self.zone.app, mail=True)

    async def inbox(self, who: Who) -> list[Json]:
        items: list[Json] = []
        after: Json = {}
        while True:
            page = await self.ask(who, "/notification/inbox", limit=200, **after)
            items += page["items"]
            if not page["next"]:
                return items[::-1]
            after = {"after": page["next"]}


@pytest.fixture(scope="module")
async def story(stack: Endpoints) -> AsyncIterator[Story]:
    """The whole story, told once."""
    with MailSink() as sink:
        before = os.environ.get("GUILDHALL_SMTP")
        os.environ["GUILDHALL_SMTP"] = sink.address
        try:
            async for zone in running(services(), stack, clock=datetime(2023, 9, 4, 2, 0, tzinfo=UTC)):
                one = Story(zone, sink)
                for chapter in (
                    introduce,
                    found,
                    enrol,
                    report_2024,
                    join,
                    meet,
                    bring_lead,
                    leave,
                    report_2025,
                    keep_duties,
                    rate,
                    befriend,
                    fall,
                ):
                    await chapter(one)
                await rest(zone.app, mail=True)
                yield one
        finally:
            os.environ.pop("GUILDHALL_SMTP")
            if before is not None:
                os.environ["GUILDHALL_SMTP"] = before


# ── the chapters ──────────────────────────────────────────────────────────────────────────────────
async def introduce(s: Story) -> None:
    """Who can be reached where; the administration enters the office of the association to be."""
    offices = (SO_ADMIN, APPROVAL, INVEST, KONGGANG, firm(FOUNDER), firm(OUTSIDER))
    for who in offices:
        await s.tell(who, "/notification/contact-points", {"name": f"办公室 {who.organisation}", "email": ADDRESSES[who.organisation]})
    office = {"name": NAME, "email": ADDRESSES[AIR]}
    await s.tell(SO_ADMIN, "/notification/contact-points:register_for", {"organisation": AIR, "contact": office})


async def found(s: Story) -> None:
    """The founding case under direct registration (§3.3, §3.8), to the last filing."""
    form = {
        "kind": "INDUSTRY_ASSOCIATION", "regime": "DIRECT", "name": NAME, "level": "NEW_AREA", "district": "XX", "so_category": "01",
        "gbt4754": ["56", "58"], "scope": "航空物流领域的行业服务、交流培训、行业自律与合作", "purpose": "服务航空物流会员，促进行业健康发展",
        "domicile": "西咸新区空港新城演示路8号", "territory": "西咸新区", "legal_representative": "00000000-0000-4000-8000-000000000008",
        "founders": FIRMS[1:4],
    }  # fmt: skip
    case = await s.tell(firm(FOUNDER), "/registry/registration-cases", form)
    s.ids["case"], at = case["id"], f"/registry/registration-cases/{case['id']}"
    await s.day("2023-09-06")
    await s.tell(APPROVAL, f"{at}:approve_name")
    await s.day("2023-09-11")
    papers = [{"kind": kind, "document": f"air/{kind.lower()}.pdf"} for kind in PAPERS]
    filed = {"papers": papers, "unit_members": 120, "individual_members": 0, "registered_fund": 50_000_00}
    await s.tell(firm(FOUNDER), f"{at}:submit_papers", filed)
    await s.day("2023-09-12")
    await s.tell(APPROVAL, f"{at}:seek_opinions")
    await s.day("2023-09-15")
    await s.tell(INDUSTRY, f"{at}:give_opinion", {"opinion": "FOR", "reason": "符合临空经济发展需要"})
    await s.day("2023-09-18")
    await s.tell(APPROVAL, f"{at}:grant", {"basis": "社会团体登记管理条例"})
    await s.day("2023-09-20")
    await s.tell(APPROVAL, f"{at}:issue_certificate", {"uscc": AIR})
    await s.day("2023-09-27")
    await s.tell(APPROVAL, f"{at}:file", {"filings": ["SEAL", "BANK"]})
    await s.tell(APPROVAL, f"{at}:file", {"filings": ["OFFICERS"]})


async def enrol(s: Story) -> None:
    """The first roll: 120 units."""
    await s.day("2023-10-09")
    tiers = {0: "PRESIDENT", 1: "VICE_PRESIDENT", 2: "VICE_PRESIDENT", 3: "VICE_PRESIDENT"}
    roll = [{"member": uscc, "tier": tiers.get(n, "MEMBER")} for n, uscc in enumerate(FIRMS[:120])]
    made = await s.tell(OURS, "/registry/memberships:enrol", {"members": roll})
    s.seats |= {uscc: item["id"] for uscc, item in zip(FIRMS[:120], made["items"], strict=True)}
    promise = {"item": "航空货运对接", "standard": "两个工作日内答复", "time_limit_h": 48, "fee": 0, "complaints_to": "029-39990008"}
    s.ids["promise"] = (await s.tell(OURS, "/registry/service-commitments", promise))["id"]


def annual_report(year: int) -> Json:
    return {
        "chapters": [{"section": x, "document": f"air/{year}/{x.lower()}.pdf"} for x in SECTIONS],
        "statement": f"air/{year}/statement.pdf",
    }


async def report_2024(s: Story) -> None:
    """The report of 2024, checked and published."""
    await s.day("2025-02-10")
    await s.tell(SO_ADMIN, "/registry/annual-reports", {"association": AIR, "year": 2024})
    at = f"/registry/annual-reports/{AIR}~2024"
    await s.tell(OURS, f"{at}:submit", annual_report(2024))
    await s.tell(SO_ADMIN, f"{at}:accept")
    await s.tell(SO_ADMIN, f"{at}:conclude", {"conclusion": "QUALIFIED"})
    await s.tell(SO_ADMIN, f"{at}:publish")


async def join(s: Story) -> None:
    """Ten firms ask to join and are taken in."""
    await s.day("2025-03-10")
    for uscc in FIRMS[120:]:
        s.seats[uscc] = (await s.tell(firm(uscc), "/registry/memberships", {"association": AIR}))["id"]
    await s.day("2025-03-12")
    for uscc in FIRMS[120:]:
        await s.tell(OURS, f"/registry/memberships/{s.seats[uscc]}:admit")


async def meet(s: Story) -> None:
    """A firm that is no member needs what the association offers; the administration brings the two together."""
    await s.day("2025-04-07")
    entry = {"uscc": OUTSIDER, "name": "演示跨境电商有限公司", "gbt4754": ["5829"], "district": CITY, "scale": "SMALL"}
    await s.tell(firm(OUTSIDER), "/matchmaking/enterprises", entry)
    words = {"topics": ["航空货运", "仓储物流"], "gbt4754": ["58"], "district": CITY, "subject": "MARKET"}
    need = {"title": "需要航空货运代理", "text": "公司需要稳定的航空货运舱位与仓储物流服务，寻求行业协会对接。", **words}
    offer = {"title": "提供航空货运对接", "text": "协会可为企业对接航空货运代理与仓储物流服务机构。", **words}
    s.ids["need"] = (await s.tell(firm(OUTSIDER), "/matchmaking/needs", need))["id"]
    s.ids["offer"] = (await s.tell(OURS, "/matchmaking/offers", offer))["id"]
    await rest(s.zone.app, mail=True)
    both = {"seeker": OUTSIDER, "candidate": AIR, "need": s.ids["need"], "offer": s.ids["offer"]}
    match = await s.tell(SO_ADMIN, "/matchmaking/matches", both)
    s.ids["match"], at = match["id"], f"/matchmaking/matches/{match['id']}"
    await s.day("2025-04-09")
    assert (await s.ask(SO_ADMIN, f"/matchmaking/needs/{s.ids['need']}"))["stage"] == "MATCHED"
    assert (await s.tell(firm(OUTSIDER), f"{at}:accept"))["stage"] == "ACCEPTED"
    assert (await s.tell(OURS, f"{at}:accept"))["stage"] == "CONNECTED"
    await s.day("2025-04-28")
    assert (await s.ask(SO_ADMIN, f"/matchmaking/needs/{s.ids['need']}"))["stage"] == "CONNECTED"
    await s.tell(firm(OUTSIDER), f"{at}:fulfil", {"outcome": "SERVICE_DELIVERED", "rating": 5})


async def bring_lead(s: Story) -> None:
    """A lead, from the first report to ground broken, with its credit (§6.1, §6.3)."""
    await s.day("2025-05-12")
    project = {"title": "航空货运区域分拨中心", "gbt4754": "5612", "chain": "临空经济", "link_type": "STRENGTHEN", "amount_total": 600_000_000_00,
               "amount_fixed_assets": 360_000_000_00, "site_preferences": [CITY]}  # fmt: skip
    s.made["outside before"] = await seen_from_outside(s)
    lead = await s.tell(OURS, "/matchmaking/leads", {"investor": {"name": "演示航空货运集团", "uscc": INVESTOR}, "project": project})
    s.ids["lead"], at = lead["id"], f"/matchmaking/leads/{lead['id']}"
    await s.tell(INVEST, f"{at}:answer")
    await rest(s.zone.app, mail=True)
    s.made["outside after"] = await seen_from_outside(s)
    for who in OUTSIDERS:  # it answers as what was never there
        there, never = [await s.zone.client.get(f"/matchmaking/leads/{id_}", headers=s.head(who)) for id_ in (lead["id"], str(uuid4()))]
        assert (there.status_code, there.text) == (never.status_code, never.text)
    await s.day("2025-05-13")
    study = {"industry_fit": "符合临空经济方向", "market": "区域分拨需求明确", "technology": "成熟", "environment": "影响小", "energy_tce": 1200,
             "benefit": "税收与就业良好", "land_mu": 120}  # fmt: skip
    await s.tell(INVEST, f"{at}:screen", study)
    await s.day("2025-05-15")
    await s.tell(INVEST, f"{at}:accept")
    await s.day("2025-05-19")
    await s.tell(INVEST, f"{at}:negotiate", {"new_city": CITY, "minutes": "双方就选址与用地达成初步意向"})
    await s.day("2025-05-30")
    await s.tell(
        KONGGANG,
        f"{at}:sign",
        {"paper": "CONTRACT", "document": "air/contract.pdf", "signed_on": "2025-05-29", "contracted": 600_000_000_00},
    )
    await s.day("2025-06-16")
    await s.tell(KONGGANG, f"{at}:register", {"company": PROJECT_COMPANY, "licensed_on": "2025-06-13"})
    await s.day("2025-07-14")
    ground = {"works": "FOUNDATION", "broke_ground_on": "2025-07-11", "investment_database_no": "XX-FAI-0001"}
    await s.tell(KONGGANG, f"{at}:start", ground)
    for who in (firm(INVESTOR), KONGGANG, INVEST):
        await s.tell(who, f"{at}:confirm_credit")


LEFT_OUT = ("/query-", "/open-data-snapshots")  # a question there leaves a trace; a night's files are taken when the clock is looked at


async def seen_from_outside(s: Story) -> dict[str, tuple[int, str]]:
    """Every address without a name in it, as each outsider is answered; moments taken out, for they differ anyway."""
    found = {}
    for engine in s.zone.app.state.engines.values():
        for path, ways in openapi(engine.service)["paths"].items():
            if "get" in ways and "{" not in path and not path.endswith("/stream") and not any(part in path for part in LEFT_OUT):
                for who in OUTSIDERS:
                    told = await s.zone.inside.get(path, headers=s.head(who))
                    found[f"{who} {path}"] = told.status_code, MOMENT.sub("", told.text)
    start = await s.zone.inside.get("/")
    return found | {"the start page": (start.status_code, MOMENT.sub("", start.text))}


async def leave(s: Story) -> None:
    """Nine leave, each with a reason."""
    await s.day("2025-09-08")
    for n, (uscc, reason) in enumerate(zip(FIRMS[100:109], LEAVING, strict=True)):
        await s.tell(OURS if n >= 7 else firm(uscc), f"/registry/memberships/{s.seats[uscc]}:leave", {"reason": reason})


async def report_2025(s: Story) -> None:
    """The report of 2025 is filed; its check goes on while the association is rated."""
    await s.day("2026-02-09")
    await s.tell(SO_ADMIN, "/registry/annual-reports", {"association": AIR, "year": 2025})
    at = f"/registry/annual-reports/{AIR}~2025"
    await s.tell(OURS, f"{at}:submit", annual_report(2025))
    await s.tell(SO_ADMIN, f"{at}:accept")


async def keep_duties(s: Story) -> None:
    """Books, the statement of the year, Party building: what it can show when it is rated (R29, R31)."""
    books = {"standard": "NPO", "separate_books": True, "accountant_kind": "OWN", "adopted_on": "2026-02-09"}
    await s.tell(OURS, "/registry/accounting-statuses", books)
    figures = {"assets": 90_000_00, "liabilities": 10_000_00, "income": 400_000_00, "expenses": 380_000_00}
    await s.tell(OURS, "/registry/financial-statements", {"period": "2025", "figures": figures, "document": "air/2025/books.xlsx"})
    await s.tell(OURS, f"/registry/financial-statements/{AIR}~2025:file")
    party = {"organisation_type": "JOINT", "document_no": "空港党建〔2026〕8号", "since": "2026-02-09"}
    await s.tell(PARTY, f"/registry/party-building/{AIR}:establish", party)
    counts = {"year": 2025, "members_count": 6, "key_staff_count": 4, "key_staff_members_count": 2, "activities": 12}
    await s.tell(OURS, f"/registry/party-building/{AIR}:report", counts)


def half_up(x: Decimal) -> Decimal:
    return x.quantize(Decimal("0.1"), ROUND_HALF_UP)


async def rate(s: Story) -> None:
    """One round from the notice to the confirmed grade (§4.5)."""
    await s.day("2026-03-09")
    notice = {"number": 1, "title": "西咸新区2026年度社会组织等级评估", "opens_on": "2026-03-09", "closes_on": "2026-03-31"}
    s.ids["round"] = (await s.tell(SO_ADMIN, "/evaluation/rating-rounds", notice))["id"]
    await s.day("2026-03-10")
    made = await s.tell(OURS, "/evaluation/applications", {"round": s.ids["round"], "papers": ["air/rating.pdf"]})
    s.ids["application"], at = made["id"], f"/evaluation/applications/{made['id']}"
    await s.day("2026-03-12")
    await s.tell(SO_ADMIN, f"{at}:check_eligibility", {"procedure": "ON_SITE"})
    await s.day("2026-03-13")
    await s.tell(
        OURS,
        f"{at}:submit_self_assessment",
        {"marks": [{"code": "4.1", "points": "55.0"}, {"code": "4.2", "points": "30.0"}], "claimed_grade": "3A"},
    )
    await s.day("2026-03-16")
    begun = await s.tell(SO_ADMIN, f"{at}:begin_assessment", {"panel": list(EXPERTS), "visit_on": "2026-03-18"})
    s.made["begun"] = begun
    await s.day("2026-03-19")
    await mark(s, at, begun["scores"], social=False)
    await s.day("2026-03-23")
    entered = {
        "survey": {"members": 120, "respondents": 36, "answers": [{"question": "Q10", "counts": [18, 12, 4, 1, 1]}]},
        "coverage": {"members": 121, "universe": 605, "source": "登记与市场主体名录", "dated": "2026-03-20"},
        "opinions": {"registration": 85, "industry": 90, "party": 80}, "party_status": "ORGANISATION",
    }  # fmt: skip
    social = await s.tell(SO_ADMIN, f"{at}:evaluate_socially", entered)
    await mark(s, at, social["scores"], social=True)
    await s.day("2026-03-27")
    s.made["proposed"] = await s.tell(SO_ADMIN, f"{at}:propose", {"opinion": "建议按得分确定等级"})
    await s.day("2026-03-30")
    await s.tell(SO_ADMIN, f"{at}:convene", {"members": COMMITTEE, "present": COMMITTEE[:4]})
    for member in COMMITTEE[:3]:
        await s.tell(Who("COMMITTEE", member), f"{at}:vote", {"choice": "FOR"})
    assert (await s.tell(SO_ADMIN, f"{at}:publicise"))["publicity_until"] == "2026-04-06"
    early = await s.zone.client.post(f"{at}:confirm", json={}, headers=s.zone.head(*SO_ADMIN))
    assert (early.status_code, early.json()["code"]) == (409, "publicity_running")
    await s.day("2026-04-07")
    assert (await s.ask(SO_ADMIN, at))["publicity_over"] is True
    await s.tell(SO_ADMIN, f"{at}:confirm")
    await s.tell(SO_ADMIN, f"/evaluation/rating-rounds/{s.ids['round']}:conclude")
    await rest(s.zone.app, mail=True)
    s.made["rated"] = await s.ask(None, f"/registry/directory/{AIR}")
    s.made["counts"] = (await s.ask(None, "/portal/counts"))["counts"]


async def mark(s: Story, at: str, scores: Sequence[Json], *, social: bool) -> None:
    """Each expert gives a share of the most, for what the panel has to judge now."""
    most = await indicators(s)
    codes = [x["code"] for x in scores if x["scored_by"] == "PANEL" and x["code"].startswith("4.") == social]
    for expert, share in EXPERTS.items():
        marks = [{"code": code, "points": str(half_up(most[code] * share))} for code in codes]
        await s.tell(Who("PANEL", expert), f"{at}:give_scores", {"marks": marks})


async def indicators(s: Story) -> dict[str, Decimal]:
    """What each indicator can give at most, as the published explanation says."""
    said = await s.ask(OURS, f"/evaluation/applications/{s.ids['application']}/explanation")
    return {i["code"]: Decimal(i["most"]) for i in said["indicators"]}


async def befriend(s: Story) -> None:
    """A friendly chamber elsewhere (§6.4), and a first visit."""
    await s.day("2026-04-13")
    entry = {
        "name": "上海西咸商会",
        "kind": "OUT_OF_PROVINCE_CHAMBER",
        "region": "31",
        "gbt4754": ["5821"],
        "goals": ["INVEST"],
        "members": 90,
    }
    partner = await s.tell(SO_ADMIN, "/matchmaking/external-organisations", {"entry": entry, "source": "上海市社会组织名录"})
    s.ids["partner"] = partner["id"]
    office = {"name": "上海西咸商会", "email": "shanghai@example.cn"}
    await s.tell(SO_ADMIN, "/notification/contact-points:register_for", {"organisation": partner["id"], "contact": office})
    clauses = ["INFORMATION_EXCHANGE", "MUTUAL_VISITS", "INVESTMENT_INTRODUCTION", "FAIR_SUPPORT"]
    made = await s.tell(OURS, "/matchmaking/agreements", {"partner": partner["id"], "clauses": clauses})
    s.ids["agreement"], at = made["id"], f"/matchmaking/agreements/{made['id']}"
    await s.tell(OURS, f"{at}:negotiate", {"clauses": clauses, "minutes": "双方就信息互通、互访、招商推介达成一致"})
    await s.day("2026-04-20")
    await s.tell(OURS, f"{at}:sign", {"signed_on": "2026-04-20", "document": "air/friendship.pdf"})
    await s.day("2026-04-27")
    visit = {"kind": "VISIT", "held_on": "2026-04-24", "subject": "签约互访与项目推介"}
    await s.tell(OURS, f"/matchmaking/partnerships/{made['id']}:hold_exchange", visit)


async def fall(s: Story) -> None:
    """The check of 2025 ends badly: one grade down (§4.7); the certificate goes back in time."""
    await s.day("2026-06-08")
    at = f"/registry/annual-reports/{AIR}~2025"
    await s.tell(SO_ADMIN, f"{at}:conclude", {"conclusion": "UNQUALIFIED", "basis": "财务收支不规范，内部管理不到位"})
    await s.tell(SO_ADMIN, f"{at}:publish")
    await s.day("2026-06-10")
    lost = [n for n in await s.inbox(OURS) if n["event"] == "evaluation.grades.rating_downgraded.v1"]
    await s.tell(OURS, f"/notification/notices/{lost[0]['id']}:read")
    await s.tell(OURS, f"/notification/notices/{lost[0]['id']}:acknowledge")
    await s.tell(SO_ADMIN, f"/evaluation/grades/{s.ids['application']}:take_back_certificate")


# ── every intermediate event ──────────────────────────────────────────────────────────────────────
def expected(s: Story) -> dict[tuple[str, str], list[str]]:
    """Record type and record → its events in order, of every record but memberships and notices."""
    lead_steps = ["lead_stage_advanced", "lead_stage_advanced", "lead_credit_assigned", "lead_stage_advanced", "lead_stage_advanced"]
    marks = ["panel_scores_given"] * len(EXPERTS)
    report = [
        "annual_report_opened",
        "annual_report_submitted",
        "annual_report_accepted",
        "annual_check_concluded",
        "annual_report_published",
    ]
    points = [*ADDRESSES, s.ids["partner"]]
    return {
        ("registry.registration.case", s.ids["case"]): [
            "registration_case_opened", "name_approved", "papers_submitted", "scope_overlap_assessed", "opinions_sought", "opinion_given",
            "registration_granted", "certificate_issued", "filing_accepted", "filing_accepted", "filing_accepted", "registration_completed",
        ],
        ("registry.associations.association", AIR): ["association_registered", "association_activated"],
        ("registry.governance.charter", f"{AIR}~1"): ["founding_charter_approved"],
        ("registry.supervision.party_building_status", AIR): ["party_building_opened", "party_organisation_established", "party_status_reported"],
        ("registry.finance.accounting_status", AIR): ["accounting_system_adopted"],
        ("registry.finance.financial_statement", f"{AIR}~2025"): ["financial_statement_drafted", "financial_statement_filed"],
        ("registry.disclosure.service_commitment", s.ids["promise"]): ["service_commitment_published"],
        ("registry.disclosure.csr_report", f"{AIR}~2024"): ["csr_report_opened", "csr_report_overdue"],
        ("registry.disclosure.csr_report", f"{AIR}~2025"): ["csr_report_opened"],
        **{
            ("registry.registration.regime", f"{r.code}~{r.version}"): [f"registration_regime_{'published' if r.status == 'IN_FORCE' else 'drafted'}"]
            for r in REGIMES.all()
        },
        ("registry.supervision.annual_report", f"{AIR}~2024"): report,
        ("registry.supervision.annual_report", f"{AIR}~2025"): report,
        ("evaluation.rating.round", "2026-1"): ["rating_round_opened", "rating_round_closed", "rating_round_concluded"],
        ("evaluation.rating.application", s.ids["application"]): [
            "rating_applied", "rating_eligibility_confirmed", "self_assessment_submitted", "panel_appointed", "indicators_computed",
            "on_site_assessment_begun", *marks, "on_site_assessment_completed", "social_evaluation_completed", *marks, "rating_proposed",
            "committee_convened", "ballot_cast", "ballot_cast", "ballot_cast", "committee_decided", "rating_publicised", "publicity_ended",
            "rating_confirmed",
        ],
        ("evaluation.grades.grade", s.ids["application"]): ["evaluation_completed", "rating_downgraded", "certificate_returned"],
        ("matchmaking.leads.lead", s.ids["lead"]): [
            "investment_lead_created", "lead_answered", "investment_lead_screened", "investment_lead_accepted", *lead_steps,
            "lead_credit_confirmed", "lead_credit_confirmed", "lead_credit_confirmed",
        ],
        ("matchmaking.matching.enterprise", OUTSIDER): ["enterprise_introduced"],
        ("matchmaking.matching.need", s.ids["need"]): ["service_need_published", "need_matched", "need_connected", "need_fulfilled"],
        ("matchmaking.matching.offer", s.ids["offer"]): ["service_offer_published", "offer_expiring", "offer_expired"],
        ("matchmaking.matching.match", s.ids["match"]): ["match_proposed", "match_accepted", "match_accepted", "match_connected", "match_fulfilled"],
        ("matchmaking.regions.external_organisation", s.ids["partner"]): ["external_organisation_listed"],
        ("matchmaking.regions.agreement", s.ids["agreement"]): [
            "friendship_agreement_proposed", "friendship_agreement_negotiated", "friendship_agreement_signed",
        ],
        ("matchmaking.partnerships.partnership", s.ids["agreement"]): ["cross_region_partnership_formed", "exchange_held"],
        **{("notification.ledger.contact_point", who): ["contact_point_registered"] for who in points},
    }  # fmt: skip


def event(letter: Letter) -> str:
    return letter.type.split(".")[2]


async def test_every_event_was_told_in_its_order_and_no_other(story: Story) -> None:
    everything = await told(story.zone.app)
    apart = (
        "registry.members.membership", "notification.ledger.notice", "registry.disclosure.disclosure_item", "registry.directory.snapshot",
        "registry.associations.public_notice",
    )  # fmt: skip

    announced = [(x.data["subject"], x.data["name"]) for at, events in everything.items() if at[0] == apart[-1] for x in events]
    assert announced == [("FOUNDING", NAME)]
    assert {at: [event(x) for x in events] for at, events in everything.items() if at[0] not in apart} == expected(story)
    for letters in everything.values():
        assert [x.sequence for x in letters] == list(range(1, len(letters) + 1))
    stages = [x.data["stage"] for x in everything["matchmaking.leads.lead", story.ids["lead"]] if event(x) == "lead_stage_advanced"]
    assert stages == ["NEGOTIATING", "SIGNED", "REGISTERED", "STARTED"]


async def test_the_roll_tells_who_joined_and_who_left(story: Story) -> None:
    everything = await told(story.zone.app)
    stays = {at[1]: [event(x) for x in events] for at, events in everything.items() if at[0] == "registry.members.membership"}

    first, joiners, leavers = FIRMS[:120], FIRMS[120:], FIRMS[100:109]
    assert set(stays) == set(story.seats.values())
    for uscc in FIRMS:
        lived = (["member_applied"] if uscc in joiners else []) + ["member_joined"] + (["member_exited"] if uscc in leavers else [])
        assert stays[story.seats[uscc]] == lived, uscc
    assert len(first) == 120


async def test_each_item_to_disclose_was_published_or_missed_or_is_open(story: Story) -> None:
    """Six when it was founded, six for each of two years; of these the promise, and both annual reports, published themselves."""
    everything = await told(story.zone.app)
    lives = Counter(tuple(event(x) for x in events) for at, events in everything.items() if at[0] == "registry.disclosure.disclosure_item")

    required, missed = "disclosure_required", ("disclosure_required", "disclosure_overdue")
    assert lives == {missed: 10, (required, "disclosure_published"): 3, (required,): 5}
    shown = (await story.ask(None, f"/registry/directory/{AIR}/duties"))["disclosed"]
    assert [(i["item"], i["year"]) for i in shown] == [("ANNUAL_REPORT", 2024), ("ANNUAL_REPORT", 2025), ("SERVICE_COMMITMENTS", None)]


async def test_notices_were_posted_sent_once_or_kept_back(story: Story) -> None:
    everything = await told(story.zone.app)
    lives = [[event(x) for x in events] for at, events in everything.items() if at[0] == "notification.ledger.notice"]

    for lived in lives:
        match lived[0]:
            case "notice_queued":
                assert lived == ["notice_queued", "notice_sending_began", "notice_sent"]
            case "notice_suppressed":
                assert lived == ["notice_suppressed"]
            case _:
                assert lived[0] == "notice_posted"
                assert set(lived[1:]) <= {"notice_read", "notice_acknowledged", "notice_escalated"}


async def test_each_event_says_what_its_record_was_at_that_version(story: Story) -> None:
    """Read over HTTP, as those may who see every record of the type."""
    everything, compared = await told(story.zone.app), 0
    for _, kind in kinds(story.zone.app):
        unbound = kind.readers - set(kind.own)
        who = next((Who(r, "dept:so-admin") for r in ("SO_ADMIN", "OPERATOR", *sorted(unbound)) if r in unbound), None)
        for (name, subject), letters in everything.items():
            if name != kind.name:
                continue
            for letter in letters:
                past = {} if private(kind.state) and letter.sequence == len(letters) else {"version": letter.sequence}
                record = await story.ask(who if who and who.role != "PUBLIC" else None, f"/{kind.service}/{kind.path}/{subject}", **past)
                shared = set(letter.data) & set(record)
                assert {n: letter.data[n] for n in shared} == {n: record[n] for n in shared}, (letter.type, subject, letter.sequence)
                assert record["meta"]["version"] == letter.sequence
                compared += 1
    assert compared == sum(len(letters) for letters in everything.values())


async def test_what_one_event_brings_about_elsewhere_belongs_to_the_same_affair(story: Story) -> None:
    everything = await told(story.zone.app)

    def one(kind: str, subject: str, name: str) -> Letter:
        return next(x for x in everything[kind, subject] if event(x) == name)

    case, association = ("registry.registration.case", story.ids["case"]), ("registry.associations.association", AIR)
    rated, grade = ("evaluation.rating.application", story.ids["application"]), ("evaluation.grades.grade", story.ids["application"])
    signed, friends = (
        ("matchmaking.regions.agreement", story.ids["agreement"]),
        ("matchmaking.partnerships.partnership", story.ids["agreement"]),
    )
    for cause, effect in (
        (one(*case, "certificate_issued"), one(*association, "association_registered")),
        (one(*case, "registration_completed"), one(*association, "association_activated")),
        (one(*rated, "rating_confirmed"), one(*grade, "evaluation_completed")),
        (one("registry.supervision.annual_report", f"{AIR}~2025", "annual_check_concluded"), one(*grade, "rating_downgraded")),
        (one(*signed, "friendship_agreement_signed"), one(*friends, "cross_region_partnership_formed")),
        (one("matchmaking.matching.match", story.ids["match"], "match_fulfilled"), one("matchmaking.matching.need", story.ids["need"], "need_fulfilled")),
    ):  # fmt: skip
        assert effect.correlation == cause.correlation
        assert (effect.role, cause.role != "PLATFORM") == ("PLATFORM", True)
        assert effect.time == cause.time


# ── the figures ───────────────────────────────────────────────────────────────────────────────────
async def test_the_worked_figures_of_exits_and_satisfaction(story: Story) -> None:
    said = await story.ask(OURS, f"/evaluation/applications/{story.ids['application']}/explanation")
    points = {i["code"]: i["points"] for i in said["indicators"]}
    inputs = {
        f["fact"]: f["value"] for i in said["indicators"] for f in i["inputs"] if i["code"] in ("4.1", "4.2") and f["year"] in (2025, 2026)
    }

    assert (points["4.2"], points["4.1"]) == ("23.1", "46.9")
    assert (inputs["csi"], inputs["csi.valid"]) == ("81.25", True)
    assert (inputs["exit.adjusted_rate"], inputs["exit.growth"]) == ("0.049793", "0.008333")  # 6 of 120.5, 1 of 120


async def test_what_the_other_services_told_has_become_points(story: Story) -> None:
    said = await story.ask(SO_ADMIN, f"/evaluation/applications/{story.ids['application']}/explanation")
    told_by_facts = {i["code"]: i["points"] for i in said["indicators"] if i["scored_by"]["code"] == "FACTS"}

    assert (
        told_by_facts["1.4.1"] == told_by_facts["1.4.2"] == "15.0"
    )  # registry: two reports in time, one qualified and one without fault yet
    duties = {
        "1.1.2": "10.0",
        "2.1.2": "25.0",
        "2.1.3": "7.5",
        "2.1.4": "10.0",
        "2.4.1": "15.0",
        "2.4.2": "20.0",
        "2.6.1": "13.3",
        "3.5.1": "0.0",
    }
    assert {
        code: told_by_facts[code] for code in duties
    } == duties  # registry: books, Party building, one of six items disclosed, no report
    assert told_by_facts["3.2.4"] == "10.0"  # matchmaking: an offer, and the one accepted match fulfilled
    assert told_by_facts["3.4.1"] == "1.5"  # one accepted lead of ten
    assert told_by_facts["3.4.2"] == "8.0"  # started, with the whole credit
    assert told_by_facts["4.3"] == "13.3"  # 121 members of 605 enterprises


async def test_the_proposal_is_the_sum_of_facts_and_the_panels_mean(story: Story) -> None:
    most, mean = await indicators(story), half_up
    proposed = story.made["proposed"]
    scores = {x["code"]: x for x in proposed["scores"]}
    total = Decimal(0)
    for code, highest in most.items():
        by_facts = scores[code]["points"]
        given = [half_up(highest * share) for share in EXPERTS.values()]
        total += Decimal(by_facts) if by_facts is not None else mean(sum(given, Decimal(0)) / len(given))

    assert sum(most.values()) == 1000
    assert Decimal(proposed["score"]) == total
    assert (proposed["grade"], 700 <= total < 800) == ("3A", True)


# ── the effects elsewhere ─────────────────────────────────────────────────────────────────────────
async def test_the_public_list_shows_the_grade_and_what_became_of_it(story: Story) -> None:
    rated, now = story.made["rated"], await story.ask(None, f"/registry/directory/{AIR}")

    assert (rated["status"], rated["grade"], rated["annual_checks"]) == ("ACTIVE", "3A", {"2024": "QUALIFIED"})
    assert (rated["registered_on"], rated["regime_code"], rated["supervising_unit"]) == ("2023-09-20", "DIRECT", "直接登记")
    assert (rated["grade_valid_from"], rated["grade_valid_to"]) == ("2027-01-01", "2031-12-31")  # R2026: calendar years
    reports = [{"year": y, "conclusion": c} for y, c in ((2024, "QUALIFIED"), (2025, "UNQUALIFIED"))]
    assert rated["annual_reports"] == reports[:1]
    assert now == {**rated, "grade": "2A", "annual_checks": {"2024": "QUALIFIED", "2025": "UNQUALIFIED"}, "annual_reports": reports}
    assert (await story.ask(None, "/registry/directory", grade="2A", total="true"))["total"] == 1
    assert (await story.ask(None, "/registry/directory", grade="3A", total="true"))["total"] == 0


async def test_the_grade_keeps_what_was_taken_and_given_back(story: Story) -> None:
    at = f"/evaluation/grades/{story.ids['application']}"
    first, lowered, now = [await story.ask(None, at, version=n) for n in (1, 2, 3)]

    assert (first["stage"], first["grade"], first["certificate"]) == ("VALID", "3A", f"XXPG-2026-1-3A-{AIR[-9:]}")
    assert (lowered["stage"], lowered["grade"], lowered["certificate"], lowered["return_due"]) == ("DOWNGRADED", "2A", None, "2026-06-23")
    assert (now["stage"], now["return_due"]) == ("DOWNGRADED", None)


async def test_evaluation_knows_every_fact(story: Story) -> None:
    said = await story.ask(OURS, f"/evaluation/facts/{AIR}")
    facts = {(f["fact"], f["year"]): f["value"] for f in said["facts"]}
    lead = story.ids["lead"]

    assert facts == {
        ("registered_on", 2023): "2023-09-20", ("registered_fund", 2023): 50_000_00, ("annual.mode", 2023): "REPORT",
        **{(f"filings.valid[{filing}]", 2023): True for filing in ("SEAL", "BANK_ACCOUNT", "OFFICERS")},
        ("members.joined", 2023): 120, ("members.joined", 2025): 10,
        **{(f"exits[{reason}]", 2025): n for reason, n in Counter(LEAVING).items()},
        ("annual.due", 2024): "2025-05-31", ("annual.submitted_on", 2024): "2025-02-10", ("annual.conclusion", 2024): "QUALIFIED",
        ("annual.due", 2025): "2026-05-31", ("annual.submitted_on", 2025): "2026-02-09", ("annual.conclusion", 2025): "UNQUALIFIED",
        ("party.status", 2026): "ORGANISATION", ("party.activities", 2025): 12, ("party.key_staff", 2025): 2, ("party.key_staff_share", 2025): "0.5",
        ("charter.approved", 2023): True, ("acct.npo", 2026): True, ("acct.separate", 2026): True, ("acct.kind", 2026): "OWN",
        ("net_assets", 2025): 80_000_00, ("income", 2025): 400_000_00, ("commit.items", 2023): 1,
        **{(f"disc.{n}", year): of for year, counts in {2023: (6, 1, 1), 2025: (6, 1, 1), 2026: (1, 1, 1)}.items()
           for n, of in zip(("required", "published", "on_time"), counts, strict=True)},
        ("offers.active", 2025): 1, ("match.accepted", 2025): 1, ("match.fulfilled", 2025): 1,
        ("lead.accepted", 2025): 1, (f"lead.stage[{lead}]", 2025): "STARTED", (f"lead.share[{lead}]", 2025): "1",
        ("rating.grade", 2026): "2A", ("rating.valid_from", 2026): "2027-01-01", ("rating.valid_to", 2026): "2031-12-31",
        ("partners.formed", 2026): 1, ("partners.exchanges", 2026): 1,
    }  # fmt: skip


async def test_matchmaking_knows_the_association_by_what_it_did(story: Story) -> None:
    profile = await story.zone.engine("matchmaking").store.one("profiles", AIR)

    assert profile is not None
    shown = {
        n: profile[n]
        for n in ("kind", "name", "active", "members", "grade", "leads_accepted", "leads_landed", "accepted", "open_matches", "offers")
    }
    assert shown == {"kind": "ASSOCIATION", "name": NAME, "active": True, "members": 121, "grade": "2A", "leads_accepted": 1, "leads_landed": 1,
                     "accepted": 1, "open_matches": 0, "offers": {}}  # fmt: skip
    bound = {row["other"] for row in await story.zone.engine("matchmaking").store.rows("bonds", {"association": AIR})}
    assert bound == set(FIRMS) - set(FIRMS[100:109]) | {story.ids["partner"]}


async def test_a_lead_that_is_not_public_changes_nothing_an_outsider_can_observe(story: Story) -> None:
    before, after = story.made["outside before"], story.made["outside after"]

    assert [(p, before[p], after[p]) for p in before if before[p] != after[p]] == []
    answered = {p.rpartition(" ")[2] for p, (status, _) in before.items() if status == 200}
    assert {"/matchmaking/leads", "/matchmaking/lead-kpis", "/notification/inbox", "/portal/counts", "/portal/events"} <= answered


async def test_the_portal_counts_what_happened(story: Story) -> None:
    rated, now = story.made["counts"], (await story.ask(None, "/portal/counts"))["counts"]

    assert rated["grades"] == {"3A": 1}
    assert {n: v for n, v in now["grades"].items() if v} == {"2A": 1}
    assert (now["register"], now["levels"], now["categories"]) == ({"INDUSTRY_ASSOCIATION": 1}, {"NEW_AREA": 1}, {"01": 1})
    assert not any(now.get("leads", {}).values()), "the one lead is not public"
    assert now["partnerships"] == {"FORMED": 1}
    assert now["matches"] == {"PROPOSED": 1, "ACCEPTED": 1, "FULFILLED": 1}
    about_leads = sum("线索" in m.subject or "招商" in m.subject for m in story.sink.mails)
    assert about_leads and now["notices"]["QUEUED"] == now["notices"]["SENT"] == len(story.sink.mails) - about_leads


# ── who was told ──────────────────────────────────────────────────────────────────────────────────
TOLD: dict[Who, Counter[str]] = {
    OURS: Counter({
        "association_registered": 1, "association_activated": 1, "annual_report_opened": 2, "annual_report_submitted": 2, "annual_check_concluded": 2,
        "member_applied": 10, "member_exited": 9, "match_proposed": 1, "match_accepted": 2, "match_connected": 1, "match_fulfilled": 1,
        "offer_expiring": 1, "offer_expired": 1, "investment_lead_created": 1, "lead_answered": 1, "investment_lead_screened": 1,
        "investment_lead_accepted": 1, "lead_stage_advanced": 4, "lead_credit_assigned": 1, "rating_round_opened": 1, "rating_applied": 1,
        "rating_eligibility_confirmed": 1, "on_site_assessment_completed": 1, "rating_publicised": 1, "evaluation_completed": 1,
        "rating_downgraded": 1, "friendship_agreement_proposed": 1, "friendship_agreement_negotiated": 1, "cross_region_partnership_formed": 1,
        "disclosure_overdue": 10, "csr_report_overdue": 1,
    }),
    firm(FOUNDER): Counter({
        "registration_case_opened": 1, "name_approved": 1, "registration_granted": 1, "certificate_issued": 1, "registration_completed": 1,
        "member_joined": 1, "match_connected": 1, "cross_region_partnership_formed": 1,
    }),
    firm(FIRMS[50]): Counter({"member_joined": 1, "match_connected": 1, "cross_region_partnership_formed": 1}),
    firm(FIRMS[100]): Counter({"member_joined": 1, "match_connected": 1, "member_exited": 1}),  # left before the partnership
    firm(FIRMS[125]): Counter({"member_joined": 1, "match_connected": 1, "cross_region_partnership_formed": 1}),
    firm(OUTSIDER): Counter({"match_proposed": 1, "match_accepted": 2, "match_connected": 1, "match_fulfilled": 1}),
    firm(INVESTOR): Counter(),
    APPROVAL: Counter({"registration_case_opened": 1, "papers_submitted": 1}),
    SO_ADMIN: Counter({"association_registered": 1, "annual_report_submitted": 2, "rating_applied": 1, "self_assessment_submitted": 1}),
    INDUSTRY: Counter({"opinions_sought": 1}),
    INVEST: Counter({"investment_lead_created": 1}),
    KONGGANG: Counter({"lead_stage_advanced": 4}),
    Who("NEW_CITY", "dept:XX-FD", "XX-FD"): Counter(),
    **{Who("PANEL", expert): Counter({"panel_appointed": 1}) for expert in EXPERTS},
    **{Who("COMMITTEE", member): Counter({"committee_convened": 1}) for member in COMMITTEE},
}  # fmt: skip


@pytest.mark.parametrize("who", TOLD, ids=lambda who: f"{who.role} {who.organisation}")
async def test_who_must_be_told_finds_it_in_the_inbox(story: Story, who: Who) -> None:
    notices = await story.inbox(who)
    own = Counter(n["event"].split(".")[2] for n in notices if n["recipient"] == who.organisation)

    assert own == TOLD[who]
    assert all(n["subject"] and n["body"] and "${" not in n["subject"] + n["body"] for n in notices)


async def test_the_whole_ledger_holds_nothing_that_nobody_must_be_told(story: Story) -> None:
    """Recipients beside the members are those of the table, the partner chamber, and nobody else."""
    rows = await story.zone.engine("notification").store.rows("ledger.notice", {})
    recipients = {row["state"]["recipient"] for row in rows}
    named = {who.organisation for who, events in TOLD.items() if events}

    addressed = named | set(FIRMS) | {story.ids["partner"]}
    assert recipients == addressed
    partner = Counter(
        row["state"]["event"].split(".")[2]
        for row in rows
        if row["state"]["recipient"] == story.ids["partner"] and row["state"]["channel"] == "EMAIL"
    )
    assert partner == {"friendship_agreement_proposed": 1, "friendship_agreement_negotiated": 1, "cross_region_partnership_formed": 1}


MAILED: dict[str, Counter[str]] = {  # duties and statutory notices; what merely informs stays in the inbox
    "office008@example.cn": Counter({
        "association_registered": 1, "annual_report_opened": 2, "annual_check_concluded": 2, "match_proposed": 1, "match_connected": 1,
        "investment_lead_accepted": 1, "lead_credit_assigned": 1, "rating_eligibility_confirmed": 1, "rating_publicised": 1,
        "evaluation_completed": 1, "rating_downgraded": 1, "cross_region_partnership_formed": 1,
    }),
    "founder@example.cn": Counter({"name_approved": 1, "registration_granted": 1, "certificate_issued": 1}),
    "outsider@example.cn": Counter({"match_proposed": 1, "match_connected": 1}),
    "shanghai@example.cn": Counter({"friendship_agreement_proposed": 1, "friendship_agreement_negotiated": 1, "cross_region_partnership_formed": 1}),
}  # fmt: skip


async def test_mail_arrived_once_at_each_office_that_wants_it(story: Story) -> None:
    rows = await story.zone.engine("notification").store.rows("ledger.notice", {"state.channel": "EMAIL", "state.stage": "SENT"})
    events = {row["_id"]: row["state"]["event"].split(".")[2] for row in rows}
    arrived: dict[str, Counter[str]] = {}
    for mail in story.sink.mails:
        assert len(mail.recipients) == 1
        arrived.setdefault(mail.recipients[0], Counter())[events[mail.message_id.strip("<>").split("@")[0]]] += 1

    assert arrived == MAILED
    assert len({mail.message_id for mail in story.sink.mails}) == len(story.sink.mails) == len(rows)
    assert any(NAME in mail.subject + mail.text for mail in story.sink.mails)


async def test_what_is_statutory_and_unread_goes_to_the_next_level_and_what_was_signed_for_does_not(story: Story) -> None:
    statutory = [n for n in await story.inbox(OURS) if n["category"] == "STATUTORY"]
    above = {n["id"] for n in await story.inbox(SO_ADMIN)}
    old = [n for n in statutory if n["told_at"] < "2026-06-01"]

    assert len(old) == 6
    assert all(n["escalated"] >= 1 and n["id"] in above for n in old)
    signed = next(n for n in statutory if n["event"].endswith("rating_downgraded.v1"))
    assert (signed["stage"], signed["escalated"], signed["id"] in above) == ("ACKNOWLEDGED", 0, False)


async def test_nothing_was_set_aside_anywhere(story: Story) -> None:
    assert await dead_letters(story.zone.app) == []
