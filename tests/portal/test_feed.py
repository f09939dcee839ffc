"""The list of the latest events: bounded, numbered, in both languages, and never a burden to the database."""

import asyncio
from typing import Any, cast

import pytest
from pymongo.errors import AutoReconnect

from services.portal import heard as h
from services.portal.feed import KEPT, NAME_MAX, Line, Pulse, forget_old, in_shanghai, legible, sentence, tell
from services.portal.figures import LEAD_STEPS, PROJECTIONS, name_of
from services.portal.words import PAGE, SENTENCES
from shared.engine import Effects, Engine
from shared.pages.words import FRAME, language_of
from tests.portal.doubles import HOSTILE, FakeEffects, FakeEngine, FakeStore, call, hear


def pulse(store: FakeStore) -> Pulse:
    return Pulse(cast(Engine, FakeEngine(store)))


async def told(effects: FakeEffects, names: list[str]) -> None:
    for name in names:
        await tell(cast(Effects, effects), call(), "association_activated", "registry/associations", name=name)


async def test_events_are_numbered_from_one_without_a_gap() -> None:
    effects = FakeEffects()
    await told(effects, ["甲", "乙", "丙"])

    assert [line["_id"] for line in effects.told] == [1, 2, 3]
    assert effects.kept["marks"]["feed"]["n"] == 3


async def test_the_next_batch_goes_on_where_the_last_ended() -> None:
    first, second = FakeEffects(), FakeEffects()
    await told(first, ["甲", "乙"])
    second.kept = first.kept
    await told(second, ["丙"])

    assert [line["_id"] for line in second.told] == [1, 2, 3]


async def test_only_the_latest_are_kept() -> None:
    effects = FakeEffects()
    await told(effects, [str(n) for n in range(KEPT + 7)])
    engine = cast(Engine, FakeEngine(FakeStore(effects)))

    assert await forget_old(engine) == 7
    assert await forget_old(engine) == 0
    assert [line["_id"] for line in effects.told] == list(range(8, KEPT + 8))


async def test_nothing_is_forgotten_where_nothing_was_told() -> None:
    assert await forget_old(cast(Engine, FakeEngine(FakeStore()))) == 0


def test_an_event_stands_in_both_languages_with_its_time_in_shanghai() -> None:
    words = {"name": "西咸新区航空物流协会", "district": "XX-KG"}
    row = {"_id": 7, "what": "association_registered", "topic": "registry/associations", "at": "2026-03-01T16:30:00Z", "words": words}
    line = Line.of(row)

    assert line.text(1) == "西咸新区航空物流协会登记成立（空港新城）"
    assert line.text(0) == "西咸新区航空物流协会 was registered (Konggang (Airport) New City)"
    assert line.at == in_shanghai(row["at"]) == "2026-03-02 00:30:00"


def test_codes_without_a_name_stand_as_they_are() -> None:
    assert sentence("lead_stage_advanced", {"stage": "NEW_STAGE"}, 0).endswith("NEW_STAGE")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_a_sentence_is_never_read_as_a_template(name: str) -> None:
    assert sentence("association_activated", {"name": name}, 0) == f"{name} has begun its work"


@pytest.mark.parametrize("heard", [t for t in PROJECTIONS if name_of(t.model_construct()) in SENTENCES], ids=lambda t: t.__name__)
def test_every_sentence_reads_whole_in_both_languages(heard: type[h.Heard]) -> None:
    words = dict.fromkeys(("name", "before", "partner", "grade", "district", "stage"), "甲")

    for lang in (0, 1):
        assert "{" not in sentence(name_of(heard.model_construct()), words, lang)


