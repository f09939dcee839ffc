"""The network of the fault harness: what each rule does to a connection, and to whom."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.process import choose_ports
from tests.proof.harness.proxy import Rule, Switch

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="whose a connection is, is read from Linux's /proc")


class Link:
    """An echo behind a switch; this process is known to it as `me`."""

    def __init__(self, switch: Switch, port: int) -> None:
        self.switch, self.port = switch, port

    async def call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def obey(self, mode: str, source: str = "me", target: str = "echo", value: float = 0.0) -> None:
        self.switch.obey([Rule(source, target, mode, value)])


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    behind, before = choose_ports(2)
    server, switch = await asyncio.start_server(echo, "127.0.0.1", behind), Switch()
    switch.pids[os.getpid()] = "me"
    await switch.link("echo", before, behind)
    yield Link(switch, before)
    for one in (server, *switch.servers):
        one.close()


async def said(reader: asyncio.StreamReader, seconds: float = 5.0) -> bytes:
    return await asyncio.wait_for(reader.read(100), seconds)


async def test_what_is_said_passes_both_ways_and_so_does_the_end(link: Link) -> None:
    reader, writer = await link.call()
    writer.write(b"one")
    assert await said(reader) == b"one"
    writer.write_eof()
    assert await said(reader) == b""


async def test_a_partition_delivers_late_and_loses_nothing(link: Link) -> None:
    reader, writer = await link.call()
    link.obey("hold")
    writer.write(b"late")
    with pytest.raises(TimeoutError):
        await said(reader, 0.1)
    link.switch.obey([])
    assert await said(reader) == b"late"


async def test_a_half_open_connection_swallows_and_is_reset_when_it_heals(link: Link) -> None:
    reader, writer = await link.call()
    link.obey("blackhole")
    writer.write(b"gone")
    with pytest.raises(TimeoutError):
        await said(reader, 0.1)
    link.switch.obey([])
    with pytest.raises(ConnectionResetError):
        await said(reader)


async def test_a_reset_ends_open_connections_and_refuses_new_ones(link: Link) -> None:
    reader, writer = await link.call()
    writer.write(b"x")
    await said(reader)
    link.obey("reset")
    with pytest.raises(ConnectionResetError):
        await said(reader)
    reader, _ = await link.call()
    with pytest.raises(ConnectionResetError):
        await said(reader)


async def test_refusing_leaves_open_connections_alone(link: Link) -> None:
    reader, writer = await link.call()
    writer.write(b"x")
    await said(reader)
    link.obey("refuse")
    writer.write(b"still")
    assert await said(reader) == b"still"
    reader, _ = await link.call()
    with pytest.raises(ConnectionResetError):
        await said(reader)


async def test_a_connection_is_cut_in_the_middle(link: Link) -> None:
    link.obey("cut_after", value=10)
    reader, writer = await link.call()
    writer.write(b"12345")
    assert await said(reader) == b"12345"
    writer.write(b"67890")
    with pytest.raises(ConnectionResetError):
        await said(reader)


@pytest.mark.parametrize(("source", "target"), [("another", "echo"), ("me", "elsewhere*")])
async def test_a_rule_concerns_its_caller_and_its_server_alone(link: Link, source: str, target: str) -> None:
    link.obey("reset", source, target)
    reader, writer = await link.call()
    writer.write(b"x")
    assert await said(reader) == b"x"
