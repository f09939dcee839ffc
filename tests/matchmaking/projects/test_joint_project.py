from datetime import date
from typing import Any

import pytest

from services.matchmaking.projects.joint_project import (
    JointProject,
    Partner,
    agree,
    approve,
    close,
    commission,
    joint_projects,
    launch,
    propose,
    withdraw,
)
from shared.record import NotAllowed
from tests.matchmaking.samples import AUTOMOTIVE, FIRM, LOGISTICS, call, on, refused

DEPT = call("INDUSTRY_DEPT", organisation="dept:industry")
SHARES = (
    Partner(organisation=LOGISTICS, permille=500),
    Partner(organisation=AUTOMOTIVE, permille=300),
    Partner(organisation=FIRM, permille=200),
)


def proposed(partners: Any = SHARES) -> JointProject:
    told = propose(call(), "锁具电镀集中处理中心", "WASTE_TREATMENT", "XX-QH", 3_000_000_000, partners)
    return joint_projects.open(told, "j-1")


def approved() -> JointProject:
    project = proposed()
    for role, organisation in (("ASSOCIATION", AUTOMOTIVE), ("ENTERPRISE", FIRM)):
        project = on(joint_projects, project, agree(project, call(role, organisation=organisation)))  # type: ignore[arg-type]
    return on(joint_projects, project, approve(project, DEPT, "秦汉 2026-3"))  # type: ignore[no-any-return]


def test_shares_make_a_whole_each_party_has_one_and_the_lead_too() -> None:
    with refused("shares_not_whole"):
        proposed(SHARES[:2])
    with refused("partner_twice"):
        proposed((*SHARES, SHARES[0]))
    with refused("lead_has_no_share"):
        proposed(SHARES[1:])


def test_it_is_approved_when_every_party_has_agreed() -> None:
    with refused("not_all_agreed"):
        approve(proposed(), DEPT, "x")
    assert approved().stage == "APPROVED"
    with refused("already_agreed"):
        agree(proposed(), call())


def test_a_party_that_leaves_ends_it_before_it_is_built() -> None:
    assert on(joint_projects, proposed(), withdraw(proposed(), call(organisation=AUTOMOTIVE), "资金")).stage == "WITHDRAWN"
    assert "BUILDING" not in joint_projects.moves["withdraw"].when


def test_it_is_launched_and_commissioned_by_the_association_that_leads_it() -> None:
    with pytest.raises(NotAllowed):
        launch(approved(), call(organisation=AUTOMOTIVE), date(2026, 3, 2))
    building = on(joint_projects, approved(), launch(approved(), call(), date(2026, 3, 2)))
    with refused("date_too_early"):
        commission(building, call(), date(2026, 3, 1), 40)
    told = commission(building, call(), date(2026, 3, 9), 40)
    assert (told.project_type, told.users, told.parties) == ("WASTE_TREATMENT", 40, (LOGISTICS, AUTOMOTIVE, FIRM))
    works = on(joint_projects, building, told)
    assert on(joint_projects, works, close(works, DEPT, "到期")).stage == "CLOSED"
    with pytest.raises(NotAllowed):
        close(works, call(organisation=AUTOMOTIVE), "x")
