"""What a batch is in traces."""

from datetime import UTC, datetime, timedelta
from typing import Any

from headsup.contracts.envelope import Event
from headsup.kafka.producer import Outgoing
from headsup.tracing import OFF
from services.order_events.batch import OrderKey, read
from services.order_events.decide import Decisions, News
from services.order_events.traced import traced
from tests.support.events import SHOP, outgoing, placed, scanned
from tests.support.poison import Poison
from tests.support.recorded import (
    TRACE,
    Headers,
    carried,
    id_of,
    links_of,
    parent_of,
    recorded,
    trace_of,
)

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST, SECOND = "b7ad6b7169203331", "00f067aa0ba902b7"
ELSEWHERE = "4bf92f3577b34da6a3ce929d0e0e4736"


def came(event: Event[Any], offset: int, headers: Headers = ()) -> Poison:
    """The record of an event as it was read."""
    sent = outgoing("", event)
    return Poison(sent.topic, sent.value, offset, sent.key, (*sent.headers, *headers), 0, offset)


def decided(*events: Event[Any]) -> Decisions:
    """What is decided about the orders of these."""
    decisions = Decisions(known={})
    for event in events:
        key = OrderKey(SHOP, event.data.order_id)
        decisions.add(key, News([event]), MONDAY)
    return decisions


def contexts(records: list[Outgoing]) -> set[bytes | None]:
    """What the records carry."""
    return {dict(record.headers).get("traceparent") for record in records}


def test_each_order_of_a_batch_stays_in_its_own_trace() -> None:
    one, other = placed("A-1", MONDAY), placed("A-2", MONDAY)
    scan = scanned("A-1", MONDAY + timedelta(minutes=1))
    batch = read(
        [
            came(one, 1, carried(FIRST)),
            came(other, 2, carried(SECOND, trace=ELSEWHERE)),
            came(scan, 3, carried(SECOND)),
        ],
        "",
        MONDAY + timedelta(hours=1),
    )
    traces = recorded()
    since = traces.tracing.moment()
    with traced(traces.tracing, batch, "", since) as steps:
        said = steps.publications(decided(one, other), "", MONDAY)
    first, second = traces.spans if trace_of(traces.spans[0]) == TRACE else traces.spans[::-1]
    assert (parent_of(first), links_of(first)) == (SECOND, [FIRST])
    assert (trace_of(second), parent_of(second), links_of(second)) == (ELSEWHERE, SECOND, [])
    assert first.start_time == second.start_time == since
    expected = [carried(id_of(first)), carried(id_of(second), trace=ELSEWHERE)]
    assert contexts(said) == {headers[0][1] for headers in expected}


def test_an_event_that_came_twice_is_linked_once() -> None:
    event = placed("A-1", MONDAY)
    batch = read([came(event, 1, carried(FIRST)), came(event, 2, carried(SECOND))], "", MONDAY)
    traces = recorded()
    with traced(traces.tracing, batch, "", traces.tracing.moment()):
        pass
    assert (parent_of(traces.only()), links_of(traces.only())) == (SECOND, [FIRST])


def test_where_nothing_is_recorded_what_is_said_carries_nothing() -> None:
    event = placed("A-1", MONDAY)
    batch, decisions = read([came(event, 1, carried())], "", MONDAY), decided(event)
    with traced(OFF, batch, "", OFF.moment()) as steps:
        said = steps.publications(decisions, "", MONDAY)
    assert said
    assert said == decisions.publications("", MONDAY)
    assert contexts(said) == {None}
