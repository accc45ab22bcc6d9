"""W3C trace context: read from a caller, carried in this process, handed on over HTTP and Kafka."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def current_traceparent() -> str | None:
    """Returns the `traceparent` to hand on, None outside any trace."""
    here = trace.get_current_span().get_span_context()
    return _written(here) if here.is_valid else None


def current_trace_id() -> str | None:
    """Returns the 32 hexadecimal digits that tie log lines together, None outside any trace."""
    here = trace.get_current_span().get_span_context()
    return f"{here.trace_id:032x}" if here.is_valid else None


@contextmanager
def child_of(traceparent: str | bytes | None, name: str = "work") -> Iterator[str]:
    """Runs its block as a child of the caller's span, or as a new trace when there is none or it is unreadable.

    Yields the `traceparent` of the new span.
    """
    parent = read_traceparent(traceparent)
    span = _started(parent, name)
    token = context.attach(trace.set_span_in_context(span))
    try:
        yield _written(span.get_span_context())
    finally:
        context.detach(token)
        span.end()


def _started(parent: SpanContext | None, name: str) -> trace.Span:
    """Returns a span that is recorded where OpenTelemetry's SDK was set up, or else one that is only passed on."""
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        around = trace.set_span_in_context(NonRecordingSpan(parent)) if parent else None
        recorded = trace.get_tracer("plein").start_span(name, around)
        if recorded.is_recording():
            return recorded
    trace_id = parent.trace_id if parent else secrets.randbits(128) or 1
    flags = parent.trace_flags if parent else TraceFlags(TraceFlags.SAMPLED)
    return NonRecordingSpan(SpanContext(trace_id, secrets.randbits(64) or 1, is_remote=False, trace_flags=flags))


def read_traceparent(traceparent: str | bytes | None) -> SpanContext | None:
    """Returns the caller's span, None when there is none or it is unreadable (W3C Trace Context, 3.2)."""
    if traceparent is None:
        return None
    text = traceparent.decode("latin-1") if isinstance(traceparent, bytes) else traceparent
    match = _TRACEPARENT.fullmatch(text.strip())
    if match is None or match[1] == "ff" or (match[1] == "00" and match[5]):
        return None
    found = SpanContext(int(match[2], 16), int(match[3], 16), is_remote=True, trace_flags=TraceFlags(int(match[4], 16) & 1))
    return found if found.is_valid else None


def _written(here: SpanContext) -> str:
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"
