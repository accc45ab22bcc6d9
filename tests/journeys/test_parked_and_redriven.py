"""What no version of today can read waits, whole, in every reader; the version that can read it lands it once."""

import asyncio

import psycopg

from a_later_version import FIRST, SECOND
from builders import a_citizen, a_contact_point, a_ref, an_interaction
from contact_events.codec import write_event
from contact_events.topics import INTERACTIONS
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from plein.services import SERVICES
from running_town import RunningTown

REASON = "unknown_major_version"
READERS = tuple(service.name for service in SERVICES if INTERACTIONS in service.reads)


def test_an_event_of_a_later_version_is_parked_by_each_reader_and_lands_once_after_the_upgrade(town: RunningTown) -> None:
    """The services go on running; the command brings the version that knows it, and its own handler for each."""
    she = a_citizen("from a later version")
    call = an_interaction(event_id="later-1", citizen=she, contact_points=(a_contact_point("later"),))
    raw = write_event(call).replace(FIRST.encode(), SECOND.encode())
    asyncio.run(published(town, ToSay("interactions", call.citizen.value, raw, call.key)))

    town.awaited(lambda: [town.operator("parked", "list", "--service", name)[1] for name in READERS], parked_by_each)
    too_early = [town.operator("parked", "redrive", "--reason", REASON, "--service", name) for name in READERS]
    later = [
        town.operator("parked", "redrive", "--reason", REASON, "--service", name, program="a_later_version") for name in READERS
    ]
    once_more = [
        town.operator("parked", "redrive", "--reason", REASON, "--service", name, program="a_later_version") for name in READERS
    ]

    assert {code for code, _ in too_early} == {1}, too_early
    assert all(f"still parked, {REASON}" in told for _, told in too_early)
    assert {code for code, _ in later} == {0}, later
    assert all("1 landed" in told or "1 ignored" in told for _, told in later), later
    assert {code for code, _ in once_more} == {0}, once_more
    assert town.operator("parked", "list", "--reason", REASON) == (0, "Nothing is parked.\n")
    with psycopg.connect(town.stack.databases["timeline"]) as connection:
        entries = connection.execute(
            "SELECT event_id FROM timeline.entry WHERE citizen = %s", (a_ref("from a later version").uuid,)
        )
        assert entries.fetchall() == [(call.key,)]


def parked_by_each(told: list[str]) -> bool:
    return all(REASON in each for each in told)


async def published(town: RunningTown, event: ToSay) -> None:
    publisher = KafkaPublisher(town.stack.broker_settings)
    try:
        await publisher.publish([event])
    finally:
        await publisher.stop()
