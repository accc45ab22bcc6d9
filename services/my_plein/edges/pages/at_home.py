"""What every page of My Plein works with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from contact_events.matters import Matters
from my_plein.domain.standing import Kept
from my_plein.ports import Facts
from pages.guard import Guard, SignedIn
from pages.rendering import Rendering
from pages.session import Session
from pages.upstream import Upstream

A_PAGE = 20
CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class HomePages:
    """Everything the pages work with. `levels` ranks what a sign-in may say of itself; below them the own timeline stays shut."""

    guard: Guard
    rendering: Rendering
    timeline: Upstream
    door: Upstream
    facts: Facts
    matters: Matters
    levels: Mapping[str, int]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], UUID] = uuid4

    @property
    def citizen(self) -> SignedIn:
        return self.guard.signed_in((CITIZEN,), levels=self.levels)

    async def page(self, session: Session, **view: Any) -> dict[str, Any]:
        """Returns a page of the own timeline."""
        found: dict[str, Any] = await self.timeline.get(session, "/v1/citizens/me/timeline", {"limit": A_PAGE, **view})
        return found

    async def said(self, session: Session) -> tuple[Sequence[Kept], dict[str, Any]]:
        """Returns what this person said of wishes and mandates, under all references of theirs, and their newest entries."""
        page = await self.page(session)
        return await self.facts.of(page["references"]), page
