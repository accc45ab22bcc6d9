"""How a record that was set aside is said: whole, with why and where, once per place, and nothing of the fault's detail."""

import msgspec
import pytest

from contact_events.topics import TOPICS
from event_bus.parking import parked_topic, said_of
from event_bus.records import Record, ToPark
from event_bus.tables import headers_from_rows, headers_to_rows

RECORD = Record("interactions", 3, 17, b"key", b"\x00bytes", (("content-type", b"text/plain"), ("n", b"\x00\xff")))


def parked(record: Record = RECORD) -> ToPark:
    return ToPark(record, "unreadable", "ValidationError at data.matter")


def test_a_record_set_aside_is_said_whole_with_why_by_whom_and_where_it_stood() -> None:
    said = said_of(parked(), "timeline", "log 1")

    assert (said.topic, said.key, said.value) == ("interactions-parked", b"key", b"\x00bytes")
    assert said.headers == (
        *RECORD.headers,
        ("parked-reason", b"unreadable"),
        ("parked-reader", b"timeline"),
        ("parked-topic", b"interactions"),
        ("parked-partition", b"3"),
        ("parked-offset", b"17"),
        ("parked-log-id", b"log 1"),
    )


def test_the_same_place_is_the_same_event_and_any_other_place_is_another() -> None:
    elsewhere = [msgspec.structs.replace(RECORD, **{name: value}) for name, value in (("offset", 18), ("partition", 4))]

    keys = [said_of(parked(), "timeline", "log 1").event_key for _ in range(2)]
    others = {
        said_of(parked(), "channel_router", "log 1").event_key,
        said_of(parked(), "timeline", "log 2").event_key,
        *(said_of(parked(each), "timeline", "log 1").event_key for each in elsewhere),
    }

    assert keys[0] == keys[1]
    assert len(others - {keys[0]}) == 4


def test_a_record_without_key_or_value_is_said_with_a_word_about_what_it_lacks() -> None:
    said = said_of(parked(Record("interactions", 0, 0, None, None)), "timeline", "log 1")

    assert (said.key, said.value) == (b"", b"")
    assert ("parked-lacks", b"key,value") in said.headers


def test_a_record_parked_again_tells_of_the_last_time_only() -> None:
    again = Record("interactions", 0, 5, b"key", b"v", said_of(parked(), "timeline", "log 1").headers)

    headers = said_of(parked(again), "timeline", "log 1").headers

    assert [value for name, value in headers if name == "parked-offset"] == [b"5"]


def test_readers_park_on_the_neighbour_that_the_catalogue_describes() -> None:
    assert {topic.name: parked_topic(topic.name) for topic in TOPICS} == {topic.name: topic.parked for topic in TOPICS}


@pytest.mark.parametrize("value", [b"", b"\x00", bytes(range(256)), "Ā".encode()])
def test_headers_of_any_bytes_come_back_from_their_column(value: bytes) -> None:
    headers = (("plain", value), ("naam-é\x00Ā", value))

    rows = headers_to_rows(headers)

    assert headers_from_rows(rows) == headers
    assert "\x00" not in "".join(text for row in rows for text in row)
