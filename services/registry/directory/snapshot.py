"""The nightly snapshot of the public list [名录快照], R65; domain §1.7, §7.4. One record a day: when it was taken, what its files weigh
and hash to. The files themselves lie beside it; after the days they are kept the record stays and says so.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from services.registry.values import begin_of
from shared.record import Call, Count, Event, Kind, Record, Value
from shared.versions import Versioned, Versions

Stage = Literal["PUBLISHED", "WITHDRAWN"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]


class SnapshotRules(Versioned):
    """From which hour (Asia/Shanghai) the night's snapshot is taken, and how many days its files are kept (P)."""

    hour: Annotated[int, Field(ge=0, le=23)]
    kept_days: Annotated[int, Field(ge=1, le=3650)]


RULES: Versions[SnapshotRules] = Versions.load(Path(__file__).parent.parent / "data" / "directory" / "snapshots.yaml", SnapshotRules)


class Files(Value):
    """What was taken: all rows as they were at `as_of`, as JSON and as CSV; sizes in bytes."""

    day: date
    as_of: datetime
    associations: Count
    json_sha256: Sha256
    json_bytes: Count
    csv_sha256: Sha256
    csv_bytes: Count


class OpenDataSnapshot(Files, Record):
    """Nightly snapshot of the public list [名录快照]"""

    stage: Stage
    kept_until: date


class PublicDirectoryUpdated(Files, Event, to="PUBLISHED"):
    """The public list of this night can be fetched [名录更新]; equal hashes mean that nothing has changed."""

    kept_until: date


class OpenDataSnapshotWithdrawn(Event, to="WITHDRAWN"):
    """The files of an old night are no longer kept."""

    day: date


snapshots = Kind[OpenDataSnapshot, Stage](
    OpenDataSnapshot, "registry.directory.snapshot", path="open-data-snapshots", key=("day",), readers=("PUBLIC",)
)


@snapshots.opens(by="PLATFORM")
def publish(call: Call, files: Files) -> PublicDirectoryUpdated:
    """Publish the night's snapshot."""
    kept = RULES.in_force(files.day).kept_days
    return PublicDirectoryUpdated(**files.model_dump(), kept_until=files.day + timedelta(days=kept))


@snapshots.clock(when="PUBLISHED", at=lambda s: begin_of(s.kept_until))
def withdraw(snapshot: OpenDataSnapshot, call: Call) -> OpenDataSnapshotWithdrawn:
    """The days its files are kept are over."""
    return OpenDataSnapshotWithdrawn(day=snapshot.day)
