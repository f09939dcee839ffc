"""Dossiers, dormancy, coverage, statistics: what is missing, out of term, expiring; who is silent; what nobody stands for."""

from datetime import date
from typing import Any

import pytest

from services.registry.oversight import duties as d
from services.registry.oversight.coverage import CHAINS, coverage
from services.registry.oversight.statistics import (
    STATISTICS,
    InvestmentLeadCreated,
    LeadDropped,
    LeadReclassified,
    LeadStageAdvanced,
    MemberExited,
    MemberJoined,
    table,
)
from services.registry.service import KINDS
from shared.industry import DIVISIONS
from shared.record import Heard
from tests.registry.examples import AIR, by

TODAY = date(2026, 3, 2)
RULES = d.RULES.in_force(TODAY)
TERM = next(x for x in RULES.duties if x.code == "TERM")
LIST = next(x for x in RULES.duties if x.code == "ABNORMAL_LIST")
ASSEMBLY = next(x for x in RULES.duties if x.code == "ASSEMBLY")


class Elected(Heard):
    association: str = AIR
    term_to: str | None = "2026-12-31"
    due: str | None = None


def state(duty: d.Duty, effect: d.Effect, heard: Heard, on: date = TODAY, today: date = TODAY) -> tuple[str, date | None]:
    item = d.stands(duty, d.kept(duty, effect, heard, on), today, told=True)
    return item.state, item.day


@pytest.mark.parametrize(
    ("effect", "until", "today", "expected"),
    [
        ("kept", "2030-12-31", TODAY, "KEPT"), ("kept", "2026-08-29", TODAY, "EXPIRING"), ("kept", "2026-08-30", TODAY, "KEPT"),
        ("kept", "2026-03-02", TODAY, "EXPIRING"), ("kept", "2026-03-01", TODAY, "OUT_OF_TERM"), ("due", "2026-03-02", TODAY, "DUE"),
        ("due", "2026-03-01", TODAY, "OVERDUE"), ("broken", "2026-03-01", TODAY, "OVERDUE"), ("kept", "not a day", TODAY, "KEPT"),
    ],
)  # fmt: skip
def test_a_term_is_kept_expiring_or_over(effect: d.Effect, until: str, today: date, expected: str) -> None:
    assert state(TERM, effect, Elected(term_to=until), today=today)[0] == expected


def test_what_is_kept_for_a_time_runs_out_by_the_table() -> None:
    assert state(ASSEMBLY, "kept", Elected(), on=date(2025, 3, 1)) == ("OUT_OF_TERM", date(2026, 3, 1))
    assert state(ASSEMBLY, "kept", Elected(), on=date(2025, 4, 1)) == ("EXPIRING", date(2026, 4, 1))


def test_a_listing_stands_until_it_is_removed() -> None:
    assert state(LIST, "broken", Elected()) == ("BROKEN", TODAY)
    assert state(LIST, "gone", Elected()) == ("NONE", None)


def test_what_nobody_could_tell_is_not_held_against_anybody() -> None:
    assert d.stands(TERM, None, TODAY, told=True).state == "MISSING"
    assert d.stands(TERM, None, TODAY, told=False).state == "NONE"
    items, _ = d.dossier({}, TODAY, frozenset({"association_activated"}))
    assert [(i.code, i.state) for i in items] == [("FILINGS", "MISSING")]


def test_the_gravest_lack_comes_first() -> None:
    known = {"duties": {"TERM": {"what": "kept", "on": "2020-01-01", "until": "2025-01-01"}, "CSR_REPORT": {"what": "kept", "on": "2026-01-01", "until": "2027-04-01"},
                        "ANNUAL_REPORT": {"what": "broken", "on": "2026-06-01", "until": None}}}  # fmt: skip
    items, _ = d.dossier(known, TODAY, frozenset())
    assert [(i.code, i.state) for i in items] == [("TERM", "OUT_OF_TERM"), ("ANNUAL_REPORT", "OVERDUE"), ("CSR_REPORT", "KEPT")]


@pytest.mark.parametrize(
    ("last", "level"),
    [("2026-03-02", None), ("2025-12-03", None), ("2025-12-02", "QUIET"), ("2025-09-03", "SILENT"), ("2025-03-02", "DORMANT")],
)
def test_silence_is_a_signal_long_before_it_is_a_sanction(last: str, level: str | None) -> None:
    assert d.quiet(last, TODAY, RULES.quiet).level == level


def test_the_table_hears_what_the_records_of_today_tell_and_waits_for_the_rest() -> None:
    told, heard = d.told_of(KINDS), {h.type.split(".")[2] for h in d.duties_heard(KINDS)}
    assert {"annual_report_opened", "annual_report_submitted", "annual_report_overdue", "abnormal_listing_added", "member_joined"} <= heard
    assert heard == {name for name in d.followed() if name in told}


