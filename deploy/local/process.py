"""One program kept running in the background, and found again by whoever comes later.

A process number alone names nothing for long: after a crash or a restart of the machine the system gives it to someone else.
A program is therefore taken for ours only when its command line speaks of our directory, and only such a one is ever stopped.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import psutil

__all__ = ["Daemon", "Missing", "choose_ports", "is_free"]

# Below the range from which systems take the ports of outgoing connections: a client that keeps calling a dead server
# on such a port can be given that very port, connect to itself, and hold it against the restart.
PORTS = range(20_000, 32_000)


class Missing(Exception):
    """Something the stack needs and has not. Its text is one sentence that ends with the remedy."""


def is_free(port: int) -> bool:
    """Whether a server may listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ports(count: int, preferred: Sequence[int] = (), avoid: Collection[int] = ()) -> list[int]:
    """`count` different free ports: the preferred ones where all of them are free, others where one is not.

    Raises:
        Missing: no free port was found in a thousand tries.
    """
    if len(preferred) == count and all(is_free(port) for port in preferred):
        return list(preferred)
    chosen: list[int] = []
    for _ in range(1000):
        port = random.choice(PORTS)
        if port not in chosen and port not in avoid and is_free(port):
            chosen.append(port)
        if len(chosen) == count:
            return chosen
    raise Missing(f"No free port between {PORTS.start} and {PORTS.stop} on 127.0.0.1: stop some of the servers that run on this machine.")


class Daemon:
    """A program that outlives its starter: own session, output in a log, number in a pid file."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.directory = directory
        self.pid_file = directory / "run" / f"{name}.pid"
        self.log = directory / "log" / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def process(self) -> psutil.Process | None:
        """The running program, or None when it is not running or its number now belongs to another."""
        if self._child is not None and self._child.poll() is None:
            return psutil.Process(self._child.pid)  # a child cannot lose its number; its command line is empty for a moment at first
        try:
            process = psutil.Process(int(self.pid_file.read_text()))
            if process.status() == psutil.STATUS_ZOMBIE:
                self._reap()
                return None
            ours = any(str(self.directory) in word for word in self._command_line(process))
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return process if ours else None

    @staticmethod
    def _command_line(process: psutil.Process) -> list[str]:
        """Its command line; who finds it between fork and exec, when it is still empty, waits for it a moment."""
        until = time.monotonic() + 2
        while not (words := process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
            time.sleep(0.005)
        return list(words)

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it in a session of its own, so that Ctrl-C in the terminal reaches only the one who decides what to stop."""
        for folder in (self.pid_file.parent, self.log.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists():  # each start begins a log of its own; the one before it is kept for who asks what happened
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        self.pid_file.write_text(f"{self._child.pid}\n")

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Wait for readiness; False when the program ended before. Raises TimeoutError when it neither ended nor got ready."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process() is None:
                return False
            if ready():
                return True
            time.sleep(0.05)
        raise TimeoutError(self.name)

    def stop(self, patience: float = 20.0) -> bool:
        """End it with SIGTERM, and with SIGKILL when it has not ended after `patience` seconds. False when it was not running."""
        return self._end(signal.SIGTERM, patience)

    def kill(self) -> bool:
        """End it at once with SIGKILL, as a crash would. False when it was not running."""
        return self._end(signal.SIGKILL, 10.0)

    def _end(self, how: signal.Signals, patience: float) -> bool:
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how)
                if not self._ended_within(process, patience):
                    process.kill()
                    self._ended_within(process, 10)
        self._reap()
        self.pid_file.unlink(missing_ok=True)
        return process is not None

    def _ended_within(self, process: psutil.Process, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self._is_over(process):
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def _is_over(self, process: psutil.Process) -> bool:
        """Whether it holds no port and no file any more. That is so once its last thread has gone, even while nobody has collected
        its exit status: waiting for the number itself to vanish would be waiting for the leisure of process 1.
        """
        self._reap()
        try:
            return not process.is_running() or (process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1)
        except psutil.NoSuchProcess:
            return True

    def _reap(self) -> None:
        """Collect the exit status of a child, lest it stay in the process table (and Python complain of it)."""
        if self._child is not None:
            self._child.poll()

    def resident_bytes(self) -> int:
        """Resident memory of the program, 0 when it is not running."""
        process = self.process()
        return int(process.memory_info().rss) if process is not None else 0

    def last_lines(self, count: int = 1, within_bytes: int = 65_536) -> list[str]:
        """The last non-empty lines of its log."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - within_bytes))
                lines = log.read().decode(errors="replace").splitlines()
        except FileNotFoundError:
            return []
        return [line for line in lines if line.strip()][-count:]

    def says(self, *phrases: str) -> bool:
        """Whether one of the phrases stands near the end of its log."""
        return any(phrase in line for line in self.last_lines(200) for phrase in phrases)
