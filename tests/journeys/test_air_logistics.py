"""The one full story (domain §8.3): 西咸新区航空物流协会 from its founding case to the grade it loses again, over the running system.

All five services in one process over the real Kafka and MongoDB, told through the public API alone, on a clock that is moved from
September 2023 to June 2026. Every intermediate event is read back from the topics and held against the records; the effects in the
other services are read where people would read them. Of domain §8.3 two things are not told here, because the records they need come
with later issues: the award of 30 % (R40) and the consultation that is answered (R66).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import pytest

from deploy.local import Endpoints
from deploy.local.mail_sink import MailSink
from services.__main__ import services
from shared.engine import Letter
from shared.record import SHANGHAI, private
from shared.uscc import demo_code
from tests.journeys.rest import dead_letters, kinds, rest, told
from tests.shared.conftest import Zone, running

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


class Who(NamedTuple):
    role: str
    organisation: str = ""
    district: str = ""


APPROVAL, SO_ADMIN, INDUSTRY = Who("REG_AUTHORITY", "dept:approval"), Who("SO_ADMIN", "dept:so-admin"), Who("INDUSTRY_DEPT", "dept:industry")
INVEST, KONGGANG, OURS = Who("INVEST_DEPT", "dept:invest"), Who("NEW_CITY", f"dept:{CITY}", CITY), Who("ASSOCIATION", AIR)


def firm(uscc: str) -> Who:
    return Who("ENTERPRISE", uscc)


@dataclass
class Story:
    """The platform as those who act in the story see it, and what they made."""

    zone: Zone
    sink: MailSink
    ids: dict[str, str] = field(default_factory=dict)
    seats: dict[str, str] = field(default_factory=dict)  # member → membership
    made: dict[str, Json] = field(default_factory=dict)

    async def tell(self, who: Who, path: str, body: Mapping[str, Any] | None = None) -> Json:
        answer = await self.zone.client.post(path, json=dict(body or {}), headers=self.zone.head(*who))
        assert answer.is_success, f"{who.role} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def ask(self, who: Who | None, path: str, **query: Any) -> Json:
        answer = await self.zone.client.get(path, params=query, headers=self.zone.head(*who) if who else {})
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
                for chapter in (introduce, found, enrol, report_2024, join, meet, bring_lead, leave, report_2025, rate, befriend, fall):
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


def annual_report(year: int) -> Json:
    return {"chapters": [{"section": x, "document": f"air/{year}/{x.lower()}.pdf"} for x in SECTIONS], "statement": f"air/{year}/statement.pdf"}


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
    lead = await s.tell(OURS, "/matchmaking/leads", {"investor": {"name": "演示航空货运集团", "uscc": INVESTOR}, "project": project})
    s.ids["lead"], at = lead["id"], f"/matchmaking/leads/{lead['id']}"
    await s.tell(INVEST, f"{at}:answer")
    await s.day("2025-05-13")
    study = {"industry_fit": "符合临空经济方向", "market": "区域分拨需求明确", "technology": "成熟", "environment": "影响小", "energy_tce": 1200,
             "benefit": "税收与就业良好", "land_mu": 120}  # fmt: skip
    await s.tell(INVEST, f"{at}:screen", study)
    await s.day("2025-05-15")
    await s.tell(INVEST, f"{at}:accept")
    await s.day("2025-05-19")
    await s.tell(INVEST, f"{at}:negotiate", {"new_city": CITY, "minutes": "双方就选址与用地达成初步意向"})
    await s.day("2025-05-30")
    await s.tell(KONGGANG, f"{at}:sign", {"paper": "CONTRACT", "document": "air/contract.pdf", "signed_on": "2025-05-29", "contracted": 600_000_000_00})
    await s.day("2025-06-16")
    await s.tell(KONGGANG, f"{at}:register", {"company": PROJECT_COMPANY, "licensed_on": "2025-06-13"})
    await s.day("2025-07-14")
    ground = {"works": "FOUNDATION", "broke_ground_on": "2025-07-11", "investment_database_no": "XX-FAI-0001"}
    await s.tell(KONGGANG, f"{at}:start", ground)
    for who in (firm(INVESTOR), KONGGANG, INVEST):
        await s.tell(who, f"{at}:confirm_credit")


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
    await s.tell(OURS, f"{at}:submit_self_assessment", {"marks": [{"code": "4.1", "points": "55.0"}, {"code": "4.2", "points": "30.0"}], "claimed_grade": "3A"})
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
    entry = {"name": "上海西咸商会", "kind": "OUT_OF_PROVINCE_CHAMBER", "region": "31", "gbt4754": ["5821"], "goals": ["INVEST"], "members": 90}
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


async def test_probe(story: Story) -> None:
    everything = await told(story.zone.app)
    import json
    out = {f"{k[0]} {k[1]}": [x.type.split(".")[2] for x in v] for k, v in everything.items() if k[0] not in ("notification.ledger.notice", "registry.members.membership")}
    out["members"] = Counter(str([x.type.split(".")[2] for x in v]) for k, v in everything.items() if k[0] == "registry.members.membership")
    out["notices"] = Counter(str([x.type.split(".")[2] for x in v]) for k, v in everything.items() if k[0] == "notification.ledger.notice")
    out["dead"] = await dead_letters(story.zone.app)
    out["made"] = story.made
    out["counts"] = await story.ask(None, "/portal/counts")
    out["dir"] = await story.ask(None, f"/registry/directory/{AIR}")
    out["facts"] = await story.ask(SO_ADMIN, f"/evaluation/facts/{AIR}")
    out["profile"] = str(await story.zone.engine("matchmaking").store.one("profiles", AIR))
    for who in (OURS, firm(FOUNDER), SO_ADMIN, APPROVAL, INDUSTRY, INVEST, KONGGANG, firm(OUTSIDER), firm(FIRMS[5]), firm(FIRMS[100]), firm(FIRMS[125]), Who("PANEL", "panel:01"), Who("COMMITTEE", "committee:01"), firm(INVESTOR)):
        out[f"inbox {who}"] = [(n["event"].split(".")[2], n["stage"], n["recipient"] if n["recipient"] != who.organisation else "", n["escalated"]) for n in await story.inbox(who)]
    out["mails"] = Counter(m.recipients[0] for m in story.sink.mails)
    out["expl"] = await story.ask(OURS, f"/evaluation/applications/{story.ids['application']}/explanation")
    open("/tmp/probe.json", "w").write(json.dumps(out, ensure_ascii=False, indent=1, default=str))
