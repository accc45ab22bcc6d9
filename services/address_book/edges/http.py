"""The address book over HTTP: find, list masked, reveal one. Each answer waits for its line in the access log."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

import psycopg
from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from address_book.edges.access_log import PostgresAccessLog
from address_book.edges.bodies import CitizensFound, ContactPointShown, ContactPointsShown, ForPurpose, Sought
from address_book.edges.database import PostgresContactPoints
from address_book.handlers.secrets import Secrets
from address_book.handlers.showing import Desk, Looker, find_citizens, list_masked, reveal
from contact_events.citizen_ref import CitizenRef, NotAnIdentifier
from contact_events.purposes import PurposeRefusal, Purposes
from service_runtime.http import read_json, validated
from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of, problem_responses
from service_runtime.tokens import Principal, authorised
from service_runtime.tracing import current_traceparent

_MAX_BODY_BYTES = 4_000
A = TypeVar("A")

CitizenPath = Annotated[str, Path(pattern="^c[1-9][0-9]{0,3}-[0-9a-f]{32}$", description="the citizen's reference")]
Finder = Annotated[Principal, Depends(authorised("contact-points:find"))]
Revealer = Annotated[Principal, Depends(authorised("contact-points:reveal"))]


class AddressBookDoor:
    """The routes, on one database. `on_said` is called after a commit that has something to publish."""

    def __init__(self, engine: AsyncEngine, purposes: Purposes, secrets: Secrets, on_said: Callable[[], None]) -> None:
        self._engine = engine
        self._purposes = purposes
        self._secrets = secrets
        self._on_said = on_said

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", tags=["contact points"])
        refusals = problem_responses(400, 401, 403, 404, 429, 503)
        body = {"requestBody": {"content": {"application/json": {"schema": Sought.model_json_schema()}}, "required": True}}
        why = {"requestBody": {"content": {"application/json": {"schema": ForPurpose.model_json_schema()}}, "required": True}}
        router.add_api_route(
            "/contact-points/_zoek", self.find, methods=["POST"], responses=refusals, openapi_extra=body, summary="Who gave this?"
        )
        router.add_api_route(
            "/citizens/{citizen}/contact-points",
            self.list_all,
            methods=["GET"],
            responses=refusals,
            summary="Ways to reach",
        )
        router.add_api_route(
            "/contact-points/{contactPoint}/_reveal",
            self.reveal,
            methods=["POST"],
            responses=refusals,
            openapi_extra=why,
            summary="See one contact point in full",
        )
        return router

    async def find(self, request: Request, principal: Finder) -> CitizensFound:
        """Finds everybody who gave a phone number, e-mail address or BSN. The answer is masked and leaves a line."""
        sought = validated(Sought, await read_json(request, max_bytes=_MAX_BODY_BYTES))
        try:
            indexes = sought.blind_indexes(self._secrets.pseudonyms)
        except NotAnIdentifier as fault:
            name = next(name for name in ("phone", "email", "bsn", "ref") if getattr(sought, name) is not None)
            raise invalid_input([FieldFault(name, f"/{name}", str(fault))]) from None
        async with self._desk() as desk:
            looker = _looker(principal, sought.purpose)
            found = _or_problem(await find_citizens(desk, indexes, looker, datetime.now(UTC)), "/purpose")
        self._on_said()
        return CitizensFound(
            citizens=[
                ContactPointsShown(citizen=citizen.text, contact_points=[ContactPointShown.of(one) for one in shown])
                for citizen, shown in found.items()
            ]
        )

    async def list_all(
        self, citizen: CitizenPath, principal: Finder, purpose: Annotated[str, Query(min_length=1, max_length=80)]
    ) -> ContactPointsShown:
        """Lists the contact points of a person, all linked references together, masked. The answer leaves a line."""
        async with self._desk() as desk:
            looker, ref = _looker(principal, purpose), CitizenRef.from_text(citizen)
            shown = _or_problem(await list_masked(desk, ref, looker, datetime.now(UTC)), "")
        self._on_said()
        return ContactPointsShown(citizen=citizen, contact_points=[ContactPointShown.of(one) for one in shown])

    async def reveal(
        self, request: Request, contact_point: Annotated[UUID, Path(alias="contactPoint")], principal: Revealer
    ) -> ContactPointShown:
        """Shows one contact point in full, when the purpose may reveal its kind. The answer leaves a line."""
        asked = validated(ForPurpose, await read_json(request, max_bytes=_MAX_BODY_BYTES))
        async with self._desk() as desk:
            looker = _looker(principal, asked.purpose)
            shown = _or_problem(await reveal(desk, contact_point, looker, datetime.now(UTC)), "/purpose")
            if shown is None:
                raise Problem(404, "not-kept", "Not kept", "There is no such contact point, or not any more.")
        self._on_said()
        return ContactPointShown.of(shown)

    @asynccontextmanager
    async def _desk(self) -> AsyncIterator[Desk]:
        """One transaction: what is read and the line about it. Committed when this leaves, so before the answer does."""
        try:
            async with self._engine.begin() as connection:
                raw = await connection.get_raw_connection()
                driver = cast("psycopg.AsyncConnection[Any]", raw.driver_connection)
                log = PostgresAccessLog(connection, driver)
                yield Desk(PostgresContactPoints(driver), log, self._purposes, self._secrets)
        except (InterfaceError, OperationalError, PoolTimeout, psycopg.OperationalError, OSError):
            raise problem_of(503, headers={"Retry-After": "2"}) from None


def _looker(principal: Principal, purpose: str) -> Looker:
    trace = (current_traceparent() or "").split("-")
    return Looker(
        seen_by=principal.name or principal.subject,
        roles=tuple(sorted(principal.roles)),
        organisation_name=principal.organisation_name,
        purpose=purpose,
        trace_id=trace[1] if len(trace) == 4 else None,
        span_id=trace[2] if len(trace) == 4 else None,
    )


def _or_problem(answer: A | PurposeRefusal, pointer: str) -> A:
    """Returns the answer. Raises Problem for a refusal; `pointer` is where the purpose stands."""
    if answer is PurposeRefusal.NO_SUCH_PURPOSE:
        raise invalid_input([FieldFault("purpose", pointer, answer.reason)])
    if isinstance(answer, PurposeRefusal):
        raise Problem(403, answer.value, answer.heading, answer.sentence)
    return answer
