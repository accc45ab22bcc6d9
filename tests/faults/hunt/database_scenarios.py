"""PostgreSQL dies, hangs, is slow, or its connections are cut, also around a COMMIT."""

import time

from faults.hunt.bad_network import AWAY_S, bad_for_a_while, cut_again_and_again
from faults.hunt.hunted_process import awaited
from faults.hunt.proxy import Mode
from faults.hunt.scenario import Ground, scenario

HITS = 3
MOST_LET_THROUGH = 6


@scenario("database-killed-in-a-batch", small=True)
def database_killed_in_a_batch(ground: Ground) -> None:
    """PostgreSQL is killed while a worker has a COPY open, and is started again."""
    town, worker = ground.town, ground.town.workers[0]
    with ground.sending():
        ground.under_way()
        worker.arm("in_copy", "freeze")
        worker.wait_frozen()
        town.postgres.kill()
        struck_at = time.monotonic()
        worker.resume()
        town.postgres.start()
        ground.measure("database_started_after_s", time.monotonic() - struck_at)
        ground.recovered("recovery_database_s", struck_at)
    town.settled()
    assert worker.is_running, "the worker must wait for its database, not end"


@scenario("database-away-for-a-while")
def database_away_for_a_while(ground: Ground) -> None:
    """PostgreSQL is gone for some seconds: senders are accepted all the time, workers wait with back-off."""
    town = ground.town
    with ground.sending():
        ground.under_way()
        town.postgres.kill()
        before = len(town.history.accepted)
        time.sleep(AWAY_S)
        accepted = len(town.history.accepted) - before
        town.postgres.start()
    town.settled()
    assert accepted > 0, "nothing was accepted while the database was away"
    assert all(worker.is_running for worker in town.workers)


@scenario("commit-cut-after-it-was-heard", small=True)
def commit_cut_after_it_was_heard(ground: Ground) -> None:
    """The connection is cut after COMMIT was sent and done, and before its answer is heard: the retry is refused."""
    cut_commits(ground, after_it_was_heard=True, until='"event":"batch_refused"')


@scenario("commit-cut-before-it-was-heard")
def commit_cut_before_it_was_heard(ground: Ground) -> None:
    """The connection is cut before COMMIT is heard: nothing was written, and the retry writes it."""
    cut_commits(ground, after_it_was_heard=False, until='"event":"batch_retried"')


def cut_commits(ground: Ground, *, after_it_was_heard: bool, until: str) -> None:
    """Cuts commits until a worker says that one of its own was hit; others belong to its pages and its relay."""
    town = ground.town

    def told() -> int:
        return sum(worker.said(until) for worker in town.workers)

    wanted = told() + HITS

    def are_hit() -> bool:
        if town.postgres_proxy.cut_once is None and told() < wanted:
            # A reader that finds its place commits too: cut every time, it would never come as far as a batch.
            let_through = ground.dice.randrange(MOST_LET_THROUGH)
            town.postgres_proxy.cut_a_commit(after_it_was_heard=after_it_was_heard, let_through=let_through)
        return told() >= wanted

    with ground.sending():
        ground.under_way()
        awaited(are_hit, "commits of the workers are cut")
        town.postgres_proxy.cut_once = None
    town.settled()


@scenario("database-connections-cut")
def database_connections_cut(ground: Ground) -> None:
    """All connections to PostgreSQL are cut, again and again."""
    cut_again_and_again(ground, ground.town.postgres_proxy)


@scenario("database-hangs")
def database_hangs(ground: Ground) -> None:
    """PostgreSQL answers nothing for some seconds (SIGSTOP), with its connections open."""
    town = ground.town
    with ground.sending():
        ground.under_way()
        town.postgres.pause()
        time.sleep(AWAY_S)
        town.postgres.resume()
    town.settled()


@scenario("network-to-the-database-hangs")
def network_to_the_database_hangs(ground: Ground) -> None:
    """What is sent to PostgreSQL stays under way for some seconds and then comes after all."""
    bad_for_a_while(ground, ground.town.postgres_proxy, Mode.HUNG)


@scenario("network-to-the-database-slow")
def network_to_the_database_slow(ground: Ground) -> None:
    """Everything between services and PostgreSQL takes 50 ms more, each way."""
    bad_for_a_while(ground, ground.town.postgres_proxy, Mode.SLOW)
