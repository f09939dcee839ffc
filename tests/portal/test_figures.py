"""The figures of the start page, event by event."""

import pytest

from services.matchmaking.matching.match import accept, matches
from services.portal import heard as h
from services.portal.figures import COUNTED, PROJECTIONS, key
from shared.engine import Service
from tests.matchmaking.matching.test_match import PREFAB, RULES, proposed
from tests.matchmaking.samples import call, on
from tests.portal.doubles import NOON, FakeEffects, hear


def registered(
    uscc: str, level: str = "NEW_CITY", category: str = "06", kind: str = "INDUSTRY_ASSOCIATION", district: str = "XX-FD"
) -> h.AssociationRegistered:
    return h.AssociationRegistered(
        about=uscc, uscc=uscc, name=f"协会{uscc}", kind=kind, level=level, district=district, so_category=category
    )


@pytest.fixture
def effects() -> FakeEffects:
    return FakeEffects()


async def test_associations_are_counted_by_level_category_and_new_city(effects: FakeEffects) -> None:
    await hear(effects, registered("1"), registered("2"), registered("3", "NEW_AREA", "01", district="XX"))

    assert effects.counts("register") == {"INDUSTRY_ASSOCIATION": 3}
    assert effects.counts("levels") == {"NEW_CITY": 2, "NEW_AREA": 1}
    assert effects.counts("categories") == {"06": 2, "01": 1}
    assert effects.counts("districts") == {"XX-FD": 2}


async def test_chambers_are_counted_apart_from_levels_and_categories(effects: FakeEffects) -> None:
    await hear(effects, registered("1", kind="CHAMBER", level="NEW_AREA"))

    assert effects.counts("register") == {"CHAMBER": 1}
    assert effects.counts("levels") == effects.counts("categories") == {}


async def test_a_classification_moves_an_association_to_its_new_category(effects: FakeEffects) -> None:
    await hear(effects, registered("1"), h.AssociationClassified(uscc="1", so_category="07"))

    assert effects.counts("categories") == {"07": 1}
    assert effects.counts("register") == {"INDUSTRY_ASSOCIATION": 1}


async def test_a_transfer_moves_it_to_another_level(effects: FakeEffects) -> None:
    await hear(effects, registered("1"), h.AssociationJurisdictionTransferred(uscc="1", level="NEW_AREA", district="XX"))

    assert effects.counts("levels") == {"NEW_AREA": 1}
    assert effects.counts("districts") == {}


@pytest.mark.parametrize("end", [h.AssociationDeregistered(uscc="1"), h.AssociationRegistrationRevoked(uscc="1")])
async def test_what_is_struck_off_counts_no_more_and_never_twice(effects: FakeEffects, end: h.AssociationDeregistered) -> None:
    await hear(effects, registered("1"), registered("2"), end, end, h.AssociationClassified(uscc="1", so_category="07"))

    assert effects.counts("register") == {"INDUSTRY_ASSOCIATION": 1}
    assert effects.counts("levels") == {"NEW_CITY": 1}
    assert effects.counts("categories") == {"06": 1}


async def test_a_downgrade_moves_the_association_within_the_distribution(effects: FakeEffects) -> None:
    await hear(
        effects, h.EvaluationCompleted(about="g", association="1", grade="4A"), h.RatingDowngraded(about="g", association="1", grade="3A")
    )

    assert effects.counts("grades") == {"3A": 1}


async def test_an_old_grade_that_expires_does_not_touch_the_newer_one(effects: FakeEffects) -> None:
    await hear(effects, h.EvaluationCompleted(about="old", association="1", grade="2A"))
    await hear(effects, h.EvaluationCompleted(about="new", association="1", grade="3A"), at=NOON.replace(hour=5))
    await hear(effects, h.RatingExpired(about="old", association="1"), at=NOON.replace(hour=6))

    assert effects.counts("grades") == {"3A": 1}


