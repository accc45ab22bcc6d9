"""`plein erase`: forgets a citizen everywhere, and tells what was forgotten where and what goes when."""

import sys
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from plein.commands.erasure_register import add_line, lines_of, must_be_writable
from plein.local.folder import LocalSettings, local_settings
from plein.local.keys import were_made
from plein.local.ports import LOOPBACK, CannotStart
from plein.local.tokens import mint_token
from plein.services import SERVICES

_ASKED = "timeline"
_WHO_MAY = "privacy-officer"
_LOOK_AGAIN_SECONDS = 0.2
# Somebody with a million contacts is forgotten in one transaction.
_LONGEST_ANSWER_SECONDS = 600


class Identifier(StrEnum):
    """What a citizen is named by."""

    BSN = "bsn"
    PHONE = "phone"
    EMAIL = "email"
    REF = "ref"


def erase(
    case: Annotated[str | None, typer.Option("--case", help="the case in which it was decided, such as z-2026-00417")] = None,
    by: Annotated[Identifier, typer.Option("--by", help="what you will name the citizen by")] = Identifier.BSN,
    again: Annotated[
        bool, typer.Option("--again", help="say every erasure of the register again, after a backup was restored")
    ] = False,
    register: Annotated[
        Path | None,
        typer.Option(
            "--register",
            envvar="ERASURE_REGISTER",
            help="the list of erasures, kept apart from backups; erasures.jsonl in the stack's folder",
        ),
    ] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="a code of the purpose register")] = "vergeten",
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="NAME=URL", help="where a service answers, when not on this machine; may be repeated"),
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="PLEIN_TOKEN", hidden=True, help="a token with erasures:write and erasures:read")
    ] = None,
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", help="how long to wait for the services")] = 120,
) -> None:
    """Forget a citizen everywhere, for ever. Asks whom, or reads it from standard input; never give it as an argument.

    Waits until every service has forgotten, and exits 1 when one has not; what was asked for is carried out all the same.
    PLEIN_TOKEN is a token with the scopes erasures:write and erasures:read.
    """
    if again == (case is not None):
        raise typer.BadParameter("say in which case: --case CASE; or say earlier erasures again: --again")
    local = local_settings()
    kept = register or _register_of(local)
    places = _places(local, at or [])
    with httpx2.Client(timeout=_LONGEST_ANSWER_SECONDS, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {token or _own_token(local)}"
        if again:
            answers = [_asked(client, places[_ASKED][0], line | {"purpose": purpose}) for line in lines_of(kept)]
            print(f"{len(answers)} erasures of {kept} were said again.")
        else:
            must_be_writable(kept)
            body = {"case": case, by.value: _identifier(by), "purpose": purpose}
            answers = [_asked(client, places[_ASKED][0], body)]
            add_line(kept, answers[0])
            _tell(answers[0])
        late = _awaited(client, places, [str(answer["erasureId"]) for answer in answers], wait)
    if late:
        print(f"Not yet forgotten by {', '.join(late)}: it is as soon as they run and have read on. Their lag: `plein lag`.")
        raise typer.Exit(1)
    if not again:
        _tell_the_rest(answers[0], kept)


def _identifier(by: Identifier) -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt(f"{by.value} of who is to be forgotten, for ever", hide_input=True, confirmation_prompt=True)
        return asked.strip()
    return sys.stdin.readline().strip()


def _register_of(local: LocalSettings) -> Path:
    if not were_made(local.folder):
        raise CannotStart(
            "Name the list of erasures with --register or ERASURE_REGISTER: a file that is kept apart from backups."
        )
    return local.folder / "erasures.jsonl"


def _own_token(local: LocalSettings) -> str:
    if not were_made(local.folder):
        raise CannotStart("Set PLEIN_TOKEN to a token with the scopes erasures:write and erasures:read.")
    return mint_token(local.folder, _WHO_MAY)


def _places(local: LocalSettings, given: Sequence[str]) -> dict[str, list[str]]:
    """Returns where each service answers: on this machine, but for those that are given, which may have several places."""
    named: dict[str, list[str]] = {}
    for each in given:
        name, _, url = each.partition("=")
        if name not in {service.name for service in SERVICES} or not url.startswith(("http://", "https://")):
            raise typer.BadParameter(f"{each!r} is not NAME=URL, such as timeline=https://timeline.example.nl")
        named.setdefault(name, []).append(url.rstrip("/"))
    here = {service.name: [f"http://{LOOPBACK}:{local.port_of(service.name)}"] for service in SERVICES}
    return here | named


def _asked(client: httpx2.Client, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        answer = client.post(f"{url}/v1/erasures", json=body)
    except httpx2.HTTPError as fault:
        raise CannotStart(f"The timeline at {url} does not answer ({type(fault).__name__}): is it running?") from None
    told: dict[str, Any] = answer.json()
    if answer.status_code != httpx2.codes.ACCEPTED:
        faults = [f"{each['name']} {each['reason']}" for each in told.get("errors", ())]
        raise CannotStart("; ".join([f"Nothing was erased. {told['title']}: {told['detail']}", *faults]))
    return told


def _awaited(client: httpx2.Client, places: Mapping[str, Sequence[str]], erasures: Sequence[str], seconds: float) -> list[str]:
    """Says what each service forgot, as it tells; returns those that had not told of all when the time was up."""
    deadline = time.monotonic() + seconds
    waiting = {(name, url, erasure) for name, urls in places.items() for url in urls for erasure in erasures}
    while waiting:
        for each in sorted(waiting):
            name, url, erasure = each
            forgotten = _told(client, url, erasure)
            if forgotten is not None:
                waiting.discard(each)
                if len(erasures) == 1:
                    counted = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in forgotten.items() if count)
                    print(f"{name}: forgot {counted or 'nothing, it held nothing'}", flush=True)
        if waiting and time.monotonic() > deadline:
            break
        if waiting:
            time.sleep(_LOOK_AGAIN_SECONDS)
    return sorted({name for name, _, _ in waiting})


def _told(client: httpx2.Client, url: str, erasure: str) -> Mapping[str, int] | None:
    try:
        answer = client.get(f"{url}/v1/erasures/{erasure}")
    except httpx2.TransportError:
        return None
    if answer.status_code in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        raise CannotStart(f"{url} does not tell ({answer.json()['title']}): the token needs the scope erasures:read.")
    return answer.json()["forgotten"] if answer.is_success else None


def _tell(answer: Mapping[str, Any]) -> None:
    print(f"Erasure {answer['erasureId']} in case {answer['case']}: {len(answer['references'])} references, forgotten up to")
    print(f"  {answer['erasedAt']}; a contact that is logged later is a new one.")
    for each in answer["perhapsAlso"]:
        print(f"  Not forgotten: {each['citizen']} ({each['kind']}), perhaps the same person; if so, erase it too: --by ref")


def _tell_the_rest(answer: Mapping[str, Any], register: Path) -> None:
    print(f"Topics forget it by {answer['topicsForgetBy']}, seven days after it was said.")
    print("The database's files hold freed bytes until VACUUM FULL or reuse, its write-ahead log until it is recycled.")
    print("Backups hold it until their own term ends; after restoring one, `plein erase --again`.")
    print(f"The erasure is in {register}: keep it apart from backups. The access log still says who looked, and that you erased.")
