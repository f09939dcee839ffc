"""The services as processes; whoever dies is started again after 0.3 s, as an orchestrator would."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.proof.harness.proxy import Network

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("registry", "evaluation", "notification", "matchmaking", "portal")


@dataclass
class Herd:
    directory: Path
    network: Network
    environment: dict[str, str]
    ports: dict[str, int]
    spare: list[int]
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    clocks: dict[str, str] = field(default_factory=dict)  # service → the moment its clock starts at
    extra: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)  # `service exit-code`, of those that were not killed by us
    over: bool = False

    def spawn(self, name: str, port: int, pod: str) -> subprocess.Popen[bytes]:
        environment = os.environ | self.environment | {"POD_NAME": pod} | ({"CLOCK": self.clocks[name]} if name in self.clocks else {})
        command = [sys.executable, "-m", "tests.proof.harness.service", name, str(port)]
        with (self.directory / f"{pod}.log").open("ab") as log:
            child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        self.network.knows(child.pid, name)
        return child

    def start(self, name: str) -> None:
        self.children[name] = self.spawn(name, self.ports[name], f"{name}-0")

    async def watch(self) -> None:
        """Until the run is over."""
        while not self.over:
            for name, child in list(self.children.items()):
                if (code := child.poll()) is not None:
                    if code != -signal.SIGKILL:
                        self.ends[f"{name} {code}"] += 1
                    await asyncio.sleep(0.3)
                    if not self.over:
                        self.start(name)
            await asyncio.sleep(0.05)

    def kill(self, name: str) -> None:
        self.children[name].kill()

    def go_on(self) -> None:
        for child in self.children.values():
            if psutil.pid_exists(child.pid) and psutil.Process(child.pid).status() == psutil.STATUS_STOPPED:
                child.send_signal(signal.SIGCONT)

    def enlarge(self, name: str, count: int) -> None:
        """Further replicas of a service."""
        for n in range(1, count + 1):
            self.extra[f"{name}-{n}"] = self.spawn(name, self.spare[n - 1], f"{name}-{n}")

    def shrink(self, how: signal.Signals) -> None:
        for child in self.extra.values():
            child.send_signal(how)

    async def gone(self) -> None:
        """Wait for the replicas that were told to go; who does not within 15 s is killed."""
        for child in self.extra.values():
            for _ in range(150):
                if child.poll() is not None:
                    break
                await asyncio.sleep(0.1)
            child.kill()
            child.wait()
        self.extra.clear()

    async def unready(self) -> list[str]:
        """Why not all are ready, as they say themselves."""

        async def ask(client: httpx.AsyncClient, name: str, port: int) -> list[str]:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/readyz")
            except httpx.TransportError as error:
                return [f"{name}: {type(error).__name__}"]
            reasons: list[str] = answer.json()["reasons"]
            return reasons

        async with httpx.AsyncClient(timeout=4) as client:
            told = await asyncio.gather(*(ask(client, n, p) for n, p in self.ports.items()))
        return [reason for reasons in told for reason in reasons]

    def tell_tasks(self) -> None:
        """Have each write into its log what it waits for."""
        for child in self.children.values():
            child.send_signal(signal.SIGUSR1)

    def memory(self) -> dict[str, int]:
        """Resident bytes of each."""
        return {n: int(psutil.Process(c.pid).memory_info().rss) for n, c in self.children.items() if c.poll() is None}

    def down(self) -> None:
        self.over = True
        self.go_on()
        for child in [*self.children.values(), *self.extra.values()]:
            child.kill()
            child.wait()
