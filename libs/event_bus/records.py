"""What travels: a record that was read, a batch of them, what is to be said, and what became of a batch."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

ERASED = "erased"


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record as it stood in the log. A value of None is a tombstone."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int = 0


class Batch(msgspec.Struct, frozen=True):
    """Records of one partition, in order, never empty.

    `position` is where the stored position must stand for this batch to be taken; None means at its first record.
    """

    topic: str
    partition: int
    records: Sequence[Record]
    position: int | None = None

    @property
    def source(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)

    @property
    def first_offset(self) -> int:
        return self.records[0].offset

    @property
    def next_offset(self) -> int:
        """Where reading goes on after this batch."""
        return self.records[-1].offset + 1

    @property
    def expected_position(self) -> int:
        return self.first_offset if self.position is None else self.position


class Arrivals(Protocol):
    """What a handler gets: records of one topic, never empty, those of each partition in their order. A batch is such."""

    @property
    def topic(self) -> str: ...
    @property
    def records(self) -> Sequence[Record]: ...


class TopicRecords(msgspec.Struct, frozen=True):
    """The records of all batches of one topic that are written together."""

    topic: str
    records: Sequence[Record]


class ToSay(msgspec.Struct, frozen=True):
    """An event to publish. `event_key` is derived from what caused it, so that saying it again is the same event."""

    topic: str
    key: bytes
    value: bytes
    event_key: UUID
    headers: tuple[tuple[str, bytes], ...] = ()


class ToPark(msgspec.Struct, frozen=True):
    """A record that cannot be processed yet. `detail` names the fault and the field, never a value of the event."""

    record: Record
    reason: str
    detail: str = ""


class Handled(msgspec.Struct, frozen=True):
    """What a handler made of what it got. Ignored counts are per reason."""

    kept: int = 0
    repeated: int = 0
    ignored: Mapping[str, int] = {}
    parked: Sequence[ToPark] = ()
    say: Sequence[ToSay] = ()

    def without(self, is_erased: Callable[[ToPark], bool]) -> "Handled":
        """Returns the same, with what an erasure covers ignored instead of parked."""
        parked = [each for each in self.parked if not is_erased(each)]
        count = len(self.parked) - len(parked)
        if not count:
            return self
        return msgspec.structs.replace(self, parked=parked, ignored={**self.ignored, ERASED: self.ignored.get(ERASED, 0) + count})

    def and_then(self, later: "Handled") -> "Handled":
        """Returns the sum of this and of what became of the records after it."""
        reasons = {**self.ignored, **later.ignored}
        return Handled(
            kept=self.kept + later.kept,
            repeated=self.repeated + later.repeated,
            ignored={reason: self.ignored.get(reason, 0) + later.ignored.get(reason, 0) for reason in reasons},
            parked=[*self.parked, *later.parked],
            say=[*self.say, *later.say],
        )
