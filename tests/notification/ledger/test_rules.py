"""The table of who must be told: what it may not say, and that the shipped one says something of every event heard."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from services.notification.ledger.addressees import rules
from services.notification.ledger.heard import HEARD, AnnualReportOverdue, AssociationRegistered
from services.notification.ledger.rules import DATA, RuleTable, Telling, faults, load
from services.notification.ledger.templates import templates
from shared.versions import BadRules

REGISTERED = AssociationRegistered.type
GOOD: dict[str, Any] = {"field": "uscc", "class": "STATUTORY", "channels": ["IN_APP"], "template": "association_registered"}


def table(*tell: dict[str, Any], event: str = REGISTERED, effective_from: str = "2020-01-01") -> RuleTable:
    return RuleTable.model_validate(
        {
            "code": "T",
            "version": "1",
            "effective_from": effective_from,
            "escalate_to": ["dept:so-admin"],
            "rules": [{"event": event, "tell": list(tell)}],
        }
    )


def said_of(rule_table: RuleTable) -> list[str]:
    return list(faults(rule_table, {REGISTERED: AssociationRegistered}, templates))


def test_a_sound_table_has_no_faults() -> None:
    assert said_of(table(GOOD)) == []


def test_the_shipped_table_tells_somebody_of_every_event_heard() -> None:
    shipped = rules.in_force(date(2026, 3, 2))
    assert {r.event for r in shipped.rules} == {h.type for h in HEARD}


def test_an_unknown_event_is_refused() -> None:
    assert "no event registry.nothing.nowhere.v1 is heard" in said_of(table(GOOD, event="registry.nothing.nowhere.v1"))


@pytest.mark.parametrize("who", ["field", "members_of", "new_city"])
def test_a_field_the_event_does_not_carry_is_refused(who: str) -> None:
    tell = {k: v for k, v in GOOD.items() if k != "field"} | {who: "chairman"}
    assert said_of(table(tell)) == [f"{REGISTERED} carries no chairman"]


def test_an_exception_for_a_field_the_event_does_not_carry_is_refused() -> None:
    assert said_of(table(GOOD | {"unless": "chairman"})) == [f"{REGISTERED} carries no chairman"]


def test_a_missing_text_is_refused() -> None:
    assert said_of(table(GOOD | {"template": "no_such_text"})) == [f"{REGISTERED}: no text no_such_text is in force on 2020-01-01"]


def test_a_text_that_was_not_yet_in_force_is_refused() -> None:
    assert said_of(table(GOOD, effective_from="1999-01-01")) == [f"{REGISTERED}: no text association_registered is in force on 1999-01-01"]


def test_a_text_that_puts_in_what_the_event_has_not_is_refused() -> None:
    assert said_of(table(GOOD | {"template": "annual_report_overdue"})) == [
        f"annual_report_overdue puts in association, due, year, which {REGISTERED} does not carry"
    ]


def test_an_event_that_is_heard_and_nobody_is_told_of_is_refused() -> None:
    both = {REGISTERED: AssociationRegistered, AnnualReportOverdue.type: AnnualReportOverdue}
    assert list(faults(table(GOOD), both, templates)) == [f"{AnnualReportOverdue.type} is heard and nobody is told"]


def test_all_faults_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    bad = {"code": "T", "version": "1", "effective_from": "2020-01-01", "escalate_to": ["dept:so-admin"],
           "rules": [{"event": REGISTERED, "tell": [GOOD | {"field": "x"}, GOOD | {"template": "y"}]}]}  # fmt: skip
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(bad), "utf-8")
    with pytest.raises(BadRules, match=r"carries no x; .*no text y"):
        load(tmp_path, [AssociationRegistered], templates)


def test_the_shipped_folder_loads() -> None:
    assert [t.version for t in load(DATA, HEARD, templates).all()] == ["1"]


@pytest.mark.parametrize("wrong", [{"office": "dept:invest"}, {"field": ""}, {"members_of": "uscc"}, {"party": "founder", "field": ""}])
def test_an_audience_is_said_in_exactly_one_way(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Telling.model_validate(GOOD | wrong)


@pytest.mark.parametrize("category", ["STATUTORY", "DUTY"])
def test_what_binds_must_reach_the_inbox(category: str) -> None:
    with pytest.raises(ValidationError, match="must reach the inbox"):
        Telling.model_validate(GOOD | {"class": category, "channels": ["EMAIL"]})


@pytest.mark.parametrize("wrong", [{"class": "OPTIONAL"}, {"channels": []}, {"channels": ["FAX"]}, {"urgency": "NOW"}, {"sender": "me"}])
def test_a_rule_with_unknown_words_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Telling.model_validate(GOOD | wrong)


def test_two_rules_for_one_event_are_refused() -> None:
    rule = {"event": REGISTERED, "tell": [GOOD]}
    with pytest.raises(ValidationError, match="two rules for"):
        RuleTable.model_validate({"code": "T", "version": "1", "effective_from": "2020-01-01", "escalate_to": ["x"], "rules": [rule, rule]})
