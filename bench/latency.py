"""From the shop's event to the provider, one event at a time, through both services."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.ground import Ground, ground, running
from bench.load import placed, record
from bench.mails import settings_of
from headsup.kafka.producer import Producer
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp

_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class LatencyFigures:
    """What was measured, in milliseconds."""

    events: int
    median_ms: float
    p95_ms: float


async def measure_latency(events: int) -> LatencyFigures:
    """Emits one order after the other and waits for each one's mail."""
    inbox = Inbox(lambda: datetime.now(UTC))
    server = await start_smtp(inbox, FaultSwitch())
    try:
        async with ground() as here:
            settings = settings_of(here, server.port, 4)
            async with (
                running("services.order_events", here.settings),
                running("services.notifier", settings),
            ):
                taken = await _one_by_one(here, inbox, events + _WARM_UP)
    finally:
        await server.close()
    counted = sorted(taken[_WARM_UP:])
    p95 = counted[int(len(counted) * 0.95)]
    return LatencyFigures(events, statistics.median(counted) * 1000, p95 * 1000)


async def _one_by_one(here: Ground, inbox: Inbox, events: int) -> list[float]:
    producer = Producer(here.bootstrap_servers, name="bench")
    await producer.start()
    taken = []
    with inbox.subscribe() as arrived:
        for number in range(events):
            now = datetime.now(UTC)
            order = placed(f"L-{number}", now, phone=None)
            outgoing = record(here.prefix, f"latency-{number}", now, order)
            begun = time.perf_counter()
            await producer.publish([outgoing])
            async with asyncio.timeout(60):
                await arrived.get()
            taken.append(time.perf_counter() - begun)
    await producer.stop()
    return taken
