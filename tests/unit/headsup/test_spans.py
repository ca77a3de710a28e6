"""Steps as spans: on what they hang, to what they are linked, what is said of them."""

import time

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from headsup.kafka.producer import MemoryPublisher, Outgoing, PublishError
from headsup.settings import TracingSettings
from headsup.spans import exporting
from tests.support.each import each
from tests.support.poison import Poison
from tests.support.recorded import (
    SPAN,
    TRACE,
    Headers,
    carried,
    id_of,
    links_of,
    parent_of,
    recorded,
    trace_of,
)

OTHER = "00f067aa0ba902b7"
ELSEWHERE = "4bf92f3577b34da6a3ce929d0e0e4736"


def read(
    headers: Headers = (), *, offset: int = 7, timestamp: int = 0, topic: str = "shop.orders"
) -> Poison:
    """A record that was read."""
    return Poison(topic, b"{}", offset, b"A-1", headers, 2, timestamp)


def record(key: bytes = b"c-1", headers: Headers = ()) -> Outgoing:
    """A record on its way out."""
    return Outgoing("notifications.requested", key, b"{}", headers)


def test_a_record_is_worked_on_in_the_trace_that_it_carries() -> None:
    traces = recorded()
    since = traces.tracing.moment()
    traces.tracing.process([read(carried())], group="order_events", since=since).end()
    span = traces.only()
    assert (trace_of(span), parent_of(span)) == (TRACE, SPAN)
    assert (span.name, span.kind, span.start_time) == (
        "process shop.orders",
        SpanKind.CONSUMER,
        since,
    )
    assert span.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "shop.orders",
        "messaging.destination.partition.id": "2",
        "messaging.kafka.offset": 7,
        "messaging.consumer.group.name": "order_events",
    }
    assert span.resource.attributes["service.name"] == "a service"


def test_of_several_records_the_newest_is_hung_on_and_the_others_are_linked() -> None:
    traces = recorded()
    records = [
        read(carried(SPAN), offset=1, timestamp=20),
        read(carried(OTHER, trace=ELSEWHERE), offset=2, timestamp=10, topic="shop.shipments"),
        read(offset=3, timestamp=30),
    ]
    traces.tracing.process(records, group="order_events").end()
    span = traces.only()
    assert (trace_of(span), parent_of(span), links_of(span)) == (TRACE, SPAN, [OTHER])
    assert dict(span.links[0].attributes or {}) == {
        "messaging.destination.name": "shop.shipments",
        "messaging.destination.partition.id": "2",
        "messaging.kafka.offset": 2,
    }
    assert (span.attributes or {})["messaging.batch.message_count"] == 3


MALFORMED: dict[str, Headers] = {
    "none": (),
    "empty": (("traceparent", b""),),
    "without a value": (("traceparent", None),),
    "words": (("traceparent", b"no context"),),
    "no text": (("traceparent", b"\xff\xfe\x00"),),
    "no trace": carried(trace="0" * 32),
    "no span": carried("0" * 16),
    "capitals": carried(SPAN.upper()),
    "of no version": (("traceparent", f"ff-{TRACE}-{SPAN}-01".encode()),),
    "with more": (("traceparent", f"00-{TRACE}-{SPAN}-01-more".encode()),),
    "endless": (("traceparent", b"0" * 1_000_000),),
    "a state alone": (("tracestate", b"shop=1"),),
}


@each("name", MALFORMED)
def test_where_there_is_no_context_or_a_malformed_one_a_trace_begins(name: str) -> None:
    traces = recorded()
    traces.tracing.process([read(MALFORMED[name])], group="order_events").end()
    assert parent_of(traces.only()) is None
    assert trace_of(traces.only()) != TRACE


def test_of_several_contexts_in_one_record_the_last_counts() -> None:
    traces = recorded()
    headers = (*carried(OTHER, trace=ELSEWHERE), *carried())
    traces.tracing.process([read(headers)], group="order_events").end()
    assert parent_of(traces.only()) == SPAN


def test_what_the_shops_system_says_beside_the_context_is_carried_on() -> None:
    traces = recorded()
    headers = (*carried(), ("tracestate", b"shop=a b,other=2"))
    with traces.tracing.process([read(headers)], group="order_events") as step:
        [said] = step.carried([record()])
    assert dict(said.headers)["tracestate"] == b"shop=a b,other=2"
    assert step.context is not None
    traces.tracing.call("send email", step.context, {}).end()
    call = traces.spans[-1]
    assert parent_of(call) == id_of(traces.spans[0])
    assert call.context is not None
    assert call.context.trace_state.to_header() == "shop=a b,other=2"


def test_a_state_that_is_too_long_is_left_and_the_context_is_not() -> None:
    traces = recorded()
    headers = (*carried(), ("tracestate", b"shop=" + b"a" * 600))
    with traces.tracing.process([read(headers)], group="order_events") as step:
        [said] = step.carried([record()])
    assert [name for name, _ in said.headers] == ["traceparent"]
    assert parent_of(traces.only()) == SPAN


