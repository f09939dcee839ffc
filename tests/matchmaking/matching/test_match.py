from datetime import timedelta
from typing import Any

import pytest

from services.matchmaking.engine.scoring import Party, assess
from services.matchmaking.matching.contact_card import ContactCard
from services.matchmaking.matching.match import (
    AssociationEnded,
    Match,
    MatchAccepted,
    MatchConnected,
    MatchDeclined,
    ReportUpheld,
    Standing,
    accept,
    decline,
    dismiss_report,
    fulfil,
    hide_contact,
    lapse,
    lapse_as_junk,
    lapse_for_ended,
    lapse_without_outcome,
    matches,
    pair_of,
    press_for_decision,
    propose,
    propose_best,
    read_contact,
    record_answer,
    remind_of_answer,
    report,
    show_contact,
    uphold_report,
)
from services.matchmaking.matching.pairing import Choice, Pairing
from services.matchmaking.matching.rules import matching_rules
from services.matchmaking.profiles.profile import scale_of
from shared.record import NotFound
from shared.uscc import demo_code
from tests.matchmaking.parties import CHAMBER, association, chamber, enterprise
from tests.matchmaking.samples import COMPANY, FIRM, NOON, call, on, refused

PREFAB = association().id
SCALE = scale_of(NOON.date())
RULES = matching_rules().in_force(NOON.date(), "MATCHING")
OURS = call(organisation=PREFAB)
THEIRS = call("ENTERPRISE")
CARD = ContactCard(id=PREFAB, stage="KEPT", owner=PREFAB)


def pairing(seeker: Party | None = None, candidate: Party | None = None) -> Pairing:
    return Pairing(seeker or association(), candidate or enterprise(), None, None, SCALE)


def proposed(by: Any = OURS, candidate: Party | None = None) -> Match:
    to = candidate or enterprise()
    return matches.open(propose(by, PREFAB, to.id, pairing(candidate=to), [], Standing(), RULES), "m1")


def connected() -> Match:
    return on(matches, proposed(), accept(proposed(), THEIRS, RULES))


def test_a_proposal_carries_the_score_three_reasons_and_the_versions() -> None:
    match = proposed()
    found = assess(association(), enterprise(), SCALE, NOON.date())
    assert (match.mutual, match.score) == (found.mutual, round(100 * found.mutual))
    assert len(match.reasons) == 3
    assert (match.weights, match.terms, match.association) == ("2021-1", "2021-1", PREFAB)


def test_who_proposes_for_itself_has_agreed_the_administration_agrees_for_nobody() -> None:
    assert proposed().accepted_by == (PREFAB,)
    assert proposed(call("SO_ADMIN")).accepted_by == ()


def test_nobody_proposes_for_another() -> None:
    with refused("not_yours"):
        propose(call(organisation=demo_code("51611100", 5)), PREFAB, FIRM, pairing(), [], Standing(), RULES)


def test_a_note_of_refusal_carries_no_contact() -> None:
    with refused("contact_in_text"):
        decline(proposed(), THEIRS, "OTHER", "请直接联系 13800001234")


def test_contact_is_made_only_when_both_have_agreed() -> None:
    match = proposed(call("SO_ADMIN"))
    first = accept(match, OURS, RULES)
    assert [type(e) for e in first] == [MatchAccepted]
    match = on(matches, match, first)
    with refused("already_accepted"):
        accept(match, OURS, RULES)
    assert [type(e) for e in accept(match, THEIRS, RULES)] == [MatchAccepted, MatchConnected]


def test_a_declined_match_frees_the_pair() -> None:
    after = on(matches, proposed(), decline(proposed(), THEIRS, "NOT_OUR_FIELD"))
    assert (after.stage, after.pair) == ("DECLINED", None)


def test_two_parties_have_one_open_match() -> None:
    with refused("already_proposed"):
        propose(OURS, PREFAB, FIRM, pairing(), [proposed()], Standing(), RULES)
    assert pair_of("b", "a") == pair_of("a", "b")
    assert ("pair",) in matches.unique


