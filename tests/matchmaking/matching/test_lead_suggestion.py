from datetime import timedelta
from typing import Any

import pytest

from services.matchmaking.engine.brute_force import rank
from services.matchmaking.matching.lead_push import (
    Fit,
    LeadAccepted,
    LeadPush,
    LeadPushed,
    LeadReclassified,
    begin,
    begin_when_public,
    fit_of,
    party_of_lead,
    pushes,
    search,
)
from services.matchmaking.matching.lead_suggestion import (
    AssociationEnded,
    LeadOver,
    LeadSuggestion,
    lapse,
    pass_over,
    suggest,
    suggestions,
    take_up,
    withdraw_for_ended,
    withdraw_when_closed,
    withdraw_with_lead,
)
from services.matchmaking.matching.lead_suggestion import LeadPushed as PushedHeard
from services.matchmaking.matching.rules import matching_rules
from services.matchmaking.profiles.profile import party_of, scale_of
from shared.record import Malformed
from tests.matchmaking.samples import LOGISTICS, NOON, a_lead, call, on

RULES = matching_rules().in_force(NOON.date(), "MATCHING")
PREFAB = "51611100PDY00005XA"


def public_lead(**more: Any) -> Any:
    return a_lead(**{"confidentiality": "PUBLIC", "accepted_at": NOON} | more)


def profile(id_: str, gbt4754: str, words: str) -> dict[str, Any]:
    return {"_id": id_, "kind": "ASSOCIATION", "name": id_, "place": "XX", "gbt4754": [gbt4754], "updated_on": "2026-03-01",
            "needs": {"n": {"texts": [words], "size": None}}, "offers": {"o": {"texts": [words], "size": None}}}  # fmt: skip


class Reading:
    """A store with one lead and some profiles."""

    def __init__(self, lead: Any, *profiles: dict[str, Any]) -> None:
        self.lead, self.profiles = lead, profiles

    async def get(self, kind: Any, id: str) -> Any:
        return self.lead if self.lead is not None and id == self.lead.id else None

    async def rows(self, collection: str, **equal: Any) -> list[dict[str, Any]]:
        def fits(row: dict[str, Any]) -> bool:
            return all(row.get(n) in (v if isinstance(v, list) else [v]) for n, v in equal.items())

        return [row for row in self.profiles if fits(row)] if collection == "profiles" else []


def begun(lead: Any) -> LeadPush:
    (told,) = begin(call("PLATFORM"), LeadAccepted(about=lead.id), lead, RULES)
    return pushes.open(told, lead.id)


async def found(lead: Any, *profiles: dict[str, Any]) -> Fit:
    return await fit_of(Reading(lead, *profiles), call("CLOCK"), begun(public_lead()), None)  # type: ignore[arg-type]


SUITS = profile(PREFAB, public_lead().project.gbt4754, f"{public_lead().project.title} {public_lead().project.chain or ''}")
FOREIGN = profile("51611100PDY000061F", "0111", "花卉")


@pytest.mark.parametrize(
    "change", [{"confidentiality": "INTERNAL"}, {"confidentiality": "CONFIDENTIAL"}, {"accepted_at": None}, {"stage": "DROPPED"}]
)
def test_only_a_public_accepted_lead_is_searched_for(change: dict[str, Any]) -> None:
    lead = public_lead(**change)
    assert begin(call("PLATFORM"), LeadAccepted(about=lead.id), lead, RULES) == []
    assert begin_when_public(call("PLATFORM"), LeadReclassified(about=lead.id, confidentiality="PUBLIC"), None, RULES) == []
    assert begun(public_lead()).search_at == NOON


async def test_those_above_the_threshold_are_told_and_not_who_brought_it() -> None:
    lead = public_lead()
    told = search(begun(lead), call("CLOCK"), await found(lead, SUITS, FOREIGN, SUITS | {"_id": LOGISTICS}), RULES)
    assert isinstance(told, LeadPushed)
    assert told.found == (PREFAB,)
    scale = scale_of(NOON.date())
    best = rank(party_of_lead(lead), [party_of(SUITS)], scale, NOON.date(), 1).best
    assert told.suggestions[0].score == round(100 * best[0][1].mutual)
    assert len(told.suggestions[0].reasons) == 3


async def test_what_it_became_meanwhile_is_read_again() -> None:
    closed = public_lead(confidentiality="CONFIDENTIAL")
    assert type(search(begun(public_lead()), call("CLOCK"), await found(closed, SUITS), RULES)).__name__ == "LeadPushCalledOff"
    assert type(search(begun(public_lead()), call("CLOCK"), await found(public_lead(), FOREIGN), RULES)).__name__ == "LeadPushFoundNobody"
    assert type(search(begun(public_lead()), call("CLOCK"), Fit(lead=None), RULES)).__name__ == "LeadPushCalledOff"


# ── what the association makes of it ──────────────────────────────────────────────────────────────
async def suggested() -> LeadSuggestion:
    told = search(begun(public_lead()), call("CLOCK"), await found(public_lead(), SUITS), RULES)
    (one,) = suggest(call("PLATFORM"), PushedHeard.model_validate(told.public() | {"about": "lead-1"}))
    return suggestions.open(one, "")


async def test_an_association_offers_to_accompany_it_or_passes_within_two_weeks() -> None:
    one = await suggested()
    assert one.id == f"lead-1~{PREFAB}"
    assert one.answer_by == NOON + timedelta(days=14)
    assert on(suggestions, one, take_up(one, call(organisation=PREFAB), "可协助选址与供应链对接")).stage == "TAKEN_UP"
    assert on(suggestions, one, pass_over(one, call(organisation=PREFAB), "NO_CAPACITY")).stage == "PASSED"
    assert on(suggestions, one, lapse(one, call("CLOCK"))).stage == "LAPSED"
    with pytest.raises(Malformed, match="contact"):
        take_up(one, call(organisation=PREFAB), "请致电 13800001111")


async def test_it_goes_with_the_lead_and_with_its_being_public_and_its_name_with_it() -> None:
    one = await suggested()
    for gone in (
        withdraw_with_lead(one, call("PLATFORM"), LeadOver(about="lead-1")),
        withdraw_when_closed(one, call("PLATFORM"), LeadReclassified(about="lead-1", confidentiality="INTERNAL")),
        withdraw_for_ended(one, call("PLATFORM"), AssociationEnded(about=PREFAB, uscc=PREFAB)),
    ):
        assert gone is not None
        assert (on(suggestions, one, gone).stage, on(suggestions, one, gone).title) == ("WITHDRAWN", "")
    assert withdraw_when_closed(one, call("PLATFORM"), LeadReclassified(about="lead-1", confidentiality="PUBLIC")) is None
