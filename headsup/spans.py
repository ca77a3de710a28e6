"""The steps of `headsup.tracing` as spans of OpenTelemetry, sent over OTLP. Only who records traces
imports this.

Names and attributes follow the conventions for messaging
(opentelemetry.io/docs/specs/semconv/messaging/kafka), but for those that would name somebody: the
key of a record is a customer's or an order's, and the shop chooses the ids of its events.
An exception is recorded by its type alone, because its words may hold an address.
"""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Final, Self

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import (
    Link,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from headsup.clock import SystemClock
from headsup.kafka.producer import Outgoing, Publisher, PublishError
from headsup.kafka.records import CONTEXT, Carrier, with_context
from headsup.settings import TracingSettings

_LONGEST: Final = 512
"""Characters of each; so long may they be at least, and nobody has to take more
(w3.org/TR/trace-context)."""
_LAST_WORDS: Final = 1.0
"""Seconds for sending what is left."""
_LOOK: Final = 0.02
_PATH: Final = "/v1/traces"
_FOLLOWS: Final = "parentbased_"
_NO_FACTS: Final[Mapping[str, str | int]] = MappingProxyType({})

_NOTHING: Final = Context()
_w3c = TraceContextTextMapPropagator()


def context_in(headers: Iterable[tuple[str, bytes | None]]) -> Context | None:
    """The context that a record carries: of several the last, which was written last. None where
    there is none, or it is malformed."""
    texts = {
        name: content.decode("ascii", "replace")
        for name, content in headers
        if name in CONTEXT and content is not None and len(content) <= _LONGEST
    }
    return _read(texts)


def kept(context: str) -> Context | None:
    """The context that was kept as a text; None where it is none."""
    parent, _, state = context.partition(" ")
    return _read({"traceparent": parent, "tracestate": state} if state else {"traceparent": parent})


def _read(texts: dict[str, str]) -> Context | None:
    if "traceparent" not in texts:
        return None
    found = _w3c.extract(texts, Context())
    return found if get_current_span(found).get_span_context().is_valid else None


def _written(span: Span) -> dict[str, str]:
    texts: dict[str, str] = {}
    _w3c.inject(texts, set_span_in_context(span, _NOTHING))
    return texts


@dataclass(frozen=True, slots=True)
class Unrecorded(Outgoing):
    """A record whose context says that nothing is recorded. Who publishes it in the process that
    wrote that does not have to read it."""


class SpanStep:
    """A span."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def context(self) -> str | None:
        """Both headers in one text, where it is recorded."""
        if not self._span.get_span_context().trace_flags.sampled:
            return None
        return " ".join(_written(self._span).values())

    def carried(self, records: Iterable[Outgoing]) -> list[Outgoing]:
        """With the context in their headers, in the place of any other; also where it says that
        nothing is recorded: that was decided, once for the whole trace."""
        ours = [(name, text.encode()) for name, text in _written(self._span).items()]
        is_recorded = self._span.get_span_context().trace_flags.sampled
        made = Outgoing if is_recorded else Unrecorded
        return [with_context(record, ours, made) for record in records]

    def end(self, error: str | None = None) -> None:
        """Ends it."""
        if error is not None:
            self._span.set_status(Status(StatusCode.ERROR))
            self._span.set_attribute("error.type", error)
        self._span.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del error, trace
        self.end(kind.__name__ if kind else None)


class SpanTracing:
    """Begins spans of one service."""

    is_on: Final = True

    def __init__(self, provider: TracerProvider, *, follows: bool = False) -> None:
        self._tracer = provider.get_tracer("headsup")
        self._follows = follows
        """Who began a trace decided for all of it whether it is recorded."""
        self._now = SystemClock().now

    def moment(self) -> int:
        """Nanoseconds since 1970, in real time."""
        return int(self._now().timestamp() * 1_000_000) * 1_000

    def process(
        self,
        records: Sequence[Carrier],
        *,
        group: str,
        since: int | None = None,
        facts: Mapping[str, str | int] = _NO_FACTS,
    ) -> SpanStep:
        """A span of the kind CONSUMER, `process <topic>`."""
        carrying = [(record, found) for record in records if (found := context_in(record.headers))]
        record, parent = max(carrying, key=_written_at, default=(records[-1], None))
        span = self._begun(f"process {record.topic}", parent, SpanKind.CONSUMER, since)
        if span.is_recording():
            for one, found in carrying:
                if one is not record:
                    span.add_link(_of(found), _where(one))
            span.set_attributes(
                {
                    **_kafka("process", record.topic),
                    "messaging.consumer.group.name": group,
                    **_plain(facts),
                    **_counted(records),
                    **_place(record),
                }
            )
        return SpanStep(span)

    def call(self, name: str, after: str, facts: Mapping[str, str | int]) -> SpanStep:
        """A span of the kind CLIENT."""
        parent = kept(after) or Context()
        return SpanStep(self._tracer.start_span(name, parent, SpanKind.CLIENT, _plain(facts)))

    def hear(self, name: str, about: str, facts: Mapping[str, str | int]) -> SpanStep:
        """A span of the kind CONSUMER, linked to what it is about."""
        parent = kept(about)
        links = [Link(_of(parent))] if parent else []
        return SpanStep(
            self._tracer.start_span(
                name, parent or Context(), SpanKind.CONSUMER, _plain(facts), links
            )
        )

    def publisher(self, publisher: Publisher) -> "SpanPublisher":
        """Each of its records is a span."""
        return SpanPublisher(publisher, self)

    def send(self, record: Outgoing) -> SpanStep | None:
        """A span of the kind PRODUCER, `send <topic>`, on the context that the record carries;
        where it carries none, a trace begins here. None where that says that nothing is
        recorded: where one trace of a hundred is, most records are of the others."""
        if isinstance(record, Unrecorded):
            return None
        context = context_in(record.headers)
        if context is not None and self._is_left_out(context):
            return None
        span = self._begun(f"send {record.topic}", context, SpanKind.PRODUCER)
        if span.is_recording():
            span.set_attributes(_kafka("send", record.topic))
        return SpanStep(span)

    def _begun(
        self, name: str, parent: Context | None, kind: SpanKind, since: int | None = None
    ) -> Span:
        """A span of which nothing is said yet: of most, which are not recorded, nothing has to be.
        What is not recorded is passed on as it came."""
        if parent is not None and self._is_left_out(parent):
            return get_current_span(parent)
        return self._tracer.start_span(name, parent or _NOTHING, kind, start_time=since)

    def _is_left_out(self, context: Context) -> bool:
        return self._follows and not _of(context).trace_flags.sampled


def _kafka(operation: str, topic: str) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
    }


def _counted(records: Sequence[Carrier]) -> dict[str, str | int]:
    return {"messaging.batch.message_count": len(records)} if len(records) > 1 else {}


def _plain(facts: Mapping[str, str | int]) -> dict[str, str | int]:
    """Without enumerations: no exporter has to know ours."""
    return {name: str(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}


def _place(record: Carrier) -> dict[str, str | int]:
    """Where a record was read; nothing of one that never lay on Kafka."""
    partition, offset = getattr(record, "partition", None), getattr(record, "offset", None)
    if partition is None or offset is None:
        return {}
    return {"messaging.destination.partition.id": str(partition), "messaging.kafka.offset": offset}


def _where(record: Carrier) -> dict[str, str | int]:
    """Its place with the topic, where it may be another one's than the span's."""
    return {"messaging.destination.name": record.topic, **_place(record)}


def _written_at(carrying: tuple[Carrier, Context]) -> int:
    return int(getattr(carrying[0], "timestamp", 0))


def _of(context: Context) -> SpanContext:
    return get_current_span(context).get_span_context()


class SpanPublisher:
    """Publishes, and records how long Kafka took. A record carries the span of its publication: who
    reads it hangs on that."""

    def __init__(self, publisher: Publisher, tracing: SpanTracing) -> None:
        self._publisher = publisher
        self._tracing = tracing

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when every record is acknowledged; raises PublishError when one is not."""
        steps = [self._tracing.send(record) for record in records]
        carrying = [
            one
            for step, record in zip(steps, records, strict=True)
            for one in (step.carried([record]) if step else [record])
        ]
        left: frozenset[int] = frozenset()
        error = None
        try:
            await self._publisher.publish(carrying)
        except PublishError as found:
            left, error = frozenset(found.left), type(found).__name__
            raise
        except BaseException as found:
            left, error = frozenset(range(len(steps))), type(found).__name__
            raise
        finally:
            for place, step in enumerate(steps):
                if step:
                    step.end(error if place in left else None)


@dataclass(frozen=True, slots=True)
class Exporting:
    """What records, and where it ends."""

    tracing: SpanTracing
    provider: TracerProvider

    async def close(self) -> None:
        """Sends what is left. Where nobody takes it, it is given up after _LAST_WORDS: the exporter
        itself would try for half a minute."""
        ending = threading.Thread(target=self.provider.shutdown, daemon=True)
        ending.start()
        for _ in range(int(_LAST_WORDS / _LOOK)):
            if not ending.is_alive():
                return
            await asyncio.sleep(_LOOK)


def exporting(settings: TracingSettings, service: str) -> Exporting:
    """What sends spans to where the settings say."""
    exporter = OTLPSpanExporter(
        endpoint=settings.endpoint.rstrip("/") + _PATH,
        certificate_file=settings.certificate,
        headers=dict(settings.headers),
    )
    batches = settings.batches
    sending = BatchSpanProcessor(
        exporter,
        max_queue_size=batches.waiting,
        schedule_delay_millis=batches.delay,
        max_export_batch_size=batches.at_once,
        export_timeout_millis=batches.timeout,
    )
    return recording(settings, service, sending)


def recording(settings: TracingSettings, service: str, processor: SpanProcessor) -> Exporting:
    """What hands spans to this."""
    attributes = {**dict(settings.resource), "service.name": settings.service_name or service}
    provider = TracerProvider(
        sampler=_sampler(settings),
        resource=Resource.create(attributes),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(processor)
    follows = settings.sampler.startswith(_FOLLOWS)
    return Exporting(SpanTracing(provider, follows=follows), provider)


def _sampler(settings: TracingSettings) -> Sampler:
    name = settings.sampler.removeprefix(_FOLLOWS)
    found: Mapping[str, Sampler] = {
        "always_on": ALWAYS_ON,
        "always_off": ALWAYS_OFF,
        "traceidratio": TraceIdRatioBased(settings.ratio),
    }
    return found[name] if name == settings.sampler else ParentBased(found[name])
