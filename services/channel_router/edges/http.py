"""The router over HTTP: try a choice, ask for outreach, read the policy. No address holds anything about a person."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel

from channel_router.domain.budget import NO_FORM
from channel_router.domain.policy import Policy
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
from contact_events.citizen_ref import NotAnIdentifier, PseudonymKeys
from contact_events.envelope import Event
from contact_events.identity import receipt_of
from contact_events.outreach import OutreachRequested
from contact_events.words import CitizenReference
from service_runtime.database import IngestPool
from service_runtime.http import read_json, validated
from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of, problem_responses
from service_runtime.tokens import Principal, authorised

_MAX_BODY_BYTES = 1_000_000

Trier = Annotated[Principal, Depends(authorised("choices:try"))]
Asker = Annotated[Principal, Depends(authorised("outreach:request"))]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]

_EXAMPLE: dict[str, object] = {
    "citizen": {"ref": "c1-00112233445566778899aabbccddeeff", "kind": "bsn", "assurance": "substantial"},
    "matter": "aow",
    "reachBefore": "2026-11-26T17:00:00+01:00",
}


class RouterDoor:
    """The routes. `on_said` is called after a commit that has something to publish; `now` is the clock."""

    def __init__(
        self,
        pool: IngestPool,
        policy: Policy,
        pseudonyms: PseudonymKeys | None,
        on_said: Callable[[], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._policy = policy
        self._pseudonyms = pseudonyms
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
            openapi_extra=_body(
                OutreachAsked, OutreachesAsked, _EXAMPLE | {"purpose": "dienstverlening", "title": "U kunt nu uw AOW aanvragen"}
            ),
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

        A dry run: nothing is kept, nothing is sent and nothing is taken of the contact budget.
        """
        now = self._now()
        raw = await read_json(request, max_bytes=_MAX_BODY_BYTES)
        many = isinstance(raw, dict) and "requests" in raw
        asked = validated(ChoicesAsked, raw).requests if many else (validated(ChoiceAsked, raw),)
        citizens = self._checked(asked, many)
        requests = [each.request(citizen, principal.subject, now) for each, citizen in zip(asked, citizens, strict=True)]
        async with self._pool.connection() as connection:
            choices = await try_choices(PostgresFacts(connection), requests, self._policy, now)
        shown = tuple(ChoiceShown.of(citizen.ref, choice) for citizen, choice in zip(citizens, choices, strict=True))
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
        citizens = self._checked(asked, many)
        events = []
        for place, (each, citizen) in enumerate(zip(asked, citizens, strict=True)):
            fallback = (f"{idempotency_key}.{place + 1}" if many else idempotency_key) if idempotency_key else str(uuid4())
            data = each.request(citizen, principal.subject, now)
            events.append(Event(id=each.id or fallback, source=_source(each, principal), logged_at=now, data=data))
        await self._keep(events, many)
        heard = tuple(_heard(event) for event in events)
        return OutreachesHeard(requests=heard) if many else heard[0]

    async def show_policy(self, principal: Trier) -> PolicyShown:
        """Shows the policy choices are made under: its version, channels, and matrix of need against result."""
        return PolicyShown.of(self._policy)

    def _checked(self, asked: Sequence[ChoiceAsked], many: bool) -> list[CitizenReference]:
        """Returns the citizens. Raises Problem 400 with everything that the policy does not know, or that is no identifier."""
        faults: list[FieldFault] = []
        citizens: list[CitizenReference] = []
        for place, each in enumerate(asked):
            pointer = f"/requests/{place}" if many else ""
            try:
                citizens.append(each.citizen.reference(self._pseudonyms))
            except NotAnIdentifier as fault:
                faults.append(FieldFault("bsn", f"{pointer}/citizen/bsn", str(fault)))
            faults += self._unknown_words(each, pointer)
        if faults:
            raise invalid_input(faults)
        return citizens

    def _unknown_words(self, asked: ChoiceAsked, pointer: str) -> list[FieldFault]:
        given = (
            ("legalForm", asked.legal_form, (NO_FORM, *self._policy.legal_forms)),
            ("interactionNeed", asked.interaction_need, tuple(self._policy.needs)),
            ("societalResult", asked.societal_result, tuple(self._policy.results)),
        )
        return [
            FieldFault(name, f"{pointer}/{name}", f"must be one of {', '.join(known)}")
            for name, word, known in given
            if word not in known
        ]

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
