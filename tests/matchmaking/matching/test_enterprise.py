import pytest

from services.matchmaking.matching.enterprise import Introduction, change, enterprises, introduce, introduce_all, retire
from shared.record import NotAllowed
from tests.matchmaking.samples import COMPANY, FIRM, call, on, refused

PRECAST = Introduction(uscc=FIRM, name="西咸构件有限公司", gbt4754=("3022",), district="XX-FX", scale="SMALL", position="MIDSTREAM")


def test_an_enterprise_introduces_itself_under_its_credit_code() -> None:
    record = enterprises.open(introduce(call("ENTERPRISE"), PRECAST, []), "x")
    assert (record.id, record.stage, record.scale) == (FIRM, "INTRODUCED", "SMALL")


def test_it_does_not_introduce_another() -> None:
    with pytest.raises(NotAllowed):
        enterprises.decide(None, enterprises.moves["introduce"], PRECAST, call("ENTERPRISE", organisation=COMPANY), {"already": []})


def test_who_is_known_is_changed_not_introduced_again() -> None:
    record = enterprises.open(introduce(call("ENTERPRISE"), PRECAST, []), "x")
    with refused("already_introduced"):
        introduce(call("ENTERPRISE"), PRECAST, [record])
    assert on(enterprises, record, change(record, call("ENTERPRISE"), PRECAST.model_copy(update={"scale": "MEDIUM"}))).scale == "MEDIUM"
    with refused("another_enterprise"):
        change(record, call("ENTERPRISE"), PRECAST.model_copy(update={"uscc": COMPANY}))


def test_the_administration_introduces_many_each_once() -> None:
    two = (PRECAST, PRECAST.model_copy(update={"uscc": COMPANY}))
    assert [e.uscc for e in introduce_all(call("SO_ADMIN"), two, [])] == [FIRM, COMPANY]
    with refused("given_twice"):
        introduce_all(call("SO_ADMIN"), (PRECAST, PRECAST), [])


def test_it_may_leave_the_matching() -> None:
    record = enterprises.open(introduce(call("ENTERPRISE"), PRECAST, []), "x")
    assert on(enterprises, record, retire(record, call("ENTERPRISE"), "迁出")).stage == "RETIRED"
