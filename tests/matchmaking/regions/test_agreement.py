from datetime import date, timedelta

import pytest

from services.matchmaking.regions.agreement import (
    Agreement,
    AssociationEnded,
    FriendshipAgreementSigned,
    FriendshipEnded,
    agreements,
    close,
    lapse,
    negotiate,
    note_declined,
    propose,
    sign,
    withdraw,
    withdraw_for_ended,
)
from services.matchmaking.regions.external_organisation import Entry, ExternalOrganisation, external_organisations, list_
from services.matchmaking.regions.rules import cooperation
from shared.record import NotFound
from tests.matchmaking.samples import AUTOMOTIVE, LOGISTICS, NOON, call, on, refused

RULES = cooperation().in_force(NOON.date(), "COOPERATION")


def shenzhen() -> ExternalOrganisation:
    entry = Entry(name="深圳市物流协会", kind="INDUSTRY_ASSOCIATION", region="4403")
    return external_organisations.open(list_(call("SO_ADMIN"), entry, "名录", []), "ext-1")


def proposed(**more: int) -> Agreement:
    told = propose(call(), "ext-1", ("MUTUAL_VISITS", "INFORMATION_EXCHANGE", "MUTUAL_VISITS"), shenzhen(), [], RULES, **more)
    return agreements.open(told, "a1")


def talked() -> Agreement:
    return on(agreements, proposed(), negotiate(proposed(), call(), ("FAIR_SUPPORT",), "视频会议", RULES))


def test_the_term_is_three_years_unless_another_is_named_and_a_clause_counts_once() -> None:
    assert (proposed().term_years, proposed().clauses) == (3, ("MUTUAL_VISITS", "INFORMATION_EXCHANGE"))
    assert proposed(term_years=5).term_years == 5


def test_a_partner_must_stand_in_the_directory() -> None:
    with refused("partner_not_listed"):
        propose(call(), "ext-9", ("MUTUAL_VISITS",), None, [], RULES)
    with refused("partner_not_listed"):
        propose(call(), "ext-1", ("MUTUAL_VISITS",), shenzhen().model_copy(update={"stage": "DELISTED"}), [], RULES)


def test_two_have_one_agreement_at_a_time() -> None:
    with refused("already_friends"):
        propose(call(), "ext-1", ("MUTUAL_VISITS",), shenzhen(), [proposed()], RULES)
    assert ("pair",) in agreements.unique


def test_it_is_signed_after_talks_and_says_all_the_partnership_needs() -> None:
    told = sign(talked(), call(), date(2026, 3, 9), "友好商会协议")
    assert isinstance(told, FriendshipAgreementSigned)
    assert (told.association, told.partner_name, told.home_region, told.clauses) == (LOGISTICS, "深圳市物流协会", "4403", ("FAIR_SUPPORT",))
    with refused("date_ahead"):
        sign(talked(), call(), date(2026, 3, 10), "x")


def test_nothing_is_signed_without_talks() -> None:
    assert agreements.moves["sign"].when == ("NEGOTIATING",)


@pytest.mark.parametrize("give_up", [withdraw, note_declined])
def test_who_gives_up_may_try_again(give_up: object) -> None:
    after = on(agreements, proposed(), give_up(proposed(), call(), "暂缓"))  # type: ignore[operator]
    assert after.pair is None
    assert after.stage in ("WITHDRAWN", "DECLINED")


def test_half_a_year_without_talks_lets_it_lapse() -> None:
    ((when, move),) = agreements.clocks(proposed(), {})
    assert (when, move.name) == (NOON + timedelta(days=180), "lapse")
    assert on(agreements, proposed(), lapse(proposed(), call("CLOCK"))).stage == "LAPSED"


def test_an_ended_partnership_frees_the_pair() -> None:
    signed = on(agreements, talked(), sign(talked(), call(), date(2026, 3, 9), "x"))
    assert on(agreements, signed, close(signed, call("PLATFORM"), FriendshipEnded(agreement="a1"))).pair is None


def test_a_deregistered_association_makes_no_friends() -> None:
    told = withdraw_for_ended(proposed(), call("PLATFORM"), AssociationEnded(uscc=LOGISTICS))
    assert told.cause == "ASSOCIATION_GONE"


def test_another_association_does_not_see_it() -> None:
    with pytest.raises(NotFound):
        agreements.admit(proposed(), call(organisation=AUTOMOTIVE))