# ── what is written ───────────────────────────────────────────────────────────────────────────────
class Effects:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}

    async def one(self, collection: str, id_: str) -> dict[str, Any] | None:
        return self.rows.get((collection, id_))

    def update(self, collection: str, id_: str, change: dict[str, Any], *, upsert: bool = True) -> None:
        row = self.rows.setdefault((collection, id_), {})
        row |= change.get("$set", {})
        for name, value in change.get("$max", {}).items():
            row[name] = max(row.get(name, ""), value)
        for name, n in change.get("$inc", {}).items():
            row[name] = row.get(name, 0) + n


async def test_an_event_of_the_table_leaves_its_mark_and_a_sign_of_life() -> None:
    effects, found = Effects(), {h.type.split(".")[2]: (h, f) for h, f in d.duties_heard(KINDS).items()}
    heard, handle = found["annual_report_opened"]
    await handle(heard.model_validate({"association": AIR, "due": "2026-05-31"}), by("PLATFORM"), effects)  # type: ignore[arg-type]
    row = effects.rows["dossiers", AIR]
    assert row == {"duties.ANNUAL_REPORT": {"what": "due", "on": "2026-03-02", "until": "2026-05-31"}}, "an office's act is no sign of life"
    heard, handle = found["annual_report_submitted"]
    await handle(heard.model_validate({"association": AIR}), by("PLATFORM", date(2026, 3, 5)), effects)  # type: ignore[arg-type]
    assert (row["duties.ANNUAL_REPORT"]["what"], row["last_sign_on"]) == ("kept", "2026-03-05")


async def test_leads_stand_where_they_stand_and_members_are_counted() -> None:
    effects = Effects()
    for heard in (
        InvestmentLeadCreated(about="a", confidentiality="INTERNAL"), InvestmentLeadCreated(about="b", confidentiality="PUBLIC"),
        LeadStageAdvanced(about="a", stage="SIGNED"), LeadDropped(about="b"),
        MemberJoined(kind="PERSON", joined_on=TODAY), MemberExited(left_on=TODAY, exit_reason="DISSATISFIED"),
    ):  # fmt: skip
        await STATISTICS[type(heard)](heard, by("PLATFORM"), effects)  # type: ignore[arg-type]
    held = effects.rows["statistics", "leads_by_stage"]
    assert {n: v for n, v in held.items() if v} == {"n.SIGNED": 1, "n.DROPPED": 1}
    public = effects.rows["statistics", "public_leads_by_stage"]
    assert {n: v for n, v in public.items() if v} == {"n.DROPPED": 1}
    for heard in (LeadReclassified(about="a", confidentiality="PUBLIC"), LeadReclassified(about="b", confidentiality="CONFIDENTIAL")):
        await STATISTICS[type(heard)](heard, by("PLATFORM"), effects)  # type: ignore[arg-type]
    assert {n: v for n, v in public.items() if v} == {"n.SIGNED": 1}
    assert {n: v for n, v in held.items() if v} == {"n.SIGNED": 1, "n.DROPPED": 1}
    assert effects.rows["statistics", "exited_by_reason"] == {"n.DISSATISFIED": 1}


def test_cells_that_could_tell_persons_are_hidden_and_others_are_not() -> None:
    assert table({"DISSATISFIED": 3, "OTHER": 20}, personal=True).model_dump() == {
        "cells": {"DISSATISFIED": "<5", "OTHER": 20},
        "total": "≥21",
    }
    assert table({"2026/QUALIFIED": 3}, personal=False).model_dump() == {"cells": {"2026/QUALIFIED": 3}, "total": 3}


# ── coverage ──────────────────────────────────────────────────────────────────────────────────────
def test_every_division_and_every_chain_is_on_the_map() -> None:
    found = coverage({}, TODAY)
    assert found.divisions_without == len(DIVISIONS) == sum(len(s.divisions) for s in found.sections)
    assert set(found.chains_without) == {c.code for c in CHAINS.in_force(TODAY).chains}


def test_a_registration_closes_a_gap() -> None:
    found = coverage({"36": 1, "3825": 2, "38": 2}, TODAY)
    assert {"CONNECTED_VEHICLES", "PHOTOVOLTAICS"}.isdisjoint(found.chains_without)
    assert found.divisions_without == len(DIVISIONS) - 2
    manufacturing = next(c for c in found.chains if c.code == "ADVANCED_MANUFACTURING")
    assert manufacturing.covered and manufacturing.gaps == ["34", "35", "37"]


def test_the_chains_of_a_day_are_those_in_force_that_day() -> None:
    assert coverage({}, date(2021, 3, 11)).chains_version == "2020-06"
