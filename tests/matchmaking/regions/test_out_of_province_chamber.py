from datetime import date, timedelta

import pytest

from services.matchmaking.months import morning
from services.matchmaking.partnerships.partnership import OutOfProvinceChamberClosed as ClosedHeard
from services.matchmaking.partnerships.partnership import OutOfProvinceChamberEstablished as EstablishedHeard
from services.matchmaking.partnerships.partnership import end_for_closed, form_with_chamber, partnerships
from services.matchmaking.regions.out_of_province_chamber import (
    AssociationEnded,
    Certificate,
    Chamber,
    chambers,
    close_for_ended,
    confirm,
    lapse,
    note_deregistration,
    note_registration,
    press_for_confirmation,
    press_for_founding,
    press_for_report,
    propose,
    report,
    send_back,
    support,
)
from services.matchmaking.regions.rules import cooperation
from shared.record import Malformed
from shared.uscc import demo_code
from tests.matchmaking.samples import LOGISTICS, NOON, call, on, refused

TODAY = NOON.date()
RULES = cooperation().in_force(TODAY, "COOPERATION")
THERE = Certificate(uscc=demo_code("51440300", 77), authority="深圳市民政局", registered_on=TODAY, document="certificate.pdf")


def proposed(others: list[Chamber] | None = None, host: str = "4403") -> Chamber:
    return chambers.open(propose(call(), "深圳市西咸商会", host, "联系当地陕西籍企业", others or [], RULES), "c1")


def prepared() -> Chamber:
    return on(chambers, proposed(), support(proposed(), call("FIC"), TODAY + timedelta(days=60)))


def shown() -> Chamber:
    return on(chambers, prepared(), note_registration(prepared(), call(), THERE, RULES))


def established() -> Chamber:
    return on(chambers, shown(), confirm(shown(), call("SO_ADMIN"), RULES))


def test_it_is_founded_in_another_province_that_exists() -> None:
    with pytest.raises(Malformed, match="no such province"):
        proposed(host="99")
    with pytest.raises(Malformed, match="outside Shaanxi"):
        proposed(host="6101")


def test_one_of_a_name_in_a_place_until_it_is_closed() -> None:
    with refused("already_proposed"):
        proposed([proposed()])
    over = on(chambers, proposed(), lapse(proposed(), call("CLOCK")))
    assert (over.stage, over.claim) == ("CLOSED", None)
    assert proposed([over]).stage == "PROPOSED"


def test_a_plan_looks_ahead_and_is_asked_after_when_it_is_over() -> None:
    with refused("date_past"):
        support(proposed(), call("FIC"), TODAY - timedelta(days=1))
    asked = press_for_founding(prepared(), call("CLOCK"))
    assert asked is not None
    assert asked.founding_planned_on == TODAY + timedelta(days=60)


def test_the_certificate_of_the_host_is_looked_at_within_ten_working_days() -> None:
    assert shown().stage == "REGISTERED_AT_HOST"
    assert shown().confirm_by == date(2026, 3, 23)
    assert press_for_confirmation(shown(), call("CLOCK")) is not None


def test_a_certificate_sent_back_may_be_shown_again() -> None:
    back = on(chambers, shown(), send_back(shown(), call("SO_ADMIN"), "印章不清", TODAY + timedelta(days=20)))
    assert (back.stage, back.certificate, back.confirm_by) == ("PREPARING", None, None)
    assert on(chambers, back, note_registration(back, call(), THERE, RULES)).stage == "REGISTERED_AT_HOST"


def test_a_certificate_of_tomorrow_is_none() -> None:
    with refused("date_ahead"):
        note_registration(prepared(), call(), THERE.model_copy(update={"registered_on": TODAY + timedelta(days=1)}), RULES)


def test_established_it_is_a_cross_region_partnership_of_the_usual_term() -> None:
    chamber = established()
    heard = EstablishedHeard(
        about=chamber.id, association=LOGISTICS, name=chamber.name, host_region="4403", uscc=THERE.uscc, established_on=TODAY
    )
    formed = form_with_chamber(call("PLATFORM"), heard, RULES)
    assert (formed.agreement, formed.basis, formed.partner) == ("c1", "OUT_OF_PROVINCE_CHAMBER", THERE.uscc)
    assert (formed.partner_name, formed.home_region, formed.ends_on) == ("深圳市西咸商会", "4403", date(2029, 3, 9))
    assert formed.clauses == RULES.chamber_clauses

    partnership = partnerships.open(formed, "x")
    over = end_for_closed(partnership, call("PLATFORM"), ClosedHeard(about="c1"))
    assert on(partnerships, partnership, over).stage == "ENDED"


def test_it_reports_once_for_a_year_it_existed_in() -> None:
    with pytest.raises(Malformed, match="did not exist"):
        report(established(), call(), 2025, 40, 3, RULES)
    told = on(chambers, established(), report(established(), call(), 2026, 40, 3, RULES))
    assert told.reported_year == 2026
    assert told.report_due == date(2028, 3, 9)
    with refused("already_reported"):
        report(told, call(), 2026, 41, 3, RULES)


def test_a_year_without_a_word_is_asked_after() -> None:
    chamber = established()
    assert chamber.report_due == date(2027, 3, 9)
    asked = press_for_report(chamber, call("CLOCK", now=morning(date(2027, 3, 10))))
    assert asked is not None
    assert asked.report_due == date(2027, 3, 9)


def test_what_the_host_has_registered_outlives_the_association_behind_it() -> None:
    gone = AssociationEnded(about=LOGISTICS, uscc=LOGISTICS)
    assert [e.cause for e in close_for_ended(prepared(), call("PLATFORM"), gone)] == ["ASSOCIATION_GONE"]
    assert "ACTIVE" not in chambers.moves["close_for_ended"].when


def test_struck_off_at_the_host_it_is_closed() -> None:
    assert on(chambers, established(), note_deregistration(established(), call(), "struck-off.pdf")).stage == "CLOSED"
