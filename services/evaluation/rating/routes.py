"""`GET /evaluation/applications/{id}/explanation`: why so many points, for those who may read the application."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends

from services.evaluation.rating.application import applications
from services.evaluation.rating.explain import explain
from shared.http import caller
from shared.record import Call, NotAllowed, not_found

if TYPE_CHECKING:
    from shared.engine import Engine


def explanation_routes(engine: "Engine") -> APIRouter:
    router = APIRouter(tags=["evaluation.rating"])

    @router.get("/applications/{id}/explanation")
    async def explanation(id: str, call: Annotated[Call, Depends(caller)]) -> dict[str, Any]:
        """Points, inputs, formula and rule version of every indicator [评分说明]."""
        if not applications.may_read(call):
            raise NotAllowed("role_not_allowed", f"{call.role} may not read this", f"角色 {call.role} 无权查看")
        application = await engine.read(applications, id)
        if application is None:
            raise not_found(applications)
        applications.admit(application, call)
        return explain(application)

    return router