async def test_an_older_grade_heard_late_does_not_replace_the_newer_one(effects: FakeEffects) -> None:
    await hear(effects, h.EvaluationCompleted(about="new", association="1", grade="3A"), at=NOON.replace(hour=5))
    await hear(effects, h.EvaluationCompleted(about="old", association="1", grade="2A"))

    assert effects.counts("grades") == {"3A": 1}


@pytest.mark.parametrize("end", [h.RatingRevoked(about="g", association="1"), h.RatingExpired(about="g", association="1")])
async def test_a_grade_that_ends_leaves_the_distribution(effects: FakeEffects, end: h.RatingRevoked) -> None:
    await hear(effects, h.EvaluationCompleted(about="g", association="1", grade="4A"), end)

    assert effects.counts("grades") == {}


async def test_a_lead_stands_in_one_stage_at_a_time(effects: FakeEffects) -> None:
    await hear(effects, created("a"), created("b"), h.InvestmentLeadScreened(about="a"))
    await hear(effects, h.LeadStageAdvanced(about="a", stage="SIGNED"), h.LeadDropped(about="b"), h.LeadReopened(about="b", stage="LEAD"))

    assert effects.counts("leads") == {"SIGNED": 1, "LEAD": 1}


def created(about: str, confidentiality: str = "PUBLIC") -> h.InvestmentLeadCreated:
    return h.InvestmentLeadCreated(about=about, confidentiality=confidentiality)


@pytest.mark.parametrize("confidentiality", ["INTERNAL", "CONFIDENTIAL"])
async def test_a_lead_that_is_not_public_is_in_no_count_and_no_line(effects: FakeEffects, confidentiality: str) -> None:
    await hear(effects, created("a", confidentiality), h.InvestmentLeadScreened(about="a"), h.LeadStageAdvanced(about="a", stage="SIGNED"))
    await hear(
        effects,
        h.NoticeQueued(about="n", event="matchmaking.leads.investment_lead_created.v1"),
        h.NoticeSent(about="n"),
        h.NoticeRead(about="n"),
    )

    assert not any(effects.counts(group) for group in ("leads", "topics", "notices"))
    assert effects.told == []


async def test_a_lead_that_becomes_public_is_counted_where_it_stands_and_one_that_is_closed_no_more(effects: FakeEffects) -> None:
    await hear(effects, created("a", "INTERNAL"), created("b"), h.InvestmentLeadScreened(about="a"))
    await hear(effects, h.LeadReclassified(about="a", confidentiality="PUBLIC"), h.LeadReclassified(about="b", confidentiality="INTERNAL"))

    assert effects.counts("leads") == {"SCREENED": 1}
    await hear(effects, h.LeadDropped(about="b"), h.LeadDropped(about="a"))
    assert effects.counts("leads") == {"DROPPED": 1}


async def test_a_lead_counted_before_confidentiality_was_kept_leaves_the_count_with_its_next_step(effects: FakeEffects) -> None:
    effects.update("counts", "leads", {"$inc": {"n.LEAD": 1}})
    effects.update("leads", "old", {"$set": {"stage": "LEAD"}})
    await hear(effects, h.InvestmentLeadScreened(about="old"))

    assert effects.counts("leads") == {}


async def test_of_a_lead_nothing_is_kept_but_its_stage(effects: FakeEffects) -> None:
    data = {
        "introducer": "51611100PDY000087D",
        "investor": {"name": "某投资公司"},
        "project": {"title": "某项目"},
        "confidentiality": "PUBLIC",
    }
    event = h.InvestmentLeadCreated.read(h.InvestmentLeadCreated.type, "lead-1", data)
    await hear(effects, event)

    assert effects.kept["leads"] == {"lead-1": {"_id": "lead-1", "stage": "LEAD", "public": True}}
    assert effects.told[0]["words"] == {"stage": "LEAD"}
    assert "投资公司" not in str(effects.kept) and "51611100PDY000087D" not in str(effects.kept)


async def test_plans_count_by_milestone(effects: FakeEffects) -> None:
    plans = [h.AssociationFormationPlanned(about=str(n)) for n in range(13)]
    await hear(effects, *plans, h.FormationMilestoneReached(about="0", milestone="REGISTERED"), h.FormationAbandoned(about="1"))

    assert effects.counts("plans") == {"PLANNED": 11, "REGISTERED": 1, "ABANDONED": 1}


