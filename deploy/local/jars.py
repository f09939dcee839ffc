"""The broker's jars: resolved once by jgo, held to the hashes in `jars.sha256`, then taken from the cache.

log4j stays out of the coordinate on purpose: its bill of materials makes the resolver pick an older kafka-clients,
and the broker then dies with NoSuchMethodError. slf4j-simple writes to standard error, which is our log file.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.local.process import Missing

__all__ = ["KAFKA_VERSION", "cache_directory", "exclusively", "fetched", "jars"]

KAFKA_VERSION = "4.1.1"
COORDINATE = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
HASHES = Path(__file__).with_name("jars.sha256")


@contextlib.contextmanager
def exclusively(lock: Path) -> Iterator[None]:
    """Hold a lock file, waiting for whoever holds it; the system lets it go when the holder dies."""
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def cache_directory() -> Path:
    """Where fetched jars are kept: `GUILDHALL_CACHE`, else `.local/cache` of this checkout; shared by all its stacks."""
    return Path(os.environ.get("GUILDHALL_CACHE") or Path(__file__).resolve().parents[2] / ".local" / "cache")


def fetched(cache: Path | None = None) -> bool:
    """Whether all jars of this version are in the cache, verified when they came."""
    return _stamp(cache or cache_directory()).exists()


def jars(say: Callable[[str], None], cache: Path | None = None) -> Path:
    """The folder with every jar of the broker, fetched now when this is the first run.

    Raises:
        Missing: no network on the first run, or a jar that is not the one this project names.
    """
    cache = cache or cache_directory()
    with exclusively(cache / "lock"):
        if not fetched(cache):
            say(f"Fetching Kafka {KAFKA_VERSION} (43 MB, once) …")
            _fetch(cache)
    return _stamp(cache).parent


def _stamp(cache: Path) -> Path:
    """The file whose presence says that the folder is whole; it changes its name when the hashes change."""
    return cache / f"kafka-{KAFKA_VERSION}-{hashlib.sha256(HASHES.read_bytes()).hexdigest()[:12]}" / "verified"


def _fetch(cache: Path) -> None:
    expected = {name: digest for digest, name in (line.split() for line in HASHES.read_text().splitlines())}
    folder = _stamp(cache).parent
    shutil.rmtree(folder, ignore_errors=True)
    try:
        resolved = _resolve(cache / "jgo")
        folder.mkdir(mode=0o700, parents=True)
        for jar in resolved:
            shutil.copyfile(jar, folder / jar.name)
    except OSError as failure:  # requests' own errors are OSErrors too
        shutil.rmtree(folder, ignore_errors=True)
        if shutil.disk_usage(cache).free < 200_000_000:
            raise Missing(f"The disk under {cache} is full: free 1 GB there, or name another place with GUILDHALL_CACHE.") from failure
        raise Missing(
            "Kafka's jars could not be fetched from Maven Central: connect to the network once (or set HTTPS_PROXY), or use "
            "INFRA=docker, or name a running server with KAFKA_BOOTSTRAP."
        ) from failure
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.glob("*.jar")}
    if found != expected:
        strangers = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        shutil.rmtree(folder)
        shutil.rmtree(cache / "jgo", ignore_errors=True)
        raise Missing(
            f"The jars fetched for Kafka {KAFKA_VERSION} are not those that {HASHES.name} names ({', '.join(strangers[:3])}): "
            "fetch them again from a repository you trust."
        )
    shutil.rmtree(cache / "jgo", ignore_errors=True)
    _stamp(cache).touch()


def _resolve(work: Path) -> list[Path]:
    """Let jgo resolve and download; its own cache and local repository stay inside ours, so nothing is assumed of the home folder."""
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.env import EnvironmentBuilder, LinkStrategy
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=work / "repository", remote_repos={"central": MAVEN_CENTRAL_URL})
    environment = EnvironmentBuilder(context=context, cache_dir=work / "cache", link_strategy=LinkStrategy.AUTO).from_endpoint(
        endpoint=COORDINATE
    )
    return sorted(Path(environment.path).rglob("*.jar"))
