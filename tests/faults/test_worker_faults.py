"""Workers die, freeze, join and leave in the middle of a batch; every accepted event is one row all the same."""

import signal

import pytest

from faults.loss_hunt import Hunt, until

STEPS = {"before_write": 3, "in_copy": 3, "before_position": 3, "after_commit": 3, "before_kafka_commit": 1}


async def test_workers_killed_at_every_step_lose_nothing_and_write_nothing_twice(hunt: Hunt) -> None:
    """One life after the other, each killed at another step: rows and position are one transaction, Kafka does not count."""
    await hunt.prepare()

    for step, at in STEPS.items():
        await hunt.publish(1500)
        doomed = hunt.start_worker(step=step, at=at, how="kill")
        assert await doomed.ended() == -signal.SIGKILL, step
    hunt.start_worker()
    await hunt.everything_arrived()

    hunt.assert_each_exactly_once()


async def test_a_commit_whose_answer_was_lost_is_not_written_again(hunt: Hunt) -> None:
    """The retry finds the position moved, reads it again, and goes on after it."""
    await hunt.prepare()
    await hunt.publish(2000)

    worker = hunt.start_worker(step="after_commit", at=3, how="lose_answer")
    await hunt.everything_arrived()

    hunt.assert_each_exactly_once()
    assert worker.said("batch_refused") >= 1


async def test_workers_that_join_and_leave_in_the_middle_lose_nothing(hunt: Hunt) -> None:
    """Partitions go from hand to hand: a second worker joins, the first leaves in order, a third joins, the second is killed."""
    await hunt.prepare()
    await hunt.publish(2000)

    first = hunt.start_worker()
    await until(lambda: hunt.count() > 0, "the first worker writes", explain=hunt.explain)
    second = hunt.start_worker()
    await hunt.publish(2000)
    await until(lambda: second.said("partitions_assigned") > 0, "the second worker has joined", explain=hunt.explain)
    await hunt.publish(2000)
    first.send(signal.SIGTERM)
    await hunt.publish(1000)
    assert await first.ended() == 0
    third = hunt.start_worker()
    await until(lambda: third.said("partitions_assigned") > 0, "the third worker has joined", explain=hunt.explain)
    await hunt.publish(1000)
    second.send(signal.SIGKILL)
    await hunt.everything_arrived()

    hunt.assert_each_exactly_once()


@pytest.mark.parametrize(("step", "outcomes"), [("before_write", ["refused"]), ("in_copy", ["refused", "let_go"])])
async def test_a_worker_frozen_longer_than_its_session_is_refused_when_it_wakes(
    hunt: Hunt, step: str, outcomes: list[str]
) -> None:
    """A zombie: its successor did its work, also when it froze holding the partition in an open transaction.

    That transaction was ended; before the zombie tries again it may learn that the partitions are no longer its own.
    """
    await hunt.prepare()
    await hunt.publish(2000)

    zombie = hunt.start_worker(step=step, at=3, how="freeze")
    await until(lambda: zombie.is_frozen, "the worker is frozen", explain=hunt.explain)
    hunt.start_worker()
    await hunt.everything_arrived()
    zombie.send(signal.SIGCONT)
    await until(
        lambda: any(zombie.said(f"batch_{each}") for each in outcomes) or hunt.count() > len(hunt.accepted),
        "the zombie writes or lets go",
        explain=hunt.explain,
    )
    await hunt.publish(500)
    await hunt.everything_arrived()

    hunt.assert_each_exactly_once()
    assert any(zombie.said(f"batch_{each}") for each in outcomes)


async def test_a_worker_asked_to_stop_ends_what_it_writes_and_leaves(hunt: Hunt) -> None:
    """SIGTERM in the middle: exit 0, position = rows, and the next worker goes on at once because the first left the group."""
    await hunt.prepare()
    await hunt.publish(6000)

    first = hunt.start_worker()
    await until(lambda: hunt.count() > 0, "the first worker writes", explain=hunt.explain)
    first.send(signal.SIGTERM)
    assert await first.ended() == 0
    assert hunt.stands_at() == hunt.count()
    hunt.start_worker()
    await hunt.everything_arrived()

    hunt.assert_each_exactly_once()
