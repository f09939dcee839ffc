"""Whether a server is ready, asked in its own protocol: an open port proves nothing."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

__all__ = ["kafka_is_ready", "listens", "mongo_is_primary"]


def listens(host: str, port: int, seconds: float = 1.0) -> bool:
    """Whether anything accepts a connection there."""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False


def kafka_is_ready(bootstrap: str) -> bool:
    """Whether the cluster names a live broker and answers for its topics."""
    first = bootstrap.split(",")[0]
    host, _, port = first.rpartition(":")
    return listens(host, int(port)) and _run(_asks_for_brokers(bootstrap))


async def _asks_for_brokers(bootstrap: str) -> bool:
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # a refused connection is an answer here, not an error
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=3000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        await admin.list_topics()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
        logger.setLevel(level)
    return bool(cluster["brokers"])


def mongo_is_primary(uri: str, seconds: float = 1.0) -> bool:
    """Whether a primary answers, one that takes transactions (a member of a replica set)."""
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=int(seconds * 1000)) as client:
        try:
            hello = client.admin.command("hello")
        except PyMongoError:
            return False
    return bool(hello.get("isWritablePrimary") and (hello.get("setName") or hello.get("msg") == "isdbgrid"))


def _run(work: Coroutine[Any, Any, bool]) -> bool:
    """Run a coroutine to its end from code that may itself be called inside a running loop."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, work).result()
