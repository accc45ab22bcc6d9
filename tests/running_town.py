"""The whole system for a test: real processes and engines, posted to and read over HTTP as an integrator does."""

import itertools
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
from stdnum.nl import bsn as bsn_number

from an_operator import PASSED_ON
from engines import APACHE_KAFKA, BrokerUnderTest, Engines
from plein.local.folder import LocalSettings
from plein.local.ports import free_ports
from plein.local.stack import LocalStack
from plein.simulation.history import History
from plein.story.town import Town, await_value
from plein.theme import provide_theme

AT_THE_PHONE = "klantcontact"
# Fetched once for all towns.
THEME = Path(__file__).parents[1] / "build" / "theme"
V = TypeVar("V")

WEB, PHONE, COUNTER, INTERMEDIARY = "web_adapter", "phone_log_adapter", "counter_adapter", "intermediary_adapter"


class RunningTown:
    """A stack with ports of its own, and short ways to post, find and read."""

    def __init__(self, folder: Path, broker: BrokerUnderTest) -> None:
        names = [f"{name}_port" for name in LocalSettings(home=folder).ports]
        ports: dict[str, Any] = dict(zip(names, free_ports(len(names)), strict=True))
        self.broker = broker
        self.stack = LocalStack(LocalSettings(home=folder, theme=THEME, **ports), self._note, broker=broker)
        self.told: list[str] = []
        self._bsns = _made_up_bsns()

    def start(self) -> None:
        self.stack.folder.mkdir(parents=True, exist_ok=True)
        provide_theme(THEME)
        self.stack.prepare()
        self.stack.start_engines()
        self.stack.migrate()
        self.stack.start_services()
        self.http = Town(self.stack, History(self.stack.folder / "history.jsonl"))

    def stop(self) -> None:
        self.stack.stop()

    @property
    def durable(self) -> bool:
        return self.broker.durable

    def new_citizen(self) -> str:
        """Returns a BSN nobody used before in this town; made up, and valid."""
        return next(self._bsns)

    def post(self, door: str, body: Mapping[str, Any]) -> httpx2.Response:
        return self.http.contact(door, body)

    def accepted(self, door: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Posts and returns the answer; fails with the door's words when it is not 202."""
        answer = self.post(door, body)
        assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def find(self, *, purpose: str = AT_THE_PHONE, **sought: str) -> list[dict[str, Any]]:
        answer = self.http.ask("agent", "timeline", "/v1/citizens/_zoek", {"purpose": purpose, **sought})
        assert answer.is_success, answer.text
        found: list[dict[str, Any]] = answer.json()["citizens"]
        return found

    def found(self, **sought: str) -> str:
        """Returns the reference of the one citizen sought, once the timeline knows them."""
        candidates = self.awaited(lambda: self.find(**sought), bool)
        assert candidates, "the citizen was not found in time"
        return str(candidates[0]["citizen"])

    def read(self, citizen: str, *, purpose: str = AT_THE_PHONE, persona: str = "agent", **query: str | int) -> dict[str, Any]:
        answer = self.http.read(
            persona, "timeline", f"/v1/citizens/{citizen}/timeline", **{"purpose": purpose, "limit": 200, **query}
        )
        assert answer.is_success, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def entries(self, citizen: str, count: int, **query: str | int) -> list[dict[str, Any]]:
        """Returns the entries, newest first, once there are `count` of them."""
        entries: list[dict[str, Any]] = self.awaited(
            lambda: self.read(citizen, **query)["entries"],  # type: ignore[arg-type]  # query words
            lambda seen: len(seen) >= count,
        )
        assert len(entries) >= count, f"only {len(entries)} of {count} entries came in time"
        return entries

    def awaited(self, look: Callable[[], V], is_there: Callable[[V], bool], *, seconds: float = 60) -> V:
        return await_value(look, is_there, seconds=seconds)

    @contextmanager
    def without_broker(self, *, fresh: bool) -> Iterator[None]:
        """Kills the broker for the time of the block; `fresh` brings it back with nothing in it."""
        with self.stack.unwatched():
            self.stack.broker.kill()
            yield
            self.broker.start(fresh=fresh)
            self.stack.provide_topics()

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Kills PostgreSQL for the time of the block."""
        with self.stack.unwatched():
            self.stack.postgres.kill()
            yield
            self.stack.postgres.start()

    @contextmanager
    def without_services(self, *names: str) -> Iterator[None]:
        """Stops these services, or all of them, for the time of the block."""
        stopped = [self.stack.services[name] for name in names or self.stack.services]
        with self.stack.unwatched():
            for process in stopped:
                process.ask_to_stop()
            for process in stopped:
                process.stop()
            yield
            for process in stopped:
                process.start()
            for process in stopped:
                process.wait_ready()

    def operator(self, *words: str, answers: str = "", program: str = "plein.command") -> tuple[int, str]:
        """An operator in the folder of the stack, with nothing else in the environment than where that and the broker are."""
        ports = {f"PLEIN_{name.upper()}_PORT": str(port) for name, port in self.stack.settings.ports.items()}
        broker = {"BROKER_SERVERS": self.broker.address, "BROKER_DURABLE": str(self.durable).lower()}
        ran = subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-m", program, *words],
            env=PASSED_ON | ports | broker | {"PLEIN_HOME": str(self.stack.folder)},
            input=answers,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr

    def keys(self, answers: Sequence[Mapping[str, Any]]) -> set[str]:
        return {str(each["eventKey"]) for answer in answers for each in answer["interactions"]}

    def _note(self, line: str) -> None:
        self.told.append(line)


@contextmanager
def a_town(engines: Engines, kind: str, name: str) -> Iterator[RunningTown]:
    """A town on a broker of its own, up and ready; skips the test that asks for an engine that is not here."""
    if kind == APACHE_KAFKA and (why := engines.why_no_apache_kafka()) is not None:
        pytest.skip(f"NOT EXERCISED on {kind}: {why}")
    town = RunningTown(engines.folder / f"{name}-{kind}", engines.new_broker(kind))
    town.start()
    yield town
    town.stop()


def a_form(bsn: str, **said: Any) -> dict[str, Any]:
    """Returns a web form of a citizen who is signed in."""
    return {
        "id": f"form-{secrets.token_hex(6)}",
        "signedIn": {"bsn": bsn, "level": "substantial"},
        "matter": "aow",
        "summary": "Wanneer kan ik mijn AOW aanvragen?",
        **said,
    }


def a_call(bsn: str, **said: Any) -> dict[str, Any]:
    """Returns a call with one question."""
    return {
        "id": f"call-{secrets.token_hex(6)}",
        "citizen": {"bsn": bsn},
        "agent": "s.bakker",
        "startedAt": "2026-11-18T10:02:00+01:00",
        "reached": True,
        "questions": [{"matter": "aow", "summary": "Vraagt of de aanvraag is aangekomen."}],
        **said,
    }


def a_visit(bsn: str, **said: Any) -> dict[str, Any]:
    """Returns a visit to the counter with one question."""
    return {
        "id": f"visit-{secrets.token_hex(6)}",
        "desk": "balie 3",
        "visit": "walk_in",
        "citizen": {"bsn": bsn},
        "identityCheck": {"document": "id_card"},
        "employee": "j.jansen",
        "occurredAt": "2026-11-19T13:40:00+01:00",
        "questions": [{"matter": "aow", "summary": "Komt met de brief over de AOW."}],
        **said,
    }


def a_member_question(bsn: str, **said: Any) -> dict[str, Any]:
    """Returns a question a senior club asks for a member."""
    return {
        "id": f"vraag-{secrets.token_hex(6)}",
        "member": {"bsn": bsn, "memberNumber": "L-20417"},
        "consentText": "Ik vind het goed dat de seniorenclub dit voor mij vraagt.",
        "volunteer": "k.smit",
        "matter": "aow",
        "summary": "Ons lid wil weten of de aanvraag compleet is.",
        "occurredAt": "2026-11-20T15:00:00+01:00",
        **said,
    }


def _made_up_bsns() -> Iterator[str]:
    numbers = (f"{number:09d}" for number in itertools.count(999_100_000 + secrets.randbelow(400_000)))
    return (number for number in numbers if bsn_number.is_valid(number))
