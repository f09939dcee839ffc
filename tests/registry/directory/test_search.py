"""Whatever leads a search, it finds what comparing every row would find, page by page, and its numbers are exact or said to be the least."""

from collections import Counter
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.directory import search
from services.registry.directory.listing import CORNER, FACETS, LIVING, counted_under, derived, facet_mark, increments
from services.registry.directory.public_list import ROWS, TALLY, searchable
from services.registry.directory.search import Asked, AskedPage, Lead, counting, counts, effort, facet_marks, found, leading, word_marks
from shared.mongo import Store
from tests.registry.pages.conftest import Shelf

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it

CITY = {"XX": "", "XX-FD": "沣东新城", "XX-KG": "空港新城"}
WORDS = ("汽车", "物流", "航空", "新业", "会展", "城乡")
FORMS = ("协会", "行业协会", "商会", "联合会")
PARTS = (
    "协会",
    "商会",
    "会",
    "新城",
    "西咸新区",
    "咸新城",
    "汽车",
    "车协",
    "汽车行业",
    "行业协会",
    "业",
    "城",
    "区汽",
    "没有",
    "物流商会",
    "新区沣东",
)
QUESTIONS = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(PARTS), "level": st.sampled_from(FACETS["level"]), "district": st.sampled_from(tuple(CITY)),
        "kind": st.sampled_from(FACETS["kind"]), "so_category": st.sampled_from(("01", "02")), "grade": st.sampled_from(("NONE", "3A")),
        "listing": st.sampled_from(("NONE", "ABNORMAL")), "gbt4754": st.sampled_from(("56", "561", "5610", "36")), "code": st.sampled_from(("51", "5161", "519")),
        "status": st.sampled_from(((), ("ACTIVE",), ("ACTIVE", "DEREGISTERED"), LIVING)),
    },
)  # fmt: skip


def row(n: int, dice: Random) -> dict[str, Any]:
    """A row whose name says its form and its place, as names do."""
    district, form = dice.choice(tuple(CITY)), dice.choice(FORMS)
    said = {
        "_id": f"5161{dice.randrange(10**6):06d}-{n}", **searchable(f"西咸新区{CITY[district]}{dice.choice(WORDS)}{form}"), "district": district,
        "level": "NEW_AREA" if district == "XX" else "NEW_CITY", "kind": "CHAMBER" if form == "商会" else "INDUSTRY_ASSOCIATION",
        "so_category": dice.choice(("01", "02")), "gbt4754": dice.sample(("5610", "5621", "3610", "57"), dice.randint(1, 2)),
        "grade": dice.choice(("NONE", "NONE", "3A")), "status": dice.choice(("ACTIVE", "ACTIVE", "SUSPENDED", "DEREGISTERED")), "registered_on": "2020-01-01",
        "abnormal_list": {"reason": "UNREACHABLE"} if dice.random() < 0.1 else None,
    }  # fmt: skip
    return said | derived(said)


def register(count: int, seed: int) -> Shelf:
    dice, shelf, tally = Random(seed), Shelf(), Counter[str]()
    for n in range(count):
        made = row(n, dice)
        shelf.kept.setdefault(ROWS, {})[made["_id"]] = made
        tally.update(counted_under(made))
    for document, fields in increments(tally).items():
        shelf.update(TALLY, document, {"$inc": fields})
    return shelf


SHELF = register(120, 5)


def fitting(asked: Asked, aside: str = "") -> list[dict[str, Any]]:
    """By comparing every row with everything that was asked, but for one facet."""
    return [
        r for code, r in sorted(SHELF.kept[ROWS].items())
        if asked.key in r["name_key"] and (not asked.code or code.startswith(asked.code))
        and (not asked.gbt4754 or any(c.startswith(asked.gbt4754) for c in r["gbt4754"]))
        and all(r[f] in values for f, values in asked.facets().items() if f != aside)
    ]  # fmt: skip


async def pages(asked: AskedPage) -> list[str]:
    codes: list[str] = []
    after: str | None = ""
    while after is not None:
        rows, after = await found(cast(Store, SHELF), asked.model_copy(update={"after": after}))
        assert len(rows) == asked.limit or after is None, "a page is full, or the last"
        codes += [r["_id"] for r in rows]
    return codes


@settings(max_examples=50, deadline=None)
@given(QUESTIONS, st.sampled_from((7, 50)))
async def test_every_row_that_fits_is_found_once_and_in_the_order_of_the_codes(question: dict[str, Any], limit: int) -> None:
    asked = AskedPage(**question, limit=limit)
    assert await pages(asked) == [r["_id"] for r in fitting(asked)]


