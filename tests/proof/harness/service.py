"""One service as a process of a run: `python -m tests.proof.harness.service NAME PORT`.

It is the service as it is, with an issuer whose key all share. `WRONG` names one of the builds that must be caught. While a file
`bug-NAME` lies in the run's directory it cannot handle one event in seven: what a faulty release does, until it is mended. SIGUSR1 has it
write down what each of its tasks waits for.
"""

import asyncio
import os
import signal
import sys
import traceback
import zlib
from pathlib import Path
from typing import Any

from shared.engine import Effects, Engine, Letter
from tests.proof import process
from tests.proof.harness.wrong_builds import WRONG


def with_a_bug(file: Path) -> None:
    react = Engine._react

    async def faulty(self: Engine, letter: Letter, effects: Effects) -> None:
        if zlib.crc32(letter.id.encode()) % 7 == 0 and file.exists():
            raise RuntimeError("a fault of this release")
        await react(self, letter, effects)

    Engine._react = faulty  # type: ignore[method-assign]


def tell_tasks(*_: Any) -> None:
    """Each task with the places it waits at, innermost last."""
    for task in asyncio.all_tasks():
        print(f"--- {task.get_name()}", file=sys.stderr)
        waiting: Any = task.get_coro()
        while waiting is not None:
            frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "gi_frame", None) or getattr(waiting, "ag_frame", None)
            if frame is not None:
                print("".join(traceback.format_stack(frame, 1)), end="", file=sys.stderr)
            following = getattr(waiting, "cr_await", None) or getattr(waiting, "gi_yieldfrom", None) or getattr(waiting, "ag_await", None)
            if following is None and frame is None:
                print(f"  {waiting!r}", file=sys.stderr)
            waiting = following


def main(name: str, port: int) -> None:
    signal.signal(signal.SIGUSR1, tell_tasks)
    if wrong := os.environ.get("WRONG"):
        WRONG[wrong]()
    with_a_bug(Path(os.environ["PROOF_DIRECTORY"]) / f"bug-{name}")
    process.main(name, port)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
