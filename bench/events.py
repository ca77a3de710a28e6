"""Events a second through order_events, beside a bare loop over the same records."""

import asyncio
import os
import sys
from dataclasses import dataclass

from bench.ground import Ground, ground, rate, running
from bench.load import STEPS, emit, journeys

_DONE = """
    SELECT sum(next_offset) - (EXISTS (SELECT FROM order_events.outbox))::int
    FROM order_events.positions
"""
"""Events handled to the end: the last one counts when everything it led to is on Kafka."""


@dataclass(frozen=True, slots=True)
class EventsFigures:
    """What was measured."""

    events: int
    bare_per_second: float
    order_events_per_second: float
    resident_mb: float

    @property
    def ratio(self) -> float:
        """How much of the bare loop's speed is left."""
        return self.order_events_per_second / self.bare_per_second


async def measure_events(orders: int) -> EventsFigures:
    """Emits the journeys of `orders` orders, then lets the bare loop and order_events read them."""
    async with ground() as here:
        total = await emit(here.bootstrap_servers, journeys(orders, here.prefix))
        assert total == orders * STEPS  # noqa: S101 - the figure below is per event
        bare = await _bare(here, total)
        async with running("services.order_events", here.settings) as service:
            ours = await rate(here, service, _DONE, total=total)
            return EventsFigures(total, bare, ours, service.resident_mb)


async def _bare(here: Ground, total: int) -> float:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.bare_loop", str(total)),
        env={**os.environ, **here.settings},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return float(output)
