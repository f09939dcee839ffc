"""The register's pages: whole without JavaScript, in both languages, inert whatever stands in the register or the address."""

import re
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.registry.directory import search
from services.registry.directory.listing import FACETS
from services.registry.directory.views import FIELDS as PUBLISHED
from services.registry.pages import routes as r
from services.registry.pages import words as w
from shared.uscc import demo_code
from tests.portal.doubles import HOSTILE, Seen, seen
from tests.registry.examples import AI, AIR, PERSON
from tests.registry.pages.conftest import CAR, GONE, OLD, Shelf, Site, Sites, hear, registered

ONE = f"/pages/associations/{AIR}"
PUBLIC = (
    "/pages",
    ONE,
    f"/pages/associations/{GONE}",
    f"{ONE}?as_of=2025-01-01",
    "/pages/coverage",
    "/pages/associations/none",
    "/pages/statistics",
)
GUARDED = ("/pages/statistics", "/pages/dormant", f"/pages/associations/{CAR}/dossier")


def calm(html: str) -> Seen:
    """The page, after making sure that nothing in it acts but forms that ask by address and the one that objects, and that its outline is whole."""
    found = seen(html)
    assert set(found.acts) <= {"<form>"}
    assert not re.search(
        r"<form(?![^>]*method=\"(?:get\"|post\" action=\"/registry/pages/associations/[0-9A-Z]{18}/objections[?#]))|<script", html
    )
    assert [a for a in found.loads if not re.match(r"(/(?!/)|#|https://example\.org/)", a)] == []
    assert len(set(found.ids)) == len(found.ids), "ids are unique"
    assert set(found.refers) <= set(found.ids), "labels refer to something"
    assert found.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(found.headings, found.headings[1:], strict=False)), "no heading level is skipped"
    assert {"header", "main", "nav", "footer"} <= set(found.tags)
    assert found.tags.count("table") == found.tags.count("caption"), "every table says what it is"
    controls = re.findall(r'<(?:input|select)(?![^>]*type="(?:hidden|checkbox)")[^>]* id="([^"]+)"', html)
    assert set(controls) <= set(re.findall(r'<label for="([^"]+)"', html)), "every field has its label"
    assert '<a class="skip" href="#content">' in html
    return found


def results(html: str) -> list[str]:
    """The codes in the table of results."""
    return re.findall(r"</bdi></a> <code>([^<]+)</code>", html)


# ── search ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PUBLIC)
async def test_every_page_is_calm_whole_and_in_the_language_asked_for(site: Site, path: str, lang: str) -> None:
    answer = await site.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")

    page = calm(answer.text)
    assert (
        answer.headers["content-language"] == {"zh": "zh-CN", "en": "en"}[lang]
        and "unsafe" not in answer.headers["content-security-policy"]
    )
    assert f'<html lang="{answer.headers["content-language"]}">' in answer.text
    led = [a for a in re.findall(r'<a [^>]*href="([^"]+)"', answer.text) if a.startswith(("/registry/pages", "/docs"))]
    assert [a for a in led if f"lang={lang}" not in a] == [a for a in led if f"lang={'en' if lang == 'zh' else 'zh'}" in a] != [], (
        "the language goes along, but for one link"
    )
    assert page.text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("", {AIR, AI, CAR, OLD}), ("?q=空物流", {AIR}), ("?q=&level=NEW_CITY", {AIR}), ("?gbt4754=36", {CAR}), ("?grade=4A", {AIR}), ("?listing=ABNORMAL", {CAR}),
     ("?status=DEREGISTERED", {GONE}), ("?status=DEREGISTERED&status=ACTIVE", {GONE, AIR}), ("?code=" + CAR[:16].lower(), {CAR}), ("?q=查无此会", set())],
)  # fmt: skip
async def test_the_form_asks_what_the_api_asks_and_shows_the_same(site: Site, asked: str, expected: set[str]) -> None:
    page, data = await site.get(f"/pages{asked}"), await site.get(f"/directory{asked}")

    assert set(results(page.text)) == {i["uscc"] for i in data.json()["items"]} == expected
    assert ("缩短名称关键字" in page.text) == (not expected), "an empty result says what to try"


async def test_each_facet_leads_with_its_number_to_that_many(site: Site) -> None:
    html = (await site.get("/pages?q=协会&lang=zh")).text
    drawn = re.findall(r'<li><a href="(/registry/pages\?[^"]+)"[^>]*>([^<]+)</a> <b>(\d+)</b>', html)
    assert {"新区本级", "空港新城", "4A", "未评级", "活动异常名录", "已注销"} <= {label for _, label, _ in drawn}
    for place, label, n in drawn:
        there = (await site.client.get(place.replace("&amp;", "&"))).text
        assert len(results(there)) == int(n), label
        assert 'aria-current="true"' in there, "the choice is marked and can be taken back"


