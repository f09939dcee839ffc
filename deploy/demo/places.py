"""Where the associations of the demo sit, what they hold, and the conference at which they meet the firms (R46, R21, R57, R56).

A dozen commands; whoever is interrupted finds what was there.
"""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from deploy.demo.platform import Json, Who
from shared.record import SHANGHAI

if TYPE_CHECKING:
    from deploy.demo.load import Story

SO_ADMIN = Who("SO_ADMIN", "dept:so-admin")
INVEST = Who("INVEST_DEPT", "dept:invest")
HOUSE = "西咸自贸协会商会集聚区"
FORUM, CONTEST, CONFERENCE = "西咸航空物流产业论坛", "西咸新区创新创业大赛", "西咸新区产业链对接会"
TENANT = "西咸新区航空物流协会"  # on a development list, which its score of admission counts (domain §5.4)


async def open_the_house(story: "Story") -> None:
    """A cluster in the Free Trade Zone (R61): an office for an association, a desk for one that is being founded."""
    venues = await story.there("matchmaking/venues", lambda r: r["house"]["name"])
    house = {
        "name": HOUSE,
        "venue_type": "CLUSTER",
        "zone": "FTZ_XIXIAN",
        "district": "XX-KG",
        "site": "自贸大道 1 号",
        "run_by": "园区运营公司",
    }
    venue = venues.get(HOUSE) or await story.tell(SO_ADMIN, "matchmaking/venues", house, HOUSE)
    tenant = next(a for a in story.zone.associations if a.name == TENANT)
    plans = {p["name"]: p["id"] for p in await story.platform.all(SO_ADMIN, "registry/formation-plans")}
    founding = story.zone.planned[0]
    offers: list[tuple[str, str, int, Who, str, Json]] = [
        ("A-101", "OFFICE", 80, Who("ASSOCIATION", tenant.uscc), "", {}),
        ("B-01", "DESK", 6, SO_ADMIN, ":ask_for_desk", {"plan": plans[founding.name], "name": founding.name}),
    ]
    units = await story.there("matchmaking/venue-units", lambda r: r["number"])
    tenancies = await story.there("matchmaking/tenancies", lambda r: r["unit"])
    for number, unit_type, area, who, way, more in offers:
        listed = {
            "venue": venue["id"], "number": number, "unit_type": unit_type, "area_m2": area, "rent_list_price": 6000, "property_fee": 800
        }  # fmt: skip
        unit = units.get(number) or await story.tell(SO_ADMIN, "matchmaking/venue-units", listed, number)
        form = {"unit": unit["id"], "service_plan": "每月一次政策宣讲，每季一次会员对接", **more}
        asked = tenancies.get(unit["id"]) or await story.tell(who, f"matchmaking/tenancies{way}", form, number, not_yet=("not_active",))
        at, late = f"matchmaking/tenancies/{asked['id']}", ("wrong_stage",)
        await story.tell(SO_ADMIN, f"{at}:review", {"service_plan_points": 20, "opinion": "服务计划可行"}, number, unless=late)
        await story.tell(SO_ADMIN, f"{at}:approve", {}, number, unless=late)
        signed = {"agreement": f"{number}/agreement.pdf", "starts_on": story.day(75)}
        await story.tell(SO_ADMIN, f"{at}:start", signed, number, unless=late)


async def announce(story: "Story") -> None:
    """A forum that is filed before it is held, and a contest that opens the day after."""
    ahead, tenant = story.length - 30, Who("ASSOCIATION", next(a.uscc for a in story.zone.associations if a.name == TENANT))
    if FORUM not in await story.there("matchmaking/activities", lambda r: r["plan"]["title"]):
        plan = {"title": FORUM, "activity_type": "FORUM", "planned_on": story.day(ahead + 40), "place": "空港会展中心", "expected": 200}
        made = await story.tell(tenant, "matchmaking/activities", plan, f"{FORUM}/{ahead}")
        at = f"matchmaking/activities/{made['id']}"
        await story.tell(tenant, f"{at}:submit_filing", {}, FORUM)
        await story.tell(SO_ADMIN, f"{at}:accept_filing", {"filing_no": "西咸社组备 1 号"}, FORUM)
    if CONTEST not in await story.there("matchmaking/contests", lambda r: r["title"]):
        prizes = [{"rank": 1, "name": "一等奖", "amount": 20_000_000}, {"rank": 2, "name": "二等奖", "amount": 10_000_000, "places": 2}]
        days = {"opens_on": story.day(ahead + 1), "closes_on": story.day(ahead + 60)}
        await story.tell(
            SO_ADMIN, "matchmaking/contests", {"title": CONTEST, "scope": "REGIONAL", "prizes": prizes, **days}, f"{CONTEST}/{ahead}"
        )


async def bring_together(story: "Story") -> None:
    """A firm enters the contest; the eight named associations and two dozen firms are invited to a conference, and it is arranged."""
    firms = [f.uscc for f in story.zone.enterprises if f.speaks][:24]
    if not await story.there("matchmaking/contest-entries", lambda r: r["title"]):
        contest = next(c for c in await story.platform.all(SO_ADMIN, "matchmaking/contests") if c["title"] == CONTEST)
        entry = {"contest": contest["id"], "title": "低空物流无人机", "gbt4754": "5631", "team": 5, "summary": "面向空港的末端配送"}
        await story.tell(Who("ENTERPRISE", firms[0]), "matchmaking/contest-entries", entry, firms[0], not_yet=("contest_not_open",))
    there = await story.there("matchmaking/conferences", lambda r: r["programme"]["title"])
    begins = datetime.combine((story.begin + timedelta(days=story.length + 14)).date(), time(9), SHANGHAI)
    programme = {
        "title": CONFERENCE, "venue": "空港会展中心", "starts_at": begins.isoformat(), "slots": 6, "tables": 8,
        "associations": [{"association": a.uscc} for a in story.zone.associations if a.founded_in_demo],
        "enterprises": [{"enterprise": uscc, "meetings": 2} for uscc in firms],
    }  # fmt: skip
    planned = there.get(CONFERENCE) or await story.tell(INVEST, "matchmaking/conferences", programme, f"{CONFERENCE}/{begins.date()}")
    at = f"matchmaking/conferences/{planned['id']}"
    await story.tell(INVEST, f"{at}:invite", {}, CONFERENCE, unless=("wrong_stage",))
    if not planned["arrangement"]:
        await story.tell(INVEST, f"{at}:arrange", {}, CONFERENCE)
