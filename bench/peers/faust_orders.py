"""order_events in Faust: one agent, one table keyed by order.

An order in the table is its facts, what was told, and the ids of its latest events, by which one
that comes again is known. The table is in memory, its changelog on Kafka.

Guarantees: at least once, with what Faust makes of it: an event whose changes are not on Kafka yet
may count as done, and one whose handler raised does. What is said goes out before the event is
acknowledged, so after a crash it may be said again, under the same id. Deadlines are not looked at
(a timer over the table would have to be added), and the table can be asked by nobody else.
"""

import asyncio
import tempfile
from typing import Any

import faust
import uvloop

from bench.peers.work import READY, Surroundings, handle_kept, read, say
from headsup.kafka.topics import PARTITIONS

_RAW: dict[str, Any] = {
    "key_type": bytes,
    "value_type": bytes,
    "key_serializer": "raw",
    "value_serializer": "raw",
}


def application(here: Surroundings, folder: str) -> Any:
    """The application; `folder` is for what Faust keeps beside Kafka."""
    return faust.App(
        f"{here.prefix}faust",
        broker=f"kafka://{here.servers}",
        store="memory://",
        datadir=folder,
        topic_partitions=PARTITIONS,
        processing_guarantee="at_least_once",
        producer_acks=-1,
        producer_linger=0.02,  # a request to Kafka for each message would cost it much more
        web_enabled=False,
    )


async def main() -> None:
    """Says that it is ready, which it is once its table is complete: what Faust fetches before that
    may be lost. Works until it is ended."""
    here = Surroundings.of_this_process()
    complete = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        app = application(here, folder)
        requested = app.topic(here.requested, **_RAW)

        async def recovered() -> None:
            complete.set()

        orders = app.Table(
            "orders", partitions=PARTITIONS, schema=faust.Schema(**_RAW), on_recover=recovered
        )

        async def agent(stream: Any) -> None:
            async for event in stream.events():
                found = read(event.value, list(event.message.headers or ()))
                kept, said = handle_kept(orders.get(event.key), found, here.prefix)
                if kept is not None:
                    orders[event.key] = kept
                for record in said:
                    await requested.send(
                        key=record.key, value=record.value, headers=dict(record.headers)
                    )

        app.agent(app.topic(*here.sources, **_RAW), name="agent")(agent)
        app.finalize()
        await app.start()
        await complete.wait()
        say(READY)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
