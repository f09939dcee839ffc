"""The loop that makes confirmed imports whole: 500 members a transaction, each portion once, from where a crash has left it.

Each portion has an identity that follows from the import and its number: asked a second time, by this process after a restart or by another
replica at the same moment, the store answers with what the first time has made.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog

from services.registry.members.member_import import PREVIEWS, MemberImport, Portion, member_imports
from services.registry.members.membership import ROLL_MAX, memberships
from shared.engine import Engine
from shared.record import Call, Refused

log = structlog.get_logger()
IMPORTS = UUID("3b0d4a52-6d0c-4e0e-9d5a-1c1f0b7a6e21")  # namespace of the calls that take portions in
PAUSE = 0.2  # seconds between two looks
FORGOTTEN = timedelta(days=7)  # after which the rows of a file are of no use to anybody


async def take_in_imports(engine: Engine) -> None:
    """For ever: whatever was confirmed, take it in; whatever is old, forget."""
    rounds, lost = 0, set[str]()
    while True:
        for row in await engine.store.find(member_imports, {"stage": "CONFIRMED"}):
            if row.record.id not in lost and await take_in(engine, row.record) is None:
                lost.add(row.record.id)
                log.error("the rows of a confirmed import are gone", record=row.record.id)
        if rounds % 5000 == 0:
            await engine.store.remove(PREVIEWS, {"made_at": {"$lt": engine.now() - FORGOTTEN}})
        rounds += 1
        await asyncio.sleep(PAUSE)


async def take_in(engine: Engine, found: MemberImport) -> int | None:
    """Make one import whole; returns how many it has taken in, those of an earlier attempt included, or None when its rows are gone:
    then it stays as it is, for somebody to look at."""
    kept = await engine.store.one(PREVIEWS, found.file)
    if kept is None:
        return None
    rows = [r for r in kept["rows"] if r["verdict"] == "NEW"]
    taken = 0
    for begin in range(0, len(rows), ROLL_MAX):
        portion = portion_of(found, rows[begin : begin + ROLL_MAX])
        taken += len(await engine.execute(memberships, "take_in", portion, call_of(engine, found, str(begin)), digest=found.digest))
    try:
        move = member_imports.moves["complete"]
        await engine.execute(member_imports, move, move.body(taken=taken), call_of(engine, found, "complete"), found.id)
    except Refused as no:
        if no.code != "wrong_stage":  # another replica was quicker
            raise
    return taken


def portion_of(found: MemberImport, rows: Sequence[Mapping[str, Any]]) -> Portion:
    """Some rows as the form that takes them in; who has no date joins on the day of the confirmation."""
    day = str(found.confirmed_on)
    members = [{n: r[n] for n in ("member", "kind", "tier")} | {"joined_on": r["joined_on"] or day} for r in rows]
    return Portion.model_validate({"association": found.association, "members": members})


def call_of(engine: Engine, found: MemberImport, what: str) -> Call:
    return Call("PLATFORM", found.association, engine.now(), uuid5(IMPORTS, f"{found.id}/{what}"), client="registry", correlation=found.id)
