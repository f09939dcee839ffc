from datetime import timedelta
from typing import Any

import pytest

from services.matchmaking.profiles import heard as h
from services.matchmaking.profiles.profile import party_of
from services.matchmaking.profiles.projection import BONDS, HANDLERS, PROFILES
from shared.record import Heard
from tests.matchmaking.samples import FIRM, LOGISTICS, NOON, call

Rows = dict[str, dict[str, dict[str, Any]]]


class Kept:
    """The read models, kept in memory: what a batch writes, at once."""

    def __init__(self) -> None:
        self.rows: Rows = {PROFILES: {}, BONDS: {}}

    def update(self, collection: str, id_: str, change: Any, *, upsert: bool = True) -> None:
        row = self.rows[collection].setdefault(id_, {"_id": id_})
        for verb, fields in change.items():
            for path, value in fields.items():
                *way, last = path.split(".")
                at = row
                for step in way:
                    at = at.setdefault(step, {})
                if verb == "$set":
                    at[last] = value
                elif verb == "$inc":
                    at[last] = at.get(last, 0) + value
                elif verb == "$unset":
                    at.pop(last, None)
                else:
                    raise AssertionError(verb)

    def delete(self, collection: str, id_: str) -> None:
        self.rows[collection].pop(id_, None)

    async def one(self, collection: str, id_: str) -> dict[str, Any] | None:
        return self.rows[collection].get(id_)


async def after(*events: Heard, days: int = 0) -> Kept:
    kept = Kept()
    for event in events:
        await HANDLERS[type(event)](event, call("PLATFORM", NOON + timedelta(days=days)), kept)  # type: ignore[arg-type]
    return kept


def registered() -> h.AssociationRegistered:
    return h.AssociationRegistered(
        about=LOGISTICS, uscc=LOGISTICS, name="西咸新区航空物流协会", district="XX", gbt4754=("56", "58"), scope="航空物流服务"
    )


def profile(kept: Kept, id_: str = LOGISTICS) -> Any:
    return party_of(kept.rows[PROFILES][id_], kept.rows[BONDS].values())


async def test_a_registered_association_has_a_profile() -> None:
    party = profile(await after(registered()))
    assert (party.kind, party.place, party.gbt4754, party.active, party.updated_on) == (
        "ASSOCIATION",
        "XX",
        ("56", "58"),
        True,
        NOON.date(),
    )


@pytest.mark.parametrize(
    "stop", [h.AssociationSuspended, h.AssociationDeregistered, h.AssociationRegistrationRevoked, h.AssociationLiquidationStarted]
)
async def test_who_is_suspended_or_gone_is_not_active(stop: Any) -> None:
    assert not profile(await after(registered(), stop(uscc=LOGISTICS))).active


async def test_a_suspension_may_end() -> None:
    assert profile(await after(registered(), h.AssociationSuspended(uscc=LOGISTICS), h.AssociationResumed(uscc=LOGISTICS))).active


async def test_a_change_keeps_what_it_does_not_name() -> None:
    party = profile(await after(registered(), h.AssociationChanged(uscc=LOGISTICS, scope="冷链")))
    assert (party.name, party.about) == ("西咸新区航空物流协会", ("冷链",))


async def test_lists_and_grades_are_remembered_and_lifted() -> None:
    kept = await after(
        registered(), h.AbnormalListingAdded(association=LOGISTICS), h.SeriousViolationListed(association=LOGISTICS),
        h.EvaluationCompleted(association=LOGISTICS, grade="4A"),
    )  # fmt: skip
    party = profile(kept)
    assert (party.abnormal, party.serious, party.grade) == (True, True, "4A")
    for event in (h.AbnormalListingRemoved, h.SeriousViolationRemoved, h.RatingExpired):
        await HANDLERS[event](event(association=LOGISTICS), call("PLATFORM"), kept)  # type: ignore[arg-type,call-arg]
    party = profile(kept)
    assert (party.abnormal, party.serious, party.grade) == (False, False, None)


async def test_the_grade_may_come_before_the_registration() -> None:
    party = profile(await after(h.EvaluationCompleted(association=LOGISTICS, grade="3A"), registered()))
    assert (party.grade, party.kind) == ("3A", "ASSOCIATION")


async def test_members_are_bound_until_they_leave() -> None:
    joined = h.MemberJoined(association=LOGISTICS, member=FIRM)
    kept = await after(registered(), joined)
    assert profile(kept).bound == {FIRM}
    kept = await after(registered(), joined, h.MemberExited(association=LOGISTICS, member=FIRM))
    assert profile(kept).bound == frozenset()
    assert kept.rows[PROFILES][LOGISTICS]["members"] == 0


async def test_who_came_back_is_bound_also_when_its_leaving_is_heard_of_last() -> None:
    first, again = (h.MemberJoined(about=stay, association=LOGISTICS, member=FIRM) for stay in ("s1", "s2"))
    kept = await after(registered(), first, again, h.MemberExited(about="s1", association=LOGISTICS, member=FIRM))
    assert profile(kept).bound == {FIRM}


