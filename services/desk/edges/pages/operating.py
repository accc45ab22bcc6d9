"""The operator's view: how every service is, on one page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from desk.edges.pages.at_desk import OPERATOR, DeskPages
from desk.edges.watching import JOURNAL, LAG, OUTGOING, PARKED, Watching
from pages.session import Session


def operating_routes(desk: DeskPages, watching: Watching) -> APIRouter:
    """Returns the route of operators."""
    router = APIRouter()
    operator = Annotated[Session, Depends(desk.guard.signed_in((OPERATOR,)))]

    @router.get("/beheer", summary="How every service is")
    async def show(request: Request, session: operator) -> Response:
        return desk.rendering.page(
            request, "operating.html", services=await watching.all(), figures=(LAG, PARKED, JOURNAL, OUTGOING)
        )

    return router
