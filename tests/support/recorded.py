"""What is recorded of traces, kept in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from headsup.settings import TracingSettings
from headsup.spans import SpanTracing, recording

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
"""A trace of the shop's, and the span in it that wrote the record."""
Headers = tuple[tuple[str, bytes | None], ...]


def carried(span: str = SPAN, *, trace: str = TRACE, flags: str = "01") -> Headers:
    """The header of a record that this span wrote; flags of 00: it is not recorded."""
    return (("traceparent", f"00-{trace}-{span}-{flags}".encode()),)


@dataclass(frozen=True)
class Recorded:
    """Traces, and what was recorded of them."""

    tracing: SpanTracing
    exporter: InMemorySpanExporter

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """Those that ended, in that order."""
        return self.exporter.get_finished_spans()

    def only(self) -> ReadableSpan:
        """The only one that there is."""
        [span] = self.spans
        return span


def recorded(**settings: Any) -> Recorded:
    """Nothing yet."""
    exporter = InMemorySpanExporter()
    processor = SimpleSpanProcessor(exporter)
    made = recording(TracingSettings(**settings), "a service", processor)
    return Recorded(made.tracing, exporter)


def trace_of(span: ReadableSpan) -> str:
    """The trace that it is in."""
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def id_of(span: ReadableSpan) -> str:
    """Its own."""
    assert span.context is not None
    return f"{span.context.span_id:016x}"


def parent_of(span: ReadableSpan) -> str | None:
    """On what it hangs; None where its trace begins."""
    return f"{span.parent.span_id:016x}" if span.parent else None


def links_of(span: ReadableSpan) -> list[str]:
    """To what else it is linked."""
    return [f"{link.context.span_id:016x}" for link in span.links]
