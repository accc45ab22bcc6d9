"""The Kafka libraries tell of every connection they make; what an operator needs of it are the warnings."""

import logging


def quieten() -> None:
    """Keeps the libraries under this package to warnings. May be called twice."""
    for name in ("kafka", "aiokafka", "faust", "mode", "event_bus.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)
