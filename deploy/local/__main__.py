"""`python -m deploy.local up | down | status | logs | doctor`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.local.doctor import examine
from deploy.local.process import Missing
from deploy.local.stack import Stack, without_password


def up(stack: Stack) -> int:
    """Bring both servers up."""
    endpoints = stack.up()
    print(
        f"Kafka   {endpoints.kafka}\nMongoDB {without_password(endpoints.mongo)}\nWritten to {stack.directory / 'endpoints.json'}; `make down` stops them."
    )
    return 0


def down(stack: Stack) -> int:
    """Stop what this directory started."""
    stopped = stack.down()
    print(f"Stopped: {', '.join(stopped)}." if stopped else f"Nothing of {stack.directory} was running.")
    return 0


def status(stack: Stack) -> int:
    """Say what runs; 1 when not both do."""
    states = []
    for part in stack.parts:
        try:
            state = f"up    {without_password(part.address)}" if part.is_up() else "down"
        except Missing:
            state = "down"
        states.append(state)
        print(f"{part.title:8} {state}  [{part.how}]")
    return 0 if all(state != "down" for state in states) else 1


def logs(stack: Stack, lines: int, follow: bool) -> int:
    """The last lines of both servers' logs, and those to come with `follow`."""
    files = sorted((stack.directory / "log").glob("*.log"))
    if not files:
        raise Missing(f"There is no log under {stack.directory}: servers in Docker or given ones keep their own (`docker compose logs`).")
    at: dict[Path, int] = {}
    for file in files:
        text = file.read_text(errors="replace").splitlines()
        print(f"── {file}", *text[-lines:], sep="\n")
        at[file] = file.stat().st_size
    while follow:
        time.sleep(0.5)
        for file in files:
            size = file.stat().st_size
            with file.open(errors="replace") as more:
                more.seek(at[file] if size >= at[file] else 0)  # shorter than before: the server was started anew
                sys.stdout.write("".join(f"{file.stem}: {line}" for line in more))
                at[file] = more.tell()
        sys.stdout.flush()
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Do what is asked; whatever is missing is one sentence on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description="A real Kafka and a real MongoDB on this machine.")
    parser.add_argument("--directory", type=Path, default=Path(".local"), help="where data, logs and pid files live (default: .local)")
    actions = parser.add_subparsers(dest="action", required=True)
    for name, what in {
        "up": "bring both up",
        "down": "stop both",
        "status": "what runs",
        "doctor": "what is there, what is missing",
    }.items():
        actions.add_parser(name, help=what)
    reading = actions.add_parser("logs", help="the servers' logs")
    reading.add_argument("-n", "--lines", type=int, default=40)
    reading.add_argument("-f", "--follow", action="store_true")
    told = parser.parse_args(words)
    try:
        if told.action == "doctor":
            return examine(told.directory)
        stack = Stack(told.directory, say=lambda line: print(line, flush=True))
        if told.action == "logs":
            return logs(stack, told.lines, told.follow)
        return {"up": up, "down": down, "status": status}[told.action](stack)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
