"""Timeline workers die, freeze, join and leave."""

import signal
import time

from faults.hunt.hunted_process import awaited
from faults.hunt.scenario import Ground, scenario


def killed_at(ground: Ground, step: str) -> None:
    """Kills a worker at a step while events come in, and starts it again."""
    doomed = ground.town.workers[0]
    with ground.sending():
        ground.under_way()
        doomed.arm(step)
        assert doomed.wait_gone() == -signal.SIGKILL
        struck_at = time.monotonic()
        doomed.start()
        ground.recovered("recovery_worker_s", struck_at)
    ground.town.settled()


@scenario("worker-killed-before-the-write")
def worker_killed_before_the_write(ground: Ground) -> None:
    """A timeline worker is killed with a batch in hand of which nothing is written."""
    killed_at(ground, "before_write")


@scenario("worker-killed-in-the-copy", small=True)
def worker_killed_in_the_copy(ground: Ground) -> None:
    """A timeline worker is killed with a COPY open."""
    killed_at(ground, "in_copy")


@scenario("worker-killed-before-the-position")
def worker_killed_before_the_position(ground: Ground) -> None:
    """A timeline worker is killed with its rows written and its position not."""
    killed_at(ground, "before_position")


@scenario("worker-killed-after-the-commit", small=True)
def worker_killed_after_the_commit(ground: Ground) -> None:
    """A timeline worker is killed right after its commit."""
    killed_at(ground, "after_commit")


@scenario("worker-killed-before-the-kafka-commit")
def worker_killed_before_the_kafka_commit(ground: Ground) -> None:
    """A timeline worker is killed before it tells Kafka where it stands."""
    killed_at(ground, "before_kafka_commit")


@scenario("hung-worker-ends-itself")
def hung_worker_ends_itself(ground: Ground) -> None:
    """A worker hangs with a batch in hand and lag behind it: its own watchdog ends it, and a new process does better."""
    hung = ground.town.workers[0]
    told_before = hung.said("life.Stalled")
    with ground.sending():
        ground.under_way()
        hung.arm("before_write", "hang")
        assert hung.wait_gone() == 1
        hung.start()
    assert hung.said("life.Stalled") > told_before
    ground.town.settled()


@scenario("zombie-before-the-write", small=True)
def zombie_before_the_write(ground: Ground) -> None:
    """A worker is frozen with a batch in hand for longer than its session, and its write is refused when it wakes."""
    frozen_at(ground, "before_write")


@scenario("zombie-in-the-copy")
def zombie_in_the_copy(ground: Ground) -> None:
    """A worker is frozen in an open transaction for longer than its session: others go on, and it writes nothing."""
    frozen_at(ground, "in_copy")


def frozen_at(ground: Ground, step: str) -> None:
    """Freezes a worker at a step; its successor does its work before it wakes."""
    zombie = ground.town.workers[0]
    told_before = refusals(ground)
    with ground.sending():
        ground.under_way()
        zombie.arm(step, "freeze")
        zombie.wait_frozen()
    ground.town.settled()
    zombie.resume()
    awaited(lambda: refusals(ground) > told_before, "the zombie's write is refused or let go")
    ground.burst(2)
    ground.town.settled()


def refusals(ground: Ground) -> int:
    zombie = ground.town.workers[0]
    return zombie.said('"event":"batch_refused"') + zombie.said('"event":"batch_let_go"')
