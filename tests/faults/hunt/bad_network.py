"""What may be wrong with any network between services and an engine, while events keep coming."""

import time

from faults.hunt.proxy import Mode, TcpProxy
from faults.hunt.scenario import Ground

CUTS = 8
AWAY_S = 4.0


def cut_again_and_again(ground: Ground, proxy: TcpProxy) -> None:
    """Cuts all connections at random moments, and returns when all that was accepted has arrived."""
    with ground.sending():
        ground.under_way()
        for _ in range(CUTS):
            proxy.cut()
            time.sleep(ground.dice.uniform(0.05, 0.4))
    ground.town.settled()


def bad_for_a_while(ground: Ground, proxy: TcpProxy, mode: Mode) -> None:
    """Passes everything on badly for some seconds, and returns when all that was accepted has arrived."""
    with ground.sending():
        ground.under_way()
        proxy.mode = mode
        time.sleep(AWAY_S)
        proxy.mode = Mode.PASS
    ground.town.settled()
