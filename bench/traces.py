"""What traces cost order_events: batches of 500 orders in memory, from the records to what is
published. Neither Kafka nor PostgreSQL is in it, which would hide it. Where nothing is recorded,
off or because this trace is none of those that are, the calls of functions are counted: they are
the same each time, and no clock sees so little."""

import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from bench.contest import Contestant, Say, Size, hold
from bench.experiment import Experiment
from bench.figures import Row, at_most
from bench.load import journeys
from headsup.kafka.producer import MemoryPublisher, Outgoing
from headsup.settings import TracingSettings
from headsup.tracing import OFF, Tracing
from services.order_events.batch import Batch, OrderKey, order_of, read
from services.order_events.decide import Decisions, News
from services.order_events.traced import traced

EVENTS: Final = 500
"""Of a batch."""
MOST_WHEN_OFF: Final = 1.001
MOST_WHEN_UNRECORDED: Final = 1.25
_BATCHES: Final = 20
_NONE, _STEPS = "no word of traces in the loop", "traces in the loop, and off"
_ASKED = "traces on, and each of these is not recorded"
_OFF, _SOME = "traces off", "one trace of a hundred recorded"
_ALL = "every trace recorded"
_RARELY: Final = TracingSettings(sampler="parentbased_traceidratio", ratio=0.01)
NEVER: Final = replace(_RARELY, ratio=0.0)
"""Asked each time, and never recorded."""


@dataclass(slots=True)
class Came:
    """A record as it was read."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    partition: int = 0
    timestamp: int = 0


async def measure(size: Size, say: Say) -> list[Row]:
    """Works through so many batches in each round, in turn."""
    now = datetime.now(UTC)
    records = came()
    batches = size.of(_BATCHES, 2)
    counted = await hold(
        [
            Contestant(_NONE, partial(_calls, partial(_without, records, now))),
            Contestant(_STEPS, partial(calls, None, records, now)),
            Contestant(_ASKED, partial(calls, NEVER, records, now)),
        ],
        size,
        say,
        unit="calls/event",
        counted=f"a batch of {EVENTS} orders a round",
    )
    timed = await hold(
        [
            Contestant(_OFF, partial(_with, OFF, records, now, batches)),
            Contestant(_SOME, partial(_recorded, _RARELY, records, now, batches)),
            Contestant(_ALL, partial(_recorded, TracingSettings(), records, now, batches)),
        ],
        size,
        say,
        unit="µs/event",
        counted=f"processor time, {batches} batches of {EVENTS} orders a round",
    )
    return [
        counted.row(_NONE),
        counted.beside(_STEPS, _NONE, goal=at_most(MOST_WHEN_OFF)),
        counted.beside(_ASKED, _NONE, goal=at_most(MOST_WHEN_UNRECORDED)),
        timed.row(_OFF),
        timed.beside(_SOME, _OFF),
        timed.beside(_ALL, _OFF),
    ]


def came(*context: tuple[str, bytes]) -> list[Came]:
    """The records of a batch, each with these headers beside its own."""
    sent = islice(journeys(EVENTS, ""), EVENTS)
    return [Came(r.topic, n, r.key, r.value, (*r.headers, *context)) for n, r in enumerate(sent)]


async def calls(
    settings: TracingSettings | None, records: list[Came], now: datetime, number: int = 0
) -> float:
    """How many calls of functions it takes for an event of these; no settings: traces are off."""
    if settings is None:
        return await _calls(partial(_with, OFF, records, now, 1), number)
    from bench import dropped_spans  # noqa: PLC0415 - the others are measured without it

    with dropped_spans.recording(settings) as (tracing, _):
        return await _calls(partial(_with, tracing, records, now, 1), number)


async def _calls(work: Callable[[int], Awaitable[Any]], number: int) -> float:
    """How many calls of functions it takes for an event, those of C included."""
    await work(number)  # what is made once is there then
    count = 0

    def called(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(called)
    try:
        await work(number)
    finally:
        sys.setprofile(None)
    return count / EVENTS


async def _without(records: list[Came], now: datetime, _number: int) -> None:
    said = _decided(read(records, "", now), now).publications("", now)
    await MemoryPublisher().publish(said)


async def _with(
    tracing: Tracing, records: list[Came], now: datetime, batches: int, _number: int
) -> float:
    began = time.process_time()
    for _ in range(batches):
        await tracing.publisher(MemoryPublisher()).publish(_said(tracing, records, now))
    return _each(began, batches)


def _said(tracing: Tracing, records: list[Came], now: datetime) -> list[Outgoing]:
    since = tracing.moment()
    batch = read(records, "", now)
    with traced(tracing, batch, "", since) as steps:
        return steps.publications(_decided(batch, now), "", now)


async def _recorded(
    settings: TracingSettings, records: list[Came], now: datetime, batches: int, number: int
) -> float:
    """With what is exported put into bytes, and given to nobody."""
    from bench import dropped_spans  # noqa: PLC0415 - the others are measured without it

    with dropped_spans.recording(settings) as (tracing, flush):
        before = await _with(tracing, records, now, batches, number)
        began = time.process_time()
        flush()
        return before + _each(began, batches)


def _each(began: float, batches: int) -> float:
    """Microseconds of an event."""
    return (time.process_time() - began) * 1_000_000 / (batches * EVENTS)


def _decided(batch: Batch, now: datetime) -> Decisions:
    decisions = Decisions(known={})
    for event in batch.events:
        decisions.add(OrderKey(event.source, order_of(event) or ""), News([event]), now)
    return decisions


EXPERIMENT = Experiment("traces", measure)
