"""`GET /evaluation/facts/{association}`: what evaluation knows of an association, for its own eyes and those who judge it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.evaluation.facts.dictionary import dictionaries
from services.evaluation.facts.fact import FACTS, facts_of
from services.evaluation.facts.projection import ASSOCIATIONS
from shared.http import caller
from shared.record import Call, NotAllowed, NotFound, Withheld

if TYPE_CHECKING:
    from shared.engine import Engine

JUDGES = ("SO_ADMIN", "PANEL")
SHOWN = 5000


def permit_facts(call: Call, association: str) -> None:
    """Raises: NotAllowed for another role; NotFound for an association that asks about another."""
    if call.role == "ASSOCIATION":
        if call.organisation != association:
            raise unknown_association(Withheld)
    elif call.role not in JUDGES:
        raise NotAllowed("role_not_allowed", f"{call.role} may not read this", f"角色 {call.role} 无权查看")


def unknown_association(how: type[NotFound] = NotFound) -> NotFound:
    return how("not_found", "nothing is known of this association", "查无此社会组织")


def fact_view(association: dict[str, Any], rows: list[dict[str, Any]], day: date) -> dict[str, Any]:
    """The facts with their titles and sources; the dictionary in force on that day names them."""
    dictionary = dictionaries().in_force(day)
    facts = []
    for fact in facts_of(rows):
        entry = dictionary.find(fact.key)
        title = {"zh": entry.zh, "en": entry.en} if entry else {"zh": fact.key, "en": fact.key}
        facts.append({"fact": fact.key, "year": fact.year, "title": title, "unit": entry.unit if entry else "", "value": fact.value,
                      "events": fact.events, "sources": list(fact.sources)})  # fmt: skip
    return {
        "association": association["_id"],
        "name": association.get("name"),
        "dictionary": f"{dictionary.code}/{dictionary.version}",
        "facts": facts,
    }


def fact_routes(engine: "Engine") -> APIRouter:
    router = APIRouter(tags=["evaluation.facts"])

    @router.get("/facts/{association}")
    async def facts(association: str, call: Annotated[Call, Depends(caller)], year: Annotated[int | None, Query(ge=1949, le=9999)] = None) -> dict[str, Any]:  # fmt: skip
        """Every fact known of one association, with its sources [事实库]."""
        permit_facts(call, association)
        known = await engine.store.one(ASSOCIATIONS, association)
        if known is None:
            raise unknown_association()
        where = {"association": {"$eq": association}} | ({"year": year} if year else {})
        return fact_view(known, await engine.store.rows(FACTS, where, limit=SHOWN), call.today)

    return router
