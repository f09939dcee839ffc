"""Enterprise [企业], as it introduces itself to be matched: industry, place, size, stage in its chain. Domain R52; matching.md §2.1."""

from typing import Annotated, Any, Literal

from pydantic import Field

from services.matchmaking.engine.weights import Intent
from services.matchmaking.matching.statement import Size
from shared.district import District
from shared.industry import IndustryCode
from shared.names import Name
from shared.record import Call, Event, Given, Kind, Line, Malformed, NotAllowed, Read, Record, Refused, Text, Value
from shared.uscc import EnterpriseUscc

Stage = Literal["INTRODUCED", "RETIRED"]
Position = Literal["UPSTREAM", "MIDSTREAM", "DOWNSTREAM"]
Codes = Annotated[tuple[IndustryCode, ...], Field(min_length=1, max_length=5)]


class Introduction(Value):
    """What an enterprise says of itself; `intent` is what it looks for in its chain [强链、补链、延链]."""

    uscc: EnterpriseUscc
    name: Name
    gbt4754: Codes
    district: District
    scale: Size
    chain: Line | None = None
    position: Position | None = None
    intent: Intent = "STRENGTHEN"


class Enterprise(Record):
    """Enterprise [企业]"""

    stage: Stage
    uscc: str
    name: str
    gbt4754: tuple[str, ...]
    district: District
    scale: Size
    chain: str | None
    position: Position | None
    intent: Intent


class Introduced(Event):
    """The facts of an introduction."""

    uscc: str
    name: str
    gbt4754: tuple[str, ...]
    district: District
    scale: Size
    chain: str | None
    position: Position | None
    intent: Intent


class EnterpriseIntroduced(Introduced, to="INTRODUCED"): ...


class EnterpriseChanged(Introduced): ...


class EnterpriseRetired(Event, to="RETIRED"):
    uscc: str
    reason: str


enterprises = Kind[Enterprise, Stage](
    Enterprise,
    "matchmaking.matching.enterprise",
    path="enterprises",
    key=("uscc",),
    index=("district", "scale"),
    own={"ENTERPRISE": "uscc"},
    readers=("SO_ADMIN", "INVEST_DEPT"),
)


async def known(read: Read, call: Call, record: None, body: Any) -> list[Enterprise]:
    asked = body.enterprises if hasattr(body, "enterprises") else (body,)
    return await read.find(enterprises, id=[entry.uscc for entry in asked])


Known = Annotated[list[Enterprise], Given(known)]


def fresh(already: list[Enterprise]) -> None:
    if already:
        raise Refused("already_introduced", "this enterprise has introduced itself: change it instead", "该企业已登记，请改用变更",
                      uscc=[e.uscc for e in already])  # fmt: skip


@enterprises.opens(by=("ENTERPRISE", "SO_ADMIN"))
def introduce(call: Call, entry: Introduction, already: Known) -> EnterpriseIntroduced:
    """Introduce an enterprise [企业登记]; itself, or the administration from its rolls."""
    fresh(already)
    return EnterpriseIntroduced(**entry.model_dump())


@enterprises.opens(by="SO_ADMIN")
def introduce_all(
    call: Call, enterprises: Annotated[tuple[Introduction, ...], Field(min_length=1, max_length=200)], already: Known
) -> list[EnterpriseIntroduced]:
    """Introduce many at once from the administration's rolls [批量登记]."""
    fresh(already)
    if len({entry.uscc for entry in enterprises}) != len(enterprises):
        raise Malformed("given_twice", "an enterprise is named twice", "企业重复", pointer="/enterprises")
    return [EnterpriseIntroduced(**entry.model_dump()) for entry in enterprises]


@enterprises.command(by=("ENTERPRISE", "SO_ADMIN"), when="INTRODUCED")
def change(enterprise: Enterprise, call: Call, entry: Introduction) -> EnterpriseChanged:
    """Correct what it says of itself [变更]."""
    if entry.uscc != enterprise.uscc:
        raise NotAllowed("another_enterprise", "the code names another enterprise", "统一社会信用代码不一致")
    return EnterpriseChanged(**entry.model_dump())


@enterprises.command(by=("ENTERPRISE", "SO_ADMIN"), when="INTRODUCED")
def retire(enterprise: Enterprise, call: Call, reason: Text) -> EnterpriseRetired:
    """Leave the matching [退出对接]."""
    return EnterpriseRetired(uscc=enterprise.uscc, reason=reason)