@pytest.mark.parametrize(
    ("code", "fact"),
    [("excluded_not_active", {"active": False}), ("excluded_serious_violation", {"serious": True}), ("excluded_no_capacity", {"open_matches": 10}),
     ("excluded_already_bound", {"bound": frozenset({PREFAB})}), ("excluded_not_listed", {"listed": False})],
)  # fmt: skip
def test_hard_limits_come_before_any_score(code: str, fact: dict[str, Any]) -> None:
    with refused(code):
        propose(OURS, PREFAB, FIRM, pairing(candidate=enterprise(**fact)), [], Standing(), RULES)


def test_a_seeker_on_the_serious_list_proposes_nothing() -> None:
    with refused("excluded_serious_violation"):
        propose(OURS, PREFAB, FIRM, pairing(seeker=association(serious=True)), [], Standing(), RULES)


def test_who_suits_too_little_is_not_proposed() -> None:
    baker = enterprise(name="面包店", gbt4754=("1411",), place="XX-KG", needs=(), offers=())
    with refused("below_threshold"):
        propose(OURS, PREFAB, FIRM, pairing(candidate=baker), [], Standing(), RULES)


def test_an_unknown_party_is_not_found() -> None:
    with pytest.raises(NotFound):
        propose(OURS, PREFAB, FIRM, Pairing(association(), None, None, None, SCALE), [], Standing(), RULES)


def test_a_need_that_is_not_open_is_not_proposed_for() -> None:
    with refused("need_not_open"):
        propose(OURS, PREFAB, FIRM, pairing(), [], Standing(), RULES, need="n-none")


def test_the_best_are_proposed_to_but_not_those_one_is_in_touch_with() -> None:
    ranked = tuple((p, assess(association(), p, SCALE, NOON.date())) for p in (enterprise(), enterprise(COMPANY)))
    told = propose_best(OURS, PREFAB, "ENTERPRISES", Choice(association(), ranked, SCALE), [proposed()], Standing(), RULES)
    assert [e.candidate for e in told] == [COMPANY]
    with refused("nobody_suits"):
        propose_best(OURS, PREFAB, "ENTERPRISES", Choice(association(), ranked[:1], SCALE), [proposed()], Standing(), RULES)


def test_two_weeks_without_both_answers_and_it_lapses_after_a_reminder() -> None:
    when = {m.name: t for t, m in matches.clocks(proposed(), {})}
    assert when == {"remind_of_answer": NOON + timedelta(days=11), "lapse": NOON + timedelta(days=14)}
    assert remind_of_answer(proposed(), call("CLOCK")).waiting_for == (FIRM,)
    assert on(matches, proposed(), lapse(proposed(), call("CLOCK"))).stage == "LAPSED"


def test_a_connected_match_is_brought_to_an_end_or_lapses_after_ninety_days() -> None:
    when = {m.name: t for t, m in matches.clocks(connected(), {})}
    assert when == {"remind_of_outcome": NOON + timedelta(days=76), "lapse_without_outcome": NOON + timedelta(days=90)}
    done = fulfil(connected(), THEIRS, "JOINED", 5)
    assert (done.association, done.outcome, on(matches, connected(), done).rating) == (PREFAB, "JOINED", 5)
    assert lapse_without_outcome(connected(), call("CLOCK")).cause == "NO_OUTCOME"


def test_the_administration_records_what_a_chamber_elsewhere_answered() -> None:
    match = proposed(candidate=chamber())
    yes = record_answer(match, call("SO_ADMIN"), True, "复函", RULES)
    assert [type(e) for e in yes] == [MatchAccepted, MatchConnected]
    (no,) = record_answer(match, call("SO_ADMIN"), False, "复函", RULES)
    assert isinstance(no, MatchDeclined)
    assert no.by == CHAMBER
    with refused("answers_itself"):
        record_answer(proposed(), call("SO_ADMIN"), True, "x", RULES)


def test_a_deregistered_party_ends_it() -> None:
    gone = lapse_for_ended(connected(), call("PLATFORM"), AssociationEnded(uscc=PREFAB))
    assert (gone.cause, on(matches, connected(), gone).pair) == ("PARTY_GONE", None)


def test_a_third_party_does_not_see_it() -> None:
    with pytest.raises(NotFound):
        matches.admit(proposed(), call("ENTERPRISE", organisation=COMPANY))


