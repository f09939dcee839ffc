"""What others have written down: clients their commands and the answers, sinks what was handed to them. JSON, one object a line.

A client's line: `key` (its Idempotency-Key), `service`, `kind`, `id` (null for an opening that was not answered), `outcome`
(ok | fail | unknown), `version` (the answered one), `status`, `started`, `ended`. What the platform makes of the key depends on the caller, so a
line names one of: `call`, the identity of the call as the platform makes it; `role`, `organisation`, `subject`, `district`; or nothing, and then
every caller of that kind is tried with the embedded issuer's subject (demo and test). Several lines of one key are attempts of one command.

A sink's line: `id` (of the notice), `recipient`, `outcome` (ok: taken; unknown: taken, and the answer was lost; fail: not taken), `at`; or a line
of the demo's mail sink, `message_id` and `recipients`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from inspect import signature
from pathlib import Path
from typing import Any, Literal, get_origin
from uuid import UUID, uuid5

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.http import KEYS
from shared.record import BY_DISTRICT, Kind, Refused

Outcome = Literal["ok", "fail", "unknown"]
ACTORS_MAX = 50  # callers of a kind that are tried for lines that name none


class Attempt(BaseModel):
    """One attempt as its client saw it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    key: str = Field(min_length=1, max_length=200)
    service: str
    kind: str
    id: str | None = None
    outcome: Outcome
    version: int | None = None
    status: int | None = None
    started: AwareDatetime
    ended: AwareDatetime
    call: UUID | None = None
    role: str = ""
    organisation: str = ""
    subject: str = ""
    district: str = ""


class Handed(BaseModel):
    """One message as a sink saw it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str = ""
    recipient: str = ""
    outcome: Outcome = "ok"
    message_id: str = ""
    recipients: tuple[str, ...] = ()

    @property
    def notice(self) -> str:
        return self.id or self.message_id.strip("<>").rpartition("@")[0]

    @property
    def to(self) -> str:
        return self.recipient or ",".join(self.recipients)


@dataclass(slots=True)
class Command:
    """All attempts of one key. `ok` holds over `unknown`, `unknown` over `fail`: one lost answer may have been a yes."""

    key: str
    kind: str
    id: str | None
    outcome: Outcome
    started: datetime
    ended: datetime
    callers: tuple[Any, ...]  # a UUID, or role, organisation, subject, district
    answers: set[tuple[str, int]] = field(default_factory=set)

    @property
    def answer(self) -> tuple[str, int]:
        return next(iter(self.answers), ("", 0))


@dataclass(frozen=True)
class Effect:
    """The events of one call on one record that lie side by side."""

    id: str
    first: int
    last: int
    move: str


def objects(files: Iterable[Path], upto: Mapping[Path, int] | None = None) -> Iterator[tuple[str, Any, bool]]:
    """(place, object, whether it lay there when `upto` was taken). A last line that is still being written is left out.

    Raises: Refused for a file that cannot be read or a line that is no JSON object."""
    for file in files:
        at = 0
        try:
            with file.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    at += len(line)
                    if not line.endswith(b"\n"):
                        break
                    if line.strip():
                        yield f"{file.name}:{number}", orjson.loads(line), upto is None or at <= upto.get(file, 0)
        except OSError as error:
            raise Refused("journal_unreadable", f"{file}: {type(error).__name__}", f"无法读取 {file}") from None
        except ValueError:
            raise Refused("journal_malformed", f"{file}:{number} is no JSON", f"{file} 第 {number} 行不是 JSON") from None


def read(model: type[Any], where: str, said: Any) -> Any:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, e["loc"])) for e in error.errors(include_input=False))
        raise Refused("journal_malformed", f"{where}: {wrong} not right", f"{where}：{wrong} 有误") from None


class Histories:
    """The commands of all clients, by what makes a key one command. Times are those of the clients."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.commands: dict[Any, Command] = {}
        self.acks: list[tuple[datetime, datetime]] = []
        for where, said, _ in objects(files):
            line: Attempt = read(Attempt, where, said)
            if line.outcome == "ok" and (line.id is None or line.version is None):
                raise Refused("journal_malformed", f"{where}: ok without id and version", f"{where}：缺少 id 或 version")
            caller = (line.call,) if line.call else (line.role, line.organisation, line.subject, line.district) if line.role else ()
            # an opening has no id before its first answer, and a command's path carries it: the call tells them apart, else kind and key do
            mine = (line.kind, line.call or (line.key, *caller))
            known = self.commands.setdefault(mine, Command(line.key, line.kind, line.id, line.outcome, line.started, line.ended, caller))
            known.started, known.ended = min(known.started, line.started), max(known.ended, line.ended)
            known.id = known.id or line.id
            known.outcome = min(known.outcome, line.outcome, key=("ok", "unknown", "fail").index)
            if line.outcome == "ok":
                known.answers.add((str(line.id), int(line.version or 0)))
                self.acks.append((line.ended, line.started))

    def of(self, kind: str) -> list[Command]:
        return [c for c in self.commands.values() if c.kind == kind]

    def figures(self) -> dict[str, Any]:
        """Outcomes, the longest time without any ok between the first command and the last answer, and the slowest command; seconds."""
        told = {o: sum(c.outcome == o for c in self.commands.values()) for o in ("ok", "fail", "unknown")}
        if not self.commands:
            return told
        ends = sorted([min(c.started for c in self.commands.values()), *(ended for ended, _ in self.acks)])
        stall, at = max(((b - a).total_seconds(), a) for a, b in zip(ends, ends[1:] or ends, strict=False))
        slowest = max((c.ended - c.started).total_seconds() for c in self.commands.values())
        return {**told, "worst_stall_s": round(stall, 3), "stalled_from": at.isoformat(), "slowest_s": round(slowest, 3)}


