"""What careful people send about places, activities and projects."""

from datetime import date, timedelta
from random import Random
from typing import Any

from services.matchmaking.activities import contest, contest_entry, exhibition
from services.matchmaking.activities.contest import contests
from services.matchmaking.activities.contest_entry import contest_entries
from services.matchmaking.activities.exhibition import exhibitions
from services.matchmaking.places import venue, venue_unit
from services.matchmaking.places.standing import Standing
from services.matchmaking.places.venue import House, venues
from services.matchmaking.places.venue_unit import venue_units
from tests.matchmaking.samples import call
from tests.walk import ASSOCIATIONS, ENTERPRISES, Hints

STRONG = Standing(known=True, name="光伏协会", active=True, grade="4A", members=90, lists=("EMERGING_IMPROVE",))
HOUSE = House(name="协会商会集聚区", venue_type="CLUSTER", zone="FTZ_XIXIAN", district="XX-FD", site="自贸大道 1 号", run_by="运营公司")


def a_house() -> Any:
    return venues.open(venue.open_(call("SO_ADMIN"), HOUSE, []), "venue-1")


def a_unit(unit_type: venue_unit.UnitType = "OFFICE") -> Any:
    """A vacant unit of the cluster in the Free Trade Zone."""
    return venue_units.open(venue_unit.list_(call("SO_ADMIN"), "venue-1", "A-101", unit_type, 80, 6000, 800, a_house(), []), "unit-1")


def offer(_: Any, dice: Random) -> dict[str, Any]:
    return {"given.house": a_house(), "given.others": []}


def still_open(_: Any, dice: Random) -> dict[str, Any]:
    return {"given.house": a_house()}


def ask(_: Any, dice: Random) -> dict[str, Any]:
    return {"unit": "unit-1", "given.asked": a_unit(), "given.house": a_house(), "given.standing": STRONG, "given.others": []}


def ask_desk(_: Any, dice: Random) -> dict[str, Any]:
    return {"unit": "unit-1", "plan": "plan-1", "given.asked": a_unit("DESK"), "given.house": a_house(), "given.others": []}


def scored(_: Any, dice: Random) -> dict[str, Any]:
    return {"service_plan_points": 18, "given.standing": STRONG}


def admitted(_: Any, dice: Random) -> dict[str, Any]:
    return {"given.asked": a_unit(), "given.house": a_house()}


def moved_in(tenancy: Any, dice: Random) -> dict[str, Any]:
    if tenancy.take_up_by is None:
        return {}
    return {"starts_on": (tenancy.take_up_by - timedelta(days=dice.choice((1, 29)))).date()}


def modest(_: Any, dice: Random) -> dict[str, Any]:
    return {"own_income": dice.choice((100_000, 100_000, 60_000_000))}


def named(_: Any, dice: Random) -> dict[str, Any]:
    return {"given.others": []}


def founded(_: Any, dice: Random) -> dict[str, Any]:
    return {"stage": "REGISTERED", "uscc": ASSOCIATIONS[1], "given.others": []}


def a_park(_: Any, dice: Random) -> dict[str, Any]:
    return {
        "operator": ENTERPRISES[0],
        "operator_tie": "PARTNER",
        "partners": (ENTERPRISES[0],),
        "district": dice.choice(("XX-FD", "XX-KG")),
    }


def a_plan(_: Any, dice: Random) -> dict[str, Any]:
    return {"activity_type": dice.choice(("FORUM", "SALON", "COMMENDATION")), "planned_on": dice.choice((date(2027, 6, 1), date(2029, 6, 1))),
            "expected": dice.choice((80, 2000))}  # fmt: skip


def papers(_: Any, dice: Random) -> dict[str, Any]:
    return {"permit": "陕评 1", "licence": "公安 1"}


def brand(_: Any, dice: Random) -> dict[str, Any]:
    return {"associations": (ASSOCIATIONS[0],), "planned_on": date(2029, 6, 1), "given.by": ASSOCIATIONS[0]}


def an_edition(_: Any, dice: Random) -> dict[str, Any]:
    series = exhibitions.open(exhibition.found(call(organisation=ASSOCIATIONS[0]), "礼品展", ("243",), []), "expo-1")
    return {"exhibition": "expo-1", "edition": 3, "planned_from": date(2029, 4, 1), "planned_to": date(2029, 4, 4), "given.series": series,
            "given.others": [], "given.by": ASSOCIATIONS[0]}  # fmt: skip


def opened_and_closed(_: Any, dice: Random) -> dict[str, Any]:
    return {"held_from": date(2026, 3, 1), "held_to": date(2026, 3, 1)}


def figures(_: Any, dice: Random) -> dict[str, Any]:
    return {"area_m2": 20_000, "booths": 900, "exhibitors": 600, "pro_buyers": 20_000, "turnover": 10**11}


def audited(_: Any, dice: Random) -> dict[str, Any]:
    return {"figures": figures(_, dice)}


def a_contest(_: Any, dice: Random) -> dict[str, Any]:
    prizes = ({"rank": 1, "name": "一等奖", "amount": 20_000_000}, {"rank": 2, "name": "二等奖", "amount": 10_000_000, "places": 2})
    return {"prizes": prizes, "opens_on": date(2029, 3, 1), "closes_on": date(2029, 3, 31)}


def findings(_: Any, dice: Random) -> dict[str, Any]:
    entered = contest_entries.open(
        contest_entry.enter(call("ENTERPRISE"), "contest-1", "t", "5631", 5, "s", an_open_contest(), []), "entry-1"
    )
    entries = [entered.model_copy(update={"id": id_}) for id_ in ("entry-1", "entry-2")]
    return {"ranking": ({"entry": "entry-1", "rank": 1}, {"entry": "entry-2", "rank": 3}), "given.entries": entries}


