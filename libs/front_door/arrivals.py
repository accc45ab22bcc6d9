"""What arrived in a request: a plain body, or CloudEvents in structured, binary or batch mode (HTTP binding 1.0.2)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from front_door.given import EventId, Moment, SourceName
from service_runtime.http import read_json_bytes, validated
from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of

MOST_IN_ONE_BATCH = 500


class Mode(StrEnum):
    """How a request says what it holds."""

    PLAIN = "application/json"
    STRUCTURED = "application/cloudevents+json"
    BATCH = "application/cloudevents-batch+json"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One submission as it arrived. A plain body has no envelope: the address says the type, the token the source."""

    data: object
    type: str | None = None
    source: str | None = None
    id: str | None = None
    time: datetime | None = None
    pointer: str = ""


class EnvelopeGiven(BaseModel):
    """The CloudEvents envelope by the NL GOV profile 1.1; other attributes are tolerated and not kept."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    specversion: Literal["1.0"]
    id: EventId
    source: SourceName
    type: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    time: Moment | None = Field(default=None, description="when it was logged; when it happened stands in the data")
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]


def mode_of(headers: Mapping[str, str]) -> Mode:
    """Returns how the request is to be read. Raises Problem 415."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind, encoding = kind.strip().lower(), headers.get("content-encoding", "identity").strip().lower()
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if encoding != "identity" or ("charset=" in charset and "charset=utf-8" not in charset):
        raise _other_kind()
    if kind == Mode.PLAIN:
        return Mode.BINARY if "ce-specversion" in headers or "ce-id" in headers else Mode.PLAIN
    if kind in (Mode.STRUCTURED, Mode.BATCH):
        return Mode(kind)
    raise _other_kind()


def _other_kind() -> Problem:
    plain = problem_of(415)
    kinds = f"{Mode.PLAIN}, {Mode.STRUCTURED} or {Mode.BATCH}"
    return Problem(415, plain.kind, plain.title, f"Send JSON in UTF-8, with Content-Type: {kinds}.")


def read_event(raw: bytes) -> Arrived:
    """Reads a structured event. Raises Problem 400."""
    return from_envelope(read_json_bytes(raw))


def read_binary(headers: Mapping[str, str], raw: bytes) -> Arrived:
    """Reads an event whose attributes are headers, percent-encoded. Raises Problem 400."""
    attributes: dict[str, object] = {
        name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")
    }
    arrived = from_envelope(attributes | {"data": read_json_bytes(raw)})
    return Arrived(arrived.data, arrived.type, arrived.source, arrived.id, arrived.time)


def read_batch(raw: bytes) -> list[object]:
    """Returns the events of a batch, each unread, so that one bad event leaves its neighbours alone. Raises Problem 400, 413."""
    found = read_json_bytes(raw)
    if not isinstance(found, list):
        raise invalid_input([FieldFault("", "", "must be a list of events")])
    if len(found) > MOST_IN_ONE_BATCH:
        raise Problem(413, "too-large", "The batch is too large", f"A batch has at most {MOST_IN_ONE_BATCH} events.")
    return found


def read_plain(raw: bytes) -> Arrived:
    """Reads a plain body. Raises Problem 400."""
    return Arrived(read_json_bytes(raw))


def from_envelope(raw: object) -> Arrived:
    """Reads the envelope of one event. Raises Problem 400 with every fault."""
    envelope = validated(EnvelopeGiven, raw)
    return Arrived(envelope.data, envelope.type, envelope.source, envelope.id, envelope.time, "/data")


def canonical(content: object) -> bytes:
    """Returns the one spelling of JSON: keys in order, no room between. Equal content has equal bytes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
