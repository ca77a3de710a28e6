"""From the start of a process until it says that it is ready."""

import time
from collections.abc import Mapping
from functools import partial

from bench.contest import Contestant, Say, Size, hold
from bench.experiment import Experiment
from bench.figures import Row, at_most
from bench.ground import ground, running, until
from bench.mails import settings_of
from sandbox.parts.places import free_port

SERVICES = ("order_events", "notifier", "cart_recovery")
LONGEST = 1.5
"""Seconds."""
_LOOK = 0.005
"""Seconds between two looks."""
_COUNTED = "from exec until /readyz says yes; topics and tables are there"


async def measure(size: Size, say: Say) -> list[Row]:
    """Starts each service in turn; topics and tables are there. Each was started once before it
    counts, as where a service is started again; not where there is one round alone, which therefore
    has no goal: Kafka's first group and files that nobody has read yet take seconds."""
    is_again = size.rounds > 1
    async with ground() as here:
        settings = settings_of(here, free_port(), 4)
        for name in SERVICES if is_again else ():
            say(f"before it counts: {name}")
            await _start(name, settings)
        starts = [Contestant(name, partial(_round, name, settings)) for name in SERVICES]
        found = await hold(
            starts,
            size,
            say,
            unit="s",
            counted=f"{_COUNTED}; {'each was' if is_again else 'none was'} started once before",
        )
    return [
        Row(
            name=f"start to ready, {name}",
            value=row.value,
            unit=row.unit,
            spread=row.spread,
            goal=at_most(LONGEST) if is_again else None,
            counted=row.counted,
        )
        for name in SERVICES
        for row in [found.row(name)]
    ]


async def _round(name: str, settings: Mapping[str, str], _number: int) -> float:
    return await _start(name, settings)


async def _start(name: str, settings: Mapping[str, str]) -> float:
    begun = time.monotonic()
    async with running(f"services.{name}", settings) as service:
        await until(service.is_ready, True, every=_LOOK)
        return time.monotonic() - begun


EXPERIMENT = Experiment("starts", measure, is_in_short=True)
