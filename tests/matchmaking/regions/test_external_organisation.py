from services.matchmaking.regions.external_organisation import Entry, change, delist, external_organisations, list_
from tests.matchmaking.samples import call, on, refused

ADMIN = call("SO_ADMIN")
GIFTS = Entry(
    name="深圳市工艺礼品行业协会", kind="INDUSTRY_ASSOCIATION", region="4403", gbt4754=("243",), offers=("展会",), needs=("采购",)
)


def test_the_gift_association_of_shenzhen_is_listed_with_the_source() -> None:
    told = list_(ADMIN, GIFTS, "研究院报告 2021-4", [])
    record = external_organisations.open(told, "e1")
    assert (record.stage, record.region, record.source) == ("LISTED", "4403", "研究院报告 2021-4")


def test_a_region_nobody_knows_is_a_fault_of_the_form() -> None:
    with refused("region_unknown"):
        list_(ADMIN, GIFTS.model_copy(update={"region": "9999"}), "x", [])


def test_a_country_is_a_region_too() -> None:
    assert list_(ADMIN, GIFTS.model_copy(update={"region": "SG", "kind": "INTERNATIONAL"}), "x", []).region == "SG"


def test_the_same_name_is_listed_once_in_a_region() -> None:
    record = external_organisations.open(list_(ADMIN, GIFTS, "x", []), "e1")
    with refused("already_listed"):
        list_(ADMIN, GIFTS, "x", [record])
    assert ("region", "name_key") in external_organisations.unique


def test_it_may_be_corrected_and_its_name_is_free_again_when_it_is_taken_out() -> None:
    record = external_organisations.open(list_(ADMIN, GIFTS, "x", []), "e1")
    record = on(external_organisations, record, change(record, ADMIN, GIFTS.model_copy(update={"members": 300}), "年报", []))
    assert record.entry.members == 300
    record = on(external_organisations, record, delist(record, ADMIN, "已注销"))
    assert (record.stage, record.name_key) == ("DELISTED", None)
