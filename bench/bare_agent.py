"""The measure for cart_recovery: a bare Faust agent that reads the same events, and does nothing
with them, or puts each into a table as it is."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import faust
import uvloop

from headsup.contracts.registry import Topic
from headsup.kafka.leniency import tolerate_header_names
from headsup.kafka.topics import PARTITIONS
from headsup.settings import Environment, kafka_settings
from services.cart_recovery.agent import RAW, options

KEPT = "bare.kept"
"""The changelog of its table."""
SILENCE = 5.0
"""Seconds without an event, after which no more of them come."""
_MARK_EVERY = 100


class Meter:
    """Counts events, and takes the time of the first and then of every hundredth."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.count = 0
        self._clock = clock
        self._marks: list[float] = []

    def event(self) -> None:
        """One was handled."""
        if self.count % _MARK_EVERY == 0:
            self._marks.append(self._clock())
        self.count += 1

    async def all_there(self, total: int, silence: float = SILENCE) -> None:
        """Returns when so many were handled, or no more come. Bare Faust loses what it fetches
        before its table is complete, where its group is new: some of the first events, now and
        then."""
        seen, since = 0, time.monotonic()
        while self.count < total and (not seen or time.monotonic() - since < silence):
            await asyncio.sleep(0.1)
            if self.count > seen:
                seen, since = self.count, time.monotonic()

    def pace(self) -> float:
        """Events a second."""
        done = (len(self._marks) - 1) * _MARK_EVERY
        return done / (self._marks[-1] - self._marks[0])


async def main(total: int, *, keeps: bool) -> None:
    """Prints the pace, and how many events were handled, and ends at once: Faust's threads would
    take their time, and nobody waits for what is at hand."""
    tolerate_header_names()
    settings = kafka_settings(Environment(os.environ))
    name, meter = "bare-keeps" if keeps else "bare-reads", Meter()
    with tempfile.TemporaryDirectory() as folder:
        app = faust.App(**options(settings, PARTITIONS, folder, name))
        changelog = app.topic(settings.topic_prefix + KEPT, **RAW)
        table: Any = app.Table(
            "kept",
            key_type=bytes,
            value_type=bytes,
            partitions=PARTITIONS,
            changelog_topic=changelog,
        )

        async def agent(stream: Any) -> None:
            async for event in stream.events():
                if keeps:
                    table[event.key] = event.value
                meter.event()

        app.agent(app.topic(settings.topic_prefix + Topic.CARTS, **RAW), name="agent")(agent)
        app.finalize()
        await app.start()
        await meter.all_there(total)
    print(meter.pace(), meter.count, flush=True)
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), keeps=sys.argv[2] == "keeps"))
