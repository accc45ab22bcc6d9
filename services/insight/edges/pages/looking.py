"""Contacts of one month, by one thing at a time: a chart to read, and the numbers as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from insight.domain.periods import month_named, months_over
from insight.domain.suppression import shown
from insight.ports import By, Contacts
from pages.guard import Guard
from pages.rendering import Rendering
from pages.session import Session

ADVISER = "adviser"


@dataclass(frozen=True, slots=True)
class InsightPages:
    """Everything the page works with."""

    guard: Guard
    rendering: Rendering
    contacts: Contacts
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def insight_routes(pages: InsightPages) -> APIRouter:
    """Returns the route of advisers."""
    router = APIRouter()
    adviser = Annotated[Session, Depends(pages.guard.signed_in((ADVISER,)))]

    @router.get("/", summary="Contacts of a month")
    async def look(request: Request, session: adviser, maand: str | None = None, per: By = By.CHANNEL) -> Response:
        month = month_named(maand, pages.now())
        groups, whole = await pages.contacts.counted(per, month.start, month.end)
        found = shown(groups, whole)
        by_name = per in (By.HOUR,)
        order = sorted(found.groups.items(), key=lambda pair: pair[0] if by_name else (-pair[1].contacts, pair[0]))
        return pages.rendering.page(
            request, "insight.html", month=month, months=months_over(pages.now()), per=per.value, found=found, order=order
        )

    return router
