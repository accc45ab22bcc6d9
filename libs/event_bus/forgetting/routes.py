"""The address at which every service that holds something tells whether it carried out an erasure."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.requests import Request

from event_bus.forgetting import Tells
from service_runtime.problems import problem_of, problem_responses
from service_runtime.tokens import authorised


class ForgottenShown(BaseModel):
    """What was forgotten here. Tells how much, and nothing of whom."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    erasure_id: UUID
    forgotten_at: datetime
    forgotten: dict[str, int] = Field(description="how much of each kind went", examples=[{"contacts": 4, "outgoing": 1}])


def erasure_routes(tells: Tells) -> APIRouter:
    """Returns the route; 404 says: not yet."""
    router = APIRouter(prefix="/v1", tags=["erasures"])

    @router.get(
        "/erasures/{erasureId}",
        summary="Was this erasure carried out here?",
        responses=problem_responses(401, 403, 404, 503),
        openapi_extra={"parameters": [_ERASURE_ID]},
        dependencies=[Depends(authorised("erasures:read"))],
    )
    async def told(request: Request) -> ForgottenShown:
        """Tells when this service forgot, and how much; 404 while it has not."""
        try:
            erasure = UUID(request.path_params["erasureId"])
        except ValueError:
            raise problem_of(404) from None
        try:
            forgotten = await tells(erasure)
        except ConnectionError:
            raise problem_of(503, headers={"Retry-After": "2"}) from None
        if forgotten is None:
            raise problem_of(404)
        return ForgottenShown(
            erasure_id=erasure, forgotten_at=forgotten.forgotten_at.astimezone(UTC), forgotten=dict(forgotten.counts)
        )

    return router


_ERASURE_ID = {
    "name": "erasureId",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "the id that `POST /v1/erasures` of the timeline answered with",
}
