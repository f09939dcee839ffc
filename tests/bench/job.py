"""The job every form in the comparison does, said with the kernel: one service registers, another keeps a directory of what it hears.

A valid form becomes a document and an event that leave together; the event reaches Kafka after an acknowledged majority write; the other
service takes it in exactly once and changes its read model in the same transaction. `hand.py` and `anchor-spring/` do the same on the
same wire: same form, same bounds, same topic, same headers, same rows.
"""

import uuid
import zlib
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from shared.district import District
from shared.engine import Effects, Service
from shared.record import Call, Event, Fen, Heard, Kind, Record, Value

TOPIC = "register.associations.v1"
PATH = "/register/associations"
TYPE = "register.associations.association_registered.v1"
SOURCE = "/register/associations/association"

Name = Annotated[str, Field(min_length=1, max_length=100)]
Industry = Annotated[str, Field(pattern=r"^\d{2,4}$")]
Code = Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")]


class Form(Value):
    """What a registering office sends: about 1 kB, closed, every field bounded."""

    name: Name
    level: Literal["NEW_AREA", "NEW_CITY"]
    district: District
    industries: Annotated[tuple[Industry, ...], Field(min_length=1, max_length=5)]
    scope: Annotated[str, Field(min_length=1, max_length=2000)]
    registered_fund: Fen
    founded_on: date
    lead_enterprise: Code


class Association(Record):
    """Association [行业协会]"""

    stage: Literal["REGISTERED"]
    name: str
    level: str
    district: str
    industries: tuple[str, ...]
    scope: str
    registered_fund: int
    founded_on: date
    lead_enterprise: str
    registered_at: datetime


class AssociationRegistered(Event, to="REGISTERED"):
    """An association was registered."""

    name: str
    level: str
    district: str
    industries: tuple[str, ...]
    scope: str
    registered_fund: int
    founded_on: date
    lead_enterprise: str
    registered_at: datetime


associations = Kind[Association, Literal["REGISTERED"]](
    Association,
    "register.associations.association",
    path="associations",
    unique=("name",),
    index=("district",),
    readers=("SO_ADMIN", "ENTERPRISE"),
)


@associations.opens(by="ENTERPRISE")
def register_(call: Call, form: Form) -> AssociationRegistered:
    """Register an association."""
    return AssociationRegistered(**dict(form), registered_at=call.now)


register = Service("register", kinds=(associations,), rooms={"associations": "public"})


class Registered(Heard, type=TYPE):
    name: str
    level: str
    district: str
    industries: tuple[str, ...]
    lead_enterprise: str
    registered_at: str


async def list_it(heard: Registered, call: Call, effects: Effects) -> None:
    """One row of the directory."""
    effects.update("directory", heard.about, {"$set": {
        "name": heard.name, "level": heard.level, "district": heard.district, "industries": list(heard.industries),
        "lead_enterprise": heard.lead_enterprise, "registered_at": heard.registered_at}})  # fmt: skip


directory = Service("directory", on={Registered: list_it}, indexes={"directory": ("district",)})


# ── what the harness sends ────────────────────────────────────────────────────────────────────────
SCOPE = (
    "开展行业调查研究，制定行业规范和团体标准，提供政策咨询、信息交流、技术培训与法律服务，组织会员参加国内外展览和考察，协调会员之间以及会员与政府"
    "之间的关系，反映会员诉求，维护会员合法权益，推动产业链上下游协作与招商引资。"
)


def form(n: int, word: str = "n") -> dict[str, Any]:
    """The n-th form: its name is its number, everything else varies a little. About 1 kB as JSON."""
    return {
        "name": f"{word}{n}",
        "level": ("NEW_AREA", "NEW_CITY")[n % 2],
        "district": ("XX", "XX-FD", "XX-FX", "XX-QH", "XX-KG", "XX-JH")[n % 6],
        "industries": [f"{10 + n % 80}", f"{1000 + n % 8000}", f"{100 + n % 700}"],
        "scope": f"{SCOPE}（{n}）" * 2,
        "registered_fund": 3_000_000 + n % 7_000_000,
        "founded_on": f"20{n % 26:02d}-0{n % 9 + 1}-{n % 28 + 1:02d}",
        "lead_enterprise": f"91610000MA{n % 10**8:08d}",
    }


def body(n: int, word: str = "n") -> bytes:
    return orjson.dumps(form(n, word))


def message(n: int, word: str = "n") -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """The event of the n-th form as it stands in the topic: key, value, headers. All readers read this."""
    id_, now = str(uuid.UUID(int=zlib.crc32(word.encode()) << 64 | n, version=4)), "2026-03-02T01:00:00.000000Z"
    head = {
        "ce_specversion": "1.0", "ce_id": str(uuid.uuid5(uuid.UUID(id_), "1")), "ce_type": TYPE, "ce_source": SOURCE, "ce_subject": id_,
        "ce_time": now, "ce_sequence": "1", "ce_partitionkey": id_, "ce_recordedtime": now, "ce_correlationid": id_, "ce_causationid": id_,
        "ce_actorrole": "ENTERPRISE", "ce_actororganisation": "e1", "content-type": "application/json",
    }  # fmt: skip
    return id_.encode(), orjson.dumps(form(n, word) | {"registered_at": now}), [(k, v.encode()) for k, v in head.items()]


def loaded(n: int, word: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The n-th record as the kernel keeps it once its event has reached Kafka and the directory: record, history, head, row."""
    id_, now = str(uuid.uuid4()), datetime.now(UTC).replace(microsecond=0)
    call, state = str(uuid.uuid4()), form(n, word) | {"id": id_, "stage": "REGISTERED", "registered_at": now.isoformat()}
    data = {k: v for k, v in state.items() if k not in ("id", "stage")}
    record = {
        "_id": id_, "version": 1, "schema": 1, "state": state, "fired": {}, "changed_at": now, "opened_by": f"{call}/0", "outbox": [],
        "created": {"at": now, "role": "ENTERPRISE", "organisation": "e1"}, "calls": [{"id": call, "digest": "", "version": 1, "at": now}],
    }  # fmt: skip
    history = {
        "_id": str(uuid.uuid4()), "type": TYPE, "source": SOURCE, "subject": id_, "sequence": 1, "time": now.isoformat(), "recorded": now.isoformat(),
        "move": "register", "call": call, "actor": {"role": "ENTERPRISE", "organisation": "e1"}, "correlation": call, "causation": call, "data": data,
    }  # fmt: skip
    row = {"_id": id_, **{k: data[k] for k in ("name", "level", "district", "industries", "lead_enterprise", "registered_at")}}
    return record, history, {"_id": f"{SOURCE}/{id_}", "seq": 1}, row