async def test_where_too_many_fit_to_count_them_the_page_says_at_least(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "至少" not in (await site.get("/pages?q=协会&lang=zh")).text
    monkeypatch.setattr(search, "COUNTED", 2)
    html = (await site.get("/pages?q=协会&lang=zh")).text
    calm(html)
    assert re.search(r"至少 \d+ 条结果", html) and "各数字均为“至少”" in html
    assert len(results(html)) == 4, "every entry is shown all the same"


async def test_a_page_leads_to_the_next_and_back_to_the_first(site: Site) -> None:
    seen_: list[str] = []
    place: str | None = "/registry/pages?limit=2&q=协会&lang=en"
    while place:
        html = (await site.client.get(place)).text
        seen_ += results(html)
        assert "in the order of their credit codes" in html
        assert ('rel="first"' in html) == (len(seen_) > 2)
        found = re.search(r'href="([^"]+)" rel="next"', html)
        place = found[1].replace("&amp;", "&") if found else None
    assert seen_ == sorted((AIR, AI, CAR, OLD))
    assert "没有更多条目" in (await site.get("/pages?after=zzzz")).text


async def test_an_empty_register_says_that_it_is_empty(sites: Sites) -> None:
    html = (await sites(Shelf()).get("/pages")).text
    assert "名录中尚无登记" in html and "尚未发布快照" in html and "缩短名称关键字" not in html


async def test_the_same_result_is_had_as_json_and_csv_and_the_snapshot_with_its_hash(site: Site) -> None:
    html = (await site.get("/pages?q=协会&level=NEW_AREA&limit=20")).text
    json_, csv = (a.replace("&amp;", "&") for a in re.findall(r'href="(/registry/directory\?[^"]+)"', html))
    assert [i["uscc"] for i in (await site.client.get(json_)).json()["items"]] == results(html)
    table = await site.client.get(csv)
    assert table.headers["content-type"].startswith("text/csv") and all(code in table.text for code in results(html))
    assert "a" * 64 in html and "b" * 64 in html and "2026-03-02 09:00" in html


WRONG = (
    "?grade=9A", "?district=610102", "?q=%00", "?q=" + "长" * 101, "?status=x", "?after[$gt]=1", "?limit=0", "?limit=many", "?gbt4754=36;", "?code=%24ne",
    "?q=a%E2%80%AEb", "?q=%ED%A0%80%00", "?after=" + "a" * 201, "?nothing=1", "?level=NEW_AREA&level=NEW_CITY", "?total=maybe", "?q=%22%3E%3Cimg%20src=x%3E%00",
)  # fmt: skip


@pytest.mark.parametrize("asked", WRONG)
async def test_what_is_no_question_is_answered_in_the_page(site: Site, asked: str) -> None:
    answer = await site.get(f"/pages{asked}")

    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert calm(answer.text).tags.count("img") == 1, "the mark of the house, and none that was asked for"
    assert (await site.get(f"/directory{asked}")).status_code == 422, "as the API answers"


async def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(site: Site) -> None:
    html = (await site.get("/pages?gbt4754=3x&q=%22%3E%3Csvg onload=1%3E&lang=en")).text

    assert re.search(r'id="f-gbt4754"[^>]*value="3x"[^>]*aria-invalid="true"[^>]*aria-describedby="w-gbt4754 h-gbt4754"', html)
    assert 'id="w-gbt4754"' in html and 'href="#f-gbt4754"' in html
    assert 'value="&#34;&gt;&lt;svg onload=1&gt;"' in html


@pytest.mark.parametrize(
    "asked", ["?q=%ED%A0%80", "?q=%F0%28%8C%28", "?lang=%00", "?lang=xx&lang=en", "?q=.*", "?after=%00", "?q=%F0%A0%AE%B7"]
)
async def test_strange_but_lawful_questions_are_answered(site: Site, asked: str) -> None:
    assert (await site.get(f"/pages{asked}")).status_code in (200, 422)


async def test_a_hostile_name_is_only_ever_text(site: Site, sites: Sites) -> None:
    names = {demo_code("51611100", n): name for n, name in enumerate((*HOSTILE, "长" * 3000, "\ud800孤", "A/B协会", "\x00\x07"), 500)}
    shelf = await hear(Shelf(), *(registered(code, name, domicile=name, scope=name) for code, name in names.items()))
    for code, name in names.items():
        title, report = (
            {"name": name, "grantor": name, "granted_on": "2025-05-05"},
            {"year": 2025, "document": name, "url": name, "published_on": "2025-06-06"},
        )
        shelf.update("public_duties", code, {"$set": {"titles.t": title, "csr_reports.2025": report}})
    hostile = sites(shelf)
    usual = {p: {*seen((await site.get(p)).text).tags, "p", "strong"} for p in ("/pages", ONE)}

    assert set(calm((await hostile.get("/pages?limit=200")).text).tags) <= usual["/pages"]
    for code, name in names.items():
        answer = await hostile.get(f"/pages/associations/{code}")
        assert answer.status_code == 200
        assert set(calm(answer.text).tags) <= usual[ONE], f"no tag but those of the page: {name[:40]!r}"
        assert name != "A/B协会" or name in answer.text, "a slash in a name is no list of codes"


# ── one association ───────────────────────────────────────────────────────────────────────────────
async def test_an_entry_shows_every_published_field_and_nothing_else(site: Site) -> None:
    html = (await site.get(ONE)).text

    shown = {*r.ITEMS, *r.RATING, *r.OF_ENTRY, *r.OF_DUTIES}
    answered = {"service_commitments": "commitments", "social_responsibility_reports": "csr_reports"}  # told whole in the duties
    assert {answered.get(f, f) for f in PUBLISHED} <= shown
    for name in shown - {"ended_on"}:
        assert w.FIELDS[name][1] in html, name
    assert "30,000.50 元" in html and "4A" in html and "西咸示范商会" in html and "合格" in html
    assert PERSON not in html and "name_claim" not in html and "marks" not in html
    assert 'href="https://example.org/章程" rel="noopener noreferrer nofollow"' in html
    assert 'href="javascript' not in html
    fined = (await site.get(f"/pages/associations/{CAR}")).text
    assert "10,000.50 元" in fined and "西罚〔2026〕1号" in fined and "无法取得联系" in fined and "已被列入信用名单" in fined


async def test_an_entry_is_found_however_its_code_is_written(site: Site) -> None:
    for written in (AIR.lower(), f"{AIR[:8]}-{AIR[8:]}"):
        assert (await site.get(f"/pages/associations/{written}")).status_code == 200
    for unknown in ("51100000500009247D", "%24ne", "x" * 300, "%00", "%ED%A0%80", "a/b/c"):
        answer = await site.get(f"/pages/associations/{unknown}")
        assert answer.status_code == 404 and "名录中查无此组织" in calm(answer.text).text


async def test_a_merged_one_sends_on_for_good_and_one_struck_off_says_so(site: Site) -> None:
    gone, api = await site.get(f"/pages/associations/{OLD}?lang=en"), await site.get(f"/directory/{OLD}")
    assert (gone.status_code, api.status_code) == (308, 308)
    assert gone.headers["location"] == f"/registry/pages/associations/{AIR}?lang=en"
    ended = await site.get(f"/pages/associations/{GONE}")
    assert (ended.status_code, (await site.get(f"/directory/{GONE}")).status_code) == (200, 200)
    assert "已注销" in ended.text and "2026-02-03" in ended.text and "已不在册" in ended.text


async def test_a_day_of_the_past_is_told_as_it_was_and_as_it_was_known(site: Site) -> None:
    async def name(asked: str) -> str:
        html = (await site.get(f"{ONE}?{asked}")).text
        calm(html)
        return re.search(r"<h1[^>]*>([^<]*)</h1>", html)[1]  # type: ignore[index]

    assert await name("as_of=2025-03-01") == "西咸新区航空物流协会"
    assert await name("as_of=2025-03-02") == "西咸新区空港物流协会", "true from that day"
    assert await name("as_of=2025-03-02&known_at=2025-04-01") == "西咸新区航空物流协会", "but not known yet"
    assert await name("as_of=2025-03-02&known_at=2025-04-02") == "西咸新区空港物流协会"
    assert "当日该代码下尚无登记" in (await site.get(f"{ONE}?as_of=2020-01-01")).text
    past = (await site.get(f"{ONE}?as_of=2025-03-01")).text
    assert "正在查看历史状态" in past and "品牌称号" not in past and PERSON not in past
    for wrong in ("as_of=yesterday", "known_at=2025-13-01", "x=1", "as_of=1&as_of=2"):
        answer = await site.get(f"{ONE}?{wrong}")
        assert answer.status_code == 422 and 'class="wrong"' in answer.text
    assert (await site.get(f"{ONE}?as_of=9999-12-31&known_at=0001-01-01")).status_code == 200


async def test_its_history_and_challenges_are_told_without_what_is_not_public(site: Site) -> None:
    page = calm((await site.get(ONE)).text).text

    assert "变更登记 2025-03-02 2025-04-02 09:00 名称, 法定代表人" in page and "成立登记 2024-03-02" in page
    assert "核查中 · 逾期" in page and "POST /registry/challenges" in page and f'"association": "{AIR}"' in page


# ── for those who oversee ─────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("path", "data"), list(zip(GUARDED, ("/oversight/statistics", "/oversight/dormancy", f"/oversight/dossiers/{CAR}"), strict=True))
)
@pytest.mark.parametrize(
    ("role", "organisation", "district"),
    [("", "", ""), ("SO_ADMIN", "", ""), ("REG_AUTHORITY", "", ""), ("INVEST_DEPT", "", ""), ("ENTERPRISE", "e1", ""), ("ASSOCIATION", CAR, ""), ("ASSOCIATION", AIR, ""),
     ("NEW_CITY", "dept:XX-KG", "XX-KG"), ("PANEL", "panel:01", "")],
)  # fmt: skip
async def test_a_page_is_for_whom_its_data_are(site: Site, path: str, data: str, role: str, organisation: str, district: str) -> None:
    page, json_ = await site.get(path, role, organisation, district), await site.get(data, role, organisation, district)

    expected = 401 if not role else json_.status_code
    assert page.status_code == expected, "without a token a page asks for one; else as the route answers"
    calm(page.text)
    if expected in (401, 403):
        assert f"/registry{data}" in page.text and site.noted[-2:] == [
            (role or "PUBLIC", f"/registry{path}"),
            (role or "PUBLIC", f"/registry{data}"),
        ]
    if expected == 200:
        assert page.headers["cache-control"] == "no-store"


