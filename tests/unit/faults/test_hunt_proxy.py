"""The proxy of the loss hunt, on a server that answers every message: it carries, slows, hangs and cuts."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from faults.hunt.proxy import Mode, TcpProxy
from plein.local.ports import LOOPBACK


class Answering:
    """A server that notes what it hears and answers it in capitals."""

    def __init__(self) -> None:
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listening.getsockname()[1])
        self.heard: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with closing(connection):
            try:
                while said := connection.recv(1000):
                    self.heard.append(said)
                    connection.sendall(said.upper())
            except OSError:
                return

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def server() -> Iterator[Answering]:
    made = Answering()
    yield made
    made.close()


@pytest.fixture
def proxy(server: Answering) -> Iterator[TcpProxy]:
    made = TcpProxy(server.port, slow_s=0.1)
    made.start()
    yield made
    made.stop()


def connected(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=5)


def asked(connection: socket.socket, said: bytes) -> bytes:
    """Returns the answer; nothing when the connection was cut."""
    try:
        connection.sendall(said)
        return connection.recv(1000)
    except ConnectionError:
        return b""


def test_it_carries_both_ways(proxy: TcpProxy) -> None:
    with closing(connected(proxy)) as connection:
        assert asked(connection, b"hello") == b"HELLO"


def test_a_cut_ends_every_connection_and_new_ones_are_carried(proxy: TcpProxy) -> None:
    with closing(connected(proxy)) as connection:
        asked(connection, b"hello")
        assert proxy.cut() == 2
        assert asked(connection, b"again") == b""

    with closing(connected(proxy)) as connection:
        assert asked(connection, b"hello") == b"HELLO"


def test_a_slow_one_takes_its_time_both_ways(proxy: TcpProxy) -> None:
    proxy.mode = Mode.SLOW
    with closing(connected(proxy)) as connection:
        started = time.monotonic()
        assert asked(connection, b"hello") == b"HELLO"

    assert time.monotonic() - started >= 0.2


def test_a_hung_one_says_nothing_until_it_hangs_no_more(proxy: TcpProxy) -> None:
    with closing(connected(proxy)) as connection:
        proxy.mode = Mode.HUNG
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            asked(connection, b"hello")
        proxy.mode = Mode.PASS
        connection.settimeout(5)
        assert connection.recv(1000) == b"HELLO"


@pytest.mark.parametrize(
    ("after_it_was_heard", "heard"),
    [(True, [b"COMMIT one", b"x", b"COMMIT"]), (False, [b"COMMIT one", b"x"])],
)
def test_a_commit_is_cut_once_before_or_after_it_was_heard(
    proxy: TcpProxy, server: Answering, after_it_was_heard: bool, heard: list[bytes]
) -> None:
    cut = proxy.cut_a_commit(after_it_was_heard=after_it_was_heard, let_through=1)
    with closing(connected(proxy)) as connection:
        assert asked(connection, b"COMMIT one") == b"COMMIT ONE"
        assert asked(connection, b"x") == b"X"
        assert not cut.done
        assert asked(connection, b"COMMIT") == b""

    deadline = time.monotonic() + 5
    while not cut.done:
        assert time.monotonic() < deadline, "the cut was not made"
    assert server.heard == heard
    with closing(connected(proxy)) as connection:
        assert asked(connection, b"COMMIT") == b"COMMIT"
