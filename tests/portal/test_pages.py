"""The start page, as text: whole without JavaScript, inert whatever the events say, readable for everybody."""

import re
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.portal import heard as h
from services.portal.pages import REPORT, SHOWN
from services.portal.rendering import frame
from shared.pages import HERE, POLICY
from tests.portal.conftest import Site
from tests.portal.doubles import HOSTILE, FakeEffects, hear, inert, seen

ZH = {"accept-language": "zh-CN"}
SPLIT = {"06": 27, "07": 24, "02": 26, "01": 28, "03": 4, "08": 3, "09": 2, "12": 2, "04": 1}


def registration(n: int, category: str, level: str, name: str = "", kind: str = "INDUSTRY_ASSOCIATION") -> h.AssociationRegistered:
    district = "XX" if level == "NEW_AREA" else "XX-FD"
    return h.AssociationRegistered(uscc=str(n), name=name or f"协会{n}", kind=kind, level=level, district=district, so_category=category)


async def founding_story() -> FakeEffects:
    """What the portal hears while the demo is loaded: 117 associations, 3 chambers, 13 plans."""
    effects = FakeEffects()
    categories = [c for c, n in SPLIT.items() for _ in range(n)]
    await hear(effects, *(registration(n, c, "NEW_AREA" if n < 25 else "NEW_CITY") for n, c in enumerate(categories)))
    await hear(effects, *(registration(200 + n, "01", "NEW_AREA", kind="CHAMBER") for n in range(3)))
    await hear(effects, *(h.AssociationFormationPlanned(about=str(n)) for n in range(13)))
    await hear(
        effects, h.EvaluationCompleted(about="g", association="1", grade="4A"), h.InvestmentLeadCreated(about="l", confidentiality="PUBLIC")
    )
    await hear(
        effects,
        h.CrossRegionPartnershipFormed(association="2", partner_name="温州市眼镜商会"),
        h.MatchProposed(),
        h.NoticePosted(event="evaluation.grades.evaluation_completed.v1"),
    )
    return effects


def figure(html: str, name: str) -> int:
    """The figure a page shows for a name of the counts."""
    found = re.findall(rf'data-count="{re.escape(name)}"[^>]*>(\d+)<', html)
    assert found and len(set(found)) == 1, f"{name} stands on the page, always the same"
    return int(found[0])


async def test_the_page_shows_the_figures_of_the_founding_report(site: Site) -> None:
    html = (await site(await founding_story()).get("/", headers=ZH)).text
    page = inert(html)

    assert figure(html, "register.INDUSTRY_ASSOCIATION") == REPORT.associations == 117
    assert figure(html, "register.CHAMBER") == REPORT.chambers == 3
    assert (figure(html, "levels.NEW_AREA"), figure(html, "levels.NEW_CITY")) == (REPORT.new_area, REPORT.new_cities) == (25, 92)
    assert "77 ／ 117" in page.text and "66 %" in page.text
    assert re.search(r'data-sum="plans">13<', html)
    assert 'data-count="leads.LEAD">&lt;5<' in html, "one lead is never shown as one (domain §7.5)"
    for name in ("grades.4A", "partnerships.FORMED", "matches.PROPOSED", "notices.POSTED"):
        assert figure(html, name) == 1
    assert figure(html, "topics.registry/associations") == 120


async def test_the_latest_events_stand_on_the_page_newest_first(site: Site) -> None:
    html = (await site(await founding_story()).get("/", headers=ZH)).text
    lines = re.findall(r'<li class="t-\w+"><time datetime="[^"]+">([^<]+)</time> <span dir="auto">([^<]+)</span>', html)

    assert lines[0] == ("2026-03-02 12:00:00", "协会2与温州市眼镜商会结为友好商会")
    assert len(lines) == SHOWN