async def test_a_token_that_is_none_is_told_so(site: Site) -> None:
    answer = await site.get("/pages/statistics", headers={"Authorization": "Bearer x.y.z"})

    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer" and "令牌无效" in answer.text


async def test_the_statistics_hide_small_cells(site: Site) -> None:
    page = calm((await site.get("/pages/statistics", "SO_ADMIN")).text).text

    assert "会费负担 <5" in page and "除名 12" in page and "合计 ≥13" in page
    assert "在册（未终止）: 4" in page


async def test_the_dossier_says_what_is_lacking_and_the_silent_are_listed(site: Site) -> None:
    dossier = calm((await site.get(f"/pages/associations/{CAR}/dossier", "SO_ADMIN")).text).text
    assert "缺失" in dossier and "章程" in dossier and "休眠" in dossier
    first = (await site.get("/pages/dormant?level=DORMANT&limit=2", "SO_ADMIN")).text
    following = re.search(r'href="/registry([^"]+)" rel="next"', first)
    assert following is not None
    rest = (await site.get(following[1].replace("&amp;", "&"), "SO_ADMIN")).text
    assert results(first) + results(rest) == [AI, *sorted((AIR, CAR))]
    assert results((await site.get("/pages/dormant", "NEW_CITY", "dept:XX-KG", "XX-KG")).text) == [AIR]
    for wrong in ("level=ASLEEP", "limit=x", "after[]=1"):
        answer = await site.get(f"/pages/dormant?{wrong}", "SO_ADMIN")
        assert answer.status_code == 422 and 'class="wrong"' in answer.text
    assert (await site.get("/pages/dormant?after=%00~%F0~", "SO_ADMIN")).status_code == 200