async def test_every_event_that_is_told_has_a_sentence() -> None:
    effects = FakeEffects()
    fields = ("uscc", "kind", "level", "so_category", "association", "grade", "partner_name", "stage", "milestone")
    for heard in PROJECTIONS:
        about = "lead" if heard in LEAD_STEPS else heard.__name__  # of one lead all steps: only what is public is told
        given = {**dict.fromkeys(fields, "甲"), "name": heard.__name__, "about": about, "confidentiality": "PUBLIC", "event": "x"}
        await hear(effects, heard.model_validate({n: v for n, v in given.items() if n in heard.model_fields}))

    assert {line["what"] for line in effects.told} == set(SENTENCES)


def test_pages_have_every_word_in_both_languages() -> None:
    assert [word for word, said in {**FRAME, **PAGE}.items() if not all(said) or len(said) != 2] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("西咸新区\u200b航空\u202e物流协会", "西咸新区航空物流协会"),
        ("a\r\ndata: b\x00\x1b[31m", "a data: b[31m"),
        ("  两端  空白 ", "两端 空白"),
        ("长" * 500, "长" * (NAME_MAX - 1) + "…"),
        ("e\u0301", "é"),
    ],
)
def test_names_are_shown_on_one_line_without_what_cannot_be_seen(name: str, shown: str) -> None:
    assert legible(name) == shown


@pytest.mark.parametrize(
    ("asked", "accepted", "lang"),
    [
        (None, None, 1), (None, "", 1), (None, "fr", 1), (None, "en-US,en;q=0.9", 0), (None, "zh-CN,en;q=0.8", 1), ("en", "zh-CN", 0),
        ("zh", "en", 1), ("xx", "en", 0), (None, "fr,en;q=0.5", 0), ("<script>", None, 1),
    ],
)  # fmt: skip
def test_pages_are_chinese_unless_english_is_asked_for(asked: str | None, accepted: str | None, lang: int) -> None:
    assert language_of(asked, accepted) == lang


async def test_many_viewers_ask_the_database_once() -> None:
    store = FakeStore()
    one = pulse(store)
    await asyncio.gather(*(one.look() for _ in range(50)))

    assert store.asked == 2  # the list and the figures


async def test_figures_back_at_zero_are_not_shown() -> None:
    effects = FakeEffects()
    effects.update("counts", "leads", {"$inc": {"n.LEAD": 1}})
    effects.update("counts", "leads", {"$inc": {"n.LEAD": -1, "n.SIGNED": 1}})

    assert (await pulse(FakeStore(effects)).look()).counts == {"leads": {"SIGNED": "<5"}}


async def test_leads_are_never_shown_in_cells_of_fewer_than_five() -> None:
    effects = FakeEffects()
    effects.update("counts", "leads", {"$inc": {"n.LEAD": 12, "n.SIGNED": 3, "n.DROPPED": 5}})
    effects.update("counts", "grades", {"$inc": {"n.5A": 1}})
    seen = await pulse(FakeStore(effects)).look()
    assert seen.counts["leads"] == {"LEAD": 12, "SIGNED": "<5", "DROPPED": 5}
    assert seen.sum("leads") == "≥18", "the sum does not tell the hidden cell"
    assert (seen.counts["grades"], seen.sum("grades")) == ({"5A": 1}, 1), "an association is no person"
    assert (seen.shown("leads", "SIGNED"), seen.count("leads", "SIGNED")) == ("<5", 1)


async def test_without_the_database_the_last_view_stays_and_says_so() -> None:
    effects = FakeEffects()
    await told(effects, ["甲"])
    store = FakeStore(effects)
    one = pulse(store)
    await one.look()
    store.away, one._until = AutoReconnect, 0.0
    late: Any = await one.look()

    assert (late.stale, late.latest) == (True, 1)


async def test_an_absent_database_is_not_asked_by_every_viewer() -> None:
    store = FakeStore(away=AutoReconnect)
    one = pulse(store)
    await asyncio.gather(*(one.look() for _ in range(50)))

    assert store.asked == 1


async def test_an_error_of_our_own_is_not_taken_for_an_absent_database() -> None:
    with pytest.raises(ZeroDivisionError):
        await pulse(FakeStore(away=ZeroDivisionError)).look()
