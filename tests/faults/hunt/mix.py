"""The random mix: named faults in an order that the seed decides, some of them on a network that is bad all the time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from faults.hunt.anything_scenarios import play_examples
from faults.hunt.every_scenario import ALL
from faults.hunt.proxy import Mode, TcpProxy
from faults.hunt.scenario import Ground

ANYTHING = "anything-in-any-order"
# What a fault weighs; those that leave a town as it was, and do not need a quiet one.
WEIGHTS = {
    "worker-killed-before-the-write": 2,
    "worker-killed-in-the-copy": 3,
    "worker-killed-before-the-position": 2,
    "worker-killed-after-the-commit": 3,
    "worker-killed-before-the-kafka-commit": 1,
    "zombie-before-the-write": 2,
    "zombie-in-the-copy": 2,
    "database-killed-in-a-batch": 3,
    "database-away-for-a-while": 1,
    "commit-cut-after-it-was-heard": 3,
    "commit-cut-before-it-was-heard": 3,
    "database-connections-cut": 2,
    "database-hangs": 1,
    "network-to-the-database-hangs": 1,
    "broker-killed-and-restarted": 3,
    "broker-hangs": 1,
    "broker-connections-cut": 2,
    "network-to-the-broker-hangs": 1,
    "adapter-killed-before-it-publishes": 2,
    "adapter-killed-after-it-published": 2,
    "adapters-killed-with-accepted-events": 2,
    "poison-of-every-kind": 1,
    ANYTHING: 2,
    "repeats-any-order-late-and-wrong-clocks": 1,
}
# The rest of these names says what is not to happen twice at once.
WITH_BAD_NETWORK = ("worker-", "zombie-", "adapter-", "repeats-")
SHARE_WITH_BAD_NETWORK = 0.4


@dataclass(frozen=True, slots=True)
class RandomFault:
    """One fault of the mix, under the name that the table tells it by."""

    name: str
    play: Callable[[Ground], None]


class Mix:
    """Equal seeds give equal faults in equal order."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(f"{seed} mix")

    def next_fault(self) -> RandomFault:
        [name] = self._dice.choices([*WEIGHTS], [*WEIGHTS.values()])
        seed = self._dice.randrange(1 << 32)
        if name == ANYTHING:
            return RandomFault(f"mix: {name}", lambda ground: play_examples(ground, 1, seed))
        if not name.startswith(WITH_BAD_NETWORK) or self._dice.random() > SHARE_WITH_BAD_NETWORK:
            return RandomFault(f"mix: {name}", ALL[name].play)

        def play(ground: Ground) -> None:
            with bad_network(ground, Random(seed)):
                ALL[name].play(ground)

        return RandomFault(f"mix: {name}, bad network", play)


@contextmanager
def bad_network(ground: Ground, dice: Random) -> Iterator[None]:
    """Cuts and slows the ways to database and broker at random moments."""
    over = threading.Event()

    def disturb() -> None:
        while not over.wait(dice.uniform(0.2, 1.5)):
            proxy: TcpProxy = dice.choice([ground.town.postgres_proxy, ground.town.broker_proxy])
            if dice.random() < 0.5:
                proxy.cut()
                continue
            proxy.mode = Mode.SLOW
            over.wait(dice.uniform(0.1, 0.6))
            proxy.mode = Mode.PASS

    disturbing = threading.Thread(target=disturb, name="hunt-bad-network", daemon=True)
    disturbing.start()
    try:
        yield
    finally:
        over.set()
        disturbing.join()
