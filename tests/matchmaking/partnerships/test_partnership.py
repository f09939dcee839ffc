from datetime import date, datetime, timedelta

from services.matchmaking.months import months_after, morning
from services.matchmaking.partnerships.partnership import (
    AssociationEnded,
    ExchangeHeld,
    FriendshipAgreementSigned,
    FriendshipRevived,
    Partnership,
    end,
    end_for_ended,
    end_with_term,
    fall_dormant,
    form,
    hold_exchange,
    missing,
    partnerships,
    remind,
    renew,
)
from services.matchmaking.regions.rules import cooperation
from tests.matchmaking.samples import LOGISTICS, NOON, call, on, refused

RULES = cooperation().in_force(NOON.date(), "COOPERATION")
SIGNED = FriendshipAgreementSigned(
    about="a1", association=LOGISTICS, partner="ext-1", partner_name="深圳市物流协会", home_region="4403", clauses=("MUTUAL_VISITS",),
    signed_on=date(2026, 3, 9), term_years=3,
)  # fmt: skip


def formed() -> Partnership:
    return partnerships.open(form(call("PLATFORM"), SIGNED, RULES), "x")


def dormant() -> Partnership:
    return on(partnerships, formed(), fall_dormant(formed(), call("CLOCK")))


def at(day: date) -> datetime:
    return morning(day)


def test_a_signed_agreement_founds_one_partnership_for_its_term() -> None:
    found = formed()
    assert (found.id, found.stage, found.formed_on, found.ends_on) == ("a1", "ACTIVE", date(2026, 3, 9), date(2029, 3, 9))
    assert partnerships.key == ("agreement",)


def test_it_is_reminded_at_nine_and_eleven_months_and_sleeps_at_twelve() -> None:
    rings, fired = [], {}
    while len(rings) < 3:
        when, move = partnerships.clocks(formed(), fired)[0]
        rings.append((when.date(), move.name))
        fired[move.name] = when
    assert rings == [(date(2026, 12, 9), "remind"), (date(2027, 2, 9), "remind"), (date(2027, 3, 9), "fall_dormant")]


def test_the_reminder_says_what_the_year_lacks() -> None:
    told = remind(formed(), call("CLOCK", at(date(2026, 12, 9))))
    assert told.missing == {"VISIT": 1, "LETTER": 2}


def test_an_exchange_moves_the_deadlines_and_counts_for_the_year() -> None:
    now = call(now=at(date(2026, 6, 1)))
    after = on(partnerships, formed(), hold_exchange(formed(), now, "VISIT", date(2026, 5, 20), "赴深圳考察", RULES))
    assert (after.last_exchange, after.dormant_on) == (date(2026, 5, 20), date(2027, 5, 20))
    assert missing(after, date(2026, 12, 1), RULES) == {"LETTER": 2}
    assert missing(after, date(2027, 6, 1), RULES) == {"VISIT": 1, "LETTER": 2}


def test_an_exchange_told_late_does_not_move_the_deadlines_back() -> None:
    now = call(now=at(date(2026, 6, 10)))
    after = on(partnerships, formed(), hold_exchange(formed(), now, "VISIT", date(2026, 6, 1), "x", RULES))
    after = on(partnerships, after, hold_exchange(after, now, "LETTER", date(2026, 4, 1), "x", RULES))
    assert after.last_exchange == date(2026, 6, 1)
    assert [x.held_on for x in after.exchanges] == [date(2026, 4, 1), date(2026, 6, 1)]


def test_an_exchange_lies_between_signature_and_today() -> None:
    for day in (date(2026, 3, 8), date(2026, 3, 10)):
        with refused("date_outside"):
            hold_exchange(formed(), call(), "VISIT", day, "x", RULES)


def test_a_new_exchange_wakes_a_dormant_friendship_and_an_old_one_does_not() -> None:
    now = call(now=at(date(2027, 5, 1)))
    told = hold_exchange(dormant(), now, "VISIT", date(2027, 4, 30), "x", RULES)
    assert [type(e) for e in told] == [ExchangeHeld, FriendshipRevived]
    assert on(partnerships, dormant(), told).stage == "ACTIVE"
    assert on(partnerships, dormant(), hold_exchange(dormant(), now, "VISIT", date(2026, 4, 1), "x", RULES)).stage == "DORMANT"


def test_it_is_renewed_in_its_last_three_months_and_the_new_term_follows_the_old() -> None:
    with refused("too_early"):
        renew(formed(), call(now=at(date(2028, 12, 8))), 3, RULES)
    after = on(partnerships, formed(), renew(formed(), call(now=at(date(2028, 12, 9))), 3, RULES))
    assert (after.stage, after.ends_on) == ("RENEWED", date(2032, 3, 9))


def test_a_dormant_friendship_may_be_renewed_at_any_time() -> None:
    assert renew(dormant(), call(now=at(date(2027, 4, 1))), 2, RULES).ends_on == date(2031, 3, 9)


def test_the_term_ends_it_the_day_after_or_a_party_or_the_end_of_the_association() -> None:
    last = [t for t, m in partnerships.clocks(dormant(), {}) if m.name == "end_with_term"]
    assert last == [morning(formed().ends_on + timedelta(days=1))]
    gone = end_for_ended(formed(), call("PLATFORM"), AssociationEnded(uscc=LOGISTICS))
    causes = [end_with_term(formed(), call("CLOCK")).cause, end(formed(), call()).cause, gone.cause]
    assert causes == ["TERM_OVER", "BY_A_PARTY", "ASSOCIATION_GONE"]


def test_everybody_may_read_it() -> None:
    assert "PUBLIC" in partnerships.readers


def test_months_end_with_the_month() -> None:
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert months_after(date(2026, 1, 15), -3) == date(2025, 10, 15)
