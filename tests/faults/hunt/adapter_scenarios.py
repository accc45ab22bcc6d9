"""Adapters die between accepting and publishing, and find no room for their journal: 2xx means it arrives."""

import resource
import signal
from contextlib import suppress

import httpx2

from faults.hunt.history import ACCEPTED
from faults.hunt.hunted_process import awaited
from faults.hunt.scenario import Ground, scenario
from faults.hunt.sending import Post

JOURNAL_ROOM = 600_000
UNAVAILABLE = 503


@scenario("adapter-killed-before-it-publishes", small=True)
def adapter_killed_before_it_publishes(ground: Ground) -> None:
    """An adapter is killed when its journal has the event and the broker has not."""
    killed_at(ground, "before_publish")


@scenario("adapter-killed-after-it-published")
def adapter_killed_after_it_published(ground: Ground) -> None:
    """An adapter is killed when the broker has the event and neither sender nor journal know."""
    killed_at(ground, "after_publish")


def killed_at(ground: Ground, step: str) -> None:
    """Kills an adapter at a step while senders send, and starts it again."""
    doomed = ground.town.adapters[0]
    with ground.sending():
        doomed.arm(step)
        assert doomed.wait_gone() == -signal.SIGKILL
        doomed.start()
    ground.town.settled()


@scenario("adapters-killed-with-accepted-events", small=True)
def adapters_killed_with_accepted_events(ground: Ground) -> None:
    """All adapters are killed while the broker hangs: what was answered with 202 is in their journals alone."""
    town = ground.town
    town.broker.pause()
    with ground.sending():
        ground.under_way(100)
        for adapter in town.adapters:
            adapter.kill()
        town.broker.resume()
        for adapter in town.adapters:
            adapter.start()
    town.settled()


@scenario("no-room-for-the-journal")
def no_room_for_the_journal(ground: Ground) -> None:
    """The journal can grow no further and the broker hangs: 503, nothing half kept; with room again it is accepted by itself."""
    town = ground.town
    adapter = town.new_adapter(f"narrow{len(town.history.lines)}")
    adapter.start()
    adapter.wait_ready()
    post = Post(town)
    try:
        # A file may be no longer than this for the process: what writes to a full disk hears nearly the same.
        resource.prlimit(adapter.process.pid, resource.RLIMIT_FSIZE, (JOURNAL_ROOM, resource.RLIM_INFINITY))
        town.broker.pause()
        refused = ground.events.batch(25)
        awaited(lambda: {line.status for line in post.send(ground.events.batch(25), adapter)} == {UNAVAILABLE}, "it answers 503")
        assert {line.status for line in post.send(refused, adapter)} == {UNAVAILABLE}
        town.broker.resume()
        with suppress(httpx2.HTTPError):
            post.send(ground.events.batch(25), adapter)
        resource.prlimit(adapter.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        awaited(lambda: {line.status for line in post.send(refused, adapter)} == {ACCEPTED}, "it accepts again by itself")
        town.settled()
    finally:
        town.broker.resume()
        adapter.stop()
