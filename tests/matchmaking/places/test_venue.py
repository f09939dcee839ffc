import pytest

from services.matchmaking.places.venue import House, Venue, change, close, open_, venues
from shared.record import NotFound
from tests.matchmaking.samples import call, on, refused

ADMIN = call("SO_ADMIN")
FREE_TRADE = House(
    name="自贸区协会商会集聚区", venue_type="CLUSTER", zone="FTZ_XIXIAN", district="XX-KG", site="自贸大道 1 号", run_by="运营公司"
)


def opened(house: House = FREE_TRADE) -> Venue:
    return venues.open(open_(ADMIN, house, []), "venue-1")


def test_the_cluster_in_the_free_trade_zone_is_a_venue_with_its_zone() -> None:
    venue = opened()
    assert (venue.stage, venue.zone, venue.district) == ("OPEN", "FTZ_XIXIAN", "XX-KG")
    assert "zone" in venues.index


def test_two_open_clusters_do_not_share_a_name() -> None:
    with refused("name_taken"):
        open_(ADMIN, FREE_TRADE, [opened()])
    assert ("name_key",) in venues.unique


def test_a_closed_one_frees_its_name() -> None:
    after = on(venues, opened(), close(opened(), ADMIN, "搬迁"))
    assert (after.stage, after.name_key) == ("CLOSED", None)


def test_a_house_does_not_move_to_another_new_city() -> None:
    with refused("venue_moved"):
        change(opened(), ADMIN, FREE_TRADE.model_copy(update={"district": "XX-FD"}), [])
    changed = on(venues, opened(), change(opened(), ADMIN, FREE_TRADE.model_copy(update={"run_by": "新公司"}), []))
    assert changed.house.run_by == "新公司"


def test_a_new_city_runs_the_clusters_of_its_district_only() -> None:
    venues.admit(opened(), call("NEW_CITY", district="XX-KG"))
    with pytest.raises(NotFound):
        venues.admit(opened(), call("NEW_CITY", organisation="dept:XX-FD", district="XX-FD"))
