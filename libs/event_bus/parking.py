"""What is set aside is also said: on the parked neighbour of its topic, whole, for operators to see."""

import uuid

from event_bus.records import ToPark, ToSay

_PARKED_EVENTS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:plein:parked")


def parked_topic(topic: str) -> str:
    """Returns the topic on which is said what readers of this one set aside."""
    return f"{topic}-parked"


def said_of(parked: ToPark, reader: str, log_id: str) -> ToSay:
    """Returns the record as it came, with headers that say why it was set aside, by whom and where it stood.

    The fault's detail stays in the table. A record without key or value is said with an empty one, and a header that
    says which it lacks. The event key is derived from the place, so saying it again is the same event.
    """
    record = parked.record
    lacks = [name for name, part in (("key", record.key), ("value", record.value)) if part is None]
    ours = {
        "parked-reason": parked.reason,
        "parked-reader": reader,
        "parked-topic": record.topic,
        "parked-partition": str(record.partition),
        "parked-offset": str(record.offset),
        "parked-log-id": log_id,
        **({"parked-lacks": ",".join(lacks)} if lacks else {}),
    }
    # A record that was parked, put back by hand and parked again tells of the last time only.
    theirs = [(name, value) for name, value in record.headers if not name.startswith("parked-")]
    place = "\x00".join((reader, log_id, record.topic, str(record.partition), str(record.offset)))
    return ToSay(
        parked_topic(record.topic),
        record.key or b"",
        record.value or b"",
        uuid.uuid5(_PARKED_EVENTS, place),
        (*theirs, *((name, value.encode()) for name, value in ours.items())),
    )
