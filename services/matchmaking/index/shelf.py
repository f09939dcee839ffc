"""Where the indexes of one process lie: one directory per generation, and the name of the one in use.

A process takes the first place nobody else holds, so that several on one machine each have an index of their own. A generation is built
beside the one in use and takes its place by the renaming of one small file; whatever dies before leaves the old one in use.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import orjson

from services.matchmaking.engine.scoring import Scale
from services.matchmaking.engine.weights import PartyKind
from services.matchmaking.index.copy import Copy
from services.matchmaking.index.encoding import Dictionary
from services.matchmaking.index.port import IndexBroken, MatchIndex

KINDS: tuple[PartyKind, ...] = ("ASSOCIATION", "ENTERPRISE", "CHAMBER")
PLACES = 100
Opener = Callable[[Path, PartyKind], MatchIndex]


class Generation:
    """The copies of all kinds, made together."""

    def __init__(self, path: Path, opener: Opener) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path, self.users, self.retired = path, 0, False
        self.dictionary = Dictionary(names_in(path / "dictionary"), lambda names: keep_names(path / "dictionary", names))
        self.copies: dict[PartyKind, Copy] = {}
        try:
            for kind in KINDS:
                self.copies[kind] = Copy(kind, opener(path / kind.lower(), kind), self.dictionary)
        except IndexBroken:
            self.close()
            raise

    def load(self, scale: Scale) -> None:
        """Raises: IndexBroken also where it was never finished."""
        for copy in self.copies.values():
            copy.load(scale)
        if len({c.version for c in self.copies.values()}) != 1 or not self.version:
            raise IndexBroken("not finished")

    @property
    def version(self) -> str:
        return self.copies["ASSOCIATION"].version

    @property
    def at(self) -> str:
        return self.copies["ASSOCIATION"].at

    def note(self, at: str, token: object, version: str) -> None:
        for copy in self.copies.values():
            copy.note(at, token, version)

    def optimize(self) -> None:
        for copy in self.copies.values():
            copy.optimize()

    def flush(self) -> None:
        for copy in self.copies.values():
            copy.index.flush()

    def close(self) -> None:
        for copy in self.copies.values():
            copy.index.close()
        self.copies = {}

    def drop(self) -> None:
        """Close, and hold nothing anywhere any more."""
        for copy in self.copies.values():
            copy.index.drop()
        self.copies = {}


class Shelf:
    """Raises: IndexBroken when every place is taken."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for n in range(PLACES):
            self.path = root / str(n)
            self.path.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._lock)
                continue
            return
        raise IndexBroken(f"all {PLACES} places in {root} are taken")

    def current(self) -> Path | None:
        try:
            name = (self.path / "current").read_text("utf-8").strip()
        except OSError:
            return None
        return self.path / name if name and (self.path / name).is_dir() else None

    def new(self) -> Path:
        return self.path / f"g-{uuid4().hex[:12]}"

    def switch(self, generation: Path) -> None:
        """From here on, also after a crash, this one is in use."""
        beside = self.path / "current.new"
        with beside.open("w", encoding="utf-8") as file:
            file.write(generation.name)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path / "current")

    def sweep(self, keep: Sequence[Path]) -> None:
        """Remove what was never finished, or is no longer in use."""
        for path in self.path.glob("g-*"):
            if path not in keep:
                shutil.rmtree(path, ignore_errors=True)

    def remove(self, generation: Path) -> None:
        if generation != self.current():
            shutil.rmtree(generation, ignore_errors=True)

    def release(self) -> None:
        os.close(self._lock)


def names_in(file: Path) -> list[str]:
    """What is in a dictionary; a last line that was cut off was never used."""
    try:
        whole = file.read_bytes()
    except FileNotFoundError:
        return []
    end = whole.rfind(b"\n") + 1
    if end < len(whole):
        os.truncate(file, end)
    return [orjson.loads(line) for line in whole[:end].splitlines()]


def keep_names(file: Path, names: Sequence[str]) -> None:
    with file.open("ab") as lines:
        lines.write(b"".join(orjson.dumps(name) + b"\n" for name in names))
        lines.flush()
        os.fsync(lines.fileno())
