"""The measure for cart_recovery: a bare Faust agent that reads the same events, and does nothing
with them, or puts each into a table as it is."""

import asyncio
import os
import sys
import tempfile
import time
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


async def main(total: int, *, keeps: bool) -> None:
    """Prints events a second, from the first to the last of them."""
    tolerate_header_names()
    settings = kafka_settings(Environment(os.environ))
    name = "bare-keeps" if keeps else "bare-reads"
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
        moments: list[float] = []
        done = asyncio.Event()

        async def read(stream: Any) -> None:
            async for event in stream.events():
                if keeps:
                    table[event.key] = event.value
                moments.append(time.monotonic())
                if len(moments) == total:
                    done.set()

        app.agent(app.topic(settings.topic_prefix + Topic.CARTS, **RAW), name="read")(read)
        app.finalize()
        await app.start()
        await done.wait()
        print((total - 1) / (moments[-1] - moments[0]))
        await app.stop()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), keeps=sys.argv[2] == "keeps"))
