"""A lean HTTP/1.1 client, so that the measuring costs little beside what is measured."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Line:
    """One kept-alive connection."""

    port: int
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)

    async def open(self) -> "Line":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def post(self, path: str, body: bytes, head: str) -> int:
        self.writer.write(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode()
            + body
        )
        answer = await self.reader.readuntil(b"\r\n\r\n")
        lower = answer.lower()
        if b"transfer-encoding: chunked" in lower:
            await self.reader.readuntil(b"0\r\n\r\n")
        else:
            await self.reader.readexactly(int(lower.split(b"content-length:")[1].split(b"\r\n")[0]))
        return int(answer[9:12])

    def close(self) -> None:
        self.writer.close()


async def saturate(port: int, path: str, body: Callable[[int], bytes], head: str, count: int, lines: int) -> tuple[float, list[float]]:
    """`count` POSTs over `lines` connections as fast as they go; (seconds, latency of each in ms). Raises: RuntimeError on any refusal."""
    numbers, latencies = iter(range(count)), list[float]()
    opened = [await Line(port).open() for _ in range(lines)]

    async def work(line: Line) -> None:
        for n in numbers:
            begun = time.perf_counter()
            status = await line.post(path, body(n), head)
            if status >= 300:
                raise RuntimeError(f"answered {status}")
            latencies.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(work(line) for line in opened))
    seconds = time.perf_counter() - begun
    for line in opened:
        line.close()
    return seconds, latencies


async def pace(
    port: int, path: str, body: Callable[[int], bytes], head: str, rate: int, seconds: int, begun: dict[int, float]
) -> list[float]:
    """POSTs at a fixed rate, whatever the answers take; notes when each began (perf_counter) and returns latencies in ms."""
    opened = [await Line(port).open() for _ in range(64)]
    free: asyncio.Queue[Line] = asyncio.Queue()
    for line in opened:
        free.put_nowait(line)
    latencies: list[float] = []

    async def one(n: int) -> None:
        line = await free.get()
        status = await line.post(path, body(n), head)
        if status >= 300:
            raise RuntimeError(f"answered {status}")
        latencies.append((time.perf_counter() - begun[n]) * 1000)
        free.put_nowait(line)

    start, tasks = time.perf_counter(), []
    for n in range(rate * seconds):
        wait = start + n / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        begun[n] = time.perf_counter()
        tasks.append(asyncio.create_task(one(n)))
    await asyncio.gather(*tasks)
    for line in opened:
        line.close()
    return latencies


async def insist(
    port: int, path: str, body: Callable[[int], bytes], head: str, seconds: float, lines: int = 4, pause: float = 0.02
) -> list[tuple[int, float]]:
    """POST for some seconds whatever happens to the server; the numbers that were accepted, each with its time (perf_counter).

    What got no answer is never asked again: nobody knows whether it was kept."""
    numbers, accepted, until = itertools.count(), list[tuple[int, float]](), time.perf_counter() + seconds

    async def work() -> None:
        line: Line | None = None
        while time.perf_counter() < until:
            n = next(numbers)
            try:
                line = line or await Line(port).open()
                if await line.post(path, body(n), head) < 300:
                    accepted.append((n, time.perf_counter()))
            except (OSError, asyncio.IncompleteReadError, IndexError):
                line = None
            await asyncio.sleep(pause)
        if line:
            line.close()

    await asyncio.gather(*(work() for _ in range(lines)))
    return accepted
