from datetime import timedelta

import pytest

from services.matchmaking.regions.international_prospect import (
    Prospect,
    apply_,
    close,
    contact,
    identify,
    note_registration,
    press,
    prospects,
)
from services.matchmaking.regions.meeting_rules import LegalPath, meeting_rules
from shared.record import Malformed
from tests.matchmaking.samples import NOON, call, on, refused

TODAY = NOON.date()
RULES = meeting_rules().in_force(TODAY, "MEETINGS")


def found(path: LegalPath = "FOREIGN_CHAMBER", country: str = "DE") -> Prospect:
    told = identify(call("FIC"), "德中商会西安代表处", country, path, "服务欧资企业", "商务部名录", RULES)
    return prospects.open(told, "i1")


def spoken_to(path: LegalPath = "FOREIGN_CHAMBER") -> Prospect:
    return on(prospects, found(path), contact(found(path), call("FIC"), TODAY, "已线上会谈", RULES))


def test_it_comes_from_abroad() -> None:
    with pytest.raises(Malformed, match="from abroad"):
        found(country="CN")


def test_a_foreign_chamber_goes_to_the_ministry_with_its_papers() -> None:
    papers = RULES.paths["FOREIGN_CHAMBER"].papers
    with refused("papers_missing"):
        apply_(spoken_to(), call("FIC"), papers[1:], RULES)
    applied = on(prospects, spoken_to(), apply_(spoken_to(), call("FIC"), papers, RULES))
    assert (applied.stage, applied.papers) == ("APPLYING", papers)
    registered = note_registration(applied, call("FIC"), TODAY, "外商会-01", RULES)
    assert (registered.authority, on(prospects, applied, registered).next_due) == ("民政部", None)


def test_an_office_of_an_overseas_ngo_needs_a_supervising_unit_and_goes_to_the_police() -> None:
    prospect, papers = spoken_to("NGO_OFFICE"), RULES.paths["NGO_OFFICE"].papers
    with refused("no_supervising_unit"):
        apply_(prospect, call("FIC"), papers, RULES)
    assert apply_(prospect, call("FIC"), papers, RULES, "陕西省商务厅").authority == "省级公安机关"


def test_every_stage_has_its_day_and_is_asked_after_once() -> None:
    assert found().next_due == TODAY + timedelta(days=30)
    assert spoken_to().next_due == TODAY + timedelta(days=90)
    asked = press(found(), call("CLOCK"))
    assert asked is not None
    assert on(prospects, found(), asked).next_due is None


def test_given_up_its_name_is_free() -> None:
    assert on(prospects, found(), close(found(), call("FIC"), "无意愿")).claim is None
