"""Enters the regimes that came with the platform in the registry, once: a loop of the service, for the files are read at start."""

import asyncio
from uuid import UUID, uuid5

from services.registry.registration.publication import regimes
from services.registry.registration.regime import REGIMES
from shared.engine import Engine
from shared.record import Call, Stale


async def enter_regimes(engine: Engine) -> None:
    """Every version that is not known yet becomes a record, published or a draft as its file says; then nothing is left to do."""
    for regime in REGIMES.all():
        id_ = f"{regime.code}~{regime.version}"
        if await engine.read(regimes, id_) is not None:
            continue
        call = Call("PLATFORM", "", engine.now(), uuid5(UUID(int=0), f"{regimes.name}/{id_}"), client="start")
        body = regimes.moves["ship"].body(regime_code=regime.code, regime_version=regime.version)
        try:
            await engine.execute(regimes, "ship", body, call)
        except Stale:  # another replica was faster
            continue
    await asyncio.Event().wait()
