"""The walk is worth what it catches: faults as people make them are planted into the samples, one at a time.

The first twelve and the two last are those of the kernel's study; the others are promises made since. A fault the walk
cannot see, because a wrong rule can be a lawful machine, is shown to fall to an example in the field's words.
"""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from shared.record import Call, Kind
from tests.walk import Seen, World, check_diagram, check_seen, readers_understand, walk

pytestmark = pytest.mark.usefixtures("uncounted")  # runs for long: tracing would nearly double it
SOURCE = Path(__file__).parent / "shared" / "samples.py"
NUMBER = count()
NOON = Call("SO_ADMIN", "dept:so-admin", datetime(2026, 3, 2, 4, tzinfo=UTC), UUID(int=1))


def planted(old: str = "", new: str = "") -> ModuleType:
    """The samples with one passage replaced. Raises: whatever importing such a file raises."""
    text = SOURCE.read_text("utf-8")
    assert not old or text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the samples"
    module = ModuleType(f"planted_{next(NUMBER)}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(text.replace(old, new) if old else text, str(SOURCE), "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


def judge(module: ModuleType, *names: str, walks: int = 400) -> None:
    """All the checks that a service's record types undergo. Raises: at the first thing wrong."""
    kinds: list[Kind[Any, Any]] = [k for k in module.KINDS if not names or k.name in names]
    told = {name: event for k in module.KINDS for name, event in k.events.items()}
    world = World({"samples.desk.survey.answer": lambda survey, dice: {"token": dice.choice(survey.tokens or ("none left",))}}, told)
    for kind in kinds:
        check_diagram(kind)
        for heard in {m.heard for m in kind.moves.values() if m.heard}:
            readers_understand(heard, told)
        seen = Seen()
        for seed in range(walks):
            walk(kind, Random(seed), 1 + seed % 40, seen, world)
        check_seen(kind, seen)


def test_the_samples_themselves_are_without_fault() -> None:
    judge(planted())


GRADING, CHECK, SURVEY, ITEMS = "samples.board.grading", "samples.desk.check", "samples.desk.survey", "samples.desk.items"
CAUGHT = {
    # what was planted: (record type, passage, its replacement, what the complaint says)
    "a clock read inside a rule": (SURVEY, "until=call.now + 14 * DAY", "until=datetime.now(UTC) + 14 * DAY", "not a pure function"),
    "an index error for a first step": (CHECK, "if not check.marks:", "if check.marks and not check.marks[0]:", "tuple index out of range"),
    "an event returned but not announced": (
        CHECK, "return CheckOverdue(association=check.association)", "return CheckFiled(filed_on=call.today)", "does not announce CheckFiled",
    ),
    "a stage misspelt in an event": (CHECK, 'class CheckFiled(Event, to="FILED")', 'class CheckFiled(Event, to="FLIED")', "leads to no stage: FLIED"),
    "a ballot written into the shared dict": (
        GRADING, "    return BallotCast(voter", "    grading.ballots[call.organisation] = grade\n    return BallotCast(voter", "has changed the record it judged",
    ),
    "lowering runs off the list": (GRADING, '"WITHDRAWN" if grade == "NONE" else "VALID"', '"VALID"', "tuple index out of range"),
    "a stage nobody reaches any more": (GRADING, 'Event, to="EXPIRED"', 'Event, to="WITHDRAWN"', "no way leads to {'EXPIRED'}"),
    "a digest published with the answer": (SURVEY, "used: Annotated[str, Private]", "used: str", "tells what is private"),
    "a clock that refuses": (
        GRADING, "return GradingReminded(reminded=grading.reminded + 1) if grading.reminded < 3 else None",
        'raise Refused("told_often", "told three times", "已提醒三次")', "a clock may not refuse",
    ),
    "an event field of another type": (
        CHECK, 'Event, to="OPEN"):\n    """The year was opened for one association [开启年检]."""\n\n    association: str\n    year: int',
        'Event, to="OPEN"):\n    """The year was opened for one association [开启年检]."""\n\n    association: str\n    year: str',
        "year does not fit the record",
    ),
    "a reader who wants a field nobody sends": (GRADING, '    conclusion: str = ""', "    conclusion: str\n    inspector: str", "inspector"),
    "a stage misspelt in a command": (CHECK, 'when="FILED")\ndef mark', 'when="FILLED")\ndef mark', "no stage {'FILLED'}"),
    # beyond the study
    "a role misspelt": (CHECK, 'checks.opens(by="SO_ADMIN")', 'checks.opens(by="SO_ADMlN")', "no role"),
    "a refusal in one language": (CHECK, '"nobody has given a mark", "尚未评分"', '"nobody has given a mark"', "not said in both languages"),
    "a refusal whose code is a sentence": (CHECK, 'Refused("no_marks"', 'Refused("No marks yet"', "no stable code"),
    "a refusal in English twice": (CHECK, '"尚未评分"', '"no marks"', "not said in Chinese"),
    "a reaction that refuses": (
        GRADING, '    if check.conclusion != "UNQUALIFIED":\n        return None\n    grade =',
        '    if check.conclusion != "UNQUALIFIED":\n        raise Refused("no_cause", "no cause", "无需降级")\n    grade =', "nobody can be refused",
    ),
    "a clock that never rests": (ITEMS, "    return ItemsLapsed()", "    return ItemsRaised(association=record.association, since=call.now + DAY, open_items=())", "announce|rests"),
    "a deadline that runs before its own event": (
        ITEMS, "silent: bool = True\n", 'silent: bool = True\n    stage: Literal["WAITING"] = "WAITING"\n    since: datetime | None = None\n', "fit|rests|no way",
    ),
    "a private field of the record told by an event": (SURVEY, "score: Annotated[int, Private] = 0\n", "score: Annotated[int, Private] = 0\n    scores: tuple[int, ...] = ()\n", "private here and told there"),
    "a private field without which the history cannot be read": (SURVEY, 'used: Annotated[str, Private] = ""', "used: Annotated[str, Private]", "cannot be read back"),
    "an event that tells another value than the record shows": (
        SURVEY, '"answered": self.answered}', '"answered": self.answered + 1}', "tells another {'answered'} than the record shows",
    ),
    "a fact kept that no event tells": (GRADING, '{**record.ballots, self.voter: self.vote}', '{**record.ballots, self.voter + str(id(record) % 7): self.vote}', "another story|pure"),
    "a move that can never be made": (CHECK, "if not check.marks:", "if len(check.marks) < 10**6:", "no walk|never done: {'conclude'}"),
    "an event announced and never told": (
        CHECK, "conclusion: Literal[\"QUALIFIED\", \"UNQUALIFIED\"]\n\n\nclass CheckOverdue", "conclusion: Literal[\"QUALIFIED\"]\n\n\nclass CheckOverdue", "fit|validation error",
    ),
    "a state of an older form that nobody makes fit": (GRADING, "@gradings.upcasts_state(1)\n", "", "not every older state"),
    "an old event read as one nobody tells": (GRADING, '"samples.board.grading_expired.v1", GradingExpired)', '"samples.board.grading_expired.v1", Event)', "an event nobody tells"),
    "an event effective by a field it lacks": (GRADING, 'effective="valid_from"', 'effective="valid_since"', "effective by a field it does not have"),
    "something else fetched than is said": (GRADING, 'return await read.find(gradings, association=body.association, stage="VALID")', "return 7  # type: ignore", "fetched as something else"),
    "an owner's field that an opening does not carry": (CHECK, 'own={"ASSOCIATION": "association"}\n', 'own={"ASSOCIATION": "association", "SO_ADMIN": "due"}\n', "never done|no walk"),
    "a value that does not survive the wire": (GRADING, "reminded: Count = 0", 'reminded: float = float("nan")', "JSON|fit|differently"),
}  # fmt: skip


@pytest.mark.parametrize("fault", CAUGHT)
def test_it_catches(fault: str) -> None:
    kind, old, new, complaint = CAUGHT[fault]
    with pytest.raises(Exception, match=complaint):  # a fault may show as any error a bad rule can raise
        judge(planted(old, new), kind)


def last_disposition_ends_it(samples: Any) -> None:
    one_left = samples.Items(id="i", stage="WAITING", association="a", since=NOON.now, open_items=("party",))
    assert samples.dispose(one_left, NOON, "party").stage == "DISPOSED"


def sixty_is_enough(samples: Any) -> None:
    filed = samples.Check(id="c", stage="FILED", association="a", year=2025, due=NOON.now + timedelta(days=1), marks=(60,))
    assert samples.conclude(filed, replace(NOON, role="SO_ADMIN")).conclusion == "QUALIFIED"


LAWFUL = {
    "the last disposition does not move on": (
        ITEMS,
        'stage="WAITING" if left else "DISPOSED"',
        'stage="WAITING"',
        last_disposition_ends_it,
    ),
    "a business rule off by one": (CHECK, ">= 60", "> 60", sixty_is_enough),
}


@pytest.mark.parametrize("fault", LAWFUL)
def test_a_wrong_rule_in_a_lawful_machine_falls_to_an_example(fault: str) -> None:
    kind, old, new, example = LAWFUL[fault]
    example(planted())
    wrong = planted(old, new)
    judge(wrong, kind)
    with pytest.raises(AssertionError):
        example(wrong)


def test_the_type_checker_sees_three_of_them(tmp_path: Path) -> None:
    """What is announced, what an event holds, and which stages there are is checked before anything runs."""
    faults = ("an event returned but not announced", "an event field of another type", "a stage misspelt in a command")
    for n, fault in enumerate(faults):
        _, old, new, _ = CAUGHT[fault]
        (tmp_path / f"planted_{n}.py").write_text(SOURCE.read_text("utf-8").replace(old, new), "utf-8")
    (tmp_path / "lawful.py").write_text(SOURCE.read_text("utf-8"), "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", f"--cache-dir={tmp_path / 'cache'}", "--config-file=", *sorted(map(str, tmp_path.glob("*.py")))],
        capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False,
    )  # fmt: skip
    blamed = {line.split(":")[0].rsplit("/", 1)[-1] for line in run.stdout.splitlines() if ": error:" in line}
    assert blamed == {f"planted_{n}.py" for n in range(len(faults))}, run.stdout + run.stderr
