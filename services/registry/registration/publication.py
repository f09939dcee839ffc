"""Registration regimes as they are put in force [登记管理体制公布], R7; domain §3.8, §0.

The rules themselves are data files, read at start; each version becomes a record of its own, in force or a draft as the file says. A
draft is put in force only by publishing it with the number of its official text, and what is retired opens no new case. Cases that
were opened under a version keep it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from services.registry.registration.regime import REGIMES, Regime, Standing, in_force
from shared.record import Call, Count, Event, Given, Kind, Line, Malformed, Read, Record, Role, Text, Value

Stage = Literal["DRAFT", "IN_FORCE", "RETIRED"]


class AskedBody(Value):
    """Whose opinion is sought under the regime, within how many days, and whether silence is no objection or is waited out."""

    role: Role
    mandatory: bool
    days: Count
    silence: Literal["NO_OBJECTION", "AWAITED"]


class RegistrationRegime(Record):
    """Registration regime [登记管理体制]"""

    stage: Stage
    regime_code: str
    regime_version: str
    basis: str
    effective_from: date
    delegates: dict[str, str]
    preapproval_roles: tuple[Role, ...]
    opinions: tuple[AskedBody, ...]
    annual_mode: str
    official_text: str | None = None
    retired_on: date | None = None
    retired_because: str | None = None


class RegistrationRegimeDrafted(Event, to="DRAFT"):
    """A version came with the platform that is not in force."""

    regime_code: str
    regime_version: str
    basis: str
    effective_from: date
    delegates: dict[str, str]
    preapproval_roles: tuple[Role, ...]
    opinions: tuple[AskedBody, ...]
    annual_mode: str


class RegistrationRegimePublished(Event, to="IN_FORCE", effective="effective_from"):
    """The version is in force from that day: who agrees beforehand and who is asked, for those who will be."""

    regime_code: str
    regime_version: str
    basis: str
    effective_from: date
    delegates: dict[str, str]
    preapproval_roles: tuple[Role, ...]
    opinions: tuple[AskedBody, ...]
    annual_mode: str
    official_text: str | None


class RegistrationRegimeRetired(Event, to="RETIRED", effective="retired_on"):
    """No new case is opened under this version; those that are open go on."""

    regime_code: str
    regime_version: str
    retired_on: date
    retired_because: str


regimes = Kind[RegistrationRegime, Stage](
    RegistrationRegime, "registry.registration.regime", path="registration-regimes", key=("regime_code", "regime_version"), index=("regime_code",),
    readers=("PUBLIC", "SO_ADMIN"),
)  # fmt: skip


async def shipped(read: Read, call: Call, record: object, body: Any) -> Regime | None:
    """Given: the version as its file has it."""
    return next((r for r in REGIMES.all() if (r.code, r.version) == (body.regime_code, body.regime_version)), None)


def standings(known: Sequence[RegistrationRegime]) -> list[Standing]:
    return [
        Standing(code=r.regime_code, version=r.regime_version, in_force=r.stage == "IN_FORCE", effective_from=r.effective_from)
        for r in known
    ]


async def regime_asked_for(read: Read, call: Call, record: object, body: Any) -> Regime | None:
    """Given: the regime an application names, as it stands today."""
    return in_force(call.today, body.regime, body.kind, body.so_category, standings(await read.find(regimes)))


async def amended_endings(read: Read, call: Call, record: object, body: object) -> dict[str, bool]:
    """Given: further grounds of ending that a regime in force today allows → whether a plan is needed for them."""
    found = dict[str, bool]()
    said = {(s.code, s.version): s for s in standings(await read.find(regimes))}
    for regime in REGIMES.all():
        standing = said.get((regime.code, regime.version))
        holds, since = (standing.in_force, standing.effective_from) if standing else (regime.status == "IN_FORCE", regime.effective_from)
        if holds and since <= call.today:
            found |= dict.fromkeys(regime.ending.grounds, regime.ending.plan_required)
    return found


@regimes.opens(by="PLATFORM")
def ship(
    call: Call, regime_code: Line, regime_version: Line, rules: Annotated[Regime | None, Given(shipped)]
) -> RegistrationRegimePublished | RegistrationRegimeDrafted | None:
    """Enter a version that came with the platform [载入登记体制]."""
    if rules is None:
        return None
    said: dict[str, Any] = {
        "regime_code": rules.code, "regime_version": rules.version, "basis": rules.basis, "effective_from": rules.effective_from, "delegates": dict(rules.delegates),
        "preapproval_roles": rules.preapproval.roles, "annual_mode": rules.annual.mode,
        "opinions": tuple(AskedBody(role=o.asked, mandatory=o.mandatory, days=o.days, silence=o.silence) for o in rules.opinions),
    }  # fmt: skip
    if rules.status == "IN_FORCE":
        return RegistrationRegimePublished(**said, official_text=None)
    return RegistrationRegimeDrafted(**said)


@regimes.command(by="REG_AUTHORITY", when=("DRAFT", "RETIRED"))
def publish(regime: RegistrationRegime, call: Call, effective_from: date, official_text: Line) -> RegistrationRegimePublished:
    """Put it in force [公布施行], by the number of the official text; never for days that have passed."""
    if effective_from < call.today:
        raise Malformed("in_the_past", "a regime is not put in force for the past", "施行日期不得早于今天", pointer="/effective_from")
    return RegistrationRegimePublished(
        regime_code=regime.regime_code, regime_version=regime.regime_version, basis=regime.basis, effective_from=effective_from, delegates=regime.delegates,
        preapproval_roles=regime.preapproval_roles, opinions=regime.opinions, annual_mode=regime.annual_mode, official_text=official_text,
    )  # fmt: skip


@regimes.command(by="REG_AUTHORITY", when=("DRAFT", "IN_FORCE"))
def retire(regime: RegistrationRegime, call: Call, reason: Text) -> RegistrationRegimeRetired:
    """Take it out of force [废止]; cases opened under it go on to their end."""
    return RegistrationRegimeRetired(
        regime_code=regime.regime_code, regime_version=regime.regime_version, retired_on=call.today, retired_because=reason
    )