# ── contact cards ─────────────────────────────────────────────────────────────────────────────────
def test_a_card_is_read_while_both_consent_and_not_a_moment_longer() -> None:
    one = on(matches, connected(), show_contact(connected(), OURS))
    with refused("not_agreed"):
        read_contact(one, THEIRS, CARD)
    with refused("already_shown"):
        show_contact(one, OURS)
    both = on(matches, one, show_contact(one, THEIRS))
    read = read_contact(both, THEIRS, CARD)
    assert (read.by, read.other) == (FIRM, PREFAB)
    for nothing in (None, CARD.model_copy(update={"stage": "ERASED"})):
        with pytest.raises(NotFound, match="no card"):
            read_contact(both, THEIRS, nothing)
    hidden = on(matches, both, hide_contact(both, OURS))
    with refused("not_agreed"):
        read_contact(hidden, THEIRS, CARD)
    with refused("not_shown"):
        hide_contact(hidden, OURS)


# ── junk and quotas ───────────────────────────────────────────────────────────────────────────────
def reported() -> Match:
    return on(matches, proposed(), report(proposed(), THEIRS, "PRICE_FISHING", RULES))


def upheld() -> Match:
    return on(matches, reported(), uphold_report(reported(), call("SO_ADMIN")))


def test_a_report_is_made_once_within_fifteen_days_and_decided_within_five_working_days() -> None:
    assert reported().decide_by == NOON + timedelta(days=7)
    with refused("already_reported"):
        report(reported(), OURS, "FRAUD", RULES)
    with refused("report_too_late"):
        report(proposed(), call("ENTERPRISE", NOON + timedelta(days=15, seconds=1)), "FRAUD", RULES)
    assert press_for_decision(reported(), call("CLOCK")).decide_by is None


def test_an_upheld_report_strikes_the_other_side_and_ends_the_match() -> None:
    assert (upheld().struck, upheld().decide_by) == (PREFAB, None)
    gone = lapse_as_junk(upheld(), call("PLATFORM"), ReportUpheld(about="m1"))
    assert (gone.cause, on(matches, upheld(), gone).pair) == ("JUNK", None)
    with refused("no_report"):
        uphold_report(upheld(), call("SO_ADMIN"))
    with refused("no_report"):
        dismiss_report(proposed(), call("SO_ADMIN"), "无依据")


def test_a_dismissed_report_leaves_the_match_as_it_is() -> None:
    left = on(matches, reported(), dismiss_report(reported(), call("SO_ADMIN"), "询价属正常往来"))
    assert (left.stage, left.struck, left.decided) == ("PROPOSED", None, True)


def test_a_quota_of_thirty_in_thirty_days_and_junk_of_the_other_side_is_given_back() -> None:
    used = Standing(mine=(proposed(),) * RULES.quota)
    with refused("quota_used"):
        propose(OURS, PREFAB, FIRM, pairing(), [], used, RULES)
    assert used.left(call(now=NOON + timedelta(days=30)), RULES) == RULES.quota
    theirs_was_junk = proposed().model_copy(update={"struck": FIRM, "struck_on": NOON.date()})
    assert Standing(mine=(theirs_was_junk,) * RULES.quota).left(OURS, RULES) == RULES.quota
    mine_was_junk = proposed().model_copy(update={"struck": PREFAB, "struck_on": NOON.date()})
    assert Standing(mine=(mine_was_junk,) * RULES.quota).left(OURS, RULES) == 0
    assert used.left(call("SO_ADMIN"), RULES) == RULES.quota


def test_the_best_are_proposed_as_far_as_the_quota_goes() -> None:
    ranked = tuple((p, assess(association(), p, SCALE, NOON.date())) for p in (enterprise(), enterprise(COMPANY)))
    nearly = Standing(mine=(proposed(),) * (RULES.quota - 1))
    assert len(propose_best(OURS, PREFAB, "ENTERPRISES", Choice(association(), ranked, SCALE), [], nearly, RULES)) == 1


def test_after_three_strikes_an_organisation_pauses_for_thirty_days() -> None:
    struck = Standing(strikes=(upheld(),) * 3)
    with refused("paused_for_junk"):
        propose(OURS, PREFAB, FIRM, pairing(), [], struck, RULES)
    assert struck.left(call(organisation=PREFAB, now=NOON + timedelta(days=30)), RULES) == RULES.quota
    assert Standing(strikes=(upheld(),) * 2).left(OURS, RULES) == RULES.quota
