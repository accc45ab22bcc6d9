"""`plein up`: the whole system on this machine, from wheels, with a story played on it."""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from plein.commands.screen import Screen
from plein.local.folder import local_settings, sole_run
from plein.local.personas import PERSONAS
from plein.local.ports import LOOPBACK
from plein.local.stack import LocalStack
from plein.services import SERVICES


def up(
    once: Annotated[
        bool, typer.Option("--once", help="stop after the story; the exit code says whether its totals are right")
    ] = False,
) -> None:
    """Start PostgreSQL, a broker, a sign-in server and every service, play a story, and stay until Ctrl-C."""
    screen = Screen()
    settings = local_settings()
    asked_to_stop = stop_signal()
    is_right = False
    with suppress(StopAsked), sole_run(settings.folder):
        stack = LocalStack(settings, screen.tell)
        stack.prepare()
        screen.line(
            f"Plein starts on this machine, for you alone: it listens on {LOOPBACK} and keeps its data in {stack.folder}."
        )
        try:
            _start(stack, screen)
            is_right = _play(stack, screen)
            if not once:
                _show_addresses(stack, screen)
                screen.line("\nPlein is up. Press Ctrl-C to stop it; what is on the timelines stays.")
                asked_to_stop.wait()
        finally:
            asked_to_stop.set()
            with screen.step("everything stopped"):
                stack.stop()
    if once and not is_right:
        raise typer.Exit(1)


def _start(stack: LocalStack, screen: Screen) -> None:
    with screen.step("PostgreSQL, the broker, its topics and the sign-in server"):
        stack.start_engines()
    with screen.step("tables"):
        stack.migrate()
    with screen.step(f"{len(SERVICES)} services"):
        stack.start_services()


def _play(stack: LocalStack, screen: Screen) -> bool:
    from plein.story.play import play_story

    return play_story(stack, screen).are_right


def _show_addresses(stack: LocalStack, screen: Screen) -> None:
    assert stack.start_page is not None
    screen.heading("Begin here: who can do what, with a way in for each")
    screen.line(f"  {stack.start_page.address}")
    screen.heading("Where everything is")
    for service in SERVICES:
        place = "/" if service.has_pages else "/v1/openapi.json"
        screen.line(f"  {service.name:<21} {stack.url_of(service.name)}{place}")
    screen.line(f"  {'sign-in':<21} {stack.sign_in.issuer}")
    screen.line(f"  {'logs':<21} {stack.logs}")
    screen.heading("Try it from another terminal, in this folder: her own timeline, as she reads it")
    token = f"{_called(stack)} token citizen"
    screen.line(f'  curl -H "Authorization: Bearer $({token})" {stack.url_of("timeline")}/v1/citizens/me/timeline')
    screen.line(f"  You can be {', '.join(persona.name for persona in PERSONAS)}. The README has a line for each door.")


def _called(stack: LocalStack) -> str:
    """Returns this command for a line to paste: as it was called, which need not be on PATH, and for this stack's folder."""
    command = Path(sys.argv[0])
    name = (
        "plein" if command.name != "plein" else os.path.relpath(command) if command.is_relative_to(Path.cwd()) else str(command)
    )
    return name if stack.folder == Path(".plein").absolute() else f"PLEIN_HOME={stack.folder} {name}"


class StopAsked(BaseException):
    """Ctrl-C or SIGTERM, before the stop began.

    Not a KeyboardInterrupt: one that passes through `exec` of a text, as every import of a dataclass runs, makes CPython
    end the process by the signal after an orderly stop all the same.
    """


def stop_signal() -> threading.Event:
    """Returns an event that Ctrl-C or SIGTERM sets. The first one raises StopAsked; once it is set they change nothing."""
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not asked.is_set():
            asked.set()
            raise StopAsked

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return asked
