"""The public list (domain §7.4): what it shows, what it never shows, and how one searches it."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.registry.associations import association as a
from services.registry.directory import public_list as p
from services.registry.directory.listing import FACETS, counted_under
from services.registry.directory.search import Asked, AskedPage, Lead, counted, facet_marks, matching, word_marks
from services.registry.directory.views import Entry, shown
from tests.registry.examples import AIR, PERSON, association, by


class Written:
    """Effects that keep what was set and counted."""

    now = by("PLATFORM").now

    def __init__(self) -> None:
        self.row: dict[str, Any] = {"_id": AIR}
        self.counts: Counter[str] = Counter()

    async def one(self, collection: str, id_: str) -> dict[str, Any]:
        assert (collection, id_) == ("directory", AIR)
        return dict(self.row)

    def update(self, collection: str, id_: str, change: dict[str, Any], *, upsert: bool = True) -> None:
        if collection == "directory_tally":
            for field, by in change["$inc"].items():
                self.counts[id_ if field == "n" else f"cells:{field.removeprefix('n.')}"] += by
        else:
            assert (collection, id_, upsert, set(change)) == ("directory", AIR, True, {"$set"})
            self.row |= change["$set"]


async def hear(written: Written, heard: Any) -> None:
    await p.PUBLIC_LIST[type(heard)](heard, by("PLATFORM"), written)  # type: ignore[arg-type]


def registered() -> p.AssociationRegistered:
    record = association()
    event = a.AssociationRegistered(**{n: getattr(record, n) for n in a.AssociationRegistered.model_fields})
    heard = p.AssociationRegistered.read(p.AssociationRegistered.type, AIR, event.public())
    assert isinstance(heard, p.AssociationRegistered)
    return heard


async def test_a_registered_association_is_shown_as_directly_registered() -> None:
    w = Written()
    await hear(w, registered())
    entry = shown(w.row)
    assert (entry["uscc"], entry["status"], entry["supervising_unit"], entry["grade"]) == (AIR, "REGISTERED", "直接登记", "NONE")
    assert entry["registered_on"] == "2024-03-02"


async def test_only_what_may_be_published_is_shown() -> None:
    w = Written()
    await hear(w, registered())
    w.row |= {"legal_representative": PERSON, "bank_account": "6222"}
    assert set(shown(w.row)) == set(Entry.model_fields)
    assert PERSON not in str(shown(w.row))
    assert "name_key" not in shown(w.row)


async def test_grade_and_credit_may_be_heard_before_the_registration() -> None:
    w = Written()
    await hear(w, p.EvaluationCompleted(about="g", association=AIR, grade="4A", valid_from=date(2026, 1, 1), valid_to=date(2030, 12, 31)))
    await hear(w, p.AbnormalListingAdded(about="l", association=AIR, reason="UNREACHABLE", listed_on=date(2026, 2, 1)))
    await hear(w, registered())
    entry = shown(w.row)
    assert (entry["grade"], entry["grade_valid_to"]) == ("4A", "2030-12-31")
    assert entry["abnormal_list"] == {"reason": "UNREACHABLE", "listed_on": "2026-02-01"}


async def test_the_row_follows_the_life_of_the_association() -> None:
    w = Written()
    for heard, status in (
        (registered(), "REGISTERED"), (p.AssociationActivated(uscc=AIR), "ACTIVE"), (p.AssociationSuspended(uscc=AIR), "SUSPENDED"),
        (p.AssociationResumed(uscc=AIR), "ACTIVE"), (p.AssociationLiquidationStarted(uscc=AIR), "LIQUIDATING"),
        (p.AssociationDeregistered(uscc=AIR, ended_on=date(2026, 3, 2)), "DEREGISTERED"),
        (p.AssociationRegistrationRevoked(uscc=AIR, ended_on=date(2026, 3, 2)), "REVOKED"),
    ):  # fmt: skip
        await hear(w, heard)
        assert shown(w.row)["status"] == status
    assert shown(w.row)["ended_on"] == "2026-03-02"


async def test_changes_and_transfers_are_followed() -> None:
    w = Written()
    await hear(w, registered())
    await hear(w, p.AssociationChanged(uscc=AIR, name="西咸新区ＡＩ协会"))
    assert (w.row["name"], w.row["name_key"]) == ("西咸新区ＡＩ协会", "西咸新区ai协会")
    await hear(w, p.AssociationJurisdictionTransferred(uscc=AIR, level="NEW_CITY", district="XX-KG"))
    await hear(w, p.AssociationClassified(uscc=AIR, so_category="06", gbt4754=("88",)))
    await hear(w, p.AssociationDecoupled(uscc=AIR))
    entry = shown(w.row)
    assert (entry["district"], entry["so_category"], entry["gbt4754"], entry["supervising_unit"]) == ("XX-KG", "06", ["88"], "直接登记")


async def test_a_grade_is_lowered_taken_and_ends() -> None:
    w = Written()
    await hear(w, registered())
    await hear(w, p.EvaluationCompleted(association=AIR, grade="3A", valid_from=date(2026, 1, 1), valid_to=date(2030, 12, 31)))
    await hear(w, p.RatingDowngraded(association=AIR, grade="2A"))
    assert shown(w.row)["grade"] == "2A"
    for ended in (p.RatingRevoked(association=AIR), p.RatingExpired(association=AIR)):
        w.row |= {"grade": "2A", "grade_valid_to": "2030-12-31"}
        await hear(w, ended)
        assert (shown(w.row)["grade"], shown(w.row)["grade_valid_to"]) == ("NONE", None)


async def test_listings_leave_the_row_when_they_are_removed() -> None:
    w = Written()
    await hear(w, registered())
    await hear(w, p.SeriousViolationListed(association=AIR, reason="LARGE_FINE", listed_on=date(2026, 2, 1)))
    assert shown(w.row)["serious_violation_list"]["reason"] == "LARGE_FINE"
    await hear(w, p.SeriousViolationRemoved(association=AIR))
    await hear(w, p.AbnormalListingRemoved(association=AIR))
    assert shown(w.row)["serious_violation_list"] is None
    await hear(w, p.AnnualReportPublished(association=AIR, year=2025, conclusion="QUALIFIED"))
    await hear(w, p.AnnualReportPublished(association=AIR, year=2026, conclusion="UNQUALIFIED"))
    assert shown(w.row)["annual_checks"] == {"2025": "QUALIFIED", "2026": "UNQUALIFIED"}


async def test_every_count_follows_the_row_exactly() -> None:
    """Whatever happens to an association, it is one of the counts it belongs to and of no other."""
    w = Written()
    await hear(w, p.AbnormalListingAdded(about="l", association=AIR, reason="UNREACHABLE", listed_on=date(2026, 2, 1)))
    assert +w.counts == Counter(), "before the register has told of it, it counts nowhere"
    for heard in (
        registered(), p.AssociationActivated(uscc=AIR), p.AssociationClassified(uscc=AIR, so_category="06", gbt4754=("8810", "36")),
        p.AssociationChanged(uscc=AIR, name="西咸新区汽车协会"), p.AssociationJurisdictionTransferred(uscc=AIR, level="NEW_AREA", district="XX"),
        p.EvaluationCompleted(association=AIR, grade="3A", valid_from=date(2026, 1, 1), valid_to=date(2030, 12, 31)), p.RatingDowngraded(association=AIR, grade="2A"),
        p.AbnormalListingRemoved(association=AIR), p.RatingExpired(association=AIR), p.AssociationDeregistered(uscc=AIR, ended_on=date(2026, 3, 2)),
    ):  # fmt: skip
        await hear(w, heard)
        assert +w.counts == Counter(counted_under(w.row)), type(heard).__name__
        assert min(w.counts.values()) >= 0
    assert not [name for name in +w.counts if name.startswith("living=")], "who is struck off stands for no industry any more"


async def test_a_row_is_found_by_every_part_of_its_name_its_industries_and_its_facets() -> None:
    w = Written()
    await hear(w, registered())
    marks = set(w.row["marks"])
    for asked in (
        Asked(q="航空物流"),
        Asked(q="空物"),
        Asked(q="航"),
        Asked(q="协会"),
        Asked(gbt4754="56"),
        Asked(level="NEW_AREA", district="XX"),
    ):
        assert {*word_marks(asked), *facet_marks(asked)} <= marks, asked
    assert not set(word_marks(Asked(q="汽车"))) & marks
    assert all(f in w.row for f in FACETS)


def test_the_rarest_mark_leads_and_the_rest_is_compared() -> None:
    asked = Asked(q="ＡＩ 产业", district="XX-FD", status=("ACTIVE",))
    assert word_marks(asked) == ["ai", "i产", "产业"]
    assert facet_marks(asked) == ["district=XX-FD", "status=ACTIVE"]
    corner = {"level": ("NEW_AREA", "NEW_CITY"), "district": ("XX-FD",), "kind": ("CHAMBER",)}
    walked = {f: {"$in": list(values)} for f, values in corner.items()}
    assert matching(asked, Lead("i产", corner)) == {
        "marks": "i产", **walked, "name_key": {"$regex": "ai产业"}, "cell": {"$regex": "^.....[B]."},
    }  # fmt: skip
    assert matching(asked, Lead("status=ACTIVE", corner)) == {"marks": "status=ACTIVE", **walked, "name_key": {"$regex": "ai产业"}}
    assert matching(Asked(q="汽车", status=()), Lead("汽车", corner)) == {"marks": "汽车", **walked}, "a pair is its own proof"
    assert matching(Asked(code="5161"), None)["_id"] == {"$gte": "5161", "$lt": "5161\U0010ffff"}


def test_what_a_client_writes_never_becomes_an_operator() -> None:
    assert matching(Asked(q="^(a+)+$"), None)["name_key"] == {"$regex": r"\^\(a\+\)\+\$"}, "a text, not a pattern"
    for wrong in (
        {"gbt4754": "$gt"},
        {"gbt4754": "5"},
        {"grade": "6A"},
        {"district": "XX-YY"},
        {"so_category": "15"},
        {"status": ["x"]},
        {"x": "1"},
        {"code": "$ne"},
        {"q": "a\u202eb"},
        {"listing": {"$ne": 1}},
    ):
        with pytest.raises(ValidationError):
            Asked.model_validate(wrong)
    with pytest.raises(ValidationError):
        AskedPage(limit=201)


def test_what_a_form_leaves_empty_asks_for_nothing() -> None:
    assert Asked.model_validate({"q": "", "level": "", "gbt4754": ""}) == Asked()


def test_by_default_those_that_live_and_no_grade_includes_those_never_rated() -> None:
    assert matching(Asked(), None)["cell"] == {"$regex": "^.....[ABCD]."}
    assert matching(Asked(grade="NONE"), None)["cell"] == {"$regex": "^....[A][ABCD]."}
    assert matching(Asked(grade="4A", gbt4754="56"), None)["gbt4754"] == {"$elemMatch": {"$gte": "56", "$lt": "56\U0010ffff"}}


def cells(*rows: tuple[str, str, str, int, str]) -> dict[tuple[str, ...], int]:
    return {(level, "XX", kind, category, grade, "ACTIVE", "NONE"): n for kind, level, category, n, grade in rows}


SEED = cells(
    ("INDUSTRY_ASSOCIATION", "NEW_AREA", "06", 5, "NONE"), ("INDUSTRY_ASSOCIATION", "NEW_AREA", "01", 20, "3A"),
    ("INDUSTRY_ASSOCIATION", "NEW_CITY", "06", 92, "NONE"), ("CHAMBER", "NEW_AREA", "01", 3, "NONE"),
)  # fmt: skip


def test_the_numbers_of_the_seed_by_level_and_kind() -> None:
    told = counted(SEED, Asked().facets())
    assert told["total"] == 120
    assert told["by"]["kind_level"] == {"CHAMBER/NEW_AREA": 3, "INDUSTRY_ASSOCIATION/NEW_AREA": 25, "INDUSTRY_ASSOCIATION/NEW_CITY": 92}
    assert told["by"]["grade"] == {"3A": 20, "NONE": 100}
    assert told["by"]["so_category"] == {"01": 23, "06": 97}


def test_each_facet_is_counted_as_if_nothing_were_asked_of_it() -> None:
    told = counted(SEED, Asked(level="NEW_AREA", so_category="06").facets())
    assert told["total"] == 5
    assert told["by"]["level"] == {"NEW_AREA": 5, "NEW_CITY": 92}, "where the other level would lead, in this class"
    assert told["by"]["so_category"] == {"01": 23, "06": 5}, "where the other class would lead, on this level"
    assert told["by"]["kind"] == {"INDUSTRY_ASSOCIATION": 5}
