"""Who may see the facts of an association, and what is seen."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.facts.routes import fact_view, permit_facts
from shared.record import Call, NotAllowed, NotFound

A, B = "51611100PDY00001XA", "51611100PDY000028A"


def call(role: str, organisation: str = "") -> Call:
    return Call(role, organisation, datetime(2026, 9, 1, tzinfo=UTC), UUID(int=1))


@pytest.mark.parametrize(("role", "organisation"), [("SO_ADMIN", "dept:so-admin"), ("PANEL", "panel:01"), ("ASSOCIATION", A)])
def test_those_who_judge_and_the_association_itself_may_look(role: str, organisation: str) -> None:
    permit_facts(call(role, organisation), A)


def test_an_association_does_not_even_learn_that_another_exists() -> None:
    with pytest.raises(NotFound):
        permit_facts(call("ASSOCIATION", B), A)


@pytest.mark.parametrize("role", ["ENTERPRISE", "PUBLIC", "COMMITTEE", "INVEST_DEPT"])
def test_others_may_not(role: str) -> None:
    with pytest.raises(NotAllowed):
        permit_facts(call(role), A)


def test_a_fact_is_shown_with_title_unit_and_sources() -> None:
    row: dict[str, Any] = {"key": "lead.stage[lead-1]", "year": 2025, "value": "SIGNED", "sources": ["e1"], "events": 1}
    shown = fact_view({"_id": A, "name": "某协会"}, [row], date(2026, 9, 1))
    assert shown["dictionary"] == "XX-FACTS-1/2026.1"
    assert shown["facts"] == [
        {"fact": "lead.stage[lead-1]", "year": 2025, "title": {"zh": "项目最高阶段", "en": "highest stage of a project"}, "unit": "CODE", "value": "SIGNED",
         "events": 1, "sources": ["e1"]}
    ]  # fmt: skip
