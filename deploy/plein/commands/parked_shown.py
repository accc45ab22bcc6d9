"""How parked records look on an operator's screen: nothing personal on a list, nothing that the screen would obey."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from contact_events.codec import CannotRead, read_envelope
from event_bus.redriving import ParkedRecord

NO_TYPE = "-"
MOST_CHARACTERS = 20_000
MOST_HEX_BYTES = 1_024
_HEX_A_LINE = 32
# What is parked may say anything where its type should be; only words that can be a type of ours go on a list.
_TYPE = re.compile(r"nl(\.[a-z][a-z-]*)+\.v[0-9]{1,3}")
_LONGEST_TYPE = 80
_REASON = re.compile(r"[a-z][a-z0-9_]{0,60}")


class Listed(msgspec.Struct, frozen=True):
    """What a list tells of one record."""

    service: str
    parked_id: int
    parked_at: datetime
    place: str
    event_type: str
    reason: str
    tries: int

    @classmethod
    def of(cls, service: str, parked: ParkedRecord) -> "Listed":
        record = parked.record
        return cls(
            service=service,
            parked_id=parked.parked_id,
            parked_at=parked.parked_at,
            place=f"{record.topic}/{record.partition}@{record.offset}",
            event_type=event_type_of(record.value),
            reason=parked.reason if _REASON.fullmatch(parked.reason) else "unnamed",
            tries=parked.tries,
        )


def event_type_of(value: bytes | None) -> str:
    """Returns the type an event says it is, or a dash when it says none or something that cannot be a type."""
    try:
        said = read_envelope(value or b"").type
    except CannotRead:
        return NO_TYPE
    return said if len(said) <= _LONGEST_TYPE and _TYPE.fullmatch(said) else NO_TYPE


def listing(found: Iterable[Listed]) -> Iterator[str]:
    """Yields one line per record, then one per reason with its count."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in found:
        if not counts:
            yield f"{'service':<15}{'id':>8}  {'parked at':<20}  {'place':<32}  {'tries':>5}  {'reason':<24}  type"
        counts[each.service, each.reason] += 1
        yield (
            f"{each.service:<15}{each.parked_id:>8}  {moment(each.parked_at):<20}  {each.place:<32}  {each.tries:>5}  "
            f"{each.reason:<24}  {each.event_type}"
        )
    yield from (f"{service}: {count} {reason}" for (service, reason), count in sorted(counts.items()))
    if not counts:
        yield "Nothing is parked."


def shown(service: str, parked: ParkedRecord) -> Iterator[str]:
    """Yields all there is to know of one record, its bytes last."""
    record = parked.record
    tried = f", tried {parked.tries} times since, last at {moment(parked.tried_at)}" if parked.tried_at else ""
    yield f"{service} {parked.parked_id}: parked at {moment(parked.parked_at)}{tried}"
    yield f"reason    {on_one_line(parked.reason)}"
    yield f"detail    {on_one_line(parked.detail) or '-'}"
    yield f"position  {record.topic}, partition {record.partition}, offset {record.offset}, in log {on_one_line(parked.log_id)}"
    yield f"key       {_bytes_on_a_line(record.key)}"
    for name, value in record.headers:
        yield f"header    {on_one_line(name)}: {_bytes_on_a_line(value)}"
    yield f"value     {'none' if record.value is None else f'{len(record.value)} bytes'}"
    if record.value:
        yield from value_lines(record.value)


def value_lines(value: bytes) -> Iterator[str]:
    """Yields JSON as it is written, indented, or else its bytes in hexadecimal; both up to a limit that is told."""
    try:
        text = msgspec.json.format(value, indent=2).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        shown_bytes = value[:MOST_HEX_BYTES]
        yield from (shown_bytes[at : at + _HEX_A_LINE].hex(" ") for at in range(0, len(shown_bytes), _HEX_A_LINE))
        if len(value) > MOST_HEX_BYTES:
            yield f"… and {len(value) - MOST_HEX_BYTES} bytes more"
    else:
        yield from (on_one_line(line) for line in text[:MOST_CHARACTERS].split("\n"))
        if len(text) > MOST_CHARACTERS:
            yield f"… and {len(text) - MOST_CHARACTERS} characters more"


def on_one_line(text: str) -> str:
    """Returns the text with every character that a terminal might obey written as its escape."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text.replace("\x7f", "\\u007f"))


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bytes_on_a_line(value: bytes | None) -> str:
    if value is None:
        return "none"
    whole = value[:MOST_HEX_BYTES]
    text = whole.decode("ascii") if whole.isascii() and whole.decode("ascii").isprintable() else f"0x{whole.hex()}"
    return text + (f" … and {len(value) - len(whole)} bytes more" if len(value) > len(whole) else "")