def talent(_: Any, dice: Random) -> dict[str, Any]:
    return {"entry": "entry-1", "employer": ENTERPRISES[0]}


def come(_: Any, dice: Random) -> dict[str, Any]:
    return {"arrived": 1}


def brought(_: Any, dice: Random) -> dict[str, Any]:
    return {"employer": ENTERPRISES[0], "persons": dice.randint(1, 5), "talent_type": "DOCTOR"}


def an_open_contest() -> contest.Contest:
    prize = contest.Prize(rank=1, name="一等奖", amount=20_000_000)
    told = contest.announce(call("SO_ADMIN"), "创新创业大赛", "REGIONAL", (prize,), date(2026, 3, 10), date(2099, 3, 31))
    of = contests.open(told, "contest-1")
    return contests.evolve(of, [contest.open_(of, call("CLOCK"))])


def an_entry(_: Any, dice: Random) -> dict[str, Any]:
    return {"contest": "contest-1", "given.of": an_open_contest(), "given.others": []}


def results(entry: Any, dice: Random) -> dict[str, Any]:
    won = dice.choice((entry.id, "another"))
    return {"about": entry.contest, "awards": ({"entry": won, "rank": 1, "amount": 100},)}


def served(_: Any, dice: Random) -> dict[str, Any]:
    return {"held_on": date(2026, 3, 1), "volunteers": 20, "hours": 60, "beneficiaries": 300}


def a_standard(_: Any, dice: Random) -> dict[str, Any]:
    return {"level": "NATIONAL", "given.others": []}


def comments(_: Any, dice: Random) -> dict[str, Any]:
    return {"until": date(2040, 1, 1) if dice.random() < 0.2 else date(2029, 1, 1)}


def published(_: Any, dice: Random) -> dict[str, Any]:
    return {"code": "GB/T 40204-2021", "published_on": date(2026, 3, 1), "given.others": []}


def abolished(project: Any, dice: Random) -> dict[str, Any]:
    return {"abolished_on": project.published_on}


def shares(_: Any, dice: Random) -> dict[str, Any]:
    parties = (
        {"organisation": ASSOCIATIONS[0], "permille": 600},
        {"organisation": dice.choice((ENTERPRISES[0], ASSOCIATIONS[1])), "permille": 400},
    )
    return {"partners": parties, "district": "XX-FD", "given.by": ASSOCIATIONS[0]}  # fmt: skip


def began(_: Any, dice: Random) -> dict[str, Any]:
    return {"launched_on": date(2026, 3, 1), "given.by": ASSOCIATIONS[0]}


def works(_: Any, dice: Random) -> dict[str, Any]:
    return {"commissioned_on": date(2026, 3, 2), "users": 40, "given.by": ASSOCIATIONS[0]}


def sent(_: Any, dice: Random) -> dict[str, Any]:
    first = dice.choice((date(2026, 4, 1), date(2030, 4, 1)))
    return {"host": ASSOCIATIONS[1], "starts_on": first, "ends_on": first + timedelta(days=90), "given.by": ASSOCIATIONS[0]}


HINTS: Hints = {
    "matchmaking.projects.standard_project.join": a_standard,
    "matchmaking.projects.standard_project.invite_comments": comments,
    "matchmaking.projects.standard_project.claim_publication": published,
    "matchmaking.projects.standard_project.abolish": abolished,
    "matchmaking.projects.joint_project.propose": shares,
    "matchmaking.projects.joint_project.launch": began,
    "matchmaking.projects.joint_project.commission": works,
    "matchmaking.projects.exchange_placement.propose": sent,
    "matchmaking.activities.association_activity.plan": a_plan,
    "matchmaking.activities.association_activity.replan": a_plan,
    "matchmaking.activities.association_activity.submit_filing": papers,
    "matchmaking.activities.brand_event.plan": brand,
    "matchmaking.activities.exhibition_edition.plan": an_edition,
    "matchmaking.activities.exhibition_edition.record_held": opened_and_closed,
    "matchmaking.activities.exhibition_edition.report": figures,
    "matchmaking.activities.exhibition_edition.audit": audited,
    "matchmaking.activities.contest.announce": a_contest,
    "matchmaking.activities.contest.judge": findings,
    "matchmaking.activities.contest.introduce_talent": talent,
    "matchmaking.activities.talent_introduction.enter": brought,
    "matchmaking.activities.talent_introduction.confirm": come,
    "matchmaking.activities.talent_introduction.record_confirmation": come,
    "matchmaking.activities.contest_entry.enter": an_entry,
    "matchmaking.activities.contest_entry.hear_result": results,
    "matchmaking.activities.governance_activity.record_held": served,
    "matchmaking.places.venue_unit.list": offer,
    "matchmaking.places.venue_unit.offer_again": still_open,
    "matchmaking.places.venue_unit.vacate": still_open,
    "matchmaking.places.tenancy.hear_registered": founded,
    "matchmaking.places.tenancy.apply": ask,
    "matchmaking.places.tenancy.ask_for_desk": ask_desk,
    "matchmaking.places.tenancy.review": scored,
    "matchmaking.places.tenancy.approve": admitted,
    "matchmaking.places.tenancy.start": moved_in,
    "matchmaking.places.tenancy.review_year": modest,
    "matchmaking.places.tenancy.note_registered": named,
    "matchmaking.places.park_project.propose": a_park,
    "matchmaking.places.park_project.revise": a_park,
}
