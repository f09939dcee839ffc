"""The reference: everything a service has stands in it, drawn and written, inert as every page."""

import re

import pytest

from services.portal.diagram import LANE, diagram, lanes_of, numbered, ranges, rows_of
from services.portal.reference import described, plain
from shared.docs import edges
from shared.engine import Service
from shared.http import openapi
from shared.pages.words import DISTRICTS
from tests.portal.conftest import EVERY, Site
from tests.portal.doubles import inert

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
NAMED = pytest.mark.parametrize("service", EVERY, ids=lambda s: s.name)


@NAMED
async def test_every_route_record_move_and_event_stands_in_the_reference(site: Site, service: Service) -> None:
    answer = await site().get(f"/docs/{service.name}", headers={"accept-language": "zh-CN"})
    page = inert(answer.text)

    for path in openapi(service)["paths"]:
        assert path in page.text
    for kind in service.kinds:
        assert f'id="{kind.name}"' in answer.text
        for type_ in kind.events:
            assert type_ in page.text
        for stage in kind.stages:
            assert re.search(rf">{stage}</text>", answer.text)


@NAMED
def test_who_may_ask_what_with_which_fields_is_told(service: Service) -> None:
    book = described(service)
    told = {r.path: r for room in book.rooms for k in room.records for r in k.routes if r.method == "POST"}

    for kind in service.kinds:
        for move in (m for m in kind.moves.values() if m.asked and not m.opens):
            route = told[f"/{service.name}/{kind.path}/{{id}}:{move.name}"]
            assert (route.by, route.when) == (move.by, move.when)
            assert {f.name for f in route.form} >= {n for n, f in move.body.model_fields.items() if f.is_required()}


@NAMED
def test_every_move_has_its_number_in_table_and_drawing(service: Service) -> None:
    for kind in service.kinds:
        drawn = {n for arrow in diagram(kind).arrows for n in spread(arrow.numbers)}
        assert drawn == {numbered(kind)[move] for a, b, move in edges(kind) if a != b}


@NAMED
def test_no_two_stages_stand_in_one_place_and_all_stand_within_the_drawing(service: Service) -> None:
    for kind in service.kinds:
        drawing = diagram(kind)
        boxes = [(n.x, n.y) for n in drawing.nodes]
        assert len(set(boxes)) == len(boxes) == len(kind.stages)
        assert all(x >= 0 and x + 168 <= drawing.width and y >= 0 and y + 34 <= drawing.height for x, y in boxes)
        assert all(a.x - a.width / 2 >= 0 and a.x + a.width / 2 <= drawing.width for a in drawing.arrows)


def spread(numbers: str) -> set[int]:
    return {n for part in numbers.split("·") for n in range(int(part.split("–")[0]), int(part.split("–")[-1]) + 1)}


@pytest.mark.parametrize(
    ("numbers", "said"), [([1], "1"), ([2, 1], "1·2"), ([1, 2, 3, 7], "1–3·7"), ([5, 5], "5"), ([1, 3, 4, 5, 6], "1·3–6")]
)
def test_numbers_in_a_row_are_drawn_together(numbers: list[int], said: str) -> None:
    assert ranges(numbers) == said


def test_a_stage_stands_below_all_that_lead_to_it() -> None:
    arrows = {("[*]", "A"): [1], ("A", "B"): [2], ("A", "C"): [3], ("B", "C"): [4], ("C", "A"): [5]}

    assert rows_of(("A", "B", "C"), arrows) == {"A": 0, "B": 1, "C": 2}


def test_arrows_that_overlap_run_in_lanes_of_their_own() -> None:
    assert LANE > 16, "the numbers of two lanes do not touch"
    assert lanes_of([(0, 2), (3, 5), (1, 4)]) == [0, 0, 1]


def test_a_form_within_itself_is_shown_as_far_as_a_reader_follows() -> None:
    parts = {"Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}}

    assert "Node" in str(plain({"$ref": "#/components/schemas/Node"}, parts, 2))


async def test_the_contents_name_every_service(site: Site) -> None:
    page = inert((await site().get("/docs?lang=en")).text)

    for service in EVERY:
        assert {f"/docs/{service.name}?lang=en", f"/openapi/{service.name}.json", f"/asyncapi/{service.name}.json"} <= set(page.loads)


async def test_asyncapi_is_given_for_every_service(site: Site) -> None:
    for service in EVERY:
        told = (await site().get(f"/asyncapi/{service.name}.json")).json()
        assert told["asyncapi"] == "3.0.0" and set(service.sources) <= set(told["channels"])


@pytest.mark.parametrize("path", ["/docs/nothing", "/docs/..%2fetc", "/asyncapi/nothing.json", "/docs/<script>"])
async def test_what_is_not_there_is_said_to_be_so(site: Site, path: str) -> None:
    answer = await site().get(path)

    assert answer.status_code == 404 and "<script>" not in answer.text


def test_the_new_cities_have_names_in_both_languages() -> None:
    assert DISTRICTS["XX-KG"] == ("Konggang (Airport) New City", "空港新城")