def calls_of(kind: Kind[Any, Any], command: Command, actors: Sequence[tuple[str, str]]) -> set[str]:
    """The identities the platform may have given to a client's key (shared.http.caller)."""
    match command.callers:
        case (UUID() as call,):
            return {str(call)}
        case (role, organisation, subject, district):
            whos = [(subject or default_subject(role, organisation, district), role, organisation, district)]
        case _:
            whos = [(default_subject(r, o, d), r, o, d) for r, o in actors for d in districts(r, o)]
    base = f"/{kind.service}/{kind.path}"
    openings = [m for m in kind.moves.values() if m.asked and m.opens]
    paths = {base, *(f"{base}:{m.name}" for m in openings[1:])}
    if command.id:
        paths |= {f"{base}/{command.id}:{m.name}" for m in kind.moves.values() if m.asked and not m.opens}
    return {str(uuid5(KEYS, "\n".join((*who, path, command.key)))) for who in whos for path in paths}


def default_subject(role: str, organisation: str, district: str) -> str:
    """As the embedded issuer names its callers (shared.auth.Issuer)."""
    return f"{role}/{organisation or district or 'demo'}".lower()


def districts(role: str, organisation: str) -> tuple[str, ...]:
    return (organisation.removeprefix("dept:"), "") if role in BY_DISTRICT else ("",)


def tells_many(kind: Kind[Any, Any], name: str) -> bool:
    """Whether one call of this move may open several records."""
    move = kind.moves.get(name)
    return move is not None and move.opens and get_origin(signature(move.run).return_annotation) in (list, tuple)


def judged(command: Command, effects: Sequence[Effect], many: bool = False) -> Iterator[tuple[str, str]]:
    """(fault, sentence) for each way in which a command and its effects do not fit (reliability §1.6, 1 and 2).

    `many`: its move may open several records, each of which is told once."""
    records = {e.id for e in effects}
    twice = len(effects) > len(records) or (len(records) > 1 and not many)
    if len(command.answers) > 1:
        yield "answers_differ", f"key {command.key} was answered with {sorted(command.answers)}"
    if twice:
        yield "key_with_two_effects", f"key {command.key} took effect at {', '.join(f'{e.id}/{e.last}' for e in effects)}"
    elif command.outcome == "fail" and effects:
        yield "refused_and_took_effect", f"key {command.key} was refused, and told {effects[0].last}"
    elif command.outcome == "ok" and not effects:
        yield "answer_without_effect", f"key {command.key} was answered with version {command.answer[1]}, and no event is kept of it"
    elif command.outcome == "ok" and effects and len(command.answers) == 1 and command.answer not in {(e.id, e.last) for e in effects}:
        yield "answered_version_differs", f"key {command.key} was answered with version {command.answer[1]}, and told {effects[0].last}"
