"""The network between the processes of a run: every connection passes here, and rules say what becomes of it.

A rule names who calls and who is called. The caller is found by the socket's owner (Linux: /proc), so one address of a server serves all
its callers and each pair can still be treated alone, as with network namespaces but without root.

    hold        a partition: nothing passes, and what was under way arrives when it heals, as TCP does
    blackhole   half-open: bytes are taken and never delivered; when it heals the connection is reset
    reset       connections are reset, open ones and new ones
    refuse      new connections are reset; open ones go on
    delay       seconds on every chunk, each way
    slow        bytes per second
    cut_after   reset after so many bytes

`python -m tests.proof.harness.proxy`: links, pids and rules come as JSON lines on standard input, each answered by one line.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from threading import Lock
from typing import Any

import uvloop

CHUNK = 64 * 1024
LINGER_NONE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Rule:
    source: str
    target: str
    mode: str
    value: float = 0.0


@dataclass(eq=False)
class Connection:
    port: int  # the caller's
    target: str
    source: str = ""  # looked up when a rule asks for it: with none in force, a connection costs nothing but its bytes
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    passed: int = 0
    swallowed: bool = False

    def reset(self) -> None:
        for writer in self.writers:
            with contextlib.suppress(OSError, AttributeError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
            writer.transport.abort()


class Switch:
    """All links and their connections."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.changed = asyncio.Event()
        self.pids: dict[int, str] = {}
        self.open: set[Connection] = set()
        self.servers: list[asyncio.Server] = []

    def rule(self, here: Connection) -> Rule | None:
        """The first that concerns this connection."""
        for rule in self.rules:
            if fnmatch(here.target, rule.target):
                if rule.source == "*":
                    return rule
                here.source = here.source or owners(self.pids).get(here.port, "other")
                if fnmatch(here.source, rule.source):
                    return rule
        return None

    async def link(self, target: str, port: int, to: int) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self.connect(target, to, reader, writer)

        self.servers.append(await asyncio.start_server(accept, "127.0.0.1", port, limit=4 * CHUNK))

    def obey(self, rules: Sequence[Rule]) -> None:
        """The rules from now on; whoever waited looks at them anew, and what was swallowed ends."""
        self.rules = list(rules)
        if any(r.source != "*" for r in rules):
            found = owners(self.pids)
            for connection in self.open:
                connection.source = connection.source or found.get(connection.port, "other")
        for connection in list(self.open):
            rule = self.rule(connection)
            if (rule and rule.mode == "reset") or (connection.swallowed and not (rule and rule.mode == "blackhole")):
                connection.reset()
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    async def connect(self, target: str, to: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = Connection(writer.get_extra_info("peername")[1], target, writers=[writer])
        rule = self.rule(here)
        if rule and rule.mode in ("reset", "refuse"):
            here.reset()
            return
        self.open.add(here)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to, limit=4 * CHUNK)
            here.writers.append(far_writer)
            await asyncio.gather(self.pump(here, reader, far_writer), self.pump(here, far_reader, writer))
        except (OSError, RuntimeError):  # the second is uvloop's word for a connection that has closed meanwhile
            here.reset()
        finally:
            self.open.discard(here)
            for end in here.writers:
                end.close()

    async def pump(self, here: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if await self.admitted(here, len(data)):
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(RuntimeError):  # closed meanwhile, says uvloop
            writer.write_eof()

    async def admitted(self, here: Connection, size: int) -> bool:
        """Whether these bytes are delivered, after whatever the rules have them wait for. Raises: ConnectionError when they cut it."""
        while rule := self.rule(here):
            match rule.mode:
                case "hold":
                    await self.changed.wait()
                    continue
                case "blackhole":
                    here.swallowed = True
                    return False
                case "delay":
                    await asyncio.sleep(rule.value)
                case "slow":
                    await asyncio.sleep(size / rule.value)
                case "cut_after":
                    here.passed += size
                    if here.passed > rule.value:
                        raise ConnectionResetError
            break
        return True


def owners(pids: dict[int, str]) -> dict[int, str]:
    """Local port → the name its process was given, of every connection that one of these processes has. The dead are forgotten."""
    inodes: dict[str, str] = {}
    for pid, name in list(pids.items()):
        try:
            with os.scandir(f"/proc/{pid}/fd") as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        inodes[os.readlink(entry.path)] = name
        except OSError:
            del pids[pid]
    with open("/proc/net/tcp", encoding="ascii") as lines:
        rows = [line.split() for line in list(lines)[1:]]
    return {int(row[1].rpartition(":")[2], 16): inodes[inode] for row in rows if (inode := f"socket:[{row[9]}]") in inodes}


async def serve() -> None:
    switch, loop = Switch(), asyncio.get_running_loop()
    asked = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    while line := await asked.readline():
        told = json.loads(line)
        for target, port, to in told.get("links", ()):
            await switch.link(target, port, to)
        switch.pids |= {int(pid): name for pid, name in told.get("pids", {}).items()}
        if "rules" in told:
            switch.obey([Rule(*r) for r in told["rules"]])
        print(json.dumps({"open": len(switch.open)}), flush=True)


class Network:
    """The proxy as the harness holds it: a process of its own, so that no load of ours slows what it carries."""

    def __init__(self, links: Sequence[tuple[str, int, int]]) -> None:
        """`links`: (name of the server, port for its callers, its own port)."""
        command = [sys.executable, "-m", "tests.proof.harness.proxy"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._one = Lock()
        self.rules: list[tuple[str, str, str, float]] = []
        self._tell(links=list(links))

    def _tell(self, **what: Any) -> None:
        assert self.process.stdin and self.process.stdout
        with self._one:
            self.process.stdin.write(json.dumps(what).encode() + b"\n")
            self.process.stdin.flush()
            if not self.process.stdout.readline():
                raise RuntimeError("the proxy has ended")

    def knows(self, pid: int, name: str) -> None:
        self._tell(pids={pid: name})

    @contextlib.contextmanager
    def ruled(self, *rules: tuple[str, str, str, float]) -> Any:
        """Rules for the length of a block."""
        self.rules += rules
        self._tell(rules=self.rules)
        try:
            yield
        finally:
            for rule in rules:
                self.rules.remove(rule)
            self._tell(rules=self.rules)

    def heal(self) -> None:
        self.rules.clear()
        self._tell(rules=[])

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


if __name__ == "__main__":
    uvloop.run(serve())
