"""What names a district goes with its association into another new city (R2): every record type whose officials see it by district."""

from datetime import date
from typing import Any

import pytest

from services.registry.jurisdiction import HandedOver, JurisdictionTransferred
from services.registry.service import KINDS
from shared.record import Call, Kind, NotFound
from tests.registry.examples import AIR, by

# where the association goes by itself; the finished case of its founding, which stays with who decided it; the transfer between the two
ELSEWHERE = {"registry.associations.association", "registry.registration.case", "registry.registration.transfer"}
FOLLOWING = [k for k in KINDS if "NEW_CITY" in k.own and k.name not in ELSEWHERE]


def official(district: str) -> Call:
    call = by("NEW_CITY", date(2026, 3, 2), f"dept:{district}")
    return Call(call.role, call.organisation, call.now, call.id, district=district)


def sees(kind: Kind[Any, Any], record: Any, district: str) -> bool:
    try:
        kind.admit(record, official(district))
    except NotFound:
        return False
    return True


def test_every_record_that_is_seen_by_district_follows() -> None:
    assert {k.name for k in KINDS if "follow" in k.moves} == {k.name for k in FOLLOWING}
    assert len(FOLLOWING) == 24


@pytest.mark.parametrize("kind", FOLLOWING, ids=lambda k: k.name)
def test_in_every_stage_the_old_new_city_loses_it_and_the_new_one_gains_it(kind: Kind[Any, Any]) -> None:
    move = kind.moves["follow"]
    event = JurisdictionTransferred(about=AIR, uscc=AIR, district="XX-KG")
    assert move.when == kind.stages
    for stage in kind.stages:
        record = kind.state.model_construct(id="1", stage=stage, association=AIR, district="XX-FD")
        assert (sees(kind, record, "XX-FD"), sees(kind, record, "XX-KG")) == (True, False)
        told = move.run(record, by("PLATFORM"), event)
        assert isinstance(told, HandedOver)
        moved = told.apply(record)
        assert (moved.stage, moved.association) == (stage, AIR)
        assert (sees(kind, moved, "XX-FD"), sees(kind, moved, "XX-KG")) == (False, True)
        assert move.run(moved, by("PLATFORM"), event) is None


@pytest.mark.parametrize("kind", FOLLOWING, ids=lambda k: k.name)
def test_the_records_that_move_are_found_by_an_index(kind: Kind[Any, Any]) -> None:
    where = kind.moves["follow"].where
    assert where is not None
    (field,) = where(JurisdictionTransferred(about=AIR, uscc=AIR, district="XX-KG"))
    assert field == "id" or field in kind.index


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_what_ends_with_an_association_ends_also_when_its_registration_is_revoked(kind: Kind[Any, Any]) -> None:
    """Striking off comes later then, if ever: nothing may run on meanwhile."""
    heard = {t for m in kind.moves.values() if m.heard for t in (m.heard.type, *m.heard.upcasts)}
    struck_off, revoked = (f"registry.associations.association_{how}.v1" for how in ("deregistered", "registration_revoked"))
    assert struck_off not in heard or revoked in heard
