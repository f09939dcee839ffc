"""What `shared.record` itself promises: files that contradict themselves are refused, scopes hold, clocks ring once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.record import (
    Call,
    Event,
    Given,
    Heard,
    Kind,
    Line,
    Malformed,
    NotAllowed,
    NotFound,
    Private,
    Read,
    Record,
    Refused,
    Role,
    Stale,
    Text,
    Value,
    camel,
    flatten,
    snake,
)
from tests.shared.samples import (
    Answer,
    AnswerReceived,
    BallotCast,
    Check,
    CheckOpened,
    ConcludedCheck,
    Grading,
    GradingExpired,
    GradingProposed,
    Survey,
    checks,
    gradings,
    items,
    surveys,
)

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
OURS, THEIRS = "51611100PDY00001XA", "51611100PDY000028A"
GRADING = Grading(id="g", stage="PROPOSED", association=OURS, district="XX-FD", scale="FULL")
CHECK = Check(id=f"{OURS}~2025", stage="OPEN", association=OURS, year=2025, due=NOON + timedelta(days=30))
SURVEY = Survey(id="s", stage="OPEN", subject="fees", until=NOON + timedelta(days=14), tokens=("a" * 24,), scores=(7,))


def by(role: Role, organisation: str = "dept:so-admin", district: str = "XX") -> Call:
    return Call(role, organisation, NOON, UUID(int=1), district=district)


# ── a file that contradicts itself is refused when it is imported ─────────────────────────────────
Stage = Literal["OPEN", "SHUT"]


class Door(Record):
    """A door [门]."""

    stage: Stage
    house: str
    knocks: int = 0


class DoorBuilt(Event, to="OPEN"):
    house: str


class DoorShut(Event, to="SHUT"):
    pass


class DoorLost(Event, to="GONE"):
    house: str


class Knocked(Event):
    knocks: int


class Bell(Heard, type="town.bells.bell_rung.v1"):
    house: str


def doors(**more: Any) -> Kind[Door, Stage]:
    kind = Kind[Door, Stage](Door, "town.doors.door", path="doors", **more)

    @kind.opens(by="SO_ADMIN")
    def build(call: Call, house: Line) -> DoorBuilt:
        """Build"""
        return DoorBuilt(house=house)

    return kind


def test_a_name_has_three_parts() -> None:
    with pytest.raises(TypeError, match="town.door is not <service>.<room>.<record>"):
        Kind[Door, Stage](Door, "town.door", path="doors")


@pytest.mark.parametrize(
    "where",
    [
        {"key": ("hause",)},
        {"index": ("hause",)},
        {"own": {"ASSOCIATION": "hause"}},
        {"unique": ("hause",)},
        {"unique": (("house", "hause"),)},
    ],
)
def test_key_index_owner_and_uniqueness_name_fields_that_exist(where: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="town.doors.door: no such field {'hause'}"):
        doors(**where)


def test_an_owner_may_be_named_within_a_part() -> None:
    class Flat(Record):
        stage: Stage
        door: Door

    kind = Kind[Flat, Stage](Flat, "town.doors.flat", path="flats", own={"ASSOCIATION": "door.house"})
    flat = Flat(stage="OPEN", door=Door(stage="OPEN", house=OURS))
    assert kind.owns(flat, by("ASSOCIATION", OURS))
    assert not kind.owns(flat, by("ASSOCIATION", THEIRS))


def test_a_move_is_said_once() -> None:
    kind = doors()
    with pytest.raises(TypeError, match="town.doors.door.build is said twice"):

        @kind.opens(by="SO_ADMIN")
        def build(call: Call, house: Line) -> DoorBuilt:
            """Build"""
            return DoorBuilt(house=house)


def test_a_trailing_underscore_is_dropped_from_the_name_on_the_wire() -> None:
    kind = doors()

    @kind.command(by="SO_ADMIN", when="OPEN")
    def open_(door: Door, call: Call) -> DoorBuilt:
        """Open"""
        return DoorBuilt(house=door.house)

    assert "open" in kind.moves
    with pytest.raises(TypeError, match="is said twice"):
        kind.command(by="SO_ADMIN", when="OPEN")(open_)


def test_stages_and_roles_are_those_that_exist() -> None:
    kind: Any = doors()

    def shut(door: Door, call: Call) -> DoorShut:
        """Shut"""
        return DoorShut()

    with pytest.raises(TypeError, match="town.doors.door.shut: no stage {'AJAR'}"):
        kind.command(by="SO_ADMIN", when=("OPEN", "AJAR"))(shut)
    with pytest.raises(TypeError, match="town.doors.door.shut: no role {'PORTER'}"):
        kind.command(by="PORTER", when="OPEN")(shut)
    assert "shut" not in kind.moves


def test_every_move_has_a_title_and_announces_an_event() -> None:
    kind: Any = doors()

    def untitled(door: Door, call: Call) -> DoorShut:
        return DoorShut()

    def silent(door: Door, call: Call) -> None:
        """Say nothing"""

    with pytest.raises(TypeError, match="town.doors.door.untitled has no title"):
        kind.command(by="SO_ADMIN", when="OPEN")(untitled)
    with pytest.raises(TypeError, match="town.doors.door.silent announces no event"):
        kind.command(by="SO_ADMIN", when="OPEN")(silent)


def test_an_event_leads_to_a_stage_that_exists() -> None:
    kind = doors()
    with pytest.raises(TypeError, match="town.doors.door.lose: DoorLost leads to no stage: GONE"):

        @kind.command(by="SO_ADMIN", when="OPEN")
        def lose(door: Door, call: Call) -> DoorLost:
            """Lose"""
            return DoorLost(house="")


def test_an_opening_event_carries_all_that_a_record_needs() -> None:
    kind = doors()
    with pytest.raises(TypeError, match="town.doors.door.conjure: DoorShut cannot open a record without {'house'}"):

        @kind.opens(by="SO_ADMIN")
        def conjure(call: Call) -> DoorShut:
            """Conjure"""
            return DoorShut()

    with pytest.raises(TypeError, match="without {'stage'}|without {'house', 'stage'}|without {'stage', 'house'}"):

        @kind.opens(by="SO_ADMIN")
        def knock(call: Call) -> Knocked:
            """Knock"""
            return Knocked(knocks=1)


# ── the signature is the table ────────────────────────────────────────────────────────────────────
async def rivals(read: Read, call: Call, record: Door | None, body: Any) -> list[Door]:
    return []


def test_parameters_become_the_form_and_the_fetched_ones_do_not() -> None:
    kind = doors()

    @kind.command(by=("SO_ADMIN", "PUBLIC"), when="OPEN")
    def knock(
        door: Door, call: Call, times: Annotated[int, Field(ge=1)], others: Annotated[list[Door], Given(rivals)], loud: bool = False
    ) -> Knocked:
        """Knock at it [敲门].

        As often as you like."""
        return Knocked(knocks=door.knocks + times)

    move = kind.moves["knock"]
    assert (move.title, move.by, move.when) == ("Knock at it [敲门]", ("SO_ADMIN", "PUBLIC"), ("OPEN",))
    assert set(move.body.model_fields) == {"times", "loud"}
    assert move.body.__name__ == "DoorKnock"
    assert set(move.given) == {"others"}
    assert move.asked
    assert not move.opens
    with pytest.raises(ValidationError):
        move.body.model_validate({"times": 0})
    with pytest.raises(ValidationError):
        move.body.model_validate({"times": 1, "softly": True})
    body = move.body.model_validate({"times": 2})
    door = Door(id="d", stage="OPEN", house="h")
    assert kind.decide(door, move, body, by("PUBLIC"), {"others": []}) == [Knocked(knocks=2)]


def test_a_single_model_is_the_form_itself() -> None:
    answer = surveys.moves["answer"]
    assert answer.wrapped is None
    kind = doors()

    class Coat(Value):
        colour: Line

    @kind.command(by="SO_ADMIN", when="OPEN")
    def paint(door: Door, call: Call, coat: Coat) -> DoorBuilt:
        """Paint"""
        return DoorBuilt(house=f"{door.house} {coat.colour}")

    move = kind.moves["paint"]
    assert move.body is Coat
    assert kind.decide(Door(stage="OPEN", house="h"), move, Coat(colour="red"), by("SO_ADMIN")) == [DoorBuilt(house="h red")]


def test_the_decorators_return_the_function_unchanged() -> None:
    from tests.shared.samples import vote

    assert vote(GRADING, by("COMMITTEE", "committee:01"), "A") == BallotCast(voter="committee:01", vote="A")


def test_names_follow_from_the_kind() -> None:
    assert (gradings.service, gradings.room, gradings.topic, gradings.collection) == (
        "samples",
        "board",
        "samples.board.v1",
        "board.grading",
    )
    assert gradings.type_of(GradingExpired) == "samples.board.grading_expired.v2"
    assert set(surveys.events) == {"samples.desk.survey_opened.v1", "samples.desk.answer_received.v1", "samples.desk.survey_closed.v1"}
    assert gradings.title == "Grading of an association [分级]"
    assert gradings.unique == (("association", "scale"),)
    assert gradings.stages == ("PROPOSED", "PUBLICISED", "VALID", "REFUSED", "EXPIRED", "WITHDRAWN")
    assert (snake("AnnualReportOverdue"), camel("annual_report")) == ("annual_report_overdue", "AnnualReport")
    assert set(flatten(list[int] | tuple[str, ...] | None)) == {int, str, type(None)}


def test_readers_are_those_who_act_own_or_are_named() -> None:
    assert checks.readers == {"SO_ADMIN", "ASSOCIATION"}
    assert gradings.may_read(by("ENTERPRISE"))  # named: PUBLIC
    assert checks.may_read(by("ASSOCIATION"))
    assert not checks.may_read(by("ENTERPRISE"))
    assert "PLATFORM" not in items.readers
    assert "CLOCK" not in items.readers


# ── who may ───────────────────────────────────────────────────────────────────────────────────────
def decide(kind: Kind[Any, Any], record: Record | None, name: str, call: Call, **body: Any) -> list[Event]:
    move = kind.moves[name]
    return kind.decide(record, move, move.body.model_validate(body), call, {n: [] for n in move.given})


def test_the_wrong_role_is_told_so_in_both_languages() -> None:
    with pytest.raises(NotAllowed) as no:
        decide(gradings, GRADING, "vote", by("ASSOCIATION", OURS), grade="A")
    assert (no.value.status, no.value.code) == (403, "role_not_allowed")
    assert "ASSOCIATION" in no.value.zh


def test_what_belongs_to_another_is_not_even_there() -> None:
    with pytest.raises(NotFound) as no:
        decide(gradings, GRADING, "withdraw", by("ASSOCIATION", THEIRS), reason="r")
    assert (no.value.status, no.value.code) == (404, "not_found")
    assert decide(gradings, GRADING, "withdraw", by("ASSOCIATION", OURS), reason="r")


def test_a_caller_without_an_organisation_owns_nothing() -> None:
    nobodys = GRADING.model_copy(update={"association": ""})
    with pytest.raises(NotFound):
        gradings.admit(nobodys, by("ASSOCIATION", ""))


def test_a_new_city_owns_by_its_district() -> None:
    assert gradings.owns(GRADING, by("NEW_CITY", "dept:XX-FD", "XX-FD"))
    assert not gradings.owns(GRADING, by("NEW_CITY", "dept:XX-KG", "XX-KG"))
    assert not gradings.owns(GRADING, by("NEW_CITY", "XX-FD", ""))


def test_a_role_that_owns_nothing_sees_everything_it_may_act_on() -> None:
    assert gradings.owns(GRADING, by("SO_ADMIN"))


def test_a_record_may_have_several_owners() -> None:
    class Shared(Record):
        stage: Stage
        parties: tuple[str, ...]

    kind = Kind[Shared, Stage](Shared, "town.doors.shared", path="shared", own={"ASSOCIATION": "parties"})
    shared = Shared(stage="OPEN", parties=(OURS, THEIRS))
    assert kind.owns(shared, by("ASSOCIATION", THEIRS))
    assert not kind.owns(shared, by("ASSOCIATION", "51611100PDY0000365"))


def test_one_opens_only_for_oneself() -> None:
    body = {"association": OURS, "district": "XX-FD", "scale": "FULL"}
    assert decide(gradings, None, "propose", by("NEW_CITY", "dept:XX-FD", "XX-FD"), **body)
    with pytest.raises(NotAllowed) as no:
        decide(gradings, None, "propose", by("NEW_CITY", "dept:XX-KG", "XX-KG"), **body)
    assert no.value.code == "not_yours"


def test_out_of_stage_is_refused_with_the_stage() -> None:
    with pytest.raises(Refused) as no:
        decide(gradings, GRADING.model_copy(update={"stage": "EXPIRED"}), "vote", by("COMMITTEE"), grade="A")
    assert (no.value.code, no.value.more) == ("wrong_stage", {"stage": "EXPIRED"})


def test_what_one_can_do_next_depends_on_role_stage_and_ownership() -> None:
    assert gradings.can(GRADING, by("SO_ADMIN")) == ["count"]
    assert gradings.can(GRADING, by("ASSOCIATION", OURS)) == ["withdraw"]
    assert gradings.can(GRADING, by("ASSOCIATION", THEIRS)) == []
    assert gradings.can(GRADING, by("CLOCK")) == []


def test_an_outcome_is_none_one_or_several_events() -> None:
    unqualified, fine = ConcludedCheck(association=OURS, conclusion="UNQUALIFIED"), ConcludedCheck(association=OURS)
    platform = by("PLATFORM", "")
    valid = GRADING.model_copy(update={"stage": "VALID", "grade": "A"})
    assert gradings.decide(valid, gradings.moves["lower"], fine, platform) == []
    assert [e.grade for e in gradings.decide(valid, gradings.moves["lower"], unqualified, platform)] == ["B"]  # type: ignore[attr-defined]
    assert len(items.decide(None, items.moves["raise_items"], unqualified, platform)) == 2


# ── identity ──────────────────────────────────────────────────────────────────────────────────────
def test_a_natural_key_is_the_identity_and_otherwise_the_new_id_is() -> None:
    opened = CheckOpened(association=OURS, year=2025, due=NOON)
    assert checks.open(opened, "unused").id == f"{OURS}~2025"
    proposed = GradingProposed(association=OURS, district="XX-FD", scale="FULL")
    assert gradings.open(proposed, "new").id == "new"
    assert gradings.open(proposed, "new").stage == "PROPOSED"


def test_identities_born_in_a_call_are_its_own_and_repeatable() -> None:
    call = by("SO_ADMIN")
    assert call.new_id("a") == call.new_id("a")
    assert len({call.new_id(), call.new_id("a"), replace(call, id=UUID(int=2)).new_id("a")}) == 3


def test_today_is_the_day_in_shanghai() -> None:
    assert replace(by("SO_ADMIN"), now=datetime(2026, 3, 2, 15, 59, tzinfo=UTC)).today == date(2026, 3, 2)
    assert replace(by("SO_ADMIN"), now=datetime(2026, 3, 2, 16, 0, tzinfo=UTC)).today == date(2026, 3, 3)


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────
VALID = GRADING.model_copy(update={"stage": "VALID", "grade": "A", "valid_to": date(2026, 12, 31)})
END = datetime(2026, 12, 31, 16, tzinfo=UTC)


def ringing(fired: dict[str, datetime]) -> list[tuple[datetime, str]]:
    return [(at, move.name) for at, move in gradings.clocks(VALID, fired)]


def test_the_earliest_time_of_each_clock_comes_first() -> None:
    assert ringing({}) == [(END - timedelta(days=60), "remind"), (END, "expire")]


def test_a_clock_does_not_ring_twice_for_the_same_time() -> None:
    assert ringing({"remind": END - timedelta(days=60)})[0] == (END - timedelta(days=30), "remind")


def test_a_series_missed_during_an_outage_rings_once() -> None:
    assert ringing({"remind": END - timedelta(days=20)})[0] == (END - timedelta(days=7), "remind")
    assert ringing({"remind": END}) == [(END, "expire")]


def test_a_clock_belongs_to_its_stages_and_may_have_no_time() -> None:
    assert gradings.clocks(GRADING, {}) == []
    publicised = GRADING.model_copy(update={"stage": "PUBLICISED"})
    assert gradings.clocks(publicised, {}) == []  # the time is not known yet
    assert [m.name for _, m in gradings.clocks(publicised.model_copy(update={"publicity_until": NOON}), {})] == ["confirm"]


def test_clocks_of_the_same_time_ring_in_the_order_of_their_names() -> None:
    kind = doors()
    for name in ("second", "first"):

        def ring(door: Door, call: Call) -> DoorShut:
            """Ring"""
            return DoorShut()

        ring.__name__ = name
        kind.clock(when="OPEN", at=lambda door: NOON)(ring)
    assert [m.name for _, m in kind.clocks(Door(stage="OPEN", house="h"), {})] == ["first", "second"]
    assert not kind.moves["first"].asked


# ── events, history, older forms ──────────────────────────────────────────────────────────────────
def test_an_event_takes_over_the_fields_it_shares_and_moves_the_stage() -> None:
    withdrawn = gradings.evolve(GRADING, [BallotCast(voter="committee:01", vote="A")])
    assert withdrawn.ballots == {"committee:01": "A"}
    assert withdrawn.stage == "PROPOSED"
    assert GRADING.ballots == {}
    expired = gradings.evolve(GRADING, [GradingExpired(association=OURS, ended_on=date(2026, 1, 1))])
    assert expired.stage == "EXPIRED"


def test_private_fields_shape_the_record_and_are_never_told() -> None:
    event = AnswerReceived(used="a" * 24, score=9, answered=1)
    assert event.public() == {"answered": 1}
    after = surveys.evolve(SURVEY, [event])
    assert (after.tokens, after.scores) == ((), (7, 9))
    assert set(surveys.view(after)) == {"id", "stage", "subject", "until", "answered"}
    assert "a" * 24 not in str(surveys.view(SURVEY))


def test_the_history_folds_into_the_record() -> None:
    told: Sequence[tuple[str, dict[str, Any]]] = [
        ("samples.board.grading_proposed.v1", {"association": OURS, "district": "XX-FD", "scale": "SHORT"}),
        ("samples.board.ballot_cast.v1", {"voter": "committee:01", "vote": "A"}),
        ("samples.board.grading_withdrawn.v1", {"reason": "r"}),
    ]
    record = gradings.fold("g", told)
    assert record
    assert (record.id, record.stage, record.ballots) == ("g", "WITHDRAWN", {"committee:01": "A"})
    assert gradings.fold("g", []) is None


def test_an_event_of_an_older_major_is_read_with_todays_eyes() -> None:
    old = gradings.recall("samples.board.grading_expired.v1", {"association": OURS, "at": "2026-01-01T00:00:00Z"})
    assert old == GradingExpired(association=OURS, ended_on=date(2026, 1, 1))
    now = gradings.recall("samples.board.grading_expired.v2", {"association": OURS, "ended_on": "2026-01-01", "added_later": 1})
    assert now == old
    with pytest.raises(KeyError):
        gradings.recall("samples.board.nothing.v1", {})


def test_an_older_state_is_made_to_fit() -> None:
    fit = gradings.state_upcasts[1]
    assert fit({"stage": "VALID"}) == {"stage": "VALID", "scale": "FULL"}
    assert fit({"scale": "SHORT"}) == {"scale": "SHORT"}


def test_an_event_says_since_when_it_holds() -> None:
    assert [e.effective for e in gradings.events.values() if e.effective] == ["valid_from"]


# ── hearing ───────────────────────────────────────────────────────────────────────────────────────
class Renamed(Heard, type="town.bells.rung.v2", upcasts={"town.bells.rung.v1": lambda data: {"house": data["home"]}}):
    house: str


def test_a_reader_takes_what_it_reads_and_no_more() -> None:
    heard = Renamed.read("town.bells.rung.v2", "bell-1", {"house": "h", "loud": True})
    assert (heard.about, heard.model_dump()) == ("bell-1", {"about": "bell-1", "house": "h"})


def test_a_reader_accepts_the_older_major_it_names() -> None:
    assert Renamed.accepts("town.bells.rung.v1")
    assert Renamed.accepts("town.bells.rung.v2")
    assert not Renamed.accepts("town.bells.rung.v3")
    assert not Bell.accepts("town.bells.rung.v2")
    assert Renamed.read("town.bells.rung.v1", "bell-1", {"home": "h"}) == Renamed(about="bell-1", house="h")


def test_a_reader_refuses_what_lacks_a_field_it_needs() -> None:
    with pytest.raises(ValidationError):
        Renamed.read("town.bells.rung.v2", "bell-1", {})


def test_what_is_about_comes_from_the_letter_not_from_its_data() -> None:
    assert Bell.read(Bell.type, "bell-1", {"house": "h", "about": "another"}).about == "bell-1"


def test_a_reaction_is_asked_for_by_nobody() -> None:
    kind = doors(index=("house",))

    @kind.on(Bell, when="OPEN", where=lambda bell: {"house": bell.house})
    def shut(door: Door, call: Call, bell: Bell) -> DoorShut:
        """Shut at night"""
        return DoorShut()

    move = kind.moves["shut"]
    assert move.where
    assert (move.asked, move.by, move.heard, move.where(Bell(house="h"))) == (False, ("PLATFORM",), Bell, {"house": "h"})
    with pytest.raises(NotAllowed):
        kind.permit(move, Door(stage="OPEN", house="h"), by("SO_ADMIN"))


# ── refusals and texts ────────────────────────────────────────────────────────────────────────────
def test_a_refusal_has_a_code_two_sentences_and_a_status() -> None:
    no = Refused("late", "too late", "已过期", pointer="/due", due="2026-03-01")
    assert (no.status, no.code, no.en, no.zh, no.pointer, no.more) == (409, "late", "too late", "已过期", "/due", {"due": "2026-03-01"})
    assert (str(no), str(Refused("late"))) == ("too late", "late")
    assert [k.status for k in (Malformed, NotAllowed, NotFound, Stale)] == [422, 403, 404, 412]
    assert all(issubclass(k, Refused) for k in (Malformed, NotAllowed, NotFound, Stale))


def text(value: str, of: Any = Text) -> str:
    return str(TypeAdapter(of).validate_python(value))


def test_text_is_kept_in_normal_form() -> None:
    assert text("e\u0301") == "é"
    assert text("两\n行\t字") == "两\n行\t字"


@pytest.mark.parametrize("bad", ["", "x" * 2001, "zero\u200bwidth", "right\u202eleft", "nul\x00", "\ue000", "\ud800", "\u0378"])
def test_text_that_would_show_other_than_it_is_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        text(bad)


@pytest.mark.parametrize("bad", ["two\nlines", "a\ttab", "x" * 201, "", "trailing\n"])
def test_a_line_is_one_line(bad: str) -> None:
    with pytest.raises(ValidationError):
        text(bad, Line)


def test_a_text_grown_by_normalising_keeps_its_bound() -> None:
    """U+0958 becomes two characters in normal form C; what is stored must still be what the form allows."""
    with pytest.raises(ValidationError):
        text("\u0958" * 200, Line)
    with pytest.raises(ValidationError):
        text("\u0958" * 2000)
    assert TypeAdapter(Line).json_schema() == {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\r\n\t]+$"}


@pytest.mark.parametrize("part", [Answer(score=1), GRADING, BallotCast(voter="v", vote="A"), ConcludedCheck(association=OURS)])
def test_values_records_and_events_never_change(part: BaseModel) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(part, next(iter(type(part).model_fields)), "other")


def test_a_value_is_closed_an_event_is_open() -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate({"score": 1, "more": 2})
    assert BallotCast.model_validate({"voter": "v", "vote": "A", "more": 2}) == BallotCast(voter="v", vote="A")


def test_a_private_field_is_marked_on_records_and_events_alike() -> None:
    class Told(Event):
        open_: str
        hidden: Annotated[str, Private] = ""

    assert Told(open_="o", hidden="h").public() == {"open_": "o"}