@settings(max_examples=50, deadline=None)
@given(QUESTIONS)
async def test_whichever_mark_leads_the_answer_is_the_same(question: dict[str, Any]) -> None:
    asked = Asked(**question)
    there = {f: tuple(sorted({r[f] for r in SHELF.kept[ROWS].values()})) for f in CORNER}
    for mark in [*word_marks(asked), *facet_marks(asked)]:
        lead = Lead(mark, {f: asked.facets().get(f, there[f]) for f in CORNER})
        assert await SHELF.rows(ROWS, search.matching(asked, lead)) == fitting(asked), mark


@settings(max_examples=50, deadline=None)
@given(QUESTIONS)
async def test_numbers_are_those_of_the_rows_each_facet_as_if_it_were_not_asked(question: dict[str, Any]) -> None:
    asked = Asked(**question)
    told = await counts(cast(Store, SHELF), asked)
    assert told["exact"] and told["total"] == len(fitting(asked))
    for facet in FACETS:
        assert told["by"][facet] == dict(sorted(Counter(r[facet] for r in fitting(asked, facet)).items())), facet


@pytest.mark.parametrize("most", [0, 3, 40])
@settings(max_examples=25, deadline=None)
@given(QUESTIONS)
async def test_beyond_the_bound_numbers_are_said_to_be_the_least_and_are(most: int, question: dict[str, Any]) -> None:
    asked = Asked(**question)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "COUNTED", most * search.ROW if asked.code else most)
        told = await counts(cast(Store, SHELF), asked)
    whole = {f: Counter(r[f] for r in fitting(asked, f)) for f in FACETS}
    assert told["total"] <= len(fitting(asked))
    assert all(n <= whole[f][value] for f in FACETS for value, n in told["by"][f].items())
    if told["exact"]:
        assert told["total"] == len(fitting(asked)) and {f: Counter(told["by"][f]) for f in FACETS} == whole


def test_counting_stops_at_its_bound_whatever_is_compared() -> None:
    lead = Lead("协会", dict.fromkeys(CORNER, ("x",)))
    stages = [next(iter(s)) for s in counting(Asked(q="行业协会", status=()), lead, 50)]
    assert stages == ["$match", "$sort", "$limit", "$match", "$group"], "cut first, compared then: or the cut would bound nothing"
    assert counting(Asked(q="行业协会", status=()), lead, 50)[2] == {"$limit": 51}


TALLIED = {
    "level=NEW_AREA": 30_000, "level=NEW_CITY": 70_000, "kind=CHAMBER": 20_000, "kind=INDUSTRY_ASSOCIATION": 80_000, "district=XX": 30_000,
    "district=XX-FD": 70_000, "协会": 40_000, "新区": 100_000, "so_category=03": 7_000, "grade=NONE": 70_000, "grade=5A": 5_000, "listing=ABNORMAL": 3_000,
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        (Asked(q="协会", kind="CHAMBER", level="NEW_AREA"), "协会"),  # and no chamber is called so: nothing is read
        (Asked(q="协会", grade="5A", listing="ABNORMAL"), "listing=ABNORMAL"),  # fewest, wherever they are
        (Asked(q="新区", so_category="03", grade="NONE"), "so_category=03"),
        (Asked(q="协会", district="XX-FD", grade="NONE"), "协会"),
        (Asked(level="NEW_AREA", grade="5A"), "grade=5A"),
        (Asked(q="没有", kind="CHAMBER"), "没有"),
    ],
)
def test_the_mark_that_leads_is_the_one_that_costs_least(asked: Asked, leads: str) -> None:
    lead = leading(asked, [*word_marks(asked), *facet_marks(asked)], TALLIED)
    assert lead is not None and lead.mark == leads
    assert all(effort(asked, lead.mark, TALLIED) <= effort(asked, m, TALLIED) for m in [*word_marks(asked), *facet_marks(asked)])


def test_a_corner_nobody_asked_for_is_looked_for_under_every_value_there_is() -> None:
    lead = leading(Asked(q="协会", kind="CHAMBER"), ["协会"], TALLIED | {"level=ABROAD": 1, "level=GONE": 0})
    assert lead == Lead("协会", {"level": ("NEW_AREA", "NEW_CITY", "ABROAD"), "district": ("XX", "XX-FD"), "kind": ("CHAMBER",)})
    assert facet_mark("level", "GONE") not in [facet_mark("level", v) for v in lead.corner["level"]], "nor under one nobody has any more"
