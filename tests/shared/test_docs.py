"""The documents that follow from the record types: complete, stable, and never written over a promise."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import jsonschema
import pytest
from pydantic import AfterValidator, Field

from shared import docs
from shared.contracts import schema_of
from shared.engine import Effects, Service
from shared.kafka import NEEDED, headers
from shared.record import Call, Event, Fen, Heard, Kind, Private, Record, Value
from shared.uscc import AssociationUscc
from tests.shared import samples


class ListingSeen(Heard, type="registry.supervision.abnormal_listing_added.v1"):
    association: str
    reason: str = ""


class GradeSeen(Heard, type="samples.board.grading_confirmed.v1"):
    association: str


async def keep_listing(heard: Heard, call: Call, effects: Effects) -> None:
    effects.update("listings", heard.about, {"$set": {"seen": True}})


SERVICE = Service(
    "samples", kinds=samples.KINDS, rooms={"board": "public", "desk": "zone"}, on={ListingSeen: keep_listing, GradeSeen: keep_listing}
)


def test_a_diagram_draws_every_move_and_where_life_ends() -> None:
    drawn = docs.mermaid(samples.gradings)
    assert "[*] --> PROPOSED: propose" in drawn
    assert "PUBLICISED --> VALID: confirm" in drawn
    assert "VALID --> WITHDRAWN: lower" in drawn
    assert "EXPIRED --> [*]" in drawn
    assert "VALID --> [*]" not in drawn


def test_the_table_says_who_brings_a_move_about() -> None:
    written = docs.moves(samples.gradings)
    assert "| `propose` | Propose a grading [提出分级] | SO_ADMIN, NEW_CITY | opens it | GradingProposed |" in written
    assert "| `confirm` | The publicity ends | the clock | PUBLICISED | GradingConfirmed |" in written
    assert (
        "| `lower` | An unqualified check lowers the grade | `samples.desk.check_concluded.v1` is heard | VALID | GradingLowered |"
        in written
    )


def test_the_catalogue_says_who_may_read_who_tells_and_who_hears() -> None:
    written = docs.catalogue([SERVICE])
    assert "## samples.board\n\nTopic `samples.board.v1` · public" in written
    assert "### `samples.desk.check_concluded.v1`\n\nThe check was concluded [年检结论]" in written
    assert "- Told when: SO_ADMIN: Conclude: qualified from 60 [结论]" in written
    assert "- Heard by samples: An unqualified check lowers the grade" in written
    assert "- Heard by samples: keep listing" in written
    assert "| `association` | string | yes | association: unified social credit code [社会团体统一社会信用代码] |" in written
    assert "| `mean_hundredths` | integer or null | yes | mean score × 100 |" in written
    assert "- Holds since: `valid_from`" in written
    assert "tokens" not in written


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = docs.asyncapi(SERVICE, [SERVICE])
    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == {"samples.board.v1", "samples.desk.v1", "registry.supervision.v1"}
    assert {o["action"] for o in document["operations"].values()} == {"send", "receive"}
    told = document["components"]["messages"]["samples.board.grading_confirmed.v1"]
    assert told["bindings"]["kafka"]["key"]["type"] == "string"
    jsonschema.validate(told["examples"][0]["payload"], told["payload"])
    read = document["components"]["messages"]["registry.supervision.abnormal_listing_added.v1"]["payload"]
    assert read["required"] == ["association"]
    assert set(read["properties"]) == {"association", "reason"}


def references(node: Any) -> list[str]:
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    return [r for n in inner for r in references(n)] + ([node["$ref"]] if isinstance(node, dict) and "$ref" in node else [])


def test_every_header_on_the_bus_is_described() -> None:
    letter = {
        "_id": str(UUID(int=1)), "type": "t", "source": "s", "subject": "x", "time": "t", "sequence": 1, "recorded": "r", "correlation": "c", "causation": "d",
        "actor": {"role": "SO_ADMIN", "organisation": "dept:so-admin"}, "effective": "2026-03-02", "basis": "b", "traceparent": "00-…",
    }  # fmt: skip
    sent = {name for name, _ in headers({**letter, "traceparent": "00-1-1-01"})}
    assert sent == set(docs.HEADERS)
    assert set(NEEDED) <= set(docs.ALWAYS)


class Part(Value):
    code: AssociationUscc
    amount: Fen


class Rich(Event):
    """An event with all that can stand in one"""

    parts: tuple[Part, ...]
    by_city: dict[str, int]
    pair: tuple[int, Literal["A", "B"]]
    digest: Annotated[str, Field(pattern="^C$")]
    secret: Annotated[str, Private] = ""
    perhaps: int | None = None


def test_a_golden_sample_fits_its_event_and_its_schema_and_is_always_the_same() -> None:
    for type_, event in docs.told([SERVICE]).items():
        sample = docs.golden(type_, event)
        assert sample == docs.golden(type_, event)
        assert event.model_validate(sample).public() == sample
        jsonschema.validate(sample, docs.schemas([SERVICE])[type_])


def test_a_sample_is_found_for_lists_maps_pairs_and_codes() -> None:
    class Richer(Rich):
        odd: Annotated[str, AfterValidator(only_weiyang)]

    sample = docs.golden("x", Richer)
    assert sample["parts"] == [{"code": "51611100PDY00001XA", "amount": 1}]
    assert sample["odd"] == "610112"
    assert sample["digest"] == "C"
    assert "secret" not in sample


def only_weiyang(text: str) -> str:
    if text != "610112":
        raise ValueError("not Weiyang")
    return text


def never(text: str) -> str:
    raise ValueError("never")


def test_where_no_sample_can_be_found_it_asks_for_one() -> None:
    class Impossible(Event):
        word: Annotated[str, AfterValidator(never)]

    with pytest.raises(TypeError, match="examples"):
        docs.golden("x", Impossible)


def test_what_a_type_is_called_in_words() -> None:
    shape = schema_of(Rich)["properties"]
    assert [docs.sort_of(shape[n]) for n in ("parts", "by_city", "pair", "perhaps")] == [
        "list of {code, amount}",
        "map to integer",
        "(integer, A / B)",
        "integer or null",
    ]


def test_an_event_that_says_nothing_is_called_by_its_name() -> None:
    class LeadScreened(Event):
        pass

    assert docs.title_of_event(LeadScreened) == "Lead screened"
    assert docs.title_of_event(samples.GradingProposed) == "A grading was proposed [提出分级]"


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(docs, "discover", lambda names: [SERVICE])
    assert docs.main(["samples"], tmp_path) == 0
    return tmp_path


def test_what_was_just_written_is_as_it_should_be(documented: Path) -> None:
    assert docs.main(["--check", "samples"], documented) == 0
    assert json.loads((documented / "docs/api/samples.openapi.json").read_text("utf-8"))["openapi"].startswith("3.")


def test_writing_twice_changes_no_byte(documented: Path) -> None:
    before = {p: p.read_bytes() for p in documented.rglob("*") if p.is_file()}
    assert docs.main(["samples"], documented) == 0
    assert before == {p: p.read_bytes() for p in documented.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "path",
    ["docs/events/catalogue.md", "docs/events/samples.asyncapi.json", "docs/events/samples.records.md", "docs/api/samples.openapi.json"],
)
def test_drift_is_named(documented: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    (documented / path).write_text("edited", "utf-8")
    assert docs.main(["--check", "samples"], documented) == 1
    assert f"{path} is not as the record types say" in capsys.readouterr().err


def test_a_file_that_belongs_to_nothing_and_a_missing_sample_are_named(documented: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (documented / "docs/events/old.md").write_text("x", "utf-8")
    (documented / docs.GOLDEN / "samples.desk.item_disposed.v1.json").unlink()
    assert docs.main(["--check", "samples"], documented) == 1
    said = capsys.readouterr().err
    assert "docs/events/old.md belongs to nothing" in said
    assert "samples.desk.item_disposed.v1.json is missing" in said


def test_a_golden_sample_is_added_and_never_edited(documented: Path) -> None:
    sample = documented / docs.GOLDEN / "samples.desk.item_disposed.v1.json"
    sample.write_text('{"as": "it was then"}', "utf-8")
    assert docs.main(["samples"], documented) == 0
    assert sample.read_text("utf-8") == '{"as": "it was then"}'


def test_a_schema_that_breaks_a_promise_is_not_written(documented: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = documented / "docs/events/schemas/samples.desk.check_filed.v1.json"
    promised = json.loads(path.read_text("utf-8"))
    promised["properties"]["pages"] = {"type": "integer"}
    path.write_text(json.dumps(promised), "utf-8")
    before = (documented / "docs/events/catalogue.md").read_bytes()
    assert docs.main(["samples"], documented) == 1
    assert "samples.desk.check_filed.v1: pages is gone" in capsys.readouterr().err
    assert json.loads(path.read_text("utf-8")) == promised
    assert (documented / "docs/events/catalogue.md").read_bytes() == before


def test_an_older_major_that_the_history_is_read_by_keeps_its_schema(documented: Path) -> None:
    (documented / "docs/events/schemas/samples.board.grading_expired.v1.json").write_text(
        '{"properties": {"at": {"type": "string"}}}', "utf-8"
    )
    assert docs.main(["samples"], documented) == 0
    assert (documented / "docs/events/schemas/samples.board.grading_expired.v1.json").exists()
    assert docs.main(["--check", "samples"], documented) == 0


def test_discovery_wants_every_service() -> None:
    with pytest.raises(ImportError):
        docs.discover(["services.nowhere.service"])


def test_a_kind_without_events_heard_elsewhere_has_no_readers() -> None:
    assert docs.readers([Service("lonely")]) == {}
    kind = Kind[LonelyRecord, Literal["HERE"]](LonelyRecord, "lonely.room.thing", path="things")
    assert docs.edges(kind) == []


class LonelyRecord(Record):
    stage: Literal["HERE"]


def test_the_order_of_a_document_does_not_hang_on_which_file_was_imported_first() -> None:
    """A record type may lie in several files, and a test may import them in another order than the service."""
    kind = samples.gradings
    turned = Kind[samples.Grading, samples.GradingStage](samples.Grading, kind.name, path=kind.path, own={"ASSOCIATION": "association"})
    turned.moves = dict(reversed(kind.moves.items()))
    assert docs.moves(turned) == docs.moves(kind)
    assert list(docs.events_of(turned)) == list(docs.events_of(kind))
    assert [m.name for m in docs.in_order(kind)][:3] == ["propose", "vote", "count"]


def test_samples_of_pairs_bounds_and_open_values() -> None:
    class Bounded(Event):
        share: Annotated[int, Field(ge=5, le=6)]
        pair: tuple[int, bool]
        anything: Any
        names: dict[str, str]
        nothing: dict[str, Any] = {}

    sample = docs.golden("x", Bounded)
    assert sample == {"share": 6, "pair": [1, True], "anything": None, "names": {"示例": "names 示例"}, "nothing": {}}


def test_a_list_that_goes_wrong_as_a_whole_asks_for_an_example() -> None:
    class Refusing(Event):
        words: Annotated[tuple[str, ...], AfterValidator(never)]

    with pytest.raises(TypeError, match="examples"):
        docs.golden("x", Refusing)
