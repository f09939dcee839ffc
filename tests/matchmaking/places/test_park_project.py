from datetime import date

import pytest

from services.matchmaking.endings import AssociationEnded
from services.matchmaking.places.park_project import (
    Park,
    ParkProject,
    approve,
    begin_building,
    begin_operation,
    give_up_for_ended,
    park_projects,
    propose,
)
from tests.matchmaking.samples import AUTOMOTIVE, COMPANY, FIRM, LOGISTICS, call, on, refused

INVEST = call("INVEST_DEPT")
PARK = Park(
    title="航空物流产业园",
    operator=FIRM,
    operator_tie="HELD_COMPANY",
    partners=(COMPANY,),
    gbt4754=("5631",),
    district="XX-KG",
    area_mu=300,
    investment=50_000_000_000,
)


def proposed() -> ParkProject:
    return park_projects.open(propose(call(), PARK), "p-1")


def building() -> ParkProject:
    project = on(park_projects, proposed(), approve(proposed(), INVEST, "2026-KG-001"))
    return on(park_projects, project, begin_building(project, INVEST, date(2026, 3, 2)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("operator", [LOGISTICS, AUTOMOTIVE])
def test_an_association_does_not_run_a_park_itself(operator: str) -> None:
    with refused("association_may_not_trade"):
        propose(call(), PARK.model_copy(update={"operator": operator}))


def test_a_partner_who_operates_is_named_as_partner() -> None:
    with refused("operator_not_partner"):
        propose(call(), PARK.model_copy(update={"operator_tie": "PARTNER"}))
    assert propose(call(), PARK.model_copy(update={"operator_tie": "PARTNER", "operator": COMPANY})).park.operator == COMPANY


def test_the_association_is_no_partner_of_itself() -> None:
    with refused("partner_of_itself"):
        propose(call(), PARK.model_copy(update={"partners": (LOGISTICS,)}))


def test_a_park_is_approved_built_and_then_runs() -> None:
    told = begin_operation(building(), INVEST, date(2026, 3, 9), 42_000, 12)
    assert (told.operator, told.floor_area_m2, told.tenants) == (FIRM, 42_000, 12)
    assert on(park_projects, building(), told).stage == "OPERATING"


def test_it_does_not_run_before_it_was_begun_nor_tomorrow() -> None:
    with refused("date_too_early"):
        begin_operation(building(), INVEST, date(2026, 3, 1), 1, 0)
    with refused("date_ahead"):
        begin_operation(building(), INVEST, date(2026, 3, 10), 1, 0)


def test_a_park_that_works_outlives_its_association() -> None:
    assert give_up_for_ended(proposed(), call("PLATFORM"), AssociationEnded(uscc=LOGISTICS)).association == LOGISTICS
    assert park_projects.moves["give_up_for_ended"].when == ("PROPOSED", "APPROVED")
