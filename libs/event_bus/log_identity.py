"""Which log is this? The broker's cluster id is the identity of everything in it.

Apache Kafka keeps its cluster id for ever. The embedded broker gets a new one at each start, because each start is an empty
log: an offset stored under another id says nothing about this one.
"""


class LogReplaced(RuntimeError):
    """A durable broker answers under another id than the positions were stored under."""

    def __init__(self, reader: str) -> None:
        super().__init__(
            f"the broker is not the one {reader} read before (another cluster id) and it is said to be durable: point "
            "broker_servers at the right broker, or move the positions on purpose with `plein replay`"
        )


class LogEndsEarlier(RuntimeError):
    """A stored position lies beyond the end of the log: the log lost events or was made anew."""

    def __init__(self, reader: str, topic: str, partition: int, position: int, end: int) -> None:
        super().__init__(
            f"{reader} stands at {position} of {topic}/{partition}, but the log ends at {end}: the broker lost events or the "
            "topic was made anew. Restore the broker, or move the position on purpose with `plein replay`"
        )


class LogBeginsLater(RuntimeError):
    """Events between a stored position and the begin of the log were deleted before they were read."""

    def __init__(self, reader: str, topic: str, partition: int, position: int, begin: int) -> None:
        super().__init__(
            f"{reader} stands at {position} of {topic}/{partition}, but the log begins at {begin}: events were deleted before "
            "they were read. Find them in the journals, then move the position on purpose with `plein replay`"
        )
