"""The limit of accepting: the same app, the same token check and the same reading of the body, and then nothing."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from front_door.arrivals import read_plain
from service_runtime.http import http_app
from service_runtime.process import Service, run
from service_runtime.settings import ServiceSettings
from service_runtime.tokens import Principal, authorised
from web_adapter.domain import DOOR

router = APIRouter()
_ANSWER = b'{"id":"form","source":"urn:nld:oin:00000001823288444000:systeem:website","interactions":[]}'


@router.post("/v1/interactions", status_code=202)
async def post(request: Request, principal: Annotated[Principal, Depends(authorised(DOOR.scope))]) -> Response:
    arrived = read_plain(await request.body())
    DOOR.contact.read(arrived.data, arrived.pointer)
    return Response(_ANSWER, 202, media_type="application/json")


async def build(settings: ServiceSettings) -> Service:
    app = http_app(service=DOOR.service, title=DOOR.title, description=DOOR.description, settings=settings, parts=())
    app.include_router(router)
    return Service(app)


if __name__ == "__main__":
    run(DOOR.service, ServiceSettings, build)
