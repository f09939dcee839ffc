"""The table of `matrix.py` is whole, and says what the domain says. It is held against the running platform in `tests/journeys/test_demo.py`."""

import pytest

from services.__main__ import services
from shared.record import ROLES as ALL_ROLES
from shared.record import Kind
from tests.access.matrix import ROLES, TABLE, Access, callers

KINDS: dict[str, Kind[object, str]] = {f"{k.service}/{k.path}": k for s in services() for k in s.kinds}  # type: ignore[misc]
MINE = {"association": "a", "panel": ["panel:01"], "holders": ["a", "XX-FD"], "district": "XX-FD"}


def test_every_derived_route_is_stated_and_no_other() -> None:
    """A record type, an opening or a command that is added must be stated here before it can be served."""
    assert set(TABLE) == set(KINDS)
    for path, kind in KINDS.items():
        asked = [m for m in kind.moves.values() if m.asked]
        assert set(TABLE[path].opens) == {m.name for m in asked if m.opens}, path
        assert set(TABLE[path].commands) == {m.name for m in asked if not m.opens}, path


def test_every_role_that_can_ask_is_asked_for() -> None:
    assert set(ROLES) == set(ALL_ROLES) - {"CLOCK", "PLATFORM"}


def test_nobody_may_command_what_they_may_not_read() -> None:
    for path, access in TABLE.items():
        acting = {role for roles in access.commands.values() for role in roles}
        assert access.public or acting <= {*access.reads, *access.own}, path


def test_the_public_reads_what_is_published_and_nothing_else_by_record() -> None:
    assert {path for path, access in TABLE.items() if access.listing("PUBLIC") == 200} == {
        "registry/registration-regimes", "registry/public-notices", "registry/challenges", "registry/open-data-snapshots",
        "evaluation/rating-rounds", "evaluation/grades", "matchmaking/partnerships", "matchmaking/service-items",
    }  # fmt: skip


def test_a_reading_a_command_and_a_list_answer_by_role_and_scope() -> None:
    access = Access(
        reads=("SO_ADMIN",), own={"ASSOCIATION": "association", "NEW_CITY": "district"}, commands={"end": ("ASSOCIATION", "SO_ADMIN")}
    )

    def both(role: str, organisation: str = "", district: str = "") -> tuple[int, int]:
        return access.reading(role, organisation, district, MINE), access.command("end", role, organisation, district, MINE)

    assert both("ASSOCIATION", "a") == (200, 412)
    assert both("ASSOCIATION", "b") == (404, 404)
    assert both("ASSOCIATION") == (404, 404)
    assert both("SO_ADMIN") == (200, 412)
    assert both("NEW_CITY", "a", "XX-FD") == (200, 403)
    assert both("NEW_CITY", "a", "XX-KG") == (404, 403)
    assert both("ENTERPRISE", "a") == (403, 403)
    assert [access.listing(role) for role in ("SO_ADMIN", "ASSOCIATION", "FIC", "PUBLIC")] == [200, 200, 403, 403]


@pytest.mark.parametrize(
    ("role", "claim", "inside"), [("PANEL", "panel:01", True), ("PANEL", "panel:02", False), ("PANEL", "", False), ("FIC", "", True)]
)
def test_one_of_several_owners_owns(role: str, claim: str, inside: bool) -> None:
    assert Access(own={"PANEL": "panel"}).owns(role, claim, "", MINE) is inside


def test_each_role_comes_as_owner_stranger_from_elsewhere_and_without_a_claim() -> None:
    access = Access(own={"ASSOCIATION": "association", "NEW_CITY": "district"})
    stands = {(c.role, c.stands) for c in callers(access, MINE)}

    assert {("ASSOCIATION", s) for s in ("own", "elsewhere", "other", "none")} <= stands
    assert {("NEW_CITY", s) for s in ("own", "elsewhere", "other", "none")} <= stands
    assert {("FIC", "other"), ("FIC", "none"), ("PUBLIC", "none")} <= stands
    assert {role for role, _ in stands} == set(ROLES)
