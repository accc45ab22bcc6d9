"""How a process lives: settings, parts in order, HTTP, an orderly stop, and a code that says how it ended."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn
import uvloop
from fastapi import FastAPI

from service_runtime.logging import configure_logging, get_logger
from service_runtime.parts import Part, PartHealth
from service_runtime.settings import BadSettings, ServiceSettings, read_settings
from service_runtime.wire import Wire

__all__ = ["Part", "PartHealth", "Service", "run"]

# sysexits.h: EX_CONFIG.
BAD_SETTINGS = 78
HTTP_STOP_SECONDS = 10
PART_STOP_SECONDS = 20.0
# Longer than proxies and clients keep an idle connection, so that it is never closed under a request.
KEEP_ALIVE_SECONDS = 75

S = TypeVar("S", bound=ServiceSettings)

log = get_logger()


@dataclass(frozen=True, slots=True)
class Service:
    """What `build` gives: the app and the parts, in the order to start them."""

    app: FastAPI
    parts: Sequence[Part] = field(default=())


def run(service_name: str, settings_class: type[S], build: Callable[[S], Awaitable[Service]]) -> None:
    """Runs a service until it is told to stop. Ends the process: 0 after an orderly stop, 78 for settings, 1 otherwise."""
    try:
        settings = read_settings(settings_class)
        configure_logging(service_name, settings.log_level)
        code = uvloop.run(_lived(service_name, settings, build))
    except BadSettings as fault:
        for sentence in fault.sentences:
            sys.stderr.write(f"{service_name}: {sentence}\n")
        sys.exit(BAD_SETTINGS)
    sys.exit(code)


async def _lived(service_name: str, settings: S, build: Callable[[S], Awaitable[Service]]) -> int:
    told_to_stop = _stop_signals()
    try:
        listening = _listening(settings)
    except OSError as fault:
        sys.stderr.write(f"{service_name}: Set HTTP_PORT to a free port; {settings.http_port} cannot be listened on.\n")
        log.critical("port_not_free", port=settings.http_port, code=fault.errno)
        return 1
    with listening:
        building = asyncio.ensure_future(build(settings))
        told = asyncio.create_task(told_to_stop.wait())
        await asyncio.wait({building, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not building.done():
            await _cancelled(building)
            return 0
        try:
            service = building.result()
        except BadSettings:
            raise
        except Exception as fault:
            log.critical("service_not_built", exc_info=fault)
            return 1
        return await _Life(service, listening, settings, told_to_stop).live()


def _stop_signals() -> asyncio.Event:
    told = asyncio.Event()

    def stop(number: signal.Signals) -> None:
        if told.is_set():
            log.warning("stop_forced", signal=number.name)
            os._exit(1)
        log.info("stop_asked", signal=number.name)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    return told


def _listening(settings: ServiceSettings) -> socket.socket:
    """Takes the port before anything else starts, so that a taken port is one sentence and no half-started process."""
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((settings.http_host, settings.http_port))
    except BaseException:
        found.close()
        raise
    return found


class _Server(uvicorn.Server):
    """Leaves signals to `run`: HTTP is only the first thing to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            log.info("service_started", host=host, port=port)


class _Life:
    """Starts the parts, answers HTTP, and takes it all down in the other order."""

    def __init__(self, service: Service, listening: socket.socket, settings: ServiceSettings, told: asyncio.Event) -> None:
        self._service = service
        self._listening = listening
        self._told = told
        self._started: list[Part] = []
        self._failed = False
        self._server = _Server(
            uvicorn.Config(
                service.app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                ws="none",
                http=Wire,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies),
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=HTTP_STOP_SECONDS,
            )
        )

    async def live(self) -> int:
        told = asyncio.create_task(self._told.wait())
        try:
            if await self._start_parts(told):
                _leave_alone_what_stays()
                await self._serve(told)
        finally:
            told.cancel()
            await self._stop_parts()
        log.info("service_stopped", code=int(self._failed))
        return int(self._failed)

    async def _start_parts(self, told: asyncio.Task[bool]) -> bool:
        """Says whether all parts started; being told to stop in between lets go of the one that is starting."""
        for part in self._service.parts:
            starting = asyncio.create_task(part.start())
            await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                await _cancelled(starting)
                return False
            fault = starting.exception()
            if fault is not None:
                self._failed = True
                log.critical("part_not_started", part=part.name, exc_info=fault)
                return False
            self._started.append(part)
            log.info("part_started", part=part.name)
        return not told.done()

    async def _serve(self, told: asyncio.Task[bool]) -> None:
        serving = asyncio.create_task(self._answer_http())
        ends = {serving: "http"} | {asyncio.create_task(part.ended()): part.name for part in self._started}
        await asyncio.wait({told, *ends}, return_when=asyncio.FIRST_COMPLETED)
        for task, name in ends.items():
            if task.done():
                self._failed = True
                log.critical("part_ended", part=name, exc_info=task.exception())
        self._service.app.state.stopping.set()
        self._server.should_exit = True
        await asyncio.wait({serving}, timeout=HTTP_STOP_SECONDS + 5)
        await _cancelled(*ends)

    async def _answer_http(self) -> None:
        try:
            await self._server.serve(sockets=[self._listening])
        except SystemExit:
            raise RuntimeError("HTTP did not start") from None

    async def _stop_parts(self) -> None:
        for part in reversed(self._started):
            try:
                async with asyncio.timeout(PART_STOP_SECONDS):
                    await part.stop()
            except Exception as fault:  # the other parts must be stopped too
                self._failed = True
                log.critical("part_not_stopped", part=part.name, exc_info=fault)
            else:
                log.info("part_stopped", part=part.name)


def _leave_alone_what_stays() -> None:
    """Requests and batches make many objects and few cycles: looking for cycles as often as Python does, and again and
    again through everything that was imported, costs a fifth of a request and holds up whoever is being answered."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