async def test_what_the_shop_does_not_record_nobody_does_and_all_are_told() -> None:
    traces, kafka = recorded(), MemoryPublisher()
    with traces.tracing.process([read(carried(flags="00"))], group="order_events") as step:
        said = step.carried([record()])
    await traces.tracing.publisher(kafka).publish(said)
    assert step.context is None
    assert traces.spans == ()
    assert kafka.published == said  # as it was: nothing is written for nobody
    assert _trace_and_flags(said[0]) == (TRACE, "00")


def test_what_is_not_recorded_is_passed_on_as_it_came() -> None:
    traces = recorded()
    headers = (*carried(flags="00"), ("tracestate", b"shop=1,other=2"))
    with traces.tracing.process([read(headers)], group="order_events") as step:
        [said] = step.carried([record(headers=(("content-type", b"x"), *carried(OTHER)))])
    assert said.headers == (("content-type", b"x"), *headers)


async def test_what_is_decided_where_a_trace_begins_is_followed_by_the_next() -> None:
    rare, all_ = recorded(sampler="parentbased_traceidratio", ratio=0.0), recorded()
    kafka = MemoryPublisher()
    with rare.tracing.process([read()], group="order_events") as step:
        await rare.tracing.publisher(kafka).publish(step.carried([record()]))
    await rare.tracing.publisher(kafka).publish([record()])
    for published in kafka.published:
        assert [name for name, _ in published.headers] == ["traceparent"]
        assert published.headers != carried(flags="00")
        all_.tracing.process([read(published.headers)], group="notifier").end()
    assert len({one.headers for one in kafka.published}) == 2
    assert (rare.spans, all_.spans) == ((), ())


async def test_who_is_to_record_everything_records_what_the_shop_does_not() -> None:
    traces, kafka = recorded(sampler="always_on"), MemoryPublisher()
    await traces.tracing.publisher(kafka).publish([record(headers=carried(flags="00"))])
    assert parent_of(traces.only()) == SPAN
    assert _trace_and_flags(kafka.published[0]) == (TRACE, "01")


@each("ratio", [0.0, 1.0])
def test_a_ratio_is_asked_where_a_trace_begins_and_nowhere_else(ratio: float) -> None:
    traces = recorded(sampler="parentbased_traceidratio", ratio=ratio)
    traces.tracing.process([read()], group="order_events").end()
    assert len(traces.spans) == ratio
    traces.tracing.process([read(carried())], group="order_events").end()
    assert parent_of(traces.spans[-1]) == SPAN


async def test_who_reads_a_record_hangs_on_its_publication() -> None:
    traces, kafka = recorded(), MemoryPublisher()
    publisher = traces.tracing.publisher(kafka)
    with traces.tracing.process([read(carried())], group="order_events") as step:
        await publisher.publish(step.carried([record(headers=(("content-type", b"x"),))]))
    sent, processed = traces.spans
    assert (sent.name, sent.kind) == ("send notifications.requested", SpanKind.PRODUCER)
    assert parent_of(sent) == id_of(processed)
    [published] = kafka.published
    assert published.headers == (("content-type", b"x"), *carried(id_of(sent)))


async def test_a_record_of_no_trace_begins_one_where_it_is_published() -> None:
    traces, kafka = recorded(), MemoryPublisher()
    await traces.tracing.publisher(kafka).publish([record()])
    span = traces.only()
    assert parent_of(span) is None
    headers = carried(id_of(span), trace=trace_of(span), flags="03")  # its id was made at random
    assert kafka.published[0].headers == headers


async def test_what_kafka_did_not_take_is_an_error_and_the_rest_is_not() -> None:
    traces, kafka = recorded(), MemoryPublisher()
    kafka.left.add(b"left")
    records = [record(b"taken"), record(b"left", carried())]
    with pytest.raises(PublishError) as caught:
        await traces.tracing.publisher(kafka).publish(records)
    assert caught.value.left == [1]
    taken, left = traces.spans
    assert (taken.status.status_code, left.status.status_code) == (
        StatusCode.UNSET,
        StatusCode.ERROR,
    )
    assert (left.attributes or {})["error.type"] == "PublishError"
    assert records[1].headers == carried()


def test_an_error_is_recorded_by_its_type_and_never_by_its_words() -> None:
    traces = recorded()
    with (
        pytest.raises(ValueError, match="oksana"),
        traces.tracing.process([read()], group="order_events"),
    ):
        raise ValueError("oksana@mail.example")
    span = traces.only()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert span.events == ()
    assert "oksana" not in span.to_json()


def test_what_a_provider_says_hangs_on_the_call_and_is_linked_to_it() -> None:
    traces = recorded()
    call = f"00-{TRACE}-{SPAN}-01"
    traces.tracing.hear("receipt sms", call, {"headsup.word": "delivered"}).end()
    span = traces.only()
    assert (parent_of(span), links_of(span)) == (SPAN, [SPAN])
    assert span.attributes == {"headsup.word": "delivered"}


async def test_a_collector_that_is_away_delays_the_end_by_a_moment() -> None:
    settings = TracingSettings(endpoint="http://127.0.0.1:1")
    made = exporting(settings, "a service")
    made.tracing.process([read()], group="order_events").end()
    began = time.monotonic()
    await made.close()
    assert time.monotonic() - began < 3


def _trace_and_flags(said: Outgoing) -> tuple[str, str]:
    _, trace, _, flags = (dict(said.headers)["traceparent"] or b"").decode().split("-")
    return trace, flags