async def test_before_anything_is_loaded_it_says_so(site: Site) -> None:
    empty = inert((await site().get("/", headers=ZH)).text)
    loaded = (await site(await founding_story()).get("/", headers=ZH)).text

    assert "还没有事件" in empty.text
    assert re.search(r'id="nothing"[^>]* hidden', loaded)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_only_ever_text(site: Site, name: str) -> None:
    effects = FakeEffects()
    await hear(effects, registration(1, "06", "NEW_CITY", name), h.CrossRegionPartnershipFormed(association="1", partner_name=name))
    await hear(effects, h.EvaluationCompleted(about="g", association="1", grade=name), h.LeadStageAdvanced(about="l", stage=name))

    for language in ("zh-CN", "en"):
        clean = inert((await site(effects).get("/", headers={"accept-language": language})).text)
        tags = inert((await site(FakeEffects()).get("/", headers={"accept-language": language})).text).tags
        assert set(clean.tags) <= {*tags, "li", "time"}


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/registry", "/docs/portal"])
async def test_every_page_carries_the_strict_policy(site: Site, path: str) -> None:
    answer = await site().get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))

    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'" and policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'" and policy["connect-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in POLICY and "*" not in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "accepted", "tag", "heading"),
    [("", "", "zh-CN", "行业协会商会协同平台"), ("?lang=en", "zh-CN", "en", "Guildhall"), ("", "en-GB", "en", "Guildhall"), ("?lang=zh", "en", "zh-CN", "行业协会商会协同平台")],
)  # fmt: skip
async def test_the_language_is_chinese_unless_asked_otherwise(site: Site, query: str, accepted: str, tag: str, heading: str) -> None:
    answer = await site().get(f"/{query}", headers={"accept-language": accepted})

    assert f'<html lang="{tag}">' in answer.text and f"<h1>{heading}</h1>" in answer.text
    assert answer.headers["content-language"] == tag and answer.headers["vary"] == "Accept-Language"


async def test_a_chosen_language_goes_along_with_the_links(site: Site) -> None:
    assert "/docs/registry?lang=en" in seen((await site().get("/?lang=en", headers=ZH)).text).loads


@pytest.mark.parametrize(("profile", "marked"), [("demo", True), ("test", False), ("production", False)])
async def test_a_demo_is_marked_as_one_and_nothing_else_is(site: Site, profile: str, marked: bool) -> None:
    for path in ("/", "/docs"):
        text = (await site(profile=profile).get(path, headers=ZH)).text
        assert ('class="watermark"' in text, "演示" in text) == (marked, marked)


async def test_without_the_database_the_page_stands_and_says_so(site: Site) -> None:
    answer = await site(away=AutoReconnect).get("/", headers=ZH)

    assert answer.status_code == 200
    assert re.search(r'id="stale" class="warning" role="alert">', answer.text)


async def test_without_javascript_the_page_reloads_itself_until_told_not_to(site: Site) -> None:
    client = site()

    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in (await client.get("/")).text
    assert "http-equiv" not in (await client.get("/?refresh=off")).text


async def test_all_it_loads_is_there_and_may_be_kept(site: Site) -> None:
    client = site()
    assets = [a for a in seen((await client.get("/")).text).loads if a.startswith("/static/")]

    assert {a.split("?")[0] for a in assets} == {"/static/mark.svg", "/static/house.css", "/static/start.css", "/static/start.js"}
    for address in assets:
        answer = await client.get(address)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert (await client.get("/static/start.css")).headers["cache-control"] == "no-cache"
    assert (await client.head("/")).status_code == 200


@pytest.mark.parametrize("name", ["..%2fpages.py", "pages.py", "%2e%2e%2fdata%2ffounding_report.yaml", "start.css%00", "nothing.js"])
async def test_no_other_file_leaves_the_house(site: Site, name: str) -> None:
    answer = await site().get(f"/static/{name}")

    assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_styles_and_scripts_fetch_nothing_from_elsewhere() -> None:
    for file in (f for home in frame.homes for f in (home / "static").iterdir()):
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]|@import|url\((?!\"demo\.svg\")", re.sub(r"^//.*$", "", text, flags=re.MULTILINE)), (
            file.name
        )


def test_the_script_writes_text_only() -> None:
    script = (frame.homes[0] / "static" / "start.js").read_text("utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|setTimeout\(\s*[\"']", script)


# ── contrast (WCAG 2.2, 1.4.3): 4.5 to 1 for text ─────────────────────────────────────────────────
def schemes() -> list[Any]:
    css = (HERE / "static" / "house.css").read_text("utf-8")
    light, dark = (dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2])
    texts = ("ink", "soft", "link", "registry", "evaluation", "matchmaking", "notification", "portal")
    return [
        pytest.param({**light, **d}[t], {**light, **d}[g], id=f"{s}-{t}-on-{g}")
        for s, d in (("light", {}), ("dark", dark))
        for t in texts
        for g in ("paper", "card")
    ]


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("text", "ground"), schemes())
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    high, low = sorted((luminance(text), luminance(ground)), reverse=True)

    assert (high + 0.05) / (low + 0.05) >= 4.5