async def test_matches_and_notices_count_without_a_line_in_the_list(effects: FakeEffects) -> None:
    await hear(effects, *(event() for event in COUNTED))
    told = "registry.members.member_joined.v1"
    await hear(effects, h.NoticeQueued(event=told), h.NoticePosted(event=told), h.NoticeSent(), h.NoticeRead())

    assert effects.counts("matches") == {"PROPOSED": 1, "ACCEPTED": 1, "FULFILLED": 1}
    assert effects.counts("notices") == {"QUEUED": 1, "POSTED": 1, "SENT": 1, "READ": 1}
    assert effects.told == []


async def test_a_match_is_accepted_once_when_both_sides_have_agreed(effects: FakeEffects) -> None:
    heard = {matches.events[e.type]: e for e in PROJECTIONS if e.type in matches.events}
    match = proposed(call("SO_ADMIN"))

    for side, accepted in ((call(organisation=PREFAB), {}), (call("ENTERPRISE"), {"ACCEPTED": 1})):
        told = accept(match, side, RULES)
        match = on(matches, match, told)
        await hear(effects, *(heard[type(e)](about=match.id) for e in told if type(e) in heard))
        assert effects.counts("matches") == accepted


async def test_every_event_counts_in_its_topic(effects: FakeEffects) -> None:
    await hear(effects, registered("1"), h.AssociationActivated(uscc="1"), h.MatchProposed())

    assert effects.counts("topics") == {"registry/associations": 2, "matchmaking/matching": 1}


async def test_a_name_is_the_code_until_the_register_was_heard(effects: FakeEffects) -> None:
    await hear(effects, h.EvaluationCompleted(about="g", association="1", grade="4A"))
    await hear(effects, registered("1"), h.CrossRegionPartnershipFormed(association="1", partner_name="深圳市工艺礼品行业协会"))

    assert [line["words"].get("name") for line in effects.told] == ["1", "协会1", "协会1"]


async def test_a_new_name_is_told_and_used_from_then_on(effects: FakeEffects) -> None:
    await hear(effects, registered("1"), h.AssociationChanged(uscc="1", name="新名协会"), h.AssociationChanged(uscc="1"))
    await hear(effects, h.AssociationActivated(uscc="1"))

    assert [line["what"] for line in effects.told] == ["association_registered", "association_changed", "association_activated"]
    assert effects.told[-1]["words"]["name"] == "新名协会"


@pytest.mark.parametrize("word", ["$where", "a.b", "", "x" * 41, "级", "a b", "a\n"])
def test_a_word_that_could_be_a_path_or_operator_is_no_name_of_a_figure(word: str) -> None:
    assert key(word) == "OTHER"


async def test_codes_this_version_does_not_know_are_counted_all_the_same(effects: FakeEffects) -> None:
    await hear(effects, registered("1", level="NEW_LEVEL", category="15"), registered("2", category="$inc"))

    assert effects.counts("levels") == {"NEW_LEVEL": 1, "NEW_CITY": 1}
    assert effects.counts("categories") == {"15": 1, "OTHER": 1}


@pytest.fixture(scope="module")
def tellers() -> list[Service]:
    from services.evaluation.service import service as evaluation
    from services.matchmaking.service import service as matchmaking
    from services.notification.service import service as notification
    from services.registry.service import service as registry

    return [registry, evaluation, matchmaking, notification]


@pytest.mark.parametrize("heard", list(PROJECTIONS), ids=lambda heard: heard.type)
def test_somebody_tells_what_the_portal_hears_with_the_fields_it_reads(heard: type[h.Heard], tellers: list[Service]) -> None:
    told = {type_: event for service in tellers for kind in service.kinds for type_, event in kind.events.items()}

    assert heard.type in told
    assert set(heard.model_fields) - {"about"} <= set(told[heard.type].model_fields)
