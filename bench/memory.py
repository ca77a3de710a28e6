"""What each service holds in memory when it is there, after many events, and while much waits."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from bench import waiting
from bench.contest import Say, Size
from bench.experiment import Experiment
from bench.figures import Row
from bench.ground import Ground, Process, ground, running, until
from bench.load import STEPS, emit, journeys, record
from bench.mails import requests, settings_of
from bench.shoppers import AGO, UPDATES, updated
from bench.sink import smtp_sink
from headsup.kafka.producer import Outgoing

_EVENTS = 1_000_000
_CARTS = 10_000
"""Open carts, which change again and again: what an open cart holds is measured by `open-carts`."""
_BETWEEN = timedelta(seconds=10)
"""From one change of a cart to the next."""
_LOOK = 1.0
"""Seconds between two looks."""

Count = Callable[[Process], Awaitable[float]]


async def measure(size: Size, say: Say) -> list[Row]:
    """Lets one service after the other take so many events."""
    events = size.of(_EVENTS, 5_000)
    rows = []
    for name, load, count in (
        ("order_events", _orders, _consumed("headsup_order_events_consumed_total")),
        ("notifier", requests, _sent),
        ("cart_recovery", _carts, _consumed("headsup_cart_recovery_consumed_total")),
    ):
        say(f"{name}: {events:,} events")
        async with AsyncExitStack() as parts:
            port = parts.enter_context(smtp_sink())
            here = await parts.enter_async_context(ground())
            service = await parts.enter_async_context(
                running(f"services.{name}", settings_of(here, port, 4))
            )
            rows += await _of(name, service, here, load(events, here.prefix), count)
    return [*rows, *await waiting.measure(size, say)]


async def _of(
    name: str, service: Process, here: Ground, load: Iterator[Outgoing], count: Count
) -> list[Row]:
    """What it held at the start, and afterwards as a ratio of that; and its peak."""
    await until(service.is_ready, True)
    start = service.resident_mb
    total = await emit(here.bootstrap_servers, load)
    await until(lambda: count(service), total, every=_LOOK)
    names = f"{name}, resident after many events", f"{name}, resident at its peak"
    return waiting.held(names, service, start, f"{total:,} events")


def _consumed(metric: str) -> Count:
    async def count(service: Process) -> float:
        return await service.metric(metric)

    return count


async def _sent(service: Process) -> float:
    return await service.metric("headsup_notifier_attempts_total", state="sent")


def _orders(events: int, prefix: str) -> Iterator[Outgoing]:
    return journeys(events // STEPS, prefix)


def _carts(events: int, prefix: str) -> Iterator[Outgoing]:
    """The same carts change again and again; nobody is to be reminded of them yet."""
    carts = max(1, min(_CARTS, events // UPDATES))
    begun = datetime.now(UTC) - AGO
    for version in range(events // carts):
        for index in range(carts):
            at = begun + version * _BETWEEN + timedelta(microseconds=index)
            yield record(prefix, f"{version}-{index}", at, updated(index, version))


EXPERIMENT = Experiment("memory", measure)
