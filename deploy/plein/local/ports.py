"""Loopback ports: which are free, which are listened on, and the one way an engine says that it cannot start."""

import socket
from contextlib import ExitStack, closing

LOOPBACK = "127.0.0.1"


class CannotStart(RuntimeError):
    """An engine or service did not start. The message is a sentence for the person at the screen."""


def free_port() -> int:
    """Returns a loopback port that nobody listens on at this moment."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Returns that many different free loopback ports: held together while they are drawn, so that none comes twice."""
    with ExitStack() as held:
        probes = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def is_listened_on(port: int) -> bool:
    """Says whether something answers on this loopback port."""
    with closing(socket.socket()) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((LOOPBACK, port)) == 0


def can_be_bound(port: int) -> bool:
    """Says whether this loopback port is free to listen on, whatever its last owner left in TIME_WAIT."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def require_free(port: int, name: str) -> None:
    """Raises CannotStart when somebody listens there already, who would answer in the place of what is started."""
    if not can_be_bound(port):
        raise CannotStart(f"{name} cannot listen on port {port}: something else already does.")
