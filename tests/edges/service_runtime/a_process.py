"""A small service, run as a process of its own by the tests: `a_process.py PLAN` where PLAN says how its parts behave."""

import asyncio
import sys

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from service_runtime.http import http_app, json_answer, read_json
from service_runtime.parts import PartHealth
from service_runtime.process import Service, run
from service_runtime.settings import ServiceSettings

PLAN = sys.argv[1]


class Told:
    """A part that writes down what is asked of it."""

    def __init__(self, name: str, plan: str = "") -> None:
        self.name = name
        self._plan = plan

    def _write(self, what: str) -> None:
        sys.stderr.write(f"{self.name} {what}\n")
        sys.stderr.flush()

    async def start(self) -> None:
        self._write("starting")
        if self._plan == "does not start":
            raise RuntimeError("BSN 999990342")
        if self._plan == "starts for ever":
            try:
                await asyncio.Event().wait()
            finally:
                self._write("let go")
        self._write("started")

    async def stop(self) -> None:
        if self._plan == "does not stop":
            raise RuntimeError("BSN 999990342")
        self._write("stopped")

    async def ended(self) -> None:
        if self._plan == "ends":
            await asyncio.sleep(0.2)
            raise RuntimeError("BSN 999990342")
        if self._plan == "returns":
            return
        await asyncio.Event().wait()

    def health(self) -> PartHealth:
        return PartHealth(self.name, ready=True)


async def build(settings: ServiceSettings) -> Service:
    if PLAN == "cannot be built":
        raise RuntimeError("BSN 999990342")
    if PLAN == "is built for ever":
        sys.stderr.write("building\n")
        sys.stderr.flush()
        await asyncio.Event().wait()
    parts = [Told("first"), Told("second", PLAN)]
    app = http_app(service="told", title="Told", description="Told.", settings=settings, parts=parts)

    @app.get("/v1/slow")
    async def slow() -> dict[str, str]:
        sys.stderr.write("slow asked\n")
        sys.stderr.flush()
        await app.state.stopping.wait()
        await asyncio.sleep(0.3)
        return {"answered": "whole"}

    @app.get("/v1/live")
    async def live() -> StreamingResponse:
        async def ticks() -> object:
            yield b"data: 1\n\n"
            await app.state.stopping.wait()

        return StreamingResponse(ticks(), media_type="text/event-stream")  # type: ignore[arg-type]

    @app.post("/v1/read")
    async def read(request: Request) -> Response:
        return json_answer(await read_json(request, max_bytes=settings.max_body_bytes))

    return Service(app, parts)


run("told", ServiceSettings, build)
