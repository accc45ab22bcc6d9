"""The other services, as the desk asks them: always as the employee who is signed in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from desk.domain.contact import At, Whom
from desk.domain.sought import Sought, SoughtBy
from desk.edges.people import PeopleRegister, Registered
from pages.session import Session
from pages.upstream import Away, Upstream

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a search may mean; `certain` is false where only a shared number or address points there."""

    whom: Whom
    certain: bool
    last_contact_at: str | None
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """One address per service. What they refuse is `pages.upstream.Refused`, and `Away` where they do not answer."""

    timeline: Upstream
    phone_log: Upstream
    counter: Upstream
    router: Upstream
    book: Upstream
    people: PeopleRegister | None = None

    async def close(self) -> None:
        for each in (self.timeline, self.phone_log, self.counter, self.router, self.book):
            await each.close()

    async def register(self, session: Session) -> list[dict[str, Any]]:
        """Returns the purpose register, with what this employee may use."""
        return list((await self.timeline.get(session, "/v1/purposes"))["purposes"])

    async def purposes(self, session: Session) -> list[dict[str, Any]]:
        """Returns the purposes that this employee may use and that open a timeline."""
        return [each for each in await self.register(session) if each["mayUse"] and each["matters"]]

    async def found(self, session: Session, sought: Sought, purpose: str) -> tuple[list[Found], Whom]:
        """Returns whom an identifier may mean, and the reference it stands for, also where nobody is known by it yet."""
        answer = await self.timeline.post(session, "/v1/citizens/_zoek", {sought.by.value: sought.text, "purpose": purpose})
        found = [_found(each, strong=sought.by is SoughtBy.BSN) for each in answer["citizens"]]
        whom = Whom(answer["sought"]["citizen"], answer["sought"]["kind"])
        if sought.by is not SoughtBy.BSN:
            return found, whom
        called = await self._called(sought.text)
        return [replace(one, whom=_named(one.whom, called)) for one in found], _named(whom, called)

    async def registered(self, session: Session, name: str, born: date, purpose: str) -> list[Found]:
        """Returns the people of a name and a date of birth. The timeline hears of each look, and so does the citizen."""
        if self.people is None:
            return []
        found = []
        for person in await self.people.named(name, born):
            known, whom = await self.found(session, Sought(SoughtBy.BSN, person.bsn), purpose)
            found += known[:1] or [Found(whom, certain=True, last_contact_at=None, kinds=(whom.kind,))]
        return found

    async def _called(self, bsn: str) -> Registered | None:
        """Returns how the register of persons calls somebody; None where it does not know, or does not answer."""
        if self.people is None:
            return None
        try:
            return await self.people.with_bsn(bsn)
        except Away:
            return None

    async def behind(self, session: Session, receipt: str, purpose: str) -> list[Found]:
        """Returns whose entry a receipt number stands for."""
        answer = await self.timeline.get(session, f"/v1/receipts/{receipt}", {"purpose": purpose})
        whom = {entry["citizen"]["citizen"]: entry["citizen"]["kind"] for entry in answer["entries"]}
        return [Found(Whom(citizen, kind), certain=True, last_contact_at=None, kinds=(kind,)) for citizen, kind in whom.items()]

    async def page(self, session: Session, citizen: str, view: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a page of a timeline. Reading it leaves a line that the citizen sees."""
        page: dict[str, Any] = await self.timeline.get(session, f"/v1/citizens/{citizen}/timeline", {"limit": A_PAGE, **view})
        return page

    def following(
        self, session: Session, citizen: str, view: Mapping[str, Any], last_id: str | None
    ) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        asked = {name: value for name, value in view.items() if value is not None}
        return self.timeline.following(session, f"/v1/citizens/{citizen}/timeline/live", asked, last_id)

    async def links(self, session: Session, citizen: str, purpose: str) -> list[dict[str, Any]]:
        answer = await self.timeline.get(session, f"/v1/citizens/{citizen}/links", {"purpose": purpose})
        return list(answer["links"])

    async def link(self, session: Session, body: Mapping[str, Any]) -> None:
        await self.timeline.post(session, "/v1/links", body)

    async def unlink(self, session: Session, link_id: str, body: Mapping[str, Any]) -> None:
        await self.timeline.post(session, f"/v1/links/{link_id}/_undo", body)

    async def log(self, session: Session, at: At, body: Mapping[str, Any]) -> dict[str, Any]:
        """Logs a contact at the door of its channel. The same id again is the same contact."""
        door = self.phone_log if at is At.PHONE else self.counter
        answer: dict[str, Any] = await door.post(session, "/v1/interactions", body)
        return answer

    async def try_choice(self, session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns how the router would reach somebody now; nothing is sent."""
        answer: dict[str, Any] = await self.router.post(session, "/v1/channel-choices", body)
        return answer

    async def request_outreach(self, session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
        """Asks to tell a citizen something; the choice comes on the timeline."""
        answer: dict[str, Any] = await self.router.post(session, "/v1/outreach-requests", body)
        return answer

    async def points(self, session: Session, citizen: str, purpose: str) -> list[dict[str, Any]]:
        """Returns the contact points of somebody, masked."""
        answer = await self.book.get(session, f"/v1/citizens/{citizen}/contact-points", {"purpose": purpose})
        return list(answer["contactPoints"])

    async def reveal(self, session: Session, point: str, purpose: str) -> dict[str, Any]:
        """Returns one contact point in full."""
        answer: dict[str, Any] = await self.book.post(session, f"/v1/contact-points/{point}/_reveal", {"purpose": purpose})
        return answer


def _named(whom: Whom, person: Registered | None) -> Whom:
    return whom if person is None else replace(whom, name=person.name, born=person.born)


def _found(shown: Mapping[str, Any], *, strong: bool) -> Found:
    kinds = tuple(dict.fromkeys(reference["kind"] for reference in shown["references"]))
    first = shown["references"][0]
    return Found(Whom(shown["citizen"], first["kind"]), strong or bool(shown["certain"]), shown.get("lastContactAt"), kinds)
