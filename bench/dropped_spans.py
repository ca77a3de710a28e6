"""Traces that are recorded as in a service, put into bytes, and given to nobody."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from headsup import spans
from headsup.settings import TracingSettings
from headsup.tracing import Tracing

_ROOM = 1_000_000
"""Spans that may wait: a service has time between its batches, and a benchmark has none."""


class _Dropped(SpanExporter):
    def export(self, batch: Sequence[ReadableSpan]) -> SpanExportResult:
        encode_spans(batch).SerializeToString()
        return SpanExportResult.SUCCESS


@contextmanager
def recording(settings: TracingSettings) -> Iterator[tuple[Tracing, Callable[[], bool]]]:
    """What records, and what exports all that waits."""
    processor = BatchSpanProcessor(_Dropped(), max_queue_size=_ROOM)
    made = spans.recording(settings, "order_events", processor)
    try:
        yield made.tracing, processor.force_flush
    finally:
        made.provider.shutdown()