async def test_partners_are_bound_until_they_part() -> None:
    formed = h.CrossRegionPartnershipFormed(association=LOGISTICS, partner="ext-1")
    assert profile(await after(registered(), formed)).bound == {"ext-1"}
    assert profile(await after(registered(), formed, h.FriendshipEnded(association=LOGISTICS, partner="ext-1"))).bound == frozenset()


async def test_open_needs_and_offers_speak_for_their_owner_and_expired_ones_do_not() -> None:
    need = h.ServiceNeedPublished(about="n1", owner=LOGISTICS, title="招募会员", text="航空货运企业", topics=("航空物流",), size="SMALL")
    offer = h.ServiceOfferPublished(about="o1", owner=LOGISTICS, title="培训", text="冷链培训", topics=("职业培训",))
    party = profile(await after(registered(), need, offer))
    assert (party.needs[0].texts, party.needs[0].scale, party.offers[0].id) == (("招募会员", "航空货运企业", "航空物流"), 1, "o1")
    party = profile(
        await after(registered(), need, offer, h.NeedExpired(about="n1", owner=LOGISTICS), h.OfferWithdrawn(about="o1", owner=LOGISTICS))
    )
    assert (party.needs, party.offers) == ((), ())


async def test_an_enterprise_is_what_it_says_of_itself_until_it_leaves() -> None:
    said = h.EnterpriseIntroduced(uscc=FIRM, name="构件公司", gbt4754=("3022",), district="XX-FX", scale="MEDIUM", position="MIDSTREAM")
    party = profile(await after(said), FIRM)
    assert (party.kind, party.scale, party.position, party.place) == ("ENTERPRISE", 2, 1, "XX-FX")
    assert not profile(await after(said, h.EnterpriseRetired(uscc=FIRM)), FIRM).listed


async def test_a_chamber_elsewhere_is_what_the_directory_says() -> None:
    entry = h.Entry(name="深圳市物流协会", gbt4754=("58",), offers=("展会",), needs=("航空物流",))
    listed = h.ExternalOrganisationListed(about="ext-1", region="4403", entry=entry)
    party = profile(await after(listed), "ext-1")
    assert (party.kind, party.place, party.offers[0].texts, party.needs[0].texts) == ("CHAMBER", "4403", ("展会",), ("航空物流",))
    assert not profile(await after(listed, h.ExternalOrganisationDelisted(about="ext-1")), "ext-1").listed


async def test_a_proposal_is_a_showing_that_fades_and_a_place_taken_until_the_match_ends() -> None:
    kept = await after(registered(), h.MatchProposed(seeker=FIRM, candidate=LOGISTICS))
    later = call("PLATFORM", NOON + timedelta(days=90))
    await HANDLERS[h.MatchProposed](h.MatchProposed(seeker=FIRM, candidate=LOGISTICS), later, kept)  # type: ignore[arg-type]
    assert profile(kept).exposure == pytest.approx(1.5)
    assert (profile(kept).shown, profile(kept).open_matches, kept.rows[PROFILES][FIRM]["open_matches"]) == (2, 2, 2)
    await HANDLERS[h.MatchLapsed](h.MatchLapsed(seeker=FIRM, candidate=LOGISTICS), later, kept)  # type: ignore[arg-type]
    assert (profile(kept).open_matches, kept.rows[PROFILES][FIRM]["open_matches"]) == (1, 1)


async def test_only_the_candidates_own_consent_counts_as_its_success() -> None:
    by = [h.MatchAccepted(seeker=FIRM, candidate=LOGISTICS, by=who) for who in (FIRM, LOGISTICS)]
    assert profile(await after(registered(), *by)).accepted == 1


async def test_leads_accepted_and_landed_are_the_track_record() -> None:
    kept = await after(
        h.InvestmentLeadAccepted(association=LOGISTICS),
        h.LeadStageAdvanced(association=LOGISTICS, stage="SIGNED"),
        h.LeadStageAdvanced(association=LOGISTICS, stage="STARTED"),
    )
    row = kept.rows[PROFILES][LOGISTICS]
    assert (row["leads_accepted"], row["leads_landed"]) == (1, 1)


async def test_an_association_that_moves_between_development_lists_is_on_the_new_one_whatever_is_heard_first() -> None:
    def entry(about: str, stage: str, of: str) -> h.DevelopmentListUpdated:
        return h.DevelopmentListUpdated(about=about, stage=stage, association=LOGISTICS, list=of)

    first, new, old = entry("e1", "LISTED", "OPTIMISE"), entry("e2", "LISTED", "EMERGING_IMPROVE"), entry("e1", "ENDED", "OPTIMISE")
    for order in ((first, new, old), (first, old, new)):
        assert (await after(*order)).rows[PROFILES][LOGISTICS]["development"] == {"e2": "EMERGING_IMPROVE"}
