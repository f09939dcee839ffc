"""What becomes of associations after their founding (R1–R4, R7, R13; domain §3.3): over the running system, by the public API alone.

Three are founded, two want the same name at once, one moves to a new city, and one is merged into another, which answers for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.local import Endpoints
from services.__main__ import services
from tests.journeys.rest import rest
from tests.registry.examples import papers_for
from tests.shared.conftest import NOW, Zone, running

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
Json = dict[str, Any]
AIR, RAIL, WINE = "51611100PDY000087D", "51611100PDY0000440", "51611100PDY00001XA"
FOUNDERS = {AIR: "91611100PDY00001X6", RAIL: "91611100PDY0000286", WINE: "91611100PDY0000361"}
NAMES = {AIR: "西咸新区航空物流协会", RAIL: "西咸新区铁路货运协会", WINE: "西咸新区葡萄酒商会"}
APPROVAL = ("REG_AUTHORITY", "dept:approval")
TODAY = NOW.date().isoformat()


class Office:
    """The running platform, and who asks."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    async def post(self, who: tuple[str, ...], path: str, body: Json | None = None) -> httpx.Response:
        return await self.zone.client.post(f"/registry/{path}", json=body or {}, headers=self.zone.head(*who))

    async def tell(self, who: tuple[str, ...], path: str, body: Json | None = None) -> Json:
        answer = await self.post(who, path, body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def ask(self, path: str, who: tuple[str, ...] | None = None) -> httpx.Response:
        return await self.zone.client.get(f"/registry/{path}", headers=self.zone.head(*who) if who else {})

    async def quiet(self) -> None:
        await rest(self.zone.app)

    async def found(self, uscc: str, person: int) -> None:
        firm = ("ENTERPRISE", FOUNDERS[uscc])
        fic = NAMES[uscc].endswith("商会")
        form = {
            "kind": "CHAMBER" if fic else "INDUSTRY_ASSOCIATION", "name": NAMES[uscc], "level": "NEW_AREA", "district": "XX", "so_category": "01",
            "gbt4754": ["58"], "scope": "行业服务", "purpose": "服务会员", "domicile": "示范路 1 号", "territory": "西咸新区",
            "legal_representative": f"00000000-0000-4000-8000-{person:012d}", "regime": "WENZHOU_FIC" if fic else "XIXIAN_CURRENT",
        }  # fmt: skip
        at = f"registration-cases/{(await self.tell(firm, 'registration-cases', form))['id']}"
        await self.tell(APPROVAL, f"{at}:approve_name")
        kinds = ("APPLICATION_FORM", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER")
        papers = [{"kind": k, "document": f"{k}.pdf"} for k in kinds]
        await self.tell(
            firm, f"{at}:submit_papers", {"papers": papers, "unit_members": 30, "individual_members": 0, "registered_fund": 3_000_000}
        )
        if fic:
            await self.tell(("FIC", "dept:fic"), f"{at}:consent", {"document": "1号"})
        await self.tell(APPROVAL, f"{at}:seek_opinions")
        await self.tell(("INDUSTRY_DEPT", "dept:industry"), f"{at}:give_opinion", {"opinion": "FOR"})
        await self.tell(APPROVAL, f"{at}:grant", {"basis": "条例", "necessity": "行业需要"})
        await self.tell(APPROVAL, f"{at}:issue_certificate", {"uscc": uscc})
        await self.tell(APPROVAL, f"{at}:file", {"filings": ["SEAL", "BANK", "OFFICERS"]})


def documents(*asked: Any) -> list[Json]:
    return [p.model_dump() for p in papers_for(*asked)]


@pytest.fixture(scope="module")
async def office(stack: Endpoints) -> AsyncIterator[Office]:
    async for zone in running(services(), stack, clock=NOW):
        one = Office(zone)
        for n, uscc in enumerate(NAMES, 1):
            await one.found(uscc, n)
        await one.quiet()
        yield one


async def test_the_regimes_that_came_with_the_platform_are_published_and_the_draft_is_not(office: Office) -> None:
    page = (await office.ask("registration-regimes")).json()
    assert {r["regime_code"]: r["stage"] for r in page["items"]} == {
        "DUAL": "IN_FORCE", "DIRECT": "IN_FORCE", "WENZHOU_FIC": "IN_FORCE", "SHANGHAI_TERNARY": "IN_FORCE", "XIXIAN_CURRENT": "IN_FORCE",
        "AMEND_2026": "DRAFT",
    }  # fmt: skip


async def test_a_chamber_under_the_federation_has_joined_it_and_each_founding_is_announced(office: Office) -> None:
    joined = (await office.ask("fic-memberships", ("FIC", "dept:fic"))).json()["items"]
    assert [(m["association"], m["stage"]) for m in joined] == [(WINE, "ACTIVE")]
    notices = (await office.ask("public-notices?subject=FOUNDING")).json()["items"]
    assert {n["name"] for n in notices} == set(NAMES.values())
    wine = (await office.ask(f"associations/{WINE}", APPROVAL)).json()
    assert (wine["affiliation"], wine["change_consent_role"], wine["annual_first_review"]) == ("FIC", "FIC", "FIC")


async def test_of_founders_and_an_association_that_want_one_name_at_once_at_most_one_gets_it(office: Office) -> None:
    """Five names, each wanted by both at the same moment."""
    for n in range(5):
        name = f"西咸新区临空{'甲乙丙丁戊'[n]}业协会"
        firm, air = ("ENTERPRISE", FOUNDERS[RAIL]), ("ASSOCIATION", AIR)
        form = {
            "kind": "INDUSTRY_ASSOCIATION", "name": name, "level": "NEW_AREA", "district": "XX", "so_category": "01", "gbt4754": ["56"], "scope": "行业服务",
            "purpose": "服务会员", "domicile": "示范路 1 号", "territory": "西咸新区", "legal_representative": f"00000000-0000-4000-8000-{100 + n:012d}",
        }  # fmt: skip
        change = {"association": AIR, "items": {"name": name}, "resolved_on": TODAY}
        founding, renaming = await asyncio.gather(office.post(firm, "registration-cases", form), office.post(air, "change-cases", change))
        assert {founding.status_code, renaming.status_code} <= {201, 409}
        assert 201 in (founding.status_code, renaming.status_code)
        decisions, ours = [], []
        if founding.status_code == 201:
            ours.append((firm, f"registration-cases/{founding.json()['id']}"))
            decisions.append(
                office.post(APPROVAL, f"{ours[-1][1]}:approve_name", {"acknowledged": [s["name"] for s in founding.json()["similar"]]})
            )
        if renaming.status_code == 201:
            ours.append((air, f"change-cases/{renaming.json()['id']}"))
            await office.tell(air, f"{ours[-1][1]}:file", {"papers": documents("CHANGE", False, ("name",))})
            decisions.append(
                office.post(APPROVAL, f"{ours[-1][1]}:register", {"acknowledged": [s["name"] for s in renaming.json()["similar"]]})
            )
        decided = await asyncio.gather(*decisions)
        assert sum(d.is_success for d in decided) <= 1, [d.text for d in decided]
        for who, at in ours:
            await office.post(who, f"{at}:withdraw", {"reason": "演练"})
        await office.quiet()  # a change that was registered has to be entered before the next is applied for


async def test_a_transfer_is_taken_over_by_the_new_city_which_sees_it_from_then_on(office: Office) -> None:
    konggang = ("NEW_CITY", "dept:XX-KG", "XX-KG")
    assert (await office.ask(f"associations/{WINE}", konggang)).status_code == 404
    form = {"association": WINE, "level": "NEW_CITY", "district": "XX-KG", "reason": "属地管理", "papers": documents("TRANSFER")}
    at = f"transfers/{(await office.tell(APPROVAL, 'transfers', form))['id']}"
    await office.tell(konggang, f"{at}:accept")
    await office.quiet()
    assert (await office.ask(at, konggang)).json()["stage"] == "COMPLETED"
    assert (await office.ask(f"associations/{WINE}", konggang)).json()["district"] == "XX-KG"
    assert (await office.ask(f"directory/{WINE}")).json()["level"] == "NEW_CITY"


async def test_a_merged_association_is_answered_for_by_the_survivor_for_good(office: Office) -> None:
    air = (await office.ask(f"associations/{AIR}", APPROVAL)).json()
    form = {"form": "MERGER", "association": RAIL, "survivor": AIR, "resolved_on": TODAY, "reason": "业务相近"}
    at = f"reorganisations/{(await office.tell(('ASSOCIATION', RAIL), 'reorganisations', form))['id']}"
    await office.tell(("ASSOCIATION", AIR), f"{at}:agree")
    await office.tell(APPROVAL, f"{at}:approve", {"papers": documents("MERGER")})
    await office.quiet()
    await office.tell(("ASSOCIATION", RAIL), f"associations/{RAIL}:finish_liquidation", {"ended_on": TODAY})
    last = {"papers": ["APPLICATION", "LIQUIDATION_REPORT"], "handed_in": ["CERTIFICATE", "SEAL", "VOUCHERS"]}
    await office.tell(APPROVAL, f"associations/{RAIL}:deregister", last)
    await office.quiet()
    for path, who in ((f"associations/{RAIL}", APPROVAL), (f"directory/{RAIL}", None)):
        answer = await office.ask(path, who)
        assert (answer.status_code, answer.headers["location"]) == (308, f"/registry/{path.replace(RAIL, AIR)}")
        followed = await office.zone.client.get(f"/registry/{path}", headers=office.zone.head(*who) if who else {}, follow_redirects=True)
        assert (followed.status_code, followed.json()["name"]) == (200, air["name"])
    told = (await office.ask(f"associations/{RAIL}/history", APPROVAL)).json()["items"]
    assert told[-1]["type"] == "registry.associations.association_merged.v1"
    assert told[-1]["data"]["merged_into"] == AIR
    then = await office.ask(f"associations/{RAIL}?version=2", APPROVAL)
    assert (then.status_code, then.json()["name"]) == (200, NAMES[RAIL])  # what it was is still told where it was
    assert (await office.ask(at, APPROVAL)).json()["stage"] == "COMPLETED"
    notices = (await office.ask("public-notices?subject=DEREGISTRATION")).json()["items"]
    assert [n["name"] for n in notices] == [NAMES[RAIL]]


async def test_nothing_was_left_lying(office: Office) -> None:
    await office.quiet()
    letters = [row["reason"] for engine in office.zone.app.state.engines.values() for row in await engine.store.rows("letters", {})]
    assert letters == []
