from datetime import date
from typing import Any

import pytest

from services.matchmaking.activities.exhibition import Exhibition, certify, end, end_for_ended, exhibitions, found
from services.matchmaking.activities.exhibition_edition import (
    ExhibitionEdition,
    Figures,
    audit,
    cancel,
    exhibition_editions,
    file,
    lapse,
    plan,
    record_held,
    report,
)
from services.matchmaking.activities.rules import activity_rules
from services.matchmaking.endings import AssociationEnded
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, call, on, refused

RULES = activity_rules().in_force(NOON.date(), "ACTIVITIES")
ADMIN = call("SO_ADMIN")
HALL = "西咸会展中心"


def glasses() -> Exhibition:
    return exhibitions.open(found(call(), "西咸眼镜展", ("3587",), [], 2), "expo-1")


def figures(area_m2: int = 23_000, **more: Any) -> Figures:
    known = {"area_m2": area_m2, "booths": 900, "exhibitors": 600, "pro_buyers": 20_000, "turnover": 120_000_000_000}
    return Figures.model_validate(known | more)


def planned(edition: int = 2, others: list[ExhibitionEdition] | None = None) -> ExhibitionEdition:
    told = plan(call(), "expo-1", edition, HALL, date(2026, 3, 9), date(2026, 3, 12), glasses(), others or [], RULES)
    return exhibition_editions.open(told, f"e-{edition}")


def held(edition: int = 2) -> ExhibitionEdition:
    filed = on(exhibition_editions, planned(edition), file(planned(edition), ADMIN, "备 1"))
    return on(exhibition_editions, filed, record_held(filed, call(), date(2026, 3, 6), date(2026, 3, 9), RULES))  # type: ignore[no-any-return]


def reported(edition: int, area_m2: int) -> ExhibitionEdition:
    return on(exhibition_editions, held(edition), report(held(edition), call(), figures(area_m2), glasses(), []))  # type: ignore[no-any-return]


def test_an_exhibition_has_one_name_while_it_runs() -> None:
    with refused("name_taken"):
        found(call(organisation=AUTOMOTIVE), "西咸眼镜展", ("3587",), [glasses()])
    assert on(exhibitions, glasses(), end(glasses(), call(), "停办")).name_key is None


def test_an_edition_is_of_ones_own_running_exhibition_and_entered_once() -> None:
    for series in (None, glasses().model_copy(update={"association": AUTOMOTIVE}), glasses().model_copy(update={"stage": "ENDED"})):
        with refused("exhibition_not_yours"):
            plan(call(), "expo-1", 1, HALL, date(2026, 4, 1), date(2026, 4, 3), series, [], RULES)
    with refused("edition_taken"):
        planned(2, [planned(2)])
    gone = on(exhibition_editions, planned(2), cancel(planned(2), call(), "疫情"))
    assert (gone.slot, planned(2, [gone]).edition) == (None, 2)


def test_an_area_that_grows_by_fifteen_per_cent_is_told_in_thousandths() -> None:
    told = report(held(3), call(), figures(23_000), glasses(), [reported(1, 9_000), reported(2, 20_000), held(3)])
    assert told.area_growth_permille == 150
    assert (told.figures.pro_buyers, told.ufi) == (20_000, False)


def test_the_first_edition_grows_over_nothing_and_a_cancelled_one_is_no_measure() -> None:
    gone = reported(1, 10_000).model_copy(update={"stage": "CANCELLED"})
    assert report(held(2), call(), figures(), glasses(), [gone]).area_growth_permille is None
    assert report(held(1), call(), figures(), glasses(), [reported(2, 10_000)]).area_growth_permille is None


def test_a_smaller_one_has_shrunk() -> None:
    assert report(held(3), call(), figures(18_000), glasses(), [reported(2, 20_000)]).area_growth_permille == -100


def test_the_certificate_of_the_series_is_said_with_the_figures() -> None:
    certified = on(exhibitions, glasses(), certify(glasses(), ADMIN, "UFI", date(2026, 1, 5)))
    assert report(held(), call(), figures(), certified, []).ufi


def test_an_auditor_may_find_other_figures() -> None:
    edition = reported(3, 23_000)
    after = on(exhibition_editions, edition, audit(edition, ADMIN, figures(21_000), "审计所", [reported(2, 20_000), edition]))
    assert (after.stage, after.figures.area_m2, after.area_growth_permille) == ("AUDITED", 21_000, 50)


@pytest.mark.parametrize("exhibitors", [901, 10_000])
def test_there_are_no_more_exhibitors_than_booths(exhibitors: int) -> None:
    with refused("more_exhibitors_than_booths"):
        report(held(), call(), figures(exhibitors=exhibitors), glasses(), [])


def test_days_are_in_order() -> None:
    with refused("ends_before_it_begins"):
        plan(call(), "expo-1", 1, HALL, date(2026, 4, 3), date(2026, 4, 1), glasses(), [], RULES)
    filed = on(exhibition_editions, planned(), file(planned(), ADMIN, "备 1"))
    with refused("date_ahead"):
        record_held(filed, call(), date(2026, 3, 9), date(2026, 3, 12), RULES)


def test_an_edition_nobody_speaks_of_any_more_was_not_held() -> None:
    assert on(exhibition_editions, planned(), lapse(planned(), call("CLOCK"))).stage == "CANCELLED"
    assert planned().association == LOGISTICS


def test_the_name_is_free_when_the_association_is_no_more() -> None:
    for type_ in ("association_deregistered", "association_registration_revoked"):
        assert AssociationEnded.accepts(f"registry.associations.{type_}.v1")
    gone = on(exhibitions, glasses(), end_for_ended(glasses(), call("PLATFORM"), AssociationEnded(uscc=LOGISTICS)))
    assert (gone.stage, gone.name_key) == ("ENDED", None)
