"""The broker dies, hangs, is cut off, comes back empty, loses what a position counts, or gets more partitions."""

import asyncio
import time

from engines import APACHE_KAFKA
from faults.hunt.bad_network import AWAY_S, bad_for_a_while, cut_again_and_again
from faults.hunt.hunted_process import awaited
from faults.hunt.moving import begin_again
from faults.hunt.proxy import Mode
from faults.hunt.scenario import Ground, scenario
from faults.hunt.town import TOPIC

MORE_PARTITIONS = 6
# One client that asks without a pause writes thousands.
MOST_LINES_A_SECOND = 200


@scenario("broker-killed-and-restarted", small=True)
def broker_killed_and_restarted(ground: Ground) -> None:
    """The broker is killed and started again; the embedded one comes back empty, and the journals say everything again."""
    town = ground.town
    with ground.sending():
        ground.under_way()
        town.broker.kill()
        struck_at = time.monotonic()
        town.start_broker()
        ground.measure("broker_started_after_s", time.monotonic() - struck_at)
        ground.recovered("recovery_broker_s", struck_at)
    town.settled()
    assert all(worker.is_running for worker in town.workers), "a worker ended because its broker was away"


@scenario("broker-stopped-for-a-while")
def broker_stopped_for_a_while(ground: Ground) -> None:
    """The broker leaves in order, nobody listens at its address, and whoever waits for it does so quietly."""
    town = ground.town
    waiting = (*town.workers, *town.adapters)
    with ground.sending():
        ground.under_way()
        town.broker.stop()
        town.broker_proxy.shut()
        before = {each.name: each.lines for each in waiting}
        time.sleep(AWAY_S)
        loud = {each.name: count for each in waiting if (count := each.lines - before[each.name]) > MOST_LINES_A_SECOND * AWAY_S}
        town.broker_proxy.open()
        town.start_broker()
    town.settled()
    assert not loud, f"lines in {AWAY_S:.0f} s without a broker: {loud}"


@scenario("broker-hangs")
def broker_hangs(ground: Ground) -> None:
    """The broker answers nothing for some seconds (SIGSTOP): the journals answer the senders."""
    town = ground.town
    with ground.sending():
        ground.under_way()
        town.broker.pause()
        before = len(town.history.accepted)
        time.sleep(AWAY_S)
        accepted = len(town.history.accepted) - before
        town.broker.resume()
    town.settled()
    assert accepted > 0, "nothing was accepted while the broker hung"


@scenario("broker-connections-cut")
def broker_connections_cut(ground: Ground) -> None:
    """All connections to the broker are cut, again and again."""
    cut_again_and_again(ground, ground.town.broker_proxy)


@scenario("network-to-the-broker-hangs")
def network_to_the_broker_hangs(ground: Ground) -> None:
    """What is sent to the broker stays under way for some seconds and then comes after all."""
    bad_for_a_while(ground, ground.town.broker_proxy, Mode.HUNG)


@scenario("durable-broker-back-empty", engines=(APACHE_KAFKA,))
def durable_broker_back_empty(ground: Ground) -> None:
    """A broker that must not forget comes back empty: readers end with a sentence, and go on when an operator moves them."""
    town = ground.town
    ground.burst(4)
    town.settled()
    before = _said(ground, "LogReplaced")
    with ground.sending():
        ground.under_way()
        town.broker.kill()
        town.start_broker(fresh=True)
        for worker in town.workers:
            assert worker.wait_gone() == 1
        asyncio.run(begin_again(town))
        town.all_running()
    town.settled()
    assert _said(ground, "LogReplaced") >= before + len(town.workers)


@scenario("position-beyond-the-end-of-the-log", engines=(APACHE_KAFKA,))
def position_beyond_the_end_of_the_log(ground: Ground) -> None:
    """A position beyond the end of the log ends the worker with a sentence; it is never silently set back."""
    town = ground.town
    ground.burst(2)
    town.settled()
    before = _said(ground, "LogEndsEarlier")
    for worker in town.workers:
        worker.stop()
    moved = f"UPDATE timeline.stream_position SET next_offset = next_offset %s 1000 WHERE topic = '{TOPIC}'"
    town.rows.execute(moved.replace("%s", "+"))
    for worker in town.workers:
        worker.start()
    for worker in town.workers:
        assert worker.wait_gone() == 1
    town.rows.execute(moved.replace("%s", "-"))
    town.all_running()
    ground.burst(2)
    town.settled()
    assert _said(ground, "LogEndsEarlier") > before


@scenario("partitions-grown-under-load", engines=(APACHE_KAFKA,))
def partitions_grown_under_load(ground: Ground) -> None:
    """The topic gets six more partitions while events come in."""
    town = ground.town
    wanted = town.partitions + MORE_PARTITIONS
    read = f"SELECT count(*) FROM timeline.stream_position WHERE topic = '{TOPIC}' AND next_offset > 0"
    with ground.sending():
        ground.under_way()
        town.provide_topics(wanted)
        awaited(lambda: town.rows.count(read) == wanted, "events are read from every new partition")
    town.settled()


def _said(ground: Ground, text: str) -> int:
    return sum(worker.said(text) for worker in ground.town.workers)