async def test_the_coverage_map_names_what_nobody_stands_for(site: Site) -> None:
    page = calm((await site.get("/pages/coverage")).text).text
    data = (await site.get("/oversight/coverage")).json()

    assert f"{data['divisions_without']} 个大类没有协会" in page and f"{len(data['chains_without'])} 条产业链没有协会" in page
    assert "光伏 无协会" in page and "汽车制造业" in page


# ── the rest ──────────────────────────────────────────────────────────────────────────────────────
async def test_without_the_database_the_page_says_so(sites: Sites) -> None:
    site = sites(Shelf())
    site.shelf.away = AutoReconnect("away")
    for path in ("/pages", ONE, "/pages/coverage"):
        answer = await site.get(path)
        assert answer.status_code == 503 and answer.headers["retry-after"] == "2" and "名录暂时无法读取" in calm(answer.text).text


async def test_all_a_page_loads_is_there_and_no_other_file_leaves(site: Site) -> None:
    for place in {a for a in seen((await site.get("/pages")).text).loads if "/static/" in a}:
        answer = await site.client.get(place)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    for name in ("..%2froutes.py", "search.html", "register.css%00"):
        assert (await site.get(f"/pages/static/{name}")).status_code == 404
    assert (await site.client.head("/registry/pages")).status_code == 200


def test_every_value_facet_and_event_has_words_in_both_languages() -> None:
    assert w.VALUES.keys() == w.FACET_TITLES.keys() == FACETS.keys()
    assert all(set(FACETS[f]) == w.VALUES[f].keys() for f in FACETS)
    tables: tuple[dict[str, Any], ...] = (w.CODES, w.FIELDS, w.EVENTS, w.TABLES, w.ROLES, w.PAGE, w.FACET_TITLES, *w.VALUES.values())
    assert [n for t in tables for n, said in t.items() if len(said) != 2 or not all(said)] == []
    told = {f"registry.associations.{n}.v1" for n in w.EVENTS}
    assert told <= set(r.associations.events), "events by the names they are told under"
