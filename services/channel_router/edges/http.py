"""The router over HTTP: try a choice, ask for outreach, read the policy. No address holds anything about a person."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel

from channel_router.edges.access_log import PostgresAccessLog
from channel_router.edges.asking import Desk, looking_of
from channel_router.edges.bodies import (
    ChoiceAsked,
    ChoicesAsked,
    ChoiceShown,
    ChoicesShown,
    OutreachAsked,
    OutreachesAsked,
    OutreachesHeard,
    OutreachHeard,
)
from channel_router.edges.database import PostgresFacts
from channel_router.edges.policy_shown import PolicyShown
from channel_router.edges.requests import hear
from channel_router.handlers import try_choices
from contact_events.envelope import Event
from contact_events.identity import receipt_of
from contact_events.outreach import OutreachRequested
from service_runtime.database import Pool
from service_runtime.http import read_json, validated
from service_runtime.problems import FieldFault, Problem, problem_of, problem_responses
from service_runtime.tokens import Principal, authorised

_MAX_BODY_BYTES = 1_000_000

Trier = Annotated[Principal, Depends(authorised("choices:try"))]
Asker = Annotated[Principal, Depends(authorised("outreach:request"))]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]

_EXAMPLE: dict[str, object] = {
    "citizen": {"ref": "c1-00112233445566778899aabbccddeeff", "kind": "bsn", "assurance": "substantial"},
    "matter": "aow",
    "purpose": "inkomensondersteuning",
    "reachBefore": "2026-11-26T17:00:00+01:00",
}


class RouterDoor:
    """The routes. `on_said` is called after a commit that has something to publish; `now` is the clock."""

    def __init__(
        self,
        pool: Pool,
        desk: Desk,
        on_said: Callable[[], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._desk = desk
        self._on_said = on_said
        self._now = now

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", tags=["channel choices"])
        refusals = problem_responses(400, 401, 403, 413, 415, 429, 503)
        router.add_api_route(
            "/channel-choices",
            self.try_out,
            methods=["POST"],
            responses=refusals,
            openapi_extra=_body(ChoiceAsked, ChoicesAsked, _EXAMPLE),
            summary="How would we reach this citizen?",
            response_model_exclude_none=True,
        )
        router.add_api_route(
            "/outreach-requests",
            self.ask,
            methods=["POST"],
            status_code=202,
            responses=refusals | problem_responses(409),
            openapi_extra=_body(OutreachAsked, OutreachesAsked, _EXAMPLE | {"title": "U kunt nu uw AOW aanvragen"}),
            summary="Ask to tell a citizen something",
        )
        router.add_api_route(
            "/policy",
            self.show_policy,
            methods=["GET"],
            responses=problem_responses(401, 403),
            summary="The municipality's policy",
        )
        return router

    async def try_out(self, request: Request, principal: Trier) -> ChoiceShown | ChoicesShown:
        """Says for one citizen, or for up to 1,000 at once (in `requests`), which channel would be chosen now, and why.

        A dry run: nothing is sent and nothing is taken of the contact budget. All that is kept is a line in the access log
        of each citizen, before this answers.
        """
        now = self._now()
        raw = await read_json(request, max_bytes=_MAX_BODY_BYTES)
        many = isinstance(raw, dict) and "requests" in raw
        asked = validated(ChoicesAsked, raw).requests if many else (validated(ChoiceAsked, raw),)
        checked = self._desk.checked(asked, principal, many=many)
        wanted = [
            (each.request(citizen, principal.subject, now), purpose)
            for each, (citizen, purpose) in zip(asked, checked, strict=True)
        ]
        looking = looking_of(principal, now)
        async with self._pool.connection() as connection:
            facts, log = PostgresFacts(connection), PostgresAccessLog(connection)
            choices = await try_choices(facts, log, wanted, looking, self._desk.policy)
        self._on_said()
        shown = tuple(ChoiceShown.of(citizen.ref, choice) for (citizen, _), choice in zip(checked, choices, strict=True))
        return ChoicesShown(choices=shown) if many else shown[0]

    async def ask(
        self, request: Request, principal: Asker, idempotency_key: IdempotencyKey = None
    ) -> OutreachHeard | OutreachesHeard:
        """Writes down that something must be told to a citizen, or up to 1,000 at once (in `requests`): all or none.

        The choice follows on the topic `channel-choices`. The same `(source, id)` again gets the same answer; other content
        under it is answered 409.
        """
        now = self._now()
        raw = await read_json(request, max_bytes=_MAX_BODY_BYTES)
        many = isinstance(raw, dict) and "requests" in raw
        asked = validated(OutreachesAsked, raw).requests if many else (validated(OutreachAsked, raw),)
        checked = self._desk.checked(asked, principal, many=many)
        events = []
        for place, (each, (citizen, _)) in enumerate(zip(asked, checked, strict=True)):
            fallback = (f"{idempotency_key}.{place + 1}" if many else idempotency_key) if idempotency_key else str(uuid4())
            data = each.request(citizen, principal.subject, now)
            events.append(Event(id=each.id or fallback, source=_source(each, principal), logged_at=now, data=data))
        await self._keep(events, many)
        heard = tuple(_heard(event) for event in events)
        return OutreachesHeard(requests=heard) if many else heard[0]

    async def show_policy(self, principal: Trier) -> PolicyShown:
        """Shows the policy choices are made under: its version, channels, and matrix of need against result."""
        return PolicyShown.of(self._desk.policy)

    async def _keep(self, events: Sequence[Event[OutreachRequested]], many: bool) -> None:
        async with self._pool.connection() as connection:
            clashing = await hear(connection, events)
            if clashing:
                await connection.rollback()
                raise _conflict(clashing, many)
        self._on_said()


def _conflict(places: Sequence[int], many: bool) -> Problem:
    plain = problem_of(409)
    faults = [FieldFault("id", f"/requests/{place}/id" if many else "/id", "is known with other content") for place in places]
    detail = "Another request is known under this id. Use a new id for a new request. Nothing of this call was kept."
    return Problem(409, plain.kind, plain.title, detail, faults=faults)


def _source(asked: OutreachAsked, principal: Principal) -> str:
    if not principal.sources or (asked.source is not None and asked.source not in principal.sources):
        detail = "The access token may not write as this source; its `source` claim names those it may."
        raise Problem(403, "not-your-source", "This is not your source", detail)
    return asked.source or principal.sources[0]


def _heard(event: Event[Any]) -> OutreachHeard:
    return OutreachHeard(id=event.id, source=event.source, request_key=str(event.key), receipt=receipt_of(event.key))


def _body(one: type[BaseModel], many: type[BaseModel], example: Mapping[str, object]) -> dict[str, Any]:
    schemas = [model.model_json_schema(by_alias=True) for model in (one, many)]
    content = {"application/json": {"schema": {"oneOf": schemas}, "example": example}}
    return {"requestBody": {"required": True, "content": content}}
