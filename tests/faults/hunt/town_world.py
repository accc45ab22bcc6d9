"""The real world that anything can happen to: adapters, broker, timeline processes and PostgreSQL of a hunted town."""

import asyncio
import itertools
import re
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx2

from builders import an_event
from contact_events.citizen_ref import CitizenRef, RefKind
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from contact_events.words import CitizenReference
from event_bus.broker_view import admin_client, ends_of, partitions_of
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from faults.hunt.events import made_up_bsns
from faults.hunt.history import ACCEPTED, Told
from faults.hunt.hunted_process import InVain, awaited
from faults.hunt.moving import begin_again
from faults.hunt.sending import ANSWER_S, SOURCE, TYPE
from faults.hunt.town import SETTLED_S, HuntedTown
from faults.whatever_happens import KINDS, MOST_SHOWN, NAMES, WORKERS, Shown, is_contact
from plein.topics import readers

STEPS = {"before": "before_write", "after": "after_commit"}
MATTER = "aow"
PATIENCE_S = 10.0
PURPOSE = "klantcontact"
FACTS = "citizen-facts"
_WAITING = re.compile(r"^journal_waiting (\S+)", re.MULTILINE)


class TownWorld:
    """People of their own in a town that stands. See World."""

    def __init__(self, town: HuntedTown, dice: Random) -> None:
        self.began_at = (datetime.now(UTC) - timedelta(days=1)).replace(second=0, microsecond=0)
        self._town = town
        self._workers = town.workers[:WORKERS]
        self._doors = itertools.cycle(town.adapters)
        self._client = httpx2.Client(timeout=ANSWER_S, trust_env=False)
        bsns, addresses = iter(made_up_bsns(dice)), (f"{dice.randrange(1 << 48):x}@example.nl" for _ in itertools.count())
        self._identifiers = {name: next(bsns if KINDS[name] == "bsn" else addresses) for name in NAMES}
        self._names = {self.citizen(name).ref: name for name in NAMES}
        town.all_running()

    def citizen(self, who: str) -> CitizenReference:
        return CitizenReference(ref=self._ref(who).text, kind=KINDS[who], assurance="substantial")

    def contact(self, name: str, who: str, *, logged_at: datetime, occurred_at: datetime) -> Event[Any]:
        data = InteractionRecorded(
            citizen=self.citizen(who),
            channel="web",
            direction="inbound",
            matter=MATTER,
            occurred_at=occurred_at,
            recorded_at=logged_at,
        )
        return an_event(data, event_id=name, source=SOURCE, logged_at=logged_at)

    def say(self, event: Event[Any]) -> None:
        """A contact goes through the next door, a fact onto its topic, as the service would say it that owns it."""
        if is_contact(event):
            awaited(lambda: self._is_accepted(event), "a contact is accepted")
        else:
            self._publish([event])

    def crash(self, moment: str, event: Event[Any]) -> None:
        """Arms both workers, for nobody knows to whom the event goes, and disarms who did not need it."""
        self.settle()
        for worker in self._workers:
            worker.arm(STEPS[moment])
        self.say(event)
        awaited(lambda: not all(worker.is_running for worker in self._workers), "a worker has ended")
        for worker in self._workers:
            worker.disarm()
            worker.start()

    def rebalance(self, owners: Sequence[int], *, in_order: bool) -> None:
        """A worker leaves in order, or is killed, and comes back; the broker decides who gets what."""
        leaver = self._workers[owners[0]]
        if in_order:
            leaver.resume()
            leaver.stop()
        else:
            leaver.kill()
        leaver.start()

    def freeze(self, number: int) -> None:
        for worker in self._workers:
            worker.start()
        self._workers[number].pause()

    def replay(self) -> None:
        asyncio.run(begin_again(self._town))

    def lose_the_log(self, said: Sequence[Event[Any]]) -> None:
        """The broker is killed and comes back; of what it forgot, journals say contacts again, and this says facts again."""
        self._town.broker.kill()
        self._town.start_broker()
        if not self._town.broker.durable:
            self._publish([event for event in said if not is_contact(event)])

    def settle(self) -> None:
        self._town.all_running()
        awaited(self._is_settled, "everything is read", SETTLED_S)

    def shown(self, expected: Mapping[str, Shown]) -> Mapping[str, Shown]:
        """Has a little patience: the embedded broker says of a partition that it ends before it does."""
        with suppress(InVain):
            awaited(lambda: self._shown() == expected, "the timelines show what they should", PATIENCE_S)
        return self._shown()

    def end(self, told: Sequence[Told]) -> None:
        """Leaves it to the checks of the town that all of it stays right."""
        self._client.close()
        self._town.history.note(told)

    def _shown(self) -> dict[str, Shown]:
        url, token = self._workers[0].url, self._town.token("agent")
        return {name: first_page(self._client, url, token, self._ref(name)) for name in NAMES}

    def _ref(self, who: str) -> CitizenRef:
        return self._town.pseudonyms.ref(RefKind(KINDS[who]), self._identifiers[who])

    def _is_accepted(self, event: Event[Any]) -> bool:
        who = self._names[event.citizen.text]
        door, token = next(self._doors), self._town.token("web")
        given = {KINDS[who]: self._identifiers[who]}
        body = {
            "specversion": "1.0",
            "id": event.id,
            "source": event.source,
            "type": TYPE,
            "time": event.logged_at.isoformat(),
            "data": {
                "citizen": given,
                "matter": event.data.matter,
                "summary": "Wanneer kan ik mijn AOW aanvragen?",
                "occurredAt": event.data.occurred_at.isoformat(),
            },
        }
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"}
        try:
            answer = self._client.post(f"{door.url}/v1/interactions", json=body, headers=headers)
        except httpx2.HTTPError:
            return False
        assert answer.status_code == ACCEPTED or answer.is_server_error, f"{answer.status_code}: {answer.text}"
        return answer.status_code == ACCEPTED

    def _publish(self, facts: Sequence[Event[Any]]) -> None:
        async def published() -> None:
            publisher = KafkaPublisher(self._town.broker_settings)
            try:
                await publisher.publish([ToSay(FACTS, each.citizen.value, write_event(each), each.key) for each in facts])
            finally:
                await publisher.stop()

        asyncio.run(published())

    def _is_settled(self) -> bool:
        """Says whether no journal has anything to say and every position is at the end of its partition."""
        if any(self._waiting(adapter.url) for adapter in self._town.adapters):
            return False
        with closing(admin_client(self._town.broker_settings, timeout_ms=5_000)) as admin:
            ends = ends_of(admin, partitions_of(admin, list(readers()["timeline"])))
        rows = self._town.rows.query("SELECT topic, partition, next_offset FROM timeline.stream_position")
        stands = {(topic, partition): position for topic, partition, position in rows}
        return all(stands.get((each.topic, each.partition), 0) >= end for each, end in ends.items())

    def _waiting(self, url: str) -> float:
        page = self._client.get(f"{url}/metrics").text
        found = _WAITING.search(page)
        assert found is not None, "an adapter tells how much its journal has to say"
        return float(found[1])


def first_page(client: httpx2.Client, url: str, token: str, ref: CitizenRef) -> Shown:
    """Returns what an agent is shown of a citizen."""
    answer = client.get(
        f"{url}/v1/citizens/{ref.text}/timeline",
        params={"purpose": PURPOSE, "limit": MOST_SHOWN},
        headers={"Authorization": f"Bearer {token}"},
    )
    answer.raise_for_status()
    page = answer.json()
    entries = [
        (UUID(each["id"]), CitizenRef.from_text(each["citizen"]["citizen"]).uuid, datetime.fromisoformat(each["occurredAt"]))
        for each in page["entries"]
    ]
    return Shown(tuple(entries), tuple(sorted(page["references"])))
